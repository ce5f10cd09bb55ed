"""Processes forked from this one: each knows what this one knows, and nothing needs to be packed for it."""

from __future__ import annotations

import multiprocessing
import sys
from typing import Any, Final

__all__ = ["FORK", "may_fork"]

FORK: Final[Any] = multiprocessing.get_context("fork") if sys.platform != "win32" else None
"""What makes processes, pipes and flags that are forked."""


def may_fork() -> bool:
    """Whether forking is safe: on Linux, and where this process was not forked itself."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon
