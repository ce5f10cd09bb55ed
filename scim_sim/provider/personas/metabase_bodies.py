"""What Metabase reads from a body, what it makes of a PATCH, and what it shows of an account or a group.

Pure functions over JSON; what is refused is raised as `Refused` with the body that Metabase would send.
Source: metabase/metabase, namespace metabase-enterprise.scim.v2.api and its tests, unless stated otherwise.
"""

from __future__ import annotations

import re
from typing import Any, Final

from scim_sim.scim import urns

__all__ = ["Refused", "account", "error", "group_body", "group_view", "patched", "user_body", "user_view", "validation"]

Json = dict[str, Any]
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PATHS: Final = ("active", "userName", "name.givenName", "name.familyName")
_KNOWN: Final = {"schemas", "id", "userName", "name", "emails", "active", "locale", "groups", "meta"}


class Refused(Exception):
    """A request that Metabase refuses, with the body of its answer."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def error(status: int, detail: str) -> Refused:
    """A SCIM Error as Metabase writes it: the status is a number, there is no scimType."""
    return Refused(status, {"schemas": [urns.ERROR], "detail": detail, "status": status})


def validation(where: str, said: str) -> Refused:
    """The product's own validation body, which is no SCIM Error (general knowledge of the product)."""
    return Refused(400, {"errors": {where: said}, "specific-errors": {where: [said]}})


def user_body(body: Json, *, locales: tuple[str, ...], closed: bool, active_words: bool) -> Json:
    """The account that a POST or PUT asks for: name, active, an installed locale; everything else is ignored."""
    _schemas(body)
    if closed and (extra := sorted(set(body) - _KNOWN)):
        raise validation(extra[0], "disallowed key")
    user_name = body.get("userName")
    if not isinstance(user_name, str) or not user_name.strip():
        raise validation("userName", "value must be a non-blank string.")
    if not _ADDRESS.fullmatch(user_name):
        raise validation("userName", "value must be a valid email address.")
    given = body.get("name")
    name = given if isinstance(given, dict) else {}
    for part in ("givenName", "familyName"):
        if not isinstance(name.get(part), str):
            raise validation(f"name.{part}", "value must be a string.")
    emails = body.get("emails")
    if not isinstance(emails, list) or not all(isinstance(e, dict) and isinstance(e.get("value"), str) for e in emails):
        raise validation("emails", "sequence of map where {:value -> <string>}")
    wanted: Json = {"schemas": [urns.USER], **account(user_name), "name": {k: name[k] for k in ("givenName", "familyName")}}
    active = body.get("active")
    if active is not None:
        wanted["active"] = _active(active, strict=True) if active_words or isinstance(active, bool) else _no_boolean()
    locale = body.get("locale")
    if isinstance(locale, str) and (stored := locale.replace("-", "_")) in locales:
        wanted["locale"] = stored
    return wanted


def account(user_name: str) -> Json:
    """Metabase knows one address per person; it is the userName and the only e-mail, in lower case."""
    address = user_name.lower()
    return {"userName": address, "emails": [{"value": address, "type": "work", "primary": True}]}


def group_body(body: Json) -> Json:
    """The group that a POST or PUT asks for; `members` holds what has a value."""
    _schemas(body)
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise validation("displayName", "value must be a non-blank string.")
    members = body.get("members")
    if members is not None and not isinstance(members, list):
        raise validation("members", "sequence of map where {:value -> <string>}")
    listed = [m for m in members or [] if isinstance(m, dict) and isinstance(m.get("value"), str) and m["value"]]
    return {"schemas": [urns.GROUP], "displayName": name, "members": [{"value": member["value"]} for member in listed]}


def _schemas(body: Json) -> None:
    given = body.get("schemas")
    if not isinstance(given, list) or not all(isinstance(urn, str) and urn.strip() for urn in given):
        raise validation("schemas", "sequence of value must be a non-blank string.")


def patched(view: Json, body: Json, *, without_path: bool, strict_active: bool) -> Json:
    """The account after a PATCH: `replace` of four attributes, `add` and `remove` without effect, all or nothing."""
    _schemas(body)
    operations = body.get("Operations")
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise validation("Operations", "sequence of map")
    changed = {**view, "name": dict(view.get("name") or {})}
    for operation in operations:
        op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
        if not isinstance(op, str) or op.lower() not in ("add", "remove", "replace"):
            raise validation("Operations", "enum of add, remove, replace")
        if op.lower() != "replace":
            if isinstance(value, list) or (isinstance(value, dict) and path is not None):
                raise validation("Operations", "value must be a boolean or a string")
            continue
        if path is None and without_path and isinstance(value, dict):
            for key, item in value.items():
                _set(changed, key, item, strict_active)
        elif path is not None and not isinstance(value, (bool, str)):
            raise validation("Operations", "value must be a boolean or a string")
        else:
            _set(changed, path, value, strict_active)
    return changed


def _set(changed: Json, path: Any, value: Any, strict_active: bool) -> None:
    if path not in _PATHS:
        raise error(400, f"Unsupported path: {path if path is not None else 'null'}")
    if path == "active":
        changed["active"] = _active(value, strict=strict_active)
    elif path == "userName":
        changed.update(account(str(value)))
    else:
        changed["name"][str(path).partition(".")[2]] = value


def _active(value: Any, *, strict: bool) -> bool:
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    if strict and word not in ("true", "false"):
        return _no_boolean()
    return word == "true"


def _no_boolean() -> bool:
    raise validation("active", "value must be a boolean.")


def user_view(view: Json, *, with_groups: bool) -> Json:
    """An account as Metabase shows it."""
    groups = [{k: group[k] for k in ("value", "$ref", "display") if k in group} for group in view.get("groups", ())]
    return {
        "schemas": [urns.USER],
        "id": view["id"],
        "userName": view["userName"],
        "name": view.get("name") or {"givenName": None, "familyName": None},
        "emails": view["emails"],
        "groups": groups if with_groups else [],
        "locale": view.get("locale"),
        "active": view["active"],
        "meta": {"resourceType": "User"},
    }


def group_view(view: Json, *, with_members: bool) -> Json:
    """A group as Metabase shows it; `display` of a member is the address."""
    members = [{k: member[k] for k in ("value", "$ref", "display") if k in member} for member in view.get("members", ())]
    return {
        "schemas": [urns.GROUP],
        "id": view["id"],
        "members": members if with_members else [],
        "displayName": view["displayName"],
        "meta": {"resourceType": "Group"},
    }
