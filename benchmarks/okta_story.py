"""How fast a large Okta story runs: its request rate, checks on, beside a bare `requests.Session` that repeats the same requests.

Run by hand: `python benchmarks/okta_story.py [--people 1000] [--groups 50] [--variant oin]`. Both sides speak over a socket to
an embedded provider in a process of its own, begun anew with the same seed, so that ids and answers are the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import TracebackType

import requests

from scim_sim.drivers.session import Session
from scim_sim.events import Event, ExchangeMade, FindingMade, RequirementsKept
from scim_sim.flow import NoResponse
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.target.target import Auth, Target
from scim_sim.wire import CREDENTIALS, Request, Response

TOKEN_VARIABLE = "SCIM_SIM_BENCHMARK_TOKEN"
TOKEN = "benchmark-token"


class Provider:
    """An embedded provider in a process of its own; `with` starts and ends it."""

    def __enter__(self) -> Provider:
        start = "from scim_sim.cli import main; main()"
        options = ["serve", "--port", "0", "--seed", "1", "--quiet", "--token-env", TOKEN_VARIABLE]
        command = [sys.executable, "-c", start, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={TOKEN_VARIABLE: TOKEN})
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()


class Noting:
    """A session that keeps what it sent, so that it can be sent again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sent: list[Request] = []

    def send(self, request: Request) -> Response:
        """Note and send."""
        self.sent.append(request)
        return self._session.send(request)


def story(people: int, groups: int, size: int) -> str:
    """The scenario: everybody is assigned, every group of `size` is pushed, one person changes, one group is overwritten."""
    teams = "\n".join(
        f"    g{number:03d}: [{', '.join(f'p{(number * size + member) % people + 1:04d}' for member in range(size))}]"
        for number in range(groups)
    )
    pushes = "\n".join(f"  - push group: g{number:03d}" for number in range(groups))
    return f"""
title: A large organisation
idp: okta
directory:
  crowd: {people}
  groups:
    everybody: [crowd]
{teams}
steps:
  - connect
  - assign: {{group: everybody}}
{pushes}
  - update: {{person: p0001, title: Lead}}
  - push now: g000
"""


def play(url: str, text: str, variant: str) -> tuple[list[Request], float, Counter[str]]:
    """Run the story; returns what was sent, the seconds it took, and the outcomes of all checks."""
    target = Target(url, Auth("Bearer", TOKEN))
    outcomes: Counter[str] = Counter()

    def count(event: Event) -> None:
        if isinstance(event, FindingMade):
            outcomes[event.finding.outcome] += 1
        elif isinstance(event, RequirementsKept):
            outcomes["pass"] += len(event.kept.requirements)
        elif isinstance(event, ExchangeMade):
            outcomes["exchanges"] += 1

    with tempfile.TemporaryDirectory() as folder, Session(target) as session:
        path = Path(folder) / "large.yaml"
        path.write_text(text, "utf-8")
        noting = Noting(session)
        began = time.perf_counter()
        run(target, load_scenarios(path), noting, count, Options(idps=(f"okta:{variant}",)))
        return noting.sent, time.perf_counter() - began, outcomes


def replay(url: str, sent: list[Request]) -> tuple[float, int]:
    """Send the same requests with a bare session; returns the seconds, and how many answers were not 2xx."""
    session = requests.Session()
    refused = 0
    began = time.perf_counter()
    for request in sent:
        headers = {name: f"Bearer {TOKEN}" if value == CREDENTIALS else value for name, value in request.headers}
        answer = session.request(request.method, url + request.target, headers=headers, data=request.body)
        refused += not answer.ok
    return time.perf_counter() - began, refused


def main() -> None:
    """Play, repeat, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--variant", default="aiw", choices=["aiw", "oin"])
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts, on both sides")
    chosen = parser.parse_args()
    text = story(chosen.people, chosen.groups, chosen.size)
    sent: list[Request] = []
    ours, bare = [], []
    outcomes: Counter[str] = Counter()
    refused = 0
    for _ in range(chosen.rounds):
        with Provider() as provider:
            sent, seconds, outcomes = play(provider.url, text, chosen.variant)
            ours.append(seconds)
        with Provider() as provider:
            seconds, refused = replay(provider.url, sent)
            bare.append(seconds)
    print(f"{chosen.people} people, {chosen.groups} groups of {chosen.size}, okta:{chosen.variant}: {len(sent)} requests")
    print(f"story  {min(ours):7.1f} s {len(sent) / min(ours):8.0f} requests/s, {dict(outcomes)}")
    print(f"bare   {min(bare):7.1f} s {len(sent) / min(bare):8.0f} requests/s, {refused} answers not 2xx")
    print(f"ratio  {min(bare) / min(ours):7.2f}, best of {chosen.rounds}")


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, NoResponse) as end:
        sys.exit(f"stopped: {end!r}")
