"""上报件 and 收清单: what a unit hands in, what a lead takes in, who has not handed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.activities import FieldDesk
from tests.cli.test_json_contract import check
from tests.desk import Desk
from tests.fieldbooks import issue_book, log_of, row_of
from zhuomuniao.render.pdf import find_office_program

WALK = "走流程坐窗口"


@pytest.fixture
def unit(new_desk: Callable[..., Desk]) -> Desk:
    """A desk of 碑林 with issues of two units before and after the cut-off of the third quarter."""
    desk = new_desk("beilin", "2026-09-21", folder="单位")
    for on, of, kind, problem, more in (
        ("2026-06-20", "教育局", "走流程", "上一期的", ()),
        ("2026-06-21", "教育局", "走流程", "本期第一天的", ("--leader", "李某某，局长", "--handling", "立行立改")),
        ("2026-09-20", "教育局", "走流程", "本期最后一天的，电话13912345678", ()),
        ("2026-09-21", "教育局", "走流程", "下一期的", ()),
        ("2026-08-05", "城管局", "跟执法", "笔录要素不全", ("--need", "希望统一模板")),
        ("2026-08-06", "区发改委", "走流程", "提示不清", ()),
    ):
        desk.ask("issue", "add", "--unit", of, "--kind", kind, "--on", on, "--problem", problem, *more)
    desk.ask(
        "issue", "measure", "WT2026092001", "--handling", "整改计划", "--remedy", "换叫号机", "--due", "2026-10-20"
    )
    return desk


@pytest.fixture
def lead(new_desk: Callable[..., Desk]) -> Desk:
    """The lead's desk on the day after the cut-off."""
    desk = new_desk("beilin", "2026-09-21", folder="牵头")
    config = desk.folder / "zmn.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    told = ['role = "牵头部门"' if line.startswith("role") else line for line in lines]
    config.write_text("\n".join(told), encoding="utf-8")
    return desk


def hand_in(desk: Desk, *line: str) -> Any:
    answer = desk.ask("issue", "hand-in", *line)
    check(answer, "issue-hand-in")
    return answer


def collect(desk: Desk, *line: str, code: int = 0) -> Any:
    answer = desk.type("issue", "collect", *line, "--json")
    assert answer.code == code, answer.err or answer.out
    check(answer.json, "issue-collect")
    return answer.json


def states_of(desk: Desk, *line: str) -> list[Any]:
    """How each unit stands with its list of the third quarter."""
    answer = desk.ask("issue", "collect", "--status", "--period", "2026Q3", *line)
    check(answer, "issue-collect-status")
    found: list[Any] = answer["units"]
    return found


def without_head(path: Path) -> Path:
    """The list as a unit sends it that filled in nothing above the table."""
    book = openpyxl.load_workbook(path)
    for cell in (c for row in book.worksheets[0]["A3:J3"] for c in row if c.value):
        cell.value = str(cell.value).partition("：")[0].split()[0] + "："
    book.save(path)
    return path


