"""F-13: a clerk edits the book in WPS between two commands. Nothing is lost or overwritten, all of it is told.

openpyxl, which writes every part of the file anew, stands for WPS; a real LibreOffice does so where it is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.apart import User, do_apart, reachable_folder
from tests.desk import Desk
from tests.killing import Killed, killed_at
from zhuomuniao.model import BEIJING, Status
from zhuomuniao.store.journal import OUTSIDE, Journal
from zhuomuniao.usecases.looking import records_at
from zhuomuniao.usecases.office import Moment, open_office

FIRST, SECOND, THIRD = "2026100801", "2026100901", "2026101201"
OWN = 17
"""The first of zmn's own columns, 编号(核对); the official ones stand left of it."""
LOG = "流转记录"


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """Three cases at the window, looked at today."""
    desk = new_desk("neixiang")
    for day, name, phone in (
        ("08", "李四", "13800138001"),
        ("09", "王五", "13800138002"),
        ("12", "赵六", "13800138003"),
    ):
        desk.register(f"2026-10-{day} 09:00", name, unit="社保", phone=phone)
    return desk


@contextmanager
def by_hand(desk: Desk, path: Path | None = None) -> Iterator[Worksheet]:
    """The ledger's sheet as somebody has it open; saved when he is done."""
    book = openpyxl.load_workbook(path or desk.book)
    yield book.worksheets[0]
    book.save(path or desk.book)


def columns(sheet: Worksheet) -> dict[str, int]:
    return {str(c.value): c.column for c in sheet[2] if c.value}


def typed(desk: Desk, no: str = FIRST, **cells: object) -> None:
    """Somebody types over cells of a case's row."""
    with by_hand(desk) as sheet:
        row = row_of(sheet, no)
        for header, value in cells.items():
            sheet.cell(row, columns(sheet)[header.replace("编号核对", "编号(核对)")]).value = value  # type: ignore[assignment]


def row_of(sheet: Worksheet, no: str) -> int:
    at = columns(sheet)
    (row,) = (
        r for r in range(3, sheet.max_row + 1)
        if no in (sheet.cell(r, at["事项编号"]).value, sheet.cell(r, at.get("编号(核对)", OWN)).value)
    )  # fmt: skip
    return row


def row(desk: Desk, no: str = FIRST) -> dict[str, Any]:
    """The cells of a case's row by header, by an independent reader; the one that bears the number."""
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    at = columns(sheet)
    (found,) = (r for r in range(3, sheet.max_row + 1) if sheet.cell(r, at["事项编号"]).value == no)
    return {header: sheet.cell(found, column).value for header, column in at.items()}


def dump(path: Path) -> dict[tuple[str, int, int], object]:
    """Every cell that holds anything."""
    book = openpyxl.load_workbook(path)
    return {
        (s.title, c.row, c.column): c.value
        for s in book
        for line in s.iter_rows()
        for c in line
        if c.value is not None
    }


def findings(desk: Desk) -> list[Any]:
    answer = desk.type("check", "--json")
    assert answer.code in (0, 1), answer.err
    found = [f for f in answer.json["findings"] if f["code"] not in ("date_differs", "uncounted")]
    assert all(f["remedy"] for f in found)
    return found


def codes(desk: Desk) -> list[str]:
    return [f["code"] for f in findings(desk)]


def notices(desk: Desk) -> str:
    """What the next look says of the books."""
    return "\n".join(desk.ask("overdue")["notices"])


def edits_told(desk: Desk, no: str = FIRST) -> list[str]:
    return [s["text"] for s in desk.ask("show", no)["steps"] if s["step"] == "人工修改"]


def listed(desk: Desk) -> dict[str, Any]:
    """What ``list`` says, by number."""
    return {c["case_no"]: c for c in desk.ask("list")["cases"]}


def outside(desk: Desk) -> list[Any]:
    """The outside edits in the journal."""
    return [line.payload for line in Journal(desk.folder / ".zmn").verify() if line.kind == OUTSIDE]


def check_quiet(desk: Desk) -> None:
    """A second look with nothing edited changes nothing, and the chain is whole."""
    before, chain = desk.book.read_bytes(), (desk.folder / ".zmn/journal.jsonl").read_bytes()
    assert desk.ask("overdue")["notices"] == []
    assert desk.type("check").code in (0, 1)
    assert (desk.book.read_bytes(), (desk.folder / ".zmn/journal.jsonl").read_bytes()) == (before, chain)
    assert desk.ask("book", "verify")["problems"] == []


def check_only(before: dict[tuple[str, int, int], object], desk: Desk, *headers: str) -> None:
    """Of the ledger's sheet zmn has changed these columns and no other cell; of the log it has only added lines."""
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    allowed = {columns(sheet)[h] for h in headers}
    after = dump(desk.book)
    changed = {k for k in {*before, *after} if before.get(k) != after.get(k)}
    assert {c for s, _, c in changed if s == sheet.title} <= allowed
    assert not [k for k in changed if k[0] == LOG and k in before]


# Facts


@pytest.mark.parametrize(
    ("header", "value", "told"),
    [
        ("办理对象", "李思", "姓名：李* → 李*"),
        ("联系电话", "13900139999", "联系电话：138****8001 → 139****9999"),
        ("“办不成事”情况", "改成了别的事", "“办不成事”情况：营业执照变更办不下来 → 改成了别的事"),
        ("责任窗口（单位）", "县医保局", "责任窗口（单位）：公民个人事项服务区（社保） → 县医保局"),
        ("办理结果", "已经办好", "办理结果：（空） → 已经办好"),
        ("备注", "来过两次", "备注：（空） → 来过两次"),
        ("满意度", "满意", "满意度：（空） → 满意"),
        ("签收时间", datetime(2026, 10, 8, 15, 0), "签收时间：（空） → 2026-10-08 15:00"),
    ],
)
def test_a_fact_typed_in_wps_is_taken_over(desk: Desk, header: str, value: object, told: str) -> None:
    unseen = desk.book.read_bytes()
    typed(desk, **{header: value})
    saved, cells = desk.book.read_bytes(), dump(desk.book)
    said = notices(desk)
    assert "采纳1处" in said
    assert FIRST in said
    assert str(value) not in said, "屏幕上的提示不带内容"
    assert row(desk)[header] == value
    assert edits_told(desk) == [told]
    check_only(cells, desk)
    (edit,) = outside(desk)
    assert [(d["key"], d["sort"], list(d["was"])) for d in edit["differences"]] == [
        (FIRST, "cell", list(edit["differences"][0]["now"]))
    ]
    kept = {p.read_bytes() for p in (desk.folder / ".zmn/revisions").rglob("*.xlsx") if p.is_file()}
    assert {unseen, saved} <= kept
    assert codes(desk) == []
    check_quiet(desk)
    assert len(outside(desk)) == 1


def test_the_history_tells_an_edit_masked(desk: Desk) -> None:
    typed(desk, 办理对象="欧阳锋", 联系电话="13900139999")
    events = desk.ask("book", "history", FIRST)["events"]
    (edit,) = [e for e in events if e["what"].startswith("人工修改")]
    assert {(c["header"], c["was"], c["now"]) for c in edit["changes"]} == {
        ("办理对象", "李*", "欧**"), ("联系电话", "138****8001", "139****9999")
    }  # fmt: skip
    assert not re.search("李四|欧阳锋|13900139999|13800138001", desk.type("book", "history", FIRST).out)
    full = desk.ask("book", "history", FIRST, "--full")["events"]
    assert "欧阳锋" in str(full)


