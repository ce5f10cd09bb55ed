"""PATCH of what identity providers change most: the manager, the active flag, userName and roles."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import kept, path_of, resource, verb
from scim_sim.provider.defects.operations import ignoring, names, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
ON = "patch"
BOSS = urns.ENTERPRISE_USER.lower()


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
    hook=refusing_operations(lambda item: names(item, "username"), 400, "userName cannot be changed", "mutability"),
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
    "patch-roles-json-dropped",
    "entra-13.12-roles-json",
    "entra-quiet-second-cycle",
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
