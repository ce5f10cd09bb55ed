"""A summary for a pull request or a ticket: the answers, what to fix first, and the counts."""

from __future__ import annotations

import re
from typing import Final

from scim_sim.report.formats import renderer
from scim_sim.report.headline import answer_rows, causes_heading, cut_short, next_step, title
from scim_sim.report.model import Cause, Report
from scim_sim.report.text import ANSWER_WORDS, MEANINGS, duration, joined, many, moment, visible
from scim_sim.report.verdict import VERDICTS

__all__ = ["cell", "render"]

SHOWN: Final = 10
LONG: Final = 120


@renderer("markdown", suffix="summary.md")
def render(report: Report) -> str:
    """A Markdown summary for a pull request or a ticket."""
    run, gate = report.run, report.gate
    lines = [f"## SCIM: {title(report)}", ""]
    lines += [f"**{cell(cut_short(report))}**", ""] if cut_short(report) else []
    lines += [f"Next: {cell(next_step(report))}.", ""] if next_step(report) else []
    lines += ["| | Would it work? | |", "|---|---|---|"]
    for name, answer in answer_rows(report):
        lines.append(f"| {cell(name)} | **{ANSWER_WORDS[answer.verdict]}** | {cell(answer.reason)} |")
    lines += ["", f"**Release gate: {'open' if gate.open else 'closed'}** (exit code {gate.exit_code})"]
    lines += [f"- {cell(reason)}" for reason in gate.reasons]
    if report.causes:
        lines += ["", f"### {causes_heading(report)}", ""]
        for cause in report.causes[:SHOWN]:
            lines += _cause(cause)
        if len(report.causes) > SHOWN:
            lines.append(f"\n…and {many(len(report.causes) - SHOWN, 'more root cause')}, in `report.html`.")
    else:
        lines += ["", "No root causes: nothing to fix."]
    counted = [v for v in VERDICTS if report.counts.get("requirements", {}).get(v) or report.counts.get("causes", {}).get(v)]
    lines += ["", "### Verdicts", "", "| Verdict | Root causes | Requirements | Meaning |", "|---|---:|---:|---|"]
    for verdict in counted:
        causes, requirements = report.counts["causes"][verdict], report.counts["requirements"][verdict]
        lines.append(f"| {verdict} | {causes or '–'} | {requirements or '–'} | {MEANINGS[verdict]} |")
    left = f" {many(len(report.leftovers), 'object was', 'objects were')} left in the target." if report.leftovers else ""
    facts = (
        cell(run.target),
        moment(run.started),
        duration(run.seconds),
        f"seed {run.seed}",
        many(sum(run.requests.values()), "request"),
        f"{report.tool.name} {report.tool.version}",
    )
    lines += ["", f"{', '.join(facts)}.{left}"]
    return "\n".join(lines) + "\n"


def _cause(cause: Cause) -> list[str]:
    words = [f"breaks {joined(cause.breaks)}"] if cause.breaks else []
    words += [cause.verdict] if cause.verdict != "breaks" else []
    lines = [f"1. **{cell(cause.title)}** ({', '.join(words)}, {cause.id})"]
    if cause.expected or cause.actual:
        lines.append(f"   - expected {_short(cause.expected)}; found {_short(cause.actual)}")
    if cause.fix:
        lines.append(f"   - fix: {cell(cause.fix)}")
    if cause.exchanges:
        lines.append(f"   - evidence: {', '.join(cause.exchanges[:4])}")
    return lines


def _short(text: str) -> str:
    return cell(text if len(text) <= LONG else text[: LONG - 1] + "…") or "–"


def cell(text: str) -> str:
    """Wire text inside Markdown: visible, on one line, and nothing in it is markup."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~@])", r"\\\1", plain)
