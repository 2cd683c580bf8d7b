"""How much work many rows at once are: each is checked, rendered and proved once, none is held against all others.

Work is counted, not seconds: twice the rows are exactly twice the work, on a busy machine too.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.countedwork import counter_of_calls
from tests.desk import Desk
from tests.exports import WIDE, wide_row, write_csv, write_xlsx
from zhuomuniao import intake, numbering, sheetlook
from zhuomuniao.store import journal, patch, proof, reader, rows, verify, xmlspans
from zhuomuniao.usecases import registering, units, workorders

FEW, MANY = 200, 400


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is done from now on."""
    done: Counter[str] = Counter()
    count = counter_of_calls(monkeypatch, done)
    count(workorders, "order_of", "orders read")
    count(workorders, "check_registration", "checked")
    count(registering, "open_case", "opened")
    count(rows.RowPen, "write", "rows rendered")
    count(proof.NewRowProof, "hold", "rows proved")
    count(verify, "_holds", "rows read again")
    count(sheetlook.RowHeights, "of", "heights")
    # What is done for the whole, however many rows there are.
    count(sheetlook, "printed_widths", "widths")
    count(proof, "_prove_row", "rows given to the parser")
    count(xmlspans.expat, "ParserCreate", "parsers")
    count(intake, "_stream", "parts inflated")
    count(reader.SheetReader, "values", "sheets")
    count(journal, "_parse", "lines parsed")
    count(numbering, "sequence_on", "numbers looked through")
    count(units, "get_close_matches", "names compared")
    return done


OF_EACH_ROW = ("orders read", "checked", "opened", "rows rendered", "rows proved", "rows read again", "heights")


def imported(folder: Path, many: int, work: Counter[str]) -> Counter[str]:
    """What the import of so many work orders of a day each is, into an empty book of 临县's hotline."""
    desk = Desk(folder / f"{many}", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", "linxian", "--clerk", "赵敏慧").code == 0
    orders = [wide_row(n, 承办单位=("县直某中心", "某镇便民站")[n % 2]) for n in range(1, many + 1)]
    export = write_xlsx(folder / f"{many}.xlsx", {"工单": [WIDE, *orders]})
    units._near.cache_clear()
    work.clear()
    told = desk.ask("import", str(export), "--mapping", "12345-wide", "--ledger", "hotline")
    assert (told["registered"], told["batch"] is None) == (many, False)
    return Counter(work)


def test_twice_the_orders_are_twice_the_work(work: Counter[str], tmp_path: Path) -> None:
    few, many = (imported(tmp_path, n, work) for n in (FEW, MANY))
    for once, done in ((FEW, few), (MANY, many)):
        assert [done[what] for what in OF_EACH_ROW[:3]] == [once] * 3
        # The ledger's row and one line of the log; the first of each fills the row that a new book has ready.
        assert done["rows rendered"] == done["rows proved"] == 2 * once - 2
        assert (done["heights"], done["rows given to the parser"]) == (2 * once, 2)
        # Every row of the new book is held against the next one that is meant, once.
        assert 2 * once <= done["rows read again"] <= 2 * once + 20
        assert done["names compared"] == 2, "an export has few units"
        assert not done["lines parsed"], "what was just written into the journal is known"
    for what in ("widths", "parsers", "parts inflated", "sheets", "numbers looked through"):
        assert few[what] == many[what], what


def registered(folder: Path, many: int, work: Counter[str]) -> Counter[str]:
    """What it is to register so many matters of one day, numbers drawn."""
    desk = Desk(folder / f"{many}", "2026-10-30")
    assert desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧").code == 0
    lines = [[f"安禾{n}", f"第{n}件：办理营业执照变更没有结果", "2026-10-29 09:30"] for n in range(1, many + 1)]
    table = write_csv(folder / f"{many}.csv", [["办理对象", "情况", "受理时间"], *lines])
    work.clear()
    told = desk.ask("register", "--from", str(table))
    assert told["registered"][-1]["case_no"] == f"20261029{many}"
    return Counter(work)


def test_many_of_one_day_are_numbered_in_one_go(work: Counter[str], tmp_path: Path) -> None:
    few, many = (registered(tmp_path, n, work) for n in (FEW, MANY))
    assert (few["opened"], many["opened"]) == (FEW, MANY)
    assert few["numbers looked through"] == many["numbers looked through"] < 10
    assert many["rows rendered"] == 2 * few["rows rendered"] + 2


class Number(int):
    """A row number that counts how often it is held against another one."""

    compared = 0
    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        Number.compared += 1
        return int(self) == other


def test_no_new_row_is_held_against_all_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = patch.place

    def place(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        return replace(found, filled=tuple(map(Number, found.filled)))

    monkeypatch.setattr(patch, "place", place)
    Number.compared = 0
    imported(tmp_path, FEW, Counter())
    assert Number.compared <= 20 * FEW
