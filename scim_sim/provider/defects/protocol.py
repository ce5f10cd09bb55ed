"""Media types, character sets, headers and /Me (RFC 7644 sections 3.8 and 3.11)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, configured, header, status, with_body, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.variants import VARIANTS
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


def _refusing_requests(when: Any, code: int, detail: str) -> Any:
    """Refuse requests of which something is true before looking at anything else."""

    def arrive(call: Call) -> Response | None:
        return call.provider.refused(call, Refusal(code, detail)) if when(call.request) else None

    return lambda provider: provider.seams.arrive.append(arrive)


def _sends(*media_types: str) -> Any:
    return lambda request: (request.header("content-type") or "").partition(";")[0].strip().lower() in media_types


# Media types and bodies

defect(
    "accept-scim-json-refused",
    "rfc7644-3.8-accept-scim-json",
    "okta-1.1-media-type",
    depth="response",
    summary="A request that accepts application/scim+json answers 406.",
    hook=_refusing_requests(lambda request: request.header("accept") == "application/scim+json", 406, "not acceptable"),
)
defect(
    "accept-json-refused",
    "rfc7644-3.8-accept-json",
    depth="response",
    summary="A request that accepts application/json only answers 406.",
    hook=_refusing_requests(lambda request: request.header("accept") == "application/json", 406, "not acceptable"),
)
defect(
    "accept-missing-refused",
    "rfc7644-3.8-default-format",
    "entra-13.14-no-accept",
    depth="response",
    summary="A request without an Accept header answers 406.",
    hook=_refusing_requests(lambda request: request.header("accept") is None, 406, "not acceptable"),
)
defect(
    "accept-missing-gets-html",
    "rfc7644-3.8-default-format",
    "entra-13.14-no-accept",
    depth="response",
    summary="A request without an Accept header is answered in HTML.",
    hook=answered(
        lambda call, response: (
            Response(response.status, (("Content-Type", "text/html"),), b"<html>" + response.body + b"</html>")
            if call.request.header("accept") is None and response.body
            else response
        )
    ),
)
defect(
    "answers-as-json",
    "rfc7644-3.8-default-format",
    "rfc7644-3.8-accept-scim-json",
    "entra-9-scim-media-type",
    depth="response",
    summary="Answers have the media type application/json.",
    hook=configured(media_type="application/json"),
)
defect(
    "answers-as-text",
    "rfc7644-3.8-default-format",
    depth="response",
    summary="Answers have the media type text/plain.",
    hook=configured(media_type="text/plain"),
)
defect(
    "answers-without-media-type",
    "rfc7644-3.8-default-format",
    depth="response",
    summary="Answers have no Content-Type.",
    hook=header("Content-Type", None),
)
defect(
    "body-scim-json-refused",
    "rfc7644-3.8-request-scim-json",
    "okta-1.1-media-type",
    "okta-13.19-both-media-types",
    depth="response",
    summary="A body sent as application/scim+json answers 415.",
    hook=_refusing_requests(_sends("application/scim+json"), 415, "unsupported media type"),
)
defect(
    "body-charset-refused",
    "rfc7644-3.8-request-scim-json",
    "okta-1.1-media-type",
    depth="response",
    summary="A Content-Type with a charset parameter answers 415.",
    hook=_refusing_requests(lambda request: "charset" in (request.header("content-type") or "").lower(), 415, "unsupported"),
)
defect(
    "body-json-refused",
    "rfc7644-3.8-request-json",
    "okta-13.19-both-media-types",
    depth="response",
    summary="A body sent as application/json answers 415.",
    hook=_refusing_requests(_sends("application/json"), 415, "unsupported media type"),
)
defect(
    "answers-in-latin-1",
    "rfc7644-3.8-utf8",
    depth="response",
    summary="Answers are encoded in Latin-1.",
    hook=answered(
        lambda call, response: replace(response, body=response.body.decode("utf-8", "replace").encode("latin-1", "replace"))
    ),
)
defect(
    "answers-with-byte-order-mark",
    "rfc7644-3.8-utf8",
    "okta-readable-answers",
    depth="response",
    summary="Answers begin with a byte order mark.",
    hook=answered(lambda call, response: replace(response, body=b"\xef\xbb\xbf" + response.body) if response.body else response),
)
defect(
    "user-agent-wanted",
    "entra-13.33-no-user-agent",
    depth="response",
    summary="A request without User-Agent answers 403.",
    hook=_refusing_requests(lambda request: request.header("user-agent") is None, 403, "blocked by the gateway"),
)
defect(
    "bare-question-mark-refused",
    "rfc7644-3.4.2-empty-query-parts",
    depth="response",
    summary="A bare question mark or trailing ampersand answers 400.",
    hook=_refusing_requests(
        lambda request: request.query is not None and (not request.query or request.query.endswith("&")), 400, "query"
    ),
)
defect(
    "groups-redirect-with-302",
    "rfc7644-3.12-redirect-codes",
    "okta-group-push",
    depth="response",
    summary="POST /Groups is redirected to /Groups/ with 302, which turns it into a GET.",
    hook=lambda provider: provider.seams.arrive.append(_redirected),
)


def _redirected(call: Call) -> Response | None:
    if call.method == "POST" and call.request.path == "/Groups":
        return Response(302, (("Location", f"{call.provider.base_url}/Groups/"),))
    return None


def _every(number: int, code: int) -> Any:
    count = 0

    def arrive(call: Call) -> Response | None:
        nonlocal count
        count += 1
        return call.provider.refused(call, Refusal(code, "too busy")) if count % number == 0 else None

    return arrive


defect(
    "throttled-without-retry-after",
    "rfc9110-10.2.3-retry-after",
    "okta-9.1-retry-after",
    "entra-7-rate-limit",
    depth="cycle",
    summary="Every twentieth request answers 429 and does not say when to try again.",
    hook=lambda provider: provider.seams.arrive.append(_every(20, 429)),
)

# /Me


@defect("me-without-location", "rfc7644-3.11-me-location", depth="response")
def _me(provider: Provider) -> None:
    """/Me is served and does not name the permanent address."""
    _first_is_me(provider)
    header("Location", None, on="me")(provider)


def _first_is_me(provider: Provider) -> None:
    """/Me is a user who was there before anybody asked."""
    VARIANTS.get("me-served").apply(provider)


@defect("me-location-is-me", "rfc7644-3.11-me-location", depth="response")
def _me_itself(provider: Provider) -> None:
    """/Me is served and names /Me as its address."""
    _first_is_me(provider)
    answered(lambda call, response: with_header(response, "Location", f"{call.provider.base_url}/Me"), on="me", status=200)(
        provider
    )


@defect("me-redirects-to-nothing", "rfc7644-3.11-me-redirect", depth="response")
def _me_lost(provider: Provider) -> None:
    """/Me is redirected to an address that answers 404."""
    _first_is_me(provider)
    provider.configure(me="redirect")
    answered(lambda call, response: with_header(response, "Location", f"{call.provider.base_url}/Users/me"), on="me", status=308)(
        provider
    )


defect(
    "me-is-404",
    "rfc7644-3.11-me-unsupported-501",
    depth="response",
    summary="/Me is not supported and answers 404.",
    hook=status(501, 404, on="me"),
)

defect(
    "names-stand-twice",
    "rfc8259-4-unique-names",
    depth="response",
    summary="A resource holds the member id twice, as two sources contribute it.",
    hook=answered(
        lambda call, response: with_body(response, re.sub(rb'("id":"[^"]*")', rb"\1,\1", response.body, count=1)), status=200
    ),
)

defect(
    "accept-of-several-types-refused",
    "rfc7644-3.8-accept-scim-json",
    depth="response",
    summary="An Accept header that names more than one media type answers 406.",
    hook=_refusing_requests(lambda request: "," in (request.header("accept") or ""), 406, "Not acceptable"),
)
