"""RFC 7644 section 3.5.2: statuses of PATCH; what an operation must bring about is in `readback.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scim_sim.checks.blame import operations_of, touches
from scim_sim.checks.check import At, check
from scim_sim.checks.compare import is_part, shown
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.scim.attributes import schemas_of
from scim_sim.scim.grammar import Comparison, FilterError, parse_path
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.scim.patch import STRICT, PatchError, apply_patch
from scim_sim.scim.urns import PATCH_OP
from scim_sim.wire import Exchange

__all__: list[str] = []

asked: Final = on("patch")
patched: Final = on("patch", ok=True)
_P: Final = "rfc7644-3.5.2"


@check(f"{_P}-success-status", when=patched)
def patch_answers_200_or_204(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A successful PATCH answers 200 with the whole resource, or 204 without a body."""
    reading = view.look(exchange)
    if exchange.answer.status not in (200, 204):
        yield Problem("the PATCH is answered with another status", "200 or 204", f"{exchange.answer.status}", "http")
    elif exchange.answer.status == 200 and reading.sightings and reading.sightings[0].complete and is_part(reading.came or {}):
        actual = shown(sorted(reading.came or {}))
        yield Problem("the 200 answer to the PATCH holds a part of the resource", "the whole resource, or 204", actual)
    elif exchange.answer.status == 200 and (not reading.sightings or not reading.sightings[0].id):
        yield Problem(
            "the 200 answer to the PATCH holds no resource", "the whole resource, or 204", f"{len(exchange.answer.body)} bytes"
        )


@check(f"{_P}-attributes-forces-200", when=patched, applies=lambda e, v: "attributes" in v.look(e).query)
def patch_with_attributes_answers_200(exchange: Exchange, view: View) -> Iterator[Problem]:
    """PATCH with the attributes parameter answers 200."""
    if exchange.answer.status != 200:
        yield Problem("the PATCH asked for attributes and got none", "200 with them", f"{exchange.answer.status}", "http")


def _truth(exchange: Exchange, view: View) -> tuple[str, ...]:
    """PATCH on a resource that is there shows whether PATCH is supported."""
    known, after = view.known(exchange), view.aftermath(exchange)
    if known is None or not known.alive or after is None or after.refusal is not None:
        return ()
    if exchange.answer.ok or (exchange.answer.status in (405, 501) and known.endpoint not in view.patches):
        said = view.declared.supports("patch")
        return ("rfc7644-3.5-patch-supported",) if said is None else ("rfc7643-5-spc-truthful-patch",)
    return ()


@check("rfc7644-3.5-patch-supported", "rfc7643-5-spc-truthful-patch", when=asked, applies=_truth)
def patch_is_supported_as_declared(exchange: Exchange, view: View) -> Iterator[Problem]:
    """PATCH works where the configuration says so, and is refused with 501 where it says not."""
    said = view.declared.supports("patch")
    if exchange.answer.ok and said is False:
        yield Problem("PATCH works and is declared unsupported", "patch.supported = true", "false", "http")
    elif not exchange.answer.ok and said is not False:
        problem = "PATCH is answered as if it did not exist, and is not declared so"
        yield Problem(problem, "200 or 204", f"{exchange.answer.status}", "http")


_LONG: Final = 100
"""How many letters of a text nobody has to take."""
_REFUSALS: Final = (
    f"{_P}.2-remove-without-path",
    f"{_P}.2-remove-required",
    f"{_P}.2-remove-readonly",
    f"{_P}-readonly-mutability",
    f"{_P}-immutable-mutability",
    f"{_P}-unknown-op",
    f"{_P}-operations-required",
    "rfc7644-3.12-invalid-path",
    "rfc7644-3.12-patch-invalid-value",
    f"{_P}.3-replace-no-match-notarget",
)


def _refusal(exchange: Exchange, view: View) -> tuple[str, PatchError] | None:
    """What even the most forgiving reading of the operations refuses, and the requirement for it."""
    known = view.known(exchange)
    after = view.aftermath(exchange)
    if after is None or after.refusal is None or known is None or not known.alive or not known.whole:
        return None
    error = after.refusal
    operations = operations_of(view.look(exchange).sent)
    operation = operations[error.operation_index] if error.operation_index < len(operations) else {}
    requirement = _ground(error, operation)
    return (requirement, error) if requirement else None


