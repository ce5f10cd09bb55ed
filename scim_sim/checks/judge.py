"""Runs the checks that apply to an exchange, then lets the view learn from it."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from scim_sim.checks.check import CHECKS, TRAIL_CHECKS, At, Check, Judged, ResourceCheck, TrailCheck
from scim_sim.checks.convergence import Convergence, Wanted
from scim_sim.checks.finding import Finding, Kept, Outcome
from scim_sim.checks.reading import Sighting, Situation
from scim_sim.checks.view import Surroundings, View
from scim_sim.problem import Problem
from scim_sim.wire import Exchange

__all__ = ["Judge", "checks_about"]


AnyCheck = Check | ResourceCheck | TrailCheck


@lru_cache(maxsize=512)
def checks_about(situation: Situation) -> tuple[Check | ResourceCheck, ...]:
    """The checks that are asked in such a situation, found out once."""
    return tuple(check for check in CHECKS if check.when(situation))


class Judge:
    """Judges the exchanges of one run, in order.

    A pass, and the same problem, is reported once per check, requirement, step and voice, so that the number of findings
    does not grow with the number of users. A crash inside a check is an `error`, which is ours and never the target's.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.view = View(surroundings)
        self._convergence = Convergence(surroundings.declared.schemas)
        self._passed: set[tuple[str, str]] = set()
        self._said: set[tuple[str, str, str]] = set()
        self._kept: set[tuple[str, Judged]] = set()
        self._here = ("", "", "")

    def judge(self, exchange: Exchange) -> list[Finding | Kept]:
        """What is wrong with the exchange, and at the end what it shows to be kept; afterwards the view knows it.

        Within a step a requirement is said to be kept once.
        """
        here = (exchange.scenario, exchange.step, exchange.voice)
        if here != self._here:
            self._here = here
            self._passed.clear()
            self._said.clear()
            self._kept.clear()
        found: list[Finding | Kept] = []
        kept: list[tuple[str, str]] = []
        view = self.view
        reading = view.look(exchange)
        for check in checks_about(reading.situation):
            try:
                judged = check.applies(exchange, view)
                if not judged:
                    continue
                if isinstance(check, ResourceCheck):
                    problems = self._wrong(check, reading.sightings)
                else:
                    problems = list(check.run(exchange, view))
            except Exception as error:  # noqa: BLE001 - whatever a check stumbles over is our error, and the run goes on
                found.append(_finding(check, check.requirements[0], here, _crash(error), (exchange.id,), "error"))
                continue
            if problems:
                found += self._failures(check, judged, problems, here, exchange.id)
            elif (check.name, judged) in self._kept:
                continue
            else:
                self._kept.add((check.name, judged))
            kept += [pair for pair in _pairs_kept(check, judged, problems) if pair not in self._passed]
        if kept:
            self._passed.update(kept)
            found.append(Kept(tuple(kept), exchange.id, *here))
        found += self._observe(exchange)
        return found

    def _wrong(self, check: ResourceCheck, sightings: Iterable[Sighting]) -> list[Problem | At]:
        """What is wrong with each of the resources by itself."""
        return [_placed(problem, s.pointer) for s in sightings for problem in s.once(check.run, self.view.declared)]

    def _observe(self, exchange: Exchange) -> list[Finding]:
        """Let the view learn; where it stumbles, that is an error of ours, and it goes on without this exchange."""
        try:
            self.view.observe(exchange)
        except Exception as error:  # noqa: BLE001 - whatever an answer holds, the run goes on
            crash = replace(_crash(error), message=f"the view crashed: {type(error).__name__}: {error}")
            place = (exchange.scenario, exchange.step, exchange.voice)
            return [Finding("view_learns", "rfc7644-3.4.1-read-200", "error", crash, (exchange.id,), *place)]
        return []

    def compare(
        self, wanted: Wanted, actual: Mapping[str, Any] | None, exchange: Exchange, *, scenario: str, step: str
    ) -> Iterator[Finding | Kept]:
        """What is wrong with one person or team after reading it back, and at the end which needs are met.

        `actual` is `None` when the target does not have it, `exchange` is the one that read it. The requirements are needs of
        the identity provider (`okta-deactivate`).
        """
        name, idp = "target_holds_what_the_idp_wrote", wanted.voice.partition(":")[0]
        met: list[tuple[str, str]] = []
        for judgement in self._convergence.compare(wanted, actual):
            need = f"{idp}-{judgement.need}"
            if judgement.problem is None:
                met.append((name, need))
                continue
            yield Finding(
                name, need, "fail", judgement.problem, (exchange.id, *wanted.wrote), scenario, step, wanted.voice, wanted.key,
                admin_sees=judgement.admin_sees, level=judgement.level,
            )  # fmt: skip
        if met:
            yield Kept(tuple(met), exchange.id, scenario, step, wanted.voice)

    def finish(self, scenario: str, step: str = "", voice: str = "harness") -> list[Finding]:
        """Findings that only the whole of a scenario shows."""
        found: list[Finding] = []
        here = (scenario, step, voice)
        for check in TRAIL_CHECKS:
            try:
                judged = check.applies(self.view)
                problems = list(check.run(self.view)) if judged else []
            except Exception as error:  # noqa: BLE001 - as above
                found.append(_finding(check, check.requirements[0], here, _crash(error), (), "error"))
                continue
            if judged:
                found += self._failures(check, judged, problems, here, "", once=False)
                passed = _pairs_kept(check, judged, problems)
                found += (_finding(check, requirement, here, None, (), "pass") for _, requirement in passed)
        return found

    def _failures(
        self,
        check: AnyCheck,
        judged: Judged,
        problems: Sequence[Problem | At],
        here: tuple[str, str, str],
        exchange: str,
        *,
        once: bool = True,
    ) -> Iterator[Finding]:
        """A finding for each problem; `once` leaves out what the step has shown already, of another resource."""
        for problem in problems:
            at = _at(check, judged, problem)
            key = (check.name, at.requirement, at.problem.message)
            if not once or key not in self._said:
                self._said.add(key)
                ids = tuple(dict.fromkeys(name for name in (exchange, at.problem.exchange) if name))
                yield _finding(check, at.requirement, here, at.problem, ids, "fail", at.level)


