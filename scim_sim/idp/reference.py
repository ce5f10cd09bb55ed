"""Pages about an engine, made from its code: its switches with source and confidence, and what its administrator can do."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from scim_sim.idp.absent import NOT_SIMULATED
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import ENGINES

__all__ = ["absent_table", "actions_table", "assumed_table", "traits_table"]


def traits_table(name: str) -> str:
    """The traits that the engine states as a Markdown table: name, default, meaning, source, confidence.

    What a dialect does not state itself is in `assumed_table`.
    """
    kind = ENGINES.get(name).traits_type
    stated = [one for one in fields(kind) if one.name in vars(kind).get("__annotations__", {})] if kind is not None else []
    return _traits(stated)


def assumed_table() -> str:
    """What is assumed of every dialect whose file does not state it, as the same table."""
    return _traits(fields(Dialect))


def absent_table() -> str:
    """What is named and not simulated, and why, as a Markdown table."""
    return _table(("Name", "Why it is not simulated"), iter((one.name, one.why) for one in NOT_SIMULATED))


def _traits(stated: Iterable[Field[Any]]) -> str:
    rows = (
        (f"`{one.name}`", f"`{_default(one)}`", one.metadata["doc"], one.metadata["source"], one.metadata["confidence"])
        for one in stated
    )
    return _table(("Switch", "Default", "What it does", "Source", "Confidence"), rows)


def actions_table(name: str) -> str:
    """What the engine's administrator can do in a scenario, as a Markdown table: step, parameters, meaning."""
    rows = (
        (f"`{verb}`", ", ".join(_parameters(method)), " ".join((inspect.getdoc(method) or "").split()))
        for verb, method in ENGINES.get(name).actions().items()
    )
    return _table(("Step", "Parameters", "What happens"), rows)


def _default(one: Field[Any]) -> str:
    value = one.default_factory() if one.default_factory is not MISSING else one.default
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, (tuple, list)) else str(value)


def _parameters(method: Any) -> Iterator[str]:
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield "any switch"
        else:
            yield f"`{parameter.name}`"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
