"""Creations that are refused or accepted as they should not be, and groups that lose members (RFC 7644 section 3.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.bodies import creates, given, refusing_bodies
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import (
    answered,
    body,
    both,
    configured,
    dropped,
    kept,
    refused,
    resource,
    with_body,
)
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


# Required attributes and types


def _filled(name: str, value: str) -> Any:
    return lambda sent: sent.setdefault(name, value)


defect(
    "user-without-name-created",
    "rfc7643-4.1.1-username-required",
    "rfc7643-7-behaviour-matches-required",
    depth="response",
    summary="A user without userName is created under an invented one.",
    hook=body(lambda value: value.update(userName=value.get("userName") or "unnamed"), on="create", kind="User"),
)
defect(
    "user-without-name-is-500",
    "rfc7643-4.1.1-username-required",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A user without userName answers 500.",
    hook=refusing_bodies(lambda value: urns.USER in value.get("schemas", []) and not value.get("userName"), 500, "failed"),
)
defect(
    "group-without-name-created",
    "rfc7643-4.2-group-create-requires-name",
    depth="response",
    summary="A group without displayName is created under an invented one.",
    hook=body(_filled("displayName", "unnamed"), on="create", kind="Group"),
)


def _wrong_type(value: Json) -> bool:
    texts = ("userName", "displayName", "title", "nickName")
    lists = ("emails", "phoneNumbers", "members")
    return any(name in value and not isinstance(value[name], str | None) for name in texts) or any(
        name in value and isinstance(value[name], str | int) for name in lists
    )


defect(
    "wrong-type-is-500",
    "rfc7644-3.12-create-wrong-type",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A value of the wrong type answers 500.",
    hook=refusing_bodies(_wrong_type, 500, "failed"),
)


@defect("wrong-type-accepted", "rfc7644-3.12-create-wrong-type", depth="readback")
def _lax(provider: Provider) -> None:
    """Values of the wrong type are turned into text and stored."""

    def edit(value: Json) -> None:
        for name in ("userName", "displayName", "title", "nickName"):
            if name in value and value[name] is not None:
                value[name] = str(value[name])
        for name in ("emails", "phoneNumbers"):
            if isinstance(value.get(name), str | int):
                value[name] = [{"value": str(value[name])}]
        if isinstance(value.get("name"), str):
            value["name"] = {"formatted": value["name"]}
        if not isinstance(value.get("active", True), bool):
            value["active"] = True

    body(edit)(provider)


def _malformed(status_: int) -> Any:
    return refused(
        lambda call, refusal: Refusal(status_, "failed") if refusal.scim_type == "invalidSyntax" and _is_no_object(call) else None
    )


def _is_no_object(call: Call) -> bool:
    return call.operation in ("create", "replace", "patch") and not isinstance(call.body, dict)


defect(
    "malformed-json-is-500",
    "rfc7644-3.12-create-malformed-json",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A body that is no JSON answers 500.",
    hook=_malformed(500),
)
defect(
    "malformed-json-without-keyword",
    "rfc7644-3.12-create-malformed-json",
    depth="response",
    summary="A body that is no JSON answers 400 without scimType.",
    hook=_malformed(400),
)
defect(
    "malformed-json-is-200",
    "rfc7644-3.12-create-malformed-json",
    "rfc7644-3.2-error-http-status",
    depth="response",
    summary="A body that is no JSON answers 200 with an Error in the body.",
    hook=answered(lambda call, response: replace(response, status=200) if _is_no_object(call) else response, status=400),
)
defect(
    "malformed-change-is-ignored",
    "rfc7644-3.12-create-malformed-json",
    depth="response",
    summary="A PUT or PATCH whose body is no JSON changes nothing and answers 204.",
    hook=answered(
        lambda call, response: Response(204) if _is_no_object(call) and call.operation != "create" else response, status=400
    ),
)
defect(
    "schemas-order-matters",
    "rfc7643-3-schemas-order-free",
    depth="response",
    summary="A creation is refused unless the base schema comes first.",
    hook=refusing_bodies(
        lambda value: value.get("schemas", [""])[:1] not in ([urns.USER], [urns.GROUP]), 400, "schemas[0]", "invalidValue"
    ),
)
defect(
    "member-order-matters",
    "rfc7643-2.3.8-member-order-free",
    depth="response",
    summary="A creation is refused unless schemas is the first member.",
    hook=refusing_bodies(lambda value: next(iter(value), "") != "schemas", 400, "schemas has to come first", "invalidSyntax"),
)
defect(
    "null-refused",
    "rfc7643-2.5-null-equals-unassigned",
    depth="response",
    summary="null in a creation is refused.",
    hook=refusing_bodies(lambda value: None in value.values(), 400, "null is no value", "invalidValue"),
)
defect(
    "empty-list-refused",
    "rfc7643-2.5-null-equals-unassigned",
    "rfc7644-3.3-create-group-empty",
    "entra-5-group-empty",
    depth="response",
    summary="An empty list in a creation is refused.",
    hook=refusing_bodies(lambda value: [] in value.values(), 400, "a list needs values", "invalidValue"),
)
defect(
    "unknown-extension-is-500",
    "rfc7643-3-create-unknown-extension",
    depth="response",
    summary="An extension the provider does not know answers 500.",
    hook=refusing_bodies(lambda value: any(":" in name and name != urns.ENTERPRISE_USER for name in value), 500, "failed"),
)
defect(
    "unknown-attribute-is-500",
    "rfc7644-3.3-create-unknown-attribute",
    depth="response",
    summary="An attribute the provider does not know answers 500.",
    hook=both(
        configured(unknown_attributes="refuse"),
        refused(lambda call, refusal: Refusal(500, "failed") if "is no attribute" in refusal.detail else None),
    ),
)


@defect("unknown-attribute-kept", "rfc7644-3.3-create-unknown-attribute", "rfc7643-7-attributes-declared", depth="readback")
def _unknown_kept(provider: Provider) -> None:
    """An attribute the schema does not have is stored and returned."""
    extra: dict[str, Json] = {}

    def remember(call: Call, record: Record) -> None:
        if call.operation in ("create", "replace") and isinstance(call.body, dict) and call.type is not None:
            known = {*call.type.fields, *call.type.extensions, "schemas", "id", "meta"}
            extra[record.id] = {name: item for name, item in call.body.items() if name.lower() not in known}

    provider.seams.stored.append(remember)
    resource(lambda view: {**view, **extra.get(view["id"], {})})(provider)


defect(
    "legacy-schemas-are-500",
    "rfc7643-3-legacy-schema-uris",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A body with the schema URIs of SCIM 1.1 answers 500.",
    hook=refusing_bodies(lambda value: any("urn:scim:" in str(urn) for urn in value.get("schemas", [])), 500, "failed"),
)
defect(
    "single-object-stored-as-object",
    "rfc7643-2.4-single-object-inbound",
    "rfc7643-2.4-multivalued-array",
    depth="readback",
    summary="emails sent as one object comes back as one object.",
    hook=lambda provider: provider.seams.represent.append(
        lambda call, view: {**view, "emails": view["emails"][0]} if isinstance(given(call, "emails"), dict) else view
    ),
)
defect(
    "password-refused",
    "rfc7644-3.3-create-accepts-password",
    "okta-3-random-password",
    depth="response",
    summary="A creation with a password is refused.",
    hook=refusing_bodies(lambda value: "password" in value, 400, "passwords are not kept here", "invalidValue"),
)
defect(
    "extension-must-be-filled",
    "entra-2-enterprise-urn-always",
    "entra-create",
    depth="response",
    summary="A creation that lists the enterprise schema and has no such attribute is refused.",
    hook=refusing_bodies(
        lambda value: urns.ENTERPRISE_USER in value.get("schemas", []) and urns.ENTERPRISE_USER not in value,
        400,
        "the enterprise extension is listed and missing",
        "invalidValue",
    ),
)


@defect("refused-creation-leaves-user", "rfc7644-3.3-create-atomic-on-error", depth="readback")
def _half_made(provider: Provider) -> None:
    """A creation refused for a bad attribute leaves the user behind all the same."""

    def leave(call: Call, refusal: Refusal) -> Refusal:
        name = given(call, "userName")
        if creates(call) and refusal.status == 400 and isinstance(name, str) and name:
            call.store.create("User", {"userName": name, "active": True})
        return refusal

    provider.seams.refuse.append(leave)


# Groups

defect(
    "group-created-without-members",
    "rfc7644-3.3-create-group-with-members",
    "okta-group-push",
    depth="readback",
    summary="The members of a group creation are not stored.",
    hook=kept(lambda call, draft, before: draft.members.clear(), on="create", kind="Group"),
)
defect(
    "group-created-with-first-member",
    "rfc7644-3.3-create-group-with-members",
    "okta-group-push",
    depth="many",
    summary="Of the members of a group creation only the first is stored.",
    hook=kept(lambda call, draft, before: [draft.members.pop(id) for id in list(draft.members)[1:]], on="create", kind="Group"),
)
defect(
    "group-keeps-twenty-members",
    "rfc7644-3.3-create-group-with-members",
    "rfc7644-3.5.2.1-add-member",
    "rfc7644-3.5.1-put-members-whole",
    "okta-13.24-members-limit",
    depth="many",
    summary="A group keeps twenty members, and the rest is dropped without a word.",
    hook=kept(lambda call, draft, before: [draft.members.pop(id) for id in list(draft.members)[20:]], kind="Group"),
)
defect(
    "empty-group-refused",
    "rfc7644-3.3-create-group-empty",
    "entra-5-group-empty",
    depth="response",
    summary="A group without members cannot be created.",
    hook=refusing_bodies(
        lambda value: urns.GROUP in value.get("schemas", []) and not value.get("members"), 400, "members", "invalidValue"
    ),
)


@defect("unknown-member-is-500", "rfc7643-2.3.7-create-dangling-member", "rfc7644-3.12-no-server-error", depth="response")
def _dangling(provider: Provider) -> None:
    """A member that does not exist answers 500."""
    refused(lambda call, refusal: Refusal(500, "failed") if "is no resource here" in refusal.detail else None)(provider)


@defect("unknown-member-leaves-half-a-group", "rfc7643-2.3.7-create-dangling-member", depth="readback")
def _half_a_group(provider: Provider) -> None:
    """A group refused for a member that does not exist exists without members."""

    def leave(call: Call, refusal: Refusal) -> Refusal:
        name = given(call, "displayName")
        if creates(call, "members") and refusal.status == 400 and isinstance(name, str):
            call.store.create("Group", {"displayName": name})
        return refusal

    provider.seams.refuse.append(leave)


defect(
    "member-needs-type",
    "rfc7643-4.2-member-without-ref",
    "okta-13.4-member-without-type",
    depth="response",
    summary="A member without type and $ref is refused.",
    hook=refusing_bodies(
        lambda value: any(
            "type" not in item or "$ref" not in item for item in value.get("members") or [] if isinstance(item, dict)
        ),
        400,
        "a member needs type and $ref",
        "invalidValue",
        on="create replace",
    ),
)


def _all_primary(view: Json) -> None:
    emails = view.get("emails", [])
    if len([item for item in emails if "primary" in item]) > 1:
        view["emails"] = [{**item, "primary": True} for item in emails]


defect(
    "two-primaries-stored",
    "rfc7643-2.4-primary-at-most-once",
    depth="readback",
    summary="Two primary e-mails are stored as sent.",
    hook=both(configured(two_primaries="first"), resource(_all_primary, kind="User")),
)
defect(
    "schemas-not-asked-for",
    "rfc7643-3-schemas-nonempty",
    depth="response",
    summary="Bodies and answers do without schemas.",
    hook=both(configured(schemas_required=False), dropped("schemas")),
)
defect(
    "user-gets-the-answer-of-an-error",
    "rfc7644-3.2-error-http-status",
    depth="response",
    summary="A duplicate creation answers 200 with an Error in the body.",
    hook=answered(lambda call, response: with_body(replace(response, status=200), response.body), on="create", status=409),
)
