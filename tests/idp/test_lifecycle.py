"""What all dialects share: tasks from differences, links only with the right account, faults told, and data that is checked."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.idp.dialect import Dialect, changed_paths, member_operations, user_operations
from scim_sim.idp.engine import ENGINES
from scim_sim.idp.lifecycle import Lifecycle

DIALECTS = [name for name, engine in ENGINES.items() if issubclass(engine, Lifecycle)]
STORY = ("ada", "bo", "cy")


def tell(game: Any) -> None:
    """Three people, one group, and everything that can happen to them."""
    later = 200 * 3600
    for key in STORY:
        game.hire(key, given_name=key, family_name="Quill", email=f"{key}@example.test")
        game.do("assign", person=key)
    game.until(later)
    game.team("crew", "Crew", ("ada", "bo"))
    game.do("push group", group="crew")
    game.change("update", "ada", {"family_name": "Berg", "display_name": "Ada Berg"})
    game.change("add_members", "crew", ["cy"])
    game.change("remove_members", "crew", ["bo"])
    game.change("rename_team", "crew", "Crew 2")
    game.until(later)
    game.change("suspend", "bo")
    game.until(later)


@pytest.mark.parametrize("name", DIALECTS)
def test_correct_provider_gives_no_trouble(play: Callable[..., Any], name: str) -> None:
    """Every dialect plays the whole life against the correct provider without a trouble, and what it believes is so."""
    game = play(name)
    assert game.run(game.engine.connect())

    tell(game)

    assert [] == game.troubles()
    assert all(response.ok or response.status == 412 for response in game.responses)
    for user in game.engine.expected().users:
        held = game.held("Users", user.key)
        assert (held["active"], held["userName"]) == (user.active, user.user_name)
    for group in game.engine.expected().groups:
        held = game.held("Groups", group.key)
        assert held["displayName"] == group.display_name
        assert {member["value"] for member in held.get("members", ())} == group.members


@pytest.mark.parametrize("name", DIALECTS)
def test_unchanged_second_cycle_writes_nothing(play: Callable[..., Any], name: str) -> None:
    """When nothing has changed, settling sends reads at most."""
    game = play(name)
    tell(game)
    game.took()

    game.run(game.engine.settle())

    assert [] == [line for line in game.took() if not line.startswith("GET")]


@pytest.mark.parametrize("name", DIALECTS)
def test_same_story_gives_the_same_bytes(play: Callable[..., Any], name: str) -> None:
    """Same seed, same clock, same answers: byte-identical traffic."""
    first, second = play(name, seed=3), play(name, seed=3)

    tell(first)
    tell(second)

    assert first.requests == second.requests


@pytest.mark.parametrize("name", DIALECTS)
def test_without_groups_no_group_is_spoken_of(play: Callable[..., Any], name: str) -> None:
    """For a target that takes no groups, not one request names them."""
    game = play(name, groups=False)

    tell(game)

    assert [] == [line for line in game.took() if "/Groups" in line]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_trait_has_its_source(name: str) -> None:
    """Each trait says in a sentence what it is, where that is known from and how sure that is."""
    for field in fields(ENGINES.get(name).traits_type):
        assert field.metadata["doc"].endswith("."), field.name
        assert field.metadata["source"]
        assert field.metadata["confidence"] in ("documented", "captured", "inferred")


@pytest.mark.parametrize("name", DIALECTS)
def test_no_answer_is_a_trouble_and_not_the_end(play: Callable[..., Any], name: str) -> None:
    """When no answer comes to a create, the person is in error, and a retry by hand brings the account."""
    game = play(name, traits={"connection_attempts": 1, "cycle_hours": 0})
    game.hire()
    game.run(game.engine.connect())
    game.script = [None]
    game.do("assign", person="tove")
    failed = game.troubles()

    game.do("retry tasks")

    assert [subject for _, subject in failed] == ["tove"]
    assert game.held("Users", "tove")["active"] is True


@pytest.mark.parametrize("name", ["onelogin", "jumpcloud", "pingone", "rippling", "google"])
def test_stranger_is_never_linked(play: Callable[..., Any], says: Callable[..., Any], name: str) -> None:
    """A service provider that ignores the filter of the lookup does not get a stranger overwritten."""
    game = play(name, traits={"cycle_hours": 0})
    game.hire()
    game.script = [says(200, {"totalResults": 1, "Resources": [{"id": "u-0", "userName": "the.boss@example.test"}]})]

    game.do("assign", person="tove")

    assert 1 == len(game.took())
    assert game.troubles() == [(f"{name}-match", "tove")]


def test_deleted_account_leaves_its_groups_without_a_request(play: Callable[..., Any]) -> None:
    """The membership of a deleted account is the application's to remove; it is tolerated until then."""
    game = play("pingone")
    tell(game)
    account = game.id("cy")
    game.took()

    game.change("delete", "cy")

    assert [line.split()[0] for line in game.took()] == ["DELETE"]
    [group] = game.engine.expected().groups
    assert (account in group.members, account in group.tolerated) == (False, True)


