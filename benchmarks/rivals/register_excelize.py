"""One case entered with excelize: open the book, append a row to each of both sheets, save."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import excelize
from columns import HEADER_ROW, LOG, following_number, following_operation, new_case, new_line

_EPOCH = datetime(1899, 12, 30)


def last_row(book: Any, sheet: str) -> int:
    """The last row, by the sheet's dimension: the rows themselves need not be gone through."""
    _, row = excelize.split_cell_name(book.get_sheet_dimension(sheet).partition(":")[2])
    return int(row)


def append_like_the_last(book: Any, sheet: str, values: dict[str, Any]) -> None:
    """A row behind the last one, each cell styled like the one above."""
    last = last_row(book, sheet)
    width, _ = excelize.cell_name_to_coordinates(book.get_sheet_dimension(sheet).partition(":")[2])
    for column in range(1, width + 1):
        letters = excelize.column_number_to_name(column)
        value = values.get(book.get_cell_value(sheet, f"{letters}{HEADER_ROW}"))
        cell = f"{letters}{last + 1}"
        style = book.get_cell_style(sheet, f"{letters}{last}")
        book.set_cell_style(sheet, cell, cell, style)
        if value is not None:
            book.set_cell_value(
                sheet, cell, (value - _EPOCH).total_seconds() / 86_400 if isinstance(value, datetime) else value
            )


def main(path: str) -> None:
    """Enter the case into the book at ``path``."""
    book = excelize.open_file(path)
    ledger = book.get_sheet_list()[0]
    last = last_row(book, ledger)
    number = following_number(book.get_cell_value(ledger, f"B{last}"))
    append_like_the_last(book, ledger, new_case(number, int(book.get_cell_value(ledger, f"A{last}")) + 1))
    operation = following_operation(book.get_cell_value(LOG, f"A{last_row(book, LOG)}"))
    append_like_the_last(book, LOG, new_line(number, operation))
    book.save()
    book.close()
    print(number)


if __name__ == "__main__":
    main(sys.argv[1])
