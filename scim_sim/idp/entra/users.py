"""What happens to one person in a cycle: match, create, compare, PATCH, disable, restore, delete, manager."""

from __future__ import annotations

from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import INCOMPATIBLE, Refused, created_id, listed, refusal, resource
from scim_sim.idp.entra.connector import Attempt, Connector, Link
from scim_sim.idp.entra.dialects import Difference, differences, operations, patch_body, reference_operation, typed
from scim_sim.idp.entra.functions import Env
from scim_sim.idp.entra.mapping import Row
from scim_sim.idp.entra.paths import body, read, target_path
from scim_sim.idp.entra.provisioning_log import Changed, Standing, shown
from scim_sim.idp.flows import resource_id
from scim_sim.scim.urns import ENTERPRISE_USER, USER

__all__ = ["lookup", "manager", "provision"]

MANAGER = f"{ENTERPRISE_USER}:manager"
MANAGER_PATH = target_path(MANAGER)


def provision(c: Connector, key: str, attempt: Attempt, read_by_id: bool = True) -> Flow[bool]:
    """Bring one person into line with the directory; true when the references are to be looked at afterwards.

    A refusal of the target is kept in escrow, logged and complained about; it never ends the cycle unless it is fatal.
    """
    person = c.directory.people[key]
    standing = c.standing(person)
    c.tally.events += 1
    try:
        done = yield from _provision(c, person, standing, attempt, read_by_id)
    except Refused as why:
        c.fail(attempt, person, standing, why)
        attempt.outcome = why.code
        if why.fatal and c.traits.quarantine_on_noncompliance:
            raise
        return False
    c.escrow.drop(key)
    return done


def _provision(c: Connector, person: Person, standing: Standing, attempt: Attempt, read_by_id: bool) -> Flow[bool]:
    link = c.links.get(person.key)
    if person.status == "purged":
        yield from _purge(c, person, link, standing, attempt)
    elif not standing.in_scope:
        yield from _leave(c, person, link, standing, attempt)
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
    found = yield from match(c, env)
    if found is None:
        return _skip(c, person, standing, attempt, "ImportSkipped", "no matching attribute has a value")
    if found:
        return (yield from _take_over(c, person, found[0], standing, attempt))
    if not c.may("create"):
        return _skip(c, person, standing, attempt, "NotInScope", "creating objects is not enabled")
    attempt.stage = "export"
    pairs = c.mappings.users.create_pairs(env)
    attempt.changed = lambda: tuple(_property(row, value) for row, value in c.mappings.users.create_pairs(env))
    made = body([(row.path, typed(row, value)) for row, value in pairs], (USER, ENTERPRISE_USER), "User")
    request = c.requests.create("Users", made, "create user")
    response = yield from c.ask(request)
    new_id, _ = created_id(request, response)
    c.tally.writes += 1
    c.link(person, new_id)
    if c.mappings.users.late:
        c.late[person.key] = None
    _done(c, attempt, "created")
    c.log("create", "add", person, standing, attempt.changed)
    return True


def _property(row: Row, value: Any) -> tuple[str, Any, Any]:
    return (row.path.text, None, "[Redact]" if row.redacted else value)


def match(c: Connector, env: Env) -> Flow[list[dict[str, Any]] | None]:
    """The one resource that a matching attribute finds, in precedence order; `None` when no attribute has a value."""
    asked = False
    for row in c.mappings.users.matching:
        value = row.value(env)
        if not value:
            continue
        asked = True
        found = yield from lookup(c, "Users", row, str(value), "match user")
        if found:
            return found
    return [] if asked else None


def lookup(c: Connector, kind: str, row: Row, value: str, label: str) -> Flow[list[dict[str, Any]]]:
    """The resources with that value; raises `Refused` for several, and for one that has another value."""
    if any(char in value for char in c.traits.unqueryable):
        raise Refused(
            "InvalidFilterValue", f"the value {value!r} of the matching attribute {row.path.text} cannot be queried", source=True
        )
    request = c.requests.find(kind, row.path.text, value, label)
    found = listed(request, (yield from c.ask(request)))
    if len(found) > 1:
        raise Refused("DuplicateTargetEntries", f'{len(found)} objects in the target answer to {row.path.text} eq "{value}"')
    if found:
        _same_one(found[0], row, value, request.path)
    return found


