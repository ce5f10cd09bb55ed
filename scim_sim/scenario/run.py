"""Play scenarios against a target, from the first look at it to the proof that nothing is left.

The order is: discover, play each scenario under each of its identity providers, clean up after each, search for leftovers.
Whatever happens on the way (Ctrl-C, a dead target, a mistake of ours) the clean-up runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim_sim import __version__
from scim_sim.checks.finding import Finding
from scim_sim.checks.judge import Judge
from scim_sim.checks.view import Surroundings
from scim_sim.clock import Clock, SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.drivers.drive import Transport, drive
from scim_sim.errors import InternalError, TargetUnreachable, UsageError
from scim_sim.events import (
    Event,
    FindingMade,
    LeftBehind,
    RunEnded,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    StepEnded,
    StepStarted,
    TargetDescribed,
)
from scim_sim.flow import NoResponse
from scim_sim.idp.engine import ENGINES, Engine, Setting
from scim_sim.problem import Problem
from scim_sim.redact import Redactor
from scim_sim.registry import nearest
from scim_sim.scenario.cleanup import clean_up
from scim_sim.scenario.discovery import discover, refusal
from scim_sim.scenario.expect import is_missing, resolve
from scim_sim.scenario.harness import HARNESS, harness_request
from scim_sim.scenario.ledger import Ledger
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.plan import RFC, Part, plan
from scim_sim.scenario.populate import populate
from scim_sim.scenario.recorder import Recorder
from scim_sim.scenario.requires import unmet
from scim_sim.scenario.stage import NotApplicable, Stage, Unknown
from scim_sim.scenario.steps import kinds
from scim_sim.scenario.steps.application import act
from scim_sim.scenario.steps.expect import judge_expectations
from scim_sim.scim.declared import Declared
from scim_sim.target.target import Target
from scim_sim.wire import Exchange

__all__ = ["Options", "run"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: `seed` decides names, ids and order; `idps` narrow the scenarios (`okta`, `okta:oin`, `rfc`).

    `traits` override an engine's by its name, `groups` what the profile says about group push, `settle` whether the
    unchanged second cycle is played at the end of each story, `clean` whether to remove what was created.
    """

    seed: int = 0
    space: str = ""
    idps: tuple[str, ...] = ()
    traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: Mapping[str, bool] = field(default_factory=dict)
    settle: bool = True
    clean: bool = True
    clock: Callable[[], Clock] = SimulatedClock
    clock_name: str = "simulated"
    command: str = ""


def run(
    target: Target,
    scenarios: Iterable[Scenario],
    transport: Transport,
    emit: Callable[[Event], None],
    options: Options = Options(),
) -> None:
    """Play the scenarios; everything that happens goes to `emit`.

    Raises `TargetUnreachable` when the target does not answer or refuses the credentials, `UsageError` for mistakes in
    scenarios and options; the clean-up has run by then, and `RunEnded` has been emitted.
    """
    _Run(target, transport, emit, options).play(plan(scenarios, options.idps))


