"""OneLogin as a SCIM client: a body made from the administrator's template, one member a request, and tasks that may wait.

Sources: OneLogin's developer pages and samples for SCIM implementers ("vendor"), one recorded session that users published
(goauthentik/authentik issue 11249, "recording"), and set-up guides of service providers ("guides").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from scim_sim.directory.model import Change, Person
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.caller import Refused
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import Setting, action, register, trait
from scim_sim.idp.flows import equals
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import Task, UserPush
from scim_sim.registry import nearest
from scim_sim.scim.urns import USER
from scim_sim.wire import Headers

__all__ = ["OneLogin", "OneLoginTraits"]

VENDOR: Final = "OneLogin, Define your SCIM implementation"
RECORDING: Final = "goauthentik/authentik issue 11249"
GUIDES: Final = "guides of service providers"
UNSEEN: Final = "never seen"

CORE_TEMPLATE: Final[Mapping[str, Any]] = {
    "schemas": [USER],
    "userName": "{$parameters.scimusername}",
    "name": {"givenName": "{$user.firstname}", "familyName": "{$user.lastname}"},
    "emails": [{"value": "{$user.email}", "primary": True}],
}
ENTERPRISE_TEMPLATE: Final[Mapping[str, Any]] = {
    "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
    "userName": "{$parameters.scimusername}",
    "name": {"familyName": "{$user.lastname}", "givenName": "{$user.firstname}"},
    "emails": [{"value": "{$user.email}", "type": "work", "primary": True}],
}
USER_MACROS: Final = {
    "email": "email", "firstname": "given_name", "lastname": "family_name", "display_name": "display_name",
    "username": "user_name", "title": "title", "department": "department", "phone": "phone", "company": "organization",
}  # fmt: skip
MACRO: Final = re.compile(r"\{\$([a-z_.A-Z0-9]+)\}")


@dataclass(frozen=True, slots=True)
class OneLoginTraits(Dialect):
    """The quirks of the URLs are recorded; what happens when somebody leaves is the administrator's choice."""

    accept: str = trait("", "No Accept header is sent.", RECORDING, "inferred")
    user_agent: str | None = trait("", "The User-Agent is empty.", RECORDING, "captured")
    content_type: str = trait("application/scim+json", "The Content-Type, without a charset.", RECORDING, "captured")
    plus_for_space: bool = trait(True, "Blanks of a filter are sent as `+`.", RECORDING, "captured")
    dangling: bool = trait(True, "A query ends in `&`, a URL without one in `?`.", RECORDING, "captured")
    create_active: bool = trait(False, "The usual templates have no active, so a create carries none.", VENDOR, "documented")
    update_with: str = trait("put", "Users are changed by PUT, never by PATCH.", VENDOR, "documented")
    emails: str = trait("list", "emails is a `list`; an `object` was seen too.", "two Django SCIM servers", "captured")
    on_suspend: str = trait("deactivate", "Suspended in OneLogin: Suspend (`deactivate`) or Do `nothing`.", VENDOR, "documented")
    on_unassign: str = trait(
        "deactivate", "Access removed: `delete`, Suspend (`deactivate`) or Do `nothing`.", VENDOR, "documented"
    )
    on_deactivate: str = trait("deactivate", "Switched off: as access removed.", UNSEEN, "inferred")
    on_delete: str = trait(
        "deactivate", "Deleted in OneLogin: `delete`, Suspend (`deactivate`) or Do `nothing`.", VENDOR, "documented"
    )
    group_match: str = trait("list", "Groups are read all together (Refresh entitlements), without pages.", RECORDING, "captured")
    members_on_create: bool = trait(False, "A new group is made with its displayName alone.", UNSEEN, "inferred")
    members: str = trait("request", "One PATCH for each user and group.", VENDOR, "documented")
    remove_by: str = trait("filter", "How a member leaves: by a `filter` in the path or a `value` list.", UNSEEN, "inferred")
    rename_groups: bool = trait(False, "A new name of a role is not sent.", UNSEEN, "inferred")
    delete_groups: bool = trait(False, "Groups are never deleted.", GUIDES, "documented")
    custom_headers: Mapping[str, str] = trait(
        {}, "Custom Headers: further headers, or other values of usual ones.", VENDOR, "documented"
    )
    approve_create: bool = trait(False, "Creates wait for an administrator's approval.", VENDOR, "documented")
    approve_update: bool = trait(False, "Updates wait for an administrator's approval.", VENDOR, "documented")
    approve_delete: bool = trait(False, "Deletions and suspensions wait for approval.", VENDOR, "documented")

    def headers(self, *, body: bool) -> Headers:
        """The usual headers, with the administrator's own in their place or behind them."""
        usual = Dialect.headers(self, body=body)
        own = {name.lower(): (name, str(value)) for name, value in self.custom_headers.items()}
        kept = tuple(own.pop(name.lower(), (name, value)) for name, value in usual)
        return kept + tuple(pair for name, pair in own.items() if body or name != "content-type")


class TemplateUsers(UserPush):
    """Accounts whose body is the template with its macros filled in: every macro becomes text, an empty one if need be."""

    def resource_of(self, person: Person) -> dict[str, Any]:
        """The template filled in for the person."""
        text = MACRO.sub(lambda found: json.dumps(self.macro(found[1], person), ensure_ascii=False)[1:-1], self.rows["template"])
        resource: dict[str, Any] = json.loads(text)
        emails = resource.get("emails")
        if self.traits.emails == "object" and isinstance(emails, list) and emails:
            resource["emails"] = emails[0]
        return resource

    def macro(self, name: str, person: Person) -> str:
        """The text that stands for a macro; raises `UsageError` for an unknown one."""
        place, _, rest = name.partition(".")
        if name == "parameters.external_manager_id":
            return self.member_id(person.manager) or ""
        if place == "parameters" and name in self.rows:
            return str(getattr(person, self.rows[name]))
        if place == "user" and rest.startswith("custom_fields."):
            return person.custom.get(rest.removeprefix("custom_fields."), "")
        if place == "user" and rest == "active":
            return "true" if person.active else "false"
        if place == "user" and rest in USER_MACROS:
            return str(getattr(person, USER_MACROS[rest]))
        known = [row for row in self.rows if row != "template"] + [f"user.{macro}" for macro in USER_MACROS]
        raise UsageError(f"the template uses {{${name}}}, which OneLogin does not know{nearest(name, known)}")


