"""What a page tells of one identity provider: its stories with their pictures, its cycles, and its certification suite."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from scim_sim.report.model import Judgement, Observation, Report, State, StepResult, Story, Trouble
from scim_sim.report.names import SUITES, idp_of, idp_title
from scim_sim.report.text import clock, joined, many, slug
from scim_sim.report.timeline import Timeline, timeline

__all__ = ["IdpView", "StoryView", "SuiteView", "idp_view"]

PICTURES: Final = 6


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


def idp_view(report: Report, voice: str, verdicts: Mapping[str, str]) -> IdpView:
    """The section of one voice; `verdicts` are those of exchanges by id."""
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
        slug(voice),
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


def _story(report: Report, story: Story, told: _Told, verdicts: Mapping[str, str], drawn: bool, opened: bool) -> StoryView:
    own = report.exchanges[story.begin : story.end]
    troubles = told.troubles.get(story.scenario, [])
    causes = dict.fromkeys(f.cause for f in told.findings.get(story.scenario, ()))
    raw = idp_of(story.voice) in SUITES
    word = {"done": "passed", "failed": "failed", "": "cut short"}.get(story.outcome, story.outcome)
    return StoryView(
        f"story-{slug(story.voice)}-{slug(story.scenario)}",
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
