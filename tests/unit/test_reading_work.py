"""How much work a look at a big ledger is: sheets read, rows turned into records, lines of the log into steps.

Work is counted, not seconds: the numbers are the same on a busy machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.bigbook import AS_OF, BigBook, build
from tests.countedwork import counter_of_calls
from tests.desk import Desk
from zhuomuniao import caselog
from zhuomuniao.commands import _options
from zhuomuniao.intake import Archive, inflate_member
from zhuomuniao.model import StepKind
from zhuomuniao.rows import RowForm
from zhuomuniao.store import bookparts, proof, reader
from zhuomuniao.store.opened import OpenedBook
from zhuomuniao.store.plan import TEMPLATE_ROWS
from zhuomuniao.store.sheetxml import SheetXml
from zhuomuniao.usecases import editions
from zhuomuniao.usecases.looking import records_at
from zhuomuniao.usecases.office import Moment, Office, open_office

CASES, STILL_OPEN, OVERDUE = 400, 60, 20
CUTS = (date(2026, 10, 31), date(2026, 9, 30), date(2025, 10, 31))
"""A period's end, that of the one before, that of a year before."""


@pytest.fixture(scope="module")
def big() -> Iterator[BigBook]:
    with TemporaryDirectory(prefix="zmn-big-", ignore_cleanup_errors=True) as folder:
        yield build(Path(folder) / "台", CASES, still_open=STILL_OPEN, overdue=OVERDUE)


