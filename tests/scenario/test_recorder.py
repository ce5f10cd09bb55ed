"""What is recorded: every attempt, in order, with who waited for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.drivers.drive import Transport
from scim_sim.drivers.patience import RateLimit
from scim_sim.errors import TargetUnreachable
from scim_sim.events import Event, ExchangeMade, FindingMade, Observed
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.redact import Redactor
from scim_sim.scenario.ledger import Ledger
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.recorder import SILENCE, Recorder
from scim_sim.scenario.run import Options, run
from scim_sim.target import Auth, Target
from scim_sim.wire import Exchange, Failure, Request, Response

STORY = Path(__file__).parents[2] / "scenarios/okta/joiner-mover-leaver.yaml"
SLOW = Response(429, (("Retry-After", "2"),))


@dataclass
class Now:
    """A clock of one's own for real waits."""

    time: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


@dataclass
class Limited:
    """Every n-th request is refused for a while; `seen` are the requests in all."""

    provider: Provider
    every: int
    answer: Response = SLOW
    seen: int = 0
    requests: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        """The provider's answer, or the limit's."""
        self.seen += 1
        self.requests.append(request)
        return self.answer if self.seen % self.every == 0 else self.provider.handle(request)


class Silent:
    """A target that never answers."""

    def send(self, request: Request) -> Response:
        """No answer."""
        raise NoResponse(Failure("timeout", "no answer within 5 s"))


def recorder(transport: Transport, events: list[Event], now: Now) -> Recorder:
    """A recorder that waits on a clock of its own."""
    limit = RateLimit(sleep=now.sleep, now=lambda: now.time)
    return Recorder(transport, SimulatedClock(), Redactor(()), Ledger(RunMark("scimsim-1")), events.append, limit=limit)


def made(events: list[Event]) -> list[Exchange]:
    """The exchanges that observers were told of."""
    return [event.exchange for event in events if isinstance(event, ExchangeMade)]


def test_every_attempt_under_a_limit_is_recorded() -> None:
    """The answer 429 is shown, the wait is real, and the sender gets the second answer."""
    events: list[Event] = []
    now = Now()
    one = recorder(Limited(Provider(), 2), events, now)
    one.ask(Request("GET", "/Users"), "harness")
    answer = one.ask(Request("GET", "/Users"), "harness")

    shown = [(exchange.answer.status, exchange.attempt) for exchange in made(events)]
    assert [(200, 1), (429, 1), (200, 2)] == shown
    assert (200, 2.0) == (answer.status, now.time)


def test_repetition_of_an_idp_has_its_number() -> None:
    """An IdP that sends again by itself counts on, also where the target made the run wait in between."""
    events: list[Event] = []
    one = recorder(Limited(Provider(), 2), events, Now())
    one.ask(Request("GET", "/Users", attempt=3), "okta")
    one.ask(Request("GET", "/Users", attempt=4), "okta")

    assert [3, 4, 5] == [exchange.attempt for exchange in made(events)]


def test_limit_that_is_kept_to_is_no_fault_and_is_counted() -> None:
    """A target that limits its rate gets the same findings as one that does not, and the report says what it cost."""
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))

    def played(every: int) -> list[Event]:
        events: list[Event] = []
        answer = Response(429, (("Retry-After", "0"),))
        transport = Limited(Provider(None, clock=SimulatedClock()), every, answer)
        run(target, load_scenarios(STORY, "okta/story"), transport, events.append, Options(seed=1, idps=("okta:oin",)))
        return events

    limited, free = played(25), played(10**9)
    told = [event.row for event in limited if isinstance(event, Observed) and event.kind == "rate limit"]
    again = [exchange for exchange in made(limited) if exchange.attempt == 2]

    assert again
    assert [len(again)] == [row["answers 429"] for row in told]
    assert [one.finding.check for one in free if isinstance(one, FindingMade)] == [
        one.finding.check for one in limited if isinstance(one, FindingMade)
    ]
    assert not [event for event in free if isinstance(event, Observed) and event.kind == "rate limit"]


def test_waits_of_an_idp_are_shown() -> None:
    """Okta's own patience is told with its reason, and its second request is the second attempt."""
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    events: list[Event] = []
    transport = Limited(Provider(None, clock=SimulatedClock()), 25, Response(429, (("Retry-After", "120"),)))
    run(target, load_scenarios(STORY, "okta/story"), transport, events.append, Options(seed=1, idps=("okta:oin",)))

    whys = [event.row["why"] for event in events if isinstance(event, Observed) and event.kind == "wait"]
    spoken = [exchange for exchange in made(events) if exchange.voice == "okta:oin"]
    again = [(one.at - before.at, one.attempt) for before, one in pairwise(spoken) if one.attempt > 1]
    assert whys
    assert all("429 on " in why and "again in 120 s" in why for why in whys)
    assert [(120.0, 2)] * len(whys) == again


def test_habit_of_asking_again_is_no_silence_of_the_target() -> None:
    """An IdP that asks ten times when no answer comes does so; a run stops when other requests go unanswered too."""
    events: list[Event] = []
    one = recorder(Silent(), events, Now())
    for attempt in range(1, 11):
        one.converse(Request("POST", "/Users", attempt=attempt), "keycloak:put")
    for _ in range(SILENCE - 2):
        one.converse(Request("GET", "/Users"), "keycloak:put")
    with pytest.raises(TargetUnreachable):
        one.converse(Request("GET", "/Users"), "keycloak:put")
