"""Reports on cases: the ledger counted as it stood at the end of a period, beside the periods before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.errors import BadValueError, IntegrityError, quoted
from zhuomuniao.logbook import standing_steps
from zhuomuniao.model import Finding, Status, Step, StepKind
from zhuomuniao.periods import Period, covered, duty_due, period_before, period_of
from zhuomuniao.reports.casefigures import CaseFrame, EarlierPeriod, count_rounds
from zhuomuniao.reports.cases import build_case_report
from zhuomuniao.reports.comparisons import SAME_LAST_YEAR
from zhuomuniao.reports.covered import OF_YEAR, Covered, beijing_day
from zhuomuniao.reports.tables import Check
from zhuomuniao.ruletypes import DutyRule, Every, WindowRule
from zhuomuniao.usecases.casecourses import cases_at
from zhuomuniao.usecases.deeming import deem_signed
from zhuomuniao.usecases.editions import (
    USUAL,
    Filing,
    HandIn,
    Made,
    Wanted,
    file_report,
    kind_of_copy,
    own_use,
    reports_folder,
)
from zhuomuniao.usecases.ledgerhistory import LedgerHistory, read_history
from zhuomuniao.usecases.owncells import own_cells
from zhuomuniao.usecases.reportduties import addressee, plan_title
from zhuomuniao.usecases.submissions import Submission, submissions

if TYPE_CHECKING:
    from zhuomuniao.reports.caserounds import CaseRecords
    from zhuomuniao.rules import LedgerSpec, RuleSet
    from zhuomuniao.usecases.office import Office

DATE_POLICIES = ("first_day", "within_workdays", "within_days", "pause_days", "period_cut", "monthly_cutoff")
"""The policies that dates and figures rest on, in the order of 指标口径."""
_OPENS_OR_CLOSES = frozenset(
    {StepKind.ACCEPT, StepKind.ADMIT, StepKind.RESOLVE, StepKind.REDO, StepKind.VOID, StepKind.EDIT}
)
"""Lines that can change whether a case is carried over."""
_NAMED = 10
"""Numbers a finding names before it counts them."""
_YEAR_OF_WEEKS = timedelta(weeks=52)


def case_report(
    office: Office,
    spec: LedgerSpec,
    period: Period,
    *,
    duty: DutyRule | None = None,
    wanted: Wanted = USUAL,
) -> HandIn:
    """The report on a ledger for a period, as it stood at its end, or at the office's day while it runs.

    With a ``duty`` it is that hand-in: its title, its addressee, the days it covers. Which edition of the paper it is
    says :func:`file_report`. Raises :class:`BadValueError` for a ledger of something else or a period not yet begun,
    :class:`IntegrityError` where the ledger contradicts itself; then nothing is written.
    """
    rules = office.locality.rules_on(min(office.moment.as_of, period.last))
    days = _covered(office, rules, duty, period)
    office.ledger(spec)
    history = read_history(office, spec)
    waiting = [case for case in history.state.records if case.status is Status.AWAITING_SIGNATURE]
    if deemed := deem_signed(office, [spec], waiting):
        # Nobody may have looked at the ledger since: what silence did before the cut is in the figures all the same.
        history = read_history(office, spec)
    _require_single(history.findings)
    before = earlier_spans(
        days, period, _window(rules, period, duty), lambda other: _span_of(office, rules, duty, other)
    )
    records, *stood = cases_at(history, [days, *(other for _, other in before)])
    own = own_cells(office, spec, {case.case_no for case in records.cases})
    frame = replace(_frame(office, spec, rules, days, duty=duty, is_full=wanted.is_full), own_cells=own)
    earlier = tuple(
        EarlierPeriod(word, other, _counts(then, other, spec))
        for (word, other), then in zip(before, stood, strict=True)
    )
    handed_in = _handed_in(office, rules, period, duty, days)
    check = None
    if handed_in is not None:
        carried_in = count_rounds(records.rounds(days.cut), days)["carried_in"]
        words = days.words
        label = f"{words.before}结转 = 上期报送（{handed_in.submitted_on}）的结转{words.after}"
        check = Check(label, carried_in, handed_in.counts["carried_out"], is_told=True)
    report, letter = build_case_report(records, frame, earlier=earlier, handed_in=check)
    findings = (*history.findings, *_not_begun(history, spec, days))
    if handed_in is not None and check is not None and not check.holds:
        findings = (*findings, _differs(office, spec, handed_in, check, days.first - timedelta(days=1)))
    copy = kind_of_copy(days.cut if days.is_running else None, is_full=wanted.is_full)
    named = frame.title or f"{spec.title}{days.words.kind}"
    due = duty_due(duty, period, rules, office.calendar) if duty else None
    filing = Filing(
        subject=duty.id if duty else own_use(spec.id),
        stem=f"{named}{period.label}{copy}",
        folder=reports_folder(office, report, wanted.out),
        submit_by=due.submit_by if due else None,
        is_full=wanted.is_full,
    )
    made = file_report(office, Made(report, days.cut, letter, days.is_running), filing, wanted)
    told = [f"逾期没有签收也没有申请退回，已记为视为签收：{'、'.join(deemed)}"] if deemed else []
    return replace(made, findings=findings, remarks=(*told, *made.remarks))


def _frame(
    office: Office, spec: LedgerSpec, rules: RuleSet, days: Covered, *, duty: DutyRule | None, is_full: bool
) -> CaseFrame:
    return CaseFrame(
        covered=days,
        spec=spec,
        layout=office.layout(spec),
        rules=rules,
        calendar=office.calendar,
        office=office.name,
        unit_order=(*rules.units.names, *office.workspace.config.units),
        title=duty.title if duty else "",
        to=addressee(duty) if duty else "",
        clause=duty.citation.clause if duty else "",
        notice=plan_title(office.locality.notice_title),
        policies=tuple(rules.policies[name].statement for name in DATE_POLICIES if name in rules.policies),
        chain_head=office.store.journal.head,
        is_full=is_full,
    )


def _covered(office: Office, rules: RuleSet, duty: DutyRule | None, period: Period) -> Covered:
    """The days covered, seen at the office's day. Raises :class:`BadValueError` for days not yet begun."""
    return covered_days(period, _span_of(office, rules, duty, period), office.moment.as_of)


