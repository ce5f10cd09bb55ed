"""RFC 7644 sections 3.4.2.5 and 3.9: which attributes come back; and what never does (RFC 7643 section 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.view import View
from scim_sim.checks.when import partly_sighted, sighted, sightings
from scim_sim.problem import Problem
from scim_sim.scim.attributes import Attribute, SchemaSet, schemas_of
from scim_sim.scim.declared import Declared
from scim_sim.scim.grammar import FilterError, Path, parse_path
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.wire import Exchange

__all__: list[str] = []

_P: Final = "rfc7644-3.9"
_ONLY: Final = (f"{_P}-attributes-only-requested", f"{_P}-attributes-list", f"{_P}-attributes-subattribute", f"{_P}-on-writes")
_REMOVED: Final = (f"{_P}-excluded-removes", f"{_P}-excluded-members", f"{_P}-on-writes")
_ALWAYS: Final = frozenset({"id", "schemas", "meta"})
_READING: Final = ("read", "list", "search")
"""What leaves a resource as it was before."""


def _paths(exchange: Exchange, view: View, parameter: str) -> list[Path]:
    found = []
    for name in view.look(exchange).names(parameter):
        try:
            found.append(parse_path(name))
        except FilterError:
            continue
    return found


def _requested(exchange: Exchange, view: View) -> tuple[str, ...]:
    reading = view.look(exchange)
    if not reading.names("attributes") or reading.names("excludedAttributes"):
        return ()
    if reading.operation == "search":
        base = "rfc7644-3.4.3-search-attribute-lists"
    elif reading.operation in ("create", "replace", "patch"):
        base = f"{_P}-on-writes"
    else:
        base = f"{_P}-attributes-list" if reading.operation == "list" else f"{_P}-attributes-only-requested"
    parts = any(p.sub for p in _paths(exchange, view, "attributes"))
    return (base, f"{_P}-attributes-subattribute") if parts else (base,)


@check(*_ONLY, "rfc7644-3.4.3-search-attribute-lists", when=partly_sighted, applies=_requested)
def only_requested_attributes_come_back(exchange: Exchange, view: View) -> Iterator[Problem | At]:
    """With attributes, the answer holds the requested attributes plus those that are always returned."""
    paths = _paths(exchange, view, "attributes")
    for sighting in sightings(exchange, view):
        extra = sorted(_extra(sighting, paths, view))
        if extra:
            said = "attributes that were not asked for come back"
            yield Problem(said, "only what was asked for", ", ".join(extra), sighting.pointer)
            return
        missing = _absent(sighting, paths, view)
        if missing:
            problem = Problem(f"{missing} was asked for and does not come", "its value", "absent", sighting.pointer)
            yield At(f"{_P}-attributes-subattribute", problem) if "." in missing.rpartition(":")[2] else problem
            return
        part = _extra_part(sighting, paths, view)
        if part:
            problem = Problem("parts that were not asked for come back", "only the named sub-attributes", part, sighting.pointer)
            yield At(f"{_P}-attributes-subattribute", problem)
            return


def _extra(sighting: Sighting, paths: list[Path], view: View) -> Iterator[str]:
    """Attributes nobody asked for."""
    wanted = {p.name.lower() for p in paths if p.urn is None or view.schemas.is_main(p.urn)}
    urns = {p.urn.lower() for p in paths if p.urn} | {str(p).lower() for p in paths if p.urn}
    within = schemas_of(sighting.resource)
    for name, value in sighting.resource.items():
        lower = name.lower()
        if lower in wanted | _ALWAYS or value is None or value == []:
            continue
        if ":" in lower:
            if not any(lower == urn for urn in urns):
                yield name
            continue
        attribute = view.schemas.find(name, within=within)
        if attribute is None or attribute.returned != "always":
            yield name


def _extra_part(sighting: Sighting, paths: list[Path], view: View) -> str:
    """A sub-attribute nobody asked for, where only parts were asked for."""
    for path in paths:
        if path.sub is None or path.urn is not None or any(p.name.lower() == path.name.lower() and p.sub is None for p in paths):
            continue
        wanted = {p.sub.lower() for p in paths if p.sub and p.name.lower() == path.name.lower()}
        attribute = view.schemas.find(path.name, within=schemas_of(sighting.resource))
        for item in spread(get(sighting.resource, path.name)):
            for name, value in item.items() if isinstance(item, OBJECT) else ():
                part = attribute.sub(name) if attribute is not None else None
                if name.lower() not in wanted and value is not None and (part is None or part.returned != "always"):
                    return f"{path.name}.{name}"
    return ""


def _absent(sighting: Sighting, paths: list[Path], view: View) -> str:
    """A requested attribute that the resource is known to have and that did not come."""
    known = view.shadow.get(sighting.endpoint, sighting.id)
    if known is None or known.state is None or not known.certain or not known.alive or known.claims:
        return ""
    for path in paths:
        if path.urn is not None and not view.schemas.is_main(path.urn):
            there, here = (get(r, path.urn) for r in (known.state, sighting.resource))
            had = get(there, path.name) if isinstance(there, OBJECT) else None
            has = get(here, path.name) if isinstance(here, OBJECT) else None
        else:
            had, has = get(known.state, path.name), get(sighting.resource, path.name)
        if had not in (None, [], {}, "") and has is None and not (path.sub and not _part(had, path.sub)):
            return str(path)
    return ""


def _part(value: Any, sub: str) -> bool:
    return any(isinstance(v, OBJECT) and get(v, sub) is not None for v in spread(value))


def _qualified(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    if reading.names("excludedAttributes"):
        return False
    names = reading.names("attributes")
    return any(":" in n or _misspelt(n, view) for n in names)


def _misspelt(name: str, view: View) -> bool:
    attribute = view.schemas.find(name.partition(".")[0])
    return attribute is not None and attribute.name != name.partition(".")[0]


@check("rfc7644-3.10-attributes-qualified", when=partly_sighted, applies=_qualified)
def qualified_names_are_understood(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Names in attributes may carry the schema URI and any letter case."""
    paths = [p for p in _paths(exchange, view, "attributes") if p.urn or _misspelt(p.name, view)]
    for sighting in sightings(exchange, view):
        missing = _absent(sighting, paths, view)
        if missing:
            yield Problem(f"{missing} was asked for and does not come", "its value", "absent", sighting.pointer)
            return


