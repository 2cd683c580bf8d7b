"""暂停 and 恢复 (scenarios P-01…P-06), in an invented county whose notice allows them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk import Desk

SONGLING = Path(__file__).resolve().parents[1] / "fixtures" / "counties" / "songling"
HARD = 'act = "解决"\nlimit = "一事一议"'


@pytest.fixture
def pausing(new_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    """A county with five workdays for complaints, ten where they are 疑难; the day of the pause itself counts."""
    county = shutil.copytree(SONGLING, tmp_path / "county")
    rules = county / "rules" / "2026.toml"
    text = rules.read_text(encoding="utf-8")
    assert text.count('limit = "10工作日"\nstart = "受理"') == 1
    assert HARD in text
    text = text.replace('limit = "10工作日"\nstart = "受理"', 'limit = "5工作日"\nstart = "受理"')
    text = text.replace(HARD, 'act = "解决"\nlimit = "10工作日"').replace(
        'pause_days = "whole"', 'pause_days = "after"'
    )
    rules.write_text(text, encoding="utf-8")
    return new_desk(str(county), "2026-10-30")


def complaint(desk: Desk, at: str, **more: str) -> str:
    number: str = desk.register(at, category="投诉", unit="区教育局", **more)["case_no"]
    return number


def due(desk: Desk, no: str) -> str:
    (clock,) = desk.ask("show", no)["case"]["clocks"]
    return str(clock["due_on"])


def pause(desk: Desk, no: str, since: str, until: str = "", reason: str = "补正材料") -> None:
    answer = desk.ask("pause", no, "--reason", reason, "--at", since)
    assert (answer["status"], answer["step"]) == ("暂停", "暂停")
    if until:
        assert desk.ask("resume", no, "--at", until)["status"] == "办理中"


def test_P01_a_weekend_in_a_pause_adds_nothing(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    assert due(pausing, no) == "2026-08-17"
    pause(pausing, no, "2026-08-14 10:00", "2026-08-17 10:00")
    assert due(pausing, no) == "2026-08-18"


def test_P01_the_county_may_leave_out_the_day_of_the_pause_too(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk(str(SONGLING), "2026-10-30")
    no = complaint(desk, "2026-08-10 09:00")
    assert due(desk, no) == "2026-08-24"
    pause(desk, no, "2026-08-14 10:00", "2026-08-17 10:00")
    assert due(desk, no) == "2026-08-26"


def test_P02_a_pause_over_the_holidays_counts_workdays_only(pausing: Desk) -> None:
    no = complaint(pausing, "2026-09-24 09:00")
    assert due(pausing, no) == "2026-10-09"
    pause(pausing, no, "2026-09-25 10:00", "2026-10-08 10:00")
    # 28, 29, 30 September and 8 October do not count: 9, 10 (Saturday, worked), 12, 13, 14 October do.
    assert due(pausing, no) == "2026-10-14"
    pauses = pausing.ask("explain", no)["pauses"]
    assert [(p["since"], p["until"]) for p in pauses] == [("2026-09-25", "2026-10-08")]


def test_P03_what_rests_is_not_overdue(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    pause(pausing, no, "2026-08-13 10:00")
    morning = pausing.ask("overdue", "--as-of", "2026-08-20")
    assert (morning["overdue"], morning["due_today"], morning["due_soon"]) == ([], [], [])
    (resting,) = morning["paused"]
    assert (resting["case_no"], resting["status"]) == (no, "暂停")
    assert "2026-08-13" in resting["pause"]
    assert "补正材料" in resting["pause"]
    told = pausing.type("overdue", "--as-of", "2026-08-20").out
    assert f"暂停：{no}" in told
    assert "暂停 1 件" in told


def test_P03_how_many_days_it_rests_is_told(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    pause(pausing, no, "2026-08-13 10:00")
    told = pausing.type("overdue", "--as-of", "2026-08-20").out
    (line,) = [x for x in told.splitlines() if x.startswith(f"暂停：{no}")]
    # 14, 17, 18, 19, 20 August are workdays; a week has passed.
    assert "5个工作日" in line or "7天" in line


def test_P04_another_tier_keeps_the_pause(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00", cause="职责不清")
    pause(pausing, no, "2026-08-11 10:00", "2026-08-13 10:00")
    assert due(pausing, no) == "2026-08-19"
    raised = pausing.ask(
        "raise", no, "--tier", "疑难", "--reason", "两个部门都说不归自己", "--at", "2026-08-14 10:00"
    )
    # Ten workdays from the receipt are 24 August; two more for the pause.
    assert [d["due_on"] for d in raised["deadlines"]] == ["2026-08-26"]
    assert due(pausing, no) == "2026-08-26"
    assert pausing.ask("recount")["differences"] == []


def test_P05_only_the_reasons_the_notice_gives(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    before = pausing.book.read_bytes()
    refused = pausing.type("pause", no, "--reason", "太忙", "--at", "2026-08-12 10:00")
    assert refused.code == 6
    assert "补正材料" in refused.err
    assert "变更诉求内容" in refused.err
    assert pausing.type("pause", no, "--at", "2026-08-12 10:00").code == 2
    assert pausing.book.read_bytes() == before
    pausing.ask("resolve", no, "--result", "办好了", "--at", "2026-08-12 10:00")
    closed = pausing.type("pause", no, "--reason", "补正材料", "--at", "2026-08-13 10:00")
    assert (closed.code, "待回访" in closed.err) == (6, True)


def test_P05_no_notice_of_ours_knows_pauses(new_desk: Callable[..., Desk]) -> None:
    for locality in ("neixiang", "xiangtan"):
        desk = new_desk(locality, "2026-10-30", folder=locality)
        no = desk.register("2026-08-10 09:00", tier="二级")["case_no"]
        refused = desk.type("pause", no, "--reason", "补正材料", "--at", "2026-08-12 10:00")
        assert (refused.code, "没有规定可以暂停" in refused.err) == (6, True)


def test_P06_a_pause_cannot_end_before_it_began_or_begin_twice(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    pause(pausing, no, "2026-08-13 10:00")
    before = pausing.book.read_bytes()
    early = pausing.type("resume", no, "--at", "2026-08-12 10:00")
    assert (early.code, "早于" in early.err) == (6, True)
    again = pausing.type("pause", no, "--reason", "补正材料", "--at", "2026-08-14 10:00")
    assert (again.code, "暂停" in again.err) == (6, True)
    assert pausing.book.read_bytes() == before
    pausing.ask("resume", no, "--at", "2026-08-14 10:00")
    assert pausing.type("resume", no, "--at", "2026-08-14 11:00").code == 6
    assert due(pausing, no) == "2026-08-18"


def test_P06_pauses_that_touch_count_each_day_once(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    pause(pausing, no, "2026-08-11 10:00", "2026-08-12 10:00")
    pause(pausing, no, "2026-08-12 14:00", "2026-08-13 10:00")
    # 12 and 13 August rest: 11, 14, 17, 18, 19.
    assert due(pausing, no) == "2026-08-19"
    assert pausing.ask("recount")["differences"] == []


def test_a_changed_matter_is_counted_anew(pausing: Desk) -> None:
    no = complaint(pausing, "2026-08-10 09:00")
    pause(pausing, no, "2026-08-12 10:00", "2026-08-14 10:00", reason="变更诉求内容")
    assert due(pausing, no) == "2026-08-21"
