"""Scenarios side by side: told in order, stopped together, each on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from scim_sim.api import InProcess
from scim_sim.clock import SimulatedClock
from scim_sim.errors import TargetUnreachable
from scim_sim.events import Event, ExchangeMade, LeftBehind, RunEnded, ScenarioEnded
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.scenario.jobs import MOST_JOBS, fitting_jobs, play_parts
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.plan import Part
from scim_sim.scenario.run import Options, run
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
    assert fitting_jobs([0.001, 0.002, 0.001]) == 1
    assert fitting_jobs([0.1, 0.11, 0.09]) == 22
    assert fitting_jobs([3.0]) == MOST_JOBS
    assert fitting_jobs([]) == 1


def test_requests_are_the_same_whatever_the_number_of_jobs() -> None:
    """Ids, order and content depend on the seed alone."""

    def told(events: list[Event]) -> list[tuple[str, str, Request]]:
        return [(e.exchange.id, e.exchange.step, e.exchange.request) for e in events if isinstance(e, ExchangeMade)]

    one, four = told(_events(1)), told(_events(4))

    assert [row[:2] for row in one] == [row[:2] for row in four]
    assert [r.target for _, s, r in one if s == "02-assign"][:2] == [r.target for _, s, r in four if s == "02-assign"][:2]


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


def test_story_that_must_be_alone_is_played_alone() -> None:
    """Nothing else happens on the target meanwhile."""
    running: set[int] = set()
    together: list[frozenset[int]] = []
    lock = threading.Lock()

    def play(part: Part, number: int, emit: Callable[[Event], None]) -> None:
        with lock:
            running.add(number)
            together.append(frozenset(running))
        time.sleep(0.01)
        with lock:
            running.discard(number)

    alone = Scenario("alone", "Alone", ("rfc",), (), alone=True)
    others = [Scenario(f"s{n}", "S", ("rfc",), ()) for n in range(4)]
    parts = [Part(alone, "rfc"), *(Part(scenario, "rfc") for scenario in others)]
    play_parts(parts, 4, play, lambda event: None, threading.Event())

    assert frozenset({1}) in together
    assert all(group == {1} for group in together if 1 in group)
