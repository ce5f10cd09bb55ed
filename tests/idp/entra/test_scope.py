"""Who is in scope: assignments, teams, filters, and what happens to those who are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.idp.entra.scope import OPERATORS, Clause, scoping_filters
from scim_sim.idp.entra.source import UserSource
from tests.idp.entra.conftest import Story

Make = Callable[..., Story]

HOLDS: list[tuple[str, str, str, bool]] = [
    ("department", "EQUALS", "Sales", True),
    ("department", "EQUALS", "sales", False),
    ("department", "NOT EQUALS", "sales", True),
    ("city", "NOT EQUALS", "Leith", False),
    ("accountEnabled", "IS TRUE", "", True),
    ("accountEnabled", "IS FALSE", "", False),
    ("city", "IS NULL", "", True),
    ("department", "IS NULL", "", False),
    ("department", "IS NOT NULL", "", True),
    ("city", "IS NOT NULL", "", False),
    ("department", "REGEX MATCH", "S.l", True),
    ("department", "REGEX MATCH", "^ales", False),
    ("department", "NOT REGEX MATCH", "x", True),
    ("city", "NOT REGEX MATCH", "x", False),
    ("employeeId", "Greater_Than", "41", True),
    ("employeeId", "Greater_Than", "42", False),
    ("employeeId", "Greater_Than_OR_EQUALS", "42", True),
    ("department", "Greater_Than", "1", False),
    ("department", "Includes", "ale", True),
    ("department", "Includes", "ALE", False),
    ("department", "ENDS_WITH", "es", True),
    ("department", "ENDS_WITH", "Sal", False),
    ("employeeId", "&", "2", True),
    ("employeeId", "&", "1", False),
    ("employeeId", "!&", "1", True),
    ("employeeId", "!&", "2", False),
]


@pytest.mark.parametrize(("attribute", "operator", "value", "expected"), HOLDS)
def test_operator_holds_or_not(attribute: str, operator: str, value: str, expected: bool) -> None:
    """An operator compares with letter case; without a value everything but IS NULL is false."""
    source = UserSource(Person("ada", "ada@contoso.example", department="Sales", employee_number="42"), "oid")

    assert expected is Clause(attribute, operator, value).holds(source)


def test_every_operator_is_tried() -> None:
    """No operator is without a row above."""
    assert set(OPERATORS) == {operator for _, operator, _, _ in HOLDS}


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        (
            {"attribute": "department", "operator": "EQUAL", "value": "x"},
            'unknown filter operator "EQUAL": did you mean "EQUALS"',
        ),
        ({"attribute": "departmant"}, 'unknown source attribute "departmant": did you mean "department"'),
        ({"attribute": "manager", "operator": "IS NULL"}, "manager cannot be used in a scoping filter"),
        ({"attribute": "userType"}, "userType is not available"),
        ({"attribute": "city", "operator": "REGEX MATCH", "value": "("}, '"(" is no regular expression'),
    ],
)
def test_mistake_in_a_filter_is_explained(clause: dict[str, Any], said: str) -> None:
    """What the portal would not save is refused with the right word."""
    with pytest.raises(UsageError) as raised:
        scoping_filters([[clause]])

    assert said in raised.value.message


@pytest.mark.parametrize("filters", ["department", {"attribute": "city"}, ["department"], [["department"]], [[1]]])
def test_filters_of_another_shape_are_refused(entra: Make, filters: Any) -> None:
    """What is no list of lists of clauses is refused with the right shape."""
    with pytest.raises(UsageError, match="scoping filter"):
        entra().do("set filters", filters=filters)


def test_clauses_and_filters(entra: Make) -> None:
    """Clauses of a filter are joined by and, filters by or."""
    story = entra(groups=False)
    story.hire("ada", department="Sales", city="Leith")
    story.hire("bob", department="Sales")
    story.hire("eva", country="GB")
    sales = {"attribute": "department", "operator": "EQUALS", "value": "Sales"}
    leith = {"attribute": "city", "operator": "EQUALS", "value": "Leith"}
    story.do("set filters", filters=[[sales, leith], [{"attribute": "country", "operator": "IS NOT NULL"}]])
    story.started("ada", "bob", "eva")

    assert ["ada", "eva"] == [user.key for user in story.engine.expected().users]
    assert ("other", "skipped", "NotInScope") in story.entries()


def test_saving_a_filter_looks_at_everybody(entra: Make) -> None:
    """A new filter triggers a full cycle, in which those who no longer pass are disabled."""
    story = entra(groups=False)
    story.hire("ada", department="Sales")
    story.hire("bob", department="Legal")
    story.started("ada", "bob")
    story.do("set filters", filters=[{"attribute": "department", "operator": "EQUALS", "value": "Sales"}])

    assert ["GET /Users/{id}", "PATCH /Users/{id} Replace active=False"] == story.cycle()
    assert "full" == story.engine.cycles[-1].kind


def test_out_of_scope_deletions_can_be_skipped(entra: Make) -> None:
    """With SkipOutOfScopeDeletions nobody is disabled for leaving the scope; a deleted user still is."""
    story = entra(groups=False, skip_out_of_scope_deletions=True)
    story.hire("ada")
    story.hire("bob")
    story.started("ada", "bob")
    story.do("unassign", person="ada")
    assert [] == story.cycle()
    story.directory.deactivate("bob", story.at)
    assert ["PATCH /Users/{id} Replace active=False"] == story.cycle()


def test_change_of_scope_needs_a_restart(entra: Make) -> None:
    """Sync all brings in nobody until the job is restarted."""
    story = entra(groups=False)
    story.hire("ada")
    story.hire("bob")
    story.started("ada")
    story.do("set scope", scope="all")
    assert [] == story.cycle()
    story.do("restart")

    assert ["GET /Users/{id}", "GET /Users?userName", "POST /Users bob@contoso.example"] == story.cycle()


def test_everybody_and_every_team_with_sync_all(entra: Make) -> None:
    """Sync all provisions who is assigned to nothing, and all teams where groups are mapped."""
    story = entra(scope="all")
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.started()

    assert ("ada", "readers") == (story.engine.expected().users[0].key, story.engine.expected().groups[0].key)


def test_unknown_person_or_group_is_refused(entra: Make) -> None:
    """Assigning nobody names the nearest key."""
    story = entra()
    story.hire("ada")

    with pytest.raises(UsageError, match='nobody in the directory is called "adda": did you mean "ada"'):
        story.do("assign", person="adda")
    with pytest.raises(UsageError, match='no team in the directory is called "readers"'):
        story.do("assign", group="readers")
