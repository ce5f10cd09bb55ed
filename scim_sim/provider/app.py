"""The embedded service provider: a request in, a response out, no socket.

    arrive ▸ authorise ▸ route ▸ read or write ▸ represent ▸ project ▸ answer

What may be done differently is in `options` (legal choices), `seams` and `rules` (anything). Time and ids come from
outside, so that two providers with the same seed and clock give the same answers.
"""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from scim_sim.clock import Clock, WallClock
from scim_sim.provider.bulk import bulk
from scim_sim.provider.defaults import default_rules
from scim_sim.provider.discovery import discover
from scim_sim.provider.options import Options
from scim_sim.provider.query import Cursors, list_body, select
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.represent import Representer
from scim_sim.provider.resource_types import Catalogue, standard
from scim_sim.provider.seams import Call, Seams
from scim_sim.provider.store import Index, Record, Store, exact
from scim_sim.provider.writing import create, delete, patch
from scim_sim.provider.writing import replace as put
from scim_sim.scim import urns
from scim_sim.wire import Headers, Request, Response, json_body

__all__ = ["Provider"]

Json = dict[str, Any]
_JSON_TYPES: Final = ("application/scim+json", "application/json")
_INDEXES: Final = (Index("userName"), Index("externalId", exact), Index("displayName"), Index("emails.value"))
_GROUP_INDEXES: Final = (Index("externalId", exact), Index("displayName"))


