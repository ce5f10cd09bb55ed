"""A scenario and its steps, as read from a file; nothing here knows how to play them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Place", "Scenario", "Step", "listed"]


def listed(value: Any) -> list[Any]:
    """What may be written as one thing or as a list of them, as a list; nothing is an empty one."""
    return [] if value is None else value if isinstance(value, list) else [value]


class Place(NamedTuple):
    """Where something stands in a file: line and column from 1, and the text of the line."""

    path: str = ""
    line: int = 0
    column: int = 0
    source: str = ""


_NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story.

    `id` is unique in the scenario (`03-assign`), `kind` the name of the step, `params` its parameters as written,
    `requirements` the ids its expectations speak about, `expect` the expectations (each a mapping), `capture` names for
    values of the answer (name to JSON pointer), `when` a condition on what the target declares, `label` the name that a
    foreign suite gives to it, `by` which of several identity providers acts, `places` where each parameter stands.
    """

    id: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    requirements: tuple[str, ...] = ()
    expect: tuple[Mapping[str, Any], ...] = ()
    capture: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, ...] = ()
    label: str = ""
    by: str = ""
    place: Place = _NOWHERE
    places: Mapping[tuple[Any, ...], Place] = field(default_factory=dict, compare=False, repr=False)

    def place_of(self, at: tuple[Any, ...]) -> Place:
        """Where that stands, or the nearest thing around it; a bare parameter stands where its step does."""
        while at and at not in self.places:
            at = at[:-1]
        return self.places.get(at, self.place)

    def expectations(self) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
        """Where each expectation stands, and what it says; the parameters of the step `expect` are one too."""
        several = ("expect", 0) in self.places
        for n, one in enumerate([self.params, *self.expect] if self.kind == "expect" else self.expect):
            yield (("expect", n) if several else ("expect",)), one

    def named_requirements(self) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """Where each requirement stands that the step or one of its expectations names, and its id."""
        yield from ((("requirement",), name) for name in self.requirements)
        for at, one in self.expectations():
            yield from (((*at, "requirement"), name) for name in listed(one.get("requirement")))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story: who is in it, what happens, and under which identity providers.

    `id` is the path below the suite folder without its ending (`okta/joiner-mover-leaver`), `idps` the identity
    providers under which it runs (`rfc` for raw suites), `requires` capabilities of the target without which it does
    not apply, `directory` the people and teams it begins with, `traits` values that differ from the engine's defaults,
    `together` the identity providers that act side by side in one story, by the names that its steps use, `alone` whether
    nothing else of the run may happen on the target meanwhile.
    """

    id: str
    title: str
    idps: tuple[str, ...]
    steps: tuple[Step, ...]
    summary: str = ""
    tags: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    directory: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    groups: bool | None = None
    alone: bool = False
    together: Mapping[str, str] = field(default_factory=dict)
    suite: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
