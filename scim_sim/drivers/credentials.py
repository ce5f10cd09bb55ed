"""The target's own credentials, put in their place on the way out, and replaceable in the middle of a run."""

from __future__ import annotations

from scim_sim.drivers.drive import Transport
from scim_sim.target.target import Auth
from scim_sim.wire import Request, Response, with_secret

__all__ = ["Credentials"]


class Credentials:
    """A `Transport` that speaks with the credentials it was given last."""

    def __init__(self, transport: Transport, auth: Auth) -> None:
        self._transport = transport
        self._auth = auth

    def use(self, auth: Auth) -> None:
        """Speak with these from now on."""
        self._auth = auth

    def send(self, request: Request) -> Response:
        """The answer to the request with the credentials in their place; without any, their header is left out."""
        return self._transport.send(with_secret(request, self._auth.header))
