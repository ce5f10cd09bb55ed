"""The step `expect`, and the evaluation of expectations that stand beside any step.

Expectations on an answer look at the last exchange of the step. Expectations on the target's state (`user`, `group`) read
it first; those on traffic, troubles, log and job state look at what the run has seen.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from scim_sim.checks.compare import place_of
from scim_sim.checks.convergence import Wanted
from scim_sim.problem import Problem
from scim_sim.scenario.expect import ABSENT, compare_pointer, evaluate
from scim_sim.scenario.expectations import ANSWER_KEYS
from scim_sim.scenario.readback import question, reading, to_ask_for, wanted
from scim_sim.scenario.stage import Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scenario.steps.time import parse_duration
from scim_sim.wire import Exchange

__all__ = ["judge_expectations"]

_IN_LIST: Final = re.compile(r"^/Resources/(\d+)/")


@step("expect", open_params=True)
def expect(stage: Stage, **values: Any) -> None:
    """Something should be so by now: on the target, in the traffic of the step before, in the IdP's tasks, log or state."""
    judge_expectation(stage, values)


def judge_expectations(stage: Stage) -> None:
    """Evaluate the expectations that stand beside the current step."""
    for expectation in stage.step.expect:
        judge_expectation(stage, expectation)


def judge_expectation(stage: Stage, expectation: Mapping[str, Any]) -> None:
    """Evaluate one expectation into findings."""
    filled: dict[str, Any] = stage.fill(dict(expectation))
    ids = _requirements(stage, filled)
    if ANSWER_KEYS & filled.keys():
        if not stage.step_exchanges:
            raise stage.mistake("the step has sent nothing whose answer could be judged")
        _judge_answer(stage, filled, ids, stage.step_exchanges[-1])
    if "user" in filled:
        problems = _in_time(stage, filled, _user_problems)
        _report(stage, ids, problems, "account_is_as_expected", "/Users", seen=stage.look.last)
    if "group" in filled:
        problems = _in_time(stage, filled, _group_problems)
        _report(stage, ids, problems, "group_is_as_expected", seen=stage.look.last)
    if "findings" in filled:
        _report(stage, ids, _finding_problems(stage, filled["findings"]), "findings_are_as_expected")
    if "traffic" in filled:
        _report(stage, ids, _traffic_problems(stage, filled["traffic"]), "traffic_is_as_expected")
    if "troubles" in filled:
        _report(stage, ids, _trouble_problems(stage, filled["troubles"]), "troubles_are_as_expected")
    if "log" in filled:
        _report(stage, ids, _log_problems(stage, filled["log"]), "log_is_as_expected")
    if "state" in filled:
        state = getattr(stage.needs_engine(), "state", "")
        said = [] if str(state) == filled["state"] else [Problem("the job is in another state", filled["state"], str(state))]
        _report(stage, ids, said, "state_is_as_expected")


def _requirements(stage: Stage, filled: Mapping[str, Any]) -> tuple[str, ...]:
    own = filled.get("requirement")
    if own:
        return tuple(own) if isinstance(own, list) else (str(own),)
    if stage.step.requirements:
        return stage.step.requirements
    return (f"{stage.engine.name}-expectation",) if stage.engine else ("scenario-expectation",)


def _judge_answer(stage: Stage, filled: Mapping[str, Any], ids: tuple[str, ...], exchange: Exchange) -> None:
    for verdict in evaluate(filled, exchange):
        for requirement in ids:
            if verdict.reason:
                stage.finding("answer_is_as_expected", requirement, outcome="untested", reason=verdict.reason)
            else:
                level = verdict.level or _lowered(
                    stage, _resource_type(stage, exchange, verdict.problem), verdict.problem, requirement
                )
                stage.finding("answer_is_as_expected", requirement, verdict.problem, exchanges=(exchange.id,), level=level)


def _resource_type(stage: Stage, exchange: Exchange, problem: Problem | None) -> str:
    """The endpoint of the resource in the answer that the problem is about, or the empty string when there is none."""
    reading = stage.judge.view.look(exchange)
    in_list = _IN_LIST.match(problem.pointer) if problem is not None else None
    found = len(reading.sightings) > int(in_list[1]) if in_list else reading.resource is not None
    return reading.endpoint if exchange.response is not None and found else ""


def _lowered(stage: Stage, endpoint: str, problem: Problem | None, requirement: str) -> str:
    """`MAY` for what the target's own schemas lack, show on request only, or declare to be their own: it may leave that out.

    Where it publishes none, the RFC lets it leave out what it never shows; whoever needs that attribute still misses it.
    """
    if not endpoint or problem is None or not problem.pointer.startswith("/"):
        return ""
    place = place_of(_IN_LIST.sub("/", problem.pointer))
    if requirement.startswith("rfc") and stage.declared.computes(endpoint, place):
        return "MAY"
    if problem.actual != ABSENT:
        return ""
    if stage.declared.hides(endpoint, place):
        return "MAY"
    if requirement.startswith("rfc") and "Schemas" not in stage.declared.known:
        return "" if stage.judge.view.offers(endpoint)(place) else "MAY"
    return "MAY" if stage.declared.lacks(endpoint, place) else ""


