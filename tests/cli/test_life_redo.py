"""办结, 核查, 回访, 发回重办 (scenarios O-01…O-04, V-01…V-04)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.desk import Desk

SONGLING = Path(__file__).resolve().parents[1] / "fixtures" / "counties" / "songling"


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    """湘潭: only the unit's own fault sends a matter back."""
    return new_desk("xiangtan", "2026-10-30")


def resolved(desk: Desk, at: str = "2026-08-10 09:00", on: str = "2026-08-14 10:00", **more: str) -> str:
    """A matter that was resolved and found true, ready for the visit."""
    no: str = desk.register(at, **{"tier": "二级", "unit": "县司法局", **more})["case_no"]
    desk.ask("resolve", no, "--result", "补办好了", "--at", on)
    desk.ask("verify", no, "--outcome", "属实", "--at", on)
    return no


def visit(desk: Desk, no: str, at: str, *words: str) -> Any:
    return desk.ask("visit", no, "--at", at, *words)


def row_of(desk: Desk) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    return {str(sheet.cell(2, n).value): sheet.cell(3, n).value for n in range(1, sheet.max_column + 1)}


BLAMED = ("--satisfaction", "不满意", "--fault", "承办单位主观原因", "--note", "材料收了没有办")


def test_O01_an_unsatisfied_person_opens_a_round_of_its_own(window: Desk) -> None:
    no = resolved(window)
    answer = visit(window, no, "2026-08-17 10:00", *BLAMED)
    assert (answer["steps"], answer["status"], answer["round"]) == (["回访", "发回重办"], "办理中", 2)
    clocks = [(c["round"], c["act"], c["due_on"], c["ended_on"], c["late"]) for c in answer["deadlines"]]
    assert clocks == [
        (1, "解决", "2026-08-17", "2026-08-14", False),
        (2, "解决", "2026-08-24", None, False),
    ]
    row = row_of(window)
    assert row["时限明细"] == "解决=2026-08-17√2026-08-14;第2轮解决=2026-08-24"
    assert (row["轮次"], str(row["本轮起算"])[:10], str(row["办理时限"])[:10]) == (2, "2026-08-17", "2026-08-24")
    assert "（第1轮）" in row["核查情况"]
    assert "（第1轮）" in row["回访情况"]
    assert (row["满意度"], row["办理结果"], row["结果类别"]) == (None, None, None)
    assert [s["step"] for s in window.ask("show", no)["steps"]][-2:] == ["回访", "发回重办"]


def test_O02_a_late_round_counts_late_once(window: Desk) -> None:
    no = resolved(window, on="2026-08-19 10:00")
    visit(window, no, "2026-08-20 10:00", *BLAMED)
    window.ask("resolve", no, "--result", "这次办好了", "--at", "2026-08-24 10:00")
    window.ask("verify", no, "--outcome", "属实", "--at", "2026-08-24 10:00")
    visit(window, no, "2026-08-25 10:00", "--satisfaction", "满意")
    counts = window.ask("report", "--month", "2026-08")["counts"]
    assert (counts["accepted"], counts["resolved"], counts["on_time"], counts["late"]) == (1, 2, 1, 1)
    assert row_of(window)["时限明细"] == "解决=2026-08-17×2026-08-19;第2轮解决=2026-08-27√2026-08-24"
    later = window.ask("report", "--month", "2026-09")["counts"]
    assert (later["carried_in"], later["late"]) == (0, 0)


def test_O03_a_reopened_matter_is_not_overdue_the_same_morning(window: Desk) -> None:
    no = resolved(window, on="2026-08-19 10:00")
    visit(window, no, "2026-09-14 10:00", *BLAMED)
    for day in ("2026-09-14", "2026-09-15", "2026-09-20"):
        assert window.ask("overdue", "--as-of", day)["overdue"] == [], day
    (late,) = window.ask("overdue", "--as-of", "2026-09-21")["overdue"]
    # Monday the 14th + 5: 15, 16, 17, 18 and Sunday the 20th, which is worked.
    assert (late["case_no"], late["due_on"], late["late_workdays"]) == (no, "2026-09-20", 1)


def test_O04_an_objective_cause_goes_back_nowhere_in_xiangtan(window: Desk) -> None:
    no = resolved(window)
    objective = ("--satisfaction", "不满意", "--fault", "其他原因")
    bare = window.type("visit", no, "--at", "2026-08-17 10:00", *objective)
    assert (bare.code, "--note" in bare.err, "五.4" in bare.err) == (6, True, True)
    nobody = window.type("visit", no, "--at", "2026-08-17 10:00", "--satisfaction", "不满意", "--note", "嫌慢")
    assert (nobody.code, "--fault" in nobody.err) == (6, True)
    answer = visit(window, no, "2026-08-17 10:00", *objective, "--note", "政策所限")
    assert (answer["status"], answer["round"], answer["steps"]) == ("已办结", 1, ["回访"])
    shown = window.ask("show", no)["case"]
    assert (shown["satisfaction"], shown["fault"]) == ("不满意", "其他原因")


