"""Lists: filters by index and by scan agree, pages cover everything, cursors walk, searches equal GETs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from scim_sim.provider import Options
from scim_sim.scim import urns

Make = Callable[..., Any]


def crowd(client: Any) -> None:
    """Three users with two addresses each."""
    for name in ("ada", "Bob", "cyd"):
        mails = [{"type": "work", "value": f"{name}@w.test"}, {"type": "home", "value": f"{name}@h.test"}]
        client.user(name, externalId=f"X-{name}", emails=mails, active=name != "cyd")


@pytest.mark.parametrize("by_index", [True, False])
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('userName eq "ADA"', ["ada"]),
        ('username Eq "bob"', ["Bob"]),
        (f'{urns.USER}:userName eq "ada"', ["ada"]),
        ('externalId eq "x-ada"', []),
        ('externalId eq "X-ada"', ["ada"]),
        ('emails.value eq "ada@h.test"', ["ada"]),
        ('emails eq "ada@h.test"', ["ada"]),
        ('emails[type eq "work"].value eq "ada@h.test"', []),
        ('emails[type eq "work"].value eq "ada@w.test"', ["ada"]),
        ('emails[type eq "work" and value co "@h"]', []),
        ('userName eq "ada" and active eq false', []),
        ('active eq false or userName sw "a"', ["ada", "cyd"]),
        ('not (userName eq "ada")', ["Bob", "cyd"]),
        ('nonsense eq "x"', []),
    ],
)
def test_an_index_finds_what_a_scan_finds(make: Make, filter: str, expected: list[str], by_index: bool) -> None:
    """The index is an abbreviation, never another answer."""
    client = make()
    client.provider.indexes_decide = by_index
    crowd(client)

    assert expected == client.names(f"filter={quote(filter)}")


def test_an_id_finds_one(make: Make) -> None:
    """id eq, in its own case only."""
    client = make()
    made = client.user("ada")

    assert ["ada"] == client.names(f"filter=id+eq+%22{made['id']}%22")
    assert [] == client.names(f"filter=id+eq+%22{made['id'].upper()}%22")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("startIndex=2&count=1", (3, 2, 1, ["Bob"])),
        ("startIndex=-5&count=2", (3, 1, 2, ["ada", "Bob"])),
        ("count=0", (3, 1, 0, [])),
        ("count=-3", (3, 1, 0, [])),
        ("startIndex=9", (3, 9, 0, [])),
        ("startIndex=99999999999999999999&count=99999999999999999999", (3, 2147483647, 0, [])),
        ("count=1000", (3, 1, 2, ["ada", "Bob"])),
        ("sortBy=userName&sortOrder=descending&count=2", (3, 1, 2, ["cyd", "Bob"])),
        ("filter=userName+pr&startIndex=3", (3, 3, 1, ["cyd"])),
    ],
)
def test_pages_say_what_they_hold(make: Make, query: str, expected: tuple[Any, ...]) -> None:
    """totalResults, startIndex, itemsPerPage and the items; the page is never larger than announced."""
    client = make(options=Options(page_size=2, max_results=2))
    crowd(client)
    body = client.get(f"/Users?{query}").json()
    names = [item["userName"] for item in body["Resources"]]

    assert expected == (body["totalResults"], body["startIndex"], body["itemsPerPage"], names)


def test_cursors_walk_through_everything_once(make: Make) -> None:
    """nextCursor on every page but the last (RFC 9865 section 2)."""
    client = make(options=Options(cursor=True))
    crowd(client)
    seen: list[str] = []
    query = "cursor=&count=2"
    while True:
        body = client.get(f"/Users?{query}").json()
        seen += [item["userName"] for item in body["Resources"]]
        if "nextCursor" not in body:
            break
        query = f"cursor={body['nextCursor']}&count=2"

    assert ["ada", "Bob", "cyd"] == seen


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        ("cursor=forged", "invalidCursor"),
        ("cursor={}&count=1", "invalidCount"),
        ("cursor={}&filter=userName+pr", "invalidCursor"),
    ],
)
def test_a_cursor_is_good_for_its_own_query_only(make: Make, query: str, scim_type: str) -> None:
    """400 with the keywords of RFC 9865 section 2.1; an old one has expired."""
    client = make(options=Options(cursor=True, cursor_seconds=60))
    crowd(client)
    cursor = client.get("/Users?cursor=&count=2").json()["nextCursor"]
    response = client.get(f"/Users?{query.format(cursor)}")
    client.provider.clock.sleep(61)

    assert (400, scim_type) == (response.status, response.json()["scimType"])
    assert "expiredCursor" == client.get(f"/Users?cursor={cursor}&count=2").json()["scimType"]


def test_a_search_equals_the_get(make: Make) -> None:
    """POST .search takes the same question in its body and creates nothing."""
    client = make()
    crowd(client)
    body = {"schemas": [urns.SEARCH_REQUEST], "filter": "active eq true", "attributes": ["userName"], "count": 1, "startIndex": 2}
    searched = client.send("POST", "/Users/.search", body)
    got = client.get("/Users?filter=active+eq+true&attributes=userName&count=1&startIndex=2")

    assert (200, got.json(), 3) == (searched.status, searched.json(), len(client.provider.store_of()))


def test_a_query_of_the_root_covers_all_types(make: Make) -> None:
    """An attribute that a type lacks has no value there."""
    client = make()
    client.user("ada")
    client.group("g")

    assert ["User", "Group"] == [item["meta"]["resourceType"] for item in client.get("/").json()["Resources"]]
    assert 1 == client.get("/?filter=userName+pr").json()["totalResults"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("attributes=userName", {"schemas", "id", "userName"}),
        ("attributes=USERNAME,name.givenName", {"schemas", "id", "userName", "name"}),
        (f"attributes={urns.USER}:userName", {"schemas", "id", "userName"}),
        ("excludedAttributes=id,name,meta,active", {"schemas", "id", "userName"}),
    ],
)
def test_projection_shows_what_was_asked_for(make: Make, query: str, expected: set[str]) -> None:
    """The same for one resource and for a list; `id` stays."""
    client = make()
    made = client.user("ada", name={"givenName": "A", "familyName": "B"})

    assert expected == set(client.get(f"/Users/{made['id']}?{query}").json())
    assert expected == set(client.get(f"/Users?{query}").json()["Resources"][0])


def test_parameters_are_read_leniently(make: Make) -> None:
    """Unknown ones are ignored, plus is a space, a bare question mark does no harm."""
    client = make()
    client.user("a b+c")

    assert ["a b+c"] == client.names("x=1&&filter=userName%20eq+%22a+b%2Bc%22&")
    assert 200 == client.get("/Users?").status
