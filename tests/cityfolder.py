"""What a city has from its counties and townships: workspaces, books that came alone, copies, files that are none.

Invented people, and the ledgers of several counties side by side.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.countycases import neixiang, xiangtan
from tests.countydesks import linxian
from tests.countyoffices import done, open_office_desk, take
from tests.desk import Desk

TODAY = "2026-11-06"
MONTH = "2026-10"
TOWNSHIP_BOOK = "报来/城关镇/窗口台账.xlsx"
OLDER_COPY = "报来/城关镇（上周报的）/窗口台账.xlsx"
SAME_BYTES = "报来/又报了一次.xlsx"
BROKEN, UNSTAMPED, HALF = "报来/坏的.xlsx", "报来/别的表.xlsx", "报来/拷了一半.xlsx"
ORDER = "12345202610190007"
"""A work order that the county's hotline and a township's have both."""

PERSON = {"name": "田某某", "phone": "13900139777"}
MATTER = "老粮站旁边的门面房办不动产登记，房管说档案在国土，国土说档案在房管"
SAME_MATTER = "老粮站旁边门面房办不动产登记，房管说档案在国土，国土又说在房管，没人管"
"""The same matter as two windows wrote it down."""


@dataclass(frozen=True)
class City:
    """The folder, and the desks whose workspaces stand in it."""

    folder: Path
    neixiang: Desk
    xiangtan: Desk
    linxian: Desk
    township: Desk
    hotline: Desk

    def rollup(self, out: Path, *more: str, month: str = MONTH) -> list[str]:
        """The command line that sums the city up."""
        return ["rollup", str(self.folder), "--month", month, "--out", str(out), "--as-of", TODAY, *more]


def make_city(folder: Path, desks: Path) -> City:
    """Three counties' workspaces, a township's hotline beside them, and what was handed in as files.

    The township's own workspace stays at ``desks``: only its book came.
    """
    offices = (neixiang(folder / "内乡"), xiangtan(folder / "湘潭"), linxian(folder / "临县"))
    township = open_office_desk(desks / "城关镇", "neixiang", office="内乡县城关镇便民服务中心")
    take(township, "2026-10-12 10:00", "低保停发没有告知原因", done("2026-10-14 16:00", "已补发"), unit="民政",
         name="梁某某", phone="13900139001")  # fmt: skip
    (folder / OLDER_COPY).parent.mkdir(parents=True)
    shutil.copy(township.book, folder / OLDER_COPY)
    take(township, "2026-10-20 09:00", SAME_MATTER, unit="不动产", **PERSON)
    take(offices[0], "2026-10-16 15:00", MATTER, done("2026-10-23 09:00", "房管出具证明"), unit="不动产", **PERSON)
    (folder / TOWNSHIP_BOOK).parent.mkdir()
    shutil.copy(township.book, folder / TOWNSHIP_BOOK)
    shutil.copy(township.book, folder / SAME_BYTES)
    order = {"ledger": "hotline", "no": ORDER, "name": "临县某某粮油店", "phone": "13900139555"}
    take(offices[2], "2026-10-19 11:00", "门口修路两个月没有便道", **order)
    hotline = open_office_desk(folder / "临县" / "各乡镇" / "安业乡", "linxian", office="安业乡政府")
    take(hotline, "2026-10-20 08:30", "门口修路没有便道，县里转来", done("2026-10-22 17:00", "铺了便道"), **order)
    (folder / BROKEN).write_bytes(b"PK\x03\x04 no zip at all")
    (folder / HALF).write_bytes(township.book.read_bytes()[:9000])
    _other_table(folder / UNSTAMPED)
    (folder / "报来" / "~$窗口台账.xlsx").write_bytes(b"owner file")
    return City(folder, *offices, township, hotline)


def _other_table(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["名称", "数量"])
    book.save(path)
