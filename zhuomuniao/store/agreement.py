"""Whether a book already holds an entry, or says something else by now."""

from __future__ import annotations

import re
from datetime import date, datetime

from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.entry import Entry
from zhuomuniao.store.reading import BookReading, key_text


def stands_in(reading: BookReading, entry: Entry) -> bool:
    """Whether the book already holds the entry, by its operation id in 流转记录."""
    pattern = re.compile(b">(" + re.escape(entry.op_id).encode() + b")<")
    return bool(reading.texts_matching(pattern))


def contradiction(reading: BookReading, entry: Entry) -> str | None:
    """Why an entry no longer fits its book: a number taken, a row gone, a cell changed meanwhile; else ``None``."""
    layout = reading.shape.layout
    rows = {key_text(row.values["case_no"]): row.values for row in reading.rows(layout)}
    for change in entry.changes:
        if change.sheet != layout.sheet:
            continue
        row = rows.get(change.key)
        if change.before is None:
            if row is not None:
                return f"编号 {change.key} 已经被别的行用了"
            continue
        if row is None:
            return f"编号 {change.key} 的行不见了"
        for field, meant in change.before.items():
            column = layout.column(field)
            if column and field in row and not _is_same(row[field], meant):
                return f"编号 {change.key} 的“{column.header}”已被改成别的内容"
    return None


def _is_same(found: CellValue, meant: CellValue) -> bool:
    """Whether a cell still holds a value, however the last program wrote it down."""

    def plain(value: CellValue) -> str:
        if isinstance(value, datetime):
            return value.isoformat(timespec="minutes").removesuffix("T00:00")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value).strip()

    return plain(found) == plain(meant)
