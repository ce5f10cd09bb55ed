"""Import, from the application into Okta: a full read of users and groups, matching, and removal of what is missing.

Rules: REQ, the To Okta page, recordings. Confirming a match only links inside Okta; no request follows. The groups that
were read are those that Push Groups knows from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.flows import Unusable, query, read_page, resource_id
from scim_sim.idp.okta.client import Refused
from scim_sim.idp.okta.mapping import build
from scim_sim.idp.okta.state import App, AppUser

__all__ = ["ImportResult", "Imports", "Proposal"]

PAGE_OF_PROPOSALS = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an import makes of one account: `kind` is EXISTING, EXACT, PARTIAL, NEW or IGNORE, `key` the person it fits.

    `differs` names the attributes of an account known to Okta that are not as they were pushed.
    """

    kind: str
    resource_id: str
    user_name: str
    key: str = ""
    differs: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome as the console shows it; `stopped` says why nothing was processed, empty after a complete import."""

    proposals: tuple[Proposal, ...] = ()
    removed: tuple[str, ...] = ()
    groups: int = 0
    stopped: str = ""

    def summary(self) -> str:
        """The console's text: users scanned, new, updated, unchanged, removed, groups scanned."""
        count = {kind: sum(p.kind == kind for p in self.proposals) for kind in ("EXISTING", "EXACT", "PARTIAL", "NEW")}
        updated = sum(bool(p.differs) for p in self.proposals)
        new = count["EXACT"] + count["PARTIAL"] + count["NEW"]
        return (
            f"{sum(count.values())} users scanned, {new} new, {updated} updated, {count['EXISTING'] - updated} unchanged, "
            f"{len(self.removed)} removed; {self.groups} groups scanned"
        )


@dataclass(slots=True)
class _Index:
    """The persons by what an import may match them with."""

    linked: dict[str, AppUser] = field(default_factory=dict)
    exact: dict[tuple[str, ...], str] = field(default_factory=dict)
    partial: dict[tuple[str, str], str] = field(default_factory=dict)


