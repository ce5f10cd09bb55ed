"""Going beyond a limit that the target announces: the request is made from what ServiceProviderConfig says."""

from __future__ import annotations

from typing import Any, Literal

from scim_sim.problem import Problem
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scim.urns import BULK_REQUEST, USER

__all__: list[str] = []

_MOST_OPERATIONS = 5_000
_MOST_BYTES = 8 * 1024 * 1024


@step("bulk overflow")
def bulk_overflow(stage: Stage, what: Literal["operations", "bytes"] = "operations") -> None:
    """Send a bulk request just beyond `maxOperations` or `maxPayloadSize`; it has to answer 413 and name the limit.

    Every operation deletes a user that does not exist, so that nothing happens where the limit is not kept.
    """
    name = "maxOperations" if what == "operations" else "maxPayloadSize"
    limit = stage.declared.limit("bulk", name)
    most = _MOST_OPERATIONS if what == "operations" else _MOST_BYTES
    if limit is None:
        raise NotApplicable(f"ServiceProviderConfig gives no bulk.{name}")
    if limit >= most:
        raise NotApplicable(f"bulk.{name} is {limit}, more than a probe should send")
    body = _operations(stage, limit + 1) if what == "operations" else _bytes(stage, limit + 1)
    exchange = stage.ask(harness_request("POST", "/Bulk", body=body, label=f"beyond {name}"))
    for requirement in stage.step.requirements:
        stage.finding("limit_is_kept", requirement, _problem(exchange.response, name, limit))


def _problem(response: Any, name: str, limit: int) -> Problem | None:
    if response is None:
        return Problem("no answer came", "413", "none", "http")
    if response.status != 413:
        return Problem(f"a request beyond {name} is not refused with 413", "413", str(response.status), "http")
    if str(limit) not in response.text:
        return Problem(f"the refusal does not name {name}", str(limit), response.text[:80], "/detail")
    return None


def _operations(stage: Stage, count: int) -> dict[str, Any]:
    rows = [{"method": "DELETE", "path": f"/Users/{stage.mark.text}-none-{n}"} for n in range(count)]
    return {"schemas": [BULK_REQUEST], "Operations": rows}


def _bytes(stage: Stage, size: int) -> dict[str, Any]:
    data = {"schemas": [USER], "userName": "", "displayName": "x" * size}
    row = {"method": "PUT", "path": f"/Users/{stage.mark.text}-none", "data": data}
    return {"schemas": [BULK_REQUEST], "Operations": [row]}
