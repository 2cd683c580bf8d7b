"""合计 rows, signature blocks, prepared rows and merges below the data (F-02, F-03)."""

from __future__ import annotations

import pytest

from tests.unit.store.books import (
    HEADER,
    MAIN,
    REL,
    book,
    ledger_rows,
    openpyxl_values,
    others_equal,
    part,
    text_cell,
)
from tests.unit.store.books import sheet as sheet_xml
from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.verify import verify_book

TOTAL = (
    f'<row r="5" ht="30" customHeight="1">{text_cell("A5", "合 计", 1)}'
    '<c r="C5" s="1"><f>SUM(C2:C4)</f><v>138009</v></c></row>'
)
SIGNATURE = f'<row r="7">{text_cell("B7", "填表人：赵禾")}</row>'
NEW = {1: "20269999", 2: "新来"}


def append(data: bytes, *rows: dict, sheet: str = "台账") -> tuple[bytes, tuple[int, ...]]:
    patches = [SheetPatch(sheet, 1, 1, appends=rows or (NEW,))]
    result = patch_book(data, patches, name="台账.xlsx")
    verify_book(data, result.data, patches)
    return result.data, result.appended_rows[sheet]


def footed(**kwargs) -> bytes:
    return book(sheet_xml(HEADER + ledger_rows(2, 3) + TOTAL + SIGNATURE, **kwargs))


