"""Google Workspace: without provisioning (`google-jit`), and with automatic provisioning of catalogue apps (`google`).

Sources: Google Workspace Admin Help (automated user provisioning; "HELP"), traffic that users of one library recorded
(RIPAGlobal/scimitar issue 142), and set-up guides of service providers. How Google looks people up and what its bodies
hold is published nowhere; those traits are inferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scim_sim.clock import iso
from scim_sim.directory.model import Change
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused, said
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import Engine, Setting, action, override, register, trait
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.wire import Response

__all__ = ["Google", "GoogleJit", "GoogleTraits", "JitTraits"]

HELP = "Google Workspace Admin Help, automated user provisioning"
SAML = "Google Workspace Admin Help, SAML apps"
RECORDING = "RIPAGlobal/scimitar issue 142"
GUIDES = "guides of service providers"
UNSEEN = "published nowhere"


@dataclass(frozen=True, slots=True)
class GoogleTraits(Dialect):
    """The headers are recorded, the delays documented; look-up, verbs and bodies are assumed."""

    accept: str = trait("", "No Accept header is sent.", RECORDING, "inferred")
    user_agent: str | None = trait("Google-Auto-Provisioning", "The User-Agent.", RECORDING, "captured")
    content_type: str = trait("application/json", "The Content-Type; it cannot be changed.", RECORDING, "captured")
    content_type_always: bool = trait(True, "Content-Type is sent with a GET too.", RECORDING, "captured")
    match: str = trait("lookup", "People are looked up before they are created.", UNSEEN, "inferred")
    match_by: str = trait("userName", "The lookup is by `userName` or by `emails.value`.", UNSEEN, "inferred")
    update_with: str = trait("put", "Users are changed by `put` or `patch`.", UNSEEN, "inferred")
    deactivate_with: str = trait("", "Suspending by another verb; empty for the same.", UNSEEN, "inferred")
    groups: bool = trait(False, "Groups limit who is provisioned; they are not pushed.", HELP, "inferred")
    on_unassign: str = trait("deactivate", "App turned off for the user: suspend (`deactivate`) or `delete`.", HELP, "documented")
    on_suspend: str = trait("deactivate", "User suspended: suspend (`deactivate`) or `delete`.", HELP, "documented")
    on_deactivate: str = trait("deactivate", "Switched off counts as suspended.", UNSEEN, "inferred")
    on_delete: str = trait("delete", "User deleted: suspend (`deactivate`) or `delete`.", HELP, "documented")
    leave_after_hours: float = trait(24.0, "The respite before that: within 24 hours, or 168 or 720.", HELP, "documented")
    cycle_hours: float = trait(3.0, "Users are synchronised every few hours.", HELP, "inferred")


class JsonCaller(Caller):
    """Names the media type where a target does not take the only one that Google sends."""

    def require(self, response: Response, need: str, statuses: Iterable[int]) -> None:
        """As `Caller.require`; 406 and 415 are about the media type."""
        if response.status in (406, 415):
            raise Refused("2-json-media-type", f"{said(response)}; application/json is all that is sent")
        super().require(response, need, statuses)


@register
class Google(Lifecycle):
    """Google Workspace, automatic provisioning: for catalogue apps only, users only, suspension after a respite."""

    name = "google"
    title = "Google Workspace"
    standing = "community"
    traits_type = GoogleTraits
    caller_type = JsonCaller
    where = "Apps > Web and mobile apps > Autoprovisioning"
    log_file = "google-log.jsonl"


@dataclass(frozen=True, slots=True)
class JitTraits:
    """What is known of an application whose accounts appear at the first sign-in."""

    scim_on: bool = trait(
        False,
        "SCIM is switched on in the application, which then makes no account at sign-in.",
        "Metabase documentation",
        "documented",
    )


@register
class GoogleJit(Engine):
    """Google Workspace with SAML just-in-time creation: it sends no SCIM request, whatever happens in the directory."""

    name = "google-jit"
    title = "Google Workspace without provisioning"
    standing = "community"
    traits_type = JitTraits
    connection_test = False
    silent = "No provisioning, by design: accounts appear at the first sign-in, and leaving the directory ends none of them."
    log_file = "google-jit-log.jsonl"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.traits = override(JitTraits(), setting.traits)
        self.assigned: dict[str, None] = {}
        self.assigned_teams: dict[str, None] = {}
        self.signed_in: dict[str, None] = {}
        self.left_active: dict[str, None] = {}

    @property
    def switches(self) -> Mapping[str, Any]:
        """What was overridden."""
        return {name: getattr(self.traits, name) for name in self.setting.traits}

    def connect(self) -> Flow[bool]:
        """There is nothing to test: no connection exists."""
        self._note("connect", "", "no provisioning by design")
        yield from ()
        return True

    @action
    def assign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Turn the application on for persons or a group: they may sign in, and nothing is sent."""
        self.assigned.update(dict.fromkeys(self._named(person, group)))
        if group:
            self.assigned_teams[group] = None
        yield from ()

    @action
    def unassign(self, person: str | list[str] = "", group: str = "") -> Flow[None]:
        """Turn the application off for persons or a group: they cannot sign in, and nothing is sent."""
        people = self._named(person, group) or list(self.directory.team(group).members)
        for key in people:
            self.assigned.pop(key, None)
        self.assigned_teams.pop(group, None)
        for key in people:
            if not self._may_sign_in(key):
                self._left(key)
        yield from ()

    @action
    def sign_in(self, person: str) -> Flow[None]:
        """The person signs in for the first time, and the application makes the account by itself."""
        if not self._may_sign_in(self.directory.person(person).key):
            raise UsageError(f'"{person}" has no access to the application and cannot sign in')
        if self.traits.scim_on:
            message = (
                "no account appears at sign-in: SCIM is switched on, and with it the application makes no accounts from SAML"
            )
            self.complain("google-jit-scim-off", person, message, "sign-in of the application")
        else:
            self.signed_in[person] = None
            self.left_active.pop(person, None)
        yield from ()

    @action
    def push_group(self, group: str) -> Flow[None]:
        """Nothing: groups are not sent."""
        self._note("push group", self.directory.team(group).display_name, "no provisioning by design")
        yield from ()

    def notice(self, change: Change) -> Flow[None]:
        """Nothing is sent; whoever leaves keeps the account that a sign-in made."""
        for key in (change.subject, *change.members):
            if key in self.directory.people and not self._may_sign_in(key):
                self._left(key)
        yield from ()

    def _left(self, key: str) -> None:
        if key in self.signed_in and key not in self.left_active:
            self.left_active[key] = None
            name = self.directory.person(key).user_name
            message = f"the account of {name} stays active: it was made at a sign-in, and no SCIM request will ever end it"
            self.complain("google-jit-offboarding-gap", key, message, "nothing is shown")
            self._note("leave", name, "account stays active")

    def _may_sign_in(self, key: str) -> bool:
        assigned = key in self.assigned or any(team.key in self.assigned_teams for team in self.directory.teams_of(key))
        return assigned and self.directory.person(key).active

    def _named(self, person: str | list[str], group: str) -> list[str]:
        people = [person] if isinstance(person, str) else person
        keys = [self.directory.person(key).key for key in people if key]
        if bool(keys) == bool(group):
            raise UsageError("name a person or a group, one of the two")
        if group:
            self.directory.team(group)
        return keys

    def _note(self, task: str, subject: str, state: str) -> None:
        self._log.append({"time": iso(self.clock.now()), "task": task, "subject": subject, "state": state})