def test_deletion_of_what_is_gone_is_a_success(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """404 on a DELETE is as good as 204."""
    game = play("pingone")
    game.hire()
    game.do("assign", person="tove")
    game.script = [says(404)]

    game.change("delete", "tove")

    assert [] == game.troubles()
    assert game.engine.expected().users[0].absent


def test_rehire_after_deletion_gets_a_new_account(play: Callable[..., Any]) -> None:
    """A restored person whose account was deleted is created again."""
    game = play("pingone")
    game.hire()
    game.do("assign", person="tove")
    old = game.id("tove")

    game.change("delete", "tove")
    game.change("restore", "tove")

    assert game.id("tove") != old
    assert game.held("Users", "tove")["active"] is True


def test_failed_member_is_tried_again_with_the_next_change(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A membership that failed is still a difference, and is sent with the next change."""
    game = play("pingone")
    tell(game)
    game.script = [says(500, {"detail": "broken"})]
    game.change("add_members", "crew", ["bo"])
    failed = game.troubles()

    game.change("rename_team", "crew", "Crew 3")

    assert failed == [("pingone-members-added", "crew")]
    assert game.id("bo") in {member["value"] for member in game.held("Groups", "crew")["members"]}


def test_group_that_vanished_is_told(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """404 on a group change is a trouble of that change."""
    game = play("pingone")
    tell(game)
    game.script = [says(404, {"detail": "no such group"})]

    game.change("remove_members", "crew", ["cy"])

    assert game.troubles() == [("pingone-members-removed", "crew")]


def test_unlinked_group_stays_or_goes(play: Callable[..., Any]) -> None:
    """Unlinking leaves the group, or deletes it when asked to."""
    game = play("pingone")
    tell(game)
    game.team("other", "Other", ("ada",))
    game.do("push group", group="other")
    game.took()

    game.do("unlink group", group="other")
    left = game.took()
    game.do("unlink group", group="crew", delete=True)

    assert [] == left
    assert [line.split()[0] for line in game.took()] == ["DELETE"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "name a person or a group"),
        ({"person": "tove", "group": "crew"}, "name a person or a group"),
        ({"person": "tov"}, 'did you mean "tove"'),
        ({"group": "crow"}, 'did you mean "crew"'),
    ],
)
def test_mistake_in_an_assignment_is_explained(play: Callable[..., Any], params: dict[str, str], said: str) -> None:
    """One clear sentence with the nearest name."""
    game = play("pingone")
    game.hire()
    game.team("crew", "Crew")

    with pytest.raises(UsageError, match=said):
        game.do("assign", **params)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"traits": {"match": "lockup"}}, 'did you mean "lookup"'),
        ({"traits": {"matsch": "lookup"}}, 'did you mean "match"'),
        ({"traits": {"quotes": "no"}}, "takes true or false"),
        ({"mapping": {"title": "tittle"}}, 'did you mean "title"'),
        ({"variant": "oin"}, "has no variant"),
    ],
)
def test_mistake_in_a_setting_is_explained(play: Callable[..., Any], setting: dict[str, Any], said: str) -> None:
    """Traits, mappings and variants are checked before anything is sent."""
    with pytest.raises(UsageError, match=said):
        play("pingone", **setting)


def test_mapping_adds_and_leaves_out(play: Callable[..., Any]) -> None:
    """A mapping adds rows to the usual ones, and takes out those it sets to null."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    game = play("pingone", mapping={"displayName": None, f"{urn}:department": "department"})
    game.hire(department="Finance")

    game.do("assign", person="tove")

    body = game.requests[-1].json()
    assert ("displayName" in body, body[urn]) == (False, {"department": "Finance"})


def test_log_says_what_was_done(play: Callable[..., Any]) -> None:
    """Each task is a line with the person, the state and the time of the run's clock."""
    game = play("pingone", app_label="Wiki")
    game.hire()
    game.do("assign", person="tove")

    assert list(game.engine.drain_log()) == [
        {"time": "2026-01-05T08:00:00.000Z", "application": "Wiki", "task": "create",
         "subject": "tove.lind@example.test", "state": "done"},
    ]  # fmt: skip


def test_changed_paths_reach_into_objects_and_extensions() -> None:
    """A changed sub-attribute is named by its path, with a colon behind a URN."""
    before = {"name": {"givenName": "A", "familyName": "B"}, "urn:x:User": {"department": "D"}, "title": "T"}
    after = {"name": {"givenName": "A", "familyName": "C"}, "urn:x:User": {"department": "E"}}

    assert list(changed_paths(before, after)) == [("name.familyName", "C"), ("urn:x:User:department", "E"), ("title", None)]


@pytest.mark.parametrize(
    ("traits", "operations"),
    [
        ({}, [{"op": "replace", "path": "active", "value": False}]),
        ({"booleans": "True"}, [{"op": "replace", "path": "active", "value": "False"}]),
        ({"booleans": "true"}, [{"op": "replace", "path": "active", "value": "false"}]),
        ({"patch_style": "pathless"}, [{"op": "replace", "value": {"active": False}}]),
    ],
)
def test_deactivation_in_every_form(traits: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """A boolean, a text, with a path or without."""
    assert user_operations({"active": True}, {"active": False}, Dialect(**traits)) == operations


@pytest.mark.parametrize(
    ("members", "remove_by", "sizes"),
    [
        ("request", "filter", [1, 1, 1]),
        ("request", "value", [1, 1, 1]),
        ("operation", "value", [3]),
        ("list", "filter", [2]),
        ("list", "value", [2]),
        ("full list", "value", [1]),
    ],
)
def test_members_in_every_form(members: str, remove_by: str, sizes: list[int]) -> None:
    """Two members join and one leaves: the requests and the operations in each."""
    traits = Dialect(members=members, remove_by=remove_by)

    requests = list(member_operations(["a", "b"], ["c"], ["a", "b"], traits))

    assert [len(operations) for operations in requests] == sizes


def test_nothing_to_do_is_no_request() -> None:
    """No members to add or remove, no PATCH."""
    assert [] == list(member_operations([], [], ["a"], Dialect()))


def test_failed_group_is_not_tried_again_unchanged(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """What failed for a group is told once, until something about it changes or the administrator retries."""
    game = play("pingone")
    tell(game)
    game.took()
    game.script = [says(501, {"detail": "not implemented"})]
    game.change("remove_members", "crew", ["cy"])
    game.change("update", "ada", {"family_name": "Quill"})
    meanwhile = [line for line in game.took() if "/Groups" in line]

    game.do("retry tasks")

    assert 1 == len(meanwhile)
    assert game.troubles() == [("pingone-members-removed", "crew")]
    assert [line.split()[0] for line in game.took() if "/Groups" in line] == ["PATCH"]


@pytest.mark.parametrize("steps", [1, 2])
def test_restart_in_the_middle_of_a_task(play: Callable[..., Any], steps: int) -> None:
    """The flow is dropped after so many requests; the engine goes on, and nobody gets a second account."""
    game = play("pingone")
    game.hire()
    flow = game.engine.act("assign", person="tove")
    request = next(flow)
    for _ in range(steps - 1):
        request = flow.send(game.provider.handle(request))
    game.provider.handle(request)
    flow.close()

    game.change("update", "tove", {"family_name": "Berg"})

    [user] = game.engine.expected().users
    assert user.active
    assert "Berg" == game.held("Users", "tove")["name"]["familyName"]
    assert [] == game.troubles()


def test_attribute_of_ones_own_can_be_mapped(play: Callable[..., Any]) -> None:
    """A custom attribute of the scenario becomes any SCIM attribute."""
    game = play("pingone", mapping={"nickName": "custom.badge"})
    game.hire(custom={"badge": "TL"})

    game.do("assign", person="tove")

    assert "TL" == game.requests[-1].json()["nickName"]


def test_link_that_cannot_be_updated_promises_nothing(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Of an account that was linked and refused its first update nothing is expected; the update is still to be done."""
    game = play("pingone")
    game.hire()
    found = {"totalResults": 1, "Resources": [{"id": "u-1", "userName": "tove.lind@example.test"}]}
    game.script = [says(200, found), says(501), says(200)]
    game.do("assign", person="tove")
    before = game.engine.expected().users

    game.do("retry tasks")

    [user] = game.engine.expected().users
    assert before == ()
    assert (user.resource_id, user.active) == ("u-1", True)
    assert game.took()[1:] == ["PUT /Users/u-1", "PUT /Users/u-1"]
    assert game.troubles() == [("pingone-update", "tove")]


def test_group_made_again_after_its_deletion(play: Callable[..., Any]) -> None:
    """A team of the same key that is made and pushed again gets a new group."""
    game = play("pingone")
    tell(game)
    old = game.id("crew")
    game.change("delete_team", "crew")
    gone = game.engine.expected().groups

    game.team("crew", "Crew 3", ("ada",))
    game.do("push group", group="crew")

    assert [(group.resource_id, group.absent) for group in gone] == [(old, True)]
    assert game.id("crew") != old
    assert "Crew 3" == game.held("Groups", "crew")["displayName"]


@pytest.mark.parametrize("name", ["pingone", "authentik", "onelogin", "keycloak"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_changes_ends_in_step(play: Callable[..., Any], says: Callable[..., Any], name: str, seed: int) -> None:
    """Whatever happened and failed: after retries the group holds exactly whoever is in the team and has an account."""
    chance = random.Random(f"{name}/{seed}")
    game = play(name, traits={"on_unassign": "delete"})
    keys = [f"p{number}" for number in range(8)]
    for key in keys:
        game.hire(key, email=f"{key}@example.test")
    game.team("crew", "Crew")
    game.do("push group", group="crew")
    for _ in range(60):
        if chance.random() < 0.2:
            game.script = [says(chance.choice([500, 503, 404]))] * 3
        key = chance.choice(keys)
        chance.choice(
            [
                lambda key=key: game.do("assign", person=key),
                lambda key=key: game.do("unassign", person=key),
                lambda key=key: game.change("add_members", "crew", [key]),
                lambda key=key: game.change("remove_members", "crew", [key]),
                lambda key=key: game.change("update", key, {"family_name": f"N{chance.random()}"}),
            ]
        )()
        game.script = []

    for _ in range(3):
        game.do("retry tasks")

    team = game.directory.team("crew")
    held = {member["value"] for member in game.held("Groups", "crew").get("members", ())}
    assert held == {game.id(key) for key in team.members if game.engine.users.member_id(key)}
    assert {key for key in keys if game.engine.in_scope(key)} == {key for key in keys if game.engine.users.member_id(key)}
