"""Rippling as a SCIM client: HR data, and a page of ticks that says what the application can do.

Source: set-up guides of service providers; Rippling itself publishes no requests, and no recording is public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scim_sim.flow import Flow
from scim_sim.idp.caller import Refused, said
from scim_sim.idp.dialect import ATTRIBUTES, Dialect
from scim_sim.idp.engine import register, trait
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["Rippling", "RipplingTraits"]

GUIDES = "set-up guides of service providers"
WRITE_UP = "an unrated write-up"
UNSEEN = "no recording is public"


@dataclass(frozen=True, slots=True)
class RipplingTraits(Dialect):
    """The administrator ticks what the application supports; the defaults are an application with every box but PATCH."""

    match: str = trait("lookup", "A person is looked up before the create.", UNSEEN, "inferred")
    external_id: bool = trait(True, "externalId is sent.", GUIDES, "documented")
    update_with: str = trait("put", "Users are changed by `patch` when that box is ticked, else by `put`.", GUIDES, "documented")
    group_with: str = trait("put", "`patch` only with Use PATCH to edit Groups, else `put`.", GUIDES, "documented")
    follow_pages: bool = trait(True, "Supports pagination.", GUIDES, "documented")
    delete_groups: bool = trait(True, "Supports creating and deleting groups.", GUIDES, "documented")
    on_unassign: str = trait("deactivate", "Access ends: `deactivate` or `delete`.", GUIDES, "documented")
    on_deactivate: str = trait("deactivate", "A termination: `deactivate` or `delete`.", GUIDES, "documented")
    retry_statuses: tuple[int, ...] = trait((429, 500, 502, 503, 504), "Failed calls are repeated.", WRITE_UP, "inferred")


@register
class Rippling(Lifecycle):
    """Rippling with a custom SCIM application."""

    name = "rippling"
    title = "Rippling"
    standing = "community"
    traits_type = RipplingTraits
    attributes: ClassVar[Mapping[str, str]] = {**ATTRIBUTES, f"{ENTERPRISE_USER}:employeeNumber": "employee_number"}
    where = "IT > Third Party Access"
    log_file = "rippling-log.jsonl"

    def connect(self) -> Flow[bool]:
        """Read ServiceProviderConfig, as one guide says."""
        try:
            response = yield from self.caller.get("/ServiceProviderConfig", "test connection")
            if response.status != 200 or response.json_object() is None:
                raise Refused("connect", f"ServiceProviderConfig cannot be read: {said(response)}")
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        self.note("connect", "", "done")
        return True
