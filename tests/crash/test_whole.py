"""撤销 and 恢复 replace whole books. Cut off at any durable act, a book is the old or the new one; the next command
settles it, and doing it again never takes back one more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_undo import cells, log_lines, names_file, sheet_part
from tests.desk import Desk
from tests.killing import Killed, acts_of, killed_at
from zhuomuniao.store.journal import DONE, Journal

DAY = "2099-10-30"


def sheets(desk: Desk) -> dict[str, bytes]:
    """Each book's ledger sheet, byte for byte."""
    return {p.name: sheet_part(p) for p in (desk.folder / "台账").rglob("*.xlsx") if p.name[0] not in "~."}


def dump(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    return {p.name: cells(p) for p in (desk.folder / "台账").rglob("*.xlsx") if p.name[0] not in "~."}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Three cases of 2099, and a batch over two years."""
    desk = Desk(tmp_path / "台", DAY)
    line = ("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2099")
    assert desk.type(*line).code == 0
    for n in range(3):
        desk.register(f"2099-10-08 0{n + 1}:00", name=f"甲{n}")
    desk.ask("register", "--from", str(names_file(tmp_path / "名单.csv", "2098-12-30 10:00", "2099-01-05 10:00")))
    return desk.folder


@pytest.fixture
def again(made: Path, tmp_path: Path) -> Callable[[], Desk]:
    """Sets up desks as good as new."""
    numbers = iter(range(10_000))

    def make() -> Desk:
        return Desk(Path(shutil.copytree(made, tmp_path / f"第{next(numbers)}次")), DAY)

    return make


def settle(desk: Desk) -> None:
    """The next command; afterwards nothing is left to settle and the journal fits."""
    assert desk.type("list").code == 0
    journal = Journal(desk.folder / ".zmn")
    assert journal.unfinished() == ()
    done = [(x.payload["op"], x.payload["wrote"]) for x in journal.verify() if x.kind == DONE]
    assert len(done) == len(set(done))
    assert desk.ask("overdue")["outbox"] == 0
    assert desk.ask("book", "verify")["problems"] == []
    assert not list(desk.folder.rglob("*.tmp"))


def was_recorded(desk: Desk, verb: str) -> bool:
    return f'"verb":"{verb}"'.encode() in Journal(desk.folder / ".zmn").path.read_bytes()


def cut_off(desk: Desk, point: int, *line: str) -> None:
    with killed_at(point), pytest.raises(Killed):
        desk.type(*line)


def test_an_undo_of_two_books_is_all_or_nothing(again: Callable[[], Desk]) -> None:
    whole = again()
    before = sheets(whole)
    points = acts_of(lambda: whole.ask("undo"))
    after = sheets(whole)
    assert all(after[name] != before[name] for name in before)
    outcomes = []
    for point in range(points):
        desk = again()
        cut_off(desk, point, "undo")
        for name, part in sheets(desk).items():
            assert part in (before[name], after[name])
        is_undone = was_recorded(desk, "undo")
        settle(desk)
        assert sheets(desk) == (after if is_undone else before), point
        if not is_undone:
            desk.ask("undo")
        assert sheets(desk) == after
        assert [kind for p in (desk.folder / "台账").rglob("*.xlsx") for _, kind in log_lines(p)].count("撤销") == 2
        outcomes.append(is_undone)
        # The operation before it is another one: it has not been taken back in passing.
        assert [c["case_no"] for c in desk.ask("list")["cases"]] == ["2099100801", "2099100802", "2099100803"]
    print(f"undo of two books cut off at {points} acts: {outcomes.count(True)} completed, rest never begun")
    assert {True, False} == set(outcomes)


def test_an_undo_of_one_batch_again_says_that_it_is_undone(again: Callable[[], Desk]) -> None:
    first = again()
    batch = next(r["op"] for r in reversed(first.ask("book", "history")["revisions"]) if "2098" in r["book"])
    for point in range(acts_of(lambda: first.ask("undo", "--batch", batch))):
        desk = again()
        cut_off(desk, point, "undo", "--batch", batch)
        is_undone = was_recorded(desk, "undo")
        assert desk.type("undo", "--batch", batch).code == (2 if is_undone else 0)
        assert desk.ask("list")["count"] == 3


def test_a_restore_is_the_old_book_or_the_new_one(again: Callable[[], Desk]) -> None:
    whole = again()
    first = whole.ask("book", "history")["revisions"][0]["revision"]
    line = ("book", "restore", str(first), "--yes")
    before = dump(whole)
    points = acts_of(lambda: whole.ask(*line))
    after = dump(whole)
    assert after != before
    completed = 0
    for point in range(points):
        desk = again()
        cut_off(desk, point, *line)
        assert dump(desk) in (before, after)
        is_done = was_recorded(desk, "restore")
        settle(desk)
        assert dump(desk) == (after if is_done else before), point
        completed += is_done
        desk.ask(*line)
        assert dump(desk) == after
        assert desk.register("2099-10-08 10:00")["case_no"] == "2099100804"
    print(f"restore cut off at {points} acts: {completed} completed, rest never begun")
    assert 0 < completed < points


def test_an_undo_of_what_waits_is_cut_off(again: Callable[[], Desk], tmp_path: Path) -> None:
    """Half of the batch stands in its book, half waits: whatever happens, an undo done again finishes it."""

    def half_waiting() -> tuple[Desk, str, Path]:
        desk = again()
        newer = Desk(desk.folder, DAY)
        (book,) = (p for p in (desk.folder / "台账" / "2099").glob("*.xlsx"))
        beside = book.with_name(f".~{book.name}")
        beside.write_bytes(b"")
        names = names_file(tmp_path / "又一批.csv", "2098-12-30 11:00", "2099-01-05 11:00")
        return newer, newer.type("register", "--from", str(names), "--json").json["batch"], beside

    desk, batch, beside = half_waiting()
    count = desk.ask("list")["count"] - 2
    points = acts_of(lambda: desk.ask("undo", "--batch", batch))
    beside.unlink()
    for point in range(points):
        desk, batch, beside = half_waiting()
        cut_off(desk, point, "undo", "--batch", batch)
        beside.unlink()
        assert desk.type("undo", "--batch", batch).code in (0, 2)
        settle(desk)
        assert desk.ask("list")["count"] == count, point


def test_an_undo_cell_by_cell_is_cut_off(again: Callable[[], Desk]) -> None:
    """The book was saved by a person: its cells are put back one by one, as one operation."""

    def saved_by_somebody() -> Desk:
        import openpyxl

        desk = again()
        for path in (desk.folder / "台账").rglob("*.xlsx"):
            book = openpyxl.load_workbook(path)
            book.save(path)
        desk.type("list")
        return desk

    whole = saved_by_somebody()
    before = dump(whole)
    points = acts_of(lambda: whole.ask("undo"))
    after = dump(whole)
    for point in range(points):
        desk = saved_by_somebody()
        cut_off(desk, point, "undo")
        is_undone = was_recorded(desk, "undo")
        settle(desk)
        assert dump(desk) == (after if is_undone else before), point
