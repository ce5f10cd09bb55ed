"""Keep to a rate limit: a target that answers 429 and says for how long is left alone until then, and asked again.

A limit is no fault of a target, and a run would otherwise meet it only because its own clock runs faster than the real
one. An answer 429 that does not say when to try again is passed on and judged, and so is one that comes again and again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from scim_sim.drivers.drive import Transport
from scim_sim.wire import Request, Response

__all__ = ["ATTEMPTS", "LONGEST", "Patient"]

ATTEMPTS: Final = 5
"""How often a request is sent at most; once one has been sent so often in vain, nothing is waited for any more."""

LONGEST: Final = 30.0
"""Seconds that are waited at most; a target that asks for more has its answer passed on."""


class Patient:
    """A `Transport` that heeds Retry-After in answers 429 (RFC 6585 section 4); all threads wait together."""

    def __init__(
        self, transport: Transport, *, sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._now = now
        self._until = 0.0
        self._lock = threading.Lock()
        self._in_vain = False

    def send(self, request: Request) -> Response:
        """The answer; raises `NoResponse` as the transport does."""
        response = self._transport.send(self._waited(request))
        for _ in range(ATTEMPTS - 1):
            seconds = _asked(response) if response.status == 429 else None
            if seconds is None or seconds > LONGEST or self._in_vain:
                return response
            with self._lock:
                self._until = max(self._until, self._now() + max(seconds, 0.1))
            response = self._transport.send(self._waited(request))
        self._in_vain = self._in_vain or response.status == 429
        return response

    def _waited(self, request: Request) -> Request:
        while (left := self._until - self._now()) > 0:
            self._sleep(left)
        return request


def _asked(response: Response) -> float | None:
    """The seconds until the moment that Retry-After names, as a number or a date; `None` where it names none."""
    value = (response.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
