"""Whether the values of a resource have the JSON types that their schemas declare (RFC 7643 section 2.3)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, schemas_of
from scim_sim.scim.navigate import OBJECT

__all__ = ["Misfit", "is_plain", "misfits"]

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
            if isinstance(value, OBJECT):
                found += _extension(name, value, schemas)
            continue
        attribute = schemas.find(name, within=within)
        if attribute is not None and not _fits_at_once(value, attribute):
            found += _attribute(f"/{name}", value, attribute)
    return found


def _fits_at_once(value: Any, attribute: Attribute) -> bool:
    """Whether `_attribute` would find nothing: the quick yes, without a place for each value."""
    if value is None:
        return True
    if attribute.multi_valued:
        return isinstance(value, list) and all(_is_single(item, attribute) for item in value)
    return not isinstance(value, list) and _is_single(value, attribute)


def _is_single(value: Any, attribute: Attribute) -> bool:
    if attribute.type != "complex":
        return _fits(value, attribute.type)
    if not isinstance(value, OBJECT):
        return False
    for name, inner in value.items():
        sub = attribute.sub(name)
        if sub is not None and not _fits_at_once(inner, sub):
            return False
    return True


def is_plain(name: str, value: Any, schemas: SchemaSet, within: tuple[str, ...]) -> bool:
    """Whether the value would be stored as it stands: declared, spelled as declared, writable, of its type, nothing twice."""
    if ":" not in name:
        return _is_plain_member(name, value, schemas.find(name, within=within))
    schema = schemas.schema(name)
    if schema is None or schema.id != name or schemas.is_main(name) or not isinstance(value, dict) or not value:
        return False
    return all(_is_plain_member(inner, held, schema.attribute(inner)) for inner, held in value.items())


def _is_plain_member(name: str, value: Any, attribute: Attribute | None) -> bool:
    return attribute is not None and attribute.name == name and attribute.mutability != "readOnly" and _is_plain(value, attribute)


def _is_plain(value: Any, attribute: Attribute) -> bool:
    if attribute.multi_valued:
        items = value if isinstance(value, list) else [None]
        values = [item.get("value") if isinstance(item, dict) else None for item in items]
        distinct = len(items) == 1 or (None not in values and len(set(map(str, values))) == len(items))
        return distinct and all(_is_plain_single(item, attribute) for item in items)
    return not isinstance(value, list) and _is_plain_single(value, attribute)


def _is_plain_single(value: Any, attribute: Attribute) -> bool:
    if attribute.type != "complex":
        return value != "" and _fits(value, attribute.type)
    members = value.items() if isinstance(value, dict) else ()
    return bool(members) and all(_is_plain_member(name, inner, attribute.sub(name)) for name, inner in members)


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
        if not isinstance(value, OBJECT):
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