def _report(
    stage: Stage, ids: tuple[str, ...], problems: list[Problem], check: str, endpoint: str = "", seen: Exchange | None = None
) -> None:
    """Record the problems, or that there are none; what shows them is what was seen, or else what was sent last."""
    shows = seen or stage.recorder.last
    exchanges = (shows.id,) if shows else ()
    for requirement in ids:
        for problem in problems:
            stage.finding(check, requirement, problem, exchanges=exchanges, level=_lowered(stage, endpoint, problem, requirement))
        if not problems:
            stage.finding(check, requirement, exchanges=exchanges)


def _in_time(stage: Stage, filled: Mapping[str, Any], look: Callable[[Stage, Mapping[str, Any]], list[Problem]]) -> list[Problem]:
    """Look now, and again whenever the identity provider has acted, until `within` is over."""
    problems = look(stage, filled)
    limit = filled.get("within")
    if not problems or limit is None:
        return problems
    engine = stage.needs_engine()
    cycles = re.fullmatch(r"(\d+) cycles?", str(limit).strip())
    if cycles:
        return _in_cycles(stage, filled, look, int(cycles[1]))
    try:
        until = stage.clock.now() + parse_duration(limit)
    except ValueError as error:
        raise stage.mistake(str(error)) from None
    while problems and (due := engine.due()) is not None and due <= until:
        stage.advance(max(due, stage.clock.now()))
        problems = look(stage, filled)
    if problems:
        stage.advance(until)
        problems = [replace(p, message=f"{p.message} {limit} after the change") for p in look(stage, filled)]
    return problems


def _in_cycles(
    stage: Stage, filled: Mapping[str, Any], look: Callable[[Stage, Mapping[str, Any]], list[Problem]], most: int
) -> list[Problem]:
    """Look after each of the next cycles; an identity provider that acts at once has no other chance."""
    engine = stage.needs_engine()
    problems = look(stage, filled)
    for _ in range(most):
        due = engine.due()
        if not problems or due is None:
            break
        stage.advance(max(due, stage.clock.now()))
        problems = look(stage, filled)
    return [replace(p, message=f"{p.message} {filled['within']} after the change") for p in problems]


def _finding_problems(stage: Stage, rule: Mapping[str, Any]) -> list[Problem]:
    seen = [
        f
        for f in stage.failures
        if all(rule.get(name, getattr(f, name)) == getattr(f, name) for name in ("check", "requirement"))
    ]
    what = " ".join(str(rule[k]) for k in ("check", "requirement") if k in rule) or "any check"
    return [
        Problem(f"{len(seen)} findings of {what}", f"{word.replace('_', ' ')} {rule[word]}", str(len(seen)))
        for word, right in _COUNTS.items()
        if word in rule and not right(len(seen), int(rule[word]))
    ]


def _user_problems(stage: Stage, filled: Mapping[str, Any]) -> list[Problem]:
    person = stage.directory.person(str(filled["user"]))
    resource = _read(stage, "user", person.key, person.user_name)
    problems: list[Problem] = []
    if "access" in filled:
        has = resource is not None and resource.get("active") is not False
        if has is not filled["access"]:
            word = "has no access" if filled["access"] else "still has access"
            found = "no account" if resource is None else f"active is {resource.get('active')}"
            problems.append(Problem(f"{person.key} {word}", "access" if filled["access"] else "none", found, "/active"))
        if not filled["access"] or resource is None:
            return problems
    if filled.get("absent"):
        if resource is not None:
            problems.append(Problem(f"the account of {person.key} is still there", "no account", str(resource.get("id"))))
        return problems
    if resource is None:
        return [Problem(f"{person.key} has no account", "an account", "none")]
    if "active" in filled and resource.get("active") is not filled["active"]:
        word = "active" if filled["active"] else "inactive"
        problems.append(
            Problem(f"the account of {person.key} is not {word}", str(filled["active"]), str(resource.get("active")), "/active")
        )
    return problems + _attribute_problems(filled.get("attributes") or {}, resource)


def _attribute_problems(attributes: Mapping[str, Any], resource: Mapping[str, Any]) -> list[Problem]:
    return [
        problem
        for pointer, matcher in attributes.items()
        if (problem := compare_pointer(resource, pointer if pointer.startswith("/") else f"/{pointer}", matcher))
    ]


