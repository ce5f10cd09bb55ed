"""What the engines share: queries, filters, pages, errors, and flows side by side."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.flow import Flow, NoResponse, send
from scim_sim.idp.flows import Page, Unusable, equals, error_detail, in_step, query, read_page, resource_id, segment
from scim_sim.wire import Failure, Request, Response, json_body


def page_of(body: Any) -> Page:
    """The page that this JSON body is read as."""
    return read_page(Response(200, (), json_body(body)))


def test_query_encodes_everything_but_unreserved_characters() -> None:
    """Blanks are %20, quotes %22, at signs %40, plus signs %2B."""
    assert "filter=userName%20eq%20%22a%2Bb%40c%22&count=2" == query(("filter", equals("userName", "a+b@c")), ("count", 2))


def test_quotes_in_a_filter_value_are_escaped() -> None:
    """The value is a JSON string, its letters as they are."""
    assert 'userName eq "Jo \\"Ace\\" Żó"' == equals("userName", 'Jo "Ace" Żó')


def test_segment_keeps_a_slash_inside() -> None:
    """An id is one segment whatever it holds."""
    assert "a%2Fb%3Fc@d" == segment("a/b?c@d")


def test_members_of_a_list_are_found_in_any_case() -> None:
    """`resources` and `TotalResults` are read as what they mean; counters that are no integers are none."""
    assert Page(({"id": "1"},), 1, None, None) == page_of({"resources": [{"id": "1"}], "TotalResults": 1, "startIndex": "1"})


@pytest.mark.parametrize("body", [[], {}, {"Resources": {}}, {"Resources": ["a"]}, {"detail": "no"}])
def test_what_is_no_list_is_unusable(body: Any) -> None:
    """Anything else than a list of objects is refused."""
    with pytest.raises(Unusable):
        page_of(body)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"detail": "taken"}, "taken"),
        ({"Errors": [{"description": "old style"}]}, "old style"),
        ({"message": "from a gateway"}, "from a gateway"),
        ({"errors": ["plain"]}, "plain"),
        ({"status": "400"}, None),
        (["no"], None),
    ],
)
def test_error_text_is_found_where_it_usually_stands(body: Any, detail: str | None) -> None:
    """`detail` first, then what servers send instead."""
    assert detail == error_detail(Response(400, (), json_body(body)))


@pytest.mark.parametrize(("value", "found"), [("a", "a"), (7, "7"), ("", None), (True, None), (None, None)])
def test_usable_ids_are_text(value: Any, found: str | None) -> None:
    """A number is taken as text; nothing, truth values and the empty string are no id."""
    assert found == resource_id({"id": value})


def test_flows_side_by_side_take_turns() -> None:
    """One request of each in turn; a failure reaches the flow that asked, and the next flow starts where one ended."""
    heard: list[str] = []

    def asking(name: str, times: int) -> Flow[None]:
        for turn in range(times):
            try:
                yield from send(Request("GET", f"/{name}{turn}"))
            except NoResponse:
                heard.append(f"{name}{turn} failed")

    flow = in_step((asking(name, times) for name, times in (("a", 2), ("b", 1), ("c", 1))), width=2)
    paths = []
    wanted: Any = next(flow)
    while wanted is not None:
        paths.append(wanted.path)
        try:
            wanted = flow.throw(NoResponse(Failure("closed", ""))) if wanted.path == "/b0" else flow.send(Response(200))
        except StopIteration:
            wanted = None

    assert ["/a0", "/b0", "/a1", "/c0"] == paths
    assert ["b0 failed"] == heard
