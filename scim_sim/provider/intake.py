"""From a client's body to attributes that can be stored: spelling, types, required and read-only attributes.

Rules of this file:

1. Names are matched without case and stored in the spelling of the schema (RFC 7643 section 2.1).
2. `null`, `[]` and an empty object are absence (RFC 7643 section 2.5).
3. What the schema declares readOnly is ignored in a body (RFC 7644 sections 3.3 and 3.5.1).
4. A value of the wrong type is refused with `invalidValue`; it is never stored as something else.
5. Unknown attributes and unknown extensions are ignored.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from scim_sim.provider.options import Options
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import Fields, ResourceType
from scim_sim.provider.store import Attributes
from scim_sim.scim.attributes import Attribute
from scim_sim.scim.filter import instant

__all__ = ["accept", "check_required", "check_schemas", "keep_immutable"]

Json = dict[str, Any]
_DISCOVERED: Final = {"schemas", "id", "meta"}


def check_schemas(body: Json, type: ResourceType, options: Options) -> None:
    """Raise unless `schemas` names the base schema of the type (RFC 7643 section 3)."""
    given = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if given is None and not options.schemas_required:
        return
    if not isinstance(given, list) or not given or not all(isinstance(urn, str) for urn in given):
        raise Refusal(400, "schemas has to be a list of schema URIs that is not empty", "invalidSyntax")
    if type.schema.lower() not in (urn.lower() for urn in given):
        raise Refusal(400, f"schemas does not name {type.schema}", "invalidValue")


def accept(body: Json, type: ResourceType, options: Options) -> Attributes:
    """The attributes a client may set, in the spelling of the schema; extensions stand under their URI."""
    attributes = _object(body, type.fields, options, type, "")
    for key, value in body.items():
        found = type.extensions.get(key.lower())
        if found is not None and value is not None:
            if not isinstance(value, dict):
                raise Refusal(400, f"{found[0]} has to be an object", "invalidValue")
            inner = _object(value, found[1], options, None, f"{found[0]}:")
            if inner:
                attributes[found[0]] = inner
    return attributes


def check_required(attributes: Attributes, type: ResourceType) -> None:
    """Raise when a required attribute, or a required extension, has no value."""
    _require(attributes, type.fields, "")
    for urn, fields in type.extensions.values():
        if urn in attributes:
            _require(attributes[urn], fields, f"{urn}:")
        elif urn in type.required:
            raise Refusal(400, f"the extension {urn} is required", "invalidValue")


def keep_immutable(before: Attributes, after: Attributes, type: ResourceType) -> None:
    """Carry immutable attributes over; raise `mutability` where the client gives another value (RFC 7644 section 3.5.1)."""
    _keep_immutable(before, after, type.fields)
    for urn, fields in type.extensions.values():
        if urn in before:
            inner = after.get(urn, {})
            _keep_immutable(before[urn], inner, fields)
            if inner:
                after[urn] = inner


def _keep_immutable(before: Attributes, after: Attributes, fields: Fields) -> None:
    for attribute in fields.values():
        name = attribute.name
        if attribute.mutability == "immutable" and name in before and after.setdefault(name, before[name]) != before[name]:
            raise Refusal(400, f"{name} is immutable and has a value already", "mutability")


def _require(attributes: Mapping[str, Any], fields: Fields, prefix: str) -> None:
    for attribute in fields.values():
        if attribute.required and attribute.name not in _DISCOVERED and attribute.mutability != "readOnly":
            value = attributes.get(attribute.name)
            if value is None or (isinstance(value, str) and not value.strip()):
                raise Refusal(400, f"{prefix}{attribute.name} is required", "invalidValue")


def _object(value: Json, fields: Fields, options: Options, type: ResourceType | None, prefix: str) -> Attributes:
    found: Attributes = {}
    for key, item in value.items():
        attribute = fields.get(key.lower())
        if attribute is None:
            _unknown(key, options, type, prefix)
            continue
        if attribute.mutability == "readOnly" or item is None:
            continue
        stored = _value(item, attribute, options, prefix + attribute.name)
        if stored is not None:
            found[attribute.name] = stored
    return found


def _unknown(key: str, options: Options, type: ResourceType | None, prefix: str) -> None:
    known = key.lower() in _DISCOVERED or (type is not None and key.lower() in type.extensions)
    if options.unknown_attributes == "refuse" and not known:
        raise Refusal(400, f"{prefix}{key} is no attribute of this resource type", "invalidValue")


def _value(value: Any, attribute: Attribute, options: Options, path: str) -> Any:
    if not attribute.multi_valued:
        if isinstance(value, list):
            raise Refusal(400, f"{path} has one value, not a list", "invalidValue")
        return _single(value, attribute, options, path)
    if not isinstance(value, list):
        if options.single_for_list != "convert" or not isinstance(value, dict):
            raise Refusal(400, f"{path} has to be a list", "invalidValue")
        value = [value]
    items = [_single(item, attribute, options, path) for item in value if item is not None]
    return _distinct([item for item in items if item is not None], attribute, options, path) or None


def _distinct(items: list[Any], attribute: Attribute, options: Options, path: str) -> list[Any]:
    kept: list[Any] = []
    seen: set[str] = set()
    for item in items:
        key = repr(sorted(item.items(), key=lambda pair: pair[0])) if isinstance(item, dict) else repr(item)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    if attribute.sub("primary") is not None:
        primary = [item for item in kept if isinstance(item, dict) and item.get("primary") is True]
        if len(primary) > 1:
            if options.two_primaries == "refuse":
                raise Refusal(400, f"{path} has more than one value that is primary", "invalidValue")
            kept = [{**item, "primary": False} if item in primary[1:] else item for item in kept]
    return kept


def _single(value: Any, attribute: Attribute, options: Options, path: str) -> Any:
    if attribute.type == "complex":
        return _complex(value, attribute, options, path)
    judge: Callable[[Any, Options], Any] = _TYPES.get(attribute.type, _string)
    judged: Any = judge(value, options)
    if judged is None:
        raise Refusal(400, f"{path} has to be {_WORDS.get(attribute.type, 'a string')}", "invalidValue")
    if options.country_codes and path == "addresses.country" and not (len(judged) == 2 and judged.isascii() and judged.isalpha()):
        raise Refusal(400, f"{path} has to be a country code of two letters (ISO 3166-1)", "invalidValue")
    return judged


def _complex(value: Any, attribute: Attribute, options: Options, path: str) -> Attributes | None:
    fields = _fields_of(attribute)
    if isinstance(value, str) and attribute.name == "manager" and options.manager_as_string == "convert":
        value = {"value": value} if value else {}
    if isinstance(value, str) and attribute.multi_valued and "value" in fields and options.single_for_list == "convert":
        value = {"value": value}
    if not isinstance(value, dict):
        raise Refusal(400, f"{path} has to be an object", "invalidValue")
    found = _object(value, fields, options, None, path + ".")
    if attribute.name == "manager" and not found.get("value"):
        return None
    return found or None


_known_fields: dict[int, tuple[Attribute, Fields]] = {}


def _fields_of(attribute: Attribute) -> Fields:
    found = _known_fields.get(id(attribute))
    if found is None or found[0] is not attribute:
        found = _known_fields[id(attribute)] = attribute, {sub.name.lower(): sub for sub in attribute.sub_attributes}
    return found[1]


def _string(value: Any, options: Options) -> str | None:
    if not isinstance(value, str):
        return None
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return None
    return value


def _boolean(value: Any, options: Options) -> bool | None:
    if isinstance(value, str) and options.string_booleans == "convert":
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _integer(value: Any, options: Options) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal(value: Any, options: Options) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if fits else None


def _date_time(value: Any, options: Options) -> str | None:
    return value if isinstance(value, str) and "T" in value and instant(value) is not None else None


def _binary(value: Any, options: Options) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return value


_TYPES: Final[dict[str, Callable[[Any, Options], Any]]] = {
    "string": _string,
    "reference": _string,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateTime": _date_time,
    "binary": _binary,
}
_WORDS: Final = {
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a number",
    "dateTime": "a date and time",
    "binary": "base64 text",
}
