"""Hooks for filters: judge by another tree than the one that was sent, or by another rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.query import paths_of
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim.grammar import And, Comparison, Filter, Not, Or, Path, Present

__all__ = ["ANYTHING", "INVALID", "NOTHING", "leaves", "matching", "names", "operator", "refusing_filters", "tree"]

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


def operator(before: str, after: str) -> Any:
    """Read one operator as another."""
    return tree(lambda node: replace(node, operator=after) if isinstance(node, Comparison) and node.operator == before else node)


def leaves(node: Filter) -> Iterator[Filter]:
    """The single conditions of a filter."""
    if isinstance(node, And | Or):
        for operand in node.operands:
            yield from leaves(operand)
    elif isinstance(node, Not):
        yield from leaves(node.operand)
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


def names(node: Filter) -> set[str]:
    """The attributes a filter looks at, in lower case."""
    return {path.name.lower() for path in paths_of(node)}
