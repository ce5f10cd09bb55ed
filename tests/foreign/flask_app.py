"""A small SCIM endpoint as a vendor might write it in Flask: users and groups in two dictionaries."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
TOKEN = "flask-token"
STORE: dict[str, dict[str, dict[str, Any]]] = {"Users": {}, "Groups": {}}
SCHEMAS = {"Users": "urn:ietf:params:scim:schemas:core:2.0:User", "Groups": "urn:ietf:params:scim:schemas:core:2.0:Group"}
KEYS = {"Users": "userName", "Groups": "displayName"}


def _answer(body: Any, status: int = 200) -> tuple[Response, int]:
    response = jsonify(body)
    response.headers["Content-Type"] = "application/scim+json"
    return response, status


def _error(status: int, detail: str, scim_type: str = "") -> tuple[Response, int]:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return _answer({**body, **({"scimType": scim_type} if scim_type else {})}, status)


@app.before_request
def _credentials() -> Any:
    return None if request.headers.get("Authorization") == f"Bearer {TOKEN}" else _error(401, "a bearer token is needed")


@app.get("/scim/v2/<kind>")
def find(kind: str) -> Any:
    """List what fits the filter."""
    found = list(STORE.get(kind, {}).values())
    wanted = re.fullmatch(r'(\w+) eq "([^"]*)"', request.args.get("filter", ""))
    if wanted:
        found = [one for one in found if str(one.get(wanted[1], "")).lower() == wanted[2].lower()]
    start = max(1, request.args.get("startIndex", 1, int))
    page = found[start - 1 :][: request.args.get("count", 100, int)]
    schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    return _answer(
        {"schemas": schemas, "totalResults": len(found), "startIndex": start, "itemsPerPage": len(page), "Resources": page}
    )


@app.post("/scim/v2/<kind>")
def create(kind: str) -> Any:
    """Make a resource with a name of its own."""
    body = request.get_json(force=True)
    key = KEYS[kind]
    if any(one[key].lower() == body[key].lower() for one in STORE[kind].values()):
        return _error(409, f"{key} is taken", "uniqueness")
    body["id"] = uuid.uuid4().hex
    return _answer(_stored(kind, body), 201)


@app.get("/scim/v2/<kind>/<key>")
def read(kind: str, key: str) -> Any:
    """Give one resource."""
    found = STORE[kind].get(key)
    return _answer(found) if found else _error(404, "no such resource")


@app.put("/scim/v2/<kind>/<key>")
def replace(kind: str, key: str) -> Any:
    """Put another in its place."""
    if key not in STORE[kind]:
        return _error(404, "no such resource")
    return _answer(_stored(kind, {**request.get_json(force=True), "id": key}))


@app.patch("/scim/v2/<kind>/<key>")
def patch(kind: str, key: str) -> Any:
    """Change parts."""
    if key not in STORE[kind]:
        return _error(404, "no such resource")
    body = dict(STORE[kind][key])
    for operation in request.get_json(force=True)["Operations"]:
        path, value, op = operation.get("path", ""), operation.get("value"), operation["op"].lower()
        value = value.lower() == "true" if path == "active" and isinstance(value, str) else value
        member = re.fullmatch(r'members\[value eq "([^"]*)"\]', path)
        if member:
            body["members"] = [one for one in body.get("members", []) if one["value"] != member[1]]
        elif path == "members" and op == "add":
            body["members"] = body.get("members", []) + value
        else:
            body.update(value if not path else {path: value})
    return _answer(_stored(kind, body))


@app.delete("/scim/v2/<kind>/<key>")
def delete(kind: str, key: str) -> Any:
    """Remove it."""
    return ("", 204) if STORE[kind].pop(key, None) else _error(404, "no such resource")


def _stored(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    location = f"{request.host_url}scim/v2/{kind}/{body['id']}"
    body = {"schemas": [SCHEMAS[kind]], **body, "meta": {"resourceType": kind[:-1], "location": location}}
    body.pop("password", None)
    STORE[kind][body["id"]] = body
    return body
