"""How differences become PATCH operations: the legacy dialect and the one of the flag `aadOptscim062020`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scim_sim.idp.entra.mapping import Row
from scim_sim.idp.entra.paths import read
from scim_sim.idp.entra.traits import EntraTraits
from scim_sim.scim.urns import PATCH_OP

__all__ = ["FLAG", "Difference", "differences", "member_operation", "operations", "patch_body", "reference_operation", "typed"]

FLAG = "aadOptscim062020"
Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that the target has not as the source wants it; `op` is `Add` where the target has no value."""

    row: Row
    op: str
    old: Any
    new: Any


def differences(pairs: Iterable[tuple[Row, Any]], resource: Any, traits: EntraTraits) -> Iterator[Difference]:
    """What an update must change in the resource as the target returned it, in the order of the mapping."""
    for row, value in pairs:
        present = read(resource, row.path)
        if present is None:
            yield Difference(row, "Add", None, value)
        elif row.only_fills:
            continue
        elif row.multi or row.path.text == "roles":
            wanted, there = set(_names(value)), set(_names(present))
            if not wanted <= there or (_assertive(row) and wanted != there):
                yield Difference(row, "Replace" if _assertive(row) else "Add", present, value)
        elif not _same(row, value, present, traits):
            yield Difference(row, "Replace", present, value)


def _same(row: Row, value: Any, present: Any, traits: EntraTraits) -> bool:
    a, b = _plain(value), _plain(present)
    if row.path.text not in traits.case_exact:
        a, b = a.lower(), b.lower()
    return a == b


def _plain(value: Any) -> str:
    return str(value)


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item.get("value")) if isinstance(item, dict) else str(item) for item in items]


def _names(value: Any) -> list[str]:
    """The values to compare; a role that is JSON text is known by its `value`."""
    return [_role(text).get("value", text) for text in _texts(value)]


def _role(text: str) -> dict[str, str]:
    """The app role that a JSON text holds, or nothing."""
    try:
        found = json.loads(text) if text.startswith("{") else {}
    except ValueError:
        found = {}
    return {name: str(item) for name, item in found.items()} if isinstance(found, dict) else {}


def _assertive(row: Row) -> bool:
    return row.text.startswith("AssertiveAppRoleAssignmentsComplex")


def typed(row: Row, value: Any) -> Any:
    """The value as JSON carries it in a body: a boolean attribute as a boolean, several values as a list of objects."""
    if row.path.text == "roles":
        return [_element(text) for text in _texts(value)]
    if row.multi:
        return [{"value": text} for text in _texts(value)]
    if row.path.boolean and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _element(text: str) -> dict[str, Any]:
    role = _role(text)
    shown = {"display": role["displayName"]} if "displayName" in role else {}
    return {"primary": False, "type": "WindowsAzureActiveDirectoryRole", **shown, "value": role.get("value", text)}


def operations(found: Sequence[Difference], dialect: str, traits: EntraTraits) -> list[Operation]:
    """The operations of one PATCH in the dialect."""
    return _flagged(found, traits) if dialect == FLAG else [_legacy(one, traits) for one in found]


def _legacy(one: Difference, traits: EntraTraits) -> Operation:
    op = (
        traits.disable_op if one.row.path.text == "active" and str(one.new).lower() == "false" and one.op == "Replace" else one.op
    )
    return {"op": op, "path": one.row.path.text, "value": _text(one.row, one.new)}


def _text(row: Row, value: Any) -> Any:
    if row.multi or row.path.text == "roles":
        return [{"value": text} for text in _texts(value)]
    return str(value) if isinstance(value, bool) else value


def _flagged(found: Sequence[Difference], traits: EntraTraits) -> list[Operation]:
    single = [d for d in found if d.row.path.filtered or isinstance(_text(d.row, d.new), list)]
    made = [{"op": d.op.lower(), "path": d.row.path.text, "value": typed(d.row, d.new)} for d in single]
    for verb in ("Replace", "Add"):
        bundle = [d for d in found if d not in single and d.op == verb]
        if len(bundle) == 1 and (verb == "Add" or bundle[0].row.path.text == "active" or traits.flag_single_replace == "path"):
            made.append({"op": verb.lower(), "path": bundle[0].row.path.text, "value": typed(bundle[0].row, bundle[0].new)})
        elif bundle:
            made.append({"op": verb.lower(), "value": {d.row.path.text: typed(d.row, d.new) for d in bundle}})
    return made


def reference_operation(op: str, path: str, value: str, dialect: str) -> Operation:
    """The one operation of a reference: the target's own id as bare text."""
    return {"op": op.lower() if dialect == FLAG else op, "path": path, "value": value}


def member_operation(op: str, ids: Sequence[str], dialect: str, traits: EntraTraits) -> list[Operation]:
    """The operations that add (`Add`) or remove (`Remove`) members by their ids in the target."""
    if dialect == FLAG and op == "Remove":
        return [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in ids]
    verb = {"Add": traits.flag_member_add}.get(op, op.lower()) if dialect == FLAG else op
    members = [{"$ref": None, "value": member} if traits.member_ref else {"value": member} for member in ids]
    return [{"op": verb, "path": "members", "value": members}]


def patch_body(made: Sequence[Operation]) -> dict[str, Any]:
    """The whole PATCH body."""
    return {"schemas": [PATCH_OP], "Operations": list(made)}
