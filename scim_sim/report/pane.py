"""One side of an exchange as lines on a page: the start line, headers, a pretty body, and marks where something is wrong.

The body is laid out from its own text: numbers keep their spelling, and a member that stands there twice is shown twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_sim.report.kept import Failed, Received, Recorded, Sent
from scim_sim.report.model import Mark
from scim_sim.report.text import size

__all__ = ["BODY_SHOWN", "Line", "Pane", "Token", "pane"]

BODY_SHOWN: Final = 65_536
"""Characters of a body that are shown on a page; longer ones are cut, and it is said."""

LINES_SHOWN: Final = 120
NEAR: Final = 10
WIDTH: Final = 64
QUIET: Final = frozenset(
    {"host", "connection", "accept-encoding", "content-length", "date", "server", "vary", "keep-alive", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line: `kind` is `k` for a member name, `s` string, `n` other literal, or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a pane: `kind` is `start`, `header`, `blank`, `json`, `text` or `gap`; `say` follows the marked lines."""

    kind: str
    tokens: tuple[Token, ...]
    indent: int = 0
    pointer: str = ""
    marked: bool = False
    first: bool = False
    missing: bool = False
    say: str = ""


@dataclass(frozen=True, slots=True)
class Pane:
    """What is shown of one side: title, the exchange, a short note beside it, and the lines."""

    title: str
    exchange: str
    note: str
    lines: tuple[Line, ...]


