"""Secrets become stars, once, when an exchange is recorded.

Nothing downstream (report, log, terminal) has a redaction of its own, because nothing downstream ever sees a secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from scim_sim.wire import Headers, Request, Response

__all__ = ["STARS", "Redactor"]

STARS = "***"
_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}
_PASSWORD = re.compile(rb'("(?:password|client_secret|access_token|refresh_token)"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_MIN_SECRET = 4


class Redactor:
    """Replaces the given secrets, in every spelling they travel in, and the values of headers that hold some."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these as well, from now on."""
        spellings: set[str] = set()
        self._secrets = (*self._secrets, *secrets)
        for secret in self._secrets:
            if len(secret) >= _MIN_SECRET:
                spellings |= _spellings(secret)
        ordered = sorted(spellings, key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._bytes = re.compile(b"|".join(re.escape(s.encode()) for s in ordered)) if ordered else None

    def text(self, value: str) -> str:
        """The text without any of the secrets."""
        return self._text.sub(STARS, value) if self._text else value

    def body(self, value: bytes) -> bytes:
        """The body without any of the secrets; values of `password` members are stars whatever they are."""
        cleaned = self._bytes.sub(STARS.encode(), value) if self._bytes else value
        return _PASSWORD.sub(rb'\1"***"', cleaned) if b'"' in cleaned else cleaned

    def request(self, request: Request) -> Request:
        """The request as it may be recorded."""
        return replace(
            request,
            path=self.text(request.path),
            query=None if request.query is None else self.text(request.query),
            headers=self._headers(request.headers),
            body=None if request.body is None else self.body(request.body),
        )

    def response(self, response: Response) -> Response:
        """The response as it may be recorded: the same one where it holds no secret, so that its body is parsed once."""
        headers, body = self._headers(response.headers), self.body(response.body)
        unchanged = headers == response.headers and body == response.body
        return response if unchanged else replace(response, headers=headers, body=body)

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in _SECRET_HEADERS:
            return self.text(value)
        scheme, blank, rest = value.partition(" ")
        return f"{scheme} {STARS}" if blank and rest and scheme.isalpha() else STARS


def _spellings(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], encoded}
