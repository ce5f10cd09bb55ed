"""The declared characteristics of attributes (RFC 7643 sections 2.2 and 7), read from Schema resources.

Names are looked up without case. What no schema declares gets the defaults of RFC 7643 section 2.2, save a few names
whose meaning is fixed (`id`, `externalId`, `$ref`, `active`, `primary`).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

__all__ = ["COMMON", "Attribute", "ResourceTypeDef", "SchemaDef", "SchemaSet", "core_schemas", "schemas_of", "undeclared"]

_CORE_PREFIX: Final = "urn:ietf:params:scim:schemas:core:"


def _by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Attributes by their name in lower case; of two that are called alike the first."""
    found: dict[str, Attribute] = {}
    for attribute in attributes:
        found.setdefault(attribute.name.lower(), attribute)
    return found


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with its characteristics; `type` and the other words are spelled as in RFC 7643 section 7."""

    name: str
    type: str = "string"
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical_values: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    reference_types: tuple[str, ...] = ()
    description: str = ""
    declared: bool = True
    _subs: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_subs", _by_name(self.sub_attributes))

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, or `None`."""
        return self._subs.get(name.lower())

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Attribute:
        """Read one member of `attributes` or `subAttributes`; absent or malformed characteristics take their defaults."""
        type_ = _text(value, "type") or "string"
        exact = value.get("caseExact")
        return cls(
            name=_text(value, "name"),
            type=type_,
            multi_valued=value.get("multiValued") is True,
            required=value.get("required") is True,
            case_exact=exact if isinstance(exact, bool) else type_ in ("reference", "binary"),
            mutability=_text(value, "mutability") or "readWrite",
            returned=_text(value, "returned") or "default",
            uniqueness=_text(value, "uniqueness") or "none",
            canonical_values=_texts(value, "canonicalValues"),
            sub_attributes=tuple(map(cls.from_json, _objects(value, "subAttributes"))),
            reference_types=_texts(value, "referenceTypes"),
            description=_text(value, "description"),
        )


