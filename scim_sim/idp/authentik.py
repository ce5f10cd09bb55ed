"""authentik's SCIM provider: create first, ask what ServiceProviderConfig says, one member an operation.

Source: goauthentik/authentik, `authentik/providers/scim/clients`, and the default mappings in
`blueprints/system/providers-scim.yaml`. A write whose data has not changed is left out, as in newer versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused
from scim_sim.idp.dialect import Dialect, patch_op
from scim_sim.idp.engine import action, register, trait
from scim_sim.idp.flows import resource_id
from scim_sim.idp.group_push import GroupPush, PushedGroup
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import UserPush

__all__ = ["Authentik", "AuthentikTraits"]

CODE = "goauthentik/authentik"


@dataclass(frozen=True, slots=True)
class AuthentikTraits(Dialect):
    """All as the code has it."""

    content_type_always: bool = trait(True, "Content-Type is sent on every request.", CODE, "captured")
    discovery: str = trait("optional", "ServiceProviderConfig is read; without it nothing counts as supported.", CODE, "captured")
    match: str = trait("create", "Accounts are created at once.", CODE, "captured")
    on_conflict: str = trait("look up", "409 is followed by a lookup, if filters are supported.", CODE, "captured")
    quotes: bool = trait(False, "The lookup of a user has no quotes.", CODE, "captured")
    external_id: bool = trait(True, "externalId is the uid of the user.", CODE, "captured")
    update_with: str = trait("put", "Users are changed by PUT, never by PATCH.", CODE, "captured")
    put_id: bool = trait(True, "A PUT carries the id.", CODE, "captured")
    on_missing: str = trait("create again", "404 on an update: the link is dropped and the account made again.", CODE, "captured")
    on_unassign: str = trait("delete", "Whoever leaves the scope is deleted.", CODE, "captured")
    on_delete: str = trait("delete", "A deleted user is deleted.", CODE, "captured")
    group_match: str = trait("create", "Groups are created at once.", CODE, "captured")
    group_with: str = trait("declared", "By PATCH where it is declared, else by PUT.", CODE, "captured")
    members: str = trait("operation", "One operation for each member.", CODE, "captured")
    remove_by: str = trait("value", "Members leave as a value list.", CODE, "captured")
    follow_pages: bool = trait(True, "Lists of groups are read by startIndex up to totalResults.", CODE, "captured")
    retry_statuses: tuple[int, ...] = trait((429, 503), "These are passing faults and tried again.", CODE, "captured")
    rename_with_id: bool = trait(
        False, "A rename by PATCH carries the id, as it did before pull request 23950.", CODE, "captured"
    )
    config_path: str = trait(
        "/ServiceProviderConfig", "Where the configuration is read; another in Salesforce mode.", CODE, "captured"
    )
    force_patch: bool | None = trait(
        None, "PATCH counts as supported or not, whatever is declared; AWS mode: not.", CODE, "captured"
    )
    force_filter: bool | None = trait(None, "The same of filters; Slack mode: supported.", CODE, "captured")


class AuthentikUsers(UserPush):
    """A conflict can be resolved only where filters are supported."""

    def resource_of(self, person: Person) -> dict[str, Any]:
        """The default mapping: the display name is split at its first blank, and is name.formatted too."""
        given, _, family = person.display_name.partition(" ")
        resource = super().resource_of(person)
        resource["name"] = {"formatted": person.display_name, "givenName": given, "familyName": family}
        resource["emails"] = [{"value": person.email, "type": "other", "primary": True}] if person.email else []
        return resource

    def find_user(self, person: Person) -> Flow[str | None]:
        """The lookup after a 409."""
        if self.caller.supports is not None and not self.caller.supports.filter:
            raise Refused("link", "409 on the create, and filters are not supported: the account cannot be found")
        return (yield from super().find_user(person))


class AuthentikGroups(GroupPush):
    """Groups are made without members where PATCH is supported, and compared with the application in every sync."""

    traits: AuthentikTraits

    def __init__(self, caller: Caller, member_id: Callable[[str], str | None], new_id: Callable[[str], str]) -> None:
        super().__init__(caller, member_id, new_id)
        self.taken_out: dict[str, set[str]] = {}

    @property
    def _patches(self) -> bool:
        return self.caller.verb(self.traits.group_with) == "patch"

    def create(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[str]:
        """Create the group; the members follow unless a PUT is all there is."""
        return (yield from super().create(group, name, {} if self._patches else members))

    def resource(self, group: PushedGroup, name: str, members: Iterable[str] | None) -> dict[str, Any]:
        """The group; members stand in it only where PATCH is not supported."""
        return super().resource(group, name, None if self._patches else (list(members or ()) or None))

    def change(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[None]:
        """Joiners and leavers by one PATCH; with a new name, or without PATCH, attributes are written and members compared."""
        before = set(group.members)
        if self._patches and name == group.name:
            yield from super().change(group, name, members)
        else:
            yield from self._write(group, name, members)
            yield from self.compare(group, members)
        self.taken_out[group.key] = (self.taken_out.get(group.key, set()) | before) - set(group.members)

    def _write(self, group: PushedGroup, name: str, members: dict[str, None]) -> Flow[None]:
        """PUT where PATCH is not supported, and PATCH when the PUT fails too."""
        if not self._patches:
            body = {**self.resource(group, name, list(members)), "id": group.id}
            response = yield from self.caller.write("PUT", self.path(group), body, "replace group")
            if response.ok or response.status == 404:
                self.require(response, "group-push", (200,))
                group.name, group.members = name, dict(members)
                return
        response = yield from self.caller.write("PATCH", self.path(group), patch_op(self._renaming(group, name)), "rename group")
        self.require(response, "group-rename", (200, 204))
        group.name = name

    def _renaming(self, group: PushedGroup, name: str) -> list[dict[str, Any]]:
        whole = super().resource(group, name, None)
        if self.traits.force_patch is False:  # AWS mode
            return [
                {"op": "replace", "path": attribute, "value": whole[attribute]} for attribute in ("displayName", "externalId")
            ]
        return [{"op": "replace", "value": {**whole, "id": group.id} if self.traits.rename_with_id else whole}]

    def patches(self, group: PushedGroup, name: str, members: dict[str, None]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Operations are cut at bulk.maxOperations."""
        size = self.caller.supports.bulk_operations if self.caller.supports else 0
        for need, operations in super().patches(group, name, members):
            step = size if size > 0 else len(operations)
            for start in range(0, len(operations), step):
                yield need, operations[start : start + step]

    def discover(self, names: Mapping[str, str]) -> Flow[None]:
        """Read the groups of the application and link those that bear the name of a group that has no link yet."""
        unlinked = {names[key]: group for key, group in self.groups.items() if group.id is None and key in names}
        listed = yield from self.caller.every("/Groups", "import", "discover groups")
        for there in listed:
            group, found = unlinked.get(str(there.get("displayName"))), resource_id(there)
            if group is not None and found is not None:
                group.id, group.name, group.members = found, names[group.key], {}

    def compare(self, group: PushedGroup, wanted: dict[str, None]) -> Flow[set[str]]:
        """Read the group and send what its members differ by; the result is whose membership had been written before."""
        response = yield from self.caller.get(self.path(group), "read group")
        self.caller.require(response, "group-push", (200,))
        there = (response.json_object() or {}).get("members")
        if not isinstance(there, list):  # nobody is added to a group that is read without members
            return set()
        listed = {str(m["value"]): None for m in there if isinstance(m, dict) and "value" in m}
        lost = (group.members.keys() - listed.keys()) | (self.taken_out.get(group.key, set()) & listed.keys())
        group.members = listed
        for need, operations in self.patches(group, group.name, wanted):
            response = yield from self.caller.write("PATCH", self.path(group), patch_op(operations), "change members")
            self.caller.require(response, need, (200, 204))
        group.members = dict(wanted)
        return lost


