"""PATCH requests that are answered, ordered or addressed wrongly (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, path_of, refused, resource, verb
from scim_sim.provider.defects.operations import ignoring, patched, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]
ON = "patch"
BOSS = urns.ENTERPRISE_USER.lower()


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
