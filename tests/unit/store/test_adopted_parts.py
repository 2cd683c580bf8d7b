"""What adoption adds to a book's parts, whatever wrote them; and the proofs that look at it."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from itertools import pairwise

import pytest
from msgspec.structs import replace

from tests.unit.store.books import FIXTURES, MAIN, REL, book, part, replace_part, zip_of
from tests.unit.store.office_books import (
    LAYOUT,
    OWN,
    SHAPE,
    STYLES,
    adopted,
    entry,
    new_case,
    office_book,
    plain_sheet,
    reading,
)
from zhuomuniao.errors import CannotPatchError, IntegrityError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT, OWN_COLUMNS, Column
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.newparts import prove_values, spliced
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.xmlspans import Splice
from zhuomuniao.store.zipcopy import prove_replaced, replace_members


def test_books_without_styles_get_some_and_broken_styles_are_named() -> None:
    data = book({"台账": plain_sheet()})
    names = {
        "[Content_Types].xml": r"<Override PartName=\"/xl/styles.xml\"[^>]*>",
        "xl/_rels/workbook.xml.rels": r"<[^<]*rIdS[^>]*>",
    }
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {n: archive.read(n) for n in archive.namelist() if n != "xl/styles.xml"}
    for name, pattern in names.items():
        members[name] = re.sub(pattern, "", members[name].decode()).encode()
    result = apply_entry(reading(adopted(zip_of(members))), entry(*new_case("2026112201")))
    (line,) = reading(result.data).rows(LOG_LAYOUT)
    assert line.values["at"] == datetime(2026, 11, 22, 9, 30)
    for broken in (f'<styleSheet xmlns="{MAIN}"/>', STYLES.replace("cellXfs", "cellXf")):
        with pytest.raises(CannotPatchError, match="样式表"):
            adopted(replace_part(data, "xl/styles.xml", broken.encode()))


def test_strict_and_prefixed_books_are_adopted_in_their_own_words() -> None:
    strict = "http://purl.oclc.org/ooxml"
    data = book({"台账": plain_sheet()})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {n: archive.read(n).decode() for n in archive.namelist()}
    for name in (
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
        "_rels/.rels",
    ):
        members[name] = members[name].replace(MAIN, f"{strict}/spreadsheetml/main")
        members[name] = members[name].replace(REL, f"{strict}/officeDocument/relationships")
    after = adopted(zip_of(members))
    assert f'xmlns="{strict}/spreadsheetml/main"' in part(after, "xl/worksheets/sheet2.xml")
    assert f'Type="{strict}/officeDocument/relationships/worksheet" Target="worksheets/sheet2.xml"' in part(
        after, "xl/_rels/workbook.xml.rels"
    )
    types = members["[Content_Types].xml"].replace("<", "<t:").replace("<t:/", "</t:").replace("<t:?", "<?")
    types = types.replace("xmlns=", "xmlns:t=")
    assert '<t:Override PartName="/xl/worksheets/sheet2.xml"' in part(
        adopted(zip_of({**members, "[Content_Types].xml": types})), "[Content_Types].xml"
    )
    prefixed = members["xl/worksheets/sheet1.xml"].replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    after = adopted(zip_of({**members, "xl/worksheets/sheet1.xml": prefixed}))
    assert '<x:cols><x:col min="17"' in part(after)
    assert reading(after).missing_columns(LAYOUT) == ()


def test_members_are_added_behind_the_others_and_proved() -> None:
    buffer = io.BytesIO(office_book())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = "某县".encode()
    before = require_xlsx(buffer.getvalue(), name="x")
    new = {"xl/new.xml": b"<n/>", "xl/新.xml": "<新/>".encode()}
    changed = {"xl/styles.xml": b"<s/>"}
    after = replace_members(before, changed, additions=new)
    prove_replaced(before, after, changed, additions=new)
    with zipfile.ZipFile(io.BytesIO(after)) as check:
        assert check.testzip() is None
        assert check.namelist() == [*before.members, *new]
        assert {n: check.read(n) for n in new} == new
        assert check.comment.decode() == "某县"
    with pytest.raises(CannotPatchError, match=r"已有部件 xl/styles\.xml"):
        replace_members(before, {}, additions=changed)
    for wrong in ({}, {**new, "xl/new.xml": b"<m/>"}):
        with pytest.raises(IntegrityError):
            prove_replaced(before, after, changed, additions=wrong)


def test_the_proofs_see_what_should_not_be() -> None:
    before = office_book()
    for ref, text in (("D5", "卫竹"), ("A2", "填报单位：某县政务服务中心")):
        other = part(before).replace(f">{text}<", ">别人<", 1)
        with pytest.raises(IntegrityError, match=f"第 {ref[1]} 行"):
            prove_values(
                before, replace_part(before, "xl/worksheets/sheet1.xml", other.encode()), new_from={"一季度": 18}
            )
    with pytest.raises(IntegrityError, match="第 3 行"):
        prove_values(before, adopted(before), new_from={"一季度": 19})
    with pytest.raises(IntegrityError, match="重叠"):
        spliced(b"<a>1</a>", [Splice(3, 4, b"2"), Splice(3, 4, b"3")], part="x")


@pytest.mark.parametrize(
    ("cols", "expected"),
    [
        ("", ["17-17", "18-18"]),
        ('<cols><col min="1" max="3" width="5"/></cols>', ["1-3", "17-17", "18-18"]),
        ('<cols><col min="1" max="16384" width="5" hidden="1"/></cols>', ["1-16", "17-17", "18-18"]),
        ('<cols><col min="17" max="18" width="5"/><col min="90" max="91" width="5"/></cols>', ["17-17", "18-18"]),
        ('<cols><col min="60" max="61" width="5"/></cols>', ["17-17", "18-18"]),
    ],
)
def test_widths_of_more_columns_at_once_are_cut_around_ours(cols: str, expected: list[str]) -> None:
    xml = plain_sheet().replace("<sheetData>", f"{cols}<sheetData>")
    found = re.findall(r'<col min="(\d+)" max="(\d+)"', part(adopted(book(xml))))
    assert [f"{a}-{b}" for a, b in found][: len(expected)] == expected
    bounds = [(int(a), int(b)) for a, b in found]
    assert all(one[1] < other[0] for one, other in pairwise(bounds)), "in order, never twice"
    assert {(17 + n, 17 + n) for n in range(len(OWN))} <= set(bounds)


def test_everything_a_decorated_book_holds_is_kept() -> None:
    """Text box, seal, checkbox, sparkline, header image, comment, table, WPS cell images: 29 parts."""
    before = (FIXTURES / "decorated-workbook.xlsx").read_bytes()
    headers = ("序号", "事项编号", "姓名", "电话", "受理时间", "截止", "状态", "备注")
    fields = ("row_no", "case_no", "applicant", "phone", "accepted_at", "due_on", "office_state", "remark")
    official = [Column(field, header) for field, header in zip(fields, headers, strict=True)]
    layout = replace(LAYOUT, columns=(*official, *(c for c in OWN_COLUMNS if c.field != "status")))
    after = adopted(before, replace(SHAPE, layout=layout))
    old, new = zipfile.ZipFile(io.BytesIO(before)), zipfile.ZipFile(io.BytesIO(after))
    assert new.namelist()[:29] == old.namelist()
    assert len(old.namelist()) == 29
    changed = [n for n in old.namelist() if old.read(n) != new.read(n)]
    assert changed == [
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "docProps/custom.xml",
    ]
    (row,) = [r for r in read_sheets(after, name="x")["登记表"] if "序号" in r]
    assert row[7:14] == ["备注", None, None, True, "编号(核对)", "事项性质", "结果类别"], (
        "right of the last cell in use"
    )
    assert 'r:id="rId' in part(after, "xl/workbook.xml").partition(LOG_LAYOUT.sheet)[2]
