"""What a finding shows: by which request and answer, at which attribute, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from scim_sim.report.kept import Recorded, parsed, refuses
from scim_sim.report.model import Judgement

__all__ = [
    "BY_OPERATION",
    "OF_STORIES",
    "WRITES",
    "attribute",
    "common_words",
    "detail_of",
    "is_vague",
    "odd_success",
    "operation",
    "sides",
    "story_of",
    "template",
    "writes_before",
]

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BY_OPERATION: Final = frozenset({"members", "active"})
"""Attributes that each operation changes by code of its own."""

OF_STORIES: Final = frozenset({"traffic_is_as_expected", "log_is_as_expected", "troubles_are_as_expected"})
"""The checks of what a story expects of no resource in particular."""

_VAGUE: Final = re.compile(r".*\b(?:is|are) not as expected\b.*", re.IGNORECASE)
_BARE: Final = re.compile(
    r"(?:the answer to \w+ is \d+"
    r"|[\w ]+ is (?:answered|refused) with another status"
    r"|the \w+ is (?:accepted|refused|answered with a server error))"
    r"(?: \([^()]*\))?",
    re.IGNORECASE,
)
_OF_SUCCESS: Final = re.compile(r"\b2(?:\d\d|xx)\b")
_INDEX: Final = re.compile(r"^/Resources/\d+(?=/|$)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|'[^']*'")
_NUMBER: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*[.,;!]?")
_WORDS: Final = 12
_LONG: Final = 160


def story_of(scenario: str, exchange: str) -> tuple[str, str]:
    """The scenario, and which of its variants: exchanges of one have ids that begin alike."""
    head, dash, _ = exchange.partition("-")
    return scenario, head if dash else ""


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


def detail_of(received: Recorded) -> str:
    """What an error body says to people: its detail, or its first line; empty for a page and for no answer."""
    body = (received.response.body or "").strip() if received.response else ""
    if body.startswith("<"):
        return ""
    tree = parsed(received.response)
    if isinstance(tree, dict):
        texts = [tree[name] for name in ("detail", "message", "error_description", "error") if isinstance(tree.get(name), str)]
        said = " ".join([*texts[:1], *([f"({tree['scimType']})"] if isinstance(tree.get("scimType"), str) else [])])
    else:
        said = body.partition("\n")[0]
    return said if len(said) <= _LONG else said[: _LONG - 1].rstrip() + "…"


def common_words(refused: Recorded) -> str:
    """What the Error says, as far as it is the same for everybody: scimType, and words without names, values and numbers."""
    tree = parsed(refused.response)
    if not isinstance(tree, dict):
        return ""
    kind, detail = (tree.get(name) for name in ("scimType", "detail"))
    text = _QUOTED.sub(" ", detail) if isinstance(detail, str) else ""
    words = [word.rstrip(".,;!") for word in text.split() if _WORD.fullmatch(word)][:_WORDS]
    return ": ".join(part for part in (kind if isinstance(kind, str) else "", " ".join(words)) if part)