def _excluded(exchange: Exchange, view: View) -> tuple[str, ...]:
    reading = view.look(exchange)
    if not reading.names("excludedAttributes") or reading.names("attributes"):
        return ()
    if reading.operation == "search":
        return ("rfc7644-3.4.3-search-attribute-lists",)
    if reading.operation in ("create", "replace", "patch"):
        return (f"{_P}-on-writes",)
    members = [n.lower() for n in reading.names("excludedAttributes")] == ["members"]
    return (f"{_P}-excluded-members",) if members else (f"{_P}-excluded-removes",)


@check(*_REMOVED, "rfc7644-3.4.3-search-attribute-lists", when=partly_sighted, applies=_excluded)
def excluded_attributes_stay_away(exchange: Exchange, view: View) -> Iterator[Problem]:
    """excludedAttributes removes the named attributes from the answer, and no others."""
    paths = _paths(exchange, view, "excludedAttributes")
    for sighting in sightings(exchange, view):
        found = _still_there(sighting, paths, view)
        if found:
            yield Problem(f"{found} was excluded and comes back", "absent", found, sighting.pointer)
            return
        cut = _cut_too_much(sighting, paths, view)
        if cut:
            yield Problem(f"{cut} was not excluded and does not come", "its value", "absent", sighting.pointer)
            return


def _cut_too_much(sighting: Sighting, paths: list[Path], view: View) -> str:
    known = view.shadow.get(sighting.endpoint, sighting.id)
    if known is None or known.state is None or not known.certain or not known.alive or known.claims:
        return ""
    named = {p.name.lower() for p in paths} | {str(p).lower() for p in paths} | {(p.urn or "").lower() for p in paths}
    for name, value in known.state.items():
        lost = value not in (None, [], {}, "") and get(sighting.resource, name) is None
        if lost and ":" not in name and name.lower() not in named | _ALWAYS:
            return name
    return ""


def _still_there(sighting: Sighting, paths: list[Path], view: View) -> str:
    within = schemas_of(sighting.resource)
    for path in paths:
        if path.name.lower() in _ALWAYS:
            continue
        holder: Any = sighting.resource
        if path.urn is not None and not view.schemas.is_main(path.urn):
            holder = get(sighting.resource, path.urn)
        value = get(holder, path.name) if isinstance(holder, OBJECT) else None
        attribute = view.schemas.find(path.name, None, path.urn, within)
        if attribute is not None and attribute.returned == "always":
            continue
        part = attribute.sub(path.sub) if attribute is not None and path.sub else None
        if part is not None and part.returned == "always":
            continue
        if value not in (None, [], {}) and (path.sub is None or _part(value, path.sub)):
            return str(path)
    return ""


def _excludes_always(exchange: Exchange, view: View) -> bool:
    return "id" in {name.lower() for name in view.look(exchange).names("excludedAttributes")}


@check("rfc7644-3.4.2.5-excluded-keeps-always", when=partly_sighted, applies=_excludes_always)
def what_is_always_returned_cannot_be_excluded(exchange: Exchange, view: View) -> Iterator[Problem]:
    """excludedAttributes cannot remove attributes declared always."""
    for sighting in sightings(exchange, view):
        if not sighting.id:
            yield Problem("id was excluded and is gone", "the id", "absent", sighting.pointer)
            return


