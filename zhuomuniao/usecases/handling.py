"""分流交办: who handles a matter. Assigning, signing, handing back, the unit's own feedback."""

from __future__ import annotations

from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.allowances import cited, latest_return, require_return
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.handlers import Handling, read_handlers
from zhuomuniao.logbook import AGREED, NOT_AGREED, is_deemed_signed, is_returned
from zhuomuniao.model import Status, StepKind
from zhuomuniao.usecases.inhand import CaseInHand, handed
from zhuomuniao.usecases.requests import StepRequest, limited_text
from zhuomuniao.usecases.units import known_unit

_RETURN_CLOCK = "return_clock"


def assign(hand: CaseInHand, request: StepRequest) -> None:
    """交办: a lead unit and those beside it. After a return both ways of counting are told (R-02)."""
    lead = known_unit(hand.office, hand.rules, request.required("unit", "责任单位"), hand.told)
    beside = _beside(hand, request, lead)
    write_assignment(hand, request, lead, beside)


def _beside(hand: CaseInHand, request: StepRequest, lead: str) -> tuple[str, ...]:
    named = stepwords.split(request.word("with", "协办单位"))
    units = dict.fromkeys(
        known_unit(hand.office, hand.rules, limited_text("协办单位", u, 100), hand.told) for u in named
    )
    if lead in units:
        raise BadValueError(f"“{lead}”既是主办又是协办", "请把它从 --with 里去掉", field="with")
    return tuple(units)


def write_assignment(hand: CaseInHand, request: StepRequest, lead: str, beside: tuple[str, ...]) -> None:
    """Write 交办 to a unit that is known, with those beside it."""
    both_ways = _both_ways(hand, request, lead) if is_returned(hand.log) else ""
    words = {
        stepwords.LEAD: lead,
        stepwords.WITH: stepwords.join(beside),
        stepwords.COORDINATOR: coordinator_of(hand),
        stepwords.NOTE: "，".join(filter(None, (request.word("note", "说明"), both_ways))),
    }
    hand.write(StepKind.ASSIGN, stepwords.tell(words), at=request.at, by=request.by, unit=lead)
    if both_ways:
        hand.told.append(both_ways)
    if coordinator := words[stepwords.COORDINATOR]:
        hand.told.append(f"办理路径是“{hand.record.track}”，由{coordinator}统筹")


def coordinator_of(hand: CaseInHand) -> str:
    """Who coordinates matters of this 办理路径 (湘潭四.2 首席代表吹哨), where the notice names somebody."""
    for route in hand.rules.routes:
        is_ours = route.ledger == hand.spec.id and not route.outcome and route.sets
        if is_ours and "track" in route.sets and all(getattr(hand.record, f) == w for f, w in route.sets.items()):
            return route.to
    return ""


def _both_ways(hand: CaseInHand, request: StepRequest, lead: str) -> str:
    """Until when the matter is to be closed if the count goes on, and if it begins anew."""
    policy = hand.rules.policies.get(_RETURN_CLOCK)
    if policy is None:
        return ""
    days = {}
    for choice in policy.choices:
        rules = replace(hand.rules, policies={**hand.rules.policies, policy.id: replace(policy, choice=choice)})
        tried = CaseInHand(hand.office, hand.spec, rules, hand.record, [*hand.log])
        tried.write(StepKind.ASSIGN, stepwords.tell({stepwords.LEAD: lead}), at=request.at, by="", unit=lead)
        closing = tried.closing()
        days[choice] = closing.deadline.due_on if closing and closing.deadline else None
    if None in days.values():
        return ""
    held = policy.choices[policy.choice].partition("，")[0]
    return f"退回后重新交办：接着数到 {days['continue']}，重新数到 {days['restart']}；本区县用的是：{held}"


