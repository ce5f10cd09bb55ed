"""Read scenario files, and explain every mistake with file, line, caret and the nearest valid word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from scim_sim.errors import ScenarioError
from scim_sim.registry import nearest
from scim_sim.scenario.expect import EXPECT_KEYS
from scim_sim.scenario.model import Place, Scenario, Step
from scim_sim.scenario.steps.registry import StepKind, kinds
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

_Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Document:
    """A YAML file as plain data, with the place of every key and value."""

    path: str
    lines: tuple[str, ...]
    data: Any
    places: Mapping[_Path, Place]

    def fail(self, at: _Path, message: str, hint: str = "") -> ScenarioError:
        place = self.place(at)
        rest = place.source[place.column - 1 :]
        key = str(at[-1]) if at and isinstance(at[-1], str) and rest.startswith(at[-1]) else ""
        word = re.match(re.escape(key) if key else r"[^\s:,\]}]+", rest)
        return ScenarioError(
            message,
            path=place.path,
            line=place.line,
            column=place.column,
            source=place.source,
            width=len(word[0]) if word else 1,
            hint=hint.removeprefix(": ").removeprefix("; "),
        )

    def place(self, at: _Path) -> Place:
        while at and at not in self.places:
            at = at[:-1]
        return self.places.get(at, Place(self.path, 1, 1, self.lines[0] if self.lines else ""))


def load_scenarios(path: Path, scenario_id: str = "") -> tuple[Scenario, ...]:
    """The scenarios of a file; raises `ScenarioError` for the first mistake in it."""
    document = _read(path)
    data = document.data
    if not isinstance(data, dict):
        raise document.fail((), "a scenario file is a mapping with title, idp and steps")
    _check_keys(document, (), data, TOP_KEYS, "key of a scenario")
    for needed in ("title", "steps"):
        if needed not in data:
            raise document.fail((), f'the scenario has no "{needed}"')
    known = kinds()
    steps = tuple(_steps(document, known, path))
    _check_ids(document, steps)
    _check_requirements(document, steps)
    idp = data.get("idp", "rfc")
    return tuple(
        Scenario(
            id=(scenario_id or path.stem) + suffix,
            title=data["title"] + (f" {suffix}" if suffix else ""),
            idps=() if isinstance(idp, dict) else tuple(_list(idp)),
            together=idp if isinstance(idp, dict) else {},
            steps=steps,
            summary=str(data.get("summary", "")).strip(),
            tags=tuple(_list(data.get("tags"))),
            requires=tuple(_list(data.get("requires"))),
            directory=data.get("directory") or {},
            variables={**(data.get("variables") or {}), **values},
            traits=data.get("traits") or {},
            mapping=data.get("mapping") or {},
            groups=data.get("groups"),
            alone=bool(data.get("alone")),
            suite=data.get("suite") or {},
            path=str(path),
        )
        for suffix, values in _cells(document, data.get("matrix") or {})
    )


def _cells(document: _Document, matrix: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every combination of the matrix, with the ending it gives to the scenario's id; one empty one without a matrix."""
    for name, values in matrix.items():
        if not isinstance(values, list) or not values:
            raise document.fail(("matrix", name), f'"{name}" of the matrix is a list of values')
    for combination in itertools.product(*matrix.values()):
        cell = dict(zip(matrix, combination, strict=True))
        words = ",".join(f"{name}={value}" for name, value in cell.items())
        yield (f"[{words}]" if words else ""), cell


def _steps(document: _Document, known: Mapping[str, StepKind], path: Path, inside: tuple[Path, ...] = ()) -> Iterator[Step]:
    """The steps of the file, with those of included files in their place."""
    for index, item in enumerate(document.data["steps"]):
        if not (isinstance(item, dict) and "include" in item):
            yield _step(document, index, item, known)
            continue
        at = ("steps", index, "include")
        if set(item) != {"include"} or not isinstance(item["include"], str):
            raise document.fail(at, "include takes the path of a file with steps, and nothing beside it")
        file = (path.parent / item["include"]).resolve()
        if file in inside or file == path.resolve():
            raise document.fail(at, "the file includes itself")
        if not file.is_file():
            raise document.fail(at, f"there is no file {item['include']} beside the scenario")
        fragment = _read(file)
        if not isinstance(fragment.data, dict) or not isinstance(fragment.data.get("steps"), list):
            raise fragment.fail((), 'an included file is a mapping with "steps"')
        for step in _steps(fragment, known, file, (*inside, path.resolve())):
            yield replace(step, id=f"{index + 1:02d}-{file.stem}-{step.id}")


