"""Say what would be sent, and send at most the reads.

Writes are answered by a stand-in in memory, so that the story goes on; reads are answered by the target where it knows
more than the stand-in. With the same seed a real run afterwards sends the same requests, apart from the ids the target
gives.
"""

from __future__ import annotations

from collections.abc import Callable

from scim_sim.drivers.drive import Transport
from scim_sim.wire import Request, Response

__all__ = ["DryRun"]


class DryRun:
    """A `Transport`: `stand_in` answers the writes, `reads` the rest (nothing is sent without it), `tell` hears of each write."""

    def __init__(self, stand_in: Transport, tell: Callable[[Request], None], reads: Transport | None = None) -> None:
        self._stand_in = stand_in
        self._reads = reads
        self._tell = tell
        self._made: set[str] = set()

    def send(self, request: Request) -> Response:
        """The answer of whoever knows; raises `NoResponse` when the target was asked and said nothing."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self._read(request)
        self._tell(request)
        response = self._stand_in.send(request)
        made = response.json_object() if request.method == "POST" and response.ok else None
        if made is not None and isinstance(made.get("id"), str):
            self._made.add(made["id"])
        return response

    def _read(self, request: Request) -> Response:
        id = request.path.strip("/").partition("/")[2]
        if self._reads is None or id in self._made:
            return self._stand_in.send(request)
        real = self._reads.send(request)
        if not id and self._made and real.ok and request.query and "filter=" in request.query:
            planned = self._stand_in.send(request)
            if _total(real) == 0 and _total(planned):
                return planned
        return real


def _total(response: Response) -> int:
    total = (response.json_object() or {}).get("totalResults")
    return total if isinstance(total, int) else 0
