from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.casework import LAYOUT, UNITS, build, case, hand_in, holds, table
from zhuomuniao.errors import BadValueError, IntegrityError
from zhuomuniao.model import Act, Case, Clock, Status
from zhuomuniao.reports.tables import Check, Rate


def test_M01_closed_at_2350_on_the_last_day_belongs_to_the_month() -> None:
    cases = [case(1, "2026-08-26T09:00", "2026-08-31T23:50")]
    assert build(cases).counts["resolved"] == 1
    september = build(cases, "2026-09", "2026-09-30")
    assert (september.counts["carried_in"], september.counts["resolved"], september.rows) == (0, 0, 0)


def test_M01_a_moment_with_another_zone_counts_by_its_beijing_day() -> None:
    done = datetime(2026, 8, 31, 15, 50, tzinfo=UTC)
    late = datetime(2026, 8, 31, 16, 10, tzinfo=UTC)
    cases = [
        case(n, "2026-08-26T09:00", status=Status.RESOLVED, resolved_at=m) for n, m in enumerate((done, late), 1)
    ]
    report = build(cases)
    assert (report.counts["resolved"], report.counts["carried_out"]) == (1, 1)


@pytest.mark.parametrize("count", [0, 11, 2000])
def test_M02_every_row_is_there_and_the_printed_count_agrees(count: int) -> None:
    cases = [case(n % 90 + 1, f"2026-08-{n % 31 + 1:02d}T{n // 31 % 8 + 9:02d}:{n % 60:02d}") for n in range(count)]
    report = build(cases)
    ledger = table(report, "台账")
    assert report.rows == len(ledger.rows) == report.counts["accepted"] == count
    assert [row[0] for row in ledger.rows] == list(range(1, count + 1))
    assert ledger.notes[0].startswith(f"共{count}件")
    assert holds(report)


def test_the_hundredth_number_of_a_day_stands_behind_the_ninety_ninth() -> None:
    cases = [case(n, "2026-08-26T09:00", "2026-08-31T10:00") for n in (100, 99, 101, 9, 10)]
    for name in ("台账", "超时办结明细"):
        assert [str(row[1])[8:] for row in table(build(cases), name).rows] in (["09", "10", "99", "100", "101"], [])
    assert len(table(build(cases), "台账").rows) == len(cases)


def test_M03_a_known_month() -> None:
    cases = [
        case(1, "2026-07-20T09:00"),
        case(2, "2026-07-28T09:00", "2026-08-03T10:00"),
        case(3, "2026-07-01T09:00", "2026-07-03T10:00"),
        case(4, "2026-08-03T09:00", "2026-08-06T10:00", satisfaction="满意"),
        case(5, "2026-08-03T09:00", "2026-08-20T10:00", satisfaction="不满意", unit="公安窗口"),
        case(6, "2026-08-04T09:00", "2026-08-05T10:00", status=Status.ROUTED_OUT),
        case(7, "2026-08-05T09:00", status=Status.VOID),
        case(8, "2026-08-28T09:00", "2026-09-02T10:00", satisfaction="满意"),
        case(9, "2026-08-31T09:00", unit=""),
        case(10, "2026-08-10T09:00", "2026-08-12T10:00", clocks=(), satisfaction="无人接听"),
        case(11, "2026-08-11T09:00", status=Status.PAUSED),
        case(12, "2026-08-30T09:00", status=Status.RETURN_REQUESTED),
        case(13, "2026-09-01T09:00"),
    ]
    report = build(cases, as_of="2026-09-05")
    expected = {
        "carried_in": 2,
        "accepted": 9,
        "redone": 0,
        "resolved": 4,
        "transferred": 1,
        "voided": 1,
        "carried_out": 5,
        "returned": 1,
        "overdue_open": 1,
        "on_time": 2,
        "late": 1,
        "no_fixed_limit": 1,
        "visited": 2,
        "unreached": 1,
        "satisfied": 1,
        "dissatisfied": 1,
    }
    assert {name: report.counts[name] for name in expected} == expected
    assert holds(report)
    assert report.rows == 11
    units = table(report, "汇总", "按责任窗口").rows
    assert [row[0] for row in units] == ["税务窗口", "公安窗口", "未交办", "合计"]
    overdue = table(report, "逾期明细").rows
    assert [row[1] for row in overdue] == ["2026072001"]
    assert overdue[0][6:9] == (date(2026, 7, 27), 25, 35)


