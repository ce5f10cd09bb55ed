"""What keeps or ends access for the wrong people: leavers, rehires, and those who share a name or a group with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import Hook, kept
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim.urns import ENTERPRISE_USER

__all__: list[str] = []

Json = dict[str, Any]


def _leaves(draft: Draft, before: Attributes) -> bool:
    return before.get("active") is True and draft.attributes.get("active") is False


@defect(
    "deactivation-of-members-ignored",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-deactivate",
    "entra-deactivate",
    "onelogin-deactivate",
    depth="readback",
)
def _members_stay(provider: Provider) -> None:
    """Setting active to false answers success without effect while the account is in a group."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if _leaves(draft, before) and call.record is not None and call.store.groups_of(call.record.id):
            draft.attributes["active"] = True

    kept(edit, on="patch replace", kind="User")(provider)


@defect(
    "second-deactivation-ignored",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-deactivate",
    "entra-deactivate",
    "onelogin-deactivate",
    depth="cycle",
)
def _only_once(provider: Provider) -> None:
    """An account that was deactivated and reactivated cannot be deactivated again; the answer is a success."""
    gone: set[str] = set()

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if _leaves(draft, before) and call.record is not None:
            draft.attributes["active"] = call.record.id in gone
            gone.add(call.record.id)

    kept(edit, on="patch replace", kind="User")(provider)


@defect("group-write-reactivates-members", "rfc7643-4.1.1-active-roundtrip", "okta-5-leaver-inactive", depth="cycle")
def _wakes(provider: Provider) -> None:
    """Whoever is a member of a group that is written becomes active."""

    def after(call: Call, group: Record) -> None:
        for id in group.members if call.kind == "Group" and call.operation != "delete" else ():
            account = call.store.get(id, "User")
            if account is not None and account.attributes.get("active") is False:
                call.store.replace(account, {**account.attributes, "active": True})

    provider.seams.stored.append(after)


@defect(
    "reactivation-brings-groups-back",
    "rfc7643-4.1.2-user-groups-reflects",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    depth="cycle",
)
def _as_it_was(provider: Provider) -> None:
    """An account that becomes active again is in the groups in which it was when it left."""
    groups: dict[str, list[str]] = {}

    def after(call: Call, account: Record) -> None:
        if call.kind != "User" or call.operation not in ("patch", "replace"):
            return
        if account.attributes.get("active") is False:
            groups.setdefault(account.id, [group.id for group in call.store.groups_of(account.id)])
            return
        for id in groups.pop(account.id, ()):
            group = call.store.get(id, "Group")
            if group is not None:
                call.store.add_members(group, {account.id: {"value": account.id}})

    provider.seams.stored.append(after)


@defect("removal-from-one-group-is-from-all", "rfc7644-3.4.1-read-same-as-write", "okta-members-added", depth="cycle")
def _from_all(provider: Provider) -> None:
    """Whoever is taken out of one group loses all groups."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        there = call.record.members if call.record is not None else {}
        for id in [id for id in there if id not in draft.members]:
            for group in call.store.groups_of(id):
                if group is not call.record:
                    call.store.remove_members(group, [id])

    kept(edit, on="patch replace", kind="Group")(provider)


@defect(
    "one-group-at-a-time",
    "rfc7644-3.3-create-group-with-members",
    "rfc7644-3.4.1-read-same-as-write",
    "okta-members-added",
    depth="cycle",
)
def _one_group(provider: Provider) -> None:
    """Whoever joins a group loses the group before."""

    def after(call: Call, group: Record) -> None:
        for id in list(group.members) if call.kind == "Group" and call.operation != "delete" else ():
            for other in call.store.groups_of(id):
                if other is not group:
                    call.store.remove_members(other, [id])

    provider.seams.stored.append(after)


@defect("second-reactivation-ignored", "rfc7643-4.1.1-active-roundtrip", "rfc7644-3.5.2.3-replace-no-path", depth="cycle")
def _back_once(provider: Provider) -> None:
    """An account that came back once cannot come back a second time; the answer is a success."""
    back: set[str] = set()

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if before.get("active") is False and draft.attributes.get("active") is True and call.record is not None:
            draft.attributes["active"] = call.record.id not in back
            back.add(call.record.id)

    kept(edit, on="patch replace", kind="User")(provider)


@defect("put-of-inactive-reactivates", "rfc7643-4.1.1-active-roundtrip", "rfc7644-3.5.1-put-replaces-values", depth="cycle")
def _put_wakes(provider: Provider) -> None:
    """A PUT that changes the name of an inactive account makes it active, whatever it says of active."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if before.get("active") is False and draft.attributes.get("displayName") != before.get("displayName"):
            draft.attributes["active"] = True

    kept(edit, on="replace", kind="User")(provider)


