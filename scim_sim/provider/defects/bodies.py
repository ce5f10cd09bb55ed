"""Hooks for creations: what the body gives, and bodies that are refused."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call

__all__ = ["creates", "given", "refusing_bodies"]

Json = dict[str, Any]


def given(call: Call, name: str) -> Any:
    """The member of that name in the body, or `None`."""
    return call.body.get(name) if isinstance(call.body, dict) else None


def creates(call: Call, name: str = "") -> bool:
    """Whether the call creates something, and its body names this attribute."""
    return call.operation == "create" and isinstance(call.body, dict) and (not name or name in call.body)


def refusing_bodies(when: Any, status: int, detail: str, scim_type: str = "", on: str = "create") -> Any:
    """Refuse bodies of which something is true."""

    def check(call: Call, value: Json) -> Json:
        if call.operation in on.split() and when(value):
            raise Refusal(status, detail, scim_type)
        return value

    return lambda provider: provider.seams.body.append(check)
