"""Microsoft Entra ID: what its administrator can do to one provisioning job, and when the job does something by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.idp.engine import Engine, Expected, Setting, StateChange, action, override, register
from scim_sim.idp.entra import cycle, on_demand
from scim_sim.idp.entra.answers import Refused
from scim_sim.idp.entra.beliefs import Belief
from scim_sim.idp.entra.connector import Connector, Tally
from scim_sim.idp.entra.convergence import Resend, Resends
from scim_sim.idp.entra.cycle import CycleSummary
from scim_sim.idp.entra.dialects import FLAG
from scim_sim.idp.entra.escrow import THRESHOLDS
from scim_sim.idp.entra.job import Job
from scim_sim.idp.entra.mapping import mappings
from scim_sim.idp.entra.on_demand import Panel
from scim_sim.idp.entra.provisioning_log import Names, drain
from scim_sim.idp.entra.requests import Requests
from scim_sim.idp.entra.scope import DEFAULT_ROLE, scoping_filters
from scim_sim.idp.entra.source import Role, guid_of
from scim_sim.idp.entra.traits import EntraTraits, checked, switches
from scim_sim.registry import nearest

__all__ = ["Entra"]

CONSOLE = "Enterprise applications > Provisioning"
CLEARABLE = ("None", "ConnectorDataStore", "Escrows", "Watermark", "QuarantineState", "Full", "ForceDeletes")


@register
class Entra(Engine):
    """Microsoft Entra ID: a provisioning job with a cycle every 40 minutes, PATCH only, and a long memory for errors."""

    name: ClassVar[str] = "entra"
    title: ClassVar[str] = "Microsoft Entra ID"
    variants: ClassVar[Mapping[str, str]] = {
        "": "custom application, PATCH in the legacy dialect",
        "optscim": "custom application, tenant URL with the flag aadOptscim062020",
    }
    traits_type: ClassVar[type[Any] | None] = EntraTraits
    log_file: ClassVar[str] = "entra-provisioning-log.jsonl"
    settle_reports: ClassVar[bool] = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if setting.variant not in self.variants:
            raise UsageError(
                f'{self.title} has no variant "{setting.variant}"{nearest(setting.variant, [v for v in self.variants if v])}'
            )
        dialect = {"patch_dialect": FLAG} if setting.variant == "optscim" else {}
        self.traits = checked(override(EntraTraits(), {**dialect, **setting.traits}))
        seed = f"{setting.seed}/entra/{setting.mark.text}"
        self._c = Connector(
            self.directory, self.clock, self.rng, self.traits, mappings(setting.mapping), seed, setting.groups, self.complain
        )
        self._resends = Resends(lambda path: setting.lacks("/Users", path))
        self._c.on_write = self._resends.note
        self._belief = Belief(self._c)
        self._names = Names(seed, setting.app_label)
        self.job = Job(self.traits)
        self.watermark = 0
        self.cycles: list[CycleSummary] = []
        self.panels: tuple[Panel, ...] = ()

    # -- what a run asks for ------------------------------------------------------------------------------------------

    @property
    def switches(self) -> Mapping[str, Any]:
        """The traits in use whose behaviour is inferred or overridden."""
        return switches(self.traits)

    @property
    def state(self) -> str:
        """The state of the job: NotConfigured, NotRun, Initial, Active, Paused, Quarantine or Disabled."""
        return self.job.state

    @property
    def resends(self) -> tuple[Resend, ...]:
        """What the unchanged second cycle wrote again, and the requests that it costs in a year."""
        return self._resends.found(self.traits.cycle_minutes)

    def connect(self) -> Flow[bool]:
        """Test Connection: look up a user that cannot exist; passed with 200 and a list."""
        self._c.tally = Tally()
        try:
            yield from cycle.probe(self._c)
            if self._c.groups and self.traits.group_probe == "test":
                yield from cycle.probe(self._c, "Groups")
        except Refused as why:
            self.complain(
                "entra-connect",
                "",
                f"You appear to have entered invalid credentials ({why.code}). {why.reason}",
                "Test Connection",
            )
            return False
        self._move("credentials saved", "Test Connection passed")
        return True

    def due(self) -> float | None:
        """When the next cycle begins; never while the job is not running."""
        return self.job.next_run if self.job.running else None

    def wake(self) -> Flow[None]:
        """Run the cycle that is due."""
        if self.job.running:
            yield from self._cycle()

    def settle(self) -> Flow[None]:
        """Bring over what is pending, then a full cycle over unchanged data, which must write nothing."""
        if self.job.state not in ("Initial", "Active"):
            return
        if self.job.state == "Initial" or self._c.touched or self.watermark != self.directory.serial:
            yield from self._cycle()
        if self.job.state != "Active":
            return
        self._resends.listening = True
        try:
            yield from self._cycle(full=True)
        finally:
            self._resends.listening = False
        for one in self.resends:
            self.complain("entra-quiet-second-cycle", one.keys[0], one.message, "Provisioning logs")

    def expected(self) -> Expected:
        """What the target should hold by now."""
        return self._belief.expected()

    def drain_log(self) -> Iterator[dict[str, Any]]:
        """The provisioning log entries since the last call."""
        entries, self._c.entries = self._c.entries, []
        return drain(entries, self._names)

    # -- the job ------------------------------------------------------------------------------------------------------

    @action
    def test_connection(self) -> Flow[None]:
        """Test Connection in the portal, at any time; a failure is complained about and changes nothing."""
        yield from self.connect()

    @action
    def new_credentials(self, token: str = "") -> Flow[None]:
        """Save a token and test it: the target's own, or the one given, which the target should refuse.

        What fails while a wrong token is saved is shown, and no fault of the target.
        """
        self._c.requests = Requests(self.traits, token)
        yield from self.connect()

    @action
    def start(self) -> Flow[None]:
        """Start Provisioning: the initial cycle is due at once; after a pause the job goes on from its watermark."""
        yield from ()
        if self.job.state == "NotConfigured":
            self._move("credentials saved", "saved without a test")
        if self._move("start", "Start Provisioning"):
            self.job.next_run = self.clock.now()

    @action
    def resume(self) -> Flow[None]:
        """Start again after a pause; the same as start."""
        yield from self.start()

    @action
    def pause(self) -> Flow[None]:
        """Pause Provisioning: no cycle begins until start; links and watermark are kept."""
        yield from ()
        self._move("stop", "Pause Provisioning")

    @action
    def stop(self) -> Flow[None]:
        """The same as pause, under the name the portal had before."""
        yield from self.pause()

    @action
    def restart(self, clear: list[str] | str = "") -> Flow[None]:
        """Restart Provisioning: a full cycle is due at once.

        `clear` names what is reset, in the words of Microsoft Graph's resetScope: QuarantineState, Watermark, Escrows
        (the portal's three, which keep the links), ConnectorDataStore (forgets the links), Full (everything),
        ForceDeletes (carries out held deletes), None.
        """
        yield from ()
        names = _keys(clear) or ("QuarantineState", "Watermark", "Escrows")
        for name in names:
            if name not in CLEARABLE:
                raise UsageError(f'nothing called "{name}" can be cleared{nearest(name, CLEARABLE)}')
        wanted = set(CLEARABLE) - {"None", "ForceDeletes"} if "Full" in names else set(names)
        if not self._move("restart", "Restart Provisioning"):
            raise UsageError(f"the job is {self.job.state}: it must be started before it can be restarted")
        self._clear(wanted)
        self.job.next_run = self.clock.now()

    def _clear(self, wanted: set[str]) -> None:
        if "ConnectorDataStore" in wanted:
            self._c.drop_links()
        if "Escrows" in wanted:
            self._c.escrow.clear()
        if "QuarantineState" in wanted:
            self.job.quarantine = None
            self._c.held.clear()
        if "ForceDeletes" in wanted:
            self._c.release_held = True
        self.job.escrows_pruned = False
        self.job.full_cycle_due = "Watermark" in wanted or "ConnectorDataStore" in wanted

    @action
    def allow_deletes(self) -> Flow[None]:
        """Allow the deletions that the threshold holds back; they are carried out at once."""
        yield from ()
        self._c.release_held = True
        self.job.quarantine = None
        if self._move("errors gone", "the administrator allowed the deletions"):
            self.job.next_run = self.clock.now()

    # -- scope and mapping --------------------------------------------------------------------------------------------

    @action
    def assign(self, person: str | list[str] = "", group: str | list[str] = "", role: str | dict[str, str] = "") -> Flow[None]:
        """Assign a person or a group to the application; nothing is sent before the next cycle.

        Direct members of an assigned group are provisioned as users; the group itself only when groups are mapped. `role` is
        the app role that goes with it: its value, or a mapping with `id` and `value`.
        """
        yield from ()
        roles = (_role(role),) if role else (DEFAULT_ROLE,)
        for key in _keys(person):
            self.directory.person(key)
            self._c.scope.people[key] = roles
            self._c.touched[key] = None
        for key in _keys(group):
            self.directory.team(key)
            self._c.scope.teams[key] = roles
            self._c.touched[key] = None

    @action
    def unassign(self, person: str | list[str] = "", group: str | list[str] = "") -> Flow[None]:
        """Take an assignment away; who has no other is disabled in the next cycle."""
        yield from ()
        for key in _keys(person):
            self.directory.person(key)
            self._c.scope.people.pop(key, None)
            self._c.touched[key] = None
        for key in _keys(group):
            self._c.scope.teams.pop(key, None)
            self._c.touched[key] = None

    @action
    def set_scope(self, scope: str) -> Flow[None]:
        """Sync "assigned" users and groups only, or "all"; it takes effect on everybody with the next restart."""
        yield from ()
        if scope not in ("assigned", "all"):
            raise UsageError(f'the scope is "assigned" or "all", not "{scope}"')
        self._c.scope.mode = scope

    @action
    def set_filters(self, filters: Any, groups: bool = False) -> Flow[None]:
        """Set the scoping filters: a list of filters, each a list of clauses {attribute, operator, value}; a full cycle follows.

        Clauses of a filter must all hold, one of the filters must; the empty list removes them.
        """
        yield from ()
        given = [[f] if isinstance(f, Mapping) else f for f in filters] if isinstance(filters, list) else filters
        if groups:
            self._c.scope.group_filters = scoping_filters(given)
        else:
            self._c.scope.filters = scoping_filters(given)
        self._full_cycle_follows()

    @action
    def set_mapping(self, mapping: Mapping[str, Any]) -> Flow[None]:
        """Replace the attribute mappings by the default ones with these changes; a full cycle follows."""
        yield from ()
        self._c.mappings = mappings(mapping)
        self._full_cycle_follows()

    @action
    def set_traits(self, traits: Mapping[str, Any]) -> Flow[None]:
        """Change switches of the engine in the middle of a story, such as accidental_delete_threshold."""
        yield from ()
        self.traits = checked(override(self.traits, traits))
        self._c.use(self.traits)
        self.job.traits = self.traits

    def _full_cycle_follows(self) -> None:
        if self.job.state not in ("NotConfigured", "NotRun"):
            self.job.full_cycle_due = True

    # -- on demand ----------------------------------------------------------------------------------------------------

    @action
    def provision_on_demand(self, person: str = "", group: str = "", members: list[str] | str = "") -> Flow[None]:
        """Provision one person, or one group with up to five members, at once, outside the cycle; leaves four panels."""
        self._c.tally = Tally()
        if bool(person) == bool(group):
            raise UsageError("provision on demand takes one person or one group")
        if person:
            self.panels = yield from on_demand.person(self._c, person)
        else:
            self.panels = yield from on_demand.group(self._c, group, tuple(_keys(members)))
        self.rows += [("on demand", panel.row()) for panel in self.panels]

    # -- inside -------------------------------------------------------------------------------------------------------

    def complain(self, need: str, subject: str, message: str, where: str = "") -> None:
        """Record what the administrator sees; with a wrong token it is nobody's unmet need."""
        super().complain("" if self._c.requests.token else need, subject, message, where)

    def _cycle(self, full: bool = False) -> Flow[None]:
        began, serial = self.clock.now(), self.directory.serial
        if self.job.state == "Quarantine" and self.job.expired(began):
            self._move("28 days", "the job was in quarantine for four weeks")
            self.complain("entra-7-healthy", "", "The provisioning job was disabled after four weeks in quarantine.", CONSOLE)
            return
        kind = "initial" if not self.job.ever_completed else "full" if full or self.job.full_cycle_due else "incremental"
        self._c.cycle += 1
        self._c.began = began
        tally = self._c.tally = Tally()
        problem: tuple[str, str, str] | None = None
        try:
            yield from cycle.run_cycle(self._c, kind != "incremental", self.watermark)
        except Refused as why:
            problem = ("EncounteredQuarantineException", why.code, why.reason)
        except cycle.TooManyDeletes as held:
            problem = ("TooManyDeletes", "TooManyDeletes", str(held))
        if problem is None or problem[0] == "TooManyDeletes":
            self.watermark, self.job.full_cycle_due, self.job.ever_completed = serial, False, True
            problem = problem or self._c.escrow.threshold(tally.failed, tally.events)
        self._finish(began, kind, tally, problem)

    def _finish(self, began: float, kind: str, tally: Tally, problem: tuple[str, str, str] | None) -> None:
        result = cycle.described(tally, kind)
        now = self.clock.now()
        if problem is not None and kind == "initial" and problem[0] in THRESHOLDS:
            self._prune(*problem)
            result = f"{result}; {problem[1]}: errors cleared, paused"
        elif problem is not None:
            self._quarantine(*problem)
            result = f"{problem[1]}: quarantine" if result == "nothing to do" else f"{result}; {problem[1]}: quarantine"
        else:
            left = self.job.quarantine is not None
            self.job.quarantine = None
            self._move(
                "errors gone" if self.job.state == "Quarantine" else "cycle completed",
                "the errors are gone" if left else f"{kind} cycle completed",
            )
            self.job.schedule_after(began, now)
            result = f"leaves quarantine, {result}" if left else result
        differ = len(self._c.escrow) + len(self._c.held)
        summary = CycleSummary(len(self.cycles) + 1, began, kind, tally.requests, tally.writes, tally.failed, differ, result)
        self.cycles.append(summary)
        self.rows.append(("cycle", asdict(summary)))

    def _prune(self, reason: str, code: str, message: str) -> None:
        """A threshold met in the initial cycle is no quarantine: its errors are cleared, and the job waits to be started."""
        self._c.escrow.clear()
        self.job.escrows_pruned, self.job.quarantine = True, None
        self._move("errors pruned", f"{reason}: {message}")
        said = f"The initial cycle met {reason} ({message}): its errors were cleared, and the provisioning job is paused."
        self.complain("entra-7-healthy", "", said, CONSOLE)

    def _quarantine(self, reason: str, code: str, message: str) -> None:
        known = self.job.quarantine
        self.job.enter_quarantine(reason, code, message, self.clock.now())
        self._move("quarantine", f"{reason}: {message}")
        if reason != "TooManyDeletes" and (known is None or known.reason != reason):
            self.complain("entra-7-healthy", "", f"The provisioning job is in quarantine: {reason} ({code}). {message}", CONSOLE)

    def _move(self, event: str, why: str) -> bool:
        moved = self.job.move(event)
        if moved and moved[0] != moved[1]:
            self.states.append(StateChange(self.clock.now(), moved[0], moved[1], why))
        return moved is not None


def _keys(given: str | Sequence[str]) -> Sequence[str]:
    return ((given,) if given else ()) if isinstance(given, str) else given


def _role(given: str | Mapping[str, str]) -> Role:
    value = given if isinstance(given, str) else str(given.get("value", ""))
    chosen = "" if isinstance(given, str) else str(given.get("id", ""))
    return Role(chosen or guid_of(f"role/{value}"), value, value)
