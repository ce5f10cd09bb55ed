"""Which of the scenarios found are played: by tag, by the requirements that their steps speak about, by an earlier report.

Words may hold `*` and `?`. Words of one kind are alternatives, kinds narrow each other, and `no slow` leaves a tag out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.scenario.model import Scenario
from scim_sim.scim.requirements import AREAS, NEED_AREAS, SEVERITIES, Requirement, catalogue

__all__ = ["Played", "Selection", "requirements_of", "select"]


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario under one identity provider in an earlier run: its id, its file, and the voice (`okta:oin`, `harness`)."""

    scenario: str
    path: str
    voice: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What to choose by; an empty kind chooses everything. `again` is `None`, or what an earlier run played and is wanted."""

    tags: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    again: tuple[Played, ...] | None = None


def select(scenarios: Iterable[Scenario], chosen: Selection) -> list[Scenario]:
    """The scenarios that fit; raises `UsageError` for words that nothing bears, and when nothing fits all kinds."""
    found = list(scenarios)
    for scenarios_left, kind in _kinds(found, chosen):
        found = scenarios_left
        if not found:
            raise UsageError(f"no scenario fits {kind}", "the kinds of selection narrow each other; leave one out")
    return found


def requirements_of(scenario: Scenario) -> frozenset[str]:
    """The requirements that the scenario's steps name."""
    return frozenset(name for step in scenario.steps for _, name in step.named_requirements())


def _kinds(scenarios: list[Scenario], chosen: Selection) -> Iterator[tuple[list[Scenario], str]]:
    if chosen.again is not None:
        scenarios = list(_again(scenarios, chosen.again))
        yield scenarios, "what is to be played again"
    if chosen.tags:
        known = {tag for scenario in scenarios for tag in scenario.tags}
        _must_exist("tag", [word.removeprefix("no ") for word in chosen.tags], known)
        scenarios = [scenario for scenario in scenarios if _tagged(scenario.tags, chosen.tags)]
        yield scenarios, f"the tags {', '.join(chosen.tags)}"
    rules = catalogue()
    by_rule: tuple[tuple[str, tuple[str, ...], Collection[str], Callable[[Requirement], str]], ...] = (
        ("requirement", chosen.requirements, rules, lambda rule: rule.id),
        ("area", chosen.areas, dict.fromkeys((*AREAS, *NEED_AREAS)), lambda rule: rule.area),
        ("severity", chosen.severities, SEVERITIES, lambda rule: rule.severity),
    )
    wanted: set[str] | None = None
    for kind, words, known_words, value in by_rule:
        if words:
            _must_exist(kind, words, known_words)
            fitting = {name for name, rule in rules.items() if _fits(value(rule), words)}
            wanted = fitting if wanted is None else wanted & fitting
            names = wanted
            scenarios = [scenario for scenario in scenarios if requirements_of(scenario) & names]
            yield scenarios, f"the {kind} {', '.join(words)}: none of their steps names such a requirement"


def _must_exist(kind: str, words: Iterable[str], known: Collection[str]) -> None:
    for word in words:
        if not any(fnmatchcase(name, word) for name in known):
            raise UsageError(f'no {kind} is called "{word}" here{nearest(word, known)}')


def _fits(value: str, words: Iterable[str]) -> bool:
    return any(fnmatchcase(value, word) for word in words)


def _tagged(tags: Iterable[str], words: Iterable[str]) -> bool:
    unwanted = [word.removeprefix("no ") for word in words if word.startswith("no ")]
    wanted = [word for word in words if not word.startswith("no ")]
    own = list(tags)
    return not any(_fits(tag, unwanted) for tag in own) and (not wanted or any(_fits(tag, wanted) for tag in own))


def _again(scenarios: Iterable[Scenario], played: Collection[Played]) -> Iterator[Scenario]:
    """The scenarios among those played, under the voices named there alone."""
    for scenario in scenarios:
        voices = dict.fromkeys(one.voice for one in played if _is_same(scenario, one))
        if voices and scenario.together:
            yield scenario
        elif voices:
            yield replace(scenario, idps=tuple("rfc" if voice == "harness" else voice for voice in voices))


def _is_same(scenario: Scenario, played: Played) -> bool:
    """Whether it is that scenario, or the same cell of the same file under an id that depends on how it was named."""
    if scenario.id == played.scenario:
        return True
    same_file = bool(played.path) and Path(played.path).resolve() == Path(scenario.path).resolve()
    return same_file and scenario.id.partition("[")[2] == played.scenario.partition("[")[2]
