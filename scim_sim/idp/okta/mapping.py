"""Okta's app profile: rows of the mapping page, evaluated for a person, written on create, and laid over what a GET returned.

External names use Okta's notation (`emails.^[primary==true].value`). Rows and order: KB "Okta SCIM Default Attributes",
vendor guides, recordings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.scim.urns import ENTERPRISE_USER, USER

__all__ = ["ROWS", "Row", "build", "lay_over", "row_values", "rows_of", "urns_in"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the mapping page: app variable, external name and namespace, and the person's attribute it is fed from.

    `source` is an attribute of `Person`, `custom.NAME`, or one of the expressions `=work if NAME`, `=manager id`,
    `=manager name`, `=app username`, `="text"`.
    """

    variable: str
    external: str
    source: str
    namespace: str = USER
    optional: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """The external name taken apart: attribute, `true` or `false` of an element's primary, sub-attribute."""
        return _path(self.external)

    @property
    def element(self) -> bool:
        """Whether the row writes into an element of a multi-valued attribute."""
        return "^[" in self.external


@cache
def _path(external: str) -> tuple[str, ...]:
    found = re.fullmatch(r"(\w+)\.\^\[primary==(true|false)\]\.(\w+)", external)
    return (found[1], found[2], found[3]) if found else tuple(external.split("."))


def _enterprise(*names: str) -> tuple[Row, ...]:
    sources = {"employeeNumber": "employee_number", "costCenter": "cost_center"}
    return tuple(Row(name, name, sources.get(name, name), ENTERPRISE_USER) for name in names)


_EMAIL: Final = "emails.^[primary==true]."
_SECOND: Final = "emails.^[primary==false]."
_PHONE: Final = "phoneNumbers.^[primary==true]."
_MOBILE: Final = "phoneNumbers.^[primary==false]."
_ADDRESS: Final = "addresses.^[primary==true]."

ROWS: Final[tuple[Row, ...]] = (
    Row("userName", "userName", "=app username"),
    Row("givenName", "name.givenName", "given_name"),
    Row("familyName", "name.familyName", "family_name"),
    Row("middleName", "name.middleName", "middle_name"),
    Row("honorificPrefix", "name.honorificPrefix", "honorific_prefix"),
    Row("honorificSuffix", "name.honorificSuffix", "honorific_suffix"),
    Row("email", _EMAIL + "value", "email"),
    Row("emailType", _EMAIL + "type", "=work if email"),
    Row("secondEmail", _SECOND + "value", "second_email", optional=True),
    Row("secondEmailType", _SECOND + "type", "=other if second_email", optional=True),
    Row("title", "title", "title"),
    Row("nickName", "nickName", "nick_name"),
    Row("profileUrl", "profileUrl", "profile_url"),
    Row("userType", "userType", "user_type"),
    Row("primaryPhone", _PHONE + "value", "phone"),
    Row("primaryPhoneType", _PHONE + "type", "=work if phone"),
    Row("mobilePhone", _MOBILE + "value", "mobile", optional=True),
    Row("mobilePhoneType", _MOBILE + "type", "=mobile if mobile", optional=True),
    Row("addressType", _ADDRESS + "type", "=work if street city region postal_code country"),
    Row("streetAddress", _ADDRESS + "streetAddress", "street"),
    Row("locality", _ADDRESS + "locality", "city"),
    Row("region", _ADDRESS + "region", "region"),
    Row("postalCode", _ADDRESS + "postalCode", "postal_code"),
    Row("country", _ADDRESS + "country", "country"),
    Row("displayName", "displayName", "display_name"),
    Row("preferredLanguage", "preferredLanguage", "preferred_language"),
    Row("locale", "locale", "locale"),
    Row("timezone", "timezone", "timezone"),
    *_enterprise("employeeNumber", "costCenter", "organization", "division", "department"),
    Row("managerValue", "manager.value", "=manager id", ENTERPRISE_USER),
    Row("managerDisplayName", "manager.displayName", "=manager name", ENTERPRISE_USER),
)


