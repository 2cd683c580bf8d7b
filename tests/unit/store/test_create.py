from __future__ import annotations

import re
import warnings
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import LOG_SHEET, Layout, load_layout, match_columns
from zhuomuniao.store.create import create_book

UNITS = ["商事登记区", "公民个人事项服务区（税务）"]
CHOICES = {"units": UNITS, "tier": ["三级", "二级"], "kind": ["应办未办", "完全不能"]}
STAMP = {"zmn.layout": "neixiang-window", "zmn.layout_version": "1", "zmn.ledger": "window"}


@pytest.fixture(params=["neixiang", "linxian"])
def layout(request: pytest.FixtureRequest) -> Layout:
    loaded = load_layout(data_folder() / "localities" / request.param / "layouts" / "window.toml")
    assert isinstance(loaded, Layout)
    return loaded


@pytest.fixture
def data(layout: Layout) -> bytes:
    return create_book(layout, choices=CHOICES, stamp=STAMP)


@pytest.fixture
def book(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        # openpyxl cannot hold a print area of whole columns; the part itself is looked at below.
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        return openpyxl.load_workbook(BytesIO(data))


def part(data: bytes, name: str) -> str:
    return ZipFile(BytesIO(data)).read(name).decode()


def test_the_official_sheet_comes_first_and_its_columns_are_found(layout: Layout, book: openpyxl.Workbook) -> None:
    assert book.sheetnames == [layout.sheet, LOG_SHEET, "字典"]
    sheet = book[layout.sheet]
    assert sheet["A1"].value == layout.title
    headers = [cell.value for cell in sheet[layout.header_row]]
    assert headers == [c.header for c in layout.columns]
    assert match_columns(layout, headers) == {c.field: n for n, c in enumerate(layout.columns)}
    last = openpyxl.utils.get_column_letter(len(layout.official_columns))
    assert f"A1:{last}1" in [str(area) for area in sheet.merged_cells.ranges]
    assert sheet.freeze_panes == "A3"


def test_own_columns_are_grey_and_outside_the_print_area(
    layout: Layout, data: bytes, book: openpyxl.Workbook
) -> None:
    sheet = book[layout.sheet]
    official = len(layout.official_columns)
    fills = [sheet.cell(2, n).fill.fgColor.rgb[-6:] for n in range(1, len(layout.columns) + 1)]
    assert set(fills[:official]) == {"000000"}
    assert set(fills[official:]) == {"D9D9D9"}
    last = openpyxl.utils.get_column_letter(official)
    names = part(data, "xl/workbook.xml")
    assert f">'{layout.sheet}'!$A:${last}</definedName>" in names
    assert f">'{LOG_SHEET}'!$A:$I</definedName>" in names


def test_the_prepared_row_is_empty_and_gives_every_column_its_format(layout: Layout, book: openpyxl.Workbook) -> None:
    formats = {"text": "@", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "number": "0"}
    for sheet, columns in ((book[layout.sheet], layout.columns), (book[LOG_SHEET], None)):
        for number, cell in enumerate(sheet[3]):
            assert cell.value is None
            assert cell.border.left.style == cell.border.bottom.style == "thin"
            if columns:
                assert cell.number_format == formats[columns[number].type]
                letters = cell.column_letter
                assert sheet.column_dimensions[letters].number_format == cell.number_format
    assert "height" not in {k for k, v in vars(book[layout.sheet].row_dimensions[3]).items() if v == 0}
    assert book[layout.sheet].row_dimensions[3].height is None


def test_pages_are_a4_one_wide_with_header_rows_and_page_numbers(layout: Layout, book: openpyxl.Workbook) -> None:
    sheet = book[layout.sheet]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$2"
    assert sheet.oddFooter.center.text == "第&P页 共&N页"


def test_drop_downs_refer_to_the_words_and_only_warn(layout: Layout, book: openpyxl.Workbook) -> None:
    sheet = book[layout.sheet]
    found = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    listed = [c for c in layout.columns if c.choices in CHOICES or c.field in CHOICES]
    assert len(found) == len(listed) > 0
    unit = next(n for n, c in enumerate(layout.columns, 1) if c.field == "unit")
    letters = openpyxl.utils.get_column_letter(unit)
    validation = found[f"{letters}3:{letters}2000"]
    assert validation.errorStyle == "warning"
    reference = re.fullmatch(r"字典!\$(\w+)\$2:\$(\w+)\$3", validation.formula1)
    assert reference
    words = [cell.value for cell in book["字典"][reference[1]]]
    assert words == [layout.columns[unit - 1].header, *UNITS]


def test_the_log_hides_its_operation_ids(book: openpyxl.Workbook) -> None:
    sheet = book[LOG_SHEET]
    assert sheet.column_dimensions["A"].hidden
    assert [sheet.cell(2, n).value for n in (1, 2, 9)] == ["操作号", "发生时间", "时限变化"]
    assert [sheet.cell(3, n).number_format for n in (2, 4)] == ["yyyy-mm-dd hh:mm", "@"]


def test_the_stamp_is_kept_and_the_bytes_are_the_same_each_time(layout: Layout, data: bytes) -> None:
    custom = part(data, "docProps/custom.xml")
    for name, text in STAMP.items():
        assert f'name="{name}"' in custom
        assert f">{text}<" in custom
    assert create_book(layout, choices=CHOICES, stamp=STAMP) == data


def test_without_words_there_is_no_sheet_of_words(layout: Layout) -> None:
    data = create_book(layout, choices={}, stamp={})
    assert "字典" not in part(data, "xl/workbook.xml")
    assert "dataValidation" not in part(data, "xl/worksheets/sheet1.xml")
