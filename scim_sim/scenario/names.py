"""Whether every name in a scenario is the name of something: identity providers, conditions, people, groups, attributes.

A misspelt name would otherwise be found in the middle of a run, or be taken for a fault of the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.idp.engine import ENGINES
from scim_sim.registry import nearest
from scim_sim.scenario.document import Document, fault
from scim_sim.scenario.model import Step
from scim_sim.scenario.populate import directory_keys, seeded_rows
from scim_sim.scenario.requires import CONDITIONS
from scim_sim.scenario.steps.time import parse_duration

__all__ = ["check_names"]

RAW = "rfc"
_MEANT = {**ENGINES.also_called, **dict.fromkeys(("scim", "raw", "harness"), RAW)}
_CROWD = re.compile(r"p\d{4}")
_CYCLES = re.compile(r"\d+ cycles?")


def check_names(document: Document, steps: Iterable[Step]) -> None:
    """Raise `ScenarioError` with the place of the first name that nothing bears."""
    data: Mapping[str, Any] = document.data
    _check_idps(document, data.get("idp"))
    _check_conditions(document, data.get("requires"))
    directory = data.get("directory") or {}
    cast = _Cast(directory, data.get("idp"))
    for step in steps:
        cast.check(step)
        _check_times(step)
        for condition in step.when:
            if _unknown_condition(condition):
                hint = nearest(str(condition).removeprefix("no "), CONDITIONS)
                raise fault(step.place_of(("when",)), f'unknown condition "{condition}"', hint)


def _check_idps(document: Document, idp: Any) -> None:
    if isinstance(idp, Mapping):
        names: list[tuple[tuple[Any, ...], Any]] = [(("idp", key), value) for key, value in idp.items()]
    else:
        names = [(("idp", n), value) for n, value in enumerate(idp)] if isinstance(idp, list) else [(("idp",), idp)]
    for at, name in names:
        if idp is None or (name == RAW and not isinstance(idp, Mapping)):
            continue
        base, _, variant = str(name).partition(":")
        if base not in ENGINES:
            raise document.fail(at, f'no identity provider is called "{base}"', nearest(base, [*ENGINES.names(), RAW], _MEANT))
        if variant and variant not in ENGINES.get(base).variants:
            raise document.fail(
                at, f'{base} has no variant "{variant}"', nearest(variant, filter(None, ENGINES.get(base).variants))
            )


def _check_conditions(document: Document, given: Any) -> None:
    for n, condition in enumerate(given if isinstance(given, list) else [given] if given else []):
        if _unknown_condition(condition):
            at = ("requires", n) if isinstance(given, list) else ("requires",)
            raise document.fail(at, f'unknown condition "{condition}"', nearest(str(condition).removeprefix("no "), CONDITIONS))


def _check_times(step: Step) -> None:
    """A time that cannot be read is found before the story has come that far."""
    times = [(("advance", "duration"), step.params.get("duration"))] if step.kind == "advance" else []
    for at, one in step.expectations():
        times.append(((*at, "within"), one.get("within")))
    for at, text in times:
        if not isinstance(text, str) or "${" in text or (at[-1] == "within" and _CYCLES.fullmatch(text.strip())):
            continue
        try:
            parse_duration(text)
        except ValueError as error:
            raise fault(step.place_of(at), str(error)) from None


def _unknown_condition(condition: Any) -> bool:
    return str(condition).removeprefix("no ").strip() not in CONDITIONS


class _Cast:
    """Who and which groups there are by the time of a step."""

    def __init__(self, directory: Mapping[str, Any], idp: Any) -> None:
        self.people = set(directory_keys(directory.get("people")))
        self.groups = set(directory_keys(directory.get("groups")))
        self.open = "crowd" in directory
        self.named = bool(idp) and idp != RAW
        self.seeded: set[str] = set()
        self.attributes = {*Person.attribute_names(), *_custom(directory.get("people"))}

    def check(self, step: Step) -> None:
        """Raise for a name in the step's parameters or expectations that is nobody's."""
        if not self.named:
            return
        params = step.params
        if step.kind in ("hire", "create group"):
            (self.people if step.kind == "hire" else self.groups).add(str(params.get("person", params.get("group"))))
        if step.kind == "hire":
            self.attributes |= set(params.get("custom") or ())
        for name in params if step.kind in ("hire", "update") else ():
            if name not in self.attributes and name not in (
                ("person", "status", "custom") if step.kind == "hire" else ("person",)
            ):
                place = step.place_of((step.kind, name))
                raise fault(place, f'a person has no attribute "{name}"', nearest(str(name), self.attributes))
        if step.kind == "seed":
            self.seeded |= {str(row[key]) for row in seeded_rows(step) for key in ("key", "displayName") if key in row}
        kinds = {"person": self.people, "members": self.people | self.groups, "group": self.groups}
        for name, known in kinds.items() if step.kind != "expect" else ():
            self._names(step, (step.kind, name), params.get(name), known, name)
        for at, one in step.expectations():
            self._names(step, (*at, "user"), one.get("user"), self.people, "person")
            self._names(step, (*at, "group"), one.get("group"), self.groups | self.seeded, "group")
            for name in ("members", "includes", "excludes"):
                self._names(step, (*at, name), one.get(name), self.people | self.groups | self.seeded, name)

    def _names(self, step: Step, at: tuple[Any, ...], value: Any, known: set[str], what: str) -> None:
        for n, name in enumerate(_several(value)):
            if name in known or "${" in name or (self.open and (name == "crowd" or _CROWD.fullmatch(name))):
                continue
            whole = (
                f'no group of the directory is called "{name}"'
                if what == "group"
                else f'nobody in the directory is called "{name}"'
            )
            raise fault(step.place_of((*at, n)), whole, nearest(name, known), word=name)


def _custom(people: Any) -> Iterator[str]:
    rows = people.values() if isinstance(people, Mapping) else people if isinstance(people, list) else ()
    for row in rows:
        own = row.get("custom") if isinstance(row, Mapping) else None
        yield from own if isinstance(own, Mapping) else ()


def _several(value: Any) -> list[str]:
    return (
        [value]
        if isinstance(value, str) and value
        else [v for v in value if isinstance(v, str)]
        if isinstance(value, list)
        else []
    )
