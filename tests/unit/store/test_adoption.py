"""An office's own book becomes a ledger book: everything that was in it is still there, byte for byte."""

from __future__ import annotations

import io
import re
import subprocess
import warnings
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from tests.unit.store.books import book, part, replace_part, sheet, text_cell
from tests.unit.store.office_books import (
    HEADERS,
    LAYOUT,
    OFFICIAL,
    OWN,
    SHAPE,
    STAMP,
    adopted,
    case_row,
    entry,
    new_case,
    office_book,
    plain_sheet,
    reading,
)
from tests.unit.store.test_libreoffice import SOFFICE, convert
from zhuomuniao import sheetlook
from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.cells import column_letters
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Change
from zhuomuniao.store.newcolumns import find_table
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_custom_properties, read_sheets
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.stylesheet import OWN_FILL


def without_ours(xml: str, first: str = "R") -> str:
    """The sheet with our cells, columns and merges taken out again."""
    ours = f"(?:[{first}-Z]|A[A-Z])"
    xml = re.sub(rf'<c r="{ours}\d+"[^>]*?(?:/>|>.*?</c>)', "", xml)
    xml = re.sub(rf'<mergeCell ref="{ours}3:{ours}4"/>', "", xml)
    return re.sub(r'<col min="(\d+)" max="\1" width="[\d.]+" style="\d+" customWidth="1"(?: hidden="1")?/>', "", xml)


def test_nothing_that_was_there_changes() -> None:
    before = office_book()
    after = adopted(before)
    old, new = zipfile.ZipFile(io.BytesIO(before)), zipfile.ZipFile(io.BytesIO(after))
    added = new.namelist()[len(old.namelist()) :]
    assert added == ["xl/worksheets/sheet3.xml"]
    touched = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    touched |= {"xl/worksheets/sheet1.xml", "docProps/custom.xml"}
    same = [n for n in old.namelist() if n not in touched]
    assert {"xl/media/image1.png", "xl/drawings/drawing1.xml", "docProps/app.xml", "xl/worksheets/sheet2.xml"} <= set(
        same
    )
    assert "_rels/.rels" in [n for n in touched if old.read(n) == new.read(n)], (
        "custom properties were related already"
    )
    for name in same:
        one, other = old.getinfo(name), new.getinfo(name)
        assert (one.CRC, one.compress_size, one.date_time) == (other.CRC, other.compress_size, other.date_time)
        assert old.read(name) == new.read(name)
    assert new.testzip() is None
    restored = without_ours(part(after))
    for now, then in (
        ('<dimension ref="A1:AT10"', '<dimension ref="A1:Q10"'),
        ('mergeCells count="48"', 'mergeCells count="19"'),
        ('<col min="15" max="17" width="9.5"/><col min="47"', '<col min="15"'),
    ):
        assert now in restored
        restored = restored.replace(now, then)
    # spans is a hint that became too narrow.
    assert restored == part(before).replace(' spans="1:17"', "")


def test_our_columns_stand_beside_the_table_and_nothing_is_missing() -> None:
    after = adopted(office_book())
    head = reading(after).head(LAYOUT)
    assert (head.sheet, head.header_row) == ("一季度", 3)
    assert reading(after).missing_columns(LAYOUT) == ()
    assert reading(after).missing_columns(LOG_LAYOUT) == ()
    rows = read_sheets(after, name="x")["一季度"]
    assert rows[2] == [*HEADERS, *OWN]
    keys = [row.values["key_check"] for row in reading(after).rows(LAYOUT)]
    assert keys == [None, "2026030701", "2026030801", "2026030901", None, None][-len(keys) :]
    assert [row.key for row in reading(after).rows(LAYOUT)][:3] == ["2026030701", "2026030801", "2026030901"]


