"""``zmn report``: files to print, sign and hand in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import parse_month, session_of
from zhuomuniao.commands._view import finding_json, print_json, say, warn, warn_findings
from zhuomuniao.errors import BadValueError
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.reporting import HandIn, month_report

LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]
Out = Annotated[Path | None, typer.Option(help="放到哪个文件夹", metavar="文件夹")]
Format = Annotated[str, typer.Option("--format", help="文件格式，现有 xlsx", metavar="格式")]


def report(
    ctx: typer.Context,
    month: Annotated[str | None, typer.Option(help="哪个月，如 2026-10；不写就是上个月", metavar="月份")] = None,
    ledger: LedgerName = None,
    out: Out = None,
    format_: Format = "xlsx",
    full: Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")] = False,
) -> int:
    session = session_of(ctx)
    _require_xlsx(format_)
    office = session.office_to_look()
    today = session.moment.as_of
    last_month = (today.year - 1, 12) if today.month == 1 else (today.year, today.month - 1)
    year, number = parse_month(month) if month else last_month
    hand_in = month_report(office, office.locality.ledger(ledger), year, number, out=out, is_full=full)
    if full:
        record_full_view(office, "report", [hand_in.report.period])
    path = office.workspace.relative(hand_in.path)
    if session.is_json:
        print_json({**_report_json(hand_in), "files": [path]})
    else:
        _say_report(hand_in, path)
    return 0


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


def _say_report(hand_in: HandIn, path: str) -> None:
    counts, rates = hand_in.report.counts, hand_in.report.rates
    say(
        f"✓ {hand_in.report.title}：{path}",
        f"  上月结转 {counts['carried_in']}，本月受理 {counts['accepted']}，"
        f"本月办结 {counts['resolved']}，结转下月 {counts['carried_out']}，逾期未结 {counts['overdue_open']}",
        "  " + "，".join(f"{r.label} {r.percent}（{r.numerator}/{r.denominator}）" for r in rates.values()),
    )
    for check in hand_in.report.checks:
        if not check.holds:
            warn([f"核对不平：{check.identity}（{check.left} 与 {check.right}）；请用 zmn list 核对台账"])
    warn_findings(hand_in.findings)
    if hand_in.correction and hand_in.is_new:
        warn([f"与已有的报表数字不同，已作为“更正{hand_in.correction}”另存，原来的文件没有改动"])


def _require_xlsx(format_: str) -> None:
    if format_ != "xlsx":
        raise BadValueError(f"还不能生成“{format_}”", "现有格式：xlsx")
