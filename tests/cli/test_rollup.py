"""One report over a city's workspaces and the books that came alone, with the figures of each office's own report."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cityfolder import (
    BROKEN,
    HALF,
    MONTH,
    OLDER_COPY,
    ORDER,
    PERSON,
    SAME_BYTES,
    TODAY,
    TOWNSHIP_BOOK,
    UNSTAMPED,
    City,
    make_city,
)
from tests.countyoffices import COUNTIES, take
from tests.desk import Desk
from tests.sheetdump import dump_workbook
from zhuomuniao.reports.covered import Covered
from zhuomuniao.rollup.counted import Answer, Asked, Source
from zhuomuniao.rollup.groups import GROUPINGS
from zhuomuniao.rollup.marks import Marker, new_key
from zhuomuniao.rollup.sources import find_sources
from zhuomuniao.usecases.rollupreading import read_place

NAMES = ("田某某", "梁某某", "临县某某粮油店", "王某某", "赵某某", "李某某", "高某某", "白某某")
PHONES = ("13900139777", "13900139001", "13900139555", "13912345678", "13800138000")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    root = tmp_path_factory.mktemp("市")
    return make_city(root / "报来的", root / "各单位")


@pytest.fixture(scope="module")
def summed(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """The answer of the roll-up, and its workbook."""
    out = tmp_path_factory.mktemp("汇总") / "汇总.xlsx"
    answer = Desk(Path("没有")).type(*city.rollup(out, "--office", "某某市行政审批局", "--json"))
    assert answer.code == 1, "有没读到的"
    return answer.json, out


def of_path(answer: Any, path: str, ledger: str = "window") -> Any:
    (found,) = (one for one in answer["ledgers"] if (one["path"], one["ledger"]) == (path, ledger))
    return found


def counts_of_own_report(desk: Desk, out: Path, ledger: str) -> dict[str, int]:
    line = ("report", "--month", MONTH, "--ledger", ledger, "--out", str(out), "--format", "xlsx", "--as-of", TODAY)
    counts: dict[str, int] = desk.ask(*line)["counts"]
    return counts


@pytest.mark.parametrize(
    ("place", "ledger"),
    [("内乡", "window"), ("湘潭", "window"), ("临县", "window"), ("临县", "hotline"), ("临县", "officer")],
)
def test_each_ledger_has_the_figures_of_its_own_report(
    city: City, summed: tuple[Any, Path], tmp_path: Path, place: str, ledger: str
) -> None:
    # Making a report writes 视为签收: in a copy.
    shutil.copytree(city.folder / place, tmp_path / "台")
    own = counts_of_own_report(Desk(tmp_path / "台"), tmp_path / "报", ledger)
    mine = of_path(summed[0], place, ledger)["counts"]
    # What silence did is in the report of an office that looked; here nobody did (the sheet says so).
    assert {name: count for name, count in mine.items() if name != "signed"} == {
        name: count for name, count in own.items() if name != "signed"
    }
    assert sum(mine.values()) > 0


def test_a_book_that_came_alone_has_the_figures_of_its_office(
    city: City, summed: tuple[Any, Path], tmp_path: Path
) -> None:
    own = counts_of_own_report(city.township, tmp_path / "报", "window")
    assert of_path(summed[0], SAME_BYTES)["counts"] == own
    assert own["accepted"] == 2


def test_all_of_it_is_the_sum_without_what_stands_twice(summed: tuple[Any, Path]) -> None:
    answer, _ = summed
    counted = [one["counts"] for one in answer["ledgers"] if one["counted"]]
    doubled = answer["duplicates"]["cases"]
    in_month = [one for one in doubled if one["case_no"].startswith("202610") or one["case_no"] == ORDER]
    assert len(in_month) == 2
    assert answer["counts"]["accepted"] == sum(one.get("accepted", 0) for one in counted) - 2
    # One of the two was solved in the month, the other is open still.
    assert answer["counts"]["resolved"] == sum(one.get("resolved", 0) for one in counted) - 1
    assert answer["counts"]["carried_out"] == sum(one.get("carried_out", 0) for one in counted) - 1
    assert all(check["holds"] for check in answer["checks"])
    assert len(answer["checks"]) == 6 + len(GROUPINGS)
    assert answer["rows"] == sum(one["cases"] for one in answer["ledgers"])


def test_a_book_handed_in_twice_counts_once(summed: tuple[Any, Path]) -> None:
    answer, _ = summed
    found = {one["path"]: one for one in answer["duplicates"]["books"]}
    assert set(found) == {TOWNSHIP_BOOK, OLDER_COPY}
    assert {one["counted"] for one in found.values()} == {SAME_BYTES}, "内容一样的取路径在前的，旧的让位"
    assert found[TOWNSHIP_BOOK]["why"] == "内容完全相同"
    assert found[OLDER_COPY]["why"] == "事项编号、对象、受理时间相同"
    assert not of_path(answer, OLDER_COPY)["counted"]


def test_the_same_matter_in_two_windows_counts_where_it_was_accepted_first(
    city: City, summed: tuple[Any, Path]
) -> None:
    found = {one["why"]: one for one in summed[0]["duplicates"]["cases"] if "2026" in one["case_no"]}
    same_person, same_order = found["同一对象、相似事项"], found["工单编号相同"]
    assert (same_person["path"], same_person["counted_path"]) == (SAME_BYTES, "内乡")
    assert 0.5 <= same_person["likeness"] < 1
    assert (same_order["case_no"], same_order["counted_case_no"]) == (ORDER, ORDER)
    assert (same_order["path"], same_order["counted_path"]) == ("临县/各乡镇/安业乡", "临县")


def test_what_cannot_be_read_is_told_and_stops_nothing(summed: tuple[Any, Path]) -> None:
    answer, out = summed
    told = {one["path"]: one for one in answer["failed"]}
    assert set(told) == {BROKEN, HALF, UNSTAMPED}
    assert all(one["why"] and one["remedy"] for one in told.values())
    assert "标记" in told[UNSTAMPED]["why"]
    rows = list(openpyxl.load_workbook(out)["未能读取"].values)
    assert {row[0] for row in rows if row[1] == "没有读到"} == set(told)


def test_the_workbook_has_a_sheet_for_each_level(summed: tuple[Any, Path]) -> None:
    answer, out = summed
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == [
        "汇总", "按区县", "按责任单位", "按事项性质", "按响应级别", "按受理渠道", "按受理月份", "排名", "办理时效",
        "各账册", "重复情况", "未能读取", "各地时限", "指标口径",
    ]  # fmt: skip
    by_county = {row[0]: row for row in book["按区县"].values if row[0] in ("内乡县", "湘潭县", "临县", "合计")}
    accepted = {name: row[2] for name, row in by_county.items()}
    assert accepted["合计"] == answer["counts"]["accepted"] == sum(v for k, v in accepted.items() if k != "合计")
    limits = [row for row in book["各地时限"].values if row[0] in ("内乡县", "湘潭县", "临县")]
    assert any("5工作日" in str(row[4]) and row[0] == "内乡县" for row in limits)
    assert all(row[2] for row in limits), "每地写明规则版本"
    shown = "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None)
    assert "同一工单编号在两本账册里都有的，只计受理最早的一件" in shown
    assert not [word for word in (*NAMES, *PHONES, PERSON["name"]) if word in shown]


def test_ranks_share_a_place_where_the_rates_are_equal(summed: tuple[Any, Path]) -> None:
    book = openpyxl.load_workbook(summed[1])
    places = {row[0]: row[-1] for row in book["按区县"].values if row[0] in ("内乡县", "湘潭县", "临县")}
    assert places == {"内乡县": 1, "临县": 2, "湘潭县": 2}


def test_nothing_of_what_is_read_changes(city: City, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in sorted(city.folder.rglob("*")) if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}

    before = state()
    Desk(Path("没有")).type(*city.rollup(tmp_path / "汇总.xlsx"))
    assert state() == before


def test_the_same_again_is_the_same_to_the_cell(city: City, summed: tuple[Any, Path], tmp_path: Path) -> None:
    again = tmp_path / "再来.xlsx"
    line = city.rollup(again, "--office", "某某市行政审批局", "--workers", "1")
    assert Desk(Path("没有")).type(*line).code == 1
    assert dump_workbook(again.read_bytes()) == dump_workbook(summed[1].read_bytes())


def test_a_cluster_of_its_own_gives_the_same_cells(city: City, summed: tuple[Any, Path], tmp_path: Path) -> None:
    out = tmp_path / "集群.xlsx"
    more = ("--office", "某某市行政审批局", "--json", "--engine", "dask", "--workers", "2")
    by_dask = Desk(Path("没有")).type(*city.rollup(out, *more)).json
    assert {**by_dask, "file": ""} == {**summed[0], "file": ""}
    assert dump_workbook(out.read_bytes()) == dump_workbook(summed[1].read_bytes())


# —— What leaves a worker ——


def asked(key: bytes | None = None) -> Asked:
    month = Covered("2026-10", date(2026, 10, 1), date(2026, 10, 31), date(2026, 10, 31))
    as_of = date.fromisoformat(TODAY)
    return Asked((month,), tuple(GROUPINGS), key or new_key(), datetime(2026, 11, 6, 9), as_of)


def answers(city: City, key: bytes) -> list[Answer]:
    return [read_place(asked(key), source) for source in find_sources([str(city.folder)]).sources]


def test_no_name_and_no_telephone_leaves_a_worker(city: City) -> None:
    key = new_key()
    sent = answers(city, key)
    packed = pickle.dumps(sent)
    for text in (*NAMES, *PHONES, "老粮站", "断头路", "户口随父", "客户订单"):
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert text.encode(encoding) not in packed, text
    marks = [mark for answer in sent for book in answer.books for mark in book.marks]
    assert len(marks) > 30
    people = {mark.person for mark in marks if mark.person}
    other = {m.person for answer in answers(city, new_key()) for book in answer.books for m in book.marks if m.person}
    assert len(people) > 5
    assert not people & other, "换了密钥，标记全不相同"


# —— What a person may type ——


def test_other_ways_to_name_the_books(city: City, tmp_path: Path) -> None:
    desk, out = Desk(Path("没有")), tmp_path / "汇总.xlsx"

    def ledgers(*named: str, code: int = 0) -> list[str]:
        answer = desk.type("rollup", *named, "--month", MONTH, "--out", str(out), "--as-of", TODAY, "--json")
        assert answer.code == code, answer.err
        return [one["path"] for one in answer.json["ledgers"]]

    book = str(city.folder / TOWNSHIP_BOOK)
    assert ledgers(book) == ["窗口台账.xlsx"]
    assert ledgers(book, str(city.folder / "报来" / "城关镇")) == ["窗口台账.xlsx"], "指到两次，只读一次"
    assert ledgers(str(city.folder / "报来" / "城关镇*")) == [
        "城关镇/窗口台账.xlsx",
        "城关镇（上周报的）/窗口台账.xlsx",
    ]
    assert ledgers(str(city.folder / "**" / "窗口*.xlsx")) == [TOWNSHIP_BOOK, OLDER_COPY]
    assert ledgers(f"file://{book}") == ["窗口台账.xlsx"], "经 fsspec"
    assert ledgers(f"file://{city.folder / '报来' / '城关镇'}") == ["窗口台账.xlsx"]
    named = tmp_path / "名单.txt"
    named.write_text(f"# 各乡镇\n{city.folder / '内乡'}\n{book}\n\n没有的.xlsx\n", encoding="gb18030")
    assert len(ledgers(str(named), code=1)) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ((), "没有写汇总哪些文件夹或账册"),
        (("没有这个文件夹", "--out", "a.xlsx"), "没有“没有这个文件夹”这个文件或文件夹"),
        (("*没有*", "--out", "a.xlsx"), "没有符合“*没有*”的文件或文件夹"),
        ((".", "--out", "a.xlsx"), "里没有工作区，也没有 .xlsx 账册"),
        (("."), "缺少：--out（汇总写到哪个文件）"),
        ((".", "--out", "a.docx"), "不是 .xlsx 文件名"),
        ((".", "--out", "a.xlsx", "--by", "颜色"), "不能按“颜色”分"),
        ((".", "--out", "a.xlsx", "--engine", "spark"), "没有“spark”这种引擎"),
        ((".", "--out", "a.xlsx", "--scheduler", "tcp://127.0.0.1:1"), "--scheduler 是 Dask 集群的地址"),
        ((".", "--out", "a.xlsx", "--month", "2027-01"), "还没有开始"),
        ((".", "--out", "a.xlsx", "--month", "2026-10", "--year", "2026"), "一次只能写一种期间"),
        (("gopher://x/y", "--out", "a.xlsx"), "打不开“gopher://x/y”"),
    ],
)
def test_what_is_typed_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "空").mkdir()
    answer = Desk(Path("没有")).type("rollup", *line, "--as-of", TODAY)
    assert answer.code == 2
    assert told in answer.err, answer.err
    assert os.listdir(tmp_path) == ["空"]


def test_a_file_of_somebody_else_is_not_written_over(city: City, tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    shutil.copy(city.folder / UNSTAMPED, out)
    before = out.read_bytes()
    answer = Desk(Path("没有")).type(*city.rollup(out))
    assert (answer.code, out.read_bytes()) == (2, before)
    assert "不是 zmn 做的汇总" in answer.err


def test_a_roll_up_is_made_anew_and_is_no_book_itself(city: City) -> None:
    out = city.folder / "报来" / "汇总.xlsx"
    try:
        desk = Desk(Path("没有"))
        first = desk.type(*city.rollup(out, "--json")).json
        assert desk.type(*city.rollup(out, "--json")).json == first, "自己不算进去"
        shutil.copy(out, out.with_name("上回的汇总.xlsx"))
        again = desk.type(*city.rollup(out, "--json")).json
        assert [one["path"] for one in again["passed_over"]] == ["报来/上回的汇总.xlsx"]
        assert (again["counts"], again["failed"]) == (first["counts"], first["failed"])
    finally:
        for path in (out, out.with_name("上回的汇总.xlsx")):
            path.unlink(missing_ok=True)


def test_only_what_is_asked_for_is_grouped(city: City, tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    Desk(Path("没有")).type(*city.rollup(out, "--by", "渠道，unit"))
    names = openpyxl.load_workbook(out).sheetnames
    assert [name for name in names if name.startswith("按")] == ["按责任单位", "按受理渠道"]


def test_a_county_that_does_not_come_with_zmn(tmp_path: Path, new_desk: Callable[..., Desk]) -> None:
    folder = COUNTIES / "yunxi"
    desk = new_desk(str(folder), folder="云溪")
    take(desk, "2026-10-12 09:00", "办不下来")
    alone = tmp_path / "云溪县.xlsx"
    shutil.copy(desk.book, alone)
    line = ("rollup", str(alone), "--month", MONTH, "--out", str(tmp_path / "汇总.xlsx"), "--as-of", TODAY, "--json")
    unknown = Desk(Path("没有")).type(*line)
    assert unknown.code == 1
    assert "没有这个区县的规则" in unknown.json["failed"][0]["why"]
    known = Desk(Path("没有")).type(*line, "--locality", str(folder))
    assert (known.code, known.json["counts"]["accepted"]) == (0, 1)


def test_a_month_that_is_not_over(city: City, tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    line = [
        "rollup",
        str(city.folder / "内乡"),
        "--month",
        MONTH,
        "--out",
        str(out),
        "--as-of",
        "2026-10-15",
        "--json",
    ]
    answer = Desk(Path("没有")).type(*line).json
    assert "（截至10月15日）" in answer["title"]
    whole = Desk(Path("没有")).type(*line[:-2], TODAY, "--json").json
    assert 0 < answer["counts"]["accepted"] < whole["counts"]["accepted"]


def test_what_waits_for_its_book_counts_and_is_told(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("neixiang", folder="台")
    take(desk, "2026-10-12 09:00", "办不下来")
    desk.book.with_name(f".~{desk.book.name}").touch()
    told = ("register", "--name", "王五", "--about", "还是办不下来", "--at", "2026-10-13 09:00")
    assert desk.type(*told).code == 4, "WPS 开着，在等"
    line = ("rollup", str(desk.folder), "--month", MONTH, "--out", str(tmp_path / "汇总.xlsx"), "--as-of", TODAY)
    answer = Desk(Path("没有")).type(*line, "--json")
    assert answer.json["counts"]["accepted"] == 2
    assert answer.json["ledgers"][0]["remarks"] == ["有1件等待写入账册，已计入"]


def test_a_work_order_is_known_by_the_remark_too(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", folder="台")
    take(desk, "2026-10-12 09:00", "县里转来的", note=f"工单编号：{ORDER}")
    take(desk, "2026-10-13 09:00", "自己来的")
    key = new_key()
    (book,) = read_place(asked(key), Source(str(desk.book), "台账.xlsx")).books
    assert [mark.work_order for mark in book.marks] == [Marker(key).mark("order", ORDER), b""]


def test_a_ledger_that_contradicts_itself_is_counted_and_told(tmp_path: Path, new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", folder="台")
    no = take(desk, "2026-10-12 09:00", "办不下来", ("resolve", "2026-10-13 10:00", "--result", "办好"))
    path = desk.book
    book = openpyxl.load_workbook(path)
    log = book["流转记录"]
    headers = {cell.value: cell.column for cell in log[2]}
    for row in range(3, log.max_row + 1):
        if log.cell(row, headers["环节"]).value == "受理":
            log.cell(row, headers["发生时间"]).value = datetime(2026, 10, 15, 9)
    sheet = book.worksheets[0]
    at = {str(cell.value): cell.column for cell in sheet[2]}
    sheet.cell(3, at["受理时间"]).value = datetime(2026, 10, 15, 9)
    alone = tmp_path / "改过的.xlsx"
    book.save(alone)
    line = ("rollup", str(alone), "--month", MONTH, "--out", str(tmp_path / "汇总.xlsx"), "--as-of", TODAY)
    answer = Desk(Path("没有")).type(*line, "--json")
    (ledger,) = answer.json["ledgers"]
    assert [one["case_no"] for one in ledger["faults"]] == [no]
    assert not all(check["holds"] for check in ledger["checks"])
    assert "勾稽不符" in Desk(Path("没有")).type(*line).out


def test_a_case_resolved_before_it_was_accepted_is_found_in_whichever_month(tmp_path: Path) -> None:
    # As in an office's own report, which refuses to be made.
    desk = Desk(tmp_path / "台")
    desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026")
    no = take(desk, "2026-10-15 09:00", "办不下来", ("resolve", "2026-10-16 10:00", "--result", "办好"))
    book = openpyxl.load_workbook(desk.book)
    sheet, log = book.worksheets[0], book["流转记录"]
    at = {str(cell.value): cell.column for cell in sheet[2]}
    sheet.cell(3, at["办结时间"]).value = datetime(2026, 9, 15, 10)
    log.delete_rows(3, 10)
    alone = tmp_path / "改过的.xlsx"
    book.save(alone)
    line = ("rollup", str(alone), "--month", MONTH, "--out", str(tmp_path / "汇总.xlsx"), "--as-of", TODAY, "--json")
    answer = Desk(Path("没有")).type(*line)
    assert answer.code == 1
    (ledger,) = answer.json["ledgers"]
    assert [one["case_no"] for one in ledger["faults"]] == [no]
    assert answer.json["counts"]["accepted"] == 1


def test_places_with_books_of_one_name_are_told_apart(city: City, tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        (tmp_path / name).mkdir()
        shutil.copy(city.folder / SAME_BYTES, tmp_path / name / "台账.xlsx")
    shutil.copy(city.folder / OLDER_COPY, tmp_path / "甲" / "台账.xlsx")
    found = find_sources([str(tmp_path / "甲"), str(tmp_path / "乙")])
    assert [source.name for source in found.sources] == ["乙/台账.xlsx", "甲/台账.xlsx"]
    books = [str(tmp_path / name / "台账.xlsx") for name in ("甲", "乙")]
    assert [source.name for source in find_sources(books).sources] == sorted(books), "同名的写全路径"


def test_what_a_list_names_and_is_empty_is_told(tmp_path: Path) -> None:
    (tmp_path / "空镇").mkdir()
    named = tmp_path / "名单.txt"
    named.write_text("空镇\n没有*\n没有的镇\n", encoding="utf-8")
    found = find_sources([str(named)])
    assert [one.name for one in found.unread] == ["空镇", "没有*", "没有的镇"]
    several = find_sources([str(tmp_path / "空镇"), str(named)])
    assert several.unread[0].name == str(tmp_path / "空镇")


def test_a_folder_that_may_not_be_entered_stops_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be let in everywhere: the system's refusal is imitated.
    entered = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("城关镇"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return entered(path)

    whole = find_sources([str(city.folder)])
    monkeypatch.setattr(os, "scandir", refusing)
    found = find_sources([str(city.folder)])
    assert [(one.name, one.why) for one in found.unread] == [("报来/城关镇", "打不开这个文件夹：没有权限")]
    assert {source.name for source in whole.sources} - {source.name for source in found.sources} == {TOWNSHIP_BOOK}


def test_whatever_a_book_says_of_itself_the_report_is_made(city: City, tmp_path: Path) -> None:
    hostile = tmp_path / "报来的" / "恶作剧.xlsx"
    hostile.parent.mkdir()
    book = openpyxl.load_workbook(city.folder / SAME_BYTES)
    for one in list(book.custom_doc_props.props):
        if one.name == "zmn.locality":
            one.value = "长" * 40_000 + "13800138000"
    book.save(hostile)
    wordy = openpyxl.load_workbook(city.folder / SAME_BYTES)
    sheet = wordy.worksheets[0]
    at = {str(cell.value): cell.column for cell in sheet[2]}
    sheet.cell(3, at["责任窗口（单位）"]).value = "某单位，找梁某某，电话13900139001\n" + "长" * 20_000
    wordy.save(tmp_path / "报来的" / "话多.xlsx")
    out = tmp_path / "汇总.xlsx"
    line = ("rollup", str(hostile.parent), "--month", MONTH, "--out", str(out), "--as-of", TODAY, "--json")
    answer = Desk(Path("没有")).type(*line)
    assert answer.code == 1, answer.err
    (failed,) = answer.json["failed"]
    assert len(failed["why"]) <= 300
    cells = [str(cell) for sheet in openpyxl.load_workbook(out) for row in sheet.values for cell in row if cell]
    assert not [cell for cell in cells if "13900139001" in cell or "13800138000" in cell or "梁某某" in cell]
    assert [cell for cell in cells if cell.startswith("某单位") and cell.endswith("…")]


def test_the_source_of_a_book_is_named_by_where_it_stands(city: City) -> None:
    found = find_sources([str(city.folder)])
    assert [source for source in found.sources if source.is_workspace] == [
        Source(str(city.folder / name), name, True) for name in ("临县", "临县/各乡镇/安业乡", "内乡", "湘潭")
    ]
    assert not [source for source in found.sources if "~$" in source.path or "/.zmn/" in source.path]
