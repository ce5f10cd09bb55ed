"""Projection and search by POST (RFC 7644 sections 3.9 and 3.4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import envelope, refused, refusing, status
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import NotJson, Response, json_body

__all__: list[str] = []

Json = dict[str, Any]


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


defect(
    "excluded-part-takes-the-whole",
    "rfc7644-3.9-excluded-removes",
    depth="response",
    summary="excludedAttributes=name.givenName leaves out the whole name.",
    hook=lambda provider: provider.seams.arrive.append(_whole_excluded),
)


def _whole_excluded(call: Call) -> None:
    names = call.parameters.get("excludedattributes")
    if names:
        call.parameters["excludedattributes"] = ",".join(n if ":" in n else n.partition(".")[0] for n in names.split(","))


defect(
    "excluded-ignored-in-lists",
    "rfc7644-3.9-excluded-removes",
    depth="response",
    summary="excludedAttributes is ignored in lists of users.",
    hook=_projecting(
        lambda call, view, correct: view if call.operation == "list" and call.kind == "User" else correct(call, view)
    ),
)


def _without_urns(call: Call, view: Json, correct: Any) -> Json:
    text = call.parameters.get("excludedattributes")
    if text:
        plain = [name for name in text.split(",") if ":" not in name]
        call.parameters["excludedattributes"] = ",".join(plain) or "nothing"
    found: Json = correct(call, view)
    return found


defect(
    "excluded-with-urn-ignored",
    "rfc7644-3.9-excluded-removes",
    "rfc7644-3.10-attributes-qualified",
    depth="response",
    summary="excludedAttributes does not understand an attribute that is named with its schema URI.",
    hook=_projecting(_without_urns),
)
defect(
    "attributes-of-extension-not-returned",
    "rfc7644-3.10-attributes-qualified",
    depth="response",
    summary="attributes with an attribute of the enterprise extension returns nothing of it.",
    hook=_projecting(
        lambda call, view, correct: {
            name: value
            for name, value in correct(call, view).items()
            if name != urns.ENTERPRISE_USER or "attributes" not in call.parameters
        }
    ),
)
defect(
    "projection-ignored-when-groups-are-written",
    "rfc7644-3.9-on-writes",
    depth="response",
    summary="attributes has no effect on the answers to writes of groups.",
    hook=_projecting(lambda call, view, correct: view if call.writes and call.kind == "Group" else correct(call, view)),
)
defect(
    "password-returned-in-lists-that-ask",
    "rfc7643-7-never-not-even-requested",
    "rfc7643-4.1.1-password-never-returned",
    depth="security",
    summary="A list with attributes=password returns one.",
    hook=_projecting(
        lambda call, view, correct: (
            {**correct(call, view), "password": "Secret-Invented-1"}
            if call.operation == "list" and "password" in call.parameters.get("attributes", "").lower()
            else correct(call, view)
        )
    ),
)
