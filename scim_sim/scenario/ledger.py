"""What a run has created on the target, so that it can be removed again, and what it must not touch.

The ledger watches every exchange, whoever spoke. It knows resources by endpoint and id, remembers creations that may have
happened although no answer said so, and forgets what was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scim_sim.directory.generate import RunMark
from scim_sim.wire import NotJson, Request, Response

__all__ = ["Created", "Ledger"]

_NOT_COLLECTIONS = ("Bulk", ".search", "Me", "ServiceProviderConfig", "Schemas", "ResourceTypes")


@dataclass(frozen=True, slots=True)
class Created:
    """A resource of this run: `endpoint` is its collection's path (`/Users`), `name` its userName or displayName."""

    endpoint: str
    id: str
    name: str


class Ledger:
    """The resources of this run, in the order of their creation; `part` is the mark of the scenario that has the ledger."""

    def __init__(self, mark: RunMark, part: RunMark | None = None) -> None:
        self.mark = mark
        self.part = part or mark
        self._created: dict[tuple[str, str], Created] = {}
        self._strangers: set[tuple[str, str]] = set()
        self.suspects: dict[tuple[str, str], None] = {}
        self.counts: dict[str, int] = {}
        self.cleaned: dict[str, int] = {}

    def __iter__(self) -> Iterator[Created]:
        return iter(list(self._created.values()))

    def __len__(self) -> int:
        return len(self._created)

    def owns(self, endpoint: str, resource_id: str) -> bool:
        """Whether the run created that resource and has not deleted it."""
        return (endpoint, resource_id) in self._created

    def is_stranger(self, path: str) -> bool:
        """Whether the path names a resource that existed without this run: it must not be written."""
        endpoint, resource_id = split_path(path)
        return bool(resource_id) and (endpoint, resource_id) in self._strangers and not self.owns(endpoint, resource_id)

    def forget(self, created: Created) -> None:
        """The resource is gone."""
        if self._created.pop((created.endpoint, created.id), None) is not None:
            self.cleaned[created.endpoint] = self.cleaned.get(created.endpoint, 0) + 1

    def adopt(self, endpoint: str, resource: dict[str, Any]) -> Created | None:
        """Take a resource found on the target into the ledger when it bears the mark of this run."""
        name = _name(resource)
        resource_id = resource.get("id")
        if not (isinstance(resource_id, str) and resource_id and self.mark.marks(name)):
            return None
        return self._add(endpoint, resource_id, name)

    def take_over(self, other: Ledger) -> None:
        """Add what another ledger of the same run knows."""
        self._created.update(other._created)
        self.suspects.update(other.suspects)
        for name, number in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + number
        for name, number in other.cleaned.items():
            self.cleaned[name] = self.cleaned.get(name, 0) + number

    def observe(self, request: Request, response: Response | None) -> None:
        """Learn from an exchange, with the request as it was meant (before redaction)."""
        endpoint, resource_id = split_path(request.path)
        collection = endpoint.rpartition("/")[2]
        if request.method == "POST" and collection == "Bulk":
            self._observe_bulk(request, response)
        elif request.method == "POST" and not resource_id and collection not in _NOT_COLLECTIONS:
            self._observe_create(endpoint, request, response)
        elif request.method == "DELETE" and resource_id and response is not None and response.ok:
            self.forget(Created(endpoint, resource_id, ""))
        elif request.method == "GET" and response is not None and response.ok:
            self._observe_read(endpoint, response)

    def _observe_create(self, endpoint: str, request: Request, response: Response | None) -> None:
        sent = _object(request)
        name = _name(sent)
        answer = response.json_object() if response is not None and response.ok else None
        resource_id = answer.get("id") if answer else None
        if isinstance(resource_id, str) and resource_id:
            if (endpoint, resource_id) not in self._strangers:
                self._add(endpoint, resource_id, name or _name(answer or {}))
        elif name and self.mark.marks(name) and (response is None or response.ok or response.status >= 500):
            self.suspects[(endpoint, name)] = None

    def _observe_read(self, endpoint: str, response: Response) -> None:
        answer = response.json_object()
        if answer is None:
            return
        listed = answer.get("Resources")
        for item in listed if isinstance(listed, list) else [answer]:
            if isinstance(item, dict) and isinstance(item.get("id"), str):
                key = (endpoint, item["id"])
                if key not in self._created and not self.mark.marks(_name(item)):
                    self._strangers.add(key)

    def _observe_bulk(self, request: Request, response: Response | None) -> None:
        sent = _object(request).get("Operations")
        answer = response.json_object() if response is not None and response.ok else None
        results = answer.get("Operations") if answer else None
        for index, operation in enumerate(sent if isinstance(sent, list) else []):
            if not isinstance(operation, dict) or str(operation.get("method", "")).upper() != "POST":
                continue
            endpoint = str(operation.get("path", ""))
            data = operation.get("data")
            name = _name(data if isinstance(data, dict) else {})
            result = _matching(results, operation, index)
            location = result.get("location") if result else None
            if isinstance(location, str) and str(result.get("status", ""))[:1] == "2":
                self._add(endpoint, location.rstrip("/").rpartition("/")[2], name)
            elif name and self.mark.marks(name):
                self.suspects[(endpoint, name)] = None

    def _add(self, endpoint: str, resource_id: str, name: str) -> Created:
        key = (endpoint, resource_id)
        if key not in self._created:
            self._created[key] = Created(endpoint, resource_id, name)
            self.counts[endpoint] = self.counts.get(endpoint, 0) + 1
        return self._created[key]


def split_path(path: str) -> tuple[str, str]:
    """`/Users/42` as (`/Users`, `42`), `/Users` as (`/Users`, ``)."""
    parts = path.strip("/").split("/")
    if len(parts) >= 2 and parts[-1] != ".search":
        return "/" + "/".join(parts[:-1]), parts[-1]
    return "/" + parts[0], ""


def _name(resource: dict[str, Any]) -> str:
    for member, value in resource.items():
        if member.lower() in ("username", "displayname") and isinstance(value, str):
            return value
    return ""


def _object(request: Request) -> dict[str, Any]:
    try:
        value = request.json()
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def _matching(results: Any, operation: dict[str, Any], index: int) -> dict[str, Any]:
    rows = [row for row in results if isinstance(row, dict)] if isinstance(results, list) else []
    named = [row for row in rows if row.get("bulkId") == operation.get("bulkId") and row.get("bulkId")]
    return named[0] if named else rows[index] if index < len(rows) else {}
