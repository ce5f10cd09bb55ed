"""The exchanges packed into the page: an index column by column, and chunks of full exchanges, gzip in base64.

Data blocks are no scripts: a browser neither parses nor runs them. The page unpacks what somebody looks at.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.report.kept import Recorded
from scim_sim.report.model import Mark
from scim_sim.report.pane import BODY_SHOWN

__all__ = ["CHUNK", "LIMIT", "Packed", "pack"]

CHUNK: Final = 500
LIMIT: Final = 11_500_000
"""Characters of all blocks together; above it bodies of exchanges that show nothing wrong are left out."""


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
    dropped = 0
    chunks: list[str] = []
    for keep in _levels(exchanges, verdicts):
        chunks, dropped = [], sum(not keep(x) for x in exchanges)
        total = 0
        for start in range(0, len(exchanges), CHUNK):
            part = exchanges[start : start + CHUNK]
            chunks.append(_block([_full(x, causes, by_exchange.get(x.id, ()), keep(x)) for x in part]))
            total += len(chunks[-1])
            if total > LIMIT:
                break
        if total <= LIMIT:
            break
    return Packed(_block(_index(exchanges, causes, verdicts)), tuple(chunks), dropped)


def _levels(exchanges: Sequence[Recorded], verdicts: Mapping[str, str]) -> Iterator[Any]:
    """What to keep with bodies, ever less: all; no passing reads; nothing passing; nothing known."""
    reads = ("GET", "HEAD")
    yield lambda x: True
    yield lambda x: x.id in verdicts or x.request.method not in reads
    yield lambda x: x.id in verdicts
    yield lambda x: verdicts.get(x.id, "known") != "known"


def _index(exchanges: Sequence[Recorded], causes: Mapping[str, str], verdicts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": [x.id for x in exchanges],
        "e": [x.voice for x in exchanges],
        "m": [x.request.method for x in exchanges],
        "p": [x.request.target[:300] for x in exchanges],
        "st": [x.response.status if x.response else 0 for x in exchanges],
        "v": [verdicts.get(x.id, "") for x in exchanges],
        "rc": [causes.get(x.id, "") for x in exchanges],
        "l": [f"{x.scenario} {x.step}".strip() for x in exchanges],
        "n": [x.label for x in exchanges],
    }


def _full(x: Recorded, causes: Mapping[str, str], marks: Sequence[Mark], bodies: bool) -> dict[str, Any]:
    request, response = x.request, x.response
    return {
        "at": x.at,
        "ms": x.ms,
        "try": x.attempt,
        "rh": request.headers,
        "q": request.target if len(request.target) > 300 else "",
        "rb": _shown(request.body, bodies),
        "rs": request.size,
        "sh": response.headers if response else (),
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
    return base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode("ascii")
