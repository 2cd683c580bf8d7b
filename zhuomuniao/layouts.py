"""Official layouts as data: which columns a ledger has, under which headers, on which paper.

A layout file gives the official columns exactly as issued; zmn's own columns stand to their right and are the
same everywhere (:data:`OWN_COLUMNS`), followed by those the layout lists. Columns are found in a book by header
text and aliases, never by position (architecture.md §3).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from zhuomuniao.errors import DataFileError, FileProblem
from zhuomuniao.texts import squeeze


class ColumnType(StrEnum):
    """How a column's values stand in cells: text cells (``@``), real dates, moments to the minute, numbers."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it holds, its header and the other headers it is known by.

    ``width`` is in characters of the default font. ``choices`` names a code list, or ``units``.
    ``is_derived`` marks what zmn computes and a person should not type.
    """

    field: str
    header: str
    type: ColumnType = ColumnType.TEXT
    width: float = 12
    aliases: tuple[str, ...] = ()
    choices: str = ""
    is_own: bool = False
    is_derived: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A ledger's sheet: title, columns, paper. ``columns_source`` is ``notice`` or ``inferred``."""

    id: str
    version: int
    title: str
    sheet: str
    columns: tuple[Column, ...]
    columns_source: str = "notice"
    annex: str = ""
    is_landscape: bool = True
    header_row: int = 2
    row_height: float = 48

    @property
    def official_columns(self) -> tuple[Column, ...]:
        """The columns as issued, inside the print area."""
        return tuple(c for c in self.columns if not c.is_own)

    def column(self, field: str) -> Column | None:
        """The column that holds a field, or ``None``."""
        return next((c for c in self.columns if c.field == field), None)


