"""临县政务服务大厅 on 5 August 2026: the July ledger of calls goes out by Friday the 7th, the 8th is a Saturday."""

from __future__ import annotations

import re
from pathlib import Path

from tests.desk import Desk

HOTLINE = ("report", "--ledger", "hotline", "--month")


def open_hall(folder: Path) -> Desk:
    """The hall with two calls of July in its ledger."""
    desk = Desk(folder, "2026-08-05")
    line = ("--locality", "linxian", "--clerk", "赵敏慧", "--year", "2026", "--role", "政务服务大厅")
    answer = desk.type("init", str(desk.folder), *line)
    assert answer.code == 0, answer.err
    take_call(desk, "2026-07-02 09:00", name="李四", phone="13800138000", about="营业执照变更办不下来")
    take_call(desk, "2026-07-10 09:00", name="王五", about="环评批复迟迟不来")
    return desk


def take_call(desk: Desk, at: str, name: str = "钱七", about: str = "社保补缴不会办", **options: str) -> str:
    number = "LX" + re.sub("[^0-9]", "", at)
    return str(desk.register(at, name, about, ledger="hotline", no=number, **options)["case_no"])


def names(desk: Desk, period: str = "2026-07") -> list[str]:
    """What stands in the period's folder, without the ledger's long name."""
    return sorted(re.sub(f"^.*(?={period})", "", p.name) for p in (desk.folder / "报表" / period).iterdir())
