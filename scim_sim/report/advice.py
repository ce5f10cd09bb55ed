"""What a root cause says was expected and found, and how to repair it; a refusal is told by the answer itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scim_sim.report.evidence import detail_of, operation
from scim_sim.report.grouping import Group
from scim_sim.report.kept import Recorded, refuses
from scim_sim.report.model import Judgement, RequirementResult
from scim_sim.scim.requirements import Requirement

__all__ = ["answer_of", "fix_of", "seen_of"]

OWN_FAULT: Final = 500

_REMEDIES: Final[Mapping[int, str]] = {
    401: "Serve {operation} with the token that others are served with; for an operation that is not offered, 501 says so.",
    403: "Let the token do {operation}; for an operation that is not offered, 501 says so.",
    405: "Offer {operation}: the identity provider has no other way.",
    415: "Take bodies of the media type in which {operation} came.",
    501: "Offer {operation}: the identity provider has no other way.",
}
"""What to do about a refusal that says nothing of the content, by status."""


def seen_of(spoken: Judgement, row: RequirementResult | None, received: Recorded | None) -> tuple[str, str]:
    """Expected and found: of an identity provider's failed step the answer that made it fail, or else the need and its words."""
    if spoken.check != "engine":
        return spoken.expected, spoken.actual
    if received is not None and refuses(received):
        return "the request succeeds", answer_of(received)
    return (row.statement.rstrip(".") if row and row.statement else spoken.expected), spoken.message


def answer_of(received: Recorded) -> str:
    """The answer in one line: `401 Unauthorized: the token has expired`, or why there is none."""
    if received.response is None:
        return f"no answer: {received.failure.message}" if received.failure else "no answer"
    head = f"{received.response.status} {received.response.reason}".strip()
    said = detail_of(received)
    return f"{head}: {said}" if said else head


def fix_of(
    group: Group, first: str, rows: Mapping[str, RequirementResult], rules: Mapping[str, Requirement], received: Recorded | None
) -> str:
    """The advice: what the status of a refusal asks for, then that of the requirement that is told, else of another one."""
    names = [first, *sorted(rows, key=lambda name: rows[name].level == "NEED")]
    advice = next((rules[name].fix for name in names if name in rules and rules[name].fix), "")
    remedy = _remedy(received) if group.is_refusal and received is not None else ""
    return " ".join(part for part in (remedy, advice) if part)


def _remedy(received: Recorded) -> str:
    if received.response is None:
        return f"Find out why {operation(received)} gets no answer."
    status = received.response.status
    if status in _REMEDIES:
        return _REMEDIES[status].format(operation=operation(received))
    if status >= OWN_FAULT:
        return f"Look into the service provider's log: {operation(received)} makes it fail."
    return ""
