"""Who should be where, and who is: the rows of the reconciliation, and how long a leaver kept access.

Pure functions of what an identity provider believes (`Wanted`) and of what was read back. Equal things are counted, what
differs stands in full; an account that is active although no directory wants it so is an orphan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scim_sim.checks.convergence import Wanted
from scim_sim.idp.engine import Engine
from scim_sim.wire import Exchange

__all__ = ["difference", "equal_row", "leaver_row", "orphan_row", "worst_case"]

Row = dict[str, Any]


def difference(thing: Wanted, resource: Mapping[str, Any] | None, known: bool) -> Iterator[Row]:
    """What differs between directory and target: nothing when they are equal, and a second row for an orphan.

    `resource` is `None` when it is not there, `known` false when it could not be read.
    """
    wanted, actual, result = _compared(thing, resource, known)
    if result != "equal":
        yield {"subject": thing.name or thing.key, "kind": thing.kind, "expected": wanted, "actual": actual, "result": result}
    if known and thing.kind == "user" and (thing.absent or not thing.active) and _active(resource):
        yield orphan_row(thing.name or thing.key, f"active; {thing.voice} holds that this person has left")


def equal_row(count: int) -> Row:
    """How many users and groups are as they should be."""
    return {"subject": "all others", "kind": "both", "expected": "", "actual": "", "result": "equal", "count": count}


def orphan_row(subject: str, why: str) -> Row:
    """An account that is active and that no directory wants to be so."""
    return {"subject": subject, "kind": "orphan", "expected": "no active account", "actual": why, "result": "orphan"}


def _compared(thing: Wanted, resource: Mapping[str, Any] | None, known: bool) -> tuple[str, str, str]:
    wanted = _wanted(thing)
    if not known:
        return wanted, "cannot be read", "unreadable"
    if resource is None:
        gone = thing.absent or (not thing.active and thing.resource_id is None)
        return wanted, "not there", "equal" if gone else "missing"
    if thing.absent:
        return wanted, "still there" + (", active" if _active(resource) else ""), "stale"
    if thing.kind == "user":
        active = _active(resource)
        return wanted, "active" if active else "inactive", "equal" if active is thing.active else "differs"
    there = _members(resource)
    missing, stale = thing.members - there, there - thing.members - thing.tolerated
    said = ", ".join(text for count, text in ((missing, f"{len(missing)} missing"), (stale, f"{len(stale)} stale")) if count)
    result = "equal" if not said else "stale members" if stale else "members missing"
    return wanted, f"{len(there)} members" + (f" ({said})" if said else ""), result


def _wanted(thing: Wanted) -> str:
    if thing.absent:
        return "not there"
    if thing.kind == "user":
        return "active" if thing.active else "inactive"
    return f"{len(thing.members)} members"


def _active(resource: Mapping[str, Any] | None) -> bool:
    return resource is not None and resource.get("active") is not False


def _members(resource: Mapping[str, Any]) -> frozenset[str]:
    listed = resource.get("members")
    rows = listed if isinstance(listed, list) else []
    return frozenset(str(member["value"]) for member in rows if isinstance(member, dict) and member.get("value"))


def leaver_row(thing: Wanted, resource: Mapping[str, Any] | None, spoken: Iterable[Exchange], idp: str) -> Row | None:
    """How fast the target let go of a leaver, apart from the IdP's own delay; `None` when nothing was written for that.

    `spoken` are the exchanges of the step, `idp` the worst case on the identity provider's side.
    """
    if thing.kind != "user" or (thing.active and not thing.absent) or thing.resource_id is None:
        return None
    place = f"/Users/{thing.resource_id}"
    wrote = [e for e in spoken if e.request.path == place and e.request.method in ("PUT", "PATCH", "DELETE") and e.response]
    last = wrote[-1] if wrote else None
    if last is None or not last.answer.ok:
        return None
    seen = "still active on the first read" if _active(resource) else "on the first read"
    return {
        "person": thing.name or thing.key,
        "identity provider": idp,
        "target answered": f"{last.elapsed * 1000:.0f} ms",
        "target let go": seen,
        "exchange": last.id,
    }


def worst_case(engine: Engine) -> str:
    """The longest time the IdP itself takes from the change to the request, as its documentation and traits say."""
    traits = getattr(engine, "traits", None)
    cycle = getattr(traits, "cycle_minutes", 0) or int(60 * (getattr(traits, "cycle_hours", 0) or 0))
    tick = getattr(traits, "schedule_minutes", 0)
    respite = getattr(traits, "leave_after_hours", 0)
    if respite:
        return f"up to {respite:g} h of respite and a cycle of {cycle} min"
    if cycle:
        return f"up to {cycle} min and the length of a cycle"
    return f"up to {tick} min" if tick else "at once"
