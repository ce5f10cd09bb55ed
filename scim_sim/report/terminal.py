"""The summary on a terminal: the same words as the page, in the same order, worth reading by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scim_sim.report.headline import causes_heading, cut_short, question, shown_answers
from scim_sim.report.model import Cause, Report
from scim_sim.report.names import idp_title
from scim_sim.report.text import ANSWER_WORDS, duration, many, visible
from scim_sim.report.verdict import VERDICTS

__all__ = ["digest", "print_report"]

STYLES: Final = {
    "Yes": "bold green",
    "Partly": "bold yellow",
    "No": "bold red",
    "Not tested": "bold",
    "breaks": "bold white on red",
    "violation": "red",
    "deviation": "yellow",
    "note": "blue",
    "known": "dim",
    "stale": "magenta",
}
SHOWN: Final = 8
LONG: Final = 80


def print_report(report: Report, console: Console, written: Sequence[Path] = ()) -> None:
    """Answers, gate, what to fix first, counts, and where the reports are; wire text is shown as it is, never as markup."""
    run = report.run
    if cut_short(report):
        console.print(Text(visible(cut_short(report)), "bold red"))
    console.print(Text(visible(question(report)), "bold"))
    console.print(_answers(report))
    gate = report.gate
    console.print(
        Text.assemble(
            ("Release gate: ", "bold"),
            ("yes" if gate.open else "no", STYLES["Yes" if gate.open else "No"]),
            f"  {visible('; '.join(gate.reasons)) or 'nothing stops it'}; exit code {gate.exit_code}",
        )
    )
    if report.causes:
        console.print()
        console.print(Text(causes_heading(report), "bold"))
        for number, cause in enumerate(report.causes[:SHOWN], 1):
            _print_cause(console, number, cause)
        if len(report.causes) > SHOWN:
            console.print(Text(f"    … and {many(len(report.causes) - SHOWN, 'more root cause')} in the report", "dim"))
    console.print()
    console.print(_counts(report))
    facts = [many(sum(run.requests.values()), "request"), duration(run.seconds), f"seed {run.seed}"]
    if report.leftovers:
        facts.append(f"{many(len(report.leftovers), 'object')} left in the target")
    console.print(Text(", ".join(facts), "dim"))
    for path in written:
        console.print(Text(str(path)), soft_wrap=True)


def digest(report: Report, written: Sequence[Path] = ()) -> dict[str, Any]:
    """The same summary for machines: answers, gate, counts, root causes by their titles, and where the reports are."""
    return {
        "target": report.run.target,
        "seed": report.run.seed,
        "answer": {name: {"verdict": a.verdict, "reason": a.reason} for name, a in report.answer.items()},
        "gate": {"open": report.gate.open, "exit_code": report.gate.exit_code, "reasons": list(report.gate.reasons)},
        "counts": {name: dict(counts) for name, counts in report.counts.items()},
        "causes": [
            {"id": c.id, "key": c.key, "verdict": c.verdict, "breaks": list(c.breaks), "title": c.title, "fix": c.fix}
            for c in report.causes
        ],
        "leftovers": len(report.leftovers),
        "error": report.run.error,
        "reports": [str(path) for path in written],
    }


def _answers(report: Report) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=False, max_width=28)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for voice, answer in shown_answers(report).items():
        word = ANSWER_WORDS[answer.verdict]
        table.add_row(Text(idp_title(voice)), Text(word, STYLES[word]), Text(visible(answer.reason)))
    return table


def _print_cause(console: Console, number: int, cause: Cause) -> None:
    line = Text.assemble(f"{number:>3}. ", (visible(cause.title), "bold"), "  ")
    for idp in cause.breaks[:3] if cause.verdict not in ("known", "stale") else ():
        line.append(f" breaks {idp} ", STYLES["breaks"])
        line.append(" ")
    if cause.verdict != "breaks":
        line.append(cause.verdict, STYLES.get(cause.verdict, ""))
    line.append(f"  {cause.id}", "dim")
    console.print(line)
    if cause.expected or cause.actual:
        _indented(console, f"expected {_short(cause.expected)}; found {_short(cause.actual)}")
    if cause.fix:
        _indented(console, f"fix: {visible(cause.fix)}")


def _indented(console: Console, text: str) -> None:
    console.print(Padding(Text(text), (0, 0, 0, 5)))


def _short(text: str) -> str:
    plain = visible(text) or "–"
    return plain if len(plain) <= LONG else plain[: LONG - 1] + "…"


def _counts(report: Report) -> Text:
    text = Text("Requirements: ", "bold")
    counted = report.counts.get("requirements", {})
    parts = [(verdict, counted.get(verdict, 0)) for verdict in VERDICTS if counted.get(verdict)]
    for n, (verdict, count) in enumerate(parts):
        text.append(", " if n else "")
        text.append(f"{count} {verdict}", STYLES.get(verdict, ""))
    return text
