"""An office's own book becomes a ledger book: zmn's columns, 流转记录 and the stamp are added, nothing else changes.

Official columns must be there already, under their headers or aliases; only 编号 is added where an old book has
none, for without a key there is no case. It then stands right of the table like zmn's own columns, empty: numbers
are the ledger's to draw, and before every row has one nothing should be appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.store.alignment import KEY
from zhuomuniao.store.bookparts import Book, defined_names, open_book
from zhuomuniao.store.cells import column_letters
from zhuomuniao.store.logsheet import add_sheet, has_log
from zhuomuniao.store.newcolumns import Table, add_columns, find_on_sheet, last_used_column
from zhuomuniao.store.newparts import append_child, finished_book, prefix_of, prove_values, put_spliced, set_stamp
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.stamps import require_known_version
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.store.stylesheet import book_styles, put_styles
from zhuomuniao.store.upgrade import missing_sheets, refuse_missing, require_table
from zhuomuniao.store.xmlspans import Splice, elements_of, escape

if TYPE_CHECKING:
    from zhuomuniao.store.shape import BookShape

# What zmn keeps in these columns is its own state; what an office wrote there under the same header would be lost.
_STATE_FIELDS: Final = frozenset({
    "key_check", "status", "next_act", "next_due_on", "clocks", "pause", "round", "round_started_on", "edition",
    "provisional",
})  # fmt: skip
_PRINT_AREA: Final = "_xlnm.Print_Area"
_BEFORE_NAMES: Final = ("sheets", "functionGroups", "externalReferences")


def adopt_book(data: bytes, shape: BookShape, *, name: str) -> bytes:
    """The office's book as a ledger book of this shape, by patching only; a book that is one already is unchanged.

    Zmn's own columns are written right of the last used column, 流转记录 behind the other sheets, the stamp into
    the custom properties. Where the sheet has no print area, one is set that ends before the new columns.

    ``name`` is the file name for messages. Raises :class:`UnreadableFileError`: no safe .xlsx, ``not_a_ledger``,
    ``missing_columns`` (official ones, all named), ``newer_version``, ``older_version``, ``other_layout``;
    :class:`CannotPatchError` naming what is in the way; :class:`IntegrityError` where the proof fails.
    """
    book = open_book(require_xlsx(data, name=name))
    layout = shape.layout
    stamped = require_known_version(book, shape)
    if stamped is not None and stamped < layout.version:
        raise UnreadableFileError(
            f"“{name}”已经是 zmn 的台账，表样是第{stamped}版",
            "请先升级这本台账：zmn book upgrade",
            kind="older_version",
        )
    table = require_table(book, layout)
    missing = [c for c in layout.columns if c.field not in table.columns]
    refuse_missing([c for c in missing if c.field != KEY], name=name)
    logged = has_log(book)
    if stamped is None and not logged:
        _refuse_twins(book, table, shape)
        _refuse_taken(book, table, shape)
    styles = book_styles(book)
    new_from: dict[str, int] = {}
    if missing:
        _keep_off_paper(book, table, last=last_used_column(book, table.entry))
        new_from[table.entry.name] = add_columns(book, table, missing, styles)
    if not logged:
        add_sheet(book, styles)
    for layout in missing_sheets(book, shape):
        add_sheet(book, styles, layout)
    put_styles(book, styles)
    set_stamp(book, shape.stamp)
    if not book.changed:
        return data
    after = finished_book(book)
    _prove_adopted(data, after, shape, new_from=new_from, name=name)
    return after


def _refuse_twins(book: Book, table: Table, shape: BookShape) -> None:
    """Refuse a book with a sheet for each month: zmn would see one of them only, and say nothing of the others."""
    official = {c.field for c in shape.layout.official_columns}
    wanted = len(official & table.columns.keys())
    twins = [table.entry.name]
    for entry in book.sheets:
        if entry.is_worksheet and entry != table.entry:
            found = find_on_sheet(book, entry, shape.layout)
            if found and len(official & found.columns.keys()) >= wanted:
                twins.append(entry.name)
    if len(twins) > 1:
        raise CannotPatchError(
            f"“{book.archive.name}”里有{len(twins)}张工作表都是这种台账的表头：{'、'.join(twins)}",
            "zmn 的台账一年一张表；请在 WPS 里把各行合到一张表上，其余的移到别的文件，存好再试；没有改动任何内容",
        )


def _refuse_taken(book: Book, table: Table, shape: BookShape) -> None:
    fields = _STATE_FIELDS & table.columns.keys()
    taken = [(c, table.columns[c.field]) for c in shape.layout.columns if c.field in fields]
    sheet, texts = book.sheet_xml(table.entry), CellTexts(book)
    wanted = {column for _, column in taken}
    filled: set[int] = set()
    for index, number in enumerate(sheet.numbers):
        if wanted - filled and number > table.header_row and sheet.holds_something(index):
            cells = sheet.row_at(index).cells
            filled |= {c.column for c in cells if c.column in wanted and (c.formula is not None or texts.text_of(c))}
    headers = [f"{c.header}（{column_letters(column)} 列）" for c, column in taken if column in filled]
    if headers:
        raise CannotPatchError(
            f"“{book.archive.name}”的工作表“{table.entry.name}”里，有几列和 zmn 自己要写的列同名，而且已有内容："
            f"{'、'.join(headers)}",
            "请在 WPS 里给这几列换个名称（例如前面加个“原”字），存好再试；没有改动任何内容",
        )


def _keep_off_paper(book: Book, table: Table, *, last: int) -> None:
    """Give a sheet without a print area one that ends where the office's own columns end.

    Not where a picture reaches further to the right: it would no longer be printed.
    """
    index = str(table.entry.index)
    names = defined_names(book)
    if any(n.attributes.get("name") == _PRINT_AREA and n.attributes.get("localSheetId") == index for n in names):
        return
    if not last or _pictures_end(book, table) > last:
        return
    workbook = book.workbook_part
    data = book.get(workbook)
    found = elements_of(data, part=workbook)
    prefix = prefix_of(data, found[0])
    quoted = "'" + table.entry.name.replace("'", "''") + "'"
    area = escape(f"{quoted}!$A:${column_letters(last)}")
    child = f'<{prefix}definedName name="{_PRINT_AREA}" localSheetId="{index}">{area}</{prefix}definedName>'
    groups = [e for e in found if e.parent == 0 and e.tag == "definedNames" and e.is_main]
    if groups:
        put_spliced(book, workbook, [append_child(data, groups[0], child.encode())])
        return
    at = max(e.end for e in found if e.parent == 0 and e.is_main and e.tag in _BEFORE_NAMES)
    whole = f"<{prefix}definedNames>{child}</{prefix}definedNames>"
    put_spliced(book, workbook, [Splice(at, at, whole.encode())])


def _pictures_end(book: Book, table: Table) -> int:
    """The last column that a picture, text box or chart reaches; 0 where there is none."""
    last = 0
    for part in book.related(table.entry.part, "drawing"):
        if book.has(part):
            columns = [e.text.strip() for e in elements_of(book.get(part), part=part) if e.tag == "col"]
            last = max([last, *(int(c) + 1 for c in columns if c.isdecimal())])
    return last


def _prove_adopted(data: bytes, after: bytes, shape: BookShape, *, new_from: dict[str, int], name: str) -> None:
    prove_values(data, after, new_from=new_from)
    reading = BookReading(after, shape, name=name)
    try:
        lost = [c.header for layout in shape.layouts for c in reading.missing_columns(layout)]
    except UnreadableFileError:
        lost = [""]
    if lost:
        named = f"，这些列认不出：{'、'.join(lost)}" if any(lost) else ""
        raise CannotPatchError(
            f"“{name}”的表头分成了几行，各列的名称不在同一行{named}",
            "请在 WPS 里把各列的名称放在同一行，存好再试；没有改动任何内容",
        )
