"""Every shipped story of Entra ID, Microsoft's own tests among them, passes on a correct provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.shipped import shipped_root
from tests.idp.entra.test_quirks import play, wrong

ROOT = shipped_root() / "entra"
STORIES = sorted(path for path in ROOT.rglob("*.yaml") if path.parent.name != "quirks")

LABELS = {
    "validator": {*(str(number) for number in range(1, 26)), *(f"p{number}" for number in range(1, 8))},
    "gallery": {
        "Create_User", "Update_User", "Disable_User", "Delete_User", "User_Update_Manager", "Restore_User", "POD_User",
        "Create_Group", "Update_Group", "Delete_Group", "Group_Update_Add_Member", "Group_Update_Remove_Member", "POD_Group",
        "Restore_Group", "Schema_Discoverability", "SCIM_Null_Update", "SCIM_User_Create", "SCIM_User_Update",
        "SCIM_Group_Create", "SCIM_Group_Update", "SCIM_User_Pagination", "SCIM_Group_Pagination", "SCIM_Update_Manager",
    },
}  # fmt: skip
"""The tests of Microsoft's suites by their own names; credentials and sign-in of the gallery's are not for an endpoint."""


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.relative_to(ROOT).with_suffix("").as_posix())
def test_story_passes_on_a_correct_provider(story: Path) -> None:
    """The story finds nothing wrong, and has judged something."""
    found = play(story)

    assert [] == wrong(found)
    assert [finding for finding in found if finding.outcome == "pass"]


@pytest.mark.parametrize("suite", LABELS)
def test_suite_holds_every_test_of_the_original(suite: str) -> None:
    """No test of Microsoft's list is missing, and none is made up."""
    scenarios = [scenario for path in sorted((ROOT / suite).glob("*.yaml")) for scenario in load_scenarios(path)]
    labels = {step.label for scenario in scenarios for step in scenario.steps if step.label}

    assert LABELS[suite] == labels
