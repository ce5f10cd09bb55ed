"""Side doors: other methods, other spellings of a path, caches, and tokens that only reading asks for (RFC 7644 section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import Hook
from scim_sim.provider.seams import Call
from scim_sim.wire import Request, Response

__all__: list[str] = []

EVERYWHERE = "rfc7644-2-every-endpoint-protected"


def _free(when: Callable[[Call], object]) -> Hook:
    """Serve the calls of which something is true without looking at credentials."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.authorise
        provider.rules.authorise = lambda call: None if when(call) else correct(call)

    return hook


def _any_token(when: Callable[[Call], bool]) -> Hook:
    """Serve the calls of which something is true with whatever credentials they bring, but not without any."""
    return _free(lambda call: when(call) and call.request.header("authorization"))


def _instead(when: Callable[[Call], bool], ask: Callable[[Request], Request], *, bodies: bool = True) -> Hook:
    """Answer the calls of which something is true as another request would be, made with credentials."""

    def hook(provider: Provider) -> None:
        def arrive(call: Call) -> Response | None:
            if not when(call):
                return None
            others = tuple(item for item in call.request.headers if item[0].lower() != "authorization")
            token = next(iter(provider.tokens), "")
            asked = replace(ask(call.request), headers=(*others, ("Authorization", f"Bearer {token}")))
            answer = provider.handle(asked)
            return answer if bodies else replace(answer, body=b"")

        provider.seams.arrive.append(arrive)

    return hook


defect(
    "head-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="HEAD needs no credentials, and tells whether a resource exists.",
    hook=_instead(lambda call: call.method == "HEAD", lambda request: replace(request, method="GET"), bodies=False),
)
defect(
    "small-letters-need-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="A path written in small letters needs no credentials.",
    hook=_instead(
        lambda call: call.path[:1] == ("users",), lambda request: replace(request, path=request.path.replace("/users", "/Users"))
    ),
)
defect(
    "searching-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="A list with a filter needs no credentials.",
    hook=_free(lambda call: "filter" in call.parameters),
)
defect(
    "creating-takes-any-token",
    EVERYWHERE,
    depth="security",
    summary="A creation is served with any token.",
    hook=_any_token(lambda call: call.method == "POST"),
)
defect(
    "deleting-takes-any-token",
    EVERYWHERE,
    depth="security",
    summary="DELETE is served with any token.",
    hook=_any_token(lambda call: call.method == "DELETE"),
)


@defect("cached-answer-needs-no-credentials", "rfc7644-2-unauthenticated-401", EVERYWHERE, depth="security")
def _shared_cache(provider: Provider) -> None:
    """Whoever has no credentials gets the last answer that somebody else got to the same GET."""
    seen: dict[tuple[str, str | None], Response] = {}

    def arrive(call: Call) -> Response | None:
        known = call.method == "GET" and call.request.header("authorization") is None
        return seen.get((call.request.path, call.request.query)) if known else None

    def answer(call: Call, response: Response) -> Response:
        if call.method == "GET" and response.ok:
            seen[call.request.path, call.request.query] = response
        return response

    provider.seams.arrive.append(arrive)
    provider.seams.answer.append(answer)


defect(
    "replacing-takes-any-token",
    EVERYWHERE,
    depth="security",
    summary="PUT is served with any token.",
    hook=_any_token(lambda call: call.method == "PUT"),
)
defect(
    "bulk-takes-any-token",
    EVERYWHERE,
    depth="security",
    summary="A bulk request is served with any token.",
    hook=_any_token(lambda call: call.path == ("Bulk",)),
)
defect(
    "search-of-groups-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="A search of groups by POST needs no credentials.",
    hook=_free(lambda call: call.path == ("Groups", ".search")),
)
defect(
    "base-address-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="The base address lists all resources without credentials.",
    hook=_free(lambda call: call.path == ()),
)


defect(
    "reading-one-takes-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="A single user is read with any token.",
    hook=_any_token(lambda call: call.method == "GET" and call.path[:1] == ("Users",) and len(call.path) == 2),
)
defect(
    "changing-groups-takes-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="A group is changed by PATCH with any token.",
    hook=_any_token(lambda call: call.method == "PATCH" and call.path[:1] == ("Groups",)),
)
defect(
    "deleting-groups-takes-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="A group is deleted with any token.",
    hook=_any_token(lambda call: call.method == "DELETE" and call.path[:1] == ("Groups",)),
)
defect(
    "search-by-post-takes-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="A search by POST is served with any token.",
    hook=_any_token(lambda call: call.path[-1:] == (".search",)),
)
defect(
    "filters-take-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="A list with a filter is served with any token.",
    hook=_any_token(lambda call: "filter" in call.parameters),
)
defect(
    "list-of-groups-takes-any-token",
    EVERYWHERE,
    "rfc7644-2-unauthenticated-401",
    depth="security",
    summary="Groups are listed with any token.",
    hook=_any_token(lambda call: call.path == ("Groups",) and call.method == "GET"),
)
defect(
    "method-override-needs-no-credentials",
    EVERYWHERE,
    depth="security",
    summary="A POST with X-HTTP-Method-Override needs no credentials.",
    hook=_instead(
        lambda call: call.method == "POST" and call.request.header("x-http-method-override") is not None,
        lambda request: replace(
            request,
            method=str(request.header("x-http-method-override")).upper(),
            headers=tuple(item for item in request.headers if item[0].lower() != "x-http-method-override"),
        ),
    ),
)
