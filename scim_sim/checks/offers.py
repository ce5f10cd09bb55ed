"""Which places of its resources a target has (`name.familyname`), so that what it never had is not missed (RFC 7644 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT, spread

__all__ = ["Offers"]

_NEEDED: Final = frozenset({"active", "username", "externalid"})
"""Attributes whose loss is never excused: what identity providers match by and deactivate through."""
_NEEDED_OF_GROUPS: Final = _NEEDED | {"displayname", "members"}
_MOST: Final = 20
"""How many values of an attribute are looked at for the parts that they have."""


class Offers:
    """The places of each endpoint: declared by a schema of the target's own, seen in an answer, or never excused."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._seen: dict[str, set[str]] = {}
        self._all: dict[str, set[str]] = {}

    def at(self, endpoint: str) -> Callable[[str], bool]:
        """A test whether the target has a place there."""
        return self._places(endpoint).__contains__

    def shows(self, endpoint: str, place: str) -> bool:
        """Whether some resource there had a value in that place."""
        return place in self._seen.get(endpoint, ())

    def learn(self, endpoint: str, resource: Mapping[str, Any]) -> None:
        """Note the places in which the resource has a value."""
        found = [place for name, value in resource.items() for place in _filled(name, value)]
        self._seen.setdefault(endpoint, set()).update(found)
        self._places(endpoint).update(found)

    def _places(self, endpoint: str) -> set[str]:
        if endpoint not in self._all:
            needed = _NEEDED_OF_GROUPS if endpoint == "/Groups" else _NEEDED
            self._all[endpoint] = {*needed, *_declared(self._declared, endpoint)}
        return self._all[endpoint]


def _filled(name: str, value: Any) -> Iterator[str]:
    """The place, and those below it, where there is a value."""
    if value in (None, [], ""):
        return
    lower = name.lower()
    yield lower
    items = spread(value)
    if items and isinstance(items[0], OBJECT):
        glue = ":" if ":" in name else "."
        yield from (f"{lower}{glue}{k.lower()}" for item in items[:_MOST] if isinstance(item, OBJECT) for k in item)


def _declared(declared: Declared, endpoint: str) -> Iterator[str]:
    kind = declared.type_at(endpoint)
    if kind is None or "Schemas" not in declared.known:
        return
    for urn, prefix in ((kind.schema, ""), *((urn, f"{urn.lower()}:") for urn, _ in kind.extensions)):
        schema = declared.schemas.schema(urn)
        for attribute in schema.attributes if schema is not None and declared.declares(urn) else ():
            name = prefix + attribute.name.lower()
            yield name
            yield from (f"{name}.{sub.name.lower()}" for sub in attribute.sub_attributes)
