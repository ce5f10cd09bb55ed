"""Walks through the pages of a list: what a client that asks for one page after the other has seen so far."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from scim_sim.checks.reading import Reading
from scim_sim.wire import Exchange

__all__ = ["Walk", "Walks", "key_of_walk"]

_MOST: Final = 8


@dataclass(slots=True)
class Walk:
    """One walk: the ids in order of their first page, the next index, the total, and the writes at its beginning.

    `moved` is whether the total was not the same on all pages.
    """

    writes: int
    total: int | None = None
    moved: bool = False
    next: int = 1
    ids: dict[str, str] = field(default_factory=dict)
    last_item: Any = None
    began: str = ""


class Walks:
    """The latest walks, by what was asked; a page 1 begins a new one, a write ends all."""

    def __init__(self) -> None:
        self._walks: OrderedDict[tuple[Any, ...], Walk] = OrderedDict()
        self.finished: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.totals: dict[str, tuple[int, int]] = {}

    def get(self, reading: Reading, writes: int) -> Walk | None:
        """The walk that this page continues, or `None`."""
        start = reading.number("startIndex")
        if start is None or start <= 1:
            return None
        walk = self._walks.get(key_of_walk(reading))
        return walk if walk is not None and walk.writes == writes and walk.next == start else None

    def observe(self, exchange: Exchange, reading: Reading, writes: int) -> None:
        """Take the page into its walk."""
        answer = exchange.response
        if answer is None or answer.status != 200 or reading.came is None:
            return
        total = reading.came.get("totalResults")
        total = total if isinstance(total, int) and not isinstance(total, bool) else None
        if total is not None and not reading.query.get("filter"):
            self.totals[reading.endpoint] = (total, writes)
        key = key_of_walk(reading)
        walk = self.get(reading, writes)
        if walk is None:
            if (reading.number("startIndex") or 1) > 1 or reading.query.get("cursor") is not None:
                return
            walk = self._walks[key] = Walk(writes, began=exchange.id)
            self._walks.move_to_end(key)
            while len(self._walks) > _MOST:
                self._walks.popitem(last=False)
        walk.moved = walk.moved or walk.total not in (None, total)
        walk.total = total
        for sighting in reading.sightings:
            walk.ids.setdefault(sighting.id, exchange.id)
        walk.next += len(reading.sightings)
        if reading.sightings:
            walk.last_item = reading.sightings[-1].resource
        if total is not None and walk.next > total:
            if len(self.finished) > 64:
                self.finished.clear()
            self.finished[(*key, total)] = (hash(tuple(walk.ids)), writes)


def key_of_walk(reading: Reading) -> tuple[Any, ...]:
    """What two pages of one walk have in common."""
    names = ("filter", "sortBy", "sortOrder", "count", "attributes", "excludedAttributes")
    return (reading.endpoint, *(str(reading.query.get(n)) for n in names))
