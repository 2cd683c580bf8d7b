"""The official look of a sheet, shared by new books, printed forms and reports.

**Fonts.** A cell of an xlsx names one font and has no fallback list, so each name here is one that every program
resolves by itself: 宋体, 黑体 and 仿宋 come with every Chinese Windows, WPS carries them on 麒麟 and 统信, and
LibreOffice has replacements for these names in its own table. 仿宋_GB2312 and 方正小标宋简体, which GB/T 9704
practice prefers, are missing on a plain Windows 10; Excel then falls back to whatever the theme names. Titles
therefore stand in bold 宋体 (a bold 小标宋 would be emboldened twice), headers in 黑体, body text in 仿宋.

**Widths.** Column widths count characters of the default font, which :func:`workbook_bytes` makes 宋体 11
as Chinese Excel has it: one character is 8 pixels, 6 points. A layout's widths are the comfortable ones for the
screen; :func:`printed_widths` narrows them so that sixteen columns stay readable on one A4 page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import cache
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Final, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from msgspec import Struct

from zhuomuniao.layouts import Column, ColumnType, Layout
from zhuomuniao.model import BEIJING

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.styles import Alignment, Border, Font, PatternFill
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SONG: Final = "宋体"
HEI: Final = "黑体"
FANG: Final = "仿宋"

TITLE_SIZE: Final = 18
HEADER_SIZE: Final = 10.5
BODY_SIZE: Final[float] = 10.5

CHARACTER_POINTS: Final = 6.0
"""The width of one character of 宋体 11 in points: what one unit of a column's width is worth."""

LINE_FACTOR: Final = 1.4
"""Height of a line over its font size. Excel's 仿宋 needs 1.3, replacement fonts up to 1.45."""

INDENT_POINTS: Final = 9.0
"""What one step of indentation takes off a line."""

MAX_ROW_POINTS: Final = 409.0
"""Excel refuses taller rows."""

LONG_TEXT_WIDTH: Final = 20
"""Columns at least this wide in the layout hold running text: left and top; narrower ones are centred."""

NUMBER_FORMATS: Final = {
    ColumnType.TEXT: "@",
    ColumnType.DATE: "yyyy-mm-dd",
    ColumnType.MOMENT: "yyyy-mm-dd hh:mm",
    ColumnType.NUMBER: "0",
}

_LEAST_WIDTHS = {
    ColumnType.TEXT: 4.0,
    ColumnType.DATE: 10.5,
    ColumnType.MOMENT: 15.5,
    ColumnType.NUMBER: 4.5,
}
_SHORT_FACTOR = 0.85
_LONG_FACTOR = 0.62

_CUSTOM_PROPERTIES = "custom_doc_props"
"""An attribute of openpyxl's Workbook that its type stubs do not know."""

_FINISHED_STYLE = "_style"
"""Where openpyxl keeps a cell's style by number; its type stubs do not know the attribute."""

_PADDING = 4.0
"""Points that a cell keeps free at its left and right edge together."""

_OWN_FILL = "D9D9D9"

FOOTER: Final = "第&P页 共&N页"
"""The middle of every page's foot."""

# Excel and calamine read _xHHHH_ in a cell's text as one character; escaping its underscore keeps it as typed.
_ESCAPED_LOOK = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# No xlsx can hold these: XML has no way to write them, or they are no characters at all.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?")

CellContent = str | int | float | date | datetime | None


class Paper(Struct, frozen=True):
    """An A4 page, or an A3 one, with margins in millimetres."""

    is_landscape: bool
    side: float = 10
    top: float = 15
    bottom: float = 15
    is_a3: bool = False

    @property
    def width_points(self) -> float:
        """What a row may be wide."""
        return ((self._long if self.is_landscape else self._short) - 2 * self.side) / 25.4 * 72

    @property
    def height_points(self) -> float:
        """What the rows of a page may be high."""
        return ((self._short if self.is_landscape else self._long) - self.top - self.bottom) / 25.4 * 72

    @property
    def _long(self) -> int:
        return 420 if self.is_a3 else 297

    @property
    def _short(self) -> int:
        return 297 if self.is_a3 else 210


def font(name: str, size: float, *, bold: bool = False, color: str = "000000") -> Font:
    """A Chinese font: with charset 134 Excel and WPS look for a Chinese substitute if the name is missing."""
    from openpyxl.styles import Font

    family = 3 if name != HEI else 2
    return Font(name=name, sz=size, b=bold, family=family, charset=134, color=color)


def frame() -> Border:
    """Thin black lines on all four sides."""
    from openpyxl.styles import Border, Side

    line = Side(style="thin", color="000000")
    return Border(left=line, right=line, top=line, bottom=line)


