"""Which report is meant: by the period a clerk asks for, the hand-in named, and whose desk it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.dateforms import LAST_MONTH
from zhuomuniao.errors import BadValueError, quoted
from zhuomuniao.periods import Period, duties_of, duty_due, parse_period, period_before, period_of
from zhuomuniao.rules import Holds, LedgerSpec, RuleSet
from zhuomuniao.ruletypes import DutyRule, Every, ReportKind, WindowRule
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.dutyperiods import ONE_TIME, OPTIONS, once, period_due

if TYPE_CHECKING:
    from zhuomuniao.model import DutyDue
    from zhuomuniao.usecases.office import Office

_TITLES = {
    ReportKind.ACTIVITY_INFO: "活动开展情况统计",
    ReportKind.ACTIVITY_SUMMARY: "活动开展情况总结",
    ReportKind.ACTIVITY_WINDOW: "活动开展情况报告",
    ReportKind.ASSESSMENT: "各单位活动开展情况年度数据",
}
"""What zmn makes of activities, and what a copy for a desk's own use is called."""

_OFTEN = tuple(Every)
_FORMS = {
    Every.MONTH: "2026-10",
    Every.QUARTER: "2026Q3",
    Every.HALF_YEAR: "2026H1",
    Every.WINDOW: "2026-08",
    Every.YEAR: "2026",
}
_ANY_PERIOD = (Every.MONTH, Every.QUARTER, Every.HALF_YEAR, Every.YEAR)
"""What the matters of a ledger can be counted over."""


class PeriodAsked(Struct, frozen=True):
    """A period as a clerk names it: how long, and its label as typed."""

    every: Every
    label: str


class ReportAsked(Struct, frozen=True):
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


class CasesAsked(Struct, frozen=True):
    """The report on the matters of a ledger over a period; ``duty`` is ``None`` where no notice asks for it."""

    spec: LedgerSpec
    period: Period
    duty: DutyRule | None
    is_period_chosen: bool


class ListAsked(Struct, frozen=True):
    """A list that is handed in: unsolved matters, officers, sites, plans, or the lists of problems found.

    ``activity_kind`` is the kind the office leads, ``""`` for all.
    """

    duty: DutyRule
    period: Period
    to: str
    activity_kind: str
    is_period_chosen: bool

    @property
    def is_of_units(self) -> bool:
        """Whether it is the lists of problems found, a file for each unit and kind or merged."""
        return self.duty.report is ReportKind.LISTS


class ReportsAsked(Struct, frozen=True):
    """The reports to make, and this desk's other hand-ins of the same rhythm, with the command for each."""

    reports: tuple[ReportAsked | CasesAsked | ListAsked, ...]
    elsewhere: tuple[tuple[DutyRule, str], ...] = ()


