"""Group push: which requests precede and follow each action, in both modes (sequences from recorded traffic)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scim_sim.flow import NoResponse
from scim_sim.wire import Failure, Request

READ = "GET /Groups/{id}"
LOOK_UP = "GET /Groups?filter=displayName"


def team_of(okta: Any, variant: str, *members: str, **traits: Any) -> Any:
    """A connected integration whose pushed group `pilots` has these members, all of them provisioned; ben is provisioned too."""
    story = okta(variant, **traits)
    story.live(story.engine.connect())
    for key in ("ada", "ben", "cho"):
        story.hire(key)
    story.act("assign", person=["ada", "ben", "cho"])
    story.team("pilots", "Pilots", *members)
    story.first_push = story.act("push group", group="pilots")
    story.events()
    return story


def member_names(story: Any) -> set[str]:
    """Whom the provider holds in the group, by user name without domain."""
    ids = {member["value"] for member in story.group("pilots").get("members", ())}
    return {key for key in story.engine.app.users if story.engine.app.users[key].external_id in ids}


@pytest.mark.parametrize(
    ("variant", "members", "requests"),
    [
        ("aiw", ["ada"], [LOOK_UP, "POST /Groups Pilots: [ada]", READ, "PUT /Groups/{id} Pilots: [ada]"]),
        ("aiw", [], [LOOK_UP, "POST /Groups Pilots: []", READ, "PUT /Groups/{id} Pilots: []"]),
        ("oin", ["ada"], ["POST /Groups Pilots: [ada]", "PATCH /Groups/{id} add members [ada]"]),
        ("oin", [], ["POST /Groups Pilots: []"]),
    ],
)
def test_first_push_creates_the_group(okta: Any, variant: str, members: list[str], requests: list[str]) -> None:
    """A wizard app looks up, creates and writes the same again; a catalogue app knows the groups and adds the members again."""
    story = team_of(okta, variant, *members)

    assert requests == story.first_push
    assert set(members) == member_names(story)


def test_wizard_app_writes_twice_when_somebody_joins(okta: Any) -> None:
    """A joiner in a wizard app: read twice, write the list found with the joiner, read, write Okta's own list."""
    story = team_of(okta, "aiw", "ada")

    requests = story.tell(story.directory.add_members("pilots", ["ben"], story.at))

    put = "PUT /Groups/{id} Pilots: [ada ben]"
    assert [READ, READ, put, READ, put] == requests
    assert {"ada", "ben"} == member_names(story)


def test_wizard_app_writes_the_old_list_first_when_somebody_leaves(okta: Any) -> None:
    """A leaver in a wizard app is still in the first list and gone from the second."""
    story = team_of(okta, "aiw", "ada", "ben")

    requests = story.tell(story.directory.remove_members("pilots", ["ben"], story.at))

    assert [READ, READ, "PUT /Groups/{id} Pilots: [ada ben]", READ, "PUT /Groups/{id} Pilots: [ada]"] == requests
    assert {"ada"} == member_names(story)


def test_catalogue_app_patches_the_unchanged_name_first(okta: Any) -> None:
    """Joiners and leavers in a catalogue app: read, PATCH the name as it is, PATCH the members."""
    story = team_of(okta, "oin", "ada")
    name = "PATCH /Groups/{id} replace displayName=Pilots"

    joined = story.tell(story.directory.add_members("pilots", ["ben"], story.at))
    left = story.tell(story.directory.remove_members("pilots", ["ada"], story.at))

    assert [READ, name, "PATCH /Groups/{id} add members [ben]"] == joined
    assert [READ, name, "PATCH /Groups/{id} remove members[…]"] == left
    assert {"ben"} == member_names(story)