def _same_one(found: dict[str, Any], row: Row, value: str, path: str) -> None:
    present = read(found, row.path)
    if present is not None and str(present).lower() != value.lower():
        said = f'the answer to GET {path} with the filter {row.path.text} eq "{value}" is an object with the value "{present}"'
        raise Refused(INCOMPATIBLE, f"{said}: the filter was ignored, and the object is not taken over")
    if resource_id(found) is None:
        raise Refused(INCOMPATIBLE, f"the object found by {row.path.text} has no id")


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
        found = yield from match(c, c.env(person))
        if not found:
            yield from _update(c, person, link, _as_sent(c, link), standing, attempt)
            return True
        present = found[0]
    yield from _update(c, person, link, present, standing, attempt)
    return True


def _restore(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt) -> Flow[bool]:
    attempt.of("entra-reactivate", "update", "update", "matching")
    found = yield from match(c, c.env(person))
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
    found = list(differences(c.mappings.users.update_pairs(c.env(person)), present, c.traits))
    verb = "updated" if link.active or attempt.event == "link" else "restored"
    if found and not c.may("update"):
        _skip(c, person, standing, attempt, "NotInScope", "updating objects is not enabled")
        return
    if found:
        attempt.changed = shown(found)
        label = "update user" if verb == "updated" else "restore user"
        yield from _patch(c, person, link, found, label)
        _done(c, attempt, verb)
        c.log("update", attempt.event, person, standing, attempt.changed)
    else:
        _skip(c, person, standing, attempt, "RedundantExport", "the target has these values already")
    _brought_over(c, person, link)


def _patch(c: Connector, person: Person, link: Link, found: list[Difference], label: str) -> Flow[None]:
    made = operations(found, c.dialect, c.traits)
    request = c.requests.patch("Users", link.resource_id, patch_body(made), label)
    response = yield from c.ask(request)
    if not response.ok:
        raise refusal(request, response)
    c.tally.writes += 1
    if c.on_write is not None:
        c.on_write(person.key, "Users", [d.row.path.text for d in found])


def _brought_over(c: Connector, person: Person, link: Link) -> None:
    if (link.person, link.active, link.managed, link.synced, link.mapping) != (person, True, True, True, c.mappings.users):
        link.person, link.active, link.managed, link.synced, link.mapping = person, True, True, True, c.mappings.users
        c.version += 1


# -- out of scope -----------------------------------------------------------------------------------------------------


