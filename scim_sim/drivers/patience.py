"""Keep to a rate limit: a target that answers 429 and says for how long is left alone until then, and asked again.

A limit is no fault of a target, and a run would otherwise meet it only because its own clock runs faster than the real
one. Every answer is recorded all the same. An answer 429 that does not say when to try again, or names a time far off, is
what the sender gets, and so is one that comes again and again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from scim_sim.wire import Response

__all__ = ["ATTEMPTS", "LONGEST", "RateLimit"]

ATTEMPTS: Final = 5
"""How often a request is sent at most; once one has been sent so often in vain, nothing is waited for any more."""

LONGEST: Final = 30.0
"""Seconds that are waited at most; a target that asks for more has its answer passed on."""


class RateLimit:
    """What a target said about its limit in answers 429 (RFC 6585 section 4); all threads of a run wait together.

    `refused` counts the answers after which a request was sent again, `waited` the seconds that the run lost by it.
    """

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic) -> None:
        self.refused = 0
        self.waited = 0.0
        self._sleep = sleep
        self._now = now
        self._until = 0.0
        self._lock = threading.Lock()
        self._in_vain = False

    def wait(self) -> None:
        """Return when the target may be asked."""
        while (left := self._until - self._now()) > 0:
            self._sleep(left)

    def again(self, response: Response, sent: int) -> bool:
        """Whether a request that was sent so often and has this answer is to be sent again, after `wait`."""
        if response.status != 429:
            return False
        seconds = _asked(response)
        if seconds is None or seconds > LONGEST or self._in_vain:
            return False
        if sent >= ATTEMPTS:
            self._in_vain = True
            return False
        with self._lock:
            now = self._now()
            until = now + max(seconds, 0.1)
            self.waited += max(0.0, until - max(self._until, now))
            self._until = max(self._until, until)
            self.refused += 1
        return True


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
