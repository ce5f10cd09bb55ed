"""RFC 7644 section 3.6: deleting, and what disappears with it."""

from __future__ import annotations

from collections.abc import Iterator

from scim_sim.checks.check import check
from scim_sim.checks.view import View
from scim_sim.checks.when import on, sighted, sightings, whole_sighted
from scim_sim.problem import Problem
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.wire import Exchange

__all__: list[str] = []


@check("rfc7644-3.6-delete-204", when=on("delete", ok=True))
def deletion_answers_204(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A successful deletion answers 204 without a body."""
    if exchange.answer.status != 204:
        yield Problem("the deletion is answered with another status", "204", f"{exchange.answer.status}", "http")
    elif exchange.answer.body:
        yield Problem("the answer to the deletion has a body", "no body", f"{len(exchange.answer.body)} bytes")


def _after_deletions(exchange: Exchange, view: View) -> bool:
    return bool(view.shadow.gone)


@check("rfc7644-3.6-deleted-not-listed", when=on("list", "search", ok=True), applies=_after_deletions)
def deleted_resource_is_not_listed(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A deleted resource is missing from lists and filter results."""
    for sighting in sightings(exchange, view):
        known = view.shadow.get(sighting.endpoint, sighting.id)
        if known is not None and known.deleted:
            yield Problem("a deleted resource is listed", "absent", sighting.id, sighting.pointer, known.deleted)


def _groups_after_deletions(exchange: Exchange, view: View) -> bool:
    return _after_deletions(exchange, view) and bool(sightings(exchange, view, "/Groups"))


@check("rfc7644-3.6-delete-removes-membership", when=whole_sighted, applies=_groups_after_deletions)
def deleted_user_is_no_member(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A deleted user no longer appears as a member of groups."""
    for sighting in sightings(exchange, view, "/Groups"):
        for index, member in enumerate(spread(get(sighting.resource, "members"))):
            id_ = get(member, "value") if isinstance(member, OBJECT) else None
            if isinstance(id_, str) and id_ in view.shadow.gone:
                where = f"{sighting.pointer}/members/{index}"
                yield Problem("a deleted user is still a member", "no longer a member", id_, where, view.shadow.gone[id_])


def _users_after_group_deletions(exchange: Exchange, view: View) -> bool:
    return bool(view.notes.get("group gone")) and any(get(s.resource, "groups") for s in sightings(exchange, view, "/Users"))


@check("rfc7644-3.6-delete-group-keeps-users", when=sighted, applies=_users_after_group_deletions)
def deleted_group_is_no_group_of_a_user(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A deleted group is dropped from the groups of its former members."""
    for sighting in sightings(exchange, view, "/Users"):
        for index, group in enumerate(spread(get(sighting.resource, "groups"))):
            id_ = get(group, "value") if isinstance(group, OBJECT) else None
            if isinstance(id_, str) and id_ in view.shadow.gone:
                where = f"{sighting.pointer}/groups/{index}"
                yield Problem("a deleted group is still among the groups of a user", "absent", id_, where, view.shadow.gone[id_])


def _after_refused_deletion(exchange: Exchange, view: View) -> bool:
    return exchange.request.method == "DELETE"


@check("rfc7644-3.2-delete-collection-refused", when=on("other"), applies=_after_refused_deletion)
def collection_cannot_be_deleted(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Deleting a collection is not possible."""
    reading = view.look(exchange)
    if exchange.answer.ok and view.declared.type_at(reading.endpoint) is not None and not reading.id:
        yield Problem("a collection was deleted", "405, 404 or 501", f"{exchange.answer.status}", "http")
