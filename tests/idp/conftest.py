"""An engine at play: with a directory, a simulated clock, and the embedded provider or written answers behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import scim_sim.idp
from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.directory.model import Directory, Person, Team
from scim_sim.drivers.drive import drive
from scim_sim.flow import NoResponse
from scim_sim.idp.engine import ENGINES, Setting
from scim_sim.provider import Provider
from scim_sim.wire import Failure, Request, Response

TOVE = {"user_name": "tove.lind@example.test", "given_name": "Tove", "family_name": "Lind", "email": "tove.lind@example.test"}


class Play:
    """One engine connected to one provider; `requests` and `responses` hold what travelled."""

    def __init__(self, name: str, *, variant: str = "", provider: Provider | None = None, **setting: Any) -> None:
        self.directory = Directory()
        self.clock = SimulatedClock()
        mark = RunMark("scimsim-7d2a91")
        self.engine: Any = ENGINES.get(name)(Setting(self.directory, self.clock, mark, variant=variant, **setting))
        self.provider = provider or Provider(None, seed=7, clock=self.clock)
        self.script: list[Response | None] = []
        self.requests: list[Request] = []
        self.responses: list[Response] = []

    def ask(self, request: Request) -> Response:
        """The next written answer, or the provider's."""
        self.requests.append(request)
        answer = self.script.pop(0) if self.script else self.provider.handle(request)
        if answer is None:
            raise NoResponse(Failure("timeout", "no answer within 30 s"))
        self.responses.append(answer)
        return answer

    def do(self, verb: str, **params: Any) -> None:
        """An action of the administrator."""
        self.run(self.engine.act(verb, **params))

    def run(self, flow: Any) -> Any:
        """Play a flow to its end."""
        return drive(flow, self.ask, self.clock)

    def hire(self, key: str = "tove", **values: Any) -> None:
        """Somebody joins the directory."""
        known = (
            {**TOVE, "display_name": "Tove Lind"} if key == "tove" else {"user_name": f"{key}@example.test", "display_name": key}
        )
        self.run(self.engine.notice(self.directory.hire(Person(key, **{**known, **values}), self.clock.now())))

    def team(self, key: str, name: str, members: tuple[str, ...] = ()) -> None:
        """A team is made."""
        self.run(self.engine.notice(self.directory.create_team(Team(key, name, members), self.clock.now())))

    def change(self, kind: str, *args: Any) -> None:
        """The directory changes, and the engine is told."""
        self.run(self.engine.notice(getattr(self.directory, kind)(*args, at=self.clock.now())))

    def until(self, seconds: float) -> None:
        """Let time pass; what is due by then happens."""
        end = self.clock.now() + seconds
        while (due := self.engine.due()) is not None and due <= end:
            self.clock.sleep(due - self.clock.now())
            self.run(self.engine.wake())
        self.clock.sleep(end - self.clock.now())

    def took(self) -> list[str]:
        """The request lines since the last call."""
        lines = [f"{request.method} {request.target}" for request in self.requests]
        self.requests.clear()
        return lines

    def id(self, key: str) -> str:
        """The id of the account or group of that key, as the engine holds it."""
        expected = self.engine.expected()
        return next(str(thing.resource_id) for thing in (*expected.users, *expected.groups) if thing.key == key)

    def held(self, endpoint: str, key: str) -> dict[str, Any]:
        """What the provider holds of the account or group."""
        answer = self.provider.handle(Request("GET", f"/{endpoint}/{self.id(key)}"))
        value: dict[str, Any] = answer.json()
        return value

    def troubles(self) -> list[tuple[str, str]]:
        """The needs that were not met, and of whom."""
        return [(trouble.need, trouble.subject) for trouble in self.engine.troubles]


def answer(status: int, body: Mapping[str, Any] | None = None, **headers: str) -> Response:
    """A written answer."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, pairs, b"" if body is None else json.dumps(body).encode())


@pytest.fixture
def play() -> Callable[..., Play]:
    """Makes an engine at play: `play("onelogin", variant="enterprise", traits={...})`."""
    assert scim_sim.idp.ENGINES is ENGINES
    return Play


@pytest.fixture
def says() -> Callable[..., Response]:
    """Makes a written answer: `says(409, {"detail": "taken"})`."""
    return answer
