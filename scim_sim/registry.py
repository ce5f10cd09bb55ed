"""A named collection of one kind of thing; it refuses doubles and members without documentation."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from scim_sim.errors import UsageError

__all__ = ["Registry", "nearest"]

T = TypeVar("T")

_MANY = 30
"""So many names are no help to whoever mistyped one."""


class Registry(Generic[T]):
    """Names to things of one kind, in the order in which they were added; `also_called` are other words for some names."""

    def __init__(self, kind: str, also_called: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self.also_called = also_called or {}
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T, doc: str | None = None) -> T:
        """Register the item; a second one of the same name, or one without a docstring, is our own mistake."""
        if name in self._items:
            raise AssertionError(f"two {self.kind}s are called {name!r}")
        if not (doc or inspect.getdoc(item)):
            raise AssertionError(f"the {self.kind} {name!r} has no documentation")
        self._items[name] = item
        return item

    def get(self, name: str) -> T:
        """The item of that name; raises `UsageError` with the nearest names."""
        try:
            return self._items[name]
        except KeyError:
            raise UsageError(f'unknown {self.kind} "{name}"{nearest(name, self._items, self.also_called)}') from None

    def names(self) -> list[str]:
        """All names, in the order of registration."""
        return list(self._items)

    def items(self) -> Iterator[tuple[str, T]]:
        """Names and items, in the order of registration."""
        return iter(self._items.items())

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)


def nearest(name: str, valid: Iterable[str], also_called: Mapping[str, str] | None = None) -> str:
    """The end of a message about a misspelt name: `: did you mean "x"?`, or the valid ones, of many those that are like it.

    `also_called` are words that people use for a valid name.
    """
    names = [name for name in valid if name]
    meant = (also_called or {}).get(name.lower())
    if meant in names:
        return f': did you mean "{meant}"?'
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f': did you mean "{close[0]}"?'
    if len(names) > _MANY:
        like = difflib.get_close_matches(name, names, n=5, cutoff=0.0)
        return f"; the closest of {len(names)}: {', '.join(like)}"
    return f"; valid: {', '.join(sorted(names))}" if names else ""
