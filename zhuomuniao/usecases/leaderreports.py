"""Reports on leaders' activities: what there was at the cut, who should have taken part, the period before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from zhuomuniao import coverage as counted
from zhuomuniao.fieldwork import Activity, CatalogueItem, HandedIn, Issue, Plan
from zhuomuniao.logbook import in_order
from zhuomuniao.model import Finding, Step, StepKind
from zhuomuniao.periods import Period, covered, due_on_of, duty_due, period_before, period_of, periods_of_year
from zhuomuniao.reports.activityfigures import Covered
from zhuomuniao.reports.coverlines import Coverage, ItemLine, OwedLine, Standing, UnitLine
from zhuomuniao.reports.issuefigures import ClearedRound, IssueCourse
from zhuomuniao.reports.leaderfigures import FieldRecords, ReportFrame, count_figures
from zhuomuniao.reports.leaders import build_assessment, build_month_info, build_quarter_summary, build_window_report
from zhuomuniao.reports.leadertables import MONTHLY_STATS, WINDOW_STATS, Stat
from zhuomuniao.reports.tables import Report, ReportLetter
from zhuomuniao.rules import Holds, RuleSet, SideSheet
from zhuomuniao.ruletypes import DutyRule, Every, QuotaKind, QuotaRule, ReportKind
from zhuomuniao.usecases.fieldperiods import days_of_window_year
from zhuomuniao.usecases.looking import records_as_of
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.reportduties import ReportAsked
from zhuomuniao.usecases.reporting import HandIn, file_report, kind_of_copy, reports_folder
from zhuomuniao.usecases.units import gathers_from_units

_POLICIES = ("participants", "periodic_only", "delegated_only", "period_cut")
"""The policies the figures rest on, in the order of 指标口径."""

_STANDINGS = {
    counted.Standing.TAKEN_PART: Standing.DONE,
    counted.Standing.SHORT: Standing.SHORT,
    counted.Standing.DELEGATED_ONLY: Standing.DELEGATES_ONLY,
    counted.Standing.OTHER_MODES_ONLY: Standing.NOT_PERIODIC,
    counted.Standing.ABSENT: Standing.ABSENT,
}
_IMMEDIATE, _TRACKING = "即时", "跟踪"


@dataclass(frozen=True, slots=True)
class LeaderHandIn:
    """A report on activities, the files it stands in, and what was asked. ``stats`` are the notice's statistics."""

    asked: ReportAsked
    hand_in: HandIn
    covered: Covered
    stats: tuple[Stat, ...]
    due_on: date | None
    submit_by: date | None

    @property
    def told(self) -> tuple[str, ...]:
        """The counts of activities that the notice asks for, by name."""
        return ("activities", *(name for stat, name in _COUNTED.items() if stat in self.stats))


