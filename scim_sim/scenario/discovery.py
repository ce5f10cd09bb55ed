"""Ask the target what it is, in the harness's voice, before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from scim_sim.flow import Flow, NoResponse, send
from scim_sim.scenario.harness import harness_request
from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.declared import DOCUMENTS, Declared, Feature
from scim_sim.scim.urns import BULK_REQUEST, PATCH_OP
from scim_sim.wire import NotJson, Request, Response

__all__ = ["discover", "refusal", "try_features"]


def discover(overrides: Mapping[str, Any]) -> Flow[Declared]:
    """Read the three discovery documents; whatever cannot be read becomes an assumption with its reason."""
    bodies: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name in DOCUMENTS:
        try:
            response = yield from send(harness_request("GET", f"/{name}", label=f"discover {name}"))
        except NoResponse as missing:
            reasons[name] = f"was not answered ({missing.failure.message})"
            continue
        if not response.ok:
            reasons[name] = f"answered {response.status}"
            continue
        try:
            bodies[name] = response.json()
        except NotJson as error:
            reasons[name] = f"answered {response.status} but {error}"
    config, types, schemas = (bodies.get(name) for name in DOCUMENTS)
    found = Declared.read(config, types, schemas, reasons=reasons, overrides=overrides)
    return found if "ResourceTypes" in found.known else (yield from _without_groups(found))


def _without_groups(declared: Declared) -> Flow[Declared]:
    """The same less Group where no ResourceTypes says that there are Groups and the list of them is not there either."""
    try:
        asked = {"startIndex": 1, "count": 1}
        response = yield from send(harness_request("GET", "/Groups", query=asked, label="look for Groups"))
    except NoResponse:
        return declared
    if response.status not in (404, 501):
        return declared
    types = tuple(t for t in declared.resource_types if t.endpoint != "/Groups")
    said = f"/Groups answered {response.status}, and no ResourceTypes lists it: the target has no Groups"
    schemas = SchemaSet(declared.schemas.schemas, types)
    return replace(declared, schemas=schemas, assumptions=(*declared.assumptions, said))


def try_features(declared: Declared, mark: str) -> Flow[Declared]:
    """Where there is no ServiceProviderConfig: ask for bulk, PATCH, filter and entity-tags in ways that change nothing.

    An answer 501, 405 or, for bulk, 404 means that the feature is not there; sorting cannot be told from its absence and
    counts as not supported. What a profile says stays.
    """
    if "ServiceProviderConfig" in declared.known:
        return declared
    nobody = f"/Users/{mark}-nobody"
    patch = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    query = {"filter": f'userName eq "{mark}.nobody"'}
    requests = {
        "bulk": (harness_request("POST", "/Bulk", body={"schemas": [BULK_REQUEST], "Operations": []}), (404, 405, 501)),
        "patch": (harness_request("PATCH", nobody, body=patch), (405, 501)),
        "filter": (harness_request("GET", "/Users", query=query), (501,)),
    }
    absent = {} if declared.supports("sort") is not None else {"sort": "cannot be told from its absence"}
    for name, (request, statuses) in requests.items():
        if declared.supports(name) is None:
            status = yield from _status(request)
            if status in statuses:
                absent[name] = f"answered {status}"
    if declared.supports("etag") is None and (yield from _first_user_is_untagged()):
        absent["etag"] = "gives no ETag with a user"
    features = {**declared.features, **{name: Feature(False) for name in absent}}
    said = tuple(f"{name} {why}: it counts as not supported" for name, why in absent.items())
    return replace(declared, features=features, assumptions=(*declared.assumptions, *said))


def _status(request: Request) -> Flow[int]:
    try:
        response = yield from send(replace(request, label="try a feature"))
    except NoResponse:
        return 0
    return response.status


def _first_user_is_untagged() -> Flow[bool]:
    """Whether a user that is there comes without an entity-tag; false where nobody is there to look at."""
    try:
        listed = yield from send(harness_request("GET", "/Users", query={"startIndex": 1, "count": 1}, label="try a feature"))
        items = (listed.json_object() or {}).get("Resources") if listed.ok else None
        first = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
        if not isinstance(first.get("id"), str):
            return False
        path = f"/Users/{quote(first['id'], safe='-._~')}"
        single = yield from send(harness_request("GET", path, label="try a feature"))
    except NoResponse:
        return False
    return single.ok and single.header("etag") is None


def refusal(response: Response, *, has_token: bool, discovered: bool) -> str:
    """Why nothing behind this answer to `GET /Users` speaks SCIM to us, or the empty string when something may."""
    status = response.status
    said = f"GET /Users was answered with {status}"
    if status in (401, 403):
        what = "refuses the token" if has_token else "wants a token, and none was given"
        return f"the target {what}: {said}"
    if status == 402:
        return f"the target asks for a licence or a plan that includes SCIM: {said}"
    if 300 <= status < 400:
        return (
            f"the target redirects to {response.header('location') or 'nowhere'}: give the URL behind it, or the token it wants"
        )
    if status < 500 and _is_page(response):
        return f"the target answers with a web page, not with SCIM: {said} and {response.media_type or 'no media type'}"
    if status in _LATER and not discovered:
        return f"the target {_LATER[status]}: {said}"
    if status == 404 and not discovered:
        return f"there is no SCIM endpoint at this path: {said}"
    return ""


_LATER = {
    429: "refuses further requests for now",
    **dict.fromkeys((502, 503, 504), "does not run behind its gateway, or is being maintained"),
}
"""Statuses that say nothing of the target's SCIM but that another time is better."""


def _is_page(response: Response) -> bool:
    return response.media_type == "text/html" or response.body.lstrip()[:1] == b"<"
