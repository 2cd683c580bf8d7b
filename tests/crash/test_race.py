"""Many processes at one workspace (N-04): every answer printed is in the book, and nobody sees half a book."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.desk import Desk
from zhuomuniao.store.journal import DONE, INTENT, Journal
from zhuomuniao.store.lock import WAIT_SECONDS

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Race:
    """What the clerks and the onlookers were answered, one list for each of them."""

    desk: Desk
    clerks: list[list[Any]]
    onlookers: list[list[Any]]
    seconds: float

    @property
    def registered(self) -> list[Any]:
        return [answer for clerk in self.clerks for answer in clerk]

    @property
    def looks(self) -> list[Any]:
        return [answer for onlooker in self.onlookers for answer in onlooker]

    @property
    def longest_wait(self) -> float:
        return max(answer["seconds"] for answer in self.registered)


def hold_race(root: Path, *, clerks: int, times: int, onlookers: int, pace: str = "usual") -> Race:
    """Let so many clerks register so often at once while others look."""
    desk = Desk(root / "台")
    assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--year", "2026").code == 0
    finish = root / "finish"
    began = time.monotonic()
    looking = [_start(root / f"look{n}", "look", desk, str(finish), "", pace) for n in range(onlookers)]
    writing = [_start(root / f"clerk{n}", "register", desk, f"员{n}号", str(times), pace) for n in range(clerks)]
    try:
        codes = [process.wait() for process in writing]
    finally:
        finish.touch()
        codes += [process.wait() for process in looking]
    assert set(codes) == {0}
    return Race(
        desk,
        [_answers(root / f"clerk{n}") for n in range(clerks)],
        [_answers(root / f"look{n}") for n in range(onlookers)],
        time.monotonic() - began,
    )


def check_books(race: Race, count: int) -> None:
    """No error; every number once, in rows, log and journal; the row that was told is the row where it stands."""
    assert {(answer["code"], answer["error"]) for answer in race.registered} == {(0, "")}
    assert {answer["saved"] for answer in race.registered} == {"written"}
    told = {answer["case_no"]: answer["row"] for answer in race.registered}
    assert len(told) == len(race.registered) == count
    workbook = openpyxl.load_workbook(race.desk.book)
    sheet, log = workbook.worksheets[0], workbook["流转记录"]
    headers = {cell.value: cell.column - 1 for cell in sheet[2]}
    rows = {
        str(row[headers["事项编号"]]): (number, str(row[headers["办理对象"]]))
        for number, row in enumerate(sheet.iter_rows(min_row=3, values_only=True), start=3)
        if row[headers["事项编号"]]
    }
    assert {no: number for no, (number, _) in rows.items()} == told
    names = {f"员{n}号{turn}" for n, clerk in enumerate(race.clerks) for turn in range(len(clerk))}
    assert {name for _, name in rows.values()} == names
    # The numbers of a day follow one another without a gap, for none was lost.
    assert {int(no[8:]) for no in rows} == set(range(1, count + 1))
    lines = Counter(str(no) for (no,) in log.iter_rows(3, min_col=4, max_col=4, values_only=True) if no)
    assert lines == Counter(list(rows))
    kinds = Counter(line.kind for line in Journal(race.desk.folder / ".zmn").verify())
    assert (kinds[INTENT], kinds[DONE]) == (count, count)
    assert not list(race.desk.folder.rglob("*.tmp"))


def check_looks(race: Race, count: int) -> None:
    """Never an error, never half a book, never fewer cases than before."""
    assert {(answer["code"], answer["error"]) for answer in race.looks} == {(0, "")}
    assert [answer["findings"] for answer in race.looks if answer["findings"]] == []
    # Nobody has a book open, so nothing ever waits.
    assert {answer["outbox"] for answer in race.looks if answer["command"] == "overdue"} == {0}
    for onlooker in race.onlookers:
        seen: set[str] = set()
        for answer in (answer for answer in onlooker if answer["command"] == "list"):
            now = [no for no, _ in answer["cases"]]
            assert len(now) == len(set(now))
            assert not any(is_queued for _, is_queued in answer["cases"])
            assert seen <= set(now)
            # What is there is the beginning of the numbers: a row without its neighbour would be half a book.
            assert {int(no[8:]) for no in now} == set(range(1, len(now) + 1))
            seen = set(now)
        assert len(seen) == count


def report(race: Race, capsys: pytest.CaptureFixture[str]) -> None:
    lists = [answer for answer in race.looks if answer["command"] == "list"]
    with capsys.disabled():
        print(
            f"\n{len(race.clerks)} 个进程同时登记 {len(race.registered)} 件，{len(race.onlookers)} 个进程同时查看"
            f" {len(race.looks)} 次（其中列表 {len(lists)} 次），用时 {race.seconds:.0f} 秒，"
            f"最久的一次登记 {race.longest_wait:.1f} 秒；无一丢失、重号或出错"
        )


def test_n04_eight_clerks_register_at_once_while_two_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    race = hold_race(tmp_path, clerks=8, times=20, onlookers=2)
    check_books(race, 160)
    check_looks(race, 160)
    # Looking went on between the registrations, not before or after them.
    assert len({len(answer["cases"]) for answer in race.looks if answer["command"] == "list"}) > 8
    report(race, capsys)


@pytest.mark.soak
def test_n04_eight_clerks_register_fifty_each_while_two_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    race = hold_race(tmp_path, clerks=8, times=50, onlookers=2)
    check_books(race, 400)
    check_looks(race, 400)
    assert len({len(answer["cases"]) for answer in race.looks if answer["command"] == "list"}) > 20
    report(race, capsys)


@pytest.mark.soak
def test_n04_a_long_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    race = hold_race(tmp_path, clerks=8, times=150, onlookers=3)
    check_books(race, 1200)
    check_looks(race, 1200)
    report(race, capsys)


@pytest.mark.soak
def test_nobody_starves_at_a_slow_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    race = hold_race(tmp_path, clerks=8, times=25, onlookers=0, pace="slow")
    check_books(race, 200)
    assert race.longest_wait < WAIT_SECONDS * 0.75
    report(race, capsys)


def _start(answers: Path, role: str, desk: Desk, who: str, amount: str, pace: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "tests.crash.racing", role, str(desk.folder), who, amount, pace]
    with answers.open("wb") as out:
        return subprocess.Popen(line, cwd=ROOT, stdout=out)


def _answers(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
