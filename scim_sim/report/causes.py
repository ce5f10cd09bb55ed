"""Root causes: failing findings that one fix would end, told in words and ordered by harm."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from scim_sim.report.advice import fix_of, seen_of
from scim_sim.report.curl import curl
from scim_sim.report.evidence import attribute, is_vague, odd_success, operation, sides, writes_before
from scim_sim.report.grouping import Group, grouped
from scim_sim.report.kept import Recorded
from scim_sim.report.marks import marks_of
from scim_sim.report.model import Cause, Judgement, Reason, RequirementResult, Sight, Story
from scim_sim.report.names import SUITES, idp_of, idp_title
from scim_sim.report.titles import remark_of, title_of, told_apart
from scim_sim.report.verdict import RANK
from scim_sim.scim.requirements import SEVERITIES, Requirement

__all__ = ["Causes", "find_causes"]

HARMS: Final[Mapping[str, str]] = {
    "security": "Somebody may keep access that they should have lost, or see what is not theirs.",
    "data-loss": "What was written is lost or altered, and nobody is told.",
    "breaks-provisioning": "Provisioning stops here: the account or group does not arrive as it should.",
    "interop": "Some clients will stumble over it.",
    "cosmetic": "Nothing breaks; it is only not as written.",
}
SHOWN: Final = 12
NAMED: Final = 4
FEW: Final = 0.02


@dataclass(frozen=True, slots=True)
class Causes:
    """What is needed to tell causes: the results, the kept exchanges, the catalogue, the stories and the run's command.

    `product` holds what the target's profile knows, by requirement: `what`, `effect`, `source`, `confidence`.
    """

    requirements: Mapping[str, RequirementResult]
    exchanges: Mapping[str, Recorded]
    rules: Mapping[str, Requirement]
    stories: tuple[Story, ...]
    command: str
    mark: str
    seed: int
    product: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def find_causes(findings: list[Judgement], known: Causes) -> tuple[list[Cause], list[Judgement]]:
    """The causes in order of harm, and the findings with the id of their cause."""
    failing = [n for n, f in enumerate(findings) if f.base not in ("pass", "error", "")]
    before = writes_before(known.exchanges.values())
    groups = grouped(findings, failing, known.exchanges, before, known.mark)
    drafts = [_cause(group, findings, known, before) for group in groups]
    drafts = told_apart(drafts)
    order = sorted(range(len(drafts)), key=lambda n: _harm(drafts[n]))
    causes, marked = [], list(findings)
    for number, n in enumerate(order, 1):
        name = f"RC-{number}"
        causes.append(replace(drafts[n], id=name))
        for member in groups[n].members:
            marked[member] = replace(marked[member], cause=name)
    return causes, marked


def _told_by(f: Judgement, refusal: bool) -> tuple[bool, ...]:
    """Which finding tells the cause best: one that says what is wrong, by an RFC, seen by an IdP; a refusal by itself."""
    if refusal:
        return (f.base == "note", is_vague(f), f.pointer != "http", f.base == "breaks", f.check != "engine")
    return (
        f.base == "note",
        is_vague(f),
        f.check == "engine",
        f.base == "breaks",
        idp_of(f.voice) in SUITES,
    )


def _severity(members: list[Judgement], rows: Mapping[str, RequirementResult]) -> str:
    """The worst harm that more than a few of the findings stand for; one odd case among hundreds does not speak for all."""
    shares: dict[str, int] = {}
    for f in members:
        if f.requirement in rows and rows[f.requirement].severity in SEVERITIES:
            severity = rows[f.requirement].severity
            shares[severity] = shares.get(severity, 0) + f.count
    least = sum(shares.values()) * FEW
    return min((name for name, count in shares.items() if count >= least), key=SEVERITIES.index, default="")


def _weight(f: Judgement, rows: Mapping[str, RequirementResult]) -> tuple[int, int, bool]:
    return (RANK[f.base], _rank(rows[f.requirement].severity if f.requirement in rows else ""), not f.pointer)


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _harm(cause: Cause) -> tuple[int, int, int, int, str]:
    return (
        RANK[cause.base] + (100 if cause.verdict in ("known", "stale") else 0),
        _rank(cause.severity),
        -len(cause.breaks),
        -len(cause.exchanges),
        cause.key,
    )


def _cause(group: Group, findings: list[Judgement], known: Causes, before: Mapping[str, str]) -> Cause:
    places = sorted(group.members, key=lambda n: _weight(findings[n], known.requirements))
    members = [findings[n] for n in group.members]
    ordered = [findings[n] for n in places]
    head = ordered[0]
    telling = [findings[n] for n in places if n not in group.followers] or ordered
    if group.key.about == "success":
        telling = [f for f in telling if odd_success(f, sides(f, known.exchanges, before)[1])] or telling
    spoken = min(telling, key=lambda f: _told_by(f, group.is_refusal))
    rows = {f.requirement: known.requirements[f.requirement] for f in ordered if f.requirement in known.requirements}
    severity = _severity(members, rows)
    sent, received = sides(spoken, known.exchanges, before)
    story = next((s for s in known.stories if s.scenario == spoken.scenario), None)
    verdicts = {f.verdict for f in members}
    verdict = "known" if verdicts <= {"known"} else next((f for f in ordered if f.verdict != "known"), head).base
    shown = (sent.id, received.id) if sent and received else ()
    expected, actual = seen_of(spoken, rows.get(spoken.requirement), received)
    return Cause(
        id="",
        key=str(group.key),
        verdict=verdict,
        base=head.base,
        breaks=_breaks([f for f in members if f.verdict != "known" or verdict == "known"], known.stories),
        also=tuple(sorted({f.base for f in members} - {head.base}, key=lambda v: RANK[v])),
        title=title_of(group, spoken, rows, sent, received, known.mark),
        severity=severity,
        harm=HARMS.get(severity, ""),
        hits=tuple(dict.fromkeys(idp_title(f.voice) for f in ordered)),
        what=_what(spoken, sent, received),
        expected=_listed(ordered, group, "expected") or expected,
        actual=_listed(ordered, group, "actual") or actual,
        why=tuple(_reason(name, row, known.rules.get(name)) for name, row in _rfc_first(rows)),
        admin_sees=_sights(ordered),
        fix=fix_of(group, spoken.requirement, rows, known.rules, received),
        curl=curl(sent) if sent else "",
        command=_command(known, story),
        place=_place(story, spoken.step),
        sent=sent.id if sent else "",
        received=received.id if received else "",
        marks=marks_of(ordered, sent, received),
        exchanges=tuple(dict.fromkeys(e for e in (*shown, *(e for f in ordered for e in f.exchanges)) if e))[:SHOWN],
        requirements=tuple(rows),
        findings=sum(f.count for f in members),
        known_of_product=_of_product(rows, known.product),
        known_because=next((f.reason for f in members if f.verdict == "known" and f.reason), ""),
    )


def _what(spoken: Judgement, sent: Recorded | None, received: Recorded | None) -> str:
    if sent is None or received is None:
        return "No request shows it: " + ("none was sent." if not spoken.exchanges else "it is not in the report.")
    who = "scim-sim" if idp_of(sent.voice) in SUITES else idp_title(sent.voice)
    answer = (
        f"HTTP {sent.response.status}" if sent.response else f"no answer ({sent.failure.kind if sent.failure else 'unknown'})"
    )
    text = f"{who} sends {operation(sent)}{f' ({sent.label})' if sent.label else ''} and gets {answer}."
    if received.id != sent.id:
        text = f"{text} {operation(received)} afterwards shows that it did not have its effect."
    remark = remark_of(spoken)
    return f"{text} {remark[:1].upper()}{remark[1:]}." if remark else text


def _listed(findings: Iterable[Judgement], group: Group, side: str) -> str:
    """Expected or actual values of several attributes, one each; empty for a single attribute."""
    if len(group.names) < 2 or group.is_refusal:
        return ""
    found: dict[str, str] = {}
    for f in findings:
        found.setdefault(attribute(f.pointer), getattr(f, side))
    listed = [f"{name} {value}" for name, value in found.items() if name and value]
    return "; ".join(listed[:NAMED]) + (f"; {len(listed) - NAMED} more" if len(listed) > NAMED else "")


def _breaks(members: Iterable[Judgement], stories: Iterable[Story]) -> tuple[str, ...]:
    """The IdPs that it breaks, those that are simulated first-class before the others, in the order of the run."""
    ranks: dict[str, tuple[bool, int]] = {}
    for n, story in enumerate(stories):
        ranks.setdefault(idp_of(story.voice), (story.standing != "first-class", n))
    found = {idp for f in members for idp in f.breaks}
    return tuple(sorted(found, key=lambda idp: (*ranks.get(idp, (True, len(ranks))), idp)))


def _of_product(rows: Iterable[str], product: Mapping[str, Mapping[str, Any]]) -> str:
    """What is known of the product about one of these requirements, with its effect and its source."""
    row = next((product[name] for name in rows if name in product), None)
    if row is None:
        return ""
    effect = f" Effect: {row['effect']}." if row.get("effect") else ""
    return f"{row['what']}.{effect} Source: {row['source']} ({row['confidence']})."


def _rfc_first(rows: Mapping[str, RequirementResult]) -> list[tuple[str, RequirementResult]]:
    """The RFC's sentences, then the needs; one that many IdPs share is told once for each."""
    return sorted(rows.items(), key=lambda item: item[1].level == "NEED")