def test_a_new_kind_and_day_move_the_clocks(desk: Desk) -> None:
    assert listed(desk)[FIRST]["due_on"] == "2026-10-14"
    typed(desk, 受理时间=datetime(2026, 10, 9, 9, 0))
    assert f"{FIRST} 解决 2026-10-14 → 2026-10-15" in notices(desk)
    assert listed(desk)[FIRST]["due_on"] == "2026-10-15"
    assert edits_told(desk) == ["受理时间：2026-10-08 09:00 → 2026-10-09 09:00；解决 2026-10-14 → 2026-10-15"]
    assert [row(desk)[h] for h in ("下一时限", "办理时限", "时限明细")] == [
        datetime(2026, 10, 15), datetime(2026, 10, 15), "解决=2026-10-15"
    ]  # fmt: skip
    before = listed(desk)[FIRST]
    typed(desk, 响应级别="一级")
    after = notices(desk)
    assert ("时限随人工修改变动" in after) == (listed(desk)[FIRST]["due_on"] != before["due_on"])
    assert desk.ask("recount")["differences"] == []
    check_quiet(desk)


def test_a_date_typed_as_text_is_one(desk: Desk) -> None:
    typed(desk, 受理时间="2026.10.9")
    assert listed(desk)[FIRST]["due_on"] == "2026-10-15"
    assert row(desk)["受理时间"] == "2026.10.9", "人写的那一格不改"
    assert codes(desk) == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("受理时间", "昨天"),
        ("受理时间", "10月9日"),
        ("受理时间", None),
        ("受理时间", datetime(1926, 10, 8)),
        ("受理时间", datetime(2926, 10, 8)),
        ("受理时间", datetime(2099, 10, 8)),
        ("办结时间", "快了"),
        ("响应级别", "特急"),
        ("事项性质", "随便"),
        ("受理渠道", "托梦"),
        ("办理对象", None),
        ("“办不成事”情况", "  "),
    ],
)
def test_what_cannot_be_meant_is_told_and_the_case_goes_on(desk: Desk, header: str, value: object) -> None:
    old, before = row(desk)[header], listed(desk)
    typed(desk, **{header: value})
    assert "没有采纳" in notices(desk)
    assert listed(desk) == before
    (found,) = findings(desk)
    assert (found["code"], found["row"], found["column"]) == ("bad_fact", 3, header)
    assert f"zmn check --restore {FIRST}" in found["remedy"]
    assert row(desk)[header] == value
    desk.ask("note", FIRST, "--note", "照办")
    assert [row(desk)[header], codes(desk)] == [value, ["bad_fact"]]
    check_quiet(desk)
    desk.ask("check", "--restore", FIRST)
    assert (row(desk)[header], codes(desk)) == (old, [])
    check_quiet(desk)


def test_a_corrected_day_of_resolution_ends_the_clock_anew(desk: Desk) -> None:
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert row(desk)["时限明细"] == "解决=2026-10-14√2026-10-13"
    typed(desk, 办结时间=datetime(2026, 10, 16, 9))
    assert "2026-10-13 → 2026-10-16（逾期）" in notices(desk)
    assert row(desk)["时限明细"] == "解决=2026-10-14×2026-10-16"
    assert listed(desk)[FIRST]["resolved_on"] == "2026-10-16"
    assert codes(desk) == []
    check_quiet(desk)


LONG = "他说；办结时间：当场 → 以后；满意度：无 → 有\n" + "窗口来电：材料已经补齐，" * 8


def test_a_later_look_back_knows_what_was_typed_over_a_step(desk: Desk) -> None:
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    desk.ask("verify", FIRST, "--outcome", "属实", "--at", "2026-10-13 11:00")
    desk.ask("visit", FIRST, "--satisfaction", "满意", "--at", "2026-10-14 10:00")
    typed(desk, 办结时间=datetime(2026, 10, 16, 9), 办理结果=LONG, 满意度="不满意")
    typed(desk, SECOND, 办结时间=datetime(2026, 10, 16, 9))
    desk.ask("overdue")
    typed(desk, SECOND, 办结时间=datetime(2026, 10, 19, 9), 办理结果="电话答复；满意度：满意")
    desk.ask("overdue")
    typed(desk, THIRD, 状态="已办结", 办理结果="当场办了")
    desk.ask("check", "--adopt", THIRD, "--basis", "张主任（股长）；当面同意")

    today = datetime.now(BEIJING).date()
    later = today + timedelta(days=90)
    office = open_office(desk.folder, Moment(datetime.combine(later, time(9)), later))
    spec = office.locality.ledger("window")
    before, then, now = (
        {case.case_no: case for case in seen.records}
        for seen in records_at(office, spec, [today - timedelta(days=1), today, later])
    )
    assert now[FIRST].result == LONG
    assert now[SECOND].resolved_at == datetime(2026, 10, 19, 9)
    assert now[THIRD].status is Status.RESOLVED
    told = ("status", "resolved_at", "result", "satisfaction", "clocks")
    for no in (FIRST, SECOND, THIRD):
        assert [getattr(then[no], name) for name in told] == [getattr(now[no], name) for name in told], no
    stood = (before[FIRST].resolved_at, before[FIRST].result, before[FIRST].satisfaction)
    assert stood == (datetime(2026, 10, 13, 10), "办好了", "满意")
    assert before[SECOND].resolved_at is None


# What zmn works out


DERIVED = [("状态", "已办结"), ("下一时限", datetime(2026, 12, 1)), ("办理时限", datetime(2026, 12, 1)),
           ("时限明细", "解决=2026-12-01"), ("轮次", 3), ("编号核对", "别的"), ("规则版本", "1999")]  # fmt: skip


@pytest.mark.parametrize(("header", "value"), [d for d in DERIVED if d[0] != "编号核对"])
def test_a_derived_cell_is_never_believed(desk: Desk, header: str, value: object) -> None:
    overdue, before, was = desk.ask("overdue")["overdue"], listed(desk), row(desk)[header]
    typed(desk, **{header: value})
    assert "没有采纳" in notices(desk)
    (found,) = findings(desk)
    assert (found["code"], found["row"], found["column"]) == ("derived_changed", 3, header)
    assert (desk.ask("overdue")["overdue"], listed(desk)) == (overdue, before)
    assert row(desk)[header] == value
    desk.ask("check", "--restore", FIRST)
    assert (row(desk)[header], codes(desk)) == (was, [])
    assert "改回：" in edits_told(desk)[-1]
    check_quiet(desk)


def test_adopting_needs_a_basis_and_tells_it(desk: Desk) -> None:
    typed(desk, 时限明细="解决=2026-12-01", 下一时限=datetime(2026, 12, 1), 办理时限=datetime(2026, 12, 1))
    assert len(findings(desk)) == 3
    assert desk.type("check", "--adopt", FIRST).code == 2
    assert desk.type("check", "--adopt", SECOND, "--basis", "张主任").code == 2
    done = desk.ask("check", "--adopt", FIRST, "--basis", "张主任当面同意")
    assert done["count"] == 3
    assert "依据：张主任当面同意" in edits_told(desk)[-1]
    assert listed(desk)[FIRST]["due_on"] == "2026-12-01"
    assert codes(desk) == []
    check_quiet(desk)


