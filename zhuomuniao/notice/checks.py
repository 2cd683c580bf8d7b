"""Self-checks of a whole notice: what no real one lacks and no real one says.

They catch what a slip of the pen or of copying leaves readable: a missing or misspelt holiday, a date in the wrong
month, a make-up day far from its break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from typing import Final

from zhuomuniao.errors import NoticeProblem
from zhuomuniao.layers import HOLIDAYS
from zhuomuniao.notice.grammar import LONGEST_BREAK, Arrangement
from zhuomuniao.notice.words import COMPARE

_SINCE_SEVEN: Final = 2008
_OLD_HOLIDAYS: Final = ("元旦", "春节", "劳动节", "国庆节")
_FIXED: Final = {"元旦": (1, 1), "劳动节": (5, 1), "国庆节": (10, 1)}

_SEASONS: Final = {
    "元旦": ((12, 25), (1, 6)),
    "春节": ((1, 15), (3, 3)),
    "清明节": ((3, 30), (4, 10)),
    "劳动节": ((4, 25), (5, 10)),
    "端午节": ((5, 24), (7, 1)),
    "中秋节": ((9, 4), (10, 14)),
    "国庆节": ((9, 25), (10, 14)),
}
"""First and last day on which a rest day of the holiday can fall, breaks before and after it included.

春节 falls between 21 January and 21 February, 端午 between 27 May and 26 June, 中秋 between 7 September and
8 October.
"""


def of_all(what: str, remedy: str) -> NoticeProblem:
    """A problem of the text as a whole."""
    return NoticeProblem(0, "", what, remedy)


def told(day: date) -> str:
    """2027年1月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def missing_holidays(off: Mapping[str, Set[date]], year: int) -> Iterator[NoticeProblem]:
    """What a yearly notice lacks: one of the seven (before 2008: four) holidays, or the fixed day of one.

    ``off`` has the rest days by holiday; two holidays may be joined (国庆节、中秋节).
    """
    days = {name: listed for names, listed in off.items() for name in split_names(names) if listed}
    absent = [n for n in (HOLIDAYS if year >= _SINCE_SEVEN else _OLD_HOLIDAYS) if n not in days]
    if absent:
        what = f"{year}年的安排里缺少{'、'.join(absent)}"
        yield of_all(what, "请补全后再导入；只调整个别节日的通知，标题里应有“调整”“延长”字样")
    for name, (month, day) in _FIXED.items():
        if name in days and date(year, month, day) not in days[name]:
            yield of_all(f"{name}的放假日期里没有{month}月{day}日", COMPARE)


def implausible_dates(arranged: Arrangement) -> Iterator[NoticeProblem]:
    """Dates that cannot belong to this holiday, or lie too far from its break."""
    seasons = [_SEASONS[name] for name in split_names(arranged.name) if name in _SEASONS]
    for day in sorted(arranged.off):
        if seasons and not any(_is_within(day, *season) for season in seasons):
            yield of_all(f"{told(day)}不会是{arranged.name}的假期", COMPARE)
    breaks = sorted(arranged.off | ({arranged.extends_to} if arranged.extends_to else set()))
    if gap := _first_gap(arranged.off):
        yield of_all(f"{arranged.name}的放假日期不连着，中间隔着{told(gap)}", COMPARE)
    near = timedelta(days=LONGEST_BREAK)
    for day in sorted(arranged.work | arranged.ordinary):
        if breaks and not breaks[0] - near <= day <= breaks[-1] + near:
            yield of_all(f"{told(day)}上班，离{arranged.name}的假期太远", COMPARE)


def unknown_names(arranged: Iterable[Arrangement]) -> Iterator[NoticeProblem]:
    """Holidays that no notice of the State Council has."""
    for name in dict.fromkeys(name for a in arranged for name in split_names(a.name)):
        if name not in HOLIDAYS:
            what = f"不认识的节日“{name}”；全国的节日是{'、'.join(HOLIDAYS)}"
            yield of_all(what, "请核对节日名称；本地自己的节日请作为本地安排（regional）导入")


def split_names(names: str) -> list[str]:
    """The holidays of a joined name."""
    return re.split("[、和与及]", names)


def _first_gap(off: Set[date]) -> date | None:
    """The first day from Monday to Friday between the rest days that is none of them."""
    first, last = min(off, default=date.min), max(off, default=date.min)
    between = (first + timedelta(days=n) for n in range(min((last - first).days, 31)))
    return next((day for day in between if day.weekday() < 5 and day not in off), None)


def _is_within(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last
