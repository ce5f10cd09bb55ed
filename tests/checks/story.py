"""A story in raw requests that touches every operation of RFC 7644 once, for tests that want traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from scim_sim.scim.urns import BULK_REQUEST, ENTERPRISE_USER, GROUP, PATCH_OP, SEARCH_REQUEST, USER
from scim_sim.wire import Response

Json = dict[str, Any]


class Speaker(Protocol):
    """Whoever sends a request and returns the answer."""

    def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Any = (), *, step: str = ""
    ) -> Response:
        """The answer to one request."""
        ...


def user(number: int, **more: Any) -> Json:
    """A user with enterprise attributes and two addresses."""
    return {
        "schemas": [USER, ENTERPRISE_USER],
        "userName": f"user{number}@example.test",
        "externalId": f"Ext{number}",
        "name": {"givenName": f"Given{number}", "familyName": f"Family{number}"},
        "displayName": f"Display {number}",
        "active": True,
        "emails": [
            {"value": f"user{number}@example.test", "type": "work", "primary": True},
            {"value": f"home{number}@example.test", "type": "home"},
        ],
        ENTERPRISE_USER: {"department": "Tours", "employeeNumber": str(number)},
        **more,
    }


def patch(*operations: Json) -> Json:
    """A PATCH body."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def tell(speak: Speaker) -> None:
    """The whole story, on a provider that supports everything."""
    for path in ("ServiceProviderConfig", "ResourceTypes", "Schemas", f"Schemas/{USER}", "ResourceTypes/User"):
        speak("GET", f"/{path}")
    ids = [speak("POST", "/Users", user(n)).json()["id"] for n in range(6)]
    speak("POST", "/Users", user(1))
    speak("POST", "/Users", user(1, userName="USER1@Example.Test"))
    for id_ in ids:
        speak("GET", f"/Users/{id_}")
    _queries(speak, ids[0])
    _patches(speak, ids)
    _replacements(speak, ids)
    _groups(speak, ids)
    _conditions(speak, ids[2])
    _rest(speak, ids)


def _queries(speak: Speaker, id_: str) -> None:
    for text in (
        'userName eq "user1@example.test"',
        'userName eq "USER1@example.test"',
        'userName sw "user"',
        "active eq true",
        'emails.value eq "home2@example.test"',
        'emails[type eq "work" and value co "user3"]',
        'not (userName eq "user1@example.test")',
        "title pr",
        'externalId eq "EXT1"',
        f'{ENTERPRISE_USER}:employeeNumber eq "3"',
        'userName regex "x"',
        'noSuch eq "1"',
        'meta.lastModified gt "2001-01-01T00:00:00Z"',
    ):
        speak("GET", f"/Users?filter={quote(text)}")
    for query in ("startIndex=1&count=2", "startIndex=3&count=2", "startIndex=5&count=2", "count=0", "count=-1", "startIndex=0"):
        speak("GET", f"/Users?{query}")
    for query in ("sortBy=userName", "sortBy=emails.value&sortOrder=descending", "sortBy=title", "attributes=userName"):
        speak("GET", f"/Users?{query}")
    speak("GET", f"/Users/{id_}?excludedAttributes=emails,name")
    speak("GET", f"/Users/{id_}?attributes={ENTERPRISE_USER}:department")


def _patches(speak: Speaker, ids: list[str]) -> None:
    for operation in (
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "True"},
        {"op": "replace", "value": {"active": False}},
        {"op": "add", "path": "emails", "value": [{"value": "other@example.test", "type": "other"}]},
        {"op": "remove", "path": 'emails[type eq "home"]'},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@example.test"},
        {"op": "replace", "path": "name.familyName", "value": "Newname"},
        {"op": "add", "path": "title", "value": "Chief"},
        {"op": "remove", "path": "title"},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "Sales"},
        {"op": "replace", "value": {"name.givenName": "Dotted", f"{ENTERPRISE_USER}:division": "North"}},
        {"op": "add", "path": f"{ENTERPRISE_USER}:manager", "value": ids[1]},
        {"op": "remove"},
        {"op": "replace", "path": "id", "value": "another"},
        {"op": "merge", "path": "title", "value": "x"},
        {"op": "replace", "path": "active", "value": "perhaps"},
        {"op": "remove", "path": "userName"},
        {"op": "replace", "path": "title", "value": ""},
    ):
        speak("PATCH", f"/Users/{ids[0]}", patch(operation))
        speak("GET", f"/Users/{ids[0]}")
    by_name = quote('userName eq "user0@example.test"')
    speak("GET", f"/Users?filter={by_name}")


def _replacements(speak: Speaker, ids: list[str]) -> None:
    body = {**(speak("GET", f"/Users/{ids[1]}").json_object() or {}), "displayName": "Put", "title": None}
    body["emails"] = [{"value": "only@example.test", "type": "work"}]
    speak("PUT", f"/Users/{ids[1]}", body)
    speak("GET", f"/Users/{ids[1]}")


def _groups(speak: Speaker, ids: list[str]) -> None:
    members = [{"value": ids[0]}, {"value": ids[1]}]
    group = speak("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew", "members": members}).json()["id"]
    for operation in (
        {"op": "add", "path": "members", "value": [{"value": ids[2]}]},
        {"op": "add", "path": "members", "value": [{"value": ids[2]}]},
        {"op": "remove", "path": f'members[value eq "{ids[0]}"]'},
        {"op": "replace", "path": "members", "value": [{"value": ids[3]}, {"value": ids[4]}]},
        {"op": "replace", "value": {"id": group, "displayName": "Renamed"}},
        {"op": "remove", "path": "members"},
    ):
        speak("PATCH", f"/Groups/{group}", patch(operation))
        speak("GET", f"/Groups/{group}")
    speak("PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Put", "members": [{"value": ids[5]}]})
    speak("GET", f"/Groups/{group}")
    speak("GET", f"/Users/{ids[5]}")
    speak("GET", "/Groups")
    speak("GET", "/Groups?excludedAttributes=members")
    speak("DELETE", f"/Users/{ids[5]}")
    speak("GET", f"/Users/{ids[5]}")
    speak("DELETE", f"/Users/{ids[5]}")
    speak("GET", f"/Groups/{group}")
    speak("DELETE", f"/Groups/{group}")
    speak("GET", f"/Users/{ids[2]}")


def _conditions(speak: Speaker, id_: str) -> None:
    tag = speak("GET", f"/Users/{id_}").header("etag") or 'W/"none"'
    speak("GET", f"/Users/{id_}", None, [("If-None-Match", tag)])
    for title in ("First", "Second"):
        speak("PATCH", f"/Users/{id_}", patch({"op": "replace", "path": "title", "value": title}), [("If-Match", tag)])
    speak("GET", f"/Users/{id_}")


def _rest(speak: Speaker, ids: list[str]) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "one", "data": user(50)},
        {"method": "POST", "path": "/Users", "bulkId": "two", "data": user(50)},
        {"method": "DELETE", "path": f"/Users/{ids[3]}"},
    ]
    speak("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})
    search = {"schemas": [SEARCH_REQUEST], "filter": 'userName sw "user"', "attributes": ["userName"]}
    speak("POST", "/Users/.search", search)
    speak("POST", "/Users/.search", search | {"filter": 'userName eq "nobody"'})
    speak("GET", "/Me")
    speak("GET", "/Users")
    speak("GET", "/Users?filter=")
    speak("GET", "/Users", None, [("Authorization", "")])
    speak("GET", "/Users/none")
