"""A ledger that is not a ledger, is open elsewhere, or was changed by hand."""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000), "另存为"),
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "网页"),
        ("编号,姓名\n1,李".encode(), "文本"),
        (b"", "空"),
        (b"PK\x03\x04" + bytes(50), "xlsx"),
    ],
)
def test_f10_a_ledger_that_is_none_is_named_and_left_alone(desk: Desk, content: bytes, said: str) -> None:
    desk.book.write_bytes(content)
    for line in (["overdue"], ["register", "--name", "李", "--about", "事"], ["list"]):
        answer = desk.type(*line)
        assert answer.code == 5, answer.err
        assert said in answer.err
        assert "Traceback" not in answer.err
    assert desk.book.read_bytes() == content


def test_f11_a_bomb_is_refused(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(desk.book) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in source.namelist():
            bomb.writestr(name, source.read(name))
        bomb.writestr("xl/worksheets/sheet9.xml", b"0" * 199_000_000)
    desk.book.write_bytes(packed.getvalue())
    answer = desk.type("overdue")
    assert answer.code == 5


def test_another_office_s_book_in_our_place(desk: Desk) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "工资"])
    book.save(desk.book)
    answer = desk.type("register", "--name", "李", "--about", "事")
    assert answer.code == 5
    assert "表头" in answer.err


@pytest.mark.parametrize("owner", ["~${}", ".~{}", ".~lock.{}#"])
def test_f04_an_open_book_keeps_the_entry_and_its_number(desk: Desk, owner: str) -> None:
    desk.register("2026-10-08 09:00")
    before = desk.book.read_bytes()
    beside = desk.book.with_name(owner.format(desk.book.name))
    content = ",张三,PC2,2026.10.08 09:00,file:///x;" if "#" in owner else "\x06张三"
    beside.write_bytes(content.encode("utf-8" if "#" in owner else "gb18030"))
    waiting = desk.type("register", "--name", "王五", "--about", "等着", "--at", "2026-10-08 10:00", "--json")
    assert waiting.code == 4
    assert waiting.json["saved"] == "queued"
    assert waiting.json["case_no"] == "2026100802"
    assert desk.book.read_bytes() == before
    listed = {c["case_no"]: c["queued"] for c in desk.ask("list")["cases"]}
    assert listed == {"2026100801": False, "2026100802": True}
    assert desk.ask("overdue")["outbox"] == 1
    stepped = desk.type("resolve", "2026100802", "--result", "好", "--at", "2026-10-09", "--json")
    assert (stepped.code, stepped.json["saved"]) == (4, "queued")
    said = desk.type("note", "2026100801", "--note", "等", "--at", "2026-10-09")
    assert said.code == 4
    assert "打开" in said.out
    beside.unlink()
    assert desk.register("2026-10-08 11:00")["case_no"] == "2026100803"
    shown = {c["case_no"]: (c["queued"], c["status"]) for c in desk.ask("list")["cases"]}
    assert shown["2026100802"] == (False, "待回访")
    assert desk.ask("overdue")["outbox"] == 0
    log = openpyxl.load_workbook(desk.book)["流转记录"]
    assert [c.value for c in log["E"]][2:] == ["受理", "受理", "办结", "备注", "受理"]


def test_f12_sorted_renamed_moved_and_retyped(desk: Desk) -> None:
    for day, name in (("2026-10-08", "甲某"), ("2026-10-09", "乙某"), ("2026-10-10", "丙某")):
        desk.register(f"{day} 09:00", name=name, unit="社保")
    book = openpyxl.load_workbook(desk.book)
    sheet = book.worksheets[0]
    headers = {c.value: c.column for c in sheet[2]}
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=3, max_row=5)]
    for number, values in enumerate(reversed(rows), start=3):
        for column, value in enumerate(values, start=1):
            sheet.cell(number, column).value = value
    sheet.cell(2, headers["办理对象"]).value = "姓名"  # a known alias
    sheet.cell(3, headers["受理时间"]).value = "2026.10.10"
    sheet.cell(4, headers["受理时间"]).value = 46304.375
    sheet.cell(5, headers["受理时间"]).value = "上个月"
    sheet.column_dimensions["C"].hidden = True
    sheet.insert_cols(2)
    book.save(desk.book)
    cases = {c["case_no"]: c for c in desk.ask("list", "--full")["cases"]}
    assert {no: c["applicant"] for no, c in cases.items()} == {
        "2026101001": "丙某", "2026100901": "乙某", "2026100801": "甲某",
    }  # fmt: skip
    assert cases["2026101001"]["accepted_at"].startswith("2026-10-10")
    assert cases["2026100901"]["accepted_at"] == "2026-10-09 09:00"
    said = desk.type("overdue").out
    assert "上个月" in said
    assert "第5行" in said
    assert desk.register("2026-10-12 09:00")["row"] == 6
    desk.ask("resolve", "2026100801", "--result", "办好了", "--at", "2026-10-12 10:00")
    assert desk.ask("show", "2026100801", "--full")["case"]["result"] == "办好了"


