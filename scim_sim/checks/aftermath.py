"""What a write should have brought about, by the oracle, and which requirement holds the target to each part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scim_sim.checks.blame import operations_of, touches
from scim_sim.checks.reading import Reading
from scim_sim.checks.shadow import Claim, Known
from scim_sim.checks.shape import is_plain
from scim_sim.scim.attributes import SchemaSet, schemas_of
from scim_sim.scim.equivalence import differences
from scim_sim.scim.navigate import OBJECT, get, key_of
from scim_sim.scim.patch import PatchError, apply_patch
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["Aftermath", "aftermath_of"]

Json = dict[str, Any]
_LISTS: Final = ("members",)
"""What identity providers add to, or remove from, several times in one request."""
_COMMON: Final = ("id", "meta", "schemas")
_ENTERPRISE: Final = ENTERPRISE_USER.lower()
_MANAGER: Final = f"{_ENTERPRISE}:manager"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """After a write: `state` is what the resource should hold, `None` when that cannot be told.

    With `partial`, only the attributes in `state` are expected and others may hold anything. `refusal` is why the oracle
    would have refused the write.
    """

    state: Json | None = None
    partial: bool = True
    claims: tuple[Claim, ...] = ()
    refusal: PatchError | None = None
    changes: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)


def aftermath_of(reading: Reading, known: Known | None, schemas: SchemaSet, exchange: str) -> Aftermath | None:
    """What the write in the exchange should bring about, were it carried out; `None` for what is no write."""
    body = reading.sent
    if body is None:
        return None
    if reading.operation == "create":
        return _whole(body, "create", schemas, exchange, reading)
    if reading.operation == "replace":
        return _whole(body, "replace", schemas, exchange, reading)
    if reading.operation == "patch":
        return _patched(body, known, schemas, exchange)
    return None


def _whole(body: Mapping[str, Any], kind: str, schemas: SchemaSet, exchange: str, reading: Reading) -> Aftermath:
    """POST and PUT: the body itself, less what clients cannot set."""
    urns = schemas_of(body) or ((reading.type.schema,) if reading.type is not None else ())
    base: Json = {"schemas": list(urns)}
    given = {k: v for k, v in body.items() if k.lower() not in _COMMON and not _is_half(v)}
    filled = {k: _without_rivals(v) for k, v in given.items() if v not in (None, [], "")}
    if all(is_plain(name, value, schemas, urns) for name, value in filled.items()):
        state = base | filled
    else:
        try:
            state = apply_patch(base, [{"op": "add", "value": filled}], schemas)
        except PatchError as error:
            return Aftermath(refusal=error)
    if kind == "replace":
        state |= {k: None for k, v in given.items() if v is None or v == []}
    state["schemas"] = list(urns)
    claims = tuple(Claim(place, requirement, exchange, kind) for place, requirement in _places(given, kind, schemas))
    return Aftermath(state, True, claims, None, True)


def _is_half(value: Any) -> bool:
    """Whether a text holds half a surrogate pair, for which others may put something that is a letter (RFC 8259 section 8.2)."""
    return isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)


def _without_rivals(value: Any) -> Any:
    """The values without `primary` where more than one claims it: which one wins is for the provider to say."""
    if not isinstance(value, list):
        return value
    if sum(1 for v in value if isinstance(v, OBJECT) and get(v, "primary") is True) < 2:
        return value
    return [{k: m for k, m in v.items() if k.lower() != "primary"} if isinstance(v, OBJECT) else v for v in value]


def _places(given: Mapping[str, Any], kind: str, schemas: SchemaSet) -> list[tuple[str, str]]:
    found = []
    for name, value in given.items():
        if ":" in name and isinstance(value, OBJECT):
            found += [(f"{name}:{inner}".lower(), _whole_requirement(f"{name}:{inner}", v, kind)) for inner, v in value.items()]
        else:
            found.append((name.lower(), _whole_requirement(name, value, kind)))
    return found


_CREATED: Final = {
    "externalid": "rfc7643-3.1-externalid-roundtrip",
    "active": "rfc7643-4.1.1-active-roundtrip",
    "members": "rfc7644-3.3-create-group-with-members",
    "x509certificates": "rfc7643-2.3.6-binary-base64",
}


def _whole_requirement(name: str, value: Any, kind: str) -> str:
    lower = name.lower()
    if kind == "replace":
        if value is None or value == []:
            return "rfc7644-3.5.1-put-null-clears"
        if lower == "members":
            return "rfc7644-3.5.1-put-members-whole"
        return "rfc7644-3.5.1-put-multivalued-whole" if isinstance(value, list) else "rfc7644-3.5.1-put-replaces-values"
    if lower == _MANAGER:
        return "rfc7643-4.3-manager-complex"
    if lower.startswith(_ENTERPRISE):
        return "rfc7643-4.3-enterprise-roundtrip"
    return _CREATED.get(lower, "rfc7643-4.1.1-core-attributes-roundtrip")


def _patched(body: Mapping[str, Any], known: Known | None, schemas: SchemaSet, exchange: str) -> Aftermath:
    operations = operations_of(body)
    before = known.state if known is not None and known.state is not None else None
    whole = known is not None and known.whole and before is not None
    base: Mapping[str, Any] = before if before is not None and whole else {}
    state: Mapping[str, Any] | None = base
    claims: list[Claim] = []
    seen: dict[str, str] = {}
    selected: list[str] = []
    refusal = None
    for operation in operations:
        verb = str(get(operation, "op")).lower()
        selected.append(str(get(operation, "path")).partition("]")[0])
        for touch in touches(operation, state or {}, schemas):
            before_it = seen.setdefault(touch.place, verb)
            same = before_it == verb and touch.place in _LISTS
            again = any(c.place == touch.place for c in claims) or _selects_again(claims, selected)
            requirement = "rfc7644-3.5.2-sequential" if again and not same else touch.requirement
            claims.append(Claim(touch.place, requirement, exchange, "patch"))
        try:
            state = apply_patch(state or {}, [operation], schemas) if state is not None else None
        except PatchError as error:
            refusal = refusal or error
            state = None
        except (ValueError, TypeError, AttributeError):
            state = None  # the target holds something that no operation can be applied to
    if not whole:
        state = _certain(operations, claims) if refusal is None else None
        return Aftermath(state, True, tuple(claims), refusal, True)
    changes = _moves(base, state, schemas)
    if state is not None:
        state = _with_absences(state, claims)
    return Aftermath(state, False, tuple(claims), refusal, changes, base)


def _with_absences(state: Mapping[str, Any], claims: list[Claim]) -> Json:
    """The state with `None` where a claim says that there is no value, so that one which is still there is a gap."""
    result = dict(state)
    for claim in claims:
        urn, _, rest = claim.place.rpartition(":")
        name, _, sub = rest.partition(".")
        if urn:
            key = key_of(result, urn) or (ENTERPRISE_USER if urn == _ENTERPRISE else urn)
            there = result.get(key)
            result[key] = _absent(dict(there) if isinstance(there, OBJECT) else {}, name, sub)
        else:
            result = _absent(result, name, sub)
    return result


def _absent(holder: Json, name: str, sub: str) -> Json:
    """The object with `None` for the attribute, or its part, where it has no value."""
    key = key_of(holder, name) or name
    value = holder.get(key)
    if value is None:
        return {**holder, key: None}
    if sub and isinstance(value, OBJECT) and get(value, sub) is None:
        return {**holder, key: {**value, sub: None}}
    return holder


def _selects_again(claims: list[Claim], selected: list[str]) -> bool:
    """Whether an earlier operation has selected the same value by the same filter."""
    return bool(claims) and "[" in selected[-1] and selected[-1] in selected[:-1]


def _moves(base: Mapping[str, Any], state: Mapping[str, Any] | None, schemas: SchemaSet) -> bool:
    """Whether the write changes anything: members named again with another `display`, or without `$ref`, are the same."""
    if state is None or state == base:
        return state is None
    base, state = _with_bare_members(base), _with_bare_members(state)
    held = {name for name, value in base.items() if value not in (None, [], {})}
    if not held <= state.keys() or differences(state, base, schemas, only_expected=True):
        return True
    pairs = ((value, state.get(name)) for name, value in base.items())
    return any(isinstance(old, OBJECT) and isinstance(new, OBJECT) and not old.keys() <= new.keys() for old, new in pairs)


def _with_bare_members(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    members = resource.get("members")
    if not isinstance(members, list):
        return resource
    return {**resource, "members": [{"value": get(m, "value")} if isinstance(m, OBJECT) else m for m in members]}


def _certain(operations: list[Mapping[str, Any]], claims: list[Claim]) -> Json | None:
    """Of a resource that is not known: what operations set outright, `active` above all."""
    if len(operations) != 1 or len(claims) != 1:
        return None
    operation = operations[0]
    path, value, op = (get(operation, name) for name in ("path", "value", "op"))
    if isinstance(op, str) and op.lower() == "replace" and claims[0].place == "active":
        chosen = value if path else get(value, "active")
        if isinstance(chosen, str):
            chosen = {"true": True, "false": False}.get(chosen.lower())
        return {"active": chosen} if isinstance(chosen, bool) else None
    return None
