"""Does the target hold what was written? Judged on every answer to a write and on every later read of the resource.

The requirement is the one that speaks of the write: that of the PATCH operation, of the replaced list, of the created
attribute. A difference is reported once, under the write that should have brought the value about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import Gap, shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.shadow import Claim
from scim_sim.checks.view import View
from scim_sim.checks.when import sightings, whole_sighted
from scim_sim.problem import Problem
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.scim.urns import ENTERPRISE_USER
from scim_sim.wire import Exchange

__all__: list[str] = []

_SAME: Final = "rfc7644-3.4.1-read-same-as-write"
_ITEMS: Final = "rfc7644-3.4.2-list-items-complete"
_ACTIVE: Final = "rfc7643-4.1.1-active-roundtrip"
_EXTERNAL: Final = "rfc7643-3.1-externalid-roundtrip"
_ENTERPRISE: Final = f"{ENTERPRISE_USER}:".lower()
_BARE_MANAGER: Final = "rfc7644-3.5.2-manager-bare-string"
_ENTERPRISE_KEPT: Final = "rfc7643-4.3-enterprise-roundtrip"

_BINARY: Final = "rfc7643-2.3.6-binary-base64"
_CORE: Final = "rfc7643-4.1.1-core-attributes-roundtrip"
_UTF8: Final = "rfc7644-3.8-utf8"

_REQUIREMENTS: Final = (
    _UTF8,
    _SAME,
    _ITEMS,
    _ACTIVE,
    _EXTERNAL,
    "rfc7643-2.3.2-string-boolean-inbound",
    _BINARY,
    _CORE,
    "rfc7643-4.3-enterprise-roundtrip",
    "rfc7643-4.3-manager-complex",
    "rfc7644-2-every-endpoint-protected",
    "rfc7644-3.3-create-group-with-members",
    "rfc7644-3.5.1-put-members-whole",
    "rfc7644-3.5.1-put-multivalued-whole",
    "rfc7644-3.5.1-put-null-clears",
    "rfc7644-3.5.1-put-replaces-values",
    "rfc7644-3.5.1-put-required-missing",
    "rfc7644-3.12-put-uniqueness",
    "rfc7644-3.12-patch-uniqueness",
    "rfc7644-3.14-if-match-stale-412",
    "rfc7644-3.7-bulk-effects",
    "rfc7644-3.7-bulk-version-check",
    "rfc7644-3.7.2-bulkid-reference",
    "rfc7644-3.5.2-atomic",
    "rfc7644-3.5.2-manager-bare-string",
    "rfc7644-3.5.2-op-case-tolerance",
    "rfc7644-3.5.2-path-extension-urn",
    "rfc7644-3.5.2-sequential",
    "rfc7644-3.10-patch-path-case",
    "rfc7644-3.10-patch-path-core-urn",
    "rfc7644-3.5.2.1-add-complex-merges",
    "rfc7644-3.5.2.1-add-existing-no-change",
    "rfc7644-3.5.2.1-add-member",
    "rfc7644-3.5.2.1-add-multivalued-appends",
    "rfc7644-3.5.2.1-add-no-path",
    "rfc7644-3.5.2.1-add-singular-replaces",
    "rfc7644-3.5.2.1-add-subattribute",
    "rfc7644-3.5.2.1-add-value-path-no-match",
    "rfc7644-3.5.2.2-remove-absent-member",
    "rfc7644-3.5.2.2-remove-all-values",
    "rfc7644-3.5.2.2-remove-by-subattribute-filter",
    "rfc7644-3.5.2.2-remove-member-by-filter",
    "rfc7644-3.5.2.2-remove-members-with-value-list",
    "rfc7644-3.5.2.2-remove-singular",
    "rfc7644-3.5.2.3-replace-complex-keeps-rest",
    "rfc7644-3.5.2.3-replace-missing-is-add",
    "rfc7644-3.5.2.3-replace-multivalued-all",
    "rfc7644-3.5.2.3-replace-no-match-notarget",
    "rfc7644-3.5.2.3-replace-no-path",
    "rfc7644-3.5.2.3-replace-no-path-dotted-keys",
    "rfc7644-3.5.2.3-replace-no-path-own-id",
    "rfc7644-3.5.2.3-replace-singular",
    "rfc7644-3.5.2.3-replace-subattribute",
    "rfc7644-3.5.2.3-replace-value-path",
    "rfc7644-3.5.2.3-replace-value-path-subattribute",
)
"""Every requirement that a write can be held to by what is read afterwards."""


def _judged(exchange: Exchange, view: View) -> tuple[str, ...]:
    """The requirements of the claims on what is sighted; a read without claims is held to what was there before."""
    found: dict[str, None] = {}
    reading = view.look(exchange)
    for sighting in sightings(exchange, view):
        expected, claims = view.expected(exchange, sighting)
        if expected is None:
            continue
        found.update((c.requirement, None) for c in claims)
        if any(c.place == "active" for c in claims):
            found[_ACTIVE] = None
        if any(c.place == "externalid" for c in claims):
            found[_EXTERNAL] = None
        if reading.operation == "read":
            found[_SAME] = None
        elif reading.operation in ("list", "search"):
            found[_ITEMS] = None
    return tuple(found)


@check(*_REQUIREMENTS, when=whole_sighted, applies=_judged)
def what_was_written_is_there(exchange: Exchange, view: View) -> Iterator[At]:
    """What a write set, changed or removed is so in its answer and in later reads, and nothing else has changed."""
    for sighting in sightings(exchange, view):
        _, claims = view.expected(exchange, sighting)
        known = view.shadow.get(sighting.endpoint, sighting.id)
        for gap, count in _folded(view.gaps(exchange, sighting)):
            if _role_as_text(sighting, gap):
                continue
            if known is not None and (gap.place, known.written) in known.reported and not _answering(exchange, view):
                continue
            yield from _blamed(exchange, view, sighting, gap, count, claims)


def _folded(gaps: list[Gap]) -> list[tuple[Gap, int]]:
    """The gaps, those of the values of one list that are all lost, or all too much, as one with their number."""
    first: dict[tuple[str, ...], Gap] = {}
    count: Counter[tuple[str, ...]] = Counter()
    for gap in gaps:
        one_of_many = gap.pointer.rpartition("/")[2].isdigit() and (gap.lost or gap.surplus)
        key = (gap.place, "lost" if gap.lost else "surplus") if one_of_many else (gap.pointer,)
        first.setdefault(key, gap)
        count[key] += 1
    return [(gap, count[key]) for key, gap in first.items()]


def _role_as_text(sighting: Sighting, gap: Gap) -> bool:
    """Whether the provider kept app roles that came as JSON text as that text: to read them as roles is no duty."""
    roles = sighting.resource.get("roles") if gap.attribute == "roles" else None
    texts = [str(role.get("value", "")) for role in roles if isinstance(role, dict)] if isinstance(roles, list) else []
    return any(text.startswith("{") for text in texts)


def _answering(exchange: Exchange, view: View) -> bool:
    return view.look(exchange).operation in ("create", "replace", "patch")


def _blamed(exchange: Exchange, view: View, sighting: Sighting, gap: Gap, count: int, claims: list[Claim]) -> Iterator[At]:
    """The problem under each requirement that speaks of it."""
    operation = view.look(exchange).operation
    known = view.shadow.get(sighting.endpoint, sighting.id)
    claim = next((c for c in reversed(claims) if c.kind != "refused" and c.covers(gap.place)), None)
    if claim is None:
        claim = next((c for c in reversed(claims) if c.kind == "refused"), None)
    if gap.surplus and (claim is None or claim.kind == "create"):
        return
    problem = _problem(sighting, gap, count, claim, exchange)
    if claim is not None:
        answered = operation == "read" and claim.kind != "refused" and known is not None and known.certain
        yield from (At(requirement, problem) for requirement in _spoken_of(claim, gap, answered=answered))
        return
    collateral = next((c for c in claims if c.kind == "patch"), None)
    if collateral is not None:
        if not _may_follow(gap, claims):
            aside = _problem(sighting, gap, count, collateral, exchange, touched=False)
            yield At(collateral.requirement, aside)
            if gap.place == "active":
                yield At(_ACTIVE, aside)
    elif operation in ("list", "search"):
        if gap.lost:
            yield At(_ITEMS, _problem(sighting, gap, count, None, exchange))
        else:
            yield At(_SAME, problem)
    elif operation == "read":
        yield At(_SAME, problem)


def _spoken_of(claim: Claim, gap: Gap, *, answered: bool) -> list[str]:
    """The requirements that speak of the gap: that of the write, that of the attribute, and that of reading what was answered."""
    gone = gap.lost and isinstance(gap.expected, list)
    found = [_CORE if claim.requirement == _BINARY and gone else claim.requirement]
    if answered:
        found.append(_SAME)
    if gap.place.startswith(_ENTERPRISE) and claim.requirement != _BARE_MANAGER:  # which is no manager by the RFC
        found.append(_ENTERPRISE_KEPT)
    if _misread(gap):
        found.append(_UTF8)
    if gap.place in ("active", "externalid"):
        found.append(_ACTIVE if gap.place == "active" else _EXTERNAL)
    return list(dict.fromkeys(found))


def _misread(gap: Gap) -> bool:
    """Whether the text came back as UTF-8 that was read as Latin-1."""
    if not isinstance(gap.expected, str) or not isinstance(gap.actual, str) or gap.expected.isascii():
        return False
    return gap.expected.encode("utf-8", "replace").decode("latin-1") == gap.actual


_FOLLOWERS: Final = {"displayname", "name.formatted", "nickname", "profileurl"}


def _may_follow(gap: Gap, claims: list[Claim]) -> bool:
    """Whether a provider may well have derived the value from one that was written."""
    touched = {c.place.partition(".")[0] for c in claims}
    if gap.place in _FOLLOWERS and touched & {"name", "username", "displayname"}:
        return True
    if gap.attribute in ("emails", "username") and touched & {"username", "emails"}:
        return True
    return gap.place.endswith(".primary")


def _problem(
    sighting: Sighting, gap: Gap, count: int, claim: Claim | None, exchange: Exchange, *, touched: bool = True
) -> Problem:
    name = gap.place.rpartition(":")[2] if ":" in gap.place else gap.name
    write = claim.exchange if claim is not None and claim.exchange != exchange.id else ""
    if claim is not None and claim.kind == "refused":
        said = f"the write was refused, and {name} has changed"
    elif not touched:
        said = f"{name} was not written, and {'is gone' if gap.lost else 'has changed'}"
    elif gap.surplus:
        many = "a value" if count == 1 else f"{count} values"
        said = f"{name} holds {many} {'twice' if _is_double(sighting, gap) else 'that should be gone'}"
    elif gap.lost:
        said = f"{name} was written, and is not there" if claim is not None else f"{name} is gone"
    else:
        said = f"{name} holds another value than was written" if claim is not None else f"{name} has changed by itself"
    if count > 1 and not gap.surplus:
        said = f"{said} ({count} values)"
    return Problem(said, shown(gap.expected), shown(gap.actual), sighting.pointer + gap.pointer, write)


def _is_double(sighting: Sighting, gap: Gap) -> bool:
    """Whether the value too much stands in its list another time."""
    listed = get(sighting.resource, gap.attribute)
    values = [get(v, "value") for v in listed if isinstance(v, OBJECT)] if isinstance(listed, list) else []
    mine = get(gap.actual, "value") if isinstance(gap.actual, OBJECT) else None
    return mine is not None and values.count(mine) > 1
