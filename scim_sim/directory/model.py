"""People and teams inside the identity provider, and the log of every change.

The vocabulary is neutral: each engine maps it to its own source attributes (Okta's `login`, Entra's
`userPrincipalName`). Persons and teams are values; a change replaces one and is logged with the value before and after,
so that an engine with a watermark can read what happened since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["Change", "ChangeKind", "Directory", "Person", "Status", "Team"]

Status = Literal["staged", "active", "suspended", "deactivated", "deleted", "purged"]
"""Where a person stands: `deleted` lies in the recycle bin and can be restored, `purged` is gone for good."""

ChangeKind = Literal[
    "hired", "updated", "suspended", "unsuspended", "deactivated", "reactivated", "deleted", "restored", "purged",
    "password_set", "team_created", "team_renamed", "team_updated", "members_added", "members_removed", "team_deleted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory; an empty string means the attribute has no value.

    `key` is the name used in scenarios (`ada`) and never travels; `manager` is the key of another person.
    `custom` holds attributes of a scenario's own, by name.
    """

    key: str
    user_name: str
    given_name: str = ""
    family_name: str = ""
    middle_name: str = ""
    honorific_prefix: str = ""
    honorific_suffix: str = ""
    display_name: str = ""
    nick_name: str = ""
    profile_url: str = ""
    title: str = ""
    user_type: str = ""
    email: str = ""
    second_email: str = ""
    mail_nickname: str = ""
    phone: str = ""
    mobile: str = ""
    fax: str = ""
    office: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    locale: str = ""
    preferred_language: str = ""
    timezone: str = ""
    employee_number: str = ""
    cost_center: str = ""
    organization: str = ""
    division: str = ""
    department: str = ""
    manager: str = ""
    password: str = field(default="", repr=False)
    status: Status = "active"
    custom: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether the person may use applications at all."""
        return self.status == "active"

    @staticmethod
    def attribute_names() -> list[str]:
        """The attributes a scenario may set."""
        return [f.name for f in fields(Person) if f.name not in ("key", "status", "custom")]


@dataclass(frozen=True, slots=True)
class Team:
    """A group of the directory: `members` are keys of persons, or of other teams (nested), in order of joining."""

    key: str
    display_name: str
    members: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `serial` counts from 1, `subject` is the key of the person or team, `members` those added or removed."""

    serial: int
    at: float
    kind: ChangeKind
    subject: str
    before: Person | Team | None = None
    after: Person | Team | None = None
    members: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of the person's attributes whose value is another than before."""
        if not (isinstance(self.before, Person) and isinstance(self.after, Person)):
            return ()
        return tuple(f.name for f in fields(Person) if getattr(self.before, f.name) != getattr(self.after, f.name))


