"""Events are folded one by one, and memory stays flat."""

from __future__ import annotations

import pytest

from scim_sim import events as ev
from scim_sim.checks import Kept
from scim_sim.problem import Problem
from scim_sim.report import Baseline, ReportBuilder
from scim_sim.report.baseline import Entry
from tests.report.stream import CATALOGUE, Stream, faulty_run, fold, user


def started(voice: str = "harness") -> Stream:
    """A stream with one story and one step begun."""
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", voice)
    s.do("01-read", "read")
    return s


def test_passes_are_counted_with_their_first_exchange() -> None:
    """A hundred passes of one check are one finding with a count."""
    s = started()
    for n in range(100):
        s.found("reads", "rfc7644-3.4.1-get-by-id", None, s.ask("GET", f"/Users/{n}"))
    [finding] = fold(iter(s.events)).findings

    assert ("pass", 100, ("E00001",)) == (finding.verdict, finding.count, finding.exchanges)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [(None, [("pass", 3, "01-read")]), (Entry("reads", "rfc/one/02-again"), [("pass", 1, "01-read"), ("stale", 2, "02-again")])],
    ids=["by scenario", "by step where the baseline speaks of one"],
)
def test_what_an_exchange_shows_to_be_kept_is_a_pass(entry: Entry | None, expected: list[tuple[str, int, str]]) -> None:
    """What is kept again and again is one finding with a count, unless a line of the baseline speaks of one of the steps."""
    s = started()
    for step in ("01-read", "02-again", "02-again"):
        exchange = s.ask("GET", "/Users/1")
        s.events.append(ev.RequirementsKept(Kept((("reads", "rfc7644-3.4.1-get-by-id"),), exchange, s.scenario, step, s.voice)))
    report = fold(iter(s.events), baseline=Baseline("known.txt", (entry,)) if entry else None)

    assert expected == [(f.verdict, f.count, f.step) for f in report.findings]
    assert 3 == report.requirements["rfc7644-3.4.1-get-by-id"].passes


def test_findings_that_say_the_same_are_folded() -> None:
    """The same fault on many people is one finding, although each message names its own person."""
    s = started()
    for n in range(50):
        problem = Problem(f"simk7q2.p{n}@example.test: title is not kept", '"x"', "no value", "/title")
        s.found("kept", "entra-update", problem, s.ask("GET", f"/Users/{n}"))
    [finding] = fold(iter(s.events)).findings

    assert (50, 12) == (finding.count, len(finding.exchanges))


def test_requirement_without_a_finding_is_untested_with_a_reason() -> None:
    """What no scenario touches is no pass."""
    row = fold(iter(started().events)).requirements["rfc7644-3.3-location"]

    assert ("untested", "no scenario of this run exercises it") == (row.status, row.reason)


def test_not_applicable_keeps_its_reason() -> None:
    """What the target does not offer is told with the source of that claim, and is no finding."""
    report = fold(faulty_run())
    row = report.requirements["rfc7644-3.4.2.3-sort"]

    assert ("not applicable", "the target declares sort.supported false") == (row.status, row.reason)
    assert not [f for f in report.findings if f.requirement == "rfc7644-3.4.2.3-sort"]


def test_one_fail_outweighs_passes() -> None:
    """A requirement that passed often and failed once has failed."""
    s = started()
    s.found("reads", "rfc7644-3.4.1-get-by-id", None, s.ask("GET", "/Users/1"))
    s.found("reads", "rfc7644-3.4.1-get-by-id", Problem("gone", pointer="http"), s.ask("GET", "/Users/2", 404))
    row = fold(iter(s.events)).requirements["rfc7644-3.4.1-get-by-id"]

    assert ("failed", "violation", 1, 1) == (row.status, row.verdict, row.passes, row.fails)


def test_over_budget_reads_lose_their_bodies_before_writes_and_evidence_never() -> None:
    """Past the budget the oldest passing reads are emptied; evidence keeps everything."""
    s = started()
    bad = s.ask("GET", "/Users/0", got=user(0))
    s.found("reads", "rfc7644-3.4.1-get-by-id", Problem("wrong", pointer="/id"), bad)
    written = s.ask("POST", "/Users", 201, user(1), user(1))
    read = s.ask("GET", "/Users/1", got=user(1))
    last = s.ask("GET", "/Users/2", got=user(2))
    report = fold(iter(s.events), budget=3)
    kept = {x.id: x.response.body is not None for x in report.exchanges if x.response}

    assert {bad: True, written: True, read: False, last: True} == kept
    assert 1 == report.run.bodies_dropped


def test_known_deviation_is_told_as_known_with_its_reason() -> None:
    """What the baseline lists does not stop the gate and keeps its own level."""
    s = started()
    s.found("reads", "rfc7644-3.4.1-get-by-id", Problem("gone", pointer="http"), s.ask("GET", "/Users/2", 404))
    s.done()
    s.end()
    baseline = Baseline("known.txt", (Entry("reads", "rfc/one/*", reason="ticket 7"),))
    report = fold(iter(s.events), baseline=baseline)
    [cause] = report.causes

    assert ("known", "violation", "ticket 7") == (cause.verdict, cause.base, cause.known_because)
    assert (True, "deviates") == (report.gate.open, report.answer["rfc"].verdict)


def test_listed_and_passing_is_stale_and_stops_the_gate() -> None:
    """A baseline line that nothing fails any more must leave the list."""
    s = started()
    s.found("reads", "rfc7644-3.4.1-get-by-id", None, s.ask("GET", "/Users/2"))
    s.done()
    s.end()
    report = fold(iter(s.events), baseline=Baseline("known.txt", (Entry("reads"),)))

    assert ["stale"] == [f.verdict for f in report.findings]
    assert 1 == report.gate.exit_code


def test_expired_entry_counts_for_nothing() -> None:
    """After its date a known deviation is a violation again."""
    from datetime import date

    s = started()
    s.found("reads", "rfc7644-3.4.1-get-by-id", Problem("gone", pointer="http"), s.ask("GET", "/Users/2", 404))
    report = fold(iter(s.events), baseline=Baseline("known.txt", (Entry("reads", expires=date(2026, 11, 21)),)))

    assert ["violation"] == [f.verdict for f in report.findings]


def test_trouble_belongs_to_the_refusal_before_it() -> None:
    """An engine that gives up after a last good read points at the write that was refused."""
    s = started("entra")
    refused = s.ask("PATCH", "/Users/1", 501)
    good = s.ask("GET", "/Users/1")
    s.trouble("entra-update", "NotImplemented", "Provisioning logs", good)
    [finding] = fold(iter(s.events)).findings

    assert (refused, good) == finding.exchanges


def test_steps_count_their_requests() -> None:
    """Each step knows how many requests it made and the first of them."""
    [step, *_] = fold(faulty_run()).stories[0].steps

    assert ("01-connect", 1, "E00001") == (step.step, step.exchanges, step.first)


def test_unknown_event_kinds_are_ignored() -> None:
    """A log entry of the IdP is not part of the report."""
    builder = ReportBuilder(CATALOGUE)
    builder.add(ev.LogWritten("okta/one", "okta", "log.jsonl", {}))

    assert () == builder.report().findings
