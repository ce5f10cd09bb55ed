"""RFC 7644 section 3.4.2.2: filters, compared with the oracle in `scim/filter.py`.

Two questions: does everything in the list match, and is everything there that should be? The second is asked only of
resources that this run created and whose state the target itself has shown. A value that nobody can see (not returned,
never written by this run) is no ground for a judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.filtering import Query, features, nameable, read_query, visible
from scim_sim.checks.reading import Sighting
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import listed, on
from scim_sim.problem import Problem
from scim_sim.scim.filter import InvalidFilter, matches
from scim_sim.scim.grammar import Comparison, Path
from scim_sim.scim.path import lookup
from scim_sim.wire import Exchange

__all__: list[str] = []

_F: Final = "rfc7644-3.4.2.2"
_ONLY: Final = f"{_F}-only-matching"
_IGNORED: Final = f"{_F}-unsupported-not-ignored"
_FINDABLE: Final = "rfc7644-3.4.2-create-findable"
_INACTIVE: Final = "rfc7644-3.4.2-list-includes-inactive"
_COUNTS: Final = "rfc7644-3.4.2-totalresults-counts-matches"
_MOST: Final = 200
"""How many resources are compared with a filter that no index answers; more would make long runs quadratic."""

FEATURES: Final = (
    f"{_F}-eq-username",
    f"{_F}-eq-externalid",
    f"{_F}-eq-id",
    f"{_F}-eq-group-displayname",
    f"{_F}-any-value-matches",
    f"{_F}-eq-members",
    f"{_F}-ne",
    f"{_F}-co",
    f"{_F}-sw",
    f"{_F}-ew",
    f"{_F}-pr",
    f"{_F}-ordering-operators",
    f"{_F}-eq-boolean",
    f"{_F}-eq-null",
    f"{_F}-and",
    f"{_F}-or",
    f"{_F}-not",
    f"{_F}-precedence",
    f"{_F}-grouping",
    f"{_F}-attribute-case",
    f"{_F}-operator-case",
    f"{_F}-qualified-name",
    f"{_F}-extension-attribute",
    f"{_F}-subattribute",
    f"{_F}-value-path-same-element",
    f"{_F}-value-path-then-subattribute",
    f"{_F}-multivalued-short-form",
    f"{_F}-caseless-string",
    f"{_F}-caseexact-string",
    f"{_F}-string-escapes",
    f"{_F}-url-encoding",
    f"{_F}-unknown-attribute",
    "rfc7643-3.1-externalid-caseexact",
    "rfc7644-7.7-filter-injection",
    "rfc7643-4.1.1-password-filter",
)
"""What a single filter can be a test of."""


def _query(exchange: Exchange, view: View) -> Query | None:
    """The filter of a list, when it can be judged."""
    reading = view.look(exchange)
    text = reading.query.get("filter")
    if not isinstance(text, str) or not text.strip() or not reading.endpoint or reading.type is None:
        return None
    return read_query(text)


def _features(query: Query, exchange: Exchange, view: View) -> tuple[str, ...]:
    """The requirements that speak of the filter; none where the target says that it does not filter."""
    return () if view.declared.supports("filter") is False else features(query, view, view.look(exchange))


def _judged(exchange: Exchange, view: View) -> tuple[str, ...]:
    query = _query(exchange, view)
    if query is None:
        return ()
    return (_ONLY, _IGNORED, *_features(query, exchange, view))


@check(_ONLY, _IGNORED, *FEATURES, when=listed, applies=_judged)
def only_matching_resources_are_listed(exchange: Exchange, view: View) -> Iterator[At]:
    """Only resources that match the filter are returned; a filter that cannot be applied is refused, not ignored."""
    query, reading = _query(exchange, view), view.look(exchange)
    if query is None:
        return
    strays = [s for s in reading.sightings if _stray(s, query, view)]
    if not strays:
        return
    first = strays[0]
    said = f"{len(strays)} of {len(reading.sightings)} resources do not match the filter"
    problem = Problem(said, query.text, _values(first, query, view), first.pointer)
    yield At(_ONLY, problem)
    if _everything(exchange, view, strays):
        yield At(
            _IGNORED,
            Problem(
                "the filter was ignored", "only matching resources, or 400", f"{len(reading.sightings)} resources", "/Resources"
            ),
        )
    for requirement in _features(query, exchange, view):
        yield At(requirement, problem)


def _stray(sighting: Sighting, query: Query, view: View) -> bool:
    """Whether the resource surely does not match: by its representation, completed by what was written to it."""
    resource = _completed(sighting, view)
    if not visible(query, resource, view, strict=False):
        return False
    try:
        return not matches(query.tree, resource, view.schemas)
    except (InvalidFilter, ValueError):
        return False


def _completed(sighting: Sighting, view: View) -> Mapping[str, Any]:
    known = view.shadow.get(sighting.endpoint, sighting.id)
    if known is None or known.state is None or known.deleted:
        return sighting.resource
    return {**known.state, **sighting.resource}


def _everything(exchange: Exchange, view: View, strays: list[Sighting]) -> bool:
    total = (view.look(exchange).came or {}).get("totalResults")
    whole = view.walks.totals.get(view.look(exchange).endpoint)
    if whole is not None and whole[1] == view.shadow.writes:
        return total == whole[0]
    return len(strays) * 2 >= len(view.look(exchange).sightings)


def _values(sighting: Sighting, query: Query, view: View) -> str:
    resource = _completed(sighting, view)
    said = [f"{path} = {shown(lookup(resource, path, view.schemas) or None)}" for path in query.paths[:2]]
    return f"{', '.join(said)} (id {sighting.id})"


# -- what is missing ------------------------------------------------------------------------------------------------------


def _candidates(query: Query, endpoint: str, view: View) -> list[Known]:
    """Resources of ours that may match: those under the name in the filter, or the latest of all."""
    looked_up = nameable(query)
    if looked_up is None:
        return list(islice(view.shadow.ours(endpoint), _MOST))
    name, value = looked_up
    if name == "id":
        known = view.shadow.get(endpoint, value)
        return [known] if known is not None else []
    return view.shadow.named(endpoint, name, value)


def _expected(exchange: Exchange, view: View) -> list[Known]:
    """Resources of ours that surely match the filter."""
    query, reading = _query(exchange, view), view.look(exchange)
    if query is None:
        return []
    found = []
    for known in _candidates(query, reading.endpoint, view):
        state = known.state
        if state is None or not known.alive or not known.certain or any(c.kind != "refused" for c in known.claims):
            fresh = state is not None and known.alive and known.certain and known.claims and known.claims[-1].kind == "create"
            if not fresh:
                continue
        if state is None or not visible(query, state, view, strict=True):
            continue
        try:
            if matches(query.tree, state, view.schemas):
                found.append(known)
        except (InvalidFilter, ValueError):
            return []
    return found


def _complete(exchange: Exchange, view: View) -> bool:
    """Whether the list is the whole result."""
    reading = view.look(exchange)
    total = (reading.came or {}).get("totalResults")
    start, count = reading.number("startIndex") or 1, reading.number("count")
    if start > 1 or "cursor" in reading.query or (reading.came or {}).get("nextCursor") is not None:
        return False
    if count is not None and len(reading.sightings) >= count:
        return False
    return isinstance(total, int) and total <= len(reading.sightings)


def _findable(exchange: Exchange, view: View) -> tuple[str, ...]:
    expected = _expected(exchange, view) if _query(exchange, view) is not None and _complete(exchange, view) else []
    if not expected or view.declared.supports("filter") is False:
        return ()
    query = _query(exchange, view)
    found = list(_features(query, exchange, view)) if query is not None else []
    if query is not None and any(not k.listed for k in expected) and _by_name(query, view.look(exchange).endpoint):
        found.append(_FINDABLE)
    if any(k.inactive for k in expected):
        found.append(_INACTIVE)
    return tuple(dict.fromkeys(found or [_ONLY]))


@check(_FINDABLE, _INACTIVE, _ONLY, *FEATURES, when=listed, applies=_findable)
def matching_resources_are_found(exchange: Exchange, view: View) -> Iterator[At]:
    """A resource that matches the filter is in the result, right after its creation and when it is inactive."""
    query, reading = _query(exchange, view), view.look(exchange)
    there = {s.id for s in reading.sightings}
    for known in _expected(exchange, view):
        if known.id in there or query is None:
            continue
        problem = Problem(
            "a resource that matches the filter is not in the result",
            f"the resource {known.id}",
            f"{len(there)} others",
            "/Resources",
            known.written or known.born,
        )
        if _other_case(query, known, view):
            yield At(f"{_F}-caseless-string", problem)
            return
        if not known.listed and _by_name(query, reading.endpoint):
            yield At(_FINDABLE, problem)
        if known.inactive:
            yield At(_INACTIVE, problem)
        named = _features(query, exchange, view)
        yield from (At(requirement, problem) for requirement in named or (_ONLY,))
        return


_TEXTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "eq": str.__eq__,
    "co": str.__contains__,
    "sw": str.startswith,
    "ew": str.endswith,
}


def _other_case(query: Query, known: Known, view: View) -> bool:
    """Whether the filter asks for a text in another letter case than the resource has it in."""
    for leaf in query.leaves:
        if not isinstance(leaf, Comparison) or not isinstance(leaf.value, str) or leaf.operator not in _TEXTS:
            continue
        holds, wanted = _TEXTS[leaf.operator], leaf.value
        values = lookup(known.state or {}, Path(leaf.path.name, leaf.path.sub, leaf.path.urn), view.schemas)
        held = [value for value in values if isinstance(value, str)]
        folded = any(holds(value.casefold(), wanted.casefold()) for value in held)
        if folded and not any(holds(value, wanted) for value in held):
            return True
    return False


def _by_name(query: Query, endpoint: str) -> bool:
    """Whether the filter asks for the unique name of the type alone."""
    looked_up = nameable(query)
    wanted = "username" if endpoint == "/Users" else "displayname"
    return len(query.leaves) == 1 and looked_up is not None and looked_up[0].lower() == wanted


def _counted(exchange: Exchange, view: View) -> bool:
    return not _complete(exchange, view) and len(_expected(exchange, view)) > 1


@check(_COUNTS, when=listed, applies=_counted)
def total_counts_all_matches(exchange: Exchange, view: View) -> Iterator[Problem]:
    """totalResults counts all matches, not the items of the page."""
    total = (view.look(exchange).came or {}).get("totalResults")
    least = len(_expected(exchange, view))
    if isinstance(total, int) and total < least:
        yield Problem("totalResults counts fewer than match", f"at least {least}", f"{total}", "/totalResults")


def _unfiltered(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    if reading.query.get("filter") or not reading.endpoint:
        return False
    count = reading.number("count")
    return count is not None and count > 0 and len(reading.sightings) >= count


@check(_COUNTS, when=listed, applies=_unfiltered)
def total_counts_all_resources(exchange: Exchange, view: View) -> Iterator[Problem]:
    """totalResults counts all resources, not the items of the page."""
    reading = view.look(exchange)
    total = (reading.came or {}).get("totalResults")
    least = sum(1 for _ in islice(view.shadow.ours(reading.endpoint), (reading.number("count") or 0) + 1))
    if isinstance(total, int) and total < least:
        yield Problem("totalResults counts the page, not the results", f"at least {least}", f"{total}", "/totalResults")


# -- refusals -------------------------------------------------------------------------------------------------------------


def _truth(exchange: Exchange, view: View) -> bool:
    return isinstance(view.look(exchange).query.get("filter"), str) and view.declared.supports("filter") is not None


@check("rfc7643-5-spc-truthful-filter", when=on("list", status=(*range(200, 300), 403, 501)), applies=_truth)
def filter_is_supported_as_declared(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Filters work where the configuration says so, and are refused where it says not."""
    said, ok = view.declared.supports("filter"), exchange.answer.ok
    reading = view.look(exchange)
    if said is True and exchange.answer.status == 501:
        yield Problem("filter is declared supported and refused", "a filtered list", f"{exchange.answer.status}", "http")
    elif said is False and ok:
        query = _query(exchange, view) if listed(reading.situation) else None
        strays = [s for s in reading.sightings if _stray(s, query, view)] if query is not None else []
        if strays and _everything(exchange, view, strays):
            yield Problem("filter is declared unsupported and ignored", "a 4xx or 501", "the full list", "/Resources")


