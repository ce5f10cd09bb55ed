"""Findings that one fix would end are one root cause, in order of harm."""

from __future__ import annotations

from scim_sim.problem import Problem
from scim_sim.report.model import Cause, Report
from tests.report.stream import GROUP, Stream, faulty_run, fold, user


def begun(voice: str = "harness") -> Stream:
    """A stream with one story and one step begun."""
    s = Stream()
    s.begin(idps=("okta:aiw", "rfc"))
    s.story("rfc/one", "One", voice)
    s.do("01-read", "read", 7)
    return s


def causes(s: Stream) -> tuple[Cause, ...]:
    """The root causes of what was streamed."""
    return fold(iter(s.events)).causes


def test_causes_are_ordered_by_harm() -> None:
    """Breaks come first, then violations, deviations and notes."""
    report = fold(faulty_run())

    assert ["breaks", "breaks", "violation", "violation", "deviation", "note"] == [c.verdict for c in report.causes]


def test_need_and_requirement_of_one_fault_are_one_cause() -> None:
    """The member that stays breaks Okta and violates the RFC: one thing to fix, with all three requirements."""
    [cause, *_] = fold(faulty_run()).causes

    expected = {"okta-group-members", "rfc7644-3.5.1-put-replaces", "rfc7643-2.5-empty-is-unset"}
    assert expected == set(cause.requirements)
    assert (("okta",), ("violation",)) == (cause.breaks, cause.also)


def test_cause_shows_the_write_and_the_read_that_contradicts_it() -> None:
    """What was sent and what came back are the exchanges a person must look at, and both are marked."""
    [cause, *_] = fold(faulty_run()).causes

    assert ("E00009", "E00010") == (cause.sent, cause.received)
    assert {("sent", "/members"), ("received", "/members")} == {(mark.side, mark.pointer) for mark in cause.marks}


def test_one_header_is_one_cause_whatever_the_operation() -> None:
    """The media type that is wrong everywhere has one fix."""
    s = begun()
    problem = Problem("the media type is another", "application/scim+json", "text/html", "header:Content-Type")
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", "/Groups/1")):
        s.found("media_type", "rfc7644-3.3-location", problem, s.ask(method, path))

    assert ["header:content-type · media_type"] == [c.key for c in causes(s)]


def test_attributes_told_in_the_same_words_are_one_cause() -> None:
    """Five attributes that are not kept are one fix; the title names them."""
    s = begun()
    for name in ("title", "nickName", "locale", "userType", "timezone"):
        made = s.ask("POST", "/Users", 201, user(1), user(1))
        s.found("kept", "rfc7644-3.5.1-put-replaces", Problem(f"{name} was written, and is not there", pointer=f"/{name}"), made)
    [cause] = causes(s)

    assert "title, nickName, locale and 2 more attributes were written, and are not there" == cause.title


def test_membership_is_told_apart_by_operation() -> None:
    """PUT and PATCH of members are code of their own: two causes, and neither joins the lost attributes."""
    s = begun()
    for method in ("PUT", "PATCH"):
        wrote = s.ask(method, "/Groups/1", 200, {"schemas": [GROUP], "members": []}, {"members": [{"value": "1"}]})
        read = s.ask("GET", "/Groups/1", 200, None, {"members": [{"value": "1"}]})
        problem = Problem("members was written, and is not there", pointer="/members", exchange=wrote)
        s.found("kept", "rfc7644-3.5.1-put-replaces", problem, read)

    assert {"Group · members · PUT", "Group · members · PATCH"} == {c.key for c in causes(s)}


def test_refusal_of_a_method_everywhere_is_one_cause() -> None:
    """PATCH that is answered with 501 for users and groups is one thing to build."""
    s = begun("okta:aiw")
    for path in ("/Users/1", "/Groups/1"):
        s.trouble("okta-group-members", "Not Implemented", "Tasks", s.ask("PATCH", path, 501))

    assert ["PATCH · 501"] == [c.key for c in causes(s)]


def test_bad_error_body_does_not_swallow_the_refusal() -> None:
    """A refused write with a malformed error is two causes: what was refused, and the shape of errors."""
    keys = {c.key for c in fold(faulty_run()).causes}

    assert {"PATCH /Users/{id} · 400", "Error · status"} <= {key.partition(" (")[0] for key in keys}


