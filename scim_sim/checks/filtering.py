"""Reading a filter the way the checks need it: which requirements speak of it, and what of it can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from scim_sim.checks.reading import Reading
from scim_sim.scim.attributes import Attribute, schemas_of
from scim_sim.scim.grammar import And, Comparison, Filter, FilterError, Not, Or, Path, Present, ValuePath, parse_filter
from scim_sim.scim.path import lookup
from scim_sim.scim.urns import USER

if TYPE_CHECKING:
    from scim_sim.checks.view import View

__all__ = ["Query", "features", "nameable", "read_query", "visible"]

_F: Final = "rfc7644-3.4.2.2"
_LOOKED_UP: Final = ("username", "externalid", "displayname", "id")
_ORDERING: Final = ("gt", "ge", "lt", "le")
_EQUALS: Final = {"username": "eq-username", "externalid": "eq-externalid", "id": "eq-id"}


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that follows the grammar: its text, its tree, its leaves, and the paths in them."""

    text: str
    tree: Filter
    leaves: tuple[Comparison | Present | ValuePath, ...]
    paths: tuple[Path, ...]


@lru_cache(maxsize=256)  # several checks ask about the same filter
def read_query(text: str) -> Query | None:
    """The filter taken apart, or `None` when it does not follow the grammar."""
    try:
        tree = parse_filter(text)
    except FilterError:
        return None
    leaves = tuple(_leaves(tree))
    return Query(text, tree, leaves, tuple(leaf.path for leaf in leaves))


def _leaves(tree: Filter) -> Iterator[Comparison | Present | ValuePath]:
    match tree:
        case And() | Or():
            for operand in tree.operands:
                yield from _leaves(operand)
        case Not():
            yield from _leaves(tree.operand)
        case _:
            yield tree


def nameable(query: Query) -> tuple[str, str] | None:
    """The name and value of a filter that an index answers: `userName eq "ada"`, alone or joined to others by `and`."""
    parts = query.tree.operands if isinstance(query.tree, And) else (query.tree,)
    for part in parts:
        if not isinstance(part, Comparison) or part.operator != "eq" or not isinstance(part.value, str):
            continue
        if part.path.sub is None and part.path.filter is None and part.path.name.lower() in _LOOKED_UP:
            return part.path.name, part.value
    return None


def visible(query: Query, resource: Mapping[str, Any], view: View, *, strict: bool) -> bool:
    """Whether the resource shows enough to judge the filter.

    A path without a value can be judged only where absence is certain: the attribute is declared by the target and
    returned by default, and the operator gives absence one meaning (`ne` and `not` do not). With `strict`, every path
    must be one the target has.
    """
    there = view.offers(_endpoint(resource, view))
    negated = _negated(query.tree)
    for leaf in query.leaves:
        attribute = _attribute(leaf.path, view, resource)
        if attribute is not None and attribute.returned in ("never", "request"):
            return False
        if view.declared.hides(_endpoint(resource, view), leaf.path.name):
            return False
        if leaf.path.name.lower() in ("password", "groups"):
            return False
        if isinstance(leaf, Comparison) and leaf.operator in ("gt", "ge", "lt", "le") and not _ordered(leaf, attribute):
            return False
        if (
            strict
            and isinstance(leaf, Comparison)
            and isinstance(leaf.value, str)
            and not leaf.value.isascii()
            and leaf.operator != "eq"
        ):
            return False
        try:
            values = lookup(resource, Path(leaf.path.name, leaf.path.sub, leaf.path.urn), view.schemas)
        except ValueError:
            return False
        if values:
            continue
        place = (
            f"{leaf.path.urn}:{leaf.path.name}" if leaf.path.urn and not view.schemas.is_main(leaf.path.urn) else leaf.path.name
        )
        if negated or (isinstance(leaf, Comparison) and (leaf.operator == "ne" or leaf.value is None)):
            return False
        if strict and not there(place.lower()):
            return False
    return True


def _ordered(leaf: Comparison, attribute: Attribute | None) -> bool:
    """Text is ordered by collations nobody can foresee, save for plain letters; dates and numbers are not."""
    if attribute is not None and attribute.type in ("dateTime", "integer", "decimal"):
        return True
    return isinstance(leaf.value, str) and leaf.value.isascii() and leaf.value.isalnum()


def _negated(tree: Filter) -> bool:
    match tree:
        case And() | Or():
            return any(map(_negated, tree.operands))
        case Not():
            return True
    return False


def _attribute(path: Path, view: View, resource: Mapping[str, Any]) -> Attribute | None:
    return view.schemas.find(path.name, path.sub, path.urn, schemas_of(resource))


def _endpoint(resource: Mapping[str, Any], view: View) -> str:
    listed = {u.lower() for u in schemas_of(resource)}
    return next((t.endpoint for t in view.declared.resource_types if t.schema.lower() in listed), "/Users")


