"""The life of a person and of a team in an application, for every IdP whose client is a `Dialect`.

1. What the application should hold follows from the directory and the assignments alone (`_wanted`); a task is the
   difference to what the IdP believes to have brought about. A task that failed is therefore still to be done.
2. The IdP's file says what differs: its traits, its attributes, and, where order differs, a method of its own.
3. `Engine` says what an IdP is, `Lifecycle` is the client that many of them share, a subclass of it is an IdP.
4. A link is made only with an account that bears the name that was asked for, whatever the service provider lists.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from scim_sim.clock import iso
from scim_sim.directory.model import Change, Person, Team
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused, Supports, said
from scim_sim.idp.dialect import ATTRIBUTES, Dialect, attribute_rows, notable
from scim_sim.idp.engine import Engine, Expected, Setting, action, override
from scim_sim.idp.group_push import GroupPush
from scim_sim.idp.user_push import Task, UserPush
from scim_sim.wire import Response

__all__ = ["Lifecycle"]


NEEDS: Final = {"push group": "group-push", "refresh entitlements": "group-push", "full sync": "import"}
"""The need behind a task that is not called the same, for when no answer came."""


class Lifecycle(Engine):
    """An engine whose IdP is told by its traits; subclasses are the IdPs."""

    traits_type: ClassVar[type[Dialect]] = Dialect
    attributes: ClassVar[Mapping[str, str]] = ATTRIBUTES
    variant_traits: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    where: ClassVar[str] = "provisioning log"
    caller_type: ClassVar[type[Caller]] = Caller
    users_type: ClassVar[type[UserPush]] = UserPush
    groups_type: ClassVar[type[GroupPush]] = GroupPush

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if setting.variant and setting.variant not in self.variants:
            raise UsageError(f'{self.title} has no variant "{setting.variant}"; valid: {", ".join(self.variants) or "none"}')
        usual = override(self.traits_type(), self.variant_traits.get(setting.variant, {}))
        self.traits = override(usual, setting.traits)
        self.assigned: dict[str, None] = {}
        self.assigned_teams: dict[str, None] = {}
        self.caller = self.caller_type(self.traits)
        self.users = self.users_type(self.caller, self.mapped(setting.mapping), self.new_id)
        self.groups = self.groups_type(self.caller, self.users.member_id, self.new_id)
        self._failed: dict[str, tuple[Any, ...]] = {}
        self._dirty = False
        self._next_cycle = self.clock.now() + self.traits.cycle_hours * 3600

    @property
    def switches(self) -> Mapping[str, Any]:
        """The traits that this IdP's file calls inferred, and those that were overridden."""
        return notable(self.traits, self.setting.traits)

    def mapped(self, mapping: Mapping[str, Any]) -> dict[str, str]:
        """The attribute rows after the scenario's mapping."""
        return attribute_rows(self.attributes, mapping)

    # -- what an administrator does ---------------------------------------------------------------------------------

    def connect(self) -> Flow[bool]:
        """Read one page of users; true when it is a list."""
        return (yield from self.probe(self.caller.get("/Users", "test connection", ("count", 1))))

    def probe(self, asked: Flow[Response], passing: Iterable[int] = ()) -> Flow[bool]:
        """Whether the answer is a list, or has one of the passing statuses; says what is wrong with it otherwise."""
        try:
            response = yield from asked
            if response.status not in passing:
                self.caller.listed(response, "connect")
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        self.note("connect", "", "passed")
        return True

    @action
    def assign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Give the application to persons, or to everybody in a group."""
        people = self._named(person, group)
        self.assigned.update(dict.fromkeys(people))
        if group:
            self.assigned_teams[group] = None
        for key in people:
            self._failed.pop(key, None)
        yield from self._changed(people or self.directory.team(group).members)
        if group and self.traits.push_assigned:
            yield from self.push_group(group)

    @action
    def unassign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Take the application away; whoever has it through another assignment keeps it."""
        people = self._named(person, group)
        for key in people:
            self.assigned.pop(key, None)
        if group:
            self.assigned_teams.pop(group, None)
            if self.traits.push_assigned:
                self.groups.groups.pop(group, None)
        yield from self._changed(people or self.directory.team(group).members)

    @action
    def push_group(self, group: str) -> Flow[None]:
        """Keep a group of the application equal to a group of the directory."""
        team = self.directory.team(group)
        if not (self.traits.groups and self.setting.groups):
            self.note("push group", team.display_name, "skipped", "groups are not pushed to this application")
            return
        self.groups.track(team)
        yield from self._groups_changed([group])

    @action
    def unlink_group(self, group: str, delete: bool = False) -> Flow[None]:
        """Push the group no longer, and delete it in the application or leave it there."""
        self.directory.team(group)
        if group not in self.groups.groups:
            raise UsageError(f'the group "{group}" is not pushed')
        if delete:
            yield from self._sync_group(group, None)
        else:
            del self.groups.groups[group]

    @action
    def retry_tasks(self) -> Flow[None]:
        """Do again what failed."""
        yield from self._sync(self._everybody(), again=True)
        yield from self._sync_groups(list(self.groups.groups), again=True)

    def _named(self, person: str | list[str], group: str) -> list[str]:
        people = [person] if isinstance(person, str) else person
        keys = [self.directory.person(key).key for key in people if key]
        if bool(keys) == bool(group):
            raise UsageError("name a person or a group, one of the two")
        if group:
            self.directory.team(group)
        return keys

    # -- what happens by itself ---------------------------------------------------------------------------------------

    def notice(self, change: Change) -> Flow[None]:
        """Do what the change asks for, at once or in the next cycle."""
        if change.subject in self.directory.people:
            yield from self._changed([change.subject])
            return
        before = change.before.members if isinstance(change.before, Team) else ()
        yield from self._changed(change.members or before)
        yield from self._groups_changed([change.subject], change.members)

    def due(self) -> float | None:
        """The next cycle when there is something to do, or the end of somebody's respite."""
        times = [a.leaves_at for a in self.users.accounts.values() if a.leaves_at is not None]
        if self._dirty:
            times.append(self._next_cycle)
        return min(times, default=None)

    def wake(self) -> Flow[None]:
        """Do what has become due."""
        now = self.clock.now()
        while self.traits.cycle_hours and self._next_cycle <= now:
            self._next_cycle += self.traits.cycle_hours * 3600
        self._dirty = False
        yield from self._sync(self._everybody(), again=True)
        yield from self._sync_groups(list(self.groups.groups), again=True)

    def settle(self) -> Flow[None]:
        """The next cycle, which finds nothing to do."""
        if self.traits.cycle_hours:
            yield from self._sync(self._everybody())
            yield from self._sync_groups(list(self.groups.groups))

    def _changed(self, people: Iterable[str]) -> Flow[None]:
        if self.traits.cycle_hours:
            self._dirty = True
        else:
            yield from self._sync(people)

    def _groups_changed(self, groups: Iterable[str], moved: Sequence[str] | None = None) -> Flow[None]:
        if self.traits.cycle_hours:
            self._dirty = True
        else:
            yield from self._sync_groups(groups, moved)

    def _everybody(self) -> list[str]:
        teams = self.directory.teams
        members = (member for key in self.assigned_teams if key in teams for member in teams[key].members)
        return list(dict.fromkeys((*self.assigned, *members, *self.users.accounts)))

    # -- people -------------------------------------------------------------------------------------------------------

    def _sync(self, people: Iterable[str], *, again: bool = False) -> Flow[None]:
        """Do what is to be done for the people; what failed just so before only with `again`."""
        moved: dict[str, list[str]] = {}
        for key in people:
            person = self.directory.people.get(key)
            task = self.task(person) if person is not None else None
            if person is None or task is None:
                continue
            attempt = (task, self.users.resource_of(person))
            if not again and self._failed.get(key) == attempt:
                continue
            before = self.users.member_id(key)
            if (yield from self.run_task(person, task)):
                self._failed.pop(key, None)
            else:
                self._failed[key] = attempt
            if self.users.member_id(key) != before:
                self.groups.forget(before)
                for team in self.directory.teams_of(key):
                    moved.setdefault(team.key, []).append(key)
        for group, members in moved.items():
            yield from self._sync_groups([group], members)

    def task(self, person: Person) -> Task | None:
        """What is to be done for the person now; `None` for nothing."""
        account, wanted = self.users.accounts.get(person.key), self._wanted(person)
        if account is None or account.id is None or account.gone:
            return "create" if wanted == "active" else None
        if wanted == "active":
            account.leaves_at, account.let_go = None, False
            if not account.active:
                return "reactivate"
            return "update" if self.users.resource_of(person) != account.sent else None
        if wanted == "nothing" or (wanted == "deactivate" and not account.active):
            account.let_go = account.let_go or wanted == "nothing"
            return None
        if self.traits.leave_after_hours and account.leaves_at is None:
            account.leaves_at = self.clock.now() + self.traits.leave_after_hours * 3600
        if account.leaves_at is not None and self.clock.now() < account.leaves_at:
            return None
        return "delete" if wanted == "delete" else "deactivate"

    def _wanted(self, person: Person) -> str:
        """`active`, or what the traits say about the way in which the person left."""
        traits = self.traits
        if person.status in ("deleted", "purged"):
            return traits.on_delete
        if person.status != "active":
            return traits.on_suspend if person.status == "suspended" else traits.on_deactivate
        return "active" if self.in_scope(person.key) else traits.on_unassign

    def in_scope(self, key: str) -> bool:
        """Whether the person has the application, directly or through a group."""
        return key in self.assigned or any(team.key in self.assigned_teams for team in self.directory.teams_of(key))

    def run_task(self, person: Person, task: Task) -> Flow[bool]:
        """Do the task and write down how it went; true when it succeeded."""
        try:
            yield from self.before_task(task)
            yield from self.users.do(task, person)
        except Refused as refused:
            self.fail(task, refused, person.key)
            return False
        self.note(task, person.user_name, "done")
        return True

    def before_task(self, task: str) -> Flow[None]:
        """Whatever the client asks before every task; discovery, where the traits say so."""
        if self.traits.discovery != "never" and self.caller.supports is None:
            yield from self.discover()

    def new_id(self, key: str) -> str:
        """The IdP's own id of a person or team: a UUID that depends on the run and the key alone."""
        source = random.Random(f"{self.setting.seed}/{self.name}/{self.setting.mark.text}/{key}")
        digits = f"{source.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    # -- discovery ----------------------------------------------------------------------------------------------------

    @property
    def config_path(self) -> str:
        """Where ServiceProviderConfig is read."""
        return "/ServiceProviderConfig"

    def discover(self) -> Flow[None]:
        """Read ServiceProviderConfig; where it is optional and cannot be read, nothing counts as supported."""
        response = yield from self.caller.get(self.config_path, "discover")
        config = response.json_object() if response.status == 200 else None
        if config is None and self.traits.discovery == "required":
            raise Refused("connect", f"ServiceProviderConfig cannot be read: {said(response)}")
        self.caller.supports = Supports.read(config or {})

    # -- groups -------------------------------------------------------------------------------------------------------

    def _sync_groups(self, groups: Iterable[str], moved: Sequence[str] | None = None, *, again: bool = False) -> Flow[None]:
        """Bring the groups up to date; what failed just so before only with `again`.

        `moved` are the people who alone may have joined or left since the last time, `None` when it may be anybody.
        """
        for key in groups:
            if key in self.groups.groups:
                yield from self._sync_group(key, self.directory.teams.get(key), moved, again=again)

    def _sync_group(self, key: str, team: Team | None, moved: Sequence[str] | None = None, *, again: bool = False) -> Flow[None]:
        group = self.groups.groups[key]
        name = team.display_name if team else group.name
        members = self.groups.members_of(team, moved) if team else None
        attempt = (name, members and members.keys())
        if not again and self._failed.get(key) == attempt:
            return
        try:
            yield from self.before_task("push group")
            wrote = yield from self.groups.sync(key, name, members)
        except Refused as refused:
            self.fail("push group", refused, key)
            self._failed[key] = attempt
            return
        self._failed.pop(key, None)
        if wrote:
            self.note("push group", name, "done")

    # -- what is believed, and what is written down -------------------------------------------------------------------

    def expected(self) -> Expected:
        """Everybody with a link, and the groups that were written."""
        gone = frozenset(a.id for a in self.users.accounts.values() if a.gone and a.id is not None)
        return Expected(self.users.expected(), tuple(self.groups.expected(gone)))

    def fail(self, task: str, refused: Refused, key: str) -> None:
        """Tell the administrator that a task failed."""
        need = NEEDS.get(task, task) if refused.need == "answer" else refused.need
        self.complain(f"{self.name}-{need}", key, str(refused), self.where)
        person, team = self.directory.people.get(key), self.directory.teams.get(key)
        self.note(task, person.user_name if person else team.display_name if team else key, "failed", str(refused))

    def note(self, task: str, subject: str, state: str, message: str = "") -> None:
        """Write a line of the IdP's log."""
        entry = {"time": iso(self.clock.now()), "application": self.setting.app_label, "task": task, "subject": subject}
        self._log.append({**entry, "state": state, **({"message": message} if message else {})})
