"""Values made from other values: what was captured, in another letter case, with another time-zone offset, or a second before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step

__all__: list[str] = []


def _offset(text: str) -> str:
    moment = datetime.fromisoformat(text)
    shifted = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    return shifted.isoformat(timespec="microseconds" if moment.microsecond else "seconds")


def _earlier(text: str) -> str:
    moment = datetime.fromisoformat(text) - timedelta(seconds=1)
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _tail(text: str) -> str:
    return unquote(urlsplit(text).path).rstrip("/").rpartition("/")[2]


def _nested(text: str) -> str:
    depth = int(text)
    return "[" * depth + "]" * depth


WAYS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "swapped": str.swapcase,
    "offset": _offset,
    "earlier": _earlier,
    "tail": _tail,
    "nested": _nested,
}
"""How a value can be written otherwise: `offset` is a dateTime in another time zone, the same instant; `earlier` the instant
a second before; `tail` is the last segment of a URI; `nested` makes of a number so many JSON arrays, one in another."""


@step("derive")
def derive(stage: Stage, name: str, value: str, how: str, other_than: str = "") -> None:
    """Remember a value under a name, written otherwise: in `upper`, `lower` or `swapped` case, with another `offset`, its `tail`.

    A date-time can also be taken a second `earlier`, and a number as the depth of `nested` JSON arrays.

    The step is not applicable where that changes nothing or gives what it should be `other_than`, so that no later step
    judges a difference that is none.
    """
    given = str(stage.fill(value))
    way = WAYS.get(how)
    if way is None:
        raise stage.mistake(f'"{how}" is no way to write a value', f"valid: {', '.join(WAYS)}")
    try:
        made = way(given)
    except ValueError:
        made = given
    if made in (given, other_than):
        stage.values.pop(name, None)
        stage.lost[name] = f"step {stage.step.id} could not write otherwise ({given})"
        raise NotApplicable(f"{given} gives nothing else ({how})")
    stage.values[name] = made
