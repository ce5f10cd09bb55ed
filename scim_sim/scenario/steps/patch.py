"""PATCH requests in the harness's voice, without the frame around their operations."""

from __future__ import annotations

from typing import Any

from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scenario.steps.request import build_request
from scim_sim.scim.urns import PATCH_OP

__all__: list[str] = []


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
    bodies = [{"schemas": [PATCH_OP], "Operations": rows} for rows in (operations, *(others or ()))]
    made = [build_request(stage, method="PATCH", path=path, query=query, headers=headers, body=body) for body in bodies]
    if len(made) == 1:
        stage.ask(made[0])
        return
    stage.ask_at_once(made)
