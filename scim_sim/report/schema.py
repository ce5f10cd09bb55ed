"""The JSON Schema of `report.json`, made from the model, so that the two cannot differ.

`report.schema.json` beside this file is what this module says; a test keeps it so.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from scim_sim.report.model import Report
from scim_sim.report.verdict import VERDICTS

__all__ = ["make_schema", "published_schema"]

ANSWERS: Final = ["works", "works-with-deviations", "breaks", "not-tested", "conformant", "deviates", "violates"]
WORDS: Final[Mapping[tuple[str, str], list[str]]] = {
    ("Answer", "verdict"): ANSWERS,
    ("Judgement", "verdict"): ["pass", "violation", "deviation", "note", "breaks", "known", "stale", "error"],
    ("Cause", "verdict"): ["breaks", "violation", "deviation", "note", "known", "stale"],
    ("RequirementResult", "status"): ["passed", "failed", "not applicable", "untested"],
    ("RequirementResult", "verdict"): list(VERDICTS),
    ("Mark", "side"): ["sent", "received"],
}
_SIMPLE: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}


def make_schema() -> dict[str, Any]:
    """The schema, made from the dataclasses of the model and their docstrings."""
    definitions: dict[str, Any] = {}
    _object(Report, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://scim-sim.invalid/schemas/report.schema.json",
        "title": "Report of scim_sim",
        "$ref": "#/$defs/Report",
        "$defs": dict(sorted(definitions.items())),
    }


def published_schema() -> dict[str, Any]:
    """The schema as it is published with the package."""
    text = (files("scim_sim.report") / "report.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _object(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = get_type_hints(kind)
        properties = {f.name: _property(kind, f.name, hints[f.name], definitions) for f in fields(kind)}
        definitions[name] = {
            "description": " ".join((inspect.getdoc(kind) or "").split()),
            "type": "object",
            "properties": properties,
            "required": list(properties),
        }
    return {"$ref": f"#/$defs/{name}"}


def _property(kind: type[Any], name: str, hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    words = WORDS.get((kind.__name__, name))
    return {"enum": words} if words else _hint(hint, definitions)


def _hint(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, Union):
        inner = _hint(next(a for a in args if a is not type(None)), definitions)
        return {"anyOf": [inner, {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _hint(args[0], definitions)}
    if origin is not None:
        return {"type": "object", "additionalProperties": _hint(args[1], definitions)}
    if is_dataclass(hint) and isinstance(hint, type):
        return _object(hint, definitions)
    return {"type": _SIMPLE[hint]} if hint in _SIMPLE else {}
