"""Pure counting: a limit, a start day and a calendar give a deadline and its working.

The policies of domain.md §2 in one place: the start day is never counted (民法典201); the last day counts and ends
at its close (1259, 203); calendar days and months whose last day is a rest day move to the next workday
(203); a month ends on the same day of the target month, clamped to its last day (202).
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import Clock, Deadline, DutyDue, Light, TrailDay
from zhuomuniao.rules import DurationRule, Limit, LimitUnit, MonthlyCutoff, RuleSet
from zhuomuniao.workdays import WorkCalendar

_POLICIES = {
    LimitUnit.WORKDAY: ("first_day", "within_workdays"),
    LimitUnit.DAY: ("first_day", "within_days"),
    LimitUnit.MONTH: ("first_day", "within_months", "within_days"),
}


_FIRST_YEAR, _LAST_YEAR = 1950, 2900
"""Beyond these years a start day is a slip of the keyboard."""


def count_deadline(limit: Limit, start: date, calendar: WorkCalendar) -> Deadline:
    """The last day of a limit that starts on ``start`` (day 0, not counted).

    Raises :class:`BadValueError` for a limit of nought, and :class:`CalendarNotPublishedError` under a strict
    calendar when the day rests on an unpublished arrangement.
    """
    if limit.count < 1:
        raise BadValueError(f"时限“{limit}”不足1{limit.unit.value}", "时限至少为1")
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        raise BadValueError(f"起算日 {start.isoformat()} 不在{_FIRST_YEAR}年至{_LAST_YEAR}年之间", "请核对年份")
    raw = _raw_end(limit, start, calendar)
    due_on = raw if limit.unit is LimitUnit.WORKDAY else calendar.first_workday_on_or_after(raw)
    calendar.require_published(due_on)
    return Deadline(
        act=None,
        limit=str(limit),
        starts_on=start,
        due_on=due_on,
        raw_due_on=raw if raw != due_on else None,
        is_provisional=calendar.is_provisional(due_on),
        policies=_POLICIES[limit.unit],
    )


def deadline_of_rule(rule: DurationRule, start: date, calendar: WorkCalendar, rules: RuleSet) -> Deadline | None:
    """The deadline a rule gives from its start day, or ``None`` where it fixes no limit (一事一议)."""
    if rule.limit is None:
        return None
    counted = count_deadline(rule.limit, start, calendar)
    return replace(
        counted,
        act=rule.act,
        rule_id=rule.id,
        clause=rule.citation.clause,
        quote=rule.citation.quote,
        basis=rule.citation.basis,
        edition=rules.edition,
        start_event=rule.start.value,
        policies=(*counted.policies, "start_event"),
    )


def show_working(limit: Limit, start: date, due_on: date, calendar: WorkCalendar) -> tuple[TrailDay, ...]:
    """Every day from day 0 to the due day: counted and numbered, or skipped with its reason."""
    return tuple(_trail(limit, start, due_on, calendar))


def late_workdays(due_on: date, as_of: date, calendar: WorkCalendar) -> int:
    """工作日 by which ``as_of`` is past the due day; 0 when it is not late or no workday has passed."""
    return max(0, calendar.workdays_between(due_on, as_of))


def light_of(clock: Clock, as_of: date, calendar: WorkCalendar) -> Light:
    """红 past the due day, 黄 when due today or on the next workday, 绿 otherwise."""
    if clock.due_on is None:
        return Light.GREEN
    if clock.due_on < as_of:
        return Light.RED
    return Light.YELLOW if clock.due_on <= calendar.nth_workday_after(as_of, 1) else Light.GREEN


def duty_due(rule: MonthlyCutoff, year: int, month: int, calendar: WorkCalendar) -> DutyDue:
    """When the hand-in for the period ``year``-``month`` falls due, in the month after it.

    A cut-off on the 30th falls on the last day of a shorter month. ``submit_by`` is the last workday on or
    before the nominal day (policy ``monthly_cutoff``).
    """
    due_year, due_month = (year + 1, 1) if month == 12 else (year, month + 1)
    due_on = _clamped(due_year, due_month, rule.day)
    return DutyDue(
        duty=rule.id,
        title=rule.title,
        period=f"{year:04d}-{month:02d}",
        due_on=due_on,
        submit_by=calendar.last_workday_on_or_before(due_on),
        to=rule.to,
        ledger=rule.ledger,
        report=rule.report,
        clause=rule.citation.clause,
        quote=rule.citation.quote,
    )


def _raw_end(limit: Limit, start: date, calendar: WorkCalendar) -> date:
    if limit.unit is LimitUnit.WORKDAY:
        return calendar.nth_workday_after(start, limit.count)
    if limit.unit is LimitUnit.DAY:
        return start + timedelta(days=limit.count)
    # Loaded here: dateutil costs 10 ms and most limits are workdays.
    from dateutil.relativedelta import relativedelta

    return start + relativedelta(months=limit.count)


def _trail(limit: Limit, start: date, due_on: date, calendar: WorkCalendar) -> Iterator[TrailDay]:
    yield _trail_day(start, calendar, None, "起算日，不计入")
    raw = _raw_end(limit, start, calendar)
    n = 0
    day = start
    while day < due_on:
        day += timedelta(days=1)
        info = calendar.day(day)
        if limit.unit is LimitUnit.WORKDAY:
            n += info.is_workday
            yield _trail_day(day, calendar, n if info.is_workday else None, info.why)
        elif day <= raw:
            n += 1
            why = info.why if day < raw or info.is_workday else f"{info.why}，末日遇休息日顺延"
            yield _trail_day(day, calendar, n, why)
        else:
            yield _trail_day(day, calendar, None, f"{info.why}，顺延至此" if day == due_on else info.why)


def _trail_day(day: date, calendar: WorkCalendar, n: int | None, why: str) -> TrailDay:
    return TrailDay(day, n is not None, n, why, calendar.is_provisional(day))


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, month_lengths.monthrange(year, month)[1]))
