"""Targets that are no SCIM endpoint, or a broken one, end in one clear message, and the clean-up still runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.errors import TargetUnreachable
from scim_sim.events import Event, ExchangeMade, FindingMade, LeftBehind, RunEnded
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.target import Auth, Target
from scim_sim.wire import CREDENTIALS, Failure, Request, Response

ROOT = Path(__file__).parents[2]
STORY = ROOT / "scenarios/okta/joiner-mover-leaver.yaml"
TARGET = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))


class Answering:
    """A transport made of a function."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self.send = answer


def _run(answer: Callable[[Request], Response]) -> list[Event]:
    events: list[Event] = []
    run(TARGET, load_scenarios(STORY, "okta/story"), Answering(answer), events.append, Options(seed=1, idps=("okta:oin",)))
    return events


def _refused(answer: Callable[[Request], Response]) -> str:
    events: list[Event] = []
    scenarios = load_scenarios(STORY)
    with pytest.raises(TargetUnreachable) as raised:
        run(TARGET, scenarios, Answering(answer), events.append, Options(seed=1))

    assert isinstance(events[-1], RunEnded)
    assert raised.value.hint
    return raised.value.message


def _silent(_request: Request) -> Response:
    raise NoResponse(Failure("timeout", "no answer from app.example.test within 30 s"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_silent, "no answer from app.example.test within 30 s"),
        (lambda _: Response(401), "refuses the token"),
        (lambda _: Response(403), "refuses the token"),
        (lambda _: Response(402), "licence"),
        (lambda _: Response(302, (("Location", "https://login.example.test/"),)), "redirects to https://login.example.test/"),
        (lambda _: Response(200, (("Content-Type", "text/html"),), b"<html>sign in</html>"), "a web page, not with SCIM"),
        (lambda _: Response(404), "no SCIM endpoint at this path"),
        (lambda _: Response(429, (("Retry-After", "1"),)), "refuses further requests for now"),
        (lambda _: Response(503), "is being maintained"),
    ],
)
def test_what_is_no_endpoint_is_said_in_one_sentence(answer: Callable[[Request], Response], said: str) -> None:
    """Nothing is written, and the message says what to look at."""
    assert said in _refused(answer)


@pytest.mark.parametrize(
    "body",
    [b"", b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListRes', b"null", b"[]", b"\xff\xfe", b'"text"'],
    ids=["empty", "truncated", "null", "array", "no UTF-8", "text"],
)
def test_unreadable_answers_become_findings(body: bytes) -> None:
    """A target that answers 200 with rubbish breaks the IdP; nothing of ours breaks."""
    events = _run(lambda _: Response(200, (("Content-Type", "application/scim+json"),), body))
    findings = [e.finding for e in events if isinstance(e, FindingMade)]

    assert [f for f in findings if f.outcome == "error"] == []
    assert "okta-connect" in {f.requirement for f in findings if f.outcome == "fail"}


def test_target_that_always_fails_breaks_every_idp() -> None:
    """500 to everything is an answer, and a bad one."""
    events = _run(lambda _: Response(500, (("Content-Type", "application/json"),), b"{}"))

    assert any(isinstance(e, FindingMade) and e.finding.requirement == "okta-connect" for e in events)


def test_mistake_of_ours_is_told_and_the_others_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in one story is an error finding, never a traceback, and says nothing of the target."""
    answer = _provider()

    def crash(*_: object, **__: object) -> str:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(sys.modules["scim_sim.scenario.run"], "play_steps", crash)
    events = _run(answer)
    errors = [e.finding for e in events if isinstance(e, FindingMade) and e.finding.outcome == "error"]

    assert [f.check for f in errors] == ["runner"]
    assert errors[0].problem is not None
    assert "ZeroDivisionError" in errors[0].problem.message


def _provider() -> Callable[[Request], Response]:
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    return lambda request: provider.handle(
        request.with_headers((n, "Bearer tok-1234" if v == CREDENTIALS else v) for n, v in request.headers)
    )


def test_target_that_dies_in_the_middle_leaves_a_list() -> None:
    """What could not be removed is listed, and the run does not wait for every request."""
    answer = _provider()
    posts = 0

    def dying(request: Request) -> Response:
        nonlocal posts
        posts += request.method == "POST"
        return _silent(request) if posts > 2 else answer(request)

    events: list[Event] = []
    with pytest.raises(TargetUnreachable, match="stopped answering"):
        run(TARGET, load_scenarios(STORY), Answering(dying), events.append, Options(seed=1, idps=("okta:oin",)))
    left = [e for e in events if isinstance(e, LeftBehind)]
    silent = [e for e in events if isinstance(e, ExchangeMade) and e.exchange.response is None]

    assert [e.state for e in left] == ["unknown", "unknown"]
    assert len(silent) < 12


def test_interruption_still_cleans_up() -> None:
    """Ctrl-C in the middle of a story removes what was created so far."""
    answer = _provider()
    posts = 0

    def interrupting(request: Request) -> Response:
        nonlocal posts
        posts += request.method == "POST"
        if posts == 3:
            posts += 1
            raise KeyboardInterrupt
        return answer(request)

    events = _run(interrupting)
    [ended] = [e for e in events if isinstance(e, RunEnded)]

    assert (ended.interrupted, ended.created, ended.cleaned) == (True, {"/Users": 2}, {"/Users": 2})
    assert 0 == answer(Request("GET", "/Users", None, (("Authorization", CREDENTIALS),))).json()["totalResults"]


def test_same_seed_gives_the_same_bytes() -> None:
    """Two runs with one seed differ in nothing but the time that passed."""

    def wire() -> list[tuple[str, Request, Response | None, float]]:
        exchanges = [e.exchange for e in _run(_provider()) if isinstance(e, ExchangeMade)]
        return [(e.id, e.request, e.response, e.at) for e in exchanges]

    assert wire() == wire()


def test_no_secret_in_any_event() -> None:
    """The token is in no exchange, whoever sent it."""
    events = _run(_provider())

    assert "tok-1234" not in repr(events)
