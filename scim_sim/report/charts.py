"""What people would rather look at than read: latency per operation, verdicts per area, convergence over cycles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scim_sim.report.evidence import operation
from scim_sim.report.kept import Recorded
from scim_sim.report.model import Observation, RequirementResult, Story
from scim_sim.report.text import clock, number
from scim_sim.report.verdict import VERDICTS

__all__ = ["Convergence", "Latency", "Slice", "convergence", "latency", "latency_axis", "quantile", "slices"]

DOTS: Final = 200
WIDE: Final = 420
CHARTS: Final = 4
LOW: Final = 0.0
HIGH: Final = 4.0


@dataclass(frozen=True, slots=True)
class Latency:
    """One operation: how many requests, quantiles in milliseconds, and where to draw them."""

    operation: str
    count: int
    p50: str
    p95: str
    slowest: str
    dots: tuple[tuple[float, float], ...]
    x50: float
    x95: float


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a bar: verdict, count, and its place in a bar that is 240 wide."""

    verdict: str
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Convergence:
    """One voice: the step line of objects that differ, and a bar for the writes of each cycle, in 480 by 150."""

    voice: str
    story: str
    line: str
    area: str
    bars: tuple[tuple[float, float, float, str], ...]
    labels: tuple[tuple[float, str], ...]
    rows: tuple[tuple[float, str], ...]
    last: str
    last_x: float
    last_y: float


def latency(exchanges: Iterable[Recorded]) -> list[Latency]:
    """Per operation, answered requests only, refused credentials left out, the most frequent first."""
    groups: dict[str, list[float]] = {}
    for x in exchanges:
        if x.response is not None and x.response.status not in (401, 403):
            groups.setdefault(operation(x), []).append(x.ms)
    rows = [_latency(name, sorted(times)) for name, times in groups.items()]
    return sorted(rows, key=lambda row: (-row.count, row.operation))[:12]


def latency_axis() -> list[tuple[float, str]]:
    """Where the powers of ten stand, and their labels."""
    return [(_place(10.0**n), label) for n, label in enumerate(("1 ms", "10 ms", "100 ms", "1 s", "10 s"))]


def _latency(name: str, times: list[float]) -> Latency:
    drawn = times if len(times) <= DOTS else [times[int(n * (len(times) - 1) / (DOTS - 1))] for n in range(DOTS)]
    dots = tuple((round(_place(t), 1), round(6 + (n * 7 % 11), 1)) for n, t in enumerate(drawn))
    p50, p95 = quantile(times, 0.5), quantile(times, 0.95)
    return Latency(name, len(times), number(p50), number(p95), number(times[-1]), dots, _place(p50), _place(p95))


def quantile(times: Sequence[float], share: float) -> float:
    """The value that this share of the sorted, non-empty values does not exceed."""
    return times[min(len(times) - 1, math.ceil(share * len(times)) - 1)]


def _place(ms: float) -> float:
    exponent = math.log10(max(ms, 1.0))
    return round(4 + (min(exponent, HIGH) - LOW) / (HIGH - LOW) * (WIDE - 8), 1)


def slices(rows: Iterable[RequirementResult], scale: float) -> tuple[Slice, ...]:
    """The bar of one area, worst verdict first; `scale` is the width of one requirement."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.verdict] = counts.get(row.verdict, 0) + 1
    x, found = 0.0, []
    for verdict in VERDICTS:
        if counts.get(verdict):
            width = counts[verdict] * scale
            found.append(Slice(verdict, counts[verdict], round(x, 2), round(width, 2)))
            x += width
    return tuple(found)


def convergence(observed: Iterable[Observation], stories: Mapping[str, Story]) -> list[Convergence]:
    """One chart per voice and story that told its cycles, those first that do not end at zero."""
    groups: dict[tuple[str, str], list[Observation]] = {}
    for row in observed:
        if row.kind == "cycle":
            groups.setdefault((row.voice, row.scenario), []).append(row)
    told = sorted((rows for rows in groups.values() if len(rows) > 1), key=lambda rows: -_count(rows[-1].row.get("differ")))
    return [_convergence(rows, stories.get(rows[0].scenario)) for rows in told[:CHARTS]]


def _convergence(rows: list[Observation], story: Story | None) -> Convergence:
    voice, start = rows[0].voice, story.started if story else 0.0
    left, right, top, base, floor = 34.0, 470.0, 18.0, 88.0, 128.0
    differ = [_count(row.row.get("differ")) for row in rows]
    writes = [_count(row.row.get("writes")) for row in rows]
    high, most = max([1, *differ]), max([1, *writes])
    step = (right - left) / len(rows)
    points, bars, labels = [], [], []
    for n, row in enumerate(rows):
        x, y = left + n * step, base - differ[n] / high * (base - top)
        points += [(x, y), (x + step, y)]
        tall = writes[n] / most * 26
        bars.append((round(x + step / 2 - 4, 1), round(floor - tall, 1), round(tall, 1), str(writes[n])))
        if n % max(1, len(rows) // 5) == 0:
            labels.append((round(x + step / 2, 1), clock(_number(row.row.get("at")) - start, fine=False)))
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    area = f"{line} L{right:.1f} {base} L{left} {base} Z"
    scale = tuple((round(base - v / high * (base - top), 1), str(v)) for v in sorted({0, high}))
    return Convergence(
        voice,
        story.title if story else "",
        line,
        area,
        tuple(bars),
        tuple(labels),
        scale,
        f"{differ[-1]} at the end",
        right,
        points[-1][1] - 5,
    )


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
