"""活动计划: who takes part in which period, and how the plan is audited, approved and made public (碑林四（一）)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.allowances import cited
from zhuomuniao.errors import BadValueError, MissingValuesError, RefusedByRuleError
from zhuomuniao.fieldwork import Activity
from zhuomuniao.fieldwork import Plan as Plan
from zhuomuniao.ledger import Draft
from zhuomuniao.model import Finding, Receipt, Status, Step, StepKind
from zhuomuniao.rules import LedgerSpec, RuleSet, SideSheet
from zhuomuniao.texts import squeeze
from zhuomuniao.usecases.bulk import RejectedRow
from zhuomuniao.usecases.entering import enter_rows
from zhuomuniao.usecases.fieldcells import listed_word
from zhuomuniao.usecases.fieldperiods import period_at, period_named, taking_part_quotas
from zhuomuniao.usecases.requests import limited_text
from zhuomuniao.usecases.units import known_unit
from zhuomuniao.usecases.verbs import FieldVerb

if TYPE_CHECKING:
    from zhuomuniao.periods import Period
    from zhuomuniao.ruletypes import Provision
    from zhuomuniao.usecases.office import Office

MAX_NAME = 100
"""Characters a unit or a leader may have."""


class PlanStage(StrEnum):
    """How far a plan has come; each after the one before it."""

    AUDITED = "审核"
    APPROVED = "审定"
    PUBLISHED = "公布"


_STAGE_FIELDS: Mapping[PlanStage, tuple[str, str]] = {
    PlanStage.AUDITED: ("audited", "audited_on"),
    PlanStage.APPROVED: ("approved", "approved_on"),
    PlanStage.PUBLISHED: ("published", "published_on"),
}


class RawPlan(Struct, frozen=True):
    """What a clerk typed of one plan; blank is what is not to change."""

    unit: str
    kind: str = ""
    period: str = ""
    planned_on: date | None = None
    leader: str = ""
    complaints: int | None = None
    note: str = ""


class PlanWriting(Struct, frozen=True):
    """What became of plans that were drawn up: as they stand now, new and changed; what was left out, and why."""

    plans: tuple[Plan, ...]
    new: int
    changed: int
    known: int
    rejected: tuple[RejectedRow, ...]
    receipt: Receipt[Plan] | None
    warnings: tuple[str, ...]
    is_dry_run: bool = False


class PlanFilter(Struct, frozen=True):
    """What plans are narrowed to; empty means all. ``not_over``: only those of a period that ends later."""

    unit: str = ""
    kind: str = ""
    period: str = ""
    case_no: str = ""
    not_over: date | None = None


def plans_of(office: Office) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """Every plan, and what could not be read. None where the locality keeps no plans."""
    if not any(SideSheet.PLANS in spec.sheets for spec in office.locality.ledgers):
        return (), ()
    state = office.plans.state()
    return state.records, state.findings


def list_plans(office: Office, spec: LedgerSpec, wanted: PlanFilter) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """The plans a filter lets through: by period, then in the order of the notice's units."""
    rules = office.locality.rules_on(office.moment.as_of)
    plans, findings = plans_of(office)
    unit = rules.units.find(wanted.unit) or wanted.unit
    kind = listed_word(rules, spec.id, "activity_kind", wanted.kind, title="活动") if wanted.kind else ""
    period = _label(rules, spec, wanted.period) if wanted.period else ""
    found = [
        plan
        for plan in plans
        if (not unit or (rules.units.find(plan.unit) or plan.unit) == unit)
        and (not kind or plan.activity_kind == kind)
        and (not period or _label_of(rules, spec, plan) == period)
        and wanted.case_no in ("", plan.case_no)
        and (wanted.not_over is None or not _is_over(rules, spec, plan, wanted.not_over))
    ]
    places = {name: place for place, name in enumerate(rules.units.names)}
    found.sort(key=lambda p: (p.period, p.activity_kind, places.get(p.unit, len(places)), p.in_order))
    return tuple(found), findings


