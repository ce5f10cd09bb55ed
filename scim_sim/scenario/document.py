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

_TEXT = "tag:yaml.org,2002:str"
_WORD = re.compile(r"[^\s:,\]}]+")


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, with the place of every key and value."""

    path: str
    lines: tuple[str, ...]
    data: Any
    places: Mapping[Where, Place]

    def fail(self, at: Where, message: str, hint: str = "", word: str = "") -> ScenarioError:
        """An error at that place; `word` is what is wrong there, if it is not what begins there."""
        place = self.place(at)
        key = str(at[-1]) if at and isinstance(at[-1], str) else ""
        return fault(place, message, hint, word or (key if place.source[place.column - 1 :].startswith(key) else ""))

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


def fault(place: Place, message: str, hint: str = "", word: str = "") -> ScenarioError:
    """An error at a place that is known already; the caret is below `word` if it stands in the line from there on."""
    start = place.column - 1
    found = place.source.find(word, start) if word else -1
    first = _WORD.match(place.source, start)
    width = len(word) if found >= 0 else len(first[0]) if first else 1
    return ScenarioError(
        message, path=place.path, line=place.line, column=(found if found >= 0 else start) + 1, source=place.source,
        width=width, hint=hint.removeprefix(": ").removeprefix("; "),
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
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ScenarioError(
            f"the scenario file {path} is not in UTF-8: line {line} has a byte that is none", hint="save it as UTF-8"
        ) from None
    except OSError as error:
        raise ScenarioError(f"the scenario file {path} cannot be read: {error.strerror}") from None
    lines = tuple(text.splitlines())
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        places: dict[Where, Place] = {}
        data = None if node is None else _plain(loader, node, (), places, str(path), lines)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, str(path), lines) from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ScenarioError(f"{path} is nested too deeply, or contains itself") from None
    finally:
        loader.dispose()
    return Document(str(path), lines, data, places)


def _yaml_error(error: yaml.MarkedYAMLError, path: str, lines: tuple[str, ...]) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or ""
    opened = ("did not find expected ','" in problem and "${" not in _line(mark, lines)) or "end of stream" in problem
    if mark and error.context_mark and (opened or mark.line >= len(lines)):  # where it ends says nothing; where it began does
        mark = error.context_mark
    line, column, source = mark.line if mark else 0, mark.column if mark else 0, _line(mark, lines)
    message, hint = _in_plain_words(problem, source, column)
    return ScenarioError(
        f"this is not valid YAML: {message or ' '.join(part for part in (problem, error.context) if part)}",
        path=path, line=line + 1, column=column + 1, source=source, hint=hint,
    )  # fmt: skip


def _line(mark: Any, lines: tuple[str, ...]) -> str:
    return lines[mark.line] if mark and mark.line < len(lines) else ""


def _in_plain_words(problem: str, source: str, column: int) -> tuple[str, str]:
    """What the parser's complaint mostly means, and what to do; empty texts where its own words are good."""
    before, here = source[:column], source[column : column + 1]
    if "\t" in source[: len(source) - len(source.lstrip())]:
        return "a tab cannot indent a line", "use blanks"
    if "did not find expected ','" in problem and "${" in source:
        return "a variable among braces or brackets", 'inside braces write "${...}" with quotes'
    if "mapping values are not allowed" in problem:
        if ": " in before.strip():
            return "a second colon in one line", "a text with a colon needs quotes around it"
        if not source.startswith(" "):
            return "the line before this one has no key", "write a blank after its colon"
        return "this line is indented more than the one before allows", "let it begin below its neighbours"
    if "did not find expected ','" in problem:
        return f'the "{here}" that opens here does not end, or misses a comma', f'close it with "{_CLOSES.get(here, here)}"'
    if "end of stream" in problem:
        return "the quotation mark that opens here does not close", ""
    if "did not find expected key" in problem or "did not find expected '-'" in problem:
        if before.strip():
            return "this does not belong here", "a text with quotes, brackets or colons in it needs quotes around it"
        return "this line begins where none of its neighbours does", "check the blanks before it"
    if "cannot start any token" in problem:
        return f'a text cannot begin with "{here}"', "put quotes around it"
    return "", ""


_CLOSES = {"[": "]", "{": "}"}


def _plain(loader: _Loader, node: yaml.Node, at: Where, places: dict[Where, Place], path: str, lines: tuple[str, ...]) -> Any:
    places.setdefault(at, _place(node, path, lines))
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _value(loader, key_node)
            if not isinstance(key, (str, int, float, bool)):
                raise yaml.MarkedYAMLError(problem="a key is a plain word", problem_mark=key_node.start_mark)
            if key in result:
                raise yaml.MarkedYAMLError(problem=f'the key "{key}" stands twice', problem_mark=key_node.start_mark)
            places[(*at, key)] = _place(key_node, path, lines)
            result[key] = _plain(loader, value_node, (*at, key), places, path, lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*at, index), places, path, lines) for index, item in enumerate(node.value)]
    return _value(loader, node)


def _value(loader: _Loader, node: yaml.Node) -> Any:
    """What stands there; most of it is text, and needs no construction."""
    return node.value if node.tag == _TEXT else loader.construct_object(node, deep=True)


def _place(node: yaml.Node, path: str, lines: tuple[str, ...]) -> Place:
    mark = node.start_mark
    return Place(path, mark.line + 1, mark.column + 1, lines[mark.line] if mark.line < len(lines) else "")
