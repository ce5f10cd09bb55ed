"""The checks as a page: what each looks at, in the order of the RFCs, for people."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from scim_sim.checks.check import CHECKS, TRAIL_CHECKS, Check, TrailCheck
from scim_sim.checks.unseen import UNSEEN
from scim_sim.scim.requirements import requirement
from scim_sim.target.reference import table

__all__ = ["checks_page", "unseen_page"]

_SHOWN = 3


def checks_page() -> str:
    """All checks, a table for each family, as Markdown."""
    return "\n\n".join(_families())


def unseen_page() -> str:
    """The requirements that a run may not be able to show, with the reasons, as Markdown."""
    return table(
        ("requirement", "says", "why it may stay untested"), ((f"`{i}`", requirement(i).statement, w) for i, w in UNSEEN.items())
    )


def _families() -> Iterator[str]:
    families: dict[str, list[Check | TrailCheck]] = {}
    for check in (*CHECKS, *TRAIL_CHECKS):
        families.setdefault(check.run.__module__, []).append(check)
    for module, checks in families.items():
        yield f"### {_title(module)}"
        yield table(("check", "says", "requirement"), ((f"`{c.name}`", c.doc, _requirements(c)) for c in checks))


def _title(module: str) -> str:
    """The first sentence of the family's own description."""
    doc = (importlib.import_module(module).__doc__ or "").strip()
    return doc.splitlines()[0].rstrip(".")


def _requirements(check: Check | TrailCheck) -> str:
    named = [f"`{name}`" for name in check.requirements[:_SHOWN]]
    more = len(check.requirements) - _SHOWN
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
