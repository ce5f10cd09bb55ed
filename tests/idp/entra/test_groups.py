"""What happens to teams: order, members one by one, renames, deletions, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.wire import Request, json_body
from tests.idp.entra.conftest import Story, answer

Make = Callable[..., Story]
READ = "GET /Groups/{id}"
ADD, REMOVE = "PATCH /Groups/{id} Add members=[…]", "PATCH /Groups/{id} Remove members=[…]"


def readers(story: Story, *people: str) -> Story:
    """A team of these people, assigned and provisioned."""
    for key in people:
        story.hire(key)
    story.team("readers", "BI Readers", *people)
    return story.started(groups=("readers",))


def members(story: Story) -> list[str]:
    """Keys of the people whom the target has in the first group."""
    expected = story.engine.expected()
    names = {user.resource_id: user.key for user in expected.users}
    group = json.loads(story.provider.handle(Request("GET", f"/Groups/{expected.groups[0].resource_id}")).body)
    return sorted(names[member["value"]] for member in group.get("members", []))


def test_users_come_before_the_group_and_members_last(entra: Make) -> None:
    """Users, then the group without members, then one PATCH per member."""
    story = entra()
    story.hire("ada")
    story.hire("bob")
    story.team("readers", "BI Readers", "ada", "bob")
    story.do("assign", group="readers")
    story.do("start")
    users = [part for key in ("ada", "bob") for part in ("GET /Users?userName", f"POST /Users {key}@contoso.example")]

    assert [*users, "GET /Groups?displayName", "POST /Groups BI Readers", ADD, ADD] == story.cycle()


def test_without_the_group_mapping_no_request_concerns_groups(entra: Make) -> None:
    """Members of an assigned team become users; the team itself is never looked at, not even by a probe."""
    story = readers(entra(groups=False), "ada")
    story.directory.rename_team("readers", "Other", story.at)
    story.cycle()

    assert not [request for request in story.sent if "Groups" in request.path]
    assert 1 == len(story.engine.expected().users)


def test_group_probe_belongs_to_the_cycle(entra: Make) -> None:
    """Where groups are mapped, their endpoint is probed in the cycle and not by Test Connection, as far as is known."""
    story = entra()
    story.live(story.engine.connect())
    assert ["probe"] == [request.label for request in story.sent]
    story.started()
    assert ["probe", "probe groups"] == [request.label for request in story.sent]


def test_target_without_groups_takes_the_users_and_then_quarantines(entra: Make) -> None:
    """404 on /Groups: users arrive, then the job is quarantined, with no failed entry in the log."""
    story = entra()
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")
    story.before = lambda request: answer(404) if request.path.startswith("/Groups") else None
    story.cycle()

    assert "Quarantine" == story.engine.job.state
    assert [("create", "success", "")] == story.entries()
    assert ["entra-7-healthy"] == [trouble.need for trouble in story.engine.troubles]


def test_joining_and_leaving_a_team(entra: Make) -> None:
    """A new member is created and added; one who leaves is disabled first, then the group is read, then the member removed."""
    story = readers(entra(), "ada")
    story.hire("bob")
    story.directory.add_members("readers", ["bob"], story.at)
    assert ["GET /Users?userName", "POST /Users bob@contoso.example", ADD] == story.cycle()
    story.directory.remove_members("readers", ["ada"], story.at)
    assert ["PATCH /Users/{id} Replace active=False", READ, REMOVE] == story.cycle()
    assert ["bob"] == members(story)


def test_who_is_assigned_otherwise_stays_active(entra: Make) -> None:
    """Leaving one assigned team disables nobody who is assigned by name."""
    story = readers(entra(), "ada")
    story.do("assign", person="ada")
    story.directory.remove_members("readers", ["ada"], story.at)

    assert ["GET /Users/{id}", READ, REMOVE] == story.cycle()


def test_rename_and_deletion(entra: Make) -> None:
    """A rename replaces displayName; a deleted team disables its members and deletes the group."""
    story = readers(entra(), "ada")
    story.directory.rename_team("readers", "BI Viewers", story.at)
    assert [READ, "PATCH /Groups/{id} Replace displayName=BI Viewers"] == story.cycle()
    story.directory.delete_team("readers", story.at)
    assert ["PATCH /Users/{id} Replace active=False", "DELETE /Groups/{id}"] == story.cycle()
    assert [True] == [group.absent for group in story.engine.expected().groups]


def test_unassigned_group_is_deleted(entra: Make) -> None:
    """Taking the group's assignment away disables its members and deletes it."""
    story = readers(entra(), "ada")
    story.do("unassign", group="readers")

    assert ["PATCH /Users/{id} Replace active=False", "DELETE /Groups/{id}"] == story.cycle()


