"""``zmn form``: papers of a matter to print, sign and send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhuomuniao.commands._options import require_values, session_of
from zhuomuniao.commands._view import print_json, print_table, say
from zhuomuniao.usecases.looking import record_full_view, show_record
from zhuomuniao.usecases.papers import REGISTER_FORM, WrittenPaper, papers_of, write_paper

_READERS = {"inside": "窗口内部", "handling": "承办单位", "outside": "上报、会议"}


def form(
    ctx: typer.Context,
    no: Annotated[str | None, typer.Argument(metavar="编号", help="事项编号")] = None,
    kind: Annotated[
        str, typer.Option(help="哪种表单，如 交办单、督办函；--list 看全部", metavar="表单")
    ] = REGISTER_FORM,
    format_: Annotated[
        str, typer.Option("--format", help="xlsx、docx 或 pdf；不写，表格是 xlsx，函件是 docx", metavar="格式")
    ] = "",
    to: Annotated[str, typer.Option(help="发给谁；不写就是承办单位，或表单上定好的", metavar="单位")] = "",
    list_: Annotated[bool, typer.Option("--list", help="列出可以印的表单")] = False,
    full: Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")] = False,
    ledger: Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")] = None,
    out: Annotated[Path | None, typer.Option(help="放到哪个文件夹", metavar="文件夹")] = None,
) -> int:
    session = session_of(ctx)
    if list_:
        papers = papers_of(office := session.office(), office.locality.ledger(ledger))
        if session.is_json:
            rows = [
                {"kind": p.name, "format": "docx" if p.is_letter else "xlsx", "view": p.view.value} for p in papers
            ]
            print_json({"papers": rows, "count": len(rows)})
        else:
            print_table(
                ("表单", "格式", "给谁看", "登记了什么才能印"),
                [
                    (p.name, "docx" if p.is_letter else "xlsx", _READERS[p.view], "随时" if p.is_blankable else
                     "、".join((*p.after, *(w for words in p.when.values() for w in words))) or "随时")
                    for p in papers
                ],
            )  # fmt: skip
        return 0
    (number,) = require_values(session, {"编号": ("事项编号", no)}).values()
    office = session.office_to_look()
    spec = office.spec_of(number, ledger)
    office.ledger(spec)
    shown, steps = show_record(office, spec, number, is_full=True)
    if full:
        record_full_view(office, "form", [shown.record.case_no])
    paper = write_paper(office, spec, shown.record, steps, kind, out=out, format=format_, to=to, is_full=full)
    path = office.workspace.relative(paper.path)
    if session.is_json:
        print_json(
            {"case_no": shown.record.case_no, "kind": paper.kind, "format": paper.format.value, "files": [path]}
        )
    else:
        say(f"✓ {paper.kind}{'已生成' if paper.is_new else '与已有的一样，没有另存'}：{path}", f"  {_advice(paper)}")
    return 0


def _advice(paper: WrittenPaper) -> str:
    if not paper.is_masked:
        return "用 WPS 打开打印即可；含姓名和电话，只在窗口内部使用"
    if paper.view == "handling":
        return "发给承办单位用；举报、不给办的事项，姓名电话已经遮住"
    return "姓名、电话已经遮住，可以送出；盖章前请核对内容"
