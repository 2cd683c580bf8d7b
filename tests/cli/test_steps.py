"""办理: feedback, reply, resolve, note."""

from __future__ import annotations

import openpyxl

from tests.desk import Desk


def test_a_case_is_fed_back_replied_and_resolved(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保", tier="二级")["case_no"]
    answer = desk.ask("feedback", no, "--text", "正在核实缴费记录", "--at", "2026-08-12 10:00")
    ended = {d["act"]: (d["ended_on"], d["late"]) for d in answer["deadlines"]}
    assert ended == {"初步反馈": ("2026-08-12", False), "解决": (None, False)}
    answer = desk.ask("resolve", no, "--result", "关系已转入", "--at", "2026-08-14 10:00")
    assert answer["status"] == "待回访"
    shown = desk.ask("show", no)
    assert shown["case"]["resolved_on"] == "2026-08-14"
    assert shown["case"]["result"] == "关系已转入"
    assert [s["step"] for s in shown["steps"]] == ["受理", "初步反馈", "办结"]


def test_what_ended_late_stays_late(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    answer = desk.ask("resolve", no, "--result", "办好了", "--at", "2026-08-19 10:00")
    assert answer["deadlines"][0]["late"] is True
    assert any("2个工作日" in w for w in answer["warnings"])
    row = openpyxl.load_workbook(desk.book).worksheets[0]
    clocks = [c.value for c in row[3] if isinstance(c.value, str) and c.value.startswith("解决=")]
    assert clocks == ["解决=2026-08-17×2026-08-19"]


def test_a_reply_ends_the_reply_clock_only(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", kind="完全不能", tier="一级")["case_no"]
    answer = desk.ask("reply", no, "--text", "政策不允许，已说明原因", "--at", "2026-08-12 10:00")
    assert {d["act"]: d["ended_on"] for d in answer["deadlines"]} == {"答复": "2026-08-12", "解决": None}
    assert answer["status"] == "待交办"


def test_unsolved_for_now_stays_open(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    answer = desk.ask(
        "resolve", no, "--result", "系统未打通", "--outcome", "暂时无法解决", "--at", "2026-08-12 10:00"
    )
    assert answer["status"] == "办理中"
    assert answer["deadlines"][0]["ended_on"] is None
    assert desk.ask("overdue", "--as-of", "2026-08-18")["overdue"][0]["case_no"] == no


def test_routed_elsewhere_leaves_the_desk(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00")["case_no"]
    answer = desk.ask("resolve", no, "--result", "属信访事项", "--outcome", "转信访", "--at", "2026-08-11")
    assert answer["status"] == "已转出"
    assert desk.ask("overdue", "--as-of", "2026-08-31")["overdue"] == []


def test_a_resolved_case_cannot_be_resolved_again(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00")["case_no"]
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-08-12 10:00")
    before = desk.book.read_bytes()
    again = desk.type("resolve", no, "--result", "又办", "--at", "2026-08-13 10:00")
    assert again.code == 6
    assert "待回访" in again.err
    assert desk.book.read_bytes() == before
    assert desk.type("note", no, "--note", "当事人来电感谢", "--at", "2026-08-13 10:00").code == 0


def test_steps_are_checked(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00")["case_no"]
    unknown = desk.type("resolve", "2026081099", "--result", "好")
    assert (unknown.code, "2026081099" in unknown.err) == (2, True)
    early = desk.type("resolve", no, "--result", "好", "--at", "2026-08-09 10:00")
    assert (early.code, "早于" in early.err) == (6, True)
    future = desk.type("resolve", no, "--result", "好", "--at", "2026-12-09")
    assert future.code == 2
    odd = desk.type("resolve", no, "--result", "好", "--outcome", "随便")
    assert (odd.code, "已解决" in odd.err) == (2, True)
    empty = desk.type("resolve", no, "--result", "  ")
    assert empty.code == 2
    nothing = desk.type("resolve", no)
    assert (nothing.code, "--result" in nothing.err) == (2, True)


def test_the_offices_own_cells_are_never_touched(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    book = openpyxl.load_workbook(desk.book)
    sheet = book.worksheets[0]
    headers = {c.value: c.column for c in sheet[2]}
    sheet.cell(3, headers["经办人签字"]).value = "已签"
    sheet.cell(3, headers["备注"]).value = "领导关注"
    book.save(desk.book)
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-08-12 10:00")
    row = openpyxl.load_workbook(desk.book).worksheets[0]
    assert row.cell(3, headers["经办人签字"]).value == "已签"
    assert row.cell(3, headers["备注"]).value == "领导关注"
    assert row.cell(3, headers["办理结果"]).value == "办好了"


def test_linxian_has_no_fixed_limit_and_no_visit(new_desk: object) -> None:
    desk = new_desk("linxian", "2026-10-30")  # type: ignore[operator]
    answer = desk.register("2026-10-08 09:00", unit="登记注册股", cause="不给办")
    assert answer["deadlines"] == []
    assert desk.ask("show", answer["case_no"])["case"]["clocks"][0]["due_on"] is None
    assert desk.ask("resolve", answer["case_no"], "--result", "已协调办结")["status"] == "已办结"


def test_a_feedback_nobody_asked_for_is_recorded_and_said(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    answer = desk.ask("feedback", no, "--text", "已联系", "--at", "2026-08-11 09:00")
    assert any("没有正在走" in w for w in answer["warnings"])


def test_unsolved_for_now_is_not_called_resolved(desk: Desk) -> None:
    no = desk.register("2026-08-10 09:00", unit="社保")["case_no"]
    said = desk.type("resolve", no, "--result", "等系统", "--outcome", "暂时无法解决", "--at", "2026-08-12").out
    assert "仍在办理" in said
    assert "“办结”" not in said


def test_a_day_that_has_not_come_is_pointed_out(desk: Desk) -> None:
    answer = desk.ask("register", "--name", "李", "--about", "事", "--as-of", "2099-10-08")
    assert any("2099-10-08" in w for w in answer["warnings"])
