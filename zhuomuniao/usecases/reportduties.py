"""Which report is meant: by the period a clerk asks for, the hand-in named, and whose desk it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zhuomuniao.errors import BadValueError
from zhuomuniao.periods import Period, duties_of, parse_period, period_meant
from zhuomuniao.rules import Holds, RuleSet
from zhuomuniao.ruletypes import DutyRule, Every, ReportKind
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.office import Office

_TITLES = {
    ReportKind.ACTIVITY_INFO: "活动开展情况统计",
    ReportKind.ACTIVITY_SUMMARY: "活动开展情况总结",
    ReportKind.ACTIVITY_WINDOW: "活动开展情况报告",
    ReportKind.ASSESSMENT: "各单位活动开展情况考核数据",
}
"""What zmn makes of activities, and what a copy for a desk's own use is called."""

OPTIONS = {Every.MONTH: "--month", Every.QUARTER: "--quarter", Every.WINDOW: "--window", Every.YEAR: "--year"}
_OFTEN = tuple(Every)
_FORMS = {Every.MONTH: "2026-10", Every.QUARTER: "2026Q3", Every.WINDOW: "2026-08", Every.YEAR: "2026"}


@dataclass(frozen=True, slots=True)
class PeriodAsked:
    """A period as a clerk names it: how long, and its label as typed."""

    every: Every
    label: str


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """One report to make: after which hand-in, for which period, of which kind of activity (``""``: all).

    ``is_own`` is ``False`` where the notice asks this desk for no such hand-in and the report is for its own use.
    ``is_period_chosen``: nobody named the period.
    """

    duty: DutyRule
    period: Period
    title: str
    to: str
    activity_kind: str
    is_own: bool
    is_period_chosen: bool


@dataclass(frozen=True, slots=True)
class ReportsAsked:
    """The reports to make, and the hand-ins of the same period that another command makes."""

    reports: tuple[ReportAsked, ...]
    lists: tuple[DutyRule, ...]


def activity_reports_asked(office: Office, asked: PeriodAsked | None, *, duty: str | None = None) -> ReportsAsked:
    """What to make where the county's office looks after activities.

    A named hand-in, whosever it is; else those of this desk that fit the period asked; else, for its own use, what
    others hand in for such a period, of all kinds. Without a period the desk's most frequent hand-in is meant.
    Raises :class:`BadValueError` where there is none, naming those there are.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    if duty is not None:
        named = named_duty(office, duty)
        if named.report not in _TITLES:
            raise _not_made_here(named)
        if asked is not None and asked.every is not named.every:
            raise BadValueError(
                f"{quoted(named.title)}是{named.every}的，不能用 {OPTIONS[asked.every]}",
                f"请改用 {_example([named])}",
            )
        return ReportsAsked((_own(office, rules, named, asked),), ())
    mine = duties_of(rules, office.role, office.name)
    every = asked.every if asked else _most_frequent([*_made(mine)] or [*_made(rules.duties)])
    fitting = [d for d in mine if d.every is every]
    lists = tuple(d for d in fitting if d.report is ReportKind.LISTS)
    if own := _made(fitting):
        return ReportsAsked(tuple(_own(office, rules, d, asked) for d in own), lists)
    patterns = {d.report: d for d in reversed(_made(rules.duties)) if d.every is every}
    if every is None or not patterns:
        raise _no_such_period(office, every, _made(rules.duties))
    return ReportsAsked(tuple(_for_own_use(office, rules, d, asked) for d in patterns.values()), lists)


def period_asked(
    *, month: str | None, quarter: str | None, window: str | None, year: str | None
) -> PeriodAsked | None:
    """The one period a clerk named, if any. Raises :class:`BadValueError` for several at once."""
    given = {Every.MONTH: month, Every.QUARTER: quarter, Every.WINDOW: window, Every.YEAR: year}
    named = [PeriodAsked(every, label) for every, label in given.items() if label is not None]
    if len(named) > 1:
        raise BadValueError(
            f"一次只能写一种期间，写了 {'、'.join(OPTIONS[one.every] for one in named)}", "请只留一个"
        )
    return named[0] if named else None


def quoted(title: str) -> str:
    """A title in a sentence; one that has quotation marks of its own gets no second pair."""
    return title if "“" in title else f"“{title}”"


def named_duty(office: Office, wanted: str) -> DutyRule:
    """The hand-in of this id or title; a part of the title is enough where it names one only.

    Raises :class:`BadValueError` with the list of all.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    needle = squeeze(wanted).strip("“”")
    exact = [d for d in rules.duties if needle and needle in (d.id, squeeze(d.title))]
    found = exact or [d for d in rules.duties if needle and needle in squeeze(d.title)]
    if len(found) == 1:
        return found[0]
    listed = "、".join(f"{d.id}（{d.title}）" for d in found or rules.duties)
    if found:
        raise BadValueError(f"“{wanted}”说的可能是几项报送", f"请写全编号：{listed}")
    if not listed:
        raise BadValueError(f"没有名为“{wanted}”的报送", f"{office.locality.name}的通知没有写明报送，请去掉 --duty")
    raise BadValueError(f"没有名为“{wanted}”的报送", f"现有：{listed}")


