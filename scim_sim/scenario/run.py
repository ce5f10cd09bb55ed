"""Play scenarios against a target, from the first look at it to the proof that nothing is left.

The order is: discover, play each scenario under each of its identity providers, clean up after each, search for leftovers.
Whatever happens on the way (Ctrl-C, a dead target, a mistake of ours) the clean-up runs.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from scim_sim import __version__
from scim_sim.checks.finding import Finding
from scim_sim.checks.judge import Judge
from scim_sim.checks.view import Surroundings
from scim_sim.clock import Clock, SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.drivers.drive import Transport, drive
from scim_sim.drivers.patience import RateLimit
from scim_sim.errors import InternalError, ScimSimError, TargetUnreachable
from scim_sim.events import (
    Event,
    ExchangeMade,
    LeftBehind,
    Observed,
    RunEnded,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    TargetDescribed,
)
from scim_sim.flow import NoResponse
from scim_sim.garbage import rare_collection
from scim_sim.idp.engine import ENGINES, Engine, Setting
from scim_sim.problem import Problem
from scim_sim.redact import Redactor
from scim_sim.scenario.cleanup import clean_up
from scim_sim.scenario.discovery import discover, refusal, try_features
from scim_sim.scenario.harness import HARNESS, harness_request
from scim_sim.scenario.jobs import ONE_CONNECTION, fitting_jobs, numbered, play_side_by_side, serves_several
from scim_sim.scenario.ledger import Ledger
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.plan import RFC, Part, plan
from scim_sim.scenario.play import play_steps, skip
from scim_sim.scenario.populate import populate
from scim_sim.scenario.recorder import Pulse, Recorder, Stopped
from scim_sim.scenario.requires import unmet
from scim_sim.scenario.rotation import Rotation
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.workers import fitting_workers, play_in_workers, shared_flag
from scim_sim.scim.declared import Declared
from scim_sim.target.diagnose import Row, blocking
from scim_sim.target.target import Target
from scim_sim.wire import Request, Response

__all__ = ["Options", "Run", "run"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: `seed` decides names, ids and order; `idps` narrow the scenarios (`okta`, `okta:oin`, `rfc`).

    `traits` override an engine's by its name, `groups` what the profile says about group push, `settle` whether the
    unchanged second cycle is played at the end of each story, `clean` whether to remove what was created. `preflight` looks
    at the way to the target first (`doctor.preflight`), `rotation` says how its token can be replaced,
    `jobs` how many scenarios are played side by side (0: as many as fit the time that the target takes), `workers` how many
    processes play at most where the target is quicker than one of them; `second` opens another way to the target, over which
    it is seen whether several can be served at once.
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
    preflight: Callable[[Target, Callable[[Request], Response]], Sequence[Row]] | None = None
    rotation: Rotation | None = None
    jobs: int = 0
    workers: int = 1
    second: Callable[[], AbstractContextManager[Transport]] | None = None


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
    parts = plan(scenarios, options.idps)
    production = Run(target, transport, emit, options)
    with rare_collection(), production.open(parts):
        production.play_all(parts)


class Run:
    """A target under exercise: opened once, any number of scenarios played, closed with nothing left behind."""

    def __init__(self, target: Target, transport: Transport, emit: Callable[[Event], None], options: Options = Options()) -> None:
        self.target = target
        self.emit = emit
        self.options = options
        self.clock = options.clock()
        self.mark = RunMark.of(options.seed, options.space)
        self.ledger = Ledger(self.mark)
        self.declared = Declared()
        self._transport = transport
        self._limit = RateLimit()
        self._redactor = Redactor(target.auth.secrets)
        self._pulse = Pulse()
        self._latencies: list[float] = []
        self.recorder = self._recorder(self.clock, self.ledger, self._timed, 0)
        self._surroundings: Surroundings | None = None
        self._lock = threading.Lock()
        self._ledgers: list[Ledger] = []
        self._jobs = 1
        self._side_by_side = False
        self._one_by_one = False
        self._played = 0
        self._looked_at: Row | None = None

    @contextmanager
    def open(self, parts: Collection[Part] = ()) -> Iterator[Run]:
        """Look at the target; on leaving, whatever happened, remove what was created and say what is left.

        Ctrl-C ends the run early and is not passed on. Raises `TargetUnreachable` when nothing there speaks SCIM to us.
        """
        began = time.perf_counter()
        interrupted, error, code = False, "", InternalError.exit_code
        self._announce(parts)
        try:
            self._look(tuple(dict.fromkeys(part.voice for part in parts)))
            yield self
        except KeyboardInterrupt:
            interrupted = True
        except ScimSimError as problem:
            error, code = problem.message, problem.exit_code
            raise
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            raise
        finally:
            for ledger in list(self._ledgers):
                self._take_over(ledger)
            self.recorder.step = "clean-up"
            for rest in self._clean(self.recorder, sweep=True) if self.options.clean else ():
                self.emit(rest)
            if self._limit.refused:
                row = {"answers 429": self._limit.refused, "waited": f"{self._limit.waited:.1f} s in all"}
                self.emit(Observed("", HARNESS, "rate limit", row))
            seconds = time.perf_counter() - began
            created, cleaned = dict(self.ledger.counts), dict(self.ledger.cleaned)
            self.emit(RunEnded(self.clock.now(), seconds, interrupted, error, created, cleaned, code))

    def play_all(self, parts: Sequence[Part]) -> None:
        """Play all parts: several at once where the target takes its time (or `Options.jobs` says so), then one by one.

        Where the target is quicker than we are, several processes play, if `Options.workers` allows. A target that serves
        one connection at a time has one scenario, and one request, at a time.
        """
        second = self.options.second
        self._one_by_one = second is not None and not serves_several(self.recorder, second, self._latencies)
        if self._one_by_one:
            self.emit(Observed("", HARNESS, "connections", ONE_CONNECTION))
        self._jobs = 1 if self._one_by_one else self.options.jobs or fitting_jobs(self._latencies)
        crowd, alone = numbered(parts)
        workers = 1 if self.options.jobs or self._one_by_one else min(self.options.workers, fitting_workers(len(crowd)))
        self._side_by_side = self._jobs > 1 or workers > 1
        here = [*crowd, *alone]
        if self._jobs > 1:
            play_side_by_side(crowd, self._jobs, self.play, self.emit, self._pulse.stop)
            here = alone
        elif workers > 1:
            stop = self._pulse.stop = shared_flag()
            play_in_workers(crowd, alone, workers, self.play, self.emit, stop, know=self._known, learn=self._learn)
            here = []
        for number, part in here:
            self.play(part, number)

    def _known(self) -> tuple[Ledger, int, float]:
        """What a worker knows of the part it has played: what was created and what is left, and what a rate limit cost."""
        known = self.ledger, self._limit.refused, self._limit.waited
        self.ledger, self._limit.refused, self._limit.waited = Ledger(self.mark), 0, 0.0
        return known

    def _learn(self, known: tuple[Ledger, int, float] | None) -> None:
        """Take over what a worker knows, if it lived to tell."""
        if known is not None:
            ledger, refused, waited = known
            self.ledger.take_over(ledger)
            self._limit.refused += refused
            self._limit.waited += waited

    def play(self, part: Part, number: int = 0, emit: Callable[[Event], None] | None = None) -> str:
        """Play one scenario from its directory to its clean-up; the outcome is `done`, `failed` or `not applicable`."""
        stage = self.stage(part, number, emit)
        scheme = stage.judge.surroundings.scheme
        rotates = self.options.rotation is not None
        reason = unmet(part.scenario.requires, self.declared, self.target.profile, stage.engine, scheme, rotates=rotates)
        if reason:
            skip(stage, reason)
            self.leave(stage, part, "not applicable", reason)
            return "not applicable"
        outcome = "error"
        try:
            populate(stage)
            outcome = play_steps(stage, second_cycle=self.options.settle)
        except (KeyboardInterrupt, Stopped, TargetUnreachable):
            outcome = "interrupted"
            raise
        except ScimSimError:
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one story is told, and the others are played
            stage.found(_ours(error, stage))
        finally:
            self.leave(stage, part, outcome)
        return outcome

    def stage(self, part: Part, number: int = 0, emit: Callable[[Event], None] | None = None) -> Stage:
        """Set the stage for a scenario: its engines, an empty directory, and a run mark, clock, ledger and judge of its own.

        `number` is its place in the plan; without one it is the next.
        """
        if self._surroundings is None:
            raise InternalError("the run is not open")
        self._played = number or self._played + 1
        number = self._played
        tell = emit or self.emit
        clock = self.options.clock()
        ledger = Ledger(self.mark, self.mark.part(number))
        self._ledgers.append(ledger)
        recorder = self._recorder(clock, ledger, tell, number)
        alone = part.scenario.alone or not self._side_by_side
        recorder.at_once, recorder.one_by_one = self._jobs, self._one_by_one
        recorder.judge = Judge(replace(self._surroundings, alone=alone))
        stage = Stage(
            part.scenario, recorder, clock, self.mark.part(number), self.options.seed, self.declared, self.target.profile, tell,
            recorder.judge,
        )  # fmt: skip
        stage.rotation = self.options.rotation
        scenario = part.scenario
        if part.idp != RFC:
            for name, voice in (scenario.together or {"": part.voice}).items():
                stage.engines[name] = self._engine(scenario, stage, voice)
        engine = stage.engine
        recorder.scenario = scenario.id
        tell(
            ScenarioStarted(
                clock.now(), scenario.id, scenario.title, part.voice, scenario.path,
                engine.standing if engine else "", len(scenario.steps), engine.switches if engine else {}, scenario.suite,
            )
        )  # fmt: skip
        return stage

    def leave(self, stage: Stage, part: Part, outcome: str, reason: str = "") -> None:
        """Clear the stage: remove what the scenario created."""
        if self.options.clean and outcome != "not applicable":
            self._clean(stage.recorder)
        self._take_over(stage.recorder.ledger)
        stage.emit(ScenarioEnded(stage.clock.now(), stage.scenario.id, part.voice, outcome, reason))

    def _take_over(self, ledger: Ledger) -> None:
        with self._lock:
            if ledger in self._ledgers:
                self._ledgers.remove(ledger)
                self.ledger.take_over(ledger)

    def _recorder(self, clock: Clock, ledger: Ledger, emit: Callable[[Event], None], number: int) -> Recorder:
        return Recorder(self._transport, clock, self._redactor, ledger, emit, number, self._pulse, self._limit)

    def _timed(self, event: Event) -> None:
        """Pass an event on, and note how long the first answers took."""
        if isinstance(event, ExchangeMade) and event.exchange.step == "discovery":
            self._latencies.append(event.exchange.elapsed)
        self.emit(event)

    def _announce(self, parts: Collection[Part]) -> None:
        idps = tuple(dict.fromkeys(part.idp for part in parts))
        self.emit(
            RunStarted(
                self.clock.now(), self.options.seed, self.mark.text, self.target.name or self.target.base_url,
                self.target.base_url, self.target.profile.name, idps, len(parts), __version__, self.options.clock_name,
                self.options.command, time.time(),
            )
        )  # fmt: skip

    def _look(self, voices: tuple[str, ...]) -> None:
        """Make sure that the target answers and lets us in, then read what it says of itself."""
        self.recorder.step = "discovery"
        self._preflight()
        self.declared = drive(discover(self.target.profile.capabilities), self.recorder.asker(HARNESS), self.clock)
        self._must_answer()
        self.declared = drive(try_features(self.declared, self.mark.text), self.recorder.asker(HARNESS), self.clock)
        scheme = self.target.auth.scheme if self.target.auth.header else ""
        self._surroundings = Surroundings(self.target.base_url, self.declared, self.mark.text, voices, scheme=scheme)
        self.emit(TargetDescribed(self.declared.to_json(), self.declared.assumptions))

    def _preflight(self) -> None:
        """Walk from the host name to the first user; stop where there is nobody to talk to."""
        rows = self.options.preflight(self.target, self.recorder.asker(HARNESS)) if self.options.preflight else ()
        for row in rows:
            self.emit(Observed("", HARNESS, "preflight", asdict(row)))
        stop = blocking(rows)
        if stop is not None:
            raise TargetUnreachable(stop.message, stop.next_step)
        self._looked_at = next((row for row in rows if row.outcome == "fail"), None)

    def _must_answer(self) -> None:
        """Stop here, with the next step, when nothing behind the URL speaks SCIM to us."""
        request = harness_request("GET", "/Users", query={"startIndex": 1, "count": 1}, label="first read")
        try:
            response = self.recorder.ask(request, HARNESS)
        except NoResponse as missing:
            raise TargetUnreachable(missing.failure.message, "scim-sim doctor --target URL looks closer") from None
        reason = refusal(response, has_token=bool(self.target.auth.secret), discovered=bool(self.declared.known))
        if reason:
            row = self._looked_at
            raise TargetUnreachable(
                row.message if row else reason, row.next_step if row else "scim-sim doctor --target URL looks closer"
            )

    def _engine(self, scenario: Scenario, stage: Stage, voice: str) -> Engine:
        idp, _, variant = voice.partition(":")
        kind = ENGINES.get(idp)
        profile = self.target.profile
        wanted = self.options.groups.get(idp)
        groups = scenario.groups if wanted is None or scenario.groups is False else wanted  # "users only" is the story itself
        if groups is None:
            groups = profile.groups.get(idp, idp != "entra") and stage.declared.has_groups()
        own: Mapping[str, Any] = stage.fill(dict(_own(scenario.traits, idp)))
        traits = {**profile.traits.get(idp, {}), **own, **self.options.traits.get(idp, {})}
        mapping = {**profile.mapping.get(idp, {}), **stage.fill(dict(scenario.mapping))}
        seed, lacks = self.options.seed, stage.declared.lacks
        return kind(Setting(stage.directory, stage.clock, stage.mark, seed, variant, groups, traits, mapping, lacks=lacks))

    def _clean(self, recorder: Recorder, *, sweep: bool = False) -> list[LeftBehind]:
        ledger = recorder.ledger
        if sweep and not ledger.counts and not ledger.suspects:
            return []
        recorder.step, recorder.cleaning = "clean-up", True
        try:
            recorder.at_once = self._jobs
            return clean_up(ledger, partial(recorder.converse_all, voice=HARNESS), sweep=sweep)
        finally:
            recorder.cleaning = False


def _ours(error: Exception, stage: Stage) -> Finding:
    """What stumbled, as a finding that says nothing of the target."""
    places = traceback.extract_tb(error.__traceback__)
    where = f"{Path(places[-1].filename).name}:{places[-1].lineno}"
    problem = Problem(f"scim-sim itself failed: {type(error).__name__}: {error}", "no error of ours", where)
    exchanges = (stage.recorder.last.id,) if stage.recorder.last else ()
    return Finding("runner", "scenario-expectation", "error", problem, exchanges, stage.scenario.id, stage.step.id, stage.voice)


def _own(traits: Mapping[str, Any], idp: str) -> Mapping[str, Any]:
    """The scenario's traits for this engine: given flat, or by engine name."""
    if all(isinstance(value, Mapping) and name in ENGINES for name, value in traits.items()):
        return {**traits.get(idp, {})}
    return traits
