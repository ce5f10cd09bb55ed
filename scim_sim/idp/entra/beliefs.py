"""What the job believes to have brought about, for the comparison with what the target holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim_sim.idp.engine import Expected, ExpectedGroup, ExpectedUser
from scim_sim.idp.entra.connector import Connector, Link
from scim_sim.idp.entra.dialects import typed
from scim_sim.idp.entra.paths import body
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["Belief", "Wanted", "beliefs"]


class Latest:
    """The resource that was looked at last, so that looking at its members one by one makes it once."""

    __slots__ = ("made", "of")

    def __init__(self) -> None:
        self.of: Wanted | None = None
        self.made: dict[str, Any] = {}


class Wanted(Mapping[str, Any]):
    """The resource that a link stands for, made whenever it is looked at, so that ten thousand cost next to nothing."""

    __slots__ = ("_active", "_c", "_latest", "_manager", "_mapping", "_person")

    def __init__(self, c: Connector, link: Link, latest: Latest) -> None:
        self._c, self._latest = c, latest
        self._person, self._mapping, self._active, self._manager = link.person, link.mapping, link.active, link.manager

    def _resource(self) -> dict[str, Any]:
        if self._latest.of is not self:
            self._latest.of, self._latest.made = self, self._make()
        return self._latest.made

    def _make(self) -> dict[str, Any]:
        env = self._c.env(self._person, soft_deleted=not self._active)
        pairs = self._mapping.update_pairs(env)
        kept = [(r.path, typed(r, v)) for r, v in pairs if r.path.in_create and not r.multi and r.path.attribute != "roles"]
        made = body(kept, (), "User")
        del made["schemas"], made["meta"]
        for address in made.get("emails", ()):
            address.pop("primary", None)
        if self._manager in self._c.owners:
            made.setdefault(ENTERPRISE_USER, {})["manager"] = {"value": self._manager}
        return made

    def __getitem__(self, name: str) -> Any:
        return self._resource()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resource())

    def __len__(self) -> int:
        return len(self._resource())

    def items(self) -> Any:
        """The members and their values."""
        return self._resource().items()


class Belief:
    """Remembers the last answer, because nothing changes in a quiet cycle."""

    def __init__(self, c: Connector) -> None:
        self._c = c
        self._version = -1
        self._expected = Expected()

    def expected(self) -> Expected:
        """What the target should hold by now."""
        if self._version != self._c.version:
            self._expected, self._version = beliefs(self._c), self._c.version
        return self._expected


def beliefs(c: Connector) -> Expected:
    """One user per link that was written, one group per linked team, and what should be gone."""
    latest = Latest()
    users = [
        ExpectedUser(key, _user_name(c, link), link.resource_id, link.active, Wanted(c, link, latest))
        for key, link in c.links.items()
        if link.synced
    ]
    groups = [
        ExpectedGroup(key, link.team.display_name, link.resource_id, frozenset(link.members.values()) - link.unsure, link.unsure)
        for key, link in c.group_links.items()
    ]
    for key, (resource_id, name) in c.gone.items():
        if key in c.directory.people:
            users.append(ExpectedUser(key, name, resource_id, False, absent=True))
        else:
            groups.append(ExpectedGroup(key, name, resource_id, absent=True))
    return Expected(tuple(users), tuple(groups))


def _user_name(c: Connector, link: Link) -> str:
    row = link.mapping.row("userName")
    if row is None:
        return link.person.user_name
    value = row.value(c.env(link.person, soft_deleted=not link.active))
    return str(value or link.person.user_name)
