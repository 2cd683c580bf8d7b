"""撤销: the last operation is taken back; the log tells both, numbers stay burnt, the work of others is untouched."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_json_contract import NOTICE_2027
from tests.desk import Desk
from zhuomuniao.errors import CannotWriteError
from zhuomuniao.store import transaction

HEADER_ROW = 2


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """内乡's window on a day that has not come: every look takes in what people changed."""
    return new_desk("neixiang", "2099-10-30", year="2099")


def sheet_part(path: Path) -> bytes:
    """The ledger sheet's XML, byte for byte."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def cells(path: Path) -> list[tuple[object, ...]]:
    """The ledger sheet by an independent reader, rows below the header that hold anything."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    return [row for row in rows if any(value is not None for value in row)]


def log_lines(path: Path) -> list[tuple[str, str]]:
    """编号 and 环节 of every line of 流转记录, in order."""
    sheet = openpyxl.load_workbook(path)["流转记录"]
    rows = list(sheet.iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if "编号" in row)
    no, kind = rows[at].index("编号"), rows[at].index("环节")
    return [(str(row[no]), str(row[kind])) for row in rows[at + 1 :] if row[no]]


def save_in_wps(path: Path, *, header: str = "", value: object = None, row: int = HEADER_ROW + 1) -> None:
    """A person opens the book and saves it; with ``header``, a cell of that column is typed over."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    if header:
        (column,) = (c.column for c in sheet[HEADER_ROW] if c.value == header)
        sheet.cell(row, column).value = value
    else:
        sheet.column_dimensions["C"].width = 33
    book.save(path)


def add_case(desk: Desk, day: str = "2099-10-08", **options: str) -> str:
    return str(desk.register(f"{day} 09:00", **options)["case_no"])


def test_f15_a_registration_is_undone(desk: Desk) -> None:
    add_case(desk)
    before = desk.book.read_bytes(), sheet_part(desk.book)
    number = add_case(desk, name="王五")
    done = desk.ask("undo")
    assert (done["undone"], done["cases"], done["saved"]) == ("登记", [number], "written")
    assert desk.book.read_bytes() != before[0]
    assert sheet_part(desk.book) == before[1]
    assert log_lines(desk.book)[1:] == [(number, "受理"), (number, "撤销")]
    assert desk.type("show", number).code == 2
    assert add_case(desk) == "2099100803"
    shutil.rmtree(desk.folder / ".zmn")
    assert add_case(desk) == "2099100804"
    assert desk.ask("check")["count"] == 0


def test_n03_a_number_undone_is_burnt_even_when_zmn_forgets_everything(desk: Desk) -> None:
    number = add_case(desk)
    desk.ask("undo")
    shutil.rmtree(desk.folder / ".zmn")
    assert (number, add_case(desk)) == ("2099100801", "2099100802")


@pytest.mark.parametrize(
    ("verb", "line"),
    [
        ("初步反馈", ("feedback", "--text", "已核实")),
        ("答复", ("reply", "--text", "已说明")),
        ("办结", ("resolve", "--result", "办好了")),
        ("备注", ("note", "--note", "补一句")),
    ],
)
def test_a_step_is_undone(desk: Desk, verb: str, line: tuple[str, ...]) -> None:
    number = add_case(desk, unit="社保", tier="二级")
    before = sheet_part(desk.book)
    shown = desk.ask("show", number)["case"]
    command, *options = line
    desk.ask(command, number, *options, "--at", "2099-10-09 10:00")
    assert sheet_part(desk.book) != before
    done = desk.ask("undo")
    assert done["undone"] == verb
    assert sheet_part(desk.book) == before
    assert desk.ask("show", number)["case"] == shown
    assert [kind for _, kind in log_lines(desk.book)] == ["受理", verb, "撤销"]


def test_twice_in_a_row_goes_back_two(desk: Desk) -> None:
    parts = []
    number = ""
    for turn in range(3):
        parts.append(sheet_part(desk.book))
        number = add_case(desk, name=f"甲{'一二三'[turn]}")
    parts.append(sheet_part(desk.book))
    desk.ask("note", number, "--note", "补一句", "--at", "2099-10-09")
    for before in reversed(parts):
        desk.ask("undo")
        assert sheet_part(desk.book) == before
    nothing = desk.type("undo", "--json")
    assert (nothing.code, "没有可以撤销" in nothing.error["message"]) == (2, True)
    assert add_case(desk) == "2099100804"


def test_another_clerk_s_is_left_alone_unless_named(desk: Desk) -> None:
    first = add_case(desk)
    second = add_case(desk, by="钱文静")
    assert desk.ask("undo", "--by", "钱文静")["cases"] == [second]
    assert desk.ask("undo")["cases"] == [first]
    nobody = desk.type("undo", "--by", "孙不在", "--json")
    assert (nobody.code, "孙不在" in nobody.error["message"]) == (2, True)


def test_rows_close_up_after_another_s_later_operation(desk: Desk) -> None:
    add_case(desk, name="甲某")
    undone = add_case(desk, name="乙某")
    later = add_case(desk, name="丙某", by="钱文静")
    desk.ask("note", later, "--note", "另一件", "--at", "2099-10-09", "--by", "钱文静")
    before = cells(desk.book)
    assert desk.ask("undo")["cases"] == [undone]
    assert cells(desk.book) == [before[0], before[2]]
    book = openpyxl.load_workbook(desk.book)
    rows = [row[1].row for row in book.worksheets[0].iter_rows(min_row=3) if row[1].value]
    assert rows == [3, 4]
    assert desk.ask("check")["count"] == 0
    assert desk.ask("resolve", later, "--result", "好", "--at", "2099-10-10")["saved"] == "written"


def test_a_later_operation_on_the_same_case_stands_in_the_way(desk: Desk) -> None:
    number = add_case(desk)
    operation = desk.ask("book", "history", number)["events"][0]["op"]
    desk.ask("note", number, "--note", "后来的", "--at", "2099-10-09", "--by", "钱文静")
    before = desk.book.read_bytes()
    for line in (("undo",), ("undo", "--batch", operation)):
        refused = desk.type(*line, "--json")
        assert refused.code == 6
        later = desk.ask("book", "history", number)["events"][1]["op"]
        assert number in refused.error["message"]
        assert "备注" in refused.error["message"]
        assert later in refused.error["message"]
    assert desk.book.read_bytes() == before
    desk.ask("undo", "--by", "钱文静")
    assert desk.ask("undo", "--batch", operation)["cases"] == [number]


def test_what_a_person_typed_into_the_same_case_stands_in_the_way(desk: Desk) -> None:
    number = add_case(desk, phone="13800138000")
    save_in_wps(desk.book, header="联系电话", value="13900139000")
    refused = desk.type("undo", "--json")
    assert refused.code == 6
    assert number in refused.error["message"]
    assert "在表格里改过" in refused.error["message"]
    assert "139" not in refused.err
    assert desk.ask("show", number, "--full")["case"]["phone"] == "13900139000"


@pytest.mark.parametrize("edit", ["format", "other case"])
def test_after_somebody_saved_the_book_the_cells_are_put_back(desk: Desk, edit: str) -> None:
    other = add_case(desk, name="甲某")
    number = add_case(desk, name="乙某", phone="13800138000")
    if edit == "format":
        save_in_wps(desk.book)
    else:
        save_in_wps(desk.book, header="联系电话", value="13900139000")
    before = cells(desk.book)
    told = desk.type("undo")
    assert told.code == 0
    assert "第4行已清空" in told.out
    left = cells(desk.book)
    assert [str(row[1]) for row in left] == [other]
    if edit == "format":
        assert left == before[:1]
        assert openpyxl.load_workbook(desk.book).worksheets[0].column_dimensions["C"].width == 33
    else:
        assert desk.ask("show", other, "--full")["case"]["phone"] == "13900139000"
    assert desk.type("show", number).code == 2
    again = desk.register("2099-10-08 10:00")
    assert (again["case_no"], again["row"]) == ("2099100803", 4)
    assert desk.ask("check")["count"] == 0


def test_a_step_is_undone_cell_by_cell_too(desk: Desk) -> None:
    number = add_case(desk, unit="社保")
    shown = desk.ask("show", number)["case"]
    desk.ask("resolve", number, "--result", "办好了", "--at", "2099-10-09 10:00")
    save_in_wps(desk.book)
    desk.ask("undo")
    assert desk.ask("show", number)["case"] == shown
    desk.ask("undo")
    assert desk.ask("list")["count"] == 0


def open_in_wps(desk: Desk) -> Path:
    beside = desk.book.with_name(f".~{desk.book.name}")
    beside.write_bytes("\x06张三".encode("gb18030"))
    return beside


def test_what_still_waits_is_never_written(desk: Desk) -> None:
    first = add_case(desk)
    beside = open_in_wps(desk)
    queued = desk.type("register", "--name", "王五", "--about", "等着", "--at", "2099-10-08 10:00", "--json")
    assert (queued.code, queued.json["case_no"]) == (4, "2099100802")
    before = desk.book.read_bytes()
    assert desk.ask("undo")["cases"] == ["2099100802"]
    assert desk.book.read_bytes() == before
    assert desk.ask("overdue")["outbox"] == 0
    beside.unlink()
    assert add_case(desk) == "2099100803"
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == [first, "2099100803"]
    events = desk.ask("book", "history", "2099100802")["events"]
    assert [e["state"] for e in events] == ["没有写入"]
    assert desk.ask("undo")["cases"] == ["2099100803"]


def test_an_open_book_is_not_undone(desk: Desk) -> None:
    add_case(desk)
    beside = open_in_wps(desk)
    before, journal = desk.book.read_bytes(), (desk.folder / ".zmn" / "journal.jsonl").read_bytes()
    refused = desk.type("undo", "--json")
    assert (refused.code, "张三" in refused.error["message"]) == (4, True)
    assert desk.book.read_bytes() == before
    assert (desk.folder / ".zmn" / "journal.jsonl").read_bytes() == journal
    assert desk.ask("overdue")["outbox"] == 0
    beside.unlink()
    assert desk.ask("undo")["count"] == 1


def test_undo_while_another_entry_is_disputed_keeps_nothing_waiting(desk: Desk) -> None:
    first = add_case(desk, name="甲某", phone="13800138000")
    beside = open_in_wps(desk)
    assert desk.type("note", first, "--note", "等着的", "--at", "2099-10-09").code == 4
    beside.unlink()
    # Meanwhile the row is gone: the note waits for a person.
    book = openpyxl.load_workbook(desk.book)
    book.worksheets[0].delete_rows(3)
    book.save(desk.book)
    second = add_case(desk, name="乙某", by="钱文静")
    assert desk.ask("overdue")["outbox"] == 1
    done = desk.ask("undo", "--by", "钱文静")
    assert (done["cases"], done["saved"]) == ([second], "written")
    assert desk.ask("overdue")["outbox"] == 1
    third = desk.register("2099-10-09 09:00", name="丙某")
    assert third["saved"] == "written"


def test_nothing_to_undo_and_wrong_batches(desk: Desk) -> None:
    assert desk.type("undo").code == 2
    number = add_case(desk)
    operation = desk.ask("book", "history", number)["events"][0]["op"]
    unknown = desk.type("undo", "--batch", "20990101-0000999", "--json")
    assert (unknown.code, "20990101-0000999" in unknown.error["message"]) == (2, True)
    undone = desk.ask("undo", "--batch", operation)
    assert undone["op"] == operation
    again = desk.type("undo", "--batch", operation, "--json")
    assert (again.code, "已经撤销过" in again.error["message"]) == (2, True)
    its_own = next(e["op"] for e in desk.ask("book", "history", number)["events"] if e["what"] == "撤销")
    refused = desk.type("undo", "--batch", its_own, "--json")
    assert (refused.code, "不能撤销" in refused.error["message"]) == (2, True)


def test_a_book_that_is_not_there_is_told(desk: Desk) -> None:
    add_case(desk)
    aside = desk.folder / "挪开.xlsx"
    desk.book.rename(aside)
    refused = desk.type("undo", "--json")
    assert (refused.code, "不见了" in refused.error["message"]) == (7, True)


def names_file(path: Path, *days: str) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["姓名", "情况", "受理时间"])
        writer.writerows([f"甲{n}", f"事{n}", day] for n, day in enumerate(days))
    return path


def test_i04_a_batch_is_undone_whole(desk: Desk, tmp_path: Path) -> None:
    add_case(desk)
    before = sheet_part(desk.book)
    names = names_file(tmp_path / "名单.csv", *["2099-10-08 10:00"] * 25, *["2099-10-09 10:00"] * 25)
    registered = desk.ask("register", "--from", str(names))
    assert registered["count"] == 50
    later = add_case(desk, by="钱文静")
    done = desk.ask("undo", "--batch", registered["batch"])
    assert (done["count"], done["cases"]) == (50, [r["case_no"] for r in registered["registered"]])
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2099100801", later]
    desk.ask("undo", "--by", "钱文静")
    assert sheet_part(desk.book) == before
    told = desk.type("register", "--from", str(names)).out
    assert "批次" in told
    batch = told.partition("--batch ")[2].split()[0]
    assert desk.ask("undo", "--batch", batch)["count"] == 50


def two_years(desk: Desk, tmp_path: Path) -> tuple[str, Path, Path]:
    """A batch over two years; answers its operation and the two books."""
    names = names_file(tmp_path / "两年.csv", "2098-12-30 10:00", "2099-01-05 10:00", "2098-12-31 10:00")
    batch = desk.ask("register", "--from", str(names))["batch"]
    older, newer = sorted(p for p in (desk.folder / "台账").rglob("*.xlsx"))
    return batch, older, newer


def test_i04_a_batch_over_two_years_is_undone_in_both_books(desk: Desk, tmp_path: Path) -> None:
    before = sheet_part(desk.book)
    batch, older, newer = two_years(desk, tmp_path)
    assert (len(cells(older)), len(cells(newer))) == (2, 1)
    beside = older.with_name(f"~${older.name}")
    beside.write_bytes(b"")
    left = older.read_bytes(), newer.read_bytes()
    refused = desk.type("undo", "--batch", batch)
    assert refused.code == 4
    assert (older.read_bytes(), newer.read_bytes()) == left
    beside.unlink()
    assert desk.ask("undo", "--batch", batch)["count"] == 3
    assert (cells(older), cells(newer)) == ([], [])
    assert sheet_part(newer) == before
    assert {kind for book in (older, newer) for _, kind in log_lines(book)} == {"受理", "撤销"}


def test_i04_half_a_batch_that_waits_is_undone_with_the_other_half(desk: Desk, tmp_path: Path) -> None:
    names = names_file(tmp_path / "两年.csv", "2098-12-30 10:00", "2099-01-05 10:00")
    newer = desk.book
    beside = newer.with_name(f"~${newer.name}")
    beside.write_bytes(b"")
    queued = desk.type("register", "--from", str(names), "--json")
    assert queued.code == 4
    before = newer.read_bytes()
    assert desk.ask("undo", "--batch", queued.json["batch"])["count"] == 2
    beside.unlink()
    desk.register("2099-01-05 11:00")
    assert newer.read_bytes() != before
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2099010502"]


def test_a_batch_of_which_a_half_was_given_up(desk: Desk, tmp_path: Path) -> None:
    names = names_file(tmp_path / "两年.csv", "2098-12-30 10:00", "2099-01-05 10:00")
    newer = desk.book
    beside = newer.with_name(f"~${newer.name}")
    beside.write_bytes(b"")
    batch = desk.type("register", "--from", str(names), "--json").json["batch"]
    waiting = desk.type("book", "replay", "--json").json["waiting"][0]["op"]
    assert desk.type("book", "replay", "--drop", waiting, "--yes").code == 0
    beside.unlink()
    desk.ask("undo", "--batch", batch)
    assert desk.ask("list")["count"] == 0


def test_an_undone_step_was_never_taken_on_any_day(desk: Desk) -> None:
    number = add_case(desk, unit="社保", tier="二级")
    earlier = ("--as-of", "2099-10-12")
    shown = desk.ask("show", number, *earlier)["case"]
    explained = desk.ask("explain", number, *earlier)["clocks"]
    desk.ask("feedback", number, "--text", "已核实", "--at", "2099-10-09 10:00")
    assert desk.ask("show", number, *earlier)["case"] != shown
    desk.ask("undo")
    assert desk.ask("show", number, *earlier)["case"] == shown
    assert desk.ask("explain", number, *earlier)["clocks"] == explained
    desk.ask("note", number, "--note", "留着的", "--at", "2099-10-10 10:00")
    gone = add_case(desk, "2099-10-09", name="王五")
    desk.ask("undo")
    assert [c["case_no"] for c in desk.ask("list", *earlier)["cases"]] == [number]
    assert desk.type("show", gone, *earlier).code == 2
    assert desk.ask("report", "--month", "2099-10")["counts"]["accepted"] == 1


def test_undone_long_after_when_old_copies_are_gone(desk: Desk) -> None:
    add_case(desk, name="甲某")
    number = add_case(desk, name="乙某")
    batch = desk.ask("book", "history", number)["events"][0]["op"]
    # A disk cleaned by somebody: no copy to put the book together from.
    shutil.rmtree(desk.folder / ".zmn" / "revisions", ignore_errors=True)
    save_in_wps(desk.book)
    add_case(desk, name="丙某")
    shutil.rmtree(desk.folder / ".zmn" / "revisions")
    desk.ask("undo", "--batch", batch)
    assert [str(row[1]) for row in cells(desk.book)] == ["2099100801", "2099100803"]


def test_an_undo_tells_no_names(desk: Desk) -> None:
    add_case(desk, name="欧阳明月", about="欧阳明月的执照，13800138000", phone="13800138000")
    told = desk.type("undo")
    assert told.code == 0
    refused = desk.type("undo")
    for text in (told.out, told.err, refused.err):
        assert "欧阳" not in text
        assert "1380" not in text


def test_what_was_taken_back_before_does_not_come_back(desk: Desk) -> None:
    before = sheet_part(desk.book)
    first = add_case(desk, name="甲某", by="钱文静")
    add_case(desk, name="乙某")
    third = add_case(desk, name="丙某", by="孙立言")
    assert desk.ask("undo", "--by", "钱文静")["cases"] == [first]
    assert desk.ask("undo")["count"] == 1
    assert [str(row[1]) for row in cells(desk.book)] == [third]
    assert desk.ask("undo", "--by", "孙立言")["cases"] == [third]
    assert sheet_part(desk.book) == before
    assert [kind for _, kind in log_lines(desk.book)] == ["受理"] * 3 + ["撤销"] * 3


def test_dates_that_a_notice_moved_are_put_back(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = new_desk("neixiang", "2026-12-30")
    number = desk.register("2026-12-25 09:00", unit="社保")["case_no"]
    before = sheet_part(desk.book)
    notice = tmp_path / "2027.txt"
    notice.write_text(NOTICE_2027, encoding="utf-8")
    moved = desk.ask("calendar", "import", str(notice))["moved"]
    assert [m["case_no"] for m in moved] == [number]
    assert sheet_part(desk.book) != before
    undone = desk.ask("undo")
    assert (undone["undone"], undone["cases"]) == ("日历调整", [number])
    assert any("recount" in w for w in undone["warnings"])
    assert sheet_part(desk.book) == before
    assert desk.ask("recount")["count"] == 1


@pytest.mark.parametrize("edit", ["none", "format"])
def test_an_undo_that_a_full_disk_stopped_can_be_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    add_case(desk, name="甲某")
    number = add_case(desk, name="乙某")
    if edit == "format":
        save_in_wps(desk.book)
        desk.ask("list")
    before = desk.book.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise CannotWriteError("磁盘满了", "请清理")

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "write_durably", full)
        assert desk.type("undo").code == 8
    assert desk.book.read_bytes() == before
    assert desk.ask("list")["count"] == 2
    assert desk.ask("undo")["cases"] == [number]
    assert desk.ask("list")["count"] == 1
    assert desk.ask("undo")["cases"] == ["2099100801"]
