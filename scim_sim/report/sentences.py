"""The answer in one sentence, in the administrator's words: first what works, then what does not.

The needs that every IdP has are told as people speak of them; a need of one IdP has a clause of its own in the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from scim_sim.report.model import RequirementResult
from scim_sim.report.text import joined
from scim_sim.scim.requirements import catalogue

__all__ = ["idp_sentence", "plight", "works"]

WORKS: Final[Mapping[str, str]] = {"create": "join", "update": "change", "deactivate": "leave", "reactivate": "come back"}
"""Needs that make up the core life cycle, and the word for people who go through it."""

PLIGHTS: Final[Mapping[str, str]] = {
    "connect": "the connection test fails",
    "readable-answers": "some answers cannot be read",
    "match": "people are not found by their matching attribute",
    "no-duplicates": "people get second accounts",
    "link": "accounts that exist already cannot be taken over",
    "create": "people who join get no proper account",
    "attributes-kept": "some attributes are not kept",
    "update": "changes of a profile do not arrive",
    "username-change": "a new user name does not arrive",
    "no-collateral": "changes touch what they do not name",
    "manager": "managers are lost",
    "deactivate": "people who leave stay active",
    "inactive-visible": "deactivated accounts cannot be found again",
    "reactivate": "people who come back get no access",
    "delete": "deleted accounts stay usable",
    "group-push": "groups do not arrive with exactly their members",
    "group-rename": "a new group name does not arrive",
    "members-added": "people added to a group do not get in",
    "members-removed": "people removed from a group keep its access",
    "group-delete": "deleted groups stay, or take accounts with them",
    "import": "a full import misses people",
    "converges": "at the end the application holds something else than the directory",
    "quiet-second-cycle": "the same changes are written again and again",
    "errors": "refusals do not say why",
    "recovers": "after an outage work is left undone",
}
"""Needs of every IdP that are not met, as clauses, in the order in which they are told."""

TOLD: Final = 3
LAST: Final = frozenset({"converges", "quiet-second-cycle", "errors"})


def works(idp: str, passed: Collection[str]) -> str:
    """What people can do here, from the needs that were met: `People join, change and leave as they should`, or empty."""
    words = [word for need, word in WORKS.items() if f"{idp}-{need}" in passed]
    return f"People {joined(words)} as they should" if words else ""


def plight(requirement: str, row: RequirementResult | None) -> str:
    """What it means that a need is not met, as a clause in the administrator's words."""
    need = requirement.partition("-")[2]
    if need in PLIGHTS:
        return PLIGHTS[need]
    rule = catalogue().get(requirement)
    if rule and rule.unmet:
        return rule.unmet
    if row is None or not row.statement:
        return "something its story expects does not happen"
    if row.level == "NEED":
        return f"a need is not met: {_clause(row.statement)}"
    return _broken([(requirement, row)])


def idp_sentence(
    idp: str, passed: Collection[str], failed: Iterable[tuple[str, RequirementResult | None]], stories: int, also: str = ""
) -> str:
    """The whole sentence: what works, then the gravest of what does not; `also` is a clause that is told first."""
    good = works(idp, passed)
    clauses = list(dict.fromkeys(filter(None, [also, *_clauses(idp, failed)])))
    if not clauses:
        played = "the one story that was played passes" if stories == 1 else f"all {stories} stories that were played pass"
        return f"{good}: {played}." if good else f"Nothing went wrong: {played}."
    if len(clauses) > TOLD:
        clauses = [*clauses[: TOLD - 1], f"{len(clauses) - TOLD + 1} more things fail"]
    bad = joined(clauses)
    return f"{good}; but {bad}." if good else f"{bad[:1].upper()}{bad[1:]}."


def _clauses(idp: str, failed: Iterable[tuple[str, RequirementResult | None]]) -> Iterator[str]:
    """What is not met, the gravest first; rules of the RFC are told in one clause."""
    order = {f"{idp}-{need}": n for n, need in enumerate(PLIGHTS) if need not in LAST}
    found = sorted(failed, key=lambda i: (i[0] not in order, not (i[1] and i[1].core), order.get(i[0], 0)))
    rules = [(name, row) for name, row in found if row and row.level != "NEED"]
    for name, row in found:
        if (name, row) not in rules or len(rules) == 1:
            yield plight(name, row)
        elif (name, row) == rules[0]:
            yield _broken(rules)


def _broken(rules: Sequence[tuple[str, RequirementResult]]) -> str:
    name, row = rules[0]
    told = f"{_clause(row.statement)} ({name})"
    return (
        f"a rule of the RFC is broken: {told}" if len(rules) == 1 else f"{len(rules)} rules of the RFC are broken, such as {told}"
    )


def _clause(text: str) -> str:
    text = text.strip().rstrip(".")
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text
