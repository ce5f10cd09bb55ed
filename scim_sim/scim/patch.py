"""The PATCH oracle: what a resource must look like afterwards (RFC 7644 section 3.5.2).

Pure: the given resource is never changed. `LENIENT` forgives what identity providers send, `STRICT` nothing.

Rules that hold here:
 1. `add` merges a complex attribute, appends to a multi-valued one what is not there yet, and sets any other.
 2. `replace` merges a complex attribute, and takes the place of any other value or of all values.
 3. `remove` takes values away; what is not there is not missed, save behind a filter.
 4. Setting `primary` to true makes every other value of the attribute not primary.
 5. What is readOnly, and what is immutable and has a value, is not written; what is required is not removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from scim_sim.scim.attributes import Attribute, SchemaSet, core_schemas, schemas_of, undeclared
from scim_sim.scim.coerce import LENIENT, STRICT, BadValue, Leniency, coerced, coerced_filter
from scim_sim.scim.elements import created_from, demoted, merged, put, unique, with_added, without
from scim_sim.scim.filter import InvalidFilter, element_matcher
from scim_sim.scim.grammar import FilterError, Path, parse_path
from scim_sim.scim.navigate import extension_uri, get, key_of, spread

__all__ = ["LENIENT", "STRICT", "Leniency", "PatchError", "apply_patch"]


class PatchError(ValueError):
    """The whole request is to be refused; `scim_type` as in RFC 7644 table 9, `operation_index` counts from 0."""

    def __init__(self, scim_type: str, detail: str, operation_index: int) -> None:
        super().__init__(f"operation {operation_index + 1}: {detail} ({scim_type})")
        self.scim_type = scim_type
        self.detail = detail
        self.operation_index = operation_index


def apply_patch(
    resource: Mapping[str, Any],
    operations: Iterable[Mapping[str, Any]],
    schemas: SchemaSet | None = None,
    *,
    lenient: bool | Leniency = True,
) -> dict[str, Any]:
    """The resource after all operations, as a new object that shares what did not change; raises `PatchError`.

    `lenient` is true for `LENIENT`, false for `STRICT`, or a choice of its own. Without `schemas` the core ones hold.
    """
    allow = lenient if isinstance(lenient, Leniency) else LENIENT if lenient else STRICT
    result = dict(resource)
    for index, operation in enumerate(operations):
        step = _Step(index, schemas or core_schemas(), allow)
        result = step.apply(result, operation)
    return result


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation on its way into the resource."""

    index: int
    schemas: SchemaSet
    allow: Leniency

    def fail(self, scim_type: str, detail: str) -> NoReturn:
        raise PatchError(scim_type, detail, self.index)

    def apply(self, resource: dict[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
        """Check the form of the operation and carry it out."""
        if not isinstance(operation, Mapping):
            self.fail("invalidSyntax", "an operation is a JSON object")
        verb, text, value = (get(operation, name) for name in ("op", "path", "value"))
        op = verb.lower() if isinstance(verb, str) and self.allow.any_case_op else verb
        if op not in ("add", "replace", "remove"):
            self.fail("invalidSyntax", f"op is {verb!r}, not add, replace or remove")
        if op != "remove" and key_of(operation, "value") is None:
            self.fail("invalidValue", f"{op} needs a value")
        if text is None or text == "":
            return self._without_path(resource, op, value)
        if not isinstance(text, str):
            self.fail("invalidPath", "path is no string")
        return self._at(resource, op, self._path(text), value, named=True)

    def _path(self, text: str) -> Path:
        try:
            return parse_path(text)
        except FilterError as error:
            self.fail("invalidPath", str(error))

    def _without_path(self, resource: dict[str, Any], op: str, value: Any) -> dict[str, Any]:
        """Each member of the value is an attribute of the resource (RFC 7644 sections 3.5.2.1 and 3.5.2.3)."""
        if op == "remove":
            self.fail("noTarget", "remove needs a path")
        if not isinstance(value, Mapping):
            self.fail("invalidValue", f"{op} without a path needs an object of attributes")
        for name, member in value.items():
            resource = self._at(resource, op, self._key(name, member, resource), member, named=False)
        return resource

    def _key(self, name: str, value: Any, resource: Mapping[str, Any]) -> Path:
        """What a member of a value without path names: an attribute, an extension, or (if forgiven) a path."""
        known = self.schemas.schema(name)
        if known is not None or key_of(resource, name) is not None:
            return Path("", urn=name) if ":" in name else Path(name)
        if ":" in name and not self.allow.dotted_keys:
            return Path("", urn=name)
        path = self._path(name)
        if not self.allow.dotted_keys and path != Path(name):
            self.fail("invalidPath", f"{name!r} is a path, and stands where an attribute name is due")
        if path.urn and isinstance(value, Mapping) and not (self.schemas.schema(path.urn) or key_of(resource, path.urn)):
            return Path("", urn=name)
        return path

    def _at(self, resource: dict[str, Any], op: str, path: Path, value: Any, *, named: bool) -> dict[str, Any]:
        """Carry out the operation at the path; `named` is whether the operation itself gave one."""
        whole = extension_uri(path, resource, self.schemas)
        if whole is not None:
            return self._extension(resource, op, whole, value, named=named)
        attribute = self._attribute(path, schemas_of(resource))
        urn = None if path.urn is None or self.schemas.is_main(path.urn) else path.urn
        holder = resource if urn is None else get(resource, urn)
        holder = holder if isinstance(holder, dict) else {}
        current = get(holder, path.name)
        if not self._may_write(op, path, attribute, current, value, named=named):
            return resource
        try:
            changed = self._changed(op, path, attribute, current, value)
        except BadValue as error:
            self.fail("invalidValue", str(error))
        if changed is None and attribute.required and current is not None:
            self.fail(
                "mutability" if op == "remove" else "invalidValue", f"{attribute.name} is required and cannot be unassigned"
            )
        if changed == current and type(changed) is type(current):
            return resource
        holder = put(holder, attribute.name if attribute.declared else path.name, changed)
        return holder if urn is None else self._with_extension(resource, urn, holder)

    def _extension(self, resource: dict[str, Any], op: str, urn: str, value: Any, *, named: bool) -> dict[str, Any]:
        """The path is a schema URI: the value holds attributes of that schema."""
        if op == "remove":
            if self.schemas.is_main(urn):
                self.fail("mutability", f"{urn} is the main schema and cannot be removed")
            return self._with_extension(resource, urn, {})
        if not isinstance(value, Mapping):
            self.fail("invalidValue", f"{urn} is a schema, and its value is no object of attributes")
        for name, member in value.items():
            if name.lower() == "schemas":
                continue
            inner = self._path(name) if self.allow.dotted_keys else Path(name)
            resource = self._at(resource, op, replace(inner, urn=urn), member, named=named)
        return resource

    def _with_extension(self, resource: dict[str, Any], urn: str, holder: dict[str, Any]) -> dict[str, Any]:
        """Store the extension and keep `schemas` in step with it (RFC 7643 section 3)."""
        listed = resource.get("schemas")
        resource = put(resource, urn, holder or None)
        if not isinstance(listed, list):
            return resource
        others = [s for s in listed if not (isinstance(s, str) and s.lower() == urn.lower())]
        if holder and len(others) == len(listed):
            return {**resource, "schemas": [*listed, urn]}
        return resource if holder else {**resource, "schemas": others}

    def _attribute(self, path: Path, within: tuple[str, ...]) -> Attribute:
        found = self.schemas.find(path.name, None, path.urn, within)
        if found is None and not self.allow.undeclared:
            self.fail("invalidPath", f"no schema of this resource declares {path.name!r}")
        if found is not None and path.sub and found.sub(path.sub) is None and not self.allow.undeclared:
            self.fail("invalidPath", f"{found.name} has no sub-attribute {path.sub!r}")
        return found or undeclared(path.name)

    def _may_write(self, op: str, path: Path, attribute: Attribute, current: Any, value: Any, *, named: bool) -> bool:
        """Whether to go on; false passes over the operation, and what must not be written is `mutability`."""
        sub = attribute.sub(path.sub) if path.sub else None
        fixed = "readOnly" if sub and sub.mutability == "readOnly" else attribute.mutability
        if attribute.name == "schemas":
            return False
        if fixed == "readOnly":
            if not named and (self.allow.ignored_read_only or value == current):
                return False
            self.fail("mutability", f"{path} is readOnly")
        if op == "remove" and sub is not None and sub.required:
            self.fail("mutability", f"{path} is required")
        if fixed == "immutable" and current is not None and not (op != "remove" and value == current):
            self.fail("mutability", f"{path} is immutable and has a value")
        if sub and sub.mutability == "immutable" and path.filter is not None:
            self.fail("mutability", f"{path} is immutable; replace the whole value instead")
        return True

    def _changed(self, op: str, path: Path, attribute: Attribute, current: Any, value: Any) -> Any:
        """The attribute afterwards; `None` is unassigned."""
        many = attribute.multi_valued or (not attribute.declared and (isinstance(current, list) or path.filter is not None))
        if path.filter is not None:
            if not many:
                self.fail("invalidPath", f"{attribute.name} has one value and takes no filter")
            return self._selected(op, path, attribute, spread(current), value)
        if path.sub is not None:
            return self._sub(op, path.sub, attribute, current, value, many=many)
        if op == "remove":
            if many and value is not None and self.allow.remove_with_value:
                gone = spread(coerced(value, replace(attribute, multi_valued=True), self.allow))
                return without(spread(current), gone, attribute)
            return None
        kind = attribute if attribute.multi_valued == many else replace(attribute, multi_valued=many)
        wanted = coerced(value, kind, self.allow)
        if isinstance(wanted, list) and op == "add":
            return with_added(spread(current), wanted, attribute)
        if isinstance(wanted, list):
            return demoted(unique(wanted, attribute))
        if isinstance(wanted, dict) and isinstance(current, dict):
            return merged(current, wanted)
        return current if wanted is None and op == "add" else wanted

    def _sub(self, op: str, name: str, attribute: Attribute, current: Any, value: Any, *, many: bool) -> Any:
        """A sub-attribute without a filter: of the one value, or of every value."""
        wanted = None if op == "remove" else self._sub_value(name, attribute, value)
        if not many:
            one = current if isinstance(current, dict) else {}
            if wanted is None and name.lower() == "value" and value == "" and self.allow.empty_clears:
                return None
            return put(one, self._sub_name(name, attribute), wanted) or None
        elements = [e if isinstance(e, dict) else {"value": e} for e in spread(current)]
        if not elements and wanted is not None:
            elements = [{}]
        return [e for e in (put(e, self._sub_name(name, attribute), wanted) for e in elements) if e] or None

    def _sub_value(self, name: str, attribute: Attribute, value: Any) -> Any:
        found = coerced(value, attribute.sub(name) or undeclared(name), self.allow)
        clears = found == "" and name.lower() == "value" and self.allow.empty_clears
        return None if clears else found

    def _sub_name(self, name: str, attribute: Attribute) -> str:
        sub = attribute.sub(name)
        return sub.name if sub else name

    def _selected(self, op: str, path: Path, attribute: Attribute, elements: list[Any], value: Any) -> Any:
        """The operation on the values that a filter selects."""
        assert path.filter is not None
        tree = coerced_filter(path.filter, attribute, self.allow)
        try:
            chosen = element_matcher(replace(path, sub=None, filter=tree), self.schemas, ())
            hits = [i for i, e in enumerate(elements) if chosen(e)]
        except InvalidFilter as error:
            self.fail("invalidFilter", str(error))
        if not hits:
            if op == "remove":
                if self.allow.absent_removals:
                    return elements or None
                self.fail("noTarget", f"no value of {attribute.name} matches [{tree}]")
            base = created_from(tree) if self.allow.created_elements else None
            if base is None:
                self.fail("noTarget", f"no value of {attribute.name} matches [{tree}]")
            return with_added(elements, [self._rewritten(op, path, attribute, base, value, created=True)], attribute)
        if op == "remove" and path.sub is None:
            return [e for i, e in enumerate(elements) if i not in set(hits)] or None
        touched = list(elements)
        for i in hits:
            touched[i] = self._rewritten(op, path, attribute, elements[i], value)
        return demoted([e for e in touched if e], hits) or None

    def _rewritten(self, op: str, path: Path, attribute: Attribute, element: Any, value: Any, *, created: bool = False) -> Any:
        """One selected value afterwards."""
        if path.sub is not None:
            one = element if isinstance(element, dict) else {"value": element}
            wanted = None if op == "remove" else self._sub_value(path.sub, attribute, value)
            return put(one, self._sub_name(path.sub, attribute), wanted)
        wanted = coerced(value, attribute, self.allow, one=True)
        if wanted is None:
            raise BadValue(f"{attribute.name} gets no value")
        merges = (op == "add" or created) and isinstance(wanted, dict) and isinstance(element, dict)
        return merged(element, wanted) if merges else wanted
