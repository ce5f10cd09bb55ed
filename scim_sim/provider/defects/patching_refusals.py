"""PATCH that carries out or passes over what should be refused, or fails where it should refuse (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import both, configured, path_of, refused, verb
from scim_sim.provider.defects.operations import ignoring, pathless, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.scim.navigate import spread

__all__: list[str] = []

Json = dict[str, Any]
ON = "patch"
BOSS = urns.ENTERPRISE_USER.lower()


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
                if verb(item) == "remove" and pathless(item)
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
    hook=ignoring(lambda item: verb(item) == "remove" and pathless(item)),
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
