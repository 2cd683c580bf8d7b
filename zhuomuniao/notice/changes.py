"""What an amendment does to the arrangement in force: a break is lengthened, or told anew and given back in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from zhuomuniao.notice.checks import of_all, told
from zhuomuniao.notice.words import COMPARE
from zhuomuniao.statutory import HOLIDAYS, split_names, statutory_core

if TYPE_CHECKING:
    from zhuomuniao.errors import NoticeProblem
    from zhuomuniao.notice.grammar import Arrangement


class KnownDay(Protocol):
    """What an amendment must know of a day in force; ``WorkCalendar.day`` gives it."""

    @property
    def is_workday(self) -> bool:
        """Whether people work."""
        ...

    @property
    def why(self) -> str:
        """The holiday's name."""
        ...

    @property
    def is_provisional(self) -> bool:
        """Whether its arrangement is still to be published."""
        ...


Known = Callable[[date], KnownDay]


def keep_waiting(arranged: Arrangement, known: Known) -> Iterator[NoticeProblem]:
    """An amendment of a year whose own notice is not loaded changes what nobody knows yet.

    A holiday of one year that touches none of the seven needs not wait.
    """
    names = set(split_names(arranged.name)) & set(HOLIDAYS)
    for day in sorted(arranged.off | arranged.work | arranged.ordinary | arranged.rest):
        here = known(day)
        if here.is_provisional:
            names |= _touched(here)
    first = date(arranged.year, 1, 1)
    if names and known(first).is_provisional:
        told_names = "、".join(name for name in HOLIDAYS if name in names)
        what = f"日历里还没有{arranged.year}年的全年安排，不知道{told_names}原来怎样放假"
        yield of_all(what, f"请先导入{arranged.year}年的全年通知，再导入这份通知")


def extend_break(arranged: Arrangement, until: date, known: Known | None) -> Iterator[NoticeProblem]:
    """延长…假期至: the whole run of the holiday through ``until``, whichever part of it is known already."""
    remedy = "请先导入当年的年度通知，再导入这份延长通知"
    if known is None:
        yield of_all("不知道这个假期原来放到哪天", remedy)
        return
    day, before = until, until - timedelta(days=20)
    while day > before and not (arranged.name in known(day).why and not known(day).is_workday):
        day -= timedelta(days=1)
    if day == before or known(day).is_provisional:
        yield of_all(f"日历里没有已公布的{arranged.year}年{arranged.name}假期，不知道从哪天起延长", remedy)
        return
    while arranged.name in known(day - timedelta(days=1)).why:
        day -= timedelta(days=1)
    arranged.off |= {day + timedelta(days=n) for n in range((until - day).days + 1)}
    for clash in sorted(arranged.off & (arranged.work | arranged.ordinary)):
        yield of_all(f"{told(clash)}又放假又上班", COMPARE)


def give_back(arranged: Arrangement, known: Known) -> Iterator[str]:
    """Make ordinary what a break told anew no longer takes; yields what a clerk should see of it.

    A notice that moves single days only (a make-up day, one day more) leaves the rest of the break as it is.
    """
    taken = arranged.off | arranged.work | arranged.ordinary | arranged.rest
    left = [day for day in _weekdays_of(arranged, known) if day not in taken]
    if _tells_anew(arranged):
        arranged.ordinary |= set(left)
        for day in left:
            yield f"{day.isoformat()} 原来放假，调整后没有再提，改为正常上班"
    elif left and arranged.off:
        yield f"通知没有写出{arranged.name}的整个假期，原来的其他放假日不变，请核对"
    near = {day + timedelta(days=n) for day in arranged.off for n in range(-15, 16)}
    for day in sorted(near - taken):
        if day.weekday() >= 5 and known(day).is_workday:
            yield f"{day.isoformat()} 原来调休上班，通知没有再提，仍按上班计算，请核对"


def _weekdays_of(arranged: Arrangement, known: Known) -> Iterator[date]:
    """The break in force, Monday to Friday. 元旦 may begin in December; the next year's 元旦 is another one."""
    names = set(split_names(arranged.name))
    day, end = date(arranged.year - 1, 12, 1), date(arranged.year, 12, 1)
    while day < end:
        if day.weekday() < 5 and not known(day).is_workday and names & _touched(known(day)):
            yield day
        day += timedelta(days=1)


def _tells_anew(arranged: Arrangement) -> bool:
    """Whether the rest days hold the holiday's 法定 days; those on a weekend need no mention (与周末连休)."""
    core = statutory_core(arranged.name, arranged.year)
    return bool(core & arranged.off) and {day for day in core if day.weekday() < 5} <= arranged.off


def _touched(day: KnownDay) -> set[str]:
    """Which of the seven holidays a day in force belongs to."""
    return set(split_names(day.why)) & set(HOLIDAYS)
