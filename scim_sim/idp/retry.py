"""Back-off, as a flow around a request: how often, how long, and what the answer's Retry-After has to say about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scim_sim.flow import Flow, pause, send
from scim_sim.wire import Request, Response

__all__ = ["Patience", "retry_after", "send_patiently"]


@dataclass(frozen=True, slots=True)
class Patience:
    """When an IdP asks again: on which statuses, how many requests in all, and the waits between them in seconds.

    The first wait is the answer's Retry-After where `heed_retry_after`, else `first`; each further one is the last times
    `factor`, never above `longest`.
    """

    statuses: frozenset[int] = frozenset({429})
    attempts: int = 10
    first: float = 300.0
    factor: float = 2.0
    longest: float = float("inf")
    heed_retry_after: bool = True
    each_retry_after: bool = False
    """Whether a later answer's Retry-After replaces the doubled wait."""

    def wait(self, response: Response, last: float | None) -> float:
        """The seconds to wait after this answer, when the wait before it was `last`."""
        asked = retry_after(response) if self.heed_retry_after and (last is None or self.each_retry_after) else None
        if asked is not None:
            return min(float(asked), self.longest)
        return min(self.first if last is None else last * self.factor, self.longest)


def retry_after(response: Response) -> int | None:
    """The whole seconds of the Retry-After header; `None` when it is missing, a date or anything else (RFC 9110 10.2.3)."""
    value = (response.header("retry-after") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def send_patiently(request: Request, patience: Patience) -> Flow[Response]:
    """Send, and send again after a pause while the answer's status asks for it; the last answer is returned as it is."""
    response = yield from send(request)
    last: float | None = None
    for repeated in range(1, patience.attempts):
        if response.status not in patience.statuses:
            break
        last = patience.wait(response, last)
        yield from pause(last, f"{response.status} on {request.label or request.method}: again in {last:g} s")
        response = yield from send(replace(request, attempt=request.attempt + repeated))
    return response
