"""``zmn rules``: what the notice says, beside what zmn does."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import asdict

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import print_json, quote_text, say
from zhuomuniao.usecases.rulebook import KIND_TITLES, rule_lines


def rules(
    ctx: typer.Context,
    ledger: Annotated[str | None, typer.Option(help="只看一本台账的规则", metavar="台账")] = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    edition = office.locality.rules_on(session.moment.as_of)
    wanted = office.locality.ledger(ledger).id if ledger else None
    lines = rule_lines(office.folder, edition, wanted)
    if session.is_json:
        answer = [asdict(line) for line in lines]
        print_json({"edition": edition.edition, "rules": answer, "count": len(lines)})
        return 0
    locality = office.locality
    say(f"{locality.name}　{locality.notice_number}《{locality.notice_title}》　规则版本 {edition.edition}")
    for line in lines:
        say("", f"【{KIND_TITLES[line.kind]}】{line.title}{'　' + line.limit if line.limit else ''}　[{line.id}]")
        if line.quote:
            say(f"  {quote_text(line.clause, line.quote)}")
        if line.basis != "notice":
            say(f"  依据：{line.basis.replace('unstated', '通知没有写明，zmn 选定')}")
        if line.note:
            say(f"  说明：{line.note}")
    return 0
