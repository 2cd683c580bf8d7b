"""``zmn issue add|measure|clear|look-back|list``: what activities found, from 挂账 to 回头看."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.commands._files import say_file
from zhuomuniao.commands._issues import PROBLEM_WIDTH, issue_json, issue_row
from zhuomuniao.commands._options import Session, future_day, require_values, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    clocks_json,
    day_text,
    deadline_json,
    ended_line,
    finding_json,
    one_line,
    print_json,
    print_table,
    say,
    warn,
    warn_findings,
    where_line,
)
from zhuomuniao.dateforms import parse_date
from zhuomuniao.errors import BadValueError
from zhuomuniao.model import Act, Saved, Status
from zhuomuniao.privacy import mask_text
from zhuomuniao.usecases.fieldperiods import month_named
from zhuomuniao.usecases.handingin import quarter_told
from zhuomuniao.usecases.issuefiles import AddedFile, add_file
from zhuomuniao.usecases.issuelists import IssueFilter, list_issues
from zhuomuniao.usecases.issues import AddedIssue, FoundIssue, add_issues, check_issue, usual_words
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.rectifying import IssueStepped, Measures, clear, look_back, measure, require_issue

IssueNo = Annotated[str, typer.Argument(metavar="编号", help="问题编号，如 WT2026091501")]
Unit = Annotated[str, typer.Option(help="填报单位，可写简称", metavar="单位")]
Kind = Annotated[str, typer.Option(help="参与活动名称，如 走流程坐窗口、跟执法、处投诉", metavar="活动")]
At = Annotated[str | None, typer.Option(help="什么时候，如 2026-10-08 09:30；不写就是现在", metavar="时间")]
By = Annotated[str, typer.Option(help="经办人", metavar="姓名")]
Remedy = Annotated[str, typer.Option(help="拟采取的解决措施（整改计划的具体对策措施）", metavar="文字")]
Handling = Annotated[str, typer.Option(help="整改方式：立行立改，或 整改计划", metavar="方式")]
Due = Annotated[str, typer.Option(help="完成时限，整改计划才有", metavar="日期")]
InCharge = Annotated[str, typer.Option("--in-charge", help="包抓人", metavar="姓名")]
Urgent = Annotated[bool, typer.Option("--urgent", help="企业群众“急难愁盼”的")]
Meeting = Annotated[str, typer.Option(help="专题会议：哪天、议定什么", metavar="文字")]
Mechanism = Annotated[str, typer.Option(help="长效机制", metavar="文字")]
Note = Annotated[str, typer.Option(help="备注", metavar="文字")]
Full = Annotated[bool, typer.Option("--full", help="不遮挡文字里的电话、证件号码（会记入流水）")]


def issue_add(
    ctx: typer.Context,
    activity: Annotated[
        str, typer.Option(help="哪次活动发现的（编号），带出单位、负责人、活动、地点和日期", metavar="编号")
    ] = "",
    unit: Unit = "",
    kind: Kind = "",
    leader: Annotated[str, typer.Option(help="参加活动的负责人姓名、职务", metavar="姓名")] = "",
    on: Annotated[str, typer.Option(help="发现日期；不写就是活动那天，没有活动的就是今天", metavar="日期")] = "",
    place: Annotated[str, typer.Option(help="参与活动地点", metavar="地点")] = "",
    item: Annotated[str, typer.Option(help="事项名称", metavar="事项")] = "",
    experience: Annotated[str, typer.Option(help="体验内容", metavar="文字")] = "",
    mode: Annotated[str, typer.Option("--mode", "--way", help="体验方式", metavar="方式")] = "",
    problem: Annotated[str, typer.Option(help="发现的问题", metavar="文字")] = "",
    need: Annotated[str, typer.Option(help="企业群众或一线工作人员反映的需求", metavar="文字")] = "",
    suggestion: Annotated[str, typer.Option(help="意见建议", metavar="文字")] = "",
    handling: Handling = "",
    remedy: Remedy = "",
    due: Due = "",
    in_charge: InCharge = "",
    urgent: Urgent = False,
    meeting: Meeting = "",
    mechanism: Mechanism = "",
    note: Note = "",
    by: By = "",
    from_: Annotated[
        Path | None, typer.Option("--from", help="成批挂账：.xlsx、.csv 或 .json 文件", metavar="文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="有一行不合格就一行也不登记")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    today = session.moment.as_of
    words = {
        "unit": unit, "activity_kind": kind, "leader": leader, "place": place, "item": item,
        "experience": experience, "experience_mode": mode, "problem": problem, "need": need,
        "suggestion": suggestion, "handling": handling, "remedy": remedy, "responsible_person": in_charge,
        "urgent": "是" if urgent else "", "meeting": meeting, "mechanism": mechanism, "remark": note,
    }  # fmt: skip
    if from_ is not None:
        beside = {"--problem": problem, "--need": need, "--due": due, "--remedy": remedy}
        if given := [option for option, value in beside.items() if value]:
            raise BadValueError(f"成批挂账（--from）不能和 {'、'.join(given)} 同用", "这些内容请写在文件的各列里")
        usual = FoundIssue(words, parse_date(on, today=today) if on else None, None, activity, by)
        with while_waiting(session, "成批挂账"):
            outcome = add_file(office, from_, usual, is_dry_run=dry_run, is_all_or_nothing=all_or_nothing)
        first = outcome.added[0].receipt.record.case_no if outcome.added else ""
        return _show_file(session, outcome, _batch_of(office, first))
    if session.can_ask and not problem and not need:
        words |= _ask_words(session, {} if activity else {**usual_words(office), **_given(words)})
    found = FoundIssue(
        words,
        parse_date(on, today=today) if on else None,
        date.fromisoformat(future_day(session, due)) if due else None,
        activity,
        by,
    )
    checked = check_issue(office, found)
    if dry_run:
        return _show_file(session, AddedFile((), (), ((1, checked.warnings),), 1, True), "")
    (added,) = add_issues(office, [checked], by=by)
    if session.is_json:
        print_json(_added_json(added))
    else:
        _say_added(added)
    return EXIT_QUEUED if added.receipt.saved is Saved.QUEUED else 0


def issue_measure(
    ctx: typer.Context,
    no: IssueNo,
    handling: Handling = "",
    remedy: Remedy = "",
    due: Due = "",
    reason: Annotated[str, typer.Option(help="完成时限推迟的理由", metavar="文字")] = "",
    in_charge: InCharge = "",
    urgent: Urgent = False,
    meeting: Meeting = "",
    mechanism: Mechanism = "",
    note: Annotated[str, typer.Option(help="附带说明", metavar="文字")] = "",
    at: At = None,
    by: By = "",
) -> int:
    session = session_of(ctx)
    words = {
        "handling": handling, "remedy": remedy, "responsible_person": in_charge, "urgent": "是" if urgent else "",
        "meeting": meeting, "mechanism": mechanism,
    }  # fmt: skip
    due_on = date.fromisoformat(future_day(session, due)) if due else None
    given = Measures({name: text for name, text in words.items() if text}, due_on, reason, note)
    office = session.office()
    require_issue(office, no)
    return _show_step(session, measure(office, no, given, at=session.at(at), by=by))


def issue_clear(
    ctx: typer.Context,
    no: IssueNo,
    effect: Annotated[str | None, typer.Option(help="整改效果", metavar="文字")] = None,
    mechanism: Mechanism = "",
    at: At = None,
    by: By = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    require_issue(office, no)
    said = require_values(session, {"effect": ("整改效果", effect)})
    stepped = clear(office, no, said["effect"], mechanism=mechanism, at=session.at(at), by=by)
    return _show_step(session, stepped)


def issue_look_back(
    ctx: typer.Context,
    no: IssueNo,
    result: Annotated[str | None, typer.Option(help="回头看的情况", metavar="文字")] = None,
    rebound: Annotated[bool, typer.Option("--rebound", help="反弹了，重新挂账")] = False,
    at: At = None,
    by: By = "",
) -> int:
    session = session_of(ctx)
    office = session.office()
    require_issue(office, no)
    said = require_values(session, {"result": ("回头看的情况", result)})
    stepped = look_back(office, no, said["result"], is_rebound=rebound, at=session.at(at), by=by)
    return _show_step(session, stepped)


def issue_list(
    ctx: typer.Context,
    unit: Unit = "",
    kind: Kind = "",
    status: Annotated[str, typer.Option(help="状态：挂账、已销号、已作废", metavar="状态")] = "",
    quarter: Annotated[str, typer.Option(help="哪个季度发现的，如 2026Q3", metavar="季度")] = "",
    month: Annotated[str, typer.Option(help="哪个月发现的，如 2026-08", metavar="月份")] = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="只看急难愁盼")] = False,
    need: Annotated[bool, typer.Option("--need", help="只看单独的需求")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看整改、回头看逾期的")] = False,
    unmeasured: Annotated[bool, typer.Option("--unmeasured", help="只看整改方式、措施或时限还没有定的")] = False,
    search: Annotated[str, typer.Option(help="编号、单位或内容里的词", metavar="词")] = "",
    full: Full = False,
) -> int:
    session = session_of(ctx)
    of_issues = (Status.OPEN, Status.CLEARED, Status.VOID)
    if status and status not in of_issues:
        raise BadValueError(f"问题没有“{status}”这个状态", f"可写：{'、'.join(of_issues)}")
    office = session.office_to_look()
    wanted = IssueFilter(
        unit, kind, status, quarter, "{:04d}-{:02d}".format(*month_named(month)) if month else "", urgent, need,
        overdue, unmeasured, search,
    )  # fmt: skip
    views, findings = list_issues(office, wanted, is_full=full)
    if full:
        record_full_view(office, "issue list", [v.issue.case_no for v in views])
    if session.is_json:
        answer = {"issues": [issue_json(v) for v in views], "count": len(views)}
        print_json({**answer, "findings": [finding_json(f) for f in findings]})
        return 0
    if views:
        # The number tells the day it was found.
        headers = ("编号", "单位", "状态", "整改", "时限", "问题、需求")
        print_table(headers, [issue_row(v) for v in views], flexible=(5, 1))
    problems = sum(bool(v.issue.problem) for v in views)
    open_, late = (sum(v.issue.status is Status.OPEN for v in views), sum(v.is_overdue for v in views))
    unplanned = sum(v.is_unmeasured for v in views)
    say(
        f"共 {len(views)} 条：问题 {problems}、单独的需求 {len(views) - problems}；"
        f"挂账 {open_}，逾期 {late}，措施未定 {unplanned}"
    )
    if quarter:
        say(f"  按自然季度列；{quarter_told(office, quarter)}")
    warn_findings(findings)
    return 0


def _given(words: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in words.items() if text}


def _ask_words(session: Session, known: dict[str, str]) -> dict[str, str]:
    """What is not known yet, asked one after the other; an issue of an activity needs neither unit nor kind."""
    titles = {"unit": "填报单位", "activity_kind": "参与活动名称"}
    asked = {name: (title, None) for name, title in titles.items() if name in known and not known[name]}
    said = require_values(session, {**asked})
    problem: str = typer.prompt(
        "发现的问题（只有需求的直接回车）", default="", show_default=False, prompt_suffix="："
    )
    if problem.strip():
        return {**said, "problem": problem}
    return {**said, **require_values(session, {"need": ("反映的需求", None)})}


def _added_json(added: AddedIssue) -> dict[str, Any]:
    receipt = added.receipt
    return {
        "case_no": receipt.record.case_no,
        "ledger": receipt.record.ledger,
        "saved": receipt.saved.value,
        "revision": receipt.revision,
        "book": receipt.book,
        "row": receipt.row,
        "status": receipt.record.status.value,
        "activity_no": receipt.record.activity_no,
        "due_on": next((c.due_on for c in receipt.record.clocks if c.act is Act.RECTIFY), None),
        "deadlines": [deadline_json(d) for d in added.deadlines],
        "warnings": list(added.warnings),
    }


def _say_added(added: AddedIssue) -> None:
    issue = added.receipt.record
    what = "需求" if issue.is_need_only else "问题"
    say(
        f"✓ 已挂账  {what}编号 {issue.case_no}",
        f"  {'，'.join(filter(None, (issue.unit, issue.activity_kind, issue.leader, f'{issue.found_on} 发现')))}",
        f"  {what}：{one_line(mask_text(issue.problem or issue.need), PROBLEM_WIDTH)}",
    )
    due = next((c.due_on for c in issue.clocks if c.act is Act.RECTIFY), None)
    if due:
        say(f"  {issue.handling}：最迟 {day_text(due)} 完成")
    elif issue.handling:
        say(f"  整改方式：{issue.handling}")
    if issue.activity_no:
        say(f"  已记到活动 {issue.activity_no}，发现问题数随问题台账更新")
    say(where_line(added.receipt))
    warn(added.warnings)


def _show_step(session: Session, stepped: IssueStepped) -> int:
    issue = stepped.receipt.record
    if session.is_json:
        print_json(
            {
                "case_no": issue.case_no,
                "ledger": issue.ledger,
                "step": stepped.steps[-1].kind.value,
                "steps": [step.kind.value for step in stepped.steps],
                "at": stepped.steps[-1].at.isoformat(sep=" ", timespec="minutes"),
                "saved": stepped.receipt.saved.value,
                "revision": stepped.receipt.revision,
                "book": stepped.receipt.book,
                "row": stepped.receipt.row,
                "status": issue.status.value,
                "round": issue.round,
                "deadlines": clocks_json(issue),
                "warnings": list(stepped.warnings),
            }
        )
    else:
        say(f"✓ 已登记“{'、'.join(step.kind.value for step in stepped.steps)}”  问题编号 {issue.case_no}")
        say(*(ended_line(e) for e in stepped.ended))
        running = next((c for c in issue.round_clocks if c.is_running), None)
        following = ""
        if running:
            day = day_text(running.due_on) if running.due_on else "还没有定日子"
            following = f"；{running.act} {day}{'（暂定）' if running.is_provisional else ''}"
        number = f"（第{issue.round}轮）" if issue.round > 1 else ""
        say(f"  现在：{issue.status}{number}{following}", where_line(stepped.receipt))
        warn(stepped.warnings)
    return EXIT_QUEUED if stepped.receipt.saved is Saved.QUEUED else 0


def _batch_of(office: Any, first: str) -> str:
    """The operation by which a batch came in, for ``undo --batch``."""
    if not first:
        return ""
    from zhuomuniao.usecases.tracing import operation_of_registration

    return operation_of_registration(office, first)


def _show_file(session: Session, outcome: AddedFile, batch: str) -> int:
    if session.is_json:
        print_json(
            {
                "added": [_added_json(one) for one in outcome.added],
                "rejected": [{"row": r.row, "problems": list(r.problems)} for r in outcome.rejected],
                "notes": [{"row": row, "warnings": list(told)} for row, told in outcome.warnings],
                "count": len(outcome.added),
                "accepted": outcome.accepted,
                "dry_run": outcome.is_dry_run,
                "batch": batch or None,
            }
        )
    else:
        written = [one.receipt for one in outcome.added]
        say_file(outcome, written, batch, verb="挂账", measure="条", row="条")
    if outcome.rejected:
        return EXIT_FINDINGS
    return EXIT_QUEUED if any(one.receipt.saved is Saved.QUEUED for one in outcome.added) else 0
