"""Pauses, extensions, returns and restarts as counting functions (scenarios P, X, R, V)."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from tests.notices import NOTHING, amendment, annual
from zhuomuniao.allowances import (
    latest_request,
    latest_return,
    require_extension,
    require_pause,
    require_return,
    restarted_or_continued,
)
from zhuomuniao.assets import data_folder, locality_folder
from zhuomuniao.counting import Counting, count_deadline, show_working
from zhuomuniao.course import Course, Extension, Pause
from zhuomuniao.deadlines import RuledDeadline, deadlines_of
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.limits import parse_limit
from zhuomuniao.model import Act, StartEvent
from zhuomuniao.rulefile import load_locality
from zhuomuniao.rules import RuleSet
from zhuomuniao.workdays import WorkCalendar

CALENDAR = WorkCalendar()
RECEIVED = date(2026, 8, 10)
FIVE = parse_limit("5工作日")


def xiangtan() -> RuleSet:
    return load_locality(locality_folder("xiangtan"), data_folder() / "policies.toml").locality.editions[-1]


def at(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(9))


def test_p01_a_pause_over_the_weekend_costs_one_workday() -> None:
    pause = Pause(date(2026, 8, 14), date(2026, 8, 17), "补材料")
    assert count_deadline(FIVE, RECEIVED, CALENDAR, pauses=[pause]).due_on == date(2026, 8, 18)


def test_p02_a_pause_that_begins_on_a_holiday() -> None:
    pause = Pause(date(2026, 9, 25), date(2026, 10, 8))
    without = count_deadline(FIVE, date(2026, 9, 24), CALENDAR)
    paused = count_deadline(FIVE, date(2026, 9, 24), CALENDAR, pauses=[pause])
    assert CALENDAR.workdays_between(without.due_on, paused.due_on) == 4
    skipped = [t for t in show_working(FIVE, date(2026, 9, 24), CALENDAR, pauses=[pause]) if "暂停" in t.why]
    assert [t.day for t in skipped if "（工作日）" in t.why] == [
        date(2026, 9, 28), date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 8),
    ]  # fmt: skip


def test_p03_a_pause_that_lasts_is_not_counted_yet() -> None:
    assert count_deadline(FIVE, RECEIVED, CALENDAR, pauses=[Pause(date(2026, 8, 12))]).due_on == date(2026, 8, 17)


def test_p04_a_longer_limit_keeps_the_pause() -> None:
    pause = Pause(date(2026, 8, 11), date(2026, 8, 13))
    plain = count_deadline(parse_limit("10工作日"), RECEIVED, CALENDAR).due_on
    paused = count_deadline(parse_limit("10工作日"), RECEIVED, CALENDAR, pauses=[pause]).due_on
    assert CALENDAR.workdays_between(plain, paused) == 2


def test_p05_only_listed_reasons_stop_a_clock() -> None:
    with pytest.raises(RefusedByRuleError, match="没有规定可以暂停"):
        require_pause(xiangtan(), "window", "补材料")


def test_p06_overlapping_pauses_count_once_and_none_runs_backwards() -> None:
    one = [Pause(date(2026, 8, 11), date(2026, 8, 14))]
    two = [Pause(date(2026, 8, 11), date(2026, 8, 13)), Pause(date(2026, 8, 12), date(2026, 8, 14))]
    assert (
        count_deadline(FIVE, RECEIVED, CALENDAR, pauses=two).due_on
        == count_deadline(FIVE, RECEIVED, CALENDAR, pauses=one).due_on
    )
    with pytest.raises(RefusedByRuleError, match="早于"):
        Pause(date(2026, 8, 12), date(2026, 8, 11))


def test_the_pause_day_itself_may_be_left_out_by_policy() -> None:
    pause = Pause(date(2026, 8, 12), date(2026, 8, 12))
    assert count_deadline(FIVE, RECEIVED, CALENDAR, pauses=[pause]).due_on == date(2026, 8, 17)
    whole = Counting(counts_pause_day=False)
    assert count_deadline(FIVE, RECEIVED, CALENDAR, counting=whole, pauses=[pause]).due_on == date(2026, 8, 18)


def test_pauses_stop_calendar_days_too() -> None:
    pause = Pause(date(2026, 8, 11), date(2026, 8, 13))
    counted = count_deadline(parse_limit("3日"), RECEIVED, CALENDAR, pauses=[pause])
    # 10 + 3 days, two of them stopped: Saturday the 15th, moved to Monday.
    assert (counted.raw_due_on, counted.due_on) == (date(2026, 8, 15), date(2026, 8, 17))
    month = count_deadline(parse_limit("1个月"), RECEIVED, CALENDAR, pauses=[pause])
    assert (month.raw_due_on, month.due_on) == (date(2026, 9, 12), date(2026, 9, 14))


def running(course: Course, **facts: str) -> RuledDeadline:
    rules = xiangtan()
    known = {"kind": "应办未办", "tier": "二级", "channel": "窗口", **facts}
    return next(r for r in deadlines_of(rules, "window", known, course, CALENDAR) if r.rule.act is Act.RESOLVE)


def course(*extensions: Extension, pauses: tuple[Pause, ...] = ()) -> Course:
    moment = datetime.combine(RECEIVED, time(9, 30))
    return Course({StartEvent.ACCEPTED: moment, StartEvent.ASSIGNED: moment}, pauses, extensions)


def asked(limit: str, on: str, approver: str = "专班", override: str = "") -> Extension:
    return Extension(parse_limit(limit), date.fromisoformat(on), approver, "要现场核实", override)


def ask(extension: Extension, *granted: Extension) -> None:
    so_far = course(*granted)
    facts = {"kind": "应办未办", "tier": "二级", "channel": "窗口"}
    require_extension(xiangtan(), "window", facts, running(so_far), so_far, extension, CALENDAR)


def test_x01_an_extension_is_counted_from_the_due_day() -> None:
    extension = asked("5工作日", "2026-08-14")
    ask(extension)
    extended = running(course(extension)).deadline
    assert extended is not None
    assert (extended.base_due_on, extended.due_on) == (date(2026, 8, 17), date(2026, 8, 24))
    assert "extension" in extended.policies


def test_x02_a_refusal_tells_clause_from_policy() -> None:
    granted = asked("5工作日", "2026-08-14")
    with pytest.raises(RefusedByRuleError) as twice:
        ask(asked("3工作日", "2026-08-20"), granted)
    assert "已经延期1次" in twice.value.message
    assert "原则上" in twice.value.message
    assert "原文" in twice.value.remedy
    with pytest.raises(RefusedByRuleError, match="原则上不得超过5工作日"):
        ask(asked("6工作日", "2026-08-14"))
    with pytest.raises(RefusedByRuleError, match="zmn 的口径"):
        ask(asked("5工作日", "2026-08-18"))
    with pytest.raises(RefusedByRuleError) as nobody:
        ask(asked("5工作日", "2026-08-14", approver=""))
    assert "zmn 的口径" in nobody.value.remedy
    ask(asked("6工作日", "2026-08-14", override="县政府专题会议纪要"))
    assert latest_request(xiangtan().extensions[0], date(2026, 8, 17), CALENDAR) == date(2026, 8, 17)


def test_x03_a_calendar_amendment_replays_the_chain() -> None:
    extension = Extension(FIVE, date(2019, 5, 1), "专班")
    before = WorkCalendar([annual(2019)], package_years=NOTHING)
    after = WorkCalendar([annual(2019), amendment(2019)], package_years=NOTHING)
    start = date(2019, 4, 25)
    old = count_deadline(FIVE, start, before, extensions=[extension])
    new = count_deadline(FIVE, start, after, extensions=[extension])
    # receipt → 5 workdays → 5 more, each under the calendar in force
    assert (old.base_due_on, old.due_on) == (date(2019, 5, 3), date(2019, 5, 10))
    assert (new.base_due_on, new.due_on) == (date(2019, 5, 5), date(2019, 5, 10))


def test_r01_return_within_two_workdays_of_signing() -> None:
    rules = xiangtan()
    signed = Course({StartEvent.ASSIGNED: at("2026-09-18"), StartEvent.SIGNED: at("2026-09-18")})
    last = latest_return(rules.returns[0], signed, rules, CALENDAR)
    assert last is not None
    assert last.due_on == date(2026, 9, 21)
    require_return(rules, "window", signed, date(2026, 9, 21), CALENDAR)
    with pytest.raises(RefusedByRuleError, match="视为签收"):
        require_return(rules, "window", signed, date(2026, 9, 22), CALENDAR)
    unsigned = Course({StartEvent.ASSIGNED: at("2026-09-18")})
    assert latest_return(rules.returns[0], unsigned, rules, CALENDAR) == last
    with pytest.raises(RefusedByRuleError, match="还没有交办"):
        require_return(rules, "window", Course({StartEvent.ACCEPTED: at("2026-09-18")}), date(2026, 9, 18), CALENDAR)


def test_r02_both_days_of_a_reassigned_matter_are_known() -> None:
    kept, anew, is_anew = restarted_or_continued(xiangtan(), FIVE, course(), at("2026-08-13"), CALENDAR)
    assert (kept.due_on, anew.due_on, is_anew) == (date(2026, 8, 17), date(2026, 8, 20), False)


def test_v04_the_next_day_is_a_workday() -> None:
    assert count_deadline(parse_limit("次日"), date(2026, 9, 24), CALENDAR).due_on == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("start", "limit", "due", "hour"),
    [
        ("2026-09-30 16:40", "2小时", "2026-09-30", "18:40"),
        ("2026-09-30 23:30", "24小时", "2026-10-01", "23:30"),
        ("2026-09-30 16:40", "30分钟", "2026-09-30", "17:10"),
        ("2026-09-30 16:40", "当日", "2026-09-30", None),
        ("2026-10-01 10:00", "当日", "2026-10-08", None),  # a rest day
        ("2026-09-30 16:40", "当日下班前", "2026-09-30", "17:30"),
        ("2026-09-30 17:31", "当日下班前", "2026-10-08", "17:30"),  # after hours
        ("2026-09-30 16:40", "次日下班前", "2026-10-08", "17:30"),
        ("2026-09-30 16:40", "3工作日下班前", "2026-10-10", "17:30"),
        ("2026-09-30 16:40", "2周", "2026-10-14", None),
        ("2026-09-30 16:40", "次日起5工作日", "2026-10-13", None),  # not shifted twice
    ],
)
def test_hours_closing_time_and_weeks(start: str, limit: str, due: str, hour: str | None) -> None:
    counted = count_deadline(parse_limit(limit), datetime.fromisoformat(start), CALENDAR)
    assert counted.due_on == date.fromisoformat(due)
    assert (counted.due_time.isoformat("minutes") if counted.due_time else None) == hour


def test_office_hours_by_policy() -> None:
    office = Counting(counts_office_hours=True)

    def due(start: str, limit: str) -> str:
        counted = count_deadline(parse_limit(limit), datetime.fromisoformat(start), CALENDAR, counting=office)
        return f"{counted.due_on} {counted.due_time:%H:%M}"

    assert due("2026-09-29 11:00", "2小时") == "2026-09-29 15:00"
    assert due("2026-09-30 17:00", "2小时") == "2026-10-08 10:30"
    assert due("2026-10-03 09:00", "1小时") == "2026-10-08 10:00"
    paused = [Pause(date(2026, 9, 29), date(2026, 9, 30))]
    counted = count_deadline(
        parse_limit("8小时"), datetime(2026, 9, 29, 14), CALENDAR, counting=office, pauses=paused
    )
    assert (counted.due_on, counted.due_time) == (date(2026, 10, 8), time(15, 30))


def test_a_restart_and_a_restarting_pause_begin_anew() -> None:
    pause = Pause(date(2026, 8, 11), date(2026, 8, 13), "补正", restarts=True)
    counted = running(course(pauses=(pause,))).deadline
    assert counted is not None
    assert (counted.starts_on, counted.due_on) == (date(2026, 8, 13), date(2026, 8, 20))


def test_a_count_through_an_unpublished_year_is_provisional() -> None:
    hole = WorkCalendar(package_years=range(2004, 2026))
    assert count_deadline(parse_limit("5工作日"), date(2025, 12, 30), hole).is_provisional
    assert not count_deadline(parse_limit("3日"), date(2025, 11, 3), hole).is_provisional
    # Calendar days rest on their end alone.
    assert count_deadline(parse_limit("1个月"), date(2025, 11, 3), hole).is_provisional
