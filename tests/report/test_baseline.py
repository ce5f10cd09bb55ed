"""The list of known deviations: a line each, with place, owner, date and reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scim_sim.errors import UsageError
from scim_sim.report.baseline import Baseline, Entry, load_baseline


def loaded(tmp_path: Path, text: str) -> Baseline:
    """The baseline in this text."""
    path = tmp_path / "known.txt"
    path.write_text(text)
    return load_baseline(path)


def test_line_has_check_place_owner_date_and_reason(tmp_path: Path) -> None:
    """Everything on a line is read, comments and blank lines are not."""
    text = "# ours\n\nkept  okta/joiner/03-assign  owner=ada expires=2027-01-31  # ticket 7\nmedia_type\n"
    entries = loaded(tmp_path, text).entries

    expected = (
        Entry("kept", "okta/joiner/03-assign", "ada", date(2027, 1, 31), "ticket 7", 3),
        Entry("media_type", "*", line=4),
    )
    assert expected == entries


@pytest.mark.parametrize(
    ("pattern", "place", "covered"),
    [
        ("kept", "*", True),
        ("rfc7644-*", "*", True),
        ("kept", "okta/joiner", True),
        ("kept", "okta/joiner/03-*", True),
        ("kept", "entra/*", False),
        ("other", "*", False),
    ],
)
def test_entry_covers_by_name_and_place(pattern: str, place: str, covered: bool) -> None:
    """Check or requirement, scenario or step, with stars."""
    baseline = Baseline("x", (Entry(pattern, place),))

    assert covered is (baseline.find("kept", "rfc7644-3.3-location", "okta/joiner", "03-assign") is not None)


def test_entry_counts_through_its_last_day() -> None:
    """The date is the last day on which it is accepted."""
    entry = Entry("kept", expires=date(2027, 1, 31))

    assert not entry.expired(datetime(2027, 1, 31, 23, 59, tzinfo=UTC).timestamp())
    assert entry.expired(datetime(2027, 2, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kept a b c", r"known.txt:1: a line of a baseline is CHECK"),
        ("kept * expires=soon", '"soon" is no date'),
        (
            "# ours\nokta-deactivat *",
            'known.txt:2: no check or requirement is called "okta-deactivat": did you mean "okta-deactivate"',
        ),
        ("meta_is_filled_i okta/joiner", 'did you mean "meta_is_filled_in"'),
    ],
)
def test_mistake_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """A line that cannot be read is refused with file and line."""
    with pytest.raises(UsageError, match=message):
        loaded(tmp_path, text)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A baseline that is not there is the caller's mistake."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_baseline(tmp_path / "none.txt")
