"""A calendar feed as an iCalendar file (RFC 5545, published as RFC 5546 has it): whole days, no time zones.

The library folds by octets, escapes and ends lines with CRLF; what is decided here is which properties are there.
There is no ORGANIZER: with one, Outlook and phones take an entry for an invitation that wants an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.model import BEIJING

if TYPE_CHECKING:
    from icalendar import Event

PRODID = "-//zhuomuniao//zmn//ZH"
"""By it a file tells that it is one of ours. Without our version: a new one alone is no news for a calendar."""

_STAMP = re.compile(rb"^DTSTAMP:[0-9TZ]+\r\n", re.MULTILINE)
_FOLD = re.compile(rb"\r\n[ \t]")
_ASKED_AGAIN = "PT6H"


class FeedEvent(Struct, frozen=True):
    """One whole day in somebody's calendar.

    ``sequence`` is the number of times it was changed. ``is_cancelled`` tells calendars that have it to drop it.
    ``changed_at`` is when it last changed, ``remind_at`` when to ring; both Beijing time, ``None`` where untold.
    """

    uid: str
    on: date
    summary: str
    description: str
    category: str
    sequence: int = 0
    is_cancelled: bool = False
    changed_at: datetime | None = None
    remind_at: datetime | None = None


class CalendarFeed(Struct, frozen=True):
    """All entries of a feed, and what a calendar calls it."""

    name: str
    events: tuple[FeedEvent, ...]


class Published(Struct, frozen=True):
    """What an earlier file said of an entry."""

    sequence: int
    on: date
    is_cancelled: bool


def render_feed(feed: CalendarFeed, now: datetime) -> bytes:
    """The file. ``now`` is Beijing time and stands in DTSTAMP; all else depends on the feed alone."""
    from icalendar import Calendar

    calendar = Calendar()
    for name, value in (
        ("version", "2.0"),
        ("prodid", PRODID),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", feed.name),
        ("x-wr-timezone", str(BEIJING)),
        ("x-published-ttl", _ASKED_AGAIN),
    ):
        calendar.add(name, value)
    for event in sorted(feed.events, key=lambda e: (e.on, e.uid)):
        calendar.add_component(_component(event, now))
    data: bytes = calendar.to_ical()
    return data


def _component(told: FeedEvent, now: datetime) -> Event:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", told.uid)
    event.add("dtstamp", _utc(now))
    event.add("dtstart", told.on)
    event.add("dtend", told.on + timedelta(days=1))
    event.add("summary", told.summary)
    event.add("description", told.description)
    event.add("categories", [told.category])
    event.add("sequence", told.sequence)
    event.add("status", "CANCELLED" if told.is_cancelled else "CONFIRMED")
    # A limit takes nobody's time: colleagues who look for a free hour must find one.
    event.add("transp", "TRANSPARENT")
    event.add("x-microsoft-cdo-busystatus", "FREE")
    event.add("x-microsoft-cdo-alldayevent", "TRUE")
    if told.changed_at is not None:
        event.add("last-modified", _utc(told.changed_at))
    if told.remind_at is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", told.summary)
        alarm.add("trigger", told.remind_at - datetime.combine(told.on, time()))
        event.add_component(alarm)
    return event


def is_feed(data: bytes) -> bool:
    """Whether a file is one that :func:`render_feed` made."""
    return data.startswith(b"BEGIN:VCALENDAR") and f"PRODID:{PRODID}".encode() in data[:1000]


def says_the_same(one: bytes, other: bytes) -> bool:
    """Whether two files differ in nothing but the moment they were made."""
    return _STAMP.sub(b"", one) == _STAMP.sub(b"", other)


def read_published(data: bytes) -> Mapping[str, Published]:
    """What one of our files says of its entries, by UID; an entry that somebody spoilt is left out."""
    found = {}
    for block in _FOLD.sub(b"", data).split(b"\r\nBEGIN:VEVENT\r\n")[1:]:
        lines = block.partition(b"\r\nEND:VEVENT\r\n")[0].decode("utf-8", "replace").split("\r\n")
        said = dict(line.split(":", 1) for line in lines if ":" in line)
        try:
            on = date.fromisoformat(said["DTSTART;VALUE=DATE"])
            found[said["UID"]] = Published(int(said["SEQUENCE"]), on, said["STATUS"] == "CANCELLED")
        except (KeyError, ValueError):
            continue
    return found


def follow_up(events: Sequence[FeedEvent], published: Mapping[str, Published]) -> tuple[FeedEvent, ...]:
    """The entries with a SEQUENCE that is never below the published one, and above it where the day changed.

    It comes from the log and needs no file; but a book put back to an earlier state has fewer lines than were told.
    """
    return tuple(_follow(event, published.get(event.uid)) for event in events)


def _follow(event: FeedEvent, was: Published | None) -> FeedEvent:
    if was is None:
        return event
    is_changed = (was.on, was.is_cancelled) != (event.on, event.is_cancelled)
    return replace(event, sequence=max(event.sequence, was.sequence + is_changed))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=BEIJING, microsecond=0).astimezone(UTC)
