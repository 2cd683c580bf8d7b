"""Reports on leaders' activities: what there was at the cut, who should have taken part, the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import coverage as counted
from zhuomuniao.fieldwork import Activity, CatalogueItem, HandedIn, Issue, Plan
from zhuomuniao.logbook import in_order
from zhuomuniao.model import DutyDue, Finding, Step, StepKind
from zhuomuniao.periods import (
    Period,
    counts_windows,
    covered,
    due_on_of,
    duty_due,
    period_before,
    period_of,
    periods_of_year,
)
from zhuomuniao.privacy import mask_record
from zhuomuniao.reports.covered import Covered
from zhuomuniao.reports.coverlines import Coverage, ItemLine, OwedLine, Standing, UnitLine
from zhuomuniao.reports.issuefigures import ClearedRound, IssueCourse, is_open_at_cut, was_open_at_start
from zhuomuniao.reports.leaderfigures import FieldRecords, LeaderFigures, ReportFrame, count_figures
from zhuomuniao.reports.leaders import build_assessment, build_month_info, build_quarter_summary, build_window_report
from zhuomuniao.reports.leadertables import MONTHLY_STATS, WINDOW_STATS, Stat
from zhuomuniao.rules import Holds, RuleSet, SideSheet
from zhuomuniao.ruletypes import DutyRule, Every, QuotaKind, QuotaRule, ReportKind
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
from zhuomuniao.usecases.looking import Seen, records_at
from zhuomuniao.usecases.reportduties import ReportAsked, plan_title
from zhuomuniao.usecases.units import gathers_from_units

if TYPE_CHECKING:
    from zhuomuniao.reports.tables import Report, ReportLetter
    from zhuomuniao.usecases.office import Office

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
_NAMED = 10
"""Numbers a finding names before it counts them."""


class LeaderHandIn(Struct, frozen=True):
    """A report on activities, the files it stands in, and what was asked. ``stats`` are the notice's statistics."""

    asked: ReportAsked
    hand_in: HandIn
    covered: Covered
    stats: tuple[Stat, ...]
    due: DutyDue | None

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


class _Seen(Struct, frozen=True):
    """Everything at the end of a day: both ledgers, and the sheets beside them."""

    records: FieldRecords
    plans: tuple[Plan, ...]
    catalogue: tuple[CatalogueItem, ...]
    hand_ins: tuple[HandedIn, ...]
    findings: tuple[Finding, ...]


def leader_report(
    office: Office,
    asked: ReportAsked,
    wanted: Wanted = USUAL,
) -> LeaderHandIn:
    """Make the report that was asked for and put it into its files.

    It tells of the records as they stood at its cut, so that the same report again has the same figures; what then
    becomes of its files says :func:`file_report`. Raises :class:`BadValueError` for
    a period that has not begun, :class:`CannotWriteError`.
    """
    duty, period = asked.duty, asked.period
    rules = office.locality.rules_on(min(office.moment.as_of, period.last))
    first, last = covered(duty, period, rules, office.calendar)
    cut = min(office.moment.as_of, last)
    days = Covered(period.label, first, last, cut)
    due = duty_due(duty, period, rules, office.calendar) if asked.is_own else None
    frame = ReportFrame(
        title=asked.title,
        office=office.name,
        notice=plan_title(office.locality.notice_title),
        covered=days,
        activity_kind=asked.activity_kind,
        to=asked.to,
        clause=duty.citation.clause,
        due_on=due.due_on if due else None,
        submit_by=due.submit_by if due else None,
        unit_order=(*rules.units.names, *office.workspace.config.units),
        policies=tuple(rules.policies[name].words for name in _POLICIES if name in rules.policies),
        chain_head=office.store.journal.head,
        is_full=wanted.is_full,
    )
    before = None if duty.report is ReportKind.ASSESSMENT else _frame_before(office, rules, asked, frame)
    seen, *earlier = _see(office, rules, [f.covered.cut for f in (frame, before) if f], is_full=wanted.is_full)
    previous = count_figures(earlier[0].records, before) if before else None
    report, letter = _build(office, rules, asked, frame, seen, previous=previous.all_counts if previous else None)
    findings = seen.findings
    if previous and before:
        findings += _differing(office, (count_figures(seen.records, frame), frame), (previous, before))
    copy = kind_of_copy(cut if cut < last else None, is_full=wanted.is_full)
    filing = Filing(
        subject=duty.id if asked.is_own else own_use(duty.ledger),
        stem=f"{asked.title}{period.label}{copy}",
        folder=reports_folder(office, report, wanted.out),
        submit_by=due.submit_by if due else None,
        is_full=wanted.is_full,
    )
    made = file_report(office, Made(report, cut, letter, cut < last), filing, wanted)
    return LeaderHandIn(asked, replace(made, findings=findings), days, stats_of(rules, duty), due)


