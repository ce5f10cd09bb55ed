"""PATCH that adds, replaces and removes something else than was asked for (RFC 7644 sections 3.5.2.1 to 3.5.2.3)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import operation, path_of, resource, verb
from scim_sim.provider.defects.operations import ignoring, names, patched, pathless, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
ON = "patch"
BOSS = urns.ENTERPRISE_USER.lower()


# add

defect(
    "patch-add-without-path-ignored",
    "rfc7644-3.5.2.1-add-no-path",
    depth="readback",
    summary="add without a path answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "add" and pathless(item)),
)
defect(
    "patch-add-without-path-replaces",
    "rfc7644-3.5.2.1-add-no-path",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    depth="readback",
    summary="add without a path replaces lists instead of adding to them.",
    hook=operation(lambda item: {**item, "op": "replace"} if verb(item) == "add" and pathless(item) else item, kind="User"),
)
defect(
    "patch-add-existing-ignored",
    "rfc7644-3.5.2.1-add-singular-replaces",
    "entra-3-add-or-replace",
    depth="readback",
    summary="add on a single-valued attribute that has a value answers 200 without effect.",
    hook=patched(
        lambda result, view, operations: result.update(
            {
                name: view[name]
                for name in ("title", "displayName", "nickName", "userName", "active")
                if name in view and any(verb(item) == "add" and path_of(item) == name.lower() for item in operations)
            }
        )
    ),
)
defect(
    "patch-add-part-drops-siblings",
    "rfc7644-3.5.2.1-add-subattribute",
    "entra-no-collateral",
    depth="readback",
    summary="add on a part of name drops the other parts.",
    hook=patched(lambda result, view, operations: _part_only(result, operations, "add")),
)
defect(
    "patch-replace-part-drops-siblings",
    "rfc7644-3.5.2.3-replace-subattribute",
    "entra-no-collateral",
    depth="readback",
    summary="replace on a part of name drops the other parts.",
    hook=patched(lambda result, view, operations: _part_only(result, operations, "replace")),
)


def _part_only(result: Json, operations: list[Json], op: str) -> None:
    parts = {path_of(item).removeprefix("name.") for item in operations if verb(item) == op and path_of(item).startswith("name.")}
    if parts and "name" in result:
        result["name"] = {name: value for name, value in result["name"].items() if name.lower() in parts}


def _complex_only(result: Json, operations: list[Json], op: str) -> None:
    for item in operations:
        given = item.get("value")
        value = given.get("name") if pathless(item) and isinstance(given, dict) else given if path_of(item) == "name" else None
        if verb(item) == op and isinstance(value, dict):
            result["name"] = value


defect(
    "patch-add-complex-replaces",
    "rfc7644-3.5.2.1-add-complex-merges",
    depth="readback",
    summary="add on name drops the parts that are not given.",
    hook=patched(lambda result, view, operations: _complex_only(result, operations, "add")),
)
defect(
    "patch-replace-complex-drops-rest",
    "rfc7644-3.5.2.3-replace-complex-keeps-rest",
    depth="readback",
    summary="replace on name drops the parts that are not given.",
    hook=patched(lambda result, view, operations: _complex_only(result, operations, "replace")),
)
defect(
    "patch-add-replaces-list",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    depth="readback",
    summary="add on emails replaces the list.",
    hook=operation(
        lambda item: {**item, "op": "replace"} if verb(item) == "add" and path_of(item) in ("emails", "phonenumbers") else item
    ),
)
defect(
    "patch-add-one-object-refused",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    depth="response",
    summary="add of a single object to a list is refused.",
    hook=refusing_operations(
        lambda item: (
            verb(item) == "add" and path_of(item) in ("emails", "phonenumbers", "members") and isinstance(item.get("value"), dict)
        ),
        400,
        "value has to be a list",
        "invalidValue",
    ),
)


@defect(
    "patch-add-existing-doubles",
    "rfc7644-3.5.2.1-add-existing-no-change",
    "rfc7643-2.4-no-duplicate-type-value",
    depth="readback",
)
def _adds_twice(provider: Provider) -> None:
    """Adding an e-mail that is there already lists it twice."""
    doubled: set[str] = set()

    def remember(call: Call, operations: list[Json]) -> list[Json]:
        record = call.store.get(call.id, "User")
        there = [item.get("value") for item in record.attributes.get("emails", [])] if record is not None else []
        for item in operations:
            values = item.get("value") if isinstance(item.get("value"), list) else [item.get("value")]
            given = [value.get("value") for value in values or [] if isinstance(value, dict)]
            if verb(item) == "add" and path_of(item) == "emails" and set(given) & set(there):
                doubled.add(call.id)
        return operations

    provider.seams.operations.append(remember)
    resource(
        lambda view: (
            view.update(emails=[*view["emails"], view["emails"][-1]])
            if view.get("id") in doubled and view.get("emails")
            else None
        )
    )(provider)


@defect(
    "patch-without-change-moves-time",
    "rfc7644-3.5.2.1-add-existing-keeps-timestamp",
    "rfc7644-3.14-etag-changes",
    depth="readback",
)
def _touches(provider: Provider) -> None:
    """A PATCH that changes nothing moves lastModified and the version."""
    provider.seams.stored.append(lambda call, record: call.store.touch(record) if call.operation == ON else None)


# replace and remove

defect(
    "patch-replace-without-path-refused",
    "rfc7644-3.5.2.3-replace-no-path",
    "okta-13.1-pathless-patch",
    "okta-deactivate",
    depth="response",
    summary="replace without a path is refused.",
    hook=refusing_operations(lambda item: verb(item) == "replace" and pathless(item), 400, "path is missing", "noTarget"),
)
defect(
    "patch-replace-without-path-ignored",
    "rfc7644-3.5.2.3-replace-no-path",
    "okta-13.1-pathless-patch",
    "okta-deactivate",
    "okta-5-leaver-inactive",
    depth="readback",
    summary="replace without a path answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "replace" and pathless(item)),
)
defect(
    "patch-replace-without-path-replaces-all",
    "rfc7644-3.5.2.3-replace-no-path",
    "okta-13.1-pathless-patch",
    "okta-no-collateral",
    depth="readback",
    summary="replace without a path drops every attribute that is not named.",
    hook=patched(
        lambda result, view, operations: (
            {
                name: value
                for name, value in result.items()
                if name in ("schemas", "userName", "active", "displayName", "members")
                or any(names(item, name.lower()) for item in operations)
            }
            if any(verb(item) == "replace" and pathless(item) for item in operations)
            else None
        )
    ),
)
defect(
    "patch-dotted-keys-ignored",
    "rfc7644-3.5.2.3-replace-no-path-dotted-keys",
    "entra-13.3-dotted-keys",
    depth="readback",
    summary="Keys such as name.givenName in a value without a path are dropped without a word.",
    hook=operation(
        lambda item: (
            {**item, "value": {key: value for key, value in item["value"].items() if "." not in key}}
            if pathless(item) and isinstance(item.get("value"), dict)
            else item
        )
    ),
)


@defect("patch-dotted-keys-literal", "rfc7644-3.5.2.3-replace-no-path-dotted-keys", "entra-13.3-dotted-keys", depth="readback")
def _literal_keys(provider: Provider) -> None:
    """Keys such as name.givenName become attributes with a dot in their name."""
    literal: dict[str, Json] = {}

    def take(call: Call, operations: list[Json]) -> list[Json]:
        for item in operations:
            if pathless(item) and isinstance(item.get("value"), dict):
                dotted = {key: value for key, value in item["value"].items() if "." in key and ":" not in key}
                literal.setdefault(call.id, {}).update(dotted)
        return operations

    provider.seams.operations.append(take)
    operation(
        lambda item: (
            {**item, "value": {key: value for key, value in item["value"].items() if "." not in key or ":" in key}}
            if pathless(item) and isinstance(item.get("value"), dict)
            else item
        )
    )(provider)
    resource(lambda view: {**view, **literal.get(view.get("id", ""), {})})(provider)


defect(
    "patch-replace-ignored",
    "rfc7644-3.5.2.3-replace-singular",
    "entra-update",
    depth="readback",
    summary="replace of title and displayName answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "replace" and path_of(item) in ("title", "displayname", "nickname"), kind="User"),
)
defect(
    "patch-replace-missing-ignored",
    "rfc7644-3.5.2.3-replace-missing-is-add",
    "entra-3-add-or-replace",
    depth="readback",
    summary="replace of an attribute that has no value answers 200 without effect.",
    hook=patched(
        lambda result, view, operations: [
            result.pop(name)
            for name in list(result)
            if name not in view and any(verb(item) == "replace" and path_of(item) == name.lower() for item in operations)
        ]
    ),
)
defect(
    "patch-replace-missing-refused",
    "rfc7644-3.5.2.3-replace-missing-is-add",
    "entra-3-add-or-replace",
    depth="response",
    summary="replace of an attribute that has no value is refused.",
    hook=patched(lambda result, view, operations: _insist_on_target(view, operations)),
)


def _insist_on_target(view: Json, operations: list[Json]) -> None:
    known = {name.lower() for name in view}
    simple = [path_of(item) for item in operations if verb(item) == "replace" and path_of(item).isalnum()]
    if any(path not in known for path in simple):
        raise Refusal(400, "there is nothing to replace", "noTarget")


defect(
    "patch-replace-list-appends",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    depth="readback",
    summary="replace of emails adds to the list.",
    hook=operation(
        lambda item: {**item, "op": "add"} if verb(item) == "replace" and path_of(item) in ("emails", "phonenumbers") else item
    ),
)


def _first_match_only(result: Json, view: Json, operations: list[Json]) -> None:
    for name in ("emails", "phoneNumbers"):
        touched = any(path_of(item).startswith(f"{name.lower()}[") for item in operations)
        before, after = view.get(name, []), result.get(name, [])
        if touched and len(before) == len(after):
            changed = [place for place, item in enumerate(after) if item != before[place]]
            result[name] = [before[place] if place in changed[1:] else item for place, item in enumerate(after)]
        elif touched and len(before) > len(after) + 1:
            gone = [item for item in before if item not in after]
            result[name] = [item for item in before if item not in gone[:1]]


defect(
    "patch-filter-first-match-only",
    "rfc7644-3.5.2.3-replace-value-path",
    "rfc7644-3.5.2.2-remove-by-subattribute-filter",
    "rfc7644-3.5.2.3-replace-value-path-subattribute",
    depth="many",
    summary="An operation behind a filter touches the first matching value only.",
    hook=patched(_first_match_only),
)
defect(
    "patch-filter-drops-others",
    "rfc7644-3.5.2.3-replace-value-path-subattribute",
    "entra-13.7-other-elements-kept",
    "entra-no-collateral",
    depth="readback",
    summary="replace behind a filter drops the values that do not match.",
    hook=patched(
        lambda result, view, operations: [
            result.update({name: [item for item in result[name] if item not in view.get(name, [])] or result[name]})
            for name in ("emails", "phoneNumbers", "addresses")
            if name in result
            and any(path_of(item).startswith(f"{name.lower()}[") and verb(item) == "replace" for item in operations)
        ]
    ),
)
defect(
    "patch-filter-drops-parts",
    "rfc7644-3.5.2.3-replace-value-path-subattribute",
    "entra-3-returned-as-sent",
    depth="cycle",
    summary="Changing the value behind a filter drops type and primary of the value.",
    hook=patched(
        lambda result, view, operations: (
            result.update(
                emails=[item if item in view.get("emails", []) else {"value": item.get("value")} for item in result["emails"]]
            )
            if "emails" in result and any(path_of(item).startswith("emails[") for item in operations)
            else None
        )
    ),
)


def _split_addresses(result: Json, view: Json, operations: list[Json]) -> None:
    parts = [item for item in operations if path_of(item).startswith("addresses[")]
    if len(parts) > 1 and "addresses" in result and "addresses" not in view:
        whole = result["addresses"][0]
        result["addresses"] = [{"type": whole.get("type"), name: value} for name, value in whole.items() if name != "type"]


defect(
    "patch-one-address-each",
    "entra-13.6-one-element",
    "rfc7644-3.5.2-sequential",
    depth="readback",
    summary='Several operations on addresses[type eq "work"] make one address each.',
    hook=patched(_split_addresses),
)


defect(
    "patch-remove-ignored",
    "rfc7644-3.5.2.2-remove-singular",
    "rfc7644-3.5.2.2-remove-all-values",
    depth="readback",
    summary="remove answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "remove", kind="User"),
)
defect(
    "patch-remove-part-drops-whole",
    "rfc7644-3.5.2.2-remove-singular",
    depth="readback",
    summary="Removing a part of name removes the name.",
    hook=operation(
        lambda item: {**item, "path": "name"} if verb(item) == "remove" and path_of(item).startswith("name.") else item
    ),
)
defect(
    "patch-remove-filter-removes-all",
    "rfc7644-3.5.2.2-remove-by-subattribute-filter",
    depth="readback",
    summary="remove behind a filter removes all e-mails.",
    hook=operation(
        lambda item: {**item, "path": "emails"} if verb(item) == "remove" and path_of(item).startswith("emails[") else item
    ),
)