def _always(endpoint: str, view: View) -> list[str]:
    """The attributes, besides the common ones, that the target declares to return always."""
    kind = view.declared.type_at(endpoint)
    schema = view.declared.schemas.schema(kind.schema) if kind is not None and view.declared.declares(kind.schema) else None
    found = schema.attributes if schema is not None else ()
    return [a.name for a in found if a.returned == "always" and a.name.lower() not in ("id", "schemas", "meta", "externalid")]


def _hidden(exchange: Exchange, view: View) -> Iterator[tuple[str, str]]:
    """Where something is not that is declared to be always there, and was there before."""
    for sighting in sightings(exchange, view):
        known = view.shadow.get(sighting.endpoint, sighting.id)
        for name in _always(sighting.endpoint, view):
            if known is not None and known.certain and get(known.state or {}, name) and get(sighting.resource, name) is None:
                yield sighting.pointer, name


@check(
    "rfc7644-3.4.2.5-excluded-keeps-always",
    when=partly_sighted,
    applies=lambda e, v: v.look(e).operation in _READING and any(_always(s.endpoint, v) for s in sightings(e, v)),
)
def what_is_declared_always_is_there(exchange: Exchange, view: View) -> Iterator[At]:
    """Whatever the schema declares to be returned always is returned whatever is asked for."""
    for pointer, name in _hidden(exchange, view):
        problem = Problem(
            f"{name} is declared to be returned always, and is left out", "its value", "absent", f"{pointer}/{name}"
        )
        yield At("rfc7644-3.4.2.5-excluded-keeps-always", problem, "SHOULD")
        return


# -- never and request --------------------------------------------------------------------------------------------------

_NEVER: Final = "rfc7644-3.4-default-attribute-set"
_ASKED: Final = "rfc7643-7-never-not-even-requested"
_REQUEST: Final = "rfc7643-7-request-only-when-asked"
_PASSWORD: Final = "rfc7643-4.1.1-password-never-returned"
_HASH: Final = re.compile(r"\$(?:2[abxy]|argon2\w*|5|6|scrypt|pbkdf2\S*)\$|\{(?:SSHA|SHA|MD5|BCRYPT|CRYPT)\d*\}|pbkdf2_sha\d+\$")


def _returns(exchange: Exchange, view: View) -> tuple[str, ...]:
    asked = {n.lower() for n in view.look(exchange).names("attributes")}
    return (_NEVER, _PASSWORD, *((_ASKED,) if "password" in asked else ()), _REQUEST)


@check(_NEVER, _ASKED, _REQUEST, _PASSWORD, when=sighted, applies=_returns)
def secrets_are_never_returned(exchange: Exchange, view: View) -> Iterator[At]:
    """A password, and whatever is declared returned=never, appears in no answer; what is declared request only when asked for."""
    asked = {n.lower() for n in view.look(exchange).names("attributes")}
    for sighting in sightings(exchange, view):
        for pointer, name, value, attribute in sighting.once(_held_back, view.declared):
            where = sighting.pointer + pointer
            if _is_password(name, value):
                problem = Problem("a password comes back", "never", name, where)
                yield At(_PASSWORD, problem)
                if "password" in asked:
                    yield At(_ASKED, problem)
            elif attribute is not None and attribute.returned == "never":
                yield At(
                    _ASKED if name.lower() in asked else _NEVER,
                    Problem(f"{name} is declared never and comes back", "absent", shown(value), where),
                )
            elif attribute is not None and attribute.returned == "request" and not _named_in(name, asked, view, exchange):
                problem = Problem(f"{name} is declared request and comes unasked", "absent", shown(value), where)
                yield At(_REQUEST, problem)
                yield At(_NEVER, problem)


def _named_in(name: str, asked: set[str], view: View, exchange: Exchange) -> bool:
    """Whether the client asked for it, or sent it in this very request (RFC 7643 section 7)."""
    sent = view.look(exchange).sent
    return any(name.lower() in a for a in asked) or (sent is not None and name.lower() in str(sent).lower())


def _is_password(name: str, value: Any) -> bool:
    return name.lower() == "password" or (isinstance(value, str) and _HASH.search(value) is not None)


def _held_back(sighting: Sighting, declared: Declared) -> Iterator[tuple[str, str, Any, Attribute | None]]:
    """The members that look like a password, or that are declared to come only when asked for, or never."""
    for pointer, name, value, attribute in _members(sighting, declared.schemas):
        if _is_password(name, value) or (attribute is not None and attribute.returned in ("never", "request")):
            yield pointer, name, value, attribute


def _members(sighting: Sighting, schemas: SchemaSet) -> Iterator[tuple[str, str, Any, Attribute | None]]:
    within = schemas_of(sighting.resource)
    for name, value in sighting.resource.items():
        if value is None:
            continue
        if ":" in name and isinstance(value, OBJECT):
            for inner, v in value.items():
                if v is not None:
                    yield f"/{name}/{inner}", inner, v, schemas.find(inner, urn=name)
        else:
            yield f"/{name}", name, value, schemas.find(name, within=within)
