"""Settings come from options, variables and files, in this order, and mistakes in files show their place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import typer

from scim_sim.cli import app
from scim_sim.commands.config import OWN, effective, equip, from_nearer, project_settings, read_settings, settings_for, variable
from scim_sim.errors import ScenarioError, UsageError


def _commands() -> dict[str, Any]:
    command: Any = typer.main.get_command(app)
    equip(command.commands)
    return dict(command.commands)


def _settings(text: str, folder: Path, name: str = "scim-sim.toml") -> Any:
    """What the commands would use with that text in a file of the folder."""
    (folder / name).write_text(text, "utf-8")
    commands = _commands()
    ctx = typer.main.get_command(app).make_context("scim-sim", ["list", "formats"])
    return settings_for(commands, read_settings(start=folder), ctx)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of whoever runs the tests count for nothing."""
    for name in [name for name in os.environ if name.startswith("SCIM_SIM_")]:
        monkeypatch.delenv(name)


def test_every_option_has_its_variable() -> None:
    """`--fail-on` is `SCIM_SIM_FAIL_ON`; what means something else under one command bears the command's name."""
    names = {
        (command_name, param.name): param.envvar
        for command_name, command in _commands().items()
        for param in command.params
        if param.param_type_name == "option" and param.name != "help"
    }

    assert ("run", "fail_on") in names
    assert {key: variable(*key) for key in names} == names
    own = {key for key in OWN if key in names}
    assert {f"SCIM_SIM_{command.upper()}_{option.upper()}" for command, option in own} == {names[key] for key in own}


def test_key_at_the_top_is_for_all_and_a_table_for_one(tmp_path: Path) -> None:
    """The table of a command wins over the top; hyphens and underscores are the same."""
    found = _settings('token-env = "SCIM_TOKEN"\nseed = 5\n[run]\nseed = 7\n[serve]\nport = 8123\n', tmp_path)

    assert found["run"] == {"token_env": "SCIM_TOKEN", "seed": 7}
    assert found["serve"] == {"token_env": "SCIM_TOKEN", "seed": 5, "port": 8123}
    assert "host" not in _settings('host = "https://app.example.test"\n', tmp_path)["serve"]


def test_file_of_its_own_wins_over_pyproject(tmp_path: Path) -> None:
    """The two are merged key by key."""
    (tmp_path / "pyproject.toml").write_text('[tool.scim-sim]\nseed = 1\n[tool.scim-sim.run]\nidp = ["okta"]\n', "utf-8")
    found = _settings("seed = 2\n", tmp_path)

    assert found["run"] == {"seed": 2, "idp": ["okta"]}


@pytest.mark.parametrize("word", ["base_url", "tenant_url", "target"])
def test_words_of_the_consoles_are_understood(word: str, tmp_path: Path) -> None:
    """Okta says base URL, Entra says tenant URL."""
    found = _settings(f'{word} = "https://app.example.test/scim/v2"\nsecret_token = "MY_TOKEN"\n', tmp_path)

    assert found["run"] == {"target": "https://app.example.test/scim/v2", "token_env": "MY_TOKEN"}


@pytest.mark.parametrize("word", ["api_token", "secret_token", "token", "token_env"])
@pytest.mark.parametrize("secret", ["s3cr3t-value", "ABCDEF0123456789ABCDEF01", "eyJhbGciOi.J9"])
def test_secret_in_a_file_is_refused_and_not_repeated(word: str, secret: str, tmp_path: Path) -> None:
    """Neither the message nor the line that it shows holds the secret."""
    with pytest.raises(ScenarioError, match="has no place in a file") as raised:
        _settings(f'{word} = "{secret}"\n', tmp_path)

    assert secret not in raised.value.render()
    assert "token_env = " in raised.value.render()