@defect("update-hits-names-that-begin-alike", "rfc7644-3.4.1-read-same-as-write", "rfc7643-4.1.1-active-roundtrip", depth="cycle")
def _alike(provider: Provider) -> None:
    """Title and active are written to every account whose userName begins like that of the one that was meant."""

    def after(call: Call, account: Record) -> None:
        if call.kind != "User" or call.operation not in ("patch", "replace"):
            return
        start = str(account.attributes["userName"]).lower().partition("@")[0]
        new: Json = {name: account.attributes[name] for name in ("title", "active") if name in account.attributes}
        for other in call.store.all("User"):
            if other is not account and str(other.attributes["userName"]).lower().startswith(start):
                call.store.replace(other, {**other.attributes, **new})

    provider.seams.stored.append(after)


@defect("deactivation-takes-namesakes-along", "rfc7643-4.1.1-active-roundtrip", depth="cycle")
def _namesakes(provider: Provider) -> None:
    """Deactivating an account deactivates everybody with the same family name."""

    def after(call: Call, account: Record) -> None:
        if call.kind != "User" or call.operation == "delete" or account.attributes.get("active") is not False:
            return
        name = account.attributes.get("name", {}).get("familyName")
        for other in call.store.all("User") if name else ():
            if other.attributes.get("active") and other.attributes.get("name", {}).get("familyName") == name:
                call.store.replace(other, {**other.attributes, "active": False})

    provider.seams.stored.append(after)


@defect(
    "manager-lost-with-another-change",
    "rfc7644-3.5.2.3-replace-singular",
    "rfc7643-4.3-enterprise-roundtrip",
    "entra-no-collateral",
    depth="readback",
)
def _loses_manager(provider: Provider) -> None:
    """A change of the title takes the manager away."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        extension = draft.attributes.get(ENTERPRISE_USER)
        if before and isinstance(extension, dict) and draft.attributes.get("title") != before.get("title"):
            draft.attributes[ENTERPRISE_USER] = {name: value for name, value in extension.items() if name != "manager"}

    kept(edit, on="patch", kind="User")(provider)


@defect(
    "phones-share-one-number", "rfc7644-3.4.1-read-same-as-write", "rfc7643-4.1.1-core-attributes-roundtrip", depth="readback"
)
def _one_number(provider: Provider) -> None:
    """The last phone number takes the place of all others, whatever their type."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        phones = draft.attributes.get("phoneNumbers")
        if isinstance(phones, list) and len(phones) > 1:
            draft.attributes["phoneNumbers"] = [{**one, "value": phones[-1].get("value")} for one in phones]

    kept(edit, kind="User")(provider)