def test_adopting_one_derived_cell_makes_the_others_agree(desk: Desk) -> None:
    typed(desk, 时限明细="解决=2026-12-01")
    assert codes(desk) == ["derived_changed"]
    desk.ask("check", "--adopt", FIRST, "--basis", "张主任当面同意")
    assert [row(desk)[h] for h in ("下一时限", "办理时限")] == [datetime(2026, 12, 1)] * 2
    assert codes(desk) == []
    check_quiet(desk)


def test_put_back_by_hand_the_finding_goes_by_itself(desk: Desk) -> None:
    before = listed(desk)
    typed(desk, 状态="已办结", 响应级别="特急")
    assert codes(desk) == ["derived_changed", "bad_fact"] or codes(desk) == ["bad_fact", "derived_changed"]
    typed(desk, 状态="办理中")
    assert codes(desk) == ["bad_fact"]
    typed(desk, 响应级别="三级")
    assert (codes(desk), listed(desk)) == ([], before)
    assert edits_told(desk) == []
    check_quiet(desk)


def test_changed_twice_what_stood_first_is_put_back(desk: Desk) -> None:
    for status in ("已办结", "作废", "已转出"):
        typed(desk, 状态=status)
        assert codes(desk) == ["derived_changed"]
    desk.ask("check", "--restore", FIRST)
    assert (row(desk)["状态"], codes(desk)) == ("办理中", [])


def test_a_bad_fact_corrected_by_hand_is_taken_over_from_what_it_was(desk: Desk) -> None:
    typed(desk, 响应级别="特急")
    assert codes(desk) == ["bad_fact"]
    typed(desk, 响应级别="二级")
    assert codes(desk) == []
    assert edits_told(desk)[-1].startswith("响应级别：三级 → 二级")
    check_quiet(desk)


def test_a_step_written_over_a_disputed_status_settles_it(desk: Desk) -> None:
    typed(desk, 状态="作废")
    assert codes(desk) == ["derived_changed"]
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert (row(desk)["状态"], codes(desk)) == ("待回访", [])
    check_quiet(desk)


def test_a_status_typed_again_after_a_step_goes_back_to_what_the_step_wrote(desk: Desk) -> None:
    typed(desk, 状态="作废")
    assert [f["code"] for f in desk.ask("overdue")["findings"]] == ["derived_changed"]
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert desk.ask("overdue")["findings"] == []
    typed(desk, 状态="作废")
    assert codes(desk) == ["derived_changed"]
    desk.ask("check", "--restore", FIRST)
    assert (row(desk)["状态"], codes(desk)) == ("待回访", [])


def test_restoring_what_a_step_has_written_over_is_refused(desk: Desk) -> None:
    typed(desk, 状态="作废")
    desk.ask("overdue")
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert desk.type("check", "--restore", FIRST).code == 2
    assert row(desk)["状态"] == "待回访"


def test_what_cannot_be_read_cannot_be_adopted(desk: Desk) -> None:
    for header, value in (("受理时间", "昨天"), ("轮次", "三"), ("状态", "作废")):
        typed(desk, **{header: value})
        desk.ask("overdue")
        refused = desk.type("check", "--adopt", FIRST, "--basis", "张主任")
        assert (refused.code, header in refused.err) == (2, True)
        desk.ask("check", "--restore", FIRST)
    assert codes(desk) == []


# Numbers


@pytest.mark.parametrize("value", ["2026091501", "", "2026100801补", SECOND])
def test_a_changed_number_is_never_taken_over(desk: Desk, value: str) -> None:
    before = listed(desk)
    typed(desk, 事项编号=value or None)
    assert FIRST in notices(desk)
    assert listed(desk) == before
    (found,) = findings(desk)
    assert (found["code"], found["row"], found["column"]) == ("key_changed", 3, "事项编号")
    assert FIRST in found["remedy"]
    refused = desk.type("check", "--adopt", FIRST, "--basis", "张主任")
    assert refused.code == 6
    assert desk.type("explain", FIRST).code == 0
    desk.ask("note", FIRST, "--note", "仍按原编号")
    assert desk.ask("show", FIRST)["steps"][-1]["text"] == "仍按原编号"
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802"
    desk.ask("check", "--restore", FIRST)
    assert codes(desk) == []
    assert row(desk)["处理进度"].endswith("仍按原编号")
    assert row(desk, SECOND)["处理进度"].startswith("已受理")
    check_quiet(desk)


@pytest.mark.parametrize("value", ["2026100877", SECOND, "", "不知道"])
def test_the_check_number_changed_is_told(desk: Desk, value: str) -> None:
    before = listed(desk)
    typed(desk, 编号核对=value or None)
    assert "没有采纳" in notices(desk)
    assert listed(desk) == before
    (found,) = findings(desk)
    assert (found["code"], found["row"], found["column"]) == ("derived_changed", 3, "编号(核对)")
    desk.ask("note", FIRST, "--note", "照写")
    assert row(desk)["处理进度"].endswith("照写")
    desk.ask("check", "--restore", FIRST)
    assert [row(desk)["编号(核对)"], codes(desk)] == [FIRST, []]
    assert row(desk, SECOND)["处理进度"].startswith("已受理")
    check_quiet(desk)


# Rows


def delete_row(desk: Desk, no: str = FIRST) -> None:
    with by_hand(desk) as sheet:
        sheet.delete_rows(row_of(sheet, no))


def test_a_deleted_row_is_told_each_morning_and_brought_back(desk: Desk) -> None:
    before, cells = listed(desk), row(desk)
    delete_row(desk)
    for _ in range(2):
        assert [f["code"] for f in desk.ask("overdue")["findings"]] == ["row_deleted"]
        assert "人工删除" in desk.type("overdue").out
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802"
    desk.ask("check", "--restore", FIRST)
    assert row(desk) == cells
    assert {no: c for no, c in listed(desk).items() if no != "2026100802"} == before
    assert codes(desk) == []
    desk.ask("note", FIRST, "--note", "补回来了")
    check_quiet(desk)


def test_a_deleted_row_that_is_adopted_stays_gone_and_its_number_burnt(desk: Desk) -> None:
    delete_row(desk, THIRD)
    assert codes(desk) == ["row_deleted"]
    desk.ask("check", "--adopt", THIRD, "--basis", "重复登记，张主任同意")
    assert (codes(desk), sorted(listed(desk))) == ([], [FIRST, SECOND])
    assert desk.register("2026-10-12 10:00")["case_no"] == "2026101202"
    assert desk.ask("overdue")["findings"] == []
    check_quiet(desk)


