"""The functions of attribute-mapping expressions, each with the semantics of Microsoft's reference.

A function gets the environment and its evaluated arguments; an argument left empty is `None`. `NO_FLOW` means that the
attribute is left out of the request altogether.
"""

from __future__ import annotations

import json
import operator
import random
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.idp.entra import dates
from scim_sim.idp.entra.source import Source, UserSource

__all__ = [
    "FUNCTIONS",
    "MANY",
    "NO_FLOW",
    "Env",
    "Function",
    "as_text",
    "compare",
    "function",
    "integer",
    "random_guid",
    "spread",
]

MANY: Final = 10_000


class _NoFlow:
    def __repr__(self) -> str:
        return "NO_FLOW"

    def __bool__(self) -> bool:
        return False


NO_FLOW: Final = _NoFlow()


@dataclass(frozen=True, slots=True)
class Env:
    """What an expression may look at: the object, the time in seconds since 1970, and the engine's own chance."""

    source: Source
    now: float
    rng: random.Random


@dataclass(frozen=True, slots=True)
class Function:
    """A function: least and most arguments, and what it does; `doc` is its one-line description."""

    name: str
    arity: tuple[int, int]
    run: Callable[..., Any]
    doc: str


FUNCTIONS: dict[str, Function] = {}


def function(least: int, most: int | None = None, name: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function of the language under the name of the Python function, or another one."""

    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        known = name or run.__name__
        FUNCTIONS[known] = Function(known, (least, least if most is None else most), run, (run.__doc__ or "").strip())
        return run

    return add


# -- values -----------------------------------------------------------------------------------------------------------


def as_text(value: Any) -> str:
    """A value as .NET writes it: `True`, `12`, the text itself, the empty string for no value."""
    if value is None or value is NO_FLOW:
        return ""
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return str(value)


def compare(left: Any, sign: str, right: Any) -> bool:
    """A comparison of IIF and CBool; it fails when the left side has no value. Two numbers compare as numbers."""
    if left is None or left is NO_FLOW:
        return False
    a, b = as_text(left), as_text(right)
    if _number(a) and _number(b):
        return _ordered(float(a), sign, float(b))
    return _ordered(a, sign, b)


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge
}  # fmt: skip


def _ordered(a: Any, sign: str, b: Any) -> bool:
    return bool(_SIGNS[sign](a, b))


def spread(values: tuple[Any, ...]) -> Iterator[str]:
    """Every value as text, those of multi-valued attributes one by one, empty ones left out."""
    for value in values:
        if isinstance(value, list):
            yield from (as_text(item) for item in value if as_text(item))
        elif as_text(value):
            yield as_text(value)


def integer(value: Any, default: int = 0) -> int:
    """The value as a whole number, the default when it is none."""
    text = as_text(value).strip()
    return int(float(text)) if _number(text) else default


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [as_text(value)]


# -- tests and choices ------------------------------------------------------------------------------------------------


@function(1, MANY)
def Coalesce(env: Env, *values: Any) -> Any:
    """The first value that is not null, else the last one."""
    return next((value for value in values if value is not None), None)


@function(3)
def IIF(env: Env, condition: Any, when_true: Any, when_false: Any) -> Any:
    """The second argument when the condition holds, else the third."""
    return when_true if _truth(condition) else when_false


@function(4, MANY)
def Switch(env: Env, source: Any, default: Any, *pairs: Any) -> Any:
    """The value after the key that equals the source, letter case included, else the default; an empty one is not sent."""
    text = as_text(source)
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if text == as_text(key):
            return value
    return NO_FLOW if default is None else default


@function(1)
def IgnoreFlowIfNullOrEmpty(env: Env, value: Any) -> Any:
    """The value, or nothing is sent when it is null or empty."""
    return NO_FLOW if value in (None, "", []) else value


@function(1)
def IsNull(env: Env, value: Any) -> bool:
    """Whether there is no value."""
    return value is None


@function(1)
def IsNullOrEmpty(env: Env, value: Any) -> bool:
    """Whether there is no value or an empty one."""
    return value in (None, "", [])


@function(1)
def IsPresent(env: Env, value: Any) -> bool:
    """Whether there is a value and it is not empty."""
    return value not in (None, "", [])


@function(1)
def IsString(env: Env, value: Any) -> bool:
    """Whether the value is text."""
    return isinstance(value, str)


@function(1)
def Not(env: Env, value: Any) -> bool:
    """False for "True", True for everything else."""
    return as_text(value) != "True"


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else as_text(value).lower() == "true"


# -- numbers and types ------------------------------------------------------------------------------------------------


@function(2)
def BitAnd(env: Env, left: Any, right: Any) -> int:
    """The bits that are set in both."""
    return integer(left) & integer(right)


@function(1)
def CBool(env: Env, value: Any) -> bool:
    """True for a number that is not zero and for a true condition."""
    if isinstance(value, bool):
        return value
    text = as_text(value).strip()
    return float(text) != 0 if _number(text) else text.lower() == "true"


@function(1)
def CStr(env: Env, value: Any) -> str:
    """The value as text."""
    return as_text(value)


@function(1)
def Count(env: Env, values: Any) -> int:
    """How many values a multi-valued attribute has."""
    return len(_list(values))


@function(2)
def Item(env: Env, values: Any, index: Any) -> Any:
    """The n-th value, counted from 1; null when there is none."""
    found, at = _list(values), integer(index)
    return found[at - 1] if 1 <= at <= len(found) else None


@function(1)
def RemoveDuplicates(env: Env, values: Any) -> list[str]:
    """The values without repetitions, in the order of their first appearance."""
    return list(dict.fromkeys(_list(values)))


@function(2)
def Split(env: Env, source: Any, delimiter: Any) -> list[str] | None:
    """The parts of the text between the delimiters."""
    return None if source is None else [part.strip() for part in as_text(source).split(as_text(delimiter) or ",")]


# -- chance, roles, uniqueness ----------------------------------------------------------------------------------------


@function(0)
def Guid(env: Env) -> str:
    """A new random GUID."""
    return random_guid(env.rng)


def random_guid(rng: random.Random) -> str:
    """A random GUID of version 4 from the given source of chance."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{rng.choice('89ab')}{digits[17:20]}-{digits[20:]}"


@function(5, 6)
def RandomString(env: Env, length: Any, digits: Any, specials: Any, capitals: Any, smalls: Any, avoid: Any = None) -> str:
    """Random text with at least so many digits, special characters, capital and small letters, none of those to avoid."""
    unwanted = set(as_text(avoid))
    pools = (string.digits, "!@#$%^&*()-_=+", string.ascii_uppercase, string.ascii_lowercase)
    allowed = [[c for c in pool if c not in unwanted] for pool in pools]
    chosen = [
        env.rng.choice(pool)
        for pool, n in zip(allowed, (digits, specials, capitals, smalls), strict=True)
        for _ in range(integer(n))
    ]
    rest = [c for pool in allowed for c in pool]
    chosen += [env.rng.choice(rest) for _ in range(integer(length) - len(chosen))]
    env.rng.shuffle(chosen)
    return "".join(chosen)


@function(1)
def SingleAppRoleAssignment(env: Env, roles: Any) -> Any:
    """The name of the one app role that the assignment grants."""
    return next(iter(_list(roles)), None)


def _complex_roles(env: Env, roles: Any) -> list[str]:
    if not isinstance(env.source, UserSource):
        return []
    rows = ({"id": role.id, "value": role.value, "displayName": role.display_name} for role in env.source.roles)
    return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]


function(1, name="AppRoleAssignmentsComplex")(_complex_roles)
function(1, name="AssertiveAppRoleAssignmentsComplex")(_complex_roles)
_complex_roles.__doc__ = "Every app role of the assignments, as JSON text each."


@function(2, MANY)
def SelectUniqueValue(env: Env, *values: Any) -> Any:
    """The first of several candidates; to be used from HR systems to the directory only."""
    return next((value for value in values if value not in (None, "")), None)


for _name, _arity in (("CDate", (1, 1)), ("Now", (0, 0)), ("DateAdd", (3, 3)), ("DateDiff", (3, 3)), ("FormatDateTime", (4, 4))):
    _run = getattr(
        dates, {"CDate": "c_date", "Now": "now", "DateAdd": "date_add", "DateDiff": "date_diff"}.get(_name, "format_date_time")
    )
    FUNCTIONS[_name] = Function(_name, _arity, _run, (_run.__doc__ or "").strip())
for _name, _run in (("NumFromDate", dates.num_from_date), ("DateFromNum", dates.date_from_num)):
    FUNCTIONS[_name] = Function(_name, (1, 1), _run, (_run.__doc__ or "").strip())
