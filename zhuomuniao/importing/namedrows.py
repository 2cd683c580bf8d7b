"""A file whose columns are found by their headers (.xlsx, .xls, .csv, .json), read as rows of field → value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.foreign import read_bytes, separated_rows, sheets_of, unguarded
from zhuomuniao.intake import decode_text
from zhuomuniao.store.reader import read_sheets
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.layouts import Layout
    from zhuomuniao.store.cells import CellValue

_HEADER_SEARCH_ROWS = 12
_OF_NO_FIELD = ("序号",)
_OWN_FORMATS = (".xlsx", ".xlsm")


class RawRow(Struct, frozen=True):
    """One row as it stands in the file: its number there (JSON: its place in the list) and its values."""

    number: int
    values: dict[str, CellValue]


class WantedColumns(Struct, frozen=True):
    """What is looked for in a file.

    ``words`` are the headers (see :func:`squeeze`) of each field, ``required`` the fields without which the file is
    another one, with what they are called; of ``one_of`` at least one must be there. ``hint`` are headers that would
    do. ``noun`` is what is done with the rows (登记), ``list_key`` where a JSON object holds the list, ``example``
    how it is written. ``passed_over`` are headers that are known and not taken. ``fills_merged``: a merged range
    holds its value in each of its rows, and a row that says one thing right across is none.
    """

    words: Mapping[str, str]
    required: Mapping[str, str]
    hint: str
    noun: str
    list_key: str
    example: str
    fills_merged: bool = True
    one_of: Mapping[str, str] = field(default_factory=dict)
    passed_over: frozenset[str] = frozenset()


def words_of(layout: Layout, more: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The headers of a layout's columns with their aliases, by which a file's columns are found.

    ``more`` are further words of a field; they win over a layout's own. A field's own name is a word of it too.
    """
    words: dict[str, str] = {}
    own = ((c.field, (c.field, c.header, *c.aliases)) for c in layout.columns)
    for name, headers in (*more.items(), *own):
        for header in headers:
            words.setdefault(squeeze(header), name)
    return words


class LeftOut(Struct):
    """The columns of a file that nobody knows, and the row of its header; blank until the file was read."""

    header_row: int = 0
    columns: list[str] = field(default_factory=list)

    def remarks(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """What is to be said of them, under the number of the header's row."""
        if not self.columns:
            return ()
        named = "、".join(self.columns)
        return ((self.header_row, (f"没有认出来、没有收的列：{named}；要收的请把列名改成台账的表头",)),)


def read_named_rows(path: Path, wanted: WantedColumns, left_out: LeftOut | None = None) -> Iterator[RawRow]:
    """The rows of a file, blank ones left out; columns are found by header text, unknown ones told in ``left_out``.

    Raises :class:`UnreadableFileError` naming what the file is, or which columns it lacks.
    """
    match path.suffix.lower():
        case ".json":
            yield from _json_rows(read_bytes(path), path.name, wanted)
        case ".csv" | ".txt":
            sheet: list[list[CellValue]] = [list(row) for row in separated_rows(read_bytes(path), path.name)]
            yield from _sheet_rows([sheet], path.name, wanted, left_out, is_text=True)
        case suffix if wanted.fills_merged and suffix in (*_OWN_FORMATS, ".xls"):
            sheets = sheets_of(read_bytes(path), name=path.name)
            yield from _sheet_rows([sheet.rows for sheet in sheets], path.name, wanted, left_out)
        case suffix if suffix in _OWN_FORMATS:
            plain = read_sheets(read_bytes(path), name=path.name)
            yield from _sheet_rows(list(plain.values()), path.name, wanted, left_out)
        case other:
            raise UnreadableFileError(
                f"“{path.name}”的类型“{other}”不能成批{wanted.noun}",
                "请另存为 .xlsx、.csv 或 .json；.xls 和 .et 请用 WPS 打开后另存为 .xlsx",
                kind="unsupported",
            )


def _json_rows(data: bytes, name: str, wanted: WantedColumns) -> Iterator[RawRow]:
    try:
        loaded: Any = json.loads(decode_text(data))
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            f"“{name}”不是合法的 JSON（第{error.lineno}行第{error.colno}列）", "请核对文件内容", kind="json"
        ) from error
    except ValueError as error:
        raise UnreadableFileError(
            f"“{name}”里有长得离谱的数字", "请核对文件内容；编号、电话请加引号", kind="json"
        ) from error
    except RecursionError as error:
        raise UnreadableFileError(
            f"“{name}”套得太深，不像{wanted.noun}的列表", "请核对文件内容", kind="json"
        ) from error
    entries = loaded.get(wanted.list_key) if isinstance(loaded, dict) else loaded
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise UnreadableFileError(
            f"“{name}”里不是{wanted.noun}的列表",
            f'应为 {wanted.example}，或放在 "{wanted.list_key}" 下',
            kind="json",
        )
    for number, entry in enumerate(entries, start=1):
        named = {wanted.words[key]: value for k, value in entry.items() if (key := squeeze(k)) in wanted.words}
        yield RawRow(number, named)


def _sheet_rows(
    sheets: Sequence[Sequence[Sequence[CellValue]]],
    name: str,
    wanted: WantedColumns,
    left_out: LeftOut | None,
    *,
    is_text: bool = False,
) -> Iterator[RawRow]:
    best: tuple[int, dict[str, int], Sequence[Sequence[CellValue]]] = (0, {}, ())
    for sheet in sheets:
        for number, cells in enumerate(sheet[:_HEADER_SEARCH_ROWS]):
            found: dict[str, int] = {}
            for at, cell in enumerate(cells):
                key = squeeze(cell) if cell is not None else ""
                if key in wanted.words:
                    found.setdefault(wanted.words[key], at)
            if len(found) > len(best[1]):
                best = (number, found, sheet)
    header, columns, rows = best
    missing = [title for name, title in wanted.required.items() if name not in columns]
    if wanted.one_of and not wanted.one_of.keys() & columns.keys():
        missing.append("或".join(wanted.one_of.values()))
    if missing:
        titles = "、".join(missing)
        raise UnreadableFileError(
            f"“{name}”里找不到这些列：{titles}",
            f"请在表头写上{wanted.hint}等列名；可先用 --dry-run 检查",
            kind="columns",
        )
    if left_out is not None:
        left_out.header_row = header + 1
        unknown = [str(c).strip() for c in rows[header] if c not in (None, "") and squeeze(c) not in wanted.words]
        left_out.columns += [
            one for one in unknown if one and squeeze(one) not in {*_OF_NO_FIELD, *wanted.passed_over}
        ]
    for number, cells in enumerate(rows[header + 1 :], start=header + 2):
        values = {name: cells[at] for name, at in columns.items() if at < len(cells)}
        if is_text:
            values = {name: unguarded(value) for name, value in values.items()}
        told = [value for value in values.values() if value not in (None, "")]
        is_note = wanted.fills_merged and len(told) > 1 and len(set(map(str, told))) == 1
        if told and not is_note:
            yield RawRow(number, values)