def test_rows_are_inserted_above_the_total_and_everything_below_moves():
    tail = (
        '<autoFilter ref="A1:C4"/><mergeCells count="2"><mergeCell ref="A5:B5"/><mergeCell ref="B7:C7"/>'
        '</mergeCells><conditionalFormatting sqref="C2:C4"><cfRule type="expression" priority="1"><formula>'
        'COUNTIF($A$2:$A$4,$A2)&gt;1</formula></cfRule></conditionalFormatting><conditionalFormatting sqref="C5">'
        '<cfRule type="expression" priority="2"><formula>$C$5&lt;C7</formula></cfRule></conditionalFormatting>'
        '<dataValidations count="1"><dataValidation type="list" sqref="B2:B4 B7"><formula1>$E$7:$E$9</formula1>'
        '</dataValidation></dataValidations><hyperlinks><hyperlink ref="B7" location="台账!C5"/></hyperlinks>'
        '<rowBreaks count="2"><brk id="2" max="16383" man="1"/><brk id="4" max="16383" man="1"/></rowBreaks>'
    )
    names = (
        '<definedName name="_xlnm.Print_Area" localSheetId="0">台账!$A$1:$C$7</definedName>'
        '<definedName name="_xlnm.Print_Titles" localSheetId="0">台账!$1:$1</definedName>'
        '<definedName name="总数">台账!$C$5</definedName><definedName name="编号列">台账!$A$2:$A$4</definedName>'
    )
    other = sheet_xml(
        '<row r="1"><c r="A1"><f>台账!C5*2</f></c><c r="B1"><f>SUM(\'台账\'!C2:C4)+C5</f></c>'
        '<c r="C1" t="str"><f>"台账!C5"</f><v>台账!C5</v></c></row>'
    )
    first = sheet_xml(
        HEADER.replace("</row>", '<c r="E1"><f>C5+1</f></c></row>') + ledger_rows(2, 3) + TOTAL + SIGNATURE,
        before='<dimension ref="A1:E7"/>',
        after=tail,
    )
    data = book({"台账": first, "汇总": other, "附件": sheet_xml("")}, names=names)
    after, rows = append(data, NEW, {1: "20269998"})
    assert rows == (5, 6)
    xml = part(after)
    for expected in (
        '<dimension ref="A1:E9"/>',
        '<row r="7" ht="30" customHeight="1"><c r="A7"',
        "<f>SUM(C2:C6)</f>",
        "<f>C7+1</f>",
        '<row r="9">',
        'autoFilter ref="A1:C6"',
        'mergeCell ref="A7:B7"',
        'mergeCell ref="B9:C9"',
        'sqref="C2:C6"',
        "COUNTIF($A$2:$A$6,$A2)&gt;1",
        'sqref="C7"',
        "$C$7&lt;C9",
        'sqref="B2:B6 B9"',
        "$E$9:$E$11",
        'hyperlink ref="B9" location="台账!C7"',
        'brk id="2"',
        'brk id="6"',
    ):
        assert expected in xml, expected
    workbook = part(after, "xl/workbook.xml")
    for expected in ("$A$1:$C$9", "台账!$1:$1", ">台账!$C$7<", "台账!$A$2:$A$6"):
        assert expected in workbook, expected
    summary = part(after, "xl/worksheets/sheet2.xml")
    for expected in ("<f>台账!C7*2</f>", "<f>SUM('台账'!C2:C6)+C5</f>", '<f>"台账!C5"</f>'):
        assert expected in summary, expected
    assert others_equal(data, after, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml")
    values = openpyxl_values(after, "台账")
    assert [row[0] for row in values] == ["编号", "20260002", "20260003", "20260004", "20269999", "20269998",
                                          "合 计", None, None]  # fmt: skip


def test_a_free_row_above_the_total_is_used_and_the_sum_takes_it_in():
    rows = HEADER + ledger_rows(2, 3) + TOTAL.replace('"5"', '"7"').replace("A5", "A7").replace("C5", "C7")
    data = book(sheet_xml(rows))
    after, given = append(data, NEW)
    assert given == (5,)
    assert "<f>SUM(C2:C5)</f>" in part(after)
    assert '<row r="7" ht="30"' in part(after)
    again, given = append(after, {1: "20269998"}, {1: "20269997"})
    assert given == (6, 7), "one row is free, one is inserted"
    assert '<row r="8" ht="30"' in part(again)
    assert "<f>SUM(C2:C7)</f>" in part(again)


def test_prepared_rows_are_filled_first_and_keep_their_own_tag():
    prepared = "".join(
        f'<row r="{r}" ht="28" customHeight="1"><c r="A{r}" s="1"/><c r="B{r}" s="1"/><c r="E{r}" s="6"/></row>'
        for r in range(5, 201)
    )
    data = book(sheet_xml(HEADER + ledger_rows(2, 3) + prepared))
    after, given = append(data)
    assert given == (5,)
    xml = part(after)
    assert '<row r="5" ht="28" customHeight="1"><c r="A5" s="2" t="inlineStr">' in xml
    assert '<c r="C5" s="3"/><c r="E5" s="6"/></row><row r="6" ' in xml


@pytest.mark.parametrize("merge", ["A5:C5", "B5:B6", "A4:A5"])
def test_a_merged_row_is_passed_over(merge):
    tail = f'<mergeCells count="1"><mergeCell ref="{merge}"/></mergeCells>'
    _, given = append(book(sheet_xml(HEADER + ledger_rows(2, 3), after=tail)))
    assert given == ((7,) if merge == "B5:B6" else (6,))


def test_a_form_that_merges_the_same_columns_in_each_row_goes_on():
    merges = "".join(f'<mergeCell ref="B{r}:C{r}"/>' for r in range(2, 10))
    _, given = append(book(sheet_xml(HEADER + ledger_rows(2, 3), after=f"<mergeCells>{merges}</mergeCells>")))
    assert given == (5,)


def test_prepared_formulas_with_empty_results_are_free_and_kept():
    prepared = '<row r="5"><c r="A5" s="1"/><c r="D5" t="str"><f>IF(A5="","",1)</f><v></v></c></row>'
    data = book(sheet_xml(HEADER + ledger_rows(2, 3) + prepared))
    after, given = append(data)
    assert given == (5,)
    assert '<f>IF(A5="","",1)</f>' in part(after)
    with pytest.raises(CannotPatchError, match="D5 是公式"):
        append(data, {1: "x", 4: "y"})


def test_blank_shared_strings_are_no_values():
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>20260005</t></si><si><t/></si><si><t> </t></si><si><r><t>填报</t></r>'
        "<r><t>人</t></r></si></sst>"
    )
    rows = (
        '<row r="5"><c r="A5" t="s"><v>0</v></c></row><row r="6"><c r="A6" t="s"><v>1</v></c>'
        '<c r="B6" t="s"><v>2</v></c></row><row r="8"><c r="A8" t="s"><v>3</v></c></row>'
    )
    data = book(
        sheet_xml(HEADER + ledger_rows(2, 3) + rows),
        parts={"xl/sharedStrings.xml": strings},
        workbook_relations=f'<Relationship Id="rIdT" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>',
    )
    _, given = append(data, NEW, {1: "b"}, {1: "c"})
    assert given == (6, 7, 8), "填报人 in the key column is a footer, not a case"


