"""Finding one's way in a resource: members by name without case, extensions by URI, values of any number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, undeclared
from scim_sim.scim.grammar import Path

__all__ = ["OBJECT", "container", "declared", "extension_uri", "get", "key_of", "spread"]

OBJECT: Final = (dict, Mapping)
"""The types of a JSON object, for `isinstance`: nearly always a dict, and asking `Mapping` alone costs ten times as much."""


def container(resource: Mapping[str, Any], path: Path, schemas: SchemaSet) -> tuple[Mapping[str, Any] | None, Path]:
    """The object that holds the attribute (the resource or one of its extensions), and the path from there.

    The name is empty when the path is the extension itself. `None` stands for an extension the resource does not have.
    """
    if path.urn is None:
        return resource, path
    whole = extension_uri(path, resource, schemas)
    if whole is not None:
        holder = resource if schemas.is_main(whole) else get(resource, whole)
        return holder if isinstance(holder, OBJECT) else None, Path("")
    if schemas.is_main(path.urn):
        return resource, path
    holder = get(resource, path.urn)
    return holder if isinstance(holder, OBJECT) else None, path


def extension_uri(path: Path, resource: Mapping[str, Any], schemas: SchemaSet) -> str | None:
    """The URI when the path is that of a schema alone: `urn:...:2.0:User` could also be attribute User of `urn:...:2.0`."""
    if path.urn is None or path.sub is not None or path.filter is not None:
        return None
    whole = str(path)
    known = schemas.schema(whole)
    if known is not None:
        return known.id
    if not path.name:
        return whole
    return key_of(resource, whole)


def key_of(holder: Mapping[str, Any], name: str) -> str | None:
    """The member of that name as it is spelled in the object, or `None`; names compare without case."""
    if name in holder:
        return name
    wanted = name.lower()
    for key in holder:
        if key.lower() == wanted:
            return key
    return None


def get(holder: Mapping[str, Any], name: str) -> Any:
    """The member of that name, compared without case, or `None`."""
    if name in holder:
        return holder[name]
    wanted = name.lower()
    for key in holder:
        if key.lower() == wanted:
            return holder[key]
    return None


def spread(value: Any) -> list[Any]:
    """The values as a list: none for `null`, each element of an array, or the one value."""
    if value is None:
        return []
    return [v for v in value if v is not None] if isinstance(value, list) else [value]


def declared(path: Path, schemas: SchemaSet, within: tuple[str, ...], sub: str | None = None) -> Attribute:
    """What is declared, or else assumed, of the attribute at the path; `sub` overrides that of the path."""
    name = sub or path.sub
    return schemas.find(path.name, name, path.urn, within) or undeclared(name or path.name)
