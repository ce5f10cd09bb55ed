"""Dates in attribute-mapping expressions: UTC, written `M/d/yyyy h:mm:ss tt`, patterns as in .NET."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

from scim_sim.errors import UsageError

__all__ = ["c_date", "date_add", "date_diff", "date_from_num", "format_date_time", "now", "num_from_date"]

GENERAL = "M/d/yyyy h:mm:ss tt"
FILE_TIME_ZERO = datetime(1601, 1, 1, tzinfo=UTC)
TICKS = 10_000_000

_FIELD = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|tt|t|zzz|zz|z|K|'[^']*'|\\.|.", re.DOTALL)
_MONTHS = [name for name in calendar.month_name if name]
_DAYS = list(calendar.day_name)


class _Env(Protocol):
    @property
    def now(self) -> float: ...


def now(env: _Env) -> str:
    """The current time in UTC."""
    return written(datetime.fromtimestamp(env.now, UTC).replace(microsecond=0))


def c_date(env: _Env, source: Any) -> str | None:
    """The text as a time in UTC."""
    return None if source in (None, "") else written(understood(str(source)))


def date_add(env: _Env, interval: Any, number: Any, source: Any) -> str | None:
    """The time so many years (yyyy), months (m), days (d), weeks (ww), hours (h), minutes (n) or seconds (s) later."""
    if source in (None, ""):
        return None
    start, many = understood(str(source)), int(number)
    if interval in ("yyyy", "m"):
        months = start.month - 1 + many * (12 if interval == "yyyy" else 1)
        year, month = start.year + months // 12, months % 12 + 1
        return written(start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1])))
    return written(start + many * _step(interval))


def date_diff(env: _Env, interval: Any, first: Any, second: Any) -> int | None:
    """How many whole intervals lie between two times; negative when the second is the earlier."""
    if first in (None, "") or second in (None, ""):
        return None
    a, b = understood(str(first)), understood(str(second))
    if interval == "yyyy":
        return b.year - a.year
    if interval == "m":
        return (b.year - a.year) * 12 + b.month - a.month
    if interval == "ww":
        return (_sunday(b) - _sunday(a)).days // 7
    return int((b - a) / _step(interval))


def _sunday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _step(interval: Any) -> timedelta:
    steps = {"d": 86400, "ww": 604800, "h": 3600, "n": 60, "s": 1}
    if interval not in steps:
        raise UsageError(f'"{interval}" is no interval; valid: yyyy, m, d, ww, h, n, s')
    return timedelta(seconds=steps[interval])


def format_date_time(env: _Env, source: Any, styles: Any, in_format: Any, out_format: Any) -> str | None:
    """The time in another format; both formats are .NET patterns."""
    if source in (None, ""):
        return None
    moment = parse(str(source), str(in_format)) if in_format else understood(str(source))
    return pattern(moment, str(out_format or GENERAL))


def num_from_date(env: _Env, source: Any) -> int | None:
    """The time as Active Directory counts it: ticks of 100 nanoseconds since 1601."""
    if source in (None, ""):
        return None
    gone = understood(str(source)) - FILE_TIME_ZERO
    return (gone.days * 86400 + gone.seconds) * TICKS + gone.microseconds * 10


def date_from_num(env: _Env, source: Any) -> str | None:
    """The time that a number of ticks since 1601 stands for."""
    return None if source in (None, "") else written(FILE_TIME_ZERO + timedelta(microseconds=int(source) // 10))


def written(moment: datetime) -> str:
    """The time in UTC as `M/d/yyyy h:mm:ss tt`."""
    return pattern(moment.astimezone(UTC), GENERAL)


_KNOWN = (
    GENERAL, "M/d/yyyy H:mm:ss", "M/d/yyyy", "yyyy-MM-ddTHH:mm:ss.fffffffK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddzzz", "yyyy-MM-ddK", "yyyy-MM-dd", "yyyyMMddHHmmss.fK", "yyyyMMdd",
)  # fmt: skip


def understood(text: str) -> datetime:
    """The time that a text in one of the usual forms stands for; without an offset it is UTC."""
    for form in _KNOWN:
        try:
            return parse(text.strip(), form)
        except UsageError:
            continue
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f'"{text}" is no date that CDate understands') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def pattern(moment: datetime, form: str) -> str:
    """The time in a .NET custom format; a form with only quoted or plain characters is copied as it is."""
    return "".join(_render(moment, field) for field in _FIELD.findall(form))


def _render(m: datetime, field: str) -> str:
    hour = m.hour % 12 or 12
    offset = int((m.utcoffset() or timedelta()).total_seconds()) // 60
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    made: dict[str, Callable[[], str]] = {
        "yyyy": lambda: f"{m.year:04d}", "yy": lambda: f"{m.year % 100:02d}", "MMMM": lambda: _MONTHS[m.month - 1],
        "MMM": lambda: _MONTHS[m.month - 1][:3], "MM": lambda: f"{m.month:02d}", "M": lambda: str(m.month),
        "dddd": lambda: _DAYS[m.weekday()], "ddd": lambda: _DAYS[m.weekday()][:3], "dd": lambda: f"{m.day:02d}",
        "d": lambda: str(m.day),
        "HH": lambda: f"{m.hour:02d}", "H": lambda: str(m.hour), "hh": lambda: f"{hour:02d}", "h": lambda: str(hour),
        "mm": lambda: f"{m.minute:02d}", "m": lambda: str(m.minute), "ss": lambda: f"{m.second:02d}", "s": lambda: str(m.second),
        "tt": lambda: "AM" if m.hour < 12 else "PM", "t": lambda: "A" if m.hour < 12 else "P", "zzz": lambda: zone,
        "zz": lambda: zone[:3], "z": lambda: f"{sign}{minutes // 60}", "K": lambda: zone if offset else "Z",
    }  # fmt: skip
    if field in made:
        return made[field]()
    if field[0] == "f":
        return f"{m.microsecond:06d}0"[: len(field)]
    return field[1:-1] if len(field) > 1 and field[0] == "'" else field[-1]


_READ = {
    "yyyy": r"(?P<year>\d{4})", "yy": r"(?P<short>\d\d)", "MMMM": r"(?P<named>[A-Za-z]+)", "MMM": r"(?P<named>[A-Za-z]{3})",
    "MM": r"(?P<month>\d\d)", "M": r"(?P<month>\d{1,2})", "dddd": r"[A-Za-z]+", "ddd": r"[A-Za-z]{3}", "dd": r"(?P<day>\d\d)",
    "d": r"(?P<day>\d{1,2})", "HH": r"(?P<hour>\d\d)", "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d\d)", "h": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d\d)", "m": r"(?P<minute>\d{1,2})", "ss": r"(?P<second>\d\d)", "s": r"(?P<second>\d{1,2})",
    "tt": r"(?P<half>[AaPp])[Mm]", "t": r"(?P<half>[AaPp])", "zzz": r"(?P<zone>[+-]\d\d:\d\d)", "zz": r"(?P<zone>[+-]\d\d)",
    "z": r"(?P<zone>[+-]\d{1,2}|Z)", "K": r"(?P<zone>Z|[+-]\d\d:\d\d)?",
}  # fmt: skip


def parse(text: str, form: str) -> datetime:
    """The time that a text in a .NET format stands for; raises `UsageError` when it is not in that format."""
    regex = ""
    for field in _FIELD.findall(form):
        literal = field[1:-1] if len(field) > 1 and field[0] == "'" else field[-1]
        regex += (
            r"(?P<part>\d{1,7})" if field[0] == "f" else "(?P<zone>Z)" if field == "Z" else _READ.get(field, re.escape(literal))
        )
    match = re.fullmatch(regex, text)
    if match is None:
        raise UsageError(f'"{text}" is not in the format "{form}"')
    try:
        return _moment(match.groupdict())
    except ValueError as error:
        raise UsageError(f'"{text}" in the format "{form}": {error}') from None


def _moment(part: dict[str, Any]) -> datetime:
    year = int(part.get("year") or 0) or (2000 + int(part["short"]) if part.get("short") else 1)
    month = int(part.get("month") or 1)
    if part.get("named"):
        month = next((n for n, name in enumerate(_MONTHS, 1) if name[:3].lower() == part["named"][:3].lower()), 0)
    hour = int(part.get("hour") or 0)
    if part.get("half"):
        hour = hour % 12 + (12 if part["half"].lower() == "p" else 0)
    micro = int((part.get("part") or "0").ljust(7, "0")[:6])
    zone = _zone(part.get("zone") or "Z")
    return datetime(
        year, month, int(part.get("day") or 1), hour, int(part.get("minute") or 0), int(part.get("second") or 0), micro, zone
    )


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, _, minutes = text[1:].partition(":")
    gone = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-gone if text[0] == "-" else gone)
