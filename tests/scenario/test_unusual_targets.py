"""Service providers that are right in unusual ways: nothing is said against them that is worse than a note."""

from __future__ import annotations

import pytest

from scim_sim.provider.variants import VARIANTS
from scim_sim.scenario.suites import find_scenarios
from tests.scenario.verdicts import worse_than_notes


def said(name: str, *scenarios: str) -> list[str]:
    """What is worse than a note, when these scenarios are played against this variant."""
    suites = tuple({scenario.partition("/")[0] for scenario in scenarios})
    return worse_than_notes(VARIANTS.get(name).apply, [one for one in find_scenarios(suites) if one.id.startswith(scenarios)])


@pytest.mark.parametrize("name", ["members-on-request", "display-name-computed", "unrouted-404", "empty-filter-is-none"])
def test_probes(name: str) -> None:
    """The probes of the RFCs, played against choices that touch many of them."""
    assert [] == said(name, "rfc/")


def test_microsofts_own_tests_ask_for_no_more_than_the_rfc() -> None:
    """Where a target does not filter, only Entra's need for it is said to be unmet, and no sentence of the RFC."""
    assert [] == [one for one in said("no-filter", "entra/postman/", "entra/validator/users") if " of rfc" in one]


def test_members_are_asked_for() -> None:
    """A target that shows members on request only is asked for them, and Entra, who never looks at them, is content."""
    assert [] == said("members-on-request", "entra/gallery/groups", "entra/users-and-groups", "entra/validator/groups")
