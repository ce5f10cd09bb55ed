"""RFC 7643 section 3.1: `meta`, and what it says of a resource over its life."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import gaps, shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import created, on, sighted, sightings, whole_sighted
from scim_sim.problem import Problem
from scim_sim.scim.declared import Declared
from scim_sim.scim.filter import instant
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.wire import Exchange

__all__: list[str] = []

_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_SLACK: Final = timedelta(seconds=2)
_HALF_AN_HOUR: Final = timedelta(minutes=29)
"""Clocks are not so far apart, and no time zone is nearer to another."""


def _meta(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    value = get(resource, "meta")
    return value if isinstance(value, OBJECT) else {}


def _with_meta(exchange: Exchange, view: View) -> bool:
    return any(_meta(s.resource) for s in sightings(exchange, view))


@check("rfc7643-3.1-meta-assigned", when=whole_sighted)
def meta_is_filled_in(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Every complete resource has meta with resourceType, created, lastModified and location, and created never changes."""
    for sighting in sightings(exchange, view):
        meta = _meta(sighting.resource)
        missing = [n for n in ("resourceType", "created", "lastModified", "location") if not get(meta, n)]
        if missing:
            yield Problem(f"meta lacks {', '.join(missing)}", "all four members", shown(sorted(meta)), f"{sighting.pointer}/meta")
        known = view.shadow.get(sighting.endpoint, sighting.id)
        now = get(meta, "created")
        before = known.created if known is not None and known.ours and not known.deleted else ""
        if known is not None and before and isinstance(now, str) and instant(now) != instant(before):
            yield Problem("meta.created has changed", known.created, now, f"{sighting.pointer}/meta/created", known.born)


def _judged_types(exchange: Exchange, view: View) -> tuple[str, ...]:
    if not _with_meta(exchange, view):
        return ()
    listing = view.look(exchange).operation in ("list", "search")
    known = ("rfc7643-6-rt-name-matches-meta",) if "ResourceTypes" in view.declared.known else ()
    return ("rfc7644-3.3.1-meta-resourcetype", *(("rfc7644-3.4.2.1-list-only-own-type",) if listing else ()), *known)


@check(
    "rfc7644-3.3.1-meta-resourcetype",
    "rfc7644-3.4.2.1-list-only-own-type",
    "rfc7643-6-rt-name-matches-meta",
    when=sighted,
    applies=_judged_types,
)
def meta_names_the_resource_type(exchange: Exchange, view: View) -> Iterator[At]:
    """The resource type in meta is the one that belongs to the endpoint, in the same letter case."""
    listing = view.look(exchange).operation in ("list", "search")
    for sighting in sightings(exchange, view):
        kind = view.declared.type_at(sighting.endpoint)
        said = get(_meta(sighting.resource), "resourceType")
        if kind is None or not kind.name or said is None or said == kind.name:
            continue
        problem = Problem(
            "meta.resourceType is not that of the endpoint", kind.name, shown(said), f"{sighting.pointer}/meta/resourceType"
        )
        names = {t.name for t in view.declared.resource_types}
        if said not in names and "ResourceTypes" in view.declared.known:
            yield At("rfc7643-6-rt-name-matches-meta", problem)
        yield At(
            "rfc7644-3.4.2.1-list-only-own-type" if listing and said in names else "rfc7644-3.3.1-meta-resourcetype", problem
        )


new: Final = on("create", holding="parts")
"""A resource was created and is shown."""


def _new(exchange: Exchange, view: View) -> bool:
    return bool(get(_meta(view.look(exchange).resource or {}), "created"))


