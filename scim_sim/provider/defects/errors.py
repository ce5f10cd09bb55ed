"""Errors that are no SCIM Errors, contradict themselves, or tell too much (RFC 7644 section 3.12)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, error, refused, with_body, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


def _errors(change: Any) -> Any:
    return answered(lambda call, response: change(response) if response.status >= 400 else response)


defect(
    "errors-without-body",
    "rfc7644-3.12-error-body",
    "okta-9.1-error-json",
    depth="response",
    summary="Errors have no body.",
    hook=_errors(lambda response: replace(response, body=b"")),
)
defect(
    "errors-as-html",
    "rfc7644-3.12-error-body",
    "okta-9.1-error-json",
    "okta-readable-answers",
    depth="response",
    summary="Errors are HTML pages.",
    hook=_errors(
        lambda response: Response(
            response.status, (("Content-Type", "text/html"),), f"<html><body>{response.status}</body></html>".encode()
        )
    ),
)
defect(
    "errors-as-plain-json",
    "rfc7644-3.12-error-body",
    depth="response",
    summary="Errors are objects with error and message.",
    hook=_errors(lambda response: with_body(response, {"error": response.status, "message": "failed"})),
)
defect(
    "errors-without-schemas",
    "rfc7644-3.12-error-body",
    depth="response",
    summary="Errors do not name the Error schema.",
    hook=error(lambda value: value.pop("schemas")),
)
defect(
    "errors-in-an-array",
    "rfc7644-3.12-error-body",
    depth="response",
    summary="Errors come in an array called Errors, as in SCIM 1.1.",
    hook=_errors(lambda response: with_body(response, {"Errors": [response.json()]})),
)
defect(
    "error-status-as-number",
    "rfc7644-3.12-error-status-string",
    "okta-13.20-unauthorized-error",
    depth="response",
    summary="status of an Error is a number.",
    hook=error(lambda value: value.update(status=int(value["status"]))),
)
defect(
    "error-status-missing",
    "rfc7644-3.12-error-status-string",
    depth="response",
    summary="Errors have no status.",
    hook=error(lambda value: value.pop("status")),
)
defect(
    "error-status-differs",
    "rfc7644-3.12-error-status-matches",
    depth="response",
    summary="status of an Error is always 400.",
    hook=error(lambda value: value.update(status="400")),
)
defect(
    "error-detail-as-list",
    "rfc7644-3.12-error-detail-string",
    depth="response",
    summary="detail is a list.",
    hook=error(lambda value: value.update(detail=[value["detail"]])),
)
defect(
    "error-detail-empty",
    "rfc7644-3.12-error-detail-string",
    "okta-errors",
    "entra-errors",
    depth="response",
    summary="detail is empty.",
    hook=error(lambda value: value.update(detail="")),
)
defect(
    "error-keyword-invented",
    "rfc7644-3.12-scimtype-vocabulary",
    depth="response",
    summary="scimType holds words the RFC does not know.",
    hook=error(lambda value: value.update(scimType="duplicateEntry" if value.get("scimType") == "uniqueness" else "badRequest")),
)
defect(
    "error-keyword-in-capitals",
    "rfc7644-3.12-scimtype-vocabulary",
    depth="response",
    summary="scimType is spelled with a capital.",
    hook=error(lambda value: value.update(scimType=value["scimType"].capitalize()) if "scimType" in value else None),
)
defect(
    "errors-with-200",
    "rfc7644-3.2-error-http-status",
    "rfc7644-3.12-error-status-matches",
    depth="response",
    summary="Errors are answered with status 200.",
    hook=_errors(lambda response: replace(response, status=200) if response.status != 401 else response),
)
defect(
    "bad-requests-are-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="Every 400 is a 500.",
    hook=refused(lambda call, refusal: Refusal(500, refusal.detail) if refusal.status == 400 else None),
)
defect(
    "errors-with-stack-trace",
    "rfc7644-7.7-error-no-internals",
    depth="security",
    summary="detail holds a stack trace.",
    hook=error(
        lambda value: value.update(
            detail='Traceback (most recent call last):\n  File "/srv/app/scim/views.py", line 214, in post\nIntegrityError'
        )
    ),
)
defect(
    "errors-with-sql",
    "rfc7644-7.7-error-no-internals",
    depth="security",
    summary="detail holds the statement that failed.",
    hook=error(lambda value: value.update(detail="SQLSTATE[23505]: SELECT * FROM users WHERE user_name = 'x' AND tenant_id = 7")),
)


@defect("errors-with-token", "rfc7644-7.7-error-no-internals", depth="security")
def _token(provider: Provider) -> None:
    """A 401 repeats the credentials that were sent."""

    def tell(call: Call, refusal: Refusal) -> Refusal:
        if refusal.status == 401:
            return Refusal(401, f"bad credentials: {call.request.header('authorization')}", refusal.scim_type, refusal.headers)
        return refusal

    provider.seams.refuse.append(tell)


defect(
    "unsupported-is-404",
    "rfc7644-3.12-unsupported-501",
    "rfc7644-3.11-me-unsupported-501",
    depth="response",
    summary="What the provider does not support answers 404.",
    hook=refused(lambda call, refusal: Refusal(404, "not found") if refusal.status == 501 else None),
)
defect(
    "unsupported-is-500",
    "rfc7644-3.12-unsupported-501",
    "rfc7644-3.11-me-unsupported-501",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="What the provider does not support answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if refusal.status == 501 else None),
)


def _failing(when: Any) -> Any:
    """Answer 500 to requests of which something is true."""

    def arrive(call: Call) -> Response | None:
        return call.provider.refused(call, Refusal(500, "failed")) if when(call.request) else None

    return lambda provider: provider.seams.arrive.append(arrive)


defect(
    "plain-text-is-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A body that is called text/plain answers 500.",
    hook=_failing(lambda request: (request.header("content-type") or "").startswith("text/plain")),
)
defect(
    "half-surrogate-is-500",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="Half a surrogate pair in a body answers 500.",
    hook=_failing(lambda request: re.search(rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])", request.body or b"")),
)
defect(
    "deep-document-is-500",
    "rfc7644-3.12-create-malformed-json",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A deeply nested document answers 500.",
    hook=_failing(lambda request: b"[[[[[[[[[[[[[[[[" in (request.body or b"")),
)
defect(
    "errors-called-plain-json",
    "rfc7644-3.8-accept-scim-json",
    depth="response",
    summary="Errors have the media type application/json, other answers that of SCIM.",
    hook=_errors(lambda response: with_header(response, "Content-Type", "application/json")),
)
