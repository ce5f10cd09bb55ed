"""Groups that are replaced, renamed, shown or served wrongly (RFC 7643 section 4.2)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, kept, operation, path_of, refusing, resource, verb
from scim_sim.provider.defects.operations import ignoring, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


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


defect(
    "put-of-members-immutable",
    "okta-13.7-members-replaceable",
    "rfc7644-3.5.1-put-members-whole",
    depth="response",
    summary="A PUT of a group with other members is refused as a change of something immutable.",
    hook=lambda provider: provider.seams.store.append(_insist),
)


def _insist(call: Call, draft: Draft) -> Draft:
    if (
        call.operation == "replace"
        and call.record is not None
        and call.kind == "Group"
        and set(draft.members) != set(call.record.members)
    ):
        raise Refusal(400, "members is immutable", "mutability")
    return draft


# Names

defect(
    "group-rename-ignored",
    "rfc7644-3.5.2.3-replace-singular",
    "rfc7644-3.5.2.3-replace-no-path-own-id",
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
    "rfc7644-3.5.2.3-replace-no-path-own-id",
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

defect(
    "member-group-shown-as-user",
    "rfc7643-4.2-member-value-is-id",
    depth="readback",
    summary="A group that is a member of a group is shown with the type User.",
    hook=resource(lambda view: [item.update(type="User") for item in view.get("members", [])], kind="Group"),
)
defect(
    "member-group-under-users",
    "rfc7643-2.3.7-reference-dereferences",
    depth="readback",
    summary="The $ref of a group that is a member of a group leads to /Users.",
    hook=resource(
        lambda view: [item.update({"$ref": item["$ref"].replace("/Groups/", "/Users/")}) for item in view.get("members", [])],
        kind="Group",
    ),
)
defect(
    "member-group-dropped",
    "rfc7644-3.5.2.1-add-member",
    depth="readback",
    summary="A group that is added to a group is answered 204 and not stored.",
    hook=kept(lambda call, draft, before: _without_groups(call, draft), kind="Group"),
)


def _without_groups(call: Call, draft: Draft) -> None:
    draft.members = {id: member for id, member in draft.members.items() if call.store.get(id, "Group") is None}
