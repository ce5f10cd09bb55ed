"""The stories of daily operation, on a correct provider and on faulty ones."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.api import InProcess
from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.drivers.credentials import Credentials
from scim_sim.events import Event, FindingMade, Observed, ScenarioEnded, ScenarioStarted
from scim_sim.provider import Provider
from scim_sim.provider.seams import Call
from scim_sim.scenario.rotation import Rotation
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.suites import find_scenarios
from scim_sim.target import Auth, Target

URL = "https://app.example.test/scim/v2"


def play(provider: Provider, *names: str, idps: tuple[str, ...] = (), rotates: bool = True) -> list[Event]:
    """What happened in these scenarios."""
    target = Target(URL, Auth("Bearer", "first-token"))
    provider.base_url = URL
    provider.tokens = {"first-token": ("", "full")}
    transport = Credentials(InProcess(provider, "first-token"), target.auth)

    def rotate() -> str:
        fresh = f"token-{len(events)}"
        provider.tokens = {**({} if rotates else provider.tokens), fresh: ("", "full")}
        return fresh

    events: list[Event] = []
    options = Options(seed=5, idps=idps, groups={"entra": True}, rotation=Rotation(target.auth, rotate, transport.use))
    run(target, find_scenarios(names), transport, events.append, options)
    return events


def failed(events: list[Event]) -> list[Finding]:
    """What went wrong."""
    return [event.finding for event in events if isinstance(event, FindingMade) and event.finding.outcome == "fail"]


def test_daily_operation_is_no_trouble_for_a_correct_provider() -> None:
    """Every story of the suite passes, and there is no finding."""
    events = play(Provider(clock=SimulatedClock(), seed=1), "operations")
    outcomes = {event.outcome for event in events if isinstance(event, ScenarioEnded)}

    assert [] == [f"{f.scenario} {f.step} {f.check}: {f.problem}" for f in failed(events)]
    assert {"done"} == outcomes


def test_old_token_that_lives_on_is_found() -> None:
    """A target that issues a new token and keeps the old one has not replaced anything."""
    events = play(Provider(clock=SimulatedClock(), seed=1), "operations/token-rotation", idps=("okta:aiw",), rotates=False)

    assert "old_token_is_dead" in {f.check for f in failed(events)}


def test_rotation_is_not_tried_where_nobody_can_replace_the_token() -> None:
    """Without a command or a retired token the story does not apply, and says why."""
    provider = Provider(token="first-token", clock=SimulatedClock(), seed=1, base_url=URL)
    events: list[Event] = []
    target = Target(URL, Auth("Bearer", "first-token"))
    run(target, find_scenarios(["operations/token-rotation"]), InProcess(provider, "first-token"), events.append, Options(seed=5))
    ended = [event for event in events if isinstance(event, ScenarioEnded)]

    assert {(event.outcome, event.reason) for event in ended} == {("not applicable", "no way to replace the token was given")}


def test_second_account_for_somebody_who_was_there_is_found() -> None:
    """A target whose look-up finds nobody lets the identity provider create a second account, or fail."""
    provider = Provider(clock=SimulatedClock(), seed=1)
    provider.seams.select.append(lambda call, records: [] if call.parameters.get("filter") else records)
    events = play(provider, "operations/account-was-there", idps=("okta:aiw",))

    assert failed(events)


def test_dropped_attribute_is_in_the_survey() -> None:
    """An attribute that a target drops without a word is dropped in the table and left out of every mapping."""
    provider = Provider(clock=SimulatedClock(), seed=1)

    def without_title(call: Call, view: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in view.items() if name != "title"}

    provider.seams.represent.append(without_title)
    events = play(provider, "operations/attribute-survey")
    rows = {e.row["path"]: e.row for e in events if isinstance(e, Observed) and e.kind == "attribute"}
    mappings = [e.row["do not map"] for e in events if isinstance(e, Observed) and e.kind == "mapping"]

    assert {"dropped"} == {rows["title"][verb] for verb in ("post", "put", "patch")}
    assert {"title"} == set(mappings)


@pytest.mark.parametrize(("idp", "standing"), [("okta", "first-class"), ("entra", "first-class"), ("onelogin", "community")])
def test_standing_of_each_identity_provider_is_told(idp: str, standing: str) -> None:
    """Who speaks, and how well it is known, stands at the beginning of each story."""
    events = play(Provider(clock=SimulatedClock(), seed=1), "every-idp", idps=(idp,))
    told = {event.standing for event in events if isinstance(event, ScenarioStarted)}

    assert told == {standing}


def test_other_versions_of_scim_are_told() -> None:
    """A resource that names a schema of SCIM 1.1 is found."""
    provider = Provider(clock=SimulatedClock(), seed=1)

    def old(call: Call, view: dict[str, Any]) -> dict[str, Any]:
        return {**view, "schemas": ["urn:scim:schemas:core:1.0"]}

    provider.seams.represent.append(old)
    events = play(provider, "okta/joiner-mover-leaver", idps=("okta:aiw",))

    assert any("schemas" in f.requirement for f in failed(events))
