"""The first words of every format: whom it is about, the question, and the answers in one line."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from scim_sim.report.model import Answer, Report
from scim_sim.report.names import idp_of, idp_title
from scim_sim.report.text import ANSWER_WORDS, joined

__all__ = [
    "answer_rows",
    "causes_heading",
    "cut_short",
    "is_brief",
    "next_step",
    "question",
    "shown_answers",
    "target_name",
    "title",
]

SPACIOUS: Final = 5
"""So many answers are told at length; of more, those of IdPs that are not simulated first-class are told briefly."""


def target_name(report: Report) -> str:
    """The target as people call it: its name, or the host of its URL."""
    name = report.run.target or report.run.base_url
    return urlsplit(name).netloc or name if "://" in name else name or "the target"


def title(report: Report) -> str:
    """The answers in one line: `Okta partly, Entra partly, RFC no`."""
    parts = [
        f"{'RFC' if name == 'rfc' else idp_title(name, short=True)} {ANSWER_WORDS[answer.verdict].lower()}"
        for name, answer in shown_answers(report).items()
    ]
    return ", ".join(parts)


def question(report: Report) -> str:
    """What the report answers: `Does Metabase work with Okta and Entra?`; many IdPs are counted."""
    chosen = [name for name, answer in shown_answers(report).items() if name != "rfc" and not is_brief(report, answer)]
    short = [idp_title(name, short=True) for name in dict.fromkeys(map(idp_of, chosen))]
    name = target_name(report)
    if short:
        return f"Does {name} work with {joined(short)}?"
    idps = {idp_of(idp) for idp in shown_answers(report) if idp != "rfc"}
    return f"Does {name} work with {len(idps)} identity providers?" if idps else f"Does {name} keep to the SCIM standard?"


def cut_short(report: Report) -> str:
    """That the run ended before its end, and what that means for what follows; empty for a whole run."""
    if report.run.error:
        return f"The run stopped early: {report.run.error}"
    return "The run was interrupted: what follows is what was seen until then." if report.run.interrupted else ""


def next_step(report: Report) -> str:
    """What to do about a run that stopped early: what the look at the way to the target says of the stage where it ends."""
    rows = [one.row for one in report.observed if one.kind == "preflight" and one.row.get("outcome") == "fail"]
    return str(rows[0].get("next_step", "")) if rows and report.run.error else ""


def causes_heading(report: Report) -> str:
    """The heading of the root causes: where nothing is wrong, what is noted need not be repaired."""
    grave = any(cause.verdict in ("breaks", "violation", "deviation") for cause in report.causes)
    return "What to fix first" if grave or not report.causes else "Worth knowing"


def shown_answers(report: Report) -> dict[str, Answer]:
    """The answers that are shown: one for each variant of an IdP, without the one that sums them up."""
    return {n: a for n, a in report.answer.items() if not any(other.startswith(n + ":") for other in report.answer)}


def answer_rows(report: Report) -> list[tuple[str, Answer]]:
    """Subject and answer, one row for each variant of an IdP."""
    return [
        (f"{a.title} ({a.variant})" if a.variant and name != "rfc" else a.title, a) for name, a in shown_answers(report).items()
    ]


def is_brief(report: Report, answer: Answer) -> bool:
    """Whether an answer is told briefly: one of many, and not of an IdP that is simulated first-class."""
    return len(shown_answers(report)) > SPACIOUS and answer.standing in ("community", "reference")
