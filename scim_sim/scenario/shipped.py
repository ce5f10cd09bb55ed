"""Where the shipped scenarios are: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from scim_sim.errors import InternalError

__all__ = ["shipped_root"]

PACKAGE = Path(__file__).resolve().parent.parent


def shipped_root() -> Path:
    """The folder that holds one folder per shipped suite; raises `InternalError` when the installation lacks it."""
    for folder in (PACKAGE / "scenarios", PACKAGE.parent / "scenarios"):
        if folder.is_dir():
            return folder
    raise InternalError(f"no shipped scenarios beside {PACKAGE}", "install scim-idp-sim again")
