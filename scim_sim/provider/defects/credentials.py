"""Doors that are open, or closed in the wrong way (RFC 7644 sections 2 and 7, RFC 6750)."""

from __future__ import annotations

import json
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, refused, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]
OPEN = "rfc7644-2-unauthenticated-401"
EVERYWHERE = "rfc7644-2-every-endpoint-protected"
INVALID = "rfc6750-3.1-invalid-token"


def _unless(free: Any) -> Any:
    """Ask for credentials only where `free` does not hold."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.authorise

        def lax(call: Call) -> None:
            if not free(call):
                correct(call)

        provider.rules.authorise = lax

    return hook


def _sent(call: Call) -> str:
    return (call.request.header("authorization") or "").partition(" ")[2].strip()


defect(
    "credentials-not-needed",
    OPEN,
    EVERYWHERE,
    depth="security",
    summary="Nothing needs credentials.",
    hook=_unless(lambda call: True),
)
defect(
    "reading-needs-no-credentials",
    OPEN,
    depth="security",
    summary="GET needs no credentials.",
    hook=_unless(lambda call: call.method == "GET"),
)
defect(
    "deleting-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="DELETE needs no credentials.",
    hook=_unless(lambda call: call.method == "DELETE"),
)
defect(
    "patching-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="PATCH needs no credentials.",
    hook=_unless(lambda call: call.method == "PATCH"),
)
defect(
    "groups-need-no-credentials",
    OPEN,
    EVERYWHERE,
    depth="security",
    summary="/Groups needs no credentials.",
    hook=_unless(lambda call: call.path[:1] == ("Groups",)),
)
defect(
    "single-group-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="/Groups/{id} needs no credentials, the list does.",
    hook=_unless(lambda call: call.path[:1] == ("Groups",) and len(call.path) == 2),
)
defect(
    "replacing-groups-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="PUT of a group needs no credentials.",
    hook=_unless(lambda call: call.method == "PUT" and call.path[:1] == ("Groups",)),
)
defect(
    "slash-at-the-end-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="A path that ends with a slash needs no credentials.",
    hook=_unless(lambda call: call.request.path.endswith("/")),
)
defect(
    "bulk-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="/Bulk needs no credentials.",
    hook=_unless(lambda call: call.path == ("Bulk",)),
)
defect(
    "search-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="/.search needs no credentials.",
    hook=_unless(lambda call: call.path[-1:] == (".search",)),
)
defect(
    "any-token-works",
    OPEN,
    depth="security",
    summary="Any token is accepted.",
    hook=_unless(lambda call: bool(_sent(call))),
)
defect(
    "any-authorization-works",
    OPEN,
    depth="security",
    summary="Any Authorization header is accepted, whatever its scheme.",
    hook=_unless(lambda call: bool(call.request.header("authorization"))),
)
defect(
    "token-prefix-works",
    OPEN,
    depth="security",
    summary="The beginning of the token is enough.",
    hook=_unless(lambda call: bool(_sent(call)) and any(token.startswith(_sent(call)) for token in call.provider.tokens)),
)
defect(
    "longer-token-works",
    OPEN,
    depth="security",
    summary="The token followed by anything is accepted.",
    hook=_unless(lambda call: any(_sent(call).startswith(token) for token in call.provider.tokens)),
)
defect(
    "token-in-other-case-works",
    OPEN,
    depth="security",
    summary="The token is compared without letter case.",
    hook=_unless(lambda call: _sent(call).lower() in (token.lower() for token in call.provider.tokens)),
)
defect(
    "empty-token-works",
    OPEN,
    INVALID,
    depth="security",
    summary='"Bearer" without a token is accepted.',
    hook=_unless(lambda call: call.request.header("authorization") is not None and not _sent(call)),
)
defect(
    "token-in-query-works",
    "rfc6750-2.3-no-query-token",
    depth="security",
    summary="access_token in the query is accepted.",
    hook=_unless(lambda call: call.parameters.get("access_token", "") in call.provider.tokens),
)
defect(
    "scheme-case-matters",
    "rfc6750-2.1-header-token",
    depth="response",
    summary="The scheme has to be spelled Bearer.",
    hook=lambda provider: provider.seams.arrive.append(_exact_scheme),
)


def _exact_scheme(call: Call) -> Response | None:
    scheme = (call.request.header("authorization") or "").partition(" ")[0]
    if scheme.lower() == "bearer" and scheme != "Bearer":
        challenge = (("WWW-Authenticate", 'Bearer realm="scim"'),)
        return call.provider.refused(call, Refusal(401, "unknown scheme", headers=challenge))
    return None


def _unauthorised(change: Any) -> Any:
    return answered(lambda call, response: change(response), status=401)


defect(
    "unauthorised-without-challenge",
    "rfc7644-2-www-authenticate",
    depth="response",
    summary="A 401 has no WWW-Authenticate header.",
    hook=_unauthorised(lambda response: with_header(response, "WWW-Authenticate", None)),
)
defect(
    "unauthorised-challenge-bare",
    "rfc6750-3-bearer-challenge",
    depth="response",
    summary="The Bearer challenge has no parameter.",
    hook=_unauthorised(lambda response: with_header(response, "WWW-Authenticate", "Bearer")),
)
defect(
    "unauthorised-challenge-without-error",
    INVALID,
    depth="response",
    summary='A wrong token is not called error="invalid_token".',
    hook=_unauthorised(lambda response: with_header(response, "WWW-Authenticate", 'Bearer realm="scim"')),
)
defect(
    "unauthorised-is-403",
    OPEN,
    INVALID,
    "okta-13.20-unauthorized-error",
    depth="response",
    summary="Missing and wrong credentials answer 403.",
    hook=refused(lambda call, refusal: Refusal(403, refusal.detail) if refusal.status == 401 else None),
)
defect(
    "unauthorised-is-500",
    INVALID,
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A wrong token answers 500.",
    hook=refused(
        lambda call, refusal: Refusal(500, "failed") if refusal.status == 401 and call.request.header("authorization") else None
    ),
)
defect(
    "unauthorised-redirects-to-login",
    OPEN,
    "rfc7644-3.12-redirect-codes",
    depth="response",
    summary="Without credentials every request is redirected to a log-in page.",
    hook=_unauthorised(lambda response: Response(302, (("Location", "https://login.example.test/"),))),
)
defect(
    "unauthorised-as-text",
    "rfc7644-3.12-error-body",
    "okta-13.20-unauthorized-error",
    depth="response",
    summary="A 401 is plain text.",
    hook=_unauthorised(lambda response: Response(401, (("Content-Type", "text/plain"), *response.headers[1:]), b"Unauthorized")),
)


@defect("credentials-checked-after-lookup", "rfc7644-2-credentials-first", depth="security")
def _late(provider: Provider) -> None:
    """Without credentials an unknown id answers 404, so that a stranger can tell which ids exist."""
    correct = provider.rules.authorise

    def late(call: Call) -> None:
        known = call.provider.catalogue.by_segment(call.path[0]) if len(call.path) == 2 else None
        if known is not None and call.provider.store_of().get(call.path[1]) is None and call.path[1] != ".search":
            raise Refusal(404, "not found")
        correct(call)

    provider.rules.authorise = late


@defect("body-read-before-credentials", "rfc7644-2-credentials-first", depth="security")
def _body_first(provider: Provider) -> None:
    """Without credentials a broken body answers 400."""

    def first(call: Call) -> Response | None:
        if call.method in ("POST", "PUT", "PATCH"):
            try:
                json.loads(call.request.body or b"")
            except ValueError:
                return call.provider.refused(call, Refusal(400, "The body is no JSON", "invalidSyntax"))
        return None

    provider.seams.arrive.append(first)


@defect("read-token-may-write", "rfc6750-3.1-insufficient-scope", depth="security")
def _scope(provider: Provider) -> None:
    """A token that may read only may write as well."""
    provider.tokens = {token: (tenant, "full") for token, (tenant, _) in provider.tokens.items()}


@defect("tenants-share-users", "rfc7644-6-tenant-isolation", "rfc7643-3.1-externalid-client-scope", depth="security")
def _tenants(provider: Provider) -> None:
    """The token of another tenant opens the same resources."""
    provider.tokens = {token: ("", scope) for token, (_, scope) in provider.tokens.items()}


# Passwords


def _remembering(show: Any) -> Any:
    """Remember passwords and let `show` add them to representations."""

    def hook(provider: Provider) -> None:
        passwords: dict[str, str] = {}

        def remember(call: Call, record: Record) -> None:
            if isinstance(call.body, dict) and isinstance(call.body.get("password"), str):
                passwords[record.id] = call.body["password"]

        def pipe(call: Call, view: Json) -> Json:
            password = passwords.get(view.get("id", ""))
            return {**view, **show(call, password)} if password else view

        provider.seams.stored.append(remember)
        provider.seams.represent.append(pipe)

    return hook


NEVER = "rfc7643-4.1.1-password-never-returned"
defect(
    "password-returned-on-create",
    NEVER,
    "rfc7644-3.3-create-accepts-password",
    depth="security",
    summary="The answer to a creation repeats the password.",
    hook=_remembering(lambda call, password: {"password": password} if call.operation == "create" else {}),
)
defect(
    "password-returned-on-read",
    NEVER,
    "okta-13.23-password-echo",
    "rfc7644-3.4-default-attribute-set",
    depth="security",
    summary="A read returns the password.",
    hook=_remembering(lambda call, password: {"password": password} if call.operation == "read" else {}),
)
defect(
    "password-returned-in-lists",
    NEVER,
    depth="security",
    summary="Lists return passwords.",
    hook=_remembering(lambda call, password: {"password": password} if call.operation in ("list", "search") else {}),
)
defect(
    "password-hash-returned",
    NEVER,
    depth="security",
    summary="A hash of the password is returned.",
    hook=_remembering(lambda call, password: {"password": "$2b$12$C6UzMDM.H6dfI/f/IKcEeO8n5mZ0Qx9t1pQ3y1zvB0oT5cX2W7g1u"}),
)


@defect("password-returned-when-asked", "rfc7643-7-never-not-even-requested", NEVER, depth="security")
def _asked(provider: Provider) -> None:
    """attributes=password returns the password."""
    passwords: dict[str, str] = {}
    project = provider.rules.project

    def remember(call: Call, record: Record) -> None:
        if isinstance(call.body, dict) and isinstance(call.body.get("password"), str):
            passwords[record.id] = call.body["password"]

    def show(call: Call, view: Json) -> Json:
        found = project(call, view)
        if "password" in call.parameters.get("attributes", "").lower() and view["id"] in passwords:
            return {**found, "password": passwords[view["id"]]}
        return found

    provider.seams.stored.append(remember)
    provider.rules.project = show


@defect("password-in-conflict-detail", NEVER, "rfc7644-7.7-error-no-internals", depth="security")
def _detail(provider: Provider) -> None:
    """The Error for a duplicate repeats the body that was sent, password included."""

    def tell(call: Call, refusal: Refusal) -> Refusal:
        if refusal.status == 409 and isinstance(call.body, dict):
            return Refusal(409, f"cannot insert {json.dumps(call.body)}", "uniqueness")
        return refusal

    provider.seams.refuse.append(tell)
