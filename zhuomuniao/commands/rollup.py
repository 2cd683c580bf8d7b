"""``zmn rollup``: one report over many workspaces and books, of townships, counties, a province."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import require_values, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import EXIT_FINDINGS, figures_json, print_json, print_table, say, warn
from zhuomuniao.dateforms import LAST_MONTH
from zhuomuniao.errors import BadValueError, MissingValuesError
from zhuomuniao.usecases.reportduties import period_asked
from zhuomuniao.usecases.rollingup import (
    Engine,
    RolledUp,
    RollupWanted,
    is_sound,
    parse_groupings,
    remarks_on,
    roll_up,
    shown_first,
)

if TYPE_CHECKING:
    from zhuomuniao.commands._options import Session

_NAMED = 10
_SHOWN = ("carried_in", "accepted", "redone", "resolved", "transferred", "voided", "carried_out", "overdue_open")


def rollup(
    ctx: typer.Context,
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="文件夹|文件|名单", help="放工作区、账册的文件夹；也可写文件、带 * 的路径、名单（.txt）"
        ),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(help="哪个月，如 2026-10；只写 --month 或不写期间是上月", metavar=f"[{LAST_MONTH}]"),
    ] = None,
    quarter: Annotated[str | None, typer.Option(help="哪个季度，如 2026Q3", metavar="季度")] = None,
    half: Annotated[str | None, typer.Option(help="哪个半年，如 2026H1", metavar="半年")] = None,
    year: Annotated[str | None, typer.Option(help="哪一年，如 2026", metavar="年份")] = None,
    out: Annotated[str | None, typer.Option(help="汇总写到哪个 .xlsx 文件", metavar="文件")] = None,
    by: Annotated[
        str | None,
        typer.Option(help="按什么分：locality,unit,kind,tier,channel,month；不写是全部", metavar="分组"),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="local：本机多个进程；dask：Dask 集群（要装 zhuomuniao[cluster]）",
            metavar="引擎",
            show_default=False,
        ),
    ] = "local",
    scheduler: Annotated[
        str | None, typer.Option(help="Dask 调度器的地址，如 tls://主机:8786；不写就在本机起一个", metavar="地址")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="用几个进程；不写是这台电脑有几个核就用几个", metavar="个数", min=1, max=512)
    ] = None,
    locality: Annotated[
        list[Path] | None,
        typer.Option("--locality", help="不是随 zmn 带来的区县的文件夹，可写几个", metavar="文件夹"),
    ] = None,
    office: Annotated[str, typer.Option(help="汇总单位，印在表头", metavar="单位")] = "",
) -> int:
    session = session_of(ctx)
    if not places:
        raise MissingValuesError(
            "没有写汇总哪些文件夹或账册", "例如：zmn rollup 各乡镇 --month 2026-10 --out 汇总.xlsx"
        )
    file = require_values(session, {"out": ("汇总写到哪个文件", out)})["out"]
    asked = period_asked(session.moment.as_of, month=month, quarter=quarter, half=half, year=year)
    wanted = RollupWanted(
        named=tuple(places),
        out=Path(file),
        period=asked,
        by=parse_groupings(by),
        engine=_engine(engine),
        scheduler=scheduler,
        workers=workers,
        localities=tuple(locality or ()),
        office=office or _own_name(session),
    )
    with while_waiting(session, "找账册") as bar:

        def tell(done: int, of: int, rows: int, failed: int) -> None:
            bar(f"读账册　{rows}件{f'　{failed}本没有读到' if failed else ''}", done, of)

        made = roll_up(wanted, session.moment, tell)
    if session.is_json:
        print_json(_answer(made))
    else:
        _say(made)
        warn(session.moment.advice())
    return EXIT_FINDINGS if made.failed or not made.is_sound else 0


def _engine(text: str) -> Engine:
    try:
        return Engine(text.strip().lower())
    except ValueError:
        raise BadValueError(
            f"没有“{text}”这种引擎", "可以写 local（本机）或 dask（Dask 集群）", field="engine"
        ) from None


def _own_name(session: Session) -> str:
    """The office that sums up, where the command is given in its workspace."""
    office = session.office_or_none()
    return office.name if office else ""


def _say(made: RolledUp) -> None:
    report, total = made.report, made.total
    say(
        f"✓ {report.title}",
        f"  读了 {made.files} 本账册 {report.rows} 件" + (f"，{len(made.failed)} 处没有读到" if made.failed else ""),
        f"  {made.file}",
    )
    print_table(
        tuple(report.labels[name] for name in _SHOWN),
        [tuple(str(report.counts.get(name, 0)) for name in _SHOWN)],
    )
    rates = [f"{r.label} {r.percent}（{r.numerator}/{r.denominator}）" for r in report.rates.values()]
    # Two on a line: four are wider than a terminal of eighty columns.
    say(*(f"  {one}　{other}" for one, other in zip(rates[::2], rates[1::2], strict=True)))
    found = total.duplicates
    if found.books or found.cases:
        say(f"  重复的：{len(found.books)} 本账册、{len(found.cases)} 件事项，只计一次，见“重复情况”")
    warn(f"没有读到：{one.name}：{one.why}。{one.remedy}" for one in made.failed[:_NAMED])
    if len(made.failed) > _NAMED:
        warn([f"还有 {len(made.failed) - _NAMED} 处没有读到，见“未能读取”"])
    broken = [book for book in total.books if not is_sound(book)]
    warn(
        f"勾稽不符：{book.source.name}：{'；'.join(f'{no}（{why}）' for no, why in book.faults) or '见“各账册”'}"
        for book in broken[:_NAMED]
    )
    warn(f"勾稽不符：{c.identity}（左边{c.left}，右边{c.right}）" for c in report.checks if not c.holds)


def _answer(made: RolledUp) -> dict[str, Any]:
    report, total = made.report, made.total
    books, found = total.books, total.duplicates
    return {
        **figures_json(made),
        "title": report.title,
        "file": made.file.as_posix(),
        "books": made.files,
        "failed": [{"path": one.name, "why": one.why, "remedy": one.remedy} for one in made.failed],
        "passed_over": [{"path": one.name, "why": one.why} for one in total.unread if one.is_other],
        "ledgers": [
            {
                "path": book.source.name,
                "locality": book.locality,
                "ledger": book.ledger,
                "office": book.office,
                "cases": book.cases,
                "counted": place not in total.left_out,
                "counts": dict(book.counts[0] or {}),
                "checks": [{"identity": check.identity, "holds": check.holds} for check in book.checks],
                "faults": [{"case_no": no, "why": why} for no, why in book.faults],
                "remarks": list(remarks_on(total, place)),
            }
            for place, book in enumerate(books)
        ],
        "groups": {
            name: [{"words": list(words), "counts": one.counts} for words, one in shown_first(sums)]
            for name, sums in total.groups.items()
        },
        "duplicates": {
            "books": [
                {
                    "path": books[double.place].source.name,
                    "counted": books[double.counted].source.name,
                    "why": double.why.value,
                    "shared": double.shared,
                    "only_here": double.only_here,
                }
                for double in found.books
            ],
            "cases": [
                {
                    "case_no": double.case.case_no,
                    "path": books[double.case.place].source.name,
                    "counted_case_no": double.counted.case_no,
                    "counted_path": books[double.counted.place].source.name,
                    "why": double.why.value,
                    "likeness": round(double.likeness, 2),
                }
                for double in found.cases
            ],
        },
    }
