"""The picture of a story: lanes of marks on an axis that counts events and shows where the clock moved."""

from __future__ import annotations

from scim_sim.report.model import Report
from scim_sim.report.timeline import Timeline, timeline
from tests.report.stream import Stream, faulty_run, fold


def drawn(report: Report, number: int) -> Timeline:
    """The picture of one story."""
    story = report.stories[number]
    verdicts = {e: c.verdict for c in report.causes for e in c.exchanges}
    states = [s for s in report.states if s.scenario == story.scenario]
    troubles = [t for t in report.troubles if t.scenario == story.scenario]
    picture = timeline(story, report.exchanges[story.begin : story.end], states, troubles, verdicts)
    assert picture is not None
    return picture


def test_lanes_hold_what_happened() -> None:
    """Entra has steps, a job, reads, writes and what its administrator sees."""
    lanes = {lane.title: len(lane.points) for lane in drawn(fold(faulty_run()), 1).lanes}

    assert {"Administrator": 4, "Job": 0, "Reads": 4, "Writes": 3, "Admin sees": 1} == lanes


def test_read_back_has_a_lane_of_its_own() -> None:
    """What the harness reads is not what the IdP reads."""
    [own] = [lane for lane in drawn(fold(faulty_run()), 0).lanes if lane.title == "scim-sim checks"]

    assert ["evidence"] == [point.kind for point in own.points]


def test_job_states_cover_the_axis_without_gaps() -> None:
    """Each state lasts until the next, and quarantine is drawn as such."""
    picture = drawn(fold(faulty_run()), 1)
    [job] = [lane for lane in picture.lanes if lane.title == "Job"]

    assert ["initial", "active", "quarantine", "active"] == [bar.label for bar in job.bars]
    assert [bar.u1 for bar in job.bars] == [*(bar.u0 for bar in job.bars[1:]), picture.length]
    assert "quarantine" == job.bars[2].kind


def test_marks_never_share_a_place() -> None:
    """The simulated clock stands still while requests are made, and yet each has its own place, in order."""
    s = Stream()
    s.begin()
    s.story("okta/one", "One", "okta:aiw")
    s.do("01-do", "do")
    for n in range(5):
        at = s.at
        s.ask("GET", f"/Users/{n}")
        s.at = at
    s.end()
    [reads] = [lane for lane in drawn(fold(iter(s.events)), 0).lanes if lane.title == "Reads"]
    places = [point.x for point in reads.points]

    assert sorted(set(places)) == places
    assert ["E00001", "E00002", "E00003", "E00004", "E00005"] == [point.link for point in reads.points]


def test_clock_is_written_where_it_moved() -> None:
    """Ticks stand at jumps of the clock, in hours and minutes since the story began."""
    labels = [tick.label for tick in drawn(fold(faulty_run()), 1).ticks]

    assert "00:00" == labels[0]
    assert "00:42" in {label[:5] for label in labels}


def test_crowded_lane_counts_instead_of_drawing() -> None:
    """Thousands of requests become bars with counts; evidence is still drawn."""
    s = Stream()
    s.begin()
    s.story("okta/one", "One", "okta:aiw")
    s.do("01-do", "do")
    for n in range(1000):
        s.ask("GET", f"/Users/{n}")
    s.end()
    picture = drawn(fold(iter(s.events)), 0)
    [reads] = [lane for lane in picture.lanes if lane.title == "Reads"]

    assert picture.crowded
    assert (0, 1000) == (len(reads.points), sum(int(bar.label) for bar in reads.bars))
