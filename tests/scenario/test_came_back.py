"""Whoever comes back as a new account does not get what the old one had: identity providers notice it where they speak of it."""

from __future__ import annotations

import pytest

from scim_sim.provider.defects import DEFECTS
from scim_sim.scenario.suites import find_scenarios
from tests.scenario.verdicts import worse_than_notes


@pytest.mark.parametrize(("suite", "story"), [("okta", "okta/vanished"), ("entra", "entra/users-and-groups")])
def test_groups_of_a_deleted_account_are_not_those_of_its_successor(suite: str, story: str) -> None:
    """A new account of the same name in the old group breaks what the identity provider needs of removals."""
    scenario = next(item for item in find_scenarios((suite,)) if item.id == story)

    found = worse_than_notes(DEFECTS.get("created-again-with-old-groups").apply, [scenario])

    assert any(f"breaks of {suite}-members-removed" in one for one in found)
    assert [] == worse_than_notes(lambda provider: None, [scenario])