def _pairs_kept(check: AnyCheck, judged: Judged, problems: Sequence[Problem | At]) -> Iterable[tuple[str, str]]:
    """The name of the check with each requirement that it judged and found kept."""
    pairs = _pairs(check.name, _requirements(check, judged))
    if not problems:
        return pairs
    failed = {_at(check, judged, problem).requirement for problem in problems}
    return [pair for pair in pairs if pair[1] not in failed]


@lru_cache(maxsize=1024)
def _pairs(name: str, requirements: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, requirement) for requirement in requirements)


def _requirements(check: AnyCheck, judged: Judged) -> tuple[str, ...]:
    """What the check judged: the requirements that it said, or all of its own."""
    return check.requirements if isinstance(judged, bool) else judged


def _finding(
    check: AnyCheck,
    requirement: str,
    here: tuple[str, str, str],
    problem: Problem | None,
    ids: tuple[str, ...],
    outcome: Outcome,
    level: str = "",
) -> Finding:
    scenario, step, voice = here
    return Finding(check.name, requirement, outcome, problem, ids, scenario, step, voice, level=level)


def _at(check: AnyCheck, judged: Judged, problem: Problem | At) -> At:
    """The problem with the requirement it concerns: the first of those judged, unless it says so."""
    return problem if isinstance(problem, At) else At(_requirements(check, judged)[0], problem)


def _placed(problem: Problem | At, pointer: str) -> Problem | At:
    """The problem of a resource as one of the answer that holds it at the pointer."""
    if isinstance(problem, At):
        return replace(problem, problem=replace(problem.problem, pointer=pointer + problem.problem.pointer))
    return replace(problem, pointer=pointer + problem.pointer)


def _crash(error: Exception) -> Problem:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(f"the check crashed: {type(error).__name__}: {error}", pointer=f"{last.name}:{last.lineno}")
