"""``zmn undo``: take back the last operation, or a batch."""

from __future__ import annotations

from typing import Annotated

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import EXIT_QUEUED, print_json, say, warn
from zhuomuniao.model import Saved
from zhuomuniao.usecases.undoing import is_all_waiting
from zhuomuniao.usecases.undoing import undo as undo_operation

_SHOWN = 5


def undo(
    ctx: typer.Context,
    batch: Annotated[str, typer.Option(help="撤销哪一次操作（成批登记时印出的批次）", metavar="操作号")] = "",
    by: Annotated[str, typer.Option(help="撤销谁做的最后一次；不写就是本工作区的经办人", metavar="姓名")] = "",
) -> int:
    session = session_of(ctx)
    with while_waiting(session, "撤销"):
        undone = undo_operation(session.office(), batch=batch, by=by)
    if session.is_json:
        print_json(
            {
                "op": undone.operation.op_id,
                "undone": undone.words,
                "cases": list(undone.case_nos),
                "count": len(undone.case_nos),
                "saved": undone.saved.value,
                "revision": undone.revision,
                "warnings": list(undone.warnings),
            }
        )
    else:
        numbers = "、".join(undone.case_nos[:_SHOWN])
        more = f" 等{len(undone.case_nos)}件" if len(undone.case_nos) > _SHOWN else ""
        say(f"✓ 已撤销“{undone.words}”  {numbers}{more}")
        burnt = "；编号不再用" if undone.operation.entries[0].verb == "register" else ""
        if is_all_waiting(undone.operation):
            say(f"  那一次还没有写进台账，已经取消{burnt}")
        else:
            say(f"  台账回到那一次之前的样子；流转记录两条都留着{burnt}")
        if undone.emptied_rows:
            rows = "、".join(map(str, undone.emptied_rows))
            say(f"  台账不能整本退回去（例如有人在那以后存过盘），第{rows}行已清空，可以在 WPS 里删去空行")
        warn(undone.warnings)
    return EXIT_QUEUED if undone.saved is Saved.QUEUED else 0
