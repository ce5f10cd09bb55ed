"""The pytest plugin: scenario files are test items, and a vendor's own tests get identity providers as fixtures.

    pytest scenarios/ --scim-target https://app.example.test/scim/v2 --scim-token-env SCIM_TOKEN

What is not given as an option comes from the variables (`SCIM_SIM_TARGET`) and files (`scim-sim.toml`) of `scim-sim run`.

A YAML file that looks like a scenario is collected when it is named on the command line, lies below a folder of the setting
`scim_scenarios` (`scenarios` by default), or below one that is named together with `--scim-target`, or ends in `.scim.yaml`.
Each scenario is one item per identity provider. All items of a process share one look at the target; each worker of
pytest-xdist has its own name space on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from scim_sim.api import IdentityProvider, Simulation
    from scim_sim.checks.finding import Finding
    from scim_sim.drivers.drive import Transport
    from scim_sim.scenario.plan import Part
    from scim_sim.target import Target

__all__ = ["ScenarioFile", "ScenarioItem", "ServedProvider"]

_STATE = pytest.StashKey["_State"]()
_KEY = re.compile(rb"^(title|idp|steps)\b", re.MULTILINE)  # a scenario has two of them also where the third is misspelt


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all beginning with `--scim-`."""
    group = parser.getgroup("scim", "SCIM scenarios")
    group.addoption("--scim-target", help="base URL of the SCIM endpoint, or builtin")
    group.addoption("--scim-token-env", help="name of the environment variable that holds the token")
    group.addoption("--scim-idp", action="append", default=[], help="only these identity providers (okta, entra, rfc)")
    group.addoption("--scim-profile", help="what is known of the target: a profile name or a YAML file")
    group.addoption("--scim-baseline", help="a file of known deviations")
    group.addoption("--scim-seed", type=int, help="decides names, ids and order")
    group.addoption("--scim-report-dir", help="where to write the report of all items")
    parser.addini("scim_scenarios", "folders whose YAML files are scenarios", type="args", default=["scenarios"])


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the state of this process."""
    config.stash[_STATE] = _State(config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Clean the target up, write the report, and fail the session when the baseline is not true any more."""
    state = session.config.stash[_STATE]
    state.close()
    if state.baseline_lines and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what of the baseline is not true any more."""
    lines = config.stash[_STATE].baseline_lines
    if lines:
        terminalreporter.section("baseline")
        for line in lines:
            terminalreporter.write_line(line)


class _State:
    """The one simulation that all scenario items of this process share."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._stack = ExitStack()
        self._simulation: Simulation | None = None
        self.baseline_lines: list[str] = []
        self.tags: set[str] = set()

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """What the project's files say, read once."""
        from scim_sim.commands.config import project_settings

        return project_settings(self.config.rootpath)

    @cached_property
    def named(self) -> frozenset[Path]:
        """The files and folders on the command line."""
        given = self.config.args_source is pytest.Config.ArgsSource.ARGS
        return frozenset(Path(arg.partition("::")[0]).resolve() for arg in self.config.args if given)

    @cached_property
    def folders(self) -> frozenset[Path]:
        """The folders whose YAML files are scenarios."""
        settled = {(self.config.rootpath / folder).resolve() for folder in self.config.getini("scim_scenarios")}
        return frozenset(settled | self.named if self.config.getoption("--scim-target") else settled)

    @property
    def space(self) -> str:
        worker: str = getattr(self.config, "workerinput", {}).get("workerid", "")
        return worker

    def simulation(self) -> Simulation:
        if self._simulation is None:
            from scim_sim.api import Simulation

            target, transport = _connect(self.config)
            self._simulation = self._stack.enter_context(
                Simulation(
                    target,
                    seed=int(_chosen(self.config, "seed", 0)),
                    space=self.space,
                    transport=transport,
                    baseline=_baseline(self.config),
                )
            )
        return self._simulation

    def close(self) -> None:
        self._stack.close()
        if self._simulation is None:
            return
        from scim_sim.commands.testing import scope_of, write_session
        from scim_sim.report.recording import untrue_lines

        report, directory = self._simulation.report(), self.config.getoption("--scim-report-dir")
        if not self.space:  # a worker of pytest-xdist sees a part only
            self.baseline_lines = list(untrue_lines(report))
        if directory:
            write_session(report, Path(directory) / self.space, scope_of(self.config.option))


