"""How activities and plans are shown: JSON for scripts, lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from zhuomuniao.commands._files import say_file
from zhuomuniao.commands._view import (
    clocks_json,
    day_text,
    deadline_json,
    ended_line,
    finding_json,
    one_line,
    print_table,
    quote_text,
    say,
    warn,
    where_line,
)
from zhuomuniao.model import Saved
from zhuomuniao.usecases.activities import Filed, Recorded, remark_text

if TYPE_CHECKING:
    from zhuomuniao.usecases.activityfiles import RecordedFile
    from zhuomuniao.usecases.activitylists import ActivityView
    from zhuomuniao.usecases.planning import Plan, PlanWriting

_NAMED_ROWS = 20


def recorded_json(one: Recorded) -> dict[str, Any]:
    """An activity just recorded, as scripts see it."""
    receipt = one.receipt
    return {
        "case_no": receipt.record.case_no,
        "ledger": receipt.record.ledger,
        "book": receipt.book,
        "row": receipt.row,
        "saved": receipt.saved.value,
        "status": receipt.record.status.value,
        "revision": receipt.revision,
        "deadlines": [deadline_json(d) for d in one.deadlines],
        "file_with": one.lead.to if one.lead else None,
        "missing": [
            {"rule": f.rule, "what": f.what, "remedy": f.remedy, "clause": f.citation.clause} for f in one.remarks
        ],
        "warnings": [*one.warnings, *map(remark_text, one.remarks)],
    }


def recorded_file_json(outcome: RecordedFile, batch: str) -> dict[str, Any]:
    """A file of activities, as scripts see it."""
    return {
        "recorded": [recorded_json(one) for one in outcome.recorded],
        "rejected": [{"row": r.row, "problems": list(r.problems)} for r in outcome.rejected],
        "warnings": [{"row": row, "texts": list(texts)} for row, texts in outcome.warnings],
        "count": len(outcome.recorded),
        "dry_run": outcome.is_dry_run,
        "accepted": outcome.accepted,
        "batch": batch or None,
    }


def say_recorded(one: Recorded) -> None:
    """An activity just recorded, for a person."""
    activity = one.receipt.record
    words = (activity.activity_kind, activity.mode, "受委托参加" if activity.is_delegated else "")
    say(
        f"✓ 已登记  活动编号 {activity.case_no}",
        f"  {activity.unit}　{activity.leader}，{activity.held_at:%Y-%m-%d %H:%M}　{'，'.join(filter(None, words))}，"
        f"{activity.status}",
    )
    for deadline in one.deadlines:
        provisional = "（暂定）" if deadline.is_provisional else ""
        whom = f"，报{one.lead.to}" if one.lead else ""
        say(
            f"  {deadline.act}：最迟 {day_text(deadline.due_on, deadline.due_time)}{provisional}{whom}，"
            f"自{deadline.start_event}起{deadline.limit}",
            f"      {quote_text(deadline.clause, deadline.quote)}",
        )
    say(where_line(one.receipt))
    warn([*one.warnings, *map(remark_text, one.remarks)])


def say_recorded_file(outcome: RecordedFile, batch: str) -> None:
    """What became of a file of activities, for a person; of many rows with warnings only the first are told."""
    shown = replace(outcome, warnings=outcome.warnings[:_NAMED_ROWS])
    say_file(shown, [one.receipt for one in outcome.recorded], batch, verb="登记", measure="次", noun="活动")
    if (rest := len(outcome.warnings) - _NAMED_ROWS) > 0:
        warn([f"还有 {rest} 行也有提醒；加 --json 全部列出"])


def filed_json(one: Filed) -> dict[str, Any]:
    """An activity just filed, as scripts see it: what a step answers, and with whom."""
    receipt = one.receipt
    return {
        "case_no": receipt.record.case_no,
        "ledger": receipt.record.ledger,
        "step": one.step.kind.value,
        "at": one.step.at.isoformat(sep=" ", timespec="minutes"),
        "saved": receipt.saved.value,
        "status": receipt.record.status.value,
        "round": receipt.record.round,
        "file_with": one.to or None,
        "deadlines": clocks_json(receipt.record),
        "ended": [
            {"clock": e.clock.act.clock, "late": e.clock.ended_late, "late_workdays": e.late_workdays}
            for e in one.ended
        ],
        "revision": receipt.revision,
        "book": receipt.book,
        "row": receipt.row,
        "warnings": list(one.warnings),
    }


def say_filed(one: Filed) -> None:
    """An activity just filed, for a person."""
    activity = one.receipt.record
    whom = f"，报{one.to}" if one.to else ""
    say(f"✓ 已登记备案  {activity.case_no}　{activity.unit}，{one.step.at:%Y-%m-%d %H:%M}{whom}")
    say(*map(ended_line, one.ended))
    if one.receipt.saved is Saved.QUEUED:
        say(where_line(one.receipt))
    warn(one.warnings)


def activity_json(view: ActivityView) -> dict[str, Any]:
    """An activity as scripts see it; lists are lists."""
    a = view.activity
    return {
        "case_no": a.case_no,
        "ledger": a.ledger,
        "held_at": a.held_at.isoformat(sep=" ", timespec="minutes"),
        "unit": a.unit,
        "leader": a.leader,
        "kind": a.activity_kind,
        "identity": a.identity,
        "mode": a.mode,
        "trigger": a.trigger,
        "place": a.place,
        "links": list(a.link_names),
        "items": list(a.item_names),
        "enforcements": list(a.enforcement_texts),
        "served": a.served_count,
        "participants": a.participants,
        "valid_visits": a.valid_revisit_count,
        "issues": a.issue_count,
        "solved": a.solved_count,
        "delegate_for": a.delegate_for or None,
        "filed_on": a.filed_on,
        "due_on": view.due_on,
        "late": view.is_late,
        "late_workdays": view.late_workdays,
        "provisional": a.is_provisional,
        "status": a.status.value,
        "edition": a.edition,
        "note": a.remark,
        "queued": a.is_queued,
        "clocks": clocks_json(a),
    }


def print_activities(views: Sequence[ActivityView]) -> None:
    """A table of activities, and how many there are."""
    if views:
        print_table(
            ("编号", "日期", "单位", "负责人", "活动", "类型", "备案", "环节"),
            [_activity_row(view) for view in views],
            flexible=(2, 3, 7),
        )
    late = sum(view.is_late for view in views)
    say(f"共 {len(views)} 次" + (f"，备案超时或逾期 {late} 次" if late else ""))


def _activity_row(view: ActivityView) -> tuple[str, ...]:
    a = view.activity
    if a.status.is_open:
        due = f"{view.due_on:%m-%d}前" if view.due_on else a.status.value
        filed = f"{due}{'（逾期）' if view.is_late else ''}"
    else:
        filed = f"{a.filed_on:%m-%d}{'超时' if view.is_late else ''}" if a.filed_on else a.status.value
    return (
        a.case_no,
        f"{a.held_at:%m-%d}",
        one_line(a.unit, 22),
        one_line(a.leader, 20) + ("（委托）" if a.is_delegated else ""),
        a.activity_kind,
        a.mode,
        filed + ("（待补写）" if a.is_queued else ""),
        one_line(a.links, 40),
    )


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as scripts see it."""
    return {
        "case_no": plan.case_no,
        "unit": plan.unit,
        "kind": plan.activity_kind,
        "period": plan.period,
        "leader": plan.leader,
        "planned_on": plan.planned_on,
        "complaints": plan.complaint_count,
        "drawn_on": plan.drawn_on,
        "audited": plan.audited,
        "audited_on": plan.audited_on,
        "approved": plan.approved,
        "approved_on": plan.approved_on,
        "published": plan.published,
        "published_on": plan.published_on,
        "note": plan.remark,
        "queued": plan.is_queued,
    }


