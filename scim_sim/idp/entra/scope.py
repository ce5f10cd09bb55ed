"""Who is provisioned: assignments, direct members of assigned teams, and scoping filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scim_sim.directory.model import Directory
from scim_sim.errors import UsageError
from scim_sim.idp.entra.source import Role, Source, check_source
from scim_sim.registry import nearest

__all__ = ["OPERATORS", "Clause", "Scope", "scoping_filters"]

NOT_FILTERABLE = ("otherMails", "appRoleAssignments", "manager", "members", "proxyAddresses")
DEFAULT_ROLE = Role("00000000-0000-0000-0000-000000000000", "User", "User")


def _integers(test: Callable[[int, int], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: value.lstrip("-").isdigit() and wanted.lstrip("-").isdigit() and test(int(value), int(wanted))


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, wanted: value == wanted,
    "NOT EQUALS": lambda value, wanted: value != wanted,
    "IS TRUE": lambda value, _: value == "True",
    "IS FALSE": lambda value, _: value == "False",
    "IS NULL": lambda _value, _wanted: False,
    "IS NOT NULL": lambda _value, _wanted: True,
    "REGEX MATCH": lambda value, wanted: re.search(wanted, value) is not None,
    "NOT REGEX MATCH": lambda value, wanted: re.search(wanted, value) is None,
    "Greater_Than": _integers(lambda value, wanted: value > wanted),
    "Greater_Than_OR_EQUALS": _integers(lambda value, wanted: value >= wanted),
    "Includes": lambda value, wanted: wanted in value,
    "ENDS_WITH": lambda value, wanted: value.endswith(wanted),
    "&": _integers(lambda value, wanted: value & wanted == wanted),
    "!&": _integers(lambda value, wanted: value & wanted != wanted),
}
"""The operators of scoping filters on values that are there, letter case included; without a value all but IS NULL are false."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One line of a scoping filter."""

    attribute: str
    operator: str
    value: str = ""

    def holds(self, source: Source) -> bool:
        """Whether the object passes; an attribute without a value fails every operator but IS NULL."""
        found = source.value(self.attribute)
        if found in (None, "", []):
            return self.operator == "IS NULL"
        return OPERATORS[self.operator](str(found), self.value)


def scoping_filters(given: Iterable[Iterable[Mapping[str, Any]]]) -> tuple[tuple[Clause, ...], ...]:
    """Filters as a list of lists of `{attribute, operator, value}`; raises `UsageError` for what cannot be filtered on."""
    if isinstance(given, (str, Mapping)) or any(isinstance(one, str) for one in given):
        raise UsageError("scoping filters are a list of filters, each a list of clauses {attribute, operator, value}")
    return tuple(tuple(_clause(clause) for clause in one) for one in given)


def _clause(given: Any) -> Clause:
    if not isinstance(given, Mapping):
        raise UsageError(f"a clause of a scoping filter is a mapping with attribute, operator and value, not {given!r}")
    attribute, operator = str(given.get("attribute", "")), str(given.get("operator", "EQUALS"))
    check_source(attribute)
    if attribute in NOT_FILTERABLE:
        raise UsageError(f"{attribute} cannot be used in a scoping filter")
    if operator not in OPERATORS:
        raise UsageError(f'unknown filter operator "{operator}"{nearest(operator, OPERATORS)}')
    value = str(given.get("value", ""))
    if operator.endswith("REGEX MATCH"):
        try:
            re.compile(value)
        except re.error as error:
            raise UsageError(f'"{value}" is no regular expression: {error}') from None
    return Clause(attribute, operator, value)


class Scope:
    """Assignments and filters of one application."""

    def __init__(self, directory: Directory, mode: str) -> None:
        self.directory = directory
        self.mode = mode
        self.people: dict[str, tuple[Role, ...]] = {}
        self.teams: dict[str, tuple[Role, ...]] = {}
        self.filters: tuple[tuple[Clause, ...], ...] = ()
        self.group_filters: tuple[tuple[Clause, ...], ...] = ()

    def assigned(self, key: str) -> bool:
        """Whether the person is assigned: by name, as a direct member of an assigned team, or because all are."""
        return self.mode == "all" or key in self.people or any(team.key in self.teams for team in self.directory.teams_of(key))

    def team_assigned(self, key: str) -> bool:
        """Whether the team itself is to be provisioned; teams within an assigned team are not."""
        return key in self.directory.teams and (self.mode == "all" or key in self.teams)

    def roles(self, key: str) -> tuple[Role, ...]:
        """The app roles that the person's assignments grant; none when everybody is synchronised."""
        if self.mode == "all":
            return ()
        found = dict.fromkeys(self.people.get(key, ()))
        for team in self.directory.teams_of(key):
            found.update(dict.fromkeys(self.teams.get(team.key, ())))
        return tuple(found)

    def passes(self, source: Source) -> bool:
        """Whether one of the filters lets the person through; without filters everybody passes."""
        return _passes(self.filters, source)

    def group_passes(self, source: Source) -> bool:
        """Whether one of the group filters lets the team through."""
        return _passes(self.group_filters, source)

    @property
    def everyone_through_teams(self) -> list[str]:
        """The direct members of assigned teams who are persons, in order and without repetition."""
        people = self.directory.people
        teams = (self.directory.teams[key] for key in self.teams if key in self.directory.teams)
        return list(dict.fromkeys(m for team in teams for m in team.members if m in people))


def _passes(filters: tuple[tuple[Clause, ...], ...], source: Source) -> bool:
    return not filters or any(all(clause.holds(source) for clause in one) for one in filters)
