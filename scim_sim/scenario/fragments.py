"""Steps that several scenarios share: a file of its own, included by path, with names for what differs.

    - include: fragments/leaver.yaml
      with: {who: bob}

The file's `parameters` are the names it takes with their defaults; a null has to be given. `${who}` in it stands for the
value, and a text that is one parameter alone keeps the value's type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scim_sim.registry import nearest
from scim_sim.scenario.document import Document, Where, read_document
from scim_sim.scenario.model import Step

__all__ = ["Fragment", "open_fragment", "with_values"]

_PARAMETER = re.compile(r"\$\{([^}]+)\}")

Fragment = tuple[Document, Path, Mapping[str, Any]]
"""A file with steps, its path, and the values of its parameters."""


def open_fragment(document: Document, index: int, item: Mapping[str, Any], base: Path, inside: tuple[Path, ...]) -> Fragment:
    """The file that the step includes; raises `ScenarioError` with the place of what is wrong."""
    at: Where = ("steps", index, "include")
    odd = next((key for key in item if key not in ("include", "with")), None)
    if odd is not None or not isinstance(item["include"], str):
        raise document.fail(at, "include takes the path of a file with steps, and beside it only `with`, a mapping of values")
    path = (base.parent / item["include"]).resolve()
    if path in inside or path == base.resolve():
        raise document.fail(at, "the file includes itself")
    if not path.is_file():
        raise document.fail(at, f"there is no file {item['include']} beside the scenario")
    fragment = read_document(path)
    if not isinstance(fragment.data, dict) or not isinstance(fragment.data.get("steps"), list):
        raise fragment.fail((), 'an included file is a mapping with "steps"')
    return fragment, path, _values(document, index, fragment, item)


def _values(document: Document, index: int, fragment: Document, item: Mapping[str, Any]) -> Mapping[str, Any]:
    given = item.get("with") or {}
    declared = fragment.data.get("parameters") or {}
    if not isinstance(given, Mapping):
        raise document.fail(("steps", index, "with"), "with is a mapping of names to values")
    for name in given:
        if name not in declared:
            message = f'the file {item["include"]} has no parameter "{name}"'
            raise document.fail(("steps", index, "with", name), message, nearest(str(name), declared))
    values = {**declared, **given}
    missing = next((name for name, value in values.items() if value is None), None)
    if missing is not None:
        raise document.fail(
            ("steps", index, "include"), f'the file {item["include"]} needs "{missing}"', f"with: {{{missing}: ...}}"
        )
    return values


def with_values(step: Step, values: Mapping[str, Any]) -> Step:
    """The step with the values in place of the parameters; other variables are left for later."""
    if not values:
        return step
    filled = {
        name: _fill(getattr(step, name), values)
        for name in ("params", "title", "capture", "when", "requirements", "expect", "by")
    }
    return replace(step, **filled)


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        whole = _PARAMETER.fullmatch(value)
        if whole and whole[1].strip() in values:
            return values[whole[1].strip()]
        return _PARAMETER.sub(lambda found: _text(found, values), value)
    if isinstance(value, Mapping):
        return {_fill(key, values): _fill(item, values) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_fill(item, values) for item in value)
    return value


def _text(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """`${who}` as its value, and `${who.id}` as the id of whoever that is."""
    name, dot, attribute = found[1].strip().partition(".")
    if name not in values:
        return found[0]
    return f"${{{values[name]}.{attribute}}}" if dot else str(values[name])
