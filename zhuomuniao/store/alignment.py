"""Whose row is it? Official columns by 编号, zmn's own columns by 编号(核对), which repeats it.

Who sorts only the official columns tears each row in two; the two halves are put together again by key. Who changes
a number leaves the old one in 编号(核对): the row stays that case's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.texts import key_number, squeeze

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout
    from zhuomuniao.store.cells import CellValue

KEY, KEY_CHECK = "case_no", "key_check"
_TOTALS = ("合计", "小计", "总计", "累计", "共计")


class TableRow(Struct, frozen=True):
    """One row below the header that holds anything: its 1-based number and the values by field.

    ``key`` is the number of the case it belongs to, ``""`` for a row that belongs to none. The values of zmn's own
    columns are those of that case; ``own_number`` is the row where they stand.
    """

    number: int
    values: Mapping[str, CellValue]
    key: str = ""
    own_number: int = 0

    @property
    def is_torn(self) -> bool:
        """排序错位: the two halves of the case stand in different rows."""
        return self.own_number != self.number

    @property
    def is_renumbered(self) -> bool:
        """The cell 编号 says another number than the row bears."""
        return key_text(self.values.get(KEY)) != self.key


def number_in(value: CellValue) -> str:
    """The number in a key cell, ``""`` where it holds none."""
    if type(value) is str and value.isascii() and value.isdigit():
        return value
    return key_number(key_text(value))


def key_text(value: CellValue) -> str:
    """A key cell as text: a number typed over by hand still names its case."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else squeeze(str(value))


def align(
    rows: Sequence[tuple[int, Mapping[str, CellValue]]],
    layout: Layout,
    registered: Callable[[], Collection[str]] = frozenset,
) -> tuple[TableRow, ...]:
    """The rows of a sheet, each with the case it belongs to, in sheet order.

    ``registered`` answers the numbers of which 流转记录 tells. It is asked only where 编号 and 编号(核对) name two
    cases and no other row has either: it decides which of the two was typed over.
    """
    if layout.column(KEY_CHECK) is None:
        return tuple(TableRow(number, values, number_in(values.get(KEY)), number) for number, values in rows)
    official = [c.field for c in layout.official_columns]
    keys = {number: "" if _is_total(values, official) else number_in(values.get(KEY)) for number, values in rows}
    checks = {number: number_in(values.get(KEY_CHECK)) for number, values in rows}
    if all(check in ("", keys[number]) for number, check in checks.items()):
        return tuple(TableRow(number, values, keys[number], number) for number, values in rows)
    own_rows: dict[str, int] = {}
    for number, check in checks.items():
        # Where a number stands twice, the half that stands beside its number counts.
        if check and (check not in own_rows or keys[number] == check):
            own_rows[check] = number
    by_number = dict(rows)
    own_fields = [c.field for c in layout.columns if c.is_own]
    known = set(keys.values())
    whole = {key for number, key in keys.items() if key and checks[number] == key}
    aligned = []
    for number, values in rows:
        key, check = keys[number], checks[number]
        own_number = number
        if check == key:
            pass
        elif key in own_rows and key not in whole:
            own_number = own_rows[key]
        elif check and check not in known and any(values.get(f) not in (None, "") for f in official):
            # One of the two was typed over, perhaps with another case's number.
            if not (key in registered() and check not in registered()):
                key = check
        elif key in own_rows:
            own_number = own_rows[key]
        if own_number != number:
            own = by_number[own_number]
            values = {**values, **{f: own.get(f) for f in own_fields if f in own}}
        elif key != check and check in known and own_rows.get(check) == number:
            # The half of another case: this row has none of its own.
            values = {**values, **{f: None for f in own_fields if f in values}}
        aligned.append(TableRow(number, values, key, own_number))
    return tuple(aligned)


def doubled_numbers(rows: Iterable[TableRow]) -> set[str]:
    """The numbers that stand on more than one row: which one is meant, only a person can say."""
    count = Counter(row.key for row in rows if row.key)
    return {key for key, times in count.items() if times > 1}


def _is_total(values: Mapping[str, CellValue], official: Sequence[str]) -> bool:
    """Whether a row adds up others: its count of numbers is no number of a case."""
    for field in official:
        if isinstance(value := values.get(field), str) and value:
            return value.startswith(_TOTALS)
    return False
