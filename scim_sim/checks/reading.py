"""What an exchange is about: the operation, the resource type, the id, the query, and the resources in the answer.

Read once per exchange; checks ask it instead of taking paths apart themselves. Nothing is repaired: what cannot be read
is `None`, and `operation` is `other` for a path that belongs to no endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote

from scim_sim.scim.attributes import ResourceTypeDef
from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT
from scim_sim.scim.urns import ERROR
from scim_sim.wire import Exchange, NotJson, Request

__all__ = ["Operation", "Reading", "Sighting", "Situation", "id_in", "read_exchange"]

T = TypeVar("T")
Operation = str
"""`create`, `read`, `list`, `search`, `replace`, `patch`, `delete`, `bulk`, `discovery`, `me` or `other`."""

_ON_RESOURCE: Final = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
_DISCOVERY: Final = ("ServiceProviderConfig", "ResourceTypes", "Schemas")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One resource in an answer: its JSON pointer, and whether the whole of it was asked for."""

    resource: Mapping[str, Any]
    pointer: str
    complete: bool
    endpoint: str = ""
    _found: dict[Any, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The id, or the empty string when there is none that is text."""
        value = self.resource.get("id")
        return value if isinstance(value, str) else ""

    def at(self, pointer: str) -> Sighting:
        """The same, elsewhere in an answer."""
        return Sighting(self.resource, pointer, self.complete, self.endpoint, self._found)

    def once(self, look: Callable[[Sighting, Declared], Iterable[T]], declared: Declared) -> tuple[T, ...]:
        """What there is to find in the resource by itself, as if it stood alone: looked for once in each form of it."""
        found = self._found.get(look)
        if found is None:
            alone = self.at("") if self.pointer else self
            found = self._found[look] = tuple(look(alone, declared))
        return found


@dataclass(frozen=True, slots=True)
class Situation:
    """What an exchange is at first sight, of which a run knows few: what was asked, how it was answered, and what came.

    `status` is 0 without an answer. `holds` is `resources` for whole ones, `parts` where less was asked for, `object` for
    any other JSON object, and empty for everything else.
    """

    operation: Operation
    status: int
    holds: str

    @property
    def ok(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Reading:
    """One exchange, taken apart.

    `endpoint` is the path of the collection (`/Users`, `/Schemas`, empty for the base URL), `id` the decoded rest of the
    path. `query` holds the parameters of the query, or those of the SearchRequest under the same names as text or list.
    `sent` and `came` are the JSON objects of request and answer, or `None`.
    """

    operation: Operation
    endpoint: str
    id: str
    type: ResourceTypeDef | None
    query: Mapping[str, Any]
    sent: Mapping[str, Any] | None
    came: Mapping[str, Any] | None
    authorised: bool
    sightings: tuple[Sighting, ...] = ()
    status: int = 0

    @property
    def situation(self) -> Situation:
        """What it is at first sight."""
        if self.sightings:
            return Situation(self.operation, self.status, "resources" if self.sightings[0].complete else "parts")
        return Situation(self.operation, self.status, "" if self.came is None else "object")

    @property
    def projected(self) -> bool:
        """Whether the request asked for less than the whole resource."""
        return bool(self.query.get("attributes") or self.query.get("excludedAttributes"))

    @property
    def resource(self) -> Mapping[str, Any] | None:
        """The one resource in the answer to a create, read, replace or patch, or `None`."""
        if self.operation in ("create", "read", "replace", "patch") and self.sightings:
            return self.sightings[0].resource
        return None

    def number(self, name: str) -> int | None:
        """A query parameter that is an integer, or `None`."""
        value = self.query.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return int(value) if isinstance(value, str) else None
        except ValueError:
            return None

    def names(self, parameter: str) -> tuple[str, ...]:
        """The names in `attributes` or `excludedAttributes`."""
        value = self.query.get(parameter)
        parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(p.strip() for p in parts if isinstance(p, str) and p.strip())


def _itself(sighting: Sighting) -> Sighting:
    return sighting


def read_exchange(exchange: Exchange, declared: Declared, recognised: Callable[[Sighting], Sighting] = _itself) -> Reading:
    """Take the exchange apart; what is sighted is passed through `recognised`, which may have seen it before."""
    request = exchange.request
    operation, endpoint, id_ = _place(request.method, request.path, declared)
    sent = _object(request)
    answer = exchange.response
    came = answer.json_object() if answer is not None and answer.body else None
    if operation == "list" and not endpoint and not _is_list(came):
        operation = "other"  # whoever offers no query over all types may show what they like at the base address
    query: Mapping[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    if operation == "search" and sent is not None:
        query = sent
    found = declared.type_at(endpoint)
    complete = not (query.get("attributes") or query.get("excludedAttributes"))
    ok = answer is not None and answer.ok
    sightings = tuple(map(recognised, _sightings(operation, endpoint, came, complete))) if ok and came is not None else ()
    authorised = request.header("authorization") is not None
    status = 0 if answer is None else answer.status
    return Reading(operation, endpoint, id_, found, query, sent, came, authorised, sightings, status)


def _is_list(came: Mapping[str, Any] | None) -> bool:
    """Whether the answer means to be a ListResponse, well made or not."""
    return came is not None and any(name.lower() in ("resources", "totalresults") for name in came)


def id_in(location: Any) -> str:
    """The id at the end of a resource's URI, or the empty string where there is none."""
    return location.rstrip("/").rpartition("/")[2] if isinstance(location, str) else ""


def _place(method: str, path: str, declared: Declared) -> tuple[Operation, str, str]:
    parts = [p for p in path.split("/") if p]
    if parts and parts[-1] == ".search":
        return ("search" if method == "POST" else "other"), "/" + parts[0] if len(parts) > 1 else "", ""
    if not parts:
        return ("list" if method == "GET" else "other"), "", ""
    head, rest = parts[0], [unquote(p) for p in parts[1:]]
    endpoint = f"/{head}"
    if head in _DISCOVERY:
        return "discovery", endpoint, "/".join(rest)
    if head == "Bulk" and not rest:
        return ("bulk" if method == "POST" else "other"), endpoint, ""
    if head == "Me" and not rest:
        return "me", endpoint, ""
    if declared.type_at(endpoint) is None or len(rest) > 1:
        return "other", endpoint, "/".join(rest)
    if rest:
        return _ON_RESOURCE.get(method, "other"), endpoint, rest[0]
    return {"GET": "list", "POST": "create"}.get(method, "other"), endpoint, ""


def _object(request: Request) -> Mapping[str, Any] | None:
    if not request.body:
        return None
    try:
        value = request.json()
    except NotJson:
        return None
    return value if isinstance(value, dict) else None


def _sightings(operation: Operation, endpoint: str, came: Mapping[str, Any], complete: bool) -> Iterator[Sighting]:
    if operation in ("list", "search"):
        items = came.get("Resources")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, OBJECT):
                yield Sighting(item, f"/Resources/{index}", complete, endpoint or _home(item))
    elif operation in ("create", "read", "replace", "patch") and not _is_error(came):
        yield Sighting(came, "", complete, endpoint)


def _home(resource: Mapping[str, Any]) -> str:
    """The endpoint of a resource found by a query on the base URL, by its meta."""
    meta = resource.get("meta")
    kind = meta.get("resourceType") if isinstance(meta, OBJECT) else None
    return f"/{kind}s" if isinstance(kind, str) else ""


def _is_error(came: Mapping[str, Any]) -> bool:
    schemas = came.get("schemas")
    return isinstance(schemas, list) and ERROR in schemas
