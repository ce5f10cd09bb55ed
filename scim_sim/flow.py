"""Conversations without sockets: a flow yields requests and pauses, and is sent the responses.

Whoever drives a flow (a real session, a test by hand, the load engine) answers each `Request` with a `Response` or
throws `NoResponse` into it, and answers each `Pause` with `None` after the clock has moved on.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from scim_sim.wire import Failure, Request, Response

__all__ = ["Flow", "NoResponse", "Pause", "pause", "send"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """Let this many seconds of the clock pass; `why` is shown in the report."""

    seconds: float
    why: str = ""


Flow = Generator[Request | Pause, Response | None, T]


class NoResponse(Exception):
    """The request was sent, or was to be sent, and no answer came."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def send(request: Request) -> Flow[Response]:
    """Yield the request and return its response; `NoResponse` is thrown in by the driver when there is none."""
    response = yield request
    if response is None:
        raise AssertionError(f"the driver answered {request.method} {request.path} with None")
    return response


def pause(seconds: float, why: str = "") -> Flow[None]:
    """Let the clock move on before the next request."""
    yield Pause(seconds, why)
