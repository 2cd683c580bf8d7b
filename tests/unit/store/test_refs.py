"""References inside formulas after rows moved: strings, other sheets and structured references stay."""

from __future__ import annotations

import pytest

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.refs import Area, Growth, RowShift, area_of, move_areas, move_formula

SHIFT = RowShift(last=12, new_last=13, at=13, by=1)


def moved(text: str, *, growth: Growth = Growth.MANY_ROWS, on_sheet: bool = True) -> str:
    return move_formula(text, SHIFT, sheet="登记表", on_sheet=on_sheet, growth=growth, where="A1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SUM(A3:A12)", "SUM(A3:A13)"),
        ("SUM($A$3:$A$12)+A13", "SUM($A$3:$A$13)+A14"),
        ("SUM(A3:A11)", "SUM(A3:A11)"),
        ("A12", "A12"),
        ("A12:C12", "A12:C12"),
        ("LOG10(A13)", "LOG10(A14)"),
        ('"A13"&A13&"说""A13"""', '"A13"&A14&"说""A13"""'),
        ("'登记表'!A13+登记表!$B$14", "'登记表'!A14+登记表!$B$15"),
        ("Other!A13", "Other!A13"),
        ("[1]登记表!A13", "[1]登记表!A13"),
        ("'[甲.xlsx]登记表'!A13", "'[甲.xlsx]登记表'!A13"),
        ("SUM([1]甲:乙!A13)", "SUM([1]甲:乙!A13)"),
        ("表1[[#All],[A13]]+A14", "表1[[#All],[A13]]+A15"),
        ("13:14", "14:15"),
        ("$2:$13", "$2:$14"),
        ("A:A", "A:A"),
        ("表A13+A13", "表A13+A14"),
        ("A13.5", "A13.5"),
        ("'it''s A13'!A13", "'it''s A13'!A13"),
        ("A13:INDEX(A:A,5)", "A14:INDEX(A:A,5)"),
        ("A13#", "A14#"),
        ("-A13%", "-A14%"),
        ("IF(A13>0,A13,{1,2})", "IF(A14>0,A14,{1,2})"),
    ],
)
def test_formulas(before, after):
    assert moved(before) == after


def test_bare_references_of_another_sheet_stay():
    assert moved("A13+登记表!A13", on_sheet=False) == "A13+登记表!A14"


def test_growth_kinds():
    text = "SUM(A3:A12)+SUM(A3:A$12)+A12"
    assert moved(text, growth=Growth.NONE) == text
    assert moved(text, growth=Growth.ABSOLUTE_END) == "SUM(A3:A12)+SUM(A3:A$13)+A12"
    assert moved("A12", growth=Growth.ANY) == "A12:A13"


def test_through_several_sheets():
    assert moved("SUM(甲:乙!A3)") == "SUM(甲:乙!A3)"
    with pytest.raises(CannotPatchError, match="A1 的公式跨多张"):
        moved("SUM(甲:乙!A13)")


def test_areas():
    assert area_of("$B$2:C9") == Area(2, 2, 9, 3)
    assert area_of("A:C") is None
    assert move_areas("A3:A12 G3:G200 C13 A:A", SHIFT, grow=True) == "A3:A13 G3:G201 C14 A:A"
    assert move_areas("A3:A12", RowShift(12, 15), grow=False) == "A3:A12"
