"""Remove what a run has created, prove that it is gone, and say what is left.

Groups go before users. Where the target cannot delete, the account is switched off. Every deletion is read back. At the
end the target is searched for the run mark, because a creation may have happened although no answer said so. Only
resources that bear this run's mark, or whose creation was answered, are touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scim_sim.events import LeftBehind
from scim_sim.flow import Flow, NoResponse, send
from scim_sim.scenario.harness import harness_request, quoted
from scim_sim.scenario.ledger import Created, Ledger
from scim_sim.scim.urns import PATCH_OP
from scim_sim.wire import Request, Response

__all__ = ["clean_up"]

_PAGES = 20
_PAGE = 100
_SWEEPS = 3
_SILENT = "the target does not answer any more"


def clean_up(ledger: Ledger, *, sweep: bool = True, endpoints: Iterable[str] = ("/Users", "/Groups")) -> Flow[list[LeftBehind]]:
    """Delete or deactivate everything in the ledger; the result is what is still there."""
    left: dict[tuple[str, str], LeftBehind] = {}
    for created in sorted(ledger, key=lambda c: c.endpoint == "/Users"):
        rest = yield from _remove(created, ledger)
        if rest is not None:
            left[(created.endpoint, created.id)] = rest
            if rest.reason == _SILENT:
                return [_left(other, "unknown", _SILENT) for other in ledger]
    yield from _look_up_suspects(ledger)
    if sweep:
        for endpoint in dict.fromkeys((*endpoints, *ledger.counts)):
            yield from _sweep(endpoint, ledger, left)
    for created in sorted((c for c in ledger if (c.endpoint, c.id) not in left), key=lambda c: c.endpoint == "/Users"):
        rest = yield from _remove(created, ledger)
        if rest is not None:
            left[(created.endpoint, created.id)] = rest
    return list(left.values())


def _remove(created: Created, ledger: Ledger) -> Flow[LeftBehind | None]:
    path = f"{created.endpoint}/{created.id}"
    reason = ""
    for _ in range(_SWEEPS):
        response = yield from _try(harness_request("DELETE", path, label="clean up: delete"))
        seen = yield from _try(harness_request("GET", path, label="clean up: prove it is gone"))
        if seen is not None and seen.status in (404, 410):
            ledger.forget(created)
            return None
        if response is None and seen is None:
            return _left(created, "unknown", _SILENT)
        reason = _said(response, "DELETE")
        if response is None or response.status not in (200, 202, 204, 429, 500, 502, 503, 504):
            break
        ledger.adopt(created.endpoint, {"id": created.id, "userName": created.name})
    inactive = False if created.endpoint == "/Groups" else (yield from _deactivate(path))
    return _left(created, "deactivated" if inactive else "still there", reason)


def _left(created: Created, state: str, reason: str) -> LeftBehind:
    return LeftBehind(created.endpoint.strip("/").removesuffix("s"), created.id, created.name, state, reason)


def _deactivate(path: str) -> Flow[bool]:
    patch = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    yield from _try(harness_request("PATCH", path, body=patch, label="clean up: deactivate"))
    for attempt in (1, 2):
        seen = yield from _try(harness_request("GET", path, label="clean up: prove it is inactive"))
        body = seen.json_object() if seen is not None and seen.ok else None
        if body is not None and body.get("active") is False:
            return True
        if attempt == 1 and body is not None:
            yield from _try(harness_request("PUT", path, body={**body, "active": False}, label="clean up: deactivate"))
    return False


def _look_up_suspects(ledger: Ledger) -> Flow[None]:
    """Find by name what may have been created although the answer did not say so."""
    for endpoint, name in list(ledger.suspects):
        attribute = "displayName" if endpoint == "/Groups" else "userName"
        query = {"filter": f"{attribute} eq {quoted(name)}"}
        response = yield from _try(harness_request("GET", endpoint, query=query, label="clean up: look for a suspect"))
        for resource in _resources(response):
            ledger.adopt(endpoint, resource)
    ledger.suspects.clear()


def _sweep(endpoint: str, ledger: Ledger, left: dict[tuple[str, str], LeftBehind]) -> Flow[None]:
    """Search the collection for the run mark: by filter, or page by page where the filter is refused or ignored."""
    attribute = "displayName" if endpoint == "/Groups" else "userName"
    query: dict[str, Any] = {"filter": f"{attribute} co {quoted(ledger.mark.text)}", "startIndex": 1, "count": _PAGE}
    response = yield from _try(harness_request("GET", endpoint, query=query, label="clean up: search for the run mark"))
    found = _resources(response)
    if response is not None and response.ok:
        for resource in found:
            ledger.adopt(endpoint, resource)
        if all(ledger.mark.marks(_name(resource)) for resource in found) and len(found) < _PAGE:
            return
    elif response is None or response.status in (401, 402, 403, 404, 501):
        return
    if not (ledger.counts.get(endpoint) or left):
        return
    for page in range(_PAGES):
        query = {"startIndex": page * _PAGE + 1, "count": _PAGE}
        response = yield from _try(harness_request("GET", endpoint, query=query, label="clean up: search page by page"))
        found = _resources(response)
        for resource in found:
            ledger.adopt(endpoint, resource)
        if not found or page * _PAGE + len(found) >= _total(response):
            return


def _try(request: Request) -> Flow[Response | None]:
    try:
        return (yield from send(request))
    except NoResponse:
        return None


def _resources(response: Response | None) -> list[dict[str, Any]]:
    body = response.json_object() if response is not None and response.ok else None
    listed = body.get("Resources") if body else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _total(response: Response | None) -> int:
    body = (response.json_object() if response is not None else None) or {}
    total = body.get("totalResults")
    return total if isinstance(total, int) else 0


def _name(resource: dict[str, Any]) -> str:
    value = resource.get("userName") or resource.get("displayName") or ""
    return value if isinstance(value, str) else ""


def _said(response: Response | None, method: str) -> str:
    return f"{method} was not answered" if response is None else f"{method} was answered with {response.status}"
