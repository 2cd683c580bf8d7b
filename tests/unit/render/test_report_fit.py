"""How heads, lines to sign and days find room on a report's sheet."""

from __future__ import annotations

from itertools import pairwise

import pytest

from zhuomuniao import sheetlook
from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_fit import head_shares, own_widths, shares_of, signature_rows
from zhuomuniao.render.workbook import CHARACTER_PIXELS, POINTS_PER_PIXEL
from zhuomuniao.reports.tables import SIGNATURES, Place, Table, TableColumn

PLANS = (48, 190, 171, 174)
"""序号, 参与单位, 活动, 备注, in pixels, as 碑林's list of units has them on an upright page."""
FIVE = ("负责人签字：", "填报人：", "审核（区营商办）：", "审定（区政府领导）：", "日期：　　年　月　日")
DAY = "2026年10月1日至12月31日　截至日：2026年9月22日"


def room(share: tuple[int, int], pixels: tuple[int, ...] = PLANS) -> float:
    return sum(pixels[share[0] - 1 : share[1]]) * POINTS_PER_PIXEL


@pytest.mark.parametrize(("pixels", "parts"), [(PLANS, 2), (PLANS, 4), ((20,) * 36, 4), ((9, 300, 9), 3)])
def test_shares_take_every_column_once_and_leave_none_without(pixels: tuple[int, ...], parts: int) -> None:
    shares = shares_of(pixels, parts)
    assert len(shares) == parts
    assert (shares[0][0], shares[-1][1]) == (1, len(pixels))
    assert all(last + 1 == first for (_, last), (first, _) in pairwise(shares))
    assert all(first <= last for first, last in shares)


def test_a_head_that_does_not_fit_its_half_is_given_more_rather_than_shrunk() -> None:
    pixels, lines = (100, 250, 90, 90), ("填报：某局", DAY)
    halves, shares = shares_of(pixels, 2), head_shares(pixels, lines)
    assert sheetlook.text_width(DAY, sheetlook.BODY_SIZE) > room(halves[1], pixels)
    for line, share in zip(lines, shares, strict=True):
        assert sheetlook.text_width(line, sheetlook.BODY_SIZE) <= room(share, pixels)


def test_no_line_to_sign_is_lost_where_a_sheet_has_fewer_columns() -> None:
    rows = signature_rows(PLANS, FIVE)
    assert [line for row in rows for line in row] == list(FIVE)
    shares = shares_of(PLANS, len(rows[0]))
    for row in rows:
        for line, share in zip(row, shares, strict=False):
            assert sheetlook.text_width(line, sheetlook.BODY_SIZE) + 30 <= room(share), line


def test_four_lines_to_sign_stand_in_one_row_of_a_wide_sheet() -> None:
    assert signature_rows((20,) * 36, SIGNATURES) == [SIGNATURES]
    assert signature_rows((60, 60), ()) == []


def test_a_narrow_column_of_words_is_wide_enough_for_the_day_it_tells() -> None:
    columns = (
        TableColumn("核查情况", 8),
        TableColumn("满意度", 8),
        TableColumn("问题描述", 60, place=Place.LEFT),
        TableColumn("办理时限", 8, ColumnType.DATE),
    )
    table = Table("台账", "", columns, (("2026-10-26 属实", "满意", "项目用地手续退了三次", None),))
    widths = own_widths(table, sheetlook.Paper(is_landscape=True, side=10))
    assert widths[0] == widths[3] > widths[1]
    assert widths[0] >= 10 * CHARACTER_PIXELS
