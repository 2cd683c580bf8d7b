"""Periods and cut-offs: which week, month, quarter, half-year, year or window a day lies in, and when it is due.

A cut-off on the 30th or 31st falls on the last day of a shorter month. ``submit_by`` is the last workday on or before
the nominal day (policy ``monthly_cutoff``).
"""

from __future__ import annotations

import calendar as month_lengths
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import DutyDue
from zhuomuniao.ruletypes import DueIn, DutyRule, Every, ReportKind, Span, WindowRule

if TYPE_CHECKING:
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.workdays import WorkCalendar

_ONE_DAY = timedelta(days=1)
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


class Period(Struct, frozen=True):
    """From ``first`` through ``last``; labelled 2026W41, 2026-10, 2026Q3, 2026H1, 2026, or a window's first month."""

    every: Every
    first: date
    last: date
    label: str


def period_of(every: Every, day: date, window: WindowRule | None = None) -> Period | None:
    """The period a day lies in; ``None`` for a day outside every window, and for what is done once."""
    if every is Every.WEEK:
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(every, first, first + timedelta(days=6), f"{year:04d}W{week:02d}")
    if every in _MONTHS:
        length = _MONTHS[every]
        month = (day.month - 1) // length * length + 1
        return Period(every, date(day.year, month, 1), _month_end(day.year, month + length - 1), _label(every, day))
    if every is Every.WINDOW and window is not None:
        for span in window.spans:
            for year in (day.year - 1, day.year):
                opened = _window(span, year)
                if opened.first <= day <= opened.last:
                    return opened
    return None


def neighbours(every: Every, day: date, window: WindowRule | None = None) -> tuple[Period, ...]:
    """The period of a day with the one before and the one after; for windows, all that touch the year around it."""
    if every is Every.WINDOW and window is not None:
        opened = [_window(span, year) for year in (day.year - 1, day.year, day.year + 1) for span in window.spans]
        return tuple(sorted(opened, key=lambda p: p.first))
    here = period_of(every, day)
    if here is None:
        return ()
    around = (period_of(every, here.first - _ONE_DAY), here, period_of(every, here.last + _ONE_DAY))
    return tuple(p for p in around if p is not None)


def periods_of_year(every: Every, year: int, window: WindowRule | None = None) -> tuple[Period, ...]:
    """The periods of a year in their order: its four quarters, its twelve months; the windows that open in it."""
    if every is Every.WINDOW:
        return tuple(sorted((_window(span, year) for span in window.spans), key=lambda p: p.first)) if window else ()
    found: list[Period] = []
    day = date(year, 1, 1)
    while (period := period_of(every, day)) is not None and period.first.year <= year:
        found.append(period)
        day = period.last + _ONE_DAY
    return tuple(found)


def parse_period(every: Every, text: str, window: WindowRule | None = None) -> Period:
    """A period by its label, or as papers and people write it: 2026年10月, 2026/10, 2026-Q3, 2026年三季度.

    A window is named by the month it opens or any month in it (2027-01 → 2026-12).

    Raises :class:`BadValueError` naming the form.
    """
    found = _day_in(every, "".join(text.translate(_HALF_WIDTH).upper().split()))
    period = period_of(every, found, window) if found else None
    if period is None:
        raise BadValueError(f"看不懂期间“{text}”", f"{every}的请写成 {_EXAMPLES.get(every, '')}")
    return period


def due_on_of(duty: DutyRule, period: Period, calendar: WorkCalendar) -> date | None:
    """The nominal day of a hand-in for a period, ``None`` where the notice names no day."""
    if duty.every is Every.ONCE:
        return duty.on
    first, last = _cut_span(duty, period)
    if duty.workday is not None:
        return min(calendar.nth_workday_after(first - _ONE_DAY, duty.workday), last)
    if duty.day is None:
        return None
    return min(first + timedelta(days=duty.day - 1), last)


