"""The rules of a correct provider: who may speak, what matches, what is taken, what a condition means."""

from __future__ import annotations

import hmac
from typing import Any, Final

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Rules
from scim_sim.provider.store import Record
from scim_sim.provider.writing import manager_of
from scim_sim.scim import urns
from scim_sim.scim.coerce import Leniency
from scim_sim.scim.filter import matches
from scim_sim.scim.grammar import Comparison, Filter, FilterError, parse_filter, parse_path
from scim_sim.scim.patch import PatchError, apply_patch
from scim_sim.scim.query import project, sorted_resources

__all__ = ["default_rules"]

Json = dict[str, Any]

_REPLACES: Final = Leniency(
    any_case_op=True,
    boolean_strings=True,
    dotted_keys=True,
    ignored_read_only=True,
    remove_with_value=True,
    created_elements=False,
    absent_removals=True,
    bare_values=True,
    empty_clears=True,
    json_text=False,
    number_strings=False,
    undeclared=False,
)
"""What identity providers send and the RFC permits."""

_DISCOVERY: Final = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
_COLLECTION: Final = {"GET": "list", "POST": "create"}
_RESOURCE: Final = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


def default_rules() -> Rules:
    """The rules with which nothing is wrong."""
    return Rules(
        route=_route,
        authorise=_authorise,
        parse=_parse,
        match=_match,
        sort=_sort,
        project=_project,
        patch=_patch,
        taken=_taken,
        precondition=_precondition,
        delete=_delete,
    )


def _route(call: Call) -> None:
    """Set operation, type and id, or raise 404, 405 with Allow, or 501 for a feature that is switched off."""
    options, path, method = call.provider.options, call.path, call.method
    match path:
        case ():
            call.operation = _allowed(call, {"GET": "list"} if options.root_query else {})
        case (".search",):
            _supported(options.search and options.root_query, "POST /.search")
            call.operation = _allowed(call, {"POST": "search"})
        case ("Bulk",):
            _supported(options.bulk, "Bulk")
            call.operation = _allowed(call, {"POST": "bulk"})
        case ("Me", *_):
            call.operation = "me"
        case (head, *rest) if head in _DISCOVERY and options.discovery and len(rest) <= (head != "ServiceProviderConfig"):
            call.operation = _allowed(call, {"GET": "discovery"})
        case (segment, *rest) if (type := call.provider.catalogue.by_segment(segment)) is not None and len(rest) <= 1:
            call.type = type
            if not rest:
                call.operation = _allowed(call, _COLLECTION)
            elif rest[0] == ".search":
                _supported(options.search, "POST .search")
                call.operation = _allowed(call, {"POST": "search"})
            else:
                call.id = rest[0]
                _supported(options.patch or method != "PATCH", "PATCH")
                _supported(options.put or method != "PUT", "PUT")
                _supported(options.delete_users or method != "DELETE" or type.holds_members, "DELETE of users")
                call.operation = _allowed(call, _RESOURCE)
        case _:
            raise Refusal(404, f"There is no endpoint {'/' + '/'.join(path)[:120]!r}")


def _allowed(call: Call, operations: dict[str, str]) -> str:
    if call.method in operations:
        return operations[call.method]
    allow = (("Allow", ", ".join(operations)),) if operations else ()
    if call.method == "OPTIONS":
        call.notes["allow"] = allow
        return "options"
    if not operations:
        raise Refusal(404, "There is no endpoint at the base URL")
    raise Refusal(405, f"{call.method} is not allowed here; allowed: {', '.join(operations)}", headers=allow)


def _supported(supported: bool, what: str) -> None:
    if not supported:
        raise Refusal(501, f"This provider does not support {what}")


def _authorise(call: Call) -> None:
    """Take the bearer token from the Authorization header alone (RFC 6750 section 2.1)."""
    provider = call.provider
    if provider.options.public_configuration and call.path == ("ServiceProviderConfig",) and call.method == "GET":
        return
    if not provider.tokens:
        return
    scheme, _, token = (call.request.header("authorization") or "").strip().partition(" ")
    realm = provider.options.realm
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal(401, "A bearer token is needed", headers=(("WWW-Authenticate", f'Bearer realm="{realm}"'),))
    given = token.strip().encode("utf-8", "replace")
    for known, (tenant, scope) in provider.tokens.items():
        if hmac.compare_digest(given, known.encode()):
            call.tenant, call.scope = tenant, scope
            break
    else:
        challenge = f'Bearer realm="{realm}", error="invalid_token", error_description="The token is not known"'
        raise Refusal(401, "The token is not known or has expired", headers=(("WWW-Authenticate", challenge),))
    if call.scope == "read" and call.method not in ("GET", "OPTIONS") and not (call.path and call.path[-1] == ".search"):
        challenge = f'Bearer realm="{realm}", error="insufficient_scope"'
        raise Refusal(403, "The token may read only", headers=(("WWW-Authenticate", challenge),))


