"""PUT that merges, loses, forgets or creates (RFC 7644 section 3.5.1)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, kept, refused, refusing, resource, schema_attribute
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]
ON = "replace"


def _put(change: Any, *, kind: str = "") -> Any:
    return kept(change, on=ON, kind=kind)


def _restore(*names: str) -> Any:
    """PUT leaves these attributes as they were."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        for name in names:
            draft.attributes.pop(name, None)
            if name in before:
                draft.attributes[name] = before[name]

    return _put(edit)


defect(
    "put-refused",
    "rfc7644-3.5-put-supported",
    "okta-13.2-put-only",
    depth="response",
    summary="PUT answers 405.",
    hook=refusing(lambda call: call.operation == ON, 405, "PUT is not allowed"),
)
defect(
    "put-with-204",
    "rfc7644-3.5.1-put-200-body",
    "okta-13.18-put-answer",
    depth="response",
    summary="PUT answers 204 without a body.",
    hook=answered(lambda call, response: Response(204), on=ON, status=200),
)
defect(
    "put-answers-part",
    "rfc7644-3.5.1-put-200-body",
    depth="response",
    summary="PUT answers with id and userName only.",
    hook=resource(lambda view: {name: view[name] for name in ("id", "userName", "displayName") if name in view}, on=ON),
)
defect(
    "put-with-201",
    "rfc7644-3.5.1-put-200-body",
    depth="response",
    summary="PUT answers 201.",
    hook=answered(lambda call, response: Response(201, response.headers, response.body), on=ON, status=200),
)


@defect("put-ignored", "rfc7644-3.5.1-put-replaces-values", "okta-update", "okta-deactivate", depth="readback")
def _ignored(provider: Provider) -> None:
    """PUT answers 200 with the body that was sent and stores nothing."""

    def keep(call: Call, draft: Draft) -> Draft:
        if call.operation == ON and call.record is not None:
            return Draft(dict(call.record.attributes), dict(call.record.members))
        return draft

    def echo(call: Call, view: Json) -> Json:
        sent = call.body if isinstance(call.body, dict) else {}
        return (
            {**view, **{k: v for k, v in sent.items() if k not in ("id", "meta", "password")}} if call.operation == ON else view
        )

    provider.seams.store.append(keep)
    provider.seams.represent.append(echo)


defect(
    "put-keeps-name",
    "rfc7644-3.5.1-put-replaces-values",
    "okta-update",
    depth="readback",
    summary="PUT does not change name and displayName.",
    hook=_restore("name", "displayName"),
)
defect(
    "put-keeps-user-name",
    "rfc7644-3.5.1-put-replaces-values",
    "okta-username-change",
    depth="readback",
    summary="PUT does not change userName.",
    hook=_restore("userName"),
)
defect(
    "put-keeps-active",
    "rfc7644-3.5.1-put-replaces-values",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-deactivate",
    "okta-5-leaver-inactive",
    depth="readback",
    summary="PUT with active false answers 200, and the account stays active.",
    hook=_put(lambda call, draft, before: draft.attributes.update(active=True) if before.get("active") else None, kind="User"),
)
defect(
    "put-never-reactivates",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-reactivate",
    "okta-5-rehire-same-id",
    depth="cycle",
    summary="PUT with active true on an inactive account answers 200, and the account stays inactive.",
    hook=_put(
        lambda call, draft, before: draft.attributes.update(active=False) if before.get("active") is False else None, kind="User"
    ),
)


@defect("put-always-activates", "okta-no-collateral", "rfc7644-3.5.1-put-replaces-values", depth="cycle")
def _activates(provider: Provider) -> None:
    """PUT that does not name active makes an inactive account active."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if isinstance(call.body, dict) and "active" not in call.body:
            draft.attributes["active"] = True

    _put(edit, kind="User")(provider)


@defect("put-appends-emails", "rfc7644-3.5.1-put-multivalued-whole", "rfc9110-9.2.2-put-idempotent", depth="readback")
def _appends(provider: Provider) -> None:
    """PUT adds the e-mails of the body to those that are there."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        for name in ("emails", "phoneNumbers"):
            old = [{**item, "primary": False} if "primary" in item else item for item in before.get(name, [])]
            new = draft.attributes.get(name, [])
            if old:
                draft.attributes[name] = [*[item for item in old if item not in new], *new]

    _put(edit, kind="User")(provider)


