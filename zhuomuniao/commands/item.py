"""``zmn item import|list``: the catalogue of each unit's items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    finding_json,
    print_json,
    print_table,
    say,
    warn,
    warn_findings,
    where_line,
)
from zhuomuniao.model import Saved
from zhuomuniao.usecases.activities import activity_spec
from zhuomuniao.usecases.catalogue import ItemImport, import_items
from zhuomuniao.usecases.itemlists import ItemView, list_items
from zhuomuniao.usecases.tracing import operation_of_registration
from zhuomuniao.usecases.units import own_unit

_NAMED = 8


def item_import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="文件", help="事项清单：.xlsx、.xls、.csv 或 .json")],
    unit: Annotated[str, typer.Option(help="文件里没有单位一列时，是哪个单位的", metavar="单位")] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="文件就是这些单位的全部事项：清单里有、文件里没有的，标为取消")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = activity_spec(office)
    of = unit or own_unit(office)
    with while_waiting(session, "导入清单"):
        done = import_items(office, spec, file, unit=of, is_complete=complete, is_dry_run=dry_run)
    first = done.items[0].case_no if done.receipt and done.new else ""
    batch = operation_of_registration(office, first) if first else ""
    if session.is_json:
        print_json(_import_json(done, batch))
    else:
        _say_import(done, batch)
    if done.rejected:
        return EXIT_FINDINGS
    return EXIT_QUEUED if done.receipt and done.receipt.saved is Saved.QUEUED else 0


def item_list(
    ctx: typer.Context,
    unit: Annotated[str, typer.Option(help="只看一个单位", metavar="单位")] = "",
    missing: Annotated[bool, typer.Option("--missing", help="只看今年还没有体验过的")] = False,
    year: Annotated[int | None, typer.Option(help="哪一年的体验，不写就是今年", metavar="年份", min=2000)] = None,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    views, findings = list_items(office, activity_spec(office), unit=unit, is_missing=missing, year=year)
    covered = sum(view.covered_on is not None for view in views)
    if session.is_json:
        answer: dict[str, Any] = {"items": [_item_json(view) for view in views], "count": len(views)}
        print_json({**answer, "covered": covered, "findings": [finding_json(f) for f in findings]})
        return 0
    if views:
        print_table(
            ("编号", "单位", "事项名称", "类型", "今年体验"),
            [(v.item.case_no, v.item.unit, v.item.item, v.item.item_kind, _when(v)) for v in views],
            flexible=(1, 2, 3),
        )
    say(f"共 {len(views)} 项" + ("，都还没有体验" if missing else f"，体验过 {covered} 项"))
    warn_findings(findings)
    return 0


def _when(view: ItemView) -> str:
    covered, dropped = view.covered_on, view.item.dropped_on
    if dropped:
        return f"{covered}（{dropped} 取消）" if covered else f"{dropped} 取消"
    return covered.isoformat() if covered else "还没有"


def _item_json(view: ItemView) -> dict[str, Any]:
    item = view.item
    return {
        "case_no": item.case_no,
        "unit": item.unit,
        "item": item.item,
        "kind": item.item_kind,
        "listed_on": item.listed_on,
        "dropped_on": item.dropped_on,
        "covered": view.covered_on is not None,
        "covered_on": view.covered_on,
        "times": view.times,
        "note": item.remark,
        "queued": item.is_queued,
    }


def _import_json(done: ItemImport, batch: str) -> dict[str, Any]:
    receipt = done.receipt
    return {
        "new": done.new,
        "known": done.known,
        "changed": done.changed,
        "relisted": done.relisted,
        "dropped": done.dropped,
        "absent": [{"case_no": i.case_no, "unit": i.unit, "item": i.item} for i in done.absent],
        "rejected": [{"row": r.row, "problems": list(r.problems)} for r in done.rejected],
        "dry_run": done.is_dry_run,
        "batch": batch or None,
        "saved": receipt.saved.value if receipt else None,
        "revision": receipt.revision if receipt else None,
        "book": receipt.book if receipt else None,
        "warnings": list(done.warnings),
    }


def _say_import(done: ItemImport, batch: str) -> None:
    words = (("新增", done.new), ("已有", done.known), ("更新", done.changed), ("重新列入", done.relisted),
             ("标为取消", done.dropped))  # fmt: skip
    counts = "，".join(f"{title} {number} 项" for title, number in words if number) or "没有任何一项"
    head = "检查完毕（没有写入）：" if done.is_dry_run else "✓ 事项清单：" if done.receipt else "事项清单没有变化："
    say(f"{head}{counts}")
    if done.receipt:
        say(where_line(done.receipt))
    if batch:
        say(f"  批次 {batch}；整批撤销：zmn undo --batch {batch}")
    for rejected in done.rejected:
        say(f"  ✗ 第{rejected.row}行：{'；'.join(rejected.problems)}")
    if done.absent and not done.dropped:
        names = "、".join(i.item for i in done.absent[:_NAMED])
        rest = f" 等{len(done.absent)}项" if len(done.absent) > _NAMED else ""
        warn([f"清单里有、文件里没有的：{names}{rest}；没有改动，确实取消了的请加 --complete 再导入一次"])
    warn(done.warnings)
