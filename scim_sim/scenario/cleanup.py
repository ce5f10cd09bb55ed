"""Remove what a run has created, prove that it is gone, and say what is left.

Groups go before users. Where the target cannot delete, the account is switched off. Every deletion is proved: by reading
the resource, or, of a crowd, by reading some and by a search that has shown every one of them before. At the end the target
is searched for the run mark, because a creation may have happened although no answer said so. Only resources that bear this
run's mark, or whose creation was answered, are touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scim_sim.directory.generate import RunMark
from scim_sim.events import LeftBehind
from scim_sim.flow import NoResponse
from scim_sim.scenario.harness import AskAll, harness_request, resources_in, search_by_name, search_for_mark
from scim_sim.scenario.ledger import Created, Ledger
from scim_sim.scim.urns import PATCH_OP
from scim_sim.wire import Request, Response

__all__ = ["clean_up"]

_PAGES = 20
_PAGE = 100
_ROUNDS = 3
_CROWD = 20
_READ = 8
_SILENT = "the target does not answer any more"
_WORTH_TRYING_AGAIN = (200, 202, 204, 404, 410, 429, 500, 502, 503, 504)


def clean_up(
    ledger: Ledger, ask_all: AskAll, *, sweep: bool = True, endpoints: Iterable[str] = ("/Users", "/Groups")
) -> list[LeftBehind]:
    """Delete or deactivate everything in the ledger; the result is what is still there."""
    left = _remove_all(ledger, ask_all)
    if any(rest.reason == _SILENT for rest in left):
        return left
    _look_up_suspects(ledger, ask_all)
    if sweep:
        for endpoint in dict.fromkeys((*endpoints, *ledger.counts)):
            _sweep(endpoint, ledger, ask_all)
    done = {(rest.kind, rest.resource_id) for rest in left}
    if any((_kind(created), created.id) not in done for created in ledger):
        left = _remove_all(ledger, ask_all)
    return left


def _remove_all(ledger: Ledger, ask_all: AskAll) -> list[LeftBehind]:
    """Groups first, then everything else, then users; what cannot be deleted is deactivated."""
    left: list[LeftBehind] = []
    for turn in (lambda c: c.endpoint == "/Groups", lambda c: c.endpoint not in ("/Groups", "/Users"), lambda c: True):
        rest = _delete([created for created in ledger if turn(created)], ledger, ask_all)
        if any(reason == _SILENT for reason in rest.values()):
            return [*left, *(_left(created, "unknown", _SILENT) for created in ledger)]
        left += _deactivate(rest, ask_all)
    return left


def _delete(pending: list[Created], ledger: Ledger, ask_all: AskAll) -> dict[Created, str]:
    """Delete and prove it; what is left comes with the reason."""
    stubborn: dict[Created, str] = {}
    last: dict[Created, str] = {}
    pending = [created for created in pending if ledger.owns(created.endpoint, created.id)]
    for _ in range(_ROUNDS):
        if not pending:
            break
        if not _probe(pending[0], ledger, ask_all, stubborn):
            return stubborn
        pending = [created for created in pending if ledger.owns(created.endpoint, created.id) and created not in stubborn]
        crowd = len(pending) > _CROWD and _all_are_listed(pending, ledger, ask_all)
        said = [answer for _, answer in ask_all([_request("DELETE", created, "clean up: delete") for created in pending])]
        last = {}
        proof = _prove_by_search(pending, ledger, ask_all) if crowd else _prove(pending, ask_all)
        for created, answer, gone in zip(pending, said, proof, strict=True):
            if gone:
                ledger.forget(created)
            elif isinstance(answer, Response) and answer.status not in _WORTH_TRYING_AGAIN:
                stubborn[created] = _said(answer)
            else:
                ledger.adopt(created.endpoint, {"id": created.id, "userName": created.name})
                last[created] = _said(answer)
        pending = list(last)
    stubborn.update({created: last[created] for created in pending})
    return stubborn


def _probe(created: Created, ledger: Ledger, ask_all: AskAll, stubborn: dict[Created, str]) -> bool:
    """Delete one alone first: where the target is dead or has no DELETE, the others need not be tried in vain."""
    [(_, answer)] = ask_all([_request("DELETE", created, "clean up: delete")])
    [gone] = _prove([created], ask_all)
    if gone:
        ledger.forget(created)
    elif isinstance(answer, NoResponse) and gone is None:
        stubborn[created] = _SILENT
        return False
    else:
        ledger.adopt(created.endpoint, {"id": created.id, "userName": created.name})
    return True


def _prove(pending: Sequence[Created], ask_all: AskAll) -> list[bool | None]:
    """Whether each is gone: read it, and see that it is not found; `None` where no answer came."""
    answers = ask_all([_request("GET", created, "clean up: prove it is gone") for created in pending])
    gone = [None if isinstance(answer, NoResponse) else answer.status in (404, 410) for _, answer in answers]
    unclear = [n for n, (_, a) in enumerate(answers) if isinstance(a, Response) and not a.ok and not gone[n] and pending[n].name]
    for number, (_, answer) in zip(unclear, ask_all([_by_name(pending[n]) for n in unclear]), strict=True):
        listed = isinstance(answer, Response) and answer.ok and answer.json_object() is not None
        ids = {resource.get("id") for resource in resources_in(answer)}
        gone[number] = listed and pending[number].id not in ids
    return gone


def _all_are_listed(pending: Sequence[Created], ledger: Ledger, ask_all: AskAll) -> bool:
    """Whether a search for the run mark shows every one of them, so that it can prove later that they are gone."""
    if len({created.endpoint for created in pending}) > 1:
        return False
    found = _search(pending[0].endpoint, ledger, ask_all, len(pending) + _CROWD)
    return found is not None and {created.id for created in pending} <= found


def _prove_by_search(pending: Sequence[Created], ledger: Ledger, ask_all: AskAll) -> list[bool | None]:
    """Whether each is gone: a few are read, and those that the search still shows; all where it is not answered."""
    found = _search(pending[0].endpoint, ledger, ask_all, len(pending) + _CROWD)
    few = pending[:: max(1, len(pending) // _READ)]
    if found is None or not all(_prove(few, ask_all)):
        return _prove(pending, ask_all)
    listed = [created for created in pending if created.id in found]
    read = dict(zip(listed, _prove(listed, ask_all), strict=True))
    return [read.get(created, True) for created in pending]


def _search(endpoint: str, ledger: Ledger, ask_all: AskAll, count: int) -> set[str] | None:
    """The ids of the resources that bear the scenario's mark, on one page; `None` where the target does not say."""
    answer = _ask_for_mark(endpoint, ledger.part, ask_all, count)
    if isinstance(answer, NoResponse) or not answer.ok or answer.json_object() is None:
        return None
    return {str(resource.get("id")) for resource in resources_in(answer)}


