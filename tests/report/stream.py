"""A made-up run, as its events: Okta and Entra and the RFC suite against a target with a few faults worth reporting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scim_sim import events as ev
from scim_sim.checks.finding import Finding
from scim_sim.problem import Problem
from scim_sim.report import ReportBuilder
from scim_sim.report.model import Report
from scim_sim.scim.requirements import Requirement
from scim_sim.wire import Exchange, Failure, Request, Response

START = 1_795_342_440.0  # 22 November 2026, 10:14 UTC
BASE = "https://bi.example.test/api/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def rule(id: str, document: str, section: str, level: str, area: str, severity: str, statement: str, **more: Any) -> Requirement:
    """One row of a catalogue."""
    return Requirement(id, document, section, level, area, severity, statement, more.pop("fix", ""), **more)


CATALOGUE: Mapping[str, Requirement] = {
    row.id: row
    for row in (
        rule(
            "rfc7643-2.5-empty-is-unset", "rfc7643", "2.5", "MUST", "schema", "data-loss",
            "An empty array is the same as no value.", fix='Treat "members": [] as “remove everyone”.', needed_by=("okta",),
        ),
        rule(
            "rfc7644-3.5.1-put-replaces", "rfc7644", "3.5.1", "MUST", "replace", "data-loss",
            "Values in a PUT replace the stored ones; a member list becomes the exact membership.", basis="derived",
            fix="In PUT, make the stored members exactly those that were sent.", needed_by=("okta",),
        ),
        rule(
            "rfc7644-3.5.2-path-with-filter", "rfc7644", "3.5.2", "MUST", "patch", "breaks-provisioning",
            "A PATCH path may select values of a multi-valued attribute with a filter.",
            fix="Resolve paths such as emails[type eq \"work\"].value.", needed_by=("entra",),
        ),
        rule(
            "rfc7644-3.3-location", "rfc7644", "3.3", "MUST", "create", "interop",
            "The answer to a creation carries the Location of the new resource.", fix="Send Location with every 201.",
        ),
        rule(
            "rfc7644-3.12-error-schema", "rfc7644", "3.12", "MUST", "error", "interop",
            "Error bodies name the Error schema and carry the status as a string.", fix="Write status as a string.",
        ),
        rule(
            "rfc7644-3.4.2.4-count-zero", "rfc7644", "3.4.2.4", "SHOULD", "paginate", "interop",
            "With count=0 the answer holds no resources, only the total.", fix="Answer count=0 with totalResults alone.",
        ),
        rule(
            "practice-user-name-case", "rfc7643", "4.1.1", "SHOULD", "schema", "cosmetic",
            "userName comes back in the letters it was sent in.", basis="practice", fix="Keep the letters of userName.",
        ),
        rule(
            "rfc7644-3.4.2.3-sort", "rfc7644", "3.4.2.3", "MUST", "sort", "interop", "Sorted lists come in the order asked for.",
        ),
        rule("rfc7644-3.7-bulk", "rfc7644", "3.7", "MUST", "bulk", "interop", "Bulk operations are answered singly."),
        rule("rfc7644-3.4.1-get-by-id", "rfc7644", "3.4.1", "MUST", "read", "breaks-provisioning", "A resource is read by id."),
        rule(
            "okta-create", "okta", "", "NEED", "create", "breaks-provisioning", "Okta can create an account.", core=True,
            needed_by=("okta",),
        ),
        rule(
            "okta-group-members", "okta", "", "NEED", "groups", "data-loss", "A pushed group holds exactly its members.",
            fix="Keep exactly the members of the last push.", needed_by=("okta",), source="Okta documentation, Group Push",
            confidence="captured",
        ),
        rule("entra-create", "entra", "", "NEED", "create", "breaks-provisioning", "Entra can create an account.", core=True),
        rule(
            "entra-update", "entra", "", "NEED", "update", "data-loss", "A changed attribute arrives with the next cycle.",
            source="Microsoft Learn, provisioning users", confidence="documented",
        ),
    )
}  # fmt: skip


@dataclass
class Stream:
    """Writes events with a clock and running exchange ids, as a run would."""

    at: float = START
    count: int = 0
    scenario: str = ""
    step: str = ""
    voice: str = "harness"
    events: list[ev.Event] = field(default_factory=list)

    def begin(self, idps: tuple[str, ...] = ("okta:aiw", "entra", "rfc"), **more: Any) -> None:
        """The run starts."""
        values: dict[str, Any] = {
            "at": self.at,
            "seed": 20261122,
            "mark": "simk7q2",
            "target": "Metabase 1.59",
            "base_url": BASE,
            "profile": "metabase",
            "idps": idps,
            "scenarios": 3,
            "version": "0.1.0",
            "command": f"scim-sim run --target {BASE} --token-env SCIM_TOKEN",
        }
        self.events.append(ev.RunStarted(**{**values, **more}))

    def story(self, scenario: str, title: str, voice: str, path: str = "") -> None:
        """A story starts."""
        self.scenario, self.voice = scenario, voice
        self.events.append(
            ev.ScenarioStarted(self.at, scenario, title, voice, path or f"scenarios/{scenario}.yaml", "first-class")
        )

    def do(self, step: str, title: str, line: int = 1, after: float = 120.0) -> None:
        """A step starts, some time after the last one."""
        self.at += after
        self.step = step
        self.events.append(ev.StepStarted(self.at, self.scenario, step, title, line))

    def done(self, outcome: str = "done", reason: str = "") -> None:
        """The step ends."""
        self.events.append(ev.StepEnded(self.at, self.scenario, self.step, outcome, reason))

    def end(self, outcome: str = "done", reason: str = "") -> None:
        """The story ends."""
        self.events.append(ev.ScenarioEnded(self.at, self.scenario, self.voice, outcome, reason))

    def ask(
        self, method: str, path: str, status: int = 200, sent: Any = None, got: Any = None, label: str = "",
        query: str | None = None, headers: tuple[tuple[str, str], ...] = (), voice: str = "", ms: float = 0.0,
    ) -> str:  # fmt: skip
        """An exchange; bodies are JSON values, or text or bytes as they are. Returns its id."""
        self.count += 1
        self.at += 0.4
        speaker = voice or self.voice
        agent = {"okta:aiw": "Okta SCIM Client 1.0.0"}.get(speaker, "scim-sim/0.1.0")
        own = (("Accept", "application/scim+json"), ("User-Agent", agent), ("Authorization", "Bearer ***"))
        typed = (*own, ("Content-Type", "application/scim+json; charset=utf-8")) if sent is not None else own
        request = Request(method, path, query, typed, raw(sent), label)
        response = Response(status, (("Content-Type", "application/scim+json"), *headers), raw(got) or b"") if status else None
        failure = None if status else Failure("timeout", "no answer within 30 s")
        elapsed = (ms or 12.0 + (self.count * 37) % 90) / 1000
        exchange = Exchange(f"E{self.count:05d}", speaker, self.scenario, self.step, request, response, failure, self.at, elapsed)
        self.events.append(ev.ExchangeMade(exchange))
        return exchange.id

    def found(self, check: str, requirement: str, problem: Problem | None, *exchanges: str, **more: Any) -> None:
        """A finding: a fail with a problem, a pass without."""
        outcome = more.pop("outcome", "fail" if problem else "pass")
        voice = more.pop("voice", self.voice)
        self.events.append(
            ev.FindingMade(Finding(check, requirement, outcome, problem, exchanges, self.scenario, self.step, voice, **more))
        )

    def trouble(self, need: str, message: str, where: str, exchange: str, subject: str = "") -> None:
        """The administrator sees something, and the runner makes a finding of it."""
        self.events.append(ev.TroubleMet(self.scenario, self.step, self.voice, self.at, need, subject, message, where, exchange))
        problem = Problem(message, "the step succeeds", "the identity provider gives up", "http")
        self.found("engine", need, problem, exchange, subject=subject, admin_sees=f"{where}: {message}")

    def finish(self, **more: Any) -> None:
        """The run ends."""
        values: dict[str, Any] = {"at": self.at, "seconds": 64.0, "created": {"User": 6, "Group": 1}, "cleaned": {"User": 5}}
        self.events.append(ev.RunEnded(**{**values, **more}))


def fold(events: Iterator[ev.Event], **options: Any) -> Report:
    """The report of these events."""
    builder = ReportBuilder(options.pop("catalogue", CATALOGUE), **options)
    for event in events:
        builder.add(event)
    return builder.report()


def raw(value: Any) -> bytes | None:
    """The bytes of a body."""
    if value is None or isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def user(number: int, **more: Any) -> dict[str, Any]:
    """A user as the target returns it."""
    name = ("mira.kohl", "jonas.adeyemi", "nora.hart", "li.wei")[number % 4]
    return {
        "schemas": [USER], "id": f"u{number}zK5zTyTn0", "userName": f"{name}.simk7q2@example.test", "active": True,
        "name": {"givenName": name.split(".")[0].title(), "familyName": name.split(".")[1].title()},
        "emails": [{"value": f"{name}@example.test", "type": "work", "primary": True}],
        "meta": {"resourceType": "User", "location": f"{BASE}/Users/u{number}zK5zTyTn0"}, **more,
    }  # fmt: skip


def faulty_run() -> Iterator[ev.Event]:
    """Okta partly (last member stays), Entra partly (rename refused), RFC violated; some rows untested or not applicable."""
    s = Stream()
    s.begin()
    s.events.append(ev.TargetDescribed({"patch": True}, ("The target has no discovery documents; its profile was used.",)))
    okta_story(s)
    entra_story(s)
    rfc_story(s)
    s.events.append(ev.LeftBehind("User", "u3zK5zTyTn0", "li.wei.simk7q2@example.test", "deactivated", "DELETE answers 405"))
    s.finish()
    return iter(s.events)


def okta_story(s: Stream) -> None:
    """A joiner, a group push, the last member removed: answered 200 and kept."""
    s.story("okta/joiner-mover-leaver", "Somebody joins, moves and leaves", "okta:aiw")
    s.do("01-connect", "connect", 9)
    s.found(
        "list_is_valid", "rfc7644-3.4.1-get-by-id", None, s.ask("GET", "/Users", 200, got=listing(), query="startIndex=1&count=2")
    )
    s.done()
    for n in range(3):
        s.do(f"{n + 2:02d}-assign", f"assign person {n + 1}", 12 + n)
        s.ask(
            "GET", "/Users", got=listing(), query=f"filter=userName%20eq%20%22p{n}%22&startIndex=1&count=100", label="match user"
        )
        made = s.ask("POST", "/Users", 201, user(n), user(n), "create user", headers=(("Location", f"{BASE}/Users/u{n}"),))
        s.found("created_has_location", "rfc7644-3.3-location", None, made)
        s.found("engine", "okta-create", None, made)
        s.done()
    s.do("05-push-group", "push the group Analysts", 20)
    members = [{"value": "u0zK5zTyTn0", "display": "Mira Kohl"}]
    group = {"schemas": [GROUP], "id": "g1xhJ", "displayName": "Analysts simk7q2", "members": members}
    s.ask("POST", "/Groups", 201, {**group, "id": None}, group, "create group")
    s.done()
    s.do("06-remove-members", "the last member leaves the group", 24)
    put = s.ask("PUT", "/Groups/g1xhJ", 200, {**group, "members": []}, group, "push members", ms=45.2)
    read = s.ask("GET", "/Groups/g1xhJ", 200, None, group, "read back", voice="harness")
    kept = Problem("the last member is still in the group", "no members", "1 member: u0zK5zTyTn0", "/members", read)
    s.found("members_are_exact", "okta-group-members", kept, put, read)
    s.found("put_replaces", "rfc7644-3.5.1-put-replaces", kept, put, read)
    s.found("empty_is_unset", "rfc7643-2.5-empty-is-unset", kept, put, read)
    s.done("failed", "the group still holds the member")
    s.events.append(ev.Observed(s.scenario, s.voice, "reconciliation", {
        "kind": "group", "subject": "Analysts", "expected": "no members", "actual": "u0zK5zTyTn0", "result": "differs",
    }))  # fmt: skip
    for subject in ("mira.kohl", "jonas.adeyemi"):
        s.events.append(ev.Observed(s.scenario, s.voice, "reconciliation", {
            "kind": "user", "subject": subject, "expected": "active", "actual": "active", "result": "equal",
        }))  # fmt: skip
    s.end("failed", "the group still holds the member")


def entra_story(s: Stream) -> None:
    """Cycles of 40 minutes; a rename whose PATCH is refused as a whole; a quarantine that ends."""
    s.story("entra/users-only", "People come and change over several cycles", "entra")
    s.events.append(ev.StateChanged(s.scenario, "entra", s.at, "disabled", "initial", "provisioning was started"))
    s.do("01-start", "start provisioning", 8)
    for n in range(2):
        s.ask("GET", "/Users", got=listing(), query=f"filter=userName+eq+%22e{n}%22", label="match user")
        made = s.ask(
            "POST", "/Users", 201, user(n + 2), user(n + 2, userName=f"E{n}.SIMK7Q2@example.test".lower()), "create user"
        )
        s.found("engine", "entra-create", None, made)
        s.found("user_name_kept", "practice-user-name-case", Problem(
            "userName comes back in lower case", f"E{n}.SIMK7Q2@example.test", f"e{n}.simk7q2@example.test", "/userName",
        ), made)  # fmt: skip
        s.found("created_has_location", "rfc7644-3.3-location", Problem(
            "a creation without Location", f"Location: {BASE}/Users/u{n + 2}zK5zTyTn0", "absent", "header:Location",
        ), made)  # fmt: skip
    s.events.append(ev.StateChanged(s.scenario, "entra", s.at, "initial", "active", "the initial cycle is over"))
    s.events.append(cycle(s, 1, "initial", 4, 2, 0, 0, "2 created"))
    s.done()
    s.do("02-rename", "somebody changes their name and address", 14, 2400)
    patch = {"schemas": [PATCH_OP], "Operations": [
        {"op": "Replace", "path": "name.familyName", "value": "Hart"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "nora.hart@example.test"},
    ]}  # fmt: skip
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": 400, "detail": "Unsupported path: emails[…]"}
    refused = s.ask("PATCH", "/Users/u2zK5zTyTn0", 400, patch, error, "update user", headers=(("X-Request", "<b>1</b>"),))
    s.found("filtered_path_works", "rfc7644-3.5.2-path-with-filter", Problem(
        "a path with a filter is refused", "200 or 204", "400", "http",
    ), refused)  # fmt: skip
    s.found("error_is_valid", "rfc7644-3.12-error-schema", Problem("status is a number", '"400"', "400", "/status"), refused)
    s.trouble("entra-update", "SystemForCrossDomainIdentityManagementBadRequest", "Provisioning logs", refused, "nora")
    s.events.append(cycle(s, 2, "incremental", 2, 1, 1, 1, "1 failed, kept for retry"))
    s.done("failed", "the change did not arrive")
    s.do("03-rotate-token", "the token is replaced in the target", 18, 2400)
    s.ask("GET", "/Users", 401, got=error, query="filter=id+eq+%22x%22", label="probe")
    s.events.append(ev.StateChanged(s.scenario, "entra", s.at, "active", "quarantine", "the credentials are refused"))
    s.done()
    s.do("04-save-token", "the new token is saved", 21, 1800)
    s.ask("GET", "/Users", got=listing(), query="filter=id+eq+%22x%22", label="probe")
    s.events.append(ev.StateChanged(s.scenario, "entra", s.at, "quarantine", "active", "the credentials are good again"))
    s.events.append(cycle(s, 3, "incremental", 1, 0, 0, 1, "leaves quarantine"))
    s.done()
    s.end("failed", "one change did not arrive")


def rfc_story(s: Stream) -> None:
    """Raw probes."""
    s.story("rfc/core", "What the RFC asks", "harness")
    s.do("01-read", "read by id", 3, 1)
    for n in range(6):
        s.found("read_is_valid", "rfc7644-3.4.1-get-by-id", None, s.ask("GET", f"/Users/u{n}zK5zTyTn0", got=user(n)))
    s.done()
    s.do("02-count-zero", "count=0", 6, 1)
    counted = s.ask("GET", "/Users", got=listing(user(1)), query="count=0")
    s.found(
        "count_zero",
        "rfc7644-3.4.2.4-count-zero",
        Problem("count=0 is ignored", "no Resources", "1 resource", "/Resources"),
        counted,
    )
    s.found("sorted", "rfc7644-3.4.2.3-sort", None, outcome="not applicable", reason="the target declares sort.supported false")
    s.found("engine_crash", "rfc7644-3.7-bulk", Problem("KeyError: 'x'"), counted, outcome="error")
    s.done()
    s.end("done")
    for path, post, remark in (("title", "dropped", "silently"), ("name.givenName", "kept", ""), ("nickName", "refused", "400")):
        s.events.append(ev.Observed(s.scenario, "harness", "attribute", {
            "path": path, "sent": "Analyst", "post": post, "put": post, "patch": "refused", "remark": remark,
        }))  # fmt: skip
    suite = {"suite": "Okta certification", "source": "SPEC suite, May 2024"}
    for test, result in (("R1", "pass"), ("R2", "fail")):
        s.events.append(ev.Observed(s.scenario, "okta:aiw", "suite", {
            **suite, "id": test, "title": f"Test {test}", "result": result,
            "remark": "" if result == "pass" else "userName came back in lower case",
        }))  # fmt: skip


def cycle(s: Stream, n: int, kind: str, requests: int, writes: int, failed: int, differ: int, result: str) -> ev.Observed:
    """One cycle of Entra."""
    row = {
        "n": n,
        "at": s.at,
        "kind": kind,
        "requests": requests,
        "writes": writes,
        "failed": failed,
        "differ": differ,
        "result": result,
    }
    return ev.Observed(s.scenario, s.voice, "cycle", row)


def listing(*resources: Any) -> dict[str, Any]:
    """A ListResponse."""
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(resources),
        "startIndex": 1, "itemsPerPage": len(resources), "Resources": list(resources),
    }  # fmt: skip


def good_run() -> Iterator[ev.Event]:
    """Okta and the RFC suite against a target without a fault."""
    s = Stream()
    s.begin(idps=("okta:aiw", "rfc"), target="Good SCIM")
    s.story("okta/joiner", "Somebody joins", "okta:aiw")
    s.do("01-assign", "assign", 3)
    made = s.ask("POST", "/Users", 201, user(1), user(1), "create user")
    s.found("created_has_location", "rfc7644-3.3-location", None, made)
    s.found("engine", "okta-create", None, made)
    s.done()
    s.end()
    s.finish()
    return iter(s.events)


HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m[bold]\ud800" onload="alert(3)'


def hostile_run() -> Iterator[ev.Event]:
    """A target whose every word is an attack on whoever shows it: markup, bidirectional text, escapes, broken bytes, size."""
    s = Stream()
    s.begin(idps=("okta:aiw", "rfc"), target=HOSTILE, base_url=f"https://evil.example.test/{HOSTILE}", mark=HOSTILE)
    s.events.append(ev.TargetDescribed({HOSTILE: HOSTILE}, (HOSTILE,)))
    s.story("okta/joiner", HOSTILE, "okta:aiw", path=HOSTILE)
    s.do("01-assign", HOSTILE, 3)
    got = {"schemas": [HOSTILE], "id": HOSTILE, HOSTILE: {"a": [HOSTILE]}, "userName": "x" * 80}
    made = s.ask("POST", "/Users", 201, user(1, title=HOSTILE), got, HOSTILE, headers=(("X-Evil", HOSTILE), (HOSTILE, "1")))
    s.found("kept", "rfc7644-3.5.1-put-replaces", Problem(HOSTILE, HOSTILE, HOSTILE, f"/{HOSTILE}"), made)
    s.trouble("okta-group-members", HOSTILE, HOSTILE, made, HOSTILE)
    big = s.ask("GET", "/Users", 200, None, b'{"a": "' + b"<b>" * 1_750_000, query="filter=" + "%3Cscript%3E" * 20)
    s.found("big", "rfc7644-3.4.1-get-by-id", Problem("the body is cut", pointer="/a"), big)
    bytes_ = s.ask("GET", "/Users/%3Cscript%3E", 500, None, b"\xff\xfe<!--<script>", ms=4000)
    s.found("bytes", "rfc7644-3.12-error-schema", Problem("the body is no JSON", pointer="/status"), bytes_)
    s.ask("GET", "/Users/late", 0, None, None)
    for kind in ("reconciliation", "attribute", "suite", "cycle", "setting", HOSTILE):
        row = {"subject": HOSTILE, "path": HOSTILE, "id": HOSTILE, "result": HOSTILE, "name": HOSTILE, "remark": HOSTILE}
        s.events.append(ev.Observed(s.scenario, s.voice, kind, row))
    s.done("failed", HOSTILE)
    s.events.append(ev.LeftBehind(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE))
    s.end("failed", HOSTILE)
    s.finish()
    return iter(s.events)
