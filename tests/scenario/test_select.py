"""Scenarios are chosen by tag, by what their steps speak about, and by an earlier run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scim_sim.errors import UsageError
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.select import Played, Selection, requirements_of, select

CREATED = "rfc7644-3.3-create-201"


def _scenario(name: str, *tags: str, requirement: str = "", idps: tuple[str, ...] = ("okta",)) -> Scenario:
    steps = (Step("01-request", "request", requirements=(requirement,) if requirement else ()),)
    return Scenario(name, name, idps, steps, tags=tags, path=f"{name.partition('[')[0]}.yaml")


@pytest.fixture
def ids() -> Callable[[Selection], list[str]]:
    """The ids of those chosen from three scenarios."""
    scenarios = [
        _scenario("a", "smoke", "groups"),
        _scenario("b", "smoke", "slow", requirement=CREATED),
        _scenario("c[n=1]", "other", idps=("okta", "entra")),
    ]
    return lambda chosen: [scenario.id for scenario in select(scenarios, chosen)]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Selection(), ["a", "b", "c[n=1]"]),
        (Selection(tags=("smoke",)), ["a", "b"]),
        (Selection(tags=("gr*", "other")), ["a", "c[n=1]"]),
        (Selection(tags=("no slow",)), ["a", "c[n=1]"]),
        (Selection(tags=("smoke", "no slow")), ["a"]),
        (Selection(requirements=("rfc7644-3.3-*",)), ["b"]),
        (Selection(areas=("create",), severities=("breaks-provisioning", "interop", "data-loss")), ["b"]),
    ],
)
def test_words_choose(chosen: Selection, expected: list[str], ids: Callable[[Selection], list[str]]) -> None:
    """Words of one kind are alternatives, kinds narrow each other."""
    found = ids(chosen)

    assert expected == found


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (Selection(tags=("smok",)), 'no tag is called "smok" here: did you mean "smoke"?'),
        (Selection(requirements=("rfc7644-3.3-create-200",)), "did you mean"),
        (Selection(areas=("pathc",)), 'no area is called "pathc" here: did you mean "patch"?'),
        (Selection(severities=("high",)), "valid: breaks-provisioning, cosmetic, data-loss, interop, security"),
        (Selection(areas=("bulk",)), "no scenario fits the area bulk"),
        (Selection(tags=("groups",), areas=("create",)), "no scenario fits the area create"),
        (Selection(again=(Played("x", "x.yaml", "okta"),)), "no scenario fits what is to be played again"),
    ],
)
def test_nothing_fits_is_said_clearly(chosen: Selection, message: str, ids: Callable[[Selection], list[str]]) -> None:
    """The kind that left nothing is named, and a word that nothing bears gets its nearest neighbour."""
    with pytest.raises(UsageError) as raised:
        ids(chosen)

    assert message in raised.value.message


def test_requirements_of_expectations_count() -> None:
    """A step's own, those of what stands beside it, and those of the step `expect`."""
    steps = (
        Step("1", "request", requirements=("a",), expect=({"status": 201, "requirement": "b"},)),
        Step("2", "expect", params={"user": "ada", "requirement": ["c", "d"]}),
    )

    assert requirements_of(Scenario("s", "s", ("rfc",), steps)) == frozenset("abcd")


def test_only_what_was_played_before_is_played_again() -> None:
    """Under the voices that failed alone; the file counts where the id was made in another way."""
    scenarios = [_scenario("a", idps=("okta", "entra")), _scenario("c[n=1]"), _scenario("c[n=2]")]
    again = (Played("a", "", "okta:oin"), Played("a", "", "harness"), Played("below/c[n=2]", "c.yaml", "okta"))
    found = select(scenarios, Selection(again=again))

    assert [(scenario.id, scenario.idps) for scenario in found] == [("a", ("okta:oin", "rfc")), ("c[n=2]", ("okta",))]
