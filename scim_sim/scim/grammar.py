"""Filters and paths as trees, and the one parser for both (RFC 7644 figures 1 and 7).

    filter   := and ("or" and)*
    and      := term ("and" term)*
    term     := "not" "(" filter ")" | "(" filter ")" | path ("pr" | operator value) | path "[" filter "]"
    path     := [urn ":"] name ["[" filter "]"] ["." sub]

Operators and keywords are read without case. One thing goes beyond the RFC, because identity providers send it: a value
path may be followed by a sub-attribute and an operator, as in `emails[type eq "work"].value eq "ada@example.test"`.
Printing a tree gives its canonical text; parsing that gives the same tree.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Final

__all__ = [
    "And",
    "Comparison",
    "Filter",
    "FilterError",
    "Literal",
    "Not",
    "Or",
    "Path",
    "Present",
    "ValuePath",
    "parse_filter",
    "parse_path",
]

Literal = str | int | float | bool | None

MAX_DEPTH: Final = 50
OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


class FilterError(ValueError):
    """A filter or path does not follow the grammar; `position` counts characters from 0."""

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(f"{message} at position {position} of {text!r}")
        self.message = message
        self.text = text
        self.position = position


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value stands: `urn:name[filter].sub`, each part but the name optional.

    A path that is a schema URI alone has it in `urn` and an empty `name`.
    """

    name: str
    sub: str | None = None
    urn: str | None = None
    filter: Filter | None = None

    def __str__(self) -> str:
        head = f"{self.urn}:{self.name}" if self.urn and self.name else self.urn or self.name
        selected = "" if self.filter is None else f"[{self.filter}]"
        return f"{head}{selected}{'' if self.sub is None else '.' + self.sub}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`; the operator is in lower case."""

    path: Path
    operator: str
    value: Literal

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[filter]`: some value of a multi-valued attribute satisfies all of the filter."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Not:
    """`not (filter)`."""

    operand: Filter

    def __str__(self) -> str:
        return f"not ({self.operand})"


@dataclass(frozen=True, slots=True)
class And:
    """Two or more filters that must all match."""

    operands: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(f"({o})" if isinstance(o, And | Or) else str(o) for o in self.operands)


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more filters of which one must match."""

    operands: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(f"({o})" if isinstance(o, Or) else str(o) for o in self.operands)


Filter = Comparison | Present | ValuePath | Not | And | Or


def parse_filter(text: str) -> Filter:
    """The filter as a tree; raises `FilterError` (RFC 7644 section 3.4.2.2)."""
    parser = _Parser(text)
    found = parser.filter()
    parser.end("and, or, or the end of the filter")
    return found


def parse_path(text: str) -> Path:
    """The path of a PATCH operation, of `sortBy` or of `attributes`; raises `FilterError` (RFC 7644 section 3.5.2)."""
    parser = _Parser(text)
    found = parser.path()
    parser.end("the end of the path")
    return found


_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>-?[0-9][0-9.eE+-]*(?=[\s)\]]|$))
    | (?P<mark>[()\[\]])
    | (?P<sub>\.[^\s()\[\]"]*)
    | (?P<word>[^\s()\[\]"]+)
    | (?P<end>$)
    | (?P<bad>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NAME: Final = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]*")
_URN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"()\[\]]+")
_KEYWORDS: Final = {"and", "or", "not"}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


class _Parser:
    """Recursive descent over one text with one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self._next = 0
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._next)
        if match is None or match.lastgroup is None:  # pragma: no cover - the last alternatives take anything
            raise AssertionError("the token pattern leaves nothing out")
        self.kind = match.lastgroup
        self.token = match[self.kind]
        self.start = match.start(self.kind)
        self._next = match.end()

    def fail(self, message: str, position: int | None = None) -> FilterError:
        return FilterError(message, self._text, self.start if position is None else position)

    def end(self, expected: str) -> None:
        """Insist that nothing follows."""
        if self.kind != "end":
            raise self.fail(f"expected {expected}{self._found()}")

    def _found(self) -> str:
        return f", found {self.token!r}" if self.token else ""

    def _keyword(self) -> str:
        return self.token.lower() if self.kind == "word" else ""

    def filter(self) -> Filter:
        """`and` bound tighter than `or` (RFC 7644 section 3.4.2.2)."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fail(f"the filter is nested deeper than {MAX_DEPTH} levels")
        operands = [self._and()]
        while self._keyword() == "or":
            self._advance()
            operands.append(self._and())
        self._depth -= 1
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _and(self) -> Filter:
        operands = [self._term()]
        while self._keyword() == "and":
            self._advance()
            operands.append(self._term())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _term(self) -> Filter:
        if self._keyword() == "not":
            self._advance()
            if self.token != "(":
                raise self.fail('expected "(" after not')
            return Not(self._group())
        if self.kind == "mark" and self.token == "(":
            return self._group()
        return self._comparison()

    def _group(self) -> Filter:
        self._advance()
        inner = self.filter()
        self._close(")")
        return inner

    def _close(self, bracket: str) -> None:
        if self.kind != "mark" or self.token != bracket:
            raise self.fail(f"expected {bracket!r}{self._found()}")
        self._advance()

    def _comparison(self) -> Filter:
        path = self.path()
        operator = self._keyword()
        if operator == "pr":
            self._advance()
            return Present(path)
        if operator in OPERATORS:
            self._advance()
            return Comparison(path, operator, self._literal())
        if path.filter is not None and path.sub is None:
            return ValuePath(path)
        raise self.fail(f"expected an operator ({', '.join(OPERATORS)}, pr){self._found()}")

    def path(self) -> Path:
        """`urn:name[filter].sub`."""
        if self.kind != "word" or self._keyword() in _KEYWORDS:
            raise self.fail(f"expected an attribute name{self._found()}")
        urn, name, sub = self._split(self.token, self.start)
        self._advance()
        if self.kind != "mark" or self.token != "[":
            return Path(name, sub, urn)
        if sub is not None or not name:
            raise self.fail("a value filter follows the attribute itself, not a sub-attribute or schema")
        self._advance()
        inner = self.filter()
        after = self._next
        self._close("]")
        if self.kind == "sub" and self.start == after:
            sub = self._name(self.token[1:], self.start + 1)
            self._advance()
        return Path(name, sub, urn, inner)

    def _split(self, word: str, start: int) -> tuple[str | None, str, str | None]:
        urn, colon, rest = word.rpartition(":")
        if colon and not _NAME.match(rest):
            urn, rest = word, ""
        if colon and not _URN.fullmatch(urn):
            raise self.fail(f"{urn!r} is not a schema URI")
        if colon and not rest:
            return urn.rstrip(":"), "", None
        name, dot, sub = rest.partition(".")
        at = start + len(word) - len(rest)
        return urn or None, self._name(name, at), self._name(sub, at + len(name) + 1) if dot else None

    def _name(self, name: str, position: int) -> str:
        if not _NAME.fullmatch(name):
            raise self.fail(f"{name!r} is not an attribute name", position)
        return name

    def _literal(self) -> Literal:
        kind, token = self.kind, self.token
        if kind == "word" and token.lower() in _CONSTANTS:
            self._advance()
            return _CONSTANTS[token.lower()]
        if kind in ("string", "number"):
            try:
                value: Literal = json.loads(token)
            except ValueError:
                raise self.fail(f"{token} is no JSON {kind}") from None
            if isinstance(value, float) and not math.isfinite(value):
                raise self.fail(f"{token} is too large a number")
            self._advance()
            return value
        if kind == "bad":
            raise self.fail("the string is not closed by a double quote")
        hint = f'; a string stands in double quotes: "{token.strip(chr(39))}"' if kind == "word" else ""
        raise self.fail(f"expected a value{hint}")
