"""The timeline of one story as a picture: lanes of marks along an axis that is stretched where much happens.

The simulated clock stands still while requests are made and jumps between them, so the axis counts events: each mark
has its own place, a jump of the clock is a gap, and the clock is written at every place where it moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from scim_sim.report.kept import Recorded
from scim_sim.report.model import State, StepResult, Story, Trouble
from scim_sim.report.text import clock

__all__ = ["Bar", "Lane", "Point", "Tick", "Timeline", "timeline"]

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LIMIT: Final = 400
TICKS: Final = 200
GAP: Final = 1.6
X0: Final = 132
X1: Final = 1064
TOP: Final = 30
ROW: Final = 26


@dataclass(frozen=True, slots=True)
class Point:
    """One mark: `kind` is `step`, `ok`, `evidence`, `known`, `failed` or `flag`; `u` its place on the axis."""

    u: float
    kind: str
    label: str
    title: str
    link: str = ""
    x: float = 0.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A span: `kind` is `run`, `quarantine`, `off` or `cycle`; or, in a crowded lane, a number of marks (`bin`)."""

    u0: float
    u1: float
    kind: str
    label: str
    x: float = 0.0
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture."""

    title: str
    y: int
    points: tuple[Point, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A place where the clock moved."""

    u: float
    label: str
    x: float = 0.0
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything to draw; `height` in units of a picture that is 1080 wide."""

    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    length: float
    height: int
    steps: tuple[tuple[str, float, float], ...]
    crowded: bool
    x0: int = X0
    x1: int = X1


@dataclass(slots=True)
class _Axis:
    """Hands out places: one more for each event, and a gap when the clock has moved."""

    start: float
    u: float = 0.0
    at: float | None = None
    ticks: list[Tick] = field(default_factory=list)

    def place(self, at: float) -> float:
        if self.at is None or at - self.at >= 1:
            self.u += 0 if self.at is None else GAP
            self.ticks.append(Tick(self.u, clock(at - self.start, fine=at - self.start < 3600 and (at - self.start) % 60 >= 1)))
            self.at = at
        self.u += 1
        return self.u


def timeline(
    story: Story,
    exchanges: Sequence[Recorded],
    states: Sequence[State],
    troubles: Sequence[Trouble],
    verdicts: Mapping[str, str],
) -> Timeline | None:
    """The picture of one story, or `None` when nothing happened in it; `verdicts` maps exchange ids to theirs."""
    if not exchanges:
        return None
    axis = _Axis(story.started)
    steps: list[Point] = []
    reads: list[Point] = []
    writes: list[Point] = []
    own: list[Point] = []
    flags: list[Point] = []
    changes: list[tuple[float, State]] = []
    starts: list[tuple[str, float]] = []
    for event in _in_order(story, exchanges, states, troubles):
        if isinstance(event, StepResult):
            u = axis.place(event.started)
            steps.append(Point(u, "step", event.title or event.step, f"{event.step} {event.title}"))
            starts.append((f"{event.step} {event.title}".strip(), u))
            continue
        u = axis.place(event.at)
        if isinstance(event, Recorded):
            lane = own if event.voice != story.voice else reads if event.request.method in READS else writes
            lane.append(_exchange(u, event, verdicts))
        elif isinstance(event, Trouble):
            flags.append(Point(u, "flag", event.where or "the administrator sees", event.message, event.exchange))
        else:
            changes.append((u, event))
    length = axis.u + 1
    ends = [*(u for _, u in starts[1:]), length]
    spans = [(name, u, end) for (name, u), end in zip(starts, ends, strict=False)]
    bars = _states(changes, length)
    lanes = [_lane("Administrator", steps, length)]
    lanes += [Lane("Job", 0, bars=bars)] if bars else []
    asked = (("Reads", reads), ("Writes", writes), ("scim-sim checks", own))
    lanes += [_lane(title, points, length) for title, points in asked if points]
    lanes += [_lane("Admin sees", flags, length)] if flags else []
    placed = [_drawn(replace(lane, y=TOP + n * ROW + ROW // 2), length) for n, lane in enumerate(lanes)]
    return Timeline(
        tuple(placed),
        _ticks(axis.ticks, length),
        length,
        TOP + ROW * len(placed) + 4,
        tuple(spans[:LIMIT]),
        any(len(lane) > LIMIT for lane in (reads, writes, own, steps, flags)),
    )


def _in_order(
    story: Story, exchanges: Sequence[Recorded], states: Sequence[State], troubles: Sequence[Trouble]
) -> Iterator[StepResult | Recorded | Trouble | State]:
    """Everything by its time; at the same instant the events of a step stand behind it and before the next one."""
    place = {step.step: n for n, step in enumerate(story.steps)}
    last = len(place)
    events: list[tuple[tuple[float, int, int, float], StepResult | Recorded | Trouble | State]] = [
        *(((s.started, n, 0, 0), s) for n, s in enumerate(story.steps)),
        *(((x.at, place.get(x.step, -1), 1, n), x) for n, x in enumerate(exchanges)),
        *(((t.at, place.get(t.step, last), 2, n), t) for n, t in enumerate(troubles)),
        *(((s.at, *_after(s.place - story.begin, exchanges, place, last)), s) for s in states),
    ]
    for _, event in sorted(events, key=lambda item: item[0]):
        yield event


def _after(made: int, exchanges: Sequence[Recorded], place: Mapping[str, int], last: int) -> tuple[int, int, float]:
    """Where something stands that came when so many exchanges of the story had been made."""
    if not 0 < made <= len(exchanges):
        return (-1 if made <= 0 else last), 1, -0.5
    return place.get(exchanges[made - 1].step, -1), 1, made - 0.5


def _exchange(u: float, x: Recorded, verdicts: Mapping[str, str]) -> Point:
    status = str(x.response.status) if x.response else "no answer"
    verdict = verdicts.get(x.id, "")
    kind = "known" if verdict == "known" else "evidence" if verdict else "ok"
    return Point(u, kind, f"{x.request.method} {status}", f"{x.id} {x.request.method} {x.request.target[:120]} {status}", x.id)


def _lane(title: str, points: list[Point], length: float) -> Lane:
    if len(points) <= LIMIT:
        return Lane(title, 0, tuple(points))
    loud = [p for p in points if p.kind in ("evidence", "known")][:LIMIT]
    bins: dict[int, int] = {}
    for p in points:
        bins[int(p.u / length * 100)] = bins.get(int(p.u / length * 100), 0) + 1
    bars = tuple(Bar(n * length / 100, (n + 0.8) * length / 100, "bin", str(count)) for n, count in sorted(bins.items()))
    return Lane(title, 0, tuple(loud), bars)


def _states(changes: list[tuple[float, State]], length: float) -> tuple[Bar, ...]:
    bars = []
    for n, (u, state) in enumerate(changes[:LIMIT]):
        end = changes[n + 1][0] if n + 1 < len(changes) else length
        kind = "quarantine" if "quarantine" in state.after else "off" if state.after in ("disabled", "paused", "off") else "run"
        bars.append(Bar(u, end, kind, state.after))
    return tuple(bars)


def _x(u: float, length: float) -> float:
    return round(X0 + u / length * (X1 - X0), 1)


def _drawn(lane: Lane, length: float) -> Lane:
    points = tuple(replace(p, x=_x(p.u, length)) for p in lane.points)
    bars = tuple(replace(b, x=_x(b.u0, length), width=round(_x(b.u1, length) - _x(b.u0, length), 1)) for b in lane.bars)
    return replace(lane, points=tuple(sorted(points, key=lambda p: p.kind == "evidence")), bars=bars)


def _ticks(ticks: list[Tick], length: float) -> tuple[Tick, ...]:
    last, drawn = -1e9, []
    for tick in ticks[:: max(1, len(ticks) // TICKS)]:
        x = _x(tick.u, length)
        shown = x - last >= 62
        last = x if shown else last
        drawn.append(replace(tick, x=x, shown=shown))
    return tuple(drawn)
