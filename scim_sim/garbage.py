"""How often Python looks for cycles of garbage."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["leave_to_the_end", "rare_collection"]


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for cycles of garbage seldom: there are a few hundred among the millions of objects that a run makes."""
    before = gc.get_threshold()
    gc.set_threshold(5_000_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def leave_to_the_end() -> None:
    """Let what there is go with the process: to look through all of it before leaving would take as long as a report."""
    atexit.register(gc.freeze)
