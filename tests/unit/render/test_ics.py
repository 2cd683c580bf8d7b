"""The file of a feed: the bytes that calendars stumble over."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest

from tests.feeds import read_feed
from zhuomuniao.model import BEIJING
from zhuomuniao.render.ics import (
    CalendarFeed,
    FeedEvent,
    Published,
    follow_up,
    is_feed,
    read_published,
    render_feed,
    says_the_same,
)

NOW = datetime.now(BEIJING).replace(tzinfo=None, microsecond=0)
DAY = date(2026, 10, 14)


def event(summary: str = "内乡县 到期：解决 2026100801", **more: object) -> FeedEvent:
    given: dict[str, object] = {"uid": "u1", "on": DAY, "description": "一行", "category": "到期", **more}
    return FeedEvent(summary=summary, **given)  # type: ignore[arg-type]


def rendered(*events: FeedEvent, now: datetime = NOW) -> bytes:
    return render_feed(CalendarFeed("内乡县 期限", events), now)


@pytest.mark.parametrize("length", range(60, 90))
@pytest.mark.parametrize("letter", ["a", "é", "汉", "𠀀", "😀", "e\u0301"])
def test_lines_are_folded_by_octets_and_no_character_is_torn(letter: str, length: int) -> None:
    (told,) = read_feed(rendered(event(letter * length, description=letter * length * 3))).values()
    assert told.summary == letter * length
    assert told.description == letter * length * 3


@pytest.mark.parametrize(
    "text",
    ["甲,乙;丙\\丁", "一行\n二行", "：“引号”", '"DTSTART', "BEGIN:VEVENT", "\\n", "a\\,b", "结尾\\", "%E6 &amp;"],
)
def test_signs_that_mean_something_in_the_format_are_text(text: str) -> None:
    (told,) = read_feed(rendered(event(text, description=text))).values()
    assert (told.summary, told.description) == (text, text)


def test_a_feed_without_entries_is_a_feed() -> None:
    data = rendered()
    assert read_feed(data) == {}
    assert is_feed(data)
    assert not is_feed(b"PK\x03\x04")
    assert not is_feed(data.replace(b"zhuomuniao", b"somebody"))


def test_only_the_stamp_differs_a_day_later() -> None:
    data, later = rendered(event(), now=NOW), rendered(event(), now=NOW + timedelta(days=1))
    assert data != later
    assert says_the_same(data, later)
    assert not says_the_same(data, rendered(event(sequence=1), now=NOW))


def test_the_order_of_the_entries_is_of_no_account() -> None:
    entries = [event(uid=f"u{n}", on=DAY + timedelta(days=n % 3)) for n in range(9)]
    assert says_the_same(rendered(*entries), rendered(*reversed(entries)))


def test_what_was_published_is_read_back() -> None:
    data = rendered(
        event("很长的标题" * 20, sequence=3, remind_at=datetime(2026, 10, 13, 9)),
        event(uid="u2", is_cancelled=True, changed_at=datetime(2026, 10, 1, 3)),
    )
    assert read_published(data) == {"u1": Published(3, DAY, False), "u2": Published(0, DAY, True)}
    assert b"LAST-MODIFIED:20260930T190000Z" in data
    assert read_published(b"") == {}
    assert set(read_published(data.replace(b"SEQUENCE:3", b"SEQUENCE:x"))) == {"u2"}


@pytest.mark.parametrize(
    ("was", "derived", "expected"),
    [
        (Published(2, DAY, False), 2, 2),
        (Published(2, DAY, False), 3, 3),
        (Published(5, DAY, False), 3, 5),
        (Published(5, DAY - timedelta(days=1), False), 3, 6),
        (Published(5, DAY, True), 5, 6),
        (Published(5, DAY, True), 9, 9),
    ],
)
def test_the_sequence_never_falls_and_rises_with_the_day(was: Published, derived: int, expected: int) -> None:
    (after,) = follow_up([event(sequence=derived)], {"u1": was})
    assert after.sequence == expected


def test_the_alarm_rings_at_nine_of_an_earlier_day() -> None:
    (told,) = read_feed(rendered(event(remind_at=datetime(2026, 10, 9, 9)))).values()
    assert told.alarm == -timedelta(days=4, hours=15)


def test_five_thousand_entries_take_seconds() -> None:
    entries = [event(uid=f"u{n}", description="责任单位：县城管局\n" * 5) for n in range(5000)]
    began = time.perf_counter()
    data = rendered(*entries)
    assert time.perf_counter() - began < 20, "about 1.5 s here"
    assert len(read_published(data)) == 5000