@defect("department-stays", "rfc7644-3.5.2.2-remove-singular", "rfc7643-4.3-enterprise-roundtrip", depth="readback")
def _department(provider: Provider) -> None:
    """The department of an account can be changed and not taken away."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        kept_before = before.get(ENTERPRISE_USER, {}).get("department")
        if kept_before:
            draft.attributes[ENTERPRISE_USER] = {"department": kept_before, **draft.attributes.get(ENTERPRISE_USER, {})}

    kept(edit, on="patch", kind="User")(provider)


@defect(
    "group-found-by-beginning-of-name", "rfc7644-3.4.2.2-only-matching", "rfc7644-3.4.2.2-eq-group-displayname", depth="response"
)
def _by_beginning(provider: Provider) -> None:
    """A search for a group by its name finds those whose names only begin like that, too."""
    head, tail = 'displayname eq "', '"'

    def more(call: Call, found: list[Record]) -> list[Record]:
        asked = call.parameters.get("filter", "").lower()
        if call.kind != "Group" or not (asked.startswith(head) and asked.endswith(tail)):
            return found
        start = asked[len(head) : -len(tail)]
        return [one for one in call.store.all("Group") if str(one.attributes.get("displayName")).lower().startswith(start)]

    provider.seams.select.append(more)


@defect("created-again-with-old-profile", "rfc7644-3.6-created-again-starts-empty", depth="cycle")
def _old_profile(provider: Provider) -> None:
    """A user who is created under the name of a deleted one has the attributes of that one."""
    old = _remembering(provider, "User", "userName", lambda record: dict(record.attributes))

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        for name, value in (old.get(str(draft.attributes.get("userName")).lower()) or {}).items():
            draft.attributes.setdefault(name, value)

    kept(edit, on="create", kind="User")(provider)


@defect("created-again-with-old-members", "rfc7644-3.6-created-again-starts-empty", depth="cycle")
def _old_members(provider: Provider) -> None:
    """A group that is created under the name of a deleted one has the members of that one."""
    old = _remembering(provider, "Group", "displayName", lambda record: dict(record.members))

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        members = old.get(str(draft.attributes.get("displayName")).lower()) or {}
        draft.members = {**{id: member for id, member in members.items() if call.store.get(id)}, **draft.members}

    kept(edit, on="create", kind="Group")(provider)


def _remembering(provider: Provider, kind: str, naming: str, what: Any) -> dict[str, Json]:
    """What deleted resources held, by their name in lower case; filled as they are deleted."""
    old: dict[str, Json] = {}
    delete = provider.rules.delete

    def remember(call: Call, record: Record) -> None:
        if record.type == kind:
            old[str(record.attributes.get(naming)).lower()] = what(record)
        delete(call, record)

    provider.rules.delete = remember
    return old


@defect(
    "deactivation-in-three-groups-ignored",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-deactivate",
    "entra-deactivate",
    depth="many",
)
def _well_connected_stay(provider: Provider) -> None:
    """Setting active to false answers success without effect while the account is in three groups or more."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if _leaves(draft, before) and call.record is not None and len(call.store.groups_of(call.record.id)) > 2:
            draft.attributes["active"] = True

    kept(edit, on="patch replace", kind="User")(provider)


@defect(
    "created-again-with-old-groups",
    "rfc7644-3.6-created-again-starts-empty",
    "rfc7644-3.6-delete-removes-membership",
    "rfc7643-4.1.2-user-groups-reflects",
    depth="cycle",
)
def _old_groups(provider: Provider) -> None:
    """A user who is created under the name of a deleted one is in the groups of that one."""
    old: dict[str, list[str]] = {}
    delete = provider.rules.delete

    def remember(call: Call, record: Record) -> None:
        old[str(record.attributes.get("userName")).lower()] = [group.id for group in call.store.groups_of(record.id)]
        delete(call, record)

    def after(call: Call, account: Record) -> None:
        names = old.pop(str(account.attributes.get("userName")).lower(), []) if call.operation == "create" else []
        for group in filter(None, (call.store.get(id, "Group") for id in names)):
            call.store.add_members(group, {account.id: {"value": account.id}})

    provider.rules.delete = remember
    provider.seams.stored.append(after)


def _taking_along(others: Callable[[Call, Record], list[Record]], still: Callable[[Record], object]) -> Hook:
    """Whoever is deleted takes others along, of whom something is true afterwards."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.delete

        def delete(call: Call, record: Record) -> None:
            found = others(call, record)
            correct(call, record)
            for other in found:
                if call.store.get(other.id) is not None and still(other):
                    correct(call, other)

        provider.rules.delete = delete

    return hook


defect(
    "manager-takes-reports-along",
    "rfc7644-3.6-delete-group-keeps-users",
    "rfc7644-3.4.1-read-200",
    depth="cycle",
    summary="Deleting a user deletes everybody whose manager it is.",
    hook=_taking_along(lambda call, record: call.store.reports_of(record.id), lambda other: True),
)
defect(
    "last-member-takes-group-along",
    "rfc7644-3.4.1-read-200",
    depth="cycle",
    summary="Deleting the only member of a group deletes the group.",
    hook=_taking_along(lambda call, record: call.store.groups_of(record.id), lambda other: not other.members),
)
