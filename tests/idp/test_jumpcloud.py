"""JumpCloud: bound groups take over groups of their name, and empty ones are not made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_bound_group_is_pushed_with_its_members(play: Callable[..., Any]) -> None:
    """Binding a group creates its members' accounts and then the group."""
    game = play("jumpcloud")
    game.hire()
    game.team("crew", "Crew", ("tove",))

    game.do("assign", group="crew")

    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", "POST /Users", "GET /Groups", "POST /Groups"]
    assert [member["value"] for member in game.held("Groups", "crew")["members"]] == [game.id("tove")]


def test_empty_group_is_not_made(play: Callable[..., Any]) -> None:
    """A bound group without members appears with its first member."""
    game = play("jumpcloud")
    game.hire()
    game.team("crew", "Crew")
    game.do("assign", group="crew")
    before = game.took()

    game.change("add_members", "crew", ["tove"])

    assert [] == before
    assert "POST /Groups" in game.took()


def test_group_of_the_same_name_is_taken_over(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """An existing group is linked by its name and gets the members."""
    game = play("jumpcloud")
    game.hire()
    game.team("crew", "Crew", ("tove",))
    nobody, found = {"totalResults": 0, "Resources": []}, {"totalResults": 1, "Resources": [{"id": "g-1", "displayName": "Crew"}]}
    game.script = [says(200, nobody), says(201, {"id": "u-1"}), says(200, found), says(204)]

    game.do("assign", group="crew")

    patch = game.requests[-1]
    assert (patch.method, patch.target) == ("PATCH", "/Groups/g-1")
    assert patch.json()["Operations"] == [{"op": "add", "path": "members", "value": [{"value": "u-1"}]}]


def test_member_leaves_by_value_and_is_switched_off(play: Callable[..., Any]) -> None:
    """Whoever is in no bound group any more is deactivated, and leaves the group by a value list."""
    game = play("jumpcloud")
    game.hire()
    game.hire("bo")
    game.team("crew", "Crew", ("tove", "bo"))
    game.do("assign", group="crew")
    tove = game.id("tove")

    game.change("remove_members", "crew", ["tove"])

    assert game.requests[-1].json()["Operations"] == [{"op": "remove", "path": "members", "value": [{"value": tove}]}]
    assert game.held("Users", "tove")["active"] is False
    assert game.held("Users", "bo")["active"] is True


def test_unbound_group_stays(play: Callable[..., Any]) -> None:
    """Unbinding a group leaves it in the application and deactivates its members, unless another one binds them."""
    game = play("jumpcloud")
    game.hire()
    game.hire("bo")
    game.team("crew", "Crew", ("tove", "bo"))
    game.team("other", "Other", ("bo",))
    game.do("assign", group="crew")
    game.do("assign", group="other")
    game.took()

    game.do("unassign", group="crew")

    assert [line.split("/")[1] for line in game.took()] == ["Users"]
    assert (game.held("Users", "tove")["active"], game.held("Users", "bo")["active"]) == (False, True)


def test_deleted_group_is_deleted(play: Callable[..., Any]) -> None:
    """A group deleted in JumpCloud is deleted in the application."""
    game = play("jumpcloud")
    game.hire()
    game.team("crew", "Crew", ("tove",))
    game.do("assign", group="crew")

    game.change("delete_team", "crew")

    assert "DELETE" == game.requests[-1].method
    assert [group.absent for group in game.engine.expected().groups] == [True]


def test_connection_test_writes_only_with_the_switch(play: Callable[..., Any]) -> None:
    """The believed throw-away user and group are a switch; both are removed again."""
    quiet, writing = play("jumpcloud"), play("jumpcloud", traits={"test_writes": True})

    assert quiet.run(quiet.engine.connect())
    assert writing.run(writing.engine.connect())
    assert [request.method for request in quiet.requests] == ["GET"]
    assert [request.method for request in writing.requests] == ["GET", "POST", "DELETE", "POST", "DELETE"]


@pytest.mark.parametrize(("bound_only", "sent"), [(True, 0), (False, 1)])
def test_changes_of_people_outside_of_bound_groups(play: Callable[..., Any], bound_only: bool, sent: int) -> None:
    """Somebody who has the application by name is created and switched off, but not updated."""
    game = play("jumpcloud", traits={"bound_only": bound_only})
    game.hire()
    game.do("assign", person="tove")
    game.took()

    game.change("update", "tove", {"family_name": "Berg"})
    updates = len(game.took())
    game.do("unassign", person="tove")

    assert updates == sent
    assert game.held("Users", "tove")["active"] is False


@pytest.mark.parametrize("answers", [[500], [201]])
def test_connection_test_that_writes_can_fail(play: Callable[..., Any], says: Callable[..., Any], answers: list[int]) -> None:
    """A refused throw-away user, or one without an id, ends the test."""
    game = play("jumpcloud", traits={"test_writes": True})
    game.script = [says(200, {"totalResults": 0}), *(says(status, {}) for status in answers)]

    assert not game.run(game.engine.connect())
    assert game.troubles() == [("jumpcloud-connect", "")]
