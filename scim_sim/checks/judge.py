"""Runs the checks that apply to an exchange, then lets the view learn from it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scim_sim.checks.check import CHECKS, TRAIL_CHECKS, At, Check, Judged, TrailCheck
from scim_sim.checks.convergence import Convergence, Wanted
from scim_sim.checks.finding import Finding, Outcome
from scim_sim.checks.view import Surroundings, View
from scim_sim.problem import Problem
from scim_sim.wire import Exchange

__all__ = ["Judge"]


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
        self._here = ("", "", "")
        self._asked: dict[str, list[Check]] = {}

    def judge(self, exchange: Exchange) -> list[Finding]:
        """All findings on the exchange; afterwards the view knows it."""
        here = (exchange.scenario, exchange.step, exchange.voice)
        if here != self._here:
            self._here = here
            self._passed.clear()
            self._said.clear()
        found: list[Finding] = []
        for check in self._checks(self.view.look(exchange).operation):
            judged = self._concerns(check, exchange)
            if judged is None or judged:
                found += self._run(check, exchange, judged)
        found += self._observe(exchange)
        return found

    def _observe(self, exchange: Exchange) -> list[Finding]:
        """Let the view learn; where it stumbles, that is an error of ours, and it goes on without this exchange."""
        try:
            self.view.observe(exchange)
        except Exception as error:  # noqa: BLE001 - whatever an answer holds, the run goes on
            last = traceback.extract_tb(error.__traceback__)[-1]
            crash = Problem(f"the view crashed: {type(error).__name__}: {error}", pointer=f"{last.name}:{last.lineno}")
            place = (exchange.scenario, exchange.step, exchange.voice)
            return [Finding("view_learns", "rfc7644-3.4.1-read-200", "error", crash, (exchange.id,), *place)]
        return []

    def compare(
        self,
        wanted: Wanted,
        actual: Mapping[str, Any] | None,
        exchange: Exchange | None = None,
        *,
        scenario: str = "",
        step: str = "",
    ) -> list[Finding]:
        """Findings on one person or team after reading it back: `actual` is `None` when the target does not have it.

        `exchange` is the one that read it. The requirements are needs of the identity provider (`okta-deactivate`).
        """
        idp = wanted.voice.partition(":")[0]
        ids = (*((exchange.id,) if exchange is not None else ()), *wanted.wrote)
        return [
            Finding(
                "target_holds_what_the_idp_wrote",
                f"{idp}-{judgement.need}",
                "pass" if judgement.problem is None else "fail",
                judgement.problem,
                ids,
                scenario,
                step,
                wanted.voice,
                wanted.key,
                admin_sees=judgement.admin_sees,
                level=judgement.level,
            )
            for judgement in self._convergence.compare(wanted, actual)
        ]

    def finish(self, scenario: str, step: str = "", voice: str = "harness") -> list[Finding]:
        """Findings that only the whole of a scenario shows."""
        found: list[Finding] = []
        for check in TRAIL_CHECKS:
            found += self._finish(check, scenario, step, voice)
        return found

    def _run(self, check: Check, exchange: Exchange, judged: Judged | None) -> list[Finding]:
        def finding(requirement: str, problem: Problem | None, outcome: Outcome = "fail", level: str = "") -> Finding:
            ids = (exchange.id,) if problem is None or problem.exchange in ("", exchange.id) else (exchange.id, problem.exchange)
            place = (exchange.scenario, exchange.step, exchange.voice)
            return Finding(check.name, requirement, outcome, problem, ids, *place, level=level)

        return self._outcome(
            check,
            lambda: check.applies(exchange, self.view) if judged is None else judged,
            lambda: check.run(exchange, self.view),
            finding,
            once=True,
        )

    def _checks(self, operation: str) -> list[Check]:
        """The checks that may have something to say of that operation."""
        if operation not in self._asked:
            self._asked[operation] = [c for c in CHECKS if c.operations is None or operation in c.operations]
        return self._asked[operation]

    def _concerns(self, check: Check, exchange: Exchange) -> Judged | None:
        """What the check has to judge; most have nothing. `None` when it stumbles: `_run` meets that again and tells it."""
        try:
            return check.applies(exchange, self.view)
        except Exception:  # noqa: BLE001 - told by `_run`
            return None

    def _is_new(self, check: Check | TrailCheck, found: At) -> bool:
        """Whether the step has not said the same already, of another resource."""
        key = (check.name, found.requirement, found.problem.message)
        fresh = key not in self._said
        self._said.add(key)
        return fresh

    def _finish(self, check: TrailCheck, scenario: str, step: str, voice: str) -> list[Finding]:
        def finding(requirement: str, problem: Problem | None, outcome: Outcome = "fail", level: str = "") -> Finding:
            ids = (problem.exchange,) if problem is not None and problem.exchange else ()
            return Finding(check.name, requirement, outcome, problem, ids, scenario, step, voice, level=level)

        return self._outcome(check, lambda: check.applies(self.view), lambda: check.run(self.view), finding, once=False)

    def _outcome(
        self,
        check: Check | TrailCheck,
        applies: Callable[[], Judged],
        run: Callable[[], Iterable[Problem | At]],
        finding: Callable[..., Finding],
        *,
        once: bool,
    ) -> list[Finding]:
        """The findings of one check: its problems, or a pass for each requirement it judged and found kept."""
        try:
            judged = applies()
            if not judged:
                return []
            problems = [p if isinstance(p, At) else At(check.requirements[0], p) for p in run()]
        except Exception as error:  # noqa: BLE001 - whatever a check stumbles over is our error, and the run goes on
            last = traceback.extract_tb(error.__traceback__)[-1]
            crash = Problem(f"the check crashed: {type(error).__name__}: {error}", pointer=f"{last.name}:{last.lineno}")
            return [finding(check.requirements[0], crash, "error")]
        failed = {p.requirement for p in problems}
        found = [finding(p.requirement, p.problem, "fail", p.level) for p in problems if not once or self._is_new(check, p)]
        for requirement in check.requirements if judged is True else judged:
            if requirement in failed or (once and (check.name, requirement) in self._passed):
                continue
            self._passed.add((check.name, requirement))
            found.append(finding(requirement, None, "pass"))
        return found
