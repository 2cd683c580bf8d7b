"""登记: somebody stands at the window."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk
from zhuomuniao.assets import locality_folder


def cells(desk: Desk) -> dict[str, dict[str, openpyxl.cell.Cell]]:
    """Case number → header → cell of the ledger sheet, read by an independent reader."""
    sheet = openpyxl.load_workbook(desk.book).worksheets[0]
    headers = [c.value for c in sheet[2]]
    found = {}
    for row in sheet.iter_rows(min_row=3):
        named = dict(zip(headers, row, strict=True))
        if named["事项编号"].value:
            found[named["事项编号"].value] = named
    return found


def test_a_matter_gets_number_deadline_and_row(desk: Desk) -> None:
    answer = desk.register("2026-09-30 16:00", phone="13800138000", unit="不动产")
    assert answer["contract"] == 1
    assert answer["case_no"] == "2026093001"
    assert answer["saved"] == "written"
    assert answer["status"] == "办理中"
    assert answer["row"] == 3
    (deadline,) = answer["deadlines"]
    assert deadline["clock"] == "resolve"
    assert deadline["due_on"] == "2026-10-13"
    assert deadline["limit"] == "5工作日"
    assert "5个工作日内解决" in deadline["quote"]
    row = cells(desk)["2026093001"]
    assert row["办理对象"].value == "李四"
    assert row["责任窗口（单位）"].value == "不动产登记集成服务区"
    assert row["办理时限"].value.date().isoformat() == "2026-10-13"
    assert row["编号(核对)"].value == "2026093001"


def test_case_of_a_closed_world_four_clocks_run_side_by_side(desk: Desk) -> None:
    def due(**facts: str) -> dict[str, str]:
        answer = desk.register("2026-08-10 09:00", unit="社保", **facts)
        return {d["act"]: d["due_on"] for d in answer["deadlines"]}

    assert due() == {"解决": "2026-08-17"}
    assert due(kind="完全不能") == {"答复": "2026-08-13"}
    assert due(tier="二级") == {"解决": "2026-08-17", "初步反馈": "2026-08-13"}
    assert due(tier="一级") == {"解决": "2026-08-19"}
    assert due(kind="完全不能", tier="一级") == {"答复": "2026-08-13", "解决": "2026-08-19"}
    assert due(tier="难点") == {}


def test_n01_third_case_of_the_day(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2021-08-10", year="2021")
    numbers = [desk.register("2021-08-10 09:00")["case_no"] for _ in range(3)]
    assert numbers == ["2021081001", "2021081002", "2021081003"]


def test_n02_the_hundredth_case_of_a_day_widens(desk: Desk, tmp_path: Path) -> None:
    people = [{"name": f"周某{i}", "about": "事项", "at": "2026-10-08 09:00"} for i in range(101)]
    file = tmp_path / "many.json"
    file.write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
    answer = desk.ask("register", "--from", str(file))
    numbers = [r["case_no"] for r in answer["registered"]]
    assert numbers[98:] == ["2026100899", "20261008100", "20261008101"]
    assert len(set(numbers)) == 101
    assert desk.register("2026-10-08 10:00")["case_no"] == "20261008102"


def test_n03_numbers_are_burnt(desk: Desk) -> None:
    first = desk.register("2026-10-08 09:00")["case_no"]
    second = desk.register("2026-10-08 09:10")["case_no"]
    book = openpyxl.load_workbook(desk.book)
    for sheet in book.worksheets[:2]:
        for row in sheet.iter_rows(min_row=3):
            if any(c.value == second for c in row):
                for cell in row:
                    cell.value = None
    book.save(desk.book)  # the clerk deleted the last row by hand, and its log line too
    assert (first, second) == ("2026100801", "2026100802")
    assert desk.register("2026-10-08 09:20")["case_no"] == "2026100803"


def test_n04_ten_windows_register_at_once(desk: Desk) -> None:
    command = [sys.executable, "-m", "zhuomuniao", "-w", str(desk.folder), "--as-of", "2026-10-30", "--json"]
    line = [*command, "register", "--name", "王五", "--about", "同时登记", "--at", "2026-10-08 09:00"]
    root = Path(__file__).resolve().parents[2]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE, cwd=root) for _ in range(10)]
    answers = [json.loads(p.communicate(timeout=120)[0]) for p in both]
    assert [p.returncode for p in both] == [0] * 10
    numbers = sorted(a["case_no"] for a in answers)
    assert numbers == [f"20261008{n:02d}" for n in range(1, 11)]
    assert sorted(cells(desk)) == numbers


def test_n05_typed_today_for_yesterday_takes_yesterdays_number(desk: Desk) -> None:
    desk.register("2026-10-29 09:00")
    answer = desk.register("2026-10-29 17:50")
    assert answer["case_no"] == "2026102902"
    log = openpyxl.load_workbook(desk.book)["流转记录"]
    happened, typed = log["B4"].value, log["C4"].value
    assert happened.isoformat() == "2026-10-29T17:50:00"
    assert typed > happened


def test_n05_a_month_already_reported_is_pointed_out(desk: Desk) -> None:
    assert desk.register("2026-09-01 09:00", unit="社保")["warnings"] == []
    desk.ask("report", "--month", "2026-09")
    assert any("2026-09 的月报" in w for w in desk.register("2026-09-30 09:00")["warnings"])


def test_n06_phones_and_numbers_stay_text(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", phone="+8613800138000", note="身份证 14112419900101123X")["case_no"]
    row = cells(desk)[no]
    for header, value in (("联系电话", "+8613800138000"), ("事项编号", no), ("备注", "身份证 14112419900101123X")):
        assert row[header].value == value
        assert row[header].data_type in ("s", "inlineStr")
        assert row[header].number_format == "@"


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x","点我")', "@SUM(A1)", "-1", "+1+2"])
def test_n07_text_that_looks_like_a_formula_is_text(desk: Desk, text: str) -> None:
    no = desk.register("2026-10-08 09:00", about=text)["case_no"]
    cell = cells(desk)[no]["“办不成事”情况"]
    assert cell.value == text
    assert cell.data_type != "f"
    assert desk.ask("show", no, "--full")["case"]["about"] == text


def test_n07_guarded_csv_comes_back_as_it_was(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "回来.csv"
    with open(file, "w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows([["姓名", "情况", "受理时间"], ["孙六", "'=1+1", "2026-10-08"]])
    no = desk.ask("register", "--from", str(file))["registered"][0]["case_no"]
    assert desk.ask("show", no)["case"]["about"] == "=1+1"


def test_n08_pasted_text_is_cleaned_and_said(desk: Desk) -> None:
    answer = desk.register("2026-10-08 09:00", about="第一行\x0b有控制符\u200b\r\n第二行😀㛃")
    assert answer["warnings"]
    assert desk.ask("show", answer["case_no"])["case"]["about"] == "第一行有控制符\n第二行😀㛃"


def test_n08_forty_thousand_characters_are_refused_not_cut(desk: Desk) -> None:
    before = desk.book.read_bytes()
    answer = desk.type("register", "--name", "李四", "--about", "长" * 40_000, "--json")
    assert answer.code == 2
    assert "40000" in answer.error["message"]
    assert desk.book.read_bytes() == before


def test_missing_values_are_all_named(desk: Desk) -> None:
    answer = desk.type("register", "--json")
    assert answer.code == 2
    assert answer.error["code"] == "missing_values"
    assert "--name" in answer.error["message"]
    assert "--about" in answer.error["message"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--at", "2026-13-40"], "2026-13-40"),
        (["--at", "8.10"], "8.10"),
        (["--at", "2026-12-01"], "之后"),
        (["--phone", "123"], "电话"),
        (["--phone", "1380013800"], "电话"),
        (["--kind", "随便"], "应办未办"),
        (["--tier", "九级"], "三级"),
        (["--name", "  "], "空的"),
        (["--ledger", "没有"], "window"),
    ],
)
def test_bad_values_are_named_and_change_nothing(desk: Desk, options: list[str], said: str) -> None:
    before = desk.book.read_bytes()
    line = ["register", "--name", "李四", "--about", "事项", *options]
    answer = desk.type(*line)
    assert answer.code == 2
    assert said in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert desk.book.read_bytes() == before


def test_an_unknown_unit_is_taken_with_the_nearest_names(desk: Desk) -> None:
    answer = desk.register("2026-10-08 09:00", unit="不动产中心")
    assert any("不动产登记集成服务区" in w for w in answer["warnings"])
    assert desk.ask("show", answer["case_no"])["case"]["unit"] == "不动产中心"


def test_without_a_unit_the_matter_waits_for_assignment(desk: Desk) -> None:
    answer = desk.register("2026-10-08 09:00", tier="二级")
    assert answer["status"] == "待交办"
    assert [d["act"] for d in answer["deadlines"]] == ["解决"]  # 初步反馈 counts from 转派


def test_many_from_a_sheet_bad_rows_named_good_ones_registered(desk: Desk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["八月旧台账"])
    sheet.append(["序号", "姓名", "联系电话", "“办不成事”情况", "受理时间"])
    sheet.append([1, "钱七", "13900000001", "社保转移", "2026-10-08"])
    sheet.append([2, "", "13900000002", "缺名字", "2026-10-08"])
    sheet.append([3, "吴八", "1390", "坏电话", "2026-10-09"])
    sheet.append([])
    sheet.append([4, "郑九", None, "缺电话不要紧", "2026年10月9日"])
    file = tmp_path / "旧.xlsx"
    book.save(file)
    dry = desk.type("register", "--from", str(file), "--dry-run", "--json")
    assert dry.code == 1
    assert (dry.json["accepted"], dry.json["count"]) == (2, 0)
    strict = desk.type("register", "--from", str(file), "--all-or-nothing", "--json")
    assert (strict.code, strict.json["count"]) == (1, 0)
    answer = desk.type("register", "--from", str(file), "--json")
    assert answer.code == 1
    assert [r["case_no"] for r in answer.json["registered"]] == ["2026100801", "2026100901"]
    assert [r["row"] for r in answer.json["rejected"]] == [4, 5]
    assert desk.ask("list")["count"] == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("旧.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "xlsx"),
        ("网页.xlsx", b"<html><table></table></html>", "xlsx"),
        ("空.xlsx", b"", "xlsx"),
        ("坏.json", b"{", "JSON"),
        ("没有表头.csv", "甲,乙\n1,2\n".encode(), "办理对象"),
    ],
)
def test_files_that_are_not_what_they_say(desk: Desk, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    answer = desk.type("register", "--from", str(file))
    assert answer.code == 5, answer.err
    assert said in answer.err


def test_a_year_of_its_own_gets_its_own_book(desk: Desk) -> None:
    desk.register("2025-12-30 10:00")
    assert sorted(p.parent.name for p in (desk.folder / "台账").rglob("*.xlsx")) == ["2025", "2026"]
    assert desk.ask("list")["count"] == 1
    assert [c["case_no"] for c in desk.ask("overdue")["overdue"]] == ["2025123001"]


def test_a_number_given_by_hand(desk: Desk) -> None:
    assert desk.register("2026-10-08 09:00", no="2026100807")["case_no"] == "2026100807"
    assert desk.register("2026-10-08 09:00")["case_no"] == "2026100808"
    again = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08", "--no", "2026100807")
    assert again.code == 2
    assert "用过" in again.err
    wrong = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08", "--no", "7")
    assert wrong.code == 2


def test_a_countys_own_folder_may_require_more(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    county = tmp_path / "某县"
    shutil.copytree(locality_folder("neixiang"), county)
    path = county / "locality.toml"
    path.write_text(path.read_text("utf-8").replace("required = []", 'required = ["phone"]'), "utf-8")
    monkeypatch.chdir(tmp_path)
    own = Desk(tmp_path / "某县台", "2026-10-30")
    assert own.type("init", str(own.folder), "--locality", "某县").code == 0
    assert 'locality = "../某县"' in (own.folder / "zmn.toml").read_text("utf-8")
    monkeypatch.chdir(own.folder)
    missing = own.type("register", "--name", "李四", "--about", "事项")
    assert (missing.code, "联系电话" in missing.err) == (2, True)
    assert own.type("register", "--name", "李四", "--about", "事项", "--phone", "13800138000").code == 0


def test_a_number_in_somebodys_note_is_no_number_of_ours(desk: Desk) -> None:
    desk.register("2026-10-08 09:00", note="202610090012345")
    desk.register("2026-10-09 09:00", note="2026100999")
    assert desk.register("2026-10-09 10:00")["case_no"] == "2026100902"


def test_numbers_typed_by_hand_in_any_width_are_taken(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    book = openpyxl.load_workbook(desk.book)
    book.worksheets[0]["B4"] = "2026100802 "
    book.worksheets[0]["B5"] = "２０２６１００８０３"
    book.worksheets[0]["B6"] = 2026100804
    book.save(desk.book)
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100805"


def test_a_file_over_two_years_is_registered_whole_or_not_at_all(desk: Desk, tmp_path: Path) -> None:
    people = [
        {"name": "甲", "about": "旧年", "at": "2025-12-30 09:00"},
        {"name": "乙", "about": "今年", "at": "2026-01-05 09:00"},
        {"name": "丙", "about": "自带编号", "at": "2026-01-05 10:00", "no": "2026010501"},
        {"name": "丁", "about": "编号重了", "at": "2026-01-05 11:00", "no": "2026010501"},
    ]
    file = tmp_path / "两年.json"
    file.write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
    answer = desk.type("register", "--from", str(file), "--json")
    assert answer.code == 1
    assert [r["case_no"] for r in answer.json["registered"]] == ["2025123001", "2026010502", "2026010501"]
    assert [r["row"] for r in answer.json["rejected"]] == [4]


def test_a_later_book_in_the_way_stops_the_earlier_one_too(desk: Desk, tmp_path: Path) -> None:
    desk.register("2026-01-05 09:00", unit="社保")
    desk.register("2025-12-30 09:00", unit="社保")
    (later,) = (desk.folder / "台账" / "2026").glob("*.xlsx")
    book = openpyxl.load_workbook(later)
    book.worksheets[0]["H2"] = "谁来办"  # the unit's header, unknown by this name
    book.save(later)
    before = {p: p.read_bytes() for p in (desk.folder / "台账").rglob("*.xlsx")}
    file = tmp_path / "两年.csv"
    file.write_text("姓名,情况,受理时间,单位\n甲,事,2025-12-31,社保\n乙,事,2026-01-06,社保\n", encoding="utf-8")
    answer = desk.type("register", "--from", str(file))
    assert answer.code == 8
    assert {p: p.read_bytes() for p in before} == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('[{"name": {"姓": "张"}, "about": "事"}]', 1),
        ('[{"name": true, "about": "事"}]', 1),
        ('[{"name": "张", "about": "事", "unit": "' + "长" * 33_000 + '"}]', 1),
        ('[{"name": "张\\ud800", "about": "事"}]', 0),
        ("[" * 100_000, 5),
    ],
)
def test_odd_json_costs_one_row_at_most(desk: Desk, tmp_path: Path, content: str, code: int) -> None:
    file = tmp_path / "怪.json"
    file.write_text(content, encoding="utf-8")
    assert desk.type("register", "--from", str(file), "--at", "2026-10-08").code == code


@pytest.mark.parametrize("content", ["姓名,情况\r甲,事\r", "姓名,情况\n甲," + "长" * 140_000 + "\n"])
def test_odd_csv(desk: Desk, tmp_path: Path, content: str) -> None:
    file = tmp_path / "怪.csv"
    file.write_bytes(content.encode())
    assert desk.type("register", "--from", str(file)).code in (0, 1, 5)


@pytest.mark.parametrize("at", ["0026-10-08 9:00", "1900-01-01"])
def test_a_slip_in_the_year_is_refused(desk: Desk, at: str) -> None:
    refused = desk.type("register", "--name", "李", "--about", "事", "--at", at)
    assert (refused.code, "太早" in refused.err) == (2, True)
    assert [p.name for p in (desk.folder / "台账").iterdir()] == ["2026"]
    assert any("核对年份" in w for w in desk.register("2024-10-08 09:00")["warnings"])
