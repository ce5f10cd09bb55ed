"""The stories of the smaller identity providers, and the one that all of them play, find nothing on a correct provider."""

from __future__ import annotations

import pytest

from scim_sim.api import InProcess, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.idp import ENGINES
from scim_sim.provider import Options, Provider, users_only
from scim_sim.report.matrix import matrix
from scim_sim.report.model import Report
from scim_sim.scenario.suites import COMPARISON, default_suites, find_scenarios
from scim_sim.target import Auth, Target

SMALLER = tuple(name for name, engine in ENGINES.items() if engine.standing != "first-class")


def played(provider: Provider, *names: str, idps: tuple[str, ...] = ()) -> Report:
    """The report of a run of these suites on the provider."""
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    with Simulation(target, transport=InProcess(provider, "tok-1234"), seed=11) as simulation:
        simulation.play(*names, idps=idps)
    return simulation.report()


def correct(**options: bool) -> Provider:
    """A correct provider that makes these choices."""
    return Provider(token="tok-1234", clock=SimulatedClock(), seed=1, options=Options(**options))


@pytest.mark.parametrize("suite", ["onelogin", "google", COMPARISON])
def test_correct_provider_has_no_findings(suite: str) -> None:
    """No violation, no break, nothing left behind."""
    report = played(correct(), suite)

    assert [f"{f.voice} {f.step} {f.message}" for f in report.findings if f.verdict != "pass"] == []
    assert report.leftovers == ()
    assert report.gate.open


@pytest.mark.parametrize("options", [{"etag": False}, {"patch": False}, {"filter": False}], ids=str)
def test_legal_choices_break_nobody_who_can_live_with_them(options: dict[str, bool]) -> None:
    """Without tags, without PATCH, without filters: whoever asks first, or needs none of it, plays on."""
    report = played(correct(**options), COMPARISON, idps=("plain", "authentik", "keycloak:put"))

    words = {row.title: row.word for row in matrix(report)}
    assert (words["Plain SCIM client"], words["authentik"], words["Keycloak with a SCIM client (put)"]) == ("Yes", "Yes", "Yes")


def test_users_only_target_takes_people() -> None:
    """Without groups, people join, leave and return through every smaller identity provider; only groups are a no."""
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1, catalogue=users_only())
    report = played(provider, COMPARISON, idps=SMALLER)

    assert [] == [row.title for row in matrix(report) if "no" in [cell.word for cell in row.cells[1:5]]]


def test_every_identity_provider_plays_the_story() -> None:
    """All but the one that sends nothing have a row in the matrix."""
    [scenario] = find_scenarios([f"{COMPARISON}/joiner-mover-leaver"])

    assert {*scenario.idps, "google-jit"} == set(ENGINES.names())


def test_comparison_runs_only_when_it_is_named() -> None:
    """A run of everything is not a run of every identity provider."""
    assert COMPARISON not in default_suites()
    assert {"onelogin", "google"} <= set(default_suites())