def draw_up(
    office: Office, spec: LedgerSpec, raws: Sequence[tuple[int, RawPlan]], *, by: str = "", is_dry_run: bool = False,
    is_all_or_nothing: bool = False, rejected: Sequence[RejectedRow] = (), told: Sequence[str] = (),
) -> PlanWriting:  # fmt: skip
    """Draw up plans, or change those that stand for the same unit, kind and period, in one operation.

    ``raws`` come with the number of their row; 0 is a plan typed as a command, whose errors are raised
    (:class:`BadValueError`).
    """
    rules = office.locality.rules_on(office.moment.as_of)
    warnings, bad = list(told), list(rejected)
    wanted: dict[tuple[str, str, str], Plan] = {}
    for number, raw in raws:
        try:
            plan = _plan_of(office, spec, rules, raw, warnings)
        except BadValueError as error:
            if not number:
                raise
            bad.append(RejectedRow(number, (f"{error.message}（{error.remedy}）",)))
        else:
            wanted[_key(rules, spec, plan)] = plan
    standing = {_key(rules, spec, plan): plan for plan in plans_of(office)[0]}
    changed = {
        standing[key].case_no: after
        for key, plan in wanted.items()
        if key in standing and (after := _laid_over(standing[key], plan)) != standing[key]
    }
    new = [plan for key, plan in wanted.items() if key not in standing]
    for after in changed.values():
        if after.audited_on or after.published_on:
            stage = PlanStage.PUBLISHED if after.published_on else PlanStage.AUDITED
            warnings.append(f"{after.case_no}（{after.unit}）的计划已经{stage}过，改动后请核对要不要重新报审、公布")
    writes = not is_dry_run and not (is_all_or_nothing and bad)
    receipts = _write(office, new, changed, by) if writes and (new or changed) else ()
    numbered = [r.record for r in receipts] if new else []
    return PlanWriting(
        plans=tuple(numbered or new) + tuple(changed.values()) if writes or is_dry_run else (),
        new=len(new) if writes or is_dry_run else 0,
        changed=len(changed) if writes or is_dry_run else 0,
        known=len(wanted) - len(new) - len(changed),
        rejected=tuple(bad),
        receipt=receipts[0] if receipts else None,
        warnings=(*warnings, *office.moment.advice(), *(receipts[0].advice if receipts else ())),
        is_dry_run=is_dry_run,
    )


def kind_without_list(rules: RuleSet, spec: LedgerSpec) -> str:
    """The one kind of activity whose participants the notice lists nowhere (处投诉), ``""`` where that is not one."""
    codes = rules.code_list(spec.id, "activity_kind")
    listed = {kind for units in rules.unit_lists for kind in units.activities}
    free = [name for name in codes.names if name not in listed] if codes else []
    return free[0] if len(free) == 1 else ""


def mark_plans(
    office: Office, spec: LedgerSpec, wanted: PlanFilter, *, stage: PlanStage, day: date, who: str, by: str = ""
) -> PlanWriting:
    """Record that plans were audited, approved or made public on a day, in one operation.

    Raises :class:`BadValueError` where there is no such plan or the day has not come, and
    :class:`RefusedByRuleError` where the notice wants another step first.
    """
    if day > office.moment.as_of:
        raise BadValueError(f"{stage}日期 {day} 还没有到", f"请核对日期；{stage}以后再登记")
    rules = office.locality.rules_on(office.moment.as_of)
    plans, _ = list_plans(office, spec, wanted)
    if not plans:
        raise BadValueError("没有找到这样的计划", "请用 zmn activity plan --period 期间 看看有哪些；先制定，再报审")
    order = _publishing_order(rules, spec)
    warnings: list[str] = []
    after: dict[str, Plan] = {}
    name, on = _STAGE_FIELDS[stage]
    for plan in plans:
        if order is not None:
            _require_order(plan, stage, day, order)
        if stage is PlanStage.PUBLISHED and plan.planned_on and plan.planned_on <= day:
            warnings.append(f"{plan.case_no}（{plan.unit}）计划 {plan.planned_on} 开展，公布得晚了：计划应提前公示")
        fields: dict[str, Any] = {on: day, **({name: who} if who else {})}
        marked = replace(plan, **fields)
        if marked != plan:
            after[plan.case_no] = marked
    receipts = _write(office, [], after, by, f"{stage} {day}{f'：{who}' if who else ''}") if after else ()
    return PlanWriting(
        plans=tuple(after.get(plan.case_no, plan) for plan in plans),
        new=0,
        changed=len(after),
        known=len(plans) - len(after),
        rejected=(),
        receipt=receipts[0] if receipts else None,
        warnings=(*warnings, *office.moment.advice(), *(receipts[0].advice if receipts else ())),
    )


def unpublished(
    rules: RuleSet, spec: LedgerSpec, plans: Iterable[Plan], activities: Iterable[Activity]
) -> tuple[str, ...]:
    """A remark for each activity that was held before the plan for it was made public.

    None where the notice does not ask for that.
    """
    order = _publishing_order(rules, spec)
    if order is None:
        return ()
    told = []
    planned = {_key(rules, spec, plan): plan for plan in plans}
    quota = next(iter(taking_part_quotas(rules, spec)), None)
    for activity in activities:
        if activity.status is Status.VOID or quota is None:
            continue
        held = activity.held_at.date()
        unit = rules.units.find(activity.unit) or activity.unit
        labels = (period_at(rules, quota, held).label, f"{held:%Y-%m}", f"{held.year}")
        plan = next((p for label in labels if (p := planned.get((unit, activity.activity_kind, label)))), None)
        if plan is not None and (plan.published_on is None or plan.published_on > held):
            when = f"{plan.published_on} 才公布" if plan.published_on else "还没有公布"
            told.append(
                f"{activity.case_no}（{unit}）{held} 开展，计划 {plan.case_no} {when}（{order.citation.clause}）"
            )
    return tuple(told)


def period_for_plan(rules: RuleSet, spec: LedgerSpec, typed: str, planned_on: date | None) -> Period | None:
    """The period a plan is for: as typed, else the quota's in which the day lies."""
    quota = next(iter(taking_part_quotas(rules, spec)), None)
    if typed:
        return period_named(rules, quota, typed)
    return period_at(rules, quota, planned_on) if quota and planned_on else None


