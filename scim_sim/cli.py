"""The command `scim-sim`: options in, exit code out; the work is done in `commands/`.

Exit codes: 0 nothing wrong; 1 a violation or a break; 2 usage or scenario mistake; 3 target unreachable or credentials
refused; 4 our own error; 5 stopped by a limit that was set.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from scim_sim import __version__
from scim_sim.commands import options as o
from scim_sim.errors import ScenarioError, ScimSimError, UsageError
from scim_sim.garbage import rare_to_the_end
from scim_sim.wire import PATIENCE

__all__ = ["app", "main"]

app = typer.Typer(
    name="scim-sim",
    help="Simulate Okta, Entra ID and others against any SCIM 2.0 endpoint, and report what happened.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NARROWING = ("suites", "idp", "tag", "requirement", "area", "severity", "only_failed", "limit", "only_group", "dry_run")
"""What makes a run a part of a whole; it stands in the report's command wherever it came from."""


def main() -> None:
    """Run the command; every error of the user's ends in one clear message and its exit code."""
    rare_to_the_end()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us politely wants the target cleaned up too
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except ScenarioError as error:
        _fail(error.render(), error.exit_code)
    except ScimSimError as error:
        if error.exit_code == 4:
            _ours()
        hint = f"\n  {error.hint}" if error.hint else ""
        _fail(f"error: {error.message}{hint}", error.exit_code)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", 130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        _usage_error(error)


def _usage_error(error: Exception) -> None:
    """A mistake on the command line in one message; anything else is ours and keeps its traceback."""
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        _ours()
    elif message := format_message():
        _fail(f"error: {message}", 2)
    sys.exit(2)  # the help was printed instead


def _ours() -> None:
    import traceback

    traceback.print_exc()
    _fail("this is a mistake of scim-sim itself, not of yours or the target's; please report it", 4)


def _fail(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    sys.exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"scim-sim {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="A file of settings instead of the project's scim-sim.toml and pyproject.toml.",
            envvar="SCIM_SIM_CONFIG",
        ),
    ] = None,
) -> None:
    """Simulate Okta, Entra ID and others against any SCIM 2.0 endpoint, and report what happened."""
    from scim_sim.commands.config import equip, read_settings, settings_for

    commands = ctx.command.commands  # type: ignore[attr-defined]
    equip(commands)
    ctx.default_map = settings_for(commands, read_settings(config), ctx)


@app.command()
def run(
    ctx: typer.Context,
    suites: o.Suites = None,
    target: o.Target = "",
    host: o.Host = "",
    profile: o.Profile = "generic",
    token_env: o.TokenEnv = "",
    auth: o.Auth = "",
    idp: o.Idp = None,
    groups: o.Groups = None,
    trait: o.Trait = None,
    report_dir: o.ReportDir = Path("reports/latest"),
    format: o.Formats = "html,json,junit,markdown",
    seed: o.Seed = None,
    space: o.Space = "",
    clock: o.ClockName = "simulated",
    jobs: o.Jobs = 0,
    timeout: o.Timeout = PATIENCE,
    insecure: o.Insecure = False,
    ca_file: o.CaFile = None,
    tag: o.Tag = None,
    requirement: o.Rule = None,
    area: o.Area = None,
    severity: o.Severity = None,
    only_failed: o.OnlyFailed = None,
    fail_on: o.FailOn = None,
    baseline: o.Baseline = None,
    clean: o.Clean = True,
    dry_run: o.DryRun = False,
    offline: o.Offline = False,
    limit: o.Limit = None,
    only_group: o.OnlyGroup = "",
    max_deactivations: o.Share = None,
    token_issued: o.Issued = "",
    rotate_command: o.Rotate = "",
    old_token_env: Annotated[
        str, typer.Option("--old-token-env", help="Name of the variable with a retired token, which has to be dead.")
    ] = "",
    quiet: o.Quiet = False,
    json: o.Json = False,
) -> None:
    """Play scenarios against a target and write the reports.

    scim-sim run okta entra --target https://app.example.test/scim/v2 --token-env SCIM_TOKEN
    """
    from scim_sim.commands.config import effective
    from scim_sim.commands.run import RunOrder, run_command
    from scim_sim.commands.safety import Safety
    from scim_sim.scenario.select import Selection

    if offline and not dry_run:
        raise UsageError("--offline says how a dry run is made", "add --dry-run, or leave --offline out")
    dry = ("nothing" if offline else "reads") if dry_run else ""
    share = None if max_deactivations is None else max_deactivations / 100
    safety = Safety(dry, limit, only_group, share, token_issued, rotate_command, old_token_env)
    order = RunOrder(
        suites=tuple(suites or ()), target=_target(ctx, target), host=host, profile=profile, token_env=token_env, auth=auth,
        idps=_split(idp), groups=groups, traits=tuple(trait or ()), report_dir=report_dir, formats=_split([format]),
        seed=seed, space=space, clock=clock, jobs=jobs, timeout=timeout, verify=str(ca_file) if ca_file else not insecure,
        fail_on=_split(fail_on), baseline=baseline, clean=clean, quiet=quiet, as_json=json, safety=safety,
        command=(*sys.argv[1:], *effective(ctx, NARROWING)),
        selection=Selection(_split(tag), _split(requirement), _split(area), _split(severity)), only_failed=only_failed,
    )  # fmt: skip
    raise typer.Exit(run_command(order))


