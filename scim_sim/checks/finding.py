"""The recorded judgement of one check about one requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scim_sim.problem import Problem

__all__ = ["Finding", "Kept", "Outcome"]

Outcome = Literal["pass", "fail", "error", "not applicable", "untested"]
"""What happened: `error` is a crash of ours, never the target's fault; `not applicable` and `untested` are no pass."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check, one requirement, one outcome.

    `problem` is set for `fail` and `error`; `reason` says why something was not applicable or untested. `exchanges` are
    the ids that show it, `voice` who spoke (an engine or `harness`), `subject` the key of the person or team concerned.
    `level` lowers the requirement's own level for this finding (a `MAY` makes it a note).
    """

    check: str
    requirement: str
    outcome: Outcome
    problem: Problem | None = None
    exchanges: tuple[str, ...] = ()
    scenario: str = ""
    step: str = ""
    voice: str = "harness"
    subject: str = ""
    reason: str = ""
    admin_sees: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one exchange has shown to be kept: each check that looked and found nothing wrong, with the requirement.

    Most of what a judge says is this, so it is said once for an exchange and not in a finding for each requirement.
    """

    requirements: tuple[tuple[str, str], ...]
    exchange: str
    scenario: str
    step: str
    voice: str

    def finding(self, check: str, requirement: str) -> Finding:
        """One of them as a finding of its own: a pass."""
        return Finding(check, requirement, "pass", None, (self.exchange,), self.scenario, self.step, self.voice)
