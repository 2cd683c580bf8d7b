"""Amendments against the calendar in force: what they change, what they leave alone, and what they must wait for."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tests.notices import IMPORTED_ON, NOTHING, annual
from tests.unit.test_notice import TEXT_2027, refused
from zhuomuniao.notice import ParsedNotice, parse_holiday_cn, parse_notice
from zhuomuniao.workdays import WorkCalendar

IN_FORCE = TEXT_2027.replace(
    "1月1日（周五）至3日（周日）放假，共3天。",
    "2026年12月31日（周四）至2027年1月3日（周日）放假调休，共4天。2026年12月27日（周日）上班。",
)


def change(year: int, name: str, body: str, calendar: WorkCalendar | None = None) -> ParsedNotice:
    """An amendment as the State Council writes it, read against the calendar in force."""
    known = calendar or WorkCalendar([parse_notice(IN_FORCE).layer(IMPORTED_ON)])
    return parse_notice(f"国务院办公厅关于调整{year}年{name}安排的通知\n　　经国务院批准，{body}", known=known.day)


def test_a_notice_that_moves_only_a_make_up_day_leaves_the_break_alone() -> None:
    in_force = parse_notice(IN_FORCE).layer(IMPORTED_ON)
    found = change(2027, "国庆节调休上班日期", "2027年9月26日（周日）照常休息，10月10日（周日）上班。")
    assert found.problems == ()
    assert found.notes == ("2027-09-26 原来调休上班，改为照常休息",)
    after = WorkCalendar([in_force, found.layer(IMPORTED_ON)])
    assert [after.is_workday(date(2027, 9, 26)), after.is_workday(date(2027, 10, 10))] == [False, True]
    assert after.day(date(2027, 9, 26)).why == "周末"
    assert not any(after.is_workday(date(2027, 10, 1) + timedelta(days=n)) for n in range(7))
    before = WorkCalendar([in_force])
    assert after.days_changed_from(before, 2027) == (date(2027, 9, 26), date(2027, 10, 10))


def test_one_day_more_leaves_the_break_alone_and_says_so() -> None:
    found = change(2027, "国庆节放假", "10月8日（周五）放假，10月10日（周日）上班。")
    assert [d.on.day for d in found.days] == [8, 10]
    assert any("其他放假日不变" in note for note in found.notes)


def test_a_break_told_anew_beside_a_joined_one() -> None:
    calendar = WorkCalendar([annual(2025)], package_years=NOTHING)
    taking = change(2025, "国庆节放假", "10月1日至5日放假调休，共5天。", calendar)
    assert [p.what for p in taking.problems] == ["2025年10月6日是中秋节的法定假日，不会上班"]
    keeping = change(2025, "国庆节放假", "10月1日至6日放假调休，共6天。", calendar)
    assert keeping.problems == ()
    assert [d.on.day for d in keeping.days if d.is_ordinary] == [7, 8]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("国庆节", "10月4日（周一）至7日（周四）放假，10月1日（周五）正常上班。"),
        ("国庆节", "10月2日（周六）上班。"),
        ("春节", "2月5日（周五）正常上班。"),
        ("清明节", "4月5日（周一）照常上班。"),
        ("元旦", "1月1日（周五）正常上班。"),
    ],
)
def test_nobody_works_on_a_statutory_day(name: str, body: str) -> None:
    assert any("法定假日，不会上班" in p.what for p in change(2027, f"{name}放假", body).problems)


def test_no_yearly_notice_works_on_a_statutory_day() -> None:
    text = TEXT_2027.replace("2月5日（农历除夕前一日、周五）至11日（周四）放假调休，共7天", "2月6日至11日放假，共6天")
    assert "春节的放假日期里没有2月5日" in refused(text)
    days = [{"name": d.name, "date": d.on.isoformat(), "isOffDay": d.is_off} for d in annual(2026).days]
    without = [day for day in days if day["date"] != "2026-10-02"]
    assert "国庆节的放假日期里没有10月2日" in [
        p.what for p in parse_holiday_cn(json.dumps({"year": 2026, "days": without})).problems
    ]


def test_a_make_up_day_far_from_any_break() -> None:
    found = change(2027, "国庆节调休", "2027年3月7日（周日）上班。")
    assert any("离国庆节的假期太远" in p.what for p in found.problems)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("劳动节放假", "5月1日（周六）至4日（周二）放假调休，共4天。4月25日（周日）上班。"),
        ("国庆节调休上班日期", "2027年9月26日（周日）照常休息，10月10日（周日）上班。"),
    ],
)
def test_an_amendment_waits_for_its_years_notice(name: str, body: str) -> None:
    found = change(2027, name, body, WorkCalendar(package_years=range(2004, 2027)))
    assert [p.remedy for p in found.problems] == ["请先导入2027年的全年通知，再导入这份通知"]


def test_a_holiday_of_one_year_needs_not_wait_unless_it_touches_one_of_the_seven() -> None:
    known = WorkCalendar(package_years=range(2004, 2027)).day
    title = "国务院关于某某纪念日调休放假的通知\n"
    one = parse_notice(f"{title}2027年9月3日（星期五）全国放假1天。", known=known)
    assert (one.problems, [d.on.day for d in one.days]) == ((), [3])
    touching = parse_notice(f"{title}2027年9月30日至10月1日放假，共2天。", known=known)
    assert [p.what for p in touching.problems] == ["日历里还没有2027年的全年安排，不知道国庆节原来怎样放假"]


def test_the_new_years_of_two_years_are_two() -> None:
    assert parse_notice(IN_FORCE).problems == ()
    this = change(2026, "元旦放假", "1月1日（周四）至2日（周五）放假，共2天。")
    assert (this.problems, [d.on.isoformat() for d in this.days]) == ((), ["2026-01-01", "2026-01-02"])
    coming = change(2027, "元旦放假", "1月1日（周五）至3日（周日）放假，共3天。")
    assert coming.problems == ()
    assert [d.on.isoformat() for d in coming.days if d.is_ordinary] == ["2026-12-31"]
    assert any("2026-12-27" in note for note in coming.notes)
