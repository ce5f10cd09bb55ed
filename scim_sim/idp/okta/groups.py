"""What Okta sends for a pushed group, in both modes.

Sequences (recordings of both profiles): PUT apps read the group twice, write the list they found with the joiners, read, and
write Okta's own list; PATCH apps read it, PATCH its unchanged name, then PATCH the members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scim_sim.directory.model import Team
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.flows import in_step
from scim_sim.idp.okta.app_groups import AppGroups, Member, joined
from scim_sim.idp.okta.client import Refused
from scim_sim.idp.okta.state import App, PushedGroup, PushRule, Task

__all__ = ["GroupPush"]

PUSH = "application.provision.group_push."
FAILURES: Mapping[str, tuple[str, str, str]] = {
    "create": ("group.add", "Error while creating user group", "okta-group-push"),
    "link": ("group.verify_exists", "Error while linking user group", "okta-group-push"),
    "join": ("group_membership.update", "Error while updating user group membership for group", "okta-members-added"),
    "leave": ("group_membership.update", "Error while updating user group membership for group", "okta-members-removed"),
    "overwrite": ("group_membership.update", "Error while updating user group membership for group", "okta-group-push"),
    "rename": ("group.update", "Error while updating user group", "okta-group-rename"),
    "delete": ("group.remove", "Error while deleting user group", "okta-group-delete"),
}
"""Per kind of push: the event of its failure, Okta's words, and the need that was not met."""


