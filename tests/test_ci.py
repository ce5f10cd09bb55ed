"""The recipes for CI: the action's script runs, examples are valid, and every command in them exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from scim_sim.cli import app
from scim_sim.commands.config import equip, read_settings, settings_for

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


def _act(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's own script, with its inputs filled in, as a runner would start it."""
    [step] = [step for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
    values = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | inputs
    filled = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text) for name, text in step["env"].items()
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCIM_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    files = {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"), "PATH": path}
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder, env={**environment, **filled, **files}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"suites": "okta/joiner-mover-leaver", "arguments": "--seed=1\n--quiet\n"}, 0),
        ({"suites": "okta/joiner-mover-leaver", "fail-on": "violatoin"}, 2),
    ],
)
def test_script_of_the_action_runs(inputs: dict[str, str], code: int, tmp_path: Path) -> None:
    """It writes reports and the job's summary, passes the exit code on, and says it as an output."""
    done = _act(tmp_path, target="builtin", **inputs)

    assert (code, f"exit-code={code}\n") == (done.returncode, (tmp_path / "output").read_text("utf-8")), done.stderr
    assert (tmp_path / "summary").exists() is (code == 0)
    assert (tmp_path / "reports/scim/results.sarif").exists() is (code == 0)


def test_action_puts_no_input_into_its_script() -> None:
    """Inputs reach the shell as variables alone, so that none of them can become a command."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]

    assert [] == [script for script in scripts if "${{" in script]
    assert {name for step in ACTION["runs"]["steps"] for name in re.findall(r"inputs\.([\w-]+)", str(step))} == set(
        ACTION["inputs"]
    )


def _commands() -> list[tuple[str, str]]:
    told = re.compile(r"scim-sim ((?:run|compare|record-known) [^'\n]*)")
    return [(path.name, line) for path in sorted(EXAMPLES.iterdir()) for line in told.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize(("file", "line"), _commands())
def test_command_of_an_example_exists(file: str, line: str) -> None:
    """Name and options of every `scim-sim` command in the examples."""
    command: Any = typer.main.get_command(app)
    options = {option for param in command.commands[line.split(maxsplit=1)[0]].params for option in param.opts}

    assert [] == [word for word in line.split() if word.startswith("--") and word not in options]


def test_workflow_gives_the_action_what_it_takes() -> None:
    """The example for GitHub names inputs that there are, and all that are needed."""
    workflow = yaml.safe_load((EXAMPLES / "github.yml").read_text("utf-8"))
    [given] = [step["with"] for step in workflow["jobs"]["scim"]["steps"] if "scim-idp-sim" in step.get("uses", "")]
    needed = {name for name, one in ACTION["inputs"].items() if one.get("required")}

    assert needed <= set(given) <= set(ACTION["inputs"])


def test_gitlab_example_reads_what_a_run_writes() -> None:
    """The paths of JUnit and artifacts lie in the report directory."""
    job = yaml.safe_load((EXAMPLES / "gitlab.yml").read_text("utf-8"))["scim"]

    assert job["artifacts"]["reports"]["junit"] == f"{job['variables']['SCIM_SIM_REPORT_DIR']}/junit.xml"


def test_example_of_settings_is_valid() -> None:
    """Every key is an option, every value one that it takes."""
    command: Any = typer.main.get_command(app)
    equip(command.commands)
    ctx = command.make_context("scim-sim", ["list", "formats"])
    found = settings_for(command.commands, read_settings(EXAMPLES / "scim-sim.toml"), ctx)

    assert found["run"]["fail_on"] == ["violation"]
    assert "html,json,junit,markdown,sarif" == found["run"]["format"]


def test_example_for_pytest_passes_on_a_small_application(pytester: pytest.Pytester) -> None:
    """Copied beside an application, the vendor's tests pass."""
    shutil.copy(ROOT / "tests/foreign/flask_app.py", pytester.path)
    shutil.copy(EXAMPLES / "test_scim.py", pytester.path)
    pytester.makepyfile(
        my_application="import flask_app\n\ndef make_app(token):\n    flask_app.TOKEN = token\n    return flask_app.app\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly")

    result.assert_outcomes(passed=3)


def test_container_copies_what_there_is_and_drops_privileges() -> None:
    """The image is built from the checkout, and nothing in it runs as root."""
    text = (ROOT / "Containerfile").read_text("utf-8")

    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["scim-sim"\]$', text, re.MULTILINE)
