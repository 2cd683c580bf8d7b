"""Broken, odd and hostile books: every one ends in a named error or a correct result, and none is damaged.

``pytest -s`` shows seeds and counts. A failure names seed and number; ``look_into(seed, number)`` repeats it alone.
"""

from __future__ import annotations

import io
import os
import random
import re
import secrets
import shutil
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import openpyxl
import pytest

from tests.desk import Desk
from tests.effort import tries
from tests.property.foreign_books import SHAPE, ForeignBook, amendment, foreign_books, registration
from tests.property.mutations import members_of, mutated
from zhuomuniao.commands._view import EXIT_FINDINGS
from zhuomuniao.errors import UnreadableFileError, ZmnError
from zhuomuniao.intake import Archive, inflate_member, require_xlsx
from zhuomuniao.layouts import Layout
from zhuomuniao.store.alignment import key_text
from zhuomuniao.store.applying import apply_entry, patch_of
from zhuomuniao.store.entry import Entry
from zhuomuniao.store.patch import PatchedBook, SheetPatch, patch_book
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.verify import verify_book

SEEDS = (20261101, 20261102, 20261103, 20261104)
BOOKS_PER_SEED = tries(50)
DESKS_PER_SEED = tries(5)
SLOWEST_SECONDS = 30.0
"""What one small book may take, however odd: far above what a slow machine needs, far below a hang."""
SOAK_SECONDS = 180

# Read or written by a proof of ours, and found wanting: the book is safe, and zmn is at fault all the same.
_VAST = re.compile(rb"""\sref=["'][^"']*(?:XFD|1048576)""")
_OUR_FAULT = re.compile("核对不符|两处改动重叠|找不到属性")


@dataclass
class Count:
    """What became of the fuzzed books."""

    books: int = 0
    read: int = 0
    written: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        refused = "、".join(f"{kind} {n}" for kind, n in self.refused.most_common())
        return f"{self.books} books: {self.read} read, {self.written} written; refused: {refused}"


def fuzz_book(rng: random.Random, count: Count, books: tuple[ForeignBook, ...]) -> None:
    """Mutate one book, read it, write to it, and hold the result against the original."""
    book = rng.choice(books)
    data, how = mutated(rng, book.data)
    started = time.perf_counter()
    count.books += 1
    try:
        if book.plain_sheet:
            before, after, patches = _write_plain(book, data, count)
        else:
            before, after, patches = _write_ledger(rng, data, count)
    except ZmnError as error:
        if error.exit_code == 70 or _OUR_FAULT.search(error.message):
            pytest.fail(f"{book.name} {how}: {error.message}")
        count.refused[str(error.facts.get("kind") or error.code)] += 1
        return
    except Exception as error:
        error.add_note(f"{book.name}, {how}")
        raise
    try:
        _hold_against(before, after, patches)
    except Exception as error:
        error.add_note(f"{book.name}, {how}: the written book")
        raise
    count.written += 1
    seconds = time.perf_counter() - started
    assert seconds < SLOWEST_SECONDS, f"{book.name} {how}: {seconds:.1f} s"


def _write_plain(book: ForeignBook, data: bytes, count: Count) -> tuple[bytes, PatchedBook, list[SheetPatch]]:
    read_sheets(data, name="x")
    count.read += 1
    patches = [SheetPatch(book.plain_sheet, 2, 1, amends={4: {2: "=改"}}, appends=[{1: 4711, 2: "新\n行", 4: "@x"}])]
    return data, patch_book(data, patches, name="x"), patches


def _write_ledger(rng: random.Random, data: bytes, count: Count) -> tuple[bytes, PatchedBook, list[SheetPatch]]:
    reading = BookReading(data, SHAPE, name="台账.xlsx")
    reading.check()
    cases = {}
    for layout in SHAPE.layouts:
        reading.missing_columns(layout)
        for row in reading.rows(layout):
            if layout is SHAPE.layout:
                cases[key_text(row.values["case_no"])] = row.values
    count.read += 1
    reading.opened.texts_matching(re.compile(b">(20261008-[0-9]+)<"))
    drawn = set().union(*(reading.opened.keys_matching(x, "20261008", "20261008[0-9]{2}") for x in SHAPE.layouts))
    free = next(f"20261008{n:02d}" for n in range(1, 100) if f"20261008{n:02d}" not in drawn)
    entry = registration(free, 41, row_no=reading.opened.next_row_no(SHAPE.layout))
    if cases and rng.random() < 0.4:
        key = rng.choice(sorted(cases))
        entry = amendment(key, cases[key])
    after = apply_entry(reading, entry)
    return data, after, _patches(reading, entry)


