"""An Okta integration in a test's hands: flows played by hand against golden answers, or against the embedded provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.directory.model import Directory, Person, Team
from scim_sim.drivers.drive import drive
from scim_sim.flow import Flow, Pause
from scim_sim.idp.engine import Setting
from scim_sim.idp.okta import Okta
from scim_sim.provider.app import Provider
from scim_sim.wire import CREDENTIALS, Headers, Request, Response, json_body

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "okta"
BASE = "/scim/v2"


def _message(text: str) -> tuple[str, Headers, bytes]:
    head, _, body = text.strip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    return first, tuple((name, value) for name, _, value in (line.partition(": ") for line in lines)), body.encode()


def golden_exchange(name: str) -> tuple[Request, Response]:
    """The recorded exchange `x03` as the engine yields it: no Host, the credentials replaced by their stand-in, no label."""
    text = (GOLDEN / f"{name}.http").read_text("utf-8")
    sent, _, answered = text.partition("\n\nHTTP/1.1 ")
    line, headers, body = _message(sent)
    method, target, _ = line.split(" ")
    path, mark, query = target.removeprefix(BASE).partition("?")
    kept = tuple((n, CREDENTIALS if n == "Authorization" else v) for n, v in headers if n != "Host")
    status, theirs, content = _message(answered)
    request = Request(method, path, query if mark else None, kept, body or None)
    return request, Response(int(status.split(" ")[0]), theirs, content)


def answer(status: int, body: Any = None, **headers: str) -> Response:
    """A response with a JSON body, or with none."""
    content = b"" if body is None else body if isinstance(body, bytes) else json_body(body)
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), content)


@dataclass
class Story:
    """One integration, its directory and clock; `sent` and `pauses` hold what the last play yielded."""

    engine: Okta
    sent: list[Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    provider: Provider = field(default_factory=Provider)

    @property
    def directory(self) -> Directory:
        """Okta's own people and teams."""
        return self.engine.directory

    @property
    def at(self) -> float:
        """Now, on the simulated clock."""
        return self.engine.clock.now()

    def hire(self, key: str, given: str = "", family: str = "", **values: Any) -> Person:
        """Hire a person at kestrelworks.test with the attributes that Okta's examples show."""
        given, family = given or key.title(), family or "Test"
        address = values.pop("user_name", f"{key}@kestrelworks.test")
        made = {"email": address, "display_name": f"{given} {family}", "locale": "en-US", **values}
        person = Person(key, address, given, family, **made)
        self.directory.hire(person, self.at)
        return person

    def team(self, key: str, name: str, *members: str) -> Team:
        """Form a team."""
        self.directory.create_team(Team(key, name, members), self.at)
        return self.directory.team(key)

    def play(self, flow: Flow[Any], *answers: Response) -> list[Request]:
        """Play the flow with exactly these answers; returns the requests without their labels."""
        waiting = list(answers)

        def ask(request: Request) -> Response:
            if not waiting:
                raise AssertionError(f"nobody answers {request.method} {request.target}")
            return waiting.pop(0)

        self._drive(flow, ask)
        assert [] == waiting
        return [replace(request, label="") for request in self.sent]

    def live(self, flow: Flow[Any]) -> list[str]:
        """Play the flow against the embedded provider; returns each request as `METHOD /Users/{id}` with what it carries."""
        self._drive(flow, self.provider.handle)
        return [told(request) for request in self.sent]

    def tell(self, change: Any) -> list[str]:
        """Let the engine react to a change in the directory, against the embedded provider."""
        return self.live(self.engine.notice(change))

    def act(self, verb: str, **params: Any) -> list[str]:
        """An action of the administrator, against the embedded provider."""
        return self.live(self.engine.act(verb, **params))

    def _drive(self, flow: Flow[Any], ask: Callable[[Request], Response]) -> None:
        self.sent, self.pauses = [], []
        drive(self._watched(flow), lambda request: (self.sent.append(request), ask(request))[1], self.engine.clock)

    def _watched(self, flow: Flow[Any]) -> Flow[Any]:
        value: Response | None = None
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    self.pauses.append(step.seconds)
                try:
                    value = yield step
                except Exception as error:  # noqa: BLE001 - thrown on to the flow under test
                    step = flow.throw(error)
                else:
                    step = flow.send(value)
        except StopIteration as stop:
            return stop.value

    def messages(self) -> list[str]:
        """What the administrator sees."""
        return [trouble.message for trouble in self.engine.troubles]

    def events(self) -> list[tuple[str, str]]:
        """The System Log since the last call, as type and result."""
        return [(entry["eventType"], entry["outcome"]["result"]) for entry in self.engine.drain_log()]

    def account(self, key: str) -> dict[str, Any]:
        """The person's account at the embedded provider."""
        external_id = self.engine.app.users[key].external_id
        return json.loads(self.provider.handle(Request("GET", f"/Users/{external_id}")).body)

    def group(self, key: str) -> dict[str, Any]:
        """The pushed group at the embedded provider."""
        external_id = self.engine.app.groups[key].external_id
        return json.loads(self.provider.handle(Request("GET", f"/Groups/{external_id}")).body)


def told(request: Request) -> str:
    """A request in short: ids become `{id}`; of a body, what decides."""
    path = "/".join(["", *request.path.strip("/").split("/")[:1], *["{id}"] * request.path.strip("/").count("/")])
    if request.body is None:
        return f"{request.method} {path}" + (f"?{request.query.partition('%20')[0]}" if request.query else "")
    body = json.loads(request.body)
    if "Operations" in body:
        said = ", ".join(_operation(operation) for operation in body["Operations"])
    elif "members" in body:
        said = f"{body['displayName']}: {_names(body['members'])}"
    else:
        groups = body.get("groups")
        said = f"active={body.get('active')} groups={'[…]' if groups else groups}"
    return f"{request.method} {path} {said}"


def _operation(operation: dict[str, Any]) -> str:
    value = operation.get("value")
    if isinstance(value, list):
        return f"{operation['op']} {operation['path']} {_names(value)}"
    if isinstance(value, dict):
        return f"{operation['op']} " + " ".join(f"{n}={v}" for n, v in value.items() if n != "id")
    return f"{operation['op']} {operation['path'].split('[')[0]}[…]"


def _names(members: Iterable[dict[str, Any]]) -> str:
    return "[" + " ".join(str(member["display"]).split("@")[0] for member in members) + "]"


@pytest.fixture
def golden() -> Callable[[str], tuple[Request, Response]]:
    """Reads a recorded exchange."""
    return golden_exchange


@pytest.fixture
def reply() -> Callable[..., Response]:
    """Makes a response."""
    return answer


@pytest.fixture
def okta() -> Callable[..., Story]:
    """Makes an integration: `okta("oin", sync_password=True)`."""

    def make(variant: str = "aiw", mapping: dict[str, Any] | None = None, seed: int = 7, **traits: Any) -> Story:
        directory, clock = Directory(), SimulatedClock()
        mark = RunMark("scimsim-000000")
        return Story(Okta(Setting(directory, clock, mark, seed, variant, True, traits, mapping or {}, "Kestrel SCIM")))

    return make
