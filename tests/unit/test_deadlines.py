"""Counting: scenarios C-01…C-16 and the worked answers of the policies."""

from __future__ import annotations

from datetime import date

import pytest

from zhuomuniao.counting import count_deadline, show_working
from zhuomuniao.deadlines import late_workdays, light_of
from zhuomuniao.errors import BadValueError, CalendarNotPublishedError
from zhuomuniao.limits import Limit, LimitUnit, parse_limit
from zhuomuniao.model import Act, Clock, Light
from zhuomuniao.workdays import WorkCalendar, last_published_year

CALENDAR = WorkCalendar()


def due(start: str, limit: str) -> date:
    return count_deadline(parse_limit(limit), date.fromisoformat(start), CALENDAR).due_on


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        # C-01 an ordinary week
        ("2026-08-10", "5工作日", "2026-08-17"),
        ("2026-08-10", "3工作日", "2026-08-13"),
        ("2026-08-10", "7工作日", "2026-08-19"),
        # C-02, C-03 around 春节 2026, received on a make-up Saturday
        ("2026-02-13", "5工作日", "2026-02-27"),
        ("2026-02-13", "1工作日", "2026-02-14"),
        ("2026-02-14", "5工作日", "2026-02-28"),
        # C-04 the next day is a make-up Sunday
        ("2026-09-18", "1工作日", "2026-09-20"),
        # C-05, C-06 中秋 and 国庆
        ("2026-09-24", "5工作日", "2026-10-09"),
        ("2026-09-30", "3工作日", "2026-10-10"),
        ("2026-09-30", "5工作日", "2026-10-13"),
        # C-07 05-09 is a make-up Saturday
        ("2026-04-30", "5工作日", "2026-05-11"),
        # C-08 received on a rest day
        ("2026-09-19", "1工作日", "2026-09-20"),
        ("2026-01-01", "3工作日", "2026-01-06"),
        # C-09 over the year's end
        ("2025-12-31", "3工作日", "2026-01-06"),
        ("2025-12-30", "5工作日", "2026-01-07"),
        ("2025-12-30", "2工作日", "2026-01-04"),
        ("2025-12-30", "3工作日", "2026-01-05"),
        # 春节 2025
        ("2025-01-24", "1工作日", "2025-01-26"),
        ("2025-01-24", "3工作日", "2025-02-05"),
        ("2025-01-24", "5工作日", "2025-02-07"),
        ("2025-01-24", "10工作日", "2025-02-13"),
        ("2025-09-30", "3工作日", "2025-10-11"),
        ("2025-09-30", "5工作日", "2025-10-14"),
    ],
)
def test_workdays(start: str, limit: str, expected: str) -> None:
    assert due(start, limit) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "limit", "raw", "expected"),
    [
        ("2026-09-30", "3日", "2026-10-03", "2026-10-08"),  # C-10
        ("2026-09-16", "3日", "2026-09-19", "2026-09-20"),  # C-11: to the make-up Sunday
        ("2026-09-30", "5日", "2026-10-05", "2026-10-08"),  # C-12
        ("2026-09-28", "3日", "2026-10-01", "2026-10-08"),
        ("2026-08-10", "3日", None, "2026-08-13"),
        ("2026-01-31", "1个月", None, "2026-02-28"),  # a make-up workday stays
        ("2026-08-31", "1个月", None, "2026-09-30"),
        ("2026-09-01", "1个月", "2026-10-01", "2026-10-08"),
    ],
)
def test_calendar_days_and_months(start: str, limit: str, raw: str | None, expected: str) -> None:
    counted = count_deadline(parse_limit(limit), date.fromisoformat(start), CALENDAR)
    assert counted.due_on == date.fromisoformat(expected)
    assert counted.raw_due_on == (date.fromisoformat(raw) if raw else None)


