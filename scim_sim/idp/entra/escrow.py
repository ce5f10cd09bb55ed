"""Escrow: failed objects kept for retry, and when their next try is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scim_sim.idp.entra.answers import Refused
from scim_sim.idp.entra.job import DAY, HOUR, MINUTE
from scim_sim.idp.entra.traits import EntraTraits

__all__ = ["THRESHOLDS", "Escrow", "Failed", "retry_note"]

THRESHOLDS: Final = ("EncounteredEscrowProportionThreshold", "EncounteredBaseEscrowThreshold", "EncounteredTotalEscrowThreshold")
"""Why a job has too many failed objects: in proportion, in all without references, in all."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed object: why, since when, how often it was retried and when it is tried again.

    `part` is what failed: the `object` itself, or `links`, its references to others.
    """

    key: str
    code: str
    first: float
    next_try: float
    retries: int = 0
    part: str = "object"


class Escrow:
    """The failed objects by key; groups and users share the key space of the directory.

    `unresolved` are references to what is not provisioned, as pairs of object and other object; they are counted, and not
    tried again by themselves.
    """

    def __init__(self, traits: EntraTraits) -> None:
        self.traits = traits
        self.entries: dict[str, Failed] = {}
        self.unresolved: dict[tuple[str, str], None] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def put(self, key: str, refused: Refused, now: float, part: str = "object") -> tuple[Failed, bool]:
        """Keep the object for another try; true when the failure is a new one or another than before."""
        before = self.entries.get(key)
        retries = before.retries + 1 if before else 0
        first = before.first if before else now
        entry = Failed(key, refused.code, first, now + self._delay(retries), retries, part)
        self.entries[key] = entry
        return entry, before is None or before.code != refused.code

    def drop(self, key: str, part: str = "object") -> None:
        """Forget the failure of this part of the object; that of another part stays."""
        entry = self.entries.get(key)
        if entry is not None and entry.part == part:
            del self.entries[key]

    def clear(self) -> None:
        """Forget everything, as a restart that clears the escrows does."""
        self.entries.clear()
        self.unresolved.clear()

    def due(self, now: float) -> list[str]:
        """The objects to try again now; those that failed for 28 days are given up."""
        for key in [k for k, e in self.entries.items() if now - e.first >= self.traits.give_up_days * DAY]:
            del self.entries[key]
        return [key for key, entry in self.entries.items() if entry.next_try <= now]

    def threshold(self, failed: int, events: int) -> tuple[str, str, str] | None:
        """Why the job must be quarantined after a cycle with so many failed of so many events: reason, code, text."""
        limits, hard, everything = self.traits, len(self), len(self) + len(self.unresolved)
        if hard >= limits.quarantine_min_failures and events and failed / events > limits.quarantine_ratio:
            reason, said = THRESHOLDS[0], f"{failed} of {events} provisioning events failed"
        elif hard > limits.quarantine_max_failures:
            reason, said = THRESHOLDS[1], f"{hard} objects failed"
        elif everything > limits.quarantine_max_all:
            reason, said = THRESHOLDS[2], f"{everything} objects and references failed"
        else:
            return None
        return reason, reason, said

    def _delay(self, retries: int) -> float:
        if self.traits.retry_policy == "doc_6_12_24h":
            # The page counts 6, 12 and 24 hours from the first failure, then every 24 hours.
            return HOUR * (6.0, 6.0, 12.0)[retries] if retries < 3 else DAY
        return min(self.traits.cycle_minutes * MINUTE * 2.0**retries, DAY)


def retry_note(entry: Failed) -> str:
    """The end of a log reason: retries so far and the next try in UTC with seven decimals."""
    moment = datetime.fromtimestamp(entry.next_try, UTC)
    return f"Retried {entry.retries} times; next retry after {moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z UTC"