def test_existing_group_is_matched_and_gets_its_external_id(entra: Make) -> None:
    """A group of that name is taken over: externalId is added, members are added."""
    story = entra()
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "BI Readers"}
    story.provider.handle(Request("POST", "/Groups", body=json_body(body)))
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.do("assign", group="readers")
    story.do("start")

    sent = story.cycle()

    assert "GET /Groups?displayName" == sent[2]
    assert sent[3].startswith("PATCH /Groups/{id} Add externalId=")
    assert ADD == sent[4]


def test_nested_team_is_not_expanded(entra: Make) -> None:
    """Members of a team within an assigned team are not provisioned; the inner team is added once it is provisioned itself."""
    story = entra()
    story.hire("ada")
    story.hire("bob")
    story.team("inner", "Inner", "bob")
    story.team("outer", "Outer", "ada", "inner")
    story.started(groups=("outer",))
    assert ["ada"] == [user.key for user in story.engine.expected().users]
    assert ["ada"] == members(story)
    story.do("assign", group="inner")
    story.cycle()
    story.do("restart")
    story.cycle()
    outer = story.engine.expected().groups[0]
    assert 2 == len(outer.members)


def test_member_who_comes_late_waits_for_a_restart(entra: Make) -> None:
    """A member who could not be created is left out with a warning, and added by a restart only."""
    story = entra()
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.before = lambda request: answer(500) if request.method == "POST" and request.path == "/Users" else None
    story.started(groups=("readers",))
    assert ("update", "warning", "UnableToResolveReferenceAttributeValue") == story.entries()[-1]
    story.before = lambda request: None
    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == story.cycle()
    assert [] == story.cycle()
    story.do("restart")

    assert ADD == story.cycle()[-1]


def test_member_who_comes_late_is_retried_by_the_other_reading(entra: Make) -> None:
    """With the trait `retry` the membership follows in the next cycle."""
    story = entra(late_members="retry")
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.before = lambda request: answer(500) if request.method == "POST" and request.path == "/Users" else None
    story.started(groups=("readers",))
    story.before = lambda request: None

    assert ADD == story.cycle()[-1]


@pytest.mark.parametrize(
    ("variant", "options", "expected"),
    [
        ("", {}, {"op": "Add", "path": "members", "value": [{"value": "1"}]}),
        ("optscim", {}, {"op": "add", "path": "members", "value": [{"value": "1"}]}),
        ("optscim", {"flag_member_add": "replace"}, {"op": "replace", "path": "members", "value": [{"value": "1"}]}),
        ("", {"member_ref": True}, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "1"}]}),
    ],
)
def test_member_is_added_in_each_dialect(entra: Make, variant: str, options: dict[str, Any], expected: dict[str, Any]) -> None:
    """Legacy, flag of 2021, flag of 2026, and the documentation's $ref."""
    story = entra(variant, startup_probe=False, **options)
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.do("assign", group="readers")
    story.do("start")
    empty = answer(200, {"totalResults": 0, "Resources": []})

    sent = story.play(story.engine.wake(), empty, answer(201, {"id": "1"}), empty, answer(201, {"id": "g"}), answer(204))

    assert [expected] == sent[-1].json()["Operations"]


def test_several_members_per_patch(entra: Make) -> None:
    """The number of members in one PATCH is a trait."""
    story = readers(entra(members_per_patch=2), "ada", "bob", "eva")

    assert 2 == len([request for request in story.sent if request.label == "add member"])
    assert ["ada", "bob", "eva"] == members(story)


def test_failed_member_is_told_and_retried(entra: Make) -> None:
    """A refused membership is a trouble of its own need, and tried again in the next cycle."""
    story = readers(entra(), "ada")
    story.hire("bob")
    story.directory.add_members("readers", ["bob"], story.at)
    story.before = lambda request: answer(409) if request.label == "add member" else None
    story.cycle()
    assert [("entra-members-added", "Conflict")] == [(t.need, t.message.partition(":")[0]) for t in story.engine.troubles]
    story.before = lambda request: None

    assert ADD == story.cycle()[-1]
    assert ["ada", "bob"] == members(story)


def test_purged_member_is_gone_without_a_request(entra: Make) -> None:
    """Who is deleted for good is deleted at the target; no membership of a deleted account is removed."""
    story = readers(entra(), "ada", "bob")
    story.directory.purge("ada", story.at)

    assert ["DELETE /Users/{id}"] == story.cycle()
    assert ["bob"] == members(story)


def test_one_group_is_no_groups_in_the_summary(entra: Make) -> None:
    """The result of a cycle counts as people do."""
    story = entra()
    story.hire("ada")
    story.team("readers", "Readers", "ada")
    story.started(groups=("readers",))

    assert "1 created, 1 group created, 1 member added" == story.engine.cycles[0].result
