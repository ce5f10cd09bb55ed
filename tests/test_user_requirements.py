"""Every statement of the users' documents is seen to, and what the table names exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROWS: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "user-requirements.yaml").read_text("utf-8"))


def test_there_are_82_rows() -> None:
    """Numbered one by one."""
    assert [row["n"] for row in ROWS] == list(range(1, 83))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["n"]))
def test_row_names_what_exists(row: dict[str, Any]) -> None:
    """Scenarios and pages are there, tests have their functions, and whatever is left to hands says so."""
    scenarios = re.findall(r"[a-z-]+/[a-z-]+\.yaml", row["by"])
    pages = re.findall(r"page ([a-z-]+\.md)", row["by"])

    assert row["what"]
    assert row["by"]
    assert row.get("tests") or row.get("hand")
    assert [] == [name for name in scenarios if not (ROOT / "scenarios" / name).is_file()]
    assert [] == [name for name in pages if not (ROOT / "docs" / name).is_file()]
    assert [] == [test for test in row.get("tests", ()) if not _exists(test)]


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    file = ROOT / path
    return file.is_file() and f"def {name}(" in file.read_text("utf-8")
