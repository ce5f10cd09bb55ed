"""The harness's own voice: how it asks when no identity provider is speaking.

Set-up, raw probes, read-back and clean-up carry `User-Agent: scim-sim/VERSION`, so that the report and the target's log
can always tell who spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scim_sim import __version__
from scim_sim.wire import CREDENTIALS, Headers, Request, json_body

__all__ = ["HARNESS", "USER_AGENT", "encode_query", "harness_headers", "harness_request", "quoted"]

HARNESS = "harness"
USER_AGENT = f"scim-sim/{__version__}"
SCIM_JSON = "application/scim+json"


def harness_headers(*, body: bool = False) -> Headers:
    """The headers of a harness request; `Content-Type` only with a body."""
    headers = [("User-Agent", USER_AGENT), ("Accept", SCIM_JSON), ("Authorization", CREDENTIALS)]
    if body:
        headers.append(("Content-Type", SCIM_JSON))
    return tuple(headers)


def harness_request(
    method: str, path: str, *, query: Mapping[str, Any] | str | None = None, body: Any = None, label: str = ""
) -> Request:
    """A request in the harness's voice; a query mapping is percent-encoded (`%20`), a text is sent as it is."""
    raw = None if query is None else query if isinstance(query, str) else encode_query(query)
    return Request(method, path, raw, harness_headers(body=body is not None), None if body is None else json_body(body), label)


def encode_query(parameters: Mapping[str, Any]) -> str:
    """`name=value` pairs joined by `&`, percent-encoded as RFC 3986 says (a blank is `%20`)."""
    return "&".join(f"{quote(str(name), safe='')}={quote(str(value), safe='')}" for name, value in parameters.items())


def quoted(value: str) -> str:
    """The value as a filter literal (RFC 7644 section 3.4.2.2: JSON string rules)."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
