"""The options that several commands share, and those of `run`: how they are typed and what `--help` says of them.

Each has an environment variable and a key in the configuration file as well; see `config.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

__all__: list[str] = []

Texts = list[str] | None

Suites = Annotated[
    Texts, Argument(help="Suites (okta), scenarios (okta/manager, 'okta/quirks/*'), files or ./folders; all by default.")
]
Target = Annotated[str, Option("--target", "-t", help="Base URL of the SCIM endpoint, or builtin for the embedded provider.")]
Host = Annotated[str, Option("--host", help="Scheme and host; the profile adds its base path.")]
Profile = Annotated[str, Option("--profile", help="What is known of the target: a name or a YAML file.")]
TokenEnv = Annotated[str, Option("--token-env", help="Name of the environment variable that holds the token.")]
Auth = Annotated[str, Option("--auth", help="How the token is sent: Bearer, Basic (user:password) or none.")]
Timeout = Annotated[float, Option("--timeout", help="Seconds to wait for one answer; an IdP may give up earlier.", min=0.1)]
Jobs = Annotated[
    int,
    Option(
        "--jobs",
        "-j",
        help="Scenarios side by side; 0: as many as fit the time that the target takes, and for a quick one as many "
        "processes as there are processors; 1: one after the other.",
        min=0,
        max=64,
    ),
]
Insecure = Annotated[bool, Option("--insecure", help="Do not verify the target's certificate.")]
CaFile = Annotated[Path | None, Option("--ca-file", help="Certificates to trust, as a PEM file.", exists=True, dir_okay=False)]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, Option("--json", help="As JSON.")]

# -- which scenarios
Idp = Annotated[Texts, Option("--idp", help="Only these identity providers (okta, okta:oin, entra, rfc); repeat, or use commas.")]
Tag = Annotated[Texts, Option("--tag", help="Only scenarios with this tag; 'no slow' leaves one out.")]
Rule = Annotated[Texts, Option("--requirement", help="Only scenarios whose steps name this requirement: 'rfc7644-3.5.2-*'.")]
Area = Annotated[Texts, Option("--area", help="Only scenarios whose steps name requirements of this area: patch, filter.")]
Severity = Annotated[Texts, Option("--severity", help="Only scenarios whose steps name requirements that grave: security.")]
OnlyFailed = Annotated[Path | None, Option("--only-failed", help="Only what failed in this report.json of an earlier run.")]

# -- how they are played
Seed = Annotated[int | None, Option("--seed", help="Repeat a run: the same seed gives the same people, ids and order.")]
Space = Annotated[str, Option("--space", help="Tells runs with the same seed apart on one target.")]
ClockName = Annotated[str, Option("--clock", help="simulated, wall (really wait) or wall:60 (sixty times faster).")]
Groups = Annotated[bool | None, Option("--groups/--no-groups", help="Whether groups are pushed, whatever the profile says.")]
Trait = Annotated[Texts, Option("--trait", help="A trait of an engine: okta.member_batch=100.")]
Clean = Annotated[bool, Option("--clean/--no-clean", help="Remove what the run created.")]

# -- reports and gates
ReportDir = Annotated[Path, Option("--report-dir", help="Where the reports go.")]
Formats = Annotated[str, Option("--format", help="Report formats, separated by commas; `scim-sim list formats` names them.")]
FailOn = Annotated[
    Texts,
    Option(
        "--fail-on", help="What ends with exit code 1: violation (the default; breaks too), deviation, note, breaks, breaks:okta."
    ),
]
Baseline = Annotated[Path | None, Option("--baseline", help="A file of known deviations.")]

# -- safety
DryRun = Annotated[bool, Option("--dry-run", help="Send reads only, and print the writes that a real run sends.")]
Offline = Annotated[bool, Option("--offline", help="With --dry-run: send nothing at all.")]
Limit = Annotated[int | None, Option("--limit", help="At most so many people of a directory, and new accounts.", min=1)]
OnlyGroup = Annotated[str, Option("--only-group", help="Only this group of the directory, and its members.")]
Share = Annotated[
    int | None,
    Option("--max-deactivations", help="Stop before more than this percentage of accounts is switched off.", min=0, max=100),
]
Issued = Annotated[str, Option("--token-issued", help="The day the token was issued (2026-01-31), to tell its age.")]
Rotate = Annotated[str, Option("--rotate-command", help="A command that replaces the token and prints the new one.")]
