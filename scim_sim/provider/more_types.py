"""A larger catalogue to serve: one more extension of users, and one more resource type, as data."""

from __future__ import annotations

from typing import Any, Final

from scim_sim.provider.resource_types import Catalogue
from scim_sim.scim import urns

__all__ = ["WORKPLACE", "more_types"]

Json = dict[str, Any]

WORKPLACE: Final[Json] = {
    "schemas": [urns.SCHEMA],
    "id": "urn:example:params:scim:schemas:extension:workplace:1.0:User",
    "name": "Workplace",
    "description": "Where somebody works, with one attribute of each type.",
    "attributes": [
        {"name": "badge", "type": "string", "mutability": "immutable", "caseExact": True, "description": "Given once."},
        {"name": "floor", "type": "integer", "description": "The floor."},
        {"name": "capacity", "type": "decimal", "description": "Share of a full position."},
        {"name": "since", "type": "dateTime", "description": "When the place was taken."},
        {"name": "remote", "type": "boolean", "description": "Whether the place is elsewhere."},
        {"name": "key", "type": "binary", "caseExact": True, "description": "The public key of the door."},
        {
            "name": "plan",
            "type": "reference",
            "referenceTypes": ["external"],
            "caseExact": True,
            "description": "A plan of the floor.",
        },
        {"name": "remark", "type": "string", "returned": "request", "description": "Shown on request."},
        {"name": "rooms", "type": "string", "multiValued": True, "description": "Rooms to which the badge opens."},
    ],
}
_DEVICE: Final[Json] = {
    "schemas": [urns.SCHEMA],
    "id": "urn:example:params:scim:schemas:core:1.0:Device",
    "name": "Device",
    "description": "Something that belongs to a user.",
    "attributes": [
        {
            "name": "serial",
            "type": "string",
            "required": True,
            "caseExact": True,
            "uniqueness": "server",
            "description": "The number.",
        },
        {"name": "label", "type": "string", "description": "What is written on it."},
        {"name": "lent", "type": "boolean", "description": "Whether somebody has it."},
    ],
}
_DEFAULTS: Final[Json] = {
    "multiValued": False,
    "required": False,
    "caseExact": False,
    "mutability": "readWrite",
    "returned": "default",
    "uniqueness": "none",
}


def _complete(schema: Json) -> Json:
    return {**schema, "attributes": [{**_DEFAULTS, **attribute} for attribute in schema["attributes"]]}


def more_types(catalogue: Catalogue) -> Catalogue:
    """The catalogue with an extension of users that has attributes of every type, and a resource type Device."""
    device = {
        "schemas": [urns.RESOURCE_TYPE],
        "id": "Device",
        "name": "Device",
        "endpoint": "/Devices",
        "description": "Devices",
        "schema": _DEVICE["id"],
        "schemaExtensions": [],
    }
    extended = catalogue.with_extension("User", _complete(WORKPLACE))
    return extended.with_type(device, _complete(_DEVICE))
