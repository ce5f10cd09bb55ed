"""HTTP, projection, search and /Me: media types, character sets, headers, parameters (RFC 7644 sections 3.8 to 3.13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, configured, envelope, header, refused, refusing, status, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import NotJson, Response, json_body

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
    "paths-redirect-with-301",
    "rfc7644-3.12-redirect-codes",
    depth="response",
    summary="/Users is redirected to /Users/ with 301.",
    hook=answered(
        lambda call, response: (
            Response(301, (("Location", f"{call.provider.base_url}/Users/"),))
            if call.path == ("Users",) and not call.request.path.endswith("/")
            else response
        )
    ),
)


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
    """Whoever was created first is /Me."""
    provider.configure(me="serve")

    def name(call: Call) -> None:
        users = call.provider.store_of().all("User")
        if call.path[:1] == ("Me",) and users:
            call.provider.configure(me_user=users[0].attributes["userName"])

    provider.seams.arrive.append(name)


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

# Projection


def _projecting(change: Any) -> Any:
    """Project differently: `change` gets the call, the whole view and the correct way."""

    def hook(provider: Provider) -> None:
        correct = provider.rules.project
        provider.rules.project = lambda call, view: change(call, view, correct)

    return hook


def _forgetting(name: str, *operations: str) -> Any:
    def arrive(call: Call) -> None:
        single = len(call.path) == 2
        wanted = not operations or ("read" in operations and single) or ("list" in operations and not single)
        if wanted and call.method == "GET":
            call.parameters.pop(name, None)

    return lambda provider: provider.seams.arrive.append(arrive)


defect(
    "attributes-ignored",
    "rfc7644-3.9-attributes-only-requested",
    "rfc7644-3.9-attributes-list",
    depth="response",
    summary="attributes is ignored.",
    hook=_forgetting("attributes"),
)
defect(
    "attributes-ignored-in-lists",
    "rfc7644-3.9-attributes-list",
    depth="response",
    summary="attributes is ignored in lists.",
    hook=_forgetting("attributes", "list"),
)
defect(
    "attributes-without-id",
    "rfc7644-3.9-attributes-only-requested",
    "rfc7643-3.1-id-present",
    depth="response",
    summary="With attributes the id is left out.",
    hook=_projecting(
        lambda call, view, correct: (
            {name: value for name, value in correct(call, view).items() if name != "id"}
            if "attributes" in call.parameters
            else correct(call, view)
        )
    ),
)
defect(
    "attributes-of-parts-give-whole",
    "rfc7644-3.9-attributes-subattribute",
    depth="response",
    summary="Naming a sub-attribute returns the whole attribute.",
    hook=lambda provider: provider.seams.arrive.append(_whole),
)


def _whole(call: Call) -> None:
    text = call.parameters.get("attributes", "")
    call.parameters.update(
        {"attributes": ",".join(name if ":" in name else name.partition(".")[0] for name in text.split(","))} if text else {}
    )


defect(
    "attributes-of-parts-give-nothing",
    "rfc7644-3.9-attributes-subattribute",
    depth="response",
    summary="Naming a sub-attribute returns nothing of the attribute.",
    hook=_projecting(
        lambda call, view, correct: {
            name: value
            for name, value in correct(call, view).items()
            if not isinstance(value, dict | list)
            or name in ("schemas", "meta")
            or "." not in call.parameters.get("attributes", "")
        }
    ),
)
defect(
    "attributes-with-urn-ignored",
    "rfc7644-3.10-attributes-qualified",
    depth="response",
    summary="Attributes named with their schema URI are not returned.",
    hook=lambda provider: provider.seams.arrive.append(_drop_qualified),
)


def _drop_qualified(call: Call) -> None:
    text = call.parameters.get("attributes", "")
    if urns.USER.lower() in text.lower() or urns.ENTERPRISE_USER.lower() in text.lower():
        call.parameters["attributes"] = ",".join(name for name in text.split(",") if ":" not in name) or "id"


defect(
    "attributes-case-sensitive",
    "rfc7644-3.10-attributes-qualified",
    depth="response",
    summary="Attributes named in another letter case are not returned.",
    hook=_projecting(
        lambda call, view, correct: {
            name: value
            for name, value in correct(call, view).items()
            if name in ("id", "schemas")
            or "attributes" not in call.parameters
            or any(name in part for part in call.parameters["attributes"].replace(",", " ").split())
            or ":" in name
        }
    ),
)
defect(
    "excluded-ignored",
    "rfc7644-3.9-excluded-removes",
    "rfc7644-3.9-excluded-members",
    depth="response",
    summary="excludedAttributes is ignored.",
    hook=_forgetting("excludedattributes"),
)
defect(
    "excluded-leaves-only-those",
    "rfc7644-3.9-excluded-removes",
    depth="response",
    summary="excludedAttributes returns the named attributes only.",
    hook=lambda provider: provider.seams.arrive.append(_inverted),
)


def _inverted(call: Call) -> None:
    if "excludedattributes" in call.parameters:
        call.parameters["attributes"] = call.parameters.pop("excludedattributes")


defect(
    "excluded-removes-id",
    "rfc7644-3.4.2.5-excluded-keeps-always",
    depth="response",
    summary="excludedAttributes=id removes the id.",
    hook=_projecting(
        lambda call, view, correct: {
            name: value
            for name, value in correct(call, view).items()
            if name != "id" or "id" not in call.parameters.get("excludedattributes", "").lower().split(",")
        }
    ),
)
defect(
    "both-projections-are-500",
    "rfc7644-3.9-both-parameters",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="attributes and excludedAttributes together answer 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if "exclude each other" in refusal.detail else None),
)


@defect("projection-ignored-on-writes", "rfc7644-3.9-on-writes", depth="response")
def _on_writes(provider: Provider) -> None:
    """attributes has no effect on the answers to POST, PUT and PATCH."""
    _projecting(lambda call, view, correct: view if call.writes else correct(call, view))(provider)


@defect("default-set-without-emails", "rfc7644-3.4-default-attribute-set", "rfc7644-3.4.1-read-same-as-write", depth="response")
def _default(provider: Provider) -> None:
    """Without a projection a read leaves out emails and name."""

    def pipe(call: Call, view: Json) -> Json:
        if call.operation in ("read", "list", "search") and "attributes" not in call.parameters:
            return {name: value for name, value in view.items() if name not in ("emails", "name")}
        return view

    provider.seams.represent.append(pipe)


@defect("requested-attribute-always-returned", "rfc7643-7-request-only-when-asked", depth="response")
def _request(provider: Provider) -> None:
    """An attribute declared to be returned on request is in every answer."""

    def declare(call: Call, value: Json) -> Json:
        if value.get("id") != urns.USER:
            return value
        return {
            **value,
            "attributes": [
                {**item, "returned": "request"} if item["name"] == "nickName" else item for item in value["attributes"]
            ],
        }

    provider.seams.discovery.append(declare)


# Search

SEARCH = "search"
defect(
    "search-with-201",
    "rfc7644-3.4.3-search-200",
    depth="response",
    summary="A search answers 201.",
    hook=status(200, 201, on=SEARCH),
)
defect(
    "search-missing",
    "rfc7644-3.4.3-search-200",
    depth="response",
    summary="A search answers 500.",
    hook=refusing(lambda call: call.operation == SEARCH, 500, "failed"),
)


def _in_search(edit: Any) -> Any:
    """Change the parameters of a search once its body is read."""

    def hook(provider: Provider) -> None:
        parse, project = provider.rules.parse, provider.rules.project
        provider.rules.parse = lambda call, text: parse(call, edit(call, "filter", text))

        def show(call: Call, view: Json) -> Json:
            edit(call, "attributes", "")
            return project(call, view)

        provider.rules.project = show

    return hook


defect(
    "search-filter-ignored",
    "rfc7644-3.4.3-search-same-as-get",
    depth="response",
    summary="The filter of a search is ignored.",
    hook=_in_search(lambda call, name, text: "id pr or not (id pr)" if name == "filter" and call.operation == SEARCH else text),
)
defect(
    "search-total-wrong",
    "rfc7644-3.4.3-search-same-as-get",
    depth="response",
    summary="totalResults of a search counts the page.",
    hook=envelope(lambda value: value.update(totalResults=value["itemsPerPage"]), when=lambda call: call.operation == SEARCH),
)
defect(
    "search-attributes-as-text-only",
    "rfc7644-3.4.3-search-attribute-lists",
    depth="response",
    summary="A list of attributes in a search is ignored.",
    hook=_projecting(lambda call, view, correct: view if call.operation == SEARCH else correct(call, view)),
)


@defect("search-creates-user", "rfc7644-3.4.3-search-no-side-effect", depth="readback")
def _creates(provider: Provider) -> None:
    """A search stores its body as a user."""

    def store(call: Call, response: Response) -> Response:
        if call.operation == SEARCH and response.ok and call.kind in ("User", ""):
            call.store.create("User", {"userName": f"search-{len(call.store)}", "active": True})
        return response

    provider.seams.answer.append(store)


@defect("search-schemas-not-asked-for", "rfc7644-3.4.3-search-schemas", depth="response")
def _any_schemas(provider: Provider) -> None:
    """A search body without the SearchRequest URI is carried out."""

    def arrive(call: Call) -> None:
        try:
            value = call.request.json() if call.path[-1:] == (".search",) else None
        except NotJson:
            return
        if isinstance(value, dict):
            call.request = replace(call.request, body=json_body({**value, "schemas": [urns.SEARCH_REQUEST]}))

    provider.seams.arrive.append(arrive)


defect(
    "search-bad-filter-is-500",
    "rfc7644-3.4.3-search-invalid-filter",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A malformed filter in a search answers 500.",
    hook=refused(
        lambda call, refusal: (
            Refusal(500, "failed") if call.operation == SEARCH and refusal.scim_type == "invalidFilter" else None
        )
    ),
)
