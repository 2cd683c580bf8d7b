"""WorkCalendar: which days are workdays in China, and whether that is published yet.

Published years come from ``chinese_calendar`` (State Council notices) and from the layers an office has loaded
(:mod:`zhuomuniao.layers` states the precedence). Any other year is counted with statutory days
(:mod:`zhuomuniao.statutory`) and weekends, and every date that rests on it is 暂定. So is December as long as
the following year's notice is missing: that notice has moved December days in 2005–2007, 2011 and 2018.

A notice therefore owns its year and the December days before it, in the package's data too: whoever is to forget
the notice of 2019 must forget 2018-12-29 with it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from msgspec import Struct

from zhuomuniao.errors import CalendarNotPublishedError
from zhuomuniao.layers import MAKE_UP, Layer, LayerKind
from zhuomuniao.statutory import HOLIDAYS, statutory_days

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

_FIRST_YEAR = 2004
"""The package's first notice."""

IMPORT_REMEDY = "请用 zmn calendar import 通知文件 导入"
"""What to do about a missing arrangement."""


class Day(Struct, frozen=True):
    """One calendar day: whether people work, why, and whether that rests on an unpublished arrangement.

    ``source`` is the title of the loaded notice or local entry that decides it; "" for the package's data and for
    plain weekdays and weekends.
    """

    on: date
    is_workday: bool
    why: str
    is_provisional: bool
    source: str = ""


class YearStatus(Struct, frozen=True):
    """What is known of a year.

    ``by`` is ``package``, ``layer`` or "" (unpublished). ``rest_weekdays`` counts days from Monday to Friday without
    work, ``make_up_days`` weekend days with work, ``workdays`` all days with work. ``differs_from_package`` lists
    the days on which the loaded notices of the whole country and the package disagree, regional days left out.
    """

    year: int
    is_published: bool
    by: str
    title: str
    is_december_open: bool
    amended_by: tuple[str, ...]
    regional_by: tuple[str, ...]
    rest_weekdays: int
    make_up_days: int
    workdays: int
    differs_from_package: tuple[date, ...]


class _Mark(Struct, frozen=True):
    """A day that is not what its weekday says: off under a holiday's name, or at work."""

    is_off: bool
    name: str
    source: str = ""


class _Year(Struct, frozen=True):
    marks: dict[date, _Mark]
    workdays: tuple[int, ...]


def weekday_name(day: date) -> str:
    """周一 … 周日."""
    return "周" + "一二三四五六日"[day.weekday()]


