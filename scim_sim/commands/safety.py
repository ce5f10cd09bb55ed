"""What `run` does so that nothing happens that was not meant to: dry runs, limits, one group alone; and the token's age."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from scim_sim.api import InProcess
from scim_sim.clock import SimulatedClock
from scim_sim.drivers.credentials import Credentials
from scim_sim.drivers.drive import Transport
from scim_sim.drivers.dry_run import DryRun
from scim_sim.drivers.guard import Guard
from scim_sim.errors import UsageError
from scim_sim.events import Event, FindingMade, RequirementsKept
from scim_sim.provider import Provider
from scim_sim.report.model import Report
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.narrow import first_people, only_group
from scim_sim.scenario.rotation import Rotation
from scim_sim.target import Auth, Target
from scim_sim.wire import Request

__all__ = ["Safety", "age_warning", "narrowed", "rotation_of", "safe", "says_nothing", "unproved"]

OLD_DAYS = 90
"""After so many days a token should be replaced."""


@dataclass(frozen=True, slots=True)
class Safety:
    """The options: `dry_run` is empty, `reads` or `nothing`; `limit` counts new accounts; `share` is a part from 0 to 1."""

    dry_run: str = ""
    limit: int | None = None
    only_group: str = ""
    share: float | None = None
    token_issued: str = ""
    rotate_command: str = ""
    old_token_env: str = ""


def narrowed(scenarios: list[Scenario], safety: Safety) -> list[Scenario]:
    """The scenarios with the people and the group that the options leave."""
    if safety.only_group:
        scenarios = only_group(scenarios, safety.only_group)
    return first_people(scenarios, safety.limit) if safety.limit is not None else scenarios


def safe(transport: Transport, target: Target, safety: Safety, planned: Callable[[Request], None]) -> Transport:
    """The transport behind the guards; in a dry run `planned` hears of each write, and none is sent."""
    if safety.dry_run:
        stand_in = _stand_in(target)
        transport = DryRun(stand_in, planned, transport if safety.dry_run == "reads" else None)
    if safety.limit is None and safety.share is None:
        return transport
    return Guard(transport, most=safety.limit, share=safety.share)


def _stand_in(target: Target) -> Transport:
    """The embedded provider, like the target where its profile says what that is like."""
    profile = target.profile
    if profile.persona and profile.persona != "openmetadata":
        from scim_sim.provider.personas import like

        product = like(f"{profile.persona}:{profile.variant}" if profile.variant else profile.persona, seed=0)
        product.provider.base_url = target.base_url
        return InProcess(product.provider, product.token)
    return InProcess(Provider(token="dry-run", clock=SimulatedClock(), seed=0, base_url=target.base_url), "dry-run")


def says_nothing(event: Event, safety: Safety) -> bool:
    """Whether the event is a judgement of a dry run: the stand-in gave the answers, so it is not about the target."""
    return bool(safety.dry_run) and isinstance(event, FindingMade | RequirementsKept)


def unproved(report: Report) -> Report:
    """The report of a dry run: no answer is known, because nothing was written, and no gate opens for it."""
    why = "A dry run: nothing was written, so nothing was tested"
    answers = {name: replace(answer, verdict="not-tested", reason=f"{why}.", facts=()) for name, answer in report.answer.items()}
    return replace(report, answer=answers, gate=replace(report.gate, open=False, reasons=(why, *report.gate.reasons)))


def rotation_of(credentials: Credentials, target: Target, safety: Safety, rotate: Callable[[], str] | None) -> Rotation | None:
    """How the token can be replaced: by a command that prints the new one, by the embedded product, or long before."""
    if safety.rotate_command:
        return Rotation(target.auth, lambda: _printed(safety.rotate_command), credentials.use)
    if safety.old_token_env:
        old = os.environ.get(safety.old_token_env, "").strip()
        if not old:
            raise UsageError(f"the environment variable {safety.old_token_env} is not set or empty", "it holds the retired token")
        return Rotation(Auth(target.auth.scheme, old), lambda: target.auth.secret, credentials.use, happened=True)
    return Rotation(target.auth, rotate, credentials.use) if rotate is not None and target.auth.scheme == "Bearer" else None


def _printed(command: str) -> str:
    """What the command prints, which is a token; it is read from its output, so that it stands in no process list."""
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=False)
    token = done.stdout.strip()
    if done.returncode or not token or len(token.splitlines()) != 1:
        raise UsageError(
            f"the rotate command ended with {done.returncode} and printed {len(done.stdout.splitlines())} lines",
            "it should print the new token, on one line, and end with 0",
        )
    return token


def age_warning(issued: str, today: dt.date) -> str:
    """How old the token is, in a sentence; raises `UsageError` for a date that is none or lies ahead."""
    try:
        date = dt.date.fromisoformat(issued)
    except ValueError:
        raise UsageError(f'"{issued}" is no date', "write --token-issued 2026-01-31") from None
    days = (today - date).days
    if days < 0:
        raise UsageError(f"the token cannot have been issued on {issued}: that day is still to come")
    if days > OLD_DAYS:
        return f"the token is {days} days old: replace it, as every {OLD_DAYS} days is advised"
    return f"the token is {days} days old"


def plan_lines(requests: Iterable[Request]) -> list[str]:
    """The writes that would be sent, a line each."""
    return [f"{number:4} {request.method:6} {request.target}  {request.label}" for number, request in enumerate(requests, 1)]
