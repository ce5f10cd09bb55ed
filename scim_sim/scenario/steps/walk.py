"""A walk through a collection, page by page, as a client does that wants to see everything."""

from __future__ import annotations

from typing import Any, Literal

from scim_sim.problem import Problem
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.wire import Exchange

__all__: list[str] = []

_MOST_PAGES = 60


@step("walk")
def walk(
    stage: Stage, path: str, count: int = 4, by: Literal["index", "cursor"] = "index", query: dict[str, Any] | None = None
) -> None:
    """Read all pages of a collection, `count` resources each, by `index` (startIndex) or by `cursor` (RFC 9865).

    Every page is judged by the checks; a walk by cursor has to show each resource once and to end. A walk stops after 60
    pages, so that a large directory is not read in full.
    """
    filled = stage.fill(dict(query or {}))
    if by == "cursor":
        _by_cursor(stage, stage.fill(path), count, filled)
    else:
        _by_index(stage, stage.fill(path), count, filled)


def _by_index(stage: Stage, path: str, count: int, query: dict[str, Any]) -> None:
    start = 1
    for page in range(1, _MOST_PAGES + 1):
        wanted = {**query, "startIndex": start, "count": count}
        exchange = stage.ask(harness_request("GET", path, query=wanted, label=f"page {page}"))
        body = _body(exchange)
        items, total = body.get("Resources"), body.get("totalResults")
        if not isinstance(items, list) or not items or not isinstance(total, int):
            return
        start += len(items)
        if start > total:
            return


def _by_cursor(stage: Stage, path: str, count: int, query: dict[str, Any]) -> None:
    cursor, seen, total = "", set[str](), None
    problem: Problem | None = None
    for page in range(1, _MOST_PAGES + 1):
        wanted = {**query, "cursor": cursor, "count": count}
        exchange = stage.ask(harness_request("GET", path, query=wanted, label=f"page {page}"))
        body = _body(exchange)
        if cursor and exchange.response is not None and not exchange.response.ok:
            status = str(exchange.response.status)
            problem = problem or Problem("a cursor that the target has given leads nowhere", "a page", status, "http")
        ids = [item.get("id") for item in body.get("Resources") or () if isinstance(item, dict)]
        again = next((i for i in ids if i in seen), None)
        if again is not None:
            problem = problem or Problem("a resource is on two pages of a cursor walk", "on one", str(again), "/Resources")
        seen.update(str(i) for i in ids)
        total = body.get("totalResults", total)
        following = body.get("nextCursor")
        if not isinstance(following, str) or not following:
            break
        cursor = following
    else:
        return
    if isinstance(total, int) and len(seen) < total:
        problem = problem or Problem("a cursor walk does not show everything", f"{total}", f"{len(seen)}", "/Resources")
    for requirement in stage.step.requirements:
        stage.finding("cursor_walk_is_complete", requirement, problem)


def _body(exchange: Exchange) -> dict[str, Any]:
    if exchange.response is None or not exchange.response.ok:
        return {}
    return exchange.response.json_object() or {}