class Directory:
    """All persons and teams by key, and the changes in the order in which they happened."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._teams: dict[str, Team] = {}
        self._teams_of: dict[str, dict[str, None]] = {}
        self.changes: list[Change] = []

    # -- reading ------------------------------------------------------------------------------------------------

    @property
    def people(self) -> Mapping[str, Person]:
        """Every person ever hired, purged ones included, by key."""
        return self._people

    @property
    def teams(self) -> Mapping[str, Team]:
        """The teams that exist, by key."""
        return self._teams

    def person(self, key: str) -> Person:
        """The person; raises `UsageError` with the nearest key."""
        try:
            return self._people[key]
        except KeyError:
            raise UsageError(f'nobody in the directory is called "{key}"{nearest(key, self._people)}') from None

    def team(self, key: str) -> Team:
        """The team; raises `UsageError` with the nearest key."""
        try:
            return self._teams[key]
        except KeyError:
            raise UsageError(f'no team in the directory is called "{key}"{nearest(key, self._teams)}') from None

    def teams_of(self, key: str) -> Iterator[Team]:
        """The teams of which the person or team is a direct member."""
        return (self._teams[team] for team in self._teams_of.get(key, ()))

    def since(self, serial: int) -> list[Change]:
        """The changes after that serial number, oldest first."""
        return self.changes[serial:]

    @property
    def serial(self) -> int:
        """The serial number of the newest change, 0 before the first."""
        return len(self.changes)

    # -- people -------------------------------------------------------------------------------------------------

    def hire(self, person: Person, at: float) -> Change:
        """Add a person whose key is new."""
        if person.key in self._people or person.key in self._teams:
            raise UsageError(f'"{person.key}" is in the directory already')
        return self._put("hired", person, at)

    def update(self, key: str, values: Mapping[str, Any], at: float) -> Change:
        """Give attributes new values; names outside `Person` are custom attributes only when the person has them."""
        person = self.person(key)
        known = set(Person.attribute_names())
        custom = dict(person.custom)
        plain: dict[str, Any] = {}
        for name, value in values.items():
            if name in known:
                plain[name] = value
            elif name in custom:
                custom[name] = value
            else:
                raise UsageError(f'a person has no attribute "{name}"{nearest(name, known | set(custom))}')
        kind: ChangeKind = "password_set" if set(plain) == {"password"} else "updated"
        return self._put(kind, replace(person, **plain, custom=custom), at)

    def suspend(self, key: str, at: float) -> Change:
        """Bar the person for a while; assignments stay."""
        return self._status("suspended", key, "suspended", at)

    def unsuspend(self, key: str, at: float) -> Change:
        """End the suspension."""
        return self._status("unsuspended", key, "active", at)

    def deactivate(self, key: str, at: float) -> Change:
        """Switch the account off."""
        return self._status("deactivated", key, "deactivated", at)

    def reactivate(self, key: str, at: float) -> Change:
        """Switch the account on again."""
        return self._status("reactivated", key, "active", at)

    def delete(self, key: str, at: float) -> Change:
        """Move the person to the recycle bin."""
        return self._status("deleted", key, "deleted", at)

    def restore(self, key: str, at: float) -> Change:
        """Bring the person back from the recycle bin."""
        person = self.person(key)
        if person.status != "deleted":
            raise UsageError(f'"{key}" is {person.status}; only a deleted person can be restored')
        return self._status("restored", key, "active", at)

    def purge(self, key: str, at: float) -> Change:
        """Remove the person for good; the key stays taken."""
        for team in list(self.teams_of(key)):
            self.remove_members(team.key, [key], at)
        return self._status("purged", key, "purged", at)

    # -- teams --------------------------------------------------------------------------------------------------

    def create_team(self, team: Team, at: float) -> Change:
        """Add a team whose key is new; its members must exist."""
        if team.key in self._people or team.key in self._teams:
            raise UsageError(f'"{team.key}" is in the directory already')
        for member in team.members:
            self._member(member)
        self._teams[team.key] = team
        for member in team.members:
            self._teams_of.setdefault(member, {})[team.key] = None
        return self._log("team_created", team.key, at, after=team)

    def rename_team(self, key: str, display_name: str, at: float) -> Change:
        """Give the team another name."""
        before = self.team(key)
        after = self._teams[key] = replace(before, display_name=display_name)
        return self._log("team_renamed", key, at, before=before, after=after)

    def add_members(self, key: str, members: Iterable[str], at: float) -> Change:
        """Let persons or teams join; those who are members already are passed over."""
        before = self.team(key)
        present = set(before.members)
        joined = tuple(dict.fromkeys(m for m in map(self._member, members) if m not in present))
        after = self._teams[key] = replace(before, members=before.members + joined)
        for member in joined:
            self._teams_of.setdefault(member, {})[key] = None
        return self._log("members_added", key, at, before=before, after=after, members=joined)

    def remove_members(self, key: str, members: Iterable[str], at: float) -> Change:
        """Let members leave; those who are none are passed over."""
        before = self.team(key)
        leaving = set(members)
        left = tuple(m for m in before.members if m in leaving)
        after = self._teams[key] = replace(before, members=tuple(m for m in before.members if m not in leaving))
        for member in left:
            self._teams_of[member].pop(key, None)
        return self._log("members_removed", key, at, before=before, after=after, members=left)

    def delete_team(self, key: str, at: float) -> Change:
        """Remove the team; its members stay."""
        before = self.team(key)
        for member in before.members:
            self._teams_of[member].pop(key, None)
        for parent in list(self.teams_of(key)):
            self.remove_members(parent.key, [key], at)
        del self._teams[key]
        return self._log("team_deleted", key, at, before=before, members=before.members)

    # -- inside -------------------------------------------------------------------------------------------------

    def _member(self, key: str) -> str:
        if key not in self._people and key not in self._teams:
            raise UsageError(f'nobody in the directory is called "{key}"{nearest(key, [*self._people, *self._teams])}')
        return key

    def _status(self, kind: ChangeKind, key: str, status: Status, at: float) -> Change:
        return self._put(kind, replace(self.person(key), status=status), at)

    def _put(self, kind: ChangeKind, person: Person, at: float) -> Change:
        before = self._people.get(person.key)
        self._people[person.key] = person
        return self._log(kind, person.key, at, before=before, after=person)

    def _log(
        self,
        kind: ChangeKind,
        subject: str,
        at: float,
        before: Person | Team | None = None,
        after: Person | Team | None = None,
        members: tuple[str, ...] = (),
    ) -> Change:
        change = Change(len(self.changes) + 1, at, kind, subject, before, after, members)
        self.changes.append(change)
        return change