def test_a_hidden_free_row_is_shown_when_it_is_filled():
    hidden = '<row r="5" hidden="1"><c r="A5" s="1"/></row><row r="6" hidden="true"/>'
    after, given = append(book(sheet_xml(HEADER + ledger_rows(2, 3) + hidden)), NEW, {1: "x"})
    assert given == (5, 6)
    assert "hidden" not in part(after)


def test_a_merge_across_the_footer_line_is_refused():
    with pytest.raises(CannotPatchError, match="A4:A6 跨过第 5 行"):
        append(footed(after='<mergeCells count="1"><mergeCell ref="A4:A6"/></mergeCells>'))


def test_array_and_column_shared_formulas_below_are_refused_and_named():
    array = TOTAL.replace("<f>SUM", '<f t="array" ref="C5">SUM')
    with pytest.raises(CannotPatchError, match="C5 是共享公式或数组公式"):
        append(book(sheet_xml(HEADER + ledger_rows(2, 3) + array)))


def test_a_total_shared_along_its_row_moves_and_grows():
    shared = (
        f'<row r="5">{text_cell("A5", "合计")}<c r="C5"><f t="shared" ref="C5:D5" si="0">SUM(C2:C4)</f><v>1</v></c>'
        '<c r="D5"><f t="shared" si="0"/><v>2</v></c></row>'
    )
    after, given = append(book(sheet_xml(HEADER + ledger_rows(2, 3) + shared)))
    assert given == (5,)
    assert '<c r="C6"><f t="shared" ref="C6:D6" si="0">SUM(C2:C5)</f>' in part(after)
    assert '<c r="D6"><f t="shared" si="0"/>' in part(after)


def test_a_running_total_inside_the_data_does_not_grow():
    rows = ledger_rows(2, 3).replace("</row>", "", 2)
    rows = "".join(
        f'<row r="{r}">{text_cell(f"A{r}", str(r))}<c r="D{r}"><f>SUM(C$2:C{r})</f><v>1</v></c></row>'
        for r in (2, 3, 4)
    )
    after, _ = append(book(sheet_xml(HEADER + rows + TOTAL)))
    assert "<f>SUM(C$2:C4)</f>" in part(after)
    assert "<f>SUM(C2:C5)</f>" in part(after)


def test_the_calculation_chain_moves():
    chain = f'<calcChain xmlns="{MAIN}"><c r="C5" i="1"/><c r="A2"/><c r="D5"/><c r="C5" i="2"/></calcChain>'
    data = book(
        {"台账": sheet_xml(HEADER + ledger_rows(2, 3) + TOTAL), "别": sheet_xml("")},
        parts={"xl/calcChain.xml": chain},
        workbook_relations=f'<Relationship Id="rIdK" Type="{REL}/calcChain" Target="calcChain.xml"/>',
    )
    after, _ = append(data)
    assert '<c r="C6" i="1"/><c r="A2"/><c r="D6"/><c r="C5" i="2"/>' in part(after, "xl/calcChain.xml")


DRAWING = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:twoCellAnchor>'
    "<xdr:from><xdr:col>1</xdr:col><xdr:row>{0}</xdr:row></xdr:from><xdr:to><xdr:col>2</xdr:col>"
    "<xdr:row>{1}</xdr:row></xdr:to></xdr:twoCellAnchor></xdr:wsDr>"
)
COMMENTS = f'<comments xmlns="{MAIN}"><commentList><comment ref="B7" authorId="0"/></commentList></comments>'
VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape>'
    '<x:ClientData ObjectType="Checkbox"><x:Anchor>1, 0, 5, 0, 2, 0, 6, 0</x:Anchor></x:ClientData></v:shape></xml>'
)
CHART = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart">'
    "<c:f>台账!$C$5</c:f></c:chartSpace>"
)


