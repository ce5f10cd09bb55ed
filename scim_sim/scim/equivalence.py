"""Whether two resources say the same, and where they do not.

Rules that hold here:
 1. `null`, `[]`, `{}` and absence are one state (RFC 7643 section 2.5).
 2. Names compare without case, strings by the `caseExact` of their attribute, `dateTime` as instants; types count:
    the string "true" is not the boolean.
 3. The values of a multi-valued attribute have no order (RFC 7643 section 2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scim_sim.scim.attributes import Attribute, SchemaSet, core_schemas, schemas_of, undeclared
from scim_sim.scim.elements import folded, same_element, subset
from scim_sim.scim.filter import instant
from scim_sim.scim.navigate import OBJECT, get, key_of, spread

__all__ = ["Difference", "differences", "equivalent", "same_value"]

Difference = tuple[str, Any, Any]
"""JSON pointer into the actual resource, the expected value, the actual value; `None` is unassigned."""


def equivalent(left: Mapping[str, Any], right: Mapping[str, Any], schemas: SchemaSet | None = None) -> bool:
    """Whether both resources hold the same values."""
    return not differences(left, right, schemas)


def differences(
    expected: Mapping[str, Any],
    actual: Mapping[str, Any],
    schemas: SchemaSet | None = None,
    *,
    only_expected: bool = False,
    ignore: Iterable[str] = (),
) -> list[Difference]:
    """Where the actual resource is not as expected, in the order of the expected one.

    With `only_expected`, attributes and sub-attributes that the expected resource does not name are left out of account;
    a name with the value `None` demands that there is no value. Surplus values of a named multi-valued attribute always
    count. `ignore` names attributes at the top of the resource, such as `meta`.
    """
    if expected is actual:
        return []
    skipped = {name.lower() for name in ignore}
    known = schemas or core_schemas()
    return list(_resource(expected, actual, known, only_expected, skipped))


def _resource(
    expected: Mapping[str, Any], actual: Mapping[str, Any], schemas: SchemaSet, only: bool, skipped: set[str]
) -> Iterator[Difference]:
    within = schemas_of(expected) or schemas_of(actual)
    for name, want, have in _unlike(expected, actual, only):
        if name.lower() in skipped:
            continue
        pointer = _below("", actual, name)
        if ":" in name and (isinstance(want, OBJECT) or isinstance(have, OBJECT)):
            yield from _extension(pointer, name, want, have, schemas, only)
        else:
            yield from _attribute(pointer, want, have, schemas.find(name, within=within) or undeclared(name), only)


def _extension(pointer: str, urn: str, want: Any, have: Any, schemas: SchemaSet, only: bool) -> Iterator[Difference]:
    want = want if isinstance(want, OBJECT) else {}
    have = have if isinstance(have, OBJECT) else {}
    for name, wanted, there in _unlike(want, have, only and bool(want)):
        attribute = schemas.find(name, urn=urn) or undeclared(name)
        yield from _attribute(_below(pointer, have, name), wanted, there, attribute, only)


def _unlike(expected: Mapping[str, Any], actual: Mapping[str, Any], only: bool) -> Iterator[tuple[str, Any, Any]]:
    """The members, with what is expected and what is there, that are not the same letter by letter."""
    for name in _names(expected, actual, only):
        want, have = expected.get(name), get(actual, name)
        if want != have or not (isinstance(want, str) or repr(want) == repr(have)):  # true equals 1, and is written otherwise
            yield name, want, have


def _names(expected: Mapping[str, Any], actual: Mapping[str, Any], only: bool) -> list[str]:
    names = list(expected)
    if not only:
        known = {name.lower() for name in expected}
        names += [name for name in actual if name.lower() not in known]
    return names


def _attribute(pointer: str, want: Any, have: Any, attribute: Attribute, only: bool) -> Iterator[Difference]:
    want, have = _state(want), _state(have)
    if want is None or have is None:
        if want is not have:
            yield pointer, want, have
    elif isinstance(want, list) or isinstance(have, list):
        if attribute.declared and attribute.multi_valued != isinstance(have, list):
            yield pointer, want, have
        else:
            yield from _elements(pointer, spread(want), spread(have), attribute, only)
    elif isinstance(want, OBJECT) and isinstance(have, OBJECT):
        for name, wanted, there in _unlike(want, have, only):
            sub = attribute.sub(name) or undeclared(name)
            yield from _attribute(_below(pointer, have, name), wanted, there, sub, only)
    elif not same_value(want, have, attribute):
        yield pointer, want, have


def same_value(left: Any, right: Any, attribute: Attribute) -> bool:
    """Whether two values that are neither object nor array are the same for this attribute."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left == right:
        return True
    if isinstance(left, str) and isinstance(right, str) and attribute.type == "dateTime":
        one, other = instant(left), instant(right)
        if one is not None and other is not None:
            return one == other
    return bool(folded(left, attribute) == folded(right, attribute))