def stats_of(rules: RuleSet, duty: DutyRule) -> tuple[Stat, ...]:
    """The statistics that the county's notice names for a report.

    The year's data have those of the county's reports: where it reports on windows, the fewer ones.
    """
    is_of_windows = duty.report is ReportKind.ACTIVITY_WINDOW or (
        duty.report is ReportKind.ASSESSMENT and counts_windows(rules)
    )
    return WINDOW_STATS if is_of_windows else MONTHLY_STATS


def _build(
    office: Office,
    rules: RuleSet,
    asked: ReportAsked,
    frame: ReportFrame,
    seen: _Seen,
    *,
    previous: Mapping[str, int] | None,
) -> tuple[Report, ReportLetter | None]:
    duty, records = asked.duty, seen.records
    if duty.report is ReportKind.ASSESSMENT:
        year = _year_of(frame.covered)
        owed = _owed(office, rules, frame, seen, year)
        items = _items(rules, seen, year, ())
        return build_assessment(records, frame, owed=owed, items=items, stats=stats_of(rules, duty)), None
    if duty.report is ReportKind.ACTIVITY_INFO:
        return build_month_info(records, frame, previous=previous)
    coverage = _coverage(office, rules, asked, frame, seen)
    if duty.report is ReportKind.ACTIVITY_SUMMARY:
        layout = office.layout(office.spec_holding(Holds.ISSUES))
        return build_quarter_summary(
            records, frame, coverage, handins=seen.hand_ins, layout=layout, previous=previous
        )
    return build_window_report(records, frame, coverage, previous=previous)


# —— What there was at the cut ——


def _see(office: Office, rules: RuleSet, days: Sequence[date], *, is_full: bool) -> list[_Seen]:
    """Everything at the end of each of the days, masked unless ``is_full``; the books are read once."""

    def listed(row: Any) -> Any:
        found = _as_listed(rules, row)
        return found if is_full else mask_record(found)

    found = next((spec for spec in office.locality.ledgers if spec.holds is Holds.ISSUES), None)
    activities = records_at(office, office.spec_holding(Holds.ACTIVITIES), days)
    issues = records_at(office, found, days) if found else [Seen[Issue]((), ()) for _ in days]
    logs = office.records(found).steps() if found else {}
    kinds = (SideSheet.PLANS, SideSheet.ITEMS, SideSheet.HAND_INS)
    kept = [kind for kind in kinds if any(kind in spec.sheets for spec in office.locality.ledgers)]
    states = {kind: office.side(kind).state() for kind in kept}
    looks = []
    for day, acted, noted in zip(days, activities, issues, strict=True):
        sides: dict[SideSheet, tuple[Any, ...]] = {
            kind: tuple(listed(row) for row in state.records if row.opened_at.date() <= day)
            for kind, state in states.items()
        }
        findings = [*acted.findings, *noted.findings, *(f for state in states.values() for f in state.findings)]
        courses = {issue.case_no: issue_course(logs.get(issue.case_no, ()), day) for issue in noted.records}
        looks.append(
            _Seen(
                FieldRecords(tuple(map(listed, acted.records)), tuple(map(listed, noted.records)), courses),
                sides.get(SideSheet.PLANS, ()),
                tuple(_still_listed(item, day) for item in sides.get(SideSheet.ITEMS, ())),
                sides.get(SideSheet.HAND_INS, ()),
                tuple(dict.fromkeys(findings)),
            )
        )
    return looks


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


def _frame_before(office: Office, rules: RuleSet, asked: ReportAsked, frame: ReportFrame) -> ReportFrame | None:
    """The frame of the same report for the period before, whose counts are counted anew as of its own cut.

    ``None`` where days lie between the two (windows): what happened there is told by neither.
    """
    before = period_before(asked.period, rules.window(asked.duty.window))
    if before is None:
        return None
    first, last = covered(asked.duty, before, rules, office.calendar)
    if (frame.covered.first - last).days != 1:
        return None
    return replace(frame, covered=Covered(before.label, first, last, last))


def _differing(
    office: Office, now: tuple[LeaderFigures, ReportFrame], then: tuple[LeaderFigures, ReportFrame]
) -> tuple[Finding, ...]:
    """What to know where another number of problems is carried in than the period before carried out, naming them."""
    (figures, frame), (previous, before) = now, then
    carried_in = {r.issue.case_no for r in figures.problems if was_open_at_start(r, frame.covered)}
    carried_out = {r.issue.case_no for r in previous.problems if is_open_at_cut(r, before.covered)}
    differing = sorted(carried_in ^ carried_out)
    if not differing:
        return ()
    more = f"等{len(differing)}条" if len(differing) > _NAMED else ""
    return (
        Finding(
            "carried_in_differs",
            "",
            office.spec_holding(Holds.ISSUES).title,
            None,
            "",
            f"上期结转{len(carried_in)}条；对不上的：{'、'.join(differing[:_NAMED])}{more}",
            f"按{before.covered.label}终了时重新统计，结转{len(carried_out)}条",
            "这些行的日期或状态后来在台账里手工改过；请用 zmn show 核对，属实的，上期的报表请作更正件补报",
        ),
    )
