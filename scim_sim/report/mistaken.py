"""What follows from an answer that is about somebody else.

A search that lists whom nobody asked for makes an identity provider link, change and deactivate a stranger's account; an
answer to a write that carries another id says nothing of the resource that was written. What is missed afterwards is no
fault of its own: one fix, of the search or of that answer, ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from scim_sim.report.evidence import OF_STORIES, story_of
from scim_sim.report.kept import Recorded, parsed
from scim_sim.report.model import Judgement
from scim_sim.report.names import SUITES, idp_of

__all__ = ["MISMATCHES", "follows"]

MISMATCHES: Final = frozenset({"only_matching_resources_are_listed", "deleted_resource_is_not_listed"})
"""The checks that say that a search found whom it should not."""

_STRANGERS: Final = frozenset({"id_stays_the_same"})
_NO_RESOURCE: Final = OF_STORIES | {"group_is_as_expected"}
"""What a story expects of nobody in particular, or of whoever the members of a group are."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class _Mistake:
    """An answer about somebody else: its place among the exchanges, whose story it is, and whom it is about."""

    at: int
    story: tuple[str, str]
    path: str
    ids: frozenset[str]


def follows(
    findings: list[Judgement], failing: Iterable[int], keys: Mapping[int, K], exchanges: Mapping[str, Recorded]
) -> dict[int, K]:
    """The keys of what follows from a mistaken answer: that of the finding which says that it is mistaken.

    Of the same answer that is everything; of what an identity provider misses later in the story what concerns a resource
    whose id the answer gave it, and what the story expects of no resource in particular.
    """
    failing = list(failing)
    mistaken = {findings[n].exchanges[0]: n for n in reversed(failing) if _is_mistaken(findings[n])}
    if not mistaken:
        return {}
    place = {name: at for at, name in enumerate(exchanges)}
    mistakes = [(_mistake(exchanges[name], place[name]), n) for name, n in mistaken.items() if name in exchanges]
    found: dict[int, K] = {}
    for n in failing:
        f = findings[n]
        first = exchanges.get(f.exchanges[0]) if f.exchanges else None
        if first is None or f.check in MISMATCHES | _STRANGERS:
            continue
        same = mistaken.get(first.id, mistaken.get(f.shown_by))
        if same is not None and (f.base == "breaks" or findings[same].check in _STRANGERS):
            found[n] = keys[same]
            continue
        for mistake, cause in reversed(mistakes):
            counts = f.base == "breaks" or findings[cause].check in _STRANGERS
            if counts and place[first.id] > mistake.at and _concerns(mistake, f, first):
                found[n] = keys[cause]
                break
    return found


def _is_mistaken(f: Judgement) -> bool:
    """Whether the finding says that an answer is about somebody else; a search counts where an identity provider made it."""
    return bool(f.exchanges) and (f.check in _STRANGERS or (f.check in MISMATCHES and idp_of(f.voice) not in SUITES))


def _mistake(answer: Recorded, at: int) -> _Mistake:
    return _Mistake(at, story_of(answer.scenario, answer.id), answer.request.path, frozenset(_ids(answer)))


def _ids(answer: Recorded) -> Iterator[str]:
    body = parsed(answer.response)
    listed = body.get("Resources", [body]) if isinstance(body, dict) else []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"]:
            yield one["id"]


def _concerns(mistake: _Mistake, f: Judgement, first: Recorded) -> bool:
    """Whether a later finding of that story is about whom the mistaken answer named, or about nobody in particular."""
    if story_of(first.scenario, first.id) != mistake.story:
        return False
    if first.request.path.rpartition("/")[2] in mistake.ids:
        return True
    by_name = "filter=" in (first.request.query or "") and first.request.path == mistake.path
    named = f.actual.rpartition(" ")[2] in mistake.ids  # the member who is missing, or there without being wanted
    return f.base == "breaks" and (by_name or named or f.check in _NO_RESOURCE)
