"""A recorded request as a line for a POSIX shell; the token is a variable, nothing else is left out."""

from __future__ import annotations

import shlex
from typing import Final

from scim_sim.report.kept import Recorded
from scim_sim.wire import CREDENTIALS

__all__ = ["curl"]

LIMIT: Final = 16_384
_OWN = frozenset({"authorization", "content-length", "host", "connection", "accept-encoding"})


def curl(exchange: Recorded) -> str:
    """The curl line that repeats the request, with `$SCIM_BASE` and `$SCIM_TOKEN`; empty when its body was dropped."""
    request = exchange.request
    if request.size and (request.body is None or len(request.body.encode("utf-8", "replace")) < request.size):
        return ""
    if request.body is not None and len(request.body) > LIMIT:
        return ""
    parts = ["curl -sS -i"]
    if request.method == "HEAD":
        parts = ["curl -sS -I"]
    elif request.method != "GET" or request.body is not None:
        parts.append(f"-X {shlex.quote(request.method)}")
    parts.append(f'"$SCIM_BASE{_inside(request.target)}"')
    for name, value in request.headers:
        if name.lower() == "authorization":
            scheme = value.partition(" ")[0] if " " in value else "Bearer"
            parts.append(f'-H "{_inside(name)}: {_inside(scheme)} $SCIM_TOKEN"')
        elif name.lower() not in _OWN and value != CREDENTIALS:
            parts.append("-H " + shlex.quote(f"{name}: {value}"))
    if request.body is not None:
        parts.append("--data-binary " + shlex.quote(request.body))
    return " ".join(parts)


def _inside(text: str) -> str:
    """The text as it stands between double quotes in a shell."""
    return "".join(f"\\{c}" if c in '\\"$`' else c for c in text)
