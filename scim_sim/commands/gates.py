"""The commands `record-known` and `compare`: what a gate knows, and whether a release is worse than the one before."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.report import load_baseline, load_report
from scim_sim.report.baseline import Baseline
from scim_sim.report.compare import compare, comparison_exit_code, comparison_html, comparison_markdown
from scim_sim.report.recording import record_known

__all__ = ["COMPARISONS", "compare_command", "record_command"]

COMPARISONS = {"html": ("compare.html", comparison_html), "markdown": ("compare.md", comparison_markdown)}
"""The formats of a comparison: file name and function."""


def record_command(file: Path, baseline: Path, fail_on: tuple[str, ...], owner: str, expires: str) -> int:
    """Write the baseline anew from the report, and say what changed."""
    try:
        until = date.fromisoformat(expires) if expires else None
    except ValueError:
        raise UsageError(f'"{expires}" is no date', "write it like 2027-01-31") from None
    if any(character.isspace() for character in owner):
        raise UsageError("the owner is one word", "owner=team-identity")
    there = baseline.is_file()
    known = load_baseline(baseline) if there else Baseline(baseline.name)
    text = baseline.read_text("utf-8") if there else HEAD
    recording = record_known(load_report(file), text, known, fail_on, owner, until)
    try:
        baseline.parent.mkdir(parents=True, exist_ok=True)
        baseline.write_text(recording.text, "utf-8")
    except OSError as error:
        raise UsageError(f"{baseline} cannot be written: {error.strerror}") from None
    for sign, lines in (("+", recording.added), ("-", recording.removed), ("expired", recording.expired)):
        for line in lines:
            print(f"{sign} {line}")
    print(f"{baseline}: {len(recording.added)} added, {len(recording.removed)} taken out")
    return 0


HEAD = """\
# Known deviations, one a line: check or requirement, scenario/step, owner=NAME expires=YYYY-MM-DD  # reason
# A line that fails is known; one that passes must leave the list; one past its date counts no more.
"""


def compare_command(files: list[Path], formats: tuple[str, ...], directory: Path) -> int:
    """Print the comparison, write it, and return 1 when the last report is worse than the first."""
    for name in formats:
        if name not in COMPARISONS:
            raise UsageError(f'a comparison has no format "{name}"{nearest(name, COMPARISONS)}')
    reports = [load_report(file) for file in files]
    names = [str(file.parent if file.name == "report.json" else file) for file in files]
    comparison = compare(reports, names if len(set(names)) == len(names) else ())
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in formats:
            ending, render = COMPARISONS[name]
            (directory / ending).write_text(render(comparison), "utf-8")
    except OSError as error:
        raise UsageError(f"the comparison cannot be written to {directory}: {error.strerror}") from None
    for word, causes in (("new", comparison.new), ("fixed", comparison.fixed), ("still failing", comparison.still)):
        print(f"{word}: {len(causes)}")
        for cause in causes:
            print(f"  {cause.base}: {cause.title}")
    for slow in comparison.slower:
        print(f"slower: {slow.operation}: 95 % within {slow.before:.0f} ms before, {slow.after:.0f} ms now")
    for name in formats:
        print(directory / COMPARISONS[name][0])
    return comparison_exit_code(comparison)
