"""Collate's SCIM endpoint, and that of the open-source OpenMetadata, which has the routes and no implementation.

    switch (403 SCIM_DISABLED) ▸ bot (401, 403) ▸ route ▸ account, or group as a team

What is public is the skeleton in open-metadata/OpenMetadata (resource classes, JSON schemas, permissions; pull request
21512) and the vendor's guide; the implementation is closed. What neither of them says is a switch of
`CollateSwitches`; what has no switch stands in one of them, or is what the RFCs say where nothing is public.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.clock import Clock
from scim_sim.provider.app import Provider
from scim_sim.provider.options import Options
from scim_sim.provider.personas.persona import PERSONAS, Persona, Product, switch
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import Catalogue, standard
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Record
from scim_sim.scim import urns
from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.grammar import FilterError, parse_path
from scim_sim.wire import Request, Response, json_body

__all__ = ["COLLATE", "OPENMETADATA", "CollateSwitches"]

Json = dict[str, Any]
_BASE: Final = "/api/v1/scim"
_SKELETON: Final = "open-metadata/OpenMetadata, SCIM resource and JSON schemas"
_GUIDE: Final = "Collate documentation, SCIM guide"
_FIRST_USER: Final = {"id", "externalId", "userName", "displayName", "active", "emails", "name"}
_EDITS: Final = {"create": "CREATE_SCIM", "replace": "EDIT_SCIM", "patch": "EDIT_SCIM", "delete": "DELETE_SCIM"}


@dataclass(frozen=True, slots=True)
class CollateSwitches:
    """How this Collate is set up, which version it is, and how what nobody has published turns out."""

    implemented: bool = switch(True, "Off answers everything with 501, as the open-source build does.", _SKELETON, "read")
    enabled: bool = switch(True, "The SCIM setting is on; off answers 403 SCIM_DISABLED.", _SKELETON, "read")
    checks_switch_first: bool = switch(True, "The setting is looked at before the implementation.", _SKELETON, "read")
    lowercase_op: bool = switch(False, "op of a PATCH is an enumeration in lower case.", _SKELETON, "inferred")
    group_patch_status: int = switch(204, "The status of PATCH on a group; 200 in the first version.", _SKELETON, "read")
    delete_status: int = switch(204, "The status of DELETE; 200 in the first version.", _SKELETON, "read")
    first_user_schema: bool = switch(False, "Users have eight attributes, others and schemas are refused.", _SKELETON, "inferred")
    keeps_employee_number: bool = switch(False, "employeeNumber is kept beside employeeId.", _SKELETON, "inferred")
    refuses_unknown: bool = switch(False, "PATCH of an attribute the product does not know is refused.", "not public", "inferred")
    deletes_softly: bool = switch(
        False, "DELETE of a user deactivates the account, the product's habit.", "not public", "inferred"
    )
    existing_team_status: int = switch(200, "The status of a POST that names a team which is there.", "not public", "inferred")
    moves_hand_made_teams: bool = switch(False, "A team made by hand takes a new name from SCIM.", _GUIDE, "documented")
    teams: tuple[str, ...] = switch(
        ("Division/Data/OM_Existing",), "Teams made by hand, as paths below the root.", _GUIDE, "documented"
    )


class Teams:
    """The product's own view of groups: every group is a team, somewhere in a tree."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.types: dict[str, str] = {}

    def plant(self, provider: Provider, paths: tuple[str, ...]) -> None:
        """Make teams by hand: `Division/Data/OM_Existing` is a group below a department below a division."""
        made: dict[str, str] = {}
        for path in paths:
            parts = path.split("/")
            for depth in range(1, len(parts) + 1):
                key = "/".join(parts[:depth])
                if key not in made:
                    record = provider.store_of().create("Group", {"displayName": parts[depth - 1]})
                    made[key] = record.id
                    self.parents[record.id] = made.get("/".join(parts[: depth - 1]), "Organization")
                    self.types[record.id] = "Group" if depth == len(parts) else ("Division", "Department")[min(depth - 1, 1)]


