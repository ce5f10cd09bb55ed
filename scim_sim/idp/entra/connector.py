"""What one provisioning job remembers: links, failures, scope, mappings, and the means by which its flows speak and report."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from scim_sim.clock import Clock
from scim_sim.directory.model import Directory, Person, Team
from scim_sim.flow import Flow, NoResponse, send
from scim_sim.idp.entra.answers import Refused, no_answer
from scim_sim.idp.entra.escrow import Escrow, retry_note
from scim_sim.idp.entra.functions import Env, random_guid
from scim_sim.idp.entra.mapping import AttributeMapping, Mappings
from scim_sim.idp.entra.provisioning_log import Changed, Entry, Standing
from scim_sim.idp.entra.requests import Requests
from scim_sim.idp.entra.scope import Scope
from scim_sim.idp.entra.source import GroupSource, UserSource, guid_of
from scim_sim.idp.entra.traits import EntraTraits
from scim_sim.idp.retry import Patience, send_patiently
from scim_sim.wire import Request, Response

__all__ = ["Attempt", "Connector", "GroupLink", "Link", "Tally"]

Complain = Callable[[str, str, str, str], None]
PATIENCE = Patience(statuses=frozenset({429, 503}), attempts=3, first=60.0, each_retry_after=True)


@dataclass(slots=True)
class Link:
    """A person's link to a resource: `person` and `mapping` are what was last brought over, `managed` ends with the scope.

    `synced` is false for one that was matched and could not be updated yet, `manager` is the target id written last.
    """

    resource_id: str
    person: Person
    mapping: AttributeMapping
    active: bool = True
    managed: bool = True
    synced: bool = True
    manager: str = ""

    @property
    def renamed(self) -> bool:
        """Whether the target holds the name that the recycle bin gave."""
        return self.person.status == "deleted"


@dataclass(slots=True)
class GroupLink:
    """A team's link: `members` maps keys to the ids that were added in the target.

    `unsure` are ids whose membership depends on how the target read a replace of members with another one.
    """

    resource_id: str
    team: Team
    members: dict[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()


@dataclass(slots=True)
class Attempt:
    """What is being tried for one object, so that a failure is logged under the right words.

    `outcome` is what came of it, `manager` what the target returned as the manager, `None` when it was not read.
    """

    need: str = "entra-update"
    action: str = "update"
    event: str = "update"
    stage: str = "matching"
    outcome: str = ""
    manager: Any = None
    changed: Changed | Callable[[], Changed] = ()

    def of(self, need: str, action: str, event: str, stage: str = "export") -> None:
        """Name what comes next."""
        self.need, self.action, self.event, self.stage = need, action, event, stage


@dataclass(slots=True)
class Tally:
    """What one cycle did; `done` counts objects per verb (`created`, `updated` …), `events` all objects processed."""

    requests: int = 0
    writes: int = 0
    events: int = 0
    failed: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def count(self, verb: str) -> None:
        """One more object."""
        self.done[verb] = self.done.get(verb, 0) + 1


class Connector:
    """The memory and the voice of one job; flows in `users`, `groups`, `cycle` and `on_demand` work on it."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        rng: random.Random,
        traits: EntraTraits,
        mapped: Mappings,
        seed: str,
        groups: bool,
        complain: Complain,
    ) -> None:
        self.directory = directory
        self.clock = clock
        self.rng = rng
        self.traits = traits
        self.mappings = mapped
        self.seed = seed
        self.groups = groups
        self.complain = complain
        self.scope = Scope(directory, traits.scope)
        self.requests = Requests(traits)
        self.escrow = Escrow(traits)
        self.links: dict[str, Link] = {}
        self.owners: dict[str, str] = {}
        self.group_links: dict[str, GroupLink] = {}
        self.gone: dict[str, tuple[str, str]] = {}
        self.touched: dict[str, None] = {}
        self.late: dict[str, None] = {}
        self.bin: dict[str, float] = {}
        self.bin_watermark = 0
        self.held: dict[str, None] = {}
        self.release_held = False
        self.dialect = traits.patch_dialect
        self.tally = Tally()
        self.cycle = 0
        self.began = 0.0
        self.since = 0.0
        """When the object in hand was taken up, for the duration in its log entry."""
        self.entries: list[Entry] = []
        self.entry_count = 0
        self.version = 0
        self.on_write: Callable[[str, list[str]], None] = lambda key, paths: None

    def use(self, traits: EntraTraits) -> None:
        """Go on with other traits."""
        self.traits = self.escrow.traits = traits
        self.requests = Requests(traits, self.requests.token)
        self.dialect = traits.patch_dialect

    # -- speaking -----------------------------------------------------------------------------------------------------

    def ask(self, request: Request) -> Flow[Response]:
        """Send a request and return whatever is answered; raises `Refused` when nothing is."""
        self.tally.requests += 1
        try:
            if self.traits.honour_retry_after:
                return (yield from send_patiently(request, PATIENCE))
            return (yield from send(request))
        except NoResponse as error:
            raise no_answer(request, error) from None

    def guid(self) -> str:
        """A random GUID for a probe."""
        return random_guid(self.rng)

    # -- looking ------------------------------------------------------------------------------------------------------

    def object_id(self, key: str) -> str:
        """The object id of a person or team; it never changes."""
        return self.traits.object_ids.get(key) or guid_of(f"{self.seed}/object/{key}")

    def standing(self, person: Person) -> Standing:
        """How the person stands to the scope."""
        active = person.active or (
            person.status in ("deactivated", "suspended", "staged") and not self.traits.disable_when_account_disabled
        )
        assigned = self.scope.assigned(person.key)
        passes = not self.scope.filters or self.scope.passes(UserSource(person, self.object_id(person.key)))
        return Standing(active, assigned, passes)

    def env(self, person: Person, soft_deleted: bool = False) -> Env:
        """What mappings see of the person."""
        roles = self.scope.roles(person.key) if self.scope.people or self.scope.teams else ()
        return Env(UserSource(person, self.object_id(person.key), soft_deleted, roles), self.clock.now(), self.rng)

    def active(self, person: Person, soft_deleted: bool = False) -> bool:
        """Whether the mapping of `active` lets the account be active; without such a row it does."""
        row = self.mappings.users.row("active")
        return row is None or str(row.value(self.env(person, soft_deleted))).lower() != "false"

    def group_env(self, team: Team) -> Env:
        """What mappings see of the team."""
        return Env(GroupSource(team, self.object_id(team.key)), self.clock.now(), self.rng)

    def may(self, action: str) -> bool:
        """Whether the target object action is ticked."""
        return action in self.traits.actions

    # -- remembering --------------------------------------------------------------------------------------------------

    def link(self, person: Person, resource_id: str) -> Link:
        """Remember the target's id for the person."""
        link = self.links[person.key] = Link(resource_id, person, self.mappings.users)
        self.owners[resource_id] = person.key
        self.gone.pop(person.key, None)
        self.version += 1
        return link

    def unlink(self, key: str, gone: bool) -> None:
        """Forget the link; `gone` notes that the resource should not exist any more."""
        link = self.links.pop(key, None)
        if link is not None:
            self.owners.pop(link.resource_id, None)
            if gone:
                self.gone[key] = (link.resource_id, link.person.user_name)
        self.version += 1

    def drop_links(self) -> None:
        """Forget all links, as a restart that clears the connector's data store does."""
        self.links.clear()
        self.owners.clear()
        self.group_links.clear()
        self.version += 1

    # -- reporting ----------------------------------------------------------------------------------------------------

    def log(
        self, action: str, event: str, subject: Person | Team, standing: Standing,
        changed: Changed | Callable[[], Changed] = (), *,
        status: str = "success", stage: str = "", code: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        """Write one log entry."""
        self.entry_count += 1
        now = self.clock.now()
        link = self.links.get(subject.key) or self.group_links.get(subject.key)
        self.entries.append(
            Entry(
                self.entry_count, self.cycle, self.since, now, action, status, event, subject, self.object_id(subject.key),
                link.resource_id if link else "", standing, changed, stage, code, reason,
            )
        )  # fmt: skip
        self.since = now

    def fail(self, attempt: Attempt, subject: Person | Team, standing: Standing, why: Refused) -> None:
        """Keep a failed object for retry, log it, and complain when this is news.

        The next try is counted from when the cycle began, as the next cycle is: else it would just miss that one.
        """
        part = "links" if attempt.event == "reference" else "object"
        entry, news = self.escrow.put(subject.key, why, self.began, part)
        self.tally.failed += 1
        reason = f"{why.reason}. {retry_note(entry)}"
        self.log(
            attempt.action, attempt.event, subject, standing, attempt.changed,
            status="failure", stage=attempt.stage, code=why.code, reason=reason,
        )  # fmt: skip
        if news and not why.source:
            self.complain(_need(attempt, why), subject.key, f"{why.code}: {reason}", "Provisioning logs")


def _need(attempt: Attempt, why: Refused) -> str:
    if why.status == 429:
        return "entra-7-rate-limit"
    return "entra-match" if attempt.stage == "matching" and why.status != 404 else attempt.need