@dataclass(frozen=True, slots=True)
class SchemaDef:
    """A schema: its URI and attributes (RFC 7643 section 7)."""

    id: str
    name: str = ""
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    _attributes: Mapping[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_attributes", _by_name(self.attributes))

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, or `None`."""
        return self._attributes.get(name.lower())

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SchemaDef:
        """Read a Schema resource."""
        attributes = tuple(map(Attribute.from_json, _objects(value, "attributes")))
        return cls(_text(value, "id"), _text(value, "name"), _text(value, "description"), attributes)


@dataclass(frozen=True, slots=True)
class ResourceTypeDef:
    """A resource type: where its resources live and which schemas they follow; `extensions` are (URI, required)."""

    name: str
    endpoint: str
    schema: str
    extensions: tuple[tuple[str, bool], ...] = ()
    description: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ResourceTypeDef:
        """Read a ResourceType resource."""
        extensions = tuple((_text(e, "schema"), e.get("required") is True) for e in _objects(value, "schemaExtensions"))
        return cls(
            _text(value, "name"), _text(value, "endpoint"), _text(value, "schema"), extensions, _text(value, "description")
        )


COMMON: Final = (
    Attribute("schemas", "reference", multi_valued=True, required=True, returned="always", case_exact=False),
    Attribute("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
    Attribute("externalId", case_exact=True),
    Attribute(
        "meta",
        "complex",
        mutability="readOnly",
        sub_attributes=(
            Attribute("resourceType", case_exact=True, mutability="readOnly"),
            Attribute("created", "dateTime", mutability="readOnly"),
            Attribute("lastModified", "dateTime", mutability="readOnly"),
            Attribute("location", "reference", case_exact=True, mutability="readOnly"),
            Attribute("version", case_exact=True, mutability="readOnly"),
        ),
    ),
)
"""The attributes every resource has (RFC 7643 sections 3 and 3.1)."""

_COMMON_BY_NAME: Final = {a.name.lower(): a for a in COMMON}


@functools.lru_cache(maxsize=1024)
def undeclared(name: str) -> Attribute:
    """What is assumed of an attribute that no schema declares; `declared` is false."""
    lower = name.lower()
    if lower in ("active", "primary"):
        return Attribute(name, "boolean", declared=False)
    return Attribute(name, case_exact=lower in ("id", "externalid", "$ref"), declared=False)


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """The schemas and resource types of one service provider, with lookup by path."""

    schemas: tuple[SchemaDef, ...] = ()
    resource_types: tuple[ResourceTypeDef, ...] = ()
    _schemas: Mapping[str, SchemaDef] = field(init=False, repr=False, compare=False)
    _main: frozenset[str] = field(init=False, repr=False, compare=False)
    _types: Mapping[str, ResourceTypeDef] = field(init=False, repr=False, compare=False)
    _found: dict[Any, Attribute | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_schemas", {schema.id.lower(): schema for schema in reversed(self.schemas)})
        object.__setattr__(self, "_main", frozenset(kind.schema.lower() for kind in self.resource_types))
        object.__setattr__(self, "_types", {kind.endpoint: kind for kind in reversed(self.resource_types)})

    @classmethod
    def from_json(cls, schemas: Iterable[Mapping[str, Any]], resource_types: Iterable[Mapping[str, Any]] = ()) -> SchemaSet:
        """Read Schema and ResourceType resources, as they stand in the `Resources` of a discovery answer."""
        return cls(tuple(map(SchemaDef.from_json, schemas)), tuple(map(ResourceTypeDef.from_json, resource_types)))

    def schema(self, urn: str) -> SchemaDef | None:
        """The schema of that URI, compared without case, or `None`."""
        return self._schemas.get(urn.lower())

    def resource_type(self, name: str) -> ResourceTypeDef | None:
        """The resource type of that name, or `None`."""
        return next((t for t in self.resource_types if t.name == name), None)

    def type_at(self, endpoint: str) -> ResourceTypeDef | None:
        """The resource type served at the endpoint (`/Users`), or `None`."""
        return self._types.get(endpoint)

    def is_main(self, urn: str) -> bool:
        """Whether attributes of the schema stand at the top of a resource instead of under its URI."""
        wanted = urn.lower()
        return wanted in self._main or wanted.startswith(_CORE_PREFIX)

    def find(self, name: str, sub: str | None = None, urn: str | None = None, within: tuple[str, ...] = ()) -> Attribute | None:
        """The declaration of `urn:name.sub`, or `None`.

        Without `urn` the main schemas among `within` (the `schemas` of the resource) are searched, and all main schemas
        when `within` names none that is known.
        """
        key = (name, sub, urn, within)
        if key in self._found:
            return self._found[key]
        found = self._attribute(name, urn, within)
        if found is not None and sub is not None:
            found = found.sub(sub)
        if len(self._found) < 10_000:
            self._found[key] = found
        return found

    def _attribute(self, name: str, urn: str | None, within: tuple[str, ...]) -> Attribute | None:
        if urn:
            schema = self.schema(urn)
            found = schema.attribute(name) if schema else None
            return found or (_COMMON_BY_NAME.get(name.lower()) if self.is_main(urn) else None)
        named = [s for s in map(self.schema, within) if s is not None and self.is_main(s.id)]
        common = _COMMON_BY_NAME.get(name.lower())
        if not named and common is not None:
            return common
        for schema in named or [s for s in self.schemas if self.is_main(s.id)]:
            if found := schema.attribute(name):
                return found
        return common


@functools.cache
def core_schemas() -> SchemaSet:
    """The schemas of RFC 7643 section 8.7 and the resource types User and Group, as packaged."""
    names = ("user", "group", "enterprise-user", "service-provider-config", "resource-type", "schema")
    return SchemaSet.from_json([_packaged(name) for name in names], _packaged("resource-types"))


def schemas_of(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """The URIs in the `schemas` of the resource, leaving out what is no string."""
    return _texts(resource, "schemas")


def _packaged(name: str) -> Any:
    return json.loads((resources.files(__package__) / "core" / f"{name}.json").read_text("utf-8"))


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = value.get(name)
    return tuple(v for v in found if isinstance(v, str)) if isinstance(found, list) else ()


def _objects(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = value.get(name)
    return [v for v in found if isinstance(v, dict)] if isinstance(found, list) else []
