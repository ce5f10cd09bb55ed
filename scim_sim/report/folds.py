"""Findings that say the same, folded into one, and what each requirement comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scim_sim.checks.finding import Finding, Kept
from scim_sim.report.baseline import Baseline, Entry
from scim_sim.report.coverage import Tally
from scim_sim.report.evidence import template
from scim_sim.report.kept import Recorded
from scim_sim.report.model import Judgement
from scim_sim.report.verdict import verdict_of
from scim_sim.scim.requirements import Requirement

__all__ = ["Folds"]

EVIDENCE: Final = 12
DISTINCT: Final = 20_000


@dataclass(slots=True)
class _Fold:
    """Findings that say the same thing, so far."""

    finding: Finding
    verdict: str
    breaks: tuple[str, ...]
    count: int = 0
    exchanges: dict[str, None] = field(default_factory=dict)


class Folds:
    """Takes findings one by one; `tallies` are their numbers by requirement, `evidence` the exchanges that show something.

    `mark` is the run's, which tells nothing apart. What is known by a baseline is so until its date, so `today` is asked for
    in seconds since 1970.
    """

    def __init__(self, rules: Mapping[str, Requirement], baseline: Baseline, exchanges: Mapping[str, Recorded]) -> None:
        self.tallies: dict[str, Tally] = {}
        self.evidence: set[str] = set()
        self.mark = ""
        self._rules = rules
        self._baseline = baseline
        self._exchanges = exchanges
        self._folds: dict[tuple[str, ...], _Fold] = {}
        self._entries: dict[tuple[str, str, str, str], Entry | None] = {}

    def add(self, finding: Finding) -> None:
        """Take one more finding."""
        rule = self._rules.get(finding.requirement)
        verdict, breaks = verdict_of(finding.outcome, rule, finding.voice, finding.level)
        tally = self._tally(finding.requirement)
        if finding.outcome in ("not applicable", "untested"):
            tally.skipped.setdefault(finding.outcome, finding.reason)
            return
        fold = self._folds.setdefault(self._key(finding), _Fold(finding, verdict, breaks))
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
                self.evidence.update(shown)
        for name in shown:
            if len(fold.exchanges) < EVIDENCE:
                fold.exchanges.setdefault(name)
            if finding.outcome == "fail" and len(tally.exchanges) < EVIDENCE:
                tally.exchanges.setdefault(name)
        tally.passed_in = tally.passed_in or (shown[0] if shown and finding.outcome == "pass" else "")

    def keep(self, kept: Kept) -> None:
        """Take what one exchange has shown to be kept."""
        by_step = bool(self._baseline.entries)  # a line of the baseline speaks of one step
        for check, requirement in kept.requirements:
            fold = None if by_step else self._folds.get(("pass", check, requirement, kept.scenario, kept.voice))
            if fold is None:
                self.add(kept.finding(check, requirement))
            else:
                fold.count += 1
                self._tally(requirement).passes += 1

    def judgements(self, today: float) -> list[Judgement]:
        """All findings; a baseline entry is stale only when nothing that it covers fails."""
        entries = {key: self._entry(fold.finding) for key, fold in self._folds.items()}
        needed = {entry for key, entry in entries.items() if entry and self._folds[key].verdict not in ("pass", "error")}
        return [self._judgement(fold, entries[key], needed, today) for key, fold in self._folds.items()]

    def _entry(self, finding: Finding) -> Entry | None:
        """The line of the baseline that covers the finding; looked up once for each check and step."""
        key = (finding.check, finding.requirement, finding.scenario, finding.step)
        if key not in self._entries:
            self._entries[key] = self._baseline.find(*key)
        return self._entries[key]

    def expired(self, today: float) -> tuple[str, ...]:
        """The baseline's lines past their date that still cover something failing."""
        failing = [f.finding for f in self._folds.values() if f.verdict not in ("pass", "error")]
        entries = dict.fromkeys(map(self._entry, failing))
        return tuple(f"{e.check} {e.place}" for e in entries if e is not None and e.expired(today))

    def _judgement(self, fold: _Fold, entry: Entry | None, needed: set[Entry], today: float) -> Judgement:
        finding, problem = fold.finding, fold.finding.problem
        rule = self._rules.get(finding.requirement)
        verdict = fold.verdict
        if entry is not None and verdict == "pass" and entry not in needed:
            verdict = "stale"
        elif entry is not None and verdict not in ("pass", "error") and not entry.expired(today):
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

    def _tally(self, requirement: str) -> Tally:
        if requirement not in self.tallies:
            self.tallies[requirement] = Tally()
        return self.tallies[requirement]

    def _key(self, finding: Finding) -> tuple[str, ...]:
        base = (finding.outcome, finding.check, finding.requirement, finding.scenario, finding.voice)
        if finding.problem is None and self._baseline.entries and self._entry(finding):
            return (*base, finding.step)  # a line of the baseline speaks of one step
        if finding.problem is None or len(self._folds) > DISTINCT:
            return base
        problem = finding.problem
        said = template(problem.message, problem.pointer, self.mark)
        return (*base, finding.step, problem.pointer, said, *self._methods(problem.exchange, *finding.exchanges[:1]))

    def _methods(self, *names: str) -> tuple[str, ...]:
        """The methods of these exchanges: what a PUT and a PATCH did not bring about is not the same."""
        return tuple(self._exchanges[name].request.method for name in names if name in self._exchanges)
