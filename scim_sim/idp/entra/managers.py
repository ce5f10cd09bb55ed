"""The reference to the manager: its own PATCH, after both users are there."""

from __future__ import annotations

from typing import Any, Final

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import Refused, listed, refusal
from scim_sim.idp.entra.connector import Attempt, Connector, Link
from scim_sim.idp.entra.dialects import patch_body, reference_operation
from scim_sim.idp.entra.paths import target_path
from scim_sim.idp.entra.provisioning_log import Standing
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["MANAGER", "MANAGER_PATH", "manager"]

MANAGER: Final = f"{ENTERPRISE_USER}:manager"
MANAGER_PATH: Final = target_path(MANAGER)


def manager(c: Connector, key: str, present: Any) -> Flow[None]:
    """Write the reference to the manager, once both are there; `present` is what the target returned."""
    row = c.mappings.users.row(MANAGER)
    person, link = c.directory.people[key], c.links.get(key)
    if row is None or link is None or not c.may("update"):
        return
    standing = c.standing(person)
    c.since = c.clock.now()
    wanted = ""
    if person.manager:
        theirs = c.links.get(person.manager)
        if theirs is None:
            c.escrow.unresolved[key, person.manager] = None
            reason = f"the manager {person.manager} is not provisioned"
            c.log("update", "reference", person, standing, status="warning", stage="referenceResolution",
                  code="UnableToResolveReferenceAttributeValue", reason=reason)  # fmt: skip
            return
        c.escrow.unresolved.pop((key, person.manager), None)
        wanted = theirs.resource_id
    held = _manager_id(present)
    if held == wanted or not (wanted or (c.traits.clear_reference and link.manager)):
        link.manager = wanted or link.manager
        c.escrow.drop(key, "links")
        return
    try:
        yield from _write_manager(c, person, link, wanted, "Replace" if held or not wanted else "Add", standing)
    except Refused as why:
        c.fail(Attempt("entra-manager", "update", "reference", "export"), person, standing, why)
        return
    c.escrow.drop(key, "links")


def _write_manager(c: Connector, person: Person, link: Link, wanted: str, op: str, standing: Standing) -> Flow[None]:
    if c.traits.manager_precheck and wanted:
        request = c.requests.manager_check(link.resource_id, wanted)
        if listed(request, (yield from c.ask(request))):
            return
    made = [reference_operation(op, MANAGER, wanted, c.dialect)]
    request = c.requests.patch("Users", link.resource_id, patch_body(made), "set manager")
    response = yield from c.ask(request)
    if not response.ok:
        raise refusal(request, response)
    c.tally.writes += 1
    c.on_write(person.key, [MANAGER])
    changed = ((MANAGER, link.manager or None, wanted),)
    link.manager = wanted
    c.version += 1
    c.log("update", "reference", person, standing, changed)


def _manager_id(present: Any) -> str:
    return str(present.get("value") or "") if isinstance(present, dict) else ""