class Span(StrEnum):
    """What a cell of a printed form holds."""

    LABEL = "label"
    FIELD = "field"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class FormCell:
    """One cell of a printed form: a label or a field, how many of the form's columns it spans."""

    kind: Span
    text: str
    columns: int
    align: str = "center"
    rows: int = 1


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of a printed form; ``height`` in points."""

    height: float
    cells: tuple[FormCell, ...]
    is_framed: bool = True


@dataclass(frozen=True, slots=True)
class FormLayout:
    """A one-case paper such as 附件3 登记表: a grid of rows. ``column_widths`` in characters."""

    id: str
    name: str
    title: str
    annex: str
    column_widths: tuple[float, ...]
    rows: tuple[FormRow, ...]
    is_landscape: bool = False


def _own(field: str, header: str, type_: ColumnType = ColumnType.TEXT, width: float = 12) -> Column:
    return Column(field, header, type_, width, is_own=True, is_derived=True)


OWN_COLUMNS: tuple[Column, ...] = (
    _own("key_check", "编号(核对)", width=14),
    _own("status", "状态", width=10),
    _own("kind", "事项性质"),
    _own("outcome", "结果类别"),
    _own("next_act", "下一环节"),
    _own("next_due_on", "下一时限", ColumnType.DATE),
    _own("clocks", "时限明细", width=30),
    _own("pause", "暂停"),
    _own("round", "轮次", ColumnType.NUMBER, 6),
    _own("round_started_on", "本轮起算", ColumnType.DATE),
    _own("first_handler", "首接人"),
    _own("related_no", "关联编号", width=14),
)
"""The columns of zmn that stand right of the official ones in every ledger (architecture.md §4)."""

LOG_SHEET = "流转记录"

LOG_COLUMNS: tuple[Column, ...] = (
    Column("op_id", "操作号", width=24, is_hidden=True),
    Column("at", "发生时间", ColumnType.MOMENT, 17),
    Column("recorded_at", "登记时间", ColumnType.MOMENT, 17),
    Column("case_no", "编号", width=14),
    Column("kind", "环节", width=10),
    Column("by", "经办", width=10),
    Column("unit", "单位", width=22),
    Column("text", "说明", width=50),
    Column("clock_changes", "时限变化", width=34),
)
"""流转记录: the append-only log of steps."""

LOG_LAYOUT = Layout(
    id="step-log",
    version=1,
    title="流转记录（由 zmn 逐条追加，请勿改动）",
    sheet=LOG_SHEET,
    columns=LOG_COLUMNS,
    row_height=20,
)


def match_columns(layout: Layout, headers: Sequence[object]) -> dict[str, int]:
    """Field → position (0-based) of each column found among the header cells of a row.

    An exact header wins over an alias; the first of two equal headers wins.
    """
    seen: dict[str, int] = {}
    for position, text in enumerate(headers):
        if text not in (None, ""):
            seen.setdefault(squeeze(text), position)
    found: dict[str, int] = {}
    for column in layout.columns:
        for name in (column.header, *column.aliases):
            position_found = seen.get(squeeze(name))
            if position_found is not None:
                found[column.field] = position_found
                break
    return found


def load_layout(path: Path) -> Layout | FormLayout:
    """Read a layout file. Raises :class:`DataFileError` with every problem of the file."""
    problems: list[FileProblem] = []
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataFileError(
            (FileProblem(path.name, "全文", f"不是合法的 TOML（{error}）", "请按 TOML 写法改正"),)
        ) from error
    layout = _form(data, path.name, problems) if "rows" in data else _ledger(data, path.name, problems)
    if problems:
        raise DataFileError(tuple(problems))
    return layout


_LAYOUT_KEYS = {
    "id",
    "version",
    "title",
    "sheet",
    "annex",
    "columns_source",
    "orientation",
    "row_height",
    "columns",
}
_COLUMN_KEYS = {"field", "header", "type", "width", "aliases", "choices", "own", "derived"}
_FORM_KEYS = {"id", "name", "title", "annex", "orientation", "column_widths", "rows"}


def _ledger(data: Mapping[str, Any], file: str, problems: list[FileProblem]) -> Layout:
    _require(data, ("id", "title", "sheet", "columns"), _LAYOUT_KEYS, file, "", problems)
    columns = [
        column
        for number, entry in enumerate(data.get("columns", []), start=1)
        if (column := _column(entry, file, f"columns[{number}]", problems))
    ]
    official = [c for c in columns if not c.is_own]
    extra = [c for c in columns if c.is_own]
    every = (*official, *OWN_COLUMNS, *extra)
    for field in sorted({c.field for c in every if sum(c.field == d.field for d in every) > 1}):
        problems.append(FileProblem(file, "columns", f"字段 {field} 出现了两次", "每个字段只能占一列"))
    source = str(data.get("columns_source", "notice"))
    if source not in ("notice", "inferred"):
        problems.append(FileProblem(file, "columns_source", f"不认识“{source}”", "请写 notice 或 inferred"))
    return Layout(
        id=str(data.get("id", "")),
        version=int(data.get("version", 1)),
        title=str(data.get("title", "")),
        sheet=str(data.get("sheet", "")),
        columns=every,
        columns_source=source,
        annex=str(data.get("annex", "")),
        is_landscape=data.get("orientation", "landscape") == "landscape",
        row_height=float(data.get("row_height", 48)),
    )


def _column(entry: Mapping[str, Any], file: str, key: str, problems: list[FileProblem]) -> Column | None:
    _require(entry, ("field", "header"), _COLUMN_KEYS, file, key, problems)
    kind = str(entry.get("type", "text"))
    if kind not in tuple(ColumnType):
        what = f"不认识列类型“{kind}”"
        problems.append(FileProblem(file, f"{key}.type", what, f"可写：{'、'.join(ColumnType)}"))
        return None
    return Column(
        field=str(entry.get("field", "")),
        header=str(entry.get("header", "")),
        type=ColumnType(kind),
        width=float(entry.get("width", 12)),
        aliases=tuple(entry.get("aliases", ())),
        choices=str(entry.get("choices", "")),
        is_own=bool(entry.get("own", False)),
        is_derived=bool(entry.get("derived", False)),
    )


def _form(data: Mapping[str, Any], file: str, problems: list[FileProblem]) -> FormLayout:
    _require(data, ("id", "name", "title", "column_widths", "rows"), _FORM_KEYS, file, "", problems)
    widths = tuple(float(w) for w in data.get("column_widths", ()))
    rows = []
    for number, entry in enumerate(data.get("rows", []), start=1):
        key = f"rows[{number}]"
        _require(entry, ("height", "cells"), {"height", "cells", "framed"}, file, key, problems)
        cells = []
        for cell in entry.get("cells", []):
            _require(
                cell,
                ("columns",),
                {"label", "field", "note", "columns", "align", "rows"},
                file,
                key,
                problems,
            )
            kind = next((k for k in Span if k.value in cell), None)
            if kind is None:
                problems.append(FileProblem(file, key, "一格里没有 label、field 或 note", "请写明这一格放什么"))
                continue
            cells.append(
                FormCell(
                    kind,
                    str(cell[kind.value]),
                    int(cell["columns"]),
                    str(cell.get("align", "center")),
                    int(cell.get("rows", 1)),
                )
            )
        rows.append(FormRow(float(entry.get("height", 30)), tuple(cells), bool(entry.get("framed", True))))
    return FormLayout(
        id=str(data.get("id", "")),
        name=str(data.get("name", "")),
        title=str(data.get("title", "")),
        annex=str(data.get("annex", "")),
        column_widths=widths,
        rows=tuple(rows),
        is_landscape=data.get("orientation") == "landscape",
    )


def _require(
    entry: Mapping[str, Any],
    required: Sequence[str],
    known: set[str],
    file: str,
    key: str,
    problems: list[FileProblem],
) -> None:
    prefix = f"{key}." if key else ""
    for name in required:
        if name not in entry:
            problems.append(FileProblem(file, f"{prefix}{name}", "缺少这一项", "请补上"))
    for name in sorted(set(entry) - known):
        problems.append(FileProblem(file, f"{prefix}{name}", "不认识这一项", f"可写：{'、'.join(sorted(known))}"))
