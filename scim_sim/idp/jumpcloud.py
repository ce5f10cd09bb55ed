"""JumpCloud as a SCIM client: users and bound groups of an SSO application.

Sources: JumpCloud's help pages about custom SCIM (group management), and third parties' set-up guides. Nobody has published
a recording; what is not stated here is assumed to be as the RFC has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.caller import Refused
from scim_sim.idp.dialect import Dialect, group_resource
from scim_sim.idp.engine import register, trait
from scim_sim.idp.flows import resource_id, segment
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import Task
from scim_sim.scim.urns import USER

__all__ = ["JumpCloud", "JumpCloudTraits"]

HELP = "JumpCloud help, custom SCIM identity management"
GUIDES = "third parties' set-up guides"
UNSEEN = "no recording is public"


@dataclass(frozen=True, slots=True)
class JumpCloudTraits(Dialect):
    """Groups that are bound to the application follow every change; users are written only while they are in one."""

    update_with: str = trait("put", "Users are changed by PUT.", UNSEEN, "inferred")
    on_unassign: str = trait("deactivate", "Whoever is in no bound group any more is switched off.", HELP, "documented")
    push_assigned: bool = trait(True, "A bound group is kept equal in the application.", HELP, "documented")
    empty_groups: bool = trait(False, "A group without members is not made.", HELP, "documented")
    rename_groups: bool = trait(True, "A new name is sent.", HELP, "documented")
    delete_groups: bool = trait(True, "A deleted group is deleted in the application; an unbound one stays.", HELP, "documented")
    members: str = trait("list", "Members are PATCHed as a value list.", GUIDES, "documented")
    remove_by: str = trait("value", "Members leave as a value list, without a filter in the path.", GUIDES, "documented")
    bound_only: bool = trait(True, "Changes are sent only of people who are in a bound group.", GUIDES, "documented")
    test_writes: bool = trait(False, "The connection test makes and removes a user and a group.", UNSEEN, "inferred")


@register
class JumpCloud(Lifecycle):
    """JumpCloud, custom SCIM: bound groups take over groups of the same name, and their members get accounts."""

    name = "jumpcloud"
    title = "JumpCloud"
    standing = "community"
    traits_type = JumpCloudTraits
    where = "SSO application > Identity Management"
    log_file = "jumpcloud-log.jsonl"
    traits: JumpCloudTraits

    def task(self, person: Person) -> Task | None:
        """As ever; a change of somebody who is in no bound group is not sent."""
        task = super().task(person)
        bound = any(team.key in self.assigned_teams for team in self.directory.teams_of(person.key))
        return None if task == "update" and self.traits.bound_only and not bound else task

    def connect(self) -> Flow[bool]:
        """Read users; where the switch says so, also make and remove a user and a group."""
        passed = yield from super().connect()
        if not passed or not self.traits.test_writes:
            return passed
        mark = self.setting.mark
        user = {"schemas": [USER], "userName": mark.user_name("test", "example.com")}
        try:
            yield from self._make_and_remove("/Users", user)
            if self.setting.groups:
                yield from self._make_and_remove("/Groups", group_resource(mark.name("Test"), None))
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        return True

    def _make_and_remove(self, endpoint: str, body: Mapping[str, Any]) -> Flow[None]:
        response = yield from self.caller.write("POST", endpoint, body, "test connection")
        self.caller.require(response, "connect", (201,))
        made = resource_id(response.json_object())
        if made is None:
            raise Refused("connect", f"the answer to the create ({response.status}) holds no id")
        response = yield from self.caller.delete(f"{endpoint}/{segment(made)}", "test connection")
        self.caller.require(response, "connect", (204,))
