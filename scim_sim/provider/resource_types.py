"""The resource types a provider offers and their schemas, as data: what discovery publishes is what intake obeys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from scim_sim.scim import urns
from scim_sim.scim.attributes import COMMON, Attribute, SchemaSet

__all__ = ["Catalogue", "Fields", "ResourceType", "standard", "users_only"]

Json = dict[str, Any]
Fields = Mapping[str, Attribute]
"""Attributes by their name in lower case (RFC 7643 section 2.1)."""

_WITHOUT_INTAKE: Final = {"schemas", "id", "meta"}


def _packaged(name: str) -> Any:
    return json.loads((resources.files("scim_sim.scim") / "core" / f"{name}.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource type, ready to judge a body by: its own attributes, and those of each extension by URI in lower case."""

    name: str
    endpoint: str
    schema: str
    fields: Fields
    extensions: Mapping[str, tuple[str, Fields]]
    required: frozenset[str]
    holds_members: bool
    shows_groups: bool

    @property
    def segment(self) -> str:
        """The endpoint as one path segment: `Users`."""
        return self.endpoint.strip("/")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Schema and ResourceType resources of one provider; `internal` schemas describe discovery itself."""

    schemas: tuple[Json, ...]
    resource_types: tuple[Json, ...]
    types: tuple[ResourceType, ...] = field(init=False)
    set: SchemaSet = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "set", SchemaSet.from_json(self.schemas, self.resource_types))
        object.__setattr__(self, "types", tuple(_compiled(item, self.set) for item in self.resource_types))

    def by_segment(self, segment: str) -> ResourceType | None:
        """The resource type that lives at this path segment."""
        return next((found for found in self.types if found.segment == segment), None)

    def by_name(self, name: str) -> ResourceType:
        """The resource type of that name; asking for one that is not there is a mistake of ours."""
        return next(found for found in self.types if found.name == name)

    def with_extension(self, type_name: str, schema: Json, required: bool = False) -> Catalogue:
        """The same with one more extension of a type; `schema` is a Schema resource (RFC 7643 section 7)."""
        link = {"schema": schema["id"], "required": required}
        changed = tuple(
            {**item, "schemaExtensions": [*item.get("schemaExtensions", []), link]} if item["name"] == type_name else item
            for item in self.resource_types
        )
        return Catalogue((*self.schemas, schema), changed)

    def without(self, schema: str, *names: str) -> Catalogue:
        """The same where that schema does not have those attributes."""
        lost = {name.lower() for name in names}

        def kept(item: Json) -> Json:
            if item["id"] != schema:
                return item
            return {**item, "attributes": [a for a in item["attributes"] if a["name"].lower() not in lost]}

        return Catalogue(tuple(map(kept, self.schemas)), self.resource_types)

    def declaring(self, schema: str, name: str, **characteristics: Any) -> Catalogue:
        """The same where that schema declares that attribute with other characteristics."""

        def changed(item: Json) -> Json:
            if item["id"] != schema:
                return item
            return {**item, "attributes": [{**a, **characteristics} if a["name"] == name else a for a in item["attributes"]]}

        return Catalogue(tuple(map(changed, self.schemas)), self.resource_types)

    def with_type(self, resource_type: Json, *schemas: Json) -> Catalogue:
        """The same with one more resource type and the schemas it names."""
        return Catalogue((*self.schemas, *schemas), (*self.resource_types, resource_type))


def standard() -> Catalogue:
    """User with the enterprise extension, and Group, as RFC 7643 section 8.7 declares them."""
    names = ("user", "enterprise-user", "group", "service-provider-config", "resource-type", "schema")
    return Catalogue(tuple(_packaged(name) for name in names), tuple(_packaged("resource-types")))


def users_only() -> Catalogue:
    """User without any extension, and nothing else."""
    user = {**_packaged("resource-types")[0], "schemaExtensions": []}
    names = ("user", "service-provider-config", "resource-type", "schema")
    return Catalogue(tuple(_packaged(name) for name in names), (user,))


def _compiled(item: Json, schemas: SchemaSet) -> ResourceType:
    own = schemas.schema(item["schema"])
    if own is None:
        raise AssertionError(f"the resource type {item['name']!r} names a schema that is not given: {item['schema']}")
    common = [attribute for attribute in COMMON if attribute.name not in _WITHOUT_INTAKE]
    extensions: dict[str, tuple[str, Fields]] = {}
    for link in item.get("schemaExtensions", []):
        schema = schemas.schema(link["schema"])
        if schema is not None:
            extensions[schema.id.lower()] = (schema.id, by_name(schema.attributes))
    return ResourceType(
        name=item["name"],
        endpoint=item["endpoint"],
        schema=own.id,
        fields=by_name([*common, *own.attributes]),
        extensions=extensions,
        required=frozenset(link["schema"] for link in item.get("schemaExtensions", []) if link.get("required")),
        holds_members=own.id == urns.GROUP,
        shows_groups=own.id == urns.USER,
    )


def by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """The attributes by their name in lower case."""
    return {attribute.name.lower(): attribute for attribute in attributes}
