"""What was expected and found, and how to repair it: a refusal is told by the answer itself."""

from __future__ import annotations

import pytest

from scim_sim.report.model import Cause
from tests.report.stream import Stream, fold
from tests.report.test_causes import begun


def _only(s: Stream) -> Cause:
    [cause] = fold(iter(s.events)).causes
    return cause


@pytest.mark.parametrize(
    ("status", "body", "found", "remedy"),
    [
        (
            401,
            {"detail": "Unauthenticated", "scimType": "sensitive"},
            "401: Unauthenticated (sensitive)",
            "Serve PATCH /Users/{id}",
        ),
        (400, {"message": "no such path"}, "400: no such path", ""),
        (500, None, "500", "Look into the service provider's log: PATCH /Users/{id} makes it fail."),
        (501, {"detail": ""}, "501", "Offer PATCH /Users/{id}: "),
    ],
)
def test_a_refusal_is_told_by_the_answer(status: int, body: object, found: str, remedy: str) -> None:
    """Status and detail, and what such a status asks for, before the advice of the need."""
    s = begun("okta:aiw")
    s.trouble("okta-group-members", "the words of the console", "Tasks", s.ask("PATCH", "/Users/1", status, None, body))
    cause = _only(s)

    assert ("the request succeeds", found) == (cause.expected, cause.actual)
    assert cause.fix.startswith(remedy)
    assert len(cause.fix) > len(remedy)


def test_a_trouble_behind_a_good_answer_is_held_against_the_need() -> None:
    """The need is what was expected, the engine's words are what was found."""
    s = begun("okta:aiw")
    s.trouble("okta-group-members", "the members differ", "Tasks", s.ask("PATCH", "/Users/1", 200))
    cause = _only(s)

    assert cause.expected == cause.why[0].statement.rstrip(".")
    assert "the members differ" == cause.actual
