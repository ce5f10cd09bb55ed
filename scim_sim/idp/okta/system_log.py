"""Okta's System Log: one event per thing Okta did, with the field names of `GET /api/v1/logs`.

Event types and texts: Okta's event type catalogue. Targets' order, actor and debug data of user events are inferred.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.clock import iso
from scim_sim.idp.engine import Setting

__all__ = ["MESSAGES", "SystemLog", "Target"]

MESSAGES: Final[Mapping[str, str]] = {
    "application.user_membership.add": "Add user to application membership",
    "application.user_membership.remove": "Remove user's application membership",
    "application.user_membership.provision": "User provisioned to application",
    "application.user_membership.deprovision": "User deprovisioned from application",
    "application.provision.user.verify_exists": "Verify user exists in external application",
    "application.provision.user.push": "Push new user to external application",
    "application.provision.user.push_profile": "Push user's profile to external application",
    "application.provision.user.sync": "Sync user in external application",
    "application.provision.user.reactivate": "Push user reactivation in external application",
    "application.provision.user.deactivate": "Push user deactivation to external application",
    "application.provision.user.delete": "Delete user in external application",
    "application.provision.user.push_password": "Push user's password to external application",
    "application.provision.user.import_profile": "Import user's profile from external application",
    "application.provision.group.add": "Create group in external application",
    "application.provision.group.update": "Update group in external application",
    "application.provision.group.remove": "Remove group from external application",
    "application.provision.group.verify_exists": "Verify group exists in external application",
    "application.provision.group_membership.update": "Update group membership in external application",
    "application.provision.group_push.mapping.created": "Group push mapping created",
    "application.provision.group_push.pushed": "Group pushed to external application",
    "application.provision.group_push.updated": "Pushed group updated in external application",
    "application.provision.group_push.push_memberships": "Group memberships pushed to external application",
    "application.provision.group_push.removed": "Group push mapping removed",
    "application.provision.group_push.delete_appgroup": "App group deleted in external application",
    "application.provision.group_push.activate_mapping": "Group push mapping activated",
    "application.provision.group_push.deactivate_mapping": "Group push mapping deactivated",
    "application.provision.group_push.mapping.app.group.renamed": "App group renamed",
    "application.provision.group_push.mapping.app.group.renamed.failed": "App group could not be renamed",
    "application.provision.group_push.mapping.created.from.rule.warning.duplicate.name": (
        "Group push mapping of a rule not created: duplicate name"
    ),
    "application.provision.group_push.mapping.update.or.delete.failed": "Update or delete of pushed group failed, retried later",
    "application.provision.group_push.mapping.update.or.delete.failed.with.error": "Update or delete of pushed group failed",
    "app.user_management.push_new_user_success": "New account pushed to external application",
    "app.user_management.grouppush.mapping.okta.users.ignored": "Members left out of group push",
    "application.integration.authentication_failure": "Authentication with external application failed",
    "application.integration.rate_limit_exceeded": "API rate limit of external application exceeded",
    "application.integration.general_failure": "Request to external application failed",
    "application.lifecycle.update": "Update application",
    "user.lifecycle.create": "Create Okta user",
    "user.lifecycle.suspend": "Suspend Okta user",
    "user.lifecycle.unsuspend": "Unsuspend Okta user",
    "user.lifecycle.deactivate": "Deactivate Okta user",
    "user.lifecycle.reactivate": "Reactivate Okta user",
    "user.lifecycle.delete.initiated": "Delete Okta user",
    "user.account.update_profile": "Update user profile for Okta",
    "group.user_membership.add": "Add user to group membership",
    "group.user_membership.remove": "Remove user from group membership",
    "system.import.start": "Import started",
    "system.import.download.start": "Import download started",
    "system.import.download.complete": "Import download complete",
    "system.import.implicit_deletion.complete": "Import implicit deletion complete",
    "system.import.complete": "Import complete",
    "system.import.roadblock": "Import stopped by a roadblock",
    "app.app_instance.provision_sync_job.started": "Force Sync started",
    "app.app_instance.provision_sync_job.completed": "Force Sync completed",
    "app.app_instance.provision_sync_job.failed": "Force Sync failed",
}

LEGACY: Final[Mapping[str, str]] = {"application.provision.user.push": "app.api.error.create_user"}
"""The event's old name; only the one that Okta's examples show is known."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an event is about."""

    id: str
    type: str
    alternate_id: str
    display_name: str

    def entry(self) -> dict[str, Any]:
        """The target as the log shows it."""
        return {
            "id": self.id, "type": self.type, "alternateId": self.alternate_id, "displayName": self.display_name,
            "detailEntry": None,
        }  # fmt: skip


class SystemLog:
    """Writes events; ids come from the seed, times from the clock."""

    def __init__(self, setting: Setting, app_id: str, write: Callable[[dict[str, Any]], None]) -> None:
        self._clock = setting.clock
        self._rng = random.Random(f"{setting.seed}/{setting.variant}/{setting.mark.text}/{app_id}/log")
        self._write = write
        self._failed = ""

    def event(
        self,
        event_type: str,
        targets: tuple[Target, ...],
        failure: str | None = None,
        by: str = "system",
        debug: Mapping[str, Any] | None = None,
        skipped: bool = False,
    ) -> None:
        """Write one event; `failure` is the reason of a FAILURE, `by` is `admin` or `system`."""
        if failure is not None and not event_type.startswith("application.integration."):
            self._failed = event_type
        result = "SKIPPED" if skipped else "SUCCESS" if failure is None else "FAILURE"
        self._write(
            {
                "uuid": self._uuid(),
                "published": iso(self._clock.now()),
                "eventType": event_type,
                "version": "0",
                "severity": "INFO" if failure is None else "ERROR",
                "legacyEventType": None if failure is None else LEGACY.get(event_type),
                "displayMessage": MESSAGES[event_type],
                "actor": ADMINISTRATOR if by == "admin" else SYSTEM,
                "client": dict.fromkeys(("userAgent", "zone", "device", "id", "ipAddress", "geographicalContext")),
                "outcome": {"result": result, "reason": failure},
                "target": [target.entry() for target in targets],
                "transaction": {"type": "WEB" if by == "admin" else "JOB", "id": self._id("ppj"), "detail": {}},
                "debugContext": {"debugData": dict(debug or {})},
                "authenticationContext": {"authenticationStep": 0, "externalSessionId": self._id("trs")},
                "securityContext": dict.fromkeys(("asNumber", "asOrg", "isp", "domain", "isProxy")),
                "request": {"ipChain": []},
            }
        )

    def take_failed(self) -> str:
        """The type of the last event of a failure, once."""
        failed, self._failed = self._failed, ""
        return failed

    def _uuid(self) -> str:
        digits = f"{self._rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-11f0-{digits[16:20]}-{digits[20:]}"

    def _id(self, prefix: str) -> str:
        return f"{prefix}{self._rng.getrandbits(68):017x}"


def _actor(actor_id: str, kind: str, alternate_id: str, name: str) -> dict[str, Any]:
    return {"id": actor_id, "type": kind, "alternateId": alternate_id, "displayName": name, "detailEntry": None}


SYSTEM: Final = _actor("00u1sysPrincipal00001", "SystemPrincipal", "system@okta.com", "Okta System")
ADMINISTRATOR: Final = _actor("00u1administrator0001", "User", "admin@okta-sim.example", "Okta Administrator")
