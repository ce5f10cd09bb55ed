"""What goes wrong only over cycles, retries and time: the account that comes back, the change that is undone."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import kept, refusing, resource
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


@defect("deactivation-undone-later", "okta-deactivate", "entra-deactivate", "okta-5-leaver-inactive", depth="cycle")
def _undone(provider: Provider) -> None:
    """An account that was deactivated is active again after the third request that follows."""
    waiting: dict[str, int] = {}

    def start(call: Call, record: Record) -> None:
        if record.attributes.get("active") is False:
            waiting.setdefault(record.id, 3)

    def tick(call: Call) -> None:
        for id in list(waiting):
            waiting[id] -= 1
            if waiting[id] <= 0:
                del waiting[id]
                record = call.provider.store_of().get(id)
                if record is not None:
                    call.provider.store_of().replace(record, {**record.attributes, "active": True})

    provider.seams.stored.append(start)
    provider.seams.arrive.append(tick)


@defect("update-reactivates", "okta-no-collateral", "entra-no-collateral", "okta-5-leaver-inactive", depth="cycle")
def _reactivates(provider: Provider) -> None:
    """Any change of an inactive account makes it active."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if before.get("active") is False and draft.attributes != before:
            draft.attributes["active"] = True

    kept(edit, on="patch", kind="User")(provider)


@defect(
    "deactivation-renames-user", "okta-inactive-visible", "entra-inactive-visible", "okta-13.10-inactive-found", depth="cycle"
)
def _renames(provider: Provider) -> None:
    """A deactivated account gets another userName, so nobody finds it again."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if draft.attributes.get("active") is False and before.get("active") is True:
            draft.attributes["userName"] = f"inactive-{draft.attributes['userName']}"

    kept(edit, on="patch replace", kind="User")(provider)


@defect("deactivation-deletes", "okta-inactive-visible", "entra-inactive-visible", "rfc7644-3.6-read-inactive", depth="cycle")
def _deletes(provider: Provider) -> None:
    """Setting active to false deletes the account."""

    def after(call: Call, response: Response) -> Response:
        record = call.record
        changed = call.operation in ("patch", "replace") and response.ok and call.kind == "User"
        if changed and record is not None and record.attributes.get("active") is False and call.store.get(record.id):
            call.store.delete(record)
        return response

    provider.seams.answer.append(after)


@defect("reactivation-loses-profile", "okta-reactivate", "okta-no-collateral", "rfc7644-3.5.2.3-replace-no-path", depth="cycle")
def _loses(provider: Provider) -> None:
    """An account that becomes active again has lost displayName, title and emails."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if before.get("active") is False and draft.attributes.get("active") is True:
            for name in ("displayName", "title", "emails"):
                draft.attributes.pop(name, None)

    kept(edit, on="patch", kind="User")(provider)


@defect("reactivation-creates-another", "okta-5-rehire-same-id", "okta-reactivate", depth="cycle")
def _another(provider: Provider) -> None:
    """An account that becomes active again is replaced by a new one under another id."""

    def after(call: Call, response: Response) -> Response:
        record = call.record
        was = call.notes.get("inactive")
        if response.ok and record is not None and was and record.attributes.get("active") is True:
            call.store.delete(record)
            call.store.create("User", dict(record.attributes))
        return response

    def before(call: Call, draft: Draft, old: Attributes) -> None:
        call.notes["inactive"] = old.get("active") is False

    kept(before, on="patch replace", kind="User")(provider)
    provider.seams.answer.append(after)


@defect(
    "name-change-undone-by-next-update",
    "okta-converges",
    "entra-converges",
    "okta-update",
    "rfc7644-3.5.2.3-replace-singular",
    depth="cycle",
)
def _undo(provider: Provider) -> None:
    """The update after a change of name brings the old name back."""
    old: dict[str, Any] = {}

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if call.record is None:
            return
        if call.record.id in old and draft.attributes.get("name") == before.get("name"):
            draft.attributes["name"] = old.pop(call.record.id)
        elif "name" in before and draft.attributes.get("name") != before["name"]:
            old[call.record.id] = before["name"]

    kept(edit, on="patch replace", kind="User")(provider)


