"""A smaller story: one group and its people, or the first few people, and only the steps that speak of nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.scenario.model import Scenario, Step

__all__ = ["first_people", "only_group"]


def only_group(scenarios: Iterable[Scenario], name: str) -> list[Scenario]:
    """The scenarios that have that group, by key or name, with it and its members alone; raises `UsageError` without any."""
    found: list[Scenario] = []
    names: list[str] = []
    for scenario in scenarios:
        groups = _groups(scenario)
        names += [text for key, (title, _) in groups.items() for text in (key, title)]
        key = next((key for key, (title, _) in groups.items() if name in (key, title)), None)
        if key is not None:
            found.append(_narrowed(scenario, set(groups[key][1]), {key}))
    if not found:
        raise UsageError(f'no scenario has a group "{name}"{nearest(name, dict.fromkeys(names))}')
    return found


def first_people(scenarios: Iterable[Scenario], count: int) -> list[Scenario]:
    """The scenarios with the first `count` people of each directory, and the groups that then still have members."""
    found = []
    for scenario in scenarios:
        people = set(list(_people(scenario))[:count])
        groups = {key for key, (_, members) in _groups(scenario).items() if people & set(members) or not members}
        found.append(_narrowed(scenario, people, groups) if scenario.directory else scenario)
    return found


def _narrowed(scenario: Scenario, people: set[str], groups: set[str]) -> Scenario:
    """The scenario without the others, and without the steps that speak of them."""
    gone = (set(_people(scenario)) - people) | (set(_groups(scenario)) - groups)
    teams = scenario.directory.get("groups") or {}
    directory = {
        "people": _kept(scenario.directory.get("people"), people),
        "crowd": len(people & set(_crowd(scenario))),
        "groups": {key: _with_members(value, people) for key, value in teams.items() if key in groups},
    }
    steps = tuple(step for step in scenario.steps if not gone & set(_words(step)))
    return replace(scenario, directory={key: value for key, value in directory.items() if value}, steps=steps)


def _people(scenario: Scenario) -> Iterator[str]:
    for item in scenario.directory.get("people") or ():
        yield str(item.get("key", "")) if isinstance(item, Mapping) else str(item)
    yield from _crowd(scenario)


def _crowd(scenario: Scenario) -> list[str]:
    return [f"p{number:04d}" for number in range(1, int(scenario.directory.get("crowd") or 0) + 1)]


def _groups(scenario: Scenario) -> dict[str, tuple[str, list[str]]]:
    """Name and members of each group, by key."""
    found: dict[str, tuple[str, list[str]]] = {}
    for key, value in (scenario.directory.get("groups") or {}).items():
        listed = value if isinstance(value, list) else (value or {}).get("members") or ()
        title = "" if isinstance(value, list) else str((value or {}).get("name", ""))
        members = [name for member in listed for name in (_crowd(scenario) if member == "crowd" else [str(member)])]
        found[str(key)] = title, members
    return found


def _kept(people: Any, wanted: set[str]) -> Any:
    if isinstance(people, Mapping):
        return {key: value for key, value in people.items() if key in wanted}
    return [item for item in people or () if (item.get("key") if isinstance(item, Mapping) else item) in wanted]


def _with_members(group: Any, people: set[str]) -> Any:
    listed = group if isinstance(group, list) else (group or {}).get("members") or ()
    members = [member for member in listed if member in people or member == "crowd"]
    return members if isinstance(group, list) else {**(group or {}), "members": members}


def _words(step: Step) -> Iterator[str]:
    """Every text in the parameters and expectations of a step: one of them may be the key of a person or a group."""
    yield from _texts(step.params)
    for expectation in step.expect:
        yield from _texts(expectation)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
