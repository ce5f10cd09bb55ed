"""What every simulated identity provider is: one IdP, connected to one application, on one clock.

Rules that hold for all engines:

1. An engine does no I/O. What it wants to send it yields from a flow; what it must remember it keeps in itself, so that a
   flow may be dropped in the middle ("the IdP restarts") and the engine goes on.
2. People and teams change in the `Directory`; the engine is told through `notice`. What an administrator does to the
   application (assign, push a group, start the job) is an action, a method marked with `@action`.
3. What happens by itself happens at a time: `due` says when, `wake` does it.
4. What the IdP's administrator would see go wrong is a `Trouble`; what would stand in the IdP's log is a log entry.
5. Quirks that are values are traits, a frozen dataclass whose fields carry `Trait` metadata (source, confidence).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Literal, TypeVar

from scim_sim.clock import Clock
from scim_sim.directory.generate import RunMark
from scim_sim.directory.model import Change, Directory
from scim_sim.errors import UsageError
from scim_sim.flow import Flow
from scim_sim.registry import Registry, nearest

__all__ = [
    "ENGINES",
    "Confidence",
    "Engine",
    "Expected",
    "ExpectedGroup",
    "ExpectedUser",
    "Setting",
    "StateChange",
    "Trouble",
    "action",
    "override",
    "override_check",
    "register",
    "trait",
]

Confidence = Literal["documented", "captured", "inferred"]
F = TypeVar("F", bound=Callable[..., Flow[None]])
D = TypeVar("D")


def trait(default: Any, doc: str, source: str, confidence: Confidence) -> Any:
    """A field of an engine's traits: its default, one sentence, where the fact comes from, and how sure it is."""
    meta = {"doc": doc, "source": source, "confidence": confidence}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=meta)
    return field(default=default, metadata=meta)


def override(traits: D, values: Mapping[str, Any]) -> D:
    """The traits with some values replaced; raises `UsageError` for an unknown name or a value of another type."""
    known = {f.name: f for f in fields(traits)}  # type: ignore[arg-type]
    for name, value in values.items():
        if name not in known:
            raise UsageError(f'unknown trait "{name}"{nearest(name, known)}')
        present = getattr(traits, name)
        if present is not None and value is not None and not _same_kind(present, value):
            raise UsageError(f'the trait "{name}" takes {_KINDS.get(type(present), type(present).__name__)}, not {value!r}')
    fitted = {n: tuple(v) if isinstance(getattr(traits, n), tuple) and isinstance(v, list) else v for n, v in values.items()}
    return replace(traits, **fitted)  # type: ignore[type-var]


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    tuple: "a list",
    dict: "a mapping",
}


def override_check(engine: type[Engine], values: Mapping[str, Any]) -> None:
    """Raise `UsageError` when the engine has no such traits, or they take values of another type."""
    if engine.traits_type is None:
        if values:
            raise UsageError(f"{engine.title} has no traits")
        return
    override(engine.traits_type(), values)


def _same_kind(present: Any, value: Any) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, (int, float)):
        return isinstance(value, (int, float))
    if isinstance(present, tuple):
        return isinstance(value, (tuple, list))
    return isinstance(value, type(present))