def test_M03_rates_name_their_denominator_and_have_none_when_it_is_nought() -> None:
    empty = build([])
    assert {rate.value for rate in empty.rates.values()} == {None}
    assert {row[1] for row in table(empty, "汇总", "比率").rows} == {"—"}
    cases = [case(n, "2026-08-03T09:00", f"2026-08-{d:02d}T10:00") for n, d in enumerate((5, 6, 20), 1)]
    rate = build([*cases, case(4, "2026-08-03T09:00", "2026-08-04T10:00", clocks=())]).rates["on_time_rate"]
    assert (rate.numerator, rate.denominator, rate.value, rate.percent) == (2, 3, 0.6667, "66.7%")
    assert "按时办结+超时办结" in rate.definition


def test_halves_round_up_as_people_round() -> None:
    assert Rate("r", "率", 1, 16, "").percent == "6.3%"
    assert Rate("r", "率", 1, 1, "").percent == "100.0%"


def test_redone_in_the_month_counts_a_round_on_both_sides() -> None:
    first = Clock(Act.RESOLVE, date(2026, 8, 10), ended_on=date(2026, 8, 6))
    second = Clock(Act.RESOLVE, date(2026, 8, 17), ended_on=date(2026, 8, 20), round=2)
    redone = case(
        1,
        "2026-08-03T09:00",
        "2026-08-20T10:00",
        round=2,
        round_started_on=date(2026, 8, 10),
        clocks=(first, second),
    )
    older = case(2, "2026-07-01T09:00", round=2, round_started_on=date(2026, 8, 12), status=Status.IN_PROGRESS)
    ended = Clock(Act.RESOLVE, date(2026, 7, 8), ended_on=date(2026, 7, 6))
    older = replace(older, clocks=(ended, Clock(Act.RESOLVE, None, round=2)))
    report = build([redone, older])
    counts = report.counts
    assert (counts["carried_in"], counts["accepted"], counts["redone"], counts["resolved"]) == (0, 1, 2, 2)
    assert (counts["on_time"], counts["late"], counts["carried_out"]) == (1, 1, 1)
    assert report.rows == 2
    assert holds(report)


def test_a_case_resolved_after_the_month_stands_open_in_its_ledger_copy() -> None:
    report = build([case(1, "2026-08-28T09:00", "2026-09-02T10:00")], as_of="2026-09-05")
    headers = [c.header for c in table(report, "台账").columns]
    row = dict(zip(headers, table(report, "台账").rows[0], strict=True))
    assert (row["办结时间"], row["办理结果"]) == (None, "")
    assert report.counts["carried_out"] == 1


def test_a_running_month_is_marked_and_its_days_to_come_are_blank() -> None:
    report = build([case(1, "2026-08-03T09:00")], as_of="2026-08-15")
    assert report.title.endswith("2026年8月月报（截至8月15日）")
    days = table(report, "汇总", "按日")
    assert len(days.columns) == 33
    assert days.rows[0][1:4] == (0, 0, 1)
    assert days.rows[0][15] == 0
    assert set(days.rows[0][16:32]) == {None}
    assert days.rows[0][32] == 1


def test_a_month_not_yet_begun_is_refused() -> None:
    with pytest.raises(BadValueError, match="还没有开始"):
        build([], as_of="2026-07-31")


def test_N10_masked_unless_full() -> None:
    cases = [case(1, "2026-08-03T09:00")]
    masked, full = build(cases), build(cases, is_full=True)
    assert "13800138000" not in repr(masked.tables)
    assert "李四" not in repr(masked.tables)
    assert "李*" in repr(masked.tables)
    assert "138****8000" in repr(masked.tables)
    assert "13800138000" in repr(full.tables)
    assert "李四" in repr(full.tables)


def test_the_ledger_copy_has_the_official_columns_only_and_says_what_is_void() -> None:
    ledger = table(build([case(1, "2026-08-03T09:00", status=Status.VOID, remark="重复登记")]), "台账")
    assert [c.header for c in ledger.columns] == [c.header for c in LAYOUT.official_columns]
    assert ledger.rows[0][-1] == "已作废。重复登记"


def test_definitions_tell_the_chain_the_day_and_the_masking() -> None:
    text = repr(table(build([]), "指标口径").rows)
    for words in ("ab" * 32, "2026-08-31", "已遮盖", "结转下月", "按时办结率"):
        assert words in text


