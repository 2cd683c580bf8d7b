"""``zmn import``: the export of a hotline or mailbox, shown first, then registered in one operation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import require_agreement, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    display_width,
    one_line,
    print_json,
    say,
    warn,
    where_line,
)
from zhuomuniao.model import Saved
from zhuomuniao.usecases.workorders import (
    AUTO,
    OWN_FOLDER,
    ImportPlan,
    carry_out,
    plan_import,
    rows_by_reason,
    save_mapping,
)

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office
    from zhuomuniao.usecases.registering import Registered

_MOST_ROWS = 40
_MOST_WARNINGS = 20
_CELL_WIDTH = 40
_BEFORE = 6


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="导出的文件：.xlsx、.xls、.csv、.txt", metavar="文件")],
    ledger: Annotated[str | None, typer.Option(help="导入到哪本台账", metavar="台账")] = None,
    mapping: Annotated[
        str, typer.Option(help="对照表的名字或 .toml 文件；auto 是按表头拟一份给你看", metavar="对照表")
    ] = AUTO,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，不写入")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="有一行不合格就一行也不登记")] = False,
    save_mapping_: Annotated[
        Path | None, typer.Option("--save-mapping", help="把用的对照表存成文件，下次用", metavar="文件.toml")
    ] = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.locality.ledger(ledger)
    with while_waiting(session, "读取文件") as tell:
        plan = plan_import(office, spec, file, mapping=mapping, progress=tell)
    if not session.is_json:
        _say_mapping(plan, file)
        _say_plan(plan)
    if save_mapping_ is not None:
        save_mapping(plan.mapping, save_mapping_)
        if not session.is_json:
            say(f"  对照表存在 {save_mapping_}；放进工作区的“{OWN_FOLDER}”文件夹，以后 --mapping 后面写名字就行")
    is_held_back = all_or_nothing and bool(plan.rejected)
    writes = bool(plan.new) and not dry_run and not is_held_back
    if writes and plan.proposal is not None:
        require_agreement(session, f"列名这样对，登记 {len(plan.new)} 件，对吗？")
    registered: tuple[Registered, ...] = ()
    if writes:
        with while_waiting(session, "写入台账") as tell:
            registered = carry_out(office, spec, plan, progress=tell)
    batch = _batch(office, registered)
    if session.is_json:
        print_json(_json(plan, registered, batch, is_dry_run=dry_run))
    else:
        _say_done(plan, registered, batch, is_dry_run=dry_run, is_held_back=is_held_back)
    if plan.rejected:
        return EXIT_FINDINGS
    return EXIT_QUEUED if any(r.receipt.saved is Saved.QUEUED for r in registered) else 0


def _batch(office: Office, registered: Sequence[Registered]) -> str:
    if not registered:
        return ""
    # Only who has written needs to know the journal's own words for it.
    from zhuomuniao.usecases.tracing import operation_of_registration

    return operation_of_registration(office, registered[0].receipt.record.case_no)


def _place(sheet: str, row: int) -> str:
    return f"“{sheet}”第{row}行" if sheet else f"第{row}行"


def _say_mapping(plan: ImportPlan, file: Path) -> None:
    if plan.proposal is None:
        sheets = "、".join(t.sheet.name for t in plan.tables if t.sheet.name)
        say(f"“{file.name}”按“{plan.mapping.title}”读{f'，工作表：{sheets}' if sheets else ''}")
    else:
        base = f"（姓名、电话等的找法参照 {plan.proposal.base}）" if plan.proposal.base else ""
        say(f"“{file.name}”的列名这样对{base}：")
        titles = plan.field_titles
        for column in plan.proposal.columns:
            doubt = "　← 只是相近，请看一眼" if column.how.value == "相近" else ""
            say(f"  {column.header} → {titles[column.field]}{doubt}")
        inside = dict.fromkeys(titles[p.field] for p in plan.mapping.patterns)
        if inside:
            say(f"  没有列的，从文字里找：{'、'.join(inside)}")
        usual = [f"{titles[field]}填“{text}”" for field, text in plan.mapping.defaults.items()]
        if usual:
            say(f"  空着的：{'、'.join(usual)}")
    left_out = dict.fromkeys(header for t in plan.tables for header in t.left_out)
    if left_out:
        say(f"  没有用到的列：{'、'.join(left_out)}")


def _say_plan(plan: ImportPlan) -> None:
    ignored = f"，另有{len(plan.ignored)}行不算（{_reasons(plan)}）" if plan.ignored else ""
    say(
        f"共 {plan.rows} 行{ignored}：新 {len(plan.new)} 件，已登记过 {plan.known} 行，"
        f"已登记但内容不同 {len(plan.changed)} 行，有问题 {len(plan.rejected)} 行"
    )
    for rejected in plan.rejected[:_MOST_ROWS]:
        say(f"  ✗ {_place(rejected.sheet, rejected.row)}：{'；'.join(rejected.problems)}")
    if len(plan.rejected) > _MOST_ROWS:
        say(f"  ✗ 还有 {len(plan.rejected) - _MOST_ROWS} 行有问题；--json 列出全部")
    for changed in plan.changed[:_MOST_ROWS]:
        place = _place(changed.sheet, changed.row)
        say(f"  ≠ {place}：工单 {changed.order_no} 与 {changed.against} 不同（没有改动台账）")
        for field in changed.fields:
            say(f"      {field.header}：{' → '.join(_where_they_part(field.was, field.now))}")
    if len(plan.changed) > _MOST_ROWS:
        say(f"  ≠ 还有 {len(plan.changed) - _MOST_ROWS} 行不同；--json 列出全部")
    warnings = list(rows_by_reason(plan))
    for text, rows in warnings[:_MOST_WARNINGS]:
        others = f"等{len(rows)}行" if len(rows) > 1 else ""
        warn([f"{text}（{_place(*rows[0])}{others}）"])
    if len(warnings) > _MOST_WARNINGS:
        warn([f"还有 {len(warnings) - _MOST_WARNINGS} 种提醒；--json 列出全部"])


def _where_they_part(was: str, now: str) -> tuple[str, str]:
    """Two texts on a line each, long ones from a little before the place where they begin to differ."""
    same = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, same - _BEFORE) if max(map(display_width, (was, now))) > _CELL_WIDTH else 0
    mark = "…" if start else ""
    before, after = (one_line(mark + text[start:], _CELL_WIDTH) for text in (was, now))
    return before or "空白", after


def _reasons(plan: ImportPlan) -> str:
    rows = [f"{_place(i.sheet, i.row)}{i.why}" for i in plan.ignored[:3]]
    return "、".join(rows) + ("…" if len(plan.ignored) > len(rows) else "")


def _say_done(
    plan: ImportPlan, registered: Sequence[Registered], batch: str, *, is_dry_run: bool, is_held_back: bool
) -> None:
    if is_dry_run:
        say(f"检查完毕（没有写入）：{plan.rows} 行 → {len(plan.new)} 件")
    elif registered:
        first, last = registered[0].receipt, registered[-1].receipt
        numbers = dict.fromkeys((first.record.case_no, last.record.case_no))
        say(f"✓ 已导入 {len(registered)} 件：{' 至 '.join(numbers)}", where_line(last))
        say(f"  批次 {batch}；整批撤销：zmn undo --batch {batch}")
        told = [f"{r.receipt.record.case_no}：{line}" for r in registered for line in r.told]
        warn(told[:_MOST_WARNINGS])
        if len(told) > _MOST_WARNINGS:
            warn([f"还有 {len(told) - _MOST_WARNINGS} 条这样的提醒；zmn show 编号 可看每一件"])
        warn(dict.fromkeys(text for r in registered for text in r.receipt.advice))
    elif is_held_back:
        say("一件也没有登记：有不合格的行（--all-or-nothing）")
    else:
        say("没有新的工单，台账没有动")


def _json(plan: ImportPlan, registered: Sequence[Registered], batch: str, *, is_dry_run: bool) -> dict[str, Any]:
    saved = {r.receipt.saved for r in registered}
    return {
        "new": len(plan.new),
        "known": plan.known,
        "changed": len(plan.changed),
        "rejected": [{"sheet": r.sheet, "row": r.row, "problems": list(r.problems)} for r in plan.rejected],
        "batch": batch or None,
        "dry_run": is_dry_run,
        "rows": plan.rows,
        "registered": len(registered),
        "case_nos": [r.receipt.record.case_no for r in registered],
        "saved": None if not saved else (Saved.QUEUED if Saved.QUEUED in saved else Saved.WRITTEN).value,
        "changes": [
            {
                "sheet": c.sheet,
                "row": c.row,
                "order_no": c.order_no,
                "against": c.against,
                "fields": [{"field": f.field, "header": f.header, "was": f.was, "now": f.now} for f in c.fields],
            }
            for c in plan.changed
        ],
        "ignored": [{"sheet": i.sheet, "row": i.row, "why": i.why} for i in plan.ignored],
        "warnings": [
            {"text": text, "rows": [{"sheet": sheet, "row": row} for sheet, row in rows]}
            for text, rows in rows_by_reason(plan)
        ],
        "mapping": {
            "id": plan.mapping.id,
            "proposed": plan.proposal is not None,
            "base": plan.proposal.base or None if plan.proposal else None,
            "tables": [
                {
                    "sheet": t.sheet.name,
                    "header_row": t.first,
                    "columns": [{"header": c.header, "field": c.field} for c in t.columns],
                    "left_out": list(t.left_out),
                }
                for t in plan.tables
            ],
        },
    }
