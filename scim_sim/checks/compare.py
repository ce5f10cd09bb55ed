"""Where a resource is not what was written, leaving aside what a service provider may decide for itself.

What is no difference here, because RFC 7643 lets the provider decide or compute it:
 1. `meta`, `id`, `schemas`, `groups` of a User, and what is declared readOnly, or returned `never` or `request`.
 2. `$ref`, `display` and the `type` of members, `displayName` of a manager, and `formatted` where it was computed anew.
 3. Canonical forms: telephone numbers by their digits, languages with `-` or `_`, URLs with or without the last slash,
    text in another Unicode normal form (RFC 7643 section 4.1.2, RFC 7644 section 5), and no manager as one whose value
    is empty, which is how some clients say it.
 4. `primary: false` that is left out.
 5. Attributes that are lost and that the target neither declares nor ever returned (RFC 7644 section 3.3).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.scim.attributes import Attribute, SchemaSet, schemas_of
from scim_sim.scim.equivalence import differences
from scim_sim.scim.navigate import OBJECT, get

__all__ = ["Gap", "gaps", "is_part", "parts_of", "place_of", "shown"]

_OWN: Final = {"meta", "id", "schemas", "groups", "password"}
_COMPUTED: Final = {"$ref", "display"}
_DIGITS: Final = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference: `place` is the attribute in lower case (`name.familyname`, `urn:…:user:department`)."""

    pointer: str
    place: str
    expected: Any
    actual: Any

    @property
    def lost(self) -> bool:
        """Whether a value is missing altogether."""
        return self.actual is None

    @property
    def surplus(self) -> bool:
        """Whether there is a value where none should be."""
        return self.expected is None

    @property
    def name(self) -> str:
        """The place as it is spelt, without the URN of its schema: for people."""
        return _spelt(self.pointer).rpartition(":")[2]

    @property
    def attribute(self) -> str:
        """The place without its sub-attribute."""
        urn, _, name = self.place.rpartition(":")
        head = name.partition(".")[0]
        return f"{urn}:{head}" if urn else head


def gaps(
    expected: Mapping[str, Any],
    actual: Mapping[str, Any],
    schemas: SchemaSet,
    offers: Callable[[str], bool] = lambda place: True,
) -> list[Gap]:
    """The differences that count, in the order of the expected resource; `offers` tells whether the target has a place."""
    return list(_gaps(expected, actual, schemas, offers))


def _gaps(
    expected: Mapping[str, Any], actual: Mapping[str, Any], schemas: SchemaSet, offers: Callable[[str], bool]
) -> Iterator[Gap]:
    within = schemas_of(expected) or schemas_of(actual)
    for pointer, want, have in differences(expected, actual, schemas, only_expected=True, ignore=_OWN):
        place = place_of(pointer)
        attribute, sub = _declared(place, schemas, within)
        if _theirs(place, attribute, sub, want, have) or _canonical(place, sub or attribute, want, have):
            continue
        if have is None and not offers(place):
            continue
        yield Gap(pointer, place, want, have)


def parts_of(pointer: str) -> list[str]:
    """The reference tokens of a JSON pointer (RFC 6901)."""
    return [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]]


def place_of(pointer: str) -> str:
    """The attribute a pointer into a resource leads to: no indexes, lower case, extensions as `urn:name.sub`."""
    return _spelt(pointer).lower()


def _spelt(pointer: str) -> str:
    parts = [p for p in parts_of(pointer) if not p.isdigit()]
    if not parts:
        return ""
    head, rest = parts[0], parts[1:]
    if ":" in head and rest:
        head, rest = f"{head}:{rest[0]}", rest[1:]
    return ".".join([head, *rest])


def is_part(resource: Mapping[str, Any]) -> bool:
    """Whether what should be a whole resource is evidently a part of one: neither `schemas` nor `meta` is there."""
    names = {name.lower() for name in resource}
    return not names & {"schemas", "meta"}


def shown(value: Any, limit: int = 80) -> str:
    """The value as short JSON text for a report."""
    text = "no value" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _declared(place: str, schemas: SchemaSet, within: tuple[str, ...]) -> tuple[Attribute | None, Attribute | None]:
    urn, _, rest = place.rpartition(":")
    name, _, sub = rest.partition(".")
    attribute = schemas.find(name, None, urn or None, within)
    return attribute, attribute.sub(sub) if attribute is not None and sub else None


def _theirs(place: str, attribute: Attribute | None, sub: Attribute | None, want: Any, have: Any) -> bool:
    """Whether the provider decides about the value."""
    name, _, tail = place.rpartition(":")[2].partition(".")
    for known in (attribute, sub):
        if known is not None and (known.mutability == "readOnly" or known.returned in ("never", "request")):
            return True
    if tail in _COMPUTED or (name == "members" and tail == "type") or (name == "manager" and tail == "displayname"):
        return True
    if tail == "primary" and not want and not have:
        return True
    if name == "manager" and want is None and isinstance(have, OBJECT) and get(have, "value") == "":
        return True
    return tail == "formatted" and want is not None and have is not None


def _canonical(place: str, attribute: Attribute | None, want: Any, have: Any) -> bool:
    """Whether both are spellings of the same value."""
    if (isinstance(want, OBJECT) and isinstance(have, OBJECT)) or not (isinstance(want, str) and isinstance(have, str)):
        return False
    if place.startswith("phonenumbers"):
        return _DIGITS.sub("", want) == _DIGITS.sub("", have)
    exact = attribute is not None and attribute.case_exact
    left, right = (_plain(v, exact) for v in (want, have))
    return left == right


def _plain(text: str, exact: bool) -> str:
    text = unicodedata.normalize("NFKC", text).rstrip("/").replace("_", "-")
    return text if exact else text.casefold()
