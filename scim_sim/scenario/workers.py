"""Scenarios played by several processes, for a target that answers quicker than one process can judge.

The processes are forked from the run once the target is known, so they know what it knows. Each plays one part after the
other and tells what happens; the run that forked them passes it on in the order of the plan. Ctrl-C reaches the run alone,
which asks the workers to stop: each removes what it has created and says so.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from scim_sim.drivers.fork import FORK, may_fork
from scim_sim.errors import InternalError, ScimSimError
from scim_sim.events import Event
from scim_sim.scenario.jobs import InOrder, Player, longest_first
from scim_sim.scenario.plan import Part
from scim_sim.scenario.recorder import Flag, Stopped

__all__ = ["MOST_WORKERS", "fitting_workers", "play_in_workers", "shared_flag"]

MOST_WORKERS: Final = 4
"""Processes that play at most: more would only make a local target the slowest of all."""

_BATCH: Final = 50
_ENOUGH: Final = 12
_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class _Told:
    """What a worker tells of the part it plays; with the last of a part, what it knows and the error that ended it."""

    events: Sequence[Event]
    over: bool = False
    known: Any = None
    error: ScimSimError | None = None


def fitting_workers(parts: int) -> int:
    """How many processes pay for so many parts: one for each processor, where forking is safe and there is enough to do."""
    return len(os.sched_getaffinity(0)) if parts >= _ENOUGH and may_fork() else 1


def shared_flag() -> Flag:
    """A flag that processes forked from this one see as well."""
    flag: Flag = FORK.Event()
    return flag


def play_in_workers(
    crowd: Sequence[tuple[int, Part]],
    alone: Sequence[tuple[int, Part]],
    workers: int,
    play: Player,
    emit: Callable[[Event], None],
    stop: Flag,
    *,
    know: Callable[[], Any],
    learn: Callable[[Any], None],
) -> None:
    """Play the numbered parts, each in one of the workers; the first error stops the others and is raised.

    The parts that must be alone follow when the crowd is done, one by one. What `know` returns in a worker after each part is
    passed to `learn` in the run.
    """
    parts = [*crowd, *alone]
    order = InOrder(emit, [number for number, _ in parts])
    crew: list[tuple[Connection, Any]] = []
    for _ in range(min(workers, len(parts))):
        crew.append(_fork(dict(parts), play, stop, know, [pipe for pipe, _ in crew]))
    side_by_side = iter([number for number, _ in longest_first(crowd, _SHORT)])
    one_by_one = iter([number for number, _ in alone])
    try:
        with _interrupt_stops(stop):
            error = _listen([pipe for pipe, _ in crew], side_by_side, one_by_one, order, stop, learn)
    except BaseException:
        stop.set()
        raise
    finally:
        for pipe, process in crew:
            pipe.close()
            process.join()
        for number, _ in parts:
            order.finish(number)  # what was never begun keeps nobody from being heard
    if error is not None:
        raise error


def _listen(
    pipes: Iterable[Connection],
    side_by_side: Iterator[int],
    one_by_one: Iterator[int],
    order: InOrder,
    stop: Flag,
    learn: Callable[[Any], None],
) -> ScimSimError | None:
    """Hand out the parts and pass on what is told of them, until nothing is left to do; the first error, if there was one.

    The next part is handed out before the last one is told of, so that nobody waits for the other.
    """
    busy = {pipe: number for pipe in pipes if (number := _hand_out(pipe, side_by_side))}
    error: ScimSimError | None = None
    while busy:
        for pipe in [one for one in wait(list(busy)) if isinstance(one, Connection)]:
            told = _receive(pipe)
            for event in told.events:
                order.tell(busy[pipe], event)
            if not told.over:
                continue
            finished = busy.pop(pipe)
            learn(told.known)
            error = error or told.error
            if error is not None:
                stop.set()
            elif not stop.is_set():
                number = _hand_out(pipe, side_by_side) or (0 if busy else _hand_out(pipe, one_by_one))
                if number:
                    busy[pipe] = number
            order.finish(finished)
    return error


@contextmanager
def _interrupt_stops(stop: Flag) -> Iterator[None]:
    """Ctrl-C asks the workers to stop and waits for what they clean up; then, or at the second time, it is raised."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        stop.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt


def _fork(
    parts: Mapping[int, Part], play: Player, stop: Flag, know: Callable[[], Any], others: Sequence[Connection]
) -> tuple[Connection, Any]:
    """A new worker and the pipe to it; it lets go of the pipes to `others`, so that each ends with the run that has it."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=_work, args=(theirs, [*others, ours], parts, play, stop, know), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _hand_out(pipe: Connection, numbers: Iterator[int]) -> int:
    """Give the worker its next part, and return its number; 0 when there is none."""
    number = next(numbers, 0)
    if number:
        pipe.send(number)
    return number


def _receive(pipe: Connection) -> _Told:
    try:
        told: _Told = pipe.recv()
    except (EOFError, OSError):
        return _Told((), True, error=InternalError("a process that played scenarios ended before it was done"))
    return told


def _work(
    pipe: Connection,
    others: Sequence[Connection],
    parts: Mapping[int, Part],
    play: Player,
    stop: Flag,
    know: Callable[[], Any],
) -> None:
    """Play what is handed out until nothing is; the life of a worker."""
    for other in others:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        teller = _Teller(pipe)
        error = None
        try:
            if not stop.is_set():
                play(parts[number], number, teller)
        except Stopped:
            pass
        except ScimSimError as problem:
            error = problem
        except Exception as problem:  # noqa: BLE001 - told where the others are
            error = InternalError("".join(traceback.format_exception(problem)))
        teller.end(know(), error)


class _Teller:
    """The `emit` of one part in a worker: passes events on a few at a time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) >= _BATCH:
            self._send(_Told(self._events))
            self._events = []

    def end(self, known: Any, error: ScimSimError | None) -> None:
        """The part is over."""
        self._send(_Told(self._events, True, known, error))

    def _send(self, told: _Told) -> None:
        """Where nobody listens any more, what is left to do is the clean-up."""
        with suppress(OSError):
            self._pipe.send(told)
