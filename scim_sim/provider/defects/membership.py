"""Members who are not added, not removed, or too many at once (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import kept, moment, operation, path_of, resource, verb
from scim_sim.provider.defects.operations import ignoring, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes
from scim_sim.scim.navigate import spread

__all__: list[str] = []

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
    hold = moment()

    def arrive(call: Call) -> None:
        if call.method == "PATCH" and call.path[:1] == ("Groups",) and len(call.path) == 2:
            record = call.provider.store_of().get(call.path[1])
            call.notes["members"] = dict(record.members) if record is not None else {}
            hold()

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
