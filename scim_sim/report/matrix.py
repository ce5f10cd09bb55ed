"""One story, many identity providers, one table: which of them would work here, and at what each of them fails.

A cell is made from the needs of the identity provider alone, by the area of the need: it says `yes` when at least one of
them was tested and none failed, and `not tested` where nothing was seen, which is no yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.report.formats import renderer
from scim_sim.report.headline import target_name
from scim_sim.report.html import page
from scim_sim.report.markdown import cell
from scim_sim.report.model import Answer, Judgement, Report
from scim_sim.report.names import SUITES, idp_of, idp_title
from scim_sim.report.text import ANSWER_WORDS, many, moment

__all__ = ["COLUMNS", "Cell", "Row", "matrix", "render_html", "render_markdown"]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "Connect": ("connect", "transport"),
    "Join": ("match", "create"),
    "Change": ("update",),
    "Leave": ("deactivate", "delete"),
    "Return": ("reactivate",),
    "Groups": ("groups",),
    "Kept": ("cycle",),
}
"""What stands over a column, and the areas of needs (`NEED_AREAS`) that it sums up."""

KEPT: Final = ("-attributes-kept", "-no-collateral", "-manager")
"""Needs of other areas that ask whether what was written is kept."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`word` is `yes`, `no` or `not tested`; `causes` are the ids of the root causes, `say` what went wrong first."""

    word: str
    causes: tuple[str, ...] = ()
    say: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One identity provider in one variant: its answer, one cell for each column, requests sent, and assumed traits."""

    title: str
    standing: str
    word: str
    reason: str
    cells: tuple[Cell, ...]
    requests: int = 0
    switches: tuple[str, ...] = ()


def matrix(report: Report) -> tuple[Row, ...]:
    """A row for each identity provider that was played, in the order of the report."""
    found = {voice: _areas(report, voice) for voice in _voices(report)}
    return tuple(_row(report, voice, areas) for voice, areas in found.items())


@renderer("matrix", suffix="matrix.html")
def render_html(report: Report) -> str:
    """One table: which identity providers would work here."""
    rows = matrix(report)
    named = {cause for row in rows for one in row.cells for cause in one.causes}
    return page(
        "matrix.html.j2",
        report=report,
        rows=rows,
        columns=tuple(COLUMNS),
        causes=[cause for cause in report.causes if cause.id in named],
        target=target_name(report),
        verdicts=_counts(rows),
    )


@renderer("matrix-markdown", suffix="matrix.md")
def render_markdown(report: Report) -> str:
    """The same table as Markdown."""
    rows = matrix(report)
    lines = [f"## Which identity providers would work with {cell(target_name(report))}?", "", f"{_said(_counts(rows))}", ""]
    lines.append(f"| | Would it work? | {' | '.join(COLUMNS)} | |")
    lines.append("|---|---" + "|---" * (len(COLUMNS) + 1) + "|")
    for row in rows:
        standing = "" if row.standing == "first-class" else f" ({row.standing})"
        cells = " | ".join(_short(one) for one in row.cells)
        lines.append(f"| {cell(row.title)}{standing} | **{row.word}** | {cells} | {cell(row.reason)} |")
    lines += ["", "A dash is not tested, which is no yes."]
    assumed = [row for row in rows if row.switches]
    if assumed:
        lines += ["", "Assumed, because no source says so, or set by hand:", ""]
        lines += [f"- {cell(row.title)}: {', '.join(f'`{switch}`' for switch in row.switches)}" for row in assumed]
    run = report.run
    lines += ["", f"{moment(run.started)}, seed {run.seed}, {many(sum(run.requests.values()), 'request')}."]
    return "\n".join(lines) + "\n"


def _voices(report: Report) -> list[str]:
    return [voice for voice in dict.fromkeys(story.voice for story in report.stories) if idp_of(voice) not in SUITES]


def _areas(report: Report, voice: str) -> dict[str, list[Judgement]]:
    areas: dict[str, list[Judgement]] = {}
    for judgement in report.findings:
        rule = report.requirements.get(judgement.requirement)
        if judgement.voice == voice and rule is not None and rule.level == "NEED" and judgement.base not in ("error", ""):
            area = "cycle" if judgement.requirement.endswith(KEPT) else rule.area
            areas.setdefault(area, []).append(judgement)
    return areas


def _row(report: Report, voice: str, areas: Mapping[str, list[Judgement]]) -> Row:
    answer = report.answer.get(voice) or report.answer.get(idp_of(voice)) or Answer("not-tested", "It was not played.")
    own = [story for story in report.stories if story.voice == voice]
    switches = {name: value for story in own for name, value in story.switches.items()}
    return Row(
        title=idp_title(voice),
        standing=next((story.standing for story in own if story.standing), ""),
        word=ANSWER_WORDS[answer.verdict],
        reason=answer.reason,
        cells=tuple(_cell([j for area in wanted for j in areas.get(area, ())]) for wanted in COLUMNS.values()),
        requests=report.run.requests.get(voice, 0),
        switches=tuple(f"{name}={_plain(value)}" for name, value in sorted(switches.items())),
    )


def _cell(judgements: list[Judgement]) -> Cell:
    failed = [judgement for judgement in judgements if judgement.base != "pass"]
    if failed:
        return Cell("no", tuple(dict.fromkeys(j.cause for j in failed if j.cause)), failed[0].message)
    return Cell("yes" if judgements else "not tested")


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(one: Cell) -> str:
    word = {"yes": "yes", "no": "**no**", "not tested": "–"}[one.word]
    return f"{word} {', '.join(one.causes[:3])}".rstrip()


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    words = [row.word for row in rows]
    return {word: words.count(word) for word in dict.fromkeys(ANSWER_WORDS.values()) if word in words}


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word.lower()}: {count}" for word, count in counts.items()) or "No identity provider was played."
