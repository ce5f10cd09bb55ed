"""RFC 7644 section 3.4.2.4 and RFC 9865: pages, and walks through them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.walks import Walk, key_of_walk
from scim_sim.checks.when import listed, on
from scim_sim.problem import Problem
from scim_sim.wire import Exchange

__all__: list[str] = []

_COVER: Final = "rfc7644-3.4.2.4-pages-cover-all"
_GROUPS: Final = "rfc7644-3.4.2.4-groups-paging"
_EXACT: Final = 2**53
"""Beyond this a JSON number is not exact everywhere (RFC 8259 section 6)."""
_STABLE: Final = "rfc7644-3.4.2.4-list-stable-order"


def _said(exchange: Exchange, view: View, name: str) -> Any:
    return (view.look(exchange).came or {}).get(name)


def _counted(exchange: Exchange, view: View) -> tuple[str, ...]:
    count = view.look(exchange).number("count")
    if count is None:
        return ()
    if count > 0:
        return ("rfc7644-3.4.2.4-count-upper-bound",)
    return ("rfc7644-3.4.2.4-count-zero",) if count == 0 else ("rfc7644-3.4.2.4-count-negative",)


@check(
    "rfc7644-3.4.2.4-count-upper-bound",
    "rfc7644-3.4.2.4-count-zero",
    "rfc7644-3.4.2.4-count-negative",
    when=listed,
    applies=_counted,
)
def page_holds_no_more_than_asked_for(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A page never holds more resources than count asks for; a negative count means 0."""
    reading = view.look(exchange)
    count = max(0, reading.number("count") or 0)
    if len(reading.sightings) > count:
        said = f"the page holds more than count={reading.number('count')} asks for"
        yield Problem(said, f"at most {count}", f"{len(reading.sightings)}", "/Resources")


def _limited(exchange: Exchange, view: View) -> bool:
    return view.declared.limit("filter", "maxResults") is not None


