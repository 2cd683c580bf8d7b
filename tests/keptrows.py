"""What is kept of the books is what is read out of them, and a look at what moves leaves nothing out that does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.model import BEIJING, Record
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.usualrows import usual_rows
from zhuomuniao.usecases.office import Moment, Office, open_office


def desk_of(folder: Path) -> Office:
    """The workspace looked at today by a new command."""
    now = datetime.now(BEIJING).replace(tzinfo=None, microsecond=0)
    return open_office(folder, Moment(now, now.date()))


def hold_kept_rows_against_books(folder: Path) -> Counter[str]:
    """Raises :class:`AssertionError` where they differ; answers how many sheets were kept, how many were not."""
    office = desk_of(folder)
    seen: Counter[str] = Counter()
    for spec in office.locality.ledgers:
        for ledger in office.sheets_of(spec):
            for book in ledger.books():
                kept = office.store.read(book, spec.id)
                read = BookReading(kept.data, kept.shape, name=kept.name)
                seen["kept" if kept.kept.fact(ledger.layout.id) else "not kept"] += 1
                assert told(rows_of, kept, ledger.layout) == told(rows_of, read, ledger.layout)
                assert told(lines_of, kept) == told(lines_of, read)
                hold_kept_facts_against_book(kept, read)
            moving, whole = told(ledger.moving_state), told(ledger.state)
            if isinstance(whole, str):
                assert moving == whole
                continue
            assert [r for r in moving.records if can_move(r)] == [r for r in whole.records if can_move(r)]
            assert (moving.findings, moving.first_day) == (whole.findings, whole.first_day)
    return seen


def hold_kept_facts_against_book(kept: BookReading, read: BookReading) -> None:
    """The rows of sound sheets and the numbers ever drawn, as they stand in the bytes."""
    parts = {part: read.opened.book.get(part) for part in kept.sound}
    assert kept.sound == {part: usual_rows(plain) for part, plain in parts.items()}
    for pattern, numbers in (kept.kept.fact("drawn") or {}).items():
        standing = (read.opened.keys_matching(layout, "20", pattern) for layout in (*read.tables, LOG_LAYOUT))
        assert set(numbers) >= set().union(*standing)


def can_move(record: Any) -> bool:
    return not (isinstance(record, Record) and record.is_closed)


def told(look: Callable[..., Any], *at: Any) -> Any:
    """What a look comes to, or why there is nothing to be seen."""
    try:
        return look(*at)
    except UnreadableFileError as error:
        return f"{error.kind}：{error.message}（{error.remedy}）"


def rows_of(reading: BookReading, layout: Any) -> list[tuple[Any, ...]] | None:
    if not reading.has(layout):
        return None
    return [
        (row.number, row.key, row.own_number, [(field, value, type(value)) for field, value in row.values.items()])
        for row in reading.rows(layout)
    ]


def lines_of(reading: BookReading) -> list[tuple[int, list[Any]]]:
    width = max(reading.head(LOG_LAYOUT).columns.values())
    return [(number, [(cell, type(cell)) for cell in cells[:width]]) for number, cells in reading.lines()]
