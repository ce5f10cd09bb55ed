"""What happens to one person in a cycle: matched, created, compared, patched, restored; who leaves is in `leavers`."""

from __future__ import annotations

from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import Refused, created_id, resource
from scim_sim.idp.entra.connector import Attempt, Connector, Link
from scim_sim.idp.entra.dialects import differences, typed
from scim_sim.idp.entra.leavers import leave, purge
from scim_sim.idp.entra.managers import MANAGER_PATH
from scim_sim.idp.entra.mapping import Pairs, Row
from scim_sim.idp.entra.matching import match
from scim_sim.idp.entra.paths import body, read
from scim_sim.idp.entra.provisioning_log import Standing, shown
from scim_sim.idp.entra.writing import done, patch, skip
from scim_sim.idp.flows import resource_id
from scim_sim.scim.urns import ENTERPRISE_USER, USER

__all__ = ["provision"]


def provision(c: Connector, key: str, attempt: Attempt, read_by_id: bool = True) -> Flow[bool]:
    """Bring one person into line with the directory; true when the references are to be looked at afterwards.

    A refusal of the target is kept in escrow, logged and complained about; it never ends the cycle unless it is fatal.
    """
    person = c.directory.people[key]
    standing = c.standing(person)
    c.tally.events += 1
    c.since = c.clock.now()
    try:
        further = yield from _provision(c, person, standing, attempt, read_by_id)
    except Refused as why:
        c.fail(attempt, person, standing, why)
        attempt.outcome = why.code
        if why.fatal and c.traits.quarantine_on_noncompliance:
            raise
        return False
    c.escrow.drop(key)
    return further


def _provision(c: Connector, person: Person, standing: Standing, attempt: Attempt, read_by_id: bool) -> Flow[bool]:
    link = c.links.get(person.key)
    if person.status == "purged":
        yield from purge(c, person, link, standing, attempt)
    elif not standing.in_scope:
        yield from leave(c, person, link, standing, attempt)
    elif link is None:
        return (yield from _join(c, person, standing, attempt))
    elif link.renamed and c.traits.restore_matches_first:
        return (yield from _restore(c, person, link, standing, attempt))
    else:
        return (yield from _refresh(c, person, link, standing, attempt, read_by_id))
    return False


# -- in scope ---------------------------------------------------------------------------------------------------------


def _join(c: Connector, person: Person, standing: Standing, attempt: Attempt) -> Flow[bool]:
    attempt.of("entra-create", "create", "add", "matching")
    env = c.env(person)
    found = yield from match(c, "Users", c.mappings.users, env)
    if found is None:
        return skip(c, person, standing, attempt, "ImportSkipped", "no matching attribute has a value")
    if found:
        return (yield from _take_over(c, person, found[0], standing, attempt))
    if not c.may("create"):
        return skip(c, person, standing, attempt, "NotInScope", "creating objects is not enabled")
    attempt.stage = "export"
    pairs = c.mappings.users.create_pairs(env)
    attempt.changed = lambda: tuple(_property(row, value) for row, value in c.mappings.users.create_pairs(env))
    made = body([(row.path, typed(row, value)) for row, value in pairs], (USER, ENTERPRISE_USER), "User")
    request = c.requests.create("Users", made, "create user")
    response = yield from c.ask(request)
    new_id, _ = created_id(request, response)
    c.tally.writes += 1
    c.link(person, new_id).active = c.active(person)
    if c.mappings.users.late:
        c.late[person.key] = None
    done(c, attempt, "created")
    c.log("create", "add", person, standing, attempt.changed)
    return True


def _property(row: Row, value: Any) -> tuple[str, Any, Any]:
    return (row.path.text, None, "[Redact]" if row.redacted else value)


def _take_over(c: Connector, person: Person, found: dict[str, Any], standing: Standing, attempt: Attempt) -> Flow[bool]:
    attempt.of("entra-update", "update", "link", "matching")
    new_id = str(resource_id(found))
    owner = c.owners.get(new_id)
    if owner is not None and owner != person.key:
        raise Refused(
            "DuplicateSourceEntries",
            f"the matching object is linked to another user of the source ({owner}) already",
            source=True,
        )
    link = c.link(person, new_id)
    link.synced = False
    yield from _update(c, person, link, found, standing, attempt)
    return True


def _refresh(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt, read_by_id: bool) -> Flow[bool]:
    need = "entra-update" if link.active else "entra-reactivate"
    attempt.of(need, "update", "update", "matching")
    if read_by_id:
        request = c.requests.get("Users", link.resource_id, "read user")
        response = yield from c.ask(request)
        if response.status == 404 and c.traits.on_missing_anchor == "rematch":
            c.unlink(person.key, gone=False)
            return (yield from _join(c, person, standing, attempt))
        present = resource(request, response, c.traits.manager_as_string == "fail")
    else:
        found = yield from match(c, "Users", c.mappings.users, c.env(person))
        if not found:
            yield from _update(c, person, link, _as_sent(c, link), standing, attempt)
            return True
        present = found[0]
    yield from _update(c, person, link, present, standing, attempt)
    return True


def _restore(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt) -> Flow[bool]:
    attempt.of("entra-reactivate", "update", "update", "matching")
    found = yield from match(c, "Users", c.mappings.users, c.env(person))
    present = found[0] if found and resource_id(found[0]) == link.resource_id else _as_sent(c, link)
    yield from _update(c, person, link, present, standing, attempt)
    return True


def _as_sent(c: Connector, link: Link) -> dict[str, Any]:
    """The resource as this job last wrote it, for a PATCH without a read."""
    pairs = link.mapping.update_pairs(c.env(link.person, soft_deleted=not link.active))
    made = body([(row.path, typed(row, value)) for row, value in pairs], (), "User")
    if link.manager:
        made.setdefault(ENTERPRISE_USER, {})["manager"] = {"value": link.manager}
    return made


def _update(
    c: Connector, person: Person, link: Link, present: dict[str, Any], standing: Standing, attempt: Attempt
) -> Flow[None]:
    attempt.stage = "export"
    attempt.manager = read(present, MANAGER_PATH)
    found = list(differences(_pairs(c, person, link), present, c.traits))
    verb = "updated" if link.active or attempt.event == "link" else "restored"
    if found and not c.may("update"):
        skip(c, person, standing, attempt, "NotInScope", "updating objects is not enabled")
        return
    if found:
        attempt.changed = shown(found)
        label = "update user" if verb == "updated" else "restore user"
        yield from patch(c, person, link, found, label)
        done(c, attempt, verb)
        c.log("update", attempt.event, person, standing, attempt.changed)
    else:
        skip(c, person, standing, attempt, "RedundantExport", "the target has these values already")
    _brought_over(c, person, link)


def _pairs(c: Connector, person: Person, link: Link) -> Pairs:
    """What the update compares; with `switch_forgets`, as the service is known to get it wrong."""
    if c.traits.switch_forgets and person != link.person:
        return c.mappings.users.forgetful_pairs(c.env(person), c.env(link.person))
    return c.mappings.users.update_pairs(c.env(person))


def _brought_over(c: Connector, person: Person, link: Link) -> None:
    now = (person, c.active(person), True, True, c.mappings.users)
    if (link.person, link.active, link.managed, link.synced, link.mapping) != now:
        link.person, link.active, link.managed, link.synced, link.mapping = now
        c.version += 1
