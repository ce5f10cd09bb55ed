"""The story of each habit that broke servers passes on a correct provider and notices the server that it broke."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.api import InProcess
from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.events import Event, FindingMade
from scim_sim.provider import Provider
from scim_sim.provider.defects import DEFECTS
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.shipped import shipped_root
from scim_sim.target import Auth, Target

STORIES = sorted((shipped_root() / "entra" / "quirks").glob("*.yaml"))

BROKEN = {
    "01": "string-false-is-true",
    "02": "patch-add-active-ignored",
    "03": "patch-dotted-keys-literal",
    "04": "member-list-removal-wipes-group",
    "05": "patch-bracket-path-refused",
    "06": "patch-one-address-each",
    "07": "patch-filter-drops-others",
    "08": "manager-bare-string-ignored",
    "09": "manager-empty-ignored",
    "10": "manager-as-text",
    "11": "patch-extension-urn-ignored",
    "12": "patch-roles-json-dropped",
    "13": "patch-primary-text-in-path-refused",
    "14": "accept-missing-refused",
    "15": "no-match-is-404",
    "16": "guid-lookups-blocked",
    "17": "external-id-not-found",
    "18": "soft-delete-rename-refused",
    "19": "member-existing-conflict",
    "20": "patch-active-true-again-refused",
    "21": "patch-reactivation-refused",
    "22": "patch-user-name-ignored",
    "23": "patch-deactivation-ignored",
    "24": "inactive-members-stay",
    "25": "enterprise-not-added-later",
    "26": "address-formatted-refused",
    "27": "list-gains-empty-item",
    "29": "throttled-after-thirty",
    "30": "patch-boolean-in-path-refused",
    "31": "unknown-query-refused",
    "33": "user-agent-wanted",
    "35": "patch-core-urn-refused",
    "36": "patch-refuses-unkept-attribute",
    "37": "patch-no-match-is-success",
}
"""The defect that each story shows, by its number."""

WITHOUT = {
    "28": "the story sends what a correct server accepts; what it did to servers is in 32",
    "32": "a correct server removes the others, as the RFC asks; the story notes it",
    "34": "the story shows that a target without groups works as long as groups are not mapped",
}
"""Stories without a defect, each with the reason."""


def play(story: Path, defect: str = "") -> list[Finding]:
    """Everything that the story finds, on a correct provider or one with the defect."""
    changes = [DEFECTS.get(defect).apply] if defect else []
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1, changes=changes)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    found: list[Finding] = []

    def listen(event: Event) -> None:
        if isinstance(event, FindingMade):
            found.append(event.finding)

    run(target, load_scenarios(story), InProcess(provider, "tok-1234"), listen, Options(groups={"entra": True}))
    return found


def wrong(found: list[Finding]) -> list[tuple[str, str]]:
    """Requirement and message of what failed, notes apart."""
    return [(f.requirement, f.problem.message if f.problem else "") for f in found if f.outcome == "fail" and f.level != "MAY"]


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story_passes_on_a_correct_provider(story: Path) -> None:
    """The habit itself is no fault: a correct provider takes it, and something was judged."""
    found = play(story)

    assert [] == wrong(found)
    assert [f for f in found if f.outcome == "pass" and f.requirement.startswith("entra-13.")]


@pytest.mark.parametrize("story", [s for s in STORIES if s.stem[:2] in BROKEN], ids=lambda path: path.stem)
def test_story_notices_the_server_it_broke(story: Path) -> None:
    """With the defect on, the story finds it; what comes only with a mapping of one's own, or from test tools, is a note."""
    found = play(story, BROKEN[story.stem[:2]])

    assert wrong(found) or [f for f in found if f.outcome == "fail" and f.requirement.startswith("entra-13.")]


def test_every_story_has_a_defect_or_a_reason() -> None:
    """No habit is without its broken server, unless it is said why."""
    assert [story.stem[:2] for story in STORIES] == sorted([*BROKEN, *WITHOUT])


def test_replace_with_one_member_is_a_note() -> None:
    """The loss of the other members is noted as a need of Entra ID, not held against a server that keeps to the RFC."""
    [story] = [s for s in STORIES if s.stem.startswith("32")]
    notes = [f.requirement for f in play(story) if f.outcome == "fail" and f.level == "MAY"]

    assert "entra-13.32-replace-one-member" in notes


def test_target_without_groups_keeps_its_job() -> None:
    """Users arrive and the job stays out of quarantine where /Groups is missing and groups are not mapped."""
    [story] = [s for s in STORIES if s.stem.startswith("34")]

    assert [] == [r for r, _ in wrong(play(story, "groups-endpoint-missing")) if r.startswith("entra-")]
