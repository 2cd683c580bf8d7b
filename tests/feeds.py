"""Reading a calendar feed: octet by octet as RFC 5545 has it, by two libraries, and what all of them agree on."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar

from tests.desk import Desk

_MOST_OCTETS = 75
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Told:
    """One entry as calendars understand it."""

    uid: str
    on: date
    summary: str
    description: str
    sequence: int
    status: str
    alarm: timedelta | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.status == "CANCELLED"


def read_feed(data: bytes) -> dict[str, Told]:
    """The entries by UID. Fails with what a calendar would stumble over."""
    lines = _unfolded(data)
    entries = _entries(lines)
    head = lines[: lines.index("BEGIN:VEVENT")] if entries else lines[:-1]
    assert head[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    for line in ("VERSION:2.0", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"):
        assert head.count(line) == 1
    for name in ("PRODID:", "X-WR-CALNAME:"):
        assert sum(line.startswith(name) and len(line) > len(name) for line in head) == 1
    assert "ORGANIZER" not in data.decode()
    assert "ATTENDEE" not in data.decode()
    # A UID is hexadecimal by chance: one in four thousand has eleven digits in a row that look like a phone.
    said = "\n".join(line for line in lines if not line.startswith("UID:"))
    assert not _PHONE.search(said), "a phone leaves the window"
    told = [_told(entry) for entry in entries]
    found = {one.uid: one for one in told}
    assert len(found) == len(told), "a UID twice"
    _agrees_with_icalendar(data, found)
    if importlib.util.find_spec("ical") is not None:
        _agrees_with_ical(data, found)
    return found


def fed(desk: Desk, *options: str, file: str = "日历/订阅.ics") -> dict[str, Told]:
    """Type ``zmn calendar feed`` and read what it wrote; the counts it tells are those of the file."""
    answer = desk.ask("calendar", "feed", *options)
    path = Path(answer["file"]) if Path(answer["file"]).is_absolute() else desk.folder / answer["file"]
    if not options:
        assert answer["file"] == file
    found = read_feed(path.read_bytes())
    cancelled = sum(one.is_cancelled for one in found.values())
    assert (answer["events"], answer["cancelled"]) == (len(found) - cancelled, cancelled)
    return found


def piped(desk: Desk, *options: str) -> dict[str, Told]:
    """The feed as it is without any file from before."""
    answer = desk.type("calendar", "feed", "-o", "-", *options)
    assert answer.code == 0, answer.err
    return read_feed(answer.out.encode())


def of(found: Mapping[str, Told], *words: str) -> Told:
    """The one entry whose summary has all these words."""
    (one,) = (told for told in found.values() if all(word in told.summary for word in words))
    return one


def _unfolded(data: bytes) -> list[str]:
    assert data.endswith(b"\r\n")
    octets = data[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in octets), "a line end that is not CRLF"
    lines: list[str] = []
    for line in octets:
        assert 0 < len(line) <= _MOST_OCTETS
        text = line.decode("utf-8")  # every line by itself: no character is torn
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", text)
        if text.startswith(" "):
            lines[-1] += text[1:]
        else:
            lines.append(text)
    return lines


def _entries(lines: list[str]) -> list[list[str]]:
    starts = [n for n, line in enumerate(lines) if line == "BEGIN:VEVENT"]
    ends = [n for n, line in enumerate(lines) if line == "END:VEVENT"]
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    return [lines[start + 1 : end] for start, end in zip(starts, ends, strict=True)]


def _told(entry: list[str]) -> Told:
    alarm = None
    if "BEGIN:VALARM" in entry:
        at = entry.index("BEGIN:VALARM")
        inner = dict(line.split(":", 1) for line in entry[at + 1 : entry.index("END:VALARM")])
        assert inner["ACTION"] == "DISPLAY"
        assert inner["DESCRIPTION"]
        days, hours = re.fullmatch(r"-P(?:(\d+)D)?(?:T(\d+)H)?", inner["TRIGGER"]).groups("0")  # type: ignore[union-attr]
        alarm = -timedelta(days=int(days), hours=int(hours))
        entry = entry[:at]
    values = dict(line.split(":", 1) for line in entry)
    assert len(values) == len(entry), "a property twice"
    on = datetime.strptime(values["DTSTART;VALUE=DATE"], "%Y%m%d").date()
    assert values["DTEND;VALUE=DATE"] == f"{on + timedelta(days=1):%Y%m%d}"
    assert values["TRANSP"] == "TRANSPARENT"
    assert values["STATUS"] in ("CONFIRMED", "CANCELLED")
    assert values["CATEGORIES"] in ("到期", "报送")
    stamped = [values[name] for name in ("DTSTAMP", "LAST-MODIFIED") if name in values]
    moments = [datetime.strptime(text, "%Y%m%dT%H%M%SZ") for text in stamped]
    assert abs(moments[0] - datetime.now(UTC).replace(tzinfo=None)) < timedelta(hours=1), "Beijing time is not UTC"
    return Told(
        uid=values["UID"],
        on=on,
        summary=_text(values["SUMMARY"]),
        description=_text(values["DESCRIPTION"]),
        sequence=int(values["SEQUENCE"]),
        status=values["STATUS"],
        alarm=alarm,
    )


def _text(escaped: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], escaped)


def _agrees_with_icalendar(data: bytes, found: Mapping[str, Told]) -> None:
    calendar: Any = Calendar.from_ical(data)
    assert [(c.name, c.errors) for c in calendar.walk() if c.errors] == []
    read = {
        str(event["UID"]): (event["DTSTART"].dt, str(event["SUMMARY"]), str(event["DESCRIPTION"]), event["SEQUENCE"])
        for event in calendar.walk("VEVENT")
    }
    assert read == {one.uid: (one.on, one.summary, one.description, one.sequence) for one in found.values()}
    assert Calendar.from_ical(calendar.to_ical()) == calendar


def _agrees_with_ical(data: bytes, found: Mapping[str, Told]) -> None:
    from ical.calendar_stream import IcsCalendarStream

    calendar = IcsCalendarStream.calendar_from_ics(data.decode())
    read = {e.uid: (e.dtstart, e.summary, e.description, e.sequence, e.status.value) for e in calendar.events}
    assert read == {o.uid: (o.on, o.summary, o.description, o.sequence, o.status) for o in found.values()}
