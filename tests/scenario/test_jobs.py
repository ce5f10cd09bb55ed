"""Scenarios side by side: told in order, stopped together, each on its own."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scim_sim.api import InProcess
from scim_sim.clock import SimulatedClock
from scim_sim.drivers.session import Session
from scim_sim.errors import InternalError, TargetUnreachable, UsageError
from scim_sim.events import Event, ExchangeMade, LeftBehind, Observed, RunEnded, ScenarioEnded, ScenarioStarted
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.provider.server import serve
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.jobs import MOST_JOBS, fitting_jobs, longest_first
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.plan import Part
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.stage import Stage
from scim_sim.target import Auth, Target
from scim_sim.wire import Failure, Request, Response

TARGET = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
STEPS = (Step("01-hire", "hire", {"person": "ada"}), Step("02-assign", "assign", {"person": "ada"}))
STORIES = [Scenario(f"story-{number}", f"Story {number}", ("okta:oin",), STEPS) for number in range(6)]


def _transport() -> InProcess:
    return InProcess(Provider(token="tok-1234", clock=SimulatedClock(), seed=1), "tok-1234")


def _events(jobs: int, transport: InProcess | None = None) -> list[Event]:
    events: list[Event] = []
    run(TARGET, STORIES, transport or _transport(), events.append, Options(seed=1, jobs=jobs))
    return events


def test_quick_target_is_asked_by_one() -> None:
    """Side by side pays only where there is something to wait for."""
    assert 1 == fitting_jobs([0.001, 0.002, 0.001])
    assert 22 == fitting_jobs([0.1, 0.11, 0.09])
    assert fitting_jobs([3.0]) == MOST_JOBS
    assert 1 == fitting_jobs([])


def test_requests_are_the_same_whatever_the_number_of_jobs() -> None:
    """Ids, order and content depend on the seed alone."""

    def told(events: list[Event]) -> list[tuple[str, str, Request]]:
        return [(e.exchange.id, e.exchange.step, e.exchange.request) for e in events if isinstance(e, ExchangeMade)]

    one, four = told(_events(1)), told(_events(4))

    assert [row[:2] for row in one] == [row[:2] for row in four]
    assert [r.target for _, s, r in one if s == "02-assign"][:2] == [r.target for _, s, r in four if s == "02-assign"][:2]


def test_the_longest_begin_first() -> None:
    """A story of many people that began last would keep all waiting; the others keep their order."""
    crowd = replace(STORIES[0], id="crowd", directory={"crowd": 50})
    parts = [(number, Part(story, "okta", "oin")) for number, story in enumerate([*STORIES[:2], crowd], 1)]

    assert [number for number, _ in longest_first(parts)] == [3, 1, 2]
    assert [number for number, _ in longest_first(parts, short=1000)] == [1, 2, 3]


def test_stories_are_told_one_after_the_other() -> None:
    """No observer sees two stories mixed."""
    order = [e.scenario for e in _events(4) if isinstance(e, ScenarioEnded)]

    assert order == [f"story-{number}" for number in range(6)]


def test_nothing_is_left_whatever_the_number_of_jobs() -> None:
    """Each story removes its own people, and nobody else's."""
    events = _events(4)
    [ended] = [e for e in events if isinstance(e, RunEnded)]

    assert (ended.created, ended.cleaned) == ({"/Users": 6}, {"/Users": 6})
    assert not any(isinstance(e, LeftBehind) for e in events)


def test_dead_target_stops_all() -> None:
    """The first that gives up stops the others; each still tries to clean up."""
    inner = _transport()
    posts = 0
    lock = threading.Lock()

    class Dying(InProcess):
        def send(self, request: Request) -> Response:
            nonlocal posts
            with lock:
                posts += request.method == "POST"
                dead = posts > 3
            if dead:
                raise NoResponse(Failure("closed", "the connection broke off"))
            return inner.send(request)

    dying = Dying(Provider(token="tok-1234"), "tok-1234")
    events: list[Event] = []
    many = [Scenario(f"story-{number}", f"Story {number}", ("okta:oin",), STEPS) for number in range(30)]
    with pytest.raises(TargetUnreachable, match="stopped answering"):
        run(TARGET, many, dying, events.append, Options(seed=1, jobs=3))

    assert isinstance(events[-1], RunEnded)


