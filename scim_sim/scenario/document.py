"""A YAML file as plain data, with the place of every key and value, so that a mistake can be shown where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scim_sim.errors import ScenarioError
from scim_sim.scenario.model import Place

__all__ = ["Document", "Where", "fault", "read_document"]

Where = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, with the place of every key and value."""

    path: str
    lines: tuple[str, ...]
    data: Any
    places: Mapping[Where, Place]

    def fail(self, at: Where, message: str, hint: str = "") -> ScenarioError:
        """An error at that place."""
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

    def below(self, key: str) -> Mapping[int, Mapping[Where, Place]]:
        """The places inside each item of the list under that key, by its index and without the way to it."""
        found: dict[int, dict[Where, Place]] = {}
        for at, place in self.places.items():
            if len(at) > 1 and at[0] == key:
                found.setdefault(at[1], {})[at[2:]] = place
        return found

    def place(self, at: Where) -> Place:
        """Where that stands, or the nearest thing around it."""
        while at and at not in self.places:
            at = at[:-1]
        return self.places.get(at, Place(self.path, 1, 1, self.lines[0] if self.lines else ""))


def fault(place: Place, message: str, hint: str = "") -> ScenarioError:
    """An error at a place that is known already."""
    word = re.match(r"[^\s:,\]}]+", place.source[place.column - 1 :]) if place.source else None
    return ScenarioError(
        message, path=place.path, line=place.line, column=place.column, source=place.source,
        width=len(word[0]) if word else 1, hint=hint.removeprefix(": ").removeprefix("; "),
    )  # fmt: skip


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


def read_document(path: Path) -> Document:
    """The file; raises `ScenarioError` when it cannot be read or is no YAML."""
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
        places: dict[Where, Place] = {}
        data = None if node is None else _plain(loader, node, (), places, str(path), lines)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, str(path), lines) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is not valid YAML: {error}") from None
    except RecursionError:
        raise ScenarioError(f"{path} is nested too deeply, or contains itself") from None
    finally:
        loader.dispose()
    return Document(str(path), lines, data, places)


def _yaml_error(error: yaml.MarkedYAMLError, path: str, lines: tuple[str, ...]) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and mark.line >= len(lines):  # the end of the file says nothing; where it began does
        mark = error.context_mark
    line = mark.line if mark else 0
    message = " ".join(part for part in (error.problem, error.context) if part)
    source = lines[line] if line < len(lines) else ""
    hint = 'inside braces write "${...}" with quotes' if "${" in source else ""
    return ScenarioError(
        f"this is not valid YAML: {message}",
        path=path, line=line + 1, column=(mark.column if mark else 0) + 1, source=source, hint=hint,
    )  # fmt: skip


def _plain(loader: _Loader, node: yaml.Node, at: Where, places: dict[Where, Place], path: str, lines: tuple[str, ...]) -> Any:
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
