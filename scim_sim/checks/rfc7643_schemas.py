"""RFC 7643 section 7: the schemas a provider publishes, attribute by attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import discovered, documents, reads
from scim_sim.problem import Problem
from scim_sim.scim.attributes import schemas_of
from scim_sim.scim.navigate import OBJECT
from scim_sim.scim.urns import GROUP, SCHEMA, USER
from scim_sim.wire import Exchange

__all__: list[str] = []

_TYPES: Final = ("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
_WORDS: Final = {
    "mutability": ("readOnly", "readWrite", "immutable", "writeOnly"),
    "returned": ("always", "never", "default", "request"),
    "uniqueness": ("none", "server", "global"),
}
_NAME: Final = re.compile(r"\$ref|[A-Za-z][A-Za-z0-9_$-]*")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def _schemas(exchange: Exchange, view: View) -> bool:
    return reads("Schemas")(exchange, view) is True and any(documents(exchange, view, "Schemas"))


def _attributes(exchange: Exchange, view: View) -> Iterator[tuple[str, Mapping[str, Any], int, str]]:
    """Every attribute definition: pointer, definition, depth from 0, and the schema's id."""
    for pointer, schema in documents(exchange, view, "Schemas"):
        yield from _below(f"{pointer}/attributes", schema.get("attributes"), 0, str(schema.get("id")))


def _below(pointer: str, items: Any, depth: int, urn: str) -> Iterator[tuple[str, Mapping[str, Any], int, str]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, OBJECT):
            yield f"{pointer}/{index}", item, depth, urn
            if depth < 4:
                yield from _below(f"{pointer}/{index}/subAttributes", item.get("subAttributes"), depth + 1, urn)


def _called(item: Mapping[str, Any]) -> str:
    return str(item.get("name"))


