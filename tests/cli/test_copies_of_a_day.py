"""Which copy is on record: one made after the day it left, one with names in it, one of a day to come."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_duties import DONE, hall, open_desk
from tests.desk import Desk
from tests.julyhall import take_call

__all__ = ["hall"]

MAKE = ("report", "--duty", "hotline-ledger", "--month", "2026-10")
INSIDE = "含姓名电话，只在窗口内部使用，不要报出去；要报的一份不加 --full 再生成"


# —— made after it left ——


def test_a_copy_made_after_the_day_it_left_is_told_with_the_one_there_was(hall: Desk) -> None:
    take_call(hall, "2026-10-12 09:00")
    hall.ask(*MAKE, "--as-of", "2026-11-04")
    take_call(hall, "2026-10-13 09:00", name="王五")
    (book, letter) = hall.ask(*MAKE, "--as-of", "2026-11-06")["files"]
    done = hall.ask(*DONE, "--at", "2026-11-05", "--as-of", "2026-11-06")
    assert [file["path"] for file in done["files"]] == [book, letter], "it is recorded all the same"
    (told,) = done["warnings"]
    assert "是 2026-11-06 生成的，晚于报出日期 2026-11-05" in told
    command, _, rest = told.partition("用 zmn ")[2].partition(" 撤回，再用 ")
    named, _, _ = rest.partition(" 记一次")
    assert "（旧稿1）.xlsx" in named
    hall.ask(*command.split(), "--as-of", "2026-11-06")
    at, _, draft = named.partition(' --file "')
    path = hall.folder / draft.rstrip('"')
    again = hall.ask(*DONE, *at.split(), "--file", str(path), "--as-of", "2026-11-06")
    assert (again["warnings"], again["submitted_on"], again["files"][0]["path"]) == ([], "2026-11-05", draft[:-1])
    assert "2026-11-06 生成" not in hall.type("duties", "--as-of", "2026-11-06").out


def test_a_correction_made_after_it_left_names_the_edition_before(hall: Desk) -> None:
    take_call(hall, "2026-10-12 09:00")
    (first, _) = hall.ask(*MAKE, "--as-of", "2026-11-04")["files"]
    take_call(hall, "2026-10-13 09:00", name="王五")
    said = hall.type(*MAKE, "--as-of", "2026-11-12").out
    assert "已作为“更正1”另存，zmn 没有动原来的文件" in said
    (told,) = hall.ask(*DONE, "--at", "2026-11-05", "--as-of", "2026-11-12")["warnings"]
    assert f'再用 --at 2026-11-05 --file "{first}" 记一次' in told


def test_where_there_was_none_on_that_day_no_file_is_named(hall: Desk) -> None:
    hall.ask(*MAKE, "--as-of", "2026-11-06")
    (told,) = hall.ask(*DONE, "--at", "2026-11-05", "--as-of", "2026-11-06")["warnings"]
    assert "再用 --at 2026-11-05 --file 写明文件记一次" in told


def test_a_copy_of_the_day_or_before_is_recorded_without_a_word(hall: Desk) -> None:
    hall.ask(*MAKE, "--as-of", "2026-11-04")
    assert hall.ask(*DONE, "--at", "2026-11-05", "--as-of", "2026-11-06")["warnings"] == []


# —— with names in it ——


def test_a_copy_with_names_is_not_asked_to_be_handed_in(tmp_path: Path, hall: Desk) -> None:
    said = hall.type(*MAKE, "--full", "--as-of", "2026-11-04").out
    assert said.count(INSIDE) == 1
    assert "记一笔" not in said
    masked = hall.type(*MAKE, "--as-of", "2026-11-04").out
    assert (INSIDE in masked, "记一笔" in masked) == (False, True)
    for locality, role, line in (
        ("beilin", "营商办", ("report", "--quarter", "2026Q3")),
        ("linxian", "窗口", ("report", "--duty", "hard-cases", "--month", "2026-10")),
        ("neixiang", "窗口", ("report", "--month", "2026-10")),
    ):
        desk = open_desk(tmp_path / locality, locality, role)
        said = desk.type(*line, "--full", "--as-of", "2026-11-04").out
        assert (said.count("✓") == said.count(INSIDE) > 0, "记一笔" in said) == (True, False), locality


def test_a_hand_in_with_names_in_it_is_told_plainly(hall: Desk) -> None:
    (book, letter) = hall.ask(*MAKE, "--full", "--as-of", "2026-11-04")["files"]
    (found,) = hall.ask(*DONE, "--as-of", "2026-11-05")["warnings"]
    assert f"{Path(book).name}》含姓名电话，只在窗口内部使用，不要报出去" in found
    assert "hotline-ledger --period 2026-10 --take-back 撤回" in found
    hall.ask(*DONE, "--take-back", "--as-of", "2026-11-05")
    hall.ask(*MAKE, "--as-of", "2026-11-05")
    assert hall.ask(*DONE, "--as-of", "2026-11-05")["warnings"] == [], "the masked one is found first"
    hall.ask(*DONE, "--take-back", "--as-of", "2026-11-05")
    (named,) = hall.ask(*DONE, "--file", str(hall.folder / letter), "--as-of", "2026-11-05")["warnings"]
    assert f"{Path(letter).name}》含姓名电话" in named


# —— a period that still runs ——


def test_a_running_month_that_tells_the_same_is_not_called_whole(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "窗口")
    make = ("report", "--duty", "hard-cases", "--month", "2026-08")
    desk.ask(*make, "--as-of", "2026-08-20")
    desk.ask("duties", "done", "hard-cases", "--period", "2026-08", "--as-of", "2026-08-20")
    said = desk.type(*make, "--as-of", "2026-08-25").out
    assert "期间已完" not in said
    assert "这一份到 2026-08-25 为止；数字和 2026-08-20 报出的" in said
    assert "期间已完，这一份是整期的" in desk.type(*make, "--as-of", "2026-09-01").out


# —— a day to come ——


def test_a_day_to_come_is_told_where_something_is_made_or_recorded(hall: Desk) -> None:
    day, month = "2090-11-06", "2090-10"
    words = f"按 --as-of 把 {day} 当作今天；实际今天是 "
    make = ("report", "--duty", "hotline-ledger", "--month", month)
    assert words in hall.type(*make, "--as-of", day).out
    assert any(words in line for line in hall.ask(*make, "--as-of", day)["warnings"])
    done = hall.ask("duties", "done", "hotline-ledger", "--period", month, "--as-of", day)
    assert any(words in line for line in done["warnings"])
    assert words not in hall.type(*MAKE, "--as-of", "2026-01-04").out


def test_of_a_roster_the_copy_with_names_is_named(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, "linxian", "政务改革和政策法规股")
    desk.ask("officer", "add", "--name", "刘某甲", "--source", "人大代表", "--on", "2026-01-05")
    roster = ("report", "--duty", "officer-list", "--as-of")
    desk.ask(*roster, "2026-11-10")
    (early,) = desk.ask(*roster, "2026-11-10", "--full")["files"]
    desk.ask("officer", "add", "--name", "刘某乙", "--source", "人大代表", "--on", "2026-11-11")
    desk.ask(*roster, "2026-11-12", "--full")
    done = desk.ask("duties", "done", "officer-list", "--at", "2026-11-10", "--as-of", "2026-11-12")
    (told,) = done["warnings"]
    assert "（含姓名电话）" in told.partition("--file")[2], told
    assert Path(early).stem in told
