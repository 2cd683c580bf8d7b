"""法定节假日: the days of the seven holidays themselves, without what a notice moves around them.

By the law in force in each year (《全国年节及纪念日放假办法》 of 1999, 2007, 2013 and 2024). No notice has ever made
one of them a workday. Lunar dates come from ``data/calendar/statutory.toml`` for the years to come and from the
table here for those gone by; where neither has a year, its lunar holidays are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from functools import cache
from typing import Final

from zhuomuniao.assets import data_folder

HOLIDAYS: Final = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
"""The seven holidays of the whole country, since 2008."""

_SINCE_SEVEN: Final = 2008
_OLD_HOLIDAYS: Final = ("元旦", "春节", "劳动节", "国庆节")
_FIXED: Final = ((1, 1), (5, 1), (10, 1))

_LUNAR: Final = {
    2004: "0122", 2005: "0209", 2006: "0129", 2007: "0218",
    2008: "0207 0608 0914", 2009: "0126 0528 1003", 2010: "0214 0616 0922", 2011: "0203 0606 0912",
    2012: "0123 0623 0930", 2013: "0210 0612 0919", 2014: "0131 0602 0908", 2015: "0219 0620 0927",
    2016: "0208 0609 0915", 2017: "0128 0530 1004", 2018: "0216 0618 0924", 2019: "0205 0607 0913",
    2020: "0125 0625 1001", 2021: "0212 0614 0921", 2022: "0201 0603 0910", 2023: "0122 0622 0929",
    2024: "0210 0610 0917", 2025: "0129 0531 1006", 2026: "0217 0619 0925",
}  # fmt: skip
"""正月初一, 五月初五 and 八月十五 of the years before the file's, as month and day."""


@cache
def statutory_holidays(year: int) -> Mapping[str, frozenset[date]]:
    """The 法定 days of a year by holiday; only those that can be known. Two holidays may share a day."""
    listed = _file().get(str(year))
    if listed is not None:
        return {name: frozenset(days) for name, days in listed.items()}
    found = {"元旦": {date(year, 1, 1)}, "国庆节": {date(year, 10, day) for day in (1, 2, 3)}}
    found["劳动节"] = {date(year, 5, 1 + n) for n in range(3 if year < 2008 else 1 if year < 2025 else 2)}
    if _SINCE_SEVEN <= year < 2100:
        found["清明节"] = {date(year, 4, _bright_and_clear(year))}
    lunar = [date(year, int(text[:2]), int(text[2:])) for text in _LUNAR.get(year, "").split()]
    if lunar:
        # 除夕 belonged to the holiday from 2008 to 2013 and does again since 2025.
        eve = 2008 <= year < 2014 or year >= 2025
        length = 4 if year >= 2025 else 3
        found["春节"] = {lunar[0] + timedelta(days=n - eve) for n in range(length)}
    for name, day in zip(("端午节", "中秋节"), lunar[1:], strict=False):
        found[name] = {day}
    return {name: frozenset(days) for name, days in found.items()}


def statutory_days(year: int) -> Mapping[date, str]:
    """The same by day."""
    return {day: name for name, days in statutory_holidays(year).items() for day in days}


def split_names(names: str) -> list[str]:
    """The holidays of a joined name (国庆节、中秋节)."""
    return re.split("[、和与及]", names)


def statutory_core(names: str, year: int) -> frozenset[date]:
    """The 法定 days of a holiday, or of all holidays of a joined name."""
    holidays = statutory_holidays(year)
    return frozenset(day for name in split_names(names) for day in holidays.get(name, ()))


def absent_holidays(off: Mapping[str, Set[date]], year: int) -> tuple[str, ...]:
    """Which of the seven (before 2008: four) holidays a year's rest days, by holiday, do not have."""
    there = {name for names, days in off.items() for name in split_names(names) if days}
    return tuple(name for name in (HOLIDAYS if year >= _SINCE_SEVEN else _OLD_HOLIDAYS) if name not in there)


def unrested_days(off: Mapping[str, Set[date]], year: int) -> Iterator[tuple[date, str]]:
    """The 法定 days of the holidays named that a year's rest days leave out, with their holiday.

    On a weekend people rest anyway; 1月1日, 5月1日 and 10月1日 no notice leaves out even then.
    """
    named = {name for names in off for name in split_names(names)}
    days = {day for listed in off.values() for day in listed}
    for name, core in statutory_holidays(year).items():
        for day in sorted(core - days if name in named else ()):
            if day.weekday() < 5 or (day.month, day.day) in _FIXED:
                yield day, name


def feasts_at_work(worked: Iterable[date]) -> Iterator[tuple[date, str]]:
    """Which of the days on which people are to work are 法定 days, with their holiday."""
    for day in sorted(worked):
        if name := statutory_days(day.year).get(day):
            yield day, name


def _bright_and_clear(year: int) -> int:
    """The day of April on which 清明 falls, in this century."""
    n = year % 100
    return int(n * 0.2422 + 4.81) - n // 4


@cache
def _file() -> dict[str, dict[str, list[date]]]:
    path = data_folder() / "calendar" / "statutory.toml"
    years: dict[str, dict[str, list[date]]] = tomllib.loads(path.read_text(encoding="utf-8"))["years"]
    return years