def test_O04_in_neixiang_every_unsatisfied_person_is_heard_again(desk: Desk) -> None:
    no = resolved(desk, unit="社保", tier="三级")
    answer = visit(desk, no, "2026-08-17 10:00", "--satisfaction", "不满意", "--note", "嫌慢")
    assert (answer["status"], answer["round"]) == ("办理中", 2)
    assert not any("通报" in w for w in answer["warnings"])


def test_O04_fault_adds_a_circular_with_what_is_to_be_done(desk: Desk) -> None:
    no = resolved(desk, unit="社保", tier="三级")
    words = ("--satisfaction", "不满意", "--fault", "unit", "--note", "窗口态度差")
    answer = visit(desk, no, "2026-08-17 10:00", *words)
    assert any(f"zmn circular {no}" in w for w in answer["warnings"])
    bare = desk.type("circular", no, "--at", "2026-08-18 10:00")
    assert (bare.code, "--disposition" in bare.err, "制度第五条" in bare.err) == (6, True, True)
    told = desk.ask("circular", no, "--disposition", "书面检查", "--at", "2026-08-18 10:00")
    assert (told["step"], told["status"], told["round"]) == ("通报", "办理中", 2)
    lead = ("refer-lead", no, "--to", "县纪委监委", "--reason", "吃拿卡要", "--at", "2026-08-18 11:00")
    assert desk.ask(*lead)["step"] == "线索上报"


def test_O04_a_fault_of_nobody_asks_for_no_circular(desk: Desk) -> None:
    no = resolved(desk, unit="社保", tier="三级")
    words = ("--satisfaction", "不满意", "--fault", "其他原因", "--note", "政策所限")
    answer = visit(desk, no, "2026-08-17 10:00", *words)
    assert not any("zmn circular" in w for w in answer["warnings"])


