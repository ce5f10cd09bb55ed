"""Which scenario is played under which identity provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scim_sim.errors import UsageError
from scim_sim.idp.engine import ENGINES
from scim_sim.scenario.harness import HARNESS
from scim_sim.scenario.model import Scenario

__all__ = ["RFC", "Part", "plan"]

RFC = "rfc"
"""The name under which raw suites are selected beside the identity providers."""


@dataclass(frozen=True, slots=True)
class Part:
    """One scenario under one identity provider and variant, or under none (`idp` is `rfc`)."""

    scenario: Scenario
    idp: str
    variant: str = ""

    @property
    def voice(self) -> str:
        """The voice in which the part's own requests are recorded."""
        return HARNESS if self.idp == RFC else f"{self.idp}:{self.variant}" if self.variant else self.idp


def plan(scenarios: Iterable[Scenario], idps: tuple[str, ...] = ()) -> list[Part]:
    """Every scenario with each of its identity providers that is selected; raises `UsageError` for unknown ones."""
    for name in idps:
        base, _, variant = name.partition(":")
        if base != RFC:
            engine = ENGINES.get(base)
            if variant and variant not in engine.variants:
                raise UsageError(f'{engine.title} has no variant "{variant}"; valid: {", ".join(engine.variants)}')
    parts: list[Part] = []
    for scenario in scenarios:
        if scenario.together:
            parts += _together(scenario, idps)
            continue
        for name in scenario.idps:
            parts += _parts(scenario, name, idps)
    return parts


def _together(scenario: Scenario, idps: tuple[str, ...]) -> list[Part]:
    """A story of several identity providers runs once, when all of them are selected."""
    names = list(scenario.together.values())
    for name in names:
        ENGINES.get(name.partition(":")[0])
    chosen = {idp.partition(":")[0] for idp in idps}
    if idps and not all(name.partition(":")[0] in chosen for name in names):
        return []
    base, _, variant = names[0].partition(":")
    return [Part(scenario, base, variant)]


def _parts(scenario: Scenario, name: str, idps: tuple[str, ...]) -> list[Part]:
    base, _, only = name.partition(":")
    if base == RFC:
        return [Part(scenario, RFC)] if not idps or RFC in idps else []
    engine = ENGINES.get(base)
    wanted = {variant for idp in idps for chosen, _, variant in [idp.partition(":")] if chosen == base}
    if idps and not wanted:
        return []
    named = {variant for variant in wanted if variant}
    variants = [only] if only else sorted(named, key=list(engine.variants).index) if named else list(engine.default_variants)
    if only and named and only not in named:
        return []
    return [Part(scenario, base, variant) for variant in variants]