def _leave(c: Connector, person: Person, link: Link | None, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-deactivate", "disable", "disable")
    entitled = standing.assigned and standing.passes
    if link is None:
        _skip(c, person, standing, attempt, standing.skip_reason, "the user is not to be provisioned")
        return
    if not link.managed:
        _skip(c, person, standing, attempt, standing.skip_reason, "the user is not managed any more")
        return
    if not entitled and c.traits.skip_out_of_scope_deletions:
        _skip(c, person, standing, attempt, standing.skip_reason, "out-of-scope deletions are skipped")
        return
    if not c.mappings.users.disables:
        yield from _delete(c, person, link, standing, attempt)
        return
    if not c.may("update"):
        _skip(c, person, standing, attempt, "NotInScope", "updating objects is not enabled")
        return
    yield from _disable(c, person, link, standing, attempt, entitled)


def _disable(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt, entitled: bool) -> Flow[None]:
    wanted = _leaving_pairs(c, person)
    present: dict[str, Any] = {"active": link.active}
    if c.traits.read_before_disable:
        request = c.requests.get("Users", link.resource_id, "read user")
        present = resource(request, (yield from c.ask(request)))
    found = list(differences(wanted, present, c.traits))
    if not c.traits.read_before_disable:
        found = _unread(found, link, person, c)
    if found:
        attempt.changed = shown(found)
        yield from _patch(c, person, link, found, "disable user")
        _done(c, attempt, "disabled")
        c.log("disable", "disable", person, standing, attempt.changed)
    else:
        _skip(c, person, standing, attempt, "RedundantExport", "the user is disabled in the target already")
    if person.status == "deleted" and c.traits.soft_delete_renames:
        link.person = person
    link.active, link.managed = False, entitled
    c.version += 1


def _leaving_pairs(c: Connector, person: Person) -> list[tuple[Row, Any]]:
    env = c.env(person, soft_deleted=True)
    names = {"active"}
    if person.status == "deleted" and c.traits.soft_delete_renames:
        names |= {row.path.text for row in c.mappings.users.rows if row.text == "userPrincipalName"}
    return [(row, value) for row, value in c.mappings.users.update_pairs(env) if row.path.text in names]


def _unread(found: list[Difference], link: Link, person: Person, c: Connector) -> list[Difference]:
    """The differences against what was last sent, all as Replace: nothing was read."""
    rename = person.status == "deleted" and c.traits.soft_delete_renames and not link.renamed
    kept = [Difference(d.row, "Replace", None if d.op == "Add" else d.old, d.new) for d in found]
    if not link.active and not rename:
        return []
    if link.active and link.renamed:
        return [d for d in kept if d.row.path.text == "active"]
    if not link.active and rename:
        active = c.mappings.users.row("active")
        assert active is not None
        value = active.value(c.env(person, soft_deleted=True))
        kept = [*[d for d in kept if d.row.path.text != "active"], Difference(active, "Replace", "False", value)]
    return kept


def _purge(c: Connector, person: Person, link: Link | None, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-delete", "delete", "delete")
    if link is None or not link.managed:
        c.unlink(person.key, gone=False)
        _skip(c, person, standing, attempt, "NotEffectivelyEntitled", "the user is not managed any more")
        return
    missed = link.active and not link.renamed
    if not c.may("delete") or (missed and not c.traits.delete_when_missed):
        _skip(c, person, standing, attempt, "NotInScope", "deleting objects is not enabled")
        return
    yield from _delete(c, person, link, standing, attempt)


def _delete(c: Connector, person: Person, link: Link, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-delete", "delete", "delete")
    request = c.requests.delete("Users", link.resource_id, "delete user")
    response = yield from c.ask(request)
    if not response.ok and response.status != 404:
        raise refusal(request, response)
    c.tally.writes += 1
    _done(c, attempt, "deleted")
    c.log("delete", "delete", person, standing)
    c.unlink(person.key, gone=True)


# -- manager ----------------------------------------------------------------------------------------------------------


def manager(c: Connector, key: str, present: Any) -> Flow[None]:
    """Write the reference to the manager, once both are there; `present` is what the target returned."""
    row = c.mappings.users.row(MANAGER)
    person, link = c.directory.people[key], c.links.get(key)
    if row is None or link is None or not c.may("update"):
        return
    standing = c.standing(person)
    wanted = ""
    if person.manager:
        theirs = c.links.get(person.manager)
        if theirs is None:
            reason = f"the manager {person.manager} is not provisioned"
            c.log("update", "reference", person, standing, status="warning", stage="referenceResolution",
                  code="UnableToResolveReferenceAttributeValue", reason=reason)  # fmt: skip
            return
        wanted = theirs.resource_id
    held = _manager_id(present, c.traits.manager_as_string)
    if held == wanted or not (wanted or (c.traits.clear_reference and link.manager)):
        link.manager = wanted or link.manager
        return
    if c.traits.manager_precheck and wanted:
        request = c.requests.manager_check(link.resource_id, wanted)
        if listed(request, (yield from c.ask(request))):
            return
    yield from _write_manager(c, person, link, wanted, "Replace" if held or not wanted else "Add", standing)


def _write_manager(c: Connector, person: Person, link: Link, wanted: str, op: str, standing: Standing) -> Flow[None]:
    made = [reference_operation(op, MANAGER, wanted, c.dialect)]
    request = c.requests.patch("Users", link.resource_id, patch_body(made), "set manager")
    try:
        response = yield from c.ask(request)
        if not response.ok:
            raise refusal(request, response)
    except Refused as why:
        c.fail(Attempt("entra-manager", "update", "reference", "export"), person, standing, why)
        return
    c.tally.writes += 1
    if c.on_write is not None:
        c.on_write(person.key, "Users", [MANAGER])
    changed: Changed = ((MANAGER, link.manager or None, wanted),)
    link.manager = wanted
    c.version += 1
    c.log("update", "reference", person, standing, changed)


def _manager_id(present: Any, as_string: str) -> str:
    if isinstance(present, dict):
        return str(present.get("value") or "")
    return present if isinstance(present, str) and as_string == "accept" else ""


# -- small things -----------------------------------------------------------------------------------------------------


def _skip(c: Connector, person: Person, standing: Standing, attempt: Attempt, code: str, why: str) -> bool:
    attempt.outcome = code
    attempt.action = "other"
    c.log("other", "skip", person, standing, status="skipped", code=code, reason=why)
    return False


def _done(c: Connector, attempt: Attempt, verb: str) -> None:
    attempt.outcome = verb
    c.tally.count(verb)
