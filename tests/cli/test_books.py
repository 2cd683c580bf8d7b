"""账册: history, differences, going back, holding the journal against itself, putting in what waits."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.test_undo import add_case, cells, names_file, open_in_wps, save_in_wps, sheet_part
from tests.desk import Desk
from zhuomuniao.commands import _options

PERSONAL = ("欧阳明月", "13800138000", "14112419900101123X")


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """内乡's window on a day that has not come: every look takes in what people changed."""
    return new_desk("neixiang", "2099-10-30", year="2099")


def journal_of(desk: Desk) -> Path:
    return desk.folder / ".zmn" / "journal.jsonl"


def personal_case(desk: Desk) -> str:
    return add_case(
        desk, name="欧阳明月", phone="13800138000", about="欧阳明月（14112419900101123X）的执照，电话13800138000"
    )


def assert_nothing_personal(*texts: str) -> None:
    for text in texts:
        if text.startswith("{"):
            # JSON writes Chinese in figures.
            text = json.dumps(json.loads(text), ensure_ascii=False)
        for word in (*PERSONAL, "明月", "19900101"):
            assert word not in text, text


def test_history_of_a_case_is_masked_and_a_full_look_is_journalled(desk: Desk) -> None:
    number = personal_case(desk)
    desk.ask("note", number, "--note", "给欧阳明月打电话13800138000", "--at", "2099-10-09")
    for line in (("book", "history", number), ("book", "history", number, "--json")):
        answer = desk.type(*line)
        assert answer.code == 0
        assert_nothing_personal(answer.out, answer.err)
    lines = journal_of(desk).read_bytes().count(b"\n")
    full = desk.type("book", "history", number, "--full").out
    assert all(word in full for word in PERSONAL)
    last = json.loads(journal_of(desk).read_bytes().splitlines()[-1])
    assert (last["kind"], last["verb"], last["cases"]) == ("read", "book history", number)
    assert journal_of(desk).read_bytes().count(b"\n") == lines + 1
    unknown = desk.type("book", "history", "2099123199", "--json")
    assert (unknown.code, unknown.error["code"]) == (2, "unknown_case")


def test_history_tells_who_when_what_before_and_after(desk: Desk) -> None:
    number = add_case(desk, unit="社保", name="李四")
    desk.ask("resolve", number, "--result", "办好了", "--at", "2099-10-09 10:00", "--by", "钱文静")
    save_in_wps(desk.book, header="办理对象", value="李思")
    events = desk.ask("book", "history", number, "--full")["events"]
    assert [(e["by"], e["what"].split("（")[0], e["state"]) for e in events] == [
        ("赵敏慧", "登记", "已写入"),
        ("钱文静", "办结", "已写入"),
        ("", "人工修改", "已记入"),
        ("赵敏慧", "补记人工修改", "已写入"),
    ]
    resolved = {c["field"]: (c["was"], c["now"]) for c in events[1]["changes"]}
    assert resolved["status"] == ("办理中", "待回访")
    edited = {c["field"]: (c["was"], c["now"]) for c in events[2]["changes"]}
    assert edited == {"applicant": ("李四", "李思")}
    masked = desk.type("book", "history", number).out
    assert "李四" not in masked
    assert "李思" not in masked


def test_history_that_began_after_the_case_still_masks_its_name(desk: Desk) -> None:
    number = personal_case(desk)
    shutil.rmtree(desk.folder / ".zmn")
    desk.ask("note", number, "--note", "给欧阳明月打电话", "--at", "2099-10-09")
    answer = desk.type("book", "history", number)
    assert "打电话" in answer.out
    assert_nothing_personal(answer.out)


def revisions(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.ask("book", "history")["revisions"])


