"""Ask the target what it is, in the harness's voice, before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim_sim.flow import Flow, NoResponse, send
from scim_sim.scenario.harness import harness_request
from scim_sim.scim.declared import DOCUMENTS, Declared
from scim_sim.wire import NotJson

__all__ = ["discover"]


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
