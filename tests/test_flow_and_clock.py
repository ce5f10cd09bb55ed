"""Flows are played by hand or by a driver, on a clock that needs no time."""

from __future__ import annotations

import pytest

from scim_sim.clock import SimulatedClock, WallClock, iso
from scim_sim.drivers.drive import drive
from scim_sim.flow import Flow, NoResponse, pause, send
from scim_sim.wire import Failure, Request, Response


def _twice() -> Flow[int]:
    first = yield from send(Request("GET", "/Users"))
    yield from pause(2400, "next cycle")
    second = yield from send(Request("GET", "/Groups"))
    return first.status + second.status


def test_drive_answers_requests_and_moves_the_clock() -> None:
    """A pause costs nothing under a simulated clock."""
    clock = SimulatedClock(0.0)

    assert 400 == drive(_twice(), lambda request: Response(200), clock)
    assert clock.now() == 2400.0


def test_missing_answer_is_thrown_into_the_flow() -> None:
    """The flow decides what a missing answer means."""

    def flow() -> Flow[str]:
        try:
            yield from send(Request("GET", "/Users"))
        except NoResponse as missing:
            return missing.failure.kind
        return "answered"

    def ask(request: Request) -> Response:
        raise NoResponse(Failure("timeout", "no answer"))

    assert "timeout" == drive(flow(), ask, SimulatedClock())


def test_flow_is_closed_when_the_driver_fails() -> None:
    """Ctrl-C in the middle runs the flow's own endings."""
    ended = []

    def flow() -> Flow[None]:
        try:
            yield from send(Request("GET", "/Users"))
        finally:
            ended.append(True)

    def ask(request: Request) -> Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(flow(), ask, SimulatedClock())

    assert ended == [True]


def test_wall_clock_refuses_to_stand_still() -> None:
    """A speed of zero would never end."""
    with pytest.raises(ValueError, match="above zero"):
        WallClock(0)


def test_iso_has_milliseconds() -> None:
    """Instants are written the way both IdPs write them."""
    assert "2026-01-05T08:00:00.250Z" == iso(1_767_600_000.25)
