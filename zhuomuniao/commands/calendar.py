"""``zmn calendar`` and ``zmn recount``: the holiday calendar, and the dates that follow it."""

from __future__ import annotations

import calendar as month_lengths
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

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
from zhuomuniao.commands._options import Session, require_agreement, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    PIPED_WIDTH,
    day_text,
    display_width,
    print_json,
    print_table,
    say,
    warn,
)
from zhuomuniao.errors import BadValueError
from zhuomuniao.usecases.calendars import (
    LoadedNotice,
    NoticeKind,
    NoticeRequest,
    differences_from_package,
    load_notice,
    preview_notice,
    year_statuses,
)
from zhuomuniao.workdays import WorkCalendar, YearStatus, weekday_name
from zhuomuniao.workspace import CONFIG_NAME

_KINDS = {NoticeKind.ANNUAL: "全年安排", NoticeKind.AMENDMENT: "调整", NoticeKind.REGIONAL: "地方"}


def calendar_import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="文件", help="通知全文，.txt、.docx，或 holiday-cn 的 .json")],
    year: Annotated[int | None, typer.Option(help="哪一年的安排；通知里写明的不用填", metavar="年")] = None,
    title: Annotated[str, typer.Option(help="通知的标题；文件里有的不用填", metavar="标题")] = "",
    kind: Annotated[
        str, typer.Option(help="annual 全年、amendment 调整、regional 地方；一般不用填", metavar="种类")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看结果，不保存，不改台账")] = False,
) -> int:
    session = session_of(ctx)
    if kind and kind not in tuple(NoticeKind):
        raise BadValueError(f"没有“{kind}”这种通知", f"可写：{'、'.join(NoticeKind)}；一般不用写")
    request = NoticeRequest(file, year, title, NoticeKind(kind) if kind else None)
    office = session.office_or_none() if dry_run else session.office()
    if office is None:
        loaded = preview_notice(request, session.plain_calendar(), session.moment.now.date())
    else:
        with while_waiting(session, "逐件核定日期") as bar:

            def agreement(question: str) -> None:
                bar.stop()
                require_agreement(session, question)
                bar.start()

            loaded = load_notice(office, request, require_agreement=agreement, is_dry_run=dry_run)
    if session.is_json:
        print_json(_loaded_json(loaded))
    else:
        _say_loaded(loaded)
    return exit_code(loaded.receipts)


def calendar_status(ctx: typer.Context) -> int:
    session = session_of(ctx)
    calendar = _calendar_here(session)
    statuses = year_statuses(calendar, session.moment.as_of)
    if session.is_json:
        print_json(
            {
                "last_published": calendar.last_published_year,
                "calendar_version": calendar.version,
                "years": [_status_json(s) for s in statuses],
                "layers": [
                    {
                        "id": layer.id,
                        "kind": layer.kind.value,
                        "year": layer.year,
                        "title": layer.title,
                        "source": layer.source,
                        "imported_on": layer.imported_on,
                        "days": len(layer.days),
                    }
                    for layer in calendar.layers
                ],
                "count": len(statuses),
            }
        )
        return 0
    rows = [
        (
            str(s.year),
            _standing(s),
            {"package": "随 zmn 带来", "layer": "本单位载入"}.get(s.by, "法定节假日和周末"),
            str(s.workdays),
            str(s.make_up_days),
            "、".join((*s.amended_by, *s.regional_by)),
        )
        for s in statuses
    ]
    print_table(("年份", "状态", "依据", "工作日", "调休上班", "另有调整"), rows, flexible=(5,))
    for layer in calendar.layers:
        if layer.source == CONFIG_NAME:
            say(f"  {layer.title}，另列 {len(layer.days)} 天")
        else:
            say(f"  {_KINDS[layer.kind]}　{layer.title}，{layer.imported_on} 载入")
    missing = calendar.last_published_year + 1
    say(f"{missing}年的通知公布后（一般在11月），把全文存成文件，运行：zmn calendar import 文件")
    return 0