def plans_json(written: PlanWriting) -> dict[str, Any]:
    """Plans just written, as scripts see them."""
    receipt = written.receipt
    return {
        "plans": [plan_json(plan) for plan in written.plans],
        "count": len(written.plans),
        "new": written.new,
        "changed": written.changed,
        "known": written.known,
        "rejected": [{"row": r.row, "problems": list(r.problems)} for r in written.rejected],
        "dry_run": written.is_dry_run,
        "saved": receipt.saved.value if receipt else None,
        "revision": receipt.revision if receipt else None,
        "book": receipt.book if receipt else None,
        "warnings": list(written.warnings),
        "findings": [],
    }


def plan_list_json(plans: Sequence[Plan], remarks: Sequence[str], findings: Iterable[Any]) -> dict[str, Any]:
    """Plans that were only looked at, as scripts see them; the keys are those of :func:`plans_json`."""
    return {
        "plans": [plan_json(plan) for plan in plans],
        "count": len(plans),
        "new": 0,
        "changed": 0,
        "known": len(plans),
        "rejected": [],
        "dry_run": False,
        "saved": None,
        "revision": None,
        "book": None,
        "warnings": list(remarks),
        "findings": [finding_json(f) for f in findings],
    }


def print_plans(plans: Sequence[Plan]) -> None:
    """A table of plans, and how many there are."""
    if plans:
        print_table(
            ("编号", "期间", "活动", "单位", "计划", "进度"),
            [
                (
                    plan.case_no,
                    plan.period,
                    plan.activity_kind
                    + (f"（{plan.complaint_count}件）" if plan.complaint_count is not None else ""),
                    one_line(plan.unit, 28),
                    f"{plan.planned_on:%m-%d}" if plan.planned_on else "",
                    _progress(plan) + ("（待补写）" if plan.is_queued else ""),
                )
                for plan in plans
            ],
            flexible=(3,),
        )
    say(f"共 {len(plans)} 条计划")


def say_plans(written: PlanWriting, said: str) -> None:
    """What became of plans, for a person."""
    counts = [f"新增 {written.new} 条"] if written.new else []
    counts += [f"{said} {written.changed} 条"] if written.changed else []
    counts += [f"没有变化 {written.known} 条"] if written.known else []
    head = "检查完毕（没有写入）：" if written.is_dry_run else "✓ 活动计划：" if written.receipt else "活动计划："
    say(head + ("，".join(counts) or "没有写入任何一条"))
    if written.plans:
        print_plans(written.plans)
    if written.receipt:
        is_one = len(written.plans) == 1
        say(where_line(written.receipt if is_one else replace(written.receipt, row=None)))
    for rejected in written.rejected:
        say(f"  ✗ 第{rejected.row}行：{'；'.join(rejected.problems)}")
    warn(written.warnings)


def _progress(plan: Plan) -> str:
    for day, word in ((plan.published_on, "公布"), (plan.approved_on, "审定"), (plan.audited_on, "审核")):
        if day:
            return f"{day:%m-%d}{word}"
    return "未报审"