@app.command(name="verify-log")
def verify_log_(file: Annotated[Path, typer.Argument(help="An events.jsonl of earlier runs.")]) -> None:
    """Check that nothing in an audit log was changed, removed or moved since it was written."""
    from scim_sim.commands.audit import verify_command

    raise typer.Exit(verify_command(file))


@app.command()
def matrix(
    ctx: typer.Context,
    suites: Annotated[list[str] | None, typer.Argument(help="Other stories than the one made for this comparison.")] = None,
    target: o.Target = "",
    host: o.Host = "",
    profile: o.Profile = "generic",
    token_env: o.TokenEnv = "",
    auth: o.Auth = "",
    idp: o.Idp = None,
    report_dir: o.ReportDir = Path("reports/matrix"),
    format: o.Formats = "matrix,matrix-markdown,html,json",
    seed: o.Seed = None,
    timeout: o.Timeout = PATIENCE,
    insecure: o.Insecure = False,
    ca_file: o.CaFile = None,
    quiet: o.Quiet = False,
) -> None:
    """Play one story in the dialect of every identity provider: which of them would work with this target?

    scim-sim matrix --target https://app.example.test/scim/v2 --token-env SCIM_TOKEN
    """
    from scim_sim.commands.run import RunOrder, run_command
    from scim_sim.scenario.suites import COMPARISON

    order = RunOrder(
        suites=tuple(suites or (COMPARISON,)), target=_target(ctx, target), host=host, profile=profile, token_env=token_env,
        auth=auth, idps=_split(idp), timeout=timeout, verify=str(ca_file) if ca_file else not insecure,
        report_dir=report_dir, formats=_split([format]), seed=seed, quiet=quiet, command=tuple(sys.argv[1:]),
    )  # fmt: skip
    raise typer.Exit(run_command(order))


@app.command()
def demo(report_dir: o.ReportDir = Path("reports/demo"), seed: o.Seed = 1, quiet: o.Quiet = False) -> None:
    """Run every identity provider and the RFC suites against the embedded provider, and write the report."""
    from scim_sim.commands.run import RunOrder, run_command

    order = RunOrder(target="builtin", report_dir=report_dir, seed=seed, quiet=quiet, command=("demo",))
    raise typer.Exit(run_command(order))


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 for a free one.", min=0, max=65535)] = 8000,
    token_env: o.TokenEnv = "",
    base_path: Annotated[str, typer.Option("--base-path", help="Path of the SCIM endpoint.")] = "/scim/v2",
    defect: Annotated[
        list[str] | None, typer.Option("--defect", help="Misbehave in this named way (scim-sim list defects).")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option("--variant", help="Make this legal choice (scim-sim list variants).")
    ] = None,
    like: Annotated[
        str, typer.Option("--like", help="Behave like a product: metabase, metabase:v1, collate, openmetadata.")
    ] = "",
    switch: Annotated[list[str] | None, typer.Option("--switch", help="A switch of that product: enabled=false.")] = None,
    seed: o.Seed = None,
    quiet: o.Quiet = False,
) -> None:
    """Run the embedded service provider until Ctrl-C."""
    from scim_sim.commands.serve import serve_command

    changes = tuple(defect or ()), tuple(variant or ())
    serve_command(host, port, token_env, base_path, *changes, seed, quiet, like, tuple(switch or ()))


