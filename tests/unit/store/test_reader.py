"""Values as they stand, from odd books too (F-08, F-09, F-12)."""

from __future__ import annotations

import re
import tracemalloc
from datetime import date, datetime

import pytest

from tests.unit.store.books import FIXTURES, HEADER, STYLES, book, ledger_rows, sheet, text_cell
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import SheetReader, read_custom_properties, read_sheets

DECORATED = (FIXTURES / "decorated-workbook.xlsx").read_bytes()


def test_a_lying_dimension_hides_no_row():
    data = book(sheet(HEADER + ledger_rows(2, 30), before='<dimension ref="A1"/>'))
    assert len(read_sheets(data, name="x")["台账"]) == 31


def test_positions_are_kept_when_the_data_begins_lower():
    data = book(sheet(f'<row r="4">{text_cell("C4", "编号")}</row>'))
    assert read_sheets(data, name="x")["台账"] == [[None] * 3] * 3 + [[None, None, "编号"]]


def test_types():
    row = (
        f'<row r="2">{text_cell("A2", "0012")}{text_cell("B2", "2021081003")}<c r="C2"><v>46244</v></c>'
        '<c r="D2" s="3"><v>46244</v></c><c r="E2" s="3"><v>46244.5</v></c><c r="F2"><v>1.5</v></c>'
        '<c r="G2" t="b"><v>1</v></c><c r="H2" t="e"><v>#N/A</v></c><c r="I2" s="5"><v>0.5</v></c>'
        f'{text_cell("J2", "2026.8.10")}<c r="K2" s="3"/><c r="L2" t="str"><v></v></c></row>'
    )
    values = read_sheets(book(sheet(HEADER + row)), name="x")["台账"][1]
    assert values[:10] == [
        "0012", "2021081003", 46244, date(2026, 8, 10), datetime(2026, 8, 10, 12), 1.5, True, None, "12:00:00",
        "2026.8.10",
    ]  # fmt: skip
    assert not any(values[10:])
    assert type(values[2]) is int
    assert type(values[3]) is date


def test_empty_fill_thai_format_and_missing_normal_style():
    styles = STYLES.replace('<fill><patternFill patternType="none"/></fill>', "<fill/>")
    styles = re.sub(r"<cellStyles.*</cellStyles>", "", styles)
    assert "<fill/>" in styles
    assert "cellStyles" not in styles
    rows = f'<row r="2">{text_cell("A2", "n", 6)}<c r="C2" s="6"><v>1</v></c></row>'
    data = book(sheet(HEADER + rows), styles=styles)
    after = patch_book(data, [SheetPatch("台账", 1, 1, appends=[{1: "m", 3: date(2026, 8, 10)}])], name="x").data
    assert read_sheets(after, name="x")["台账"][2] == ["m", None, "2026-08-10"]


def test_sheets_by_name():
    assert SheetReader(DECORATED, name="x").sheets == ("登记表", "跟踪台账", "字典")
    assert list(read_sheets(DECORATED, name="x", sheets=["字典"])) == ["字典"]
    with pytest.raises(UnreadableFileError, match="没有工作表“名册”"):
        read_sheets(DECORATED, name="x", sheets=["名册"])


def test_of_a_big_sheet_only_its_rows_stay():
    space = 4_000_000
    data = book(sheet(HEADER + " " * space + ledger_rows(2, 3)))
    reader = SheetReader(data, name="x")
    tracemalloc.start()
    try:
        rows = reader.values("台账")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(rows) == 4
    assert held < space / 10


def test_custom_properties():
    assert read_custom_properties(DECORATED) == {"KSOProductBuildVer": "2052-12.1.0.16929"}
    assert read_custom_properties(book(sheet(""))) == {}


def test_one_stray_cell_does_not_take_all_memory():
    stray = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    with pytest.raises(UnreadableFileError, match="XFD1048576") as caught:
        read_sheets(book(sheet(HEADER + stray)), name="x")
    assert caught.value.kind == "too_large"


def test_formatted_empty_cells_far_out_do_no_harm():
    formatted = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert len(read_sheets(book(sheet(HEADER + formatted)), name="x")["台账"]) == 1


def test_broken_xml_is_an_error_of_ours():
    with pytest.raises(UnreadableFileError):
        read_sheets(book(sheet("<row r='1'><c")), name="x")


@pytest.mark.filterwarnings("ignore")
def test_a_panic_of_the_reader_is_an_error_of_ours():
    row = f'<row r="2">{text_cell("A2", "a")}<c r="C2" s="3"><v>-10000000000000</v></c></row>'
    with pytest.raises(UnreadableFileError, match="读不出来"):
        read_sheets(book(sheet(HEADER + row)), name="x")


def test_numbers_beyond_all_days_in_a_date_cell_are_numbers():
    row = f'<row r="2">{text_cell("A2", "a")}<c r="C2" s="3"><v>2026081001</v></c></row>'
    assert read_sheets(book(sheet(HEADER + row)), name="x")["台账"][1][2] == 2026081001