def _plan_of(office: Office, spec: LedgerSpec, rules: RuleSet, raw: RawPlan, warnings: list[str]) -> Plan:
    kind = listed_word(rules, spec.id, "activity_kind", raw.kind, title="活动")
    period = period_for_plan(rules, spec, raw.period, raw.planned_on)
    missing = [
        told
        for told, value in (
            ("--unit（单位）", raw.unit.strip()), ("--kind（活动）", kind), ("--period（期间，如 2026Q3）", period),
        ) if not value
    ]  # fmt: skip
    if missing or period is None:
        raise MissingValuesError(f"缺少：{'、'.join(missing)}", "请补上")
    unit = known_unit(office, rules, limited_text("单位", raw.unit, MAX_NAME), warnings)
    if raw.planned_on and not period.first <= raw.planned_on <= period.last:
        warnings.append(f"{unit}的计划时间 {raw.planned_on} 不在 {period.label}（{period.first} 至 {period.last}）里")
    return Plan(
        "",
        spec.id,
        drawn_on=office.moment.as_of,
        unit=unit,
        activity_kind=kind,
        period=period.label,
        leader=limited_text("主要负责人及职务", raw.leader, MAX_NAME),
        planned_on=raw.planned_on,
        complaint_count=raw.complaints,
        remark=limited_text("备注", raw.note, 1000),
    )


def _laid_over(standing: Plan, said: Plan) -> Plan:
    """A plan as it stands, with what was said of it now; what was not said stays."""
    return replace(
        standing,
        leader=said.leader or standing.leader,
        planned_on=said.planned_on or standing.planned_on,
        complaint_count=standing.complaint_count if said.complaint_count is None else said.complaint_count,
        remark=said.remark or standing.remark,
    )


def _write(
    office: Office, new: Sequence[Plan], changed: Mapping[str, Plan], by: str, said: str = ""
) -> tuple[Receipt[Plan], ...]:
    clerk = limited_text("经办人", by, 50) or office.workspace.config.clerk
    now = office.moment.now
    drafts = [
        Draft(plan, (Step("", StepKind.ENTER, now, clerk, plan.unit, _words(plan)),))
        for plan in new
    ]  # fmt: skip

    def decide(plan: Plan) -> tuple[Plan, tuple[Step, ...]] | None:
        after = changed.get(plan.case_no)
        if after is None:
            return None
        return after, (Step(plan.case_no, StepKind.CHANGE, now, clerk, plan.unit, said or _words(after)),)

    changing = FieldVerb.MARK_PLANS if said else FieldVerb.CHANGE_PLANS
    verb = FieldVerb.DRAW_UP if new else changing
    return enter_rows(office.plans, drafts, decide if changed else None, signature=office.signature(verb, clerk))


def _words(plan: Plan) -> str:
    counted = f"，投诉{plan.complaint_count}件" if plan.complaint_count is not None else ""
    day = f"，计划 {plan.planned_on}" if plan.planned_on else ""
    return f"活动计划：{plan.period} {plan.activity_kind}{day}{counted}"


def _is_over(rules: RuleSet, spec: LedgerSpec, plan: Plan, day: date) -> bool:
    try:
        return period_named(rules, next(iter(taking_part_quotas(rules, spec)), None), squeeze(plan.period)).last < day
    except BadValueError:
        return False


def _key(rules: RuleSet, spec: LedgerSpec, plan: Plan) -> tuple[str, str, str]:
    return rules.units.find(plan.unit) or plan.unit, plan.activity_kind, _label_of(rules, spec, plan)


def _label_of(rules: RuleSet, spec: LedgerSpec, plan: Plan) -> str:
    try:
        return _label(rules, spec, plan.period)
    except BadValueError:
        return plan.period


def _label(rules: RuleSet, spec: LedgerSpec, text: str) -> str:
    return period_named(rules, next(iter(taking_part_quotas(rules, spec)), None), squeeze(text)).label


def _publishing_order(rules: RuleSet, spec: LedgerSpec) -> Provision | None:
    """The sentence by which plans are audited, approved and made public in this order."""
    stages = tuple(PlanStage)
    for provision in rules.provisions:
        if provision.ledger == spec.id and all(any(s in item for item in provision.items) for s in stages):
            return provision
    return None


def _require_order(plan: Plan, stage: PlanStage, day: date, order: Provision) -> None:
    before = tuple(PlanStage)[: tuple(PlanStage).index(stage)]
    for earlier in before:
        done_on = getattr(plan, _STAGE_FIELDS[earlier][1])
        if done_on is None:
            raise RefusedByRuleError(
                f"{plan.case_no}（{plan.unit}）还没有{earlier}，不能先{stage}",
                f"计划先审核、再审定、后公布；{cited(order.citation)}",
            )
        if done_on > day:
            raise RefusedByRuleError(
                f"{plan.case_no}（{plan.unit}）的{stage}日期 {day} 早于{earlier}日期 {done_on}",
                f"请核对日期；{cited(order.citation)}",
            )
