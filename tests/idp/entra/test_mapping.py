"""Attribute mappings: the default one, changes to it, and what flows when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.idp.entra.mapping import mappings
from scim_sim.idp.entra.paths import read, target_path
from scim_sim.wire import Response
from tests.idp.entra.conftest import EMPTY, Story, answer

Make = Callable[..., Story]
BADGE = "urn:ietf:params:scim:schemas:extension:Contoso:2.0:User:badges"


def created(story: Story, *more: Response, **values: Any) -> dict[str, Any]:
    """The body with which Ada is created."""
    story.hire("ada", **values)
    story.do("assign", person="ada")
    story.do("start")
    return story.by_hand(answer(200, EMPTY), answer(201, {"id": "1"}), *more)[1].json()


def test_rows_are_changed_added_and_removed(entra: Make) -> None:
    """Another source, an expression, a constant, and no row at all."""
    mapping = {
        "externalId": "objectId",
        "displayName": 'Join(", ", [surname], [givenName])',
        "nickName": {"constant": "n/a"},
        "title": None,
    }
    body = created(
        entra(mapping=mapping, groups=False, object_ids={"ada": "oid"}), given_name="Ada", family_name="King", title="Lead"
    )

    assert ("oid", "King, Ada", "n/a") == (body["externalId"], body["displayName"], body["nickName"])
    assert "title" not in body


def test_default_and_create_only_flow_once(entra: Make) -> None:
    """A default value if null and a mapping applied only during creation are in the POST, and in no PATCH."""
    once = {"locale": {"source": "country", "default": "en-US"}, "nickName": {"source": "city", "apply": "create"}}
    mapping = once | {'addresses[type eq "work"].locality': None}
    story = entra(mapping=mapping, groups=False)
    body = created(story, city="Leith")
    story.update("ada", city="Perth", title="Lead")
    _, patch = story.by_hand(answer(200, body | {"id": "1"}), answer(204))

    assert ("en-US", "Leith") == (body["locale"], body["nickName"])
    assert ["title"] == [operation["path"] for operation in patch.json()["Operations"]]


def test_row_without_a_source_fills_what_is_empty(entra: Make) -> None:
    """The mapping type None: the default goes into the POST, and into a PATCH only where the target returns no value."""
    story = entra(mapping={"userType": {"default": "Member"}}, groups=False)
    body = created(story)
    story.update("ada", title="Lead")
    _, kept = story.by_hand(answer(200, body | {"id": "1", "userType": "Guest"}), answer(204))
    story.update("ada", title="Head")
    _, filled = story.by_hand(answer(200, body | {"id": "1", "title": "Lead", "userType": ""}), answer(204))

    assert "Member" == body["userType"]
    assert ["title"] == [operation["path"] for operation in kept.json()["Operations"]]
    assert {"op": "Add", "path": "userType", "value": "Member"} in filled.json()["Operations"]


@pytest.mark.parametrize(("forgets", "paths"), [(False, ["title"]), (True, ["title", "userType"])])
def test_switch_may_forget_what_did_not_change(entra: Make, forgets: bool, paths: list[str]) -> None:
    """As Microsoft describes a fault of its service: another attribute changes, and Switch falls back to its default."""
    mapping = {"userType": 'Switch([department], "External", "Flight", "Internal")'}
    story = entra(mapping=mapping, groups=False, switch_forgets=forgets)
    body = created(story, department="Flight")
    story.update("ada", title="Lead")
    _, patch = story.by_hand(answer(200, body | {"id": "1"}), answer(204))
    operations = patch.json()["Operations"]

    assert "Internal" == body["userType"]
    assert paths == sorted(operation["path"] for operation in operations)
    assert forgets == ({"op": "Replace", "path": "userType", "value": "External"} in operations)


def test_several_values_are_added_and_never_taken_away(entra: Make) -> None:
    """A multi-valued custom attribute is sent as Add with a list of objects, also on change."""
    story = entra(mapping={BADGE: {"source": 'Split([companyName], ",")', "multi": True}}, groups=False)
    urn = BADGE.rpartition(":")[0]
    body = created(story, organization="a,b")
    story.update("ada", organization="c")
    present = {
        "id": "1",
        "userName": "ada@contoso.example",
        "active": True,
        "displayName": "Ada",
        urn: {"badges": body[urn]["badges"]},
    }
    _, patch = story.by_hand(answer(200, present), answer(204))

    assert [{"value": "a"}, {"value": "b"}] == body[urn]["badges"]
    assert [{"op": "Add", "path": BADGE, "value": [{"value": "c"}]}] == patch.json()["Operations"]


def test_single_role_fills_the_primary_element(entra: Make) -> None:
    """SingleAppRoleAssignment yields one element with primary, type and value."""
    mapping = {'roles[primary eq "True"].value': "SingleAppRoleAssignment([appRoleAssignments])"}
    story = entra(mapping=mapping, groups=False)
    story.hire("ada")
    story.do("assign", person="ada", role="Admin")
    story.do("start")
    body = story.by_hand(answer(200, EMPTY), answer(201, {"id": "1"}))[1].json()

    assert [{"primary": True, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}] == body["roles"]


@pytest.mark.parametrize(
    ("function", "op", "kept"), [("AppRoleAssignmentsComplex", "Add", 0), ("AssertiveAppRoleAssignmentsComplex", "Replace", 1)]
)
def test_roles_are_added_or_asserted(entra: Make, function: str, op: str, kept: int) -> None:
    """The plain function only adds; the assertive one replaces the list, so that the rest is removed."""
    story = entra(mapping={"roles": f"{function}([appRoleAssignments])"}, groups=False)
    body = created(story)
    story.do("assign", person="ada", role="Admin")
    _, patch = story.by_hand(answer(200, body | {"id": "1"}), answer(204))

    assert [op] == [operation["op"] for operation in patch.json()["Operations"]]
    more = [*body["roles"], {"value": "extra"}]
    story.update("ada", title="")
    admin = [{"value": value["value"]} for value in patch.json()["Operations"][0]["value"]]
    sent = story.by_hand(answer(200, body | {"id": "1", "roles": [*admin, *more]}), *[answer(204)] * kept)
    assert kept == len(sent) - 1


def test_complex_roles_have_one_shape_on_create_and_another_in_a_patch(entra: Make) -> None:
    """POST spells each role out, the legacy PATCH sends it as JSON text, the flag's PATCH spells it out again."""
    spelled = {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "Admin", "value": "Admin"}
    for variant in ("", "optscim"):
        story = entra(variant, mapping={"roles": "AppRoleAssignmentsComplex([appRoleAssignments])"}, groups=False)
        story.hire("ada")
        story.do("assign", person="ada", role={"id": "r-1", "value": "Admin"})
        story.do("start")
        _, create = story.by_hand(answer(200, EMPTY), answer(201, {"id": "1"}))
        story.update("ada", title="Lead")
        present = {"id": "1", "userName": "ada@contoso.example", "active": True, "displayName": "Ada", "title": "Lead"}
        _, patch = story.by_hand(answer(200, present), answer(204))

        text = {"value": '{"id":"r-1","value":"Admin","displayName":"Admin"}'}
        assert [spelled] == create.json()["roles"]
        assert [[spelled] if variant else [text]] == [operation["value"] for operation in patch.json()["Operations"]]


