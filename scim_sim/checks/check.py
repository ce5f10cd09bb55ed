"""What a check is: code that judges exchanges against one requirement, or against a few that only it can tell apart.

    @check("rfc7644-3.3-create-location-header", applies=created)
    def created_has_location(exchange: Exchange, view: View) -> Iterator[Problem]:
        \"\"\"A 201 answer carries the Location of the new resource.\"\"\"

1. The name is the identity of a check, its docstring the public sentence.
2. `applies` decides whether the check ran at all. A check that did not apply is no pass.
3. A check that names several requirements yields `At(requirement, problem)`, and its `applies` returns the ids it judged.
4. A check never sends, and reads only the exchange and the view.
5. A family may name in `OPERATIONS` the operations that all of its checks are about; on others they are not asked.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scim_sim.problem import Problem
from scim_sim.registry import Registry
from scim_sim.wire import Exchange

if TYPE_CHECKING:
    from scim_sim.checks.view import View

__all__ = ["CHECKS", "TRAIL_CHECKS", "Applies", "At", "Check", "TrailCheck", "check", "trail_check"]


@dataclass(frozen=True, slots=True)
class At:
    """A problem with the requirement it belongs to, for checks that judge several; `level` lowers the requirement's own."""

    requirement: str
    problem: Problem
    level: str = ""


Judged = bool | Collection[str]
Applies = Callable[[Exchange, "View"], Judged]
Run = Callable[[Exchange, "View"], Iterable[Problem | At]]
TrailApplies = Callable[["View"], Judged]
TrailRun = Callable[["View"], Iterable[Problem | At]]
R = TypeVar("R", bound=Run)
T = TypeVar("T", bound=TrailRun)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of single exchanges."""

    name: str
    requirements: tuple[str, ...]
    applies: Applies
    run: Run
    doc: str
    operations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TrailCheck:
    """A check of a whole scenario, run at its end."""

    name: str
    requirements: tuple[str, ...]
    applies: TrailApplies
    run: TrailRun
    doc: str


CHECKS: Registry[Check] = Registry("check")
TRAIL_CHECKS: Registry[TrailCheck] = Registry("trail check")


def check(*requirements: str, applies: Applies) -> Callable[[R], R]:
    """Register the function as a check of these requirements."""

    def register(run: R) -> R:
        doc = _sentence(run)
        operations = getattr(sys.modules[run.__module__], "OPERATIONS", None)
        CHECKS.add(run.__name__, Check(run.__name__, requirements, applies, run, doc, operations), doc)
        return run

    return register


def trail_check(*requirements: str, applies: TrailApplies) -> Callable[[T], T]:
    """Register the function as a check that runs once, at the end of a scenario."""

    def register(run: T) -> T:
        doc = _sentence(run)
        TRAIL_CHECKS.add(run.__name__, TrailCheck(run.__name__, requirements, applies, run, doc), doc)
        return run

    return register


def _sentence(run: Callable[..., object]) -> str:
    return " ".join((inspect.getdoc(run) or "").split("\n\n")[0].split())