def rows_of(mapping: Mapping[str, Any], optional: Iterable[str] = ()) -> tuple[Row, ...]:
    """The default rows with the administrator's changes.

    `mapping` holds, per app variable, `null` (row deleted), a text (another source), or a mapping with `source`,
    `external_name`, `namespace`. A new variable needs `external_name` and `namespace`; Okta never sends one without a
    namespace. Raises `UsageError` for an unknown variable.
    """
    wanted = set(optional)
    wanted |= {f"{name}Type" for name in wanted}
    rows = {row.variable: row for row in ROWS if not row.optional or row.variable in wanted}
    for variable, change in mapping.items():
        if change is None:
            rows.pop(variable, None)
            continue
        given = {"source": change} if isinstance(change, str) else dict(change)
        present = rows.get(variable)
        if present is None and "external_name" not in given:
            known = [row.variable for row in ROWS]
            raise UsageError(f'no row of the Okta mapping is called "{variable}"{nearest(variable, known)}')
        if present is None and not given.get("namespace"):
            continue
        base = present or Row(variable, variable, "", str(given["namespace"]))
        rows[variable] = replace(
            base,
            external=str(given.get("external_name", base.external)),
            source=str(given.get("source", base.source)),
            namespace=str(given.get("namespace", base.namespace)),
        )
    return tuple(rows.values())


def row_values(rows: Iterable[Row], person: Person, known: Mapping[str, str]) -> dict[str, str]:
    """The value of every row that has one, by app variable; `known` answers the expressions about app and manager."""
    found = {}
    for row in rows:
        value = _value(row.source, person, known)
        if value:
            found[row.variable] = value
    return found


def _value(source: str, person: Person, known: Mapping[str, str]) -> str:
    if source.startswith('="'):
        return source[2:].rstrip('"')
    if " if " in source:
        text, _, names = source[1:].partition(" if ")
        return text if any(getattr(person, name, "") for name in names.split()) else ""
    if source.startswith("="):
        return known.get(source[1:], "")
    if source.startswith("custom."):
        return str(person.custom.get(source[7:], ""))
    return str(getattr(person, source, person.custom.get(source, "")) or "")


def build(rows: Iterable[Row], values: Mapping[str, str]) -> dict[str, Any]:
    """The mapped attributes as a new resource, in the order of the rows; what has no value is left out."""
    resource: dict[str, Any] = {}
    for row in rows:
        if row.variable in values:
            _write(resource, row, values[row.variable], None)
    return resource


def urns_in(resource: Mapping[str, Any]) -> list[str]:
    """The extension objects a resource holds, by their URNs."""
    return [name for name in resource if name.startswith("urn:")]


def lay_over(
    resource: dict[str, Any], rows: tuple[Row, ...], values: Mapping[str, str], before: Mapping[str, str], emptied_as: str
) -> None:
    """Overwrite the mapped attributes in a resource read from the service provider; everything else stays as it was.

    `before` are the values pushed last: one of them that is gone now is written as `emptied_as` says.
    """
    for row in rows:
        if row.variable in values:
            _write(resource, row, values[row.variable], before.get(row.variable))
    for row in rows:
        if row.variable in before and row.variable not in values:
            _empty(resource, row, before, emptied_as)


def _write(resource: dict[str, Any], row: Row, value: str, before: str | None) -> None:
    place = resource if row.namespace == USER else _object(resource, row.namespace)
    path = row.path
    if row.element:
        _element(place, path[0], path[1] == "true", path[2], before)[path[2]] = value
        return
    for name in path[:-1]:
        place = _object(place, name)
    place[path[-1]] = value


def _object(place: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(place.get(name), dict):
        place[name] = {}
    return place[name]  # type: ignore[no-any-return]


def _element(place: dict[str, Any], name: str, primary: bool, sub: str, before: str | None) -> dict[str, Any]:
    """The element that a `^[primary==…]` selects; where the server keeps no such flag, the one Okta wrote; else a new one."""
    if not isinstance(place.get(name), list):
        place[name] = []
    elements: list[Any] = place[name]
    objects = [item for item in elements if isinstance(item, dict)]
    flagged = [item for item in objects if item.get("primary") is primary]
    if flagged:
        return flagged[0]
    unflagged = [item for item in objects if "primary" not in item]
    ours = [item for item in unflagged if before is not None and item.get(sub) == before]
    if not ours and primary and len(objects) == 1:
        ours = unflagged
    if ours:
        ours[0]["primary"] = primary
        return ours[0]
    made: dict[str, Any] = {"primary": primary}
    elements.append(made)
    return made


def _empty(resource: dict[str, Any], row: Row, before: Mapping[str, str], emptied_as: str) -> None:
    place: Any = resource if row.namespace == USER else resource.get(row.namespace)
    path = row.path
    if row.element:
        elements = place.get(path[0]) if isinstance(place, dict) else None
        if isinstance(elements, list):
            flag = path[1] == "true"
            gone = path[2] == "value"
            kept = [item for item in elements if not (isinstance(item, dict) and gone and item.get("primary", False) is flag)]
            place[path[0]] = kept
        return
    for name in path[:-1]:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict) or path[-1] not in place:
        return
    if emptied_as == "omit":
        del place[path[-1]]
    else:
        place[path[-1]] = None if emptied_as == "null" else ""
