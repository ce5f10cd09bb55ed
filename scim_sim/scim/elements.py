"""The values of a multi-valued attribute: which are the same, how one is added, which is primary (RFC 7643 section 2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scim_sim.scim.attributes import Attribute, undeclared
from scim_sim.scim.grammar import And, Comparison, Filter
from scim_sim.scim.navigate import OBJECT, get, key_of

__all__ = ["created_from", "demoted", "merged", "put", "same_element", "subset", "unique", "with_added", "without"]


def put(holder: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The object with the member set, in its present spelling, or taken out when the value is `None`."""
    key = key_of(holder, name) or name
    if value is None:
        return {k: v for k, v in holder.items() if k != key}
    return {**holder, key: value}


def merged(holder: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The object with the given members set and the others left alone."""
    result = dict(holder)
    for name, value in wanted.items():
        result[key_of(result, name) or name] = value
    return result


def folded(value: Any, attribute: Attribute) -> Any:
    """The value in a form that is equal exactly when the values are, by `caseExact` of the attribute."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, str):
        return value if attribute.case_exact else value.casefold()
    if isinstance(value, OBJECT):
        members = ((k.lower(), folded(v, attribute.sub(k) or undeclared(k))) for k, v in value.items() if v not in (None, [], {}))
        return frozenset(members)
    if isinstance(value, list):
        return frozenset(folded(v, attribute) for v in value)
    return value


def _key(element: Any, attribute: Attribute) -> Any:
    """What identifies a value: its `value`, or all of it."""
    if not isinstance(element, OBJECT):
        return folded(element, attribute)
    value = get(element, "value")
    return folded(element, attribute) if value is None else folded(value, attribute.sub("value") or undeclared("value"))


def same_element(left: Any, right: Any, attribute: Attribute) -> bool:
    """Whether both are the same value: equal `value`, and equal `type` where both have one (RFC 7643 section 2.4)."""
    return _key(left, attribute) == _key(right, attribute) and _types_agree(left, right)


def _types_agree(left: Any, right: Any) -> bool:
    if not isinstance(left, OBJECT) or not isinstance(right, OBJECT):
        return True
    one, other = get(left, "type"), get(right, "type")
    if not isinstance(one, str) or not isinstance(other, str):
        return True
    return one.casefold() == other.casefold()


def subset(part: Any, whole: Any, attribute: Attribute) -> bool:
    """Whether everything in the first value is also in the second."""
    if isinstance(part, OBJECT) and isinstance(whole, OBJECT):
        return bool(folded(part, attribute) <= folded(whole, attribute))
    return bool(folded(part, attribute) == folded(whole, attribute))


def with_added(elements: list[Any], wanted: list[Any], attribute: Attribute) -> list[Any] | None:
    """The values with those that are not there yet; one that is there takes over what is new in the other."""
    result = list(elements)
    places: dict[Any, list[int]] = {}
    for i, element in enumerate(result):
        places.setdefault(_key(element, attribute), []).append(i)
    touched = []
    for element in wanted:
        at = _place(element, result, places, attribute)
        if at is None:
            places.setdefault(_key(element, attribute), []).append(len(result))
            touched.append(len(result))
            result.append(element)
        elif not subset(element, result[at], attribute):
            result[at] = merged(result[at], element)
            touched.append(at)
    return demoted(result, touched) or None


def unique(elements: list[Any], attribute: Attribute) -> list[Any]:
    """The values without exact repetitions."""
    first: dict[Any, Any] = {}
    for element in elements:
        first.setdefault(folded(element, attribute), element)
    return list(first.values())


def _place(element: Any, result: list[Any], places: dict[Any, list[int]], attribute: Attribute) -> int | None:
    found = [i for i in places.get(_key(element, attribute), ()) if _types_agree(element, result[i])]
    if found:
        return found[0]
    if isinstance(element, OBJECT) and get(element, "value") is None:
        return next(
            (i for i, other in enumerate(result) if isinstance(other, OBJECT) and subset(element, other, attribute)), None
        )
    return None


def without(elements: list[Any], gone: list[Any], attribute: Attribute) -> list[Any] | None:
    """The values that are not the same as one of those gone."""
    keys: dict[Any, list[Any]] = {}
    for element in gone:
        keys.setdefault(_key(element, attribute), []).append(element)
    kept = [e for e in elements if not any(_types_agree(e, g) for g in keys.get(_key(e, attribute), ()))]
    return kept or None


def demoted(elements: list[Any], touched: Iterable[int] | None = None) -> list[Any]:
    """At most one value is primary: the last touched one wins (RFC 7644 section 3.5.2); without `touched`, the last."""
    primaries = [i for i, e in enumerate(elements) if isinstance(e, OBJECT) and get(e, "primary") is True]
    if len(primaries) < 2:
        return elements
    changed = set(range(len(elements)) if touched is None else touched)
    recent = [i for i in primaries if i in changed]
    if not recent:
        return elements
    keep = recent[-1]
    return [put(e, "primary", False) if i in primaries and i != keep else e for i, e in enumerate(elements)]


def created_from(tree: Filter) -> dict[str, Any] | None:
    """The value a filter describes: `type eq "work" and primary eq true` gives both members; `None` for other filters."""
    match tree:
        case Comparison(operator="eq") if tree.path.sub is None and tree.value is not None:
            return {tree.path.name: tree.value}
        case And():
            parts = [created_from(o) for o in tree.operands]
            return None if None in parts else {k: v for part in parts if part is not None for k, v in part.items()}
    return None