@pytest.mark.parametrize(
    ("text", "message", "line", "hint"),
    [
        ('\ntargett = "x"\n', '"targett" is no setting', 2, 'did you mean "target"?'),
        ("[runn]\nseed = 1\n", '"runn" is no command', 1, 'did you mean "run"?'),
        ('[run]\nfail_onn = "x"\n', '"fail_onn" is no option of "run"', 2, 'did you mean "fail_on"?'),
        ("run = 1\n", '"run" is a command', 1, "its settings stand below [run]"),
        ('insecure = "yes"\n', "\"insecure\" is true or false, not 'yes'", 1, ""),
        ("[serve]\nport = 99999\n", '"port": ', 2, ""),
        ("seed = = 2\n", "this is not valid TOML: Invalid value", 1, ""),
    ],
)
def test_mistake_shows_its_place_and_the_nearest_word(text: str, message: str, line: int, hint: str, tmp_path: Path) -> None:
    """File, line and caret, as for scenarios."""
    with pytest.raises(ScenarioError) as raised:
        _settings(text, tmp_path)

    assert raised.value.message.startswith(message)
    assert (line, hint) == (raised.value.line, raised.value.hint)


def test_line_in_pyproject_is_found(tmp_path: Path) -> None:
    """Keys of other tables with the same name are passed over."""
    text = "[project]\nseed = 1\n\n[tool.scim-sim]\nseed = 2\nsede = 3\n"
    with pytest.raises(ScenarioError) as raised:
        _settings(text, tmp_path, "pyproject.toml")

    assert 6 == raised.value.line


def test_paths_are_meant_from_the_folder_of_the_file(tmp_path: Path) -> None:
    """A run in a subfolder finds the same baseline; the name of a shipped profile or suite stays a name."""
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "scim-sim.toml").write_text(
        'baseline = "known.txt"\nprofile = "metabase"\nsuites = ["okta", "mine.yaml"]\n', "utf-8"
    )
    found = project_settings(below)

    assert found == {
        "baseline": str(tmp_path / "known.txt"),
        "profile": "metabase",
        "suites": ["okta", str(tmp_path / "mine.yaml")],
    }


def test_named_file_must_exist(tmp_path: Path) -> None:
    """`--config` with a file that is not there is a mistake, not silence."""
    with pytest.raises(UsageError, match="no configuration file"):
        read_settings(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("args", "variables", "expected"),
    [
        ([], {}, ("DEFAULT_MAP", 2)),
        ([], {"SCIM_SIM_SEED": "3"}, ("ENVIRONMENT", 3)),
        (["--seed", "4"], {"SCIM_SIM_SEED": "3"}, ("COMMANDLINE", 4)),
    ],
)
def test_option_wins_over_variable_wins_over_file(
    args: list[str], variables: dict[str, str], expected: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented order."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    commands = _commands()
    ctx = commands["run"].make_context("run", args, default_map={"seed": 2})

    assert expected == (ctx.get_parameter_source("seed").name, ctx.params["seed"])


def test_what_narrows_a_run_is_told_wherever_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in the report repeats the run, also without the file and the variables."""
    monkeypatch.setenv("SCIM_SIM_TAG", "smoke")
    command = _commands()["run"]
    ctx = command.make_context("run", ["--idp", "okta"], default_map={"suites": ["entra"], "dry_run": True, "area": []})

    assert list(effective(ctx, ("suites", "idp", "tag", "area", "dry_run"))) == ["entra", "--tag", "smoke", "--dry-run"]


def test_typed_host_wins_over_a_target_in_a_file() -> None:
    """Of two options that exclude one another the nearer one counts."""
    commands = _commands()
    in_file = {"target": "https://old.example.test/scim/v2"}
    typed = commands["run"].make_context("run", ["--host", "https://new.example.test"], default_map=dict(in_file))
    plain = commands["run"].make_context("run", [], default_map=dict(in_file))

    assert from_nearer(typed, "target", "host") is True
    assert from_nearer(plain, "target", "host") is False
