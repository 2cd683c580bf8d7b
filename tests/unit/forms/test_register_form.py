from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.paperwork import values_of
from zhuomuniao.assets import data_folder
from zhuomuniao.forms.filled import FilledCell, FilledForm, fill_form
from zhuomuniao.layouts import load_layout
from zhuomuniao.model import Case
from zhuomuniao.paperlayouts import FormCell, FormLayout, FormRow, Span

CASE = Case(
    case_no="2026100801",
    ledger="window",
    accepted_at=datetime(2026, 10, 8, 9, 30),
    applicant="李四",
    phone="13800138000",
    about="办理营业执照变更三次未受理。",
    accepted_by="王五",
)


@pytest.fixture
def layout() -> FormLayout:
    loaded = load_layout(data_folder() / "localities" / "neixiang" / "layouts" / "register-form.toml")
    assert isinstance(loaded, FormLayout)
    return loaded


def at(filled: FilledForm, row: int, column: int) -> FilledCell:
    return next(c for c in filled.cells if (c.row, c.column) == (row, column))


def test_values_are_full_and_the_moment_is_written_out(layout: FormLayout) -> None:
    filled = fill_form(layout, values_of(CASE))
    texts = {c.text for c in filled.cells}
    assert {"李四", "13800138000", "王五", "2026年10月8日 09:30", "办理营业执照变更三次未受理。"} <= texts
    assert "事项编号：2026100801" in texts


def test_the_notice_s_own_words_stay(layout: FormLayout) -> None:
    texts = {c.text for c in fill_form(layout, values_of(CASE)).cells}
    assert {"办理对象确认", "签字：", "日期：", "经办人员签字：", "责任窗口（单位）\n回复、处理情况"} <= texts
    assert any("“2021081003”" in text for text in texts)


def test_a_cell_over_two_rows_moves_the_next_row_along(layout: FormLayout) -> None:
    filled = fill_form(layout, values_of(CASE))
    assert at(filled, 5, 0).row_span == 2
    assert [c.column for c in filled.cells if c.row == 6] == [1, 3]
    covered = [
        (cell.row + down, cell.column + right)
        for cell in filled.cells
        for down in range(cell.row_span)
        for right in range(cell.column_span)
    ]
    assert len(covered) == len(set(covered)) == len(filled.rows) * len(filled.column_widths)


def test_a_moment_with_a_zone_is_shown_in_beijing(layout: FormLayout) -> None:
    case = Case("1", "window", datetime(2026, 10, 31, 15, 50, tzinfo=UTC), "李四", "事由")
    assert at(fill_form(layout, values_of(case)), 2, 3).text == "2026年10月31日 23:50"


def test_braces_that_name_no_field_stay() -> None:
    cells = (FormCell(Span.NOTE, "{7*7} {case_no} {nothing}", 1), FormCell(Span.FIELD, "resolved_at", 1))
    form = FormLayout("f", "表", "题", "", (10, 10), (FormRow(20, cells),))
    filled = fill_form(form, values_of(CASE))
    assert [c.text for c in filled.cells] == ["{7*7} 2026100801 {nothing}", ""]
