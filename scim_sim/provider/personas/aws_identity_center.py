"""AWS IAM Identity Center's SCIM endpoint, as far as its implementation guide fixes it: a strict target.

    route (no PUT on groups, no /Me, /Bulk, .search) ▸ filter (eq, joined by and) ▸ account (one value each) ▸ membership

The guide states the limits; what it leaves open is a switch of `AwsSwitches`. Source of all: the SCIM implementation guide
of AWS IAM Identity Center, "Supported API operations" and "Constraints".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.clock import Clock
from scim_sim.provider.app import Provider
from scim_sim.provider.options import Options
from scim_sim.provider.personas.persona import PERSONAS, Persona, Product, switch
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim.grammar import And, Comparison, Filter
from scim_sim.wire import Request, Response

__all__ = ["AWS_IDENTITY_CENTER", "AwsSwitches"]

Json = dict[str, Any]
_BASE: Final = "/scim/v2"
_GUIDE: Final = "AWS IAM Identity Center SCIM implementation guide"
_SINGLE: Final = ("emails", "addresses", "phoneNumbers")
_UNKNOWN: Final = ("password", "ims", "photos", "x509Certificates", "entitlements", "groups")
_PATCHED: Final = ("displayname", "members", "externalid")


@dataclass(frozen=True, slots=True)
class AwsSwitches:
    """The limits of the guide, and how what it leaves open turns out."""

    most_members: int = switch(100, "Membership changes in one request.", _GUIDE, "documented")
    page_size: int = switch(50, "Results of a list; 100 in other places.", _GUIDE, "documented")
    shows_members: bool = switch(False, "Reading a group returns its members.", _GUIDE, "inferred")
    put_groups_status: int = switch(405, "The status of PUT on a group.", _GUIDE, "inferred")
    refuses_unsupported: bool = switch(False, "Passwords, photos and the like are refused, not ignored.", _GUIDE, "inferred")


def _build(switches: AwsSwitches, token: str, clock: Clock | None, seed: int | None) -> Product:
    options = Options(
        etag=False, bulk=False, sort=False, search=False, root_query=False, change_password=False,
        max_results=switches.page_size, page_size=switches.page_size, unique_group_names=True,
    )  # fmt: skip
    provider = Provider(clock=clock, seed=seed, options=options, base_url=f"https://scim.region.example.test{_BASE}")
    product = Product(provider, _BASE, token, lambda: f"aws-{provider.random.getrandbits(128):032x}")
    product.outside = _outside
    _Aws(product, switches).hook()
    return product


class _Aws:
    """The hooks of one instance."""

    def __init__(self, product: Product, switches: AwsSwitches) -> None:
        self.product = product
        self.switches = switches

    def hook(self) -> None:
        """Put the hooks in their places."""
        provider = self.product.provider
        rules, seams = provider.rules, provider.seams
        self._route, self._parse = rules.route, rules.parse
        rules.authorise, rules.route, rules.parse = self.authorise, self.route, self.parse
        seams.body.append(self.body)
        seams.operations.append(self.operations)
        seams.represent.append(self.represent)

    def authorise(self, call: Call) -> None:
        """One bearer token; discovery needs it too."""
        if call.request.header("authorization") != f"Bearer {self.product.token}":
            raise Refusal(401, "Unauthorized", headers=(("WWW-Authenticate", 'Bearer realm="scim"'),))

    def route(self, call: Call) -> None:
        """Groups have no PUT."""
        self._route(call)
        if call.operation == "replace" and call.kind == "Group":
            raise Refusal(self.switches.put_groups_status, "PUT is not supported for groups")

    def parse(self, call: Call, text: str) -> Filter:
        """Equality, and several of them joined by and."""
        found = self._parse(call, text)
        parts = found.operands if isinstance(found, And) else (found,)
        if not all(isinstance(part, Comparison) and part.operator == "eq" and part.path.filter is None for part in parts):
            raise Refusal(400, "The filter may hold eq alone, joined by and", "invalidFilter")
        return found

    def body(self, call: Call, body: Json) -> Json:
        """One e-mail, address and telephone number at most; a create holds no more members than a change may."""
        for name in _SINGLE:
            if isinstance(body.get(name), list) and len(body[name]) > 1:
                raise Refusal(400, f"List attribute {name} exceeds allowed limit of 1", "invalidValue")
        for name in _UNKNOWN:
            if body.get(name) and call.kind == "User" and self.switches.refuses_unsupported:
                raise Refusal(400, f"{name} is not supported", "invalidValue")
        if call.kind == "Group" and isinstance(body.get("members"), list):
            self._limit(len(body["members"]))
        return {name: value for name, value in body.items() if name not in _UNKNOWN} if call.operation != "patch" else body

    def operations(self, call: Call, operations: list[Json]) -> list[Json]:
        """Groups: displayName, members and externalId; members are added and removed by name, never all or replaced."""
        if call.kind != "Group":
            return operations
        changes = 0
        for operation in operations:
            given = {name.lower(): value for name, value in operation.items()}
            op, value = str(given.get("op", "")).lower(), given.get("value")
            for path in _paths(given):
                if path not in _PATCHED and not path.startswith("members["):
                    raise Refusal(400, f"{path[:80]} cannot be patched", "invalidPath")
                if path == "members" and op == "replace":
                    raise Refusal(400, "Replacing all members is not supported", "invalidValue")
                if path == "members" and op == "remove" and not value:
                    raise Refusal(400, "Removing all members is not supported", "invalidValue")
                if path.startswith("members"):
                    changes += len(value) if isinstance(value, list) else 1
        self._limit(changes)
        return operations

    def represent(self, call: Call, view: Json) -> Json:
        """Groups are shown without their members."""
        if call.kind == "Group" and not self.switches.shows_members:
            return {**view, "members": []}
        return view

    def _limit(self, changes: int) -> None:
        if changes > self.switches.most_members:
            raise Refusal(400, f"{changes} membership changes exceed the limit of {self.switches.most_members}", "tooMany")


def _paths(operation: Json) -> Iterator[str]:
    """What an operation is about: its path, or the members of a value without one."""
    path, value = operation.get("path"), operation.get("value")
    if isinstance(path, str):
        yield path.lower()
    elif isinstance(value, dict):
        yield from (name.lower() for name in value if name.lower() not in ("id", "schemas"))


def _outside(request: Request) -> Response:
    return Response(404, (("Content-Type", "application/json"),), b'{"message":"Not Found"}')


AWS_IDENTITY_CENTER: Final = PERSONAS.add(
    "aws-identity-center",
    Persona("aws-identity-center", "AWS IAM Identity Center", _BASE, AwsSwitches(), _build),
    "The limits that the implementation guide of AWS IAM Identity Center states.",
)
