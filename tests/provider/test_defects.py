"""Every defect shows itself on a tour through the provider, every variant is served without an error of ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.provider.defects import DEFECTS, DEPTHS, FAMILIES
from scim_sim.provider.more_types import WORKPLACE
from scim_sim.provider.variants import VARIANTS
from scim_sim.scim import urns
from scim_sim.scim.requirements import catalogue
from scim_sim.wire import Request, Response

BOSS = urns.ENTERPRISE_USER
TOKENS = {"read": "read-token", "other": "other-token"}
LANGUAGE = (("User-Agent", "tour"), ("Accept", "application/scim+json"), ("Content-Type", "application/scim+json"))

WITHOUT_DEFECT = {
    "rfc7644-7.2-tls-required": "The embedded provider speaks plain HTTP on the loopback.",
    "rfc7644-7.5.2-sensitive-filter": "Which data are confidential is the provider's own decision.",
    "rfc9865-5.2-cursor-no-privilege": "A cursor holds ids, and each is looked up among the resources of whoever asks.",
    "rfc7644-3.5.1-put-omitted": "Clearing, keeping and defaulting are all legal; keeping is a variant.",
    "rfc7644-3.13-version-segment": "The version is part of the base path, which belongs to the server.",
}
"""Requirements of the RFCs that no defect breaks, each with the reason."""


class Tour:
    """Walks through everything a provider offers; `steps` yields one line for each answer."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def ask(self, method: str, target: str, body: Any = None, *extra: tuple[str, str], token: str | None = "token-1") -> Response:
        """One request with a token, or with none."""
        path, mark, query = target.partition("?")
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        names = {name.lower() for name, _ in extra}
        usual = tuple(
            item for item in LANGUAGE if item[0].lower() not in names and (raw is not None or item[0] != "Content-Type")
        )
        headers = (
            *usual,
            *(item for item in extra if item[1]),
            *((("Authorization", f"Bearer {token}"),) if token is not None else ()),
        )
        return self.provider.handle(Request(method, path, query if mark else None, headers, raw))

    def made(self, target: str, body: dict[str, Any], log: list[Response]) -> str:
        """Create something and return its id, or what stands for one."""
        log.append(self.ask("POST", target, body))
        found = log[-1].json_object() or {}
        location = log[-1].header("location") or ""
        return str(found.get("id") or location.rsplit("/", 1)[-1] or "lost")

    def steps(self) -> Iterator[Response]:
        """All answers, in order."""
        for part in (
            self._doors,
            self._discovery,
            self._users,
            self._queries,
            self._changes,
            self._groups,
            self._bulk,
            self._habits,
            self._corners,
            self._returns,
            self._side_doors,
            self._crowds,
            self._ends,
            self._second_looks,
            self._later_looks,
            self._second_looks,
        ):
            log: list[Response] = []
            for item in part(log):
                log.append(item)
                yield from self._flushed(log)
            yield from self._flushed(log)

    @staticmethod
    def _flushed(log: list[Response]) -> Iterator[Response]:
        yield from log
        log.clear()

    def _doors(self, log: list[Response]) -> Iterator[Response]:
        spellings: tuple[str | None, ...] = (None, "wrong", "token", "token-12", "TOKEN-1", "")
        for token in spellings:
            yield self.ask("GET", "/Users", token=token)
        for method, target, body in (
            ("POST", "/Users", b"{"),
            ("DELETE", "/Users/x", None),
            ("PATCH", "/Users/x", b"{"),
            ("GET", "/Groups", None),
            ("POST", "/Bulk", {}),
            ("POST", "/Users/.search", {}),
            ("GET", "/ServiceProviderConfig", None),
            ("GET", "/Users?access_token=token-1", None),
        ):
            yield self.ask(method, target, body, token=None)
        yield self.ask("GET", "/Users", None, ("Authorization", "Basic eDp5"), token=None)
        yield self.ask("GET", "/Users", None, ("Authorization", "bearer token-1"), token=None)
        yield self.ask("POST", "/Users", {"schemas": [urns.USER], "userName": "r"}, token=TOKENS["read"])

    def _discovery(self, log: list[Response]) -> Iterator[Response]:
        for target in (
            "/ServiceProviderConfig",
            "/ResourceTypes",
            "/ResourceTypes?count=1",
            "/ResourceTypes/User",
            "/ResourceTypes/Nothing",
            "/Schemas",
            "/Schemas?filter=id+pr",
            f"/Schemas/{urns.USER}",
            f"/Schemas/{urns.GROUP}",
            "/Schemas/urn:nothing",
            "/Nowhere",
            "/Me",
        ):
            yield self.ask("GET", target)
        yield self.ask("PUT", "/ServiceProviderConfig", {})
        yield self.ask("DELETE", "/ResourceTypes/Group")
        yield self.ask("GET", "/ResourceTypes/Group")
        yield self.ask("DELETE", "/Users")

    def _users(self, log: list[Response]) -> Iterator[Response]:
        self.ada = self.made(
            "/Users", {"schemas": [urns.USER], "userName": "Ada@x.test", "externalId": "X1", "nickName": "a"}, log
        )
        yield self.ask("GET", f"/Users/{self.ada}")
        whole = {
            "schemas": [BOSS, urns.USER],
            "id": "mine",
            "meta": {"created": "1999-01-01T00:00:00Z", "resourceType": "User"},
            "userName": "bob@x.test",
            "externalId": "x2",
            "displayName": "Bób with a name that is longer than thirty letters",
            "name": {"formatted": "Bób B", "givenName": "Bób", "familyName": "Builder", "middleName": "M"},
            "emails": [
                {"value": "Bob@X.test", "type": "odd"},
                {"value": "b@h.test", "type": "home", "primary": True},
            ],
            "phoneNumbers": [{"value": "+1 201 555", "type": "work"}],
            "addresses": [{"type": "work", "country": "GB"}],
            "roles": [{"value": "r"}],
            "x509Certificates": [{"value": "QUJDRA=="}],
            "title": "T",
            "userType": "u",
            "locale": "en-US",
            "password": "Secret-Invented-1",
            "active": False,
            BOSS: {
                "employeeNumber": "7",
                "costCenter": "c",
                "department": "d",
                "manager": {"value": self.ada, "displayName": "F"},
            },
        }
        self.bob = self.made("/Users", whole, log)
        for target in ("", "?attributes=password", "?attributes=USERNAME,name.givenName", f"?attributes={urns.USER}:userName,x"):
            yield self.ask("GET", f"/Users/{self.bob}{target}")
        for target in ("?excludedAttributes=id,name", "?attributes=userName&excludedAttributes=name", "?nonsense=1", "?"):
            yield self.ask("GET", f"/Users/{self.bob}{target}")
        yield self.ask("GET", f"/Users/{self.ada.upper()}")
        for body in (
            {"schemas": [urns.USER], "userName": "ada@x.test"},
            {"schemas": [urns.USER], "userName": "ada@x.test"},
            {"schemas": [urns.USER], "userName": "Ａda@x.test"},
            {"schemas": [urns.USER]},
            {"schemas": [urns.USER], "userName": 5},
            {"schemas": [urns.USER], "userName": "n1", "title": None, "emails": []},
            {"schemas": [urns.USER], "userName": "n2", "unknown": 1},
            {"schemas": [urns.USER], "userName": "n3", "urn:x:y": {}},
            {"schemas": ["urn:scim:schemas:core:1.0"], "userName": "n4"},
            {"userName": "n5", "schemas": [urns.USER]},
            {"USERNAME": "n6", "schemas": [urns.USER], "DISPLAYNAME": "d"},
            {"schemas": [urns.USER], "userName": "n7", "emails": {"value": "o@x.test"}},
            {
                "schemas": [urns.USER],
                "userName": "n8",
                "emails": [{"value": "1", "primary": True}, {"value": "2", "primary": True}],
            },
            {"schemas": [urns.USER], "userName": "n9", "addresses": [{"country": "USA"}]},
            {"schemas": [urns.USER, BOSS], "userName": "n10", "groups": [], "externalId": "X1"},
            {"schemas": [urns.USER], "userName": "n11", "active": "False"},
            {"title": "no schemas"},
            {"schemas": [urns.USER], "userName": 'a"b'},
            {"schemas": [urns.USER], "userName": "a+b%41"},
        ):
            yield self.ask("POST", "/Users", body)
        yield self.ask("POST", "/Users", b"{")
        yield self.ask("POST", "/Users?attributes=userName", {"schemas": [urns.USER], "userName": "n12"})
        yield self.ask("POST", "/Users", {"schemas": [urns.USER], "userName": "n13"}, ("Content-Type", "application/json"))
        yield self.ask("POST", "/Users", {"schemas": [urns.USER], "userName": "n14"}, ("Content-Type", "text/plain"))
        charset = ("Content-Type", "application/scim+json; charset=utf-8")
        yield self.ask("POST", "/Users", {"schemas": [urns.USER], "userName": "n15", "title": "t"}, charset)
        yield self.ask("GET", "/Users?count=1", None, ("Accept", "application/json"))
        yield self.ask("GET", "/Users?count=1", None, ("Accept", ""))
        yield self.ask("GET", "/Users?count=1", None, ("User-Agent", ""))
        yield self.ask("GET", "/Users/none")
        yield self.ask("GET", "/Users/%27%20or%201")
        yield self.ask("GET", "/Users", token=TOKENS["other"])

    def _queries(self, log: list[Response]) -> Iterator[Response]:
        filters = """userName eq "ada@x.test"|userName eq "ADA@X.TEST"|userName eq "n"|externalId eq "X2"|externalId eq "X1"
            |userName ne "ada@x.test"|userName co "@x"|userName sw "ada@x.test"|userName ew "x.test"|userName ew "ada"|title pr
            |USERNAME Eq "n2"|not (active eq true)|active eq false|active gt true|title eq null|name.familyName eq "Builder"
            |emails eq "b@h.test"|emails.value eq "b@h.test"|emails[type eq "odd" and value sw "b@h"]|emails[type eq "home"]
            |emails[type eq "home"].value eq "b@h.test"|userName eq "n2" or userName eq "n3" and active eq false
            |(userName eq "n2" or userName eq "n3") and active eq false
            |meta.created ge "2026-01-05T09:00:00+01:00"|userName sw "x.test"
            |userName eq "n2" or userName eq "n3"|userName gt "n2"|userName le "n2"|userName eq "a\\"b"
            |userName eq "x' or '1'='1"|userName eq "a+b%41"|userName xx "a"
            |userName eq|nonsense eq "x"|password sw "Secret"|active eq true and userName sw "n"|userName eq "nobody\""""
        for text in filters.replace("\n", "").split("|"):
            yield self.ask("GET", f"/Users?filter={quote(text.strip())}")
        yield self.ask("GET", "/Users?filter=userName+eq+%22n2%22")
        yield self.ask("GET", f"/Users?filter=id+eq+%22{self.ada}%22")
        yield self.ask("GET", f"/Users?filter={quote(f'{BOSS}:department')}+eq+%22d%22")
        yield self.ask("GET", f"/Users?filter={quote(f'{urns.USER}:userName')}+eq+%22n2%22")
        sorts = ("userName", "userName&sortOrder=descending", "title", "title&sortOrder=descending", "name.familyName", "emails")
        pages = ("0", "-1", "2", "abc", "50", "100000", "2&startIndex=2", "2&startIndex=3", "100&startIndex=9", "5&startIndex=0")
        for query in (
            *(f"sortBy={by}" for by in (*sorts, "meta.lastModified")),
            *(f"count={count}" for count in pages),
            "startIndex=100",
            "attributes=userName",
            "cursor&count=3",
            "cursor=forged",
            "",
        ):
            yield self.ask("GET", f"/Users?{query}")
        cursor = (self.ask("GET", "/Users?cursor=&count=3").json_object() or {}).get("nextCursor", "")
        for query in (f"cursor={cursor}&count=4", f"cursor={cursor}&count=3"):
            yield self.ask("GET", f"/Users?{query}")
        yield self.ask("GET", "/Me")
        search = {"schemas": [urns.SEARCH_REQUEST], "filter": 'userName sw "n"', "attributes": ["userName"], "count": 2}
        for body in (search, {**search, "schemas": ["x"]}, {**search, "filter": "("}, {**search, "cursor": "", "count": 3}):
            yield self.ask("POST", "/Users/.search", body)
        yield self.ask("POST", "/.search", search)

    def patch(self, target: str, *operations: dict[str, Any]) -> Response:
        """PATCH with these operations."""
        return self.ask("PATCH", target, {"schemas": [urns.PATCH_OP], "Operations": list(operations)})

    def _changes(self, log: list[Response]) -> Iterator[Response]:
        place = f"/Users/{self.ada}"
        name = {"formatted": "Ada L", "givenName": "Ada", "familyName": "Love", "middleName": "M"}
        put = {"schemas": [urns.USER], "userName": "Ada@x.test", "externalId": "X1", "title": "T", "nickName": "a", "name": name}
        mails = [
            {"value": "w1", "type": "work", "primary": True},
            {"value": "w2", "type": "work"},
            {"value": "h", "type": "home"},
        ]
        for body in (
            {**put, "emails": mails, "displayName": "Ada", BOSS: {"department": "d", "division": "v"}},
            {**put, "emails": mails, "displayName": "Ada", BOSS: {"department": "d", "division": "v"}},
            {**put, "emails": mails[:1], "displayName": "Ada2", "id": self.ada, "groups": [], BOSS: {"department": "e"}},
            {**put, "emails": mails, "title": None, "phoneNumbers": [], "meta": {"created": "1999-01-01T00:00:00Z"}},
            {**put, "name": {**name, "familyName": "New"}, "externalId": "X9", "active": False},
            put,
            {**put, "active": True, "password": "Secret-Invented-2"},
            {"schemas": [urns.USER], "title": "T"},
            {**put, "userName": "bob@x.test"},
            {**put, "userName": "ada2@x.test"},
            {**put, "emails": mails, "title": "T"},
        ):
            yield self.ask("PUT", place, body)
            yield self.ask("GET", place)
        yield self.ask("PUT", "/Users/none", put)
        yield self.ask("GET", "/Users?filter=userName+eq+%22ada2@x.test%22")
        badge = "urn:example:params:scim:schemas:extension:badge:1.0:User"
        for number in ("1", "2"):
            yield self.ask("PUT", place, {**put, "emails": mails, badge: {"badgeNumber": number}})
        operations: tuple[tuple[dict[str, Any], ...], ...] = (
            ({"op": "replace", "path": "title", "value": "U"}, {"op": "replace", "path": "nickName", "value": "V"}),
            ({"op": "replace", "path": "nickName", "value": "1"}, {"op": "replace", "path": "nickName", "value": "2"}),
            ({"op": "Replace", "path": "title", "value": "W"},),
            ({"op": "replace", "path": "TITLE", "value": "W2"},),
            ({"op": "replace", "path": f"{urns.USER}:title", "value": "W3"},),
            ({"op": "add", "path": "title", "value": "W4"},),
            ({"op": "replace", "path": "title", "value": "W4"},),
            ({"op": "replace", "path": "userType", "value": "new"},),
            ({"op": "add", "path": "name.middleName", "value": "N"},),
            ({"op": "replace", "path": "name.familyName", "value": "O"},),
            ({"op": "add", "path": "name", "value": {"honorificPrefix": "Dr"}},),
            ({"op": "replace", "path": "name", "value": {"givenName": "P"}},),
            ({"op": "add", "value": {"nickName": "p", "emails": [{"value": "x", "type": "other"}]}},),
            ({"op": "replace", "value": {"displayName": "R", "name.givenName": "S"}},),
            ({"op": "add", "path": "emails", "value": {"value": "y", "type": "other"}},),
            ({"op": "add", "path": "emails", "value": [{"value": "y", "type": "other"}]},),
            ({"op": "add", "path": "emails", "value": [{"value": "z", "type": "home", "primary": True}]},),
            ({"op": "replace", "path": 'emails[type eq "work"].display', "value": "d"},),
            ({"op": "replace", "path": 'emails[type eq "work"].value', "value": "w"},),
            ({"op": "add", "path": 'phoneNumbers[type eq "fax"].value', "value": "9"},),
            ({"op": "replace", "path": 'phoneNumbers[type eq "nothing"].value', "value": "9"},),
            (
                {"op": "add", "path": 'addresses[type eq "work"].locality', "value": "L"},
                {"op": "add", "path": 'addresses[type eq "work"].region', "value": "R"},
            ),
            ({"op": "add", "path": 'roles[primary eq "True"].value', "value": "r"},),
            ({"op": "replace", "path": "roles[primary eq true].value", "value": "r2"},),
            ({"op": "add", "path": "roles", "value": [{"value": '{"value":"json","displayName":"J"}'}]},),
            (
                {"op": "replace", "path": f"{BOSS}:department", "value": "f"},
                {"op": "add", "path": f"{BOSS}:division", "value": "g"},
            ),
            ({"op": "add", "path": f"{BOSS}:costCenter", "value": "c"},),
            ({"op": "add", "path": f"{BOSS}:manager", "value": self.bob},),
            ({"op": "replace", "path": f"{BOSS}:manager", "value": ""},),
            ({"op": "remove", "path": 'emails[type eq "other"]'},),
            ({"op": "remove", "path": "name.middleName"},),
            ({"op": "remove", "path": "nickName"},),
            ({"op": "replace", "path": "emails", "value": [{"value": "only"}]},),
            ({"op": "remove", "path": "emails"},),
            ({"op": "remove"},),
            ({"op": "remove", "path": "userName"},),
            ({"op": "replace", "path": "id", "value": "i"},),
            ({"op": "replace", "path": "meta.created", "value": "i"},),
            ({"op": "replace", "path": "userName", "value": "bob@x.test"},),
            ({"op": "replace", "path": "userName", "value": "ada3@x.test"},),
            ({"op": "replace", "path": "title", "value": "kept?"}, {"op": "replace", "path": "active", "value": "perhaps"}),
            ({"op": "replace", "path": "title", "value": "kept?"}, {"op": "replace", "path": "nonsense", "value": "x"}),
            ({"op": "move", "path": "title"},),
            ({"op": "replace", "path": "emails[", "value": "x"},),
            ({"op": "replace", "value": {"password": "Secret-Invented-3"}},),
            ({"op": "Replace", "path": "active", "value": "False"},),
            ({"op": "replace", "path": "title", "value": "inactive"},),
            ({"op": "replace", "path": "active", "value": True},),
            ({"op": "Replace", "path": "active", "value": "True"},),
            ({"op": "Add", "path": "active", "value": "False"},),
            ({"op": "replace", "value": {"active": True}},),
            (
                {"op": "Replace", "path": "userName", "value": "0ada@x.test"},
                {"op": "Replace", "path": "active", "value": "False"},
            ),
            ({"op": "replace", "path": "preferredLanguage", "value": "en"},),
            ({"op": "replace", "path": "active", "value": True},),
        )
        for group in operations:
            yield self.patch(place, *group)
            yield self.ask("GET", place)
        yield self.ask("GET", "/Users?filter=userName+sw+%220ada%22")
        yield self.ask("PATCH", place, b"{")
        yield self.ask("PATCH", place, {"Operations": [{"op": "add", "path": "title", "value": "x"}]})
        yield self.ask("PATCH", place, {"schemas": [urns.PATCH_OP], "Operations": []})
        yield self.ask(
            "PATCH",
            f"{place}?attributes=userName",
            {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "value": {"title": "y"}}]},
        )
        yield self.patch("/Users/none", {"op": "add", "path": "title", "value": "x"})
        tag = self.ask("GET", place).header("etag") or ""
        for header in (("If-None-Match", tag), ("If-None-Match", 'W/"x"')):
            yield self.ask("GET", place, None, header)
        same = {"schemas": [urns.USER], "userName": "0ada@x.test", "title": "match"}
        for value in (tag, tag, "*", 'W/"x"'):
            yield self.ask("PUT", place, {**same, "title": value}, ("If-Match", value))
            yield self.ask("GET", place)
        yield self.ask("PATCH", place, {"schemas": [urns.PATCH_OP], "Operations": []}, ("If-Match", 'W/"x"'))
        yield self.ask("DELETE", f"/Users/{self.bob}", None, ("If-Match", 'W/"x"'))

    def _groups(self, log: list[Response]) -> Iterator[Response]:
        ids = [self.made("/Users", {"schemas": [urns.USER], "userName": f"m{place}"}, log) for place in range(25)]
        members = [{"value": id, "display": f"m{place}"} for place, id in enumerate(ids)]
        group = {"schemas": [urns.GROUP], "displayName": "Pilots"}
        place = f"/Groups/{self.made('/Groups', {**group, 'members': members[:3]}, log)}"
        yield self.ask("GET", place)
        big = self.made("/Groups", {**group, "displayName": "All", "members": members}, log)
        yield self.ask("GET", f"/Groups/{big}")
        for body in (
            {**group, "displayName": "Empty", "members": []},
            {"schemas": [urns.GROUP]},
            {**group, "members": [{"value": "none"}]},
        ):
            yield self.ask("POST", "/Groups", body)
        yield self.ask("POST", "/Groups", {**group, "displayName": "Pilots"})
        for target in (
            "?filter=displayName+eq+%22Pilots%22",
            f"?filter=members.value+eq+%22{ids[0]}%22",
            "?startIndex=2&count=1",
            "",
        ):
            yield self.ask("GET", f"/Groups{target}")
        yield self.ask("GET", f"{place}?excludedAttributes=members")
        yield self.ask("GET", "/")
        yield self.ask("GET", "/?filter=userName+pr")
        yield self.ask("GET", f"/Users/{ids[0]}")
        yield self.ask("GET", f"/Users/{place.rsplit('/', 1)[-1]}")
        one, two, three, four = (members[number] for number in range(4))
        last = f'members[value eq "{ids[3]}"]'
        for operation in (
            {"op": "add", "path": "members", "value": [four, members[4]]},
            {"op": "add", "path": "members", "value": [one]},
            {"op": "add", "path": "members", "value": members[5]},
            {"op": "add", "path": "members", "value": members[6:13]},
            {"op": "remove", "path": last},
            {"op": "remove", "path": last},
            {"op": "replace", "path": "displayName", "value": "Pilots 2"},
            {"op": "Remove", "path": "members", "value": [one, two]},
            {"op": "replace", "value": {"id": place.rsplit("/", 1)[-1], "displayName": "Pilots 3"}},
            {"op": "replace", "path": f'members[value eq "{ids[2]}"].value', "value": ids[1]},
            {"op": "replace", "path": "members", "value": [one, three]},
            {"op": "replace", "path": "members", "value": []},
            {"op": "add", "path": "members", "value": [one, two]},
            {"op": "remove", "path": "members"},
        ):
            yield self.patch(place, operation)
            yield self.ask("GET", place)
        yield self.ask("GET", "/Groups?filter=displayName+eq+%22Pilots+3%22")
        for given in ([one, two, three], [two], [{**two, "display": None}, four], []):
            yield self.ask("PUT", place, {**group, "displayName": "Pilots 4", "members": given})
            yield self.ask("GET", place)
        yield self.ask("PUT", f"/Groups/{big}", {**group, "members": [*members, *({"value": f"x{n}"} for n in range(90))]})
        yield self.patch(f"/Users/{ids[0]}", {"op": "add", "path": "groups", "value": [{"value": big}]})
        yield self.ask("PUT", f"/Users/{ids[4]}", {"schemas": [urns.USER], "userName": "m4", "groups": []})
        yield self.patch(f"/Users/{ids[5]}", {"op": "replace", "path": "active", "value": False})
        yield self.ask("POST", "/Users", {"schemas": [urns.USER], "userName": "joiner", "groups": [{"value": big}]})
        yield self.ask("DELETE", f"/Users/{ids[6]}")
        yield self.ask("GET", f"/Groups/{big}")
        yield self.ask("DELETE", f"/Groups/{big}")
        yield self.ask("GET", f"/Users/{ids[7]}")
        yield self.ask("GET", f"/Groups/{big}")

    def _bulk(self, log: list[Response]) -> Iterator[Response]:
        user = {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [urns.USER], "userName": "bulk1"}}
        group = {"schemas": [urns.GROUP], "displayName": "b", "members": [{"value": "bulkId:u"}]}
        crew = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group}
        twice = [{**user, "bulkId": name, "data": {**user["data"], "userName": "bulk2"}} for name in ("a", "b", "c")]
        circle = [
            {**crew, "bulkId": a, "data": {**group, "members": [{"value": f"bulkId:{b}"}]}} for a, b in (("x", "y"), ("y", "x"))
        ]
        stale = {"method": "DELETE", "path": f"/Users/{self.ada}", "version": 'W/"x"'}
        many = [{**user, "bulkId": f"n{n}", "data": {**user["data"], "userName": f"many{n}"}} for n in range(12)]
        for operations, more in (
            ([crew, user], {}),
            (twice, {}),
            ([{"method": "GET", "path": "/Users"}], {}),
            ([{**item, "bulkId": f"e{n}"} for n, item in enumerate([*twice, {**twice[0], "data": {}}])], {"failOnErrors": 1}),
            (circle, {}),
            ([{**crew, "bulkId": "z", "data": {**group, "members": [{"value": "bulkId:nobody"}]}}], {}),
            ([stale], {}),
            (many, {}),
            ("x", {}),
        ):
            yield self.ask("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations, **more})
        yield self.ask("GET", "/Groups?filter=displayName+eq+%22b%22")
        yield self.ask("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": [], "pad": "x" * 20_000})

    def _habits(self, log: list[Response]) -> Iterator[Response]:
        """What provisioning clients do: guess at GUIDs, format addresses, take inactive people out of groups."""
        for number in range(5):
            guid = f"0b6a1c9e-7777-4eee-9fff-00000000000{number}"
            yield self.ask("GET", f"/Users?filter=userName+eq+%22{guid}%22")
        address = {"type": "work", "formatted": "12 Quay Rd"}
        body = {"schemas": [urns.USER], "userName": "mover", "active": True, "addresses": [address]}
        id = self.made("/Users", body, log)
        group = {"schemas": [urns.GROUP], "displayName": "Movers", "members": [{"value": id}]}
        place = f"/Groups/{self.made('/Groups', group, log)}"
        yield self.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": False})
        yield self.patch(place, {"op": "remove", "path": f'members[value eq "{id}"]'})
        yield self.ask("GET", place)

    def _corners(self, log: list[Response]) -> Iterator[Response]:
        """What is seldom asked, and works until somebody does."""
        mails = [
            {"value": "a@w.test", "type": "work"},
            {"value": "a@h.test", "type": "home", "display": "H"},
            {"value": "a@o.test", "type": "other"},
        ]
        user: dict[str, Any] = {
            "schemas": [urns.USER, BOSS],
            "userName": "corner",
            "name": {"givenName": "C", "familyName": "R"},
            "emails": mails,
        }
        id = self.made("/Users", {**user, BOSS: {"department": "d", "manager": {"value": self.bob}}}, log)
        group = {"schemas": [urns.GROUP], "displayName": "Corner", "members": [{"value": id}]}
        place = f"/Groups/{self.made('/Groups', group, log)}"
        inner = self.made("/Groups", {**group, "displayName": "Inner"}, log)
        for text in (
            'emails[value eq "a@w.test" and not (type eq "work")]',
            'emails[type eq "fax" or value eq "a@h.test"]',
            "addresses pr",
            'meta.created gt "2026-01-05T00:00:00Z"',
            f'id eq "{self.bob}" and active pr',
            'userName eq "c%_er"',
            'userName sw "CORN"',
            'emails.value eq "A@H.test"',
            'userName eq "\\"no\\""',
            f'groups.value eq "{inner}"',
            f'{BOSS}:manager.value eq "{self.bob}"',
        ):
            yield self.ask("GET", f"/Users?filter={quote(text)}")
        yield self.ask("GET", f"/Users/{id}?excludedAttributes=name.givenName")
        yield self.patch(place, {"op": "add", "path": "members", "value": [{"value": inner, "type": "Group"}]})
        yield self.ask("GET", place)
        for operation in (
            {"op": "add", "value": {BOSS: {"division": "v"}}},
            {"op": "remove", "path": 'emails[value eq "a@h.test"].display'},
            {"op": "remove", "path": 'emails[value ew "test" and type eq "home" or type eq "other"]'},
            {"op": "replace", "path": "userName", "value": "LEADER"},
            {"op": "add", "path": "title", "value": "T"},
            {"op": "replace", "path": "title", "value": None},
        ):
            yield self.patch(f"/Users/{id}", operation)
            yield self.ask("GET", f"/Users/{id}")
        leader = self.made("/Users", {"schemas": [urns.USER], "userName": "leader2"}, log)
        yield self.patch(f"/Users/{id}", {"op": "replace", "path": "userName", "value": "LEADER2"})
        yield self.ask("PUT", f"/Users/{id}", {**user, "userName": "Leader2"})
        yield self.ask("DELETE", f"/Groups/{leader}")
        yield self.ask("GET", f"/Users/{leader}")
        patch = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "bulk"}]}
        extended = {**user, "userName": "bulk3", BOSS: {"department": "d"}}
        operations: list[dict[str, Any]] = [
            {"method": "PATCH", "path": f"/Users/{id}", "data": patch},
            {"method": "PUT", "path": f"/Users/{self.bob}", "data": {**user, "userName": "bob@x.test"}},
            {"method": "POST", "path": "/Users", "bulkId": "p", "data": extended},
            {"method": "POST", "path": "/Users", "bulkId": "q", "data": {**extended, "userName": "bulk4"}},
        ]
        yield self.ask("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})
        for target in (f"/{id}", f"/{self.bob}", "?filter=userName+eq+%22bulk3%22"):
            yield self.ask("GET", f"/Users{target}")
        own = {"schemas": [urns.USER, WORKPLACE["id"]], "userName": "owner", WORKPLACE["id"]: {"capacity": 7.5, "floor": 7}}
        owned = f"/Users/{self.made('/Users', {**own, WORKPLACE['id']: {'capacity': 7.5, 'since': '2026-01-05T08:00:00Z'}}, log)}"
        yield self.patch(owned, {"op": "replace", "path": f"{WORKPLACE['id']}:floor", "value": 8})
        yield self.ask("PUT", owned, own)
        yield self.ask("GET", owned)

    def _returns(self, log: list[Response]) -> Iterator[Response]:
        """Somebody leaves while in two groups, comes back, and is made anew; so is one of the groups."""
        phones = [{"value": "+1 201 555 0142", "type": "work"}, {"value": "+1 201 555 0143", "type": "mobile"}]
        body = {"schemas": [urns.USER, BOSS], "userName": "returner", "title": "T", "phoneNumbers": phones}
        id = self.made("/Users", {**body, BOSS: {"department": "d"}}, log)
        place, members = f"/Users/{id}", [{"value": id}]
        crew = {"schemas": [urns.GROUP], "displayName": "Return"}
        one, other = (
            self.made("/Groups", {**crew, "displayName": f"Return{end}", "members": members}, log) for end in ("", "ed")
        )
        yield self.ask("GET", "/Groups?filter=displayName+eq+%22Return%22")
        yield self.patch(place, {"op": "replace", "path": "active", "value": False})
        yield self.patch(f"/Groups/{other}", {"op": "replace", "path": "displayName", "value": "Returned home"})
        yield self.ask("GET", place)
        yield self.patch(f"/Groups/{one}", {"op": "remove", "path": f'members[value eq "{id}"]'})
        yield self.patch(place, {"op": "remove", "path": f"{BOSS}:department"})
        yield self.patch(place, {"op": "replace", "path": "active", "value": True})
        for target in (place, f"/Groups/{one}", f"/Groups/{other}"):
            yield self.ask("GET", target)
        alike = self.made("/Users", {"schemas": [urns.USER], "userName": "returner2"}, log)
        for active in (False, True):
            yield self.patch(place, {"op": "replace", "path": "active", "value": active})
            yield self.ask("GET", place)
            yield self.ask("GET", f"/Users/{alike}")
        yield self.ask("PUT", place, {**body, "active": False})
        yield self.ask("PUT", place, {**body, "active": False, "displayName": "R"})
        yield self.ask("GET", f"/Groups/{one}", token=None)
        yield self.ask("PUT", f"/Groups/{one}", crew, token=None)
        yield self.ask("GET", "/Users/", token=None)
        for target in (f"/Groups/{other}", place):
            yield self.ask("DELETE", target)
        again = {"schemas": [urns.USER], "userName": "returner"}
        yield self.ask("POST", "/Users", again)
        keeper = self.made("/Groups", {**crew, "displayName": "Kept", "members": [{"value": self.bob}]}, log)
        yield self.ask("DELETE", f"/Groups/{keeper}")
        yield self.ask("POST", "/Groups", {**crew, "displayName": "Kept"})

    def _side_doors(self, log: list[Response]) -> Iterator[Response]:
        """Other methods, paths and tokens; bodies and headers that few send."""
        for method, target, token in (
            ("HEAD", f"/Users/{self.bob}", None),
            ("GET", f"/users/{self.bob}", None),
            ("GET", "/Users?filter=userName+pr", None),
            ("DELETE", f"/Users/{self.bob}", "wrong"),
        ):
            yield self.ask(method, target, None, token=token)
        yield self.ask("GET", "/Users?count=1", None, ("Accept", "application/scim+json, application/json;q=0.8"))
        yield self.ask("POST", "/Users", b"")
        one = {"op": "replace", "path": "displayName", "value": {"text": "object"}}
        yield self.patch(f"/Users/{self.bob}", one)
        yield self.ask("PATCH", f"/Users/{self.bob}", {"schemas": [urns.PATCH_OP], "Operations": one})
        yield self.ask("GET", f"/Users/{self.bob}?excludedAttributes={quote(urns.USER)}:name")
        yield self.ask("GET", "/Users?filter=userName+pr&count=0")
        yield self.ask("GET", "/Users?sortBy=noSuchThing")

    def _crowds(self, log: list[Response]) -> Iterator[Response]:
        """Somebody in three groups, who manages somebody; groups are searched, sorted, and changed behind their backs."""
        mails = [{"value": "c@w.test", "type": "work"}, {"value": "c@h.test", "type": "home"}]
        photos = [{"value": "https://x.test/c.png", "type": "photo"}]
        user = {"schemas": [urns.USER], "userName": "crowd", "displayName": "C" * 300, "emails": mails, "photos": photos}
        id = self.made("/Users", {**user, "title": "T"}, log)
        boss = {"manager": {"value": id}}
        report = self.made("/Users", {"schemas": [urns.USER, BOSS], "userName": "crowd2", BOSS: boss}, log)
        group = {"schemas": [urns.GROUP], "members": [{"value": id}, {"value": report}, {"value": self.bob}]}
        first, *_ = (
            self.made("/Groups", {**group, "displayName": f"Crowd {word}", "externalId": word}, log) for word in ("C", "B", "A")
        )
        alone = self.made("/Groups", {**group, "displayName": "Crowd alone", "members": [{"value": id}]}, log)
        yield self.ask("GET", f"/Users/{report}?attributes={quote(BOSS)}:manager")
        yield self.ask("GET", "/Groups?sortBy=displayName")
        for text in ('externalId eq "B"', 'displayName sw "Crowd" and displayName co "C"'):
            yield self.ask("GET", f"/Groups?filter={quote(text)}")
        for text in (
            'emails.type eq "HOME"',
            'userName sw "crowd" and active eq true and title pr',
            'userName eq "n2" or userName eq "n3" or userName eq "crowd"',
        ):
            yield self.ask("GET", f"/Users?filter={quote(text)}")
        yield self.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": False})
        yield self.patch(f"/Users/{id}", {"op": "replace", "value": {"title": None}})
        yield self.patch(f"/Users/{id}", {"op": "remove", "path": 'emails[value co "h.test" and not (type eq "work")]'})
        yield self.ask("GET", f"/Users/{id}")
        place = f"/Groups/{first}"
        rename = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "Stale"}]}
        yield self.ask("PATCH", place, rename, ("If-Match", 'W/"x"'))
        yield self.patch(place, {"op": "replace", "path": "externalId", "value": "E"})
        yield self.patch(place, {"op": "remove", "path": f'members[value eq "{report}" or value eq "{self.bob}"]'})
        yield self.ask("GET", place)
        yield self.ask("DELETE", f"/Users/{id}")
        yield self.ask("POST", "/Users", user)
        for target in (f"/Users/{report}", f"/Groups/{alone}", place):
            yield self.ask("GET", target)

    def _second_looks(self, log: list[Response]) -> Iterator[Response]:
        """What works at the first door, and is asked for at the second; names that look like patterns; bodies that are odd."""
        user = {"schemas": [urns.USER], "userName": "again_1", "displayName": "Aga in", "nickName": "n"}
        place = f"/Users/{self.made('/Users', user, log)}"
        group = {"schemas": [urns.GROUP], "displayName": "Second", "members": [{"value": place.rpartition("/")[2]}]}
        id = self.made("/Groups?attributes=displayName", group, log)
        rename = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "path": "displayName", "value": "Third"}]}
        bulk = {
            "schemas": [urns.BULK_REQUEST],
            "Operations": [{"method": "PATCH", "path": f"/Groups/{id}", "data": rename}],
        }
        yield self.ask("PUT", place, user, token="wrong")
        yield self.ask("POST", "/Bulk", bulk, token="wrong")
        yield self.ask("POST", "/Groups/.search", {"schemas": [urns.SEARCH_REQUEST]}, token=None)
        yield self.ask("GET", "/", token=None)
        yield self.ask("POST", "/Bulk", bulk)
        yield self.ask("GET", f"/Groups/{id}")
        for text in ('userName eq "*"', 'displayName co "a_i"', 'displayName eq "again_1"'):
            yield self.ask("GET", f"/Users?filter={quote(text)}")
        yield self.ask("GET", f"/Users?sortBy={quote(BOSS)}:department")
        yield self.ask("GET", "/Users?sortBy=name")
        yield self.ask("POST", "/Users", {**user, "userName": "again2"}, ("Content-Type", "text/plain"))
        yield self.ask("POST", "/Users", b'{"userName": "again3", "displayName": "\\ud83d"}')
        yield self.ask("POST", "/Users", b"[" * 2000 + b"]" * 2000)
        yield self.ask("DELETE", place)
        yield self.ask("GET", f"/Users?filter=id+eq+%22{place.rpartition('/')[2]}%22")

    def _later_looks(self, log: list[Response]) -> Iterator[Response]:
        """Changes that follow other changes, and are of an unusual kind; doors that look at no token."""
        user: dict[str, Any] = {"schemas": [urns.USER, BOSS], "userName": "later", "title": "T", "active": True}
        boss = self.made("/Users", {**user, "userName": "later boss"}, log)
        id = self.made("/Users", {**user, BOSS: {"department": "d", "manager": {"value": boss}}}, log)
        group = {"schemas": [urns.GROUP], "displayName": "Später / noch"}
        crew = self.made("/Groups", group, log)
        for method, target in (
            ("GET", f"/Users/{id}"),
            ("PATCH", f"/Groups/{crew}"),
            ("DELETE", "/Groups/none"),
            ("POST", "/Users/.search"),
            ("GET", "/Users?filter=userName+pr"),
            ("GET", "/Groups"),
        ):
            yield self.ask(method, target, None if method in ("GET", "DELETE") else {}, token="wrong")
        yield self.ask("POST", f"/Users/{id}", {}, ("X-HTTP-Method-Override", "GET"), token=None)
        yield self.ask("GET", f"/Groups?filter=displayName+eq+%22{quote('Später / noch')}%22")
        yield self.ask("POST", "/Users", {**user, "userName": "later" * 20, "title": "007"})
        for length in (20, 60):
            yield self.ask("GET", f"/Users?filter=userName+eq+%22{'later' * length}%22")
        yield self.ask("GET", "/Users?attributes=password,userName&count=1")
        yield self.patch(f"/Groups/{crew}", {"op": "replace", "path": "displayName", "value": "Noch später"})
        yield self.patch(f"/Groups/{crew}", {"op": "add", "path": "members", "value": [{"value": id}]})
        yield self.ask("GET", f"/Users/{id}")
        yield self.patch(f"/Groups/{crew}", {"op": "replace", "path": "displayName", "value": "Am Ende"})
        yield self.ask("GET", f"/Groups/{crew}")
        yield self.ask("DELETE", f"/Users/{boss}")
        for path, value in (
            ("displayName", "Ünlü"),
            ("displayName", "L" * 150),
            ("emails", [{"value": "l@w.test"}]),
            ("emails", []),
            ("active", "false"),
            ("emails", [{"value": "l@h.test"}]),
            ("active", True),
            ("title", "after the return"),
        ):
            yield self.patch(f"/Users/{id}", {"op": "replace", "path": path, "value": value})
            yield self.ask("GET", f"/Users/{id}")
            yield self.ask("GET", "/Users?startIndex=2&count=100&filter=active+eq+true")
        tag = self.ask("GET", f"/Users/{id}").header("etag") or ""
        change = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "with tag"}]}
        yield self.ask("PATCH", f"/Users/{id}", change, ("If-Match", tag))
        yield self.ask("PUT", f"/Users/{id}", {**user, "userName": "later still", "title": "put"})
        yield self.patch(f"/Users/{id}", {"op": "replace", "path": "nickName", "value": "n"})
        yield self.ask("GET", f"/Users/{id}")

    def _ends(self, log: list[Response]) -> Iterator[Response]:
        body = {"schemas": [urns.USER], "userName": "leaver"}
        place = f"/Users/{self.made('/Users', body, log)}"
        for method in ("DELETE", "GET", "DELETE"):
            yield self.ask(method, place)
        yield self.patch(place, {"op": "add", "path": "title", "value": "x"})
        yield self.ask("GET", "/Users?filter=userName+eq+%22leaver%22")
        yield self.ask("POST", "/Users", body)
        for _ in range(8):
            yield self.ask("GET", "/Users?count=1")


