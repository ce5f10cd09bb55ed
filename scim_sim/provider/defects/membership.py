"""Groups whose members are lost, kept, wiped or mixed up (RFC 7643 section 4.2, RFC 7644 section 3.5.2)."""

from __future__ import annotations

import time
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, kept, operation, path_of, refusing, resource, verb
from scim_sim.provider.defects.patching import ignoring, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim.navigate import spread
from scim_sim.wire import Response

Json = dict[str, Any]


def _is_add(item: Json) -> bool:
    return verb(item) == "add" and path_of(item) == "members"


def _is_filtered_removal(item: Json) -> bool:
    return verb(item) == "remove" and path_of(item).startswith("members[")


def _is_listed_removal(item: Json) -> bool:
    return verb(item) == "remove" and path_of(item) == "members" and item.get("value") is not None


def _members(change: Any, *, on: str = "patch") -> Any:
    """Change the members that are about to be stored, knowing those that are there."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        old = dict(call.record.members) if call.record is not None else {}
        draft.members = change(old, draft.members)

    return kept(edit, on=on, kind="Group")


# Adding

defect(
    "member-add-ignored",
    "rfc7644-3.5.2.1-add-member",
    "okta-members-added",
    "entra-members-added",
    depth="readback",
    summary="PATCH add on members answers 204 without effect.",
    hook=ignoring(_is_add, kind="Group"),
)
defect(
    "member-add-replaces",
    "rfc7644-3.5.2.1-add-member",
    "okta-members-added",
    "entra-members-added",
    depth="readback",
    summary="PATCH add on members drops the members that were there.",
    hook=operation(lambda item: {**item, "op": "replace"} if _is_add(item) else item, kind="Group"),
)
defect(
    "member-add-first-only",
    "rfc7644-3.5.2.1-add-member",
    "okta-members-added",
    depth="many",
    summary="Of several members added in one operation only the first is stored.",
    hook=operation(
        lambda item: {**item, "value": item["value"][:1]} if _is_add(item) and isinstance(item.get("value"), list) else item,
        kind="Group",
    ),
)
defect(
    "member-limit-of-ten",
    "rfc7644-3.5.2.1-add-member",
    "okta-members-added",
    depth="many",
    summary="The eleventh member of a group is answered 204 and not stored.",
    hook=_members(lambda old, new: dict(list(new.items())[:10]), on="patch create replace"),
)
defect(
    "member-existing-conflict",
    "rfc7644-3.5.2.1-add-existing-no-change",
    "okta-13.28-repeated-add",
    "entra-13.19-existing-member",
    depth="response",
    summary="Adding somebody who is a member already answers 409.",
    hook=lambda provider: provider.seams.operations.append(_no_second_add),
)


def _no_second_add(call: Call, operations: list[Json]) -> list[Json]:
    record = call.store.get(call.id, "Group")
    given = {item.get("value") for operation in operations if _is_add(operation) for item in spread(operation.get("value"))}
    if record is not None and given & set(record.members):
        raise Refusal(409, "is a member already", "uniqueness")
    return operations


@defect("member-existing-doubled", "rfc7644-3.5.2.1-add-existing-no-change", "okta-13.28-repeated-add", depth="readback")
def _doubled(provider: Provider) -> None:
    """Somebody who is added twice is listed twice."""
    twice: dict[str, set[str]] = {}

    def remember(call: Call, operations: list[Json]) -> list[Json]:
        record = call.store.get(call.id, "Group")
        given = {item.get("value") for operation in operations if _is_add(operation) for item in spread(operation.get("value"))}
        if record is not None:
            twice.setdefault(record.id, set()).update(given & set(record.members))
        return operations

    provider.seams.operations.append(remember)
    resource(
        lambda view: (
            view["members"].extend([item for item in view.get("members", []) if item["value"] in twice.get(view["id"], set())])
            if view.get("members")
            else None
        ),
        kind="Group",
    )(provider)


@defect(
    "member-adds-overwrite-each-other",
    "okta-members-added",
    "entra-members-added",
    "rfc7644-3.5.2.1-add-member",
    depth="parallel",
)
def _overwrite(provider: Provider) -> None:
    """Of two PATCHes of one group at the same moment the later one undoes the earlier."""

    def arrive(call: Call) -> None:
        if call.method == "PATCH" and call.path[:1] == ("Groups",) and len(call.path) == 2:
            record = call.provider.store_of().get(call.path[1])
            call.notes["members"] = dict(record.members) if record is not None else {}
            time.sleep(0.02)

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        seen = call.notes.get("members")
        if seen is None or call.record is None:
            return
        now = call.record.members
        added = {id: member for id, member in draft.members.items() if id not in now}
        draft.members = {id: member for id, member in seen.items() if id in draft.members or id not in now} | added

    provider.seams.arrive.append(arrive)
    kept(edit, on="patch", kind="Group")(provider)


# Removing

defect(
    "member-removal-ignored",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    "okta-13.6-remove-by-filter",
    "okta-members-removed",
    depth="readback",
    summary='PATCH remove with members[value eq "…"] answers 204 without effect.',
    hook=ignoring(_is_filtered_removal, kind="Group"),
)
defect(
    "member-removal-refused",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    "okta-13.6-remove-by-filter",
    "okta-members-removed",
    depth="response",
    summary='PATCH remove with members[value eq "…"] is refused.',
    hook=refusing_operations(_is_filtered_removal, 400, "unknown path", "invalidPath", kind="Group"),
)
defect(
    "member-removal-wipes-group",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    "okta-members-removed",
    "okta-no-collateral",
    depth="readback",
    summary='PATCH remove with members[value eq "…"] removes all members.',
    hook=operation(lambda item: {"op": "remove", "path": "members"} if _is_filtered_removal(item) else item, kind="Group"),
)
defect(
    "member-removal-takes-the-last",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    "okta-members-removed",
    depth="readback",
    summary="A removal takes out the member who came last, whoever was named.",
    hook=_members(
        lambda old, new: {id: old[id] for id in list(old)[: len(new)]} if len(new) < len(old) and set(new) <= set(old) else new
    ),
)
defect(
    "member-list-removal-wipes-group",
    "rfc7644-3.5.2.2-remove-members-with-value-list",
    "entra-13.4-remove-members-list",
    "entra-members-removed",
    depth="readback",
    summary="PATCH remove on members with a list of values removes all members.",
    hook=operation(lambda item: {"op": "remove", "path": "members"} if _is_listed_removal(item) else item, kind="Group"),
)
defect(
    "member-list-removal-ignored",
    "rfc7644-3.5.2.2-remove-members-with-value-list",
    "entra-13.4-remove-members-list",
    "entra-members-removed",
    depth="readback",
    summary="PATCH remove on members with a list of values answers 204 without effect.",
    hook=ignoring(_is_listed_removal, kind="Group"),
)
defect(
    "member-list-removal-first-only",
    "rfc7644-3.5.2.2-remove-members-with-value-list",
    "entra-13.4-remove-members-list",
    depth="many",
    summary="Of several members in the list of a removal only the first is removed.",
    hook=operation(
        lambda item: (
            {**item, "value": item["value"][:1]} if _is_listed_removal(item) and isinstance(item["value"], list) else item
        ),
        kind="Group",
    ),
)
defect(
    "member-remove-all-ignored",
    "rfc7644-3.5.2.2-remove-all-values",
    depth="readback",
    summary="PATCH remove on members without a filter answers 204 without effect.",
    hook=ignoring(lambda item: verb(item) == "remove" and path_of(item) == "members" and item.get("value") is None, kind="Group"),
)
defect(
    "member-remove-all-leaves-last",
    "rfc7644-3.5.2.2-remove-all-values",
    "okta-13.5-empty-members",
    "okta-members-removed",
    depth="readback",
    summary="The last member of a group cannot be removed.",
    hook=_members(lambda old, new: dict(list(old.items())[:1]) if old and not new else new, on="patch replace"),
)
defect(
    "member-absent-removal-is-404",
    "rfc7644-3.5.2.2-remove-absent-member",
    depth="response",
    summary="Removing somebody who is no member answers 404.",
    hook=lambda provider: provider.seams.operations.append(_insist_on_member),
)


def _insist_on_member(call: Call, operations: list[Json]) -> list[Json]:
    record = call.store.get(call.id, "Group")
    for item in operations:
        if _is_filtered_removal(item) and record is not None:
            named = str(item["path"]).partition('"')[2].partition('"')[0]
            if named not in record.members:
                raise Refusal(404, "is no member")
    return operations


@defect("member-removal-comes-back", "okta-members-removed", "entra-members-removed", "okta-converges", depth="cycle")
def _comes_back(provider: Provider) -> None:
    """A member who was removed is back after the next change of the group."""
    gone: dict[str, dict[str, Attributes]] = {}

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if call.record is None:
            return
        returned = gone.pop(call.record.id, {})
        gone[call.record.id] = {id: member for id, member in call.record.members.items() if id not in draft.members}
        draft.members = {**{id: member for id, member in returned.items() if call.store.get(id)}, **draft.members}

    kept(edit, on="patch replace", kind="Group")(provider)


# Replacing

defect(
    "member-replace-appends",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    "okta-group-push",
    "okta-members-removed",
    depth="readback",
    summary="PATCH replace on members adds to the members that were there.",
    hook=operation(
        lambda item: {**item, "op": "add"} if verb(item) == "replace" and path_of(item) == "members" else item, kind="Group"
    ),
)
defect(
    "member-replace-with-nothing-ignored",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    "okta-13.5-empty-members",
    depth="readback",
    summary="PATCH replace on members with an empty list answers 204 without effect.",
    hook=ignoring(lambda item: verb(item) == "replace" and path_of(item) == "members" and item.get("value") == [], kind="Group"),
)
defect(
    "member-replace-with-nothing-refused",
    "okta-13.5-empty-members",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    depth="response",
    summary="PATCH replace on members with an empty list is refused.",
    hook=refusing_operations(
        lambda item: verb(item) == "replace" and path_of(item) == "members" and item.get("value") == [],
        400,
        "value is empty",
        "invalidValue",
        kind="Group",
    ),
)
defect(
    "member-replace-over-hundred-refused",
    "okta-13.24-members-limit",
    depth="many",
    summary="A PATCH or PUT that names more than a hundred members is refused.",
    hook=lambda provider: provider.seams.body.append(_at_most_hundred),
)


def _at_most_hundred(call: Call, value: Json) -> Json:
    lists = [value.get("members"), *[item.get("value") for item in value.get("Operations", []) if isinstance(item, dict)]]
    if call.kind == "Group" and any(isinstance(found, list) and len(found) > 100 for found in lists):
        raise Refusal(400, "at most 100 members in one request", "tooMany")
    return value


# Names

defect(
    "group-rename-ignored",
    "rfc7644-3.5.2.3-replace-singular",
    "okta-group-rename",
    "entra-group-rename",
    depth="readback",
    summary="A new displayName of a group answers 204 without effect.",
    hook=kept(
        lambda call, draft, before: draft.attributes.update(displayName=before.get("displayName")),
        on="patch replace",
        kind="Group",
    ),
)
defect(
    "group-rename-with-id-refused",
    "rfc7644-3.5.2.3-replace-no-path-own-id",
    "okta-13.8-rename-with-id",
    depth="response",
    summary="A rename that carries the group's own id in its value is refused.",
    hook=refusing_operations(
        lambda item: isinstance(item.get("value"), dict) and "id" in item["value"],
        400,
        "id is readOnly",
        "mutability",
        kind="Group",
    ),
)
defect(
    "group-rename-with-id-ignored",
    "rfc7644-3.5.2.3-replace-no-path-own-id",
    "okta-13.8-rename-with-id",
    "okta-group-rename",
    depth="readback",
    summary="A rename that carries the group's own id in its value answers 204 without effect.",
    hook=ignoring(lambda item: isinstance(item.get("value"), dict) and "id" in item["value"], kind="Group"),
)
defect(
    "group-rename-wipes-members",
    "okta-13.27-name-patch-keeps-members",
    "okta-group-rename",
    "rfc7644-3.5.2.3-replace-no-path",
    depth="readback",
    summary="A PATCH without a path that names displayName only empties the group.",
    hook=lambda provider: provider.seams.operations.append(_wiped),
)


def _wiped(call: Call, operations: list[Json]) -> list[Json]:
    bare = [item for item in operations if isinstance(item.get("value"), dict) and not item.get("path")]
    if call.kind == "Group" and any("displayName" in item["value"] and "members" not in item["value"] for item in bare):
        return [*operations, {"op": "remove", "path": "members"}]
    return operations


@defect("group-old-name-stays-taken", "okta-group-rename", "rfc7644-3.4.2.2-eq-group-displayname", depth="cycle")
def _stale_name(provider: Provider) -> None:
    """After a rename the group is still found under its old name, and not under the new one."""
    first: dict[str, str] = {}

    def remember(call: Call, record: Record) -> None:
        if record.type == "Group":
            first.setdefault(record.id, str(record.attributes.get("displayName")))

    match = provider.rules.match
    provider.indexes_decide = False
    provider.rules.match = lambda call, node, view: match(
        call, node, {**view, "displayName": first.get(view["id"], view.get("displayName"))}
    )
    provider.seams.stored.append(remember)


# What users show


@defect("groups-of-user-stale", "rfc7643-4.1.2-user-groups-reflects", "okta-converges", depth="readback")
def _stale_groups(provider: Provider) -> None:
    """groups of a user shows the membership of its first read for ever."""
    seen: dict[str, Any] = {}
    resource(lambda view: view.update(groups=seen.setdefault(view["id"], view.get("groups", []))), on="read list", kind="User")(
        provider
    )


defect(
    "members-cut-in-representation",
    "rfc7644-3.3-create-group-with-members",
    "rfc7644-3.5.2.1-add-member",
    "okta-converges",
    depth="many",
    summary="A group shows its first twenty members only.",
    hook=resource(lambda view: view.update(members=view.get("members", [])[:20]), kind="Group"),
)
defect(
    "inactive-member-disappears",
    "okta-no-collateral",
    "rfc7644-3.5.2.1-add-member",
    depth="cycle",
    summary="Deactivating a user takes it out of all groups for good.",
    hook=lambda provider: provider.seams.stored.append(_leave_when_inactive),
)


def _leave_when_inactive(call: Call, record: Record) -> None:
    if call.writes and call.operation != "delete" and record.attributes.get("active") is False:
        for group in call.store.groups_of(record.id):
            call.store.remove_members(group, [record.id])


# Whole groups

defect(
    "groups-endpoint-missing",
    "rfc7643-6-rt-endpoint-live",
    "entra-13.34-no-groups-endpoint",
    "okta-2-groups-probe",
    depth="response",
    summary="Groups are announced, and /Groups answers 404.",
    hook=refusing(lambda call: call.kind == "Group", 404, "There is no such endpoint"),
)
defect(
    "group-read-with-members-always",
    "rfc7644-3.9-excluded-members",
    "entra-5-excluded-members",
    depth="response",
    summary="Groups show members although excludedAttributes=members was asked for.",
    hook=lambda provider: provider.seams.arrive.append(_forget_exclusion),
)


def _forget_exclusion(call: Call) -> None:
    if call.path[:1] == ("Groups",):
        call.parameters.pop("excludedattributes", None)


defect(
    "group-external-id-required",
    "okta-13.9-group-without-external-id",
    depth="response",
    summary="A group without externalId is refused.",
    hook=lambda provider: provider.seams.body.append(_external_id_wanted),
)


def _external_id_wanted(call: Call, value: Json) -> Json:
    if call.operation == "create" and call.kind == "Group" and not value.get("externalId"):
        raise Refusal(400, "externalId is required", "invalidValue")
    return value


defect(
    "group-patch-answers-501",
    "rfc7643-5-spc-truthful-patch",
    "rfc7644-3.5-patch-supported",
    "okta-members-added",
    depth="response",
    summary="PATCH works for users and answers 501 for groups.",
    hook=refusing(lambda call: call.operation == "patch" and call.kind == "Group", 501, "not supported"),
)
defect(
    "group-patch-answers-200-empty",
    "rfc7644-3.5.2-success-status",
    depth="response",
    summary="PATCH of a group answers 200 without a body.",
    hook=answered(lambda call, response: Response(200, response.headers), on="patch", kind="Group", status=204),
)
