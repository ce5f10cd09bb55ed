"""How often garbage is looked for, and that it is not at the end."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from scim_sim.garbage import rare_collection

_END = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 1000))
from scim_sim.garbage import rare_to_the_end
rare_to_the_end()
"""


def test_habits_come_back() -> None:
    """Whoever calls us finds the garbage collector as it was, whatever happened."""
    before = gc.get_threshold()

    with rare_collection():
        within = gc.get_threshold()
    with pytest.raises(KeyError), rare_collection():
        raise KeyError

    assert before == gc.get_threshold() < within


def test_process_that_ends_leaves_everything_alone() -> None:
    """At the end of the process nothing is left to be looked through."""
    ended = subprocess.run([sys.executable, "-c", _END], capture_output=True, text=True, check=True)

    assert "True\n" == ended.stdout