class WorkCalendar:
    """Counts over a sorted array of workdays per year.

    ``layers`` are handed in as :func:`zhuomuniao.layers.read_layers` gives them; inside one kind their order is
    kept, so that the office's own days may be appended. ``package_years`` limits the years whose notices the package
    is believed to hold. ``is_strict`` makes any question about an unpublished day raise
    :class:`CalendarNotPublishedError` (``--strict-calendar``).
    """

    def __init__(
        self, layers: Sequence[Layer] = (), *, is_strict: bool = False, package_years: range | None = None
    ) -> None:
        self.is_strict = is_strict
        self.layers = tuple(layers)
        self._package_years = package_years
        self._annual = {layer.year: layer for layer in layers if layer.kind is LayerKind.ANNUAL}
        self._years: dict[int, _Year] = {}

    @property
    def last_published_year(self) -> int:
        """The last year of the unbroken run of published years that begins with the first notice known.

        Without any notice it is the year before the package's first.
        """
        packaged = (
            range(_FIRST_YEAR, last_published_year() + 1) if self._package_years is None else self._package_years
        )
        year = min((y for y in (*self._annual, *packaged) if self.is_published(y)), default=_FIRST_YEAR)
        while self.is_published(year):
            year += 1
        return year - 1

    @property
    def version(self) -> str:
        """What the calendar knows, printed beside each explained date."""
        told = f"国务院放假通知，已公布至{self.last_published_year}年"
        loaded = [layer.title for layer in self.layers if layer.title]
        return f"{told}；本单位另载入：{'、'.join(dict.fromkeys(loaded))}" if loaded else told

    def is_published(self, year: int) -> bool:
        """Whether the year's notice is known, from the package or as an annual layer."""
        return year in self._annual or self._is_packaged(year)

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day, make-up weekends included."""
        mark = self._year(day.year).marks.get(day)
        return day.weekday() < 5 if mark is None else not mark.is_off

    def day(self, on: date) -> Day:
        """The day with its reason: 工作日, 调休上班, 周末 or the holiday's name."""
        mark = self._year(on.year).marks.get(on)
        is_provisional = self.is_provisional(on)
        if mark is None:
            is_workday = on.weekday() < 5
            return Day(on, is_workday, "工作日" if is_workday else "周末", is_provisional)
        return Day(on, not mark.is_off, mark.name, is_provisional, mark.source)

    def is_provisional(self, on: date) -> bool:
        """Whether this day's arrangement may still change by a notice not yet published."""
        return self.missing_year(on) is not None

    def missing_year(self, on: date) -> int | None:
        """The year whose notice this day waits for: its own, or in December the next; ``None`` when it is settled."""
        if not self.is_published(on.year):
            return on.year
        return on.year + 1 if on.month == 12 and not self.is_published(on.year + 1) else None

    def first_provisional(self, start: date, end: date) -> date | None:
        """The first day after ``start`` up to ``end`` that rests on an unpublished arrangement, or ``None``.

        A count may run through an unpublished year and end in a published one.
        """
        day = start + timedelta(days=1)
        while day <= end:
            if self.is_provisional(day):
                return day
            # Only a December or a new year can change the answer.
            day = date(day.year, 12, 1) if day.month < 12 else date(day.year + 1, 1, 1)
        return None

    def require_published(self, on: date) -> None:
        """Raise :class:`CalendarNotPublishedError` under ``--strict-calendar`` when ``on`` is provisional."""
        missing = self.missing_year(on) if self.is_strict else None
        if missing is not None:
            raise CalendarNotPublishedError(
                f"期限涉及 {on.isoformat()}，还没有{missing}年的放假安排（已要求严格日历）",
                f"通知已公布的，{IMPORT_REMEDY}；尚未公布的，去掉 --strict-calendar 可先按法定节假日计算并标“暂定”",
                missing_year=missing,
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

    def status(self, year: int) -> YearStatus:
        """What is known of a year, for ``zmn calendar status``."""
        annual = self._annual.get(year)
        ordinals = set(self._year(year).workdays)
        days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)]
        return YearStatus(
            year,
            is_published=self.is_published(year),
            by="layer" if annual else "package" if self._is_packaged(year) else "",
            title=annual.title if annual else "",
            is_december_open=self.missing_year(date(year, 12, 31)) is not None,
            amended_by=tuple(self._titles(LayerKind.AMENDMENT, year)),
            regional_by=tuple(self._titles(LayerKind.REGIONAL, year)),
            rest_weekdays=sum(d.weekday() < 5 and d.toordinal() not in ordinals for d in days),
            make_up_days=sum(d.weekday() >= 5 and d.toordinal() in ordinals for d in days),
            workdays=len(ordinals),
            differs_from_package=self._differences(year, days),
        )

    def days_decided_otherwise(self, layer: Layer) -> tuple[date, ...]:
        """The days named by ``layer`` on which this calendar does not follow it: a later layer has the last word."""
        days = (day.on for day in layer.days if self.is_workday(day.on) is not day.is_worked)
        return tuple(sorted(days))

    def days_changed_from(self, before: WorkCalendar, year: int) -> tuple[date, ...]:
        """The days, from the year before to the year after, that are workdays here and were none, or the reverse.

        None at all tells that the notice between the two calendars changed nothing.
        """
        years = range(max(year - 1, 1), min(year + 1, 9999) + 1)
        changed = (set(self._year(y).workdays) ^ set(before._year(y).workdays) for y in years)
        return tuple(date.fromordinal(n) for ordinals in changed for n in sorted(ordinals))

    def _titles(self, kind: LayerKind, year: int) -> Iterator[str]:
        for layer in self.layers:
            if layer.kind is kind and any(day.on.year == year for day in layer.days):
                yield layer.title

    def _differences(self, year: int, days: Iterable[date]) -> tuple[date, ...]:
        if not self._is_packaged(year):
            return ()
        national = [layer for layer in self.layers if layer.kind is not LayerKind.REGIONAL]
        ours = WorkCalendar(national, package_years=self._package_years)
        theirs = WorkCalendar(package_years=self._package_years)
        return tuple(
            d for d in days if ours.is_workday(d) is not theirs.is_workday(d) and not theirs.is_provisional(d)
        )

    def _is_packaged(self, year: int) -> bool:
        is_believed = self._package_years is None or year in self._package_years
        return is_believed and _FIRST_YEAR <= year <= last_published_year()

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            plain = not self.layers and self._package_years is None
            found = self._years[year] = _plain_year(year) if plain else self._layered_year(year)
        return found

    def _layered_year(self, year: int) -> _Year:
        """The precedence of :mod:`zhuomuniao.layers`, for the days of one year."""
        marks: dict[date, _Mark] = {}
        if not self.is_published(year):
            marks = {day: _Mark(True, name) for day, name in statutory_days(year).items()}
        # By the notices' years, each with the days it names in its neighbours: the later notice knew the earlier.
        for notice in (year - 1, year, year + 1):
            annual = self._annual.get(notice)
            if notice == year and self.is_published(year):
                marks = {}
            if annual:
                _apply(marks, annual, year)
            elif self._is_packaged(notice):
                marks.update((day, mark) for day, mark in _package_notice(notice).items() if day.year == year)
        for kind in (LayerKind.AMENDMENT, LayerKind.REGIONAL):
            for layer in self.layers:
                if layer.kind is kind:
                    _apply(marks, layer, year)
        return _counted(year, marks)


