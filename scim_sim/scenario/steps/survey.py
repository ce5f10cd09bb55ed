"""The attribute survey: send every core and enterprise attribute in each way, read it back, and say what to map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scim_sim.events import Observed
from scim_sim.scenario.harness import harness_request
from scim_sim.scenario.samples import SAMPLES, Fate, Sample, advice, fate, with_samples
from scim_sim.scenario.stage import NotApplicable, Stage
from scim_sim.scenario.steps.registry import step
from scim_sim.scim.urns import PATCH_OP, USER
from scim_sim.wire import Exchange

__all__: list[str] = []

_VERBS: Final = {
    "okta:aiw": ("post", "put"),
    "okta:oin": ("post", "put"),
    "entra": ("post", "patch"),
    "onelogin": ("post", "put"),
}
"""The verbs with which an identity provider writes a person's attributes."""

_NOT_THERE: Final = (404, 405, 501)
Fates = dict[str, Fate]


@step("survey attributes")
def survey_attributes(stage: Stage) -> None:
    """Send each core and enterprise attribute by create, PUT and PATCH, and report which are kept, altered, dropped, refused."""
    survey = _Survey(stage)
    judge, stage.recorder.judge = stage.recorder.judge, None  # a survey asks; what may be refused is judged elsewhere
    try:
        fates = {"post": survey.create(), "put": survey.put(), "patch": survey.patch()}
    finally:
        stage.recorder.judge = judge
    words: dict[str, dict[str, str]] = {}
    for sample in SAMPLES:
        own = {verb: found[sample.path] for verb, found in fates.items()}
        words[sample.path] = {verb: one.word for verb, one in own.items()}
        remarks = dict.fromkeys(f"{verb.upper()}: {one.remark}" for verb, one in own.items() if one.remark)
        sent = "***" if sample.secret else str(sample.created)
        stage.observe("attribute", {"path": sample.path, "sent": sent, **words[sample.path], "remark": "; ".join(remarks)})
    for idp, verbs in _VERBS.items():
        _advise(stage, idp, dict(advice(words, verbs)))


def _advise(stage: Stage, idp: str, avoid: Mapping[str, str]) -> None:
    kept = [sample.path for sample in SAMPLES if sample.path not in avoid and not sample.secret]
    stage.observe("mapping", {"idp": idp, "map": ", ".join(["userName", "active", *kept]), "do not map": ", ".join(avoid)})
    for name, value in (
        ("Map these attributes", ", ".join(["userName", "active", *kept])),
        ("Leave these out of the mapping", "; ".join(f"{path} ({why})" for path, why in avoid.items())),
    ):
        if value:
            stage.emit(Observed(stage.scenario.id, idp, "setting", {"name": name, "value": value}))


class _Survey:
    """One account that is created, replaced and patched; what is refused as a whole is tried attribute by attribute."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.id = ""
        self._count = 0

    def create(self) -> Fates:
        """POST everything; where that is refused, an account for each attribute."""
        whole = self._post(SAMPLES)
        if whole.response is not None and whole.response.ok:
            self.id = _id(whole)
            return self._read(SAMPLES, "created")
        plain = self._post(())
        self.id = _id(plain)
        if not self.id:
            raise NotApplicable(f"no account can be created ({_said(plain)})")
        return self._singly("created", lambda sample: self._post([sample]), own=True)

    def put(self) -> Fates:
        """PUT everything, then each attribute where that is refused."""
        return self._change("replaced", self._put)

    def patch(self) -> Fates:
        """PATCH everything in one request, then each attribute in its own where that is refused."""
        return self._change("patched", self._patch)

    def _change(self, which: str, send: Callable[[Any], Exchange]) -> Fates:
        whole = send(SAMPLES)
        if whole.response is not None and whole.response.ok:
            return self._read(SAMPLES, which)
        if whole.response is None or whole.response.status in _NOT_THERE:
            return {sample.path: Fate("not supported", _said(whole)) for sample in SAMPLES}
        return self._singly(which, lambda sample: send([sample]))

    def _singly(self, which: str, send: Callable[[Sample], Exchange], *, own: bool = False) -> Fates:
        found: Fates = {}
        for sample in SAMPLES:
            answer = send(sample)
            if answer.response is None or not answer.response.ok:
                found[sample.path] = Fate("refused", _said(answer))
            else:
                found |= self._read([sample], which, _id(answer) if own else "")
        return found

    def _post(self, samples: Any) -> Exchange:
        self._count += 1
        body = with_samples(self._base(self._count), samples, "created")
        return self.stage.ask(harness_request("POST", "/Users", body=body, label="survey create"))

    def _put(self, samples: Any) -> Exchange:
        body = {**with_samples(self._base(1), samples, "replaced"), "id": self.id}
        return self.stage.ask(harness_request("PUT", f"/Users/{self.id}", body=body, label="survey replace"))

    def _patch(self, samples: Any) -> Exchange:
        operations = [{"op": "replace", "path": sample.path, "value": sample.patched} for sample in samples]
        body = {"schemas": [PATCH_OP], "Operations": operations}
        return self.stage.ask(harness_request("PATCH", f"/Users/{self.id}", body=body, label="survey patch"))

    def _read(self, samples: Any, which: str, id: str = "") -> Fates:
        answer = self.stage.ask(harness_request("GET", f"/Users/{id or self.id}", label="survey read back"))
        resource = answer.response.json_object() if answer.response is not None and answer.response.ok else None
        if resource is None:
            return {sample.path: Fate("unreadable", _said(answer)) for sample in samples}
        return {sample.path: fate(sample, getattr(sample, which), resource) for sample in samples}

    def _base(self, number: int) -> dict[str, Any]:
        address = self.stage.mark.user_name(f"survey{number}", self.stage.generator.domain)
        name = {"givenName": "Sam", "familyName": "Survey"}
        emails = [{"value": address, "type": "work", "primary": True}]
        return {"schemas": [USER], "userName": address, "name": name, "emails": emails, "active": True}


def _id(exchange: Exchange) -> str:
    body = exchange.response.json_object() if exchange.response is not None and exchange.response.ok else None
    value = (body or {}).get("id")
    return value if isinstance(value, str) else ""


def _said(exchange: Exchange) -> str:
    """The status, and what the target says about it, short."""
    if exchange.response is None:
        return "no answer"
    body = exchange.response.json_object() or {}
    texts: Iterator[Any] = (body.get(name) for name in ("detail", "message"))
    detail = next((text for text in texts if isinstance(text, str) and text), "")
    return f"{exchange.response.status} {detail}".strip()[:120]
