"""Metabase's SCIM endpoint, its faults included: what the documents of its users say can be tried out without Metabase.

    licence (402) ▸ route (401 for what has none) ▸ switch and token (401) ▸ account or group

Sources: the public code and tests of metabase/metabase (namespaces metabase-enterprise.scim.*), its tracker, and its
documentation. What has no switch was read in that code or is asserted by its tests; what is only concluded from it, and was
never seen running, is a switch of `MetabaseSwitches`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from scim_sim.clock import Clock
from scim_sim.provider.app import Provider
from scim_sim.provider.options import Options
from scim_sim.provider.personas.metabase_bodies import (
    Refused,
    account,
    error,
    group_body,
    group_view,
    patched,
    user_body,
    user_view,
    validation,
)
from scim_sim.provider.personas.persona import PERSONAS, Persona, Product, switch
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns
from scim_sim.scim.grammar import Comparison, Filter, Path
from scim_sim.wire import Request, Response, json_body

__all__ = ["METABASE", "MetabaseSwitches"]

Json = dict[str, Any]
_API: Final = "metabase-enterprise.scim.v2.api"
_BASE: Final = "/api/ee/scim/v2"
_NANO: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_SPECIAL: Final = ("All Users", "Administrators")
_ROUTES: Final = {
    ("Users", False): {"GET": "list", "POST": "create"},
    ("Users", True): {"GET": "read", "PUT": "replace", "PATCH": "patch"},
    ("Groups", False): {"GET": "list", "POST": "create"},
    ("Groups", True): {"GET": "read", "PUT": "replace", "DELETE": "delete"},
}
_LOCALES: Final = ("en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt_BR", "ru", "sv", "tr", "uk", "vi", "zh_CN", "zh_TW")


@dataclass(frozen=True, slots=True)
class MetabaseSwitches:
    """How this Metabase is set up, which version it is, and how what is only concluded from its code turns out."""

    licensed: bool = switch(True, "The plan holds SCIM; else every request is refused before authentication.", _API, "read")
    unlicensed_status: int = switch(402, "The status without a licence; a comment in the code says 401.", _API, "inferred")
    enterprise: bool = switch(True, "The enterprise build; the open-source one has no such path: 404.", _API, "inferred")
    enabled: bool = switch(
        True, "SCIM is switched on; off answers as a wrong token does.", "metabase-enterprise.scim.auth", "tested"
    )
    setup_done: bool = switch(True, "The first administrator exists; before that no account can be created.", _API, "read")
    patch_without_path: bool = switch(True, "PATCH takes a value without path.", "metabase/metabase#64130", "read")
    strict_active: bool = switch(True, "active is a boolean or the word true or false; others are refused.", _API, "read")
    diffed_members: bool = switch(True, "A PUT whose members are all unknown removes everybody; else nobody.", _API, "read")
    closed_maps: bool = switch(False, "Bodies with unknown attributes are refused.", _API, "inferred")
    owns_accounts: bool = switch(True, "POST and PUT mark the account as owned by SCIM.", _API, "read")
    create_without_active: int = switch(
        500, "The status of a POST without active: null meets a NOT NULL column.", _API, "inferred"
    )
    unrouted_status: int = switch(
        401, "The status of what has no route, such as PATCH of a group.", "metabase/metabase#81407", "inferred"
    )
    exact_mail: bool = switch(True, "PUT compares the first e-mail with its letter case.", _API, "inferred")
    put_moves_user_name: bool = switch(
        True, "PUT with the known e-mail and another userName changes the address.", _API, "inferred"
    )
    lists_special_groups: bool = switch(True, "All Users and Administrators are listed and are 404 by id.", _API, "inferred")
    decodes_twice: bool = switch(True, "The value of a filter is percent-decoded once more.", _API, "inferred")
    clash_by_patch: int = switch(500, "The status of a userName or group name that clashes in PATCH or PUT.", _API, "inferred")
    locales: tuple[str, ...] = switch(_LOCALES, "The installed locales; another is dropped.", _API, "read")


def _build(switches: MetabaseSwitches, token: str, clock: Clock | None, seed: int | None) -> Product:
    options = Options(etag=False, bulk=False, page_size=10**9, unknown_members="ignore", unique_group_names=True)
    provider = Provider(clock=clock, seed=seed, options=options, base_url=f"https://bi.example.test{_BASE}")
    random = provider.random

    def make_token() -> str:
        return "mb_" + base64.b64encode(random.randbytes(32)).decode()

    provider.new_id = lambda: "".join(random.choices(_NANO, k=21))
    product = Product(provider, _BASE, token, make_token)
    product.enabled = switches.enabled
    _Metabase(product, switches).hook()
    return product


class _Metabase:
    """The hooks of one Metabase; `special` are the ids of the two built-in groups, `administrators` those who may not go."""

    def __init__(self, product: Product, switches: MetabaseSwitches) -> None:
        self.product = product
        self.switches = switches
        store = product.provider.store_of()
        self.special = {store.create("Group", {"displayName": name}).id for name in _SPECIAL}
        self.owned: set[str] = set()
        self.administrators: set[str] = set()
        if switches.setup_done:
            address = "first.admin@example.test"
            emails = [{"value": address, "type": "work", "primary": True}]
            name = {"givenName": "First", "familyName": "Admin"}
            first = store.create("User", {"userName": address, "name": name, "emails": emails, "active": True})
            self.administrators = {first.id}

    def hook(self) -> None:
        """Put the hooks in their places."""
        provider = self.product.provider
        rules, seams = provider.rules, provider.seams
        provider.indexes_decide = False
        provider.members_in_place = False
        rules.authorise, rules.route, rules.parse, rules.match = self.authorise, self.route, self.parse, self.match
        rules.patch, rules.taken = self.patch, self.taken
        seams.arrive.append(self.arrive)
        seams.body.append(self.body)
        seams.store.append(self.store)
        seams.stored.append(self.stored)
        seams.select.append(self.select)
        seams.represent.append(self.represent)
        seams.envelope.append(self.envelope)
        seams.error.append(self.error)
        seams.answer.append(self.answer)
        self.product.outside = self.outside

    # -- who may speak, and where to -------------------------------------------------------------------------------

    def arrive(self, call: Call) -> Response | None:
        """404 without the enterprise build, 402 without a licence; then 401 for all that has no route, as the API answers it."""
        if not self.switches.enterprise:
            return Response(404, (("Content-Type", "text/plain"),), b"API endpoint does not exist.")
        if not self.switches.licensed:
            return self._unlicensed()
        if call.method not in _ROUTES.get((call.path[0] if call.path else "", len(call.path) > 1), {}) or len(call.path) > 2:
            return _unauthenticated(self.switches.unrouted_status)
        return None

    def _unlicensed(self) -> Response:
        said = {"message": "SCIM is not part of this plan; upgrade to use it.", "status": "error-premium"}
        return _json(self.switches.unlicensed_status, said)

    def authorise(self, call: Call) -> None:
        """One bearer key; SCIM switched off looks the same as a wrong one. The scheme is matched to the letter."""
        given = call.request.header("authorization") or ""
        if not self.product.enabled or given != f"Bearer {self.product.token}":
            refuse(call, Refused(401, {"schemas": [urns.ERROR], "status": 401, "detail": "Unauthenticated"}))

    def route(self, call: Call) -> None:
        """Operation, type and id; count and startIndex are positive, other parameters but the filter are ignored."""
        segment = call.path[0]
        call.operation = _ROUTES[segment, len(call.path) > 1][call.method]
        call.type = call.provider.catalogue.by_segment(segment)
        if len(call.path) > 1:
            call.id = call.path[1]
            if call.id in self.special or call.store.get(call.id, call.kind) is None:
                refuse(call, error(404, f"{call.kind} not found"))
        kept = {"startindex": "1", "count": "100"}
        for name, usual in kept.items():
            value = call.parameters.get(name, usual)
            if not value.isdigit() or int(value) < 1:
                refuse(
                    call, validation("count" if name == "count" else "startIndex", "value must be an integer greater than zero.")
                )
            kept[name] = value
        text = call.parameters.get("filter")
        call.parameters = {**kept, "filter": text} if text is not None else dict(kept)

    def parse(self, call: Call, text: str) -> Filter:
        """Exactly one filter for each type, in exactly one spelling."""
        attribute = "userName" if call.kind == "User" else "displayName"
        found = re.fullmatch(f'{attribute} eq "(.*)"', text, re.DOTALL)
        if found is None:
            refuse(call, error(400, f"Unsupported filter: {text}") if call.kind == "User" else Refused(400, {"filter": text}))
        value = found[1] if found else ""
        return Comparison(Path(attribute), "eq", unquote(value) if self.switches.decodes_twice else value)

    def match(self, call: Call, filter: Filter, view: Json) -> bool:
        """Addresses compare without case, group names as the database does, with case."""
        assert isinstance(filter, Comparison)
        if call.kind == "User":
            return str(view["userName"]).lower() == str(filter.value).lower()
        return bool(view["displayName"] == filter.value)

    def select(self, call: Call, records: list[Record]) -> list[Record]:
        """The two special groups are listed although they cannot be read."""
        hidden = set() if self.switches.lists_special_groups else self.special
        return [record for record in records if record.id not in hidden]

    # -- what is written -------------------------------------------------------------------------------------------

    def body(self, call: Call, body: Json) -> Json:
        """The body as Metabase reads it, in the shape that the provider stores."""
        try:
            if call.kind == "Group":
                return group_body(body)
            if call.operation == "patch":
                call.notes["patch"] = body
                return {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace"}]}
            return self._account(call, body)
        except Refused as refused:
            refuse(call, refused)
            raise

    def _account(self, call: Call, body: Json) -> Json:
        switches = self.switches
        wanted = user_body(body, locales=switches.locales, closed=switches.closed_maps, active_words=switches.strict_active)
        if call.operation == "create":
            if not switches.setup_done:
                raise error(400, "The first administrator has to be created before.")
            if "active" not in wanted and switches.create_without_active != 201:
                raise _crash(switches.create_without_active, 'null value in column "is_active" violates a not-null constraint')
        elif call.record is not None:
            known = call.record.attributes["userName"]
            first = body["emails"][0]["value"] if body["emails"] else ""
            if (first if switches.exact_mail else first.lower()) != known:
                raise error(400, "The address of an account cannot be changed by this request.")
            if not switches.put_moves_user_name:
                wanted |= account(known)
        return wanted

    def patch(self, call: Call, view: Json, operations: list[Json]) -> Json:
        """Replace of four attributes; the operations are those kept aside by `body`."""
        switches = self.switches
        try:
            body = call.notes["patch"]
            return patched(view, body, without_path=switches.patch_without_path, strict_active=switches.strict_active)
        except Refused as refused:
            refuse(call, refused)
            raise

    def taken(self, call: Call, attribute: str, value: str) -> Record | None:
        """An address or a group name that somebody has, in any case; on an update nobody looks before the database does."""
        others = [r for r in call.store.find(call.kind, attribute, value) if r is not call.record]
        if not others:
            return None
        if call.operation == "create":
            what = (
                "An account with this address exists already." if call.kind == "User" else "A group of this name exists already."
            )
            refuse(call, error(409, what))
        if call.record is None or call.record.attributes.get(attribute) != value:
            refuse(call, _crash(self.switches.clash_by_patch, "duplicate key value violates a unique constraint"))
        return None

    def store(self, call: Call, draft: Draft) -> Draft:
        """Members of a replaced group stay when none are given; the last administrator stays active."""
        record = call.record
        if record is None:
            return draft
        if call.kind == "Group" and call.operation == "replace":
            given = call.body.get("members") if isinstance(call.body, dict) else None
            if not given or (not draft.members and not self.switches.diffed_members):
                draft.members = dict(record.members)
        if record.id in self.administrators and draft.attributes.get("active") is False:
            refuse(call, error(400, "The last administrator cannot be deactivated."))
        return draft

    def stored(self, call: Call, record: Record) -> None:
        """Remember whose account SCIM owns from now on."""
        if self.switches.owns_accounts and call.kind == "User" and call.operation in ("create", "replace"):
            self.owned.add(record.id)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def represent(self, call: Call, view: Json) -> Json:
        """Groups of an account on reads alone; members of a group everywhere but in lists."""
        if view["meta"]["resourceType"] == "User":
            return user_view(view, with_groups=call.operation in ("read", "list"))
        return group_view(view, with_members=call.operation != "list")

    def envelope(self, call: Call, envelope: Json) -> Json:
        """The members of a ListResponse in Metabase's order."""
        names = ("schemas", "totalResults", "startIndex", "itemsPerPage", "Resources")
        return {name: envelope[name] for name in names if name in envelope}

    def error(self, call: Call, body: Json) -> Json:
        """The body kept for a refusal; what is left is the provider's own refusal with a number for status."""
        kept: Json | None = call.notes.get("refused")
        return kept if kept is not None else {"schemas": [urns.ERROR], "detail": body["detail"], "status": int(body["status"])}

    def answer(self, call: Call, response: Response) -> Response:
        """Reads by id and errors are plain JSON; there is no Location."""
        if response.status == 204:
            return Response(204)
        scim = response.ok and call.operation != "read"
        kind = "application/scim+json" if scim else "application/json; charset=utf-8"
        if response.media_type not in ("application/scim+json", "application/json"):
            return response
        return Response(response.status, (("Content-Type", kind),), response.body)

    # -- the rest of the product -----------------------------------------------------------------------------------

    def outside(self, request: Request) -> Response:
        """The administrator's pages about SCIM; the web application for everything that is no API."""
        if not request.path.startswith("/api/"):
            page = b"<!DOCTYPE html><html><head><title>Metabase</title></head><body>Sign in to Metabase</body></html>"
            return Response(200, (("Content-Type", "text/html;charset=utf-8"),), page)
        if request.path.startswith("/api/ee/scim") and not self.switches.licensed:
            return self._unlicensed()
        if request.header("x-metabase-session") != self.product.admin:
            return _unauthenticated()
        match (request.method, request.path):
            case ("GET", "/api/ee/scim/api_key"):
                return _json(200, {"id": 1, "masked_key": f"{self.product.token[:7]}**********"})
            case ("POST", "/api/ee/scim/api_key"):
                token = self.product.rotate()
                return _json(200, {"id": 1, "masked_key": f"{token[:7]}**********", "unmasked_key": token})
            case ("PUT", "/api/setting/scim-enabled"):
                value = request.json().get("value")
                self.product.enabled = value is True or value == "true"
                return Response(204)
            case _:
                return Response(404, (("Content-Type", "text/plain"),), b"Not found.")


