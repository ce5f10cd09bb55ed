"""Rate limits of a target are kept to."""

from __future__ import annotations

import pytest

from scim_sim.drivers.patience import ATTEMPTS, LONGEST, RateLimit
from scim_sim.wire import Response


class Limited:
    """A target that answers what it is given, the last one for ever, and a clock that stands still but for sleep."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.sent = 0
        self.time = 100.0
        self.limit = RateLimit(sleep=self.sleep, now=lambda: self.time)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds

    def ask(self) -> int:
        """The status that comes out at the end."""
        sent, again = 0, True
        while again:
            self.limit.wait()
            sent, self.sent = sent + 1, self.sent + 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            again = self.limit.again(answer, sent)
        return answer.status


def limit(value: str) -> Response:
    """An answer 429."""
    return Response(429, (("Retry-After", value),) if value else ())


def test_request_is_sent_again_when_the_target_said() -> None:
    """A rate limit costs time, and nothing else."""
    target = Limited(limit("3"), limit("2"), Response(200))

    assert (200, 3, 105.0) == (target.ask(), target.sent, target.time)


def test_cost_of_a_limit_is_counted() -> None:
    """What was waited for two answers at the same time is waited once."""
    target = Limited(Response(200))
    for seconds in ("3", "4"):
        target.limit.again(limit(seconds), 1)
    target.limit.wait()

    assert (2, 4.0, 104.0) == (target.limit.refused, target.limit.waited, target.time)


@pytest.mark.parametrize("value", ["", "soon", str(int(LONGEST) + 1)])
def test_limit_without_a_usable_time_is_passed_on(value: str) -> None:
    """Who does not say when to try again is not tried again."""
    target = Limited(limit(value), Response(200))

    assert (429, 1, 100.0, 0) == (target.ask(), target.sent, target.time, target.limit.refused)


def test_limit_that_never_ends_is_waited_for_once() -> None:
    """A target that refuses for ever is soon believed."""
    target = Limited(limit("1"))
    statuses = [target.ask() for _ in range(3)]

    assert ([429, 429, 429], ATTEMPTS + 2) == (statuses, target.sent)


def test_moment_in_the_past_is_no_long_wait() -> None:
    """Retry-After may be a date, as RFC 9110 section 10.2.3 says."""
    target = Limited(limit("Wed, 21 Oct 2015 07:28:00 GMT"), Response(200))

    assert (200, 2) == (target.ask(), target.sent)


def test_patience_ends() -> None:
    """A target that refuses for ever is reported."""
    target = Limited(limit("1"))

    assert (429, ATTEMPTS) == (target.ask(), target.sent)
