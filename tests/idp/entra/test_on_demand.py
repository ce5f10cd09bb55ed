"""Provision on demand: one person or one group at once, always in the legacy dialect, with four panels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scim_sim.errors import UsageError
from tests.idp.entra.conftest import EMPTY, Story, answer, found

Make = Callable[..., Story]


def panels(story: Story) -> list[tuple[str, str, str]]:
    """Subject, name and status of each panel."""
    return [(panel.subject, panel.name, panel.status) for panel in story.engine.panels]


def test_person_is_created_outside_the_cycle(entra: Make) -> None:
    """Probe, match, POST, with the job not even started; all four panels succeed."""
    story = entra(groups=False)
    story.hire("ada")
    story.do("assign", person="ada")

    sent = story.do("provision on demand", person="ada")

    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == sent
    assert "probe" == story.sent[0].label
    assert [
        ("ada", "Import", "Success"),
        ("ada", "Determine if in scope", "Success"),
        ("ada", "Match between source and target", "Success"),
        ("ada", "Perform action", "Success"),
    ] == panels(story)
    assert "NotConfigured" == story.engine.job.state


def test_linked_person_is_matched_and_patched_in_the_legacy_dialect(entra: Make) -> None:
    """On demand there is no read by id, and the flag has no effect; the next cycle speaks with the flag again."""
    story = entra("optscim", groups=False)
    story.hire("ada")
    story.started("ada")
    story.update("ada", title="Lead")
    assert ["GET /Users?userName", "PATCH /Users/{id} Add title=Lead"] == story.do("provision on demand", person="ada")
    story.update("ada", title="Head")
    assert ["GET /Users/{id}", "PATCH /Users/{id} replace {'title': 'Head'}"] == story.cycle()


def test_unassigned_person_is_disabled_and_out_of_scope(entra: Make) -> None:
    """Who lost the assignment is disabled on demand too, and the scope panel says so."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.do("unassign", person="ada")

    assert ["PATCH /Users/{id} Replace active=False"] == story.do("provision on demand", person="ada")
    assert [("ada", "Determine if in scope", "Skipped"), ("ada", "Perform action", "Success")] == panels(story)[1::2]
    assert story.engine.panels[1].details["Assigned to the application"] is False


def test_failure_shows_in_its_panel(entra: Make) -> None:
    """A duplicate shows in the match panel, a refused creation in the action panel, a failed probe in the first."""
    for answers, place, code in (
        ((answer(200, EMPTY), found({"id": "1"}, {"id": "2"})), 2, "DuplicateTargetEntries"),
        ((answer(200, EMPTY), found(), answer(409)), 3, "EntryConflict"),
        ((answer(401),), 0, "InvalidCredentials"),
    ):
        story = entra(groups=False)
        story.hire("ada")
        story.do("assign", person="ada")
        story.play(story.engine.act("provision on demand", person="ada"), *answers)

        assert "Failure" == story.engine.panels[place].status
        assert code == {**story.engine.panels[-1].details, **story.engine.panels[place].details}["errorCode"]
        assert 1 == len(story.engine.troubles)


def test_group_with_chosen_members(entra: Make) -> None:
    """The chosen members are provisioned first, then the group, then their memberships; the others wait."""
    story = entra()
    for key in ("ada", "bob", "eva"):
        story.hire(key)
    story.team("readers", "BI Readers", "ada", "bob", "eva")
    story.do("assign", group="readers")

    sent = story.do("provision on demand", group="readers", members=["ada"])

    users = ["GET /Users?userName", "POST /Users ada@contoso.example"]
    groups = ["GET /Groups?displayName", "POST /Groups BI Readers", "PATCH /Groups/{id} Add members=[…]"]
    assert [*users, *groups] == sent
    assert [("ada", 4), ("readers", 4)] == [(who, [p[0] for p in panels(story)].count(who)) for who in ("ada", "readers")]


def test_renamed_group_is_patched_although_its_new_name_finds_nothing(entra: Make) -> None:
    """On demand the group is looked up by its new name; the stored id is patched with the difference alone."""
    story = entra()
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.started(groups=("readers",))
    story.directory.rename_team("readers", "BI Viewers", story.at)

    sent = story.do("provision on demand", group="readers")

    assert ["GET /Groups?displayName", "PATCH /Groups/{id} Replace displayName=BI Viewers"] == sent


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"group": "readers", "members": [f"p{n}" for n in range(6)]}, "takes up to 5 members, not 6"),
        ({"group": "readers", "members": ["eva"]}, '"eva" is no direct member of "readers"'),
        ({"group": "readers", "members": ["inner"]}, "nested groups are not provisioned on demand"),
        ({"person": "gone"}, "a deleted user cannot be provisioned on demand"),
        ({"person": "eva", "group": "readers"}, "takes one person or one group"),
        ({}, "takes one person or one group"),
        ({"person": "evva"}, 'did you mean "eva"'),
    ],
)
def test_what_cannot_be_chosen_is_refused(entra: Make, params: dict[str, object], said: str) -> None:
    """The limits of the portal are the limits here."""
    story = entra()
    for key in (*(f"p{n}" for n in range(6)), "eva", "gone"):
        story.hire(key)
    story.team("inner", "Inner")
    story.team("readers", "BI Readers", *(f"p{n}" for n in range(6)), "inner")
    story.directory.delete("gone", story.at)

    with pytest.raises(UsageError) as raised:
        story.do("provision on demand", **params)

    assert said in raised.value.message


def test_panels_are_rows_of_the_report(entra: Make) -> None:
    """Each panel is a line of the table `on demand`, each cycle one of the table `cycle`."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.do("provision on demand", person="ada")

    assert ["cycle", *["on demand"] * 4] == [kind for kind, _ in story.engine.rows]
    scope = {"subject": "ada", "step": "Determine if in scope", "status": "Success"}
    said = "Active in the source system: yes; Assigned to the application: yes; Scoping filters: yes"
    assert scope | {"details": said} == story.engine.rows[2][1]
    first = story.engine.rows[0][1]
    assert ("initial", 3, 1, 0, 0, "1 created") == tuple(
        first[name] for name in ("kind", "requests", "writes", "failed", "differ", "result")
    )
