"""Reading many: filter with indexes, sort, pages by index and by cursor, and the ListResponse around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Page
from scim_sim.provider.store import Record
from scim_sim.scim import urns
from scim_sim.scim.filter import InvalidFilter
from scim_sim.scim.grammar import And, Comparison, Filter, Not, Or, Path, Present, ValuePath
from scim_sim.wire import json_body

__all__ = ["Cursors", "list_body", "paths_of", "select"]

Json = dict[str, Any]
_MOST_CURSORS: Final = 10_000
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Cursor:
    ids: tuple[str, ...]
    position: int
    count: int
    question: tuple[str, ...]
    expires: float


class Cursors:
    """The places where cursor queries stand (RFC 9865); a cursor is good for the same question and the same count only."""

    def __init__(self) -> None:
        self._open: dict[str, _Cursor] = {}

    def knows(self, name: str) -> bool:
        """Whether this cursor was given out and not used up."""
        return name in self._open

    def first(self, call: Call, records: list[Record], count: int) -> Page:
        """The first page of a cursor query."""
        return self._page(call, tuple(record.id for record in records), 0, count)

    def follow(self, call: Call, name: str, count: int | None) -> Page:
        """The page behind a cursor; raises `invalidCursor`, `expiredCursor` or `invalidCount`."""
        cursor = self._open.get(name)
        if cursor is None or cursor.question != _question(call):
            raise Refusal(400, "The cursor is not known, or belongs to another query", "invalidCursor")
        if cursor.expires < call.provider.clock.now():
            raise Refusal(400, "The cursor has expired; begin the query again", "expiredCursor")
        if count is not None and count != cursor.count:
            raise Refusal(400, f"count was {cursor.count} in the first request of this query", "invalidCount")
        return self._page(call, cursor.ids, cursor.position, cursor.count)

    def _page(self, call: Call, ids: tuple[str, ...], position: int, count: int) -> Page:
        found = (call.store.get(id) for id in ids[position : position + count])
        page = Page([record for record in found if record is not None], position + 1, len(ids))
        if 0 < count < len(ids) - position:
            name = call.provider.new_id()
            expires = call.provider.clock.now() + call.provider.options.cursor_seconds
            if len(self._open) >= _MOST_CURSORS:
                self._open.pop(next(iter(self._open)))
            self._open[name] = _Cursor(ids, position + count, count, _question(call), expires)
            page.cursor = name
        return page


def _question(call: Call) -> tuple[str, ...]:
    names = ("filter", "sortby", "sortorder")
    return (call.tenant, call.kind, *(call.parameters.get(name, "") for name in names))


def select(call: Call) -> Page:
    """The page the call asks for."""
    provider, parameters = call.provider, call.parameters
    count = _integer(parameters, "count")
    start = _integer(parameters, "startindex")
    size = provider.options.page_size if count is None else min(max(count, 0), provider.options.page_size)
    if provider.options.cursor and parameters.get("cursor"):
        return _piped(call, provider.cursors.follow(call, parameters["cursor"], count))
    plain = not ({"filter", "sortby"} & parameters.keys()) and call.type is not None and not provider.seams.select
    by_cursor = provider.options.cursor and (
        "cursor" in parameters or (start is None and provider.options.default_paging == "cursor")
    )
    if plain and not by_cursor:
        total = call.store.count(call.kind)
        first = max(start or 1, 1)
        rows = islice(call.store.each(call.kind), first - 1, first - 1 + size) if first <= total else ()
        page = Page(list(rows), first, total)
    else:
        records = _sorted(call, _filtered(call))
        for pipe in provider.seams.select:
            records = pipe(call, records)
        first = max(start or 1, 1)
        if by_cursor:
            page = provider.cursors.first(call, records, size)
        else:
            page = Page(records[first - 1 : first - 1 + size], first, len(records))
    if provider.options.refuse_large_lists and page.total > provider.options.max_results and count is None:
        raise Refusal(400, f"There are {page.total} results; filter, or ask for pages with count", "tooMany")
    return _piped(call, page)


def _piped(call: Call, page: Page) -> Page:
    for change in call.provider.seams.page:
        page = change(call, page)
    return page


def list_body(call: Call, page: Page) -> bytes:
    """The ListResponse; unprojected and unhooked representations are joined as the bytes they were cached as."""
    provider = call.provider
    by_cursor = provider.options.cursor and (page.cursor or "cursor" in call.parameters)
    envelope: Json = {"schemas": [urns.LIST_RESPONSE], "totalResults": page.total, "itemsPerPage": len(page.records)}
    if not by_cursor:
        envelope["startIndex"] = page.start
    if page.cursor:
        envelope["nextCursor"] = page.cursor
    if not page.records and not provider.options.empty_resources:
        pass
    elif provider.seams.transparent and not ({"attributes", "excludedattributes"} & call.parameters.keys()):
        raw = b",".join(provider.raw(call, record) for record in page.records)
        return json_body(envelope)[:-1] + b',"Resources":[' + raw + b"]}"
    else:
        envelope["Resources"] = [provider.shown(call, record) for record in page.records]
    for pipe in provider.seams.envelope:
        envelope = pipe(call, envelope)
    return json_body(envelope)


def paths_of(filter: Filter) -> Iterator[Path]:
    """Every path in the filter, those inside brackets included with their parent."""
    match filter:
        case And() | Or():
            for operand in filter.operands:
                yield from paths_of(operand)
        case Not():
            yield from paths_of(filter.operand)
        case Comparison() | Present() | ValuePath():
            yield filter.path


def _filtered(call: Call) -> list[Record]:
    text = call.parameters.get("filter")
    kinds = [call.type] if call.type is not None else call.provider.catalogue.types
    if text is None:
        return [record for type in kinds for record in call.store.all(type.name)]
    if not call.provider.options.filter:
        raise Refusal(501, "This provider does not filter")
    tree = call.provider.rules.parse(call, text)
    for path in paths_of(tree):
        attribute = call.provider.catalogue.set.find(path.name, None, path.urn)
        if attribute is not None and attribute.returned == "never":
            raise Refusal(400, f"{path.name} cannot be used in a filter", "invalidFilter")
    found: list[Record] = []
    try:
        for type in kinds:
            candidates, certain = _candidates(call, type.name, type.schema, tree)
            if certain:
                found += candidates
            else:
                found += [
                    record for record in candidates if call.provider.rules.match(call, tree, call.provider.view(call, record))
                ]
    except InvalidFilter as error:
        raise Refusal(400, str(error), "invalidFilter") from None
    return found


def _candidates(call: Call, kind: str, schema: str, tree: Filter) -> tuple[list[Record], bool]:
    """Records that may match, and whether they are known to: an index answers `eq`, and narrows an `and`."""
    provider, store = call.provider, call.store
    if not provider.indexes_decide:
        return store.all(kind), False
    if isinstance(tree, And):
        for operand in tree.operands:
            path = _indexable(operand, schema)
            if path and store.indexed(kind, path):
                return _candidates(call, kind, schema, operand)[0], False
    path = _indexable(tree, schema)
    if path is not None and isinstance(tree, Comparison) and isinstance(tree.value, str):
        if path.lower() == "id":
            record = store.get(tree.value, kind)
            return ([record] if record is not None else []), True
        if store.indexed(kind, path):
            return store.find(kind, path, tree.value), tree.path.filter is None
    return store.all(kind), False


def _indexable(tree: Filter, schema: str) -> str | None:
    """The dotted name of the attribute when the filter asks for equality with a text."""
    if not isinstance(tree, Comparison) or tree.operator != "eq" or not isinstance(tree.value, str):
        return None
    path = tree.path
    if path.urn is not None and path.urn.lower() != schema.lower():
        return None
    return path.name if path.sub is None else f"{path.name}.{path.sub}"


def _sorted(call: Call, records: list[Record]) -> list[Record]:
    by = call.parameters.get("sortby")
    if not by or not call.provider.options.sort:
        return records
    order = call.parameters.get("sortorder", "ascending").lower()
    if order not in ("ascending", "descending"):
        raise Refusal(400, "sortOrder is ascending or descending", "invalidValue")
    views = [call.provider.view(call, record) for record in records]
    ordered = call.provider.rules.sort(call, views, by, order == "descending")
    found = {record.id: record for record in records}
    return [found[view["id"]] for view in ordered]


def _integer(parameters: dict[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None or text == "":
        return None
    try:
        return max(-_LARGEST, min(int(text), _LARGEST))
    except ValueError:
        raise Refusal(400, f"{name} is {text[:40]!r}, which is no whole number", "invalidValue") from None
