"""What was expected of each identity provider, beside what the product's own stories have shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from scim_sim.checks.finding import Finding, Kept
from scim_sim.events import Event, ExchangeMade, FindingMade, RequirementsKept, ScenarioStarted
from scim_sim.scim.requirements import catalogue
from scim_sim.target.profile import Prediction, Profile

__all__ = ["Predictions", "told"]

_PEOPLE: Final = ("connect", "transport", "match", "create", "update", "deactivate", "reactivate")
_NOT_LOST: Final = ("-attributes-kept", "-no-collateral", "-manager")


@dataclass(slots=True)
class _Story:
    """One scenario under one identity provider: which areas of its needs were looked at, and which failed."""

    looked: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    requests: int = 0


class Predictions:
    """An observer of events; afterwards `rows` puts prediction and experience side by side.

    Only the stories of the product's own suite count, because they are the ones the prediction speaks of.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._stories: dict[tuple[str, str], _Story] = {}

    def add(self, event: Event) -> None:
        """Learn from an event."""
        match event:
            case ScenarioStarted() if event.scenario.startswith(f"{self._profile.name}/"):
                self._stories.setdefault((event.scenario, event.voice), _Story())
            case ExchangeMade():
                story = self._stories.get((event.exchange.scenario, event.exchange.voice))
                if story is not None:
                    story.requests += 1
            case FindingMade() if event.finding.outcome in ("pass", "fail"):
                self._judged(event.finding, [event.finding.requirement], failed=event.finding.outcome == "fail")
            case RequirementsKept():
                self._judged(event.kept, (requirement for _, requirement in event.kept.requirements))
            case _:
                pass

    def _judged(self, said: Finding | Kept, requirements: Iterable[str], *, failed: bool = False) -> None:
        story = self._stories.get((said.scenario, said.voice))
        if story is None:
            return
        for name in requirements:
            rule = catalogue().get(name)
            if rule is not None and rule.level == "NEED" and not name.endswith(_NOT_LOST):
                story.looked.add(rule.area)
                if failed:
                    story.failed.add(rule.area)

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each prediction whose identity provider was played, or for all when nobody was."""
        for expected in self._profile.predictions:
            stories = self._of(expected)
            if stories or not self._stories:
                yield {
                    "idp": expected.idp,
                    "users expected": expected.users,
                    "users seen": _seen(stories, _PEOPLE),
                    "groups expected": expected.groups,
                    "groups seen": _seen(stories, ("groups",)),
                    "why": expected.why.strip(),
                    "source": expected.source,
                }

    def _of(self, expected: Prediction) -> list[_Story]:
        """The stories of that identity provider; those of a variant that has a row of its own are not the base's."""
        own = {row.idp for row in self._profile.predictions}
        return [
            story
            for (_, voice), story in self._stories.items()
            if voice == expected.idp or (voice.partition(":")[0] == expected.idp and voice not in own)
        ]


def _seen(stories: list[_Story], areas: tuple[str, ...]) -> str:
    """`yes` when every story that looked passed, `no` when none did or nothing was ever sent, `partly` between."""
    if stories and not any(story.requests for story in stories):
        return "no"
    looked = [story for story in stories if story.looked & set(areas)]
    if not looked:
        return "not played"
    good = [story for story in looked if not story.failed & set(areas)]
    return "yes" if len(good) == len(looked) else "partly" if good else "no"


def told(row: dict[str, Any]) -> str:
    """A prediction and what came of it, in one line."""
    parts = [
        f"{what} {row[f'{what} seen']}"
        + ("" if row[f"{what} seen"] == row[f"{what} expected"] else f" (expected {row[f'{what} expected']})")
        for what in ("users", "groups")
    ]
    same = all(row[f"{what} seen"] == row[f"{what} expected"] for what in ("users", "groups"))
    return f"{row['idp']}: {', '.join(parts)}{', as expected' if same else ''}"
