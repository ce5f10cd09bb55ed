"""RFC 7644 section 3.3: creating resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import is_part, shown
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import created, meaningful, on, sighted, sightings
from scim_sim.problem import Problem
from scim_sim.scim.navigate import get
from scim_sim.wire import Exchange

__all__: list[str] = []


@check("rfc7644-3.3-create-201", when=created)
def creation_answers_201(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A successful creation answers 201."""
    if exchange.answer.status != 201:
        yield Problem("the creation is answered with another status", "201", f"{exchange.answer.status}", "http")


@check("rfc7644-3.3-create-location-header", when=created)
def created_has_location(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A 201 answer carries the Location of the new resource."""
    location = (exchange.answer.header("location") or "").strip()
    tail = location.rstrip("/").rpartition("/")[2]
    if not location:
        yield Problem("the answer has no Location header", "Location: <URI of the resource>", "absent", "header:Location")
    elif f"/{tail}" == view.look(exchange).endpoint:
        yield Problem("Location is the collection", "the URI of the new resource", location, "header:Location")


@check("rfc7644-3.3-create-returns-resource", when=created)
def creation_returns_the_resource(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The answer to a creation contains the new resource with its id."""
    reading = view.look(exchange)
    if reading.came is None:
        yield Problem(
            "the answer to the creation has no resource", "the resource as stored", f"{len(exchange.answer.body)} bytes"
        )
    elif reading.sightings and reading.sightings[0].complete and is_part(reading.came):
        yield Problem(
            "the answer to the creation holds a part of the resource", "the whole resource", shown(sorted(reading.came))
        )
    elif not reading.sightings or not reading.sightings[0].id:
        yield Problem("the answer to the creation holds no id", "the resource as stored", shown(sorted(reading.came)), "/id")


def _same_name(exchange: Exchange, view: View) -> Known | None:
    """A live resource of ours whose userName the creation takes."""
    reading = view.look(exchange)
    if reading.sent is None or reading.endpoint != "/Users":
        return None
    name = get(reading.sent, "userName")
    if not isinstance(name, str) or not name:
        return None
    for known in view.shadow.named(reading.endpoint, "userName", name):
        holds = get(known.state, "userName") if known.state is not None else None
        if known.alive and known.certain and isinstance(holds, str) and holds.casefold() == name.casefold():
            return known
    return None


def _collides(exchange: Exchange, view: View) -> tuple[str, ...]:
    known = _same_name(exchange, view)
    if known is None or not meaningful(exchange.answer.status):
        return ()
    reading = view.look(exchange)
    if exchange.answer.status == 400 and not view.is_usual(reading.endpoint, reading.sent):
        return ()  # something else may be wrong with it, and be looked at first
    name = get(reading.sent or {}, "userName")
    same = known.state is not None and get(known.state, "userName") == name
    return ("rfc7644-3.3-create-duplicate-409" if same else "rfc7643-4.1.1-username-unique-caseless",)


@check("rfc7644-3.3-create-duplicate-409", "rfc7643-4.1.1-username-unique-caseless", when=on("create"), applies=_collides)
def second_of_a_name_is_a_conflict(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A creation whose userName is taken, in any letter case, answers 409."""
    known = _same_name(exchange, view)
    name = get(view.look(exchange).sent or {}, "userName")
    if exchange.answer.ok:
        yield Problem(
            f"a second user {name} was created",
            "409 with scimType uniqueness",
            f"{exchange.answer.status}",
            "http",
            known.born if known else "",
        )
    elif exchange.answer.status != 409:
        yield Problem("a taken userName is refused with another status", "409", f"{exchange.answer.status}", "http")


def _client_id(exchange: Exchange, view: View) -> str:
    sent = view.look(exchange).sent
    value = get(sent, "id") if sent is not None else None
    return value if isinstance(value, str) else ""


@check("rfc7643-3.1-id-server-assigned", when=on("create", holding="parts"), applies=lambda e, v: bool(_client_id(e, v)))
def id_of_the_client_is_not_adopted(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An id sent by the client is not adopted."""
    if view.look(exchange).sightings[0].id == _client_id(exchange, view):
        yield Problem("the id of the client was adopted", "an id of the provider's own", _client_id(exchange, view), "/id")


def _identified(exchange: Exchange, view: View) -> bool:
    return any(s.id for s in sightings(exchange, view))


@check("rfc7643-3.1-id-not-reassigned", when=created, applies=lambda e, v: bool(v.shadow.gone) and _identified(e, v))
def deleted_id_is_not_given_again(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The id of a deleted resource is never given to another one."""
    id_ = view.look(exchange).sightings[0].id
    if id_ in view.shadow.gone:
        yield Problem("the id of a deleted resource was given again", "a new id", id_, "/id", view.shadow.gone[id_])


@check("rfc7643-3.1-id-unique", when=sighted, applies=_identified)
def id_is_unique_over_all_types(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No two resources of the provider share an id, whatever their type."""
    reading = view.look(exchange)
    for sighting in sightings(exchange, view):
        home = view.shadow.home(sighting.id)
        if home and home != sighting.endpoint and sighting.endpoint and view.shadow.anywhere(sighting.id) is not None:
            other = view.shadow.anywhere(sighting.id)
            if other is not None and other.ours:
                yield Problem(
                    f"a resource under {home} has the same id",
                    "an id of its own",
                    sighting.id,
                    f"{sighting.pointer}/id",
                    other.born,
                )
                return
        known = view.shadow.get(sighting.endpoint, sighting.id)
        if reading.operation == "create" and known is not None and known.alive:
            yield Problem("the id belongs to another resource already", "an id of its own", sighting.id, "/id", known.born)


def _left_behind(exchange: Exchange, view: View) -> bool:
    if not view.shadow.refused:
        return False
    return any(_orphan(view, s.endpoint, s.resource) for s in sightings(exchange, view)) or _looked_for(exchange, view)


def _orphan(view: View, endpoint: str, resource: Mapping[str, Any]) -> tuple[str, str] | None:
    name = get(resource, "userName" if endpoint == "/Users" else "displayName")
    return view.shadow.refused.get((endpoint, name.casefold())) if isinstance(name, str) else None


def _looked_for(exchange: Exchange, view: View) -> bool:
    """Whether a query asks for the name of a refused creation."""
    reading = view.look(exchange)
    if reading.operation not in ("list", "search"):
        return False
    text = str(reading.query.get("filter") or "").casefold()
    return any(f'"{name}"' in text for endpoint, name in view.shadow.refused if endpoint == reading.endpoint)


_ATOMIC: Final = "rfc7644-3.3-create-atomic-on-error"
_GUARDED: Final = "rfc7644-2-every-endpoint-protected"


_DANGLING: Final = "rfc7643-2.3.7-create-dangling-member"


@check(
    _ATOMIC,
    _GUARDED,
    _DANGLING,
    when=on("read", "list", "search", ok=True),
    applies=lambda e, v: (_ATOMIC,) if _left_behind(e, v) else (),
)
def refused_creation_leaves_nothing(exchange: Exchange, view: View) -> Iterator[At]:
    """A refused creation leaves nothing behind."""
    for sighting in sightings(exchange, view):
        known = view.shadow.get(sighting.endpoint, sighting.id)
        orphan = _orphan(view, sighting.endpoint, sighting.resource)
        if orphan is None or (known is not None and known.ours):
            continue
        refused, status = orphan
        requirement = _GUARDED if status in ("401", "403") else _ATOMIC
        is_user = sighting.endpoint == "/Users"
        name = shown(get(sighting.resource, "userName" if is_user else "displayName"))
        said = f"the creation was refused with {status}, and the {'user' if is_user else 'group'} is there"
        problem = Problem(said, "nothing", name, sighting.pointer, refused)
        yield At(requirement, problem)
        if not is_user and requirement == _ATOMIC:
            yield At(_DANGLING, problem)
