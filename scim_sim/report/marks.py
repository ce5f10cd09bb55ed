"""Where the two sides of an exchange are marked: what is wrong, and what was sent for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scim_sim.report.evidence import attribute
from scim_sim.report.kept import Recorded, parsed
from scim_sim.report.model import Judgement, Mark
from scim_sim.report.names import idp_of, idp_title

__all__ = ["marks_of"]


def marks_of(findings: Iterable[Judgement], sent: Recorded | None, received: Recorded | None) -> tuple[Mark, ...]:
    """What is marked in the exchange for these findings; nothing where one side is missing."""
    marks: dict[tuple[str, str, str], Mark] = {}
    if sent is None or received is None:
        return ()
    body = parsed(received.response)
    asked = parsed(sent.request)
    for f in findings:
        if not f.pointer or not ({received.id, sent.id} & set(f.exchanges)):
            continue
        absent = f.pointer.startswith("/") and not _there(body, f.pointer)
        absent = absent or (f.pointer.lower().startswith("header:") and not _has_header(received, f.pointer[7:]))
        say = f"expected: {f.expected}" if f.expected else f.message
        if f.check == "engine":
            say = f"{idp_title(idp_of(f.voice), short=True)} takes this for a failure"
        key = (received.id, "received", f.pointer.lower())
        if not absent or (f.pointer.startswith("header:") or _there(body, f.pointer.rpartition("/")[0])):
            marks.setdefault(key, Mark(received.id, "received", f.pointer, say, absent))
        place = _sent_place(asked, f.pointer)
        if place:
            marks.setdefault((sent.id, "sent", place.lower()), Mark(sent.id, "sent", place, "this was sent"))
    return tuple(marks.values())


def _there(tree: Any, pointer: str) -> bool:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~").lower()
        if isinstance(tree, list) and name.isdigit() and int(name) < len(tree):
            tree = tree[int(name)]
        elif isinstance(tree, dict) and any(key.lower() == name for key in tree):
            tree = next(value for key, value in tree.items() if key.lower() == name)
        else:
            return False
    return True


def _has_header(received: Recorded, name: str) -> bool:
    return received.response is not None and any(h[0].lower() == name.lower() for h in received.response.headers)


def _sent_place(asked: Any, pointer: str) -> str:
    """Where the request speaks of the attribute: its own member, or the operation of a PATCH."""
    if not isinstance(asked, dict) or not pointer.startswith("/"):
        return ""
    name = attribute(pointer).partition(".")[0].lower()
    operations = next((value for key, value in asked.items() if key.lower() == "operations"), None)
    if isinstance(operations, list):
        for n, op in enumerate(operations):
            text = json.dumps(op, ensure_ascii=False).lower() if isinstance(op, dict) else ""
            if name and name in text:
                return f"/Operations/{n}"
        return ""
    return pointer if _there(asked, pointer) else ""