def _patches(reading: BookReading, entry: Entry) -> list[SheetPatch]:
    return [p for layout in SHAPE.layouts if (p := patch_of(reading, layout, entry)).amends or p.appends]


def _hold_against(before: bytes, patched: PatchedBook, patches: list[SheetPatch]) -> None:
    """The written book holds what it held and what was written, by two independent readers and byte by byte."""
    after = patched.data
    _verify(before, after, patches)
    old, new = require_xlsx(before, name="old"), require_xlsx(after, name="new")
    assert list(old.members) == list(new.members)
    kept = [name for name in old.members if name not in patched.changed_parts]
    assert kept
    assert [_packed(old, n) for n in kept] == [_packed(new, n) for n in kept]
    for name in patched.changed_parts:
        _must_be_xml(after, name)
    stood = _as_openpyxl_sees(before)
    if stood is None:
        return
    stands = _as_openpyxl_sees(after)
    assert stands is not None, "openpyxl opened it before and does not open it now"
    assert stands.keys() == stood.keys()
    for patch in patches:
        grid = stands.get(patch.sheet, {}) if stood.get(patch.sheet) else {}
        numbers = patched.appended_rows.get(patch.sheet, ())
        for number, values in [*zip(numbers, patch.appends, strict=True), *patch.amends.items()]:
            for column, value in values.items() if grid else ():
                if isinstance(value, str) and value and "_x" not in value:
                    assert grid.get((number, column)) == value, (patch.sheet, number, column)
    written = {patch.sheet for patch in patches}
    for name in stood.keys() - written:
        assert len(stood[name]) == len(stands[name])


def _verify(before: bytes, after: bytes, patches: list[SheetPatch]) -> None:
    try:
        verify_book(before, after, patches)
    except UnreadableFileError:
        # A sheet that zmn has nothing to do with was damaged before; the written ones read as well as ever.
        with pytest.raises(UnreadableFileError):
            read_sheets(before, name="before")
        read_sheets(after, name="after", sheets=[patch.sheet for patch in patches])


def _packed(archive: Archive, name: str) -> bytes:
    member = archive.members[name]
    return archive.data[member.payload_offset : member.payload_offset + member.packed_size]


def _must_be_xml(data: bytes, name: str) -> None:
    expat.ParserCreate().Parse(inflate_member(require_xlsx(data, name="new"), name), True)


def _as_openpyxl_sees(data: bytes) -> Mapping[str, Mapping[tuple[int, int], object]] | None:
    """Every cell's value by sheet; ``None`` where openpyxl cannot open the book."""
    try:
        if any(_VAST.search(content) for name, content in members_of(data) if name.endswith(".xml")):
            # openpyxl makes a cell for each place of a merge or link, and takes all memory.
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data))
            return {
                sheet.title: {place: cell.value for place, cell in sheet._cells.items() if cell.value is not None}
                for sheet in workbook.worksheets
            }
    except Exception:
        return None


def look_into(seed: int, number: int, *, with_office: bool = False) -> Count:
    """One fuzzed book alone."""
    count = Count()
    fuzz_book(random.Random(f"{seed}:{number}"), count, foreign_books(with_office=with_office))
    return count


@pytest.mark.search
@pytest.mark.parametrize("seed", SEEDS)
def test_a_fuzzed_book_ends_in_a_named_error_or_a_correct_result(seed: int) -> None:
    count, books = Count(), foreign_books(with_office=False)
    started = time.perf_counter()
    for number in range(BOOKS_PER_SEED):
        try:
            fuzz_book(random.Random(f"{seed}:{number}"), count, books)
        except Exception as error:
            error.add_note(f"seed {seed}, number {number}")
            raise
    print(f"\nseed {seed}: {count} ({time.perf_counter() - started:.1f} s)")
    assert count.books == BOOKS_PER_SEED
    assert count.written > BOOKS_PER_SEED // 5
    assert count.refused.total() > BOOKS_PER_SEED // 5
    assert count.written + count.refused.total() == count.books


# --- the same books on a clerk's desk ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with four cases, to be copied."""
    desk = Desk(tmp_path_factory.mktemp("office") / "台", "2026-10-30")
    answer = desk.type("init", str(desk.folder), "--locality", "neixiang", "--clerk", "赵敏慧", "--year", "2026")
    assert answer.code == 0, answer.err
    for minute in range(4):
        desk.register(f"2026-10-08 09:0{minute}", name=f"卫竹{minute}", unit="医保局")
    return desk.folder


