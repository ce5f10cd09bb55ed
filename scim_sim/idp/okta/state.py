"""What one Okta integration remembers: its users, its pushed groups, its tasks, and what is to be done later."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.engine import ExpectedUser, Setting
from scim_sim.idp.okta.client import Client, Refused
from scim_sim.idp.okta.mapping import Row, build, row_values, rows_of
from scim_sim.idp.okta.system_log import SystemLog, Target
from scim_sim.idp.okta.traits import OktaTraits
from scim_sim.idp.retry import Patience

__all__ = ["App", "AppUser", "PushRule", "PushedGroup", "Task", "TaskKind"]

TaskKind = Literal["provisioning", "profile update", "deprovisioning", "group push"]
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class AppUser:
    """A person as this application knows them.

    `external_id` is the id of the account at the service provider; `pushed` holds the values pushed last, by app variable,
    and `resource` the same in SCIM's shape;
    `active` is what the account should be by now, `deactivated` whether Okta switched it off, `missing` whether it was gone.
    """

    key: str
    okta_id: str
    id: str
    individually: bool = False
    via: dict[str, None] = field(default_factory=dict)
    external_id: str | None = None
    pushed: dict[str, str] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    active: bool = False
    deactivated: bool = False
    missing: bool = False
    provisioned: bool = False
    believed: ExpectedUser | None = None

    @property
    def assigned(self) -> bool:
        """Whether the person has the application, directly or through a group."""
        return self.individually or bool(self.via)


@dataclass(slots=True)
class PushedGroup:
    """One push mapping: `members` are the resource ids Okta holds to be in the app group, `tolerated` those it knows to linger.

    `gone` says that the app group was not found any more.
    """

    key: str
    id: str
    app_group_id: str
    name: str
    external_id: str | None = None
    members: dict[str, None] = field(default_factory=dict)
    tolerated: set[str] = field(default_factory=set)
    status: Literal["ACTIVE", "INACTIVE", "ERROR"] = "ACTIVE"
    rule: str = ""
    retries: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class PushRule:
    """Groups whose name fits are pushed by themselves; `how` is `starts with`, `contains` or `ends with`."""

    name: str
    how: str
    text: str

    def fits(self, display_name: str, exact: bool) -> bool:
        """Whether a group of that name is to be pushed; `exact` says that letter case counts."""
        name, text = (display_name, self.text) if exact else (display_name.casefold(), self.text.casefold())
        return {"starts with": name.startswith, "contains": name.__contains__, "ends with": name.endswith}[self.how](text)


@dataclass(frozen=True, slots=True)
class Task:
    """A line of Dashboard > Tasks; `again` makes the flow that a retry by hand runs, `None` where there is no retry."""

    kind: TaskKind
    subject: str
    message: str
    again: Callable[[], Flow[None]] | None = None


class App:
    """Everything that must survive a dropped flow, and what the parts of the engine share.

    `provision` is the whole provisioning of persons, their groups included, which the engine puts in.
    """

    def __init__(
        self,
        setting: Setting,
        traits: OktaTraits,
        rng: random.Random,
        complain: Callable[[str, str, str, str], None],
        write: Callable[[dict[str, Any]], None],
        observe: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self.setting = setting
        self.directory = setting.directory
        self.clock = setting.clock
        self.rng = rng
        self.label = setting.app_label
        self.id = self.new_id("0oa", "app")
        self.online = True
        self.users: dict[str, AppUser] = {}
        self.groups: dict[str, PushedGroup] = {}
        self.gone_groups: list[PushedGroup] = []
        self.assigned_groups: dict[str, None] = {}
        self.rules: dict[str, PushRule] = {}
        self.app_groups: dict[str, str] | None = None
        self._tasks: dict[tuple[TaskKind, str], Task] = {}
        self.observe = observe
        self.provision: Callable[[Iterable[str]], Flow[None]]
        self._complain = complain
        self._agenda: list[tuple[float, int, Callable[[], Flow[None]]]] = []
        self._serial = 0
        self.token = ""
        self.log = SystemLog(setting, self.id, write)
        self.set_traits(traits)

    def set_traits(self, traits: OktaTraits) -> None:
        """Take over settings; what depends on them is made anew."""
        self.traits = traits
        self.rows: tuple[Row, ...] = rows_of(self.setting.mapping, traits.optional_rows)
        self.client = Client(
            Patience(
                attempts=traits.rate_limit_attempts,
                first=float(traits.rate_limit_seconds),
                each_retry_after=traits.rate_limit_restarts,
            ),
            self.token,
            float(traits.answer_seconds),
        )

    def set_token(self, token: str) -> None:
        """Use another token than the target's own; the empty string goes back to that."""
        self.token = token
        self.set_traits(self.traits)

    # -- names ----------------------------------------------------------------------------------------------------

    def new_id(self, prefix: str, *about: str) -> str:
        """An id of 20 characters that depends on the run and on what it is about, not on what happened before."""
        setting = self.setting
        source = random.Random("/".join((str(setting.seed), setting.variant, setting.mark.text, prefix, *about)))
        return prefix + "".join(source.choices(LETTERS, k=17))

    def user(self, key: str) -> AppUser:
        """The app user of a person, made when first asked for."""
        found = self.users.get(key)
        if found is None:
            self.directory.person(key)
            found = self.users[key] = AppUser(key, self.okta_id(key), self.new_id("0ua", key))
        return found

    def values(self, person: Person) -> dict[str, str]:
        """The mapped values of the person by app variable."""
        known = {"app username": str(getattr(person, self.traits.username_format))}
        manager = self.directory.people.get(person.manager) if person.manager else None
        if manager is not None:
            known["manager name"] = manager.display_name
            boss = self.users.get(manager.key)
            known["manager id"] = (
                manager.user_name if self.traits.manager_value == "user_name" else (boss and boss.external_id) or ""
            )
        return row_values(self.rows, person, known)

    def remember(self, user: AppUser, values: dict[str, str]) -> None:
        """Note what the account holds by now."""
        user.pushed = values
        user.resource = build(self.rows, values)

    def targets(self, user: AppUser) -> tuple[Target, ...]:
        """The targets of a log event about a user: AppUser, AppInstance, User."""
        person = self.directory.person(user.key)
        account = Target(user.id, "AppUser", person.user_name, person.display_name)
        return (account, self.instance, self.person_target(user.key))

    def person_target(self, key: str) -> Target:
        """The Okta user as a target of a log event."""
        person = self.directory.person(key)
        return Target(self.okta_id(key), "User", person.user_name, person.display_name)

    def okta_id(self, key: str) -> str:
        """The Okta id of a person, the externalId of their account."""
        known = self.users.get(key)
        return known.okta_id if known is not None else self.new_id("00u", key)

    def group_targets(self, group: PushedGroup) -> tuple[Target, ...]:
        """The targets of a log event about a pushed group: AppGroup, AppInstance."""
        return (Target(group.app_group_id, "AppGroup", group.name, group.name), self.instance)

    @property
    def instance(self) -> Target:
        """The application as a target of a log event."""
        return Target(self.id, "AppInstance", self.label, self.label)

    # -- troubles -------------------------------------------------------------------------------------------------

    def task(self, task: Task, need: str, refused: Refused | None = None) -> None:
        """Put a task on the administrator's list and say so; one of the same kind and subject is replaced."""
        self.done(task.kind, task.subject)
        self._tasks[task.kind, task.subject] = task
        where = "Push Groups > Errors" if task.kind == "group push" else "Dashboard > Tasks"
        self.report(need, task.subject, task.message, where, refused)
        minutes = self.traits.user_retry_minutes
        if minutes and task.kind != "group push" and refused is not None and refused.passing and task.again is not None:
            self.later(minutes * 60, lambda: self._again(task))

    def _again(self, task: Task) -> Flow[None]:
        if self._tasks.get((task.kind, task.subject)) is task and task.again is not None:
            yield from task.again()

    def report(self, need: str, subject: str, message: str, where: str, refused: Refused | None = None) -> None:
        """Tell the administrator: the place in the console, the event in the System Log, and why no answer came.

        With a token that the story typed in, what follows is the story's doing and names no need of the target.
        """
        failed = self.log.take_failed()
        seen = f"{where}; System Log: {failed}" if failed else where
        note = f" ({refused.note})" if refused is not None and refused.note else ""
        self._complain(need if self.client.own_credentials else "", subject, message, seen + note)

    def done(self, kind: TaskKind, subject: str) -> None:
        """Take a task off the list: its cause is gone."""
        self._tasks.pop((kind, subject), None)

    @property
    def tasks(self) -> list[Task]:
        """The administrator's list, oldest first."""
        return list(self._tasks.values())

    # -- later ----------------------------------------------------------------------------------------------------

    def later(self, seconds: float, make: Callable[[], Flow[None]]) -> None:
        """Run a flow when so much time has passed."""
        self._serial += 1
        heapq.heappush(self._agenda, (self.clock.now() + seconds, self._serial, make))

    def due(self) -> float | None:
        """The time of the earliest thing to be done later."""
        return self._agenda[0][0] if self._agenda else None

    def take_due(self) -> Iterator[Callable[[], Flow[None]]]:
        """What is due by now, earliest first; each is taken off the list."""
        while self._agenda and self._agenda[0][0] <= self.clock.now():
            yield heapq.heappop(self._agenda)[2]

    def pushed_groups_of(self, key: str) -> Iterator[PushedGroup]:
        """The pushed groups whose team the person is in."""
        for team in self.directory.teams_of(key):
            group = self.groups.get(team.key)
            if group is not None:
                yield group

    def member(self, key: str) -> dict[str, str] | None:
        """The person as a member of an app group; `None` unless they are active, assigned and provisioned."""
        user = self.users.get(key)
        if user is None or not user.assigned or not user.provisioned or user.external_id is None:
            return None
        if not self.directory.people[key].active:
            return None
        return {"value": user.external_id, "display": user.pushed.get("userName", "")}
