"""A request that the provider refuses: one exception, turned into a SCIM Error at one place."""

from __future__ import annotations

from scim_sim.wire import Headers

__all__ = ["Refusal"]


class Refusal(Exception):
    """An answer with `status`, and `scim_type` where RFC 7644 section 3.12 (or RFC 9865 section 2.1) has a keyword for it."""

    def __init__(self, status: int, detail: str, scim_type: str = "", headers: Headers = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type
        self.headers = headers
