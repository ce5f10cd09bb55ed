"""RFC 7643 sections 5 to 7 and RFC 7644 section 4: what discovery says, and whether it says it well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import discovered
from scim_sim.problem import Problem
from scim_sim.scim.declared import FEATURES
from scim_sim.scim.navigate import get
from scim_sim.scim.urns import GROUP, LIST_RESPONSE, RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG, USER
from scim_sim.wire import Exchange

__all__: list[str] = []

_TYPES: Final = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
_WORDS: Final = {
    "mutability": ("readOnly", "readWrite", "immutable", "writeOnly"),
    "returned": ("always", "never", "default", "request"),
    "uniqueness": ("none", "server", "global"),
}
_NAME: Final = re.compile(r"\$ref|[A-Za-z][A-Za-z0-9_$-]*")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")

config: Final = discovered("ServiceProviderConfig")


def _documents(exchange: Exchange, view: View, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The ResourceType or Schema resources in the answer, each with its pointer."""
    came = view.look(exchange).came
    if came is None:
        return
    if view.look(exchange).id:
        yield "", came
        return
    items = came.get("Resources")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield f"/Resources/{index}", item


# -- ServiceProviderConfig ----------------------------------------------------------------------------------------------


@check("rfc7644-4-spc-get", applies=config)
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