@defect(
    "values-normalised-every-cycle",
    "entra-quiet-second-cycle",
    "entra-9-values-unchanged",
    "okta-quiet-second-cycle",
    "entra-attributes-kept",
    depth="cycle",
)
def _normalised(provider: Provider) -> None:
    """displayName comes back with a mark behind it, so the same update is sent in every cycle."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        name = draft.attributes.get("displayName")
        if isinstance(name, str) and not name.endswith(" (ext)"):
            draft.attributes["displayName"] = f"{name} (ext)"

    kept(edit, kind="User")(provider)


@defect(
    "retry-after-conflict-creates-twice",
    "okta-no-duplicates",
    "entra-no-duplicates",
    "rfc7644-3.3-create-duplicate-409",
    depth="cycle",
)
def _second_try(provider: Provider) -> None:
    """The first duplicate creation answers 409, the same request sent again creates a second user."""
    refused: set[str] = set()
    taken = provider.rules.taken

    def tired(call: Call, attribute: str, value: str) -> Record | None:
        found = taken(call, attribute, value)
        if found is not None and call.operation == "create":
            if value.lower() in refused:
                return None
            refused.add(value.lower())
        return found

    provider.rules.taken = tired


@defect("every-tenth-read-fails", "okta-recovers", "entra-recovers", "rfc7644-3.12-no-server-error", depth="cycle")
def _tenth(provider: Provider) -> None:
    """Every tenth read answers 500."""
    count = 0

    def due(call: Call) -> bool:
        nonlocal count
        count += call.method == "GET"
        return call.method == "GET" and count % 10 == 0

    refusing(due, 500, "failed")(provider)


@defect("write-done-and-answered-500", "okta-recovers", "entra-recovers", "rfc7644-3.12-no-server-error", depth="cycle")
def _done(provider: Provider) -> None:
    """Every fifth creation is carried out and answers 500, so that the retry ends in a conflict."""
    count = 0

    def fail(call: Call, response: Response) -> Response:
        nonlocal count
        if call.operation == "create" and response.status == 201:
            count += 1
            if count % 5 == 0:
                return call.provider.refused(call, Refusal(500, "failed"))
        return response

    provider.seams.answer.append(fail)


@defect("throttled-after-thirty", "entra-7-rate-limit", "entra-13.29-rate-limiter", "rfc9110-10.2.3-retry-after", depth="many")
def _throttled(provider: Provider) -> None:
    """From the thirtieth request on every other one answers 429 without Retry-After."""
    count = 0

    def arrive(call: Call) -> Response | None:
        nonlocal count
        count += 1
        return call.provider.refused(call, Refusal(429, "slow down")) if count > 30 and count % 2 else None

    provider.seams.arrive.append(arrive)


@defect("soft-delete-rename-refused", "entra-13.18-soft-delete-rename", "entra-deactivate", depth="cycle")
def _rename_refused(provider: Provider) -> None:
    """A PATCH that changes userName and active together is refused, and the account stays active."""

    def check(call: Call, operations: list[Json]) -> list[Json]:
        paths = {str(item.get("path")).lower() for item in operations}
        if {"username", "active"} <= paths:
            raise Refusal(400, "userName and active cannot be changed together", "mutability")
        return operations

    provider.seams.operations.append(check)


@defect(
    "username-change-makes-second-user", "entra-username-change", "okta-username-change", "rfc7643-3.1-id-stable", depth="cycle"
)
def _second_user(provider: Provider) -> None:
    """A new userName leaves the old account as it was and creates another one."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        wanted = draft.attributes.get("userName")
        if wanted and before.get("userName") and wanted != before["userName"]:
            call.store.create("User", dict(draft.attributes))
            draft.attributes.clear()
            draft.attributes.update(before)

    kept(edit, on="patch replace", kind="User")(provider)


@defect("password-change-locks-account", "okta-6-password", "okta-no-collateral", "rfc7643-4.1.1-active-roundtrip", depth="cycle")
def _locks(provider: Provider) -> None:
    """Setting a password makes the account inactive."""

    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if before and draft.attributes.get("password") != before.get("password"):
            draft.attributes["active"] = False

    kept(edit, on="patch replace", kind="User")(provider)


@defect("password-patch-refused", "okta-6-password", depth="response")
def _password(provider: Provider) -> None:
    """PATCH of a password is refused, though the configuration announces changePassword."""

    def check(call: Call, operations: list[Json]) -> list[Json]:
        if any("password" in str(item).lower() for item in operations):
            raise Refusal(400, "passwords cannot be changed", "mutability")
        return operations

    provider.seams.operations.append(check)


@defect(
    "members-shown-by-first-read-for-ever",
    "okta-converges",
    "okta-members-removed",
    "rfc7644-3.4.1-read-same-as-write",
    "rfc7644-3.5.1-put-members-whole",
    depth="cycle",
)
def _cached(provider: Provider) -> None:
    """Members of a group are cached at the first read and never refreshed."""
    seen: dict[str, Any] = {}
    resource(
        lambda view: view.update(members=seen.setdefault(view["id"], view.get("members", []))), on="read list", kind="Group"
    )(provider)
