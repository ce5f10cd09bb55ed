"""Every switch of a dialect switches something: with another value, the same story sends other requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.idp.dialect import CHOICES, Dialect, notable

OTHER: dict[str, Any] = {
    "accept": "", "content_type": "application/json", "content_type_always": True, "user_agent": "acme", "plus_for_space": True,
    "dangling": True, "discovery": "optional", "match": "create", "match_by": "emails.value", "quotes": False, "count": 5,
    "external_id": True, "create_active": False, "update_with": "patch", "deactivate_with": "patch", "put_id": True,
    "emails": "object", "on_unassign": "delete", "on_suspend": "nothing", "on_deactivate": "delete", "on_delete": "deactivate",
    "leave_after_hours": 5.0, "groups": False, "push_assigned": True, "group_match": "list", "group_with": "put",
    "members_on_create": False, "empty_groups": False, "members": "request", "remove_by": "value", "rename_groups": False,
    "delete_groups": False, "cycle_hours": 2.0,
}  # fmt: skip
"""Another value for each switch that shows in the traffic of a story without faults."""

IN_PATCHES = {"patch_style": "pathless", "booleans": "true"}
ON_FAULTS = {
    "reads", "follow_pages", "on_conflict", "on_missing", "retry_statuses", "retry_attempts", "retry_seconds",
    "connection_attempts", "strict_statuses", "answer_seconds",
}  # fmt: skip
"""Switches that show only when an answer is out of the ordinary; tests of single dialects cover them."""


def traffic(play: Callable[..., Any], **traits: Any) -> list[Any]:
    """The requests of a story in which everything happens once."""
    game = play("rippling", traits={"group_with": "patch", "external_id": False, **traits})
    game.run(game.engine.connect())
    for key in ("ada", "bo", "cy", "di"):
        game.hire(key, given_name=key, family_name="Quill", email=f"{key}@example.test")
    game.team("staff", "Staff", ("ada",))
    game.team("empty", "Empty")
    game.team("crew", "Crew", ("ada", "bo"))
    game.do("assign", group="staff")
    game.do("assign", person=["bo", "cy", "di"])
    game.do("push group", group="crew")
    game.do("push group", group="empty")
    game.change("update", "ada", {"family_name": "Berg"})
    game.change("add_members", "crew", ["cy", "di"])
    game.change("remove_members", "crew", ["bo", "cy"])
    game.change("rename_team", "crew", "Crew 2")
    for kind, key in (("suspend", "ada"), ("deactivate", "bo"), ("delete", "cy")):
        game.change(kind, key)
    game.do("unassign", person="di")
    game.change("delete_team", "crew")
    return list(game.requests)


@pytest.mark.parametrize("name", OTHER)
def test_switch_changes_the_traffic(play: Callable[..., Any], name: str) -> None:
    """Another value of the switch, other requests."""
    assert traffic(play, **{name: OTHER[name]}) != traffic(play)


@pytest.mark.parametrize("name", IN_PATCHES)
def test_switch_changes_the_patches(play: Callable[..., Any], name: str) -> None:
    """Another spelling in a PATCH."""
    assert traffic(play, update_with="patch", **{name: IN_PATCHES[name]}) != traffic(play, update_with="patch")


def test_every_switch_is_looked_at() -> None:
    """No switch is left out here."""
    assert {field.name for field in fields(Dialect)} == {*OTHER, *IN_PATCHES, *ON_FAULTS}


@pytest.mark.parametrize("name", CHOICES)
def test_words_are_checked(name: str) -> None:
    """A word that a switch does not take is refused with the nearest one."""
    with pytest.raises(UsageError, match=f'the trait "{name}" takes no "nonsense"'):
        Dialect(**{name: "nonsense"})


def test_what_is_assumed_is_not_named_one_by_one() -> None:
    """A report names what was given; the assumptions that all dialects share stand in the documentation."""
    assert notable(Dialect(count=7), ["count"]) == {"count": 7}
