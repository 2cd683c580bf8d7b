"""What a ledger's book is, and where a table of it stands."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from zhuomuniao.layouts import LOG_LAYOUT, Layout


class BookShape(Struct, frozen=True):
    """What a ledger's book is: its layout, the words of its drop-downs, the stamp in its properties.

    ``side_sheets`` stand in the same book: 计划, 名册 …
    """

    ledger: str
    layout: Layout
    choices: Mapping[str, tuple[str, ...]]
    stamp: Mapping[str, str]
    side_sheets: tuple[Layout, ...] = ()

    @property
    def tables(self) -> tuple[Layout, ...]:
        """The sheets whose rows are known by their number: the official one, then those beside it."""
        return (self.layout, *self.side_sheets)

    def header(self, sheet: str, field: str) -> str:
        """The header of a field's column on a sheet, as the clerk sees it."""
        layout = next((table for table in self.tables if table.sheet == sheet), self.layout)
        column = layout.column(field)
        return column.header if column else field

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Every sheet zmn keeps: the tables, and the log."""
        return (*self.tables, LOG_LAYOUT)


class TableHead(Struct, frozen=True):
    """Where a table stands: sheet name, 1-based header row, field → 1-based column."""

    sheet: str
    header_row: int
    columns: Mapping[str, int]
