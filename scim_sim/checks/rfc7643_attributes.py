"""RFC 7643 sections 2, 3 and 4: names, JSON types, multi-valued attributes, `schemas`, `id` and the core attributes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from scim_sim.checks.check import At, check, resource_check
from scim_sim.checks.compare import shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.shape import misfits
from scim_sim.checks.view import View
from scim_sim.checks.when import on, sighted, sightings, whole_sighted
from scim_sim.problem import Problem
from scim_sim.scim.attributes import schemas_of
from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.scim.urns import ENTERPRISE_USER, USER
from scim_sim.wire import Exchange

__all__: list[str] = []

_SHAPES: Final = (
    "rfc7643-2.3.2-boolean-literal",
    "rfc7643-2.3.4-integer-form",
    "rfc7643-2.3.5-datetime-format",
    "rfc7643-2.3.6-binary-base64",
    "rfc7643-2.4-multivalued-array",
    "rfc7643-4.3-manager-complex",
    "rfc7644-3.3-create-returns-resource",
    "rfc7644-3.4.1-read-200",
    "rfc7644-3.4.2-list-items-complete",
    "rfc7644-3.5.1-put-200-body",
    "rfc7644-3.5.2-success-status",
)
_BY_OPERATION: Final = {
    "create": "rfc7644-3.3-create-returns-resource",
    "read": "rfc7644-3.4.1-read-200",
    "replace": "rfc7644-3.5.1-put-200-body",
    "patch": "rfc7644-3.5.2-success-status",
}
_BY_KIND: Final = {
    "boolean": "rfc7643-2.3.2-boolean-literal",
    "integer": "rfc7643-2.3.4-integer-form",
    "dateTime": "rfc7643-2.3.5-datetime-format",
    "binary": "rfc7643-2.3.6-binary-base64",
    "array": "rfc7643-2.4-multivalued-array",
    "manager": "rfc7643-4.3-manager-complex",
}


def _shapes(exchange: Exchange, view: View) -> tuple[str, ...]:
    operation = _BY_OPERATION.get(view.look(exchange).operation, "rfc7644-3.4.2-list-items-complete")
    return (operation, "rfc7643-2.3.2-boolean-literal", "rfc7643-2.3.5-datetime-format", "rfc7643-2.4-multivalued-array")


@resource_check(*_SHAPES, when=sighted, applies=_shapes)
def values_have_their_declared_type(sighting: Sighting, declared: Declared) -> Iterator[Problem | At]:
    """Every value has the JSON type that its attribute is declared with."""
    for misfit in misfits(sighting.resource, declared.schemas):
        problem = Problem(misfit.message, misfit.expected, shown(misfit.actual), misfit.pointer)
        yield At(_BY_KIND[misfit.kind], problem) if misfit.kind in _BY_KIND else problem


@resource_check("rfc7643-3-schemas-nonempty", when=whole_sighted)
def resource_names_its_schemas(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """Every complete resource carries a non-empty array of schema URIs."""
    schemas = sighting.resource.get("schemas")
    if not isinstance(schemas, list) or not schemas or not all(isinstance(s, str) and s for s in schemas):
        yield Problem("schemas is no array of URIs", "at least one URI", shown(schemas), "/schemas")


@resource_check("rfc7643-3-schemas-no-duplicates", when=sighted)
def schemas_hold_no_duplicates(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """No URI occurs twice in schemas."""
    twice = [urn for urn, count in Counter(u.lower() for u in schemas_of(sighting.resource)).items() if count > 1]
    if twice:
        yield Problem("a URI occurs twice in schemas", "each URI once", twice[0], "/schemas")


@resource_check("rfc7643-3.3-schemas-has-base", when=whole_sighted)
def schemas_hold_the_base_schema(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """The base schema of the resource type is among the schemas of each resource."""
    kind = declared.type_at(sighting.endpoint)
    listed = [u.lower() for u in schemas_of(sighting.resource)]
    if kind is not None and kind.schema and listed and kind.schema.lower() not in listed:
        yield Problem("schemas lacks the base schema", kind.schema, shown(listed), "/schemas")


def _typed(exchange: Exchange, view: View) -> bool:
    return "ResourceTypes" in view.declared.known


@resource_check("rfc7643-3-schemas-only-known", when=sighted, applies=_typed)
def schemas_hold_only_what_the_type_declares(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """A resource lists only the base schema and the extensions its resource type declares."""
    kind = declared.type_at(sighting.endpoint)
    if kind is None:
        return
    allowed = {kind.schema.lower(), *(urn.lower() for urn, _ in kind.extensions)}
    strange = [u for u in schemas_of(sighting.resource) if u.lower() not in allowed]
    if strange:
        said = "schemas lists a URI the resource type does not declare"
        yield Problem(said, shown(sorted(allowed)), strange[0], "/schemas")


def _extended(resource: Mapping[str, Any]) -> list[str]:
    return [k for k, v in resource.items() if k.lower().startswith("urn:") and isinstance(v, OBJECT) and v]


@resource_check(
    "rfc7643-3.3-schemas-lists-extension",
    when=whole_sighted,
    applies=lambda e, v: any(_extended(s.resource) for s in sightings(e, v)),
)
def schemas_list_each_extension(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """An extension whose data is present in a resource is listed in schemas."""
    listed = {u.lower() for u in schemas_of(sighting.resource)}
    for urn in _extended(sighting.resource):
        if urn.lower() not in listed:
            yield Problem("an extension is not listed in schemas", urn, shown(sorted(listed)), "/schemas")


def _has_enterprise(exchange: Exchange, view: View) -> bool:
    return view.declared.has_enterprise() and bool(sightings(exchange, view, "/Users"))


@resource_check("rfc7643-3.3-extension-container", when=sighted, applies=_has_enterprise)
def extension_attributes_sit_under_their_uri(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """Extension attributes sit in an object keyed by the extension URI, not at the top level."""
    if sighting.endpoint != "/Users":
        return
    kind = declared.type_at("/Users")
    core, extension = (declared.schemas.schema(urn) for urn in (kind.schema if kind is not None else USER, ENTERPRISE_USER))
    theirs = (a.name for a in extension.attributes) if extension is not None else ()
    for name in theirs:
        if core is not None and core.attribute(name) is not None:
            continue
        value = get(sighting.resource, name)
        if value is not None:
            yield Problem(f"{name} stands at the top level", f"under {ENTERPRISE_USER}", shown(value), f"/{name}")
    for key in sighting.resource:
        odd = key.lower().startswith("urn:") and "enterprise" in key.lower() and key.lower() != ENTERPRISE_USER.lower()
        if odd and declared.schemas.schema(key) is None:
            yield Problem("the enterprise data sits under another key", ENTERPRISE_USER, key, f"/{key}")


@resource_check("rfc7643-3.1-id-present", when=sighted)
def resource_has_an_id(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """Every representation of a resource has a non-empty string id."""
    id_ = sighting.resource.get("id")
    if not isinstance(id_, str) or not id_.strip():
        yield Problem("the resource has no id that is a non-empty string", "a string", shown(id_), "/id")


@resource_check("rfc7643-3.1-id-no-bulkid-keyword", when=sighted)
def id_does_not_hold_bulk_id(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """The word bulkId does not occur in any id."""
    if "bulkId" in sighting.id:
        yield Problem("the id holds the reserved word bulkId", "another id", sighting.id, "/id")


def _multi(resource: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The multi-valued complex attributes with a pointer to each."""
    for name, value in resource.items():
        if isinstance(value, list):
            yield f"/{name}", [v for v in value if isinstance(v, OBJECT)]
        elif ":" in name and isinstance(value, OBJECT):
            for inner, items in value.items():
                if isinstance(items, list):
                    yield f"/{name}/{inner}", [v for v in items if isinstance(v, OBJECT)]


