"""The exchanges packed into the page: an index column by column, and chunks of full exchanges, gzip in base64.

Data blocks are no scripts: a browser neither parses nor runs them. The page unpacks what somebody looks at.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.report.kept import Recorded
from scim_sim.report.model import Mark
from scim_sim.report.pane import BODY_SHOWN

__all__ = ["CHUNK", "LIMIT", "Packed", "pack"]

CHUNK: Final = 500
LIMIT: Final = 12_000_000
"""Characters of all blocks together; above it bodies of exchanges that show nothing wrong are left out, then headers."""

PATH: Final = 160
SAMPLE: Final = 12
READS: Final = frozenset({"GET", "HEAD"})
Keep = Callable[[Recorded], bool]


@dataclass(frozen=True, slots=True)
class Packed:
    """The blocks of a page, and how many exchanges stand in it without their bodies."""

    index: str
    chunks: tuple[str, ...]
    dropped: int


def pack(exchanges: Sequence[Recorded], causes: Mapping[str, str], verdicts: Mapping[str, str], marks: Sequence[Mark]) -> Packed:
    """The exchanges, packed; `causes` and `verdicts` say by exchange id which root cause it shows and how bad that is."""
    by_exchange: dict[str, list[Mark]] = {}
    for mark in marks:
        by_exchange.setdefault(mark.exchange, []).append(mark)
    index = _block(_index(exchanges, causes, verdicts))
    parts = [exchanges[start : start + CHUNK] for start in range(0, len(exchanges), CHUNK)]
    chunks: list[str] = []
    dropped = 0
    for bodies, headers in _levels(verdicts):

        def packed(part: Sequence[Recorded], bodies: Keep = bodies, headers: Keep = headers) -> str:
            return _block([_full(x, causes, by_exchange.get(x.id, ()), bodies(x), headers(x)) for x in part])

        if headers is not bodies and len(index) + _estimate(parts, packed) > LIMIT:
            continue
        chunks, dropped = [packed(part) for part in parts], sum(not bodies(x) for x in exchanges)
        if len(index) + sum(map(len, chunks)) <= LIMIT:
            break
    return Packed(index, tuple(chunks), dropped)


def _estimate(parts: Sequence[Sequence[Recorded]], packed: Callable[[Sequence[Recorded]], str]) -> float:
    """How long all blocks will be, from some of them."""
    some = parts[:: max(1, len(parts) // SAMPLE)]
    return sum(len(packed(part)) for part in some) / max(1, len(some)) * len(parts)


def _levels(verdicts: Mapping[str, str]) -> Iterator[tuple[Keep, Keep]]:
    """What keeps its body and its headers, ever less: all; not passing reads; nothing passing; nothing known."""

    def every(x: Recorded) -> bool:
        return True

    def no_reads(x: Recorded) -> bool:
        return x.id in verdicts or x.request.method not in READS

    def evidence(x: Recorded) -> bool:
        return x.id in verdicts

    def new(x: Recorded) -> bool:
        return verdicts.get(x.id, "known") != "known"

    yield from ((bodies, every) for bodies in (every, no_reads, evidence, new))
    yield new, new


def _index(exchanges: Sequence[Recorded], causes: Mapping[str, str], verdicts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": [x.id for x in exchanges],
        "e": [x.voice for x in exchanges],
        "m": [x.request.method for x in exchanges],
        "p": [x.request.target[:PATH] for x in exchanges],
        "st": [x.response.status if x.response else 0 for x in exchanges],
        "v": [verdicts.get(x.id, "") for x in exchanges],
        "rc": [causes.get(x.id, "") for x in exchanges],
        "l": [f"{x.scenario} {x.step}".strip() for x in exchanges],
        "n": [x.label if x.attempt == 1 else f"{x.label or x.request.method}, attempt {x.attempt}" for x in exchanges],
    }


def _full(x: Recorded, causes: Mapping[str, str], marks: Sequence[Mark], bodies: bool, headers: bool) -> dict[str, Any]:
    request, response = x.request, x.response
    return {
        "at": x.at,
        "ms": x.ms,
        "rh": request.headers if headers else (),
        "q": request.target if len(request.target) > PATH else "",
        "rb": _shown(request.body, bodies),
        "rs": request.size,
        "sh": response.headers if response and headers else (),
        "sr": response.reason if response else "",
        "sb": _shown(response.body, bodies) if response else None,
        "ss": response.size if response else 0,
        "f": f"{x.failure.kind}: {x.failure.message}" if x.failure else "",
        "rc": causes.get(x.id, ""),
        "k": [[m.side[0], m.pointer, m.say, int(m.missing)] for m in marks],
    }


def _shown(body: str | None, kept: bool) -> str | None:
    return body[:BODY_SHOWN] if body is not None and kept else None


def _block(value: Any) -> str:
    raw = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(raw, 6, mtime=0)).decode("ascii")
