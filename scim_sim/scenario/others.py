"""What somebody else has changed: an administrator's hand, a restored backup, a second identity provider.

An identity provider that did not make a change cannot know of it, and the target has done nothing wrong by keeping it. So
such a resource is no longer compared with what that identity provider believes (it may well write back what it found
there); the expectations of the story say what should be there.
"""

from __future__ import annotations

from collections.abc import Iterable

from scim_sim.wire import Exchange

__all__ = ["Others", "written"]

_KINDS = {"Users": "user", "Groups": "group"}
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def written(exchange: Exchange) -> tuple[str, str] | None:
    """Kind and id of the user or group that the exchange wrote, or `None`."""
    if exchange.request.method not in _WRITES:
        return None
    endpoint, _, resource_id = exchange.request.path.strip("/").partition("/")
    kind = _KINDS.get(endpoint)
    if kind is None:
        return None
    if not resource_id and exchange.response is not None:
        made = (exchange.response.json_object() or {}).get("id")
        resource_id = made if isinstance(made, str) else ""
    return (kind, resource_id) if resource_id else None


class Others:
    """The resources that somebody else has changed, by the voice of whoever does not know."""

    def __init__(self) -> None:
        self._changed: set[tuple[str, str, str]] = set()

    def wrote(self, exchange: Exchange, voices: Iterable[str]) -> None:
        """Learn from a write: it is news to every other voice."""
        thing = written(exchange)
        if thing is None or exchange.response is None or not exchange.response.ok:
            return
        for voice in voices:
            if voice != exchange.voice:
                self._changed.add((voice, *thing))

    def changed(self, voice: str, kind: str, resource_id: str | None) -> bool:
        """Whether somebody else than that voice has changed the resource."""
        return (voice, kind, resource_id or "") in self._changed
