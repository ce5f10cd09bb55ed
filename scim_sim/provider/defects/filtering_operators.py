"""Filter operators and values that mean something else (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refused
from scim_sim.provider.defects.trees import ANYTHING, NOTHING, leaves, matching, names, operator, refusing_filters, tree
from scim_sim.provider.query import paths_of
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim.attributes import Attribute
from scim_sim.scim.grammar import And, Comparison, Filter, Not, Or, Path, Present, ValuePath
from scim_sim.scim.navigate import get, spread

__all__: list[str] = []

Json = dict[str, Any]


# Operators that mean something else

defect("ne-means-eq", "rfc7644-3.4.2.2-ne", depth="response", summary="ne is read as eq.", hook=operator("ne", "eq"))
defect("co-means-sw", "rfc7644-3.4.2.2-co", depth="response", summary="co finds prefixes only.", hook=operator("co", "sw"))
defect("sw-means-co", "rfc7644-3.4.2.2-sw", depth="response", summary="sw finds substrings.", hook=operator("sw", "co"))
defect("ew-means-co", "rfc7644-3.4.2.2-ew", depth="response", summary="ew finds substrings.", hook=operator("ew", "co"))
defect("ew-means-sw", "rfc7644-3.4.2.2-ew", depth="response", summary="ew finds prefixes.", hook=operator("ew", "sw"))
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
    hook=refusing_filters(lambda node: any(isinstance(leaf, Present) for leaf in leaves(node)), 500, "failed"),
)
defect(
    "gt-means-ge", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="gt is read as ge.", hook=operator("gt", "ge")
)
defect(
    "le-means-lt", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="le is read as lt.", hook=operator("le", "lt")
)
defect(
    "gt-means-lt", "rfc7644-3.4.2.2-ordering-operators", depth="response", summary="gt is read as lt.", hook=operator("gt", "lt")
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
        lambda node: any(isinstance(leaf, Comparison) and leaf.value is None for leaf in leaves(node)), 500, "failed"
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
        return correct and not ("active" in names(node) and view["id"] in defaulted)

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
