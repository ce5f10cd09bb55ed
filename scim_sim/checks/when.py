"""When a check applies: small questions about an exchange, shared by all families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import Applies
from scim_sim.checks.reading import Sighting
from scim_sim.checks.view import View
from scim_sim.wire import Exchange

__all__ = [
    "WITH_RESOURCES",
    "answered",
    "created",
    "discovered",
    "documents",
    "failed",
    "listed",
    "meaningful",
    "named",
    "on",
    "sighted",
    "sightings",
    "succeeded",
    "whole_sighted",
]

WITH_RESOURCES: Final = frozenset({"create", "read", "replace", "patch", "list", "search"})
"""The operations whose answers hold resources."""

_NO_MEANING: Final = frozenset({301, 302, 303, 307, 308, 401, 403, 413, 415, 429, 500, 502, 503, 504})
"""Statuses that say nothing of the resource."""


def answered(exchange: Exchange, view: View) -> bool:
    """An answer came."""
    return exchange.response is not None


def succeeded(exchange: Exchange, view: View) -> bool:
    """The answer is one of 200 to 299."""
    return exchange.response is not None and exchange.response.ok


def failed(exchange: Exchange, view: View) -> bool:
    """The answer is 400 or above."""
    return exchange.response is not None and exchange.response.status >= 400


def on(*operations: str, ok: bool | None = None) -> Applies:
    """The request is one of these operations, and was answered (with success, or without, where `ok` says so)."""

    def applies(exchange: Exchange, view: View) -> bool:
        if exchange.response is None or view.look(exchange).operation not in operations:
            return False
        return ok is None or exchange.response.ok is ok

    return applies


created: Final = on("create", ok=True)
"""A resource was created, by the status of the answer."""


def listed(exchange: Exchange, view: View) -> bool:
    """A query was answered with 200 and a JSON object."""
    if exchange.response is None or exchange.response.status != 200:
        return False
    reading = view.look(exchange)
    return reading.operation in ("list", "search") and reading.came is not None


def discovered(*endpoints: str) -> Applies:
    """A discovery document was read with success."""

    def applies(exchange: Exchange, view: View) -> bool:
        if exchange.response is None or exchange.response.status != 200 or exchange.request.method != "GET":
            return False
        reading = view.look(exchange)
        return reading.operation == "discovery" and reading.endpoint.lstrip("/") in endpoints

    return applies


def sighted(exchange: Exchange, view: View) -> bool:
    """The answer holds at least one resource."""
    return bool(view.look(exchange).sightings)


def whole_sighted(exchange: Exchange, view: View) -> bool:
    """The answer holds at least one resource of which the whole was asked for."""
    return any(s.complete for s in view.look(exchange).sightings)


def sightings(exchange: Exchange, view: View, *, complete: bool = False, endpoint: str = "") -> Iterator[Sighting]:
    """The resources in the answer, all or only those of which the whole was asked for, of one endpoint or of all."""
    for sighting in view.look(exchange).sightings:
        if (sighting.complete or not complete) and endpoint in ("", sighting.endpoint):
            yield sighting


def named(endpoint: str, *, complete: bool = True) -> Applies:
    """The answer holds a resource of that endpoint."""

    def applies(exchange: Exchange, view: View) -> bool:
        return next(sightings(exchange, view, complete=complete, endpoint=endpoint), None) is not None

    return applies


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
        if isinstance(item, Mapping):
            yield f"/Resources/{index}", item
