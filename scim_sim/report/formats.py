"""The registry of report formats: a name, the file it is written to, and a pure function of the report."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scim_sim.drivers.fork import FORK, may_fork
from scim_sim.errors import UsageError
from scim_sim.registry import Registry
from scim_sim.report.model import Report

__all__ = ["FORMATS", "Format", "make_folder", "renderer", "write_reports"]

_LARGE = 2000
"""Exchanges from which on it pays to have two processes write the files."""

Render = Callable[[Report], str | bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """One output format: `suffix` is the name of its file in the report directory, `doc` one sentence about it."""

    name: str
    suffix: str
    render: Render
    doc: str


FORMATS: Registry[Format] = Registry("report format")


def renderer(name: str, suffix: str) -> Callable[[Render], Render]:
    """Make a function known as the renderer of a format; its docstring is the public text."""

    def register(render: Render) -> Render:
        doc = (inspect.getdoc(render) or "").partition("\n")[0]
        FORMATS.add(name, Format(name, suffix, render, doc), doc)
        return render

    return register


def write_reports(report: Report, directory: Path, formats: Iterable[str]) -> list[Path]:
    """Write each format into the directory, which is made when needed, and return the paths in that order.

    Raises `UsageError` for an unknown format and for a directory that cannot be written.
    """
    chosen = [FORMATS.get(name) for name in dict.fromkeys(formats)]
    make_folder(directory)
    try:
        for one in _left_by_helper(report, directory, chosen) if len(report.exchanges) > _LARGE else chosen:
            _write(one, report, directory)
    except OSError as error:
        raise UsageError(f"the report cannot be written to {directory}: {error.strerror}") from None
    return [directory / one.suffix for one in chosen]


def make_folder(directory: Path) -> None:
    """Make the folder for reports where it is missing; raises `UsageError` when that cannot be."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file is in its way" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        raise UsageError(f"the folder {directory} for reports cannot be made: {why}", "--report-dir names another") from None


def _write(one: Format, report: Report, directory: Path) -> None:
    content = one.render(report)
    (directory / one.suffix).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))


def _left_by_helper(report: Report, directory: Path, chosen: Sequence[Format]) -> Iterator[Format]:
    """The first format; a forked process writes the others meanwhile, and what it could not write follows."""
    first, rest = chosen[:1], chosen[1:]
    helper = None
    if rest and may_fork():
        helper = FORK.Process(target=_write_all, args=(rest, report, directory), daemon=True)
        helper.start()
    yield from first
    if helper is not None:
        helper.join()
    if helper is None or helper.exitcode != 0:
        yield from rest


def _write_all(formats: Sequence[Format], report: Report, directory: Path) -> None:
    try:
        for one in formats:
            _write(one, report, directory)
    except OSError:
        sys.exit(1)  # whoever waits tries again, and says why it fails
