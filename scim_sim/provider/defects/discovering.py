"""Discovery documents that contradict each other, or say that they are found elsewhere (RFC 7644 section 4)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import Hook, document
from scim_sim.provider.seams import Call
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
_FOUND = "rfc7643-3.1-location-dereferences"


def _alone(head: str, **other: Any) -> Hook:
    """One document says something else when it is asked for alone than it says in the list."""

    def pipe(call: Call, value: Json) -> Json:
        return {**value, **other} if call.path[:1] == (head,) and len(call.path) == 2 else value

    def hook(provider: Provider) -> None:
        provider.seams.discovery.append(pipe)

    return hook


defect(
    "schema-is-found-elsewhere",
    _FOUND,
    depth="response",
    summary="meta.location of the User schema is an address that does not exist.",
    hook=document(urns.USER, lambda value: value["meta"].update(location="https://provider.example.test/scim/v2/Schema/User")),
)
defect(
    "resource-type-is-found-elsewhere",
    _FOUND,
    depth="response",
    summary="meta.location of the resource type User is an address that does not exist.",
    hook=document("User", lambda value: value["meta"].update(location="https://provider.example.test/scim/v2/Types/User")),
)
defect(
    "schema-alone-is-another",
    "rfc7644-4-schemas-by-uri",
    depth="response",
    summary="A schema that is asked for alone has other attributes than in the list.",
    hook=_alone("Schemas", attributes=[{"name": "nickName", "type": "string", "multiValued": False}]),
)
defect(
    "resource-type-alone-is-another",
    "rfc7644-4-resourcetypes-single",
    depth="response",
    summary="A resource type that is asked for alone has another endpoint than in the list.",
    hook=_alone("ResourceTypes", endpoint="/Accounts"),
)
