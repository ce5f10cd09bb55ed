"""What every change of a user has in common: the PATCH, the skip, the count."""

from __future__ import annotations

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.entra.answers import refusal
from scim_sim.idp.entra.connector import Attempt, Connector, Link
from scim_sim.idp.entra.dialects import Difference, operations, patch_body
from scim_sim.idp.entra.provisioning_log import Standing

__all__ = ["done", "patch", "skip"]


def patch(c: Connector, person: Person, link: Link, found: list[Difference], label: str) -> Flow[None]:
    """Write the differences in one PATCH in the dialect of the hour; raises `Refused`."""
    made = operations(found, c.dialect, c.traits)
    request = c.requests.patch("Users", link.resource_id, patch_body(made), label)
    response = yield from c.ask(request)
    if not response.ok:
        raise refusal(request, response)
    c.tally.writes += 1
    c.on_write(person.key, [d.row.path.text for d in found])


def skip(c: Connector, person: Person, standing: Standing, attempt: Attempt, code: str, why: str) -> bool:
    """Log that there is nothing to do, and why; always false, for the caller to return."""
    attempt.outcome = code
    attempt.action = "other"
    c.log("other", "skip", person, standing, status="skipped", code=code, reason=why)
    return False


def done(c: Connector, attempt: Attempt, verb: str) -> None:
    """Note what was done, for the cycle's summary."""
    attempt.outcome = verb
    c.tally.count(verb)