def features(query: Query, view: View, reading: Reading) -> tuple[str, ...]:
    """The requirements that speak of this filter, the most particular ones first."""
    found = dict.fromkeys(_features(query, view, reading))
    return tuple(name if name.startswith("rfc") else f"{_F}-{name}" for name in found)


def _features(query: Query, view: View, reading: Reading) -> Iterator[str]:
    tree = query.tree
    if isinstance(tree, Comparison | Present | ValuePath):
        yield from _leaf(tree, query, view, reading)
        return
    text = query.text.lower()
    if _negated(tree):
        yield "not"
    kinds = {type(t) for t in _inner(tree)}
    located = [leaf for leaf in query.leaves if isinstance(leaf, Comparison) and leaf.operator == "eq" and _is_id(leaf.path)]
    if kinds <= {And, Comparison, Present, ValuePath} and located and len(query.leaves) == 2:
        other = next(leaf for leaf in query.leaves if leaf is not located[0])
        yield from _leaf(other, query, view, reading)
        return
    if kinds <= {And, Comparison} and all(isinstance(leaf, Comparison) and leaf.operator in _ORDERING for leaf in query.leaves):
        yield "ordering-operators"
        return
    if And in kinds and Or in kinds:
        yield "grouping" if "(" in text.replace("not (", "") else "precedence"
    elif And in kinds and not _negated(tree):
        yield "and"
    elif Or in kinds:
        yield "operator-case" if " OR " in query.text else "or"


def _is_id(path: Path) -> bool:
    return path.name.lower() == "id" and path.sub is None


def _inner(tree: Filter) -> Iterator[Filter]:
    yield tree
    match tree:
        case And() | Or():
            for operand in tree.operands:
                yield from _inner(operand)
        case Not():
            yield from _inner(tree.operand)


def _leaf(leaf: Comparison | Present | ValuePath, query: Query, view: View, reading: Reading) -> Iterator[str]:
    path = leaf.path
    kind = reading.type
    within = (kind.schema,) if kind is not None else (USER,)
    attribute = view.schemas.find(path.name, None, path.urn, within)
    if attribute is None:
        yield "unknown-attribute"
        return
    if path.urn is not None:
        yield "qualified-name" if view.schemas.is_main(path.urn) else "extension-attribute"
        return
    if path.name != attribute.name:
        yield "attribute-case"
        return
    if isinstance(leaf, ValuePath):
        yield "value-path-same-element"
        return
    if path.filter is not None:
        yield "value-path-then-subattribute"
        return
    if isinstance(leaf, Present):
        yield "pr"
        return
    if path.name.lower() == "password":
        yield "rfc7643-4.1.1-password-filter"
        return
    if f" {leaf.operator} " not in query.text:
        yield "operator-case"
        return
    if leaf.operator != "eq":
        yield {
            "gt": "ordering-operators",
            "ge": "ordering-operators",
            "lt": "ordering-operators",
            "le": "ordering-operators",
        }.get(leaf.operator, leaf.operator)
        return
    yield from _equality(leaf, attribute, reading)


def _equality(leaf: Comparison, attribute: Attribute, reading: Reading) -> Iterator[str]:
    value, name = leaf.value, leaf.path.name.lower()
    if value is None or isinstance(value, bool):
        yield "eq-null" if value is None else "eq-boolean"
    elif name == "members":
        yield "eq-members"
    else:
        text = str(value)
        yield from _letters(text)
        if attribute.case_exact and _foreign_case(text, attribute, reading):
            yield "caseexact-string"
            if name == "externalid":
                yield "rfc7643-3.1-externalid-caseexact"
        yield from _by_attribute(leaf.path, text, attribute, reading)


def _letters(text: str) -> Iterator[str]:
    """What the letters of the value are a test of."""
    if any(mark in text for mark in ("' OR", "*)", "--", "%%")):
        yield "rfc7644-7.7-filter-injection"
    if any(mark in text for mark in ('"', "\\")) or not text.isascii():
        yield "string-escapes"
    if any(mark in text for mark in "+%&") and not text[:4].isdigit():
        yield "url-encoding"


def _by_attribute(path: Path, text: str, attribute: Attribute, reading: Reading) -> Iterator[str]:
    name = path.name.lower()
    part = attribute.sub(path.sub) if path.sub else attribute
    if part is not None and part.type == "dateTime":
        yield "ordering-operators"
    elif attribute.type == "complex" and path.sub is None:
        yield "multivalued-short-form"
    elif attribute.multi_valued:
        yield "any-value-matches"
    elif path.sub is not None:
        yield "subattribute"
    elif name == "displayname" and reading.endpoint == "/Groups":
        yield "eq-group-displayname"
    elif name in _EQUALS:
        yield "caseless-string" if text.isupper() and not attribute.case_exact else _EQUALS[name]


def _foreign_case(text: str, attribute: Attribute, reading: Reading) -> bool:
    """Whether nothing in the answer has the value in the very letter case that was asked for."""
    return text != text.lower() and not any(s.resource.get(attribute.name) == text for s in reading.sightings)