def covered_days(period: Period, span: tuple[date, date], as_of: date) -> Covered:
    """The days of a span, seen at the end of ``as_of``. Raises :class:`BadValueError` where they have not begun."""
    first, last = span
    if first > as_of:
        raise BadValueError(
            f"{period.label}从{first}开始，截至{as_of}还没有开始，没有可报的内容",
            "请选已经开始的期间（--month 2026-10 这样写）",
        )
    return Covered(period.label, first, last, min(as_of, last), period.every is Every.WINDOW)


def _require_single(findings: Iterable[Finding]) -> None:
    """Raise :class:`IntegrityError` where a number stands twice: one of the two rows would be counted nowhere."""
    doubled = [f for f in findings if f.code == "duplicate_number"]
    if not doubled:
        return
    named = "、".join(f"{f.found}（{f.file} 第{f.row}行）" for f in doubled[:_NAMED])
    more = f"等{len(doubled)}处" if len(doubled) > _NAMED else ""
    raise IntegrityError(
        f"台账里有{len(doubled)}处编号重复，重复的一行算不进报表，没有生成：{named}{more}",
        "请打开台账核对这些行，改正其中一个编号或删去多出的一行（zmn check 会列出改动），再重新生成",
        cases=tuple(f.found for f in doubled),
    )


# —— The periods before ——


def earlier_spans(
    days: Covered, period: Period, window: WindowRule | None, span_of: Callable[[Period], tuple[date, date]]
) -> list[tuple[str, Covered]]:
    """The period before and the same one last year, as they are called, each with its own cut.

    Of a year both are the same; a window or an odd span has none before it where days lie between the two.
    ``span_of`` tells the days that are covered for a period.
    """
    before = period_before(period, window)
    same_days = "同期" if days.is_running else ""
    wanted = [(f"{days.words.before}{same_days}", before), (SAME_LAST_YEAR, _last_year(period, window))]
    if days.words is OF_YEAR:
        wanted = wanted[:1]
    found = []
    for word, other in wanted:
        if other is None:
            continue
        first, last = span_of(other)
        through = first + (days.cut - days.first) if days.is_running else last
        found.append((word, Covered(other.label, first, last, min(through, last), days.is_window)))
    return found


def _span_of(office: Office, rules: RuleSet, duty: DutyRule | None, period: Period) -> tuple[date, date]:
    return covered(duty, period, rules, office.calendar) if duty else (period.first, period.last)