def _build(switches: CollateSwitches, token: str, clock: Clock | None, seed: int | None) -> Product:
    options = Options(
        etag=False, bulk=False, sort=False, search=False, root_query=False, change_password=False,
        public_configuration=False, unknown_members="ignore", schemas_required=False,
    )  # fmt: skip
    base_url = f"https://catalog.example.test{_BASE}"
    provider = Provider(clock=clock, seed=seed, options=options, base_url=base_url, catalogue=_catalogue(switches))

    def make_token() -> str:
        claims = base64.urlsafe_b64encode(json_body({"sub": "scim-bot", "isBot": True, "jti": provider.random.getrandbits(64)}))
        signature = base64.urlsafe_b64encode(provider.random.randbytes(32)).rstrip(b"=")
        return f"eyJhbGciOiJSUzI1NiJ9.{claims.rstrip(b'=').decode()}.{signature.decode()}"

    product = Product(provider, _BASE, token, make_token)
    product.enabled = switches.enabled
    product.other_tokens["other-bot"] = make_token()
    _Collate(product, switches).hook()
    return product


class _Collate:
    """The hooks of one Collate."""

    def __init__(self, product: Product, switches: CollateSwitches) -> None:
        self.product = product
        self.switches = switches
        self.teams = Teams()
        self.teams.plant(product.provider, switches.teams)
        self.by_hand = set(self.teams.parents)

    def hook(self) -> None:
        """Put the hooks in their places."""
        provider = self.product.provider
        self._route, self._delete, self._patch = provider.rules.route, provider.rules.delete, provider.rules.patch
        provider.rules.patch = self.patch
        provider.rules.authorise, provider.rules.route, provider.rules.delete = self.authorise, self.route, self.delete
        provider.members_in_place = False
        seams = provider.seams
        seams.arrive.append(self.arrive)
        seams.body.append(self.body)
        seams.operations.append(self.operations)
        seams.store.append(self.store)
        seams.stored.append(self.stored)
        seams.error.append(self.error)
        seams.answer.append(self.answer)
        self.product.outside = self.outside

    # -- who may speak, and where to -------------------------------------------------------------------------------

    def arrive(self, call: Call) -> Response | None:
        """The setting, then 501 where nothing is implemented."""
        switches = self.switches
        asked = switches.implemented or switches.checks_switch_first
        if asked and not self.product.enabled and self.authenticated(call.request) is not None:
            return _refusal(403, "SCIM_DISABLED", "SCIM provisioning is not enabled")
        if not switches.implemented:
            said = b"SCIM is not implemented in OpenMetadata"
            return Response(501, (("Content-Type", "text/plain"),), said)
        return None

    def authenticated(self, request: Request) -> str | None:
        """The bot that speaks, or `None`."""
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        if token == self.product.token:
            return "scim-bot"
        return next((name for name, other in self.product.other_tokens.items() if other == token), None)

    def authorise(self, call: Call) -> None:
        """The token of SCIM-Bot; another bot lacks the permissions."""
        bot = self.authenticated(call.request)
        if bot is None:
            _refuse(call, 401, "UNAUTHORIZED", "Not authorized; the token is missing, expired or not known")
        if bot != "scim-bot":
            _refuse(call, 403, "FORBIDDEN", f"Principal {bot} is not allowed the operations {', '.join(_needed(call))} on scim")

    def route(self, call: Call) -> None:
        """The base URL and ServiceProviderConfig are one document; ResourceTypes and single schemas do not exist."""
        match call.path:
            case ():
                call.path = ("ServiceProviderConfig",)
            case ("ResourceTypes", *_) | ("Schemas", _, *_) | ("Bulk",) | ("Me",):
                raise Refusal(404, "HTTP 404 Not Found")
        self._route(call)

    # -- what is written -------------------------------------------------------------------------------------------

    def body(self, call: Call, body: Json) -> Json:
        """The first version's users have eight attributes; a POST that names an existing team is about its members alone."""
        if call.kind == "User" and self.switches.first_user_schema and call.operation in ("create", "replace"):
            odd = next((name for name in body if name not in _FIRST_USER), None)
            if odd is not None:
                raise Refusal(400, f'Unrecognized field "{odd}"', "invalidSyntax")
        if call.kind == "Group" and call.operation == "create":
            found = self._team(call, body.get("displayName"))
            if found is not None:
                call.notes["team"] = found
        return body

    def _team(self, call: Call, name: Any) -> Record | None:
        found = call.store.find("Group", "displayName", name) if isinstance(name, str) else []
        return found[0] if found else None

    def operations(self, call: Call, operations: list[Json]) -> list[Json]:
        """In some versions op is an enumeration in lower case."""
        for operation in operations:
            op = operation.get("op")
            if self.switches.lowercase_op and op not in ("add", "replace", "remove"):
                raise Refusal(400, f"Cannot deserialize value of type Op from {str(op)[:40]!r}", "invalidSyntax")
        return operations

    def patch(self, call: Call, view: Json, operations: list[Json]) -> Json:
        """Attributes that the product does not know are tolerated in a PATCH as they are in a body."""
        schemas = call.provider.catalogue.set
        for operation in operations:
            try:
                view = self._patch(call, view, [operation])
            except Refusal:
                if self.switches.refuses_unknown or not _unknown(operation, schemas):
                    raise
        return view

    def store(self, call: Call, draft: Draft) -> Draft:
        """A team made by hand keeps its name; a create of an existing team ends here, with its members adjusted."""
        if call.kind != "Group":
            return draft
        existing: Record | None = call.notes.get("team")
        if existing is not None:
            call.store.set_members(existing, draft.members)
            call.notes["adopted"] = existing
            raise Refusal(409, "the team is there; its members were adjusted")
        record = call.record
        if record is not None and record.id in self.by_hand and not self.switches.moves_hand_made_teams:
            draft.attributes["displayName"] = record.attributes["displayName"]
        return draft

    def stored(self, call: Call, record: Record) -> None:
        """A group that is new becomes a team of type Group directly under the Organization."""
        if call.kind == "Group" and call.operation == "create":
            self.teams.parents.setdefault(record.id, "Organization")
            self.teams.types.setdefault(record.id, "Group")

    def delete(self, call: Call, record: Record) -> None:
        """Remove, or deactivate where the product deletes softly."""
        if call.kind == "User" and self.switches.deletes_softly:
            call.store.replace(record, {**record.attributes, "active": False})
            return
        self._delete(call, record)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def error(self, call: Call, body: Json) -> Json:
        """Refusals at the gate are the product's own objects."""
        kept: Json | None = call.notes.get("refused")
        return body if kept is None else kept

    def answer(self, call: Call, response: Response) -> Response:
        """The statuses of this version, and an adopted team in place of a refusal."""
        adopted: Record | None = call.notes.get("adopted")
        if adopted is not None:
            shown = call.provider.shown_raw(call, adopted)
            return call.provider.json(self.switches.existing_team_status, shown, call.provider.resource_headers(call, adopted))
        if "refused" in call.notes:
            return Response(response.status, (("Content-Type", "application/json"),), response.body)
        if call.operation == "delete" and response.status == 204 and self.switches.delete_status == 200:
            return call.provider.json(200, b"{}")
        if call.operation == "patch" and call.kind == "Group" and response.ok and self.switches.group_patch_status == 200:
            assert call.record is not None
            return call.provider.json(200, call.provider.shown_raw(call, call.record))
        return response

    # -- the rest of the product -----------------------------------------------------------------------------------

    def outside(self, request: Request) -> Response:
        """The teams as the product shows them, the SCIM setting, and a new token for the bot; for administrators."""
        if not request.path.startswith("/api/"):
            page = b"<!DOCTYPE html><html><head><title>Collate</title></head><body></body></html>"
            return Response(200, (("Content-Type", "text/html"),), page)
        if request.header("authorization") != f"Bearer {self.product.admin}":
            return _refusal(401, "UNAUTHORIZED", "Not authorized; the token is missing, expired or not known")
        match (request.method, request.path):
            case ("GET", "/api/v1/teams"):
                return Response(200, (("Content-Type", "application/json"),), json_body({"data": self._listed()}))
            case ("PUT", "/api/v1/system/settings/scim"):
                self.product.enabled = request.json().get("enabled") is True
                return Response(200, (("Content-Type", "application/json"),), json_body({"enabled": self.product.enabled}))
            case ("PUT", "/api/v1/bots/scim-bot/token"):
                return Response(200, (("Content-Type", "application/json"),), json_body({"JWTToken": self.product.rotate()}))
            case _:
                return Response(404, (("Content-Type", "application/json"),), b'{"code":404,"message":"HTTP 404 Not Found"}')

    def _listed(self) -> list[Json]:
        store = self.product.provider.store_of()
        rows = []
        for record in store.all("Group"):
            parent = self.teams.parents.get(record.id, "Organization")
            above = store.get(parent)
            name = above.attributes["displayName"] if above is not None else parent
            kind = self.teams.types.get(record.id, "Group")
            rows.append({"id": record.id, "name": record.attributes["displayName"], "teamType": kind, "parent": name})
        return rows


