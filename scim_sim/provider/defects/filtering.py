"""Filters that find too much, too little, or break (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refused, refusing
from scim_sim.provider.query import paths_of
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.scim.attributes import Attribute
from scim_sim.scim.grammar import And, Comparison, Filter, FilterError, Not, Or, Path, Present, ValuePath, parse_filter
from scim_sim.scim.navigate import get, spread

Json = dict[str, Any]
Edit = Callable[[Filter], Filter]


def tree(edit: Edit) -> Any:
    """Judge by another filter than the one that was sent; `edit` sees every node, from the leaves up."""

    def hook(provider: Provider) -> None:
        parse = provider.rules.parse
        provider.rules.parse = lambda call, text: _rebuilt(parse(call, text), edit)

    return hook


def _rebuilt(node: Filter, edit: Edit) -> Filter:
    if isinstance(node, And | Or):
        node = type(node)(tuple(_rebuilt(operand, edit) for operand in node.operands))
    elif isinstance(node, Not):
        node = Not(_rebuilt(node.operand, edit))
    return edit(node)


def _operator(before: str, after: str) -> Any:
    return tree(lambda node: replace(node, operator=after) if isinstance(node, Comparison) and node.operator == before else node)


def _texts(node: Filter, *names: str) -> bool:
    return isinstance(node, Comparison) and node.operator in names


def _leaves(node: Filter) -> Iterator[Filter]:
    if isinstance(node, And | Or):
        for operand in node.operands:
            yield from _leaves(operand)
    elif isinstance(node, Not):
        yield from _leaves(node.operand)
    else:
        yield node


def refusing_filters(when: Callable[[Filter], bool], status: int, detail: str, scim_type: str = "") -> Any:
    """Refuse filters of which something is true."""

    def hook(provider: Provider) -> None:
        parse = provider.rules.parse

        def judged(call: Call, text: str) -> Filter:
            found = parse(call, text)
            if when(found):
                raise Refusal(status, detail, scim_type)
            return found

        provider.rules.parse = judged

    return hook


def matching(judge: Callable[[Call, Filter, Json, bool], bool]) -> Any:
    """Decide matches differently; `judge` is given what a correct provider would say."""

    def hook(provider: Provider) -> None:
        match = provider.rules.match
        provider.indexes_decide = False
        provider.rules.match = lambda call, node, view: judge(call, node, view, match(call, node, view))

    return hook


NOTHING = Present(Path("noSuchAttribute"))
ANYTHING = Or((NOTHING, Not(NOTHING)))
INVALID = "invalidFilter"


def _names(node: Filter) -> set[str]:
    return {path.name.lower() for path in paths_of(node)}


# Everything, nothing, or a failure

defect(
    "filter-ignored",
    "rfc7644-3.4.2.2-only-matching",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    "okta-match",
    "entra-match",
    depth="response",
    summary="A query with a filter returns everything.",
    hook=tree(lambda node: ANYTHING),
)
defect(
    "filter-on-email-ignored",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="A filter on anything but userName and displayName returns everything.",
    hook=tree(
        lambda node: (
            node
            if not isinstance(node, Comparison | Present | ValuePath) or node.path.name.lower() in ("username", "displayname")
            else ANYTHING
        )
    ),
)


@defect("filter-by-prefix", "rfc7644-3.4.2.2-only-matching", "rfc7644-3.4.2.2-eq-username", "okta-match", depth="response")
def _by_prefix(provider: Provider) -> None:
    """userName eq finds everybody whose name begins so."""
    provider.indexes_decide = False
    tree(
        lambda node: (
            replace(node, operator="sw")
            if isinstance(node, Comparison) and node.operator == "eq" and node.path.name.lower() == "username"
            else node
        )
    )(provider)


def _blind(name: str, sub: str = "") -> Any:
    def edit(node: Filter) -> Filter:
        found = isinstance(node, Comparison) and node.operator == "eq" and node.path.name.lower() == name
        return NOTHING if found and isinstance(node, Comparison) and sub in (node.path.sub or "").lower() else node

    return tree(edit)


defect(
    "user-name-not-found",
    "rfc7644-3.4.2.2-eq-username",
    "okta-match",
    "entra-match",
    "rfc7644-3.4.2-create-findable",
    depth="response",
    summary="userName eq finds nobody.",
    hook=_blind("username"),
)
defect(
    "external-id-not-found",
    "rfc7644-3.4.2.2-eq-externalid",
    "entra-13.17-external-id-filter",
    depth="response",
    summary="externalId eq finds nothing.",
    hook=_blind("externalid"),
)
defect("id-not-found", "rfc7644-3.4.2.2-eq-id", depth="response", summary="id eq finds nothing.", hook=_blind("id"))
defect(
    "group-name-not-found",
    "rfc7644-3.4.2.2-eq-group-displayname",
    "okta-7.2-group-lookup",
    "entra-5-group-lookup",
    depth="response",
    summary="displayName eq finds nothing.",
    hook=_blind("displayname"),
)
defect(
    "members-not-found",
    "rfc7644-3.4.2.2-eq-members",
    depth="response",
    summary="members.value eq finds nothing.",
    hook=_blind("members"),
)
defect(
    "filter-on-external-id-refused",
    "rfc7644-3.4.2.2-eq-externalid",
    "entra-13.17-external-id-filter",
    depth="response",
    summary="A filter on externalId is refused.",
    hook=refusing_filters(lambda node: "externalid" in _names(node), 400, "cannot filter by externalId", INVALID),
)
defect(
    "filter-on-parts-refused",
    "rfc7644-3.4.2.2-subattribute",
    depth="response",
    summary="A filter on name.familyName is refused.",
    hook=refusing_filters(
        lambda node: any(path.sub and path.name.lower() == "name" for path in paths_of(node)), 500, "cannot filter by parts"
    ),
)
defect(
    "filter-on-parts-finds-nothing",
    "rfc7644-3.4.2.2-subattribute",
    depth="response",
    summary="A filter on a sub-attribute finds nothing.",
    hook=tree(lambda node: NOTHING if isinstance(node, Comparison) and node.path.sub and not node.path.urn else node),
)
defect(
    "filter-on-extension-finds-nothing",
    "rfc7644-3.4.2.2-extension-attribute",
    depth="response",
    summary="A filter on an enterprise attribute finds nothing.",
    hook=tree(
        lambda node: (
            NOTHING if isinstance(node, Comparison) and (node.path.urn or "").lower() == urns.ENTERPRISE_USER.lower() else node
        )
    ),
)
defect(
    "filter-with-urn-finds-nothing",
    "rfc7644-3.4.2.2-qualified-name",
    depth="response",
    summary="A filter that names an attribute with its schema URI finds nothing.",
    hook=tree(
        lambda node: NOTHING if isinstance(node, Comparison) and (node.path.urn or "").lower() == urns.USER.lower() else node
    ),
)


# Names, operators and syntax


@defect("filter-names-case-sensitive", "rfc7644-3.4.2.2-attribute-case", depth="response")
def _exact_names(provider: Provider) -> None:
    """An attribute name in another case finds nothing."""
    known = {field.name for type in provider.catalogue.types for field in type.fields.values()} | {"id", "meta", "schemas"}
    tree(lambda node: NOTHING if isinstance(node, Comparison) and node.path.name not in known and not node.path.urn else node)(
        provider
    )


def _refusing_text(pattern: str, status: int, detail: str, scim_type: str = "") -> Any:
    found = re.compile(pattern)
    return refusing(lambda call: found.search(call.parameters.get("filter", "")) is not None, status, detail, scim_type)


defect(
    "filter-operators-case-sensitive",
    "rfc7644-3.4.2.2-operator-case",
    depth="response",
    summary="An operator in capitals is refused.",
    hook=_refusing_text(r"\s(E[Qq]|eQ|CO|SW|PR|Co|Sw|Pr|NE|AND|OR|And|Or)\b", 400, "unknown operator", INVALID),
)
defect(
    "filter-with-quote-is-500",
    "rfc7644-3.4.2.2-string-escapes",
    "rfc7644-7.7-filter-injection",
    "rfc7644-3.12-no-server-error",
    depth="security",
    summary="A quote or backslash in a filter value answers 500.",
    hook=_refusing_text(r"\\|'", 500, 'near "\'": syntax error'),
)


@defect("filter-escapes-not-read", "rfc7644-3.4.2.2-string-escapes", depth="response")
def _raw_strings(provider: Provider) -> None:
    """Escaped characters in a filter value are taken as they stand."""
    provider.indexes_decide = False
    tree(
        lambda node: (
            replace(node, value=node.value.replace("\\", "\\\\").replace('"', '\\"'))
            if isinstance(node, Comparison) and isinstance(node.value, str)
            else node
        )
    )(provider)


@defect("filter-decoded-twice", "rfc7644-3.4.2.2-url-encoding", depth="response")
def _decoded_twice(provider: Provider) -> None:
    """Plus and percent signs in a filter value are decoded a second time."""

    def decode(call: Call) -> None:
        if "filter" in call.parameters and call.method == "GET":
            call.parameters["filter"] = unquote_plus(call.parameters["filter"])

    provider.seams.arrive.append(decode)


@defect("filter-plus-is-no-blank", "entra-1-query-encoding", "rfc7644-3.4.2.2-url-encoding", depth="response")
def _plus(provider: Provider) -> None:
    """A blank written as plus in the query is not understood."""

    def refuse(call: Call) -> None:
        if "filter" in call.parameters and "+" in (call.request.query or ""):
            call.parameters["filter"] = (call.request.query or "").partition("filter=")[2].partition("&")[0]

    provider.seams.arrive.append(refuse)


@defect("filter-injection", "rfc7644-7.7-filter-injection", "rfc7644-3.4.2.2-only-matching", depth="security")
def _injection(provider: Provider) -> None:
    """A filter value that looks like SQL becomes part of the query and returns everybody."""
    tree(
        lambda node: (
            ANYTHING
            if isinstance(node, Comparison)
            and isinstance(node.value, str)
            and re.search(r"'\s*(or|--|;)|%|\*", node.value, re.IGNORECASE)
            else node
        )
    )(provider)


def _on_bad_filter(change: Any) -> Any:
    """What happens instead of 400 when a filter cannot be read."""

    def hook(provider: Provider) -> None:
        def lax(call: Call, text: str) -> Filter:
            try:
                return parse_filter(text)
            except FilterError as error:
                if isinstance(change, Refusal):
                    raise change from error
                found: Filter = change
                return found

        provider.rules.parse = lax

    return hook


defect(
    "bad-filter-ignored",
    "rfc7644-3.4.2.2-syntax-error",
    "rfc7644-3.4.2.2-unknown-operator",
    depth="response",
    summary="A filter that cannot be read is ignored: everything is returned.",
    hook=_on_bad_filter(ANYTHING),
)
defect(
    "bad-filter-finds-nothing",
    "rfc7644-3.4.2.2-syntax-error",
    depth="response",
    summary="A filter that cannot be read finds nothing.",
    hook=_on_bad_filter(NOTHING),
)
defect(
    "bad-filter-is-500",
    "rfc7644-3.4.2.2-syntax-error",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A filter that cannot be read answers 500.",
    hook=_on_bad_filter(Refusal(500, "failed")),
)
defect(
    "bad-filter-without-keyword",
    "rfc7644-3.4.2.2-syntax-error",
    depth="response",
    summary="A filter that cannot be read answers 400 without scimType.",
    hook=_on_bad_filter(Refusal(400, "bad filter")),
)
defect(
    "unknown-operator-is-eq",
    "rfc7644-3.4.2.2-unknown-operator",
    depth="response",
    summary="An operator the provider does not know is read as eq.",
    hook=lambda provider: provider.seams.arrive.append(_as_eq),
)


def _as_eq(call: Call) -> None:
    text = call.parameters.get("filter", "")
    found = re.fullmatch(r"\s*(\S+)\s+(\w\w+)\s+(.*)", text)
    if found and found[2].lower() not in ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "and", "or"):
        call.parameters["filter"] = f"{found[1]} eq {found[3]}"


@defect("filter-unknown-attribute-finds-everything", "rfc7644-3.4.2.2-unknown-attribute", depth="response")
def _unknown_attribute(provider: Provider) -> None:
    """A filter on an attribute the type does not have returns everything."""
    schemas = provider.catalogue.set
    tree(
        lambda node: (
            ANYTHING
            if isinstance(node, Comparison) and schemas.find(node.path.name, node.path.sub, node.path.urn) is None
            else node
        )
    )(provider)


@defect("filter-unknown-attribute-is-500", "rfc7644-3.4.2.2-unknown-attribute", "rfc7644-3.12-no-server-error", depth="response")
def _unknown_is_500(provider: Provider) -> None:
    """A filter on an attribute the type does not have answers 500."""
    schemas = provider.catalogue.set
    refusing_filters(
        lambda node: any(schemas.find(path.name, path.sub, path.urn) is None for path in paths_of(node)), 500, "failed"
    )(provider)


# Operators that mean something else

defect("ne-means-eq", "rfc7644-3.4.2.2-ne", depth="response", summary="ne is read as eq.", hook=_operator("ne", "eq"))
defect("co-means-sw", "rfc7644-3.4.2.2-co", depth="response", summary="co finds prefixes only.", hook=_operator("co", "sw"))
defect("sw-means-co", "rfc7644-3.4.2.2-sw", depth="response", summary="sw finds substrings.", hook=_operator("sw", "co"))
defect("ew-means-co", "rfc7644-3.4.2.2-ew", depth="response", summary="ew finds substrings.", hook=_operator("ew", "co"))
defect("ew-means-sw", "rfc7644-3.4.2.2-ew", depth="response", summary="ew finds prefixes.", hook=_operator("ew", "sw"))
defect(
    "sw-without-the-whole",
    "rfc7644-3.4.2.2-sw",
    depth="response",
    summary="sw misses values that are the prefix itself.",
    hook=tree(
        lambda node: And((node, replace(node, operator="ne"))) if isinstance(node, Comparison) and node.operator == "sw" else node
    ),
)
defect(
    "pr-always-true",
    "rfc7644-3.4.2.2-pr",
    depth="response",
    summary="pr matches resources without the attribute too.",
    hook=tree(lambda node: ANYTHING if isinstance(node, Present) else node),
)
defect(
    "pr-refused",
    "rfc7644-3.4.2.2-pr",
    depth="response",
    summary="pr answers 500.",
    hook=refusing_filters(lambda node: any(isinstance(leaf, Present) for leaf in _leaves(node)), 500, "failed"),
)
defect(
    "gt-means-ge", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="gt is read as ge.", hook=_operator("gt", "ge")
)
defect(
    "le-means-lt", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="le is read as lt.", hook=_operator("le", "lt")
)
defect(
    "gt-means-lt", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="gt is read as lt.", hook=_operator("gt", "lt")
)


@defect("times-compared-as-text", "rfc7644-3.4.2.2-ordering-operators", depth="response")
def _times_as_text(provider: Provider) -> None:
    """Date-times are compared letter by letter, so an offset or missing fraction gives the wrong result."""

    def judge(call: Call, node: Filter, view: Json, correct: bool) -> bool:
        if isinstance(node, Comparison) and node.operator in ("gt", "ge", "lt", "le", "eq") and node.path.name.lower() == "meta":
            have = str(get(view.get("meta", {}), node.path.sub or ""))
            wanted = str(node.value)
            orders = {"gt": have > wanted, "ge": have >= wanted, "lt": have < wanted, "le": have <= wanted, "eq": have == wanted}
            return orders[node.operator]
        return correct

    matching(judge)(provider)


@defect("order-on-boolean-accepted", "rfc7644-3.4.2.2-order-on-boolean", depth="response")
def _boolean_order(provider: Provider) -> None:
    """active gt true is accepted."""
    tree(
        lambda node: (
            replace(node, operator="eq")
            if isinstance(node, Comparison) and node.operator in ("gt", "ge", "lt", "le") and isinstance(node.value, bool)
            else node
        )
    )(provider)


defect(
    "boolean-compared-as-text",
    "rfc7644-3.4.2.2-eq-boolean",
    depth="response",
    summary="active eq false finds nobody, as the boolean is compared with a text.",
    hook=tree(lambda node: NOTHING if isinstance(node, Comparison) and isinstance(node.value, bool) else node),
)
defect(
    "null-in-filter-refused",
    "rfc7644-3.4.2.2-eq-null",
    depth="response",
    summary="eq null answers 500.",
    hook=refusing_filters(
        lambda node: any(isinstance(leaf, Comparison) and leaf.value is None for leaf in _leaves(node)), 500, "failed"
    ),
)
defect(
    "and-means-or",
    "rfc7644-3.4.2.2-and",
    depth="response",
    summary="and is read as or.",
    hook=tree(lambda node: Or(node.operands) if isinstance(node, And) else node),
)
defect(
    "and-drops-second",
    "rfc7644-3.4.2.2-and",
    depth="response",
    summary="Of two conditions joined by and the second is ignored.",
    hook=tree(lambda node: node.operands[0] if isinstance(node, And) else node),
)
defect(
    "or-drops-second",
    "rfc7644-3.4.2.2-or",
    depth="response",
    summary="Of two conditions joined by or the second is ignored.",
    hook=tree(lambda node: node.operands[0] if isinstance(node, Or) else node),
)
defect(
    "not-ignored",
    "rfc7644-3.4.2.2-not",
    depth="response",
    summary="not is ignored.",
    hook=tree(lambda node: node.operand if isinstance(node, Not) else node),
)


def _left_to_right(node: Filter) -> Filter:
    """`a or b and c` as `(a or b) and c`."""
    if isinstance(node, Or) and isinstance(node.operands[-1], And):
        last = node.operands[-1]
        return And((Or((*node.operands[:-1], last.operands[0])), *last.operands[1:]))
    return node


def _ungrouped(node: Filter) -> Filter:
    """`(a or b) and c` as `a or b and c`."""
    if isinstance(node, And) and isinstance(node.operands[0], Or):
        first = node.operands[0]
        return Or((*first.operands[:-1], And((first.operands[-1], *node.operands[1:]))))
    return node


defect(
    "or-binds-as-and",
    "rfc7644-3.4.2.2-precedence",
    depth="response",
    summary="and and or are evaluated from left to right.",
    hook=tree(_left_to_right),
)
defect(
    "parentheses-ignored",
    "rfc7644-3.4.2.2-grouping",
    depth="response",
    summary="Parentheses change nothing.",
    hook=tree(_ungrouped),
)


# Values


@defect("first-value-only", "rfc7644-3.4.2.2-any-value-matches", depth="many")
def _first_only(provider: Provider) -> None:
    """A filter looks at the first value of a multi-valued attribute only."""
    match = provider.rules.match
    provider.indexes_decide = False
    provider.rules.match = lambda call, node, view: match(
        call, node, {name: value[:1] if isinstance(value, list) and name != "schemas" else value for name, value in view.items()}
    )


@defect("brackets-across-values", "rfc7644-3.4.2.2-value-path-same-element", depth="response")
def _across(provider: Provider) -> None:
    """Conditions in brackets may be met by different values."""

    def edit(node: Filter) -> Filter:
        if not isinstance(node, ValuePath) or not isinstance(node.path.filter, And):
            return node
        plain = replace(node.path, filter=None)
        return And(tuple(ValuePath(replace(plain, filter=operand)) for operand in node.path.filter.operands))

    tree(edit)(provider)


defect(
    "brackets-refused",
    "rfc7644-3.4.2.2-value-path-same-element",
    "entra-1-matching-filter",
    depth="response",
    summary="Square brackets in a filter answer 500.",
    hook=refusing_filters(lambda node: any(path.filter is not None for path in paths_of(node)), 500, "failed"),
)
defect(
    "short-form-is-500",
    "rfc7644-3.4.2.2-multivalued-short-form",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="emails eq without .value answers 500.",
    hook=refusing_filters(
        lambda node: any(path.name.lower() == "emails" and not path.sub and not path.filter for path in paths_of(node)),
        500,
        "failed",
    ),
)
defect(
    "bracket-then-value-is-500",
    "rfc7644-3.4.2.2-value-path-then-subattribute",
    "entra-1-matching-filter",
    depth="response",
    summary='emails[type eq "work"].value eq answers 500.',
    hook=refusing_filters(lambda node: any(path.filter is not None and path.sub for path in paths_of(node)), 500, "failed"),
)


def _exactness(change: Callable[[Attribute], bool]) -> Any:
    """Judge text by another caseExact than the declared one."""

    def hook(provider: Provider) -> None:
        provider.indexes_decide = False
        match = provider.rules.match
        set_ = provider.catalogue.set
        known = {field.name.lower(): change(field) for type in provider.catalogue.types for field in type.fields.values()}

        def judge(call: Call, node: Filter, view: Json) -> bool:
            if isinstance(node, Comparison) and node.operator == "eq" and isinstance(node.value, str) and not node.path.sub:
                attribute = set_.find(node.path.name, None, node.path.urn)
                exact = known.get(node.path.name.lower(), attribute.case_exact if attribute else False)
                have = [item for item in spread(get(view, node.path.name)) if isinstance(item, str)]
                return any(item == node.value if exact else item.lower() == node.value.lower() for item in have)
            return match(call, node, view)

        provider.rules.match = judge

    return hook


defect(
    "user-name-filter-case-sensitive",
    "rfc7644-3.4.2.2-caseless-string",
    "okta-13.15-username-caseless",
    "entra-9-username-caseless",
    depth="response",
    summary="userName eq misses users whose name differs in letter case.",
    hook=_exactness(lambda attribute: True),
)
defect(
    "external-id-filter-caseless",
    "rfc7644-3.4.2.2-caseexact-string",
    "rfc7643-3.1-externalid-caseexact",
    depth="response",
    summary="externalId eq finds values that differ in letter case.",
    hook=_exactness(lambda attribute: False),
)


@defect("default-active-not-found", "rfc7644-3.4.2.2-defaulted-attribute", depth="response")
def _default_unseen(provider: Provider) -> None:
    """active eq true misses users for whom the provider assigned it."""
    defaulted: set[str] = set()

    def remember(call: Call, record: Any) -> None:
        if call.operation == "create" and isinstance(call.body, dict) and "active" not in call.body:
            defaulted.add(record.id)

    def judge(call: Call, node: Filter, view: Json, correct: bool) -> bool:
        return correct and not ("active" in _names(node) and view["id"] in defaulted)

    provider.seams.stored.append(remember)
    matching(judge)(provider)


@defect("password-can-be-guessed", "rfc7643-4.1.1-password-filter", depth="security")
def _guessed(provider: Provider) -> None:
    """A filter tells whether a password begins with a text."""
    passwords: dict[str, str] = {}

    def remember(call: Call, record: Any) -> None:
        if isinstance(call.body, dict) and isinstance(call.body.get("password"), str):
            passwords[record.id] = call.body["password"]

    def edit(node: Filter) -> Filter:
        found = isinstance(node, Comparison | Present) and node.path.name.lower() == "password"
        return replace(node, path=Path("x-secret")) if found and isinstance(node, Comparison | Present) else node

    match = provider.rules.match
    provider.rules.match = lambda call, node, view: match(call, node, {**view, "x-secret": passwords.get(view["id"])})
    provider.seams.stored.append(remember)
    tree(edit)(provider)


defect(
    "filter-not-found-is-error",
    "entra-1-probe",
    "rfc7644-3.4.2-no-match-200",
    depth="response",
    summary="A filter on a user that does not exist answers 400.",
    hook=lambda provider: provider.seams.select.append(_insist_on_match),
)


def _insist_on_match(call: Call, records: list[Any]) -> list[Any]:
    if "filter" in call.parameters and not records:
        raise Refusal(400, "the filter matches nobody", "invalidFilter")
    return records


defect(
    "filter-detail-unreadable",
    "rfc7644-3.4.2.2-unknown-operator",
    "rfc7644-3.12-error-detail-string",
    depth="response",
    summary="The refusal of a filter has an empty detail.",
    hook=refused(lambda call, refusal: Refusal(400, "", "invalidFilter") if refusal.scim_type == "invalidFilter" else None),
)
