"""What the service makes of an answer: a resource, a list, or a refusal under the error code its log shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.flow import NoResponse
from scim_sim.idp.flows import Unusable, error_detail, read_page, resource_id
from scim_sim.scim.urns import ENTERPRISE_USER
from scim_sim.wire import NotJson, Request, Response

__all__ = ["INCOMPATIBLE", "Refused", "created_id", "listed", "no_answer", "refusal", "resource"]

_LONG: Final = "SystemForCrossDomainIdentityManagement"
INCOMPATIBLE: Final = f"{_LONG}ServiceIncompatible"
UNAVAILABLE: Final = f"{_LONG}CredentialValidationUnavailable"
FAILURE: Final = f"{_LONG}CredentialValidationFailure"

_BY_STATUS: Final[Mapping[int, str]] = {
    400: f"{_LONG}BadRequest",
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    409: "Conflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """An object could not be processed: the log's error code and its reason.

    `fatal` asks for quarantine at once, `status` is the HTTP status or 0, and `source` lies in the directory, so that the
    target is not to blame.
    """

    code: str
    reason: str
    status: int = 0
    fatal: bool = False
    source: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


def refusal(request: Request, response: Response) -> Refused:
    """The refusal that an answer outside 200 to 299 (or a redirect) means for one object."""
    status = response.status
    code = _BY_STATUS.get(status, "InternalServerError" if status >= 500 else INCOMPATIBLE)
    fatal = False
    if status == 404 and request.method == "GET" and "filter=" in (request.query or ""):
        code, fatal = INCOMPATIBLE, True
    elif status == 404 and request.method == "POST":
        code = INCOMPATIBLE
    elif status == 409 and request.method == "POST":
        code = "EntryConflict"
    detail = (
        error_detail(response) or (response.text.strip()[:120] if "json" not in response.media_type else "") or response.reason
    )
    return Refused(
        code, f"Target answered {status} on {request.method} {request.path}{f': {detail}' if detail else ''}", status, fatal
    )


def no_answer(request: Request, error: NoResponse) -> Refused:
    """The refusal that no answer at all means."""
    kind = error.failure.kind
    code = "Timeout" if kind == "timeout" else "WebExceptionProtocolError"
    return Refused(code, f"No answer to {request.method} {request.path}: {error.failure.message}")


def listed(request: Request, response: Response) -> list[dict[str, Any]]:
    """The resources of a query's answer; raises `Refused` for every answer that is no readable list."""
    if not response.ok:
        raise refusal(request, response)
    try:
        page = read_page(response)
    except Unusable as error:
        raise Refused(INCOMPATIBLE, f"The answer to GET {request.path} cannot be read: {error}", response.status) from None
    for found in page.resources:
        _readable(request, found, response.status)
    return list(page.resources)


def resource(request: Request, response: Response, strict_manager: bool = False) -> dict[str, Any]:
    """The resource in the answer; raises `Refused` when the status is bad or the body cannot be deserialised."""
    if not response.ok:
        raise refusal(request, response)
    try:
        body = response.json()
    except NotJson as error:
        raise Refused(
            INCOMPATIBLE, f"The answer to {request.method} {request.path} is not JSON: {error}", response.status
        ) from None
    if not isinstance(body, dict):
        raise Refused(INCOMPATIBLE, f"The answer to {request.method} {request.path} is not a JSON object", response.status)
    _readable(request, body, response.status, strict_manager)
    return body


def created_id(request: Request, response: Response) -> tuple[str, dict[str, Any]]:
    """The id of the new resource and the resource; raises `Refused` when the answer has none."""
    body = resource(request, response)
    found = resource_id(body)
    if found is None:
        raise Refused(
            INCOMPATIBLE, f"The answer to POST {request.path} has no id, so that the object cannot be linked", response.status
        )
    return found, body


_SHAPES: Final[Mapping[str, type[list[Any]] | type[dict[str, Any]]]] = {
    "emails": list, "phoneNumbers": list, "addresses": list, "roles": list, "groups": list,
    "name": dict, "meta": dict, ENTERPRISE_USER: dict,
}  # fmt: skip
_WORDS: Final[Mapping[Any, str]] = {list: "a list", dict: "an object"}


def _readable(request: Request, body: Mapping[str, Any], status: int, strict_manager: bool = False) -> None:
    for name, shape in _SHAPES.items():
        value = body.get(name)
        if value is not None and not isinstance(value, shape):
            where = f"The answer to {request.method} {request.path} cannot be deserialised"
            raise Refused(INCOMPATIBLE, f'{where}: "{name}" is {_kind(value)} and should be {_WORDS[shape]}', status)
    extension = body.get(ENTERPRISE_USER)
    manager = extension.get("manager") if isinstance(extension, dict) else None
    if strict_manager and manager is not None and not isinstance(manager, dict):
        where = f"The answer to {request.method} {request.path} cannot be deserialised"
        raise Refused(INCOMPATIBLE, f'{where}: "manager" is {_kind(manager)} and should be an object', status)


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "a boolean"}.get(type(value), "a number")
