"""Bulk that answers, orders, resolves or limits wrongly (RFC 7644 section 3.7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, configured, refused, status, with_body
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import Request, Response, json_body

__all__: list[str] = []

Json = dict[str, Any]


def _results(edit: Any) -> Any:
    """Edit every result, in place."""

    def pipe(call: Call, value: Json) -> Json:
        for item in value["Operations"]:
            edit(item)
        return value

    return lambda provider: provider.seams.bulk.append(pipe)


def _listed(change: Any) -> Any:
    """Change the list of results."""
    return lambda provider: provider.seams.bulk.append(lambda call, value: {**value, "Operations": change(value["Operations"])})


def _request(edit: Any) -> Any:
    """Change the operations of a bulk request before they are understood."""

    def arrive(call: Call) -> None:
        if call.path == ("Bulk",) and call.method == "POST" and call.request.body:
            try:
                value = call.request.json()
            except ValueError:
                return
            if isinstance(value, dict) and isinstance(value.get("Operations"), list):
                call.request = replace(call.request, body=json_body(edit(value)))

    return lambda provider: provider.seams.arrive.append(arrive)


def _failed(item: Json) -> bool:
    return int(item["status"]) >= 400


defect(
    "bulk-with-status-of-first-error",
    "rfc7644-3.7-bulk-200",
    "rfc7644-3.7-bulk-continue-on-error",
    depth="response",
    summary="A bulk request in which an operation failed answers 400.",
    hook=answered(
        lambda call, response: replace(response, status=400) if any(map(_failed, response.json()["Operations"])) else response,
        on="bulk",
        status=200,
    ),
)
defect(
    "bulk-with-201",
    "rfc7644-3.7-bulk-200",
    depth="response",
    summary="A bulk request answers 201.",
    hook=status(200, 201, on="bulk"),
)
defect(
    "bulk-without-schemas",
    "rfc7644-3.7-bulk-200",
    depth="response",
    summary="A BulkResponse does not name its schema.",
    hook=answered(
        lambda call, response: with_body(response, {"Operations": response.json()["Operations"]}), on="bulk", status=200
    ),
)
defect(
    "bulk-results-of-failures-only",
    "rfc7644-3.7.3-bulk-result-per-operation",
    depth="response",
    summary="Only failed operations have a result.",
    hook=_listed(lambda items: [item for item in items if _failed(item)]),
)
defect(
    "bulk-last-result-missing",
    "rfc7644-3.7.3-bulk-result-per-operation",
    depth="response",
    summary="The last operation has no result.",
    hook=_listed(lambda items: items[:-1]),
)
defect(
    "bulk-status-as-number",
    "rfc7644-3.7.3-bulk-status-string",
    depth="response",
    summary="status of a result is a number.",
    hook=_results(lambda item: item.update(status=int(item["status"]))),
)
defect(
    "bulk-status-as-object",
    "rfc7644-3.7.3-bulk-status-string",
    depth="response",
    summary="status of a result is an object with a code, as in drafts of the RFC.",
    hook=_results(lambda item: item.update(status={"code": item["status"]})),
)
defect(
    "bulk-status-always-200",
    "rfc7644-3.7.3-bulk-status-string",
    "rfc7644-3.7-bulk-error-body",
    depth="response",
    summary="Every result says 200.",
    hook=_results(lambda item: item.update(status="200")),
)
defect(
    "bulk-without-location",
    "rfc7644-3.7.3-bulk-location",
    depth="response",
    summary="Results have no location.",
    hook=_results(lambda item: item.pop("location", None)),
)
defect(
    "bulk-location-of-collection",
    "rfc7644-3.7.3-bulk-location",
    depth="response",
    summary="location of a result is the collection.",
    hook=_results(lambda item: item.update(location=item["location"].rsplit("/", 1)[0]) if "location" in item else None),
)
defect(
    "bulk-id-not-given-back",
    "rfc7644-3.7-bulk-bulkid-echo",
    depth="response",
    summary="Results do not carry the bulkId of their operation.",
    hook=_results(lambda item: item.pop("bulkId", None)),
)
defect(
    "bulk-ids-swapped",
    "rfc7644-3.7-bulk-bulkid-echo",
    depth="response",
    summary="Every result carries the bulkId of the first operation.",
    hook=_listed(lambda items: [{**item, "bulkId": items[0].get("bulkId")} if "bulkId" in item else item for item in items]),
)
defect(
    "bulk-failure-without-error",
    "rfc7644-3.7-bulk-error-body",
    depth="response",
    summary="A failed operation has no Error in its result.",
    hook=_results(lambda item: item.pop("response", None)),
)
defect(
    "bulk-failure-as-text",
    "rfc7644-3.7-bulk-error-body",
    depth="response",
    summary="The response of a failed operation is a text.",
    hook=_results(lambda item: item.update(response="failed") if "response" in item else None),
)
defect(
    "bulk-stops-at-first-error",
    "rfc7644-3.7-bulk-continue-on-error",
    depth="readback",
    summary="The first error stops a bulk request without failOnErrors.",
    hook=_request(lambda value: {"failOnErrors": 1, **value}),
)
defect(
    "bulk-never-stops",
    "rfc7644-3.7-bulk-failonerrors",
    depth="readback",
    summary="failOnErrors is ignored.",
    hook=_request(lambda value: {name: item for name, item in value.items() if name != "failOnErrors"}),
)
defect(
    "bulk-stops-one-late",
    "rfc7644-3.7-bulk-failonerrors",
    depth="readback",
    summary="Processing stops one error later than failOnErrors says.",
    hook=_request(lambda value: {**value, "failOnErrors": value["failOnErrors"] + 1} if "failOnErrors" in value else value),
)


def _renamed(value: Any, keep_paths: bool = False) -> Any:
    """The value with every bulkId reference spelled so that nothing resolves it."""
    if isinstance(value, str):
        return value.replace("bulkId:", "bulkid-")
    if isinstance(value, dict):
        return {name: item if keep_paths and name == "path" else _renamed(item) for name, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, list) else value


@defect("bulk-references-not-resolved", "rfc7644-3.7.2-bulkid-reference", "rfc7644-3.7.2-bulkid-unresolvable", depth="readback")
def _unresolved(provider: Provider) -> None:
    """A bulkId reference is stored as it stands."""
    provider.configure(unknown_members="accept")
    _request(lambda value: {**value, "Operations": [_renamed(item, keep_paths=True) for item in value["Operations"]]})(provider)
    provider.seams.represent.append(
        lambda call, view: (
            {**view, "members": [{**item, "value": item["value"].replace("bulkid-", "bulkId:")} for item in view["members"]]}
            if "members" in view
            else view
        )
    )


@defect("bulk-references-only-backwards", "rfc7644-3.7-bulk-forward-reference", depth="response")
def _backwards(provider: Provider) -> None:
    """A reference to an operation that comes later fails."""

    def edit(value: Json) -> Json:
        known: set[str] = set()
        operations: list[Json] = []
        for given in value["Operations"]:
            item = given
            text = json_body({"data": item.get("data"), "path": item.get("path")}).decode("utf-8", "replace")
            names = {str(other.get("bulkId")) for other in value["Operations"]} - known - {str(item.get("bulkId"))}
            if any(f"bulkId:{name}" in text for name in names):
                item = {**item, "data": _renamed(item.get("data"))}
            operations.append(item)
            known.add(str(item.get("bulkId")))
        return {**value, "Operations": operations}

    _request(edit)(provider)


defect(
    "bulk-circle-is-500",
    "rfc7644-3.7.1-bulk-circular",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="References in a circle answer 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if "in a circle" in refusal.detail else None),
)


@defect("bulk-unknown-reference-dropped", "rfc7644-3.7.2-bulkid-unresolvable", depth="readback")
def _dropped(provider: Provider) -> None:
    """A reference to a bulkId that nobody defines is dropped without a word."""
    provider.configure(unknown_members="drop")

    def edit(value: Json) -> Json:
        known = {str(item.get("bulkId")) for item in value["Operations"]}

        def resolved(part: Any) -> Any:
            if isinstance(part, str) and part.startswith("bulkId:") and part.removeprefix("bulkId:") not in known:
                return "nobody"
            if isinstance(part, dict):
                return {name: resolved(item) for name, item in part.items()}
            return [resolved(item) for item in part] if isinstance(part, list) else part

        return {**value, "Operations": [resolved(item) for item in value["Operations"]]}

    _request(edit)(provider)


@defect("bulk-limit-not-kept", "rfc7644-3.7.4-bulk-max-operations", depth="many")
def _no_limit(provider: Provider) -> None:
    """More operations than maxOperations are carried out."""
    provider.seams.discovery.append(
        lambda call, value: {**value, "bulk": {**value["bulk"], "maxOperations": 3}} if "bulk" in value else value
    )


@defect("bulk-payload-limit-not-kept", "rfc7644-3.7.4-bulk-max-payload", depth="many")
def _no_payload_limit(provider: Provider) -> None:
    """A payload above maxPayloadSize is carried out."""
    provider.seams.discovery.append(
        lambda call, value: {**value, "bulk": {**value["bulk"], "maxPayloadSize": 2000}} if "bulk" in value else value
    )


@defect("bulk-over-limit-is-400", "rfc7644-3.7.4-bulk-max-operations", "rfc7644-3.7.4-bulk-max-payload", depth="many")
def _wrong_status(provider: Provider) -> None:
    """A request above a bulk limit answers 400 and does not name the limit."""
    configured(bulk_operations=10, bulk_bytes=10_000)(provider)
    refused(lambda call, refusal: Refusal(400, "too large") if refusal.status == 413 else None)(provider)


defect(
    "bulk-version-ignored",
    "rfc7644-3.7-bulk-version-check",
    depth="readback",
    summary="version of an operation is ignored.",
    hook=_request(
        lambda value: {
            **value,
            "Operations": [
                {name: part for name, part in item.items() if name != "version"} if isinstance(item, dict) else item
                for item in value["Operations"]
            ],
        }
    ),
)
defect(
    "bulk-malformed-is-500",
    "rfc7644-3.7-bulk-bad-request",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A malformed bulk request answers 500.",
    hook=refused(
        lambda call, refusal: (
            Refusal(500, "failed") if call.operation == "bulk" and refusal.scim_type == "invalidSyntax" else None
        )
    ),
)
defect(
    "bulk-malformed-is-accepted",
    "rfc7644-3.7-bulk-bad-request",
    depth="response",
    summary="A bulk request without operations, or with a method that does not exist, answers 200 and an empty result.",
    hook=answered(
        lambda call, response: Response(200, response.headers, json_body({"schemas": [urns.BULK_RESPONSE], "Operations": []})),
        on="bulk",
        status=400,
    ),
)


def _unreported(method: str, result: str, where: str = "/") -> Any:
    """Leave out the operations of one method below that path, and report them as carried out."""

    def hook(provider: Provider) -> None:
        inner = provider.inner

        def pretend(outer: Call, request: Request) -> Response:
            mine = request.method == method and request.path.startswith(where)
            return Response(int(result)) if mine else inner(outer, request)

        provider.inner = pretend  # type: ignore[method-assign]

    return hook


defect(
    "bulk-patch-without-effect",
    "rfc7644-3.7-bulk-effects",
    depth="readback",
    summary="A PATCH in a bulk request is reported as done and changes nothing.",
    hook=_unreported("PATCH", "200"),
)
defect(
    "bulk-patch-of-groups-without-effect",
    "rfc7644-3.7-bulk-effects",
    depth="readback",
    summary="A PATCH of a group in a bulk request is reported as done and changes nothing.",
    hook=_unreported("PATCH", "200", "/Groups/"),
)
defect(
    "bulk-put-without-effect",
    "rfc7644-3.7-bulk-effects",
    depth="readback",
    summary="A PUT in a bulk request is reported as done and changes nothing.",
    hook=_unreported("PUT", "200"),
)
defect(
    "bulk-creation-loses-extension",
    "rfc7644-3.7-bulk-effects",
    depth="readback",
    summary="A user created by a bulk request is stored without the enterprise extension.",
    hook=lambda provider: provider.seams.body.append(
        lambda call, value: {k: v for k, v in value.items() if not (call.inner and k == urns.ENTERPRISE_USER)}
    ),
)


def _swapped(results: list[Json]) -> list[Json]:
    made = [item for item in results if item["method"] == "POST" and not _failed(item)]
    if len(made) > 1:
        made[0]["location"], made[1]["location"] = made[1]["location"], made[0]["location"]
    return results


defect(
    "bulk-locations-swapped",
    "rfc7644-3.7-bulk-effects",
    "rfc7644-3.7.2-bulkid-reference",
    depth="readback",
    summary="The results of two creations carry the location of each other.",
    hook=_listed(_swapped),
)
defect(
    "bulk-result-holds-password",
    "rfc7643-4.1.1-password-never-returned",
    depth="security",
    summary="The result of a PATCH in a bulk request holds a password.",
    hook=_results(lambda item: item.update(response={"password": "Secret-Invented-1"}) if item["method"] == "PATCH" else None),
)
