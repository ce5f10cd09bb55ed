"""Whether two resources say the same, and where they differ."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from scim_sim.scim.equivalence import differences, equivalent
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

Json = dict[str, Any]

ADA: Json = {
    "schemas": [USER],
    "id": "Ada",
    "userName": "ada@example.test",
    "active": True,
    "name": {"givenName": "Ada"},
    "emails": [{"value": "a@x.test", "type": "work", "primary": True}, {"value": "b@x.test", "type": "home"}],
    "meta": {"created": "2026-01-05T08:00:00Z"},
    ENTERPRISE_USER: {"department": "Engines"},
}


def changed(**attributes: Any) -> Json:
    """The resource with other values, deeply copied."""
    return {**copy.deepcopy(ADA), **attributes}


@pytest.mark.parametrize(
    "same",
    [
        changed(),
        changed(userName="ADA@example.test"),
        changed(title=None, photos=[], nickName=None, addresses=[{}]),
        changed(emails=list(reversed(ADA["emails"]))),
        changed(meta={"created": "2026-01-05T09:00:00.000+01:00"}),
        {name.upper() if ":" not in name else name: value for name, value in ADA.items()},
        changed(name={"GIVENNAME": "ada", "familyName": None}),
    ],
)
def test_spellings_of_the_same_state_are_equivalent(same: Json) -> None:
    """Order, case and the ways to say nothing make no difference."""
    assert equivalent(ADA, same)
    assert equivalent(same, ADA)


@pytest.mark.parametrize(
    ("actual", "found"),
    [
        (changed(active="true"), [("/active", True, "true")]),
        (changed(active=1), [("/active", True, 1)]),
        (changed(id="ada"), [("/id", "Ada", "ada")]),
        (changed(title="x"), [("/title", None, "x")]),
        (changed(name={}), [("/name", {"givenName": "Ada"}, None)]),
        (changed(name="Ada"), [("/name", {"givenName": "Ada"}, "Ada")]),
        (changed(name={"givenName": "Ada", "a/b~c": 1}), [("/name/a~1b~0c", None, 1)]),
        (changed(emails=ADA["emails"][:1]), [("/emails", ADA["emails"][1], None)]),
        (changed(emails=[*ADA["emails"], {"value": "c"}]), [("/emails/2", None, {"value": "c"})]),
        (changed(emails=[ADA["emails"][1], {**ADA["emails"][0], "type": "other"}]), [("/emails/1/type", "work", "other")]),
        (changed(emails=[{**ADA["emails"][0], "value": "z"}, ADA["emails"][1]]), [("/emails/0/value", "a@x.test", "z")]),
        (changed(emails=ADA["emails"][0]), [("/emails", ADA["emails"], ADA["emails"][0])]),
        (changed(meta={"created": "2026-01-05T08:00:01Z"}), [("/meta/created", "2026-01-05T08:00:00Z", "2026-01-05T08:00:01Z")]),
        ({k: v for k, v in ADA.items() if k != ENTERPRISE_USER}, [(f"/{ENTERPRISE_USER}/department", "Engines", None)]),
        (changed(**{ENTERPRISE_USER: {"department": "Looms"}}), [(f"/{ENTERPRISE_USER}/department", "Engines", "Looms")]),
    ],
)
def test_difference_names_place_and_both_values(actual: Json, found: list[Any]) -> None:
    """Each difference has a pointer into the actual resource, the expected and the actual value."""
    assert found == differences(ADA, actual)


def test_only_expected_leaves_the_rest_out_of_account() -> None:
    """What the expectation does not name may be anything; null demands that there is nothing."""
    assert [] == differences({"userName": "ada@example.test", "title": None, "photos": []}, ADA, only_expected=True)
    assert [("/active", None, True)] == differences({"active": None}, ADA, only_expected=True)
    assert [("/emails/1", None, ADA["emails"][1])] == differences({"emails": [{"value": "a@x.test"}]}, ADA, only_expected=True)


def test_ignored_attributes_are_not_compared() -> None:
    """Names to ignore have no case."""
    assert [] == differences(ADA, changed(meta={"version": "1"}, id="other"), ignore=("META", "id"))


def test_members_are_told_apart_by_value() -> None:
    """A lost and a foreign member are two differences, not one changed member, and their order is free."""
    members = [{"value": f"u{n}", "type": "User"} for n in range(50)]
    shuffled = [*members[1:], {"value": "stranger", "type": "User"}]
    random.Random(1).shuffle(shuffled)
    at = shuffled.index({"value": "stranger", "type": "User"})

    found = differences({"schemas": [GROUP], "members": members}, {"schemas": [GROUP], "members": shuffled})

    assert [("/members", members[0], None), (f"/members/{at}", None, {"value": "stranger", "type": "User"})] == found


def test_additions_of_the_service_provider_to_members_can_be_allowed() -> None:
    """$ref and display that nobody asked for are no difference when only the expected counts."""
    actual = {"members": [{"value": "a", "$ref": "../Users/a", "display": "Ada"}]}

    assert [] == differences({"members": [{"value": "a"}]}, actual, only_expected=True)
    assert 2 == len(differences({"members": [{"value": "a"}]}, actual))


def test_equal_numbers_of_another_type_differ_wherever_they_stand() -> None:
    """Python takes `True` for 1, also deep inside; JSON does not."""
    left, right = ({"emails": [{"value": "a@x.test", "primary": primary}]} for primary in (True, 1))

    assert [("/emails/0/primary", True, 1)] == differences(left, right)
    assert [] == differences(left, copy.deepcopy(left))
