"""How often Python looks for cycles of garbage.

There are a few hundred of them among the millions of objects that a run makes, and looking takes a tenth of its time.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["rare_collection", "rare_to_the_end"]

_SELDOM: Final = (5_000_000, 50, 100)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look seldom for a while."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def rare_to_the_end() -> None:
    """Look seldom from now on, and not at all when the process ends: what there is goes with it."""
    gc.set_threshold(*_SELDOM)
    atexit.register(gc.freeze)
