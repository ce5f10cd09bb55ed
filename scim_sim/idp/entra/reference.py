"""The parts of the page about Entra ID that are made from the code: job diagram, default mapping, functions, filter operators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scim_sim.idp.entra.expressions import FUNCTIONS
from scim_sim.idp.entra.job import diagram
from scim_sim.idp.entra.mapping import DEFAULT_GROUP_ROWS, DEFAULT_USER_ROWS
from scim_sim.idp.entra.scope import OPERATORS

__all__ = ["PARTS", "functions_table", "job_diagram", "mapping_table", "operators_list"]


def job_diagram() -> str:
    """The states of the job and what moves it, drawn from the transition table."""
    return f"```mermaid\n{diagram()}\n```\n"


def mapping_table() -> str:
    """The default rows of users and groups."""
    rows = [(target, row) for target, row in DEFAULT_USER_ROWS.items()]
    groups = [(f"{target} (group)", row) for target, row in DEFAULT_GROUP_ROWS.items()]
    return _table(("Target", "Source", "Note"), (_mapping_row(target, row) for target, row in [*rows, *groups]))


def functions_table() -> str:
    """The functions of the expression language, in the order of the alphabet."""
    rows = ((f"`{name}`", _arity(function.arity), function.doc) for name, function in sorted(FUNCTIONS.items()))
    return _table(("Function", "Arguments", "What it yields"), rows)


def operators_list() -> str:
    """The operators of scoping filters."""
    return ", ".join(f"`{name}`" for name in OPERATORS) + ".\n"


PARTS = {
    "entra job": job_diagram,
    "entra mapping": mapping_table,
    "entra functions": functions_table,
    "entra operators": operators_list,
}


def _mapping_row(target: str, row: Any) -> tuple[str, str, str]:
    options = row if isinstance(row, Mapping) else {"source": row}
    notes = []
    if options.get("match"):
        notes.append(f"match, precedence {options['match']}")
    if options.get("reference"):
        notes.append("reference, in a PATCH of its own")
    return f"`{target}`", f"`{options['source']}`", "; ".join(notes)


def _arity(arity: tuple[int, int]) -> str:
    least, most = arity
    return str(least) if least == most else f"{least} or more" if most > 99 else f"{least} to {most}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
