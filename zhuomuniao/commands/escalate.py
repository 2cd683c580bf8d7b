"""``zmn escalate`` and ``zmn urge|supervise|accountability``: the ladder of 催办、督办、问责."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import EXIT_QUEUED, day_text, one_line, print_json, print_table, say, warn, where_line
from zhuomuniao.commands.steps import At, By, CaseNo, LedgerName, Note, show_stepped
from zhuomuniao.model import Saved, StepKind
from zhuomuniao.privacy import mask_text
from zhuomuniao.usecases.escalating import Escalation, Issued, Proposal
from zhuomuniao.usecases.escalating import escalate as look_at_ladder
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.stepping import take


def escalate(
    ctx: typer.Context,
    issue: Annotated[bool, typer.Option("--issue", help="逐件登记，每件一次，并写出催办单、督办函")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出，不写入（不写 --issue 也是这样）")] = False,
    by: By = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    specs = [office.locality.ledger(ledger)] if ledger else list(office.case_specs)
    issues = issue and not dry_run
    with while_waiting(session, "催办、督办" if issues else "查看台账"):
        found = look_at_ladder(office, specs, issues=issues, by=by)
    if session.is_json:
        print_json(_escalation_json(found, issues=issues))
    else:
        _say_escalation(found, issues=issues)
    waits = any(i.receipt.saved is Saved.QUEUED for i in found.issued)
    return EXIT_QUEUED if waits else 0


def urge(
    ctx: typer.Context, no: CaseNo, at: At = None, by: By = "", note: Note = "", ledger: LedgerName = None
) -> int:
    return _take_rung(ctx, no, StepKind.URGE, at, by, note, ledger)


def supervise(
    ctx: typer.Context, no: CaseNo, at: At = None, by: By = "", note: Note = "", ledger: LedgerName = None
) -> int:
    return _take_rung(ctx, no, StepKind.SUPERVISE, at, by, note, ledger)


def accountability(
    ctx: typer.Context, no: CaseNo, at: At = None, by: By = "", note: Note = "", ledger: LedgerName = None
) -> int:
    return _take_rung(ctx, no, StepKind.ACCOUNTABILITY, at, by, note, ledger)


def _take_rung(
    ctx: typer.Context, no: str, kind: StepKind, at: str | None, by: str, note: str, ledger: str | None
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.spec_of(no, ledger)
    stepped = take(office, spec, no, StepRequest(kind, session.at(at), by, {"note": note}))
    return show_stepped(session, office, stepped)


def _say_escalation(found: Escalation, *, issues: bool) -> None:
    if found.is_rest_day:
        say(f"{day_text(found.as_of)}是休息日，今天不催办、不督办")
        return
    if not found.proposals:
        say("今天没有该催办、督办的")
    else:
        say(f"{'已登记' if issues else '今天该办的'}：{len(found.proposals)} 件")
        print_table(
            ("环节", "编号", "责任单位", "时限", "逾期", "此前", "表单"),
            [_row(p) for p in found.proposals],
            flexible=(2, 5),
        )
    for proposal in found.proposals:
        if proposal.basis:
            say(f"  {proposal.case.case_no}：{proposal.basis}")
    if found.proposals and not issues:
        say("  核对无误后运行 zmn escalate --issue 登记，每件只登记一次")
    warn(
        f"{c.case_no} 逾期了还没有责任单位，请先交办：zmn assign {c.case_no} --unit 单位" for c in found.without_unit
    )
    if waiting := [i.receipt for i in found.issued if i.receipt.saved is Saved.QUEUED]:
        say(f"  其中 {len(waiting)} 件等着补写", where_line(waiting[0]))
    for issued in found.issued:
        if issued.file:
            say(f"  {issued.proposal.paper}：{issued.file}")
    warn(found.warnings)


def _row(proposal: Proposal) -> tuple[str, ...]:
    case = proposal.case
    prior = "、".join(f"{rung} {on:%m-%d}" for rung, on in proposal.prior.items())
    return (
        proposal.rung,
        case.case_no,
        one_line(mask_text(case.unit), 28),
        f"{proposal.due_on:%m-%d}" if proposal.due_on else "",
        f"{proposal.late_workdays}个工作日" if proposal.late_workdays else "",
        prior,
        proposal.paper,
    )


def _escalation_json(found: Escalation, *, issues: bool) -> dict[str, Any]:
    written = {(i.receipt.record.ledger, i.receipt.record.case_no): i for i in found.issued}
    return {
        "as_of": found.as_of,
        "issued": issues,
        "rest_day": found.is_rest_day,
        "proposals": [
            {
                "case_no": p.case.case_no,
                "ledger": p.case.ledger,
                "unit": mask_text(p.case.unit),
                "rung": p.rung,
                "since": p.since,
                "due_on": p.due_on,
                "late_workdays": p.late_workdays,
                "prior": [{"rung": rung, "on": on} for rung, on in p.prior.items()],
                "paper": p.paper,
                "basis": p.basis,
                "clause": p.clause,
                "quote": p.quote,
                **_issued_json(written.get((p.case.ledger, p.case.case_no))),
            }
            for p in found.proposals
        ],
        "without_unit": [c.case_no for c in found.without_unit],
        "count": len(found.proposals),
        "warnings": list(found.warnings),
    }


def _issued_json(issued: Issued | None) -> dict[str, Any]:
    if issued is None:
        return {"saved": None, "file": None}
    return {"saved": issued.receipt.saved.value, "file": issued.file or None}
