"""Invented exports of hotline systems, as they come: wide, thin, with titles, merged cells and totals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

WIDE = (
    "序号", "工单编号", "工单标题", "诉求内容", "来电人姓名", "来电人电话", "性别", "来源渠道", "诉求类型",
    "一级分类", "二级分类", "三级分类", "紧急程度", "是否保密", "事发地址", "所属区县", "受理时间", "受理员",
    "受理员工号", "转办时间", "承办单位", "协办单位", "办理时限", "办结时间", "办理结果", "结案类型", "满意度",
    "回访时间", "首接人", "备注",
)  # fmt: skip
THIN = ("序号", "工单编号", "标题", "内容")


def order_no(n: int) -> str:
    """An invented number of 18 digits."""
    return f"1411242026{n:08d}"


def wide_row(n: int, **values: Any) -> list[Any]:
    """One order of the wide export; ``values`` by header."""
    row: dict[str, Any] = {
        "序号": n,
        "工单编号": order_no(n),
        "工单标题": f"第{n}件：营业执照变更被退回",
        "诉求内容": f"窗口三次退回材料，没有说明原因（{n}）",
        "来电人姓名": "安禾",
        "来电人电话": "13800000021",
        "来源渠道": "电话来电",
        "诉求类型": "投诉举报",
        "一级分类": "市场监管",
        "紧急程度": "一般",
        "受理时间": datetime(2026, 10, 8 + n % 15, 9, n % 60),
        "受理员": "话务员",
        "受理员工号": "0012",
        **values,
    }
    return [row.get(header) for header in WIDE]


def thin_row(n: int, content: str = "", title: str = "营业执照变更被退回") -> list[Any]:
    """One order of the thin export."""
    usual = f"来电人：安禾，联系电话：13800000021，来电时间：2026-10-{8 + n % 15:02d} 09:30。反映变更被退回（{n}）。"
    return [str(n), order_no(n), title, content or usual]


def write_csv(
    path: Path, rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(
    path: Path, sheets: dict[str, Sequence[Sequence[Any]]], *, merged: dict[str, Sequence[str]] | None = None
) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cells in (merged or {}).get(name, ()):
            sheet.merge_cells(cells)
    book.save(path)
    return path
