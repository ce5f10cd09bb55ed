"""What counts as a difference between what was written and what is there."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks.compare import gaps, is_part, place_of
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.urns import ENTERPRISE_USER, USER


def places(expected: dict[str, Any], actual: dict[str, Any], *offered: str) -> list[str]:
    """The places of the gaps; with `offered`, the target has only these."""
    there = (lambda place: place in offered) if offered else (lambda place: True)
    return [g.place for g in gaps({"schemas": [USER], **expected}, {"schemas": [USER], **actual}, core_schemas(), there)]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"userName": "Ada"}, {"userName": "ada"}),
        ({"title": None}, {}),
        ({"emails": []}, {}),
        (
            {"phoneNumbers": [{"value": "+1 555 0100", "type": "work"}]},
            {"phoneNumbers": [{"value": "tel:+1-555-0100", "type": "work"}]},
        ),
        ({"locale": "en_US"}, {"locale": "en-US"}),
        ({"displayName": "Zoe\u0308"}, {"displayName": "Zo\u00eb"}),
        ({"emails": [{"value": "a@b.test", "primary": False}]}, {"emails": [{"value": "a@b.test"}]}),
        ({"emails": [{"value": "a@b.test"}]}, {"emails": [{"value": "a@b.test", "primary": True}]}),
        ({"name": {"formatted": "Ada K", "givenName": "Ada"}}, {"name": {"formatted": "Ms Ada K", "givenName": "Ada"}}),
        ({"groups": [{"value": "1"}], "password": "x"}, {}),
        ({ENTERPRISE_USER: {"manager": {"value": "1", "displayName": "No"}}}, {ENTERPRISE_USER: {"manager": {"value": "1"}}}),
    ],
)
def test_what_the_provider_may_decide_is_no_gap(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    """Letter case, canonical forms, unassigned values, computed and readOnly attributes are the provider's business."""
    assert [] == places(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual", "place"),
    [
        ({"title": "Chief"}, {}, "title"),
        ({"title": "Chief"}, {"title": "Cook"}, "title"),
        ({"active": False}, {"active": True}, "active"),
        ({"active": False}, {"active": "False"}, "active"),
        ({"externalId": "Ab"}, {"externalId": "ab"}, "externalid"),
        ({"name": {"familyName": "x"}}, {"name": {"familyName": "y"}}, "name.familyname"),
        ({"emails": [{"value": "a@b.test"}]}, {"emails": [{"value": "a@b.test"}, {"value": "c@d.test"}]}, "emails"),
        ({ENTERPRISE_USER: {"department": "x"}}, {}, f"{ENTERPRISE_USER}:department".lower()),
    ],
)
def test_another_value_is_a_gap(expected: dict[str, Any], actual: dict[str, Any], place: str) -> None:
    """A lost value, another value and a surplus value are gaps."""
    assert [place] == places(expected, actual)


def test_loss_of_what_the_target_never_had_is_excused() -> None:
    """An attribute that the target neither declares nor ever returned may be dropped, another value may not."""
    assert ["title"] == places({"title": "x", "nickName": "y"}, {"title": "z"}, "title")


def test_place_has_no_indexes() -> None:
    """A place names attributes only, and an extension by its URI."""
    assert "emails.value" == place_of("/emails/3/value")
    assert f"{ENTERPRISE_USER}:manager.value".lower() == place_of(f"/{ENTERPRISE_USER}/manager/value")


def test_resource_without_schemas_and_meta_is_a_part() -> None:
    """A representation without schemas and meta is evidently not the whole."""
    assert is_part({"id": "1", "userName": "ada"})
    assert not is_part({"id": "1", "Meta": {}})


def test_manager_with_an_empty_value_is_none() -> None:
    """Clients clear a manager with an empty text, and a target that shows it that way holds no manager."""
    before = {"schemas": [USER, ENTERPRISE_USER], ENTERPRISE_USER: {"manager": None}}
    cleared, held = ({**before, ENTERPRISE_USER: {"manager": {"value": value}}} for value in ("", "26"))

    assert [] == gaps(before, cleared, core_schemas())
    assert 1 == len(gaps(before, held, core_schemas()))
