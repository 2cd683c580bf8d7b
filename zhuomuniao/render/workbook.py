"""A new xlsx file, written once and never read again: sheets, looks, values and pages, by XlsxWriter.

Rows and columns count from 1, as they stand in the sheet. Everything is a whole number of pixels at 96 dpi: programs
round to those anyway, so what is measured here is what is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Final, Literal
from zipfile import ZIP_DEFLATED, ZipFile

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.errors import CannotWriteError

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

POINTS_PER_PIXEL: Final = 0.75

CHARACTER_PIXELS: Final = 8
"""One unit of a column's width, in the default font 宋体 11."""

MAX_TEXT: Final = 32_767
"""What a cell holds at most, in UTF-16 units."""

_MARKED: Final = "#FFFF00"
"""The yellow of what somebody must still write."""

_DEFAULT_COLUMN_PIXELS: Final = 72
"""What Chinese Excel makes a column; tells XlsxWriter that a character of the default font takes 8 pixels."""

# XlsxWriter escapes _xHHHH_, which programs read as one character; of two that share an underscore only the first.
_SHARED_UNDERSCORE: Final = re.compile(r"_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
_LOOKALIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_STAND_IN: Final = "\ufdd0"
"""No character, and so in no text; see :func:`sheetlook.cell_text`."""

_LAST_ROW: Final = 1_048_576
_A3: Final = 8
_A4: Final = 9
_CHINESE: Final = 134
_MADE_AT: Final = datetime(2000, 1, 1)


class Look(Struct, frozen=True):
    """How a cell looks; sizes in points. What does not wrap shrinks instead of being cut."""

    font: str = sheetlook.FANG
    size: float = sheetlook.BODY_SIZE
    place: Literal["left", "center", "right"] = "left"
    is_top: bool = False
    wraps: bool = True
    indent: int = 0
    is_bold: bool = False
    is_ruled: bool = False
    is_marked: bool = False
    number_format: str = "General"


class Rectangle(Struct, frozen=True):
    """Cells of a sheet, from the first to the last; by default one cell."""

    row: int
    column: int
    last_row: int = 0
    last_column: int = 0


class NewWorkbook:
    """A workbook while it is written. The same content gives the same bytes."""

    def __init__(self) -> None:
        from xlsxwriter import Workbook

        self._out = BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_column_width": _DEFAULT_COLUMN_PIXELS,
            "default_format_properties": {
                "font_name": sheetlook.SONG,
                "font_size": 11,
                "font_family": 3,
                "font_charset": _CHINESE,
                "font_scheme": "none",
            },
        }
        self.book = Workbook(self._out, options)
        self.book.set_properties({"author": "zmn", "created": _MADE_AT})
        self._formats: dict[Look, Format] = {}
        self.has_stand_ins = False

    def add_sheet(self, name: str) -> NewSheet:
        """A new last sheet."""
        return NewSheet(self, self.book.add_worksheet(name), name)

    def add_chart(self, type_: str) -> Chart:
        """A new chart, not placed yet."""
        chart = self.book.add_chart({"type": type_})
        if chart is None:
            raise ValueError(f"XlsxWriter has no chart {type_}")
        return chart

    def format_of(self, look: Look) -> Format:
        """XlsxWriter's object for a look; one for all cells that share it."""
        found = self._formats.get(look)
        if found is None:
            found = self._formats[look] = self.book.add_format(_properties(look))
        return found

    def finish(self, properties: Mapping[str, str]) -> bytes:
        """The bytes of the file; ``properties`` become custom document properties."""
        for name, text in properties.items():
            self.book.set_custom_property(name, text, "text")
        self.book.close()
        data = self._out.getvalue()
        return _without_stand_ins(data) if self.has_stand_ins else data


