"""RFC 7644 section 3.12: how failures are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import answered, failed, succeeded
from scim_sim.problem import Problem
from scim_sim.scim.urns import ERROR
from scim_sim.wire import Exchange, NotJson

__all__: list[str] = []

SCIM_TYPES: Final = frozenset(
    [
        "invalidFilter",
        "tooMany",
        "uniqueness",
        "mutability",
        "invalidSyntax",
        "invalidPath",
        "noTarget",
        "invalidValue",
        "invalidVers",
        "sensitive",
        "invalidCursor",
        "expiredCursor",
        "invalidCount",
    ]
)
_INSIDE: Final = "rfc7644-7.7-error-no-internals"
_PASSWORD: Final = "rfc7643-4.1.1-password-never-returned"
_INTERNALS: Final = (
    (
        "a stack trace",
        re.compile(r"Traceback \(most recent|\bat [\w$.<>]+\([\w$]+\.(?:java|kt|cs|scala):\d+\)|^\s+at \S+ \(?\S+:\d+:\d+", re.M),
    ),
    ("a stack trace", re.compile(r"File \"[^\"]+\", line \d+|\.(?:rb|php|go):\d+(?::in |\b)|goroutine \d+ \[")),
    (
        "a query",
        re.compile(
            r"\b(?:SELECT\s.+\sFROM|INSERT INTO|UPDATE\s\S+\sSET|DELETE FROM)\b|SQLSTATE|ORA-\d{5}|psycopg|sqlite3?\.", re.S
        ),
    ),
    (
        "the name of a database constraint",
        re.compile(r"(?:duplicate key value violates|UNIQUE constraint failed|Duplicate entry '.+' for key)", re.I),
    ),
    ("a file name of the server", re.compile(r"(?:/(?:usr|home|var|opt|srv|app)/[\w./-]+\.\w{1,4}\b|[A-Z]:\\\\?\w+\\)")),
    (
        "a class of the implementation",
        re.compile(r"\b(?:java|javax|org|com|net)\.[a-z]+(?:\.\w+)*(?:Exception|Error)\b|System\.\w+Exception"),
    ),
    ("a password", re.compile(r"\\?\"password\\?\"\s*:", re.I)),
    ("credentials", re.compile(r"(?:Bearer|Basic) \*\*\*|\btoken[\"']?\s*[:=]\s*[\"']?\*\*\*")),
)


def _error(exchange: Exchange) -> dict[str, Any]:
    return exchange.answer.json_object() or {}


def _has(*members: str) -> Any:
    def applies(exchange: Exchange, view: View) -> bool:
        if exchange.request.method == "HEAD":
            return False
        body = _error(exchange)
        return all(body.get(m) is not None for m in members)

    return applies


@check("rfc7644-3.12-error-body", when=failed, applies=lambda e, v: e.request.method != "HEAD")
def failure_has_an_error_body(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Every failure has a JSON body that names the Error schema."""
    answer = exchange.answer
    try:
        body = answer.json()
    except NotJson as error:
        kind = answer.media_type or "no media type"
        yield Problem(
            f"the {answer.status} answer has no JSON body", "an Error message", f"{kind}: {error}" if answer.body else "no body"
        )
        return
    schemas = body.get("schemas") if isinstance(body, dict) else None
    if not isinstance(schemas, list) or ERROR not in schemas:
        yield Problem(f"the body of the {answer.status} answer is no Error message", ERROR, shown(schemas), "/schemas")


def _is_error_message(exchange: Exchange, view: View) -> bool:
    if exchange.request.method == "HEAD":
        return False
    schemas = _error(exchange).get("schemas")
    return isinstance(schemas, list) and ERROR in schemas


@check("rfc7644-3.12-error-status-string", when=failed, applies=_is_error_message)
def error_status_is_a_string(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An Error message has its status as a JSON string."""
    status = _error(exchange).get("status")
    if not isinstance(status, str):
        yield Problem("status is no string", f'"{exchange.answer.status}"', shown(status), "/status")


@check("rfc7644-3.12-error-status-matches", when=failed, applies=_has("status"))
def error_status_matches_http(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The status in an Error message equals the HTTP status."""
    status = _error(exchange).get("status")
    if str(status) != str(exchange.answer.status):
        yield Problem("status differs from the HTTP status", f'"{exchange.answer.status}"', shown(status), "/status")


@check("rfc7644-3.12-error-detail-string", when=failed, applies=_has("detail"))
def error_detail_is_readable(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The detail of an Error message is one readable string."""
    detail = _error(exchange).get("detail")
    if not isinstance(detail, str) or not detail.strip():
        yield Problem("detail is no readable text", "a sentence", shown(detail), "/detail")


@check("rfc7644-3.12-scimtype-vocabulary", when=failed, applies=_has("scimType"))
def scim_type_is_a_defined_keyword(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The scimType of an Error message is one of the defined keywords."""
    keyword = _error(exchange).get("scimType")
    if keyword not in SCIM_TYPES:
        yield Problem("scimType is no defined keyword", "a keyword of RFC 7644 table 9", shown(keyword), "/scimType")


@check("rfc7644-3.2-error-http-status", when=succeeded)
def success_carries_no_error(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A failure is shown by the HTTP status, not only in the body."""
    body = exchange.answer.json_object() if exchange.answer.body else None
    schemas = body.get("schemas") if body is not None else None
    if isinstance(schemas, list) and ERROR in schemas:
        assert body is not None
        yield Problem(
            "an Error message comes with a status of success",
            f"HTTP {body.get('status')}",
            f"HTTP {exchange.answer.status}",
            "http",
        )


@check("rfc7644-3.12-no-server-error", when=answered)
def nothing_causes_a_server_error(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No request is answered with a server error."""
    if exchange.answer.status >= 500 and exchange.answer.status != 501:
        request = exchange.request
        yield Problem(
            f"{request.method} {request.path} causes a server error",
            "an answer, or a 4xx for bad input",
            f"{exchange.answer.status}",
            "http",
        )


@check(_INSIDE, _PASSWORD, when=failed, applies=lambda e, v: (_INSIDE,))
def error_shows_no_internals(exchange: Exchange, view: View) -> Iterator[Problem | At]:
    """Error bodies show no stack traces, queries, file names or credentials."""
    for what, found in _shown_by(exchange.answer.text):
        problem = Problem(f"the error shows {what}", "a sentence for the client", shown(found), "/detail")
        yield problem
        if what == "a password":
            yield At(_PASSWORD, problem)


@lru_cache(maxsize=128)  # errors are often told in the same words
def _shown_by(text: str) -> tuple[tuple[str, str], ...]:
    """The first of the things that an error should not show, and how it stands there."""
    found = ((what, pattern.search(text)) for what, pattern in _INTERNALS)
    return tuple((what, match[0].strip()) for what, match in found if match)[:1]
