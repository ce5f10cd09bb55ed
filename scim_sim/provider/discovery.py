"""What the provider says of itself: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 section 4)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import Response, json_body

__all__ = ["configuration", "discover", "resource_types", "schemas"]

Json = dict[str, Any]


def discover(call: Call) -> Response:
    """Answer a GET of one of the three discovery endpoints, or of one entry of the latter two."""
    if "filter" in call.parameters:
        raise Refusal(403, "Discovery endpoints are not filtered (RFC 7644 section 4)")
    head, entry = call.path[0], call.path[1] if len(call.path) > 1 else None
    if head == "ServiceProviderConfig":
        return _answer(call, _piped(call, configuration(call)))
    items = [_piped(call, item) for item in (resource_types(call) if head == "ResourceTypes" else schemas(call))]
    if entry is None:
        body = {
            "schemas": [urns.LIST_RESPONSE],
            "totalResults": len(items),
            "startIndex": 1,
            "itemsPerPage": len(items),
            "Resources": items,
        }
        return _answer(call, _piped(call, body))
    for item in items:
        if item.get("id") == entry or (head == "Schemas" and str(item.get("id")).lower() == entry.lower()):
            return _answer(call, item)
    raise Refusal(404, f"{head} has no {entry[:120]!r}")


def configuration(call: Call) -> Json:
    """The ServiceProviderConfig that is true for the options (RFC 7643 section 5, RFC 9865 section 4)."""
    options = call.provider.options
    found: Json = {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "documentationUri": "https://docs.example.test/scim",
        "patch": {"supported": options.patch},
        "bulk": {
            "supported": options.bulk,
            "maxOperations": options.bulk_operations if options.bulk else 0,
            "maxPayloadSize": options.bulk_bytes if options.bulk else 0,
        },
        "filter": {"supported": options.filter, "maxResults": options.max_results},
        "changePassword": {"supported": options.change_password},
        "sort": {"supported": options.sort},
        "etag": {"supported": options.etag},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A token in the Authorization header (RFC 6750).",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
    }
    if options.cursor:
        found["pagination"] = {
            "cursor": True,
            "index": options.index,
            "defaultPaginationMethod": options.default_paging,
            "defaultPageSize": options.page_size,
            "maxPageSize": options.page_size,
            "cursorTimeout": options.cursor_seconds,
        }
    return {**found, "meta": _meta(call, "ServiceProviderConfig", "/ServiceProviderConfig")}


def resource_types(call: Call) -> list[Json]:
    """Every ResourceType with its own address."""
    given = call.provider.catalogue.resource_types
    return [{**item, "meta": _meta(call, "ResourceType", f"/ResourceTypes/{item['id']}")} for item in given]


def schemas(call: Call) -> list[Json]:
    """Every Schema with its own address; that of groups says whether their names are unique."""
    shown = [{**item, "meta": _meta(call, "Schema", f"/Schemas/{item['id']}")} for item in call.provider.catalogue.schemas]
    if call.provider.options.unique_group_names:
        shown = [_with_unique_names(item) if item["id"] == urns.GROUP else item for item in shown]
    return shown


def _with_unique_names(schema: Json) -> Json:
    attributes = schema["attributes"]
    return {
        **schema,
        "attributes": [{**item, "uniqueness": "server"} if item["name"] == "displayName" else item for item in attributes],
    }


def _meta(call: Call, type: str, path: str) -> Json:
    return {"resourceType": type, "location": f"{call.provider.base_url}{path}"}


def _piped(call: Call, document: Json) -> Json:
    for pipe in call.provider.seams.discovery:
        document = pipe(call, document)
    return document


def _answer(call: Call, document: Json) -> Response:
    return call.provider.json(200, json_body(document))
