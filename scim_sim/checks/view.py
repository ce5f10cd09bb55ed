"""What a check may look at besides the exchange: the surroundings of the run, and what is known of the target so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from scim_sim.checks.reading import Reading, read_exchange
from scim_sim.scim.declared import Declared
from scim_sim.wire import Exchange

__all__ = ["Surroundings", "View"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What does not change during a run: where the target is, what it declares, the run mark, who speaks.

    `alone` is false when others write to the target at the same time, so that totals may move by themselves.
    """

    base_url: str
    declared: Declared = field(default_factory=Declared)
    mark: str = ""
    voices: tuple[str, ...] = ()
    alone: bool = True


class View:
    """The growing knowledge of one run."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.declared = surroundings.declared
        self._reading: tuple[str, Reading] | None = None

    def look(self, exchange: Exchange) -> Reading:
        """The exchange taken apart, once."""
        if self._reading is None or self._reading[0] != exchange.id:
            self._reading = (exchange.id, read_exchange(exchange, self.declared))
        return self._reading[1]

    def observe(self, exchange: Exchange) -> None:
        """Learn from the exchange."""
