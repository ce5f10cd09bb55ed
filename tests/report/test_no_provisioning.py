"""An identity provider that sends nothing by design is never counted as one that works."""

from __future__ import annotations

from scim_sim.api import InProcess, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.target import Auth, Target


def test_no_provisioning_by_design_is_not_tested() -> None:
    """The story of Google Workspace without provisioning passes; the answer is neither yes nor no."""
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    with Simulation(target, transport=InProcess(provider, "tok-1234")) as simulation:
        simulation.play("google/just-in-time")
    report = simulation.report()

    answer = report.answer["google-jit"]
    assert [story.outcome for story in report.stories] == ["done"]
    assert "not-tested" == answer.verdict
    assert answer.reason.startswith("No provisioning, by design")
    assert [exchange for exchange in report.exchanges if exchange.voice == "google-jit"] == []
