"""What a service provider says of itself: configuration, resource types and schemas, read tolerantly (RFC 7644 section 4).

What is missing or unreadable is assumed, each assumption with its reason; what is merely malformed is read as far as it
goes, because judging it is the business of the checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, ResourceTypeDef, SchemaDef, SchemaSet, core_schemas
from scim_sim.scim.grammar import FilterError, Path, parse_path
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

__all__ = ["FEATURES", "Declared", "Feature"]

FEATURES: Final = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
"""The features of RFC 7643 section 5, each a member of ServiceProviderConfig with `supported`."""

DOCUMENTS: Final = ("ServiceProviderConfig", "ResourceTypes", "Schemas")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: `supported` is `None` when nothing was said; `limits` holds its other members that are numbers."""

    supported: bool | None = None
    limits: Mapping[str, int] = field(default_factory=dict)


_UNSAID: Final = Feature()


@dataclass(frozen=True, slots=True)
class Declared:
    """What discovery says: features, resource types, schemas, and what had to be assumed.

    `known` names the documents that could be read. `schemas` holds the target's own schemas, or those of RFC 7643 where
    it published none; `resource_types` likewise.
    """

    features: Mapping[str, Feature] = field(default_factory=dict)
    schemas: SchemaSet = field(default_factory=core_schemas)
    known: frozenset[str] = frozenset()
    authentication: tuple[str, ...] = ()
    cursor: bool | None = None
    index: bool | None = None
    paging: str = ""
    """The default pagination method, `cursor` or `index`, or empty when nothing is said (RFC 9865 section 4)."""
    assumptions: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        config: Any = None,
        resource_types: Any = None,
        schemas: Any = None,
        *,
        reasons: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Declared:
        """Read the bodies of the three discovery answers, parsed or `None`.

        `reasons` says per document (`Schemas: "answered 404"`) why there is none; `overrides` are capabilities of the
        target's profile (`{"patch": false, "filter": {"maxResults": 50}}`), which win over what discovery says.
        """
        overrides = overrides or {}
        core = core_schemas()
        types = tuple(t for t in map(ResourceTypeDef.from_json, _items(resource_types)) if t.endpoint)
        defs = tuple(s for s in map(SchemaDef.from_json, _items(schemas)) if s.id)
        block = config if isinstance(config, Mapping) else {}
        known = frozenset(n for n, there in zip(DOCUMENTS, (block, types, defs), strict=True) if there)
        features = {name: _feature(block.get(name), overrides.get(name)) for name in FEATURES}
        paging = block.get("pagination")
        paging = paging if isinstance(paging, Mapping) else {}
        schemes = tuple(str(s.get("type", "")).lower() for s in _items(block.get("authenticationSchemes")))
        fitted = SchemaSet(_with_core(defs, core), tuple(map(_rooted, types)) or core.resource_types)
        return cls(
            features=features,
            schemas=fitted,
            known=known,
            authentication=schemes,
            cursor=_flag(paging.get("cursor")),
            index=_flag(paging.get("index")),
            paging=str(paging.get("defaultPaginationMethod") or ""),
            assumptions=tuple(_assumptions(known, features, reasons or {})),
        )

    @property
    def resource_types(self) -> tuple[ResourceTypeDef, ...]:
        """The resource types, declared or assumed."""
        return self.schemas.resource_types

    def supports(self, feature: str) -> bool | None:
        """Whether the target says that it supports the feature; `None` when it says nothing."""
        return self.features.get(feature, _UNSAID).supported

    def limit(self, feature: str, name: str) -> int | None:
        """A limit such as `limit("filter", "maxResults")`, or `None`; zero counts as none."""
        return self.features.get(feature, _UNSAID).limits.get(name) or None

    def type_at(self, endpoint: str) -> ResourceTypeDef | None:
        """The resource type served at the endpoint (`/Users`), or `None`."""
        return self.schemas.type_at(endpoint)

    def has_groups(self) -> bool:
        """Whether Groups are among the resource types."""
        return any(t.schema == GROUP or t.endpoint == "/Groups" for t in self.resource_types)

    def has_enterprise(self) -> bool:
        """Whether the User resource type lists the enterprise extension."""
        users = (t for t in self.resource_types if t.schema == USER or t.endpoint == "/Users")
        return any(urn == ENTERPRISE_USER for t in users for urn, _ in t.extensions)

    def declares(self, urn: str) -> bool:
        """Whether the target itself published the schema of that URI."""
        return "Schemas" in self.known and self.schemas.schema(urn) is not None

    def lacks(self, endpoint: str, path: str) -> bool:
        """Whether the target published its schemas and the type at the endpoint has no such attribute there.

        What it lacks it may leave out of what it keeps (RFC 7644 section 3.3); `path` is as in PATCH.
        """
        place = self._place(endpoint, path)
        if place is None:
            return False
        schema, parsed = place
        if not parsed.name:
            return self.schemas.schema(parsed.urn or "") is None
        return self.schemas.find(parsed.name, parsed.sub or None, parsed.urn or None, (schema,)) is None

    def hides(self, endpoint: str, path: str) -> bool:
        """Whether the target declares that it shows the attribute only to those who ask for it, or never."""
        declared, _ = self._attribute(endpoint, path)
        return declared is not None and declared.returned in ("request", "never")

    def computes(self, endpoint: str, path: str) -> bool:
        """Whether the target declares readOnly what the RFC's own schema lets clients write: it decides the value itself."""
        declared, usual = self._attribute(endpoint, path)
        return declared is not None and usual is not None and declared.mutability == "readOnly" != usual.mutability

    def _attribute(self, endpoint: str, path: str) -> tuple[Attribute | None, Attribute | None]:
        """The attribute at the head of the path as the target itself declares it, and as the RFC does."""
        place = self._place(endpoint, path)
        if place is None or not place[1].name:
            return None, None
        schema, parsed = place
        declared, usual = (one.find(parsed.name, None, parsed.urn or None, (schema,)) for one in (self.schemas, core_schemas()))
        return declared, usual

    def _place(self, endpoint: str, path: str) -> tuple[str, Path] | None:
        """The schema of the type at the endpoint, and the path in it; `None` where the target did not publish that schema."""
        kind = self.type_at(endpoint)
        if kind is None or not self.declares(kind.schema):
            return None
        try:
            return kind.schema, parse_path(path)
        except FilterError:
            return None

    def to_json(self) -> dict[str, Any]:
        """The same for the report."""
        return {
            "features": {n: {"supported": f.supported, **f.limits} for n, f in self.features.items()},
            "resourceTypes": [{"name": t.name, "endpoint": t.endpoint, "schema": t.schema} for t in self.resource_types],
            "schemas": [s.id for s in self.schemas.schemas],
            "authentication": list(self.authentication),
            "pagination": {"cursor": self.cursor, "index": self.index},
            "known": sorted(self.known),
        }


