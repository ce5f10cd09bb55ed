"""Raw requests in the harness's voice: probes that QA can read and copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scim_sim.checks.filtering import read_query
from scim_sim.scenario.harness import encode_query, harness_headers
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.wire import CREDENTIALS, SPELLINGS, Headers, Request, json_body

__all__ = ["build_request"]


@step("request")
def request(
    stage: Stage,
    method: str,
    path: str,
    query: str | dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    body: Any = None,
    raw: str | None = None,
    auth: str = "yes",
    times: int = 1,
    parallel: bool = False,
) -> None:
    """Send one request, as often as `times` says, one after another or in `parallel`.

    `query` is a mapping (percent-encoded) or the raw text after the question mark. `headers` are added; a null removes one
    of the harness's own. `body` is sent as JSON, `raw` as it stands. `auth` is `yes`, `none`, or the header value to send;
    `lower`, `upper`, `half`, `longer` and `swapped` are the run's credentials spelled otherwise, cut or lengthened.
    `<token>` in a query stands for the run's secret.
    """
    _must_be_stored_as_sent(stage, path, stage.fill(query), stage.fill(body))
    made = [
        build_request(stage, method=method, path=path, query=query, headers=headers, body=body, raw=raw, auth=auth, turn=turn)
        for turn in range(1, times + 1)
    ]
    if parallel:
        stage.ask_at_once(made)
    else:
        for one in made:
            stage.ask(one)


def _must_be_stored_as_sent(stage: Stage, path: str, query: Any, body: Any) -> None:
    """Raise `NotApplicable` when the filter is about values that the target declares to decide itself."""
    endpoint = f"/{path.strip('/').partition('/')[0]}"
    asked = query if isinstance(query, Mapping) else body if path.endswith("/.search") and isinstance(body, Mapping) else {}
    found = read_query(str(asked.get("filter") or ""))
    for leaf in found.leaves if found is not None else ():
        if stage.declared.computes(endpoint, leaf.path.name):
            raise NotApplicable(f"the target decides {leaf.path.name} itself")


def build_request(
    stage: Stage,
    *,
    method: str,
    path: str,
    query: str | Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    body: Any = None,
    raw: str | None = None,
    auth: str = "yes",
    turn: int = 1,
) -> Request:
    """The request of a step with its variables filled in; `${turn}` counts repetitions from 1."""
    stage.values["turn"] = turn
    filled_path = _encoded_path(stage, path)
    filled_query = stage.fill(query)
    text = filled_query if isinstance(filled_query, str) or filled_query is None else encode_query(filled_query)
    content: bytes | None = None
    if raw is not None:
        content = str(stage.fill(raw)).encode("utf-8", "surrogatepass")
    elif body is not None:
        content = json_body(stage.fill(body))
    return Request(
        method.upper(), filled_path, text, _headers(stage, headers, auth, content is not None), content, stage.step.title
    )


def _encoded_path(stage: Stage, path: str) -> str:
    """The path with its variables percent-encoded as segments."""
    pieces = path.split("${")
    filled = pieces[0]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}")
        filled += quote(str(stage.fill("${" + name + "}")), safe="-._~") + rest
    return filled if filled.startswith("/") or not filled else f"/{filled}"


def _headers(stage: Stage, headers: Mapping[str, Any] | None, auth: str, body: bool) -> Headers:
    kept = dict(harness_headers(body=body))
    if auth == "none":
        del kept["Authorization"]
    elif auth in SPELLINGS:
        kept["Authorization"] = f"<credentials:{auth}>"
    elif auth != "yes":
        kept["Authorization"] = str(stage.fill(auth))
    for name, value in (stage.fill(headers) if headers else {}).items():
        for own in [own for own in kept if own.lower() == str(name).lower()]:
            del kept[own]
        if value is not None:
            kept[str(name)] = CREDENTIALS if value == "${credentials}" else str(value)
    return tuple(kept.items())
