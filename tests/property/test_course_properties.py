"""Counting with pauses and extensions holds against a count that walks day by day."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.counting import count_deadline, show_working
from zhuomuniao.course import Extension, Pause
from zhuomuniao.limits import Limit, LimitUnit
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
days = st.dates(date(2007, 1, 1), date(2026, 3, 31))
counts = st.integers(1, 25)
units = st.sampled_from([LimitUnit.WORKDAY, LimitUnit.DAY])


@st.composite
def pauses(draw: st.DrawFn, start: date) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        since = start + timedelta(days=draw(st.integers(-5, 30)))
        found.append(Pause(since, since + timedelta(days=draw(st.integers(0, 12)))))
    return found


def walked(limit: Limit, start: date, stops: list[Pause]) -> date:
    """The due day as a clerk finds it with a pencil: one day after the other."""
    stopped = {
        pause.since + timedelta(days=n)
        for pause in stops
        for n in range(1, 1 + ((pause.until or pause.since) - pause.since).days)
    }
    day, left = start, limit.count
    while left:
        day += timedelta(days=1)
        counts_today = chinese_calendar.is_workday(day) if limit.unit is LimitUnit.WORKDAY else True
        left -= counts_today and day not in stopped
    while not chinese_calendar.is_workday(day) or (day in stopped and day != start):
        day += timedelta(days=1)
    return day


@given(st.data(), days, counts, units)
def test_pauses_against_a_pencil(data: st.DataObject, start: date, n: int, unit: LimitUnit) -> None:
    stops = data.draw(pauses(start))
    limit = Limit(n, unit)
    assert count_deadline(limit, start, CALENDAR, pauses=stops).due_on == walked(limit, start, stops)


@given(st.data(), days, counts, counts, units)
def test_extensions_are_counted_on_from_the_due_day(
    data: st.DataObject, start: date, n: int, more: int, unit: LimitUnit
) -> None:
    stops = data.draw(pauses(start))
    extended = count_deadline(
        Limit(n, unit), start, CALENDAR, pauses=stops, extensions=[Extension(Limit(more, unit), start)]
    )
    assert extended.base_due_on == walked(Limit(n, unit), start, stops)
    assert extended.due_on == walked(Limit(more, unit), extended.base_due_on, stops)


@given(st.data(), days, counts, units)
def test_the_trail_tells_what_was_counted(data: st.DataObject, start: date, n: int, unit: LimitUnit) -> None:
    stops = data.draw(pauses(start))
    limit = Limit(n, unit)
    trail = show_working(limit, start, CALENDAR, pauses=stops)
    assert trail[0].day == start
    assert trail[-1].day == count_deadline(limit, start, CALENDAR, pauses=stops).due_on
    assert [t.n for t in trail if t.counts] == list(range(1, n + 1))
    assert [t.day for t in trail] == [start + timedelta(days=i) for i in range(len(trail))]
    assert all(t.why for t in trail)


@given(days, days, counts)
def test_due_days_are_workdays_and_monotone(one: date, other: date, n: int) -> None:
    early, late = sorted((one, other))
    for unit in LimitUnit:
        if unit.is_of_the_clock:
            continue
        limit = Limit(n, unit)
        first = count_deadline(limit, early, CALENDAR).due_on
        assert CALENDAR.is_workday(first)
        assert first <= count_deadline(limit, late, CALENDAR).due_on
        assert first <= count_deadline(Limit(n + 1, unit), early, CALENDAR).due_on
