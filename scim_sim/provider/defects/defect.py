"""What a defect is: the embedded provider misbehaves in one named way, and it is known who should notice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, overload

from scim_sim.provider.app import Provider
from scim_sim.registry import Registry

__all__ = ["DEFECTS", "DEPTHS", "Defect", "defect"]

DEPTHS: Final = ("response", "readback", "cycle", "pages", "many", "parallel", "security")
"""How far one has to look: at one response, at what is read back, at the next cycle, at all pages, at many members or
values, at requests at the same time; or whether a door is open."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One way of being wrong; a checker should report it under (at least) one of `requirements`, the first being the closest."""

    name: str
    requirements: tuple[str, ...]
    depth: str
    summary: str
    apply: Callable[[Provider], None]


DEFECTS: Registry[Defect] = Registry("defect")

Hook = Callable[[Provider], None]


@overload
def defect(name: str, *requirements: str, depth: str, summary: str, hook: Hook) -> Hook: ...


@overload
def defect(name: str, *requirements: str, depth: str) -> Callable[[Hook], Hook]: ...


def defect(
    name: str, *requirements: str, depth: str, summary: str = "", hook: Hook | None = None
) -> Hook | Callable[[Hook], Hook]:
    """Register a defect: as a decorator of a function whose docstring says what is wrong, or with `summary` and `hook`."""
    if depth not in DEPTHS or not requirements:
        raise AssertionError(f"the defect {name!r} needs requirements and one of the depths {', '.join(DEPTHS)}")

    def register(apply: Hook) -> Hook:
        said = summary or " ".join((inspect.getdoc(apply) or "").split())
        DEFECTS.add(name, Defect(name, requirements, depth, said, apply), said)
        return apply

    return register if hook is None else register(hook)
