"""The days a report covers and how its sentences name them: 本月、上季度、下年; 本期 where they are no whole one."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import BEIJING

_QUARTERS = "一二三四"
_MONTHLY = 31
"""A span of up to so many days is shown by day, a longer one by month."""


class PeriodWords(Struct, frozen=True):
    """What papers call the period itself, the one before and the one after.

    ``kind`` is the paper's as file names have it (季报2026Q3), ``titled`` behind the period (2026年第三季度报表).
    """

    this: str
    before: str
    after: str
    kind: str
    titled: str


OF_WEEK = PeriodWords("本周", "上周", "下周", "周报", "周报")
OF_MONTH = PeriodWords("本月", "上月", "下月", "月报", "月报")
OF_QUARTER = PeriodWords("本季度", "上季度", "下季度", "季报", "报表")
# 上半年 is January to June, whatever the half-year before was.
OF_HALF_YEAR = PeriodWords("本半年", "上个半年", "下个半年", "半年报", "报表")
OF_YEAR = PeriodWords("本年", "上年", "下年", "年报", "年报")
OF_SPAN = PeriodWords("本期", "上期", "下期", "统计报表", "统计报表")
_BY_MONTHS = {1: OF_MONTH, 3: OF_QUARTER, 6: OF_HALF_YEAR, 12: OF_YEAR}


class Covered(Struct, frozen=True):
    """The days a report covers, seen at the end of ``as_of``: what happened later did not happen yet.

    ``label`` is the period's: 2026-08, 2026Q3, 2026H1, 2026, 2026W33. ``first`` and ``last`` are those of
    :func:`zhuomuniao.periods.covered`, such as 07-21 and 08-20. ``is_window``: an activity window, whose 上期 is the
    window before, be it as long as a month.
    Raises :class:`BadValueError` where they have not begun, or end before they begin.
    """

    label: str
    first: date
    last: date
    as_of: date
    is_window: bool = False

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadValueError(f"统计期间倒过来了：从{self.first}到{self.last}", "请核对起止日期")
        if self.as_of < self.first:
            said = f"统计期间从{self.first}开始，截至{self.as_of}还没有开始，没有可报的内容"
            raise BadValueError(said, "请选已经开始的期间")

    @property
    def cut(self) -> date:
        """截至日: the last day that counts."""
        return min(self.last, self.as_of)

    @property
    def is_running(self) -> bool:
        """Whether days of the span are still to come."""
        return self.as_of < self.last

    @property
    def days(self) -> str:
        """From when to when, as papers write it."""
        return long_days(self.first, self.last)

    @property
    def words(self) -> PeriodWords:
        """本月, 上月 … for a whole month, quarter, half-year, year or week; 本期 for a window and any other days."""
        if self.is_window:
            return OF_SPAN
        if self.first.weekday() == 0 and (self.last - self.first).days == 6:
            return OF_WEEK
        months = self._whole_months
        is_aligned = bool(months) and (self.first.month - 1) % months == 0
        return _BY_MONTHS.get(months, OF_SPAN) if is_aligned else OF_SPAN

    @property
    def named(self) -> str:
        """The period as papers write it: 2026年8月, 2026年第三季度, 2026年上半年, 2026年12月至2027年1月."""
        label = self.label
        if re.fullmatch(r"\d{4}-\d\d", label) and self._whole_months > 1:
            year = "" if self.first.year == self.last.year else f"{self.last.year}年"
            return f"{self.first.year}年{self.first.month}月至{year}{self.last.month}月"
        if match := re.fullmatch(r"(\d{4})-(\d\d)", label):
            return f"{match[1]}年{int(match[2])}月"
        if match := re.fullmatch(r"(\d{4})Q([1-4])", label):
            return f"{match[1]}年第{_QUARTERS[int(match[2]) - 1]}季度"
        if match := re.fullmatch(r"(\d{4})H([12])", label):
            return f"{match[1]}年{'上' if match[2] == '1' else '下'}半年"
        if match := re.fullmatch(r"(\d{4})W(\d\d)", label):
            return f"{match[1]}年第{int(match[2])}周"
        return f"{label}年" if re.fullmatch(r"\d{4}", label) else label

    @property
    def through(self) -> str:
        """（截至8月15日） behind a title while the period runs, else nothing."""
        return f"（截至{self.cut.month}月{self.cut.day}日）" if self.is_running else ""

    @property
    def is_shown_by_day(self) -> bool:
        """Whether the span is short enough to show each of its days."""
        return (self.last - self.first).days < _MONTHLY

    @property
    def months(self) -> tuple[tuple[date, date], ...]:
        """The first and last day of each calendar month, as far as it is covered."""
        found: list[tuple[date, date]] = []
        day = self.first
        while day <= self.last:
            after = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            found.append((day, min(self.last, after - timedelta(days=1))))
            day = after
        return tuple(found)

    def holds(self, day: date | None) -> bool:
        """Whether a day is covered and not after the cut."""
        return day is not None and self.first <= day <= self.cut

    def short(self, day: date) -> str:
        """A day as lists write it; with its year where the span crosses one."""
        return long_day(day) if self.first.year != self.last.year else f"{day.month}月{day.day}日"

    @property
    def _whole_months(self) -> int:
        """How many calendar months the span is, 0 where it begins or ends inside one."""
        if self.first.day != 1 or (self.last + timedelta(days=1)).day != 1:
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1


def long_day(day: date) -> str:
    """A day as papers write it: 2026年10月8日."""
    return f"{day.year}年{day.month}月{day.day}日"


def long_days(first: date, last: date) -> str:
    """From when to when: 2026年7月21日至8月20日, with the second year only where it is another."""
    until = f"{last.month}月{last.day}日" if first.year == last.year else long_day(last)
    return f"{long_day(first)}至{until}"


def beijing_day(moment: datetime) -> date:
    """The Beijing day of a moment; one without a zone is Beijing time already."""
    return (moment.astimezone(BEIJING) if moment.tzinfo else moment).date()
