"""JUnit XML as Jenkins, GitLab and GitHub read it: a suite per story and IdP, a case per step.

A case fails when it shows a break or a violation; deviations and notes stand in its output, known ones are skipped. The
schema that Jenkins validates against has no properties inside a case, so the requirement ids of a step are properties of
the suite, named after the step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from scim_sim.report.formats import renderer
from scim_sim.report.model import Cause, Judgement, Report, StepResult, Story
from scim_sim.report.recording import untrue_lines
from scim_sim.report.text import visible

__all__ = ["render"]

_Found = defaultdict[tuple[str, str], defaultdict[str, list[Judgement]]]
"""Findings by scenario and voice, then by step."""

MOST: Final = 6
LONG: Final = 2_000


@renderer("junit", suffix="junit.xml")
def render(report: Report) -> str:
    """JUnit XML for CI: one suite per story, one case per step."""
    found: _Found = defaultdict(lambda: defaultdict(list))
    for finding in report.findings:
        found[(finding.scenario, finding.voice)][finding.step].append(finding)
    causes = {cause.id: cause for cause in report.causes}
    root = ET.Element("testsuites", name="scim_sim")
    for story in report.stories:
        root.append(_suite(report, story, found, causes))
    untrue = list(untrue_lines(report))
    if untrue:
        root.append(_baseline_suite(untrue))
    if report.run.error:
        root.append(_error_suite(report))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{report.run.seconds:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, story: Story, found: _Found, causes: dict[str, Cause]) -> ET.Element:
    suite = ET.Element("testsuite", name=_clean(f"{story.voice} {story.scenario}"))
    at = datetime.fromtimestamp(story.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite.set("timestamp", at)
    suite.set("hostname", _clean(report.run.target or "target"))
    properties = ET.SubElement(suite, "properties")
    facts = {"idp": story.voice, "seed": str(report.run.seed), "target": report.run.base_url, "version": report.tool.version}
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    cases = []
    steps = {step.step for step in story.steps}
    taken: set[int] = set()
    for step in story.steps:
        own = _findings(found, story, step.step)
        taken |= {id(f) for f in own}
        cases.append(_case(story, step, own, causes))
        for rid in dict.fromkeys(f.requirement for f in own if f.requirement):
            ET.SubElement(properties, "property", name=f"requirement:{_clean(step.step)}", value=_clean(rid))
    rest = [f for step, fs in found[(story.scenario, story.voice)].items() if step not in steps for f in fs]
    if rest or not cases or (story.outcome in ("failed", "error") and not any(len(c) for c in cases)):
        whole = StepResult("whole", "the whole story", 0, story.started, story.ended, story.outcome, story.reason)
        cases.append(_case(story, whole, rest, causes))
    suite.extend(cases)
    _totals(suite, cases, sum(float(case.get("time", "0")) for case in cases))
    return suite


def _findings(found: _Found, story: Story, step: str) -> list[Judgement]:
    own = list(found[(story.scenario, story.voice)].get(step, ()))
    if story.voice not in ("harness", "rfc"):
        own += found[(story.scenario, "harness")].get(step, ())
    return own


def _case(story: Story, step: StepResult, findings: list[Judgement], causes: dict[str, Cause]) -> ET.Element:
    name = f"{step.step} {step.title}".strip()
    case = ET.Element("testcase", name=_clean(name), classname=_clean(f"{story.voice}.{story.scenario}".replace("/", ".")))
    case.set("time", f"{max(0.0, step.ended - step.started):.3f}")
    stops = [f for f in findings if f.verdict in ("breaks", "violation")]
    crashed = [f for f in findings if f.verdict == "error"]
    known = [f for f in findings if f.verdict == "known"]
    for finding in crashed:
        _child(case, "error", "error", f"the check {finding.check} crashed: {finding.message}", "")
    if stops:
        first = stops[0]
        _child(case, "failure", first.verdict, _line(first), _told(stops, causes))
    elif step.outcome == "failed":
        _child(case, "failure", "failed", step.reason or "the step did not end as expected", "")
    elif step.outcome == "error":
        _child(case, "error", "error", step.reason or "the step could not be played", "")
    elif known and not crashed:
        case.insert(0, _text("skipped", f"known: {_line(known[0])} ({known[0].reason or 'in the baseline'})"))
    elif step.outcome in ("not applicable", "skipped") and not crashed:
        case.insert(0, _text("skipped", f"{step.outcome}: {step.reason}" if step.reason else step.outcome))
    lines = [f"{f.verdict}: {_line(f)}" for f in findings if f.verdict in ("deviation", "note", "known", "stale")]
    lines += [f"passed: {rid}" for rid in _passed(findings)[:MOST]]
    if lines:
        case.append(_text("system-out", "\n".join(lines)))
    return case


def _passed(findings: list[Judgement]) -> list[str]:
    bad = {f.requirement for f in findings if f.verdict != "pass"}
    return list(dict.fromkeys(f.requirement for f in findings if f.requirement and f.requirement not in bad))


def _line(finding: Judgement) -> str:
    who = f"breaks {', '.join(finding.breaks)}: " if finding.breaks else ""
    return f"{who}{finding.message or finding.check} [{finding.requirement or finding.check}]"


def _told(findings: list[Judgement], causes: dict[str, Cause]) -> str:
    """Each finding in a few lines, and what to do about it once for each root cause."""
    lines: list[str] = []
    told: set[str] = set()
    for finding in findings[:MOST]:
        lines += [*_finding(finding), ""]
        if finding.cause in causes and finding.cause not in told:
            told.add(finding.cause)
            lines += [*_advice(causes[finding.cause]), ""]
    if len(findings) > MOST:
        lines.append(f"and {len(findings) - MOST} more findings, in report.html")
    return "\n".join(lines).strip()


def _finding(finding: Judgement) -> list[str]:
    rows = [
        _line(finding),
        f"  expected  {finding.expected}" if finding.expected else "",
        f"  actual    {finding.actual}" if finding.actual else "",
        f"  sees      {finding.admin_sees}" if finding.admin_sees else "",
        f"  exchanges {', '.join(finding.exchanges)}" if finding.exchanges else "",
    ]
    return [row for row in rows if row]


def _advice(cause: Cause) -> list[str]:
    rows = [
        f"  cause     report.html#{cause.id} {cause.title}",
        f"  fix       {cause.fix}" if cause.fix else "",
        f"  curl      {cause.curl}" if cause.curl and len(cause.curl) <= LONG else "",
        f"  again     {cause.command}" if cause.command else "",
    ]
    return [row for row in rows if row]


def _baseline_suite(lines: Iterable[str]) -> ET.Element:
    """A failing case for each line of the baseline that is not true any more."""
    suite = ET.Element("testsuite", name="baseline")
    cases = []
    for line in lines:
        case = ET.Element("testcase", name=_clean(line.partition(" passes now")[0]), classname="baseline", time="0")
        _child(case, "failure", "stale", line, "")
        cases.append(case)
    suite.extend(cases)
    _totals(suite, cases, 0.0)
    return suite


def _error_suite(report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name="run")
    case = ET.Element("testcase", name="the run", classname="scim_sim", time="0")
    _child(case, "error", "error", report.run.error, "")
    suite.append(case)
    _totals(suite, [case], 0.0)
    return suite


def _totals(suite: ET.Element, cases: Iterable[ET.Element], seconds: float) -> None:
    cases = list(cases)
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")


def _child(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    child = ET.SubElement(case, tag, type=kind, message=_clean(message))
    child.text = _clean(text, lines=True) or None


def _text(tag: str, text: str) -> ET.Element:
    element = ET.Element(tag)
    element.text = _clean(text, lines=True)
    return element


def _clean(text: str, lines: bool = False) -> str:
    """The text with everything visible and nothing that XML forbids."""
    return "\n".join(visible(line) for line in text.split("\n")) if lines else visible(text)
