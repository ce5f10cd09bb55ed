"""The commands `list` and `show`: everything that has a name, from the registries themselves."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, asdict, fields
from typing import Any

import yaml

from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["LISTS", "list_command", "show_command"]

Rows = Iterable[Mapping[str, Any]]


def list_command(what: str, *, as_json: bool = False) -> None:
    """Print the rows of one list, a line each; without a name, the lists."""
    if what and what not in LISTS:
        raise UsageError(f'there is no list of "{what}"{nearest(what, LISTS)}')
    rows = list(LISTS[what]() if what else _lists())
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    width = min(48, max((len(str(row["name"])) for row in rows), default=0))
    for row in rows:
        print(f"{row['name']!s:{width}}  {row['doc']}")


def show_command(name: str) -> None:
    """Print in full what bears the name, from each list that has it; raises `UsageError` with the nearest name."""
    rows = [(what, row) for what, rows in LISTS.items() for row in rows()]
    names = [str(row["name"]) for _, row in rows]
    wanted = name if name in names else name.partition(":")[0]  # okta:oin is told with okta
    found = [(what, row) for what, row in rows if row["name"] == wanted]
    if not found:
        close = nearest(name, names) if difflib.get_close_matches(name, names, n=1) else ""
        hint = "" if close else "scim-sim list tells the names: " + ", ".join(f"list {what}" for what in LISTS)
        raise UsageError(f'nothing is called "{name}"{close}', hint)
    for number, (what, row) in enumerate(found):
        if len(found) > 1:
            print(f"\n{what}" if number else what)
        print("\n".join(_full(row)))


def _full(row: Mapping[str, Any]) -> Iterable[str]:
    for key, value in row.items():
        if key == "doc" and str(row.get("about", "")).startswith(str(value)):
            continue  # it would be told twice
        if value in ("", None, (), [], {}):
            continue
        if isinstance(value, Mapping) or (isinstance(value, (list, tuple)) and isinstance(value[0], Mapping)):
            yield from (key, *(f"  {line}" for line in _nested(value)))
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            yield f"{key:12} {shown}"


def _nested(value: Any) -> Iterable[str]:
    plain = json.loads(json.dumps(value, default=str))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120).splitlines()


def _first_sentence(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def _idps() -> Rows:
    """The identity providers that are simulated, with their variants and actions."""
    from scim_sim.idp import ENGINES

    for name, engine in ENGINES.items():
        yield {
            "name": name,
            "doc": f"{engine.title} ({engine.standing})",
            "about": _first_sentence(engine),
            "variants": [f"{name}:{variant} {doc}" for variant, doc in engine.variants.items() if variant],
            "actions": list(engine.actions()),
        }
    yield {"name": "rfc", "doc": "raw suites of RFC 7643 and 7644, in the harness's own voice"}


def _not_simulated() -> Rows:
    """Identity providers that are not simulated, and why."""
    from scim_sim.idp.absent import NOT_SIMULATED

    for one in NOT_SIMULATED:
        yield {"name": one.name, "doc": one.why}


def _scenarios() -> Rows:
    """The shipped scenarios."""
    from scim_sim.scenario.suites import find_scenarios, suite_names

    for scenario in find_scenarios(suite_names()):
        yield {
            "name": scenario.id,
            "doc": f"{scenario.title} ({', '.join(scenario.idps)})",
            "summary": scenario.summary,
            "tags": scenario.tags,
            "requires": scenario.requires,
            "steps": len(scenario.steps),
            "file": scenario.path,
        }


def _suites() -> Rows:
    """The shipped suites, which `scim-sim run` takes by name."""
    from scim_sim.scenario.suites import find_scenarios, suite_names

    for name in suite_names():
        yield {"name": name, "doc": f"{len(find_scenarios([name]))} scenarios"}


def _checks() -> Rows:
    """What is looked at in every request and answer."""
    from scim_sim.checks.check import CHECKS, TRAIL_CHECKS

    for check in (*CHECKS, *TRAIL_CHECKS):
        yield {"name": check.name, "doc": check.doc, "requirements": check.requirements}


def _requirements() -> Rows:
    """What the RFCs and the identity providers ask for, with section and level."""
    from scim_sim.scim.requirements import catalogue

    for requirement in catalogue().values():
        yield {"name": requirement.id, "doc": f"{requirement.level} {requirement.statement}", **asdict(requirement)}


def _targets() -> Rows:
    """What is known of products: the profiles that `--profile` takes."""
    from scim_sim.target import load_profile, profile_names

    for name in profile_names():
        profile = load_profile(name)
        yield {"doc": profile.title, **asdict(profile), "name": name}


def _personas() -> Rows:
    """Products that `scim-sim serve --like` behaves like."""
    from scim_sim.provider.personas import PERSONAS

    for name, persona in PERSONAS.items():
        variants = [f"{name}:{variant} {title}" for variant, (title, _) in persona.variants.items()]
        switches = [one.name for one in fields(persona.switches)]
        yield {"name": name, "doc": persona.title, "base path": persona.base_path, "variants": variants, "switches": switches}


def _steps() -> Rows:
    """What a scenario can do, with an example each."""
    from scim_sim.scenario.examples import example
    from scim_sim.scenario.steps import kinds

    for name, kind in sorted(kinds().items()):
        doc = kind.doc.partition("\n")[0]
        parameters = [_parameter(key, one) for key, one in kind.params.items()]
        row = {"name": name, "doc": doc, "about": kind.doc, "parameters": parameters, "idps": kind.idps}
        yield {**row, "example": f"\n{example(name)}" if example(name) else ""}


def _parameter(name: str, parameter: inspect.Parameter) -> str:
    """The name, and whether it is needed or what it is otherwise."""
    if parameter.default is inspect.Parameter.empty:
        return f"{name} (needed)"
    return name if parameter.default in (None, "", (), []) else f"{name} ({json.dumps(parameter.default, default=str)})"


def _formats() -> Rows:
    """The formats of reports that `--format` takes."""
    from scim_sim.report.formats import FORMATS

    for name, one in FORMATS.items():
        yield {"name": name, "doc": f"{one.doc} ({one.suffix})"}


def _defects() -> Rows:
    """Faults that `scim-sim serve --defect` can have."""
    from scim_sim.provider.defects import DEFECTS

    for name, defect in DEFECTS.items():
        yield {"name": name, "doc": defect.summary, "requirements": defect.requirements, "depth": defect.depth}


def _variants() -> Rows:
    """Legal choices that `scim-sim serve --variant` can make."""
    from scim_sim.provider.variants import VARIANTS

    for name, variant in VARIANTS.items():
        yield {"name": name, "doc": variant.summary}


def _traits() -> Rows:
    """Switches of the identity providers, for `--trait` and `traits:`."""
    from scim_sim.idp import ENGINES

    for name, engine in ENGINES.items():
        traits = getattr(engine, "traits_type", None)
        if traits is None:
            continue
        for one in fields(traits):
            meta = one.metadata
            yield {
                "name": f"{name}.{one.name}",
                "doc": f"{meta.get('doc', '')} [{meta.get('confidence', '')}]",
                "default": json.dumps(_default(one), ensure_ascii=False, default=str),
                "source": meta.get("source", ""),
                "confidence": meta.get("confidence", ""),
            }


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if callable(one.default_factory) else one.default


def _lists() -> Rows:
    for name, rows in LISTS.items():
        yield {"name": name, "doc": (inspect.getdoc(rows) or "").rstrip(".")}


LISTS: dict[str, Callable[[], Rows]] = {
    "idps": _idps,
    "suites": _suites,
    "scenarios": _scenarios,
    "checks": _checks,
    "requirements": _requirements,
    "targets": _targets,
    "personas": _personas,
    "steps": _steps,
    "formats": _formats,
    "traits": _traits,
    "defects": _defects,
    "variants": _variants,
    "not-simulated": _not_simulated,
}
"""The lists by name; each yields rows with at least `name` and `doc`."""