def require_month(office: Office, asked: PeriodAsked | None) -> None:
    """Raise :class:`BadValueError` where another period than a month is asked of the cases' report."""
    if asked is not None and asked.every is not Every.MONTH:
        raise BadValueError(
            f"本区县（{office.locality.name}）没有{asked.every}的报表",
            f"现有：每月（--month {_FORMS[Every.MONTH]}）",
        )


def is_of_activities(office: Office, ledger: str | None, duty: str | None) -> bool:
    """Whether what is asked is about leaders' activities: by the ledger named, the hand-in named, else the county's.

    Raises :class:`BadValueError` for a ledger or hand-in that there is not, that do not go together, or that zmn
    makes no report of.
    """
    named = named_duty(office, duty) if duty is not None else None
    spec = office.locality.ledger(ledger or (named.ledger if named else None))
    of_duty = office.locality.ledger(named.ledger) if named else spec
    if (of_duty.holds is Holds.CASES) is not (spec.holds is Holds.CASES):
        raise BadValueError(f"{quoted(of_duty.title)}的报送和 --ledger {spec.id} 对不上", "请去掉 --ledger")
    if named and spec.holds is Holds.CASES and named.report is not ReportKind.MONTH:
        raise _not_made_here(named)
    return spec.holds is not Holds.CASES


def _own(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> ReportAsked:
    period = _period(office, rules, duty, asked)
    to = re.sub(r"（[^（）]*）$", "", duty.to)
    return ReportAsked(duty, period, duty.title, to, _kind_led(rules, duty), True, asked is None)


def _for_own_use(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> ReportAsked:
    period = _period(office, rules, duty, asked)
    assert duty.report is not None
    return ReportAsked(duty, period, _TITLES[duty.report], "", "", False, asked is None)


def _kind_led(rules: RuleSet, duty: DutyRule) -> str:
    """The kind of activity that the office which hands it in leads (三个牵头部门各报各的), ``""`` for all."""
    return next((r.matter for r in rules.routes if duty.by and r.ledger == duty.ledger and r.to == duty.by), "")


def _period(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> Period:
    if asked is not None:
        return parse_period(asked.every, asked.label, rules.window(duty.window))
    period = period_meant(duty, rules, office.moment.as_of, office.calendar)
    if period is None:
        what = f"到 {office.moment.as_of} 为止，{quoted(duty.title)}还没有哪一期已经开始"
        raise BadValueError(what, f"请写明 {_example([duty])}")
    return period


def _made(duties: Sequence[DutyRule]) -> list[DutyRule]:
    """The hand-ins that are reports on activities, for periods one can ask for."""
    return [d for d in duties if d.report in _TITLES and d.every in OPTIONS]


def _most_frequent(duties: Sequence[DutyRule]) -> Every | None:
    return min((d.every for d in duties), key=_how_often, default=None)


def _how_often(every: Every) -> int:
    """For sorting: the most frequent first. Windows are about as frequent as half-years."""
    return _OFTEN.index(every) if every is not Every.WINDOW else _OFTEN.index(Every.HALF_YEAR)


def _no_such_period(office: Office, every: Every | None, able: Sequence[DutyRule]) -> BadValueError:
    what = f"本区县（{office.locality.name}）没有{every or '可生成'}的报表"
    return BadValueError(what, f"现有：{_example(able)}" if able else "规则文件的 [[duties]] 里没有写 report")


def _example(duties: Sequence[DutyRule]) -> str:
    every = dict.fromkeys(d.every for d in sorted(duties, key=lambda d: _how_often(d.every)) if d.every in OPTIONS)
    return "、".join(f"{each}（{OPTIONS[each]} {_FORMS[each]}）" for each in every)


def _not_made_here(duty: DutyRule) -> BadValueError:
    if duty.report is ReportKind.LISTS:
        return BadValueError(f"{quoted(duty.title)}不是统计报表", "请用 zmn issue hand-in 生成")
    return BadValueError(f"{quoted(duty.title)}没有由 zmn 生成的报表", "请按通知自行编写；数字可从台账和其他报表里取")