@register
class Authentik(Lifecycle):
    """authentik's SCIM provider in its default mode, or in one of its compatibility modes."""

    name = "authentik"
    title = "authentik"
    standing = "community"
    variants: ClassVar[Mapping[str, str]] = {
        "default": "no compatibility mode",
        "aws": "AWS mode: PATCH counts as not supported",
        "slack": "Slack mode: filters count as supported",
        "salesforce": "Salesforce mode: the configuration is read from /ServiceProviderConfigs",
    }
    variant_traits: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "aws": {"force_patch": False},
        "slack": {"force_filter": True},
        "salesforce": {"config_path": "/ServiceProviderConfigs"},
    }
    traits_type = AuthentikTraits
    attributes: ClassVar[Mapping[str, str]] = {"userName": "user_name", "locale": "locale", "displayName": "display_name"}
    users_type = AuthentikUsers
    groups_type = AuthentikGroups
    groups: AuthentikGroups
    where = "SCIM provider > System tasks"
    log_file = "authentik-log.jsonl"
    settle_reports = True

    traits: AuthentikTraits

    @property
    def config_path(self) -> str:
        """Where the configuration is read."""
        return self.traits.config_path

    def discover(self) -> Flow[None]:
        """Read the configuration; the compatibility mode knows some of it better."""
        yield from super().discover()
        forced = {"patch": self.traits.force_patch, "filter": self.traits.force_filter}
        if self.caller.supports is not None:
            known = {name: value for name, value in forced.items() if value is not None}
            self.caller.supports = replace(self.caller.supports, **known)

    def connect(self) -> Flow[bool]:
        """A sync begins with ServiceProviderConfig; without one it goes on as if nothing were supported."""
        try:
            yield from self.discover()
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        self.note("connect", "", "done")
        return True

    @action
    def full_sync(self) -> Flow[None]:
        """Link groups that are there already, write what is still to be written, and compare every group."""
        try:
            yield from self.before_task("full sync")
            yield from self.groups.discover({key: team.display_name for key, team in self.directory.teams.items()})
        except Refused as refused:
            self.fail("full sync", refused, "")
        yield from self.retry_tasks()
        yield from self.settle()

    def settle(self) -> Flow[None]:
        """The comparing part of the next full sync."""
        for key, group in list(self.groups.groups.items()):
            if not group.linked or key not in self.directory.teams:
                continue
            try:
                lost = yield from self.groups.compare(group, self.groups.members_of(self.directory.team(key)))
                if lost:
                    raise Refused("quiet-second-cycle", f"{len(lost)} memberships are not as they were written and acknowledged")
            except Refused as refused:
                self.fail("full sync", refused, key)