def test_what_was_found_untrue_goes_back(window: Desk) -> None:
    no = window.register("2026-08-10 09:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("resolve", no, "--result", "补办好了", "--at", "2026-08-14 10:00")
    bare = window.type("verify", no, "--outcome", "不实", "--at", "2026-08-17 10:00")
    assert (bare.code, "--note" in bare.err) == (6, True)
    words = ("verify", no, "--outcome", "不实", "--note", "窗口没有收到", "--at", "2026-08-19 10:00")
    answer = window.ask(*words)
    assert (answer["steps"], answer["status"], answer["round"]) == (["核查", "发回重办"], "办理中", 2)
    # On time is judged by the unit's own day, not by the day of the verification.
    assert [(c["round"], c["late"]) for c in answer["deadlines"]] == [(1, False), (2, False)]
    assert "不实" in row_of(window)["核查情况"]


def test_no_visit_before_the_verification(window: Desk) -> None:
    no = window.register("2026-08-10 09:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("resolve", no, "--result", "补办好了", "--at", "2026-08-14 10:00")
    early = window.type("visit", no, "--satisfaction", "满意", "--at", "2026-08-17 10:00")
    assert (early.code, "zmn verify" in early.err) == (6, True)
    window.ask("verify", no, "--outcome", "属实", "--at", "2026-08-14 10:00")
    visit(window, no, "2026-08-17 10:00", *BLAMED)
    window.ask("resolve", no, "--result", "再办", "--at", "2026-08-18 10:00")
    # The second round is verified anew.
    assert window.type("visit", no, "--satisfaction", "满意", "--at", "2026-08-19 10:00").code == 6


def test_V01_three_attempts_with_their_days(window: Desk) -> None:
    no = resolved(window)
    for number, day in ((1, "2026-08-17"), (2, "2026-08-18")):
        answer = visit(window, no, f"{day} 10:00", "--unreached")
        assert answer["status"] == "待回访"
        assert any(f"第{number}次没有接通" in w for w in answer["warnings"])
        assert [c["case_no"] for c in window.ask("overdue", "--as-of", day)["awaiting_visit"]] == [no]
    assert visit(window, no, "2026-08-20 10:00", "--unreached")["status"] == "已办结"
    row = row_of(window)
    assert row["满意度"] == "无法回访"
    for day in ("2026-08-17", "2026-08-18", "2026-08-20"):
        assert f"{day} 未接通" in row["回访情况"]
    answer = window.ask("report", "--month", "2026-08")
    assert answer["counts"]["unreached"] == 1
    rates = {name: rate["denominator"] for name, rate in answer["rates"].items() if "satisf" in name}
    assert rates
    assert set(rates.values()) == {0}


def test_V01_who_is_reached_at_last_is_heard(window: Desk) -> None:
    no = resolved(window)
    visit(window, no, "2026-08-17 10:00", "--unreached")
    visit(window, no, "2026-08-18 10:00", "--satisfaction", "无人接听")
    answer = visit(window, no, "2026-08-20 10:00", "--satisfaction", "基本满意")
    assert answer["status"] == "已办结"
    assert window.ask("show", no)["case"]["satisfaction"] == "基本满意"


def test_V01_attempts_begin_anew_with_each_round(window: Desk) -> None:
    no = resolved(window)
    visit(window, no, "2026-08-17 10:00", "--unreached")
    visit(window, no, "2026-08-17 15:00", "--unreached")
    visit(window, no, "2026-08-18 10:00", *BLAMED)
    window.ask("resolve", no, "--result", "再办", "--at", "2026-08-19 10:00")
    window.ask("verify", no, "--outcome", "属实", "--at", "2026-08-19 11:00")
    assert visit(window, no, "2026-08-20 10:00", "--unreached")["status"] == "待回访"


def test_V01_a_note_never_answers_for_the_person(window: Desk) -> None:
    no = resolved(window)
    answer = visit(window, no, "2026-08-17 10:00", "--unreached", "--note", "邻居代答；满意度：满意")
    assert answer["status"] == "待回访"
    assert window.ask("show", no)["case"]["satisfaction"] == ""


def test_V02_partly_solved_is_a_word_of_its_own(window: Desk) -> None:
    no = resolved(window)
    answer = visit(window, no, "2026-08-17 10:00", "--solved", "部分解决", "--note", "还差一个章")
    assert answer["status"] == "待回访"
    shown = window.ask("show", no)["case"]
    assert (shown["solved"], shown["satisfaction"]) == ("基本解决", "")
    visit(window, no, "2026-08-18 10:00", "--satisfaction", "满意")
    shown = window.ask("show", no)["case"]
    assert (shown["solved"], shown["satisfaction"], shown["status"]) == ("基本解决", "满意", "已办结")


def test_V03_unsolved_wants_a_reason(window: Desk) -> None:
    no = resolved(window)
    before = window.book.read_bytes()
    bare = window.type("visit", no, "--solved", "未解决", "--at", "2026-08-17 10:00")
    assert (bare.code, "--note" in bare.err) == (6, True)
    assert window.type("visit", no, "--at", "2026-08-17 10:00").code == 2
    assert window.type("redo", no, "--at", "2026-08-17 10:00").code == 2
    assert window.type("redo", no, "--reason", " ", "--at", "2026-08-17 10:00").code == 2
    assert window.book.read_bytes() == before
    redone = window.ask("redo", no, "--reason", "当事人说没有拿到证", "--at", "2026-08-17 10:00")
    assert (redone["status"], redone["round"]) == ("办理中", 2)
    line = window.ask("show", no)["steps"][-1]
    assert "没有拿到证" in line["text"]
    assert line["by"] == "赵敏慧"


@pytest.mark.parametrize(
    ("limit", "on", "due"),
    [("1工作日", "2026-09-24", "2026-09-28"), ("5工作日", "2026-09-24", "2026-10-09")],
)
def test_V04_the_visit_is_owed_on_the_next_workday(
    new_desk: Callable[..., Desk], tmp_path: Path, limit: str, on: str, due: str
) -> None:
    county = shutil.copytree(SONGLING, tmp_path / "county")
    rules = county / "rules" / "2026.toml"
    text = rules.read_text(encoding="utf-8")
    assert text.count('limit = "5工作日"\nstart = "办结"') == 1
    text = text.replace('limit = "5工作日"\nstart = "办结"', f'limit = "{limit}"\nstart = "办结"')
    rules.write_text(text, encoding="utf-8")
    desk = new_desk(str(county), "2026-10-30")
    no = desk.register("2026-09-22 09:00", category="投诉", unit="区教育局")["case_no"]
    answer = desk.ask("resolve", no, "--result", "办好了", "--at", f"{on} 16:00")
    (revisit,) = [c for c in answer["deadlines"] if c["act"] == "回访"]
    assert (revisit["due_on"], revisit["ended_on"]) == (due, None)
    row = row_of(desk)
    assert (row["下一环节"], str(row["下一时限"])[:10]) == ("回访", due)
    desk.ask("verify", no, "--outcome", "属实", "--at", f"{on} 17:00")
    answer = visit(desk, no, f"{due} 10:00", "--satisfaction", "满意")
    (revisit,) = [c for c in answer["deadlines"] if c["act"] == "回访"]
    assert (revisit["ended_on"], revisit["late"]) == (due, False)
