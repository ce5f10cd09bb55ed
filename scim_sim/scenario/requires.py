"""Whether a scenario or step applies to a target: `requires:` and `when:` in scenario files."""

from __future__ import annotations

from collections.abc import Iterable

from scim_sim.errors import UsageError
from scim_sim.idp import ENGINES
from scim_sim.idp.engine import Engine
from scim_sim.registry import nearest
from scim_sim.scim.declared import FEATURES, Declared
from scim_sim.target.profile import Profile

__all__ = ["CONDITIONS", "unmet"]

CONDITIONS = {
    **{name: f"the target supports {name}" for name in FEATURES},
    "groups": "the target has Groups, and this identity provider pushes them",
    "memberships": "the target's users have the attribute groups, as far as its schemas say",
    "enterprise": "the target has the enterprise extension",
    "config": "ServiceProviderConfig can be read",
    "types": "ResourceTypes can be read",
    "schemas": "Schemas can be read",
    "cursor": "the target pages by cursor (RFC 9865)",
    "token": "the run has credentials",
    "bearer": "the run has a bearer token",
    **{name: f"the identity provider is {ENGINES.get(name).title}" for name in ENGINES.names()},
    "rotation": "the token can be replaced: --rotate-command, or --old-token-env for one that is retired",
}
"""The words of `requires` and `when`; `no` in front of one turns it round."""

_DOCUMENTS = {"config": "ServiceProviderConfig", "types": "ResourceTypes", "schemas": "Schemas"}


def unmet(
    conditions: Iterable[str],
    declared: Declared,
    profile: Profile,
    engine: Engine | None,
    scheme: str = "Bearer",
    *,
    rotates: bool = False,
) -> str:
    """The reason why the first unmet condition does not hold, or the empty string when all do.

    `scheme` is that of the run's credentials, empty when it has none; `rotates` tells whether they can be replaced.
    """
    for condition in conditions:
        negated = condition.startswith("no ")
        name = condition.removeprefix("no ").strip()
        if name not in CONDITIONS:
            raise UsageError(f'unknown condition "{condition}"{nearest(name, CONDITIONS)}')
        if name == "rotation":
            reason = "" if rotates else "no way to replace the token was given"
        else:
            reason = _credentials(name, scheme) if name in ("token", "bearer") else _unmet(name, declared, profile, engine)
        if negated and not reason:
            return f"only where this does not hold: {CONDITIONS[name]}"
        if reason and not negated:
            return reason
    return ""


def _credentials(name: str, scheme: str) -> str:
    if not scheme:
        return "the target is used without credentials"
    return f"the target takes {scheme} credentials" if name == "bearer" and scheme != "Bearer" else ""


def _unmet(name: str, declared: Declared, profile: Profile, engine: Engine | None) -> str:
    if name in ENGINES:
        return "" if engine is not None and engine.name == name else f"only under {ENGINES.get(name).title}"
    if name in FEATURES:
        said = declared.supports(name)
        return f"ServiceProviderConfig says that {name} is not supported" if said is False else ""
    if name == "groups":
        if not declared.has_groups():
            return "ResourceTypes lists no Group"
        if engine is not None and not engine.setting.groups:
            return f"{engine.title} does not push groups to this target"
        return ""
    if name == "memberships":
        return "the User schema has no attribute groups" if declared.lacks("/Users", "groups") else ""
    if name == "enterprise":
        return "" if declared.has_enterprise() else "the User resource type does not list the enterprise extension"
    if name in _DOCUMENTS:
        return "" if _DOCUMENTS[name] in declared.known else f"{_DOCUMENTS[name]} cannot be read"
    return "" if declared.cursor else "ServiceProviderConfig does not announce cursor paging"
