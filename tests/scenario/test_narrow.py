"""A smaller story: one group and its people, or the first few people."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.narrow import first_people, only_group


def story(**directory: Any) -> Scenario:
    """Three people, two groups, and a step for each."""
    people = {"ada": {"title": "Analyst"}, "bob": {}, "cleo": {}}
    groups = {"pilots": ["ada", "bob"], "crew": {"name": "Crew", "members": ["cleo"]}}
    steps = (
        Step("01", "connect"),
        Step("02", "assign", {"person": "ada"}),
        Step("03", "assign", {"person": "cleo"}),
        Step("04", "push group", {"group": "pilots"}),
        Step("05", "push group", {"group": "crew"}),
        Step("06", "add members", {"group": "pilots", "members": ["cleo"]}),
        Step("07", "expect", expect=({"group": "crew", "members": ["cleo"]},)),
    )
    return Scenario("story", "A story", ("okta",), steps, directory={"people": people, "groups": groups, **directory})


@pytest.mark.parametrize("name", ["crew", "Crew"])
def test_only_one_group_is_left_with_its_people(name: str) -> None:
    """The group by its key or its name, its members, and the steps that speak of nobody else."""
    [small] = only_group([story()], name)

    assert small.directory == {"people": {"cleo": {}}, "groups": {"crew": {"name": "Crew", "members": ["cleo"]}}}
    assert [step.id for step in small.steps] == ["01", "03", "05", "07"]


def test_unknown_group_is_named_with_the_nearest() -> None:
    """A misspelt group gives one message."""
    with pytest.raises(UsageError) as caught:
        only_group([story()], "crow")

    assert caught.value.message.endswith(': did you mean "crew"?')


def test_first_people_and_the_groups_they_fill() -> None:
    """Of three people two are left, and the group of the third goes with her."""
    [small] = first_people([story()], 2)

    assert small.directory["people"] == {"ada": {"title": "Analyst"}, "bob": {}}
    assert small.directory["groups"] == {"pilots": ["ada", "bob"]}
    assert [step.id for step in small.steps] == ["01", "02", "04"]


def test_crowd_counts_as_people() -> None:
    """A crowd is cut where the limit is; groups that hold it shrink with it."""
    [small] = first_people([story(people=["ada"], crowd=100, groups={"all": ["ada", "crowd"]})], 4)

    assert small.directory == {"people": ["ada"], "crowd": 3, "groups": {"all": ["ada", "crowd"]}}


def test_scenario_without_a_directory_stays_as_it_is() -> None:
    """Raw suites have no people to leave out."""
    raw = Scenario("raw", "Raw", ("rfc",), (Step("01", "request", {"path": "/Users"}),))

    assert first_people([raw], 1) == [raw]
