"""The personas as a page: every switch with its default, its source and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from scim_sim.provider.personas.persona import PERSONAS, Persona

__all__ = ["personas_page"]


def personas_page() -> str:
    """All personas, their variants and their switches, as Markdown."""
    return "\n\n".join("\n\n".join(_section(persona)) for persona in PERSONAS)


def _section(persona: Persona) -> Iterator[str]:
    yield f"### `{persona.name}`: {persona.title}"
    if persona.variants:
        yield "\n".join(f"* `--like {persona.name}:{name}`: {title}" for name, (title, _) in persona.variants.items())
    rows = ["| switch | default | what it does | source | confidence |", "|---|---|---|---|---|"]
    for one in fields(persona.switches):
        meta = one.metadata
        default = _shown(getattr(persona.switches, one.name))
        rows.append(f"| `{one.name}` | `{default}` | {meta['doc']} | {meta['source']} | {meta['confidence']} |")
    yield "\n".join(rows)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
