"""Exchanges as a report keeps them: bodies as text, cut where they are long, dropped where memory runs out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_sim.wire import Exchange

__all__ = ["Failed", "Received", "Recorded", "Sent", "parsed", "record", "refuses", "without_bodies"]

BODY_LIMIT: Final = 1_048_576
"""Bytes of a body that are kept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request; `body` is `None` when there was none or when it was dropped (then `size` is not 0)."""

    method: str
    path: str
    query: str | None = None
    headers: tuple[tuple[str, ...], ...] = ()
    body: str | None = None
    size: int = 0

    @property
    def target(self) -> str:
        """Path and query as on the request line."""
        return self.path if self.query is None else f"{self.path}?{self.query}"


@dataclass(frozen=True, slots=True)
class Received:
    """A response; bytes that are not UTF-8 are lone surrogates in `body`; `size` counts all bytes, also cut ones."""

    status: int
    reason: str = ""
    headers: tuple[tuple[str, ...], ...] = ()
    body: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer came, and why."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange as it is kept: secrets are stars already; `ms` is the real duration in milliseconds."""

    id: str
    voice: str
    scenario: str
    step: str
    label: str
    at: float
    ms: float
    attempt: int
    request: Sent
    response: Received | None = None
    failure: Failed | None = None


def record(exchange: Exchange, limit: int = BODY_LIMIT) -> Recorded:
    """The exchange as it is kept: bodies as text, cut at `limit` bytes."""
    request, response, failure = exchange.request, exchange.response, exchange.failure
    return Recorded(
        id=exchange.id,
        voice=exchange.voice,
        scenario=exchange.scenario,
        step=exchange.step,
        label=request.label,
        at=exchange.at,
        ms=round(exchange.elapsed * 1000, 3),
        attempt=exchange.attempt,
        request=Sent(
            request.method, request.path, request.query, request.headers, _text(request.body, limit), len(request.body or b"")
        ),
        response=None
        if response is None
        else Received(
            response.status, response.reason, response.headers, _text(response.body or None, limit), len(response.body)
        ),
        failure=None if failure is None else Failed(failure.kind, failure.message),
    )


def _text(body: bytes | None, limit: int) -> str | None:
    return None if body is None else body[:limit].decode("utf-8", "surrogateescape")


def without_bodies(kept: Recorded) -> Recorded:
    """The exchange without its bodies; their sizes stay."""
    request = replace(kept.request, body=None)
    response = None if kept.response is None else replace(kept.response, body=None)
    return replace(kept, request=request, response=response)


def refuses(kept: Recorded) -> bool:
    """Whether the answer is an error, or there is none."""
    return kept.response is None or kept.response.status >= 400


def parsed(side: Sent | Received | None) -> Any:
    """The body as JSON, or `None` when there is none or it is something else."""
    try:
        return json.loads(side.body) if side and side.body else None
    except (ValueError, RecursionError):
        return None
