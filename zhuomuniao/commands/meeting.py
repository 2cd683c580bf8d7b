"""``zmn meeting plan|record``: 联席会议、联动会审."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import Session, future_day, require_values, session_of
from zhuomuniao.commands._view import EXIT_QUEUED, day_text, next_line, print_json, say, warn, where_line
from zhuomuniao.commands.steps import At, By, LedgerName, Note
from zhuomuniao.dateforms import parse_date
from zhuomuniao.model import Saved, StepKind
from zhuomuniao.usecases.meetings import Met, plan_meeting, record_meeting
from zhuomuniao.usecases.requests import StepRequest

CaseNos = Annotated[list[str], typer.Argument(metavar="编号...", help="上会的事项，可写多件")]


def meeting_plan(
    ctx: typer.Context,
    nos: CaseNos,
    on: Annotated[str | None, typer.Option(help="哪天开会", metavar="日期")] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="参加的单位，可写多个；通知列了的不用写", metavar="单位")
    ] = None,
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.spec_of(nos[0], ledger)
    day = date.fromisoformat(future_day(session, require_values(session, {"on": ("开会的日期", on)})["on"]))
    words = {"members": "、".join(member or ()), "note": note}
    request = StepRequest(StepKind.MEETING_PLAN, session.at(at), by or office.workspace.config.clerk, words)
    return _show(session, plan_meeting(office, spec, nos, request, on=day), "已提请")


def meeting_record(
    ctx: typer.Context,
    nos: CaseNos,
    decision: Annotated[str | None, typer.Option(help="会议怎么定的", metavar="文字")] = None,
    on: Annotated[str, typer.Option(help="哪天开的会；不写就是今天", metavar="日期")] = "",
    due: Annotated[str, typer.Option(help="会议定的办理期限", metavar="日期")] = "",
    unit: Annotated[str, typer.Option(help="会议定的责任单位", metavar="单位")] = "",
    at: At = None,
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.spec_of(nos[0], ledger)
    decided = require_values(session, {"decision": ("会议决定", decision)})["decision"]
    held_on = parse_date(on, today=session.moment.as_of) if on else session.moment.as_of
    until = date.fromisoformat(future_day(session, due)) if due else None
    words = {"decision": decided, "unit": unit, "note": note}
    request = StepRequest(StepKind.MEETING_RECORD, session.at(at), by or office.workspace.config.clerk, words)
    return _show(session, record_meeting(office, spec, nos, request, on=held_on, due=until), "已登记")


def _show(session: Session, met: Met, done: str) -> int:
    if session.is_json:
        print_json(_met_json(met))
    else:
        say(f"✓ {done}{met.title}（{day_text(met.on)}），{len(met.receipts)} 件")
        if met.members:
            say(f"  成员：{'、'.join(met.members)}")
        for receipt in met.receipts:
            if receipt.saved is Saved.QUEUED:
                say(f"  {receipt.record.case_no}{where_line(receipt)}")
            say(f"  {receipt.record.case_no}{next_line(receipt.record, session.moment.as_of)}")
        if met.file:
            say(f"  {met.file}")
        warn(met.warnings)
    return EXIT_QUEUED if any(r.saved is Saved.QUEUED for r in met.receipts) else 0


def _met_json(met: Met) -> dict[str, Any]:
    return {
        "meeting": met.title,
        "on": met.on,
        "members": list(met.members),
        "cases": [
            {
                "case_no": r.record.case_no,
                "status": r.record.status.value,
                "saved": r.saved.value,
                "revision": r.revision,
            }
            for r in met.receipts
        ],
        "count": len(met.receipts),
        "file": met.file or None,
        "warnings": list(met.warnings),
    }
