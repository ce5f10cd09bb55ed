"""Steps of the IdP's administrator in the application: whatever the engine calls an action, and the connection test.

There is one function here for all of them, because the verbs, their parameters and their documentation are the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim_sim.errors import UsageError
from scim_sim.problem import Problem
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import kinds, step

__all__ = ["act"]


@step("connect")
def connect(stage: Stage) -> None:
    """The administrator enters URL and token and presses the button that tests them."""
    engine = stage.needs_engine()
    if not engine.connection_test:
        raise NotApplicable(f"{engine.title} has no connection to test")
    need = f"{engine.name}-connect"
    before = len(stage.troubles)
    passed = stage.play(engine.connect())
    if passed:
        stage.finding("connection_test_passes", need)
    elif len(stage.troubles) == before:
        stage.finding("connection_test_passes", need, Problem("the connection test fails", "passed", "refused"))


def act(stage: Stage, verb: str, params: Mapping[str, Any]) -> None:
    """Let the engine do one of its administrator's actions."""
    engine = stage.needs_engine()
    if verb not in engine.actions():
        others = kinds()[verb].idps
        raise NotApplicable(f"{engine.title} has no such action (only {', '.join(others)})")
    try:
        flow = engine.act(verb, **stage.fill(dict(params)))
    except TypeError as error:
        raise UsageError(f'the action "{verb}" of {engine.title} does not take these parameters: {error}') from None
    stage.play(flow)
