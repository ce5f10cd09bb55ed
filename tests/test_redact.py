"""Secrets are stars before anybody sees them."""

from __future__ import annotations

import base64

from scim_sim.redact import Redactor
from scim_sim.wire import Request, Response

SECRET = "s3cr3t/+token=="


def test_authorization_keeps_its_scheme_only() -> None:
    """The scheme helps, the rest is a secret."""
    request = Request("GET", "/Users", None, (("Authorization", f"Bearer {SECRET}"), ("X-API-Key", "abc")))

    assert Redactor([SECRET]).request(request).headers == (("Authorization", "Bearer ***"), ("X-API-Key", "***"))


def test_secret_is_found_in_every_spelling() -> None:
    """Plain, percent-encoded, base64 and inside JSON."""
    encoded = base64.b64encode(SECRET.encode()).decode()
    body = f'{{"a":"{SECRET}","b":"{encoded}"}}'.encode()
    response = Redactor([SECRET]).response(Response(200, (("X-Echo", f"t={SECRET}"),), body))

    assert response.body == b'{"a":"***","b":"***"}'
    assert response.headers == (("X-Echo", "t=***"),)


def test_secret_in_a_query_is_found() -> None:
    """A token in the query never reaches a report."""
    request = Redactor([SECRET]).request(Request("GET", "/Users", "access_token=s3cr3t%2F%2Btoken%3D%3D"))

    assert "access_token=***" == request.query


def test_password_members_are_stars_whatever_they_are() -> None:
    """A password needs not be known to be hidden."""
    cleaned = Redactor().body(b'{"password":"q8\\"Zt", "other":1}')

    assert cleaned == b'{"password":"***", "other":1}'


def test_short_secrets_do_not_blank_everything() -> None:
    """A secret of three letters would turn every text into stars."""
    assert "abc abc" == Redactor(["abc"]).text("abc abc")


def test_an_answer_without_a_secret_is_recorded_as_it_came() -> None:
    """It is the same one, so that its body is parsed once for whoever asked and for whoever judges."""
    answer = Response(200, (("ETag", "1"),), b'{"userName":"ada"}')

    assert Redactor([SECRET]).response(answer) is answer
