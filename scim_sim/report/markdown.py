"""A summary for a pull request or a ticket: the answers, what to fix first, and the counts."""

from __future__ import annotations

import re

from scim_sim.report.formats import renderer
from scim_sim.report.model import Answer, Cause, Report
from scim_sim.report.names import idp_title
from scim_sim.report.text import ANSWER_WORDS, MEANINGS, duration, joined, many, moment, visible
from scim_sim.report.verdict import VERDICTS

__all__ = ["cell", "render", "rows", "title"]

SHOWN = 10


@renderer("markdown", suffix="summary.md")
def render(report: Report) -> str:
    """A Markdown summary for a pull request or a ticket."""
    run, gate = report.run, report.gate
    lines = [f"## SCIM: {title(report)}", ""]
    lines += ["| | Would it work? | |", "|---|---|---|"]
    for name, answer in rows(report):
        lines.append(f"| {cell(name)} | **{ANSWER_WORDS[answer.verdict]}** | {cell(answer.reason)} |")
    lines += ["", f"**Release gate: {'open' if gate.open else 'closed'}** (exit code {gate.exit_code})"]
    lines += [f"- {cell(reason)}" for reason in gate.reasons]
    if report.causes:
        lines += ["", "### What to fix first", ""]
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


def title(report: Report) -> str:
    """The answers in one line: `Okta partly, Entra partly, RFC no`."""
    short = {"rfc": "RFC", "entra": "Entra"}
    parts = [
        f"{short.get(name) or idp_title(name)} {ANSWER_WORDS[answer.verdict].lower()}" for name, answer in _chosen(report).items()
    ]
    return ", ".join(parts)


def rows(report: Report) -> list[tuple[str, Answer]]:
    """Subject and answer, one row for each variant of an IdP."""
    return [(f"{a.title} ({a.variant})" if a.variant and name != "rfc" else a.title, a) for name, a in _chosen(report).items()]


def _chosen(report: Report) -> dict[str, Answer]:
    return {n: a for n, a in report.answer.items() if not any(other.startswith(n + ":") for other in report.answer)}


def _cause(cause: Cause) -> list[str]:
    words = [f"breaks {joined(cause.breaks)}"] if cause.breaks else []
    words += [cause.verdict] if cause.verdict != "breaks" else []
    lines = [f"1. **{cell(cause.title)}** ({', '.join(words)}, {cause.id})"]
    if cause.expected or cause.actual:
        lines.append(f"   - expected {cell(cause.expected) or '–'}; found {cell(cause.actual) or '–'}")
    if cause.fix:
        lines.append(f"   - fix: {cell(cause.fix)}")
    if cause.exchanges:
        lines.append(f"   - evidence: {', '.join(cause.exchanges[:4])}")
    return lines


def cell(text: str) -> str:
    """Wire text inside Markdown: visible, on one line, and nothing in it is markup."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~@])", r"\\\1", plain)
