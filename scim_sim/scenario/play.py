"""Play the steps of one scenario on its stage, and judge what they expect."""

from __future__ import annotations

from collections import deque
from typing import Any

from scim_sim.checks.finding import Finding
from scim_sim.errors import UsageError
from scim_sim.events import FindingMade, StepEnded, StepStarted
from scim_sim.problem import Problem
from scim_sim.registry import nearest
from scim_sim.scenario.expect import is_missing, resolve
from scim_sim.scenario.model import Step
from scim_sim.scenario.requires import unmet
from scim_sim.scenario.stage import KEPT, NotApplicable, Stage, Unknown
from scim_sim.scenario.steps import kinds
from scim_sim.scenario.steps.application import act
from scim_sim.scenario.steps.expect import judge_expectations
from scim_sim.wire import Exchange

__all__ = ["play_step", "play_steps", "settle", "skip"]


def play_steps(stage: Stage, *, second_cycle: bool = True) -> str:
    """Play all steps and the ending of the story; the result is `done` or `failed`."""
    for step in stage.scenario.steps:
        play_step(stage, step)
    for name in stage.engines:
        settle(stage, name, second_cycle=second_cycle)
    stage.recorder.step = "end"
    for finding in stage.judge.finish(stage.scenario.id, "end", stage.voice):
        stage.found(finding)
    return "failed" if stage.failed else "done"


def play_step(stage: Stage, step: Step) -> None:
    """Play one step, evaluate its expectations, read back what it wrote."""
    _enter(stage, step)
    outcome, reason = "done", ""
    before = stage.failed
    stage.failed = False
    try:
        unmet_reason = unmet(step.when, stage.declared, stage.profile, stage.engine, stage.judge.surroundings.scheme)
        if unmet_reason:
            raise NotApplicable(unmet_reason)
        kind = kinds()[step.kind]
        if kind.run is None:
            act(stage, step.kind, step.params)
        else:
            params = dict(step.params) if step.kind in _FILLED_LATER else stage.fill(dict(step.params))
            kind.run(stage, **params)
        _capture(stage, step)
        judge_expectations(stage)
        stage.read_back()
    except NotApplicable as no:
        outcome, reason = "not applicable", str(no)
        _lose(stage, step, reason)
        _unjudged(stage, step, "not applicable", reason)
    except Unknown as unknown:
        outcome, reason = "skipped", str(unknown)
        _lose(stage, step, reason)
        _unjudged(stage, step, "untested", reason)
    except UsageError as error:
        raise stage.located(error) from None
    if stage.failed:
        outcome = "failed"
    stage.failed = stage.failed or before
    stage.emit(StepEnded(stage.clock.now(), stage.scenario.id, step.id, outcome, reason))


def _enter(stage: Stage, step: Step) -> None:
    stage.step = step
    stage.by = step.by
    if step.by and step.by not in stage.engines:
        raise stage.mistake(f'no identity provider of this story is called "{step.by}"', nearest(step.by, stage.engines))
    if step.kind != "expect":
        stage.spoken = stage.step_exchanges = deque(maxlen=KEPT)
        stage.acting_step = step.id
    else:
        stage.step_exchanges = deque(maxlen=KEPT)
    stage.recorder.scenario, stage.recorder.step = stage.scenario.id, step.id
    title = step.title or _title(step)
    stage.emit(StepStarted(stage.clock.now(), stage.scenario.id, step.id, title, step.place.line, step.label))


def settle(stage: Stage, name: str, *, second_cycle: bool = True) -> None:
    """Read everything back; then the unchanged second cycle, which must write nothing."""
    step = Step("end", "settle", title="The unchanged second cycle", by=name)
    _enter(stage, step)
    engine = stage.needs_engine()
    stage.read_back(everything=True)
    if second_cycle:
        stage.step_exchanges = deque(maxlen=KEPT)
        stage.play(engine.settle())
        writes = [e for e in stage.step_exchanges if e.request.method in ("POST", "PUT", "PATCH", "DELETE")]
        if stage.step_exchanges and not engine.settle_reports:
            need = f"{engine.name}-quiet-second-cycle"
            for exchange in writes:
                what = f"{exchange.request.method} {exchange.request.path} was sent although nothing changed"
                stage.finding("second_cycle_is_quiet", need, Problem(what, "no write", what, "http"), exchanges=(exchange.id,))
            if not writes:
                stage.finding("second_cycle_is_quiet", need)
    stage.emit(StepEnded(stage.clock.now(), stage.scenario.id, step.id, "done"))


def _capture(stage: Stage, step: Step) -> None:
    if not step.capture:
        return
    last = stage.step_exchanges[-1] if stage.step_exchanges else None
    for name, pointer in step.capture.items():
        value: Any = None
        if last is not None and last.response is not None:
            value = _from_answer(last, pointer)
        if last is None or value is None or is_missing(value):
            stage.lost[name] = f"step {step.id} did not get"
            stage.values.pop(name, None)
        else:
            stage.values[name] = value


def _lose(stage: Stage, step: Step, reason: str) -> None:
    """What the step would have given to later ones is not there, and they are to say why."""
    names = list(step.capture)
    if step.kind == "derive":
        names.append(str(step.params.get("name", "")))
    if step.kind == "seed":
        rows = [*(step.params.get("users") or ()), *(step.params.get("groups") or ())]
        keys = [row["key"] for row in rows if isinstance(row, dict) and "key" in row]
        names += [f"{key}.{part}" for key in keys for part in ("id", "name", "resource")]
    for name in names:
        if name not in stage.values:
            stage.lost.setdefault(name, f"step {step.id} did not get: {reason}")


def _unjudged(stage: Stage, step: Step, outcome: Any, reason: str) -> None:
    for requirement in dict.fromkeys(name for _, name in step.named_requirements()):
        stage.emit(
            FindingMade(
                Finding(
                    "answer_is_as_expected", requirement, outcome, None, (), stage.scenario.id, step.id, stage.voice,
                    reason=reason,
                )
            )
        )  # fmt: skip


def skip(stage: Stage, reason: str) -> None:
    """Record that none of the scenario's requirements applies, and why."""
    for step in stage.scenario.steps:
        _unjudged(stage, step, "not applicable", reason)


_FILLED_LATER = ("request", "expect", "seed", "hire", "update")


def _title(step: Step) -> str:
    """What the step does, in the words of its file."""
    values = [str(value) for value in step.params.values() if isinstance(value, (str, int, float))]
    return " ".join([step.kind, *values])[:120]


def _from_answer(exchange: Exchange, pointer: str) -> Any:
    if pointer.startswith("header:"):
        return exchange.answer.header(pointer.removeprefix("header:"))
    if pointer == "status":
        return exchange.answer.status
    body = exchange.answer.json_object()
    return None if body is None else resolve(body, pointer)
