"""Single reads, and users who cannot be seen (RFC 7644 section 3.4.1)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import (
    answered,
    refused,
    refusing,
    selected,
    status,
    with_body,
)
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


def _unknown(change: Any) -> Any:
    return refused(lambda call, refusal: change if call.operation == "read" and refusal.status == 404 else None)


defect(
    "read-in-list",
    "rfc7644-3.4.1-read-200",
    depth="response",
    summary="A single read is wrapped in a ListResponse.",
    hook=answered(
        lambda call, response: with_body(
            response, {"schemas": [urns.LIST_RESPONSE], "totalResults": 1, "Resources": [response.json()]}
        ),
        on="read",
        status=200,
    ),
)
defect(
    "unknown-id-is-200",
    "rfc7644-3.12-read-unknown-404",
    "rfc7644-3.2-error-http-status",
    "rfc7644-3.6-deleted-404",
    depth="response",
    summary="An unknown id answers 200 with an Error in the body.",
    hook=status(404, 200, on="read"),
)
defect(
    "unknown-id-is-empty-200",
    "rfc7644-3.12-read-unknown-404",
    "okta-4-missing-404",
    depth="response",
    summary="An unknown id answers 200 with an empty list.",
    hook=answered(
        lambda call, response: Response(
            200, response.headers, b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}'
        ),
        on="read",
        status=404,
    ),
)
defect(
    "unknown-id-is-500",
    "rfc7644-3.12-read-unknown-404",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="An unknown id answers 500.",
    hook=_unknown(Refusal(500, "failed")),
)
defect(
    "unknown-id-is-400",
    "rfc7644-3.12-read-unknown-404",
    depth="response",
    summary="An unknown id answers 400.",
    hook=_unknown(Refusal(400, "no such id", "invalidValue")),
)


@defect("id-of-other-type-served", "rfc7644-3.4.1-read-wrong-type-404", depth="response")
def _any_type(provider: Provider) -> None:
    """A group is served under /Users and a user under /Groups."""
    route = provider.rules.route

    def lax(call: Call) -> None:
        route(call)
        record = call.store.get(call.id)
        if call.operation == "read" and record is not None:
            call.type = call.provider.catalogue.by_name(record.type)

    provider.rules.route = lax


@defect("id-without-case", "rfc7643-3.1-id-caseexact", depth="response")
def _caseless_id(provider: Provider) -> None:
    """Identifiers are found in any letter case."""
    route = provider.rules.route

    def lax(call: Call) -> None:
        route(call)
        if call.id and call.store.get(call.id) is None:
            same = [item.id for item in call.store.all() if item.id.lower() == call.id.lower()]
            call.id = same[0] if same else call.id

    provider.rules.route = lax


def _odd(call: Call) -> bool:
    return call.operation == "read" and any(not (letter.isalnum() or letter in "-_.") for letter in call.id)


defect(
    "odd-id-is-500",
    "rfc7644-3.12-read-hostile-id",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="An identifier with a quote, blank or slash answers 500.",
    hook=refusing(_odd, 500, "failed"),
)


@defect("odd-id-finds-somebody", "rfc7644-3.4.1-read-200", "rfc7644-3.12-read-hostile-id", depth="security")
def _injected_id(provider: Provider) -> None:
    """An identifier with a quote or percent sign in it returns the first user."""
    route = provider.rules.route

    def lax(call: Call) -> None:
        route(call)
        if _odd(call) and call.type is not None and call.store.count(call.kind):
            call.id = call.store.all(call.kind)[0].id

    provider.rules.route = lax


defect(
    "unknown-parameter-refused",
    "rfc7644-3.4.2-unknown-params-ignored",
    depth="response",
    summary="A query parameter the provider does not know is refused.",
    hook=refusing(
        lambda call: bool(
            call.parameters.keys()
            - {"filter", "startindex", "count", "sortby", "sortorder", "attributes", "excludedattributes", "cursor"}
        ),
        400,
        "unknown parameter",
        "invalidValue",
    ),
)


def _nowhere(call: Call, response: Response) -> bool:
    return call.type is None and response.status == 404


defect(
    "unknown-endpoint-is-html",
    "rfc7644-3.12-unknown-endpoint-404",
    "rfc7644-3.12-error-body",
    "okta-9.1-error-json",
    depth="response",
    summary="An endpoint that does not exist answers 404 with an HTML page.",
    hook=answered(
        lambda call, response: (
            Response(404, (("Content-Type", "text/html"),), b"<html><body>Not Found</body></html>")
            if _nowhere(call, response)
            else response
        )
    ),
)
defect(
    "unknown-endpoint-is-200",
    "rfc7644-3.12-unknown-endpoint-404",
    depth="response",
    summary="An endpoint that does not exist answers 200 with the start page.",
    hook=answered(
        lambda call, response: (
            Response(200, (("Content-Type", "text/html"),), b"<html><body>Welcome</body></html>")
            if _nowhere(call, response)
            else response
        )
    ),
)
defect(
    "inactive-user-unreadable",
    "rfc7644-3.6-read-inactive",
    "okta-inactive-visible",
    "entra-inactive-visible",
    depth="readback",
    summary="A deactivated user answers 404.",
    hook=refusing(
        lambda call: call.operation == "read" and _inactive(call.store.get(call.id, call.kind)), 404, "User was not found"
    ),
)


def _inactive(record: Record | None) -> bool:
    return record is not None and record.attributes.get("active") is False


defect(
    "inactive-users-not-listed",
    "rfc7644-3.4.2-list-includes-inactive",
    "okta-13.10-inactive-found",
    "okta-inactive-visible",
    "entra-inactive-visible",
    depth="cycle",
    summary="Deactivated users are missing from lists and filter results.",
    hook=selected(lambda call, records: [item for item in records if not _inactive(item)]),
)
defect(
    "inactive-users-not-found-by-filter",
    "rfc7644-3.4.2-list-includes-inactive",
    "okta-13.10-inactive-found",
    depth="cycle",
    summary="Deactivated users are listed, and no filter finds them.",
    hook=selected(lambda call, records: [item for item in records if "filter" not in call.parameters or not _inactive(item)]),
)