class Provider:
    """A correct in-memory SCIM 2.0 service provider; `handle` may be called from many threads.

    `token` opens everything and `None` needs no credentials; `read_token` may read only; `tenants` gives further tokens
    a store of their own each. `changes` are functions that hook into the finished provider: defects, variants, personas.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        clock: Clock | None = None,
        seed: int | None = None,
        new_id: Callable[[], str] | None = None,
        catalogue: Catalogue | None = None,
        options: Options | None = None,
        base_url: str = "https://provider.example.test/scim/v2",
        read_token: str | None = None,
        tenants: Mapping[str, str] | None = None,
        changes: Iterable[Callable[[Provider], None]] = (),
    ) -> None:
        self.clock: Clock = clock or WallClock()
        self.catalogue = catalogue or standard()
        self.options = options or Options()
        self.seams = Seams()
        self.rules = default_rules()
        self.tokens: dict[str, tuple[str, str]] = {token: ("", "full")} if token else {}
        if read_token:
            self.tokens[read_token] = ("", "read")
        self.tokens.update({other: (name, "full") for other, name in (tenants or {}).items()})
        self.random = random.Random(seed)
        self.new_id = new_id or self._uuid
        self.cursors = Cursors()
        self.crashes: list[Exception] = []
        self.indexes_decide = True
        self.members_in_place = True
        self.lock: Any = threading.RLock()
        self._base_url = base_url.rstrip("/")
        self._stores: dict[str, Store] = {}
        for change in changes:
            change(self)
        self._representer = Representer(self.catalogue, self.options, lambda: self.base_url)
        self._picky = any(_picky(type.fields.values()) for type in self.catalogue.types) or any(
            _picky(fields.values()) for type in self.catalogue.types for _, fields in type.extensions.values()
        )

    @property
    def members_apart(self) -> bool:
        """Whether members may be changed without looking at the whole group; not while somebody hooks into what is stored."""
        return self.members_in_place and not self.seams.store

    @property
    def base_url(self) -> str:
        """The address clients see, without a trailing slash; setting it changes every location."""
        return self._base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._base_url = value.rstrip("/")
        for store in self._stores.values():
            for record in store.all():
                record.forget_view()

    def configure(self, **choices: Any) -> None:
        """Change some of the options; for hooks, before the first request."""
        self.options = replace(self.options, **choices)

    def handle(self, request: Request) -> Response:
        """Answer one request; its path is relative to the base URL."""
        call = self._call(request)
        try:
            response = self._arrived(call)
        except Refusal as refusal:
            response = self.refused(call, refusal)
        except Exception as error:  # noqa: BLE001 - a mistake of ours becomes a 500 that tells nothing, and is kept for whoever tests us
            self.crashes.append(error)
            response = self.refused(call, Refusal(500, "The provider failed; the request may be repeated"))
        for pipe in self.seams.answer:
            response = pipe(call, response)
        return response

    def inner(self, outer: Call, request: Request) -> Response:
        """Answer one operation of a bulk request with the rights of the whole."""
        call = self._call(request)
        call.tenant, call.scope, call.inner = outer.tenant, outer.scope, True
        try:
            return self._routed(call)
        except Refusal as refusal:
            return self.refused(call, refusal)

    def store_of(self, tenant: str = "") -> Store:
        """The resources of one tenant."""
        store = self._stores.get(tenant)
        if store is None:
            indexes = {type.name: _GROUP_INDEXES if type.holds_members else _INDEXES for type in self.catalogue.types}
            store = self._stores[tenant] = Store(self.clock, self._fresh_id, indexes)
        return store

    def view(self, call: Call, record: Record) -> Json:
        """The whole representation of a record; not to be changed."""
        if record.view is None:
            record.view = self._representer.view(record, call.store)
        return record.view

    def view_without_members(self, call: Call, record: Record) -> Json:
        """The representation of a group whose members do not matter."""
        return self._representer.view(record, call.store, members=False)

    def shown(self, call: Call, record: Record) -> Json:
        """The representation as this call gets to see it: hooked and projected."""
        view = self.view(call, record)
        if self.seams.represent:
            view = json.loads(json.dumps(view))
            for pipe in self.seams.represent:
                view = pipe(call, view)
        if self._picky or "attributes" in call.parameters or "excludedattributes" in call.parameters:
            view = self.rules.project(call, view)
        return view

    def raw(self, call: Call, record: Record) -> bytes:
        """The unprojected representation as bytes, made once for each state of the record."""
        if record.raw is None:
            record.raw = json_body(self.shown(call, record))
        return record.raw

    def shown_raw(self, call: Call, record: Record) -> bytes:
        """The representation as this call gets to see it, as bytes."""
        plain = self.seams.transparent and "attributes" not in call.parameters and "excludedattributes" not in call.parameters
        return self.raw(call, record) if plain else json_body(self.shown(call, record))

    def version(self, record: Record) -> str:
        """The entity-tag of a record."""
        return self._representer.version(record)

    def location(self, record: Record) -> str:
        """The address of a record."""
        return self._representer.location(self.catalogue.by_name(record.type), record.id)

    def resource_headers(self, call: Call, record: Record) -> Headers:
        """Location, and the ETag where there are any."""
        tag = (("ETag", self.version(record)),) if self.options.etag else ()
        return (("Location", self.location(record)), *tag)

    def json(self, status: int, body: bytes, headers: Headers = ()) -> Response:
        """A response with a SCIM body."""
        return Response(status, (("Content-Type", self.options.media_type), *headers), body)

    def refused(self, call: Call, refusal: Refusal) -> Response:
        """The refusal as a SCIM Error (RFC 7644 section 3.12)."""
        for change in self.seams.refuse:
            refusal = change(call, refusal)
        body: Json = {"schemas": [urns.ERROR], "status": str(refusal.status)}
        if refusal.scim_type:
            body["scimType"] = refusal.scim_type
        body["detail"] = refusal.detail
        for pipe in self.seams.error:
            body = pipe(call, body)
        return self.json(refusal.status, json_body(body), refusal.headers)

    def _call(self, request: Request) -> Call:
        parts = [part for part in request.path.split("/") if part]
        path = tuple(unquote(part) if "%" in part else part for part in parts)
        return Call(self, request, request.method.upper(), path, _parameters(request.query))

    def _arrived(self, call: Call) -> Response:
        for hook in self.seams.arrive:
            response = hook(call)
            if response is not None:
                return response
        self.rules.authorise(call)
        with self.lock:
            return self._routed(call)

    def _routed(self, call: Call) -> Response:
        self.rules.route(call)
        if call.operation in ("create", "replace", "patch", "search", "bulk"):
            call.body = self._body(call)
        match call.operation:
            case "read":
                return self._read(call)
            case "list":
                return self.json(200, list_body(call, select(call)))
            case "search":
                return self._search(call)
            case "create":
                return create(call)
            case "replace":
                return put(call)
            case "patch":
                return patch(call)
            case "delete":
                return delete(call)
            case "bulk":
                return bulk(call)
            case "discovery":
                return discover(call)
            case "options":
                return Response(204, call.notes.get("allow", ()))
            case _:
                return self._me(call)

    def _read(self, call: Call) -> Response:
        record = call.store.get(call.id, call.kind)
        if record is None:
            raise Refusal(404, f"{call.kind} {call.id[:80]!r} was not found")
        call.record = record
        self.rules.precondition(call, record)
        headers = self.resource_headers(call, record)[1:]
        seen = call.request.header("if-none-match")
        if seen is not None and self.options.etag:
            tags = [tag.strip().removeprefix("W/") for tag in seen.split(",")]
            if "*" in tags or record.version.removeprefix("W/") in tags:
                return Response(304, headers)
        return self.json(200, self.shown_raw(call, record), headers)

    def _search(self, call: Call) -> Response:
        body = call.body
        given = {name.lower(): value for name, value in body.items()} if isinstance(body, dict) else {}
        schemas = given.get("schemas")
        if not isinstance(schemas, list) or urns.SEARCH_REQUEST not in schemas:
            raise Refusal(400, f"schemas does not name {urns.SEARCH_REQUEST}", "invalidSyntax")
        call.parameters = {}
        for name, value in given.items():
            if name in ("attributes", "excludedattributes") and isinstance(value, list):
                call.parameters[name] = ",".join(str(item) for item in value)
            elif isinstance(value, str | int) and not isinstance(value, bool):
                call.parameters[name] = str(value)
        return self.json(200, list_body(call, select(call)))

    def _me(self, call: Call) -> Response:
        found = call.store.find("User", "userName", self.options.me_user) if self.options.me else []
        if call.method != "GET" or not found:
            raise Refusal(501, "This provider has no /Me")
        if self.options.me == "redirect":
            return Response(308, (("Location", self.location(found[0])),))
        call.record = found[0]
        return self.json(200, self.shown_raw(call, found[0]), self.resource_headers(call, found[0]))

    def _body(self, call: Call) -> Any:
        kind = call.request.header("content-type")
        if kind is not None and kind.partition(";")[0].strip().lower() not in _JSON_TYPES:
            raise Refusal(415, f"The body is {kind[:80]!r}; application/scim+json is understood")
        try:
            return _STRICT.decode((call.request.body or b"").decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refusal(400, "The body is no JSON in UTF-8", "invalidSyntax") from None

    def _fresh_id(self) -> str:
        return self.new_id()

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_STRICT: Final = json.JSONDecoder(parse_constant=_no_constant)


def _parameters(query: str | None) -> dict[str, str]:
    """The parameters by name in lower case, the first of each; plus and %20 are both a space."""
    found: dict[str, str] = {}
    for part in (query or "").split("&"):
        name, _, value = part.partition("=")
        if name:
            found.setdefault(unquote(name).lower(), unquote_plus(value))
    return found


def _picky(attributes: Iterable[Any]) -> bool:
    """Whether some attribute besides the password is left out of the default set."""
    return any(
        (item.returned in ("never", "request") and item.name != "password") or _picky(item.sub_attributes) for item in attributes
    )