def test_steps_are_written_into_the_adopted_book() -> None:
    after = adopted(office_book())
    amend = Change(
        LAYOUT.sheet, "2026030801", {"status": "已办结", "signed_at": datetime(2026, 11, 22, 11)}, {"status": ""}
    )
    result = apply_entry(reading(after), entry(*new_case("2026112201"), amend))
    assert result.appended_rows == {"一季度": (8,), LOG_LAYOUT.sheet: (3,)}, "above the total"
    assert "<f>COUNTA(B5:B8)</f>" in part(result.data)
    found = {row.key: row.values for row in reading(result.data).rows(LAYOUT)}
    assert found["2026112201"]["next_due_on"] == date(2026, 11, 27), "a real day, whatever the row's own format"
    assert found["2026112201"]["assigned_at"] == datetime(2026, 11, 22, 10)
    assert found["2026030801"]["signed_at"] == datetime(2026, 11, 22, 11)
    assert found["2026030801"]["status"] == "已办结"
    (line,) = reading(result.data).rows(LOG_LAYOUT)
    assert line.values["at"] == datetime(2026, 11, 22, 9, 30)
    assert line.values["kind"] == "受理"


def test_the_new_headers_look_like_their_neighbour_on_grey() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(adopted(office_book())))
    ledger, log = workbook["一季度"], workbook[LOG_LAYOUT.sheet]
    neighbour, ours = ledger["Q3"], ledger["R3"]
    assert (ours.font.name, ours.font.sz, ours.border.left.style) == (neighbour.font.name, neighbour.font.sz, "thin")
    assert ours.fill.fgColor.rgb[-6:] == OWN_FILL == sheetlook.own_fill().fgColor.rgb[-6:]
    assert neighbour.fill.fgColor.rgb == "FFFFF2CC"
    assert [str(area) for area in ledger.merged_cells.ranges if "R3" in area] == ["R3:R4"]
    assert ledger["R5"].font.name == "仿宋"
    whole = adopted(office_book()), "xl/styles.xml"
    bare = re.findall(r'<col min="18"[^>]*style="(\d+)"', part(whole[0]))
    formats = re.findall(r"<xf .*?(?:/>|</xf>)", part(*whole).partition("<cellXfs")[2])
    assert 'borderId="0"' in formats[int(bare[0])], "no lines below the table"
    assert ledger["W5"].number_format == "yyyy-mm-dd"
    assert log.column_dimensions["A"].hidden
    assert (log["B3"].number_format, log["D3"].number_format) == ("yyyy-mm-dd hh:mm", "@")
    assert log.freeze_panes == "A3"


def test_a_title_that_is_wider_than_the_table_is_not_run_into() -> None:
    wide = part(office_book()).replace('<mergeCell ref="A1:Q1"/>', '<mergeCell ref="A1:T1"/>')
    after = adopted(replace_part(office_book(), "xl/worksheets/sheet1.xml", wide.encode()))
    assert reading(after).head(LAYOUT).columns["key_check"] == 21
    assert "'一季度'!$A:$T<" in part(after, "xl/workbook.xml")


def test_numbers_of_sheets_properties_and_formats_are_each_used_once() -> None:
    after = adopted(office_book())
    for name, pattern in (("xl/workbook.xml", r'sheetId="(\d+)"'), ("docProps/custom.xml", r'pid="(\d+)"')):
        numbers = re.findall(pattern, part(after, name))
        assert len(numbers) == len(set(numbers)) >= 3
    styles = part(after, "xl/styles.xml")
    for group, one in (
        ("numFmts", "numFmt "),
        ("fonts", "font>"),
        ("fills", "fill>"),
        ("borders", "border[>/]"),
        ("cellXfs", "xf "),
    ):
        count, inside = re.findall(rf'<{group} count="(\d+)">(.*?)</{group}>', styles, re.DOTALL)[0]
        assert int(count) == len(re.findall(f"<{one}", inside)), group
    ids = re.findall(r'numFmtId="(\d+)" formatCode', styles)
    assert len(ids) == len(set(ids)) == 2


def test_a_book_that_is_adopted_is_left_alone() -> None:
    after = adopted(office_book())
    assert adopted(after) == after
    made = create_book(LAYOUT, choices={}, stamp=STAMP)
    assert adopted(made) == made


