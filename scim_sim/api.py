"""The Python interface: exercise a target from a program or from tests, with the verbs of the scenario language.

    from scim_sim.api import Simulation

    with Simulation("https://app.example.test/scim/v2", token=secret) as simulation:
        okta = simulation.idp("okta:oin")
        okta.hire("ada", title="Analyst")
        okta.assign("ada")
        assert okta.account("ada")["active"] is True
        okta.unassign("ada")
        assert okta.account("ada")["active"] is False
        okta.check()

The verbs are the steps of the scenario language with an underscore for a blank; `advance("40m")` and `run_cycle()` move the
run's clock. `check` raises `ScimFailure` with everything that went wrong. What was created is removed on leaving.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.drivers.drive import Transport
from scim_sim.drivers.session import Session
from scim_sim.errors import ScimSimError, UsageError
from scim_sim.events import Event, ExchangeMade, FindingMade, ScenarioEnded
from scim_sim.flow import NoResponse
from scim_sim.provider import Provider
from scim_sim.registry import nearest
from scim_sim.report import Baseline, Report, ReportBuilder
from scim_sim.report.curl import curl
from scim_sim.report.kept import record
from scim_sim.report.verdict import verdict_of
from scim_sim.scenario.expect import EXPECT_ALIASES, EXPECT_KEYS
from scim_sim.scenario.harness import HARNESS, harness_request, quoted
from scim_sim.scenario.model import Scenario, Step
from scim_sim.scenario.plan import Part, plan
from scim_sim.scenario.play import play_step, settle
from scim_sim.scenario.readback import wanted
from scim_sim.scenario.run import Options, Run
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps import kinds
from scim_sim.scenario.steps.registry import ALIASES
from scim_sim.scenario.suites import find_scenarios
from scim_sim.scim.requirements import catalogue
from scim_sim.target import Auth, Target, load_profile
from scim_sim.wire import PATIENCE, Exchange, Request, Response, with_secret

__all__ = ["IdentityProvider", "InProcess", "ScimFailure", "Simulation", "explain", "raise_for"]


class ScimFailure(AssertionError):
    """Something that was expected of the target did not come true; `findings` are the reasons."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class InProcess:
    """A transport that calls an embedded provider without a socket; `rotate` gives the provider a new token."""

    def __init__(self, provider: Provider, token: str, rotate: Callable[[], str] | None = None) -> None:
        self.rotate = rotate
        self._provider = provider
        self._header = f"Bearer {token}"

    def send(self, request: Request) -> Response:
        """The provider's answer."""
        return self._provider.handle(with_secret(request, self._header))


BUILTIN = "builtin"


def _builtin(profile: str) -> tuple[Target, Transport]:
    """A correct provider in this process, and the way to it."""
    token = "builtin-token"
    target = Target("https://builtin.invalid/scim/v2", Auth("Bearer", token), load_profile(profile), name="the embedded provider")
    return target, InProcess(Provider(token=token, clock=SimulatedClock(), seed=0), token)


