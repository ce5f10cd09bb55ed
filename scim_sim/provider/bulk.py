"""Many operations in one request (RFC 7644 section 3.7): order by reference, ids for bulkIds, one result for each."""

from __future__ import annotations

import re
from typing import Any, Final

from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.wire import Request, Response, json_body

__all__ = ["bulk"]

Json = dict[str, Any]
_REFERENCE: Final = re.compile(r"bulkId:([^/\"\s\]]+)")
_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")


def bulk(call: Call) -> Response:
    """POST /Bulk: results come in the order of the request, whatever the order of execution had to be."""
    options = call.provider.options
    size = len(call.request.body or b"")
    if size > options.bulk_bytes:
        raise Refusal(413, f"The body has {size} bytes, maxPayloadSize is {options.bulk_bytes}")
    operations, allowed = _understood(call)
    if len(operations) > options.bulk_operations:
        raise Refusal(413, f"There are {len(operations)} operations, maxOperations is {options.bulk_operations}")
    results: dict[int, Json] = {}
    ids: dict[str, str] = {}
    errors = 0
    order, circular = _order(operations)
    for index in order:
        if allowed and errors >= allowed:
            break
        results[index] = _run(call, operations[index], ids, index in circular)
        errors += int(results[index]["status"]) >= 400
    body: Json = {"schemas": [urns.BULK_RESPONSE], "Operations": [results[index] for index in sorted(results)]}
    for pipe in call.provider.seams.bulk:
        body = pipe(call, body)
    return call.provider.json(200, json_body(body))


def _understood(call: Call) -> tuple[list[Json], int]:
    body = call.body
    if not isinstance(body, dict):
        raise Refusal(400, "The body has to be a JSON object", "invalidSyntax")
    given = {name.lower(): value for name, value in body.items()}
    schemas = given.get("schemas")
    if not isinstance(schemas, list) or urns.BULK_REQUEST.lower() not in (str(urn).lower() for urn in schemas):
        raise Refusal(400, f"schemas does not name {urns.BULK_REQUEST}", "invalidSyntax")
    operations = given.get("operations")
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise Refusal(400, "Operations has to be a list of objects", "invalidSyntax")
    for operation in operations:
        method, path = operation.get("method"), operation.get("path")
        if not isinstance(method, str) or method.upper() not in _METHODS or not isinstance(path, str) or not path.startswith("/"):
            raise Refusal(400, "Each operation needs a method (POST, PUT, PATCH, DELETE) and a path", "invalidSyntax")
    allowed = given.get("failonerrors")
    if allowed is not None and (not isinstance(allowed, int) or isinstance(allowed, bool) or allowed < 1):
        raise Refusal(400, "failOnErrors has to be a whole number above zero", "invalidSyntax")
    return operations, allowed or 0


def _order(operations: list[Json]) -> tuple[list[int], set[int]]:
    """The order in which every reference comes after what it refers to, and the operations that refer in a circle."""
    makers = {op["bulkId"]: index for index, op in enumerate(operations) if isinstance(op.get("bulkId"), str)}
    order: list[int] = []
    circular: set[int] = set()
    state: dict[int, int] = {}
    for root in range(len(operations)):
        stack = [(root, iter(_needs(operations[root], makers, root)))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            index, needs = stack[-1]
            needed = next(needs, None)
            if needed is None:
                state[index] = 2
                order.append(index)
                stack.pop()
            elif needed not in state:
                state[needed] = 1
                stack.append((needed, iter(_needs(operations[needed], makers, needed))))
            elif state[needed] == 1:
                on_path = [entry[0] for entry in stack]
                circular.update(on_path[on_path.index(needed) :])
    return order, circular


def _needs(operation: Json, makers: dict[str, int], index: int) -> list[int]:
    text = json_body({"data": operation.get("data"), "path": operation.get("path")}).decode("utf-8", "replace")
    return [makers[name] for name in _REFERENCE.findall(text) if makers.get(name, index) != index]


def _run(call: Call, operation: Json, ids: dict[str, str], circular: bool) -> Json:
    method = operation["method"].upper()
    result: Json = {"method": method}
    name = operation.get("bulkId")
    if isinstance(name, str):
        result["bulkId"] = name
    try:
        response = _answered(call, operation, method, ids, circular)
    except Refusal as refusal:
        response = call.provider.refused(call, refusal)
    location = response.header("location") or _address(call, operation, ids)
    if location and not (method == "POST" and not response.ok):
        result["location"] = location
    version = response.header("etag")
    if version:
        result["version"] = version
    result["status"] = str(response.status)
    if not response.ok:
        result["response"] = response.json()
    elif isinstance(name, str) and location:
        ids[name] = location.rsplit("/", 1)[-1]
    return result


def _answered(call: Call, operation: Json, method: str, ids: dict[str, str], circular: bool) -> Response:
    path, data, name = operation["path"], operation.get("data"), operation.get("bulkId")
    if method == "POST" and not isinstance(name, str):
        raise Refusal(400, "A POST needs a bulkId", "invalidSyntax")
    if circular:
        raise Refusal(409, "The bulkId references of these operations go round in a circle", "invalidValue")
    body = None if method == "DELETE" else json_body(_resolved(data if isinstance(data, dict) else {}, ids))
    headers = [("Content-Type", "application/scim+json")]
    if isinstance(operation.get("version"), str):
        headers.append(("If-Match", operation["version"]))
    request = Request(method, _resolved(path, ids), None, tuple(headers), body)
    return call.provider.inner(call, request)


def _resolved(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str) and "bulkId:" in value:
        return _REFERENCE.sub(lambda match: _known(match.group(1), ids), value)
    if isinstance(value, dict):
        return {key: _resolved(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, ids) for item in value]
    return value


def _known(name: str, ids: dict[str, str]) -> str:
    if name not in ids:
        raise Refusal(409, f"bulkId:{name} stands for no resource of this request", "invalidValue")
    return ids[name]


def _address(call: Call, operation: Json, ids: dict[str, str]) -> str:
    if operation["path"].count("/") < 2:
        return ""
    try:
        return f"{call.provider.base_url}{_resolved(operation['path'], ids)}"
    except Refusal:
        return ""
