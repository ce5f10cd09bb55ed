"""Creations that are refused, accepted or answered as they should not be (RFC 7644 section 3.3)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import (
    answered,
    body,
    both,
    configured,
    dropped,
    header,
    kept,
    refused,
    refusing,
    resource,
    status,
    with_body,
    with_header,
)
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.scim import urns
from scim_sim.wire import Response

Json = dict[str, Any]


def _given(call: Call, name: str) -> Any:
    return call.body.get(name) if isinstance(call.body, dict) else None


def _creates(call: Call, name: str = "") -> bool:
    """Whether the call creates something, and its body names this attribute."""
    return call.operation == "create" and isinstance(call.body, dict) and (not name or name in call.body)


def _refusing_bodies(when: Any, status: int, detail: str, scim_type: str = "", on: str = "create") -> Any:
    """Refuse bodies of which something is true."""

    def check(call: Call, value: Json) -> Json:
        if call.operation in on.split() and when(value):
            raise Refusal(status, detail, scim_type)
        return value

    return lambda provider: provider.seams.body.append(check)


defect("created-with-200", "rfc7644-3.3-create-201", depth="response", summary="A creation answers 200.", hook=status(201, 200))
defect(
    "created-without-location",
    "rfc7644-3.3-create-location-header",
    depth="response",
    summary="The answer to a creation has no Location header.",
    hook=header("Location", None, status=201),
)
defect(
    "created-location-of-collection",
    "rfc7644-3.3-create-location-header",
    depth="response",
    summary="Location of a creation is the collection.",
    hook=answered(
        lambda call, response: with_header(response, "Location", (response.header("location") or "").rsplit("/", 1)[0]),
        status=201,
    ),
)
defect(
    "created-location-unlike-meta",
    "rfc7644-3.3-create-meta-location",
    depth="response",
    summary="Location and meta.location of a creation differ.",
    hook=answered(lambda call, response: with_header(response, "Location", f"{response.header('location')}/self"), status=201),
)
defect(
    "created-without-meta-location",
    "rfc7644-3.3-create-meta-location",
    depth="response",
    summary="The body of a creation has no meta.location.",
    hook=resource(lambda view: view["meta"].pop("location"), on="create"),
)
defect(
    "created-answers-id-only",
    "rfc7644-3.3-create-returns-resource",
    depth="response",
    summary="The answer to a creation holds nothing but the id.",
    hook=resource(lambda view: {"id": view["id"]}, on="create"),
)
defect(
    "created-without-body",
    "rfc7644-3.3-create-returns-resource",
    "okta-3-create-returns-id",
    "entra-2-create-id",
    depth="response",
    summary="The answer to a creation is empty.",
    hook=answered(lambda call, response: replace(response, body=b""), status=201),
)
defect(
    "created-with-204",
    "rfc7644-3.3-create-201",
    "okta-3-create-returns-id",
    depth="response",
    summary="A creation answers 204.",
    hook=answered(lambda call, response: Response(204, response.headers), status=201),
)


@defect("created-unreadable-at-first", "rfc7644-3.4.1-create-readable", "entra-6-on-demand", depth="readback")
def _unreadable(provider: Provider) -> None:
    """The first read of a new resource answers 404."""
    fresh: set[str] = set()
    provider.seams.stored.append(lambda call, record: fresh.add(record.id) if call.operation == "create" else None)

    def first(call: Call) -> bool:
        if call.operation == "read" and call.id in fresh:
            fresh.discard(call.id)
            return True
        return False

    refusing(first, 404, "Not found yet")(provider)


@defect("created-not-findable", "rfc7644-3.4.2-create-findable", "okta-match", "entra-match", depth="readback")
def _unfindable(provider: Provider) -> None:
    """A new user is found by a filter only after its first change."""
    provider.indexes_decide = False
    provider.seams.select.append(
        lambda call, records: [item for item in records if item.revision > 1] if "filter" in call.parameters else records
    )


@defect("client-id-adopted", "rfc7643-3.1-id-server-assigned", "rfc7644-3.3-create-readonly-ignored", depth="readback")
def _adopted(provider: Provider) -> None:
    """An id sent by the client becomes the id of the resource."""
    usual, wanted = provider.new_id, list[str]()
    provider.new_id = lambda: wanted.pop() if wanted else usual()

    def take(call: Call, value: Json) -> Json:
        if call.operation == "create" and isinstance(value.get("id"), str) and call.store.get(value["id"]) is None:
            wanted[:] = [value["id"]]
        return value

    provider.seams.body.append(take)


defect(
    "client-meta-refused",
    "rfc7643-3.1-meta-client-values-ignored",
    "entra-2-meta-in-body",
    depth="response",
    summary="A creation that carries meta is refused.",
    hook=_refusing_bodies(lambda value: "meta" in value, 400, "meta is readOnly", "mutability"),
)
defect(
    "client-id-refused",
    "rfc7644-3.3-create-readonly-ignored",
    depth="response",
    summary="A creation that carries an id is refused.",
    hook=_refusing_bodies(lambda value: "id" in value, 400, "id is readOnly", "mutability"),
)
defect(
    "client-groups-refused",
    "rfc7644-3.3-create-readonly-ignored",
    "okta-3-groups-empty-list",
    depth="response",
    summary="A creation that carries groups, even as an empty list, is refused.",
    hook=_refusing_bodies(lambda value: "groups" in value, 400, "groups is readOnly", "mutability"),
)


@defect("client-meta-adopted", "rfc7643-3.1-meta-client-values-ignored", "rfc7644-3.3-create-readonly-ignored", depth="response")
def _meta_adopted(provider: Provider) -> None:
    """meta.created of the client becomes that of the resource."""

    def pipe(call: Call, view: Json) -> Json:
        sent = _given(call, "meta")
        if call.operation == "create" and isinstance(sent, dict) and isinstance(sent.get("created"), str):
            view["meta"] = {**view["meta"], "created": sent["created"], "lastModified": sent["created"]}
        return view

    provider.seams.represent.append(pipe)


@defect("groups-of-user-written", "rfc7643-4.1.2-user-groups-readonly", "rfc7644-3.3-create-readonly-ignored", depth="security")
def _groups_written(provider: Provider) -> None:
    """groups in the body of a user makes it a member."""

    def join(call: Call, record: Record) -> None:
        given = _given(call, "groups")
        for item in given if isinstance(given, list) and call.kind == "User" else []:
            group = call.store.get(str(item.get("value")) if isinstance(item, dict) else "", "Group")
            if group is not None:
                call.store.add_members(group, {record.id: {"value": record.id}})

    provider.seams.stored.append(join)


# Duplicates


def _conflict(status: int, scim_type: str) -> Any:
    return refused(
        lambda call, refusal: Refusal(status, refusal.detail, scim_type) if _creates(call) and refusal.status == 409 else None
    )


defect(
    "duplicate-with-400",
    "rfc7644-3.3-create-duplicate-409",
    "okta-no-duplicates",
    depth="response",
    summary="A duplicate creation answers 400.",
    hook=_conflict(400, "uniqueness"),
)
defect(
    "duplicate-with-500",
    "rfc7644-3.3-create-duplicate-409",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A duplicate creation answers 500.",
    hook=_conflict(500, ""),
)
defect(
    "duplicate-without-keyword",
    "rfc7644-3.3-create-duplicate-409",
    depth="response",
    summary="A duplicate creation answers 409 without scimType.",
    hook=_conflict(409, ""),
)


@defect("duplicate-created", "rfc7644-3.3-create-duplicate-409", "rfc7643-4.1.1-username-unique-caseless", depth="response")
def _duplicates(provider: Provider) -> None:
    """Two users may have the same userName."""
    provider.rules.taken = lambda call, attribute, value: None


@defect("duplicate-answers-existing", "rfc7644-3.3-create-duplicate-409", depth="response")
def _existing(provider: Provider) -> None:
    """A duplicate creation answers 201 with the user that exists."""

    def give(call: Call, response: Response) -> Response:
        name = _given(call, "userName")
        if response.status != 409 or not isinstance(name, str):
            return response
        record = call.store.find("User", "userName", name)[0]
        return Response(201, call.provider.resource_headers(call, record), call.provider.raw(call, record))

    provider.seams.answer.append(give)


@defect(
    "duplicate-in-other-case-created", "rfc7643-4.1.1-username-unique-caseless", "rfc7644-5-username-precis", depth="response"
)
def _case_variants(provider: Provider) -> None:
    """User names that differ in letter case only are two users."""
    taken = provider.rules.taken

    def exactly(call: Call, attribute: str, value: str) -> Record | None:
        found = taken(call, attribute, value)
        return found if found is not None and found.attributes.get(attribute) == value else None

    provider.rules.taken = exactly


@defect("width-variants-are-two-users", "rfc7644-5-username-precis", depth="security")
def _width_variants(provider: Provider) -> None:
    """User names that differ in width or composition only are two users."""
    taken = provider.rules.taken

    def folded(call: Call, attribute: str, value: str) -> Record | None:
        found = taken(call, attribute, value)
        return found if found is not None and str(found.attributes.get(attribute)).lower() == value.lower() else None

    provider.rules.taken = folded


@defect("external-id-unique", "rfc7643-3.1-externalid-not-enforced-unique", "okta-13.10-inactive-found", depth="response")
def _unique_external_id(provider: Provider) -> None:
    """A second resource with the same externalId is refused."""

    def check(call: Call, value: Json) -> Json:
        given = value.get("externalId")
        if call.operation == "create" and isinstance(given, str) and call.store.find(call.kind, "externalId", given):
            raise Refusal(409, "externalId is taken", "uniqueness")
        return value

    provider.seams.body.append(check)


@defect(
    "same-name-in-parallel-created-twice", "rfc7644-3.3-create-concurrent-unique", "okta-13.22-parallel-create", depth="parallel"
)
def _race(provider: Provider) -> None:
    """Two creations of one userName at the same moment both succeed."""

    def arrive(call: Call) -> None:
        if call.method == "POST" and call.path == ("Users",):
            call.notes["seen"] = len(call.provider.store_of())
            call.notes["newest"] = max((item.sequence for item in call.provider.store_of().all()), default=0)
            time.sleep(0.03)

    taken = provider.rules.taken

    def blind(call: Call, attribute: str, value: str) -> Record | None:
        found = taken(call, attribute, value)
        return None if found is not None and found.sequence > call.notes.get("newest", found.sequence) else found

    provider.seams.arrive.append(arrive)
    provider.rules.taken = blind


defect(
    "group-names-answer-500",
    "rfc7644-3.3-group-duplicate-name",
    depth="response",
    summary="A second group of the same name answers 500.",
    hook=both(
        configured(unique_group_names=True),
        refused(lambda call, refusal: Refusal(500, "failed") if call.kind == "Group" and refusal.status == 409 else None),
    ),
)

# Required attributes and types


def _filled(name: str, value: str) -> Any:
    return lambda given: given.setdefault(name, value)


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
    hook=_refusing_bodies(lambda value: urns.USER in value.get("schemas", []) and not value.get("userName"), 500, "failed"),
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
    hook=_refusing_bodies(_wrong_type, 500, "failed"),
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
    "schemas-order-matters",
    "rfc7643-3-schemas-order-free",
    depth="response",
    summary="A creation is refused unless the base schema comes first.",
    hook=_refusing_bodies(
        lambda value: value.get("schemas", [""])[:1] not in ([urns.USER], [urns.GROUP]), 400, "schemas[0]", "invalidValue"
    ),
)
defect(
    "member-order-matters",
    "rfc7643-2.3.8-member-order-free",
    depth="response",
    summary="A creation is refused unless schemas is the first member.",
    hook=_refusing_bodies(lambda value: next(iter(value), "") != "schemas", 400, "schemas has to come first", "invalidSyntax"),
)
defect(
    "null-refused",
    "rfc7643-2.5-null-equals-unassigned",
    depth="response",
    summary="null in a creation is refused.",
    hook=_refusing_bodies(lambda value: None in value.values(), 400, "null is no value", "invalidValue"),
)
defect(
    "empty-list-refused",
    "rfc7643-2.5-null-equals-unassigned",
    "rfc7644-3.3-create-group-empty",
    "entra-5-group-empty",
    depth="response",
    summary="An empty list in a creation is refused.",
    hook=_refusing_bodies(lambda value: [] in value.values(), 400, "a list needs values", "invalidValue"),
)
defect(
    "unknown-extension-is-500",
    "rfc7643-3-create-unknown-extension",
    depth="response",
    summary="An extension the provider does not know answers 500.",
    hook=_refusing_bodies(lambda value: any(":" in name and name != urns.ENTERPRISE_USER for name in value), 500, "failed"),
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
    hook=_refusing_bodies(lambda value: any("urn:scim:" in str(urn) for urn in value.get("schemas", [])), 500, "failed"),
)
defect(
    "single-object-stored-as-object",
    "rfc7643-2.4-single-object-inbound",
    depth="readback",
    summary="emails sent as one object comes back as one object.",
    hook=lambda provider: provider.seams.represent.append(
        lambda call, view: {**view, "emails": view["emails"][0]} if isinstance(_given(call, "emails"), dict) else view
    ),
)
defect(
    "password-refused",
    "rfc7644-3.3-create-accepts-password",
    "okta-3-random-password",
    depth="response",
    summary="A creation with a password is refused.",
    hook=_refusing_bodies(lambda value: "password" in value, 400, "passwords are not kept here", "invalidValue"),
)
defect(
    "extension-must-be-filled",
    "entra-2-enterprise-urn-always",
    depth="response",
    summary="A creation that lists the enterprise schema and has no such attribute is refused.",
    hook=_refusing_bodies(
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
        name = _given(call, "userName")
        if _creates(call) and refusal.status == 400 and isinstance(name, str) and name:
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
    hook=_refusing_bodies(
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
        name = _given(call, "displayName")
        if _creates(call, "members") and refusal.status == 400 and isinstance(name, str):
            call.store.create("Group", {"displayName": name})
        return refusal

    provider.seams.refuse.append(leave)


defect(
    "member-needs-type",
    "rfc7643-4.2-member-without-ref",
    "okta-13.4-member-without-type",
    depth="response",
    summary="A member without type and $ref is refused.",
    hook=_refusing_bodies(
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
