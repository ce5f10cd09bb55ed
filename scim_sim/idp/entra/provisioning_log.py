"""The provisioning log: one entry per object change, with the field names of Microsoft Graph's provisioningObjectSummary.

Entries are kept as small records and written out in full only when they are drained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from scim_sim.directory.model import Person, Team
from scim_sim.idp.entra.dialects import Difference
from scim_sim.idp.entra.source import guid_of
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP

__all__ = ["Changed", "Entry", "Names", "Standing", "drain", "shown", "steps", "written"]

Changed = tuple[tuple[str, Any, Any], ...]
"""Attributes with their old and new value."""


class Standing(NamedTuple):
    """How an object stands to the scope: whether it is active in the source, assigned, and passes the filters."""

    active: bool
    assigned: bool
    passes: bool

    @property
    def in_scope(self) -> bool:
        """Whether the object is to be provisioned."""
        return self.active and self.assigned and self.passes

    @property
    def skip_reason(self) -> str:
        """The word of the log for an object that is not to be provisioned."""
        if not self.assigned:
            return "NotEffectivelyEntitled"
        return "NotInScope" if not self.passes else "NotActiveInSource"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: `event` is a key of `EVENTS`, `stage` the step that failed, `changed` the attributes or how to get them."""

    number: int
    cycle: int
    began: float
    at: float
    action: str
    status: str
    event: str
    subject: Person | Team
    object_id: str
    resource_id: str
    standing: Standing
    changed: Changed | Callable[[], Changed] = ()
    stage: str = ""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The ids and names that every entry of one job repeats."""

    seed: str
    app: str

    def guid(self, what: str) -> str:
        """A GUID that belongs to this job."""
        return guid_of(f"{self.seed}/{what}")


EVENTS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "add": (
        ("EntryImportAdd", "import", "Import: new object in source"),
        ("EntrySynchronizationScoping", "scoping", "Scope check passed"),
        ("EntrySynchronizationAdd", "matching", "No match in target, will create"),
        ("EntryExportAdd", "export", "Created in target"),
    ),
    "link": (
        ("EntryImportAdd", "import", "Import: new object in source"),
        ("EntrySynchronizationScoping", "scoping", "Scope check passed"),
        ("EntrySynchronizationUpdate", "matching", "Matched an object in target"),
        ("EntryExportUpdate", "export", "Updated in target"),
    ),
    "update": (
        ("EntryImportUpdate", "import", "Import: changed object in source"),
        ("EntrySynchronizationScoping", "scoping", "Scope check passed"),
        ("EntrySynchronizationUpdate", "matching", "Linked to an object in target"),
        ("EntryExportUpdate", "export", "Updated in target"),
    ),
    "disable": (
        ("EntryImportUpdate", "import", "Import: changed object in source"),
        ("EntrySynchronizationScoping", "scoping", "Out of scope or inactive"),
        ("EntrySynchronizationUpdate", "matching", "Linked to an object in target"),
        ("EntryExportUpdateSoftDelete", "export", "Disabled in target"),
    ),
    "delete": (
        ("EntryImportObjectNotFound", "import", "Import: object is gone from source"),
        ("EntrySynchronizationScoping", "scoping", "Out of scope"),
        ("EntryExportDelete", "export", "Deleted in target"),
    ),
    "reference": (
        ("EntryImportUpdate", "import", "Import: object with references"),
        ("EntrySynchronizationUpdate", "referenceResolution", "References resolved"),
        ("EntryExportUpdate", "export", "Updated in target"),
    ),
    "skip": (
        ("EntryImport", "import", "Import: object in source"),
        ("EntrySynchronizationScoping", "scoping", "Scope check"),
        ("EntrySynchronizationSkip", "processing", "Nothing to do"),
    ),
}
"""The steps of each kind of change, in the order in which the service takes them: name, type, description."""


def shown(found: Iterable[Difference]) -> Changed:
    """Differences as the log shows them; redacted values are not shown."""
    hidden = "[Redact]"
    return tuple(
        (d.row.path.text, d.old and hidden, hidden) if d.row.redacted else (d.row.path.text, d.old, d.new) for d in found
    )


def drain(entries: list[Entry], names: Names) -> Iterator[dict[str, Any]]:
    """The entries in full, one at a time."""
    for entry in entries:
        yield written(entry, names)


def written(entry: Entry, names: Names) -> dict[str, Any]:
    """The entry in full."""
    tenant = names.guid("tenant")
    return {
        "id": names.guid(f"entry/{entry.number}"),
        "activityDateTime": f"{datetime.fromtimestamp(entry.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "tenantId": tenant,
        "jobId": f"scim.{tenant}.{names.guid('job')}",
        "cycleId": names.guid(f"cycle/{entry.cycle}"),
        "changeId": names.guid(f"change/{entry.number}"),
        "provisioningAction": entry.action,
        "durationInMilliseconds": round((entry.at - entry.began) * 1000),
        "provisioningStatusInfo": {"status": entry.status, "errorInformation": _error(entry)},
        "provisioningSteps": steps(entry),
        "modifiedProperties": _properties(entry.changed() if callable(entry.changed) else entry.changed),
        **_systems(names),
        **_identities(entry),
    }


def steps(entry: Entry) -> list[dict[str, Any]]:
    """The steps taken, up to the one that failed."""
    taken = []
    for name, kind, description in EVENTS[entry.event]:
        failed = kind == entry.stage
        skipped = entry.status == "skipped" and kind == "processing"
        status = entry.status if failed else "skipped" if skipped else "success"
        said = entry.reason if failed or (skipped and entry.reason) else description
        taken.append(
            {"name": name, "provisioningStepType": kind, "status": status, "description": said, "details": _details(entry, kind)}
        )
        if failed:
            break
    return taken


def _details(entry: Entry, kind: str) -> dict[str, str]:
    standing = entry.standing
    if kind == "import" and isinstance(entry.subject, Person):
        return {
            "objectId": entry.object_id,
            "accountEnabled": str(entry.subject.active),
            "userPrincipalName": entry.subject.user_name,
            "IsSoftDeleted": str(not standing.in_scope),
            "appRoleAssignments": "User" if standing.assigned else "",
        }
    if kind == "scoping":
        return {
            "IsActive": str(standing.active),
            "Assigned": str(standing.assigned),
            "IsEffectivelyEntitledForProvisioning": str(standing.assigned),
            "IsInProvisioningScopeDisplayName": str(standing.passes),
            "ScopeEvaluationResult": "{}",
        }
    if kind == "export":
        return {"ReportableIdentifier": getattr(entry.subject, "user_name", entry.subject.display_name)}
    return {"SkipReason": entry.code} if kind == "processing" and entry.code else {}


def _error(entry: Entry) -> dict[str, Any] | None:
    if not entry.code or entry.status == "success":
        return None
    return {
        "errorCode": entry.code,
        "reason": entry.reason,
        "additionalDetails": None,
        "errorCategory": "nonServiceFailure",
        "recommendedAction": None,
    }


def _properties(changed: Changed) -> list[dict[str, Any]]:
    return [{"displayName": path, "oldValue": _text(old), "newValue": _text(new)} for path, old, new in changed]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _systems(names: Names) -> dict[str, Any]:
    service = {"id": names.guid("servicePrincipal"), "displayName": names.app}
    details = {
        "ApplicationId": names.guid("application"),
        "ServicePrincipalId": service["id"],
        "ServicePrincipalDisplayName": names.app,
    }
    return {
        "servicePrincipal": service,
        "sourceSystem": {"id": names.guid("sourceSystem"), "displayName": "Microsoft Entra ID", "details": {}},
        "targetSystem": {"id": names.guid("targetSystem"), "displayName": "customappsso", "details": details},
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
    }


def _identities(entry: Entry) -> dict[str, Any]:
    person = isinstance(entry.subject, Person)
    name = entry.subject.display_name
    source: dict[str, Any] = {
        "id": entry.object_id,
        "displayName": name,
        "identityType": "User" if person else "Group",
        "details": {},
    }
    kind = ENTERPRISE_USER if person else GROUP
    target = {"id": entry.resource_id, "displayName": name if entry.resource_id else "", "identityType": kind, "details": {}}
    return {"sourceIdentity": source, "targetIdentity": target}
