"""Reports side by side: what is new, fixed, still failing, slower and worse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scim_sim import events as ev
from scim_sim.errors import UsageError
from scim_sim.problem import Problem
from scim_sim.report import compare, comparison_exit_code, comparison_html, comparison_markdown
from tests.report.stream import Stream, faulty_run, fold, good_run


def run(*failing: str, ms: float = 10.0) -> Iterator[ev.Event]:
    """A run of two requirements, of which these fail; requests take so many milliseconds."""
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", "harness")
    s.do("01-read", "read")
    for n in range(25):
        s.ask("GET", f"/Users/{n}", ms=ms)
    for name in ("rfc7644-3.4.1-get-by-id", "rfc7644-3.3-location"):
        problem = Problem(f"{name} is wrong", pointer="http") if name in failing else None
        s.found(name, name, problem, s.ask("GET", "/Users/x", ms=ms))
    s.done()
    s.end()
    s.finish()
    return iter(s.events)


def test_new_fixed_and_still_failing() -> None:
    """Causes are told apart by their keys."""
    found = compare([fold(run("rfc7644-3.4.1-get-by-id")), fold(run("rfc7644-3.3-location"))])

    assert ["rfc7644-3.3-location"] == [cause.key for cause in found.new]
    assert ["rfc7644-3.4.1-get-by-id"] == [cause.key for cause in found.fixed]
    assert () == found.still


def test_what_was_not_tested_is_not_fixed() -> None:
    """A later run that never looked cannot have fixed anything."""
    found = compare([fold(run("rfc7644-3.4.1-get-by-id")), fold(good_run())])

    assert () == found.fixed


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), ("rfc7644-3.3-location",), 1),
        (("rfc7644-3.3-location",), (), 0),
        (("rfc7644-3.3-location",), ("rfc7644-3.3-location",), 0),
        ((), (), 0),
    ],
)
def test_exit_code_tells_whether_it_became_worse(before: tuple[str, ...], after: tuple[str, ...], expected: int) -> None:
    """Only what is new closes a gate."""
    assert expected == comparison_exit_code(compare([fold(run(*before)), fold(run(*after))]))


def test_slower_operations_are_named() -> None:
    """A 95th percentile that grew by half and by more than can be chance is told."""
    found = compare([fold(run(ms=20)), fold(run(ms=90))])

    assert [("GET /Users/{id}", 20.0, 90.0)] == [(s.operation, s.before, s.after) for s in found.slower]
    assert () == compare([fold(run(ms=20)), fold(run(ms=25))]).slower


def test_worse_answers_are_named() -> None:
    """An IdP that worked and works only in part has become worse."""
    assert ("okta", "rfc") == compare([fold(good_run()), fold(faulty_run())]).worse


def test_rows_that_differ_are_marked() -> None:
    """The matrix shows each tested requirement in each report."""
    rows = {row.id: row for row in compare([fold(run()), fold(run("rfc7644-3.3-location"))]).rows}

    assert ("pass", "violation") == rows["rfc7644-3.3-location"].verdicts
    assert {"rfc7644-3.3-location"} == {name for name, row in rows.items() if row.changed}


def test_page_and_summary_say_the_same() -> None:
    """Both formats name the new cause."""
    found = compare([fold(run()), fold(run("rfc7644-3.3-location"))])

    assert "rfc7644-3.3-location is wrong" in comparison_html(found)
    assert "### New: 1" in comparison_markdown(found)


def test_three_targets_stand_side_by_side() -> None:
    """A shortlist of any length has a column each."""
    found = compare([fold(good_run()), fold(faulty_run()), fold(run())], ["a", "b", "c"])

    assert ("a", "b", "c") == found.names
    assert "Which of 3 works best?" in comparison_html(found)


def test_one_report_cannot_be_compared() -> None:
    """A comparison of one is the caller's mistake."""
    with pytest.raises(UsageError, match="at least two"):
        compare([fold(good_run())])
