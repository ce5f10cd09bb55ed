"""The people and teams with which a scenario begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.scenario.model import Step
from scim_sim.scenario.stage import Stage

__all__ = ["DIRECTORY_KEYS", "crowd_keys", "directory_keys", "populate", "seeded_rows"]

DIRECTORY_KEYS = {
    "people": "a list of keys, or a mapping of keys to attributes",
    "groups": "a mapping of keys to lists of members, or to mappings with name, prefix and members",
    "crowd": "a number of further people p0001, p0002, …",
}
"""What `directory:` of a scenario may hold."""


def populate(stage: Stage) -> None:
    """Fill the stage's directory; nothing is sent, because nobody is assigned yet."""
    spec = stage.fill(dict(stage.scenario.directory))
    for key in spec:
        if key not in DIRECTORY_KEYS:
            raise UsageError(f'"{key}" is nothing a directory holds{nearest(str(key), DIRECTORY_KEYS)}')
    at = stage.clock.now()
    for key, values in _rows(spec.get("people")):
        stage.directory.hire(stage.person(key, values), at)
    crowd = int(spec.get("crowd") or 0)
    for key in crowd_keys(crowd):
        stage.directory.hire(stage.person(key, {}), at)
    for key, values in _rows(spec.get("groups")):
        members = tuple(_members(values.get("members") or (), crowd))
        stage.directory.create_team(stage.generator.team(key, values.get("name"), members, values.get("prefix", "")), at)


def _rows(value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [(str(k), {"members": v} if isinstance(v, list) else dict(v or {})) for k, v in value.items()]
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for item in value:
        if isinstance(item, Mapping):
            values = dict(item)
            rows.append((str(values.pop("key", "")), values))
        else:
            rows.append((str(item), {}))
    return rows


def _members(members: Any, crowd: int) -> list[str]:
    """The keys of the members; `crowd` stands for the whole crowd."""
    found: list[str] = []
    for member in members:
        found += crowd_keys(crowd) if member == "crowd" else [str(member)]
    return found


def directory_keys(rows: Any) -> Iterator[str]:
    """The keys of the people or groups as a scenario lists them."""
    for row in rows if isinstance(rows, (list, Mapping)) else ():
        yield str(row.get("key", "")) if isinstance(row, Mapping) else str(row)


def seeded_rows(step: Step) -> list[Mapping[str, Any]]:
    """The users and groups that a step `seed` spells out."""
    return [row for kind in ("users", "groups") for row in step.params.get(kind) or () if isinstance(row, Mapping)]


def crowd_keys(number: int) -> list[str]:
    """The keys of the people of a crowd: `p0001`, `p0002`, …"""
    return [f"p{n:04d}" for n in range(1, number + 1)]
