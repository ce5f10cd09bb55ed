"""The command `report`: render an earlier run again."""

from __future__ import annotations

from pathlib import Path

from scim_sim.report import load_report, write_reports

__all__ = ["report_command"]


def report_command(file: Path, formats: tuple[str, ...], directory: Path | None) -> None:
    """Read report.json and write the other formats."""
    for path in write_reports(load_report(file), directory or file.parent, formats):
        print(path)
