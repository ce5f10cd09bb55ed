"""Verdicts, answers, the gate and the exit code are computed, never stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scim_sim.errors import UsageError
from scim_sim.problem import Problem
from scim_sim.report import ReportBuilder, exit_code
from scim_sim.report.model import Report
from scim_sim.report.verdict import verdict_of
from tests.report.stream import CATALOGUE, Stream, faulty_run, fold, good_run, rule


@pytest.mark.parametrize(
    ("level", "basis", "expected"),
    [
        ("MUST", "stated", "violation"),
        ("MUST", "derived", "violation"),
        ("MUST", "practice", "note"),
        ("SHOULD", "stated", "deviation"),
        ("SHOULD", "practice", "note"),
        ("MAY", "stated", "note"),
    ],
)
def test_verdict_follows_from_level_and_basis(level: str, basis: str, expected: str) -> None:
    """A fail is as bad as the level says, and practice is never more than a note."""
    row = rule("rfc7644-x", "rfc7644", "3", level, "read", "interop", "It is so.", basis=basis)

    assert (expected, ()) == verdict_of("fail", row)


def test_unmet_need_breaks_its_idp_alone() -> None:
    """A need is never a violation of the RFC: it breaks the IdP whose need it is."""
    assert ("breaks", ("okta",)) == verdict_of("fail", CATALOGUE["okta-create"])


def test_finding_can_lower_its_level() -> None:
    """A finding with a lower level of its own is judged by that."""
    assert ("note", ()) == verdict_of("fail", CATALOGUE["rfc7644-3.3-location"], level="MAY")


@pytest.mark.parametrize("outcome", ["pass", "error", "not applicable", "untested"])
def test_other_outcomes_are_no_fault_of_the_target(outcome: str) -> None:
    """Only a fail counts against the target; a crash of ours least of all."""
    assert (outcome, ()) == verdict_of(outcome, CATALOGUE["rfc7644-3.3-location"])


def test_answers_of_a_faulty_target() -> None:
    """Okta and Entra work in part, because a need that is not core fails; the RFC is violated."""
    report = fold(faulty_run())

    expected = {"okta": "works-with-deviations", "entra": "works-with-deviations", "rfc": "violates"}
    assert expected == {name: answer.verdict for name, answer in report.answer.items()}


def test_answers_of_a_good_target() -> None:
    """Without a fault Okta works, the RFC is kept, nothing stops the gate, and the exit code is 0."""
    report = fold(good_run())

    assert {"okta": "works", "rfc": "conformant"} == {name: answer.verdict for name, answer in report.answer.items()}
    assert (True, 0) == (report.gate.open, exit_code(report))


def test_answer_says_first_what_works() -> None:
    """The sentence begins with what was seen to work, in the administrator's words."""
    report = fold(good_run())

    assert report.answer["okta"].reason.startswith("People join as they should")


def okta_story(need: str, *, outcome: str = "failed", state: str = "") -> Report:
    """A report of one Okta story in which a need fails."""
    s = Stream()
    s.begin(idps=("okta",))
    s.story("okta/one", "One", "okta:aiw")
    s.do("01-do", "do")
    made = s.ask("POST", "/Users", 500)
    s.found("engine", need, Problem("it failed", pointer="http"), made)
    if state:
        from scim_sim import events as ev

        s.events.append(ev.StateChanged(s.scenario, s.voice, s.at, "Active", state, "refused"))
    s.done(outcome)
    s.end(outcome)
    s.finish()
    return fold(iter(s.events))


def test_core_need_that_fails_breaks_the_answer() -> None:
    """When people cannot be created the answer is no."""
    assert "breaks" == okta_story("okta-create").answer["okta"].verdict


def test_quarantine_at_the_end_breaks_the_answer() -> None:
    """A job that ends in quarantine after a need failed does not work, whatever the need."""
    assert "breaks" == okta_story("okta-group-members", state="Quarantine").answer["okta"].verdict