@check("rfc7643-3.1-created-equals-lastmodified", when=new, applies=_new)
def new_resource_was_never_changed(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A resource that was never changed has equal created and lastModified."""
    meta = _meta(view.look(exchange).resource or {})
    first, last = get(meta, "created"), get(meta, "lastModified")
    left, right = (instant(v) if isinstance(v, str) else None for v in (first, last))
    if left is not None and right is not None and abs(right - left) > timedelta(milliseconds=100):
        yield Problem("a new resource says it was changed", f"lastModified = {first}", shown(last), "/meta/lastModified")


def _dated(exchange: Exchange, view: View) -> bool:
    return _new(exchange, view) and exchange.answer.header("date") is not None


@check("rfc7643-3.1-meta-assigned", when=new, applies=_dated)
def new_resource_is_of_this_hour(exchange: Exchange, view: View) -> Iterator[At]:
    """The instant at which a resource was created is that of the answer, and not one of another time zone."""
    said, date = get(_meta(view.look(exchange).resource or {}), "created"), exchange.answer.header("date") or ""
    born = instant(str(said))
    try:
        apart = abs(parsedate_to_datetime(date) - born) if born is not None else timedelta()
    except (TypeError, ValueError):
        return
    if apart > _HALF_AN_HOUR:
        problem = Problem(
            "a new resource was created at another time than the answer was sent", date, shown(said), "/meta/created"
        )
        yield At("rfc7643-3.1-meta-assigned", problem, "SHOULD")


@check("rfc7643-3.1-meta-client-values-ignored", when=created, applies=lambda e, v: _sent_meta(e, v) is not None)
def meta_of_the_client_is_ignored(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Values that a client puts into meta are not adopted."""
    sent, came = _sent_meta(exchange, view) or {}, _meta(view.look(exchange).resource or {})
    for name in ("created", "lastModified", "location", "version"):
        value = get(sent, name)
        if value is not None and value == get(came, name):
            yield Problem(f"meta.{name} is the client's", "a value of the provider's own", shown(value), f"/meta/{name}")


def _sent_meta(exchange: Exchange, view: View) -> Mapping[str, Any] | None:
    sent = view.look(exchange).sent
    value = get(sent, "meta") if sent is not None else None
    return value if isinstance(value, OBJECT) else None


def _timed(exchange: Exchange, view: View) -> bool:
    return any(_before(exchange, view, s) for s in sightings(exchange, view))


def _before(exchange: Exchange, view: View, sighting: Sighting) -> str:
    known = view.shadow.get(sighting.endpoint, sighting.id)
    return known.modified if known is not None and known.ours and not known.deleted else ""


_MODIFIED: Final = "rfc7643-3.1-lastmodified-advances"


@check(_MODIFIED, when=sighted, applies=_timed)
def last_modified_moves_with_changes(exchange: Exchange, view: View) -> Iterator[At]:
    """lastModified never goes back, moves forward when the resource changes, and stands when nobody writes."""
    for sighting in sightings(exchange, view):
        before, now = _before(exchange, view, sighting), get(_meta(sighting.resource), "lastModified")
        left, right = (instant(v) if isinstance(v, str) else None for v in (before, now))
        if left is None or right is None:
            continue
        where = f"{sighting.pointer}/meta/lastModified"
        known = view.shadow.get(sighting.endpoint, sighting.id)
        if right < left:
            yield At(_MODIFIED, Problem("lastModified has gone back", f"{before} or later", shown(now), where))
        elif right == left and known is not None and _changed(exchange, view, sighting):
            said = "lastModified did not move although the resource changed"
            if left.microsecond or _later_than(exchange, view, right):
                yield At(_MODIFIED, Problem(said, f"later than {before}", shown(now), where, known.written))
        elif right > left and known is not None and known.drifts and view.stands(known) and exchange.request.method == "GET":
            said = "lastModified moves again and again although nobody writes"
            yield At(_MODIFIED, Problem(said, before, shown(now), where), "SHOULD")


def _changed(exchange: Exchange, view: View, sighting: Sighting) -> bool:
    """Whether the resource was really changed since lastModified was last seen."""
    known = view.shadow.get(sighting.endpoint, sighting.id)
    if known is None or view.gaps(exchange, sighting):
        return False
    if view.look(exchange).operation == "replace":
        return _replaced(known, view.look(exchange).sent or {}, sighting.resource, view)
    if view.look(exchange).operation == "patch":
        after = view.aftermath(exchange)
        return after is not None and not after.partial and view.moves(exchange)
    return known.moved and any(c.kind == "patch" for c in known.claims)


def _replaced(known: Known, sent: Mapping[str, Any], now: Mapping[str, Any], view: View) -> bool:
    """Whether what PUT named is not what it was before, by the target's own representations."""
    if known.state is None or not known.certain or known.claims:
        return False
    names = {name.lower() for name in sent}
    before, after = ({k: v for k, v in whole.items() if k.lower() in names} for whole in (known.state, now))
    return bool(gaps(before, after, view.schemas) or gaps(after, before, view.schemas))


def _later_than(exchange: Exchange, view: View, moment: Any) -> bool:
    """Whether the target's own clock, by the Date header of the write, was well past the moment."""
    date = exchange.answer.header("date")
    if view.look(exchange).operation not in ("replace", "patch") or not date:
        return False
    try:
        return bool(parsedate_to_datetime(date) - moment > _SLACK)
    except (TypeError, ValueError):
        return False


_PLACE: Final = "rfc7644-3.3-create-meta-location"


@check(_PLACE, when=on("create", holding="resources"))
def new_resource_says_where_it_is(exchange: Exchange, view: View) -> Iterator[At]:
    """meta.location of a new resource is the URI in the Location header."""
    place = get(_meta(view.look(exchange).resource or {}), "location")
    header = (exchange.answer.header("location") or "").strip()
    if not isinstance(place, str) or not place:
        yield At(_PLACE, Problem("meta.location is missing", header or "the URI of the resource", shown(place), "/meta/location"))
    elif header and _path(view, header) != _path(view, place):
        said = "meta.location differs from the Location header"
        same = _below(view, header) == _below(view, place)
        yield At(_PLACE, Problem(said, header, place, "/meta/location"), "SHOULD" if same else "")
    elif header and urlsplit(header).hostname and urlsplit(place).hostname not in (None, urlsplit(header).hostname):
        said = "meta.location is on another host than the Location header"
        yield At(_PLACE, Problem(said, header, place, "/meta/location"), "SHOULD")


def _path(view: View, uri: str) -> str:
    """The path to which a client that follows the URI gets; one that is relative begins at the base (RFC 7643 section 2.3.7)."""
    path = unquote(urlsplit(uri).path).rstrip("/")
    return path if path.startswith("/") else f"{urlsplit(view.surroundings.base_url).path.rstrip('/')}/{path}"


def _below(view: View, uri: str) -> str:
    """The path of the URI below the base, whichever way it is written."""
    return _path(view, uri).removeprefix(urlsplit(view.surroundings.base_url).path.rstrip("/"))


_FOUND: Final = "rfc7643-3.1-location-dereferences"


@check(_FOUND, when=sighted, applies=_with_meta)
def location_is_that_of_the_resource(exchange: Exchange, view: View) -> Iterator[Problem | At]:
    """meta.location is the URI of that very resource: it ends in its id."""
    for sighting in sightings(exchange, view):
        for said, expected, place in sighting.once(_misplaced, view.declared):
            yield Problem(said, expected, place, f"{sighting.pointer}/meta/location")
        known, place = view.shadow.get(sighting.endpoint, sighting.id), get(_meta(sighting.resource), "location")
        before = known.location if known is not None and known.ours else ""
        if isinstance(place, str) and place and before not in ("", place) and _below(view, before) != _below(view, place):
            yield Problem("meta.location has changed", before, place, f"{sighting.pointer}/meta/location")
    reading = view.look(exchange)
    header = exchange.answer.header("location") if reading.operation in ("create", "replace", "patch") else None
    if header and reading.sightings and reading.sightings[0].id:
        tail = unquote(urlsplit(header).path).rstrip("/").rpartition("/")[2]
        if tail != reading.sightings[0].id:
            new = reading.operation == "create"
            said = "Location is not that of the new resource" if new else "Location is not that of the changed resource"
            problem = Problem(said, f"…/{reading.sightings[0].id}", header, "header:Location")
            yield problem if new else At(_FOUND, problem, "SHOULD")


def _misplaced(sighting: Sighting, declared: Declared) -> Iterator[tuple[str, str, str]]:
    """What is wrong with meta.location, what should stand there, and what does."""
    place = get(_meta(sighting.resource), "location")
    if not isinstance(place, str) or not place or not sighting.id:
        return
    before, _, tail = unquote(urlsplit(place).path).rstrip("/").rpartition("/")
    endpoint = f"/{before.rpartition('/')[2]}"
    if endpoint != sighting.endpoint and declared.type_at(endpoint) is not None:
        yield "meta.location is under another endpoint", f"…{sighting.endpoint}/{sighting.id}", place
    elif tail != sighting.id:
        yield "meta.location is not that of the resource", f"…/{sighting.id}", place


def _tagged(exchange: Exchange, view: View) -> bool:
    tag = exchange.answer.header("etag")
    return tag is not None or any(get(_meta(s.resource), "version") for s in sightings(exchange, view))


@check("rfc7643-3.1-version-equals-etag", when=on("create", "read", "replace", "patch", ok=True), applies=_tagged)
def version_is_the_etag(exchange: Exchange, view: View) -> Iterator[Problem]:
    """meta.version is a well-formed entity-tag equal to the one in the ETag header."""
    tag = exchange.answer.header("etag")
    if tag is not None and not _TAG.fullmatch(tag.strip()):
        yield Problem("the ETag is no entity-tag", 'W/"…" or "…"', tag, "header:ETag")
    version = get(_meta(view.look(exchange).resource or {}), "version")
    if version is None:
        return
    if not isinstance(version, str) or not _TAG.fullmatch(version):
        yield Problem("meta.version is no entity-tag", 'W/"…" or "…"', shown(version), "/meta/version")
    elif tag is not None and tag.strip() != version:
        yield Problem("meta.version differs from the ETag header", tag, version, "/meta/version")
