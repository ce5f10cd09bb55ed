"""Several scenarios at once, told in order.

A target that takes its time is asked by several scenarios side by side; each has its own clock, ledger, judge and mark, so
none knows of the others. What happens in them is told in the order of the plan, as if they had been played one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Protocol

from scim_sim.drivers.drive import Transport
from scim_sim.events import Event
from scim_sim.flow import NoResponse
from scim_sim.scenario.harness import HARNESS, harness_request
from scim_sim.scenario.plan import Part
from scim_sim.scenario.recorder import Flag, Recorder, Stopped

__all__ = [
    "MOST_JOBS",
    "ONE_CONNECTION",
    "InOrder",
    "Player",
    "fitting_jobs",
    "longest_first",
    "numbered",
    "play_side_by_side",
    "serves_several",
]

MOST_JOBS = 24
"""Scenarios that are played side by side at most, unless told otherwise."""

_WORK = 0.0045
"""Seconds of our own work for one exchange: more jobs than latency divided by this would only wait for each other."""

_SECOND = 3.0
"""Seconds that a second connection is given to answer."""

ONE_CONNECTION = {
    "found": "a second connection got no answer while the first was open, as from a server with one thread",
    "so": "nothing is sent at the same time",
}
"""What is told of a target that serves one connection at a time."""


class Player(Protocol):
    """What plays one part and tells `emit` about it."""

    def __call__(self, part: Part, number: int, emit: Callable[[Event], None]) -> object:
        """Play the part; the number is its place in the plan, from 1."""
        ...


def fitting_jobs(latencies: Sequence[float]) -> int:
    """How many scenarios fit side by side, from the seconds that the first answers took: one for a target that is quick."""
    if not latencies:
        return 1
    middle = sorted(latencies)[len(latencies) // 2]
    return 1 if middle < 0.02 else min(MOST_JOBS, max(2, round(middle / _WORK)))


def serves_several(
    recorder: Recorder, second: Callable[[], AbstractContextManager[Transport]], latencies: Sequence[float]
) -> bool:
    """Whether the target answers on a second connection while the first is kept open: a server with one thread does not."""
    patience = max([_SECOND, *(4 * latency for latency in latencies)])
    request = replace(harness_request("GET", "/ServiceProviderConfig", label="second connection"), patience=patience)
    with second() as transport, recorder.through(transport):
        _, answer = recorder.converse(request, HARNESS)
    return not (isinstance(answer, NoResponse) and answer.failure.kind == "timeout")


def numbered(parts: Sequence[Part]) -> tuple[list[tuple[int, Part]], list[tuple[int, Part]]]:
    """The parts with their places in the plan: those that may be played side by side, and those that must be alone."""
    crowd = [(number, part) for number, part in enumerate(parts, 1) if not part.scenario.alone]
    alone = [(number, part) for number, part in enumerate(parts, 1) if part.scenario.alone]
    return crowd, alone


def longest_first(parts: Sequence[tuple[int, Part]], short: int = 0) -> list[tuple[int, Part]]:
    """The parts in the order in which they begin: a long one that begins last would keep all waiting.

    Those of at most the length `short` follow in the order of the plan, so that what happens in them can be told at once.
    """

    def urgency(one: tuple[int, Part]) -> int:
        length = _length(one[1])
        return -length if length > short else 0

    return sorted(parts, key=urgency)


def _length(part: Part) -> int:
    """A rough measure of how long a part takes: its people count for more than its steps."""
    directory, steps = part.scenario.directory, part.scenario.steps
    seeds = (step.params.get("count", 0) for step in steps if step.kind == "seed")
    people = [directory.get("crowd", 0), len(directory.get("people") or ()), *seeds]
    return 4 * sum(number for number in people if isinstance(number, int)) + len(steps)


def play_side_by_side(
    crowd: Sequence[tuple[int, Part]], jobs: int, play: Player, emit: Callable[[Event], None], stop: Flag
) -> None:
    """Play the parts, so many at once; the first error stops the others and is raised."""
    order = InOrder(emit, [number for number, _ in crowd])

    def work(number: int, part: Part) -> None:
        try:
            if not stop.is_set():
                play(part, number, partial(order.tell, number))
        except Stopped:
            pass
        finally:
            order.finish(number)

    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="scenario") as pool:
        futures = [pool.submit(work, number, part) for number, part in longest_first(crowd)]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            stop.set()
            raise
        if any(future.exception() for future in done):
            stop.set()
    for future in futures:
        future.result()


class InOrder:
    """Passes on what the first unfinished part tells at once, and keeps what the others tell until it is their turn."""

    def __init__(self, emit: Callable[[Event], None], numbers: Sequence[int]) -> None:
        self._emit = emit
        self._waiting = list(numbers)
        self._kept: dict[int, list[Event]] = {number: [] for number in numbers}
        self._finished: set[int] = set()
        self._lock = threading.Lock()

    def tell(self, number: int, event: Event) -> None:
        """Something happened in the part of that number."""
        with self._lock:
            if self._waiting and self._waiting[0] == number:
                self._emit(event)
            else:
                self._kept[number].append(event)

    def finish(self, number: int) -> None:
        """The part is over; the next ones are told as far as they have come."""
        with self._lock:
            self._finished.add(number)
            while self._waiting and self._waiting[0] in self._finished:
                self._waiting.pop(0)
                if self._waiting:
                    following = self._waiting[0]
                    for event in self._kept.pop(following):
                        self._emit(event)
                    self._kept[following] = []