def align(
    horizontal: Literal["left", "center", "right"],
    vertical: Literal["top", "center"] = "center",
    *,
    wraps: bool = True,
    indent: int = 0,
) -> Alignment:
    """Text at a place in its cell; what does not wrap shrinks instead of being cut."""
    from openpyxl.styles import Alignment

    return Alignment(horizontal, vertical, wrap_text=wraps, shrink_to_fit=not wraps, indent=indent)


def own_fill() -> PatternFill:
    """The grey of the headers of zmn's own columns."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=_OWN_FILL)


def is_long_text(column: Column) -> bool:
    """Whether a column holds running text rather than a code, a name or a day."""
    return column.type is ColumnType.TEXT and column.width >= LONG_TEXT_WIDTH


def column_alignment(column: Column) -> Alignment:
    """Long text left and top, everything short centred; dates shrink, for Excel shows what is too wide as ####."""
    if is_long_text(column):
        return align("left", "top")
    return align("center", wraps=column.type is ColumnType.TEXT)


def printed_widths(columns: Sequence[Column]) -> tuple[float, ...]:
    """Widths for the columns that are printed: narrowed, but never so far that a day or moment does not fit."""
    return tuple(round(_without_orphan(c.header, _narrowed(c)), 2) for c in columns)


def _narrowed(column: Column) -> float:
    factor = _LONG_FACTOR if is_long_text(column) else _SHORT_FACTOR
    return max(_LEAST_WIDTHS[column.type], column.width * factor)


def _without_orphan(header: str, width: float) -> float:
    """The width, or so much more that a header's last character does not stand alone on its second line."""
    needed = text_width(header, HEADER_SIZE)
    room = width * CHARACTER_POINTS - _PADDING
    if room < needed <= room + HEADER_SIZE * 1.5 and "\n" not in header:
        return (needed + _PADDING) / CHARACTER_POINTS + 0.1
    return width


def screen_width(column: Column) -> float:
    """The width of a column that is only looked at: the layout's, but wide enough for a day or moment."""
    return max(column.width, _LEAST_WIDTHS[column.type])


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell there, which must not be hidden by a merged one: what is written to those is lost."""
    from openpyxl.cell import Cell

    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise ValueError(f"{sheet.title} row {row} column {column} lies inside a merged cell")
    return cell


def copy_look(model: Cell, cell: Cell | MergedCell) -> None:
    """Give a cell the whole look of another of the same workbook.

    openpyxl looks a style up by the value of all its parts: setting font, lines and place on each of 80,000 cells
    takes half a minute, copying the finished style a second.
    """
    setattr(cell, _FINISHED_STYLE, copy(getattr(model, _FINISHED_STYLE)))


def style_title(cell: Cell, size: float = TITLE_SIZE) -> None:
    """The title line of a ledger, form or report."""
    cell.font = font(SONG, size, bold=True)
    cell.alignment = align("center")


def style_header(cell: Cell, *, is_own: bool = False, size: float = HEADER_SIZE) -> None:
    """A column header; those of zmn's own columns are grey."""
    cell.font = font(HEI, size)
    cell.alignment = align("center")
    cell.border = frame()
    cell.number_format = "@"
    if is_own:
        cell.fill = own_fill()


def style_body(cell: Cell, column: Column, size: float = BODY_SIZE) -> None:
    """A data cell of a column: font, lines, number format, place."""
    cell.font = font(FANG, size)
    cell.alignment = column_alignment(column)
    cell.border = frame()
    cell.number_format = NUMBER_FORMATS[column.type]


def cell_text(text: str) -> str:
    """The text without the characters that no xlsx can hold; every line end is one line feed."""
    return _LINE_END.sub("\n", _UNWRITABLE.sub("", text))


def cell_moment(moment: datetime) -> datetime:
    """The moment in Beijing time without a zone, as Excel knows none."""
    return moment if moment.tzinfo is None else moment.astimezone(BEIJING).replace(tzinfo=None)


def put(cell: Cell, content: CellContent) -> None:
    """Write a value so that text stays text: never a formula, an error value or a control character.

    Blank text leaves the cell empty. Moments are written in Beijing time without a zone.
    """
    if isinstance(content, str):
        text = _ESCAPED_LOOK.sub("_x005F_", cell_text(content))
        if text:
            cell.value = text
            # openpyxl takes a leading = for a formula and #N/A for an error.
            cell.data_type = "s"
        return
    cell.value = cell_moment(content) if isinstance(content, datetime) else content


@cache
def _ems(character: str) -> float:
    return 1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.5


def text_width(text: str, size: float) -> float:
    """How wide a line of text is in points; Chinese characters and quotation marks take a whole em."""
    return (len(text) / 2 if text.isascii() else sum(map(_ems, text))) * size


