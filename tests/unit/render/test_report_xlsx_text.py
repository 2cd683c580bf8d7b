"""What clerks and citizens typed stands in a report's cells letter for letter, and is never more than text."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from zhuomuniao.errors import CannotWriteError
from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_xlsx import render_report
from zhuomuniao.reports.tables import Content, Place, Report, Table, TableColumn

HOSTILE = [
    "=1+1",
    "=HYPERLINK(\"http://example.invalid\",\"点我\")",
    "{=SUM(A1)}",
    "+8613800138000",
    "-1",
    "@SUM(A1)",
    "'单引号开头",
    "http://example.invalid/办事?a=1&b=2",
    "mailto:a@example.invalid",
    "internal:汇总!A1",
    "external:c:\\temp\\a.xlsx",
    "0012",
    "1e5",
    "41000119800101002X",
    "TRUE",
    "#N/A",
    "NaN",
    "_x000D_",
    "材料_x4E00_不全",
    "_x005F_x000D_",
    "_x0041_x0042_x0043_尾",
    "<b>粗</b> & “引号” ]]>",
    "<r>不是标记</r>",
    "<r><t>也不是</t></r>",
    "<r></r>",
    " 前后有空格 ",
    "第一行\n第二行\n",
    "制表\t符",
    "生僻字𠮷与表情😀",
]  # fmt: skip

# openpyxl takes the escape off this one twice; calamine and LibreOffice once.
MISREAD = "_x005F_x000D_"

CLEANED = [
    ("控\x00制\x0b字\x1f符", "控制字符"),
    ("回车\r\n换行\r再换", "回车\n换行\n再换"),
    ("不成对\ud83d的半个字", "不成对的半个字"),
    ("非字符\ufffe\uffff\ufdd0", "非字符"),
]


def made(rows: list[tuple[Content, ...]], *columns: TableColumn, tables: int = 1) -> bytes:
    table = Table("台账", "", columns or (TableColumn("内容", 30, place=Place.LEFT),), tuple(rows), title=("题",))
    return render_report(Report("2026-08", "题", (table,) * tables, {}, {}, (), len(rows)))


def openpyxl_column(data: bytes, *, first: int = 3) -> list[object]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        sheet = openpyxl.load_workbook(BytesIO(data))["台账"]
    assert {cell.data_type for cell in sheet["A"]} <= {"s", "n", "d"}
    return [cell.value for cell in sheet["A"]][first - 1 :]


def calamine_column(data: bytes, *, first: int = 3) -> list[object]:
    rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name("台账").to_python(skip_empty_area=False)
    return [row[0] for row in rows][first - 1 :]


def without_misread(texts: Sequence[object]) -> list[object]:
    place = HOSTILE.index(MISREAD)
    return [*texts[:place], *texts[place + 1 : len(HOSTILE)]]


def test_N07_every_text_is_read_back_letter_for_letter() -> None:
    data = made([(text,) for text in HOSTILE])
    assert without_misread(openpyxl_column(data)) == without_misread(HOSTILE)
    assert calamine_column(data) == HOSTILE


def test_the_same_holds_in_merged_cells() -> None:
    data = made([(text,) for text in HOSTILE], tables=2)
    assert without_misread(openpyxl_column(data)) == without_misread(HOSTILE)
    assert calamine_column(data)[: len(HOSTILE)] == HOSTILE


def test_a_file_with_odd_texts_is_the_same_every_time() -> None:
    assert made([(text,) for text in HOSTILE]) == made([(text,) for text in HOSTILE])


def test_N07_no_text_becomes_a_formula_or_a_link() -> None:
    archive = ZipFile(BytesIO(made([(text,) for text in HOSTILE])))
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count('t="s"') == len(HOSTILE) + 2
    assert "<f" not in sheet
    assert "hyperlink" not in sheet
    assert "xl/worksheets/_rels/sheet1.xml.rels" not in archive.namelist()


@pytest.mark.parametrize(("typed", "kept"), CLEANED)
def test_what_no_xlsx_can_hold_is_left_out_and_the_rest_stays(typed: str, kept: str) -> None:
    data = made([(typed,), ("下一行",)])
    assert openpyxl_column(data) == [kept, "下一行"]
    assert calamine_column(data) == [kept, "下一行"]


def test_titles_heads_notes_and_headers_are_text_too() -> None:
    table = Table(
        "台账", "=名", (TableColumn("=列", 30),), (("一",),), title=("=上", "=题"), head=("=左", "=右"),
        notes=("=注",), signatures=("=签",),
    )  # fmt: skip
    data = render_report(Report("2026-08", "=题", (table, table), {}, {}, (), 1))
    assert "<f" not in ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert openpyxl_column(data, first=1)[:8] == ["=上", "=题", "=左", "=名", "=列", "一", "=注", "=签"]


@pytest.mark.parametrize("text", ["情" * 32_767, "😀" * 16_383])
def test_the_longest_text_a_cell_can_hold_stays_whole(text: str) -> None:
    assert openpyxl_column(made([(text,)])) == [text]


@pytest.mark.parametrize("text", ["情" * 32_768, "😀" * 16_384])
def test_a_longer_one_is_refused_by_name_and_never_cut(text: str) -> None:
    with pytest.raises(CannotWriteError, match=r"“台账”第4行.*最多放32767个字") as refused:
        made([("短",), (text,)])
    assert refused.value.remedy
    assert text[:20] not in refused.value.message


def test_a_moment_of_another_zone_is_told_in_beijing_time() -> None:
    noon = datetime(2026, 8, 3, 4, 0, tzinfo=timezone(timedelta(hours=0)))
    data = made([(noon,), (datetime(2026, 8, 3, 9, 30),)], TableColumn("时间", 16, ColumnType.MOMENT))
    assert openpyxl_column(data) == [datetime(2026, 8, 3, 12, 0), datetime(2026, 8, 3, 9, 30)]


def test_a_day_in_a_column_of_texts_is_shown_as_a_day_and_a_number_as_a_number() -> None:
    data = made([(date(2026, 8, 3),), (datetime(2026, 8, 3, 9, 30),), (17,), ("十七",), (None,)])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        sheet = openpyxl.load_workbook(BytesIO(data))["台账"]
    formats = [sheet.cell(row, 1).number_format for row in range(3, 8)]
    assert formats == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0", "@", "@"]
    assert sheet["A7"].border.left.style == "thin"
