from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from zhuomuniao import sheetlook
from zhuomuniao.layouts import Column, ColumnType


def saved_cell(content: sheetlook.CellContent) -> tuple[object, str, bytes]:
    workbook = sheetlook.new_workbook()
    sheet = workbook.create_sheet("表")
    sheetlook.put(sheetlook.cell_at(sheet, 1, 1), content)
    data = sheetlook.workbook_bytes(workbook)
    cell = openpyxl.load_workbook(BytesIO(data)).worksheets[0]["A1"]
    return cell.value, cell.data_type, ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x","点我")', "@SUM(A1)", "-1", "+86", "#N/A", "TRUE", "007"])
def test_text_stays_text(text: str) -> None:
    value, kind, part = saved_cell(text)
    assert (value, kind) == (text, "s")
    assert b"<f>" not in part
    assert b't="e"' not in part


def test_what_excel_would_decode_is_escaped_and_control_characters_go() -> None:
    assert saved_cell("编号_x0041_")[0] == "编号_x005F_x0041_"
    assert saved_cell("上\x0b下")[0] == "上下"


def test_a_moment_is_written_in_beijing_time() -> None:
    assert saved_cell(datetime(2026, 10, 31, 15, 50, tzinfo=UTC))[0] == datetime(2026, 10, 31, 23, 50)


def test_blank_text_leaves_the_cell_empty() -> None:
    assert saved_cell("")[0] is None


def test_the_bytes_do_not_depend_on_the_clock() -> None:
    def book() -> bytes:
        workbook = sheetlook.new_workbook()
        workbook.create_sheet("表")
        return sheetlook.workbook_bytes(workbook)

    first = book()
    assert first == book()
    core = ZipFile(BytesIO(first)).read("docProps/core.xml")
    assert core.count(b"2000-01-01T00:00:00Z") == 2
    assert "宋体" in ZipFile(BytesIO(first)).read("xl/styles.xml").decode()


def test_lines_needed_counts_chinese_as_whole_ems_and_paragraphs_apart() -> None:
    assert sheetlook.lines_needed("二十个汉字" * 4, 20 * 10 + 4, 10) == 1
    assert sheetlook.lines_needed("二十个汉字" * 4 + "外", 20 * 10 + 4, 10) == 2
    assert sheetlook.lines_needed("一\n\n三", 100, 10) == 3
    assert sheetlook.lines_needed("", 100, 10) == 1


def test_printed_widths_keep_days_whole_and_headers_without_an_orphan() -> None:
    day, moment, tier = sheetlook.printed_widths(
        [
            Column("d", "办理时限", ColumnType.DATE, 5),
            Column("m", "受理时间", ColumnType.MOMENT, 11),
            Column("t", "响应级别", width=7),
        ]
    )
    size, unit = sheetlook.BODY_SIZE, sheetlook.CHARACTER_POINTS
    assert day * unit >= 10 * size / 2 + 4
    assert moment * unit >= 16 * size / 2 + 4
    assert tier * unit >= 4 * sheetlook.HEADER_SIZE


def test_a_cell_inside_a_merged_one_is_refused() -> None:
    workbook = sheetlook.new_workbook()
    sheet = workbook.create_sheet("表")
    sheet.merge_cells("A1:C1")
    with pytest.raises(ValueError, match="merged"):
        sheetlook.cell_at(sheet, 1, 2)
