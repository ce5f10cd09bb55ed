"""RFC 7644 section 3.8 and RFC 9110: media types, encoding, and what statuses demand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.view import View
from scim_sim.checks.when import answered, failed, on, succeeded
from scim_sim.problem import Problem
from scim_sim.scim.attributes import schemas_of
from scim_sim.scim.urns import ERROR
from scim_sim.wire import Exchange, NotJson

__all__: list[str] = []

_SCIM: Final = "application/scim+json"
_JSON: Final = "application/json"
_INTEGER: Final = re.compile(
    rb'"(totalResults|startIndex|itemsPerPage|maxResults|maxOperations|maxPayloadSize)"\s*:\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)'
)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)
_READ_TWICE: Final = 16_384
"""The largest body that is read a second time to look for names that stand twice; in bytes."""
_FORMAT: Final = ("rfc7644-3.8-accept-scim-json", "rfc7644-3.8-accept-json", "rfc7644-3.8-default-format")


def _asked(exchange: Exchange) -> str:
    """The requirement that speaks of the request's Accept header."""
    accept = (exchange.request.header("accept") or "").lower()
    if _SCIM in accept:
        return _FORMAT[0]
    return _FORMAT[1] if _JSON in accept else _FORMAT[2]


def _has_format(exchange: Exchange, view: View) -> tuple[str, ...]:
    if not exchange.answer.body or view.look(exchange).operation == "other":
        return ()
    return (_asked(exchange),)


