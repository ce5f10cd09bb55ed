"""How long a month of Entra ID's cycles takes: 1,080 of them over 1,000 people with ten changes a day, checks on, in process.

Run by hand: `python benchmarks/entra_month.py [--people 1000] [--days 30] [--changes 10]`. It prints the seconds of the whole
run, how many requests and findings there were, and the peak of memory at the end of the first and of the last day.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from scim_sim.api import InProcess
from scim_sim.clock import SimulatedClock
from scim_sim.events import Event, ExchangeMade, FindingMade, Observed, RequirementsKept, StepEnded
from scim_sim.provider import Provider
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.run import Options, run
from scim_sim.target import Auth, Target

TOKEN = "benchmark-token"


def story(people: int, days: int, changes: int) -> str:
    """The scenario: everybody is assigned; every day some people get another title."""
    chance = random.Random(1)
    lines = []
    for day in range(days):
        for number in range(changes):
            person = chance.randrange(people) + 1
            lines.append(f"  - update: {{person: p{person:0{width(people)}d}, title: Title {day}-{number}}}")
        lines.append("  - advance: 24h")
    body = "\n".join(lines)
    return f"""
title: A month of cycles
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
{body}
"""


def width(people: int) -> int:
    """How many digits the keys of a crowd have."""
    return max(4, len(str(people)))


def main() -> None:
    """Play the month and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--changes", type=int, default=10)
    chosen = parser.parse_args()
    clock = SimulatedClock()
    provider = Provider(token=TOKEN, clock=clock, seed=1)
    seen: Counter[str] = Counter()
    peaks: list[int] = []

    def count(event: Event) -> None:
        if isinstance(event, ExchangeMade):
            seen["exchanges"] += 1
        elif isinstance(event, FindingMade):
            seen[event.finding.outcome] += 1
        elif isinstance(event, RequirementsKept):
            seen["pass"] += len(event.kept.requirements)
        elif isinstance(event, Observed) and event.kind == "cycle":
            seen["cycles"] += 1
        elif isinstance(event, StepEnded) and event.step.endswith("advance"):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "month.yaml"
        path.write_text(story(chosen.people, chosen.days, chosen.changes), "utf-8")
        scenarios = load_scenarios(path)
        began = time.perf_counter()
        target = Target("https://provider.example.test/scim/v2", Auth("Bearer", TOKEN))
        run(target, scenarios, InProcess(provider, TOKEN), count, Options())
        seconds = time.perf_counter() - began
    print(f"{chosen.people} people, {chosen.days} days, {chosen.changes} changes a day: {seconds:.1f} s, {dict(seen)}")
    print(f"peak of memory: {peaks[0]} MB after the first day, {peaks[-1]} MB after the last")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