def test_the_stamp_stands_beside_other_properties() -> None:
    for custom, kept in ((True, {"KSOProductBuildVer": "2052-12.1.0.16929"}), (False, {})):
        after = adopted(office_book(custom=custom))
        assert read_custom_properties(after) == kept | STAMP
    properties = openpyxl.load_workbook(io.BytesIO(after)).custom_doc_props
    assert {p.name: p.value for p in properties.props} == STAMP


def test_all_missing_official_columns_are_named() -> None:
    less = [h for h in HEADERS if h not in ("满意度", "办理结果")]
    with pytest.raises(UnreadableFileError, match="办理结果、满意度") as caught:
        adopted(office_book(less))
    assert caught.value.kind == "missing_columns"
    with pytest.raises(UnreadableFileError, match="找不到《") as caught:
        adopted(office_book(["姓名", "电话", "住址"]))
    assert caught.value.kind == "not_a_ledger"


def test_headers_by_another_name_are_known() -> None:
    other = [{"事项编号": "编号", "联系电话": "电话", "办理对象": "姓名"}.get(h, h) for h in HEADERS]
    assert reading(adopted(office_book(other))).missing_columns(LAYOUT) == ()


def test_a_book_without_numbers_gets_a_column_for_them() -> None:
    headers = [h for h in HEADERS if h != "事项编号"]
    cells = "".join(text_cell(f"{column_letters(n)}5", f"内容{n}", 3) for n in range(2, 16))
    after = adopted(office_book(headers, rows=f'<row r="5"><c r="A5" s="3"><v>1</v></c>{cells}</row>'))
    head = reading(after).head(LAYOUT)
    assert head.columns["case_no"] == len(headers) + 1
    numbered = patch_book(
        after,
        [SheetPatch("一季度", head.header_row, head.columns["case_no"], amends={5: {17: "2026030701"}})],
        name="x",
    ).data
    result = apply_entry(reading(numbered), entry(*new_case("2026112201")))
    assert result.appended_rows["一季度"] == (6,)
    assert 'Print_Area" localSheetId="0">\'一季度\'!$A:$P<' in part(after, "xl/workbook.xml")


def test_a_sheet_of_our_name_that_is_another_s_is_refused() -> None:
    xml = sheet(f'<row r="1">{text_cell("A1", "日期")}{text_cell("B1", "经办")}</row>')
    data = book({"台账": plain_sheet(), LOG_LAYOUT.sheet: xml})
    with pytest.raises(CannotPatchError, match="不是 zmn 的流转记录"):
        adopted(data)


def test_a_book_with_a_sheet_for_each_month_is_refused() -> None:
    with pytest.raises(CannotPatchError, match="2张工作表都是这种台账的表头：一月、二月"):
        adopted(book({"一月": plain_sheet(), "二月": plain_sheet()}))


def test_a_column_of_our_name_with_the_office_s_own_content_is_refused() -> None:
    headers = [*OFFICIAL, "状态"]
    with pytest.raises(CannotPatchError, match="状态（Q 列）"):
        adopted(
            book(plain_sheet(headers, f'<row r="2">{text_cell("B2", "2026030701")}{text_cell("Q2", "办了")}</row>'))
        )
    empty = adopted(book(plain_sheet(headers)))
    assert reading(empty).head(LAYOUT).columns["status"] == 17


def test_a_print_area_is_set_only_where_none_stands_and_no_seal_reaches_further() -> None:
    def areas(data: bytes) -> list[str]:
        return re.findall(r"Print_Area[^>]*>([^<]*)<", part(data, "xl/workbook.xml"))

    assert areas(adopted(office_book())) == ["'一季度'!$A:$Q"]
    own = '<definedName name="_xlnm.Print_Area" localSheetId="0">一季度!$A$1:$P$40</definedName>'
    assert areas(adopted(office_book(names=own))) == ["一季度!$A$1:$P$40"]
    other = '<definedName name="_xlnm.Print_Area" localSheetId="1">通讯录!$A$1:$B$9</definedName>'
    assert areas(adopted(office_book(names=other))) == ["通讯录!$A$1:$B$9", "'一季度'!$A:$Q"]
    assert areas(adopted(office_book(picture_to=19))) == []


