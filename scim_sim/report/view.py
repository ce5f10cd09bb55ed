"""What the page shows, in the order in which it is read; the templates only lay it out.

Nothing here decides anything about a target: every verdict, count and sentence comes from the report.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from scim_sim.report.charts import Convergence, Latency, Slice, convergence, latency, slices
from scim_sim.report.headline import answer_rows, is_brief, question, title
from scim_sim.report.kept import Recorded
from scim_sim.report.model import (
    Answer,
    Cause,
    Judgement,
    Mark,
    Observation,
    Reason,
    Report,
    RequirementResult,
    State,
    StepResult,
    Story,
    Trouble,
)
from scim_sim.report.names import SUITES, idp_of, idp_title
from scim_sim.report.pack import Packed, pack
from scim_sim.report.pane import Pane, pane
from scim_sim.report.tables import TABLES
from scim_sim.report.text import clock, joined, many
from scim_sim.report.timeline import Timeline, timeline
from scim_sim.report.verdict import RANK
from scim_sim.scim.requirements import AREAS, NEED_AREAS

__all__ = ["Area", "CauseView", "IdpView", "StoryView", "SuiteView", "View", "view"]

PANES: Final = 30
WHYS: Final = 6
PICTURES: Final = 6
AREA_TITLES: Final = {"http": "HTTP", "etag": "ETag", "me": "/Me", "search-post": "Search by POST"}


@dataclass(frozen=True, slots=True)
class CauseView:
    """A root cause with the panes to look at; panes are missing where the report is long or the exchange was dropped."""

    number: int
    cause: Cause
    sent: Pane | None
    received: Pane | None
    whys: tuple[tuple[Reason, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story: its result in a word, its causes, its picture, and what each step led to."""

    key: str
    story: Story
    word: str
    requests: int
    span: str
    causes: tuple[str, ...]
    picture: Timeline | None
    troubles: tuple[Trouble, ...]
    cycles: tuple[Mapping[str, Any], ...]
    open: bool


