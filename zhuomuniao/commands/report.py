"""``zmn report``: files to print, sign and hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import Session, parse_month, session_of
from zhuomuniao.commands._view import finding_json, print_json, say, warn, warn_findings
from zhuomuniao.errors import BadValueError
from zhuomuniao.usecases.leaderreports import LeaderHandIn, leader_report
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.office import Office
from zhuomuniao.usecases.reportduties import (
    PeriodAsked,
    ReportsAsked,
    activity_reports_asked,
    is_of_activities,
    named_duty,
    period_asked,
    quoted,
    require_month,
)
from zhuomuniao.usecases.reporting import HandIn, month_report

_XLSX, _DOCX = "xlsx", "docx"

LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]
Out = Annotated[Path | None, typer.Option(help="放到哪个文件夹", metavar="文件夹")]
Format = Annotated[
    str | None,
    typer.Option("--format", help="文件格式：xlsx；活动报表还有 docx，不写就是两种都要", metavar="格式"),
]


def report(
    ctx: typer.Context,
    month: Annotated[
        str | None, typer.Option(help="哪个月，如 2026-10；事项月报不写就是上个月", metavar="月份")
    ] = None,
    quarter: Annotated[str | None, typer.Option(help="哪个季度，如 2026Q3", metavar="季度")] = None,
    window: Annotated[
        str | None, typer.Option(help="哪个活动窗口，用打开的月份称呼，如 2026-08", metavar="窗口")
    ] = None,
    year: Annotated[str | None, typer.Option(help="哪一年的考核数据，如 2026", metavar="年份")] = None,
    ledger: LedgerName = None,
    duty: Annotated[str | None, typer.Option(help="只要哪一项报送：编号，或名称里的几个字", metavar="报送")] = None,
    out: Out = None,
    format_: Format = None,
    full: Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")] = False,
) -> int:
    session = session_of(ctx)
    if month is not None:
        month = "{:04d}-{:02d}".format(*parse_month(month))
    asked = period_asked(month=month, quarter=quarter, window=window, year=year)
    formats = _formats(format_)
    office = session.office_to_look()
    if is_of_activities(office, ledger, duty):
        wanted = activity_reports_asked(office, asked, duty=duty)
        has_letter = _DOCX in (formats or (_DOCX,))
        return _report_activities(session, office, wanted, out, has_letter=has_letter, is_full=full)
    if _DOCX in (formats or ()):
        raise BadValueError("事项台账的月报还不能生成“docx”", "现有格式：xlsx")
    ledger = ledger or (named_duty(office, duty).ledger if duty else None)
    return _report_cases(session, office, asked, ledger, out=out, is_full=full)


def _report_cases(
    session: Session,
    office: Office,
    asked: PeriodAsked | None,
    ledger: str | None,
    out: Path | None,
    *,
    is_full: bool,
) -> int:
    require_month(office, asked)
    today = session.moment.as_of
    last_month = (today.year - 1, 12) if today.month == 1 else (today.year, today.month - 1)
    year, number = parse_month(asked.label) if asked else last_month
    hand_in = month_report(office, office.locality.ledger(ledger), year, number, out=out, is_full=is_full)
    if is_full:
        record_full_view(office, "report", [hand_in.report.period])
    if session.is_json:
        print_json({**_report_json(hand_in), "files": _files(office, hand_in)})
    else:
        _say_report(hand_in, _files(office, hand_in)[0])
    return 0


def _report_activities(
    session: Session, office: Office, wanted: ReportsAsked, out: Path | None, *, has_letter: bool, is_full: bool
) -> int:
    made = [leader_report(office, one, out=out, has_letter=has_letter, is_full=is_full) for one in wanted.reports]
    if is_full:
        record_full_view(office, "report", list(dict.fromkeys(m.hand_in.report.period for m in made)))
    if session.is_json:
        reports = [_leader_json(office, one) for one in made]
        lists = [{"duty": d.id, "title": d.title, "command": "zmn issue hand-in"} for d in wanted.lists]
        files = [name for one in made for name in _files(office, one.hand_in)]
        print_json({**reports[0], "files": files, "reports": reports, "elsewhere": lists})
        return 0
    for one in made:
        _say_leader_report(office, one)
    for other in wanted.lists:
        say(f"同期还要报{quoted(other.title)}（{other.citation.clause}）：请用 zmn issue hand-in 生成")
    return 0


def _formats(text: str | None) -> tuple[str, ...] | None:
    """The formats named, ``None`` for the usual ones. Raises :class:`BadValueError`."""
    if text is None:
        return None
    parts = text.replace("，", ",").replace("、", ",").split(",")
    named = tuple(dict.fromkeys(part.strip().lower() for part in parts))
    if unknown := [name for name in named if name not in (_XLSX, _DOCX)]:
        raise BadValueError(f"还不能生成“{'、'.join(unknown)}”", "现有格式：xlsx；活动报表还有 docx")
    return named


def _files(office: Office, hand_in: HandIn) -> list[str]:
    return [office.workspace.relative(path) for path in hand_in.paths]


def _report_json(hand_in: HandIn) -> dict[str, Any]:
    report = hand_in.report
    return {
        "period": report.period,
        "correction": hand_in.correction,
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
        "findings": [finding_json(f) for f in hand_in.findings],
    }


def _leader_json(office: Office, made: LeaderHandIn) -> dict[str, Any]:
    asked, hand_in, days = made.asked, made.hand_in, made.covered
    return {
        **_report_json(hand_in),
        "files": _files(office, hand_in),
        "is_new": hand_in.is_new,
        "report": asked.duty.report,
        "duty": asked.duty.id if asked.is_own else None,
        "title": hand_in.report.title,
        "to": asked.to,
        "activity_kind": asked.activity_kind,
        "covers_from": days.first,
        "covers_through": days.last,
        "as_of": days.cut,
        "due_on": made.due_on,
        "submit_by": made.submit_by,
        "blanks": list(hand_in.letter.blanks) if hand_in.letter else [],
    }


def _say_report(hand_in: HandIn, path: str) -> None:
    counts, rates = hand_in.report.counts, hand_in.report.rates
    say(
        f"✓ {hand_in.report.title}：{path}",
        f"  上月结转 {counts['carried_in']}，本月受理 {counts['accepted']}，"
        f"本月办结 {counts['resolved']}，结转下月 {counts['carried_out']}，逾期未结 {counts['overdue_open']}",
        "  " + "，".join(f"{r.label} {r.percent}（{r.numerator}/{r.denominator}）" for r in rates.values()),
    )
    _warn_report(hand_in)


def _warn_report(hand_in: HandIn) -> None:
    for check in hand_in.report.checks:
        if not check.holds:
            warn([f"核对不平：{check.identity}（{check.left} 与 {check.right}）；请用 zmn list 核对台账"])
    warn_findings(hand_in.findings)
    if hand_in.correction and hand_in.is_new:
        warn([f"与已有的报表数字不同，已作为“更正{hand_in.correction}”另存，原来的文件没有改动"])


def _say_leader_report(office: Office, made: LeaderHandIn) -> None:
    asked, hand_in, days = made.asked, made.hand_in, made.covered
    counts, clause = hand_in.report.counts, asked.duty.citation.clause
    say(f"✓ {hand_in.report.title}", *(f"  {name}" for name in _files(office, hand_in)))
    through = f"，截至 {days.cut}" if days.is_running else ""
    chosen = "（没有写期间，取截止日离今天最近的一期）" if asked.is_period_chosen else ""
    say(f"  统计 {days.first} 至 {days.last}{through}{chosen}")
    if asked.is_own:
        due = f"{made.due_on} 前，最迟 {made.submit_by} 报出" if made.due_on else "通知没有写明哪天"
        say(f"  报 {asked.to}，{due}（{clause}）")
    else:
        say(f"  通知没有要求本岗位报这一份；按{quoted(asked.duty.title)}（{clause}）的内容和截止日统计，供自己使用")
    say("  " + "，".join(f"{word} {counts[name]} {unit}" for name, word, unit in _TOLD if name in made.told))
    say(
        f"  问题：上期结转 {counts['issues_carried_in']}，本期发现 {counts['issues_found']}，"
        f"本期解决 {counts['issues_solved']}，结转下期 {counts['issues_carried_out']}，"
        f"其中逾期未销号 {counts['issues_overdue']}"
    )
    if hand_in.letter and hand_in.letter.blanks:
        say(f"  还有 {len(hand_in.letter.blanks)} 处黄色标记“［请填写：…］”，由人填写后再报出")
    if not hand_in.is_new:
        say("  数字与已有的一份相同，那一份没有改动")
    if days.is_running and made.due_on is not None:
        warn([f"这一期算到 {days.last}，过后请再生成一次，有增减的补报；下一期从次日算起，中间的不会漏"])
    _warn_report(hand_in)


_TOLD = (
    ("activities", "活动", "次"),
    ("participants", "参与", "人次"),
    ("served", "接待", "人"),
    ("items", "体验事项", "项"),
    ("enforcements", "参与执法", "次"),
)
