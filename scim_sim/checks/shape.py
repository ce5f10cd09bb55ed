"""Whether the values of a resource have the JSON types that their schemas declare (RFC 7643 section 2.3)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, schemas_of

__all__ = ["Misfit", "misfits"]

_DATE_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_WORDS: Final = {
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a number",
    "dateTime": "a dateTime such as 2026-01-05T08:00:00Z",
    "complex": "an object",
    "binary": "base64 text",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value of the wrong type; `kind` is the declared type, `array` for a wrong multiplicity, `manager` for a bare manager."""

    pointer: str
    kind: str
    message: str
    expected: str
    actual: Any


def misfits(resource: Mapping[str, Any], schemas: SchemaSet) -> list[Misfit]:
    """All values whose JSON type is not the declared one; attributes nobody declares are left out of account."""
    within = schemas_of(resource)
    found: list[Misfit] = []
    for name, value in resource.items():
        if name.lower().startswith("urn:"):
            if isinstance(value, Mapping):
                found += _extension(name, value, schemas)
            continue
        attribute = schemas.find(name, within=within)
        if attribute is not None:
            found += _attribute(f"/{name}", value, attribute)
    return found


def _extension(urn: str, value: Mapping[str, Any], schemas: SchemaSet) -> Iterator[Misfit]:
    schema = schemas.schema(urn)
    for name, inner in value.items() if schema is not None else ():
        attribute = schema.attribute(name) if schema is not None else None
        if attribute is not None:
            yield from _attribute(f"/{urn}/{name}", inner, attribute)


def _attribute(pointer: str, value: Any, attribute: Attribute) -> Iterator[Misfit]:
    if value is None:
        return
    if attribute.multi_valued:
        if not isinstance(value, list):
            yield Misfit(pointer, "array", f"{attribute.name} is no array", "an array", value)
            return
        for index, item in enumerate(value):
            yield from _single(f"{pointer}/{index}", item, attribute)
    elif isinstance(value, list):
        yield Misfit(pointer, "array", f"{attribute.name} is an array", "a single value", value)
    else:
        yield from _single(pointer, value, attribute)


def _single(pointer: str, value: Any, attribute: Attribute) -> Iterator[Misfit]:
    if attribute.type == "complex":
        if not isinstance(value, Mapping):
            kind = "manager" if attribute.name.lower() == "manager" else "complex"
            yield Misfit(pointer, kind, f"{attribute.name} is no object", "an object", value)
            return
        for name, inner in value.items():
            sub = attribute.sub(name)
            if sub is not None:
                yield from _attribute(f"{pointer}/{name}", inner, sub)
    elif not _fits(value, attribute.type):
        expected = _WORDS.get(attribute.type, "a string")
        yield Misfit(pointer, attribute.type, f"{attribute.name} is not {expected}", expected, value)


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "decimal":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "dateTime":
            return isinstance(value, str) and (value == "" or _DATE_TIME.fullmatch(value) is not None)
        case "binary":
            return isinstance(value, str) and _is_base64(value)
        case _:
            return isinstance(value, str)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