class _Run:
    def __init__(self, target: Target, transport: Transport, emit: Callable[[Event], None], options: Options) -> None:
        self.target = target
        self.emit = emit
        self.options = options
        self.clock = options.clock()
        self.mark = RunMark.of(options.seed, options.space)
        self.ledger = Ledger(self.mark)
        redactor = Redactor(target.auth.secrets)
        self.recorder = Recorder(transport, self.clock, redactor, self.ledger, emit)
        self.declared = Declared()
        self.left: list[LeftBehind] = []

    def play(self, parts: list[Part]) -> None:
        began = time.perf_counter()
        interrupted, error = False, ""
        voices = tuple(dict.fromkeys(part.voice for part in parts))
        idps = tuple(dict.fromkeys(part.idp for part in parts))
        self.emit(
            RunStarted(
                self.clock.now(), self.options.seed, self.mark.text, self.target.name or self.target.base_url,
                self.target.base_url, self.target.profile.name, idps, len(parts), __version__, self.options.clock_name,
                self.options.command,
            )
        )  # fmt: skip
        try:
            self._look(voices)
            for number, part in enumerate(parts, 1):
                self._play_part(part, number)
        except KeyboardInterrupt:
            interrupted = True
        except (TargetUnreachable, UsageError) as problem:
            error = problem.message
            raise
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            raise
        finally:
            if self.options.clean:
                self._clean(final=True)
            for rest in self.left:
                self.emit(rest)
            seconds = time.perf_counter() - began
            created, cleaned = dict(self.ledger.counts), dict(self.ledger.cleaned)
            self.emit(RunEnded(self.clock.now(), seconds, interrupted, error, created, cleaned))

    def _look(self, voices: tuple[str, ...]) -> None:
        """Make sure that the target answers and lets us in, then read what it says of itself."""
        self._at("", "discovery")
        self.declared = drive(discover(self.target.profile.capabilities), self.recorder.asker(HARNESS), self.clock)
        self._must_answer()
        surroundings = Surroundings(self.target.base_url, self.declared, self.mark.text, voices)
        self.recorder.judge = Judge(surroundings)
        self.emit(TargetDescribed(self.declared.to_json(), self.declared.assumptions))

    def _must_answer(self) -> None:
        """Stop here, with the next step, when nothing behind the URL speaks SCIM to us."""
        request = harness_request("GET", "/Users", query={"startIndex": 1, "count": 1}, label="first read")
        try:
            response = self.recorder.ask(request, HARNESS)
        except NoResponse as missing:
            raise TargetUnreachable(missing.failure.message, "scim-sim doctor --target URL looks closer") from None
        reason = refusal(response, has_token=bool(self.target.auth.secret), discovered=bool(self.declared.known))
        if reason:
            raise TargetUnreachable(reason, "scim-sim doctor --target URL looks closer")

    def _play_part(self, part: Part, number: int) -> None:
        judge = self.recorder.judge
        if judge is None:
            raise InternalError("no judge")
        mark = self.mark.part(number)
        stage = Stage(part.scenario, self.recorder, self.clock, mark, self.options.seed, self.declared, self.emit, judge)
        scenario = part.scenario
        for name, idp in (scenario.together or {"": part.voice}).items():
            made = self._engine(part, stage, idp)
            if made is not None:
                stage.engines[name] = made
        engine = stage.engine
        self._at(scenario.id, "")
        self.emit(
            ScenarioStarted(
                self.clock.now(), scenario.id, scenario.title, part.voice, scenario.path,
                engine.standing if engine else "", len(scenario.steps), engine.switches if engine else {}, scenario.suite,
            )
        )  # fmt: skip
        reason = unmet(scenario.requires, self.declared, self.target.profile, engine)
        if reason:
            self._skip(stage, reason)
            self.emit(ScenarioEnded(self.clock.now(), scenario.id, part.voice, "not applicable", reason))
            return
        outcome = "error"
        try:
            populate(stage)
            outcome = self._play_steps(stage)
        finally:
            if self.options.clean:
                self._clean()
            self.emit(ScenarioEnded(self.clock.now(), scenario.id, part.voice, outcome))

    def _engine(self, part: Part, stage: Stage, voice: str) -> Engine | None:
        if part.idp == RFC:
            return None
        idp, _, variant = voice.partition(":")
        kind = ENGINES.get(idp)
        profile = self.target.profile
        groups = self.options.groups.get(idp, part.scenario.groups)
        if groups is None:
            groups = profile.groups.get(idp, idp != "entra")
        own: Mapping[str, Any] = stage.fill(dict(_own(part.scenario.traits, idp)))
        traits = {**profile.traits.get(idp, {}), **own, **self.options.traits.get(idp, {})}
        mapping = {**profile.mapping.get(idp, {}), **stage.fill(dict(part.scenario.mapping))}
        return kind(Setting(stage.directory, self.clock, stage.mark, self.options.seed, variant, groups, traits, mapping))

    def _play_steps(self, stage: Stage) -> str:
        known = kinds()
        for step in stage.scenario.steps:
            self._play_step(stage, step, known)
        for name in stage.engines:
            self._settle(stage, name)
        self._at(stage.scenario.id, "end")
        for finding in stage.judge.finish(stage.scenario.id, "end", stage.voice):
            stage.found(finding)
        return "failed" if stage.failed else "done"

    def _play_step(self, stage: Stage, step: Step, known: Mapping[str, Any]) -> None:
        self._enter(stage, step)
        outcome, reason = "done", ""
        before = stage.failed
        stage.failed = False
        try:
            unmet_reason = unmet(step.when, self.declared, self.target.profile, stage.engine)
            if unmet_reason:
                raise NotApplicable(unmet_reason)
            kind = known[step.kind]
            if kind.run is None:
                act(stage, step.kind, step.params)
            else:
                params = dict(step.params) if step.kind in _FILLED_LATER else stage.fill(dict(step.params))
                kind.run(stage, **params)
            self._capture(stage, step)
            judge_expectations(stage)
            stage.read_back()
        except NotApplicable as no:
            outcome, reason = "not applicable", str(no)
            self._unjudged(stage, step, "not applicable", reason)
        except Unknown as unknown:
            outcome, reason = "skipped", str(unknown)
            self._unjudged(stage, step, "untested", reason)
        except UsageError as error:
            raise stage.located(error) from None
        if stage.failed:
            outcome = "failed"
        stage.failed = stage.failed or before
        self.emit(StepEnded(self.clock.now(), stage.scenario.id, step.id, outcome, reason))

    def _enter(self, stage: Stage, step: Step) -> None:
        stage.step = step
        stage.by = step.by
        if step.by and step.by not in stage.engines:
            raise stage.mistake(f'no identity provider of this story is called "{step.by}"', nearest(step.by, stage.engines))
        if step.kind != "expect":
            stage.spoken = stage.step_exchanges = []
            stage.acting_step = step.id
        else:
            stage.step_exchanges = []
        self._at(stage.scenario.id, step.id)
        title = step.title or _title(step)
        self.emit(StepStarted(self.clock.now(), stage.scenario.id, step.id, title, step.place.line, step.label))

    def _settle(self, stage: Stage, name: str) -> None:
        """Read everything back; then the unchanged second cycle, which must write nothing."""
        step = Step("end", "settle", title="The unchanged second cycle", by=name)
        self._enter(stage, step)
        engine = stage.needs_engine()
        stage.read_back(everything=True)
        if self.options.settle:
            stage.step_exchanges = []
            stage.play(engine.settle())
            writes = [e for e in stage.step_exchanges if e.request.method in ("POST", "PUT", "PATCH", "DELETE")]
            if stage.step_exchanges and not engine.settle_reports:
                need = f"{engine.name}-quiet-second-cycle"
                for exchange in writes:
                    what = f"{exchange.request.method} {exchange.request.path} was sent although nothing changed"
                    stage.finding(
                        "second_cycle_is_quiet", need, Problem(what, "no write", what, "http"), exchanges=(exchange.id,)
                    )
                if not writes:
                    stage.finding("second_cycle_is_quiet", need)
        self.emit(StepEnded(self.clock.now(), stage.scenario.id, step.id, "done"))

    def _capture(self, stage: Stage, step: Step) -> None:
        if not step.capture:
            return
        last = stage.step_exchanges[-1] if stage.step_exchanges else None
        for name, pointer in step.capture.items():
            value: Any = None
            if last is not None and last.response is not None:
                value = _from_answer(last, pointer)
            if last is None or value is None or is_missing(value):
                stage.lost[name] = f"step {step.id} did not get"
                stage.values.pop(name, None)
            else:
                stage.values[name] = value

    def _unjudged(self, stage: Stage, step: Step, outcome: Any, reason: str) -> None:
        ids = dict.fromkeys(step.requirements)
        for expectation in step.expect:
            own = expectation.get("requirement")
            ids.update(dict.fromkeys(own if isinstance(own, list) else [own] if own else []))
        for requirement in ids:
            stage.emit(
                FindingMade(
                    Finding(
                        "answer_is_as_expected", requirement, outcome, None, (), stage.scenario.id, step.id, stage.voice,
                        reason=reason,
                    )
                )
            )  # fmt: skip

    def _skip(self, stage: Stage, reason: str) -> None:
        for step in stage.scenario.steps:
            self._unjudged(stage, step, "not applicable", reason)

    def _clean(self, *, final: bool = False) -> None:
        if final and self.ledger.counts == {} and not self.ledger.suspects:
            return
        self._at("", "clean-up")
        judge, self.recorder.judge = self.recorder.judge, None
        self.recorder.cleaning = True
        try:
            left = drive(clean_up(self.ledger, sweep=final), self.recorder.asker(HARNESS), self.clock)
        finally:
            self.recorder.judge, self.recorder.cleaning = judge, False
        if final:
            self.left = left

    def _at(self, scenario: str, step: str) -> None:
        self.recorder.scenario, self.recorder.step = scenario, step


_FILLED_LATER = ("request", "expect", "seed", "hire", "update")


def _own(traits: Mapping[str, Any], idp: str) -> Mapping[str, Any]:
    """The scenario's traits for this engine: given flat, or by engine name."""
    if all(isinstance(value, Mapping) and name in ENGINES for name, value in traits.items()):
        return {**traits.get(idp, {})}
    return traits


def _title(step: Step) -> str:
    """What the step does, in the words of its file."""
    values = [str(value) for value in step.params.values() if isinstance(value, (str, int, float))]
    return " ".join([step.kind, *values])[:120]


def _from_answer(exchange: Exchange, pointer: str) -> Any:
    if pointer.startswith("header:"):
        return exchange.answer.header(pointer.removeprefix("header:"))
    if pointer == "status":
        return exchange.answer.status
    body = exchange.answer.json_object()
    return None if body is None else resolve(body, pointer)
