"""The command `doctor`: one line per stage, and what to do about the first that fails."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import asdict, replace

from scim_sim.clock import SimulatedClock
from scim_sim.commands.run import BUILTIN, RunOrder, connect
from scim_sim.doctor import Row, preflight
from scim_sim.errors import UsageError
from scim_sim.target import Target
from scim_sim.target.target import Auth

__all__ = ["doctor_command"]

_SLASH = Row(
    "path",
    "warn",
    "trailing-slash",
    "the slash at the end of the URL was left away",
    "enter the URL without it at the identity provider as well: some put /Users behind it and end up with two slashes",
)
_SIGNS = {"ok": "ok   ", "warn": "warn ", "fail": "FAIL ", "skip": "-    "}


def doctor_command(order: RunOrder, *, as_json: bool = False) -> int:
    """Print what each stage found; the exit code is 3 when one failed."""
    rows = preflight(_target(order))
    if order.target.endswith("/"):
        rows.append(_SLASH)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(rows)))
    return 3 if any(row.outcome == "fail" for row in rows) else 0


def _target(order: RunOrder) -> Target:
    """The target with the token as it stands in the environment: what is wrong with it is the doctor's business."""
    if order.target == BUILTIN:
        raise UsageError("the embedded provider needs no doctor", "give the URL of a SCIM endpoint with --target")
    with ExitStack() as stack:
        target, _ = connect(replace(order, token_env=""), stack, SimulatedClock)
    if order.token_env and order.token_env not in os.environ:
        raise UsageError(f"the environment variable {order.token_env} is not set", f"export {order.token_env}=…")
    return replace(target, auth=Auth(target.auth.scheme, os.environ.get(order.token_env, "") if order.token_env else ""))


def _lines(rows: list[Row]) -> list[str]:
    lines = []
    for row in rows:
        lines.append(f"{_SIGNS[row.outcome]} {row.stage:11} {row.message}")
        if row.next_step:
            lines.append(f"{'':17} {'next: ' if row.outcome == 'fail' else ''}{row.next_step}")
    return lines
