"""Does the target hold what the identity provider believes to have brought about? The question that decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be in the target, as its identity provider sees it.

    `kind` is `user` or `group`, `key` the person or team in the directory, `name` its userName or displayName.
    `resource` is SCIM-shaped and holds only what the IdP set and cares for; `members` are resource ids, those in
    `tolerated` may be there without being wrong. `absent` means that it should be gone; `wrote` names the exchanges
    that last wrote it.
    """

    kind: Literal["user", "group"]
    key: str
    voice: str
    name: str = ""
    resource_id: str | None = None
    active: bool = True
    absent: bool = False
    resource: Mapping[str, Any] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    wrote: tuple[str, ...] = ()