class _Literal(str):
    """A number, `true`, `false` or `null` as it is spelt."""

    __slots__ = ()


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in their order, repeated ones included."""

    __slots__ = ()


def pane(exchange: Recorded, side: str, marks: Iterable[Mark], note: str = "") -> Pane:
    """The `sent` or `received` side of an exchange; `marks` may be those of other exchanges too."""
    own = [mark for mark in marks if mark.exchange == exchange.id and mark.side == side]
    part = exchange.request if side == "sent" else exchange.response or exchange.failure
    lines = list(_shortened(_said(list(_lines(part, own)), own)))
    return Pane("Sent" if side == "sent" else "Came back", exchange.id, note, tuple(lines))


def _lines(part: Sent | Received | Failed | None, marks: list[Mark]) -> Iterator[Line]:
    if part is None or isinstance(part, Failed):
        text = f"No answer: {part.kind}. {part.message}" if part else "No answer"
        yield Line("start", (Token(text),), pointer="http", marked=any(m.pointer == "http" for m in marks))
        return
    start = f"{part.method} {part.target}" if isinstance(part, Sent) else f"HTTP {part.status} {part.reason}".rstrip()
    yield Line("start", (Token(start),), pointer="http", marked=any(m.pointer == "http" for m in marks))
    for name, value in part.headers:
        pointer = f"header:{name.lower()}"
        marked = any(m.pointer.lower() == pointer and not m.missing for m in marks)
        if marked or name.lower() not in QUIET:
            yield Line("header", (Token(f"{name}: {value}"),), pointer=pointer, marked=marked)
    for mark in marks:
        if mark.pointer.startswith("header:") and mark.missing:
            yield _absent(mark, 0)
    yield Line("blank", ())
    yield from _body(part, marks)


def _body(part: Sent | Received, marks: list[Mark]) -> Iterator[Line]:
    body = part.body
    if body is None:
        text = "(no body)" if not part.size else f"(the body of {size(part.size)} was dropped to keep the report small)"
        yield Line("text", (Token(text, "h"),))
        return
    whole = len(body) <= BODY_SHOWN and len(body) >= min(part.size, len(body))
    if whole:
        try:
            tree = json.loads(body, object_pairs_hook=_Pairs, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _json(tree, marks)
            return
    shown = body[:BODY_SHOWN]
    for line in shown.split("\n"):
        yield Line("text", (Token(line),))
    if len(shown) < len(body) or len(body.encode("utf-8", "surrogateescape")) < part.size:
        yield Line("gap", (Token(f"… cut: {size(part.size)} in all"),))


def _json(tree: Any, marks: list[Mark]) -> Iterator[Line]:
    places = [m for m in marks if m.pointer.startswith("/")]
    yield from _node(tree, "", 0, None, "", places)


def _node(value: Any, pointer: str, indent: int, key: str | None, tail: str, marks: list[Mark]) -> Iterator[Line]:
    marked = any(not m.missing and _under(pointer, m.pointer) for m in marks)
    head = (Token(json.dumps(key, ensure_ascii=False), "k"), Token(": ")) if key is not None else ()
    inside = any(_below(m.pointer, pointer) for m in marks)
    if not isinstance(value, list) or not value or (not inside and _width(value) <= WIDTH):
        yield Line("json", (*head, *_inline(value), Token(tail)), indent, pointer, marked)
        return
    pairs = isinstance(value, _Pairs)
    yield Line("json", (*head, Token("{" if pairs else "[")), indent, pointer, marked)
    items = list(value) if pairs else [(str(n), item) for n, item in enumerate(value)]
    for n, (name, item) in enumerate(items):
        comma = "," if n < len(items) - 1 else ""
        yield from _node(item, f"{pointer}/{_escaped(name)}", indent + 1, name if pairs else None, comma, marks)
    for mark in marks:
        if mark.missing and mark.pointer.rpartition("/")[0].lower() == pointer.lower():
            yield _absent(mark, indent + 1)
    yield Line("json", (Token(("}" if pairs else "]") + tail),), indent, pointer, marked)


def _absent(mark: Mark, indent: int) -> Line:
    name = mark.pointer.removeprefix("header:").rpartition("/")[2]
    return Line("json", (Token(f"{name} is absent"),), indent, mark.pointer, marked=True, missing=True)


def _under(pointer: str, place: str) -> bool:
    return pointer.lower() == place.lower() or pointer.lower().startswith(place.lower() + "/")


def _below(place: str, pointer: str) -> bool:
    return place.lower().startswith(pointer.lower() + "/")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _inline(value: Any) -> Iterator[Token]:
    if isinstance(value, _Pairs):
        yield Token("{")
        for n, (name, item) in enumerate(value):
            yield from (Token(", "),) if n else ()
            yield from (Token(json.dumps(name, ensure_ascii=False), "k"), Token(": "))
            yield from _inline(item)
        yield Token("}")
    elif isinstance(value, list):
        yield Token("[")
        for n, item in enumerate(value):
            yield from (Token(", "),) if n else ()
            yield from _inline(item)
        yield Token("]")
    elif isinstance(value, _Literal) or value is None or isinstance(value, bool):
        yield Token(str(value) if isinstance(value, str) else json.dumps(value), "n")
    else:
        yield Token(json.dumps(value, ensure_ascii=False), "s")


def _width(value: Any) -> int:
    total = 0
    for token in _inline(value):
        total += len(token.text)
        if total > WIDTH:
            break
    return total


def _said(lines: list[Line], marks: list[Mark]) -> Iterator[Line]:
    """The lines, the remark of each mark behind the last line it covers, and the first of each run of marked lines named."""
    before = False
    for n, line in enumerate(lines):
        last = line.marked and (n + 1 == len(lines) or not lines[n + 1].marked or lines[n + 1].missing or line.missing)
        say = ""
        if last:
            found = [m.say for m in marks if _under(line.pointer, m.pointer) or m.pointer.lower() == line.pointer.lower()]
            say = found[0] if found else ""
        yield replace(line, first=line.marked and not before, say=say)
        before = line.marked


def _shortened(lines: Iterable[Line]) -> Iterator[Line]:
    """Long bodies without what is far from a mark; what was left out is counted."""
    every = list(lines)
    if len(every) <= LINES_SHOWN:
        yield from every
        return
    keep = set(range(40)) | set(range(len(every) - 3, len(every)))
    marked = [n for n, line in enumerate(every) if line.marked][:200]
    for n in marked:
        keep |= set(range(max(0, n - NEAR), min(len(every), n + NEAR)))
    skipped = 0
    for n, line in enumerate(every):
        if n in keep:
            if skipped:
                yield Line("gap", (Token(f"… {skipped:,} lines left out"),), line.indent)
                skipped = 0
            yield line
        else:
            skipped += 1