@resource_check("rfc7643-2.4-primary-at-most-once", when=sighted)
def at_most_one_value_is_primary(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """At most one value of a multi-valued attribute is primary."""
    for pointer, items in _multi(sighting.resource):
        count = sum(1 for item in items if get(item, "primary") is True)
        if count > 1:
            yield Problem("more than one value is primary", "at most one", f"{count}", pointer)


@resource_check("rfc7643-2.4-no-duplicate-type-value", when=sighted)
def no_value_is_listed_twice(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """The same pair of type and value is not returned twice in one attribute."""
    for pointer, items in _multi(sighting.resource):
        pairs = Counter((str(get(i, "type")).lower(), str(get(i, "value"))) for i in items if get(i, "value") is not None)
        twice = next((pair for pair, count in pairs.items() if count > 1), None)
        if twice is not None:
            yield Problem("a value is listed twice", "each pair of type and value once", shown(twice[1]), pointer)


_REF_TAIL: Final = re.compile(r"/([^/?#]+)/?$")


@check("rfc7643-2.3.7-reference-dereferences", when=sighted)
def reference_points_to_its_value(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A $ref to a SCIM resource ends in the id that stands beside it."""
    for sighting in sightings(exchange, view):
        for pointer, ref, value in sighting.once(_references, view.declared):
            where = f"{sighting.pointer}{pointer}/$ref"
            tail = _REF_TAIL.search(ref) if isinstance(ref, str) else None
            last = unquote(tail[1]) if tail else unquote(ref) if isinstance(ref, str) else ""
            home = view.shadow.home(value)
            part = ref.rstrip("/").rpartition("/")[0].rpartition("/")[2] if isinstance(ref, str) else ""
            if last == value and home and f"/{part}" != home and view.declared.type_at(f"/{part}") is not None:
                yield Problem("$ref leads to another endpoint than that of the resource", f"…{home}/{value}", shown(ref), where)
            elif last != value:
                yield Problem("$ref does not lead to the resource named by value", f"…/{value}", shown(ref), where)


def _references(sighting: Sighting, declared: Declared) -> Iterator[tuple[str, Any, str]]:
    """The references with their values; without a value there is nothing that a reference could contradict."""
    for pointer, item in _referring(sighting.resource):
        ref, value = get(item, "$ref"), get(item, "value")
        if ref is not None and isinstance(value, str) and value:
            yield pointer, ref, value


def _referring(resource: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("members", "groups"):
        for index, item in enumerate(spread(get(resource, name))):
            if isinstance(item, OBJECT):
                yield f"/{name}/{index}", item
    extension = get(resource, ENTERPRISE_USER)
    manager = get(extension, "manager") if isinstance(extension, OBJECT) else None
    if isinstance(manager, OBJECT):
        yield f"/{ENTERPRISE_USER}/manager", manager


def _sent_without_external_id(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    return reading.sent is not None and get(reading.sent, "externalId") is None


@check("rfc7643-3.1-externalid-not-invented", when=on("create", holding="parts"), applies=_sent_without_external_id)
def external_id_is_not_invented(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The provider does not set externalId by itself."""
    value = get(view.look(exchange).resource or {}, "externalId")
    if value not in (None, ""):
        yield Problem("externalId was set by the provider", "no value", shown(value), "/externalId")


def _declares_all(exchange: Exchange, view: View) -> bool:
    return view.declared.declares(USER)


@check("rfc7643-7-attributes-declared", when=sighted, applies=_declares_all)
def attributes_are_declared(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attributes found in resources are defined by a published schema or are common attributes."""
    for sighting in sightings(exchange, view):
        for place in sighting.once(_undeclared, view.declared):
            if place not in view.undeclared:
                view.undeclared.add(place)
                said = f"{place[1]} is in the resource and in no published schema"
                urn, _, inner = place[1].rpartition(":")
                where = f"{urn}/{inner}" if urn == place[0] else place[1]
                yield Problem(said, "an attribute of the schema", place[1], f"{sighting.pointer}/{where}")


def _undeclared(sighting: Sighting, declared: Declared) -> Iterator[tuple[str, str]]:
    """The schema of the resource with each name that it should declare."""
    kind = declared.type_at(sighting.endpoint)
    schema = declared.schemas.schema(kind.schema) if kind is not None else None
    if schema is None or not declared.declares(schema.id):
        return
    for name, value in sighting.resource.items():
        lower = name.lower()
        if lower in ("schemas", "id", "externalid", "meta") or schema.attribute(name) is not None:
            continue
        extension = declared.schemas.schema(name) if lower.startswith("urn:") else None
        if extension is None:
            yield schema.id, name
        elif declared.declares(extension.id) and isinstance(value, OBJECT):
            yield from ((extension.id, f"{name}:{inner}") for inner in value if extension.attribute(inner) is None)


def _with_required_extension(exchange: Exchange, view: View) -> bool:
    return any(_required_extensions(sighting.endpoint, view.declared) for sighting in sightings(exchange, view))


def _required_extensions(endpoint: str, declared: Declared) -> list[str]:
    kind = declared.type_at(endpoint) if "ResourceTypes" in declared.known else None
    return [urn for urn, needed in kind.extensions if needed] if kind is not None else []


@resource_check("rfc7643-6-rt-extension-required-enforced", when=whole_sighted, applies=_with_required_extension)
def required_extension_is_there(sighting: Sighting, declared: Declared) -> Iterator[Problem]:
    """If an extension is required for a type, every resource of that type carries it."""
    for urn in _required_extensions(sighting.endpoint, declared):
        if not get(sighting.resource, urn):
            yield Problem("a resource lacks the required extension", urn, "absent", f"/{urn}")
