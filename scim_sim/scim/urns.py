"""The URNs of RFC 7643 and RFC 7644, each under one name."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BULK_REQUEST",
    "BULK_RESPONSE",
    "ENTERPRISE_USER",
    "ERROR",
    "GROUP",
    "LIST_RESPONSE",
    "PATCH_OP",
    "RESOURCE_TYPE",
    "SCHEMA",
    "SEARCH_REQUEST",
    "SERVICE_PROVIDER_CONFIG",
    "USER",
]

_SCHEMAS: Final = "urn:ietf:params:scim:schemas"
_MESSAGES: Final = "urn:ietf:params:scim:api:messages:2.0"

USER: Final = f"{_SCHEMAS}:core:2.0:User"
GROUP: Final = f"{_SCHEMAS}:core:2.0:Group"
ENTERPRISE_USER: Final = f"{_SCHEMAS}:extension:enterprise:2.0:User"
SERVICE_PROVIDER_CONFIG: Final = f"{_SCHEMAS}:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE: Final = f"{_SCHEMAS}:core:2.0:ResourceType"
SCHEMA: Final = f"{_SCHEMAS}:core:2.0:Schema"

LIST_RESPONSE: Final = f"{_MESSAGES}:ListResponse"
ERROR: Final = f"{_MESSAGES}:Error"
PATCH_OP: Final = f"{_MESSAGES}:PatchOp"
SEARCH_REQUEST: Final = f"{_MESSAGES}:SearchRequest"
BULK_REQUEST: Final = f"{_MESSAGES}:BulkRequest"
BULK_RESPONSE: Final = f"{_MESSAGES}:BulkResponse"
