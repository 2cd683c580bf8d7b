"""WorkCalendar: which days are workdays in China, and whether that is published yet.

Published years come from ``chinese_calendar`` (State Council notices). Years it does not know are counted with
statutory days (``data/calendar/statutory.toml``) and weekends, and every date that rests on them is 暂定.
The December of the last published year is 暂定 too: the following year's notice has flipped December days in
2006, 2007, 2011 and 2018.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from zhuomuniao.assets import data_folder
from zhuomuniao.errors import CalendarNotPublishedError

_HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


_YEARLY_HOLIDAYS = (
    "New Year's Day",
    "Spring Festival",
    "Tomb-sweeping Day",
    "Labour Day",
    "Dragon Boat Festival",
    "Mid-autumn Festival",
    "National Day",
)


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day: whether people work, why, and whether that rests on an unpublished arrangement."""

    on: date
    is_workday: bool
    why: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class _Year:
    off: dict[date, str]
    makeup: frozenset[date]
    workdays: tuple[int, ...]


def weekday_name(day: date) -> str:
    """周一 … 周日."""
    return "周" + "一二三四五六日"[day.weekday()]


class WorkCalendar:
    """Counts over a sorted array of workdays per year.

    ``is_strict`` makes any question about an unpublished day raise :class:`CalendarNotPublishedError`
    (``--strict-calendar``).
    """

    def __init__(self, *, is_strict: bool = False) -> None:
        self.is_strict = is_strict
        self._years: dict[int, _Year] = {}

    @property
    def version(self) -> str:
        """What the calendar knows, printed beside each explained date."""
        return f"国务院放假通知，已公布至{last_published_year()}年"

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day, make-up weekends included."""
        return self.day(day).is_workday

    def day(self, on: date) -> Day:
        """The day with its reason: 工作日, 调休上班, 周末 or the holiday's name."""
        year = self._year(on.year)
        name = year.off.get(on)
        if name:
            is_workday, why = False, name
        elif on in year.makeup:
            is_workday, why = True, "调休上班"
        elif on.weekday() >= 5:
            is_workday, why = False, "周末"
        else:
            is_workday, why = True, "工作日"
        return Day(on, is_workday, why, self.is_provisional(on))

    def is_provisional(self, on: date) -> bool:
        """Whether this day's arrangement may still change by a notice not yet published."""
        last = last_published_year()
        return on.year > last or (on.year == last and on.month == 12)

    def require_published(self, on: date) -> None:
        """Raise :class:`CalendarNotPublishedError` under ``--strict-calendar`` when ``on`` is provisional."""
        if self.is_strict and self.is_provisional(on):
            raise CalendarNotPublishedError(
                f"期限涉及 {on.isoformat()}，{last_published_year() + 1}年放假安排尚未公布（已要求严格日历）",
                "去掉 --strict-calendar 可先按法定节假日计算并标“暂定”；通知公布后请更新 zmn",
                missing_year=last_published_year() + 1,
            )

    def nth_workday_after(self, start: date, n: int) -> date:
        """The ``n``-th workday after ``start`` (``start`` is day 0 and never counts); ``n`` ≥ 1."""
        year = start.year
        ordinals = self._year(year).workdays
        index = bisect_right(ordinals, start.toordinal()) + n - 1
        while index >= len(ordinals):
            index -= len(ordinals)
            year += 1
            ordinals = self._year(year).workdays
        return date.fromordinal(ordinals[index])

    def first_workday_on_or_after(self, day: date) -> date:
        """``day`` itself if people work on it, else the next workday."""
        return self.nth_workday_after(day - timedelta(days=1), 1)

    def last_workday_on_or_before(self, day: date) -> date:
        """``day`` itself if people work on it, else the workday before."""
        while not self.is_workday(day):
            day -= timedelta(days=1)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """How many workdays lie after ``start`` up to and including ``end``; negative when reversed."""
        if end < start:
            return -self.workdays_between(end, start)
        total = 0
        for year in range(start.year, end.year + 1):
            ordinals = self._year(year).workdays
            total += bisect_right(ordinals, end.toordinal()) - bisect_right(ordinals, start.toordinal())
        return total

    def nth_workday_before(self, end: date, n: int) -> date:
        """The ``n``-th workday before ``end``: the inverse of :meth:`nth_workday_after` on workdays."""
        year = end.year
        ordinals = self._year(year).workdays
        index = bisect_left(ordinals, end.toordinal()) - n
        while index < 0:
            year -= 1
            ordinals = self._year(year).workdays
            index += len(ordinals)
        return date.fromordinal(ordinals[index])

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            self._years[year] = _load_year(year)
        return self._years[year]


@cache
def last_published_year() -> int:
    """The last year whose whole arrangement ``chinese_calendar`` holds.

    A year counts as known only when each of its holidays is there: a stray New Year's Day that belongs to the
    previous notice must not make the year look published.
    """
    from chinese_calendar import constants

    names: dict[int, set[str]] = {}
    for day, name in constants.holidays.items():
        names.setdefault(day.year, set()).add(name)
    return max(year for year, found in names.items() if found >= set(_YEARLY_HOLIDAYS))


@cache
def _load_year(year: int) -> _Year:
    from chinese_calendar import constants

    published = 2004 <= year <= last_published_year()
    if published:
        off = {day: _HOLIDAY_NAMES.get(name, name) for day, name in constants.holidays.items() if day.year == year}
        makeup = frozenset(day for day in constants.workdays if day.year == year)
    else:
        off, makeup = _statutory_days(year), frozenset()
    first = date(year, 1, 1).toordinal()
    last = date(year, 12, 31).toordinal()
    workdays = []
    for ordinal in range(first, last + 1):
        day = date.fromordinal(ordinal)
        if day not in off and (day.weekday() < 5 or day in makeup):
            workdays.append(ordinal)
    return _Year(off, makeup, tuple(workdays))


@cache
def _statutory_file() -> dict[str, dict[str, list[date]]]:
    path = data_folder() / "calendar" / "statutory.toml"
    years: dict[str, dict[str, list[date]]] = tomllib.loads(path.read_text(encoding="utf-8"))["years"]
    return years


def _statutory_days(year: int) -> dict[date, str]:
    """法定节假日 alone, for a year without a notice; fixed dates where the lunar ones are not on file."""
    listed = _statutory_file().get(str(year))
    if listed is not None:
        return {day: name for name, days in listed.items() for day in days}
    fixed = {"元旦": [(1, 1)], "劳动节": [(5, 1), (5, 2)], "国庆节": [(10, 1), (10, 2), (10, 3)]}
    return {date(year, m, d): name for name, days in fixed.items() for m, d in days}
