"""What the page shows, in the order in which it is read; the templates only lay it out.

Nothing here decides anything about a target: every verdict, count and sentence comes from the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.report.charts import Convergence, Latency, Slice, convergence, latency, slices
from scim_sim.report.headline import answer_rows, is_brief, question, title
from scim_sim.report.kept import Recorded
from scim_sim.report.model import Answer, Cause, Mark, Observation, Reason, Report, RequirementResult
from scim_sim.report.names import SUITES, idp_of, idp_title
from scim_sim.report.pack import Packed, pack
from scim_sim.report.pane import Pane, pane
from scim_sim.report.stories import IdpView, idp_view
from scim_sim.report.tables import TABLES
from scim_sim.report.text import joined, many, slug
from scim_sim.report.verdict import RANK
from scim_sim.scim.requirements import AREAS, NEED_AREAS

__all__ = ["Area", "CauseView", "View", "view"]

PANES: Final = 30
WHYS: Final = 6
AREA_TITLES: Final = {"http": "HTTP", "etag": "ETag", "me": "/Me", "search-post": "Search by POST"}


@dataclass(frozen=True, slots=True)
class CauseView:
    """A root cause with the panes to look at; panes are missing where the report is long or the exchange was dropped."""

    number: int
    cause: Cause
    sent: Pane | None
    received: Pane | None
    whys: tuple[tuple[Reason, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Area:
    """Requirements of one area, worst first, with the bar over them."""

    key: str
    title: str
    rows: tuple[tuple[str, RequirementResult], ...]
    bar: tuple[Slice, ...]
    said: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole page."""

    title: str
    question: str
    answers: tuple[tuple[str, Answer], ...]
    brief: tuple[tuple[str, Answer], ...]
    causes: tuple[CauseView, ...]
    known: tuple[CauseView, ...]
    idps: tuple[IdpView, ...]
    suite: IdpView | None
    areas: tuple[Area, ...]
    attributes: tuple[Mapping[str, Any], ...]
    reconciliation: tuple[Mapping[str, Any], ...]
    equal: int
    orphans: tuple[Mapping[str, Any], ...]
    latency: tuple[Latency, ...]
    convergence: tuple[Convergence, ...]
    packed: Packed
    first: str
    others: tuple[tuple[str, str, tuple[str, ...], tuple[Mapping[str, Any], ...]], ...]


def view(report: Report) -> View:
    """The page of a report."""
    exchanges = {x.id: x for x in report.exchanges}
    causes = [_cause_view(n, cause, exchanges) for n, cause in enumerate(report.causes, 1)]
    shown = {e: c.id for c in reversed(report.causes) for e in c.exchanges}
    verdicts = {e: c.verdict for c in reversed(report.causes) for e in c.exchanges}
    marks: list[Mark] = [mark for cause in report.causes for mark in cause.marks]
    voices = list(dict.fromkeys(story.voice for story in report.stories))
    idps = [idp_view(report, voice, verdicts) for voice in voices]
    reconciled = [o.row for o in report.observed if o.kind == "reconciliation"]
    differing = [row for row in reconciled if row.get("result") != "equal" and row.get("kind") != "orphan"]
    return View(
        title=title(report),
        question=question(report),
        answers=tuple(row for row in answer_rows(report) if not is_brief(report, row[1])),
        brief=tuple(row for row in answer_rows(report) if is_brief(report, row[1])),
        causes=tuple(c for c in causes if c.cause.verdict not in ("known", "stale")),
        known=tuple(c for c in causes if c.cause.verdict == "known"),
        idps=tuple(idp for idp in idps if idp_of(idp.voice) not in SUITES),
        suite=next((idp for idp in idps if idp_of(idp.voice) in SUITES), None),
        areas=tuple(_areas(report.requirements)),
        attributes=tuple(o.row for o in report.observed if o.kind == "attribute"),
        reconciliation=tuple(differing),
        equal=sum(int(row.get("count", 1)) for row in reconciled if row.get("result") == "equal"),
        orphans=tuple(row for row in reconciled if row.get("kind") == "orphan"),
        latency=tuple(latency(report.exchanges)),
        convergence=tuple(convergence(report.observed, {story.scenario: story for story in report.stories})),
        packed=pack(report.exchanges, shown, verdicts, marks),
        first=next((c.received or c.sent for c in report.causes if c.received or c.sent), ""),
        others=tuple(_others(report.observed)),
    )


