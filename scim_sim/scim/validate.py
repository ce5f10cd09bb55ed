"""Whether a document has the shape the RFCs give it, and in plain words why not.

`jsonschema-rs` says yes or no, about a hundred times faster than the Python validator; only after a no does `jsonschema`
find out where and why. Names of attributes count without case (RFC 7643 section 2.1), names in messages as printed.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final, cast

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from scim_sim.errors import UsageError
from scim_sim.problem import Problem
from scim_sim.registry import nearest
from scim_sim.scim.attributes import COMMON, Attribute, SchemaDef, core_schemas
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

__all__ = ["SCHEMAS", "is_valid", "validate"]

SCHEMAS: Final = (
    "user",
    "user#partial",
    "group",
    "group#partial",
    "enterprise-user",
    "list-response",
    "list-response#countZero",
    "error",
    "patch-op",
    "patch-op#lenient",
    "bulk-response",
    "service-provider-config",
    "resource-type",
    "schema",
)
"""The names of what can be validated; an anchor stands behind `#`."""

_BASE: Final = "https://scim-sim.invalid/schemas/"
_RESOURCES: Final = {"user": USER, "group": GROUP, "enterprise-user": ENTERPRISE_USER}
_TOP: Final = "the document"


def is_valid(name: str, document: Any) -> bool:
    """Whether the document has the shape of that name; raises `UsageError` for a name that is none."""
    return _fast(name, document) or (_canonical(name, document) is not document and _fast(name, _canonical(name, document)))


def validate(name: str, document: Any) -> list[Problem]:
    """What is wrong with the document, by place; empty when nothing is. Raises `UsageError` for a name that is none."""
    if _fast(name, document):
        return []
    spelled = _canonical(name, document)
    if spelled is not document and _fast(name, spelled):
        return []
    errors = sorted(_explaining(name).iter_errors(spelled), key=lambda e: [str(p) for p in e.absolute_path])
    problems = [_problem(error, document) for error in errors]
    return list(dict.fromkeys(problems)) or [_unexplained(name, spelled)]


def _fast(name: str, document: Any) -> bool:
    """The quick answer; documents that Rust cannot hold (lone surrogates, huge numbers) get the slow one."""
    try:
        return _compiled(name).is_valid(document)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _explaining(name).is_valid(document)


@functools.cache
def _files() -> dict[str, Any]:
    folder = resources.files(__package__) / "schemas"
    names = sorted({name.partition("#")[0] for name in SCHEMAS})
    return {f"{_BASE}{name}.schema.json": json.loads((folder / f"{name}.schema.json").read_text("utf-8")) for name in names}


def _entry(name: str) -> dict[str, str]:
    if name not in SCHEMAS:
        raise UsageError(f'unknown schema "{name}"{nearest(name, SCHEMAS)}')
    file, mark, anchor = name.partition("#")
    return {"$ref": f"{_BASE}{file}.schema.json{mark}{anchor}"}


@functools.cache
def _compiled(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_entry(name), registry=_rust_registry())


@functools.cache
def _rust_registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(list(_files().items()), draft=jsonschema_rs.Draft202012)


@functools.cache
def _explaining(name: str) -> Draft202012Validator:
    found: list[tuple[str, Resource[Any]]] = [(uri, DRAFT202012.create_resource(file)) for uri, file in _files().items()]
    registry: Registry[Any] = Registry().with_resources(found)
    return Draft202012Validator(_entry(name), registry=registry)


def _canonical(name: str, document: Any) -> Any:
    """The resource with its attributes spelled as the schemas spell them; the document itself when nothing differs."""
    urn = _RESOURCES.get(name.partition("#")[0])
    if urn is None or not isinstance(document, dict):
        return document
    known = core_schemas()
    main, enterprise = cast(SchemaDef, known.schema(urn)), cast(SchemaDef, known.schema(ENTERPRISE_USER))
    extension = Attribute(ENTERPRISE_USER, "complex", sub_attributes=enterprise.attributes)
    spelled = _spelled(document, (*COMMON, *main.attributes, extension))
    return document if spelled == document else spelled


def _spelled(value: Any, attributes: tuple[Attribute, ...]) -> Any:
    if isinstance(value, list):
        return [_spelled(v, attributes) for v in value]
    if not isinstance(value, dict):
        return value
    known = {a.name.lower(): a for a in attributes}
    result = {}
    for name, inner in value.items():
        attribute = known.get(name.lower())
        spelled = attribute.name if attribute and attribute.name not in value else name
        result[spelled] = _spelled(inner, attribute.sub_attributes) if attribute and attribute.sub_attributes else inner
    return result


def _problem(error: ValidationError, document: Any) -> Problem:
    """The error in words; of alternatives the one that was probably meant."""
    inner = best_match(error.context) if error.context else None
    if inner is not None and len(inner.absolute_path) > len(error.absolute_path):
        return _problem(inner, document)
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        missing = error.message.split("'")[1]
        inside = f" in {_named(path)}" if path else ""
        return Problem(f"{missing} is missing{inside}", missing, "absent", _pointer([*path, missing], document))
    message, expected = explain(error)
    return Problem(f"{_named(path)} {message}", expected, shown(error.instance), _pointer(path, document))


def explain(error: ValidationError) -> tuple[str, str]:
    """What is wrong, as the rest of a sentence that begins with the place, and what was expected."""
    wanted: Any = error.validator_value
    around: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    example = next(iter(around.get("examples", ())), None)
    meaning = str(around.get("description", "")).rstrip(".") if example is None else f"such as {example}"
    match error.validator:
        case "type":
            return f"is {_kind(error.instance)}", _kinds(wanted)
        case "const":
            return "has a value that is not allowed", shown(wanted)
        case "enum":
            return "has a value that is not allowed", " or ".join(map(shown, wanted))
        case "contains":
            return f"does not list {_described(wanted)}", _described(wanted)
        case "maxContains":
            kind = _described(around.get("contains"))
            return f"holds {kind} more often than {wanted} time{'' if wanted == 1 else 's'}", f"at most {wanted} with {kind}"
        case "uniqueItems":
            return "holds the same value twice", "each value once"
        case "minItems" | "minLength" | "minProperties":
            return "is empty", meaning or f"at least {wanted}"
        case "maxItems":
            return f"holds more than {wanted} values", f"at most {wanted}"
        case "minimum":
            return "is too small", f"at least {wanted}"
        case "anyOf":
            names = [name for branch in wanted for name in branch.get("required", ())]
            return f"has none of {', '.join(names)}", names[0] if names else meaning
    reason = {"pattern": "does not have the right form", "not": "has a value that is ruled out"}
    return reason.get(str(error.validator), f"is not right: {error.message}"), meaning or shown(wanted)


def _described(contains: Any) -> str:
    """What an array must or must not hold, in words: `primary true`, or the value itself."""
    if isinstance(contains, Mapping) and "const" in contains:
        return str(contains["const"])
    parts = contains.get("properties", {}) if isinstance(contains, Mapping) else {}
    return " and ".join(f"{name} {shown(part.get('const'))}" for name, part in parts.items()) or "such a value"


def _unexplained(name: str, document: Any) -> Problem:
    """What the fast validator says where the other finds nothing, as with line ends behind a pattern."""
    errors: Iterator[Any] = _compiled(name).iter_errors(document)
    first = next(errors)
    path = [str(part) for part in first.instance_path]
    return Problem(f"{_named(path)} is not right: {first.message}", "", "", _pointer(path, document))


def _named(path: list[str]) -> str:
    """The place in words: `emails[0].value`."""
    text = ""
    for part in path:
        text += f"[{part}]" if part.isdigit() else f".{part}" if text else part
    return text or _TOP


def _pointer(path: list[str], document: Any) -> str:
    """The JSON pointer in the spelling of the document itself."""
    text = ""
    here = document
    for part in path:
        key = part
        if isinstance(here, dict):
            key = part if part in here else next((k for k in here if k.lower() == part.lower()), part)
            here = here.get(key)
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        text += "/" + key.replace("~", "~0").replace("/", "~1")
    return text


_KINDS: Final[dict[str, str]] = {
    "object": "an object",
    "array": "an array",
    "string": "text",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "null": "null",
}


def _kinds(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return " or ".join(_KINDS.get(name, str(name)) for name in names)


def _kind(value: Any) -> str:
    for type_, name in (
        (bool, "boolean"),
        (str, "string"),
        (int, "integer"),
        (float, "number"),
        (list, "array"),
        (dict, "object"),
    ):
        if isinstance(value, type_):
            return _KINDS[name]
    return "null"


def shown(value: Any) -> str:
    """The value as short JSON."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
