"""Counting holds for every day of twenty years: against a brute-force walk, and as laws."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from tests.notices import IMPORTED_ON
from zhuomuniao.counting import count_deadline
from zhuomuniao.layers import MAKE_UP, Layer, LayerDay, LayerKind
from zhuomuniao.limits import Limit, LimitUnit
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
FIRST, LAST = date(2007, 1, 1), date(2026, 12, 31)
LONGEST = 30
days = st.dates(FIRST, LAST - timedelta(days=60))
counts = st.integers(1, 25)


def test_c22_every_published_day_agrees_with_the_reference() -> None:
    day, looked_at = FIRST, 0
    while day <= LAST:
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        assert CALENDAR.day(day).is_workday == CALENDAR.is_workday(day)
        day += timedelta(days=1)
        looked_at += 1
    assert looked_at == 7305


def test_c22_every_start_and_count_agrees_with_a_walk_day_by_day() -> None:
    """Forwards, backwards and between, for each of the 7,305 days and 1 to 30 workdays."""
    works = [FIRST + timedelta(days=n) for n in range(7305) if chinese_calendar.is_workday(FIRST + timedelta(days=n))]
    ahead, compared = 0, 0
    for n in range(7305):
        start = FIRST + timedelta(days=n)
        while ahead < len(works) and works[ahead] <= start:
            ahead += 1
        for count, end in enumerate(works[ahead : ahead + LONGEST], start=1):
            assert CALENDAR.nth_workday_after(start, count) == end, (start, count)
            assert CALENDAR.workdays_between(start, end) == count
            compared += 1
            if works[ahead - 1] == start:
                assert CALENDAR.nth_workday_before(end, count) == start, (end, count)
    assert compared > 218_000


@given(days, counts)
def test_walking_day_by_day_gives_the_same_date(start: date, n: int) -> None:
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    assert CALENDAR.nth_workday_after(start, n) == day
    assert count_deadline(Limit(n, LimitUnit.WORKDAY), start, CALENDAR).due_on == day


@given(days, counts)
def test_a_due_day_is_a_workday_and_subtracts_back(start: date, n: int) -> None:
    due = CALENDAR.nth_workday_after(start, n)
    assert CALENDAR.is_workday(due)
    assert CALENDAR.workdays_between(start, due) == n
    assert CALENDAR.workdays_between(due, start) == -n
    if CALENDAR.is_workday(start):
        assert CALENDAR.nth_workday_before(due, n) == start


@given(days, days, counts)
def test_later_start_never_gives_an_earlier_date(one: date, other: date, n: int) -> None:
    early, late = sorted((one, other))
    assert CALENDAR.nth_workday_after(early, n) <= CALENDAR.nth_workday_after(late, n)
    assert CALENDAR.nth_workday_after(early, n) < CALENDAR.nth_workday_after(early, n + 1)


@given(days, st.integers(1, 40))
def test_calendar_days_end_on_a_workday_not_before_their_day(start: date, n: int) -> None:
    counted = count_deadline(Limit(n, LimitUnit.DAY), start, CALENDAR)
    raw = counted.raw_due_on or counted.due_on
    assert raw == start + timedelta(days=n)
    assert CALENDAR.is_workday(counted.due_on)
    assert CALENDAR.workdays_between(raw, counted.due_on) == (counted.due_on != raw)


@given(st.dictionaries(st.dates(date(2024, 11, 1), date(2026, 2, 28)), st.booleans(), max_size=30), days, counts)
def test_the_laws_hold_under_any_layer(marks: dict[date, bool], start: date, n: int) -> None:
    listed = tuple(LayerDay(on, is_off, "x" if is_off else MAKE_UP) for on, is_off in sorted(marks.items()))
    calendar = WorkCalendar([Layer(LayerKind.REGIONAL, 2025, "t", "", IMPORTED_ON, listed)])
    assert all(calendar.is_workday(on) is not is_off for on, is_off in marks.items())
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= calendar.is_workday(day)
    assert calendar.nth_workday_after(start, n) == day
    assert calendar.workdays_between(start, day) == n
    if calendar.is_workday(start):
        assert calendar.nth_workday_before(day, n) == start