_LOOKS = (
    ("list", "--full"),
    ("show", "2026100802"),
    ("overdue",),
    ("report", "--month", "2026-10"),
    ("list", "--json"),
    ("explain", "2026100801"),
    ("recount",),
)
_WRITES = (
    ("register", "--name", "=卫竹", "--about", "@材料", "--at", "2026-10-09 10:00"),
    ("resolve", "2026100801", "--result", "-办好了", "--at", "2026-10-09 10:00"),
    ("note", "2026100803", "--note", "等材料", "--at", "2026-10-09 10:00"),
)


def fuzz_desk(rng: random.Random, folder: Path, count: Counter[int]) -> None:
    """Put one fuzzed book into a workspace and type commands: it changes only where one succeeded."""
    desk = Desk(folder, "2026-10-30")
    whole = desk.book.read_bytes()
    # The books of other programs have the same columns; what they hold is theirs.
    books = (ForeignBook("台账", whole), ForeignBook("台账", whole), *foreign_books(with_office=False))
    book = rng.choice([b for b in books if not b.plain_sheet])
    data, how = mutated(rng, book.data)
    desk.book.write_bytes(data)
    for line in (*rng.sample(_LOOKS, 4), *rng.sample(_WRITES, 2), ("list",)):
        before = desk.book.read_bytes()
        started = time.perf_counter()
        try:
            answer = desk.type(*line)
        except BaseException as error:
            error.add_note(f"{book.name}, {how}: zmn {line[0]}")
            raise
        told = f"{book.name}, {how}: zmn {' '.join(line)} → {answer.code} {answer.err}"
        assert answer.code in range(9), told
        assert "Traceback" not in answer.err + answer.out, told
        assert answer.code == 0 or answer.err or answer.out, told
        after = desk.book.read_bytes()
        if answer.code not in (0, EXIT_FINDINGS) and after != before:
            # What people had typed was taken up first, an operation of its own; the refused one left no row.
            assert _row_count(after) == _row_count(before), told
        if after != before:
            # A look may write too: what people typed is taken up with a line in the log.
            for layout in SHAPE.layouts:
                assert _reads(after, layout) or not _reads(before, layout), told
            assert _as_openpyxl_sees(before) is None or _as_openpyxl_sees(after) is not None, told
        assert time.perf_counter() - started < SLOWEST_SECONDS, told
        count[answer.code] += 1


def _row_count(data: bytes) -> int:
    return len(BookReading(data, SHAPE, name="x").rows(SHAPE.layout))


def _reads(data: bytes, layout: Layout) -> bool:
    try:
        BookReading(data, SHAPE, name="x").rows(layout)
    except ZmnError:
        return False
    return True


def _at_a_desk(seed: int, number: int, office: Path, place: Path, count: Counter[int]) -> None:
    folder = Path(shutil.copytree(office, place / f"{seed}-{number}"))
    try:
        fuzz_desk(random.Random(f"desk {seed}:{number}"), folder, count)
    except BaseException as error:
        error.add_note(f"seed {seed}, number {number}")
        raise
    finally:
        shutil.rmtree(folder)


@pytest.mark.search
@pytest.mark.parametrize("seed", SEEDS[:1])
def test_commands_survive_a_fuzzed_book(
    seed: int, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What would be exit 70 is shown with its traceback.
    monkeypatch.setenv("ZMN_DEBUG", "1")
    count: Counter[int] = Counter()
    started = time.perf_counter()
    for number in range(DESKS_PER_SEED):
        _at_a_desk(seed, number, office, tmp_path, count)
    print(f"\nseed {seed}: {DESKS_PER_SEED} desks, exit codes {dict(count)} ({time.perf_counter() - started:.1f} s)")
    assert count.total() == DESKS_PER_SEED * 7
    assert min(count[0], count.total() - count[0]) >= DESKS_PER_SEED // 2


@pytest.mark.soak
def test_three_minutes_of_fuzzed_books(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMN_DEBUG", "1")
    seed = int(os.environ.get("ZMN_FUZZ_SEED") or secrets.randbelow(10**9))
    print(f"\nZMN_FUZZ_SEED={seed}")
    books, count, codes = foreign_books(with_office=True), Count(), Counter[int]()
    end = time.monotonic() + SOAK_SECONDS
    number = 0
    while time.monotonic() < end:
        try:
            fuzz_book(random.Random(f"{seed}:{number}"), count, books)
        except Exception as error:
            error.add_note(f"ZMN_FUZZ_SEED={seed}, number {number}")
            raise
        if number % 5 == 0:
            _at_a_desk(seed, number, office, tmp_path, codes)
        number += 1
    print(f"{count}; {number // 5} desks, exit codes {dict(codes)}")
    assert count.written > count.books // 5
    assert count.refused.total() > count.books // 5
