"""Patience: how often and after what time an IdP asks again."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.flow import Pause
from scim_sim.idp.retry import Patience, retry_after, send_patiently
from scim_sim.wire import Request, Response


def slow(value: str | None = None) -> Response:
    """A 429, with a Retry-After where given."""
    return Response(429, (("Retry-After", value),) if value is not None else ())


def pauses(patience: Patience, *answers: Response) -> list[float]:
    """The waits between the requests when these answers come in turn."""
    flow = send_patiently(Request("GET", "/Users"), patience)
    waiting, found = list(answers), []
    step: Any = next(flow)
    try:
        while True:
            if isinstance(step, Pause):
                found.append(step.seconds)
                step = flow.send(None)
            else:
                step = flow.send(waiting.pop(0))
    except StopIteration:
        assert [] == waiting
        return found


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("1.5", None), ("-3", None), ("٣", None)],
)
def test_only_whole_seconds_count(value: str, seconds: int | None) -> None:
    """Dates, fractions and anything else are no Retry-After to these clients."""
    assert seconds == retry_after(slow(value))


def test_waits_double_from_the_first() -> None:
    """Without Retry-After the first wait is the default; each further one doubles; other statuses end it."""
    assert [300.0, 600.0] == pauses(Patience(), slow(), slow("5"), Response(200))


def test_later_retry_after_counts_only_where_it_should() -> None:
    """With `each_retry_after` every answer's own wait is taken."""
    assert [7.0, 5.0] == pauses(Patience(each_retry_after=True), slow("7"), slow("5"), Response(200))


def test_last_attempt_is_returned_as_it_is() -> None:
    """After all attempts the last answer is the result, and no wait follows."""
    assert [1.0, 1.0] == pauses(Patience(attempts=3, first=1.0, factor=1.0), slow(), slow(), slow())
