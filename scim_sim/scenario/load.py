"""Read scenario files, and explain every mistake with file, line, caret and the nearest valid word."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scim_sim.registry import nearest
from scim_sim.scenario.document import Document, Where, fault, read_document
from scim_sim.scenario.expect import EXPECT_ALIASES, EXPECT_KEYS
from scim_sim.scenario.expectations import check_expectations
from scim_sim.scenario.fragments import open_fragment, with_values
from scim_sim.scenario.model import Place, Scenario, Step, listed
from scim_sim.scenario.names import check_names
from scim_sim.scenario.opening import check_opening
from scim_sim.scenario.steps.registry import ALIASES, StepKind, kinds
from scim_sim.scenario.variables import check_variables
from scim_sim.scim.requirements import catalogue

__all__ = ["STEP_KEYS", "TOP_KEYS", "load_scenarios"]

TOP_KEYS: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "summary": str,
    "idp": (str, list, dict),
    "tags": list,
    "requires": (str, list),
    "directory": dict,
    "variables": dict,
    "parameters": dict,
    "matrix": dict,
    "traits": dict,
    "mapping": dict,
    "groups": bool,
    "alone": bool,
    "suite": dict,
    "steps": list,
}
"""The keys of a scenario file and the YAML types they take."""

STEP_KEYS: dict[str, type | tuple[type, ...]] = {
    "expect": (dict, list),
    "requirement": (str, list),
    "capture": dict,
    "when": (str, list),
    "title": str,
    "label": str,
    "id": str,
    "by": str,
}
"""The keys that may stand beside the step's own name."""


def load_scenarios(path: Path, scenario_id: str = "") -> tuple[Scenario, ...]:
    """The scenarios of a file; raises `ScenarioError` for the first mistake in it."""
    document = read_document(path)
    data = document.data
    if not isinstance(data, dict):
        raise document.fail((), "a scenario file is a mapping with title, idp and steps")
    _check_keys(document, (), data, TOP_KEYS, "key of a scenario")
    for needed in ("title", "steps"):
        if data.get(needed) is None:
            raise document.fail((needed,), f'the scenario has no "{needed}"')
    known = kinds()
    steps = tuple(_steps(document, known, path))
    _check_ids(steps)
    _check_requirements(steps)
    check_opening(document)
    check_names(document, steps)
    check_variables(document, steps)
    check_expectations(steps)
    idp = data.get("idp", "rfc")
    return tuple(
        Scenario(
            id=(scenario_id or path.stem) + suffix,
            title=data["title"] + (f" {suffix}" if suffix else ""),
            idps=() if isinstance(idp, dict) else tuple(listed(idp)),
            together=idp if isinstance(idp, dict) else {},
            steps=steps,
            summary=str(data.get("summary", "")).strip(),
            tags=tuple(listed(data.get("tags"))),
            requires=tuple(listed(data.get("requires"))),
            directory=data.get("directory") or {},
            variables={**(data.get("parameters") or {}), **(data.get("variables") or {}), **values},
            traits=data.get("traits") or {},
            mapping=data.get("mapping") or {},
            groups=data.get("groups"),
            alone=bool(data.get("alone")),
            suite=data.get("suite") or {},
            path=str(path),
        )
        for suffix, values in _cells(document, data.get("matrix") or {})
    )


