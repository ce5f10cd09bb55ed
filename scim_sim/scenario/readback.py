"""Read back what an identity provider wrote: the question "200, and did anything happen?", asked after every step.

Only what the step touched is read, in the harness's voice; at the end of a story everything is.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from scim_sim.checks.convergence import Wanted
from scim_sim.flow import NoResponse
from scim_sim.idp.engine import Expected
from scim_sim.scenario.harness import harness_request, quoted
from scim_sim.scim.declared import Declared
from scim_sim.wire import Request, Response

__all__ = ["Reading", "question", "reading", "to_ask_for", "wanted"]


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


def question(thing: Wanted, asks: str = "") -> Request:
    """The request that reads the thing: by id, or by name where the IdP holds no id.

    `asks` are the attributes to ask for, where the target does not show all that matter unless it is asked.
    """
    endpoint = "/Users" if thing.kind == "user" else "/Groups"
    query = {"attributes": asks} if asks else {}
    if thing.resource_id is not None:
        return harness_request("GET", f"{endpoint}/{thing.resource_id}", query=query or None, label="read back")
    query = {"filter": f"{_naming(thing)} eq {quoted(thing.name)}", **query}
    return harness_request("GET", endpoint, query=query, label="read back by name")


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
    listed = body.get("Resources")
    rows = listed if isinstance(listed, list) else []
    same = [item for item in rows if isinstance(item, dict) and _named(item, _naming(thing), thing.name)]
    return Reading(thing, same[0] if same else None)


def _naming(thing: Wanted) -> str:
    return "userName" if thing.kind == "user" else "displayName"


def _named(resource: dict[str, Any], attribute: str, name: str) -> bool:
    value = resource.get(attribute)
    return isinstance(value, str) and value.casefold() == name.casefold()
