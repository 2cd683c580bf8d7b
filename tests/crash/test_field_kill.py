"""A process dies within an operation over the books of activities and issues: it is done in both or in none."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.desk import Desk
from tests.fieldbooks import activity_book, issue_book, row_of
from tests.killing import Killed, acts_of, killed_at

DAY = "2026-09-18"
Words = tuple[str, ...]


def unit_desk(folder: Path) -> Desk:
    """区教育局 with one activity that has found one problem."""
    desk = Desk(folder / "单位", DAY)
    assert (
        desk.type("init", str(desk.folder), "--locality", "beilin", "--clerk", "赵敏慧", "--year", "2026").code == 0
    )
    desk.ask(
        "activity", "record", "--unit", "教育局", "--leader", "张明 局长", "--kind", "走流程", "--on", "2026-09-10"
    )
    desk.ask("issue", "add", "--activity", "HD2026091001", "--problem", "叫号机不准")
    return desk


def numbers_in(book: Path, sheet: int = 0) -> list[str]:
    """Every 编号 of a sheet, by an independent reader."""
    rows = list(openpyxl.load_workbook(book).worksheets[sheet].iter_rows(values_only=True))
    header = next(row for row in rows if "编号" in row)
    place = header.index("编号")
    return [str(row[place]) for row in rows[rows.index(header) + 1 :] if row[place]]


def counts_of(desk: Desk) -> tuple[int, int]:
    row = row_of(activity_book(desk), "HD2026091001")
    return int(row["发现问题数"] or 0), int(row["解决问题数"] or 0)


def kill_each(
    folder: Path, desk: Desk, line: Words, points: Callable[[int], range], judge: Callable[[Desk], bool]
) -> int:
    """Die before each of these durable acts of the command; after the next command all of it stands or none of it.

    Answers how many times it stood.
    """
    whole = desk.folder
    trial = Desk(folder / "量", DAY)
    shutil.copytree(whole, trial.folder)
    acts = acts_of(lambda: trial.ask(*line))
    assert acts >= 4
    stood = 0
    for point in points(acts):
        dying = Desk(folder / f"死{point}", DAY)
        shutil.copytree(whole, dying.folder)
        with pytest.raises(Killed), killed_at(point):
            dying.type(*line)
        # Any command that follows puts right what was left.
        dying.ask(
            "activity",
            "record",
            "--unit",
            "民政局",
            "--leader",
            "吴某 局长",
            "--kind",
            "走流程",
            "--on",
            "2026-09-11",
        )
        stood += judge(dying)
        assert max(Counter(numbers_in(issue_book(dying))).values(), default=1) == 1
        assert dying.ask("doctor")["count"] == 0
        assert dying.ask("check")["count"] == 0
        assert dying.type("book", "verify").code == 0
        assert not list(dying.folder.rglob("*.tmp"))
        shutil.rmtree(dying.folder)
    return stood


def found_in_both_or_none(desk: Desk) -> bool:
    """Whether the second issue stands; the activity counts what stands."""
    listed = numbers_in(issue_book(desk))
    assert listed[:1] == ["WT2026091001"]
    assert len(listed) in (1, 2)
    assert counts_of(desk) == (len(listed), 0)
    assert len(desk.ask("issue", "list")["issues"]) == len(listed)
    return len(listed) == 2


def cleared_in_both_or_none(desk: Desk) -> bool:
    (issue,) = desk.ask("issue", "list")["issues"]
    assert counts_of(desk) == (1, int(issue["status"] == "已销号"))
    return bool(issue["status"] == "已销号")


ADD = ("issue", "add", "--activity", "HD2026091001", "--problem", "没有样表")
CLEAR = ("issue", "clear", "WT2026091001", "--effect", "已校准")


def some(acts: int) -> range:
    return range(1, acts, max(1, acts // 5))


def each(acts: int) -> range:
    return range(acts)


def collect_and_kill(folder: Path, points: Callable[[int], range]) -> int:
    unit = unit_desk(folder)
    unit.ask("issue", "add", "--activity", "HD2026091001", "--need", "希望周六开门")
    (file,) = unit.ask("issue", "hand-in", "--quarter", "2026Q3")["lists"][0]["files"]
    inbox = folder / "收件"
    inbox.mkdir()
    shutil.copy(unit.folder / file, inbox)
    lead = Desk(folder / "牵头", DAY)
    line = (
        "--locality",
        "beilin",
        "--clerk",
        "周某",
        "--year",
        "2026",
        "--role",
        "牵头部门",
        "--office",
        "区行政审批局",
    )
    assert lead.type("init", str(lead.folder), *line).code == 0

    def judge(desk: Desk) -> bool:
        """Rows and 报送登记 together or not at all; the list is whole once it is taken in again."""
        book = issue_book(desk)
        sheet = openpyxl.load_workbook(book).sheetnames.index("报送登记")
        rows, handed = len(numbers_in(book)), len(numbers_in(book, sheet))
        assert (rows, handed) in ((0, 0), (2, 1))
        again = desk.ask("issue", "collect", str(inbox), "--period", "2026Q3")
        assert again["new"] == 2 - rows
        assert (len(numbers_in(book)), len(numbers_in(book, sheet))) == (2, 1)
        return rows == 2

    return kill_each(folder, lead, ("issue", "collect", str(inbox), "--period", "2026Q3"), points, judge)


@pytest.mark.parametrize(("line", "judge"), [(ADD, found_in_both_or_none), (CLEAR, cleared_in_both_or_none)])
def test_an_issue_and_its_activity(tmp_path: Path, line: Words, judge: Callable[[Desk], bool]) -> None:
    assert kill_each(tmp_path, unit_desk(tmp_path), line, some, judge) >= 1


def test_lists_that_are_taken_in(tmp_path: Path) -> None:
    assert collect_and_kill(tmp_path, some) >= 1


@pytest.mark.soak
@pytest.mark.parametrize(("line", "judge"), [(ADD, found_in_both_or_none), (CLEAR, cleared_in_both_or_none)])
def test_an_issue_and_its_activity_at_every_act(tmp_path: Path, line: Words, judge: Callable[[Desk], bool]) -> None:
    assert kill_each(tmp_path, unit_desk(tmp_path), line, each, judge) >= 3


@pytest.mark.soak
def test_lists_that_are_taken_in_at_every_act(tmp_path: Path) -> None:
    assert collect_and_kill(tmp_path, each) >= 3
