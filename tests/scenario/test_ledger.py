"""The ledger knows what a run created, what it may have created, and what is not its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.directory import RunMark
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.scenario.cleanup import clean_up
from scim_sim.scenario.harness import AskAll, harness_request
from scim_sim.scenario.ledger import Created, Ledger
from scim_sim.scim.urns import USER
from scim_sim.wire import CREDENTIALS, Exchange, Request, Response, json_body

MARK = RunMark("scimsim-abc123")
NAME = "scimsim-abc123.ada@example.com"


@pytest.fixture
def ledger() -> Ledger:
    """An empty ledger."""
    return Ledger(MARK)


def _post(body: Any, path: str = "/Users") -> Request:
    return harness_request("POST", path, body=body)


def _answer(status: int, body: Any = None) -> Response:
    return Response(status, (), b"" if body is None else json_body(body))


def test_creation_is_known_by_id(ledger: Ledger) -> None:
    """Whoever is answered 201 is the run's own."""
    ledger.observe(_post({"userName": NAME}), _answer(201, {"id": "1", "userName": NAME}))

    assert list(ledger) == [Created("/Users", "1", NAME)]


def test_creation_without_answer_is_a_suspect(ledger: Ledger) -> None:
    """A 500 or a broken connection may have created something all the same."""
    ledger.observe(_post({"userName": NAME}), _answer(500))
    ledger.observe(_post({"displayName": "B (scimsim-abc123)"}, "/Groups"), None)

    assert list(ledger.suspects) == [("/Users", NAME), ("/Groups", "B (scimsim-abc123)")]


def test_refused_creation_is_no_suspect(ledger: Ledger) -> None:
    """A 409 created nothing."""
    ledger.observe(_post({"userName": NAME}), _answer(409))

    assert dict(ledger.suspects) == {}


def test_stranger_must_not_be_written(ledger: Ledger) -> None:
    """A resource seen in a list, without the mark, belongs to somebody else."""
    listed = {"Resources": [{"id": "7", "userName": "ceo@example.com"}]}
    ledger.observe(harness_request("GET", "/Users"), _answer(200, listed))

    assert ledger.is_stranger("/Users/7")
    assert not ledger.is_stranger("/Users/8")


def test_answer_to_a_create_with_a_strangers_id_is_not_owned(ledger: Ledger) -> None:
    """A server that answers a create with somebody else's account does not make it ours to delete."""
    ledger.observe(harness_request("GET", "/Users"), _answer(200, {"Resources": [{"id": "7", "userName": "ceo@example.com"}]}))
    ledger.observe(_post({"userName": NAME}), _answer(201, {"id": "7", "userName": "ceo@example.com"}))

    assert [] == list(ledger)


def test_bulk_creations_are_found_by_location(ledger: Ledger) -> None:
    """What a bulk request created is the run's own too."""
    sent = {"Operations": [{"method": "POST", "path": "/Users", "bulkId": "q", "data": {"userName": NAME}}]}
    got = {"Operations": [{"method": "POST", "bulkId": "q", "location": "https://x.example.test/Users/9", "status": "201"}]}
    ledger.observe(_post(sent, "/Bulk"), _answer(200, got))

    assert list(ledger) == [Created("/Users", "9", NAME)]


def _all(ask: Callable[[Request], Response]) -> AskAll:
    """One request after the other, without a recorder."""

    def ask_all(requests: Sequence[Request]) -> list[tuple[Exchange, Response | NoResponse]]:
        answers = [ask(request) for request in requests]
        return [(Exchange("", "", "", "", r, a, None, 0.0, 0.0), a) for r, a in zip(requests, answers, strict=True)]

    return ask_all


def _provider() -> tuple[Provider, Any]:
    provider = Provider(token="t0ken", clock=SimulatedClock(), seed=1)

    def ask(request: Request) -> Response:
        return provider.handle(request.with_headers((n, "Bearer t0ken" if v == CREDENTIALS else v) for n, v in request.headers))

    return provider, ask


def test_clean_up_deletes_and_proves_it(ledger: Ledger) -> None:
    """Everything of the run goes, nothing else does."""
    _, ask = _provider()
    ask(_post({"schemas": [USER], "userName": "ceo@example.com"}))
    request = _post({"schemas": [USER], "userName": NAME})
    ledger.observe(request, ask(request))

    left = clean_up(ledger, _all(ask))
    names = [r["userName"] for r in ask(harness_request("GET", "/Users")).json()["Resources"]]

    assert (left, names, ledger.cleaned) == ([], ["ceo@example.com"], {"/Users": 1})


def test_clean_up_finds_what_was_created_unseen(ledger: Ledger) -> None:
    """A creation that was answered 500 is looked up by name and removed."""
    _, ask = _provider()
    request = _post({"schemas": [USER], "userName": NAME})
    ask(request)
    ledger.observe(request, _answer(500))

    clean_up(ledger, _all(ask))

    assert 0 == ask(harness_request("GET", "/Users")).json()["totalResults"]


def test_clean_up_believes_the_list_where_a_read_fails(ledger: Ledger) -> None:
    """A target that answers 500 to a read of what is gone is asked by name."""
    _, ask = _provider()
    request = _post({"schemas": [USER], "userName": NAME})
    ledger.observe(request, ask(request))

    def failing(sent: Request) -> Response:
        answer = ask(sent)
        return _answer(500) if answer.status == 404 else answer

    assert [] == clean_up(ledger, _all(failing))


def test_clean_up_deactivates_where_it_cannot_delete(ledger: Ledger) -> None:
    """A target without DELETE keeps an inactive account, and it is listed."""
    _, ask = _provider()
    request = _post({"schemas": [USER], "userName": NAME, "active": True})
    ledger.observe(request, ask(request))

    def without_delete(sent: Request) -> Response:
        return _answer(405) if sent.method == "DELETE" else ask(sent)

    [left] = clean_up(ledger, _all(without_delete))

    assert (left.name, left.state, left.reason) == (NAME, "deactivated", "DELETE was answered with 405")


def _crowd(ledger: Ledger, ask: Callable[[Request], Response]) -> list[str]:
    """Thirty accounts of the run; their ids."""
    ids = []
    for number in range(30):
        request = _post({"schemas": [USER], "userName": f"{number}.{NAME}"})
        answer = ask(request)
        ledger.observe(request, answer)
        ids.append(answer.json()["id"])
    return ids


def test_crowd_is_proved_gone_by_a_search_that_knew_it(ledger: Ledger) -> None:
    """Not every one of a crowd is read: the search that listed all of them lists none."""
    _, ask = _provider()
    _crowd(ledger, ask)
    sent: list[Request] = []

    def noting(request: Request) -> Response:
        sent.append(request)
        return ask(request)

    assert [] == clean_up(ledger, _all(noting))
    assert 0 == ask(harness_request("GET", "/Users")).json()["totalResults"]
    assert sum(request.method == "GET" for request in sent) < 20


@pytest.mark.parametrize("filters", [True, False], ids=["with filter", "without filter"])
def test_one_of_a_crowd_that_stays_is_found(ledger: Ledger, filters: bool) -> None:
    """A target that answers 204 and keeps one of thirty is found out, whether it can search or not."""
    _, ask = _provider()
    kept = _crowd(ledger, ask)[17]

    def keeping(request: Request) -> Response:
        if request.query and "filter" in request.query and not filters:
            return _answer(501)
        return _answer(204) if request.method == "DELETE" and request.path.endswith(kept) else ask(request)

    [left] = clean_up(ledger, _all(keeping))

    assert (left.resource_id, left.state) == (kept, "deactivated")
