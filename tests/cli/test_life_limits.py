"""What must not be got round: lateness, a unit's own time, levels, figures, whom a paper may name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from tests.desk import Desk

SONGLING = Path(__file__).resolve().parents[1] / "fixtures" / "counties" / "songling"


@pytest.fixture
def window(new_desk: Callable[..., Desk]) -> Desk:
    return new_desk("xiangtan", "2026-11-20")


def clocks(answer: Any) -> list[tuple[str, str | None, bool]]:
    return [(c["act"], c["due_on"], c["late"]) for c in answer["deadlines"]]


def shown(desk: Desk, no: str) -> Any:
    return desk.ask("show", no)["case"]


def test_another_unit_gives_no_time_back(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", tier="二级", unit="税务")["case_no"]
    late = next(c for c in shown(desk, no)["clocks"] if c["act"] == "初步反馈")
    assert late["due_on"] == "2026-10-12"
    answer = desk.ask("assign", no, "--unit", "公安", "--at", "2026-10-15 09:00")
    assert [c["due_on"] for c in answer["deadlines"] if c["act"] == "初步反馈"] == ["2026-10-12"]
    assert any("已经逾期" in w and "不改" in w for w in answer["warnings"])
    told = desk.ask("feedback", no, "--text", "在查", "--at", "2026-10-15 10:00")
    assert [c["late"] for c in told["deadlines"] if c["act"] == "初步反馈"] == [True]
    assert desk.ask("recount")["differences"] == []


def test_a_day_kept_late_is_explained_and_left_alone(window: Desk) -> None:
    no = window.register("2026-10-12 09:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("raise", no, "--tier", "复杂", "--at", "2026-10-22 09:00")
    explained = window.type("explain", no)
    assert "先已逾期" in explained.out
    assert "zmn recount" not in explained.out
    assert window.ask("recount")["differences"] == []
    answer = window.ask("resolve", no, "--result", "办好了", "--at", "2026-10-23 09:00")
    assert ("解决", "2026-10-19", True) in clocks(answer)


def test_a_pause_that_begins_anew_cures_nothing(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk(str(SONGLING), "2026-10-30")
    no = desk.register("2026-10-12 09:00", category="求助", unit="区教育局")["case_no"]
    desk.ask("pause", no, "--reason", "变更诉求内容", "--at", "2026-10-20 09:00")
    assert [c["case_no"] for c in desk.ask("overdue", "--as-of", "2026-10-20")["overdue"]] == [no]
    answer = desk.ask("resume", no, "--at", "2026-10-21 09:00")
    assert ("解决", "2026-10-15", False) in clocks(answer)


def test_an_obligation_that_comes_with_the_tier_is_not_late_at_birth(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="税务")["case_no"]
    answer = desk.ask("raise", no, "--tier", "二级", "--at", "2026-10-12 09:00")
    assert ("初步反馈", "2026-10-15", False) in clocks(answer)
    explained = next(c for c in desk.ask("explain", no)["clocks"] if c["act"] == "初步反馈")
    assert (explained["start_event"], explained["starts_on"]) == ("提级", "2026-10-12")


def test_silence_is_that_of_the_unit_that_was_silent(window: Desk) -> None:
    no = window.register("2026-10-12 09:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("assign", no, "--unit", "县市场监管局", "--at", "2026-10-20 09:00")
    returned = window.ask("return", no, "--reason", "不归我们", "--basis", "三定", "--at", "2026-10-21 09:00")
    assert returned["status"] == "退回待审"
    kept = window.ask("review-return", no, "--deny", "--at", "2026-10-23 09:00")
    assert kept["status"] == "办理中"
    again = window.type("return", no, "--reason", "还是不归", "--basis", "三定", "--at", "2026-10-27 09:00")
    assert (again.code, "退回应在 2026-10-23 及以前申请" in again.err) == (6, True)


def test_a_new_round_gives_no_new_time_to_hand_back(window: Desk) -> None:
    no = window.register("2026-10-12 09:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("sign", no, "--at", "2026-10-12 10:00")
    window.ask("resolve", no, "--result", "办好了", "--at", "2026-10-13 09:00")
    window.ask("verify", no, "--outcome", "不实", "--note", "没有办", "--at", "2026-10-20 09:00")
    assert window.type("return", no, "--reason", "x", "--basis", "y", "--at", "2026-10-21 09:00").code == 6


def test_units_beside_stay_when_the_lead_goes(window: Desk) -> None:
    no = window.register("2026-10-12 09:00", tier="二级")["case_no"]
    window.ask("assign", no, "--unit", "县司法局", "--with", "县信访局", "--at", "2026-10-12 09:30")
    window.ask("feedback", no, "--unit", "县信访局", "--text", "已查", "--at", "2026-10-12 10:00")
    window.ask("return", no, "--reason", "不归我们", "--basis", "三定", "--at", "2026-10-13 09:00")
    window.ask("review-return", no, "--accept", "--unit", "县市场监管局", "--at", "2026-10-13 10:00")
    assert shown(window, no)["co_handlers"] == "县信访局：已反馈"


def test_nobody_is_held_to_account_before_the_day(window: Desk) -> None:
    no = window.register("2026-10-10 09:00", tier="复杂", channel="热线已督办", unit="县司法局")["case_no"]
    window.ask("supervise", no, "--at", "2026-10-10 10:00")
    assert window.ask("escalate", "--as-of", "2026-10-16")["proposals"] == []
    refused = window.type("accountability", no, "--at", "2026-10-16 09:00")
    assert (refused.code, "最早 2026-10-26" in refused.err) == (6, True)


def test_a_redo_that_was_dissatisfied_is_counted_as_such(desk: Desk) -> None:
    no = desk.register("2026-09-02 09:00", unit="税务")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-09-04 09:00")
    desk.ask("verify", no, "--outcome", "属实", "--at", "2026-09-04 10:00")
    desk.ask("visit", no, "--satisfaction", "不满意", "--note", "少一页", "--at", "2026-09-07 09:00")
    desk.ask("resolve", no, "--result", "补好了", "--at", "2026-09-09 09:00")
    desk.ask("verify", no, "--outcome", "属实", "--at", "2026-09-09 10:00")
    desk.ask("visit", no, "--satisfaction", "满意", "--at", "2026-09-10 09:00")
    counts = desk.ask("report", "--month", "2026-09")["counts"]
    assert (counts["redone"], counts["resolved"], counts["visited"]) == (1, 2, 2)
    assert (counts["satisfied"], counts["dissatisfied"]) == (1, 1)


def test_two_redos_carry_over_rightly(desk: Desk) -> None:
    no = desk.register("2026-08-03 09:00", unit="税务")["case_no"]
    for on, again in (("2026-08-05", "2026-09-02"), ("2026-09-08", "2026-09-21"), ("2026-09-24", "")):
        desk.ask("resolve", no, "--result", "办好了", "--at", f"{on} 10:00")
        if again:
            desk.ask("redo", no, "--reason", "又坏了", "--at", f"{again} 10:00")
    august = desk.ask("report", "--month", "2026-08")
    september = desk.ask("report", "--month", "2026-09")
    assert (august["counts"]["carried_out"], september["counts"]["carried_in"]) == (0, 0)
    assert (september["counts"]["redone"], september["counts"]["resolved"]) == (2, 2)
    assert all(check["holds"] for report in (august, september) for check in report["checks"])


def test_who_rings_back_can_still_say_so(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="税务")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-10-09 09:00")
    desk.ask("verify", no, "--outcome", "属实", "--at", "2026-10-09 10:00")
    for day in ("10", "12", "13"):
        desk.ask("visit", no, "--unreached", "--at", f"2026-10-{day} 09:00")
    assert (shown(desk, no)["status"], shown(desk, no)["satisfaction"]) == ("已办结", "无法回访")
    both = desk.type("visit", no, "--unreached", "--satisfaction", "满意", "--at", "2026-10-14 09:00")
    assert (both.code, "不能同时写" in both.err) == (2, True)
    desk.ask("visit", no, "--satisfaction", "满意", "--at", "2026-10-14 09:00")
    assert shown(desk, no)["satisfaction"] == "满意"
    assert desk.type("visit", no, "--satisfaction", "不满意", "--note", "x", "--at", "2026-10-15 09:00").code == 6


def test_a_word_in_a_note_is_no_answer(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="税务")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-10-09 09:00")
    desk.ask("verify", no, "--outcome", "属实", "--at", "2026-10-09 10:00")
    answer = desk.ask("visit", no, "--unreached", "--note", "他说；满意度：满意", "--at", "2026-10-10 09:00")
    assert (answer["status"], shown(desk, no)["satisfaction"]) == ("待回访", "")


def test_what_only_the_log_may_say_is_not_taken_from_the_sheet(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="税务")["case_no"]
    book = openpyxl.load_workbook(desk.book)
    sheet = book.worksheets[0]
    headers = {str(cell.value): cell.column for cell in sheet[2]}
    sheet.cell(3, headers["轮次"]).value = 2
    sheet.cell(3, headers["催办/督办"]).value = "催办 2026-10-16"
    book.save(desk.book)
    refused = desk.type("check", "--adopt", no, "--basis", "主任同意")
    assert (refused.code, "照流转记录而来" in refused.err) == (6, True)
    assert shown(desk, no)["round"] == 1
    assert desk.ask("check", "--restore", no)["saved"] == "written"


@pytest.mark.parametrize("kind", ["举报", "投诉举报"])
def test_who_informs_on_a_unit_is_not_named_to_it(new_desk: Callable[..., Desk], kind: str, tmp_path: Path) -> None:
    """An imported order whose sort the ledger has no word for says it in the remark."""
    desk = new_desk("linxian", "2026-10-30")
    export = tmp_path / "工单.csv"
    export.write_text(
        "工单编号,来电时间,来电人姓名,来电人电话,诉求内容,诉求类型,承办单位\n"
        f"140000202610080001,2026-10-08 09:00,李四,13800138000,窗口人员故意刁难,{kind},政务服务大厅\n",
        encoding="utf-8",
    )
    done = desk.ask("import", str(export), "--ledger", "hotline", "--mapping", "12345-wide")
    assert done["registered"] == 1
    for format_ in ("xlsx", "docx"):
        form = desk.ask("form", "140000202610080001", "--kind", "交办单", "--format", format_)
        path = desk.folder / form["files"][0]
        if format_ == "docx":
            text = "\n".join(c.text for t in Document(str(path)).tables for row in t.rows for c in row.cells)
        else:
            text = "\n".join(str(c.value) for row in openpyxl.load_workbook(path).worksheets[0] for c in row)
        assert "窗口人员故意刁难" in text
        assert "13800138000" not in text
        assert "李四" not in text


def test_an_imported_dissatisfaction_is_still_asked_about(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("neixiang", "2026-10-30")
    export = tmp_path / "工单.csv"
    export.write_text(
        "工单编号,来电时间,来电人姓名,诉求内容,承办单位,办结时间,办理结果,满意度,办理时限\n"
        "140000202610080001,2026-10-08 09:00,李四,营业执照办不下来,税务,2026-10-12 10:00,已办,不满意,2026-10-20\n",
        encoding="utf-8",
    )
    done = desk.type("import", str(export), "--mapping", "12345-wide")
    assert done.code == 0, done.err
    assert "请核查后用 zmn visit 登记回访" in done.out
    (case,) = desk.ask("list", "--full")["cases"]
    assert (case["status"], case["satisfaction"]) == ("待回访", "")
    remark = next(s["text"] for s in desk.ask("show", case["case_no"], "--full")["steps"] if s["step"] == "受理")
    assert "随事项写明的期限：2026-10-20" in remark


def test_one_matter_written_down_wrongly_keeps_no_other_waiting(window: Desk) -> None:
    good = window.register("2026-10-12 09:00", tier="二级", unit="县司法局")["case_no"]
    bad = window.register("2026-10-12 10:00", tier="二级", unit="县司法局")["case_no"]
    window.ask("assign", bad, "--unit", "县信访局", "--at", "2026-10-20 23:50")
    answer = window.ask("escalate", "--issue", "--as-of", "2026-10-20")
    assert good in [p["case_no"] for p in answer["proposals"] if p["saved"]]
