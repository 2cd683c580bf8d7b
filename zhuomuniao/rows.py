"""Case and step as the cells of a row, and back. What a cell cannot mean is told, never guessed.

Fields a layout lists and :class:`~zhuomuniao.model.Case` does not know (签字, 研判意见 …) are the office's own: they
are neither read nor written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

from zhuomuniao.dateforms import date_of_cell, moment_of_cell
from zhuomuniao.layouts import Layout
from zhuomuniao.model import NO_FIXED_LIMIT, Act, Case, Clock, Finding, Status, Step, StepKind
from zhuomuniao.store.cells import CellValue

_PROVISIONAL = "暂定"
_ENDED, _ENDED_LATE = "√", "×"
_CLOCK = re.compile(
    r"(?P<act>[^=]+)=(?:(?P<due>\d{4}-\d\d-\d\d)(?: (?P<at>\d\d:\d\d))?|一事一议)(?P<p>暂定)?"
    r"(?:[√×](?P<ended>\d{4}-\d\d-\d\d)(?: (?P<ended_at>\d\d:\d\d))?)?"
)

_FOOTER = re.compile(r"合计|小计|总计|累计|共|注|备注|说明|填|制表|审核|负责人|单位|日期|联系")

_MOMENTS = ("accepted_at", "resolved_at", "assigned_at", "signed_at", "first_feedback_at", "informed_at")
_NOT_TEXT = {*_MOMENTS, "status", "round", "round_started_on", "clocks", "ledger", "is_queued"}
_TEXTS = tuple(f.name for f in fields(Case) if f.name not in _NOT_TEXT)
_DERIVED = ("key_check", "next_act", "next_due_on", "due_on", "provisional", "clocks", "status", "round")
WRITTEN_FIELDS = frozenset({*_TEXTS, *_MOMENTS, *_DERIVED, "round_started_on", "row_no"})
"""The fields of a row that zmn writes; other columns of a layout are the office's own."""


def number_of(text: str) -> str:
    """The number in a key cell, or ``""`` for cells that hold a word such as 合计：2件 or 填表日期."""
    return text if re.search(r"\d", text) and not _FOOTER.match(text) else ""


def row_of_case(case: Case, layout: Layout) -> dict[str, CellValue]:
    """The cells of a case's row, for the columns this layout has."""
    leading = case.leading_clock
    closing = case.closing_clock
    values: dict[str, CellValue] = {
        "key_check": case.case_no,
        "next_act": leading.act.value if leading else "",
        "next_due_on": leading.due_on if leading else None,
        "due_on": (closing.due_on or NO_FIXED_LIMIT) if closing else None,
        "provisional": _PROVISIONAL if case.is_provisional else "",
        "clocks": format_clocks(case.clocks),
        "status": case.status.value,
        "round": case.round,
        "round_started_on": case.round_started_on,
    }
    values |= {name: getattr(case, name) for name in (*_TEXTS, *_MOMENTS)}
    return {c.field: values[c.field] for c in layout.columns if c.field in values}


def case_of_row(row: Mapping[str, CellValue], ledger: str) -> tuple[Case, tuple[Finding, ...]]:
    """The case a row states, and what in it is not what it should be.

    A row without a readable 受理时间 is taken to be of the day in its number; where there is none either, it has
    the earliest moment there is. Both are told.
    """
    problems: list[Finding] = []
    moments = {name: _moment(row, name, problems) for name in _MOMENTS}
    if moments["accepted_at"] is None:
        moments["accepted_at"] = _day_in_number(_text(row.get("case_no")))
        if not problems:
            problems.append(_finding("accepted_at", "", "受理时间", "请补填受理时间"))
    rounds = row.get("round")
    values: dict[str, Any] = {
        **moments,
        **{name: _text(row.get(name)) for name in _TEXTS},
        "accepted_at": moments["accepted_at"] or datetime.min,
        "ledger": ledger,
        "status": _status(row, moments["resolved_at"], problems),
        "round": int(rounds) if isinstance(rounds, int | float) else 1,
        "round_started_on": date_of_cell(row.get("round_started_on")),
        "clocks": parse_clocks(_text(row.get("clocks"))),
    }
    case = Case(**values)
    return case, tuple(problems)


