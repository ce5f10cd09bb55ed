"""Verdicts, answers, the gate and the exit code: all computed from outcome, level and baseline, never stored by a check.

fail of a stated or derived MUST      violation        fail of an IdP's need    breaks, with the IdP's name
fail of a SHOULD                      deviation        in the baseline          known, and stale when it passes
fail of a MAY, or of practice         note             crash of a check         error, which says nothing of the target
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from scim_sim.errors import UsageError
from scim_sim.idp import ENGINES
from scim_sim.registry import nearest
from scim_sim.report.model import Answer, Cause, Gate, Judgement, Report, RequirementResult, Run, State, Story
from scim_sim.report.names import SUITES, answer_name, idp_of, idp_title, variant_title
from scim_sim.report.sentences import idp_sentence
from scim_sim.report.text import joined, many
from scim_sim.scim.requirements import SEVERITIES, Requirement

__all__ = [
    "DONE",
    "HARMFUL",
    "RANK",
    "VERDICTS",
    "answers",
    "exit_code",
    "gate",
    "stops_at",
    "verdict_of",
]

VERDICTS: Final = (
    "breaks",
    "violation",
    "deviation",
    "note",
    "known",
    "stale",
    "error",
    "untested",
    "not applicable",
    "pass",
)
"""All verdicts, worst first."""

RANK: Final[Mapping[str, int]] = {verdict: n for n, verdict in enumerate(VERDICTS)}
HARMFUL: Final = frozenset(SEVERITIES[:3])
DONE: Final = frozenset({"done", "passed", "pass"})
FAIL_ON: Final = ("violation", "deviation", "note", "breaks")


def verdict_of(outcome: str, rule: Requirement | None, voice: str = "harness", level: str = "") -> tuple[str, tuple[str, ...]]:
    """The verdict of one finding without a baseline, and the IdPs whose need was not met.

    `level` is the finding's own, where it is lower than the requirement's.
    """
    if outcome != "fail":
        return outcome, ()
    if rule is None:
        return ("note", ()) if level == "MAY" or idp_of(voice) in SUITES else ("breaks", (idp_of(voice),))
    level = level or rule.level
    if level == "NEED":
        return "breaks", (rule.document,)
    if rule.basis == "practice" or level not in ("MUST", "SHOULD"):
        return "note", ()
    return ("violation" if level == "MUST" else "deviation"), ()


def answers(
    run: Run,
    stories: Collection[Story],
    findings: Collection[Judgement],
    requirements: Mapping[str, RequirementResult],
    causes: Collection[Cause],
    states: Collection[State],
    methods: Mapping[str, Collection[str]],
) -> dict[str, Answer]:
    """One answer for each IdP that was run, in the order of the run, and one for the RFC.

    `methods` are those that each voice sent: a PATCH that fails is no harm to who never sends one.
    """
    voices = list(dict.fromkeys(s.voice for s in stories if idp_of(s.voice) not in SUITES))
    asked = [idp for idp in run.idps if idp_of(idp) not in SUITES]
    voices += [idp for idp in asked if idp not in voices and not any(idp_of(v) == idp for v in voices)]
    rows: dict[str, Answer] = {}
    for idp in dict.fromkeys(map(idp_of, voices)):
        own = [voice for voice in voices if idp_of(voice) == idp]
        each = {
            voice: _idp_answer(voice, stories, findings, requirements, causes, states, methods.get(voice, ())) for voice in own
        }
        worst = min(own, key=lambda voice: _WORST.index(each[voice].verdict))
        rows[idp] = each[worst]
        if len(own) > 1:
            rows.update({answer_name(voice): answer for voice, answer in each.items()})
    rows["rfc"] = _rfc_answer(findings, requirements, causes)
    return rows


_METHOD = {"patch": "PATCH", "replace": "PUT", "delete": "DELETE", "create": "POST"}
"""What an identity provider has to send to be harmed by what is wrong there; a GET for everything else."""

_WORST = ("breaks", "works-with-deviations", "works", "not-tested")


def _idp_answer(
    voice: str,
    stories: Collection[Story],
    findings: Collection[Judgement],
    requirements: Mapping[str, RequirementResult],
    causes: Collection[Cause],
    states: Collection[State],
    methods: Collection[str],
) -> Answer:
    idp, title = idp_of(voice), idp_title(idp_of(voice))
    variant = variant_title(voice).partition(":")[0]
    own = [story for story in stories if story.voice == voice]
    played = [story for story in own if story.outcome in DONE or story.outcome == "failed"]
    if not played:
        why = next((story.reason for story in own if story.reason), "none of its stories was played to the end")
        return Answer("not-tested", f"Nothing can be said: {why.rstrip('.')}.", title, variant, own[0].standing if own else "")
    mine = [f for f in findings if f.voice == voice]
    bad = [f for f in mine if f.base == "breaks" and idp in f.breaks]
    needs = list(dict.fromkeys(f.requirement for f in bad))
    harmful = [
        name
        for name, row in requirements.items()
        if row.base == "violation"
        and idp in row.needed_by
        and row.severity in HARMFUL
        and _METHOD.get(row.area, "GET") in methods
        and not _spared(name, mine)
    ]
    failed = [story for story in played if story.outcome == "failed"]
    ends = {state.scenario: state for state in states if state.voice == voice}
    stuck = any("quarantine" in end.after.lower() and any(f.scenario == name for f in bad) for name, end in ends.items())
    last = next(iter(ends.values())) if len(ends) == 1 else None
    core = [name for name in needs if name in requirements and requirements[name].core]
    verdict = "breaks" if core or stuck else "works-with-deviations" if needs or failed or harmful else "works"
    passed = {f.requirement for f in mine if f.base == "pass"} - set(needs)
    told = [(name, requirements.get(name)) for name in (needs or harmful)]
    if failed and not told:
        told = [("", None)]
    reason = idp_sentence(idp, passed, told, len(played), "the job ends in quarantine" if stuck else "")
    silent = ENGINES.get(idp).silent if idp in ENGINES else ""
    if silent and verdict == "works":
        verdict, reason = "not-tested", silent
    ids = [c.id for c in causes if any(f.cause == c.id for f in bad) or any(name in c.requirements for name in harmful)]
    facts = _idp_facts(idp, played, failed, last, needs)
    return Answer(verdict, reason, title, variant, own[0].standing, facts, tuple(ids))


def _spared(requirement: str, mine: Collection[Judgement]) -> bool:
    """Whether the identity provider's own traffic met the requirement and found it kept: what a probe breaks, it does not."""
    own = {f.base for f in mine if f.requirement == requirement}
    return own == {"pass"}


