"""The functions of attribute-mapping expressions that work on text."""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Any

from scim_sim.idp.entra.functions import MANY, Env, as_text, function, integer, spread

__all__: list[str] = []


@function(2)
def Append(env: Env, source: Any, suffix: Any) -> str | None:
    """The text with the suffix behind it."""
    return None if source is None else as_text(source) + as_text(suffix)


@function(2, MANY)
def Join(env: Env, separator: Any, *values: Any) -> str:
    """The values with the separator between them; multi-valued ones are spread, empty ones passed over."""
    return as_text(separator).join(spread(values))


@function(1)
def ConvertToBase64(env: Env, source: Any) -> str | None:
    """Base64 of the text's UTF-16LE bytes."""
    return None if source is None else base64.b64encode(as_text(source).encode("utf-16-le", "surrogatepass")).decode()


@function(1)
def ConvertToUTF8Hex(env: Env, source: Any) -> str | None:
    """The text's UTF-8 bytes in upper-case hexadecimal digits."""
    return None if source is None else as_text(source).encode("utf-8", "surrogatepass").hex().upper()


@function(2, 4)
def InStr(env: Env, text: Any, wanted: Any, start: Any = None, mode: Any = None) -> int:
    """The position of the text from 1, 0 when it is not found; `vbTextCompare` ignores letter case."""
    haystack, needle = as_text(text), as_text(wanted)
    if as_text(mode) in ("vbTextCompare", "1"):
        haystack, needle = haystack.lower(), needle.lower()
    return haystack.find(needle, max(0, integer(start, 1) - 1)) + 1


@function(2)
def Left(env: Env, text: Any, length: Any) -> str:
    """The first characters; all of them when the number is negative."""
    many = integer(length)
    return as_text(text)[:many] if many >= 0 else as_text(text)


@function(3)
def Mid(env: Env, text: Any, start: Any, length: Any) -> str:
    """A part of the text; positions count from 1, out of range is the empty string."""
    at, many = integer(start), integer(length)
    return as_text(text)[at - 1 : at - 1 + many] if at > 0 and many > 0 else ""


@function(3)
def Word(env: Env, text: Any, number: Any, delimiters: Any) -> str:
    """The n-th word between any of the delimiter characters, or the empty string."""
    words = (
        [w for w in re.split(f"[{re.escape(as_text(delimiters))}]", as_text(text)) if w]
        if as_text(delimiters)
        else [as_text(text)]
    )
    at = integer(number)
    return words[at - 1] if 1 <= at <= len(words) else ""


@function(1)
def NormalizeDiacritics(env: Env, source: Any) -> str | None:
    """The text with letters of the basic alphabet in place of accented ones."""
    if source is None:
        return None
    plain = as_text(source).translate(_NO_MARKS)
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


_NO_MARKS = str.maketrans(
    {
        "ß": "ss",
        "Ł": "L",
        "ł": "l",
        "Ø": "OE",
        "ø": "oe",
        "Đ": "D",
        "đ": "d",
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "ı": "i",
    }
)


@function(1)
def StripSpaces(env: Env, source: Any) -> str | None:
    """The text without blanks."""
    return None if source is None else as_text(source).replace(" ", "")


@function(1, 2)
def ToLower(env: Env, source: Any, culture: Any = None) -> str | None:
    """The text in lower case by the rules of the culture (`tr-TR` has a dotless i)."""
    if source is None:
        return None
    text = as_text(source)
    return (text.replace("I", "ı").replace("İ", "i") if _turkish(culture) else text).lower()


@function(1, 2)
def ToUpper(env: Env, source: Any, culture: Any = None) -> str | None:
    """The text in upper case by the rules of the culture."""
    if source is None:
        return None
    text = as_text(source)
    text = text.replace("i", "İ") if _turkish(culture) else text
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def _turkish(culture: Any) -> bool:
    return as_text(culture).lower().startswith(("tr", "az"))


@function(1, 2)
def PCase(env: Env, source: Any, separators: Any = None) -> str | None:
    """Each word with a capital first letter and the rest small; a separator starts a new word."""
    if source is None:
        return None
    marks = set(as_text(separators)) if separators is not None else None
    made, fresh = [], True
    for char in as_text(source):
        made.append(char.upper() if fresh else char.lower())
        fresh = char in marks if marks is not None else not (char.isalnum() or char == "'")
    return "".join(made)


@function(1)
def Redact(env: Env, source: Any) -> Any:
    """The value itself; the provisioning log shows [Redact] in its place."""
    return source


@function(7)
def Replace(env: Env, source: Any, old: Any, pattern: Any, group: Any, new: Any, other: Any, template: Any) -> str | None:
    """Replace text in one of five ways, decided by which arguments are there."""
    text = None if source is None else as_text(source)
    if old is not None and template is not None:
        return as_text(template).replace(as_text(old), text or "")
    if old is not None:
        return None if text is None else text.replace(as_text(old), as_text(new))
    if pattern is None:
        return text
    regex = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", as_text(pattern)))
    if other is not None:
        return text if text else _extract(regex, as_text(group), as_text(other))
    if text is None:
        return None
    if group is not None:
        return _replace_group(regex, as_text(group), text, as_text(new))
    return regex.sub(lambda match: _fill(as_text(new), match), text)


def _fill(text: str, match: re.Match[str]) -> str:
    named = {**match.groupdict(), **{str(n + 1): value for n, value in enumerate(match.groups())}}
    return re.sub(r"\$\{(\w+)\}|\$(\d+)", lambda found: named.get(found[1] or found[2]) or "", text)


def _extract(regex: re.Pattern[str], group: str, text: str) -> str | None:
    match = regex.search(text)
    return None if match is None else match.groupdict().get(group) if group else match[0]


def _replace_group(regex: re.Pattern[str], group: str, text: str, new: str) -> str:
    def swap(match: re.Match[str]) -> str:
        if group not in match.groupdict() or match[group] is None:
            return match[0]
        start, end = (at - match.start() for at in match.span(group))
        return match[0][:start] + new + match[0][end:]

    return regex.sub(swap, text)