def test_history_of_books(desk: Desk) -> None:
    first = add_case(desk)
    add_case(desk)
    desk.ask("undo")
    save_in_wps(desk.book)
    listed = revisions(desk)
    assert [r["what"].split("（")[0] for r in listed] == ["登记", "登记", "撤销", "在表格软件里存过"]
    assert all(r["kept"] for r in listed)
    assert listed[0]["cases"] == [first]
    numbers = [r["revision"] for r in listed]
    assert numbers == sorted(numbers)
    screen = desk.type("book", "history").out
    assert all(str(n) in screen for n in numbers)
    listed_books = desk.ask("book", "list")["books"]
    assert [(b["rows"], b["revision"]) for b in listed_books] == [(1, numbers[-1])]


def test_diff_of_revisions_files_and_now(desk: Desk) -> None:
    number = personal_case(desk)
    first = revisions(desk)[-1]["revision"]
    desk.ask("resolve", number, "--result", "告知欧阳明月来取", "--at", "2099-10-09 10:00")
    second = revisions(desk)[-1]["revision"]
    found = desk.ask("book", "diff", str(first), str(second))["differences"]
    fields = {d["field"]: d for d in found}
    assert (fields["status"]["was"], fields["status"]["now"]) == ("待交办", "待回访")
    assert {d["case_no"] for d in found} == {number}
    copy = desk.folder.parent / "副本.xlsx"
    shutil.copy(desk.book, copy)
    add_case(desk, name="王五")
    for line in (
        ("book", "diff", str(first)),
        ("book", "diff", str(first), str(second)),
        ("book", "diff", str(first), "现在", "--json"),
        ("book", "diff", str(copy), "--json"),
        ("book", "diff", "现在", str(copy)),
    ):
        answer = desk.type(*line)
        assert answer.code == 0, answer.err
        assert_nothing_personal(answer.out, answer.err)
        assert "王五" not in answer.out
    onto_copy = desk.ask("book", "diff", str(copy), "现在")["differences"]
    assert {d["case_no"] for d in onto_copy} == {"2099100802"}
    assert {d["sort"] for d in onto_copy} == {"row_new", "line_new"}
    same = desk.type("book", "diff", str(second), str(copy))
    assert "内容相同" in same.out
    full = desk.type("book", "diff", str(first), str(second), "--full").out
    assert "欧阳明月" in full
    assert json.loads(journal_of(desk).read_bytes().splitlines()[-1])["verb"] == "book diff"


def test_diff_against_now_is_of_the_same_year(desk: Desk, tmp_path: Path) -> None:
    names = names_file(tmp_path / "两年.csv", "2098-12-30 10:00", "2099-01-05 10:00")
    desk.ask("register", "--from", str(names))
    older = next(r for r in revisions(desk) if "2098" in r["book"])
    assert desk.ask("book", "diff", str(older["revision"]))["count"] == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("book", "diff", "99999"), 2),
        (("book", "diff", "没有的.xlsx"), 2),
        (("book", "diff", "现在", "现在"), 2),
        (("book", "restore", "99999", "--yes"), 2),
        (("book", "restore", "甲", "--yes"), 2),
        (("book", "replay", "--keep", "a", "--drop", "b"), 2),
        (("book", "replay", "--keep", "20990101-0000001"), 2),
        (("book", "replay", "--drop", "20990101-0000001", "--yes"), 2),
        (("book", "replay", "--force"), 2),
        (("check", "--adopt", "2099100801"), 2),
        (("check", "--restore", "2099100801"), 2),
    ],
)
def test_wrong_words_are_told(desk: Desk, line: tuple[str, ...], code: int) -> None:
    add_case(desk)
    before = desk.book.read_bytes()
    answer = desk.type(*line, "--json")
    assert (answer.code, answer.out) == (code, "")
    assert answer.error["remedy"]
    assert desk.book.read_bytes() == before


def test_a_file_of_another_kind_is_told(desk: Desk, tmp_path: Path) -> None:
    add_case(desk)
    other = tmp_path / "工资.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["姓名", "工资"])
    book.save(other)
    answer = desk.type("book", "diff", str(other), "--json")
    assert (answer.code, answer.error["code"]) == (5, "unreadable_file")


