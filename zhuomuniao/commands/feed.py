"""``zmn calendar feed``: hand-ins and limits for the calendar in Outlook or on a phone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import finding_json, print_json, say, warn, warn_findings
from zhuomuniao.errors import BadValueError
from zhuomuniao.usecases.feeding import AHEAD_DAYS, FeedRequest, feed_bytes, gather_feed, publish_feed

_PIPE = Path("-")


def calendar_feed(
    ctx: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="写到哪个 .ics 文件或文件夹；- 是直接输出", metavar="文件"),
    ] = None,
    ahead: Annotated[
        int, typer.Option(help="报送提前多少天列出；事项的期限不论远近都列出", metavar="天数", min=1, max=400)
    ] = AHEAD_DAYS,
    ledger: Annotated[str | None, typer.Option(help="只要一本台账的", metavar="台账")] = None,
    unit: Annotated[str, typer.Option(help="只要一个单位的期限，不带本单位的报送", metavar="单位")] = "",
    remind: Annotated[bool, typer.Option("--remind", help="每条带提醒：前一个工作日上午9点响")] = False,
) -> int:
    session = session_of(ctx)
    if out == _PIPE and session.is_json:
        raise BadValueError("-o - 和 --json 不能一起用", "请去掉一个")
    office = session.office_to_look()
    request = FeedRequest(
        ledger=office.locality.ledger(ledger).id if ledger else "", unit=unit, ahead=ahead, has_alarms=remind
    )
    if out == _PIPE:
        _pipe(feed_bytes(office, gather_feed(office, request)))
        return 0
    published = publish_feed(office, request, out)
    gathered, file = published.gathered, office.workspace.relative(published.path.absolute())
    if session.is_json:
        print_json(
            {
                "file": file,
                "changed": published.is_changed,
                "events": gathered.current,
                "cancelled": gathered.cancelled,
                "skipped": gathered.undated,
                "findings": [finding_json(f) for f in gathered.findings],
            }
        )
        return 0
    say(
        f"✓ 已写好订阅日历：{file}" if published.is_changed else f"订阅日历没有变，没有重写：{file}",
        f"  期限和报送 {gathered.current} 条"
        + (f"，另有已了结的 {gathered.cancelled} 条（好让导入过的日历去掉它）" if gathered.cancelled else ""),
        "  Outlook：文件 → 打开和导出 → 打开日历，选这个文件；手机：发到手机上点开，选“日历”",
        "  台账变动以后再运行一次、再导入一次：每条的标识不变，日历软件据此更新原来那一条",
    )
    if gathered.undated:
        warn([f"有 {gathered.undated} 项没有定下日期（一事一议或还没有定期限），没有列入"])
    warn_findings(gathered.findings)
    return 0


def _pipe(data: bytes) -> None:
    """The file itself on stdout: its line ends are part of the format, and no console may change them."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(data.decode())
        return
    raw.write(data)
    raw.flush()
