"""Rows added at the end: what is written, what grows, and that nothing else changes (F-01, N-06 … N-08)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

import pytest

from tests.unit.store.books import (
    FIXTURES,
    HEADER,
    MAIN,
    OPENING,
    REL,
    book,
    ledger_rows,
    openpyxl_values,
    others_equal,
    part,
    sheet,
    text_cell,
)
from zhuomuniao.errors import BadValueError, CannotPatchError
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.verify import verify_book

DECORATED = (FIXTURES / "decorated-workbook.xlsx").read_bytes()


def append(data: bytes, *rows: dict, name: str = "台账", header_row: int = 1) -> bytes:
    patches = [SheetPatch(name, header_row, 1, appends=rows)]
    after = patch_book(data, patches, name="台账.xlsx").data
    verify_book(data, after, patches)
    return after


def simple(**kwargs) -> bytes:
    return book(sheet(HEADER + ledger_rows(2, 3), **kwargs))


def test_decorated_workbook_keeps_every_other_part():
    patches = [SheetPatch("登记表", 2, 1, appends=[{1: 11, 2: "周小满", 5: date(2026, 11, 2)}])]
    result = patch_book(DECORATED, patches, name="x.xlsx")
    assert result.appended_rows == {"登记表": (13,)}
    assert result.changed_parts == ("xl/worksheets/sheet1.xml", "xl/workbook.xml")
    assert others_equal(DECORATED, result.data, *result.changed_parts)
    verify_book(DECORATED, result.data, patches)


def test_decorated_sheet_differs_only_in_row_dimension_and_ranges():
    after = part(append(DECORATED, {1: 11}, name="登记表", header_row=2))
    new_row = re.search(r'<row r="13">.*?</row>', after)
    assert new_row is not None
    assert after.count("A3:A13") == 2, "the condition and its newer half"
    undone = after.replace(new_row[0], "").replace('"A1:K13"', '"A1:K12"').replace('"A2:H13"', '"A2:H12"')
    undone = undone.replace("F3:F13", "F3:F12").replace("A3:A13", "A3:A12")
    assert undone == part(DECORATED)
    assert new_row[0].count(' s="2"') == 7, "borders continue in every column of the model rows"
    assert "ht=" not in new_row[0]
    assert "outlineLevel" not in new_row[0]
    assert "<f" not in new_row[0]


def test_decorated_names_grow_and_nothing_else_in_the_workbook_part():
    after = part(append(DECORATED, {1: 11}, name="登记表", header_row=2), "xl/workbook.xml")
    assert after.replace("$H$13", "$H$12") == part(DECORATED, "xl/workbook.xml")
    assert after.count("$H$13") == 2


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","点我")',
        "@SUM(A1)",
        "-1",
        "+8613800138000",
        "14112419900101123X",
        "0012",
        "<b>&amp;\"'</b>",
        " 前后空格 ",
        "两行\n文字",
        "制表\t符",
        "😀🈚",
        "回车\r\n换行",
        "]]>",
    ],
)
def test_text_stays_text(text):
    after = append(simple(), {1: "20269999", 2: text})
    assert openpyxl_values(after, "台账")[4][1] == text
    assert read_sheets(after, name="x")["台账"][4][1] == text
    assert "<f" not in part(after)


def test_escape_like_text_is_escaped_for_excel_and_calamine():
    after = append(simple(), {1: "20269999", 2: "_x0041_ x_x000D_"})
    assert "_x005F_x0041_ x_x005F_x000D_" in part(after)
    assert read_sheets(after, name="x")["台账"][4][1] == "_x0041_ x_x000D_"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("\x0b", "控制字符"),
        ("\ud800", "控制字符"),
        ("\uffff", "控制字符"),
        (float("nan"), "有限"),
        (float("inf"), "有限"),
        (411124199001011234, "15 位"),
        (datetime(2026, 8, 10, tzinfo=timezone(timedelta(hours=8))), "时区"),
        ("字" * 32_768, "32767"),
        ("😀" * 16_384, "32767"),
    ],
)
def test_values_no_cell_can_hold_are_refused_by_column(value, what):
    with pytest.raises(BadValueError, match=f"B 列.*{what}"):
        append(simple(), {1: "20269999", 2: value})


def test_text_of_exactly_the_limit_is_written():
    after = append(simple(), {1: "20269999", 2: "字" * 32_765 + "😀"})
    assert len(read_sheets(after, name="x")["台账"][4][1]) == 32_766


def test_numbers_bools_and_dates():
    row = {1: "20269999", 2: True, 3: datetime(2026, 8, 10, 9, 30, 15)}
    after = append(simple(), row, {1: 7, 2: 1.25, 3: date(2026, 8, 10)})
    rows = read_sheets(after, name="x")["台账"]
    assert rows[4] == ["20269999", True, datetime(2026, 8, 10, 9, 30, 15)]
    assert rows[5] == [7, 1.25, date(2026, 8, 10)]


@pytest.mark.parametrize(
    ("style", "stored"),
    [(0, "t"), (1, "t"), (2, "t"), (5, "t"), (6, "t"), (3, "n"), (4, "n")],
)
def test_a_date_is_a_serial_only_where_the_style_shows_a_day(style, stored):
    rows = f'<row r="2">{text_cell("A2", "20260001")}<c r="C2" s="{style}"/></row>'
    after = append(book(sheet(HEADER + rows)), {1: "20260002", 3: date(2026, 8, 10)})
    cell = re.search(r'<c r="C3".*?</c>', part(after))
    assert cell is not None
    assert ("2026-08-10" in cell[0]) == (stored == "t")
    assert ("<v>46244</v>" in cell[0]) == (stored == "n")


def test_1904_books_use_their_own_days():
    data = book(sheet(HEADER + ledger_rows(2, 2)), workbook_pr='<workbookPr date1904="1"/>')
    after = append(data, {1: "20269999", 3: date(2026, 8, 10)})
    assert "<v>44782</v>" in part(after)
    assert openpyxl_values(after, "台账")[3][2] == datetime(2026, 8, 10)
    assert read_sheets(after, name="x")["台账"][3][2] == date(2026, 8, 10)


def test_days_before_march_1900_become_text():
    after = append(simple(), {1: "20269999", 3: date(1900, 2, 28)})
    assert read_sheets(after, name="x")["台账"][4][2] == "1900-02-28"


def test_commonest_style_of_the_last_twenty_rows_wins():
    old = "".join(f'<row r="{r}">{text_cell(f"A{r}", str(r), 1)}</row>' for r in range(2, 40))
    recent = "".join(f'<row r="{r}">{text_cell(f"A{r}", str(r), 2)}</row>' for r in range(40, 52))
    odd = "".join(f'<row r="{r}">{text_cell(f"A{r}", str(r), 1)}</row>' for r in range(52, 58))
    after = append(book(sheet(HEADER + old + recent + odd)), {1: "x"})
    assert '<c r="A58" s="2"' in part(after)


def test_without_data_the_first_formatted_row_is_the_model():
    formatted = '<row r="3"><c r="A3" s="2"/><c r="B3" s="1"/></row>'
    after = append(book(sheet(HEADER + formatted)), {1: "20260001"})
    assert '<row r="2"><c r="A2" s="2" t="inlineStr">' in part(after)
    assert '<c r="B2" s="1"/></row><row r="3"><c r="A3" s="2"/><c r="B3" s="1"/></row>' in part(after)


def test_without_any_model_the_column_style_is_used():
    data = book(sheet(HEADER, before='<cols><col min="1" max="2" width="9" style="2"/></cols>'))
    assert '<c r="A2" s="2" t="inlineStr">' in part(append(data, {1: "20260001", 3: "x"}))


def test_empty_book_with_closed_sheet_data():
    data = book(f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData/></worksheet>')
    patches = [SheetPatch("台账", 1, 1, amends={1: {1: "编号", 3: "日期"}}, appends=[{1: "1"}, {1: "2"}])]
    after = patch_book(data, patches, name="x").data
    assert '<dimension ref="A1:C3"/>' in part(after)
    assert openpyxl_values(after, "台账") == [("编号", None, "日期"), ("1", None, None), ("2", None, None)]
    verify_book(data, after, patches)


@pytest.mark.parametrize("stated", ["A1", "A1:B2", "A1:C4"])
def test_wrong_dimension_is_put_right(stated):
    after = append(simple(before=f'<dimension ref="{stated}"/>'), {1: "20269999", 4: "备注"})
    assert '<dimension ref="A1:D5"/>' in part(after)


def test_wrong_dimension_is_counted_anew_from_all_rows():
    wide = HEADER.replace("</row>", text_cell("H1", "备注") + "</row>")
    data = book(sheet(wide + ledger_rows(2, 3), before='<dimension ref="A1"/>'))
    assert '<dimension ref="A1:H5"/>' in part(append(data, {1: "20269999"}))


def test_a_column_styled_in_few_rows_is_no_model():
    rows = "".join(
        f'<row r="{r}">{text_cell(f"A{r}", f"{r}", 1)}{f"""<c r="E{r}" s="6"/>""" if r == 4 else ""}</row>'
        for r in range(2, 8)
    )
    assert "E8" not in part(append(book(sheet(HEADER + rows)), {1: "20269999"}))


def test_filter_conditions_and_validations_grow():
    tail = (
        '<autoFilter ref="A1:C4"/><conditionalFormatting sqref="B2:B4 C4 A1"><cfRule type="duplicateValues" '
        'priority="1"/></conditionalFormatting><dataValidations count="3"><dataValidation sqref="B2:B4"/>'
        '<dataValidation sqref="C2:C200"/><dataValidation sqref="B1:B3"/></dataValidations>'
    )
    after = part(append(simple(after=tail), {1: "20269999"}, {1: "20269998"}))
    for expected in ('ref="A1:C6"', '"B2:B6 C4:C6 A1"', '"B2:B6"/>', '"C2:C200"', '"B1:B3"'):
        assert expected in after


def test_validations_of_the_newer_kind_grow():
    tail = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557}">'
        '<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1">'
        "<x14:dataValidation><x14:formula1><xm:f>字典!$A$1:$A$4</xm:f></x14:formula1><xm:sqref>B2:B4 C2:C9</xm:sqref>"
        "</x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    after = part(append(simple(after=tail), {1: "20269999"}))
    assert "<xm:sqref>B2:B5 C2:C9</xm:sqref>" in after
    assert "<xm:f>字典!$A$1:$A$4</xm:f>" in after


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("台账!$A:$C", "台账!$A:$C"),
        ("台账!$A$1:$C$4", "台账!$A$1:$C$5"),
        ("台账!$A$1:$C$3", "台账!$A$1:$C$3"),
        ("台账!$A$1:$C$60", "台账!$A$1:$C$60"),
        ("台账!$A$1:$C$4,台账!$H$1:$I$2", "台账!$A$1:$C$5,台账!$H$1:$I$2"),
    ],
)
def test_print_area(area, expected):
    names = f'<definedName name="_xlnm.Print_Area" localSheetId="0">{area}</definedName>'
    data = book(sheet(HEADER + ledger_rows(2, 3)), names=names)
    after = append(data, {1: "20269999"})
    assert f">{expected}<" in part(after, "xl/workbook.xml")
    assert others_equal(data, after, "xl/worksheets/sheet1.xml", "xl/workbook.xml")


def table(ref: str, *, totals: str = "") -> dict:
    xml = f'<table xmlns="{MAIN}" id="1" name="表1" displayName="表1" ref="{ref}"{totals}>' + (
        f'<autoFilter ref="{ref.replace("5", "4") if totals else ref}"/><tableColumns count="3">'
        '<tableColumn id="1" name="编号"/><tableColumn id="2" name="姓名"/><tableColumn id="3" name="日期"/>'
        "</tableColumns></table>"
    )
    return {
        "parts": {"xl/tables/table1.xml": xml},
        "relations": {1: f'<Relationship Id="rId1" Type="{REL}/table" Target="../tables/table1.xml"/>'},
    }


def test_table_grows_with_its_filter():
    data = book(sheet(HEADER + ledger_rows(2, 3)), **table("A1:C4"))
    after = append(data, {1: "20269999"})
    assert part(after, "xl/tables/table1.xml").count('ref="A1:C5"') == 2
    assert others_equal(data, after, "xl/worksheets/sheet1.xml", "xl/tables/table1.xml")


def test_table_totals_row_is_a_footer():
    rows = HEADER + ledger_rows(2, 3) + f'<row r="5">{text_cell("B5", "汇总")}</row>'
    after = append(book(sheet(rows), **table("A1:C5", totals=' totalsRowCount="1"')), {1: "20269999"})
    assert 'displayName="表1" ref="A1:C6"' in part(after, "xl/tables/table1.xml")
    assert '<autoFilter ref="A1:C5"/>' in part(after, "xl/tables/table1.xml")
    assert openpyxl_values(after, "台账")[5][1] == "汇总"


def test_table_cannot_grow_over_a_merge():
    merge = '<mergeCells count="1"><mergeCell ref="A5:C5"/></mergeCells>'
    with pytest.raises(CannotPatchError, match="A5:C5"):
        append(book(sheet(HEADER + ledger_rows(2, 3), after=merge), **table("A1:C4")), {1: "20269999"})


def test_amend_touches_the_named_cells_only():
    data = DECORATED
    patches = [SheetPatch("登记表", 2, 1, amends={4: {2: "改名", 7: None, 10: "新列"}})]
    result = patch_book(data, patches, name="x")
    assert result.changed_parts == ("xl/worksheets/sheet1.xml",)
    before, after = part(data), part(result.data)
    row = re.search(r'<row r="4".*?</row>', after)
    assert row is not None
    assert '<c r="B4" s="2" t="inlineStr"><is><t>改名</t></is></c>' in row[0]
    assert '<c r="G4" s="2"/>' in row[0]
    assert row[0].endswith('<c r="J4" t="inlineStr"><is><t>新列</t></is></c></row>')
    rest = [re.sub(r'<row r="4".*?</row>', "", xml) for xml in (before, after)]
    assert rest[0] == rest[1]
    assert '<c r="F4" s="2"><f>WORKDAY(E4,5)</f><v>46250</v></c>' in row[0]
    verify_book(data, result.data, patches)


def test_amend_never_overwrites_a_formula():
    with pytest.raises(CannotPatchError, match="F4 是公式"):
        patch_book(DECORATED, [SheetPatch("登记表", 2, 1, amends={4: {6: "x"}})], name="x")


def test_emptying_an_absent_cell_changes_nothing():
    data = simple()
    result = patch_book(data, [SheetPatch("台账", 1, 1, amends={3: {9: None}, 99: {1: None}})], name="x")
    assert result.data == data
    assert result.changed_parts == ()


def test_spans_that_would_be_too_narrow_are_dropped():
    data = book(sheet(HEADER.replace("<row ", '<row spans="1:3" ') + ledger_rows(2, 1)))
    after = patch_book(data, [SheetPatch("台账", 1, 1, amends={1: {5: "新列"}})], name="x").data
    assert "spans" not in part(after)
    kept = patch_book(data, [SheetPatch("台账", 1, 1, amends={1: {2: "x"}})], name="x").data
    assert 'spans="1:3"' in part(kept)


def test_two_sheets_in_one_patch():
    data = book({"台账": sheet(HEADER + ledger_rows(2, 3)), "流转记录": sheet(HEADER)})
    patches = [
        SheetPatch("台账", 1, 1, amends={2: {2: "李水"}}, appends=[{1: "20269999"}]),
        SheetPatch("流转记录", 1, 1, appends=[{1: "op1"}, {1: "op2"}]),
    ]
    result = patch_book(data, patches, name="x")
    assert result.appended_rows == {"台账": (5,), "流转记录": (2, 3)}
    verify_book(data, result.data, patches)


def test_a_new_row_needs_its_key_and_a_known_sheet():
    with pytest.raises(BadValueError, match="没有编号"):
        append(simple(), {2: "x"})
    with pytest.raises(CannotPatchError, match="没有工作表“别的”"):
        append(simple(), {1: "x"}, name="别的")
    with pytest.raises(BadValueError, match="超出"):
        append(simple(), {1: "x", 0: "y"})
    assert OPENING in part(simple())
