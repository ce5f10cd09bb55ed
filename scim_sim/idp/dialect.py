"""What a provisioning client does where clients differ, as data, and the bodies and URLs that follow from it.

The defaults are the plain reading of RFC 7644. An identity provider's file repeats the fields in which that IdP is known
to differ, with its own source and confidence; what it does not repeat is assumed of it and counts as inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.idp.engine import trait
from scim_sim.idp.flows import equals, query
from scim_sim.registry import nearest
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, PATCH_OP, USER
from scim_sim.wire import CREDENTIALS, Headers

__all__ = [
    "ATTRIBUTES",
    "Dialect",
    "attribute_rows",
    "changed_paths",
    "group_resource",
    "member_operations",
    "member_path",
    "notable",
    "patch_op",
    "user_operations",
    "user_resource",
]


def assumed(default: Any, doc: str, source: str = "RFC 7644") -> Any:
    """A trait as the RFC has it: assumed of every IdP whose file does not say otherwise."""
    return trait(default, doc, source, "inferred")


CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "discovery": ("never", "optional", "required"),
    "match": ("lookup", "create", "none"),
    "on_conflict": ("fail", "look up"),
    "on_missing": ("fail", "create again"),
    "update_with": ("put", "patch", "declared"),
    "deactivate_with": ("", "put", "patch", "declared"),
    "patch_style": ("path", "pathless"),
    "booleans": ("json", "True", "true"),
    "emails": ("list", "object"),
    "on_unassign": ("deactivate", "delete", "nothing"),
    "on_suspend": ("deactivate", "delete", "nothing"),
    "on_deactivate": ("deactivate", "delete", "nothing"),
    "on_delete": ("deactivate", "delete", "nothing"),
    "group_match": ("lookup", "list", "create"),
    "group_with": ("put", "patch", "declared"),
    "members": ("request", "operation", "list", "full list"),
    "remove_by": ("filter", "value"),
}
"""The words that a trait may take, where it takes words."""

ATTRIBUTES: Final[Mapping[str, str]] = {
    "userName": "user_name",
    "name.givenName": "given_name",
    "name.familyName": "family_name",
    "displayName": "display_name",
    "emails": "email",
}
"""SCIM attribute to attribute of a person: what every IdP of this family sends unless its file says otherwise."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One client's habits; the defaults are the RFC's reading and count as inferred for an IdP that does not state them."""

    # -- headers and URLs
    accept: str = assumed("application/scim+json", "The Accept header; empty sends none.", "RFC 7644 section 3.1")
    content_type: str = assumed("application/scim+json", "The Content-Type of bodies.", "RFC 7644 section 3.1")
    content_type_always: bool = assumed(False, "Content-Type is sent on requests without a body too.")
    user_agent: str | None = assumed(None, "The User-Agent header; null sends none, an empty text an empty one.")
    plus_for_space: bool = assumed(False, "A blank in a query is `+` instead of `%20`.", "RFC 3986")
    dangling: bool = assumed(False, "A query ends in `&`, and a URL without one in `?`.")
    reads: tuple[str, ...] = assumed((), "The media types that are read in answers; none for any.", "RFC 7644 section 3.1")
    # -- finding
    discovery: str = assumed("never", "ServiceProviderConfig is read `never`, `optional` or `required`.", "RFC 7644 section 4")
    match: str = assumed("lookup", "Before a create: `lookup` by filter; `create` at once; `none` keeps an id map only.")
    match_by: str = assumed("userName", "The attribute of the lookup.", "RFC 7644 section 3.4.2.2")
    quotes: bool = assumed(True, "The value of a user lookup stands in quotes.", "RFC 7644 section 3.4.2.2")
    count: int = assumed(0, "The count of a list request; 0 sends none.", "RFC 7644 section 3.4.2.4")
    follow_pages: bool = assumed(False, "Further pages of a list are fetched.", "RFC 7644 section 3.4.2.4")
    on_conflict: str = assumed("fail", "409 on a create: `fail`, or `look up` and link.", "RFC 7644 section 3.3")
    on_missing: str = assumed("fail", "404 on an update: `fail`, or `create again`.", "RFC 7644 section 3.12")
    # -- users
    external_id: bool = assumed(False, "externalId holds the IdP's own id of the person.", "RFC 7643 section 3.1")
    create_active: bool = assumed(True, "A create carries active.", "RFC 7643 section 4.1.1")
    update_with: str = assumed("put", "A change is a `put`, a `patch`, or what is `declared`.", "RFC 7644 section 3.5")
    deactivate_with: str = assumed("", "Switching off and on by another verb than update_with; empty for the same.")
    put_id: bool = assumed(False, "A PUT carries the id.", "RFC 7644 section 3.5.1")
    patch_style: str = assumed("path", "An operation has a `path`, or is `pathless`.", "RFC 7644 section 3.5.2")
    booleans: str = assumed("json", "Booleans in a PATCH: `json`, or the text `True` or `true`.", "RFC 7644 section 3.5.2")
    emails: str = assumed("list", "emails is a `list`, or one `object`.", "RFC 7643 section 4.1.2")
    # -- leaving
    on_unassign: str = assumed("deactivate", "Access to the application lost: `deactivate`, `delete` or `nothing`.")
    on_suspend: str = assumed("deactivate", "The person is suspended: `deactivate`, `delete` or `nothing`.")
    on_deactivate: str = assumed("deactivate", "The person is switched off: `deactivate`, `delete` or `nothing`.")
    on_delete: str = assumed("delete", "The person is deleted: `deactivate`, `delete` or `nothing`.")
    leave_after_hours: float = assumed(0.0, "How long a deactivation or deletion waits.")
    # -- groups
    groups: bool = assumed(True, "Groups are pushed at all.")
    push_assigned: bool = assumed(False, "A group that gets the application is pushed as well.")
    group_match: str = assumed("lookup", "Before a group is made: `lookup` by filter, `list` all, or `create` at once.")
    group_with: str = assumed("patch", "Group changes by `put`, `patch`, or what is `declared`.", "RFC 7644 section 3.5")
    members_on_create: bool = assumed(True, "A new group is made with its members.", "RFC 7644 section 3.3")
    empty_groups: bool = assumed(True, "Groups without members are made too.")
    members: str = assumed("list", "One member a `request`, one an `operation`, all in a `list`, or the `full list`.")
    remove_by: str = assumed(
        "filter", "A member leaves by a `filter` in the path, or as a `value` list.", "RFC 7644 section 3.5.2.2"
    )
    rename_groups: bool = assumed(True, "A new name is sent.")
    delete_groups: bool = assumed(True, "A group deleted in the directory is deleted in the application.")
    # -- time
    cycle_hours: float = assumed(0.0, "0 sends changes at once; else they wait for the next cycle.")
    retry_statuses: tuple[int, ...] = assumed((), "Statuses after which the same request is sent again.", "RFC 9110")
    retry_attempts: int = assumed(3, "Requests in all, when an answer has one of these statuses.", "RFC 9110")
    retry_seconds: float = assumed(30.0, "The first wait without a Retry-After; each further one doubles.", "RFC 9110")
    connection_attempts: int = assumed(1, "Requests in all, when no answer comes.")
    answer_seconds: float = assumed(0.0, "Seconds to wait for an answer; 0 for as long as the run allows.")
    strict_statuses: bool = assumed(False, "Only the statuses that the RFC names are a success; else any 2xx is.")

    def __post_init__(self) -> None:
        for name, words in CHOICES.items():
            value = getattr(self, name)
            if value not in words:
                raise UsageError(f'the trait "{name}" takes no "{value}"{nearest(value, [word for word in words if word])}')

    def headers(self, *, body: bool) -> Headers:
        """The headers of a request, in order."""
        sent = [("Authorization", CREDENTIALS)]
        if self.accept:
            sent.append(("Accept", self.accept))
        if self.user_agent is not None:
            sent.append(("User-Agent", self.user_agent))
        if body or self.content_type_always:
            sent.append(("Content-Type", self.content_type))
        return tuple(sent)

    def query(self, *pairs: tuple[str, str | int]) -> str | None:
        """The raw query text of a request; `None` for none."""
        text = query(*pairs)
        if self.plus_for_space:
            text = text.replace("%20", "+")
        if self.dangling:
            return f"{text}&" if text else ""
        return text or None