def test_what_was_handed_in_before_is_told_beside_the_figures_and_changes_none_of_them() -> None:
    cases = [case(1, "2026-07-20T09:00")]
    told = Check("上月结转 = 上期报送（2026-08-05）的结转下月", 1, 5)
    report, _ = hand_in(cases, handed_in=told)
    assert report.checks[-1] == told
    assert ("与上期报送核对", "有出入", f"{told.identity}：左边1件，右边5件") in table(report, "指标口径").rows
    plain, _ = hand_in(cases)
    assert [t for t in report.tables if t.sheet != "指标口径"] == [t for t in plain.tables if t.sheet != "指标口径"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (case(1, "2026-08-03T09:00", "2026-07-30T10:00"), "办结时间2026-07-30早于受理（重办）时间2026-08-03"),
        (case(1, "2026-08-03T09:00", "2026-08-01T10:00"), "办结时间2026-08-01早于受理（重办）时间2026-08-03"),
        (case(1, "2026-08-03T09:00", status=Status.RESOLVED), "状态是“已办结”，没有办结时间"),
        (case(1, "2026-06-03T09:00", status=Status.AWAITING_REVISIT), "状态是“待回访”，没有办结时间"),
    ],
)
def test_M03_a_row_that_contradicts_itself_is_named_and_no_report_is_made(wrong: Case, why: str) -> None:
    sound = [case(n, "2026-08-04T09:00", "2026-08-06T10:00") for n in range(2, 9)]
    with pytest.raises(IntegrityError) as caught:
        build([*sound, wrong])
    error = caught.value
    assert error.exit_code == 7
    assert error.facts["cases"] == (wrong.case_no,)
    assert f"{wrong.case_no}（{why}）" in error.message
    assert "上月结转 + 本月受理" in error.message or "不早于" in error.message
    assert f"zmn show {wrong.case_no}" in error.remedy
    assert "李四" not in error.message


def test_M03_many_wrong_rows_are_counted_and_the_first_named() -> None:
    wrong = [case(n, "2026-08-03T09:00", "2026-07-30T10:00") for n in range(1, 31)]
    with pytest.raises(IntegrityError, match="有30件") as caught:
        build(wrong)
    assert "等30件" in caught.value.message
    assert caught.value.message.count("早于") == 6


def test_a_check_of_a_part_holds_up_to_the_whole() -> None:
    assert Check("a ⊆ b", 2, 2, is_at_most=True).holds
    assert not Check("a ⊆ b", 3, 2, is_at_most=True).holds


def test_the_same_input_gives_the_same_cells_in_any_order() -> None:
    cases = [case(n, f"2026-08-{n:02d}T09:00", unit=UNITS[n % 2]) for n in range(1, 12)]
    assert build(cases) == build(list(reversed(cases)))


@st.composite
def random_cases(draw: st.DrawFn) -> Case:
    day = draw(st.integers(0, 120))
    accepted = datetime(2026, 6, 1, draw(st.integers(0, 23)), 59) + timedelta(days=day)
    status = draw(st.sampled_from(list(Status)))
    spent = timedelta(days=draw(st.integers(0, 60)), minutes=draw(st.integers(0, 1000)))
    is_ended = not status.is_open
    # A void case may lack its day; what was resolved or routed out has one.
    has_day = is_ended and (status is not Status.VOID or draw(st.booleans()))
    ended = accepted + spent if has_day else None
    number = draw(st.integers(1, 3))
    restarted = accepted.date() + timedelta(days=draw(st.integers(0, spent.days))) if number > 1 else None
    due = draw(st.none() | st.dates(accepted.date(), accepted.date() + timedelta(days=30)))
    return Case(
        case_no=draw(st.text("0123456789", min_size=1, max_size=4)),
        ledger="window",
        accepted_at=accepted,
        applicant="李四",
        about="事由",
        unit=draw(st.sampled_from(["", *UNITS, "别的单位"])),
        tier=draw(st.sampled_from(["", "三级"])),
        status=status,
        resolved_at=ended,
        satisfaction=draw(st.sampled_from(["", "满意", "基本满意", "不满意", "无人接听", "部分解决"])),
        round=number,
        round_started_on=restarted,
        clocks=(Clock(Act.RESOLVE, due, ended_on=ended.date() if ended else None),) if draw(st.booleans()) else (),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(random_cases(), max_size=12), st.integers(6, 10), st.integers(0, 90))
def test_M03_the_identities_hold_for_any_cases(cases: list[Case], month: int, later: int) -> None:
    report = build(cases, f"2026-{month:02d}", f"{date(2026, month, 1) + timedelta(days=later)}")
    assert [check for check in report.checks if not check.holds] == []
    assert report.rows == len(table(report, "台账").rows)
    assert report.counts["overdue_open"] == len(table(report, "逾期明细").rows)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(random_cases().filter(lambda c: c.round == 1 and c.status is not Status.VOID), max_size=8))
def test_M03_one_month_hands_over_what_the_next_takes_in(cases: list[Case]) -> None:
    july, august = build(cases, "2026-07", "2026-12-31"), build(cases, "2026-08", "2026-12-31")
    assert july.counts["carried_out"] == august.counts["carried_in"]
