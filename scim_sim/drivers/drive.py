"""Play a flow against a transport and a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from scim_sim.clock import Clock
from scim_sim.flow import Flow, NoResponse, Pause
from scim_sim.wire import Request, Response

__all__ = ["Transport", "drive"]

T = TypeVar("T")


class Transport(Protocol):
    """Something that answers requests: a real session, the embedded provider, a recording."""

    def send(self, request: Request) -> Response:
        """The response; raises `NoResponse` when none came."""
        ...


def drive(
    flow: Flow[T], ask: Callable[[Request], Response], clock: Clock, told: Callable[[Pause], None] = lambda pause: None
) -> T:
    """Play the flow to its end and return its result; what `ask` raises as `NoResponse` is thrown into the flow.

    `told` hears of every pause before it begins.
    """
    try:
        wanted = next(flow)
        while True:
            if isinstance(wanted, Pause):
                told(wanted)
                clock.sleep(wanted.seconds)
                wanted = flow.send(None)
                continue
            try:
                response = ask(wanted)
            except NoResponse as missing:
                wanted = flow.throw(missing)
            else:
                wanted = flow.send(response)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        flow.close()
