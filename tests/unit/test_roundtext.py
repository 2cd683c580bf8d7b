"""Cells that gather what happens, round after round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.roundtext import add_part, close_round, parts_of_now


def test_parts_are_gathered_and_rounds_marked() -> None:
    cell = add_part("", "催办 2026-10-16")
    cell = add_part(cell, "督办 2026-10-23")
    cell = close_round(cell, 1)
    assert cell == "催办 2026-10-16（第1轮）；督办 2026-10-23（第1轮）"
    cell = add_part(cell, "催办 2026-11-02")
    assert cell.endswith("（第1轮）；催办 2026-11-02")
    assert parts_of_now(cell) == ("催办 2026-11-02",)


def test_a_round_is_marked_once() -> None:
    cell = close_round(close_round("2026-08-14 属实", 1), 2)
    assert cell == "2026-08-14 属实（第1轮）"
    assert parts_of_now(cell) == ()


def test_nothing_happened() -> None:
    assert close_round("", 1) == ""
    assert parts_of_now("") == ()


@pytest.mark.parametrize("part", ["他说；还没办", "一行\n两行", "；；", "2026-08-14 不实；属实"])
def test_a_part_stays_one_part(part: str) -> None:
    cell = add_part(add_part("", "先前"), part)
    assert len(parts_of_now(cell)) == 2
    assert "\n" not in cell


@given(st.lists(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1), max_size=3), max_size=4))
def test_every_part_is_in_its_round(rounds: list[list[str]]) -> None:
    cell = ""
    for number, parts in enumerate(rounds, start=1):
        for part in parts:
            cell = add_part(cell, f"2026-08-14 {part}说")
        assert len(parts_of_now(cell)) == len(parts)
        cell = close_round(cell, number)
        assert parts_of_now(cell) == ()
    assert cell.count("轮）") >= sum(map(len, rounds))