def lines_needed(text: str, width_points: float, size: float) -> int:
    """How many lines a text takes in a cell of that width, on the safe side.

    Where it does not fit one line, a character is taken off each: programs move one down to keep punctuation off
    a line's start.
    """
    room = width_points - _PADDING
    usable = max(size, room - size)
    widths = [text_width(line, size) for line in text.split("\n")]
    return sum(1 if width <= room else ceil(width / usable) for width in widths)


def height_needed(text: str, width_points: float, size: float) -> float:
    """The row height in points that shows the whole text."""
    return lines_needed(text, width_points, size) * size * LINE_FACTOR + 4


class RowHeights:
    """How high the rows of a ledger are. The widths of its columns are worked out once for all of them."""

    def __init__(self, layout: Layout) -> None:
        printed = dict(zip(layout.official_columns, printed_widths(layout.official_columns), strict=True))
        texts = [c for c in layout.columns if not c.is_hidden and c.type is ColumnType.TEXT]
        widths = [(c.field, printed.get(c, c.width) * CHARACTER_POINTS) for c in texts]
        self._widths = [(field, width, int((width - _PADDING) / BODY_SIZE)) for field, width in widths]
        self._least = layout.row_height
        self._one_line = max(self._least, height_needed("", 0, BODY_SIZE))

    def of(self, values: Mapping[str, object]) -> float:
        """The height in points of a row: the layout's, or what its longest text needs, at most Excel's 409.

        Programs do not all fit rows to their text when they open a book, so the height is stored with the row.
        """
        height = self._least
        for field, width, fitting in self._widths:
            text = values.get(field)
            if not isinstance(text, str) or not text:
                continue
            # No character is wider than an em: most texts need not be measured.
            fits = len(text) <= fitting and "\n" not in text
            height = max(height, self._one_line if fits else height_needed(text, width, BODY_SIZE))
        return round(min(MAX_ROW_POINTS, max(height, 0.0)), 1)


def set_page(
    sheet: Worksheet,
    paper: Paper,
    *,
    repeated_rows: str = "",
    printed_columns: str = "",
    is_one_page: bool = False,
) -> None:
    """A4, one page wide, as many high as it takes (or one), page numbers below, header rows on every page.

    ``repeated_rows`` is like ``1:2``; ``printed_columns`` like ``$A:$P``: whole columns, so that the print area
    need not grow with the rows.
    """
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape" if paper.is_landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 1 if is_one_page else 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = paper.side / 25.4
    margins.top = paper.top / 25.4
    margins.bottom = paper.bottom / 25.4
    margins.header = margins.footer = 7 / 25.4
    footer = sheet.oddFooter
    if footer is not None and not is_one_page:
        footer.center.text = FOOTER
        footer.center.font = f"{SONG},Regular"
        footer.center.size = 9
    if repeated_rows:
        sheet.print_title_rows = repeated_rows
    if printed_columns:
        quoted = sheet.title.replace("'", "''")
        name = DefinedName("_xlnm.Print_Area", attr_text=f"'{quoted}'!{printed_columns}")
        sheet.defined_names.add(name)


def new_workbook() -> Workbook:
    """An empty workbook without a sheet."""
    from openpyxl import Workbook

    workbook = Workbook()
    for sheet in list(workbook.worksheets):
        workbook.remove(sheet)
    return workbook


def stamp_properties(workbook: Workbook, properties: Mapping[str, str]) -> None:
    """Write custom document properties, which Excel and WPS keep when a clerk saves the file."""
    from openpyxl.packaging.custom import CustomPropertyList, StringProperty

    stamped: CustomPropertyList[StringProperty] = getattr(workbook, _CUSTOM_PROPERTIES)
    for name, text in properties.items():
        stamped.append(StringProperty(name=name, value=text))


# openpyxl offers no way to change the default font, the time of saving or the zip's time stamps.
_DEFAULT_FONT = re.compile(rb"<font><name val=\"Calibri\" ?/>.*?</font>", re.DOTALL)
_SONG_11 = f'<font><sz val="11"/><name val="{SONG}"/><family val="3"/><charset val="134"/></font>'.encode()
_SAVED_AT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)


def workbook_bytes(workbook: Workbook) -> bytes:
    """The saved workbook, the same bytes for the same content, with 宋体 11 as its default font."""
    saved = BytesIO()
    workbook.properties.creator = "zmn"
    workbook.save(saved)
    out = BytesIO()
    with ZipFile(saved) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/styles.xml":
                data = _DEFAULT_FONT.sub(_SONG_11, data, count=1)
            elif name == "docProps/core.xml":
                data = _SAVED_AT.sub(rb"\g<1>2000-01-01T00:00:00Z", data)
            target.writestr(ZipInfo(name, _FIXED_TIME), data, ZIP_DEFLATED)
    return out.getvalue()
