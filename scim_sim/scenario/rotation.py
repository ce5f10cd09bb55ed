"""A token that is replaced in the middle of a run: who makes the new one, and who still speaks with the old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scim_sim.target.target import Auth
from scim_sim.wire import CREDENTIALS, Request

__all__ = ["Rotation", "with_credentials"]


@dataclass(slots=True)
class Rotation:
    """How the target's token is replaced.

    `new` makes the target issue a token and returns it (or returns one issued before), `use` makes the run's own requests
    carry it from now on; `old` is the token before.
    """

    old: Auth
    new: Callable[[], str]
    use: Callable[[Auth], None]


def with_credentials(request: Request, value: str) -> Request:
    """The request with this Authorization value where the target's own credentials would be."""
    return request.with_headers((name, value if given == CREDENTIALS else given) for name, given in request.headers)
