"""The judge: order, repetition, crashes, and what it passes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from scim_sim.checks import CHECKS, Finding, Judge, Kept, Wanted
from scim_sim.checks.check import TRAIL_CHECKS, At, Check, ResourceCheck, always, check
from scim_sim.checks.judge import checks_about
from scim_sim.checks.unseen import UNSEEN
from scim_sim.checks.when import answered
from scim_sim.problem import Problem
from scim_sim.provider.defects import DEFECTS
from scim_sim.provider.defects.operations import refusing_operations
from scim_sim.provider.variants import VARIANTS
from scim_sim.scim.requirements import catalogue
from scim_sim.scim.urns import GROUP, USER
from scim_sim.wire import Exchange, Request, Response, json_body
from tests.checks.story import patch, tell, user

FIRING: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "firing.yaml").read_text("utf-8"))


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Adds a check for the duration of one test."""

    def add(run: Any, *requirements: str, applies: Any = always) -> None:
        monkeypatch.setitem(CHECKS._items, run.__name__, Check(run.__name__, requirements, answered, applies, run, "A claim."))
        checks_about.cache_clear()

    yield add
    monkeypatch.undo()
    checks_about.cache_clear()


def findings_of(conversation: Any, name: str) -> list[Finding]:
    """What one check has said."""
    return [f for f in conversation.findings if f.check == name]


def test_every_check_names_requirements_of_the_catalogue() -> None:
    """A check is about rows of the catalogue, and says in a sentence what should hold."""
    for one in (*CHECKS, *TRAIL_CHECKS):
        assert one.requirements
        assert set(one.requirements) <= set(catalogue()), one.name
        assert one.doc.endswith("."), one.name


def test_every_reason_for_silence_is_about_a_requirement() -> None:
    """What cannot be seen is named by its row in the catalogue."""
    assert set(UNSEEN) <= set(catalogue())


def test_crash_of_a_check_is_an_error_of_ours(speak: Callable[..., Any], added: Callable[..., None]) -> None:
    """A check that stumbles becomes an error with its name, and the others go on."""

    def stumbles(exchange: Any, view: Any) -> Iterator[Problem]:
        raise KeyError("nothing there")
        yield

    added(stumbles, "rfc7644-3.3-create-201")
    conversation = speak()
    conversation("GET", "/Users")
    [finding] = findings_of(conversation, "stumbles")

    assert ("error", "the check crashed: KeyError: 'nothing there'") == (
        finding.outcome,
        finding.problem and finding.problem.message,
    )
    assert len(conversation.findings) > 5


def test_the_first_requirement_judged_is_the_one_that_a_problem_breaks(
    speak: Callable[..., Any], added: Callable[..., None]
) -> None:
    """A check that says what it judged need not say again which of it a problem concerns."""

    def grumbles(exchange: Any, view: Any) -> Iterator[Problem]:
        yield Problem("not as it should be")

    added(grumbles, "rfc7644-3.3-create-201", "rfc7644-3.4.1-read-200", applies=lambda e, v: ("rfc7644-3.4.1-read-200",))
    conversation = speak()
    conversation("GET", "/Users")

    assert ["rfc7644-3.4.1-read-200"] == [f.requirement for f in findings_of(conversation, "grumbles")]


def test_resource_in_a_list_is_judged_by_itself(speak: Callable[..., Any]) -> None:
    """What is wrong with a resource is told with its place in the answer, wherever the resource stands."""
    conversation = speak()
    answer = conversation.send("GET", "/Users")
    for place, items in (("/Resources/1/id", [{"id": "1"}, {"id": ""}]), ("/Resources/0/id", [{"id": ""}])):
        conversation.hear(replace(answer, body=json_body({"totalResults": len(items), "Resources": items})))

        assert place == [f.problem and f.problem.pointer for f in findings_of(conversation, "resource_has_an_id")][-1]


