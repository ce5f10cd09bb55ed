"""Resources that the harness puts on the target before a probe, so that there is something to find and to miss."""

from __future__ import annotations

from typing import Any

from scim_sim.problem import Problem
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scim.urns import GROUP, USER
from scim_sim.wire import Exchange

__all__: list[str] = []


@step("seed")
def seed(stage: Stage, users: list[Any] | None = None, groups: list[Any] | None = None, count: int = 0) -> None:
    """Create users and groups in the harness's voice; `${NAME.id}` is the id of the one called NAME.

    Each user is a mapping of SCIM attributes with a `key`; `userName` may be left out and then bears the run mark. `count`
    adds that many plain users `u01`, `u02`, … A group's `members` are keys of users.
    """
    rows = [dict(stage.fill(row)) for row in users or ()]
    rows += [{"key": f"u{number:02d}"} for number in range(1, count + 1)]
    people: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = str(row.pop("key", f"seed{len(stage.values)}"))
        person = stage.generator.person(key)
        full_name = {"givenName": person.given_name, "familyName": person.family_name}
        body = {"schemas": [USER], "userName": person.user_name, "name": full_name, "active": True, **row}
        body.setdefault("emails", [{"value": person.user_name, "type": "work", "primary": True}])
        people[key] = {k: v for k, v in body.items() if v is not None and not _is_lacking(stage, k)}
    _create(stage, "/Users", people)
    teams: dict[str, dict[str, Any]] = {}
    for row in groups or ():
        filled = dict(stage.fill(row))
        key = str(filled.pop("key", f"group{len(stage.values)}"))
        members = [{"value": stage.value(f"{member}.id")} for member in filled.pop("members", [])]
        name = stage.mark.name(str(filled.pop("displayName", key)))
        teams[key] = {"schemas": [GROUP], "displayName": name, "members": members, **filled}
    _create(stage, "/Groups", teams)


def _create(stage: Stage, endpoint: str, bodies: dict[str, dict[str, Any]]) -> None:
    requests = [harness_request("POST", endpoint, body=body, label=f"seed {key}") for key, body in bodies.items()]
    for (key, body), exchange in zip(bodies.items(), stage.ask_all(requests), strict=True):
        _keep(stage, key, body, exchange)


def _keep(stage: Stage, key: str, body: dict[str, Any], exchange: Exchange) -> None:
    answer = exchange.response.json_object() if exchange.response is not None and exchange.response.ok else None
    resource_id = answer.get("id") if answer else None
    if isinstance(resource_id, str) and resource_id:
        stage.values[f"{key}.id"] = resource_id
        stage.values[f"{key}.name"] = body.get("userName") or body.get("displayName")
        stage.values[f"{key}.resource"] = answer
    else:
        said = str(exchange.response.status) if exchange.response is not None else "none"
        for name in ("id", "name", "resource"):
            stage.lost[f"{key}.{name}"] = f"the target did not create (answer {said})"
        if exchange.response is None:
            reason = f"the seed {key} was not answered"
            stage.finding("seed_is_created", "rfc7644-3.3-create-201", outcome="untested", reason=reason)
            return
        problem = Problem(f"the creation is refused (the story needs {key})", "201", said, "http")
        stage.finding("seed_is_created", "rfc7644-3.3-create-201", problem, exchanges=(exchange.id,))


def _is_lacking(stage: Stage, name: str) -> bool:
    """Whether the target declares that its users have no such attribute; some refuse what they do not know."""
    return name != "schemas" and ":" not in name and stage.declared.lacks("/Users", name)
