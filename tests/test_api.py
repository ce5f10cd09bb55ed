"""The Python interface: verbs, reading the target, failures that explain themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scim_sim.api import InProcess, ScimFailure, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.target import Auth, Target
from scim_sim.wire import Request, Response

TOKEN = "tok-1234"


@pytest.fixture
def provider() -> Provider:
    """A correct provider."""
    return Provider(token=TOKEN, clock=SimulatedClock(), seed=1)


@pytest.fixture
def simulation(provider: Provider) -> Iterator[Simulation]:
    """A simulation of that provider without a socket."""
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", TOKEN))
    with Simulation(target, transport=InProcess(provider, TOKEN)) as simulation:
        yield simulation


def test_life_of_a_person_under_okta(simulation: Simulation) -> None:
    """Hire, assign, change, unassign, with the target read after each."""
    okta = simulation.idp("okta:oin")
    okta.hire("ada", title="Analyst")
    okta.assign("ada")
    first = okta.account("ada")
    okta.update("ada", title="Lead")
    second = okta.account("ada")
    okta.unassign(person="ada")
    third = okta.account("ada")

    assert first is not None
    assert second is not None
    assert third is not None
    assert [(r["title"], r["active"]) for r in (first, second, third)] == [("Analyst", True), ("Lead", True), ("Lead", False)]
    okta.settle()
    okta.check()


def test_group_members_are_named_by_key(simulation: Simulation) -> None:
    """Members are compared as people, not as ids."""
    okta = simulation.idp("okta")
    for person in ("ada", "bob"):
        okta.hire(person)
        okta.assign(person)
    okta.create_group("crew", members=["ada", "bob"])
    okta.push_group("crew")
    okta.remove_members("crew", ["ada"])

    assert {"bob"} == okta.members("crew")


def test_entra_follows_the_clock(simulation: Simulation) -> None:
    """Nothing happens before a cycle, everything after it."""
    entra = simulation.idp("entra")
    entra.hire("nora")
    entra.assign("nora")
    entra.start()
    entra.run_cycle()
    entra.unassign("nora")
    before = entra.account("nora")
    entra.advance("40m")
    after = entra.account("nora")

    assert before is not None
    assert after is not None
    assert (before["active"], after["active"]) == (True, False)


def test_leaver_who_stays_active_is_a_failure_with_evidence(provider: Provider) -> None:
    """The failure quotes what was sent, what came back, and a curl line without the token."""

    class Forgetful(InProcess):
        def send(self, request: Request) -> Response:
            if b'"active":false' in (request.body or b""):
                return Response(204)
            return super().send(request)

    target = Target("https://app.example.test/scim/v2", Auth("Bearer", TOKEN))
    with Simulation(target, transport=Forgetful(provider, TOKEN)) as simulation:
        okta = simulation.idp("okta:oin")
        okta.hire("ada")
        okta.assign("ada")
        okta.unassign("ada")
        with pytest.raises(ScimFailure) as raised:
            okta.check()
    said = str(raised.value)

    assert "okta-deactivate" in said
    assert "curl -sS" in said
    assert "$SCIM_TOKEN" in said
    assert TOKEN not in said


def test_expect_raises_at_once(simulation: Simulation) -> None:
    """An expectation that does not hold ends the test."""
    okta = simulation.idp("okta")
    okta.hire("ada")

    with pytest.raises(ScimFailure, match="ada has no account"):
        okta.expect(user="ada", active=True)


def test_misspelt_verb_offers_the_nearest(simulation: Simulation) -> None:
    """A verb that does not exist is an attribute error with a hint."""
    okta = simulation.idp("okta")

    with pytest.raises(AttributeError, match='did you mean "push group"'):
        okta.push_groups("crew")


def test_everything_is_removed_on_leaving(provider: Provider) -> None:
    """The target is left as it was found."""
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", TOKEN))
    with Simulation(target, transport=InProcess(provider, TOKEN)) as simulation:
        okta = simulation.idp("okta")
        okta.hire("ada")
        okta.assign("ada")
    users = provider.handle(Request("GET", "/Users", None, (("Authorization", f"Bearer {TOKEN}"),)))

    assert 0 == users.json()["totalResults"]
