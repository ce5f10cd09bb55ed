"""What a check may look at besides the exchange: the surroundings of the run, and what is known of the target so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from scim_sim.checks.aftermath import Aftermath, aftermath_of
from scim_sim.checks.compare import Gap, gaps
from scim_sim.checks.offers import Offers
from scim_sim.checks.reading import Reading, Sighting, id_in, read_exchange
from scim_sim.checks.shadow import Claim, Known, Shadow
from scim_sim.checks.unbundle import Single, operations_in, unbundled
from scim_sim.checks.walks import Walks
from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.wire import Exchange

__all__ = ["Surroundings", "View"]

_WRITES: Final = ("create", "replace", "patch", "delete")
_FORMS: Final = 4_000
"""How many forms of resources are remembered; more would make long runs heavy."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What does not change during a run: where the target is, what it declares, the run mark, who speaks.

    `alone` is false when others write to the target at the same time, so that totals may move by themselves; `scheme` is
    that of the run's credentials, empty when it has none.
    """

    base_url: str
    declared: Declared = field(default_factory=Declared)
    mark: str = ""
    voices: tuple[str, ...] = ()
    alone: bool = True
    scheme: str = "Bearer"


class View:
    """The growing knowledge of one run. During `judge` it stands as it was before the exchange."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.declared = surroundings.declared
        self.schemas: SchemaSet = surroundings.declared.schemas
        self.shadow = Shadow()
        self.walks = Walks()
        self.offered = Offers(surroundings.declared)
        self.notes: dict[str, Any] = {}
        self.undeclared: set[tuple[str, str]] = set()
        self.twins: set[frozenset[str]] = set()
        """Pairs of users of one name that were told already."""
        self.shapes: dict[str, set[frozenset[str]]] = {}
        """The attributes of creations that were carried out, by endpoint."""
        self.saw_credentials = False
        self.patches: set[str] = set()
        self.unordered = False
        """Whether requests are under way at the same time: nobody knows in which order they took effect."""
        self._seen: dict[tuple[str, str, bool], Sighting] = {}
        self._of = ""
        self._at: Exchange | None = None
        self._reading: Reading | None = None
        self._aftermath: Aftermath | None = None
        self._gaps: dict[str, list[Gap]] = {}

    # -- the exchange at hand -----------------------------------------------------------------------------------------

    def look(self, exchange: Exchange) -> Reading:
        """The exchange taken apart, once."""
        if self._at is exchange and self._reading is not None:
            return self._reading
        self._at = exchange
        if self._of != exchange.id or self._reading is None:
            self._of = exchange.id
            self._reading = read_exchange(exchange, self.declared, self._recognised)
            self._aftermath = None
            self._gaps = {}
        return self._reading

    def _recognised(self, sighting: Sighting) -> Sighting:
        """The sighting, with the very object that the resource was when it was seen in the same form before."""
        if len(self._seen) >= _FORMS:
            self._seen.clear()
        first = self._seen.setdefault((repr(sighting.resource), sighting.endpoint, sighting.complete), sighting)
        return first if first.pointer == sighting.pointer else first.at(sighting.pointer)

    def known(self, exchange: Exchange) -> Known | None:
        """The record of the resource that the request addresses by its id, or `None`."""
        reading = self.look(exchange)
        return self.shadow.get(reading.endpoint, reading.id) if reading.id else None

    def aftermath(self, exchange: Exchange) -> Aftermath | None:
        """What the write should bring about, by the oracle, were it carried out; `None` for what is no write."""
        reading = self.look(exchange)
        if self._aftermath is None and reading.operation in ("create", "replace", "patch"):
            self._aftermath = aftermath_of(reading, self.known(exchange), self.schemas, exchange.id)
        return self._aftermath

    def moves(self, exchange: Exchange) -> bool:
        """Whether the write changes anything that the target has."""
        after = self.aftermath(exchange)
        if after is None or after.partial or after.state is None or not after.changes:
            return after is None or after.changes
        offers, after_it, before_it = self.offers(self.look(exchange).endpoint), after.state, after.before
        found = (*gaps(after_it, before_it, self.schemas), *gaps(before_it, after_it, self.schemas))
        return any(offers(gap.place) for gap in found)

    def stands(self, known: Known) -> bool:
        """Whether nothing at all was written since the resource was last read."""
        return known.watched == self.shadow.writes

    def expected(self, exchange: Exchange, sighting: Sighting) -> tuple[Mapping[str, Any] | None, list[Claim]]:
        """What the sighted resource should hold, and the claims made on it: of the write just answered, or of those before."""
        reading = self.look(exchange)
        if reading.operation in ("create", "replace", "patch"):
            after = self.aftermath(exchange)
            if after is None or after.state is None or (self.unordered and reading.operation != "create"):
                return None, []
            return after.state, list(after.claims)
        known = self.shadow.get(sighting.endpoint, sighting.id)
        if known is None or known.state is None or not known.ours or known.doubt or known.deleted:
            return None, []
        return known.state, known.claims

    def gaps(self, exchange: Exchange, sighting: Sighting) -> list[Gap]:
        """Where the sighted resource is not as it should be, worked out once per sighting."""
        if sighting.pointer not in self._gaps:
            expected, _ = self.expected(exchange, sighting)
            found: list[Gap] = []
            if expected is not None and sighting.complete:
                found = gaps(expected, sighting.resource, self.schemas, self.offers(sighting.endpoint))
                found = [g for g in found if not self._followed(g)]
            self._gaps[sighting.pointer] = found
        return self._gaps[sighting.pointer]

    def _followed(self, gap: Gap) -> bool:
        """Whether only references to resources that were deleted are gone, which is as it should be."""
        if not gap.lost or not self.shadow.gone or gap.attribute.rpartition(":")[2] not in ("members", "manager"):
            return False
        values = [get(v, "value") if isinstance(v, OBJECT) else v for v in spread(gap.expected)]
        return all(v in self.shadow.gone for v in values)

    def offers(self, endpoint: str) -> Callable[[str], bool]:
        """A test whether the target has a place: declared by a schema of its own, seen in an answer, or never excused."""
        return self.offered.at(endpoint)

    def is_usual(self, endpoint: str, body: Mapping[str, Any] | None) -> bool:
        """Whether the body has all attributes of a creation that was carried out, and none that no such creation had."""
        shape, accepted = _shape(body), self.shapes.get(endpoint, set())
        return any(one <= shape for one in accepted) and shape <= frozenset().union(*accepted)

    # -- learning -------------------------------------------------------------------------------------------------------

    def observe(self, exchange: Exchange) -> None:
        """Learn from the exchange."""
        reading = self.look(exchange)
        answer = exchange.response
        self.saw_credentials = self.saw_credentials or (reading.authorised and self.surroundings.scheme != "")
        if reading.operation in _WRITES or reading.operation == "bulk":
            self.shadow.writes += 1
        if not reading.authorised and self.saw_credentials and reading.operation == "list":
            self.notes["hides"] = answer is not None and answer.status == 404  # from strangers, whatever there is
        if answer is None or answer.status >= 500:
            self._doubt(reading, exchange)
        elif reading.operation == "delete":
            self._deleted(reading, exchange)
        elif reading.operation in ("create", "replace", "patch"):
            self._written(reading, exchange)
        elif reading.operation in ("read", "list", "search"):
            for sighting in reading.sightings:
                self._sighted(sighting, exchange)
            if reading.operation != "read":
                self.walks.observe(exchange, reading, self.shadow.writes)
        elif reading.operation == "discovery":
            items = (reading.came or {}).get("Resources")
            if isinstance(items, list) and not reading.query:
                self.notes[reading.endpoint] = len(items)
        elif reading.operation == "bulk":
            self._bulk(reading, exchange)

    def _doubt(self, reading: Reading, exchange: Exchange) -> None:
        known = self.shadow.get(reading.endpoint, reading.id)
        if known is not None and reading.operation in _WRITES and (exchange.response is None or exchange.response.status != 501):
            known.doubt = exchange.id
            known.state, known.whole = None, False
            known.claims.clear()

    def _deleted(self, reading: Reading, exchange: Exchange) -> None:
        known = self.shadow.get(reading.endpoint, reading.id)
        if known is None:
            return
        if exchange.answer.ok:
            self.shadow.bury(known, exchange.id)
            if known.endpoint == "/Groups":
                self.notes["group gone"] = exchange.id
        elif exchange.answer.status == 404 and known.ours and (reading.authorised or not self.saw_credentials):
            known.doubt = known.doubt or exchange.id

    def _written(self, reading: Reading, exchange: Exchange) -> None:
        answer = exchange.answer
        after = self.aftermath(exchange)
        if not answer.ok:
            self._refused(reading, exchange)
            return
        resource = reading.resource
        id_ = reading.id or (reading.sightings[0].id if reading.sightings else "") or id_in(answer.header("location"))
        if not id_:
            return
        known = self.shadow.put(reading.endpoint, id_)
        if reading.operation == "create":
            known.ours, known.born, known.deleted = True, exchange.id, ""
            self.shapes.setdefault(reading.endpoint, set()).add(_shape(reading.sent))
        known.doubt = ""
        known.written = exchange.id
        known.moved = self.moves(exchange)
        sent = reading.sent or {}
        for attribute in ("userName", "displayName"):
            self.shadow.refused.pop((reading.endpoint, str(get(sent, attribute)).casefold()), None)
        self.shadow.index(known, after.state if after is not None and after.state is not None else sent)
        if after is not None:
            known.claims.extend(after.claims)
        if reading.operation == "patch":
            self.patches.add(reading.endpoint)
        in_turn = not self.unordered or reading.operation == "create"
        if in_turn and resource is not None and reading.sightings[0].complete and reading.sightings[0].id:
            wrong = self.gaps(exchange, reading.sightings[0])
            known.claims = [c for c in known.claims if not any(c.covers(g.place) for g in wrong)]
            self._adopt(known, resource)
        elif after is not None and after.state is not None:
            known.state, known.whole = dict(after.state), not after.partial
            known.certain = False
        else:
            known.state, known.whole = None, False
        asked = (exchange.request.header("if-match") or "").strip()
        if asked and asked != "*":
            known.spent_tag = (asked, exchange.id)
        self._versions(known, exchange, resource)
        if not in_turn:
            known.tag = known.stale_tag = known.modified = ""

    def _refused(self, reading: Reading, exchange: Exchange) -> None:
        """Nothing may have changed; whoever shows up later under the name of a refused creation was left behind."""
        status = exchange.answer.status
        if reading.operation == "create":
            attribute = "userName" if reading.endpoint == "/Users" else "displayName"
            name = get(reading.sent, attribute) if reading.sent is not None else None
            if isinstance(name, str) and name and status != 409 and not self.shadow.named(reading.endpoint, attribute, name):
                self.shadow.refused[reading.endpoint, name.casefold()] = (exchange.id, str(status))
            return
        known = self.shadow.get(reading.endpoint, reading.id)
        asked = (exchange.request.header("if-match") or "").strip()
        if known is not None and status == 412 and asked and asked in (known.tag, known.stale_tag):
            known.refused_tag = (asked, exchange.id)
        if known is not None and known.state is not None and known.ours:
            known.claims.append(Claim("*", _refused_requirement(reading, status), exchange.id, "refused"))

    def _sighted(self, sighting: Sighting, exchange: Exchange) -> None:
        if not sighting.id:
            return
        reading = self.look(exchange)
        known = self.shadow.put(sighting.endpoint, sighting.id)
        if reading.operation == "read" and reading.id and reading.id != sighting.id:
            return
        for gap in self.gaps(exchange, sighting):
            known.reported.add((gap.place, known.written))
        if reading.operation == "read":
            known.read = True
        else:
            known.listed = True
        if not sighting.complete:
            return
        if known.deleted:
            return
        thinner = reading.operation != "read" and known.read and known.state is not None
        if not (thinner and any(g.lost for g in self.gaps(exchange, sighting))):
            known.doubt = ""
            self._adopt(known, sighting.resource)
            known.claims.clear()
        self._versions(known, exchange, sighting.resource)

    def _adopt(self, known: Known, resource: Mapping[str, Any]) -> None:
        if known.state is not resource:
            self.offered.learn(known.endpoint, resource)
        known.state, known.whole, known.certain = resource, True, True
        if known.ours:
            self.shadow.index(known, resource)

    def _versions(self, known: Known, exchange: Exchange, resource: Mapping[str, Any] | None) -> None:
        reading = self.look(exchange)
        meta = get(resource, "meta") if resource is not None else None
        meta = meta if isinstance(meta, OBJECT) else {}
        single = reading.operation in ("create", "read", "replace", "patch")
        tag = exchange.answer.header("etag") if single else None
        if reading.operation == "read" or (known.refused_tag is not None and reading.operation in ("replace", "patch")):
            known.refused_tag = None
        if reading.operation not in _WRITES and _text(meta, "lastModified"):
            known.drifts = known.drifts + (_text(meta, "lastModified") != known.modified) if self.stands(known) else 0
            known.watched = self.shadow.writes
        known.stale_tag = known.tag or known.stale_tag
        known.tag = tag or _text(meta, "version") or ("" if exchange.request.method in ("PUT", "PATCH") else known.tag)
        known.tagged = self.shadow.writes
        known.created = _text(meta, "created") or known.created
        known.modified = _text(meta, "lastModified") or known.modified
        known.moved = known.moved and not get(meta, "lastModified")
        known.location = _text(meta, "location") or known.location

    def _bulk(self, reading: Reading, exchange: Exchange) -> None:
        """Learn from each operation as if it had come alone; what it touched and has no result is unknown until it is read."""
        for operation in operations_in(reading.sent):
            path = get(operation, "path")
            if isinstance(path, str) and path.count("/") == 2:
                _, head, id_ = path.split("/")
                known = self.shadow.get(f"/{head}", id_)
                if known is not None and known.state is not None:
                    known.doubt = exchange.id
        for single in unbundled(exchange, reading.sent, reading.came):
            if single.exchange.answer.status < 500:
                self._of = ""
                self._carried_out(single)
        for known in self.shadow.in_doubt(exchange.id):
            known.state, known.whole = None, False
            known.claims.clear()
        self._of, self._at = "", None

    def _carried_out(self, single: Single) -> None:
        """Learn from one operation of a bulk request; what it claims, it claims under the requirements of bulk."""
        exchange = single.exchange
        reading = self.look(exchange)
        known = self.shadow.get(reading.endpoint, reading.id) if reading.id else None
        if known is not None and known.doubt == exchange.id:
            known.doubt = ""
        if reading.operation == "delete":
            self._deleted(reading, exchange)
        elif reading.operation in ("create", "replace", "patch"):
            self._written(reading, exchange)
            known = self.shadow.get(reading.endpoint, reading.id or id_in(exchange.answer.header("location")))
        if known is not None:
            claims = [replace(c, requirement=_bulk_requirement(c, single)) for c in known.claims if c.exchange == exchange.id]
            known.claims = [c for c in known.claims if c.exchange != exchange.id] + claims


def _bulk_requirement(claim: Claim, single: Single) -> str:
    if claim.kind == "refused":
        return "rfc7644-3.7-bulk-version-check" if single.exchange.answer.status == 412 else "rfc7644-3.7-bulk-effects"
    return "rfc7644-3.7.2-bulkid-reference" if single.linked else "rfc7644-3.7-bulk-effects"


def _refused_requirement(reading: Reading, status: int) -> str:
    if status in (401, 403):
        return "rfc7644-2-every-endpoint-protected"
    if status == 412:
        return "rfc7644-3.14-if-match-stale-412"
    if reading.operation == "replace":
        return "rfc7644-3.12-put-uniqueness" if status == 409 else "rfc7644-3.5.1-put-required-missing"
    return "rfc7644-3.12-patch-uniqueness" if status == 409 else "rfc7644-3.5.2-atomic"


def _shape(body: Mapping[str, Any] | None) -> frozenset[str]:
    """The attributes that have a value, in lower case."""
    return frozenset(name.lower() for name, value in (body or {}).items() if value not in (None, [], ""))


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = get(holder, name)
    return value if isinstance(value, str) else ""
