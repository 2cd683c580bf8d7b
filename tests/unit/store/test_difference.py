"""How two states of a book differ: cells, rows and lines; what is a matter of format is none."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.unit.store.shelf import Shelf
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.store.difference import Difference, Sort, changed_cells, compare_books, torn_rows
from zhuomuniao.store.disputes import (
    Dispute,
    DisputeCode,
    Disputes,
    difference_from_json,
    difference_json,
    is_standing,
)
from zhuomuniao.store.reading import BookReading

Change = Callable[[Any, Any, dict[str, int]], None]


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """内乡's book of 2026 with four cases, one of them a step further."""
    shelf.fill(2, 2)
    shelf.advance(2, "202610080001")
    return shelf


def reading(shelf: Shelf, data: bytes | None = None) -> BookReading:
    return BookReading(data or shelf.book(2).read_bytes(), shelf.store.shapes["neixiang"], name="内乡.xlsx")


def changed(shelf: Shelf, change: Change) -> BookReading:
    """The book after somebody changed it."""
    book = openpyxl.load_workbook(shelf.book(2))
    sheet, log = book.worksheets[0], book["流转记录"]
    change(sheet, log, {str(c.value): c.column for c in sheet[2] if c.value})
    return reading(shelf, saved(book))


def saved(book: Workbook) -> bytes:
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def found(shelf: Shelf, change: Change) -> list[Difference]:
    return list(compare_books(reading(shelf), changed(shelf, change)))


