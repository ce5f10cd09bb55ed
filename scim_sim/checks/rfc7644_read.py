"""RFC 7644 section 3.4.1 and 3.6: reading one resource, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import meaningful, on
from scim_sim.problem import Problem
from scim_sim.wire import Exchange

__all__: list[str] = []

_KNOWN: Final = "rfc7644-3.4.1-read-200"
_FRESH: Final = "rfc7644-3.4.1-create-readable"
_INACTIVE: Final = "rfc7644-3.6-read-inactive"
_GROUP_GONE: Final = "rfc7644-3.6-delete-group-keeps-users"


def _alive(exchange: Exchange, view: View) -> Known | None:
    """The record of the resource that is read, when it has to be there and the answer speaks of it."""
    if not view.look(exchange).authorised and view.saw_credentials:
        return None
    known, status = view.known(exchange), exchange.answer.status
    if known is None or not known.alive or not meaningful(status):
        return None
    return known if status not in (304, 400, 406, 412) else None


def _reads(exchange: Exchange, view: View) -> tuple[str, ...]:
    known = _alive(exchange, view)
    if known is None:
        return ()
    found = [_KNOWN]
    if not known.read:
        found.append(_FRESH)
    if known.inactive:
        found.append(_INACTIVE)
    if known.endpoint == "/Users" and view.notes.get("group gone"):
        found.append(_GROUP_GONE)
    return tuple(found)


@check(_KNOWN, _FRESH, _INACTIVE, _GROUP_GONE, when=on("read"), applies=_reads)
def known_resource_is_read(exchange: Exchange, view: View) -> Iterator[At]:
    """A resource that was created and not deleted is returned with 200 under its endpoint and id."""
    reading = view.look(exchange)
    known = _alive(exchange, view)
    if exchange.answer.status != 200 and known is not None:
        what = "a deactivated user" if known.inactive else "a resource that was created"
        problem = Problem(f"{what} cannot be read", "200", f"{exchange.answer.status}", "http", known.written or known.born)
        yield from (At(requirement, problem) for requirement in _reads(exchange, view))
    elif reading.sightings and reading.sightings[0].id and reading.sightings[0].id != reading.id:
        yield At(_KNOWN, Problem("another resource came", reading.id, shown(reading.sightings[0].id), "/id"))


def _strange(exchange: Exchange, view: View) -> bool:
    """A read of an id that nobody knows, answered with a resource."""
    return view.known(exchange) is None


@check(_KNOWN, when=on("read", holding="parts"), applies=_strange)
def nobody_else_is_read(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Whatever id is asked for, no resource of another id comes; letter case apart, which has a rule of its own."""
    asked, came = view.look(exchange).id, view.look(exchange).sightings[0].id
    if came and came.casefold() != asked.casefold():
        yield Problem("another resource came", f"404, or the resource {asked[:60]}", shown(came), "/id")


def _buried(exchange: Exchange, view: View) -> bool:
    known, status = view.known(exchange), exchange.answer.status
    return known is not None and known.deleted != "" and meaningful(status) and status not in (405, 501)


@check("rfc7644-3.6-deleted-404", when=on("read", "replace", "patch", "delete"), applies=_buried)
def deleted_resource_is_gone(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Every later operation on a deleted resource answers 404."""
    known = view.known(exchange)
    if exchange.answer.status != 404:
        said = f"{exchange.request.method} on a deleted resource does not answer 404"
        yield Problem(said, "404", f"{exchange.answer.status}", "http", known.deleted if known is not None else "")


def _foreign(exchange: Exchange, view: View) -> bool:
    """A read of an id that belongs to another endpoint."""
    reading = view.look(exchange)
    if not meaningful(exchange.answer.status):
        return False
    other = view.shadow.anywhere(reading.id)
    if other is None or not other.alive or other.endpoint == reading.endpoint:
        return False
    return view.known(exchange) is None


@check("rfc7644-3.4.1-read-wrong-type-404", when=on("read"), applies=_foreign)
def id_is_served_under_its_own_endpoint(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An id of one type is not served under the endpoint of another type."""
    reading = view.look(exchange)
    if exchange.answer.ok and reading.sightings and reading.sightings[0].id == reading.id:
        yield Problem(f"{reading.endpoint} serves a resource of another type", "404", f"{exchange.answer.status}", "http")


@check("rfc7643-3.1-id-stable", when=on("replace", "patch", holding="parts"))
def id_stays_the_same(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The id of a resource does not change when it is written."""
    reading = view.look(exchange)
    came = reading.sightings[0].id
    if came and came != reading.id:
        yield Problem("the answer carries another id", reading.id, came, "/id")
