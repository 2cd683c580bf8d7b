"""What a cell can hold, and the small arithmetic of columns and serial days that every part shares."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

CellValue = str | int | float | bool | date | datetime | None

MAX_ROW: Final = 1_048_576
MAX_COLUMN: Final = 16_384

_EPOCH_1900: Final = datetime(1899, 12, 30)
_EPOCH_1904: Final = datetime(1904, 1, 1)
# Before this day the 1900 system counts a 29 February that never was.
_FIRST_SAFE_1900: Final = datetime(1900, 3, 1)


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """Answer the letters of a 1-based column: 1 → A, 28 → AB."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Answer the 1-based number of column letters (either case): A → 1, ab → 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def serial_of(value: date, *, date1904: bool) -> int | float | None:
    """Answer the serial day number of a date or naive datetime, or None where the system has none.

    Whole days are ints. The 1900 system is safe from 1900-03-01 on, the 1904 system from its epoch.
    """
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    if moment < (_EPOCH_1904 if date1904 else _FIRST_SAFE_1900):
        return None
    delta = moment - epoch
    if not delta.seconds and not delta.microseconds:
        return delta.days
    return delta.days + (delta.seconds + delta.microseconds / 1_000_000) / 86_400


def iso_text(value: date) -> str:
    """Answer the text a date becomes in a cell that is not formatted as one: 2026-08-10 or 2026-08-10 15:04."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.isoformat(sep=" ", timespec="seconds" if value.second or value.microsecond else "minutes")


def is_same_value(found: CellValue, meant: CellValue) -> bool:
    """Whether a cell holds a value, however the last program wrote it: 7 and 7.0 and "7", a date and its text."""
    return plain_text(found) == plain_text(meant)


def plain_text(value: CellValue) -> str:
    """A value as text for comparing and for telling: dates in ISO form, without a time at midnight."""
    if isinstance(value, datetime):
        # A serial day is a fraction: 09:00 may come back as a hair before nine.
        rounded = value + timedelta(milliseconds=500)
        return rounded.isoformat(sep=" ", timespec="minutes").removesuffix(" 00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
