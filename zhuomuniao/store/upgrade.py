"""Layout versions: which one a book is stamped with, and the steps that bring an older book to today's.

A step adds what a newer version has and gives headers their new names; it never takes away, moves or reinterprets
what an office has in its book.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import Column, ColumnType, Layout
from zhuomuniao.store.bookparts import Book, open_book
from zhuomuniao.store.logsheet import add_sheet
from zhuomuniao.store.newcolumns import Table, add_columns, find_table, rename_header
from zhuomuniao.store.newparts import finished_book, prove_values, set_stamp
from zhuomuniao.store.stamps import VERSION_KEY, require_known_version, stamped_version
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.store.stylesheet import book_styles, put_styles
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.store.shape import BookShape


class LayoutStep(Struct, frozen=True):
    """What a layout's version has that the one before had not: columns, and headers by (old, new) name."""

    layout: str
    version: int
    added: tuple[Column, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


_CO_HANDLERS = Column("co_handlers", "协办单位", width=14, is_own=True, is_derived=True)
_SOLVED = Column("solved", "是否解决", width=14, choices="solved", is_own=True)


def _own(field: str, header: str, width: float, type_: ColumnType = ColumnType.TEXT, choices: str = "") -> Column:
    return Column(field, header, type_, width, choices=choices, is_own=True)


_OF_ISSUES = (
    _own("activity_no", "所属活动", 16),
    _own("urgent", "急难愁盼", 8, choices="urgent"),
    _own("meeting", "专题会议", 16),
    _own("mechanism", "长效机制", 18),
    Column("round", "轮次", ColumnType.NUMBER, 6, is_own=True, is_derived=True),
    Column("round_started_on", "本轮起算", ColumnType.DATE, 12, is_own=True, is_derived=True),
    _own("progress", "整改进度", 24),
)

STEPS: Final[tuple[LayoutStep, ...]] = (
    LayoutStep(
        "linxian-window",
        2,
        # 处理进度 came within version 1, so that some books of version 1 lack it.
        added=(
            Column("progress", "处理进度", width=24, is_own=True),
            Column("unsolved_reason", "未办成原因", width=24, is_own=True),
        ),
    ),
    LayoutStep("linxian-window", 3, added=(_CO_HANDLERS,)),
    LayoutStep("linxian-hotline", 2, added=(_CO_HANDLERS, _SOLVED)),
    LayoutStep("xiangtan-window", 2, added=(_CO_HANDLERS, _SOLVED)),
    LayoutStep(
        "neixiang-window",
        2,
        added=(
            _CO_HANDLERS,
            _SOLVED,
            Column("fault", "不满意原因", width=14, choices="fault", is_own=True),
            Column("situation", "未办成情形", width=14, choices="situation", is_own=True),
        ),
    ),
    # With the commands for leaders and officers; the sheets beside the official one come with any of these steps.
    LayoutStep("beilin-activity", 2),
    LayoutStep("beilin-issues", 2, added=_OF_ISSUES),
    LayoutStep(
        "jingbian-activity",
        2,
        added=(
            _own("identity", "身份", 10, choices="identity"),
            _own("mode", "体验类型", 10),
            _own("trigger", "体验缘由", 14),
            _own("items", "体验事项", 20),
            _own("served_count", "接待企业群众数", 8, ColumnType.NUMBER),
            _own("delegate_for", "受谁委托", 12),
        ),
    ),
    LayoutStep(
        "jingbian-issues",
        2,
        added=(
            _own("activity_kind", "参与活动名称", 12, choices="activity_kind"),
            _own("place", "参与活动地点", 14),
            _own("need", "企业群众反映的需求", 20),
            *_OF_ISSUES,
        ),
    ),
    LayoutStep("linxian-officer", 2, added=(_CO_HANDLERS,)),
)
"""Every step there is. A version without one adds the layout's own columns that a book lacks."""


class UpgradedBook(Struct, frozen=True):
    """The new bytes, the versions before and after, the headers that were added, and the renamed ones (old, new)."""

    data: bytes
    from_version: int
    to_version: int
    added: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


def layout_version_of(data: bytes, *, name: str) -> tuple[str, int] | None:
    """The layout id and version a book is stamped with, or ``None`` for an old or foreign book without a stamp.

    Raises :class:`UnreadableFileError`: no book, or ``bad_stamp`` for a version that is no number.
    """
    return stamped_version(open_book(require_xlsx(data, name=name)))


def upgrade_book(
    data: bytes, shape: BookShape, *, name: str, steps: Sequence[LayoutStep] = STEPS
) -> UpgradedBook | None:
    """The book brought to the layout's version, or ``None`` where it is there already or bears no stamp.

    New columns stand right of all others, outside the print area; every row keeps its cells. Raises what
    :func:`require_known_version` raises, :class:`UnreadableFileError` ``not_a_ledger`` or ``missing_columns``,
    :class:`CannotPatchError` for what is in the way, :class:`IntegrityError` where the proof fails.
    """
    book = open_book(require_xlsx(data, name=name))
    version = require_known_version(book, shape)
    layout = shape.layout
    if version is None or version == layout.version:
        return None
    due = {s.version: s for s in steps if s.layout == layout.id and version < s.version <= layout.version}
    known = _with_old_names(layout, tuple(due.values()))
    change = _Change()
    for number in range(version + 1, layout.version + 1):
        table = require_table(book, known)
        if step := due.get(number):
            for old, new in step.renamed:
                _rename(book, table, old, new, change)
            _add(book, table, [c for c in step.added if c.field not in table.columns], change)
        elif number == layout.version:
            missing = [c for c in layout.columns if c.field not in table.columns]
            refuse_missing(missing, name=name)
            _add(book, table, missing, change)
    if lacking := missing_sheets(book, shape):
        styles = book_styles(book)
        for side in lacking:
            add_sheet(book, styles, side)
        put_styles(book, styles)
        change.added += [f"工作表“{side.sheet}”" for side in lacking]
    set_stamp(book, {VERSION_KEY: str(layout.version)})
    after = finished_book(book)
    prove_values(data, after, new_from=change.new_from, written=change.written)
    return UpgradedBook(after, version, layout.version, tuple(change.added), tuple(change.renamed))


def missing_sheets(book: Book, shape: BookShape) -> tuple[Layout, ...]:
    """The sheets beside the official one that a book has not got yet."""
    there = {entry.name for entry in book.sheets}
    return tuple(layout for layout in shape.side_sheets if layout.sheet not in there)


def require_table(book: Book, layout: Layout) -> Table:
    """Where the layout's table stands, 编号 included or not.

    Raises :class:`UnreadableFileError` ``not_a_ledger`` where less than half of the official headers are found.
    """
    table = find_table(book, layout)
    needed = layout.official_columns
    missing = [c.header for c in needed if table is None or c.field not in table.columns]
    if table is None or len(missing) * 2 > len(needed):
        raise UnreadableFileError(
            f"“{book.archive.name}”里找不到《{layout.title}》的表头，缺：{'、'.join(missing)}",
            "请核对是不是这本台账；表头被改名的，请改回原来的名称",
            kind="not_a_ledger",
        )
    return table


def refuse_missing(missing: Sequence[Column], *, name: str) -> None:
    """Refuse a book that lacks official columns: zmn does not change the table an office was told to keep.

    Raises :class:`UnreadableFileError` ``missing_columns`` naming all of them.
    """
    headers = [c.header for c in missing if not c.is_own]
    if headers:
        raise UnreadableFileError(
            f"“{name}”的表头里缺这些列：{'、'.join(headers)}",
            "请用 WPS 打开，在表头里加上这些列（列名照写），或把意思相同的列改成这个名称，存好再试；没有改动任何内容",
            kind="missing_columns",
            columns=headers,
        )


class _Change(Struct):
    """What has been done so far: headers added and renamed, and where, for the proof."""

    added: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    new_from: dict[str, int] = field(default_factory=dict)
    written: list[tuple[str, int, int]] = field(default_factory=list)


def _add(book: Book, table: Table, columns: Sequence[Column], change: _Change) -> None:
    if not columns:
        return
    # Opened for each step: the next one looks at the formats that this one adds.
    styles = book_styles(book)
    first = add_columns(book, table, columns, styles)
    put_styles(book, styles)
    change.new_from.setdefault(table.entry.name, first)
    change.added += [c.header for c in columns]


def _rename(book: Book, table: Table, old: str, new: str, change: _Change) -> None:
    """Give the header its new name, where it still has the old one and no other column has the new one."""
    sheet = book.sheet_xml(table.entry)
    row, texts = sheet.row(table.header_row), CellTexts(book)
    seen = {squeeze(texts.text_of(cell)): cell.column for cell in (row.cells if row else ())}
    column = seen.get(squeeze(old))
    if column is None or squeeze(new) in seen:
        return
    rename_header(book, table, column, new)
    change.renamed.append((old, new))
    change.written.append((table.entry.name, table.header_row, column))


def _with_old_names(layout: Layout, steps: Sequence[LayoutStep]) -> Layout:
    """The layout that also knows the headers which the steps will rename."""
    old_names: dict[str, list[str]] = {}
    for step in steps:
        for old, new in step.renamed:
            old_names.setdefault(new, []).append(old)
    columns = []
    for column in layout.columns:
        names = [column.header, *column.aliases]
        # The list grows while it is walked: an old name may have had an older one.
        for name in names:
            names += [n for n in old_names.get(name, []) if n not in names]
        columns.append(replace(column, aliases=tuple(names[1:])))
    return replace(layout, columns=tuple(columns))
