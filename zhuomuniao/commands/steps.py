"""``zmn feedback|reply|resolve|note``: one step of a case."""

from __future__ import annotations

from typing import Annotated

import typer

from zhuomuniao.commands._options import require_values, session_of
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
from zhuomuniao.model import Saved, StepKind
from zhuomuniao.usecases.stepping import Stepped, StepRequest, take

CaseNo = Annotated[str, typer.Argument(metavar="编号", help="事项编号")]
At = Annotated[str | None, typer.Option(help="什么时候，如 2026-10-08 09:30；不写就是现在", metavar="时间")]
By = Annotated[str, typer.Option(help="经办人", metavar="姓名")]
LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]
Note = Annotated[str, typer.Option(help="附带说明", metavar="文字")]


def feedback(
    ctx: typer.Context,
    no: CaseNo,
    text: Annotated[str | None, typer.Option(help="反馈了什么", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(
        ctx, no, StepKind.FIRST_FEEDBACK, at=at, by=by, ledger=ledger, texts={"text": ("反馈内容", text)}, note=note
    )


def reply(
    ctx: typer.Context,
    no: CaseNo,
    text: Annotated[str | None, typer.Option(help="怎样答复当事人的", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.REPLY, at=at, by=by, ledger=ledger, texts={"text": ("答复内容", text)}, note=note)


def resolve(
    ctx: typer.Context,
    no: CaseNo,
    result: Annotated[str | None, typer.Option(help="办理结果：做了什么", metavar="文字")] = None,
    outcome: Annotated[str, typer.Option(help="已解决、不能办理、暂时无法解决、转信访……", metavar="结果类别")] = "",
    reported_to: Annotated[str, typer.Option(help="不能办理的，报告了谁", metavar="谁")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    texts = {"result": ("办理结果", result)}
    return _take(
        ctx, no, StepKind.RESOLVE, at=at, by=by, ledger=ledger, texts=texts, note=note, outcome=outcome,
        reported_to=reported_to,
    )  # fmt: skip


def note(
    ctx: typer.Context,
    no: CaseNo,
    note: Annotated[str | None, typer.Option(help="说明内容", metavar="文字")] = None,
    at: At = None,
    by: By = "",
    ledger: LedgerName = None,
) -> int:
    return _take(ctx, no, StepKind.NOTE, at=at, by=by, ledger=ledger, texts={"note": ("说明内容", note)})


def _take(
    ctx: typer.Context,
    no: str,
    kind: StepKind,
    *,
    at: str | None,
    by: str,
    ledger: str | None,
    texts: dict[str, tuple[str, str | None]],
    note: str = "",
    outcome: str = "",
    reported_to: str = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.locality.ledger(ledger)
    (text,) = require_values(session, texts).values()
    request = StepRequest(
        kind=kind,
        at=session.at(at),
        by=by,
        text=f"{text}（{note}）" if note else text,
        outcome=outcome,
        reported_to=reported_to,
    )
    stepped = take(office, spec, no, request)
    if session.is_json:
        _print_json(stepped)
    else:
        case = stepped.receipt.case
        # 暂时无法解决 is a result, but the matter goes on.
        goes_on = kind is StepKind.RESOLVE and case.status.is_open
        title = f"办理结果：{case.outcome}，仍在办理" if goes_on else kind.value
        say(f"✓ 已登记“{title}”  事项编号 {case.case_no}")
        say(*(ended_line(e) for e in stepped.ended))
        say(next_line(case), where_line(stepped.receipt))
        warn(stepped.warnings)
    return EXIT_QUEUED if stepped.receipt.saved is Saved.QUEUED else 0


def _print_json(stepped: Stepped) -> None:
    case = stepped.receipt.case
    print_json(
        {
            "case_no": case.case_no,
            "step": stepped.step.kind.value,
            "at": stepped.step.at.isoformat(sep=" ", timespec="minutes"),
            "saved": stepped.receipt.saved.value,
            "status": case.status.value,
            "round": case.round,
            "deadlines": clocks_json(case),
            "revision": stepped.receipt.revision,
            "warnings": list(stepped.warnings),
        }
    )
