"""The report: one tree of plain values, the master of every output format.

`Report.to_json()` is what stands in `report.json`; `report.schema.json` beside this file describes it. Times named `at`,
`started` and `ended` are seconds since 1970 on the run's clock, `seconds` and `ms` are real durations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scim_sim.errors import UsageError
from scim_sim.report.codec import from_plain, to_plain
from scim_sim.report.kept import Recorded

__all__ = [
    "FORMAT",
    "Answer",
    "Cause",
    "Gate",
    "Judgement",
    "Leftover",
    "Mark",
    "Observation",
    "Reason",
    "Report",
    "RequirementResult",
    "Run",
    "Sight",
    "State",
    "StepResult",
    "Story",
    "Tool",
    "Trouble",
    "load_report",
]

FORMAT: Final = 1
"""The version of the format of `report.json`; it grows when something is renamed or removed."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Who wrote the report, and in which format."""

    name: str = "scim_sim"
    version: str = ""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances: `requests` counts per voice, `simulated` seconds per voice, `switches` the traits that rest on
    inference or were overridden, `caveats` what weakens the run, `error` why it stopped early, `scope` what narrowed it
    (empty for everything), `expired` the lines of the baseline that still fail although their date has passed."""

    target: str = ""
    base_url: str = ""
    profile: str = ""
    started: float = 0.0
    seconds: float = 0.0
    clock: str = "simulated"
    seed: int = 0
    mark: str = ""
    command: str = ""
    idps: tuple[str, ...] = ()
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    simulated: Mapping[str, float] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)
    cleaned: Mapping[str, int] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    baseline: str = ""
    scope: str = ""
    expired: tuple[str, ...] = ()
    interrupted: bool = False
    error: str = ""
    exit_code: int = 0
    bodies_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a release may pass by the default threshold, the exit code, and why in one line each."""

    open: bool = True
    exit_code: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Would this IdP work here, or does the target keep to the RFC?

    `verdict` is `works`, `works-with-deviations`, `breaks` or `not-tested`; for the RFC `conformant`, `deviates`,
    `violates` or `not-tested`. `reason` is one sentence for an administrator, `causes` the ids of the root causes,
    `standing` what kind of simulation it rests on (`first-class`, `community`, `reference`).
    """

    verdict: str
    reason: str
    title: str = ""
    variant: str = ""
    standing: str = ""
    facts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Findings of one check about one requirement that say the same, folded: `count` of them, the first exchanges.

    `verdict` is `pass`, `violation`, `deviation`, `note`, `breaks`, `known`, `stale` or `error`; `base` is the verdict
    without a baseline; `breaks` lists the IdPs whose need was not met; `cause` is the id of its root cause. Of the first
    finding, `exchanges` begins with the one that was judged, `trail` holds all it named, and `shown_by` the other one to
    look at.
    """

    check: str
    requirement: str
    level: str
    verdict: str
    base: str = ""
    breaks: tuple[str, ...] = ()
    scenario: str = ""
    step: str = ""
    voice: str = "harness"
    subject: str = ""
    message: str = ""
    expected: str = ""
    actual: str = ""
    pointer: str = ""
    admin_sees: str = ""
    exchanges: tuple[str, ...] = ()
    shown_by: str = ""
    trail: tuple[str, ...] = ()
    count: int = 1
    reason: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """One row of the catalogue and how it fared.

    `status` is `passed`, `failed`, `not applicable` or `untested`, the last two with a `reason`; `verdict` names how
    badly it failed (`base` without the baseline). `exchanges` are the first that show it.
    """

    document: str
    section: str
    level: str
    basis: str
    area: str
    severity: str
    statement: str
    status: str
    verdict: str
    base: str = ""
    reason: str = ""
    needed_by: tuple[str, ...] = ()
    core: bool = False
    passes: int = 0
    fails: int = 0
    cause: str = ""
    exchanges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in an exchange: `side` is `sent` or `received`, `pointer` a JSON pointer, `http` or `header:Name`."""

    exchange: str
    side: str
    pointer: str
    say: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is wrong: the sentence of an RFC with its level, or a need of an IdP with the source of the fact."""

    document: str
    section: str
    level: str
    basis: str
    statement: str
    source: str = ""
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the administrator of an IdP sees of it; `where` is the place in the console."""

    idp: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing to fix, and all findings that one fix would end.

    `key` is the same in two runs that show the same cause; `sent` and `received` are the exchanges to look at first;
    `place` is the scenario file and line, `command` runs that scenario again, `curl` repeats the request;
    `known_of_product` is what the target's profile says about it.
    """

    id: str
    key: str
    verdict: str
    title: str
    base: str = ""
    breaks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    severity: str = ""
    harm: str = ""
    hits: tuple[str, ...] = ()
    what: str = ""
    expected: str = ""
    actual: str = ""
    why: tuple[Reason, ...] = ()
    admin_sees: tuple[Sight, ...] = ()
    fix: str = ""
    curl: str = ""
    command: str = ""
    place: str = ""
    sent: str = ""
    received: str = ""
    marks: tuple[Mark, ...] = ()
    exchanges: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    findings: int = 0
    known_because: str = ""
    known_of_product: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step of a story: `outcome` is `done`, `failed`, `not applicable` or `skipped`."""

    step: str
    title: str = ""
    line: int = 0
    started: float = 0.0
    ended: float = 0.0
    outcome: str = ""
    reason: str = ""
    label: str = ""
    exchanges: int = 0
    first: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One scenario under one voice: `outcome` is `done`, `failed`, `not applicable`, `error`, or empty when cut short.

    Its exchanges are those of the report from index `begin` up to, and without, `end`.
    """

    scenario: str
    voice: str
    title: str = ""
    path: str = ""
    standing: str = ""
    started: float = 0.0
    ended: float = 0.0
    outcome: str = ""
    reason: str = ""
    switches: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[StepResult, ...] = ()
    begin: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """The job of an IdP went from one state to another, when so many exchanges (`place`) had been made."""

    scenario: str
    voice: str
    at: float
    before: str
    after: str
    why: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """One line of a table of facts: `kind` is `cycle`, `reconciliation`, `attribute`, `suite` or a new one."""

    kind: str
    scenario: str
    voice: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours that is still in the target."""

    kind: str
    resource_id: str
    name: str
    state: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The IdP's administrator saw something go wrong."""

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
class Report:
    """Everything known about one run.

    `answer` maps `rfc` and each IdP that was run to its answer; `summary` counts findings per verdict, `counts` root causes
    (`causes`) and requirements (`requirements`) per verdict.
    """

    tool: Tool = Tool()
    run: Run = Run()
    gate: Gate = Gate()
    answer: Mapping[str, Answer] = field(default_factory=dict)
    summary: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    findings: tuple[Judgement, ...] = ()
    requirements: Mapping[str, RequirementResult] = field(default_factory=dict)
    stories: tuple[Story, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    states: tuple[State, ...] = ()
    observed: tuple[Observation, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    exchanges: tuple[Recorded, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report as a tree of plain JSON values."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, tree: Any) -> Report:
        """The report in that tree; raises `UsageError` when it is none, or one of a newer format."""
        if not isinstance(tree, dict) or not isinstance(tree.get("tool"), dict) or tree["tool"].get("name") != "scim_sim":
            raise UsageError("this is no report of scim_sim", "give the report.json of a run")
        written = tree["tool"].get("format")
        if not isinstance(written, int) or written > FORMAT:
            raise UsageError(f"the report has format {written!r}, and this version reads up to {FORMAT}", "update scim-idp-sim")
        return from_plain(cls, tree)


def load_report(path: Path) -> Report:
    """The report in a `report.json`; raises `UsageError` for a file that cannot be read or is something else."""
    try:
        tree = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}", "give the report.json of a run") from None
    try:
        return Report.from_json(tree)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from None
