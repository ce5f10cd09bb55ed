"""What is known of a service provider before the first request, read from `profiles/NAME.yaml`.

A profile never makes a wrong answer right. It says where the endpoint is, which identity providers push groups to it,
and which deviations are known, so that a run can predict and explain them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["GENERIC", "Profile", "load_profile", "profile_names"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about a kind of service provider.

    `groups` maps an IdP's name to whether it pushes groups to this target; `traits` maps an IdP's name to traits that
    its engine takes over; `capabilities` overrides what discovery says (or stands in where there is none);
    `known_deviations` are rows with `requirement`, `what` and `source`.
    """

    name: str = "generic"
    title: str = "Any SCIM 2.0 service provider"
    base_path: str = ""
    auth: str = "Bearer"
    groups: Mapping[str, bool] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    predictions: Mapping[str, Any] = field(default_factory=dict)
    known_deviations: tuple[Mapping[str, str], ...] = ()
    checklist: tuple[Mapping[str, str], ...] = ()
    sources: tuple[str, ...] = ()


GENERIC = Profile()


def profile_names() -> list[str]:
    """The names of the profiles that come with the package."""
    folder = files("scim_sim.target") / "profiles"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_profile(name: str) -> Profile:
    """The shipped profile of that name, or the one in the file at that path; raises `UsageError`."""
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"there is no profile file {name}")
        return _profile(path.read_text("utf-8"), name)
    if name not in profile_names():
        raise UsageError(f'unknown target profile "{name}"{nearest(name, profile_names())}')
    return _profile((files("scim_sim.target") / "profiles" / f"{name}.yaml").read_text("utf-8"), name)


def _profile(text: str, name: str) -> Profile:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"the profile {name} is not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"the profile {name} is not a mapping")
    known = {f.name for f in fields(Profile)}
    for key in data:
        if key not in known:
            raise UsageError(f'the profile {name} has an unknown key "{key}"{nearest(str(key), known)}')
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Profile(**values)
