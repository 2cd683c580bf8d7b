"""Whether a book already holds an entry, or says something else by now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zhuomuniao.store.cells import is_same_value

if TYPE_CHECKING:
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.reading import BookReading


def stands_in(reading: BookReading, entry: Entry) -> bool:
    """Whether the book already holds the entry, by its operation id in 流转记录."""
    if entry.whole and reading.hash == entry.whole.after:
        return True
    pattern = re.compile(b">(" + re.escape(entry.op_id).encode() + b")<")
    return bool(reading.opened.texts_matching(pattern))


def contradiction(reading: BookReading, entry: Entry) -> str | None:
    """Why an entry no longer fits its book: a number taken, a row gone, a cell changed meanwhile; else ``None``."""
    if entry.whole:
        return None if reading.hash == entry.whole.before else "台账在这期间又变了，不能整本替换"
    layouts = {layout.sheet: layout for layout in reading.tables}
    rows = {key: row.values for key, row in reading.rows_by_key().items()}
    for change in entry.changes:
        if change.sheet not in layouts:
            continue
        layout, row = layouts[change.sheet], rows.get(change.key)
        if change.before is None:
            if row is not None:
                return f"编号 {change.key} 已经被别的行用了"
            continue
        if row is None:
            return f"编号 {change.key} 的行不见了"
        for field, meant in change.before.items():
            column = layout.column(field)
            if column and field in row and not is_same_value(row[field], meant):
                return f"编号 {change.key} 的“{column.header}”已被改成别的内容"
    return None
