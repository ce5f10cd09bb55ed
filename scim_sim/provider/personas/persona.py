"""What a persona is: an embedded provider that behaves like a product, with its switches and its whole host.

A persona's switches are a frozen dataclass; each field says what it does, who says so and how sure that is. A `Product` is
the persona at work: its SCIM endpoint under the product's own base path, and beside it whatever else of the product
matters to provisioning, such as the administrator's page for the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Protocol, TypeVar

from scim_sim.clock import Clock
from scim_sim.errors import UsageError
from scim_sim.provider.app import Provider
from scim_sim.registry import Registry, nearest
from scim_sim.wire import Request, Response

__all__ = ["PERSONAS", "Persona", "Product", "configured", "like", "switch"]

S = TypeVar("S")
Confidence = str
_CONFIDENCES: Final = ("read", "tested", "reported", "documented", "inferred")


def switch(default: Any, doc: str, source: str, confidence: str) -> Any:
    """A field of a persona's switches: its default, one sentence, where the fact comes from, and how sure it is."""
    assert confidence in _CONFIDENCES, confidence
    meta = {"doc": doc, "source": source, "confidence": confidence}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=meta)
    return field(default=default, metadata=meta)


def configured(switches: S, values: Mapping[str, Any]) -> S:
    """The switches with some values replaced; raises `UsageError` for an unknown name or a value of another type."""
    known = {f.name for f in fields(switches)}  # type: ignore[arg-type]
    for name, value in values.items():
        if name not in known:
            raise UsageError(f'unknown switch "{name}"{nearest(name, known)}')
        present = getattr(switches, name)
        if type(present) is not type(value) and not (isinstance(present, tuple) and isinstance(value, list)):
            raise UsageError(f'the switch "{name}" takes a {type(present).__name__}, not {value!r}')
    fitted = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return replace(switches, **fitted)  # type: ignore[type-var]


class Product:
    """A persona at work on its whole host; `provider` is its SCIM endpoint alone, for runs without a socket.

    `token` is the one that opens it now, `other_tokens` belong to accounts that may not use SCIM, `enabled` tells whether
    SCIM is switched on, `admin` is what the administrator's pages take for a session. `outside` answers what is not under
    the base path.
    """

    def __init__(self, provider: Provider, base_path: str, token: str, make_token: Callable[[], str]) -> None:
        self.provider = provider
        self.base_path = base_path
        self.token = token or make_token()
        self.other_tokens: dict[str, str] = {}
        self.enabled = True
        self.admin = make_token()
        self.outside: Callable[[Request], Response] = lambda request: Response(404)
        self._make_token = make_token
        self._base_url = provider.base_url.removesuffix(base_path)

    @property
    def base_url(self) -> str:
        """The address of the host; the SCIM endpoint is at `base_url + base_path`."""
        return self._base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._base_url = value.rstrip("/")
        self.provider.base_url = self._base_url + self.base_path

    def rotate(self) -> str:
        """Give SCIM a new token and return it; the old one is dead at once."""
        self.token = self._make_token()
        return self.token

    def handle(self, request: Request) -> Response:
        """Answer one request whose path begins at the host."""
        path = request.path
        if path == self.base_path or path.startswith(self.base_path + "/"):
            return self.provider.handle(replace(request, path=path[len(self.base_path) :]))
        return self.outside(request)


class Build(Protocol):
    """What makes a product from its switches."""

    def __call__(self, switches: Any, token: str, clock: Clock | None, seed: int | None) -> Product:
        """A product with that token, or one of its own making when the token is empty."""
        ...


@dataclass(frozen=True, slots=True)
class Persona:
    """A product the embedded provider can be like; `variants` maps a version to the switches in which it differs."""

    name: str
    title: str
    base_path: str
    switches: Any
    build: Build
    variants: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)


PERSONAS: Registry[Persona] = Registry("persona")


def like(
    name: str, *, token: str = "", clock: Clock | None = None, seed: int | None = None, values: Mapping[str, Any] | None = None
) -> Product:
    """The product of that name (`metabase:v1` for a version) with these values for its switches; raises `UsageError`."""
    stem, _, variant = name.partition(":")
    persona = PERSONAS.get(stem)
    if variant and variant not in persona.variants:
        raise UsageError(f'the persona {stem} has no variant "{variant}"{nearest(variant, persona.variants)}')
    own = persona.variants[variant][1] if variant else {}
    return persona.build(configured(configured(persona.switches, own), values or {}), token, clock, seed)