def test_restore_back_and_forth(desk: Desk) -> None:
    first = add_case(desk)
    back = revisions(desk)[-1]["revision"]
    then = sheet_part(desk.book), desk.book.read_bytes()
    add_case(desk, name="王五")
    later = revisions(desk)[-1]["revision"]
    now = desk.book.read_bytes()
    refused = desk.type("book", "restore", str(back), "--json")
    assert (refused.code, "--yes" in refused.error["remedy"]) == (2, True)
    assert desk.book.read_bytes() == now
    done = desk.ask("book", "restore", str(back), "--yes")
    assert (done["restored"], done["saved"], done["exact"]) == (back, "written", True)
    assert desk.book.read_bytes() == then[1]
    assert revisions(desk)[-1]["revision"] == done["revision"] > later
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == [first]
    assert desk.ask("check")["count"] == 0
    assert add_case(desk) == "2099100803"
    desk.ask("book", "restore", str(later), "--yes")
    assert desk.book.read_bytes() == now
    assert add_case(desk) == "2099100804"
    assert desk.ask("book", "verify")["problems"] == []


def test_restore_saves_what_nobody_has_seen_yet(desk: Desk) -> None:
    number = add_case(desk, phone="13800138000")
    back = revisions(desk)[-1]["revision"]
    desk.ask("note", number, "--note", "一句", "--at", "2099-10-09")
    save_in_wps(desk.book, header="联系电话", value="13900139000")
    typed = desk.book.read_bytes()
    desk.ask("book", "restore", str(back), "--yes")
    assert desk.ask("show", number, "--full")["case"]["phone"] == "13800138000"
    edited = next(r for r in revisions(desk) if r["what"].startswith("人工修改"))
    assert edited["kept"]
    desk.ask("book", "restore", str(edited["revision"]), "--yes")
    assert desk.book.read_bytes() == typed


def test_restore_leaves_the_outbox(desk: Desk) -> None:
    first = add_case(desk, name="甲某")
    back = revisions(desk)[-1]["revision"]
    add_case(desk, name="乙某")
    beside = open_in_wps(desk)
    waiting = desk.type("register", "--name", "丙某", "--about", "等着", "--at", "2099-10-08 10:00", "--json").json
    refused = desk.type("book", "restore", str(back), "--yes", "--json")
    assert (refused.code, "张三" in refused.error["message"]) == (4, True)
    assert desk.ask("overdue")["outbox"] == 1
    # Somebody takes the number of the waiting case for a row of his own: it can only wait for a person.
    beside.unlink()
    book = openpyxl.load_workbook(desk.book)
    row = [c.value for c in book.worksheets[0][4]]
    row[1] = waiting["case_no"]
    for column, value in enumerate(row, start=1):
        book.worksheets[0].cell(5, column).value = value if column < 10 else None
    book.save(desk.book)
    add_case(desk, name="丁某")
    assert desk.ask("overdue")["outbox"] == 1
    done = desk.ask("book", "restore", str(back), "--yes")
    assert done["saved"] == "written"
    assert [str(row[1]) for row in cells(desk.book)] == [first]
    assert desk.ask("overdue")["outbox"] == 1 or waiting["case_no"] in {
        c["case_no"] for c in desk.ask("list")["cases"]
    }
    # The row in its way is gone with the restored book: what waited goes in, with the number it was promised.
    assert desk.type("book", "replay").code == 0
    assert {c["case_no"] for c in desk.ask("list")["cases"]} == {first, waiting["case_no"]}


@pytest.mark.parametrize("with_folder", [False, True])
def test_a_lost_book_is_brought_back(desk: Desk, with_folder: bool) -> None:
    number = add_case(desk)
    add_case(desk)
    book, last = desk.book, revisions(desk)[-1]["revision"]
    data = book.read_bytes()
    shutil.rmtree(book.parent) if with_folder else book.unlink()
    assert "missing_book" in defects(desk)
    assert desk.type("show", number).code == 2
    desk.ask("book", "restore", str(last), "--yes")
    assert desk.book == book
    assert book.read_bytes() == data
    assert add_case(desk) == "2099100803"
    assert defects(desk) == []
    assert desk.ask("book", "verify")["problems"] == []


