"""Results in the wrong order (RFC 7644 section 3.4.2.3)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refusing
from scim_sim.provider.seams import Call

__all__: list[str] = []

Json = dict[str, Any]


# Sorting


def _sorting(change: Any) -> Any:
    """Sort differently: `change` gets views, attribute, direction and the correct way of sorting."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.sort

        def sort(call: Call, views: list[Json], by: str, descending: bool) -> list[Json]:
            found: list[Json] = change(views, by, descending, lambda *how: correct(call, *how))
            return found

        provider.rules.sort = sort

    return hook


def _last(views: list[Json], by: str) -> tuple[list[Json], list[Json]]:
    head = by.rpartition(":")[2].partition(".")[0].lower()
    has = [view for view in views if any(name.lower() == head for name in view)]
    return has, [view for view in views if view not in has]


def _missing_first(views: list[Json], by: str, descending: bool, correct: Any) -> list[Json]:
    has, lacks = _last(views, by)
    found: list[Json] = correct(has, by, descending)
    return found + lacks if descending else lacks + found


def _value(view: Json, by: str) -> str:
    head, _, part = by.rpartition(":")[2].partition(".")
    value = next((item for name, item in view.items() if name.lower() == head.lower()), "")
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get(part or "value", "")
    return str(value)


defect(
    "sort-ignored",
    "rfc7644-3.4.2.3-ascending",
    depth="response",
    summary="sortBy is ignored, and sorting is announced.",
    hook=_sorting(lambda views, by, descending, correct: views),
)
defect(
    "sort-always-ascending",
    "rfc7644-3.4.2.3-descending",
    depth="response",
    summary="sortOrder=descending is ignored.",
    hook=_sorting(lambda views, by, descending, correct: correct(views, by, False)),
)
defect(
    "sort-descending-by-default",
    "rfc7644-3.4.2.3-ascending",
    depth="response",
    summary="Without sortOrder results are descending.",
    hook=_sorting(lambda views, by, descending, correct: correct(views, by, not descending)),
)
defect(
    "sort-missing-first",
    "rfc7644-3.4.2.3-missing-last-ascending",
    depth="response",
    summary="Ascending order begins with the resources that have no value.",
    hook=_sorting(_missing_first),
)
defect(
    "sort-drops-missing",
    "rfc7644-3.4.2.3-missing-last-ascending",
    depth="response",
    summary="Resources without the sort value are left out.",
    hook=_sorting(lambda views, by, descending, correct: correct(_last(views, by)[0], by, descending)),
)
defect(
    "sort-with-case",
    "rfc7644-3.4.2.3-caseless",
    depth="response",
    summary="Capitals come before small letters.",
    hook=_sorting(lambda views, by, descending, correct: sorted(views, key=lambda view: _value(view, by), reverse=descending)),
)
defect(
    "sort-by-part-ignored",
    "rfc7644-3.4.2.3-subattribute",
    depth="response",
    summary="sortBy with a sub-attribute is ignored.",
    hook=_sorting(lambda views, by, descending, correct: views if "." in by else correct(views, by, descending)),
)
defect(
    "sort-by-first-value",
    "rfc7644-3.4.2.3-multivalued-primary",
    depth="response",
    summary="A multi-valued attribute is sorted by its first value, primary or not.",
    hook=_sorting(
        lambda views, by, descending, correct: (
            sorted(views, key=lambda view: _value(view, by).lower(), reverse=descending)
            if by.lower().startswith("emails")
            else correct(views, by, descending)
        )
    ),
)
defect(
    "sort-by-time-wrong",
    "rfc7644-3.4.2.3-datetime",
    depth="response",
    summary="sortBy meta.lastModified sorts by the milliseconds alone.",
    hook=_sorting(
        lambda views, by, descending, correct: (
            sorted(views, key=lambda view: _value(view, by)[-4:], reverse=descending)[::-1]
            if by.lower().startswith("meta.")
            else correct(views, by, descending)
        )
    ),
)


@defect("sort-unsupported-is-500", "rfc7644-3.4.2.3-unsupported-harmless", "rfc7644-3.12-no-server-error", depth="response")
def _sort_fails(provider: Provider) -> None:
    """Sorting is not announced, and a query with sortBy answers 500."""
    provider.configure(sort=False)
    refusing(lambda call: "sortby" in call.parameters, 500, "failed")(provider)


@defect("groups-not-sorted", "rfc7644-3.4.2.3-ascending", depth="pages")
def _groups_as_they_come(provider: Provider) -> None:
    """sortBy is ignored for groups, and sorting is announced."""
    correct = provider.rules.sort
    provider.rules.sort = lambda call, views, by, down: views if call.kind == "Group" else correct(call, views, by, down)


defect(
    "sort-by-unknown-is-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="sortBy with an attribute that nobody knows answers 500.",
    hook=refusing(lambda call: call.parameters.get("sortby", "").startswith("noSuch"), 500, "no such column"),
)
defect(
    "extension-not-sorted",
    "rfc7644-3.4.2.3-ascending",
    "rfc7644-3.4.2.3-missing-last-ascending",
    depth="response",
    summary="sortBy with an attribute of an extension is ignored.",
    hook=_sorting(
        lambda views, by, descending, correct: views if by.lower().startswith("urn:") else correct(views, by, descending)
    ),
)
defect(
    "sort-by-the-whole-name-is-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="sortBy=name, an attribute with parts, answers 500.",
    hook=refusing(lambda call: call.parameters.get("sortby") == "name", 500, "no such column"),
)
