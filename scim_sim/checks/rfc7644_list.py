"""RFC 7644 section 3.4.2: the ListResponse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from scim_sim.checks.check import check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import listed, on
from scim_sim.problem import Problem
from scim_sim.scim.urns import LIST_RESPONSE
from scim_sim.wire import Exchange

__all__: list[str] = []


def _came(exchange: Exchange, view: View) -> Mapping[str, Any]:
    return view.look(exchange).came or {}


def _total(exchange: Exchange, view: View) -> int | None:
    value = _came(exchange, view).get("totalResults")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@check("rfc7644-3.4.2-list-envelope", when=on("list", "search", ok=True))
def query_answers_a_list_response(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Query answers are ListResponse messages with status 200."""
    came = view.look(exchange).came
    if exchange.answer.status != 200:
        yield Problem("the query is answered with another status", "200", f"{exchange.answer.status}", "http")
    if came is None:
        actual = "a bare array" if exchange.answer.body.lstrip().startswith(b"[") else shown(exchange.answer.text)
        yield Problem("the answer is no ListResponse", "an object", actual)
        return
    schemas = came.get("schemas")
    if not isinstance(schemas, list) or LIST_RESPONSE not in schemas:
        yield Problem("the answer does not name the ListResponse schema", LIST_RESPONSE, shown(schemas), "/schemas")
    items = came.get("Resources")
    if "Resources" not in came and any(k.lower() == "resources" for k in came):
        yield Problem("Resources is spelled in another letter case", "Resources", shown(sorted(came)), "")
    if items is not None and not isinstance(items, list):
        yield Problem("Resources is no array", "an array", shown(items), "/Resources")
    elif isinstance(items, list) and any(not isinstance(i, dict) for i in items):
        yield Problem("an item of Resources is no object", "objects", shown(items), "/Resources")


@check("rfc7644-3.4.2-totalresults-integer", when=listed)
def total_results_is_an_integer(exchange: Exchange, view: View) -> Iterator[Problem]:
    """totalResults is present as a JSON integer."""
    value = _came(exchange, view).get("totalResults")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield Problem("totalResults is no integer", "an integer of zero or more", shown(value), "/totalResults")


def _has_results(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    total, count, start = _total(exchange, view), reading.number("count"), reading.number("startIndex") or 1
    return total is not None and total > 0 and (count is None or count > 0) and start <= total and "cursor" not in reading.query


@check("rfc7644-3.4.2-resources-when-nonzero", when=listed, applies=_has_results)
def resources_are_there_when_there_are_results(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Resources is present whenever totalResults is above zero."""
    items = _came(exchange, view).get("Resources")
    if isinstance(items, list) and any(not isinstance(item, dict) for item in items):
        yield Problem("an item of Resources is no object", "an array of objects", shown(items), "/Resources")
    elif not isinstance(items, list) or not items:
        yield Problem("totalResults is above zero and there are no Resources", "an array of objects", shown(items), "/Resources")


def _nothing_found(exchange: Exchange, view: View) -> bool:
    """A query that finds nothing: an empty list, or a refusal that stands for one."""
    reading = view.look(exchange)
    if not reading.query.get("filter"):
        return False
    if exchange.answer.status == 404:  # to a search it may say that there is no /.search
        return reading.operation == "list" and reading.type is not None and (reading.authorised or not view.saw_credentials)
    return _total(exchange, view) == 0


@check("rfc7644-3.4.2-no-match-200", when=on("list", "search", status=(200, 404)), applies=_nothing_found)
def query_without_matches_succeeds(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A query without matches answers 200 with totalResults 0."""
    came = _came(exchange, view)
    if exchange.answer.status == 404:
        yield Problem("a query without matches answers 404", "200 with totalResults 0", "404", "http")
    elif "Resources" in came and came["Resources"] is None:
        yield Problem("Resources is null", "[] or absent", "null", "/Resources")
    elif came.get("Resources"):
        yield Problem("totalResults is 0 and there are Resources", "none", f"{len(came['Resources'])}", "/Resources")


def _partial(exchange: Exchange, view: View) -> bool:
    total, reading = _total(exchange, view), view.look(exchange)
    return total is not None and len(reading.sightings) < total and "cursor" not in reading.query


@check("rfc7644-3.4.2-partial-needs-paging-fields", when=listed, applies=_partial)
def partial_answer_says_which_part(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A partial answer states startIndex and itemsPerPage as integers."""
    came = _came(exchange, view)
    if came.get("nextCursor") is not None and view.declared.cursor:
        return
    for name in ("startIndex", "itemsPerPage"):
        value = came.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(f"a partial answer lacks {name}", "an integer", shown(value), f"/{name}")


@check("rfc7644-3.4.2.4-itemsperpage-is-count", when=listed, applies=lambda e, v: "itemsPerPage" in _came(e, v))
def items_per_page_is_the_number_of_items(exchange: Exchange, view: View) -> Iterator[Problem]:
    """itemsPerPage is the number of resources on the page."""
    came = _came(exchange, view)
    items = came.get("Resources")
    count = len(items) if isinstance(items, list) else 0
    if came["itemsPerPage"] != count:
        yield Problem("itemsPerPage is not the number of resources", f"{count}", shown(came["itemsPerPage"]), "/itemsPerPage")


@check("rfc7644-3.4.2-list-unique-items", when=listed, applies=lambda e, v: len(v.look(e).sightings) > 1)
def no_resource_occurs_twice(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No resource occurs twice in one result."""
    ids = Counter((s.endpoint, s.id) for s in view.look(exchange).sightings if s.id)
    for (_, id_), count in ids.items():
        if count > 1:
            yield Problem(f"a resource occurs {count} times in one list", "once", id_, "/Resources")
