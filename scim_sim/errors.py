"""Our own errors; the type says who is to act, and the exit code follows from it.

    ScimSimError
    ├── UsageError          the caller: option, suite, IdP, profile, configuration   exit 2
    │   └── ScenarioError   the author of a scenario file, with its place            exit 2
    ├── TargetUnreachable   the network, the address, the credentials                exit 3
    ├── GuardStopped        a limit the caller has set was about to be passed        exit 5
    └── InternalError       us                                                       exit 4

What a service provider answers is never an error of ours: it is an exchange, and perhaps a finding.
"""

from __future__ import annotations

__all__ = ["GuardStopped", "InternalError", "ScenarioError", "ScimSimError", "TargetUnreachable", "UsageError"]


class ScimSimError(Exception):
    """The root: `exit_code` is what the command returns, `hint` the next step where there is one."""

    exit_code = 4

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ScimSimError):
    """An option, name or file that the caller gave cannot be used."""

    exit_code = 2


class ScenarioError(UsageError):
    """A scenario file is wrong at one place: `path`, `line` and `column` from 1, and the source line for the caret."""

    def __init__(
        self, message: str, *, path: str = "", line: int = 0, column: int = 0, source: str = "", width: int = 1, hint: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.line = line
        self.column = column
        self.source = source
        self.width = width

    def render(self) -> str:
        """The message with file, line and caret, the way compilers show it."""
        lines = [f"error: {self.message}"]
        if self.path:
            lines.append(f"  --> {self.path}:{self.line}:{self.column}")
        if self.source and self.line:
            margin = len(str(self.line))
            lines.append(f"{self.line} | {self.source}")
            caret = " " * (self.column - 1) + "^" * max(1, self.width)
            lines.append(f"{' ' * margin} | {caret}{' ' + self.hint if self.hint else ''}")
        elif self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class TargetUnreachable(ScimSimError):
    """The target cannot be reached or refuses the credentials."""

    exit_code = 3


class GuardStopped(ScimSimError):
    """The run was about to pass a limit the caller has set; what would have passed it was not sent."""

    exit_code = 5


class InternalError(ScimSimError):
    """A mistake of ours; it is shown with its traceback."""

    exit_code = 4