def duty_due(duty: DutyRule, period: Period, rules: RuleSet, calendar: WorkCalendar) -> DutyDue | None:
    """When the hand-in for a period falls due and which days it covers; ``None`` where no day is named."""
    due_on = due_on_of(duty, period, calendar)
    if due_on is None:
        return None
    covers_from, covers_through = covered(duty, period, rules, calendar)
    submit_by = calendar.last_workday_on_or_before(due_on)
    return DutyDue(
        duty=duty.id,
        title=duty.title,
        period=period.label,
        due_on=due_on,
        submit_by=submit_by,
        to=duty.to,
        ledger=duty.ledger,
        report=duty.report or "",
        clause=duty.citation.clause,
        quote=duty.citation.quote,
        covers_from=covers_from,
        covers_through=covers_through,
        is_provisional=any(map(calendar.is_provisional, (submit_by, due_on))),
    )


def covered(duty: DutyRule, period: Period, rules: RuleSet, calendar: WorkCalendar) -> tuple[date, date]:
    """The days a hand-in reports on (policy ``period_cut``).

    Due after its period: the period. Due before the period ends: from the day after the last cut-off through this
    one, so that nothing falls between two reports, or the full period before where the locality chose that. The data
    of a year in a county that reports on windows: the year of its windows.
    """
    if (opened := _windows_of_year_data(duty, rules)) is not None:
        return days_of_window_year(opened, period.first.year)
    due_on = due_on_of(duty, period, calendar)
    before = period_of(period.every, period.first - _ONE_DAY, rules.window(duty.window))
    if due_on is None or due_on > period.last or duty.every in (Every.ONCE, Every.WINDOW) or before is None:
        return period.first, period.last
    if rules.choice("period_cut") == "full_period":
        whole = period if due_on == period.last else before
        return whole.first, whole.last
    last_cut = due_on_of(duty, before, calendar)
    return (last_cut or before.last) + _ONE_DAY, due_on


def days_of_window_year(window: WindowRule, year: int) -> tuple[date, date]:
    """The days of a year that is counted by windows: from the day after the last window of the year before through
    the end of its own last one, which may close in the next year. So every day is in one year.
    """
    of_year, before = (periods_of_year(Every.WINDOW, y, window) for y in (year, year - 1))
    return min(before[-1].last + _ONE_DAY, of_year[0].first), of_year[-1].last


def counts_windows(rules: RuleSet) -> bool:
    """Whether a county reports on its activities by windows."""
    return any(duty.report is ReportKind.ACTIVITY_WINDOW for duty in rules.duties)


def _windows_of_year_data(duty: DutyRule, rules: RuleSet) -> WindowRule | None:
    """The windows by which the data of a year are counted; ``None`` where they are not, and for other hand-ins."""
    if duty.report is not ReportKind.ASSESSMENT:
        return None
    named = (rules.window(d.window) for d in rules.duties if d.report is ReportKind.ACTIVITY_WINDOW)
    return next((window for window in named if window is not None), None)


def period_before(period: Period, window: WindowRule | None = None) -> Period | None:
    """The period before this one; ``None`` for what is done once."""
    around = neighbours(period.every, period.first, window)
    earlier = [p for p in around if p.last < period.first]
    return earlier[-1] if earlier else None


def period_meant(duty: DutyRule, rules: RuleSet, day: date, calendar: WorkCalendar) -> Period | None:
    """The period a clerk means who names none: of those that have begun by ``day``, the one whose cut-off is nearest.

    Just before a cut-off it is the period about to be handed in, just after it the one just handed in. A hand-in
    that falls due after its period is about the last one that is over. ``None`` where none has begun.
    """
    window = rules.window(duty.window)
    spans = [(covered(duty, p, rules, calendar), p) for p in neighbours(duty.every, day, window)]
    begun = [(last, period) for (first, last), period in spans if first <= day]
    if not begun:
        return None
    due_on = due_on_of(duty, begun[-1][1], calendar)
    over = [period for last, period in begun if last < day]
    if due_on is not None and due_on > begun[-1][1].last and over:
        return over[-1]
    return min(begun, key=lambda one: abs((one[0] - day).days))[1]


