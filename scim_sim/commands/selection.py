"""What a run plays: the suites that were named, narrowed by the options, or what failed in an earlier report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from scim_sim.report import Report, load_report
from scim_sim.report.verdict import DONE, stops_at
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.select import Played, Selection, select
from scim_sim.scenario.shipped import shipped_root
from scim_sim.scenario.suites import find_scenarios

__all__ = ["choose", "failed_in"]


def choose(
    suites: Iterable[str], fallback: Iterable[str], selection: Selection, only_failed: Path | None, fail_on: tuple[str, ...] = ()
) -> list[Scenario]:
    """The scenarios to play; nothing when nothing failed in the report of `only_failed`."""
    again = None if only_failed is None else tuple(failed_in(load_report(only_failed), fail_on))
    if again == ():
        return []
    names = tuple(suites) or tuple(dict.fromkeys(_name(played) for played in again or ())) or tuple(fallback)
    return select(find_scenarios(names), replace(selection, again=again))


def failed_in(report: Report, fail_on: tuple[str, ...] = ()) -> Iterator[Played]:
    """What failed in that run, or was not played to its end: whatever `fail_on` names, and every error of ours."""
    stops = {word.partition(":")[0] for word in stops_at(fail_on)} | {"error"}
    bad = {(finding.scenario, finding.voice) for finding in report.findings if finding.verdict in stops}
    for story in report.stories:
        ended = story.outcome in DONE or story.outcome == "not applicable"
        if not ended or (story.scenario, story.voice) in bad or (story.scenario, "harness") in bad:
            yield Played(story.scenario, story.path, story.voice)


def _name(played: Played) -> str:
    """The id of a shipped scenario, wherever it was installed at the time, or the file."""
    plain = played.scenario.partition("[")[0]
    return plain if (shipped_root() / f"{plain}.yaml").is_file() or not played.path else played.path
