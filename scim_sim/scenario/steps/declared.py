"""Probing what the target declares: its resource types, and each attribute by its declared type and mutability."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scim_sim.problem import Problem
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scim.attributes import Attribute, ResourceTypeDef
from scim_sim.scim.navigate import get
from scim_sim.scim.urns import PATCH_OP
from scim_sim.wire import Exchange

__all__: list[str] = []

Json = dict[str, Any]
_LIVE = "rfc7643-6-rt-endpoint-live"
_REQUIRED = "rfc7643-7-behaviour-matches-required"
_EXTENSION = "rfc7643-6-rt-extension-required-enforced"
_IMMUTABLE = "rfc7644-3.5.1-put-immutable-mismatch"
_IMMUTABLE_PATCH = "rfc7644-3.5.2-immutable-mutability"
_REQUEST = "rfc7643-7-request-only-when-asked"
_WITH_DEFAULTS = ("integer", "boolean")
"""Types whose attributes often have a value of the provider's own where no other was given: 0, or false."""
_UNIQUE = "rfc7644-3.3-create-duplicate-409"
_IETF = "urn:ietf:params:scim:schemas:"
_SKIPPED = ("schemas", "id", "externalid", "meta", "password", "members", "groups")


@step("probe resource types")
def probe_resource_types(stage: Stage) -> None:
    """Ask the endpoint of each declared resource type, and create, read, change and delete a resource of each further type."""
    if "ResourceTypes" not in stage.declared.known:
        raise NotApplicable("ResourceTypes cannot be read")
    for kind in stage.declared.resource_types:
        exchange = stage.ask(harness_request("GET", kind.endpoint, query={"count": 1}, label=f"list {kind.name}"))
        status = exchange.response.status if exchange.response is not None else 0
        problem = None
        if status not in (200, 403, 501):
            problem = Problem(f"the endpoint of {kind.name} does not answer", "200", f"{kind.endpoint}: {status}", "http")
        stage.finding("endpoint_is_live", _LIVE, problem)


@step("probe attributes")
def probe_attributes(stage: Stage) -> None:
    """For each declared resource type: required and unique attributes are enforced, writable ones kept, immutable ones stay.

    Types other than User and Group, and extensions that are the target's own, are filled with samples of their declared
    types, changed by PATCH and by PUT, and read back. The checks judge every answer; this step judges only refusals.
    """
    if not {"ResourceTypes", "Schemas"} <= stage.declared.known:
        raise NotApplicable("ResourceTypes and Schemas cannot both be read")
    for kind in stage.declared.resource_types:
        _Probe(stage, kind).play()


