"""``zmn init``: a workspace and the year's books."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import print_json, say
from zhuomuniao.usecases.setting_up import set_up
from zhuomuniao.workspace import CONFIG_NAME, WorkspaceConfig


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="工作区放在哪里")],
    locality: Annotated[str, typer.Option(help="区县，如 neixiang、linxian，或区县文件夹", metavar="区县")],
    role: Annotated[str, typer.Option(help="谁的工作台，如 窗口", metavar="角色")] = "",
    office: Annotated[str, typer.Option(help="单位全称", metavar="名称")] = "",
    clerk: Annotated[str, typer.Option(help="经办人", metavar="姓名")] = "",
    year: Annotated[int | None, typer.Option(help="建哪一年的台账", metavar="年", min=2000, max=2100)] = None,
) -> int:
    session = session_of(ctx)
    config = WorkspaceConfig(locality=locality, role=role, office=office, clerk=clerk)
    new = set_up(folder, config, session.moment, year=year)
    workspace = new.office.workspace
    books = [workspace.relative(path) for path in new.books]
    if session.is_json:
        print_json({"workspace": folder.as_posix(), "config": CONFIG_NAME, "books": books, "count": len(books)})
        return 0
    say(
        f"✓ 工作区建好了：{folder}",
        f"  {CONFIG_NAME}：{new.office.locality.name}，{new.office.role}，{new.office.name}",
    )
    for book in books:
        say(f"  台账：{book}")
    say(f"  下一步：进入这个文件夹，用 {new.first_command} 登记{new.first_row}")
    return 0
