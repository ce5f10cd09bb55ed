"""The title of a root cause says what is wrong in plain words."""

from __future__ import annotations

import pytest

from scim_sim.problem import Problem
from scim_sim.report.model import Cause
from scim_sim.report.sentences import PLIGHTS, plight
from scim_sim.scim.requirements import catalogue
from tests.report.stream import Stream, fold, user
from tests.report.test_causes import begun


def _causes(s: Stream) -> tuple[Cause, ...]:
    return fold(iter(s.events)).causes


def test_a_success_with_an_odd_status_is_one_cause() -> None:
    """PATCH answered with 202 is one fix, however many rules and identity providers it touches."""
    s = begun("okta:aiw")
    for path, name in (("/Users/1", "rfc7644-3.5.1-put-replaces"), ("/Groups/1", "rfc7644-3.3-location")):
        said = Problem("the answer to PATCH is 202", "200 or 204", "202 Accepted", "http")
        s.found("answer_is_as_expected", name, said, s.ask("PATCH", path, 202))
    s.trouble("okta-update", "202: no reason given (expected 200 or 204)", "Tasks", s.ask("PATCH", "/Users/2", 202))
    [cause] = _causes(s)

    assert ("PATCH · 202", 3) == (cause.key, cause.findings)
    assert "PATCH is answered with 202 instead of 200 or 204" == cause.title


def test_an_acceptance_of_what_should_be_refused_is_no_odd_success() -> None:
    """What was accepted differs from rule to rule."""
    s = begun()
    for path, name in (("/Users", "rfc7644-3.5.1-put-replaces"), ("/Groups", "rfc7644-3.3-location")):
        said = Problem("the request is accepted", "400", "201", "http")
        s.found("answer_is_as_expected", name, said, s.ask("POST", path, 201))

    assert 2 == len(_causes(s))


@pytest.mark.parametrize(
    ("problem", "status", "title"),
    [
        (
            Problem("the answer to PUT is 400", "200", "400 Bad Request", "http"), 400,
            "PUT /Users/{id} is answered with 400 instead of 200; the rule: ",
        ),
        (Problem("/title is not as expected", '"Lead"', "absent", "/title"), 200, 'title: absent instead of "Lead"; the rule: '),
        (Problem("", "", "", ""), 200, "PUT /Users/{id} is answered with 200; the rule: "),
    ],
)  # fmt: skip
def test_a_message_without_content_gets_it_from_what_was_seen(problem: Problem, status: int, title: str) -> None:
    """With what was found, what was due, and the rule that says so."""
    s = begun()
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", problem, s.ask("PUT", "/Users/1", status, user(1), user(1)))
    [cause] = _causes(s)

    assert cause.title.startswith(title)
    assert cause.why[0].statement[:30] in cause.title


@pytest.mark.parametrize(
    ("rules", "ends"),
    [
        (("rfc7644-3.3-location", "rfc7644-3.3-location"), {" (users)", " (groups)"}),
        (("rfc7644-3.3-location", "rfc7644-3.5.1-put-replaces"), {"; the rule: "}),
    ],
)
def test_causes_of_one_title_are_told_apart(rules: tuple[str, str], ends: set[str]) -> None:
    """By the rule, or by users and groups where it is the same one."""
    s = begun()
    for number, (path, name) in enumerate(zip(("/Users/1", "/Groups/1"), rules, strict=True)):
        read = s.ask("GET", path, 200, None, user(1))
        s.found(f"meta{number}", name, Problem("meta lacks created", pointer="/meta"), read)
    titles = [c.title for c in _causes(s)]

    assert 2 == len(set(titles))
    assert all(any(end in title for end in ends) for title in titles)


def test_an_acceptance_says_what_was_accepted() -> None:
    """Which request, with which answer, and what is due instead."""
    s = begun()
    said = Problem("the request is accepted", "400 or 404", "201", "http")
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", said, s.ask("POST", "/Users", 201))
    [cause] = _causes(s)

    assert cause.title.startswith("POST /Users is answered with 201 instead of 400 or 404; the rule: ")


def test_a_method_that_is_not_offered_says_so() -> None:
    """One sentence for every endpoint."""
    s = begun("okta:aiw")
    for path in ("/Users/1", "/Groups/1"):
        s.trouble("okta-group-members", "Not Implemented", "Tasks", s.ask("PATCH", path, 501))

    assert ["PATCH is answered with 501: it is not offered"] == [c.title for c in _causes(s)]


