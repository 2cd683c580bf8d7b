"""Drafts, editions and 更正: what becomes of a report's files when it is made again, and what the 更正 tells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.activities import FieldDesk
from tests.desk import Desk
from tests.julyhall import HOTLINE, names, open_hall, take_call
from zhuomuniao.usecases.madecopies import newest_edition
from zhuomuniao.usecases.office import Moment, Office, open_office

ROOT = Path(__file__).resolve().parents[2]
DUTY = "hotline-ledger"


@pytest.fixture
def hall(tmp_path: Path) -> Desk:
    return open_hall(tmp_path / "台")


def office_of(desk: Desk) -> Office:
    day = date.fromisoformat(desk.day)
    return open_office(desk.folder, Moment(datetime.combine(day, datetime.min.time()), day))


def hand_in(desk: Desk, period: str, on: str, subject: str = DUTY, *, is_again: bool = False) -> Path:
    """The newest edition leaves the office, and that is recorded."""
    desk.day = on
    office = office_of(desk)
    copy = newest_edition(office, subject, period)
    assert copy is not None
    done = desk.ask("duties", "done", subject, "--period", period, *(("--again",) if is_again else ()))
    assert done["files"][0]["path"] == office.workspace.relative(copy.path)
    return copy.path


def pairs(*stems: str) -> list[str]:
    """Workbook and letter of each edition."""
    return sorted(f"{stem}.{ending}" for stem in stems for ending in ("docx", "xlsx"))


def first_file(desk: Desk, answer: dict[str, Any]) -> Path:
    return desk.folder / str(answer["files"][0])


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return [[c.value for c in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def told(answer: dict[str, Any], kind: str) -> list[tuple[str, str, str, str]]:
    return [(c["row"], c["column"], c["old"], c["new"]) for c in answer["changes"] if c["kind"] == kind]


# —— drafts ——


def test_before_its_day_other_figures_replace_the_draft_and_keep_it_beside(hall: Desk) -> None:
    path, letter = (hall.folder / name for name in hall.ask(*HOTLINE, "2026-07")["files"])
    before = path.read_bytes(), letter.read_bytes()
    take_call(hall, "2026-07-30 09:00")
    said = hall.type(*HOTLINE, "2026-07").out
    assert "上一稿" in said
    assert "旧稿1" in said
    assert names(hall) == pairs("2026-07", "2026-07（旧稿1）")
    kept = [one.with_stem(f"{one.stem}（旧稿1）").read_bytes() for one in (path, letter)]
    assert kept == list(before)
    take_call(hall, "2026-07-31 09:00")
    third = hall.ask(*HOTLINE, "2026-07")
    assert (third["correction"], third["changes"], third["counts"]["accepted"]) == (0, [], 4)
    assert names(hall) == pairs("2026-07", "2026-07（旧稿1）", "2026-07（旧稿2）")
    assert "更正" not in str(cells(path, "汇总"))


def test_on_the_last_day_it_is_still_a_draft_and_the_day_after_it_is_not(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    hall.day = "2026-08-07"
    take_call(hall, "2026-07-30 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 0
    hall.day = "2026-08-08"
    take_call(hall, "2026-07-31 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 1


def test_a_letter_somebody_wrote_into_goes_aside_with_its_draft(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-10-18")
    line = ("--locality", "beilin", "--clerk", "赵敏慧", "--year", "2026")
    desk.type("init", str(desk.folder), *line, "--role", "牵头部门", "--office", "碑林区行政审批局")
    field = FieldDesk(desk)
    field.hold("2026-10-08", "区教育局", items=("教师资格认定",))
    xlsx, letter = (desk.folder / name for name in desk.ask("report", "--month", "2026-10")["files"])
    letter.write_bytes(letter.read_bytes() + "手写的部分".encode())
    written = letter.read_bytes()
    field.hold("2026-10-09", "区发改委")
    again = desk.ask("report", "--month", "2026-10")
    assert again["files"] == [desk_path.relative_to(desk.folder).as_posix() for desk_path in (xlsx, letter)]
    assert [Path(p).suffix for p in again["old_drafts"]] == [".xlsx", ".docx"]
    assert letter.with_stem(f"{letter.stem}（旧稿1）").read_bytes() == written
    assert letter.read_bytes() != written


def test_a_draft_that_is_open_elsewhere_is_left_where_it_is(hall: Desk) -> None:
    path = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    before = path.read_bytes()
    owner = path.with_name(f".~{path.name}")
    owner.write_bytes(b"")
    assert hall.type(*HOTLINE, "2026-07").code == 0, "the same figures: nothing is to be written"
    take_call(hall, "2026-07-30 09:00")
    answer = hall.type(*HOTLINE, "2026-07")
    assert (answer.code, "WPS" in answer.err, "关闭后" in answer.err) == (8, True, True)
    owner.unlink()
    assert (path.read_bytes(), names(hall)) == (before, pairs("2026-07"))


def test_correction_is_asked_for_where_a_copy_is_out_that_nobody_recorded(hall: Desk) -> None:
    nothing = hall.type(*HOTLINE, "2026-07", "--correction")
    assert (nothing.code, "还没有生成过" in nothing.err) == (2, True)
    first = hall.ask(*HOTLINE, "2026-07")
    same = hall.type(*HOTLINE, "2026-07", "--correction")
    assert (same.code, "没有要更正的" in same.err, names(hall)) == (2, True, pairs("2026-07"))
    take_call(hall, "2026-07-30 09:00")
    second = hall.ask(*HOTLINE, "2026-07", "--correction")
    assert (second["correction"], second["against"]) == (1, f"此前生成的《{first_file(hall, first).name}》")
    assert names(hall) == pairs("2026-07", "2026-07（更正1）")
    # Its own draft until the day: it is replaced as any other.
    take_call(hall, "2026-07-31 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 1
    assert names(hall) == pairs("2026-07", "2026-07（更正1）", "2026-07（更正1）（旧稿1）")


# —— what was handed in ——


def test_m04_the_july_report_that_was_handed_in(hall: Desk) -> None:
    first = hall.ask(*HOTLINE, "2026-07")
    sent = hand_in(hall, "2026-07", "2026-08-06")
    before = sent.read_bytes()
    # Reopened in September: that is no matter of July.
    number = first_number(hall)
    hall.day = "2026-09-10"
    hall.ask("resolve", number, "--result", "批复已发", "--at", "2026-09-01 09:00")
    for again in (hall.ask(*HOTLINE, "2026-07", "--as-of", "2026-07-31"), hall.ask(*HOTLINE, "2026-07")):
        assert (again["files"], again["correction"], again["is_new"]) == (first["files"], 0, False)
    # Typed late: it was settled in July already, and another call had been forgotten.
    late = take_call(hall, "2026-07-30 09:00", name="孙八")
    hall.ask("resolve", second_number(hall), "--result", "已办妥", "--at", "2026-07-20 09:00")
    printed = hall.type(*HOTLINE, "2026-07").out
    assert "更正1" in printed
    assert "2026年8月6日报出的" in printed
    assert "本月受理：2 → 3" in printed
    assert "--period 2026-07 --again" in printed
    assert "““" not in printed, "the title has quotation marks of its own"
    kinds = re.findall("^    (数字|改动|增加|随变)　", printed, re.M)
    assert kinds.index("增加") > max(n for n, kind in enumerate(kinds) if kind == "数字")
    assert "比率" not in "".join(line for line in printed.splitlines() if line.startswith("    改动"))
    second = hall.ask(*HOTLINE, "2026-07")
    assert (second["correction"], second["is_new"]) == (1, False)
    assert ("本月受理", "", "2", "3") in told(second, "数字")
    assert ("本月办结", "", "0", "1") in told(second, "数字")
    added = [row for row in told(second, "增加") if row[0] == late]
    assert added
    assert "孙*" in added[0][3]
    assert "孙八" not in str(second["changes"])
    assert any(row[0] == second_number(hall) for row in told(second, "改动"))
    path = first_file(hall, second)
    listed = cells(path, "更正说明")
    assert "2026年8月6日报出的" in str(listed)
    assert late in str(listed)
    of_kinds = [row[1] for row in listed if isinstance(row[0], int)]
    assert (of_kinds[0], of_kinds[-1]) == ("数字", "随变"), "what sums up stands last"
    (follows,) = (row for row in listed if row[1] == "随变")
    assert "汇总·比率" in follows[6]
    assert sum(c["table"].startswith("汇总") for c in second["changes"]) > 1, "scripts are told of each cell"
    assert "更正1" in str(cells(path, "汇总"))
    assert sent.read_bytes() == before
    # More comes to light after 更正1 was handed in too: the next one corrects that copy.
    assert hand_in(hall, "2026-07", "2026-09-11", is_again=True) == path
    take_call(hall, "2026-07-31 09:00")
    third = hall.ask(*HOTLINE, "2026-07")
    assert (third["correction"], told(third, "数字")[0][2:]) == (2, ("3", "4"))
    assert "2026年9月11日报出的" in third["against"]
    assert "更正1" in third["against"]
    assert names(hall) == pairs("2026-07", "2026-07（更正1）", "2026-07（更正2）")


def test_a_copy_that_is_out_asks_for_nothing_more(hall: Desk) -> None:
    first = hall.type(*HOTLINE, "2026-07").out
    assert "记一笔：zmn duties done hotline-ledger --period 2026-07\n" in first
    hand_in(hall, "2026-07", "2026-08-06")
    again = hall.type(*HOTLINE, "2026-07").out
    assert "这一份已在 2026-08-06 记为报出" in again
    assert "记一笔" not in again


def first_number(desk: Desk) -> str:
    return str(desk.ask("list", "--ledger", "hotline")["cases"][0]["case_no"])


def second_number(desk: Desk) -> str:
    return str(desk.ask("list", "--ledger", "hotline")["cases"][1]["case_no"])


def test_recorded_before_its_day_it_is_out_and_taken_back_it_is_a_draft_again(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    hand_in(hall, "2026-07", "2026-08-05")
    take_call(hall, "2026-07-30 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 1
    hall.ask("duties", "done", DUTY, "--period", "2026-07", "--take-back")
    take_call(hall, "2026-07-31 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 1
    assert "2026-07（更正1）（旧稿1）.xlsx" in names(hall)


def test_back_to_the_figures_that_were_handed_in_there_is_nothing_to_correct(hall: Desk) -> None:
    first = hall.ask(*HOTLINE, "2026-07")
    hand_in(hall, "2026-07", "2026-08-06")
    wrong = take_call(hall, "2026-07-30 09:00")
    assert hall.ask(*HOTLINE, "2026-07")["correction"] == 1
    hall.ask("undo")
    again = hall.ask(*HOTLINE, "2026-07")
    assert wrong not in str(again)
    assert (again["correction"], again["files"]) == (0, first["files"])


def test_a_deleted_copy_is_made_again_as_it_was_or_told_to_be_gone(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    sent = hand_in(hall, "2026-07", "2026-08-06")
    before = cells(sent, "台账")
    sent.unlink()
    hall.day = "2026-09-01"
    again = hall.ask(*HOTLINE, "2026-07")
    reprint = first_file(hall, again)
    assert (reprint, again["is_new"], again["correction"]) == (sent.with_stem(f"{sent.stem}（补印）"), True, 0)
    assert cells(reprint, "台账") == before
    reprint.unlink()
    take_call(hall, "2026-07-30 09:00")
    second = hall.ask(*HOTLINE, "2026-07")
    assert second["correction"] == 1
    assert {c["kind"] for c in second["changes"]} == {"数字"}
    assert "已经不在原处" in second["remarks"][0]
    assert "已经不在原处" in str(cells(first_file(hall, second), "更正说明"))


def type_into(path: Path, sheet: str, find: str, write: object) -> None:
    book = openpyxl.load_workbook(path)
    (cell,) = (c for row in book[sheet].iter_rows() for c in row if c.value == find)
    cell.value = write
    book.save(path)


def test_a_copy_that_was_edited_after_it_was_handed_in_is_told_and_compared_as_it_is(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    sent = hand_in(hall, "2026-07", "2026-08-06")
    type_into(sent, "台账", "环评批复迟迟不来", "手工改过的话")
    take_call(hall, "2026-07-30 09:00")
    second = hall.ask(*HOTLINE, "2026-07")
    assert "报出以后又有人改动过" in second["remarks"][0]
    assert ("手工改过的话", "环评批复迟迟不来") in [row[2:] for row in told(second, "改动")]
    assert ("本月受理", "", "2", "3") in told(second, "数字")


def test_what_was_typed_in_before_it_was_handed_in_stays_and_is_compared(hall: Desk) -> None:
    path = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    type_into(path, "台账", "环评批复迟迟不来", "报出前改过的话")
    typed = path.read_bytes()
    assert hall.ask(*HOTLINE, "2026-07")["is_new"] is False
    assert path.read_bytes() == typed
    hand_in(hall, "2026-07", "2026-08-06")
    take_call(hall, "2026-07-30 09:00")
    second = hall.ask(*HOTLINE, "2026-07")
    assert ("报出前改过的话", "环评批复迟迟不来") in [row[2:] for row in told(second, "改动")]
    assert "报出以后" not in str(second["remarks"])


def test_a_report_of_an_older_zmn_without_a_full_stamp_is_known_by_its_cells(hall: Desk) -> None:
    path = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    book = openpyxl.load_workbook(path)
    for prop in list(book.custom_doc_props.props):
        if prop.name != "zmn.figures":
            del book.custom_doc_props[prop.name]
    book.custom_doc_props["zmn.figures"].value = "0" * 64
    book.save(path)
    hall.day = "2026-09-01"
    assert hall.ask(*HOTLINE, "2026-07")["is_new"] is False
    take_call(hall, "2026-07-30 09:00")
    second = hall.ask(*HOTLINE, "2026-07")
    assert second["correction"] == 1
    assert told(second, "增加")


def test_a_damaged_copy_counts_as_another_edition(hall: Desk) -> None:
    path = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    path.write_bytes(b"half a file")
    hall.day = "2026-09-01"
    second = hall.ask(*HOTLINE, "2026-07")
    assert (second["correction"], path.read_bytes()) == (1, b"half a file")
    assert "读不出来" in second["remarks"][0]


def test_a_whole_month_after_a_running_one_was_handed_in_corrects_it(hall: Desk) -> None:
    hall.day = "2026-07-31"
    hall.ask(*HOTLINE, "2026-07", "--as-of", "2026-07-30")
    hand_in(hall, "2026-07", "2026-07-31")
    hall.day = "2026-08-05"
    take_call(hall, "2026-07-31 09:00")
    whole = hall.ask(*HOTLINE, "2026-07")
    assert (whole["correction"], "截至7月30日" in whole["against"]) == (1, True)
    assert ("本月受理", "", "2", "3") in told(whole, "数字")
    # Looking back at an earlier day corrects nothing.
    back = hall.ask(*HOTLINE, "2026-07", "--as-of", "2026-07-05")
    assert (back["correction"], "截至7月5日" in back["files"][0]) == (0, True)


def test_names_never_get_into_a_masked_paper_by_way_of_its_corrections(hall: Desk) -> None:
    full = first_file(hall, hall.ask(*HOTLINE, "2026-07", "--full"))
    plain = full.with_name(full.name.replace("（含姓名电话）", ""))
    full.rename(plain)  # somebody renamed it
    hall.day = "2026-09-01"
    take_call(hall, "2026-07-30 09:00", name="孙八")
    second = hall.ask(*HOTLINE, "2026-07")
    assert second["correction"] == 1
    everything = json.dumps(second, ensure_ascii=False) + str(cells(first_file(hall, second), "更正说明"))
    assert "李四" not in everything
    assert "13800138000" not in everything
    assert "只对照数字" in second["remarks"][0]


# —— the newest edition ——


def newest(desk: Desk, subject: str = DUTY, period: str = "2026-07") -> Path | None:
    copy = newest_edition(office_of(desk), subject, period)
    return copy.path if copy else None


def test_the_newest_edition_is_found_by_its_stamp_whatever_it_is_called(hall: Desk) -> None:
    assert newest(hall) is None
    first = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    hall.ask(*HOTLINE, "2026-07", "--full")
    hall.ask(*HOTLINE, "2026-07", "--as-of", "2026-07-20")
    (first.parent / "别的.xlsx").write_bytes(b"no workbook")
    assert newest(hall) == first
    take_call(hall, "2026-07-30 09:00")
    hall.ask(*HOTLINE, "2026-07")
    assert newest(hall) == first, "not the older draft"
    renamed = first.rename(first.with_name("给局长看的.xlsx"))
    assert newest(hall) == renamed
    assert newest(hall, "hard-cases") is None
    assert newest(hall, period="2026-08") is None


# —— for own use and for a duty ——


def test_what_a_desk_makes_for_itself_is_no_edition_of_a_hand_in(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "台", "2026-12-30")
    line = ("--locality", "beilin", "--clerk", "赵敏慧", "--year", "2026", "--role", "牵头部门")
    desk.type("init", str(desk.folder), *line, "--office", "碑林区行政审批局")
    field = FieldDesk(desk)
    field.hold("2026-10-08", "区教育局", items=("教师资格认定",))
    own = desk.ask("report", "--year", "2026")
    handed = desk.ask("report", "--duty", "assessment-data", "--year", "2026")
    assert (own["duty"], handed["duty"]) == (None, "assessment-data")
    assert own["files"][0] != handed["files"][0]
    assert (own["correction"], handed["correction"], handed["old_drafts"]) == (0, 0, [])
    path, other = (desk.folder / one["files"][0] for one in (own, handed))
    before = path.read_bytes()
    other.unlink()
    path.rename(other)
    refused = desk.type("report", "--duty", "assessment-data", "--year", "2026")
    assert (refused.code, "另一份报表" in refused.err, "--out" in refused.err) == (2, True, True)
    assert other.read_bytes() == before


# —— places that are in the way ——


def test_a_folder_in_a_files_place_is_told_and_nothing_is_written(hall: Desk) -> None:
    for ending in ("xlsx", "json"):
        folder = hall.folder / ending
        named = first_file(hall, hall.ask(*HOTLINE, "2026-07", "--out", str(folder / "样子"))).stem
        there = f"{named}.{ending}"
        (folder / there).mkdir(parents=True)
        answer = hall.type(*HOTLINE, "2026-07", "--out", str(folder), "--format", "xlsx,json")
        assert (answer.code, "文件夹" in answer.err, "移走" in answer.err) == (8, True, True)
        assert sorted(p.name for p in folder.iterdir()) == sorted((there, "样子"))


def test_a_file_where_the_folder_should_be_is_told(hall: Desk) -> None:
    (hall.folder / "占用").write_text("")
    answer = hall.type(*HOTLINE, "2026-07", "--out", str(hall.folder / "占用"))
    assert (answer.code, "占用" in answer.err) == (8, True)
    longer = hall.type(*HOTLINE, "2026-07", "--out", str(hall.folder / ("很长" * 200)))
    assert (longer.code, "太长" in longer.err) == (8, True)


def test_names_that_look_like_editions_are_counted_and_odd_ones_passed_over(hall: Desk) -> None:
    hall.day = "2026-09-01"
    path = first_file(hall, hall.ask(*HOTLINE, "2026-07"))
    (path.with_stem(f"{path.stem}（更正7）")).write_bytes(path.read_bytes()[:50])
    for odd in ("（更正x）", "（更正１）", "（更正-1）", "（更正99999999999999999999）", "（更正1）副本", "-.csv"):
        path.with_stem(path.stem + odd).write_bytes(b"x")
    (path.with_stem(f"{path.stem}（更正8）")).with_suffix(".docx").write_bytes(b"a letter without its table")
    answer = hall.ask(*HOTLINE, "2026-07")
    assert answer["correction"] == 9


def test_two_who_make_the_same_report_at_once_make_one_edition(hall: Desk) -> None:
    hall.ask(*HOTLINE, "2026-07")
    hall.day = "2026-09-01"
    take_call(hall, "2026-07-30 09:00")
    line = [sys.executable, "-m", "zhuomuniao", *HOTLINE, "2026-07", "--as-of", hall.day, "-w", str(hall.folder)]
    running = [subprocess.Popen([*line, "--json"], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [answer["correction"] for answer in answers] == [1] * 4
    assert sum(answer["is_new"] for answer in answers) == 1
    assert names(hall) == pairs("2026-07", "2026-07（更正1）")


def test_what_is_for_own_use_stays_a_draft_for_its_day(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk("neixiang", "2026-10-01")
    desk.register("2026-09-01 09:00")
    first = desk.ask("report", "--month", "2026-09")
    desk.register("2026-09-30 09:00")
    second = desk.ask("report", "--month", "2026-09")
    assert (second["correction"], second["files"], len(second["old_drafts"])) == (0, first["files"], 2)
    desk.register("2026-09-29 09:00")
    given_away = desk.ask("report", "--month", "2026-09", "--correction")
    assert (given_away["correction"], given_away["old_drafts"]) == (1, [])
    desk.register("2026-09-28 09:00")
    later = desk.ask("report", "--month", "2026-09", "--as-of", "2026-10-09")
    assert (later["correction"], later["old_drafts"]) == (2, []), "yesterday's copy may have left the office"