class _Probe:
    """One resource type, probed with made-up resources."""

    def __init__(self, stage: Stage, kind: ResourceTypeDef) -> None:
        self.stage = stage
        self.kind = kind
        self.count = 0
        self.parts = [(urn, stage.declared.schemas.schema(urn)) for urn in (kind.schema, *(e for e, _ in kind.extensions))]

    def play(self) -> None:
        """Create, read, change, and leave things out."""
        if self.stage.declared.schemas.schema(self.kind.schema) is None:
            return
        body = self.resource()
        id_ = _id(self.post(body))
        if not id_ and self.usual:
            body = self.resource(own=False)  # it may have rules for its own attributes that no schema can tell
            answer = self.post(body)
            id_ = _id(answer)
            self.enough(body, answer)
        if not id_:
            return
        self.read(id_)
        self.requested(id_)
        self.found(body)
        self.unique()
        self.immutable(id_, body)
        self.changed(id_, body)
        self.without_required(body)
        self.without_extension(body)

    def enough(self, body: Json, answer: Exchange) -> None:
        """A user who has what is declared required lacks nothing; an extension of the target's own may have more rules."""
        if self.kind.endpoint != "/Users" or any(map(_is_own, body["schemas"])):
            return
        if answer.response is None or not (answer.response.ok or answer.response.status == 400):
            return
        said = "a user with all that is declared required is refused"
        problem = None if answer.response.ok else Problem(said, "201", str(answer.response.status), "http")
        self.stage.finding("required_attributes_are_enough", _REQUIRED, problem, level="SHOULD")

    def attributes(self) -> Iterator[tuple[str, Attribute]]:
        """Every writable attribute with the URI of its extension, empty for the main schema."""
        for urn, schema in self.parts:
            for attribute in schema.attributes if schema is not None else ():
                if attribute.name.lower() not in _SKIPPED and attribute.mutability != "readOnly":
                    yield ("" if urn == self.kind.schema else urn), attribute

    @property
    def usual(self) -> bool:
        """Whether the type is one whose usual attributes other probes write."""
        return self.kind.endpoint in ("/Users", "/Groups")

    def resource(self, *, own: bool = True) -> Json:
        """A resource with a sample of every attribute that can be made up without knowing more.

        Of users and groups it is what must be there, what is immutable and, with `own`, the target's own extensions.
        """
        self.count += 1
        required = {urn for urn, needed in self.kind.extensions if needed}
        body: Json = {"schemas": [self.kind.schema]}
        for urn, attribute in self.attributes():
            value = sample(attribute, f"{self.stage.mark.text}.probe{self.count}")
            wanted = not self.usual or attribute.required or urn in required or attribute.mutability == "immutable"
            if value is not None and (wanted or (own and _is_own(urn))):
                put(body, urn, attribute.name, value)
        return body

    def changed(self, id_: str, body: Json) -> None:
        """The target's own attributes take other values, by PATCH and by PUT."""
        rows = []
        for urn, attribute in self.attributes():
            held = get(body.get(urn, {}) if urn else body, attribute.name)
            other = sample(attribute, f"{self.stage.mark.text}.changed", other=True)
            fine = attribute.mutability == "readWrite" and attribute.uniqueness in ("", "none")
            if fine and held is not None and other is not None and (_is_own(urn) or not self.usual):
                rows.append((urn, attribute, other))
        if not rows:
            return
        path = f"{self.kind.endpoint}/{id_}"
        if self.stage.declared.supports("patch") is not False:
            operations = [{"op": "replace", "path": f"{u}:{a.name}" if u else a.name, "value": other} for u, a, other in rows]
            self.patch(path, operations)
            self.read(id_)
            self.added_and_removed(path, id_, rows)
        again = {k: dict(v) if isinstance(v, dict) else v for k, v in body.items()}
        for urn, attribute, _ in rows:
            put(again, urn, attribute.name, sample(attribute, f"{self.stage.mark.text}.replaced"))
        self.stage.ask(harness_request("PUT", path, body={**again, "id": id_}, label=f"replace {self.kind.name}"))
        self.read(id_)

    def added_and_removed(self, path: str, id_: str, rows: Iterable[tuple[str, Attribute, Any]]) -> None:
        """A list of the target's own takes one value more, and one of its other attributes is taken away."""
        word = f"{self.stage.mark.text}.added"
        own = [(f"{urn}:{a.name}", a) for urn, a, _ in rows if _is_own(urn)]
        operations = [{"op": "add", "path": name, "value": sample(a, word)} for name, a in own if a.multi_valued]
        single = [name for name, a in own if not a.multi_valued and not a.required and a.type not in _WITH_DEFAULTS]
        operations += [{"op": "remove", "path": name} for name in single[:1]]
        if operations:
            self.patch(path, operations)
            self.read(id_)

    def patch(self, path: str, operations: list[Json]) -> Exchange:
        body = {"schemas": [PATCH_OP], "Operations": operations}
        return self.stage.ask(harness_request("PATCH", path, body=body, label=f"change {self.kind.name}"))

    def post(self, body: Json) -> Exchange:
        return self.stage.ask(harness_request("POST", self.kind.endpoint, body=body, label=f"probe {self.kind.name}"))

    def read(self, id_: str, query: Mapping[str, Any] | None = None) -> Exchange:
        path = f"{self.kind.endpoint}/{id_}"
        return self.stage.ask(harness_request("GET", path, query=query, label=f"probe {self.kind.name}"))

    def requested(self, id_: str) -> None:
        """Attributes that come only when asked for."""
        for urn, attribute in self.attributes():
            if attribute.returned == "request":
                name = f"{urn}:{attribute.name}" if urn else attribute.name
                self.read(id_, {"attributes": name})
                self.stage.finding("requested_attribute_was_asked_for", _REQUEST)

    def found(self, body: Json) -> None:
        """The target's own attributes can be searched for, one text and one number; the checks judge what is found."""
        if self.stage.declared.supports("filter") is not True:
            return
        kinds: set[str] = set()
        for urn, attribute in self.attributes():
            held = get(body.get(urn, {}) if urn else body, attribute.name)
            if not _is_own(urn) or attribute.multi_valued or attribute.type in kinds or not isinstance(held, str | int):
                continue
            if attribute.type in ("string", "integer") and attribute.returned in ("", "default", "always"):
                kinds.add(attribute.type)
                query = {"filter": f"{urn}:{attribute.name} eq {json.dumps(held)}"}
                self.stage.ask(harness_request("GET", self.kind.endpoint, query=query, label=f"find {self.kind.name}"))

    def unique(self) -> None:
        """What is declared unique is given to a second resource; userName is tried by other probes."""
        for urn, attribute in self.attributes():
            value = sample(attribute, f"{self.stage.mark.text}.unique")
            if attribute.uniqueness not in ("server", "global") or attribute.multi_valued or not isinstance(value, str):
                continue
            if attribute.canonical_values or attribute.mutability != "readWrite" or attribute.name.lower() == "username":
                continue
            first, second = self.resource(own=False), self.resource(own=False)
            for body in (first, second):
                put(body, urn, attribute.name, value)
            made, answer = _id(self.post(first)), self.post(second).response
            if not made or answer is None or not 200 <= answer.status < 500:
                continue
            said = f"a second {self.kind.name} has the same {attribute.name}, which is declared unique"
            problem = Problem(said, "409 with scimType uniqueness", str(answer.status), "http") if answer.ok else None
            self.stage.finding("unique_attribute_is_enforced", _UNIQUE, problem, level="SHOULD")

    def immutable(self, id_: str, body: Json) -> None:
        """An immutable attribute with a value keeps it."""
        for urn, attribute in self.attributes():
            before = get(body.get(urn, {}) if urn else body, attribute.name)
            other = sample(attribute, f"{self.stage.mark.text}.other", other=True)
            if attribute.mutability != "immutable" or before is None or other is None or other == before:
                continue
            changed = {k: dict(v) if isinstance(v, dict) else v for k, v in body.items()}
            put(changed, urn, attribute.name, other)
            path = f"{self.kind.endpoint}/{id_}"
            answer = self.stage.ask(
                harness_request("PUT", path, body={**changed, "id": id_}, label="change an immutable attribute")
            )
            self._kept(answer, id_, urn, attribute, other, _IMMUTABLE)
            if self.stage.declared.supports("patch") is not False:
                name = f"{urn}:{attribute.name}" if urn else attribute.name
                operations = [{"op": "replace", "path": name, "value": other}]
                answer = self.stage.ask(harness_request("PATCH", path, body={"schemas": [PATCH_OP], "Operations": operations}))
                self._kept(answer, id_, urn, attribute, other, _IMMUTABLE_PATCH)

    def _kept(self, answer: Exchange, id_: str, urn: str, attribute: Attribute, other: Any, requirement: str) -> None:
        if answer.response is None or answer.response.status in (404, 405, 501):
            return
        now = self.read(id_).response
        resource = (now.json_object() if now is not None else None) or {}
        holder = get(resource, urn) if urn else resource
        value = get(holder, attribute.name) if isinstance(holder, Mapping) else None
        problem = None
        if value == other:
            problem = Problem(
                f"the immutable attribute {attribute.name} was changed", "400 mutability", str(other), f"/{attribute.name}"
            )
        elif answer.response.ok:
            problem = Problem(
                f"a change of the immutable {attribute.name} is accepted and ignored", "400 mutability", "200", "http"
            )
        level = "" if value == other or requirement == _IMMUTABLE_PATCH else "MAY"
        self.stage.finding("immutable_attribute_stays", requirement, problem, level=level)

    def without_required(self, body: Json) -> None:
        """Leaving out one required attribute at a time."""
        for urn, attribute in self.attributes():
            if not attribute.required or attribute.mutability == "readOnly":
                continue
            fresh = self.resource()
            holder = fresh.get(urn, {}) if urn else fresh
            if get(holder, attribute.name) is None:
                continue
            holder.pop(attribute.name, None)
            answer = self.post(fresh).response
            if answer is None or answer.status in (401, 403, 404, 405, 501):
                continue
            problem = None
            if answer.ok:
                problem = Problem(
                    f"a {self.kind.name} is created without the required {attribute.name}", "400", str(answer.status), "http"
                )
            self.stage.finding("required_attribute_is_enforced", _REQUIRED, problem)

    def without_extension(self, body: Json) -> None:
        """Leaving out a required extension."""
        for urn, needed in self.kind.extensions:
            if not needed:
                continue
            fresh = self.resource()
            fresh.pop(urn, None)
            fresh["schemas"] = [self.kind.schema]
            answer = self.post(fresh).response
            if answer is None:
                continue
            came = answer.json_object() if answer.ok else None
            problem = None
            if came is not None and not get(came, urn):
                problem = Problem(
                    "a resource is created without the required extension", "400, or the extension filled in", urn, "http"
                )
            self.stage.finding("required_extension_is_enforced", _EXTENSION, problem)


