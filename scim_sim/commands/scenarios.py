"""The commands about scenario files."""

from __future__ import annotations

import sys
from pathlib import Path

from scim_sim.errors import ScenarioError
from scim_sim.scenario.load import load_scenarios

__all__ = ["lint_command"]


def lint_command(files: list[Path]) -> int:
    """Explain the first mistake of each file; returns 2 when there is one."""
    wrong = 0
    for file in files:
        try:
            for scenario in load_scenarios(file):
                print(f"{file}: {scenario.title}: {len(scenario.steps)} steps")
        except ScenarioError as error:
            wrong += 1
            print(error.render(), file=sys.stderr)
    return 2 if wrong else 0
