"""逾期: half past eight."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk


def morning(desk: Desk, day: str, *options: str) -> Any:
    return desk.ask("overdue", "--as-of", day, *options)


def numbers(entries: list[dict[str, Any]]) -> list[str]:
    return [e["case_no"] for e in entries]


def test_e01_due_today_is_not_overdue(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    on_the_day = morning(desk, "2026-08-17")
    assert numbers(on_the_day["overdue"]) == []
    assert numbers(on_the_day["due_today"]) == [no]
    assert on_the_day["due_today"][0]["light"] == "黄"
    next_day = morning(desk, "2026-08-18")
    assert numbers(next_day["overdue"]) == [no]
    assert next_day["overdue"][0]["light"] == "红"
    assert next_day["overdue"][0]["late_workdays"] == 1


def test_e02_both_measures_of_lateness(desk: Desk) -> None:
    desk.register("2026-09-22 09:00")  # five workdays over 中秋: due 2026-09-30
    in_the_holiday = morning(desk, "2026-10-05")["overdue"][0]
    assert (in_the_holiday["due_on"], in_the_holiday["late_workdays"], in_the_holiday["late_days"]) == (
        "2026-09-30", 0, 5,
    )  # fmt: skip
    after = morning(desk, "2026-10-08")["overdue"][0]
    assert (after["late_workdays"], after["late_days"]) == (1, 8)


def test_e09_nothing_overdue_is_a_good_morning(desk: Desk) -> None:
    quiet = desk.type("overdue", "--exit-code")
    assert (quiet.code, "无逾期" in quiet.out) == (0, True)
    desk.register("2026-08-10 09:00")
    assert desk.type("overdue").code == 0
    assert desk.type("overdue", "--exit-code").code == 1


def test_e10_the_next_workday_after_a_holiday_is_soon(desk: Desk) -> None:
    no = desk.register("2026-09-24 09:00")["case_no"]  # due 2026-10-09
    assert numbers(morning(desk, "2026-10-07")["due_soon"]) == []
    assert numbers(morning(desk, "2026-10-08")["due_soon"]) == [no]
    assert numbers(morning(desk, "2026-09-30", "--within", "2")["due_soon"]) == [no]


def test_e11_an_earlier_morning_is_shown_as_it_was(desk: Desk) -> None:
    first = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    before = morning(desk, "2026-08-19")
    desk.ask("resolve", first, "--result", "办好了", "--at", "2026-08-20 10:00")
    desk.register("2026-08-21 09:00")
    assert morning(desk, "2026-08-19") == before
    assert numbers(morning(desk, "2026-08-20")["overdue"]) == []
    shown = desk.ask("show", first, "--as-of", "2026-08-19")
    assert shown["case"]["status"] == "办理中"
    assert [s["step"] for s in shown["steps"]] == ["受理"]


def test_the_earliest_clock_leads_and_other_late_ones_are_told(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保", tier="二级")["case_no"]
    entry = morning(desk, "2026-08-20")["overdue"][0]
    assert (entry["case_no"], entry["act"], entry["due_on"]) == (no, "初步反馈", "2026-08-13")
    assert [a["act"] for a in entry["also"]] == ["解决"]
    desk.ask("feedback", no, "--text", "已核实", "--at", "2026-08-20 09:00")
    entry = morning(desk, "2026-08-20")["overdue"][0]
    assert (entry["act"], entry["also"]) == ("解决", [])


def test_the_worst_come_first(desk: Desk) -> None:
    mild = desk.register("2026-08-14 09:00")["case_no"]
    grave = desk.register("2026-08-03 09:00")["case_no"]
    assert numbers(morning(desk, "2026-08-31")["overdue"]) == [grave, mild]


def test_one_unit_only(desk: Desk) -> None:
    mine = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    desk.register("2026-08-10 09:00", unit="税务")
    assert numbers(morning(desk, "2026-08-31", "--unit", "社保")["overdue"]) == [mine]


def test_m06_hard_cases_are_asked_for_before_the_holiday(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian")
    (duty,) = morning(desk, "2026-09-29")["duties"]
    assert duty["period"] == "2026-09"
    assert (duty["due_on"], duty["submit_by"]) == ("2026-10-03", "2026-09-30")
    shown = desk.type("overdue", "--as-of", "2026-09-29").out
    assert "2026-09-30" in shown
    assert "县专班办" in shown


def test_duties_of_other_roles_are_not_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台")
    assert desk.type("init", str(desk.folder), "--locality", "linxian", "--role", "专班").code == 0
    assert morning(desk, "2026-09-29")["duties"] == []


def test_from_november_on_the_missing_year_is_named(desk: Desk) -> None:
    assert morning(desk, "2026-10-31")["calendar_warning"] is None
    assert "2027年" in morning(desk, "2026-11-02")["calendar_warning"]


def test_c13_a_year_that_is_not_published(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-12-25")
    answer = desk.register("2026-12-25 09:00")
    (deadline,) = answer["deadlines"]
    assert (deadline["due_on"], deadline["provisional"]) == ("2027-01-04", True)
    assert any("2027年" in w for w in answer["warnings"])
    assert morning(desk, "2027-01-05")["overdue"][0]["provisional"] is True


def test_c14_strictly_nothing_is_written(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-12-25")
    before = desk.book.read_bytes()
    answer = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-12-25", "--strict-calendar")
    assert answer.code == 3
    assert "2027年" in answer.err
    assert desk.book.read_bytes() == before


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_c24_the_clock_of_the_machine_does_not_matter(desk: Desk, zone: str) -> None:
    """The real process in another zone: today is Beijing's today, and dates are the same."""
    surroundings = {**os.environ, "TZ": zone, "PYTHONUTF8": "1"}
    line = [sys.executable, "-m", "zhuomuniao", "-w", str(desk.folder), "--json"]
    root = Path(__file__).resolve().parents[2]

    def run(*words: str) -> str:
        done = subprocess.run([*line, *words], env=surroundings, cwd=root, capture_output=True, check=True)
        return done.stdout.decode()

    assert '"due_on": "2026-10-13"' in run("register", "--name", "李", "--about", "事", "--at", "2026-09-30 00:30")
    beijing = subprocess.run(
        [sys.executable, "-c", "from datetime import *; print(datetime.now(timezone(timedelta(hours=8))).date())"],
        capture_output=True, check=True, text=True,
    ).stdout.strip()  # fmt: skip
    assert f'"as_of": "{beijing}"' in run("overdue")


