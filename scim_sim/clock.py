"""Time as an argument: the same story on a simulated clock and on the wall's.

The only module that asks the machine for the time. Engines and checks read `now`; only drivers sleep.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

__all__ = ["Clock", "SimulatedClock", "WallClock", "iso"]

DEFAULT_START = 1_767_600_000.0  # 2026-01-05 08:00:00 UTC, a Monday morning


class Clock(Protocol):
    """Seconds since 1970, and a way to let some pass."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return when this many seconds of this clock have passed."""
        ...


class SimulatedClock:
    """A clock that moves only when told to: forty minutes cost nothing."""

    def __init__(self, start: float = DEFAULT_START) -> None:
        self._now = start

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the clock on at once; negative seconds do nothing."""
        self._now += max(0.0, seconds)


class WallClock:
    """The machine's clock, `speed` times faster: `WallClock(60)` waits one second for a minute."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self._speed = speed
        self._began = time.time()
        self._zero = time.monotonic()

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC, running `speed` times faster from the moment the clock was made."""
        return self._began + (time.monotonic() - self._zero) * self._speed

    def sleep(self, seconds: float) -> None:
        """Really wait, divided by the speed."""
        if seconds > 0:
            time.sleep(seconds / self._speed)


def iso(at: float) -> str:
    """The instant as `2026-01-05T08:00:00.000Z`."""
    second, fraction = divmod(round(at * 1_000_000), 1_000_000)
    return f"{_second(second)}.{fraction // 1000:03d}Z"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    """The same second is asked for again and again: by each of the logs, and for a whole step on a simulated clock."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
