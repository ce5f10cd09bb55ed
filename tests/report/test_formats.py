"""The master, its schema, and what other tools read: JUnit, Markdown, SARIF, the badge, the terminal."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from rich.console import Console

from scim_sim.errors import UsageError
from scim_sim.events import Observed
from scim_sim.problem import Problem
from scim_sim.report import FORMATS, load_report, print_report, write_reports
from scim_sim.report.model import Report
from scim_sim.report.schema import make_schema, published_schema
from scim_sim.report.terminal import digest
from tests.report.stream import Stream, faulty_run, fold, good_run, hostile_run


def rendered(name: str, report: Report) -> str:
    """The report in one format, as text."""
    content = FORMATS.get(name).render(report)
    return content if isinstance(content, str) else content.decode()


def test_published_schema_is_what_the_model_says() -> None:
    """The schema in the package is made from the model; run `make docs` after a change."""
    assert make_schema() == published_schema()


@pytest.mark.parametrize("events", [faulty_run, good_run, hostile_run])
def test_json_fits_its_schema_and_comes_back_the_same(events: object) -> None:
    """What is written can be validated, read, and is the same report again."""
    report = fold(events())  # type: ignore[operator]
    tree = json.loads(rendered("json", report))
    jsonschema.Draft202012Validator(published_schema()).validate(tree)

    assert report.to_json() == Report.from_json(tree).to_json() == tree


def test_json_holds_what_readers_rely_on() -> None:
    """The top level and a finding have the members that scripts are written against."""
    tree = fold(faulty_run()).to_json()

    assert {"tool", "run", "answer", "summary", "findings", "requirements", "exchanges", "leftovers"} <= set(tree)
    wanted = {
        "check",
        "requirement",
        "level",
        "verdict",
        "breaks",
        "scenario",
        "step",
        "message",
        "expected",
        "actual",
        "exchanges",
    }
    assert wanted <= set(tree["findings"][0])
    assert {"verdict", "reason"} <= set(tree["answer"]["okta"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "no report of scim_sim"),
        ('{"tool": {"name": "scim_sim", "format": 99}}', "reads up to 1"),
        ('{"tool": {"name": "scim_sim", "format": 1}, "causes": {}}', "no list at /causes"),
        ('{"tool": {"name": "scim_sim", "format": 1}, "causes": [{"id": 7}]}', "in place of str at /causes/0/id"),
    ],
)
def test_file_that_is_no_report_is_one_clear_message(tmp_path: Path, content: str, message: str) -> None:
    """Something else than a report of ours is refused with the place."""
    path = tmp_path / "report.json"
    path.write_text(content)

    with pytest.raises(UsageError, match=message):
        load_report(path)


def test_missing_file_is_one_clear_message(tmp_path: Path) -> None:
    """A report that is not there is the caller's mistake."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_report(tmp_path / "none.json")


def test_every_format_is_written_under_its_name(tmp_path: Path) -> None:
    """The files are called what the registry says, and are made again from the JSON alone."""
    report = fold(faulty_run())
    names = ["html", "json", "junit", "markdown", "sarif", "badge"]
    first = {path.name: path.read_bytes() for path in write_reports(report, tmp_path / "a", names)}
    again = {p.name: p.read_bytes() for p in write_reports(load_report(tmp_path / "a" / "report.json"), tmp_path / "b", names)}

    assert {"report.html", "report.json", "junit.xml", "summary.md", "results.sarif", "badge.svg"} == set(first)
    assert first == again