@contextmanager
def common_user(folder: Path) -> Iterator[None]:
    """Lets root, who may write everywhere, act as a common user in a folder."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody, nobody)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows 的权限要在 Windows 上试")
def test_a_folder_that_cannot_be_written() -> None:
    # Not tmp_path: its parents are closed to other users.
    home = Path(tempfile.mkdtemp(prefix="zmn-"))
    try:
        desk = Desk(home / "台", "2026-10-30")
        assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
        desk.register("2026-10-08 09:00")
        before = desk.book.read_bytes()
        with common_user(home):
            desk.book.parent.chmod(0o500)
            refused = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08", "--json")
            desk.book.parent.chmod(0o700)
            assert refused.code == 8
            assert "没有权限" in refused.error["message"]
            assert desk.book.read_bytes() == before
            # The number of the refused entry is burnt: it may have been said aloud.
            assert desk.register("2026-10-08 10:00")["case_no"] == "2026100803"
        assert desk.ask("list")["count"] == 2
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_a_state_folder_that_cannot_be_written() -> None:
    home = Path(tempfile.mkdtemp(prefix="zmn-"))
    try:
        desk = Desk(home / "台", "2026-10-30")
        assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
        desk.register("2026-10-08 09:00")
        with common_user(home):
            (desk.folder / ".zmn" / "lock").chmod(0o400)
            refused = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08", "--json")
            assert (refused.code, "没有权限" in refused.error["message"]) == (8, True)
            assert desk.ask("list")["count"] == 1
            (desk.folder / ".zmn" / "lock").chmod(0o600)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_a_disk_without_locks_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    refused = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08")
    assert (refused.code, "不支持文件锁" in refused.err) == (8, True)


def test_a_crash_is_remembered_however_often_people_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.store import transaction

    desk.register("2026-10-08 08:00")

    def killed(*_: object, **__: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "write_durably", killed)
        with pytest.raises(SystemExit):
            desk.type("register", "--name", "李四", "--about", "写到一半", "--at", "2026-10-08 09:00")
    # A look at everything adds a line to the journal's tail; many of them would push the crash out of sight.
    desk.ask("list", "--full")
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2026100801", "2026100802"]


def test_a_crash_between_intent_and_book_is_settled_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.store import transaction

    def killed(*_: object, **__: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "write_durably", killed)
        with pytest.raises(SystemExit):
            desk.type("register", "--name", "李四", "--about", "写到一半", "--at", "2026-10-08 09:00")
    assert desk.ask("list")["count"] == 0
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802"
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2026100801", "2026100802"]
    desk.register("2026-10-08 11:00")
    assert desk.ask("list")["count"] == 3


def test_a_crash_after_the_swap_is_not_repeated(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.store.journal import DONE, Journal

    whole = Journal.append

    def killed(self: Journal, kind: str, *rest: object) -> object:
        if kind == DONE:
            raise SystemExit(9)
        return whole(self, kind, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", killed)
        with pytest.raises(SystemExit):
            desk.type("register", "--name", "李四", "--about", "写完才断", "--at", "2026-10-08 09:00")
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802"
    assert desk.ask("list")["count"] == 2


def test_a_workspace_is_found_upwards_and_missed_kindly(desk: Desk, tmp_path: Path) -> None:
    inner = desk.folder / "台账" / "2026"
    answer = Desk(inner, desk.day).type("list", "--json")
    assert answer.code == 0
    lost = Desk(tmp_path).type("list")
    assert (lost.code, "zmn init" in lost.err) == (2, True)


def test_init_never_overwrites(desk: Desk) -> None:
    before = (desk.folder / "zmn.toml").read_bytes()
    answer = desk.type("init", str(desk.folder), "--locality", "linxian")
    assert answer.code == 2
    assert (desk.folder / "zmn.toml").read_bytes() == before


def test_a_bad_zmn_toml_names_every_mistake(desk: Desk) -> None:
    text = 'schema = 9\nlocalty = "x"\noffice = 3\n[units]\nmore = []\n'
    (desk.folder / "zmn.toml").write_text(text, encoding="utf-8")
    answer = desk.type("list")
    assert answer.code == 5
    for word in ("schema", "localty", "office", "locality", "units.more"):
        assert word in answer.err


def edited(desk: Desk) -> tuple[openpyxl.Workbook, dict[str, int]]:
    """The book as a person opens it, and where its headers stand."""
    book = openpyxl.load_workbook(desk.book)
    return book, {c.value: c.column for c in book.worksheets[0][2]}


def test_a_renamed_column_is_told_and_nothing_is_written_past_it(desk: Desk) -> None:
    desk.register("2026-10-08 09:00", unit="社保")
    book, headers = edited(desk)
    book.worksheets[0].cell(2, headers["责任窗口（单位）"]).value = "谁来办"
    book.save(desk.book)
    before = desk.book.read_bytes()
    assert "责任窗口（单位）" in desk.type("overdue").out
    refused = desk.type("register", "--name", "李", "--about", "事", "--unit", "社保")
    assert refused.code == 8
    assert "责任窗口（单位）" in refused.err
    assert desk.book.read_bytes() == before
    book, _ = edited(desk)
    book.worksheets[0].cell(2, headers["责任窗口（单位）"]).value = "责任单位"  # a known alias
    book.save(desk.book)
    assert desk.register("2026-10-08 10:00", unit="社保")["saved"] == "written"


def test_satisfaction_typed_in_wps_counts_in_a_past_month(desk: Desk) -> None:
    no = desk.register("2026-09-01 09:00", unit="社保")["case_no"]
    desk.ask("resolve", no, "--result", "好", "--at", "2026-09-03 09:00")
    book, headers = edited(desk)
    book.worksheets[0].cell(3, headers["回访情况"]).value = "已回访"
    book.worksheets[0].cell(3, headers["满意度"]).value = "满意"
    book.save(desk.book)
    rate = desk.ask("report", "--month", "2026-09")["rates"]["satisfaction_rate"]
    assert (rate["numerator"], rate["denominator"]) == (1, 1)


def test_row_numbers_go_on_after_a_row_was_deleted(desk: Desk) -> None:
    for minute in range(3):
        desk.register(f"2026-10-08 09:0{minute}")
    book, headers = edited(desk)
    book.worksheets[0].delete_rows(4)
    book.save(desk.book)
    desk.register("2026-10-08 10:00")
    book, headers = edited(desk)
    assert [book.worksheets[0].cell(r, headers["序号"]).value for r in (3, 4, 5)] == [1, 3, 4]


def test_a_bulk_write_is_read_again_before_it_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.errors import IntegrityError
    from zhuomuniao.store import applying

    def doubted(*_: object, **__: object) -> None:
        raise IntegrityError("核对不符", "")

    monkeypatch.setattr(applying, "verify_book", doubted)
    people = desk.folder / "名单.csv"
    people.write_text("姓名,情况\n" + "".join(f"周某{i},事项\n" for i in range(30)), "utf-8")
    before = desk.book.read_bytes()
    assert desk.type("register", "--from", str(people)).code == 7
    assert desk.book.read_bytes() == before


def test_what_was_typed_while_the_book_was_open_is_never_overwritten(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="社保")["case_no"]
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("feedback", no, "--text", "等着的反馈", "--at", "2026-10-09").code == 4
    book, headers = edited(desk)
    cell = book.worksheets[0].cell(3, headers["处理进度"])
    before, cell.value = cell.value, "亲笔写的进度"
    book.save(desk.book)
    beside.unlink()
    desk.register("2026-10-08 10:00")
    book, _ = edited(desk)
    assert book.worksheets[0].cell(3, headers["处理进度"]).value == "亲笔写的进度"
    told = desk.ask("overdue")
    assert told["outbox"] == 1
    assert [f["code"] for f in told["findings"]] == ["waiting_conflict"]
    assert "处理进度" in told["findings"][0]["found"]
    book.worksheets[0].cell(3, headers["处理进度"]).value = before
    book.save(desk.book)
    assert Desk(desk.folder).ask("overdue")["outbox"] == 0
    assert "等着的反馈" in str(desk.ask("show", no)["steps"])


def test_the_morning_list_puts_in_what_waited(desk: Desk) -> None:
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08").code == 4
    beside.unlink()
    assert desk.ask("overdue", "--as-of", "2026-10-09")["outbox"] == 1  # looking back changes nothing
    assert Desk(desk.folder).ask("overdue")["settled"] == ["2026100801"]
    assert desk.ask("list")["cases"][0]["queued"] is False


def test_a_row_pasted_twice_is_refused_by_name(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="社保")["case_no"]
    book, _ = edited(desk)
    for column in range(1, book.worksheets[0].max_column + 1):
        book.worksheets[0].cell(4, column).value = book.worksheets[0].cell(3, column).value
    book.save(desk.book)
    before = desk.book.read_bytes()
    refused = desk.type("resolve", no, "--result", "办好", "--at", "2026-10-09")
    assert (refused.code, "第3行" in refused.err, "第4行" in refused.err) == (7, True, True)
    assert desk.book.read_bytes() == before
    assert "每个编号只有一行" in desk.type("list").out


def test_a_book_that_went_away_is_not_replaced_by_an_empty_one(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    away = desk.folder / "挪走.xlsx"
    place = desk.book
    place.rename(away)
    refused = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08")
    assert (refused.code, "不见了" in refused.err) == (7, True)
    assert not place.exists()
    assert "不见了" in desk.type("list").out
    away.rename(place)
    assert desk.register("2026-10-08 10:00")["case_no"] == "2026100802"


def test_rows_that_cannot_be_read_are_told_wherever_figures_are_shown(desk: Desk) -> None:
    desk.register("2026-10-08 09:00", unit="社保")
    book, headers = edited(desk)
    sheet = book.worksheets[0]
    sheet.cell(4, headers["事项编号"]).value = "2026100850"
    sheet.cell(4, headers["受理时间"]).value = "10月8日上午"
    sheet.cell(5, headers["事项编号"]).value = "合计：2件"
    sheet.cell(6, headers["事项编号"]).value = "旧-17"
    book.save(desk.book)
    listed = desk.ask("list")
    assert [c["case_no"] for c in listed["cases"]] == ["2026100801", "2026100850"]
    assert listed["cases"][1]["accepted_at"] == "2026-10-08 00:00"
    assert {(f["row"], f["column"]) for f in listed["findings"]} == {(4, "受理时间"), (6, "受理时间")}
    report = desk.ask("report", "--month", "2026-10")
    assert (report["counts"]["carried_in"], report["counts"]["accepted"]) == (0, 2)
    assert len(report["findings"]) == 2
    assert "10月8日上午" in desk.type("report", "--month", "2026-10").out


def retyped(desk: Desk, row: int = 3, **cells: object) -> None:
    """Somebody types over cells of a row in WPS."""
    book, headers = edited(desk)
    for header, value in cells.items():
        book.worksheets[0].cell(row, headers[header]).value = value  # type: ignore[assignment]
    book.save(desk.book)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("受理时间", "今天"),
        ("受理时间", "昨天"),
        ("受理时间", "10月8日"),
        ("受理时间", datetime(1926, 11, 18)),
        ("受理时间", datetime(2926, 11, 18)),
        ("办结时间", "昨天"),
        ("轮次", 10**9),
        ("时限明细", "解决=2026-02-30"),
        ("时限明细", "解决=2026-10-14 25:99"),
        ("时限明细", "解决=2026-8-1"),
        ("时限明细", "解决=2026-10-14;解决=2026-10-15"),
        ("时限明细", "解决=9999-12-31"),
        ("时限明细", None),
    ],
)
def test_no_cell_stops_a_command_or_loses_a_case_unsaid(desk: Desk, header: str, value: object) -> None:
    no = desk.register("2026-10-08 09:00", unit="社保")["case_no"]
    desk.register("2026-10-09 09:00", unit="社保")
    retyped(desk, **{header: value})
    for look in (["overdue"], ["list"], ["report", "--month", "2026-10"]):
        told = desk.ask(*look)["findings"]
        assert [(f["row"], f["column"]) for f in told] == [(3, header)]
        assert told[0]["remedy"]
        assert "第3行" in desk.type(*look).out
    assert [c["case_no"] for c in desk.ask("list", "--month", "2026-10")["cases"]] == [no, "2026100901"]
    assert desk.ask("report", "--month", "2026-10")["counts"]["accepted"] == 2
    desk.ask("show", no)
    desk.ask("explain", no)
    # What cannot be read was not taken over: the case goes on with the limits it was given.
    assert Desk(desk.folder).ask("recount")["differences"] == []
    for step in (["note", no, "--note", "在办"], ["recount", "--issue"], ["resolve", no, "--result", "办好"]):
        desk.ask(*step)


def test_a_limit_that_cannot_be_read_is_not_written_over(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", unit="社保")["case_no"]
    _, headers = edited(desk)
    unread = "初步反馈=2026-10-09;解决=2026-8-1"
    retyped(desk, 时限明细=unread)
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("feedback", no, "--text", "问了", "--at", "2026-10-09").code == 4
    beside.unlink()
    told = desk.ask("overdue")
    assert (told["outbox"], [f["found"] for f in told["findings"]]) == (1, ["解决=2026-8-1"])
    desk.ask("note", no, "--note", "在办", "--at", "2026-10-10")
    book, _ = edited(desk)
    assert book.worksheets[0].cell(3, headers["时限明细"]).value == "初步反馈=2026-10-09√2026-10-09;解决=2026-8-1"
    assert [f["found"] for f in desk.ask("overdue")["findings"]] == ["解决=2026-8-1"]
    desk.ask("recount", "--issue")
    assert desk.ask("overdue")["findings"] == []
    assert desk.ask("show", no)["case"]["due_on"]


def test_a_row_typed_by_hand_and_a_case_without_a_unit_are_no_findings(desk: Desk) -> None:
    desk.register("2026-10-08 09:00")
    retyped(desk, row=4, 事项编号="2026100850", 受理时间="2026-10-08", 办理对象="王五", 办理时限="2026-10-20")
    assert desk.ask("list")["findings"] == []


def test_an_unlikely_day_of_a_given_number_stays_in_the_list(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("linxian", "2026-10-30")
    hotline = ("--ledger", "hotline")
    desk.register("2026-10-08 09:00", ledger="hotline", no="GD7", unit="县医保局")
    (path,) = (p for p in (desk.folder / "台账").rglob("*.xlsx") if "12345" in p.name)
    for year in (1926, 2926):
        book = openpyxl.load_workbook(path)
        headers = {c.value: c.column for c in book.worksheets[0][2]}
        book.worksheets[0].cell(3, headers["受理时间"]).value = datetime(year, 10, 8, 9)
        book.save(path)
        desk.day = ""  # on an earlier day a case of 2926 was not there yet
        listed = desk.ask("list", *hotline)
        assert [c["case_no"] for c in listed["cases"]] == ["GD7"]
        assert len(listed["findings"]) == 1
        for line in (["overdue"], ["recount"], ["show", "GD7", *hotline], ["explain", "GD7", *hotline]):
            assert desk.type(*line).code != 70


def test_of_a_number_in_two_books_the_row_that_is_shown_is_changed(desk: Desk) -> None:
    no = desk.register("2026-10-08 09:00", name="甲某", unit="社保")["case_no"]
    first = desk.book
    later = first.parent.parent / "2027" / first.name.replace("2026", "2027")
    later.parent.mkdir()
    shutil.copy(first, later)
    book = openpyxl.load_workbook(later)
    headers = {c.value: c.column for c in book.worksheets[0][2]}
    book.worksheets[0].cell(3, headers["办理对象"]).value = "乙某"
    book.save(later)
    before = later.read_bytes()
    desk.ask("resolve", no, "--result", "办好了", "--at", "2026-10-09 10:00")
    shown = desk.ask("show", no, "--full")["case"]
    assert (shown["applicant"], shown["result"]) == ("甲某", "办好了")
    assert later.read_bytes() == before
    assert [f["code"] for f in desk.ask("list")["findings"]] == ["duplicate_number"]


def test_a_half_saved_book_is_read_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.store import books

    desk.register("2026-10-08 09:00")
    whole = desk.book.read_bytes()
    desk.book.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(books.time, "sleep", lambda _: desk.book.write_bytes(whole))
    assert desk.ask("list")["count"] == 1


def test_a_full_disk_under_the_journal_leaves_nothing_to_come_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhuomuniao.store import journal

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "fsync", full)
        refused = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08")
    assert (refused.code, "磁盘满了" in refused.err) == (8, True)
    assert desk.register("2026-10-08 09:00")["case_no"] == "2026100801"
    assert desk.ask("list")["count"] == 1


def test_what_a_crash_left_is_told_when_it_is_put_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhuomuniao.store import transaction

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "write_durably", interrupted)
        stopped = desk.type("register", "--name", "李", "--about", "事", "--at", "2026-10-08")
    assert (stopped.code, "已中断" in stopped.err) == (130, True)
    assert any("2026100801" in w for w in desk.register("2026-10-08 09:00")["warnings"])