def _chosen(config: pytest.Config, name: str, default: Any = None) -> Any:
    """The option, its environment variable, what `scim-sim run` would take from the project's files, or the default."""
    given = config.getoption(f"--scim-{name.replace('_', '-')}") or os.environ.get(f"SCIM_SIM_{name.upper()}")
    return given or config.stash[_STATE].settings.get(name, default)


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _connect(config: pytest.Config) -> tuple[Target, Transport | None]:
    from scim_sim.errors import UsageError
    from scim_sim.target import Auth, Target, load_profile

    url = _chosen(config, "target")
    profile = load_profile(_chosen(config, "profile", "generic"))
    if not url:
        raise UsageError("no target given", "--scim-target URL, or --scim-target builtin")
    if url == "builtin":
        from scim_sim.api import InProcess
        from scim_sim.clock import SimulatedClock
        from scim_sim.provider import Provider

        target = Target("https://builtin.invalid/scim/v2", Auth("Bearer", "builtin-token"), profile)
        return target, InProcess(Provider(token="builtin-token", clock=SimulatedClock(), seed=0), "builtin-token")
    return Target(url, Auth(profile.auth, _token(config)), profile), None


def _token(config: pytest.Config) -> str:
    from scim_sim.errors import UsageError

    name = _chosen(config, "token_env")
    if name and not os.environ.get(name):
        raise UsageError(f"the environment variable {name} is not set", f"--scim-token-env takes its name: export {name}=…")
    return os.environ.get(name, "") if name else ""


def _baseline(config: pytest.Config) -> Any:
    from scim_sim.report import load_baseline

    file = _chosen(config, "baseline")
    return load_baseline(Path(file)) if file else None