def put(body: Json, urn: str, name: str, value: Any) -> None:
    """Set an attribute, in its extension where it has one."""
    if urn:
        if urn not in body["schemas"]:
            body["schemas"] = [*body["schemas"], urn]
        body.setdefault(urn, {})[name] = value
    else:
        body[name] = value


def sample(attribute: Attribute, word: str, *, other: bool = False) -> Any:
    """A value of the declared type, or `None` for what cannot be made up (references, complex attributes without parts).

    With `other` it is a second value, where there is one.
    """
    one = _sample(attribute, word, other)
    return [one] if attribute.multi_valued and one is not None else one


def _is_own(urn: str) -> bool:
    """Whether the extension is the target's own, and not one that the RFCs define."""
    return bool(urn) and not urn.lower().startswith(_IETF)


def _sample(attribute: Attribute, word: str, other: bool) -> Any:
    if attribute.canonical_values and attribute.type == "string":
        return attribute.canonical_values[-1 if other else 0]
    if attribute.name.lower() == "username":
        return f"{word}@example.com"
    simple: Json = {
        "string": f"{word} {attribute.name}",
        "boolean": not other,
        "integer": 8 if other else 7,
        "decimal": 8.25 if other else 7.5,
        "dateTime": "2025-11-30T23:30:15Z" if other else "2026-01-05T08:00:00Z",
        "binary": "d29ybGQ=" if other else "aGVsbG8=",
    }
    if attribute.type in simple:
        return simple[attribute.type]
    if attribute.type != "complex":
        return None
    parts = {
        s.name: _sample(s, word, other) for s in attribute.sub_attributes if s.mutability != "readOnly" and not s.multi_valued
    }
    return {name: value for name, value in parts.items() if value is not None} or None


def _id(exchange: Exchange) -> str:
    if exchange.response is None or not exchange.response.ok:
        return ""
    value = (exchange.response.json_object() or {}).get("id")
    return value if isinstance(value, str) else ""
