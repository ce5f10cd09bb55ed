"""RFC 7643 sections 5 to 7 and RFC 7644 section 4: what discovery says, and whether it says it well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import discovered, documents, on, reads
from scim_sim.problem import Problem
from scim_sim.scim.attributes import ResourceTypeDef, SchemaDef
from scim_sim.scim.declared import FEATURES
from scim_sim.scim.navigate import get
from scim_sim.scim.urns import LIST_RESPONSE, RESOURCE_TYPE, SERVICE_PROVIDER_CONFIG, USER
from scim_sim.wire import Exchange

__all__: list[str] = []

config: Final = reads("ServiceProviderConfig")


# -- ServiceProviderConfig ----------------------------------------------------------------------------------------------


@check("rfc7644-4-spc-get", when=discovered, applies=config)
def configuration_is_one_object(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The configuration is one JSON object that names the ServiceProviderConfig schema."""
    came = view.look(exchange).came
    if came is None:
        yield Problem("the configuration is no JSON object", "an object", shown(exchange.answer.text))
    elif "totalResults" in came or "Resources" in came:
        yield Problem("the configuration is wrapped in a ListResponse", "the object itself", "a ListResponse")
    elif not isinstance(came.get("schemas"), list) or SERVICE_PROVIDER_CONFIG not in came["schemas"]:
        yield Problem(
            "the configuration does not name its schema", SERVICE_PROVIDER_CONFIG, shown(came.get("schemas")), "/schemas"
        )


def _config(exchange: Exchange, view: View) -> Mapping[str, Any]:
    return view.look(exchange).came or {}


