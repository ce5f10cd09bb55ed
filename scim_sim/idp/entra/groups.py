"""What happens to one team in a cycle: look up without members, create empty, rename, delete; members one PATCH each.

Memberships are never read back: what was added is remembered, and what others change in the target stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scim_sim.directory.model import Team
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import Refused, created_id, refusal, resource
from scim_sim.idp.entra.connector import Attempt, Connector, GroupLink
from scim_sim.idp.entra.dialects import differences, member_operation, operations, patch_body, typed
from scim_sim.idp.entra.matching import match
from scim_sim.idp.entra.paths import body
from scim_sim.idp.entra.provisioning_log import Standing, shown
from scim_sim.idp.flows import resource_id
from scim_sim.scim.urns import GROUP

__all__ = ["members", "provision_group", "remove_group"]

MICROSOFT_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
UNRESOLVED = "UnableToResolveReferenceAttributeValue"


def provision_group(c: Connector, key: str, attempt: Attempt, read_by_id: bool = True) -> Flow[bool]:
    """Bring the team itself into line; true when its members are to be looked at afterwards."""
    team = c.directory.teams[key]
    assigned = c.scope.team_assigned(key)
    passes = c.scope.group_passes(c.group_env(team).source)
    standing = Standing(True, assigned, passes)
    c.tally.events += 1
    c.since = c.clock.now()
    try:
        if not standing.in_scope:
            yield from _leave(c, team, standing, attempt)
            return False
        yield from _provision(c, team, standing, attempt, read_by_id)
    except Refused as why:
        c.fail(attempt, team, standing, why)
        attempt.outcome = why.code
        if why.fatal and c.traits.quarantine_on_noncompliance:
            raise
        return False
    c.escrow.drop(key)
    return True


def _provision(c: Connector, team: Team, standing: Standing, attempt: Attempt, read_by_id: bool) -> Flow[None]:
    link = c.group_links.get(team.key)
    attempt.of("entra-group-push", "update", "update", "matching")
    if link is None:
        yield from _join(c, team, standing, attempt)
        return
    if read_by_id:
        request = c.requests.get("Groups", link.resource_id, "read group")
        response = yield from c.ask(request)
        if response.status == 404 and c.traits.on_missing_anchor == "rematch":
            del c.group_links[team.key]
            yield from _join(c, team, standing, attempt)
            return
        present = resource(request, response)
    else:
        found = yield from match(c, "Groups", c.mappings.groups, c.group_env(team))
        present = found[0] if found else _as_sent(c, link)
    yield from _update(c, team, link, present, standing, attempt)


def _as_sent(c: Connector, link: GroupLink) -> dict[str, Any]:
    """The group as this job last wrote it, where its new name finds nothing."""
    pairs = c.mappings.groups.update_pairs(c.group_env(link.team))
    return body([(row.path, typed(row, value)) for row, value in pairs], (), "Group")


def _join(c: Connector, team: Team, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-group-push", "create", "add", "matching")
    found = yield from match(c, "Groups", c.mappings.groups, c.group_env(team))
    if found:
        attempt.event = "link"
        link = c.group_links[team.key] = GroupLink(str(resource_id(found[0])), team)
        yield from _update(c, team, link, found[0], standing, attempt)
        return
    attempt.stage = "export"
    pairs = c.mappings.groups.create_pairs(c.group_env(team))
    attempt.changed = tuple((row.path.text, None, value) for row, value in pairs)
    schemas = (GROUP, MICROSOFT_GROUP) if c.traits.group_schema_uri else (GROUP,)
    request = c.requests.create(
        "Groups", body([(row.path, typed(row, value)) for row, value in pairs], schemas, "Group"), "create group"
    )
    new_id, _ = created_id(request, (yield from c.ask(request)))
    c.tally.writes += 1
    c.tally.count("groups created")
    attempt.outcome = "created"
    c.group_links[team.key] = GroupLink(new_id, team)
    c.gone.pop(team.key, None)
    c.version += 1
    c.log("create", "add", team, standing, attempt.changed)


def _update(
    c: Connector, team: Team, link: GroupLink, present: dict[str, Any], standing: Standing, attempt: Attempt
) -> Flow[None]:
    attempt.stage = "export"
    found = list(differences(c.mappings.groups.update_pairs(c.group_env(team)), present, c.traits))
    if found:
        attempt.changed = shown(found)
        if attempt.event == "update" and any(d.row.path.text == "displayName" for d in found):
            attempt.need = "entra-group-rename"
        request = c.requests.patch("Groups", link.resource_id, patch_body(operations(found, c.dialect, c.traits)), "update group")
        response = yield from c.ask(request)
        if not response.ok:
            raise refusal(request, response)
        c.tally.writes += 1
        c.tally.count("groups updated")
        c.on_write(team.key, [d.row.path.text for d in found])
        attempt.outcome = "updated"
        c.log("update", attempt.event, team, standing, attempt.changed)
    else:
        attempt.outcome = "RedundantExport"
        c.log(
            "other",
            "skip",
            team,
            standing,
            status="skipped",
            code="RedundantExport",
            reason="the target has these values already",
        )
    link.team = team
    c.version += 1


def _leave(c: Connector, team: Team, standing: Standing, attempt: Attempt) -> Flow[None]:
    if team.key not in c.group_links:
        attempt.outcome = standing.skip_reason
        c.log(
            "other",
            "skip",
            team,
            standing,
            status="skipped",
            code=standing.skip_reason,
            reason="the group is not to be provisioned",
        )
        return
    yield from _delete(c, team, standing, attempt)


def remove_group(c: Connector, key: str) -> Flow[None]:
    """Delete the group of a team that left the scope or the directory."""
    link = c.group_links.get(key)
    if link is None:
        return
    attempt, standing = Attempt(), Standing(False, False, False)
    c.tally.events += 1
    c.since = c.clock.now()
    try:
        yield from _delete(c, link.team, standing, attempt)
    except Refused as why:
        c.fail(attempt, link.team, standing, why)
        return
    c.escrow.drop(key)


def _delete(c: Connector, team: Team, standing: Standing, attempt: Attempt) -> Flow[None]:
    attempt.of("entra-group-delete", "delete", "delete")
    link = c.group_links[team.key]
    if not c.may("delete"):
        return
    request = c.requests.delete("Groups", link.resource_id, "delete group")
    response = yield from c.ask(request)
    if not response.ok and response.status != 404:
        raise refusal(request, response)
    c.tally.writes += 1
    c.tally.count("groups deleted")
    attempt.outcome = "deleted"
    c.log("delete", "delete", team, standing)
    c.gone[team.key] = (link.resource_id, team.display_name)
    del c.group_links[team.key]
    c.version += 1


# -- members ----------------------------------------------------------------------------------------------------------


def members(c: Connector, key: str, only: Sequence[str] | None = None) -> Flow[None]:
    """Add and remove what the team and the target, as far as it is known, differ in; `only` limits it to some keys."""
    link, team = c.group_links.get(key), c.directory.teams.get(key)
    if link is None or team is None or not c.may("update") or c.mappings.groups.row("members") is None:
        return
    wanted = dict.fromkeys(team.members)
    looked_at = list(wanted) + [m for m in link.members if m not in wanted] if only is None else list(dict.fromkeys(only))
    for member in looked_at:
        if member in c.gone:
            link.members.pop(member, None)
    removed = [m for m in looked_at if m in link.members and m not in wanted]
    added = []
    for member in looked_at:
        if member in wanted and member not in link.members:
            if _target_id(c, member):
                c.escrow.unresolved.pop((team.key, member), None)
                added.append(member)
            elif member in c.directory.people and c.standing(c.directory.people[member]).in_scope:
                _unresolved(c, team, member)
    failures = yield from _change(c, team, link, removed, added)
    if failures:
        c.fail(Attempt(failures[0][0], "update", "reference", "export"), team, Standing(True, True, True), failures[0][1])
    else:
        c.escrow.drop(key, "links")


def _change(c: Connector, team: Team, link: GroupLink, removed: list[str], added: list[str]) -> Flow[list[tuple[str, Refused]]]:
    """Write what changed, PATCH by PATCH; the needs that were not met, and why. The team is kept for retry once."""
    failures: list[tuple[str, Refused]] = []
    for op, need, keys in (("Remove", "entra-members-removed", removed), ("Add", "entra-members-added", added)):
        try:
            if keys and op == "Remove":
                yield from c.ask(c.requests.get("Groups", link.resource_id, "read group"))
        except Refused as why:
            failures.append((need, why))
            continue
        for start in range(0, len(keys), c.traits.members_per_patch):
            try:
                yield from _write(c, team, link, op, keys[start : start + c.traits.members_per_patch])
            except Refused as why:
                failures.append((need, why))
    return failures


def _target_id(c: Connector, key: str) -> str:
    if key in c.links:
        return c.links[key].resource_id
    return c.group_links[key].resource_id if key in c.group_links else ""


def _unresolved(c: Connector, team: Team, member: str) -> None:
    c.escrow.unresolved[team.key, member] = None
    reason = f"the member {member} is not provisioned; it is left out until the job is restarted"
    c.log(
        "update",
        "reference",
        team,
        Standing(True, True, True),
        status="warning",
        stage="referenceResolution",
        code=UNRESOLVED,
        reason=reason,
    )
    if c.traits.late_members == "retry":
        c.late[team.key] = None


def _write(c: Connector, team: Team, link: GroupLink, op: str, keys: Sequence[str]) -> Flow[None]:
    c.since = c.clock.now()
    ids = [link.members[key] if op == "Remove" else _target_id(c, key) for key in keys]
    made = member_operation(op, ids, c.dialect, c.traits)
    request = c.requests.patch("Groups", link.resource_id, patch_body(made), f"{'add' if op == 'Add' else 'remove'} member")
    response = yield from c.ask(request)
    if not response.ok:
        raise refusal(request, response)
    c.tally.writes += 1
    c.tally.count("members added" if op == "Add" else "members removed")
    c.on_write(team.key, ["members"])
    if made[0]["op"] == "replace":
        link.unsure = frozenset(link.members.values())
    link.unsure -= frozenset(ids)
    for key, member in zip(keys, ids, strict=True):
        if op == "Add":
            link.members[key] = member
        else:
            link.members.pop(key, None)
    c.version += 1
    before, after = (None, ",".join(ids)) if op == "Add" else (",".join(ids), None)
    c.log("update", "reference", team, Standing(True, True, True), (("members", before, after),))