_COUNTED = {
    Stat.PARTICIPANTS: "participants",
    Stat.SERVED: "served",
    Stat.ITEMS: "items",
    Stat.ENFORCEMENTS: "enforcements",
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything at the end of a day: both ledgers, and the sheets beside them."""

    records: FieldRecords
    plans: tuple[Plan, ...]
    catalogue: tuple[CatalogueItem, ...]
    hand_ins: tuple[HandedIn, ...]
    findings: tuple[Finding, ...]


def leader_report(
    office: Office, asked: ReportAsked, *, out: Path | None = None, has_letter: bool = True, is_full: bool = False
) -> LeaderHandIn:
    """Make the report that was asked for and put it into its files.

    It tells of the records as they stood at its cut, so that the same report again has the same figures. Where the
    files are there with these figures they are left alone: somebody may have written into them. Raises
    :class:`BadValueError` for a period that has not begun, :class:`CannotWriteError`.
    """
    duty, period = asked.duty, asked.period
    rules = office.locality.rules_on(min(office.moment.as_of, period.last))
    first, last = _days(office, rules, duty, period)
    cut = min(office.moment.as_of, last)
    days = Covered(period.label, first, last, cut)
    due = duty_due(duty, period, rules, office.calendar) if asked.is_own else None
    frame = ReportFrame(
        title=asked.title,
        office=office.name,
        notice=_notice(office.locality.notice_title),
        covered=days,
        activity_kind=asked.activity_kind,
        to=asked.to,
        clause=duty.citation.clause,
        due_on=due.due_on if due else None,
        submit_by=due.submit_by if due else None,
        unit_order=(*rules.units.names, *office.workspace.config.units),
        policies=tuple(rules.policies[name].words for name in _POLICIES if name in rules.policies),
        chain_head=office.store.journal.head,
        is_full=is_full,
    )
    seen = _see(office, rules, cut)
    report, letter = _build(office, rules, asked, frame, seen)
    copy = kind_of_copy(cut if cut < last else None, is_full=is_full)
    made = file_report(
        report,
        reports_folder(office, report, out),
        f"{asked.title}{period.label}{copy}",
        letter=letter if has_letter else None,
        is_kept=True,
    )
    return LeaderHandIn(
        asked, replace(made, findings=seen.findings), days, stats_of(rules, duty), frame.due_on, frame.submit_by
    )


def stats_of(rules: RuleSet, duty: DutyRule) -> tuple[Stat, ...]:
    """The statistics that the county's notice names for a report.

    The year's data have those of the county's reports: where it reports on windows, the fewer ones.
    """
    is_of_windows = duty.report is ReportKind.ACTIVITY_WINDOW or (
        duty.report is ReportKind.ASSESSMENT and _counts_windows(rules)
    )
    return WINDOW_STATS if is_of_windows else MONTHLY_STATS


def _counts_windows(rules: RuleSet) -> bool:
    return any(duty.report is ReportKind.ACTIVITY_WINDOW for duty in rules.duties)


def _build(
    office: Office, rules: RuleSet, asked: ReportAsked, frame: ReportFrame, seen: _Seen
) -> tuple[Report, ReportLetter | None]:
    duty, records = asked.duty, seen.records
    if duty.report is ReportKind.ASSESSMENT:
        year = _year_of(frame.covered)
        owed = _owed(office, rules, frame, seen, year)
        items = _items(rules, seen, year, ())
        return build_assessment(records, frame, owed=owed, items=items, stats=stats_of(rules, duty)), None
    previous = _previous(office, rules, asked, frame)
    if duty.report is ReportKind.ACTIVITY_INFO:
        return build_month_info(records, frame, previous=previous)
    coverage = _coverage(office, rules, asked, frame, seen)
    if duty.report is ReportKind.ACTIVITY_SUMMARY:
        layout = office.layout(office.spec_holding(Holds.ISSUES))
        return build_quarter_summary(
            records, frame, coverage, handins=seen.hand_ins, layout=layout, previous=previous
        )
    return build_window_report(records, frame, coverage, previous=previous)


def _days(office: Office, rules: RuleSet, duty: DutyRule, period: Period) -> tuple[date, date]:
    """The days a report is about. A year of windows ends with its last window, which may close in the next year."""
    if duty.report is not ReportKind.ASSESSMENT or not _counts_windows(rules):
        return covered(duty, period, rules, office.calendar)
    opened = (rules.window(d.window) for d in rules.duties if d.report is ReportKind.ACTIVITY_WINDOW)
    window = next((w for w in opened if w is not None), None)
    if window is None:
        return covered(duty, period, rules, office.calendar)
    return days_of_window_year(window, period.first.year)


# —— What there was at the cut ——


def _see(office: Office, rules: RuleSet, day: date) -> _Seen:
    # Looked at from the evening of the office's day, so that an earlier cut is replayed whatever the clock says.
    evening = max(office.moment.now, datetime.combine(office.moment.as_of, time.max))
    at_day = replace(office, moment=Moment(evening, day))
    held = office.spec_holding(Holds.ACTIVITIES)
    found = next((spec for spec in office.locality.ledgers if spec.holds is Holds.ISSUES), None)
    activities = records_as_of(at_day, held)
    findings = list(activities.findings)
    issues: tuple[Issue, ...] = ()
    courses: dict[str, IssueCourse] = {}
    if found is not None:
        seen = records_as_of(at_day, found)
        findings += seen.findings
        issues = tuple(_as_listed(rules, issue) for issue in seen.records)
        logs = office.records(found).steps()
        courses = {i.case_no: issue_course(logs.get(i.case_no, ()), day) for i in issues}
    sides: dict[SideSheet, tuple[Any, ...]] = {}
    for kind in (SideSheet.PLANS, SideSheet.ITEMS, SideSheet.HAND_INS):
        if any(kind in spec.sheets for spec in office.locality.ledgers):
            state = office.side(kind).state()
            findings += state.findings
            sides[kind] = tuple(_as_listed(rules, row) for row in state.records if row.opened_at.date() <= day)
    return _Seen(
        FieldRecords(tuple(_as_listed(rules, a) for a in activities.records), issues, courses),
        sides.get(SideSheet.PLANS, ()),
        tuple(_still_listed(item, day) for item in sides.get(SideSheet.ITEMS, ())),
        sides.get(SideSheet.HAND_INS, ()),
        tuple(dict.fromkeys(findings)),
    )


def issue_course(steps: Iterable[Step], day: date) -> IssueCourse:
    """What the log of an issue tells by the end of a day: each 销号 that a 反弹 undid, and when it was voided."""
    earlier: list[ClearedRound] = []
    cleared_on: date | None = None
    voided_on: date | None = None
    for step in in_order(steps):
        on = step.at.date()
        if on > day:
            break
        if step.kind is StepKind.CLEAR:
            cleared_on = on
        elif step.kind is StepKind.REBOUND and cleared_on is not None:
            earlier.append(ClearedRound(cleared_on, on))
            cleared_on = None
        elif step.kind is StepKind.VOID:
            voided_on = on
    return IssueCourse(tuple(earlier), voided_on)


def _as_listed(rules: RuleSet, row: Any) -> Any:
    """The row with unit and codes by the words of the county's lists, so that 教育局 and 区教育局 are one."""
    row = _with_unit(rules, row)
    if isinstance(row, Activity):
        facts: dict[str, Any] = {**counted.facts_of(rules, row)}
        return replace(row, **facts)
    codes = rules.code_list(row.ledger, "activity_kind") if hasattr(row, "activity_kind") else None
    if codes is None:
        return row
    known = {word: code.name for code in codes.codes for word in (code.name, *code.aliases)}
    kind = row.activity_kind.strip()
    return replace(row, activity_kind=known.get(kind, kind) or codes.default)


def _with_unit(rules: RuleSet, row: Any) -> Any:
    unit = row.unit.strip()
    return replace(row, unit=rules.units.find(unit) or unit)


def _still_listed(item: CatalogueItem, day: date) -> CatalogueItem:
    """As of the day: what was dropped later stood on the list then."""
    return replace(item, dropped_on=None) if item.dropped_on and item.dropped_on > day else item


# —— Who should have taken part ——


def _coverage(office: Office, rules: RuleSet, asked: ReportAsked, frame: ReportFrame, seen: _Seen) -> Coverage:
    period, kind = asked.period, frame.activity_kind
    year = _year_of(frame.covered)
    quota = _quota(rules, QuotaKind.FREQUENCY, period.every)
    if quota is None:
        return Coverage(period.first, period.last)
    units = _subjects(office, rules, quota, kind, seen, period)
    acted = [a for a in seen.records.activities if not kind or a.activity_kind == kind]
    lines = tuple(
        UnitLine(
            line.unit,
            _STANDINGS[line.standing],
            line.periodic,
            line.by_mode.get(_IMMEDIATE, 0),
            line.by_mode.get(_TRACKING, 0),
            line.delegated,
        )
        for line in counted.unit_coverage(rules, quota, units, acted, period)
    )
    items = _items(rules, seen, year, units)
    lists = next((d for d in rules.duties if d.report is ReportKind.LISTS and d.role != office.role), None)
    if lists is None or lists.every is not period.every or not gathers_from_units(office, rules):
        return Coverage(period.first, period.last, lines, items)
    due_on = due_on_of(lists, period, office.calendar)
    return Coverage(period.first, period.last, lines, items, expected=units, lists_due_on=due_on)


def _items(rules: RuleSet, seen: _Seen, year: Period, units: Sequence[str]) -> tuple[ItemLine, ...]:
    """How much of each catalogue was experienced this year; of ``units`` where they are named."""
    quota = _quota(rules, QuotaKind.COVERAGE, Every.YEAR)
    if quota is None:
        return ()
    found = counted.item_coverage(rules, quota, seen.catalogue, seen.records.activities, year)
    return tuple(
        ItemLine(line.unit, len(line.covered), line.owed, line.missing)
        for line in found
        if line.has_catalogue and (not units or line.unit in units)
    )


def _owed(office: Office, rules: RuleSet, frame: ReportFrame, seen: _Seen, year: Period) -> tuple[OwedLine, ...]:
    """What each unit owed in each period of the year that has begun, and what it did."""
    quota = next((q for q in rules.quotas if q.kind is QuotaKind.FREQUENCY and q.every is not None), None)
    if quota is None or quota.every is None:
        return ()
    periods = periods_of_year(quota.every, int(frame.covered.label), rules.window(quota.window))
    begun = [period for period in periods if period.first <= frame.covered.cut]
    units = _subjects(office, rules, quota, frame.activity_kind, seen, year)
    table = counted.heat(rules, quota, units, seen.records.activities, begun)
    return tuple(
        OwedLine(cell.unit, period.label, cell.needed, cell.counted)
        for row in table.cells
        for period, cell in zip(begun, row, strict=True)
    )


def _subjects(
    office: Office, rules: RuleSet, quota: QuotaRule, kind: str, seen: _Seen, period: Period
) -> tuple[str, ...]:
    """Who is to take part, as far as this desk can tell: a unit's own desk tells of that unit only."""
    named, plans = office.workspace.config.participants, seen.plans
    if kind:
        units = counted.participants(rules, kind, named=named, plans=plans, period=period)
    else:
        units = counted.subjects(rules, quota, named=named, plans=plans, period=period)
    if gathers_from_units(office, rules):
        return units
    own = {activity.unit for activity in seen.records.activities}
    return tuple(unit for unit in units if unit in own or unit in office.name)


def _quota(rules: RuleSet, kind: QuotaKind, every: Every) -> QuotaRule | None:
    return next((q for q in rules.quotas if q.kind is kind and q.every is every), None)


def _year_of(days: Covered) -> Period:
    """The year whose items are to be covered: the calendar year of the cut."""
    return period_of(Every.YEAR, days.cut)  # type: ignore[return-value]


# —— The period before ——


def _previous(office: Office, rules: RuleSet, asked: ReportAsked, frame: ReportFrame) -> dict[str, int] | None:
    """The counts of the same report for the period before, counted anew as of its own cut.

    ``None`` where days lie between the two (windows): what happened there is told by neither.
    """
    before = period_before(asked.period, rules.window(asked.duty.window))
    if before is None:
        return None
    first, last = _days(office, rules, asked.duty, before)
    if (frame.covered.first - last).days != 1:
        return None
    earlier = replace(frame, covered=Covered(before.label, first, last, last))
    return count_figures(_see(office, rules, last).records, earlier).all_counts


def _notice(title: str) -> str:
    """The plan itself, as a letter names it: 关于印发《……方案》的通知 → ……方案."""
    inner = title.removeprefix("关于印发").removesuffix("的通知")
    return inner.removeprefix("《").removesuffix("》") if inner.startswith("《") and inner.endswith("》") else inner
