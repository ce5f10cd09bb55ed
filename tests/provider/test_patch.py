"""PATCH in every form that the RFC and the identity providers have, read back each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.scim import urns

Make = Callable[..., Any]
WORK = {"type": "work", "value": "a@x.test", "primary": True}
MANAGER = f"{urns.ENTERPRISE_USER}:manager"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "active", "value": "false"},
        {"op": "replace", "value": {"active": False}},
        {"op": "REPLACE", "path": f"{urns.USER}:ACTIVE", "value": False},
    ],
)
def test_every_way_of_deactivating_deactivates(make: Make, operation: dict[str, Any]) -> None:
    """The account is inactive and still readable, by id, list and filter."""
    client = make()
    made = client.user("ada")
    response = client.patch(f"/Users/{made['id']}", operation)

    assert (200, False) == (response.status, client.get(f"/Users/{made['id']}").json()["active"])
    assert ["ada"] == client.names("filter=userName+eq+%22ada%22")


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "name.givenName", "value": "B"}], {"name": {"givenName": "B", "familyName": "F"}}),
        ([{"op": "replace", "value": {"name.givenName": "B", "title": "t"}}], {"title": "t"}),
        (
            [{"op": "add", "path": 'emails[type eq "home"].value', "value": "h"}],
            {"emails": [WORK, {"type": "home", "value": "h"}]},
        ),
        ([{"op": "replace", "path": 'emails[type eq "work"].value', "value": "n"}], {"emails": [{**WORK, "value": "n"}]}),
        (
            [{"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "1"}],
            {"phoneNumbers": [{"type": "work", "value": "1"}]},
        ),
        ([{"op": "Add", "path": 'roles[primary eq "True"].value', "value": "r"}], {"roles": [{"primary": True, "value": "r"}]}),
        ([{"op": "remove", "path": "emails"}], {"emails": None}),
        ([{"op": "Add", "path": MANAGER, "value": "m"}], {urns.ENTERPRISE_USER: {"manager": {"value": "m"}}}),
        (
            [{"op": "Add", "path": MANAGER, "value": "m"}, {"op": "Replace", "path": MANAGER, "value": ""}],
            {urns.ENTERPRISE_USER: None},
        ),
        ([{"op": "add", "value": {f"{urns.ENTERPRISE_USER}:department": "D"}}], {urns.ENTERPRISE_USER: {"department": "D"}}),
        (
            [{"op": "add", "path": "emails", "value": [{"value": "h", "type": "home", "primary": True}]}],
            {"emails": [{**WORK, "primary": False}, {"value": "h", "type": "home", "primary": True}]},
        ),
    ],
)
def test_a_user_reads_back_as_it_was_patched(make: Make, operations: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    """The named attributes change, and no others."""
    client = make()
    made = client.user("ada", name={"givenName": "G", "familyName": "F"}, emails=[WORK])
    client.patch(f"/Users/{made['id']}", *operations)
    shown = client.get(f"/Users/{made['id']}").json()

    assert expected == {name: shown.get(name) for name in expected}


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "add", "path": "groups", "value": [{"value": "g"}]}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": 'emails[type eq "fax"].value', "value": "x"}, "noTarget"),
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "nonsense", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": "bob"}, "uniqueness"),
    ],
)
def test_a_failing_operation_undoes_those_before_it(make: Make, operation: dict[str, Any], scim_type: str) -> None:
    """The whole request fails with the keyword that fits, and nothing has changed (RFC 7644 section 3.5.2)."""
    client = make()
    client.user("bob")
    made = client.user("ada", emails=[WORK])
    response = client.patch(f"/Users/{made['id']}", {"op": "add", "path": "title", "value": "t"}, operation)

    assert (409 if scim_type == "uniqueness" else 400, scim_type) == (response.status, response.json()["scimType"])
    assert made == client.get(f"/Users/{made['id']}").json()


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize(
    ("operations", "kept"),
    [
        ([{"op": "add", "path": "members", "value": [{"value": "2"}]}], "012"),
        ([{"op": "Add", "path": "members", "value": {"value": "2"}}], "012"),
        ([{"op": "add", "value": {"members": [{"value": "2"}]}}], "012"),
        ([{"op": "add", "path": "members", "value": [{"value": "0"}]}], "01"),
        ([{"op": "remove", "path": 'members[value eq "0"]'}], "1"),
        ([{"op": "remove", "path": 'members[value eq "2"]'}], "01"),
        ([{"op": "Remove", "path": "members", "value": [{"value": "0"}]}], "1"),
        ([{"op": "remove", "path": "members"}], ""),
        ([{"op": "replace", "path": "members", "value": [{"value": "2"}]}], "2"),
        ([{"op": "replace", "path": "members", "value": []}], ""),
        ([{"op": "replace", "value": {"displayName": "new"}}], "01"),
        (
            [
                {"op": "remove", "path": 'members[value eq "0"]'},
                {"op": "add", "path": "members", "value": [{"value": "2"}, {"value": "0"}]},
            ],
            "120",
        ),
    ],
)
def test_membership_is_exactly_what_was_asked_for(
    make: Make, operations: list[dict[str, Any]], kept: str, in_place: bool
) -> None:
    """The short way for single members and the general way end alike."""
    client = make()
    client.provider.members_in_place = in_place
    ids = [client.user(name)["id"] for name in ("a", "b", "c")]
    group = client.group("g", *ids[:2])
    text = json.dumps(operations)
    for place, id in enumerate(ids):
        text = text.replace(f'"value": "{place}"', f'"value": "{id}"').replace(f'eq \\"{place}\\"', f'eq \\"{id}\\"')
    response = client.patch(f"/Groups/{group['id']}", *json.loads(text))

    assert 204 == response.status
    assert sorted(ids[int(place)] for place in kept) == sorted(client.members(group["id"]))


def test_adding_somebody_who_is_there_moves_no_timestamp(make: Make) -> None:
    """RFC 7644 section 3.5.2.1: the modify timestamp stays."""
    client = make()
    user = client.user("ada")
    group = client.group("g", user["id"])
    client.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})

    assert group == client.get(f"/Groups/{group['id']}").json()


def test_members_have_no_order(make: Make) -> None:
    """The same members in another order are no change (RFC 7643 section 2.4)."""
    client = make()
    ids = [client.user(name)["id"] for name in ("a", "b")]
    group = client.group("g", *ids)
    members = [{"value": id} for id in reversed(ids)]
    client.send("PUT", f"/Groups/{group['id']}", {"schemas": [urns.GROUP], "displayName": "g", "members": members})

    assert group == client.get(f"/Groups/{group['id']}").json()


def test_a_name_in_the_form_okta_sends_leaves_members_alone(make: Make) -> None:
    """Without a path, with the group's own id in the value."""
    client = make()
    user = client.user("ada")
    group = client.group("g", user["id"])
    value = {"id": group["id"], "displayName": "h"}
    response = client.patch(f"/Groups/{group['id']}", {"op": "replace", "value": value})

    assert (204, [user["id"]]) == (response.status, client.members(group["id"]))
    assert "h" == client.get(f"/Groups/{group['id']}").json()["displayName"]


@pytest.mark.parametrize(
    "body", [{"Operations": []}, {"schemas": [urns.PATCH_OP]}, {"schemas": [urns.PATCH_OP], "Operations": ["x"]}]
)
def test_a_body_that_is_no_patch_is_refused(make: Make, body: dict[str, Any]) -> None:
    """400 with invalidSyntax."""
    client = make()
    response = client.send("PATCH", f"/Users/{client.user('ada')['id']}", body)

    assert (400, "invalidSyntax") == (response.status, response.json()["scimType"])


def test_asking_for_attributes_brings_a_body(make: Make) -> None:
    """PATCH with attributes answers 200 even where it would answer 204 (RFC 7644 section 3.5.2)."""
    client = make()
    group = client.group("g")
    response = client.patch(f"/Groups/{group['id']}?attributes=displayName", {"op": "add", "path": "displayName", "value": "h"})

    assert (200, "h", False) == (response.status, response.json()["displayName"], "members" in response.json())
