"""Keep groups of an application equal to groups of the directory, as far as a dialect can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from scim_sim.directory.model import Team
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused, said
from scim_sim.idp.dialect import group_resource, member_operations, patch_op
from scim_sim.idp.engine import ExpectedGroup
from scim_sim.idp.flows import equals, resource_id, segment
from scim_sim.wire import Response

__all__ = ["GroupPush", "PushedGroup"]


@dataclass(slots=True)
class PushedGroup:
    """What the IdP remembers of a group: its id, and the name and the member ids written last."""

    key: str
    name: str
    id: str | None = None
    members: dict[str, None] = field(default_factory=dict)
    gone: bool = False
    in_step: bool = False

    @property
    def linked(self) -> bool:
        """Whether there is a group to write to."""
        return self.id is not None and not self.gone


class _Missing(Refused):
    """The group that was to be changed is not there."""


class GroupPush:
    """The pushed groups of one connection.

    `member_id` gives the id of a person's account, `None` for whoever has none; `new_id` the IdP's own id of a team.
    """

    def __init__(self, caller: Caller, member_id: Callable[[str], str | None], new_id: Callable[[str], str]) -> None:
        self.caller = caller
        self.traits = caller.traits
        self.groups: dict[str, PushedGroup] = {}
        self._member_id = member_id
        self._new_id = new_id

    def track(self, team: Team) -> None:
        """Push the team from now on."""
        self.groups.setdefault(team.key, PushedGroup(team.key, team.display_name))

    def sync(self, key: str, name: str, members: dict[str, None] | None) -> Flow[bool]:
        """Write what differs from what was written last; true when something was. Raises `Refused`.

        `members` are the ids that should be in the group, `None` when there should be no group.
        """
        group = self.groups[key]
        group.in_step, was = False, group.in_step
        wrote = yield from (self.remove(group) if members is None else self.bring(group, name, members))
        group.in_step = wrote or was or group.linked
        return wrote

    def bring(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[bool]:
        """Make the group, or change what differs; true when something was written."""
        if not group.linked:
            if not members and not self.traits.empty_groups:
                return False
            yield from self.make(group, name, members)
            return True
        name = name if self.traits.rename_groups else group.name
        if name == group.name and members.keys() == group.members.keys():
            return False
        try:
            yield from self.change(group, name, members)
        except _Missing:
            group.id, group.members = None, {}
            yield from self.make(group, name, members)
        return True

    def forget(self, member: str | None) -> None:
        """An account was deleted: its memberships went with it, or are the application's to remove."""
        for group in self.groups.values():
            if member in group.members:
                group.members = {known: None for known in group.members if known != member}

    def members_of(self, team: Team, moved: Iterable[str] | None = None) -> dict[str, None]:
        """The account ids of the direct members; teams in a team, and persons without an account, are left out.

        With `moved`, only these people are looked at, as long as the group is in step with the team.
        """
        group = self.groups.get(team.key)
        if moved is None or group is None or not group.in_step:
            ids = (self._member_id(key) for key in team.members)
            return {member: None for member in ids if member is not None}
        members, inside = dict(group.members), set(team.members)
        for key in moved:
            member = self._member_id(key)
            if member is not None and key in inside:
                members[member] = None
            elif member is not None:
                members.pop(member, None)
        return members

    def make(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[None]:
        """Find the group by name or create it, and fill it."""
        found = None if self.traits.group_match == "create" else (yield from self.find(name))
        if found is None:
            found = yield from self.create(group, name, members)
        else:
            group.id, group.name, group.members, group.gone = found, name, {}, False
        if group.members.keys() != members.keys():
            yield from self.change(group, name, members)

    def find(self, name: str) -> Flow[str | None]:
        """The id of the group of that name; raises `Refused` when the answer cannot be used."""
        if self.traits.group_match == "list":
            listed = yield from self.caller.every("/Groups", "group-push", "list groups")
        else:
            response = yield from self.caller.get("/Groups", "match group", ("filter", equals("displayName", name)))
            if response.status == 404:
                return None
            listed = list(self.caller.listed(response, "group-push").resources)
        same = [resource for resource in listed if resource.get("displayName") == name]
        others = [r for r in listed if str(r.get("displayName")).casefold() != name.casefold()]
        if others and len(others) == len(listed) and self.traits.group_match == "lookup":
            raise Refused("group-push", f'the lookup of "{name}" is answered with {len(listed)} other groups')
        found = resource_id(same[0]) if same else None
        if same and found is None:
            raise Refused("group-push", f'the group "{name}" is listed without an id')
        return found

    def create(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[str]:
        """Create the group; afterwards it has the members that the create carried."""
        carried = members if self.traits.members_on_create else {}
        body = self.resource(group, name, list(carried) if self.traits.members_on_create else None)
        response = yield from self.caller.write("POST", "/Groups", body, "create group")
        if response.status == 409 and self.traits.on_conflict == "look up":
            found = yield from self.find(name)
            if found is None:
                self.caller.require(response, "group-push", (201,))
            carried = {}
        else:
            self.caller.require(response, "group-push", (201,))
            found = resource_id(response.json_object())
        if found is None:
            raise Refused("group-push", f"the answer to the create ({response.status}) holds no id")
        group.id, group.name, group.members, group.gone = found, name, dict(carried), False
        return found

    def change(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[None]:
        """Bring name and members to what they should be."""
        if self.caller.verb(self.traits.group_with) == "put":
            body = self.resource(group, name, list(members))
            if self.traits.put_id:
                body = {**body, "id": group.id}
            response = yield from self.caller.write("PUT", self.path(group), body, "replace group")
            need = "group-rename" if name != group.name else _need(members.keys() - group.members.keys())
            self.require(response, need, (200,))
            group.name, group.members = name, members
            return
        for need, operations in self.patches(group, name, members):
            label = "rename group" if need == "group-rename" else "change members"
            response = yield from self.caller.write("PATCH", self.path(group), patch_op(operations), label)
            self.require(response, need, (200, 204))
            _apply(operations, group)

    def require(self, response: Response, need: str, statuses: Iterable[int]) -> None:
        """As `Caller.require`, but a group that is missing is made again where the dialect does so."""
        if response.status == 404 and self.traits.on_missing == "create again":
            raise _Missing(need, said(response))
        self.caller.require(response, need, statuses)

    def patches(self, group: PushedGroup, name: str, members: dict[str, None]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The operations of each PATCH, with the need that it stands for."""
        if name != group.name:
            yield "group-rename", [{"op": "replace", "path": "displayName", "value": name}]
        added = _in_order(members, members.keys() - group.members.keys())
        removed = _in_order(group.members, group.members.keys() - members.keys())
        if added or removed:
            for operations in member_operations(added, removed, members, self.traits):
                yield _need(added if operations[0]["op"] != "remove" else ()), operations

    def remove(self, group: PushedGroup) -> Flow[bool]:
        """The team is no more: delete the group, or leave it, as the dialect does."""
        if group.gone:
            return False
        if group.id is None or not self.traits.delete_groups:
            del self.groups[group.key]
            return False
        response = yield from self.caller.delete(self.path(group), "delete group")
        if response.status != 404:
            self.caller.require(response, "group-delete", (204,))
        group.gone = True
        return True

    def resource(self, group: PushedGroup, name: str, members: Iterable[str] | None) -> dict[str, Any]:
        """The group as this IdP writes it."""
        return group_resource(name, members, self._new_id(group.key) if self.traits.external_id else "")

    def path(self, group: PushedGroup) -> str:
        """The path of the group."""
        return f"/Groups/{segment(str(group.id))}"

    def expected(self, tolerated: frozenset[str]) -> Iterator[ExpectedGroup]:
        """The groups that were written, with what they should hold."""
        for group in self.groups.values():
            if group.id is not None:
                members = frozenset(group.members)
                yield ExpectedGroup(group.key, group.name, group.id, members, tolerated - members, absent=group.gone)


def _in_order(members: Mapping[str, None], some: Set[str]) -> list[str]:
    """These members in the order in which they stand."""
    return [member for member in members if member in some] if len(some) > 1 else list(some)


def _need(added: Iterable[str]) -> str:
    return "members-added" if any(True for _ in added) else "members-removed"


def _apply(operations: Iterable[dict[str, Any]], group: PushedGroup) -> None:
    """Remember what a PATCH that succeeded has brought about."""
    for operation in operations:
        path = operation.get("path", "")
        if path == "displayName":
            group.name = operation["value"]
        elif path.startswith("members"):
            values = {item["value"]: None for item in operation.get("value", ())}
            if operation["op"] == "replace":
                group.members = values
            elif operation["op"] == "add":
                group.members = {**group.members, **values}
            elif path == "members" and not values:
                group.members = {}
            else:
                gone = values or {json.loads(path.removeprefix("members[value eq ")[:-1]): None}
                group.members = {member: None for member in group.members if member not in gone}
