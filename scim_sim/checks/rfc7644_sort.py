"""RFC 7644 section 3.4.2.3: order, compared with the oracle in `scim/query.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.scim.grammar import FilterError, Path, parse_path
from scim_sim.scim.navigate import OBJECT
from scim_sim.scim.path import lookup
from scim_sim.scim.query import sort_key
from scim_sim.wire import Exchange

__all__: list[str] = []

_S: Final = "rfc7644-3.4.2.3"
_ALL: Final = tuple(
    f"{_S}-{word}"
    for word in (
        "ascending",
        "descending",
        "missing-last-ascending",
        "caseless",
        "subattribute",
        "multivalued-primary",
        "datetime",
    )
)


def _path(exchange: Exchange, view: View) -> Path | None:
    """What the list is sorted by, when the target says that it sorts and the answer shows it."""
    if view.declared.supports("sort") is not True:
        return None
    reading = view.look(exchange)
    text = reading.query.get("sortBy")
    if not isinstance(text, str) or not text or not reading.endpoint:
        return None
    try:
        return parse_path(text)
    except FilterError:
        return None


def _judged(exchange: Exchange, view: View) -> tuple[str, ...]:
    path = _path(exchange, view)
    if path is None:
        return ()
    down = str(view.look(exchange).query.get("sortOrder", "")).lower() == "descending"
    found = [f"{_S}-descending" if down else f"{_S}-ascending"]
    kind = _kind(path, view, exchange)
    if kind:
        found = [f"{_S}-{kind}"]
    if any(not lookup(s.resource, path, view.schemas) for s in view.look(exchange).sightings):
        found.append(f"{_S}-missing-last-ascending")
    if not kind:
        found.append(f"{_S}-caseless")
    return tuple(found)


def _kind(path: Path, view: View, exchange: Exchange) -> str:
    type_ = view.look(exchange).type
    attribute = view.schemas.find(path.name, None, path.urn, (type_.schema,) if type_ is not None else ())
    if attribute is None:
        return ""
    part = attribute.sub(path.sub) if path.sub else None
    if "dateTime" in (attribute.type, part.type if part is not None else ""):
        return "datetime"
    if attribute.multi_valued:
        return "multivalued-primary"
    return "subattribute" if path.sub else ""


@check(*_ALL, when=on("list", "search", status=(200,), holding="resources"), applies=_judged)
def list_is_in_order(exchange: Exchange, view: View) -> Iterator[At]:
    """A sorted list is in order by the named attribute: without case, resources without a value last, dates by time."""
    path = _path(exchange, view)
    if path is None:
        return
    reading = view.look(exchange)
    down = str(reading.query.get("sortOrder", "")).lower() == "descending"
    kind = _kind(path, view, exchange)
    walk = view.walks.get(reading, view.shadow.writes)
    rows: list[tuple[str, Mapping[str, Any]]] = [(s.pointer, s.resource) for s in reading.sightings]
    if walk is not None and isinstance(walk.last_item, OBJECT):
        rows.insert(0, ("", walk.last_item))
    keys = [sort_key(resource, path, view.schemas) for _, resource in rows]
    for index in range(1, len(keys)):
        left, right = (keys[index], keys[index - 1]) if down else (keys[index - 1], keys[index])
        if not _wrong(left, right):
            continue
        pointer = rows[index][0]
        expected = "not after" if down else "not before"
        said = Problem(
            "the list is out of order",
            f"{expected} {_said(rows[index - 1][1], path, view)}",
            _said(rows[index][1], path, view),
            pointer,
        )
        yield At(_broken(_judged(exchange, view), left, right), said)
        if not kind and _in_raw_order(rows, path, down=down):
            yield At(f"{_S}-caseless", said)
        return


def _wrong(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Whether the left value should come after the right one, by every usual collation."""
    if left[0] != right[0]:
        return bool(left[0] > right[0])
    if left[0] == 1 or left[1] != right[1]:
        return False
    one, other = left[-1], right[-1]
    if isinstance(one, str) and isinstance(other, str):
        if not (one.isascii() and other.isascii()):
            return False
        return one > other and _letters(one) > _letters(other) and _classes(one) > _classes(other)
    return bool(one > other)


def _in_raw_order(rows: list[tuple[str, Mapping[str, Any]]], path: Path, *, down: bool) -> bool:
    """Whether the list is in order when capitals come before small letters."""
    values = [v for _, r in rows for v in lookup(r, path)[:1] if isinstance(v, str)]
    return values == sorted(values, reverse=down)


def _classes(text: str) -> list[tuple[int, str]]:
    """Marks before digits before letters, as the Unicode collation algorithm has them."""
    return [(2 if c.isalpha() else 1 if c.isdigit() else 0, c) for c in text.casefold()]


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _broken(judged: tuple[str, ...], left: tuple[Any, ...], right: tuple[Any, ...]) -> str:
    """The one requirement that the pair breaks: that of the missing value, of the kind of attribute, of case, of direction."""
    if left[0] != right[0]:
        return f"{_S}-missing-last-ascending"
    kinds = [name for name in judged if name.endswith(("datetime", "multivalued-primary", "subattribute"))]
    return kinds[0] if kinds else judged[0]


def _said(resource: Mapping[str, Any], path: Path, view: View) -> str:
    values = lookup(resource, path, view.schemas)
    return shown(values[0] if len(values) == 1 else values or None)
