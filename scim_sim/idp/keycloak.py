"""Keycloak with the SCIM client add-on sh.libre (mitodl/keycloak-scim): no lookup, a map of ids, full lists of members.

Source: the add-on's code, `src/main/java/sh/libre/scim/core`. Keycloak itself has no SCIM client. Assigning stands for
being in the realm that the add-on follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import action, register, trait
from scim_sim.idp.group_push import GroupPush, PushedGroup
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import Account, UserPush

__all__ = ["Keycloak", "KeycloakTraits"]

CODE = "mitodl/keycloak-scim"


@dataclass(frozen=True, slots=True)
class KeycloakTraits(Dialect):
    """As the code has it; the media type and PUT or PATCH are settings of the add-on."""

    content_type: str = trait("application/scim+json", "The Content-Type; a setting.", CODE, "captured")
    match: str = trait("none", "Nothing is looked up; only the add-on's own map of ids counts.", CODE, "captured")
    external_id: bool = trait(True, "externalId is Keycloak's own id.", CODE, "captured")
    update_with: str = trait("put", "Changes by `put`, or by `patch` with the setting patchOp.", CODE, "captured")
    booleans: str = trait("true", "In a PATCH, active is a text.", CODE, "captured")
    put_id: bool = trait(True, "A PUT carries the id.", CODE, "captured")
    on_suspend: str = trait("deactivate", "A disabled user is written with active false.", CODE, "captured")
    on_unassign: str = trait("deactivate", "As a disabled user.", CODE, "inferred")
    group_match: str = trait("create", "Groups are not looked up either.", CODE, "captured")
    group_with: str = trait("put", "Group changes by `put`, or by `patch` with the setting patchOp.", CODE, "captured")
    members: str = trait("full list", "The members are always written as a whole.", CODE, "captured")
    answer_seconds: float = trait(5.0, "Seconds to wait for an answer.", CODE, "captured")
    connection_attempts: int = trait(10, "Attempts in all when no answer comes.", CODE, "captured")


class KeycloakUsers(UserPush):
    """PUT says where the resource is; PATCH knows three attributes."""

    def resource_of(self, person: Person) -> dict[str, Any]:
        """The person, with an e-mail address that has no type."""
        resource = super().resource_of(person)
        return {**resource, "emails": [{"value": person.email, "primary": True}]} if person.email else resource

    def put_body(self, account: Account, resource: dict[str, Any]) -> dict[str, Any]:
        """The resource with id and a relative meta.location."""
        return {**super().put_body(account, resource), "meta": {"location": f"Users/{account.id}"}}

    def user_changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The three attributes are written whether they changed or not."""
        known = {name: after[name] for name in ("active", "userName", "displayName") if name in after}
        return super().user_changes({}, known)

    def patched(self, account: Account, resource: dict[str, Any]) -> dict[str, Any]:
        """An address that changed does not arrive."""
        return {**account.sent, **{name: resource[name] for name in ("userName", "displayName") if name in resource}}


class KeycloakGroups(GroupPush):
    """Members carry a relative $ref; a PATCH replaces members, displayName and externalId in one request."""

    def resource(self, group: PushedGroup, name: str, members: Iterable[str] | None) -> dict[str, Any]:
        """The group; without members it has no such attribute."""
        listed = [{"value": member, "$ref": f"Users/{member}"} for member in members or ()]
        resource = super().resource(group, name, None)
        return {**resource, "members": listed} if listed else resource

    def patches(self, group: PushedGroup, name: str, members: dict[str, None]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """One request for everything."""
        listed = [{"value": member} for member in members]
        filled = {"op": "replace", "path": "members", "value": listed} if listed else {"op": "remove", "path": "members"}
        need = "group-rename" if name != group.name else "members-added" if members.keys() - group.members else "members-removed"
        yield (
            need,
            [
                filled,
                {"op": "replace", "path": "displayName", "value": name},
                {"op": "replace", "path": "externalId", "value": self._new_id(group.key)},
            ],
        )


@register
class Keycloak(Lifecycle):
    """Keycloak with the SCIM client add-on sh.libre."""

    name = "keycloak"
    title = "Keycloak with a SCIM client"
    standing = "community"
    variants: ClassVar[Mapping[str, str]] = {"put": "changes by PUT", "patch": "the setting patchOp: changes by PATCH"}
    default_variants = ("put", "patch")
    variant_traits: ClassVar[Mapping[str, Mapping[str, Any]]] = {"patch": {"update_with": "patch", "group_with": "patch"}}
    traits_type = KeycloakTraits
    attributes: ClassVar[Mapping[str, str]] = {"userName": "user_name", "displayName": "display_name", "emails": "email"}
    users_type = KeycloakUsers
    groups_type = KeycloakGroups
    where = "Keycloak server log"
    connection_test = False
    log_file = "keycloak-log.jsonl"

    @action
    def retry_tasks(self) -> Flow[None]:
        """The periodic refresh: whoever is switched on is written again; a deactivation that was missed is not."""
        for key in self._everybody():
            person = self.directory.people[key]
            if person.active and self.in_scope(key):
                known = self.users.member_id(key) is not None
                yield from self.run_task(person, "update" if known else "create")
        yield from self._sync_groups(list(self.groups.groups), again=True)

    def connect(self) -> Flow[bool]:
        """Nothing is sent: the add-on's form has no test."""
        yield from ()
        return True