@defect("put-twice-doubles", "rfc9110-9.2.2-put-idempotent", depth="readback")
def _doubles(provider: Provider) -> None:
    """The same PUT sent twice stores each telephone number and e-mail once more under another type."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        for name in ("emails", "phoneNumbers"):
            values = draft.attributes.get(name, [])
            if values and values == before.get(name, [])[: len(values)]:
                draft.attributes[name] = [*before[name], {**values[0], "type": f"copy{len(before[name])}", "primary": False}]

    _put(edit, kind="User")(provider)


defect(
    "put-members-added-only",
    "rfc7644-3.5.1-put-members-whole",
    "okta-members-removed",
    "okta-13.3-members-by-put",
    depth="readback",
    summary="PUT of a group adds members and removes nobody.",
    hook=_put(
        lambda call, draft, before: draft.members.update(
            {id: member for id, member in (call.record.members if call.record else {}).items() if id not in draft.members}
        ),
        kind="Group",
    ),
)
defect(
    "put-members-ignored",
    "rfc7644-3.5.1-put-members-whole",
    "okta-members-added",
    "okta-13.3-members-by-put",
    depth="readback",
    summary="PUT of a group leaves its members as they were.",
    hook=lambda provider: provider.seams.store.append(_old_members),
)


def _old_members(call: Call, draft: Draft) -> Draft:
    if call.operation == ON and call.record is not None:
        draft.members = dict(call.record.members)
    return draft


@defect(
    "put-empty-members-ignored",
    "rfc7644-3.5.1-put-members-whole",
    "rfc7644-3.5.1-put-null-clears",
    "okta-members-removed",
    depth="readback",
)
def _empty_ignored(provider: Provider) -> None:
    """PUT of a group with an empty list leaves the last member in."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if not draft.members and call.record is not None:
            draft.members.update(call.record.members)

    _put(edit, kind="Group")(provider)


@defect(
    "put-with-groups-leaves-all-groups", "okta-13.26-groups-list-ignored", "rfc7644-3.5.1-put-readonly-ignored", depth="cycle"
)
def _leaves_groups(provider: Provider) -> None:
    """PUT of a user with groups: [] takes the user out of all groups."""

    def leave(call: Call, record: Record) -> None:
        if call.operation == ON and isinstance(call.body, dict) and call.body.get("groups") == []:
            for group in call.store.groups_of(record.id):
                call.store.remove_members(group, [record.id])

    provider.seams.stored.append(leave)


