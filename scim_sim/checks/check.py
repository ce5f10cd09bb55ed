"""What a check is: code that judges exchanges against one requirement, or against a few that only it can tell apart.

    @check("rfc7644-3.3-create-location-header", when=created)
    def created_has_location(exchange: Exchange, view: View) -> Iterator[Problem]:
        \"\"\"A 201 answer carries the Location of the new resource.\"\"\"

1. The name is the identity of a check, its docstring the public sentence.
2. `when` names the situations that the check is about: the operation, the status, and what the answer holds. In no other
   it is asked, so the judge knows for each situation, from the first exchange of its kind on, whom to ask.
3. `applies`, where it is given, narrows that by everything else that is known. A check that did not apply is no pass.
4. A check of several requirements returns from `applies` the ids that it judged. A problem is one of the first of these,
   unless it is yielded as `At(requirement, problem)`.
5. A check never sends, and reads only the exchange and the view.
6. A `resource_check` is about resources by themselves: it is given one sighting after the other and what the target
   declares, and nothing else. What it says of a form of a resource it would say again, so that it is asked once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scim_sim.problem import Problem
from scim_sim.registry import Registry
from scim_sim.scim.declared import Declared
from scim_sim.wire import Exchange

if TYPE_CHECKING:
    from scim_sim.checks.reading import Sighting, Situation
    from scim_sim.checks.view import View

__all__ = [
    "CHECKS",
    "TRAIL_CHECKS",
    "Applies",
    "At",
    "Check",
    "Judged",
    "ResourceCheck",
    "TrailCheck",
    "When",
    "always",
    "check",
    "resource_check",
    "trail_check",
]


@dataclass(frozen=True, slots=True)
class At:
    """A problem with the requirement it belongs to, for checks that judge several; `level` lowers the requirement's own."""

    requirement: str
    problem: Problem
    level: str = ""


Judged = bool | tuple[str, ...]
"""Whether a check applied, or which of its requirements it judged."""

When = Callable[["Situation"], bool]
Applies = Callable[[Exchange, "View"], Judged]
Run = Callable[[Exchange, "View"], Iterable[Problem | At]]
RunOnResource = Callable[["Sighting", Declared], Iterable[Problem | At]]
TrailApplies = Callable[["View"], Judged]
TrailRun = Callable[["View"], Iterable[Problem | At]]
R = TypeVar("R", bound=Run)
S = TypeVar("S", bound=RunOnResource)
T = TypeVar("T", bound=TrailRun)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of single exchanges."""

    name: str
    requirements: tuple[str, ...]
    when: When
    applies: Applies
    run: Run
    doc: str


@dataclass(frozen=True, slots=True)
class ResourceCheck:
    """A check of single resources, whoever asked for them and whatever was before; pointers begin at the resource."""

    name: str
    requirements: tuple[str, ...]
    when: When
    applies: Applies
    run: RunOnResource
    doc: str


@dataclass(frozen=True, slots=True)
class TrailCheck:
    """A check of a whole scenario, run at its end."""

    name: str
    requirements: tuple[str, ...]
    applies: TrailApplies
    run: TrailRun
    doc: str


CHECKS: Registry[Check | ResourceCheck] = Registry("check")
TRAIL_CHECKS: Registry[TrailCheck] = Registry("trail check")


def always(exchange: Exchange, view: View) -> bool:
    """Wherever the situation is the right one."""
    return True


def check(*requirements: str, when: When, applies: Applies = always) -> Callable[[R], R]:
    """Register the function as a check of these requirements."""

    def register(run: R) -> R:
        doc = _sentence(run)
        CHECKS.add(run.__name__, Check(run.__name__, requirements, when, applies, run, doc), doc)
        return run

    return register


def resource_check(*requirements: str, when: When, applies: Applies = always) -> Callable[[S], S]:
    """Register the function as a check of resources by themselves."""

    def register(run: S) -> S:
        doc = _sentence(run)
        CHECKS.add(run.__name__, ResourceCheck(run.__name__, requirements, when, applies, run, doc), doc)
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