def _apply(marks: dict[date, _Mark], layer: Layer, year: int) -> None:
    for day in layer.days:
        if day.on.year != year:
            continue
        if day.is_ordinary:
            marks.pop(day.on, None)
        else:
            marks[day.on] = _Mark(day.is_off, day.name, layer.title)


@cache
def last_published_year() -> int:
    """The last year whose whole arrangement ``chinese_calendar`` holds.

    A year counts as known only when each of its holidays is there: a stray New Year's Day that belongs to the
    previous notice must not make the year look published.
    """
    from chinese_calendar import constants

    names: dict[int, set[str]] = {}
    for day, name in constants.holidays.items():
        names.setdefault(day.year, set()).add(_HOLIDAY_NAMES.get(name, name))
    return max(year for year, found in names.items() if found >= set(HOLIDAYS))


@cache
def _package_notices() -> dict[int, dict[date, _Mark]]:
    """The package's days by the year of the notice that arranged them: December belongs to the next year's 元旦."""
    from chinese_calendar import constants

    notices: dict[int, dict[date, _Mark]] = {}
    for day, name in constants.holidays.items():
        notice = day.year + (day.month == 12)
        notices.setdefault(notice, {})[day] = _Mark(True, _HOLIDAY_NAMES.get(name, name))
    for day in constants.workdays:
        notices.setdefault(day.year + (day.month == 12), {})[day] = _Mark(False, MAKE_UP)
    return notices


def _package_notice(year: int) -> dict[date, _Mark]:
    return _package_notices().get(year, {})


@cache
def _plain_year(year: int) -> _Year:
    """A year of the package alone; shared by all calendars without layers."""
    return WorkCalendar()._layered_year(year)


def _counted(year: int, marks: dict[date, _Mark]) -> _Year:
    first = date(year, 1, 1).toordinal()
    last = date(year, 12, 31).toordinal()
    flips = {day.toordinal(): not mark.is_off for day, mark in marks.items()}
    # Ordinal 1 is a Monday: (n + 6) % 7 is the weekday.
    workdays = tuple(n for n in range(first, last + 1) if flips.get(n, (n + 6) % 7 < 5))
    return _Year(marks, workdays)