def duties_of(rules: RuleSet, role: str, office: str) -> tuple[DutyRule, ...]:
    """The hand-ins that fall on a desk: of its role, and of its own office where the notice names one.

    A desk whose office is none of those named sees them all.
    """
    of_role = [duty for duty in rules.duties if duty.role == role]
    is_named = any(duty.by and duty.by in office for duty in of_role)
    return tuple(duty for duty in of_role if not is_named or not duty.by or duty.by in office)


_EXAMPLES = {
    Every.WEEK: "2026W41",
    Every.MONTH: "2026-10",
    Every.QUARTER: "2026Q3",
    Every.HALF_YEAR: "2026H1",
    Every.YEAR: "2026",
    Every.WINDOW: "2026-08（窗口打开的月份）",
}
_FORMS = {
    Every.WEEK: r"(\d{4})(?:-?W(\d{1,2})|年第?(\d{1,2})周)",
    Every.MONTH: r"(\d{4})(?:[-./年](\d{1,2})月?份?|(\d{2}))",
    Every.QUARTER: r"(\d{4})(?:[-年]?Q([1-4])|年?第?([一二三四])季度?|年第?([1-4])季度?)",
    Every.HALF_YEAR: r"(\d{4})(?:[-年]?H([12])|年?([上下])半年)",
    Every.YEAR: r"(\d{4})(?:年|年度|年全年)?",
    # Papers write a window as 2026年12月至2027年1月.
    Every.WINDOW: r"(\d{4})(?:[-./年](\d{1,2})月?份?|(\d{2})|年(\d{1,2})月至(?:\d{4}年)?\d{1,2}月)",
}
"""How a period may be written: the year, then its part in one of the groups."""
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Letters and digits as Chinese input methods write them: ２０２６－１０."""
_PARTS = {"一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}


_FIRST_YEAR, _LAST_YEAR = 1949, 2999
"""Years a period may lie in: periods beside the last one Python knows could not be counted."""


def _day_in(every: Every, text: str) -> date | None:
    match = re.fullmatch(_FORMS.get(every, r"(?!)"), text, re.ASCII)
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return None
    written = next(filter(None, match.groups()[1:]), "1")
    year, part = int(match[1]), _PARTS.get(written) or int(written)
    try:
        if every is Every.WEEK:
            return date.fromisocalendar(year, part, 1)
        length = 1 if every is Every.WINDOW else _MONTHS[every]
        return date(year, (part - 1) * length + 1, 1)
    except ValueError:
        return None


def _label(every: Every, day: date) -> str:
    year = f"{day.year:04d}"
    match every:
        case Every.MONTH:
            return f"{year}-{day.month:02d}"
        case Every.QUARTER:
            return f"{year}Q{(day.month + 2) // 3}"
        case Every.HALF_YEAR:
            return f"{year}H{1 if day.month <= 6 else 2}"
        case _:
            return year


def _window(span: Span, year: int) -> Period:
    """The window that opens in ``year``; it is named by the month it opens."""
    closes = year + (span.last < span.first)
    return Period(
        Every.WINDOW, date(year, span.first, 1), _month_end(closes, span.last), f"{year:04d}-{span.first:02d}"
    )


def _cut_span(duty: DutyRule, period: Period) -> tuple[date, date]:
    """The week or month in which the cut-off of a period lies."""
    anchor = period.last if duty.due_in is DueIn.SAME else period.last + _ONE_DAY
    if duty.every is Every.WEEK:
        first = anchor - timedelta(days=anchor.weekday())
        return first, first + timedelta(days=6)
    month = duty.month or anchor.month
    return date(anchor.year, month, 1), _month_end(anchor.year, month)


def _month_end(year: int, month: int) -> date:
    return date(year, month, month_lengths.monthrange(year, month)[1])
