"""One example for each step: shown in the reference and by `scim-sim show`, and run in the tests."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["example", "example_names", "scenario_text"]


@functools.cache
def _examples() -> Mapping[str, Any]:
    rows: Mapping[str, Any] = yaml.safe_load((files("scim_sim.scenario") / "examples.yaml").read_text("utf-8"))
    return rows


def example_names() -> list[str]:
    """The steps that have an example."""
    return [name for name in _examples() if name != "default"]


def example(name: str) -> str:
    """The steps of the example, or the empty string for a step that has none."""
    row = _examples().get(name, "")
    text: str = row["steps"] if isinstance(row, Mapping) else row
    return text


def scenario_text(name: str) -> str:
    """The example as a whole scenario that can be copied and run."""
    row = _examples()[name]
    values = {**_examples()["default"], **(row if isinstance(row, Mapping) else {})}
    lines = [f"title: {name}", f"idp: {values['idp']}"]
    lines += [f"directory: {values['directory']}"] if values["idp"] != "rfc" else []
    steps = "".join(f"  {line}\n" for line in example(name).splitlines())
    return "\n".join(lines) + f"\nsteps:\n{steps}"