@check("rfc7643-5-spc-required-members", applies=config)
def configuration_is_complete(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The configuration carries every feature block and the authentication schemes."""
    for name in (*FEATURES, "authenticationSchemes"):
        if get(_config(exchange, view), name) is None:
            yield Problem(f"the configuration lacks {name}", "present", "absent", f"/{name}")


@check("rfc7643-5-spc-supported-boolean", applies=config)
def supported_is_a_boolean(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each feature block states supported as a JSON boolean."""
    for name in FEATURES:
        block = get(_config(exchange, view), name)
        if block is not None:
            value = get(block, "supported") if isinstance(block, Mapping) else block
            if not isinstance(block, Mapping) or not isinstance(value, bool):
                yield Problem(f"{name} does not say whether it is supported", "true or false", shown(value), f"/{name}/supported")


@check("rfc7643-5-spc-limits", applies=config)
def limits_are_integers(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Bulk and filter limits are given as integers."""
    for block, name in (("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")):
        holder = get(_config(exchange, view), block)
        if not isinstance(holder, Mapping):
            continue
        value = get(holder, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield Problem(f"{block}.{name} is no integer", "an integer of zero or more", shown(value), f"/{block}/{name}")


@check("rfc7643-5-spc-authschemes", applies=config)
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


@check("rfc9865-4-spc-pagination-shape", applies=_pagination)
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
    if not discovered("ResourceTypes", "Schemas")(exchange, view) or view.look(exchange).id:
        return ()
    return (_LISTS[view.look(exchange).endpoint],)


_LISTS: Final = {"/ResourceTypes": "rfc7644-4-resourcetypes-list", "/Schemas": "rfc7644-4-schemas-list"}


@check(*_LISTS.values(), applies=_discovery_list)
def discovery_collection_is_a_list_response(exchange: Exchange, view: View) -> Iterator[At]:
    """Resource types and schemas come in a ListResponse that holds all of them."""
    reading = view.look(exchange)
    requirement = _LISTS[reading.endpoint]
    came = reading.came
    if came is None or "Resources" not in came:
        actual = "a bare array" if exchange.answer.body.lstrip().startswith(b"[") else shown(came)
        yield At(requirement, Problem(f"{reading.endpoint} answers no ListResponse", LIST_RESPONSE, actual))
        return
    schemas, items, total = came.get("schemas"), came.get("Resources"), came.get("totalResults")
    if not isinstance(schemas, list) or LIST_RESPONSE not in schemas:
        yield At(
            requirement, Problem("the answer does not name the ListResponse schema", LIST_RESPONSE, shown(schemas), "/schemas")
        )
    if not isinstance(items, list) or not items:
        yield At(requirement, Problem("the list holds nothing", "at least User", shown(items), "/Resources"))
    elif total != len(items):
        yield At(requirement, Problem("totalResults is not the number of items", f"{len(items)}", shown(total), "/totalResults"))
    if isinstance(items, list) and reading.endpoint == "/Schemas":
        if not any(isinstance(i, Mapping) and i.get("id") == USER for i in items) and view.declared.type_at("/Users") is not None:
            if view.declared.type_at("/Users").schema == USER:  # type: ignore[union-attr]
                yield At(requirement, Problem("the User schema is not listed", USER, "absent", "/Resources"))


def _parametrised(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    names = ("startIndex", "count", "sortBy", "sortOrder")
    return bool(_discovery_list(exchange, view)) and any(n in reading.query for n in names) and reading.endpoint in view.notes


@check("rfc7644-4-discovery-lists-complete", applies=_parametrised)
def discovery_lists_ignore_paging(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Discovery collections return everything at once, whatever the paging and sorting parameters."""
    items = (view.look(exchange).came or {}).get("Resources")
    before = view.notes[view.look(exchange).endpoint]
    count = len(items) if isinstance(items, list) else 0
    if count != before:
        yield Problem("a discovery list was cut", f"{before} items", f"{count} items", "/Resources")


def _types(exchange: Exchange, view: View) -> bool:
    return discovered("ResourceTypes")(exchange, view) is True and any(_documents(exchange, view, "ResourceTypes"))


@check("rfc7643-6-rt-shape", applies=_types)
def resource_type_is_complete(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each resource type names its own schema and has a name, one endpoint and a base schema URI."""
    endpoints: Counter[str] = Counter()
    for pointer, item in _documents(exchange, view, "ResourceTypes"):
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
        i.get("schemaExtensions") is not None for _, i in _documents(exchange, view, "ResourceTypes")
    )


@check("rfc7643-6-rt-extension-shape", applies=_extensions)
def extension_says_whether_it_is_required(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each listed extension states its URI and whether it is required."""
    for pointer, item in _documents(exchange, view, "ResourceTypes"):
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
    if not discovered("ResourceTypes", "Schemas")(exchange, view) or not view.look(exchange).id:
        return ()
    return (_SINGLES[view.look(exchange).endpoint],)


_SINGLES: Final = {"/ResourceTypes": "rfc7644-4-resourcetypes-single", "/Schemas": "rfc7644-4-schemas-by-uri"}


@check(*_SINGLES.values(), applies=_single)
def single_discovery_resource_is_the_one_asked_for(exchange: Exchange, view: View) -> Iterator[At]:
    """One resource type or schema can be fetched by its identifier as a plain object."""
    reading = view.look(exchange)
    came = reading.came or {}
    if "Resources" in came:
        yield At(
            _SINGLES[reading.endpoint],
            Problem("one resource is wrapped in a ListResponse", "the object itself", "a ListResponse"),
        )
    elif reading.id.lower() not in (str(came.get("id")).lower(), str(came.get("name")).lower()):
        yield At(_SINGLES[reading.endpoint], Problem("another resource came", reading.id, shown(came.get("id")), "/id"))


def _writes_to_discovery(exchange: Exchange, view: View) -> bool:
    return (
        exchange.response is not None
        and view.look(exchange).operation == "discovery"
        and exchange.request.method not in ("GET", "HEAD", "OPTIONS")
    )


@check("rfc7643-5-discovery-read-only", applies=_writes_to_discovery)
def discovery_cannot_be_written(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Clients cannot create, change or delete configuration, resource type or schema resources."""
    if exchange.answer.ok:
        said = f"{exchange.request.method} {exchange.request.path} is accepted"
        yield Problem(said, "a 4xx or 501", f"{exchange.answer.status}", "http")


# -- schemas ------------------------------------------------------------------------------------------------------------


def _schemas(exchange: Exchange, view: View) -> bool:
    return discovered("Schemas")(exchange, view) is True and any(_documents(exchange, view, "Schemas"))


def _attributes(exchange: Exchange, view: View) -> Iterator[tuple[str, Mapping[str, Any], int, str]]:
    """Every attribute definition: pointer, definition, depth from 0, and the schema's id."""
    for pointer, schema in _documents(exchange, view, "Schemas"):
        yield from _below(f"{pointer}/attributes", schema.get("attributes"), 0, str(schema.get("id")))


def _below(pointer: str, items: Any, depth: int, urn: str) -> Iterator[tuple[str, Mapping[str, Any], int, str]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield f"{pointer}/{index}", item, depth, urn
            if depth < 4:
                yield from _below(f"{pointer}/{index}/subAttributes", item.get("subAttributes"), depth + 1, urn)


def _called(item: Mapping[str, Any]) -> str:
    return str(item.get("name"))


@check("rfc7643-7-schema-id-uri", applies=_schemas)
def schema_has_its_uri_as_id(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A Schema resource uses its URI as its identifier, unique in the list."""
    seen: set[str] = set()
    for pointer, schema in _documents(exchange, view, "Schemas"):
        id_ = schema.get("id")
        if not isinstance(id_, str) or not _URI.fullmatch(id_):
            yield Problem("the id of a schema is no URI", "urn:…", shown(id_), f"{pointer}/id")
        elif id_.lower() in seen:
            yield Problem("a schema is listed twice", "each once", id_, f"{pointer}/id")
        seen.add(str(id_).lower())


@check("rfc7643-7-schema-schemas-uri", applies=_schemas)
def schema_names_the_schema_schema(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A Schema object names the Schema schema."""
    missing = [(p, s) for p, s in _documents(exchange, view, "Schemas") if SCHEMA not in (s.get("schemas") or ())]
    if missing:
        pointer, schema = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        yield Problem(
            f"{schema.get('id')}{more} does not name the Schema schema",
            SCHEMA,
            shown(schema.get("schemas")),
            f"{pointer}/schemas",
        )


def _both_lists(exchange: Exchange, view: View) -> bool:
    return _schemas(exchange, view) and not view.look(exchange).id and "ResourceTypes" in view.declared.known


@check("rfc7643-6-rt-schemas-resolve", applies=_both_lists)
def schemas_of_the_resource_types_are_published(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The base schema and each extension of a resource type equal the id of a published schema."""
    published = {str(schema.get("id")).lower() for _, schema in _documents(exchange, view, "Schemas")}
    for kind in view.declared.resource_types:
        for urn in (kind.schema, *(extension for extension, _ in kind.extensions)):
            if urn.lower() not in published:
                yield Problem(f"a schema of the resource type {kind.name} is not published", urn, "absent", "/Resources")


@check("rfc7644-3.1-message-schemas-hidden", applies=_schemas)
def protocol_messages_are_no_schemas(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Protocol message URIs are not published as schemas."""
    for pointer, schema in _documents(exchange, view, "Schemas"):
        if str(schema.get("id")).lower().startswith("urn:ietf:params:scim:api:"):
            yield Problem(
                "a protocol message is published as a schema", "resource schemas only", str(schema.get("id")), f"{pointer}/id"
            )


@check("rfc7643-7-attribute-minimum", applies=_schemas)
def attribute_has_name_type_and_plurality(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each attribute definition states name, type and multiValued."""
    for pointer, item, _, _ in _attributes(exchange, view):
        missing = [n for n in ("name", "type") if not isinstance(item.get(n), str) or not item[n]]
        if not isinstance(item.get("multiValued"), bool):
            missing.append("multiValued")
        if missing:
            yield Problem(f"the attribute {_called(item)} lacks {', '.join(missing)}", "all three", shown(sorted(item)), pointer)


@check("rfc7643-7-attribute-definition-complete", applies=_schemas)
def attribute_states_its_characteristics(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute definitions also state required, mutability and returned, and caseExact and uniqueness where they make sense."""
    lacking: list[tuple[str, str]] = []
    for pointer, item, _, _ in _attributes(exchange, view):
        wanted = ["required", "mutability", "returned"]
        if item.get("type") in ("string", "reference"):
            wanted += ["caseExact", "uniqueness"] if item.get("type") == "string" else []
        missing = [n for n in wanted if item.get(n) is None]
        if missing:
            lacking.append((pointer, f"{_called(item)} lacks {', '.join(missing)}"))
    if lacking:
        more = f" (and {len(lacking) - 1} more definitions)" if len(lacking) > 1 else ""
        yield Problem(f"{lacking[0][1]}{more}", "every characteristic stated", "left to its default", lacking[0][0])


@check("rfc7643-7-attribute-types", applies=_schemas)
def attribute_type_is_known(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute types are keywords of the RFC, letter case included."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if isinstance(item.get("type"), str) and item["type"] not in _TYPES:
            yield Problem(f"the type of {_called(item)} is unknown", ", ".join(_TYPES), item["type"], f"{pointer}/type")


@check("rfc7643-7-characteristic-keywords", applies=_schemas)
def characteristics_use_the_defined_keywords(exchange: Exchange, view: View) -> Iterator[Problem]:
    """mutability, returned and uniqueness use only the keywords the RFC defines."""
    for pointer, item, _, _ in _attributes(exchange, view):
        for name, words in _WORDS.items():
            value = item.get(name)
            if value is not None and value not in words:
                yield Problem(
                    f"{name} of {_called(item)} is no defined keyword", ", ".join(words), shown(value), f"{pointer}/{name}"
                )


@check("rfc7643-7-complex-has-subattributes", applies=_schemas)
def complex_attribute_lists_its_parts(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A complex attribute lists its sub-attributes."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("type") == "complex" and not item.get("subAttributes"):
            yield Problem(
                f"{_called(item)} is complex and lists no parts", "subAttributes", shown(item.get("subAttributes")), pointer
            )


@check("rfc7643-2.3.8-no-nested-complex", applies=_schemas)
def no_part_is_itself_complex(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No sub-attribute is itself complex, except inside the Schema schema."""
    for pointer, item, depth, urn in _attributes(exchange, view):
        if depth > 0 and urn != SCHEMA and (item.get("type") == "complex" or item.get("subAttributes")):
            yield Problem(f"the sub-attribute {_called(item)} is complex", "a simple type", shown(item.get("type")), pointer)


@check("rfc7643-7-reference-types", applies=_schemas)
def reference_says_what_it_points_to(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A reference attribute says what it may point to."""
    names = {t.name.lower() for t in view.declared.resource_types} | {"external", "uri"}
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("type") != "reference":
            continue
        kinds = item.get("referenceTypes")
        if not isinstance(kinds, list) or not kinds:
            yield Problem(
                f"{_called(item)} does not say what it refers to", "referenceTypes", shown(kinds), f"{pointer}/referenceTypes"
            )
        elif "ResourceTypes" in view.declared.known:
            strange = [k for k in kinds if not isinstance(k, str) or k.lower() not in names]
            if strange and _needed(strange, view):
                yield Problem(
                    f"{_called(item)} refers to an unknown type",
                    "a resource type, external or uri",
                    shown(strange[0]),
                    f"{pointer}/referenceTypes",
                )


def _needed(strange: list[Any], view: View) -> bool:
    """A provider of Users alone may publish the schema of the RFC, which speaks of Groups."""
    return any(str(k) not in ("User", "Group") for k in strange)


@check("rfc7643-2.1-attribute-name-syntax", applies=_schemas)
def attribute_name_is_well_formed(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute names start with a letter and hold only letters, digits, hyphen, underscore and dollar."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if isinstance(item.get("name"), str) and item["name"] and not _NAME.fullmatch(item["name"]):
            yield Problem(
                "an attribute name is malformed", "a letter, then letters, digits, - _ $", shown(item["name"]), f"{pointer}/name"
            )


@check("rfc7643-7-writeonly-never-returned", applies=_schemas)
def write_only_is_never_returned(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An attribute that is writeOnly is also declared returned=never."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("mutability") == "writeOnly" and item.get("returned") != "never":
            yield Problem(
                f"{_called(item)} is writeOnly and may be returned", "never", shown(item.get("returned")), f"{pointer}/returned"
            )


def _declares(urn: str, *names: str) -> Any:
    def applies(exchange: Exchange, view: View) -> bool:
        return _schemas(exchange, view) and all(any(_named(exchange, view, urn, n)) for n in names)

    return applies


def _named(exchange: Exchange, view: View, urn: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for pointer, item, depth, schema in _attributes(exchange, view):
        if schema == urn and depth == 0 and _called(item).lower() == name.lower():
            yield pointer, item


def _has_user_schema(exchange: Exchange, view: View) -> bool:
    return _schemas(exchange, view) and any(s.get("id") == USER for _, s in _documents(exchange, view, "Schemas"))


@check("rfc7643-8.7.1-username-characteristics", applies=_has_user_schema)
def user_name_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The User schema declares userName required, not case-exact and unique on the server."""
    found = next(_named(exchange, view, USER, "userName"), None)
    if found is None:
        yield Problem("the User schema does not declare userName", "userName", "absent", "/attributes")
        return
    pointer, item = found
    if item.get("required") is not True:
        yield Problem("userName is not declared required", "true", shown(item.get("required")), f"{pointer}/required")
    if item.get("caseExact") not in (False, None):
        yield Problem("userName is declared case-exact", "false", shown(item.get("caseExact")), f"{pointer}/caseExact")
    if item.get("uniqueness") not in ("server", "global"):
        yield Problem(
            "userName is not declared unique", "server or global", shown(item.get("uniqueness")), f"{pointer}/uniqueness"
        )


@check("rfc7643-8.7.1-password-characteristics", applies=_declares(USER, "password"))
def password_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem]:
    """If password is declared, it is writeOnly and never returned."""
    for pointer, item in _named(exchange, view, USER, "password"):
        for name, wanted in (("mutability", "writeOnly"), ("returned", "never")):
            if item.get(name) != wanted:
                yield Problem(f"{name} of password is not {wanted}", wanted, shown(item.get(name)), f"{pointer}/{name}")


def _membership(exchange: Exchange, view: View) -> bool:
    documents = {s.get("id") for _, s in _documents(exchange, view, "Schemas")} if _schemas(exchange, view) else set()
    return view.declared.has_groups() and bool(documents & {USER, GROUP})


@check("rfc7643-8.7.1-membership-characteristics", applies=_membership)
def membership_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem]:
    """groups of User is readOnly, the parts of members are immutable, and displayName of Group is required."""
    for pointer, item in _named(exchange, view, USER, "groups"):
        if item.get("mutability") != "readOnly":
            yield Problem("groups of User is not readOnly", "readOnly", shown(item.get("mutability")), f"{pointer}/mutability")
    for pointer, item in _named(exchange, view, GROUP, "members"):
        parts = item.get("subAttributes")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if (
                isinstance(part, Mapping)
                and part.get("name") in ("value", "$ref", "type")
                and part.get("mutability") not in ("immutable", "readOnly")
            ):
                where = f"{pointer}/subAttributes/{index}/mutability"
                yield Problem(f"members.{_called(part)} is not immutable", "immutable", shown(part.get("mutability")), where)
    for pointer, item in _named(exchange, view, GROUP, "displayName"):
        if item.get("required") is not True:
            yield Problem(
                "displayName of Group is not declared required",
                "true (erratum 5368)",
                shown(item.get("required")),
                f"{pointer}/required",
            )