@check("rfc7643-7-schema-id-uri", when=discovered, applies=_schemas)
def schema_has_its_uri_as_id(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A Schema resource uses its URI as its identifier, unique in the list."""
    seen: set[str] = set()
    for pointer, schema in documents(exchange, view, "Schemas"):
        id_ = schema.get("id")
        if not isinstance(id_, str) or not _URI.fullmatch(id_):
            yield Problem("the id of a schema is no URI", "urn:…", shown(id_), f"{pointer}/id")
        elif id_.lower() in seen:
            yield Problem("a schema is listed twice", "each once", id_, f"{pointer}/id")
        seen.add(str(id_).lower())


@check("rfc7643-7-schema-schemas-uri", when=discovered, applies=_schemas)
def schema_names_the_schema_schema(exchange: Exchange, view: View) -> Iterator[At]:
    """A Schema object names the Schema schema; the printed examples do not, so that its absence is held a lighter fault."""
    missing = [(p, s) for p, s in documents(exchange, view, "Schemas") if SCHEMA not in schemas_of(s)]
    if missing:
        pointer, schema = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        said = f"{schema.get('id')}{more} does not name the Schema schema"
        problem = Problem(said, SCHEMA, shown(schema.get("schemas")), f"{pointer}/schemas")
        yield At("rfc7643-7-schema-schemas-uri", problem, "SHOULD")


def _both_lists(exchange: Exchange, view: View) -> bool:
    return _schemas(exchange, view) and not view.look(exchange).id and "ResourceTypes" in view.declared.known


@check("rfc7643-6-rt-schemas-resolve", when=discovered, applies=_both_lists)
def schemas_of_the_resource_types_are_published(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The base schema and each extension of a resource type equal the id of a published schema."""
    published = {str(schema.get("id")).lower() for _, schema in documents(exchange, view, "Schemas")}
    for kind in view.declared.resource_types:
        for urn in (kind.schema, *(extension for extension, _ in kind.extensions)):
            if urn.lower() not in published:
                yield Problem(f"a schema of the resource type {kind.name} is not published", urn, "absent", "/Resources")


@check("rfc7644-3.1-message-schemas-hidden", when=discovered, applies=_schemas)
def protocol_messages_are_no_schemas(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Protocol message URIs are not published as schemas."""
    for pointer, schema in documents(exchange, view, "Schemas"):
        if str(schema.get("id")).lower().startswith("urn:ietf:params:scim:api:"):
            yield Problem(
                "a protocol message is published as a schema", "resource schemas only", str(schema.get("id")), f"{pointer}/id"
            )


@check("rfc7643-7-attribute-minimum", when=discovered, applies=_schemas)
def attribute_has_name_type_and_plurality(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each attribute definition states name, type and multiValued."""
    for pointer, item, _, _ in _attributes(exchange, view):
        missing = [n for n in ("name", "type") if not isinstance(item.get(n), str) or not item[n]]
        if not isinstance(item.get("multiValued"), bool):
            missing.append("multiValued")
        if missing:
            yield Problem(f"the attribute {_called(item)} lacks {', '.join(missing)}", "all three", shown(sorted(item)), pointer)


@check("rfc7643-7-attribute-minimum", when=discovered, applies=_schemas)
def attribute_is_defined_once(exchange: Exchange, view: View) -> Iterator[At]:
    """No schema defines two attributes of one name, whose letter case does not matter."""
    for pointer, schema in documents(exchange, view, "Schemas"):
        items = schema.get("attributes")
        names = [_called(item).lower() for item in items if isinstance(item, OBJECT)] if isinstance(items, list) else []
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            problem = Problem(f"{schema.get('id')} defines {name} twice", "each attribute once", name, f"{pointer}/attributes")
            yield At("rfc7643-7-attribute-minimum", problem, "SHOULD")


@check("rfc7643-7-attribute-definition-complete", when=discovered, applies=_schemas)
def attribute_states_its_characteristics(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute definitions also state required, mutability and returned, and caseExact and uniqueness where they make sense."""
    lacking: list[tuple[str, str]] = []
    for pointer, item, _, _ in _attributes(exchange, view):
        wanted = ["required", "mutability", "returned"]
        if item.get("type") in ("string", "reference"):
            wanted += ["caseExact", "uniqueness"] if item.get("type") == "string" else []
        missing = [n for n in wanted if item.get(n) is None]
        if missing:
            lacking.append((pointer, f"{_called(item)} lacks {', '.join(missing)}"))
    if lacking:
        more = f" (and {len(lacking) - 1} more definitions)" if len(lacking) > 1 else ""
        yield Problem(f"{lacking[0][1]}{more}", "every characteristic stated", "left to its default", lacking[0][0])


@check("rfc7643-7-attribute-types", when=discovered, applies=_schemas)
def attribute_type_is_known(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute types are keywords of the RFC, letter case included."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if isinstance(item.get("type"), str) and item["type"] not in _TYPES:
            yield Problem(f"the type of {_called(item)} is unknown", ", ".join(_TYPES), item["type"], f"{pointer}/type")


@check("rfc7643-7-characteristic-keywords", when=discovered, applies=_schemas)
def characteristics_use_the_defined_keywords(exchange: Exchange, view: View) -> Iterator[Problem]:
    """mutability, returned and uniqueness use only the keywords the RFC defines."""
    for pointer, item, _, _ in _attributes(exchange, view):
        for name, words in _WORDS.items():
            value = item.get(name)
            if value is not None and value not in words:
                yield Problem(
                    f"{name} of {_called(item)} is no defined keyword", ", ".join(words), shown(value), f"{pointer}/{name}"
                )


@check("rfc7643-7-complex-has-subattributes", when=discovered, applies=_schemas)
def complex_attribute_lists_its_parts(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A complex attribute lists its sub-attributes."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("type") == "complex" and not item.get("subAttributes"):
            yield Problem(
                f"{_called(item)} is complex and lists no parts", "subAttributes", shown(item.get("subAttributes")), pointer
            )


@check("rfc7643-2.3.8-no-nested-complex", when=discovered, applies=_schemas)
def no_part_is_itself_complex(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No sub-attribute is itself complex, except inside the Schema schema."""
    for pointer, item, depth, urn in _attributes(exchange, view):
        if depth > 0 and urn != SCHEMA and (item.get("type") == "complex" or item.get("subAttributes")):
            yield Problem(f"the sub-attribute {_called(item)} is complex", "a simple type", shown(item.get("type")), pointer)


@check("rfc7643-7-reference-types", when=discovered, applies=_schemas)
def reference_says_what_it_points_to(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A reference attribute says what it may point to."""
    names = {t.name.lower() for t in view.declared.resource_types} | {"external", "uri"}
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("type") != "reference":
            continue
        kinds = item.get("referenceTypes")
        if not isinstance(kinds, list) or not kinds:
            yield Problem(
                f"{_called(item)} does not say what it refers to", "referenceTypes", shown(kinds), f"{pointer}/referenceTypes"
            )
        elif "ResourceTypes" in view.declared.known:
            strange = [k for k in kinds if not isinstance(k, str) or k.lower() not in names]
            if strange and _needed(strange, view):
                yield Problem(
                    f"{_called(item)} refers to an unknown type",
                    "a resource type, external or uri",
                    shown(strange[0]),
                    f"{pointer}/referenceTypes",
                )


def _needed(strange: list[Any], view: View) -> bool:
    """A provider of Users alone may publish the schema of the RFC, which speaks of Groups."""
    return any(str(k) not in ("User", "Group") for k in strange)


@check("rfc7643-2.1-attribute-name-syntax", when=discovered, applies=_schemas)
def attribute_name_is_well_formed(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Attribute names start with a letter and hold only letters, digits, hyphen, underscore and dollar."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if isinstance(item.get("name"), str) and item["name"] and not _NAME.fullmatch(item["name"]):
            yield Problem(
                "an attribute name is malformed", "a letter, then letters, digits, - _ $", shown(item["name"]), f"{pointer}/name"
            )


@check("rfc7643-7-writeonly-never-returned", when=discovered, applies=_schemas)
def write_only_is_never_returned(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An attribute that is writeOnly is also declared returned=never."""
    for pointer, item, _, _ in _attributes(exchange, view):
        if item.get("mutability") == "writeOnly" and item.get("returned") != "never":
            yield Problem(
                f"{_called(item)} is writeOnly and may be returned", "never", shown(item.get("returned")), f"{pointer}/returned"
            )


def _declares(urn: str, *names: str) -> Any:
    def applies(exchange: Exchange, view: View) -> bool:
        return _schemas(exchange, view) and all(any(_named(exchange, view, urn, n)) for n in names)

    return applies


def _named(exchange: Exchange, view: View, urn: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for pointer, item, depth, schema in _attributes(exchange, view):
        if schema == urn and depth == 0 and _called(item).lower() == name.lower():
            yield pointer, item


def _has_user_schema(exchange: Exchange, view: View) -> bool:
    return _schemas(exchange, view) and any(s.get("id") == USER for _, s in documents(exchange, view, "Schemas"))


@check("rfc7643-8.7.1-username-characteristics", when=discovered, applies=_has_user_schema)
def user_name_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The User schema declares userName required, not case-exact and unique on the server."""
    found = next(_named(exchange, view, USER, "userName"), None)
    if found is None:
        yield Problem("the User schema does not declare userName", "userName", "absent", "/attributes")
        return
    pointer, item = found
    if item.get("required") is not True:
        yield Problem("userName is not declared required", "true", shown(item.get("required")), f"{pointer}/required")
    if item.get("caseExact") not in (False, None):
        yield Problem("userName is declared case-exact", "false", shown(item.get("caseExact")), f"{pointer}/caseExact")
    if item.get("uniqueness") not in ("server", "global"):
        yield Problem(
            "userName is not declared unique", "server or global", shown(item.get("uniqueness")), f"{pointer}/uniqueness"
        )


@check("rfc7643-8.7.1-password-characteristics", when=discovered, applies=_declares(USER, "password"))
def password_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem]:
    """If password is declared, it is writeOnly and never returned."""
    for pointer, item in _named(exchange, view, USER, "password"):
        for name, wanted in (("mutability", "writeOnly"), ("returned", "never")):
            if item.get(name) != wanted:
                yield Problem(f"{name} of password is not {wanted}", wanted, shown(item.get(name)), f"{pointer}/{name}")


def _membership(exchange: Exchange, view: View) -> bool:
    ids = {s.get("id") for _, s in documents(exchange, view, "Schemas")} if _schemas(exchange, view) else set()
    return view.declared.has_groups() and bool(ids & {USER, GROUP})


@check("rfc7643-8.7.1-membership-characteristics", when=discovered, applies=_membership)
def membership_is_declared_as_the_rfc_says(exchange: Exchange, view: View) -> Iterator[Problem | At]:
    """groups of User is readOnly, the parts of members are immutable; displayName of Group is required, by erratum 5368."""
    for pointer, item in _named(exchange, view, USER, "groups"):
        if item.get("mutability") != "readOnly":
            yield Problem("groups of User is not readOnly", "readOnly", shown(item.get("mutability")), f"{pointer}/mutability")
    for pointer, item in _named(exchange, view, GROUP, "members"):
        parts = item.get("subAttributes")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if (
                isinstance(part, OBJECT)
                and part.get("name") in ("value", "$ref", "type")
                and part.get("mutability") not in ("immutable", "readOnly")
            ):
                where = f"{pointer}/subAttributes/{index}/mutability"
                yield Problem(f"members.{_called(part)} is not immutable", "immutable", shown(part.get("mutability")), where)
    for pointer, item in _named(exchange, view, GROUP, "displayName"):
        if item.get("required") is not True:
            said = "displayName of Group is not declared required"
            problem = Problem(said, "true (erratum 5368)", shown(item.get("required")), f"{pointer}/required")
            yield At("rfc7643-8.7.1-membership-characteristics", problem, "MAY")
