"""What is known of the target's resources from the traffic so far: one compact record per resource, never an exchange.

Rules that hold here:
 1. `state` is what the resource should hold now. A representation from the target replaces it; a write that is answered
    without one moves it on by the oracle (`scim/patch.py`).
 2. A claim is what a write says of some attributes. It stands until an independent read has shown the resource.
 3. After a write whose outcome nobody knows (no answer, 5xx) the state is unknown until the next read.
 4. Only resources that this run created are `ours`; about others nothing is ever expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim_sim.scim.navigate import OBJECT, get, spread

__all__ = ["Claim", "Known", "Shadow"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A write said something of a place (`name.familyname`; `*` for everything): the requirement that holds it to that."""

    place: str
    requirement: str
    exchange: str
    kind: str
    """`create`, `replace`, `patch`, `refused` or `deleted`"""

    def covers(self, place: str) -> bool:
        """Whether the place is the claimed one, or one above or below it."""
        mine = self.place
        return mine in ("*", place) or place.startswith((mine + ".", mine + ":")) or mine.startswith(place + ".")


@dataclass(slots=True, eq=False)
class Known:
    """One resource as far as it is known."""

    endpoint: str
    id: str
    ours: bool = False
    born: str = ""
    state: Mapping[str, Any] | None = None
    whole: bool = False
    certain: bool = False
    claims: list[Claim] = field(default_factory=list)
    reported: set[tuple[str, str]] = field(default_factory=set)
    deleted: str = ""
    doubt: str = ""
    tag: str = ""
    stale_tag: str = ""
    spent_tag: tuple[str, str] | None = None
    """The tag with which a change was carried out last, and the exchange: no other change may be based on it."""
    refused_tag: tuple[str, str] | None = None
    """A tag with which a change was refused, and the exchange; nobody knows yet whether it was the current one."""
    tagged: int = 0
    created: str = ""
    modified: str = ""
    location: str = ""
    written: str = ""
    moved: bool = False
    watched: int = -1
    """How many writes there had been when lastModified was last read."""
    drifts: int = 0
    """How often lastModified has moved from read to read since the last write of anything."""
    listed: bool = False
    read: bool = False
    indexed_as: Mapping[str, Any] | None = field(default=None, repr=False)
    _counted: Mapping[str, Any] | None = field(default=None, repr=False)
    _members: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def member_ids(self) -> frozenset[str]:
        """The ids of the members it should have; found out once for each state, as large groups are asked about often."""
        if self.state is not self._counted:
            values = (get(m, "value") for m in spread(get(self.state or {}, "members")) if isinstance(m, OBJECT))
            self._counted, self._members = self.state, frozenset(v for v in values if isinstance(v, str))
        return self._members

    @property
    def alive(self) -> bool:
        """Whether it should be there: created by this run, not deleted, nothing in doubt."""
        return self.ours and not self.deleted and not self.doubt

    @property
    def inactive(self) -> bool:
        """Whether it should be a deactivated user."""
        return self.state is not None and get(self.state, "active") is False


class Shadow:
    """All known resources, by endpoint and id, and by what identity providers look up."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Known] = {}
        self._by_id: dict[str, str] = {}
        self._names: dict[tuple[str, str, str], dict[str, Known]] = {}
        self.gone: dict[str, str] = {}
        self.refused: dict[tuple[str, str], tuple[str, str]] = {}
        self.writes = 0

    def get(self, endpoint: str, id_: str) -> Known | None:
        """The record of that resource, or `None`."""
        return self._known.get((endpoint, id_))

    def put(self, endpoint: str, id_: str) -> Known:
        """The record of that resource, made when there is none."""
        key = (endpoint, id_)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Known(endpoint, id_)
            self._by_id.setdefault(id_, endpoint)
        return found

    def in_doubt(self, exchange: str) -> list[Known]:
        """The resources of which nobody knows what that exchange did to them."""
        return [known for known in self._known.values() if known.doubt == exchange]

    def home(self, id_: str) -> str:
        """The endpoint under which the id was first seen, or the empty string."""
        return self._by_id.get(id_, "")

    def anywhere(self, id_: str) -> Known | None:
        """The record of the resource with that id, whatever its type."""
        return self._known.get((self.home(id_), id_))

    def ours(self, endpoint: str) -> Iterator[Known]:
        """The resources of the endpoint that this run created and that should be there, newest first."""
        return (k for k in reversed(self._known.values()) if k.endpoint == endpoint and k.alive)

    def named(self, endpoint: str, attribute: str, value: str) -> list[Known]:
        """The resources whose `userName`, `externalId` or `displayName` is, or lately was, the value without case."""
        return list(self._names.get((endpoint, attribute.lower(), value.casefold()), {}).values())

    def index(self, known: Known, resource: Mapping[str, Any]) -> None:
        """Remember under which names the resource may be looked up."""
        if known.indexed_as is resource:
            return
        known.indexed_as = resource
        for attribute in ("userName", "externalId", "displayName"):
            value = get(resource, attribute)
            if isinstance(value, str):
                self._names.setdefault((known.endpoint, attribute.lower(), value.casefold()), {})[known.id] = known

    def bury(self, known: Known, exchange: str) -> None:
        """The resource was deleted."""
        known.deleted = exchange
        known.state = None
        known.claims.clear()
        self.gone[known.id] = exchange

    def __len__(self) -> int:
        return len(self._known)
