"""`record-known`, `compare`, `--only-failed` and `--baseline` from end to end, on one provider with a defect and one without."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scim_sim.cli import main
from scim_sim.provider import Provider, serve
from scim_sim.provider.defects import DEFECTS

STORY = """
title: A member leaves
idp: okta:oin
directory: {people: [ada, bob], groups: {pilots: [ada, bob]}}
steps:
  - assign: [ada, bob]
  - push group: pilots
  - remove members: {group: pilots, members: [bob]}
  - expect: {group: pilots, members: [ada]}
"""
OTHER = "title: A joiner\nidp: okta:oin\ndirectory: {people: [ada]}\nsteps:\n  - assign: ada\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two stories."""
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories/member.yaml").write_text(STORY, "utf-8")
    (tmp_path / "stories/joiner.yaml").write_text(OTHER, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "tok-1234")
    monkeypatch.setenv("SCIM_SIM_TOKEN_ENV", "TOKEN")
    return tmp_path


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A target that answers 204 to the removal of a member and does nothing."""
    provider = Provider(token="tok-1234", changes=[DEFECTS.get("member-removal-ignored").apply])
    with serve(provider) as serving:
        monkeypatch.setenv("SCIM_SIM_TARGET", serving.url)
        yield


def _command(*words: str) -> int:
    """The exit code of `scim-sim WORDS`."""
    before, sys.argv = sys.argv, ["scim-sim", *words]
    try:
        with pytest.raises(SystemExit) as left:
            main()
    finally:
        sys.argv = before
    return int(left.value.code or 0)


def _run(*words: str, to: str = "r", format: str = "json,junit") -> int:
    return _command("run", *(words or ("./stories",)), "--seed", "1", "-q", "--report-dir", to, "--format", format)


@pytest.mark.socket
def test_known_faults_let_the_gate_open_and_stale_lines_close_it(
    folder: Path, faulty: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recorded, the same run passes; on a target that is mended the list has to go."""
    assert 1 == _run()
    assert 0 == _command("record-known", "r/report.json", "--baseline", "known.txt", "--owner", "ada")
    assert "member/03-remove-members  owner=ada" in (folder / "known.txt").read_text("utf-8")
    assert 0 == _run("./stories", "--baseline", "known.txt")

    mended = ("./stories", "--baseline", "known.txt", "--target", "builtin")
    assert _run(*mended, to="mended") == 1
    report = json.loads((folder / "mended/report.json").read_text("utf-8"))
    assert "must leave it" in report["gate"]["reasons"][0]
    assert 0 == _command("record-known", "mended/report.json", "--baseline", "known.txt")
    assert "owner=ada" not in (folder / "known.txt").read_text("utf-8")


@pytest.mark.socket
def test_line_past_its_date_closes_the_gate(folder: Path, faulty: None) -> None:
    """Patience ends on the day that was written down."""
    assert 1 == _run()
    assert 0 == _command("record-known", "r/report.json", "--baseline", "known.txt", "--expires", "2020-01-31")
    assert 1 == _run("./stories", "--baseline", "known.txt")


@pytest.mark.socket
def test_only_what_failed_is_played_again(folder: Path, faulty: None) -> None:
    """And when nothing failed, nothing is."""
    assert 1 == _run()
    assert (
        _command("run", "--only-failed", "r/report.json", "--seed", "1", "-q", "--report-dir", "again", "--format", "json") == 1
    )
    report = json.loads((folder / "again/report.json").read_text("utf-8"))
    assert [story["scenario"] for story in report["stories"]] == ["member"]

    assert 2 == _command("record-known", "again/report.json", "--baseline", "known.txt")


@pytest.mark.socket
def test_comparison_tells_new_and_fixed(folder: Path, faulty: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 when the later run is worse, 0 when it is better."""
    assert 1 == _run()
    assert _run("./stories", "--target", "builtin", to="good") == 0
    capsys.readouterr()

    assert 1 == _command("compare", "good/report.json", "r/report.json")
    assert "fixed: 0" in capsys.readouterr().out
    assert 0 == _command("compare", "r/report.json", "good/report.json", "--format", "markdown", "--report-dir", "c")
    assert "new: 0" in capsys.readouterr().out
    assert [path.name for path in (folder / "c").iterdir()] == ["compare.md"]


def test_gate_is_what_the_options_say(folder: Path) -> None:
    """The report's own gate follows --fail-on, and a wrong word is said before anything is sent."""
    assert 0 == _run("./stories", "--target", "builtin", "--fail-on", "breaks:okta,deviation")
    assert _run("./stories", "--target", "builtin", "--fail-on", "breaks:octa", to="never") == 2
    assert not (folder / "never").exists()