_SYNTAX: Final = f"{_F}-syntax-error"
_OPERATOR: Final = f"{_F}-unknown-operator"
_SEARCH: Final = "rfc7644-3.4.3-search-invalid-filter"


def _malformed(exchange: Exchange, view: View) -> tuple[str, ...]:
    reading = view.look(exchange)
    text = reading.query.get("filter")
    if not isinstance(text, str) or reading.type is None:
        return ()
    if view.declared.supports("filter") is False or exchange.answer.status in (401, 403, 404, 429, 501):
        return ()
    if not text.strip() or read_query(text) is not None:
        return ()  # an empty text may be taken for no filter at all
    if reading.operation == "search":
        return (_SEARCH,)
    parts = text.split(" ")
    known = ("eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le")
    unknown = (
        len(parts) >= 3
        and parts[0].isalnum()
        and parts[1].isalpha()
        and parts[1].lower() not in known
        and parts[2].startswith('"')
    )
    return (_OPERATOR,) if unknown else (_SYNTAX,)


@check(_SYNTAX, _OPERATOR, _SEARCH, when=on("list", "search"), applies=_malformed)
def malformed_filter_is_refused(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A malformed filter answers 400, and so does an operator the provider does not know."""
    if exchange.answer.ok:
        items = len(view.look(exchange).sightings)
        actual = f"{exchange.answer.status} with {items} resources"
        yield Problem("a malformed filter is accepted", "400 invalidFilter", actual, "http")
    elif exchange.answer.status != 400 and exchange.answer.status < 500:
        yield Problem("a malformed filter is refused with another status", "400", f"{exchange.answer.status}", "http")
