"""The stage on which the steps of one scenario are played: who is in it, what is known, how to send and to find.

A stage belongs to one scenario under one identity provider (or under none, for raw suites). Steps are functions of it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from scim_sim.checks.convergence import Wanted
from scim_sim.checks.finding import Finding, Kept
from scim_sim.checks.judge import Judge
from scim_sim.clock import Clock
from scim_sim.directory.generate import Generator, RunMark
from scim_sim.directory.model import Change, Directory, Person
from scim_sim.drivers.drive import drive
from scim_sim.errors import InternalError, ScenarioError, UsageError
from scim_sim.events import Event, LogWritten, Observed, StateChanged, TroubleMet, judged
from scim_sim.flow import Flow, Pause
from scim_sim.idp.engine import Engine
from scim_sim.problem import Problem
from scim_sim.registry import nearest
from scim_sim.scenario.document import fault
from scim_sim.scenario.harness import HARNESS
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.others import Others, written
from scim_sim.scenario.readback import CROWD, Looks, read_all, wanted
from scim_sim.scenario.reconcile import difference, equal_row, leaver_row, orphan_row, worst_case
from scim_sim.scenario.recorder import Recorder
from scim_sim.scenario.rotation import Rotation, with_credentials
from scim_sim.scim.declared import Declared
from scim_sim.target.profile import Profile
from scim_sim.wire import Exchange, Request

__all__ = ["KEPT", "NotApplicable", "Stage", "Unknown"]

_STILL = 1000
PAUSES = 50
KEPT = 5000
"""Exchanges of one step that expectations can look at; older ones are forgotten, so that memory stays flat."""

T = TypeVar("T")
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class NotApplicable(Exception):
    """The step does not apply to this target; the message is the reason."""


class Unknown(Exception):
    """The step needs a value that an earlier step did not get; the message names both."""


class Stage:
    """One scenario in play."""

    def __init__(
        self,
        scenario: Scenario,
        recorder: Recorder,
        clock: Clock,
        mark: RunMark,
        seed: int,
        declared: Declared,
        profile: Profile,
        emit: Callable[[Event], None],
        judge: Judge,
    ) -> None:
        self.scenario = scenario
        self.recorder = recorder
        self.clock = clock
        self.mark = mark
        self.declared = declared
        self.profile = profile
        self.emit = emit
        self.judge = judge
        self.directory = Directory()
        self.generator = Generator(seed, mark)
        self.engines: dict[str, Engine] = {}
        self.by = ""
        self.step: Step = Step("00", "")
        self.values: dict[str, Any] = {"mark": mark.text, "MARK": mark.text.upper(), **dict(scenario.variables)}
        self.lost: dict[str, str] = {}
        self.step_exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self.spoken: deque[Exchange] = deque(maxlen=KEPT)
        self.acting_step = ""
        self.log: deque[Mapping[str, Any]] = deque(maxlen=KEPT)
        self.troubles: list[TroubleMet] = []
        self.failed = False
        self.others = Others()
        self._wrote: dict[tuple[str, str], list[str]] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self.failures: list[Finding] = []
        self._unread: set[tuple[str, str]] = set()
        self.look = Looks(partial(recorder.converse_all, voice=HARNESS))
        self._pauses = 0
        self.rotation: Rotation | None = None
        self.retired = ""

    # -- speaking ---------------------------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine | None:
        """The identity provider that acts in this step; the first one unless the step says who; none in a raw suite."""
        return self.engines.get(self.by) or next(iter(self.engines.values()), None)

    @property
    def voice(self) -> str:
        """The engine's voice, or the harness's in a raw suite."""
        return self.engine.voice if self.engine else HARNESS

    def ask(self, request: Request) -> Exchange:
        """Send one request in the harness's voice and return its exchange; a missing answer is an exchange too."""
        exchange, _ = self.recorder.converse(request, HARNESS)
        self._note(exchange)
        return exchange

    def ask_all(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests of which none waits for another, in the harness's voice."""
        exchanges = [exchange for exchange, _ in self.recorder.converse_all(requests, HARNESS)]
        self.step_exchanges.extend(exchanges)
        self.look.afresh()
        return exchanges

    def ask_at_once(self, requests: Sequence[Request]) -> None:
        """Send requests in the harness's voice at the same time, up to 16; nobody knows which of them took effect first.

        A target that serves one connection at a time gets them one after the other.
        """
        if self.recorder.one_by_one:
            for request in requests:
                self.ask(request)
            return
        self.judge.view.unordered = True
        try:
            with ThreadPoolExecutor(max_workers=min(16, len(requests))) as pool:
                for _ in pool.map(self.ask, requests):
                    pass
        finally:
            self.judge.view.unordered = False

    def play(self, flow: Flow[T], voice: str | None = None) -> T:
        """Play a flow in the voice (the engine's by default) and pass on what the engine noted meanwhile."""
        speaking = voice or self.voice

        def ask(request: Request) -> Any:
            if self.retired and speaking != HARNESS:
                request = with_credentials(request, self.retired)
            self.pass_on()  # what the engine made of the answer before belongs to that exchange
            try:
                return self.recorder.ask(request, speaking)
            finally:
                self._note(self.recorder.last)

        try:
            return drive(flow, ask, self.clock, lambda pause: self._paused(pause, speaking))
        finally:
            self.pass_on()

    def _paused(self, pause: Pause, voice: str) -> None:
        """Show why an IdP lets a request rest, as long as somebody would read it."""
        self._pauses += 1
        if pause.why and self._pauses <= PAUSES:
            self.emit(Observed(self.scenario.id, voice, "wait", {"story": self.scenario.id, "idp": voice, "why": pause.why}))

    def tell(self, change: Change) -> None:
        """Let every engine react to a change in the directory."""
        for engine in self.engines.values():
            self.play(engine.notice(change), engine.voice)

    def pass_on(self) -> None:
        """Turn the engines' new troubles, state changes and log entries into events."""
        for engine in self.engines.values():
            self._pass_on(engine)

    def _pass_on(self, engine: Engine) -> None:
        troubles, states = self._seen.get(engine.voice, (0, 0))
        last = self.recorder.last.id if self.recorder.last else ""
        for trouble in engine.troubles[troubles:]:
            met = TroubleMet(
                self.scenario.id, self.step.id, engine.voice, trouble.at, trouble.need, trouble.subject, trouble.message,
                trouble.where, last,
            )  # fmt: skip
            self.troubles.append(met)
            self.emit(met)
            if not self.retired:  # what fails under a token that was replaced is the story, not the target's fault
                self._trouble_finding(met)
        for state in engine.states[states:]:
            self.emit(StateChanged(self.scenario.id, engine.voice, state.at, state.before, state.after, state.why))
        self._seen[engine.voice] = (len(engine.troubles), len(engine.states))
        rows, engine.rows = engine.rows, []
        for kind, row in rows:
            self.emit(Observed(self.scenario.id, engine.voice, kind, row))
        for entry in engine.drain_log():
            self.log.append(entry)
            self.emit(LogWritten(self.scenario.id, engine.voice, engine.log_file, entry))

    def person(self, key: str, values: Mapping[str, Any]) -> Person:
        """A person with the given values; user names bear the run mark whatever the scenario says."""
        return self.generator.person(key, self.marked(values))

    def marked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a person's attributes with variables filled in and the run mark in user names."""
        filled: dict[str, Any] = self.fill(dict(values))
        for name in ("user_name", "email", "mail_nickname"):
            value = filled.get(name)
            if isinstance(value, str) and value and not self.mark.marks(value):
                local, _, domain = value.partition("@")
                marked = self.mark.user_name(local, domain or self.generator.domain)
                filled[name] = f"{self.mark.text}.{value}" if name == "mail_nickname" else marked
        return filled

    def advance(self, until: float) -> None:
        """Let the clock run to that time, waking the engine whenever it is due."""
        self.look.afresh()
        still, last = 0, (0.0, "")
        while True:
            waiting = [(due, name) for name, engine in self.engines.items() if (due := engine.due()) is not None]
            due, name = min(waiting, default=(until + 1, ""))
            if due > until:
                break
            still = still + 1 if (due, name) == last else 0
            last = (due, name)
            if still > _STILL:
                raise InternalError(f"{self.engines[name].title} wants to be woken at {due} again and again")
            self.clock.sleep(due - self.clock.now())
            self.play(self.engines[name].wake(), self.engines[name].voice)
        self.clock.sleep(until - self.clock.now())

    def engine_exchanges(self) -> list[Exchange]:
        """What the engines sent in the latest step that was no `expect`."""
        return [exchange for exchange in self.spoken if exchange.voice != HARNESS]

    def step_troubles(self) -> list[TroubleMet]:
        """The troubles that came up since the last step that was no `expect`."""
        return [trouble for trouble in self.troubles if trouble.step in (self.step.id, self.acting_step)]

    def observe(self, kind: str, row: Mapping[str, Any]) -> None:
        """Add a row to one of the report's tables."""
        self.emit(Observed(self.scenario.id, self.voice, kind, row))

    # -- judging ----------------------------------------------------------------------------------------------------

    def found(self, said: Finding | Kept) -> None:
        """Record a judgement of this step."""
        if isinstance(said, Finding) and said.outcome == "fail" and said.level != "MAY":
            self.failed = True
            self.failures.append(said)
        self.emit(judged(said))

    def finding(
        self, check: str, requirement: str, problem: Problem | None = None, *, outcome: str = "", reason: str = "", **more: Any
    ) -> None:
        """Record the outcome of one expectation of this step."""
        ids = more.pop("exchanges", None)
        if ids is None:
            ids = (self.step_exchanges[-1].id,) if self.step_exchanges else ()
        word: Any = outcome or ("fail" if problem else "pass")
        self.found(
            Finding(check, requirement, word, problem, ids, self.scenario.id, self.step.id, self.voice, reason=reason, **more)
        )

    def read_back(self, *, everything: bool = False) -> None:
        """Compare the target with what the engine believes to have brought about.

        Of a crowd that one step wrote, some are read at once and all at the end of the scenario (`everything`).
        """
        if not self.engines or not (everything or self._unread):
            return
        touched, self._unread = self._unread, set()
        if everything:
            self.look.afresh()
        if len(touched) > CROWD and not everything:
            touched = set(sorted(touched)[:: -(-len(touched) // CROWD)])
        things = [
            replace(thing, wrote=tuple(reversed(self._wrote.get((thing.kind, thing.resource_id or thing.name), ()))))
            for engine in self.engines.values()
            for thing in wanted(engine.expected(), engine.voice, None if everything else touched)
            if not self.others.changed(thing.voice, thing.kind, thing.resource_id)
        ]
        equal = 0
        for found, exchange in read_all(things, self.look, self.declared, self.mark):
            self.step_exchanges.append(exchange)
            thing, resource, known = found.wanted, found.resource, found.known
            if everything and thing.voice == self.voice:
                rows = list(difference(thing, resource, known))
                equal += not rows
                for row in rows:
                    self.observe("reconciliation", row)
            if not known:
                continue
            for said in self.judge.compare(thing, resource, exchange, scenario=self.scenario.id, step=self.step.id):
                self.found(said)
            self._leaver(thing, resource)
        if everything:
            self.observe("reconciliation", equal_row(equal))
            self._orphans()

    def _leaver(self, thing: Wanted, resource: dict[str, Any] | None) -> None:
        """How long the target took to let a leaver go, apart from the IdP's own delay."""
        engine = next((one for one in self.engines.values() if one.voice == thing.voice), None)
        row = leaver_row(thing, resource, self.spoken, worst_case(engine)) if engine else None
        if row is not None:
            self.emit(Observed(self.scenario.id, thing.voice, "leavers", row))

    def _orphans(self) -> None:
        """Who keeps an account that the identity provider can never end."""
        engine = self.needs_engine()
        for key in getattr(engine, "left_active", ()):
            why = f"active; {engine.title} will never end it"
            self.observe("reconciliation", orphan_row(self.directory.person(key).user_name, why))

    def _note(self, exchange: Exchange | None) -> None:
        """Remember which resources the engine wrote, so that they are read back."""
        if exchange is None:
            return
        self.step_exchanges.append(exchange)
        self.others.wrote(exchange, [engine.voice for engine in self.engines.values()])
        self.look.afresh()
        key = None if exchange.voice == HARNESS else written(exchange)
        if key is not None:
            self._unread.add(key)
            self._wrote.setdefault(key, []).append(exchange.id)
            del self._wrote[key][:-3]

    def _trouble_finding(self, met: TroubleMet) -> None:
        if not met.need:
            return  # a notice of the console's own, such as a setting that is off: nobody's need was unmet
        where = f"{met.where}: {met.message}" if met.where else met.message
        problem = Problem(met.message, "the step succeeds", "the identity provider gives up", "http")
        exchanges = (met.exchange,) if met.exchange else ()
        self.found(
            Finding(
                "engine", met.need, "fail", problem, exchanges, met.scenario, met.step, met.voice, met.subject,
                admin_sees=where,
            )
        )  # fmt: skip

    # -- values -----------------------------------------------------------------------------------------------------

    def fill(self, value: Any) -> Any:
        """The value with every `${name}` replaced; a text that is one variable alone keeps the variable's type."""
        if isinstance(value, str):
            whole = _VARIABLE.fullmatch(value)
            if whole:
                return self.value(whole[1])
            return _VARIABLE.sub(lambda found: str(self.value(found[1])), value)
        if isinstance(value, Mapping):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        return value

    def value(self, name: str) -> Any:
        """A variable, a captured value, or `ada.id`, `ada.user_name` for somebody in the directory."""
        name = name.strip()
        if name in self.values:
            return self.values[name]
        if name in self.lost:
            raise Unknown(f'needs "{name}", which {self.lost[name]}')
        key, _, attribute = name.partition(".")
        if key in self.directory.people or key in self.directory.teams:
            return self._attribute(key, attribute)
        raise self.mistake(f'nothing is called "${{{name}}}"', nearest(name, [*self.values, *self.lost, *self.directory.people]))

    def _attribute(self, key: str, attribute: str) -> Any:
        if attribute == "id":
            for thing in wanted(self.engine.expected(), self.voice) if self.engine else ():
                if thing.key == key and thing.resource_id:
                    return thing.resource_id
            raise Unknown(f'needs the id of "{key}", which has no account at the target')
        subject: Any = self.directory.people.get(key) or self.directory.teams.get(key)
        if not hasattr(subject, attribute):
            raise self.mistake(f'"{key}" has no "{attribute}"')
        return getattr(subject, attribute)

    def mistake(self, message: str, hint: str = "", at: tuple[Any, ...] = ()) -> ScenarioError:
        """A mistake of the scenario's author, at the place of the current step or of one of its parameters."""
        place = self.step.places.get((self.step.kind, *at), self.step.place)
        return fault(place, message, hint, word="" if at else self.step.kind)

    def needs_engine(self) -> Engine:
        """The engine; raises `ScenarioError` in a raw suite."""
        if self.engine is None:
            raise self.mistake(f'the step "{self.step.kind}" needs an identity provider', "give the scenario an idp")
        return self.engine

    def located(self, error: UsageError) -> ScenarioError:
        """A usage error raised while the step was played, with the step's place."""
        return error if isinstance(error, ScenarioError) and error.path else self.mistake(error.message, error.hint)