@register
class OneLogin(Lifecycle):
    """OneLogin with a SCIM Provisioner (v2) application.

    `mapping` may hold `template`, the SCIM JSON Template (text or structure), and `parameters`, further connector
    parameters and the attributes of a person they take, such as `{scimusername: email}`.
    """

    name = "onelogin"
    title = "OneLogin"
    standing = "community"
    variants: ClassVar[Mapping[str, str]] = {
        "core": "SCIM Provisioner with SAML (SCIM v2 Core), standard schemas in the template",
        "enterprise": "SCIM v2 Enterprise as recorded: pre-standard schemas in the template",
    }
    traits_type = OneLoginTraits
    users_type = TemplateUsers
    where = "Users > Provisioning tasks"
    log_file = "onelogin-tasks.jsonl"
    traits: OneLoginTraits

    def mapped(self, mapping: Mapping[str, Any]) -> dict[str, str]:
        """The template as text, and the connector parameters; raises `UsageError` when it is no JSON object."""
        usual = ENTERPRISE_TEMPLATE if self.setting.variant == "enterprise" else CORE_TEMPLATE
        template = mapping.get("template", usual)
        text = template if isinstance(template, str) else json.dumps(template, ensure_ascii=False)
        try:
            filled = json.loads(MACRO.sub("0", text))
        except ValueError as error:
            raise UsageError(f"the SCIM JSON template is no JSON: {error}") from None
        if not isinstance(filled, dict):
            raise UsageError("the SCIM JSON template is no JSON object")
        unknown = set(mapping) - {"template", "parameters"}
        if unknown:
            raise UsageError(f"the mapping of OneLogin takes template and parameters, not {', '.join(sorted(unknown))}")
        parameters = {"scimusername": "user_name", **mapping.get("parameters", {})}
        known = Person.attribute_names()
        for parameter, attribute in parameters.items():
            if attribute not in known:
                raise UsageError(
                    f'the parameter {parameter} names "{attribute}", which a person has not{nearest(attribute, known)}'
                )
        return {"template": text, **{f"parameters.{name}": attribute for name, attribute in parameters.items()}}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.pending: dict[str, Task] = {}
        self.rejected: dict[str, Task] = {}
        self._approved = False

    # -- what an administrator does ---------------------------------------------------------------------------------

    def connect(self) -> Flow[bool]:
        """API status "Enable": look for a user that cannot exist; an empty list and 404 both pass."""
        nobody = f"probe.{self.setting.mark.text.partition('-')[2].replace('-', '')}"
        try:
            response = yield from self.caller.get("/Users", "test connection", ("filter", equals("userName", nobody)))
            if response.status != 404 and self.caller.listed(response, "connect").resources:
                raise Refused("connect", f'the lookup of the user "{nobody}", whom nobody has, finds somebody')
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        self.note("connect", "", "done")
        return True

    @action
    def refresh_entitlements(self) -> Flow[None]:
        """Read the groups of the application, so that rules can name them."""
        try:
            groups = yield from self.caller.every("/Groups", "group-push", "refresh entitlements")
        except Refused as refused:
            self.fail("refresh entitlements", refused, "")
        else:
            self.note("refresh entitlements", f"{len(groups)} groups", "done")

    @action
    def approve(self, person: str = "") -> Flow[None]:
        """Approve the pending tasks of a person, or all."""
        self._approved = True
        try:
            yield from self._sync(self._take_pending(person), again=True)
        finally:
            self._approved = False

    @action
    def reject(self, person: str = "") -> Flow[None]:
        """Reject the pending tasks of a person, or all; nothing is sent until the person changes again."""
        for key in list(self.pending) if not person else [person]:
            if key in self.pending:
                self.rejected[key] = self.pending.pop(key)
                self.note(self.rejected[key], self.directory.person(key).user_name, "rejected")
        yield from ()

    def _take_pending(self, person: str) -> list[str]:
        keys = [self.directory.person(person).key] if person else list(self.pending)
        return [key for key in keys if self.pending.pop(key, None)]

    # -- tasks --------------------------------------------------------------------------------------------------------

    def notice(self, change: Change) -> Flow[None]:
        """A change is sent as it happens, or waits for approval."""
        self.rejected.pop(change.subject, None)
        yield from super().notice(change)

    def run_task(self, person: Person, task: Task) -> Flow[bool]:
        """Do the task, or let it wait for approval."""
        traits = self.traits
        waits = {"create": traits.approve_create, "update": traits.approve_update, "reactivate": traits.approve_update}
        if waits.get(task, traits.approve_delete) and not self._approved:
            if self.rejected.get(person.key) != task and self.pending.get(person.key) != task:
                self.pending[person.key] = task
                self.note(task, person.user_name, "pending")
            return False
        return (yield from super().run_task(person, task))

    def note(self, task: str, subject: str, state: str, message: str = "") -> None:
        """Write a task with the state that the administrator sees."""
        shown = {"done": "Provisioned", "failed": "Failed", "pending": "Pending", "rejected": "Rejected"}
        super().note(task, subject, shown.get(state, state), message)