def test_rows_hidden_by_a_filter_stay_hidden() -> None:
    rows = "".join(case_row(5 + n, f"2026030{n}01") for n in range(3))
    hidden = rows.replace('<row r="6"', '<row r="6" hidden="1"')
    after = part(adopted(office_book(rows=hidden)))
    assert re.findall(r'<row r="(\d+)"[^>]*hidden="1"', after) == ["6"]
    assert 'r="R6"' in after


def test_a_header_over_two_rows_with_names_in_both_is_taken_over() -> None:
    """办理情况 over 处理进度 and 办理结果: the other headers are merged down to the second row."""
    data = office_book()
    xml = part(data)
    for cell, text in (("J", "处理进度"), ("K", "办理结果")):
        xml = xml.replace(text_cell(f"{cell}3", text, 2), text_cell(f"{cell}3", "办理情况" if cell == "J" else "", 2))
        xml = xml.replace(f'<c r="{cell}4" s="2"/>', text_cell(f"{cell}4", text, 2))
    xml = xml.replace('<mergeCell ref="J3:J4"/><mergeCell ref="K3:K4"/>', '<mergeCell ref="J3:K3"/>')
    split = replace_part(data, "xl/worksheets/sheet1.xml", xml.replace('count="19"', 'count="18"').encode())
    table = find_table(open_book(require_xlsx(split, name="x")), LAYOUT)
    assert table is not None
    assert (table.header_row, len(table.columns)) == (4, len(OFFICIAL))
    reading = BookReading(adopted(split), SHAPE, name="x")
    assert (reading.head(LAYOUT).header_row, reading.missing_columns(LAYOUT)) == (4, ())


def test_a_clerk_s_book_made_by_openpyxl_opens_with_all_sheets() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.title = "台账"
    workbook.active.append(OFFICIAL)
    workbook.active.append([1, "2026030701", datetime(2026, 3, 7, 9), "卫竹"])
    buffer = io.BytesIO()
    workbook.save(buffer)
    result = apply_entry(reading(adopted(buffer.getvalue())), entry(*new_case("2026112201")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="Print area cannot be set")
        again = openpyxl.load_workbook(io.BytesIO(result.data))
    assert again.sheetnames == ["台账", LOG_LAYOUT.sheet]
    assert again["台账"]["B3"].value == "2026112201"


def test_another_ledger_s_book_and_an_older_one_are_refused() -> None:
    after = adopted(office_book())
    other = replace(SHAPE, layout=replace(LAYOUT, id="linxian-window"))
    with pytest.raises(UnreadableFileError) as caught:
        adopted(after, other)
    assert caught.value.kind == "other_layout"
    with pytest.raises(UnreadableFileError) as caught:
        adopted(after, replace(SHAPE, layout=replace(LAYOUT, version=LAYOUT.version + 1)))
    assert caught.value.kind == "older_version"


@pytest.mark.libreoffice
@pytest.mark.skipif(SOFFICE is None, reason="没有找到 soffice：未装 LibreOffice，跳过真实往返")
def test_libreoffice_opens_it_and_prints_the_office_s_columns_only(tmp_path: Path) -> None:
    saved = convert(office_book(), tmp_path, "xlsx").read_bytes()
    assert 't="s"' in part(saved), "LibreOffice writes shared strings"
    for data in (office_book(), saved):
        result = apply_entry(reading(adopted(data)), entry(*new_case("2026112201")))
        again = convert(result.data, tmp_path, "xlsx").read_bytes()
        assert read_sheets(again, name="x") == read_sheets(result.data, name="x")
        workbook = openpyxl.load_workbook(io.BytesIO(again))
        assert workbook.sheetnames == ["一季度", "通讯录", LOG_LAYOUT.sheet]
        pdf = convert(result.data, tmp_path, "pdf")
        text = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True).stdout.decode()
        assert "窗口自记" in text
        assert "流转记录" in text
        assert not [header for header in ("时限明细", "编号(核对)", "暂定", "规则版本") if header in text]
