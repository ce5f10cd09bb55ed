"""Fold the events of a run, one by one, into a report.

Memory stays flat: passes are counted, findings that say the same are folded, and past the budget the oldest exchanges
that are evidence of nothing lose their bodies, reads before writes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Final

from scim_sim import events as ev
from scim_sim.checks.finding import Finding
from scim_sim.report.baseline import Baseline, Entry
from scim_sim.report.causes import Causes, find_causes
from scim_sim.report.coverage import Tally, counted, result, summary, with_verdicts
from scim_sim.report.grouping import template
from scim_sim.report.kept import Recorded, record, refuses, without_bodies
from scim_sim.report.model import (
    Judgement,
    Leftover,
    Observation,
    Report,
    Run,
    State,
    StepResult,
    Story,
    Tool,
    Trouble,
)
from scim_sim.report.names import idp_of
from scim_sim.report.verdict import answers, gate, verdict_of
from scim_sim.scim.requirements import Requirement
from scim_sim.scim.requirements import catalogue as shipped
from scim_sim.wire import Exchange

__all__ = ["ReportBuilder"]

BUDGET: Final = 100_000
EVIDENCE: Final = 12
DISTINCT: Final = 20_000
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class _Fold:
    """Findings that say the same thing, so far."""

    finding: Finding
    verdict: str
    breaks: tuple[str, ...]
    count: int = 0
    exchanges: dict[str, None] = field(default_factory=dict)


class ReportBuilder:
    """Takes the events of one run in order; `report()` can be asked at any time, also after a run that was cut short."""

    def __init__(
        self,
        catalogue: Mapping[str, Requirement] | None = None,
        baseline: Baseline | None = None,
        scope: Iterable[str] | None = None,
        budget: int = BUDGET,
    ) -> None:
        self._rules = shipped() if catalogue is None else catalogue
        self._baseline = baseline or Baseline()
        self._scope = None if scope is None else frozenset(scope)
        self._budget = budget
        self._entries: dict[tuple[str, str, str, str], Entry | None] = {}
        self._run = Run()
        self._tool = Tool()
        self._folds: dict[tuple[str, ...], _Fold] = {}
        self._tallies: dict[str, Tally] = {}
        self._exchanges: dict[str, Recorded] = {}
        self._evidence: set[str] = set()
        self._refused: dict[str, str] = {}
        self._whole: tuple[deque[str], deque[str]] = (deque(), deque())
        self._dropped = 0
        self._requests: Counter[str] = Counter()
        self._stories: list[Story] = []
        self._open: dict[str, int] = {}
        self._steps: dict[int, list[StepResult]] = {}
        self._troubles: list[Trouble] = []
        self._states: list[State] = []
        self._observed: list[Observation] = []
        self._leftovers: list[Leftover] = []

    @singledispatchmethod
    def add(self, event: ev.Event) -> None:
        """Take one more event."""

    @add.register
    def _(self, event: ev.RunStarted) -> None:
        self._tool = Tool(version=event.version)
        self._run = replace(
            self._run,
            target=event.target,
            base_url=event.base_url,
            profile=event.profile,
            started=event.wall or event.at,
            clock=event.clock,
            seed=event.seed,
            mark=event.mark,
            command=event.command,
            idps=event.idps,
            baseline=self._baseline.name,
        )

    @add.register
    def _(self, event: ev.TargetDescribed) -> None:
        self._run = replace(self._run, declared=dict(event.declared), caveats=(*self._run.caveats, *event.assumptions))

    @add.register
    def _(self, event: ev.ScenarioStarted) -> None:
        story = Story(
            scenario=event.scenario,
            voice=event.voice,
            title=event.title,
            path=event.path,
            standing=event.standing,
            started=event.at,
            ended=event.at,
            switches=dict(event.switches),
            labels=dict(event.labels),
            begin=len(self._exchanges),
            end=len(self._exchanges),
        )
        self._open[event.scenario] = len(self._stories)
        self._steps[len(self._stories)] = []
        self._stories.append(story)

    @add.register
    def _(self, event: ev.StepStarted) -> None:
        steps = self._steps.get(self._open.get(event.scenario, -1))
        if steps is not None:
            steps.append(StepResult(event.step, event.title, event.line, event.at, event.at, label=event.label))

    @add.register
    def _(self, event: ev.ExchangeMade) -> None:
        exchange = event.exchange
        self._requests[exchange.voice] += 1
        kept = record(exchange)
        self._exchanges[kept.id] = kept
        self._whole[0 if kept.request.method in READS else 1].append(kept.id)
        if refuses(kept):
            self._refused[kept.voice] = kept.id
        self._count(exchange)
        if len(self._whole[0]) + len(self._whole[1]) > self._budget:
            self._drop()

    def _count(self, exchange: Exchange) -> None:
        steps = self._steps.get(self._open.get(exchange.scenario, -1))
        if steps and steps[-1].step == exchange.step:
            last = steps[-1]
            steps[-1] = replace(last, exchanges=last.exchanges + 1, first=last.first or exchange.id, ended=exchange.at)

    def _drop(self) -> None:
        """Take the bodies from the oldest exchange that is evidence of nothing, reads before writes."""
        for queue in self._whole:
            while queue:
                name = queue.popleft()
                if name not in self._evidence:
                    self._exchanges[name] = without_bodies(self._exchanges[name])
                    self._dropped += 1
                    return

    @add.register
    def _(self, event: ev.FindingMade) -> None:
        self._judged(self._located(event.finding))

    def _judged(self, finding: Finding) -> None:
        rule = self._rules.get(finding.requirement)
        verdict, breaks = verdict_of(finding.outcome, rule, finding.voice, finding.level)
        tally = self._tally(finding.requirement)
        if finding.outcome in ("not applicable", "untested"):
            tally.skipped.setdefault(finding.outcome, finding.reason)
            return
        fold = self._folds.setdefault(self._fold_key(finding), _Fold(finding, verdict, breaks))
        fold.count += 1
        shown = [*finding.exchanges]
        if finding.problem and finding.problem.exchange and finding.problem.exchange not in shown:
            shown.append(finding.problem.exchange)
        if finding.outcome == "pass":
            tally.passes += 1
            shown = shown[:1]
            if fold.count > 1:
                return
        else:
            tally.fails += finding.outcome == "fail"
            if len(fold.exchanges) < EVIDENCE:
                self._evidence.update(shown)
        for name in shown:
            if len(fold.exchanges) < EVIDENCE:
                fold.exchanges.setdefault(name)
            if finding.outcome == "fail" and len(tally.exchanges) < EVIDENCE:
                tally.exchanges.setdefault(name)
        tally.passed_in = tally.passed_in or (shown[0] if shown and finding.outcome == "pass" else "")

    @add.register
    def _(self, event: ev.RulesKept) -> None:
        kept = event.kept
        by_step = bool(self._baseline.entries)  # a line of the baseline speaks of one step
        for check, requirement in kept.rules:
            fold = None if by_step else self._folds.get(("pass", check, requirement, kept.scenario, kept.voice))
            if fold is None:
                self._judged(kept.finding(check, requirement))
            else:
                fold.count += 1
                self._tally(requirement).passes += 1

    def _tally(self, requirement: str) -> Tally:
        if requirement not in self._tallies:
            self._tallies[requirement] = Tally()
        return self._tallies[requirement]

    def _located(self, finding: Finding) -> Finding:
        """What an engine met belongs to the refusal before it, not to the last request, which may have gone well."""
        if finding.check != "engine" or finding.outcome != "fail" or not finding.exchanges:
            return finding
        kept = self._exchanges.get(finding.exchanges[0])
        refused = self._refused.get(finding.voice)
        if kept is None or refused is None or refuses(kept):
            return finding
        before = self._exchanges[refused]
        if (before.scenario, before.step) != (finding.scenario, finding.step):
            return finding
        return replace(finding, exchanges=(refused, *finding.exchanges))

    def _fold_key(self, finding: Finding) -> tuple[str, ...]:
        base = (finding.outcome, finding.check, finding.requirement, finding.scenario, finding.voice)
        if finding.problem is None and self._baseline.entries and self._entry(finding):
            return (*base, finding.step)  # a line of the baseline speaks of one step
        if finding.problem is None or len(self._folds) > DISTINCT:
            return base
        problem = finding.problem
        said = template(problem.message, problem.pointer, self._run.mark)
        return (*base, finding.step, problem.pointer, said, *self._methods(problem.exchange, *finding.exchanges[:1]))

    def _methods(self, *names: str) -> tuple[str, ...]:
        """The methods of these exchanges: what a PUT and a PATCH did not bring about is not the same."""
        return tuple(self._exchanges[name].request.method for name in names if name in self._exchanges)

    @add.register
    def _(self, event: ev.TroubleMet) -> None:
        if event.exchange:
            self._evidence.add(event.exchange)
        self._troubles.append(
            Trouble(
                event.scenario,
                event.step,
                event.voice,
                event.at,
                event.need,
                event.subject,
                event.message,
                event.where,
                event.exchange,
            )
        )

    @add.register
    def _(self, event: ev.StateChanged) -> None:
        self._states.append(
            State(event.scenario, event.voice, event.at, event.before, event.after, event.why, len(self._exchanges))
        )

    @add.register
    def _(self, event: ev.Observed) -> None:
        self._observed.append(Observation(event.kind, event.scenario, event.voice, dict(event.row)))

    @add.register
    def _(self, event: ev.StepEnded) -> None:
        steps = self._steps.get(self._open.get(event.scenario, -1), [])
        for n in range(len(steps) - 1, -1, -1):
            if steps[n].step == event.step:
                steps[n] = replace(steps[n], ended=event.at, outcome=event.outcome, reason=event.reason)
                break

    @add.register
    def _(self, event: ev.ScenarioEnded) -> None:
        n = self._open.get(event.scenario)
        if n is not None and self._stories[n].voice == event.voice:
            self._stories[n] = replace(
                self._stories[n], ended=event.at, outcome=event.outcome, reason=event.reason, end=len(self._exchanges)
            )

    @add.register
    def _(self, event: ev.LeftBehind) -> None:
        self._leftovers.append(Leftover(event.kind, event.resource_id, event.name, event.state, event.reason))

    @add.register
    def _(self, event: ev.RunEnded) -> None:
        self._run = replace(
            self._run,
            seconds=event.seconds,
            interrupted=event.interrupted,
            error=event.error,
            exit_code=event.exit_code if event.error else 0,
            created=dict(event.created),
            cleaned=dict(event.cleaned),
        )

    def report(self) -> Report:
        """Everything that is known by now."""
        stories = tuple(self._story(n) for n in range(len(self._stories)))
        findings = self._judgements()
        chosen = {name: rule for name, rule in self._rules.items() if self._in_scope(name, rule)}
        requirements = {name: result(rule, self._tallies.get(name, Tally())) for name, rule in chosen.items()}
        product = {str(o.row.get("requirement")): o.row for o in self._observed if o.kind == "deviation"}
        known = Causes(
            requirements, self._exchanges, self._rules, stories, self._run.command, self._run.mark, self._run.seed, product
        )
        causes, findings = find_causes(findings, known)
        requirements = with_verdicts(requirements, findings)
        run = replace(
            self._run,
            requests=dict(self._requests),
            switches={story.voice: dict(story.switches) for story in stories if story.switches},
            simulated=_simulated(stories),
            bodies_dropped=self._dropped,
            expired=self._expired(),
        )
        report = Report(
            tool=self._tool,
            run=run,
            answer=answers(run, stories, findings, requirements, causes, self._states),
            summary=summary(findings, requirements),
            counts={
                "causes": counted(cause.verdict for cause in causes),
                "requirements": counted(row.verdict for row in requirements.values()),
            },
            causes=tuple(causes),
            findings=tuple(findings),
            requirements=requirements,
            stories=stories,
            troubles=tuple(self._troubles),
            states=tuple(self._states),
            observed=tuple(self._observed),
            leftovers=tuple(self._leftovers),
            exchanges=tuple(self._exchanges.values()),
        )
        return replace(report, gate=gate(report))

    def _story(self, n: int) -> Story:
        story = self._stories[n]
        cut_short = not story.outcome and n == len(self._stories) - 1
        return replace(story, steps=tuple(self._steps[n]), end=len(self._exchanges) if cut_short else story.end)

    def _in_scope(self, name: str, rule: Requirement) -> bool:
        if name in self._tallies:
            return True
        if rule.level == "NEED":
            return rule.document in {idp_of(story.voice) for story in self._stories}
        return self._scope is None or name in self._scope

    def _judgements(self) -> list[Judgement]:
        """All findings; a baseline entry is stale only when nothing that it covers fails."""
        entries = {key: self._entry(fold.finding) for key, fold in self._folds.items()}
        needed = {entry for key, entry in entries.items() if entry and self._folds[key].verdict not in ("pass", "error")}
        return [self._judgement(fold, entries[key], needed) for key, fold in self._folds.items()]

    def _entry(self, finding: Finding) -> Entry | None:
        """The line of the baseline that covers the finding; looked up once for each check and step."""
        key = (finding.check, finding.requirement, finding.scenario, finding.step)
        if key not in self._entries:
            self._entries[key] = self._baseline.find(*key)
        return self._entries[key]

    def _expired(self) -> tuple[str, ...]:
        """The baseline's lines past their date that still cover something failing."""
        failing = [f.finding for f in self._folds.values() if f.verdict not in ("pass", "error")]
        entries = dict.fromkeys(map(self._entry, failing))
        return tuple(f"{e.check} {e.place}" for e in entries if e is not None and e.expired(self._run.started))

    def _judgement(self, fold: _Fold, entry: Entry | None, needed: set[Entry]) -> Judgement:
        finding, problem = fold.finding, fold.finding.problem
        rule = self._rules.get(finding.requirement)
        verdict = fold.verdict
        if entry is not None and verdict == "pass" and entry not in needed:
            verdict = "stale"
        elif entry is not None and verdict not in ("pass", "error") and not entry.expired(self._run.started):
            verdict = "known"
        return Judgement(
            check=finding.check,
            requirement=finding.requirement,
            level=rule.level if rule else "",
            verdict=verdict,
            base=fold.verdict,
            breaks=fold.breaks,
            scenario=finding.scenario,
            step=finding.step,
            voice=finding.voice,
            subject=finding.subject,
            message=problem.message if problem else "",
            expected=problem.expected if problem else "",
            actual=problem.actual if problem else "",
            pointer=problem.pointer if problem else "",
            admin_sees=finding.admin_sees or (rule.admin_sees if rule and fold.verdict == "breaks" else ""),
            exchanges=tuple(fold.exchanges),
            shown_by=problem.exchange if problem else "",
            trail=finding.exchanges if problem else (),
            count=fold.count,
            reason=entry.reason if entry else finding.reason,
        )


def _simulated(stories: Iterable[Story]) -> dict[str, float]:
    spans: dict[str, float] = {}
    for story in stories:
        spans[story.voice] = spans.get(story.voice, 0.0) + max(0.0, story.ended - story.started)
    return spans
