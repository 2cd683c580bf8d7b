"""Cut-offs: which days a hand-in covers and by when it is sent (scenarios M-05…M-07)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuomuniao.errors import BadValueError
from zhuomuniao.periods import (
    duties_of,
    duty_due,
    neighbours,
    parse_period,
    period_before,
    period_meant,
    period_of,
)
from zhuomuniao.rules import RuleSet
from zhuomuniao.ruletypes import Citation, DueIn, DutyRule, Every, Policy, Span, WindowRule
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
OURS = Citation("", "", "unstated")
WINDOW = WindowRule("half", "跟执法", "activity", (Span(8, 9), Span(12, 1)), OURS)


def duty(every: Every, due_in: DueIn = DueIn.NEXT, **where: int) -> DutyRule:
    given: dict[str, int | None] = {"day": None, "workday": None, "month": None, **where}
    return DutyRule("d", "台账", "window", "窗口", "", "县专班办", None, every, due_in, on=None, window="half",
                    citation=OURS, **given)  # fmt: skip


def rules(*duties: DutyRule, period_cut: str = "since_last") -> RuleSet:
    policy = Policy("period_cut", "", "unstated", period_cut, {"since_last": "", "full_period": ""})
    return RuleSet("2026", date(2026, 1, 1), duties=duties, windows=(WINDOW,), policies={"period_cut": policy})


def dates(rule: DutyRule, label: str, *, period_cut: str = "since_last") -> tuple[str, ...]:
    period = parse_period(rule.every, label, WINDOW)
    due = duty_due(rule, period, rules(rule, period_cut=period_cut), CALENDAR)
    assert due is not None
    return tuple(d.isoformat() for d in (due.due_on, due.submit_by, due.covers_from, due.covers_through))


@pytest.mark.parametrize(
    ("day", "period", "due_on", "submit_by"),
    [
        (8, "2026-10", "2026-11-08", "2026-11-06"),  # M-05: a Sunday
        (8, "2026-01", "2026-02-08", "2026-02-06"),
        (8, "2026-02", "2026-03-08", "2026-03-06"),
        (8, "2026-07", "2026-08-08", "2026-08-07"),
        (3, "2026-09", "2026-10-03", "2026-09-30"),  # M-06: inside 国庆, before the month's end
        (3, "2026-04", "2026-05-03", "2026-04-30"),
        (3, "2025-12", "2026-01-03", "2025-12-31"),
        (30, "2026-01", "2026-02-28", "2026-02-28"),  # the 30th of February
        (31, "2026-03", "2026-04-30", "2026-04-30"),
    ],
)
def test_in_the_month_after(day: int, period: str, due_on: str, submit_by: str) -> None:
    assert dates(duty(Every.MONTH, day=day), period)[:2] == (due_on, submit_by)


@pytest.mark.parametrize(
    ("period", "submit_by"),
    [("2026-12", "2026-12-18"), ("2026-06", "2026-06-18"), ("2026-02", "2026-02-14"), ("2026-09", "2026-09-20")],
)
def test_m07_within_the_month(period: str, submit_by: str) -> None:
    assert dates(duty(Every.MONTH, DueIn.SAME, day=20), period)[1] == submit_by


def test_a_cut_off_before_the_end_covers_what_the_last_one_left() -> None:
    monthly = duty(Every.MONTH, DueIn.SAME, day=20)
    assert dates(monthly, "2026-09")[2:] == ("2026-08-21", "2026-09-20")
    assert dates(monthly, "2026-09", period_cut="full_period")[2:] == ("2026-08-01", "2026-08-31")
    quarterly = duty(Every.QUARTER, DueIn.SAME, day=22)
    assert dates(quarterly, "2026Q1") == ("2026-03-22", "2026-03-20", "2025-12-23", "2026-03-22")
    assert dates(duty(Every.MONTH, day=8), "2026-09")[2:] == ("2026-09-01", "2026-09-30")


def test_other_periods() -> None:
    assert dates(duty(Every.WEEK, DueIn.SAME, day=5), "2026W41")[:2] == ("2026-10-09", "2026-10-09")
    assert dates(duty(Every.WEEK, day=1), "2026W40")[:2] == ("2026-10-05", "2026-09-30")
    assert dates(duty(Every.MONTH, workday=5), "2026-09")[0] == "2026-10-13"
    assert dates(duty(Every.HALF_YEAR, day=10), "2026H1")[0] == "2026-07-10"
    assert dates(duty(Every.YEAR, month=1, day=15), "2025")[0] == "2026-01-15"
    assert dates(duty(Every.YEAR, DueIn.SAME, day=20), "2026")[0] == "2026-12-20"
    winter = dates(duty(Every.WINDOW, day=10), "2026-12")
    assert winter == ("2027-02-10", "2027-02-10", "2026-12-01", "2027-01-31")
    assert duty_due(duty(Every.MONTH), parse_period(Every.MONTH, "2026-09"), rules(), CALENDAR) is None


def test_a_window_is_named_by_the_month_it_opens() -> None:
    for label in ("2026-12", "2027-01"):
        assert parse_period(Every.WINDOW, label, WINDOW).label == "2026-12"
    assert period_of(Every.WINDOW, date(2026, 10, 1), WINDOW) is None


@pytest.mark.parametrize(
    ("every", "text"),
    [(Every.MONTH, "2026-13"), (Every.QUARTER, "2026Q5"), (Every.WINDOW, "2026-10"), (Every.WEEK, "2026W60"),
     (Every.MONTH, "十月"), (Every.ONCE, "2026"), (Every.MONTH, "9999-12"), (Every.YEAR, "0001")],
)  # fmt: skip
def test_labels_that_are_none(every: Every, text: str) -> None:
    with pytest.raises(BadValueError, match="看不懂期间"):
        parse_period(every, text, WINDOW)


regular = st.sampled_from([Every.WEEK, Every.MONTH, Every.QUARTER, Every.HALF_YEAR, Every.YEAR])


@given(regular, st.dates(date(2007, 1, 1), date(2030, 12, 31)))
def test_periods_tile_the_calendar_and_are_named_by_their_label(every: Every, day: date) -> None:
    before, here, after = neighbours(every, day)
    assert here.first <= day <= here.last
    assert before.last + timedelta(days=1) == here.first
    assert here.last + timedelta(days=1) == after.first
    assert parse_period(every, here.label) == here


@given(st.sampled_from([Every.MONTH, Every.QUARTER, Every.HALF_YEAR, Every.YEAR]), st.integers(1, 31),
       st.sampled_from(DueIn), st.dates(date(2008, 1, 1), date(2025, 1, 1)))  # fmt: skip
def test_nothing_falls_between_two_hand_ins(every: Every, day: int, due_in: DueIn, on: date) -> None:
    rule = duty(every, due_in, day=day)
    _, here, after = neighbours(every, on)
    one, other = (duty_due(rule, period, rules(rule), CALENDAR) for period in (here, after))
    assert one is not None
    assert other is not None
    assert one.submit_by <= one.due_on
    assert CALENDAR.is_workday(one.submit_by)
    assert one.covers_through + timedelta(days=1) == other.covers_from


def test_a_desk_sees_its_own_hand_ins() -> None:
    def lead(who: str) -> DutyRule:
        return DutyRule(who, "信息报告", "activity", "牵头部门", who, "区营商办", "", Every.MONTH, DueIn.SAME, 20,
                        None, None, None, "", OURS)  # fmt: skip

    edition = rules(lead("区司法局"), lead("区行政审批局"), duty(Every.MONTH, day=8))
    assert [d.by for d in duties_of(edition, "牵头部门", "碑林区司法局")] == ["区司法局"]
    assert len(duties_of(edition, "牵头部门", "碑林区某局")) == 2


@given(st.dates(date(2025, 2, 1), date(2028, 10, 1)))
def test_the_next_report_starts_the_day_after_the_cut_however_early_the_last_was_sent(day: date) -> None:
    monthly = duty(Every.MONTH, DueIn.SAME, day=20)
    whole = rules(monthly)
    before, here, after = neighbours(Every.MONTH, day)
    spans = [duty_due(monthly, period, whole, CALENDAR) for period in (before, here, after)]
    for one, following in pairwise(spans):
        assert one is not None
        assert following is not None
        assert following.covers_from == one.due_on + timedelta(days=1)
    assert period_before(here) == before


@pytest.mark.parametrize(
    ("rule", "day", "meant"),
    [
        (duty(Every.MONTH, DueIn.SAME, day=20), "2026-10-18", "2026-10"),
        (duty(Every.MONTH, DueIn.SAME, day=20), "2026-10-22", "2026-10"),
        (duty(Every.MONTH, DueIn.SAME, day=20), "2026-11-08", "2026-11"),
        (duty(Every.QUARTER, DueIn.SAME, day=22), "2026-10-05", "2026Q3"),
        (duty(Every.QUARTER, DueIn.SAME, day=22), "2026-11-22", "2026Q4"),
        (duty(Every.MONTH, day=8), "2026-11-30", "2026-10"),  # due in the month after: the last one that is over
        (duty(Every.WINDOW), "2026-11-22", "2026-08"),  # the winter window has not opened
        (duty(Every.WINDOW), "2027-01-10", "2026-12"),
        (duty(Every.YEAR), "2027-01-15", "2026"),
        (duty(Every.YEAR), "2026-11-22", "2026"),
    ],
)
def test_the_period_meant_where_none_is_named(rule: DutyRule, day: str, meant: str) -> None:
    found = period_meant(rule, rules(rule), date.fromisoformat(day), CALENDAR)
    assert found is not None
    assert found.label == meant
