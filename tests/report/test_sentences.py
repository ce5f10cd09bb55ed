"""The answer of an identity provider is one sentence: what works, then the gravest of what does not."""

from __future__ import annotations

import pytest

from scim_sim.report.model import RequirementResult
from scim_sim.report.sentences import idp_sentence


def rule(statement: str) -> RequirementResult:
    """A requirement that is not met."""
    return RequirementResult("RFC7644", "3.3", "MUST", "normative", "create", "interop", statement, "failed", "violation")


@pytest.mark.parametrize(
    ("stories", "expected"),
    [
        (1, "People join and leave as they should: the one story that was played passes."),
        (7, "People join and leave as they should: all 7 stories that were played pass."),
    ],
)
def test_everything_works(stories: int, expected: str) -> None:
    """What people can do is told, and how much was played for it."""
    assert expected == idp_sentence("okta", ("okta-create", "okta-deactivate"), (), stories)


def test_gravest_comes_first_and_the_rest_is_counted() -> None:
    """Three things are told; of more, two and a number."""
    unmet = [(f"okta-{need}", None) for need in ("errors", "members-removed", "manager", "create")]

    expected = "People who join get no proper account, managers are lost and 2 more things fail."
    assert expected == idp_sentence("okta", (), unmet, 3)


def test_rules_of_the_rfc_are_told_in_one_clause() -> None:
    """An administrator needs no list of sections: the first rule stands for all."""
    broken = [("rfc7644-3.3-location", rule("A 201 has a Location.")), ("rfc7644-3.3-create-201", rule("A creation is 201."))]

    one, two = (idp_sentence("okta", (), broken[:count], 3) for count in (1, 2))
    assert "A rule of the RFC is broken: a 201 has a Location (rfc7644-3.3-location)." == one
    assert "2 rules of the RFC are broken, such as a 201 has a Location (rfc7644-3.3-location)." == two