@app.command()
def doctor(
    ctx: typer.Context,
    target: o.Target = "",
    host: o.Host = "",
    profile: o.Profile = "generic",
    token_env: o.TokenEnv = "",
    auth: o.Auth = "",
    timeout: o.Timeout = PATIENCE,
    insecure: o.Insecure = False,
    ca_file: o.CaFile = None,
    json: o.Json = False,
) -> None:
    """Find out where the way to a SCIM endpoint ends: DNS, TCP, TLS, proxy, HTTP, path, token, licence, and one read."""
    from scim_sim.commands.doctor import doctor_command
    from scim_sim.commands.run import RunOrder

    verify = str(ca_file) if ca_file else not insecure
    order = RunOrder(
        target=_target(ctx, target), host=host, profile=profile, token_env=token_env, auth=auth, timeout=timeout, verify=verify
    )
    raise typer.Exit(doctor_command(order, as_json=json))


@app.command(name="list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="idps, scenarios, checks, requirements, targets, personas, steps, formats, defects, variants, traits, "
            "suites or not-simulated; without it, what each of them is."
        ),
    ] = "",
    json: o.Json = False,
) -> None:
    """List what there is."""
    from scim_sim.commands.listing import list_command

    list_command(what, as_json=json)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(help="Whatever a list names: a requirement, check, step, trait, scenario, defect, identity provider.")
    ],
) -> None:
    """Show one thing in full."""
    from scim_sim.commands.listing import show_command

    show_command(name)


@app.command()
def report(
    file: Annotated[Path, typer.Argument(help="A report.json of an earlier run.")],
    format: o.Formats = "html,junit,markdown",
    report_dir: Annotated[Path | None, typer.Option("--report-dir", help="Where to write; beside the file by default.")] = None,
) -> None:
    """Render a report again in other formats."""
    from scim_sim.commands.report import report_command

    report_command(file, _split([format]), report_dir)


@app.command(name="record-known")
def record_known(
    file: Annotated[Path, typer.Argument(help="The report.json of a whole run.")],
    baseline: Annotated[
        Path, typer.Option("--baseline", help="The file of known deviations to write.", envvar="SCIM_SIM_BASELINE")
    ],
    fail_on: o.FailOn = None,
    owner: Annotated[str, typer.Option("--owner", help="Who owns the lines that are added.")] = "",
    expires: Annotated[str, typer.Option("--expires", help="The date until which they are accepted (2027-01-31).")] = "",
) -> None:
    """Write the list of known deviations anew from a run; comments, owners and dates stay."""
    from scim_sim.commands.gates import record_command

    raise typer.Exit(record_command(file, baseline, _split(fail_on), owner, expires))


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(help="Two or more report.json, the oldest first.")],
    format: Annotated[str, typer.Option("--format", help="html, markdown.")] = "html,markdown",
    report_dir: o.ReportDir = Path("reports/compare"),
) -> None:
    """What is new, fixed, still failing and slower; exit code 1 when the last report is worse than the first."""
    from scim_sim.commands.gates import compare_command

    raise typer.Exit(compare_command(files, _split([format]), report_dir))


@app.command()
def lint(files: Annotated[list[Path], typer.Argument(help="Scenario files.")]) -> None:
    """Check scenario files without running them."""
    from scim_sim.commands.scenarios import lint_command

    raise typer.Exit(lint_command(files))


@app.command()
def new(
    what: Annotated[str, typer.Argument(help="scenario.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    title: Annotated[str, typer.Option("--title", help="Its title.")] = "",
) -> None:
    """Begin a scenario: write a commented start."""
    from scim_sim.commands.scenarios import new_command

    if what != "scenario":
        raise UsageError(f'"{what}" cannot be begun; valid: scenario')
    new_command(file, title)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from scim_sim.commands.scenarios import schema_command

    schema_command()


def _target(ctx: typer.Context, target: str) -> str:
    """The target, unless a host was given nearer: typed, where the target stands in a file."""
    from scim_sim.commands.config import from_nearer

    return "" if from_nearer(ctx, "target", "host") else target


def _split(values: list[str] | None) -> tuple[str, ...]:
    return tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())
