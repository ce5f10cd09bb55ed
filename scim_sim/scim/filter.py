"""Deciding whether a resource matches a filter (RFC 7644 section 3.4.2.2).

Rules that hold here:
 1. A multi-valued attribute matches when any of its values does; a value path looks at one value at a time.
 2. A complex attribute is compared by its sub-attribute `value`.
 3. Strings compare by the `caseExact` of their attribute, names and operators never by case.
 4. Values of different types are not equal and have no order.
 5. `null`, `[]` and absence are one state (RFC 7643 section 2.5). It equals `null` and differs from every other value;
    the RFC leaves open whether `ne` matches it.
 6. `dateTime` values compare as instants.
 7. Ordering of booleans, binaries and complex attributes, and `co`, `sw`, `ew` on anything but text, is `InvalidFilter`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, core_schemas, schemas_of
from scim_sim.scim.grammar import (
    And,
    Comparison,
    Filter,
    FilterError,
    Literal,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    parse_filter,
)
from scim_sim.scim.navigate import container, declared, get, spread

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "FilterError",
    "InvalidFilter",
    "Not",
    "Or",
    "Path",
    "Present",
    "ValuePath",
    "instant",
    "matches",
    "parse_filter",
    "values_of",
]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "co": lambda text, part: part in text,
    "sw": str.startswith,
    "ew": str.endswith,
}


class InvalidFilter(ValueError):
    """The filter is well formed, and the operator does not fit the attribute (scimType invalidFilter)."""


def matches(filter: str | Filter, resource: Mapping[str, Any], schemas: SchemaSet | None = None) -> bool:
    """Whether the resource matches; raises `FilterError` for a malformed filter and `InvalidFilter` for one without sense."""
    tree = parse_filter(filter) if isinstance(filter, str) else filter
    return _matches(tree, resource, schemas or core_schemas(), schemas_of(resource), None)


def values_of(resource: Mapping[str, Any], path: Path, schemas: SchemaSet) -> list[Any]:
    """All values at the path, in order; unassigned gives `[]`."""
    holder, rest = container(resource, path, schemas)
    if holder is None:
        return []
    if not rest.name:
        return [holder]
    found = spread(get(holder, rest.name))
    if rest.filter is not None:
        keep = element_matcher(rest, schemas, schemas_of(resource))
        found = [value for value in found if keep(value)]
    if rest.sub is None:
        return found
    return [inner for value in found if isinstance(value, Mapping) for inner in spread(get(value, rest.sub))]


def element_matcher(path: Path, schemas: SchemaSet, within: tuple[str, ...]) -> Callable[[Any], bool]:
    """A test for single values of the multi-valued attribute at the path, by the filter in it."""
    tree = path.filter
    if tree is None:
        return lambda value: True
    return lambda value: _matches(tree, value if isinstance(value, Mapping) else {"value": value}, schemas, within, path)


def _matches(tree: Filter, holder: Mapping[str, Any], schemas: SchemaSet, within: tuple[str, ...], parent: Path | None) -> bool:
    """`parent` is the attribute whose values are looked at, or `None` at the top of a resource."""
    match tree:
        case And():
            return all(_matches(o, holder, schemas, within, parent) for o in tree.operands)
        case Or():
            return any(_matches(o, holder, schemas, within, parent) for o in tree.operands)
        case Not():
            return not _matches(tree.operand, holder, schemas, within, parent)
        case ValuePath():
            return bool(_values(tree.path, holder, schemas, parent))
        case Present():
            return any(map(assigned, _values(tree.path, holder, schemas, parent)))
        case Comparison():
            attribute = _attribute(tree.path, schemas, within, parent)
            values = _values(tree.path, holder, schemas, parent)
            return _compare(tree, attribute, values)


def _values(path: Path, holder: Mapping[str, Any], schemas: SchemaSet, parent: Path | None) -> list[Any]:
    if parent is None:
        return values_of(holder, path, schemas)
    found = spread(get(holder, path.name))
    return found if path.sub is None else [v for f in found if isinstance(f, Mapping) for v in spread(get(f, path.sub))]


def _attribute(path: Path, schemas: SchemaSet, within: tuple[str, ...], parent: Path | None) -> Attribute:
    if parent is not None:
        return declared(parent, schemas, within, path.name)
    found = declared(path, schemas, within)
    return (found.sub("value") or found) if found.type == "complex" else found


def _compare(tree: Comparison, attribute: Attribute, values: list[Any]) -> bool:
    wanted, name = tree.value, tree.operator
    _insist(tree, attribute)
    actual = [v for v in map(_plain, values) if v is not None]
    if wanted is None:
        return not actual if name == "eq" else bool(actual)
    if name == "eq":
        return any(_equal(v, wanted, attribute) for v in actual)
    if name == "ne":
        return not actual or any(not _equal(v, wanted, attribute) for v in actual)
    if name in _TEXT:
        text = _TEXT[name]
        part = _folded(str(wanted), attribute)
        return any(isinstance(v, str) and text(_folded(v, attribute), part) for v in actual)
    return any(_ordered(name, v, wanted, attribute) for v in actual)


def _insist(tree: Comparison, attribute: Attribute) -> None:
    """Raise `InvalidFilter` when the operator cannot be applied (RFC 7644 table 3)."""
    if tree.operator in ("eq", "ne"):
        return
    if tree.operator in _TEXT:
        if not isinstance(tree.value, str):
            raise InvalidFilter(f"{tree.operator} compares text, and {tree.path} is compared with {Comparison.__str__(tree)!r}")
        return
    if tree.value is None or isinstance(tree.value, bool):
        raise InvalidFilter(f"{tree.operator} needs a value that has an order, in {str(tree)!r}")
    if attribute.type in ("boolean", "binary", "complex"):
        raise InvalidFilter(f"{tree.operator} cannot be applied to {tree.path}, which is {attribute.type}")


def _plain(value: Any) -> Any:
    """A complex value stands for its `value`."""
    return get(value, "value") if isinstance(value, Mapping) else value


def _equal(actual: Any, wanted: Literal, attribute: Attribute) -> bool:
    if isinstance(actual, bool) or isinstance(wanted, bool):
        return actual is wanted
    if isinstance(actual, str) and isinstance(wanted, str):
        if attribute.type == "dateTime" and (left := instant(actual)) and (right := instant(wanted)):
            return left == right
        return _folded(actual, attribute) == _folded(wanted, attribute)
    return isinstance(actual, int | float) and isinstance(wanted, int | float) and actual == wanted


def _ordered(name: str, actual: Any, wanted: Literal, attribute: Attribute) -> bool:
    if isinstance(actual, bool):
        raise InvalidFilter(f"{name} cannot be applied to {attribute.name}, which holds a boolean")
    order = _ORDER[name]
    if isinstance(actual, str) and isinstance(wanted, str):
        if attribute.type == "dateTime" or not attribute.declared:
            left, right = instant(actual), instant(wanted)
            if left is not None and right is not None:
                return order(left, right)
        return order(_folded(actual, attribute), _folded(wanted, attribute))
    if isinstance(actual, int | float) and isinstance(wanted, int | float):
        return order(actual, wanted)
    return False


def _folded(text: str, attribute: Attribute) -> str:
    return text if attribute.case_exact else text.casefold()


def instant(text: str) -> datetime | None:
    """The moment a `dateTime` names, in UTC when it names no zone; `None` when the text is none."""
    if len(text) < 10 or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def assigned(value: Any) -> bool:
    """Whether the value is more than `null`, `[]`, `""` or an object of such (RFC 7643 section 2.5)."""
    if isinstance(value, Mapping):
        return any(map(assigned, value.values()))
    if isinstance(value, list):
        return any(map(assigned, value))
    return value is not None and value != ""
