"""The expression language of attribute mappings: nested functions over source attributes.

    Fn(argument, …)   [attribute]   "text with \\" escapes"   12   [a] = "b" as a condition   an empty argument

Names are case-sensitive. An expression is compiled once into closures and evaluated per object; time and chance come in
through `Env`. Source: Microsoft, "Reference for writing expressions for attribute mappings".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import scim_sim.idp.entra.text_functions  # noqa: F401 - registers its functions
from scim_sim.errors import UsageError
from scim_sim.idp.entra.functions import FUNCTIONS, NO_FLOW, Env, compare
from scim_sim.idp.entra.source import check_source
from scim_sim.registry import nearest

__all__ = ["FUNCTIONS", "MAX_LENGTH", "NO_FLOW", "Compiled", "Env", "compile_expression"]

MAX_LENGTH = 10_000
Evaluator = Callable[[Env], Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<attribute>\[[^\]]*\])|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+|&H[0-9A-Fa-f]+)|(?P<name>[A-Za-z_]\w*)
    |(?P<sign><>|<=|>=|[=<>(),]))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to be evaluated, the source attributes it reads, and whether its value must not be logged."""

    text: str
    evaluate: Evaluator
    attributes: frozenset[str]
    redacted: bool = False

    def __call__(self, env: Env) -> Any:
        """The value for one object; `NO_FLOW` when nothing is to be sent."""
        return self.evaluate(env)


def compile_expression(text: str) -> Compiled:
    """Parse the expression; raises `UsageError` with the place of the mistake and the nearest function name."""
    if len(text) > MAX_LENGTH:
        raise UsageError(f"an expression may have up to {MAX_LENGTH:,} characters, this one has {len(text):,}")
    parser = _Parser(text)
    evaluate = parser.condition()
    if parser.peek() is not None:
        raise parser.error(f"unexpected {parser.peek()!r} after the end")
    return Compiled(text, evaluate, frozenset(parser.attributes), text.lstrip().startswith("Redact("))


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0
        self.attributes: set[str] = set()

    def _tokens(self) -> Any:
        position = 0
        while self.text[position:].strip():
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self.error(f"cannot read {self.text[position : position + 12].strip()!r}", position)
            yield match.lastgroup, match[match.lastgroup or 0], match.start(match.lastgroup or 0)
            position = match.end()

    def peek(self) -> str | None:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else None

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self.error(f"ends too early{f', {wanted!r} is missing' if wanted else ''}", len(self.text))
        kind, text, _ = self.tokens[self.at]
        if wanted is not None and text != wanted:
            raise self.error(f"expected {wanted!r}, found {text!r}")
        self.at += 1
        return kind, text

    def error(self, why: str, position: int | None = None) -> UsageError:
        if position is None:
            position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return UsageError(f"expression {self.text!r}, character {position + 1}: {why}")

    def condition(self) -> Evaluator:
        left = self.operand()
        if self.peek() not in ("=", "<>", "<", ">", "<=", ">="):
            return left
        sign = self.take()[1]
        right = self.operand()
        return lambda env: compare(left(env), sign, right(env))

    def operand(self) -> Evaluator:
        kind, text = self.take()
        if kind == "text":
            literal = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda env: literal
        if kind == "number":
            number = int(text[2:], 16) if text.startswith("&H") else int(text)
            return lambda env: number
        if kind == "attribute":
            name = text[1:-1].strip()
            check_source(name)
            self.attributes.add(name)
            return lambda env: env.source.value(name)
        if kind == "name":
            return self.call(text) if self.peek() == "(" else self.constant(text)
        self.at -= 1
        raise self.error(f"unexpected {text!r}")

    def constant(self, text: str) -> Evaluator:
        if text in ("True", "False", "true", "false"):
            return lambda env: text.capitalize() == "True"
        if text.startswith("vb") or text == "null":
            return lambda env: None if text == "null" else text
        self.at -= 1
        raise self.error(f'{text!r} is neither a function call nor a [source attribute] nor a "text"')

    def call(self, name: str) -> Evaluator:
        function = FUNCTIONS.get(name)
        if function is None:
            self.at -= 1
            raise self.error(f'unknown function "{name}"{nearest(name, FUNCTIONS)}')
        arguments = self.arguments()
        least, most = function.arity
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} or more" if most > 99 else f"{least} to {most}"
            raise self.error(f"{name} takes {wanted} arguments, not {len(arguments)}")
        run = function.run
        if name == "IIF":
            return _guarded(run, arguments)
        return lambda env: run(env, *[argument(env) for argument in arguments])

    def argument(self) -> Evaluator:
        """An argument that remembers which source attributes it reads."""
        outside, self.attributes = self.attributes, set()
        evaluate = self.condition()
        read = frozenset(self.attributes)
        self.attributes |= outside
        return _Argument(evaluate, read)

    def arguments(self) -> list[Evaluator]:
        self.take("(")
        found: list[Evaluator] = []
        if self.peek() == ")":
            self.take()
            return found
        while True:
            found.append(self.argument() if self.peek() not in (",", ")") else lambda env: None)
            if self.take()[1] == ")":
                return found
            if self.tokens[self.at - 1][1] != ",":
                self.at -= 1
                raise self.error(f"expected ',' or ')', found {self.peek()!r}")


@dataclass(frozen=True, slots=True)
class _Argument:
    evaluate: Evaluator
    read: frozenset[str]

    def __call__(self, env: Env) -> Any:
        return self.evaluate(env)


def _guarded(run: Callable[..., Any], arguments: list[Evaluator]) -> Evaluator:
    """IIF, whose condition fails as soon as a source attribute in it is null or empty."""
    read = arguments[0].read if isinstance(arguments[0], _Argument) else frozenset()

    def evaluate(env: Env) -> Any:
        met = all(env.source.value(name) not in (None, "", []) for name in read) and arguments[0](env)
        return run(env, met, arguments[1](env), arguments[2](env))

    return evaluate