def _idp_facts(
    idp: str, played: Collection[Story], failed: Collection[Story], last: State | None, needs: Collection[str]
) -> tuple[str, ...]:
    facts = [f"{len(played) - len(failed)} of {many(len(played), 'story', 'stories')} passed"]
    if needs:
        facts.append(f"{many(len(needs), 'need')} of {idp_title(idp, short=True)} not met")
    if last is not None:
        facts.append(f"job {last.after} at the end")
    return tuple(facts)


def _rfc_answer(
    findings: Collection[Judgement], requirements: Mapping[str, RequirementResult], causes: Collection[Cause]
) -> Answer:
    title = idp_title("rfc")
    rows = [row for row in requirements.values() if row.level != "NEED"]
    must = [row for row in rows if row.level == "MUST" and row.basis != "practice"]
    tested = [row for row in must if row.status in ("passed", "failed")]
    new = [row for row in must if row.verdict == "violation"]
    known = [row for row in rows if row.verdict == "known" and row.base in ("violation", "deviation")]
    soft = [row for row in rows if row.verdict == "deviation"]
    if not any(row.status in ("passed", "failed") for row in rows):
        return Answer("not-tested", "No requirement of the RFCs could be tested.", title, "protocol conformance")
    untested = sum(row.status == "untested" for row in rows)
    absent = sum(row.status == "not applicable" for row in rows)
    facts = [many(len(new), "violation"), many(len(soft), "deviation"), f"{untested} untested", f"{absent} not applicable"]
    ids = tuple(cause.id for cause in causes if cause.base in ("violation", "deviation") or "violation" in cause.also)
    musts = f"{len(tested)} MUSTs that could be tested"
    rest = f"; {untested} requirements were not tested" if untested > len(tested) else ""
    if new:
        weakest = _weakest(new)
        also = f" and {len(known)} more fail as the baseline says" if known else ""
        what = f": {new[0].statement.rstrip('.')}" if len(new) == 1 and not also else f"{also}; {weakest} is the weakest area"
        verdict, reason = "violates", f"{len(new)} of the {musts} {_is(new)} violated{what}."
    elif known:
        verdict, reason = "deviates", f"Nothing new: {len(known)} requirements fail as the baseline says, of {musts}."
    elif soft:
        verdict, reason = "deviates", f"All {musts} are met; {len(soft)} {'SHOULD is' if len(soft) == 1 else 'SHOULDs are'} not."
    else:
        verdict, reason = "conformant", f"All {musts} are met, and no SHOULD is missed{rest}."
    return Answer(verdict, reason, title, "protocol conformance", "", tuple(facts), ids)


