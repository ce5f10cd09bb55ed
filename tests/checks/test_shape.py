"""The quick yes and the long way agree."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks.shape import is_plain, misfits
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.patch import apply_patch
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

WORK = {"value": "ada@example.test", "type": "work", "primary": True}
PLAIN: list[tuple[str, Any]] = [
    ("userName", "ada"),
    ("active", False),
    ("name", {"givenName": "Ada", "familyName": "Keller"}),
    ("emails", [WORK]),
    ("emails", [WORK, {"value": "ada@home.test", "type": "home"}]),
    (ENTERPRISE_USER, {"employeeNumber": "7", "manager": {"value": "26118915"}}),
]
OTHERS: list[tuple[str, Any]] = [
    ("username", "ada"),
    ("active", "False"),
    ("userName", 5),
    ("title", ""),
    ("name", {"GivenName": "Ada"}),
    ("name", {}),
    ("name", {"givenName": None}),
    ("emails", WORK),
    ("emails", [WORK, WORK]),
    ("emails", [{**WORK, "Type": "work"}]),
    ("groups", [{"value": "1"}]),
    ("favourite", "blue"),
    (ENTERPRISE_USER, {}),
    (ENTERPRISE_USER, {"manager": "26118915"}),
    (ENTERPRISE_USER, {"manager": {"value": "1", "displayName": "Bob"}}),
    (ENTERPRISE_USER.lower(), {"employeeNumber": "7"}),
    (USER, {"title": "Analyst"}),
]


@pytest.mark.parametrize(("name", "value"), PLAIN)
def test_what_is_plain_is_stored_as_it_stands(name: str, value: Any) -> None:
    """The oracle of PATCH would make of it exactly what was sent."""
    schemas = core_schemas()
    stored = apply_patch({"schemas": [USER]}, [{"op": "add", "value": {name: value}}], schemas)

    assert is_plain(name, value, schemas, (USER,))
    assert value == stored[name]


@pytest.mark.parametrize(("name", "value"), OTHERS)
def test_what_the_oracle_changes_or_refuses_is_not_plain(name: str, value: Any) -> None:
    """Whatever would be spelled, typed, merged or refused has to go the long way."""
    assert not is_plain(name, value, core_schemas(), (USER,))


def test_members_that_are_named_twice_are_not_plain() -> None:
    """The oracle keeps one of them."""
    twice = [{"value": "1", "type": "User"}, {"value": "1", "type": "User"}]
    stored = apply_patch({"schemas": [GROUP]}, [{"op": "add", "value": {"members": twice}}], core_schemas())

    assert not is_plain("members", twice, core_schemas(), (GROUP,))
    assert len(stored["members"]) == 1


@pytest.mark.parametrize(("name", "value"), [*PLAIN, *OTHERS])
def test_quick_yes_and_explained_no_agree(name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is passed over quickly is nothing that the long way would find."""
    quick = misfits({"schemas": [USER], name: value}, core_schemas())
    monkeypatch.setattr("scim_sim.checks.shape._fits_at_once", lambda value, attribute: False)

    assert quick == misfits({"schemas": [USER], name: value}, core_schemas())
