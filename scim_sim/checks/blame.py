"""Which requirement speaks of this PATCH operation, so that a missing effect is reported under the right one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, schemas_of
from scim_sim.scim.filter import FilterError
from scim_sim.scim.navigate import OBJECT, extension_uri, get, spread
from scim_sim.scim.path import Path, lookup, parse_path

__all__ = ["Touch", "operations_of", "touches"]

_P: Final = "rfc7644-3.5.2"
_MEMBERS: Final = "members"


@dataclass(frozen=True, slots=True)
class Touch:
    """What one operation writes: the place (`name.familyname`, lower case), and the requirement that speaks of it."""

    place: str
    requirement: str

    @property
    def attribute(self) -> str:
        """The place without its sub-attribute."""
        urn, _, name = self.place.rpartition(":")
        head = name.partition(".")[0]
        return f"{urn}:{head}" if urn else head


def operations_of(body: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The operations of a PATCH body that are objects."""
    found = get(body, "Operations") if body is not None else None
    return [o for o in found if isinstance(o, OBJECT)] if isinstance(found, list) else []


def touches(operation: Mapping[str, Any], before: Mapping[str, Any], schemas: SchemaSet) -> list[Touch]:
    """Everything the operation writes; empty when it cannot be read."""
    op, path, value = (get(operation, name) for name in ("op", "path", "value"))
    if not isinstance(op, str):
        return []
    if not isinstance(path, str) or not path:
        return list(_without_path(op, value, schemas)) if isinstance(value, OBJECT) else []
    try:
        parsed = parse_path(path)
    except FilterError:
        return []
    whole = extension_uri(parsed, before, schemas)
    if whole is not None:
        inner = value if isinstance(value, OBJECT) else {}
        return [Touch(f"{whole}:{name}".lower(), f"{_P}-path-extension-urn") for name in inner] or [
            Touch(whole.lower(), f"{_P}-path-extension-urn")
        ]
    return [Touch(_place(parsed, schemas), _with_path(op, parsed, path, value, before, schemas))]


def _place(path: Path, schemas: SchemaSet) -> str:
    urn = "" if path.urn is None or schemas.is_main(path.urn) else f"{path.urn}:"
    return f"{urn}{path.name}{'.' + path.sub if path.sub else ''}".lower()


def _without_path(op: str, value: Mapping[str, Any], schemas: SchemaSet) -> Iterator[Touch]:
    verb = op.lower()
    base = f"{_P}.1-add-no-path" if verb == "add" else f"{_P}.3-replace-no-path"
    if op != verb:
        base = f"{_P}-op-case-tolerance"
    elif get(value, "id") is not None and verb == "replace":
        base = f"{_P}.3-replace-no-path-own-id"
    for name, member in value.items():
        if name.lower() in ("id", "schemas", "meta"):
            continue
        if ":" in name and isinstance(member, OBJECT) and schemas.schema(name) is not None:
            yield from (Touch(f"{name}:{inner}".lower(), base) for inner in member)
            continue
        if "." in name.rpartition(":")[2] or ":" in name:
            yield Touch(_dotted(name, schemas), f"{_P}.3-replace-no-path-dotted-keys")
        else:
            yield Touch(name.lower(), _by_value(name, member, schemas) or base)


def _dotted(name: str, schemas: SchemaSet) -> str:
    try:
        return _place(parse_path(name), schemas)
    except FilterError:
        return name.lower()


def _by_value(name: str, value: Any, schemas: SchemaSet) -> str:
    """The requirement that a value of an odd form belongs to, or the empty string."""
    if name.lower() in ("active", "primary") and isinstance(value, str):
        return "rfc7643-2.3.2-string-boolean-inbound"
    if name.lower() == "manager" and isinstance(value, str):
        return f"{_P}-manager-bare-string"
    return ""


def _with_path(op: str, path: Path, text: str, value: Any, before: Mapping[str, Any], schemas: SchemaSet) -> str:
    verb = op.lower()
    odd = _by_value(path.sub or path.name, value, schemas)
    if odd:
        return odd
    is_members = path.name.lower() == _MEMBERS and path.urn is None
    if verb == "remove" and is_members and value is not None and path.filter is None:
        return f"{_P}.2-remove-members-with-value-list"
    if op != verb:
        return f"{_P}-op-case-tolerance"
    attribute = schemas.find(path.name, None, path.urn, schemas_of(before))
    if path.urn is not None:
        named = schemas.schema(path.urn)
        if named is not None and named.id != path.urn:
            return "rfc7644-3.10-patch-path-case"
        return "rfc7644-3.10-patch-path-core-urn" if schemas.is_main(path.urn) else f"{_P}-path-extension-urn"
    if attribute is not None and attribute.name != path.name:
        return "rfc7644-3.10-patch-path-case"
    return {"add": _add, "remove": _remove, "replace": _replace}.get(verb, _replace)(path, attribute, value, before, schemas)


def _add(path: Path, attribute: Attribute | None, value: Any, before: Mapping[str, Any], schemas: SchemaSet) -> str:
    if path.name.lower() == _MEMBERS and path.filter is None:
        there = {get(m, "value") for m in spread(get(before, _MEMBERS)) if isinstance(m, OBJECT)}
        wanted = {get(m, "value") for m in spread(value) if isinstance(m, OBJECT)}
        return f"{_P}.1-add-existing-no-change" if wanted and wanted <= there else f"{_P}.1-add-member"
    if path.filter is not None and not _selected(path, before, schemas):
        return f"{_P}.1-add-value-path-no-match"
    if path.sub is not None:
        return f"{_P}.1-add-subattribute"
    if attribute is not None and attribute.multi_valued:
        return f"{_P}.1-add-multivalued-appends"
    if isinstance(value, OBJECT):
        return f"{_P}.1-add-complex-merges"
    return f"{_P}.1-add-singular-replaces"


def _remove(path: Path, attribute: Attribute | None, value: Any, before: Mapping[str, Any], schemas: SchemaSet) -> str:
    if path.filter is not None:
        if path.name.lower() != _MEMBERS:
            return f"{_P}.2-remove-by-subattribute-filter"
        return f"{_P}.2-remove-member-by-filter" if _selected(path, before, schemas) else f"{_P}.2-remove-absent-member"
    many = attribute is not None and attribute.multi_valued and path.sub is None
    return f"{_P}.2-remove-all-values" if many else f"{_P}.2-remove-singular"


def _replace(path: Path, attribute: Attribute | None, value: Any, before: Mapping[str, Any], schemas: SchemaSet) -> str:
    if path.filter is not None:
        if not _selected(path, before, schemas):
            return f"{_P}.3-replace-no-match-notarget"
        return f"{_P}.3-replace-value-path-subattribute" if path.sub else f"{_P}.3-replace-value-path"
    if attribute is not None and attribute.multi_valued and path.sub is None:
        return f"{_P}.3-replace-multivalued-all"
    if isinstance(value, OBJECT) and path.sub is None:
        return f"{_P}.3-replace-complex-keeps-rest"
    if not _selected(path, before, schemas):
        return f"{_P}.3-replace-missing-is-add"
    return f"{_P}.3-replace-subattribute" if path.sub else f"{_P}.3-replace-singular"


def _selected(path: Path, before: Mapping[str, Any], schemas: SchemaSet) -> bool:
    """Whether the path leads to a value in the resource as it was; yes when that cannot be told."""
    try:
        whole = Path(path.name, None, path.urn, path.filter) if path.filter is not None else path
        return bool(lookup(before, whole, schemas))
    except ValueError:
        return True
