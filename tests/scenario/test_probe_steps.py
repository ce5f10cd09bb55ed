"""Steps for probes: walks over pages, limits, PATCH without its frame, derived values, and what the target declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scim_sim.api import InProcess
from scim_sim.errors import ScenarioError
from scim_sim.events import Event, ExchangeMade, FindingMade, StepEnded
from scim_sim.provider.app import Provider
from scim_sim.provider.defects.bodies import refusing_bodies
from scim_sim.provider.more_types import WORKPLACE, more_types
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.steps.declared import sample
from scim_sim.scenario.steps.derive import WAYS
from scim_sim.scim.attributes import Attribute
from scim_sim.target.target import Auth, Target

TOKEN = "probe-Token-0123"


def played(tmp_path: Path, steps: str, provider: Provider | None = None) -> list[Event]:
    """Everything that happens when these steps are played."""
    path = tmp_path / "probe.yaml"
    path.write_text(f"title: A probe\nsteps:\n{steps}", "utf-8")
    events: list[Event] = []
    target = Target("https://provider.example.test/scim/v2", Auth("Bearer", TOKEN))
    run(target, load_scenarios(path), InProcess(provider or Provider(TOKEN, seed=1), TOKEN), events.append, Options(jobs=1))
    return events


def requests(events: list[Event], step: str) -> list[str]:
    """The requests of one step: method and target."""
    made = [e.exchange for e in events if isinstance(e, ExchangeMade) and e.exchange.step == step]
    return [f"{e.request.method} {e.request.target}" for e in made]


def findings(events: list[Event], check: str) -> list[tuple[str, str]]:
    """What one check has found: requirement and outcome."""
    found = [e.finding for e in events if isinstance(e, FindingMade)]
    return [(f.requirement, f.outcome) for f in found if f.check == check]


def outcomes(events: list[Event]) -> dict[str, str]:
    """How each step ended."""
    return {e.step: e.outcome for e in events if isinstance(e, StepEnded)}


def test_walk_asks_for_page_after_page(tmp_path: Path) -> None:
    """A walk goes on until the total is reached."""
    events = played(tmp_path, "  - seed: {count: 5}\n  - walk: {path: /Users, count: 2}\n")

    expected = [f"GET /Users?startIndex={start}&count=2" for start in (1, 3, 5)]
    assert expected == requests(events, "02-walk")


def test_walk_by_cursor_has_to_see_everybody(tmp_path: Path) -> None:
    """A walk by cursor follows nextCursor and counts what it saw."""
    provider = Provider(TOKEN, seed=1)
    provider.configure(cursor=True)
    steps = """  - seed: {count: 5}
  - walk: {path: /Users, count: 2, by: cursor}
    requirement: rfc9865-2-cursor-walk-complete
"""
    events = played(tmp_path, steps, provider)

    assert [("rfc9865-2-cursor-walk-complete", "pass")] == findings(events, "cursor_walk_is_complete")


def test_patch_puts_the_frame_around_operations(tmp_path: Path) -> None:
    """The body of a patch step is a PatchOp; further lists of operations are requests of their own."""
    steps = """  - seed: {users: [{key: ada}]}
  - patch:
      path: "/Users/${ada.id}"
      operations: [{op: replace, path: title, value: Chief}]
      others: [[{op: replace, path: nickName, value: Ad}]]
"""
    events = played(tmp_path, steps)
    sent = [e.exchange.request.json() for e in events if isinstance(e, ExchangeMade) and e.exchange.step == "02-patch"]

    assert [["urn:ietf:params:scim:api:messages:2.0:PatchOp"]] * 2 == [body["schemas"] for body in sent]
    assert {"title", "nickName"} == {body["Operations"][0]["path"] for body in sent}


def test_overflow_goes_one_beyond_the_announced_limit(tmp_path: Path) -> None:
    """A bulk request of one operation more than announced has to be refused with the limit in words."""
    provider = Provider(TOKEN, seed=1)
    provider.configure(bulk_operations=3, bulk_bytes=400)
    steps = """  - bulk overflow: {what: operations}
    requirement: rfc7644-3.7.4-bulk-max-operations
  - bulk overflow: {what: bytes}
    requirement: rfc7644-3.7.4-bulk-max-payload
"""
    events = played(tmp_path, steps, provider)

    expected = [("rfc7644-3.7.4-bulk-max-operations", "pass"), ("rfc7644-3.7.4-bulk-max-payload", "pass")]
    assert expected == findings(events, "limit_is_kept")


def test_derived_value_is_another_spelling(tmp_path: Path) -> None:
    """A value can be written in the other case; where that changes nothing, the step and what needs it do not apply."""
    steps = """  - derive: {name: loud, value: ada, how: upper}
  - request: {method: GET, path: "/Users/${loud}"}
  - derive: {name: same, value: "42", how: upper}
  - request: {method: GET, path: "/Users/${same}"}
