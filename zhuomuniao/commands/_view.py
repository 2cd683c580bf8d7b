"""How answers are shown: one JSON object, or lines and tables for a person. Cell text is never markup."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zhuomuniao.model import Case, Deadline, Finding, Receipt, Record, Saved, Status, Step, TrailDay
from zhuomuniao.workdays import weekday_name

if TYPE_CHECKING:
    from zhuomuniao.usecases.editions import HandIn
    from zhuomuniao.usecases.looking import CaseView
    from zhuomuniao.usecases.rollingup import RolledUp
    from zhuomuniao.usecases.stepping import EndedClock

CONTRACT = 1
PIPED_WIDTH = 160
EXIT_QUEUED = 4
EXIT_FINDINGS = 1

_FINDINGS_BESIDE = 5
_COLUMN_GAP = 3
_TABLE_EDGES = 2
_LEAST_FLEXIBLE = 14
_LEAST_STAYING = 4


def print_json(answer: dict[str, Any]) -> None:
    """The one object of ``--json``; escaped where the console cannot show Chinese, so nothing is lost."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps({"contract": CONTRACT, **answer}, ensure_ascii=not is_utf8, default=_plain))


def figures_json(made: HandIn | RolledUp) -> dict[str, Any]:
    """The figures of a report as scripts see them."""
    report = made.report
    return {
        "period": report.period,
        "counts": dict(report.counts),
        "rates": {
            name: {
                "value": rate.value,
                "numerator": rate.numerator,
                "denominator": rate.denominator,
                "definition": rate.definition,
            }
            for name, rate in report.rates.items()
        },
        "checks": [{"identity": check.identity, "holds": check.holds} for check in report.checks],
        "rows": report.rows,
    }


def say(*lines: str) -> None:
    """Lines for a person."""
    for line in lines:
        print(line)


def warn(lines: Iterable[str]) -> None:
    """Things the clerk should know, after the answer."""
    for line in lines:
        print(f"  ! {line}")


def day_text(day: date, at: time | None = None) -> str:
    """2026-10-14（周三）, with the hour where there is one."""
    return f"{day.isoformat()}（{weekday_name(day)}）{f' {at:%H:%M}' if at else ''}"


def quote_text(clause: str, quote: str) -> str:
    """A clause with its words. No quotation marks around them: the notices' sentences bring their own."""
    return f"{clause}　原文：{quote}"


def size_text(size: int) -> str:
    """Bytes for a person: 12 KB, 3.4 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)) if size else 0} KB"
    return f"{size / 1_000_000:.1f} MB"


def one_line(text: str, width: int) -> str:
    """A text cut to a display width, on one line."""
    flat = " ".join(text.split())
    if display_width(flat) <= width:
        return flat
    used = 0
    for index, character in enumerate(flat):
        used += display_width(character)
        if used > width - 1:
            return flat[:index] + "…"
    return flat


def display_width(text: str) -> int:
    """Columns a text takes on a terminal: wide characters take two."""
    from rich.cells import cell_len

    return cell_len(text)


def print_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    styles: Sequence[str] = (),
    flexible: Sequence[int] = (),
    staying: int = 0,
    shorter: Mapping[int, Sequence[str]] = MappingProxyType({}),
) -> None:
    """A table as wide as the terminal, or :data:`PIPED_WIDTH` when piped.

    ``flexible`` columns give way, the last of them altogether where there is no room, but never the first
    ``staying`` of them; numbers and dates are never cut. ``shorter`` are the cells of columns, by number, to show
    where they would be cut or a column left out.
    """
    console = None
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
    room = console.width if console else PIPED_WIDTH
    widths = _column_widths(headers, rows, flexible, room, staying=staying)
    is_cut = [width < natural for width, natural in zip(widths, _natural_widths(headers, rows), strict=True)]
    if 0 in widths or any(is_cut[index] for index in shorter):
        rows = [[shorter[i][n] if i in shorter else cell for i, cell in enumerate(row)] for n, row in enumerate(rows)]
        widths = _column_widths(headers, rows, flexible, room, staying=staying)
    shown = [width for width in widths if width]
    rule = " " + "─" * (sum(shown) + _COLUMN_GAP * (len(shown) - 1))
    lines = ["", _table_line(headers, widths), rule, *(_table_line(row, widths) for row in rows), ""]
    if console is None:
        say(*lines)
        return
    from rich.text import Text

    # A table of rich's own, of sixty rows, took longer than everything before it.
    for number, line in enumerate(lines, start=-3):
        text = Text(line)
        if number == -2:
            text.stylize("bold")
        elif 0 <= number < len(styles):
            text.stylize(styles[number], 1, 1 + len(one_line(rows[number][0], widths[0])))
        console.print(text, no_wrap=True, overflow="ignore", crop=False)


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row of a table: every cell as wide as its column."""
    cut = ((one_line(cell, width), width) for cell, width in zip(cells, widths, strict=True) if width)
    gap = " " * _COLUMN_GAP
    return (" " + gap.join(text + " " * (width - display_width(text)) for text, width in cut)).rstrip()


