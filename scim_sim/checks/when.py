"""When a check applies: the situations by name, and small questions about an exchange, shared by all families."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import Applies, When
from scim_sim.checks.reading import Sighting, Situation
from scim_sim.checks.view import View
from scim_sim.scim.navigate import OBJECT
from scim_sim.wire import Exchange

__all__ = [
    "answered",
    "created",
    "discovered",
    "documents",
    "failed",
    "listed",
    "meaningful",
    "named",
    "on",
    "partly_sighted",
    "reads",
    "sighted",
    "sightings",
    "succeeded",
    "whole_sighted",
]

_HOLDS: Final = ("", "object", "parts", "resources")
"""What an answer may hold, each more than the one before it."""

_STATUSES: Final = range(100, 1000)

_NO_MEANING: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 413, 415, 429, 500, 502, 503, 504})
"""Statuses that say nothing of the resource."""


def on(*operations: str, ok: bool | None = None, status: Container[int] = _STATUSES, holding: str = "") -> When:
    """The request is one of these operations, or any, and was answered.

    The answer is a success, or none, where `ok` says so, has one of these statuses, and holds at least that much.
    """
    enough = _HOLDS[_HOLDS.index(holding) :]

    def when(at: Situation) -> bool:
        asked = not operations or at.operation in operations
        return asked and at.status in status and (ok is None or at.ok is ok) and at.holds in enough

    return when


answered: Final = on()
"""An answer came."""

succeeded: Final = on(ok=True)
"""The answer is one of 200 to 299."""

failed: Final = on(status=range(400, 1000))
"""The answer is 400 or above."""

created: Final = on("create", ok=True)
"""A resource was created, by the status of the answer."""

listed: Final = on("list", "search", status=(200,), holding="object")
"""A query was answered with 200 and a JSON object."""

discovered: Final = on("discovery", status=(200,))
"""A discovery document was read with success."""

sighted: Final = on(holding="parts")
"""The answer holds at least one resource."""

whole_sighted: Final = on(holding="resources")
"""The answer holds at least one resource, and the whole of it was asked for."""


def partly_sighted(at: Situation) -> bool:
    """The answer holds at least one resource, and less than the whole of it was asked for."""
    return at.holds == "parts"


def sightings(exchange: Exchange, view: View, endpoint: str = "") -> tuple[Sighting, ...]:
    """The resources in the answer, of one endpoint or of all."""
    found = view.look(exchange).sightings
    return tuple(s for s in found if s.endpoint == endpoint) if endpoint else found


def named(endpoint: str) -> Applies:
    """The answer holds a resource of that endpoint."""
    return lambda exchange, view: any(s.endpoint == endpoint for s in view.look(exchange).sightings)


def reads(*names: str) -> Applies:
    """The request reads one of these discovery documents."""
    endpoints = tuple(f"/{name}" for name in names)
    return lambda exchange, view: exchange.request.method == "GET" and view.look(exchange).endpoint in endpoints


def meaningful(status: int) -> bool:
    """Whether the status speaks about the resource, and not about rights, load or a failure of the target."""
    return status not in _NO_MEANING


def documents(exchange: Exchange, view: View, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The ResourceType or Schema resources in the answer, each with its pointer."""
    came = view.look(exchange).came
    if came is None:
        return
    if view.look(exchange).id:
        yield "", came
        return
    items = came.get("Resources")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, OBJECT):
            yield f"/Resources/{index}", item
