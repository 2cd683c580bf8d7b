"""Rows kept from one command to the next: what comes back is what was read, of these bytes and no others."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.office_books import LAYOUT, SHAPE
from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.create import create_book
from zhuomuniao.store.reader import SheetReader
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.rowcache import KeptBook, KeptRow, RowCache

BOOK, SHEET = Path("台账.xlsx"), "neixiang-window"
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["2026-11-23", "2026-11-23T09:20:00", "", "暂定"]),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
)


@pytest.fixture
def cache(tmp_path: Path) -> RowCache:
    return RowCache(tmp_path / "缓存")


def book(cache: RowCache, content: str = "a", shape: str = "s") -> KeptBook:
    """What another command finds."""
    return cache.of_book(BOOK, content=content, shape=shape)


def row(number: int, *cells: CellValue, rests: bool = False, own: int = 0) -> KeptRow:
    return KeptRow(number, f"20261123{number:02d}", own or number, cells, rests)


def plain(rows: list[KeptRow] | None) -> list[tuple[Any, ...]] | None:
    return rows and [(r.number, r.key, r.own_number, [(c, type(c)) for c in r.cells], r.rests) for r in rows]


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    resting=st.sets(st.integers(0, 11)),
)
def test_what_comes_back_is_what_was_kept_to_the_kind_of_every_value(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[CellValue]], resting: set[int]
) -> None:
    cache = RowCache(tmp_path_factory.mktemp("缓存"))
    kept = [row(n + 3, *cells, rests=n in resting) for n, cells in enumerate(rows)]
    book(cache).keep_rows(SHEET, kept, {})
    assert plain(book(cache).rows(SHEET)) == plain(kept)
    assert plain(book(cache).rows(SHEET, moving_only=True)) == plain([r for r in kept if not r.rests])
    assert set(book(cache).keys(SHEET) or ()) == {r.key for r in kept}
    assert book(cache).last_row(SHEET) == kept[-1].number
    assert all(plain([book(cache).row(SHEET, r.number) or r]) == plain([r]) for r in kept)


def test_of_other_bytes_or_another_layout_nothing_is_kept(cache: RowCache) -> None:
    book(cache).keep_rows(SHEET, [row(3, "张三")], {"version": [2]})
    assert book(cache).rows(SHEET) is not None
    for other in (book(cache, content="b"), book(cache, shape="t")):
        assert (other.rows(SHEET), other.keys(SHEET), other.fact("version"), other.row(SHEET, 3)) == (None,) * 4
        assert other.last_row(SHEET) == 0
    assert book(cache).rows("another") is None


def test_the_last_writer_stands_and_whoever_read_before_finds_nothing_stale(cache: RowCache) -> None:
    early = book(cache)
    early.keep_rows(SHEET, [row(3, "张三")], {})
    assert early.fact(SHEET)
    book(cache, content="b").keep_rows(SHEET, [row(3, "李四"), row(4, "王五")], {})
    # Its own state has gone from the file while it was working.
    assert early.rows(SHEET) is None
    assert early.row(SHEET, 4) is None
    assert not early.move_on(book(cache, content="c"), {SHEET: [row(5, "赵六")]}, {})
    early.put_rows(SHEET, [row(3, "张三", rests=True)], {"rest": "2026-01-05"})
    assert [r.cells for r in book(cache, content="b").rows(SHEET) or ()] == [("李四",), ("王五",)]
    assert book(cache, content="c").rows(SHEET) is None


def test_a_writer_leaves_the_new_state_with_everything_else_of_the_old(cache: RowCache) -> None:
    before, after = book(cache), book(cache, content="b")
    before.keep_rows(
        SHEET, [row(3, "张三", rests=True), row(4, "李四"), row(5, "王五", rests=True)], {"version": [2]}
    )
    assert before.move_on(after, {SHEET: [row(4, "李四改"), row(5, "王五重办"), row(6, "赵六")]}, {"sound": ["x"]})
    found = book(cache, content="b")
    assert [(r.number, r.cells[0], r.rests) for r in found.rows(SHEET) or ()] == [
        (3, "张三", True), (4, "李四改", False), (5, "王五重办", False), (6, "赵六", False),
    ]  # fmt: skip
    assert [r.number for r in found.rows(SHEET, moving_only=True) or ()] == [4, 5, 6]
    assert (found.fact("version"), found.fact("sound"), found.last_row(SHEET)) == ([2], ["x"], 6)
    assert book(cache).rows(SHEET) is None
    found.put_rows(SHEET, [row(4, "李四改", rests=True)], {})
    assert [r.number for r in book(cache, content="b").rows(SHEET, moving_only=True) or ()] == [5, 6]


def test_many_single_rows_are_put_together_again(cache: RowCache) -> None:
    book(cache).keep_rows(SHEET, [row(n, "甲", rests=True) for n in range(3, 10)], {})
    for at in range(300):
        assert book(cache, content=str(at) if at else "a").move_on(
            book(cache, content=str(at + 1)), {SHEET: [row(10 + at, "乙")]}, {}
        )
    assert len(book(cache, content="300").rows(SHEET) or ()) == 307
    (file,) = (cache._folder or Path()).glob("*.sqlite3")
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT count(*) FROM row").fetchone() == (0,)
    assert len(book(cache, content="300").rows(SHEET) or ()) == 307


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"no database" * 500,
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + bytes(len(data) - 4096),
    ],
)
def test_a_spoilt_file_is_no_file_and_is_made_anew(cache: RowCache, spoil: Any) -> None:
    rows = [row(n, "张三" * 40) for n in range(3, 300)]
    book(cache).keep_rows(SHEET, rows, {})
    (file,) = (cache._folder or Path()).glob("*.sqlite3")
    file.write_bytes(spoil(file.read_bytes()))
    found = book(cache)
    assert found.rows(SHEET) in (None, []) or plain(found.rows(SHEET)) == plain(rows)
    for _ in range(2):
        # The first to come may only clear away what is spoilt.
        book(cache).keep_rows(SHEET, rows, {})
    assert plain(book(cache).rows(SHEET)) == plain(rows)


def test_a_file_that_another_command_is_writing_is_not_waited_for(cache: RowCache) -> None:
    book(cache).keep_rows(SHEET, [row(3, "张三")], {})
    (file,) = (cache._folder or Path()).glob("*.sqlite3")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    begun = time.perf_counter()
    assert book(cache).rows(SHEET) is None
    book(cache, content="b").keep_rows(SHEET, [row(3, "李四")], {})
    assert time.perf_counter() - begun < 5
    other.execute("ROLLBACK")
    other.close()
    assert [r.cells for r in book(cache).rows(SHEET) or ()] == [("张三",)]


@pytest.mark.skipif(os.name == "nt", reason="Windows 的文件夹权限另有一套")
def test_nobody_else_may_read_it(cache: RowCache, tmp_path: Path) -> None:
    book(cache).keep_rows(SHEET, [row(3, "张三")], {})
    folder = tmp_path / "缓存"
    (file,) = folder.glob("*.sqlite3")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "台账" not in file.name
    # A folder that others may enter, or a file that they may read, is none of ours.
    for path, mode in ((folder, 0o755), (file, 0o644)):
        path.chmod(mode)
        assert book(cache).rows(SHEET) is None
        book(cache, content="b").keep_rows(SHEET, [row(3, "李四")], {})
        assert book(cache, content="b").rows(SHEET) is None
        path.chmod(0o700 if path is folder else 0o600)
    assert book(cache).rows(SHEET) is not None


def test_what_nobody_has_written_for_long_is_removed(cache: RowCache, tmp_path: Path) -> None:
    book(cache).keep_rows(SHEET, [row(3, "张三")], {})
    (file,) = (tmp_path / "缓存").glob("*.sqlite3")
    long_ago = time.time() - 61 * 86_400
    os.utime(file, (long_ago, long_ago))
    cache.of_book(Path("另一本.xlsx"), content="a", shape="s").keep_rows(SHEET, [row(3, "李四")], {})
    assert not file.exists()


def test_without_a_place_or_without_sqlite_nothing_is_kept_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "文件").write_text("不是文件夹", encoding="utf-8")
    nowhere = [RowCache(None), RowCache(tmp_path / "文件" / "里")]
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    for cache in (*nowhere, RowCache(tmp_path / "缓存")):
        book(cache).keep_rows(SHEET, [row(3, "张三")], {})
        assert book(cache).rows(SHEET) is None
        assert not book(cache).move_on(book(cache, content="b"), {}, {})


@pytest.mark.parametrize("cell", ["\ud800", 2**70, object()])
def test_what_cannot_be_kept_is_read_again(cache: RowCache, cell: Any) -> None:
    book(cache).keep_rows(SHEET, [row(3, "张三"), row(4, cell)], {})
    assert book(cache).rows(SHEET) is None


def test_what_keeps_somebody_from_reading_a_book_is_kept_too(
    cache: RowCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spoilt log spoils the book, also for who reads the other sheet; the next one need not look again."""
    data = spoilt(create_book(LAYOUT, choices=SHAPE.choices, stamp=SHAPE.stamp), LOG_LAYOUT.sheet)

    def read() -> str:
        with pytest.raises(UnreadableFileError) as told:
            BookReading(data, SHAPE, name="台账.xlsx", kept=book(cache)).rows(LAYOUT)
        return f"{told.value.kind} {told.value.message} {told.value.remedy}"

    first = read()
    assert first.startswith("damaged “台账.xlsx”")
    monkeypatch.setattr(SheetReader, "values", None)
    assert read() == first


def spoilt(data: bytes, sheet: str) -> bytes:
    """The book with one bit of a sheet's stream turned over."""
    opened = open_book(require_xlsx(data, name="x"))
    member = opened.archive.members[opened.sheet(sheet).part]
    at = member.payload_offset + member.packed_size // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
