"""How issues are shown: as JSON, and as a line of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhuomuniao.commands._view import clocks_json, one_line
from zhuomuniao.model import Act

if TYPE_CHECKING:
    from zhuomuniao.usecases.issuelists import IssueView

PROBLEM_WIDTH = 60


def issue_json(shown: IssueView) -> dict[str, Any]:
    """An issue as scripts see it."""
    issue, clock = shown.issue, shown.clock
    texts = (
        "unit", "activity_no", "activity_kind", "leader", "place", "item", "experience", "experience_mode",
        "problem", "need", "remedy", "suggestion", "handling", "responsible_person", "meeting", "mechanism", "effect",
        "look_back", "remark", "progress", "edition",
    )  # fmt: skip
    return {
        "case_no": issue.case_no,
        "ledger": issue.ledger,
        **{name: getattr(issue, name) for name in texts},
        "found_on": issue.found_on,
        "urgent": issue.is_urgent,
        "need_only": issue.is_need_only,
        "status": issue.status.value,
        "round": issue.round,
        "cleared_on": issue.cleared_on,
        "looked_back_on": issue.looked_back_on,
        "due_on": clock.due_on if clock else None,
        "next_clock": clock.act.clock if clock else None,
        "overdue": shown.is_overdue,
        "late_workdays": shown.late_workdays,
        "unmeasured": shown.is_unmeasured,
        "queued": issue.is_queued,
        "clocks": clocks_json(issue),
    }


def issue_row(shown: IssueView) -> tuple[str, ...]:
    """Its line in a table: number, unit, status, how it is put right, the limit that runs, what it is."""
    issue, clock = shown.issue, shown.clock
    if clock is None or clock.due_on is None:
        due = ""
    else:
        due = f"{'回看 ' if clock.act is Act.LOOK_BACK else ''}{clock.due_on:%m-%d}"
        if shown.is_overdue:
            due += f" 逾{shown.late_workdays}" if shown.late_workdays else " 逾期"
    marks = [
        "急" if issue.is_urgent else "",
        "需求" if issue.is_need_only else "",
        f"第{issue.round}轮" if issue.round > 1 else "",
    ]
    mark = "·".join(filter(None, marks))
    return (
        issue.case_no,
        one_line(issue.unit, 24),
        issue.status.value + ("（待补写）" if issue.is_queued else ""),
        "未定" if shown.is_unmeasured else issue.handling,
        due,
        (f"【{mark}】" if mark else "") + one_line(issue.problem or issue.need, PROBLEM_WIDTH),
    )
