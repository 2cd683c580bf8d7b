"""What this desk hands in, by when, and what has left the office: ``zmn duties`` and the morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.activities import COMPLAINT, FOLLOW, WALK, FieldDesk
from tests.desk import Desk
from zhuomuniao.usecases.office import Moment, open_office

Make = Callable[..., Desk]


def open_desk(folder: Path, locality: str, role: str, office: str = "") -> Desk:
    desk = Desk(folder / "台")
    line = ["--locality", locality, "--clerk", "赵敏慧", "--year", "2026", "--role", role]
    answer = desk.type("init", str(desk.folder), *line, *(("--office", office) if office else ()))
    assert answer.code == 0, answer.err
    return desk


def work_since(desk: Desk, moment: str) -> None:
    """The desk has been at work since then: the first line of its journal is of that moment."""
    at = datetime.fromisoformat(moment)
    open_office(desk.folder, Moment(at, at.date())).store.record_reading(at, {"verb": "list", "cases": ""})


def reminded(desk: Desk, day: str) -> dict[tuple[str, str], Any]:
    """The hand-ins of the morning list on a day, by duty and period."""
    return {(d["duty"], d["period"]): d for d in desk.ask("overdue", "--as-of", day)["duties"]}


def listed(desk: Desk, day: str, *line: str) -> dict[tuple[str, str], Any]:
    return {(d["duty"], d["period"]): d for d in desk.ask("duties", "--as-of", day, *line)["duties"]}


def cells(path: Path) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


@pytest.fixture
def hall(tmp_path: Path) -> Desk:
    """临县政务服务大厅, which hands the 12345 ledger in by the 8th, at work since September."""
    desk = open_desk(tmp_path, "linxian", "政务服务大厅")
    work_since(desk, "2026-09-01T09:00")
    return desk


HOTLINE = ("hotline-ledger", "2026-10")
DONE = ("duties", "done", "hotline-ledger", "--period", "2026-10")


# —— By when ——


@pytest.mark.parametrize(
    ("day", "period", "nominal", "by"),
    [
        ("2026-11-02", "2026-10", "2026-11-08", "2026-11-06"),
        ("2026-02-04", "2026-01", "2026-02-08", "2026-02-06"),
        ("2026-03-04", "2026-02", "2026-03-08", "2026-03-06"),
        ("2026-08-05", "2026-07", "2026-08-08", "2026-08-07"),
    ],
)
def test_m05_the_eighth_on_a_sunday_is_asked_for_on_friday(
    tmp_path: Path, day: str, period: str, nominal: str, by: str
) -> None:
    desk = open_desk(tmp_path, "linxian", "政务服务大厅")
    duty = reminded(desk, day)["hotline-ledger", period]
    assert (duty["due_on"], duty["submit_by"], duty["state"]) == (nominal, by, "待报")
    said = desk.type("overdue", "--as-of", day).out
    assert f"最迟 {by}（周五）" in said
    assert f"规定 {nominal[5:]}" in said


@pytest.mark.parametrize(
    ("day", "period", "nominal", "by"),
    [
        ("2026-09-28", "2026-09", "2026-10-03", "2026-09-30"),
        ("2026-04-28", "2026-04", "2026-05-03", "2026-04-30"),
        ("2025-12-29", "2025-12", "2026-01-03", "2025-12-31"),
    ],
)
def test_m06_hard_cases_are_handed_in_before_the_holiday_and_say_through_which_day(
    tmp_path: Path, day: str, period: str, nominal: str, by: str
) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    duty = reminded(desk, day)["hard-cases", period]
    assert (duty["due_on"], duty["submit_by"]) == (nominal, by)
    made = desk.ask("report", "--duty", "hard-cases", "--as-of", day)
    assert (made["period"], made["submit_by"], made["as_of"]) == (period, by, day)
    assert "截至" in made["files"][0]


@pytest.mark.parametrize(
    ("day", "duty", "period", "by"),
    [
        ("2026-12-16", "monthly-info-walk-process", "2026-12", "2026-12-18"),
        ("2026-03-18", "quarter-summary-walk-process", "2026Q1", "2026-03-20"),
        ("2026-06-16", "monthly-info-walk-process", "2026-06", "2026-06-18"),
        ("2026-02-11", "monthly-info-walk-process", "2026-02", "2026-02-14"),
        ("2026-09-18", "monthly-info-walk-process", "2026-09", "2026-09-20"),
    ],
)
def test_m07_the_twentieth_on_a_rest_day_is_asked_for_before_it(
    tmp_path: Path, day: str, duty: str, period: str, by: str
) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区行政审批局")
    assert reminded(desk, day)[duty, period]["submit_by"] == by
    assert listed(desk, day)[duty, period]["submit_by"] == by


# —— Until it is recorded ——


def test_a_hand_in_stays_in_the_morning_until_it_is_recorded_as_handed_in(hall: Desk) -> None:
    assert HOTLINE not in reminded(hall, "2026-10-29")
    assert reminded(hall, "2026-10-30")[HOTLINE]["state"] == "待报"
    assert reminded(hall, "2026-11-06")[HOTLINE]["state"] == "今天最后一天"
    assert reminded(hall, "2026-11-07")[HOTLINE]["state"] == "已过最迟日", "the eighth itself is on time"
    assert reminded(hall, "2026-11-08")[HOTLINE]["state"] == "今天最后一天"
    late = reminded(hall, "2026-12-04")[HOTLINE]
    assert (late["state"], late["late_workdays"]) == ("已过", 20)
    said = hall.type("overdue", "--as-of", "2026-12-04").out
    assert "已过20个工作日" in said
    assert "zmn duties done hotline-ledger --period 2026-10" in said
    hall.ask("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-05")
    assert HOTLINE in reminded(hall, "2026-11-06"), "making a report is not handing it in"
    done = hall.ask(*DONE, "--at", "2026-11-06", "--as-of", "2026-12-04")
    assert (done["done_on"], done["late_workdays"], done["state"]) == ("2026-11-06", 0, "已报")
    assert HOTLINE not in reminded(hall, "2026-12-04")
    assert HOTLINE not in reminded(hall, "2026-11-06")
    assert HOTLINE in reminded(hall, "2026-11-05"), "on the day before it had not left yet"
    assert listed(hall, "2026-11-12")[HOTLINE]["done_on"] == "2026-11-06"


def test_the_copy_that_zmn_made_last_is_what_was_handed_in(hall: Desk) -> None:
    hall.register("2026-10-12 09:00", ledger="hotline", no="2026101200001")
    first = hall.ask("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-05")["files"][0]
    hall.register("2026-10-13 09:00", ledger="hotline", no="2026101300001", name="王五")
    second = hall.ask("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-06")["files"]
    hall.ask("report", "--duty", "hotline-ledger", "--month", "2026-10", "--full", "--as-of", "2026-11-06")
    done = hall.ask(*DONE, "--as-of", "2026-11-06")
    assert [Path(name).suffix for name in second] == [".xlsx", ".docx"]
    assert done["files"][0]["sha256"] == sha256((hall.folder / second[0]).read_bytes()).hexdigest()
    assert [file["path"] for file in done["files"]] == second
    assert done["warnings"] == []
    named = hall.ask(*DONE, "--again", "--file", str(hall.folder / first), "--as-of", "2026-11-09")
    assert [file["path"] for file in named["files"]] == [first]


def test_without_a_file_only_the_day_is_recorded_and_that_is_said(hall: Desk) -> None:
    said = hall.type(*DONE, "--as-of", "2026-11-05")
    assert (said.code, "没有找到" in said.err or "没有找到" in said.out) == (0, True)
    assert HOTLINE not in reminded(hall, "2026-11-05")


def test_a_late_hand_in_says_how_late(hall: Desk) -> None:
    done = hall.ask(*DONE, "--as-of", "2026-11-11")
    assert (done["late_workdays"], done["late_days"]) == (3, 3)
    assert "已报迟3天" in hall.type("duties", "--as-of", "2026-11-12").out, "in few words, where there is little room"
    assert listed(hall, "2026-11-12")[HOTLINE]["late_workdays"] == 3


def test_a_second_time_only_as_a_corrected_copy(hall: Desk) -> None:
    assert hall.type(*DONE, "--again", "--as-of", "2026-11-05").code == 2
    hall.ask(*DONE, "--as-of", "2026-11-05")
    twice = hall.type(*DONE, "--as-of", "2026-11-09")
    assert twice.code == 2
    assert "已在 2026-11-05 记为报出" in twice.err
    assert "--again" in twice.err
    again = hall.ask(*DONE, "--again", "--as-of", "2026-11-18")
    assert (again["is_correction"], again["done_on"], again["late_days"]) == (True, "2026-11-05", 0)
    assert listed(hall, "2026-11-18")[HOTLINE]["done_on"] == "2026-11-05", "a corrected copy makes nothing late"
    hall.ask(*DONE, "--take-back", "--as-of", "2026-11-18")
    assert listed(hall, "2026-11-18")[HOTLINE]["state"] == "已报", "the first copy is still on record"
    hall.ask(*DONE, "--take-back", "--as-of", "2026-11-18")
    assert reminded(hall, "2026-11-18")[HOTLINE]["state"] == "已过"
    assert hall.type(*DONE, "--take-back", "--as-of", "2026-11-18").code == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("hotline-ledger", "--period", "2026-11"), "还没有内容可报"),
        (("hotline-ledger", "--period", "2026-10", "--at", "2026-11-01"), "还没有到"),
        (("hotline-ledger", "--period", "2026-09", "--at", "2026-08-31"), "还没有内容可报"),
        (("hotline-ledger", "--period", "十月"), "2026-10"),
        (("没有的报送",), "现有"),
        (("hotline-ledger", "--period", "2026-09", "--file", "没有.xlsx"), "没有文件"),
        (("site-list", "--period", "2026"), "一次"),
        (("hotline-ledger", "--take-back", "--again"), "--take-back"),
        (("hotline-ledger", "--take-back"), "没有报送记录"),
    ],
)
def test_what_cannot_be_recorded_is_refused_kindly(hall: Desk, line: tuple[str, ...], said: str) -> None:
    answer = hall.type("duties", "done", *line, "--as-of", "2026-10-31")
    assert answer.code == 2
    assert said in answer.err
    assert "submitted" not in (hall.folder / ".zmn/journal.jsonl").read_text("utf-8")


def test_the_only_open_period_need_not_be_named(hall: Desk) -> None:
    for period in ("2026-08", "2026-09"):
        hall.ask("duties", "done", "hotline-ledger", "--period", period, "--as-of", "2026-10-08")
    said = hall.type("duties", "done", "12345", "--as-of", "2026-11-05").out
    assert "2026-10" in said
    assert "等着报的只有这一期" in said
    none = hall.type("duties", "done", "hotline-ledger", "--as-of", "2026-11-06")
    assert (none.code, "没有等着报的" in none.err) == (2, True)
    two = hall.type("duties", "done", "hotline-ledger", "--as-of", "2027-01-07")
    assert two.code == 2
    assert "2026-11、2026-12" in two.err


def test_what_is_handed_in_once_has_one_period(hall: Desk) -> None:
    assert listed(hall, "2026-11-12")["site-list", "一次"]["state"] == "通知没有写明哪天"
    assert ("site-list", "一次") not in reminded(hall, "2026-11-12"), "no day, no reminder"
    made = hall.ask("report", "--duty", "体验点地址", "--as-of", "2026-11-12")
    done = hall.ask("duties", "done", "site-list", "--as-of", "2026-11-12")
    assert (done["period"], [f["path"] for f in done["files"]]) == ("一次", made["files"])
    assert listed(hall, "2026-11-20")["site-list", "一次"]["done_on"] == "2026-11-12"


# —— A fair start ——


def test_what_fell_due_before_the_desk_had_books_does_not_haunt_it(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "政务服务大厅")
    assert list(reminded(desk, "2026-11-12")) == []
    work_since(desk, "2026-11-02T09:00")
    assert list(reminded(desk, "2026-12-10")) == [HOTLINE, ("hotline-ledger", "2026-11")]


def test_records_of_earlier_days_bring_their_hand_ins_until_one_is_recorded(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "政务服务大厅")
    for day in ("2026-05-12", "2026-08-03"):
        desk.register(f"{day} 09:00", ledger="hotline", no=f"{day.replace('-', '')}00001")
    late = [period for _, period in reminded(desk, "2026-11-12")]
    assert late == ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    said = desk.type("overdue", "--as-of", "2026-11-12").out
    assert said.count("报送：2026-") == 3
    assert "更早的还有 3 期" in said
    desk.ask("duties", "done", "hotline-ledger", "--period", "2026-09", "--as-of", "2026-11-12")
    assert [period for _, period in reminded(desk, "2026-11-12")] == ["2026-10"]


def test_duties_of_other_roles_are_shown_only_when_asked_and_may_be_recorded(hall: Desk) -> None:
    assert {duty for duty, _ in listed(hall, "2026-11-02")} == {"hotline-ledger", "site-list"}
    everybody = listed(hall, "2026-11-02", "--all")
    assert {duty for duty, _ in everybody} == {
        "hard-cases", "officer-problems", "hotline-ledger", "officer-list", "site-list",
    }  # fmt: skip
    assert everybody["hard-cases", "2026-10"]["is_mine"] is False
    done = hall.ask("duties", "done", "hard-cases", "--period", "2026-10", "--as-of", "2026-11-02")
    assert "不是本岗位的" in done["warnings"][-1]


def test_how_far_ahead(hall: Desk) -> None:
    near = [period for duty, period in listed(hall, "2026-11-10", "--ahead", "5") if duty == "hotline-ledger"]
    far = [period for duty, period in listed(hall, "2026-11-10", "--ahead", "90") if duty == "hotline-ledger"]
    assert "2026-11" not in near
    assert {"2026-11", "2026-12"} <= set(far)


# —— What makes it ——


@pytest.mark.parametrize("locality", ["linxian", "neixiang", "xiangtan", "beilin", "jingbian"])
def test_every_hand_in_of_the_notice_is_made_by_the_command_that_is_shown(new_desk: Make, locality: str) -> None:
    desk = new_desk(locality, "2026-12-18")
    for duty in desk.ask("duties", "--all")["duties"]:
        assert duty["command"], duty
        made = desk.ask(*duty["command"].split()[1:])
        assert (made["duty"], made["period"]) == (duty["duty"], duty["period"])
        assert made["files"] or made["report"] == "lists", "no problems, no lists"
        assert all((desk.folder / name).is_file() for name in made["files"])
        done = desk.ask(*duty["settle"].split()[1:])
        assert [file["path"] for file in done["files"]] == made["files"]


def test_the_hard_cases_are_those_not_solved_with_the_reason_the_office_wrote(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    old = desk.register("2026-08-12 09:00", name="李某某", about="电话13912345678，批文没有人接", ledger="window")
    solved = desk.register("2026-10-12 09:00", ledger="window", name="王五")["case_no"]
    hopeless = desk.register("2026-10-13 09:00", ledger="window", name="赵六")["case_no"]
    desk.register("2026-11-02 09:00", ledger="window", name="下月的")
    desk.ask("resolve", solved, "--result", "已补发", "--at", "2026-10-20")
    desk.ask(
        "resolve", hopeless, "--result", "按规定不能办", "--outcome", "不能办理", "--at", "2026-10-21",
        "--reported-to", "县专班",
    )  # fmt: skip
    path = desk.folder / old["book"]
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "研判意见" for cell in row))
    column = {cell.value: cell.column for cell in header}
    row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, column["事项编号"]).value == old["case_no"])
    sheet.cell(row, column["研判意见"]).value = "需会同李某某和县住建局会商"
    book.save(path)
    made = desk.ask("report", "--duty", "hard-cases", "--month", "2026-10", "--as-of", "2026-11-03")
    assert made["counts"] == {"unsolved": 2, "in_hand": 1, "given_up": 1, "accepted": 1, "without_reason": 1}
    assert (made["rows"], made["cells_to_fill"], made["due_on"]) == (2, 1, "2026-11-03")
    assert all(check["holds"] for check in made["checks"])
    rows = next(iter(cells(desk.folder / made["files"][0]).values()))
    head = next(r for r in rows if "未办成原因" in r)
    table = [dict(zip(head, r, strict=True)) for r in rows if isinstance(r[0], int)]
    assert [r["事项编号"] for r in table] == [old["case_no"], hopeless]
    assert "［请填写：未办成原因］" in table[0]["未办成原因"]
    assert table[1]["未办成原因"] == "不能办理"
    text = str(rows)
    assert "李**" in text
    assert "李某某" not in text
    assert "13912345678" not in text
    assert "县住建局会商" in table[0]["研判意见"]
    assert "签字" in text
    again = desk.ask("report", "--duty", "hard-cases", "--month", "2026-10", "--as-of", "2026-11-03")
    assert (again["files"], again["is_new"]) == (made["files"], False)
    whole = desk.ask("report", "--ledger", "window", "--month", "2026-10", "--as-of", "2026-11-03")
    copied = cells(desk.folder / whole["files"][0])
    head = next(r for r in copied["台账"] if "研判意见" in r)
    typed = {r[head.index("事项编号")]: r[head.index("研判意见")] for r in copied["台账"] if isinstance(r[0], int)}
    assert typed[old["case_no"]] == table[0]["研判意见"], "what the office typed, masked in the same way"
    assert not [name for name in copied if "未办成" in name], "that list is the hand-in's"


def test_the_roster_and_the_sites_are_lists_of_the_day(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "政务改革和政策法规股")
    place = ("--kind", "政务服务大厅", "--address", "南街1号", "--on", "2026-01-05")
    desk.ask("site", "add", "--name", "县政务大厅", *place)
    for name, at in (("刘某甲", "2026-01-05"), ("刘某乙", "2026-11-20")):
        desk.ask("officer", "add", "--name", name, "--source", "人大代表", "--phone", "13912345678", "--on", at)
    masked = desk.ask("report", "--duty", "officer-list", "--as-of", "2026-11-12")
    assert masked["counts"] == {"officers": 1}
    assert "刘某甲" not in str(cells(desk.folder / masked["files"][0]))
    assert any("--full" in line for line in masked["warnings"])
    full = desk.ask("report", "--duty", "officer-list", "--full", "--as-of", "2026-11-12")
    assert "刘某甲" in str(cells(desk.folder / full["files"][0]))
    assert '"verb":"report"' in (desk.folder / ".zmn/journal.jsonl").read_text("utf-8")
    said = desk.type("report", "--duty", "officer-list", "--full", "--as-of", "2026-11-12").out
    assert ("不要报出去" in said, "duties done officer-list" in said) == (False, True), "a roster goes out with names"
    done = desk.ask("duties", "done", "officer-list", "--as-of", "2026-11-12")
    assert ([file["path"] for file in done["files"]], done["warnings"]) == (full["files"], [])
    sites = desk.ask("report", "--duty", "site-list", "--as-of", "2026-11-12")
    assert (sites["counts"], "南街1号" in str(cells(desk.folder / sites["files"][0]))) == ({"sites": 1}, True)


def test_plans_go_up_with_the_units_and_how_far_each_has_come(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "beilin", "牵头部门", "碑林区12345市民热线服务中心")
    field = FieldDesk(desk)
    field.plan("区城管执法局", COMPLAINT, "2026Q4", "2026-09-10")
    field.plan("区卫健局", COMPLAINT, "2026Q4", "2026-09-29")
    field.plan("区教育局", WALK, "2026Q4", "2026-09-10")
    made = desk.ask("report", "--duty", "plan-and-unit-list", "--as-of", "2026-09-15")
    assert (made["period"], made["activity_kind"]) == ("2026Q4", COMPLAINT), "the coming quarter, its own kind"
    assert (made["counts"]["plans"], made["counts"]["approved"]) == (1, 0)
    book = cells(desk.folder / made["files"][0])
    assert "区城管执法局" in str(book["活动计划"])
    assert "区卫健局" not in str(book), "drawn up later"
    assert {"审核单位", "审定人", "公布渠道"} <= {cell for row in book["活动计划"] for cell in row if cell}
    assert "审核（区营商办）" in str(book["活动计划"])
    assert "审定（区政府领导）" in str(book["活动计划"])
    done = desk.ask("duties", "done", "plan-and-unit-list", "--period", "2026Q4", "--as-of", "2026-09-16")
    assert [file["path"] for file in done["files"]] == made["files"], "a plan goes up before its quarter begins"


def test_lists_are_each_units_own_and_the_leads_are_merged(tmp_path: Path) -> None:
    unit = open_desk(tmp_path / "单位", "beilin", "单位", "碑林区教育局")
    FieldDesk(unit).find("2026-08-11", "区教育局", "告知单缺少样表")
    own = unit.ask("report", "--duty", "three-lists", "--quarter", "2026Q3", "--as-of", "2026-09-18")
    assert (own["counts"], own["submit_by"]) == ({"lists": 1, "issues": 1}, "2026-09-20")
    assert "区教育局" in own["files"][0]
    lead = open_desk(tmp_path / "牵头", "beilin", "牵头部门", "碑林区行政审批局")
    field = FieldDesk(lead)
    field.find("2026-08-11", "区教育局", "告知单缺少样表")
    field.find("2026-09-21", "区发改委", "备案页面提示不清")
    field.find("2026-08-11", "区城管执法局", "笔录不全", kind=FOLLOW)
    merged = lead.ask("report", "--duty", "three-lists-onward", "--quarter", "2026Q3", "--as-of", "2026-09-22")
    assert (merged["counts"], merged["covers_through"]) == ({"lists": 1, "issues": 2}, "2026-09-22")
    assert "汇总" in merged["files"][0]


def test_the_words_after_a_report_say_what_to_do_next(hall: Desk) -> None:
    said = hall.type("report", "--duty", "hotline-ledger", "--month", "2026-10", "--as-of", "2026-11-05").out
    assert "最迟 2026-11-06 报出" in said
    assert "zmn duties done hotline-ledger --period 2026-10" in said


def test_the_word_of_the_command_may_stand_anywhere(hall: Desk) -> None:
    assert hall.type("--as-of", "2026-11-05", "报送", "已报", "hotline-ledger", "--period", "2026-10").code == 0
    helped = hall.type("duties", "--help")
    assert (helped.code, "--ahead" in helped.out) == (0, True)
    assert hall.type("duties", "dnoe").code == 2
