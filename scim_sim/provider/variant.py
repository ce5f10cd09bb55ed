"""What a legal choice of a service provider is, and what such choices are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.seams import Call
from scim_sim.registry import Registry
from scim_sim.wire import Response

__all__ = ["VARIANTS", "Hook", "Json", "Variant", "answers", "catalogue", "options", "together", "variant", "views"]

Json = dict[str, Any]
Hook = Callable[[Provider], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """One legal way of being different; `section` is where the RFCs permit it.

    `unsuitable` names the identity providers that need the other choice: for them, and for nobody else, it matters.
    """

    name: str
    section: str
    summary: str
    apply: Hook
    unsuitable: tuple[str, ...] = ()


VARIANTS: Registry[Variant] = Registry("variant")


def variant(name: str, section: str, summary: str, hook: Hook, *unsuitable: str) -> None:
    """Register a variant."""
    VARIANTS.add(name, Variant(name, section, summary, hook, unsuitable), summary)


def options(**choices: Any) -> Hook:
    """Options of the provider."""
    return lambda provider: provider.configure(**choices)


def together(*hooks: Hook) -> Hook:
    """One choice made of several."""

    def apply(provider: Provider) -> None:
        for hook in hooks:
            hook(provider)

    return apply


def views(change: Callable[[Json], Json]) -> Hook:
    """Another representation of every resource."""
    return lambda provider: provider.seams.represent.append(lambda call, view: change(view))


def answers(change: Callable[[Call, Response], Response]) -> Hook:
    """Another form of every answer."""
    return lambda provider: provider.seams.answer.append(change)


def catalogue(change: Callable[[Provider], Any]) -> Hook:
    """Other resource types and schemas."""

    def apply(provider: Provider) -> None:
        provider.catalogue = change(provider)

    return apply