def notable(traits: Dialect, given: Iterable[str]) -> dict[str, Any]:
    """What a report must name: the traits that an IdP's file itself calls inferred, and those that were given."""
    plain = {f.name: f.metadata["source"] for f in fields(Dialect)}
    return {
        f.name: getattr(traits, f.name)
        for f in fields(traits)
        if f.name in given or (f.metadata["confidence"] == "inferred" and f.metadata["source"] != plain.get(f.name))
    }


def attribute_rows(usual: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    """The usual rows with the given ones in their place, `None` to leave one out; raises `UsageError` for unknown attributes.

    `custom.badge` is an attribute of a scenario's own.
    """
    rows: dict[str, Any] = {**usual, **given}
    known = Person.attribute_names()
    for path, attribute in rows.items():
        if attribute is not None and attribute not in known and not str(attribute).startswith("custom."):
            raise UsageError(f'the mapping of {path} names "{attribute}", which a person has not{nearest(str(attribute), known)}')
    return {path: attribute for path, attribute in rows.items() if attribute is not None}


# -- users ------------------------------------------------------------------------------------------------------------


def user_resource(person: Person, rows: Mapping[str, str], traits: Dialect, external_id: str = "") -> dict[str, Any]:
    """The person as a SCIM User without id and active; attributes without a value are left out."""
    resource: dict[str, Any] = {"schemas": [USER]}
    if external_id:
        resource["externalId"] = external_id
    for path, attribute in rows.items():
        own = attribute.removeprefix("custom.")
        value = person.custom.get(own, "") if own != attribute else getattr(person, attribute)
        if value == "":
            continue
        if path == "emails":
            mail = {"value": value, "type": "work", "primary": True}
            resource["emails"] = mail if traits.emails == "object" else [mail]
        else:
            _put(resource, path, value)
    if ENTERPRISE_USER in resource:
        resource["schemas"] = [USER, ENTERPRISE_USER]
    return resource


def _put(resource: dict[str, Any], path: str, value: Any) -> None:
    holder = resource
    if path.startswith(f"{ENTERPRISE_USER}:"):
        holder = resource.setdefault(ENTERPRISE_USER, {})
        path = path.removeprefix(f"{ENTERPRISE_USER}:")
    *parents, name = path.split(".")
    for parent in parents:
        holder = holder.setdefault(parent, {})
    holder[name] = value


def changed_paths(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The paths whose value is another than before, with the new value; `None` where there is none any more."""
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new or name == "schemas":
            continue
        path = f"{prefix}{name}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from changed_paths(old, new, f"{path}{':' if ':' in name else '.'}")
        else:
            yield path, new


def user_operations(before: Mapping[str, Any], after: Mapping[str, Any], traits: Dialect) -> list[dict[str, Any]]:
    """The operations that lead from one resource to the other (RFC 7644 section 3.5.2)."""
    spelled: Callable[[Any], Any] = lambda value: _boolean(value, traits.booleans)  # noqa: E731
    changes = list(changed_paths(before, after))
    gone = [{"op": "remove", "path": path} for path, value in changes if value is None]
    if traits.patch_style == "path":
        return [{"op": "replace", "path": path, "value": spelled(v)} for path, v in changes if v is not None] + gone
    names = dict.fromkeys(name for name in after if name != "schemas" and after[name] != before.get(name))
    value = {name: spelled(after[name]) for name in names}
    return ([{"op": "replace", "value": value}] if value else []) + gone


def _boolean(value: Any, spelling: str) -> Any:
    if not isinstance(value, bool) or spelling == "json":
        return value
    return str(value) if spelling == "True" else str(value).lower()


def patch_op(operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a PATCH (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


# -- groups -----------------------------------------------------------------------------------------------------------


def group_resource(name: str, members: Iterable[str] | None, external_id: str = "") -> dict[str, Any]:
    """A SCIM Group; `members` are resource ids, `None` leaves the attribute out."""
    resource: dict[str, Any] = {"schemas": [GROUP]}
    if external_id:
        resource["externalId"] = external_id
    resource["displayName"] = name
    if members is not None:
        resource["members"] = [{"value": member} for member in members]
    return resource


def member_operations(
    added: Iterable[str], removed: Iterable[str], everybody: Iterable[str], traits: Dialect
) -> Iterator[list[dict[str, Any]]]:
    """The operations of each PATCH that brings a group's members to what they should be, request by request."""
    added, removed = list(added), list(removed)
    if traits.members == "full list":
        yield [{"op": "replace", "path": "members", "value": _values(everybody)}]
        return
    one_each = traits.members != "list"
    joining = [[member] for member in added] if one_each else [added] if added else []
    operations = [{"op": "add", "path": "members", "value": _values(some)} for some in joining]
    if traits.remove_by == "filter":
        operations += [{"op": "remove", "path": member_path(member)} for member in removed]
    else:
        leaving = [[member] for member in removed] if one_each else [removed] if removed else []
        operations += [{"op": "remove", "path": "members", "value": _values(some)} for some in leaving]
    if traits.members == "request":
        yield from ([operation] for operation in operations)
    elif operations:
        yield operations


def member_path(member: str) -> str:
    """The path that selects one member (RFC 7644 section 3.5.2.2)."""
    return f"members[{equals('value', member)}]"


def _values(members: Iterable[str]) -> list[dict[str, str]]:
    return [{"value": member} for member in members]
