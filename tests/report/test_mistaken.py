"""What follows from an answer about somebody else is no cause of its own."""

from __future__ import annotations

import pytest

from scim_sim.problem import Problem
from scim_sim.report.mistaken import follows
from tests.report.stream import Stream, user
from tests.report.test_causes import begun, causes

STRANGER = Problem("1 of 1 resources do not match the filter", "ada", "bob", "/Resources/0/userName")
LEFT = Problem("somebody was deactivated and is still active", "active = false", "active = true", "/active")
MATCH = "rfc7644-3.4.2.2-only-matching"


def searched(voice: str = "okta:aiw") -> Stream:
    """An identity provider looks for one person and is given the account of another."""
    s = begun(voice)
    answer = {"totalResults": 1, "Resources": [{**user(7), "id": "7"}]}
    found = s.ask("GET", "/Users", 200, query="filter=userName%20eq%20%22ada%22", got=answer)
    s.found("only_matching_resources_are_listed", MATCH, STRANGER, found)
    return s


NOBODY = Problem("ada has no account", "an account", "none", "http")
SILENT = Problem("POST was not sent", "1", "0")
OTHERS = Problem("Pilots has other members than it should", "ada", "bob", "/members")
MISSING = Problem("a member of Pilots is missing", "2 members", "1, without 7", "/members")


@pytest.mark.parametrize(
    ("check", "problem", "path", "query"),
    [
        ("target_holds_what_the_idp_wrote", LEFT, "/Users/7", None),
        ("account_is_as_expected", NOBODY, "/Users", "filter=userName%20eq%20%22ada%22"),
        ("traffic_is_as_expected", SILENT, "/ServiceProviderConfig", None),
        ("group_is_as_expected", OTHERS, "/Groups/1", None),
        ("target_holds_what_the_idp_wrote", MISSING, "/Groups/1", None),
    ],
)
def test_what_concerns_the_stranger_belongs_to_the_search(check: str, problem: Problem, path: str, query: str | None) -> None:
    """One cause, told by what is wrong with the search."""
    s = searched()
    s.found(check, "okta-deactivate", problem, s.ask("GET", path, got=user(7), query=query))
    [cause] = causes(s)

    assert ("breaks", "1 of 1 resources do not match the filter") == (cause.base, cause.title)


def test_another_account_is_a_cause_of_its_own() -> None:
    """Whom the search did not name has nothing to do with it."""
    s = searched()
    s.found("target_holds_what_the_idp_wrote", "okta-deactivate", LEFT, s.ask("GET", "/Users/8", got=user(8)))

    assert 2 == len(causes(s))


def test_a_probe_that_finds_a_stranger_explains_nothing() -> None:
    """The harness links nobody by what it finds."""
    s = searched("harness")
    s.found("answer_is_as_expected", "rfc7643-4.1.1-active-roundtrip", LEFT, s.ask("GET", "/Users/7", got=user(7)))

    assert 2 == len(causes(s))


def test_an_answer_with_another_id_is_about_somebody_else() -> None:
    """Whatever differs in it follows from that."""
    s = begun()
    wrote = s.ask("PATCH", "/Users/1", 200, user(1), {**user(2), "id": "2"})
    lost = Problem("title was written, and is not there", "Lead", "absent", "/title")
    s.found("what_was_written_is_there", "rfc7644-3.5.2.3-replace-singular", lost, wrote)
    s.found("id_stays_the_same", "rfc7643-3.1-id-stable", Problem("the answer carries another id", "1", "2", "/id"), wrote)

    assert ["The answer carries another id"] == [cause.title for cause in causes(s)]


def test_without_a_mistake_nothing_follows() -> None:
    """Nothing is looked at then."""
    assert {} == follows([], [], {}, {})


def test_an_id_that_users_and_groups_share_explains_nothing() -> None:
    """The answer is about the right resource all the same."""
    s = begun()
    made = s.ask("POST", "/Groups", 201, {}, {"id": "1"})
    lost = Problem("members was written, and is not there", "ada", "no value", "/members")
    s.found("what_was_written_is_there", "rfc7644-3.3-create-group-with-members", lost, made)
    twice = Problem("a resource under /Users has the same id", "an id of its own", "1", "/id")
    s.found("id_is_unique_over_all_types", "rfc7643-3.1-id-unique", twice, made)

    assert 2 == len(causes(s))


def test_a_creation_without_an_id_explains_what_is_missed_later() -> None:
    """Nobody is updated or deactivated whom the identity provider never knew; the status is what there is to fix."""
    s = begun("onelogin")
    made = s.ask("POST", "/Users", 204, user(1))
    status = Problem("the creation is answered with another status", "201", "204", "http")
    s.found("creation_answers_201", "rfc7644-3.3-create-201", status, made)
    s.trouble("onelogin-create", "the answer to the create (204) holds no id", "Users", made)
    read = s.ask("GET", "/Users", 200, query="filter=x", got={"totalResults": 1, "Resources": [user(1)]})
    active = Problem("the account of tove is not inactive", "inactive", "active", "/Resources/0/active")
    s.found("account_is_as_expected", "onelogin-deactivate", active, read)

    assert ["POST is answered with 204 instead of 201"] == [cause.title for cause in causes(s)]
