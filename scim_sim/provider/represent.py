"""From a stored record to the JSON a client sees: `schemas`, `meta`, members, groups and the manager's name are added here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim_sim.clock import iso
from scim_sim.provider.options import Options
from scim_sim.provider.resource_types import Catalogue, ResourceType
from scim_sim.provider.store import Attributes, Record, Store
from scim_sim.scim import urns

__all__ = ["Representer", "label_of"]

Json = dict[str, Any]


def label_of(attributes: Attributes) -> str | None:
    """The name by which a resource is shown where others point to it."""
    name = attributes.get("displayName") or attributes.get("userName")
    return name if isinstance(name, str) else None


class Representer:
    """Makes representations for one provider; `base_url` is asked each time, as a server learns its address late."""

    def __init__(self, catalogue: Catalogue, options: Options, base_url: Callable[[], str]) -> None:
        self._catalogue = catalogue
        self._options = options
        self._base_url = base_url

    def location(self, type: ResourceType, id: str) -> str:
        """The URI of a resource, absolute or relative to the host as the options say."""
        base = self._base_url()
        if self._options.locations == "https":
            base = base.replace("http://", "https://", 1)
        return f"{base}{type.endpoint}/{id}"

    def view(self, record: Record, store: Store, members: bool = True) -> Json:
        """The whole representation, before projection; without `members` it costs nothing for each of them."""
        type = self._catalogue.by_name(record.type)
        view: Json = {"schemas": [type.schema, *(urn for urn, _ in type.extensions.values() if urn in record.attributes)]}
        view["id"] = record.id
        extensions: Json = {}
        for name, value in record.attributes.items():
            if name != "password":
                (extensions if ":" in name else view)[name] = value
        if type.holds_members and members and (record.members or self._options.empty_members):
            view["members"] = [self._member(id, member, store) for id, member in record.members.items()]
        if type.shows_groups:
            groups = [self._group(group) for group in store.groups_of(record.id)]
            if groups or self._options.empty_groups:
                view["groups"] = groups
        view.update((urn, self._extension(urn, value, store)) for urn, value in extensions.items())
        if self._options.null_for_unassigned:
            self._unassigned(view, type)
        view["meta"] = self._meta(record, type)
        return view

    def _meta(self, record: Record, type: ResourceType) -> Json:
        meta: Json = {
            "resourceType": type.name,
            "created": iso(record.created / 1000),
            "lastModified": iso(record.modified / 1000),
            "location": self.location(type, record.id),
        }
        if self._options.etag:
            meta["version"] = self.version(record)
        return meta

    def version(self, record: Record) -> str:
        """The entity-tag of the record, weak unless the options want a strong one."""
        return record.version.removeprefix("W/") if self._options.etag_strong else record.version

    def _member(self, id: str, member: Attributes, store: Store) -> Json:
        """A member with its address and type; a display name that the client gave is immutable and stays as it is."""
        found: Json = {"value": id}
        if not self._options.member_details:
            return found
        target = store.get(id)
        display = member.get("display") or (label_of(target.attributes) if target is not None else None)
        if target is not None:
            found["$ref"] = self.location(self._catalogue.by_name(target.type), id)
        if display:
            found["display"] = display
        if target is not None:
            found["type"] = target.type
        return found

    def _group(self, group: Record) -> Json:
        type = self._catalogue.by_name(group.type)
        found: Json = {"value": group.id, "$ref": self.location(type, group.id)}
        label = label_of(group.attributes)
        if label:
            found["display"] = label
        return {**found, "type": "direct"}

    def _extension(self, urn: str, value: Attributes, store: Store) -> Attributes:
        manager = value.get("manager") if urn == urns.ENTERPRISE_USER else None
        if not isinstance(manager, dict):
            return value
        target = store.get(manager.get("value", ""), "User")
        if target is None:
            return value
        shown = {**manager, "$ref": self.location(self._catalogue.by_name("User"), target.id)}
        label = label_of(target.attributes)
        return {**value, "manager": {**shown, "displayName": label} if label else shown}

    def _unassigned(self, view: Json, type: ResourceType) -> None:
        for attribute in type.fields.values():
            if attribute.returned == "default" and attribute.name not in view:
                view[attribute.name] = None
