"""What is particular to Entra ID and could be otherwise: every value with its source and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.idp.engine import trait
from scim_sim.registry import nearest

__all__ = ["CHOICES", "EntraTraits", "checked"]

_GUIDE = "Microsoft: Develop and plan provisioning for a SCIM endpoint"
_COMPAT = "Microsoft: Known issues and resolutions with SCIM 2.0 protocol compliance"
_HOW = "Microsoft: How application provisioning works"
_QUARANTINE = "Microsoft: Application provisioning in quarantine status"
_CUSTOM = "Microsoft: Customize user provisioning attribute-mappings"
_KNOWN = "Microsoft: Known issues for provisioning"
_EXPRESSIONS = "Microsoft: Reference for writing expressions (ToLower, Switch)"
_DELETES = "Microsoft: Enable accidental deletions prevention"


@dataclass(frozen=True, slots=True)
class EntraTraits:
    """The switches of the Entra engine."""

    # -- the wire --------------------------------------------------------------------------------------------------
    patch_dialect: str = trait("legacy", "PATCH dialect: legacy or aadOptscim062020", _COMPAT, "documented")
    on_demand_dialect: str = trait(
        "legacy", "PATCH dialect of provision on demand; the flag has no effect there", _COMPAT, "documented"
    )
    flag_on_requests: bool = trait(
        False, "repeat ?aadOptscim062020 on every request", "not known; logs print no queries", "inferred"
    )
    flag_member_add: str = trait(
        "add",
        "op for a new member in the flag dialect: add or replace",
        "scim-for-keycloak#31 (2021), snipe-it#19096 (2026)",
        "captured",
    )
    flag_single_replace: str = trait(
        "bundle", "one replaced attribute in the flag dialect: bundle (no path) or path", "elimity-com/scim#112", "captured"
    )
    disable_op: str = trait(
        "Replace", "op that sets active to false: Replace or Add", "rancher/rancher#54025 saw Add", "inferred"
    )
    adscimversion: str = trait(
        "5.0", "value of the ADSCIMVersion header; empty leaves the header out", "azure-docs#21660 (2019)", "captured"
    )
    unqueryable: str = trait('"\\', "characters that a matching value must not have", _KNOWN, "documented")
    group_schema_uri: bool = trait(
        False, "send the second, Microsoft URI in the schemas of a group", "doc sample, against a 2021 capture", "inferred"
    )
    members_per_patch: int = trait(1, "members that one PATCH adds or removes", "all captures show one", "captured")
    member_ref: bool = trait(False, 'send "$ref":null with each member', "Microsoft documentation, in no capture", "documented")

    # -- probes and reads ------------------------------------------------------------------------------------------
    probes: int = trait(1, "how many random GUIDs a probe looks up; three were seen", "SCIMReferenceCode#63", "captured")
    startup_probe: bool = trait(True, "look up a random GUID before every activity", "SCIMReferenceCode#63", "captured")
    group_probe: str = trait(
        "cycle", "when the group endpoint is probed: cycle, test or off", "snipe-it#11913, #14708", "inferred"
    )
    read_before_disable: bool = trait(False, "GET the user before it is disabled", "not shown in captures", "inferred")
    restore_matches_first: bool = trait(
        True, "a restored user is searched by the matching attribute before the stored id is patched", "onyx#14074", "captured"
    )
    manager_precheck: bool = trait(False, "ask `id eq … and manager eq …` before a manager is written", _GUIDE, "inferred")
    manager_as_string: str = trait(
        "resend",
        "a manager returned as bare text: resend every pass, or fail as unreadable",
        "azure-docs#11784, Budibase#15369",
        "captured",
    )
    case_exact: tuple[str, ...] = trait(
        (), "targets with caseExact true in the schema; all others compare without letter case", _EXPRESSIONS, "documented"
    )

    # -- job -------------------------------------------------------------------------------------------------------
    cycle_minutes: int = trait(40, "minutes between the starts of two cycles", _GUIDE, "documented")
    retry_policy: str = trait(
        "next_cycle_backoff",
        "retries of a failed object: next_cycle_backoff (40 min, doubling to 24 h) or doc_6_12_24h",
        _HOW,
        "documented",
    )
    quarantine_policy: str = trait(
        "half_hour_doubling",
        "tries in quarantine: half_hour_doubling (30 min to 8 h, then daily) or doc_6_12_24h",
        "Microsoft staff, Q&A 1278038",
        "inferred",
    )
    give_up_days: int = trait(28, "days after which a retry, or a quarantined job, is given up", _QUARANTINE, "documented")
    honour_retry_after: bool = trait(
        False,
        "wait as long as Retry-After says and ask again within the cycle",
        "Q&A 2284725 against feedback 38354572",
        "inferred",
    )
    quarantine_min_failures: int = trait(5_000, "failures below which the ratio is not evaluated", _QUARANTINE, "documented")
    quarantine_ratio: float = trait(
        0.40, "share of failed provisioning events above which the job is quarantined", _QUARANTINE, "documented"
    )
    quarantine_max_failures: int = trait(
        40_000, "failures without references above which the job is quarantined", _QUARANTINE, "documented"
    )
    quarantine_max_all: int = trait(60_000, "failures of all kinds above which the job is quarantined", _QUARANTINE, "documented")
    quarantine_on_noncompliance: bool = trait(
        True, "a 404 on a matching query quarantines the job at once", _QUARANTINE, "documented"
    )
    on_missing_anchor: str = trait(
        "invalid_anchor",
        "404 on a linked id: invalid_anchor (fails) or rematch",
        "Microsoft: Analyze provisioning logs",
        "documented",
    )

    # -- scope and life cycle --------------------------------------------------------------------------------------
    scope: str = trait("assigned", "who is provisioned: assigned or all", _HOW, "documented")
    actions: tuple[str, ...] = trait(
        ("create", "update", "delete"), "the target object actions that are ticked", _HOW, "documented"
    )
    skip_out_of_scope_deletions: bool = trait(
        False, "leave users alone who go out of scope", "Microsoft: Skip out-of-scope deletions", "documented"
    )
    disable_when_account_disabled: bool = trait(
        True, "accountEnabled false sets IsSoftDeleted", _CUSTOM + "; a live run of 2026 says otherwise", "documented"
    )
    soft_delete_renames: bool = trait(
        True, "a soft delete sends the renamed userPrincipalName with active", "onyx#14074", "captured"
    )
    hard_delete_days: int = trait(30, "days in the recycle bin before a user is deleted for good", _HOW, "documented")
    delete_when_missed: bool = trait(
        True,
        "DELETE a user who was deleted softly and for good between two cycles",
        _HOW + "; azure-docs#30269 saw none",
        "documented",
    )
    accidental_delete_threshold: int = trait(
        0, "deletes and disables per cycle above which they are held back; 0 is off", _DELETES, "documented"
    )
    clear_reference: bool = trait(
        False, "send an empty string when the manager is taken away", "Microsoft's test tools only", "inferred"
    )
    switch_forgets: bool = trait(
        False,
        "a known fault of the service: Switch over an attribute that did not change sees none",
        _EXPRESSIONS,
        "documented",
    )
    late_members: str = trait(
        "restart", "a member provisioned after its membership: added on restart, or retry", _KNOWN, "documented"
    )
    on_demand_members: str = trait(
        "provision",
        "members chosen on demand: provision them first, or resolve only",
        "Microsoft: On-demand provisioning",
        "inferred",
    )
    object_ids: Mapping[str, str] = trait(
        {}, "object ids of persons and teams by key; all others follow from the seed", "", "inferred"
    )


CHOICES: Mapping[str, tuple[str, ...]] = {
    "patch_dialect": ("legacy", "aadOptscim062020"),
    "on_demand_dialect": ("legacy", "aadOptscim062020"),
    "flag_member_add": ("add", "replace"),
    "flag_single_replace": ("bundle", "path"),
    "disable_op": ("Replace", "Add"),
    "group_probe": ("cycle", "test", "off"),
    "manager_as_string": ("resend", "fail"),
    "retry_policy": ("next_cycle_backoff", "doc_6_12_24h"),
    "quarantine_policy": ("half_hour_doubling", "doc_6_12_24h"),
    "on_missing_anchor": ("invalid_anchor", "rematch"),
    "scope": ("assigned", "all"),
    "late_members": ("restart", "retry"),
    "on_demand_members": ("provision", "resolve"),
}


def checked(traits: EntraTraits) -> EntraTraits:
    """The traits themselves; raises `UsageError` when one has a value that it does not know."""
    for name, valid in CHOICES.items():
        if getattr(traits, name) not in valid:
            raise UsageError(
                f'the trait "{name}" has no value "{getattr(traits, name)}"{nearest(str(getattr(traits, name)), valid)}'
            )
    for action in traits.actions:
        if action not in ("create", "update", "delete"):
            raise UsageError(f'"{action}" is no target object action{nearest(action, ("create", "update", "delete"))}')
    return traits


def switches(traits: EntraTraits) -> dict[str, Any]:
    """The traits whose behaviour is inferred, or whose value is not the default, with their values."""
    default = EntraTraits()
    found = {}
    for field in fields(traits):
        value = getattr(traits, field.name)
        if field.metadata["confidence"] == "inferred" or value != getattr(default, field.name):
            found[field.name] = value
    return found
