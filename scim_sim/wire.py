"""What travels: a request, its response, and the exchange that holds both.

Nothing here is repaired or normalised: the query is the raw text after the question mark, header names keep their
spelling and order, bodies are bytes. Whoever judges an exchange sees what was on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote

__all__ = [
    "CREDENTIALS",
    "PATIENCE",
    "SPELLINGS",
    "TOKEN",
    "Exchange",
    "Failure",
    "Headers",
    "NotJson",
    "Request",
    "Response",
    "json_body",
    "with_secret",
]

Headers = tuple[tuple[str, str], ...]

CREDENTIALS: Final = "<credentials>"
"""Stands for the target's own credentials in a header value; the driver puts the secret in its place on the way out."""

TOKEN: Final = "<token>"
"""Stands for the secret alone in a query; the driver puts it in its place, percent-encoded."""

PATIENCE: Final = 60.0
"""Seconds that anybody waits for an answer at most, unless told otherwise: as long as Okta does."""

SPELLINGS: Final = ("lower", "upper", "half", "longer", "swapped")
"""Ways to get credentials wrong or to spell them otherwise: `<credentials:lower>` has its scheme in lower case, `half`,
`longer` and `swapped` have half of the secret, a letter more, or every letter in the other case."""

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class NotJson(ValueError):
    """A body was read as JSON and is none; the message says what stands there instead."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request relative to the target's base URL, exactly as it will be sent.

    `path` starts with a slash (or is empty) and is already percent-encoded; `query` is the raw text after `?`, `None`
    for no question mark at all and `""` for a dangling one. `headers` are sent in this order and none is added besides
    `Host`, `Content-Length` and what the transport needs. `label` names the request in reports and load statistics.
    `patience` are the seconds that its sender waits for the answer, `None` for as long as the run allows; `attempt` counts
    the sender's own repetitions from 1; neither travels, so neither makes two requests differ.
    """

    method: str
    path: str
    query: str | None = None
    headers: Headers = ()
    body: bytes | None = None
    label: str = ""
    patience: float | None = field(default=None, compare=False)
    attempt: int = field(default=1, compare=False)

    @property
    def target(self) -> str:
        """The path and query as they stand on the request line, without the base path."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    def header(self, name: str) -> str | None:
        """The first value of the header, or `None`; names compare without case (RFC 9110 section 5.1)."""
        return _first(self.headers, name)

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Request:
        """The same request with these headers in place of its own."""
        return replace(self, headers=tuple(headers))

    def json(self) -> Any:
        """The body as JSON; raises `NotJson` when it is none."""
        return _parse(self.body or b"")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer of the service provider: status, headers in order, raw body."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""
    _parsed: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)
    _fields: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes the body travels alone: what was read in it is read again sooner than carried."""
        return Response, (self.status, self.headers, self.body, self.reason)

    def header(self, name: str) -> str | None:
        """The first value of the header, or `None`; names compare without case (RFC 9110 section 5.1)."""
        if not self._fields:  # dozens of checks ask for headers of the same answer
            self._fields.update((key.lower(), value) for key, value in reversed(self.headers))
        return self._fields.get(name.lower())

    @property
    def media_type(self) -> str:
        """The media type in lower case without its parameters, or the empty string."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def ok(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become replacement characters."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, parsed once for all who read it, so not to be changed; raises `NotJson` when it is none."""
        if not self._parsed:
            self._parsed.append(_parse(self.body))
        return self._parsed[0]

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object, or `None` when it is anything else."""
        try:
            value = self.json()
        except NotJson:
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came.

    `kind` is one of `timeout`, `refused`, `dns`, `tls`, `proxy`, `closed`, `protocol`; `message` is for people.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, with secrets already replaced by stars.

    `voice` says who spoke: an engine (`okta:aiw`, `entra`) or `harness` (set-up, raw probes, read-back, clean-up).
    `at` is the time of the run's clock in seconds since 1970, `elapsed` the real duration in seconds, `attempt` counts
    repetitions of the same request from 1. Exactly one of `response` and `failure` is set.
    """

    id: str
    voice: str
    scenario: str
    step: str
    request: Request
    response: Response | None
    failure: Failure | None
    at: float
    elapsed: float
    attempt: int = 1

    @property
    def answer(self) -> Response:
        """The response; asking for it when none came is a mistake of the caller."""
        if self.response is None:
            raise AssertionError(f"{self.id} has no response: look before you ask")
        return self.response


def json_body(value: Mapping[str, Any] | list[Any]) -> bytes:
    """The value as compact UTF-8 JSON, members in the given order."""
    return _COMPACT.encode(value).encode("utf-8", "surrogatepass")


def with_secret(request: Request, credentials: str | None) -> Request:
    """The request with `credentials` (`Bearer …`) wherever something stands for them; without any, such headers are left out."""
    pairs = ((name, _spelled(value, credentials)) for name, value in request.headers)
    headers = tuple((name, value) for name, value in pairs if value is not None)
    query = request.query
    if query is not None and TOKEN in query:
        query = query.replace(TOKEN, quote((credentials or "").partition(" ")[2], safe=""))
    if headers == request.headers and query == request.query:
        return request
    return replace(request, headers=headers, query=query)


def _spelled(value: str, credentials: str | None) -> str | None:
    if value == CREDENTIALS:
        return credentials
    how = value.removeprefix("<credentials:").removesuffix(">")
    if how == value or how not in SPELLINGS:
        return value
    scheme, _, secret = (credentials or "").partition(" ")
    spelled = {
        "lower": f"{scheme.lower()} {secret}",
        "upper": f"{scheme.upper()} {secret}",
        "half": f"{scheme} {secret[: (len(secret) + 1) // 2]}",
        "longer": f"{scheme} {secret}x",
        "swapped": f"{scheme} {secret.swapcase() if secret.swapcase() != secret else secret + 'x'}",
    }
    return spelled[how] if secret else None


def _first(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def _parse(body: bytes) -> Any:
    if not body.strip():
        raise NotJson("the body is empty")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        start = body[:60].decode("utf-8", "replace")
        raise NotJson(f"{_where(error)}; the body starts with {start!r}") from None


def _where(error: Exception) -> str:
    """Where the body stops being JSON."""
    if isinstance(error, json.JSONDecodeError):
        end = not error.doc[error.pos :].strip() or error.msg.startswith("Unterminated")
        return "it breaks off" if end else f"it is no JSON from character {error.pos + 1} on"
    return "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
