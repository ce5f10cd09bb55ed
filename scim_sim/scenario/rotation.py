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

    `new` makes the target issue a token and returns it, `use` makes the run's own requests carry it from now on; `old` is
    the token before. With `happened` the token was replaced before the run: `old` is retired, and `new` is the one in use.
    """

    old: Auth
    new: Callable[[], str]
    use: Callable[[Auth], None]
    happened: bool = False


def with_credentials(request: Request, value: str) -> Request:
    """The request with this Authorization value where the target's own credentials would be."""
    return request.with_headers((name, value if given == CREDENTIALS else given) for name, given in request.headers)
