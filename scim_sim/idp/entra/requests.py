"""The requests of the provisioning service, exactly as they go out: query text, header order, compact bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from scim_sim.idp.entra.traits import EntraTraits
from scim_sim.wire import CREDENTIALS, Headers, Request, json_body

__all__ = ["Requests"]

WITHOUT_MEMBERS: Final = "excludedAttributes=members"
MEDIA_TYPE: Final = "application/scim+json; charset=utf-8"


class Requests:
    """Makes requests; neither User-Agent nor Accept is ever sent. `kind` is `Users` or `Groups`.

    `token` is what the administrator typed in place of the target's own credentials, empty for those.
    """

    def __init__(self, traits: EntraTraits, token: str = "") -> None:
        self.token = token
        credentials = f"Bearer {token}" if token else CREDENTIALS
        version = (("ADSCIMVersion", traits.adscimversion),) if traits.adscimversion else ()
        self._reading: Headers = (("Authorization", credentials), *version)
        self._writing: Headers = (*self._reading, ("Content-Type", MEDIA_TYPE))
        self._flag = "aadOptscim062020" if traits.flag_on_requests and traits.patch_dialect != "legacy" else ""

    def find(self, kind: str, attribute: str, value: str, label: str) -> Request:
        """The lookup by a matching attribute; groups are asked for without their members."""
        asked = "filter=" + quote_plus(f'{attribute} eq "{value}"')
        return self._read(f"/{kind}", f"{WITHOUT_MEMBERS}&{asked}" if kind == "Groups" else asked, label)

    def manager_check(self, resource_id: str, manager_id: str) -> Request:
        """The old pre-check whether the manager is set already."""
        asked = quote_plus(f'id eq "{resource_id}" and manager eq "{manager_id}"')
        return self._read("/Users", f"filter={asked}&attributes=id", "check manager")

    def get(self, kind: str, resource_id: str, label: str) -> Request:
        """The resource by its id; groups always without their members."""
        return self._read(_path(kind, resource_id), WITHOUT_MEMBERS if kind == "Groups" else None, label)

    def create(self, kind: str, body: Mapping[str, Any], label: str) -> Request:
        """POST of a new resource."""
        return Request("POST", f"/{kind}", self._flag or None, self._writing, json_body(body), label)

    def patch(self, kind: str, resource_id: str, body: Mapping[str, Any], label: str) -> Request:
        """PATCH of a resource; PUT is never used."""
        return Request("PATCH", _path(kind, resource_id), self._flag or None, self._writing, json_body(body), label)

    def delete(self, kind: str, resource_id: str, label: str) -> Request:
        """DELETE of a resource."""
        return Request("DELETE", _path(kind, resource_id), self._flag or None, self._reading, label=label)

    def _read(self, path: str, query: str | None, label: str) -> Request:
        if self._flag:
            query = f"{query}&{self._flag}" if query else self._flag
        return Request("GET", path, query, self._reading, label=label)


def _path(kind: str, resource_id: str) -> str:
    return f"/{kind}/{quote(resource_id, safe='')}"