def provider(*changes: Callable[[Provider], None]) -> Provider:
    """A provider with two more tokens; everything about it can be repeated."""
    return Provider(
        "token-1",
        clock=SimulatedClock(),
        seed=7,
        read_token=TOKENS["read"],
        tenants={TOKENS["other"]: "other"},
        changes=changes,
    )


@pytest.fixture(scope="module")
def correct() -> dict[bool, list[Response]]:
    """What a correct provider answers on the tour, without and with cursors."""
    made = {cursors: provider(lambda it, on=cursors: it.configure(cursor=on)) for cursors in (False, True)}
    found = {cursors: list(Tour(it).steps()) for cursors, it in made.items()}
    assert [] == [crash for it in made.values() for crash in it.crashes]
    return found


def test_the_tour_meets_no_failure(correct: dict[bool, list[Response]]) -> None:
    """A correct provider never answers 5xx but 501."""
    assert set() == {response.status for response in correct[False]} & {500, 502, 503}
    assert len(correct[False]) > 300


@pytest.mark.parametrize("name", [item.name for item in DEFECTS if item.depth != "parallel"])
def test_a_defect_shows_itself(name: str, correct: dict[bool, list[Response]]) -> None:
    """Some answer on the tour differs from that of a correct provider, and the provider does not crash."""
    wrong = provider(DEFECTS.get(name).apply)
    expected = iter(correct[wrong.options.cursor])
    shown = next((True for answer in Tour(wrong).steps() if answer != next(expected, None)), False)

    assert (True, []) == (shown, wrong.crashes)