class NewSheet:
    """One sheet while it is written."""

    def __init__(self, book: NewWorkbook, sheet: Worksheet, name: str) -> None:
        self.book = book
        self.sheet = sheet
        self.name = name
        self._heights: dict[int, int] = {}

    def set_widths(self, pixels: Sequence[int]) -> None:
        """The widths of the columns, from the first."""
        for column, width in enumerate(pixels):
            self.sheet.set_column_pixels(column, column, width)

    def set_height(self, row: int, points: float) -> float:
        """Make a row so high, rounded up to whole pixels, at most Excel's 409 points; answers the points it got."""
        most = int(sheetlook.MAX_ROW_POINTS / POINTS_PER_PIXEL)
        pixels = min(ceil(round(points / POINTS_PER_PIXEL, 3)), most)
        self.sheet.set_row_pixels(row - 1, pixels)
        self._heights[row] = pixels
        return pixels * POINTS_PER_PIXEL

    def pixels_of(self, row: int) -> int:
        """How high a row was made."""
        return self._heights[row]

    def put(self, row: int, column: int, content: sheetlook.CellContent, look: Look) -> None:
        """Write a value so that text stays text, a day a day and a number a number; no text is ever a formula.

        Raises :class:`CannotWriteError` for a text no cell can hold.
        """
        cell_format = self.book.format_of(look)
        if isinstance(content, str):
            text = sheetlook.cell_text(content)
            if text:
                self._put_text(row, column, text, cell_format)
            else:
                self.sheet.write_blank(row - 1, column - 1, None, cell_format)
        elif content is None:
            self.sheet.write_blank(row - 1, column - 1, None, cell_format)
        elif isinstance(content, datetime):
            self.sheet.write_datetime(row - 1, column - 1, sheetlook.cell_moment(content), cell_format)
        elif isinstance(content, date):
            self.sheet.write_datetime(row - 1, column - 1, datetime.combine(content, time()), cell_format)
        else:
            self.sheet.write_number(row - 1, column - 1, content, cell_format)

    def put_across(self, where: Rectangle, content: sheetlook.CellContent, look: Look) -> None:
        """Write a value into cells merged to one, or into the one cell that is meant."""
        last_row = max(where.row, where.last_row)
        last_column = max(where.column, where.last_column)
        if (where.row, where.column) != (last_row, last_column):
            cell_format = self.book.format_of(look)
            self.sheet.merge_range(where.row - 1, where.column - 1, last_row - 1, last_column - 1, "", cell_format)
        self.put(where.row, where.column, content, look)

    def _put_text(self, row: int, column: int, text: str, cell_format: Format) -> None:
        units = len(text) + sum(character > "\uffff" for character in text) if len(text) > MAX_TEXT // 2 else 0
        if units > MAX_TEXT:
            raise CannotWriteError(
                f"表“{self.name}”第{row}行有一格文字长{units}个字，xlsx 一格最多放{MAX_TEXT}个字，报表没有生成",
                "请在台账里把这件事项的文字写短一些，再生成一次",
                sheet=self.name,
                row=row,
                column=column,
            )
        if "_x" in text and _SHARED_UNDERSCORE.search(text):
            text = _LOOKALIKE.sub(_STAND_IN, text)
            self.book.has_stand_ins = True
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter takes such a text for markup of its own and would write it unescaped.
            self.sheet.write_rich_string(row - 1, column - 1, cell_format, "<", cell_format, text[1:], cell_format)
        else:
            self.sheet.write_string(row - 1, column - 1, text, cell_format)

    def break_before(self, rows: Sequence[int]) -> None:
        """Begin a new page before each of these rows."""
        self.sheet.set_h_pagebreaks([row - 1 for row in rows])

    def set_page(self, paper: sheetlook.Paper, *, columns: int, repeated_rows: int = 0) -> None:
        """One page wide, as many high as it takes, page numbers below, no grid lines on the screen.

        The first ``columns`` are printed, whole, so that the print area need not grow with the rows; the first
        ``repeated_rows`` stand on every page and stay on the screen.
        """
        sheet, side = self.sheet, paper.side / 25.4
        sheet.set_paper(_A3 if paper.is_a3 else _A4)
        if paper.is_landscape:
            sheet.set_landscape()
        else:
            sheet.set_portrait()
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        edge = {"margin": 7 / 25.4}
        sheet.set_header("", edge)
        sheet.set_footer(f'&C&"{sheetlook.SONG},Regular"&9{sheetlook.FOOTER}', edge)
        sheet.set_margins(left=side, right=side, top=paper.top / 25.4, bottom=paper.bottom / 25.4)
        sheet.hide_gridlines(2)
        sheet.print_area(0, 0, _LAST_ROW - 1, columns - 1)
        if repeated_rows:
            sheet.repeat_rows(0, repeated_rows - 1)
            sheet.freeze_panes(repeated_rows, 0)


def _without_stand_ins(data: bytes) -> bytes:
    """The file with each stand-in as the escaped underscore it stands for, in charts, which escape none, as it is."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for part in source.infolist():
            underscore = b"_x005F_" if part.filename == "xl/sharedStrings.xml" else b"_"
            target.writestr(part, source.read(part).replace(_STAND_IN.encode(), underscore))
    return out.getvalue()


def _properties(look: Look) -> dict[str, object]:
    """The look in XlsxWriter's words. With charset 134 programs look for a Chinese substitute of a missing font."""
    properties: dict[str, object] = {
        "font_name": look.font,
        "font_size": look.size,
        "font_family": 2 if look.font == sheetlook.HEI else 3,
        "font_charset": _CHINESE,
        "bold": look.is_bold,
        "align": look.place,
        "valign": "top" if look.is_top else "vcenter",
        "text_wrap": look.wraps,
        "shrink": not look.wraps,
        "num_format": look.number_format,
    }
    if look.indent:
        properties["indent"] = look.indent
    if look.is_ruled:
        properties |= {"border": 1, "border_color": "#000000"}
    if look.is_marked:
        properties |= {"pattern": 1, "bg_color": _MARKED}
    return properties
