"""Attribute mappings: which source attribute, constant or expression fills which target attribute, and when.

The defaults are those of a custom (non-gallery) SCIM application. A scenario or target profile changes single rows:

    users:
      externalId: objectId                                   # another source
      title: null                                            # no such row
      userName: {source: mail, match: 2}                     # second in matching precedence
      displayName: 'Join(" ", [surname], [givenName])'       # an expression
      nickName: {constant: "n/a", apply: create}             # only during object creation
      locale: {source: preferredLanguage, default: en-US}    # default value if null, used on create only
      userType: {default: Member}                            # no source: fills the attribute where the target has none

`only: true` beside the rows starts from an empty mapping. Source: Microsoft, "Customizing user provisioning
attribute-mappings"; rows of the default as in Microsoft's table and vendors' set-up guides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from scim_sim.errors import UsageError
from scim_sim.idp.entra.expressions import NO_FLOW, Compiled, Env, compile_expression
from scim_sim.idp.entra.paths import TargetPath, target_path
from scim_sim.idp.entra.source import NOTHING, Value, check_source
from scim_sim.registry import nearest
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["DEFAULT_GROUP_ROWS", "DEFAULT_USER_ROWS", "AttributeMapping", "Mappings", "Pairs", "Row", "mappings"]

Kind = Literal["direct", "constant", "expression", "none"]
Pairs = list[tuple["Row", Any]]

DEFAULT_USER_ROWS: Mapping[str, Any] = {
    "userName": {"source": "userPrincipalName", "match": 1},
    "active": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    "displayName": "displayName",
    "title": "jobTitle",
    'emails[type eq "work"].value': "mail",
    "preferredLanguage": "preferredLanguage",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    "name.formatted": 'Join(" ", [givenName], [surname])',
    'addresses[type eq "work"].formatted': "physicalDeliveryOfficeName",
    'addresses[type eq "work"].streetAddress': "streetAddress",
    'addresses[type eq "work"].locality': "city",
    'addresses[type eq "work"].region': "state",
    'addresses[type eq "work"].postalCode': "postalCode",
    'addresses[type eq "work"].country': "country",
    f"{ENTERPRISE_USER}:employeeNumber": "employeeId",
    f"{ENTERPRISE_USER}:department": "department",
    'phoneNumbers[type eq "work"].value': "telephoneNumber",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    'phoneNumbers[type eq "fax"].value': "facsimileTelephoneNumber",
    "externalId": "mailNickname",
    f"{ENTERPRISE_USER}:manager": {"source": "manager", "reference": True},
}
DEFAULT_GROUP_ROWS: Mapping[str, Any] = {
    "displayName": {"source": "displayName", "match": 1},
    "externalId": "objectId",
    "members": {"source": "members", "reference": True},
}

_ROW_KEYS = ("source", "expression", "constant", "match", "default", "apply", "reference", "multi")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the mapping; `match` is the precedence from 1 or 0, `multi` sends a list of `{"value": …}`."""

    path: TargetPath
    text: str
    kind: Kind
    expression: Compiled | None = None
    match: int = 0
    default: str | None = None
    create_only: bool = False
    reference: bool = False
    multi: bool = False

    def value(self, env: Env) -> Any:
        """The value for one object: `None` for no value, `NO_FLOW` when the attribute is to be left out."""
        if self.kind == "direct":
            return env.source.value(self.text)
        if self.kind == "constant":
            return self.text
        return self.expression(env) if self.expression else None

    def forgets(self, env: Env, before: Env) -> bool:
        """Whether the row is a Switch over source attributes that have not changed."""
        if self.expression is None or not self.text.startswith("Switch("):
            return False
        return all(env.source.value(name) == before.source.value(name) for name in self.expression.attributes)

    @property
    def only_fills(self) -> bool:
        """Whether the row has no source: its default fills the attribute where the target has none, and changes nothing."""
        return self.kind == "none"

    @property
    def redacted(self) -> bool:
        """Whether the value must not stand in the provisioning log."""
        return self.expression is not None and self.expression.redacted


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """The rows of one object type in their order."""

    rows: tuple[Row, ...]

    @property
    def matching(self) -> tuple[Row, ...]:
        """The matching attributes in precedence order."""
        return tuple(sorted((row for row in self.rows if row.match), key=lambda row: row.match))

    def row(self, target: str) -> Row | None:
        """The row for a target attribute."""
        return next((row for row in self.rows if row.path.text == target), None)

    @property
    def disables(self) -> bool:
        """Whether the target has a soft delete: `active` is mapped."""
        return self.row("active") is not None

    def create_pairs(self, env: Env) -> Pairs:
        """Rows and values of a create: defaults filled in, references and attributes of unusual extensions left out."""
        pairs = []
        for row in self.rows:
            if row.reference or not row.path.in_create:
                continue
            value = row.value(env)
            if value in (None, "", []) and value is not NO_FLOW:
                value = row.default
            if value is not None and value is not NO_FLOW and value != []:
                pairs.append((row, value))
        return pairs

    def update_pairs(self, env: Env) -> Pairs:
        """Rows and values that an update compares; what has no value in the source is not sent and not cleared."""
        return [(row, value) for row, value in self._flowing(env) if value not in (None, "", [])]

    def forgetful_pairs(self, env: Env, before: Env) -> Pairs:
        """As `update_pairs`, with every Switch over source attributes that are as `before` blind to them."""
        blind = replace(env, source=NOTHING)
        pairs = [(row, row.value(blind) if row.forgets(env, before) else value) for row, value in self.update_pairs(env)]
        return [(row, value) for row, value in pairs if value not in (None, "", []) and value is not NO_FLOW]

    def _flowing(self, env: Env) -> Iterator[tuple[Row, Any]]:
        for row in self.rows:
            if not row.reference and not row.create_only:
                value = row.default if row.only_fills else row.value(env)
                if value is not NO_FLOW:
                    yield row, value

    @property
    def late(self) -> bool:
        """Whether something cannot be in the create body and follows by PATCH in the next cycle."""
        return any(not row.path.in_create and not row.reference for row in self.rows)


