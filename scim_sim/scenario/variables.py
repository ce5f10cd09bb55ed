"""Whether every `${name}` in a scenario will have a value by the time of its step, as far as that can be seen beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scim_sim.directory.model import Person, Team
from scim_sim.registry import nearest
from scim_sim.scenario.document import Document, Where, fault
from scim_sim.scenario.model import Place, Step
from scim_sim.scenario.populate import crowd_keys, directory_keys, seeded_rows

__all__ = ["check_variables"]

_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_ALWAYS = ("mark", "MARK", "turn")
_SEEDED = ("id", "name", "resource")


def check_variables(document: Document, steps: Iterable[Step]) -> None:
    """Raise `ScenarioError` with the place of the first `${name}` that nothing before it gives a value to."""
    data: Mapping[str, Any] = document.data
    known = _Known(data)
    for at, text in _texts(("directory",), data.get("directory")):
        known.check(text, document.place(at))
    for step in steps:
        known.before(step)
        for at, text in _written(step):
            if "${" in text:
                known.check(text, step.place_of(at))
        known.after(step)


class _Known:
    """What has a value by the time of a step."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        given = [name for key in ("variables", "parameters", "matrix") for name in data.get(key) or ()]
        directory = data.get("directory") or {}
        crowd = directory.get("crowd")
        self.values = {*_ALWAYS, *map(str, given)}
        self.parameters = {str(name) for name in data.get("parameters") or ()}
        self.people = {*directory_keys(directory.get("people")), *(crowd_keys(crowd) if isinstance(crowd, int) else ())}
        self.groups = set(directory_keys(directory.get("groups")))

    def before(self, step: Step) -> None:
        """What the step itself brings into being."""
        if step.kind in ("hire", "create group"):
            (self.people if step.kind == "hire" else self.groups).add(str(step.params.get("person", step.params.get("group"))))
        if step.kind == "seed":
            count = step.params.get("count")
            keys = [str(row["key"]) for row in seeded_rows(step) if "key" in row]
            keys += [f"u{number:02d}" for number in range(1, count + 1)] if isinstance(count, int) else []
            self.values |= {f"{key}.{part}" for key in keys for part in _SEEDED}

    def after(self, step: Step) -> None:
        """What the step's answer gives to later ones."""
        self.values |= set(map(str, step.capture))
        if step.kind == "derive":
            self.values.add(str(step.params.get("name")))

    def check(self, text: str, place: Place) -> None:
        for found in _REFERENCE.finditer(text):
            if not found[2]:
                raise fault(place, "a variable begins here that does not end", "write ${name}", word="${")
            said = self._said(found[1].strip())
            if said:
                raise fault(place, *said, word=found[0])

    def _said(self, name: str) -> tuple[str, str] | None:
        """What is wrong with the name, and the hint."""
        key, dot, attribute = name.partition(".")
        if name in self.values or (key in self.parameters and dot):
            return None
        if key not in self.people | self.groups:
            subjects = {f"{one}.{attribute}" if dot else one for one in self.people | self.groups}
            return f'nothing is called "${{{name}}}" by now', nearest(name, {*self.values, *subjects})
        subject = Person if key in self.people else Team
        words = [word for word in ("id", *Person.__slots__) if word == "id" or hasattr(subject, word)]
        if attribute == "id" or hasattr(subject, attribute):
            return None
        if not dot:
            return f'"${{{name}}}" is somebody, and no text', f"write ${{{name}.user_name}} or ${{{name}.id}}"
        return f'"{key}" has no "{attribute}"', nearest(attribute, words)


def _written(step: Step) -> Iterator[tuple[Where, str]]:
    """The texts of the step whose variables are filled in, and where each stands."""
    if step.kind != "expect":
        yield from _texts((step.kind,), step.params)
    for at, one in step.expectations():
        yield from _texts(at, one)


def _texts(at: Where, value: Any) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts((*at, key), key)
            yield from _texts((*at, key), item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _texts((*at, index), item)
