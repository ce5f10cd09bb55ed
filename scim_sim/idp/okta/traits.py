"""Every switch of Okta's client: what it is set to, who says so, and how sure that is.

Sources: REF20 is the API reference "Okta and SCIM Version 2.0", REQ "SCIM integration concepts and requirements", CON the
SCIM concept page, OINW the OIN Wizard's "SCIM properties", HGP the Group Push pages of help.okta.com, EVT the catalogue of
System Log events, all at developer.okta.com or help.okta.com. "recordings" are request logs that users of Okta published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from scim_sim.idp.engine import override, trait

__all__ = ["VARIANTS", "VARIANT_TRAITS", "OktaTraits", "notable", "traits_of"]

VARIANTS: Final[Mapping[str, str]] = {
    "aiw": "an app built in the App Integration Wizard: every change is GET + PUT",
    "oin": "a catalogue app or SCIM 2.0 Test App: profiles by GET + PUT, status and groups by PATCH",
}

VARIANT_TRAITS: Final[Mapping[str, Mapping[str, Any]]] = {
    "aiw": {"status_with": "put", "password_with": "put", "groups_with": "put", "import_groups": False},
    "oin": {"status_with": "patch", "password_with": "patch", "groups_with": "patch", "import_groups": True},
}


@dataclass(frozen=True, slots=True)
class OktaTraits:
    """One integration's settings; the variants differ in the first five."""

    # -- verbs
    status_with: str = trait(
        "put", "Activate and deactivate by `put` (GET + PUT) or `patch`.", "REF20; REQ; recordings", "documented"
    )
    profile_with: str = trait(
        "put", "Profile updates by `put` (GET + PUT) or `patch`.", "REF20; recordings of both profiles", "captured"
    )
    password_with: str = trait("put", "Password sync by `put` or `patch`; the bodies are inferred.", "REF20 (method)", "inferred")
    groups_with: str = trait("put", "Group changes by `put` or `patch`.", "REF20; recordings", "documented")
    import_groups: bool = trait(
        False, "Import Groups: /Groups is read on save, and looked up in that cache later.", "recordings", "captured"
    )

    # -- the To App page
    create: bool = trait(True, "Create Users; off in a new app until the administrator ticks it.", "To App page", "documented")
    update: bool = trait(True, "Update User Attributes.", "To App page", "documented")
    deactivate: bool = trait(True, "Deactivate Users; off sends nothing on unassign.", "To App page", "documented")
    sync_password: bool = trait(False, "Sync Password: passwords set in Okta are pushed.", "To App page", "documented")
    exclude_username_updates: bool = trait(False, "Changes of the userName are not pushed.", "To App page", "documented")
    rename_groups: bool = trait(True, "Rename app groups to match the group name in Okta.", "HGP", "documented")

    # -- mapping
    unique_identifier: str = trait(
        "userName", "Unique identifier field for users: the attribute of the lookup.", "AIW settings", "documented"
    )
    username_format: str = trait(
        "user_name", "The person's attribute that becomes the app username.", "Sign On page", "documented"
    )
    optional_rows: tuple[str, ...] = trait(
        (), "Rows only some templates have: `secondEmail`, `mobilePhone`.", "vendor guides", "captured"
    )
    create_only: tuple[str, ...] = trait((), "App variables whose row applies on create only.", "mapping page", "captured")
    emptied_as: str = trait(
        "empty", "An attribute that lost its value: `empty` string, `null`, or `omit`.", "SimpleIdServer #295", "inferred"
    )
    username_change_alone: bool = trait(
        True, "A change of the userName is pushed before what changed with it.", "recordings", "inferred"
    )
    urn_on_put: bool = trait(True, "A PUT that adds an extension object adds its URN to schemas.", "as on POST", "inferred")
    manager_value: str = trait("id", "manager.value: the manager's resource `id`, or `user_name`.", "mapping page", "inferred")

    # -- assigning
    activates: str = trait(
        "found", "The activation step follows the account `found` inactive, or what Okta `remembers`.", "recordings", "inferred"
    )
    link_activates: bool = trait(
        False, "Linking an account that is active sends the activation step too.", "no recording shows it", "inferred"
    )
    conflict_repush_minutes: int = trait(
        0, "A create refused with 409 is sent again after so many minutes; 0 for never.", "lightdash #22402", "inferred"
    )
    workers: int = trait(
        10, "Users of one assignment that are provisioned side by side.", "recordings: three creates in 64 ms", "inferred"
    )
    granular_delete: bool = trait(
        False, "Granular deprovisioning: unassigned users are deleted.", "EVT, release 2026.07.3", "inferred"
    )

    # -- group push
    member_batch: int = trait(0, "Members per PATCH; 0 for all in one.", "okta-developer-docs PR #2105", "inferred")
    create_groups: bool = trait(
        True, "Groups are created; off, a push only links to what the app has.", "Collate's Okta guide", "documented"
    )
    rule_letter_case: bool = trait(
        True, "Letter case counts in the names that a push rule looks for.", "as in group rule expressions", "inferred"
    )
    missing_display: str = trait(
        "null", "A member read without display is written back with `null`, or `omit`.", "scimgateway #95", "captured"
    )
    delete_with_source: bool = trait(
        True, "Deleting a pushed group in Okta deletes it in the app.", "no source says so", "inferred"
    )
    group_retry_minutes: int = trait(
        10, "A group push that failed with 5xx is retried after so many minutes; 0 for never.", "EVT", "inferred"
    )
    group_retries: int = trait(3, "How often such a push is retried.", "EVT", "inferred")

    # -- time
    schedule_minutes: int = trait(
        0, "0 pushes at once; else changes wait for the next tick.", "Collate's Okta guide", "documented"
    )
    answer_seconds: int = trait(60, "Seconds without an answer after which the job fails.", "REQ", "documented")
    rate_limit_attempts: int = trait(10, "Requests in all before a 429 is final.", "CON", "documented")
    rate_limit_seconds: int = trait(
        300, "The wait after a 429 without a usable Retry-After; each further wait doubles.", "CON", "documented"
    )
    rate_limit_pauses: str = trait(
        "task", "A 429 pauses the `task`, or the whole `application`.", "CON speaks of the task", "inferred"
    )
    rate_limit_restarts: bool = trait(False, "A later Retry-After replaces the doubled wait.", "not stated", "inferred")

    user_retry_minutes: int = trait(
        0, "A user job that failed with 5xx or without answer runs again; 0 for never.", "none seen", "inferred"
    )

    # -- import
    import_every_minutes: int = trait(0, "Scheduled import; 0 for by hand only.", "To Okta page", "documented")
    import_page: int = trait(100, "Resources per page of an import.", "REF20; recordings", "documented")
    import_steps_by: str = trait(
        "count", "The next page starts after the `count` asked for, or the `items` received.", "REF20; recordings", "documented"
    )
    import_match: tuple[str, ...] = trait(
        ("userName",), "Attributes that must all be equal: `userName`, `email`.", "To Okta page", "documented"
    )
    import_partial_match: bool = trait(False, "First and last name equal is a partial match.", "To Okta page", "documented")
    import_confirms: bool = trait(False, "Exact matches are confirmed by themselves.", "To Okta page", "documented")
    import_safeguard_percent: int = trait(20, "An import that would unassign more is stopped.", "To Okta page", "documented")


def traits_of(variant: str, values: Mapping[str, Any]) -> OktaTraits:
    """The traits of the variant with these values in their place; raises `UsageError` for an unknown name or kind."""
    return override(OktaTraits(**VARIANT_TRAITS[variant]), values)


def notable(traits: OktaTraits, variant: str) -> dict[str, Any]:
    """What a report must name: every inferred switch, and every value that is not the variant's default."""
    usual = OktaTraits(**VARIANT_TRAITS[variant])
    return {
        field.name: getattr(traits, field.name)
        for field in fields(traits)
        if field.metadata["confidence"] == "inferred" or getattr(traits, field.name) != getattr(usual, field.name)
    }
