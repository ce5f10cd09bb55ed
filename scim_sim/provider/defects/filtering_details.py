"""Filters that fail in a corner: brackets, presence, wildcards, letter case, quotes (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refusing
from scim_sim.provider.defects.trees import ANYTHING, INVALID, NOTHING, leaves, matching, names, refusing_filters, tree
from scim_sim.provider.seams import Call
from scim_sim.scim.grammar import And, Comparison, Filter, Not, Or, Path, Present, ValuePath
from scim_sim.scim.navigate import get

__all__: list[str] = []

Json = dict[str, Any]


def _within(edit: Callable[[Filter], Filter]) -> Any:
    """Change the condition in the brackets of a value path."""

    def change(node: Filter) -> Filter:
        inner = node.path.filter if isinstance(node, ValuePath) else None
        return ValuePath(replace(node.path, filter=edit(inner))) if isinstance(node, ValuePath) and inner is not None else node

    return tree(change)


def _without_not(node: Filter) -> Filter:
    if isinstance(node, And | Or):
        return type(node)(tuple(map(_without_not, node.operands)))
    return _without_not(node.operand) if isinstance(node, Not) else node


defect(
    "brackets-ignore-not",
    "rfc7644-3.4.2.2-value-path-same-element",
    depth="response",
    summary="not within brackets is read as if it were not there.",
    hook=_within(_without_not),
)
defect(
    "brackets-read-or-as-and",
    "rfc7644-3.4.2.2-value-path-same-element",
    depth="response",
    summary="or within brackets is read as and.",
    hook=_within(lambda node: And(node.operands) if isinstance(node, Or) else node),
)


def _plain(node: Filter, name: str) -> bool:
    return isinstance(node, Present) and node.path.name.lower() == name and node.path.sub is None


defect(
    "pr-true-for-attributes-with-parts",
    "rfc7644-3.4.2.2-pr",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="addresses pr matches everybody.",
    hook=tree(lambda node: ANYTHING if _plain(node, "addresses") else node),
)
defect(
    "pr-takes-false-for-absent",
    "rfc7644-3.4.2.2-pr",
    "rfc7644-3.4.2-list-includes-inactive",
    depth="response",
    summary="active pr misses users whose active is false.",
    hook=matching(lambda call, node, view, correct: correct and not (_asks(node, "active") and get(view, "active") is False)),
)


def _asks(node: Filter, name: str) -> bool:
    return any(_plain(leaf, name) for leaf in leaves(node))


@defect("names-compared-with-wildcards", "rfc7644-7.7-filter-injection", "rfc7644-3.4.2.2-eq-username", depth="security")
def _like(provider: Provider) -> None:
    """userName eq takes % and _ for wildcards, as a database does with LIKE."""

    def judge(call: Call, node: Filter, view: Json, correct: bool) -> bool:
        if isinstance(node, Comparison) and node.operator == "eq" and node.path.name.lower() == "username":
            pattern = re.escape(str(node.value)).replace("%", ".*").replace("_", ".")
            return re.fullmatch(pattern, str(view.get("userName")), re.IGNORECASE) is not None
        return correct

    matching(judge)(provider)


@defect("parts-of-names-case-sensitive", "rfc7644-3.4.2.2-caseless-string", depth="response")
def _exact_parts(provider: Provider) -> None:
    """sw, co and ew look at letter case, also where the schema says that it does not matter."""

    def exact(leaf: Filter, view: Json) -> bool:
        if not isinstance(leaf, Comparison) or leaf.operator not in ("sw", "co", "ew") or leaf.path.sub is not None:
            return True
        held, wanted = get(view, leaf.path.name), str(leaf.value)
        return not isinstance(held, str) or wanted in held

    matching(lambda call, node, view, correct: correct and all(exact(leaf, view) for leaf in leaves(node)))(provider)


defect(
    "addresses-compared-case-sensitive",
    "rfc7644-3.4.2.2-caseless-string",
    "rfc7644-3.4.2.2-any-value-matches",
    depth="response",
    summary="emails.value eq looks at letter case.",
    hook=matching(lambda call, node, view, correct: correct and _same_letters(node, view)),
)


def _same_letters(node: Filter, view: Json) -> bool:
    if not isinstance(node, Comparison) or node.operator != "eq" or str(node.path) != "emails.value":
        return True
    return any(item.get("value") == node.value for item in view.get("emails", []))


defect(
    "quotes-in-filter-refused",
    "rfc7644-3.4.2.2-string-escapes",
    depth="response",
    summary="A filter whose value holds a quotation mark is refused.",
    hook=refusing_filters(
        lambda node: any(isinstance(leaf, Comparison) and '"' in str(leaf.value) for leaf in leaves(node)), 400, "syntax", INVALID
    ),
)


def _read_as(instead: Filter, name: str) -> Any:
    """Read every comparison of that attribute as something else."""
    return tree(lambda node: instead if isinstance(node, Comparison) and node.path.name.lower() == name else node)


defect(
    "filter-on-groups-ignored",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    depth="response",
    summary="A filter on the groups of a user returns everybody.",
    hook=_read_as(ANYTHING, "groups"),
)
defect(
    "manager-not-found",
    "rfc7644-3.4.2.2-extension-attribute",
    depth="response",
    summary="manager.value eq finds nobody.",
    hook=_read_as(NOTHING, "manager"),
)


@defect("times-compared-by-day", "rfc7644-3.4.2.2-ordering-operators", depth="response")
def _by_day(provider: Provider) -> None:
    """Of date-times only the day is compared."""

    def judge(call: Call, node: Filter, view: Json, correct: bool) -> bool:
        for leaf in leaves(node):
            if isinstance(leaf, Comparison) and leaf.path.name.lower() == "meta" and leaf.operator in ("gt", "lt"):
                have, wanted = str(get(view["meta"], leaf.path.sub or ""))[:10], str(leaf.value)[:10]
                return correct and (have > wanted if leaf.operator == "gt" else have < wanted)
        return correct

    matching(judge)(provider)


def _type_as_spelt(call: Call, node: Filter, view: Json, correct: bool) -> bool:
    if isinstance(node, Comparison) and node.path.sub == "type" and node.operator == "eq":
        return correct and any(item.get("type") == node.value for item in view.get(node.path.name, ()))
    return correct


defect(
    "type-of-values-case-sensitive",
    "rfc7644-3.4.2.2-caseless-string",
    "rfc7644-3.4.2.2-any-value-matches",
    depth="response",
    summary="emails.type eq looks at letter case, although the schema says that it does not matter.",
    hook=matching(_type_as_spelt),
)
defect(
    "and-of-two-only",
    "rfc7644-3.4.2.2-and",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="Of three conditions joined by and the third is ignored.",
    hook=tree(lambda node: And(node.operands[:2]) if isinstance(node, And) else node),
)
defect(
    "or-of-two-only",
    "rfc7644-3.4.2.2-or",
    depth="response",
    summary="Of three conditions joined by or the third is ignored.",
    hook=tree(lambda node: Or(node.operands[:2]) if isinstance(node, Or) else node),
)


def _of_groups(instead: Filter, when: Callable[[Filter], bool]) -> Any:
    """Read the filters of groups of which something is true as another filter."""

    def hook(provider: Provider) -> None:
        parse = provider.rules.parse

        def other(call: Call, text: str) -> Filter:
            found = parse(call, text)
            return instead if call.kind == "Group" and when(found) else found

        provider.rules.parse = other

    return hook


defect(
    "filter-on-groups-knows-eq-only",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="A filter on groups that is more than one eq returns every group.",
    hook=_of_groups(ANYTHING, lambda node: not isinstance(node, Comparison) or node.operator != "eq"),
)
defect(
    "group-external-id-not-found",
    "rfc7644-3.4.2.2-eq-externalid",
    depth="response",
    summary="externalId eq finds no group.",
    hook=_of_groups(NOTHING, lambda node: "externalid" in names(node)),
)


defect(
    "asterisk-finds-everything",
    "rfc7644-7.7-filter-injection",
    "rfc7644-3.4.2.2-only-matching",
    depth="security",
    summary="A filter value of asterisks finds every resource.",
    hook=tree(lambda node: ANYTHING if isinstance(node, Comparison) and node.value in ("*", "**") else node),
)
defect(
    "underscore-is-any-letter",
    "rfc7644-7.7-filter-injection",
    "rfc7644-3.4.2.2-co",
    depth="security",
    summary="With co and sw an underscore stands for any letter.",
    hook=matching(lambda call, node, view, fits: fits or _is_alike(node, view)),
)


def _is_alike(node: Filter, view: Json) -> bool:
    if not isinstance(node, Comparison) or not isinstance(node.value, str) or node.operator not in ("co", "sw"):
        return False
    pattern = re.escape(node.value).replace("_", ".")
    return "_" in node.value and re.search(pattern, str(get(view, node.path.name)), re.IGNORECASE) is not None


defect(
    "display-name-finds-user-names",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="A filter on displayName finds users by their userName as well.",
    hook=tree(
        lambda node: (
            Or((node, replace(node, path=Path("userName"))))
            if isinstance(node, Comparison) and node.path.name.lower() == "displayname"
            else node
        )
    ),
)
defect(
    "long-filter-value-finds-nothing",
    "rfc7644-3.4.2.2-string-escapes",
    depth="response",
    summary="A filter value of more than sixty letters finds nothing.",
    hook=tree(lambda node: NOTHING if isinstance(node, Comparison) and len(str(node.value)) > 60 else node),
)
defect(
    "long-filter-is-500",
    "rfc7644-3.4.2.2-string-escapes",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A filter of more than two hundred and fifty letters answers 500.",
    hook=refusing(lambda call: len(call.parameters.get("filter", "")) > 250, 500, "value too long"),
)
defect(
    "group-with-a-slash-not-found",
    "rfc7644-3.4.2.2-eq-group-displayname",
    depth="response",
    summary="A filter for a group with a slash in its name answers 404.",
    hook=refusing(lambda call: call.kind == "Group" and "/" in call.parameters.get("filter", ""), 404, "no such path"),
)
