"""The stories of real life: a correct provider passes them all, and a bad one is caught by what the story expects."""

from __future__ import annotations

import pytest

from scim_sim.api import InProcess, Simulation
from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.provider.defects import DEFECTS
from scim_sim.scenario.plan import plan
from scim_sim.scenario.suites import find_scenarios
from scim_sim.scim.requirements import catalogue
from scim_sim.target import Auth, Target

STORIES = [scenario.id for scenario in find_scenarios(["stories"])]


def _play(story: str, idps: tuple[str, ...] = (), defect: str = "") -> list[Finding]:
    """What goes wrong in the story, under each of its identity providers."""
    changes = [DEFECTS.get(defect).apply] if defect else []
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1, changes=changes)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    with Simulation(target, seed=1, transport=InProcess(provider, "tok-1234")) as simulation:
        return [finding for part in plan(find_scenarios([story]), idps) for finding in simulation.play_part(part)]


@pytest.mark.parametrize("story", STORIES)
def test_story_passes_on_a_correct_provider(story: str) -> None:
    """Under every identity provider for which it is told, with the unchanged second cycle at its end."""
    found = _play(story)

    assert found == []


@pytest.mark.parametrize(
    ("story", "defect"),
    [
        ("stories/02-mover", "member-removal-ignored"),
        ("stories/03-leaver", "patch-deactivation-ignored"),
        ("stories/03-leaver", "deactivation-undone-later"),
        ("stories/04-rehire", "reactivation-creates-another"),
        ("stories/05-name-change", "put-keeps-user-name"),
        ("stories/06-case-change", "user-name-filter-case-sensitive"),
        ("stories/07-mail-clash", "put-keeps-active"),
        ("stories/09-group-renamed", "group-rename-ignored"),
        ("stories/10-last-member-removed", "member-remove-all-leaves-last"),
        ("stories/10-last-member-removed", "put-empty-members-ignored"),
        ("stories/11-everybody-reassigned", "inactive-users-not-found-by-filter"),
        ("stories/12-mass-offboarding", "patch-deactivation-ignored"),
        ("stories/16-migration", "patch-deactivation-ignored"),
        ("stories/17-two-at-once", "patch-deactivation-ignored"),
    ],
)
def test_story_catches_what_it_tells_of(story: str, defect: str) -> None:
    """The expectations of the story itself fail, apart from every check of the traffic."""
    found = _play(story, ("okta", "entra"), defect)

    assert [finding for finding in found if finding.check.endswith("_as_expected")]


def test_what_was_written_last_is_named_first() -> None:
    """After the read that shows it, the latest write was meant to end access; the creation was not."""
    found = _play("stories/03-leaver", ("okta", "entra"), "patch-deactivation-ignored")
    written = [f.exchanges[1:] for f in found if f.check == "target_holds_what_the_idp_wrote"]

    assert any(len(ids) > 1 for ids in written)
    assert written == [tuple(sorted(ids, reverse=True)) for ids in written]


@pytest.mark.parametrize(
    ("story", "defect", "need"),
    [
        ("okta/joiner-mover-leaver", "deactivation-of-members-ignored", "okta-deactivate"),
        ("okta/joiner-mover-leaver", "group-write-reactivates-members", "okta-5-leaver-inactive"),
        ("onelogin/roles", "deactivation-of-members-ignored", "onelogin-deactivate"),
        ("onelogin/joiner-mover-leaver", "second-deactivation-ignored", "onelogin-deactivate"),
        ("entra/quirks/04-remove-with-values", "member-remove-all-leaves-last", "entra-members-removed"),
    ],
)
def test_whoever_keeps_access_is_found_by_the_suite_of_the_identity_provider(story: str, defect: str, need: str) -> None:
    """A need without which that identity provider does not work here, so that its answer is no."""
    found = _play(story, (), defect)

    assert need in {finding.requirement for finding in found}
    assert catalogue()[need].core
