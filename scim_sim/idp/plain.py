"""A client that does what RFC 7643 and RFC 7644 say, to the letter: the reference among the dialects.

It reads discovery and believes it, follows pages, sends versions where they are supported, and takes only the statuses
that the RFC names for a success. `--idp rfc` is something else: the raw suites, without any client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.engine import register, trait
from scim_sim.idp.flows import resource_id, segment
from scim_sim.idp.group_push import GroupPush
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.idp.user_push import UserPush
from scim_sim.scim.equivalence import differences
from scim_sim.wire import Response

__all__ = ["Plain", "PlainTraits"]


@dataclass(frozen=True, slots=True)
class PlainTraits(Dialect):
    """Where the RFC leaves a choice, the one that it describes first or recommends."""

    user_agent: str | None = trait("plain-scim-client", "The User-Agent.", "RFC 9110 section 10.1.5", "documented")
    discovery: str = trait(
        "required", "ServiceProviderConfig, ResourceTypes and Schemas are read.", "RFC 7644 section 4", "documented"
    )
    external_id: bool = trait(True, "externalId is the client's own id.", "RFC 7643 section 3.1", "documented")
    update_with: str = trait("declared", "PATCH where it is supported, else PUT.", "RFC 7644 section 3.5", "documented")
    group_with: str = trait("declared", "PATCH where it is supported, else PUT.", "RFC 7644 section 3.5", "documented")
    follow_pages: bool = trait(True, "All pages of a list are read.", "RFC 7644 section 3.4.2.4", "documented")
    strict_statuses: bool = trait(True, "201 for a create, 200 for a PUT, 204 for a DELETE.", "RFC 7644 section 3", "documented")
    put_id: bool = trait(True, "A PUT carries the id.", "RFC 7644 section 3.5.1", "documented")
    retry_statuses: tuple[int, ...] = trait((429, 503), "Tried again after Retry-After.", "RFC 9110 section 10.2.3", "documented")


class VersionedCaller(Caller):
    """Sends If-Match with the version it knows, where versions are supported (RFC 7644 section 3.14)."""

    def __init__(self, traits: Dialect) -> None:
        super().__init__(traits)
        self._versions: dict[str, str] = {}

    def write(
        self, method: str, path: str, body: Mapping[str, Any], label: str, headers: Iterable[tuple[str, str]] = ()
    ) -> Flow[Response]:
        """As `Caller.write`; after 412 the resource is read and the write repeated once."""
        response = yield from super().write(method, path, body, label, self._if_match(path))
        if response.status == 412:
            yield from self.read(path)
            response = yield from super().write(method, path, body, label, self._if_match(path))
        made = resource_id(response.json_object()) or ""
        self._remember(path if method != "POST" else f"{path}/{segment(made)}", response)
        return response

    def delete(self, path: str, label: str, headers: Iterable[tuple[str, str]] = ()) -> Flow[Response]:
        """As `Caller.delete`; after 412 the resource is read and the deletion repeated once."""
        response = yield from super().delete(path, label, self._if_match(path))
        if response.status == 412:
            yield from self.read(path)
            response = yield from super().delete(path, label, self._if_match(path))
        return response

    def read(self, path: str) -> Flow[Response]:
        """Read one resource and remember its version."""
        response = yield from self.get(path, "read resource")
        self._remember(path, response)
        return response

    def _if_match(self, path: str) -> list[tuple[str, str]]:
        known = self._versions.get(path) if self.supports is not None and self.supports.etag else None
        return [("If-Match", known)] if known else []

    def _remember(self, path: str, response: Response) -> None:
        meta = (response.json_object() or {}).get("meta") if response.ok else None
        version = response.header("etag") or (meta.get("version") if isinstance(meta, Mapping) else None)
        if isinstance(version, str) and version:
            self._versions[path] = version
        else:
            self._versions.pop(path, None)


class PlainUsers(UserPush):
    """Accounts that are found by filter where filters are supported, else by reading all of them."""

    def find_user(self, person: Person) -> Flow[str | None]:
        """By filter, or page by page."""
        if self.caller.supports is not None and self.caller.supports.filter:
            return (yield from super().find_user(person))
        everybody = yield from self.caller.every("/Users", "match", "list users")
        same = [user for user in everybody if str(user.get("userName")).casefold() == person.user_name.casefold()]
        return self.usable_id(same[0]) if same else None


class PlainGroups(GroupPush):
    """Groups that are found by filter where filters are supported, else by reading all of them."""

    def find(self, name: str) -> Flow[str | None]:
        """By filter, or page by page."""
        if self.caller.supports is not None and self.caller.supports.filter:
            return (yield from super().find(name))
        everything = yield from self.caller.every("/Groups", "group-push", "list groups")
        return next((resource_id(group) for group in everything if group.get("displayName") == name), None)


@register
class Plain(Lifecycle):
    """A provisioning client that follows the RFCs to the letter."""

    name = "plain"
    title = "Plain SCIM client"
    standing = "reference"
    traits_type = PlainTraits
    caller_type = VersionedCaller
    users_type = PlainUsers
    groups_type = PlainGroups
    where = "client log"
    log_file = "plain-log.jsonl"
    caller: VersionedCaller

    @property
    def switches(self) -> Mapping[str, Any]:
        """What was overridden: nothing here is inferred."""
        return {name: getattr(self.traits, name) for name in self.setting.traits}

    def connect(self) -> Flow[bool]:
        """Read discovery, then one page of users."""
        try:
            yield from self.discover()
        except Refused as refused:
            self.fail("connect", refused, "")
            return False
        return (yield from super().connect())

    def discover(self) -> Flow[None]:
        """Read ServiceProviderConfig, ResourceTypes and Schemas; users must be among the resource types."""
        yield from super().discover()
        response = yield from self.caller.get("/ResourceTypes", "discover")
        offered = {str(resource.get("endpoint")).strip("/") for resource in self.caller.listed(response, "connect").resources}
        if "Users" not in offered:
            raise Refused("connect", f"no resource type has the endpoint /Users, only {', '.join(sorted(offered)) or 'none'}")
        self.caller.listed((yield from self.caller.get("/Schemas", "discover")), "connect")

    def settle(self) -> Flow[None]:
        """Read every account again, and write those that are not as they were written."""
        for account in list(self.users.accounts.values()):
            if account.id is None or account.gone or account.key in self._failed:
                continue
            try:
                response = yield from self.caller.read(self.users.path(account))
            except Refused as refused:
                self.fail("converges", refused, account.key)
                continue
            held = response.json_object() if response.status == 200 else None
            expected = {**account.sent, "active": account.active}
            if held is None or differences(expected, held, only_expected=True, ignore=("schemas",)):
                account.sent = {}
                yield from self._sync([account.key])
