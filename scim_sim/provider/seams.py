"""The places where an embedded provider can be changed: pipes that values run through, and rules that decide.

A defect, a variant or a persona is a function that takes a `Provider` and hooks itself in here; the application itself
knows none of them. Every pipe is a list of functions called in order with the `Call` and a value, each returning the
value to go on with. Every rule is one function that can be put in place of another, which it may still call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import ResourceType
from scim_sim.provider.store import Attributes, Record, Store
from scim_sim.wire import Request, Response

if TYPE_CHECKING:
    from scim_sim.provider.app import Provider
    from scim_sim.scim.grammar import Filter

__all__ = ["Call", "Draft", "Page", "Rules", "Seams"]

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class Call:
    """One request on its way through the provider, and what is known of it so far.

    `operation` is one of `create read list search replace patch delete bulk discovery me options unknown`; `inner` is
    set for the operations of a bulk request. `notes` belongs to whoever hooks in.
    """

    provider: Provider
    request: Request
    method: str
    path: tuple[str, ...]
    parameters: dict[str, str]
    operation: str = "unknown"
    type: ResourceType | None = None
    id: str = ""
    body: Any = None
    record: Record | None = None
    tenant: str = ""
    scope: str = "full"
    inner: bool = False
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The resources of the tenant that is speaking."""
        return self.provider.store_of(self.tenant)

    @property
    def kind(self) -> str:
        """The name of the resource type, or the empty string."""
        return self.type.name if self.type is not None else ""

    @property
    def writes(self) -> bool:
        """Whether the operation changes a resource."""
        return self.operation in ("create", "replace", "patch", "delete")


@dataclass(slots=True)
class Draft:
    """What is about to be stored: `attributes` as stored, `members` by id where the type holds members."""

    attributes: Attributes
    members: dict[str, Attributes]


@dataclass(slots=True)
class Page:
    """One page of a query: its records, where it starts (from 1), how many there are in all, and the cursor after it."""

    records: list[Record]
    start: int
    total: int
    cursor: str = ""


@dataclass(slots=True)
class Seams:
    """The pipes, in the order in which a request meets them.

    `arrive` runs before anything else and outside the lock; a response from it ends the call. `body` gets the parsed
    JSON of a write, `operations` the list of a PATCH, `store` the draft before it replaces what is there, `stored` runs
    after a write took effect. `represent` gets every resource on its way out, `select` the matches of a query before
    sorting and paging, `page` one page of them, `envelope` the ListResponse, `bulk` the BulkResponse, `discovery` each
    discovery document, `refuse` a refusal, `error` the Error body, `answer` the finished response.
    """

    arrive: list[Callable[[Call], Response | None]] = field(default_factory=list)
    body: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    operations: list[Callable[[Call, list[Json]], list[Json]]] = field(default_factory=list)
    store: list[Callable[[Call, Draft], Draft]] = field(default_factory=list)
    stored: list[Callable[[Call, Record], None]] = field(default_factory=list)
    represent: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    select: list[Callable[[Call, list[Record]], list[Record]]] = field(default_factory=list)
    page: list[Callable[[Call, Page], Page]] = field(default_factory=list)
    envelope: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    bulk: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    discovery: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    refuse: list[Callable[[Call, Refusal], Refusal]] = field(default_factory=list)
    error: list[Callable[[Call, Json], Json]] = field(default_factory=list)
    answer: list[Callable[[Call, Response], Response]] = field(default_factory=list)

    @property
    def transparent(self) -> bool:
        """Whether representations and lists leave as they are, so that their bytes may be kept and joined."""
        return not (self.represent or self.envelope)


@dataclass(slots=True)
class Rules:
    """The decisions: each is one function, called by the application and by nobody else.

    `route` finds operation, type and id of a call; `authorise` raises a refusal for bad credentials and fills in tenant
    and scope; `parse` and `match` are the filter, `sort` the order, `project` the projection, `patch` applies operations
    to a resource, `taken` tells which other record has a unique value, `precondition` judges If-Match, `delete` removes.
    """

    route: Callable[[Call], None]
    authorise: Callable[[Call], None]
    parse: Callable[[Call, str], Filter]
    match: Callable[[Call, Filter, Json], bool]
    sort: Callable[[Call, list[Json], str, bool], list[Json]]
    project: Callable[[Call, Json], Json]
    patch: Callable[[Call, Json, list[Json]], Json]
    taken: Callable[[Call, str, str], Record | None]
    precondition: Callable[[Call, Record | None], None]
    delete: Callable[[Call, Record], None]
