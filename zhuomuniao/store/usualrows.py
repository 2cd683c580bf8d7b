"""Rows that begin as most programs write them, ``<row r="7"``: which there are, and where, by a look at the bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, overload

from zhuomuniao.errors import IntegrityError

_USUAL_ROW: Final = b'<row r="'
_ROW_START: Final = re.compile(_USUAL_ROW)
_FEW: Final = 100
"""Rows that are looked for one by one; who asks for more has all of them found at once."""


class RowStarts(Sequence[int]):
    """Where each row of a sound sheet begins; its rows have these numbers, one after the other."""

    def __init__(self, part: bytes, start: int, end: int, numbers: range) -> None:
        self._part, self._start, self._end, self._numbers = part, start, end, numbers
        self._found: dict[int, int] = {}
        self._all: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice) or self._all or len(self._found) >= _FEW:
            self._all = self._all or usual_starts(self._part, self._start, self._end)
            return self._all[index]
        number = self._numbers[index]
        if number not in self._found:
            # Most are asked for near the top, where the header is, and near the end, where something is added.
            search = self._part.find if number < self._numbers[len(self) // 2] else self._part.rfind
            at = search(_USUAL_ROW + b'%d"' % number, self._start, self._end)
            if at < 0:
                raise IntegrityError(f"工作表第 {number} 行不在原处", "台账未改动，请保留现场并报告")
            self._found[number] = at
        return self._found[number]


def usual_rows(part: bytes) -> range | None:
    """The numbers of a worksheet part's rows, where each begins as most programs write it: ``<row r="7"``.

    An empty range where they do not follow each other; ``None`` where a row begins in another way.
    """
    if part.count(b"<row") != part.count(_USUAL_ROW) or part.find(b":row") >= 0:
        return None
    starts = usual_starts(part, 0, len(part))
    first, last = (number_at(part, starts[0]), number_at(part, starts[-1])) if starts else (0, 0)
    return range(first, last + 1) if starts and last - first + 1 == len(starts) else range(0)


def grown_rows(part: bytes, before: range) -> range | None:
    """What :func:`usual_rows` answers for a part in which rows ``before`` stood and stand, and others were added.

    Hardly more than the added rows is looked at.
    """
    last, first = (number_at(part, find(_USUAL_ROW)) for find in (part.rfind, part.find))
    following = part.count(_USUAL_ROW, part.rfind(_USUAL_ROW + b'%d"' % before[-1]))
    is_one_run = first == before[0] and following == last - before[-1] + 1
    return range(first, last + 1) if is_one_run else usual_rows(part)


def usual_starts(part: bytes, start: int, end: int) -> list[int]:
    """Where each row between two offsets begins, known that all are written so."""
    return [found.start() for found in _ROW_START.finditer(part, start, end)]


def number_at(part: bytes, start: int) -> int:
    """The number of the row that begins at an offset."""
    begin = start + len(_USUAL_ROW)
    return int(part[begin : part.find(b'"', begin)])
