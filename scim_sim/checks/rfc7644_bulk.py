"""RFC 7644 section 3.7: the answer to a bulk request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import check
from scim_sim.checks.compare import shown
from scim_sim.checks.reading import Reading
from scim_sim.checks.unbundle import operations_in, status_of
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.scim.urns import BULK_RESPONSE, ERROR
from scim_sim.wire import Exchange

__all__: list[str] = []

bulk: Final = on("bulk")
processed: Final = on("bulk", ok=True)

_WHOLE: Final = (401, 403, 404, 405, 413, 415, 429, 500, 501, 502, 503)
"""Refusals of a bulk request as a whole that say nothing of its operations."""
_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
_STATUS: Final = re.compile(r"[1-5]\d\d")


def _asks_for_some(reading: Reading) -> bool:
    """Whether the bulk request holds operations, and nothing that is none."""
    asked = operations_in(reading.sent)
    return bool(asked) and all(str(get(o, "method")).upper() in _METHODS and isinstance(get(o, "path"), str) for o in asked)


def _is_let_in(exchange: Exchange, view: View) -> bool:
    """Whether the request carried credentials, where any are needed."""
    return view.look(exchange).authorised or not view.saw_credentials


def _well_formed(exchange: Exchange, view: View) -> bool:
    """A bulk request that may be processed."""
    linked = b'"bulkId:' in (exchange.request.body or b"")
    return not linked and _asks_for_some(view.look(exchange)) and view.declared.supports("bulk") is not False


def _processed(exchange: Exchange, view: View) -> bool:
    """A bulk request of operations that are some, and that was processed."""
    reading = view.look(exchange)
    return _asks_for_some(reading) and bool(operations_in(reading.came))


@check("rfc7644-3.7-bulk-200", when=bulk, applies=lambda e, v: _well_formed(e, v) and e.answer.status not in _WHOLE)
def bulk_answers_200_with_a_bulk_response(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A processed bulk job answers 200 with a BulkResponse, also when single operations failed."""
    came = view.look(exchange).came
    if exchange.answer.status != 200:
        yield Problem("the bulk request is answered with another status", "200", f"{exchange.answer.status}", "http")
        return
    schemas = came.get("schemas") if came is not None else None
    if not isinstance(schemas, list) or BULK_RESPONSE not in schemas:
        yield Problem("the answer does not name the BulkResponse schema", BULK_RESPONSE, shown(schemas), "/schemas")
    if came is not None and not isinstance(came.get("Operations"), list):
        yield Problem("the answer has no Operations", "an array", shown(came.get("Operations")), "/Operations")


