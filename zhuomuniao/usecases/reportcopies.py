"""What a report's workbook says of itself (its stamp), and its figures read back from the cells.

A custom property of a workbook holds at most 255 characters, so longer ones are cut into pieces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import CannotWriteError, UnreadableFileError, quoted, reason_of
from zhuomuniao.reports.changes import (
    ROW_NUMBER,
    UNCOUNTED_SHEETS,
    Figures,
    PlainTable,
    counted_tables,
    fingerprint,
    make_plain,
    plain,
    plain_header,
    plain_name,
)
from zhuomuniao.reports.tables import SIGNATURES, Report, Table
from zhuomuniao.store.reader import read_custom_properties, read_sheets

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue

_REPORT, _FIGURES, _COUNTS, _TABLES = "zmn.report", "zmn.figures", "zmn.counts", "zmn.tables"
_AS_OF, _MADE_ON, _EDITION, _IS_FULL = "zmn.as_of", "zmn.made_on", "zmn.edition", "zmn.full"
_PIECE = 240
_TO_SIGN = frozenset(map(plain, SIGNATURES))
"""What stands below the last table of a sheet."""
_LOST = ("（找不到这张表的表头）",)


class Stamp(Struct, frozen=True):
    """What an edition says of itself.

    ``subject`` is the duty it is made for, or the ledger it tells of; ``as_of`` the day through which it tells,
    ``made_on`` the office's day on which it was made; ``tables`` are sheet, name and number of rows of each.
    ``counts`` is ``None`` where they got lost.
    """

    subject: str
    period: str
    figures: str
    counts: Mapping[str, int] | None
    tables: tuple[tuple[str, str, int], ...]
    as_of: date | None
    made_on: date | None
    edition: int
    is_full: bool


class Copy(Struct, frozen=True):
    """A workbook found in its place: its stamp and its bytes. A file that cannot be read has an empty stamp."""

    path: Path
    stamp: Stamp | None
    data: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


def properties_of(
    report: Report, figures: str, *, subject: str, as_of: date, made_on: date, edition: int, is_full: bool
) -> dict[str, str]:
    """The custom properties of an edition's workbook. ``figures`` is its fingerprint."""
    tables = [[t.sheet, plain_name(t.name), len(t.rows)] for t in counted_tables(report)]
    return {
        _REPORT: f"{subject}/{report.period}",
        _FIGURES: figures,
        **_pieces(_COUNTS, dict(report.counts)),
        **_pieces(_TABLES, tables),
        _AS_OF: as_of.isoformat(),
        _MADE_ON: made_on.isoformat(),
        _EDITION: str(edition),
        _IS_FULL: "1" if is_full else "0",
    }


def find_copy(path: Path) -> Copy | None:
    """The workbook in a place, ``None`` where there is none.

    Raises :class:`CannotWriteError` where something else stands there, or it may not be read.
    """
    if not is_there(path):
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _not_read(path, error) from error
    try:
        return Copy(path, _stamp_in(read_custom_properties(data, name=path.name)), data)
    except UnreadableFileError:
        return Copy(path, None, data)


def is_there(path: Path) -> bool:
    """Whether a file stands in a place. Raises :class:`CannotWriteError` where it is something else."""
    try:
        if path.is_file() or not path.exists():
            return path.is_file()
    except OSError as error:
        raise _not_read(path, error) from error
    raise CannotWriteError(
        f"{quoted(path.name)}的位置上是一个文件夹，不是文件", "请把它改名或移走后再生成一次；没有改动任何文件"
    )


def _not_read(path: Path, error: OSError) -> CannotWriteError:
    return CannotWriteError(
        f"打不开{quoted(path.name)}：{reason_of(error)}", "请核对文件夹和文件的权限、--out；没有改动任何文件"
    )


class ReadBack(Struct, frozen=True):
    """The figures a workbook shows now, and whether somebody typed into it since zmn made it.

    ``is_edited`` is ``False`` too where that cannot be told: a table is not where it was.
    """

    figures: Figures
    is_edited: bool


