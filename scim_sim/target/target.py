"""A service provider to exercise: where it is, how to be let in, how long to wait."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scim_sim.errors import UsageError
from scim_sim.target.profile import GENERIC, Profile
from scim_sim.wire import PATIENCE

__all__ = ["Auth", "Target"]


@dataclass(frozen=True, slots=True)
class Auth:
    """Credentials: `scheme` is `Bearer`, `Basic` (secret `user:password`) or `none`; the secret never shows in a repr."""

    scheme: str = "Bearer"
    secret: str = field(default="", repr=False)

    @property
    def header(self) -> str | None:
        """The value of the Authorization header, or `None` without credentials."""
        if self.scheme == "none" or not self.secret:
            return None
        if self.scheme == "Basic":
            return "Basic " + base64.b64encode(self.secret.encode()).decode()
        return f"{self.scheme} {self.secret}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        if not self.secret:
            return ()
        parts = (self.secret, base64.b64encode(self.secret.encode()).decode())
        return (*parts, self.secret.partition(":")[2]) if self.scheme == "Basic" else parts


@dataclass(frozen=True, slots=True)
class Target:
    """A service provider: `base_url` without trailing slash, `verify` as in requests.

    `timeout` are the seconds that anybody waits for an answer at most.
    """

    base_url: str
    auth: Auth = Auth()
    profile: Profile = GENERIC
    timeout: float = PATIENCE
    verify: bool | str = True
    name: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f'"{_without_userinfo(self.base_url)}" is not the URL of a SCIM endpoint',
                "give the base URL with its scheme, for example https://app.example.test/scim/v2",
            )
        if parts.username or parts.password:
            raise UsageError("the target URL holds a user name or password", "pass the secret with --token-env NAME")
        if parts.fragment or (parts.query and parts.query != "aadOptscim062020"):
            raise UsageError(f'"{self.base_url}" has a query or fragment', "give the base URL alone")
        object.__setattr__(self, "base_url", self.base_url.partition("?")[0].rstrip("/"))


def _without_userinfo(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('//')[0]}//***@{tail}" if at else url
