"""Whether what a scenario begins with can be: the people and groups of its directory, and the traits it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.idp.engine import ENGINES, override_check
from scim_sim.registry import nearest
from scim_sim.scenario.document import Document, Where
from scim_sim.scenario.populate import DIRECTORY_KEYS, crowd_keys

__all__ = ["check_opening"]

_PERSON = frozenset({*Person.attribute_names(), "status", "custom"})
_GROUP = frozenset({"name", "prefix", "members"})


def check_opening(document: Document) -> None:
    """Raise `ScenarioError` with the place of the first attribute, member or trait that does not exist."""
    directory = document.data.get("directory") or {}
    for key in directory:
        if key not in DIRECTORY_KEYS:
            hint = nearest(str(key), DIRECTORY_KEYS)
            raise document.fail(("directory", key), f'"{key}" is nothing a directory holds', hint)
    _check_shape(document, directory)
    _check_directory(document, directory)
    _check_traits(document, document.data.get("traits") or {}, document.data.get("idp"))


def _check_shape(document: Document, directory: Mapping[str, Any]) -> None:
    """Lists and mappings stand where they should."""
    for kind in ("people", "groups"):
        rows = directory.get(kind)
        if rows is not None and not isinstance(rows, (list, Mapping)):
            raise document.fail(("directory", kind), f'"{kind}" is {DIRECTORY_KEYS[kind]}')
        for key, row in rows.items() if isinstance(rows, Mapping) else ():
            if not (row is None or isinstance(row, Mapping) or (kind == "groups" and isinstance(row, list))):
                raise document.fail(("directory", kind, key), f'"{key}" of {kind} is a mapping of attributes')
        for at, key, values in _rows(("directory", kind), rows):
            if not isinstance(values.get("members") or [], list):
                raise document.fail((*at, "members"), f'the members of "{key}" are a list')


def _check_directory(document: Document, directory: Mapping[str, Any]) -> None:
    known = {"crowd", *crowd_keys(int(directory.get("crowd") or 0))} if "crowd" in directory else set()
    for kind, words, what in (("people", _PERSON, "a person has no attribute"), ("groups", _GROUP, "a group has no")):
        for at, key, values in _rows(("directory", kind), directory.get(kind)):
            known.add(key)
            odd = next((name for name in values if name not in words), None)
            if odd is not None:
                raise document.fail((*at, odd), f'{what} "{odd}"', nearest(str(odd), words))
    for at, _, values in _rows(("directory", "groups"), directory.get("groups")):
        for n, member in enumerate(values.get("members") or ()):
            if isinstance(member, str) and member not in known and "${" not in member:
                place = next((one for one in ((*at, "members", n), (*at, n)) if one in document.places), at)
                raise document.fail(place, f'nobody in the directory is called "{member}"', nearest(member, known))


def _rows(at: Where, value: Any) -> Iterator[tuple[Where, str, Mapping[str, Any]]]:
    """The people or groups under `at`: where each stands, its key, and its values."""
    if isinstance(value, Mapping):
        for key, row in value.items():
            yield (*at, key), str(key), {"members": row} if isinstance(row, list) else row or {}
    for n, row in enumerate(value if isinstance(value, list) else ()):
        if isinstance(row, Mapping):
            yield (*at, n), str(row.get("key", "")), {name: one for name, one in row.items() if name != "key"}
        else:
            yield (*at, n), str(row), {}


def _check_traits(document: Document, traits: Mapping[str, Any], idp: Any) -> None:
    """Traits are given by engine name, or flat for every engine of the scenario."""
    by_engine = all(isinstance(value, Mapping) and name in ENGINES for name, value in traits.items())
    for engine in traits if by_engine else _engines(idp):
        for name, value in (traits[engine] if by_engine else traits).items():
            if isinstance(value, str) and "${" in value:
                continue
            place = ("traits", engine, name) if by_engine else ("traits", name)
            if name not in _traits(engine):
                raise document.fail(place, *_unknown(engine, str(name), value))
            try:
                override_check(ENGINES.get(engine), {name: value})
            except UsageError as error:
                raise document.fail(place, error.message) from None


def _unknown(engine: str, name: str, value: Any) -> tuple[str, str]:
    """What is wrong with a trait that the engine does not have, and the hint."""
    owner, dot, bare = name.partition(".")
    if dot and owner in ENGINES:
        return "a trait of one identity provider stands below its name", f"write traits: {{{owner}: {{{bare}: {value}}}}}"
    others = [one for one in ENGINES.names() if name in _traits(one)]
    if others:
        return f'"{name}" is a trait of {others[0]}, not of {engine}', f"write traits: {{{others[0]}: {{{name}: {value}}}}}"
    known = _traits(engine)
    return (f'unknown trait "{name}"', nearest(name, known)) if known else (f"{ENGINES.get(engine).title} has no traits", "")


def _traits(engine: str) -> list[str]:
    traits = ENGINES.get(engine).traits_type
    return [field.name for field in fields(traits)] if traits is not None else []


def _engines(idp: Any) -> Iterable[str]:
    named = idp.values() if isinstance(idp, Mapping) else idp if isinstance(idp, list) else [idp]
    return [str(name).partition(":")[0] for name in named if str(name).partition(":")[0] in ENGINES]