def action(method: F) -> F:
    """Mark a method as something the IdP's administrator can do; its name with blanks is the verb of scenarios."""
    method.__scim_action__ = True  # type: ignore[attr-defined]
    return method


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything an engine is given: all of time, chance and names that it may use.

    `variant` is the part after the colon of `okta:oin`, `groups` whether this target takes group pushes, `traits` the
    values that differ from the engine's defaults, `seed` the source of ids and random values. `lacks` tells whether the
    target's own schemas have no such attribute, by endpoint and path: a written value that is dropped there is no fault.
    """

    directory: Directory
    clock: Clock
    mark: RunMark
    seed: int = 0
    variant: str = ""
    groups: bool = True
    traits: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    app_label: str = "SCIM application"
    lacks: Callable[[str, str], bool] = lambda endpoint, path: False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something the IdP's administrator sees go wrong.

    `need` is the id of the need that was not met (`okta-create`, see the catalogue), `subject` the key of the person or
    team or empty, `message` the text as the IdP words it, `where` the place in the console where it stands.
    """

    at: float
    need: str
    subject: str
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class StateChange:
    """The job of an IdP moved from one state to another."""

    at: float
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class ExpectedUser:
    """What the IdP believes to have brought about: `resource` is SCIM-shaped and holds only what the IdP set and cares for.

    `resource_id` is `None` when the IdP holds no link. `active` is what the account should be; `absent` means it should
    be gone from the target.
    """

    key: str
    user_name: str
    resource_id: str | None
    active: bool
    resource: Mapping[str, Any] = field(default_factory=dict)
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """The group as the IdP pushed it: `members` are resource ids; those in `tolerated` may be there without being wrong."""

    key: str
    display_name: str
    resource_id: str | None
    members: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the target should hold if everything this IdP did had its effect."""

    users: tuple[ExpectedUser, ...] = ()
    groups: tuple[ExpectedGroup, ...] = ()


class Engine:
    """The base of all engines: settings, journals, and the answers an engine gives when it has nothing special to say.

    Subclasses set `name`, `title`, `standing`, `variants`, `default_variants` (those that run when none is named) and
    `traits_type` (the dataclass of its traits), and implement `connect`, actions, `notice`, `expected`. `settle_reports`
    says that `settle` complains by itself about what it had to write again; otherwise each write in it is a finding.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    standing: ClassVar[Literal["first-class", "community", "reference"]] = "first-class"
    variants: ClassVar[Mapping[str, str]] = {}
    default_variants: ClassVar[tuple[str, ...]] = ("",)
    traits_type: ClassVar[type[Any] | None] = None
    log_file: ClassVar[str] = ""
    settle_reports: ClassVar[bool] = False
    connection_test: ClassVar[bool] = True
    """Whether this IdP's console can test the connection; where it cannot, the step `connect` does not apply."""
    silent: ClassVar[str] = ""
    """Why this IdP sends nothing at all, as a sentence; a run in which nothing went wrong is then no success."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.directory = setting.directory
        self.clock = setting.clock
        self.rng = random.Random(f"{setting.seed}/{self.name}/{setting.variant}")
        self.troubles: list[Trouble] = []
        self.states: list[StateChange] = []
        self.rows: list[tuple[str, Mapping[str, Any]]] = []
        """Lines for the report's tables, each with the name of its table: `cycle`, `on demand`."""
        self._log: list[dict[str, Any]] = []

    # -- what a run asks for --------------------------------------------------------------------------------------

    @property
    def voice(self) -> str:
        """The name under which this engine's requests are recorded: `okta:oin`, `entra`."""
        return f"{self.name}:{self.setting.variant}" if self.setting.variant else self.name

    @property
    def switches(self) -> Mapping[str, Any]:
        """The traits in use whose behaviour is inferred or overridden, for the report."""
        return {}

    @classmethod
    def actions(cls) -> dict[str, Callable[..., Flow[None]]]:
        """The administrator's verbs (`push group`) and the methods behind them."""
        found = {}
        for name in dir(cls):
            method = getattr(cls, name, None)
            if getattr(method, "__scim_action__", False):
                found[name.replace("_", " ")] = method
        return found  # type: ignore[return-value]

    def act(self, verb: str, **params: Any) -> Flow[None]:
        """The flow of one action; raises `UsageError` for a verb this IdP does not know."""
        method = self.actions().get(verb)
        if method is None:
            raise UsageError(f'{self.title} has no action "{verb}"{nearest(verb, self.actions())}')
        bound: Callable[..., Flow[None]] = getattr(self, method.__name__)
        return bound(**params)

    def connect(self) -> Flow[bool]:
        """The connection test of the IdP's console; true when it is passed."""
        yield from ()
        raise NotImplementedError

    def notice(self, change: Change) -> Flow[None]:
        """React to a change in the directory; an IdP that works in cycles does nothing here."""
        yield from ()

    def due(self) -> float | None:
        """When the engine next wants to be woken, in seconds of the clock; `None` for never."""
        return None

    def wake(self) -> Flow[None]:
        """Do what is due now: a cycle, a retry, a scheduled push."""
        yield from ()

    def settle(self) -> Flow[None]:
        """Look at everything once more although nothing changed: the unchanged second cycle, which must write nothing."""
        yield from ()

    def expected(self) -> Expected:
        """What the target should hold by now."""
        return Expected()

    # -- journals ---------------------------------------------------------------------------------------------------

    def drain_log(self) -> Iterator[dict[str, Any]]:
        """The log entries written since the last call, in the IdP's own format."""
        entries, self._log = self._log, []
        return iter(entries)

    def complain(self, need: str, subject: str, message: str, where: str = "") -> None:
        """Record what the IdP's administrator sees go wrong."""
        self.troubles.append(Trouble(self.clock.now(), need, subject, message, where))


_ALSO_CALLED: Final = {
    **dict.fromkeys(("azure", "azuread", "azure-ad", "aad", "entraid", "entra-id", "microsoft", "ms"), "entra"),
    **dict.fromkeys(("gsuite", "google-workspace", "workspace"), "google"),
}
"""What people say for an identity provider, and the name that it has here."""

ENGINES: Registry[type[Engine]] = Registry("identity provider", _ALSO_CALLED)


def register(engine: type[Engine]) -> type[Engine]:
    """Make an engine known under its name; used as a class decorator."""
    return ENGINES.add(engine.name, engine)
