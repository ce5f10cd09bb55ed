"""Which findings one fix would end.

Findings belong together when they show the same thing at the same place:
 1. a header: by its name, whatever the operation;
 2. a place in a body: by resource type and attribute; membership and `active` also by the operation that was meant to
    change them, because each operation is code of its own; a value too much is not a value that is lost; what a list
    holds, and how many, by the requirement;
 3. a refusal: by operation, status and what the answer says, of reads also by the section that speaks of it; what is
    refused everywhere (501, 405) is one thing for all endpoints;
 4. an answer of success with a status that nobody looks for: by method and status;
 5. anything else: by its requirement.
Attributes of one type that are told in the same words (“was written, and is not there”) are one cause with many names.
What a story misses after a request of its identity provider was refused belongs to that refusal, and what a step calls
unexpected belongs to the check that says of the same answer what is wrong with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from scim_sim.report.kept import Recorded, refuses
from scim_sim.report.model import Judgement

__all__ = [
    "EVERYWHERE",
    "WRITES",
    "Group",
    "attribute",
    "grouped",
    "is_vague",
    "odd_success",
    "operation",
    "sides",
    "template",
    "writes_before",
]

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BY_OPERATION: Final = frozenset({"members", "active"})
OF_ERRORS: Final = frozenset({"schemas", "status", "scimtype", "detail"})
EVERYWHERE: Final = frozenset({405, 501})
_VAGUE: Final = re.compile(r".*\b(?:is|are) not as expected\b.*", re.IGNORECASE)
_BARE: Final = re.compile(
    r"(?:the answer to \w+ is \d+"
    r"|[\w ]+ is (?:answered|refused) with another status"
    r"|the \w+ is (?:accepted|refused|answered with a server error))"
    r"(?: \([^()]*\))?",
    re.IGNORECASE,
)
_OF_SUCCESS: Final = re.compile(r"\b2(?:\d\d|xx)\b")
_REFUSAL: Final = re.compile(r"^[A-Z]+ .*· (?:[45]\d\d|[a-z]+)(?: · | \(|$)")
_INDEX: Final = re.compile(r"^/Resources/\d+(?=/|$)", re.IGNORECASE)
_LISTS: Final = frozenset({"resources", "totalresults"})
_IN_LIST: Final = re.compile(r"^/Resources/\d+/", re.IGNORECASE)
_EXPECTED: Final = "answer_is_as_expected"
_OF_STORIES: Final = frozenset({"traffic_is_as_expected", "log_is_as_expected", "troubles_are_as_expected"})
_OF_NAMES: Final = frozenset({"account_is_as_expected", "group_is_as_expected"})
_NOBODY: Final = re.compile(r".*\b(?:has no account|has none|is not there)")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*[.,;!]?")
_SURPLUS: Final = re.compile(r"should be gone|is listed twice")
_MANY: Final = 8
_WORDS: Final = 12
_QUOTED: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|'[^']*'")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Group:
    """Findings with one fix: their indexes, their common key, and the attributes they name."""

    key: str
    members: list[int] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    @property
    def is_refusal(self) -> bool:
        """Whether the group is about a request that was refused, and what followed from that."""
        return bool(_REFUSAL.search(self.key))


def operation(exchange: Recorded) -> str:
    """Method and endpoint of a request, without ids: `PATCH /Groups/{id}`."""
    segments = [segment for segment in exchange.request.path.split("/") if segment]
    if not segments:
        return f"{exchange.request.method} /"
    named = [n for n, s in enumerate(segments) if s[:1].isupper() or s == ".search"]
    first = named[0] if named else 0
    rest = "".join(f"/{s}" if s == ".search" else "/{id}" for s in segments[first + 1 : first + 2])
    return f"{exchange.request.method} /{segments[first]}{rest}"


def writes_before(exchanges: Iterable[Recorded]) -> dict[str, str]:
    """For each read of a resource the last write of that resource in the same scenario, by exchange id."""
    last: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for x in exchanges:
        place = (x.scenario, x.request.path)
        if x.request.method in WRITES:
            last[place] = x.id
        elif place in last:
            found[x.id] = last[place]
    return found


def sides(
    finding: Judgement, exchanges: Mapping[str, Recorded], before: Mapping[str, str]
) -> tuple[Recorded | None, Recorded | None]:
    """The exchange that was meant to bring it about, and the one that shows it; both are the same for a single answer.

    `before` says which write came before a read, for findings about a body that name the read alone.
    """
    judged = exchanges.get(finding.exchanges[0]) if finding.exchanges else None
    if judged is None:
        return None, None
    others = [exchanges[e] for e in dict.fromkeys((finding.shown_by, *finding.trail)) if e in exchanges and e != judged.id]
    if judged.request.method in WRITES:
        read = next((x for x in others if x.request.method not in WRITES), judged)
        return judged, read
    write = next((x for x in others if x.request.method in WRITES), None)
    if write is None and finding.pointer.startswith("/") and not refuses(judged):
        write = exchanges.get(before.get(judged.id, ""))
    return write or judged, judged


def attribute(pointer: str) -> str:
    """The attribute a pointer leads to: `members`, `emails.type`, `department`; empty for the status line and headers."""
    if not pointer.startswith("/"):
        return ""
    parts = [p.replace("~1", "/").replace("~0", "~") for p in _INDEX.sub("", pointer).split("/")[1:] if not p.isdigit()]
    if parts and parts[0].lower().startswith("urn:") and len(parts) > 1:
        parts = parts[1:]
    if parts and parts[0].lower() in BY_OPERATION:
        parts = parts[:1]
    return ".".join(parts[:2])


def is_vague(finding: Judgement) -> bool:
    """Whether the message says only that something is wrong, and not what."""
    return not finding.message or bool(_VAGUE.fullmatch(finding.message) or _BARE.fullmatch(finding.message))


def odd_success(finding: Judgement, received: Recorded | None) -> bool:
    """Whether the answer is a success, and only not the one that is due: 202 where 200 or 204 is."""
    status = received.response.status if received and received.response else 0
    if not 200 <= status < 300 or finding.pointer != "http":
        return False
    if finding.check == "engine":
        due = finding.message.partition("(expected ")[2]
    else:
        due = finding.expected if is_vague(finding) else ""
    wanted = set(_OF_SUCCESS.findall(due))
    return bool(wanted) and not {str(status), "2xx"} & wanted


def template(message: str, pointer: str = "", mark: str = "") -> str:
    """The message without what differs from case to case: names of the run, quoted text, numbers, and the attribute."""
    text = message
    if mark and mark in text:
        head, colon, tail = text.partition(": ")
        text = tail if colon and mark in head else " ".join("*" if mark in word else word for word in text.split(" "))
    name = attribute(pointer)
    for spelling in dict.fromkeys((pointer, pointer[1:].replace("/", "."), name, name.partition(".")[0])):
        if spelling:
            text = re.sub(rf"(?<![\w.]){re.escape(spelling)}(?![\w])", "@", text, flags=re.IGNORECASE)
    return _NUMBER.sub("#", _QUOTED.sub("*", text))


def grouped(
    findings: list[Judgement], failing: list[int], exchanges: Mapping[str, Recorded], before: Mapping[str, str], mark: str
) -> list[Group]:
    """The failing findings in groups; the order is that of the first finding of each."""
    groups: dict[str, Group] = {}
    for n, key in _keys(findings, failing, exchanges, before).items():
        finding = findings[n]
        group = groups.setdefault(key, Group(key))
        group.members.append(n)
        group.texts.add(template(finding.message, finding.pointer, mark))
        if attribute(finding.pointer):
            group.names.setdefault(attribute(finding.pointer))
    return _merged(list(groups.values()))


def _keys(
    findings: list[Judgement], failing: list[int], exchanges: Mapping[str, Recorded], before: Mapping[str, str]
) -> dict[int, str]:
    """The key of each failing finding: its own, that of the check which says what is wrong, or that of what it follows from."""
    keys = {n: _key(findings[n], exchanges, before) for n in failing}
    same: dict[tuple[str, str, str], str] = {}
    told: dict[tuple[str, str], str] = {}
    for n in failing:
        f = findings[n]
        if f.check == "engine" or not f.exchanges:
            continue
        if keys[n] == f.requirement and f.check != _EXPECTED:  # one thing that several requirements speak of
            keys[n] = same.setdefault((f.check, f.message, f.exchanges[0]), keys[n])
        if f.check != _EXPECTED or (f.requirement, f.exchanges[0]) not in told:
            told[f.requirement, f.exchanges[0]] = keys[n]
    given_up: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for n in failing:
        f = findings[n]
        if f.check == "engine":
            given_up.setdefault(_story(f), []).append((f.message, keys[n]))
        elif f.check == _EXPECTED and f.exchanges:
            keys[n] = told.get((f.requirement, f.exchanges[0]), keys[n])
            write = exchanges.get(before.get(f.exchanges[0], ""))
            if keys[n] == f.requirement and f.base == "breaks" and write is not None and refuses(write):
                keys[n] = _refusal(write, f)
        else:
            judged = exchanges.get(f.exchanges[0]) if f.exchanges else None
            by_name = judged is not None and "filter=" in (judged.request.query or "")
            keys[n] = _cause_of(f, given_up.get(_story(f), []), by_name) or keys[n]
    return _not_too_many(keys)


def _story(finding: Judgement) -> tuple[str, str]:
    """The scenario, and which of its variants: exchanges of one have ids that begin alike."""
    head, dash, _ = (finding.exchanges[0] if finding.exchanges else "").partition("-")
    return finding.scenario, head if dash else ""


def _cause_of(finding: Judgement, given_up: list[tuple[str, str]], by_name: bool) -> str:
    """The key of the identity provider's failure that the finding follows from, or the empty string.

    `by_name` tells that the account or group was searched for, so that its id says nothing of the writes before.
    """
    if finding.check in _OF_STORIES:
        said = [key for message, key in given_up if message and message in f"{finding.message}\n{finding.actual}"]
        return next(iter([*said, *(key for _, key in reversed(given_up))]), "")
    if finding.base != "breaks":
        return ""
    group = "group" in finding.check if finding.check in _OF_NAMES else "group" in finding.message.lower()
    if _NOBODY.fullmatch(finding.message):
        refused: tuple[str, ...] = ("POST /Groups · ",) if group else ("POST /Users · ",)
    elif by_name and finding.check in _OF_NAMES:
        refused = ("PUT /Groups/", "PATCH /Groups/") if group else ("PUT /Users/", "PATCH /Users/")
    else:
        return ""
    return next((key for _, key in reversed(given_up) if key.startswith(refused)), "")


def _not_too_many(keys: dict[int, str]) -> dict[int, str]:
    """Refusals that say something else each time are told apart by operation and status alone."""
    kinds: dict[str, set[str]] = {}
    for key in keys.values():
        stem, paren, _ = key.partition(" (")
        if paren and _REFUSAL.search(key):
            kinds.setdefault(stem, set()).add(key)
    many = {key: stem for stem, found in kinds.items() if len(found) > _MANY for key in found}
    return {n: many.get(key, key) for n, key in keys.items()}


def _merged(groups: list[Group]) -> list[Group]:
    """Attributes of one type told in the same words become one group; membership and `active` never do."""
    kept: dict[tuple[str, str], Group] = {}
    result = []
    for group in groups:
        kind, _, rest = group.key.partition(" · ")
        said = sorted(text for text in group.texts if "@" in text and not text.endswith("not as expected"))
        if not said or rest.partition(" · ")[0] in BY_OPERATION or not group.names:
            result.append(group)
            continue
        found = next((kept[(kind, text)] for text in said if (kind, text) in kept), None)
        if found is None:
            result.append(group)
            found = group
        else:
            found.members += group.members
            found.names.update(group.names)
            found.texts |= group.texts
        for text in said:
            kept.setdefault((kind, text), found)
    return result


def _key(finding: Judgement, exchanges: Mapping[str, Recorded], before: Mapping[str, str]) -> str:
    if finding.pointer.lower().startswith("header:"):
        return f"{finding.pointer.lower()} · {finding.check}"
    sent, received = sides(finding, exchanges, before)
    if sent is None or received is None:
        return finding.requirement or finding.check
    if odd_success(finding, received) and received.response:
        return f"{received.request.method} · {received.response.status}"
    if sent.id != received.id and refuses(sent) and (finding.base == "breaks" or is_vague(finding)):
        return _refusal(sent, finding)
    name = attribute(finding.pointer)
    refused = refuses(received)
    if name and not refused and _is_of_list(finding, name):
        return finding.requirement or finding.check
    if name and (not refused or name.lower() in OF_ERRORS):
        kind = "Error" if refused else _type(received)
        how = f" · {sent.request.method}" if name in BY_OPERATION and sent.request.method in WRITES else ""
        how = how or " · too much" * bool(_SURPLUS.search(finding.message))
        return f"{kind} · {name}{how}"
    if not finding.pointer and finding.base != "breaks":
        return finding.requirement or finding.check
    return _refusal(received, finding) if refused else finding.requirement or finding.check


def _refusal(refused: Recorded, finding: Judgement) -> str:
    """The key of everything that one refusal explains, what was not there afterwards included."""
    status = refused.response.status if refused.response else 0
    words = _reason(refused)
    if status in EVERYWHERE and refused.request.method in WRITES:
        return f"{refused.request.method} · {status}"
    if status in EVERYWHERE and words:  # a query that is not offered says nothing of other reads
        return f"{operation(refused)} · {status} ({words})"
    said = status or (refused.failure.kind if refused.failure else "no answer")
    about = (
        f" ({words})" * bool(words) if refused.request.method in WRITES else f" · {'-'.join(finding.requirement.split('-')[:2])}"
    )
    return f"{operation(refused)} · {said}{about}"


def _is_of_list(finding: Judgement, name: str) -> bool:
    """Whether the finding is about what a list holds: how many there are, or that the one it looks for is not in it."""
    return name.lower() in _LISTS or (bool(_IN_LIST.match(finding.pointer)) and finding.actual == "absent")


def _reason(refused: Recorded) -> str:
    """What the Error says, as far as it is the same for everybody: scimType, and words without names, values and numbers."""
    try:
        body = json.loads(refused.response.body or "") if refused.response else None
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    kind, detail = (body.get(name) for name in ("scimType", "detail"))
    text = _QUOTED.sub(" ", detail) if isinstance(detail, str) else ""
    words = [word.rstrip(".,;!") for word in text.split() if _WORD.fullmatch(word)][:_WORDS]
    return ": ".join(part for part in (kind if isinstance(kind, str) else "", " ".join(words)) if part)


def _type(exchange: Recorded) -> str:
    endpoint = operation(exchange).partition(" /")[2].partition("/")[0]
    return {"Users": "User", "Groups": "Group", "Me": "User"}.get(endpoint, endpoint)
