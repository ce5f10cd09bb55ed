"""Right at first and wrong later, or right for most: what shows itself only after something else, or for some values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import Hook, kept, operation, path_of, verb
from scim_sim.provider.defects.trees import matching
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns
from scim_sim.scim.grammar import Comparison, Filter

__all__: list[str] = []

Json = dict[str, Any]
WRITES = "patch replace"
SINGULAR = "rfc7644-3.5.2.3-replace-singular"
When = Callable[[Call, Draft, Attributes], Any]


def _undone(when: When, *, on: str = WRITES, kind: str = "User") -> Hook:
    """Answer changes of which something is true with success, and keep everything as it was."""

    def change(call: Call, draft: Draft, before: Attributes) -> None:
        if when(call, draft, before):
            draft.attributes.clear()
            draft.attributes.update(before)
            draft.members.clear()
            draft.members.update(call.record.members if call.record is not None else {})

    return kept(change, on=on, kind=kind)


def _after(begins: When, *, kind: str = "User", attributes: bool = True) -> Hook:
    """Lose all changes, or those of the members, that follow the first change of which something is true."""

    def hook(provider: Provider) -> None:
        marked: set[str] = set()

        def follows(call: Call, draft: Draft, before: Attributes) -> bool:
            id = call.record.id if call.record is not None else ""
            if id in marked:
                return attributes or draft.attributes == before
            if begins(call, draft, before):
                marked.add(id)
            return False

        _undone(follows, kind=kind)(provider)

    return hook


def _new(draft: Draft, before: Attributes) -> list[str]:
    """The texts that a change brings."""
    return [value for name, value in draft.attributes.items() if isinstance(value, str) and before.get(name) != value]


defect(
    "changes-after-a-rename-are-lost",
    SINGULAR,
    "rfc7644-3.5.1-put-replaces-values",
    depth="readback",
    summary="Once a user has another userName, further changes are answered with success and lost.",
    hook=_after(lambda call, draft, before: draft.attributes.get("userName") != before.get("userName")),
)
defect(
    "changes-after-a-return-are-lost",
    SINGULAR,
    "rfc7643-4.1.1-active-roundtrip",
    depth="readback",
    summary="Once a user was made active again, further changes are answered with success and lost.",
    hook=_after(lambda call, draft, before: before.get("active") is False and draft.attributes.get("active")),
)
defect(
    "members-after-a-group-rename-are-lost",
    "rfc7644-3.5.2.1-add-member",
    depth="readback",
    summary="Once a group has another name, members neither come nor go.",
    hook=_after(
        lambda call, draft, before: draft.attributes.get("displayName") != before.get("displayName"),
        kind="Group",
        attributes=False,
    ),
)
defect(
    "conditional-change-is-lost",
    SINGULAR,
    "rfc7644-3.14-etag-changes",
    "rfc7644-3.5.1-put-replaces-values",
    depth="readback",
    summary="A change with If-Match and the current tag is answered with success and lost.",
    hook=_undone(lambda call, draft, before: call.request.header("if-match") not in (None, "*")),
)
defect(
    "change-to-other-letters-is-lost",
    SINGULAR,
    "rfc7644-3.5.2.3-replace-missing-is-add",
    depth="readback",
    summary="A change to a text with letters beyond ASCII is answered with success and lost.",
    hook=_undone(lambda call, draft, before: not all(map(str.isascii, _new(draft, before)))),
)
defect(
    "change-to-a-long-text-is-lost",
    SINGULAR,
    depth="readback",
    summary="A change to a text of more than a hundred letters is answered with success and lost.",
    hook=_undone(lambda call, draft, before: any(len(text) > 100 for text in _new(draft, before)), on="patch"),
)
defect(
    "empty-list-changes-nothing",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    depth="readback",
    summary="A replace with an empty list is answered with success and leaves all values.",
    hook=operation(lambda item: None if verb(item) == "replace" and item.get("value") == [] else item, kind="User"),
)
defect(
    "text-false-is-read-as-true",
    "rfc7643-2.3.2-string-boolean-inbound",
    depth="readback",
    summary='The text "false" is read as true.',
    hook=operation(lambda item: {**item, "value": True} if path_of(item) == "active" and item.get("value") == "false" else item),
)
defect(
    "new-address-reactivates",
    "rfc7643-4.1.1-active-roundtrip",
    depth="security",
    summary="A new e-mail address makes an inactive user active.",
    hook=kept(
        lambda call, draft, before: (
            draft.attributes.update(active=True)
            if before.get("active") is False and before.get("emails") != draft.attributes.get("emails")
            else None
        ),
        on=WRITES,
        kind="User",
    ),
)
defect(
    "group-in-other-letters-not-found",
    "rfc7644-3.4.2.2-eq-group-displayname",
    depth="response",
    summary="A group whose name has letters beyond ASCII is not found.",
    hook=matching(
        lambda call, node, view, fits: (
            fits and not (call.kind == "Group" and isinstance(node, Comparison) and not str(node.value).isascii())
        )
    ),
)


@defect("change-after-put-starts-from-before", SINGULAR, "rfc7644-3.4.1-read-same-as-write", depth="readback")
def _forgotten(provider: Provider) -> None:
    """The first PATCH after a PUT is made on what was there before the PUT."""
    older: dict[str, Attributes] = {}

    def change(call: Call, draft: Draft, before: Attributes) -> None:
        id = call.record.id if call.record is not None else ""
        if call.operation == "replace":
            older[id] = dict(before)
        elif id in older:
            fresh = {name: value for name, value in draft.attributes.items() if before.get(name) != value}
            draft.attributes.clear()
            draft.attributes.update({**older.pop(id), **fresh})

    kept(change, on=WRITES, kind="User")(provider)


@defect(
    "later-pages-are-old",
    "rfc7644-3.4.2-list-items-complete",
    "rfc7644-3.5.2.3-replace-missing-is-add",
    "rfc7643-3.1-lastmodified-advances",
    depth="pages",
)
def _old_pages(provider: Provider) -> None:
    """Pages after the first show resources as they were when they were first shown."""
    first: dict[str, Json] = {}

    def show(call: Call, view: Json) -> Json:
        before = first.setdefault(str(view.get("id")), json.loads(json.dumps(view)))
        return before if call.operation == "list" and call.parameters.get("startindex", "1") != "1" else view

    provider.seams.represent.append(show)


@defect(
    "deleted-manager-takes-the-extension-along",
    "rfc7644-3.5.2-path-extension-urn",
    "rfc7643-4.3-enterprise-roundtrip",
    "rfc7644-3.4.1-read-same-as-write",
    depth="readback",
)
def _without_extension(provider: Provider) -> None:
    """Whoever reported to a deleted manager loses all enterprise attributes."""
    delete = provider.rules.delete

    def with_reports(call: Call, record: Record) -> None:
        reports = list(call.store.reports_of(record.id))
        delete(call, record)
        for report in reports:
            left = {name: value for name, value in report.attributes.items() if name != urns.ENTERPRISE_USER}
            call.store.replace(report, left)

    provider.rules.delete = with_reports


@defect("filter-knows-old-activity", "rfc7644-3.4.2.2-eq-boolean", depth="readback")
def _old_activity(provider: Provider) -> None:
    """A filter on active goes by what the account was created with."""
    born: dict[str, Any] = {}

    def judge(call: Call, node: Filter, view: Json, fits: bool) -> bool:
        about = isinstance(node, Comparison) and node.path.name.lower() == "active" and node.operator == "eq"
        return born.get(view["id"], view.get("active")) is node.value if about and isinstance(node, Comparison) else fits

    provider.seams.stored.append(lambda call, record: born.setdefault(record.id, record.attributes.get("active")) and None)
    matching(judge)(provider)


@defect("groups-of-users-keep-their-old-name", "rfc7643-4.1.2-user-groups-reflects", depth="readback")
def _old_names(provider: Provider) -> None:
    """A user shows its groups under the names that they had when it joined."""
    first: dict[str, Any] = {}

    def show(call: Call, view: Json) -> Json:
        for group in view.get("groups", ()):
            group["display"] = first.setdefault(group["value"], group.get("display"))
        return view

    provider.seams.represent.append(show)
