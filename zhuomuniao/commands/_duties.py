"""A hand-in as ``zmn duties`` and ``zmn overdue`` tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._view import day_text, warn
from zhuomuniao.usecases.duties import DutyLine, DutyState, told_to

if TYPE_CHECKING:
    from zhuomuniao.model import DutyDue
    from zhuomuniao.usecases.submissions import SpoiltCopy


def state_words(line: DutyLine) -> str:
    """How it stands, in the clerk's words: 已报（2026-11-05）, 今天最后一天, 已过3个工作日."""
    if line.state is DutyState.DONE:
        late = f"，迟{late_words(line.late_workdays, line.late_days)}" if line.late_days else ""
        return f"已报（{line.done_on}{late}）"
    if line.state is DutyState.LATE:
        return f"已过{late_words(line.late_workdays, line.late_days)}"
    return line.state.value


def late_words(workdays: int, days: int) -> str:
    """How late: over a holiday no workday has passed yet, but the day has."""
    return f"{workdays}个工作日" if workdays else f"{days}天（假日）"


def provisional_mark(due: DutyDue) -> str:
    """（暂定） behind a day that rests on a year whose arrangement is not published."""
    return "（暂定）" if due.is_provisional else ""


def duty_words(line: DutyLine) -> str:
    """One hand-in in a sentence; it has a day."""
    title = f"{line.period.label} {line.duty.title}"
    if line.due is None:
        return f"{title} {told_to(line.duty.to)}，{line.state}"
    nominal = f"（规定 {line.due.due_on:%m-%d}，休息日提前）" if line.due.submit_by != line.due.due_on else ""
    mark = provisional_mark(line.due)
    told = "" if line.state is DutyState.OPEN else f"，{state_words(line)}"
    return f"{title} 最迟 {day_text(line.due.submit_by)}{mark} {told_to(line.duty.to)}{nominal}{told}"


def duty_json(line: DutyLine) -> dict[str, Any]:
    """The keys of ``docs/json/common.json``, 报送."""
    duty, due = line.duty, line.due
    return {
        "duty": duty.id,
        "title": duty.title,
        "period": line.period.label,
        "state": line.state.value,
        "covers_from": line.covers[0] if line.covers else None,
        "covers_through": line.covers[1] if line.covers else None,
        "due_on": due.due_on if due else None,
        "submit_by": due.submit_by if due else None,
        "provisional": due is not None and due.is_provisional,
        "late_workdays": line.late_workdays,
        "late_days": line.late_days,
        "to": duty.to,
        "ledger": duty.ledger,
        "report": duty.report or "",
        "role": duty.role,
        "by": duty.by,
        "is_mine": line.is_mine,
        "clause": duty.citation.clause,
        "note": duty.citation.note,
        "done_on": line.done_on,
        "command": line.command,
        "settle": line.settle,
        "files": [{"path": f.path, "sha256": f.sha256} for f in line.submission.files] if line.submission else [],
    }


def warn_spoilt(copies: Sequence[SpoiltCopy]) -> None:
    """Tell of each file handed in that is not any more what left the office."""
    warn(
        [
            f"{one.submission.period} {one.submission.submitted_on} 报出的 {one.file.path} {one.fault}；"
            "请核对留存的纸质件，能找回的从备份找回"
            for one in copies
        ]
    )
