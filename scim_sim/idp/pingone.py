"""PingOne (and PingFederate's SCIM provisioner) as a SCIM client.

Source: PingOne's and PingFederate's documentation of the SCIM connectors. Request bodies are published nowhere; what is
not stated here is assumed to be as the RFC has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.caller import Refused, said
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import Setting, register, trait
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import Task, UserPush

__all__ = ["PingOne", "PingOneTraits"]

DOCS = "PingOne documentation, SCIM provisioning"
SISTER = "PingFederate documentation of a sister connector"
UNSEEN = "no recording is public"


@dataclass(frozen=True, slots=True)
class PingOneTraits(Dialect):
    """The filter, the removal and what becomes of disabled users are settings of the connection."""

    filter_expression: str = trait('userName eq "%s"', "The lookup; `%s` stands for the user name.", DOCS, "documented")
    update_with: str = trait("put", "Users are changed by `put` or `patch`.", UNSEEN, "inferred")
    on_unassign: str = trait("deactivate", "Remove action: Disable (`deactivate`) or `delete`.", DOCS, "documented")
    on_suspend: str = trait("deactivate", "Disabled in PingOne: Disable.", DOCS, "documented")
    on_deactivate: str = trait("deactivate", "Disabled in PingOne: Disable.", DOCS, "documented")
    on_delete: str = trait("delete", "Remove action when the person is deleted.", DOCS, "documented")
    provision_disabled: bool = trait(False, "Provision disabled users: they get an account that is off.", DOCS, "documented")
    asks_for_nobody: bool = trait(False, "GET /Users/0 before every task, which must be 404.", SISTER, "documented")


class FilteredUsers(UserPush):
    """Accounts that are found by the filter expression of the connection."""

    traits: PingOneTraits

    def lookup(self, person: Person) -> tuple[str, str, str]:
        """The filter, and which attribute must bear which value."""
        value = person.user_name.replace("\\", "\\\\").replace('"', '\\"')
        return self.traits.filter_expression.replace("%s", value), self.traits.match_by, person.user_name


@register
class PingOne(Lifecycle):
    """PingOne with a SCIM connection: accounts of the same userName are linked."""

    name = "pingone"
    title = "PingOne"
    standing = "community"
    traits_type = PingOneTraits
    users_type = FilteredUsers
    where = "Integrations > Provisioning"
    log_file = "pingone-log.jsonl"
    traits: PingOneTraits

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if "%s" not in self.traits.filter_expression:
            raise UsageError('the trait "filter_expression" needs %s where the user name goes')

    def task(self, person: Person) -> Task | None:
        """As ever; where disabled users are provisioned, they are created too."""
        task = super().task(person)
        disabled = person.status in ("suspended", "deactivated") and self.in_scope(person.key)
        new = self.traits.provision_disabled and disabled and self.users.member_id(person.key) is None
        return "create" if task is None and new else task

    def before_task(self, task: str) -> Flow[None]:
        """Where the switch says so, ask for a user that cannot exist."""
        yield from super().before_task(task)
        if self.traits.asks_for_nobody:
            response = yield from self.caller.get("/Users/0", "ask for nobody")
            if response.status != 404:
                raise Refused("2-silly-id", f"GET /Users/0 must be 404; it is {said(response)}")
