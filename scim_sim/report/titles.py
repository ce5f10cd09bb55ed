"""The title of a root cause: one sentence that says what is wrong, in plain words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from scim_sim.report.evidence import attribute, detail_of, is_vague, odd_success, operation
from scim_sim.report.grouping import Group
from scim_sim.report.kept import Recorded, refuses
from scim_sim.report.model import Cause, Judgement, RequirementResult
from scim_sim.report.sentences import plight
from scim_sim.report.text import joined

__all__ = ["remark_of", "title_of", "told_apart"]

NAMED: Final = 4
LONG: Final = 140
SHORT: Final = 48
RULE: Final = "; the rule: "
_KINDS: Final = {"User": "users", "Group": "groups", "Error": "errors"}
LEAST: Final = 60
_REMARK: Final = re.compile(r" \(([^()]*)\)$")


def title_of(
    group: Group,
    spoken: Judgement,
    rows: Mapping[str, RequirementResult],
    sent: Recorded | None,
    received: Recorded | None,
    mark: str,
) -> str:
    """The title of a group of findings, told by the one that says it best."""
    row = rows.get(spoken.requirement)
    if group.is_everywhere:
        what = operation(received) if received and group.key.what == "POST" else group.key.what
        text = f"{what} is answered with {group.key.which}: it is not offered"
    elif odd_success(spoken, received):
        text = _answered(spoken, received) if received else spoken.message
    elif spoken.check == "engine":
        text = _given_up(spoken, row, received)
    elif is_vague(spoken):
        text = _with_rule(_found(spoken, received), spoken.requirement, row)
    else:
        text = _told(group, spoken, sent, mark) or (row.statement if row else spoken.check)
    return _cut(text)


def remark_of(finding: Judgement) -> str:
    """What the scenario's author says of a finding whose message says only that something is wrong."""
    found = _REMARK.search(finding.message) if is_vague(finding) else None
    return found[1] if found else ""


def told_apart(drafts: list[Cause]) -> list[Cause]:
    """Causes with one title are told apart by the rules that they break, or else by users and groups."""
    alike: dict[str, list[Cause]] = {}
    for draft in drafts:
        alike.setdefault(draft.title, []).append(draft)
    return [draft if len(alike[draft.title]) == 1 else _apart(draft, alike[draft.title]) for draft in drafts]


def _apart(draft: Cause, others: list[Cause]) -> Cause:
    rules = {other.why[0].statement if other.why else "" for other in others}
    if len(rules) == len(others) and draft.why and RULE not in draft.title:
        return replace(draft, title=_cut(f"{draft.title}{RULE}{draft.why[0].statement.rstrip('.')}"))
    kind = _KINDS.get(draft.key.partition(" · ")[0], "")
    return replace(draft, title=f"{draft.title} ({kind})") if kind else draft


def _given_up(spoken: Judgement, row: RequirementResult | None, received: Recorded | None) -> str:
    """What a failed step of an identity provider means, with the answer that made it fail, or else with its own words."""
    need = plight(spoken.requirement, row)
    if received is None or not (received.response is None or received.response.status >= 400):
        return f"{need[:1].upper()}{need[1:]}: {spoken.message}"
    answer = f"answered with {received.response.status}" if received.response else "not answered"
    return f"{operation(received)} is {answer}, and {need}"


def _answered(spoken: Judgement, received: Recorded) -> str:
    """`PATCH is answered with 202 instead of 200 or 204`: an answer of success that no client looks for."""
    status = received.response.status if received.response else "nothing"
    wanted = re.findall(r"\b2\d\d\b", spoken.expected) or re.findall(r"\b2\d\d\b", spoken.message.partition("expected")[2])
    return f"{received.request.method} is answered with {status} instead of {' or '.join(wanted)}"


def _found(spoken: Judgement, received: Recorded | None) -> str:
    """What was found where something else was due; empty without an exchange that shows it."""
    if received is None:
        return ""
    if spoken.pointer in ("", "http") or refuses(received):
        status = received.response.status if received.response else "nothing"
        detail = detail_of(received) if refuses(received) else ""
        instead = f" instead of {spoken.expected}" if spoken.expected[:1].isdigit() else ""
        return f"{operation(received)} is answered with {status}{f' ({_short(detail)})' if detail else ''}{instead}"
    if not spoken.expected:
        return ""
    name = attribute(spoken.pointer) or spoken.pointer
    return f"{name}: {_short(spoken.actual)} instead of {_short(spoken.expected)}"


def _with_rule(found: str, requirement: str, row: RequirementResult | None) -> str:
    if row is None:
        return found
    if row.level == "NEED":
        need = plight(requirement, row)
        return f"{found}, and {need}" if found else f"{need[:1].upper()}{need[1:]}"
    rule = row.statement.rstrip(".")
    return f"{found}{RULE}{rule}" if found else f"A rule is broken: {rule}"


def _told(group: Group, spoken: Judgement, sent: Recorded | None, mark: str) -> str:
    """The finding's own message, about every attribute of the group, without the names of the run and of one resource."""
    head, colon, tail = spoken.message.partition(": ")
    text = tail if colon and mark and mark in head else spoken.message
    who, _, rest = text.partition(" ")
    text = f"somebody {rest}" if mark and mark in who else text
    if spoken.pointer.startswith("/"):
        for spelling in (spoken.pointer, spoken.pointer[1:].replace("/", ".")):
            text = text.replace(spelling, attribute(spoken.pointer))
    if sent:
        text = text.replace(f"{sent.request.method} {sent.request.path}", operation(sent))
    if len(group.names) > 1 and not group.is_refusal:
        text = _plural(text, attribute(spoken.pointer), list(group.names), spoken.pointer)
    if group.key.how and sent and text:
        return f"{operation(sent)}: {text.rstrip('.')}"
    return _sentence(text, group.names)


def _plural(text: str, name: str, names: list[str], pointer: str) -> str:
    """The message about one attribute, told of all of them."""
    names = [name, *(n for n in names if n != name)]
    more = [f"{len(names) - NAMED + 1} more attributes"] if len(names) > NAMED else []
    listed = joined([*names[: NAMED - 1], *more] if more else names)
    for spelling in (pointer[1:].replace("/", "."), pointer, name, name.rpartition(".")[2]):
        at = text.lower().find(spelling.lower()) if spelling else -1
        if at >= 0:
            rest = text[at + len(spelling) :]
            for one, many in ((" was ", " were "), (" is ", " are "), (" holds ", " hold ")):
                rest = rest.replace(one, many)
            return f"{text[:at]}{listed}{rest.replace(' than were ', ' than was ')}"
    return text


def _sentence(text: str, names: Collection[str]) -> str:
    """The clause as a sentence; names such as userName and title keep their letters."""
    text = text.strip().rstrip(".")
    first = text.partition(" ")[0].rstrip(",")
    if first in names:
        return text
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() and len(text) > len(first) else text


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1].rstrip() + "…"


def _cut(title: str) -> str:
    """The title, ended where a clause ends if it is long."""
    if len(title) <= LONG:
        return title
    if RULE in title[:LONG]:
        return title[: LONG - 1].rstrip() + "…"
    ends = [at for mark in ("; ", ". ", ": ", ", so ", ", and ") if (at := title.rfind(mark, LEAST, LONG)) > 0]
    return title[: max(ends)] if ends else title[: LONG - 1].rstrip() + "…"
