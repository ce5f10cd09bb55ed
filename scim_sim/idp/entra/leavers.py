"""What happens to people who leave: disabled, renamed by the recycle bin, deleted for good."""

from __future__ import annotations

from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import refusal, resource
from scim_sim.idp.entra.connector import Attempt, Connector, Link
from scim_sim.idp.entra.dialects import Difference, differences
from scim_sim.idp.entra.mapping import Row
from scim_sim.idp.entra.provisioning_log import Standing, shown
from scim_sim.idp.entra.writing import done, patch, skip

__all__ = ["leave", "purge"]


def leave(c: Connector, person: Person, link: Link | None, standing: Standing, attempt: Attempt) -> Flow[None]:
    """Disable who is inactive or out of scope; who was never brought over, or is not managed any more, is left alone."""
    attempt.of("entra-deactivate", "disable", "disable")
    entitled = standing.assigned and standing.passes
    if link is None:
        skip(c, person, standing, attempt, standing.skip_reason, "the user is not to be provisioned")
        return
    if not link.managed:
        skip(c, person, standing, attempt, standing.skip_reason, "the user is not managed any more")
        return
    if not entitled and c.traits.skip_out_of_scope_deletions:
        skip(c, person, standing, attempt, standing.skip_reason, "out-of-scope deletions are skipped")
        return
    if not c.mappings.users.disables:
        yield from _delete(c, person, link, standing, attempt)
        return
    if not c.may("update"):
        skip(c, person, standing, attempt, "NotInScope", "updating objects is not enabled")
        return
    yield from _disable(c, person, link, standing, attempt, entitled)


def _disable(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt, entitled: bool) -> Flow[None]:
    binned = person.status == "deleted" and c.traits.soft_delete_renames
    wanted = _leaving_pairs(c, person, binned and not link.renamed)
    if c.traits.read_before_disable:
        request = c.requests.get("Users", link.resource_id, "read user")
        found = list(differences(wanted, resource(request, (yield from c.ask(request))), c.traits))
    elif link.active or (binned and not link.renamed):
        sent = [(row, row.value(c.env(link.person)), value) for row, value in wanted]
        found = [Difference(row, "Replace", before, value) for row, before, value in sent if before != value]
    else:
        found = []
    if found:
        attempt.changed = shown(found)
        yield from patch(c, person, link, found, "disable user")
        done(c, attempt, "disabled")
        c.log("disable", "disable", person, standing, attempt.changed)
    else:
        skip(c, person, standing, attempt, "RedundantExport", "the user is disabled in the target already")
    if binned:
        link.person = person
    link.active, link.managed = c.active(person, soft_deleted=True), entitled
    c.version += 1


def _leaving_pairs(c: Connector, person: Person, rename: bool) -> list[tuple[Row, Any]]:
    env = c.env(person, soft_deleted=True)
    pairs = c.mappings.users.update_pairs(env)
    return [(row, value) for row, value in pairs if row.path.text == "active" or (rename and row.text == "userPrincipalName")]


def purge(c: Connector, person: Person, link: Link | None, standing: Standing, attempt: Attempt) -> Flow[None]:
    """Delete who is gone from the directory for good, unless the scope was left before."""
    attempt.of("entra-delete", "delete", "delete")
    if link is None or not link.managed:
        c.unlink(person.key, gone=False)
        skip(c, person, standing, attempt, "NotEffectivelyEntitled", "the user is not managed any more")
        return
    missed = link.active and not link.renamed
    if not c.may("delete") or (missed and not c.traits.delete_when_missed):
        skip(c, person, standing, attempt, "NotInScope", "deleting objects is not enabled")
        return
    yield from _delete(c, person, link, standing, attempt)


def _delete(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-delete", "delete", "delete")
    request = c.requests.delete("Users", link.resource_id, "delete user")
    response = yield from c.ask(request)
    if not response.ok and response.status != 404:
        raise refusal(request, response)
    c.tally.writes += 1
    done(c, attempt, "deleted")
    c.log("delete", "delete", person, standing)
    c.unlink(person.key, gone=True)