def test_an_endpoint_that_is_not_offered_is_named() -> None:
    """POST as such is offered nearly everywhere."""
    s = begun()
    said = Problem("the answer to POST is 501", "413", "501", "http")
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", said, s.ask("POST", "/Bulk", 501))

    assert ["POST /Bulk is answered with 501: it is not offered"] == [c.title for c in _causes(s)]


@pytest.mark.parametrize(
    "message",
    [
        "the PATCH is refused",
        "the creation is refused (the story needs ann)",
        "the request is answered with a server error",
        "a taken userName is refused with another status",
    ],
)
def test_a_bare_refusal_says_what_came_back(message: str) -> None:
    """Not only that it is refused."""
    s = begun()
    said = Problem(message, "400", "500", "http")
    answered = s.ask("PATCH", "/Users/1", 500, None, {"detail": "no such column"})
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", said, answered)
    [cause] = _causes(s)

    assert cause.title.startswith("PATCH /Users/{id} is answered with 500 (no such column) instead of 400; the rule: ")


def test_attributes_of_one_fault_are_told_in_the_plural() -> None:
    """And what they are compared with in the singular."""
    s = begun()
    for name in ("title", "nickName"):
        made = s.ask("POST", "/Users", 201, user(1), user(1))
        said = Problem(f"{name} holds another value than was written", pointer=f"/{name}")
        s.found("kept", "rfc7644-3.5.1-put-replaces", said, made)

    assert ["title and nickName hold another value than was written"] == [c.title for c in _causes(s)]


def test_a_remark_is_no_title() -> None:
    """Why a note matters little stands behind what was sent."""
    s = begun()
    said = Problem("the answer to PATCH is 400 (Microsoft's tools do it, the service does not)", "2xx", "400", "http")
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", said, s.ask("PATCH", "/Users/1", 400))
    [cause] = _causes(s)

    assert "Microsoft" not in cause.title
    assert cause.what.endswith("Microsoft's tools do it, the service does not.")


def test_a_trouble_behind_a_good_answer_begins_with_what_it_means() -> None:
    """Nobody gives up there: the engine only says what will happen."""
    s = begun("entra")
    said = "Entra will send title again every 40 minutes"
    s.trouble("entra-quiet-second-cycle", said, "Provisioning logs", s.ask("PATCH", "/Users/1", 200))
    [cause] = _causes(s)

    assert f"The same changes are written again and again: {said}" == cause.title
    assert ["Entra takes this for a failure"] == [mark.say for mark in cause.marks]


def test_ids_and_indexes_are_not_in_a_title() -> None:
    """One resource is an example."""
    s = begun()
    wrote = s.ask("PUT", "/Users/8f14", 200, user(1), user(1))
    s.found("quiet", "rfc7644-3.3-location", Problem("PUT /Users/8f14 was sent although nothing changed", pointer="http"), wrote)
    s.found(
        "kept", "rfc7644-3.5.1-put-replaces", Problem("emails.0.primary is lost", "true", "false", "/emails/0/primary"), wrote
    )

    assert {"PUT /Users/{id} was sent although nothing changed", "emails.primary is lost"} == {c.title for c in _causes(s)}


def test_every_need_says_what_is_wrong_where_it_is_not_met() -> None:
    """A clause for people; the statement itself says what should be."""
    needs = [row for row in catalogue().values() if row.level == "NEED"]
    silent = [row.id for row in needs if row.id.removeprefix(f"{row.document}-") not in PLIGHTS and not row.unmet]

    assert [] == silent
    assert [] == [row.unmet for row in needs if row.unmet.endswith(".")]
    assert "people who have left the directory keep active accounts" == plight("google-jit-offboarding-gap", None)


def test_a_person_is_somebody_and_the_last_write_is_named() -> None:
    """One account is an example, and what was written last was meant to end its access."""
    s = begun("okta:aiw")
    made = s.ask("POST", "/Users", 201, user(1), user(1))
    left = s.ask("PUT", "/Users/1", 200, {**user(1), "active": False}, user(1))
    said = Problem("simk7q2-01.ada@example.test was deactivated and is still active", "false", "true", "/active")
    read = s.ask("GET", "/Users/1", 200, got=user(1), voice="harness")
    s.found("target_holds_what_the_idp_wrote", "okta-deactivate", said, read, left, made)

    assert ["PUT /Users/{id}: somebody was deactivated and is still active"] == [c.title for c in _causes(s)]
