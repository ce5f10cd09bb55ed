"""How fast Entra's initial cycle runs: its request rate, checks on, beside a bare `requests.Session` that repeats the requests.

Run by hand: `python benchmarks/entra_initial_cycle.py [--people 10000] [--variant optscim]`. Both sides speak over a socket to an
embedded provider in a process of its own, begun anew with the same seed. The engine's own memory is measured apart, without
sockets and checks: bytes per user beyond the directory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from pathlib import Path

from okta_story import TOKEN, Noting, Provider, replay

from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import Generator, RunMark
from scim_sim.directory.model import Directory
from scim_sim.drivers.drive import drive
from scim_sim.drivers.session import Session
from scim_sim.events import Event, ExchangeMade, FindingMade, RequirementsKept
from scim_sim.flow import NoResponse
from scim_sim.idp.engine import Setting
from scim_sim.idp.entra import Entra
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.target.target import Auth, Target
from scim_sim.wire import Request, Response, json_body

STORY = """
title: An initial cycle
idp: entra
groups: false
directory:
  crowd: {people}
  groups: {{everybody: [crowd]}}
steps:
  - connect
  - assign: {{group: everybody}}
  - start
  - run cycle
"""


def play(url: str, people: int, variant: str) -> tuple[list[Request], float, Counter[str]]:
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
        path = Path(folder) / "initial.yaml"
        path.write_text(STORY.format(people=people), "utf-8")
        noting = Noting(session)
        began = time.perf_counter()
        run(target, load_scenarios(path), noting, count, Options(idps=(f"entra:{variant}" if variant else "entra",)))
        return noting.sent, time.perf_counter() - began, outcomes


def bytes_per_user(people: int) -> float:
    """What the engine keeps for each user after an initial cycle, the directory apart."""
    directory, clock, mark = Directory(), SimulatedClock(), RunMark.of(0)
    generator = Generator(0, mark)
    for number in range(people):
        directory.hire(generator.person(f"p{number}"), clock.now())
    engine = Entra(Setting(directory, clock, mark, groups=False, traits={"scope": "all"}))
    ids = iter(range(10**9))

    def ask(request: Request) -> Response:
        for _ in engine.drain_log():
            pass
        if request.method == "POST":
            return Response(201, (), json_body({"id": f"00000000-0000-4000-8000-{next(ids):012d}"}))
        return Response(200, (), b'{"totalResults":0,"Resources":[]}')

    drive(engine.act("start"), ask, clock)
    tracemalloc.start()
    drive(engine.wake(), ask, clock)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return grown / people


def main() -> None:
    """Play, repeat, compare, weigh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--variant", default="", choices=["", "optscim"])
    chosen = parser.parse_args()
    with Provider() as provider:
        sent, ours, outcomes = play(provider.url, chosen.people, chosen.variant)
    with Provider() as provider:
        bare, refused = replay(provider.url, sent)
    print(f"{chosen.people} people: {len(sent)} requests, clean-up included")
    print(f"story  {ours:7.1f} s {len(sent) / ours:8.0f} requests/s, {dict(outcomes)}")
    print(f"bare   {bare:7.1f} s {len(sent) / bare:8.0f} requests/s, {refused} answers not 2xx")
    print(f"ratio  {bare / ours:7.2f}")
    print(f"memory {bytes_per_user(chosen.people):7.0f} bytes per user in the engine")


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, NoResponse) as end:
        sys.exit(f"stopped: {end!r}")
