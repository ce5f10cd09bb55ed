"""Creations that are answered, identified or told apart wrongly (RFC 7644 section 3.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.bodies import creates, given, refusing_bodies
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import (
    answered,
    both,
    configured,
    header,
    moment,
    refused,
    refusing,
    resource,
    status,
    with_header,
)
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


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
    "rfc7644-3.3-create-meta-location",
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
    "rfc7643-3-schemas-nonempty",
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
    hook=refusing_bodies(lambda value: "meta" in value, 400, "meta is readOnly", "mutability"),
)
defect(
    "client-id-refused",
    "rfc7644-3.3-create-readonly-ignored",
    depth="response",
    summary="A creation that carries an id is refused.",
    hook=refusing_bodies(lambda value: "id" in value, 400, "id is readOnly", "mutability"),
)
defect(
    "client-groups-refused",
    "rfc7644-3.3-create-readonly-ignored",
    "okta-3-groups-empty-list",
    depth="response",
    summary="A creation that carries groups, even as an empty list, is refused.",
    hook=refusing_bodies(lambda value: "groups" in value, 400, "groups is readOnly", "mutability"),
)


@defect("client-meta-adopted", "rfc7643-3.1-meta-client-values-ignored", "rfc7644-3.3-create-readonly-ignored", depth="response")
def _meta_adopted(provider: Provider) -> None:
    """meta.created of the client becomes that of the resource."""

    def pipe(call: Call, view: Json) -> Json:
        sent = given(call, "meta")
        if call.operation == "create" and isinstance(sent, dict) and isinstance(sent.get("created"), str):
            view["meta"] = {**view["meta"], "created": sent["created"], "lastModified": sent["created"]}
        return view

    provider.seams.represent.append(pipe)


@defect("groups-of-user-written", "rfc7643-4.1.2-user-groups-readonly", "rfc7644-3.3-create-readonly-ignored", depth="security")
def _groups_written(provider: Provider) -> None:
    """groups in the body of a user makes it a member."""

    def join(call: Call, record: Record) -> None:
        groups = given(call, "groups")
        for item in groups if isinstance(groups, list) and call.kind == "User" else []:
            group = call.store.get(str(item.get("value")) if isinstance(item, dict) else "", "Group")
            if group is not None:
                call.store.add_members(group, {record.id: {"value": record.id}})

    provider.seams.stored.append(join)


# Duplicates


def _conflict(status: int, scim_type: str) -> Any:
    return refused(
        lambda call, refusal: Refusal(status, refusal.detail, scim_type) if creates(call) and refusal.status == 409 else None
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
        name = given(call, "userName")
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
    hold = moment()

    def arrive(call: Call) -> None:
        if call.method == "POST" and call.path == ("Users",):
            call.notes["seen"] = len(call.provider.store_of())
            call.notes["newest"] = max((item.sequence for item in call.provider.store_of().all()), default=0)
            hold()

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

defect(
    "meta-location-on-another-host",
    "rfc7644-3.3-create-meta-location",
    depth="response",
    summary="meta.location names the host behind the proxy, and the Location header the one in front of it.",
    hook=resource(lambda view: view["meta"].update(location="http://10.0.0.7:8080" + urlsplit(view["meta"]["location"]).path)),
)
defect(
    "created-in-another-time-zone",
    "rfc7643-3.1-meta-assigned",
    depth="response",
    summary="Instants are those of the local time zone, and are written as if they were UTC.",
    hook=both(
        header("Date", "Mon, 05 Jan 2026 08:00:00 GMT", on="create"),
        resource(
            lambda view: view["meta"].update(created="2026-01-05T10:00:00Z", lastModified="2026-01-05T10:00:00Z"), on="create"
        ),
    ),
)
defect(
    "name-wanted-though-optional",
    "rfc7643-7-behaviour-matches-required",
    depth="response",
    summary="A user without a name is refused, and the schema does not say that it is required.",
    hook=refusing_bodies(lambda value: value.get("userName") and not value.get("name"), 400, "name is missing", "invalidValue"),
)
