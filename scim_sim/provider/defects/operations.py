"""Hooks for PATCH: leave operations out, refuse them, or change what they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.hooks import operation, path_of
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call

__all__ = ["ignoring", "names", "patched", "pathless", "refusing_operations"]

Json = dict[str, Any]


def ignoring(when: Callable[[Json], bool], *, kind: str = "") -> Any:
    """Leave out operations of which something is true, and answer as if they had been carried out."""
    return operation(lambda item: None if when(item) else item, kind=kind)


def refusing_operations(when: Callable[[Json], bool], status: int, detail: str, scim_type: str = "", *, kind: str = "") -> Any:
    """Refuse a PATCH that holds an operation of which something is true."""

    def check(call: Call, operations: list[Json]) -> list[Json]:
        if kind in ("", call.kind) and any(when(item) for item in operations):
            raise Refusal(status, detail, scim_type)
        return operations

    return lambda provider: provider.seams.operations.append(check)


def patched(change: Callable[[Json, Json, list[Json]], Any]) -> Any:
    """Change what a correct PATCH would give, in place, knowing what was there and what was asked."""

    def hook(provider: Provider) -> None:
        patch = provider.rules.patch

        def other(call: Call, view: Json, operations: list[Json]) -> Json:
            result = dict(patch(call, view, operations))
            changed = change(result, view, operations)
            return changed if isinstance(changed, dict) else result

        provider.rules.patch = other

    return hook


def pathless(item: Json) -> bool:
    """Whether the operation has no path."""
    return not item.get("path")


def names(item: Json, name: str) -> bool:
    """Whether the operation names this attribute, in its path or without one."""
    value = item.get("value")
    keys = [key.lower() for key in value] if pathless(item) and isinstance(value, dict) else []
    return path_of(item).endswith(name) or name in keys
