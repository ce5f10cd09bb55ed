"""Frozen dataclasses to plain JSON values and back, by their type hints.

What a reader does not know is ignored and what a writer left out takes its default, so that older and newer reports can
be read by either side.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from scim_sim.errors import UsageError

__all__ = ["from_plain", "to_json", "to_plain"]

T = TypeVar("T")


def to_json(value: Any) -> str:
    """The value as JSON text."""
    return _ENCODER.encode(value)


def to_plain(value: Any) -> Any:
    """The value made of dictionaries, lists, strings, numbers, booleans and `None` only."""
    return json.loads(to_json(value))


def _shallow(value: Any) -> Any:
    """What JSON has no form for, one level of it."""
    names = _fields(cast(Any, type(value)))
    if names:
        return {name: getattr(value, name) for name in names}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return list(value) if isinstance(value, Sequence) else str(value)


_ENCODER = json.JSONEncoder(default=_shallow, check_circular=False)


@cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass, none of anything else."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()


def from_plain(kind: type[T], value: Any, place: str = "") -> T:
    """The dataclass made from a JSON value; raises `UsageError` that names the place of the first misfit."""
    if not isinstance(value, Mapping):
        raise UsageError(f"the report holds no object at {place or '/'}")
    hints = _hints(cast(Any, kind))
    known: dict[str, Any] = {}
    for f in fields(kind):  # type: ignore[arg-type]
        if f.name in value:
            known[f.name] = _decode(hints[f.name], value[f.name], f"{place}/{f.name}")
        elif f.default is MISSING and f.default_factory is MISSING:
            raise UsageError(f"the report has no {place}/{f.name}")
    return kind(**known)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(hint: Any, value: Any, place: str) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, Union):
        return None if value is None else _decode(next(a for a in args if a is not type(None)), value, place)
    if origin is tuple:
        if not isinstance(value, list):
            raise UsageError(f"the report holds no list at {place}")
        return tuple(_decode(args[0], item, f"{place}/{n}") for n, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise UsageError(f"the report holds no object at {place}")
        return {key: _decode(args[1], item, f"{place}/{key}") for key, item in value.items()}
    if is_dataclass(hint):
        return from_plain(hint, value, place)  # type: ignore[arg-type]
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise UsageError(f"the report holds {type(value).__name__} in place of {hint.__name__} at {place}")
    return value
