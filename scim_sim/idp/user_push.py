"""Write the accounts of people in an application: find, create, change, switch off and on, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.caller import Caller, Refused, said
from scim_sim.idp.dialect import patch_op, user_operations, user_resource
from scim_sim.idp.engine import ExpectedUser
from scim_sim.idp.flows import equals, resource_id, segment

__all__ = ["Account", "Task", "UserPush"]

Task = Literal["create", "update", "deactivate", "reactivate", "delete"]


@dataclass(slots=True)
class Account:
    """What the IdP remembers of a person: the id of the account, what was written last, and whether it is on or gone."""

    key: str
    id: str | None = None
    user_name: str = ""
    sent: dict[str, Any] = field(default_factory=dict)
    active: bool = False
    gone: bool = False
    let_go: bool = False
    leaves_at: float | None = None


class UserPush:
    """The accounts of one connection, by key of the person.

    `rows` says which attribute of a person becomes which of SCIM; `new_id` gives the IdP's own id of a person. Every task
    raises `Refused` when it does not succeed, and leaves the account as it was remembered.
    """

    def __init__(self, caller: Caller, rows: Mapping[str, str], new_id: Callable[[str], str]) -> None:
        self.caller = caller
        self.traits = caller.traits
        self.rows = rows
        self.accounts: dict[str, Account] = {}
        self._new_id = new_id

    def do(self, task: Task, person: Person) -> Flow[None]:
        """Do the task for the person."""
        account = self.accounts.setdefault(person.key, Account(person.key, user_name=person.user_name))
        account.leaves_at = None
        tasks = {
            "create": self.join,
            "update": self.update,
            "deactivate": self.deactivate,
            "reactivate": self.reactivate,
            "delete": self.leave,
        }
        yield from tasks[task](account, person)

    def path(self, account: Account) -> str:
        """The path of the account."""
        return f"/Users/{segment(str(account.id))}"

    def member_id(self, key: str) -> str | None:
        """The id by which a person can be a member of a group; `None` without an account."""
        account = self.accounts.get(key)
        return account.id if account is not None and not account.gone else None

    def expected(self) -> tuple[ExpectedUser, ...]:
        """Everybody whose account was written; whoever was let go on purpose is left out."""
        return tuple(
            ExpectedUser(a.key, a.user_name, a.id, a.active, {n: v for n, v in a.sent.items() if n != "schemas"}, absent=a.gone)
            for a in self.accounts.values()
            if a.id is not None and (a.sent or a.gone) and not a.let_go
        )

    def join(self, account: Account, person: Person) -> Flow[None]:
        """Find the account and link it, or create one."""
        if self.traits.match == "lookup":
            found = yield from self.find_user(person)
            if found is not None:
                yield from self.link(account, person, found)
                return
        yield from self.create(account, person)

    def create(self, account: Account, person: Person) -> Flow[None]:
        """Create the account; where the traits say so, one that is there already is linked after a 409."""
        resource = self.resource_of(person)
        body = {**resource, "active": person.active} if self.traits.create_active else resource
        response = yield from self.caller.write("POST", "/Users", body, "create user")
        if response.status == 409 and self.traits.on_conflict == "look up":
            found = yield from self.find_user(person)
            if found is None:
                raise Refused("create", f"{said(response)}; but the lookup finds no such account")
            yield from self.link(account, person, found)
            return
        self.caller.require(response, "create", (201,))
        made = resource_id(response.json_object())
        if made is None:
            raise Refused("create", f"the answer to the create ({response.status}) holds no id")
        account.id, account.gone = made, False
        self._wrote(account, person, resource, active=person.active)

    def link(self, account: Account, person: Person, found: str) -> Flow[None]:
        """Take over an account that is there already: it is to be on, and is brought up to date."""
        account.id, account.gone, account.active, account.sent = found, False, True, {}
        account.user_name = person.user_name
        yield from self.update(account, person)

    def update(self, account: Account, person: Person) -> Flow[None]:
        """Write the person's attributes, and that the account is on."""
        yield from self.write_user(account, person, "update", active=True)

    def reactivate(self, account: Account, person: Person) -> Flow[None]:
        """Switch the account on again."""
        yield from self.write_user(account, person, "reactivate", active=True)

    def deactivate(self, account: Account, person: Person) -> Flow[None]:
        """Switch the account off."""
        yield from self.write_user(account, person, "deactivate", active=False)

    def leave(self, account: Account, person: Person) -> Flow[None]:
        """Delete the account; one that is gone already is as good as deleted."""
        response = yield from self.caller.delete(self.path(account), "delete user")
        if response.status != 404:
            self.caller.require(response, "delete", (204,))
        account.gone, account.active = True, False

    def write_user(self, account: Account, person: Person, need: Task, *, active: bool) -> Flow[None]:
        """PUT or PATCH the account so that it equals the person and is on or off."""
        resource = self.resource_of(person)
        usual = self.traits.update_with
        verb = self.caller.verb(usual if need == "update" else self.traits.deactivate_with or usual)
        if verb == "put":
            body = self.put_body(account, {**resource, "active": active})
            response = yield from self.caller.write("PUT", self.path(account), body, f"{need} user")
        else:
            before = {**account.sent, "active": account.active} if account.sent else {}
            after = {**(resource if need == "update" or active else account.sent), "active": active}
            operations = self.user_changes(before, after)
            resource = self.patched(account, {name: value for name, value in after.items() if name != "active"})
            if not operations:
                self._wrote(account, person, resource, active=active)
                return
            response = yield from self.caller.write("PATCH", self.path(account), patch_op(operations), f"{need} user")
        if response.status == 404 and self.traits.on_missing == "create again":
            account.id = None
            if active:
                yield from self.create(account, person)
            return
        self.caller.require(response, need, (200,) if verb == "put" else (200, 204))
        self._wrote(account, person, resource, active=active)

    def put_body(self, account: Account, resource: dict[str, Any]) -> dict[str, Any]:
        """The body of a PUT."""
        return {**resource, "id": account.id} if self.traits.put_id else resource

    def patched(self, account: Account, resource: dict[str, Any]) -> dict[str, Any]:
        """What the account holds after a PATCH that was to lead to this resource."""
        return resource

    def user_changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The operations of a PATCH of a user."""
        return user_operations(before, after, self.traits)

    def find_user(self, person: Person) -> Flow[str | None]:
        """The id of the account that bears the person's name; raises `Refused` when the answer cannot be used."""
        text, attribute, value = self.lookup(person)
        pairs: list[tuple[str, str | int]] = [("filter", text)]
        if self.traits.count:
            pairs.append(("count", self.traits.count))
        response = yield from self.caller.get("/Users", "match user", *pairs)
        if response.status == 404:
            return None
        return self.match(self.caller.listed(response, "match").resources, attribute, value)

    def lookup(self, person: Person) -> tuple[str, str, str]:
        """The filter of the lookup, and which attribute of the account must bear which value."""
        attribute = self.traits.match_by
        value = person.email if attribute.startswith("emails") else person.user_name
        return equals(attribute, value) if self.traits.quotes else f"{attribute} eq {value}", attribute, value

    def match(self, resources: Iterable[Mapping[str, Any]], attribute: str, value: str) -> str | None:
        """The id of the first resource with that value; raises `Refused` when only others are listed."""
        strangers = 0
        for resource in resources:
            found = _value(resource, attribute)
            if isinstance(found, str) and found.casefold() == value.casefold():
                return self.usable_id(resource)
            strangers += 1
        if strangers:
            raise Refused("match", f'the lookup of {attribute} "{value}" is answered with {strangers} others, none of that name')
        return None

    def usable_id(self, resource: Mapping[str, Any]) -> str:
        """The id of a listed resource; raises `Refused` when there is none."""
        found = resource_id(resource)
        if found is None:
            raise Refused("match", "the resource that was found has no id")
        return found

    def resource_of(self, person: Person) -> dict[str, Any]:
        """The person as this IdP writes them, without id and active."""
        external = self._new_id(person.key) if self.traits.external_id else ""
        return user_resource(person, self.rows, self.traits, external)

    def _wrote(self, account: Account, person: Person, resource: dict[str, Any], *, active: bool) -> None:
        account.sent, account.active, account.user_name = resource, active, person.user_name


def _value(resource: Mapping[str, Any], attribute: str) -> Any:
    """The value that a lookup by this attribute compares; names of attributes compare without case."""
    value: Any = {name.lower(): item for name, item in resource.items()}.get(attribute.partition(".")[0].lower())
    first = value[0] if isinstance(value, list) and value else value
    return first.get("value") if isinstance(first, Mapping) else first