def all_cells(path: Path) -> list[list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    return [
        [row for row in book[name].iter_rows(values_only=True) if any(v is not None for v in row)]
        for name in book.sheetnames
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_revision_marked_as_kept_can_be_restored(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    seen: dict[int, list[list[tuple[object, ...]]]] = {}

    def remember() -> None:
        listed = revisions(desk)
        if listed:
            seen[listed[-1]["revision"]] = all_cells(desk.book)

    def edit() -> None:
        rows = openpyxl.load_workbook(desk.book).worksheets[0].max_row
        save_in_wps(desk.book, header="联系电话", value=f"1380013{chance.randrange(10**4):04}", row=rows)

    def step() -> None:
        numbers = [c["case_no"] for c in desk.ask("list")["cases"]]
        if numbers:
            desk.ask("note", chance.choice(numbers), "--note", f"第{chance.random()}句", "--at", "2099-10-20")

    def restore() -> None:
        listed = [r["revision"] for r in revisions(desk) if r["kept"]]
        if listed:
            desk.ask("book", "restore", str(chance.choice(listed)), "--yes")

    def undo() -> None:
        assert desk.type("undo").code in (0, 2, 6)

    acts = [lambda: add_case(desk), step, edit, undo, restore, lambda: save_in_wps(desk.book)]
    add_case(desk)
    for _ in range(30):
        (act,) = chance.choices(acts, weights=[6, 4, 2, 3, 2, 1])
        act()
        remember()
    listed = revisions(desk)
    kept = [r["revision"] for r in listed if r["kept"]]
    assert kept == [r["revision"] for r in listed], "on one day nothing is thinned"
    compared = 0
    for number in kept:
        done = desk.ask("book", "restore", str(number), "--yes")
        if number in seen:
            assert all_cells(desk.book) == seen[number], number
            compared += 1
        assert done["restored"] == number
    assert compared >= 20
    assert desk.ask("book", "verify")["problems"] == []
    assert defects(desk) == []


def defects(desk: Desk) -> list[str]:
    """What ``doctor`` finds, but for the calendar of a year that is far away."""
    codes = [f["code"] for f in desk.type("doctor", "--json").json["findings"]]
    return [code for code in codes if code != "calendar"]


def with_some_life(desk: Desk) -> list[bytes]:
    for _ in range(3):
        add_case(desk)
    return journal_of(desk).read_bytes().splitlines(keepends=True)


def test_a_sound_chain(desk: Desk) -> None:
    lines = with_some_life(desk)
    answer = desk.ask("book", "verify")
    assert (answer["lines"], answer["problems"]) == (len(lines), [])
    assert answer["head"] == json.loads(lines[-1])["hash"]


@pytest.mark.parametrize("place", range(6))
def test_a_changed_line_is_named(desk: Desk, place: int) -> None:
    lines = with_some_life(desk)
    lines[place] = lines[place].replace("赵敏慧".encode(), "钱敏慧".encode()).replace(b'"at":"2', b'"at":"1')
    journal_of(desk).write_bytes(b"".join(lines))
    answer = desk.type("book", "verify", "--json")
    assert (answer.code, answer.error["code"]) == (7, "integrity")
    assert f"第{place + 1}行" in answer.error["message"]


def test_a_removed_line_is_named(desk: Desk) -> None:
    lines = with_some_life(desk)
    journal_of(desk).write_bytes(b"".join(lines[:2] + lines[3:]))
    answer = desk.type("book", "verify", "--json")
    assert (answer.code, "第3行" in answer.error["message"]) == (7, True)


def test_removed_last_lines_show_in_the_books_only(desk: Desk) -> None:
    lines = with_some_life(desk)
    journal_of(desk).write_bytes(b"".join(lines[:4]))
    answer = desk.type("book", "verify", "--json")
    assert answer.code == 1
    assert any("末尾的行可能被删去" in p for p in answer.json["problems"])
    # What the chain alone cannot show: it fits. The head that a hand-in printed is not the last one any more.
    assert (answer.json["lines"], answer.json["head"]) == (4, json.loads(lines[3])["hash"])


def test_two_heads_are_named(desk: Desk) -> None:
    common = with_some_life(desk)
    other = desk.folder.parent / "PC2"
    shutil.copytree(desk.folder, other)
    add_case(desk)
    add_case(Desk(other, desk.day), name="王五")
    theirs = (other / ".zmn" / "journal.jsonl").read_bytes().splitlines(keepends=True)[len(common) :]
    mine = journal_of(desk).read_bytes()
    beside = journal_of(desk).with_name("journal (PC2 的冲突副本).jsonl")
    beside.write_bytes(b"".join(common + theirs))
    answer = desk.type("book", "verify", "--json")
    assert answer.code == 1
    (told,) = (p for p in answer.json["problems"] if "PC2" in p)
    assert f"前{len(common)}行相同" in told
    assert "另有2行" in told
    findings = desk.type("doctor", "--json").json["findings"]
    assert [f["file"] for f in findings if f["code"] == "two_heads"] == [".zmn/journal.jsonl"]
    assert journal_of(desk).read_bytes() == mine
    beside.unlink()
    journal_of(desk).write_bytes(mine + b"".join(theirs))
    mixed = desk.type("book", "verify", "--json")
    assert mixed.code == 7
    assert "两个链头" in mixed.error["message"]
    assert f"第{len(common) + 3}行" in mixed.error["message"]


def test_a_torn_last_line_is_healed(desk: Desk) -> None:
    lines = with_some_life(desk)
    journal_of(desk).write_bytes(b"".join(lines) + b'{"n":7,"prev":"')
    answer = desk.ask("book", "verify")
    assert answer["lines"] == len(lines)
    assert defects(desk) == ["journal_torn"]
    add_case(desk)
    assert desk.ask("book", "verify")["lines"] == len(lines) + 2
    assert defects(desk) == []


def waiting_note(desk: Desk) -> tuple[str, str]:
    """A case whose waiting note its book contradicts: 处理进度 was typed over. Its number and the operation."""
    number = add_case(desk)
    beside = open_in_wps(desk)
    assert desk.type("note", number, "--note", "等着的", "--at", "2099-10-09").code == 4
    operation = desk.type("book", "replay", "--json").json["waiting"][0]
    assert (operation["disputed"], operation["cases"]) == (False, [number])
    assert "张三" in operation["why"]
    save_in_wps(desk.book, header="处理进度", value="窗口的人自己写的")
    beside.unlink()
    return number, operation["op"]


def test_replay_writes_once_when_the_book_is_shut_again(desk: Desk) -> None:
    number = add_case(desk)
    beside = open_in_wps(desk)
    assert desk.type("note", number, "--note", "等着的", "--at", "2099-10-09").code == 4
    waiting = desk.type("book", "replay", "--json")
    assert (waiting.code, waiting.json["count"]) == (4, 1)
    beside.unlink()
    done = desk.ask("book", "replay")
    assert (done["settled"], done["count"]) == ([number], 0)
    again = desk.ask("book", "replay")
    assert (again["settled"], again["count"]) == ([], 0)
    assert [s["step"] for s in desk.ask("show", number)["steps"]] == ["受理", "备注"]


def test_a_contradicted_entry_is_kept(desk: Desk) -> None:
    number, operation = waiting_note(desk)
    waiting = desk.type("book", "replay", "--json")
    assert waiting.code == 4
    assert [(w["op"], w["disputed"]) for w in waiting.json["waiting"]] == [(operation, True)]
    screen = desk.type("book", "replay").out
    assert "待处理" in screen
    assert f"--keep {operation}" in screen
    kept = desk.ask("book", "replay", "--keep", operation)
    assert (kept["settled"], kept["count"]) == ([number], 0)
    assert any(str(value).endswith("备注：等着的") for value in cells(desk.book)[0])
    assert [s["step"] for s in desk.ask("show", number)["steps"]] == ["受理", "人工修改", "备注"]
    assert desk.ask("overdue")["outbox"] == 0
    assert desk.type("book", "replay", "--keep", operation).code == 2
    assert desk.ask("book", "verify")["problems"] == []


def test_a_contradicted_entry_is_given_up(desk: Desk) -> None:
    number, operation = waiting_note(desk)
    assert desk.type("book", "replay", "--drop", operation).code == 2
    dropped = desk.ask("book", "replay", "--drop", operation, "--yes")
    assert dropped["count"] == 0
    assert "窗口的人自己写的" in cells(desk.book)[0]
    assert [s["step"] for s in desk.ask("show", number)["steps"]] == ["受理", "人工修改"]
    states = [e["state"] for e in desk.ask("book", "history", number)["events"] if e["op"] == operation]
    assert states == ["没有写入"]
    assert desk.type("book", "replay", "--drop", operation, "--yes").code == 2


def test_a_registration_given_up_burns_its_number(desk: Desk) -> None:
    add_case(desk)
    beside = open_in_wps(desk)
    assert desk.type("register", "--name", "王五", "--about", "事", "--at", "2099-10-08 10:00").code == 4
    operation = desk.type("book", "replay", "--json").json["waiting"][0]["op"]
    desk.ask("book", "replay", "--drop", operation, "--yes")
    beside.unlink()
    assert add_case(desk) == "2099100803"


def test_a_forced_replay_goes_past_a_left_owner_file(desk: Desk) -> None:
    number = add_case(desk)
    beside = desk.book.with_name(f"~${desk.book.name}")
    beside.write_bytes(b"")
    assert desk.type("note", number, "--note", "等着的", "--at", "2099-10-09").code == 4
    assert desk.type("book", "replay", "--force").code == 2
    done = desk.ask("book", "replay", "--force", "--yes")
    assert (done["settled"], done["count"]) == ([number], 0)
    assert desk.type("note", number, "--note", "还是等", "--at", "2099-10-09").code == 4
    beside.unlink()


def test_a_damaged_outbox_file_is_named(desk: Desk) -> None:
    number = add_case(desk)
    beside = open_in_wps(desk)
    assert desk.type("note", number, "--note", "等着的", "--at", "2099-10-09").code == 4
    (waiting,) = (desk.folder / ".zmn" / "outbox").iterdir()
    waiting.write_bytes(waiting.read_bytes()[:100])
    beside.unlink()
    for line in (("overdue",), ("book", "replay"), ("register", "--name", "李", "--about", "事")):
        answer = desk.type(*line, "--json")
        assert (answer.code, answer.error["code"]) == (7, "integrity")
        assert waiting.name in answer.error["message"]
    told = desk.type("doctor", "--json")
    assert told.code == 1
    assert "bad_outbox" in [f["code"] for f in told.json["findings"]]
    assert waiting.name in told.out


def test_a_copy_that_is_spoilt_is_told_and_not_restored(desk: Desk) -> None:
    add_case(desk)
    add_case(desk)
    save_in_wps(desk.book)
    desk.ask("list")
    edited = revisions(desk)[-1]["revision"]
    copies = sorted((desk.folder / ".zmn" / "revisions").rglob("*-edited-*.xlsx"))
    copies[0].write_bytes(b"x" + copies[0].read_bytes()[1:])
    add_case(desk)
    verified = desk.type("book", "verify", "--json")
    assert verified.code == 1
    assert [copies[0].name in p for p in verified.json["problems"]] == [True]
    refused = desk.type("book", "restore", str(edited), "--yes", "--json")
    assert (refused.code, "留底" in refused.error["message"]) == (7, True)
    assert not next(r for r in revisions(desk) if r["revision"] == edited)["kept"]


class Clock(datetime):
    """The real clock, set by a test."""

    today_is = datetime(2026, 1, 5, 9)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Clock:
        moment = cls.today_is
        return cls(moment.year, moment.month, moment.day, moment.hour, tzinfo=tz)


def test_months_later_the_marks_in_the_history_are_true(
    new_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = new_desk("neixiang")
    monkeypatch.setattr(_options, "datetime", Clock)
    seen: dict[int, list[list[tuple[object, ...]]]] = {}
    numbers: list[str] = []
    for day in range(0, 100, 2):
        monkeypatch.setattr(Clock, "today_is", datetime(2026, 1, 5, 9) + timedelta(days=day))
        if day % 10 == 4:
            save_in_wps(desk.book, header="联系电话", value=f"1380013{8000 + day}")
            desk.ask("list")
        elif day % 10 == 0:
            numbers.append(desk.ask("register", "--name", "李四", "--about", "事")["case_no"])
        elif day % 14 == 6:
            assert desk.type("undo").code in (0, 2, 6)
        else:
            desk.ask("note", numbers[0], "--note", f"第{day}天")
        seen[revisions(desk)[-1]["revision"]] = all_cells(desk.book)
    listed = revisions(desk)
    lost = [r["revision"] for r in listed if not r["kept"]]
    assert 0 < len(lost) < len(listed) / 2
    for number in lost:
        refused = desk.type("book", "restore", str(number), "--yes", "--json")
        assert (refused.code, "清理" in refused.error["message"]) == (7, True)
    for number in [r["revision"] for r in listed if r["kept"] and r["revision"] in seen]:
        desk.ask("book", "restore", str(number), "--yes")
        assert all_cells(desk.book) == seen[number], number
    copies = list((desk.folder / ".zmn" / "revisions").rglob("*-unseen-*.xlsx"))
    assert len(copies) == sum(r["what"].startswith("人工修改") for r in listed)


def test_a_waiting_entry_whose_file_was_deleted_comes_back_from_the_journal(desk: Desk) -> None:
    desk.register("2099-10-08 09:00")
    owner = desk.book.with_name(f".~{desk.book.name}")
    owner.write_bytes(b"")
    queued = desk.type("register", "--name", "王五", "--about", "证照", "--at", "2099-10-08 10:00", "--json")
    assert queued.code == 4
    for path in (desk.folder / ".zmn" / "outbox").glob("*.json"):
        path.unlink()
    owner.unlink()
    assert "lost_entry" in [f["code"] for f in desk.type("doctor", "--json").json["findings"]]
    assert desk.ask("book", "replay")["settled"] == [queued.json["case_no"]]
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2099100801", "2099100802"]
    assert "lost_entry" not in [f["code"] for f in desk.type("doctor", "--json").json["findings"]]


def test_a_deleted_journal_gives_no_operation_its_number_twice(desk: Desk) -> None:
    desk.register("2099-10-08 09:00")
    owner = desk.book.with_name(f".~{desk.book.name}")
    owner.write_bytes(b"")
    line = ["register", "--about", "证照", "--at", "2099-10-08 10:00", "--json"]
    first = desk.type(*line, "--name", "王五").json["case_no"]
    (desk.folder / ".zmn" / "journal.jsonl").unlink()
    second = desk.type(*line, "--name", "赵六").json["case_no"]
    assert len(list((desk.folder / ".zmn" / "outbox").glob("*.json"))) == 2
    owner.unlink()
    desk.ask("book", "replay")
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2099100801", first, second]


def test_a_book_that_cannot_be_read_any_more_is_restored(desk: Desk) -> None:
    done = desk.register("2099-10-08 09:00")
    good = desk.book.read_bytes()
    desk.book.write_bytes(b"\x00garbage")
    refused = desk.type("list")
    assert refused.code == 5
    assert "zmn book restore" in refused.err
    desk.ask("book", "restore", str(done["revision"]), "--yes")
    assert [c["case_no"] for c in desk.ask("list")["cases"]] == [done["case_no"]]
    assert desk.book.read_bytes() == good
