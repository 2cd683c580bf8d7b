"""``zmn activity plan|record|file|coverage|list``: leaders' activities."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from zhuomuniao.commands._activityview import (
    activity_json,
    filed_json,
    plan_list_json,
    plans_json,
    print_activities,
    print_plans,
    recorded_file_json,
    recorded_json,
    say_filed,
    say_plans,
    say_recorded,
    say_recorded_file,
)
from zhuomuniao.commands._coverageview import coverages_json, say_coverages
from zhuomuniao.commands._options import Session, future_day, require_values, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    finding_json,
    print_json,
    say,
    warn,
    warn_findings,
)
from zhuomuniao.dateforms import parse_date
from zhuomuniao.errors import BadValueError, MissingValuesError
from zhuomuniao.model import Saved, Status, StepKind
from zhuomuniao.usecases.activities import (
    CheckedActivity,
    CodedWords,
    RawActivity,
    activity_spec,
    check_activity,
    check_words,
    file_activities,
    leader_with_post,
    record_activities,
    remark_text,
    says_post,
    usual_kind,
    with_doubles,
)
from zhuomuniao.usecases.activityfiles import RecordedFile, record_file
from zhuomuniao.usecases.activitylists import ActivityFilter, list_activities
from zhuomuniao.usecases.covering import books_of, coverage_of, periods_asked, quotas_asked, remarks_on_plans
from zhuomuniao.usecases.fieldperiods import month_named
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.planfiles import count_complaints, read_plans
from zhuomuniao.usecases.planning import (
    PlanFilter,
    PlanStage,
    PlanWriting,
    RawPlan,
    draw_up,
    kind_without_list,
    list_plans,
    mark_plans,
)
from zhuomuniao.usecases.requests import StepRequest
from zhuomuniao.usecases.tracing import operation_of_registration
from zhuomuniao.usecases.units import own_unit

Unit = Annotated[str | None, typer.Option(help="单位，可写简称", metavar="单位")]
Kind = Annotated[str, typer.Option(help="活动，如 走流程坐窗口、跟执法、处投诉", metavar="活动")]
LedgerName = Annotated[str | None, typer.Option(help="哪本台账（活动台账只有一本，可不写）", metavar="台账")]
By = Annotated[str, typer.Option(help="经办人", metavar="姓名")]
Note = Annotated[str, typer.Option(help="备注", metavar="文字")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")]
AllOrNothing = Annotated[bool, typer.Option("--all-or-nothing", help="有一行不合格就一行也不写")]


def activity_record(
    ctx: typer.Context,
    unit: Unit = None,
    leader: Annotated[str | None, typer.Option(help="参加的主要负责人（受委托的写受委托人）", metavar="姓名")] = None,
    title: Annotated[str | None, typer.Option(help="职务", metavar="职务")] = None,
    kind: Kind = "",
    identity: Annotated[str, typer.Option(help="身份，如 办事人、工作人员", metavar="身份")] = "",
    on: Annotated[str | None, typer.Option(help="哪天，可带时间，如 2026-10-08 09:30", metavar="日期")] = None,
    place: Annotated[str, typer.Option(help="地点", metavar="地点")] = "",
    link: Annotated[list[str] | None, typer.Option(help="参与环节，可写多个", metavar="环节")] = None,
    item: Annotated[list[str] | None, typer.Option(help="体验事项，可写多个", metavar="事项")] = None,
    enforcement: Annotated[
        list[str] | None, typer.Option(help="参与执法的内容，一次写一个，可写多个", metavar="文字")
    ] = None,
    served: Annotated[int | None, typer.Option(help="接待企业群众数", metavar="人数", min=0)] = None,
    participants: Annotated[int | None, typer.Option(help="参与人次，不写按1人次", metavar="人次", min=0)] = None,
    valid_visits: Annotated[int | None, typer.Option(help="有效回访数", metavar="个数", min=0)] = None,
    mode: Annotated[str, typer.Option(help="体验类型：定期、即时、跟踪", metavar="类型")] = "",
    trigger: Annotated[str, typer.Option(help="即时、跟踪体验的缘由", metavar="缘由")] = "",
    delegate_for: Annotated[str, typer.Option(help="受谁委托代为参加", metavar="姓名")] = "",
    filed: Annotated[str, typer.Option(help="已经备案的，备案是哪天", metavar="日期")] = "",
    note: Note = "",
    by: By = "",
    ledger: LedgerName = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="成批登记：.xlsx、.csv 或 .json 文件", metavar="文件")
    ] = None,
    dry_run: DryRun = False,
    all_or_nothing: AllOrNothing = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.locality.ledger(ledger) if ledger else activity_spec(office)
    own = own_unit(office) or None
    if from_ is not None:
        alone = {"--on": on, "--leader": leader, "--link": link, "--item": item, "--enforcement": enforcement}
        if given := [option for option, value in alone.items() if value]:
            raise BadValueError(f"成批登记（--from）不能和 {'、'.join(given)} 同用", "这些内容请写在文件的各列里")
        usual = {
            "unit": unit or own or "", "activity_kind": kind, "identity": identity, "mode": mode,
            "trigger": trigger, "place": place, "delegate_for": delegate_for, "remark": note, "by": by,
        }  # fmt: skip
        with while_waiting(session, "成批登记"):
            outcome = record_file(
                office, spec, from_, is_dry_run=dry_run, is_all_or_nothing=all_or_nothing, read_moment=session.at,
                usual=usual,
            )  # fmt: skip
        first = outcome.recorded[0].receipt.record.case_no if outcome.recorded else ""
        batch = operation_of_registration(office, first) if first else ""
        if session.is_json:
            print_json(recorded_file_json(outcome, batch))
        else:
            say_recorded_file(outcome, batch)
        if outcome.rejected:
            return EXIT_FINDINGS
        return _exit(one.receipt.saved for one in outcome.recorded)
    # A wrong word is told before what is missing: who reads the list of options may still have to change the kind.
    words = CodedWords(kind, identity, mode, trigger, tuple(link or ()))
    check_words(office, spec, words, at=session.at(on))
    asked = {
        "unit": ("单位", unit or own),
        "leader": ("主要负责人", leader),
        **({} if leader and says_post(leader) else {"title": ("职务", title)}),
        **({} if kind or usual_kind(office, spec) else {"kind": ("活动", None)}),
        "on": ("开展日期", on),
    }
    typed = require_values(session, asked)
    at = session.at(typed["on"])
    raw = RawActivity(
        at=at,
        unit=typed["unit"],
        leader=leader_with_post(typed["leader"], typed.get("title", title or "")),
        kind=kind or typed.get("kind", ""),
        identity=identity,
        mode=mode,
        trigger=trigger,
        place=place,
        links=tuple(link or ()),
        items=tuple(item or ()),
        enforcements=tuple(enforcement or ()),
        served=served,
        participants=participants,
        valid_visits=valid_visits,
        delegate_for=delegate_for,
        note=note,
        by=by,
        filed_at=_filed_at(session, filed, at) if filed else None,
    )
    (checked,) = with_doubles(office, spec, [check_activity(office, spec, raw)])
    if dry_run:
        return _show_tried(session, checked)
    (recorded,) = record_activities(office, spec, [checked])
    if session.is_json:
        print_json(recorded_json(recorded))
    else:
        say_recorded(recorded)
    return _exit([recorded.receipt.saved])


def _show_tried(session: Session, checked: CheckedActivity) -> int:
    """What a single activity would be told, nothing of it written."""
    told = (*checked.warnings, *map(remark_text, checked.remarks))
    warnings = ((1, told),) if told else ()
    tried = RecordedFile(recorded=(), rejected=(), warnings=warnings, accepted=1, is_dry_run=True)
    if session.is_json:
        print_json(recorded_file_json(tried, ""))
    else:
        say("检查完毕（没有写入）：合格")
        warn(told)
    return 0


def activity_file(
    ctx: typer.Context,
    no: Annotated[list[str], typer.Argument(metavar="编号", help="活动编号，可写几个")],
    at: Annotated[
        str | None, typer.Option(help="什么时候备的案，如 2026-10-08；不写就是现在", metavar="时间")
    ] = None,
    to: Annotated[str, typer.Option(help="向谁备案，不写就是通知写明的牵头部门", metavar="单位")] = "",
    by: By = "",
    note: Note = "",
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.locality.ledger(ledger) if ledger else activity_spec(office)
    request = StepRequest(StepKind.FILE, session.at(at), words={"by": by, "note": note})
    filed = file_activities(office, spec, no, request, to=to)
    if session.is_json:
        answers = [filed_json(one) for one in filed]
        print_json(answers[0] if len(no) == 1 else {"filed": answers, "count": len(answers)})
    else:
        for one in filed:
            say_filed(one)
    return _exit(one.receipt.saved for one in filed)


def activity_plan(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号", help="只登记这一条计划的审核、审定、公布")] = "",
    unit: Annotated[list[str] | None, typer.Option(help="列入计划的单位，可写多个", metavar="单位")] = None,
    kind: Kind = "",
    period: Annotated[str, typer.Option(help="期间，如 2026Q3、2026-08（月份或窗口）", metavar="期间")] = "",
    planned_on: Annotated[str, typer.Option(help="计划哪天开展", metavar="日期")] = "",
    leader: Annotated[str, typer.Option(help="主要负责人及职务", metavar="姓名")] = "",
    from_: Annotated[
        Path | None, typer.Option("--from", help="成批列入：单位、活动、期间、计划时间各一列", metavar="文件")
    ] = None,
    complaints: Annotated[
        Path | None,
        typer.Option(help="按投诉件数定参加单位：单位和件数，或一件投诉一行", metavar="文件"),
    ] = None,
    at_least: Annotated[int | None, typer.Option(help="投诉至少几件的单位参加", metavar="件数", min=1)] = None,
    top: Annotated[int | None, typer.Option(help="投诉最多的几个单位参加", metavar="个数", min=1)] = None,
    audited: Annotated[str, typer.Option(help="登记审核：哪天", metavar="日期")] = "",
    approved: Annotated[str, typer.Option(help="登记审定：哪天", metavar="日期")] = "",
    published: Annotated[str, typer.Option(help="登记公布：哪天", metavar="日期")] = "",
    by_whom: Annotated[str, typer.Option(help="由谁审核、审定", metavar="单位或姓名")] = "",
    where: Annotated[str, typer.Option(help="在哪里公布", metavar="渠道")] = "",
    note: Note = "",
    by: By = "",
    ledger: LedgerName = None,
    dry_run: DryRun = False,
    all_or_nothing: AllOrNothing = False,
) -> int:
    session = session_of(ctx)
    stages = {PlanStage.AUDITED: audited, PlanStage.APPROVED: approved, PlanStage.PUBLISHED: published}
    marked = [stage for stage, day in stages.items() if day]
    sources = [name for name, value in (("--unit", unit), ("--from", from_), ("--complaints", complaints)) if value]
    if len(marked) + len(sources) > 1:
        both = "、".join([*sources, *(f"--{stage.name.lower()}" for stage in marked)])
        raise BadValueError(f"{both} 一次只能写一个", "请分几次运行；计划先列入，再审核、审定、公布")
    if not (marked or sources):
        return _list_plans(session, PlanFilter(kind=kind, period=period, case_no=no), by_default=not no)
    office = session.office()
    spec = office.locality.ledger(ledger) if ledger else activity_spec(office)
    if marked:
        wanted = PlanFilter(kind=kind, period=period, case_no=no)
        if not no and not (period and (kind or usual_kind(office, spec))):
            raise MissingValuesError(
                "缺少：--period（期间）、--kind（活动），或计划的编号", "请写明是哪些计划；一次登记一个期间的一项活动"
            )
        day = parse_date(stages[marked[0]], today=session.moment.as_of)
        who = where if marked[0] is PlanStage.PUBLISHED else by_whom
        option = "where（公布渠道）" if marked[0] is PlanStage.PUBLISHED else f"by-whom（{marked[0]}单位或人）"
        if not who.strip():
            raise MissingValuesError(f"缺少：--{option}", "请在命令后补上这个选项")
        written = mark_plans(office, spec, wanted, stage=marked[0], day=day, who=who.strip(), by=by)
        return _show_plans(session, written, f"登记{marked[0]}")
    on = date.fromisoformat(future_day(session, planned_on)) if planned_on else None
    usual = RawPlan("", kind=kind, period=period, planned_on=on, leader=leader, note=note)
    told: list[str] = []
    raws: tuple[tuple[int, RawPlan], ...]
    rejected: tuple[Any, ...] = ()
    if complaints is not None:
        if (at_least is None) == (top is None):
            raise MissingValuesError(
                "缺少：--at-least（至少几件）或 --top（前几个）", "请写其中一个，例如 --at-least 5"
            )
        usual = replace(usual, kind=kind or kind_without_list(office.locality.rules_on(office.moment.as_of), spec))
        counted = count_complaints(office, complaints, at_least=at_least, top=top, told=told)
        told.append(
            f"投诉共 {counted.total} 件；{counted.bound} 件及以上的 {len(counted.chosen)} 个单位列入，"
            f"其余 {counted.left_out} 个单位没有列入"
        )
        raws = tuple((0, replace(usual, unit=name, complaints=number)) for name, number in counted.chosen)
    elif from_ is not None:
        raws, rejected = read_plans(office, from_, usual)
    else:
        raws = tuple((0, replace(usual, unit=name)) for name in unit or ())
    written = draw_up(
        office, spec, raws, by=by, is_dry_run=dry_run, is_all_or_nothing=all_or_nothing, rejected=rejected, told=told
    )
    return _show_plans(session, written, "更新")


def activity_coverage(
    ctx: typer.Context,
    quarter: Annotated[str, typer.Option(help="哪个季度，如 2026Q3", metavar="季度")] = "",
    window: Annotated[str, typer.Option(help="哪个窗口，用打开的月份称呼，如 2026-08", metavar="窗口")] = "",
    year: Annotated[str, typer.Option(help="全年，如 2026", metavar="年份")] = "",
    kind: Kind = "",
    unit: Annotated[str, typer.Option(help="只看一个单位", metavar="单位")] = "",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="有单位还没有达到时退出码为 1")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    spec = activity_spec(office)
    rules = office.locality.rules_on(office.moment.as_of)
    asked = periods_asked(office, rules, quotas_asked(rules, spec, kind), quarter=quarter, window=window, year=year)
    books, of = books_of(office, spec), unit or own_unit(office)
    found = [coverage_of(office, quota, period, unit=of, books=books) for quota, period in asked]
    if session.is_json:
        print_json(coverages_json(found))
    else:
        say_coverages(found)
        warn_findings(found[0].findings)
    return EXIT_FINDINGS if exit_code and not all(one.is_met for one in found) else 0


def activity_list(
    ctx: typer.Context,
    unit: Annotated[str, typer.Option(help="单位，可写简称", metavar="单位")] = "",
    kind: Kind = "",
    mode: Annotated[str, typer.Option(help="体验类型：定期、即时、跟踪", metavar="类型")] = "",
    month: Annotated[str | None, typer.Option(help="开展的月份，如 2026-10", metavar="月份")] = None,
    status: Annotated[str, typer.Option(help="状态：待备案、已备案、已作废", metavar="状态")] = "",
    search: Annotated[str, typer.Option(help="编号、负责人、地点、事项或内容里的词", metavar="词")] = "",
    plans: Annotated[bool, typer.Option("--plans", help="列出活动计划")] = False,
    period: Annotated[str, typer.Option(help="和 --plans 同用：哪个期间的计划", metavar="期间")] = "",
    full: Annotated[bool, typer.Option("--full", help="不遮挡内容里的电话（会记入流水）")] = False,
) -> int:
    session = session_of(ctx)
    able = (Status.AWAITING_FILING, Status.FILED, Status.VOID)
    if status and status not in able:
        raise BadValueError(f"没有“{status}”这个状态", f"可写：{'、'.join(able)}")
    if plans:
        return _list_plans(session, PlanFilter(unit=unit, kind=kind, period=period), by_default=False)
    if period:
        raise BadValueError("--period 要和 --plans 同用", "看活动请用 --month 2026-10")
    office = session.office_to_look()
    spec = activity_spec(office)
    wanted = ActivityFilter(unit, kind, mode, month_named(month) if month else None, status, search)
    views, findings = list_activities(office, spec, wanted, is_full=full)
    if full:
        record_full_view(office, "activity list", [view.activity.case_no for view in views])
    if session.is_json:
        answer: dict[str, Any] = {"activities": [activity_json(view) for view in views], "count": len(views)}
        print_json({**answer, "findings": [finding_json(f) for f in findings]})
        return 0
    print_activities(views)
    warn_findings(findings)
    return 0


def _list_plans(session: Session, wanted: PlanFilter, *, by_default: bool) -> int:
    office = session.office_to_look()
    spec = activity_spec(office)
    if by_default and not wanted.period:
        wanted = replace(wanted, not_over=office.moment.as_of)
    plans, findings = list_plans(office, spec, wanted)
    remarks = remarks_on_plans(office, spec, plans)
    if session.is_json:
        print_json(plan_list_json(plans, remarks, findings))
        return 0
    print_plans(plans)
    if wanted.not_over is not None:
        say("只列了本期和以后的；以前的加 --period 期间，或用 zmn activity list --plans")
    warn(remarks)
    warn_findings(findings)
    return 0


def _show_plans(session: Session, written: PlanWriting, said: str) -> int:
    if session.is_json:
        print_json(plans_json(written))
    else:
        say_plans(written, said)
    if written.rejected:
        return EXIT_FINDINGS
    return _exit([written.receipt.saved] if written.receipt else [])


def _filed_at(session: Session, text: str, held_at: datetime) -> datetime:
    """When it was filed; on the day of the activity, after it."""
    moment = session.at(text)
    return max(moment, held_at) if moment.date() == held_at.date() else moment


def _exit(saved: Any) -> int:
    return EXIT_QUEUED if any(one is Saved.QUEUED for one in saved) else 0
