"""RFC 7643 section 4: what Users and Groups hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from scim_sim.checks.check import At, check, resource_check
from scim_sim.checks.compare import shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import named, on, sighted, sightings, whole_sighted
from scim_sim.problem import Problem
from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.scim.urns import USER
from scim_sim.wire import Exchange

__all__: list[str] = []


@resource_check("rfc7643-4.1.1-username-in-representation", when=whole_sighted, applies=named("/Users"))
def user_has_a_user_name(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """Each complete User has a non-empty userName."""
    name = get(sighting.resource, "userName")
    if sighting.endpoint == "/Users" and not (isinstance(name, str) and name.strip()):
        yield Problem("the User has no userName", "a non-empty string", shown(name), "/userName")


_UNIQUE: Final = "rfc7643-4.1.1-username-unique-caseless"


def _twin(exchange: Exchange, view: View) -> Known | None:
    """Another user of ours that surely has the userName of the one in the answer."""
    reading = view.look(exchange)
    mine, name = reading.resource or {}, get(reading.resource or {}, "userName")
    if not isinstance(name, str):
        return None
    attribute = view.schemas.find("userName", within=(USER,))
    exact = attribute is not None and attribute.case_exact
    for known in view.shadow.named("/Users", "userName", name):
        theirs = get(known.state or {}, "userName")
        settled = all(claim.kind == "create" for claim in known.claims)
        sure = known.alive and known.certain and settled and known.id != get(mine, "id")
        if sure and isinstance(theirs, str) and (theirs == name or (not exact and theirs.casefold() == name.casefold())):
            return known
    return None


@check(_UNIQUE, when=on("read", "replace", "patch", holding="resources"), applies=named("/Users"))
def no_two_users_have_one_name(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No two users have the same userName, however it was written; each pair is told once."""
    other = _twin(exchange, view)
    if other is None:
        return
    name, mine = (get(view.look(exchange).resource or {}, part) for part in ("userName", "id"))
    pair = frozenset((other.id, str(mine)))
    if pair not in view.twins:
        view.twins.add(pair)
        yield Problem("two users have the same userName", f"{name} for {other.id} alone", shown(name), "/userName", other.born)


