"""Ask the target what it is, in the harness's voice, before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim_sim.flow import Flow, NoResponse, send
from scim_sim.scenario.harness import harness_request
from scim_sim.scim.declared import DOCUMENTS, Declared
from scim_sim.wire import NotJson, Response

__all__ = ["discover", "refusal"]


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
    return Declared.read(config, types, schemas, reasons=reasons, overrides=overrides)


def refusal(response: Response, *, has_token: bool, discovered: bool) -> str:
    """Why nothing behind this answer to `GET /Users` speaks SCIM to us, or the empty string when something may."""
    status = response.status
    said = f"GET /Users was answered with {status}"
    if status in (401, 403):
        what = "refuses the token" if has_token else "wants a token, and none was given (--token-env NAME)"
        return f"the target {what}: {said}"
    if status == 402:
        return f"the target asks for a licence or a plan that includes SCIM: {said}"
    if 300 <= status < 400:
        return (
            f"the target redirects to {response.header('location') or 'nowhere'}: give the URL behind it, or the token it wants"
        )
    if status < 500 and _is_page(response):
        return f"the target answers with a web page, not with SCIM: {said} and {response.media_type or 'no media type'}"
    if status == 404 and not discovered:
        return f"there is no SCIM endpoint at this path: {said}"
    return ""


def _is_page(response: Response) -> bool:
    return response.media_type == "text/html" or response.body.lstrip()[:1] == b"<"
