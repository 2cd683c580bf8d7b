"""Whose row is it: 编号 and 编号(核对) agree, stand apart, or one of them was typed over."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from zhuomuniao.layouts import Column, Layout
from zhuomuniao.store.alignment import TableRow, align, doubled_numbers
from zhuomuniao.store.cells import CellValue

A, B, C = "2026100801", "2026100901", "2026101201"
LAYOUT = Layout(
    "test", 1, "台账", "台账",
    (Column("case_no", "编号"), Column("applicant", "姓名"), Column("key_check", "编号(核对)", is_own=True),
     Column("status", "状态", is_own=True)),
)  # fmt: skip
PLAIN = Layout("test", 1, "台账", "台账", LAYOUT.columns[:2])


def row(key: CellValue, name: str | None, check: CellValue, status: str | None) -> Mapping[str, CellValue]:
    return {"case_no": key, "applicant": name, "key_check": check, "status": status}


WHOLE = [row(A, "李四", A, "办理中"), row(B, "王五", B, "待回访"), row(C, "赵六", C, "已办结")]


def aligned(rows: list[Mapping[str, CellValue]], registered: frozenset[str] = frozenset()) -> tuple[TableRow, ...]:
    return align(list(enumerate(rows, start=3)), LAYOUT, lambda: registered)


def told(
    rows: list[Mapping[str, CellValue]], registered: frozenset[str] = frozenset()
) -> dict[str, tuple[object, ...]]:
    """Name, status and the rows of both halves, by case."""
    return {
        r.key: (r.values["applicant"], r.values["status"], r.number, r.own_number) for r in aligned(rows, registered)
    }


def test_rows_that_agree_are_taken_as_they_stand() -> None:
    assert told(WHOLE) == {A: ("李四", "办理中", 3, 3), B: ("王五", "待回访", 4, 4), C: ("赵六", "已办结", 5, 5)}
    assert not any(r.is_torn or r.is_renumbered for r in aligned(WHOLE))


def test_however_the_official_half_is_sorted_each_case_keeps_its_own() -> None:
    cases = [row(f"20261008{n:02}", f"人{n}", f"20261008{n:02}", f"状态{n}") for n in range(1, 9)]
    chance = random.Random(20261008)
    for _ in range(200):
        official, own = cases[:], cases[:]
        chance.shuffle(official)
        chance.shuffle(own)
        halves = [
            {**o, "key_check": z["key_check"], "status": z["status"]} for o, z in zip(official, own, strict=True)
        ]
        for r in aligned(halves):
            assert (r.values["applicant"], r.values["status"]) == (f"人{int(r.key[-2:])}", f"状态{int(r.key[-2:])}")
            assert r.is_torn == (official[r.number - 3] is not own[r.number - 3])


@pytest.mark.parametrize("typed", [None, "2026091501", "合计：1件", "作废", f"{A}补"])
def test_a_number_typed_over_leaves_the_row_with_its_case(typed: str | None) -> None:
    rows = [row(typed, "李四", A, "办理中"), *WHOLE[1:]]
    assert told(rows) == told(WHOLE)
    assert [r.is_renumbered for r in aligned(rows)] == [True, False, False]


def test_another_case_s_number_typed_over() -> None:
    rows = [row(B, "李四", A, "办理中"), *WHOLE[1:]]
    assert told(rows) == told(WHOLE)
    assert [(r.is_renumbered, r.is_torn) for r in aligned(rows)] == [(True, False), (False, False), (False, False)]


@pytest.mark.parametrize("typed", [None, "", "不知道", "2026100877", B])
def test_the_check_number_typed_over(typed: str | None) -> None:
    rows = [row(A, "李四", typed, "办理中"), *WHOLE[1:]]
    assert told(rows, frozenset({A, B, C})) == told(WHOLE)
    assert not any(r.is_torn or r.is_renumbered for r in aligned(rows, frozenset({A, B, C})))


def test_the_check_number_typed_over_in_one_of_two_equal_rows() -> None:
    rows = [*WHOLE, row(A, "李四", "2026100877", "办理中")]
    assert [r.key for r in aligned(rows, frozenset({A, B, C}))] == [A, B, C, A]
    assert [r.is_torn for r in aligned(rows, frozenset({A, B, C}))] == [False] * 4


def test_a_number_typed_as_a_number_or_full_width_is_the_same() -> None:
    rows = [row(float(A), "李四", A, "办理中"), row("２０２６１００９０１", "王五", B, "待回访"), WHOLE[2]]
    assert told(rows) == told(WHOLE)


def test_a_row_typed_by_hand_gets_no_other_case_s_half() -> None:
    """Sorted: the new row's empty own half and another case's own half stand beside the wrong numbers."""
    rows = [row(A, "李四", None, None), row("2026101301", "钱七", A, "办理中")]
    assert told(rows) == {A: ("李四", "办理中", 3, 4), "2026101301": ("钱七", None, 4, 4)}


def test_a_deleted_row_s_own_half_alone_is_no_case() -> None:
    assert told([row(None, None, A, "办理中"), WHOLE[1]]) == {"": (None, "办理中", 3, 3), B: ("王五", "待回访", 4, 4)}


def test_a_number_that_stands_twice_is_named() -> None:
    rows = aligned([WHOLE[0], WHOLE[1], WHOLE[0]])
    assert doubled_numbers(rows) == {A}
    assert doubled_numbers(aligned(WHOLE)) == set()
    assert [r.is_torn for r in rows] == [False] * 3


def test_totals_and_words_are_no_numbers() -> None:
    rows = [*WHOLE, row("合计：3件", None, None, None), row(3, "合计", None, None), row("填表日期", None, None, None)]
    keys = [r.key for r in aligned(rows)]
    assert keys[:4] == [A, B, C, ""]
    assert keys[5] == ""


def test_without_our_columns_the_number_alone_tells() -> None:
    rows = [(3, {"case_no": A, "applicant": "李四"}), (4, {"case_no": None, "applicant": "王五"})]
    assert [r.key for r in align(rows, PLAIN)] == [A, ""]
