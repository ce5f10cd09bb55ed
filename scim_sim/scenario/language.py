"""The scenario language described by itself: its JSON Schema and its reference page, both made from the code.

Nothing here is written twice. Steps come from the registry and the engines' actions, expectations from `expect.py`,
conditions from `requires.py`, attributes of people from the directory.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.idp.engine import ENGINES
from scim_sim.scenario.examples import example_names, scenario_text
from scim_sim.scenario.expect import EXPECT_ALIASES, EXPECT_KEYS, MATCHERS
from scim_sim.scenario.load import STEP_KEYS, TOP_KEYS
from scim_sim.scenario.populate import DIRECTORY_KEYS
from scim_sim.scenario.requires import CONDITIONS
from scim_sim.scenario.steps.registry import ALIASES, StepKind, json_type, kinds

__all__ = ["SCHEMA_ID", "STEP_DOC", "TOP_DOC", "json_schema", "reference"]

SCHEMA_ID = "https://scim-sim.invalid/schemas/scenario.schema.json"

TOP_DOC = {
    "title": "one line, shown in every report",
    "summary": "what the story is about, in a sentence or two",
    "idp": "who acts: one identity provider, a list (the scenario is played once under each), `rfc` for raw requests, or a "
    "mapping of names to identity providers that act side by side",
    "tags": "words to select by (`--tag`, `pytest -m`)",
    "requires": "conditions on the target without which the scenario does not apply",
    "directory": "the people and groups that the identity provider begins with; nobody is assigned yet",
    "variables": "values for `${name}`",
    "parameters": "the names that a file takes which others include, with their defaults; null for one that has to be given",
    "matrix": "lists of values; the scenario is played once for each combination",
    "traits": "traits of the engine that differ from its defaults, flat or by engine name",
    "mapping": "attribute mappings of one's own, as the engine's page describes them",
    "groups": "whether the identity provider pushes groups here, whatever the target's profile says",
    "alone": "whether nothing else of the run may happen on the target meanwhile, because whole collections are looked at",
    "suite": "the foreign suite that the scenario stands for, as `name` and `source`",
    "steps": "what happens, in order",
}
"""What each key of a scenario file means."""

STEP_DOC = {
    "expect": "one expectation or a list, judged after the step",
    "requirement": "the requirement, or several, that the expectations speak about",
    "capture": "names for values of the answer: a JSON pointer, `header:Name` or `status`",
    "when": "conditions on the target; otherwise the step does not apply",
    "title": "what the report calls the step",
    "label": "the name that a foreign suite gives to it",
    "id": "a name unique in the scenario, instead of number and kind",
    "by": "which of several identity providers acts",
}
"""What may stand beside the step's own name."""

