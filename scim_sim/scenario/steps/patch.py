"""PATCH requests in the harness's voice, without the frame around their operations."""

from __future__ import annotations

from typing import Any

from scim_sim.checks.blame import touches
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scenario.steps.request import build_request
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.urns import GROUP, PATCH_OP, USER

__all__: list[str] = []


def _must_have(stage: Stage, path: str, operations: Any) -> None:
    """Raise `NotApplicable` when an operation is about a usual attribute that the target declares not to have."""
    endpoint = "/Groups" if path.startswith("/Groups") else "/Users"
    usual = core_schemas()
    for operation in operations if isinstance(operations, list) else ():
        for touch in touches(operation, {}, usual) if isinstance(operation, dict) else ():
            urn, _, name = touch.attribute.rpartition(":")
            known = usual.find(name, urn=urn or None, within=(GROUP if endpoint == "/Groups" else USER,))
            if known is not None and stage.declared.lacks(endpoint, touch.place):
                raise NotApplicable(f"the target declares no {known.name}")
            if known is not None and stage.declared.computes(endpoint, touch.place):
                raise NotApplicable(f"the target decides {known.name} itself")


@step("patch")
def patch(
    stage: Stage,
    path: str,
    operations: list[Any],
    query: str | dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    others: list[Any] | None = None,
) -> None:
    """Send a PATCH with these operations (RFC 7644 section 3.5.2).

    `others` are further lists of operations, each sent as a request of its own at the same time.
    """
    for rows in (operations, *(others or ())):
        _must_have(stage, path, stage.fill(rows))
    bodies = [{"schemas": [PATCH_OP], "Operations": rows} for rows in (operations, *(others or ()))]
    made = [build_request(stage, method="PATCH", path=path, query=query, headers=headers, body=body) for body in bodies]
    if len(made) == 1:
        stage.ask(made[0])
        return
    stage.ask_at_once(made)
