"""Okta's SCIM client: its headers in their order, its patience, and what makes it give up on a job.

Headers and their order: recordings of both profiles; `Host` and `Content-Length` are the driver's.
"""

from __future__ import annotations

from typing import Any, Final

from scim_sim.flow import Flow, NoResponse
from scim_sim.idp.flows import segment
from scim_sim.idp.okta.messages import json_complaint, reason
from scim_sim.idp.retry import Patience, send_patiently
from scim_sim.scim.urns import PATCH_OP
from scim_sim.wire import CREDENTIALS, Headers, NotJson, Request, Response, json_body

__all__ = ["Client", "Refused", "body_of", "patch_op"]

_BEFORE: Final = (("Accept", "application/scim+json"), ("Accept-Charset", "utf-8"))
_CONTENT: Final = (("Content-Type", "application/scim+json; charset=utf-8"),)
_AFTER: Final = (
    ("User-Agent", "Okta SCIM Client 1.0.0"),
    ("Authorization", CREDENTIALS),
    ("Connection", "Keep-Alive"),
    ("Accept-Encoding", "gzip,deflate"),
)
BARE: Final[Headers] = (*_BEFORE, *_AFTER)
WITH_BODY: Final[Headers] = (*_BEFORE, *_CONTENT, *_AFTER)


class Refused(Exception):
    """A request did not do what the job needs; `reason` is Okta's text, `status` is `None` when no answer came.

    `applied` says that the service provider accepted the change all the same: only its answer was of no use.
    """

    def __init__(self, reason: str, status: int | None = None, note: str = "", applied: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.note = note
        self.applied = applied

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed later: no answer, too many requests, or a server's own error."""
        return self.status is None or self.status == 429 or self.status >= 500


class Client:
    """Makes and sends the requests of one integration; `seconds` is how long it waits for an answer."""

    def __init__(self, patience: Patience, token: str = "", seconds: float | None = None) -> None:
        self.patience = patience
        self.token = token
        self.seconds = seconds

    @property
    def own_credentials(self) -> bool:
        """Whether requests carry the target's own credentials, and not a token that the story typed in their place."""
        return not self.token

    def _headers(self, headers: Headers) -> Headers:
        if self.own_credentials:
            return headers
        return tuple((name, f"Bearer {self.token}" if name == "Authorization" else value) for name, value in headers)

    def get(self, path: str, label: str, query: str | None = None) -> Flow[Response]:
        """Send a GET; raises `Refused` unless the answer is 2xx."""
        return self._ask(Request("GET", path, query, self._headers(BARE), None, label, self.seconds))

    def write(self, method: str, path: str, body: dict[str, Any], label: str) -> Flow[Response]:
        """Send the body as compact JSON; raises `Refused` unless the answer is 2xx."""
        return self._ask(Request(method, path, None, self._headers(WITH_BODY), json_body(body), label, self.seconds))

    def put(self, path: str, body: dict[str, Any], label: str) -> Flow[dict[str, Any]]:
        """Replace a resource; the answer must be the resource, else `Refused` (204 was called a server's fault by Okta)."""
        response = yield from self.write("PUT", path, body, label)
        try:
            return body_of(response)
        except Refused as refused:
            raise Refused(refused.reason, refused.status, "the change was accepted", applied=True) from None

    def delete(self, path: str, label: str) -> Flow[Response]:
        """Send a DELETE; raises `Refused` unless the answer is 2xx."""
        return self._ask(Request("DELETE", path, None, self._headers(BARE), None, label, self.seconds))

    def _ask(self, request: Request) -> Flow[Response]:
        try:
            response = yield from send_patiently(request, self.patience)
        except NoResponse as error:
            raise Refused("null", None, f"no answer: {error.failure.message}") from None
        if response.status == 429:
            raise Refused(f"API rate limit exceeded. {reason(response)}", 429)
        if not response.ok:
            raise Refused(reason(response), response.status)
        return response

    @staticmethod
    def user(resource_id: str) -> str:
        """The path of a user."""
        return f"/Users/{segment(resource_id)}"

    @staticmethod
    def group(resource_id: str) -> str:
        """The path of a group."""
        return f"/Groups/{segment(resource_id)}"


def body_of(response: Response) -> dict[str, Any]:
    """The answer as a JSON object of one's own; raises `Refused` in the JSON parser's words when it is none."""
    try:
        value = Response(response.status, (), response.body).json()
    except NotJson:
        raise Refused(f"Errors reported by remote server: {json_complaint(response.text)}", response.status) from None
    if not isinstance(value, dict):
        raise Refused(
            f"Errors reported by remote server: Invalid JSON: expected an object, got a {type(value).__name__}", response.status
        )
    return value


def patch_op(*operations: dict[str, Any]) -> dict[str, Any]:
    """The body of a PATCH (RFC 7644 section 3.5.2) in Okta's order of members."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
