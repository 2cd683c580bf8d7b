"""``zmn book …``: which books there are, their history, going back, what waits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import Session, require_agreement, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    one_line,
    print_json,
    print_table,
    say,
    size_text,
    warn,
)
from zhuomuniao.errors import BadValueError
from zhuomuniao.usecases.adopting import adopt_file, upgrade_books
from zhuomuniao.usecases.books import Replayed, list_books, replay, restore, verify
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.tracing import (
    NOW,
    CellChange,
    Event,
    cells_of_difference,
    compare,
    history_of_books,
    history_of_case,
    masked,
)

_SHOWN = 30
"""Revisions and differences on the screen; the rest are counted."""
_CELL_WIDTH = 60

Full = Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")]


def book_list(ctx: typer.Context) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    books = list_books(office)
    if session.is_json:
        rows = [
            {
                "book": b.book,
                "ledger": b.ledger,
                "rows": b.rows,
                "revision": b.revision,
                "written_at": b.written_at.replace("T", " ") or None,
                "bytes": b.size,
                "open_by": b.open_by or None,
                "problem": b.problem or None,
            }
            for b in books
        ]
        print_json({"books": rows, "count": len(rows)})
        return 0
    for b in books:
        at = f"，版本 {b.revision}（{b.written_at.replace('T', ' ')[:16]} 写入）" if b.revision else "，还没有写过"
        say(f"{b.book}", f"  台账 {b.ledger}，{b.rows} 件，{size_text(b.size)}{at}")
        if b.open_by:
            say(f"  正被 {b.open_by} 打开")
        if b.problem:
            say(f"  ✗ {b.problem}")
    say(f"共 {len(books)} 本")
    return 0


def book_history(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号", help="事项编号；不写就列出台账的各个版本")] = "",
    full: Full = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    if no:
        with while_waiting(session, "查流水"):
            events = history_of_case(office, no, is_full=full)
        if full:
            record_full_view(office, "book history", [no])
        if session.is_json:
            print_json({"case_no": no, "events": [_event_json(e) for e in events], "count": len(events)})
            return 0
        for event in events:
            _say_event(event)
        return 0
    with while_waiting(session, "查流水"):
        revisions = history_of_books(office)
    if session.is_json:
        listed = [{**_event_json(e), "kept": kept} for e, kept in revisions]
        print_json({"revisions": listed, "count": len(listed)})
        return 0
    rows = []
    for event, kept in reversed(revisions[-_SHOWN:]):
        cases = "、".join(event.case_nos[:2]) + (f" 等{len(event.case_nos)}件" if len(event.case_nos) > 2 else "")
        rows.append(
            (str(event.n), event.at[:16], event.clerk, event.what, cases, "" if kept else "无留底", event.book)
        )
    if rows:
        print_table(("版本", "时间", "经办", "做了什么", "事项", "", "台账"), rows, flexible=(6,))
    say(f"共 {len(revisions)} 个版本" + (f"，列出最近 {_SHOWN} 个" if len(revisions) > _SHOWN else ""))
    return 0


def book_diff(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(metavar="甲", help="版本号、文件，或“现在”")],
    b: Annotated[str, typer.Argument(metavar="乙", help="另一边；不写就是现在的台账")] = NOW,
    full: Full = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    with while_waiting(session, "比较版本"):
        found = compare(office, a, b)
    shape = office.store.shapes[found.ledger]
    cells = [(d, cell) for d in found.differences for cell in cells_of_difference(d, shape)]
    if full:
        record_full_view(office, "book diff", sorted({d.key for d in found.differences}))
    else:
        cells = [(d, masked(cell, set(found.names))) for d, cell in cells]
    if session.is_json:
        listed = [{"sort": d.sort.value, "case_no": d.key, "row": d.row, **_cell_json(c)} for d, c in cells]
        print_json({"ledger": found.ledger, "a": a, "b": b, "differences": listed, "count": len(listed)})
        return 0
    for difference, cell in cells[:_SHOWN]:
        say(f"  {difference.key}　{_cell_line(cell)}")
    if len(cells) > _SHOWN:
        say("  ……全部列出请加 --json")
    say(f"从 {a} 到 {b}：{len(cells)} 处不同" if cells else f"{a} 和 {b} 内容相同")
    return 0


def book_restore(
    ctx: typer.Context,
    revision: Annotated[str, typer.Argument(metavar="版本", help="回到哪个版本，zmn book history 列出")],
) -> int:
    session = session_of(ctx)
    if not revision.isdecimal():
        raise BadValueError(f"“{revision}”不是版本号", "版本号是一个数，zmn book history 列出")
    office = session.office()
    require_agreement(session, f"整本台账回到版本 {revision}？在那以后写入的行会不在台账里（流水里都有，编号不再用）")
    with while_waiting(session, "恢复台账"):
        done = restore(office, int(revision))
    if session.is_json:
        print_json(
            {
                "book": done.book,
                "restored": done.to,
                "saved": "written",
                "revision": done.revision,
                "exact": done.is_exact,
                "warnings": list(done.warnings),
            }
        )
        return 0
    say(f"✓ {done.book} 已回到版本 {done.to}（现在是版本 {done.revision}）")
    say("  恢复前的样子也留着，想反悔：zmn book history 里找恢复前的版本，再 zmn book restore")
    if not done.is_exact:
        say("  单元格内容相同，压缩方式与当时不同")
    warn(done.warnings)
    return 0


def book_verify(ctx: typer.Context) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    with while_waiting(session, "核对流水"):
        verified = verify(office)
    if session.is_json:
        print_json({"lines": verified.lines, "head": verified.head, "problems": list(verified.doubts)})
    else:
        say(f"✓ 流水共 {verified.lines} 行，前后相接", f"  操作链末值：{verified.head}")
        say("  请把操作链末值与存档月报“指标口径”里印的对一对；旧月报印的值在流水里查得到，那以前的就没有改动过")
        warn(verified.doubts)
    return EXIT_FINDINGS if verified.doubts else 0


def book_replay(
    ctx: typer.Context,
    keep: Annotated[str, typer.Option(help="台账已改成别的，仍照这次操作写", metavar="操作号")] = "",
    drop: Annotated[str, typer.Option(help="不要这次操作了；编号不再用", metavar="操作号")] = "",
    force: Annotated[bool, typer.Option("--force", help="确认没有人开着台账，不理会旁边的锁文件")] = False,
) -> int:
    session = session_of(ctx)
    if keep and drop:
        raise BadValueError("--keep 和 --drop 不能一起用", "请一次处理一个操作")
    office = session.office()
    if force:
        require_agreement(session, "没有任何人、任何电脑开着这本台账？开着的人存盘时会把补写的内容盖掉")
    if drop:
        require_agreement(session, f"放弃操作 {drop}？它的内容不会写进台账，编号也不再用")
    replayed = replay(office, keep=keep, drop=drop, is_forced=force)
    if session.is_json:
        waiting = [
            {
                "op": w.entry.op_id,
                "book": w.entry.book,
                "cases": list(w.entry.case_nos),
                "why": w.why,
                "disputed": w.is_disputed,
            }
            for w in replayed.waiting
        ]
        print_json({"settled": list(replayed.settled), "waiting": waiting, "count": len(waiting)})
    else:
        _say_replayed(session, replayed)
    return EXIT_QUEUED if replayed.waiting else 0


def book_adopt(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="文件", help="单位原有的台账（.xlsx）")],
    ledger: Annotated[str | None, typer.Option(help="变成哪本台账", metavar="台账")] = None,
    year: Annotated[
        int | None, typer.Option(help="哪一年的台账；不写就看受理时间", metavar="年份", min=2000, max=2100)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看结果，不写入")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    with while_waiting(session, "接管台账"):
        adopted = adopt_file(office, office.locality.ledger(ledger), file, year=year, is_dry_run=dry_run)
    if session.is_json:
        print_json(
            {
                "book": adopted.book,
                "cases": adopted.cases,
                "open": adopted.open_cases,
                "numbered": list(adopted.numbered),
                "skipped": [{"row": row, "problems": [why]} for row, why in adopted.skipped],
                "saved": None if dry_run else "written",
                "revision": adopted.revision,
                "warnings": list(adopted.warnings),
            }
        )
    else:
        done = "可以接管（没有写入）" if dry_run else "✓ 已接管"
        say(f"{done}：{adopted.cases} 件，其中在办 {adopted.open_cases} 件")
        say(f"  台账：{adopted.book}；原来的文件没有动")
        if adopted.numbered:
            say(f"  没有编号的 {len(adopted.numbered)} 行按受理日期编了号：{adopted.numbered[0]} 起")
        for row, why in adopted.skipped:
            say(f"  ✗ 第{row}行没有算进来：{why}")
        warn(adopted.warnings)
    return EXIT_FINDINGS if adopted.skipped else 0


def book_upgrade(ctx: typer.Context) -> int:
    session = session_of(ctx)
    with while_waiting(session, "升级表样"):
        upgraded = upgrade_books(session.office())
    if session.is_json:
        listed = [
            {
                "book": u.book,
                "from": u.from_version,
                "to": u.to_version,
                "added": list(u.added),
                "revision": u.revision,
            }
            for u in upgraded
        ]
        print_json({"books": listed, "count": len(listed)})
        return 0
    for u in upgraded:
        added = f"，加了“{'”“'.join(u.added)}”" if u.added else ""
        say(f"✓ {u.book}：表样第{u.from_version}版升到第{u.to_version}版{added}")
    say(f"共升级 {len(upgraded)} 本" if upgraded else "各本账册都已经是现在的表样")
    return 0


def _say_replayed(session: Session, replayed: Replayed) -> None:
    if replayed.settled:
        say(f"✓ 已补写：{'、'.join(replayed.settled)}")
    elif not replayed.waiting:
        say("没有等着补写的内容")
    for waiting in replayed.waiting:
        entry = waiting.entry
        state = "待处理" if waiting.is_disputed else "等着补写"
        say(f"  {state}  操作 {entry.op_id}（{'、'.join(entry.case_nos[:3])}）：{waiting.why}")
        if waiting.is_disputed:
            say(f"      照写：zmn book replay --keep {entry.op_id}；不要了：zmn book replay --drop {entry.op_id}")
    warn(replayed.notices)


def _say_event(event: Event) -> None:
    who = f"　{event.clerk}" if event.clerk else ""
    state = "" if event.state in ("已写入", "已记入") else f"　{event.state}"
    say(f"#{event.n}  {event.at[:16]}{who}　{event.what}{state}" + (f"　操作 {event.op_id}" if event.op_id else ""))
    for cell in event.cells:
        say(f"      {_cell_line(cell)}")


def _cell_line(cell: CellChange) -> str:
    was, now = (one_line(text, _CELL_WIDTH) for text in (cell.was, cell.now))
    if not was:
        return f"{cell.header}：{now}"
    return f"{cell.header}：{was} → {now or '（空）'}"


def _cell_json(cell: CellChange) -> dict[str, Any]:
    return {"field": cell.field, "header": cell.header, "was": cell.was, "now": cell.now}


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "revision": event.n,
        "at": event.at,
        "book": event.book,
        "by": event.clerk,
        "what": event.what,
        "op": event.op_id or None,
        "state": event.state,
        "cases": list(event.case_nos),
        "changes": [_cell_json(c) for c in event.cells],
    }
