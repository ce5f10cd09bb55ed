"""Sends, records and judges: the one place through which every request of a run goes.

The order is fixed: the transport answers; the ledger learns what now exists; the secrets become stars; the observers are
told; the judge looks. The engine is given the raw answer, everybody else the redacted one. Where a rate limit is kept to,
every attempt is recorded, and the last one is what the engine gets and the judge sees.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from scim_sim.checks.judge import Judge
from scim_sim.clock import Clock
from scim_sim.drivers.drive import Transport
from scim_sim.drivers.patience import RateLimit
from scim_sim.errors import TargetUnreachable, UsageError
from scim_sim.events import Event, ExchangeMade, judged
from scim_sim.flow import NoResponse
from scim_sim.redact import Redactor
from scim_sim.scenario.ledger import Ledger
from scim_sim.wire import Exchange, Request, Response

__all__ = ["SILENCE", "Flag", "Pulse", "Recorder", "Stopped"]

Try = tuple[Response | NoResponse, float, float]
"""One time that a request was sent: the answer, when it was asked for on the run's clock, and how long it took."""

_WORTH_IT = 4
SILENCE = 4
"""After so many requests in a row without an answer a run stops."""


class Stopped(Exception):
    """Another scenario of the run has ended it; nothing more is sent but the clean-up."""


class Flag(Protocol):
    """What is raised once and seen by all who play: threads, or processes too."""

    def set(self) -> None:
        """Raise it."""
        ...

    def is_set(self) -> bool:
        """Whether it was raised."""
        ...


class Pulse:
    """Whether the target still answers, seen by all scenarios of a run together; `stop` ends them all."""

    def __init__(self) -> None:
        self.stop: Flag = threading.Event()
        self._silent = 0

    def answered(self) -> None:
        """An answer came."""
        self._silent = 0

    def missed(self) -> int:
        """No answer came; returns for how many requests in a row."""
        self._silent += 1
        return self._silent


class Recorder:
    """A transport that remembers; `scenario`, `step` and `voice` are set by whoever is playing.

    `at_once` requests of which none waits for another are sent at the same time; `one_by_one` says that the target serves
    one connection at a time, so that nothing is.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        redactor: Redactor,
        ledger: Ledger,
        emit: Callable[[Event], None],
        number: int = 0,
        pulse: Pulse | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        self.judge: Judge | None = None
        self.scenario = ""
        self.step = ""
        self.ledger = ledger
        self.last: Exchange | None = None
        self.count = 0
        self.cleaning = False
        self.at_once = 1
        self.one_by_one = False
        self._number = number
        self._pulse = pulse or Pulse()
        self._limit = limit or RateLimit()
        self._transport = transport
        self._clock = clock
        self._redactor = redactor
        self._emit = emit
        self._lock = threading.Lock()

    def ask(self, request: Request, voice: str) -> Response:
        """Send the request in that voice; raises `NoResponse`, after recording, when no answer comes."""
        _, answer = self.converse(request, voice)
        if isinstance(answer, NoResponse):
            raise answer
        return answer

    def converse(self, request: Request, voice: str) -> tuple[Exchange, Response | NoResponse]:
        """Send the request and return its exchange as recorded, with the raw answer or the reason why none came.

        What was sent again because of a rate limit is recorded each time, and the last exchange returned.
        Raises `TargetUnreachable` when the target has stopped answering, and `UsageError` instead of writing to a
        resource that the run has not created.
        """
        return self._take(request, self._send(request), voice)

    def converse_all(self, requests: Sequence[Request], voice: str) -> list[tuple[Exchange, Response | NoResponse]]:
        """Send requests of which none waits for another, `at_once` at a time, and record them in the given order."""
        if self.at_once == 1 or len(requests) < _WORTH_IT:
            return [self.converse(request, voice) for request in requests]
        with ThreadPoolExecutor(max_workers=self.at_once) as pool:
            answers = list(pool.map(self._send, requests))
        return [self._take(request, tries, voice) for request, tries in zip(requests, answers, strict=True)]

    @contextmanager
    def through(self, transport: Transport) -> Iterator[None]:
        """Send over another transport for a while."""
        usual, self._transport = self._transport, transport
        try:
            yield
        finally:
            self._transport = usual

    def _send(self, request: Request) -> list[Try]:
        """Every time that the request was sent; the last one counts."""
        if request.method in ("PUT", "PATCH", "DELETE") and self.ledger.is_stranger(request.path):
            raise UsageError(
                f"{request.method} {request.path} was not sent: the run did not create that resource",
                "a run touches only what it has created itself",
            )
        tries: list[Try] = []
        while True:
            self._limit.wait()
            if self._pulse.stop.is_set() and not self.cleaning:
                raise Stopped
            at, began = self._clock.now(), time.perf_counter()
            try:
                response = self._transport.send(request)
            except NoResponse as missing:
                return [*tries, (missing, at, time.perf_counter() - began)]
            tries.append((response, at, time.perf_counter() - began))
            if not self._limit.again(response, len(tries)):
                return tries

    def _take(self, request: Request, tries: list[Try], voice: str) -> tuple[Exchange, Response | NoResponse]:
        answer = tries[-1][0]
        with self._lock:
            made = [self._record(request, one, voice, attempt) for attempt, one in enumerate(tries, request.attempt)]
            self._judge(made[-1])
        if isinstance(answer, NoResponse):
            if request.attempt == 1:  # who asks ten times by habit has asked one thing
                self._count_silence(answer)
        else:
            self._pulse.answered()
        return made[-1], answer

    def _count_silence(self, missing: NoResponse) -> None:
        """Give up when the target has stopped answering: one request after another without an answer."""
        silent = self._pulse.missed()
        if silent >= SILENCE and not self.cleaning:
            message = f"the target stopped answering: {silent} requests in a row had no answer; {missing.failure.message}"
            raise TargetUnreachable(message, "scim-sim doctor --target URL looks closer")

    def hide(self, secrets: Iterable[str]) -> None:
        """Keep further secrets out of everything that is recorded from now on."""
        self._redactor.learn(secrets)

    def asker(self, voice: str) -> Callable[[Request], Response]:
        """`ask` with the voice filled in."""
        return lambda request: self.ask(request, voice)

    def _record(self, request: Request, one: Try, voice: str, attempt: int) -> Exchange:
        answer, at, elapsed = one
        response = answer if isinstance(answer, Response) else None
        self.ledger.observe(request, response)
        self.count += 1
        exchange = Exchange(
            id=f"E{self._number:02d}-{self.count:04d}",
            voice=voice,
            scenario=self.scenario,
            step=self.step,
            request=self._redactor.request(request),
            response=None if response is None else self._redactor.response(response),
            failure=answer.failure if isinstance(answer, NoResponse) else None,
            at=at,
            elapsed=elapsed,
            attempt=attempt,
        )
        self.last = exchange
        self._emit(ExchangeMade(exchange))
        return exchange

    def _judge(self, exchange: Exchange) -> None:
        """Judge what the sender got; a limit that was kept to is nobody's fault."""
        if self.judge is not None:
            for said in self.judge.judge(exchange):
                self._emit(judged(said))
