"""Bringing a written value into the shape its attribute declares, or refusing it.

What is forgiven is a choice: `Leniency` names each thing identity providers send that RFC 7644 section 3.5.2 does not
describe, and says who sends it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, undeclared
from scim_sim.scim.grammar import And, Comparison, Filter, Not, Or
from scim_sim.scim.navigate import get

__all__ = ["LENIENT", "STRICT", "BadValue", "Leniency", "coerced", "coerced_filter"]


@dataclass(frozen=True, slots=True)
class Leniency:
    """What an application of PATCH forgives; everything false is the letter of the RFC."""

    any_case_op: bool = False
    """`Add`, `Replace`, `Remove` (Entra's legacy dialect)."""
    boolean_strings: bool = False
    """`"True"`, `"false"` for a boolean, in values and in filters (Entra's legacy dialect)."""
    dotted_keys: bool = False
    """`{"name.givenName": …}` and `{"urn:…:User:department": …}` in a value without path (Entra)."""
    ignored_read_only: bool = False
    """`id`, `meta` and other readOnly attributes in a value without path are passed over (Okta sends `id`)."""
    remove_with_value: bool = False
    """`remove` of `members` with a list of values takes only these (Entra's legacy dialect)."""
    created_elements: bool = False
    """`add` and `replace` on a value path that matches nothing create the element from the filter (Entra)."""
    absent_removals: bool = False
    """`remove` with a filter that matches nothing changes nothing instead of failing (Okta, Entra on repetition)."""
    bare_values: bool = False
    """A string for a complex attribute is its `value`; a list of one for a singular attribute is that one (Entra's manager)."""
    empty_clears: bool = False
    """`""` for a complex attribute, or for the `value` of a singular one, unassigns it (Entra's test tools)."""
    json_text: bool = False
    """JSON text where an object is due is read as that object (Entra's app roles)."""
    number_strings: bool = False
    """`"5"` for an integer or decimal."""
    undeclared: bool = True
    """Attributes that no schema declares are kept; otherwise they are refused (invalidPath)."""


STRICT: Final = Leniency(undeclared=False)
"""RFC 7644 section 3.5.2 to the letter."""

LENIENT: Final = Leniency(True, True, True, True, True, True, True, True, True, True, True, True)
"""All that identity providers are known to send."""

_SCALARS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "reference": (str,),
    "binary": (str,),
    "dateTime": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "decimal": (int, float),
}


class BadValue(ValueError):
    """The value does not fit the declared type (scimType invalidValue)."""


def coerced(value: Any, attribute: Attribute, allow: Leniency, *, one: bool = False) -> Any:
    """The value as the attribute wants it; `one` asks for a single value of a multi-valued attribute.

    Unassigned comes back as `None`, a multi-valued attribute as a list. Raises `BadValue`.
    """
    if isinstance(value, str) and attribute.type == "complex" and allow.json_text:
        value = _from_text(value)
    if attribute.multi_valued and not one:
        values = value if isinstance(value, list) else [value]
        found = [_single(v, attribute, allow) for v in values if v is not None]
        return [v for v in found if v is not None] or None
    if isinstance(value, list) and attribute.declared and allow.bare_values and len(value) <= 1:
        value = value[0] if value else None
    return _single(value, attribute, allow)


def _single(value: Any, attribute: Attribute, allow: Leniency) -> Any:
    if value is None:
        return None
    if attribute.type == "complex":
        return _object(value, attribute, allow)
    if isinstance(value, str):
        value = _from_string(value, attribute, allow)
    if not attribute.declared:
        return value
    types = _SCALARS.get(attribute.type)
    if types is None:
        return value
    if not isinstance(value, types) or (isinstance(value, bool) and attribute.type != "boolean"):
        raise BadValue(f"{attribute.name} is {attribute.type}, and {_shown(value)} is not")
    return value


def _from_string(value: str, attribute: Attribute, allow: Leniency) -> Any:
    if attribute.type == "boolean" and allow.boolean_strings and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if attribute.type in ("integer", "decimal") and allow.number_strings:
        try:
            return int(value) if attribute.type == "integer" else float(value)
        except ValueError:
            return value
    return value


def _object(value: Any, attribute: Attribute, allow: Leniency) -> Any:
    if isinstance(value, str) and allow.bare_values and (not attribute.sub_attributes or attribute.sub("value")):
        if value == "" and allow.empty_clears:
            return None
        value = {"value": value}
    if not isinstance(value, Mapping):
        raise BadValue(f"{attribute.name} is complex, and {_shown(value)} is not an object")
    inner = get(value, "value")
    if attribute.multi_valued and allow.json_text and isinstance(inner, str) and inner.startswith("{"):
        value = _role(value, inner)
    if inner == "" and not attribute.multi_valued and allow.empty_clears and attribute.sub("value"):
        return None
    found = {}
    for name, sub_value in value.items():
        sub = attribute.sub(name)
        if sub is None and attribute.sub_attributes and not allow.undeclared:
            raise BadValue(f"{attribute.name} has no sub-attribute {name!r}")
        kept = coerced(sub_value, sub or undeclared(name), allow)
        if kept is not None:
            found[sub.name if sub else name] = kept
    return found or None


def _role(value: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """Entra's app role: the whole role as JSON text in `value`, its name in `displayName`."""
    role = _from_text(text)
    if not isinstance(role, Mapping) or "value" not in role:
        return value
    read = {"value": role["value"], "display": role.get("displayName")}
    return {**value, **{k: v for k, v in read.items() if v is not None}}


def _from_text(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def coerced_filter(tree: Filter, attribute: Attribute, allow: Leniency) -> Filter:
    """The value filter with `"True"` read as `true` where the sub-attribute is boolean, if that is forgiven."""
    match tree:
        case Comparison(path=path, value=str() as text) if allow.boolean_strings and text.lower() in ("true", "false"):
            sub = attribute.sub(path.name) or undeclared(path.name)
            return replace(tree, value=text.lower() == "true") if sub.type == "boolean" else tree
        case And() | Or():
            return type(tree)(tuple(coerced_filter(o, attribute, allow) for o in tree.operands))
        case Not():
            return Not(coerced_filter(tree.operand, attribute, allow))
    return tree


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
