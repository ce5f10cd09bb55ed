"""Steps about the target's token: it is replaced, the identity provider goes on with the old one, and is told the new one."""

from __future__ import annotations

from scim_sim.problem import Problem
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.rotation import with_credentials
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.target.target import Auth
from scim_sim.wire import Exchange

__all__: list[str] = []

_HOW = "no way to replace the token was given: --rotate-command CMD, or --old-token-env NAME for one that is retired"


@step("rotate token")
def rotate_token(stage: Stage) -> None:
    """The target issues a new token: it has to work, the old one has to be dead at once, and the IdP still has the old one."""
    rotation = stage.rotation
    if rotation is None:
        raise NotApplicable(_HOW)
    old = rotation.old.header or ""
    new = Auth(rotation.old.scheme, rotation.new())
    stage.recorder.hide(new.secrets)
    rotation.use(new)
    after = _read(stage, new.header or "", "read with the new token")
    works = None if _ok(after) else Problem("the new token does not work", "200", _said(after), "http")
    stage.finding("new_token_works", "scenario-expectation", works, exchanges=(after.id,))
    dead = _read(stage, old, "read with the old token")
    refused = dead.response is not None and dead.response.status == 401
    alive = None if refused else Problem("the old token is still answered after its replacement", "401", _said(dead), "http")
    stage.finding("old_token_is_dead", "rfc6750-3.1-invalid-token", alive, exchanges=(dead.id,))
    stage.retired = old
    if not rotation.happened:
        rotation.old = new


@step("enter new token")
def enter_new_token(stage: Stage) -> None:
    """The identity provider's administrator enters the token that the target has issued."""
    if stage.rotation is None or not stage.retired:
        raise NotApplicable("the token has not been replaced")
    stage.retired = ""


def _read(stage: Stage, credentials: str, label: str) -> Exchange:
    request = harness_request("GET", "/Users", query={"startIndex": 1, "count": 1}, label=label)
    return stage.ask(with_credentials(request, credentials))


def _ok(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.ok


def _said(exchange: Exchange) -> str:
    return str(exchange.response.status) if exchange.response is not None else "no answer"
