"""What an unchanged second cycle writes again, and what that costs in a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["Resend", "Resends"]

YEAR_MINUTES: Final = 365 * 24 * 60


@dataclass(frozen=True, slots=True)
class Resend:
    """Attributes that were written although nothing had changed: on which objects, and the requests that it costs a year.

    What one PATCH carries together stands together: the attributes were resent for the same objects.
    """

    attributes: tuple[str, ...]
    keys: tuple[str, ...]
    requests_per_year: int
    cycle_minutes: int

    @property
    def message(self) -> str:
        """The sentence for the report."""
        many = len(self.keys)
        named = ", ".join(f"`{attribute}`" for attribute in self.attributes)
        cost = f"{self.requests_per_year:,} requests a year for {many} object{'s' if many > 1 else ''}"
        how = f"every {self.cycle_minutes} minutes, as often as a cycle looks at the object"
        return f"Entra will resend {named} {how}: up to {cost}"


class Resends:
    """Collects the writes of a cycle in which nothing had changed; deaf unless `listening`.

    What the target's schemas say it does not have (`lacks`) counts for nothing: such a mapping is the administrator's to end.
    """

    def __init__(self, lacks: Callable[[str], bool] = lambda path: False) -> None:
        self.listening = False
        self._lacks = lacks
        self._found: dict[str, dict[str, None]] = {}

    def note(self, key: str, paths: Iterable[str]) -> None:
        """A PATCH of the object with these attributes was answered well."""
        if self.listening:
            for path in (p for p in paths if not self._lacks(p)):
                self._found.setdefault(path, {})[key] = None

    def found(self, cycle_minutes: int) -> tuple[Resend, ...]:
        """What was resent, grouped by the objects; each object costs a read and a write per cycle."""
        per_year = 2 * (YEAR_MINUTES // cycle_minutes)
        groups: dict[tuple[str, ...], list[str]] = {}
        for path, keys in self._found.items():
            groups.setdefault(tuple(keys), []).append(path)
        return tuple(Resend(tuple(paths), keys, per_year * len(keys), cycle_minutes) for keys, paths in groups.items())