class Imports:
    """The To Okta side of one application."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.last: ImportResult | None = None

    def run(self, with_groups: bool) -> Flow[None]:
        """Read everything, then match, confirm and remove as the settings say."""
        app = self.app
        app.log.event("system.import.start", (app.instance,), by="admin")
        app.log.event("system.import.download.start", (app.instance,))
        try:
            accounts = yield from self._download("/Users", "import users", "Error while downloading all users")
            groups: list[dict[str, Any]] = []
            if with_groups:
                groups = yield from self._download("/Groups", "import groups", "Error while downloading all groups")
        except Refused as refused:
            self._stop(refused.reason, refused)
            return
        app.log.event("system.import.download.complete", (app.instance,), debug={"users": len(accounts), "groups": len(groups)})
        self._process(accounts, groups)

    def schema(self) -> Flow[None]:
        """Import User Schema (catalogue apps since May 2026): the only time that discovery is read."""
        try:
            for path, label in (("/ResourceTypes", "import resource types"), ("/Schemas", "import schemas")):
                response = yield from self.app.client.get(path, label)
                read_page(response)
        except Refused as refused:
            self._stop(f"Error while importing user schema: {refused.reason}", refused)
        except Unusable as error:
            self._stop(f"Error while importing user schema: {error}")

    def _download(self, path: str, label: str, words: str) -> Flow[list[dict[str, Any]]]:
        """All pages, one after the other, until totalResults is covered; every page must bring integers and something new."""
        size = self.app.traits.import_page
        found: list[dict[str, Any]] = []
        start, first_before = 1, None
        while True:
            try:
                response = yield from self.app.client.get(path, label, query(("startIndex", start), ("count", size)))
                page = read_page(response)
            except Refused as refused:
                raise Refused(f"{words}: {refused.reason}", refused.status, refused.note) from None
            except Unusable as error:
                raise Refused(f"{words}: {error}") from None
            if page.total is None or page.start is None or page.per_page is None:
                raise Refused(f"{words}: startIndex, itemsPerPage and totalResults must be integers", response.status)
            first = resource_id(page.resources[0]) if page.resources else None
            if first is not None and first == first_before:
                raise Refused(
                    f"{words}: startIndex={start} returned the page before again, beginning with {first}", response.status
                )
            found.extend(_slim(resource) for resource in page.resources)
            step = len(page.resources) if self.app.traits.import_steps_by == "items" else size
            if not page.resources and start <= page.total:
                raise Refused(f"{words}: totalResults is {page.total}, and the page at {start} is empty", response.status)
            start, first_before = start + step, first
            if start > page.total or not page.resources:
                return found

    def _stop(self, reason: str, refused: Refused | None = None) -> None:
        app = self.app
        self.last = ImportResult(stopped=reason)
        app.log.event("system.import.roadblock", (app.instance,), reason)
        app.report("okta-import", "", reason, "Import", refused)

    # -- matching -------------------------------------------------------------------------------------------------

    def _process(self, accounts: list[dict[str, Any]], groups: list[dict[str, Any]]) -> None:
        app = self.app
        index = self._index()
        proposals = tuple(self._propose(account, index) for account in accounts)
        here = {proposal.resource_id for proposal in proposals if proposal.kind != "IGNORE" or proposal.key}
        missing = [user for external_id, user in index.linked.items() if external_id not in here]
        share = 100 * len(missing) / max(1, len(index.linked))
        if missing and share > app.traits.import_safeguard_percent:
            self._stop(
                f"Import Safeguard: {len(missing)} of {len(index.linked)} users would lose the app "
                f"({share:.0f} %, the limit is {app.traits.import_safeguard_percent} %); nothing was imported"
            )
            return
        for user in missing:
            self._remove(user)
        pushed = {group.external_id for group in app.groups.values()}
        scanned = sum(resource_id(group) not in pushed for group in groups)
        if groups and app.app_groups is not None:
            app.app_groups = {str(group.get("displayName", "")): str(resource_id(group)) for group in groups}
        self.last = ImportResult(proposals, tuple(user.key for user in missing), scanned)
        if app.traits.import_confirms:
            for proposal in proposals:
                if proposal.kind == "EXACT":
                    self._confirm(proposal)
        app.log.event("system.import.complete", (app.instance,), debug={"summary": self.last.summary()})
        self._show(self.last)

    def _show(self, result: ImportResult) -> None:
        """The page after an import: its summary, then every account that is not simply known, up to a page of them."""
        self.app.observe("import", {"account": "", "proposal": "", "person": "", "remark": result.summary()})
        worth = [p for p in result.proposals if p.kind != "EXISTING" or p.differs]
        for proposal in worth[:PAGE_OF_PROPOSALS]:
            remark = f"not as pushed: {', '.join(proposal.differs)}" if proposal.differs else proposal.why
            row = {"account": proposal.user_name, "proposal": proposal.kind, "person": proposal.key, "remark": remark}
            self.app.observe("import", row)

    def _index(self) -> _Index:
        index = _Index()
        for user in self.app.users.values():
            if user.assigned and user.provisioned and user.external_id is not None:
                index.linked[user.external_id] = user
        for person in self.app.directory.people.values():
            if person.status not in ("deleted", "purged"):
                index.exact.setdefault(self._key(person.user_name, person.email), person.key)
                index.partial.setdefault((person.given_name.casefold(), person.family_name.casefold()), person.key)
        return index

    def _key(self, user_name: str, email: str) -> tuple[str, ...]:
        parts = {"userName": user_name, "email": email}
        return tuple(parts.get(name, "").casefold() for name in self.app.traits.import_match)

    def _propose(self, account: dict[str, Any], index: _Index) -> Proposal:
        external_id, name = str(resource_id(account)), str(account.get("userName", ""))
        known = index.linked.get(external_id)
        active = account.get("active", True) is not False
        if known is not None:
            if not active:
                return Proposal("IGNORE", external_id, name, known.key, why="inactive accounts are left out")
            return Proposal("EXISTING", external_id, name, known.key, tuple(self._differences(account, known)))
        if not active:
            return Proposal("IGNORE", external_id, name, why="inactive accounts are never imported as new")
        email = next(_emails(account), "")
        exact = index.exact.get(self._key(name, email)) if all(self._key(name, email)) else None
        if exact is not None:
            return Proposal("EXACT", external_id, name, exact)
        names = account["name"] if isinstance(account.get("name"), dict) else {}
        given, family = str(names.get("givenName") or ""), str(names.get("familyName") or "")
        partial = index.partial.get((given.casefold(), family.casefold())) if given and family else None
        if partial is not None and self.app.traits.import_partial_match:
            return Proposal("PARTIAL", external_id, name, partial)
        lacking = [label for label, value in (("givenName", given), ("familyName", family), ("email", email)) if not value]
        return Proposal("NEW", external_id, name, why=f"not confirmable without {', '.join(lacking)}" if lacking else "")

    def _differences(self, account: dict[str, Any], user: AppUser) -> Iterator[str]:
        """Where the account is not as Okta pushed it: the simple attributes, the parts of the name, the primary e-mail."""
        pushed = build(self.app.rows, user.pushed)
        for name, value in pushed.items():
            if name == "name":
                theirs = account.get("name")
                have = theirs if isinstance(theirs, dict) else {}
                yield from (f"name.{part}" for part in value if have.get(part) != value[part])
            elif name == "emails":
                if value[0].get("value") not in _emails(account):
                    yield "emails"
            elif isinstance(value, str) and account.get(name) != value:
                yield name

    # -- consequences ---------------------------------------------------------------------------------------------

    def _remove(self, user: AppUser) -> None:
        """The account is not in the application any more: the assignment goes, and no request follows."""
        user.individually = False
        user.via.clear()
        user.provisioned = False
        user.active, user.missing = False, True
        self.app.log.event("system.import.implicit_deletion.complete", self.app.targets(user))
        self.app.log.event("application.user_membership.remove", self.app.targets(user))

    def _confirm(self, proposal: Proposal) -> None:
        person: Person = self.app.directory.person(proposal.key)
        user = self.app.user(person.key)
        if user.provisioned:
            return
        user.individually = user.provisioned = user.active = True
        user.external_id = proposal.resource_id
        user.missing = False
        self.app.remember(user, {"userName": proposal.user_name})
        self.app.log.event("application.user_membership.add", self.app.targets(user), by="admin")


def _slim(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without what an import never looks at: 5,000 members are not kept."""
    return {name: value for name, value in resource.items() if name not in ("members", "groups", "meta", "schemas")}


def _emails(account: dict[str, Any]) -> Iterator[str]:
    emails = account.get("emails")
    items = [item for item in emails if isinstance(item, dict)] if isinstance(emails, list) else []
    items.sort(key=lambda item: item.get("primary") is not True)
    yield from (str(item["value"]) for item in items if item.get("value"))
