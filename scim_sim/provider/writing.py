"""Changing resources: create, replace, patch and delete, each all or nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from scim_sim.provider.intake import accept, check_required, check_schemas, keep_immutable
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import ResourceType
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__ = ["create", "delete", "manager_of", "patch", "replace"]

Json = dict[str, Any]


def create(call: Call) -> Response:
    """POST to the endpoint of a resource type (RFC 7644 section 3.3)."""
    type, body = _type(call), _body(call)
    check_schemas(body, type, call.provider.options)
    attributes = accept(body, type, call.provider.options)
    if type.shows_groups:
        attributes.setdefault("active", True)
    draft = _draft(call, type, attributes)
    check_required(draft.attributes, type)
    _check_unique(call, type, draft.attributes, None)
    record = call.store.create(type.name, draft.attributes, draft.members)
    call.store.refer(record, None, manager_of(draft.attributes))
    return _done(call, record, 201)


def replace(call: Call) -> Response:
    """PUT to a resource (RFC 7644 section 3.5.1)."""
    type, record, body = _type(call), _record(call), _body(call)
    call.provider.rules.precondition(call, record)
    check_schemas(body, type, call.provider.options)
    attributes = accept(body, type, call.provider.options)
    check_required(attributes, type)
    keep_immutable(record.attributes, attributes, type)
    for kept in ("active", "password"):
        if kept in record.attributes:
            attributes.setdefault(kept, record.attributes[kept])
    if call.provider.options.put_keeps_omitted:
        named = {name.lower() for name in body}
        attributes = {**{k: v for k, v in record.attributes.items() if k.lower() not in named}, **attributes}
    draft = _draft(call, type, attributes)
    if call.provider.options.put_keeps_omitted and type.holds_members and "members" not in {name.lower() for name in body}:
        draft.members = dict(record.members)
    _keep(call, type, record, draft)
    return _done(call, record, 200)


def patch(call: Call) -> Response:
    """PATCH of a resource (RFC 7644 section 3.5.2)."""
    type, record = _type(call), _record(call)
    call.provider.rules.precondition(call, record)
    operations = _operations(call)
    for pipe in call.provider.seams.operations:
        operations = pipe(call, operations)
    if not _members_only(call, record, operations):
        apart = type.holds_members and call.provider.members_apart and not _mentions_members(operations)
        view = call.provider.view_without_members(call, record) if apart else call.provider.view(call, record)
        changed = call.provider.rules.patch(call, view, operations)
        named = [name for name in changed if name.lower() not in ("groups", "meta", "id")]
        attributes = accept({name: changed[name] for name in named}, type, call.provider.options)
        if "password" in record.attributes:
            attributes.setdefault("password", record.attributes["password"])
        draft = _draft(call, type, attributes)
        if apart:
            draft.members = dict(record.members)
        _keep(call, type, record, draft)
    body = call.provider.options.patch_groups_body if type.holds_members else call.provider.options.patch_users_body
    return _done(call, record, 200 if body or "attributes" in call.parameters else 204)


def delete(call: Call) -> Response:
    """DELETE of a resource (RFC 7644 section 3.6)."""
    record = _record(call)
    call.provider.rules.precondition(call, record)
    call.provider.rules.delete(call, record)
    for notify in call.provider.seams.stored:
        notify(call, record)
    return Response(204)


def manager_of(attributes: Attributes) -> str | None:
    """The id of the manager, or `None`."""
    extension = attributes.get(urns.ENTERPRISE_USER)
    manager = extension.get("manager") if isinstance(extension, dict) else None
    value = manager.get("value") if isinstance(manager, dict) else None
    return value if isinstance(value, str) else None


def _type(call: Call) -> ResourceType:
    assert call.type is not None
    return call.type


def _record(call: Call) -> Record:
    record = call.store.get(call.id, call.kind)
    if record is None:
        raise Refusal(404, f"{call.kind} {call.id[:80]!r} was not found")
    call.record = record
    return record


def _body(call: Call) -> Json:
    if not isinstance(call.body, dict):
        raise Refusal(400, "The body has to be a JSON object", "invalidSyntax")
    body: Json = call.body
    for pipe in call.provider.seams.body:
        body = pipe(call, body)
    return body


def _draft(call: Call, type: ResourceType, attributes: Attributes) -> Draft:
    password = attributes.get("password")
    if isinstance(password, str) and not password.startswith("sha256:"):
        attributes["password"] = "sha256:" + hashlib.sha256(password.encode()).hexdigest()
    members = attributes.pop("members", []) if type.holds_members else []
    draft = Draft(attributes, _members(call, members))
    for pipe in call.provider.seams.store:
        draft = pipe(call, draft)
    return draft


def _members(call: Call, given: list[Attributes]) -> dict[str, Attributes]:
    found: dict[str, Attributes] = {}
    for member in given:
        id = member.get("value")
        if not isinstance(id, str) or not id:
            raise Refusal(400, "A member needs a value, the id of a resource", "invalidValue")
        if call.store.get(id) is None and call.provider.options.unknown_members == "refuse":
            raise Refusal(400, f"The member {id[:80]!r} is no resource here", "invalidValue")
        if call.store.get(id) is not None or call.provider.options.unknown_members == "accept":
            found[id] = member
    return found


def _keep(call: Call, type: ResourceType, record: Record, draft: Draft) -> None:
    """Judge the draft as a whole, then put it in place of what is there; nothing happens when nothing differs."""
    check_required(draft.attributes, type)
    _check_unique(call, type, draft.attributes, record)
    if draft.attributes != record.attributes:
        call.store.refer(record, manager_of(record.attributes), manager_of(draft.attributes))
        call.store.replace(record, draft.attributes)
    if type.holds_members and draft.members.keys() != record.members.keys():
        call.store.set_members(record, draft.members)


def _check_unique(call: Call, type: ResourceType, attributes: Attributes, record: Record | None) -> None:
    for attribute in type.fields.values():
        unique = attribute.uniqueness in ("server", "global")
        if type.holds_members and attribute.name == "displayName":
            unique = call.provider.options.unique_group_names
        value = attributes.get(attribute.name) if unique else None
        if isinstance(value, str):
            other = call.provider.rules.taken(call, attribute.name, value)
            if other is not None and other is not record:
                raise Refusal(409, f"{attribute.name} {value!r} is taken", "uniqueness")


def _operations(call: Call) -> list[Json]:
    body = _body(call)
    given = {name.lower(): value for name, value in body.items()}
    schemas = given.get("schemas")
    if not isinstance(schemas, list) or urns.PATCH_OP.lower() not in (str(urn).lower() for urn in schemas):
        raise Refusal(400, f"schemas does not name {urns.PATCH_OP}", "invalidSyntax")
    operations = given.get("operations")
    if not isinstance(operations, list) or not operations:
        raise Refusal(400, "Operations has to be a list that is not empty", "invalidSyntax")
    if not all(isinstance(operation, dict) for operation in operations):
        raise Refusal(400, "Each of the Operations has to be an object", "invalidSyntax")
    return operations


def _members_only(call: Call, record: Record, operations: list[Json]) -> bool:
    """Add or remove single members without looking at the others; false when the operations need the general way."""
    if not _type(call).holds_members or not call.provider.members_apart:
        return False
    verbs = ("add", "remove") if call.provider.options.value_list_removal == "listed" else ("add",)
    steps = [_member_step(operation, verbs) for operation in operations]
    if any(step is None for step in steps):
        return False
    understood = [(op, _members(call, members) if op == "add" else _by_id(members)) for op, members in filter(None, steps)]
    for op, found in understood:
        if op == "add":
            call.store.add_members(record, found)
        else:
            call.store.remove_members(record, found)
    return True


def _by_id(members: list[Attributes]) -> dict[str, Attributes]:
    return {str(member["value"]): member for member in members}


def _mentions_members(operations: list[Json]) -> bool:
    """Whether some operation may touch members; a path or a member name that holds the word is enough."""
    for operation in operations:
        for name, value in operation.items():
            if name.lower() == "path" and "members" in str(value).lower():
                return True
            if (
                name.lower() == "value"
                and isinstance(value, dict)
                and any("members" in str(key).lower() or ":" in key for key in value)
            ):
                return True
            if name.lower() == "path" and isinstance(value, str) and value.lower().endswith(":group"):
                return True
    return False


def _member_step(operation: Json, verbs: tuple[str, ...]) -> tuple[str, list[Attributes]] | None:
    """The members that an operation adds or removes one by one, or `None` when it is another kind of operation."""
    given = {name.lower(): value for name, value in operation.items()}
    op, path, value = given.get("op"), given.get("path"), given.get("value")
    if not isinstance(op, str) or not isinstance(path, str):
        return None
    if op.lower() in verbs and path.lower() == "members" and value is not None:
        items = value if isinstance(value, list) else [value]
        plain = [_plain_member(item) for item in items]
        return (op.lower(), [member for member in plain if member]) if plain and all(plain) else None
    head, tail = 'members[value eq "', '"]'
    if op.lower() == "remove" and path.startswith(head) and path.endswith(tail) and value is None:
        id = path[len(head) : -len(tail)]
        return ("remove", [{"value": id}]) if id and '"' not in id and "\\" not in id else None
    return None


def _plain_member(item: Any) -> Attributes | None:
    if not isinstance(item, dict) or not isinstance(item.get("value"), str) or not item["value"]:
        return None
    return {name: item[name] for name in ("value", "display") if isinstance(item.get(name), str)}


def _done(call: Call, record: Record, status: int) -> Response:
    call.record = record
    for notify in call.provider.seams.stored:
        notify(call, record)
    headers = call.provider.resource_headers(call, record)
    if status == 204:
        return Response(204, headers)
    if status == 201 and not call.provider.options.create_returns_body:
        return Response(201, headers)
    return call.provider.json(status, call.provider.shown_raw(call, record), headers)
