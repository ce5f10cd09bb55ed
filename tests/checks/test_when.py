"""When checks apply: the situations an exchange may be in, and their names."""

from __future__ import annotations

import pytest

from scim_sim.checks import CHECKS
from scim_sim.checks.judge import checks_about
from scim_sim.checks.reading import Situation, read_exchange
from scim_sim.checks.when import answered, created, failed, listed, on, partly_sighted, sighted, succeeded, whole_sighted
from scim_sim.scim.declared import Declared
from scim_sim.wire import Exchange, Failure, Request, Response, json_body

USER = json_body({"id": "1", "userName": "ada@example.test"})
LIST = json_body({"totalResults": 1, "Resources": [{"id": "1"}]})
ERROR = json_body({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"})


def situation(method: str, path: str, status: int, body: bytes = b"") -> Situation:
    """The situation of a request and its answer; status 0 stands for none."""
    path, mark, query = path.partition("?")
    request = Request(method, path, query if mark else None)
    answer = Response(status, body=body) if status else None
    failure = None if status else Failure("timeout", "no answer")
    return read_exchange(Exchange("E1", "harness", "s", "1", request, answer, failure, 0.0, 0.0), Declared()).situation


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "expected"),
    [
        ("GET", "/Users/1", 0, b"", Situation("read", 0, "")),
        ("GET", "/Users/1", 200, USER, Situation("read", 200, "resources")),
        ("GET", "/Users/1?attributes=id", 200, USER, Situation("read", 200, "parts")),
        ("GET", "/Users/1", 404, ERROR, Situation("read", 404, "object")),
        ("GET", "/Users", 200, LIST, Situation("list", 200, "resources")),
        ("GET", "/Users", 200, b'{"totalResults": 0}', Situation("list", 200, "object")),
        ("GET", "/Users", 200, b"[]", Situation("list", 200, "")),
        ("DELETE", "/Users/1", 204, b"", Situation("delete", 204, "")),
    ],
)
def test_situation_says_what_was_asked_and_what_came(
    method: str, path: str, status: int, body: bytes, expected: Situation
) -> None:
    """The operation, the status, and how much the answer holds; nothing else."""
    assert expected == situation(method, path, status, body)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (Situation("create", 0, ""), set()),
        (Situation("create", 201, "resources"), {"answered", "succeeded", "created", "sighted", "whole"}),
        (Situation("create", 409, "object"), {"answered", "failed"}),
        (Situation("read", 200, "parts"), {"answered", "succeeded", "sighted", "partly"}),
        (Situation("list", 200, "object"), {"answered", "succeeded", "listed"}),
        (Situation("list", 200, ""), {"answered", "succeeded"}),
        (Situation("other", 307, ""), {"answered"}),
    ],
)
def test_situations_have_names(at: Situation, expected: set[str]) -> None:
    """Who holds at least resources holds an object, and nothing holds without an answer."""
    named = {
        "answered": answered, "succeeded": succeeded, "failed": failed, "created": created, "listed": listed,
        "sighted": sighted, "partly": partly_sighted, "whole": whole_sighted,
    }  # fmt: skip

    assert expected == {name for name, when in named.items() if when(at)}


def test_condition_narrows_by_all_that_it_names() -> None:
    """Operation, status and content hold together."""
    when = on("list", "search", status=(200,), holding="parts")
    held = [Situation("list", 200, "parts"), Situation("search", 200, "resources")]
    others = [Situation("read", 200, "parts"), Situation("list", 206, "parts"), Situation("list", 200, "object")]

    assert [True, True, False, False, False] == [when(at) for at in (*held, *others)]


def test_nobody_is_left_out() -> None:
    """Every check that is about the situation is asked, in the order of their registration."""
    for at in (Situation("list", 200, "object"), Situation("create", 201, "resources"), Situation("read", 0, "")):
        assert [check.name for check in CHECKS if check.when(at)] == [check.name for check in checks_about(at)]


def test_a_request_without_an_answer_concerns_no_check() -> None:
    """Nothing is said of a target that has not answered."""
    operations = ("create", "read", "list", "search", "replace", "patch", "delete", "bulk", "discovery", "me", "other")

    assert [] == [check.name for operation in operations for check in checks_about(Situation(operation, 0, ""))]
