"""The shipped scenarios are found, installed or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.errors import InternalError
from scim_sim.scenario import shipped


def test_checkout_is_used_where_nothing_is_packaged(checkout: Path) -> None:
    """In a checkout the scenarios are the folder at the top."""
    found = shipped.shipped_root()

    assert found == checkout / "scenarios"


def test_packaged_scenarios_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package uses its own scenarios, whatever lies beside it."""
    (tmp_path / "scim_sim" / "scenarios").mkdir(parents=True)
    (tmp_path / "scenarios").mkdir()
    monkeypatch.setattr(shipped, "PACKAGE", tmp_path / "scim_sim")

    assert shipped.shipped_root() == tmp_path / "scim_sim" / "scenarios"


def test_incomplete_installation_is_our_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scenarios the message names the folder and the next step."""
    monkeypatch.setattr(shipped, "PACKAGE", tmp_path / "scim_sim")

    with pytest.raises(InternalError, match="no shipped scenarios") as raised:
        shipped.shipped_root()

    assert "install scim-idp-sim again" == raised.value.hint