def calendar_show(
    ctx: typer.Context,
    year: Annotated[int, typer.Argument(metavar="年", help="如 2026", min=1950, max=2100)],
) -> int:
    session = session_of(ctx)
    calendar = _calendar_here(session)
    status = calendar.status(year)
    if session.is_json:
        days = [calendar.day(date.fromordinal(n)) for n in _ordinals(year)]
        print_json(
            {
                **_status_json(status),
                "calendar_version": calendar.version,
                "days": [
                    {
                        "date": d.on,
                        "weekday": weekday_name(d.on),
                        "works": d.is_workday,
                        "why": d.why,
                        "provisional": d.is_provisional,
                        "source": d.source or None,
                    }
                    for d in days
                ],
            }
        )
        return 0
    say(f"{year}年　{_standing(status)}　工作日 {status.workdays} 天，调休上班 {status.make_up_days} 天", "")
    _draw_year(year, calendar)
    say("休 放假　班 调休上班　周末不标")
    if not status.is_published:
        say(f"{year}年的放假通知还没有载入：法定节假日和周末照排，没有调休，日期都是“暂定”")
    elif status.is_december_open:
        say(f"12月在{year + 1}年的通知公布之前是“暂定”")
    return 0


def calendar_diff(ctx: typer.Context) -> int:
    session = session_of(ctx)
    calendar = _calendar_here(session)
    found = differences_from_package(calendar)
    if session.is_json:
        rows = [
            {"date": d.on, "weekday": weekday_name(d.on), "here": d.here, "package": d.package, "source": d.source}
            for d in found
        ]
        print_json({"differences": rows, "count": len(rows)})
        return 0
    if not calendar.layers:
        say("本单位没有载入过通知，日历就是随 zmn 带来的")
    elif not found:
        say("载入的通知与随 zmn 带来的日历没有不同")
    else:
        cells = [(day_text(d.on), d.here, d.package, d.source) for d in found]
        print_table(("日期", "本单位", "随 zmn 带来", "依据"), cells, flexible=(3,))
        say("有不同的，以本单位载入的为准")
    return 0


def _calendar_here(session: Session) -> WorkCalendar:
    """The office's calendar, or outside a workspace the one that comes with zmn."""
    office = session.office_or_none()
    return office.calendar if office else session.plain_calendar()


def _say_loaded(loaded: LoadedNotice) -> None:
    layer = loaded.layer
    if loaded.is_dry_run:
        head = "核对通过（没有保存）"
    else:
        head = "✓ 已载入" if loaded.is_new else "这份通知以前已经载入，日历没有变"
    say(f"{head}：{layer.title}（{layer.year}年，{_KINDS[layer.kind]}）")
    names = dict.fromkeys(day.name for day in layer.days if day.is_off)
    for name in names:
        days = [day.on for day in layer.days if day.is_off and day.name == name]
        say(f"  休　{name}：{_runs(days, layer.year)}")
    if working := [day.on for day in layer.days if not day.is_off]:
        say(f"  班　{'、'.join(_short(day, layer.year) for day in working)}")
    warn(loaded.notes)
    if loaded.package_differs:
        differing = "、".join(_short(day, layer.year) for day in loaded.package_differs)
        warn([f"与随 zmn 带来的日历不同的日子：{differing}；以这份通知为准，后来另有调整通知的请接着载入"])
    will = "将" if loaded.is_dry_run else "已"
    if loaded.moved:
        say(f"{will}改期 {len({m.case_no for m in loaded.moved})} 件：")
        say_moves(loaded.moved)
    if loaded.confirmed:
        say(f"{will}核定 {len({m.case_no for m in loaded.confirmed})} 件：日期不变")
    if not loaded.moved and not loaded.confirmed:
        say("没有要改期的在办事项；已办结的一律不动")
    if loaded.unmoved:
        warn([f"另有 {loaded.unmoved} 件的日期与现在算的不同，不是因为这份通知，没有动；请用 zmn recount 查看"])
    warn_uncounted(loaded.uncounted)
    warn_queued(loaded.receipts)