class Twice:
    """A judge, and one that remembers no resource: both have to say the same."""

    def __init__(self, judge: Judge) -> None:
        self.view = judge.view
        self._judge, self._forgetful = judge, Judge(judge.surroundings)

    def judge(self, exchange: Exchange) -> list[Finding | Kept]:
        """What both say."""
        said = self._judge.judge(exchange)
        self._forgetful.view._seen.clear()

        assert said == self._forgetful.judge(exchange)
        return said


@pytest.mark.parametrize("defect", sorted({FIRING[check.name][0] for check in CHECKS if isinstance(check, ResourceCheck)}))
def test_what_is_remembered_of_resources_changes_nothing(defect: str, speak: Callable[..., Any]) -> None:
    """A resource that is seen again is judged as if nobody had looked at it before."""
    conversation = speak(DEFECTS.get(defect).apply)
    conversation.judge = Twice(conversation.judge)
    with contextlib.suppress(KeyError, ValueError):  # a defect may end the story early
        tell(conversation)
        tell(conversation)

    assert len(conversation.findings) > 50


def test_check_that_does_not_apply_says_nothing(speak: Callable[..., Any], added: Callable[..., None]) -> None:
    """No judgement is no pass."""

    def idle(exchange: Any, view: Any) -> Iterator[Problem]:
        yield Problem("never said")

    added(idle, "rfc7644-3.3-create-201", applies=lambda e, v: False)
    conversation = speak()
    conversation("GET", "/Users")

    assert [] == findings_of(conversation, "idle")


def test_same_words_are_said_once_per_step(speak: Callable[..., Any], added: Callable[..., None]) -> None:
    """A problem, like a pass, is told once in a step, and again in the next."""

    def grumbles(exchange: Any, view: Any) -> Iterator[At]:
        yield At("rfc7644-3.3-create-201", Problem("always the same"))

    added(grumbles, "rfc7644-3.3-create-201", "rfc7644-3.4.1-read-200")
    conversation = speak()
    for step in ("one", "one", "two"):
        conversation("GET", "/Users", step=step)

    said = [(f.step, f.requirement, f.outcome) for f in findings_of(conversation, "grumbles")]
    one = [("one", "rfc7644-3.3-create-201", "fail"), ("one", "rfc7644-3.4.1-read-200", "pass")]
    assert [*one, *((("two", *rest)) for _, *rest in one)] == said


def test_need_is_that_of_the_identity_provider(speak: Callable[..., Any]) -> None:
    """Reading back speaks of needs of the identity provider, with its voice, and names the person and the writes."""
    conversation = speak()
    wanted = Wanted("user", "ada", "okta:oin", "ada@example.test", "1", active=False, wrote=("E7",))
    read = Exchange("E8", "harness", "s", "03", Request("GET", "/Users/1"), Response(200), None, 0.0, 0.0)
    found = list(conversation.judge.compare(wanted, {"id": "1", "active": True}, read, scenario="s", step="03"))
    [finding] = [f for f in found if isinstance(f, Finding) and f.requirement == "okta-deactivate"]

    assert ("fail", "okta:oin", "ada", (read.id, "E7")) == (finding.outcome, finding.voice, finding.subject, finding.exchanges)


def test_needs_that_are_met_are_told_together(speak: Callable[..., Any]) -> None:
    """What was read back as it should be is said once for the exchange that read it."""
    conversation = speak()
    wanted = Wanted("user", "ada", "okta:oin", "ada@example.test", "1", active=False)
    read = Exchange("E8", "harness", "s", "03", Request("GET", "/Users/1"), Response(200), None, 0.0, 0.0)

    [kept] = conversation.judge.compare(wanted, {"id": "1", "active": False}, read, scenario="s", step="03")

    assert isinstance(kept, Kept)
    assert (read.id, "s", "03", "okta:oin") == (kept.exchange, kept.scenario, kept.step, kept.voice)
    assert ("target_holds_what_the_idp_wrote", "okta-deactivate") in kept.requirements


def test_second_check_of_a_name_is_refused() -> None:
    """The name is the identity of a check."""

    def creation_answers_201(exchange: Any, view: Any) -> Iterator[Problem]:
        """A double."""
        yield from ()

    with pytest.raises(AssertionError, match="two checks are called"):
        check("rfc7644-3.3-create-201", when=answered)(creation_answers_201)


