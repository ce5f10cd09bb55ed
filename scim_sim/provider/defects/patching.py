"""PATCH of users that is refused, half done, or done and not kept (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, both, configured, kept, operation, path_of, refused, resource, verb
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.scim import urns
from scim_sim.scim.navigate import spread
from scim_sim.wire import Response

Json = dict[str, Any]
ON = "patch"
BOSS = urns.ENTERPRISE_USER.lower()


def ignoring(when: Callable[[Json], bool], *, kind: str = "") -> Any:
    """Leave out operations of which something is true, and answer as if they had been carried out."""
    return operation(lambda item: None if when(item) else item, kind=kind)


def refusing_operations(when: Callable[[Json], bool], status: int, detail: str, scim_type: str = "", *, kind: str = "") -> Any:
    """Refuse a PATCH that holds an operation of which something is true."""

    def check(call: Call, operations: list[Json]) -> list[Json]:
        if kind in ("", call.kind) and any(when(item) for item in operations):
            raise Refusal(status, detail, scim_type)
        return operations

    return lambda provider: provider.seams.operations.append(check)


def patched(change: Callable[[Json, Json, list[Json]], Any]) -> Any:
    """Change what a correct PATCH would give, in place, knowing what was there and what was asked."""

    def hook(provider: Provider) -> None:
        patch = provider.rules.patch

        def other(call: Call, view: Json, operations: list[Json]) -> Json:
            result = dict(patch(call, view, operations))
            changed = change(result, view, operations)
            return changed if isinstance(changed, dict) else result

        provider.rules.patch = other

    return hook


def _pathless(item: Json) -> bool:
    return not item.get("path")


def _on(item: Json, name: str) -> bool:
    """Whether the operation names this attribute, in its path or without one."""
    value = item.get("value")
    keys = [key.lower() for key in value] if _pathless(item) and isinstance(value, dict) else []
    return path_of(item).endswith(name) or name in keys


# The request as a whole

defect(
    "patch-answers-part",
    "rfc7644-3.5.2-success-status",
    depth="response",
    summary="PATCH answers 200 with id and userName only.",
    hook=resource(lambda view: {name: view[name] for name in ("id", "userName", "displayName") if name in view}, on=ON),
)
defect(
    "patch-with-202",
    "rfc7644-3.5.2-success-status",
    depth="response",
    summary="PATCH answers 202 without a body.",
    hook=answered(lambda call, response: Response(202) if response.ok else response, on=ON),
)
defect(
    "patch-answers-empty-200",
    "rfc7644-3.5.2-success-status",
    depth="response",
    summary="PATCH answers 200 with an empty object.",
    hook=answered(lambda call, response: Response(200, response.headers, b"{}") if response.ok else response, on=ON),
)
defect(
    "patch-attributes-ignored",
    "rfc7644-3.5.2-attributes-forces-200",
    depth="response",
    summary="PATCH with the attributes parameter answers 204.",
    hook=answered(lambda call, response: Response(204) if "attributes" in call.parameters else response, on=ON, status=200),
)
defect(
    "patch-not-found-is-500",
    "rfc7644-3.12-patch-unknown-404",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="PATCH on an unknown id answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if call.operation == ON and refusal.status == 404 else None),
)
defect(
    "patch-not-found-is-204",
    "rfc7644-3.12-patch-unknown-404",
    "rfc7644-3.6-deleted-404",
    depth="response",
    summary="PATCH on an unknown id answers 204.",
    hook=answered(lambda call, response: Response(204), on=ON, status=404),
)


@defect("patch-schemas-not-asked-for", "rfc7644-3.5.2-schemas-required", depth="response")
def _any_schemas(provider: Provider) -> None:
    """A PATCH body without the PatchOp URI is carried out."""

    def fill(call: Call, value: Json) -> Json:
        return {**value, "schemas": [urns.PATCH_OP]} if call.operation == ON else value

    provider.seams.body.append(fill)


@defect("patch-without-operations-accepted", "rfc7644-3.5.2-operations-required", depth="response")
def _no_operations(provider: Provider) -> None:
    """A PATCH without operations, or with an add that lacks a value, answers 200."""

    def fill(call: Call, value: Json) -> Json:
        if call.operation != ON:
            return value
        operations = value.get("Operations") or [{"op": "remove", "path": 'emails[value eq "nobody"]'}]
        lacking = [item for item in operations if isinstance(item, dict) and verb(item) == "add" and "value" not in item]
        return {**value, "Operations": [item for item in operations if item not in lacking] or [{"op": "add", "value": {}}]}

    provider.seams.body.append(fill)


defect(
    "patch-unknown-op-ignored",
    "rfc7644-3.5.2-unknown-op",
    depth="response",
    summary="An op that does not exist is passed over.",
    hook=ignoring(lambda item: verb(item) not in ("add", "remove", "replace")),
)
defect(
    "patch-capitals-refused",
    "rfc7644-3.5.2-op-case-tolerance",
    "entra-3.1-op-capitals",
    "entra-deactivate",
    depth="response",
    summary="Operations called Add, Replace or Remove are refused.",
    hook=refusing_operations(lambda item: item.get("op") in ("Add", "Replace", "Remove"), 400, "unknown op", "invalidSyntax"),
)
defect(
    "patch-capitals-ignored",
    "rfc7644-3.5.2-op-case-tolerance",
    "entra-3.1-op-capitals",
    "entra-deactivate",
    depth="readback",
    summary="Operations called Add, Replace or Remove answer 200 and change nothing.",
    hook=ignoring(lambda item: item.get("op") in ("Add", "Replace", "Remove")),
)
defect(
    "patch-last-operation-only",
    "rfc7644-3.5.2-sequential",
    "entra-no-collateral",
    "entra-update",
    depth="many",
    summary="Of several operations only the last is carried out.",
    hook=lambda provider: provider.seams.operations.append(lambda call, operations: operations[-1:]),
)
defect(
    "patch-first-operation-only",
    "rfc7644-3.5.2-sequential",
    "entra-update",
    depth="many",
    summary="Of several operations only the first is carried out.",
    hook=lambda provider: provider.seams.operations.append(lambda call, operations: operations[:1]),
)
defect(
    "patch-in-reverse",
    "rfc7644-3.5.2-sequential",
    depth="many",
    summary="Operations are carried out from the last to the first.",
    hook=lambda provider: provider.seams.operations.append(lambda call, operations: operations[::-1]),
)


@defect("patch-half-done", "rfc7644-3.5.2-atomic", depth="readback")
def _half_done(provider: Provider) -> None:
    """When an operation fails, those before it have taken effect."""
    patch = provider.rules.patch

    def partly(call: Call, view: Json, operations: list[Json]) -> Json:
        for place, item in enumerate(operations):
            try:
                view = patch(call, view, [item])
            except Refusal:
                record = call.record
                changed: Json = {name: view[name] for name in ("displayName", "title", "nickName") if name in view}
                if record is not None and place and changed:
                    call.store.replace(record, {**record.attributes, **changed})
                raise
        return view

    provider.rules.patch = partly
    provider.members_in_place = False


def _all_primary(result: Json, view: Json, operations: list[Json]) -> None:
    for name in ("emails", "addresses", "phoneNumbers"):
        before = [item.get("value") for item in view.get(name, []) if item.get("primary")]
        if name in result:
            result[name] = [{**item, "primary": True} if item.get("value") in before else item for item in result[name]]


@defect("patch-two-primaries", "rfc7644-3.5.2-primary-exclusive", "rfc7643-2.4-primary-at-most-once", depth="readback")
def _two_primaries(provider: Provider) -> None:
    """A new primary value leaves the old one primary."""
    was: dict[str, list[Any]] = {}

    def remember(call: Call, draft: Draft) -> Draft:
        if call.record is not None and call.operation == ON:
            old = [item.get("value") for item in call.record.attributes.get("emails", []) if item.get("primary")]
            was.setdefault(call.record.id, []).extend(old)
        return draft

    provider.seams.store.append(remember)
    resource(
        lambda view: (
            view.update(
                emails=[
                    {**item, "primary": True} if item.get("value") in was.get(view["id"], []) else item for item in view["emails"]
                ]
            )
            if "emails" in view
            else None
        ),
        kind="User",
    )(provider)


# Paths


def _odd_case(item: Json) -> bool:
    path = str(item.get("path") or "")
    return (
        bool(path)
        and path not in (path.lower(),)
        and path.split("[", maxsplit=1)[0].split(".", maxsplit=1)[0]
        in ("USERNAME", "DISPLAYNAME", "DisplayName", "Title", "TITLE", "NickName", "NICKNAME")
    )


defect(
    "patch-path-case-sensitive",
    "rfc7644-3.10-patch-path-case",
    depth="readback",
    summary="A path in another case changes nothing.",
    hook=ignoring(_odd_case),
)
defect(
    "patch-core-urn-refused",
    "rfc7644-3.10-patch-path-core-urn",
    "entra-13.35-core-urn-path",
    depth="response",
    summary="A path that carries the core schema URI is refused.",
    hook=refusing_operations(lambda item: path_of(item).startswith(urns.USER.lower()), 400, "unknown path", "invalidPath"),
)
defect(
    "patch-core-urn-ignored",
    "rfc7644-3.10-patch-path-core-urn",
    "entra-13.35-core-urn-path",
    depth="readback",
    summary="A path that carries the core schema URI answers 200 and changes nothing.",
    hook=ignoring(lambda item: path_of(item).startswith(urns.USER.lower())),
)
defect(
    "patch-extension-urn-refused",
    "rfc7644-3.5.2-path-extension-urn",
    "entra-13.11-urn-path",
    depth="response",
    summary="A path to an enterprise attribute is refused, because it is split at the dot in 2.0.",
    hook=refusing_operations(lambda item: path_of(item).startswith(BOSS), 400, "no attribute urn:…:2", "invalidPath"),
)
defect(
    "patch-extension-urn-ignored",
    "rfc7644-3.5.2-path-extension-urn",
    "entra-13.11-urn-path",
    depth="readback",
    summary="A path to an enterprise attribute answers 200 and changes nothing.",
    hook=ignoring(lambda item: path_of(item).startswith(BOSS)),
)
defect(
    "patch-extension-replaces-all",
    "rfc7644-3.5.2-path-extension-urn",
    "entra-no-collateral",
    depth="readback",
    summary="Setting one enterprise attribute drops the others.",
    hook=patched(
        lambda result, view, operations: (
            result.update({urns.ENTERPRISE_USER: _only(result.get(urns.ENTERPRISE_USER, {}), operations)})
            if any(path_of(item).startswith(BOSS + ":") for item in operations)
            else None
        )
    ),
)


def _only(extension: Json, operations: list[Json]) -> Json:
    named = {path_of(item).removeprefix(BOSS + ":").partition(".")[0] for item in operations}
    return {name: value for name, value in extension.items() if name.lower() in named}


# What must be refused


@defect("patch-read-only-ignored", "rfc7644-3.5.2-readonly-mutability", "rfc7644-3.5.2.2-remove-readonly", depth="response")
def _read_only(provider: Provider) -> None:
    """Changing or removing a readOnly attribute answers 200 without effect."""
    ignoring(lambda item: path_of(item).partition(".")[0].partition("[")[0] in ("id", "meta", "groups"))(provider)


@defect("patch-of-groups-joins", "rfc7643-4.1.2-user-groups-readonly", "rfc7644-3.5.2-readonly-mutability", depth="security")
def _joins(provider: Provider) -> None:
    """PATCH add on groups of a user makes it a member."""

    def join(call: Call, operations: list[Json]) -> list[Json]:
        kept_: list[Json] = []
        for item in operations:
            if call.kind != "User" or path_of(item) != "groups":
                kept_.append(item)
                continue
            for given in spread(item.get("value")):
                group = call.store.get(str(given.get("value")), "Group")
                if group is not None:
                    call.store.add_members(group, {call.id: {"value": call.id}})
        return kept_

    provider.seams.operations.append(join)


@defect("patch-immutable-changed", "rfc7644-3.5.2-immutable-mutability", depth="readback")
def _immutable(provider: Provider) -> None:
    """Replacing the value of a member behind a filter exchanges the member."""

    def exchange(call: Call, operations: list[Json]) -> list[Json]:
        found: list[Json] = []
        for item in operations:
            path = str(item.get("path") or "")
            if path.endswith("].value") and path.lower().startswith("members["):
                found += [
                    {"op": "remove", "path": path.removesuffix(".value")},
                    {"op": "add", "path": "members", "value": [{"value": item.get("value")}]},
                ]
            else:
                found.append(item)
        return found

    provider.seams.operations.append(exchange)


@defect("patch-takes-name-of-another", "rfc7644-3.12-patch-uniqueness", depth="readback")
def _takes(provider: Provider) -> None:
    """PATCH may take the userName of another user."""
    taken = provider.rules.taken
    provider.rules.taken = lambda call, attribute, value: None if call.operation == ON else taken(call, attribute, value)


defect(
    "patch-conflict-is-500",
    "rfc7644-3.12-patch-uniqueness",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="PATCH that takes the userName of another user answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if call.operation == ON and refusal.status == 409 else None),
)


def _instead(scim_types: tuple[str, ...], status: int, scim_type: str = "") -> Any:
    return refused(
        lambda call, refusal: (
            Refusal(status, "failed", scim_type) if call.operation == ON and refusal.scim_type in scim_types else None
        )
    )


defect(
    "patch-bad-path-is-500",
    "rfc7644-3.12-invalid-path",
    "rfc7644-3.12-path-unknown-attribute",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A path that cannot be read, or leads nowhere, answers 500.",
    hook=_instead(("invalidPath", "invalidFilter"), 500),
)


def _swallowed(*scim_types: str) -> Any:
    """PATCH that should be refused with one of these keywords answers 200 and changes nothing."""

    def hook(provider: Provider) -> None:
        patch = provider.rules.patch

        def swallow(call: Call, view: Json, operations: list[Json]) -> Json:
            for item in operations:
                try:
                    view = patch(call, view, [item])
                except Refusal as refusal:
                    if refusal.scim_type not in scim_types:
                        raise
            return view

        provider.rules.patch = swallow

    return hook


defect(
    "patch-bad-path-ignored",
    "rfc7644-3.12-invalid-path",
    "rfc7644-3.12-path-unknown-attribute",
    depth="response",
    summary="A path that cannot be read, or leads nowhere, answers 200 without effect.",
    hook=_swallowed("invalidPath", "invalidFilter"),
)
defect(
    "patch-bad-value-ignored",
    "rfc7644-3.12-patch-invalid-value",
    depth="response",
    summary="A value that does not fit its type answers 200 without effect.",
    hook=_swallowed("invalidValue"),
)
defect(
    "patch-bad-value-is-500",
    "rfc7644-3.12-patch-invalid-value",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A value that does not fit its type answers 500.",
    hook=_instead(("invalidValue",), 500),
)
defect(
    "patch-remove-without-path-empties",
    "rfc7644-3.5.2.2-remove-without-path",
    depth="readback",
    summary="remove without a path answers 200 and removes title, nickName and emails.",
    hook=lambda provider: provider.seams.operations.append(
        lambda call, operations: [
            part
            for item in operations
            for part in (
                [{"op": "remove", "path": name} for name in ("title", "nickName", "emails")]
                if verb(item) == "remove" and _pathless(item)
                else [item]
            )
        ]
    ),
)
defect(
    "patch-remove-without-path-ignored",
    "rfc7644-3.5.2.2-remove-without-path",
    depth="response",
    summary="remove without a path answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "remove" and _pathless(item)),
)
defect(
    "patch-removes-required",
    "rfc7644-3.5.2.2-remove-required",
    depth="readback",
    summary="Removing userName answers 200 and leaves it as it was.",
    hook=ignoring(lambda item: verb(item) == "remove" and path_of(item) in ("username", "displayname")),
)


def _swallow_misses(provider: Provider) -> None:
    _swallowed("noTarget")(provider)
    patch = provider.rules.patch

    def miss(call: Call, view: Json, operations: list[Json]) -> Json:
        adds = [item for item in operations if verb(item) == "add" and "[" in path_of(item)]
        lost = [item for item in adds if path_of(item).partition("[")[0] not in (name.lower() for name in view)]
        return patch(call, view, [item for item in operations if item not in lost])

    provider.rules.patch = miss


defect(
    "patch-no-match-is-success",
    "rfc7644-3.5.2.3-replace-no-match-notarget",
    "rfc7644-3.5.2.1-add-value-path-no-match",
    "entra-13.5-element-created",
    "entra-13.37-phone-created",
    depth="readback",
    summary="An operation behind a filter that matches nothing answers 200 without effect.",
    hook=both(configured(replace_creates="never"), _swallow_misses),
)


defect(
    "patch-bracket-path-refused",
    "rfc7644-3.5.2.3-replace-value-path-subattribute",
    "entra-13.5-element-created",
    "entra-update",
    depth="response",
    summary='emails[type eq "work"].value answers 400.',
    hook=refusing_operations(lambda item: "[" in path_of(item), 400, "paths have no brackets here", "invalidPath", kind="User"),
)

# add

defect(
    "patch-add-without-path-ignored",
    "rfc7644-3.5.2.1-add-no-path",
    depth="readback",
    summary="add without a path answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "add" and _pathless(item)),
)
defect(
    "patch-add-without-path-replaces",
    "rfc7644-3.5.2.1-add-no-path",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    depth="readback",
    summary="add without a path replaces lists instead of adding to them.",
    hook=operation(lambda item: {**item, "op": "replace"} if verb(item) == "add" and _pathless(item) else item, kind="User"),
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
        value = given.get("name") if _pathless(item) and isinstance(given, dict) else given if path_of(item) == "name" else None
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
    hook=refusing_operations(lambda item: verb(item) == "replace" and _pathless(item), 400, "path is missing", "noTarget"),
)
defect(
    "patch-replace-without-path-ignored",
    "rfc7644-3.5.2.3-replace-no-path",
    "okta-13.1-pathless-patch",
    "okta-deactivate",
    "okta-5-leaver-inactive",
    depth="readback",
    summary="replace without a path answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "replace" and _pathless(item)),
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
                or any(_on(item, name.lower()) for item in operations)
            }
            if any(verb(item) == "replace" and _pathless(item) for item in operations)
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
            if _pathless(item) and isinstance(item.get("value"), dict)
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
            if _pathless(item) and isinstance(item.get("value"), dict):
                dotted = {key: value for key, value in item["value"].items() if "." in key and ":" not in key}
                literal.setdefault(call.id, {}).update(dotted)
        return operations

    provider.seams.operations.append(take)
    operation(
        lambda item: (
            {**item, "value": {key: value for key, value in item["value"].items() if "." not in key or ":" in key}}
            if _pathless(item) and isinstance(item.get("value"), dict)
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


# Manager, active, roles


@defect(
    "manager-bare-string-ignored",
    "rfc7644-3.5.2-manager-bare-string",
    "entra-13.8-manager-bare",
    "entra-manager",
    depth="readback",
)
def _bare(provider: Provider) -> None:
    """A manager given as a bare id answers 200 without effect."""
    ignoring(lambda item: path_of(item).endswith(":manager") and isinstance(item.get("value"), str) and item["value"] != "")(
        provider
    )


@defect("manager-bare-string-kept-as-text", "rfc7644-3.5.2-manager-bare-string", "entra-13.10-manager-object", depth="readback")
def _as_text(provider: Provider) -> None:
    """A manager given as a bare id comes back as a text."""
    texts: set[str] = set()

    def remember(call: Call, operations: list[Json]) -> list[Json]:
        if any(path_of(item).endswith(":manager") and isinstance(item.get("value"), str) for item in operations):
            texts.add(call.id)
        return operations

    def show(view: Json) -> None:
        extension = view.get(urns.ENTERPRISE_USER, {})
        if view.get("id") in texts and isinstance(extension.get("manager"), dict):
            extension["manager"] = extension["manager"].get("value")

    provider.seams.operations.append(remember)
    resource(show, kind="User")(provider)


defect(
    "manager-empty-ignored",
    "rfc7644-3.5.2-manager-bare-string",
    "entra-13.9-manager-empty",
    depth="readback",
    summary="An empty text for manager answers 200 and leaves the manager.",
    hook=ignoring(lambda item: path_of(item).endswith((":manager", ":manager.value")) and item.get("value") == ""),
)
defect(
    "patch-deactivation-ignored",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-deactivate",
    "entra-deactivate",
    "entra-4-disable",
    depth="readback",
    summary="PATCH of active to false answers 200, and the account stays active.",
    hook=kept(
        lambda call, draft, before: draft.attributes.update(active=True) if before.get("active") else None, on=ON, kind="User"
    ),
)
defect(
    "patch-reactivation-ignored",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-reactivate",
    "entra-reactivate",
    "entra-13.21-reactivation",
    depth="cycle",
    summary="PATCH of active to true on an inactive account answers 200, and the account stays inactive.",
    hook=kept(
        lambda call, draft, before: draft.attributes.update(active=False) if before.get("active") is False else None,
        on=ON,
        kind="User",
    ),
)
defect(
    "patch-reactivation-refused",
    "entra-13.21-reactivation",
    "okta-reactivate",
    "entra-reactivate",
    depth="cycle",
    summary="PATCH of active to true on an inactive account is refused.",
    hook=lambda provider: provider.seams.store.append(_stay_inactive),
)


def _stay_inactive(call: Call, draft: Draft) -> Draft:
    was = call.record.attributes.get("active") if call.record is not None else None
    if call.operation == ON and was is False and draft.attributes.get("active") is True:
        raise Refusal(400, "the account is closed", "mutability")
    return draft


defect(
    "patch-active-true-again-refused",
    "entra-13.20-active-true-again",
    depth="response",
    summary="Setting active to true on an active account is refused.",
    hook=lambda provider: provider.seams.operations.append(_not_twice),
)


def _not_twice(call: Call, operations: list[Json]) -> list[Json]:
    record = call.store.get(call.id, "User")
    wanted = [item.get("value") for item in operations if path_of(item) == "active"]
    if record is not None and record.attributes.get("active") is True and any(str(value).lower() == "true" for value in wanted):
        raise Refusal(400, "the account is active already", "invalidValue")
    return operations


defect(
    "patch-add-active-refused",
    "entra-13.2-active-add",
    "entra-3-add-or-replace",
    depth="response",
    summary="Add on active is refused.",
    hook=refusing_operations(
        lambda item: verb(item) == "add" and path_of(item) == "active", 400, "active has a value", "mutability"
    ),
)
defect(
    "patch-add-active-ignored",
    "entra-13.2-active-add",
    "entra-deactivate",
    depth="readback",
    summary="Add on active answers 200 without effect.",
    hook=ignoring(lambda item: verb(item) == "add" and path_of(item) == "active"),
)
defect(
    "patch-text-active-refused",
    "entra-13.1-active-string",
    "entra-deactivate",
    depth="response",
    summary='The text "False" for active is refused.',
    hook=refusing_operations(
        lambda item: path_of(item) == "active" and isinstance(item.get("value"), str), 400, "active", "invalidValue"
    ),
)
defect(
    "patch-user-name-refused",
    "entra-13.22-username-patch",
    "entra-username-change",
    "entra-13.18-soft-delete-rename",
    depth="response",
    summary="PATCH of userName is refused.",
    hook=refusing_operations(lambda item: _on(item, "username"), 400, "userName cannot be changed", "mutability"),
)
defect(
    "patch-user-name-ignored",
    "entra-13.22-username-patch",
    "entra-username-change",
    "rfc7644-3.5.2.3-replace-singular",
    depth="readback",
    summary="PATCH of userName answers 200 without effect.",
    hook=ignoring(lambda item: path_of(item).endswith("username")),
)
defect(
    "patch-roles-json-kept-as-text",
    "entra-13.12-roles-json",
    depth="readback",
    summary="A role given as JSON in a text is dropped.",
    hook=ignoring(lambda item: path_of(item) == "roles" and "{" in str(item.get("value"))),
)
defect(
    "patch-primary-text-in-path-refused",
    "entra-13.13-primary-text",
    depth="response",
    summary='roles[primary eq "True"].value answers 500.',
    hook=refusing_operations(lambda item: 'primary eq "' in path_of(item), 500, "failed"),
)
defect(
    "patch-boolean-in-path-refused",
    "entra-13.30-boolean-literal-path",
    depth="response",
    summary="A boolean in a filter path is read as a name and refused.",
    hook=refusing_operations(lambda item: "primary eq true" in path_of(item), 400, "true is no attribute", "invalidPath"),
)
defect(
    "patch-refuses-unkept-attribute",
    "entra-13.36-unknown-attribute",
    "entra-deactivate",
    depth="response",
    summary="An operation on addresses, phoneNumbers or preferredLanguage makes the whole PATCH fail.",
    hook=refusing_operations(
        lambda item: path_of(item).startswith(("addresses", "phonenumbers", "preferredlanguage")),
        400,
        "not supported",
        "invalidPath",
    ),
)
defect(
    "patch-loses-second-attribute",
    "entra-converges",
    "entra-quiet-second-cycle",
    "rfc7644-3.5.2.3-replace-singular",
    depth="cycle",
    summary="PATCH never stores title, so the same change is sent in every cycle.",
    hook=kept(
        lambda call, draft, before: [
            draft.attributes.pop("title", None),
            draft.attributes.update({"title": before["title"]} if "title" in before else {}),
        ],
        on=ON,
        kind="User",
    ),
)
