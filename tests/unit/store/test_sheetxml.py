"""A sheet seen as bytes: the few rows that are asked for are found where all of them are, and no cell lies beyond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.errors import IntegrityError
from zhuomuniao.store.cells import MAX_COLUMN, column_letters
from zhuomuniao.store.reader import MAX_CELLS, _reach_of_plain
from zhuomuniao.store.sheetxml import open_sheet
from zhuomuniao.store.usualrows import grown_rows, usual_rows

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NUMBERS = st.lists(st.integers(1, 400), unique=True, max_size=300).map(sorted)
RUNS = st.tuples(st.integers(1, 60), st.integers(1, 250)).map(lambda run: [*range(run[0], run[0] + run[1])])


def sheet(numbers: list[int], *, row: str = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>') -> bytes:
    rows = "".join(row.format(number) for number in numbers)
    return f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{rows}</sheetData></worksheet>'.encode()


@given(numbers=st.one_of(RUNS, NUMBERS), asked=st.lists(st.integers(0, 10**6), max_size=150))
def test_a_known_sheet_has_its_rows_where_an_unknown_one_has_them(numbers: list[int], asked: list[int]) -> None:
    part = sheet(numbers)
    known, unknown = open_sheet(part, name="台账", sound=usual_rows(part)), open_sheet(part, name="台账")
    assert [*known.numbers] == numbers == [*unknown.numbers]
    assert len(known.starts) == len(unknown.starts)
    for index in (ask % len(numbers) for ask in asked if numbers):
        assert known.starts[index] == unknown.starts[index]
        assert (known.open_end(index), known.row_end(index)) == (unknown.open_end(index), unknown.row_end(index))
    assert [*known.starts] == [*unknown.starts]
    assert known.starts[1:3] == unknown.starts[1:3]


@given(before=RUNS, more=NUMBERS)
def test_rows_that_were_added_are_seen_wherever_they_stand(before: list[int], more: list[int]) -> None:
    part = sheet(sorted({*before, *more}))
    assert grown_rows(part, range(before[0], before[-1] + 1)) == usual_rows(part)


def test_rows_follow_each_other_or_are_written_in_another_way() -> None:
    assert usual_rows(sheet([4, 5, 6])) == range(4, 7)
    assert usual_rows(sheet([4, 6])) == range(0)
    assert usual_rows(sheet([])) == range(0)
    assert usual_rows(sheet([4], row='<row spans="1:2" r="{0}"/>')) is None
    assert usual_rows(sheet([4], row='<x:row r="{0}"/>')) is None


def test_a_row_that_is_not_where_it_was_is_told_of() -> None:
    known = open_sheet(sheet([4, 5, 7]), name="台账", sound=range(4, 7))
    assert known.row(4)
    with pytest.raises(IntegrityError, match="第 6 行不在原处"):
        known.row(6)


FAR = st.one_of(st.integers(1, 120), st.sampled_from([199, 200, 999, 1000, 19_999, 20_000, 99_999, 299_999, 300_000]))
CELLS = st.lists(st.tuples(FAR, st.one_of(st.integers(1, 30), st.sampled_from([702, 703, MAX_COLUMN]))), min_size=1)


@given(last=FAR, cells=CELLS)
def test_no_cell_lies_beyond_the_reach_whatever_row_it_claims(last: int, cells: list[tuple[int, int]]) -> None:
    inside = "".join(f'<c r="{column_letters(column)}{row}" s="1"><v>1</v></c>' for row, column in cells)
    part = sheet([last], row=f'<row r="{{0}}">{inside}</row>')
    reach = _reach_of_plain(open_sheet(part, name="台账"), last)
    rows, columns = zip(*cells, strict=True)
    # None: it is looked at more closely.
    if reach is not None:
        assert (reach[0] >= max(rows), reach[1] >= max(columns)) == (True, True)
    elif max(rows) <= last and max(columns) * 10 ** len(str(last)) <= MAX_CELLS:
        raise AssertionError("a sheet like any other is told at once")