def test_c23_explain_shows_every_day(desk: Desk) -> None:
    no = desk.register("2026-09-30 16:00")["case_no"]
    answer = desk.ask("explain", no)
    (clock,) = answer["clocks"]
    trail = clock["trail"]
    assert (trail[0]["date"], trail[0]["counts"], trail[0]["n"]) == ("2026-09-30", False, None)
    counted = [(t["date"], t["n"], t["why"]) for t in trail if t["counts"]]
    assert counted == [
        ("2026-10-08", 1, "工作日"),
        ("2026-10-09", 2, "工作日"),
        ("2026-10-10", 3, "调休上班"),
        ("2026-10-12", 4, "工作日"),
        ("2026-10-13", 5, "工作日"),
    ]
    assert {t["why"] for t in trail[1:] if not t["counts"]} == {"国庆节", "周末"}
    assert "内政服〔2021〕12号" in answer["notice"]
    assert clock["clause"] == "方案四（三）"
    assert answer["calendar_version"]
    said = desk.type("explain", no).out
    for words in ("起算日", "第5天", "国庆节", "调休上班", "方案四（三）", "民法典"):
        assert words in said


def test_explain_names_the_general_limit_that_gave_way(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", tier="一级")["case_no"]
    answer = desk.ask("explain", no)
    assert answer["clocks"][0]["due_on"] == "2026-08-19"
    assert [r["limit"] for r in answer["replaced"]] == ["5工作日"]


def test_deadline_needs_no_workspace(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "没有")
    answer = desk.ask("deadline", "2026-09-28", "3日")
    assert (answer["raw_due_on"], answer["due_on"]) == ("2026-10-01", "2026-10-08")
    assert "2026-10-08（周四）  到期    工作日，顺延至此" in desk.type("deadline", "2026-09-28", "3日").out
    assert desk.ask("算期限", "2026-01-31", "1个月")["due_on"] == "2026-02-28"
    wrong = desk.type("deadline", "2026-09-28", "好几天")
    assert wrong.code == 2
    assert "5工作日" in wrong.err