# -- scenario files as items ----------------------------------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a YAML file that is a scenario by its place or its name."""
    if file_path.suffix not in (".yaml", ".yml") or "fragments" in file_path.parts:
        return None
    state = parent.config.stash[_STATE]
    inside = not state.folders.isdisjoint(file_path.parents) or file_path.name.endswith((".scim.yaml", ".scim.yml"))
    if file_path in state.named or (inside and len(set(_KEY.findall(file_path.read_bytes()))) > 1):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A scenario file: one item per scenario and identity provider."""

    def collect(self) -> Iterable[ScenarioItem]:
        """Read the file and yield its items; a mistake in it is a collection error with its place."""
        from scim_sim.scenario.load import load_scenarios
        from scim_sim.scenario.plan import plan

        chosen = tuple(part for value in _several(_chosen(self.config, "idp")) for part in value.split(","))
        scenario_id = self.path.stem.removesuffix(".scim")
        for part in plan(load_scenarios(self.path, scenario_id), chosen):
            name = f"{part.scenario.id}[{part.voice if part.idp != 'rfc' else 'rfc'}]"
            # the whole id as a text, so that pytest reads the brackets as it reads them back from its cache (--lf)
            yield ScenarioItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}", part=part)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A mistake in the file, without a traceback of ours."""
        from scim_sim.commands.testing import told

        return told(excinfo.value) or super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """One scenario under one identity provider."""

    def __init__(self, *, part: Part, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = part
        self.findings: list[Finding] = []
        self.transcript: list[str] = []
        for tag in (*part.scenario.tags, part.idp):
            word = tag.replace("-", "_")
            if word not in self.config.stash[_STATE].tags:
                self.config.stash[_STATE].tags.add(word)
                self.config.addinivalue_line("markers", f"{word}: a tag of SCIM scenarios")
            self.add_marker(word)

    def runtest(self) -> None:
        """Play the scenario; fails with everything that went wrong, skips when it does not apply."""
        from scim_sim.api import raise_for
        from scim_sim.commands.testing import exchange_line

        simulation = self.config.stash[_STATE].simulation()
        known = set(simulation.exchanges)
        try:
            self.findings = simulation.play_part(self.part)
        finally:
            fresh = [exchange for name, exchange in simulation.exchanges.items() if name not in known]
            self.transcript = [exchange_line(exchange) for exchange in fresh]
        for finding in self.findings:
            self.user_properties.append(("requirement", finding.requirement))
        places = {step.id: f"{step.place.path}:{step.place.line}" for step in self.part.scenario.steps}
        raise_for(self.findings, simulation.exchanges, places)
        reason = simulation.last_reason
        if reason:
            pytest.skip(reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, sent and answered, without a traceback of ours."""
        from scim_sim.commands.testing import told

        return told(excinfo.value) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands."""
        return self.path, 0, f"{self.part.scenario.title} ({self.part.voice})"


# -- pytest-html ----------------------------------------------------------------------------------------------------


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Give the report of a scenario, or of a test with an identity provider, its IdP, requirements, verdict and transcript."""
    outcome: Any = yield
    report = outcome.get_result()
    if call.when != "call":
        return
    html = item.config.pluginmanager.getplugin("html") is not None
    simulation = getattr(item, "funcargs", {}).get("scim")
    if isinstance(item, ScenarioItem):
        from scim_sim.commands.testing import tell

        tell(report, item.part.voice, item.findings, item.transcript, html=html)
    elif simulation is not None:
        from scim_sim.commands.testing import exchange_line, tell

        exchanges = list(simulation.exchanges.values())
        voices = dict.fromkeys(one.voice for one in exchanges if one.voice != "harness")
        tell(report, ", ".join(voices), simulation.findings, [exchange_line(one) for one in exchanges], html=html)


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_header(cells: list[str]) -> None:
    """Columns for identity provider, requirement and verdict."""
    cells.insert(2, "<th>IdP</th>")
    cells.insert(3, "<th>Requirements not met</th>")
    cells.insert(4, "<th>Verdict</th>")


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_row(report: pytest.TestReport, cells: list[str]) -> None:
    """The cells of those columns, empty for tests that are no scenarios."""
    from html import escape

    for place, name in enumerate(("scim_idp", "scim_requirements", "scim_verdict"), 2):
        cells.insert(place, f"<td>{escape(getattr(report, name, ''))}</td>")


# -- fixtures -------------------------------------------------------------------------------------------------------


@pytest.fixture
def scim_target(request: pytest.FixtureRequest) -> Any:
    """The base URL of the endpoint under test, from `--scim-target`; override it to give your own application's."""
    return _chosen(request.config, "target")


@pytest.fixture
def scim_token(request: pytest.FixtureRequest) -> str:
    """The token, from the variable named by `--scim-token-env`; override it to make one."""
    return _token(request.config)


@pytest.fixture
def scim_app() -> Any:
    """A WSGI application to call without a socket, or `None`; override it to give your own."""
    return None


@pytest.fixture
def scim(request: pytest.FixtureRequest, scim_target: Any, scim_token: str, scim_app: Any) -> Iterator[Simulation]:
    """A `Simulation` of the endpoint under test; what a test creates is removed after it."""
    from scim_sim.api import Simulation
    from scim_sim.drivers.wsgi import Wsgi
    from scim_sim.target import Auth, Target, load_profile

    profile = load_profile(_chosen(request.config, "profile", "generic"))
    transport: Transport | None = None
    if isinstance(scim_target, Target):
        target = scim_target
    elif scim_target in (None, "builtin") and scim_app is None:
        target, transport = _connect(request.config)
    else:
        target = Target(scim_target or "http://localhost/scim/v2", Auth(profile.auth, scim_token), profile)
    if scim_app is not None:
        transport = Wsgi(scim_app, target)
    state = request.config.stash[_STATE]
    seed = int(_chosen(request.config, "seed", 0))
    space = f"{state.space}/{request.node.nodeid}"
    with Simulation(target, seed=seed, space=space, transport=transport, baseline=_baseline(request.config)) as simulation:
        yield simulation


@pytest.fixture
def okta(scim: Simulation) -> IdentityProvider:
    """Okta (custom app, AIW), connected to the endpoint under test."""
    return scim.idp("okta:aiw")


@pytest.fixture
def okta_oin(scim: Simulation) -> IdentityProvider:
    """Okta (catalogue app, OIN), connected to the endpoint under test."""
    return scim.idp("okta:oin")


@pytest.fixture
def entra(scim: Simulation) -> IdentityProvider:
    """Microsoft Entra ID, connected to the endpoint under test; its job is not started yet."""
    return scim.idp("entra")


@dataclass(frozen=True)
class ServedProvider:
    """An embedded provider on a socket: its SCIM base URL and its token."""

    url: str
    token: str
    provider: Any


@pytest.fixture
def scim_provider() -> Iterator[Callable[..., ServedProvider]]:
    """Makes embedded providers on a socket: `scim_provider(defect="…").url`; they stop after the test.

    `defect` and `variant` take a name or several, `like` a persona such as `metabase`.
    """
    from scim_sim.commands.testing import changes
    from scim_sim.provider import Provider, serve

    with ExitStack() as stack:

        def make(*, defect: str | Iterable[str] = (), variant: str | Iterable[str] = (), like: str = "", token: str = "") -> Any:
            if like:
                from scim_sim.provider import personas

                product = personas.like(like, token=token)
                serving = stack.enter_context(serve(product, base_path=""))
                return ServedProvider(serving.url + product.base_path, product.token, product)
            secret = token or "embedded-token"
            provider = Provider(token=secret, changes=changes(defect, variant))
            return ServedProvider(stack.enter_context(serve(provider)).url, secret, provider)

        yield make