def test_redacted_value_is_sent_and_not_logged(entra: Make) -> None:
    """Redact sends the value and hides it in the log."""
    story = entra(mapping={"nickName": "Redact([city])"}, groups=False)
    body = created(story, city="Leith")
    [entry] = story.engine.drain_log()

    assert "Leith" == body["nickName"]
    assert ["[Redact]"] == [p["newValue"] for p in entry["modifiedProperties"] if p["displayName"] == "nickName"]


def test_new_mapping_looks_at_everybody(entra: Make) -> None:
    """Saving a mapping triggers a full cycle with the new rows."""
    story = entra(groups=False)
    story.hire("ada", city="Leith")
    story.started("ada")
    story.do("set mapping", mapping={"nickName": "city"})

    assert ["GET /Users/{id}", "PATCH /Users/{id} Add nickName=Leith"] == story.cycle()


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"title": "jobTitel"}, 'unknown source attribute "jobTitel": did you mean "jobTitle"'),
        ({"title": {"sorce": "jobTitle"}}, 'the mapping of title has an unknown key "sorce": did you mean "source"'),
        ({"title": {"source": "jobTitle", "apply": "never"}}, 'the mapping of title applies "always" or "create", not "never"'),
        ({"id": "objectId"}, '"id" cannot be the target of a mapping'),
        ({"emails[type eq work].value": "mail"}, "cannot be the target of a mapping"),
        ({"userName": "mail"}, "the mapping of users has no matching attribute"),
        ({"title": "Joinn([mail])"}, 'unknown function "Joinn": did you mean "Join"'),
        ("title", "a mapping names target attributes and what fills them"),
        ({"users": ["title"]}, "a mapping names target attributes and what fills them"),
        ({"users": {}, "group": {}}, 'a mapping has users and groups, not "group": did you mean "groups"'),
    ],
)
def test_mistake_in_a_mapping_is_explained(mapping: Any, said: str) -> None:
    """What the portal would not save is refused with the nearest right word."""
    with pytest.raises(UsageError) as raised:
        mappings(mapping)

    assert said in raised.value.message


@pytest.mark.parametrize(
    ("path", "resource", "expected"),
    [
        ("title", {"title": "Lead"}, "Lead"),
        ("title", {"TITLE": "Lead"}, "Lead"),
        ("title", {"title": ""}, None),
        ("name.givenName", {"name": {"givenName": "Ada"}}, "Ada"),
        ("name.givenName", {"name": "Ada"}, None),
        ('emails[type eq "work"].value', {"emails": [{"type": "home", "value": "h"}, {"type": "Work", "value": "w"}]}, "w"),
        ('emails[type eq "work"].value', {"emails": [{"value": "w"}]}, None),
        ('emails[type eq "work"].value', {"emails": {"type": "work", "value": "w"}}, None),
        ('roles[primary eq "True"].value', {"roles": [{"primary": True, "value": "r"}]}, "r"),
        ("urn:x:1.0:User:badge", {"urn:x:1.0:User": {"badge": "7"}}, "7"),
        ("urn:x:1.0:User:badge", {"URN:X:1.0:user": {"Badge": "7"}}, "7"),
        ("urn:x:1.0:User:badge", {"badge": "7"}, None),
        ("urn:ietf:params:scim:schemas:core:2.0:User:pet", {"pet": "cat"}, "cat"),
    ],
)
def test_path_reads_its_place_in_a_resource(path: str, resource: dict[str, Any], expected: Any) -> None:
    """Names compare without letter case, elements are chosen by the filter, and nothing else is repaired."""
    assert expected == read(resource, target_path(path))
