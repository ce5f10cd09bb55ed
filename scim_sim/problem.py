"""What a check found wrong, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be.

    `message` is a clause in the present tense; `expected` and `actual` are short and concrete; `pointer` is the JSON
    pointer (RFC 6901) into the response body, `http` for the status line, `header:Name` for a header, or empty.
    `exchange` names the exchange that shows it, where that is not the one being judged.
    """

    message: str
    expected: str = ""
    actual: str = ""
    pointer: str = ""
    exchange: str = ""
