"""The baseline is written anew from a whole run; what people wrote in it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scim_sim.errors import UsageError
from scim_sim.report import junit
from scim_sim.report.baseline import Baseline, load_baseline
from scim_sim.report.model import Judgement, Report, Run, Story
from scim_sim.report.recording import Recording, record_known

STARTED = datetime(2026, 11, 22, tzinfo=UTC).timestamp()


def _finding(check: str, scenario: str = "okta/leaver", base: str = "violation", **more: Any) -> Judgement:
    values = {"requirement": f"rfc7644-{check}", "level": "MUST", "message": f"{check} is wrong", "step": "03-unassign"}
    return Judgement(**{"check": check, "verdict": base, "base": base, "scenario": scenario, **values, **more})


def _report(*findings: Judgement, scope: str = "", **run: Any) -> Report:
    names = dict.fromkeys(["okta/leaver", *(finding.scenario for finding in findings)])
    stories = tuple(Story(name, "okta:oin", outcome="done") for name in names)
    return Report(run=Run(started=STARTED, mark="scimsim-ab12", scope=scope, **run), findings=findings, stories=stories)


@pytest.fixture
def record(tmp_path: Path) -> Any:
    """Records a report into a file with that text."""

    def run(report: Report, text: str = "", **options: Any) -> Recording:
        file = tmp_path / "known.txt"
        file.write_text(text, "utf-8")
        return record_known(report, text, load_baseline(file), **options)

    return run


def test_what_fails_is_added_with_owner_and_date(record: Any) -> None:
    """One line a check and step; the mark of the run is left out of the reason, notes and deviations are not recorded."""
    twice = _finding("b", message="Pilots (scimsim-ab12-03) lost scimsim-ab12-03.ada@example.test")
    report = _report(twice, twice, _finding("n", base="note"), _finding("d", base="deviation"))
    recording = record(report, owner="ada", expires=date(2027, 1, 31))

    assert recording.text == ("b  okta/leaver/03-unassign  owner=ada  expires=2027-01-31  # Pilots lost ada@example.test\n")


def test_gate_decides_what_is_recorded(record: Any) -> None:
    """Who gates on deviations records them too."""
    recording = record(_report(_finding("d", base="deviation")), fail_on=("deviation",))

    assert 1 == len(recording.added)


def test_comments_and_lines_that_still_fail_stay_as_they_are(record: Any) -> None:
    """Also a line past its date: moving a date is a person's decision."""
    text = "# Agreed with the vendor.\n\na okta/leaver owner=bob  expires=2026-01-01 # Ticket 12\n"
    recording = record(_report(_finding("a")), text)

    assert text == recording.text
    assert recording.expired == ("a okta/leaver owner=bob  expires=2026-01-01 # Ticket 12",)


def test_line_that_passes_is_taken_out(record: Any) -> None:
    """One that was not looked at stays."""
    text = "a  okta/leaver  # old\nb  okta/leaver  # not looked at\n"
    recording = record(_report(_finding("a", base="pass", message="")), text)

    assert "b  okta/leaver  # not looked at\n" == recording.text
    assert recording.removed == ("a  okta/leaver  # old",)


def test_recorded_lines_are_read_back_as_they_were_meant(record: Any, tmp_path: Path) -> None:
    """Blanks and brackets of a matrix included; the same run is all known afterwards."""
    odd = _finding("a", scenario="own/names[name=Plus One #1]")
    report = _report(odd, _finding("b", scenario="okta/case[n=1]"))
    text = record(report).text
    again = record(report, text)

    assert (again.text, again.added, again.removed) == (text, (), ())


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (_report(interrupted=True), "was interrupted"),
        (_report(error="no answer"), "ended early: no answer"),
        (replace(_report(), stories=()), "played nothing"),
        (replace(_report(), stories=(Story("okta/leaver", "okta"),)), "did not end: okta/leaver"),
        (_report(scope="okta --only-failed r.json"), "a part only"),
        (_report(scope="okta --limit 3"), "a part only"),
    ],
)
def test_partial_run_is_refused(report: Report, message: str, record: Any) -> None:
    """What was not played cannot be said to pass."""
    with pytest.raises(UsageError, match=message):
        record(report)


def test_run_that_did_not_play_what_is_listed_is_refused(record: Any) -> None:
    """The scenario is named."""
    with pytest.raises(UsageError, match="did not play what the baseline speaks of: entra/leaver"):
        record(_report(), "a  entra/leaver/02-start  # x\na  okta/leaver  # y\n")


def test_scope_is_remembered_and_must_be_the_same(record: Any) -> None:
    """A baseline of two suites is recorded from runs of these two suites."""
    first = record(_report(_finding("a"), scope="okta --tag smoke"))

    assert first.text.startswith("# scope: okta --tag smoke\n")
    assert record(_report(_finding("a"), scope="okta --tag smoke"), first.text).text == first.text
    with pytest.raises(UsageError, match="narrowed to nothing, the baseline is of okta --tag smoke"):
        record(_report(_finding("a")), first.text)


def test_lines_for_every_scenario_need_a_whole_run(record: Any) -> None:
    """A pattern may cover what a narrowed run did not play."""
    with pytest.raises(UsageError, match="lines for every scenario"):
        record(_report(scope="okta"), "a  *  # x\n")


def test_empty_baseline_and_clean_run_give_an_empty_file() -> None:
    """Nothing fails, nothing is listed."""
    assert "# Known\n" == record_known(_report(), "# Known\n", Baseline()).text


def test_what_is_untrue_is_a_failing_case_in_junit() -> None:
    """A CI that reads JUnit sees why the exit code is 1."""
    stale = _finding("a", base="pass", message="")
    report = _report(replace(stale, verdict="stale"), expired=("b okta/leaver",))
    root = ET.fromstring(junit.render(report))
    [suite] = [suite for suite in root if suite.get("name") == "baseline"]

    assert ["a okta/leaver/03-unassign", "b okta/leaver fails, and its date has passed"] == [case.get("name") for case in suite]
    assert ("2", "2") == (suite.get("failures"), root.get("failures"))
