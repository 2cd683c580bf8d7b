"""``zmn rules`` and ``zmn locality``: what the notices say, beside what zmn does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from zhuomuniao.assets import locality_folder
from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import print_json, print_table, quote_text, say
from zhuomuniao.usecases.office import open_locality
from zhuomuniao.usecases.rulebook import every_locality, rule_lines

_KINDS = {
    "clock": "时限",
    "duty": "报送",
    "numbering": "编号",
    "codes": "代码",
    "layout": "表样",
    "units": "单位",
    "policy": "口径",
}


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
        say("", f"【{_KINDS[line.kind]}】{line.title}{'　' + line.limit if line.limit else ''}　[{line.id}]")
        if line.quote:
            say(f"  {quote_text(line.clause, line.quote)}")
        if line.basis != "notice":
            say(f"  依据：{line.basis.replace('unstated', '通知没有写明，zmn 选定')}")
        if line.note:
            say(f"  说明：{line.note}")
    return 0


def locality_list(ctx: typer.Context) -> int:
    session = session_of(ctx)
    folders = every_locality()
    if session.is_json:
        answer = [
            {
                "slug": f.locality.slug,
                "name": f.locality.name,
                "notice": f.locality.notice_number,
                "ledgers": [s.id for s in f.locality.ledgers],
            }
            for f in folders
        ]
        print_json({"localities": answer, "count": len(answer)})
        return 0
    rows = [
        (f.locality.slug, f.locality.name, "、".join(s.id for s in f.locality.ledgers), f.locality.notice_number)
        for f in folders
    ]
    print_table(("区县", "名称", "台账", "文号"), rows)
    return 0


def locality_show(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="区县", help="如 neixiang，或区县文件夹")],
) -> int:
    session = session_of(ctx)
    folder = open_locality(locality_folder(slug))
    locality = folder.locality
    if session.is_json:
        print_json(
            {
                "locality": {
                    "slug": locality.slug,
                    "name": locality.name,
                    "office": locality.office,
                    "notice": {"title": locality.notice_title, "number": locality.notice_number},
                    "roles": list(locality.roles),
                    "editions": [e.edition for e in locality.editions],
                    "ledgers": [
                        {"id": s.id, "title": s.title, "columns_source": folder.layout_of(s).columns_source}
                        for s in locality.ledgers
                    ],
                }
            }
        )
        return 0
    say(f"{locality.name}（{locality.slug}）　{locality.office}")
    say(f"  通知：{locality.notice_number}《{locality.notice_title}》")
    say(f"  角色：{'、'.join(locality.roles)}（缺省 {locality.roles[0]}）")
    for spec in locality.ledgers:
        layout = folder.layout_of(spec)
        source = "，表样由 zmn 拟定" if layout.columns_source == "inferred" else ""
        say(f"  台账 {spec.id}：{spec.title}（{len(layout.official_columns)}列{source}）")
    for edition in locality.editions:
        say(f"  规则 {edition.edition} 版：自 {edition.applies_from} 起受理的事项，{len(edition.clocks)}条时限")
    return 0