@dataclass(frozen=True, slots=True)
class SuiteView:
    """The certification suite of an IdP, test by test."""

    name: str
    source: str
    passed: int
    judged: int
    tests: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class IdpView:
    """One IdP: what it did, story by story."""

    key: str
    voice: str
    title: str
    lead: str
    stories: tuple[StoryView, ...]
    loud: tuple[StoryView, ...]
    quiet: tuple[StoryView, ...]
    absent: tuple[StoryView, ...]
    switches: Mapping[str, Any]
    settings: tuple[Mapping[str, Any], ...]
    suites: tuple[SuiteView, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """Requirements of one area, worst first, with the bar over them."""

    key: str
    title: str
    rows: tuple[tuple[str, RequirementResult], ...]
    bar: tuple[Slice, ...]
    said: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole page."""

    title: str
    question: str
    answers: tuple[tuple[str, Answer], ...]
    brief: tuple[tuple[str, Answer], ...]
    causes: tuple[CauseView, ...]
    known: tuple[CauseView, ...]
    idps: tuple[IdpView, ...]
    suite: IdpView | None
    areas: tuple[Area, ...]
    attributes: tuple[Mapping[str, Any], ...]
    reconciliation: tuple[Mapping[str, Any], ...]
    equal: int
    orphans: tuple[Mapping[str, Any], ...]
    latency: tuple[Latency, ...]
    convergence: tuple[Convergence, ...]
    packed: Packed
    first: str
    others: tuple[tuple[str, str, tuple[str, ...], tuple[Mapping[str, Any], ...]], ...]


def view(report: Report) -> View:
    """The page of a report."""
    exchanges = {x.id: x for x in report.exchanges}
    causes = [_cause_view(n, cause, exchanges) for n, cause in enumerate(report.causes, 1)]
    shown = {e: c.id for c in reversed(report.causes) for e in c.exchanges}
    verdicts = {e: c.verdict for c in reversed(report.causes) for e in c.exchanges}
    marks: list[Mark] = [mark for cause in report.causes for mark in cause.marks]
    voices = list(dict.fromkeys(story.voice for story in report.stories))
    idps = [_idp(report, voice, verdicts) for voice in voices]
    reconciled = [o.row for o in report.observed if o.kind == "reconciliation"]
    differing = [row for row in reconciled if row.get("result") != "equal" and row.get("kind") != "orphan"]
    return View(
        title=title(report),
        question=question(report),
        answers=tuple(row for row in answer_rows(report) if not is_brief(report, row[1])),
        brief=tuple(row for row in answer_rows(report) if is_brief(report, row[1])),
        causes=tuple(c for c in causes if c.cause.verdict not in ("known", "stale")),
        known=tuple(c for c in causes if c.cause.verdict == "known"),
        idps=tuple(idp for idp in idps if idp_of(idp.voice) not in SUITES),
        suite=next((idp for idp in idps if idp_of(idp.voice) in SUITES), None),
        areas=tuple(_areas(report.requirements)),
        attributes=tuple(o.row for o in report.observed if o.kind == "attribute"),
        reconciliation=tuple(differing),
        equal=sum(int(row.get("count", 1)) for row in reconciled if row.get("result") == "equal"),
        orphans=tuple(row for row in reconciled if row.get("kind") == "orphan"),
        latency=tuple(latency(report.exchanges)),
        convergence=tuple(convergence(report.observed, {story.scenario: story for story in report.stories})),
        packed=pack(report.exchanges, shown, verdicts, marks),
        first=next((c.received or c.sent for c in report.causes if c.received or c.sent), ""),
        others=tuple(_others(report.observed)),
    )


def _cause_view(number: int, cause: Cause, exchanges: Mapping[str, Recorded]) -> CauseView:
    drawn = number <= PANES and cause.verdict not in ("known", "stale")
    sent, received = exchanges.get(cause.sent), exchanges.get(cause.received)
    whys = _whys(cause)
    return CauseView(
        number,
        cause,
        pane(sent, "sent", cause.marks, _side(sent)) if drawn and sent else None,
        pane(received, "received", cause.marks, f"{_side(received)} · {received.ms:,.1f} ms") if drawn and received else None,
        whys[:WHYS],
        len(whys) - WHYS,
    )


def _whys(cause: Cause) -> tuple[tuple[Reason, str], ...]:
    """The reasons; a need that several IdPs share stands once, with the names of the others."""
    first: dict[str, Reason] = {}
    others: dict[str, list[str]] = {}
    for reason in cause.why:
        shared = reason.requirement.partition("-")[2] if reason.level == "NEED" else reason.requirement
        if shared in first:
            others[shared].append(idp_title(reason.document, short=True))
        else:
            first[shared], others[shared] = reason, []
    return tuple((reason, joined(others[name], most=4)) for name, reason in first.items())


def _side(exchange: Recorded) -> str:
    return "read back by scim-sim" if idp_of(exchange.voice) in SUITES else idp_title(exchange.voice)


def _idp(report: Report, voice: str, verdicts: dict[str, str]) -> IdpView:
    own = [story for story in report.stories if story.voice == voice]
    failed = [s for s in own if s.outcome == "failed"]
    drawn = [id(story) for story in (*failed, *(s for s in own if s.outcome != "failed"))][:PICTURES]
    rows = [o for o in report.observed if o.voice == voice]
    told = _Told(
        _by_scenario(t for t in report.troubles if t.voice == voice),
        _by_scenario(s for s in report.states if s.voice == voice),
        _by_scenario(f for f in report.findings if f.cause and f.voice in (voice, "harness")),
        _by_scenario(o for o in rows if o.kind == "cycle"),
    )
    views = [_story(report, story, told, verdicts, id(story) in drawn, story is (failed or own)[0]) for story in own]
    switches: dict[str, Any] = {}
    for story in own:
        switches.update(story.switches)
    return IdpView(
        _slug(voice),
        voice,
        "RFC suite" if idp_of(voice) in SUITES else idp_title(voice),
        _idp_lead(report, voice, own, failed),
        tuple(views),
        tuple(v for v in views if v.word not in ("passed", "not applicable")),
        tuple(v for v in views if v.word == "passed"),
        tuple(v for v in views if v.word == "not applicable"),
        switches,
        tuple(o.row for o in rows if o.kind == "setting"),
        tuple(_suites(rows, own)),
    )


def _idp_lead(report: Report, voice: str, own: list[Story], failed: list[Story]) -> str:
    absent = sum(s.outcome == "not applicable" for s in own)
    broken = sum(s.outcome == "error" for s in own)
    passed = len(own) - len(failed) - absent - broken
    parts = [f"{passed} of {many(len(own), 'story', 'stories')} passed"]
    parts += [f"{absent} did not apply to this target"] if absent else []
    parts += [f"{broken} met an error of ours"] if broken else []
    return f"{joined(parts)}. {many(report.run.requests.get(voice, 0), 'request')}."


class _OfScenario(Protocol):
    @property
    def scenario(self) -> str: ...


T = TypeVar("T", bound=_OfScenario)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of the stories of one voice, by scenario."""

    troubles: Mapping[str, list[Trouble]]
    states: Mapping[str, list[State]]
    findings: Mapping[str, list[Judgement]]
    cycles: Mapping[str, list[Observation]]


def _by_scenario(rows: Iterable[T]) -> Mapping[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[row.scenario].append(row)
    return found


def _story(report: Report, story: Story, told: _Told, verdicts: dict[str, str], drawn: bool, opened: bool) -> StoryView:
    own = report.exchanges[story.begin : story.end]
    troubles = told.troubles.get(story.scenario, [])
    causes = dict.fromkeys(f.cause for f in told.findings.get(story.scenario, ()))
    raw = idp_of(story.voice) in SUITES
    word = {"done": "passed", "failed": "failed", "": "cut short"}.get(story.outcome, story.outcome)
    return StoryView(
        f"story-{_slug(story.voice)}-{_slug(story.scenario)}",
        story,
        word,
        len(own),
        clock(story.ended - story.started, fine=False) if story.ended - story.started >= 60 else "",
        tuple(sorted(causes, key=lambda name: int(name[3:]))),
        timeline(story, own, told.states.get(story.scenario, []), troubles, verdicts) if drawn and not raw else None,
        tuple(troubles),
        tuple(_cycles(told.cycles.get(story.scenario, ()), story)),
        opened and not raw,
    )


def _cycles(observed: Iterable[Observation], story: Story) -> Iterable[Mapping[str, Any]]:
    """The cycles of a story; runs of cycles in which nothing was written stand in one row."""
    quiet: list[Mapping[str, Any]] = []
    for o in observed:
        at = o.row.get("at")
        row = {**o.row, "clock": clock(float(at) - story.started, fine=False) if isinstance(at, int | float) else ""}
        if quiet and any(row.get(name) != quiet[0].get(name) for name in ("kind", "requests", "writes", "failed", "result")):
            yield _quiet(quiet)
            quiet = []
        if row.get("writes") or row.get("failed"):
            yield row
        else:
            quiet.append(row)
    if quiet:
        yield _quiet(quiet)


def _quiet(rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    if len(rows) == 1:
        return rows[0]
    last = rows[-1]
    return {
        **rows[0],
        "n": f"{rows[0].get('n')} to {last.get('n')}",
        "clock": f"{rows[0]['clock']} to {last['clock']}",
        "each": True,
    }


def _suites(rows: Iterable[Observation], stories: Iterable[Story]) -> Iterable[SuiteView]:
    """Certification suites: from rows that were observed, and from stories whose steps bear the labels of tests."""
    named: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for o in rows:
        if o.kind == "suite":
            tests = named.setdefault((str(o.row.get("suite", "Suite")), str(o.row.get("source", ""))), {})
            tests[str(o.row.get("id", len(tests)))] = {"result": "", **o.row}
    for story in stories:
        name = str(story.labels.get("title") or story.labels.get("name") or story.title)
        tests = named.setdefault((name, str(story.labels.get("source", ""))), {}) if story.labels else {}
        for step in story.steps if story.labels else ():
            if step.label:
                _merge_test(tests, step)
    for (name, source), tests in named.items():
        judged = [t for t in tests.values() if t.get("result") in ("pass", "fail")]
        if tests:
            passed = sum(t.get("result") == "pass" for t in judged)
            yield SuiteView(name, source, passed, len(judged), tuple(tests.values()))


def _merge_test(tests: dict[str, dict[str, Any]], step: StepResult) -> None:
    """One more step of a test; a test fails with any of its steps."""
    result = {"done": "pass", "failed": "fail", "": "cut short"}.get(step.outcome, step.outcome)
    test = tests.get(step.label)
    if test is None:
        row = {"id": step.label, "title": step.title, "result": result, "remark": step.reason, "exchange": step.first}
        tests[step.label] = row
    elif result == "fail" and test["result"] != "fail":
        test.update(result=result, remark=step.reason, exchange=step.first)


def _areas(requirements: Mapping[str, RequirementResult]) -> Iterable[Area]:
    """The areas of the RFCs, and the needs of each IdP, with the worst rows first."""
    groups: dict[tuple[str, str], list[tuple[str, RequirementResult]]] = {}
    for name, row in requirements.items():
        groups.setdefault((row.document, "") if row.level == "NEED" else ("", row.area), []).append((name, row))
    longest = max((len(rows) for rows in groups.values()), default=1)
    order = {("", area): n for n, area in enumerate(AREAS)}
    for document, area in sorted(groups, key=lambda key: (key[0] != "", order.get(key, len(order)))):
        rows = sorted(groups[(document, area)], key=lambda item: (RANK[item[1].verdict], *_place(item[1])))
        title = f"Needs of {idp_title(document)}" if document else AREA_TITLES.get(area, area.replace("-", " ").capitalize())
        bar = slices((row for _, row in rows), 240 / longest)
        yield Area(f"area-{_slug(document or area)}", title, tuple(rows), bar, _said(row for _, row in rows))


def _said(rows: Iterable[RequirementResult]) -> str:
    """What went wrong in an area, in words; what passed when nothing did."""
    verdicts = [row.verdict for row in rows]
    named = ("violation", "deviation", "note")
    bad = [f"{verdicts.count('breaks')} not met"] if "breaks" in verdicts else []
    bad += [many(verdicts.count(v), v) for v in named if v in verdicts]
    bad += [f"{verdicts.count(v)} {v}" for v in ("known", "stale") if v in verdicts]
    passed = verdicts.count("pass")
    return ", ".join(bad) or (f"{passed} passed" if passed else "")


def _place(row: RequirementResult) -> tuple[int, ...]:
    """Needs in the order of an account's life, sentences of the RFCs in the order of their sections."""
    if row.level == "NEED":
        return (NEED_AREAS.index(row.area) if row.area in NEED_AREAS else len(NEED_AREAS),)
    return tuple(int(part) for part in re.findall(r"\d+", row.section))


def _others(observed: Iterable[Observation]) -> Iterable[tuple[str, str, tuple[str, ...], tuple[Mapping[str, Any], ...]]]:
    """Tables of kinds that this page has no own form for: shown as they are."""
    known = {"cycle", "reconciliation", "attribute", "suite", "setting"}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for o in observed:
        if o.kind not in known:
            groups.setdefault(o.kind, []).append(o.row)
    for kind, rows in groups.items():
        columns = tuple(dict.fromkeys(str(key) for row in rows for key in row))
        title, lead = TABLES.get(kind, (kind.replace("-", " ").capitalize(), ""))
        yield title, lead, columns, tuple(rows)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