@pytest.mark.parametrize("name", VARIANTS.names())
def test_a_variant_serves_everything(name: str) -> None:
    """No crash and no 5xx but 501."""
    legal = provider(VARIANTS.get(name).apply)
    statuses = {answer.status for answer in Tour(legal).steps()}

    assert ([], set()) == (legal.crashes, statuses & {500, 502, 503})


def at_once(client: Provider, *requests: Request) -> list[Response]:
    """Answers to requests that arrive together."""
    answers: dict[int, Response] = {}
    threads = [
        threading.Thread(target=lambda number=number, request=request: answers.update({number: client.handle(request)}))
        for number, request in enumerate(requests)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(requests))]


def send(method: str, path: str, body: Any, *extra: tuple[str, str]) -> Request:
    """An authorised request."""
    return Request(method, path, None, (("Authorization", "Bearer token-1"), *extra), json.dumps(body).encode())


def in_parallel(it: Provider) -> dict[str, Any]:
    """What becomes of creations, membership changes and conditional writes that arrive together."""
    user = {"schemas": [urns.USER], "userName": "twin"}
    twins = at_once(it, send("POST", "/Users", user), send("POST", "/Users", user))
    ids = [it.handle(send("POST", "/Users", {**user, "userName": f"p{n}"})).json()["id"] for n in range(3)]
    group = it.handle(send("POST", "/Groups", {"schemas": [urns.GROUP], "displayName": "g"})).json()
    adds = [
        {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": [{"value": id}]}]} for id in ids[:2]
    ]
    at_once(it, *(send("PATCH", f"/Groups/{group['id']}", body) for body in adds))
    members = it.handle(Request("GET", f"/Groups/{group['id']}", None, (("Authorization", "Bearer token-1"),))).json()["members"]
    tag = it.handle(Request("GET", f"/Users/{ids[2]}", None, (("Authorization", "Bearer token-1"),))).header("etag") or ""
    puts = [send("PUT", f"/Users/{ids[2]}", {**user, "userName": f"q{n}"}, ("If-Match", tag)) for n in range(2)]
    return {
        "twins": sorted(answer.status for answer in twins),
        "members": len(members),
        "puts": sorted(answer.status for answer in at_once(it, *puts)),
    }


def test_what_arrives_together_is_kept_apart() -> None:
    """One of two equal creations and one of two conditional writes succeeds, and both members arrive."""
    assert {"twins": [201, 409], "members": 2, "puts": [200, 412]} == in_parallel(provider())


@pytest.mark.parametrize("name", [item.name for item in DEFECTS if item.depth == "parallel"])
def test_a_defect_of_parallel_requests_shows_itself(name: str) -> None:
    """Something that arrives together gets mixed up."""
    assert in_parallel(provider()) != in_parallel(provider(DEFECTS.get(name).apply))


def test_every_defect_names_requirements_that_exist() -> None:
    """The ids are rows of the catalogue, and the depth is one of the known ones."""
    known = catalogue()

    assert [] == [(item.name, id) for item in DEFECTS for id in item.requirements if id not in known]
    assert set(DEPTHS) == {item.depth for item in DEFECTS}


def test_every_requirement_of_the_rfcs_has_a_defect() -> None:
    """Those without one are listed here, each with its reason."""
    broken = {id for item in DEFECTS for id in item.requirements}

    assert sorted(WITHOUT_DEFECT) == sorted(id for id, row in catalogue().items() if not row.is_need and id not in broken)


def test_there_are_enough_of_both() -> None:
    """Several hundred defects in families of their own, and several dozen variants; no name is both."""
    assert len(DEFECTS) >= 600
    assert len(VARIANTS) >= 40
    assert len(FAMILIES) == len(set(FAMILIES))
    assert set() == set(DEFECTS.names()) & set(VARIANTS.names())
