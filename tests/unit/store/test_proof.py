"""The proofs can fail: each way of writing something else than was meant is noticed."""

from __future__ import annotations

import pytest

from tests.unit.store.books import HEADER, book, ledger_rows, part, replace_part, sheet, text_cell
from zhuomuniao.errors import IntegrityError
from zhuomuniao.store import cellxml, patch, proof, rows, shift, xmlspans
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.verify import verify_book

DATA = book({"台账": sheet(HEADER + ledger_rows(2, 3)), "别": sheet(HEADER)})
TOTAL = f'<row r="5">{text_cell("A5", "合计")}</row>'
FOOTED = book(sheet(HEADER + ledger_rows(2, 3) + TOTAL))
PATCHES = [SheetPatch("台账", 1, 1, amends={2: {2: "改"}}, appends=[{1: "20269999", 2: "新"}])]
SHEET = "xl/worksheets/sheet1.xml"


def test_a_wrong_cell_is_noticed(monkeypatch):
    def wrong(plain, **where):
        return cellxml.cell_bytes(plain, **where).replace("改".encode(), "旧".encode())

    monkeypatch.setattr(rows, "cell_bytes", wrong)
    with pytest.raises(IntegrityError, match="第 2 行"):
        patch_book(DATA, PATCHES, name="x")


@pytest.mark.parametrize(("old", "new"), [(b' s="1"', b' s="9"'), (b'r="B', b'r="D'), (b"</is></c>", b"</is>")])
def test_a_wrong_style_place_or_tag_is_noticed(monkeypatch, old, new):
    monkeypatch.setattr(rows, "cell_bytes", lambda plain, **w: cellxml.cell_bytes(plain, **w).replace(old, new))
    with pytest.raises(IntegrityError):
        patch_book(DATA, PATCHES, name="x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("新", "旧"), ("新<", "新 <"), ("新", "&#26032;&#26032;"), ("20269999", "20269998"),
        ('r="B5"', 'r="D5"'), ('r="B5"', 'r="B6"'), ('<row r="5"', '<row r="7"'), (' s="1"', ' s="9"'),
        ('t="inlineStr"', 't="str"'), ("</is></c>", "</is></c><c r=\"C5\"/>"), ("</row>", "</row><row/>"),
        ("</row>", "<c r=\"F5\"><v>1</v></c></row>"), ("</is>", "</is><f>A1</f>"), ("</row>", " </row >x"),
    ],
)  # fmt: skip
def test_a_new_row_that_is_not_what_was_meant_is_noticed(monkeypatch, old, new):
    real = rows.RowPen.write

    def wrong(self, *given):
        element, cells = real(self, *given)
        assert old in element.decode()
        return element.replace(old.encode(), new.encode()), cells

    monkeypatch.setattr(rows.RowPen, "write", wrong)
    with pytest.raises(IntegrityError):
        patch_book(DATA, PATCHES, name="x")


@pytest.mark.parametrize("written", ["&#26032;", "<![CDATA[新]]>", "新<!-- -->", "新"])
def test_a_new_row_written_in_another_way_is_given_to_the_parser(monkeypatch, written):
    real, parsed = rows.RowPen.write, []

    def otherwise(self, *given):
        element, cells = real(self, *given)
        return element.replace("新".encode(), written.encode()), cells

    monkeypatch.setattr(rows.RowPen, "write", otherwise)
    look = proof._prove_row
    monkeypatch.setattr(proof, "_prove_row", lambda *a, **k: (parsed.append(k.get("is_new")), look(*a, **k)))
    after = patch_book(DATA, [SheetPatch("台账", 1, 1, appends=PATCHES[0].appends)], name="x").data
    assert parsed == ([] if written == "新" else [True])
    verify_book(DATA, after, [SheetPatch("台账", 1, 1, appends=PATCHES[0].appends)])


@pytest.mark.parametrize(
    "text", ["a&b<c>d", "&amp;", "一\r二", "一\n二", "_x0041_", " 前后 ", "'\"", "𠮷", 0, True, 1.5, -3e-7]
)
def test_every_sort_of_value_is_proved_by_one_search(monkeypatch, text):
    monkeypatch.setattr(proof, "_prove_row", lambda *a, **k: pytest.fail("given to the parser"))
    appends = [{1: "20269999", 2: text}]
    after = patch_book(DATA, [SheetPatch("台账", 1, 1, appends=appends)], name="x").data
    verify_book(DATA, after, [SheetPatch("台账", 1, 1, appends=appends)])


@pytest.mark.parametrize(("old", "new"), [("张山", "张三"), ("编号", "号"), ("</worksheet>", "</worksheet> ")])
def test_a_byte_changed_elsewhere_is_noticed(monkeypatch, old, new):
    def careless(data, splices):
        return xmlspans.splice_bytes(data, splices).replace(old.encode(), new.encode())

    monkeypatch.setattr(patch, "splice_bytes", careless)
    with pytest.raises(IntegrityError, match=r"改动以外|长度"):
        patch_book(DATA, PATCHES, name="x")


def test_rows_moved_wrongly_are_noticed(monkeypatch):
    real = shift.renumbering_splices
    monkeypatch.setattr(patch, "renumbering_splices", lambda *a: real(*a)[:-1])
    with pytest.raises(Exception, match=r"写错位置|下移"):
        patch_book(FOOTED, [SheetPatch("台账", 1, 1, appends=[{1: "20269999"}])], name="x")
    monkeypatch.setattr(patch, "renumbering_splices", lambda *a: [])
    with pytest.raises(Exception, match=r"次序|下移"):
        patch_book(FOOTED, [SheetPatch("台账", 1, 1, appends=[{1: "20269999"}])], name="x")


def test_overlapping_splices_are_refused():
    with pytest.raises(IntegrityError, match="重叠"):
        xmlspans.splice_bytes(b"abcdef", [xmlspans.Splice(0, 3, b""), xmlspans.Splice(2, 4, b"")])


@pytest.mark.parametrize(
    ("old", "new"),
    [("新", "旧"), ("改", "张山"), ("张山", "张三"), ("46003", "46004"), ("20269999", ""), ("姓名", "名")],
)
def test_verify_book_sees_any_other_value(old, new):
    after = patch_book(DATA, PATCHES, name="x").data
    verify_book(DATA, after, PATCHES)
    with pytest.raises(IntegrityError):
        verify_book(DATA, replace_part(after, SHEET, part(after).replace(old, new, 1).encode()), PATCHES)


def test_verify_book_sees_missing_and_foreign_rows():
    after = patch_book(FOOTED, PATCHES, name="x").data
    verify_book(FOOTED, after, PATCHES)
    with pytest.raises(IntegrityError):
        verify_book(FOOTED, FOOTED, PATCHES)
    with pytest.raises(IntegrityError):
        verify_book(FOOTED, after, [])
    without_total = part(after).replace("合计", "")
    with pytest.raises(IntegrityError):
        verify_book(FOOTED, replace_part(after, SHEET, without_total.encode()), PATCHES)
    with pytest.raises(IntegrityError):
        verify_book(DATA, book({"台账": part(after)}), PATCHES)
