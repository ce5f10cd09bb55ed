"""The audit log: one line per request, chained, without secrets, whole after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scim_sim.errors import UsageError
from scim_sim.events import ExchangeMade, RunEnded, RunStarted
from scim_sim.scenario.audit import AuditLog, verify_log
from scim_sim.wire import Exchange, Failure, Request, Response


def exchange(number: int, **values: object) -> ExchangeMade:
    """A request with its answer, or without."""
    request = Request("POST", "/Users", None, (("Authorization", "Bearer ***"),), b'{"userName":"ada"}', "create user")
    response = Response(201, (("X-Request-Id", f"r{number}"),), b'{"id":"u1"}')
    made = {"request": request, "response": response, "failure": None, **values}
    return ExchangeMade(Exchange(f"E{number}", "okta:oin", "s", "01-assign", at=1_767_600_000.0, elapsed=0.0123, **made))  # type: ignore[arg-type]


def written(path: Path, *numbers: int) -> list[str]:
    """The lines of a log with these requests."""
    with AuditLog(path, now=lambda: 1_790_000_000.0) as log:
        for number in numbers:
            log.add(exchange(number))
    return path.read_text("utf-8").splitlines(keepends=True)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "deep" / "events.jsonl"


def test_line_says_who_did_what_to_whom_and_how_it_ended(log: Path) -> None:
    """A request is one line with time, identity provider, object, verb, status, duration and the target's own number."""
    [line] = written(log, 1)
    row = json.loads(line)

    assert (row["at"], row["recorded"]) == ("2026-01-05T08:00:00.000Z", "2026-09-21T14:13:20.000Z")
    assert (row["idp"], row["verb"], row["object"], row["object_id"]) == ("okta:oin", "POST", "Users", "u1")
    assert (row["status"], row["ms"], row["request_id"]) == (201, 12.3, "r1")
    assert "ada" not in line


def test_request_without_an_answer_is_a_line_too(log: Path) -> None:
    """What came instead of an answer is the outcome."""
    with AuditLog(log) as open_log:
        open_log.add(exchange(1, response=None, failure=Failure("timeout", "no answer")))
    row = json.loads(log.read_text("utf-8"))

    assert (row["status"], row["outcome"]) == (None, "timeout")


def test_beginning_and_end_of_a_run_are_lines(log: Path) -> None:
    """A run that ended is told from one that was cut off."""
    with AuditLog(log) as open_log:
        open_log.add(RunStarted(0.0, 1, "scimsim-1", "t", "https://t.example.test", "generic", (), 1, "0"))
        open_log.add(RunEnded(1.0, 1.0, error="the target stopped answering"))
    first, last = (json.loads(line) for line in log.read_text("utf-8").splitlines())

    assert "run started" == first["event"]
    assert "the target stopped answering" == last["outcome"]


def test_chain_holds_over_several_runs(log: Path) -> None:
    """A second run goes on where the first ended."""
    written(log, 1, 2)
    written(log, 3)

    assert verify_log(log) == (3, None)


@pytest.mark.parametrize(
    ("harm", "line", "said"),
    [
        (lambda lines: [lines[0], lines[1].replace('"status":201', '"status":200'), lines[2]], 2, "changed"),
        (lambda lines: [lines[0], lines[2]], 2, "removed, added or moved"),
        (lambda lines: [lines[1], lines[0], lines[2]], 1, "removed, added or moved"),
        (lambda lines: [*lines, lines[2]], 4, "removed, added or moved"),
        (lambda lines: [lines[0], "nonsense\n", lines[2]], 2, "no entry"),
        (lambda lines: [lines[0], lines[1], lines[2][:40]], 3, "cut off"),
    ],
)
def test_harm_is_found(log: Path, harm: object, line: int, said: str) -> None:
    """A line that was changed, removed, moved, doubled, overwritten or cut off is named; what stands before it holds."""
    log.parent.mkdir()
    lines = written(log, 1, 2, 3)
    log.write_text("".join(harm(lines)), "utf-8")  # type: ignore[operator]
    good, broken = verify_log(log)

    assert broken is not None
    assert (broken.line, good) == (line, line - 1)
    assert said in broken.message


def test_log_goes_on_after_a_crash(log: Path) -> None:
    """A line that a crash cut off is taken away, and the chain goes on behind the last whole one."""
    lines = written(log, 1, 2)
    log.write_text(lines[0] + lines[1][:50], "utf-8")
    written(log, 3)

    assert verify_log(log) == (2, None)


def test_every_line_is_there_before_the_next_request(log: Path) -> None:
    """Nothing waits in a buffer: whoever looks in the middle of a run sees every request so far."""
    with AuditLog(log) as open_log:
        open_log.add(exchange(1))
        seen = log.read_text("utf-8")

    assert "E1" == json.loads(seen)["id"]


def test_log_that_cannot_be_written_is_a_mistake_of_usage(tmp_path: Path) -> None:
    """Without evidence nothing is played, and the file is named."""
    (tmp_path / "events.jsonl").mkdir()

    with pytest.raises(UsageError, match=r"events\.jsonl cannot be written"), AuditLog(tmp_path / "events.jsonl"):
        pytest.fail("there is no log")
