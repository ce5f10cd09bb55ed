"""PATCH in forms that few clients send: names in another letter case, several values at once, groups beside their members."""

from __future__ import annotations

import re
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import operation, path_of, refusing, verb
from scim_sim.provider.defects.operations import ignoring, pathless, refusing_operations
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
_SELECTED = "rfc7644-3.5.2.2-remove-by-subattribute-filter"


def _path(pattern: str, instead: str) -> Any:
    """Read another path than the one that was sent."""
    return operation(
        lambda item: {**item, "path": re.sub(pattern, instead, item["path"])} if isinstance(item.get("path"), str) else item
    )


def _foreign(item: Json) -> bool:
    """Whether the path names a schema in letters that the schema does not use."""
    path = str(item.get("path") or "")
    return path.lower().startswith("urn:") and not path.startswith((urns.USER, urns.GROUP, urns.ENTERPRISE_USER))


defect(
    "patch-urn-case-sensitive",
    "rfc7644-3.10-patch-path-case",
    "rfc7644-3.5.2-path-extension-urn",
    depth="readback",
    summary="A path whose schema URI is written in another letter case answers 200 and changes nothing.",
    hook=ignoring(_foreign),
)
defect(
    "patch-filter-ignores-not",
    _SELECTED,
    depth="readback",
    summary="not in the condition of a path is read as if it were not there.",
    hook=_path(r"not \((.*?)\)", r"\1"),
)
defect(
    "patch-filter-knows-eq-only",
    _SELECTED,
    depth="readback",
    summary="Every operator in the condition of a path is read as eq.",
    hook=_path(r" (co|sw|ew) ", " eq "),
)
defect(
    "member-filter-ends-at-or",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    depth="readback",
    summary="Of the members that a condition with or names only the first is removed.",
    hook=_path(r'^(members\[value eq "[^"]*") or .*]$', r"\1]"),
)


@defect("patch-first-operation-of-a-path-wins", "rfc7644-3.5.2-sequential", depth="readback")
def _first_wins(provider: Provider) -> None:
    """Of two operations of one kind on one attribute in one request the first decides."""

    def pipe(call: Call, operations: list[Json]) -> list[Json]:
        first: dict[Any, Json] = {}
        for number, item in enumerate(operations):
            path = path_of(item)
            first.setdefault((verb(item), path) if path and path != "members" and "[" not in path else number, item)
        return list(first.values())

    provider.seams.operations.append(pipe)


@defect(
    "patch-null-without-path-ignored", "rfc7644-3.5.2.3-replace-singular", "rfc7644-3.5.2.3-replace-no-path", depth="readback"
)
def _null_stays(provider: Provider) -> None:
    """null for an attribute in a replace without a path answers 200 and leaves the value where it is."""

    def edit(item: Json) -> Json | None:
        if not pathless(item) or not isinstance(item.get("value"), dict):
            return item
        value = {name: given for name, given in item["value"].items() if given is not None}
        return {**item, "value": value} if value else None

    operation(edit)(provider)


defect(
    "group-external-id-never-changes",
    "rfc7643-3.1-externalid-roundtrip",
    depth="readback",
    summary="A PATCH that gives a group an externalId answers success and stores none.",
    hook=ignoring(lambda item: path_of(item) == "externalid", kind="Group"),
)
defect(
    "patch-object-for-text-is-500",
    "rfc7644-3.12-patch-invalid-value",
    depth="response",
    summary="An object where PATCH wants a text answers 500.",
    hook=refusing_operations(lambda item: path_of(item) == "displayname" and isinstance(item.get("value"), dict), 500, "no text"),
)


@defect("patch-single-operation-is-500", "rfc7644-3.12-no-server-error", depth="response")
def _no_list(provider: Provider) -> None:
    """A PATCH whose Operations is one operation instead of a list of them answers 500."""

    def pipe(call: Call, value: Json) -> Json:
        if call.operation == "patch" and isinstance(value.get("Operations"), dict):
            raise Refusal(500, "no list")
        return value

    provider.seams.body.append(pipe)


@defect("if-match-ignored-for-groups", "rfc7644-3.14-if-match-stale-412", depth="readback")
def _groups_unconditional(provider: Provider) -> None:
    """If-Match is ignored when a group is changed."""
    correct = provider.rules.precondition
    provider.rules.precondition = lambda call, record: None if call.kind == "Group" else correct(call, record)


defect(
    "empty-body-is-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A creation without a body answers 500.",
    hook=refusing(lambda call: call.operation == "create" and not call.request.body, 500, "no body"),
)