"""
    events = played(tmp_path, steps)

    assert ["GET /Users/ADA"] == requests(events, "02-request")
    ended = outcomes(events)
    expected = ["done", "done", "not applicable", "skipped"]
    assert expected == [ended[step] for step in ("01-derive", "02-request", "03-derive", "04-request")]


@pytest.mark.parametrize(
    ("how", "value", "expected"),
    [
        ("earlier", "2026-01-05T00:00:00Z", "2026-01-04T23:59:59Z"),
        ("earlier", "2026-01-05T08:00:00.250Z", "2026-01-05T07:59:59.250000Z"),
        ("offset", "2026-01-05T08:00:00Z", "2026-01-05T13:30:00+05:30"),
        ("tail", "https://app.example.test/Users/a%20b/", "a b"),
    ],
)
def test_ways_to_write_a_value(how: str, value: str, expected: str) -> None:
    """An instant a second before or in another zone, and the last segment of a URI."""
    assert expected == WAYS[how](value)


def test_unknown_way_to_derive_is_a_mistake_with_its_place(tmp_path: Path) -> None:
    """A way that is none is explained with the valid ones."""
    with pytest.raises(ScenarioError, match="is no way to write a value"):
        played(tmp_path, "  - derive: {name: x, value: ada, how: backwards}\n")


def test_credentials_are_spelled_otherwise_without_being_known(tmp_path: Path) -> None:
    """The scheme in lower case opens the door, half of the token and a token in the query do not; no record holds the token."""
    steps = """  - request: {method: GET, path: /Users, auth: lower}
    expect: {status: 200, requirement: rfc6750-2.1-header-token}
  - request: {method: GET, path: /Users, auth: half}
    expect: {status: 401, requirement: rfc6750-3.1-invalid-token}
  - request: {method: GET, path: /Users, query: "access_token=<token>", auth: none}
    expect: {status: 401, requirement: rfc6750-2.3-no-query-token}
"""
    events = played(tmp_path, steps)

    assert {"pass"} == {outcome for _, outcome in findings(events, "answer_is_as_expected")}
    assert not [e for e in events if TOKEN in repr(e) or TOKEN[:8] in repr(e)]


def test_declared_types_and_attributes_are_probed(tmp_path: Path) -> None:
    """The endpoint of each resource type is asked, and required attributes are left out one at a time."""
    events = played(tmp_path, "  - probe resource types\n  - probe attributes\n")

    assert {"pass"} == {outcome for _, outcome in findings(events, "endpoint_is_live")}
    assert ("rfc7643-7-behaviour-matches-required", "pass") in findings(events, "required_attribute_is_enforced")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute("colour"), "w colour"),
        (Attribute("size", canonical_values=("small", "large")), "small"),
        (Attribute("floor", "integer"), 7),
        (Attribute("open", "boolean", multi_valued=True), [True]),
        (
            Attribute("place", "complex", sub_attributes=(Attribute("room"), Attribute("id", mutability="readOnly"))),
            {"room": "w room"},
        ),
        (Attribute("boss", "reference"), None),
    ],
)
def test_sample_has_the_declared_type(attribute: Attribute, value: Any) -> None:
    """A made-up value has the type that is declared; what refers to something cannot be made up."""
    assert value == sample(attribute, "w")


def test_own_extensions_are_filled_and_changed(tmp_path: Path) -> None:
    """What the target declares besides the schemas of the RFCs is created, changed by PATCH and by PUT, and read after each."""
    provider = Provider(TOKEN, seed=1, changes=[lambda it: setattr(it, "catalogue", more_types(it.catalogue))])
    events = played(tmp_path, "  - probe attributes:\n", provider)
    made = [e.exchange.request for e in events if isinstance(e, ExchangeMade) and e.exchange.step == "01-probe-attributes"]
    own = WORKPLACE["id"]
    users = [r for r in made if "/Users" in r.path and r.body and own in r.json()]
    changed = next(r.json() for r in made if "/Users" in r.path and r.method == "PATCH" and len(r.json()["Operations"]) > 1)

    names = {"badge", "floor", "capacity", "since", "remote", "key", "remark", "rooms"}
    assert {"POST", "PUT"} == {r.method for r in users}
    assert names == set(users[0].json()[own])
    assert {f"{own}:{name}" for name in names - {"badge"}} == {item["path"] for item in changed["Operations"]}
    assert [] == [e.finding for e in events if isinstance(e, FindingMade) and e.finding.outcome in ("fail", "error")]


def test_own_extension_with_rules_of_its_own_is_left_out(tmp_path: Path) -> None:
    """A target may want more of its own attributes than a schema can tell; then the user is made without them."""

    def strict(provider: Provider) -> None:
        provider.catalogue = more_types(provider.catalogue)
        refusing_bodies(lambda body: WORKPLACE["id"] in body, 400, "floor is no floor of ours", "invalidValue")(provider)

    events = played(tmp_path, "  - probe attributes:\n", Provider(TOKEN, seed=1, changes=[strict]))

    assert [] == [e.finding for e in events if isinstance(e, FindingMade) and e.finding.outcome in ("fail", "error")]