def _draw_year(year: int, calendar: WorkCalendar) -> None:
    """The months side by side, as many as the terminal has room for."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    across = max(1, min(4, (console.width + _MONTH_GAP) // (_MONTH_WIDTH + _MONTH_GAP)))
    for first in range(1, 13, across):
        months = [_month_lines(year, month, calendar) for month in range(first, min(13, first + across))]
        height = max(map(len, months))
        for row in range(height):
            line = Text()
            for lines in months:
                cell = lines[row] if row < len(lines) else Text()
                line.append_text(cell)
                line.append(" " * (_MONTH_WIDTH - display_width(cell.plain) + _MONTH_GAP))
            line.rstrip()
            console.print(line, no_wrap=True, crop=False, overflow="ignore")
        console.print()


_DAY_WIDTH = 5
_MONTH_WIDTH = 7 * _DAY_WIDTH
_MONTH_GAP = 2


def _month_lines(year: int, month: int, calendar: WorkCalendar) -> list[Any]:
    from rich.text import Text

    title = f"{month}月"
    lines = [Text(" " * ((_MONTH_WIDTH - display_width(title)) // 2) + title, style="bold")]
    lines.append(Text((" " * (_DAY_WIDTH - 2)).join("一二三四五六日"), style="dim"))
    line = Text(" " * _DAY_WIDTH * date(year, month, 1).weekday())
    for number in range(1, month_lengths.monthrange(year, month)[1] + 1):
        day = calendar.day(date(year, month, number))
        is_weekend = day.on.weekday() >= 5
        mark, style = "  ", "dim" if is_weekend else ""
        if day.is_workday and is_weekend:
            mark, style = "班", "bold red"
        elif not day.is_workday and day.why != "周末":
            mark, style = "休", "green"
        line.append(f"{number:>2}{mark}", style=style).append(" ")
        if day.on.weekday() == 6:
            lines.append(line)
            line = Text()
    if line.plain:
        lines.append(line)
    return lines


def _standing(status: YearStatus) -> str:
    if not status.is_published:
        return "暂定"
    amended = "，有调整" if status.amended_by else ""
    return f"已公布{amended}{'，12月暂定' if status.is_december_open else ''}"


def _runs(days: Sequence[date], year: int) -> str:
    """Days in words, runs joined: 10月1日至7日."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    ends = ([run[0]] if len(run) == 1 else [run[0], run[-1]] for run in runs)
    return "、".join("至".join(_short(day, year) for day in pair) for pair in ends)


def _short(day: date, year: int) -> str:
    """1月3日（周日）; with its year where that is not the notice's."""
    return f"{f'{day.year}年' if day.year != year else ''}{day.month}月{day.day}日（{weekday_name(day)}）"


def _ordinals(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)


def _loaded_json(loaded: LoadedNotice) -> dict[str, Any]:
    layer = loaded.layer
    return {
        "id": layer.id,
        "year": layer.year,
        "kind": layer.kind.value,
        "title": layer.title,
        "is_new": loaded.is_new,
        "dry_run": loaded.is_dry_run,
        "days": [{"date": d.on, "off": d.is_off, "name": d.name} for d in layer.days],
        "moved": [move_json(m) for m in loaded.moved],
        "confirmed": [move_json(m) for m in loaded.confirmed],
        "package_differs": list(loaded.package_differs),
        "notes": list(loaded.notes),
        "saved": saved_as(loaded.receipts),
        "unmoved": loaded.unmoved,
        "problems": uncounted_json(loaded.uncounted),
    }


def _status_json(status: YearStatus) -> dict[str, Any]:
    return {
        "year": status.year,
        "published": status.is_published,
        "by": status.by or None,
        "title": status.title or None,
        "december_provisional": status.is_december_open,
        "amended_by": list(status.amended_by),
        "regional_by": list(status.regional_by),
        "workdays": status.workdays,
        "make_up_days": status.make_up_days,
        "rest_weekdays": status.rest_weekdays,
        "differs_from_package": list(status.differs_from_package),
    }