@check(*_FORMAT, when=succeeded, applies=_has_format)
def answer_has_the_media_type_of_scim(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A successful answer is JSON and carries the media type the request accepts."""
    accept = (exchange.request.header("accept") or "").lower()
    fine = {_SCIM} if _JSON not in accept else {_SCIM, _JSON}
    if exchange.answer.media_type not in fine:
        actual = exchange.answer.header("content-type") or "no Content-Type"
        yield Problem("the answer has another media type", " or ".join(sorted(fine)), actual, "header:Content-Type")
    try:
        exchange.answer.json()
    except NotJson as error:
        yield Problem("the body of the answer is not JSON", "a JSON document", str(error))


@check("rfc7644-3.8-accept-scim-json", when=failed, applies=lambda e, v: bool(e.answer.body) and _asked(e) == _FORMAT[0])
def error_has_the_media_type_of_scim(exchange: Exchange, view: View) -> Iterator[At]:
    """An Error message carries the media type of SCIM where the request accepts no other."""
    body = exchange.answer.json_object() or {}
    only = _JSON not in (exchange.request.header("accept") or "").lower()
    if only and ERROR in schemas_of(body) and exchange.answer.media_type != _SCIM:
        actual = exchange.answer.header("content-type") or "no Content-Type"
        problem = Problem("an Error message has another media type", _SCIM, actual, "header:Content-Type")
        yield At("rfc7644-3.8-accept-scim-json", problem, "SHOULD")


@check("rfc7644-3.8-utf8", when=answered, applies=lambda e, v: bool(e.answer.body))
def body_is_utf8(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Bodies are UTF-8 without a byte order mark."""
    body = exchange.answer.body
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        yield Problem("the body begins with a byte order mark", "none (RFC 8259 section 8.1)", body[:3].hex(" "))
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Problem("the body is not UTF-8", "UTF-8", f"byte {body[error.start]:#04x} at position {error.start}")
    content = exchange.answer.header("content-type") or ""
    charset = _CHARSET.search(content)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii") and "json" in content:
        yield Problem("the body announces another encoding", "charset=utf-8", content, "header:Content-Type")


def _small(exchange: Exchange, view: View) -> bool:
    return 2 < len(exchange.answer.body) <= _READ_TWICE


@check("rfc8259-4-unique-names", when=answered, applies=_small)
def member_names_are_unique(exchange: Exchange, view: View) -> Iterator[Problem]:
    """No object in an answer has two members of the same name: who reads it sees one of them, and nobody knows which."""
    for name in _doubles(exchange.answer.body):
        yield Problem("a name stands twice in one object", "each name once (RFC 8259 section 4)", name)


@lru_cache(maxsize=128)  # the same resource is read again and again
def _doubles(body: bytes) -> tuple[str, ...]:
    found: dict[str, None] = {}

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        found.update((name, None) for name in names if names.count(name) > 1)

    try:
        _SINGLE.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except _Twice:
        with suppress(ValueError, RecursionError):
            json.loads(body, object_pairs_hook=note)
            return tuple(found)
    except (ValueError, RecursionError):
        pass  # it is no JSON, which others say
    return ()


class _Twice(Exception):
    """A name stands twice."""


def _no_name_twice(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise _Twice


_SINGLE: Final = json.JSONDecoder(object_pairs_hook=_no_name_twice)


@check("rfc7643-2.3.4-integer-form", when=answered, applies=lambda e, v: _INTEGER.search(e.answer.body) is not None)
def integers_have_no_fraction(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Counters and limits are written as integers, without fraction or exponent."""
    for name, number in _INTEGER.findall(exchange.answer.body):
        if not number.lstrip(b"-").isdigit():
            yield Problem(f"{name.decode()} is no integer", "digits only", number.decode(), f"/{name.decode()}")


@check("rfc9110-15.3.5-no-body-204", when=on(status=(204, 304)))
def no_content_has_no_body(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An answer 204 has no body."""
    if exchange.answer.body:
        yield Problem(f"the {exchange.answer.status} answer has a body", "no body", f"{len(exchange.answer.body)} bytes")


@check("rfc9110-15.5.6-allow-header", when=on(status=(405,)))
def method_not_allowed_names_methods(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A 405 lists the allowed methods in Allow."""
    if exchange.answer.header("allow") is None:
        yield Problem("the 405 answer has no Allow header", "Allow: GET, …", "absent", "header:Allow")


@check("rfc7644-3.12-redirect-codes", when=on(status=(301, 302, 303, 307, 308)))
def redirect_keeps_the_method(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A redirect uses 307 or 308, so that method and body are kept."""
    if exchange.answer.status in (301, 302, 303):
        target = exchange.answer.header("location") or "nowhere"
        yield Problem(
            "the redirect lets clients change the method", "307 or 308", f"{exchange.answer.status} to {target}", "http"
        )
    elif exchange.answer.header("location") is None:
        yield Problem("the redirect does not say where to", "Location", "absent", "header:Location")


@check("rfc9110-10.2.3-retry-after", when=on(status=(429, 503)))
def overload_says_when_to_retry(exchange: Exchange, view: View) -> Iterator[Problem]:
    """An answer 429 or 503 says when to try again."""
    if exchange.answer.header("retry-after") is None:
        yield Problem(
            f"the {exchange.answer.status} answer has no Retry-After", "Retry-After: seconds", "absent", "header:Retry-After"
        )


def _bare(exchange: Exchange, view: View) -> bool:
    query = exchange.request.query
    return query is not None and (query == "" or query.endswith("&"))


@check("rfc7644-3.4.2-empty-query-parts", when=answered, applies=_bare)
def dangling_query_does_no_harm(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A bare question mark or a trailing ampersand is not refused."""
    if exchange.answer.status in (400, 414) or exchange.answer.status >= 500:
        yield Problem("a dangling query is refused", "the answer without it", f"{exchange.answer.status}", "http")


def _unknown_parameter(exchange: Exchange, view: View) -> bool:
    return any(name.startswith("x-") for name in view.look(exchange).query)


@check("rfc7644-3.4.2-unknown-params-ignored", when=answered, applies=_unknown_parameter)
def unknown_parameter_is_ignored(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Query parameters the provider does not know are ignored."""
    if not exchange.answer.ok:
        yield Problem("a request with an unknown parameter fails", "200", shown(exchange.answer.status), "http")
