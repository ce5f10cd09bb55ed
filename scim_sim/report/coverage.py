"""What became of each requirement: passed, failed, not applicable or untested, always with a reason or with evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scim_sim.checks.unseen import UNSEEN
from scim_sim.report.model import Judgement, RequirementResult
from scim_sim.report.verdict import RANK, VERDICTS
from scim_sim.scim.requirements import Requirement

__all__ = ["Tally", "counted", "result", "summary", "with_verdicts"]


@dataclass(slots=True)
class Tally:
    """What is known of one requirement, so far."""

    passes: int = 0
    fails: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    passed_in: str = ""
    exchanges: dict[str, None] = field(default_factory=dict)


def result(rule: Requirement, tally: Tally) -> RequirementResult:
    """The row of one requirement, from what is known of it; its verdict is refined by `with_verdicts`."""
    status, reason = _status(tally)
    if status == "untested" and not tally.skipped:
        reason = UNSEEN.get(rule.id, reason)
    return RequirementResult(
        document=rule.document,
        section=rule.section,
        level=rule.level,
        basis=rule.basis,
        area=rule.area,
        severity=rule.severity,
        statement=rule.statement,
        status=status,
        verdict={"passed": "pass", "failed": "note"}.get(status, status),
        reason=reason,
        needed_by=tuple(rule.needed_by),
        core=rule.core,
        passes=tally.passes,
        fails=tally.fails,
        exchanges=tuple(tally.exchanges) or ((tally.passed_in,) if tally.passed_in else ()),
    )


def _status(tally: Tally) -> tuple[str, str]:
    if tally.fails:
        return "failed", ""
    if tally.passes:
        return "passed", ""
    for status in ("not applicable", "untested"):
        if status in tally.skipped:
            return status, tally.skipped[status] or "no reason was given"
    return "untested", "no scenario of this run exercises it"


def with_verdicts(rows: Mapping[str, RequirementResult], findings: Iterable[Judgement]) -> dict[str, RequirementResult]:
    """The requirements with the worst verdict of their findings and its root cause."""
    result = dict(rows)
    worst: dict[str, Judgement] = {}
    for finding in findings:
        if finding.verdict in ("error", "pass") or finding.requirement not in result:
            continue
        if finding.requirement not in worst or RANK[finding.verdict] < RANK[worst[finding.requirement].verdict]:
            worst[finding.requirement] = finding
    for name, finding in worst.items():
        if finding.verdict == "stale" and result[name].status == "failed":
            continue
        result[name] = replace(result[name], verdict=finding.verdict, base=finding.base, cause=finding.cause)
    return result


def summary(findings: Iterable[Judgement], requirements: Mapping[str, RequirementResult]) -> dict[str, int]:
    """Findings per verdict, and requirements that are untested or not applicable."""
    counts = Counter(dict.fromkeys(VERDICTS, 0))
    for finding in findings:
        counts[finding.verdict] += finding.count
    for row in requirements.values():
        if row.status in ("untested", "not applicable"):
            counts[row.status] += 1
    return dict(counts)


def counted(verdicts: Iterable[str]) -> dict[str, int]:
    """How often each verdict occurs, also where that is never."""
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in VERDICTS}