def _reason(name: str, row: RequirementResult, rule: Requirement | None) -> Reason:
    source = rule.source if rule else ""
    if rule and rule.confidence and row.level == "NEED":
        source = f"{source} ({rule.confidence})" if source else rule.confidence
    return Reason(row.document, row.section, row.level, row.basis, row.statement, source, name)


def _sights(findings: Iterable[Judgement]) -> tuple[Sight, ...]:
    """What each IdP's administrator reads: first what its engine said in this run, else what is known of such failures."""
    said: dict[str, dict[str, None]] = {}
    general: dict[str, dict[str, None]] = {}
    for finding in findings:
        for idp in finding.breaks:
            said.setdefault(idp, {})
            if finding.admin_sees:
                into = said if finding.check == "engine" else general
                into.setdefault(idp, {}).setdefault(finding.admin_sees)
    return tuple(Sight(idp, text) for idp in said for text in list(said[idp])[:3] or list(general.get(idp, {}))[:1] or [""])


def _place(story: Story | None, step: str) -> str:
    """File and line of the step; a shipped scenario is told from its suite on, wherever it is installed."""
    if story is None or not story.path:
        return ""
    line = next((s.line for s in story.steps if s.step == step), 0)
    path = story.path
    if "/" in story.scenario and path.replace("\\", "/").endswith(f"/{story.scenario}.yaml"):
        path = f"scenarios/{story.scenario}.yaml"
    return f"{path}:{line}" if line else path


def _command(known: Causes, story: Story | None) -> str:
    """The command of the run, for this one scenario, IdP and seed."""
    if story is None or not known.command.startswith("scim-sim run"):
        return known.command
    try:
        words = shlex.split(known.command)
    except ValueError:
        return known.command
    options = _without(words[next((n for n, word in enumerate(words) if word.startswith("-")), len(words)) :])
    own = ["--seed", str(known.seed)] + ([] if idp_of(story.voice) in SUITES else ["--idp", story.voice])
    return shlex.join(["scim-sim", "run", story.scenario, *options, *own])


def _without(options: list[str]) -> list[str]:
    """The options without those that are set anew or say only where the report goes."""
    kept, skip = [], False
    for word in options:
        if skip:
            skip = False
            continue
        name, equals, _ = word.partition("=")
        if name in ("--report-dir", "--seed", "--idp", "--format"):
            skip = not equals
        else:
            kept.append(word)
    return kept