def _natural_widths(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(headers, *rows, strict=True)]


def _between(columns: int) -> int:
    """What edges and gaps of a table take."""
    return _TABLE_EDGES + _COLUMN_GAP * (columns - 1)


def _column_widths(
    headers: Sequence[str], rows: Sequence[Sequence[str]], flexible: Sequence[int], room: int, *, staying: int = 0
) -> list[int]:
    """The width of each column; 0 leaves a column out."""
    natural = _natural_widths(headers, rows)
    rigid = sum(w for i, w in enumerate(natural) if i not in flexible)
    kept = list(flexible)
    while kept:
        left = room - rigid - _between(len(natural) - len(flexible) + len(kept))
        if len(kept) <= staying or left >= sum(min(natural[index], _LEAST_FLEXIBLE) for index in kept):
            break
        kept.pop()
    widths = [0 if i in flexible and i not in kept else w for i, w in enumerate(natural)]
    # What a narrow column does not need is left for the others.
    for place, index in enumerate(sorted(kept, key=natural.__getitem__)):
        widths[index] = min(natural[index], max(left // (len(kept) - place), _LEAST_STAYING))
        left -= widths[index]
    return widths


def deadline_json(deadline: Deadline) -> dict[str, Any]:
    """A deadline as scripts see it."""
    return {
        "clock": deadline.act.clock if deadline.act else None,
        "act": deadline.act.value if deadline.act else None,
        "limit": deadline.limit,
        "starts_on": deadline.starts_on,
        "due_on": deadline.due_on,
        "raw_due_on": deadline.raw_due_on,
        "provisional": deadline.is_provisional,
        "clause": deadline.clause,
        "quote": deadline.quote,
        "basis": deadline.basis,
        "policies": list(deadline.policies),
        "due_time": deadline.due_time,
    }


def trail_json(trail: Sequence[TrailDay]) -> list[dict[str, Any]]:
    """A date's working as scripts see it."""
    return [
        {
            "date": t.day,
            "weekday": weekday_name(t.day),
            "counts": t.counts,
            "n": t.n,
            "why": t.why,
            "provisional": t.is_provisional,
            "source": t.source or None,
        }
        for t in trail
    ]


def trail_lines(trail: Sequence[TrailDay]) -> list[str]:
    """A date's working, a line a day."""
    lines = []
    for t in trail:
        if t.n:
            mark = f"第{t.n}天"
        elif t is trail[0]:
            mark = t.why.removesuffix("，不计入")
        else:
            # The last day is the due day, counted or reached by moving off a rest day.
            mark = "到期" if t is trail[-1] else "跳过"
        provisional = "（暂定）" if t.is_provisional else ""
        why = "" if t is trail[0] else f"{t.why}（{t.source}）" if t.source else t.why
        lines.append(
            f"    {day_text(t.day)}  {mark}{' ' * max(1, 8 - display_width(mark))}{why}{provisional}".rstrip()
        )
    return lines


def view_json(shown: CaseView) -> dict[str, Any]:
    """A case as scripts see it."""
    case = shown.record
    return {
        "case_no": case.case_no,
        "ledger": case.ledger,
        "accepted_at": case.accepted_at.isoformat(sep=" ", timespec="minutes"),
        "applicant": case.applicant,
        "phone": case.phone,
        "about": case.about,
        "unit": case.unit,
        "kind": case.kind,
        "tier": case.tier,
        "channel": case.channel,
        "category": case.category,
        "cause": case.cause,
        "track": case.track,
        "co_handlers": case.co_handlers,
        "experience_officer": case.experience_officer,
        "experience_site": case.experience_site,
        "officer_source": case.officer_source,
        "site_kind": case.site_kind,
        "finding_way": case.finding_way,
        "immersion_step": case.immersion_step,
        "immersion_way": case.immersion_way,
        "suggestion": case.suggestion,
        "status": case.status.value,
        "round": case.round,
        "due_on": shown.due_on,
        "next_clock": shown.next_clock or None,
        "late_workdays": shown.late_workdays,
        "provisional": case.is_provisional,
        "queued": case.is_queued,
        "outcome": case.outcome,
        "result": case.result,
        "resolved_on": case.resolved_at.date() if case.resolved_at else None,
        "satisfaction": case.satisfaction,
        "solved": case.solved,
        "fault": case.fault,
        "revisit": case.revisit,
        "verification": case.verification,
        "urging": case.urging,
        "extension": case.extension,
        "pause": case.pause,
        "first_handler": case.first_handler,
        "related_no": case.related_no,
        "accepted_by": case.accepted_by,
        "edition": case.edition,
        "clocks": clocks_json(case),
    }


def clocks_json(case: Record) -> list[dict[str, Any]]:
    """The clocks of a record as scripts see them."""
    return [
        {
            "clock": c.act.clock,
            "act": c.act.value,
            "round": c.round,
            "due_on": c.due_on,
            "provisional": c.is_provisional,
            "due_time": c.due_time,
            "ended_on": c.ended_on,
            "late": c.ended_late,
        }
        for c in case.clocks
    ]


def step_json(step: Step) -> dict[str, Any]:
    """A line of 流转记录 as scripts see it."""
    return {
        "op": step.op_id,
        "at": step.at.isoformat(sep=" ", timespec="minutes"),
        "step": step.kind.value,
        "by": step.by,
        "unit": step.unit,
        "text": step.text,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as scripts see it."""
    return {
        "code": finding.code,
        "file": finding.file,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "found": finding.found,
        "expected": finding.expected,
        "remedy": finding.remedy,
    }


def finding_words(finding: Finding) -> tuple[str, str]:
    """A finding for a person: where and what; what to do."""
    place = Path(finding.file).name + (f" 的“{finding.sheet}”" if finding.sheet else "")
    if finding.row is None:
        column = f"“{finding.column}”" if finding.column else ""
        # What is about no file of its own says itself what it is about.
        return f"{place}：{finding.found}{column}" if finding.file else finding.found, finding.remedy
    found = one_line(finding.found, 30)
    return f"{place}第{finding.row}行“{finding.column}”是“{found}”，应为{finding.expected}", finding.remedy


def warn_findings(findings: Sequence[Finding]) -> None:
    """The first findings after an answer; ``zmn check`` lists all of them."""
    warn("；".join(finding_words(f)) for f in findings[:_FINDINGS_BESIDE])
    if len(findings) > _FINDINGS_BESIDE:
        warn([f"还有 {len(findings) - _FINDINGS_BESIDE} 处，zmn check 列出全部"])


def ended_line(ended: EndedClock) -> str:
    """A clock that a step stopped."""
    clock = ended.clock
    if clock.due_on is None:
        return f"  {clock.act}：已完成（没有固定时限）"
    return f"  {clock.act}：{ended.verdict}（时限 {day_text(clock.due_on, clock.due_time)}）"


def where_line(receipt: Receipt[Any]) -> str:
    """Where an entry stands now."""
    if receipt.saved is Saved.QUEUED:
        who = f"正被 {receipt.open_by} 打开" if receipt.open_by else "前面还有等待补写的内容"
        return f"  台账{who}：内容已存好，编号不变；关闭台账后，下一次写入时自动补写"
    row = f"第{receipt.row}行" if receipt.row else ""
    return f"  已写入 {receipt.book} {row}".rstrip()


def next_line(case: Case, as_of: date) -> str:
    """Which clock runs next and until when, and whether that has passed on a day."""
    clock = case.leading_clock
    if clock is None or clock.due_on is None:
        return f"  现在：{case.status}"
    if case.status is Status.PAUSED:
        since = case.paused_since
        if since is not None and clock.due_on < since:
            return f"  现在：{case.status}；{clock.act}的期限 {day_text(clock.due_on)} 在暂停以前已经过了，仍算逾期"
        return f"  现在：{case.status}；期限停着，恢复后重新推算"
    mark = "（暂定）" if clock.is_provisional else ""
    mark += "（已逾期）" if clock.due_on < as_of else ""
    return f"  现在：{case.status}；下一个时限：{clock.act} {day_text(clock.due_on, clock.due_time)}{mark}"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    raise TypeError(f"not JSON: {type(value).__name__}")
