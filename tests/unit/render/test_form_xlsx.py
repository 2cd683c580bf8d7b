from __future__ import annotations

import os
import warnings
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.paperwork import values_of
from zhuomuniao.assets import data_folder
from zhuomuniao.forms.filled import fill_form
from zhuomuniao.layouts import load_layout
from zhuomuniao.model import Case
from zhuomuniao.paperlayouts import FormLayout
from zhuomuniao.render.form_xlsx import render_form

GOLDEN = Path(__file__).parents[2] / "golden" / "register-form.txt"
CASE = Case(
    case_no="2026100801",
    ledger="window",
    accepted_at=datetime(2026, 10, 8, 9, 30),
    applicant="李四",
    phone="+8613800138000",
    about='=HYPERLINK("http://x","点我")办理营业执照变更三次未受理。',
    accepted_by="王五",
    result="-1",
)


def sheet_of(case: Case) -> openpyxl.worksheet.worksheet.Worksheet:
    form = load_layout(data_folder() / "localities" / "neixiang" / "layouts" / "register-form.toml")
    assert isinstance(form, FormLayout)
    data = render_form(fill_form(form, values_of(case)))
    assert data == render_form(fill_form(form, values_of(case)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


def dump(sheet: openpyxl.worksheet.worksheet.Worksheet) -> str:
    merged = {str(area).split(":")[0]: str(area) for area in sheet.merged_cells.ranges}
    lines = [
        f"{merged.get(cell.coordinate, cell.coordinate)}\t{cell.font.name} {cell.font.sz:g}\t{cell.value!r}"
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None or cell.coordinate in merged
    ]
    return "\n".join(lines) + "\n"


def test_the_form_is_what_was_approved() -> None:
    found = dump(sheet_of(CASE))
    if os.environ.get("ZMN_UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_the_frame_is_whole_around_merged_cells_too() -> None:
    sheet = sheet_of(CASE)
    for row in range(4, 10):
        assert sheet.cell(row, 1).border.left.style == "thin"
        assert sheet.cell(row, 4).border.right.style == "thin"
        assert sheet.cell(row, 4).border.bottom.style == "thin"
        assert sheet.cell(row, 2).border.left.style == "thin"
    assert sheet["A9"].border.bottom.style == "thin"
    assert {sheet.cell(row, 1).border.left.style for row in (1, 2, 3, 10)} == {None}


def test_text_is_never_a_formula() -> None:
    cells = [cell for row in sheet_of(CASE).iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}


def test_it_is_one_portrait_a4_page() -> None:
    sheet = sheet_of(CASE)
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)


@pytest.mark.parametrize("length", [0, 300, 900, 3000, 20000])
def test_long_texts_are_whole_and_take_smaller_type(length: int) -> None:
    about = "情" * length
    sheet = sheet_of(replace(CASE, about=about))
    story = sheet["B6"]
    assert (story.value or "") == about
    assert story.font.sz >= 8
    heights = [sheet.row_dimensions[n].height for n in range(1, sheet.max_row + 1)]
    assert all(0 < height <= 409 for height in heights)
    if length <= 900:
        assert sheet.page_setup.fitToHeight == 1
    if length >= 3000:
        assert (story.font.sz, sheet.page_setup.fitToHeight) == (8, 0)
    assert sheet["B4"].font.sz == 14