def test_the_same_book_saved_anew_or_formatted_is_the_same(filled: Shelf) -> None:
    def change(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.column_dimensions["C"].width = 50
        sheet.column_dimensions["D"].hidden = True
        sheet.cell(3, at["办理对象"]).font = openpyxl.styles.Font(bold=True)
        sheet.cell(3, at["序号"]).value = 99

    assert found(filled, lambda *_: None) == []
    assert found(filled, change) == []


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [("办理对象", "李思", "applicant"), ("备注", "新的", "remark"), ("状态", None, "status"),
     ("编号(核对)", "别", "key_check"), ("受理时间", datetime(2026, 10, 9, 9), "accepted_at")],
)  # fmt: skip
def test_a_cell(filled: Shelf, header: str, value: object, field: str) -> None:
    def change(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.cell(4, at[header]).value = value

    (d,) = found(filled, change)
    assert (d.sort, d.key, d.field, d.row, d.now[field]) == (Sort.CELL, "202610080002", field, 4, value)
    assert difference_from_json(difference_json(d)) == d


@pytest.mark.parametrize("same", [7.0, "7", 7])
def test_a_value_in_another_form_is_the_same(filled: Shelf, same: object) -> None:
    def first(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.cell(4, at["备注"]).value = 7
        sheet.cell(4, at["受理时间"]).value = datetime(2026, 10, 8, 9)

    def second(sheet: Any, log: Any, at: dict[str, int]) -> None:
        first(sheet, log, at)
        sheet.cell(4, at["备注"]).value = same
        sheet.cell(4, at["受理时间"]).value = "2026-10-08 09:00"

    assert list(compare_books(changed(filled, first), changed(filled, second))) == []


def test_rows_gone_new_and_moved(filled: Shelf) -> None:
    def change(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.delete_rows(3)
        sheet.move_range("A3:AO3", rows=5)
        sheet.cell(7, at["事项编号"]).value = "202610080009"
        sheet.cell(7, at["办理对象"]).value = "钱七"

    differences = found(filled, change)
    assert [(d.sort, d.key) for d in differences] == [(Sort.ROW_NEW, "202610080009"), (Sort.ROW_GONE, "202610080001")]
    assert differences[1].was["applicant"] == "李四"
    assert differences[1].field == ""


def test_a_number_typed_over_is_one_difference(filled: Shelf) -> None:
    (d,) = found(filled, lambda sheet, _, at: setattr(sheet.cell(3, at["事项编号"]), "value", "202610080077"))
    assert (d.sort, d.key, d.was, d.now) == (
        Sort.KEY, "202610080001", {"case_no": "202610080001"}, {"case_no": "202610080077"}
    )  # fmt: skip


def test_sorted_columns_are_no_difference(filled: Shelf) -> None:
    def sort(end: int) -> Change:
        def change(sheet: Any, *_: Any) -> None:
            rows = [[sheet.cell(r, c).value for c in range(1, end)] for r in (5, 4, 3)]
            for number, values in zip((3, 4, 5), rows, strict=True):
                for column, value in enumerate(values, start=1):
                    sheet.cell(number, column).value = value

        return change

    assert found(filled, sort(42)) == []
    assert found(filled, sort(17)) == []
    torn = torn_rows(changed(filled, sort(17)).rows(filled.store.shapes["neixiang"].layout))
    assert [r.number for r in torn] == [3, 5]
    assert torn_rows(changed(filled, sort(42)).rows(filled.store.shapes["neixiang"].layout)) == ()


def test_a_column_that_went_and_came_back_is_held_against_what_stood_there(filled: Shelf) -> None:
    def without(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at["办理对象"]).value = "谁"
        sheet.cell(3, at["备注"]).value = "同时写的"

    def emptied(sheet: Any, _: Any, at: dict[str, int]) -> None:
        sheet.cell(3, at["办理对象"]).value = None
        sheet.cell(3, at["备注"]).value = "同时写的"

    whole, lacking, back = reading(filled), changed(filled, without), changed(filled, emptied)
    assert [d.field for d in compare_books(whole, lacking)] == ["remark"]
    assert list(compare_books(lacking, back)) == []
    (d,) = compare_books(lacking, back, elder=whole)
    assert (d.key, d.was, d.now) == ("202610080001", {"applicant": "李四"}, {"applicant": None})


def test_lines_gone_new_and_changed(filled: Shelf) -> None:
    def change(_: Any, log: Any, __: dict[str, int]) -> None:
        log.cell(3, 8).value = "改过"
        end = log.max_row + 1
        log.cell(end, 2).value, log.cell(end, 4).value = datetime(2026, 10, 9, 9), "202610080003"
        log.cell(end, 5).value = "备注"
        for column in range(1, 10):
            log.cell(4, column).value = None

    differences = found(filled, change)
    assert [(d.sort, d.key, bool(d.now)) for d in differences] == [
        (Sort.LINE_GONE, "202610080001", True), (Sort.LINE_GONE, "202610080002", False),
        (Sort.LINE_NEW, "202610080003", True),
    ]  # fmt: skip
    assert (differences[0].was["text"], differences[0].now["text"]) == ("第1轮", "改过")


def test_equal_lines_are_counted(filled: Shelf) -> None:
    def twice(_: Any, log: Any, __: dict[str, int]) -> None:
        end = log.max_row + 1
        for column in range(1, 10):
            log.cell(end, column).value = log.cell(3, column).value

    (d,) = found(filled, twice)
    assert (d.sort, d.key) == (Sort.LINE_NEW, "202610080001")
    assert [x.sort for x in compare_books(changed(filled, twice), reading(filled))] == [Sort.LINE_GONE]


def test_changed_cells_of_a_row() -> None:
    row = Difference(Sort.ROW_NEW, "台账", "1", {"a": 7, "b": "x", "c": None}, {"a": "7", "b": "y", "c": "z"}, 3)
    cells = list(changed_cells(row, {"a", "b"}))
    assert cells == [Difference(Sort.CELL, "台账", "1", {"b": "x"}, {"b": "y"}, 3)]


def dispute(d: Difference, code: DisputeCode = DisputeCode.DERIVED, revision: int = 7) -> Dispute:
    return Dispute(code, revision, "台账/2026/内乡.xlsx", "neixiang", d)


def test_disputes_stand_while_the_book_shows_them(filled: Shelf) -> None:
    (d,) = found(filled, lambda sheet, _, at: setattr(sheet.cell(4, at["状态"]), "value", "作废"))
    edited = changed(filled, lambda sheet, _, at: setattr(sheet.cell(4, at["状态"]), "value", "作废"))
    assert is_standing(dispute(d), edited)
    assert not is_standing(dispute(d), reading(filled))
    (gone,) = found(filled, lambda sheet, *_: sheet.delete_rows(4))
    assert is_standing(dispute(gone, DisputeCode.ROW_GONE), changed(filled, lambda sheet, *_: sheet.delete_rows(4)))
    assert not is_standing(dispute(gone, DisputeCode.ROW_GONE), reading(filled))
    (line,) = found(filled, lambda _, log, __: log.delete_rows(4))
    assert (line.sheet, line.sort) == (LOG_LAYOUT.sheet, Sort.LINE_GONE)
    assert not is_standing(dispute(line, DisputeCode.LINE_GONE), reading(filled))


def test_a_newer_dispute_keeps_what_was_known_and_closing_the_old_one_leaves_it(filled: Shelf) -> None:
    kept = Disputes(filled.root / ".zmn")
    first = dispute(Difference(Sort.CELL, "台账", "1", {"status": "办理中"}, {"status": "作废"}, 3))
    second = dispute(Difference(Sort.CELL, "台账", "1", {"status": "作废"}, {"status": "已办结"}, 3), revision=9)
    kept.add([first])
    assert kept.entries() == (first,)
    kept.add([second])
    (standing,) = kept.entries()
    assert (standing.revision, standing.difference.was) == (9, {"status": "办理中"})
    kept.drop([first])
    assert kept.entries() == (standing,)
    kept.add([dispute(Difference(Sort.CELL, "台账", "1", {"status": "待回访"}, {"status": "已办结"}, 3), revision=9)])
    assert kept.entries() == (standing,), "同一次改动再补记一次"
    later = dispute(Difference(Sort.CELL, "台账", "1", {"status": "待回访"}, {"status": "作废"}, 3), revision=12)
    kept.add([later])
    assert kept.entries() == (later,), "zmn 后来写过这一格"
    kept.drop([later])
    assert kept.entries() == ()