def _counts(stood: CaseRecords, earlier: Covered, spec: LedgerSpec) -> dict[str, int] | None:
    """The counts of an earlier period; ``None`` where the ledger had nothing yet."""
    if not stood.cases:
        return None
    return count_rounds(stood.rounds(earlier.cut), earlier, spec)


def _window(rules: RuleSet, period: Period, duty: DutyRule | None) -> WindowRule | None:
    if period.every is not Every.WINDOW:
        return None
    if duty is not None:
        return rules.window(duty.window)
    return next((w for w in rules.windows if period_of(Every.WINDOW, period.first, w) == period), None)


def _last_year(period: Period, window: WindowRule | None) -> Period | None:
    """The same month, quarter or window a year ago; of a week the one 52 weeks before."""
    if period.every is Every.ONCE:
        return None
    if period.every is Every.WEEK:
        return period_of(period.every, period.first - _YEAR_OF_WEEKS)
    return period_of(period.every, period.first.replace(year=period.first.year - 1), window)


# —— What was handed in before ——


def _handed_in(
    office: Office, rules: RuleSet, period: Period, duty: DutyRule | None, days: Covered
) -> Submission | None:
    """The hand-in of the period right before, where it was recorded with what it carried out."""
    before = period_before(period, _window(rules, period, duty)) if duty else None
    if duty is None or before is None:
        return None
    _, last = covered(duty, before, rules, office.calendar)
    found = submissions(office).get((duty.id, before.label))
    is_next_to = (days.first - last).days == 1
    return found if found and is_next_to and "carried_out" in found.counts else None


def _differs(office: Office, spec: LedgerSpec, submission: Submission, check: Check, day: date) -> Finding:
    """What to know where the report handed in before carried out another number than this one carries in."""
    before = f"{submission.period}的报表（{submission.submitted_on}报送）结转{check.right}件"
    logs = office.ledger(spec).steps().values()
    changed = _told_since(logs, day, submission.recorded_at) if submission.recorded_at else []
    named = "、".join(changed[:_NAMED]) + (f"等{len(changed)}件" if len(changed) > _NAMED else "")
    since = f"报送登记以后才补记、算到{day}以前的有{len(changed)}件：{named}"
    if not changed:
        since = "报送登记以后没有补记的环节，可能是那份报表生成以后、登记以前补记的，或手工改过台账"
    return Finding(
        "carried_in_differs",
        "",
        "",
        None,
        "",
        f"这一期开始时结转{check.left}件，而{before}；{since}",
        before,
        f"核对属实的，请重新生成{submission.period}的报表，作更正件补报",
    )


def _not_begun(history: LedgerHistory, spec: LedgerSpec, days: Covered) -> tuple[Finding, ...]:
    """What to know where the ledger begins after the period: its noughts are no figures of that time."""
    first = min((record.opened_at for record in history.state.records), default=None)
    if first is None or beijing_day(first) <= days.cut:
        return ()
    told = f"{quoted(spec.title)}从{beijing_day(first)}开始有记录，{days.label}这一期没有记录，各项数都是0"
    remedy = (
        "请核对期间；那时的台账在别处的，单位原有的台账用 zmn book adopt 接管，"
        "12345 等系统导出的工单用 zmn import 导入，再重新生成"
    )
    return (Finding("before_first_record", "", "", None, "", told, f"{days.label}有记录", remedy),)


def _told_since(logs: Iterable[Sequence[Step]], day: date, recorded_at: datetime) -> list[str]:
    """The cases of which a line through ``day`` was written, or taken back, after a moment."""
    return sorted(steps[0].case_no for steps in logs if steps and _is_told_since(steps, day, recorded_at))


def _is_told_since(steps: Sequence[Step], day: date, recorded_at: datetime) -> bool:
    # Both are kept to the second: of the same one counts as later, for it is asked only where the numbers differ.
    late = [step for step in steps if step.recorded_at is not None and step.recorded_at >= recorded_at]
    if any(step.at.date() <= day for step in late if step.kind in _OPENS_OR_CLOSES):
        return True
    counting = {id(step) for step in standing_steps(steps)}
    undone = [step for step in steps if id(step) not in counting and step.kind is not StepKind.UNDO]
    is_undone_late = any(step.kind is StepKind.UNDO for step in late)
    return is_undone_late and any(step.at.date() <= day for step in undone)