def row_of_step(step: Step) -> dict[str, CellValue]:
    """The cells of a line of 流转记录."""
    return {
        "op_id": step.op_id,
        "at": step.at,
        "recorded_at": step.recorded_at,
        "case_no": step.case_no,
        "kind": step.kind.value,
        "by": step.by,
        "unit": step.unit,
        "text": step.text,
        "clock_changes": format_clocks(step.clock_changes),
    }


def step_of_row(row: Mapping[str, CellValue]) -> Step | None:
    """The step a line of 流转记录 tells of, or ``None`` for a line that is none of ours."""
    at = moment_of_cell(row.get("at"))
    kind = _text(row.get("kind"))
    if at is None or kind not in tuple(StepKind):
        return None
    return Step(
        case_no=_text(row.get("case_no")),
        kind=StepKind(kind),
        at=at,
        by=_text(row.get("by")),
        unit=_text(row.get("unit")),
        text=_text(row.get("text")),
        clock_changes=parse_clocks(_text(row.get("clock_changes"))),
        op_id=_text(row.get("op_id")),
        recorded_at=moment_of_cell(row.get("recorded_at")),
    )


def format_clocks(clocks: tuple[Clock, ...]) -> str:
    """时限明细: ``解决=2026-10-14;初步反馈=2026-10-13√2026-10-12``; × where it ended late, 暂定 after the day.

    Limits in hours and 下班前 have their time: ``首次联系=2026-10-14 17:30``.
    """

    def one(clock: Clock) -> str:
        mark = _ENDED_LATE if clock.ended_late else _ENDED
        hour = f" {clock.ended_time:%H:%M}" if clock.ended_time else ""
        ended = f"{mark}{clock.ended_on}{hour}" if clock.ended_on else ""
        return f"{clock.act}={clock.due_text}{_PROVISIONAL if clock.is_provisional else ''}{ended}"

    return ";".join(one(clock) for clock in clocks)


def parse_clocks(text: str) -> tuple[Clock, ...]:
    """The clocks of a 时限明细 cell; parts that are none are left out."""
    clocks = []
    for part in text.split(";"):
        match = _CLOCK.fullmatch(part.strip())
        if match and match["act"] in tuple(Act):
            clocks.append(
                Clock(
                    Act(match["act"]),
                    date.fromisoformat(match["due"]) if match["due"] else None,
                    bool(match["p"]),
                    date.fromisoformat(match["ended"]) if match["ended"] else None,
                    time.fromisoformat(match["at"]) if match["at"] else None,
                    time.fromisoformat(match["ended_at"]) if match["ended_at"] else None,
                )
            )
    return tuple(clocks)


def _moment(row: Mapping[str, CellValue], name: str, problems: list[Finding]) -> datetime | None:
    value = row.get(name)
    moment = moment_of_cell(value)
    if moment is None and value not in (None, ""):
        problems.append(_finding(name, str(value), "日期", "请改成 2026-10-08 或 2026-10-08 09:30 这样的写法"))
    return moment


def _day_in_number(case_no: str) -> datetime | None:
    match = re.search(r"20\d{6}", case_no)
    if match is None:
        return None
    try:
        return datetime.strptime(match[0], "%Y%m%d")
    except ValueError:
        return None


def _status(row: Mapping[str, CellValue], resolved_at: datetime | None, problems: list[Finding]) -> Status:
    text = _text(row.get("status"))
    if text in tuple(Status):
        return Status(text)
    if text:
        expected = "、".join(Status)
        problems.append(_finding("status", text, expected, "请改回 zmn 写的状态"))
    # A book without our columns, or a row typed by hand: its 办结时间 tells.
    return Status.RESOLVED if resolved_at else Status.IN_PROGRESS


def _finding(column: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("bad_cell", "", "", None, column, found, expected, remedy)


def _text(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