def test_idp_that_was_asked_for_and_not_played_is_not_tested() -> None:
    """An IdP without a story that was played has no yes and no no."""
    s = Stream()
    s.begin(idps=("okta",))
    s.story("okta/one", "One", "okta:aiw")
    s.end("not applicable", "the target has no groups")
    s.finish()
    answer = fold(iter(s.events)).answer["okta"]

    assert ("not-tested", "Nothing can be said: the target has no groups.") == (answer.verdict, answer.reason)


@pytest.mark.parametrize(("method", "expected"), [("PUT", "works-with-deviations"), ("PATCH", "works")])
def test_violation_that_an_idp_depends_on_lowers_its_answer(method: str, expected: str) -> None:
    """A harmful violation of something Okta needs leaves at most a partly, unless it sends nothing of the kind."""
    s = Stream()
    s.begin(idps=("okta", "rfc"))
    s.story("okta/one", "One", "okta:aiw")
    s.do("01-do", "do")
    s.found("engine", "okta-create", None, s.ask("POST", "/Users", 201))
    s.ask(method, "/Groups/1")
    s.done()
    s.end()
    s.story("rfc/one", "One", "harness")
    s.do("01-put", "put")
    s.found("put", "rfc7644-3.5.1-put-replaces", Problem("kept", pointer="/members"), s.ask("PUT", "/Groups/1"))
    s.done("failed")
    s.end("failed")
    s.finish()
    answer = fold(iter(s.events)).answer["okta"]

    assert expected == answer.verdict
    assert ("rfc7644-3.5.1-put-replaces" in answer.reason) is (method == "PUT")


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [((), 1), (("violation",), 1), (("breaks",), 1), (("breaks:okta",), 1), (("breaks:google",), 0), (("deviation",), 1)],
)
def test_exit_code_follows_the_threshold(fail_on: tuple[str, ...], expected: int) -> None:
    """Only what was asked for closes the gate."""
    report = replace(fold(faulty_run()), summary={})

    assert expected == exit_code(report, fail_on)


def test_deviation_stops_the_gate_only_when_asked() -> None:
    """A SHOULD that is missed passes by default and fails with `--fail-on deviation`."""
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", "harness")
    s.do("01-count", "count")
    problem = Problem("count=0 is ignored", pointer="/Resources")
    s.found("count", "rfc7644-3.4.2.4-count-zero", problem, s.ask("GET", "/Users"))
    s.done()
    s.end()
    s.finish()
    report = fold(iter(s.events))

    assert (0, 1) == (exit_code(report), exit_code(report, ("deviation",)))
    assert "deviates" == report.answer["rfc"].verdict


def test_unknown_threshold_names_the_nearest() -> None:
    """A misspelt threshold is the caller's mistake."""
    with pytest.raises(UsageError, match='did you mean "deviation"'):
        exit_code(Report(), ("deviaton",))


def test_run_that_stopped_ends_with_its_own_code() -> None:
    """An unreachable target is 3 whatever was found before."""
    s = Stream()
    s.begin()
    s.finish(error="the target does not answer", exit_code=3)

    assert 3 == exit_code(fold(iter(s.events)))


def test_crash_of_a_check_is_our_error() -> None:
    """A run in which only a check crashed says too little to be a success: exit code 4."""
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", "harness")
    s.do("01-read", "read")
    s.found("reads", "rfc7644-3.4.1-get-by-id", Problem("KeyError"), s.ask("GET", "/Users/1"), outcome="error")
    s.done()
    s.end()
    s.finish()
    report = fold(iter(s.events))

    assert (4, 0) == (exit_code(report), len(report.causes))


def test_report_can_be_asked_for_before_the_run_is_over() -> None:
    """A builder answers at any time, also after half a run."""
    builder = ReportBuilder(CATALOGUE)
    for event in list(faulty_run())[:25]:
        builder.add(event)

    assert "" == builder.report().stories[-1].outcome
