"""Root causes: failing findings that one fix would end, ordered by harm.

Findings belong together when they show the same thing at the same place: a header by its name, the shape of a resource
by its type and pointer, an effect (written, then read back otherwise) by operation and attribute, a refusal by operation
and status. What an IdP met joins the cause that shares its exchange. The key says all this, so that two runs compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from scim_sim.report.curl import curl
from scim_sim.report.model import Cause, Judgement, Mark, Reason, Recorded, RequirementResult, Sight, Story
from scim_sim.report.verdict import RANK, idp_of, idp_title
from scim_sim.scim.requirements import SEVERITIES

__all__ = ["find_causes", "operation"]

HARMS: Final[Mapping[str, str]] = {
    "security": "Somebody keeps access that they should have lost, or sees what is not theirs.",
    "data-loss": "What was written is lost or altered, and nobody is told.",
    "breaks-provisioning": "Provisioning stops here: the account or group does not arrive as it should.",
    "interop": "Some clients will stumble over it.",
    "cosmetic": "Nothing breaks; it is only not as written.",
}
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SHOWN: Final = 12
_INDEX = re.compile(r"^/Resources/\d+(?=/|$)")
_NUMBER = re.compile(r"/\d+(?=/|$)")


@dataclass(slots=True)
class _Group:
    key: str
    members: list[int] = field(default_factory=list)


def find_causes(
    findings: list[Judgement],
    requirements: Mapping[str, RequirementResult],
    exchanges: Mapping[str, Recorded],
    fixes: Mapping[str, str],
    sources: Mapping[str, str],
    stories: Iterable[Story],
    command: str,
) -> tuple[list[Cause], list[Judgement]]:
    """The causes in order of harm, and the findings with the id of their cause.

    `fixes` and `sources` map requirement ids to advice and to the source of a fact.
    """
    failing = [n for n, f in enumerate(findings) if f.base not in ("pass", "error", "")]
    groups = _grouped(findings, failing, exchanges)
    places = {story.scenario: story for story in stories}
    drafts = [
        _cause(group, [findings[n] for n in group.members], requirements, exchanges, fixes, sources, places, command)
        for group in groups
    ]
    order = sorted(range(len(drafts)), key=lambda n: _harm(drafts[n]))
    causes, marked = [], list(findings)
    for number, n in enumerate(order, 1):
        name = f"RC-{number}"
        causes.append(replace(drafts[n], id=name))
        for member in groups[n].members:
            marked[member] = replace(marked[member], cause=name)
    return causes, marked


def _grouped(findings: list[Judgement], failing: list[int], exchanges: Mapping[str, Recorded]) -> list[_Group]:
    groups: dict[str, _Group] = {}
    by_exchange: dict[str, str] = {}
    needs = [n for n in failing if findings[n].base == "breaks"]
    for n in failing:
        if findings[n].base == "breaks":
            continue
        key = _key(findings[n], exchanges)
        groups.setdefault(key, _Group(key)).members.append(n)
        for exchange in findings[n].exchanges:
            by_exchange.setdefault(exchange, key)
    for n in needs:
        shared = next((by_exchange[e] for e in findings[n].exchanges if e in by_exchange), None)
        key = shared or _key(findings[n], exchanges)
        groups.setdefault(key, _Group(key)).members.append(n)
    return list(groups.values())


def operation(exchange: Recorded) -> str:
    """Method and endpoint of a request, without ids: `PATCH /Groups/{id}`."""
    segments = [segment for segment in exchange.request.path.split("/") if segment]
    if not segments:
        return f"{exchange.request.method} /"
    named = [n for n, s in enumerate(segments) if s[:1].isupper() or s in ("Me", ".search")]
    first = named[0] if named else 0
    rest = "".join(f"/{s}" if s[:1] == "." else "/{id}" for s in segments[first + 1 : first + 2])
    return f"{exchange.request.method} /{segments[first]}{rest}"


def _key(finding: Judgement, exchanges: Mapping[str, Recorded]) -> str:
    seen = [exchanges[e] for e in finding.exchanges if e in exchanges]
    if finding.pointer.startswith("header:"):
        return f"{finding.pointer} · {finding.check}"
    write = next((x for x in seen if x.request.method in WRITES), None)
    pointer = _NUMBER.sub("/*", _INDEX.sub("", finding.pointer))
    if pointer not in ("", "http") and len(seen) == 1:
        kind = "Error" if seen[0].response and seen[0].response.status >= 400 else _type(seen[0])
        return f"{kind}{pointer}"
    if pointer not in ("", "http") and write is not None:
        return f"{operation(write)} · {'/'.join(pointer.split('/')[:2])}"
    lead = write or (seen[0] if seen else None)
    if lead is None:
        return f"{finding.requirement or finding.check}"
    status = lead.response.status if lead.response else (lead.failure.kind if lead.failure else "no answer")
    refused = not isinstance(status, int) or status >= 400
    return f"{operation(lead)} · {status if refused else finding.requirement}"


def _type(exchange: Recorded) -> str:
    return operation(exchange).partition(" /")[2].partition("/")[0]


def _harm(cause: Cause) -> tuple[int, int, int, int, str]:
    return (
        RANK[cause.base] + (100 if cause.verdict in ("known", "stale") else 0),
        SEVERITIES.index(cause.severity) if cause.severity in SEVERITIES else len(SEVERITIES),
        -len(cause.breaks),
        -len(cause.exchanges),
        cause.key,
    )


def _cause(
    group: _Group,
    members: list[Judgement],
    requirements: Mapping[str, RequirementResult],
    exchanges: Mapping[str, Recorded],
    fixes: Mapping[str, str],
    sources: Mapping[str, str],
    stories: Mapping[str, Story],
    command: str,
) -> Cause:
    def weight(f: Judgement) -> tuple[int, int, int]:
        row = requirements.get(f.requirement)
        severity = SEVERITIES.index(row.severity) if row and row.severity in SEVERITIES else len(SEVERITIES)
        return (RANK[f.base], severity, 0 if f.pointer else 1)

    ordered = sorted(members, key=weight)
    head = ordered[0]
    spoken = next((f for f in ordered if f.base != "breaks" and f.message), head)
    rows = {f.requirement: requirements[f.requirement] for f in ordered if f.requirement in requirements}
    severity = min((row.severity for row in rows.values() if row.severity in SEVERITIES), key=SEVERITIES.index, default="")
    shown = list(dict.fromkeys(e for f in ordered for e in f.exchanges))
    sent, received = _panes(spoken if spoken.exchanges else head, exchanges)
    story = stories.get(spoken.scenario or head.scenario)
    line = next((s.line for s in story.steps if s.step == spoken.step), 0) if story else 0
    verdicts = {f.verdict for f in members}
    verdict = "stale" if verdicts == {"stale"} else "known" if verdicts <= {"known", "stale"} else head.base
    breaks = tuple(dict.fromkeys(idp for f in members if f.verdict != "known" or verdict == "known" for idp in f.breaks))
    return Cause(
        id="",
        key=group.key,
        verdict=verdict,
        base=head.base,
        breaks=breaks,
        also=tuple(sorted({f.base for f in members} - {head.base}, key=lambda v: RANK[v])),
        title=_sentence(spoken.message or spoken.requirement or spoken.check),
        severity=severity,
        harm=HARMS.get(severity, ""),
        hits=tuple(dict.fromkeys(idp_title(f.voice) for f in ordered)),
        what=_what(spoken, exchanges.get(sent), exchanges.get(received)),
        expected=spoken.expected,
        actual=spoken.actual,
        why=tuple(_reason(rid, row, sources.get(rid, "")) for rid, row in rows.items()),
        admin_sees=_sights(ordered),
        fix=next((fixes[rid] for rid in rows if fixes.get(rid)), ""),
        curl=curl(exchanges[sent]) if sent in exchanges else "",
        command=_command(command, story),
        place=f"{story.path}:{line}" if story and story.path and line else (story.path if story else ""),
        sent=sent,
        received=received,
        marks=_marks(ordered, {sent, received}, exchanges),
        exchanges=tuple(shown[:SHOWN]),
        requirements=tuple(rows),
        findings=sum(f.count for f in members),
        known_because=next((f.reason for f in members if f.verdict == "known" and f.reason), ""),
    )


def _sentence(text: str) -> str:
    """The clause as a sentence; names such as userName keep their letters."""
    text = text.strip().rstrip(".")
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def _panes(finding: Judgement, exchanges: Mapping[str, Recorded]) -> tuple[str, str]:
    """The exchange whose request and the one whose response show it best: the last write, and the one being judged."""
    seen = [e for e in finding.exchanges if e in exchanges]
    if not seen:
        return "", ""
    writes = [e for e in seen if exchanges[e].request.method in WRITES]
    received = finding.shown_by if finding.shown_by in exchanges else seen[-1]
    return (writes[-1] if writes else received), received


def _what(finding: Judgement, sent: Recorded | None, received: Recorded | None) -> str:
    if sent is None:
        return ""
    who = idp_title(sent.voice) if idp_of(sent.voice) != "harness" else "The suite"
    answer = (
        f"HTTP {sent.response.status}" if sent.response else f"no answer ({sent.failure.kind if sent.failure else 'unknown'})"
    )
    text = f"{who} sends {operation(sent)}{f' ({sent.label})' if sent.label else ''} and gets {answer}."
    if received is not None and received.id != sent.id:
        text += f" Read back with {operation(received)}, it is not so: {finding.message}."
    return text


def _reason(rid: str, row: RequirementResult, source: str) -> Reason:
    return Reason(row.document, row.section, row.level, row.basis, row.statement, source, rid)


def _sights(findings: Iterable[Judgement]) -> tuple[Sight, ...]:
    found: dict[tuple[str, str], Sight] = {}
    for finding in findings:
        for idp in finding.breaks or (idp_of(finding.voice),):
            if idp in ("harness", "rfc"):
                continue
            text = finding.admin_sees
            if text:
                found.setdefault((idp, text), Sight(idp, text))
    silent = {idp for finding in findings for idp in finding.breaks} - {idp for idp, _ in found}
    return (*found.values(), *(Sight(idp, "") for idp in sorted(silent)))


def _marks(findings: list[Judgement], panes: set[str], exchanges: Mapping[str, Recorded]) -> tuple[Mark, ...]:
    marks: dict[tuple[str, str], Mark] = {}
    for f in findings:
        for exchange in dict.fromkeys((f.shown_by, *f.exchanges[-1:])):
            if exchange not in panes or not f.pointer or (exchange, f.pointer) in marks:
                continue
            say = f"expected: {f.expected}" if f.expected else f.message
            missing = f.actual.lower() in ("absent", "missing", "none", "no header", "not there")
            marks[(exchange, f.pointer)] = Mark(exchange, "received", f.pointer, say, missing)
    return tuple(marks.values())


def _command(command: str, story: Story | None) -> str:
    """The command of the run, for this one scenario."""
    if story is None:
        return command
    words = command.split()
    options = _options(words)
    return " ".join(["scim-sim", "run", story.scenario, *options])


def _options(words: list[str]) -> list[str]:
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    return words[first:]
