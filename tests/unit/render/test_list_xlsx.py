"""The copy a unit stamps, signs and hands in looks as the notice's annex and takes what anybody writes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from openpyxl.worksheet.worksheet import Worksheet

from zhuomuniao import sheetlook
from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import Column, Layout, load_layout
from zhuomuniao.render.list_xlsx import render_list
from zhuomuniao.render.pdf import convert_to_pdf, find_office_program

GOLDEN = Path(__file__).parents[2] / "golden"
BEILIN_EDGES = {
    "unit": "区教育局",
    "leader": "郑知行",
    "activity_kind": "走流程坐窗口",
    "held_on": "2026年9月15日",
}
BEILIN_ROWS = (
    {
        "row_no": 1,
        "case_no": "BL-WT-2026-0001",
        "place": "区政务服务大厅二楼",
        "experience": "民办幼儿园设立审批",
        "experience_mode": "陪同群众办事",
        "problem": "材料清单网上与窗口不一致",
        "need": "希望延长午间服务",
        "remedy": "=三日内统一清单",
        "due_on": date(2026, 9, 30),
        "effect": "",
        "remark": "-",
        "status": "整改中",
    },
    {"place": "12345", "problem": "电话打不通", "due_on": "2026年四季度", "effect": True},
)
JINGBIAN_EDGES = {"unit": "县住建局", "contact": "王敏", "contact_phone": "0912-4621234"}


def layout_of(locality: str) -> Layout:
    layout = load_layout(data_folder() / "localities" / locality / "layouts" / "issues.toml")
    assert isinstance(layout, Layout)
    return layout


def sheet_of(
    layout: Layout,
    edges: Mapping[str, str],
    rows: Sequence[Mapping[str, sheetlook.CellContent]],
    *,
    title: str | None = None,
) -> Worksheet:
    data = render_list(layout, edges, rows, title=title)
    assert data == render_list(layout, edges, rows, title=title)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


def dump(sheet: Worksheet) -> str:
    merged = {str(area).split(":")[0]: str(area) for area in sheet.merged_cells.ranges}
    lines = [
        f"{merged.get(cell.coordinate, cell.coordinate)}\t{cell.font.name} {cell.font.sz:g}\t{cell.number_format}"
        f"\t{'framed' if cell.border.left.style else ''}\t{cell.value!r}"
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None or cell.coordinate in merged or (cell.column == 1 and cell.border.left.style)
    ]
    return "\n".join(lines) + "\n"


def header_row(sheet: Worksheet) -> int:
    return next(row for row in range(1, 12) if sheet.cell(row, 1).value == "序号")


@pytest.mark.parametrize(
    ("name", "edges", "rows"),
    [
        ("beilin", BEILIN_EDGES, BEILIN_ROWS),
        ("jingbian", JINGBIAN_EDGES, ({"item": "施工许可", "leader": "安禾 局长", "problem": "勘验超期"},)),
    ],
)
def test_the_copy_is_what_was_looked_at(
    name: str, edges: Mapping[str, str], rows: Sequence[Mapping[str, sheetlook.CellContent]]
) -> None:
    found = dump(sheet_of(layout_of(name), edges, rows))
    golden = GOLDEN / f"hand-in-list-{name}.txt"
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_only_the_official_columns_are_handed_in() -> None:
    layout = layout_of("beilin")
    sheet = sheet_of(layout, BEILIN_EDGES, BEILIN_ROWS)
    headers = [cell.value for cell in sheet[header_row(sheet)]]
    assert headers == [column.header for column in layout.official_columns]
    shown = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert not shown & {"BL-WT-2026-0001", "整改中", "编号", "状态"}


def test_nothing_filled_in_leaves_labels_and_room_for_the_pen() -> None:
    sheet = sheet_of(layout_of("jingbian"), {}, ())
    header = header_row(sheet)
    above = [sheet.cell(row, 1).value for row in range(1, header)]
    assert above == [
        "附件3",
        "“一把手”跟执法活动发现问题整改清单",
        "单位 (盖章):",
        "主要负责人 (签字):",
        "日期:      年    月    日",
    ]
    framed = [row for row in range(header + 1, sheet.max_row + 1) if sheet.cell(row, 1).border.left.style]
    assert len(framed) == 8
    assert all(sheet.cell(row, column).value is None for row in framed for column in range(1, 7))
    assert min(sheet.row_dimensions[row].height for row in framed) >= 28
    below = [sheet.cell(row, 1).value for row in range(framed[-1] + 1, sheet.max_row + 1)]
    assert below == [None, "联系人:", "联系电话:"]
    total = sum(sheet.row_dimensions[row].height for row in range(1, sheet.max_row + 1))
    assert total <= sheetlook.Paper(is_landscape=True, top=18, bottom=16).height_points


def test_the_head_fields_of_碑林_stand_side_by_side_in_the_order_of_the_notice() -> None:
    sheet = sheet_of(layout_of("beilin"), BEILIN_EDGES, ())
    line = [cell.value for cell in sheet[header_row(sheet) - 1] if cell.value]
    assert line == ["填报单位：区教育局", "负责人姓名 郑知行", "参与活动名称：走流程坐窗口", "时间：2026年9月15日"]


def test_values_are_what_they_are() -> None:
    sheet = sheet_of(layout_of("beilin"), {**BEILIN_EDGES, "unit": "=1+1"}, BEILIN_ROWS)
    first = header_row(sheet) + 1
    row = {sheet.cell(first - 1, at).value: sheet.cell(first, at) for at in range(1, 11)}
    assert (row["完成时限"].value, row["完成时限"].number_format) == (datetime(2026, 9, 30), "yyyy-mm-dd")
    assert (row["拟采取的解决措施"].value, row["拟采取的解决措施"].data_type) == ("=三日内统一清单", "s")
    assert (row["备注"].value, row["备注"].data_type, row["备注"].number_format) == ("-", "s", "@")
    assert row["整改效果"].value is None
    second = {sheet.cell(first - 1, at).value: sheet.cell(first + 1, at) for at in range(1, 11)}
    assert (second["序号"].value, second["序号"].number_format) == (2, "0")
    assert (second["参与活动地点"].value, second["参与活动地点"].number_format) == ("12345", "@")
    assert (second["完成时限"].value, second["完成时限"].number_format) == ("2026年四季度", "@")
    assert second["整改效果"].value == "是"


def test_a_long_list_repeats_its_header_and_gets_no_blank_rows() -> None:
    sheet = sheet_of(layout_of("beilin"), BEILIN_EDGES, [{"problem": f"问题{n}"} for n in range(60)])
    header = header_row(sheet)
    assert sheet.print_title_rows == f"${header}:${header}"
    assert sheet.max_row == header + 60
    assert [sheet.cell(header + n, 1).value for n in range(1, 61)] == [*range(1, 61)]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


@pytest.mark.parametrize("length", [40, 400, 2000, 12000])
def test_long_texts_are_whole(length: int) -> None:
    problem = "窗" * length
    sheet = sheet_of(layout_of("beilin"), BEILIN_EDGES, [{"problem": problem}, {"problem": "短"}])
    top = header_row(sheet) + 1
    cell = sheet.cell(top, 5)
    assert cell.value == problem
    areas = [area for area in sheet.merged_cells.ranges if area.min_row == top and area.min_col == 5]
    rows = range(top, (areas[0].max_row if areas else top) + 1)
    heights = [sheet.row_dimensions[row].height for row in rows]
    assert max(heights) <= sheetlook.MAX_ROW_POINTS
    points = sheet.column_dimensions["E"].width * sheetlook.CHARACTER_POINTS
    assert sum(heights) >= sheetlook.height_needed(problem, points, cell.font.sz) - len(heights)
    assert cell.font.sz >= 9
    assert bool(areas) == (length >= 2000)
    # What is printed over several pages is looked for where it begins.
    assert {sheet.cell(top, at).alignment.vertical for at in (1, 2, 5)} == {"top" if areas else "center"}
    assert sheet.cell(rows[-1] + 1, 5).value == "短"


def test_a_long_unit_and_title_wrap_instead_of_being_cut() -> None:
    unit = "市自然资源和规划局碑林分局" * 5
    title = "二〇二六年第三季度“一把手走流程、坐窗口、跟执法、处投诉”活动" * 3
    sheet = sheet_of(layout_of("beilin"), {**BEILIN_EDGES, "unit": unit}, (), title=title)
    assert sheet["A2"].value == title
    assert sheet.row_dimensions[2].height > 60
    assert sheet["A3"].value == f"填报单位：{unit}"
    assert sheet["A3"].alignment.wrap_text
    assert sheet.row_dimensions[3].height > 30


def test_more_fields_than_columns_go_on_in_the_next_line() -> None:
    layout = layout_of("beilin")
    narrow = replace(layout, columns=(Column("row_no", "序号"), Column("problem", "发现问题", width=40)))
    sheet = sheet_of(narrow, BEILIN_EDGES, ())
    assert [[cell.value for cell in row] for row in sheet["A3:B4"]] == [
        ["填报单位：区教育局", "负责人姓名 郑知行"],
        ["参与活动名称：走流程坐窗口", "时间：2026年9月15日"],
    ]


@pytest.mark.skipif(not find_office_program(), reason="needs LibreOffice")
def test_it_can_be_printed() -> None:
    data = render_list(layout_of("jingbian"), JINGBIAN_EDGES, ({"item": "施工许可"},))
    made = convert_to_pdf(data, "xlsx")
    assert made.startswith(b"%PDF")
    assert made.count(b"/Type/Page\n") + made.count(b"/Type/Page/") + made.count(b"/Type /Page\n") == 1