def test_write_nobody_answered_leaves_the_state_open(speak: Callable[..., Any]) -> None:
    """After a 5xx nobody knows whether the write happened, so the next read accuses nobody."""
    conversation = speak()
    made = conversation("POST", "/Users", {"schemas": [USER], "userName": "ada@example.test", "title": "Chief"})
    known = conversation.judge.view.shadow.get("/Users", made.json()["id"])
    known.doubt, known.state, known.whole = "E99", None, False
    conversation("GET", f"/Users/{known.id}")

    assert [] == conversation.wrong
    assert "" == known.doubt


def test_requests_at_the_same_time_are_held_to_no_order(speak: Callable[..., Any]) -> None:
    """Of changes that were under way together, each answer may be older than the one before; the next read counts again."""
    conversation = speak(VARIANTS.get("patch-200").apply)
    ids = [conversation("POST", "/Users", {"schemas": [USER], "userName": f"{n}@example.test"}).json()["id"] for n in "ab"]
    group = conversation("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew"}).json()["id"]
    answers = []
    for id_ in ids:
        change = patch({"op": "add", "path": "members", "value": [{"value": id_}]})
        answers.append((conversation.send("PATCH", f"/Groups/{group}", change), conversation.request))
    conversation.judge.view.unordered = True
    for answer, request in reversed(answers):
        conversation.hear(answer, request)
    conversation.judge.view.unordered = False
    conversation("GET", f"/Groups/{group}")

    assert [] == conversation.wrong


@pytest.mark.parametrize(("stranger", "said"), [(True, False), (False, True)])
def test_total_may_move_when_others_are_there(speak: Callable[..., Any], stranger: bool, said: bool) -> None:
    """A total that moves during a walk is told of a target with the run's resources alone; elsewhere others may have written."""
    conversation = speak()
    for number in range(6):
        conversation("POST", "/Users", {"schemas": [USER], "userName": f"{number}@example.test"})
    conversation("GET", "/Users?startIndex=1&count=4")
    if stranger:
        conversation.send("POST", "/Users", {"schemas": [USER], "userName": "stranger@example.test"})
        conversation("GET", "/Users?startIndex=5&count=4")
    else:
        answer = conversation.send("GET", "/Users?startIndex=5&count=4")
        conversation.hear(replace(answer, body=answer.body.replace(b'"totalResults":6', b'"totalResults":7')))

    assert said is ("rfc7644-3.4.2.4-pages-cover-all" in conversation.failed)


@pytest.mark.parametrize(("chosen", "said"), [('type eq "home" or type eq "other"', False), ('type eq "home"', True)])
def test_a_path_that_selects_by_more_than_one_value_may_be_refused(speak: Callable[..., Any], chosen: str, said: bool) -> None:
    """A combination of filters may be unsupported; one value that is equal may not."""
    brackets = refusing_operations(lambda item: "[" in str(item.get("path")), 400, "no such path", "invalidPath")
    conversation = speak(brackets)
    id_ = conversation("POST", "/Users", user(1)).json()["id"]
    conversation("PATCH", f"/Users/{id_}", patch({"op": "remove", "path": f"emails[{chosen}]"}))

    assert said is any("the PATCH is refused" in wrong for wrong in conversation.wrong)


def test_a_refusal_is_not_blamed_on_the_capitals_of_op(speak: Callable[..., Any]) -> None:
    """What would be refused in lower case too says nothing about letter case."""
    conversation = speak(VARIANTS.get("replace-never-creates").apply)
    id_ = conversation("POST", "/Users", user(1)).json()["id"]
    nowhere = {"op": "Replace", "path": 'emails[type eq "fax"].value', "value": "fax@example.test"}
    answer = conversation("PATCH", f"/Users/{id_}", patch(nowhere))

    assert 400 == answer.status
    assert [] == [f for f in conversation.findings if f.requirement.endswith("op-case-tolerance") and f.outcome == "fail"]