@check(
    "rfc7643-5-spc-truthful-bulk",
    when=bulk,
    applies=lambda e, v: bool(operations_in(v.look(e).sent)) and _is_let_in(e, v) and v.declared.supports("bulk") is not None,
)
def bulk_is_supported_as_declared(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Bulk works where the configuration says so, and is refused where it says not."""
    said, status = view.declared.supports("bulk"), exchange.answer.status
    if said and status in (404, 405, 501):
        yield Problem("bulk is declared supported and refused", "200 with a BulkResponse", f"{status}", "http")
    elif said is False and exchange.answer.ok:
        yield Problem("bulk works and is declared unsupported", "bulk.supported = true", f"{status}", "http")


@check("rfc7644-3.7.3-bulk-result-per-operation", when=processed, applies=_processed)
def every_operation_has_a_result(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The answer holds a result for each processed operation, and their methods correspond."""
    reading = view.look(exchange)
    asked, came = operations_in(reading.sent), operations_in(reading.came)
    limit = get(reading.sent, "failOnErrors") if reading.sent is not None else None
    errors = sum(1 for o in came if not status_of(o).startswith(("2", "3")))
    stopped = isinstance(limit, int) and limit > 0 and errors >= limit
    if len(came) > len(asked) or (len(came) < len(asked) and not stopped):
        yield Problem("there is not one result per operation", f"{len(asked)}", f"{len(came)}", "/Operations")
    elif not stopped:
        wanted = sorted(str(get(o, "method")).upper() for o in asked)
        actual = sorted(str(get(o, "method")).upper() for o in came)
        if wanted != actual:
            yield Problem("the methods of the results are others", shown(wanted), shown(actual), "/Operations")


@check("rfc7644-3.7.3-bulk-status-string", when=processed, applies=_processed)
def bulk_status_is_a_string(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each result carries the status a single request would have had, as a string."""
    for index, operation in enumerate(operations_in(view.look(exchange).came)):
        value = get(operation, "status")
        if not isinstance(value, str) or not _STATUS.fullmatch(value):
            yield Problem(
                "the status of a result is no string of three digits", '"201"', shown(value), f"/Operations/{index}/status"
            )


@check("rfc7643-4.1.1-password-never-returned", when=processed, applies=_processed)
def bulk_results_hold_no_password(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No result of a bulk request holds a password."""
    for index, operation in enumerate(operations_in(view.look(exchange).came)):
        response = get(operation, "response")
        if isinstance(response, OBJECT) and get(response, "password") is not None:
            yield Problem("a password comes back", "never", "password", f"/Operations/{index}/response/password")


def _failed(operation: Mapping[str, Any]) -> bool:
    return status_of(operation).startswith(("4", "5"))


@check("rfc7644-3.7.3-bulk-location", when=processed, applies=_processed)
def bulk_result_has_a_location(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Each result has a location, except for failed creations."""
    collections = {t.endpoint.strip("/") for t in view.declared.resource_types}
    for index, operation in enumerate(operations_in(view.look(exchange).came)):
        if _failed(operation) and str(get(operation, "method")).upper() == "POST":
            continue
        location = get(operation, "location")
        if isinstance(location, str) and location.rstrip("/").rpartition("/")[2] in collections:
            where = f"/Operations/{index}/location"
            yield Problem("the location of a result is a collection", "the URI of the resource", location, where)
        elif not isinstance(location, str) or not location:
            yield Problem(
                "a result has no location",
                "the URI of the resource",
                shown(get(operation, "location")),
                f"/Operations/{index}/location",
            )


def _creates(exchange: Exchange, view: View) -> bool:
    return _processed(exchange, view) and any(get(o, "bulkId") for o in operations_in(view.look(exchange).sent))


@check("rfc7644-3.7-bulk-bulkid-echo", when=processed, applies=_creates)
def bulk_id_comes_back(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The bulkId of a creation is given back with its result."""
    reading = view.look(exchange)
    came = [str(get(o, "bulkId")) for o in operations_in(reading.came) if get(o, "bulkId")]
    creations = [o for o in operations_in(reading.came) if str(get(o, "method")).upper() == "POST"]
    for index, operation in enumerate(creations):
        if not get(operation, "bulkId"):
            yield Problem(
                "the result of a creation has no bulkId", "the bulkId that was sent", "absent", f"/Operations/{index}/bulkId"
            )
    sent = {str(get(o, "bulkId")) for o in operations_in(reading.sent) if get(o, "bulkId")}
    strange = [b for b in came if b not in sent]
    if strange:
        yield Problem("a bulkId comes back that was not sent", shown(sorted(sent)), strange[0], "/Operations")


def _with_failures(exchange: Exchange, view: View) -> bool:
    return _processed(exchange, view) and any(map(_failed, operations_in(view.look(exchange).came)))


@check("rfc7644-3.7-bulk-error-body", when=processed, applies=_with_failures)
def failed_operation_carries_its_error(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A failed operation carries its Error message in response."""
    for index, operation in enumerate(operations_in(view.look(exchange).came)):
        if not _failed(operation):
            continue
        response = get(operation, "response")
        schemas = get(response, "schemas") if isinstance(response, OBJECT) else None
        if not isinstance(schemas, list) or ERROR not in schemas:
            yield Problem("a failed operation carries no Error message", ERROR, shown(response), f"/Operations/{index}/response")
        elif isinstance(response, OBJECT) and str(get(response, "status")) != status_of(operation):
            yield Problem(
                "the Error message has another status",
                shown(status_of(operation)),
                shown(get(response, "status")),
                f"/Operations/{index}/response/status",
            )


@check(
    "rfc7644-3.7-bulk-continue-on-error",
    when=processed,
    applies=lambda e, v: _with_failures(e, v) and not get(v.look(e).sent or {}, "failOnErrors"),
)
def bulk_goes_on_after_an_error(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Without failOnErrors all operations are tried."""
    reading = view.look(exchange)
    asked, came = len(operations_in(reading.sent)), len(operations_in(reading.came))
    if came < asked:
        yield Problem("processing stopped at an error", f"{asked} results", f"{came}", "/Operations")