def test_all_rows_deleted(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        sheet.delete_rows(3, 3)
    assert codes(desk) == ["row_deleted"] * 3
    for no in (SECOND, FIRST, THIRD):
        desk.ask("check", "--restore", no)
    assert (codes(desk), sorted(listed(desk))) == ([], [FIRST, SECOND, THIRD])
    assert [row(desk, no)["办理对象"] for no in (FIRST, SECOND, THIRD)] == ["李四", "王五", "赵六"]


def test_a_row_pasted_twice_keeps_both_until_one_is_removed(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        for column in range(1, sheet.max_column + 1):
            sheet.cell(6, column).value = sheet.cell(3, column).value
    for _ in range(2):
        assert codes(desk) == ["duplicate_number"]
    typed(desk, SECOND, 备注="同时改的")
    desk.ask("overdue")
    assert edits_told(desk, SECOND) == ["备注：（空） → 同时改的"]
    with by_hand(desk) as sheet:
        sheet.delete_rows(6)
    assert codes(desk) == []
    check_quiet(desk)


@pytest.mark.parametrize("moved", [False, True])
def test_a_fact_of_a_case_that_stands_twice_waits_until_one_row_is_gone(desk: Desk, moved: bool) -> None:
    with by_hand(desk) as sheet:
        for column in range(1, sheet.max_column + 1):
            sheet.cell(6, column).value = sheet.cell(3, column).value
        at = columns(sheet)
        sheet.cell(3, at["备注"]).value = "两行里的一行改了"
        sheet.cell(4, at["备注"]).value = "别的事项也改了"
        if moved:
            sheet.cell(3, at["受理时间"]).value = datetime(2026, 10, 9, 9)
    desk.ask("overdue")
    desk.ask("note", THIRD, "--note", "别的事项照办")
    with by_hand(desk) as sheet:
        sheet.delete_rows(6)
    desk.ask("overdue")
    assert any("两行里的一行改了" in text for text in edits_told(desk))
    assert any("别的事项也改了" in text for text in edits_told(desk, SECOND))
    assert codes(desk) == []
    assert not moved or listed(desk)[FIRST]["due_on"] == "2026-10-15"
    assert desk.ask("recount")["differences"] == []


def test_rows_typed_below_with_and_without_a_number(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        at = columns(sheet)
        for line, no in ((6, "2026101301"), (7, None)):
            sheet.cell(line, at["事项编号"]).value = no
            sheet.cell(line, at["受理时间"]).value = datetime(2026, 10, 13, 9)
            sheet.cell(line, at["办理对象"]).value = "钱七"
            sheet.cell(line, at["“办不成事”情况"]).value = "手工录入"
            sheet.cell(line, at["责任窗口（单位）"]).value = "公民个人事项服务区（社保）"
    cells = dump(desk.book)
    assert "2026101301" in notices(desk)
    (found,) = findings(desk)
    assert (found["code"], found["row"]) == ("row_without_number", 7)
    assert listed(desk)["2026101301"]["status"] == "办理中"
    assert edits_told(desk, "2026101301") == ["手工录入的一行，时限由 zmn 补算"]
    assert {k: v for k, v in dump(desk.book).items() if k in cells} == cells
    desk.ask("note", "2026101301", "--note", "办着")
    assert desk.register("2026-10-13 10:00")["case_no"] == "2026101302"
    assert codes(desk) == ["row_without_number"]
    check_quiet(desk)


def test_a_total_and_a_signature_below_are_no_cases(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        at = columns(sheet)
        sheet.cell(6, at["序号"]).value = "合计"
        sheet.cell(6, at["事项编号"]).value = "=COUNTA(B3:B5)"
        sheet.cell(8, at["办理对象"]).value = "审核人："
        sheet.cell(8, at["受理时间"]).value = "2026年10月30日"
    assert (codes(desk), sorted(listed(desk))) == ([], [FIRST, SECOND, THIRD])
    desk.register("2026-10-13 10:00")
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    assert [sheet.cell(r, 2).value for r in range(3, 7)] == [FIRST, SECOND, THIRD, "2026101301"]
    assert [sheet.cell(7, 1).value, sheet.cell(9, 4).value] == ["合计", "审核人："]
    assert codes(desk) == []
    check_quiet(desk)


# Old copies


def old_copy(desk: Desk) -> tuple[bytes, Any]:
    """Somebody keeps the book open (or a copy of it) while zmn goes on: new cases, steps, a resolution."""
    copy = desk.book.read_bytes()
    desk.register("2026-10-13 09:00", "钱七", unit="社保")
    desk.ask("note", SECOND, "--note", "等材料")
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    desk.register("2026-10-13 11:00", "孙八", unit="社保")
    desk.ask("note", "2026101301", "--note", "在办")
    return copy, listed(desk)


def check_brought_back(desk: Desk, before: Any, lines: dict[str, list[str]]) -> None:
    assert listed(desk) == before
    told = {no: [s["text"] for s in desk.ask("show", no)["steps"]] for no in before}
    assert {no: [t for t in texts if t in lines[no]] for no, texts in told.items()} == lines
    assert codes(desk) == []


def lines_of(desk: Desk) -> dict[str, list[str]]:
    return {no: [s["text"] for s in desk.ask("show", no)["steps"]] for no in listed(desk)}


def test_an_old_copy_saved_over_the_book_takes_nothing_away(desk: Desk) -> None:
    copy, before = old_copy(desk)
    lines, cells = lines_of(desk), dump(desk.book)
    desk.book.write_bytes(copy)
    said = notices(desk)
    assert "被旧稿覆盖" in said
    assert "2026101301" in said
    check_brought_back(desk, before, lines)
    assert dump(desk.book) == cells
    check_quiet(desk)
    desk.book.write_bytes(copy)
    assert "被旧稿覆盖" in notices(desk), "第二次存回旧稿"
    check_brought_back(desk, before, lines)
    assert dump(desk.book) == cells
    check_quiet(desk)


def test_an_old_copy_with_changes_of_its_own(desk: Desk) -> None:
    copy, before = old_copy(desk)
    lines = lines_of(desk)
    desk.book.write_bytes(copy)
    typed(desk, THIRD, 备注="旧稿里写的")
    typed(desk, FIRST, 联系电话="13700137000", 响应级别="二级")
    said = notices(desk)
    assert "被旧稿覆盖" in said
    assert "采纳3处" in said
    now = listed(desk)
    assert {no: c["status"] for no, c in now.items()} == {no: c["status"] for no, c in before.items()}
    assert now[FIRST]["due_on"] == before[FIRST]["due_on"]
    assert [row(desk, THIRD)["备注"], row(desk)["联系电话"]] == ["旧稿里写的", "13700137000"]
    assert edits_told(desk, THIRD) == ["备注：（空） → 旧稿里写的"]
    assert "√2026-10-13" in row(desk)["时限明细"], "改级别不把办结了的时限放回去"
    told = lines_of(desk)
    assert all(text in told[no] for no, texts in lines.items() for text in texts)
    assert codes(desk) == []
    check_quiet(desk)


def test_an_old_copy_in_which_a_row_was_deleted(desk: Desk) -> None:
    copy, before = old_copy(desk)
    desk.book.write_bytes(copy)
    delete_row(desk, THIRD)
    assert "被旧稿覆盖" in notices(desk)
    assert [f["code"] for f in findings(desk)] == ["row_deleted"]
    assert sorted(listed(desk)) == sorted(set(before) - {THIRD})
    desk.ask("check", "--restore", THIRD)
    assert listed(desk) == before
    assert codes(desk) == []


def test_an_old_copy_of_an_empty_book(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", folder="空")
    empty = desk.book.read_bytes()
    for hour in (9, 10):
        desk.register(f"2026-10-08 {hour:02}:00", unit="社保")
    before, cells = listed(desk), dump(desk.book)
    desk.book.write_bytes(empty)
    assert "被旧稿覆盖" in notices(desk)
    assert (listed(desk), dump(desk.book)) == (before, cells)
    check_quiet(desk)


def test_a_writing_command_finds_the_old_copy_first(desk: Desk) -> None:
    copy, before = old_copy(desk)
    desk.book.write_bytes(copy)
    made = desk.register("2026-10-13 15:00", "吴九")
    assert made["case_no"] == "2026101303"
    assert any("被旧稿覆盖" in w for w in made["warnings"])
    assert {no: c for no, c in listed(desk).items() if no != "2026101303"} == before
    check_quiet(desk)


def test_a_row_deleted_with_its_lines_of_the_log_comes_back(desk: Desk) -> None:
    before, cells = listed(desk), row(desk, SECOND)
    book = openpyxl.load_workbook(desk.book)
    sheet, log = book.worksheets[0], book[LOG]
    sheet.delete_rows(row_of(sheet, SECOND))
    (line,) = (c.row for c in log["D"] if c.value == SECOND)
    log.delete_rows(line)
    book.save(desk.book)
    assert "被旧稿覆盖" in notices(desk)
    assert (listed(desk), row(desk, SECOND)) == (before, cells)
    check_quiet(desk)


# Sorting, columns


def sort_rows(desk: Desk, *, last: int | None = None) -> None:
    """Rows in reverse order: all columns, or only those up to ``last``."""
    with by_hand(desk) as sheet:
        end = last or sheet.max_column
        rows = [[sheet.cell(r, c).value for c in range(1, end + 1)] for r in (3, 4, 5)]
        for number, values in zip((3, 4, 5), reversed(rows), strict=True):
            for column, value in enumerate(values, start=1):
                sheet.cell(number, column).value = value


def test_all_columns_sorted_are_followed_silently(desk: Desk) -> None:
    before = listed(desk)
    sort_rows(desk)
    saved = desk.book.read_bytes()
    assert notices(desk) == ""
    assert (listed(desk), codes(desk), desk.book.read_bytes()) == (before, [], saved)
    desk.ask("note", FIRST, "--note", "排过序")
    assert row(desk)["处理进度"].endswith("排过序")
    check_quiet(desk)


def test_only_the_official_columns_sorted_are_put_together_again(desk: Desk) -> None:
    desk.ask("resolve", THIRD, "--result", "办好了", "--at", "2026-10-13 10:00")
    before, cells = listed(desk), {no: row(desk, no) for no in (FIRST, SECOND, THIRD)}
    sort_rows(desk, last=OWN - 1)
    assert "排序错位" in notices(desk)
    assert {no: row(desk, no) for no in cells} == cells
    assert (listed(desk), codes(desk)) == (before, [])
    desk.ask("note", FIRST, "--note", "对齐以后")
    assert row(desk)["处理进度"].endswith("对齐以后")
    check_quiet(desk)


def test_sorted_official_columns_while_a_step_is_the_next_command(desk: Desk) -> None:
    before = listed(desk)
    sort_rows(desk, last=OWN - 1)
    done = desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert any("排序错位" in w for w in done["warnings"])
    assert [row(desk)[h] for h in ("状态", "编号(核对)")] == ["待回访", FIRST]
    assert [row(desk, THIRD)[h] for h in ("状态", "编号(核对)")] == ["办理中", THIRD]
    assert {n: c for n, c in listed(desk).items() if n != FIRST} == {n: c for n, c in before.items() if n != FIRST}
    check_quiet(desk)


def test_torn_rows_while_the_book_is_open_read_right(desk: Desk) -> None:
    before = listed(desk)
    sort_rows(desk, last=OWN - 1)
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    saved = desk.book.read_bytes()
    assert (listed(desk), codes(desk), desk.book.read_bytes()) == (before, ["torn_rows"], saved)
    answer = desk.type("note", FIRST, "--note", "先记下", "--json")
    assert answer.code == 4
    beside.unlink()
    assert "排序错位" in notices(desk)
    assert row(desk)["处理进度"].endswith("先记下")
    assert row(desk, THIRD)["处理进度"].startswith("已受理")
    assert codes(desk) == []
    check_quiet(desk)


def test_sorted_and_typed_into_at_once(desk: Desk) -> None:
    sort_rows(desk, last=OWN - 1)
    typed(desk, SECOND, 备注="排完又写的")
    with by_hand(desk) as sheet:
        sheet.cell(row_of_exactly(sheet, FIRST), columns(sheet)["联系电话"]).value = "13700137000"
    said = notices(desk)
    assert "排序错位" in said
    assert "采纳2处" in said
    assert edits_told(desk, SECOND) == ["备注：（空） → 排完又写的"]
    assert [row(desk)[h] for h in ("联系电话", "编号(核对)", "时限明细")] == ["13700137000", FIRST, "解决=2026-10-14"]
    check_quiet(desk)


def row_of_exactly(sheet: Worksheet, no: str) -> int:
    """The row whose 编号 says so."""
    at = columns(sheet)["事项编号"]
    (found,) = (r for r in range(3, sheet.max_row + 1) if sheet.cell(r, at).value == no)
    return found


def test_hidden_inserted_and_moved_columns_are_followed(desk: Desk) -> None:
    before = listed(desk)
    with by_hand(desk) as sheet:
        sheet.column_dimensions["E"].hidden = True
        sheet.row_dimensions[4].hidden = True
        sheet.insert_cols(4, 2)
        sheet.cell(2, 4).value = "科室自编"
        sheet.cell(3, 4).value = "甲-1"
        end = sheet.max_column + 1
        at = columns(sheet)["办理结果"]
        for number in range(2, 6):
            sheet.cell(number, end).value = sheet.cell(number, at).value
            sheet.cell(number, at).value = None
    cells = dump(desk.book)
    assert notices(desk) == ""
    assert (listed(desk), codes(desk)) == (before, [])
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    assert [row(desk)[h] for h in ("办理结果", "科室自编", "状态")] == ["办好了", "甲-1", "待回访"]
    changed = {k[2] for k, v in dump(desk.book).items() if k[0] != LOG and cells.get(k) != v}
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    own = {"办理结果", "处理进度", "办结时间", "反馈当事人时间", "结果类别", "状态"}
    own |= {"时限明细", "下一环节", "下一时限"}
    assert changed <= {columns(sheet)[header] for header in own}
    check_quiet(desk)


def rename(desk: Desk, old: str, new: str | None) -> None:
    with by_hand(desk) as sheet:
        sheet.cell(2, columns(sheet)[old]).value = new


def test_a_header_renamed_to_a_known_alias_is_followed(desk: Desk) -> None:
    before = listed(desk)
    rename(desk, "办理对象", "姓名")
    assert notices(desk) == ""
    assert (listed(desk), codes(desk)) == (before, [])
    desk.register("2026-10-13 09:00", "钱七")
    check_quiet(desk)


def test_a_header_renamed_to_something_unknown_loses_nothing(desk: Desk) -> None:
    before = listed(desk)
    rename(desk, "联系电话", "怎么找他")
    desk.ask("overdue")
    (found,) = findings(desk)
    assert (found["code"], found["column"]) == ("missing_column", "联系电话")
    desk.ask("note", FIRST, "--note", "照办")
    rename(desk, "怎么找他", "联系电话")
    assert notices(desk) == ""
    assert {no: c["status"] for no, c in listed(desk).items()} == {no: c["status"] for no, c in before.items()}
    assert row(desk)["联系电话"] == "13800138001"
    assert (edits_told(desk), codes(desk)) == ([], [])
    check_quiet(desk)


def test_what_could_not_be_written_is_told_until_it_can(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        at = columns(sheet)
        sheet.cell(2, at["时限明细"]).value = "什么明细"
        sheet.cell(3, at["受理时间"]).value = datetime(2026, 10, 9, 9)
    assert "没有采纳" in notices(desk)
    assert desk.ask("overdue")["notices"] == []
    assert sorted(codes(desk)) == ["bad_fact", "missing_column"]
    desk.ask("note", SECOND, "--note", "别的照办")
    rename(desk, "什么明细", "时限明细")
    assert f"{FIRST} 解决 2026-10-14 → 2026-10-15" in notices(desk)
    assert listed(desk)[FIRST]["due_on"] == "2026-10-15"
    assert (len(edits_told(desk)), codes(desk)) == (1, [])
    check_quiet(desk)


def test_an_old_copy_that_cannot_be_written_to_is_told_row_by_row(desk: Desk) -> None:
    copy, before = old_copy(desk)
    desk.book.write_bytes(copy)
    rename(desk, "时限明细", "什么明细")
    desk.ask("overdue")
    desk.ask("note", THIRD, "--note", "别的照办")
    told = codes(desk)
    assert told.count("row_deleted") == 2
    rename(desk, "什么明细", "时限明细")
    desk.ask("overdue")
    for no in (FIRST, SECOND, "2026101301", "2026101302"):
        desk.ask("check", "--restore", no)
    assert codes(desk) == []
    assert listed(desk) == before
    check_quiet(desk)


def test_a_change_of_format_is_none(desk: Desk) -> None:
    with by_hand(desk) as sheet:
        sheet.column_dimensions["D"].width = 40
        sheet.row_dimensions[3].height = 99
        sheet["D3"].font = openpyxl.styles.Font(bold=True)
    saved = desk.book.read_bytes()
    assert notices(desk) == ""
    assert (codes(desk), edits_told(desk), desk.book.read_bytes()) == ([], [], saved)
    check_quiet(desk)


# The log


def test_lines_of_the_log_typed_over_deleted_and_added_are_told(desk: Desk) -> None:
    desk.ask("note", FIRST, "--note", "第一句")
    desk.ask("note", SECOND, "--note", "别的")
    steps = {no: desk.ask("show", no)["steps"] for no in (FIRST, SECOND, THIRD)}
    cells = dump(desk.book)
    book = openpyxl.load_workbook(desk.book)
    log = book[LOG]
    numbers = {(c.value, log.cell(c.row, 8).value): c.row for c in log["D"]}
    log.cell(numbers[FIRST, "第一句"], 8).value = "改过的一句"
    for column, value in enumerate(
        (None, datetime(2026, 10, 14, 9), None, THIRD, "说明", "谁", None, "补一句"), start=1
    ):
        log.cell(log.max_row + (column == 1), column).value = value
    log.delete_rows(numbers[SECOND, None])
    book.save(desk.book)
    desk.ask("overdue")
    assert sorted(codes(desk)) == ["line_added", "line_changed", "line_deleted"]
    assert {no: desk.ask("show", no)["steps"] for no in steps} == steps, "流转记录仍照 zmn 记的"
    for no in steps:
        desk.ask("check", "--restore", no)
    assert codes(desk) == []
    for no, old in steps.items():
        texts = [s["text"] for s in desk.ask("show", no)["steps"] if s["step"] != "人工修改"]
        assert sorted(texts) == sorted(s["text"] for s in old)
    assert sorted(str(v) for (s, _, _), v in dump(desk.book).items() if s == LOG and "一句" in str(v))[:1] == [
        "第一句"
    ]
    assert {k: v for k, v in dump(desk.book).items() if k[0] != LOG} == {
        k: v for k, v in cells.items() if k[0] != LOG
    }
    check_quiet(desk)


@pytest.mark.parametrize("then", ["deleted", "changed again", "changed back"])
def test_a_line_changed_twice_is_one_matter_and_goes_back_to_what_zmn_wrote(desk: Desk, then: str) -> None:
    steps = desk.ask("show", FIRST)["steps"]

    def type_over(becomes: str | None, *, delete: bool = False) -> None:
        book = openpyxl.load_workbook(desk.book)
        (row,) = (c.row for c in book[LOG]["D"] if c.value == FIRST and book[LOG].cell(c.row, 5).value == "受理")
        if delete:
            book[LOG].delete_rows(row)
        else:
            book[LOG].cell(row, 8).value = becomes
        book.save(desk.book)
        desk.ask("overdue")

    type_over("改过的一句")
    assert codes(desk) == ["line_changed"]
    type_over({"changed again": "又改的一句"}.get(then), delete=then == "deleted")
    told = {"deleted": ["line_deleted"], "changed again": ["line_changed"], "changed back": []}
    assert codes(desk) == told[then]
    if told[then]:
        assert desk.type("check", "--restore", FIRST).code == 0
    assert codes(desk) == []
    assert [s for s in desk.ask("show", FIRST)["steps"] if s["step"] != "人工修改"] == steps
    check_quiet(desk)


def test_a_line_typed_into_the_log_and_taken_out_again_is_no_matter(desk: Desk) -> None:
    book = openpyxl.load_workbook(desk.book)
    log = book[LOG]
    row = log.max_row + 1
    for column, value in enumerate((None, datetime(2026, 10, 14, 9), None, THIRD, "说明", "谁", None, "补一句"), 1):
        log.cell(row, column).value = value
    book.save(desk.book)
    desk.ask("overdue")
    assert codes(desk) == ["line_added"]
    book = openpyxl.load_workbook(desk.book)
    book[LOG].delete_rows(row)
    book.save(desk.book)
    desk.ask("overdue")
    assert codes(desk) == []
    check_quiet(desk)


def test_a_line_typed_into_the_log_can_be_adopted(desk: Desk) -> None:
    book = openpyxl.load_workbook(desk.book)
    log = book[LOG]
    end = log.max_row + 1
    for column, value in enumerate(
        (None, datetime(2026, 10, 14, 9), None, THIRD, "进展", "谁", None, "补一句"), start=1
    ):
        log.cell(end, column).value = value
    book.save(desk.book)
    assert codes(desk) == ["line_added"]
    desk.ask("check", "--adopt", THIRD, "--basis", "张主任")
    assert codes(desk) == []
    check_quiet(desk)


# In between


def test_several_edits_before_zmn_looks_are_one(desk: Desk) -> None:
    typed(desk, 备注="第一次")
    typed(desk, 备注="第二次")
    typed(desk, SECOND, 状态="作废")
    typed(desk, SECOND, 状态="办理中")
    delete_row(desk, THIRD)
    desk.ask("overdue")
    assert edits_told(desk) == ["备注：（空） → 第二次"]
    assert codes(desk) == ["row_deleted"]
    assert len(outside(desk)) == 1


def test_edited_while_an_entry_waits(desk: Desk) -> None:
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("note", FIRST, "--note", "等着的").code == 4
    assert desk.type("register", "--name", "钱七", "--about", "等着", "--at", "2026-10-13").code == 4
    typed(desk, 备注="开着时写的")
    typed(desk, SECOND, 状态="作废")
    saved = desk.book.read_bytes()
    assert desk.ask("overdue")["outbox"] == 2
    assert desk.book.read_bytes() == saved
    beside.unlink()
    assert "采纳1处" in notices(desk)
    assert edits_told(desk) == ["备注：（空） → 开着时写的"]
    assert [row(desk)["备注"], row(desk)["处理进度"][-3:]] == ["开着时写的", "等着的"]
    assert [desk.ask("overdue")["outbox"], codes(desk)] == [0, ["derived_changed"]]
    assert "2026101301" in listed(desk)
    check_quiet(desk)


def test_a_disputed_cell_and_an_entry_that_writes_it(desk: Desk) -> None:
    typed(desk, 状态="作废")
    assert codes(desk) == ["derived_changed"]
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00").code == 4
    beside.unlink()
    assert desk.ask("overdue")["outbox"] == 0
    assert (row(desk)["状态"], codes(desk)) == ("待回访", [])


@pytest.mark.parametrize("look", [["overdue", "--json"], ["note", SECOND, "--note", "别的事"]])
def test_killed_while_settling_an_edit_is_settled_once(desk: Desk, tmp_path: Path, look: list[str]) -> None:
    copy, _ = old_copy(desk)
    desk.book.write_bytes(copy)
    typed(desk, 备注="开着时写的", 受理时间=datetime(2026, 10, 9, 9))
    typed(desk, SECOND, 状态="作废")
    typed(desk, THIRD, 受理时间=datetime(2026, 10, 13, 9))
    whole = Desk(Path(shutil.copytree(desk.folder, tmp_path / "全")))
    with killed_at(-1) as acts:
        whole.type(*look)
    expected = (listed(whole), sorted(codes(whole)))
    for point in range(len(acts)):
        cut = Desk(Path(shutil.copytree(desk.folder, tmp_path / str(point))))
        with killed_at(point), pytest.raises(Killed):
            cut.type(*look)
        cut.ask("overdue")
        if look[0] == "note" and "别的事" not in str(cut.ask("show", SECOND)["steps"]):
            cut.ask("note", SECOND, "--note", "别的事")
        assert (listed(cut), sorted(codes(cut))) == expected, point
        assert [len(edits_told(cut, no)) for no in (FIRST, SECOND, THIRD)] == [1, 0, 1], point
        assert len(outside(cut)) == 1
        check_quiet(cut)
    print(f"杀在补记人工修改的 {len(acts)} 个落盘点：每次都只采纳一次、补回一次")
    assert len(acts) > 15


# Other books, other rights


def test_an_edit_of_last_years_book(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", year="2025", folder="去年")
    made = desk.type("register", "--name", "李四", "--about", "去年的事", "--at", "2025-10-08 09:00", "--json")
    assert made.code == 0, made.err
    no = made.json["case_no"]
    old = desk.folder / made.json["book"] if "book" in made.json else desk.book
    desk.register("2026-10-08 09:00")
    with by_hand(desk, old) as sheet:
        sheet.cell(row_of(sheet, no), columns(sheet)["备注"]).value = "去年的备注"
        sheet.cell(row_of(sheet, no), columns(sheet)["状态"]).value = "作废"
    desk.ask("overdue")
    assert edits_told(desk, no) == ["备注：（空） → 去年的备注"]
    assert codes(desk) == ["derived_changed"]
    desk.ask("check", "--restore", no)
    assert codes(desk) == []
    assert len(desk.ask("list")["cases"]) == 2


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="只有 root 能换成普通用户；跳过只读文件夹"
)
def test_looking_works_where_nothing_may_be_written() -> None:
    with reachable_folder() as folder:
        desk = Desk(folder / "台")
        desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026")
        desk.register("2026-10-08 09:00", unit="社保")
        looks = (["overdue"], ["list"], ["show", FIRST], ["check"], ["book", "list"], ["doctor"])
        # Whoever is nobody can import nothing from root's folders.
        assert {desk.type(*look).code for look in looks} <= {0, 1}
        typed(desk, 备注="只读盘上的改动", 状态="作废")
        saved, chain = desk.book.read_bytes(), (desk.folder / ".zmn/journal.jsonl").read_bytes()
        paths = [desk.folder, *desk.folder.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for answer in do_apart(lambda: [desk.type(*look) for look in looks], user=User(65534, 65534)):
            assert answer.code in (0, 1), answer.err
            assert "Traceback" not in answer.err
        assert (desk.book.read_bytes(), (desk.folder / ".zmn/journal.jsonl").read_bytes()) == (saved, chain)
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
        assert "采纳1处" in notices(desk)
        assert codes(desk) == ["derived_changed"]


# What a real office program does


SOFFICE = shutil.which("soffice")
MACRO = """
Sub Work
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  Doc = StarDesktop.loadComponentFromURL(ConvertToURL(Environ("ZMN_BOOK")), "_blank", 0, hidden())
  Sheet = Doc.Sheets.getByIndex(0)
  Select Case Environ("ZMN_ACT")
    Case "sort"
      Sort(Sheet.getCellRangeByName("A3:AO5"))
    Case "sort official"
      Sort(Sheet.getCellRangeByName("A3:P5"))
    Case "columns"
      Sheet.Columns.insertByIndex(3, 2)
      Sheet.getCellRangeByName("D2").String = "科室自编"
      Sheet.Columns.getByIndex(6).IsVisible = False
      Sheet.Rows.getByIndex(3).IsVisible = False
    Case "type"
      Sheet.getCellRangeByName("P3").String = "备注在这里"
      Sheet.getCellRangeByName("C4").Formula = "2026-10-12 09:00"
      Sheet.getCellRangeByName("R5").String = "作废"
    Case "delete"
      Sheet.Rows.removeByIndex(2, 1)
    Case "total"
      Sheet.getCellRangeByName("A6").String = "合计"
      Sheet.getCellRangeByName("B6").Formula = "=COUNTA(B3:B5)"
      Sheet.getCellRangeByName("D8").String = "审核人："
  End Select
  Doc.store()
  Doc.close(True)
  StarDesktop.terminate()
End Sub
Sub Sort(Cells)
  Dim fields(0) As New com.sun.star.table.TableSortField
  fields(0).Field = 0 : fields(0).IsAscending = False
  Dim how(1) As New com.sun.star.beans.PropertyValue
  how(0).Name = "SortFields" : how(0).Value = fields()
  how(1).Name = "ContainsHeader" : how(1).Value = False
  Cells.sort(how())
End Sub
"""
InLibreOffice = Callable[[Desk, str], None]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of its own, with the macro."""
    folder = tmp_path_factory.mktemp("office")
    macros = folder / "profile/user/basic/Zmn"
    macros.mkdir(parents=True)
    head, library = '<?xml version="1.0" encoding="UTF-8"?>\n', "http://openoffice.org/2000/library"
    (macros / "Edits.xba").write_text(
        f'{head}<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Edits" '
        f'script:language="StarBasic">{MACRO}</script:module>',
        encoding="utf-8",
    )
    (macros / "script.xlb").write_text(
        f'{head}<library:library xmlns:library="{library}" library:name="Zmn" library:readonly="false" '
        'library:passwordprotected="false"><library:element library:name="Edits"/></library:library>'
    )
    (macros.parent / "script.xlc").write_text(
        f'{head}<library:libraries xmlns:library="{library}" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Zmn" xlink:href="$(USER)/basic/Zmn/script.xlb/" xlink:type="simple" '
        'library:link="false"/></library:libraries>'
    )
    # Without this, the first start puts its own empty libraries in the place of ours.
    (folder / "profile/user/registrymodifications.xcu").write_text(
        f'{head}<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/Office">'
        '<prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item></oor:items>'
    )
    return folder


@pytest.fixture
def in_libreoffice(profile: Path) -> InLibreOffice:
    """Somebody opens the book in LibreOffice, does something, saves and leaves."""

    def work(desk: Desk, act: str) -> None:
        assert SOFFICE is not None
        before = desk.book.read_bytes()
        place = (profile / "profile").as_uri()
        subprocess.run(
            [SOFFICE, "--headless", "--norestore", "--nologo", f"-env:UserInstallation={place}", "macro:///Zmn.Edits.Work"],
            env={**os.environ, "ZMN_BOOK": str(desk.book), "ZMN_ACT": act, "TMPDIR": str(profile)},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True,
        )  # fmt: skip
        assert desk.book.read_bytes() != before
        assert not list(desk.book.parent.glob(".~lock*"))

    return work


libreoffice = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(SOFFICE is None, reason="没有找到 soffice：未装 LibreOffice，跳过真实的人工修改"),
]


def with_libreoffice(test: Any) -> Any:
    for mark in libreoffice:
        test = mark(test)
    return test


@with_libreoffice
def test_saved_anew_by_libreoffice_nothing_has_changed(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    before = listed(desk)
    in_libreoffice(desk, "resave")
    saved = desk.book.read_bytes()
    assert (notices(desk), codes(desk), listed(desk)) == ("", [], before)
    assert desk.book.read_bytes() == saved
    (edit,) = outside(desk)
    assert edit["differences"] == []
    check_quiet(desk)


@with_libreoffice
def test_typed_in_libreoffice(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    before = listed(desk)
    in_libreoffice(desk, "type")
    said = notices(desk)
    assert "采纳2处" in said
    assert f"{SECOND} 解决 2026-10-15 → 2026-10-19" in said
    assert edits_told(desk) == ["备注：（空） → 备注在这里"]
    assert listed(desk)[THIRD] == before[THIRD]
    assert codes(desk) == ["derived_changed"]
    desk.ask("check", "--restore", THIRD)
    assert codes(desk) == []
    check_quiet(desk)


@with_libreoffice
def test_sorted_in_libreoffice(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    before = listed(desk)
    in_libreoffice(desk, "sort")
    assert (notices(desk), codes(desk), listed(desk)) == ("", [], before)
    assert [openpyxl.load_workbook(desk.book).worksheets[0].cell(r, 2).value for r in (3, 4, 5)] == [
        THIRD,
        SECOND,
        FIRST,
    ]
    in_libreoffice(desk, "sort official")
    desk.ask("note", FIRST, "--note", "照写")
    cells = {no: row(desk, no) for no in (FIRST, SECOND, THIRD)}
    assert {no: c["编号(核对)"] for no, c in cells.items()} == {no: no for no in cells}
    assert {no: (c["status"], c["due_on"]) for no, c in listed(desk).items()} == {
        no: (c["status"], c["due_on"]) for no, c in before.items()
    }
    assert codes(desk) == []
    check_quiet(desk)


@with_libreoffice
def test_only_the_official_columns_sorted_in_libreoffice(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    before = listed(desk)
    in_libreoffice(desk, "sort official")
    assert "排序错位" in notices(desk)
    assert (codes(desk), listed(desk)) == ([], before)
    assert [row(desk, no)["编号(核对)"] for no in (FIRST, SECOND, THIRD)] == [FIRST, SECOND, THIRD]
    check_quiet(desk)


@with_libreoffice
def test_columns_and_a_total_made_in_libreoffice(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    before = listed(desk)
    in_libreoffice(desk, "total")
    assert (notices(desk), codes(desk), listed(desk)) == ("", [], before)
    in_libreoffice(desk, "columns")
    assert (notices(desk), codes(desk), listed(desk)) == ("", [], before)
    desk.register("2026-10-13 09:00", "钱七")
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    at = columns(sheet)
    assert [sheet.cell(r, at["事项编号"]).value for r in range(3, 7)] == [FIRST, SECOND, THIRD, "2026101301"]
    assert [sheet.cell(7, 1).value, sheet.cell(9, at["办理对象"]).value] == ["合计", "审核人："]
    assert codes(desk) == []
    check_quiet(desk)


@with_libreoffice
def test_an_old_copy_saved_by_libreoffice(desk: Desk, in_libreoffice: InLibreOffice) -> None:
    copy, before = old_copy(desk)
    lines = lines_of(desk)
    desk.book.write_bytes(copy)
    in_libreoffice(desk, "delete")
    assert "被旧稿覆盖" in notices(desk)
    assert codes(desk) == []
    assert listed(desk) == before, "删去的一行，它的流转记录旧稿里也没有"
    assert lines_of(desk) == lines
    check_quiet(desk)


def test_what_was_undone_stays_undone_when_an_old_copy_is_saved_over_the_book(desk: Desk) -> None:
    no = desk.register("2026-10-12 10:00")["case_no"]
    old = desk.book.read_bytes()
    assert desk.type("undo").code == 0
    desk.book.write_bytes(old)
    desk.ask("overdue")
    assert no not in listed(desk)
    assert [f for f in desk.type("check", "--json").json["findings"] if f["code"] != "calendar"] == []


def test_an_undone_resolve_stays_undone_when_an_old_copy_is_saved_over_the_book(desk: Desk) -> None:
    before = listed(desk)[FIRST]["status"]
    desk.ask("resolve", FIRST, "--result", "办好了", "--at", "2026-10-13 10:00")
    old = desk.book.read_bytes()
    assert desk.type("undo").code == 0
    desk.book.write_bytes(old)
    assert desk.ask("overdue")["findings"] == []
    assert listed(desk)[FIRST]["status"] == before
    assert row(desk)["办结时间"] is None


def test_a_deletion_that_was_adopted_stays_one(desk: Desk) -> None:
    old = desk.book.read_bytes()
    book = openpyxl.load_workbook(desk.book)
    sheet = book.worksheets[0]
    number = next(c.row for line in sheet.iter_rows() for c in line if c.value == FIRST)
    sheet.delete_rows(number)
    book.save(desk.book)
    desk.ask("overdue")
    desk.ask("check", "--adopt", FIRST, "--basis", "重复登记")
    desk.book.write_bytes(old)
    desk.ask("overdue")
    assert FIRST not in listed(desk)
