"""What the package offers: every public module lists its names, each name exists and is documented."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import scim_sim

PACKAGE = Path(__file__).parent.parent / "scim_sim"


def public_modules() -> list[Path]:
    """The modules without an underscore in their path; the package's `__init__` files count."""
    paths = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return [path for path in paths if not any(part.startswith("_") and part != "__init__.py" for part in path.parts)]


def exported(tree: ast.Module) -> list[str] | None:
    """The names in `__all__`, or `None` where the module has none; it is a plain list of strings."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets) and node.value is not None:
            return list(ast.literal_eval(node.value))
    return None


def bindings(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every name that the module binds at its top level, `if` and `try` included, with the statement that does."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name.partition(".")[0], node) for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((name.id, node) for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        pending.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt) and is_block(node))


def is_block(node: ast.stmt) -> bool:
    """Whether the statement's body runs when the module is imported, in the module's own scope."""
    return isinstance(node, ast.If | ast.Try | ast.With)


def faults(source: str) -> list[str]:
    """In what the module's public surface is incomplete."""
    tree = ast.parse(source)
    bound = dict(bindings(tree))
    offered = exported(tree)
    own = [name for name in bound if not name.startswith("_") and name != "annotations"]
    if offered is None:
        return ["no __all__"] if own else []
    twice = [f"{name} is listed twice" for name in sorted(set(offered)) if offered.count(name) > 1]
    return twice + [fault for name in offered for fault in faults_of(name, bound.get(name))]


def faults_of(name: str, node: ast.stmt | None) -> list[str]:
    """In what one offered name falls short; constants explain themselves, classes and functions have a docstring."""
    if node is None:
        return [f"{name} is in __all__ and does not exist"]
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not ast.get_docstring(node):
        return [f"{name} has no docstring"]
    return []


@pytest.mark.parametrize("path", public_modules(), ids=str)
def test_module_lists_and_documents_what_it_offers(path: Path) -> None:
    """A public module has `__all__`, each name in it exists, and classes and functions have a docstring."""
    found = faults((PACKAGE / path).read_text(encoding="utf-8"))

    assert [] == found


def test_package_offers_exactly_its_public_names() -> None:
    """`scim_sim.__all__` is sorted, and is what `scim_sim` binds beside its submodules."""
    bound = {name for name, value in vars(scim_sim).items() if not name.startswith("_") and not isinstance(value, ModuleType)} - {
        "annotations"
    }

    assert bound | {"__version__"} == set(scim_sim.__all__)
    assert sorted(scim_sim.__all__) == list(scim_sim.__all__)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    'Do.'\n", ["no __all__"]),
        ("__all__ = ['gone']", ["gone is in __all__ and does not exist"]),
        ("__all__ = ['f']\ndef f(): ...", ["f has no docstring"]),
        ("__all__ = ['C']\nclass C: ...", ["C has no docstring"]),
        ("__all__ = ['A', 'A']\nA = 1", ["A is listed twice"]),
        ("__all__ = ['A', 'b', 'c']\nfrom x import b\nif b:\n    A, c = 1, 2", []),
        ("'A package without names.'\nfrom __future__ import annotations", []),
    ],
)
def test_faults_are_found(source: str, expected: list[str]) -> None:
    """Each way to get `__all__` wrong is named, and a complete module is left alone."""
    assert expected == faults(source)
