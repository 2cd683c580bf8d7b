"""Official layouts as data: which columns a ledger has, under which headers, on which paper.

A layout file gives the official columns exactly as issued; zmn's own columns stand to their right and are the
same everywhere (:data:`OWN_COLUMNS`), followed by those the layout lists. Columns are found in a book by header
text and aliases, never by position (architecture.md §3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct

from zhuomuniao.errors import DataFileError, FileProblem
from zhuomuniao.paperlayouts import (
    ANNEX,
    FORM_SECTION,
    LAYOUT_NAME,
    LETTER_SECTION,
    ORIENTATIONS,
    FormLayout,
    among,
    check_rows,
)
from zhuomuniao.texts import squeeze
from zhuomuniao.tomlkeys import (
    Key,
    Place,
    Section,
    WrongValueError,
    any_text,
    at_least_one,
    duplicates,
    measure,
    number,
    one_of,
    read_toml,
    shown,
    tables,
    text,
    texts,
    yes_no,
)


class ColumnType(StrEnum):
    """How a column's values stand in cells: text cells (``@``), real dates, moments to the minute, numbers."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"


class Column(Struct, frozen=True):
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


class EdgeField(Struct, frozen=True):
    """A line above or below the official table of a hand-in copy: ``填报单位：`` and the field that fills it.

    Fields of one ``line`` are printed side by side.
    """

    line: int
    label: str
    field: str


class Layout(Struct, frozen=True):
    """A ledger's sheet: title, columns, paper. ``columns_source`` is ``notice`` or ``inferred``.

    ``heads`` and ``feet`` stand on the copy that is handed in only: the growing ledger has one row after the other.
    """

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
    heads: tuple[EdgeField, ...] = ()
    feet: tuple[EdgeField, ...] = ()

    @property
    def official_columns(self) -> tuple[Column, ...]:
        """The columns as issued, inside the print area."""
        return tuple(c for c in self.columns if not c.is_own)

    def column(self, field: str) -> Column | None:
        """The column that holds a field, or ``None``."""
        return next((c for c in self.columns if c.field == field), None)


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
"""The columns of zmn that stand right of the official ones in every ledger of cases (architecture.md §4)."""

_OF_RECORDS = ("key_check", "status", "next_act", "next_due_on", "clocks")
_OWN_SETS: dict[str, tuple[Column, ...]] = {
    "case": OWN_COLUMNS,
    "record": tuple(c for c in OWN_COLUMNS if c.field in _OF_RECORDS),
    "none": (),
}
"""Which of them a sheet has: one of people's matters, one of activities or issues, a list beside a ledger."""

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
    for position, header in enumerate(headers):
        if header not in (None, ""):
            seen.setdefault(squeeze(header), position)
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
    place = Place(path.name, problems)
    data = read_toml(path, place)
    layout: Layout | FormLayout | None = None
    if data or not problems:
        section = LETTER_SECTION if "paragraphs" in data else FORM_SECTION if "rows" in data else LAYOUT_SECTION
        layout = section.read(data, place)
    if isinstance(layout, Layout):
        _check_columns(layout, place)
    elif layout is not None:
        check_rows(layout, place)
    if problems or layout is None:
        raise DataFileError(tuple(problems))
    return layout


_SHEET_LENGTH = 31
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\]")
_OUR_SHEETS = (LOG_SHEET, "字典")


def _sheet_name(value: Any, place: Place) -> str:
    name = text(value, place)
    if len(name) > _SHEET_LENGTH or _NOT_IN_SHEETS.search(name) or name[0] == "'" or name[-1] == "'":
        raise WrongValueError(
            f"“{shown(name)}”不能作工作表名", f"请写{_SHEET_LENGTH}个字以内，不含 [ ] : * ? / \\", "工作表名"
        )
    if name in _OUR_SHEETS:
        raise WrongValueError(f"“{name}”是 zmn 自己的工作表", "请换一个名字", "别的名字")
    return name


COLUMN_SECTION = Section(
    "columns",
    "一列",
    (
        Key("field", text, "存什么：zmn 认识的栏目名，如 case_no；别的名字由本单位自己填写"),
        Key("header", text, "表头，照原件"),
        Key("type", one_of(ColumnType), "text 文字、date 日期、moment 到分钟的时刻、number 数", ColumnType.TEXT),
        Key("width", measure(1, 255), "列宽，几个字符", 12.0),
        Key("aliases", texts, "表头的别的写法，改了名也认", ()),
        Key("choices", any_text, "从哪个代码表里选；单位名单写 units", ""),
        Key("own", yes_no, "原件没有、zmn 加在右边的列", False, "is_own"),
        Key("derived", yes_no, "由 zmn 算出，人不填", False, "is_derived"),
    ),
    Column,
)


EDGE_SECTION = Section(
    "heads",
    "上报件表头上方、表下的一格",
    (
        Key("line", number(1, 9), "第几行；同一行的并排印", 1),
        Key("label", text, "印的字，照原件，如 填报单位："),
        Key("field", text, "后面填什么：unit 单位、leader 负责人、activity_kind 活动、held_on 时间……"),
    ),
    EdgeField,
)


def _build_layout(*, columns: tuple[Column, ...], orientation: str, own_columns: str, **values: Any) -> Layout:
    official = tuple(c for c in columns if not c.is_own)
    extra = tuple(c for c in columns if c.is_own)
    own = _OWN_SETS[own_columns]
    return Layout(columns=(*official, *own, *extra), is_landscape=orientation == "landscape", **values)


_TITLE = Key("title", text, "标题，印在第一行；台账的文件名也用它")


LAYOUT_SECTION = Section(
    "layout",
    "台账的表样",
    (
        LAYOUT_NAME,
        Key("version", number(1, 1000), "第几版", 1),
        _TITLE,
        Key("sheet", _sheet_name, "工作表的名字"),
        ANNEX,
        Key("columns_source", among("notice", "inferred"), "notice 照原件，inferred 原件没有、自己拟的", "notice"),
        Key("orientation", among(*ORIENTATIONS), "landscape 横排，portrait 竖排", "landscape"),
        Key("row_height", measure(1, 409), "行高，磅", 48.0),
        Key("own_columns", among(*_OWN_SETS), "zmn 自己的列：case 事项的，record 活动和问题的，none 不加", "case"),
        Key("heads", tables(EDGE_SECTION), "[[heads]] 上报件表头上方的各格", (), inner=EDGE_SECTION),
        Key("feet", tables(EDGE_SECTION), "[[feet]] 上报件表下的各格", (), inner=EDGE_SECTION),
        Key("columns", at_least_one(tables(COLUMN_SECTION)), "[[columns]] 各列，从左到右", inner=COLUMN_SECTION),
    ),
    _build_layout,
)


def _check_columns(layout: Layout, place: Place) -> None:
    at = place.at("columns")
    for field in duplicates([c.field for c in layout.columns]):
        at.tell(f"字段 {field} 出现了两次", "每个字段只能占一列")
    for header in duplicates([squeeze(c.header) for c in layout.columns]):
        at.tell(f"表头“{header}”出现了两次", "每列的表头要不同；最右边 zmn 自己的列也算")
    if not layout.official_columns:
        at.tell("没有一列是原件的（全都写了 own = true）", "请至少留一列不写 own")