@pytest.mark.parametrize(
    ("variant", "requests"),
    [
        ("aiw", [READ, READ, "PUT /Groups/{id} Fliers: [ada]"]),
        ("oin", [READ, "PATCH /Groups/{id} replace displayName=Fliers"]),
    ],
)
def test_rename_follows_where_the_setting_is_on(okta: Any, variant: str, requests: list[str]) -> None:
    """A renamed team renames the app group, once; with the setting off nothing is sent."""
    story = team_of(okta, variant, "ada")

    assert requests == story.tell(story.directory.rename_team("pilots", "Fliers", story.at))
    assert ("Fliers", {"ada"}) == (story.group("pilots")["displayName"], member_names(story))
    story.act("set switches", rename_groups=False)
    assert [] == story.tell(story.directory.rename_team("pilots", "Crew", story.at))
    assert [group.display_name for group in story.engine.expected().groups] == ["Fliers"]


@pytest.mark.parametrize(
    ("variant", "requests"),
    [
        ("aiw", [READ, READ, "PUT /Groups/{id} Pilots: [ada]", "PUT /Groups/{id} Pilots: [ada]"]),
        ("oin", [READ, "PATCH /Groups/{id} replace displayName=Pilots", "PATCH /Groups/{id} replace members [ada]"]),
    ],
)
def test_push_now_overwrites(okta: Any, variant: str, requests: list[str]) -> None:
    """Push now writes Okta's whole list."""
    story = team_of(okta, variant, "ada")

    assert requests == story.act("push now", group="pilots")


def test_push_now_clears_an_empty_group(okta: Any) -> None:
    """Push now on an empty group replaces the members by none."""
    story = team_of(okta, "oin")

    assert story.act("push now", group="pilots")[2:] == ["PATCH /Groups/{id} replace members []"]


@pytest.mark.parametrize("variant", ["aiw", "oin"])
def test_unassigned_member_lingers_until_push_now(okta: Any, variant: str) -> None:
    """Unassigning sends nothing for the group; the stale member is tolerated, and gone after Push now."""
    story = team_of(okta, variant, "ada", "ben")
    leaver = story.engine.app.users["ben"].external_id

    requests = story.act("unassign", person="ben")

    assert [] == [request for request in requests if " /Groups" in request]
    [group] = story.engine.expected().groups
    assert ({leaver}, False) == (set(group.tolerated), leaver in group.members)
    story.act("push now", group="pilots")
    assert {"ada"} == member_names(story)


@pytest.mark.parametrize("variant", ["aiw", "oin"])
def test_only_assigned_and_provisioned_members_are_sent(okta: Any, variant: str) -> None:
    """Members without the application are left out silently, and follow as soon as they are provisioned."""
    story = team_of(okta, variant, "ada")
    story.hire("dia")

    assert [] == story.tell(story.directory.add_members("pilots", ["dia"], story.at))
    requests = story.act("assign", person="dia")
    assert ["GET /Users?filter=userName", "POST /Users active=True groups=[]", READ] == requests[:3]
    assert {"ada", "dia"} == member_names(story)


def test_reassignment_pushes_the_groups_side_by_side(okta: Any) -> None:
    """Re-assigning a member of two groups in a wizard app: activate, profile, then both groups interleaved."""
    story = team_of(okta, "aiw", "ada", "ben")
    story.team("crew", "Crew", "ada")
    story.act("push group", group="crew")
    story.act("unassign", person="ada")

    requests = story.act("assign", person="ada")

    user = "GET /Users/{id}"
    joined = "PUT /Groups/{id} Crew: [ada]"
    assert ["GET /Users?filter=userName", user, "PUT /Users/{id} active=True groups=[…]", user] == requests[:4]
    assert "PUT /Users/{id} active=True groups=[]" == requests[4]
    assert [READ] * 4 == requests[5:9]
    assert joined == requests[10]
    assert [READ] * 2 == requests[11:13]


