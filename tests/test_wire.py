"""Requests, responses and exchanges hold what was on the wire."""

from __future__ import annotations

import pickle

import pytest

from scim_sim.wire import Exchange, Failure, NotJson, Request, Response, json_body


def test_target_keeps_a_dangling_question_mark() -> None:
    """An empty query is a question mark, no query is none."""
    assert "/Users?" == Request("GET", "/Users", "").target
    assert "/Users" == Request("GET", "/Users").target


def test_headers_compare_without_case() -> None:
    """A header is found whatever its spelling."""
    response = Response(200, (("Content-TYPE", "Application/SCIM+json; charset=utf-8"),))

    assert "Application/SCIM+json; charset=utf-8" == response.header("content-type")
    assert "application/scim+json" == response.media_type
    assert (None, None) == (response.header("etag"), Response(204).header("etag"))


def test_first_header_of_a_name_counts() -> None:
    """A header that stands twice is read where it stands first."""
    headers = (("ETag", '"1"'), ("etag", '"2"'))

    assert ['"1"'] * 2 == [
        message.header("ETag") for message in (Request("GET", "/Users", None, headers), Response(200, headers))
    ]


def test_body_that_is_no_json_says_how_it_starts() -> None:
    """The message quotes the beginning of the body."""
    with pytest.raises(NotJson, match="<html>"):
        Response(200, (), b"<html>login</html>").json()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"schemas":["urn', "it breaks off; the body starts with"),
        (b'{"a": 1, ', "it breaks off"),
        (b'{"a": nothing}', "it is no JSON from character 7 on"),
        (b'{"a": "\xff\xfe"}', "it is not in UTF-8"),
    ],
)
def test_body_that_is_no_json_says_where_it_ends_to_be(body: bytes, said: str) -> None:
    """In words, and not in those of the parser."""
    with pytest.raises(NotJson, match=said):
        Response(200, (), body).json()


def test_empty_body_is_said_to_be_empty() -> None:
    """An empty body has a message of its own."""
    with pytest.raises(NotJson, match="empty"):
        Response(200).json()


def test_json_object_is_none_for_anything_else() -> None:
    """Arrays and broken documents are no objects."""
    assert Response(200, (), b"[1]").json_object() is None
    assert Response(200, (), b"{").json_object() is None
    assert Response(200, (), b'{"a":1}').json_object() == {"a": 1}


def test_json_body_is_compact_and_keeps_letters() -> None:
    """Bodies carry no white space and no escapes for letters."""
    assert json_body({"name": "Żółć", "n": [1, True]}) == '{"name":"Żółć","n":[1,true]}'.encode()


def test_answer_of_an_exchange_without_one_is_our_mistake() -> None:
    """Asking for a response that never came is an assertion of ours."""
    exchange = Exchange("E1", "okta", "s", "1", Request("GET", "/Users"), None, Failure("timeout", "no answer"), 0.0, 0.1)

    with pytest.raises(AssertionError, match="E1"):
        _ = exchange.answer


def test_answer_that_was_read_travels_between_processes_as_it_came() -> None:
    """What was read in the body stays behind, and is read again."""
    answer = Response(200, (("ETag", 'W/"1"'),), b'{"id": "7"}', "OK")
    before = pickle.dumps(answer)
    assert answer.json() == {"id": "7"}

    arrived = pickle.loads(pickle.dumps(answer))

    assert before == pickle.dumps(answer)
    assert (arrived, arrived.json()) == (answer, {"id": "7"})