def test_cause_can_be_repeated() -> None:
    """The curl line holds the token as a variable, the command the scenario, its IdP and the seed, the place the line."""
    [cause, *_] = fold(faulty_run()).causes

    assert '-H "Authorization: Bearer $SCIM_TOKEN"' in cause.curl
    assert cause.command.endswith("--token-env SCIM_TOKEN --seed 20261122 --idp okta:aiw")
    assert "scenarios/okta/joiner-mover-leaver.yaml:24" == cause.place


def test_administrator_who_sees_nothing_is_told_so() -> None:
    """A silent failure has a sight without text; a loud one quotes the IdP."""
    first, second, *_ = fold(faulty_run()).causes

    assert [""] == [sight.text for sight in first.admin_sees]
    assert ["Provisioning logs: SystemForCrossDomainIdentityManagementBadRequest"] == [s.text for s in second.admin_sees]


def test_keys_are_the_same_in_two_runs() -> None:
    """Another seed and mark, the same faults: the same keys, so that reports compare."""
    one, two = fold(faulty_run()), fold(faulty_run())

    assert [c.key for c in one.causes] == [c.key for c in two.causes]


def test_no_finding_no_cause() -> None:
    """An empty report has nothing to fix."""
    assert () == fold(iter(())).causes == Report().causes


def test_what_follows_from_a_refusal_is_told_with_it() -> None:
    """A PATCH that is refused leaves the account active: one cause, told by the refusal and what it means."""
    s = begun("entra")
    refused = s.ask("PATCH", "/Users/1", 400, {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]})
    s.trouble("entra-update", "BadRequest", "Provisioning logs", refused)
    read = s.ask("GET", "/Users/1", 200, None, user(1), voice="harness")
    s.found("account_is_as_expected", "entra-update", Problem("the account of ada is not inactive", pointer="/active"), read)
    [cause] = causes(s)

    assert ("PATCH /Users/{id} · 400", 2) == (cause.key, cause.findings)
    assert "PATCH /Users/{id} is answered with 400, and changes of a profile do not arrive" == cause.title


def test_partly_applied_refusal_is_a_cause_of_its_own() -> None:
    """A violation that is seen after a refusal, such as one that had an effect all the same, is not explained by it."""
    s = begun()
    refused = s.ask("PATCH", "/Users/1", 400)
    read = s.ask("GET", "/Users/1", 200, None, user(1, title="changed"))
    problem = Problem("a refused PATCH changed title", pointer="/title", exchange=refused)
    s.found("refused_patch_changes_nothing", "rfc7644-3.5.1-put-replaces", problem, read)

    assert ["User · title"] == [c.key for c in causes(s)]


def refusal(detail: str, kind: str = "invalidValue") -> dict[str, str]:
    """An Error body."""
    return {"status": "400", "scimType": kind, "detail": detail}


def test_refusals_for_other_reasons_are_other_causes() -> None:
    """One PATCH is refused for a text in active, two for a filter that matches nothing: two things to fix."""
    s = begun("entra")
    for number, (detail, kind) in enumerate(
        [
            ("'active' has to be a boolean, not a text", "invalidValue"),
            ("nothing in 'emails' matches for user 4711", "noTarget"),
            ("nothing in 'phoneNumbers' matches for user 4712", "noTarget"),
        ]
    ):
        refused = s.ask("PATCH", f"/Users/{number}", 400, None, refusal(detail, kind))
        s.trouble("entra-update", detail, "Provisioning logs", refused)

    assert [
        "PATCH /Users/{id} · 400 (invalidValue: has to be a boolean not a text)",
        "PATCH /Users/{id} · 400 (noTarget: nothing in matches for user)",
    ] == sorted(c.key for c in causes(s))


def test_refusals_that_all_read_differently_are_one_cause() -> None:
    """A detail that names somebody makes no cause of its own for each of them."""
    s = begun("entra")
    for name in ("Ada", "Ben", "Cho", "Dov", "Eve", "Fay", "Gil", "Hal", "Ida"):
        s.trouble("entra-update", name, "Provisioning logs", s.ask("PATCH", "/Users/1", 400, None, refusal(f"{name} is closed")))

    assert ["PATCH /Users/{id} · 400"] == [c.key for c in causes(s)]