def test_story_that_must_be_alone_is_played_last() -> None:
    """What must be alone comes after everything that may be side by side."""
    alone = Scenario("alone", "Alone", ("okta:oin",), STEPS, alone=True)
    events: list[Event] = []
    run(TARGET, [alone, *STORIES], _transport(), events.append, Options(seed=1, jobs=4))

    assert "alone" == [e.scenario for e in events if isinstance(e, ScenarioEnded)][-1]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A way to a provider over a real socket, on a machine with three processors."""
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    with serve(provider) as serving, Session(Target(serving.url, Auth("Bearer", "tok-1234"))) as opened:
        yield opened


def _worked(session: Session, workers: int, listen: Callable[[Event], None] = lambda event: None) -> list[Event]:
    """What happens when so many processes play at most."""
    many = [replace(STORIES[0], id=f"story-{number}", alone=number == 3) for number in range(14)]
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        listen(event)

    run(session.target, many, session, emit, Options(seed=1, workers=workers))
    return events


forks = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@forks
@pytest.mark.socket
def test_workers_tell_the_same_as_one(session: Session) -> None:
    """Order, ids and requests depend on the place in the plan and not on who plays it; nothing is left."""

    def told(events: list[Event]) -> list[str]:
        return [f"{e.exchange.id} {e.exchange.step} {e.exchange.request.method}" for e in events if isinstance(e, ExchangeMade)]

    one, three = _worked(session, 1), _worked(session, 3)
    [ended] = [e for e in three if isinstance(e, RunEnded)]

    assert told(one) == told(three)
    assert (ended.created, ended.cleaned) == ({"/Users": 14}, {"/Users": 14})
    assert not any(isinstance(e, LeftBehind) for e in three)


@forks
@pytest.mark.socket
def test_story_that_must_be_alone_begins_when_the_workers_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target hears the last of the others before the first of it."""
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    heard: list[str] = []
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)

    class Heard:
        def handle(self, request: Request) -> Response:
            heard.append(request.method)
            heard.append(json.loads(request.body)["userName"] if request.method == "POST" and request.body else "")
            return provider.handle(request)

    with serve(Heard()) as serving, Session(Target(serving.url, Auth("Bearer", "tok-1234"))) as opened:
        events = _worked(opened, 3)

    alone = next(e.exchange for e in events if isinstance(e, ExchangeMade) and e.exchange.scenario == "story-3")
    [creation] = [n for n, word in enumerate(heard) if f"-{alone.id[1:3]}" in word]
    assert "POST" not in heard[creation + 1 :]
    assert 13 == heard[: creation - 1].count("DELETE")


@forks
@pytest.mark.socket
def test_interrupt_ends_the_workers_with_nothing_left(session: Session) -> None:
    """Ctrl-C lets each worker remove what it has created."""
    posts: list[Event] = []

    def interrupt(event: Event) -> None:
        if isinstance(event, ExchangeMade) and event.exchange.request.method == "POST":
            posts.append(event)
            if len(posts) == 2:
                os.kill(os.getpid(), signal.SIGINT)

    events = _worked(session, 3, interrupt)
    [ended] = [e for e in events if isinstance(e, RunEnded)]
    answer = session.send(harness_request("GET", "/Users"))

    assert ended.interrupted
    begun = {e.scenario for e in events if isinstance(e, ScenarioStarted)}
    assert begun == {e.scenario for e in events if isinstance(e, ScenarioEnded)}
    assert 2 <= len(begun) < 14
    assert 0 == answer.json()["totalResults"]


@forks
@pytest.mark.socket
def test_error_in_a_worker_is_the_error_of_the_run(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of the caller that only one story meets stops all, and is told with its hint."""

    def mistaken(stage: Stage) -> None:
        if stage.scenario.id == "story-5":
            raise UsageError("no such thing", "name another")

    monkeypatch.setattr(sys.modules["scim_sim.scenario.run"], "populate", mistaken)
    with pytest.raises(UsageError, match="no such thing") as caught:
        _worked(session, 3)

    assert "name another" == caught.value.hint
    assert 0 == session.send(harness_request("GET", "/Users")).json()["totalResults"]


@forks
@pytest.mark.socket
def test_worker_that_dies_is_an_error_of_ours(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed ends the run with an error, and does not keep it waiting."""
    monkeypatch.setattr(sys.modules["scim_sim.scenario.run"], "populate", lambda stage: os.kill(os.getpid(), signal.SIGKILL))

    with pytest.raises(InternalError, match="ended before it was done"):
        _worked(session, 3)


class _OneThread(BaseHTTPRequestHandler):
    """A server that keeps connections open and has one thread for all of them."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    provider: Provider

    def answer(self) -> None:
        """Pass the request on to the provider."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, mark, query = self.path.removeprefix("/scim/v2").partition("?")
        request = Request(self.command, path, query if mark else None, tuple(self.headers.items()), body or None)
        response = self.provider.handle(request)
        self.send_response(response.status)
        for name, value in (*response.headers, ("Content-Length", str(len(response.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.mark.socket
def test_target_with_one_thread_has_one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a second connection would wait for in vain is sent over the first, and nothing of it is a fault of the target."""
    monkeypatch.setattr("scim_sim.scenario.jobs._SECOND", 0.3)
    monkeypatch.setattr(_OneThread, "provider", Provider(token="tok-1234", clock=SimulatedClock(), seed=1), raising=False)
    at_once = {"method": "GET", "path": "/Users", "times": 4, "parallel": True}
    stories = [*STORIES[:3], Scenario("at-once", "At once", ("rfc",), (Step("01-request", "request", at_once),))]
    events: list[Event] = []
    with HTTPServer(("127.0.0.1", 0), _OneThread) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        target = Target(f"http://127.0.0.1:{server.server_port}/scim/v2", Auth("Bearer", "tok-1234"), timeout=2)
        with Session(target) as session:
            run(target, stories, session, events.append, Options(seed=1, jobs=4, second=lambda: Session(target)))
        server.shutdown()
    silent = [e.exchange.request.label for e in events if isinstance(e, ExchangeMade) and e.exchange.response is None]

    assert silent == ["second connection"]
    assert [e.outcome for e in events if isinstance(e, ScenarioEnded)] == ["done"] * 4
    assert "connections" in {e.kind for e in events if isinstance(e, Observed)}
