"""Cells people typed over: read where they can be meant, told where not, never an error."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.fieldrows import ISSUE_ROWS
from zhuomuniao.model import Act, Clock, Record
from zhuomuniao.rows import CASE_ROWS, RowForm, clocks_over, format_clocks, parse_clocks, step_of_row
from zhuomuniao.store.cells import CellValue

OURS: dict[str, CellValue] = {
    "case_no": "2026100801",
    "accepted_at": datetime(2026, 10, 8, 9),
    "status": "办理中",
    "edition": "2024",
    "clocks": "解决=2026-10-14",
    "next_act": "解决",
    "next_due_on": date(2026, 10, 14),
    "round": 1,
}
SOLVE = Clock(Act.RESOLVE, date(2026, 10, 14))


def told(**cells: CellValue) -> list[str]:
    """The columns of the findings of one of our rows with some cells typed over."""
    return [finding.column for finding in CASE_ROWS.record_of(OURS | cells, "window")[1]]


def test_a_row_of_ours_is_read_without_a_word() -> None:
    case, findings = CASE_ROWS.record_of(OURS, "window")
    assert (case.clocks, findings) == ((SOLVE,), ())


@pytest.mark.parametrize(
    "part",
    [
        "解决=2026-02-30", "解决=2026-10-14 25:99", "解决=2026-8-1", "解决=昨天", "做完=2026-10-14", "胡话", "解决",
        "解决=0001-01-01", "解决=9999-12-31", "解决=2026-10-14√1926-10-13", "解决=２０２６-10-14",
    ],
)  # fmt: skip
def test_a_part_that_is_no_clock_is_told(part: str) -> None:
    assert parse_clocks(f"初步反馈=2026-10-13;{part};") == ((Clock(Act.FIRST_FEEDBACK, date(2026, 10, 13)),), (part,))
    assert told(clocks=part) == ["clocks"]


def test_an_act_stands_once_in_each_round() -> None:
    twice = "解决=2026-10-14;解决=2026-10-20"
    assert parse_clocks(twice) == ((SOLVE,), ("解决=2026-10-20",))
    assert told(clocks=twice) == ["clocks"]
    rounds = "解决=2026-10-14√2026-10-13;第2轮解决=2026-10-20"
    (first, second), unread = parse_clocks(rounds)
    assert (first.round, first.is_running, second.round, second.is_running, unread) == (1, False, 2, True, ())
    assert format_clocks((first, second)) == rounds
    assert told(clocks=rounds) == ["clocks"], "a round that has not begun"
    assert told(clocks=rounds, round=2) == []


def test_a_line_may_tell_that_a_clock_fell_away() -> None:
    ((clock,), _) = parse_clocks("初步反馈=2026-10-13取消")
    assert clock.is_cancelled
    assert format_clocks((clock,)) == "初步反馈=2026-10-13取消"


def test_every_clock_is_read_back() -> None:
    clocks = (
        Clock(Act.RESOLVE, date(2026, 10, 14), True),
        Clock(Act.REPLY, None),
        Clock(Act.FIRST_CONTACT, date(2026, 10, 8), False, date(2026, 10, 8), time(17, 30), time(17, 31)),
    )
    assert parse_clocks(format_clocks(clocks)) == (clocks, ())


def test_emptied_clocks_are_told_only_where_there_were_some() -> None:
    assert told(clocks="") == told(clocks=" ") == told(clocks=None) == ["clocks"]
    assert told(clocks="", status="待签收") == ["clocks"]
    # Typed by hand, not yet assigned, closed, a county without limits, a book without the column.
    assert told(clocks="", edition="") == told(clocks="", status="待交办") == told(clocks="", status="已办结") == []
    assert told(clocks="", next_act="", next_due_on=None) == []
    bare = {field: value for field, value in OURS.items() if field != "clocks"}
    assert CASE_ROWS.record_of(bare, "window")[1] == ()


def test_what_is_no_clock_outlives_a_write_until_it_is_mended() -> None:
    assert clocks_over("初步反馈=2026-10-13√2026-10-12", "解决=2026-8-1;初步反馈=2026-10-13") == (
        "初步反馈=2026-10-13√2026-10-12;解决=2026-8-1"
    )
    assert clocks_over("解决=2026-10-14", "解决=2026-8-1") == "解决=2026-10-14"
    assert clocks_over("解决=2026-10-14", None) == "解决=2026-10-14"


@pytest.mark.parametrize(
    "value", ["今天", "昨天", "今天 9:30", "10月8日", datetime(1926, 11, 18), datetime(2926, 11, 18), 20_001]
)
def test_a_day_that_cannot_be_meant_is_told_and_the_number_has_the_say(value: CellValue) -> None:
    case, (finding,) = CASE_ROWS.record_of(OURS | {"accepted_at": value}, "window")
    assert case.accepted_at == datetime(2026, 10, 8)
    assert (finding.column, bool(finding.remedy)) == ("accepted_at", True)
    assert told(resolved_at=value) == ["resolved_at"]
    assert told(round_started_on=value) == ["round_started_on"]


def test_an_unlikely_day_is_kept_where_the_number_has_none() -> None:
    case, (finding,) = CASE_ROWS.record_of(
        OURS | {"case_no": "GD7", "accepted_at": datetime(1926, 11, 18)}, "hotline"
    )
    assert (case.accepted_at, finding.column) == (datetime(1926, 11, 18), "accepted_at")


@pytest.mark.parametrize(("value", "number"), [("2", 2), (2.0, 2), (None, 1)])
def test_rounds(value: CellValue, number: int) -> None:
    case, findings = CASE_ROWS.record_of(OURS | {"round": value}, "window")
    assert (case.round, findings) == (number, ())


@pytest.mark.parametrize("value", [1e300, float("inf"), float("nan"), 10**9, 0, -5, "第二轮", "２"])
def test_rounds_that_cannot_be_are_told(value: CellValue) -> None:
    case, (finding,) = CASE_ROWS.record_of(OURS | {"round": value}, "window")
    assert (case.round, finding.column) == (1, "round")


def test_a_line_of_the_log_is_read_as_far_as_it_can_be() -> None:
    line: dict[str, CellValue] = {"at": datetime(2026, 10, 8, 9), "kind": "受理", "case_no": "2026100801"}
    step = step_of_row(line | {"clock_changes": "解决=2026-02-30;初步反馈=2026-10-13"})
    assert step is not None
    assert [c.act for c in step.clock_changes] == [Act.FIRST_FEEDBACK]
    assert step_of_row(line | {"at": "昨天"}) is step_of_row(line | {"at": date(9999, 12, 31)}) is None


WORDS = st.text(alphabet="解决=2026-10-14 25:9√×;暂定今昨天月日年一事议.0１²", max_size=25)
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), WORDS, st.dates(), st.datetimes()
)


@given(st.dictionaries(st.sampled_from([*OURS, "resolved_at", "round_started_on", "due_on", "about"]), CELLS))
def test_no_content_of_a_cell_raises(cells: dict[str, CellValue]) -> None:
    case, _ = CASE_ROWS.record_of(OURS | cells, "window")
    assert parse_clocks(format_clocks(case.clocks), case.round) == (case.clocks, ())
    step_of_row({"at": cells.get("accepted_at"), "kind": "受理", "clock_changes": cells.get("clocks")})


TYPED_OVER = st.sampled_from([
    None, "", " ", "昨天", "2026-10-09", 0, 1, 2, -1, 3, True, 10**9, 2.0, 2.5, date(2026, 10, 9), date(1899, 12, 31),
    datetime(2026, 10, 9, 10), datetime(9999, 1, 1), "已办结", "办理中", "解决=2026-10-14", "胡话",
    "解决=2026-10-14√2026-10-13", "第2轮解决=2026-10-20√2026-10-19",
])  # fmt: skip
CLOSED_ROW = {**OURS, "status": "已办结", "clocks": "解决=2026-10-14√2026-10-13"}


@pytest.mark.parametrize("form", [CASE_ROWS, ISSUE_ROWS])
def test_a_closed_row_of_ours_rests(form: RowForm[Record]) -> None:
    row = {**CLOSED_ROW, form.opened: OURS["accepted_at"]}
    assert form.day_at_rest(row) == date(2026, 10, 8)
    assert form.day_at_rest({**row, "status": "办理中"}) is None


@pytest.mark.parametrize("form", [CASE_ROWS, ISSUE_ROWS])
@given(data=st.data())
def test_what_is_taken_to_rest_is_closed_and_nothing_in_it_is_to_be_told(
    form: RowForm[Record], data: st.DataObject
) -> None:
    columns = ("clocks", "round", "status", *form.moments, *form.numbers, *form.texts)
    row: dict[str, CellValue] = {**CLOSED_ROW, form.opened: OURS["accepted_at"]}
    row |= data.draw(st.dictionaries(st.sampled_from(columns), TYPED_OVER, max_size=3))
    day = form.day_at_rest(row)
    if day is not None:
        record, findings = form.record_of(row, "window")
        assert (record.is_closed, findings, record.opened_at.date()) == (True, (), day)