def _ask_for_mark(endpoint: str, mark: RunMark, ask_all: AskAll, count: int) -> Response | NoResponse:
    """The answer to a search for what bears the mark in its name."""
    [(_, answer)] = ask_all([search_for_mark(endpoint, mark, count, "clean up: search for the run mark")])
    return answer


def _by_name(created: Created) -> Request:
    """Where a read by id says neither yes nor no, the list may."""
    return search_by_name(created.endpoint, created.name, "clean up: prove it is gone")


def _deactivate(rest: dict[Created, str], ask_all: AskAll) -> list[LeftBehind]:
    """Switch off what cannot be deleted, and say in which state it stays."""
    accounts = [created for created in rest if created.endpoint != "/Groups"]
    patch = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    ask_all([_request("PATCH", created, "clean up: deactivate", patch) for created in accounts])
    inactive = _inactive(accounts, ask_all)
    others = {created: body for created, body in inactive.items() if body is not None and body.get("active") is not False}
    if others:
        ask_all([_request("PUT", c, "clean up: deactivate", {**body, "active": False}) for c, body in others.items()])
        inactive.update(_inactive(list(others), ask_all))
    states = {c: "deactivated" if (body or {}).get("active") is False else "still there" for c, body in inactive.items()}
    return [_left(created, states.get(created, "still there"), reason) for created, reason in rest.items()]


def _inactive(accounts: Sequence[Created], ask_all: AskAll) -> dict[Created, dict[str, Any] | None]:
    answers = ask_all([_request("GET", created, "clean up: prove it is inactive") for created in accounts])
    bodies = (a.json_object() if isinstance(a, Response) and a.ok else None for _, a in answers)
    return dict(zip(accounts, bodies, strict=True))


def _request(method: str, created: Created, label: str, body: Any = None) -> Request:
    return harness_request(method, f"{created.endpoint}/{created.id}", body=body, label=label)


def _kind(created: Created) -> str:
    return created.endpoint.strip("/").removesuffix("s")


def _look_up_suspects(ledger: Ledger, ask_all: AskAll) -> None:
    """Find by name what may have been created although the answer did not say so."""
    suspects = list(ledger.suspects)
    requests = [search_by_name(endpoint, name, "clean up: look for a suspect") for endpoint, name in suspects]
    for (endpoint, _), (_, answer) in zip(suspects, ask_all(requests), strict=True):
        for resource in resources_in(answer):
            ledger.adopt(endpoint, resource)
    ledger.suspects.clear()


def _sweep(endpoint: str, ledger: Ledger, ask_all: AskAll) -> None:
    """Search the collection for the run mark: by filter, or page by page where the filter is refused or ignored."""
    answer = _ask_for_mark(endpoint, ledger.mark, ask_all, _PAGE)
    found = resources_in(answer)
    if isinstance(answer, NoResponse) or answer.status in (401, 402, 403, 404, 501):
        return
    if answer.ok:
        for resource in found:
            ledger.adopt(endpoint, resource)
        if all(ledger.mark.marks(_name(resource)) for resource in found) and len(found) < _PAGE:
            return
    if not ledger.counts.get(endpoint):
        return
    for page in range(_PAGES):
        query = {"startIndex": page * _PAGE + 1, "count": _PAGE}
        [(_, answer)] = ask_all([harness_request("GET", endpoint, query=query, label="clean up: search page by page")])
        found = resources_in(answer)
        for resource in found:
            ledger.adopt(endpoint, resource)
        if not found or page * _PAGE + len(found) >= _total(answer):
            return


def _left(created: Created, state: str, reason: str) -> LeftBehind:
    return LeftBehind(_kind(created), created.id, created.name, state, reason)


def _total(response: Response | NoResponse) -> int:
    body = (response.json_object() if isinstance(response, Response) else None) or {}
    total = body.get("totalResults")
    return total if isinstance(total, int) else 0


def _name(resource: dict[str, Any]) -> str:
    value = resource.get("userName") or resource.get("displayName") or ""
    return value if isinstance(value, str) else ""


def _said(response: Response | NoResponse) -> str:
    return f"DELETE was answered with {response.status}" if isinstance(response, Response) else "DELETE was not answered"