def _parse(call: Call, text: str) -> Filter:
    try:
        return parse_filter(text)
    except FilterError as error:
        raise Refusal(400, f"The filter cannot be read: {error}", "invalidFilter") from None


def _match(call: Call, filter: Filter, view: Json) -> bool:
    return matches(filter, view, call.provider.catalogue.set)


def _sort(call: Call, views: list[Json], by: str, descending: bool) -> list[Json]:
    try:
        return sorted_resources(views, by, "descending" if descending else "ascending", call.provider.catalogue.set)
    except FilterError as error:
        raise Refusal(400, f"sortBy cannot be read: {error}", "invalidPath") from None


def _project(call: Call, view: Json) -> Json:
    wanted, excluded = (_names(call.parameters.get(name)) for name in ("attributes", "excludedattributes"))
    if wanted and excluded:
        raise Refusal(400, "attributes and excludedAttributes exclude each other", "invalidValue")
    try:
        return project(view, wanted, excluded, call.provider.catalogue.set)
    except FilterError as error:
        raise Refusal(400, f"An attribute name cannot be read: {error}", "invalidValue") from None


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _patch(call: Call, view: Json, operations: list[Json]) -> Json:
    listed = call.provider.options.value_list_removal == "listed"
    for operation in operations:
        given = {name.lower(): value for name, value in operation.items()}
        op = given.get("op")
        adds = isinstance(op, str) and op.lower() == "add"
        if not listed and isinstance(op, str) and op.lower() == "remove" and given.get("value") is not None:
            raise Refusal(400, "remove takes no value; name the values with a filter in the path", "invalidValue")
        try:
            creates = adds or _may_create(call, given.get("path"))
            view = apply_patch(view, [operation], call.provider.catalogue.set, lenient=_ADDS if creates else _REPLACES)
        except PatchError as error:
            raise Refusal(400, error.detail, error.scim_type) from None
    return view


def _may_create(call: Call, text: Any) -> bool:
    """Whether a replace behind this filter creates the value that it misses.

    RFC 7644 section 3.5.2.3 wants `noTarget`, Entra wants the value. Values that the schema foresees (a canonical type,
    the primary one) are created, all others are refused, unless the options say always or never.
    """
    choice = call.provider.options.replace_creates
    if choice != "canonical" or not isinstance(text, str) or "[" not in text:
        return choice == "always"
    try:
        path = parse_path(text)
    except FilterError:
        return False
    attribute, wanted = call.provider.catalogue.set.find(path.name, None, path.urn), path.filter
    if attribute is None or path.sub is None or not isinstance(wanted, Comparison) or wanted.operator != "eq":
        return False
    sub = attribute.sub(wanted.path.name)
    known = {word.lower() for word in sub.canonical_values} if sub is not None else set()
    return wanted.path.name.lower() == "primary" or str(wanted.value).lower() in known


_ADDS: Final = Leniency(
    **{name: getattr(_REPLACES, name) for name in Leniency.__dataclass_fields__ if name != "created_elements"},
    created_elements=True,
)


def _taken(call: Call, attribute: str, value: str) -> Record | None:
    if call.store.indexed(call.kind, attribute):
        found = call.store.find(call.kind, attribute, value)
    else:
        found = [record for record in call.store.all(call.kind) if record.attributes.get(attribute) == value]
    return next((record for record in found if record is not call.record), None)


def _precondition(call: Call, record: Record | None) -> None:
    """Judge If-Match before a change and If-None-Match before a read (RFC 9110 section 13, weak comparison)."""
    if record is None or not call.provider.options.etag:
        return
    current = record.version.removeprefix("W/")
    wanted = call.request.header("if-match")
    if wanted is not None and wanted.strip() != "*" and current not in _tags(wanted):
        raise Refusal(412, f"The resource has changed; its version is {call.provider.version(record)}")
    unwanted = call.request.header("if-none-match")
    if unwanted is not None and call.writes and (unwanted.strip() == "*" or current in _tags(unwanted)):
        raise Refusal(412, "The resource is in a state that the request excludes")


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def _delete(call: Call, record: Record) -> None:
    for report in call.store.reports_of(record.id):
        extension = dict(report.attributes.get(urns.ENTERPRISE_USER, {}))
        extension.pop("manager", None)
        attributes = {name: value for name, value in report.attributes.items() if name != urns.ENTERPRISE_USER}
        call.store.replace(report, {**attributes, urns.ENTERPRISE_USER: extension} if extension else attributes)
        call.store.refer(report, manager_of(report.attributes) or record.id, None)
    call.store.delete(record)
