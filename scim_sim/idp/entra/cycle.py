"""One cycle of the job: probe, users, groups, references, then the watermark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import FAILURE, INCOMPATIBLE, UNAVAILABLE, Refused, listed
from scim_sim.idp.entra.connector import Attempt, Connector, Tally
from scim_sim.idp.entra.groups import members, provision_group, remove_group
from scim_sim.idp.entra.job import DAY
from scim_sim.idp.entra.managers import manager
from scim_sim.idp.entra.provisioning_log import Standing
from scim_sim.idp.entra.users import provision
from scim_sim.wire import Request, Response

__all__ = ["CycleSummary", "Plan", "TooManyDeletes", "plan", "probe", "run_cycle"]

Kind = Literal["initial", "incremental", "full"]


@dataclass(frozen=True, slots=True)
class CycleSummary:
    """What one cycle did: `writes` were answered well, `failed` objects are kept for retry, `differ` are not in line yet."""

    n: int
    at: float
    kind: str
    requests: int
    writes: int
    failed: int
    differ: int
    result: str


@dataclass(slots=True)
class Plan:
    """What a cycle looks at: persons, teams, and per team the members that changed (`None` for all of them)."""

    users: dict[str, None] = field(default_factory=dict)
    teams: dict[str, None] = field(default_factory=dict)
    gone_teams: dict[str, None] = field(default_factory=dict)
    members: dict[str, list[str] | None] = field(default_factory=dict)


class TooManyDeletes(Exception):
    """More deletes and disables than the threshold allows were planned, and were held back."""

    def __init__(self, count: int, threshold: int) -> None:
        super().__init__(f"{count} deletions are waiting, the threshold is {threshold}")


def probe(c: Connector, kind: str = "Users") -> Flow[None]:
    """Look up something that cannot exist; raises a fatal `Refused` for anything but a readable list."""
    mapping = c.mappings.users if kind == "Users" else c.mappings.groups
    row = mapping.matching[0]
    for _ in range(max(1, c.traits.probes)):
        request = c.requests.find(kind, row.path.text, c.guid(), "probe" if kind == "Users" else "probe groups")
        try:
            _judge(request, (yield from c.ask(request)))
        except Refused as why:
            code = UNAVAILABLE if why.status == 0 else why.code
            raise Refused(code, why.reason, why.status, fatal=True) from None


def _judge(request: Request, response: Response) -> None:
    try:
        listed(request, response)
    except Refused as why:
        status = response.status
        if status in (401, 403):
            raise Refused("InvalidCredentials", why.reason, status) from None
        if status >= 500:
            raise Refused(UNAVAILABLE, why.reason, status) from None
        if not response.ok:
            raise Refused(FAILURE, why.reason, status) from None
        raise Refused(INCOMPATIBLE, why.reason, status) from None
    body = response.json_object() or {}
    if "totalresults" not in {name.lower() for name in body}:
        raise Refused(INCOMPATIBLE, f"The answer to GET {request.path} has no totalResults", response.status)


# -- planning ---------------------------------------------------------------------------------------------------------


def plan(c: Connector, full: bool, watermark: int) -> Plan:
    """What the cycle looks at: everything, or the changes since the watermark and what is due for retry."""
    made = Plan()
    if full:
        made.users = dict.fromkeys(_everybody(c))
        made.teams = dict.fromkeys(k for k in c.directory.teams if c.scope.team_assigned(k) or k in c.group_links)
        made.members = dict.fromkeys(made.teams)
        made.gone_teams = dict.fromkeys(k for k in c.group_links if k not in c.directory.teams)
    else:
        _changes(c, watermark, made)
        due = c.escrow.due(c.clock.now())
        for key in c.touched:
            _look_at(c, key, made)
        for key in due:
            _look_at(c, key, made, people=False)
    if c.release_held:
        for key in c.held:
            _look_at(c, key, made)
    return made


def _everybody(c: Connector) -> Iterable[str]:
    if c.scope.mode == "all":
        return c.directory.people
    through = c.scope.everyone_through_teams
    wanted = {*c.scope.people, *through, *c.links}
    return [key for key in c.directory.people if key in wanted]


def _look_at(c: Connector, key: str, made: Plan, people: bool = True) -> None:
    """Put the person into the plan, or the team with its members; `people` takes these as persons too."""
    if key in c.directory.people:
        made.users[key] = None
    elif key in c.directory.teams:
        made.teams[key] = None
        made.members[key] = None
        inside = c.directory.teams[key].members if people else ()
        made.users.update((m, None) for m in inside if m in c.directory.people)
    elif key in c.group_links:
        made.gone_teams[key] = None


def _changes(c: Connector, watermark: int, made: Plan) -> None:
    people = c.directory.people
    for change in c.directory.since(watermark):
        key = change.subject
        if change.kind in (
            "hired",
            "updated",
            "suspended",
            "unsuspended",
            "deactivated",
            "reactivated",
            "deleted",
            "restored",
            "purged",
        ):
            made.users[key] = None
        elif change.kind == "password_set":
            continue
        elif c.scope.mode == "all" or key in c.scope.teams or key in c.group_links:
            made.users.update((m, None) for m in change.members if m in people)
            if key not in c.directory.teams:
                made.gone_teams[key] = None
            elif change.kind in ("members_added", "members_removed"):
                if made.members.setdefault(key, []) is not None:
                    made.members[key] = [*(made.members[key] or []), *change.members]
            else:
                made.teams[key] = None
                if change.kind == "team_created":
                    made.members[key] = None


# -- running ----------------------------------------------------------------------------------------------------------


def run_cycle(c: Connector, full: bool, watermark: int) -> Flow[None]:
    """Everything between the probe and the new watermark; raises a fatal `Refused` or `TooManyDeletes`."""
    if c.traits.startup_probe:
        yield from probe(c)
    _empty_bin(c)
    pending = list(c.touched)
    todo = plan(c, full, watermark)
    held = _hold(c, todo)
    managers = yield from _users(c, todo.users)
    if c.groups:
        yield from _groups(c, todo)
    for key, present in managers:
        yield from manager(c, key, present)
    if c.groups:
        for key, only in todo.members.items():
            yield from members(c, key, only)
    for key in pending:
        c.touched.pop(key, None)
    c.touched.update(c.late)
    c.late.clear()
    if held:
        raise TooManyDeletes(held, c.traits.accidental_delete_threshold)


def _users(c: Connector, keys: Iterable[str]) -> Flow[list[tuple[str, Any]]]:
    managers: list[tuple[str, Any]] = []
    for key in keys:
        attempt = Attempt()
        if (yield from provision(c, key, attempt)) and (c.directory.people[key].manager or c.links[key].manager):
            managers.append((key, attempt.manager))
    return managers


def _groups(c: Connector, todo: Plan) -> Flow[None]:
    if c.traits.startup_probe and c.traits.group_probe == "cycle":
        yield from probe(c, "Groups")
    for key in todo.gone_teams:
        yield from remove_group(c, key)
    for key in todo.teams:
        if key in c.scope.teams or key in c.group_links or c.scope.mode == "all":
            yield from provision_group(c, key, Attempt())


def _empty_bin(c: Connector) -> None:
    """Purge who has been in the recycle bin for its 30 days."""
    now = c.clock.now()
    for change in c.directory.since(c.bin_watermark):
        if change.kind == "deleted":
            c.bin[change.subject] = change.at
        elif change.kind in ("restored", "purged"):
            c.bin.pop(change.subject, None)
    c.bin_watermark = c.directory.serial
    for key in [key for key, since in c.bin.items() if now - since >= c.traits.hard_delete_days * DAY]:
        del c.bin[key]
        c.directory.purge(key, now)


# -- accidental deletions ---------------------------------------------------------------------------------------------


def _hold(c: Connector, todo: Plan) -> int:
    """Take deletes and disables out of the plan when there are more than the threshold allows; how many were held."""
    threshold = c.traits.accidental_delete_threshold
    if not threshold or c.release_held:
        c.held.clear()
        c.release_held = False
        return 0
    leaving = [key for key in todo.users if _would_leave(c, c.directory.people[key])]
    teams = (
        [*todo.gone_teams, *(key for key in todo.teams if key in c.group_links and not c.scope.team_assigned(key))]
        if c.groups
        else []
    )
    if len(leaving) + len(teams) + len(c.held) <= threshold:
        return 0
    for key in leaving:
        del todo.users[key]
        _stage(c, key)
    for key in teams:
        todo.gone_teams.pop(key, None)
        todo.teams.pop(key, None)
        c.held[key] = None
    return len(c.held)


def _would_leave(c: Connector, person: Person) -> bool:
    link = c.links.get(person.key)
    if link is None or not link.managed:
        return False
    return person.status == "purged" or (link.active and not c.standing(person).in_scope)


def _stage(c: Connector, key: str) -> None:
    person, c.since = c.directory.people[key], c.clock.now()
    if key not in c.held:
        standing: Standing = c.standing(person)
        event = "delete" if person.status == "purged" else "disable"
        action = "stageddelete" if event == "delete" else "StagedAction"
        c.log(
            action,
            event,
            person,
            standing,
            status="skipped",
            stage="export",
            code="StagedDelete",
            reason="held back by the threshold",
        )
    c.held[key] = None


def described(tally: Tally, kind: str) -> str:
    """The result of a cycle in a few words: `8 created, 1 failed`."""
    parts = [f"{count} {verb.replace('s ', ' ', 1) if count == 1 else verb}" for verb, count in tally.done.items()]
    if tally.failed:
        parts.append(f"{tally.failed} failed, kept for retry" if not parts else f"{tally.failed} failed")
    return ", ".join(parts) or "nothing to do"