def reports_asked(
    office: Office, asked: PeriodAsked | None, *, ledger: str | None = None, duty: str | None = None
) -> ReportsAsked:
    """What to make: the hand-in named, whosever it is; else what the ledger named, or the county's first, is about.

    Where no ledger is named, this desk's own hand-ins on matters come first, whichever ledger they are of. Of a
    ledger of people's matters it is its report, over the period asked or the month before. Of activities it is the
    hand-ins of this desk that fit the period; else, for its own use, what others hand in for such a period, of all
    kinds; without a period the desk's most frequent hand-in.

    Raises :class:`BadValueError` for a ledger or hand-in that there is not, that do not go together, that zmn makes
    nothing for, and for a period that does not fit, naming those that do.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    if duty is not None:
        named = named_duty(office, duty)
        if ledger is not None and office.locality.ledger(ledger).id != named.ledger:
            title = office.locality.ledger(named.ledger).title
            raise BadValueError(
                f"{quoted(named.title)}出自《{title}》，和 --ledger {ledger} 对不上", "请去掉 --ledger"
            )
        return ReportsAsked((_of_duty(office, rules, named, asked),))
    spec = office.locality.ledger(ledger)
    if spec.holds is Holds.CASES and ledger is None and (own := _own_cases(office, rules, asked)):
        return own
    if spec.holds is Holds.CASES:
        return _of_cases(office, rules, spec, asked)
    return _of_activities(office, rules, asked)


def _of_duty(
    office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None
) -> ReportAsked | CasesAsked | ListAsked:
    if duty.report is None:
        raise BadValueError(
            f"{quoted(duty.title)}没有由 zmn 生成的报表",
            f"请按通知（{duty.citation.clause}）自行编写，数字可从台账和其他报表里取；"
            f"报出后用 zmn duties done {duty.id} 记下",
        )
    if asked is not None and asked.every is not duty.every:
        wrong = OPTIONS[asked.every]
        if duty.every is Every.ONCE:
            raise BadValueError(
                f"{quoted(duty.title)}只报一次，不分期，{wrong} 用不上",
                f"请去掉 {wrong}，只写 --duty {duty.id}",
            )
        raise BadValueError(
            f"{quoted(duty.title)}{duty.every}报一次，{wrong} 说的是另一种期间",
            f"请把 {wrong} 换成 {_option_of(duty)} 这样的写法"
            if duty.every in OPTIONS
            else f"请去掉 {wrong}，只写 --duty {duty.id}",
        )
    if duty.report in _TITLES:
        return _own(office, rules, duty, asked)
    period = _period(office, rules, duty, asked)
    if duty.report is ReportKind.CASES:
        return CasesAsked(office.locality.ledger(duty.ledger), period, duty, asked is None)
    return ListAsked(duty, period, addressee(duty), _kind_led(office, rules, duty), asked is None)


def _of_cases(office: Office, rules: RuleSet, spec: LedgerSpec, asked: PeriodAsked | None) -> ReportsAsked:
    every = asked.every if asked else Every.MONTH
    window = _window_of(rules, spec)
    if every is Every.WINDOW and window is None:
        able = "、".join(f"{each}（{OPTIONS[each]} {_FORMS[each]}）" for each in _ANY_PERIOD)
        raise BadValueError(
            f"{office.locality.name}的通知没有写明活动窗口，《{spec.title}》不能按窗口统计", f"现有：{able}"
        )
    period = parse_period(every, asked.label if asked else month_before(office.moment.as_of), window)
    mine = [d for d in duties_of(rules, office.role, office.name) if d.every is every and d.report is not None]
    asked_for = next((d for d in mine if d.report is ReportKind.CASES and d.ledger == spec.id), None)
    elsewhere = tuple((d, _command(d, period)) for d in mine if d is not asked_for)
    return ReportsAsked((CasesAsked(spec, period, asked_for, asked is None),), elsewhere)


def _own_cases(office: Office, rules: RuleSet, asked: PeriodAsked | None) -> ReportsAsked | None:
    """The hand-ins on matters that the notice asks of this desk for such a period; ``None`` where there are none.

    What else the desk hands in then is named beside.
    """
    every = asked.every if asked else Every.MONTH
    mine = [d for d in duties_of(rules, office.role, office.name) if d.every is every and d.report is not None]
    reports = tuple(
        CasesAsked(office.locality.ledger(d.ledger), _period(office, rules, d, asked), d, asked is None)
        for d in mine
        if d.report is ReportKind.CASES
    )
    if not reports:
        return None
    others = [d for d in mine if d.report is not ReportKind.CASES]
    return ReportsAsked(reports, tuple((d, _command(d, reports[0].period)) for d in others))


def _window_of(rules: RuleSet, spec: LedgerSpec) -> WindowRule | None:
    """The windows a ledger is reported on by: those of its hand-in, else its own, else the county's first."""
    named = {duty.window for duty in rules.duties if duty.ledger == spec.id}
    return min(rules.windows, key=lambda w: (w.id not in named, w.ledger != spec.id), default=None)


def _of_activities(office: Office, rules: RuleSet, asked: PeriodAsked | None) -> ReportsAsked:
    mine = duties_of(rules, office.role, office.name)
    every = asked.every if asked else _most_frequent([*_made(mine)] or [*_made(rules.duties)])
    fitting = [d for d in mine if d.every is every]
    if own := _made(fitting):
        reports = tuple(_own(office, rules, d, asked) for d in own)
    else:
        patterns = {d.report: d for d in reversed(_made(rules.duties)) if d.every is every}
        if every is None or not patterns:
            raise _no_such_period(office, every, _made(rules.duties))
        reports = tuple(_for_own_use(office, rules, d, asked) for d in patterns.values())
    lists = [d for d in fitting if d.report is not None and d.report not in _TITLES]
    return ReportsAsked(reports, tuple((d, _command(d, reports[0].period)) for d in lists))


def _command(duty: DutyRule, period: Period) -> str:
    return f"zmn report --duty {duty.id} {OPTIONS[duty.every]} {period.label}"


def period_asked(
    as_of: date,
    *,
    month: str | None = None,
    quarter: str | None = None,
    half: str | None = None,
    window: str | None = None,
    year: str | None = None,
) -> PeriodAsked | None:
    """The one period a clerk named, if any; 上月 is the month before ``as_of``.

    Raises :class:`BadValueError` for several at once.
    """
    given = {
        Every.MONTH: month_before(as_of) if month == LAST_MONTH else month,
        Every.QUARTER: quarter,
        Every.HALF_YEAR: half,
        Every.WINDOW: window,
        Every.YEAR: year,
    }
    named = [PeriodAsked(every, label) for every, label in given.items() if label is not None]
    if len(named) > 1:
        raise BadValueError(
            f"一次只能写一种期间，写了 {'、'.join(OPTIONS[one.every] for one in named)}", "请只留一个"
        )
    return named[0] if named else None


def month_before(day: date) -> str:
    """The month before that of a day, as it is typed."""
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


