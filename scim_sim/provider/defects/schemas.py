"""Resource types and schemas that are missing, malformed, or not true (RFC 7643 sections 6 and 7, RFC 7644 section 4)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, document, refusing, schema_attribute, with_body
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]
CONFIGURATION = urns.SERVICE_PROVIDER_CONFIG


def _at(call: Call, head: str) -> bool:
    return bool(call.path) and call.path[0] == head


def _lists(head: str) -> Any:
    return lambda call: call.path == (head,)


# Resource types

defect(
    "resource-types-as-bare-array",
    "rfc7644-4-resourcetypes-list",
    depth="response",
    summary="/ResourceTypes is a bare array instead of a ListResponse.",
    hook=answered(
        lambda call, response: with_body(response, response.json()["Resources"]) if _lists("ResourceTypes")(call) else response,
        on="discovery",
        status=200,
    ),
)
defect(
    "resource-types-missing",
    "rfc7644-4-resourcetypes-list",
    depth="response",
    summary="/ResourceTypes answers 404.",
    hook=refusing(lambda call: _at(call, "ResourceTypes"), 404, "Not found"),
)
defect(
    "resource-type-not-found-by-id",
    "rfc7644-4-resourcetypes-single",
    depth="response",
    summary="/ResourceTypes/User answers 404.",
    hook=refusing(lambda call: _at(call, "ResourceTypes") and len(call.path) == 2, 404, "Not found"),
)
defect(
    "resource-type-without-schema",
    "rfc7643-6-rt-shape",
    depth="response",
    summary="The resource type User does not say which schema it follows.",
    hook=document("User", lambda value: value.pop("schema")),
)
defect(
    "resource-types-share-endpoint",
    "rfc7643-6-rt-shape",
    depth="response",
    summary="User and Group name the same endpoint.",
    hook=document("Group", lambda value: value.update(endpoint="/Users")),
)
defect(
    "resource-type-with-unpublished-extension",
    "rfc7643-6-rt-schemas-resolve",
    depth="response",
    summary="The resource type User names an extension that is not among the schemas.",
    hook=document(
        "User",
        lambda value: value["schemaExtensions"].append(
            {"schema": "urn:example:params:scim:schemas:lost:2.0:User", "required": False}
        ),
    ),
)
defect(
    "resource-type-extension-required-as-text",
    "rfc7643-6-rt-extension-shape",
    depth="response",
    summary='The extension says required "false" as a text.',
    hook=document("User", lambda value: value["schemaExtensions"][0].update(required="false")),
)
defect(
    "required-extension-not-enforced",
    "rfc7643-6-rt-extension-required-enforced",
    depth="response",
    summary="The enterprise extension is declared required, and users exist without it.",
    hook=document("User", lambda value: value["schemaExtensions"][0].update(required=True)),
)
defect(
    "resource-type-with-dead-endpoint",
    "rfc7643-6-rt-endpoint-live",
    depth="response",
    summary="The resource type Group names the endpoint /Teams, which does not exist.",
    hook=document("Group", lambda value: value.update(endpoint="/Teams")),
)
defect(
    "resource-type-name-unlike-meta",
    "rfc7643-6-rt-name-matches-meta",
    depth="response",
    summary="The resource type is called Account, and meta.resourceType says User.",
    hook=document("User", lambda value: value.update(name="Account")),
)

# Schemas

defect(
    "schemas-as-bare-array",
    "rfc7644-4-schemas-list",
    depth="response",
    summary="/Schemas is a bare array instead of a ListResponse.",
    hook=answered(
        lambda call, response: with_body(response, response.json()["Resources"]) if _lists("Schemas")(call) else response,
        on="discovery",
        status=200,
    ),
)


def _without(urn: str) -> Any:
    def change(call: Call, response: Response) -> Response:
        if not _lists("Schemas")(call):
            return response
        value = response.json()
        items = [item for item in value["Resources"] if item["id"] != urn]
        return with_body(response, {**value, "totalResults": len(items), "itemsPerPage": len(items), "Resources": items})

    return change


defect(
    "schemas-without-user",
    "rfc7644-4-schemas-list",
    "rfc7643-6-rt-schemas-resolve",
    depth="response",
    summary="/Schemas does not list the User schema.",
    hook=answered(_without(urns.USER), on="discovery", status=200),
)
defect(
    "schema-not-found-by-uri",
    "rfc7644-4-schemas-by-uri",
    "rfc7643-6-rt-schemas-resolve",
    depth="response",
    summary="/Schemas/{uri} answers 404 for every URI.",
    hook=refusing(lambda call: _at(call, "Schemas") and len(call.path) == 2, 404, "Not found"),
)
defect(
    "schema-unknown-is-empty-list",
    "rfc7644-3.12-schemas-unknown-404",
    depth="response",
    summary="An unknown schema or resource type answers 200 with an empty list.",
    hook=answered(
        lambda call, response: Response(
            200, response.headers, b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}'
        ),
        on="discovery",
        status=404,
    ),
)


def _paged(call: Call, response: Response) -> Response:
    count = call.parameters.get("count", "")
    if len(call.path) != 1 or not count.isdigit():
        return response
    value = response.json()
    return with_body(response, {**value, "itemsPerPage": int(count), "Resources": value["Resources"][: int(count)]})


defect(
    "discovery-is-paged",
    "rfc7644-4-discovery-lists-complete",
    depth="response",
    summary="count cuts the lists of schemas and resource types.",
    hook=answered(_paged, on="discovery", status=200),
)


@defect("discovery-filter-ignored", "rfc7644-4-discovery-filter-403", depth="response")
def _discovery_filter_ignored(provider: Provider) -> None:
    """A filter on a discovery endpoint is ignored without a word."""

    def forget(call: Call) -> None:
        if call.path and call.path[0] in ("Schemas", "ResourceTypes", "ServiceProviderConfig"):
            call.parameters.pop("filter", None)

    provider.seams.arrive.append(forget)


@defect("discovery-can-be-deleted", "rfc7643-5-discovery-read-only", depth="security")
def _discovery_deleted(provider: Provider) -> None:
    """DELETE of a schema or resource type answers 204, and it is gone."""
    gone: set[str] = set()

    def remove(call: Call) -> Response | None:
        discovered = len(call.path) == 2 and call.path[0] in ("Schemas", "ResourceTypes")
        if discovered and call.path[1] in gone:
            return call.provider.json(404, b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}')
        if discovered and call.method == "DELETE" and call.request.header("authorization"):
            gone.add(call.path[1])
            return Response(204)
        return None

    provider.seams.arrive.append(remove)


@defect("configuration-can-be-written", "rfc7643-5-discovery-read-only", depth="security")
def _configuration_written(provider: Provider) -> None:
    """PUT and PATCH of the configuration, of schemas and of resource types answer 200."""

    def accept(call: Call) -> Response | None:
        discovered = call.path and call.path[0] in ("Schemas", "ResourceTypes", "ServiceProviderConfig")
        if discovered and call.method in ("PUT", "PATCH", "POST") and call.request.header("authorization"):
            return call.provider.json(200, call.request.body or b"{}")
        return None

    provider.seams.arrive.append(accept)


defect(
    "schema-of-messages-published",
    "rfc7644-3.1-message-schemas-hidden",
    depth="response",
    summary="The ListResponse message is published as a schema.",
    hook=document(urns.RESOURCE_TYPE, lambda value: value.update(id=urns.LIST_RESPONSE) if "attributes" in value else None),
)
defect(
    "schema-id-no-uri",
    "rfc7643-7-schema-id-uri",
    "rfc7644-4-schemas-by-uri",
    depth="response",
    summary='The id of the Group schema is "Group".',
    hook=document(urns.GROUP, lambda value: value.update(id="Group")),
)
defect(
    "schema-without-schemas",
    "rfc7643-7-schema-schemas-uri",
    depth="response",
    summary="Schema objects do not name the Schema schema.",
    hook=document(urns.USER, lambda value: value.update(schemas=[urns.USER])),
)
defect(
    "attribute-without-type",
    "rfc7643-7-attribute-minimum",
    depth="response",
    summary="The definition of nickName has no type and no multiValued.",
    hook=schema_attribute(urns.USER, "nickName", lambda item: [item.pop("type"), item.pop("multiValued")]),
)
defect(
    "attribute-without-characteristics",
    "rfc7643-7-attribute-definition-complete",
    depth="response",
    summary="The definition of title has no mutability, returned and uniqueness.",
    hook=schema_attribute(urns.USER, "title", lambda item: [item.pop(name) for name in ("mutability", "returned", "uniqueness")]),
)
defect(
    "attribute-type-unknown",
    "rfc7643-7-attribute-types",
    depth="response",
    summary='The type of displayName is "String".',
    hook=schema_attribute(urns.USER, "displayName", lambda item: item.update(type="String")),
)
defect(
    "attribute-mutability-unknown",
    "rfc7643-7-characteristic-keywords",
    depth="response",
    summary='The mutability of title is "readwrite".',
    hook=schema_attribute(urns.USER, "title", lambda item: item.update(mutability="readwrite")),
)
defect(
    "attribute-returned-unknown",
    "rfc7643-7-characteristic-keywords",
    depth="response",
    summary='returned of nickName is "sometimes".',
    hook=schema_attribute(urns.USER, "nickName", lambda item: item.update(returned="sometimes")),
)
defect(
    "complex-without-parts",
    "rfc7643-7-complex-has-subattributes",
    depth="response",
    summary="The complex attribute name lists no sub-attributes.",
    hook=schema_attribute(urns.USER, "name", lambda item: item.pop("subAttributes")),
)
defect(
    "complex-inside-complex",
    "rfc7643-2.3.8-no-nested-complex",
    depth="response",
    summary="A sub-attribute of addresses is complex itself.",
    hook=schema_attribute(
        urns.USER,
        "addresses.region",
        lambda item: item.update(type="complex", subAttributes=[{"name": "code", "type": "string", "multiValued": False}]),
    ),
)
defect(
    "reference-without-types",
    "rfc7643-7-reference-types",
    depth="response",
    summary="profileUrl is a reference that may point to nothing in particular.",
    hook=schema_attribute(urns.USER, "profileUrl", lambda item: item.pop("referenceTypes", None)),
)
defect(
    "attribute-name-with-blank",
    "rfc7643-2.1-attribute-name-syntax",
    depth="response",
    summary="An attribute is called nick name.",
    hook=schema_attribute(urns.USER, "nickName", lambda item: item.update(name="nick name")),
)
defect(
    "write-only-declared-returned",
    "rfc7643-7-writeonly-never-returned",
    "rfc7643-8.7.1-password-characteristics",
    depth="security",
    summary="password is declared writeOnly and returned by default.",
    hook=schema_attribute(urns.USER, "password", lambda item: item.update(returned="default")),
)
defect(
    "password-declared-readable",
    "rfc7643-8.7.1-password-characteristics",
    depth="security",
    summary="password is declared readWrite.",
    hook=schema_attribute(urns.USER, "password", lambda item: item.update(mutability="readWrite", returned="default")),
)
defect(
    "user-name-declared-optional",
    "rfc7643-8.7.1-username-characteristics",
    depth="response",
    summary="userName is declared optional and not unique.",
    hook=schema_attribute(urns.USER, "userName", lambda item: item.update(required=False, uniqueness="none")),
)
defect(
    "user-name-declared-case-exact",
    "rfc7643-8.7.1-username-characteristics",
    depth="response",
    summary="userName is declared case-exact.",
    hook=schema_attribute(urns.USER, "userName", lambda item: item.update(caseExact=True)),
)
defect(
    "groups-declared-writable",
    "rfc7643-8.7.1-membership-characteristics",
    depth="response",
    summary="groups of User is declared readWrite.",
    hook=schema_attribute(urns.USER, "groups", lambda item: item.update(mutability="readWrite")),
)
defect(
    "group-name-declared-optional",
    "rfc7643-8.7.1-membership-characteristics",
    depth="response",
    summary="displayName of Group is declared optional.",
    hook=schema_attribute(urns.GROUP, "displayName", lambda item: item.update(required=False)),
)
defect(
    "declared-required-not-enforced",
    "rfc7643-7-behaviour-matches-required",
    depth="response",
    summary="nickName is declared required, and users are created without it.",
    hook=schema_attribute(urns.USER, "nickName", lambda item: item.update(required=True)),
)
defect(
    "declared-unique-not-enforced",
    "rfc7644-3.3-create-duplicate-409",
    depth="response",
    summary="nickName is declared unique, and two users get the same.",
    hook=schema_attribute(urns.USER, "nickName", lambda item: item.update(uniqueness="server")),
)
defect(
    "attribute-declared-twice",
    "rfc7643-7-attribute-minimum",
    depth="response",
    summary="The User schema defines its first attribute twice.",
    hook=document(urns.USER, lambda value: value["attributes"].append(dict(value["attributes"][0]))),
)
defect(
    "declared-always-and-left-out",
    "rfc7644-3.4.2.5-excluded-keeps-always",
    depth="response",
    summary="displayName is declared to be returned always, and comes only when it is asked for.",
    hook=schema_attribute(urns.USER, "displayName", lambda item: item.update(returned="always")),
)
defect(
    "department-not-declared",
    "rfc7643-7-attributes-declared",
    depth="response",
    summary="The enterprise schema does not define department, and users have one.",
    hook=document(
        urns.ENTERPRISE_USER,
        lambda value: value.update(attributes=[item for item in value["attributes"] if item["name"] != "department"]),
    ),
)
