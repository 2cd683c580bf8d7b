"""Faults that fuzzing found, one by one: cells that lie about their place, numbers that are none, damage unseen."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from tests.unit.store.books import HEADER, book, ledger_rows, sheet, text_cell
from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.intake import read_regular, require_xlsx
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.patch import SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.verify import verify_book

NEW = {1: "20269999", 2: "卫竹"}
MANY = "<c><v>1</v></c>" * 9000


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="5"><c r="A99999999"><v>1</v></c></row>',
        '<row r="5"><c r="A4294967290"><v>1</v></c></row>',
        '<row r="5"><c r="a9999999"><v>1</v></c></row>',
        '<row r="5"><c r="A5"/><c r="ZZZZ5"><v>1</v></c><c r="B5"/></row>',
        '<row r="5"><c r="A5"/><c r="XFD5"><v>1</v></c><c r="B5"/></row><row r="999"><c r="A999"><v>1</v></c></row>',
        f'<row r="5"><c r="A5"/>{MANY}<c r="B5"/></row><row r="90000"><c r="A90000"><v>1</v></c></row>',
        '<row r="5"><c r="A5" x=">" r="A99999999"><v>1</v></c></row>',
        "<row r='5'><c\nr = 'A99999999'><v>1</v></c></row>",
        '<!-- --><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="H1048576"><v>1</v></c></row>',
    ],
)
def test_a_cell_far_out_takes_neither_memory_nor_time(rows: str) -> None:
    data = book(sheet(HEADER + ledger_rows(2, 3) + rows))
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFileError) as caught:
        read_sheets(data, name="台账.xlsx")
    assert caught.value.kind in ("too_large", "damaged")
    assert time.perf_counter() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kilobytes"


def test_formatted_empty_cells_far_out_do_not_count() -> None:
    far = '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"/></row>'
    assert len(read_sheets(book(sheet(HEADER + ledger_rows(2, 3) + far)), name="x")["台账"]) == 4


@pytest.mark.parametrize("reference", ["B9", "B1", "b9", "B99999999"])
def test_a_cell_that_claims_another_row_is_refused_wherever_it_stands(reference: str) -> None:
    """Readers believe the cell, so a row written where it claims to be would be lost or would hide it."""
    odd = f'<row r="2">{text_cell("A2", "20260002")}{text_cell(reference, "错位")}</row>'
    data = book(sheet(HEADER + odd + ledger_rows(3, 40)))
    with pytest.raises(CannotPatchError, match="第 2 行有写错位置"):
        patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x")


def test_a_text_that_looks_like_a_reference_is_no_cell() -> None:
    odd = f'<row r="2">{text_cell("A2", "20260002")}{text_cell("B2", "他写 r=&quot;B9&quot;")}</row>'
    odd += f'<row r="3">{text_cell("A3", "20260003")}{text_cell("B3", "&lt;c r=&quot;C77&quot;")}</row>'
    data = book(sheet(HEADER + odd))
    assert patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x").appended_rows == {"台账": (4,)}


@pytest.mark.parametrize("damage", ["&nope;", "<x></y>", '<c r="D2" s="1" s="2"/>', "<", "\x01"])
def test_damage_in_a_row_that_nobody_asks_for_is_refused(damage: str) -> None:
    """The rows looked at are the last ones; no program opens the sheet, so a new row there helps nobody."""
    odd = f'<row r="2">{text_cell("A2", "20260002")}{damage}</row>'
    data = book(sheet(HEADER + odd + ledger_rows(3, 40)))
    with pytest.raises((UnreadableFileError, CannotPatchError)):
        patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x")


def test_a_number_that_is_none_stays_as_it_stood() -> None:
    data = book(sheet(HEADER + ledger_rows(2, 3).replace("<v>46002</v>", "<v>NaN</v>")))
    patches = [SheetPatch("台账", 1, 1, appends=[NEW])]
    verify_book(data, patch_book(data, patches, name="x").data, patches)


def test_a_shared_string_without_an_index_is_an_empty_cell() -> None:
    odd = '<row r="5"><c r="A5" t="s"><v></v></c><c r="B5" t="s"><v> </v></c></row>'
    data = book(sheet(HEADER + ledger_rows(2, 3) + odd))
    assert patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x").appended_rows == {"台账": (5,)}


def test_a_damaged_sheet_whose_formulas_would_move_is_refused() -> None:
    total = f'<row r="5">{text_cell("A5", "合计")}<c r="C5"><f>SUM(C2:C4)</f></c></row>'
    other = '<row r="1"><c r="A1"><f>台账!C5</f></c><c r="B1" t="inlineStr"><is><t>&#11;</t></is></c></row>'
    data = book({"台账": sheet(HEADER + ledger_rows(2, 3) + total), "统计": sheet(other)})
    with pytest.raises(UnreadableFileError):
        patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x")


def test_a_bulk_write_names_the_book_it_cannot_read_again() -> None:
    data = book({"台账": sheet(HEADER + ledger_rows(2, 3)), "别": sheet("<row r='-1'><c r='A-1'><v>1</v></c></row>")})
    patches = [SheetPatch("台账", 1, 1, appends=[NEW])]
    with pytest.raises(UnreadableFileError, match=r"“甲\.xlsx”"):
        verify_book(data, patch_book(data, patches, name="甲.xlsx").data, patches, name="甲.xlsx")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'r:id="rId2"', b'r:id="rId9"', "没有部件"),
        (b'r:id="rId2"', b'r:id="rId1"', "同源"),
        ('name="别"'.encode(), 'name="台账"'.encode(), "同名"),
    ],
)
def test_sheets_that_cannot_be_told_apart_are_refused(old: bytes, new: bytes, said: str) -> None:
    from tests.unit.store.books import part, replace_part

    data = book({"台账": sheet(HEADER + ledger_rows(2, 3)), "别": sheet(HEADER)})
    workbook = part(data, "xl/workbook.xml").encode()
    assert old in workbook
    data = replace_part(data, "xl/workbook.xml", workbook.replace(old, new))
    with pytest.raises(UnreadableFileError, match=said):
        open_book(require_xlsx(data, name="x"))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert read_regular(tmp_path / "a") == b"x"
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    for name in ("pipe", "sparse", ".", "none"):
        with pytest.raises(OSError, match=r"."):
            read_regular(tmp_path / name)


@pytest.mark.parametrize("number", ["4294967299", "99999999", "3e0", "", "-3"])
def test_a_row_whose_number_is_none_is_not_taken_for_the_next_one(number: str) -> None:
    odd = f'<row r="{number}">{text_cell("A3", "20260003")}</row>'
    data = book(sheet(HEADER + ledger_rows(2, 2) + odd + ledger_rows(4, 5)))
    with pytest.raises(CannotPatchError, match=r"行次序不对|写法不规范的行"):
        patch_book(data, [SheetPatch("台账", 1, 1, appends=[NEW])], name="x")
