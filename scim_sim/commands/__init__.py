"""What each command does, one module per family; `cli.py` only reads options."""

from __future__ import annotations

__all__: list[str] = []
