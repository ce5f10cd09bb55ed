"""RFC 7644 section 3.5.1: replacing with PUT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import is_part, shown
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.wire import Exchange

__all__: list[str] = []

replaced: Final = on("replace", ok=True)


def _on_alive(exchange: Exchange, view: View) -> bool:
    known = view.known(exchange)
    return known is not None and known.alive


@check("rfc7644-3.5-put-supported", when=on("replace"), applies=_on_alive)
def put_is_available(exchange: Exchange, view: View) -> Iterator[Problem]:
    """PUT is available for every modifiable resource type."""
    if exchange.answer.status in (405, 501):
        yield Problem("PUT is refused altogether", "200", f"{exchange.answer.status}", "http")


@check("rfc7644-3.5.1-put-200-body", when=replaced)
def replacement_answers_200_with_the_resource(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A successful PUT answers 200 with the whole resource."""
    reading = view.look(exchange)
    if exchange.answer.status != 200:
        yield Problem("the PUT is answered with another status", "200", f"{exchange.answer.status}", "http")
    elif reading.sightings and reading.sightings[0].complete and is_part(reading.came or {}):
        yield Problem(
            "the answer to the PUT holds a part of the resource", "the whole resource", shown(sorted(reading.came or {}))
        )
    elif not reading.sightings or not reading.sightings[0].id:
        yield Problem("the answer to the PUT holds no resource", "the whole resource", f"{len(exchange.answer.body)} bytes")


@check("rfc7644-3.5.1-put-never-creates", when=replaced)
def put_creates_nothing(exchange: Exchange, view: View) -> Iterator[Problem]:
    """PUT on an unknown id creates nothing."""
    if exchange.answer.status == 201:
        yield Problem("the PUT has created a resource", "404 for an unknown id", "201", "http")


def _without_name(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    if reading.sent is None or exchange.answer.status in (401, 403, 404, 405, 412, 429, 501):
        return False
    name = {"/Users": "userName", "/Groups": "displayName"}.get(reading.endpoint)
    return name is not None and get(reading.sent, name) in (None, "") and exchange.answer.status < 500


@check("rfc7644-3.5.1-put-required-missing", when=on("replace"), applies=_without_name)
def put_without_the_name_is_refused(exchange: Exchange, view: View) -> Iterator[At]:
    """PUT without a required attribute is refused; a provider that keeps what is left out may keep the name."""
    if exchange.answer.ok:
        reading = view.look(exchange)
        name = {"/Users": "userName", "/Groups": "displayName"}[reading.endpoint]
        kept = reading.resource is None or get(reading.resource, name) not in (None, "")
        problem = Problem("a PUT without the required name is accepted", "400", f"{exchange.answer.status}", "http")
        yield At("rfc7644-3.5.1-put-required-missing", problem, "MAY" if kept else "")


def _read_only(exchange: Exchange, view: View) -> bool:
    known = view.known(exchange)
    return known is not None and known.alive and known.certain


@check("rfc7644-3.5.1-put-readonly-ignored", when=on("replace", holding="parts"), applies=_read_only)
def put_leaves_read_only_attributes(exchange: Exchange, view: View) -> Iterator[Problem]:
    """readOnly attributes in a PUT are ignored: created, resourceType, id and groups stay as they were."""
    reading = view.look(exchange)
    known = view.known(exchange)
    before = known.state if known is not None and known.state is not None else {}
    sent, came = reading.sent or {}, reading.resource or {}
    for name in ("created", "resourceType", "location"):
        asked, was, now = (get(_meta(r), name) for r in (sent, before, came))
        if asked is not None and asked != was and asked == now:
            yield Problem(f"meta.{name} was taken over from the client", shown(was), shown(now), f"/meta/{name}")
    asked, was, now = (_values(get(r, "groups")) for r in (sent, before, came))
    if asked - was and now & (asked - was):
        yield Problem("groups was written by a PUT", shown(sorted(was)), shown(sorted(now)), "/groups")


def _meta(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    value = get(resource, "meta")
    return value if isinstance(value, OBJECT) else {}


def _values(groups: Any) -> set[str]:
    items = groups if isinstance(groups, list) else []
    return {str(get(g, "value")) for g in items if isinstance(g, OBJECT)}
