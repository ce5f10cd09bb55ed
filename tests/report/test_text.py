"""Dates, durations, hostile text and shell lines, as a person reads them."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from scim_sim.report.curl import curl
from scim_sim.report.kept import Recorded, Sent
from scim_sim.report.text import clock, contrast, duration, joined, many, moment, number, reference_url, size, visible


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.25, "0.2 s"), (42, "42 s"), (64, "1 min 04 s"), (3600, "1 h"), (16_500, "4 h 35 min"), (183_600, "2 d 3 h")],
)
def test_duration_in_two_units(seconds: float, expected: str) -> None:
    """A length of time has at most two units."""
    assert expected == duration(seconds)


def test_numbers_sizes_and_lists() -> None:
    """Counts are grouped, sizes have units, lists read like a sentence."""
    assert ("61,300", "4.8", "2.0 KB", "1 story") == (number(61_300), number(4.8), size(2048), many(1, "story", "stories"))
    assert ("a, b and c", "a, b and 2 others") == (joined("abc"), joined("abcd", most=3))


def test_moments_are_in_utc() -> None:
    """A moment is a date in words and a time with its zone; a time out of all bounds does not fail."""
    assert "22 November 2026, 10:14 UTC" == moment(1_795_342_440.0)
    assert "1 January 1970, 00:00 UTC" == moment(1e20)


def test_clock_counts_days() -> None:
    """The simulated clock may run for days."""
    assert ("01:20:05", "3 d 02:00", "00:40") == (clock(4805), clock(266_400, fine=False), clock(2400, fine=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\u202eb", "a[U+202E]b"), ("a\x00b", "a[U+0000]b"), ("\udcff", "[0xFF]"), ("\ud800", "[U+D800]"), ("a\nb", "a b")],
)
def test_hidden_characters_become_visible(text: str, expected: str) -> None:
    """What hides or reorders text is shown by its number."""
    assert expected == visible(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ada@example.test", "Ada@example.test", (("", "a", "da@example.test"), ("", "A", "da@example.test"))),
        ('"work"', "absent", (('"work"', "", ""), ("absent", "", ""))),
        ("same", "same", (("same", "", ""), ("same", "", ""))),
        ("200", "400", (("200", "", ""), ("400", "", ""))),
    ],
)
def test_contrast_shows_where_texts_differ(one: str, other: str, expected: object) -> None:
    """What two texts share at both ends is not what a person must look at."""
    assert expected == contrast(one, other)


def test_references_lead_to_the_section() -> None:
    """Links go to the RFC editor, and nowhere for anything else."""
    assert "https://www.rfc-editor.org/rfc/rfc7644.html#section-3.5.2.1" == reference_url("rfc7644", "3.5.2.1")
    assert "" == reference_url("okta", "3")


def sent(method: str = "POST", body: str | None = None, path: str = "/Users", **more: object) -> Recorded:
    """A request that was recorded."""
    headers = (("Authorization", "Bearer ***"), ("Content-Type", "application/scim+json"), ("Host", "x"))
    size = more.pop("size", len((body or "").encode("utf-8", "surrogateescape")))
    request = Sent(method, path, None, headers, body, size)  # type: ignore[arg-type]
    return Recorded("E1", "okta", "s", "1", "", 0.0, 1.0, 1, request)


def test_curl_line_is_safe_in_a_shell() -> None:
    """Whatever a target made us send stays an argument, and the token is a variable."""
    body = """{"a": "'; rm -rf / #", "b": "$(id) `id` \\\\"}"""
    line = curl(sent(body=body, path='/Users/"$(id)`id`\\'))
    words = shlex.split(line)

    assert body == words[words.index("--data-binary") + 1]
    assert '"Authorization: Bearer $SCIM_TOKEN"' in line
    shown = subprocess.run(
        ["sh", "-c", line.replace("curl", "printf '%s\\n'", 1)],
        env={"SCIM_BASE": "https://x", "SCIM_TOKEN": "t"}, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert 'https://x/Users/"$(id)`id`\\' in shown
    assert body in shown


def test_curl_line_of_a_cut_body_is_left_out() -> None:
    """A line that would send something else is worse than none."""
    assert "" == curl(sent(body="{}", size=10_000_000))