class Simulation:
    """A target under exercise, as a context manager; nothing is sent before it is entered.

    `target` is a base URL, a `Target`, or `builtin` for an embedded provider called in process; `seed`
    decides names, ids and order; `space` tells parallel workers apart.
    """

    def __init__(
        self,
        target: str | Target,
        token: str = "",
        *,
        profile: str = "generic",
        seed: int = 0,
        space: str = "",
        timeout: float = PATIENCE,
        verify: bool | str = True,
        transport: Transport | None = None,
        settle: bool = True,
        baseline: Baseline | None = None,
    ) -> None:
        if target == BUILTIN:
            target, transport = _builtin(profile)
        if isinstance(target, str):
            target = Target(target, Auth("Bearer", token), load_profile(profile), timeout, verify)
        self.target = target
        self.options = Options(seed=seed, space=space, settle=settle, clock=SimulatedClock)
        self.builder = ReportBuilder(baseline=baseline)
        self.exchanges: dict[str, Exchange] = {}
        self._baseline = baseline
        self._given = transport
        self._stack = ExitStack()
        self._run: Run | None = None
        self._failures: list[Finding] = []
        self.last_reason = ""

    def __enter__(self) -> Simulation:
        transport = self._given or self._stack.enter_context(Session(self.target))
        self._run = Run(self.target, transport, self._emit, self.options)
        self._stack.enter_context(self._run.open())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def run(self) -> Run:
        """The run behind it; raises `UsageError` outside of the `with` block."""
        if self._run is None:
            raise UsageError("a Simulation is used in a with block")
        return self._run

    def idp(self, name: str = "okta", **traits: Any) -> IdentityProvider:
        """A simulated identity provider connected to the target (`okta`, `okta:oin`, `entra`), with these traits."""
        scenario = Scenario("api", f"{name} by program", (name,), (), traits=traits)
        parts = plan([scenario], ())
        return IdentityProvider(self, self.run.stage(parts[0]), parts[0])

    def play(self, *names: str, idps: Iterable[str] = ()) -> list[Finding]:
        """Play suites, scenarios or files, and return what went wrong."""
        chosen = tuple(idps)
        found: list[Finding] = []
        for part in plan(find_scenarios(names), chosen):
            found += self.play_part(part)
        return found

    def play_part(self, part: Part) -> list[Finding]:
        """Play one scenario under one identity provider, and return what went wrong."""
        before = len(self._failures)
        self.run.play(part)
        return self._failures[before:]

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Response:
        """Read from the target in the harness's voice; raises `ScimFailure` when no answer comes."""
        try:
            return self.run.recorder.ask(harness_request("GET", path, query=query), HARNESS)
        except NoResponse as missing:
            raise ScimFailure(missing.failure.message) from None

    @property
    def findings(self) -> list[Finding]:
        """The violations and breaks so far."""
        return list(self._failures)

    def report(self) -> Report:
        """The report of everything so far."""
        return self.builder.report()

    def check(self) -> None:
        """Raise `ScimFailure` with all violations and breaks so far, each with its exchange and curl line."""
        __tracebackhide__ = True
        raise_for(self._failures, self.exchanges)

    def _emit(self, event: Event) -> None:
        self.builder.add(event)
        if isinstance(event, ExchangeMade):
            self.exchanges[event.exchange.id] = event.exchange
        elif isinstance(event, ScenarioEnded):
            self.last_reason = event.reason if event.outcome == "not applicable" else ""
        elif isinstance(event, FindingMade) and self._counts(event.finding):
            self._failures.append(event.finding)

    def _counts(self, finding: Finding) -> bool:
        if finding.outcome != "fail" or finding.level in ("SHOULD", "MAY"):
            return False
        rule = catalogue().get(finding.requirement)
        verdict, _ = verdict_of(finding.outcome, rule, finding.voice)
        if verdict not in ("violation", "breaks"):
            return False
        known = self._baseline
        return known is None or known.find(finding.check, finding.requirement, finding.scenario, finding.step) is None


