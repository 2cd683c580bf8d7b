"""Which period of a hand-in is meant: by its label, by the day looked at, and the one that is over and waits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from zhuomuniao.errors import BadValueError
from zhuomuniao.periods import (
    Period,
    covered,
    duty_due,
    neighbours,
    parse_period,
    period_meant,
    period_of,
    periods_of_year,
)
from zhuomuniao.ruletypes import DutyRule, Every, ReportKind

if TYPE_CHECKING:
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.usecases.office import Office

DUTY_AHEAD_WORKDAYS = 5
"""How many workdays before ``submit_by`` a hand-in enters the morning list."""

OPTIONS = {
    Every.MONTH: "--month",
    Every.QUARTER: "--quarter",
    Every.HALF_YEAR: "--half",
    Every.WINDOW: "--window",
    Every.YEAR: "--year",
}
"""Which option of ``zmn report`` names a period of this length."""

ONE_TIME = "一次"
"""The period of what is handed in once."""


def once(duty: DutyRule, day: date) -> Period:
    """The one period of what is handed in once."""
    return Period(Every.ONCE, duty.on or day, duty.on or day, ONE_TIME)


def period_labelled(rules: RuleSet, duty: DutyRule, label: str, day: date) -> Period | None:
    """The period of a label; ``None`` for one the duty does not have, such as after its rhythm changed."""
    if duty.every is Every.ONCE:
        return once(duty, day) if label == ONE_TIME else None
    try:
        return parse_period(duty.every, label, rules.window(duty.window))
    except BadValueError:
        return None


def period_due(office: Office, duty: DutyRule) -> Period | None:
    """The period that a clerk means who names none: what is to be sent in the next workdays, else the nearest cut.

    Of plans, which go up before their period begins, the latest one that something is planned for. ``None`` where
    none has begun.
    """
    as_of = office.moment.as_of
    rules = office.locality.rules_on(as_of)
    if duty.every is Every.ONCE:
        return once(duty, as_of)
    if duty.report is ReportKind.PLANS and (planned := _period_planned(office, rules, duty)) is not None:
        return planned
    until = office.calendar.nth_workday_after(as_of, DUTY_AHEAD_WORKDAYS)
    for period in neighbours(duty.every, as_of, rules.window(duty.window)):
        due = duty_due(duty, period, rules, office.calendar)
        if due is not None and due.covers_from <= as_of <= due.submit_by <= until:
            return period
    return period_meant(duty, rules, as_of, office.calendar)


def last_period_over(office: Office, duty: DutyRule) -> Period | None:
    """The last period of which every day covered is over; ``None`` for what is handed in once, and for plans."""
    as_of = office.moment.as_of
    rules = office.locality.rules_on(as_of)
    if duty.every is Every.ONCE or duty.report is ReportKind.PLANS:
        return None
    # A year of windows closes in the year after the one it is called by.
    years = range(as_of.year - 2, as_of.year + 1)
    periods = [p for year in years for p in periods_of_year(duty.every, year, rules.window(duty.window))]
    over = [p for p in periods if covered(duty, p, rules, office.calendar)[1] < as_of]
    return max(over, key=lambda p: p.last, default=None)


def _period_planned(office: Office, rules: RuleSet, duty: DutyRule) -> Period | None:
    """The latest period around today for which something is planned; else this one."""
    from zhuomuniao.usecases.planning import plans_of

    labels = {plan.period.strip().upper() for plan in plans_of(office)[0]}
    around = neighbours(duty.every, office.moment.as_of, rules.window(duty.window))
    planned = next((period for period in reversed(around) if period.label in labels), None)
    return planned or period_of(duty.every, office.moment.as_of, rules.window(duty.window))
