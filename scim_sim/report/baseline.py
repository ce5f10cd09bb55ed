"""The list of deviations that are accepted for now.

One line each: `check  scenario/step  owner=NAME expires=YYYY-MM-DD  # reason`. Owner and date may be left out, `*` stands
for any text in check and place. Listed and failing is known; listed and passing is stale and must leave the list; a line
past its date counts for nothing.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from scim_sim.checks.check import CHECKS, TRAIL_CHECKS
from scim_sim.errors import UsageError
from scim_sim.scim.requirements import catalogue

__all__ = ["Baseline", "Entry", "load_baseline"]

NEAR: Final = 0.9
"""How like a known name an unknown one is that is taken for misspelt; other unknown names may be those of a later version."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted deviation: `check` is the name of a check or of a requirement, `place` is `scenario` or `scenario/step`."""

    check: str
    place: str = "*"
    owner: str = ""
    expires: date | None = None
    reason: str = ""
    line: int = 0

    def expired(self, at: float) -> bool:
        """Whether the date has passed, `at` in seconds since 1970."""
        return self.expires is not None and datetime.fromtimestamp(at, UTC).date() > self.expires


@dataclass(frozen=True, slots=True)
class Baseline:
    """Accepted deviations, and the name of the file they come from."""

    name: str = ""
    entries: tuple[Entry, ...] = ()

    def find(self, check: str, requirement: str, scenario: str, step: str) -> Entry | None:
        """The first entry that covers a finding of this check or requirement at this step."""
        for entry in self.entries:
            if (_fits(check, entry.check) or _fits(requirement, entry.check)) and (
                _fits(scenario, entry.place) or _fits(f"{scenario}/{step}", entry.place)
            ):
                return entry
        return None


def _fits(name: str, pattern: str) -> bool:
    """Whether the name is that text, brackets of a matrix included, or fits it with `*` and `?`."""
    return name == pattern or fnmatchcase(name, pattern)


def load_baseline(path: Path) -> Baseline:
    """The baseline in the file; raises `UsageError` with the line of the first mistake."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be read: {error.strerror}") from None
    entries = []
    for number, line in enumerate(lines, 1):
        text, _, reason = line.partition("#")
        if text.strip():
            entries.append(_entry(text.split(), reason.strip(), f"{path}:{number}", number))
    return Baseline(path.name, tuple(entries))


def _misspelt(name: str) -> str:
    """The check or requirement that is meant by a name that is nearly its own; a line with it would cover nothing."""
    known = {check.name for check in (*CHECKS, *TRAIL_CHECKS)} | set(catalogue())
    return "" if name in known else next(iter(difflib.get_close_matches(name, known, n=1, cutoff=NEAR)), "")


def _entry(words: list[str], reason: str, place: str, line: int) -> Entry:
    facts = dict(word.split("=", 1) for word in words if re.match(r"(owner|expires)=", word))
    plain = [word for word in words if not re.match(r"(owner|expires)=", word)]
    if not 1 <= len(plain) <= 2:
        raise UsageError(f"{place}: a line of a baseline is CHECK SCENARIO/STEP [owner=NAME] [expires=DATE] # reason")
    meant = _misspelt(plain[0])
    if meant:
        raise UsageError(f'{place}: no check or requirement is called "{plain[0]}": did you mean "{meant}"?')
    expires = None
    if "expires" in facts:
        try:
            expires = date.fromisoformat(facts["expires"])
        except ValueError:
            raise UsageError(f'{place}: "{facts["expires"]}" is no date; write it like 2027-01-31') from None
    return Entry(plain[0], plain[1] if len(plain) == 2 else "*", facts.get("owner", ""), expires, reason, line)
