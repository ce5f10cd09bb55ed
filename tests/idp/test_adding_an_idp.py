"""The page about adding an identity provider ends with a running engine: its code is executed and its story played."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scim_sim.api import InProcess, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.idp.engine import ENGINES
from scim_sim.provider import Provider
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.plan import plan
from scim_sim.target import Auth, Target

PAGE = (Path(__file__).parents[2] / "docs" / "adding-an-idp.md").read_text("utf-8")


def block(language: str) -> str:
    """The first code block of that language."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    assert found is not None
    return found[1]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The engine of the page, known as long as the test lasts."""
    (tmp_path / "acme_engine.py").write_text(block("python"), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("acme_engine")
    yield "acme"
    ENGINES._items.pop("acme")
    sys.modules.pop("acme_engine")


def test_example_is_about_one_screen() -> None:
    """The whole engine fits on a screen."""
    assert len(block("python").splitlines()) < 45


def test_example_runs(acme: str, tmp_path: Path) -> None:
    """The story of the page passes on the correct provider, and nothing goes wrong in it."""
    file = tmp_path / "acme.yaml"
    file.write_text(block("yaml acme"), "utf-8")
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    with Simulation(target, transport=InProcess(provider, "tok-1234")) as simulation:
        [part] = plan(load_scenarios(file))
        simulation.play_part(part)
    report = simulation.report()

    assert [(story.voice, story.standing, story.outcome) for story in report.stories] == [("acme", "community", "done")]
    assert "works" == report.answer["acme"].verdict


def test_example_does_what_the_page_says(acme: str, play: Callable[..., Any]) -> None:
    """PATCH with texts for booleans, its own User-Agent, and no DELETE."""
    game = play(acme)
    game.hire(title="Analyst")
    game.do("assign", person="tove")
    game.change("delete", "tove")

    patch = game.requests[-1]
    assert (patch.method, patch.header("user-agent")) == ("PATCH", "acme-sync/3")
    assert patch.json()["Operations"] == [{"op": "replace", "path": "active", "value": "False"}]
    assert game.engine.switches == {}
