"""The registry of report formats: a name, the file it is written to, and a pure function of the report."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scim_sim.errors import UsageError
from scim_sim.registry import Registry
from scim_sim.report.model import Report

__all__ = ["FORMATS", "Format", "renderer", "write_reports"]

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
    written = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for one in chosen:
            content = one.render(report)
            path = directory / one.suffix
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))
            written.append(path)
    except OSError as error:
        raise UsageError(f"the report cannot be written to {directory}: {error.strerror}") from None
    return written
