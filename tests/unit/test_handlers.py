"""协办单位 in one cell."""

from __future__ import annotations

import pytest

from zhuomuniao.handlers import (
    CoHandler,
    Handling,
    moved_on,
    read_handlers,
    tell_handlers,
    unanswered,
    with_units,
    without_unit,
)

CELL = "县住建局：待签收；县人社局：已反馈"


def test_a_cell_is_read_and_told() -> None:
    handlers = read_handlers(CELL)
    assert handlers == (CoHandler("县住建局", Handling.AWAITING_SIGNATURE), CoHandler("县人社局", Handling.ANSWERED))
    assert tell_handlers(handlers) == CELL
    assert read_handlers("") == ()
    assert tell_handlers(()) == ""


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("县住建局", "县住建局"),
        (" 县住建局 ；", "县住建局"),
        ("县住建局：正在办", "县住建局：正在办"),
        ("：已签收", "：已签收"),
    ],
)
def test_what_people_type_is_a_unit_that_has_to_sign(typed: str, unit: str) -> None:
    assert read_handlers(typed) == (CoHandler(unit, Handling.AWAITING_SIGNATURE),)


def test_units_are_added_once() -> None:
    cell = with_units(CELL, ("县人社局", "县教育局"), Handling.SIGNED)
    assert cell == f"{CELL}；县教育局：已签收"
    assert with_units("", (), Handling.SIGNED) == ""


def test_the_new_lead_stands_beside_itself_no_more() -> None:
    assert without_unit(CELL, "县住建局") == "县人社局：已反馈"
    assert without_unit(CELL, "别的") == CELL


def test_units_move_on() -> None:
    assert moved_on(CELL, "县住建局", Handling.SIGNED) == "县住建局：已签收；县人社局：已反馈"
    assert moved_on(CELL, "别的", Handling.SIGNED) == CELL


def test_who_has_answered_does_not_go_back() -> None:
    """A signature that comes in after the answer takes nothing back."""
    assert moved_on(CELL, "县人社局", Handling.SIGNED) == CELL


def test_who_has_not_answered() -> None:
    assert unanswered(CELL) == ("县住建局",)
    assert unanswered("") == ()
