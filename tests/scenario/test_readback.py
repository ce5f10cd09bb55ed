"""Reading back: one by one, and of a crowd some by themselves and the others in one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from scim_sim.api import InProcess
from scim_sim.checks.convergence import Wanted
from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.events import Event, ExchangeMade, FindingMade
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.readback import CROWD, Looks, question, read_all
from scim_sim.scenario.run import Options, run
from scim_sim.scim.declared import Declared, Feature
from scim_sim.target import Auth
from scim_sim.target import Target as Server
from scim_sim.wire import Exchange, Request, Response, json_body

TARGET = Server("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
MARK = RunMark.of(1)
MANY = CROWD + 16
SILENT = Declared()


class Target:
    """Holds users, and remembers what it was asked for; `listed` makes of each what the list shows."""

    def __init__(self, listed: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda user: user) -> None:
        self.users = {f"id-{n}": _user(n) for n in range(MANY)}
        self.listed = listed
        self.asked: list[str] = []

    def ask_all(self, requests: Sequence[Request]) -> list[tuple[Exchange, Response | NoResponse]]:
        """Answer each in turn; the label is the id of its exchange."""
        answers = [(request, self._answer(request)) for request in requests]
        return [(Exchange(r.label, "harness", "", "", r, a, None, 0.0, 0.0), a) for r, a in answers]

    def _answer(self, request: Request) -> Response:
        self.asked.append(request.label)
        if request.path == "/Users":
            rows = [row for user in self.users.values() if (row := self.listed(user)) is not None]
            return _found({"totalResults": len(rows), "Resources": rows})
        user = self.users.get(request.path.rpartition("/")[2])
        return _found(user) if user is not None else Response(404, "Not Found")


def _user(n: int) -> dict[str, Any]:
    return {"id": f"id-{n}", "userName": MARK.user_name(f"u{n}", "example.com"), "title": "Analyst", "active": True}


def _found(body: Any) -> Response:
    return Response(200, "OK", body=json_body(body))


def _wanted(number: int = MANY) -> list[Wanted]:
    return [
        Wanted("user", f"u{n}", "okta", _user(n)["userName"], f"id-{n}", resource={"title": "Analyst"}) for n in range(number)
    ]


def _by_list(target: Target, things: Sequence[Wanted], declared: Declared = SILENT) -> tuple[dict[str, Any], int]:
    """What is read of each thing, and how many were read in the list."""
    read = list(read_all(things, target.ask_all, declared, MARK))
    assert sorted(found.wanted.key for found, _ in read) == sorted(thing.key for thing in things)
    return {found.wanted.key: found.resource for found, _ in read}, sum(exchange.id == "read back many" for _, exchange in read)


def test_few_are_read_one_by_one() -> None:
    """No list is asked for where there is no crowd."""
    target = Target()

    assert 0 == _by_list(target, _wanted(CROWD))[1]
    assert ["read back"] * CROWD == target.asked


def test_crowd_is_read_in_one_list_and_some_of_it_one_by_one() -> None:
    """One request shows most of them; some are read as the identity provider would read them."""
    target = Target()

    read, by_list = _by_list(target, _wanted())

    assert read == {f"u{n}": _user(n) for n in range(MANY)}
    assert 8 == target.asked.count("read back")
    assert MANY - 8 == by_list


def _thin(user: dict[str, Any]) -> dict[str, Any] | None:
    return {"id": user["id"], "userName": user["userName"]}


def _stale(user: dict[str, Any]) -> dict[str, Any] | None:
    return {**user, "active": False}


@pytest.mark.parametrize("listed", [_thin, _stale, lambda user: None])
def test_what_the_list_does_not_show_as_it_should_be_is_read(listed: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """A list that shows less, or something else, is no evidence against the resource."""
    read, by_list = _by_list(Target(listed), _wanted())

    assert read == {f"u{n}": _user(n) for n in range(MANY)}
    assert not by_list


def test_what_is_lost_is_seen() -> None:
    """A user that stands neither in the list nor at its own place is not there."""
    target = Target()
    del target.users["id-3"]

    read, _ = _by_list(target, _wanted())

    assert ["u3"] == [key for key, resource in read.items() if resource is None]


def test_target_without_filter_is_asked_for_each() -> None:
    """What the target does not offer is not asked for."""
    target = Target()

    assert 0 == _by_list(target, _wanted(), Declared(features={"filter": Feature(supported=False)}))[1]
    assert MANY == len(target.asked)


def test_two_identity_providers_may_want_the_same_user() -> None:
    """Each is told what is there."""
    target = Target()
    things = [*_wanted(), *_wanted()]

    read = list(read_all(things, target.ask_all, SILENT, MARK))

    assert len(things) == len(read)


def test_what_was_looked_at_is_not_read_again_until_something_happens() -> None:
    """Two who ask at the same moment are given the same answer; afterwards it is asked for anew."""
    target = Target()
    look = Looks(target.ask_all)
    one, other = (question(thing) for thing in _wanted(2))

    first, both = look([one]), look([other, one])
    assert look.last is first[0][0]
    look.afresh()
    again = look([one])

    assert ["read back"] * 3 == target.asked
    assert both[1] is first[0]
    assert again[0] is not first[0]
    assert [_user(1), _user(0)] == [answer.json() for _, answer in both if isinstance(answer, Response)]


def test_step_reads_once_what_its_expectation_and_the_runner_ask_for() -> None:
    """Within a step one read answers both; the end of the story reads again."""
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    expected = ({"user": "ada", "active": True}, {"user": "ada", "active": True, "attributes": {"title": "Analyst"}})
    steps = (Step("01-hire", "hire", {"person": "ada"}), Step("02-assign", "assign", {"person": "ada"}, expect=expected))
    events: list[Event] = []

    run(
        TARGET,
        [Scenario("story", "Story", ("okta:oin",), steps)],
        InProcess(provider, "tok-1234"),
        events.append,
        Options(seed=1),
    )

    read = [e.exchange for e in events if isinstance(e, ExchangeMade) and e.exchange.request.label == "read back"]
    said = [e.finding for e in events if isinstance(e, FindingMade) and e.finding.check == "account_is_as_expected"]
    assert ["02-assign", "end"] == [exchange.step for exchange in read]
    assert [("pass", (read[0].id,)), ("fail", (read[0].id,))] == [(finding.outcome, finding.exchanges) for finding in said]