class GroupPush:
    """The push mappings of one application."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.remote = AppGroups(app)

    # -- mappings -------------------------------------------------------------------------------------------------

    def push(self, team: Team, memberships_now: bool = True, rule: str = "") -> Flow[None]:
        """Make a mapping by name and push the group: linked where the app has one of that name, else created."""
        group = self._mapping(team, rule)
        yield from self._guarded(group, self._push_first(group, memberships_now), "create")

    def _mapping(self, team: Team, rule: str = "") -> PushedGroup:
        app = self.app
        present = app.groups.get(team.key)
        if present is not None:
            return present
        made = PushedGroup(team.key, app.new_id("gmr", team.key), app.new_id("AGr", team.key), team.display_name, rule=rule)
        app.groups[team.key] = made
        app.log.event(PUSH + "mapping.created", app.group_targets(made), by="system" if rule else "admin")
        return made

    def _push_first(self, group: PushedGroup, memberships_now: bool) -> Flow[None]:
        found = yield from self.remote.look_up(group.name)
        members = self.members(group) if memberships_now else []
        if found is None and not self.app.traits.create_groups:
            group.status = "ERROR"
            self.app.report("", group.key, f"No group named {group.name} found in {self.app.label}", "Push Groups > Errors")
        elif found is None:
            yield from self._create(group, members)
        else:
            group.external_id = found
            yield from self._take_over(group, members)

    def link(self, team: Team, name: str) -> Flow[None]:
        """Map the team onto the app group of that name; its old members stay until the next full push."""
        group = self._mapping(team)
        group.name = name
        yield from self._guarded(group, self._link(group), "link")

    def _link(self, group: PushedGroup) -> Flow[None]:
        if self.app.app_groups is not None and group.name not in self.app.app_groups:
            yield from self.remote.refresh()
        found = yield from self.remote.look_up(group.name)
        if found is None:
            raise Refused(f"No group named {group.name} found in {self.app.label}", 404)
        group.external_id = found
        yield from self._take_over(group, self.members(group))

    def _take_over(self, group: PushedGroup, members: list[Member]) -> Flow[None]:
        """Bring the members into a group that exists, without removing anybody. Never recorded; the shape of an addition."""
        name = self._current_name(group)
        stale = yield from self.remote.read(group)
        group.tolerated |= {str(member.get("value")) for member in stale}
        if self.app.traits.groups_with == "put":
            current = yield from self.remote.read(group)
            yield from self.remote.put(group, joined(self.remote.echo(current), members), name)
        else:
            yield from self.remote.patch_name(group, name)
            yield from self.remote.patch_members(group, [], members)
        self._named(group, name)
        self._now_in(group, members)
        self._succeeded(group, "pushed")

    def _create(self, group: PushedGroup, members: list[Member]) -> Flow[None]:
        app = self.app
        first = members[: app.traits.member_batch or None]
        group.external_id = yield from self.remote.create(group.name, first)
        self._now_in(group, first)
        if app.traits.groups_with == "put":
            yield from self.remote.read(group)
            yield from self.remote.put(group, members)
        else:
            yield from self.remote.patch_members(group, [], members)
        self._now_in(group, members)
        self._succeeded(group, "updated")

    # -- changes --------------------------------------------------------------------------------------------------

    def members(self, group: PushedGroup) -> list[Member]:
        """Okta's own list: the team's members whom Okta pushes, in the team's order; the others are left out."""
        found = [member for key in self.app.directory.team(group.key).members if (member := self.app.member(key)) is not None]
        left_out = len(self.app.directory.team(group.key).members) - len(found)
        if left_out:
            event = "app.user_management.grouppush.mapping.okta.users.ignored"
            self.app.log.event(event, self.app.group_targets(group), debug={"usersIgnored": left_out})
        return found

    def follow(self, provisioned: Iterable[str], groups: Iterable[PushedGroup]) -> Flow[None]:
        """Users were provisioned: bring them into the pushed groups they are in, the groups side by side."""
        keys = dict.fromkeys(provisioned)
        flows = []
        for group in groups:
            team = self.app.directory.team(group.key)
            flows.append(self.change(group, [key for key in team.members if key in keys], []))
        yield from in_step(flows, pause_all=self.app.traits.rate_limit_pauses == "application")

    def change(self, group: PushedGroup, came: Iterable[str], left: Iterable[str]) -> Flow[None]:
        """Persons joined or left the team: push those of them whom Okta pushes at all."""
        if group.status != "ACTIVE":
            return
        joiners = [member for key in came if (member := self.app.member(key)) is not None]
        leavers = [member for key in left if (member := self.app.member(key)) is not None]
        if group.external_id is None or not (joiners or leavers):
            return
        yield from self._guarded(group, self._change(group, joiners, leavers), "leave" if leavers else "join")

    def _change(self, group: PushedGroup, joiners: list[Member], leavers: list[Member]) -> Flow[None]:
        yield from self.remote.read(group)
        if self.app.traits.groups_with == "put":
            current = yield from self.remote.read(group)
            yield from self.remote.put(group, joined(self.remote.echo(current), joiners))
            yield from self.remote.read(group)
            own = self.members(group)
            yield from self.remote.put(group, own)
            self._only_in(group, own)
        else:
            yield from self.remote.patch_name(group)
            yield from self.remote.patch_members(group, leavers, joiners)
            self._now_in(group, joiners)
            for member in leavers:
                group.members.pop(member["value"], None)
                group.tolerated.discard(member["value"])
        self._succeeded(group, "push_memberships")

    def push_all(self, group: PushedGroup) -> Flow[None]:
        """Push now: overwrite the app group with Okta's list, also an empty one; a mapping in error comes back."""
        if group.external_id is None:
            yield from self._guarded(group, self._push_first(group, True), "create")
        else:
            yield from self._guarded(group, self._push_all(group), "overwrite")

    def _push_all(self, group: PushedGroup) -> Flow[None]:
        own, name = self.members(group), self._current_name(group)
        yield from self.remote.read(group)
        if self.app.traits.groups_with == "put":
            current = yield from self.remote.read(group)
            yield from self.remote.put(group, joined(self.remote.echo(current), own), name)
            yield from self.remote.put(group, own, name)
        else:
            yield from self.remote.patch_name(group, name)
            yield from self.remote.patch_all(group, own)
        self._named(group, name)
        self._only_in(group, own)
        self._succeeded(group, "push_memberships")

    def rename(self, group: PushedGroup) -> Flow[None]:
        """The team has another name: rename the app group, where that setting is on and the mapping active."""
        if group.status == "ACTIVE" and group.external_id is not None and self._current_name(group) != group.name:
            yield from self._guarded(group, self._rename(group, self._current_name(group)), "rename")

    def _rename(self, group: PushedGroup, name: str) -> Flow[None]:
        yield from self.remote.read(group)
        if self.app.traits.groups_with == "put":
            current = yield from self.remote.read(group)
            yield from self.remote.put(group, self.remote.echo(current), name)
        else:
            yield from self.remote.patch_name(group, name)
        self._named(group, name)
        self._succeeded(group, "mapping.app.group.renamed")

    def _current_name(self, group: PushedGroup) -> str:
        return self.app.directory.team(group.key).display_name if self.app.traits.rename_groups else group.name

    def _named(self, group: PushedGroup, name: str) -> None:
        if name != group.name:
            self.remote.forget(group.name)
            self.remote.remember(name, str(group.external_id))
        group.name = name

    # -- the state of a mapping -----------------------------------------------------------------------------------

    def deactivate(self, group: PushedGroup) -> None:
        """No more pushes until the mapping is activated again."""
        group.status = "INACTIVE"
        self.app.log.event(PUSH + "deactivate_mapping", self.app.group_targets(group), by="admin")

    def activate(self, group: PushedGroup) -> Flow[None]:
        """Activate the mapping, which pushes at once; PATCH apps send no members for an empty group."""
        group.status = "ACTIVE"
        self.app.log.event(PUSH + "activate_mapping", self.app.group_targets(group), by="admin")
        if self.app.traits.groups_with == "put" or group.external_id is None:
            yield from self.push_all(group)
        else:
            yield from self._guarded(group, self._activate_patched(group), "overwrite")

    def _activate_patched(self, group: PushedGroup) -> Flow[None]:
        own, name = self.members(group), self._current_name(group)
        yield from self.remote.read(group)
        yield from self.remote.patch_name(group, name)
        self._named(group, name)
        if own:
            yield from self.remote.patch_all(group, own)
            self._only_in(group, own)
        self._succeeded(group, "push_memberships")

    def unlink(self, group: PushedGroup, delete: bool) -> Flow[None]:
        """End the mapping; the app group is left as it is, or deleted: read first, then DELETE."""
        if delete and group.external_id is not None:
            done = yield from self._guarded(group, self._delete(group), "delete")
            if not done:
                return
        self.app.groups.pop(group.key, None)
        self.app.done("group push", group.key)
        self.app.log.event(PUSH + "removed", self.app.group_targets(group), by="admin")

    def _delete(self, group: PushedGroup) -> Flow[None]:
        app = self.app
        try:
            yield from self.remote.read(group)
            yield from self.remote.delete(group)
        except Refused as refused:
            if refused.status != 404:
                raise
        self.remote.forget(group.name)
        app.gone_groups.append(group)
        app.log.event(PUSH + "delete_appgroup", app.group_targets(group))

    # -- rules ----------------------------------------------------------------------------------------------------

    def add_rule(self, rule: PushRule) -> Flow[None]:
        """Push every team whose name fits, now and from now on."""
        if rule.name in self.app.rules:
            raise UsageError(f'there is a push rule called "{rule.name}" already')
        self.app.rules[rule.name] = rule
        for team in list(self.app.directory.teams.values()):
            yield from self.apply_rules(team)

    def apply_rules(self, team: Team) -> Flow[None]:
        """Push the team when a rule fits its name and it is not pushed yet."""
        if team.key in self.app.groups:
            return
        plain = team.display_name.removesuffix(f" ({self.app.setting.mark.text})")
        exact = self.app.traits.rule_letter_case
        rule = next((rule for rule in self.app.rules.values() if rule.fits(plain, exact)), None)
        if rule is not None:
            yield from self.push(team, rule=rule.name)

    # -- what Okta holds to be true -------------------------------------------------------------------------------

    @staticmethod
    def _now_in(group: PushedGroup, members: list[Member]) -> None:
        for member in members:
            group.members[member["value"]] = None
            group.tolerated.discard(member["value"])

    @staticmethod
    def _only_in(group: PushedGroup, members: list[Member]) -> None:
        group.members = {member["value"]: None for member in members}
        group.tolerated = set()

    def linger(self, key: str) -> None:
        """The person lost the application: no group request follows, so the membership lingers and is no fault."""
        external_id = self.app.users[key].external_id
        if external_id is None:
            return
        for group in self.app.groups.values():
            if external_id in group.members:
                del group.members[external_id]
                group.tolerated.add(external_id)

    def _succeeded(self, group: PushedGroup, event: str) -> None:
        group.status = "ACTIVE"
        group.retries = 0
        group.gone = False
        self.app.done("group push", group.key)
        self.app.log.event(PUSH + event, self.app.group_targets(group))

    def _guarded(self, group: PushedGroup, flow: Flow[None], kind: str) -> Flow[bool]:
        """Run the flow; a refusal puts the mapping in error and on the Errors tab, and is retried where it may pass."""
        try:
            yield from flow
        except Refused as refused:
            self._failed(group, refused, kind)
            return False
        return True

    def _failed(self, group: PushedGroup, refused: Refused, kind: str) -> None:
        app, targets = self.app, self.app.group_targets(group)
        group.status = "ERROR"
        group.gone = refused.status == 404 and group.external_id is not None
        event, words, need = FAILURES[kind]
        if app.app_groups is None and (kind, refused.status) in (("create", 409), ("link", 404)):
            need = "okta-7.2-group-lookup"  # the group is there, and asking for it by name did not find it
        if group.gone:
            event = "group.verify_exists"
            message = f"Linked group is missing in {app.label}. Change the linked group to resume pushing group memberships"
        else:
            what = f"{words}: {group.name}" if kind in ("join", "leave", "overwrite") else words
            message = f"Unable to update Group Push mapping target App group {group.name}: {what}: {refused.reason}"
        app.log.event(f"application.provision.{event}", targets, refused.reason)
        retried = refused.passing and app.traits.group_retry_minutes > 0 and group.retries < app.traits.group_retries
        failed = PUSH + "mapping.update.or.delete.failed" + ("" if retried else ".with.error")
        app.log.event(failed, targets, refused.reason)
        app.task(Task("group push", group.key, message, lambda: self.push_all(group)), need, refused)
        if retried:
            group.retries += 1
            app.later(app.traits.group_retry_minutes * 60, lambda: self._retry(group))

    def _retry(self, group: PushedGroup) -> Flow[None]:
        if group.status == "ERROR" and self.app.groups.get(group.key) is group:
            yield from self.push_all(group)