def period_of_duty(office: Office, duty: DutyRule, label: str) -> Period:
    """The period of a hand-in by its label, spelled as for a report.

    Raises :class:`BadValueError` naming the form.
    """
    if duty.every is Every.ONCE:
        if label.strip() != ONE_TIME:
            raise BadValueError(
                f"{quoted(duty.title)}只报一次，没有“{label}”这一期", f"请写 --period {ONE_TIME}，或不写"
            )
        return once(duty, office.moment.as_of)
    as_of = office.moment.as_of
    if duty.every is Every.MONTH and label.strip() == LAST_MONTH:
        label = month_before(as_of)
    return parse_period(duty.every, label, office.locality.rules_on(as_of).window(duty.window))


def named_duty(office: Office, wanted: str) -> DutyRule:
    """The hand-in of this id or title; a part of either is enough where it names one only.

    Raises :class:`BadValueError` with the list of all.
    """
    rules = office.locality.rules_on(office.moment.as_of)
    needle = squeeze(wanted).strip("“”")
    exact = [d for d in rules.duties if needle and needle in (d.id, squeeze(d.title))]
    found = exact or [d for d in rules.duties if needle and (needle in squeeze(d.title) or needle in d.id)]
    if len(found) == 1:
        return found[0]
    listed = "、".join(f"{d.id}（{d.title}）" for d in found or rules.duties)
    if found:
        raise BadValueError(f"“{wanted}”说的可能是几项报送", f"请写全编号：{listed}")
    if not listed:
        raise BadValueError(f"没有名为“{wanted}”的报送", f"{office.locality.name}的通知没有写明报送，请去掉 --duty")
    raise BadValueError(f"没有名为“{wanted}”的报送", f"现有：{listed}")


def due_of(office: Office, duty: DutyRule, period: Period) -> DutyDue | None:
    """When a hand-in falls due; ``None`` where the notice names no day."""
    rules = office.locality.rules_on(min(office.moment.as_of, period.last))
    return duty_due(duty, period, rules, office.calendar)


def addressee(duty: DutyRule) -> str:
    """To whom it is handed in, without a remark in brackets (适时通报); ``""`` where the notice names nobody."""
    return re.sub(r"（[^（）]*）$", "", duty.to)


def plan_title(title: str) -> str:
    """The plan itself, as a letter names it: 关于印发《……方案》的通知 → ……方案."""
    inner = title.removeprefix("关于印发").removesuffix("的通知")
    return inner.removeprefix("《").removesuffix("》") if inner.startswith("《") and inner.endswith("》") else inner


def _own(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> ReportAsked:
    period = _period(office, rules, duty, asked)
    kind = _kind_of_office(rules, duty.by, duty.ledger)
    return ReportAsked(duty, period, duty.title, addressee(duty), kind, True, asked is None)


def _for_own_use(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> ReportAsked:
    period = _period(office, rules, duty, asked)
    assert duty.report is not None
    return ReportAsked(duty, period, _TITLES[duty.report], "", "", False, asked is None)


def _kind_of_office(rules: RuleSet, office: str, ledger: str) -> str:
    """The kind of activity that an office leads (三个牵头部门各报各的), ``""`` where it leads none."""
    return next((r.matter for r in rules.routes if office and r.ledger == ledger and r.to in office), "")


def _kind_led(office: Office, rules: RuleSet, duty: DutyRule) -> str:
    """The kind that the office named in the notice leads; else the one this office leads, if of that role."""
    held = next((spec.id for spec in office.locality.ledgers if spec.holds is Holds.ACTIVITIES), duty.ledger)
    is_ours = duty.role == office.role
    return _kind_of_office(rules, duty.by or (office.name if is_ours else ""), held)


def _period(office: Office, rules: RuleSet, duty: DutyRule, asked: PeriodAsked | None) -> Period:
    if asked is not None:
        return parse_period(asked.every, asked.label, rules.window(duty.window))
    of_cases = duty.report in (ReportKind.CASES, ReportKind.UNSOLVED) and not duty.has_day
    this = period_of(duty.every, office.moment.as_of) if of_cases else None
    # Where no day is named, matters are reported on when their month is over, as a bare `zmn report` does.
    period = period_before(this) if this else period_due(office, duty)
    if period is None:
        what = f"到 {office.moment.as_of} 为止，{quoted(duty.title)}还没有哪一期已经开始"
        raise BadValueError(what, f"请写明是哪一期，例如 {_option_of(duty)}")
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


def _option_of(duty: DutyRule) -> str:
    """How its period is named: --month 2026-10."""
    return f"{OPTIONS[duty.every]} {_FORMS[duty.every]}"


def _example(duties: Sequence[DutyRule]) -> str:
    every = dict.fromkeys(d.every for d in sorted(duties, key=lambda d: _how_often(d.every)) if d.every in OPTIONS)
    return "、".join(f"{each}（{OPTIONS[each]} {_FORMS[each]}）" for each in every)
