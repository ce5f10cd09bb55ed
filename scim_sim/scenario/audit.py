"""Evidence: one line per request in `events.jsonl`, each holding the hash of the one before.

A line is a JSON object: `at` is the time of the run's clock, `recorded` the time of day. `hash` is the SHA-256 of the
line without it, `previous` the hash of the line before; so a line that is changed, removed or moved breaks the chain,
while a file that ends early, after a crash, is whole up to its last line. Every line is handed to the system at once, so
that a crash of ours loses none; it is forced to the disk every second and at the end of a run. Nothing in it is secret:
exchanges are redacted before anybody sees them, and a body is kept as its hash alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from scim_sim.clock import iso
from scim_sim.errors import UsageError
from scim_sim.events import Event, ExchangeMade, RunEnded, RunStarted
from scim_sim.wire import Exchange

__all__ = ["AUDIT_FILE", "AuditLog", "Broken", "verify_log"]

AUDIT_FILE: Final = "events.jsonl"
_START: Final = "0" * 64
_TAIL: Final = 1 << 20


class AuditLog:
    """An observer of events that appends to the file; leaving the `with` block closes it.

    Entering it raises `UsageError` when the file cannot be written.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._forced = 0.0
        self._file: IO[bytes] | None = None
        self._previous = _START
        self._number = 0

    def __enter__(self) -> AuditLog:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if self._path.exists():
                self._previous, self._number = _last(self._path)
            self._file = self._path.open("ab")
        except OSError as error:
            raise UsageError(f"{self._path} cannot be written: {error.strerror}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()

    def add(self, event: Event) -> None:
        """Append a line for a request, and for the beginning and the end of a run."""
        match event:
            case RunStarted():
                self._write({"at": iso(event.at), "event": "run started", "target": event.base_url, "run": event.mark})
            case ExchangeMade():
                self._write(_entry(event.exchange))
            case RunEnded():
                how = "interrupted" if event.interrupted else event.error or "complete"
                self._write({"at": iso(event.at), "event": "run ended", "outcome": how})
            case _:
                pass

    def _write(self, row: dict[str, Any]) -> None:
        if self._file is None:
            raise AssertionError("the audit log is not open")
        self._number += 1
        now = self._now()
        line = {"number": self._number, **row, "recorded": iso(now), "previous": self._previous}
        text = _text(line)
        self._previous = hashlib.sha256(text).hexdigest()
        self._file.write(text[:-2] + b',"hash":"' + self._previous.encode() + b'"}\n')
        self._file.flush()
        if now - self._forced >= 1 or row["event"] != "request":
            os.fsync(self._file.fileno())
            self._forced = now


def _entry(exchange: Exchange) -> dict[str, Any]:
    """What happened, to whom, by whom, with which outcome."""
    request, response = exchange.request, exchange.response
    kind, _, id = request.path.strip("/").partition("/")
    return {
        "at": iso(exchange.at),
        "event": "request",
        "id": exchange.id,
        "idp": exchange.voice,
        "scenario": exchange.scenario,
        "step": exchange.step,
        "verb": request.method,
        "object": kind,
        "object_id": id or (_id(exchange) if request.method == "POST" else ""),
        "purpose": request.label,
        "status": response.status if response is not None else None,
        "outcome": "answered" if response is not None else exchange.failure.kind if exchange.failure else "no answer",
        "ms": round(exchange.elapsed * 1000, 1),
        "request_id": _request_id(exchange),
        "body_sha256": hashlib.sha256(request.body).hexdigest() if request.body else "",
    }


def _id(exchange: Exchange) -> str:
    body = exchange.response.json_object() if exchange.response is not None else None
    value = (body or {}).get("id")
    return value if isinstance(value, str) else ""


def _request_id(exchange: Exchange) -> str:
    """The number under which the target's own log has the request, where it says one."""
    names = ("x-request-id", "request-id", "x-correlation-id", "x-ms-request-id")
    found = (exchange.response.header(name) for name in names) if exchange.response is not None else ()
    return next((value for value in found if value), "")


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain breaks: the line, from 1, and what is wrong there."""

    line: int
    message: str


def verify_log(path: Path) -> tuple[int, Broken | None]:
    """How many lines of the log hold together, and the first that does not; raises `OSError` when it cannot be read.

    A last line without its end is what a crash leaves: it is named, and everything before it holds.
    """
    previous, good = _START, 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            said = _fault(raw, number, previous)
            if isinstance(said, Broken):
                return good, said
            previous, good = said, number
    return good, None


def _fault(raw: bytes, number: int, previous: str) -> str | Broken:
    """The hash of the line, or what is wrong with it."""
    try:
        line = json.loads(raw)
        claimed = line.pop("hash")
    except (ValueError, AttributeError, KeyError):
        cut = not raw.endswith(b"\n")
        return Broken(number, "the line was cut off; the log ends before it" if cut else "the line is no entry")
    if line.get("previous") != previous:
        return Broken(number, "a line before it was removed, added or moved")
    if _hash(line) != claimed:
        return Broken(number, "the line was changed")
    return Broken(number, "the lines are not numbered one by one") if line.get("number") != number else str(claimed)


def _last(path: Path) -> tuple[str, int]:
    """Hash and number of the last whole line; a line that was cut off is taken away."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    whole = tail.rpartition(b"\n")[0]
    if not tail.endswith(b"\n"):
        os.truncate(path, size - len(tail) + len(whole) + bool(whole))
    for raw in reversed(whole.split(b"\n")):
        try:
            line = json.loads(raw)
            return str(line["hash"]), int(line["number"])
        except (ValueError, KeyError, TypeError):
            continue
    return _START, 0


def _hash(line: dict[str, Any]) -> str:
    return hashlib.sha256(_text(line)).hexdigest()


def _text(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
