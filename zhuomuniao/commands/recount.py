"""``zmn recount``: where stored dates and today's rules and calendar differ."""

from __future__ import annotations

from typing import Annotated

import typer

from zhuomuniao.commands._moves import (
    exit_code,
    move_json,
    saved_as,
    say_moves,
    uncounted_json,
    warn_queued,
    warn_uncounted,
)
from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import print_json, say
from zhuomuniao.usecases.recounting import Recounted, differences, recount_cases


def recount(
    ctx: typer.Context,
    issue: Annotated[bool, typer.Option("--issue", help="把差异写进台账，每件一条“时限重算”")] = False,
    ledger: Annotated[str | None, typer.Option(help="只看一本台账", metavar="台账")] = None,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    specs = (office.locality.ledger(ledger),) if ledger else office.locality.ledgers
    with while_waiting(session, "逐件重算" if issue else "核对日期"):
        found = recount_cases(office, specs) if issue else differences(office, specs)
    if session.is_json:
        print_json(
            {
                "differences": [move_json(m) for m in found.moves],
                "unruled": [move_json(m) for m in found.unruled],
                "problems": uncounted_json(found.uncounted),
                "count": len(found.moves),
                "issued": issue,
                "saved": saved_as(found.receipts),
                "calendar_version": office.calendar.version,
            }
        )
    else:
        _say_recounted(found, issue)
    return exit_code(found.receipts)


def _say_recounted(found: Recounted, is_issued: bool) -> None:
    if not found.moves:
        say("在办事项的日期与现行规则和日历一致")
    else:
        say_moves(found.moves)
        if is_issued:
            say(f"✓ 已改 {len({m.case_no for m in found.moves})} 件，每件在流转记录里有一条“时限重算”")
        else:
            say("已签发的日期不会自动改动；确认无误后，用 zmn recount --issue 改到台账里")
    if found.unruled:
        say_moves(found.unruled)
        say("写着“→ 无”的，现在没有这条规定，照签发的日期留着")
    warn_uncounted(found.uncounted)
    warn_queued(found.receipts)
