"""The commands `run` and `demo`: put target, scenarios and observers together, and play."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from scim_sim.api import InProcess
from scim_sim.clock import Clock, SimulatedClock, WallClock
from scim_sim.commands.progress import progress
from scim_sim.commands.safety import Safety, age_warning, narrowed, plan_lines, rotation_of, safe, says_nothing, unproved
from scim_sim.commands.selection import choose
from scim_sim.doctor import preflight
from scim_sim.drivers.credentials import Credentials
from scim_sim.drivers.drive import Transport
from scim_sim.drivers.session import Session
from scim_sim.errors import GuardStopped, ScimSimError, TargetUnreachable, UsageError
from scim_sim.events import Event, Observed
from scim_sim.idp import ENGINES
from scim_sim.idp.engine import override_check
from scim_sim.provider import Provider
from scim_sim.registry import nearest
from scim_sim.report import Report, ReportBuilder, load_baseline, write_reports
from scim_sim.report.formats import FORMATS, make_folder
from scim_sim.report.verdict import gate, stops_at
from scim_sim.scenario.audit import AUDIT_FILE, AuditLog
from scim_sim.scenario.harness import HARNESS
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.plan import plan
from scim_sim.scenario.predict import Predictions, told
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.select import Selection
from scim_sim.scenario.suites import default_suites
from scim_sim.scenario.workers import MOST_WORKERS
from scim_sim.target import Auth, Profile, Target, load_profile, profile_url
from scim_sim.wire import PATIENCE, Request

__all__ = ["BUILTIN", "RunOrder", "connect", "run_command"]

BUILTIN = "builtin"
"""The target name of the embedded provider, called in process."""

_PLAIN = re.compile(r" \(|, ")  # what a title says beside the name


@dataclass(frozen=True, slots=True)
class RunOrder:
    """The options of a run, as the command line gives them."""

    suites: tuple[str, ...] = ()
    target: str = ""
    host: str = ""
    profile: str = "generic"
    token_env: str = ""
    auth: str = ""
    idps: tuple[str, ...] = ()
    groups: bool | None = None
    traits: tuple[str, ...] = ()
    report_dir: Path = Path("reports/latest")
    formats: tuple[str, ...] = ("html", "json", "junit", "markdown")
    seed: int | None = None
    space: str = ""
    clock: str = "simulated"
    jobs: int = 0
    timeout: float = PATIENCE
    verify: bool | str = True
    fail_on: tuple[str, ...] = ()
    baseline: Path | None = None
    clean: bool = True
    quiet: bool = False
    as_json: bool = False
    command: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    only_failed: Path | None = None
    safety: Safety = field(default_factory=Safety)


def run_command(order: RunOrder) -> int:
    """Play the scenarios, write the reports, and return the exit code."""
    scenarios = _scenarios(order)
    if order.only_failed and not scenarios:
        print(f"nothing failed in {order.only_failed}: there is nothing to play again")
        return 0
    age = age_warning(order.safety.token_issued, dt.date.today()) if order.safety.token_issued else ""  # noqa: DTZ011
    options = _options(order)
    if not plan(scenarios, options.idps):
        raise UsageError("no scenario fits the chosen identity providers", f"chosen: {', '.join(order.idps)}")
    baseline = load_baseline(order.baseline) if order.baseline else None
    builder = ReportBuilder(baseline=baseline)
    failure: ScimSimError | None = None
    with ExitStack() as stack:
        target, transport = connect(order, stack, options.clock)
        credentials = Credentials(transport, target.auth)
        rotate = getattr(transport, "rotate", None)
        options = replace(options, rotation=rotation_of(credentials, target, order.safety, rotate))
        planned: list[Request] = []
        guarded = safe(credentials, target, order.safety, planned.append)
        if isinstance(transport, Session) and not order.safety.dry_run:
            separable = guarded is credentials and not options.rotation and order.clock == "simulated"  # nothing to agree on
            options = replace(options, second=lambda: Session(target), workers=MOST_WORKERS if separable else 1)
        predictions = Predictions(target.profile)
        emit = _observers(order, stack, builder, predictions)

        for kind, row in _foreword(target, age):
            emit(Observed("", HARNESS, kind, row))
        try:
            run(target, scenarios, guarded, emit, options)
        except (TargetUnreachable, GuardStopped) as error:
            failure = error
        foretold = [] if order.safety.dry_run else list(predictions.rows())
        for row in foretold:
            emit(Observed("", HARNESS, "prediction", row))
    report = _write(order, builder, map(told, foretold))
    if age and not order.quiet:
        print(age, file=sys.stderr)
    if order.safety.dry_run:
        print("\n".join(["a real run would send:", *plan_lines(planned)]))
    if failure is not None:
        hint = f"\n  {failure.hint}" if failure.hint else ""
        print(f"error: {failure.message}{hint}", file=sys.stderr)
        return failure.exit_code
    return report.gate.exit_code


def _observers(order: RunOrder, stack: ExitStack, builder: ReportBuilder, predictions: Predictions) -> Callable[[Event], None]:
    """Tells everybody what happens; a dry run is judged by nobody, and what was not sent is no evidence."""
    told: list[Callable[[Event], None]] = [builder.add, predictions.add, stack.enter_context(_Logs(order.report_dir)).add]
    if not order.safety.dry_run:
        told.append(stack.enter_context(AuditLog(order.report_dir / AUDIT_FILE)).add)
    told.append(stack.enter_context(progress(quiet=order.quiet)))

    def emit(event: Event) -> None:
        if not says_nothing(event, order.safety):
            for observer in told:
                observer(event)

    return emit


def _scenarios(order: RunOrder) -> list[Scenario]:
    """What is to be played; mistakes in the other options come first, before anything is sent."""
    stops_at(order.fail_on)
    for name in order.formats:
        FORMATS.get(name)
    make_folder(order.report_dir)
    fallback = load_profile(order.profile).suites or default_suites()
    return narrowed(choose(order.suites, fallback, order.selection, order.only_failed, order.fail_on), order.safety)


def _write(order: RunOrder, builder: ReportBuilder, afterword: Iterable[str]) -> Report:
    """Write the reports with the gate as the options set it, and say how the run ended."""
    report = builder.report()
    report = replace(report, run=replace(report.run, scope=_scope(order)))
    report = replace(report, gate=gate(report, order.fail_on))
    report = unproved(report) if order.safety.dry_run else report
    written = write_reports(report, order.report_dir, order.formats)
    if not order.quiet:
        from scim_sim.commands.summary import print_summary

        print_summary(report, written, as_json=order.as_json)
        for line in () if order.as_json else afterword:
            print(line)
    return report


def _scope(order: RunOrder) -> str:
    """What the run was narrowed to, as it would be typed; nothing for everything there is."""
    chosen, safety = order.selection, order.safety
    kinds = {
        "--idp": order.idps, "--tag": chosen.tags, "--requirement": chosen.requirements, "--area": chosen.areas,
        "--severity": chosen.severities, "--only-failed": order.only_failed, "--limit": safety.limit,
        "--only-group": safety.only_group, "--dry-run": safety.dry_run,
    }  # fmt: skip
    words = [f"{kind} {','.join(value) if isinstance(value, tuple) else value}" for kind, value in kinds.items() if value]
    return " ".join([*order.suites, *words])


def connect(order: RunOrder, stack: ExitStack, clock: Callable[[], Clock]) -> tuple[Target, Transport]:
    """The target and the transport to it; raises `UsageError` for options that do not fit."""
    profile, scheme = load_profile(order.profile), _scheme(order.auth)
    url = order.target or _url(order.host, profile)
    if not url:
        raise UsageError("no target given", "--target URL, or --profile NAME --host https://…, or --target builtin")
    if url == BUILTIN:
        if profile.persona:
            return _persona(profile, clock(), order.seed or 0)
        token = secrets.token_hex(16)
        base_url = f"https://builtin.invalid{profile.base_path or '/scim/v2'}"
        provider = Provider(token=token, clock=clock(), seed=order.seed or 0, base_url=base_url)
        target = Target(base_url, Auth("Bearer", token), profile, name="the embedded provider")

        def rotate() -> str:
            fresh = secrets.token_hex(16)
            provider.tokens = {fresh: ("", "full")}
            return fresh

        return target, InProcess(provider, token, rotate)
    auth = Auth(scheme or profile.auth, _token(order.token_env))
    target = Target(url, auth, profile, order.timeout, order.verify)
    return target, stack.enter_context(Session(target))


def _persona(profile: Profile, clock: Clock, seed: int) -> tuple[Target, Transport]:
    """The embedded provider in the manner of the profile's product and version."""
    from scim_sim.provider.personas import like

    product = like(f"{profile.persona}:{profile.variant}" if profile.variant else profile.persona, clock=clock, seed=seed)
    base_url = f"https://builtin.invalid{product.base_path}"
    product.base_url = "https://builtin.invalid"
    name = f"the embedded provider behaving like {_PLAIN.split(profile.title)[0]}"
    target = Target(base_url, Auth("Bearer", product.token), profile, name=name)
    return target, InProcess(product.provider, product.token, product.rotate)


