"""How a step comes to be: a function whose keyword parameters are the step's parameters.

`@step("hire")` registers it; the scenario language (its JSON Schema, its documentation, its messages) is derived from
the function's signature and docstring, so there is nothing else to write.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from scim_sim.idp.engine import ENGINES
from scim_sim.registry import Registry

__all__ = ["ALIASES", "STEPS", "StepKind", "kinds", "step"]

F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class StepKind:
    """One kind of step: its parameters in order (the first may be given bare, `- assign: ada`) and who understands it."""

    name: str
    doc: str
    params: Mapping[str, inspect.Parameter]
    hints: Mapping[str, Any]
    run: Callable[..., None] | None = None
    idps: tuple[str, ...] = ()
    open: bool = False

    @property
    def first(self) -> str | None:
        """The parameter that a bare value stands for."""
        return next(iter(self.params), None)

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters that must be given."""
        return tuple(n for n, p in self.params.items() if p.default is inspect.Parameter.empty)


STEPS: Registry[StepKind] = Registry("step")

ALIASES: Mapping[str, str] = {
    "import": "import users",
    "wait": "advance",
    "sync": "run cycle",
    "activate": "reactivate",
    "lock": "suspend",
    "unlock": "unsuspend",
    "form group": "create group",
}
"""Words that other consoles and other people use, and the step that is meant."""


def step(name: str, *, open_params: bool = False) -> Callable[[F], F]:
    """Register the function as a step; its first parameter is the stage, the others are the step's own.

    With `open_params` it takes further parameters by any name (attributes of a person, for example) through `**values`.
    """

    def decorate(function: F) -> F:
        parameters = list(inspect.signature(function).parameters.values())[1:]
        named = {p.name: p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD}
        hints = typing.get_type_hints(function)
        STEPS.add(name, StepKind(name, inspect.getdoc(function) or "", named, hints, function, open=open_params))
        return function

    return decorate


def kinds() -> Mapping[str, StepKind]:
    """All kinds of step: the registered ones, and every action of every identity provider."""
    return _kinds(len(STEPS), len(ENGINES))


@functools.cache
def _kinds(_steps: int, _engines: int) -> Mapping[str, StepKind]:
    """Made again only when a step or an engine has been registered since."""
    found = dict(STEPS.items())
    for name, engine in ENGINES.items():
        for verb, method in engine.actions().items():
            known = found.get(verb)
            if known is not None and known.run is not None:
                continue
            parameters = list(inspect.signature(method).parameters.values())[1:]
            named = {p.name: p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD}
            is_open = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
            if known is not None:
                named = {**known.params, **named}
                names = (*known.idps, name)
                hints = {**known.hints, **typing.get_type_hints(method)}
                found[verb] = StepKind(verb, known.doc, named, hints, None, names, known.open or is_open)
            else:
                doc = inspect.getdoc(method) or ""
                found[verb] = StepKind(verb, doc, named, typing.get_type_hints(method), None, (name,), is_open)
    return found


def json_type(hint: Any) -> dict[str, Any]:
    """The JSON Schema of a parameter with that type hint."""
    origin = typing.get_origin(hint)
    if hint in (Any, inspect.Parameter.empty, None):
        return {}
    if origin in (typing.Union, types.UnionType):
        options = [json_type(arg) for arg in typing.get_args(hint) if arg is not type(None)]
        return options[0] if len(options) == 1 else {"anyOf": options}
    if origin is typing.Literal:
        return {"enum": list(typing.get_args(hint))}
    simple = {str: "string", bool: "boolean", int: "integer", float: "number"}
    if hint in simple:
        return {"type": [simple[hint], "string"] if hint in (int, float) else simple[hint]}
    if origin in (list, tuple) or hint in (list, tuple):
        return {"type": "array"}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object"}
    return {}