@defect("put-null-ignored", "rfc7644-3.5.1-put-null-clears", "rfc7643-2.5-null-equals-unassigned", depth="readback")
def _null_ignored(provider: Provider) -> None:
    """null and an empty list in PUT leave the attribute as it was."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        sent = call.body if isinstance(call.body, dict) else {}
        for name, value in sent.items():
            if value in (None, []) and name in before:
                draft.attributes[name] = before[name]

    _put(edit, kind="User")(provider)


def _refusing_puts(when: Any, detail: str) -> Any:
    def check(call: Call, value: Json) -> Json:
        if call.operation == ON and when(value):
            raise Refusal(400, detail, "mutability")
        return value

    return lambda provider: provider.seams.body.append(check)


defect(
    "put-with-id-refused",
    "rfc7644-3.5.1-put-readonly-ignored",
    "okta-4-echoed-body",
    depth="response",
    summary="PUT that carries the id, as it was read, is refused.",
    hook=_refusing_puts(lambda value: "id" in value, "id is readOnly"),
)
defect(
    "put-with-meta-refused",
    "rfc7644-3.5.1-put-readonly-ignored",
    "okta-4-echoed-body",
    depth="response",
    summary="PUT that carries meta, as it was read, is refused.",
    hook=_refusing_puts(lambda value: "meta" in value, "meta is readOnly"),
)
defect(
    "put-with-groups-refused",
    "rfc7644-3.5.1-put-readonly-ignored",
    "okta-4-echoed-body",
    depth="response",
    summary="PUT of a user that carries groups is refused.",
    hook=_refusing_puts(lambda value: "groups" in value, "groups is readOnly"),
)


@defect("put-adopts-created", "rfc7644-3.5.1-put-readonly-ignored", depth="readback")
def _adopts(provider: Provider) -> None:
    """PUT takes meta.created from the client."""
    adopted: dict[str, str] = {}

    def remember(call: Call, record: Record) -> None:
        meta = call.body.get("meta") if call.operation == ON and isinstance(call.body, dict) else None
        if isinstance(meta, dict) and isinstance(meta.get("created"), str):
            adopted[record.id] = meta["created"]

    provider.seams.stored.append(remember)
    resource(lambda view: view["meta"].update(created=adopted.get(view["id"], view["meta"]["created"])))(provider)


@defect("put-changes-id", "rfc7643-3.1-id-stable", "okta-5-rehire-same-id", depth="readback")
def _changes_id(provider: Provider) -> None:
    """PUT gives the resource another id in the answer."""
    resource(lambda view: view.update(id=f"{view['id']}-1"), on=ON)(provider)


@defect("put-without-required-accepted", "rfc7644-3.5.1-put-required-missing", depth="readback")
def _required(provider: Provider) -> None:
    """PUT without userName or displayName keeps the old one and answers 200."""

    def fill(call: Call, value: Json) -> Json:
        if call.operation != ON:
            return value
        record = call.store.get(call.id, call.kind)
        name = "displayName" if call.kind == "Group" else "userName"
        return value if value.get(name) or record is None else {**value, name: record.attributes[name]}

    provider.seams.body.append(fill)


@defect("put-creates-unknown", "rfc7644-3.5.1-put-never-creates", depth="readback")
def _creates(provider: Provider) -> None:
    """PUT on an unknown id creates a resource."""
    route = provider.rules.route

    def lax(call: Call) -> None:
        route(call)
        if call.operation == ON and call.store.get(call.id, call.kind) is None:
            call.operation = "create"

    provider.rules.route = lax


@defect("put-takes-name-of-another", "rfc7644-3.12-put-uniqueness", depth="readback")
def _takes(provider: Provider) -> None:
    """PUT may take the userName of another user."""
    taken = provider.rules.taken
    provider.rules.taken = lambda call, attribute, value: None if call.operation == ON else taken(call, attribute, value)


defect(
    "put-conflict-is-500",
    "rfc7644-3.12-put-uniqueness",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="PUT that takes the userName of another user answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if call.operation == ON and refusal.status == 409 else None),
)


@defect("put-changes-immutable", "rfc7644-3.5.1-put-immutable-mismatch", depth="readback")
def _immutable(provider: Provider) -> None:
    """PUT changes an attribute that is declared immutable and has a value."""
    provider.catalogue = provider.catalogue.with_extension("User", _BADGE)
    schema_attribute(_BADGE["id"], "badgeNumber", lambda item: item.update(mutability="immutable"))(provider)


_BADGE: Json = {
    "schemas": [urns.SCHEMA],
    "id": "urn:example:params:scim:schemas:extension:badge:1.0:User",
    "name": "Badge",
    "description": "An attribute that is given once.",
    "attributes": [
        {
            "name": "badgeNumber",
            "type": "string",
            "multiValued": False,
            "description": "The number on the badge.",
            "required": False,
            "caseExact": True,
            "mutability": "readWrite",
            "returned": "default",
            "uniqueness": "none",
        }
    ],
}


defect(
    "put-formatted-wins",
    "okta-4-stale-formatted",
    depth="readback",
    summary="A stale name.formatted in PUT overrules givenName and familyName.",
    hook=_put(
        lambda call, draft, before: (
            draft.attributes.update(name=before["name"])
            if draft.attributes.get("name", {}).get("formatted")
            and before.get("name", {}).get("formatted") == draft.attributes["name"]["formatted"]
            else None
        ),
        kind="User",
    ),
)
defect(
    "null-display-refused",
    "okta-13.21-null-display",
    depth="response",
    summary="A member whose display is null is refused.",
    hook=_refusing_puts(
        lambda value: any(isinstance(item, dict) and item.get("display", "") is None for item in value.get("members") or []),
        "display",
    ),
)