def sign(hand: CaseInHand, request: StepRequest) -> None:
    """签收, by the lead or by a unit beside it."""
    if not hand.spec.asks_signature:
        raise RefusedByRuleError(
            f"《{hand.spec.title}》的通知没有规定签收，交办后直接办理", "请用 zmn feedback、zmn resolve 登记办理情况"
        )
    unit = _acting_unit(hand, request)
    beside = {h.unit: h.state for h in read_handlers(hand.record.co_handlers)}
    has_signed = beside.get(unit, Handling.AWAITING_SIGNATURE) is not Handling.AWAITING_SIGNATURE
    if has_signed or (unit == hand.record.unit and hand.record.status is not Status.AWAITING_SIGNATURE):
        if unit == hand.record.unit and is_deemed_signed(hand.record, hand.log):
            raise RefusedByRuleError(
                f"{unit}没有按时签收，本件已经记为视为签收", "不用再登记签收，接着登记办理情况即可"
            )
        raise RefusedByRuleError(f"{unit}已经签收过了", "协办单位签收请用 --unit 写明单位")
    note = stepwords.tell({stepwords.NOTE: request.word("note", "说明")})
    hand.write(StepKind.SIGN, note, at=request.at, by=request.by, unit=unit)
    rule = hand.rules.return_rule(hand.spec.id)
    if rule is not None and unit == hand.record.unit:
        last = latest_return(rule, handed(hand.record), hand.rules, hand.office.calendar)
        if last is not None:
            hand.told.append(f"不属于本单位职责的，最迟 {last.due_on} 申请退回（{rule.citation.clause}）")


def _acting_unit(hand: CaseInHand, request: StepRequest) -> str:
    """The unit that acts: the lead, or one beside it."""
    typed = request.word("unit", "单位", 100)
    if not typed:
        return hand.record.unit
    unit = hand.rules.units.find(typed) or typed
    beside = [h.unit for h in read_handlers(hand.record.co_handlers)]
    if unit != hand.record.unit and unit not in beside:
        units = "、".join(filter(None, (hand.record.unit, *beside)))
        raise BadValueError(f"“{unit}”不是本件的承办单位", f"本件的承办单位：{units}", field="unit")
    return unit


def feed_back(hand: CaseInHand, request: StepRequest) -> None:
    """初步反馈 of the lead, or what a unit beside it answers."""
    unit = _acting_unit(hand, request)
    hand.write(StepKind.FIRST_FEEDBACK, _with_note(request, "反馈内容"), at=request.at, by=request.by, unit=unit)


def _with_note(request: StepRequest, title: str) -> str:
    note = request.word("note", "说明")
    return request.required("text", title) + (f"（{note}）" if note else "")


def hand_back(hand: CaseInHand, request: StepRequest) -> None:
    """申请退回, with reason and basis, while there is time for it."""
    words = {name: request.word(name, title) for name, title in (("reason", "理由"), ("basis", "依据"))}
    is_deemed = is_deemed_signed(hand.record, hand.log)
    rule = require_return(
        hand.rules, hand.spec.id, handed(hand.record), request.at.date(), hand.office.calendar, is_deemed=is_deemed
    )
    if is_deemed:
        raise RefusedByRuleError(f"本件已经视为签收，不能再申请退回（{rule.citation.clause}）", cited(rule.citation))
    hand.require_words(StepKind.RETURN, words, {})
    told = {stepwords.REASON: words["reason"], stepwords.BASIS: words["basis"], stepwords.NOTE: request.word("note")}
    hand.write(StepKind.RETURN, stepwords.tell(told), at=request.at, by=request.by)
    hand.told.append(
        f"退回申请由{rule.reviewer or '交办单位'}审核：zmn review-return {hand.record.case_no} --accept 或 --deny"
    )
    hand.told.append("审核期间时限照常走")


def review_return(hand: CaseInHand, request: StepRequest) -> None:
    """退回审核: agreed to, the matter is assigned anew, at once where the unit is named; else the unit goes on."""
    verdict = request.words.get("verdict", "")
    unit = request.word("unit", "责任单位", 100)
    if verdict != AGREED and unit:
        raise BadValueError("不同意退回的，由原承办单位继续办理，不用写 --unit", "请去掉 --unit，或改用 --accept")
    note = request.word("note", "说明")
    text = stepwords.tell({stepwords.HEAD: verdict or NOT_AGREED, stepwords.NOTE: note})
    hand.write(StepKind.REVIEW_RETURN, text, at=request.at, by=request.by)
    if unit:
        lead = known_unit(hand.office, hand.rules, unit, hand.told)
        write_assignment(hand, replace(request, words={}), lead, ())
    elif verdict == AGREED:
        hand.told.append(f"请重新交办：zmn assign {hand.record.case_no} --unit 单位")
