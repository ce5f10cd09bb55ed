"""The harness's own voice: how it asks when no identity provider is speaking.

Set-up, raw probes, read-back and clean-up carry `User-Agent: scim-sim/VERSION`, so that the report and the target's log
can always tell who spoke.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from scim_sim import __version__
from scim_sim.directory.generate import RunMark
from scim_sim.flow import NoResponse
from scim_sim.wire import CREDENTIALS, Exchange, Headers, Request, Response, json_body

__all__ = [
    "HARNESS",
    "USER_AGENT",
    "AskAll",
    "encode_query",
    "harness_headers",
    "harness_request",
    "naming",
    "quoted",
    "resources_in",
    "search_by_name",
    "search_for_mark",
]

AskAll = Callable[[Sequence[Request]], list[tuple[Exchange, Response | NoResponse]]]
"""Sends requests of which none waits for another, and returns each exchange with its raw answer."""

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


def search_for_mark(endpoint: str, mark: RunMark, count: int, label: str) -> Request:
    """A search for what bears the mark in its name, on one page."""
    query = {"filter": f"{naming(endpoint)} co {quoted(mark.text)}", "startIndex": 1, "count": count}
    return harness_request("GET", endpoint, query=query, label=label)


def search_by_name(endpoint: str, name: str, label: str, asks: str = "") -> Request:
    """A search for what has exactly that name; `asks` are the attributes to ask for, empty for all."""
    query = {"filter": f"{naming(endpoint)} eq {quoted(name)}", **({"attributes": asks} if asks else {})}
    return harness_request("GET", endpoint, query=query, label=label)


def naming(endpoint: str) -> str:
    """The attribute that names a resource of that endpoint."""
    return "displayName" if endpoint == "/Groups" else "userName"


def resources_in(answer: Response | NoResponse) -> list[dict[str, Any]]:
    """The resources in the answer to a search; none where it was refused, or is no list."""
    body = answer.json_object() if isinstance(answer, Response) and answer.ok else None
    listed = body.get("Resources") if body else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
