"""`scim-sim matrix`: the table of who would work, as files."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from scim_sim.cli import app


def test_matrix_writes_the_table_for_people_and_for_tickets(tmp_path: Path) -> None:
    """The chosen identity providers play the common stories, and both forms of the table are written."""
    result = CliRunner().invoke(
        app, ["matrix", "--target", "builtin", "--idp", "plain,onelogin", "--seed", "5", "--report-dir", str(tmp_path), "--quiet"]
    )

    assert (result.exit_code, result.output) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".jsonl") == [
        "matrix.html", "matrix.md", "report.html", "report.json",
    ]  # fmt: skip
    text = (tmp_path / "matrix.md").read_text("utf-8")
    assert "| OneLogin (community) | **Yes** |" in text
    assert "| Plain SCIM client (reference) | **Yes** |" in text
    assert "Okta" not in text
