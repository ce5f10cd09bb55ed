"""What happened, in the past tense and in order: everything that observers (terminal, logs, report) are told.

The runner yields these; no observer talks back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scim_sim.checks.finding import Finding, Kept
from scim_sim.wire import Exchange

__all__ = [
    "Event",
    "ExchangeMade",
    "FindingMade",
    "LeftBehind",
    "LogWritten",
    "Observed",
    "RequirementsKept",
    "RunEnded",
    "RunStarted",
    "ScenarioEnded",
    "ScenarioStarted",
    "StateChanged",
    "StepEnded",
    "StepStarted",
    "TargetDescribed",
    "TroubleMet",
    "judged",
]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began; `scenarios` counts the scenario runs to come, one per scenario and identity provider.

    `at` is the run's clock; `wall` is the real time in seconds since 1970, or 0 where nobody is to know it.
    """

    at: float
    seed: int
    mark: str
    target: str
    base_url: str
    profile: str
    idps: tuple[str, ...]
    scenarios: int
    version: str
    clock: str = "simulated"
    command: str = ""
    wall: float = 0.0


@dataclass(frozen=True, slots=True)
class TargetDescribed:
    """Discovery is over: what the target declares, and what had to be assumed and why."""

    declared: Mapping[str, Any]
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """One scenario begins under one identity provider (`voice`, or `harness` for raw suites)."""

    at: float
    scenario: str
    title: str
    voice: str
    path: str = ""
    standing: str = ""
    steps: int = 0
    switches: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of a scenario begins; `step` is its id within the scenario (`03-assign`), `line` its line in the file."""

    at: float
    scenario: str
    step: str
    title: str
    line: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeMade:
    """A request was answered, or was not."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class FindingMade:
    """A check has judged."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class RequirementsKept:
    """Checks looked at an exchange and found nothing wrong."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class TroubleMet:
    """The IdP's administrator sees something go wrong; `exchange` is the one that caused it."""

    scenario: str
    step: str
    voice: str
    at: float
    need: str
    subject: str
    message: str
    where: str = ""
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The job of an IdP moved from one state to another."""

    scenario: str
    voice: str
    at: float
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class LogWritten:
    """The IdP wrote an entry into the log its administrator reads, in the IdP's own format; `file` is where it goes."""

    scenario: str
    voice: str
    file: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """A table of facts for the report: `kind` names it (`cycle`, `reconciliation`, `attribute`, `suite`), `row` is one line."""

    scenario: str
    voice: str
    kind: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is over; `outcome` is `done`, `failed`, `not applicable` or `skipped`."""

    at: float
    scenario: str
    step: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioEnded:
    """A scenario is over; `outcome` is `done`, `failed`, `not applicable`, `interrupted` or `error`."""

    at: float
    scenario: str
    voice: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Something the run created could not be removed from the target."""

    kind: str
    resource_id: str
    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over; `interrupted` after Ctrl-C, `error` when it stopped early (`exit_code` 3 for the target, 4 for us),
    `seconds` of real time."""

    at: float
    seconds: float
    interrupted: bool = False
    error: str = ""
    created: Mapping[str, int] = field(default_factory=dict)
    cleaned: Mapping[str, int] = field(default_factory=dict)
    exit_code: int = 4


Event = (
    RunStarted
    | TargetDescribed
    | ScenarioStarted
    | StepStarted
    | ExchangeMade
    | FindingMade
    | RequirementsKept
    | TroubleMet
    | StateChanged
    | LogWritten
    | Observed
    | StepEnded
    | ScenarioEnded
    | LeftBehind
    | RunEnded
)


def judged(said: Finding | Kept) -> FindingMade | RequirementsKept:
    """The event that tells of a judgement."""
    return RequirementsKept(said) if isinstance(said, Kept) else FindingMade(said)