def read_back(copy: Copy, like: Report) -> ReadBack:
    """The figures in the cells of a workbook, its tables found by name and header of those of ``like``.

    Of a table whose header is not there, only that is told; what cannot be read at all has no tables.
    """
    stamp = copy.stamp
    counts = stamp.counts if stamp else None
    try:
        sheets = read_sheets(copy.data, name=copy.path.name)
    except UnreadableFileError:
        return ReadBack(Figures(counts, None, like.labels), False)
    stamped: dict[tuple[str, str], list[int]] = {}
    for sheet, name, rows in stamp.tables if stamp else ():
        if sheet in UNCOUNTED_SHEETS:
            # An older zmn counted more of them.
            continue
        stamped.setdefault((sheet, name), []).append(rows)
    found: list[PlainTable] = []
    is_whole = bool(stamped)
    starts: dict[str, int] = {}
    for table in counted_tables(like):
        key = (table.sheet, plain_name(table.name))
        had = stamped.get(key)
        if stamped and not had:
            continue
        count = had.pop(0) if had else None
        cells = sheets.get(table.sheet, [])
        place = _find_header(table, cells, 0 if table.name else starts.get(table.sheet, 0))
        if place is None:
            is_whole = False
            if count is not None:
                found.append(PlainTable(*key, _LOST, ()))
            continue
        at, columns = place
        read = _rows_below(cells[at + 1 :], columns, count, is_numbered=_is_numbered(table))
        starts[table.sheet] = at + 1 + len(read)
        found.append(make_plain(table, read))
    for key, counts_left in stamped.items():
        # What the new report no longer has is told, though its cells were not looked at.
        found += [PlainTable(*key, (), ((),) * count) for count in counts_left]
        is_whole = is_whole and not counts_left
    figures = Figures(counts, tuple(found), like.labels)
    return ReadBack(figures, is_whole and stamp is not None and fingerprint(figures) != stamp.figures)


def _find_header(table: Table, cells: Sequence[Sequence[CellValue]], start: int) -> tuple[int, list[int]] | None:
    """Row and columns of a table's header: the first row from ``start`` on that says nothing else.

    A table that has a name stands right below it. Columns without a header stand behind those that have one.
    """
    wanted = [plain_header(column.header) for column in table.columns]
    told = [header for header in wanted if header]
    for at in range(start, len(cells)):
        filled = [place for place, cell in enumerate(cells[at]) if plain(cell)]
        if told and [plain_header(str(cells[at][place])) for place in filled] == told:
            above = next((plain(cell) for cell in cells[at - 1] if plain(cell)), "") if at else ""
            if not table.name or plain_name(above) == plain_name(table.name):
                return at, _columns(wanted, filled)
    return None


def _columns(wanted: Sequence[str], filled: Sequence[int]) -> list[int]:
    places = iter(filled)
    columns: list[int] = []
    for header in wanted:
        columns.append(next(places) if header else (columns[-1] + 1 if columns else 0))
    return columns


def _is_numbered(table: Table) -> bool:
    return bool(table.columns) and plain_header(table.columns[0].header) == ROW_NUMBER


def _rows_below(
    cells: Sequence[Sequence[CellValue]], columns: Sequence[int], count: int | None, *, is_numbered: bool
) -> list[list[CellValue]]:
    """The rows of a table: where they are numbered, as long as they are, so that one put in by hand counts too."""
    read: list[list[CellValue]] = []
    for row in cells:
        values = [row[place] if place < len(row) else None for place in columns]
        filled = sum(bool(plain(value)) for value in values)
        is_over = len(read) >= count if count is not None else filled < 2 or plain(values[0]) in _TO_SIGN
        if is_numbered and not isinstance(values[0], int):
            is_over = is_over or filled < 2 or plain(values[0]).endswith("：")
        elif is_numbered:
            is_over = False
        if is_over:
            break
        read.append(values)
    return read


def _stamp_in(found: Mapping[str, str]) -> Stamp | None:
    if _FIGURES not in found:
        return None
    subject, _, period = found.get(_REPORT, "").rpartition("/")
    counts, tables = _joined(found, _COUNTS), _joined(found, _TABLES)
    return Stamp(
        subject=subject,
        period=period,
        figures=found[_FIGURES],
        counts={k: v for k, v in counts.items() if isinstance(v, int)} if isinstance(counts, dict) else None,
        tables=_tables(tables),
        as_of=_day(found.get(_AS_OF, "")),
        made_on=_day(found.get(_MADE_ON, "")),
        edition=int(edition) if (edition := found.get(_EDITION, "")).isascii() and edition.isdecimal() else 0,
        is_full=found.get(_IS_FULL) == "1",
    )


def _tables(found: object) -> tuple[tuple[str, str, int], ...]:
    """Sheet, name and number of rows of each; what somebody changed in the stamp is passed over."""
    if not isinstance(found, list):
        return ()
    whole = [one for one in found if isinstance(one, list) and len(one) == 3 and isinstance(one[2], int)]
    return tuple((str(sheet), str(name), rows) for sheet, name, rows in whole)


def _pieces(name: str, value: object) -> dict[str, str]:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return {name if n == 1 else f"{name}.{n}": piece for n, piece in enumerate(pieces, start=1)}


def _joined(found: Mapping[str, str], name: str) -> object:
    text, number = found.get(name, ""), 2
    while (piece := found.get(f"{name}.{number}")) is not None:
        text, number = text + piece, number + 1
    try:
        return json.loads(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
