"""What an identity provider needs, judged by reading back what it wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_sim.checks.convergence import Convergence, Wanted
from scim_sim.scim.attributes import core_schemas

ADA = Wanted("user", "ada", "okta:aiw", "ada@example.test", "1", resource={"userName": "ada@example.test", "title": "Chief"})
CREW = Wanted("group", "crew", "okta:oin", "Crew", "9", members=frozenset({"1", "2"}))
THERE = {"id": "1", "userName": "ada@example.test", "title": "Chief", "active": True}


def user(**changed: Any) -> dict[str, Any]:
    """The account as it should be, but for what is given; a value `None` is left out."""
    return {k: v for k, v in {**THERE, **changed}.items() if v is not None}


def group(*members: str, name: str = "Crew") -> dict[str, Any]:
    """A group with these members."""
    return {"id": "9", "displayName": name, "members": [{"value": m} for m in members]}


def unmet(*looks: tuple[Wanted, dict[str, Any] | None]) -> set[str]:
    """The needs that are unmet at the last of several looks."""
    convergence = Convergence(core_schemas())
    found = [convergence.compare(wanted, actual) for wanted, actual in looks][-1]
    return {j.need for j in found if j.problem is not None} - {"converges"}


def mail(*values: str) -> dict[str, Any]:
    """The account, and what is wanted of it, with these addresses."""
    return {"userName": "ada@example.test", "emails": [{"value": v, "type": "work"} for v in values]}


ONE, TWO = (replace(ADA, resource=mail(v)) for v in ("one@example.test", "two@example.test"))
LEFT = replace(ADA, active=False)
CHANGED = replace(ADA, resource={"userName": "ada@example.test", "title": "Director"})


@pytest.mark.parametrize(
    ("looks", "needs"),
    [
        ([(ADA, user())], set()),
        ([(ADA, None)], {"create"}),
        ([(ADA, user(title=None))], {"attributes-kept"}),
        ([(ADA, user()), (LEFT, user(active=False))], set()),
        ([(ADA, user()), (LEFT, user())], {"deactivate"}),
        ([(ADA, user()), (LEFT, user(active=None))], {"deactivate"}),
        ([(ADA, user()), (LEFT, None)], {"inactive-visible"}),
        ([(LEFT, user(active=False)), (LEFT, user())], {"deactivate", "no-collateral"}),
        ([(LEFT, user(active=False)), (ADA, user(active=False))], {"reactivate"}),
        ([(LEFT, user(active=False)), (ADA, user())], set()),
        ([(ADA, user()), (CHANGED, user())], {"update"}),
        ([(ADA, user()), (CHANGED, user(title="Director"))], set()),
        ([(ADA, user()), (ADA, user(title="Cook"))], {"no-collateral"}),
        ([(ADA, user(title=None)), (CHANGED, user(title=None))], {"attributes-kept"}),
        ([(ADA, user()), (replace(ADA, absent=True), user())], {"delete"}),
        ([(ADA, user()), (replace(ADA, absent=True), user(active=False))], set()),
        ([(ONE, user(**mail("one@example.test", "default@example.test")))], set()),
        ([(ADA, user(**mail("default@example.test"))), (ONE, user(**mail("default@example.test", "one@example.test")))], set()),
        ([(ONE, user(**mail("one@example.test"))), (TWO, user(**mail("one@example.test", "two@example.test")))], {"update"}),
        ([(ONE, user(**mail("one@example.test"))), (TWO, user(**mail("one@example.test")))], {"update"}),
        ([(CREW, group("1", "2"))], set()),
        ([(CREW, group("1", "2")), (replace(CREW, members=frozenset({"1"})), group("1", "2"))], {"members-removed"}),
        ([(CREW, group("1", "2")), (replace(CREW, members=frozenset({"1"})), group())], {"members-removed"}),
        ([(CREW, group("1", "2")), (replace(CREW, members=frozenset({"1", "2", "3"})), group("1", "2"))], {"members-added"}),
        ([(CREW, group("1", "2")), (replace(CREW, name="Team"), group("1", "2"))], {"group-rename"}),
        ([(replace(CREW, tolerated=frozenset({"7"})), group("1", "2", "7"))], set()),
        ([(CREW, group("1", "2")), (replace(CREW, absent=True), group("1", "2"))], {"group-delete"}),
        ([(CREW, None)], {"group-push"}),
    ],
)
def test_unmet_needs(looks: list[Any], needs: set[str]) -> None:
    """What is wrong at the last look is said as the need of the identity provider that it breaks."""
    assert needs == unmet(*looks)


def test_who_keeps_access_is_named_and_the_console_is_quoted() -> None:
    """The gravest case says who still has access, and that the administrator sees nothing of it."""
    convergence = Convergence(core_schemas())
    [judgement] = [j for j in convergence.compare(LEFT, user()) if j.need == "deactivate"]

    assert judgement.problem is not None
    assert "ada@example.test was deactivated and is still active" == judgement.problem.message
    assert "the deactivation is shown as done" == judgement.admin_sees