def _is(rows: Collection[object]) -> str:
    return "is" if len(rows) == 1 else "are"


def _weakest(rows: Collection[RequirementResult]) -> str:
    areas = [row.area for row in rows]
    return max(dict.fromkeys(areas), key=areas.count)


def gate(report: Report, fail_on: Collection[str] = ()) -> Gate:
    """Whether a release may pass: `fail_on` as in `exit_code`."""
    reasons = list(_reasons(report, stops_at(fail_on)))
    if report.run.error:
        return Gate(False, report.run.exit_code or 4, (report.run.error, *reasons))
    if reasons:
        return Gate(False, 1, tuple(reasons))
    crashes = report.summary.get("error", 0)
    broken = sum(story.outcome == "error" for story in report.stories)
    if crashes or broken:
        return Gate(False, 4, (f"{many(crashes + broken, 'tool error')}: this run does not say enough",))
    if report.run.interrupted:
        return Gate(False, 130, ("the run was interrupted",))
    return Gate(True, 0, ())


def exit_code(report: Report, fail_on: Collection[str] = ()) -> int:
    """0 nothing wrong, 1 what `fail_on` names, 3 target unreachable, 4 our own error, 130 interrupted.

    `fail_on` holds `violation` (the default: violations and breaks), `deviation` (these too), `note` (these too), `breaks`
    (nothing but breaks) or `breaks:IDP`; raises `UsageError` for another word.
    """
    return gate(report, fail_on).exit_code


def stops_at(fail_on: Collection[str]) -> frozenset[str]:
    """The verdicts that close the gate, `breaks:IDP` among them; raises `UsageError` for a word that is none."""
    stops: set[str] = set()
    for word in fail_on or ("violation",):
        head, _, idp = word.partition(":")
        if head not in FAIL_ON or (idp and (head != "breaks" or idp not in ENGINES)):
            raise UsageError(
                f'--fail-on takes no "{word}"{nearest(word, [*FAIL_ON, *(f"breaks:{name}" for name in ENGINES.names())])}'
            )
        stops |= {word} if head == "breaks" else {"breaks", *VERDICTS[1 : VERDICTS.index(head) + 1]}
    return frozenset(stops)


def _reasons(report: Report, stops: frozenset[str]) -> Iterable[str]:
    """Why the gate is closed, in one line each."""
    open_causes = [cause for cause in report.causes if cause.verdict not in ("known", "stale")]
    breaking = [c for c in open_causes if c.breaks and ("breaks" in stops or any(f"breaks:{idp}" in stops for idp in c.breaks))]
    if breaking:
        names = dict.fromkeys(idp_title(idp_of(idp), short=True) for cause in breaking for idp in cause.breaks)
        yield f"{many(len(breaking), 'root cause')} {'breaks' if len(breaking) == 1 else 'break'} {joined(names, most=4)}"
    for verdict in VERDICTS[1:4]:
        count = sum(cause.verdict == verdict for cause in open_causes)
        if verdict in stops and count:
            yield f"{many(count, verdict)} of the RFC" if verdict != "note" else many(count, "note")
    failed = _unexpected(report)
    if failed and not breaking and "violation" in stops and not any(c.verdict == "violation" for c in open_causes):
        yield f"{many(failed, 'story', 'stories')} did not end as expected"
    stale = len({f.check for f in report.findings if f.verdict == "stale"})
    if stale:
        yield f"{many(stale, 'check')} of the baseline {'passes' if stale == 1 else 'pass'} now and must leave it"
    if report.run.expired:
        yield f"{many(len(report.run.expired), 'line')} of the baseline past the date: {joined(report.run.expired, most=3)}"


def _unexpected(report: Report) -> int:
    """How many stories failed for a reason that is no requirement's: an expectation of their own, not in the baseline."""
    wrong: dict[tuple[str, str], list[Judgement]] = {}
    for finding in report.findings:
        if finding.base != "pass":
            wrong.setdefault((finding.scenario, finding.voice), []).append(finding)
    failed = [story for story in report.stories if story.outcome == "failed"]
    found = [wrong.get((s.scenario, s.voice), []) + wrong.get((s.scenario, "harness"), []) for s in failed]
    return sum(not own or any(f.verdict == "note" and f.requirement not in report.requirements for f in own) for own in found)
