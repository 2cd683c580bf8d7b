"""``zmn register``: one matter from options or questions, or many from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import Session, future_day, require_values, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    day_text,
    deadline_json,
    print_json,
    quote_text,
    say,
    warn,
    where_line,
)
from zhuomuniao.errors import BadValueError
from zhuomuniao.model import CODED_FIELDS, Registration, Saved
from zhuomuniao.privacy import mask_name
from zhuomuniao.usecases.finders import NOBODY
from zhuomuniao.usecases.registering import Registered, check_registration, field_title, register_all, routes_asked

if TYPE_CHECKING:
    from zhuomuniao.usecases.bulk import BulkResult
    from zhuomuniao.usecases.office import Office


def register(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="办理对象姓名或企业名称", metavar="姓名")] = None,
    about: Annotated[str | None, typer.Option(help="“办不成事”情况", metavar="文字")] = None,
    phone: Annotated[str, typer.Option(help="联系电话", metavar="电话")] = "",
    unit: Annotated[str, typer.Option(help="责任窗口（单位），可写简称", metavar="单位")] = "",
    kind: Annotated[str, typer.Option(help="事项性质，如 应办未办、完全不能", metavar="性质")] = "",
    tier: Annotated[str, typer.Option(help="响应级别，如 三级、二级、一级", metavar="级别")] = "",
    channel: Annotated[str, typer.Option(help="受理渠道", metavar="渠道")] = "",
    category: Annotated[str, typer.Option(help="业务类别", metavar="类别")] = "",
    cause: Annotated[str, typer.Option(help="原因类别", metavar="原因")] = "",
    track: Annotated[str, typer.Option(help="办理路径，如 政务服务、商事服务", metavar="路径")] = "",
    domain: Annotated[str, typer.Option(help="诉求领域", metavar="领域")] = "",
    situation: Annotated[str, typer.Option(help="未办成情形，如 未受理、未审批", metavar="情形")] = "",
    site: Annotated[str, typer.Option(help="受理点，如 县、乡镇", metavar="受理点")] = "",
    life_stage: Annotated[str, typer.Option(help="全生命周期环节", metavar="环节")] = "",
    suggestion: Annotated[str, typer.Option(help="意见建议的内容", metavar="文字")] = "",
    suggestion_group: Annotated[str, typer.Option(help="意见建议类别", metavar="类别")] = "",
    suggestion_aspect: Annotated[str, typer.Option(help="意见建议方面", metavar="方面")] = "",
    officer: Annotated[str, typer.Option(help="哪位体验官发现的，姓名或编号", metavar="体验官")] = "",
    officer_site: Annotated[str, typer.Option(help="在哪个体验点发现的；不写就用名册里的", metavar="体验点")] = "",
    way: Annotated[str, typer.Option(help="发现方式，如 沉浸式体验、探头式收集", metavar="方式")] = "",
    immersion_step: Annotated[str, typer.Option(help="体验环节，如 取号、填表", metavar="环节")] = "",
    immersion_way: Annotated[str, typer.Option(help="体验形式，如 亲自办、陪同办", metavar="形式")] = "",
    at: Annotated[
        str | None, typer.Option(help="受理时间，如 2026-10-08 09:30；不写就是现在", metavar="时间")
    ] = None,
    by: Annotated[str, typer.Option(help="受理人员", metavar="姓名")] = "",
    ledger: Annotated[str | None, typer.Option(help="登记到哪本台账", metavar="台账")] = None,
    no: Annotated[str, typer.Option(help="指定编号（补登旧件时用）", metavar="编号")] = "",
    due: Annotated[str, typer.Option(help="随事项写明的期限（工单上的办理时限）", metavar="日期")] = "",
    route: Annotated[str, typer.Option(help="不属于本窗口的：涉信访、涉法涉诉等，登记后转出", metavar="类别")] = "",
    related: Annotated[str, typer.Option(help="与以前的哪一件有关", metavar="编号")] = "",
    note: Annotated[str, typer.Option(help="备注", metavar="文字")] = "",
    from_: Annotated[
        Path | None, typer.Option("--from", help="成批登记：.xlsx、.csv 或 .json 文件", metavar="文件")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查文件，不写入")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="有一行不合格就一行也不登记")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    spec = office.locality.ledger(ledger)
    if from_ is not None:
        beside = {"--name": name, "--about": about, "--route": route, "--due": due, "--no": no, "--related": related}
        if given := [option for option, value in beside.items() if value]:
            raise BadValueError(f"成批登记（--from）不能和 {'、'.join(given)} 同用", "这些内容请写在文件的各列里")
        # Somebody at the window does not wait for what only a batch needs.
        from zhuomuniao.usecases.bulk import register_file
        from zhuomuniao.usecases.tracing import operation_of_registration

        with while_waiting(session, "读取文件") as tell:
            outcome = register_file(
                office,
                spec,
                from_,
                is_dry_run=dry_run,
                is_all_or_nothing=all_or_nothing,
                default_at=session.at,
                progress=tell,
            )
        first = outcome.registered[0].receipt.record.case_no if outcome.registered else ""
        return _show_bulk(session, outcome, operation_of_registration(office, first) if first else "")
    options = {
        "phone": phone, "unit": unit, "kind": kind, "tier": tier, "channel": channel, "category": category,
        "cause": cause, "track": track, "domain": domain, "situation": situation, "acceptance_site": site,
        "life_stage": life_stage, "suggestion_group": suggestion_group, "suggestion_aspect": suggestion_aspect,
        "finding_way": way, "immersion_step": immersion_step, "immersion_way": immersion_way,
    }  # fmt: skip
    if not name and (officer or officer_site):
        # What an officer found may concern no enterprise at all.
        name = NOBODY
    asked = {field: (field_title(office, spec, field), options[field] or None) for field in spec.required}
    asks = session.can_ask and (name is None or about is None)
    typed = require_values(session, {"name": ("办理对象", name), "about": ("“办不成事”情况", about), **asked})
    options |= typed
    if asks and not route:
        route = _ask_route([(r.id, f"{r.matter}（{r.to}）") for r in routes_asked(office, spec)])
    registration = check_registration(
        office,
        spec,
        Registration(
            applicant=typed["name"],
            about=typed["about"],
            at=session.at(at),
            phone=options["phone"],
            unit=options["unit"],
            codes={name: options.get(name, "") for name in CODED_FIELDS},
            experience_officer=officer,
            experience_site=officer_site,
            suggestion=suggestion,
            due_on=date.fromisoformat(future_day(session, due)) if due else None,
            route=route,
            related_no=related,
            by=by,
            note=note,
            case_no=no,
        ),
    )
    (registered,) = register_all(office, spec, [registration])
    if session.is_json:
        print_json(_registered_json(registered))
    else:
        _say_registered(office, registered)
    return EXIT_QUEUED if registered.receipt.saved is Saved.QUEUED else 0


def _ask_route(routes: Sequence[tuple[str, str]]) -> str:
    """Whether the matter belongs elsewhere; the clerk answers with a number, or goes on."""
    if not routes:
        return ""
    say("是不是下面这几类？不是的直接回车")
    for number, (_, words) in enumerate(routes, start=1):
        say(f"  {number}. {words}")
    answer: str = typer.prompt("写序号", default="", show_default=False, prompt_suffix="：").strip()
    is_number = answer.isascii() and answer.isdecimal() and 1 <= int(answer) <= len(routes)
    return routes[int(answer) - 1][0] if is_number else answer


def _registered_json(registered: Registered) -> dict[str, Any]:
    receipt = registered.receipt
    return {
        "case_no": receipt.record.case_no,
        "ledger": receipt.record.ledger,
        "book": receipt.book,
        "row": receipt.row,
        "saved": receipt.saved.value,
        "status": receipt.record.status.value,
        "revision": receipt.revision,
        "deadlines": [deadline_json(d) for d in registered.deadlines],
        "similar": list(receipt.similar),
        "warnings": list(registered.warnings),
    }


def _say_registered(office: Office, registered: Registered) -> None:
    case = registered.receipt.record
    say(
        f"✓ 已登记  {office.number_title(case)} {case.case_no}",
        f"  {mask_name(case.applicant)}，{case.accepted_at:%Y-%m-%d %H:%M} 受理，{case.status}"
        + (f"，{case.unit}" if case.unit else ""),
    )
    finder = (
        ("体验官", mask_name(case.experience_officer)),
        ("来源", case.officer_source),
        ("体验点", case.experience_site),
    )
    if told := "；".join(f"{title} {text}" for title, text in finder if text):
        say(f"  {told}")
    if case.is_closed:
        # Routed out at once: no limit of ours runs.
        say(where_line(registered.receipt))
        warn(registered.warnings)
        return
    for deadline in registered.deadlines:
        provisional = "（暂定）" if deadline.is_provisional else ""
        say(
            f"  {deadline.act}：最迟 {day_text(deadline.due_on, deadline.due_time)}{provisional}，"
            f"自{deadline.start_event}起{deadline.limit}",
            f"      {quote_text(deadline.clause, deadline.quote)}",
        )
    for policy in registered.policies:
        say(f"      口径：{policy.statement}")
    set_days = {c.act: c.due_on for c in case.clocks}
    for rule in registered.unlimited:
        day = set_days.get(rule.act)
        due = f"最迟 {day_text(day)}，随事项写明" if day else "没有固定时限，逐件确定"
        say(f"  {rule.act}：{due}", f"      {quote_text(rule.citation.clause, rule.citation.quote)}")
    say(where_line(registered.receipt))
    warn(registered.warnings)


def _show_bulk(session: Session, outcome: BulkResult, batch: str) -> int:
    if session.is_json:
        print_json(
            {
                "registered": [_registered_json(r) for r in outcome.registered],
                "rejected": [{"row": r.row, "problems": list(r.problems)} for r in outcome.rejected],
                "count": len(outcome.registered),
                "dry_run": outcome.is_dry_run,
                "accepted": outcome.accepted,
                "batch": batch or None,
            }
        )
    else:
        from zhuomuniao.commands._files import say_file

        written = [one.receipt for one in outcome.registered]
        say_file(outcome, written, batch, verb="登记", measure="件")
    if outcome.rejected:
        return EXIT_FINDINGS
    return EXIT_QUEUED if any(r.receipt.saved is Saved.QUEUED for r in outcome.registered) else 0
