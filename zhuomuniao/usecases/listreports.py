"""Lists that are handed in as they are: 疑难杂症, 体验官名单, 体验点, 参与单位名单及活动计划, and 上报件 by duty."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.codes import OutcomeEffect
from zhuomuniao.coverage import participants
from zhuomuniao.errors import BadValueError, quoted
from zhuomuniao.fieldrows import OFFICER_ROWS, PLAN_ROWS, SITE_ROWS
from zhuomuniao.layouts import Column, Layout
from zhuomuniao.model import Case, DutyDue, Finding, Status
from zhuomuniao.periods import Period, covered, duty_due, parse_period
from zhuomuniao.privacy import mask_case, mask_record
from zhuomuniao.reports.caselists import official_cells
from zhuomuniao.reports.covered import Covered, beijing_day, long_day, long_days
from zhuomuniao.reports.handlists import ListFrame, build_list_report, list_table
from zhuomuniao.reports.tables import SIGNATURES, Blank, Check, Report
from zhuomuniao.rules import LedgerSpec, RuleSet, SideSheet
from zhuomuniao.ruletypes import Every, ReportKind
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.editionfiles import ReportFormat
from zhuomuniao.usecases.editions import (
    USUAL,
    Filing,
    HandIn,
    Made,
    Wanted,
    file_report,
    kind_of_copy,
    reports_folder,
)
from zhuomuniao.usecases.handingin import HandIns, ListSpan, WantedLists, hand_in_lists, is_gathering
from zhuomuniao.usecases.listversions import told_beside_those_handed_in
from zhuomuniao.usecases.looking import cases_as_of
from zhuomuniao.usecases.office import Moment, Office
from zhuomuniao.usecases.owncells import own_cells
from zhuomuniao.usecases.planning import plans_of
from zhuomuniao.usecases.rosterviews import examine_roster, list_officers, list_sites
from zhuomuniao.usecases.units import own_unit

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Plan
    from zhuomuniao.usecases.reportduties import ListAsked

_REASON, _RESULT = "unsolved_reason", "result"
_TOLD_REASON = re.compile(r"（原因：([^（）]+)）")
"""How 办结 writes down why a matter cannot be done (closing.resolve)."""


class ListHandIn(Struct, frozen=True):
    """A list that was made, and what was asked. ``blanks`` is how many cells a person must still fill in."""

    asked: ListAsked
    hand_in: HandIn
    cut: date
    covers: tuple[date, date] | None
    due: DutyDue | None
    blanks: int
    warnings: tuple[str, ...]


class UnitListsHandIn(Struct, frozen=True):
    """The lists of problems found (上报件) that a duty asks for."""

    asked: ListAsked
    hand_ins: HandIns
    due: DutyDue | None
    is_merged: bool


class _Made(Struct, frozen=True):
    """A list before it is put into its file."""

    report: Report
    blanks: int = 0
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def list_report(office: Office, asked: ListAsked, wanted: Wanted = USUAL) -> ListHandIn:
    """Make the list that was asked for, as it stood at its cut, and put it into its file.

    What becomes of its files says :func:`file_report`. Raises :class:`BadValueError` for
    a period that has not begun, :class:`CannotWriteError`.
    """
    duty, period = asked.duty, asked.period
    if ReportFormat.DOCX in (wanted.named_formats or ()):
        raise BadValueError(f"{quoted(duty.title)}是一张清单，没有“docx”", "请用 xlsx、csv、json 或 pdf")
    as_of = office.moment.as_of
    rules = office.locality.rules_on(min(as_of, period.last))
    covers = None if duty.every is Every.ONCE else covered(duty, period, rules, office.calendar)
    is_ahead = duty.report is ReportKind.PLANS
    if covers and covers[0] > as_of and not is_ahead:
        raise BadValueError(f"{period.label}（从 {covers[0]} 起）还没有开始，没有可报的内容", "请核对期间")
    cut = min(as_of, covers[1]) if covers and not is_ahead else as_of
    is_running = covers is not None and not is_ahead and cut < covers[1]
    due = duty_due(duty, period, rules, office.calendar)
    frame = ListFrame(
        title=f"{duty.title}（报审稿）" if is_ahead else duty.title,
        label=period.label,
        office=office.name,
        notice=office.locality.notice_title,
        clause=duty.citation.clause,
        quote=duty.citation.quote,
        to=asked.to,
        due_words=f"{long_day(due.due_on)}前，最迟{long_day(due.submit_by)}报出" if due else "通知没有写明哪天",
        named=Covered(period.label, *covers, covers[1]).named if covers else period.label,
        span=long_days(*covers) if covers else "",
        cut=cut,
        is_running=is_running,
        chain_head=office.store.journal.head,
        is_full=wanted.is_full,
        signatures=_lines_to_sign(duty.to),
    )
    made = _BUILDERS[duty.report](_at_day(office, cut), rules, asked, frame)  # type: ignore[index]
    running = cut if is_running else None
    kind = f"（{asked.activity_kind}）" if asked.activity_kind and is_ahead else ""
    copy = f"{kind}{kind_of_copy(running, is_full=wanted.is_full)}"
    label = "" if duty.every is Every.ONCE else period.label
    filing = Filing(
        subject=duty.id,
        stem=f"{duty.title}{label}{copy}",
        folder=reports_folder(office, made.report, wanted.out),
        submit_by=due.submit_by if due else None,
        is_full=wanted.is_full,
    )
    hand_in = file_report(office, Made(made.report, cut, is_running=is_running), filing, wanted)
    return ListHandIn(asked, replace(hand_in, findings=made.findings), cut, covers, due, made.blanks, made.warnings)


def unit_lists(
    office: Office,
    asked: ListAsked,
    wanted: Wanted = USUAL,
) -> UnitListsHandIn:
    """The lists of problems found that a duty asks for: each unit's own, or merged where it gathers those of others.

    Raises as :func:`hand_in_lists` does.
    """
    duty, period = asked.duty, asked.period
    if wanted.is_correction:
        raise BadValueError(
            f"{quoted(duty.title)}是清单，不另编更正件：内容有变的，会在旁边另存为（2）、（3）",
            "请去掉 --correction；重新报出以后，用 zmn duties done 加 --again 记一笔",
        )
    rules = office.locality.rules_on(min(office.moment.as_of, period.last))
    is_merged = is_gathering(office, rules, duty)
    span = ListSpan(period.label, *covered(duty, period, rules, office.calendar), duty, period)
    lists = WantedLists(
        unit="" if is_merged else own_unit(office),
        kind=asked.activity_kind,
        is_merged=is_merged,
        formats=tuple(one.value for one in wanted.named_formats or (ReportFormat.XLSX,)),
        is_full=wanted.is_full,
    )
    made = hand_in_lists(office, span, lists, out=wanted.out)
    told = told_beside_those_handed_in(office, duty, period, made, is_full=wanted.is_full)
    made = replace(made, warnings=(*made.warnings, *told))
    return UnitListsHandIn(asked, made, duty_due(duty, period, rules, office.calendar), is_merged)


# —— 疑难杂症 ——


def _unsolved(office: Office, rules: RuleSet, asked: ListAsked, frame: ListFrame) -> _Made:
    """What is not solved at the cut: what is still in hand, and what was closed in the period as 不能办理."""
    spec = office.locality.ledger(asked.duty.ledger)
    layout = office.layout(spec)
    seen = cases_as_of(office, spec)
    first = covered(asked.duty, asked.period, rules, office.calendar)[0]
    in_hand = [case for case in seen.records if case.status.is_open]
    given_up = [case for case in seen.records if _is_given_up(case, rules, spec, first, frame.cut)]
    listed = sorted((*in_hand, *given_up), key=lambda case: (case.accepted_at, case.in_order))
    columns = [*layout.official_columns]
    reason = layout.column(_REASON) or Column(_REASON, "未办成原因", width=24)
    if reason not in columns:
        after = next((n for n, c in enumerate(columns, start=1) if c.field == _RESULT), len(columns))
        columns.insert(after, reason)
    numbers = {case.case_no for case in listed}
    own = own_cells(office, spec, numbers)
    rows = [_unsolved_row(case, layout, own.get(case.case_no, {}), is_full=frame.is_full) for case in listed]
    blanks = sum(isinstance(row[_REASON], Blank) for row in rows)
    notes = [f"共{len(rows)}件：在办的{len(in_hand)}件，本期以未办成办结的{len(given_up)}件。"]
    if not frame.is_full:
        notes.append("办理对象姓名、电话和文字中的电话、证件号码已作遮盖，完整内容见本单位台账。")
    table = list_table(frame, layout, columns, rows, sheet=layout.sheet, notes=notes)
    accepted = sum(first <= beijing_day(case.accepted_at) <= frame.cut for case in listed)
    meant = [
        ("unsolved", "未办成", len(rows), "截至日在办的，加上本期以未办成的结果办结的"),
        ("in_hand", "在办", len(in_hand), "截至日还没有办结、转出、作废的，含退回待审和暂停的"),
        ("given_up", "以未办成办结", len(given_up), "本期内办结、结果类别是不能办理一类的"),
        ("accepted", "其中本期受理", accepted, "受理时间在本期内的"),
        ("without_reason", "没有写原因", blanks, "台账“未办成原因”一栏空着、结果类别也没有写的"),
    ]
    checks = [Check("清单件数 = 在办件数 + 以未办成办结件数", len(numbers), len(in_hand) + len(given_up))]
    report = build_list_report(frame, [table], meant, rows=len(rows), checks=checks)
    return _Made(report, blanks, (), seen.findings)


def _is_given_up(case: Case, rules: RuleSet, spec: LedgerSpec, first: date, cut: date) -> bool:
    """Whether a case was closed in the days covered with a result that is no solution (不能办理)."""
    codes = rules.code_list(spec.id, "outcome")
    ended = {c.name for c in codes.codes if c.effect is OutcomeEffect.RESOLVED} - {codes.default} if codes else set()
    is_closed = case.status in (Status.RESOLVED, Status.AWAITING_REVISIT)
    on = beijing_day(case.resolved_at) if case.resolved_at else None
    return is_closed and case.outcome in ended and on is not None and first <= on <= cut


def _unsolved_row(case: Case, layout: Layout, own: Mapping[str, str], *, is_full: bool) -> dict[str, Any]:
    """The official cells of a case; those that only the office writes as they stand in its book."""
    seen = case if is_full else mask_case(case)
    values = official_cells(case, seen, layout, own, is_full=is_full)
    values[_RESULT] = values.get(_RESULT) or seen.progress
    told = _TOLD_REASON.search(seen.result)
    values[_REASON] = values.get(_REASON) or (told[1] if told else case.outcome) or Blank("未办成原因")
    return values


# —— 体验官、体验点 ——


def _roster(office: Office, rules: RuleSet, asked: ListAsked, frame: ListFrame) -> _Made:
    """体验官名单: who is in office on the day, and how they are composed."""
    layout = _side_layout(office, SideSheet.OFFICERS)
    views = list_officers(office, is_full=frame.is_full)
    rows = [OFFICER_ROWS.row_of(view.officer, layout) for view in views]
    examined = examine_roster(office)
    groups = [(g.share.item, g.share.count, g.rule.percent or 0) for g in examined.groups]
    shares = "；".join(f"{item}{n}名（不少于{percent}%）" for item, n, percent in groups)
    notes = [f"共{len(rows)}名。" + (f"{shares}。" if shares else "")]
    meant = [("officers", "体验官", len(rows), "截至日在任的")]
    warnings = [f"{one.found}：{one.expected}" for one in examined.findings if one.code == "officer_composition"]
    return _listed(frame, layout, rows, notes, meant, warnings, "officers")


def _sites(office: Office, rules: RuleSet, asked: ListAsked, frame: ListFrame) -> _Made:
    """体验点地址: those in use on the day."""
    layout = _side_layout(office, SideSheet.SITES)
    views = list_sites(office, is_full=frame.is_full)
    rows = [SITE_ROWS.row_of(view.site, layout) for view in views]
    lacking = [view.site.name for view in views if not view.site.address]
    warnings = [f"没有写地址的体验点：{'、'.join(lacking)}；在“{layout.sheet}”工作表里补上"] if lacking else []
    meant = [("sites", "体验点", len(rows), "截至日在用的")]
    return _listed(frame, layout, rows, [f"共{len(rows)}个。"], meant, warnings, "sites")


def _listed(
    frame: ListFrame,
    layout: Layout,
    rows: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    meant: Sequence[tuple[str, str, int, str]],
    warnings: Sequence[str],
    name: str,
) -> _Made:
    told = list(warnings)
    if not rows:
        told.append(f"“{layout.sheet}”里还没有人、没有地方可列，出的是一张空表")
    if not frame.is_full:
        told.append("姓名、电话已遮挡；要报全的，加 --full 再生成一份（会记入流水）")
    table = list_table(frame, layout, layout.official_columns, rows, sheet=layout.sheet, notes=notes)
    numbers = {str(row.get("case_no")) for row in rows}
    checks = [Check("名单行数 = 编号个数", len(rows), len(numbers))]
    return _Made(build_list_report(frame, [table], meant, rows=len(rows), checks=checks), 0, tuple(told))


# —— 参与单位名单及活动计划 ——


def _plans(office: Office, rules: RuleSet, asked: ListAsked, frame: ListFrame) -> _Made:
    """Who takes part, and what each plans, with how far each plan has come on its way 审核 → 审定 → 公布."""
    layout = _side_layout(office, SideSheet.PLANS)
    plans, findings = plans_of(office)
    known = [_as_listed(rules, plan) for plan in plans if plan.drawn_on is None or plan.drawn_on <= frame.cut]
    kinds = _kinds(rules, asked)
    mine = [p for p in known if p.activity_kind in kinds and _is_for(p, asked.period)]
    order = {unit: n for n, unit in enumerate(dict.fromkeys(rules.units.names))}
    mine.sort(key=lambda p: (kinds.index(p.activity_kind), order.get(p.unit, len(order)), p.unit, p.in_order))
    named = office.workspace.config.participants
    taking_part = {k: participants(rules, k, named=named, plans=known, period=asked.period) for k in kinds}
    units = [
        {"unit": unit, "activity_kind": kind, "remark": "" if _has_plan(mine, unit, kind) else "还没有计划"}
        for kind, of_kind in taking_part.items()
        for unit in of_kind
    ]
    steps = [c for name in _APPROVAL if (c := layout.column(name)) is not None]
    columns = [*layout.official_columns, *(c for c in steps if c not in layout.official_columns)]
    rows = [PLAN_ROWS.row_of(plan if frame.is_full else mask_record(plan), layout) for plan in mine]
    without = sum(bool(row["remark"]) for row in units)
    approved = sum(plan.approved_on is not None for plan in mine)
    published = sum(plan.published_on is not None for plan in mine)
    tables = [
        list_table(
            frame, replace(layout, is_landscape=False), _UNIT_COLUMNS, units, sheet="参与单位名单",
            notes=[f"共{len(units)}家次，还没有计划的{without}家次。"],
        ),
        list_table(
            frame, layout, columns, rows, sheet=layout.sheet,
            notes=[f"共{len(rows)}项计划，已审定{approved}项，已公布{published}项。"],
        ),
    ]  # fmt: skip
    meant = [
        ("units", "参与单位", len(units), "通知名单内的、zmn.toml 写明的、已有计划的；一家参加几项活动的各算一次"),
        ("without_plan", "还没有计划", without, "参与单位中本期没有活动计划的"),
        ("plans", "活动计划", len(rows), "本期的，截至日已制定的"),
        ("audited", "已审核", sum(plan.audited_on is not None for plan in mine), "写了审核日期的"),
        ("approved", "已审定", approved, "写了审定日期的"),
        ("published", "已公布", published, "写了公布日期的"),
    ]
    planned = {(plan.unit, plan.activity_kind) for plan in mine}
    checks = [Check("参与单位 = 有计划的 + 还没有计划的", len(units), len(planned) + without)]
    report = build_list_report(frame, tables, meant, rows=len(rows), checks=checks)
    warnings = [] if rows else [f"{asked.period.label} 还没有活动计划：用 zmn activity plan 制定，再生成一次"]
    return _Made(report, 0, tuple(warnings), findings)


_APPROVAL = ("audited", "audited_on", "approved", "approved_on", "published", "published_on")
_UNIT_COLUMNS = (
    Column("row_no", "序号", width=6),
    Column("unit", "参与单位", width=30),
    Column("activity_kind", "活动", width=18),
    Column("remark", "备注", width=22),
)


def _kinds(rules: RuleSet, asked: ListAsked) -> tuple[str, ...]:
    codes = rules.code_list(asked.duty.ledger, "activity_kind")
    return (asked.activity_kind,) if asked.activity_kind else codes.names if codes else ("",)


def _as_listed(rules: RuleSet, plan: Plan) -> Plan:
    return replace(plan, unit=rules.units.find(plan.unit.strip()) or plan.unit.strip())


def _has_plan(plans: Sequence[Plan], unit: str, kind: str) -> bool:
    return any(plan.unit == unit and plan.activity_kind == kind for plan in plans)


def _is_for(plan: Plan, period: Period) -> bool:
    """Whether a plan is for the period: by its label, else by a month within it, else by its day."""
    label = squeeze(plan.period).upper()
    if label == period.label:
        return True
    for every in (Every.MONTH, Every.QUARTER):
        try:
            planned = parse_period(every, label)
        except BadValueError:
            continue
        return period.first <= planned.first and planned.last <= period.last
    return plan.planned_on is not None and period.first <= plan.planned_on <= period.last


def _lines_to_sign(to: str) -> tuple[str, ...]:
    """The lines at the foot; where the notice says who 审核 and 审定, a line for each of them."""
    steps = [f"{act}（{who}）：" for who, act in re.findall(r"([^，、（）]+)（(审核|审定|审批|批准)）", to)]
    return (SIGNATURES[0], SIGNATURES[2], *steps, SIGNATURES[3]) if steps else SIGNATURES


def _side_layout(office: Office, kind: SideSheet) -> Layout:
    return office.side(kind).layout


def _at_day(office: Office, day: date) -> Office:
    """The office looking at the end of a day; a day to come is looked at from its own evening."""
    evening = datetime.combine(office.moment.as_of, time.max)
    return replace(office, moment=Moment(max(office.moment.now, evening), day))


_BUILDERS: Mapping[ReportKind, Callable[[Office, RuleSet, ListAsked, ListFrame], _Made]] = {
    ReportKind.UNSOLVED: _unsolved,
    ReportKind.ROSTER: _roster,
    ReportKind.SITES: _sites,
    ReportKind.PLANS: _plans,
}
