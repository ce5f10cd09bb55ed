"""An extension of the provider's own, declared and not treated as declared (RFC 7643 sections 3.3 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import Hook, body, kept, operation, path_of, verb
from scim_sim.provider.defects.operations import ignoring
from scim_sim.provider.defects.trees import NOTHING, tree
from scim_sim.provider.more_types import WORKPLACE, more_types
from scim_sim.scim.grammar import Comparison, Filter

__all__: list[str] = []

Json = dict[str, Any]
_URN: str = WORKPLACE["id"]


def _extended(hook: Hook) -> Hook:
    """A provider with one more extension of users, changed by the hook."""

    def apply(provider: Provider) -> None:
        provider.catalogue = more_types(provider.catalogue)
        hook(provider)

    return apply


def _stored(name: str, change: Callable[[Any], Any]) -> Hook:
    """Store another value of the extension's attribute than was sent."""

    def edit(call: Any, draft: Any, before: Json) -> None:
        held = draft.attributes.get(_URN)
        if held and name in held:
            draft.attributes[_URN] = {**held, name: change(held[name])}

    return _extended(kept(edit, kind="User"))


defect(
    "own-decimal-rounded",
    "rfc7643-4.1.1-core-attributes-roundtrip",
    depth="readback",
    summary="A decimal of an extension of the provider's own is stored as a whole number.",
    hook=_stored("capacity", round),
)
defect(
    "own-date-without-time",
    "rfc7643-4.1.1-core-attributes-roundtrip",
    depth="readback",
    summary="A date-time of an extension of the provider's own loses its time.",
    hook=_stored("since", lambda value: f"{value[:10]}T00:00:00Z"),
)
defect(
    "own-extension-not-patched",
    "rfc7644-3.5.2-path-extension-urn",
    depth="readback",
    summary="PATCH of an extension of the provider's own answers 200 and changes nothing.",
    hook=_extended(ignoring(lambda item: path_of(item).startswith(_URN.lower()))),
)
defect(
    "own-extension-not-replaced",
    "rfc7644-3.5.1-put-replaces-values",
    depth="readback",
    summary="PUT leaves an extension of the provider's own as it was.",
    hook=_extended(
        kept(
            lambda call, draft, before: draft.attributes.update({_URN: before[_URN]}) if _URN in before else None,
            on="replace",
            kind="User",
        )
    ),
)
defect(
    "own-extension-lost-on-create",
    "rfc7643-4.1.1-core-attributes-roundtrip",
    depth="readback",
    summary="An extension of the provider's own is accepted with a creation and not stored.",
    hook=_extended(body(lambda value: {k: v for k, v in value.items() if k != _URN}, on="create", kind="User")),
)


def _about(node: Filter) -> bool:
    return isinstance(node, Comparison) and (node.path.urn or "").lower() == _URN.lower()


defect(
    "own-extension-not-found",
    "rfc7644-3.4.2.2-extension-attribute",
    depth="response",
    summary="A filter on an extension of the provider's own finds nothing.",
    hook=_extended(tree(lambda node: NOTHING if _about(node) else node)),
)
defect(
    "own-number-compared-as-text",
    "rfc7644-3.4.2.2-extension-attribute",
    depth="response",
    summary="A filter compares an integer of an extension of the provider's own with a text, and finds nothing.",
    hook=_extended(
        tree(lambda node: replace(node, value=str(node.value)) if _about(node) and isinstance(node, Comparison) else node)
    ),
)
defect(
    "own-list-added-to-is-replaced",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    "rfc7644-3.5.2-path-extension-urn",
    depth="readback",
    summary="PATCH add on a list of an extension of the provider's own drops the values that were there.",
    hook=_extended(
        operation(
            lambda item: {**item, "op": "replace"} if verb(item) == "add" and path_of(item).startswith(_URN.lower()) else item
        )
    ),
)
defect(
    "own-extension-not-removed",
    "rfc7644-3.5.2.2-remove-singular",
    "rfc7644-3.5.2-path-extension-urn",
    depth="readback",
    summary="PATCH remove of an attribute of an extension of the provider's own answers 200 and changes nothing.",
    hook=_extended(ignoring(lambda item: verb(item) == "remove" and path_of(item).startswith(_URN.lower()))),
)
