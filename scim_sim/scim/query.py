"""What a query asks for besides the filter: which attributes, and in which order (RFC 7644 sections 3.4.2.3 and 3.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from scim_sim.scim.attributes import Attribute, SchemaSet, core_schemas, schemas_of, undeclared
from scim_sim.scim.filter import instant
from scim_sim.scim.grammar import Path, parse_path
from scim_sim.scim.navigate import container, declared, extension_uri, get, spread

__all__ = ["page", "project", "sort_key", "sorted_resources"]

R = TypeVar("R", bound=Mapping[str, Any])


def project(
    resource: Mapping[str, Any],
    attributes: Iterable[str] = (),
    excluded_attributes: Iterable[str] = (),
    schemas: SchemaSet | None = None,
) -> dict[str, Any]:
    """The resource as it is returned for `attributes` and `excludedAttributes` (lists of names, URIs, sub-attributes).

    Attributes returned `always` stay, `never` go, `request` come only when named; `schemas` stays too. When both lists
    are given, the named attributes less the excluded ones are returned; the RFC does not define that case. Raises
    `FilterError` for a name that is none.
    """
    known = schemas or core_schemas()
    wanted = _tree(attributes, resource, known)
    wanted.all = wanted.all or not wanted.below
    excluded = _tree(excluded_attributes, resource, known)
    within = schemas_of(resource)
    result: dict[str, Any] = {}
    for name, value in resource.items():
        is_extension = ":" in name and isinstance(value, Mapping)
        if is_extension:
            scope, cut = wanted.child(name), excluded.child(name)
            kept = {
                k: v
                for k, inner in value.items()
                if (v := _kept(inner, known.find(k, urn=name) or undeclared(k), scope.child(k), cut.child(k))) is not None
            }
            if kept:
                result[name] = kept
            continue
        attribute = known.find(name, within=within) or undeclared(name)
        kept_value = _kept(value, attribute, wanted.child(name), excluded.child(name))
        if kept_value is not None or (value is None and wanted.all):
            result[name] = kept_value
    return result


@dataclass(slots=True)
class _Names:
    """The names of a list as a tree: `all` is this and everything below, `named` whether the list says so itself."""

    all: bool = False
    named: bool = False
    below: dict[str, _Names] = field(default_factory=dict)

    def child(self, name: str) -> _Names:
        return self.below.get(name.lower()) or _Names(self.all, False)

    @property
    def some(self) -> bool:
        return self.all or bool(self.below)


def _tree(names: Iterable[str], resource: Mapping[str, Any], schemas: SchemaSet) -> _Names:
    root = _Names()
    for name in names:
        path = parse_path(name.strip())
        node = root
        for part in _parts(path, resource, schemas):
            node = node.below.setdefault(part.lower(), _Names())
        node.all = node.named = True
    return root


def _parts(path: Path, resource: Mapping[str, Any], schemas: SchemaSet) -> list[str]:
    whole = extension_uri(path, resource, schemas)
    if whole is not None:
        return [] if schemas.is_main(whole) else [whole]
    urn = [] if path.urn is None or schemas.is_main(path.urn) else [path.urn]
    return [*urn, path.name, *([path.sub] if path.sub else [])]


def _kept(value: Any, attribute: Attribute, wanted: _Names, excluded: _Names) -> Any:
    """The value, perhaps with fewer sub-attributes, or `None` when it is not returned."""
    if attribute.returned == "never":
        return None
    if attribute.returned != "always":
        if excluded.all or not wanted.some:
            return None
        if attribute.returned == "request" and not (wanted.named or wanted.below):
            return None
    hidden = any(sub.returned in ("never", "request") for sub in attribute.sub_attributes)
    if not (wanted.below or excluded.below or hidden):
        return value
    if attribute.returned == "always" and not wanted.some:
        wanted = _Names(all=True)
    if isinstance(value, list):
        kept = [k for v in value if (k := _object(v, attribute, wanted, excluded)) is not None]
        return kept if kept or not value else None
    return _object(value, attribute, wanted, excluded)


def _object(value: Any, attribute: Attribute, wanted: _Names, excluded: _Names) -> Any:
    if not isinstance(value, Mapping):
        return value
    kept = {
        name: inner
        for name, v in value.items()
        if (inner := _kept(v, attribute.sub(name) or undeclared(name), wanted.child(name), excluded.child(name))) is not None
    }
    return kept or (None if value else value)


def sort_key(resource: Mapping[str, Any], sort_by: str | Path, schemas: SchemaSet | None = None) -> tuple[Any, ...]:
    """A key that puts resources in ascending order, those without a value last.

    Of a multi-valued attribute the primary value counts, or else the first; of a complex one its `value`.
    """
    path = parse_path(sort_by) if isinstance(sort_by, str) else sort_by
    known = schemas or core_schemas()
    holder, rest = container(resource, path, known)
    values = spread(get(holder, rest.name)) if holder is not None else []
    if not values:
        return (1,)
    chosen = next((v for v in values if isinstance(v, Mapping) and get(v, "primary") is True), values[0])
    within = schemas_of(resource)
    attribute = declared(path, known, within)
    if isinstance(chosen, Mapping):
        name = path.sub or "value"
        chosen = get(chosen, name)
        attribute = declared(path, known, within, name)
    return _ranked(chosen, attribute)


def _ranked(value: Any, attribute: Attribute) -> tuple[Any, ...]:
    if value is None or isinstance(value, list | dict):
        return (1,)
    if isinstance(value, bool | int | float):
        return (0, 0, value)
    text = str(value)
    if attribute.type == "dateTime" and (moment := instant(text)):
        return (0, 1, moment.timestamp())
    return (0, 2, text if attribute.case_exact else text.casefold())


def sorted_resources(
    resources: Iterable[R], sort_by: str, sort_order: str = "ascending", schemas: SchemaSet | None = None
) -> list[R]:
    """The resources in order; those without a value come last, or first when descending (RFC 7644 section 3.4.2.3)."""
    path = parse_path(sort_by)
    key: Callable[[R], tuple[Any, ...]] = lambda resource: sort_key(resource, path, schemas)  # noqa: E731
    return sorted(resources, key=key, reverse=sort_order.lower() == "descending")


def page(resources: Sequence[R], start_index: int = 1, count: int | None = None) -> list[R]:
    """The slice that `startIndex` and `count` ask for; below 1 counts as 1, a negative count as 0 (RFC 7644 section 3.4.2.4)."""
    first = max(1, start_index) - 1
    return list(resources[first : None if count is None else first + max(0, count)])
