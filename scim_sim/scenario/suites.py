"""Find scenario files: shipped suites by name, one's own by path."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from scim_sim.errors import UsageError
from scim_sim.registry import nearest
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.shipped import shipped_root
from scim_sim.target.profile import profile_names

__all__ = ["COMPARISON", "NAMED_ONLY", "default_suites", "find_scenarios", "stories_below", "suite_names"]

COMPARISON = "every-idp"
"""The suite that plays one story in the dialect of every identity provider."""

NAMED_ONLY = (COMPARISON, "stories", "operations")
"""Suites that run when they are named: they tell again, for people, what the others cover request by request."""


def suite_names() -> list[str]:
    """The shipped suites: the folders below `scenarios/`."""
    root = shipped_root()
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and any(entry.glob("*.yaml")))


def default_suites() -> list[str]:
    """The suites that run when none is named; those of single products run with the product's profile."""
    return [name for name in suite_names() if name not in NAMED_ONLY and name not in profile_names()]


def find_scenarios(names: Iterable[str]) -> list[Scenario]:
    """The scenarios of these suites (`okta`), shipped scenarios (`okta/joiner`), folders or files, in order, once each.

    A folder of one's own that is called like a suite is meant by `./okta`. Names of shipped scenarios may hold `*` and `?`
    (`okta/quirks/*`). Raises `UsageError` for a name that nothing bears.
    """
    found: dict[str, Scenario] = {}
    for name in names:
        for path, scenario_id in _files(name):
            for scenario in load_scenarios(path, scenario_id):
                found.setdefault(scenario.id, scenario)
    return list(found.values())


def _files(name: str) -> list[tuple[Path, str]]:
    given = Path(name)
    root = shipped_root()
    if name.endswith((".yaml", ".yml")) or given.is_file():
        return [(given, _id_of(given, root))]
    shipped = root / name
    if name.startswith((".", "/")) and given.is_dir():
        return [(path, _id_of(path, given)) for path in stories_below(given)]
    if shipped.is_dir():
        return [(path, _id_of(path, root)) for path in stories_below(shipped)]
    single = root / f"{name}.yaml"
    if single.is_file():
        return [(single, name)]
    if given.is_dir():
        return [(path, _id_of(path, given)) for path in stories_below(given)]
    ids = {_id_of(path, root): path for path in stories_below(root)}
    fitting = [(path, scenario_id) for scenario_id, path in ids.items() if fnmatchcase(scenario_id, name)]
    if fitting:
        return fitting
    known = [*suite_names(), *ids]
    raise UsageError(f'there is no suite, scenario or file "{name}"{nearest(name, known)}')


def stories_below(folder: Path) -> list[Path]:
    """The scenario files below a folder; what lies in a folder called `fragments` is only included."""
    return sorted(path for path in folder.rglob("*.y*ml") if "fragments" not in path.relative_to(folder).parts)


def _id_of(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).with_suffix("").as_posix()
    except ValueError:
        return path.stem
