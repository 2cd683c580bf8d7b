"""How a matter ends: answered, resolved, found true, visited, done again, or void; and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhuomuniao import stepwords
from zhuomuniao.allowances import cited
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.fieldwork import Activity
from zhuomuniao.handlers import unanswered
from zhuomuniao.lifecycle import TRUE, UNTRUE, is_verified, resolution_text
from zhuomuniao.logbook import UNREACHED, attempts_made
from zhuomuniao.model import Status, StepKind
from zhuomuniao.ruletypes import VisitRule, holds
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.usecases.inhand import CaseInHand, InHand
    from zhuomuniao.usecases.requests import StepRequest


def reply(hand: CaseInHand, request: StepRequest) -> None:
    """答复当事人."""
    note = request.word("note", "说明")
    text = request.required("text", "答复内容") + (f"（{note}）" if note else "")
    hand.write(StepKind.REPLY, text, at=request.at, by=request.by)


def resolve(hand: CaseInHand, request: StepRequest) -> None:
    """办结, or an outcome that routes the matter out or leaves it open; with what the notice demands for it."""
    outcome = _outcome(hand, request)
    given = {name: request.word(name) for name in ("reason", "reported_to", "note", "basis")}
    hand.require_words(StepKind.RESOLVE, given, {"outcome": outcome})
    result = request.required("result", "办理结果")
    said = (("", given["note"]), ("原因：", given["reason"]), ("已报告：", given["reported_to"]))
    result += "".join(f"（{title}{text}）" for title, text in said if text)
    waiting = unanswered(hand.record.co_handlers)
    hand.write(StepKind.RESOLVE, resolution_text(outcome, result), at=request.at, by=request.by)
    if waiting and hand.record.resolved_at:
        hand.told.append(f"协办单位还没有反馈：{'、'.join(waiting)}")
    if hand.record.status is Status.AWAITING_REVISIT:
        first = "核查" if hand.spec.asks_verification else "回访"
        verb = "verify" if hand.spec.asks_verification else "visit"
        hand.told.append(f"接下来{first}：zmn {verb} {hand.record.case_no}")
        if hand.spec.has_first_owner and hand.record.first_handler:
            hand.told.append(f"首接负责制：由首接人{hand.record.first_handler}负责到回访")


def _outcome(hand: CaseInHand, request: StepRequest) -> str:
    """结果类别 by the edition of the case."""
    codes = hand.rules.code_list(hand.spec.id, "outcome")
    typed = request.word("outcome", "结果类别", 50)
    if codes is None:
        return typed or "已解决"
    return codes.resolve(typed) if typed else codes.default


def verify(hand: CaseInHand, request: StepRequest) -> None:
    """核查: 属实 goes on to 回访, 不实 back to the unit in a new round. On time is judged by 办结, not by this."""
    if not hand.spec.asks_verification:
        raise RefusedByRuleError(
            f"《{hand.spec.title}》的通知没有规定核查", f"办结后直接回访：zmn visit {hand.record.case_no}"
        )
    verdict = request.words.get("outcome", "").strip()
    if verdict not in (TRUE, UNTRUE):
        raise BadValueError(
            f"看不懂核查结果“{verdict}”", f"请写 --outcome {TRUE} 或 --outcome {UNTRUE}", field="outcome"
        )
    note = request.word("note", "说明")
    if verdict == UNTRUE and not note:
        raise RefusedByRuleError(
            "核查不实的要写明哪里不实", "请用 --note 写明，承办单位才知道重办什么；zmn 的口径，通知未写明"
        )
    if is_verified(hand.record):
        hand.told.append("这一轮以前已经核查属实，又记了一次")
    text = stepwords.tell({stepwords.HEAD: verdict, stepwords.NOTE: note})
    hand.write(StepKind.VERIFY, text, at=request.at, by=request.by)
    if verdict == UNTRUE:
        _send_back(hand, request, f"核查不实：{note}")
    elif hand.spec.asks_revisit:
        hand.told.append(f"接下来回访：zmn visit {hand.record.case_no}")


def visit(hand: CaseInHand, request: StepRequest) -> None:
    """回访: an attempt that reached nobody, a partial answer, or an answer that ends it or sends the matter back."""
    rule = hand.rules.visit_rule(hand.spec.id)
    if rule is None:
        raise RefusedByRuleError(f"《{hand.spec.title}》的通知没有规定回访", "只想补一句说明，可用 zmn note")
    if hand.spec.asks_verification and not is_verified(hand.record):
        raise RefusedByRuleError(
            f"事项 {hand.record.case_no} 这一轮还没有核查，先核查、后回访",
            f"请先登记核查：zmn verify {hand.record.case_no} --outcome 属实；{cited(rule.citation)}",
        )
    owner = hand.record.first_handler
    if hand.spec.has_first_owner and owner and request.by and request.by != owner:
        hand.told.append(f"首接负责制：本件的首接人是{owner}，这次由{request.by}回访")
    satisfaction = _word_of(hand, "satisfaction", request)
    if hand.record.status is Status.RESOLVED and hand.record.satisfaction in rule.counted:
        raise RefusedByRuleError(
            f"事项 {hand.record.case_no} 已经回访过（{hand.record.satisfaction}）", "又要重办的，请用 zmn redo"
        )
    if request.words.get("unreached") and (satisfaction or request.words.get("solved")):
        raise BadValueError(
            "没有接通就没有满意度，两样不能同时写", "请去掉 --unreached，或去掉别的", field="unreached"
        )
    if request.words.get("unreached") or (satisfaction and satisfaction not in rule.counted):
        _write_attempt(hand, request, rule)
        return
    said = {name: word for name in ("solved", "fault") if (word := _word_of(hand, name, request))}
    if satisfaction:
        said["satisfaction"] = satisfaction
    if not said:
        raise BadValueError(
            "回访没有写结果", "请写 --satisfaction 满意度，或 --unreached（没有接通）", field="satisfaction"
        )
    note = request.word("note", "说明")
    hand.require_words(StepKind.VISIT, {**said, "note": note}, said)
    goes_back = bool(rule.redo_when) and holds(rule.redo_when, {**hand.record.facts, **said})
    if (goes_back or said.get("solved") == "未解决") and not note:
        raise RefusedByRuleError(
            "没有解决或要发回重办的，要写明为什么",
            "请用 --note 写明当事人怎么说；发回重办总要写明谁、何时、为什么（zmn 的口径，通知未写明）",
        )
    words = {
        stepwords.SATISFACTION: satisfaction,
        stepwords.SOLVED: said.get("solved", ""),
        stepwords.FAULT: said.get("fault", ""),
        stepwords.NOTE: note,
    }
    hand.write(StepKind.VISIT, stepwords.tell(words), at=request.at, by=request.by)
    if goes_back:
        _send_back(hand, request, f"回访{satisfaction or said.get('solved', '')}：{note}")
    elif not satisfaction:
        hand.told.append("满意度还没有问到，本件仍待回访")
    if _is_units_fault(hand, said) and any(d.step is StepKind.CIRCULAR for d in hand.rules.demands):
        hand.told.append(f"过错责任在窗口的，还要通报并提出处理意见：zmn circular {hand.record.case_no}")


def _word_of(hand: CaseInHand, name: str, request: StepRequest) -> str:
    typed = request.word(name, "回访结果", 50)
    if not typed:
        return ""
    codes = hand.rules.code_list(hand.spec.id, name)
    if codes is None:
        raise BadValueError(
            f"《{hand.spec.title}》没有这一项（填的是“{typed}”）", "请去掉这一项，写在 --note 里", field=name
        )
    return codes.resolve(typed)


def _is_units_fault(hand: CaseInHand, said: Mapping[str, str]) -> bool:
    """Whether the unit or its people are at fault: the word that scripts call ``unit``."""
    codes = hand.rules.code_list(hand.spec.id, "fault")
    words = {code.name for code in codes.codes if "unit" in code.aliases} if codes else set()
    return said.get("fault") in words


def _write_attempt(hand: CaseInHand, request: StepRequest, rule: VisitRule) -> None:
    """An attempt that reached nobody; after the last one the visiting ends (V-01)."""
    count = attempts_made(hand.record, hand.log) + 1
    is_last = count >= rule.attempts
    words = {
        stepwords.HEAD: f"{UNREACHED}（第{count}次）",
        stepwords.SATISFACTION: rule.unreached if is_last else "",
        stepwords.NOTE: request.word("note", "说明"),
    }
    hand.write(StepKind.VISIT, stepwords.tell(words), at=request.at, by=request.by)
    if is_last:
        hand.told.append(f"{count}次都没有接通，记为“{rule.unreached}”，不进满意率的分母")
    else:
        hand.told.append(f"第{count}次没有接通，满{rule.attempts}次才记为“{rule.unreached}”，本件仍待回访")


def _send_back(hand: CaseInHand, request: StepRequest, reason: str) -> None:
    text = stepwords.tell({stepwords.REASON: reason})
    hand.write(StepKind.REDO, text, at=request.at, by=request.by)
    closing = hand.record.closing_clock
    counted = f"期限从 {request.at:%Y-%m-%d} 起算" if closing and closing.due_on else "期限逐件确定"
    hand.told.append(f"现在是第{hand.record.round}轮，{counted}；上一轮是否按时照原来的记")


def redo(hand: CaseInHand, request: StepRequest) -> None:
    """发回重办, decided by a person."""
    _send_back(hand, request, request.required("reason", "理由"))


def _require_known(hand: CaseInHand, kind: StepKind) -> None:
    """Raise :class:`RefusedByRuleError` where the notice knows no such step."""
    if not any(d.step is kind and d.ledger == hand.spec.id for d in hand.rules.demands):
        raise RefusedByRuleError(f"《{hand.spec.title}》的通知没有规定{kind}", "只想补一句说明，可用 zmn note")


def publish_circular(hand: CaseInHand, request: StepRequest) -> None:
    """通报: the unit at fault, with 处理意见 where the notice demands it."""
    _require_known(hand, StepKind.CIRCULAR)
    disposition = request.word("disposition", "处理意见")
    hand.require_words(StepKind.CIRCULAR, {"disposition": disposition}, {})
    words = {stepwords.DISPOSITION: disposition, stepwords.NOTE: request.word("note", "说明")}
    hand.write(StepKind.CIRCULAR, stepwords.tell(words), at=request.at, by=request.by)
    hand.told.append(f"打印通报单：zmn form {hand.record.case_no} --kind 通报单")


def refer_lead(hand: CaseInHand, request: StepRequest) -> None:
    """线索上报, to whom and why."""
    _require_known(hand, StepKind.REFER_LEAD)
    words = {
        stepwords.HEAD: f"上报{request.required('to', '上报给谁')}",
        stepwords.REASON: request.required("reason", "理由"),
    }
    hand.write(StepKind.REFER_LEAD, stepwords.tell(words), at=request.at, by=request.by)
    hand.told.append(f"打印上报表：zmn form {hand.record.case_no} --kind 线索上报表")


def link(hand: CaseInHand, request: StepRequest) -> None:
    """关联: with an earlier, similar case of the same ledger."""
    other = squeeze(request.required("to", "关联的编号"))
    if other == hand.record.case_no:
        raise BadValueError("不能和自己关联", "请核对 --to 的编号", field="to")
    hand.office.ledger(hand.spec).find(other)
    words = {stepwords.HEAD: other, stepwords.NOTE: request.word("note", "说明")}
    hand.write(StepKind.LINK, stepwords.tell(words), at=request.at, by=request.by)


def void(hand: InHand[Any], request: StepRequest) -> None:
    """作废: the number stays burnt, the row and its log stay."""
    words = {stepwords.REASON: request.required("reason", "理由"), stepwords.NOTE: request.word("note", "说明")}
    hand.write(StepKind.VOID, stepwords.tell(words), at=request.at, by=request.by)
    hand.told.append("编号不再用；这一行和流转记录都留着")
    if isinstance(hand.record, Activity):
        hand.told += _issues_left(hand)


def _issues_left(hand: InHand[Any]) -> list[str]:
    """What an activity found stays on the list when the activity is void."""
    issues = hand.office.issues.state().records
    left = [i.case_no for i in issues if i.activity_no == hand.record.case_no and i.status is not Status.VOID]
    if not left:
        return []
    named = "、".join(left)
    return [f"这次活动发现的问题还在问题清单上：{named}；也是登记错的，请逐条作废：zmn void 编号 --reason …"]


def note(hand: InHand[Any], request: StepRequest) -> None:
    """备注: a line of the log and nothing else."""
    hand.write(StepKind.NOTE, request.required("note", "说明内容"), at=request.at, by=request.by)
