"""Scenario files that are written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.model import Scenario


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], tuple[Scenario, ...]]:
    """Load a scenario file with that text."""

    def loaded(text: str) -> tuple[Scenario, ...]:
        file = tmp_path / "story.yaml"
        file.write_text(text, "utf-8")
        return load_scenarios(file)

    return loaded