_JSON = {str: "string", list: "array", dict: "object", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, with descriptions that editors show."""
    conditions = [*CONDITIONS, *(f"no {name}" for name in CONDITIONS)]
    one_or_many = {"anyOf": [{"enum": conditions}, {"type": "array", "items": {"enum": conditions}}]}
    top = {key: {**_types(TOP_KEYS[key]), "description": TOP_DOC[key]} for key in TOP_KEYS}
    top["requires"] = {**one_or_many, "description": TOP_DOC["requires"]}
    top["steps"] = {"type": "array", "items": {"$ref": "#/$defs/step"}, "description": TOP_DOC["steps"]}
    top["directory"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {"description": doc} for key, doc in DIRECTORY_KEYS.items()},
        "description": TOP_DOC["directory"],
    }
    expectation = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key: {"description": doc} for key, doc in EXPECT_KEYS.items()},
            **{alias: {"description": f"The same as `{key}`."} for alias, key in EXPECT_ALIASES.items()},
        },
    }
    beside = {key: {**_types(kind), "description": STEP_DOC[key]} for key, kind in STEP_KEYS.items()}
    beside["when"] = {**one_or_many, "description": STEP_DOC["when"]}
    beside["expect"] = {
        "anyOf": [{"$ref": "#/$defs/expectation"}, {"type": "array", "items": {"$ref": "#/$defs/expectation"}}],
        "description": STEP_DOC["expect"],
    }
    steps = {name: _step_schema(kind) for name, kind in kinds().items() if name != "expect"}
    steps |= {alias: {**steps[name], "description": f"The same as `{name}`."} for alias, name in ALIASES.items()}
    bare = sorted(name for name, kind in kinds().items() if not kind.required)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "A scenario of scim-sim",
        "type": "object",
        "required": ["title", "steps"],
        "additionalProperties": False,
        "properties": top,
        "$defs": {
            "expectation": expectation,
            "step": {
                "anyOf": [
                    {"enum": bare},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {**beside, "include": {"type": "string"}, "with": {"type": "object"}, **steps},
                    },
                ]
            },
        },
    }


def reference() -> str:
    """The reference part of the page about scenarios, in Markdown."""
    return "\n".join(_reference()) + "\n"


def _reference() -> Iterator[str]:
    yield from _table("Keys of a scenario file", TOP_DOC)
    yield from _table("Keys beside a step", STEP_DOC)
    yield from _table("Conditions of `requires` and `when`", CONDITIONS)
    yield from _table("Keys of an expectation", EXPECT_KEYS)
    others = ", ".join(f"`{alias}` is `{key}`" for alias, key in EXPECT_ALIASES.items())
    yield f"Other words for the same: {others}.\n"
    words = ", ".join(f"`{word}`" for word in MATCHERS)
    yield f"A value in `body`, `header` or `attributes` is a literal, or a mapping with one of the words {words}.\n"
    names = ", ".join(f"`{name}`" for name in Person.attribute_names())
    yield f"Attributes of a person: {names}.\n"
    yield "## Steps\n"
    others = ", ".join(f"`{alias}` is `{name}`" for alias, name in ALIASES.items())
    yield f"Other words for the same: {others}.\n"
    left = set(example_names())
    shared = {name: kind for name, kind in kinds().items() if not kind.idps}
    for name, kind in sorted(shared.items()):
        yield from _step_text(name, kind, left)
    for engine_name, engine in ENGINES.items():
        own = {name: kind for name, kind in kinds().items() if engine_name in kind.idps}
        if own:
            yield f"## Actions of {engine.title}\n"
            for name, kind in sorted(own.items()):
                yield from _step_text(name, kind, left)


def _step_text(name: str, kind: StepKind, shown: set[str]) -> Iterator[str]:
    yield f"### {name}\n"
    yield inspect.cleandoc(kind.doc) + "\n"
    parameters = [_parameter(key, parameter) for key, parameter in kind.params.items()]
    if parameters or kind.open:
        more = ["and attributes by name"] if kind.open else []
        yield f"Parameters: {', '.join(parameters + more)}.\n"
    if name in shown:
        yield f"```yaml\n{scenario_text(name)}```\n"
        shown.remove(name)


def _parameter(key: str, parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return f"`{key}` (needed)"
    shown = {None: "", "": "", True: "true", False: "false"}.get(parameter.default, parameter.default)
    return f"`{key}`" + (f" ({shown})" if shown not in ("", (), []) else "")


def _table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| word | meaning |\n| --- | --- |"
    for word, meaning in rows.items():
        yield f"| `{word}` | {meaning} |"
    yield ""


def _step_schema(kind: StepKind) -> dict[str, Any]:
    properties = {name: json_type(kind.hints.get(name, Any)) for name in kind.params}
    whole: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": kind.open}
    if kind.required:
        whole["required"] = list(kind.required)
    options: list[dict[str, Any]] = [whole]
    if kind.first is not None and set(kind.required) <= {kind.first}:
        options.append(properties[kind.first] or {"type": ["string", "number", "boolean", "array"]})
    if not kind.required:
        options.append({"type": "null"})
    first = inspect.cleandoc(kind.doc).partition("\n")[0]
    return {"description": first, "anyOf": options}


def _types(kinds_: Any) -> dict[str, Any]:
    names = [_JSON[t] for t in (kinds_ if isinstance(kinds_, tuple) else (kinds_,))]
    return {"type": names[0] if len(names) == 1 else names}