def cells(path: Path) -> list[list[Any]]:
    """The rows of a list as they stand on paper, blank ones left out."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = ([c for c in row if c is not None] for row in sheet.iter_rows(values_only=True))
    return [row for row in rows if row]


def filled_in(path: Path, **changes: Any) -> Path:
    """Type into cells of a list that was handed in."""
    book = openpyxl.load_workbook(path)
    for cell, value in changes.items():
        book.worksheets[0][cell] = value
    book.save(path)
    return path


@pytest.fixture
def inbox(unit: Desk, tmp_path: Path) -> Path:
    """The lists of three units, as they come to the lead."""
    folder = tmp_path / "收件"
    folder.mkdir()
    for one in hand_in(unit, "--quarter", "2026Q3", "--contact", "周某", "--contact-phone", "029-87654321")["lists"]:
        for file in one["files"]:
            shutil.copy(unit.folder / file, folder)
    return folder


def test_a_list_for_each_unit_and_activity_of_the_days_it_covers(unit: Desk) -> None:
    made = hand_in(unit, "--quarter", "2026Q3")
    assert (made["from"], made["to"]) == ("2026-06-21", "2026-09-20")
    told = [(one["unit"], one["kind"], one["rows"], one["earlier_open"]) for one in made["lists"]]
    assert told == [("区发改委", WALK, 1, 0), ("区教育局", WALK, 2, 1), ("区城管执法局", "跟执法", 1, 0)]
    assert [one["to"] for one in made["lists"]] == ["区行政审批局", "区行政审批局", "区司法局"]
    (file,) = made["lists"][1]["files"]
    assert file == "报表/2026Q3/上报件/附件2区教育局（走流程坐窗口）2026Q3.xlsx"
    annex, title, head, header, first, second, *blank = cells(unit.folder / file)
    assert (annex, title) == (["附件2"], ["问题清单、需求清单和解决措施清单"])
    assert head == [
        "填报单位：区教育局", "负责人姓名 李某某，局长", "参与活动名称：走流程坐窗口", "时间：2026年6月21日、9月20日",
    ]  # fmt: skip
    assert header[:3] == ["序号", "参与活动地点", "体验内容"]
    assert len(header) == 10
    assert first == [1, "本期第一天的", "立行立改"]
    assert second[:3] == [2, "本期最后一天的，电话139****5678", "换叫号机"]
    assert blank == []


def test_the_same_list_again_changes_nothing_and_another_stands_beside_it(unit: Desk) -> None:
    first = hand_in(unit, "--quarter", "2026Q3", "--unit", "教育局")["lists"][0]
    assert first["new"] is True
    again = hand_in(unit, "--quarter", "2026Q3", "--unit", "教育局")["lists"][0]
    assert (again["files"], again["new"]) == (first["files"], False)
    unit.ask("issue", "clear", "WT2026062101", "--effect", "已改好")
    third = hand_in(unit, "--quarter", "2026Q3", "--unit", "教育局")["lists"][0]
    assert third["files"] == [first["files"][0].replace(".xlsx", "（2）.xlsx")]
    assert "已改好" in str(cells(unit.folder / third["files"][0]))
    assert "已改好" not in str(cells(unit.folder / first["files"][0]))


def test_a_unit_without_anything_gets_a_blank_list_and_is_told_so(unit: Desk) -> None:
    answer = unit.type("issue", "hand-in", "--unit", "财政局", "--kind", "走流程", "--quarter", "2026Q3")
    assert answer.code == 0
    assert "空白" in answer.out
    (file,) = (unit.folder / "报表").rglob("*财政局*.xlsx")
    assert cells(file)[2][0] == "填报单位：区财政局"
    assert len(cells(file)) == 4
    nothing = unit.type("issue", "hand-in", "--quarter", "2025Q3")
    assert "没有要出的清单" in nothing.out
    unknown = unit.type("issue", "hand-in", "--unit", "某某公司", "--quarter", "2026Q3")
    assert unknown.code == 2
    assert "--kind" in unknown.err


def test_days_of_ones_own_and_a_folder_of_ones_own(unit: Desk, tmp_path: Path) -> None:
    made = hand_in(unit, "--from-day", "2026-08-01", "--to-day", "2026-08-31", "--out", str(tmp_path / "打印"))
    assert [one["unit"] for one in made["lists"]] == ["区发改委", "区城管执法局"]
    assert len(list((tmp_path / "打印").iterdir())) == 2
    for line, told in (
        (("--from-day", "2026-08-01"), "--to-day"),
        (("--quarter", "2026Q3", "--window", "2026-08"), "只能写一种"),
        (("--quarter", "三季度"), "2026Q3"),
        (("--quarter", "2027Q3"), "还没有开始"),
        (("--quarter", "2026Q3", "--format", "docx"), "xlsx、pdf"),
        (("--merged", "--unit", "教育局"), "--merged"),
    ):
        answer = unit.type("issue", "hand-in", *line)
        assert answer.code == 2, line
        assert told in answer.err


def test_what_was_taken_back_is_not_handed_in(unit: Desk) -> None:
    line = ("--unit", "残联", "--kind", "走流程", "--on", "2026-09-01", "--problem", "错")
    no = unit.ask("issue", "add", *line)["case_no"]
    assert no == "WT2026090101"
    unit.ask("undo")
    assert "区残联" not in [one["unit"] for one in hand_in(unit, "--quarter", "2026Q3")["lists"]]


def test_the_merged_list_names_each_rows_unit_in_the_notices_order(unit: Desk) -> None:
    made = hand_in(unit, "--merged", "--quarter", "2026Q3")
    assert [(one["kind"], one["rows"]) for one in made["lists"]] == [(WALK, 3), ("跟执法", 1)]
    rows = cells(unit.folder / made["lists"][0]["files"][0])
    assert rows[2][0].endswith("（汇总）")
    assert rows[2][-1] == "时间：2026年6月21日至9月20日"
    assert [row[-1] for row in rows[4:]] == ["区发改委", "区教育局", "区教育局"]


@pytest.mark.skipif(not find_office_program(), reason="needs LibreOffice")
def test_a_pdf_to_print(unit: Desk) -> None:
    made = hand_in(unit, "--unit", "教育局", "--quarter", "2026Q3", "--format", "pdf")
    sheet, pdf = (unit.folder / file for file in made["lists"][0]["files"])
    assert (sheet.suffix, pdf.read_bytes()[:5]) == (".xlsx", b"%PDF-")


def test_the_window_of_靖边(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("jingbian", "2027-01-15")
    for on in ("2026-11-30", "2026-12-31", "2027-01-10"):
        desk.ask("issue", "add", "--unit", "公安局", "--leader", "蒋某，局长", "--on", on, "--problem", f"{on}的")
    made = hand_in(desk, "--contact", "周某", "--contact-phone", "0912-4621234")
    assert (made["period"], made["from"], made["to"]) == ("2026-12", "2026-12-01", "2027-01-31")
    rows = cells(desk.folder / made["lists"][0]["files"][0])
    assert rows[:3] == [["附件3"], ["“一把手”跟执法活动发现问题整改清单"], ["单位 (盖章): 县公安局"]]
    assert [row[2] for row in rows[6:8]] == ["2026-12-31的", "2027-01-10的"]
    assert rows[-2:] == [["联系人: 周某"], ["联系电话: 0912-4621234"]]
    merged = hand_in(desk, "--merged")["lists"][0]
    assert cells(desk.folder / merged["files"][0])[6][1] == "县公安局\n蒋某，局长"


def test_the_lead_takes_in_what_the_units_filled_in(lead: Desk, inbox: Path) -> None:
    tried = collect(lead, str(inbox), "--period", "2026Q3", "--dry-run")
    assert (tried["new"], tried["saved"], tried["numbers"]) == (4, None, [])
    assert lead.ask("issue", "list")["count"] == 0
    done = collect(lead, str(inbox), "--period", "2026Q3", "--at", "2026-09-19")
    assert (done["count"], done["new"], done["known"], done["saved"]) == (3, 4, 0, "written")
    issues = lead.ask("issue", "list")["issues"]
    assert {(i["unit"], i["activity_kind"]) for i in issues} == {
        ("区发改委", WALK), ("区教育局", WALK), ("区城管执法局", "跟执法"),
    }  # fmt: skip
    by_problem = {i["problem"]: i for i in issues}
    planned = by_problem["本期最后一天的，电话139****5678"]
    assert (planned["handling"], planned["due_on"], planned["remedy"]) == ("整改计划", "2026-10-20", "换叫号机")
    assert by_problem["本期第一天的"]["handling"] == "立行立改"
    assert by_problem["提示不清"]["found_on"] == "2026-08-06"
    (handed,) = (no for no in done["numbers"] if no.startswith("BS") and _handed(lead, no)["填报单位"] == "区教育局")
    row = _handed(lead, handed)
    assert (row["期间"], row["条数"], row["负责人姓名"]) == ("2026Q3", 2, "李某某，局长")
    assert log_of(issue_book(lead), handed)[0][0] == "列入"


def _handed(desk: Desk, no: str) -> dict[str, Any]:
    book = openpyxl.load_workbook(issue_book(desk), read_only=True)
    return row_of(issue_book(desk), no, book.sheetnames.index("报送登记"))


def test_the_same_list_twice_gives_nothing_new_and_a_fuller_one_gives_the_rest(lead: Desk, inbox: Path) -> None:
    collect(lead, str(inbox), "--period", "2026Q3", "--at", "2026-09-19")
    book = issue_book(lead).read_bytes()
    again = collect(lead, str(inbox), "--period", "2026Q3", "--at", "2026-09-20")
    assert (again["new"], again["known"], again["saved"]) == (0, 4, None)
    assert all(one["taken_before"] for one in again["lists"])
    assert issue_book(lead).read_bytes() == book
    (file,) = inbox.glob("*发改委*")
    filled_in(file, A6=2, E6="后来又发现的", H6="立即")
    more = collect(lead, str(file), "--period", "2026Q3", "--at", "2026-09-20")
    assert (more["new"], more["known"]) == (1, 1)
    state = {u["unit"]: u for u in states_of(lead, "--kind", "走流程")}
    assert (state["区发改委"]["times"], state["区发改委"]["rows"]) == (2, 2)
    assert [i["handling"] for i in lead.ask("issue", "list", "--search", "后来又")["issues"]] == ["立行立改"]


def test_who_has_handed_in_and_who_has_not(lead: Desk, inbox: Path) -> None:
    (early,), (late,) = inbox.glob("*发改委*"), inbox.glob("*教育局*")
    collect(lead, str(early), "--period", "2026Q3", "--at", "2026-09-20")
    collect(lead, str(late), "--period", "2026Q3", "--at", "2026-09-21")
    answer = lead.ask("issue", "collect", "--status", "--period", "2026Q3", "--kind", "走流程")
    check(answer, "issue-collect-status")
    assert answer["due_on"] == "2026-09-20"
    states = {u["unit"]: u["state"] for u in answer["units"]}
    assert (states["区发改委"], states["区教育局"], states["区财政局"]) == ("已报", "迟报", "未报")
    assert len(states) == 41
    before = lead.ask("issue", "collect", "--status", "--period", "2026Q3", "--as-of", "2026-09-20")
    assert "处投诉" in before["unnamed"]
    assert [u["unit"] for u in before["units"] if u["state"] != "未报"] == ["区发改委"]
    screen = lead.type("issue", "collect", "--status", "--period", "2026Q3", "--kind", "走流程")
    assert "应报 41，未报 39，迟报 1" in screen.out


def test_undo_takes_back_rows_and_hand_ins_together(lead: Desk, inbox: Path) -> None:
    done = collect(lead, str(inbox), "--period", "2026Q3")
    undone = lead.ask("undo")
    assert set(undone["cases"]) == set(done["numbers"])
    assert lead.ask("issue", "list")["count"] == 0
    assert all(u["state"] == "未报" for u in states_of(lead))
    assert collect(lead, str(inbox), "--period", "2026Q3")["new"] == 4


def test_a_book_that_is_open_lets_the_lists_wait_and_knows_them(lead: Desk, inbox: Path) -> None:
    owner = issue_book(lead).with_name(f".~{issue_book(lead).name}")
    owner.touch()
    assert collect(lead, str(inbox), "--period", "2026Q3", code=4)["saved"] == "queued"
    assert collect(lead, str(inbox), "--period", "2026Q3")["new"] == 0
    owner.unlink()
    lead.ask("book", "replay")
    assert lead.ask("issue", "list")["count"] == 4


def test_what_is_not_guessed_is_told(lead: Desk, inbox: Path) -> None:
    (file,) = inbox.glob("*发改委*")
    filled_in(file, H5="国庆前", I5="正在改", A6=2, E6="无", F6="/")
    told = collect(lead, str(file), "--period", "2026Q3")["lists"][0]["warnings"]
    assert any("国庆前" in w and "第5行" in w for w in told)
    assert any("没有因此销号" in w for w in told)
    (issue,) = lead.ask("issue", "list")["issues"]
    assert (issue["status"], issue["effect"], issue["remark"]) == ("挂账", "正在改", "完成时限原文：国庆前")


def test_a_list_without_a_head_is_somebodys_all_the_same(lead: Desk, inbox: Path) -> None:
    (file,) = inbox.glob("*发改委*")
    without_head(file)
    lost = collect(lead, str(file), "--period", "2026Q3", code=1)
    assert "--unit" in lost["lists"][0]["problem"]
    done = collect(lead, str(file), "--period", "2026Q3", "--unit", "残联", "--kind", "走流程", "--at", "2026-09-18")
    assert (done["lists"][0]["unit"], done["lists"][0]["kind"]) == ("区残联", WALK)
    (issue,) = lead.ask("issue", "list")["issues"]
    assert issue["found_on"] == "2026-09-18"
    assert any("没有写时间" in w for w in done["lists"][0]["warnings"])


def test_a_limit_that_has_passed_when_the_list_comes_is_late_at_once(lead: Desk, inbox: Path) -> None:
    (file,) = inbox.glob("*发改委*")
    filled_in(file, H5="2026-08-01")
    collect(lead, str(file), "--period", "2026Q3")
    assert [i["due_on"] for i in lead.ask("issue", "list", "--overdue")["issues"]] == ["2026-08-01"]


def test_files_that_are_none_do_not_keep_the_others_from_being_taken(lead: Desk, unit: Desk, inbox: Path) -> None:
    (inbox / "坏.xlsx").write_text("不是表", encoding="utf-8")
    merged = hand_in(unit, "--merged", "--quarter", "2026Q3")["lists"][0]["files"][0]
    shutil.copy(unit.folder / merged, inbox)
    done = collect(lead, str(inbox), "--period", "2026Q3", code=1)
    assert (done["new"], done["count"]) == (4, 3)
    problems = {one["file"]: one["problem"] for one in done["lists"] if one["problem"]}
    assert set(problems) == {"坏.xlsx", Path(merged).name}
    assert "汇总" in problems[Path(merged).name]
    empty = inbox / "空"
    empty.mkdir()
    assert lead.type("issue", "collect", str(empty)).code == 5
    assert lead.type("issue", "collect").code == 2
    assert lead.type("issue", "collect", str(inbox), "--status").code == 2
    assert lead.type("issue", "collect", str(inbox), "--at", "2026-09-30").code == 2
    assert lead.type("issue", "collect", str(inbox), "--period", "2026Q4", "--at", "2026-09-20").code == 2


def test_a_units_own_desk_is_told_that_collecting_is_not_its_job(unit: Desk, inbox: Path) -> None:
    answer = unit.type("issue", "collect", str(inbox), "--period", "2026Q3", "--dry-run")
    assert "牵头部门" in answer.out


def test_a_need_is_handed_in_where_the_form_has_no_column_for_it(
    new_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = new_desk("jingbian")
    desk.ask(
        "issue",
        "add",
        "--unit",
        "县教体局",
        "--leader",
        "张远 局长",
        "--need",
        "希望周六也能办",
        "--on",
        "2026-08-20",
    )
    (made,) = desk.ask("issue", "hand-in", "--window", "2026-08")["lists"]
    copy = desk.folder / made["files"][0]
    assert "需求：希望周六也能办" in str([[c.value for c in row] for row in openpyxl.load_workbook(copy).active.rows])
    lead = Desk(tmp_path / "司法局")
    office = ("--role", "司法局", "--office", "县司法局", "--year", "2026")
    assert lead.type("init", str(lead.folder), "--locality", "jingbian", *office).code == 0
    assert lead.type("issue", "collect", str(copy), "--period", "2026-08").code == 0
    (issue,) = lead.ask("issue", "list")["issues"]
    assert (issue["need"], issue["need_only"], issue["suggestion"]) == ("希望周六也能办", True, "")


def test_what_the_second_list_of_a_unit_leaves_out_is_told(lead: Desk, inbox: Path) -> None:
    lead.type("issue", "collect", str(inbox), "--period", "2026Q3", "--at", "2026-09-19")
    path = sorted(inbox.glob("*.xlsx"))[0]
    book = openpyxl.load_workbook(path)
    sheet = book.active
    (cell,) = [c for row in sheet.rows for c in row if c.value == "发现问题"]
    sheet.cell(cell.row + 1, cell.column).value = "换了个说法的问题"
    book.save(path)
    told = lead.type("issue", "collect", str(path), "--period", "2026Q3", "--at", "2026-09-20")
    assert "上次交来的有、这次没有的：WT" in told.out + told.err


def test_phones_in_the_head_and_the_name_of_a_list_are_masked(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台")
    office = ("--role", "单位", "--office", "区教育局", "--year", "2026")
    assert desk.type("init", str(desk.folder), "--locality", "beilin", *office).code == 0
    FieldDesk(desk).find("2026-09-15", "区教育局13912345678", "告知单没有样表，问13812345677")
    made = desk.type("issue", "hand-in", "--quarter", "2026Q3")
    assert made.code == 0, made.err
    (file,) = (desk.folder / "报表").rglob("*.xlsx")
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(file).active]
    text = made.out + made.err + file.name + str(cells)
    for phone in ("13912345678", "13812345677"):
        assert phone not in text
    assert ("139****5678" in text, "138****5677" in text) == (True, True)
