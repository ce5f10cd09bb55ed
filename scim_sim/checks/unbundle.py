"""A bulk request taken apart into the single requests that it stands for, each with its result as the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_sim.checks.reading import id_in
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.wire import Exchange, Request, Response, json_body

__all__ = ["Single", "operations_in", "status_of", "unbundled"]

Json = Mapping[str, Any]
_REFERENCE: Final = "bulkId:"


def operations_in(body: Json | None) -> list[Json]:
    """The operations of a bulk request, or the results of a bulk response, that are objects."""
    items = get(body, "Operations") if body is not None else None
    return [item for item in items if isinstance(item, OBJECT)] if isinstance(items, list) else []


def status_of(result: Json) -> str:
    """The status of a result, also where it is given as a number or, as in SCIM 1.1, as an object with a code."""
    value = get(result, "status")
    return str(get(value, "code") if isinstance(value, OBJECT) else value)


@dataclass(frozen=True, slots=True)
class Single:
    """One operation as an exchange of its own, with the id of the whole; `linked` when it refers to what another creates."""

    exchange: Exchange
    linked: bool


def unbundled(exchange: Exchange, sent: Json | None, came: Json | None) -> Iterator[Single]:
    """The operations that have a result, in their order.

    References to what the same request creates are resolved by the locations in the results. Left out is what nobody can
    tell the effect of: an operation with a reference that leads nowhere, and two on the same resource, whose order is the
    provider's (RFC 7644 section 3.7).
    """
    pairs = list(_pairs(operations_in(sent), operations_in(came)))
    ids = {str(get(operation, "bulkId")): id_in(get(result, "location")) for operation, result in pairs if _created(result)}
    alone = Counter(_place(operation) for operation, _ in pairs)
    for operation, result in pairs:
        if alone[_place(operation)] > 1:
            continue
        try:
            single = replace(exchange, request=_request(operation, ids), response=_answer(result))
        except LookupError:
            continue
        yield Single(single, _REFERENCE in str(get(operation, "data")))


def _place(operation: Json) -> tuple[str, str]:
    """The resource that the operation is about."""
    return str(get(operation, "path")), str(get(operation, "bulkId") or "") if _key(operation)[0] == "POST" else ""


def _pairs(operations: list[Json], results: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each operation with its result: the one with its bulkId, else the next one of its method that has no bulkId."""
    left = list(results)
    for operation in operations:
        mine = next((result for result in left if _key(result) == _key(operation)), None)
        if mine is not None:
            left.remove(mine)
            yield operation, mine


def _key(item: Json) -> tuple[str, str]:
    return str(get(item, "method")).upper(), str(get(item, "bulkId") or "")


def _created(result: Json) -> bool:
    return str(get(result, "method")).upper() == "POST" and status_of(result).startswith("2")


def _request(operation: Json, ids: Mapping[str, str]) -> Request:
    path = get(operation, "path")
    if not isinstance(path, str) or _REFERENCE in path:
        raise LookupError(path)
    data = _resolved(get(operation, "data"), ids)
    version = get(operation, "version")
    headers = (("If-Match", version),) if isinstance(version, str) else ()
    body = json_body(data) if isinstance(data, dict) else None
    return Request(str(get(operation, "method")).upper(), path, None, headers, body)


def _resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with ids in place of references; raises `LookupError` for one that leads nowhere."""
    if isinstance(value, str) and value.startswith(_REFERENCE):
        return ids[value.removeprefix(_REFERENCE)]
    if isinstance(value, OBJECT):
        return {name: _resolved(inner, ids) for name, inner in value.items()}
    return [_resolved(inner, ids) for inner in value] if isinstance(value, list) else value


def _answer(result: Json) -> Response:
    """The result as the answer that the single request would have had; raises `LookupError` when it tells no status."""
    status, location, version = status_of(result), get(result, "location"), get(result, "version")
    if not (status.isdigit() and len(status) == 3):
        raise LookupError(status)
    named = (("Location", location), ("ETag", version))
    headers = tuple((name, value) for name, value in named if isinstance(value, str))
    body = get(result, "response")
    return Response(int(status), headers, json_body(body) if isinstance(body, dict) else b"")
