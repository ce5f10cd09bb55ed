"""Scenarios: stories of an IdP administrator and raw SCIM requests, in one language, and the runner that plays them."""

from __future__ import annotations

from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.suites import find_scenarios

__all__ = ["Options", "Scenario", "Step", "find_scenarios", "load_scenarios", "run"]
