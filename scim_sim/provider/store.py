"""Where resources live: rows in order of creation, with indexes for what identity providers look up.

Rules of this file:

1. `attributes` of a record is replaced, never changed in place, so whoever holds it holds a snapshot.
2. Members are no attribute here. They are rows of their own, so that adding or removing one costs the same in a group
   of five and in a group of five thousand, and the groups of a user are known without looking through all groups.
3. Instants are whole milliseconds and each change of a record is later than the one before, whatever the clock says.
4. `revision` counts changes of the record, `relations` counts changes of what others add to its representation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim_sim.clock import Clock

__all__ = ["Attributes", "Index", "Record", "Store", "caseless", "exact"]

Attributes = dict[str, Any]


def exact(value: str) -> str:
    """The key of a case-exact attribute: the value itself."""
    return value


def caseless(value: str) -> str:
    """The key under which names meet that differ in case, width or composition only (RFC 7644 section 5, RFC 8265)."""
    return value.lower() if value.isascii() else unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


@dataclass(frozen=True, slots=True)
class Index:
    """One attribute that is looked up: `path` is `userName` or `emails.value`, `key` brings values that are equal together."""

    path: str
    key: Callable[[str], str] = caseless

    def keys(self, attributes: Mapping[str, Any]) -> set[str]:
        """The keys under which a resource with these attributes is found."""
        name, _, part = self.path.partition(".")
        value = attributes.get(name)
        values = [item.get(part) for item in value if isinstance(item, dict)] if part and isinstance(value, list) else [value]
        return {self.key(item) for item in values if isinstance(item, str)}


@dataclass(slots=True, eq=False)
class Record:
    """One stored resource; `members` holds member objects by the id they point to, `view` the last representation made."""

    id: str
    type: str
    attributes: Attributes
    created: int
    modified: int
    sequence: int
    revision: int = 1
    relations: int = 0
    members: dict[str, Attributes] = field(default_factory=dict)
    view: Attributes | None = None
    raw: bytes | None = None

    @property
    def version(self) -> str:
        """The weak entity-tag of the current state (RFC 7644 section 3.14)."""
        return f'W/"{self.revision}"' if not self.relations else f'W/"{self.revision}.{self.relations}"'

    def forget_view(self) -> None:
        """Drop what was made from a state that is gone."""
        self.view = self.raw = None


class Store:
    """All resources of one tenant; not locked, the provider serialises access."""

    def __init__(self, clock: Clock, new_id: Callable[[], str], indexes: Mapping[str, Iterable[Index]]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._records: dict[str, Record] = {}
        self._types: dict[str, dict[str, Record]] = {name: {} for name in indexes}
        self._indexes = {(kind, index.path.lower()): index for kind, found in indexes.items() for index in found}
        self._buckets: dict[tuple[str, str], dict[str, dict[str, Record]]] = {where: {} for where in self._indexes}
        self._groups_of: dict[str, dict[str, Record]] = {}
        self._reports_of: dict[str, dict[str, Record]] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._records)

    def get(self, id: str, kind: str | None = None) -> Record | None:
        """The record of that id, where it is of that type."""
        record = self._records.get(id)
        return record if record is not None and kind in (None, record.type) else None

    def all(self, kind: str | None = None) -> list[Record]:
        """Every record, of one type or of all, oldest first."""
        return list((self._records if kind is None else self._types[kind]).values())

    def each(self, kind: str) -> Iterator[Record]:
        """The records of one type one by one, oldest first, without a copy; nothing may be written meanwhile."""
        return iter(self._types[kind].values())

    def count(self, kind: str) -> int:
        """How many records there are of that type."""
        return len(self._types[kind])

    def indexed(self, kind: str, path: str) -> bool:
        """Whether `find` can answer for that attribute of that type."""
        return (kind, path.lower()) in self._indexes

    def find(self, kind: str, path: str, value: str) -> list[Record]:
        """The records of that type whose indexed attribute equals the value, oldest first."""
        where = (kind, path.lower())
        bucket = self._buckets[where].get(self._indexes[where].key(value))
        return sorted(bucket.values(), key=lambda record: record.sequence) if bucket else []

    def groups_of(self, id: str) -> list[Record]:
        """The groups that hold this id as a direct member, oldest first."""
        return sorted(self._groups_of.get(id, {}).values(), key=lambda record: record.sequence)

    def reports_of(self, id: str) -> list[Record]:
        """The records that name this id as their manager."""
        return list(self._reports_of.get(id, {}).values())

    def create(self, kind: str, attributes: Attributes, members: Mapping[str, Attributes] | None = None) -> Record:
        """Store a new resource under a fresh id."""
        self._sequence += 1
        now = self._now()
        record = Record(self._new_id(), kind, attributes, now, now, self._sequence)
        self._records[record.id] = self._types[kind][record.id] = record
        self._index(record, {}, attributes)
        if members:
            self.set_members(record, members, touch=False)
        return record

    def replace(self, record: Record, attributes: Attributes) -> None:
        """Give the record these attributes in place of its own."""
        before, record.attributes = record.attributes, attributes
        self._index(record, before, attributes)
        self.touch(record)
        if before.get("displayName") != attributes.get("displayName") or before.get("userName") != attributes.get("userName"):
            self._named_by_others(record)

    def set_members(self, record: Record, members: Mapping[str, Attributes], touch: bool = True) -> None:
        """Make this the exact membership; rows that stay keep their place."""
        for gone in [id for id in record.members if id not in members]:
            self._unlink(record, gone)
        for id, member in members.items():
            self._link(record, id, member)
        if touch:
            self.touch(record)

    def add_members(self, record: Record, members: Mapping[str, Attributes]) -> bool:
        """Add those that are not there yet; whether there were any."""
        fresh = {id: member for id, member in members.items() if id not in record.members}
        for id, member in fresh.items():
            self._link(record, id, member)
        if fresh:
            self.touch(record)
        return bool(fresh)

    def remove_members(self, record: Record, ids: Iterable[str]) -> bool:
        """Remove those that are there; whether there were any."""
        gone = [id for id in ids if id in record.members]
        for id in gone:
            self._unlink(record, id)
        if gone:
            self.touch(record)
        return bool(gone)

    def delete(self, record: Record) -> None:
        """Remove the record, its memberships on both sides, and references to it as a manager."""
        for group in self.groups_of(record.id):
            self.remove_members(group, [record.id])
        for id in list(record.members):
            self._unlink(record, id)
        for report in list(self._reports_of.pop(record.id, {}).values()):
            self._related(report)
        self._index(record, record.attributes, {})
        del self._records[record.id], self._types[record.type][record.id]

    def refer(self, record: Record, before: str | None, after: str | None) -> None:
        """Remember whose name this record's representation shows, such as the manager's."""
        if before and before != after:
            self._reports_of.get(before, {}).pop(record.id, None)
        if after:
            self._reports_of.setdefault(after, {})[record.id] = record

    def touch(self, record: Record) -> None:
        """The record has changed: a later instant, another version."""
        record.modified = max(self._now(), record.modified + 1)
        record.revision += 1
        record.forget_view()

    def _now(self) -> int:
        return round(self._clock.now() * 1000)

    def _related(self, record: Record) -> None:
        record.relations += 1
        record.forget_view()

    def _named_by_others(self, record: Record) -> None:
        for other in self._neighbours(record):
            self._related(other)

    def _neighbours(self, record: Record) -> Iterator[Record]:
        yield from self._groups_of.get(record.id, {}).values()
        yield from self._reports_of.get(record.id, {}).values()
        yield from (found for id in record.members if (found := self._records.get(id)) is not None)

    def _link(self, group: Record, id: str, member: Attributes) -> None:
        if id not in group.members:
            self._groups_of.setdefault(id, {})[group.id] = group
            self._tell(id)
        group.members[id] = member

    def _unlink(self, group: Record, id: str) -> None:
        del group.members[id]
        self._groups_of.get(id, {}).pop(group.id, None)
        self._tell(id)

    def _tell(self, id: str) -> None:
        record = self._records.get(id)
        if record is not None:
            self._related(record)

    def _index(self, record: Record, before: Attributes, after: Attributes) -> None:
        for (kind, path), index in self._indexes.items():
            if kind != record.type:
                continue
            old, new = index.keys(before), index.keys(after)
            if old == new:
                continue
            buckets = self._buckets[kind, path]
            for key in old - new:
                bucket = buckets.get(key, {})
                bucket.pop(record.id, None)
                if not bucket:
                    buckets.pop(key, None)
            for key in new - old:
                buckets.setdefault(key, {})[record.id] = record
