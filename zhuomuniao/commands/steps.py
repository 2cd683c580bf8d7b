"""``zmn assign|sign|…|void|note``: one step of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import Session, future_day, require_values, session_of
from zhuomuniao.commands._view import (
    EXIT_QUEUED,
    clocks_json,
    ended_line,
    next_line,
    print_json,
    say,
    warn,
    where_line,
)
from zhuomuniao.errors import BadValueError
from zhuomuniao.model import Saved, StepKind
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.stepping import Stepped, take

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

CaseNo = Annotated[str, typer.Argument(metavar="编号", help="事项编号")]
AnyNo = Annotated[str, typer.Argument(metavar="编号", help="事项、活动或问题的编号")]
At = Annotated[str | None, typer.Option(help="什么时候，如 2026-10-08 09:30；不写就是现在", metavar="时间")]
By = Annotated[str, typer.Option(help="经办人", metavar="姓名")]
LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]
Note = Annotated[str, typer.Option(help="附带说明", metavar="文字")]
Reason = Annotated[str | None, typer.Option(help="理由", metavar="文字")]
UnitOfMany = Annotated[str, typer.Option(help="哪个承办单位；不写就是主办单位", metavar="单位")]

Required = dict[str, tuple[str, str | None]]


def assign(
    ctx: typer.Context,
    no: CaseNo,
    unit: Annotated[str | None, typer.Option(help="责任单位（主办），可写简称", metavar="单位")] = None,
    with_: Annotated[list[str] | None, typer.Option("--with", help="协办单位，可写多个", metavar="单位")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    beside = "、".join(with_ or ())
    required: Required = {"unit": ("责任单位", unit)}
    return _take(ctx, no, StepKind.ASSIGN, required, at=at, by=by, ledger=ledger, note=note, **{"with": beside})


def sign(
    ctx: typer.Context, no: CaseNo, unit: UnitOfMany = "", at: At = None, by: By = "", note: Note = "",
    ledger: LedgerName = None,
) -> int:  # fmt: skip
    return _take(ctx, no, StepKind.SIGN, {}, at=at, by=by, ledger=ledger, note=note, unit=unit)


def return_(
    ctx: typer.Context,
    no: CaseNo,
    reason: Reason = None,
    basis: Annotated[str | None, typer.Option(help="依据，如 三定规定第几条", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {"reason": ("退回理由", reason), "basis": ("退回依据", basis)}
    return _take(ctx, no, StepKind.RETURN, required, at=at, by=by, ledger=ledger, note=note)


def review_return(
    ctx: typer.Context,
    no: CaseNo,
    accept: Annotated[bool, typer.Option("--accept", help="同意退回")] = False,
    deny: Annotated[bool, typer.Option("--deny", help="不同意，由原单位继续办理")] = False,
    unit: Annotated[str, typer.Option(help="同意退回的，改交哪个单位", metavar="单位")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    if accept == deny:
        raise BadValueError("退回审核要写同意还是不同意", "请写 --accept 或 --deny 中的一个")
    verdict = "同意" if accept else "不同意"
    return _take(
        ctx, no, StepKind.REVIEW_RETURN, {}, at=at, by=by, ledger=ledger, note=note, unit=unit, verdict=verdict
    )


def feedback(
    ctx: typer.Context,
    no: CaseNo,
    text: Annotated[str | None, typer.Option(help="反馈了什么", metavar="文字")] = None,
    unit: UnitOfMany = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {"text": ("反馈内容", text)}
    return _take(ctx, no, StepKind.FIRST_FEEDBACK, required, at=at, by=by, ledger=ledger, note=note, unit=unit)


def raise_(
    ctx: typer.Context,
    no: CaseNo,
    tier: Annotated[str | None, typer.Option(help="提到哪一级", metavar="级别")] = None,
    reason: Annotated[str, typer.Option(help="为什么提级", metavar="文字")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {"tier": ("级别", tier)}
    return _take(ctx, no, StepKind.RAISE, required, at=at, by=by, ledger=ledger, note=note, reason=reason)


def pause(
    ctx: typer.Context, no: CaseNo, reason: Reason = None, at: At = None, by: By = "", note: Note = "",
    ledger: LedgerName = None,
) -> int:  # fmt: skip
    return _take(ctx, no, StepKind.PAUSE, {"reason": ("暂停的理由", reason)}, at=at, by=by, ledger=ledger, note=note)


def resume(
    ctx: typer.Context, no: CaseNo, at: At = None, by: By = "", note: Note = "", ledger: LedgerName = None
) -> int:
    return _take(ctx, no, StepKind.RESUME, {}, at=at, by=by, ledger=ledger, note=note)


def extend(
    ctx: typer.Context,
    no: CaseNo,
    workdays: Annotated[str | None, typer.Option(help="延几个工作日", metavar="天数")] = None,
    reason: Reason = None,
    approver: Annotated[str | None, typer.Option(help="批准人", metavar="姓名")] = None,
    override: Annotated[bool, typer.Option("--override", help="突破“原则上”的规定，须写 --basis")] = False,
    basis: Annotated[str, typer.Option(help="突破的依据", metavar="文字")] = "",
    at: At = None,
    by: By = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {
        "workdays": ("延几个工作日", workdays), "reason": ("延期的理由", reason), "approver": ("批准人", approver),
    }  # fmt: skip
    return _take(
        ctx, no, StepKind.EXTEND, required, at=at, by=by, ledger=ledger, basis=basis,
        override="是" if override else "",
    )  # fmt: skip


def set_due(
    ctx: typer.Context,
    no: CaseNo,
    due: Annotated[str | None, typer.Option(help="期限到哪一天", metavar="日期")] = None,
    basis: Annotated[str | None, typer.Option(help="谁定的、依据什么", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    given = require_values(session, {"due": ("期限", due), "basis": ("谁定的", basis)})
    day = future_day(session, given["due"])
    return _take(ctx, no, StepKind.SET_DUE, {}, at=at, by=by, ledger=ledger, note=note, due=day, basis=given["basis"])


def admit(
    ctx: typer.Context, no: CaseNo, at: At = None, by: By = "", note: Note = "", ledger: LedgerName = None
) -> int:
    return _take(ctx, no, StepKind.ADMIT, {}, at=at, by=by, ledger=ledger, note=note)


def reply(
    ctx: typer.Context,
    no: CaseNo,
    text: Annotated[str | None, typer.Option(help="怎样答复当事人的", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.REPLY, {"text": ("答复内容", text)}, at=at, by=by, ledger=ledger, note=note)


def resolve(
    ctx: typer.Context,
    no: CaseNo,
    result: Annotated[str | None, typer.Option(help="办理结果：做了什么", metavar="文字")] = None,
    outcome: Annotated[str, typer.Option(help="已解决、不能办理、暂时无法解决、转信访……", metavar="结果类别")] = "",
    reason: Annotated[str, typer.Option(help="不能办理、暂时无法解决的原因", metavar="文字")] = "",
    reported_to: Annotated[str, typer.Option(help="不能办理的，报告了谁", metavar="谁")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(
        ctx, no, StepKind.RESOLVE, {"result": ("办理结果", result)}, at=at, by=by, ledger=ledger, note=note,
        outcome=outcome, reason=reason, reported_to=reported_to,
    )  # fmt: skip


def verify(
    ctx: typer.Context,
    no: CaseNo,
    outcome: Annotated[str | None, typer.Option(help="属实，或 不实（发回重办）", metavar="结果")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {"outcome": ("核查结果：属实、不实", outcome)}
    return _take(ctx, no, StepKind.VERIFY, required, at=at, by=by, ledger=ledger, note=note)


def visit(
    ctx: typer.Context,
    no: CaseNo,
    satisfaction: Annotated[str, typer.Option(help="满意度，如 满意、基本满意、不满意", metavar="满意度")] = "",
    solved: Annotated[str, typer.Option(help="是否解决：解决、基本解决、未解决", metavar="结果")] = "",
    fault: Annotated[
        str, typer.Option(help="不满意是谁的原因，如 承办单位主观原因（unit）、其他原因（other）", metavar="原因")
    ] = "",
    unreached: Annotated[bool, typer.Option("--unreached", help="没有接通，记一次")] = False,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    if not unreached and not solved:
        satisfaction = require_values(
            session, {"satisfaction": ("满意度；没有接通的写 --unreached", satisfaction or None)}
        )["satisfaction"]
    return _take(
        ctx, no, StepKind.VISIT, {}, at=at, by=by, ledger=ledger, note=note, satisfaction=satisfaction,
        solved=solved, fault=fault, unreached="是" if unreached else "",
    )  # fmt: skip


def redo(
    ctx: typer.Context, no: CaseNo, reason: Reason = None, at: At = None, by: By = "", ledger: LedgerName = None
) -> int:
    return _take(ctx, no, StepKind.REDO, {"reason": ("为什么发回重办", reason)}, at=at, by=by, ledger=ledger)


def circular(
    ctx: typer.Context,
    no: CaseNo,
    disposition: Annotated[str, typer.Option(help="处理意见", metavar="文字")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.CIRCULAR, {}, at=at, by=by, ledger=ledger, note=note, disposition=disposition)


def refer_lead(
    ctx: typer.Context,
    no: CaseNo,
    to: Annotated[str | None, typer.Option(help="上报给哪个部门", metavar="部门")] = None,
    reason: Reason = None,
    at: At = None,
    by: By = "",
    ledger: LedgerName = None,
) -> int:
    required: Required = {"to": ("上报给谁", to), "reason": ("为什么上报", reason)}
    return _take(ctx, no, StepKind.REFER_LEAD, required, at=at, by=by, ledger=ledger)


def link(
    ctx: typer.Context,
    no: CaseNo,
    to: Annotated[str | None, typer.Option(help="以前的那一件的编号", metavar="编号")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.LINK, {"to": ("关联的编号", to)}, at=at, by=by, ledger=ledger, note=note)


def void(
    ctx: typer.Context, no: AnyNo, reason: Reason = None, at: At = None, by: By = "", ledger: LedgerName = None
) -> int:
    return _take(ctx, no, StepKind.VOID, {"reason": ("作废的理由", reason)}, at=at, by=by, ledger=ledger)


def note(
    ctx: typer.Context,
    no: AnyNo,
    note: Annotated[str | None, typer.Option(help="说明内容", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.NOTE, {"note": ("说明内容", note)}, at=at, by=by, ledger=ledger)


def _take(
    ctx: typer.Context,
    no: str,
    kind: StepKind,
    required: Required,
    *,
    at: str | None,
    by: str,
    ledger: str | None,
    **words: str,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.spec_of(no, ledger)
    words |= require_values(session, required)
    stepped = take(office, spec, no, StepRequest(kind, session.at(at), by, words))
    return show_stepped(session, office, stepped)


def show_stepped(session: Session, office: Office, stepped: Stepped) -> int:
    """Tell what was written, and which limit runs next; answers the exit code."""
    if session.is_json:
        print_json(stepped_json(stepped))
    else:
        case = stepped.receipt.record
        # 暂时无法解决 is a result, but the matter goes on.
        goes_on = stepped.step.kind is StepKind.RESOLVE and case.status.is_open
        title = f"办理结果：{case.outcome}，仍在办理" if goes_on else stepped.step.kind.value
        say(f"✓ 已登记“{title}”  {office.number_title(case)} {case.case_no}")
        say(*(ended_line(e) for e in stepped.ended))
        say(next_line(case, session.moment.as_of), where_line(stepped.receipt))
        warn(stepped.warnings)
    return EXIT_QUEUED if stepped.receipt.saved is Saved.QUEUED else 0


def stepped_json(stepped: Stepped) -> dict[str, Any]:
    """A step as scripts see it."""
    case = stepped.receipt.record
    return {
        "case_no": case.case_no,
        "step": stepped.step.kind.value,
        "steps": [step.kind.value for step in stepped.steps],
        "at": stepped.step.at.isoformat(sep=" ", timespec="minutes"),
        "saved": stepped.receipt.saved.value,
        "status": case.status.value,
        "round": case.round,
        "deadlines": clocks_json(case),
        "revision": stepped.receipt.revision,
        "warnings": list(stepped.warnings),
    }
