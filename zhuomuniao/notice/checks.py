"""Self-checks of a whole notice: what no real one lacks and no real one says.

They catch what a slip of the pen or of copying leaves readable: a missing or misspelt holiday, a date in the wrong
month, a make-up day far from its break.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from zhuomuniao.errors import NoticeProblem
from zhuomuniao.notice.grammar import LONGEST_BREAK, Arrangement
from zhuomuniao.notice.words import COMPARE
from zhuomuniao.statutory import HOLIDAYS, absent_holidays, feasts_at_work, split_names, statutory_core, unrested_days

if TYPE_CHECKING:
    from zhuomuniao.layers import LayerDay

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
    """What a yearly notice lacks: one of the seven (before 2008: four) holidays, or a 法定 day of one.

    ``off`` has the rest days by holiday; two holidays may be joined (国庆节、中秋节).
    """
    if absent := absent_holidays(off, year):
        what = f"{year}年的安排里缺少{'、'.join(absent)}"
        yield of_all(what, "请补全后再导入；只调整个别节日的通知，标题里应有“调整”“延长”字样")
    for day, name in unrested_days(off, year):
        yield of_all(f"{name}的放假日期里没有{day.month}月{day.day}日", COMPARE)


def working_feasts(days: Iterable[LayerDay]) -> Iterator[NoticeProblem]:
    """法定 days on which people were to work; no notice ever said so."""
    for day, name in feasts_at_work(day.on for day in days if day.is_worked):
        yield of_all(f"{told(day)}是{name}的法定假日，不会上班", COMPARE)


def implausible_dates(arranged: Arrangement) -> Iterator[NoticeProblem]:
    """Dates that cannot belong to this holiday, or lie too far from its break."""
    seasons = [_SEASONS[name] for name in split_names(arranged.name) if name in _SEASONS]
    for day in sorted(arranged.off):
        if seasons and not any(_is_within(day, *season) for season in seasons):
            yield of_all(f"{told(day)}不会是{arranged.name}的假期", COMPARE)
    breaks = sorted(arranged.off | ({arranged.extends_to} if arranged.extends_to else set()))
    if not breaks:
        # Only make-up days are moved: the break in force lies around its 法定 days.
        breaks = sorted(statutory_core(arranged.name, arranged.year))
    if gap := _first_gap(arranged.off):
        yield of_all(f"{arranged.name}的放假日期不连着，中间隔着{told(gap)}", COMPARE)
    near = timedelta(days=LONGEST_BREAK)
    for day in sorted(arranged.work | arranged.ordinary):
        if breaks and not breaks[0] - near <= day <= breaks[-1] + near:
            yield of_all(
                f"{told(day)}{'休息' if day in arranged.rest else '上班'}，离{arranged.name}的假期太远", COMPARE
            )


def unknown_names(arranged: Iterable[Arrangement]) -> Iterator[NoticeProblem]:
    """Holidays that no notice of the State Council has."""
    for name in dict.fromkeys(name for a in arranged for name in split_names(a.name)):
        if name not in HOLIDAYS:
            what = f"不认识的节日“{name}”；全国的节日是{'、'.join(HOLIDAYS)}"
            yield of_all(what, "请核对节日名称；本地自己的节日请作为本地安排（regional）导入")


def _first_gap(off: Set[date]) -> date | None:
    """The first day from Monday to Friday between the rest days that is none of them."""
    first, last = min(off, default=date.min), max(off, default=date.min)
    between = (first + timedelta(days=n) for n in range(min((last - first).days, 31)))
    return next((day for day in between if day.weekday() < 5 and day not in off), None)


def _is_within(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last