class IdentityProvider:
    """One simulated identity provider of a `Simulation`: its methods are the steps of the scenario language."""

    def __init__(self, simulation: Simulation, stage: Stage, part: Part) -> None:
        self.simulation = simulation
        self.stage = stage
        self._part = part
        self._count = 0

    def __getattr__(self, name: str) -> Callable[..., None]:
        __tracebackhide__ = True
        said = name.replace("_", " ").strip()
        verb = ALIASES.get(said, said)
        kind = kinds().get(verb)
        if kind is None or name.startswith("__"):
            raise AttributeError(f'there is no step "{said}"{nearest(said, [*kinds(), *ALIASES])}')
        actions = self.stage.needs_engine().actions()
        if kind.run is None and verb not in actions:
            raise AttributeError(f'{self.stage.needs_engine().title} has no action "{verb}"{nearest(verb, actions)}')
        first = kind.first

        def play(*args: Any, **params: Any) -> None:
            __tracebackhide__ = True
            values = dict(zip(kind.params, args, strict=False))
            if len(args) > len(kind.params) or values.keys() & params.keys():
                raise TypeError(f"{name}() takes {', '.join(kind.params)}")
            self._play(verb, {**values, **params})

        play.__name__ = name
        play.__doc__ = f"{inspect.cleandoc(kind.doc)}\n\nFirst parameter: {first}"
        return play

    def expect(self, **expectation: Any) -> None:
        """Expect something of the target, the traffic, the tasks or the log, as in a scenario; raises `ScimFailure`."""
        __tracebackhide__ = True
        for key in expectation:
            if key not in EXPECT_KEYS and key not in EXPECT_ALIASES:
                raise UsageError(f'an expectation has no "{key}"{nearest(key, EXPECT_KEYS)}')
        before = len(self.stage.failures)
        self._play("expect", {EXPECT_ALIASES.get(key, key): value for key, value in expectation.items()})
        raise_for(self.stage.failures[before:], self.simulation.exchanges)

    def account(self, person: str) -> dict[str, Any] | None:
        """The person's account as the target holds it now, or `None`."""
        subject = self.stage.directory.person(person)
        return self._resource("/Users", "userName", person, subject.user_name)

    def group(self, group: str) -> dict[str, Any] | None:
        """The pushed group as the target holds it now, or `None`."""
        return self._resource("/Groups", "displayName", group, self.stage.directory.team(group).display_name)

    def members(self, group: str) -> set[str]:
        """The keys of the people who are members of the pushed group on the target; strangers by their ids."""
        resource = self.group(group) or {}
        keys = {thing.resource_id: thing.key for thing in self._wanted()}
        ids = [str(member.get("value")) for member in resource.get("members") or () if isinstance(member, dict)]
        return {keys.get(resource_id, resource_id) for resource_id in ids}

    @property
    def findings(self) -> list[Finding]:
        """What has gone wrong so far."""
        return list(self.stage.failures)

    @property
    def troubles(self) -> list[str]:
        """What the administrator saw go wrong, in the words of the identity provider."""
        return [trouble.message for trouble in self.stage.troubles]

    @property
    def state(self) -> str:
        """The state of the job, where the identity provider has one."""
        return str(getattr(self.stage.needs_engine(), "state", ""))

    def settle(self) -> None:
        """Read everything back, and play the unchanged second cycle, which must write nothing."""
        settle(self.stage, self.stage.by)

    def check(self) -> None:
        """Raise `ScimFailure` with all violations and breaks of this identity provider, with exchange and curl line."""
        __tracebackhide__ = True
        raise_for(self.stage.failures, self.simulation.exchanges)

    def close(self) -> None:
        """Remove what this identity provider created, and end its story."""
        self.simulation.run.leave(self.stage, self._part, "failed" if self.stage.failed else "done")

    def _play(self, verb: str, params: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        self._count += 1
        try:
            play_step(self.stage, Step(f"{self._count:02d}-{verb.replace(' ', '-')}", verb, params))
        except ScimSimError as error:
            raise error.with_traceback(None) from None

    def _wanted(self) -> list[Any]:
        engine = self.stage.needs_engine()
        return list(wanted(engine.expected(), engine.voice))

    def _resource(self, endpoint: str, attribute: str, key: str, name: str) -> dict[str, Any] | None:
        known = [thing.resource_id for thing in self._wanted() if thing.key == key and thing.resource_id]
        if known:
            response = self.simulation.get(f"{endpoint}/{known[0]}")
            return response.json_object() if response.ok else None
        response = self.simulation.get(endpoint, {"filter": f"{attribute} eq {quoted(name)}"})
        body = response.json_object() or {}
        listed = body.get("Resources") if response.ok else None
        return next((item for item in listed if isinstance(item, dict)), None) if isinstance(listed, list) else None


def raise_for(findings: Iterable[Finding], exchanges: Mapping[str, Exchange], places: Mapping[str, str] | None = None) -> None:
    """Raise `ScimFailure` when there are findings, each told with what was sent, what came back and a curl line.

    `places` says where steps stand in a file, by their ids.
    """
    __tracebackhide__ = True
    failed = tuple(findings)
    if failed:
        raise ScimFailure(
            "\n\n".join(explain(finding, exchanges, (places or {}).get(finding.step, "")) for finding in failed), failed
        )


def explain(finding: Finding, exchanges: Mapping[str, Exchange], place: str = "") -> str:
    """One finding in full, for people; `place` is where its step stands."""
    rule = catalogue().get(finding.requirement)
    problem = finding.problem
    lines = [problem.message if problem else finding.check]
    lines += [f"  step:     {finding.step} ({place})"] if place else []
    if problem:
        lines += [f"  expected: {problem.expected}", f"  actual:   {problem.actual}"]
    lines.append(f"  why:      {finding.requirement}" + (f" ({rule.title}, {rule.level}): {rule.statement}" if rule else ""))
    if finding.admin_sees:
        lines.append(f"  the administrator sees: {finding.admin_sees}")
    if rule and rule.fix:
        lines.append(f"  fix:      {rule.fix}")
    for name in finding.exchanges[:3]:
        exchange = exchanges.get(name)
        if exchange is not None:
            answer = exchange.response
            said = f"{answer.status} {answer.text[:400]}" if answer is not None else "no answer"
            sent = f" {(exchange.request.body or b'').decode('utf-8', 'replace')[:400]}" if exchange.request.body else ""
            lines += [
                f"  {name} sent:     {exchange.request.method} {exchange.request.target}{sent}",
                f"  {name} got:      {said}",
            ]
            lines.append(f"  {name} repeat:   {curl(record(exchange))}")
    return "\n".join(lines)