def test_unknown_format_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt format is refused before anything is written."""
    with pytest.raises(UsageError, match='did you mean "junit"'):
        write_reports(Report(), tmp_path / "x", ["juni"])

    assert not (tmp_path / "x").exists()


# -- JUnit ---------------------------------------------------------------------------------------------------------------


def junit(report: Report) -> ET.Element:
    """The JUnit document."""
    return ET.fromstring(rendered("junit", report))


def test_junit_has_a_case_per_step() -> None:
    """One suite per story, one case per step, and counts that add up."""
    root = junit(fold(faulty_run()))
    cases = root.findall("testsuite/testcase")

    assert ["6", "4", "2"] == [suite.get("tests") for suite in root]
    assert int(root.get("failures", "")) == sum(case.find("failure") is not None for case in cases) == 3


def test_junit_keeps_to_the_schema_that_jenkins_validates() -> None:
    """Elements and attributes are those of the Jenkins schema, children of a case in its order."""
    order = ["skipped", "error", "failure", "system-out", "system-err"]
    allowed = {
        "testsuites": {"name", "time", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"},
        "testcase": {"name", "classname", "time"},
    }
    root = junit(fold(faulty_run()))
    strangers = [(e.tag, a) for e in root.iter() for a in e.attrib if e.tag in allowed and a not in allowed[e.tag]]
    misplaced = [c.get("name") for c in root.iter("testcase") if sorted(k := [order.index(e.tag) for e in c]) != k]

    assert [] == strangers == misplaced
    assert {"properties", "testcase"} == {child.tag for suite in root for child in suite}


def test_junit_failure_tells_what_to_do() -> None:
    """A failing case names requirement, evidence, fix, curl and the command."""
    text = junit(fold(faulty_run())).findtext(".//failure") or ""

    for word in ("rfc7644-3.5.1-put-replaces", "E00009", "fix", "curl -sS", "scim-sim run okta/joiner-mover-leaver"):
        assert word in text


def test_junit_of_a_run_that_stopped_is_an_error() -> None:
    """An unreachable target is an error in JUnit, never an empty success."""
    s = Stream()
    s.begin()
    s.finish(error="the target does not answer", exit_code=3)

    assert "the target does not answer" == junit(fold(iter(s.events))).find(".//error").get("message")  # type: ignore[union-attr]


def test_junit_survives_hostile_text() -> None:
    """Control characters and lone surrogates are shown, not written, so that the file stays XML."""
    assert "[U+202E]" in ET.tostring(junit(fold(hostile_run())), encoding="unicode")


# -- Markdown, SARIF, badge, terminal ----------------------------------------------------------------------------------


def test_markdown_says_answer_gate_and_first_fix() -> None:
    """The summary begins with the answers and goes on with what to fix first."""
    text = rendered("markdown", fold(faulty_run()))

    assert text.startswith("## SCIM: Okta partly, Entra partly, RFC no")
    assert "1. **PUT /Groups/{id}: the last member is still in the group** (breaks okta, RC-1)" in text


def test_markdown_shows_wire_text_as_text() -> None:
    """Nothing that came over the wire is markup."""
    text = rendered("markdown", fold(hostile_run()))

    assert "<script" not in text
    assert "&lt;/script&gt;" in text


def test_sarif_has_a_result_per_cause() -> None:
    """Each root cause is a result with rule, level, place and a fingerprint that survives another run."""
    report = fold(faulty_run())
    [run] = json.loads(rendered("sarif", report))["runs"]

    assert [c.id for c in report.causes] == [r["properties"]["cause"] for r in run["results"]]
    assert ["error", "error", "error", "error", "warning", "note"] == [r["level"] for r in run["results"]]
    assert all(run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert ("scenarios/okta/joiner-mover-leaver.yaml", 24) == (place["artifactLocation"]["uri"], place["region"]["startLine"])


def test_badge_is_a_picture_of_the_answers() -> None:
    """The badge says each answer in text, also for those who cannot see it."""
    root = ET.fromstring(rendered("badge", fold(faulty_run())))

    assert "SCIM: Okta partly, Entra partly, RFC no" == root.get("aria-label")
    assert ["SCIM", "Okta partly", "Entra partly", "RFC no"] == [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]


def terminal(report: Report) -> str:
    """What is printed on a terminal of 100 columns."""
    out = StringIO()
    print_report(report, Console(file=out, width=100, highlight=False))
    return out.getvalue()


def test_terminal_says_the_same_words_in_the_same_order() -> None:
    """Question, answers, gate, what to fix first, counts."""
    text = terminal(fold(faulty_run()))
    words = [
        "Does Metabase 1.59 work with Okta and Entra?",
        "Partly",
        "Release gate: no",
        "What to fix first",
        "RC-1",
        "Requirements:",
    ]

    assert sorted(places := [text.find(word) for word in words]) == places
    assert -1 not in places


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ({"interrupted": True}, "The run was interrupted: what follows is what was seen until then."),
        ({"error": "nobody answers", "exit_code": 3}, "The run stopped early: nobody answers"),
        ({}, ""),
    ],
)
def test_a_run_that_was_cut_short_says_so_first(end: dict[str, object], said: str) -> None:
    """In the terminal and in the summary of a pull request."""
    s = Stream()
    s.begin()
    s.finish(**end)
    report = fold(iter(s.events))

    for text in (terminal(report), rendered("markdown", report)):
        assert (said in text[:200]) if said else ("interrupted" not in text)


def test_a_run_that_stopped_early_says_what_to_do() -> None:
    """The next step is in the report that is sent around, not on the terminal alone."""
    s = Stream()
    s.begin()
    row = {
        "stage": "auth",
        "outcome": "fail",
        "cause": "token-refused",
        "message": "refused",
        "next_step": "copy the token again",
    }
    s.events.append(Observed("", "harness", "preflight", row))
    s.finish(error="the token is refused", exit_code=3)
    report = fold(iter(s.events))

    assert "Next: copy the token again." in rendered("markdown", report)
    assert "<b>Next:</b> copy the token again." in rendered("html", report)


def test_notes_alone_are_nothing_to_fix() -> None:
    """What is only worth knowing is not called a repair, in any format."""
    s = Stream()
    s.begin()
    s.story("rfc/one", "One", "harness")
    s.do("01-read", "read", 7)
    said = Problem("a filter is ignored", "400", "200", "http")
    s.found("answer_is_as_expected", "rfc7644-3.3-location", said, s.ask("GET", "/Users", 200), level="MAY")
    report = fold(iter(s.events))

    for text in (terminal(report), rendered("markdown", report), rendered("html", report)):
        assert "Worth knowing" in text
        assert "What to fix first" not in text


def test_machines_get_the_same_summary_as_json() -> None:
    """The digest holds answers, gate and causes, and nothing that JSON cannot."""
    report = fold(faulty_run())
    told = json.loads(json.dumps(digest(report)))

    assert {"okta", "entra", "rfc"} == set(told["answer"])
    assert (1, [c.title for c in report.causes]) == (told["gate"]["exit_code"], [c["title"] for c in told["causes"]])


def test_terminal_takes_wire_text_for_no_markup() -> None:
    """Square brackets and escape sequences of the target reach the terminal as visible text."""
    text = terminal(fold(hostile_run()))

    assert "\x1b" not in text
    assert "[bold]" in text


def test_two_processes_write_what_one_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large report is written by two processes: the files are the same."""
    report = fold(faulty_run())
    names = FORMATS.names()
    alone = {path.name: path.read_bytes() for path in write_reports(report, tmp_path / "a", names)}
    monkeypatch.setattr("scim_sim.report.formats._LARGE", 0)
    together = {path.name: path.read_bytes() for path in write_reports(report, tmp_path / "b", names)}

    assert alone == together


def test_file_that_the_other_process_cannot_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stops one process is told by the other."""
    monkeypatch.setattr("scim_sim.report.formats._LARGE", 0)
    (tmp_path / "junit.xml").mkdir()

    with pytest.raises(UsageError, match="the report cannot be written to"):
        write_reports(fold(faulty_run()), tmp_path, ["html", "junit"])
