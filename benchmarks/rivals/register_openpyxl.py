"""One case entered with openpyxl: load the book, append a row to each of both sheets, save."""

from __future__ import annotations

import sys
from copy import copy
from typing import Any

import openpyxl
from columns import HEADER_ROW, LOG, following_number, following_operation, new_case, new_line


def append_like_the_last(sheet: Any, values: dict[str, Any]) -> None:
    """A row behind the last one, each cell styled like the one above."""
    last = sheet.max_row
    for column, header in enumerate(sheet[HEADER_ROW], start=1):
        cell = sheet.cell(last + 1, column, values.get(header.value))
        # The index of the style is what a book shares: copying the parts one by one takes longer.
        cell._style = copy(sheet.cell(last, column)._style)


def main(path: str) -> None:
    """Enter the case into the book at ``path``."""
    book = openpyxl.load_workbook(path)
    ledger, log = book.worksheets[0], book[LOG]
    row_no, last = (cell.value for cell in ledger[ledger.max_row][:2])
    number = following_number(last)
    append_like_the_last(ledger, new_case(number, row_no + 1))
    append_like_the_last(log, new_line(number, following_operation(log.cell(log.max_row, 1).value)))
    book.save(path)
    print(number)


if __name__ == "__main__":
    main(sys.argv[1])
