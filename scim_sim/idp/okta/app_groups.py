"""The groups of one application as Okta reaches them: every request about a group, and the cache of their names.

With Import Groups on, Okta looks names up in what it read on the last save; without, it asks for each.
"""

from __future__ import annotations

from typing import Any

from scim_sim.flow import Flow
from scim_sim.idp.flows import Unusable, equals, query, read_page, resource_id
from scim_sim.idp.okta.client import Refused, body_of, patch_op
from scim_sim.idp.okta.state import App, PushedGroup
from scim_sim.scim.urns import GROUP

__all__ = ["AppGroups", "Member", "joined"]

Member = dict[str, Any]


class AppGroups:
    """Requests about groups; nothing here knows of mappings and their states."""

    def __init__(self, app: App) -> None:
        self.app = app

    # -- names ----------------------------------------------------------------------------------------------------

    def refresh(self) -> Flow[None]:
        """Read the app's groups into the cache that Link Group and later pushes look them up in; all pages."""
        start, first_before = 1, None
        found: dict[str, str] = {}
        while True:
            asked = query(("startIndex", start), ("count", 100))
            response = yield from self.app.client.get("/Groups", "read app groups", asked)
            try:
                page = read_page(response)
            except Unusable as error:
                raise Refused(f"Error while downloading all groups: {error}", response.status) from None
            named = {str(item.get("displayName", "")): made for item in page.resources if (made := resource_id(item)) is not None}
            first = next(iter(named.values()), None)
            found |= named
            start += 100
            if start > (page.total or 0) or first in (None, first_before):
                break
            first_before = first
        self.app.app_groups = found

    def look_up(self, name: str) -> Flow[str | None]:
        """The id of the app group of that name: from the cache where there is one, else asked for."""
        if self.app.app_groups is not None:
            return self.app.app_groups.get(name)
        asked = query(("filter", equals("displayName", name)), ("startIndex", 1), ("count", 100))
        try:
            response = yield from self.app.client.get("/Groups", "look up group", asked)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        try:
            page = read_page(response)
        except Unusable:
            body_of(response)
            raise Refused("Errors reported by remote server: null", response.status) from None
        if page.total == 0 or not page.resources:
            return None
        first = page.resources[0]
        if str(first.get("displayName", "")).casefold() != name.casefold():
            raise Refused(f"the lookup of {name} returned another group, {first.get('displayName')}", response.status)
        return resource_id(first)

    def remember(self, name: str, resource_id: str) -> None:
        """The application has a group of that name, as the cache is to know where there is one."""
        if self.app.app_groups is not None:
            self.app.app_groups[name] = resource_id

    def forget(self, name: str) -> None:
        """No group has that name any more."""
        if self.app.app_groups is not None:
            self.app.app_groups.pop(name, None)

    # -- requests -------------------------------------------------------------------------------------------------

    def create(self, name: str, members: list[Member]) -> Flow[str]:
        """Create a group and return its id."""
        body = {"schemas": [GROUP], "displayName": name, "members": members}
        response = yield from self.app.client.write("POST", "/Groups", body, "create group")
        made = resource_id(body_of(response))
        if made is None:
            raise Refused("Create new group returned empty group.", response.status)
        self.remember(name, made)
        return made

    def delete(self, group: PushedGroup) -> Flow[None]:
        """Delete the group."""
        yield from self.app.client.delete(self.app.client.group(str(group.external_id)), "delete group")

    def read(self, group: PushedGroup) -> Flow[list[Member]]:
        """The members of the group as the service provider lists them."""
        response = yield from self.app.client.get(self.app.client.group(str(group.external_id)), "read group")
        members = body_of(response).get("members")
        return [member for member in members if isinstance(member, dict)] if isinstance(members, list) else []

    def put(self, group: PushedGroup, members: list[Member], name: str = "") -> Flow[None]:
        """Write the whole group: schemas, id, displayName and members."""
        body = {"schemas": [GROUP], "id": group.external_id, "displayName": name or group.name, "members": members}
        yield from self.app.client.write("PUT", self.app.client.group(str(group.external_id)), body, "replace group")

    def _patch(self, group: PushedGroup, label: str, *operations: dict[str, Any]) -> Flow[None]:
        yield from self.app.client.write("PATCH", self.app.client.group(str(group.external_id)), patch_op(*operations), label)

    def patch_name(self, group: PushedGroup, name: str = "") -> Flow[None]:
        """PATCH the name, unchanged or new, with the id beside it."""
        value = {"id": group.external_id, "displayName": name or group.name}
        yield from self._patch(group, "name group", {"op": "replace", "value": value})

    def patch_members(self, group: PushedGroup, leavers: list[Member], joiners: list[Member]) -> Flow[None]:
        """Removals, one operation each, then one addition; in one request unless there is a limit of members per PATCH."""
        size = self.app.traits.member_batch or len(leavers) + len(joiners) or 1
        changes = [(False, member) for member in leavers] + [(True, member) for member in joiners]
        for start in range(0, len(changes), size):
            chunk = changes[start : start + size]
            removals = [
                {"op": "remove", "path": f'members[value eq "{member["value"]}"]'} for joins, member in chunk if not joins
            ]
            added = [member for joins, member in chunk if joins]
            additions = [{"op": "add", "path": "members", "value": added}] if added else []
            label = "change members" if removals and additions else "add members" if additions else "remove members"
            yield from self._patch(group, label, *removals, *additions)

    def patch_all(self, group: PushedGroup, members: list[Member]) -> Flow[None]:
        """Replace all members, in further additions where there is a limit of members per PATCH."""
        size = self.app.traits.member_batch or len(members) or 1
        yield from self._patch(group, "replace members", {"op": "replace", "path": "members", "value": members[:size]})
        yield from self.patch_members(group, [], members[size:])

    def echo(self, members: list[Member]) -> list[Member]:
        """Members read from the app as Okta writes them back: value and display alone."""
        keep = self.app.traits.missing_display != "omit"
        return [
            {"value": member.get("value"), "display": member.get("display")}
            if keep or member.get("display") is not None
            else {"value": member.get("value")}
            for member in members
        ]


def joined(present: list[Member], joiners: list[Member]) -> list[Member]:
    """The members that are present, then those of the joiners who are not."""
    known = {member.get("value") for member in present}
    return present + [member for member in joiners if member["value"] not in known]