@pytest.mark.parametrize(
    ("variant", "requests"), [("aiw", [LOOK_UP, READ, READ]), ("oin", [READ, "PATCH /Groups/{id} replace displayName=Pilots"])]
)
def test_link_keeps_the_members_that_were_there(okta: Any, variant: str, requests: list[str]) -> None:
    """Linking to a group that exists renames it and adds members; those it had stay, known as lingering, until Push now."""
    story = team_of(okta, variant, "ada", "ben")
    story.act("unlink group", group="pilots")
    story.tell(story.directory.remove_members("pilots", ["ben"], story.at))

    linked = story.act("link group", group="pilots")

    assert requests == linked[: len(requests)]
    assert {"ada", "ben"} == member_names(story)
    [group] = story.engine.expected().groups
    assert {story.engine.app.users["ben"].external_id} == set(group.tolerated)
    story.act("push now", group="pilots")
    assert {"ada"} == member_names(story)


def test_push_that_may_not_create_only_links(okta: Any) -> None:
    """With `create_groups` off a group that the application has is linked and filled, another one is told and not made."""
    story = okta("aiw", create_groups=False)
    story.provider.handle(
        Request(
            "POST",
            "/Groups",
            body=json.dumps({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Pilots"}).encode(),
        )
    )
    for key, name in (("pilots", "Pilots"), ("crew", "Crew")):
        story.team(key, name)

    assert [LOOK_UP, READ, READ, "PUT /Groups/{id} Pilots: []"] == story.act("push group", group="pilots")
    assert [LOOK_UP] == story.act("push group", group="crew")
    assert [("", "No group named Crew found in Kestrel SCIM")] == [(t.need, t.message) for t in story.engine.troubles]


def test_retried_creation_brings_the_person_into_the_group(okta: Any, reply: Any) -> None:
    """Group push follows a creation at once, also one that succeeds only when an administrator retries it."""
    story = team_of(okta, "oin", "ada")
    story.hire("dia")
    story.tell(story.directory.add_members("pilots", ["dia"], story.at))
    story.play(story.engine.act("assign", person="dia"), reply(401, {"detail": "expired"}))

    sent = story.act("retry tasks")

    assert ["GET /Users?filter=userName", "POST /Users active=True groups=[]", READ] == sent[:3]
    assert "PATCH /Groups/{id} add members [dia]" == sent[-1]
    assert {"ada", "dia"} == member_names(story)


def test_unlinked_group_is_left_or_deleted(okta: Any) -> None:
    """Leaving sends nothing; deleting reads and deletes, and the group should then be absent."""
    story = team_of(okta, "aiw", "ada")

    assert story.act("unlink group", group="pilots") == []
    story.act("push group", group="pilots")
    assert [READ, "DELETE /Groups/{id}"] == story.act("unlink group", group="pilots", delete=True)
    assert [group.absent for group in story.engine.expected().groups] == [True]


@pytest.mark.parametrize(
    ("variant", "members", "requests"),
    [
        ("aiw", ["ada"], [READ, READ, "PUT /Groups/{id} Pilots: [ada]", "PUT /Groups/{id} Pilots: [ada]"]),
        ("oin", [], [READ, "PATCH /Groups/{id} replace displayName=Pilots"]),
    ],
)
def test_inactive_mapping_is_silent_until_activated(okta: Any, variant: str, members: list[str], requests: list[str]) -> None:
    """A deactivated mapping sends nothing; activating it pushes at once."""
    story = team_of(okta, variant)
    story.act("deactivate mapping", group="pilots")

    assert [] == story.tell(story.directory.add_members("pilots", members, story.at))
    assert requests == story.act("activate mapping", group="pilots")


def test_rules_push_groups_of_today_and_tomorrow(okta: Any) -> None:
    """A rule pushes the groups that fit, those formed later, and those renamed into it; others stay out."""
    story = okta("oin")
    story.live(story.engine.connect())
    for key, name in (("a", "OM_Data (scimsim-000000)"), ("b", "Sales"), ("c", "Data_OM")):
        story.team(key, name)

    assert ["POST /Groups OM_Data (scimsim-000000): []"] == story.act("push rule", name="om", starts_with="OM_")
    change = story.directory.create_team(replace(story.directory.team("b"), key="d", display_name="OM_Ops"), story.at)
    assert ["POST /Groups OM_Ops: []"] == story.tell(change)
    assert ["POST /Groups OM_Sales: []"] == story.tell(story.directory.rename_team("b", "OM_Sales", story.at))
    assert ["POST /Groups Data_OM: []"] == story.act("push rule", ends_with="_OM")


@pytest.mark.parametrize(("exact", "pushed"), [(True, ["OM_A"]), (False, ["OM_A", "om_c"])])
def test_letter_case_of_a_rule_is_a_switch(okta: Any, exact: bool, pushed: list[str]) -> None:
    """OM_ takes OM_A and neither another prefix nor the prefix in the middle; om_c only where letter case does not count."""
    story = okta("oin", rule_letter_case=exact)
    story.live(story.engine.connect())
    for key, name in (("a", "OM_A"), ("b", "Collate_B"), ("c", "om_c"), ("d", "XOM_D")):
        story.team(key, name)

    assert [f"POST /Groups {name}: []" for name in pushed] == story.act("push rule", starts_with="OM_")


def test_name_under_the_run_mark_decides_for_a_rule(okta: Any) -> None:
    """A rule by ending looks at the name without the mark that a run appends."""
    story = okta("oin")
    story.live(story.engine.connect())
    story.team("a", "Data Prod (scimsim-000000)")

    assert ["POST /Groups Data Prod (scimsim-000000): []"] == story.act("push rule", ends_with="Prod")


@pytest.mark.parametrize("variant", ["aiw", "oin"])
def test_vanished_group_puts_the_mapping_in_error(okta: Any, variant: str) -> None:
    """A group that is gone at the target gives Okta's message, and no push follows until somebody acts."""
    story = team_of(okta, variant, "ada")
    story.provider.handle(Request("DELETE", f"/Groups/{story.engine.app.groups['pilots'].external_id}"))

    assert [READ] == story.tell(story.directory.add_members("pilots", ["ben"], story.at))
    assert story.messages() == [
        "Linked group is missing in Kestrel SCIM. Change the linked group to resume pushing group memberships"
    ]
    assert ("application.provision.group.verify_exists", "FAILURE") in story.events()
    assert [] == story.tell(story.directory.add_members("pilots", ["cho"], story.at))


def test_push_that_may_pass_is_retried_later(okta: Any, reply: Any) -> None:
    """A 503 puts the mapping in error, is retried after ten minutes as a full push, and is over when that succeeds."""
    story = team_of(okta, "oin", "ada")
    change = story.directory.add_members("pilots", ["ben"], story.at)
    story.play(story.engine.notice(change), reply(503, b"busy"))
    assert "Invalid JSON: Unrecognized token 'busy'" in story.messages()[0]
    assert ("application.provision.group_push.mapping.update.or.delete.failed", "FAILURE") in story.events()

    story.engine.clock.sleep(story.engine.due() - story.at)
    story.live(story.engine.wake())

    assert {"ada", "ben"} == member_names(story)
    assert (None, []) == (story.engine.due(), story.engine.app.tasks)


def test_lost_answer_of_a_group_is_told(okta: Any) -> None:
    """Without an answer the task says null, and the place says why."""
    story = team_of(okta, "oin", "ada")

    def silent(_: Request) -> Any:
        raise NoResponse(Failure("timeout", "no answer in 60 s"))

    story._drive(story.engine.act("push now", group="pilots"), silent)

    [trouble] = story.engine.troubles
    assert trouble.message.endswith("Pilots: null")
    event = "application.provision.group_push.mapping.update.or.delete.failed"
    assert f"Push Groups > Errors; System Log: {event} (no answer: no answer in 60 s)" == trouble.where


def test_members_go_in_batches_where_the_target_limits_them(okta: Any) -> None:
    """With `member_batch` no PATCH carries more members than that, and all of them arrive."""
    story = okta("oin", member_batch=40)
    story.live(story.engine.connect())
    keys = [f"p{number}" for number in range(100)]
    for key in keys:
        story.hire(key)
    story.act("assign", person=keys)
    story.team("crowd", "Crowd", *keys)

    story.act("push group", group="crowd")

    sizes = [len(json.loads(request.body)["Operations"][0]["value"]) for request in story.sent[1:]]
    assert ([40, 40, 20], 100) == (sizes, len(story.group("crowd")["members"]))


def test_member_read_without_display_is_written_back_with_null(okta: Any, reply: Any) -> None:
    """A service provider that keeps no display gets `"display": null` for the members it listed."""
    story = team_of(okta, "aiw", "ada")
    read = reply(200, {"id": "g", "displayName": "Pilots", "members": [{"value": "somebody", "type": "User"}]})
    change = story.directory.add_members("pilots", ["ben"], story.at)

    sent = story.play(story.engine.notice(change), read, read, read, read, read)

    assert sent[2].json()["members"][0] == {"value": "somebody", "display": None}


@pytest.mark.parametrize("variant", ["aiw", "oin"])
def test_deleted_team_deletes_the_app_group(okta: Any, variant: str) -> None:
    """A team deleted in Okta takes the app group with it, unless that switch is off."""
    story = team_of(okta, variant, "ada")

    assert [READ, "DELETE /Groups/{id}"] == story.tell(story.directory.delete_team("pilots", story.at))


def test_memberships_can_follow_later(okta: Any) -> None:
    """Pushed without its memberships, a group is created empty, and filled by Push now."""
    story = okta("oin")
    story.live(story.engine.connect())
    story.hire("ada")
    story.act("assign", person="ada")
    story.team("pilots", "Pilots", "ada")

    assert ["POST /Groups Pilots: []"] == story.act("push group", group="pilots", memberships_now=False)
    assert set() == member_names(story)
    story.act("push now", group="pilots")
    assert {"ada"} == member_names(story)


@pytest.mark.parametrize("provisioned", [True, False])
def test_joiner_of_an_assigned_and_pushed_group_is_pushed(okta: Any, provisioned: bool) -> None:
    """Whoever joins a group that is both assigned and pushed gets into the app group, with an account of old or a new one."""
    story = team_of(okta, "oin", "ada")
    story.act("assign", group="pilots")
    story.hire("dia")
    if provisioned:
        story.act("assign", person="dia")

    story.tell(story.directory.add_members("pilots", ["dia"], story.at))

    assert {"ada", "dia"} == member_names(story)


def test_vanished_member_is_no_fault_of_the_group(okta: Any) -> None:
    """Once Okta has learned that an account is gone, its membership may be gone as well."""
    story = team_of(okta, "aiw", "ada", "ben")
    gone = story.engine.app.users["ada"].external_id
    story.provider.handle(Request("DELETE", f"/Users/{gone}"))
    story.tell(story.directory.update("ada", {"title": "Lead"}, story.at))

    [group] = story.engine.expected().groups
    assert (False, True) == (gone in group.members, gone in group.tolerated)


def test_group_that_exists_and_is_not_found_names_the_lookup(okta: Any, reply: Any) -> None:
    """A 409 to the creation of a group that the lookup did not find is a fault of the lookup."""
    story = okta("aiw")
    story.team("pilots", "Pilots")
    nobody, taken = reply(200, {"totalResults": 0}), reply(409, {"detail": "the name is taken"})

    story.play(story.engine.act("push group", group="pilots"), nobody, taken)

    assert ["okta-7.2-group-lookup"] == [trouble.need for trouble in story.engine.troubles]
