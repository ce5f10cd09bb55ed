"""One side of an exchange is laid out from its own text, with marks where something is wrong."""

from __future__ import annotations

from dataclasses import replace

from scim_sim.report.kept import Failed, Received, Recorded, Sent
from scim_sim.report.model import Mark
from scim_sim.report.pane import Line, pane


def exchange(body: str | None, *, status: int = 200, size: int | None = None) -> Recorded:
    """An exchange that was answered with this body."""
    count = len(body or "") if size is None else size
    received = Received(status, "OK", (("Content-Type", "application/scim+json"), ("Date", "now")), body, count)
    return Recorded("E1", "okta", "s", "1", "", 0.0, 1.0, 1, Sent("GET", "/Users", "count=1"), received)


def shown(x: Recorded, *marks: Mark) -> list[Line]:
    """The lines of the answer."""
    return list(pane(x, "received", marks).lines)


def text(line: Line) -> str:
    """What stands in a line."""
    return "  " * line.indent + "".join(token.text for token in line.tokens)


def body(x: Recorded, *marks: Mark) -> list[str]:
    """The lines of the body."""
    return [text(line) for line in shown(x, *marks) if line.kind == "json"]


def test_start_line_and_telling_headers_come_first() -> None:
    """The request line is whole, and headers that say nothing about SCIM are left out."""
    sent = pane(exchange("{}"), "sent", ()).lines
    received = shown(exchange("{}"))

    assert "GET /Users?count=1" == text(sent[0])
    assert ["HTTP 200 OK", "Content-Type: application/scim+json"] == [text(line) for line in received[:2]]


def test_short_objects_stand_on_one_line() -> None:
    """A line holds what is easily read at once; longer things are unfolded."""
    assert ['{"id": "1", "active": true}'] == body(exchange('{"id":"1","active":true}'))
    assert ["{", f'  "a": "{"x" * 70}"', "}"] == body(exchange(f'{{"a":"{"x" * 70}"}}'))


def test_numbers_and_repeated_members_are_not_repaired() -> None:
    """What is shown is what came: digits, spelling, and a member that stands there twice."""
    assert ['{"a": 1.50, "a": 12345678901234567890}'] == body(exchange('{"a": 1.50, "a": 12345678901234567890}'))


def test_marked_place_is_unfolded_with_its_remark() -> None:
    """All lines at and under the pointer are marked, the first is named, and the remark follows the last."""
    mark = Mark("E1", "received", "/members", "expected: none")
    lines = [line for line in shown(exchange('{"members": [{"value": "1"}], "id": "2"}'), mark) if line.kind == "json"]

    assert [("{", False), ('  "members": [{"value": "1"}],', True), ('  "id": "2"', False), ("}", False)] == [
        (text(line), line.marked) for line in lines
    ]
    assert ["", "expected: none", "", ""] == [line.say for line in lines]


def test_pointers_compare_without_case() -> None:
    """Attribute names are case-insensitive (RFC 7643 section 2.1), so are marks."""
    assert any(line.marked for line in shown(exchange('{"userName": "a"}'), Mark("E1", "received", "/username", "no")))


def test_missing_member_stands_where_it_should_be() -> None:
    """An absent member is a line of its own in its object; an absent header follows the headers."""
    member = Mark("E1", "received", "/meta/location", "expected: a URL", missing=True)
    header = Mark("E1", "received", "header:Location", "expected: a URL", missing=True)
    lines = shown(exchange('{"meta": {"resourceType": "User"}}'), member, header)

    assert ["    location is absent", "Location is absent"] == sorted(text(line) for line in lines if line.missing)


def test_status_line_can_be_marked() -> None:
    """A wrong status is marked on the start line."""
    first = shown(exchange("{}", status=500), Mark("E1", "received", "http", "expected: 204"))[0]

    assert (True, "expected: 204") == (first.marked, first.say)


def test_body_that_is_no_json_is_shown_as_text() -> None:
    """HTML and truncated JSON are shown as they came."""
    assert ["<html>", "</html>"] == [text(line) for line in shown(exchange("<html>\n</html>")) if line.kind == "text"]


def test_long_body_keeps_what_is_near_a_mark() -> None:
    """Far lines are left out and counted; the marked one stays."""
    rows = ",".join(f'{{"id": "{n}", "userName": "somebody-with-a-long-name-{n}@example.test"}}' for n in range(400))
    lines = shown(exchange(f'{{"Resources": [{rows}]}}'), Mark("E1", "received", "/Resources/300/id", "twice"))

    assert len(lines) < 120
    assert [True] == [line.marked for line in lines if line.say]
    assert any("lines left out" in text(line) for line in lines)


def test_dropped_and_cut_bodies_are_said() -> None:
    """A body that is not there any more, or not whole, is never taken for an empty one."""
    assert "was dropped" in text(shown(exchange(None, size=2048))[-1])
    assert "cut: 2.0 MB in all" in text(shown(exchange("x" * 10, size=2_097_152))[-1])
    assert "(no body)" == text(shown(exchange(None))[-1])


def test_no_answer_is_told_in_words() -> None:
    """A time-out is what came back."""
    silent = replace(exchange(None), response=None, failure=Failed("timeout", "no answer within 30 s"))

    assert ["No answer: timeout. no answer within 30 s"] == [text(line) for line in shown(silent)]
