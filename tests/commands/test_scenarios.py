"""Beginning, checking and describing scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from scim_sim.api import Simulation
from scim_sim.commands.scenarios import lint_command, new_command
from scim_sim.errors import UsageError


def test_start_passes_on_a_correct_provider_and_fits_its_schema(tmp_path: Path) -> None:
    """What is written can be run at once, and editors know its words."""
    file = tmp_path / "own" / "leaver.yaml"
    new_command(file, "")
    schema = json.loads((tmp_path / "own/scenario.schema.json").read_text("utf-8"))

    assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=./scenario.schema.json\ntitle: Leaver\n")
    assert [] == list(Draft202012Validator(schema).iter_errors(yaml.safe_load(file.read_text("utf-8"))))
    with Simulation("builtin") as simulation:
        assert [] == simulation.play(str(file))


def test_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    """A start that cannot be written says where and why."""
    (tmp_path / "own").write_text("")

    with pytest.raises(UsageError, match=r"own/leaver\.yaml cannot be written: "):
        new_command(tmp_path / "own" / "leaver.yaml", "")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that is there stays."""
    file = tmp_path / "leaver.yaml"
    file.write_text("mine", "utf-8")

    with pytest.raises(UsageError, match="exists already"):
        new_command(file, "")


def test_lint_looks_into_folders_and_goes_on_after_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file gets its own message, and what lies in `fragments` is no scenario."""
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments/part.yaml").write_text("steps: [connect]\n", "utf-8")
    (tmp_path / "a.yaml").write_text("title: A\nidp: okta\nsteps: [conect]\n", "utf-8")
    (tmp_path / "b.yaml").write_text("title: B\nidp: okta\nsteps: [connect]\n", "utf-8")

    assert 2 == lint_command([tmp_path])
    told = capsys.readouterr()
    assert 'did you mean "connect"?' in told.err
    assert f"{tmp_path / 'b.yaml'}: B: 1 steps" in told.out
    assert "part.yaml" not in told.out + told.err
