"""Books as odd writers make them: handled, or refused by name; never damaged."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.unit.store.books import (
    FIXTURES,
    HEADER,
    MAIN,
    book,
    ledger_rows,
    openpyxl_values,
    part,
    replace_part,
    sheet,
    text_cell,
)
from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.verify import verify_book

PREFIXED = (
    f"<x:worksheet xmlns:x='{MAIN}'><x:dimension ref='A1:C3'/><x:sheetData><x:row r='1'><x:c r='A1' t='str'>"
    "<x:v>编号</x:v></x:c></x:row><x:row r='2' spans='1:1'><x:c r='A2' s='1' t='str'><x:v>2026-1</x:v></x:c></x:row>"
    "<x:row r='3'/></x:sheetData><x:autoFilter ref='A1:C2'/></x:worksheet>"
)


def write(data: bytes, *, amends: dict | None = None, appends: tuple = ({1: "20269999", 2: "钱川"},)) -> bytes:
    patches = [SheetPatch("台账", 1, 1, amends=amends or {}, appends=appends)]
    after = patch_book(data, patches, name="台账.xlsx").data
    verify_book(data, after, patches)
    return after


def test_prefixed_elements_and_single_quotes():
    after = write(book(PREFIXED), amends={2: {3: "注"}})
    assert "<x:row r='2'><x:c r='A2' s='1' t='str'><x:v>2026-1</x:v></x:c><x:c r=\"C2\" t=\"inlineStr\">" in part(
        after
    )
    assert '<x:row r=\'3\'><x:c r="A3" s="1" t="inlineStr"><x:is><x:t>20269999' in part(after)
    assert "<x:autoFilter ref='A1:C3'/>" in part(after)
    assert openpyxl_values(after, "台账")[2][:2] == ("20269999", "钱川")


def test_rows_and_cells_without_numbers():
    rows = (
        "<row><c t='str'><v>编号</v></c><c t='str'><v>姓名</v></c></row>"
        "<row><c t='str'><v>n1</v></c><c/><c><v>5</v></c></row><row/><row><c t='str'><v>n2</v></c></row>"
    )
    after = write(book(sheet(rows)), amends={2: {2: "吴江"}})
    assert part(after).count("<row>") == 3
    assert openpyxl_values(after, "台账") == [
        ("编号", "姓名", None),
        ("n1", "吴江", 5),
        (None, None, None),
        ("n2", None, None),
        ("20269999", "钱川", None),
    ]


def test_strict_namespace():
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    xml = sheet(HEADER + ledger_rows(2, 2)).replace(MAIN, strict)
    after = patch_book(book(xml), [SheetPatch("台账", 1, 1, appends=[{1: "x"}])], name="x")
    assert after.appended_rows == {"台账": (4,)}
    assert read_sheets(after.data, name="x")["台账"][3][0] == "x"


@pytest.mark.parametrize(
    "extra", ["<!-- 注 -->", "<?pi x?>", "<row r='9'><c r='A9' t='str'><v><![CDATA[x]]></v></c></row>"]
)
def test_comments_cdata_and_instructions_between_rows_are_named(extra):
    data = book(sheet(HEADER + ledger_rows(2, 2) + extra))
    with pytest.raises(CannotPatchError, match="注释、CDATA"):
        write(data)
    assert read_sheets(data, name="x")["台账"][1][0] == "20260002", "reading still works"


def test_alternate_content_between_rows_is_named():
    choice = '<mc:AlternateContent xmlns:mc="urn:x"><mc:Choice/></mc:AlternateContent>'
    with pytest.raises(CannotPatchError, match="替代内容"):
        write(book(sheet(HEADER + ledger_rows(2, 2) + choice)))


def test_comments_outside_the_rows_do_no_harm():
    xml = sheet(HEADER + ledger_rows(2, 2), before="<!-- <sheetData> -->", after="<!-- </sheetData> -->")
    with pytest.raises(CannotPatchError):
        write(book(xml))
    kept = sheet(HEADER + ledger_rows(2, 2), before="<!-- 头 -->", after="<!-- 尾 -->")
    assert "<!-- 尾 -->" in part(write(book(kept)))


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (ledger_rows(3, 1) + ledger_rows(2, 1), "次序不对"),
        (ledger_rows(2, 1) + ledger_rows(2, 1), "次序不对"),
        (f'<row r="2">{text_cell("B2", "x")}{text_cell("A2", "y")}</row>', "次序不对"),
        (f'<row r="2">{text_cell("A7", "x")}</row>', "写错位置"),
        (f'<row r="2" note=x>{text_cell("A2", "x")}</row>', "不规范"),
    ],
)
def test_rows_in_disorder_are_named(rows, named):
    with pytest.raises(CannotPatchError, match=named):
        write(book(sheet(HEADER + rows)))


def test_utf16_parts_are_named():
    data = book(sheet(HEADER + ledger_rows(2, 2)))
    utf16 = part(data).replace("UTF-8", "UTF-16").encode("utf-16")
    with pytest.raises(UnreadableFileError, match="UTF-16") as caught:
        write(replace_part(data, "xl/worksheets/sheet1.xml", utf16))
    assert caught.value.kind == "encoding"


def test_books_made_by_openpyxl():
    workbook = openpyxl.Workbook()
    ws = workbook.active
    ws.title = "台账"
    ws.append(["编号", "姓名"])
    ws.append(["20260001", "冯雨"])
    ws.auto_filter.ref = "A1:B2"
    buffer = io.BytesIO()
    workbook.save(buffer)
    after = write(buffer.getvalue(), amends={2: {2: "改"}})
    assert openpyxl_values(after, "台账") == [("编号", "姓名"), ("20260001", "改"), ("20269999", "钱川")]
    assert 'autoFilter ref="A1:B3"' in part(after)
    assert "$B$3" in part(after, "xl/workbook.xml")


def test_a_shared_string_cell_becomes_inline_only_when_amended():
    before = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
    patches = [SheetPatch("登记表", 2, 1, amends={3: {2: "改"}})]
    after = patch_book(before, patches, name="x").data
    assert part(after).count('t="s"') == part(before).count('t="s"') - 1 > 20
    assert part(after, "xl/sharedStrings.xml") == part(before, "xl/sharedStrings.xml")


def test_numbers_in_the_key_column_and_protected_sheets():
    rows = HEADER + '<row r="2"><c r="A2"><v>1</v></c></row>'
    after = write(book(sheet(rows, after='<sheetProtection sheet="1" password="CF75"/>')), appends=({1: 2},))
    assert '<sheetProtection sheet="1" password="CF75"/>' in part(after)
    assert openpyxl_values(after, "台账")[2][0] == 2


def test_a_full_sheet_is_named():
    last = f'<row r="1048576">{text_cell("A1048576", "x")}</row>'
    with pytest.raises(CannotPatchError, match="最后一行"):
        patch_book(book(sheet(HEADER + last)), [SheetPatch("台账", 1, 1, appends=[{1: "y"}])], name="x")


def test_chart_sheets_and_missing_data_are_named():
    with pytest.raises(CannotPatchError, match="没有数据区"):
        write(book(f'<worksheet xmlns="{MAIN}"/>'))