@resource_check("rfc7643-4.2-group-displayname-required", when=whole_sighted, applies=named("/Groups"))
def group_has_a_display_name(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """Each Group has a display name."""
    name = get(sighting.resource, "displayName")
    if sighting.endpoint == "/Groups" and not (isinstance(name, str) and name.strip()):
        yield Problem("the Group has no displayName", "a non-empty string", shown(name), "/displayName")


def _members(exchange: Exchange, view: View) -> bool:
    return any(spread(get(s.resource, "members")) for s in sightings(exchange, view, "/Groups"))


_MEMBER: Final = "rfc7643-4.2-member-value-is-id"


@check(_MEMBER, when=sighted, applies=_members)
def member_type_is_that_of_the_resource(exchange: Exchange, view: View) -> Iterator[At]:
    """The type of a member, where it is given, is the type of the resource that its value names."""
    types = {kind.endpoint: kind.name for kind in view.declared.resource_types}
    for sighting in sightings(exchange, view, "/Groups"):
        for index, member in enumerate(spread(get(sighting.resource, "members"))):
            said, value = (get(member, name) if isinstance(member, OBJECT) else None for name in ("type", "value"))
            kind = types.get(view.shadow.home(value)) if isinstance(value, str) else None
            if kind and isinstance(said, str) and said and said.lower() != kind.lower() and said in types.values():
                where = f"{sighting.pointer}/members/{index}/type"
                yield At(_MEMBER, Problem("a member is shown as a resource of another type", kind, said, where), "SHOULD")


@check(_MEMBER, when=sighted, applies=_members)
def member_value_is_the_id_of_a_resource(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The value of a member is the id of a SCIM resource."""
    for sighting in sightings(exchange, view, "/Groups"):
        for index, member in enumerate(spread(get(sighting.resource, "members"))):
            value = get(member, "value") if isinstance(member, OBJECT) else member
            where = f"{sighting.pointer}/members/{index}/value"
            if not isinstance(member, OBJECT) or not isinstance(value, str) or not value:
                if sighting.complete:
                    yield Problem("a member is no object with a value", '{"value": "<id>"}', shown(member), where)
            elif view.shadow.anywhere(value) is None and view.shadow.named("/Users", "userName", value):
                yield Problem("the value of a member is a userName", "the id of the User", value, where)


@resource_check(
    "rfc7643-4.1.2-address-country",
    when=sighted,
    applies=lambda e, v: any(get(s.resource, "addresses") for s in sightings(e, v)),
)
def country_is_a_code_of_two_letters(sighting: Sighting, declared: Declared) -> Iterator[At]:
    """An address country is a two-letter ISO 3166-1 code; one that a client wrote otherwise and that was kept is a note."""
    for index, address in enumerate(spread(get(sighting.resource, "addresses"))):
        country = get(address, "country") if isinstance(address, OBJECT) else None
        if isinstance(country, str) and country and not re.fullmatch("[A-Za-z]{2}", country):
            where = f"/addresses/{index}/country"
            problem = Problem("the country is no code of two letters", "an ISO 3166-1 code", shown(country), where)
            yield At("rfc7643-4.1.2-address-country", problem, "MAY")


# -- groups of a user -----------------------------------------------------------------------------------------------------

_REFLECTS: Final = "rfc7643-4.1.2-user-groups-reflects"
_MOST: Final = 50


def _groups_of(view: View, id_: str) -> list[Known]:
    """Groups of ours that surely hold the user as a member."""
    return [
        known
        for known in islice(view.shadow.ours("/Groups"), _MOST)
        if known.state is not None and known.certain and not known.claims and id_ in known.member_ids
    ]


def _ids(resource: Mapping[str, Any], name: str) -> set[str]:
    values = (get(item, "value") for item in spread(get(resource, name)) if isinstance(item, OBJECT))
    return {v for v in values if isinstance(v, str)}


def _shows_groups(exchange: Exchange, view: View) -> bool:
    """Whether whole users are seen, of a target that shows groups on users."""
    users = sightings(exchange, view, "/Users")
    return bool(users) and (view.offered.shows("/Users", "groups") or any(get(s.resource, "groups") for s in users))


@check(_REFLECTS, when=whole_sighted, applies=_shows_groups)
def groups_of_a_user_are_those_it_belongs_to(exchange: Exchange, view: View) -> Iterator[At]:
    """groups of a User names the Groups it belongs to by id, as they are now."""
    for sighting in sightings(exchange, view, "/Users"):
        shown_ids = _ids(sighting.resource, "groups")
        for known in _groups_of(view, sighting.id):
            if known.id not in shown_ids:
                said = "a group of the user is missing among its groups"
                actual = shown(sorted(shown_ids) or None)
                yield At(_REFLECTS, Problem(said, known.id, actual, f"{sighting.pointer}/groups", known.written or known.born))
        yield from _strange_groups(sighting.resource, sighting.id, sighting.pointer, view)


def _strange_groups(resource: Mapping[str, Any], id_: str, pointer: str, view: View) -> Iterator[At]:
    for index, item in enumerate(spread(get(resource, "groups"))):
        value = get(item, "value") if isinstance(item, OBJECT) else None
        where = f"{pointer}/groups/{index}"
        known = view.shadow.get("/Groups", value) if isinstance(value, str) else None
        if isinstance(value, str) and known is None and view.shadow.named("/Groups", "displayName", value):
            yield At(_REFLECTS, Problem("groups holds the name of a group instead of its id", "the id", value, where))
        elif view.declared.hides("/Groups", "members"):
            continue
        elif known is not None and known.alive and known.certain and not known.claims and known.state is not None:
            direct = str(get(item, "type")).lower() != "indirect"
            if id_ not in known.member_ids and direct and "group" not in _kinds(known.state):
                said = "groups holds a group of which the user is no member"
                yield At(_REFLECTS, Problem(said, "only the groups it belongs to", known.id, where, known.written or known.born))
            name, display = get(known.state, "displayName"), get(item, "display")
            if isinstance(name, str) and isinstance(display, str) and _is_former(display, name, known, view):
                said = "groups shows a group under a name that it had before"
                yield At(_REFLECTS, Problem(said, name, display, f"{where}/display", known.written), "SHOULD")
        if isinstance(item, OBJECT) and get(item, "$ref") is None:
            yield At(_REFLECTS, Problem("a group of the user comes without $ref", "the URI of the Group", "absent", where), "MAY")


def _is_former(display: str, name: str, known: Known, view: View) -> bool:
    """Whether the group had that name, and has another one."""
    return display.casefold() != name.casefold() and known in view.shadow.named("/Groups", "displayName", display)


def _kinds(group: Mapping[str, Any]) -> set[str]:
    return {str(get(m, "type")).lower() for m in spread(get(group, "members")) if isinstance(m, OBJECT)}


# -- values kept as sent --------------------------------------------------------------------------------------------------

_KEPT: Final = "rfc7643-4.1.1-core-attributes-roundtrip"
_CANONICAL: Final = "rfc7643-4.1.2-contact-canonical"
_NAMES: Final = ("userName", "displayName", "nickName", "title")


@check(_KEPT, _CANONICAL, when=on("create", "replace", holding="parts"), applies=lambda e, v: v.look(e).sent is not None)
def letters_are_kept_as_sent(exchange: Exchange, view: View) -> Iterator[At]:
    """Names come back in the letter case they were sent in; e-mail addresses and telephone numbers as sent or canonical."""
    reading = view.look(exchange)
    sent, came = reading.sent or {}, reading.resource or {}
    for name in _NAMES:
        asked, now = get(sent, name), get(came, name)
        if isinstance(asked, str) and isinstance(now, str) and asked != now and asked.casefold() == now.casefold():
            yield At(_KEPT, Problem(f"{name} comes back in another letter case", asked, now, f"/{name}"), "MAY")
    for name, fine in (("emails", _is_same_address), ("phoneNumbers", _is_same_number)):
        asked_values = [v for v in map(_text, spread(get(sent, name))) if v]
        for index, item in enumerate(spread(get(came, name))):
            value = _text(item)
            meant = [a for a in asked_values if _alike(a) == _alike(value)] if value else []
            if meant and not any(fine(a, value) for a in meant):
                said = f"{name} comes back in a form that is neither as sent nor canonical"
                level = "MAY" if value.casefold() in map(str.casefold, meant) else ""  # what is not caseExact may be altered
                yield At(_CANONICAL, Problem(said, meant[0], value, f"/{name}/{index}/value"), level)


def _text(item: Any) -> str:
    value = get(item, "value") if isinstance(item, OBJECT) else item
    return value if isinstance(value, str) else ""


def _alike(value: str) -> str:
    return value.casefold() if "@" in value else re.sub(r"\D", "", value)


def _is_same_address(sent: str, came: str) -> bool:
    """As sent, or with the domain in lower case (RFC 5321 section 2.4)."""
    local, _, domain = sent.rpartition("@")
    return came in (sent, f"{local}@{domain.lower()}")


def _is_same_number(sent: str, came: str) -> bool:
    """As sent, as a tel URI, or as an international number with its plus (RFC 3966)."""
    return came == sent or came.startswith(("tel:", "+")) or not sent.strip().startswith("+")
