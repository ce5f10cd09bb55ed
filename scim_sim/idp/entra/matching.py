"""Find the one resource that an object of the directory stands for."""

from __future__ import annotations

from typing import Any

from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import INCOMPATIBLE, Refused, listed
from scim_sim.idp.entra.connector import Connector
from scim_sim.idp.entra.functions import Env
from scim_sim.idp.entra.mapping import AttributeMapping, Row
from scim_sim.idp.entra.paths import read
from scim_sim.idp.flows import resource_id

__all__ = ["match"]


def match(c: Connector, kind: str, mapping: AttributeMapping, env: Env) -> Flow[list[dict[str, Any]] | None]:
    """The one resource that a matching attribute finds, in precedence order; `None` when no attribute has a value."""
    asked = False
    for row in mapping.matching:
        value = row.value(env)
        if not value:
            continue
        asked = True
        found = yield from _lookup(c, kind, row, str(value))
        if found:
            return found
    return [] if asked else None


def _lookup(c: Connector, kind: str, row: Row, value: str) -> Flow[list[dict[str, Any]]]:
    """The resource with that value; raises `Refused` for several, and for one that has another value."""
    if any(char in value for char in c.traits.unqueryable):
        said = f"the value {value!r} of the matching attribute {row.path.text} cannot be queried"
        raise Refused("InvalidFilterValue", said, source=True)
    request = c.requests.find(kind, row.path.text, value, "match user" if kind == "Users" else "match group")
    found = listed(request, (yield from c.ask(request)))
    if len(found) > 1:
        raise Refused("DuplicateTargetEntries", f'{len(found)} objects in the target answer to {row.path.text} eq "{value}"')
    if found:
        _same_one(found[0], row, value, request.path)
    return found


def _same_one(found: dict[str, Any], row: Row, value: str, path: str) -> None:
    present = read(found, row.path)
    if present is not None and str(present).lower() != value.lower():
        said = f'the answer to GET {path} with the filter {row.path.text} eq "{value}" is an object with the value "{present}"'
        raise Refused(INCOMPATIBLE, f"{said}: the filter was ignored, and the object is not taken over")
    if resource_id(found) is None:
        raise Refused(INCOMPATIBLE, f"the object found by {row.path.text} has no id")