def _cells(document: Document, matrix: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every combination of the matrix, with the ending it gives to the scenario's id; one empty one without a matrix."""
    for name, values in matrix.items():
        if not isinstance(values, list) or not values:
            raise document.fail(("matrix", name), f'"{name}" of the matrix is a list of values')
    for combination in itertools.product(*matrix.values()):
        cell = dict(zip(matrix, combination, strict=True))
        words = ",".join(f"{name}={value}" for name, value in cell.items())
        yield (f"[{words}]" if words else ""), cell


def _steps(document: Document, known: Mapping[str, StepKind], path: Path, inside: tuple[Path, ...] = ()) -> Iterator[Step]:
    """The steps of the file, with those of included files in their place."""
    places = document.below("steps")
    for index, item in enumerate(document.data["steps"]):
        if not (isinstance(item, dict) and "include" in item):
            yield _step(document, index, item, known, places.get(index, {}))
            continue
        fragment, file, values = open_fragment(document, index, item, path, inside)
        for step in _steps(fragment, known, file, (*inside, path.resolve())):
            yield replace(with_values(step, values), id=f"{index + 1:02d}-{file.stem}-{step.id}")


def _step(document: Document, index: int, item: Any, known: Mapping[str, StepKind], places: Mapping[Where, Place]) -> Step:
    at: Where = ("steps", index)
    if isinstance(item, str):
        item = {item: None}
    if not isinstance(item, dict):
        raise document.fail(at, "a step is a name or a mapping of its name to its parameters")
    names = [key for key in item if key not in STEP_KEYS]
    if not names and "expect" in item:
        names = ["expect"]
    if len(names) != 1:
        what = "no name" if not names else "several names: " + ", ".join(f'"{n}"' for n in names)
        odd = next((n for n in names if n not in known), None)
        hint = nearest(str(odd), [*known, *STEP_KEYS]) if odd else ""
        message = f'unknown word "{odd}" in a step' if odd else f"the step has {what}"
        raise document.fail((*at, odd) if odd else at, message, hint)
    word = names[0]
    name = ALIASES.get(word, word)
    kind = known.get(name)
    if kind is None:
        raise document.fail((*at, word), f'unknown step "{word}"', nearest(str(word), [*known, *ALIASES]))
    for key, value in item.items():
        if key in STEP_KEYS and key != word and not isinstance(value, STEP_KEYS[key]):
            raise document.fail((*at, key), f'"{key}" of a step is {_type_name(STEP_KEYS[key])}')
    expectations = tuple(_expectations(document, (*at, "expect"), item.get("expect")))
    if name == "expect":
        params, expectations = dict(expectations[0]) if expectations else {}, expectations[1:]
    else:
        params = _params(document, (*at, word), kind, item[word])
    return Step(
        id=item.get("id") or f"{index + 1:02d}-{name.replace(' ', '-')}",
        kind=name,
        params=params,
        title=item.get("title", ""),
        requirements=tuple(listed(item.get("requirement"))),
        expect=expectations,
        capture=item.get("capture") or {},
        when=tuple(listed(item.get("when"))),
        label=item.get("label", ""),
        by=item.get("by", ""),
        place=document.place((*at, word)),
        places=places,
    )


def _params(document: Document, at: Where, kind: StepKind, value: Any) -> dict[str, Any]:
    if value is None:
        value = {}
    if not isinstance(value, dict):
        if kind.first is None:
            raise document.fail(at, f'the step "{kind.name}" takes no parameters')
        value = {kind.first: value}
    for key in value:
        if key not in kind.params and not kind.open:
            raise document.fail((*at, key), f'the step "{kind.name}" has no parameter "{key}"', nearest(str(key), kind.params))
    for needed in kind.required:
        if needed not in value:
            raise document.fail(at, f'the step "{kind.name}" needs "{needed}"')
    return dict(value)


def _expectations(document: Document, at: Where, value: Any) -> Iterable[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    for index, entry in enumerate(entries):
        here = (*at, index) if isinstance(value, list) else at
        if not isinstance(entry, dict):
            raise document.fail(here, "an expectation is a mapping such as {status: 201}")
        for key in entry:
            if key not in EXPECT_KEYS and key not in EXPECT_ALIASES:
                raise document.fail((*here, key), f'an expectation has no "{key}"', nearest(str(key), EXPECT_KEYS))
        yield {EXPECT_ALIASES.get(str(key), str(key)): value for key, value in entry.items()}


def _check_keys(document: Document, at: Where, data: Mapping[Any, Any], keys: Mapping[str, Any], what: str) -> None:
    for key, value in data.items():
        if key not in keys:
            raise document.fail((*at, key), f'"{key}" is no {what}', nearest(str(key), keys))
        if value is not None and not isinstance(value, keys[key]):
            raise document.fail((*at, key), f'"{key}" is {_type_name(keys[key])}, not {_type_name(type(value))}')


def _check_ids(steps: tuple[Step, ...]) -> None:
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise fault(step.places.get(("id",), step.place), f'two steps have the id "{step.id}"')
        seen.add(step.id)


def _check_requirements(steps: tuple[Step, ...]) -> None:
    """Every requirement that is named is in the catalogue."""
    for step in steps:
        for at, name in step.named_requirements():
            if not isinstance(name, str) or name not in catalogue():
                raise fault(step.place_of(at), f'no requirement is called "{name}"', nearest(str(name), catalogue()))


def _type_name(types: Any) -> str:
    words = {str: "a text", list: "a list", dict: "a mapping", bool: "true or false", int: "a number", float: "a number"}
    options = types if isinstance(types, tuple) else (types,)
    return " or ".join(words.get(t, t.__name__) for t in options)
