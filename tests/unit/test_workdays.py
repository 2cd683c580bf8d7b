"""The calendar and its layers: what is published, what a notice changes, whom a date has to thank."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from msgspec.structs import replace

from tests.notices import IMPORTED_ON, NOTHING, amendment, annual
from zhuomuniao.errors import CalendarNotPublishedError, DataFileError
from zhuomuniao.layers import MAKE_UP, Layer, LayerDay, LayerKind
from zhuomuniao.statutory import HOLIDAYS, statutory_holidays
from zhuomuniao.usecases.office import own_days
from zhuomuniao.workdays import _HOLIDAY_NAMES, WorkCalendar, last_published_year
from zhuomuniao.workspace import Workspace, WorkspaceConfig, find_workspace

ROOT = Path(__file__).resolve().parents[2]


def day(text: str) -> date:
    return date.fromisoformat(text)


def own(*days: str, name: str = "县里停电检修", kind: LayerKind = LayerKind.REGIONAL) -> Layer:
    listed = tuple(LayerDay(day(d), True, name) for d in days)
    return Layer(kind, day(days[0]).year, "本单位休息日", "zmn.toml", IMPORTED_ON, listed)


def test_c16_december_waits_for_the_next_notice() -> None:
    before = WorkCalendar(package_years=range(2018, 2019))
    assert before.nth_workday_after(day("2018-12-26"), 3) == day("2018-12-31")
    assert before.is_provisional(day("2018-12-31"))
    assert before.missing_year(day("2018-12-31")) == 2019
    assert not before.is_provisional(day("2018-11-30"))
    after = WorkCalendar([annual(2019)], package_years=range(2018, 2019))
    assert after.nth_workday_after(day("2018-12-26"), 3) == day("2018-12-29")
    assert not after.is_provisional(day("2018-12-29"))
    assert after.day(day("2018-12-29")).why == MAKE_UP
    assert after.day(day("2018-12-31")).source == "国务院办公厅关于2019年部分节假日安排的通知"


def test_c16_by_layers_alone() -> None:
    before = WorkCalendar([annual(2018)], package_years=NOTHING)
    after = WorkCalendar([annual(2018), annual(2019)], package_years=NOTHING)
    assert before.nth_workday_after(day("2018-12-26"), 3) == day("2018-12-31")
    assert after.nth_workday_after(day("2018-12-26"), 3) == day("2018-12-29")
    assert WorkCalendar([annual(2019), annual(2018)], package_years=NOTHING).day(day("2018-12-29")).why == MAKE_UP


def test_c16_a_reloaded_year_keeps_the_decembers_of_the_package() -> None:
    assert WorkCalendar([annual(2018)]).is_workday(day("2018-12-29"))
    assert not WorkCalendar([annual(2018)]).is_workday(day("2018-12-31"))


@pytest.mark.parametrize(
    ("year", "start", "before", "after"),
    [
        (2019, "2019-04-25", "2019-05-03", "2019-05-05"),  # C-17
        (2019, "2019-04-29", "2019-05-07", "2019-05-08"),
        (2020, "2020-01-20", "2020-02-01", "2020-02-04"),  # C-18
        (2015, "2015-09-01", "2015-09-08", "2015-09-09"),  # C-19
    ],
)
def test_c17_c18_c19_amendments(year: int, start: str, before: str, after: str) -> None:
    old = WorkCalendar([annual(year)], package_years=NOTHING)
    new = WorkCalendar([annual(year), amendment(year)], package_years=NOTHING)
    assert old.nth_workday_after(day(start), 5) == day(before)
    assert new.nth_workday_after(day(start), 5) == day(after)
    assert new.status(year).amended_by == (amendment(year).title,)


def test_a_notice_of_old_replaces_the_amended_year_of_the_package_and_says_so() -> None:
    calendar = WorkCalendar([annual(2019)])
    assert not calendar.is_workday(day("2019-05-05"))
    differing = ("2019-04-28", "2019-05-02", "2019-05-03", "2019-05-05")
    assert calendar.status(2019).differs_from_package == tuple(map(day, differing))
    assert WorkCalendar([annual(2019), amendment(2019)]).status(2019).differs_from_package == ()


def test_c21_the_offices_own_day() -> None:
    calendar = WorkCalendar([own("2026-08-13")])
    assert calendar.nth_workday_after(day("2026-08-10"), 3) == day("2026-08-14")
    told = calendar.day(day("2026-08-13"))
    assert (told.is_workday, told.why, told.source) == (False, "县里停电检修", "本单位休息日")
    assert "本单位休息日" in calendar.version
    assert calendar.status(2026).regional_by == ("本单位休息日",)
    assert calendar.status(2025).regional_by == ()


def test_later_layers_have_the_last_word() -> None:
    works = Layer(LayerKind.REGIONAL, 2026, "乙", "", IMPORTED_ON, (LayerDay(day("2026-08-13"), False, MAKE_UP),))
    assert WorkCalendar([own("2026-08-13"), works]).is_workday(day("2026-08-13"))
    assert not WorkCalendar([works, own("2026-08-13")]).is_workday(day("2026-08-13"))
    amended = own("2026-08-13", kind=LayerKind.AMENDMENT)
    assert WorkCalendar([works, amended]).is_workday(day("2026-08-13")), "regional beats amendment in any order"


def test_normal_work_cancels_both_marks() -> None:
    ends = {d.on: d for d in amendment(2020).days}
    assert ends[day("2020-02-03")].name == "正常上班"
    calendar = WorkCalendar([annual(2020), amendment(2020)], package_years=NOTHING)
    assert (calendar.day(day("2020-02-03")).why, calendar.day(day("2020-02-01")).why) == ("工作日", "春节")
    weekend = Layer(LayerKind.AMENDMENT, 2026, "t", "", IMPORTED_ON, (LayerDay.ordinary(day("2026-02-14")),))
    assert not WorkCalendar([weekend]).is_workday(day("2026-02-14")), "a make-up Saturday is a Saturday again"


def test_a_reason_is_only_a_reason(tmp_path: Path) -> None:
    """[calendar.work] with a reason that reads like the name of an ordinary day is still a day at work."""
    days = {day("2026-11-28"): "正常上班", day("2026-12-05"): "照常休息"}
    layers = own_days(Workspace(tmp_path, WorkspaceConfig("neixiang", work_days=days)))
    assert [WorkCalendar(layers).is_workday(on) for on in days] == [True, True]


def test_a_layer_that_is_overruled_can_be_told() -> None:
    works = Layer(LayerKind.REGIONAL, 2026, "乙", "", IMPORTED_ON, (LayerDay(day("2026-08-15"), False, MAKE_UP),))
    plain = replace(works, days=(LayerDay.ordinary(day("2026-08-15")), LayerDay.ordinary(day("2026-08-13"))))
    rests = own("2026-08-13", "2026-08-15")
    assert WorkCalendar([works, rests]).days_decided_otherwise(works) == (day("2026-08-15"),)
    assert WorkCalendar([works, rests]).days_decided_otherwise(rests) == ()
    assert WorkCalendar([plain, rests]).days_decided_otherwise(plain) == (day("2026-08-13"),)
    assert WorkCalendar([works, rests]).days_changed_from(WorkCalendar([rests]), 2026) == ()
    assert WorkCalendar([rests]).days_changed_from(WorkCalendar(), 2026) == (day("2026-08-13"),)


def test_statutory_days_are_holidays_of_the_package() -> None:
    for year in range(2004, 2027):
        holidays = statutory_holidays(year)
        assert set(holidays) == set(HOLIDAYS if year >= 2008 else ("元旦", "春节", "劳动节", "国庆节"))
        for name, days in holidays.items():
            shared = {on for other in holidays if other != name for on in holidays[other]}
            told = {
                _HOLIDAY_NAMES[chinese_calendar.constants.holidays[on]] for on in days - shared if on.weekday() < 5
            }
            assert all(chinese_calendar.is_holiday(on) for on in days), (year, name)
            assert told <= {name}, (year, name)
    assert {name: len(days) for name, days in statutory_holidays(2040).items()} == {
        "元旦": 1, "国庆节": 3, "劳动节": 2, "清明节": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("2026-W48-4", "不是日期"),
        ("20261126", "不是日期"),
        ("2026-02-30", "不是日期"),
        ("0001-01-01", "不在1990年至2100年"),
        ("9999-12-31", "不在1990年至2100年"),
    ],
)
def test_own_days_are_dates_of_our_time(written: str, what: str, tmp_path: Path) -> None:
    config = tmp_path / "zmn.toml"
    config.write_text(f'schema = 1\nlocality = "neixiang"\n[calendar.rest]\n{written} = "停电"\n', encoding="utf-8")
    with pytest.raises(DataFileError) as refused:
        find_workspace(tmp_path)
    (problem,) = refused.value.problems
    assert problem.key == f"calendar.rest.{written}"
    assert what in problem.what


def test_what_is_published() -> None:
    last = last_published_year()
    plain = WorkCalendar()
    assert plain.last_published_year == last
    assert plain.version == f"国务院放假通知，已公布至{last}年"
    assert not plain.is_provisional(date(2004, 1, 1))
    assert plain.missing_year(date(2003, 12, 31)) == 2003
    assert plain.missing_year(date(last, 12, 1)) == last + 1
    assert plain.missing_year(date(last, 11, 30)) is None
    some = WorkCalendar([annual(y) for y in (2018, 2019, 2024)], package_years=NOTHING)
    assert some.last_published_year == 2019
    assert [some.is_published(y) for y in (2017, 2018, 2020, 2024)] == [False, True, False, True]
    assert WorkCalendar(package_years=NOTHING).last_published_year == 2003


def test_a_count_through_an_unpublished_year() -> None:
    calendar = WorkCalendar([annual(2018), annual(2020)], package_years=NOTHING)
    assert calendar.first_provisional(day("2018-03-01"), day("2018-11-30")) is None
    assert calendar.first_provisional(day("2018-11-01"), day("2020-03-01")) == day("2018-12-01")
    assert calendar.first_provisional(day("2019-06-01"), day("2020-03-01")) == day("2019-06-02")
    assert calendar.first_provisional(day("2020-01-01"), day("2020-11-30")) is None


def test_the_refusal_names_the_year_and_the_remedy() -> None:
    calendar = WorkCalendar([annual(2018)], is_strict=True, package_years=NOTHING)
    calendar.require_published(day("2018-06-01"))
    with pytest.raises(CalendarNotPublishedError) as refused:
        calendar.require_published(day("2018-12-03"))
    assert "2019年" in refused.value.message
    assert "zmn calendar import" in refused.value.remedy
    assert refused.value.facts["missing_year"] == 2019


def test_status_counts_days() -> None:
    status = WorkCalendar().status(2026)
    assert (status.is_published, status.by, status.rest_weekdays, status.make_up_days) == (True, "package", 19, 6)
    assert status.workdays == 261 - 19 + 6
    assert WorkCalendar([annual(2026)]).status(2026).by == "layer"
    assert WorkCalendar([annual(2026)]).status(2026).title == "国务院办公厅关于2026年部分节假日安排的通知"
    unknown = WorkCalendar().status(last_published_year() + 1)
    assert (unknown.is_published, unknown.by, unknown.is_december_open) == (False, "", True)


def test_c22_the_texts_of_twenty_years_agree_with_the_package_day_by_day() -> None:
    layers = [annual(year) for year in range(2007, 2027)] + [amendment(year) for year in (2015, 2019, 2020)]
    calendar = WorkCalendar(layers, package_years=NOTHING)
    on, looked_at = date(2007, 1, 1), 0
    while on <= date(2026, 12, 31):
        assert calendar.is_workday(on) == chinese_calendar.is_workday(on), on
        on += timedelta(days=1)
        looked_at += 1
    assert looked_at == 7305


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_c24_the_machines_zone_changes_nothing(zone: str) -> None:
    code = (
        "from datetime import date, timedelta\n"
        "from zhuomuniao.workdays import WorkCalendar\n"
        "c = WorkCalendar()\n"
        "print([str(c.nth_workday_after(date(2026, 1, 1) + timedelta(days=n), 5)) for n in range(365)])\n"
    )
    here = [str(WorkCalendar().nth_workday_after(date(2026, 1, 1) + timedelta(days=n), 5)) for n in range(365)]
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == str(here)


def test_the_package_is_imported_only_when_a_day_is_asked_for() -> None:
    code = "import sys, zhuomuniao.workdays as w; w.WorkCalendar(); print('chinese_calendar' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
