"""The command `verify-log`: does the chain of an audit log hold?"""

from __future__ import annotations

import sys
from pathlib import Path

from scim_sim.errors import UsageError
from scim_sim.scenario.audit import verify_log

__all__ = ["verify_command"]


def verify_command(file: Path) -> int:
    """Say how many lines hold together; the exit code is 1 when one does not."""
    try:
        good, broken = verify_log(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    if broken is None:
        print(f"{good} lines, unbroken")
        return 0
    print(f"{file}:{broken.line}: {broken.message}; the {good} lines before hold together", file=sys.stderr)
    return 1
