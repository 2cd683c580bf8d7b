"""``zmn locality``: the counties there are, and a county's own folder from its first line to its last check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhuomuniao.assets import locality_folder
from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import EXIT_FINDINGS, finding_json, print_json, print_table, say
from zhuomuniao.usecases.localities import check_county, start_county
from zhuomuniao.usecases.office import open_locality
from zhuomuniao.usecases.rulebook import every_locality


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


def locality_new(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="新区县放在哪里；文件夹名就是英文名，如 yunxi")],
    source: Annotated[
        str, typer.Option("--from", help="照哪个区县的样子，如 neixiang；zmn locality list 列出各个", metavar="区县")
    ],
    name: Annotated[str, typer.Option(help="区县的中文名称，如 云溪县", metavar="名称")] = "",
) -> int:
    session = session_of(ctx)
    new = start_county(folder, source, name)
    if session.is_json:
        print_json(
            {
                "folder": folder.as_posix(),
                "slug": new.slug,
                "from": source,
                "files": list(new.files),
                "count": len(new.files),
                "left": new.left,
            }
        )
        return 0
    say(
        f"✓ 建好了：{folder}（照抄自{new.source_name}，{len(new.files)}个文件，还有{new.left}处要改）",
        "  1. 把通知全文贴进 source.txt",
        "  2. 照每个文件开头写的，把 locality.toml、layouts、rules、cases.toml 改成本县的",
        f"  3. 随时运行 zmn locality check {folder}，它会列出还剩什么；全部改好后",
        f"  4. zmn init 工作区文件夹 --locality {folder}",
    )
    return 0


def locality_check(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="文件夹", help="区县文件夹，或随 zmn 带来的区县，如 neixiang")],
) -> int:
    session = session_of(ctx)
    with while_waiting(session, "核对规则"):
        checked = check_county(folder)
    found = checked.findings
    if session.is_json:
        print_json(
            {
                "findings": [{**finding_json(finding), "sheet": None} for finding in found],
                "count": len(found),
                "checked": {"rules": checked.rules, "quotes": checked.quotes, "cases": checked.cases},
            }
        )
        return EXIT_FINDINGS if found else 0
    looked_at = f"{checked.rules}条规则、{checked.quotes}处原文、{checked.cases}个手算的例子"
    if not found:
        say(f"✓ {checked.name}：没有发现问题。核对了{looked_at}")
        return 0
    for file in dict.fromkeys(finding.file for finding in found):
        say(f"{file}")
        for finding in found:
            if finding.file == file:
                say(f"  {finding.column}：{finding.found}；{finding.remedy}")
    say("", f"✗ {checked.name}：还有{len(found)}处要改。核对了{looked_at}", "  改好后再运行一次；写法见《新增区县》")
    return EXIT_FINDINGS