def _ground(error: PatchError, operation: Mapping[str, object]) -> str:
    verb = str(get(operation, "op")).lower()
    match error.scim_type:
        case "noTarget":
            return f"{_P}.2-remove-without-path" if not get(operation, "path") else ""
        case "invalidSyntax":
            return f"{_P}-unknown-op" if verb not in ("add", "replace", "remove") else f"{_P}-operations-required"
        case "mutability" if "readOnly" in error.detail:
            return f"{_P}.2-remove-readonly" if verb == "remove" else f"{_P}-readonly-mutability"
        case "mutability" if "immutable" in error.detail:
            return f"{_P}-immutable-mutability"
        case "mutability":
            return f"{_P}.2-remove-required"
        case "invalidPath":
            return "rfc7644-3.12-invalid-path"
        case "invalidValue" if "needs a value" in error.detail:
            return f"{_P}-operations-required"
        case "invalidValue":
            return "rfc7644-3.12-patch-invalid-value"
    return ""


@check(*_REFUSALS, when=asked, applies=lambda e, v: (found[0],) if (found := _refusal(e, v)) else ())
def impossible_patch_is_refused(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A PATCH that cannot be carried out is refused, not answered with success."""
    found = _refusal(exchange, view)
    if found is not None and exchange.answer.ok:
        _, error = found
        said = f"an impossible PATCH is accepted: {error.detail}"
        yield Problem(said, f"400 {error.scim_type}", f"{exchange.answer.status}", "http")


_MAY_REFUSE: Final = frozenset(
    {
        "rfc7643-2.3.2-string-boolean-inbound",
        f"{_P}-manager-bare-string",
        f"{_P}.1-add-value-path-no-match",
        f"{_P}.2-remove-members-with-value-list",
        f"{_P}.2-remove-absent-member",
        f"{_P}.3-replace-no-match-notarget",
        f"{_P}.3-replace-no-path-dotted-keys",
    }
)
"""What a provider may refuse by the catalogue."""

_ACCEPTED: Final = (
    f"{_P}-op-case-tolerance",
    f"{_P}-path-extension-urn",
    "rfc7644-3.10-patch-path-case",
    "rfc7644-3.10-patch-path-core-urn",
    f"{_P}.1-add-complex-merges",
    f"{_P}.1-add-existing-no-change",
    f"{_P}.1-add-member",
    f"{_P}.1-add-multivalued-appends",
    f"{_P}.1-add-no-path",
    f"{_P}.1-add-singular-replaces",
    f"{_P}.1-add-subattribute",
    f"{_P}.2-remove-all-values",
    f"{_P}.2-remove-by-subattribute-filter",
    f"{_P}.2-remove-member-by-filter",
    f"{_P}.2-remove-singular",
    f"{_P}.3-replace-complex-keeps-rest",
    f"{_P}.3-replace-missing-is-add",
    f"{_P}.3-replace-multivalued-all",
    f"{_P}.3-replace-no-path",
    f"{_P}.3-replace-no-path-own-id",
    f"{_P}.3-replace-singular",
    f"{_P}.3-replace-subattribute",
    f"{_P}.3-replace-value-path",
    f"{_P}.3-replace-value-path-subattribute",
)


def _possible(exchange: Exchange, view: View) -> tuple[str, ...]:
    """The requirements of a PATCH that has to be carried out: one operation, on what the target is known to have."""
    if view.declared.supports("patch") is False:
        return ()
    status = exchange.answer.status
    if not exchange.answer.ok and status not in ((400, 422, 501) if view.look(exchange).endpoint in view.patches else (400, 422)):
        return ()
    known, after = view.known(exchange), view.aftermath(exchange)
    sent = view.look(exchange).sent
    operations = operations_of(sent)
    if sent is None or PATCH_OP not in schemas_of(sent):
        return ()
    if known is None or known.state is None or not known.alive or not known.certain or after is None or after.refusal is not None:
        return ()
    if len(operations) != 1 or not _references_live(operations[0], view):
        return ()
    touched = touches(operations[0], known.state, view.schemas)
    there = view.offers(known.endpoint)
    if not touched or not all(there(t.attribute) and there(t.place) for t in touched):
        return ()
    plain = touches({**operations[0], "op": str(get(operations[0], "op")).lower()}, known.state, view.schemas)
    if any(t.requirement in _MAY_REFUSE or t.requirement not in _ACCEPTED for t in (*touched, *plain)):
        return ()  # written in lower case it might be refused as well
    if not exchange.answer.ok and (_sets_nothing(operations[0]) or _asks_much(operations[0]) or _is_long(operations[0])):
        return ()
    if not exchange.answer.ok and _is_out_of_sight(operations[0], view):
        return ()
    if not _allowed(known.state, operations, view) and touched[0].requirement not in (
        f"{_P}-op-case-tolerance",
        f"{_P}.3-replace-no-path-own-id",
    ):
        return ()
    return tuple(dict.fromkeys(t.requirement for t in touched))


def _sets_nothing(operation: Mapping[str, object]) -> bool:
    """Whether a value is null, an empty text, or an empty list but of members, which may be refused for its own sake."""
    value = get(operation, "value")
    if value is None or (value == [] and str(get(operation, "path")).lower() != "members"):
        return str(get(operation, "op")).lower() != "remove"
    return "" in (value.values() if isinstance(value, OBJECT) else spread(value))


def _is_out_of_sight(operation: Mapping[str, object], view: View) -> bool:
    """Whether the attribute is immutable, and may have a value that is not shown."""
    path = get(operation, "path")
    try:
        named = parse_path(path) if isinstance(path, str) else None
    except FilterError:
        return False
    attribute = view.schemas.find(named.name, None, named.urn) if named is not None else None
    return attribute is not None and attribute.mutability == "immutable" and attribute.returned in ("request", "never")


def _is_long(operation: Mapping[str, object]) -> bool:
    """Whether a text is longer than any column has to be; it may be refused, though not cut."""
    value = get(operation, "value")
    return any(isinstance(v, str) and len(v) > _LONG for v in (value.values() if isinstance(value, OBJECT) else spread(value)))


def _asks_much(operation: Mapping[str, object]) -> bool:
    """Whether the path selects by more than one value that is equal; a combination may be unsupported (section 3.12)."""
    path = get(operation, "path")
    try:
        chosen = parse_path(path).filter if isinstance(path, str) else None
    except FilterError:
        return False
    return chosen is not None and not (isinstance(chosen, Comparison) and chosen.operator == "eq")


def _allowed(state: Mapping[str, object], operations: list[Mapping[str, object]], view: View) -> bool:
    try:
        apply_patch(state, operations, view.schemas, lenient=STRICT)
    except (ValueError, TypeError, AttributeError):
        return False  # refused by the letter, or nothing that operations can be applied to
    return True


def _references_live(operation: Mapping[str, object], view: View) -> bool:
    """Whether the members are users that are known to be there; a dangling reference, or a group in a group, may be refused."""
    value = get(operation, "value")
    members = get(value, "members") if isinstance(value, OBJECT) and not get(operation, "path") else value
    if "members" not in str(get(operation, "path") or "members").lower():
        return "manager" not in str(get(operation, "path")).lower()
    for member in spread(members):
        id_ = get(member, "value") if isinstance(member, OBJECT) else None
        if isinstance(id_, str):
            known = view.shadow.anywhere(id_)
            if known is None or not known.alive or known.endpoint == "/Groups":
                return False
    return True


@check(*_ACCEPTED, when=asked, applies=_possible)
def possible_patch_is_carried_out(exchange: Exchange, view: View) -> Iterator[At]:
    """A PATCH of attributes the target has is accepted in every form the RFC gives, and in those identity providers send."""
    if not exchange.answer.ok:
        detail = (exchange.answer.json_object() or {}).get("detail")
        said = f"the PATCH is refused{': ' + detail if isinstance(detail, str) and detail else ''}"
        for requirement in _possible(exchange, view):
            yield At(requirement, Problem(said, "200 or 204", f"{exchange.answer.status}", "http"))


def _again(exchange: Exchange, view: View) -> bool:
    after = view.aftermath(exchange)
    known = view.known(exchange)
    if after is None or after.partial or after.changes or after.refusal is not None:
        return False
    if known is None or not known.certain or not known.modified:
        return False
    operations = operations_of(view.look(exchange).sent)
    return bool(operations) and all(str(get(o, "op")).lower() == "add" for o in operations)


@check(f"{_P}.1-add-existing-keeps-timestamp", when=on("patch", holding="parts"), applies=_again)
def adding_what_is_there_changes_nothing(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Adding a value that is already there does not move lastModified."""
    known = view.known(exchange)
    meta = get(view.look(exchange).resource or {}, "meta")
    now = get(meta, "lastModified") if isinstance(meta, OBJECT) else None
    if known is not None and isinstance(now, str) and now != known.modified:
        yield Problem("lastModified moved although nothing changed", known.modified, shown(now), "/meta/lastModified")