@dataclass(frozen=True, slots=True)
class Mappings:
    """The mappings of both object types."""

    users: AttributeMapping
    groups: AttributeMapping


def mappings(changes: Any) -> Mappings:
    """The default mappings with the changes applied; raises `UsageError` for anything that the portal would not save."""
    given = _rows(changes)
    given = _rows(given.get("entra", given))
    flat = {name: row for name, row in given.items() if name not in ("users", "groups")}
    for name in flat:
        if name.lower() in ("user", "users", "group", "groups"):
            raise UsageError(f'a mapping has users and groups, not "{name}"{nearest(name, ("users", "groups"))}')
    users, groups = {**flat, **_rows(given.get("users") or {})}, _rows(given.get("groups") or {})
    return Mappings(_merged(DEFAULT_USER_ROWS, users, "users"), _merged(DEFAULT_GROUP_ROWS, groups, "groups"))


def _rows(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f"a mapping names target attributes and what fills them, such as {{title: jobTitle}}, not {given!r}")
    return given


def _merged(defaults: Mapping[str, Any], changes: Mapping[str, Any], what: str) -> AttributeMapping:
    rows = {} if changes.get("only") else dict(defaults)
    for target, row in changes.items():
        if target == "only":
            continue
        if row is None:
            rows.pop(target, None)
        else:
            rows[target] = row
    mapping = AttributeMapping(tuple(_row(target, row) for target, row in rows.items()))
    if not mapping.matching:
        raise UsageError(f"the mapping of {what} has no matching attribute: give one row `match: 1`")
    return mapping


def _row(target: str, given: Any) -> Row:
    options = given if isinstance(given, Mapping) else {"source": given}
    for name in options:
        if name not in _ROW_KEYS:
            raise UsageError(f'the mapping of {target} has an unknown key "{name}"{nearest(str(name), _ROW_KEYS)}')
    row = Row(target_path(target), "", "none")
    if "constant" in options:
        row = replace(row, text=str(options["constant"]), kind="constant")
    elif options.get("expression") or _is_expression(options.get("source")):
        text = str(options.get("expression") or options["source"])
        row = replace(row, text=text, kind="expression", expression=compile_expression(text))
    elif options.get("source") is not None:
        check_source(str(options["source"]))
        row = replace(row, text=str(options["source"]), kind="direct")
    apply = options.get("apply", "always")
    if apply not in ("always", "create"):
        raise UsageError(f'the mapping of {target} applies "always" or "create", not "{apply}"')
    return replace(
        row,
        match=int(options.get("match", 0)),
        default=None if options.get("default") is None else str(options["default"]),
        create_only=apply == "create",
        reference=bool(options.get("reference", row.text in ("manager", "members") and row.kind == "direct")),
        multi=bool(options.get("multi", False)),
    )


def _is_expression(source: Value) -> bool:
    return isinstance(source, str) and "(" in source
