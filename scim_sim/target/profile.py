"""What is known of a service provider before the first request, read from `profiles/NAME.yaml`.

A profile never makes a wrong answer right. It says where the endpoint is, which identity providers push groups to it,
and which deviations are known, so that a run can predict and explain them. `NAME:VARIANT` is a version of the product
that behaves differently; its rows stand under `variants` in the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["CONFIDENCES", "GENERIC", "Deviation", "Item", "Prediction", "Profile", "load_profile", "profile_names", "profile_url"]

CONFIDENCES: Final = {
    "documented": "stated by the vendor",
    "read": "read in the product's public source or its tests",
    "reported": "reported in the product's tracker, or in a third party's guide",
    "inferred": "concluded from the above, not seen running",
}
"""How sure a statement about a product is, and what each word means."""

_ANSWERS: Final = ("yes", "partly", "no", "untested")


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something in which the product is known to differ: the requirement, what it does, who says so, how sure that is.

    `effect` says what that means for the person who administers the identity provider.
    """

    requirement: str
    what: str
    source: str
    confidence: str = "read"
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What to expect from one identity provider: `users` and `groups` are `yes`, `partly`, `no` or `untested`."""

    idp: str
    users: str
    groups: str
    why: str
    source: str
    standing: str = ""
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the sign-off checklist: what to see to, and how (a command of ours, or by hand)."""

    what: str
    how: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about a kind of service provider.

    `base_path` is what stands between host and endpoints, `auth` the scheme of the Authorization header. `groups` maps
    an IdP's name to whether it pushes groups to this target; `traits` and `mapping` map an IdP's name to values that its
    engine takes over; `capabilities` stand in where there is no discovery; `attributes` maps attributes to `kept`,
    `altered`, `dropped` or `refused`. `persona` names the embedded provider that behaves like the product,
    `suites` what is run when nothing is named.
    """

    name: str = "generic"
    title: str = "Any SCIM 2.0 service provider"
    variant: str = ""
    base_path: str = ""
    auth: str = "Bearer"
    token: str = ""
    persona: str = ""
    groups: Mapping[str, bool] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    predictions: tuple[Prediction, ...] = ()
    known_deviations: tuple[Deviation, ...] = ()
    checklist: tuple[Item, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name under which `load_profile` finds it: `metabase`, `metabase:v1`."""
        return f"{self.name}:{self.variant}" if self.variant else self.name

    def deviation(self, requirement: str) -> Deviation | None:
        """What is known about this product and that requirement, or `None`."""
        return next((row for row in self.known_deviations if row.requirement == requirement), None)

    def prediction(self, idp: str) -> Prediction | None:
        """What to expect from that IdP; `okta:oin` falls back to `okta`."""
        rows = {row.idp: row for row in self.predictions}
        return rows.get(idp) or rows.get(idp.partition(":")[0])


GENERIC: Final = Profile()


def profile_names() -> list[str]:
    """The names of the profiles that come with the package, without variants."""
    folder = files("scim_sim.target") / "profiles"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_profile(name: str) -> Profile:
    """The shipped profile of that name (`metabase:v1` with its variant), or the one in the file; raises `UsageError`."""
    stem, _, variant = name.partition(":")
    if stem.endswith((".yaml", ".yml")):
        path = Path(stem)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the profile file {stem} cannot be read: {error}") from None
    elif stem in profile_names():
        text = (files("scim_sim.target") / "profiles" / f"{stem}.yaml").read_text("utf-8")
    else:
        raise UsageError(f'unknown target profile "{stem}"{nearest(stem, profile_names())}', "or give the path of a YAML file")
    return _profile(text, stem, variant)


def profile_url(profile: Profile, host: str) -> str:
    """The base URL on that host: `https://` and the profile's path are added where they are missing."""
    url = (host if "://" in host else f"https://{host}").rstrip("/")
    path = urlsplit(url).path
    return url if path.endswith(profile.base_path) else url + profile.base_path[_overlap(path, profile.base_path) :]


def _overlap(path: str, base: str) -> int:
    """How many characters of the base path the URL already ends with, in whole segments."""
    starts = [end for end in range(len(base), 0, -1) if base[end : end + 1] in ("", "/") and path.endswith(base[:end])]
    return starts[0] if starts else 0


def _profile(text: str, name: str, variant: str) -> Profile:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"the profile {name} is not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"the profile {name} is not a mapping")
    variants = data.pop("variants", None) or {}
    if not isinstance(variants, dict) or not all(isinstance(row, dict) for row in variants.values()):
        raise UsageError(f'"variants" of the profile {name} is a mapping of names to mappings')
    if variant and variant not in variants:
        raise UsageError(f'the profile {name} has no variant "{variant}"{nearest(variant, variants)}')
    values = _values(data, name)
    own = _values(variants.get(variant, {}), name) if variant else {}
    titles = {key: str(row.get("title", "")) for key, row in variants.items()}
    merged = _merged(values, own)
    return replace(Profile(**merged), variant=variant, variants=titles)


def _merged(values: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The profile with its variant's values: lists grow (a requirement's later row wins), mappings are overlaid."""
    merged = dict(values)
    for key, value in own.items():
        before = values.get(key)
        if key == "known_deviations":
            named = {row.requirement for row in value}
            merged[key] = (*(row for row in before or () if row.requirement not in named), *(r for r in value if r.what))
        elif key == "predictions":
            named = {row.idp for row in value}
            merged[key] = (*(row for row in before or () if row.idp not in named), *value)
        elif isinstance(value, tuple):
            merged[key] = (*(before or ()), *value)
        else:
            merged[key] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
    return merged


def _values(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = {f.name: f for f in fields(Profile) if f.name not in ("variant", "variants")}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise UsageError(f'the profile {name} has an unknown key "{key}"{nearest(str(key), known)}')
        row = _ROWS.get(key)
        if row is not None:
            values[key] = tuple(_row(item, row, f'"{key}" of the profile {name}') for item in _listed(value, key, name))
        elif key in ("sources", "suites"):
            values[key] = tuple(str(item) for item in _listed(value, key, name))
        else:
            wanted = str if isinstance(getattr(GENERIC, key), str) else dict
            if not isinstance(value, wanted):
                raise UsageError(f'"{key}" of the profile {name} is a {"text" if wanted is str else "mapping"}')
            values[key] = value
    return values


_ROWS: Final[Mapping[str, type]] = {"predictions": Prediction, "known_deviations": Deviation, "checklist": Item}


def _listed(value: Any, key: str, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError(f'"{key}" of the profile {name} is a list')
    return value


def _row(item: Any, kind: type, where: str) -> Any:
    known = {f.name for f in fields(kind)}
    if not isinstance(item, dict):
        raise UsageError(f"{where} is a list of mappings with {', '.join(sorted(known))}")
    for key in item:
        if key not in known:
            raise UsageError(f'{where} has a row with an unknown key "{key}"{nearest(str(key), known)}')
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
    try:
        row = kind(**values)
    except TypeError as error:
        raise UsageError(f"{where} has an incomplete row: {str(error).partition(') ')[2] or error}") from None
    if isinstance(row, Deviation):
        _one_of(row.confidence, CONFIDENCES, f"{where}: confidence")
    if isinstance(row, Prediction):
        _one_of(row.users, _ANSWERS, f"{where}: users")
        _one_of(row.groups, _ANSWERS, f"{where}: groups")
    return row


def _one_of(value: Any, valid: Iterable[str], where: str) -> None:
    if value not in valid:
        raise UsageError(f'{where} is "{value}"{nearest(str(value), valid)}')
