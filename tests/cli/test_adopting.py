"""接管 and 升级: an office's own book becomes a ledger; a book of an older layout gets what the newer one has."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_undo import cells, log_lines
from tests.desk import Desk

V1 = Path(__file__).parents[1] / "fixtures" / "layouts" / "linxian-window-v1.xlsx"
HEADERS = [
    "序号", "编号", "受理时间", "姓名", "电话", "问题描述", "响应级别", "责任单位", "办理时限", "处理进度",
    "办理结果", "办结时间", "回访情况", "满意度", "经办人签字", "备注",
]  # fmt: skip
"""内乡's columns under names they are also known by."""
ROWS = [
    ["1", "2026090101", "2026.9.1", "卫竹", "13800138001", "执照办不下来", "三级", "社保", None, "已办",
     "办好了", "2026-09-03", "已回访", "满意"],
    ["2", None, "2026年10月8日", "蒋兰", "13800138002", "材料退了三次", "三级", "社保", None, "在办"],
    ["3", None, datetime(2026, 10, 8, 15, 30), "沈菊", None, "窗口没人", "二级", "税务"],
    ["4", "2026100907", date(2026, 10, 9), "韩松", "0377-65330000", "系统老出错", "三级", "公安"],
    ["5", None, "上个月", "杨柏", None, "时间没有写清"],
]  # fmt: skip


