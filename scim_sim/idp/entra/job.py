"""The provisioning job as a state machine: in which state it is, what moves it on, and when it runs next.

    state           the portal says              runs
    NotConfigured   no credentials saved         never
    NotRun          saved, never started         never
    Initial         initial or full cycle due    at once
    Active          between incremental cycles   every 40 minutes
    Paused          stopped by the administrator never, but keeps watermark and links
    Quarantine      running rarely               at growing distances, at last once a day
    Disabled        given up after 28 days       never, until it is restarted

`TRANSITIONS` is the whole truth; the diagram in the documentation is drawn from it. Provision on demand does not move
the job: it is an excursion from every state that has credentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.clock import iso
from scim_sim.idp.entra.traits import EntraTraits

__all__ = ["DAY", "TRANSITIONS", "Job", "Quarantine", "diagram", "quarantine_delay"]

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0

TRANSITIONS: Final[Mapping[tuple[str, str], str]] = {
    ("NotConfigured", "credentials saved"): "NotRun",
    ("NotRun", "start"): "Initial",
    ("Initial", "cycle completed"): "Active",
    ("Initial", "quarantine"): "Quarantine",
    ("Initial", "errors pruned"): "Paused",
    ("Initial", "stop"): "Paused",
    ("Initial", "restart"): "Initial",
    ("Active", "cycle completed"): "Active",
    ("Active", "quarantine"): "Quarantine",
    ("Active", "stop"): "Paused",
    ("Active", "restart"): "Initial",
    ("Paused", "start"): "Active",
    ("Paused", "restart"): "Initial",
    ("Quarantine", "quarantine"): "Quarantine",
    ("Quarantine", "errors gone"): "Active",
    ("Quarantine", "errors pruned"): "Paused",
    ("Quarantine", "stop"): "Paused",
    ("Quarantine", "restart"): "Initial",
    ("Quarantine", "28 days"): "Disabled",
    ("Disabled", "restart"): "Initial",
}
RUNNING: Final = ("Initial", "Active", "Quarantine")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why and since when the job is quarantined; `tries` counts the runs since, `next_attempt` is when it runs again.

    `series_began` is when it was imposed first, `current_began` when it was last.
    """

    reason: str
    code: str
    message: str
    series_began: float
    current_began: float
    next_attempt: float
    tries: int = 0


class Job:
    """The state of one job and its schedule, in seconds of the clock."""

    def __init__(self, traits: EntraTraits) -> None:
        self.traits = traits
        self.state = "NotConfigured"
        self.next_run: float | None = None
        self.quarantine: Quarantine | None = None
        self.full_cycle_due = False
        self.escrows_pruned = False
        self.ever_completed = False

    def move(self, event: str) -> tuple[str, str] | None:
        """Apply an event: the states before and after, or `None` when the event means nothing in this state."""
        after = TRANSITIONS.get((self.state, event))
        if after is None:
            return None
        before, self.state = self.state, after
        return before, after

    @property
    def running(self) -> bool:
        """Whether the job runs cycles."""
        return self.state in RUNNING

    @property
    def status(self) -> str:
        """The status code as Microsoft Graph has it: NotConfigured, NotRun, Active, Paused or Quarantine."""
        return {"Initial": "Active", "Disabled": "Quarantine"}.get(self.state, self.state)

    def graph(self) -> dict[str, Any]:
        """Schedule and status in the words of Microsoft Graph's synchronizationJob."""
        held = self.quarantine
        schedule = {"NotConfigured": "Disabled", "NotRun": "Disabled", "Disabled": "Disabled", "Paused": "Paused"}
        quarantine = held and {
            "currentBegan": iso(held.current_began),
            "nextAttempt": iso(held.next_attempt),
            "reason": held.reason,
            "seriesBegan": iso(held.series_began),
            "seriesCount": held.tries + 1,
            "error": {"code": held.code, "message": held.message, "tenantActionable": True},
        }
        return {
            "schedule": {"interval": f"PT{self.traits.cycle_minutes}M", "state": schedule.get(self.state, "Active")},
            "status": {"code": self.status, "escrowsPruned": self.escrows_pruned, "quarantine": quarantine},
        }

    def schedule_after(self, began: float, now: float) -> None:
        """Set the next run after a cycle that began then: 40 minutes after its start, or at once when it took longer."""
        self.next_run = max(began + self.traits.cycle_minutes * MINUTE, now)

    def enter_quarantine(self, reason: str, code: str, message: str, now: float) -> None:
        """Note the reason; the first entry of a series keeps its time, each further one waits longer."""
        began = self.quarantine.series_began if self.quarantine else now
        tries = self.quarantine.tries + 1 if self.quarantine else 0
        upcoming = now + quarantine_delay(self.traits.quarantine_policy, tries)
        self.quarantine = Quarantine(reason, code, message, began, now, upcoming, tries)
        self.next_run = upcoming

    def expired(self, now: float) -> bool:
        """Whether the quarantine has lasted its 28 days."""
        return self.quarantine is not None and now - self.quarantine.series_began >= self.traits.give_up_days * DAY


def quarantine_delay(policy: str, tries: int) -> float:
    """Seconds until the next run of a quarantined job after so many runs in quarantine."""
    steps = (0.5, 1.0, 2.0, 4.0, 8.0) if policy == "half_hour_doubling" else (6.0, 12.0, 24.0)
    return HOUR * (steps[tries] if tries < len(steps) else 24.0)


def diagram() -> str:
    """The transition table as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", "    [*] --> NotConfigured", *_arrows()])


def _arrows() -> Iterator[str]:
    for (before, event), after in TRANSITIONS.items():
        yield f"    {before} --> {after}: {event}"
