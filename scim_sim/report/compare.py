"""Several reports side by side: a vendor's versions, a release and the one before, a buyer's shortlist.

Root causes are the same when their keys are; requirements when their ids are. Of two reports the first is the older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scim_sim.errors import UsageError
from scim_sim.report.charts import quantile
from scim_sim.report.evidence import operation
from scim_sim.report.headline import shown_answers, target_name, title
from scim_sim.report.html import page
from scim_sim.report.markdown import cell
from scim_sim.report.model import Answer, Cause, Report
from scim_sim.report.names import idp_title
from scim_sim.report.text import ANSWER_WORDS, many, moment, number
from scim_sim.report.verdict import RANK

__all__ = ["Comparison", "Row", "Slower", "compare", "comparison_exit_code", "comparison_html", "comparison_markdown"]

FAILING: Final = frozenset({"breaks", "violation", "deviation", "note"})
STOPS: Final = frozenset({"breaks", "violation"})
SLOWER: Final = 1.5
ENOUGH: Final = 20
NOTICED_MS: Final = 20.0
GOOD: Final = ("works", "conformant", "works-with-deviations", "deviates", "breaks", "violates")


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement and its verdict in each report; `changed` when not all that tested it agree."""

    id: str
    statement: str
    level: str
    area: str
    verdicts: tuple[str, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Slower:
    """An operation whose 95th percentile grew: milliseconds before and after."""

    operation: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What several reports say of the same things; `new`, `fixed` and `still` compare the last report with the first."""

    names: tuple[str, ...]
    reports: tuple[Report, ...]
    answers: tuple[tuple[str, tuple[Answer | None, ...]], ...]
    rows: tuple[Row, ...]
    new: tuple[Cause, ...]
    fixed: tuple[Cause, ...]
    still: tuple[Cause, ...]
    slower: tuple[Slower, ...]
    worse: tuple[str, ...]


def compare(reports: Sequence[Report], names: Sequence[str] = ()) -> Comparison:
    """The reports side by side, oldest first; raises `UsageError` for fewer than two."""
    if len(reports) < 2:
        raise UsageError("a comparison needs at least two reports")
    old, new = reports[0], reports[-1]
    before, after = _failing(old), _failing(new)
    subjects = list(dict.fromkeys(name for report in reports for name in shown_answers(report)))
    answers = tuple((name, tuple(report.answer.get(name) for report in reports)) for name in subjects)
    return Comparison(
        names=tuple(names) or _names(reports),
        reports=tuple(reports),
        answers=answers,
        rows=tuple(_rows(reports)),
        new=tuple(cause for key, cause in after.items() if key not in before),
        fixed=tuple(cause for key, cause in before.items() if key not in after and _tested(cause, new)),
        still=tuple(cause for key, cause in after.items() if key in before),
        slower=tuple(_slower(old, new)),
        worse=tuple(name for name, (first, *_, last) in answers if _is_worse(first, last)),
    )


def _names(reports: Sequence[Report]) -> tuple[str, ...]:
    """What the columns are called: the targets, or the times where a target stands twice."""
    targets = [target_name(report) for report in reports]
    if len(set(targets)) == len(targets):
        return tuple(targets)
    if len(set(targets)) == 1:
        return tuple(moment(report.run.started) for report in reports)
    return tuple(f"{target}, {moment(report.run.started)}" for target, report in zip(targets, reports, strict=True))


def _failing(report: Report) -> dict[str, Cause]:
    """What fails, also where a baseline knows it: a line in a list mends nothing."""
    return {cause.key: cause for cause in report.causes if cause.base in FAILING}


def _tested(cause: Cause, report: Report) -> bool:
    """Whether the later run looked at it at all: what was not tested is not fixed."""
    rows = [report.requirements[name] for name in cause.requirements if name in report.requirements]
    return not cause.requirements or any(row.status in ("passed", "failed") for row in rows)


def _is_worse(first: Answer | None, last: Answer | None) -> bool:
    if first is None or last is None or first.verdict not in GOOD or last.verdict not in GOOD:
        return False
    return GOOD.index(last.verdict) // 2 > GOOD.index(first.verdict) // 2


def _rows(reports: Sequence[Report]) -> Iterable[Row]:
    found = {name: row for report in reversed(reports) for name, row in report.requirements.items()}
    order = list(dict.fromkeys(name for report in reports for name in report.requirements))
    for name in order:
        rows = [report.requirements.get(name) for report in reports]
        verdicts = tuple(row.verdict if row else "untested" for row in rows)
        tested = {v for v in verdicts if v not in ("untested", "not applicable")}
        if tested:
            row = found[name]
            yield Row(name, row.statement, row.level, row.area, verdicts, len(set(verdicts)) > 1)


def _slower(old: Report, new: Report) -> Iterable[Slower]:
    before, after = _times(old), _times(new)
    for name in sorted(before.keys() & after.keys()):
        a, b = sorted(before[name]), sorted(after[name])
        if min(len(a), len(b)) >= ENOUGH:
            slow = Slower(name, quantile(a, 0.95), quantile(b, 0.95))
            if slow.after > slow.before * SLOWER and slow.after - slow.before > NOTICED_MS:
                yield slow


def _times(report: Report) -> Mapping[str, list[float]]:
    groups: dict[str, list[float]] = {}
    for x in report.exchanges:
        if x.response is not None:
            groups.setdefault(operation(x), []).append(x.ms)
    return groups


def comparison_exit_code(comparison: Comparison) -> int:
    """0 when the last report is no worse than the first, 1 when it has a new break or violation, or a worse answer."""
    return int(bool(comparison.worse) or any(cause.verdict in STOPS for cause in comparison.new))


def comparison_html(comparison: Comparison) -> str:
    """The comparison as one self-contained page."""
    rows = sorted(comparison.rows, key=lambda row: (not row.changed, min(RANK[v] for v in row.verdicts)))
    return page("compare.html.j2", c=comparison, rows=rows, version=comparison.reports[-1].tool.version)


def comparison_markdown(comparison: Comparison) -> str:
    """The comparison for a pull request."""
    c = comparison
    lines = [f"## SCIM: {' → '.join(title(r) for r in c.reports) if len(c.reports) == 2 else 'comparison'}", ""]
    lines += [f"| | {' | '.join(map(cell, c.names))} |", f"|---|{'---|' * len(c.names)}"]
    for name, each in c.answers:
        words = " | ".join(ANSWER_WORDS[answer.verdict] if answer else "–" for answer in each)
        lines.append(f"| {cell(idp_title(name))} | {words} |")
    for head, causes in (("New", c.new), ("Fixed", c.fixed), ("Still failing", c.still)):
        lines += ["", f"### {head}: {len(causes)}", ""]
        lines += [f"- {cell(cause.title)} ({', '.join([*cause.breaks, cause.base])})" for cause in causes] or ["none"]
    if c.slower:
        lines += ["", "### Slower", ""]
        lines += [f"- {s.operation}: 95 % within {number(s.before)} ms before, {number(s.after)} ms now" for s in c.slower]
    changed = sum(row.changed for row in c.rows)
    lines += ["", f"{many(changed, 'requirement')} of {len(c.rows)} tested changed."]
    return "\n".join(lines) + "\n"
