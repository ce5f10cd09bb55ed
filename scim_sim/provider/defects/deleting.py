"""Deletions that are not, or that take too much along (RFC 7644 section 3.6)."""

from __future__ import annotations

import json
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, refused, refusing, with_body, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]
ON = "delete"

defect(
    "deleted-with-200",
    "rfc7644-3.6-delete-204",
    depth="response",
    summary="DELETE answers 200 with a body.",
    hook=answered(
        lambda call, response: with_body(Response(200, (("Content-Type", "application/scim+json"),)), {"deleted": True}),
        on=ON,
        status=204,
    ),
)
defect(
    "deleted-with-202",
    "rfc7644-3.6-delete-204",
    depth="response",
    summary="DELETE answers 202 and an empty body.",
    hook=answered(lambda call, response: Response(202), on=ON, status=204),
)

defect(
    "no-content-with-body",
    "rfc9110-15.3.5-no-body-204",
    "rfc7644-3.6-delete-204",
    depth="response",
    summary="A 204 has a body.",
    hook=answered(lambda call, response: with_header(with_body(response, b"{}"), "Content-Length", "2"), status=204),
)


def _deleting(change: Any) -> Any:
    """Delete differently: `change` gets the call, the record and the correct way."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.delete
        provider.rules.delete = lambda call, record: change(call, record, correct)

    return hook


defect(
    "delete-ignored",
    "rfc7644-3.6-deleted-404",
    "rfc7644-3.6-deleted-not-listed",
    "okta-group-delete",
    "entra-delete",
    depth="readback",
    summary="DELETE answers 204, and nothing is deleted.",
    hook=_deleting(lambda call, record, correct: None),
)
defect(
    "delete-of-groups-ignored",
    "okta-group-delete",
    "entra-group-delete",
    "rfc7644-3.6-deleted-404",
    depth="readback",
    summary="DELETE of a group answers 204, and the group stays.",
    hook=_deleting(lambda call, record, correct: None if record.type == "Group" else correct(call, record)),
)


@defect("deleted-still-listed", "rfc7644-3.6-deleted-not-listed", depth="readback")
def _listed(provider: Provider) -> None:
    """A deleted user answers 404, and lists show it still."""
    gone: list[Record] = []

    def remember(call: Call, record: Record, correct: Any) -> None:
        correct(call, record)
        if record.type == "User":
            gone.append(record)

    _deleting(remember)(provider)
    provider.seams.select.append(lambda call, records: [*records, *gone] if call.kind == "User" else records)


@defect("deleted-still-readable", "rfc7644-3.6-deleted-404", depth="readback")
def _readable(provider: Provider) -> None:
    """A deleted user is gone from lists, and its address answers 200 still."""
    gone: dict[str, bytes] = {}

    def remember(call: Call, record: Record, correct: Any) -> None:
        gone[record.id] = call.provider.raw(call, record)
        correct(call, record)

    def answer(call: Call, response: Response) -> Response:
        if call.operation == "read" and call.id in gone and response.status == 404:
            return call.provider.json(200, gone[call.id])
        return response

    _deleting(remember)(provider)
    provider.seams.answer.append(answer)


@defect("deleted-name-stays-taken", "rfc7644-3.6-recreate-after-delete", depth="cycle")
def _taken(provider: Provider) -> None:
    """The userName of a deleted user cannot be used again."""
    names: set[str] = set()

    def remember(call: Call, record: Record, correct: Any) -> None:
        correct(call, record)
        names.add(str(record.attributes.get("userName", "")).lower())

    def refuse(call: Call, value: Json) -> Json:
        if call.operation == "create" and call.kind == "User" and str(value.get("userName", "")).lower() in names:
            raise Refusal(409, "userName is taken", "uniqueness")
        return value

    _deleting(remember)(provider)
    provider.seams.body.append(refuse)


@defect("id-given-again", "rfc7643-3.1-id-not-reassigned", "rfc7644-3.6-recreate-after-delete", depth="cycle")
def _again(provider: Provider) -> None:
    """The id of a deleted resource is given to the next one."""
    free: list[str] = []
    usual = provider.new_id

    def remember(call: Call, record: Record, correct: Any) -> None:
        correct(call, record)
        free.append(record.id)

    provider.new_id = lambda: free.pop() if free else usual()
    _deleting(remember)(provider)


@defect("ids-shared-by-types", "rfc7643-3.1-id-unique", depth="many")
def _shared(provider: Provider) -> None:
    """A group gets the id of a user."""
    real_of: dict[str, str] = {}

    def borrow(call: Call, record: Record) -> None:
        if call.operation == "create" and record.type == "Group":
            free = [user.id for user in call.store.all("User") if user.id not in real_of]
            real_of.update({free[0]: record.id} if free else {})

    def lent(value: Any) -> Any:
        text = json.dumps(value)
        for shown, real in real_of.items():
            text = text.replace(real, shown)
        return json.loads(text)

    route = provider.rules.route

    def back(call: Call) -> None:
        route(call)
        if call.kind == "Group":
            call.id = real_of.get(call.id, call.id)

    def show(call: Call, view: Json) -> Json:
        if view["meta"]["resourceType"] == "Group":
            own = {name: lent(view[name]) for name in ("id", "meta")}
            return {**view, **own}
        return {**view, "groups": lent(view["groups"])} if "groups" in view else view

    def located(call: Call, response: Response) -> Response:
        place = response.header("location")
        return with_header(response, "Location", lent(place)) if call.kind == "Group" and place else response

    provider.seams.stored.append(borrow)
    provider.rules.route = back
    provider.seams.represent.append(show)
    provider.seams.answer.append(located)


defect(
    "delete-unknown-is-204",
    "rfc7644-3.12-delete-unknown-404",
    "rfc7644-3.6-deleted-404",
    depth="response",
    summary="DELETE of an unknown id answers 204.",
    hook=answered(lambda call, response: Response(204), on=ON, status=404),
)
defect(
    "delete-unknown-is-500",
    "rfc7644-3.12-delete-unknown-404",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="DELETE of an unknown id answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if call.operation == ON and refusal.status == 404 else None),
)
defect(
    "delete-of-users-refused",
    "entra-delete",
    "entra-4-hard-delete",
    "rfc7644-3.6-delete-204",
    depth="response",
    summary="DELETE of a user answers 405.",
    hook=refusing(lambda call: call.operation == ON and call.kind == "User", 405, "users are not deleted"),
)


@defect("deleted-user-stays-member", "rfc7644-3.6-delete-removes-membership", depth="readback")
def _stays(provider: Provider) -> None:
    """A deleted user is still a member of its groups."""

    def leave(call: Call, record: Record, correct: Any) -> None:
        groups = [(group, dict(group.members)) for group in call.store.groups_of(record.id)]
        correct(call, record)
        for group, members in groups:
            group.members = members
            group.forget_view()

    _deleting(leave)(provider)


@defect(
    "group-takes-users-along", "rfc7644-3.6-delete-group-keeps-users", "okta-group-delete", "entra-group-delete", depth="readback"
)
def _takes(provider: Provider) -> None:
    """Deleting a group deletes its members."""

    def along(call: Call, record: Record, correct: Any) -> None:
        members = [call.store.get(id, "User") for id in record.members]
        correct(call, record)
        for member in members:
            if member is not None:
                correct(call, member)

    _deleting(along)(provider)


@defect(
    "deleted-group-stays-on-users", "rfc7644-3.6-delete-group-keeps-users", "rfc7643-4.1.2-user-groups-reflects", depth="readback"
)
def _ghost(provider: Provider) -> None:
    """groups of a user names a group that was deleted."""
    ghosts: dict[str, list[Json]] = {}

    def remember(call: Call, record: Record, correct: Any) -> None:
        for id in record.members:
            ghosts.setdefault(id, []).append(
                {"value": record.id, "$ref": call.provider.location(record), "display": record.attributes.get("displayName")}
            )
        correct(call, record)

    _deleting(remember)(provider)
    provider.seams.represent.append(
        lambda call, view: {**view, "groups": [*view.get("groups", []), *ghosts[view["id"]]]} if view["id"] in ghosts else view
    )


@defect("collection-can-be-deleted", "rfc7644-3.2-delete-collection-refused", depth="security")
def _wiped(provider: Provider) -> None:
    """DELETE /Users answers 204 and deletes every user."""
    route = provider.rules.route

    def lax(call: Call) -> None:
        if call.method == "DELETE" and len(call.path) == 1 and (type := call.provider.catalogue.by_segment(call.path[0])):
            for record in call.store.all(type.name):
                call.store.delete(record)
            call.operation = "options"
            return
        route(call)

    provider.rules.route = lax


defect(
    "collection-delete-without-allow",
    "rfc9110-15.5.6-allow-header",
    depth="response",
    summary="A 405 does not say which methods are allowed.",
    hook=refused(lambda call, refusal: Refusal(405, refusal.detail) if refusal.status == 405 else None),
)


@defect(
    "deleted-through-another-endpoint",
    "rfc7644-3.12-delete-unknown-404",
    "rfc7644-3.6-delete-group-keeps-users",
    depth="security",
)
def _anywhere(provider: Provider) -> None:
    """DELETE /Groups/{id} deletes the user of that id."""
    route = provider.rules.route

    def loose(call: Call) -> None:
        route(call)
        if call.operation == ON and call.store.get(call.id, call.kind) is None and call.store.get(call.id, "User") is not None:
            call.type = provider.catalogue.by_name("User")

    provider.rules.route = loose


@defect("deleted-found-by-id", "rfc7644-3.6-deleted-not-listed", depth="readback")
def _found_by_id(provider: Provider) -> None:
    """A filter by id still finds what was deleted."""
    gone: list[Record] = []
    delete = provider.rules.delete

    def remembered(call: Call, record: Record) -> None:
        gone.append(record)
        delete(call, record)

    def select(call: Call, found: list[Record]) -> list[Record]:
        text = call.parameters.get("filter", "")
        return found or [record for record in gone if f'"{record.id}"' in text and record.type == call.kind]

    provider.rules.delete = remembered
    provider.seams.select.append(select)
