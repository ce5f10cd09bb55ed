"""Write the list of known deviations anew from a run: what fails is added, what passes is taken out, people's words stay.

Comments, owners, dates and reasons are kept as they were written, and a date that has passed is not moved: that is a
person's decision. A line `# scope: ...` says what the run was narrowed to, so that the next recording is of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scim_sim.errors import UsageError
from scim_sim.report.baseline import Baseline, Entry
from scim_sim.report.model import Judgement, Report
from scim_sim.report.text import visible
from scim_sim.report.verdict import stops_at

__all__ = ["Recording", "record_known", "untrue_lines"]

PARTS_ONLY = ("--only-failed", "--limit", "--only-group", "--dry-run", "-k", "-m", "--lf")
"""What makes a run too small to say what passes."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The new text of the file, and which lines were added, taken out, and kept although their date has passed."""

    text: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    expired: tuple[str, ...]


def record_known(
    report: Report, text: str, baseline: Baseline, fail_on: Collection[str] = (), owner: str = "", expires: date | None = None
) -> Recording:
    """The file's new text; `baseline` is what `text` says, `fail_on` which verdicts are recorded (as at the gate).

    Raises `UsageError` when the run is partial, was interrupted, or was narrowed in another way than the recorded one.
    """
    lines = text.splitlines()
    recorded = next((line.partition(":")[2].strip() for line in lines if re.match(r"#\s*scope:", line)), None)
    _must_be_whole(report, baseline, recorded)
    failing = [f for f in report.findings if f.base not in ("pass", "error")]
    covering = {id(f): baseline.find(f.check, f.requirement, f.scenario, f.step) for f in failing}
    needed = {entry.line for entry in covering.values() if entry is not None}
    seen = {
        entry.line for f in report.findings if (entry := baseline.find(f.check, f.requirement, f.scenario, f.step)) is not None
    }
    stale = seen - needed
    removed = tuple(lines[number - 1] for number in sorted(stale))
    kept = [line for number, line in enumerate(lines, 1) if number not in stale]
    scope = report.run.scope
    if scope and recorded is None:
        kept = [f"# scope: {scope}", *kept]
    stops = {word.partition(":")[0] for word in stops_at(fail_on)}
    new = [f for f in failing if covering[id(f)] is None and f.base in stops]
    added = tuple(dict.fromkeys(_line(f, report.run.mark, owner, expires) for f in _one_a_place(new)))
    expired = tuple(
        lines[entry.line - 1] for entry in baseline.entries if entry.line in needed and entry.expired(report.run.started)
    )
    return Recording("\n".join([*kept, *added]) + "\n", added, removed, expired)


def untrue_lines(report: Report) -> Iterator[str]:
    """What the baseline says that is not so any more, a line each; each closes the gate."""
    stale = dict.fromkeys((f.check, f.scenario, f.step) for f in report.findings if f.verdict == "stale")
    for check, scenario, step in stale:
        yield f"{check} {scenario}/{step} passes now and must leave the baseline"
    for line in report.run.expired:
        yield f"{line} fails, and its date has passed"


def _must_be_whole(report: Report, baseline: Baseline, recorded: str | None) -> None:
    run = report.run
    hint = "run the whole again, to its end, and record that"
    if run.interrupted or run.error:
        raise UsageError(f"the run {'was interrupted' if run.interrupted else f'ended early: {run.error}'}", hint)
    cut = [story.scenario for story in report.stories if story.outcome in ("", "error")]
    if cut or not report.stories:
        raise UsageError(f"the run did not end: {cut[0]}" if cut else "the run played nothing", hint)
    part = next((word for word in run.scope.split() if word in PARTS_ONLY), None)
    if part:
        raise UsageError(f"the run was a part only ({part})", hint)
    if recorded is not None and recorded != run.scope:
        raise UsageError(
            f"the run was narrowed to {run.scope or 'nothing'}, the baseline is of {recorded}",
            f"run scim-sim run {recorded}, or remove the line with the scope",
        )
    played = {story.scenario for story in report.stories} | {""}
    missed = [entry.place for entry in baseline.entries if recorded is None and not _covered(entry, played)]
    if missed:
        raise UsageError(f"the run did not play what the baseline speaks of: {', '.join(dict.fromkeys(missed))}", hint)
    if run.scope and recorded is None and any(re.search(r"[*?]", entry.place) for entry in baseline.entries):
        raise UsageError(f"the run was narrowed to {run.scope}, and the baseline has lines for every scenario", hint)


def _covered(entry: Entry, played: Iterable[str]) -> bool:
    plain = not re.search(r"[*?]", entry.place)
    return not plain or any(entry.place == name or entry.place.startswith(f"{name}/") for name in played)


def _one_a_place(findings: Iterable[Judgement]) -> Iterable[Judgement]:
    """The first finding of each check at each step."""
    return {(f.check, f.requirement, f.scenario, f.step): f for f in reversed(list(findings))}.values().__reversed__()


def _line(finding: Judgement, mark: str, owner: str, expires: date | None) -> str:
    """The line of a finding; its message without the mark of the run, which is another each time."""
    name = finding.requirement if finding.check in ("engine", "") else finding.check
    words = [_word(name), _word(f"{finding.scenario}/{finding.step}")]
    words += [f"owner={owner}"] if owner else []
    words += [f"expires={expires.isoformat()}"] if expires else []
    message = finding.message or finding.requirement
    plain = re.sub(rf" \({re.escape(mark)}[\w-]*\)|{re.escape(mark)}(-\d+)?[. -]?", "", message) if mark else message
    return f"{'  '.join(words)}  # {visible(plain)}"


def _word(name: str) -> str:
    """The name as one word of the file; what would end the word is a question mark, which fits it."""
    return re.sub(r"[\s#\[]", "?", name) if re.search(r"[\s#]", name) else name