def _with_core(defs: tuple[SchemaDef, ...], core: SchemaSet) -> tuple[SchemaDef, ...]:
    """The target's schemas and, of the discovery resources it need not describe, those of the RFC."""
    if not defs:
        return core.schemas
    there = {d.id.lower() for d in defs}
    described = {USER.lower(), GROUP.lower(), ENTERPRISE_USER.lower()}
    return (*defs, *(s for s in core.schemas if s.id.lower() not in there | described))


def _rooted(found: ResourceTypeDef) -> ResourceTypeDef:
    """The endpoint as a path under the base URL: `Users`, `/Users/` and `https://host/scim/Users` are `/Users`."""
    tail = found.endpoint.rstrip("/").rsplit("/", 1)[-1]
    return ResourceTypeDef(found.name, f"/{tail}", found.schema, found.extensions, found.description)


def _feature(said: Any, override: Any) -> Feature:
    block = dict(said) if isinstance(said, Mapping) else {}
    if isinstance(override, bool):
        block["supported"] = override
    elif isinstance(override, Mapping):
        block.update(override)
    limits = {k: v for k, v in block.items() if isinstance(v, int) and not isinstance(v, bool)}
    return Feature(_flag(block.get("supported")), limits)


def _flag(value: Any) -> bool | None:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def _items(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a ListResponse, in a bare array, or the one object."""
    if isinstance(value, Mapping):
        inner = value.get("Resources")
        value = inner if isinstance(inner, list) else [] if "totalResults" in value else [value]
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _assumptions(known: frozenset[str], features: Mapping[str, Feature], reasons: Mapping[str, str]) -> list[str]:
    said = []
    for name in DOCUMENTS:
        if name in known:
            continue
        why = reasons.get(name, "could not be read")
        match name:
            case "ServiceProviderConfig":
                said.append(f"/{name} {why}: every feature is tried, and an answer 501 or 404 counts as not supported")
            case "ResourceTypes":
                said.append(f"/{name} {why}: User at /Users with the enterprise extension and Group at /Groups are assumed")
            case _:
                said.append(f"/{name} {why}: the schemas of RFC 7643 are assumed, and a lost optional attribute is no fault")
    if "ServiceProviderConfig" in known:
        unsaid = [n for n, f in features.items() if f.supported is None]
        if unsaid:
            said.append(f"ServiceProviderConfig does not say whether it supports {', '.join(unsaid)}: they are tried")
    return said