def _step(document: _Document, index: int, item: Any, known: Mapping[str, StepKind]) -> Step:
    at: _Path = ("steps", index)
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
    name = names[0]
    kind = known.get(name)
    if kind is None:
        raise document.fail((*at, name), f'unknown step "{name}"', nearest(str(name), known))
    for key, value in item.items():
        if key in STEP_KEYS and key != name and not isinstance(value, STEP_KEYS[key]):
            raise document.fail((*at, key), f'"{key}" of a step is {_type_name(STEP_KEYS[key])}')
    if name == "expect":
        [params] = [dict(e) for e in _expectations(document, (*at, name), item[name])] or [{}]
    else:
        params = _params(document, (*at, name), kind, item[name])
    places = {path[2:]: place for path, place in document.places.items() if path[:2] == at}
    return Step(
        id=item.get("id") or f"{index + 1:02d}-{name.replace(' ', '-')}",
        kind=name,
        params=params,
        title=item.get("title", ""),
        requirements=tuple(_list(item.get("requirement"))),
        expect=() if name == "expect" else tuple(_expectations(document, (*at, "expect"), item.get("expect"))),
        capture=item.get("capture") or {},
        when=tuple(_list(item.get("when"))),
        label=item.get("label", ""),
        by=item.get("by", ""),
        place=document.place((*at, name)),
        places=places,
    )


def _params(document: _Document, at: _Path, kind: StepKind, value: Any) -> dict[str, Any]:
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


def _expectations(document: _Document, at: _Path, value: Any) -> Iterable[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    for index, entry in enumerate(entries):
        here = (*at, index) if isinstance(value, list) else at
        if not isinstance(entry, dict):
            raise document.fail(here, "an expectation is a mapping such as {status: 201}")
        for key in entry:
            if key not in EXPECT_KEYS:
                raise document.fail((*here, key), f'an expectation has no "{key}"', nearest(str(key), EXPECT_KEYS))
        yield entry


def _check_keys(document: _Document, at: _Path, data: Mapping[Any, Any], keys: Mapping[str, Any], what: str) -> None:
    for key, value in data.items():
        if key not in keys:
            raise document.fail((*at, key), f'"{key}" is no {what}', nearest(str(key), keys))
        if value is not None and not isinstance(value, keys[key]):
            raise document.fail((*at, key), f'"{key}" is {_type_name(keys[key])}, not {_type_name(type(value))}')


def _check_ids(document: _Document, steps: tuple[Step, ...]) -> None:
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.id in seen:
            raise document.fail(("steps", index, "id"), f'two steps have the id "{step.id}"')
        seen.add(step.id)


def _check_requirements(document: _Document, steps: tuple[Step, ...]) -> None:
    """Every requirement that is named is in the catalogue."""
    for index, step in enumerate(steps):
        for name in step.requirements:
            _check_requirement(document, ("steps", index, "requirement"), name)
        for number, expectation in enumerate(step.expect):
            own = expectation.get("requirement")
            for name in _list(own):
                _check_requirement(document, ("steps", index, "expect", number, "requirement"), name)


def _check_requirement(document: _Document, at: _Path, name: Any) -> None:
    if name not in catalogue():
        raise document.fail(at, f'no requirement is called "{name}"', nearest(str(name), catalogue()))


def _type_name(types: Any) -> str:
    words = {str: "a text", list: "a list", dict: "a mapping", bool: "true or false", int: "a number", float: "a number"}
    options = types if isinstance(types, tuple) else (types,)
    return " or ".join(words.get(t, t.__name__) for t in options)


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


# -- YAML with places ---------------------------------------------------------------------------------------------


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML 1.2 habits where 1.1 surprises: `on`, `off`, `yes`, `no` and dates are plain text."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$") if tag == "tag:yaml.org,2002:bool" else pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
    ]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def _read(path: Path) -> _Document:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ScenarioError(f"there is no scenario file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"the scenario file {path} cannot be read: {error}") from None
    lines = tuple(text.splitlines())
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        places: dict[_Path, Place] = {}
        data = None if node is None else _plain(loader, node, (), places, str(path), lines)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, str(path), lines) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is not valid YAML: {error}") from None
    finally:
        loader.dispose()
    return _Document(str(path), lines, data, places)


def _yaml_error(error: yaml.MarkedYAMLError, path: str, lines: tuple[str, ...]) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    message = " ".join(part for part in (error.problem, error.context) if part)
    source = lines[line] if line < len(lines) else ""
    return ScenarioError(
        f"this is not valid YAML: {message}", path=path, line=line + 1, column=(mark.column if mark else 0) + 1, source=source
    )


def _plain(loader: _Loader, node: yaml.Node, at: _Path, places: dict[_Path, Place], path: str, lines: tuple[str, ...]) -> Any:
    places.setdefault(at, _place(node, path, lines))
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool)):
                raise yaml.MarkedYAMLError(problem="a key is a plain word", problem_mark=key_node.start_mark)
            if key in result:
                raise yaml.MarkedYAMLError(problem=f'the key "{key}" stands twice', problem_mark=key_node.start_mark)
            places[(*at, key)] = _place(key_node, path, lines)
            result[key] = _plain(loader, value_node, (*at, key), places, path, lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*at, index), places, path, lines) for index, item in enumerate(node.value)]
    return loader.construct_object(node, deep=True)


def _place(node: yaml.Node, path: str, lines: tuple[str, ...]) -> Place:
    mark = node.start_mark
    return Place(path, mark.line + 1, mark.column + 1, lines[mark.line] if mark.line < len(lines) else "")