def _needed(call: Call) -> list[str]:
    found = {"POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}.get(call.method, "")
    return [_EDITS.get(found, "VIEW_SCIM")]


def _unknown(operation: Json, schemas: SchemaSet) -> bool:
    """Whether the path of the operation names an attribute that no schema declares."""
    text = next((value for name, value in operation.items() if name.lower() == "path"), None)
    try:
        path = parse_path(text) if isinstance(text, str) else None
    except FilterError:
        return False
    return path is not None and bool(path.name) and schemas.find(path.name, path.sub, path.urn) is None


def _refuse(call: Call, status: int, kind: str, message: str) -> None:
    call.notes["refused"] = {"code": status, "errorType": kind, "message": message}
    raise Refusal(status, message)


def _refusal(status: int, kind: str, message: str) -> Response:
    body = {"code": status, "errorType": kind, "message": message}
    return Response(status, (("Content-Type", "application/json"),), json_body(body))


def _catalogue(switches: CollateSwitches) -> Catalogue:
    """The standard schemas with `employeeId` in the enterprise extension, as the product's JSON schema spells it."""
    plain = standard()
    return Catalogue(tuple(_schema(schema, switches) for schema in plain.schemas), plain.resource_types)


def _schema(schema: Json, switches: CollateSwitches) -> Json:
    if schema["id"] != urns.ENTERPRISE_USER:
        return schema
    known = {attribute["name"]: attribute for attribute in schema["attributes"]}
    kept = ("employeeNumber", "department", "manager") if switches.keeps_employee_number else ("department", "manager")
    renamed = {**known["employeeNumber"], "name": "employeeId"}
    return {**schema, "attributes": [renamed, *(known[name] for name in kept)]}


COLLATE: Final = PERSONAS.add(
    "collate",
    Persona(
        "collate",
        "Collate, the hosted OpenMetadata",
        _BASE,
        CollateSwitches(),
        _build,
        {
            "lowercase-op": ("op of a PATCH in lower case only", {"lowercase_op": True}),
            "early": ("the first version", {"group_patch_status": 200, "delete_status": 200}),
            "strict-shape": ("the first version's user schema", {"first_user_schema": True, "delete_status": 200}),
            "disabled": ("SCIM switched off", {"enabled": False}),
        },
    ),
    "Collate's SCIM endpoint as its public skeleton and the vendor's guide describe it.",
)
OPENMETADATA: Final = PERSONAS.add(
    "openmetadata",
    Persona(
        "openmetadata",
        "OpenMetadata, the open-source build",
        _BASE,
        CollateSwitches(implemented=False, checks_switch_first=False),
        _build,
        {"switched-off": ("a build that looks at the setting first", {"enabled": False, "checks_switch_first": True})},
    ),
    "The open-source build: every SCIM request is answered with 501 and one sentence.",
)
