"""Reading values out of a resource by path (RFC 7644 figure 7 and section 3.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim_sim.scim.attributes import SchemaSet, core_schemas
from scim_sim.scim.filter import values_of
from scim_sim.scim.grammar import FilterError, Path, parse_path

__all__ = ["FilterError", "Path", "lookup", "parse_path"]


def lookup(resource: Mapping[str, Any], path: str | Path, schemas: SchemaSet | None = None) -> list[Any]:
    """All values at the path, in order; multi-valued attributes are spread out, and unassigned gives `[]`.

    Raises `FilterError` for a malformed path and `InvalidFilter` for a filter that cannot be judged.
    """
    where = parse_path(path) if isinstance(path, str) else path
    return values_of(resource, where, schemas or core_schemas())