@check("rfc7643-5-maxresults-respected", when=listed, applies=_limited)
def page_respects_the_announced_limit(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No answer holds more resources than filter.maxResults announces."""
    most = view.declared.limit("filter", "maxResults") or 0
    if len(view.look(exchange).sightings) > most:
        yield Problem(
            "the answer holds more than maxResults", f"at most {most}", f"{len(view.look(exchange).sightings)}", "/Resources"
        )


def _started(exchange: Exchange, view: View) -> tuple[str, ...]:
    start = view.look(exchange).number("startIndex")
    if start is None:
        return ()
    if start < 1:
        return ("rfc7644-3.4.2.4-startindex-below-one",)
    return ("rfc7644-3.4.2.4-startindex-echo",) if _said(exchange, view, "startIndex") is not None else ()


@check("rfc7644-3.4.2.4-startindex-below-one", "rfc7644-3.4.2.4-startindex-echo", when=listed, applies=_started)
def answer_names_its_first_index(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The answer names the index of its first item; below 1 counts as 1."""
    start, said = view.look(exchange).number("startIndex") or 0, _said(exchange, view, "startIndex")
    wanted = max(1, start)
    if wanted > _EXACT:
        return
    if said is not None and said != wanted and (view.look(exchange).sightings or start < 1):
        yield Problem("startIndex is not that of the first item", f"{wanted}", shown(said), "/startIndex")


def _out_of_range(exchange: Exchange, view: View) -> tuple[str, ...]:
    reading = view.look(exchange)
    start = reading.number("startIndex")
    if start is None or (exchange.answer.ok and reading.came is None):
        return ()
    if start < 1:
        return ("rfc7644-3.4.2.4-startindex-below-one",)
    total = _said(exchange, view, "totalResults") if exchange.answer.ok else None
    known = view.walks.totals.get(reading.endpoint)
    if total is None and known is not None and not reading.query.get("filter"):
        total = known[0]
    beyond = isinstance(total, int) and start > total and "cursor" not in reading.query
    return ("rfc7644-3.4.2.4-startindex-beyond-end",) if beyond else ()


@check(
    "rfc7644-3.4.2.4-startindex-below-one",
    "rfc7644-3.4.2.4-startindex-beyond-end",
    when=on("list", "search", status=(200, 400, 404, 500)),
    applies=_out_of_range,
)
def index_out_of_range_is_no_error(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A startIndex below 1 or beyond the last result is answered with a page, not refused."""
    start, found = view.look(exchange).number("startIndex") or 0, len(view.look(exchange).sightings)
    if not exchange.answer.ok:
        yield Problem(f"startIndex={start} is refused", "200", f"{exchange.answer.status}", "http")
    elif start > 0 and found:
        yield Problem("there are resources beyond the end", "none", f"{found}", "/Resources")


def _walk(exchange: Exchange, view: View) -> Walk | None:
    return view.walks.get(view.look(exchange), view.shadow.writes)


def _paged(exchange: Exchange, view: View) -> tuple[str, ...]:
    reading = view.look(exchange)
    if "cursor" in reading.query or not view.surroundings.alone:
        return ()
    count, start = reading.number("count"), reading.number("startIndex")
    if _walk(exchange, view) is None and not (count and (start or 1) <= 1):
        return ()
    return (_COVER, _GROUPS) if reading.endpoint == "/Groups" else (_COVER,)


@check(_COVER, _GROUPS, when=listed, applies=_paged)
def pages_cover_everything_once(exchange: Exchange, view: View) -> Iterator[At]:
    """Walking the pages yields every resource exactly once, with the same total on each page."""
    level = "MAY" if _disturbed(exchange, view) else ""
    for problem in _walked(exchange, view):
        yield from (At(requirement, problem, level) for requirement in _paged(exchange, view))


def _disturbed(exchange: Exchange, view: View) -> bool:
    """Whether others may have written meanwhile: the total moved in a walk that also shows resources of theirs."""
    reading, walk = view.look(exchange), _walk(exchange, view)
    if walk is None or reading.query.get("filter"):
        return False
    moved = walk.moved or walk.total not in (None, _said(exchange, view, "totalResults"))
    ids = (*walk.ids, *(s.id for s in reading.sightings))
    return moved and any((known := view.shadow.get(reading.endpoint, i)) is None or not known.ours for i in ids)


def _walked(exchange: Exchange, view: View) -> Iterator[Problem]:
    reading, walk = view.look(exchange), _walk(exchange, view)
    total = _said(exchange, view, "totalResults")
    ids = [s.id for s in reading.sightings if s.id]
    before = walk.ids if walk is not None else {}
    if walk is not None and walk.total is not None and total != walk.total:
        yield Problem("the total differs from page to page", f"{walk.total}", shown(total), "/totalResults", walk.began)
    again = next((i for i in ids if i in before), None)
    if again is not None:
        yield Problem("a resource is on two pages", "on one", again, "/Resources", before[again])
    if not isinstance(total, int) or isinstance(total, bool):
        return
    start = max(1, reading.number("startIndex") or 1)
    done = start - 1 + len(ids)
    if done < total and not ids and (reading.number("count") or 1) > 0:
        yield Problem("the walk ends before all were seen", f"{total} resources", f"{len(before)}", "/Resources")
    if done >= total and (walk is not None or start == 1):
        union = set(before) | set(ids)
        missing = _missing(exchange, view, union)
        if missing:
            yield Problem("a resource is on none of the pages", missing, f"{len(union)} others", "/Resources")


def _missing(exchange: Exchange, view: View, union: set[str]) -> str:
    """The id of a resource of ours that an unfiltered walk did not show."""
    reading = view.look(exchange)
    if reading.query.get("filter") or not reading.endpoint:
        return ""
    key = f"walk {reading.endpoint}"
    if view.notes.get(key) == view.shadow.writes:
        return ""
    view.notes[key] = view.shadow.writes
    return next((k.id for k in view.shadow.ours(reading.endpoint) if k.id not in union), "")


def _second_walk(exchange: Exchange, view: View) -> bool:
    return _finishing(exchange, view) is not None


def _finishing(exchange: Exchange, view: View) -> tuple[int, int] | None:
    """The hashes of this walk and of an earlier one over the same pages, when this page ends it."""
    reading, walk = view.look(exchange), _walk(exchange, view)
    total = _said(exchange, view, "totalResults")
    if walk is None or not isinstance(total, int):
        return None
    earlier = view.walks.finished.get((*key_of_walk(reading), total))
    if earlier is None or earlier[1] != view.shadow.writes:
        return None
    if walk.next + len(reading.sightings) <= total:
        return None
    return hash((*walk.ids, *(s.id for s in reading.sightings))), earlier[0]


@check(_STABLE, when=listed, applies=_second_walk)
def order_stays_the_same(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The order of results stays the same from walk to walk while data does not change."""
    both = _finishing(exchange, view)
    if both is not None and both[0] != both[1]:
        yield Problem("two walks over the same data gave different orders", "the same order", "another order", "/Resources")


# -- cursors --------------------------------------------------------------------------------------------------------------


def _cursor(exchange: Exchange, view: View) -> bool:
    return _said(exchange, view, "nextCursor") is not None


@check("rfc9865-2-cursor-url-safe", when=listed, applies=_cursor)
def cursor_is_url_safe(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Cursors consist of unreserved URL characters."""
    value = _said(exchange, view, "nextCursor")
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~-]+", value):
        yield Problem("the cursor is not safe in a URL", "letters, digits, - . _ ~", shown(value), "/nextCursor")


def _first_cursor_page(exchange: Exchange, view: View) -> bool:
    return view.look(exchange).query.get("cursor") == ""


@check("rfc9865-2-no-previous-on-first", when=listed, applies=_first_cursor_page)
def first_page_has_no_previous(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The first page of a cursor query has no previousCursor."""
    value = _said(exchange, view, "previousCursor")
    if value is not None:
        yield Problem("the first page has a previousCursor", "absent", shown(value), "/previousCursor")


def _without_method(exchange: Exchange, view: View) -> bool:
    """A part of a list whose request names neither index nor cursor, where both are supported and one is the default."""
    declared, reading = view.declared, view.look(exchange)
    if not (declared.cursor and declared.index and declared.paging in ("cursor", "index")):
        return False
    total = _said(exchange, view, "totalResults")
    named = {"cursor", "startIndex"} & set(reading.query)
    return not named and isinstance(total, int) and 0 < len(reading.sightings) < total


@check("rfc9865-2.4-default-method", when=listed, applies=_without_method)
def default_paging_method_is_the_announced_one(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A provider with both methods uses the announced default when the client names none."""
    by_cursor = _said(exchange, view, "nextCursor") is not None
    if by_cursor != (view.declared.paging == "cursor"):
        yield Problem(
            "the page is not made by the default method", view.declared.paging, "cursor" if by_cursor else "index", "/nextCursor"
        )


@check(
    "rfc9865-4-spc-pagination-advertised",
    when=listed,
    applies=lambda e, v: _cursor(e, v) and "ServiceProviderConfig" in v.declared.known,
)
def cursor_paging_is_announced(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A provider that pages with cursors says so in the configuration."""
    if view.declared.cursor is not True:
        yield Problem(
            "cursors are used and not announced", "pagination.cursor = true", shown(view.declared.cursor), "/nextCursor"
        )
