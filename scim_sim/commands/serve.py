"""The command `serve`: the embedded service provider on a real socket."""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Callable
from typing import Any

import yaml

from scim_sim.errors import UsageError
from scim_sim.provider import Provider, serve
from scim_sim.wire import Request, Response

__all__ = ["serve_command"]


def serve_command(
    host: str,
    port: int,
    token_env: str,
    base_path: str,
    defects: tuple[str, ...],
    variants: tuple[str, ...],
    seed: int | None,
    quiet: bool,
    like: str = "",
    switches: tuple[str, ...] = (),
) -> None:
    """Serve until Ctrl-C; prints the URL, and a token when none was given."""
    token = os.environ.get(token_env, "") if token_env else ""
    if token_env and not token:
        raise UsageError(f"the environment variable {token_env} is not set")
    made = not token
    token = token or secrets.token_urlsafe(16)
    if like:
        serve_persona(like, switches, host, port, "" if made else token, seed, quiet)
        return
    provider = Provider(token=token, seed=seed, changes=[*_named("variant", variants), *_named("defect", defects)])
    try:
        serving = serve(provider, host, port, base_path=base_path, log=None if quiet else _log)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", "choose another --port") from None
    with serving:
        print(f"serving {serving.url}", flush=True)
        if made:
            print(f"token {token}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


def serve_persona(name: str, switches: tuple[str, ...], host: str, port: int, token: str, seed: int | None, quiet: bool) -> None:
    """Serve the whole host of a product until Ctrl-C; prints the SCIM URL, the token and the administrator's session."""
    from scim_sim.provider.personas import like

    product = like(name, token=token, seed=seed, values=_values(switches))
    try:
        serving = serve(product, host, port, base_path="", log=None if quiet else _log)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", "choose another --port") from None
    with serving:
        print(f"serving {serving.url}{product.base_path}", flush=True)
        if not token:
            print(f"token {product.token}", flush=True)
        print(f"admin {product.admin}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


def _values(switches: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in switches:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f'"{text}" is no switch', "write name=value, for example enabled=false")
        found[name.strip()] = yaml.safe_load(value)
    return found


def _named(kind: str, names: tuple[str, ...]) -> list[Callable[[Provider], None]]:
    if not names:
        return []
    from scim_sim.provider import defects, variants

    registry = defects.DEFECTS if kind == "defect" else variants.VARIANTS
    return [registry.get(name).apply for name in names]


def _log(request: Request, response: Response, seconds: float) -> None:
    agent = request.header("user-agent") or "-"
    print(f"{request.method} {request.target} {response.status} {seconds * 1000:.1f} ms {agent}", file=sys.stderr, flush=True)
