"""ARCHITECTURE.md, enforced: who may import whom, and which modules stay free of sockets, clocks, chance and files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "scim_sim"

BASE = "layer 1"  # its files count as one package
LAYERS: dict[str, int] = {
    **dict.fromkeys((BASE, "wire", "flow", "clock", "problem", "registry", "redact", "errors", "garbage"), 1),
    **dict.fromkeys(("scim", "directory", "target"), 2),
    **dict.fromkeys(("idp", "checks", "provider"), 3),
    **dict.fromkeys(("drivers", "events"), 4),
    **dict.fromkeys(("scenario", "report"), 5),
    **dict.fromkeys(("api", "doctor"), 6),
    "commands": 7,
    **dict.fromkeys(("cli", "pytest_plugin"), 8),
    "scim_sim": 9,  # scim_sim/__init__.py: it offers the public surface, and only `__version__` is for all
}
STRANGERS = frozenset({"idp", "checks", "provider", "drivers"})

PURE = frozenset({"scim", "directory", "idp", "checks"})
IMPURE_MODULES = frozenset(
    {"requests", "urllib3", "http", "socket", "ssl", "asyncio", "subprocess", "time", "uuid", "secrets", "io"}
)
IMPURE_USES = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom", "os.environ", "os.getenv"}
)
FILE_CALLS = frozenset({"open", "print", "input"})
FILE_METHODS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"})


def modules() -> list[Path]:
    """All modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """The name a module is imported by: `scim_sim/idp/__init__.py` is `scim_sim.idp`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top(module: str) -> str:
    """The package or module right under scim_sim that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever in the module; `from a import b` is `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def import_breaches(module: str, tree: ast.Module) -> Iterator[str]:
    """What the module imports from our own package and may not."""
    mine = top(module)
    if mine not in LAYERS:
        yield f"{module}: {mine!r} has no layer; give it one in ARCHITECTURE.md and in LAYERS"
        return
    for line, name in imports(tree):
        if name.split(".")[0] != "scim_sim" or name == "scim_sim.__version__":
            continue
        theirs = top(name)
        if theirs not in LAYERS:
            theirs = "scim_sim"
        if LAYERS[mine] == LAYERS[theirs] == 1 or mine == theirs:
            continue
        place = f"{module}:{line} imports {name}"
        if {mine, theirs} <= STRANGERS:
            yield f"{place}: {mine} and {theirs} do not know each other; they meet in scenario/run.py"
        elif LAYERS[theirs] >= LAYERS[mine]:
            yield f"{place}: {mine} is layer {LAYERS[mine]} and imports only from lower ones; {theirs} is layer {LAYERS[theirs]}"


def purity_breaches(module: str, tree: ast.Module) -> Iterator[str]:
    """Where a module of a pure package reaches for the network, the time, chance or a file."""
    if top(module) not in PURE:
        return
    why = f"{top(module)} does no I/O: time, chance, ids and data are arguments (packaged data: importlib.resources)"
    names = list(imports(tree))
    packaged = any(name.startswith("importlib.resources") for _, name in names)
    yield from (f"{module}:{line} imports {name}: {why}" for line, name in names if is_impure_import(name))
    for node in ast.walk(tree):
        impure = impure_use(node, packaged)
        if impure:
            yield f"{module}:{node.lineno} {impure}: {why}"


def is_impure_import(name: str) -> bool:
    """Whether importing this brings in the network, the clock, or chance that nobody seeded."""
    first, _, rest = name.partition(".")
    return first in IMPURE_MODULES or (first == "random" and rest not in ("", "Random"))


def impure_use(node: ast.AST, packaged: bool) -> str:
    """What the expression does that a pure package may not, or the empty string."""
    if isinstance(node, ast.Attribute):
        spelled = ast.unparse(node)
        if any(f".{spelled}".endswith(f".{use}") for use in IMPURE_USES):
            return f"uses {spelled}"
        if spelled.startswith("random.") and spelled != "random.Random" and isinstance(node.value, ast.Name):
            return f"uses the shared {spelled}"
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in FILE_CALLS:
            return f"calls {node.func.id}"
        if isinstance(node.func, ast.Attribute) and node.func.attr in FILE_METHODS and not packaged:
            return f"calls {node.func.attr}"
    return ""


def breaches(module: str, source: str) -> list[str]:
    """Everything in which the module breaks the architecture."""
    tree = ast.parse(source)
    return [*import_breaches(module, tree), *purity_breaches(module, tree)]


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_module_keeps_to_its_layer(path: Path) -> None:
    """Every module imports from lower layers or its own package only, and pure packages stay pure."""
    found = breaches(dotted(path), path.read_text(encoding="utf-8"))

    assert [] == found


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("scim_sim.scim.path", "from scim_sim.idp.okta import Okta", "scim is layer 2 and imports only from lower ones"),
        ("scim_sim.wire", "import scim_sim.cli", "wire is layer 1 and imports only from lower ones; cli is layer 8"),
        ("scim_sim.target.profile", "from scim_sim import directory", "imports scim_sim.directory"),
        ("scim_sim.report.html", "from scim_sim.scenario.run import run", "report is layer 5"),
        ("scim_sim.drivers.session", "from scim_sim.checks import finding", "drivers and checks do not know each other"),
        ("scim_sim.idp.okta", "def late():\n    from scim_sim.provider import store", "scim_sim.idp.okta:2 imports"),
        ("scim_sim.provider.app", "from scim_sim import anything", "scim_sim is layer 9"),
        ("scim_sim.magic", "", "'magic' has no layer"),
        ("scim_sim.idp.okta", "import requests", "imports requests: idp does no I/O"),
        ("scim_sim.checks.meta", "from time import sleep", "imports time.sleep"),
        ("scim_sim.directory.generate", "import random\nrandom.choice([1])", "generate:2 uses the shared random.choice"),
        ("scim_sim.directory.generate", "from random import choice", "imports random.choice"),
        ("scim_sim.checks.meta", "import datetime\ndatetime.datetime.now()", "uses datetime.datetime.now"),
        ("scim_sim.scim.urns", "open('urns.txt')", "calls open"),
        ("scim_sim.scim.urns", "from pathlib import Path\nPath('urns.txt').read_text()", "calls read_text"),
        ("scim_sim.idp.okta", "from uuid import uuid4", "imports uuid.uuid4"),
    ],
)
def test_breach_is_found_and_explained(module: str, source: str, said: str) -> None:
    """A module that breaks a rule is named with its line, the import and the rule."""
    found = breaches(module, source)

    assert 1 == len(found)
    assert said in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scim_sim.flow", "from scim_sim.wire import Request"),
        ("scim_sim.idp.okta", "from scim_sim.idp.mapping import apply\nfrom scim_sim.scim.patch import patch"),
        ("scim_sim.drivers.session", "import requests, time\nfrom scim_sim import __version__"),
        ("scim_sim.directory.generate", "from random import Random\nimport random\nrandom.Random(7).choice([1])"),
        ("scim_sim.scim.requirements", "from importlib.resources import files\nfiles('scim_sim').joinpath('a').read_text()"),
        ("scim_sim.scenario.run", "from scim_sim.checks import finding\nfrom scim_sim.drivers import session"),
        ("scim_sim.checks.meta", "from datetime import datetime\ndatetime.fromisoformat('2026-01-05')"),
    ],
)
def test_what_is_allowed_raises_no_alarm(module: str, source: str) -> None:
    """Lower layers, the own package, seeded chance and packaged data are allowed."""
    found = breaches(module, source)

    assert [] == found
