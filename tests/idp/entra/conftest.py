"""An Entra job in a test's hands: flows played by hand against golden answers, or against the embedded provider."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.directory.model import Directory, Person, Team
from scim_sim.drivers.drive import drive
from scim_sim.flow import Flow, NoResponse
from scim_sim.idp.engine import Setting
from scim_sim.idp.entra import Entra
from scim_sim.provider.app import Provider
from scim_sim.wire import CREDENTIALS, Failure, Headers, Request, Response, json_body

GOLDEN = Path(__file__).parent.parent.parent / "golden" / "entra"
BASE = "/scim/v2"
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


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


def answer(status: int = 200, body: Any = None, **headers: str) -> Response:
    """A response with a JSON body, or with none."""
    content = b"" if body is None else body if isinstance(body, bytes) else json_body(body)
    return Response(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), content)


def found(*resources: dict[str, Any]) -> Response:
    """A ListResponse with these resources."""
    return answer(200, {**EMPTY, "totalResults": len(resources), "Resources": list(resources)})


@dataclass
class Story:
    """One job, its directory and clock; `sent` holds what the last play yielded."""

    engine: Entra
    sent: list[Request] = field(default_factory=list)
    provider: Provider = field(default_factory=Provider)
    before: Callable[[Request], Response | None] = lambda request: None
    """Looks at each request before the provider does; what it returns is the answer."""

    @property
    def directory(self) -> Directory:
        """The people and teams of the tenant."""
        return self.engine.directory

    @property
    def at(self) -> float:
        """Now, on the simulated clock."""
        return self.engine.clock.now()

    def hire(self, key: str, **values: Any) -> Person:
        """Hire a person at contoso.example who has a name and nothing else."""
        person = Person(key, **{"user_name": f"{key}@contoso.example", "display_name": key.title(), **values})
        self.directory.hire(person, self.at)
        return person

    def team(self, key: str, name: str, *members: str) -> Team:
        """Form a team."""
        self.directory.create_team(Team(key, name, members), self.at)
        return self.directory.team(key)

    def update(self, key: str, **values: Any) -> None:
        """Change attributes of a person."""
        self.directory.update(key, values, self.at)

    def do(self, verb: str, **params: Any) -> list[str]:
        """An action of the administrator, against the embedded provider."""
        return self.live(self.engine.act(verb, **params))

    def started(self, *keys: str, groups: tuple[str, ...] = ()) -> Story:
        """Assign these, start, and run the initial cycle against the embedded provider."""
        for key in keys:
            self.do("assign", person=key)
        for key in groups:
            self.do("assign", group=key)
        self.do("start")
        self.cycle()
        return self

    def cycle(self) -> list[str]:
        """Let the clock reach the next cycle and run it; the requests without the probes."""
        due = self.engine.due()
        assert due is not None
        self.engine.clock.sleep(due - self.at)
        return self.live(self.engine.wake())

    def live(self, flow: Flow[Any]) -> list[str]:
        """Play the flow against the embedded provider; the requests in short, without the probes."""
        self._drive(flow, lambda request: self.before(request) or self.provider.handle(request))
        return [told(request) for request in self.sent if not request.label.startswith("probe")]

    def play(self, flow: Flow[Any], *answers: Response | Failure) -> list[Request]:
        """Play the flow with exactly these answers; returns the requests without their labels."""
        waiting = list(answers)

        def ask(request: Request) -> Response:
            if not waiting:
                raise AssertionError(f"nobody answers {request.method} {request.target} {request.body!r}")
            answered = waiting.pop(0)
            if isinstance(answered, Failure):
                raise NoResponse(answered)
            return answered

        self._drive(flow, ask)
        assert [] == waiting
        return [replace(request, label="") for request in self.sent]

    def by_hand(self, *answers: Response | Failure) -> list[Request]:
        """The next cycle with a passed probe and then exactly these answers; the requests after the probe."""
        due = self.engine.due()
        assert due is not None
        self.engine.clock.sleep(due - self.at)
        return self.play(self.engine.wake(), answer(200, EMPTY), *answers)[1:]

    def _drive(self, flow: Flow[Any], ask: Callable[[Request], Response]) -> None:
        self.sent = []
        drive(flow, lambda request: (self.sent.append(request), ask(request))[1], self.engine.clock)

    def messages(self) -> list[str]:
        """What the administrator sees, the code alone."""
        return [trouble.message.partition(":")[0] for trouble in self.engine.troubles]

    def account(self, key: str) -> dict[str, Any]:
        """The person's account at the embedded provider."""
        resource_id = next(u.resource_id for u in self.engine.expected().users if u.key == key)
        return json.loads(self.provider.handle(Request("GET", f"/Users/{resource_id}")).body)

    def entries(self) -> list[tuple[str, str, str]]:
        """The provisioning log since the last call: action, status, error code or skip reason."""
        return [_short(entry) for entry in self.engine.drain_log()]


def _short(entry: dict[str, Any]) -> tuple[str, str, str]:
    info = entry["provisioningStatusInfo"]
    return entry["provisioningAction"], info["status"], (info["errorInformation"] or {}).get("errorCode", "")


def told(request: Request) -> str:
    """A request in short: `GET /Users/{id}`, `GET /Users?userName`, `PATCH /Users/{id} Replace title=Lead`."""
    kind, *rest = request.path.strip("/").split("/")
    path = f"/{kind}/{{id}}" if rest else f"/{kind}"
    if request.method == "GET":
        asked = (request.query or "").partition("filter=")[2].partition("+")[0]
        return f"GET {path}" + (f"?{asked}" if asked else "")
    if request.body is None:
        return f"{request.method} {path}"
    body = json.loads(request.body)
    if "Operations" not in body:
        return f"{request.method} {path} {body.get('userName') or body.get('displayName')}"
    return f"{request.method} {path} " + ", ".join(_operation(operation) for operation in body["Operations"])


def _operation(operation: dict[str, Any]) -> str:
    path, value = operation.get("path"), operation.get("value")
    short = "" if path is None else path.rpartition(":")[2] if path.startswith("urn:") else path
    if isinstance(value, dict):
        return f"{operation['op']} {value}"
    return f"{operation['op']} {short}" + ("" if value is None else f"={value}" if not isinstance(value, list) else "=[…]")


@pytest.fixture
def entra() -> Callable[..., Story]:
    """Makes a job: `entra("optscim", groups=False, cycle_minutes=20)`."""

    def make(
        variant: str = "", groups: bool = True, mapping: dict[str, Any] | None = None, seed: int = 7, **traits: Any
    ) -> Story:
        directory, clock = Directory(), SimulatedClock()
        setting = Setting(directory, clock, RunMark("scimsim-000000"), seed, variant, groups, traits, mapping or {}, "Contoso BI")
        return Story(Entra(setting))

    return make
