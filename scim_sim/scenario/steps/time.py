"""Steps that let time pass on the run's clock."""

from __future__ import annotations

import re

from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step

__all__ = ["parse_duration"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)[a-z]*")


def parse_duration(text: str | float) -> float:
    """Seconds of `40m`, `2h30m`, `30 d` or a plain number of seconds; raises `ValueError`."""
    if isinstance(text, (int, float)):
        return float(text)
    parts = _DURATION.findall(text.strip().lower())
    if not parts or _DURATION.sub("", text.strip().lower()).strip():
        raise ValueError(f'"{text}" is no duration; write 90s, 40m, 2h, 30d')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


@step("advance")
def advance(stage: Stage, duration: str | float) -> None:
    """Time passes on the run's clock, and what the identity provider does by itself meanwhile happens."""
    try:
        seconds = parse_duration(duration)
    except ValueError as error:
        raise stage.mistake(str(error), at=("duration",)) from None
    stage.advance(stage.clock.now() + seconds)


@step("run cycle")
def run_cycle(stage: Stage, times: int = 1) -> None:
    """The clock moves to the next time at which the identity provider acts by itself, and it acts."""
    engine = stage.needs_engine()
    for _ in range(times):
        due = engine.due()
        if due is None:
            raise NotApplicable(f"{engine.title} does nothing by itself now")
        stage.advance(max(due, stage.clock.now()))
