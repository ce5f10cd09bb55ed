"""Paths of PATCH that are read in part: filters of several conditions, parts of values, extensions (RFC 7644 section 3.5.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import operation, verb
from scim_sim.provider.defects.operations import ignoring, patched, pathless
from scim_sim.provider.seams import Call
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
_SELECTED = "rfc7644-3.5.2.2-remove-by-subattribute-filter"


def _path(change: Callable[[str], str]) -> Any:
    """Read another path than the one that was sent."""
    return operation(lambda item: {**item, "path": change(item["path"])} if isinstance(item.get("path"), str) else item)


def _ends_at(word: str) -> Any:
    """Read of the conditions in a path only those before the first such word."""
    return _path(lambda path: re.sub(rf" {word} [^]]*]", "]", path))


defect(
    "patch-filter-ends-at-and",
    _SELECTED,
    depth="readback",
    summary="Of the conditions in a path those after the first and are ignored.",
    hook=_ends_at("and"),
)
defect(
    "patch-filter-ends-at-or",
    _SELECTED,
    depth="readback",
    summary="Of the conditions in a path those after the first or are ignored.",
    hook=_ends_at("or"),
)
defect(
    "patch-removes-value-with-its-part",
    _SELECTED,
    depth="readback",
    summary="Removing a part of the value that a filter selects removes the whole value.",
    hook=operation(
        lambda item: (
            {**item, "path": re.sub(r"]\..*$", "]", item["path"])}
            if verb(item) == "remove" and isinstance(item.get("path"), str)
            else item
        )
    ),
)
defect(
    "patch-extension-object-replaces-all",
    "rfc7644-3.5.2.1-add-no-path",
    depth="readback",
    summary="add without a path drops what an extension holds besides the attributes in the value.",
    hook=patched(
        lambda result, view, operations: (
            result.update({urns.ENTERPRISE_USER: _given(operations)}) if _given(operations) is not None else None
        )
    ),
)


def _given(operations: list[Json]) -> Any:
    """The extension as an object in the value of an operation without a path."""
    values = (
        item["value"].get(urns.ENTERPRISE_USER) for item in operations if pathless(item) and isinstance(item["value"], dict)
    )
    return next((value for value in values if isinstance(value, dict)), None)


def _taken_in_other_case(on: str) -> Callable[[Provider], None]:
    """Let a change take the name of another user where it is spelled in another letter case."""

    def hook(provider: Provider) -> None:
        taken = provider.rules.taken

        def judge(call: Call, attribute: str, value: str) -> Any:
            other = taken(call, attribute, value)
            same = other is not None and other.attributes.get(attribute) == value
            return other if same or call.operation != on or attribute != "userName" else None

        provider.rules.taken = judge

    return hook


defect(
    "patch-takes-name-in-other-case",
    "rfc7643-4.1.1-username-unique-caseless",
    "rfc7644-3.12-patch-uniqueness",
    depth="readback",
    summary="PATCH may take the userName of another user in another letter case.",
    hook=_taken_in_other_case("patch"),
)
defect(
    "put-takes-name-in-other-case",
    "rfc7643-4.1.1-username-unique-caseless",
    "rfc7644-3.12-put-uniqueness",
    depth="readback",
    summary="PUT may take the userName of another user in another letter case.",
    hook=_taken_in_other_case("replace"),
)
defect(
    "patch-null-ignored",
    "rfc7644-3.5.2.3-replace-singular",
    depth="readback",
    summary="PATCH replace with null answers 200 and leaves the value where it is.",
    hook=ignoring(lambda item: verb(item) == "replace" and "value" in item and item["value"] is None),
)
