"""A sheet of zmn's as a new part of a book that has none yet: 流转记录, 计划, 名册."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.layouts import LOG_LAYOUT, Layout, match_columns
from zhuomuniao.store.cells import column_letters
from zhuomuniao.store.cellxml import Ink, cell_bytes, plain_of
from zhuomuniao.store.headers import header_texts
from zhuomuniao.store.newcolumns import HEAD_ROWS, width_element
from zhuomuniao.store.newparts import (
    XML_HEAD,
    append_child,
    declare_part,
    free_part,
    prefix_of,
    put_spliced,
    relate,
)
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.store.xmlspans import elements_of, escape, number_in
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book
    from zhuomuniao.store.stylesheet import StyleSheet

_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_TITLE_HEIGHT, _HEADER_HEIGHT = 36, 36


def has_log(book: Book) -> bool:
    """Whether a sheet of the book has all headers of 流转记录, whatever it is called.

    Raises :class:`CannotPatchError` for a sheet of that name that is another's.
    """
    texts = CellTexts(book)
    for entry in book.sheets:
        if not entry.is_worksheet:
            continue
        sheet = book.sheet_xml(entry)
        for index, number in enumerate(sheet.numbers[:HEAD_ROWS]):
            if number <= HEAD_ROWS and len(match_columns(LOG_LAYOUT, header_texts(sheet, index, texts))) == len(
                LOG_LAYOUT.columns
            ):
                return True
    if any(squeeze(entry.name) == LOG_LAYOUT.sheet for entry in book.sheets):
        raise CannotPatchError(
            f"“{book.archive.name}”里已有一张名为“{LOG_LAYOUT.sheet}”的工作表，但不是 zmn 的流转记录",
            "zmn 要用这个名字记流水；请先在 WPS 里给那张表换个名字，再试一次",
        )
    return False


def add_sheet(book: Book, styles: StyleSheet, layout: Layout = LOG_LAYOUT) -> None:
    """Add an empty sheet, 流转记录 unless another is named, behind the others. The formats are put into ``styles``;
    the caller writes them.
    """
    workbook = book.workbook_part
    data = book.get(workbook)
    found = elements_of(data, part=workbook)
    sheets = next(n for n, e in enumerate(found) if e.tag == "sheets" and e.is_main)
    first = next(e for e in found if e.parent == sheets)
    folder = workbook.rpartition("/")[0]
    part = free_part(book, f"{folder}/worksheets/sheet{{}}.xml" if folder else "worksheets/sheet{}.xml")
    has_views = any(e.tag == "workbookView" and e.is_main for e in found)
    book.add(part, _worksheet(found[0].uri, styles, layout, has_views=has_views))
    declare_part(book, part, _WORKSHEET)
    ident = relate(book, workbook, part, "worksheet")
    number = max(number_in(s.sheet_id or "0", part=workbook) for s in book.sheets) + 1
    # The prefix of a sheet's relation may be bound at that element only, so this one binds its own.
    namespace = next(key for key in first.attributes if key.endswith(" id")).removesuffix(" id")
    tag = prefix_of(data, first) + "sheet"
    name = escape(layout.sheet, quotes=True)
    child = f'<{tag} name="{name}" sheetId="{number}" xmlns:r="{namespace}" r:id="{ident}"/>'
    put_spliced(book, workbook, [append_child(data, found[sheets], child.encode())])


def _worksheet(main: str, styles: StyleSheet, layout: Layout, *, has_views: bool) -> bytes:
    ink = Ink("", date1904=False, date_styles=frozenset())
    columns = layout.columns
    header_row = layout.header_row
    bodies = [styles.log_body(column) for column in columns]
    last = column_letters(len(columns))

    def cell(text: str, row: int, column: int, style: int) -> str:
        plain = plain_of(text, column=column, style=style, ink=ink)
        return cell_bytes(plain, column=column, row=row, style=style, ink=ink).decode()

    title, header = styles.log_title(), styles.log_header()
    heads = "".join(cell(c.header, header_row, n, header) for n, c in enumerate(columns, start=1))
    # The model of the first line: who appends it finds each column's format here.
    empty = "".join(cell("", header_row + 1, n, style) for n, style in enumerate(bodies, start=1))
    widths = "".join(
        width_element("col", n, column, styles.log_body(column, is_framed=False))
        for n, column in enumerate(columns, start=1)
    )
    frozen = (
        f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{header_row}" topLeftCell="A{header_row + 1}" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    )
    return (
        f'{XML_HEAD}<worksheet xmlns="{main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{last}{header_row}"/>{frozen if has_views else ""}<sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{widths}</cols><sheetData>"
        f'<row r="1" ht="{_TITLE_HEIGHT}" customHeight="1">{cell(layout.title, 1, 1, title)}</row>'
        f'<row r="{header_row}" ht="{_HEADER_HEIGHT}" customHeight="1">{heads}</row>'
        f'<row r="{header_row + 1}">{empty}</row></sheetData><mergeCells count="1"><mergeCell ref="A1:{last}1"/>'
        '</mergeCells><pageMargins left="0.3937" right="0.3937" top="0.5906" bottom="0.5906" header="0.2756" '
        'footer="0.2756"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()