class Clock(datetime):
    """It is the day that the ledger is kept up to."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.combine(AS_OF, time(17), tz)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counter[str]:
    """What is done from now on: ``sheets`` read, cells gone through one by one, ``records`` and ``steps`` made, and
    parts gone through from end to end. Nothing is kept of the books yet.
    """
    monkeypatch.setenv("ZMN_CACHE", str(tmp_path / "缓存"))
    monkeypatch.setattr(_options, "datetime", Clock)
    done: Counter[str] = Counter()
    count = counter_of_calls(monkeypatch, done)
    count(reader.SheetReader, "values", "sheets")
    count(reader, "_reach_of_filled", "cells one by one")
    count(RowForm, "record_of", "records")
    count(caselog, "step_of_row", "steps")
    count(editions, "figures_of", "reports made plain")
    count(proof, "require_xml", "parts gone through")
    return done


def copied(big: BigBook, folder: Path) -> Desk:
    """A desk with the same books, to write into."""
    copytree(big.office.workspace.root, folder / "台")
    return Desk(folder / "台", AS_OF.isoformat())


def desk_of(big: BigBook, as_of: date = AS_OF) -> Office:
    """The same books looked at by a new command."""
    return open_office(big.office.workspace.root, Moment(datetime.combine(AS_OF, time(17)), as_of))


def touched_since(big: BigBook, days: tuple[date, ...]) -> set[str]:
    """The cases that had begun by one of the days and were touched after it."""
    logs = desk_of(big).ledger(big.spec).steps()
    return {no for no, log in logs.items() if any(log[0].at.date() <= day < log[-1].at.date() for day in days)}


def visited_in_a_month(big: BigBook, ends: tuple[date, ...]) -> set[str]:
    """The cases visited in a month that ends on one of the days."""
    logs = desk_of(big).ledger(big.spec).steps()
    visits = {no: [step.at.date() for step in log if step.kind is StepKind.VISIT] for no, log in logs.items()}
    return {no for no, days in visits.items() if any(d.replace(day=1) <= v <= d for d in ends for v in days)}


def lines_of(big: BigBook, cases: set[str]) -> int:
    logs = desk_of(big).ledger(big.spec).steps()
    return sum(len(logs[no]) for no in cases)


def test_the_big_book_is_one_that_zmn_accepts(big: BigBook) -> None:
    desk = Desk(big.office.workspace.root, AS_OF.isoformat())
    assert (big.cases, big.steps) == (CASES, CASES * 6)
    assert desk.type("doctor").code == 0
    assert desk.type("check").code == 0
    morning = desk.ask("overdue")
    assert (morning["open"], len(morning["overdue"])) == (STILL_OPEN, OVERDUE)


def test_the_first_look_of_a_day_makes_records_of_what_moves_only(big: BigBook, work: Counter[str]) -> None:
    state = desk_of(big).ledger(big.spec).moving_state()
    assert len(state.records) == STILL_OPEN
    assert work == {"sheets": 1, "records": STILL_OPEN}
    assert state.first_day == date(2026, 1, 5)


def test_the_next_look_opens_no_book(big: BigBook, work: Counter[str]) -> None:
    desk = Desk(big.office.workspace.root, AS_OF.isoformat())
    first = desk.type("overdue", "--json").out
    work.clear()
    assert desk.type("overdue", "--json").out == first
    assert work == {"records": STILL_OPEN}


def test_who_lists_all_keeps_all(big: BigBook, work: Counter[str]) -> None:
    desk = Desk(big.office.workspace.root, AS_OF.isoformat())
    first = desk.type("list", "--json").out
    work.clear()
    assert desk.type("list", "--json").out == first
    assert work == {"records": CASES}


def test_what_was_written_is_kept_by_who_wrote_it(big: BigBook, work: Counter[str], tmp_path: Path) -> None:
    desk = copied(big, tmp_path)
    desk.ask("overdue")
    desk.register(f"{AS_OF} 09:00", name="司马相如")
    work.clear()
    told = desk.type("overdue", "--json").out
    assert work == {"records": STILL_OPEN + 1}
    no = json.loads(told)["overdue"][0]["case_no"]
    desk.ask("resolve", no, "--result", "已经办好")
    work.clear()
    desk.ask("overdue")
    assert work == {"records": STILL_OPEN + 1}
    # What has come to rest is known from the first look on.
    work.clear()
    assert desk.ask("overdue")["open"] == STILL_OPEN
    assert work["sheets"] == 0


def test_a_sheet_that_was_proved_is_not_proved_again(big: BigBook, work: Counter[str], tmp_path: Path) -> None:
    desk = copied(big, tmp_path)
    desk.register(f"{AS_OF} 09:00", name="司马相如")
    assert work["parts gone through"] == 2
    desk.register(f"{AS_OF} 09:10", name="诸葛亮")
    assert work["parts gone through"] == 2


def test_three_earlier_days_are_one_reading_and_only_what_was_touched_is_replayed(
    big: BigBook, work: Counter[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = lines_of(big, touched_since(big, CUTS))
    assert 0 < expected < big.steps / 5
    monkeypatch.setenv("ZMN_CACHE", str(tmp_path / "还没有看过"))
    work.clear()
    seen = records_at(desk_of(big), big.spec, CUTS)
    assert work == {"sheets": 2, "records": CASES, "steps": expected}
    assert [len(s.records) for s in seen] == sorted((len(s.records) for s in seen), reverse=True)
    assert len(seen[0].records) > len(seen[1].records) > len(seen[2].records) == 0


def test_a_month_reads_each_sheet_once_and_the_lines_of_few(
    big: BigBook, work: Counter[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = lines_of(big, touched_since(big, CUTS) | visited_in_a_month(big, CUTS))
    assert 0 < expected < big.steps / 4
    monkeypatch.setenv("ZMN_CACHE", str(tmp_path / "还没有看过"))
    work.clear()
    desk = Desk(big.office.workspace.root, AS_OF.isoformat())
    told = desk.ask("report", "--month", "2026-10", "--out", str(tmp_path / "月报"))
    assert told["files"]
    assert work["sheets"] == 2
    assert work["records"] == CASES
    assert work["steps"] == expected
    assert work["reports made plain"] == 1
    assert not work["cells one by one"]
    work.clear()
    desk.ask("report", "--month", "2026-10", "--out", str(tmp_path / "再出一次"))
    assert not work["sheets"]


def test_what_is_due_needs_no_ledger(big: BigBook, work: Counter[str]) -> None:
    assert "duties" in Desk(big.office.workspace.root, AS_OF.isoformat()).ask("duties")
    assert not work


def test_one_more_case_needs_no_row_of_the_others(
    big: BigBook, work: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = copied(big, tmp_path)
    desk.register(f"{AS_OF} 09:00", name="司马相如")
    assert set(work) == {"parts gone through"}
    assert desk.ask("overdue")["open"] == STILL_OPEN + 1
    parsed: Counter[str] = Counter()
    parse = SheetXml._parse_row

    def counting(sheet: SheetXml, index: int) -> Any:
        parsed[sheet.name] += 1
        return parse(sheet, index)

    monkeypatch.setattr(SheetXml, "_parse_row", counting)
    counter_of_calls(monkeypatch, parsed)(OpenedBook, "keys_matching", "looked through for numbers")
    work.clear()
    desk.register(f"{AS_OF} 09:10", name="诸葛亮")
    # The new row alone is read, for the next look.
    assert work == {"sheets": 1}
    # The last ones are the models of the new row.
    assert max(parsed.values()) <= TEMPLATE_ROWS + 2
    assert len(parsed) == 2


def test_a_book_is_inflated_once_or_not_at_all(
    big: BigBook, work: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = copied(big, tmp_path)
    desk.register(f"{AS_OF} 09:00", name="司马相如")
    inflated: Counter[str] = Counter()

    def inflating(archive: Archive, part: str) -> bytes:
        inflated[part] += 1
        return inflate_member(archive, part)

    monkeypatch.setattr(bookparts, "inflate_member", inflating)
    desk.ask("overdue")
    assert set(inflated.values()) <= {1}
    inflated.clear()
    desk.ask("overdue")
    assert not inflated
    desk.register(f"{AS_OF} 09:10", name="诸葛亮")
    sheets = {part: times for part, times in inflated.items() if "worksheets" in part}
    # The ledger's a second time with nothing in it but the new row.
    assert sheets == {"xl/worksheets/sheet1.xml": 2, "xl/worksheets/sheet2.xml": 1}


@pytest.mark.parametrize("line", [["overdue"], ["show", "2026110601"]])
def test_looking_loads_nothing_heavy(line: list[str], big: BigBook) -> None:
    heavy = ("openpyxl", "pandas", "numpy", "docx", "matplotlib", "urllib.request", "http.client", "lxml")
    code = (
        "import sys; from zhuomuniao.cli import run; code = run(sys.argv[1:]); "
        f"print([m for m in {heavy!r} if m in sys.modules], code, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *line, "-w", str(big.office.workspace.root), "--as-of", AS_OF.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr.splitlines()[-1].startswith("[] "), done.stderr