def test_what_a_story_misses_follows_from_the_refusal() -> None:
    """No account, another number of requests, an entry that is not in the log: all because the creation was refused."""
    s = begun("entra")
    s.trouble("entra-create", "BadRequest", "Provisioning logs", s.ask("POST", "/Users", 400, user(1), refusal("no nickName")))
    read = s.ask("GET", "/Users", 200, None, {"totalResults": 0}, voice="harness")
    for check, said in (
        ("account_is_as_expected", "ada has no account"),
        ("traffic_is_as_expected", "PATCH: sent 0 times"),
        ("log_is_as_expected", "no entry of the log is like that"),
    ):
        s.found(check, "entra-update", Problem(said), read)
    [cause] = causes(s)

    assert ("POST /Users · 400 (invalidValue: no nickName)", 4) == (cause.key, cause.findings)


def test_what_a_step_calls_unexpected_joins_the_check_that_says_why() -> None:
    """The same requirement and the same answer: one cause, told by the check."""
    s = begun()
    made = s.ask("POST", "/Users", 201, user(1), user(1))
    s.found("answer_is_as_expected", "rfc7644-3.5.1-put-replaces", Problem("/title is not as expected", pointer="/title"), made)
    s.found("only_requested", "rfc7644-3.5.1-put-replaces", Problem("attributes that were not asked for come back"), made)

    assert ["Attributes that were not asked for come back"] == [c.title for c in causes(s)]


def test_lists_are_told_apart_by_requirement() -> None:
    """A resource that a filter does not find and one beyond the last page are two faults of the same list."""
    s = begun()
    for requirement in ("rfc7644-3.5.1-put-replaces", "rfc7644-3.3-location"):
        s.found("list", requirement, Problem("another resource", pointer="/Resources"), s.ask("GET", "/Users", 200, None, {}))

    assert 2 == len(causes(s))


def test_a_value_too_much_is_not_a_lost_one() -> None:
    """What is lost with every attribute and what one list holds twice are two causes, whose titles name their own attributes."""
    s = begun()
    for name, said in (("emails", "should be gone"), ("emails", "is gone"), ("title", "is gone")):
        wrote = s.ask("PATCH", "/Users/1", 200, {}, user(1))
        problem = Problem(f"{name} holds a value that {said}", pointer=f"/{name}")
        s.found("kept", "rfc7644-3.5.1-put-replaces", problem, wrote)

    assert {"User · emails", "User · emails · too much"} == {c.key for c in causes(s)}


def test_one_thing_that_several_requirements_speak_of_is_one_cause() -> None:
    """The same check says the same of the same answer: one fix, whichever sentences of the RFCs it breaks."""
    s = begun()
    read = s.ask("GET", "/Users", 200, None, {})
    for requirement in ("rfc7644-3.5.1-put-replaces", "rfc7644-3.3-location"):
        s.found("only_matching", requirement, Problem("1 of 1 resources do not match the filter"), read)

    assert 1 == len(causes(s))


def test_what_is_read_by_name_follows_from_the_update_that_was_refused() -> None:
    """An account that is searched for has another id in its path than the refused PUT, and is still what that left behind."""
    s = begun("onelogin")
    refused = s.ask("PUT", "/Users/1", 428, user(1), refusal("If-Match is missing"))
    s.trouble("entra-update", "428", "Activity", refused)
    found = s.ask("GET", "/Users", got={"Resources": [user(1)]}, query="filter=userName%20eq%20%22ada%22", voice="harness")
    s.found("account_is_as_expected", "entra-update", Problem("/title is not as expected", pointer="/title"), found)

    assert ["PUT /Users/{id} · 428 (invalidValue: If-Match is missing)"] == [c.key for c in causes(s)]


def test_a_need_that_is_unmet_after_a_refused_write_follows_from_it() -> None:
    """Nobody deletes what could not be disabled: the account that is still there is no fault of its own."""
    s = begun("entra")
    s.ask("PATCH", "/Users/1", 400, user(1), refusal("no such attribute"))
    read = s.ask("GET", "/Users/1", 200, None, user(1), voice="harness")
    s.found("answer_is_as_expected", "entra-update", Problem("the answer to GET is 200", "404", "200", "http"), read)

    assert ["PATCH /Users/{id} · 400 (invalidValue: no such attribute)"] == [c.key for c in causes(s)]


def test_a_query_that_is_not_offered_is_no_refusal_of_all_reads() -> None:
    """Filters are answered with 501: one cause for all needs that miss them, and it names the query."""
    s = begun("entra")
    for need in ("entra-update", "entra-create"):
        s.trouble(need, "501", "Provisioning logs", s.ask("GET", "/Users", 501, None, refusal("Filtering is not supported", "")))

    assert ["GET /Users · 501 (Filtering is not supported)"] == [c.key for c in causes(s)]