def office_file(path: Path) -> Path:
    """An office's own book: merged title, headers by other names, dates as text, a sum and a signature below."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2026年"
    sheet["A1"] = "窗口“办不成事”登记簿"
    sheet.merge_cells("A1:P1")
    sheet.append(HEADERS)
    for row in ROWS:
        sheet.append(row)
    sheet.append([])
    sheet.append(["合计", None, None, "5件"])
    sheet.append(["填表人：", None, None, None, "审核："])
    book.create_sheet("说明").append(["本单位自己的说明"])
    book.save(path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return office_file(tmp_path / "老台账.xlsx")


def test_an_office_s_book_becomes_a_ledger(desk: Desk, file: Path) -> None:
    before = file.read_bytes()
    answer = desk.type("book", "adopt", str(file), "--json")
    assert answer.code == 1, answer.err
    adopted = answer.json
    assert (adopted["cases"], adopted["open"]) == (4, 3)
    assert adopted["numbered"] == ["2026100801", "2026100802"]
    assert [(s["row"], "受理时间" in s["problems"][0]) for s in adopted["skipped"]] == [(7, True)]
    assert file.read_bytes() == before
    cases = {c["case_no"]: c for c in desk.ask("list", "--full")["cases"]}
    assert {no: c["applicant"] for no, c in cases.items()} == {
        "2026090101": "卫竹", "2026100801": "蒋兰", "2026100802": "沈菊", "2026100907": "韩松",
    }  # fmt: skip
    assert cases["2026100801"]["due_on"] == "2026-10-14"
    assert cases["2026100907"]["due_on"] == "2026-10-15"
    assert cases["2026090101"]["resolved_on"] == "2026-09-03"
    assert cases["2026090101"]["status"] in ("待回访", "已办结")
    assert cases["2026100907"]["phone"] == "0377-65330000"
    assert cases["2026100801"]["status"] == cases["2026100907"]["status"] == "办理中"
    assert {kind for _, kind in log_lines(desk.book)} == {"人工修改"}
    assert len(log_lines(desk.book)) == 4
    book = openpyxl.load_workbook(desk.book)
    sheet = book["2026年"]
    assert [c.value for c in sheet[2]][:16] == HEADERS
    assert (sheet["A9"].value, sheet["D9"].value) == ("合计", "5件")
    assert "A1:P1" in [str(m) for m in sheet.merged_cells.ranges]
    assert book["说明"]["A1"].value == "本单位自己的说明"


def test_and_is_worked_with_like_any_other(desk: Desk, file: Path) -> None:
    assert desk.type("book", "adopt", str(file)).code == 1
    registered = desk.register("2026-10-08 16:00", unit="社保")
    assert registered["case_no"] == "2026100803"
    assert "杨柏" in [c.value for row in openpyxl.load_workbook(desk.book)["2026年"].iter_rows() for c in row]
    desk.ask("resolve", "2026100801", "--result", "办好了", "--at", "2026-10-12 10:00")
    late = {c["case_no"] for c in desk.ask("overdue")["overdue"]}
    assert "2026100907" in late
    assert "2026100801" not in late
    explained = desk.ask("explain", "2026100907")["clocks"]
    assert explained[0]["due_on"] == "2026-10-15"
    report = desk.ask("report", "--month", "2026-10")
    assert report["counts"]["accepted"] == 4
    assert all(check["holds"] for check in report["checks"])
    sheet = openpyxl.load_workbook(desk.book)["2026年"]
    assert [sheet.cell(r, 1).value for r in (9, 10)] != ["合计", "合计"]
    assert "合计" in [sheet.cell(r, 1).value for r in range(8, 13)]
    told = desk.ask("book", "history", "2026100801")["events"]
    assert [e["what"] for e in told] == ["接管", "办结"]
    desk.ask("undo")
    assert desk.ask("show", "2026100801")["case"]["status"] == "办理中"
    assert desk.ask("book", "verify")["problems"] == []


@pytest.mark.parametrize("options", [(), ("--year", "2025")])
def test_a_year_that_has_no_book_yet(new_desk: Callable[..., Desk], file: Path, options: tuple[str, ...]) -> None:
    desk = new_desk("neixiang", "2026-10-30", year="2024")
    adopted = desk.type("book", "adopt", str(file), *options, "--json")
    assert adopted.code == 1, adopted.err
    assert f"/{options[1] if options else 2026}/" in adopted.json["book"]
    assert desk.ask("list")["count"] == 4


def test_what_another_day_said_is_replayed(desk: Desk, file: Path) -> None:
    assert desk.type("book", "adopt", str(file)).code == 1
    listed = desk.ask("list", "--as-of", "2026-10-08")["cases"]
    assert [c["case_no"] for c in listed] == ["2026090101", "2026100801", "2026100802"]


def test_a_dry_run_writes_nothing(desk: Desk, file: Path) -> None:
    before = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file() and p.name != "lock"}
    tried = desk.type("book", "adopt", str(file), "--dry-run", "--json")
    assert tried.code == 1
    assert (tried.json["cases"], tried.json["saved"], tried.json["revision"]) == (4, None, None)
    after = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file() and p.name != "lock"}
    assert after == before


def test_a_second_book_of_the_year_is_refused(desk: Desk, file: Path) -> None:
    assert desk.type("book", "adopt", str(file)).code == 1
    before = desk.book.read_bytes()
    for again in (file, desk.book):
        refused = desk.type("book", "adopt", str(again), "--json")
        assert refused.code == 2
        assert refused.error["remedy"]
    assert desk.book.read_bytes() == before


def test_a_file_that_stands_where_the_ledger_belongs(desk: Desk, file: Path) -> None:
    shutil.copy(file, desk.book)
    assert desk.type("book", "adopt", str(desk.book)).code == 1
    assert desk.ask("list")["count"] == 4
    assert desk.register("2026-10-08 16:00")["case_no"] == "2026100803"
    first = desk.ask("book", "history")["revisions"][0]
    assert (first["what"], first["kept"]) == ("接管", True)
    assert desk.ask("book", "verify")["problems"] == []


def test_a_ledger_of_another_zmn_goes_on_as_its_log_tells(new_desk: Callable[..., Desk]) -> None:
    theirs, ours = new_desk("neixiang", "2026-10-30", folder="甲"), new_desk("neixiang", "2026-10-30", folder="乙")
    number = theirs.register("2026-10-08 09:00", unit="社保", tier="二级")["case_no"]
    theirs.ask("feedback", number, "--text", "已核实", "--at", "2026-10-09 10:00")
    done = theirs.register("2026-10-08 10:00", unit="社保")["case_no"]
    theirs.ask("resolve", done, "--result", "好", "--at", "2026-10-09 10:00")
    before = [theirs.ask("show", no) for no in (number, done)]
    adopted = ours.ask("book", "adopt", str(theirs.book))
    assert (adopted["cases"], adopted["open"], adopted["numbered"]) == (2, 1, [])
    assert [ours.ask("show", no) for no in (number, done)] == before
    assert cells(ours.book) == cells(theirs.book)
    assert ours.register("2026-10-08 11:00")["case_no"] == "2026100803"


@pytest.mark.parametrize("kind", ["payroll", "text", "nothing"])
def test_a_file_that_is_no_ledger(desk: Desk, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "别的.xlsx"
    if kind == "payroll":
        book = openpyxl.Workbook()
        book.active.append(["姓名", "工资"])
        book.save(file)
    elif kind == "text":
        file.write_text("编号,姓名\n", encoding="utf-8")
    before = desk.book.read_bytes()
    refused = desk.type("book", "adopt", str(file), "--json")
    assert (refused.code, refused.error["code"]) == (5, "unreadable_file")
    assert desk.book.read_bytes() == before


def test_an_open_ledger_is_not_replaced(desk: Desk, file: Path) -> None:
    before = desk.book.read_bytes()
    beside = desk.book.with_name(f"~${desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("book", "adopt", str(file)).code == 4
    assert desk.book.read_bytes() == before
    beside.unlink()


def test_a_number_that_stands_twice_is_told(desk: Desk, tmp_path: Path) -> None:
    file = office_file(tmp_path / "重号.xlsx")
    book = openpyxl.load_workbook(file)
    book.active["B4"] = "2026090101"
    book.save(file)
    before = desk.book.read_bytes()
    refused = desk.type("book", "adopt", str(file), "--json")
    assert refused.code in (5, 7)
    assert "2026090101" in refused.error["message"]
    assert "第3行" in refused.error["message"]
    assert desk.book.read_bytes() == before


def test_messages_of_adopting_name_nobody(desk: Desk, file: Path) -> None:
    for line in (("--dry-run",), (), ("--json",)):
        answer = desk.type("book", "adopt", str(file), *line)
        for word in ("卫竹", "蒋兰", "沈菊", "韩松", "杨柏", "1380013"):
            assert word not in answer.out + answer.err


@pytest.fixture
def old_desk(new_desk: Callable[..., Desk]) -> Desk:
    """临县's window with a book of the layout's first version."""
    desk = new_desk("linxian", "2026-10-30")
    for book in (desk.folder / "台账").rglob("*.xlsx"):
        if book.name.startswith("临县") and "窗口" in book.name:
            window = book
    listed = {b["ledger"]: b["book"] for b in desk.ask("book", "list")["books"]}
    window = desk.folder / listed["window"]
    shutil.copy(V1, window)
    return desk


def window_of(desk: Desk) -> Path:
    return desk.folder / {b["ledger"]: b["book"] for b in desk.ask("book", "list")["books"]}["window"]


def test_a_book_of_the_first_layout_is_upgraded(old_desk: Desk) -> None:
    window = window_of(old_desk)
    before = [c["case_no"] for c in old_desk.ask("list", "--ledger", "window")["cases"]]
    assert len(before) == 2
    upgraded = old_desk.ask("book", "upgrade")
    assert [(b["from"], b["to"], b["added"]) for b in upgraded["books"]] == [(1, 3, ["未办成原因", "协办单位"])]
    headers = [c.value for row in openpyxl.load_workbook(window).worksheets[0].iter_rows(max_row=3) for c in row]
    assert "未办成原因" in headers
    assert [c["case_no"] for c in old_desk.ask("list", "--ledger", "window")["cases"]] == before
    assert old_desk.ask("book", "upgrade")["count"] == 0
    registered = old_desk.type(
        "register", "--name", "李", "--about", "事", "--unit", "人社", "--at", "2026-10-20", "--json"
    )
    assert registered.code in (0, 2), registered.err
    assert old_desk.ask("book", "verify")["problems"] == []
    revision = next(r for r in old_desk.ask("book", "history")["revisions"] if r["what"] == "升级表样")
    assert revision["kept"]


def test_a_book_of_a_newer_layout_is_refused_everywhere(old_desk: Desk) -> None:
    import zipfile

    window = window_of(old_desk)
    with zipfile.ZipFile(V1) as source, zipfile.ZipFile(window, "w", zipfile.ZIP_DEFLATED) as newer:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/custom.xml":
                data = data.replace(b"<vt:lpwstr>1</vt:lpwstr>", b"<vt:lpwstr>9</vt:lpwstr>")
            newer.writestr(name, data)
    before = window.read_bytes()
    for line in (
        ("list", "--ledger", "window"),
        ("overdue",),
        ("register", "--name", "李", "--about", "事", "--at", "2026-10-20"),
        ("resolve", "2026100801", "--result", "好"),
        ("report", "--month", "2026-10", "--ledger", "window"),
        ("check",),
        ("book", "upgrade"),
    ):
        answer = old_desk.type(*line, "--json")
        assert answer.code == 5, (line, answer.out, answer.err)
        assert window.name in answer.error["message"]
        assert "9" in answer.error["message"]
    assert window.read_bytes() == before
    found = old_desk.type("doctor", "--json").json["findings"]
    assert [f["code"] for f in found if window.name in f["file"]] == ["unreadable_book"]
    assert [b["problem"] is None for b in old_desk.ask("book", "list")["books"]].count(False) == 1
