"""Provision on demand: one person, or one group with up to five members, at once, with its four step panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import Refused
from scim_sim.idp.entra.connector import Attempt, Connector
from scim_sim.idp.entra.cycle import probe
from scim_sim.idp.entra.groups import members, provision_group
from scim_sim.idp.entra.managers import manager
from scim_sim.idp.entra.provisioning_log import Entry, Standing
from scim_sim.idp.entra.users import provision

__all__ = ["MAX_MEMBERS", "PANELS", "Panel", "group", "person"]

MAX_MEMBERS = 5
PANELS = ("Import", "Determine if in scope", "Match between source and target", "Perform action")


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the four steps as the portal shows it: `status` is Success, Failure, Skipped or Warning."""

    subject: str
    name: str
    status: str
    details: Mapping[str, Any]

    def row(self) -> dict[str, str]:
        """The panel as a line of the report, its details in words."""
        said = "; ".join(f"{name}: {_word(value)}" for name, value in self.details.items())
        return {"subject": self.subject, "step": self.name, "status": self.status, "details": said}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def person(c: Connector, key: str) -> Flow[tuple[Panel, ...]]:
    """Provision the person; raises `UsageError` for somebody who cannot be picked: deleted in Entra ID."""
    who = c.directory.person(key)
    if who.status in ("deleted", "purged"):
        raise UsageError(f'"{key}" is {who.status}: a deleted user cannot be provisioned on demand')
    return (yield from _guarded(c, key, _person(c, key)))


def group(c: Connector, key: str, chosen: tuple[str, ...]) -> Flow[tuple[Panel, ...]]:
    """Provision the group and the chosen members, who must be direct members."""
    team = c.directory.team(key)
    if not c.groups:
        raise UsageError("groups are not mapped for this target")
    if len(chosen) > MAX_MEMBERS:
        raise UsageError(f"provision on demand takes up to {MAX_MEMBERS} members, not {len(chosen)}")
    for member in chosen:
        if member not in team.members:
            raise UsageError(f'"{member}" is no direct member of "{key}"')
        if member not in c.directory.people:
            raise UsageError(f'"{member}" is a team: nested groups are not provisioned on demand')
    return (yield from _guarded(c, key, _group(c, key, chosen)))


def _guarded(c: Connector, key: str, flow: Flow[tuple[Panel, ...]]) -> Flow[tuple[Panel, ...]]:
    """Run in the dialect of provision on demand, after the probe; whatever happens, the job's own dialect comes back."""
    dialect, c.dialect = c.dialect, c.traits.on_demand_dialect
    c.began = c.clock.now()
    try:
        if c.traits.startup_probe:
            yield from probe(c)
        return (yield from flow)
    except Refused as why:
        c.complain("entra-6-on-demand", key, f"Provision on demand failed. {why}", "Provision on demand")
        return (Panel(key, PANELS[0], "Failure", {"errorCode": why.code, "errorMessage": why.reason}),)
    finally:
        c.dialect = dialect


def _person(c: Connector, key: str) -> Flow[tuple[Panel, ...]]:
    attempt, before = Attempt(), len(c.entries)
    further = yield from provision(c, key, attempt, read_by_id=False)
    if further and c.directory.people[key].manager:
        yield from manager(c, key, attempt.manager)
    return _panels(c, key, c.standing(c.directory.people[key]), attempt, c.entries[before] if len(c.entries) > before else None)


def _group(c: Connector, key: str, chosen: tuple[str, ...]) -> Flow[tuple[Panel, ...]]:
    made: tuple[Panel, ...] = ()
    if c.traits.on_demand_members == "provision":
        for member in chosen:
            made += yield from _person(c, member)
    attempt, before = Attempt(), len(c.entries)
    further = yield from provision_group(c, key, attempt, read_by_id=False)
    if further and chosen:
        yield from members(c, key, chosen)
    standing = Standing(True, c.scope.team_assigned(key), True)
    return made + _panels(c, key, standing, attempt, c.entries[before] if len(c.entries) > before else None)


def _panels(c: Connector, key: str, standing: Standing, attempt: Attempt, entry: Entry | None) -> tuple[Panel, ...]:
    failed = entry is not None and entry.status == "failure"
    in_scope = standing.in_scope
    scope = {
        "Active in the source system": standing.active,
        "Assigned to the application": standing.assigned,
        "Scoping filters": standing.passes,
    }
    matched = failed and entry is not None and entry.stage == "matching"
    match = "Failure" if matched else "Success" if in_scope else "Skipped"
    action = (
        "Failure"
        if failed
        else "Success"
        if attempt.outcome in ("created", "updated", "restored", "disabled", "deleted")
        else "Skipped"
    )
    said: dict[str, Any] = {"action": attempt.action if attempt.action != "other" else "skip", "result": attempt.outcome}
    if entry is not None and failed:
        said |= {"errorCode": entry.code, "errorMessage": entry.reason}
    elif entry is not None and entry.changed and not callable(entry.changed):
        said["modified"] = [path for path, _, _ in entry.changed]
    linked = c.links.get(key) or c.group_links.get(key)
    return (
        Panel(key, PANELS[0], "Success", {"objectId": c.object_id(key)}),
        Panel(key, PANELS[1], "Success" if in_scope else "Skipped", scope),
        Panel(key, PANELS[2], match, {"target": linked.resource_id if linked else "none"}),
        Panel(key, PANELS[3], "Skipped" if matched else action, said),
    )
