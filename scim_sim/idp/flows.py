"""What the engines share: queries and filters as they are written, answers as they are read, and flows side by side."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from scim_sim.flow import Flow, NoResponse, Pause
from scim_sim.wire import NotJson, Request, Response

__all__ = ["Page", "Unusable", "equals", "error_detail", "in_step", "query", "read_page", "resource_id", "segment"]


class Unusable(Exception):
    """The answer has a good status and yet an IdP can do nothing with it; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One ListResponse as an IdP reads it (RFC 7644 section 3.4.2): counters are `None` where they are no integers."""

    resources: tuple[dict[str, Any], ...]
    total: int | None = None
    start: int | None = None
    per_page: int | None = None


def query(*pairs: tuple[str, str | int]) -> str:
    """The pairs as raw query text, everything but unreserved characters percent-encoded (RFC 3986 section 2.3)."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs)


def equals(attribute: str, value: str) -> str:
    """The filter `attribute eq "value"`, the value written as a JSON string (RFC 7644 section 3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


def segment(value: str) -> str:
    """The value as one path segment."""
    return quote(value, safe="~:@!$&'()*+,;=-._")


def read_page(response: Response) -> Page:
    """The answer as a list; raises `Unusable` when it is no JSON object or its Resources are no list of objects.

    Names of members compare without case, and a list without Resources is an empty one (RFC 7644 section 3.4.2).
    """
    try:
        body = response.json()
    except NotJson as error:
        raise Unusable(str(error)) from None
    if not isinstance(body, dict):
        raise Unusable(f"the body is a JSON {type(body).__name__}, not a ListResponse object")
    members = {name.lower(): value for name, value in body.items()}
    resources = members.get("resources")
    if resources is None and "totalresults" not in members:
        raise Unusable("the body is no ListResponse: neither Resources nor totalResults")
    if not isinstance(resources, (list, type(None))) or not all(isinstance(item, dict) for item in resources or []):
        raise Unusable("Resources is not a list of objects")
    counters = (_integer(members.get(name)) for name in ("totalresults", "startindex", "itemsperpage"))
    return Page(tuple(resources or ()), *counters)


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def resource_id(resource: Any) -> str | None:
    """The id of a resource as text, or `None` when there is no usable one."""
    value = resource.get("id") if isinstance(resource, dict) else None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value) or None


def error_detail(response: Response) -> str | None:
    """What the service provider says went wrong: `detail` of a SCIM error (RFC 7644 section 3.12) or the usual stand-ins."""
    body = response.json_object()
    if body is None:
        return None
    for name in ("detail", "description", "message", "error_description", "error", "title"):
        if isinstance(body.get(name), str) and body[name]:
            return str(body[name])
    errors = body.get("Errors") or body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if isinstance(first, dict):
        return next((str(first[name]) for name in ("description", "detail", "message") if first.get(name)), None)
    return str(first) if first else None


def in_step(flows: Iterable[Flow[None]], width: int = 0, pause_all: bool = False) -> Flow[None]:
    """Run several flows side by side, one request of each in turn; at most `width` at a time, 0 for all of them.

    A flow goes on as soon as its answer is there, so what it complains about belongs to the request just made. A flow that
    pauses lets the others go on, unless `pause_all`.
    """
    waiting = iter(flows)
    live: list[_Step] = []
    asleep: list[tuple[float, _Step]] = []
    while True:
        for flow in islice(waiting, width - len(live) - len(asleep) if width else None):
            _advance(flow, None, live)
        if not live:
            if not asleep:
                return
            yield from _wake_first(asleep, live)
        turn, live = live, []
        for flow, step in turn:
            if isinstance(step, Pause) and not pause_all:
                asleep.append((step.seconds, (flow, step)))
                continue
            try:
                answer = yield step
            except NoResponse as error:
                _advance(flow, error, live)
            else:
                _advance(flow, answer, live)


_Step = tuple[Flow[None], Request | Pause]


def _wake_first(asleep: list[tuple[float, _Step]], live: list[_Step]) -> Flow[None]:
    """Let pass what the shortest pause still takes, and go on with every flow whose pause is over by then."""
    shortest = min(seconds for seconds, _ in asleep)
    first = next(step for seconds, (_, step) in asleep if seconds == shortest)
    yield Pause(shortest, first.why if isinstance(first, Pause) else "")
    rest = [(seconds - shortest, sleeper) for seconds, sleeper in asleep]
    asleep[:] = [(seconds, sleeper) for seconds, sleeper in rest if seconds > 0]
    for seconds, (flow, _) in rest:
        if seconds <= 0:
            _advance(flow, None, live)


def _advance(flow: Flow[None], answer: Response | NoResponse | None, live: list[_Step]) -> None:
    generator: Generator[Request | Pause, Response | None, None] = flow
    try:
        step = generator.throw(answer) if isinstance(answer, NoResponse) else generator.send(answer)
    except StopIteration:
        return
    live.append((flow, step))