def _foreword(target: Target, age: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is known before the first request: known deviations, what to see to, and how old the token is."""
    for known in target.profile.known_deviations:
        yield "deviation", asdict(known)
    for item in target.profile.checklist:
        yield "checklist", {"what": item.what, "how": item.how, "why": item.why}
    if age:
        yield "token", {"age": age}


def _url(host: str, profile: Profile) -> str:
    if not host:
        return ""
    if not profile.base_path:
        raise UsageError(f"the profile {profile.name} has no base path", "give the whole URL with --target")
    return profile_url(profile, host)


def _scheme(word: str) -> str:
    if not word:
        return ""
    schemes = {one.lower(): one for one in ("Bearer", "Basic", "none")}
    if word.lower() not in schemes:
        raise UsageError(f'--auth takes no "{word}"{nearest(word, schemes.values())}')
    return schemes[word.lower()]


def _token(name: str) -> str:
    if not name:
        return ""
    value = os.environ.get(name)
    if value is None:
        raise UsageError(f"the environment variable {name} is not set", f"--token-env takes its name: export {name}=…")
    if not value.strip():
        raise UsageError(f"the environment variable {name} is empty")
    if any(character in value.strip() for character in "\r\n\0"):
        raise UsageError(f"the token in {name} holds a line break", "copy it again without it")
    return value.strip()


def _options(order: RunOrder) -> Options:
    seed = secrets.randbelow(2**31) if order.seed is None else order.seed
    for name in order.idps:
        if name != "rfc":
            ENGINES.get(name.partition(":")[0])
    groups = {} if order.groups is None else dict.fromkeys(ENGINES.names(), order.groups)
    return Options(
        seed=seed,
        space=order.space,
        idps=order.idps,
        traits=_traits(order.traits),
        groups=groups,
        clean=order.clean,
        clock=_clock(order.clock),
        clock_name=order.clock,
        jobs=order.jobs,
        preflight=None if order.target == BUILTIN or order.safety.dry_run == "nothing" else preflight,
        command=shlex.join(("scim-sim", *order.command)),
    )


def _clock(text: str) -> Callable[[], Clock]:
    kind, _, speed = text.partition(":")
    if kind == "simulated" and not speed:
        return SimulatedClock
    if kind == "wall":
        try:
            factor = float(speed or 1)
            WallClock(factor)
        except ValueError:
            raise UsageError(f'"{speed}" is no speed of a clock', "wall:60 is sixty times faster") from None
        return lambda: WallClock(factor)
    raise UsageError(f'unknown clock "{text}"; valid: simulated, wall, wall:60')


def _traits(texts: tuple[str, ...]) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        idp, dot, trait = name.partition(".")
        if not (equals and dot):
            raise UsageError(f'"{text}" is no trait', "write idp.trait=value, for example okta.member_batch=100")
        ENGINES.get(idp)
        found.setdefault(idp, {})[trait.strip()] = yaml.safe_load(value)
    for idp, values in found.items():
        override_check(ENGINES.get(idp), values)
    return found


class _Logs:
    """Writes the logs of the identity providers as JSON lines into the report directory, as they come."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[str, Any] = {}

    def __enter__(self) -> _Logs:
        return self

    def add(self, event: Event) -> None:
        """Append the entry when the event is one."""
        import json

        from scim_sim.events import LogWritten

        if isinstance(event, LogWritten) and event.file:
            if event.file not in self._files:
                self._files[event.file] = (self._directory / event.file).open("w", encoding="utf-8")
            self._files[event.file].write(json.dumps(event.entry, ensure_ascii=False) + "\n")

    def __exit__(self, *_exc: object) -> None:
        for file in self._files.values():
            file.close()
