"""Target attributes as Entra ID writes them in mappings and PATCH paths, and their place in a resource.

Forms: `title`, `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`, `roles`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

__all__ = ["CORE", "TargetPath", "body", "read", "target_path"]

CORE = (USER, GROUP)
BOOLEANS = ("active", "primary")

_PATH = re.compile(
    r'(?P<attribute>[\w$-]+)(?:\[(?P<key>\w+) eq (?P<value>"(?:[^"\\]|\\.)*"|true|false)\])?(?:\.(?P<sub>[\w$-]+))?$'
)
_EXTENSION = re.compile(r"urn:ietf:params:scim:schemas:extension:[^:]+:2\.0:(?:User|Group)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TargetPath:
    """One target attribute: `emails`, filtered by `type` = `work`, sub-attribute `value`; `urn` for those of a schema."""

    text: str
    attribute: str
    urn: str = ""
    key: str = ""
    value: str = ""
    sub: str = ""

    @property
    def filtered(self) -> bool:
        """Whether the path selects one element of a multi-valued attribute."""
        return bool(self.key)

    @property
    def boolean(self) -> bool:
        """Whether the attribute is a boolean of the core schema."""
        return not self.urn and (self.sub or self.attribute) in BOOLEANS

    @property
    def in_create(self) -> bool:
        """Whether a create body can carry it: core, enterprise, or an extension of the usual name."""
        return not self.urn or bool(_EXTENSION.match(self.urn))


@lru_cache(maxsize=512)
def target_path(text: str) -> TargetPath:
    """The parsed path; raises `UsageError` when it is none that Entra ID could map to."""
    urn, rest = "", text
    if text.lower().startswith("urn:"):
        urn, _, rest = text.rpartition(":")
    match = _PATH.match(rest)
    if match is None or rest == "id":
        raise UsageError(
            f'"{text}" cannot be the target of a mapping: use title, name.givenName, emails[type eq "x"].value or urn:…:attribute'
        )
    value = (match["value"] or "").strip('"').replace('\\"', '"').replace("\\\\", "\\")
    return TargetPath(text, match["attribute"], urn, match["key"] or "", value, match["sub"] or "")


def read(resource: Mapping[str, Any], path: TargetPath) -> Any:
    """The value that a resource holds at the path; `None` when it has none, an empty string or an empty list."""
    holder: Any = member(resource, path.urn) if path.urn and path.urn not in CORE else resource
    found = member(holder, path.attribute) if isinstance(holder, Mapping) else None
    if found is None and path.urn in CORE:
        found = member(member(resource, path.urn), path.attribute)
    if path.filtered:
        found = next(_selected(found, path), None)
    if path.sub:
        found = member(found, path.sub)
    return None if found in ("", [], {}) else found


def member(holder: Any, name: str) -> Any:
    """The member of an object by its name in any casing (RFC 7643 section 2.1), or `None`."""
    if not isinstance(holder, Mapping):
        return None
    if name in holder:
        return holder[name]
    lower = name.lower()
    return next((value for key, value in holder.items() if isinstance(key, str) and key.lower() == lower), None)


def _selected(elements: Any, path: TargetPath) -> Iterator[Any]:
    wanted = path.value.lower()
    if isinstance(elements, list):
        return (e for e in elements if str(member(e, path.key)).lower() == wanted)
    return iter(())


_ORDER = (
    "externalId", "userName", "active", "displayName", "nickName", "profileUrl", "title", "userType", "emails", "addresses",
    "phoneNumbers", "name", "preferredLanguage", "locale", "timezone", "roles", "members", "meta", ENTERPRISE_USER,
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_NAME_ORDER = ("formatted", "familyName", "givenName")


def body(values: Iterable[tuple[TargetPath, Any]], schemas: tuple[str, ...], resource_type: str) -> dict[str, Any]:
    """The create body: one element per `type`, `primary` on e-mail addresses alone, members in the service's order."""
    made: dict[str, Any] = {}
    for path, value in values:
        holder = made.setdefault(path.urn, {}) if path.urn and path.urn not in CORE else made
        if path.filtered:
            holder = _element(holder.setdefault(path.attribute, []), path)
            holder[path.sub or "value"] = value
        elif path.sub:
            holder.setdefault(path.attribute, {})[path.sub] = value
        else:
            holder[path.attribute] = value
    if isinstance(made.get("name"), dict):
        first = {part: made["name"][part] for part in _NAME_ORDER if part in made["name"]}
        made["name"] = first | made["name"]
    if resource_type == "Group":
        made["members"] = []
    made["meta"] = {"resourceType": resource_type}
    ordered = sorted(made, key=lambda name: _RANK.get(name, len(_ORDER) if ":" in name else _RANK["members"] - 0.5))
    return {"schemas": list(schemas), **{name: made[name] for name in ordered}}


def _element(elements: list[dict[str, Any]], path: TargetPath) -> dict[str, Any]:
    key: Any = path.value
    if path.key in BOOLEANS:
        key = path.value.lower() == "true"
    for element in elements:
        if element.get(path.key) == key:
            return element
    element = {"primary": True, "type": key} if (path.attribute, path.key) == ("emails", "type") else {path.key: key}
    if path.attribute == "roles":
        element = {"primary": key if path.key == "primary" else False, "type": "WindowsAzureActiveDirectoryRole"}
    elements.append(element)
    return element