def _group_problems(stage: Stage, filled: Mapping[str, Any]) -> list[Problem]:
    team = stage.directory.teams.get(str(filled["group"]))
    name = team.display_name if team else stage.mark.name(str(filled["group"]))
    resource = _read(stage, "group", str(filled["group"]), name)
    if filled.get("absent"):
        return [] if resource is None else [Problem(f"the group {name} is still there", "no group", str(resource.get("id")))]
    if resource is None:
        return [Problem(f"the group {name} is not there", "a group", "none")]
    listed = resource.get("members")
    members = {str(m.get("value")) for m in listed if isinstance(m, dict)} if isinstance(listed, list) else set()
    ids = {thing.key: thing.resource_id for thing in wanted(stage.engine.expected(), stage.voice)} if stage.engine else {}
    problems: list[Problem] = []
    if "members" in filled:
        should = {str(ids.get(key, key)) for key in filled["members"]}
        if members != should:
            keys = {str(resource_id): key for key, resource_id in ids.items() if resource_id}
            expected, actual = (_names({keys.get(one, one) for one in some}) for some in (should, members))
            problems.append(Problem(f"{name} has other members than it should", expected, actual, "/members"))
    problems += [
        Problem(f"{key} is not a member of {name}", key, "not there", "/members")
        for key in filled.get("includes") or ()
        if str(ids.get(key, key)) not in members
    ]
    problems += [
        Problem(f"{key} is still a member of {name}", "not a member", "a member", "/members")
        for key in filled.get("excludes") or ()
        if str(ids.get(key, key)) in members
    ]
    return problems


def _read(stage: Stage, kind: Literal["user", "group"], key: str, name: str) -> dict[str, Any] | None:
    """What the target holds of it: by the id that the engine knows, or else by its name."""
    believed = wanted(stage.engine.expected(), stage.voice) if stage.engine else ()
    resource_id = next((thing.resource_id for thing in believed if (thing.kind, thing.key) == (kind, key)), None)
    thing = Wanted(kind, key, stage.voice, name, resource_id)
    [(_, answer)] = stage.look([question(thing, to_ask_for(stage.declared, kind))])
    return reading(thing, answer).resource


def _traffic_problems(stage: Stage, rules: Any) -> list[Problem]:
    if rules == "none":
        rules = {"at_most": 0}
    rows = rules if isinstance(rules, list) else [rules]
    problems: list[Problem] = []
    for rule in rows:
        seen = [e for e in stage.engine_exchanges() if _fits(e, rule)]
        methods = " or ".join(_several(rule.get("method")))
        what = " ".join(filter(None, (methods, str(rule.get("path", ""))))) or "a request"
        problems += [
            Problem(f"{what} was {_often(len(seen))}", f"{word.replace('_', ' ')} {rule[word]}", str(len(seen)))
            for word, right in _COUNTS.items()
            if word in rule and not right(len(seen), int(rule[word]))
        ]
    return problems


def _often(times: int) -> str:
    return {0: "not sent", 1: "sent once", 2: "sent twice"}.get(times, f"sent {times} times")


def _several(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


_COUNTS: Mapping[str, Callable[[int, int], bool]] = {"count": operator.eq, "at_most": operator.le, "at_least": operator.ge}


def _fits(exchange: Exchange, rule: Mapping[str, Any]) -> bool:
    methods = [method.upper() for method in _several(rule.get("method"))]
    if methods and exchange.request.method not in methods:
        return False
    return not rule.get("path") or exchange.request.path.startswith(str(rule["path"]))


def _trouble_problems(stage: Stage, rule: Any) -> list[Problem]:
    messages = [trouble.message for trouble in stage.step_troubles()]
    if isinstance(rule, int):
        fits, wanted = len(messages) == rule, f"{rule or 'no'} trouble{'s' if rule > 1 else ''}"
        told = f"told of trouble: {messages[0]}" if messages else "told of no trouble"
    else:
        fits, wanted = any(str(rule).casefold() in message.casefold() for message in messages), str(rule)
        told = f"not told of {json.dumps(wanted, ensure_ascii=False)}"
    return [] if fits else [Problem(f"the administrator is {told}", wanted, "; ".join(messages) or "none")]


def _log_problems(stage: Stage, rule: Mapping[str, Any]) -> list[Problem]:
    pointers = {k if k.startswith("/") else f"/{k}": v for k, v in rule.items()}
    for entry in stage.log:
        if all(compare_pointer(entry, pointer, matcher) is None for pointer, matcher in pointers.items()):
            return []
    return [Problem("no entry of the log is like that", str(dict(rule)), f"{len(stage.log)} entries")]


def _names(ids: set[str]) -> str:
    return ", ".join(sorted(ids)) or "nobody"
