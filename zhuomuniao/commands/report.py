"""``zmn report``: files to print, sign and hand in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import parse_folder, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._reportview import MadeReport, list_json, made_json, say_made
from zhuomuniao.commands._view import print_json, say, warn
from zhuomuniao.dateforms import LAST_MONTH
from zhuomuniao.errors import quoted
from zhuomuniao.usecases.editionfiles import parse_formats
from zhuomuniao.usecases.editions import Wanted
from zhuomuniao.usecases.leaderreports import leader_report
from zhuomuniao.usecases.listreports import list_report, unit_lists
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.reportduties import (
    CasesAsked,
    ListAsked,
    ReportAsked,
    period_asked,
    reports_asked,
)
from zhuomuniao.usecases.reporting import case_report

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]
Out = Annotated[Path | None, typer.Option(help="放到哪个文件夹", metavar="文件夹", parser=parse_folder)]
Format = Annotated[
    str | None,
    typer.Option("--format", help="文件格式，可写几种：xlsx,docx,json,csv,pdf；不写是 xlsx,docx", metavar="格式"),
]


def report(
    ctx: typer.Context,
    month: Annotated[
        str | None,
        typer.Option(help="哪个月，如 2026-10；只写 --month 是上月，事项台账不写期间也是", metavar=f"[{LAST_MONTH}]"),
    ] = None,
    quarter: Annotated[str | None, typer.Option(help="哪个季度，如 2026Q3", metavar="季度")] = None,
    half: Annotated[str | None, typer.Option(help="哪个半年，如 2026H1", metavar="半年")] = None,
    window: Annotated[
        str | None, typer.Option(help="哪个活动窗口，用打开的月份称呼，如 2026-08", metavar="窗口")
    ] = None,
    year: Annotated[str | None, typer.Option(help="哪一年，如 2026", metavar="年份")] = None,
    ledger: LedgerName = None,
    duty: Annotated[str | None, typer.Option(help="只要哪一项报送：编号，或名称里的几个字", metavar="报送")] = None,
    out: Out = None,
    format_: Format = None,
    full: Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")] = False,
    correction: Annotated[
        bool, typer.Option("--correction", help="已经报出去了：数字有变就作为更正另存，列出改了什么")
    ] = False,
) -> int:
    session = session_of(ctx)
    asked = period_asked(session.moment.as_of, month=month, quarter=quarter, half=half, window=window, year=year)
    wanted = Wanted(out, parse_formats(format_), full, correction)
    office = session.office_to_look()
    reports = reports_asked(office, asked, ledger=ledger, duty=duty)
    if full:
        # A look that then comes to nothing may be on record; papers with names that are not may not be.
        record_full_view(office, "report", list(dict.fromkeys(one.period.label for one in reports.reports)))
    made = []
    with while_waiting(session, "制作报表") as tell:
        for done, asked_for in enumerate(reports.reports):
            tell("制作报表", done, len(reports.reports) if len(reports.reports) > 1 else 0)
            made.append(_make(office, asked_for, wanted))
    elsewhere = [{"duty": d.id, "title": d.title, "command": command} for d, command in reports.elsewhere]
    if session.is_json:
        print_json(_answer(office, made, elsewhere))
        return 0
    for one in made:
        say_made(office, one, is_full=full)
    for other, command in reports.elsewhere:
        say(f"同期还要报{quoted(other.title)}（{other.citation.clause}）：{command}")
    warn(office.moment.advice())
    return 0


def _make(office: Office, asked: ReportAsked | CasesAsked | ListAsked, wanted: Wanted) -> MadeReport:
    """The one place where a report asked for becomes files."""
    if isinstance(asked, CasesAsked):
        return asked, case_report(office, asked.spec, asked.period, duty=asked.duty, wanted=wanted)
    if isinstance(asked, ReportAsked):
        return leader_report(office, asked, wanted)
    return unit_lists(office, asked, wanted) if asked.is_of_units else list_report(office, asked, wanted)


def _answer(office: Office, made: list[MadeReport], elsewhere: list[dict[str, str]]) -> dict[str, Any]:
    """The first report's figures outermost, with the files of all; several are listed beside."""
    reports = [made_json(office, one) for one in made]
    files = [name for one in reports for name in one["files"]]
    return list_json(reports, files, elsewhere, office.moment.advice())