def _elements(pointer: str, want: list[Any], have: list[Any], attribute: Attribute, only: bool) -> Iterator[Difference]:
    """Pair the values up, equal ones first, then those that are the same value with other sub-attributes."""
    pairs = _named_pairs(want, have, attribute)
    if pairs is not None:
        named, surplus = pairs
        for element, place in named:
            if not (only and _holds(have[place], element)):
                yield from _attribute(f"{pointer}/{place}", element, have[place], attribute, only)
        yield from ((f"{pointer}/{i}", None, have[i]) for i in surplus)
        return
    places: dict[Any, list[int]] = {}
    for i in reversed(range(len(have))):
        places.setdefault(folded(have[i], attribute), []).append(i)
    unpaired = []
    used: set[int] = set()
    for element in want:
        free = places.get(folded(element, attribute))
        if free:
            used.add(free.pop())
        else:
            unpaired.append(element)
    rest = _ByKey([i for i in range(len(have)) if i not in used], have, attribute)
    for element in unpaired:
        at = rest.take(element)
        if at is None:
            yield pointer, element, None
        else:
            yield from _attribute(f"{pointer}/{at}", element, have[at], attribute, only)
    yield from ((f"{pointer}/{i}", None, have[i]) for i in rest.left())


def _named_pairs(want: list[Any], have: list[Any], attribute: Attribute) -> tuple[list[tuple[Any, int]], list[int]] | None:
    """The short way where every value has a `value` of its own, as members do, and each wanted one is there; else `None`."""
    value = attribute.sub("value") or undeclared("value")
    mine, theirs = _by_value(want, value), _by_value(have, value)
    if mine is None or theirs is None or not mine.keys() <= theirs.keys():
        return None
    pairs = [(want[i], theirs.pop(key)) for key, i in mine.items()]
    return pairs, sorted(theirs.values())


def _by_value(elements: list[Any], value: Attribute) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for i, element in enumerate(elements):
        named = element.get("value") if isinstance(element, dict) else None
        if not isinstance(named, str):
            return None
        key = named if value.case_exact else named.casefold()
        if key in found:
            return None
        found[key] = i
    return found


def _holds(holder: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether every wanted text stands there letter by letter; what is no text takes the long way."""
    return all(isinstance(value, str) and holder.get(name) == value for name, value in wanted.items())


class _ByKey:
    """The actual values that are not paired yet, found by `value` first and by `type` where there is no `value`."""

    def __init__(self, indexes: list[int], have: list[Any], attribute: Attribute) -> None:
        self._have = have
        self._attribute = attribute
        self._left = dict.fromkeys(indexes)
        self._by_value: dict[Any, list[int]] = {}
        for i in indexes:
            self._by_value.setdefault(self._value(have[i]), []).append(i)

    def _value(self, element: Any) -> Any:
        found = get(element, "value") if isinstance(element, OBJECT) else element
        return folded(found, self._attribute.sub("value") or self._attribute)

    def take(self, element: Any) -> int | None:
        """The index of the value that is meant, now taken: the same one, one with more to it, or one that was changed."""
        candidates = [i for i in self._by_value.get(self._value(element), ()) if i in self._left]
        found = self._first(candidates, lambda other: same_element(element, other, self._attribute))
        if found is None:
            found = self._first(candidates, lambda other: subset(element, other, self._attribute))
        if found is None and isinstance(element, OBJECT):
            found = candidates[0] if candidates and get(element, "value") is not None else self._by_type(element)
        if found is not None:
            del self._left[found]
        return found

    def _first(self, indexes: list[int], fits: Callable[[Any], bool]) -> int | None:
        return next((i for i in indexes if fits(self._have[i])), None)

    def _by_type(self, element: Mapping[str, Any]) -> int | None:
        """Another value of the same type: that one was changed, rather than one lost and one gained."""
        wanted = get(element, "type")
        if not isinstance(wanted, str) or wanted.lower() in ("user", "group"):
            return None
        for i in self._left:
            other = self._have[i]
            kind = get(other, "type") if isinstance(other, OBJECT) else None
            if isinstance(kind, str) and kind.casefold() == wanted.casefold():
                return i
        return None

    def left(self) -> list[int]:
        """The indexes nobody took."""
        return list(self._left)


def _state(value: Any) -> Any:
    """`None` for every spelling of unassigned."""
    if isinstance(value, str):
        return value
    if isinstance(value, OBJECT):
        return value if any(_state(v) is not None for v in value.values()) else None
    if isinstance(value, list):
        kept = [v for v in value if _state(v) is not None]
        return kept or None
    return value


def _below(pointer: str, holder: Mapping[str, Any], name: str) -> str:
    """The pointer to the member, in the spelling the object has for it (RFC 6901)."""
    key = key_of(holder, name) or name
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
