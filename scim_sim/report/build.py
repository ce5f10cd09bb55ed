"""Fold the events of a run, one by one, into a report.

Memory stays flat: passes are counted, findings that say the same are folded, and past the budget the oldest exchanges
that are evidence of nothing lose their bodies, reads before writes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import singledispatchmethod
from typing import Final

from scim_sim import events as ev
from scim_sim.checks.finding import Finding
from scim_sim.report.baseline import Baseline
from scim_sim.report.causes import Causes, find_causes
from scim_sim.report.coverage import Tally, counted, result, summary, with_verdicts
from scim_sim.report.folds import Folds
from scim_sim.report.kept import Recorded, record, refuses, without_bodies
from scim_sim.report.model import (
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
from scim_sim.report.verdict import answers, gate
from scim_sim.scim.requirements import Requirement
from scim_sim.scim.requirements import catalogue as shipped
from scim_sim.wire import Exchange

__all__ = ["ReportBuilder"]

BUDGET: Final = 100_000
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


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
        self._run = Run()
        self._tool = Tool()
        self._exchanges: dict[str, Recorded] = {}
        self._folds = Folds(self._rules, self._baseline, self._exchanges)
        self._refused: dict[str, str] = {}
        self._whole: tuple[deque[str], deque[str]] = (deque(), deque())
        self._dropped = 0
        self._requests: Counter[str] = Counter()
        self._methods: dict[str, set[str]] = {}
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
        self._folds.mark = event.mark
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
        self._methods.setdefault(exchange.voice, set()).add(exchange.request.method)
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
                if name not in self._folds.evidence:
                    self._exchanges[name] = without_bodies(self._exchanges[name])
                    self._dropped += 1
                    return

    @add.register
    def _(self, event: ev.FindingMade) -> None:
        self._folds.add(self._located(event.finding))

    @add.register
    def _(self, event: ev.RequirementsKept) -> None:
        self._folds.keep(event.kept)

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

    @add.register
    def _(self, event: ev.TroubleMet) -> None:
        if event.exchange:
            self._folds.evidence.add(event.exchange)
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
        findings = self._folds.judgements(self._run.started)
        idps = {idp_of(story.voice) for story in self._stories}
        chosen = {name: rule for name, rule in self._rules.items() if self._in_scope(name, rule, idps)}
        requirements = {name: result(rule, self._folds.tallies.get(name, Tally())) for name, rule in chosen.items()}
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
            expired=self._folds.expired(self._run.started),
        )
        report = Report(
            tool=self._tool,
            run=run,
            answer=answers(run, stories, findings, requirements, causes, self._states, self._methods),
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

    def _in_scope(self, name: str, rule: Requirement, idps: Collection[str]) -> bool:
        if name in self._folds.tallies:
            return True
        if rule.level == "NEED":
            return rule.document in idps
        return self._scope is None or name in self._scope


def _simulated(stories: Iterable[Story]) -> dict[str, float]:
    spans: dict[str, float] = {}
    for story in stories:
        spans[story.voice] = spans.get(story.voice, 0.0) + max(0.0, story.ended - story.started)
    return spans
