"""Read back what an identity provider wrote: the question "200, and did anything happen?", asked after every step.

Only what the step touched is read, in the harness's voice; at the end of a story everything is. Of a crowd of users some are
read by themselves, and the others in one list, where it shows them as they should be.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.checks.compare import gaps
from scim_sim.checks.convergence import Wanted
from scim_sim.directory.generate import RunMark
from scim_sim.flow import NoResponse
from scim_sim.idp.engine import Expected
from scim_sim.scenario.harness import AskAll, harness_request, naming, resources_in, search_by_name, search_for_mark
from scim_sim.scenario.reconcile import difference
from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.declared import Declared
from scim_sim.wire import Exchange, Request, Response

__all__ = ["CROWD", "Looks", "Reading", "question", "read_all", "reading", "to_ask_for", "wanted"]

CROWD: Final = 24
"""So many users are a crowd: not each of them is read by itself."""

_SOME: Final = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """What the target holds of one wanted thing: `resource` is `None` when it is not there, `known` false when unreadable."""

    wanted: Wanted
    resource: dict[str, Any] | None
    known: bool = True


def wanted(expected: Expected, voice: str, only: Container[tuple[str, str]] | None = None) -> Iterator[Wanted]:
    """The engine's expectation as the checks take it, users before groups; `only` these, by kind and id or name."""
    for user in expected.users:
        if only is not None and ("user", user.resource_id or user.user_name) not in only:
            continue
        yield Wanted("user", user.key, voice, user.user_name, user.resource_id, user.active, user.absent, resource=user.resource)
    for group in expected.groups:
        if only is not None and ("group", group.resource_id or group.display_name) not in only:
            continue
        yield Wanted(
            "group",
            group.key,
            voice,
            group.display_name,
            group.resource_id,
            absent=group.absent,
            members=group.members,
            tolerated=group.tolerated,
        )


class Looks:
    """Reads, and remembers the answers: until `afresh` nothing is read twice. `last` is what was looked at last."""

    def __init__(self, ask_all: AskAll) -> None:
        self.last: Exchange | None = None
        self._ask_all = ask_all
        self._seen: dict[str, tuple[Exchange, Response | NoResponse]] = {}

    def __call__(self, requests: Sequence[Request]) -> list[tuple[Exchange, Response | NoResponse]]:
        """Each exchange with its raw answer, in the order of the requests."""
        new = [request for request in requests if request.target not in self._seen]
        for request, answered in zip(new, self._ask_all(new), strict=True):
            self._seen[request.target] = answered
        told = [self._seen[request.target] for request in requests]
        self.last = told[-1][0] if told else self.last
        return told

    def afresh(self) -> None:
        """Something was sent, or time has passed: what was seen may be so no more."""
        self._seen.clear()


def read_all(things: Sequence[Wanted], ask_all: AskAll, declared: Declared, mark: RunMark) -> Iterator[tuple[Reading, Exchange]]:
    """What the target holds of each thing, with the exchange that shows it; `mark` is in the names of the users."""
    asks = {kind: to_ask_for(declared, kind) for kind in ("user", "group")}
    listed = _listed(things, ask_all, declared, mark)
    yield from listed.values()
    rest = [thing for number, thing in enumerate(things) if number not in listed]
    asked = ask_all([question(thing, asks[thing.kind]) for thing in rest])
    for thing, (exchange, answer) in zip(rest, asked, strict=True):
        yield reading(thing, answer), exchange


def _listed(things: Sequence[Wanted], ask_all: AskAll, declared: Declared, mark: RunMark) -> dict[int, tuple[Reading, Exchange]]:
    """Of a crowd the users that one list shows as they should be, by their place among the things."""
    crowd = {n: thing for n, thing in enumerate(things) if thing.kind == "user" and thing.resource_id is not None}
    if len(crowd) <= CROWD or declared.supports("filter") is False:
        return {}
    [(exchange, answer)] = ask_all([search_for_mark("/Users", mark, 2 * len(crowd), "read back many")])
    shown = {resource.get("id"): resource for resource in resources_in(answer)}
    for number in list(crowd)[:: len(crowd) // _SOME]:
        del crowd[number]
    seen = {n: Reading(thing, shown[thing.resource_id]) for n, thing in crowd.items() if thing.resource_id in shown}
    return {n: (found, exchange) for n, found in seen.items() if _as_wanted(found, declared.schemas)}


def _as_wanted(found: Reading, schemas: SchemaSet) -> bool:
    thing, resource = found.wanted, found.resource or {}
    return not any(difference(thing, resource, known=True)) and not gaps(thing.resource, resource, schemas)


def question(thing: Wanted, asks: str = "") -> Request:
    """The request that reads the thing: by id, or by name where the IdP holds no id.

    `asks` are the attributes to ask for, where the target does not show all that matter unless it is asked.
    """
    endpoint = _home(thing)
    if thing.resource_id is None:
        return search_by_name(endpoint, thing.name, "read back by name", asks)
    query = {"attributes": asks} if asks else None
    return harness_request("GET", f"{endpoint}/{thing.resource_id}", query=query, label="read back")


def to_ask_for(declared: Declared, kind: str) -> str:
    """The attributes to name when a group is read whose members are shown on request only; else nothing."""
    return "displayName,members" if kind == "group" and declared.hides("/Groups", "members") else ""


def reading(thing: Wanted, answer: Response | NoResponse) -> Reading:
    """What the answer to that request says of the thing."""
    if isinstance(answer, NoResponse):
        return Reading(thing, None, known=False)
    if thing.resource_id is not None and answer.status in (404, 410):
        return Reading(thing, None)
    body = answer.json_object() if answer.ok else None
    if body is None or thing.resource_id is not None:
        return Reading(thing, body, known=body is not None)
    same = [item for item in resources_in(answer) if _named(item, naming(_home(thing)), thing.name)]
    return Reading(thing, same[0] if same else None)


def _home(thing: Wanted) -> str:
    return "/Users" if thing.kind == "user" else "/Groups"


def _named(resource: dict[str, Any], attribute: str, name: str) -> bool:
    value = resource.get(attribute)
    return isinstance(value, str) and value.casefold() == name.casefold()
