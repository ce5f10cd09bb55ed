"""How the report writes things: dates, durations, sizes, words for verdicts, and wire text that nobody can trust."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

__all__ = [
    "ANSWER_WORDS",
    "HOSTILE",
    "MEANINGS",
    "clock",
    "contrast",
    "date",
    "duration",
    "joined",
    "many",
    "moment",
    "number",
    "reference_url",
    "size",
    "slug",
    "split_hostile",
    "visible",
]

ANSWER_WORDS: Final = {
    "works": "Yes",
    "conformant": "Yes",
    "works-with-deviations": "Partly",
    "deviates": "Partly",
    "breaks": "No",
    "violates": "No",
    "not-tested": "Not tested",
}
"""What stands on the page for the verdict of an answer."""

MEANINGS: Final = {
    "breaks": "The IdP cannot do its job here: its own step fails, or what it wrote is not there.",
    "violation": "A MUST of the RFC is not met.",
    "deviation": "A SHOULD is not met.",
    "note": "Allowed, or common practice only; worth knowing.",
    "known": "Fails as the baseline says it does. Does not stop the gate.",
    "stale": "The baseline says it fails, and it passes now. Take it out of the baseline.",
    "error": "A check of ours crashed. It says nothing about the target.",
    "untested": "Not run. The reason is given with each; it never counts as a pass.",
    "not applicable": "The target does not offer the feature.",
    "pass": "Run and met.",
}
"""One sentence for each verdict: the legend."""

ALIKE: Final = 8
"""Characters that two texts share at their ends at least, to be compared part by part."""

HOSTILE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    "|[\U000e0000-\U000e007f]"
)
"""Characters that are shown by their number: control, bidirectional and zero-width ones, and lone surrogates."""


def split_hostile(text: str) -> Iterable[tuple[bool, str]]:
    """The text in pieces; pieces that are true stand for one character each and read `U+202E` or, for a raw byte, `0x80`."""
    last = 0
    for match in HOSTILE.finditer(text):
        if match.start() > last:
            yield False, text[last : match.start()]
        yield True, _named(match[0])
        last = match.end()
    if last < len(text):
        yield False, text[last:]


def visible(text: str) -> str:
    """The text on one line, with characters that hide or reorder shown by their number in brackets."""
    line = text.replace("\n", " ").replace("\t", " ")
    return "".join(f"[{piece}]" if odd else piece for odd, piece in split_hostile(line)) if HOSTILE.search(line) else line


def _named(character: str) -> str:
    code = ord(character)
    return f"0x{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else f"U+{code:04X}"


def date(at: float) -> str:
    """The day, as `22 November 2026`."""
    day = _utc(at)
    return f"{day.day} {day:%B %Y}"


def moment(at: float) -> str:
    """Day and minute, as `22 November 2026, 10:14 UTC`."""
    return f"{date(at)}, {_utc(at):%H:%M} UTC"


def _utc(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def clock(seconds: float, fine: bool = True) -> str:
    """A span as `01:20:05`, with days in front where there are some; `fine` adds the seconds."""
    whole = int(abs(seconds))
    days, rest = divmod(whole, 86_400)
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}" + (f":{rest % 60:02d}" if fine else "")
    sign = "−" if seconds < 0 and whole else ""
    return f"{sign}{days} d {text}" if days else sign + text


def duration(seconds: float) -> str:
    """A length of time in at most two units: `1 min 04 s`, `4 h 35 min`, `2 d 3 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, per, less, fill in ((86_400, 3600, "d h", 1), (3600, 60, "h min", 1), (60, 1, "min s", 2)):
        if whole >= unit:
            big, small = less.split()
            rest = whole % unit // per
            return f"{whole // unit} {big}" + (f" {rest:0{fill}d} {small}" if rest else "")
    return f"{whole} s"


def size(count: int) -> str:
    """A number of bytes with its unit."""
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.1f} KB" if count < 1024**2 else f"{count / 1024**2:.1f} MB"


def number(count: float) -> str:
    """A count with thin grouping: `61,300`; fractions keep one digit below 10."""
    return f"{count:,.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"


def many(count: int, one: str, more: str = "") -> str:
    """A count and its noun: `1 root cause`, `2 stories`."""
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


def joined(words: Iterable[str], last: str = "and", most: int = 0) -> str:
    """A list in words: `a, b and c`; past `most` items the rest is counted: `a, b and 3 others`."""
    items = list(words)
    if most and len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} others"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def contrast(one: str, other: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Both texts in three parts: the beginning they share, where they differ, and the end they share.

    Texts that share too little are not compared: all of each stands in the first part.
    """
    most = min(len(one), len(other))
    head = next((n for n in range(most) if one[n] != other[n]), most)
    tail = next((n for n in range(most - head) if one[-1 - n] != other[-1 - n]), most - head)
    if one == other or head + tail < ALIKE or (head + tail) * 2 < most:
        return (one, "", ""), (other, "", "")
    return tuple((t[:head], t[head : len(t) - tail], t[len(t) - tail :]) for t in (one, other))  # type: ignore[return-value]


def reference_url(document: str, section: str) -> str:
    """The page of an RFC section at rfc-editor.org, or empty for anything else."""
    found = re.fullmatch(r"(?:rfc)?[ -]?(\d{3,5})", document, re.IGNORECASE)
    if not found:
        return ""
    anchor = re.match(r"\d+(?:\.\d+)*", section)
    return f"https://www.rfc-editor.org/rfc/rfc{found[1]}.html" + (f"#section-{anchor[0]}" if anchor else "")


def slug(text: str) -> str:
    """The text as the id of a part of a page."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