def test_c13_an_unpublished_year_is_provisional() -> None:
    start = date(last_published_year(), 12, 25)
    counted = count_deadline(Limit(5, LimitUnit.WORKDAY), start, CALENDAR)
    assert counted.is_provisional
    with pytest.raises(CalendarNotPublishedError) as refused:
        count_deadline(Limit(5, LimitUnit.WORKDAY), start, WorkCalendar(is_strict=True))
    assert str(last_published_year() + 1) in refused.value.message


def test_c13_statutory_days_are_kept_in_an_unpublished_year() -> None:
    assert due("2026-12-25", "5工作日") == date(2027, 1, 4)
    assert CALENDAR.day(date(2027, 2, 8)).why == "春节"
    assert not CALENDAR.is_provisional(date(2026, 11, 30))
    assert CALENDAR.is_provisional(date(2026, 12, 1))


def test_the_trail_counts_what_the_date_counts() -> None:
    trail = show_working(parse_limit("5工作日"), date(2026, 9, 30), CALENDAR)
    assert [t.n for t in trail if t.counts] == [1, 2, 3, 4, 5]
    assert trail[0].n is None
    assert trail[-1].day == date(2026, 10, 13)
    days = show_working(parse_limit("3日"), date(2026, 9, 28), CALENDAR)
    assert [(t.day.day, t.n) for t in days][:4] == [(28, None), (29, 1), (30, 2), (1, 3)]
    assert [t.n for t in days[4:]] == [None] * 7


@pytest.mark.parametrize("text", ["", "5", "工作日", "-1日", "0工作日", "五六日", "99999日", "下周", "5小时下班前"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(BadValueError, match="时限"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("5工作日", "5工作日"),
        ("3个工作日内", "3工作日"),
        ("3天", "3日"),
        ("10 自然日", "10日"),
        ("1个月", "1个月"),
        ("2月", "2个月"),
        ("五个工作日", "5工作日"),
        ("十五日内", "15日"),
        ("二十一天", "21日"),
        ("两周", "2周"),
        ("1年", "12个月"),
        ("24小时", "24小时"),
        ("30分钟内", "30分钟"),
        ("当天", "当日"),
        ("次日", "次日"),
        ("下班前", "当日下班前"),
        ("次日下班前", "次日下班前"),
        ("3个工作日下班前", "3工作日下班前"),
        ("自次日起5个工作日内", "次日起5工作日"),
    ],
)
def test_limits_as_people_write_them(text: str, limit: str) -> None:
    assert str(parse_limit(text)) == limit


def test_a_limit_of_nought_is_refused() -> None:
    with pytest.raises(BadValueError):
        count_deadline(Limit(0, LimitUnit.WORKDAY), date(2026, 1, 5), CALENDAR)


def test_e02_lateness_in_workdays() -> None:
    assert late_workdays(date(2026, 9, 30), date(2026, 10, 5), CALENDAR) == 0
    assert late_workdays(date(2026, 9, 30), date(2026, 10, 8), CALENDAR) == 1
    assert late_workdays(date(2026, 9, 30), date(2026, 9, 1), CALENDAR) == 0


def test_lights() -> None:
    clock = Clock(Act.RESOLVE, date(2026, 10, 9))
    assert light_of(clock, date(2026, 10, 10), CALENDAR) is Light.RED
    assert light_of(clock, date(2026, 10, 9), CALENDAR) is Light.YELLOW
    assert light_of(clock, date(2026, 10, 8), CALENDAR) is Light.YELLOW
    assert light_of(clock, date(2026, 9, 30), CALENDAR) is Light.GREEN
    assert light_of(Clock(Act.RESOLVE, None), date(2026, 9, 30), CALENDAR) is Light.GREEN


def test_a_stray_day_does_not_make_a_year_published(monkeypatch: pytest.MonkeyPatch) -> None:
    from chinese_calendar import constants

    published = last_published_year()
    monkeypatch.setitem(constants.holidays, date(published + 1, 1, 1), "New Year's Day")
    last_published_year.cache_clear()
    try:
        assert last_published_year() == published
    finally:
        last_published_year.cache_clear()
