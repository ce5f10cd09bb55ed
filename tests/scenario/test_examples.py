"""Every step has an example that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.api import InProcess, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.events import Event, StepEnded
from scim_sim.provider import Provider
from scim_sim.scenario.examples import example_names, scenario_text
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.plan import plan
from scim_sim.scenario.steps import kinds
from scim_sim.target import Auth, Target


def test_every_step_has_an_example() -> None:
    """And no example is of a step that is gone."""
    assert set(kinds()) == set(example_names())


@pytest.mark.parametrize("name", example_names())
def test_example_plays_the_step_and_passes(name: str, tmp_path: Path) -> None:
    """On a correct provider nothing fails, and the step itself applies."""
    file = tmp_path / "example.yaml"
    file.write_text(scenario_text(name), "utf-8")
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    ended: dict[str, str] = {}

    def note(event: Event) -> None:
        if isinstance(event, StepEnded):
            ended[event.step] = event.outcome

    with Simulation(target, transport=InProcess(provider, "tok-1234")) as simulation:
        emit = simulation.run.emit
        simulation.run.emit = lambda event: (note(event), emit(event))[1]
        for part in plan(load_scenarios(file)):
            simulation.play_part(part)
        simulation.check()

    own = [outcome for step, outcome in ended.items() if step.endswith(name.replace(" ", "-"))]
    assert own
    assert "not applicable" not in own or name in ("rotate token", "enter new token")