@check("rfc7643-5-spc-required-members", when=discovered, applies=config)
def configuration_is_complete(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The configuration carries every feature block and the authentication schemes."""
    for name in (*FEATURES, "authenticationSchemes"):
        if get(_config(exchange, view), name) is None:
            yield Problem(f"the configuration lacks {name}", "present", "absent", f"/{name}")


@check("rfc7643-5-spc-supported-boolean", when=discovered, applies=config)
def supported_is_a_boolean(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each feature block states supported as a JSON boolean."""
    for name in FEATURES:
        block = get(_config(exchange, view), name)
        if block is not None:
            value = get(block, "supported") if isinstance(block, Mapping) else block
            if not isinstance(block, Mapping) or not isinstance(value, bool):
                yield Problem(f"{name} does not say whether it is supported", "true or false", shown(value), f"/{name}/supported")


_LIMITS: Final = "rfc7643-5-spc-limits"


@check(_LIMITS, when=discovered, applies=config)
def limits_are_integers(exchange: Exchange, view: View) -> Iterator[At]:
    """Bulk and filter limits are given as integers; a limit of zero says that nothing is served, which is a lighter fault."""
    for block, name in (("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")):
        holder = get(_config(exchange, view), block)
        if not isinstance(holder, Mapping):
            continue
        value = get(holder, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            problem = Problem(f"{block}.{name} is no integer", "an integer of zero or more", shown(value), f"/{block}/{name}")
            yield At(_LIMITS, problem)
        elif value == 0 and get(holder, "supported") is True:
            problem = Problem(f"{block} is supported and {block}.{name} is zero", "1 or more", "0", f"/{block}/{name}")
            yield At(_LIMITS, problem, "SHOULD")


@check("rfc7643-5-spc-authschemes", when=discovered, applies=config)
def authentication_schemes_are_described(exchange: Exchange, view: View) -> Iterator[Problem]:
    """At least one authentication scheme is described with type, name and description."""
    schemes = get(_config(exchange, view), "authenticationSchemes")
    if not isinstance(schemes, list) or not schemes:
        yield Problem("no authentication scheme is described", "a non-empty array", shown(schemes), "/authenticationSchemes")
        return
    for index, scheme in enumerate(schemes):
        missing = [
            n for n in ("type", "name", "description") if not isinstance(scheme, Mapping) or not isinstance(get(scheme, n), str)
        ]
        if missing:
            yield Problem(
                f"an authentication scheme lacks {', '.join(missing)}",
                "three strings",
                shown(scheme),
                f"/authenticationSchemes/{index}",
            )


def _pagination(exchange: Exchange, view: View) -> bool:
    return config(exchange, view) is True and get(_config(exchange, view), "pagination") is not None


@check("rfc9865-4-spc-pagination-shape", when=discovered, applies=_pagination)
def pagination_block_is_well_formed(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The pagination block states cursor and index as booleans and its limits as positive integers."""
    block = get(_config(exchange, view), "pagination")
    if not isinstance(block, Mapping):
        yield Problem("pagination is no object", "an object", shown(block), "/pagination")
        return
    for name in ("cursor", "index"):
        if not isinstance(get(block, name), bool):
            yield Problem(f"pagination.{name} is no boolean", "true or false", shown(get(block, name)), f"/pagination/{name}")
    for name in ("defaultPageSize", "maxPageSize", "cursorTimeout"):
        value = get(block, name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value <= 0):
            yield Problem(f"pagination.{name} is no positive integer", "1 or more", shown(value), f"/pagination/{name}")
    method = get(block, "defaultPaginationMethod")
    if method is not None and method not in ("cursor", "index"):
        yield Problem(
            "the default pagination method is unknown", "cursor or index", shown(method), "/pagination/defaultPaginationMethod"
        )


# -- lists of resource types and schemas --------------------------------------------------------------------------------


def _discovery_list(exchange: Exchange, view: View) -> tuple[str, ...]:
    if not reads("ResourceTypes", "Schemas")(exchange, view) or view.look(exchange).id:
        return ()
    return (_LISTS[view.look(exchange).endpoint],)


_LISTS: Final = {"/ResourceTypes": "rfc7644-4-resourcetypes-list", "/Schemas": "rfc7644-4-schemas-list"}


@check(*_LISTS.values(), when=discovered, applies=_discovery_list)
def discovery_collection_is_a_list_response(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Resource types and schemas come in a ListResponse that holds all of them."""
    reading = view.look(exchange)
    came = reading.came
    if came is None or "Resources" not in came:
        actual = "a bare array" if exchange.answer.body.lstrip().startswith(b"[") else shown(came)
        yield Problem(f"{reading.endpoint} answers no ListResponse", LIST_RESPONSE, actual)
        return
    schemas, items, total = came.get("schemas"), came.get("Resources"), came.get("totalResults")
    if not isinstance(schemas, list) or LIST_RESPONSE not in schemas:
        yield Problem("the answer does not name the ListResponse schema", LIST_RESPONSE, shown(schemas), "/schemas")
    if not isinstance(items, list) or not items:
        yield Problem("the list holds nothing", "at least User", shown(items), "/Resources")
    elif total != len(items):
        yield Problem("totalResults is not the number of items", f"{len(items)}", shown(total), "/totalResults")
    users = view.declared.type_at("/Users")
    wanted = reading.endpoint == "/Schemas" and users is not None and users.schema == USER
    if wanted and isinstance(items, list) and not any(isinstance(i, Mapping) and i.get("id") == USER for i in items):
        yield Problem("the User schema is not listed", USER, "absent", "/Resources")


def _parametrised(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    names = ("startIndex", "count", "sortBy", "sortOrder")
    return bool(_discovery_list(exchange, view)) and any(n in reading.query for n in names) and reading.endpoint in view.notes


@check("rfc7644-4-discovery-lists-complete", when=discovered, applies=_parametrised)
def discovery_lists_ignore_paging(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Discovery collections return everything at once, whatever the paging and sorting parameters."""
    items = (view.look(exchange).came or {}).get("Resources")
    before = view.notes[view.look(exchange).endpoint]
    count = len(items) if isinstance(items, list) else 0
    if count != before:
        yield Problem("a discovery list was cut", f"{before} items", f"{count} items", "/Resources")


def _types(exchange: Exchange, view: View) -> bool:
    return reads("ResourceTypes")(exchange, view) is True and any(documents(exchange, view, "ResourceTypes"))


@check("rfc7643-6-rt-shape", when=discovered, applies=_types)
def resource_type_is_complete(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each resource type names its own schema and has a name, one endpoint and a base schema URI."""
    endpoints: Counter[str] = Counter()
    for pointer, item in documents(exchange, view, "ResourceTypes"):
        schemas = item.get("schemas")
        if not isinstance(schemas, list) or RESOURCE_TYPE not in schemas:
            yield Problem("a resource type does not name its schema", RESOURCE_TYPE, shown(schemas), f"{pointer}/schemas")
        for name in ("name", "endpoint", "schema"):
            if not isinstance(item.get(name), str) or not item[name].strip():
                yield Problem(f"a resource type has no {name}", "a non-empty string", shown(item.get(name)), f"{pointer}/{name}")
        endpoints[str(item.get("endpoint"))] += 1
    for endpoint, count in endpoints.items():
        if count > 1:
            yield Problem("two resource types share an endpoint", "one each", endpoint, "/Resources")


def _extensions(exchange: Exchange, view: View) -> bool:
    return _types(exchange, view) and any(
        i.get("schemaExtensions") is not None for _, i in documents(exchange, view, "ResourceTypes")
    )


@check("rfc7643-6-rt-extension-shape", when=discovered, applies=_extensions)
def extension_says_whether_it_is_required(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each listed extension states its URI and whether it is required."""
    for pointer, item in documents(exchange, view, "ResourceTypes"):
        links = item.get("schemaExtensions")
        if links is None:
            continue
        if not isinstance(links, list):
            yield Problem("schemaExtensions is no array", "an array", shown(links), f"{pointer}/schemaExtensions")
            continue
        for index, link in enumerate(links):
            if (
                not isinstance(link, Mapping)
                or not isinstance(link.get("schema"), str)
                or not isinstance(link.get("required"), bool)
            ):
                yield Problem(
                    "an extension lacks schema or required",
                    "a URI and a boolean",
                    shown(link),
                    f"{pointer}/schemaExtensions/{index}",
                )


def _single(exchange: Exchange, view: View) -> tuple[str, ...]:
    if not reads("ResourceTypes", "Schemas")(exchange, view) or not view.look(exchange).id:
        return ()
    return (_SINGLES[view.look(exchange).endpoint],)


_SINGLES: Final = {"/ResourceTypes": "rfc7644-4-resourcetypes-single", "/Schemas": "rfc7644-4-schemas-by-uri"}


@check(*_SINGLES.values(), when=discovered, applies=_single)
def single_discovery_resource_is_the_one_asked_for(exchange: Exchange, view: View) -> Iterator[Problem]:
    """One resource type or schema can be fetched by its identifier as a plain object."""
    reading = view.look(exchange)
    came = reading.came or {}
    if "Resources" in came:
        yield Problem("one resource is wrapped in a ListResponse", "the object itself", "a ListResponse")
    elif reading.id.lower() not in (str(came.get("id")).lower(), str(came.get("name")).lower()):
        yield Problem("another resource came", reading.id, shown(came.get("id")), "/id")
    elif reading.endpoint.strip("/") in view.declared.known:
        yield from _unlike_the_listed(came, view, reading.endpoint)


def _unlike_the_listed(came: Mapping[str, Any], view: View, endpoint: str) -> Iterator[Problem]:
    """Where one document says something else than the list of all of them."""
    if endpoint == "/ResourceTypes":
        one = ResourceTypeDef.from_json(came)
        listed = next((kind for kind in view.declared.resource_types if kind.name == one.name), None)
        if listed is not None and one.schema != listed.schema:
            yield Problem("the resource type in the list has another schema", listed.schema, one.schema, "/schema")
        if listed is not None and one.endpoint.strip("/").rpartition("/")[2] != listed.endpoint.strip("/"):
            yield Problem("the resource type in the list has another endpoint", listed.endpoint, one.endpoint, "/endpoint")
        return
    schema = SchemaDef.from_json(came)
    published = view.declared.schemas.schema(schema.id)
    names, others = ({a.name for a in one.attributes} if one is not None else set() for one in (schema, published))
    if names and others and names != others:
        actual = ", ".join(sorted(names ^ others))
        yield Problem("the schema in the list has other attributes", "the same attributes", actual, "/attributes")


def _located(exchange: Exchange, view: View) -> bool:
    return any(isinstance(place, str) and place for _, place, _ in _places(exchange, view))


def _places(exchange: Exchange, view: View) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Where each document says that it is found, with its pointer."""
    reading = view.look(exchange)
    for pointer, item in (
        documents(exchange, view, reading.endpoint.strip("/")) if reads("ResourceTypes", "Schemas")(exchange, view) else ()
    ):
        meta = get(item, "meta")
        yield f"{pointer}/meta/location", get(meta, "location") if isinstance(meta, Mapping) else None, item


@check("rfc7643-3.1-location-dereferences", when=discovered, applies=_located)
def discovery_location_is_that_of_the_document(exchange: Exchange, view: View) -> Iterator[At]:
    """meta.location of a resource type or schema is its own address."""
    endpoint = view.look(exchange).endpoint
    for pointer, place, item in _places(exchange, view):
        if not isinstance(place, str) or not place:
            continue
        head, _, tail = unquote(urlsplit(place).path).rstrip("/").rpartition("/")
        if tail.lower() not in (str(item.get("id")).lower(), str(item.get("name")).lower()) or not head.endswith(endpoint):
            said = f"meta.location of {item.get('name') or item.get('id')} is another address"
            problem = Problem(said, f"…{endpoint}/{item.get('id')}", place, pointer)
            yield At("rfc7643-3.1-location-dereferences", problem, "SHOULD")
            return


def _writes_to_discovery(exchange: Exchange, view: View) -> bool:
    return exchange.request.method not in ("GET", "HEAD", "OPTIONS")


@check("rfc7643-5-discovery-read-only", when=on("discovery"), applies=_writes_to_discovery)
def discovery_cannot_be_written(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Clients cannot create, change or delete configuration, resource type or schema resources."""
    if exchange.answer.ok:
        said = f"{exchange.request.method} {exchange.request.path} is accepted"
        yield Problem(said, "a 4xx or 501", f"{exchange.answer.status}", "http")
