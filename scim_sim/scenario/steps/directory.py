"""Steps that change the identity provider's directory: people come, change and go; teams form and dissolve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scim_sim.directory.model import Team
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps.registry import step

__all__: list[str] = []


@step("hire", open_params=True)
def hire(stage: Stage, person: str, **values: Any) -> None:
    """Somebody joins the directory; attributes that are not given are made up. Nobody has access yet."""
    stage.tell(stage.directory.hire(stage.person(person, values), stage.clock.now()))


@step("update", open_params=True)
def update(stage: Stage, person: str, **values: Any) -> None:
    """Attributes of a person get new values; an empty text clears one."""
    marked = stage.marked(values)
    stage.tell(stage.directory.update(person, marked, stage.clock.now()))


@step("suspend")
def suspend(stage: Stage, person: str) -> None:
    """A person is barred for a while; assignments stay."""
    stage.tell(stage.directory.suspend(person, stage.clock.now()))


@step("unsuspend")
def unsuspend(stage: Stage, person: str) -> None:
    """The suspension of a person ends."""
    stage.tell(stage.directory.unsuspend(person, stage.clock.now()))


@step("deactivate")
def deactivate(stage: Stage, person: str) -> None:
    """The person's account in the directory is switched off."""
    stage.tell(stage.directory.deactivate(person, stage.clock.now()))


@step("reactivate")
def reactivate(stage: Stage, person: str) -> None:
    """The person's account in the directory is switched on again."""
    stage.tell(stage.directory.reactivate(person, stage.clock.now()))


@step("delete")
def delete(stage: Stage, person: str) -> None:
    """The person moves to the directory's recycle bin."""
    stage.tell(stage.directory.delete(person, stage.clock.now()))


@step("restore")
def restore(stage: Stage, person: str) -> None:
    """The person comes back from the recycle bin."""
    stage.tell(stage.directory.restore(person, stage.clock.now()))


@step("purge")
def purge(stage: Stage, person: str) -> None:
    """The person is removed from the directory for good."""
    stage.tell(stage.directory.purge(person, stage.clock.now()))


@step("create group")
def create_group(stage: Stage, group: str, name: str = "", members: list[str] | None = None, prefix: str = "") -> None:
    """A group forms in the directory; nothing is pushed yet."""
    team = stage.generator.team(group, name or None, tuple(members or ()), prefix)
    stage.tell(stage.directory.create_team(team, stage.clock.now()))


@step("rename group")
def rename_group(stage: Stage, group: str, name: str, prefix: str = "") -> None:
    """A group of the directory gets another name."""
    named: Team = stage.generator.team(group, name, (), prefix)
    stage.tell(stage.directory.rename_team(group, named.display_name, stage.clock.now()))


@step("add members")
def add_members(stage: Stage, group: str, members: list[str] | str) -> None:
    """People, or groups, join a group of the directory."""
    stage.tell(stage.directory.add_members(group, _several(members), stage.clock.now()))


@step("remove members")
def remove_members(stage: Stage, group: str, members: list[str] | str) -> None:
    """Members leave a group of the directory."""
    stage.tell(stage.directory.remove_members(group, _several(members), stage.clock.now()))


@step("delete group")
def delete_group(stage: Stage, group: str) -> None:
    """A group of the directory is deleted; its members stay."""
    stage.tell(stage.directory.delete_team(group, stage.clock.now()))


def _several(members: list[str] | str) -> Iterable[str]:
    return [members] if isinstance(members, str) else members