def _cause_view(number: int, cause: Cause, exchanges: Mapping[str, Recorded]) -> CauseView:
    drawn = number <= PANES and cause.verdict not in ("known", "stale")
    sent, received = exchanges.get(cause.sent), exchanges.get(cause.received)
    whys = _whys(cause)
    return CauseView(
        number,
        cause,
        pane(sent, "sent", cause.marks, _side(sent)) if drawn and sent else None,
        pane(received, "received", cause.marks, f"{_side(received)} · {received.ms:,.1f} ms") if drawn and received else None,
        whys[:WHYS],
        len(whys) - WHYS,
    )


def _whys(cause: Cause) -> tuple[tuple[Reason, str], ...]:
    """The reasons; a need that several IdPs share stands once, with the names of the others."""
    first: dict[str, Reason] = {}
    others: dict[str, list[str]] = {}
    for reason in cause.why:
        shared = reason.requirement.partition("-")[2] if reason.level == "NEED" else reason.requirement
        if shared in first:
            others[shared].append(idp_title(reason.document, short=True))
        else:
            first[shared], others[shared] = reason, []
    return tuple((reason, joined(others[name], most=4)) for name, reason in first.items())


def _side(exchange: Recorded) -> str:
    return "read back by scim-sim" if idp_of(exchange.voice) in SUITES else idp_title(exchange.voice)


def _areas(requirements: Mapping[str, RequirementResult]) -> Iterable[Area]:
    """The areas of the RFCs, and the needs of each IdP, with the worst rows first."""
    groups: dict[tuple[str, str], list[tuple[str, RequirementResult]]] = {}
    for name, row in requirements.items():
        groups.setdefault((row.document, "") if row.level == "NEED" else ("", row.area), []).append((name, row))
    longest = max((len(rows) for rows in groups.values()), default=1)
    order = {("", area): n for n, area in enumerate(AREAS)}
    for document, area in sorted(groups, key=lambda key: (key[0] != "", order.get(key, len(order)))):
        rows = sorted(groups[(document, area)], key=lambda item: (RANK[item[1].verdict], *_place(item[1])))
        title = f"Needs of {idp_title(document)}" if document else AREA_TITLES.get(area, area.replace("-", " ").capitalize())
        bar = slices((row for _, row in rows), 240 / longest)
        yield Area(f"area-{slug(document or area)}", title, tuple(rows), bar, _said(row for _, row in rows))


def _said(rows: Iterable[RequirementResult]) -> str:
    """What went wrong in an area, in words; what passed when nothing did."""
    verdicts = [row.verdict for row in rows]
    named = ("violation", "deviation", "note")
    bad = [f"{verdicts.count('breaks')} not met"] if "breaks" in verdicts else []
    bad += [many(verdicts.count(v), v) for v in named if v in verdicts]
    bad += [f"{verdicts.count(v)} {v}" for v in ("known", "stale") if v in verdicts]
    passed = verdicts.count("pass")
    return ", ".join(bad) or (f"{passed} passed" if passed else "")


def _place(row: RequirementResult) -> tuple[int, ...]:
    """Needs in the order of an account's life, sentences of the RFCs in the order of their sections."""
    if row.level == "NEED":
        return (NEED_AREAS.index(row.area) if row.area in NEED_AREAS else len(NEED_AREAS),)
    return tuple(int(part) for part in re.findall(r"\d+", row.section))


def _others(observed: Iterable[Observation]) -> Iterable[tuple[str, str, tuple[str, ...], tuple[Mapping[str, Any], ...]]]:
    """Tables of kinds that this page has no own form for: shown as they are."""
    known = {"cycle", "reconciliation", "attribute", "suite", "setting"}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for o in observed:
        if o.kind not in known:
            groups.setdefault(o.kind, []).append(o.row)
    for kind, rows in groups.items():
        columns = tuple(dict.fromkeys(str(key) for row in rows for key in row))
        title, lead = TABLES.get(kind, (kind.replace("-", " ").capitalize(), ""))
        yield title, lead, columns, tuple(rows)
