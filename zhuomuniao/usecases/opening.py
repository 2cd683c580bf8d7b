"""A matter taken in hand for the first time: its case, its limits, and what is known of it already."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.deadlines import clock_of, deadlines_of
from zhuomuniao.lifecycle import progress_on_acceptance, resolution_text, status_on_acceptance
from zhuomuniao.logbook import course_of
from zhuomuniao.model import Act, Case, Clock, Deadline, Registration, Status, Step, StepKind
from zhuomuniao.ruletypes import DurationRule, holds
from zhuomuniao.usecases.inhand import CaseInHand

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office


class Opened(Struct, frozen=True):
    """A matter just opened: its case with its first lines, the deadlines it was given, the limits without a day."""

    registration: Registration
    hand: CaseInHand
    deadlines: tuple[Deadline, ...]
    unlimited: tuple[DurationRule, ...]


def open_case(office: Office, spec: LedgerSpec, registration: Registration) -> Opened:
    """Open a case for a checked registration; its number is still to be drawn where it has none."""
    rules = office.locality.rules_on(registration.at.date())
    codes: dict[str, Any] = {**registration.codes}
    assigned_at = registration.assigned_at or registration.at
    unopened = Case(
        case_no=registration.case_no,
        ledger=spec.id,
        accepted_at=registration.at,
        applicant=registration.applicant,
        about=registration.about,
        phone=registration.phone,
        unit=registration.unit,
        status=status_on_acceptance(registration.unit, spec),
        progress=progress_on_acceptance(registration.unit),
        remark=registration.note,
        accepted_by=registration.by,
        first_handler=registration.by,
        assigned_at=assigned_at if registration.unit and spec.asks_assignment else None,
        edition=rules.edition,
        round_started_on=registration.at.date(),
        related_no=registration.related_no,
        suggestion=registration.suggestion,
        experience_officer=registration.experience_officer,
        experience_site=registration.experience_site,
        **codes,
    )
    ruled = deadlines_of(rules, spec.id, unopened.facts, course_of(unopened, (), rules), office.calendar)
    told: list[str] = []
    clocks = _with_given_day(tuple(clock_of(r) for r in ruled), registration.due_on, told)
    note = registration.note
    if registration.due_on and registration.due_on not in (c.due_on for c in clocks):
        note = "；".join(filter(None, (note, f"随事项写明的期限：{registration.due_on}")))
    case = replace(unopened, clocks=clocks, remark=note)
    accepted = Step(
        case_no=case.case_no,
        kind=StepKind.ACCEPT,
        at=case.accepted_at,
        by=case.accepted_by,
        unit=case.unit,
        text=note,
        clock_changes=clocks,
    )
    hand = CaseInHand(office, spec, rules, case, [accepted], [accepted], told)
    _route(hand, registration)
    _bring_in(hand, registration)
    return Opened(
        registration,
        hand,
        tuple(r.deadline for r in ruled if r.deadline),
        tuple(r.rule for r in ruled if r.deadline is None),
    )


def _with_given_day(clocks: tuple[Clock, ...], due_on: date | None, told: list[str]) -> tuple[Clock, ...]:
    """The clocks with the day that came with the matter, where no rule fixes one."""
    if due_on is None:
        return clocks
    undated = [c for c in clocks if c.due_on is None]
    if not undated and clocks:
        told.append(f"期限按规则计算，没有采用随事项写明的 {due_on}")
        return clocks
    told.append(f"期限 {due_on} 是随事项写明的，通知没有规定天数，zmn 照着记、照着提醒")
    act = undated[0].act if undated else Act.RESOLVE
    kept = tuple(c for c in clocks if c.act is not act)
    return (*kept, Clock(act, due_on))


def _route(hand: CaseInHand, registration: Registration) -> None:
    """Record that a matter belongs elsewhere (分流): routed out at once, or told where the notice sends it."""
    if not registration.route:
        return
    route = next(r for r in hand.rules.routes if r.id == registration.route)
    clause = f"（{route.citation.clause}）" if route.citation.clause else ""
    if not route.outcome:
        hand.told.append(f"{route.matter}：{route.to}{clause}，仍由本台账办理")
        return
    text = resolution_text(route.outcome, f"{route.matter}，转{route.to}")
    hand.write(StepKind.RESOLVE, text, at=registration.at, by=registration.by)
    hand.told.append(f"{route.matter}，已转{route.to}{clause}；请告知当事人")


def _bring_in(hand: CaseInHand, registration: Registration) -> None:
    """Write down what happened to an imported work order elsewhere: its end, and what the person said of it."""
    if registration.resolved_at is None or hand.record.is_closed:
        return
    result = registration.result or "工单没有写明"
    text = resolution_text(registration.outcome or "已解决", result)
    hand.write(StepKind.RESOLVE, text, at=registration.resolved_at, by=registration.by)
    rule = hand.rules.visit_rule(hand.spec.id)
    said = {**hand.record.facts, "satisfaction": registration.satisfaction}
    if rule is not None and registration.satisfaction in rule.redo_when.get("satisfaction", ()):
        # Whether it goes back is asked of whoever visits: whose fault, and why.
        why = "按通知要重新核实" if holds(rule.redo_when, said) else "是谁的原因要问清"
        hand.told.append(f"工单上写的是“{registration.satisfaction}”，{why}：请核查后用 zmn visit 登记回访")
    elif registration.satisfaction and hand.record.status is Status.AWAITING_REVISIT:
        words = {stepwords.SATISFACTION: registration.satisfaction, stepwords.NOTE: "随工单导入"}
        hand.write(StepKind.VISIT, stepwords.tell(words), at=registration.resolved_at, by=registration.by)