@pytest.mark.parametrize(
    ("kind", "target", "content", "named"),
    [
        ("drawing", "drawings/drawing1.xml", DRAWING.format(4, 8), "第 5 行处的图片"),
        ("drawing", "drawings/drawing1.xml", DRAWING.format(1, 8), "第 9 行处的图片"),
        ("comments", "comments1.xml", COMMENTS, "B7 的批注"),
        ("vmlDrawing", "drawings/vmlDrawing1.vml", VML, "第 7 行处的批注框或控件"),
        ("chart", "charts/chart1.xml", CHART, "图表或控件"),
    ],
)
def test_what_cannot_move_is_named(kind, target, content, named):
    data = book(
        sheet_xml(HEADER + ledger_rows(2, 3) + TOTAL),
        parts={f"xl/{target}": content},
        relations={1: f'<Relationship Id="rId1" Type="{REL}/{kind}" Target="../{target}"/>'},
    )
    with pytest.raises(CannotPatchError, match=named) as caught:
        append(data)
    assert "空行" in caught.value.remedy


def test_a_picture_above_the_data_does_not_hinder():
    data = book(
        sheet_xml(HEADER + ledger_rows(2, 3) + TOTAL),
        parts={"xl/drawings/drawing1.xml": DRAWING.format(0, 1)},
        relations={1: f'<Relationship Id="rId1" Type="{REL}/drawing" Target="../drawings/drawing1.xml"/>'},
    )
    assert append(data)[1] == (5,)


def test_form_controls_on_the_sheet_are_named():
    with pytest.raises(CannotPatchError, match="表单控件"):
        append(footed(after='<controls><control shapeId="1"/></controls>'))


def test_reference_through_several_sheets_is_refused():
    other = sheet_xml('<row r="1"><c r="A1"><f>SUM(台账:末页!C5)</f></c></row>')
    data = book({"台账": sheet_xml(HEADER + ledger_rows(2, 3) + TOTAL), "末页": other})
    with pytest.raises(CannotPatchError, match=r"末页”的 A1.*跨多张"):
        append(data)


def test_never_below_a_signature_block_far_down():
    rows = HEADER + ledger_rows(2, 2) + f'<row r="6">{text_cell("A6", "负责人：孙木")}</row>'
    data = book(sheet_xml(rows))
    given = []
    for n in range(5):
        data, row = append(data, {1: f"2026{n}"})
        given += row
    assert given == [4, 5, 6, 7, 8]
    assert openpyxl_values(data, "台账")[8][0] == "负责人：孙木"


@pytest.mark.parametrize(
    "label", ["总  计", "某县信访局", "2026年11月22日", "报送单位：某镇", "（盖章）", "领导签字：", "钱 川"]
)
def test_labels_in_the_key_column_are_no_cases(label):
    data = book(sheet_xml(HEADER + ledger_rows(2, 3) + f'<row r="6">{text_cell("A6", label)}</row>'))
    after, given = append(data, {1: "20269999"}, {1: "20269998"})
    assert given == (5, 6)
    assert openpyxl_values(after, "台账")[6][0] == label


def test_an_office_may_number_without_digits():
    rows = "".join(f'<row r="{r}">{text_cell(f"A{r}", "甲" * r)}</row>' for r in range(2, 5))
    assert append(book(sheet_xml(HEADER + rows)), {1: "乙"})[1] == (5,)


def test_an_aggregate_in_the_key_column_is_a_total():
    total = '<row r="5"><c r="A5"><f>COUNTA(A2:A4)</f><v>3</v></c></row>'
    after, given = append(book(sheet_xml(HEADER + ledger_rows(2, 3) + total)))
    assert given == (5,)
    assert "<f>COUNTA(A2:A5)</f>" in part(after)