def refuse(call: Call, refused: Refused) -> None:
    """Raise the provider's refusal, with the product's own body kept for the answer."""
    call.notes["refused"] = refused.body
    raise Refusal(refused.status, str(refused.body.get("detail", "")))


def _crash(status: int, message: str) -> Refused:
    """An exception dump, or a plain validation body where the switch says 400."""
    if status < 500:
        return validation("body", message)
    return Refused(
        status, {"via": [{"type": "org.postgresql.util.PSQLException", "message": message}], "cause": message, "trace": []}
    )


def _json(status: int, body: Json) -> Response:
    return Response(status, (("Content-Type", "application/json; charset=utf-8"),), json_body(body))


def _unauthenticated(status: int = 401) -> Response:
    return Response(status, (("Content-Type", "text/plain;charset=utf-8"),), b"Unauthenticated")


_FIRST: Final[Attributes] = {
    "patch_without_path": False,
    "strict_active": False,
    "diffed_members": False,
    "owns_accounts": False,
}
METABASE: Final = PERSONAS.add(
    "metabase",
    Persona(
        "metabase",
        "Metabase with the enterprise plan",
        _BASE,
        MetabaseSwitches(),
        _build,
        {
            "v1": ("2024: PATCH needs a path", _FIRST),
            "v2": ("from 26 September 2025: PATCH without path", {"strict_active": False, "diffed_members": False}),
            "v3": ("2026: active is a boolean or its word, membership is a difference", {}),
            "v4": ("2026: unknown attributes are tolerated at every level", {"closed_maps": False}),
        },
    ),
    "Metabase's SCIM endpoint as its public code and documentation describe it.",
)
