"""Stop before harm: no more new accounts than allowed, no more people switched off than allowed.

The guard stands before the transport. What it stops was not sent; the run ends, cleans up, and says why.
"""

from __future__ import annotations

from scim_sim.drivers.drive import Transport
from scim_sim.errors import GuardStopped
from scim_sim.wire import NotJson, Request, Response

__all__ = ["Guard", "switches_off"]


class Guard:
    """A `Transport` that sends while the run keeps to its limits, and raises `GuardStopped` before it would not.

    `most` is the number of accounts that may be created, `share` the part (0 to 1) of the run's accounts that identity
    providers may switch off or delete; what the harness does with its own accounts is not counted. After a stop the guard
    stands aside, so that the run can clean up.
    """

    def __init__(self, transport: Transport, *, most: int | None = None, share: float | None = None) -> None:
        self._transport = transport
        self._most = most
        self._share = share
        self._created = 0
        self._accounts: set[str] = set()
        self._off: set[str] = set()
        self._open = False

    def send(self, request: Request) -> Response:
        """The answer; raises `GuardStopped` without sending when a limit would be passed."""
        if not self._open:
            self._look(request)
        response = self._transport.send(request)
        if request.method == "POST" and response.ok and request.path == "/Users":
            self._created += 1
            id = (response.json_object() or {}).get("id")
            if isinstance(id, str):
                self._accounts.add(id)
        return response

    def _look(self, request: Request) -> None:
        creates = request.method == "POST" and request.path == "/Users"
        if self._most is not None and creates and self._created >= self._most:
            self._open = True
            raise GuardStopped(
                f"stopped: {self._created} accounts were created, and one more was about to be ({request.label})",
                "raise --limit, or choose a smaller scenario",
            )
        id = switches_off(request)
        if self._share is None or not id or not self._accounts or (request.header("user-agent") or "").startswith("scim-sim/"):
            return
        off = len(self._off | {id})
        if off > self._share * len(self._accounts):
            self._open = True
            raise GuardStopped(
                f"stopped: {off} of {len(self._accounts)} accounts were about to be switched off, more than {self._share:.0%}",
                "look at what the identity provider believes; raise --max-deactivations if that is right",
            )
        self._off.add(id)


def switches_off(request: Request) -> str:
    """The id of the account that the request deletes or deactivates, or the empty string."""
    kind, _, id = request.path.strip("/").partition("/")
    if kind != "Users" or not id:
        return ""
    if request.method == "DELETE":
        return id
    if request.method not in ("PUT", "PATCH"):
        return ""
    try:
        body = request.json()
    except NotJson:
        return ""
    if not isinstance(body, dict):
        return ""
    if request.method == "PUT":
        return id if _false(body.get("active")) else ""
    operations = body.get("Operations") or body.get("operations")
    for operation in operations if isinstance(operations, list) else ():
        if not isinstance(operation, dict) or str(operation.get("op", "")).lower() == "remove":
            continue
        path, value = operation.get("path"), operation.get("value")
        said = value if isinstance(path, str) and path.rpartition(":")[2].lower() == "active" else None
        if path is None and isinstance(value, dict):
            said = next((item for key, item in value.items() if key.lower() == "active"), None)
        if _false(said):
            return id
    return ""


def _false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.lower() == "false")
