"""Okta's provisioning: what its administrator does, what it does by itself, and what it believes to have brought about.

1. Changes are pushed at once and one by one; there is no periodic full sync. With `schedule_minutes` they wait for a tick.
2. Groups follow users: whoever was provisioned is brought into the pushed groups they are in.
3. A disabled integration is silent, and what happened meanwhile is not caught up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scim_sim.directory.model import Change
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.engine import Engine, Expected, Setting, action, override, register
from scim_sim.idp.okta.assignments import Assignments
from scim_sim.idp.okta.belief import expected
from scim_sim.idp.okta.connection import SAVED_WITH_A_PROBE, save, test_and_save
from scim_sim.idp.okta.groups import GroupPush
from scim_sim.idp.okta.imports import Imports
from scim_sim.idp.okta.state import App, PushedGroup, PushRule
from scim_sim.idp.okta.traits import VARIANT_TRAITS, VARIANTS, OktaTraits, notable, traits_of
from scim_sim.idp.okta.users import UserJobs
from scim_sim.registry import nearest

__all__ = ["Okta"]

NOT_PROVISIONED = (
    "User was assigned this application before Provisioning was enabled and not provisioned in the downstream application. "
    "Click Provision User."
)

DIRECTORY_EVENTS: Mapping[str, str] = {
    "hired": "user.lifecycle.create",
    "updated": "user.account.update_profile",
    "suspended": "user.lifecycle.suspend",
    "unsuspended": "user.lifecycle.unsuspend",
    "deactivated": "user.lifecycle.deactivate",
    "reactivated": "user.lifecycle.reactivate",
    "deleted": "user.lifecycle.delete.initiated",
    "members_added": "group.user_membership.add",
    "members_removed": "group.user_membership.remove",
}
"""The event that the directory itself writes, by kind of change."""


@register
class Okta(Engine):
    """Okta's SCIM 2.0 client, as an app of the App Integration Wizard (`aiw`) or of the catalogue (`oin`)."""

    name = "okta"
    title = "Okta"
    variants = VARIANTS
    default_variants = tuple(VARIANTS)
    traits_type = OktaTraits
    log_file = "okta-system-log.jsonl"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.variant = setting.variant or next(iter(VARIANTS))
        if self.variant not in VARIANT_TRAITS:
            raise UsageError(f'Okta has no variant "{self.variant}"{nearest(self.variant, VARIANTS)}')
        possible = {} if setting.groups else {"import_groups": False}
        traits = traits_of(self.variant, {**possible, **setting.traits})
        self.app = App(setting, traits, self.rng, self.complain, self._log_entry, self._observe)
        self.app.provision = self._provision
        self.users = UserJobs(self.app)
        self.group_push = GroupPush(self.app)
        self.assignments = Assignments(self.app)
        self.imports = Imports(self.app)
        self._waiting: list[Callable[[], Flow[None]]] = []
        self._import_planned = False
        self._plan_import()

    def _log_entry(self, entry: dict[str, Any]) -> None:
        self._log.append(entry)

    def _observe(self, kind: str, row: dict[str, Any]) -> None:
        self.rows.append((kind, row))

    @property
    def traits(self) -> OktaTraits:
        """The settings of the application."""
        return self.app.traits

    @property
    def switches(self) -> Mapping[str, Any]:
        """Every inferred switch and every setting that is not the default."""
        return notable(self.traits, self.variant)

    # -- the Integration page -------------------------------------------------------------------------------------

    def connect(self) -> Flow[bool]:
        """Test the credentials, save them, and save the To App page: a list of two users each time, /Groups where imported."""
        return (yield from test_and_save(self.app, self.group_push.remote))

    @action
    def new_credentials(self, token: str = "") -> Flow[None]:
        """The administrator enters a token and tests it: the target's own, or the one given, which should be refused."""
        self.app.set_token(token)
        yield from self.connect()

    @action
    def disable_integration(self) -> Flow[None]:
        """Switch the API integration off: Okta falls silent."""
        yield from ()
        self.app.online = False
        self._waiting.clear()
        self.app.log.event("application.lifecycle.update", (self.app.instance,), by="admin")

    @action
    def enable_integration(self) -> Flow[None]:
        """Switch the API integration on again; what happened meanwhile is not caught up, only marked on the page."""
        yield from ()
        self.app.online = True
        for user in self.app.users.values():
            if user.assigned and not user.provisioned:
                self.app.report("", user.key, NOT_PROVISIONED, "Assignments")
        self.app.log.event("application.lifecycle.update", (self.app.instance,), by="admin")

    @action
    def set_switches(self, **switches: Any) -> Flow[None]:
        """Change settings: `create`, `update`, `deactivate`, `rename_groups`, any trait; To App's are saved with a probe."""
        self.app.set_traits(override(self.traits, switches))
        if not self.traits.import_groups:
            self.app.app_groups = None
        if "import_every_minutes" in switches:
            self._plan_import()
        if SAVED_WITH_A_PROBE & switches.keys():
            yield from self._now(save(self.app, self.group_push.remote))

    # -- the Assignments page -------------------------------------------------------------------------------------

    @action
    def assign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Give the application to a person (or several), or to a group: its members one by one, now and in future."""
        keys = self.assignments.give_to_group(group) if group else self.assignments.give(_several(person))
        yield from self._job(lambda: self._provision(keys))

    @action
    def unassign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Take the application from a person (or several) or a group; who has it no more is deactivated."""
        keys = self.assignments.take_from_group(group) if group else self.assignments.take(_several(person))
        yield from self._job(lambda: self._deprovision(keys))

    @action
    def provision_user(self, person: str) -> Flow[None]:
        """Press Provision User beside an assignment that is older than provisioning."""
        user = self.app.user(person)
        if not user.assigned:
            raise UsageError(f'"{person}" does not have the application: assign it first')
        yield from self._job(lambda: self._provision([person]))

    @action
    def force_sync(self, person: str = "") -> Flow[None]:
        """Push the profile of every provisioned user, or of one, again; users without an account get none."""
        keys = [person] if person else list(self.app.users)
        yield from self._job(lambda: self._force_sync(keys))

    @action
    def sync_password(self, person: str) -> Flow[None]:
        """The person signs in: Okta pushes the password, where Sync Password is on."""
        yield from self._job(lambda: self.users.push_password(self.app.user(person)))

    @action
    def retry_tasks(self) -> Flow[None]:
        """Retry Selected on every task that has it, and Retry All Groups; deprovisioning tasks have no retry."""
        for task in self.app.tasks:
            if task.again is not None and self.app.online:
                yield from self._job(task.again)

    # -- the Push Groups page -------------------------------------------------------------------------------------

    @action
    def push_group(self, group: str, memberships_now: bool = True) -> Flow[None]:
        """Push a group by name: create it in the application, or link it there, with its members now or later."""
        yield from self._now(self.group_push.push(self.directory.team(group), memberships_now))

    @action
    def push_rule(self, name: str = "", starts_with: str = "", contains: str = "", ends_with: str = "") -> Flow[None]:
        """Push every group whose name fits, those of the future too."""
        given = [
            (how, text) for how, text in (("starts with", starts_with), ("contains", contains), ("ends with", ends_with)) if text
        ]
        if len(given) != 1:
            raise UsageError("a push rule has exactly one of starts_with, contains, ends_with")
        [(how, text)] = given
        yield from self._now(self.group_push.add_rule(PushRule(name or f"{how} {text}", how, text)))

    @action
    def delete_push_rule(self, name: str, delete: bool = False) -> Flow[None]:
        """Delete a push rule and unlink its groups; the app groups are left, or deleted with `delete`."""
        if self.app.rules.pop(name, None) is None:
            raise UsageError(f'no push rule is called "{name}"{nearest(name, self.app.rules)}')
        for group in [group for group in self.app.groups.values() if group.rule == name]:
            yield from self._now(self.group_push.unlink(group, delete))

    @action
    def link_group(self, group: str, name: str = "") -> Flow[None]:
        """Link a group to one that the application has, by its name there; members it had stay until the next full push."""
        team = self.directory.team(group)
        yield from self._now(self.group_push.link(team, name or team.display_name))

    @action
    def unlink_group(self, group: str, delete: bool = False) -> Flow[None]:
        """End the push of a group; the app group is left, or deleted with `delete`."""
        yield from self._now(self.group_push.unlink(self._pushed(group), delete))

    @action
    def delete_pushed_group(self, group: str) -> Flow[None]:
        """End the push of a group and delete the app group."""
        yield from self._now(self.group_push.unlink(self._pushed(group), True))

    @action
    def push_now(self, group: str) -> Flow[None]:
        """Push now: overwrite the app group's members with Okta's, also when there are none."""
        yield from self._now(self.group_push.push_all(self._pushed(group)))

    @action
    def deactivate_mapping(self, group: str) -> Flow[None]:
        """Deactivate a push mapping: nothing is sent for the group until it is activated again."""
        yield from ()
        self.group_push.deactivate(self._pushed(group))

    @action
    def activate_mapping(self, group: str) -> Flow[None]:
        """Activate a push mapping again, which pushes the group at once."""
        yield from self._now(self.group_push.activate(self._pushed(group)))

    def _pushed(self, key: str) -> PushedGroup:
        found = self.app.groups.get(key)
        if found is None:
            raise UsageError(f'"{key}" is not a pushed group{nearest(key, self.app.groups)}')
        return found

    # -- the Import page ------------------------------------------------------------------------------------------

    @action
    def import_users(
        self, groups: bool | None = None, match: list[str] | None = None, partial: bool | None = None, confirm: bool | None = None
    ) -> Flow[None]:
        """Import Now: read all users (and groups, where Import Groups is on), match them, unassign those that are missing."""
        given = {"import_match": match, "import_partial_match": partial, "import_confirms": confirm}
        chosen = {name: value for name, value in given.items() if value is not None}
        if chosen:
            self.app.set_traits(override(self.traits, chosen))
        yield from self._now(self.imports.run(self.traits.import_groups if groups is None else groups))

    @action
    def import_user_schema(self) -> Flow[None]:
        """Import User Schema, which catalogue apps have: read /ResourceTypes and /Schemas."""
        if self.variant != "oin":
            raise UsageError("Import User Schema exists in catalogue apps only: run the story as okta:oin")
        yield from self._now(self.imports.schema())

    def _plan_import(self) -> None:
        minutes = self.traits.import_every_minutes
        if minutes and not self._import_planned:
            self._import_planned = True
            self.app.later(minutes * 60, self._scheduled_import)

    def _scheduled_import(self) -> Flow[None]:
        self._import_planned = False
        if self.app.online and self.traits.import_every_minutes:
            yield from self.imports.run(self.traits.import_groups)
        self._plan_import()

    # -- jobs -----------------------------------------------------------------------------------------------------

    def _now(self, flow: Flow[Any]) -> Flow[None]:
        """Something the administrator does on the spot; a disabled integration does nothing."""
        if self.app.online:
            yield from flow
        else:
            flow.close()

    def _job(self, make: Callable[[], Flow[None]]) -> Flow[None]:
        """Something that Okta does at once, or at the next tick of its schedule."""
        if not self.app.online:
            return
        if self.traits.schedule_minutes:
            if not self._waiting:
                self.app.later(self._until_tick(), self._tick)
            self._waiting.append(make)
        else:
            yield from make()

    def _until_tick(self) -> float:
        period = self.traits.schedule_minutes * 60
        return period - self.clock.now() % period

    def _tick(self) -> Flow[None]:
        waiting, self._waiting = self._waiting, []
        for make in waiting:
            yield from make()

    def _provision(self, keys: Iterable[str]) -> Flow[None]:
        """Provision those who have no account yet, then bring them into the pushed groups they are in."""
        users = [user for user in map(self.app.user, keys) if not user.provisioned]
        yield from self.users.provision(user.key for user in users)
        done = [user.key for user in users if user.provisioned]
        groups = {group.key: group for key in done for group in self.app.pushed_groups_of(key)}
        yield from self.group_push.follow(done, groups.values())

    def _deprovision(self, keys: Iterable[str]) -> Flow[None]:
        for key in keys:
            user = self.app.user(key)
            yield from self.users.deactivate(user)
            self.group_push.linger(key)

    def _force_sync(self, keys: Iterable[str]) -> Flow[None]:
        self.app.log.event("app.app_instance.provision_sync_job.started", (self.app.instance,), by="admin")
        for key in keys:
            yield from self.users.update(self.app.user(key))
        self.app.log.event("app.app_instance.provision_sync_job.completed", (self.app.instance,))

    # -- the directory --------------------------------------------------------------------------------------------

    def notice(self, change: Change) -> Flow[None]:
        """React to a change in the directory at once, where the application has anything to do with it."""
        gone = self.assignments.person_gone(change.subject) if change.kind in ("deactivated", "deleted", "purged") else []
        self._log_change(change)
        if change.kind in ("updated", "password_set"):
            yield from self._person_changed(change)
        elif gone:
            yield from self._job(lambda: self._deprovision(gone))
        elif change.kind in ("reactivated", "unsuspended"):
            keys = self.assignments.person_back(change.subject)
            yield from self._job(lambda: self._provision(keys))
        elif change.subject in self.directory.teams or change.kind == "team_deleted":
            yield from self._team_changed(change)

    def _log_change(self, change: Change) -> None:
        event = DIRECTORY_EVENTS.get(change.kind)
        if event is None:
            return
        for key in change.members or (change.subject,):
            if key in self.directory.people:
                self.app.log.event(event, (self.app.person_target(key),), by="admin")

    def _person_changed(self, change: Change) -> Flow[None]:
        user = self.app.users.get(change.subject)
        if user is None or not user.assigned:
            return
        before: Any = change.before
        yield from self._job(lambda: self.users.update(user, before))
        if "password" in change.attributes:
            yield from self._job(lambda: self.users.push_password(user))

    def _team_changed(self, change: Change) -> Flow[None]:
        key, group = change.subject, self.app.groups.get(change.subject)
        if change.kind == "members_added":
            ready = [member for member in change.members if self.app.member(member) is not None]
            new = self.assignments.joined(key, change.members)
            yield from self._job(lambda: self._provision(new))
            if group is not None:
                yield from self._job(lambda: self.group_push.change(group, ready, []))
        elif change.kind == "members_removed":
            gone = self.assignments.left(key, change.members)
            yield from self._job(lambda: self._deprovision(gone))
            if group is not None:
                yield from self._job(lambda: self.group_push.change(group, [], change.members))
        elif change.kind == "team_renamed" and group is not None:
            yield from self._job(lambda: self.group_push.rename(group))
        elif change.kind == "team_deleted":
            keys = self.assignments.take_from_group(key) if key in self.app.assigned_groups else []
            yield from self._job(lambda: self._deprovision(keys))
            if group is not None:
                yield from self._job(lambda: self.group_push.unlink(group, self.traits.delete_with_source))
        if change.kind in ("team_created", "team_renamed") and self.app.rules:
            yield from self._job(lambda: self.group_push.apply_rules(self.directory.team(key)))

    # -- time and belief ------------------------------------------------------------------------------------------

    def due(self) -> float | None:
        """When the next scheduled push, retry or import is."""
        return self.app.due()

    def wake(self) -> Flow[None]:
        """Do what is due; a disabled integration only goes on planning its imports."""
        for make in self.app.take_due():
            if self.app.online or make == self._scheduled_import:
                yield from make()

    def expected(self) -> Expected:
        """The accounts and groups as Okta believes them to be."""
        return expected(self.app)


def _several(person: str | list[str]) -> Iterator[str]:
    if not person:
        raise UsageError("give a person or a group")
    yield from [person] if isinstance(person, str) else person
