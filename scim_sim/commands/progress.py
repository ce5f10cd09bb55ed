"""What a run shows while it is going: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from scim_sim.events import Event, ExchangeMade, RunEnded, RunStarted, ScenarioEnded, ScenarioStarted, TargetDescribed

__all__ = ["progress"]


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[Event], None]]:
    """An observer of events for standard error."""
    if quiet:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with _bar() as watch:
            yield watch
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[[Event], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[requests]} requests"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking at the target", total=None, requests=0)
        count = 0

        def watch(event: Event) -> None:
            nonlocal count
            if isinstance(event, RunStarted):
                bar.update(task, total=event.scenarios)
            elif isinstance(event, ExchangeMade):
                count += 1
                bar.update(task, requests=count)
            elif isinstance(event, ScenarioStarted):
                bar.update(task, description=f"{event.voice}: {event.title}"[:60])
            elif isinstance(event, ScenarioEnded):
                bar.advance(task)
            elif isinstance(event, RunEnded):
                bar.update(task, description="cleaned up")

        yield watch


def _lines() -> Callable[[Event], None]:
    def watch(event: Event) -> None:
        if isinstance(event, RunStarted):
            print(f"target {event.base_url}, seed {event.seed}, run mark {event.mark}", file=sys.stderr)
        elif isinstance(event, TargetDescribed):
            for assumption in event.assumptions:
                print(f"assumed: {assumption}", file=sys.stderr)
        elif isinstance(event, ScenarioEnded):
            reason = f" ({event.reason})" if event.reason else ""
            print(f"{event.voice}: {event.scenario}: {event.outcome}{reason}", file=sys.stderr)

    return watch
