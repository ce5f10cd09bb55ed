"""The command line keeps people safe: dry runs, limits, one group alone, secrets, evidence, the doctor."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scim_sim.cli import app
from scim_sim.commands.run import RunOrder, run_command
from scim_sim.commands.safety import Safety, age_warning
from scim_sim.errors import UsageError
from scim_sim.provider import Provider, serve
from scim_sim.scenario.audit import verify_log
from scim_sim.wire import Request

STORY = "okta/joiner-mover-leaver"
TOKEN = "s3cret-of-the-target-9f"


def order(folder: Path, **values: Any) -> RunOrder:
    """A quiet run of one story on the embedded provider."""
    usual = {"suites": (STORY,), "target": "builtin", "idps": ("okta:aiw",), "report_dir": folder, "seed": 3}
    usual |= {"quiet": True, "formats": ("json",)}
    return RunOrder(**{**usual, **values})


def command(*words: str) -> int:
    """The exit code of the command line."""
    try:
        return int(app(list(words), standalone_mode=False) or 0)
    except UsageError as error:
        return error.exit_code


def test_dry_run_prints_what_a_real_run_sends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan holds the same writes, in the same order, as the real run with the same seed."""
    run_command(order(tmp_path / "dry", safety=Safety(dry_run="nothing")))
    planned = [line.split()[1:3] for line in capsys.readouterr().out.splitlines()[1:]]
    run_command(order(tmp_path / "real"))
    lines = (tmp_path / "real" / "events.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row.get("verb") in ("POST", "PUT", "PATCH", "DELETE")]

    assert [(verb, path.split("/")[1]) for verb, path in planned] == [(row["verb"], row["object"]) for row in rows]


@pytest.mark.parametrize("kind", ["reads", "nothing"])
def test_dry_run_claims_nothing(tmp_path: Path, kind: str) -> None:
    """A stand-in gave the answers, so that no report says of a target that an identity provider works there."""
    run_command(order(tmp_path, safety=Safety(dry_run=kind), formats=("json",)))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert {"not-tested"} == {answer["verdict"] for answer in report["answer"].values()}
    assert report["answer"]["okta"]["reason"].startswith("A dry run")
    assert (False, 0) == (report["gate"]["open"], report["gate"]["exit_code"])
    assert [] == report["findings"]
    assert not (tmp_path / "events.jsonl").exists()


def test_offline_dry_run_needs_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing at all is sent: not even the name of the host is looked up."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    nowhere = "https://app.example.invalid/scim/v2"

    assert 0 == run_command(order(tmp_path, target=nowhere, token_env="SAFETY_TOKEN", safety=Safety(dry_run="nothing")))


@pytest.mark.socket
def test_dry_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target sees reads alone."""
    seen: list[Request] = []
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token=TOKEN), log=lambda request, *_: seen.append(request)) as serving:
        run_command(order(tmp_path, target=serving.url, token_env="SAFETY_TOKEN", safety=Safety(dry_run="reads")))

    assert {"GET"} == {request.method for request in seen}


@pytest.mark.socket
def test_token_is_in_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the reports nor in logs, evidence or on the terminal."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token=TOKEN)) as serving:
        formats = ("html", "json", "junit", "markdown")
        run_command(order(tmp_path, target=serving.url, token_env="SAFETY_TOKEN", quiet=False, formats=formats))
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said = capsys.readouterr()

    assert {"report.html", "report.json", "events.jsonl", "okta-system-log.jsonl"} <= set(files)
    assert [] == [name for name, content in files.items() if TOKEN.encode() in content]
    assert TOKEN not in said.out + said.err


def test_guard_ends_the_run_with_its_own_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before too many are switched off the run stops, removes what it has created, and says why."""
    code = run_command(order(tmp_path, safety=Safety(share=0.1)))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert 5 == code
    assert [] == report["leftovers"]
    assert "stopped: 1 of 3 accounts" in report["run"]["error"]
    assert "stopped: 1 of 3 accounts" in capsys.readouterr().err


def test_limit_leaves_a_handful(tmp_path: Path) -> None:
    """No more accounts than asked for; the story goes on without the others."""
    run_command(order(tmp_path, safety=Safety(limit=2)))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert 2 == report["run"]["created"]["/Users"]
    assert "" == report["run"]["error"]


def test_one_group_alone(tmp_path: Path) -> None:
    """Only the people of that group and the group itself are asked for and written."""
    run_command(order(tmp_path, safety=Safety(only_group="crew")))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    created = [x for x in report["exchanges"] if x["request"]["method"] == "POST"]

    assert len([x for x in created if x["request"]["path"] == "/Users"]) == 1
    assert len([x for x in created if x["request"]["path"] == "/Groups"]) == 1


def test_evidence_goes_on_from_run_to_run(tmp_path: Path) -> None:
    """Two runs into one directory make one chain."""
    for _ in range(2):
        run_command(order(tmp_path))
    good, broken = verify_log(tmp_path / "events.jsonl")

    assert broken is None
    assert good > 100


def test_verify_log_tells_where_the_chain_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 for a whole log, 1 with file and line for a broken one, 2 for none."""
    run_command(order(tmp_path))
    log = tmp_path / "events.jsonl"
    whole = command("verify-log", str(log))
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:3] + lines[4:]), "utf-8")
    broken = command("verify-log", str(log))

    assert (whole, broken, command("verify-log", str(tmp_path / "none.jsonl"))) == (0, 1, 2)
    assert "events.jsonl:4: a line before it was removed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("issued", "said"), [("2026-01-01", "the token is 120 days old: replace it"), ("2026-04-30", "the token is 1 days old")]
)
def test_age_of_the_token(issued: str, said: str) -> None:
    """Above 90 days the token should be replaced."""
    assert age_warning(issued, dt.date(2026, 5, 1)).startswith(said)


@pytest.mark.parametrize("issued", ["01.01.2026", "2026-13-01", "2026-05-02"])
def test_date_that_is_none_or_lies_ahead(issued: str) -> None:
    """A date that cannot be is a mistake of the caller's."""
    with pytest.raises(UsageError):
        age_warning(issued, dt.date(2026, 5, 1))


def test_rotate_command_that_prints_no_token_is_a_usage_mistake(tmp_path: Path) -> None:
    """The command has to print one line and end with 0."""
    bad = Safety(rotate_command=f'"{sys.executable}" -c "print(1); print(2)"')
    with pytest.raises(UsageError) as caught:
        run_command(order(tmp_path, suites=("operations/token-rotation",), safety=bad))

    assert "printed 2 lines" in caught.value.message


@pytest.mark.socket
def test_doctor_command_prints_the_stages_and_the_next_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line per stage; exit code 3 when one failed, and the token is not shown."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token="another")) as serving:
        failed = command("doctor", "--target", serving.url, "--token-env", "SAFETY_TOKEN")
    text = capsys.readouterr().out

    assert 3 == failed
    assert "FAIL  auth" in text
    assert "next: " in text
    assert TOKEN not in text


@pytest.mark.socket
def test_doctor_command_speaks_of_a_slash_at_the_end(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It does no harm here, and may at the identity provider."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token=TOKEN)) as serving:
        code = command("doctor", "--target", serving.url + "/", "--token-env", "SAFETY_TOKEN")

    assert 0 == code
    assert "the slash at the end of the URL was left away" in capsys.readouterr().out


@pytest.mark.socket
def test_doctor_command_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines get the rows."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token=TOKEN)) as serving:
        code = command("doctor", "--target", serving.url, "--token-env", "SAFETY_TOKEN", "--json")

    assert 0 == code
    assert {"ok"} == {row["outcome"] for row in json.loads(capsys.readouterr().out)}


@pytest.mark.socket
def test_run_begins_with_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that refuses the token ends in the doctor's words, exit code 3, and a report of what was seen."""
    monkeypatch.setenv("SAFETY_TOKEN", TOKEN)
    with serve(Provider(token="another")) as serving:
        code = run_command(order(tmp_path, target=serving.url, token_env="SAFETY_TOKEN"))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert 3 == code
    assert "copy the current token again" in capsys.readouterr().err
    assert any(row["kind"] == "preflight" and row["row"]["cause"] == "token-refused" for row in report["observed"])


def test_profile_chooses_product_and_stories(tmp_path: Path) -> None:
    """With a profile and the embedded provider the product's persona plays the product's stories, with what to expect first."""
    run_command(order(tmp_path, suites=(), profile="metabase", idps=("google-jit",)))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert {"metabase"} == {story["scenario"].partition("/")[0] for story in report["stories"]}
    assert [row["row"]["users seen"] for row in report["observed"] if row["kind"] == "prediction"] == ["no"]
    assert "Metabase" in report["run"]["target"]
