"""Tables in the text of a letter (公文): ruled, headed by their name, the header again on each page.

A table of at most eight columns, or of numbers, stands in the text, if need be folded; a wider one on a page of its
own, turned on its side, so that its type stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import sheetlook
from zhuomuniao.layouts import ColumnType
from zhuomuniao.model import BEIJING
from zhuomuniao.render import docx_look, docx_table
from zhuomuniao.reports.tables import Blank, Content, Place, Table
from zhuomuniao.sheetlook import text_width

if TYPE_CHECKING:
    from docx.document import Document

NOTHING: Final = "（本期没有）"

_POINTS = 72 / 25.4
UPRIGHT_ROOM: Final = 156 * _POINTS
"""Width of the text, 156 mm; a turned page's is the height of an upright one's."""
TURNED_ROOM: Final = 225 * _POINTS
_NAME_SIZE = 12.0
_NOTE_SIZE = 10.5
_UPRIGHT_SIZES = (12.0, 10.5)
"""小四, 五号."""
_TURNED_SIZES = (12.0, 10.5, 9.0)
_MOST_UPRIGHT = 8
"""More columns than these are only readable upright where all but the first are numbers."""
_LINE_FACTOR = 1.35
_NAME_LINE = 24.0
_AROUND = 6.0
"""Points between a table and the text around it."""
_CELL_AIR = 2.5
"""Points between a cell's text and its lines, above and below."""
_FIGURE_EMS = 0.64
"""Ems of a figure or Latin letter in the widest of the fonts that stand in for Times New Roman."""
_SHEET_PADDING = 4.0
"""What sheetlook takes off each line for the padding of a sheet's cells."""
_LONGEST_WORD = 9.0
"""Ems a column gives a word or number that cannot be broken; longer ones are broken anyway."""
_MOST_CENTRED_LINES = 3
_MOST_FOLDED, _MOST_PARTS = 5, 4
"""Rows and parts of a table that is folded."""
_NAMES_SHARE = 0.3
_BETWEEN_PARTS = 4.0
_NUMBER_AIR = 0.3
"""Ems that a column of numbers keeps beyond its least when it lends of its width."""
_LEAST_TEXT, _LEAST_STORY = 4.0, 10.0
"""Ems that a line of a name, or of running text, has at least."""
_TOGETHER_SHARE = 0.45
"""A table no higher than this share of the page is not torn."""
_UNBREAKABLE = re.compile(r"[!-~]+")
_NUMBERED_NOTE = re.compile(r"注[:：\d]|说明[:：]|备注")


class TablePlan(Struct, frozen=True):
    """How a table is set: in one part or folded into several, size of its type, widths of its columns in points,
    which of them (from 0) begin left, and whether its page is turned.
    """

    parts: tuple[Table, ...]
    size: float
    widths: tuple[float, ...]
    left: frozenset[int]
    is_landscape: bool


def plan_table(table: Table) -> TablePlan:
    """The largest type at which the columns hold their words, upright where that can be read."""
    sizes: tuple[float, ...] = _UPRIGHT_SIZES
    if any(_is_story(table, n) for n in range(len(table.columns))):
        # Lists are set in 五号, as offices set them: running text in 小四 makes a page of two rows.
        sizes = sizes[1:]
    if len(table.columns) <= _MOST_UPRIGHT or _is_numbers(table):
        for size in sizes:
            if widths := _widths(table, UPRIGHT_ROOM, size):
                return _planned(table, widths, size, is_landscape=False)
        if folded := _folded(table):
            return folded
    for size in (size for size in _TURNED_SIZES if size <= sizes[0]):
        if widths := _widths(table, TURNED_ROOM, size):
            return _planned(table, widths, size, is_landscape=True)
    shares = [column.width for column in table.columns]
    widths = tuple(width / sum(shares) * TURNED_ROOM for width in shares)
    return _planned(table, widths, _TURNED_SIZES[-1], is_landscape=True)


def write_table(document: Document, plan: TablePlan) -> None:
    """Add the table with its name above and its notes below; its page is the caller's to turn."""
    _write_name(document, plan.parts[0])
    for place, part in enumerate(plan.parts):
        if place:
            docx_look.write_gap(document, _BETWEEN_PARTS).paragraph_format.keep_with_next = True
        _write_grid(document, part, plan)
    _write_notes(document, plan.parts[-1].notes)


def _write_grid(document: Document, table: Table, plan: TablePlan) -> None:
    drawn = docx_table.new_table(plan.widths, air=_CELL_AIR)
    rows = list(_rows(table))
    page = UPRIGHT_ROOM if plan.is_landscape else TURNED_ROOM
    header = _height(tuple(c.header for c in table.columns), plan)
    heights = [_height(texts, plan) for texts, _ in rows]
    is_together = header + sum(heights) <= page * _TOGETHER_SHARE
    drawn.append(_header(document, table, plan))
    for place, ((texts, font), height) in enumerate(zip(rows, heights, strict=True)):
        # The last rows hold on to each other and to what stands below, so that a 合计 never stands alone.
        holds_on = is_together or place >= len(rows) - 2
        row = docx_table.new_row(_least_height(plan), is_together=height < page - header)
        for cell in _cells(document, plan, texts, font):
            row.append(cell)
        if holds_on:
            _hold_on(row)
        drawn.append(row)
    document.element.body.insert_element_before(drawn, "w:sectPr")


def shown(content: Content) -> str:
    """A value as it is printed: days as 2026-10-08, moments in Beijing time; a :class:`Blank` stays one."""
    if content is None:
        return ""
    if isinstance(content, datetime):
        moment = content.astimezone(BEIJING) if content.tzinfo else content
        return f"{moment:%Y-%m-%d %H:%M}"
    if isinstance(content, date):
        return content.isoformat()
    return content if isinstance(content, str) else str(content)


def _planned(table: Table, widths: tuple[float, ...], size: float, *, is_landscape: bool) -> TablePlan:
    return TablePlan((table,), size, widths, _left_columns(table, widths, size), is_landscape)


def _widths(table: Table, room: float, size: float) -> tuple[float, ...]:
    """By the columns' shares, none narrower than its words need; ``()`` where they need more than there is.

    What a short column does not need for its longest word goes to the running text.
    """
    least = [_least(table, n, size) for n in range(len(table.columns))]
    if sum(least) > room:
        return ()
    widths = _shared(table, least, room)
    stories = [n for n in range(len(widths)) if _is_story(table, n)]
    if stories:
        needed = [max(_needed(table, n, size), least[n]) for n in range(len(widths))]
        spare = 0.0
        for n in set(range(len(widths))) - set(stories):
            spare += max(0.0, widths[n] - needed[n])
            widths[n] = min(widths[n], needed[n])
        shares = sum(table.columns[n].width for n in stories)
        for n in stories:
            widths[n] += spare * table.columns[n].width / shares
    else:
        _lend(table, widths, least, size)
    return tuple(widths)


def _lend(table: Table, widths: list[float], least: Sequence[float], size: float) -> None:
    """What numbers and days do not need goes to names that would wrap, as far as it reaches."""
    lenders = [n for n, column in enumerate(table.columns) if column.type in (ColumnType.NUMBER, ColumnType.DATE)]
    wanting = {n: _needed(table, n, size) - widths[n] for n in set(range(len(widths))) - set(lenders)}
    wanting = {n: lack for n, lack in wanting.items() if lack > 0}
    spare = {n: max(0.0, widths[n] - least[n] - size * _NUMBER_AIR) for n in lenders}
    lent = min(sum(wanting.values()), sum(spare.values()))
    if lent <= 0:
        return
    for n, lack in wanting.items():
        widths[n] += lent * lack / sum(wanting.values())
    for n, free in spare.items():
        widths[n] -= lent * free / sum(spare.values())


def _is_numbers(table: Table) -> bool:
    return all(column.type is ColumnType.NUMBER for column in table.columns[1:])


def _folded(table: Table) -> TablePlan | None:
    """A few long rows of numbers, such as those of 31 days, in parts one below the other, each with the names."""
    if not _is_numbers(table) or len(table.rows) > _MOST_FOLDED:
        return None
    for size in _UPRIGHT_SIZES:
        names = max(_least(table, 0, size), min(_needed(table, 0, size), UPRIGHT_ROOM * _NAMES_SHARE))
        least = max(_least(table, n, size) for n in range(1, len(table.columns)))
        length = min(int((UPRIGHT_ROOM - names) / least), len(table.columns) - 1)
        count = ceil((len(table.columns) - 1) / max(1, length))
        if count <= _MOST_PARTS:
            length = ceil((len(table.columns) - 1) / count)
            widths = (names, *[(UPRIGHT_ROOM - names) / length] * length)
            parts = tuple(_part(table, 1 + n * length, length) for n in range(count))
            return TablePlan(parts, size, widths, frozenset(), False)
    return None


def _part(table: Table, first: int, length: int) -> Table:
    """The names with some of the columns; what the last part lacks to the others' length is left empty."""
    columns, lacking = table.columns[first : first + length], length - len(table.columns[first : first + length])
    return replace(
        table,
        columns=(table.columns[0], *columns, *[replace(table.columns[0], header="")] * lacking),
        rows=tuple((row[0], *row[first : first + length], *[None] * lacking) for row in table.rows),
    )


def _shared(table: Table, least: Sequence[float], room: float) -> list[float]:
    """The room by the columns' shares; who would get less than the least gets that, the others share the rest."""
    free = set(range(len(least)))
    while True:
        left = room - sum(least[n] for n in range(len(least)) if n not in free)
        shares = sum(table.columns[n].width for n in free)
        widths = {n: table.columns[n].width / shares * left for n in free}
        short = {n for n in free if widths[n] < least[n]}
        if not short:
            return [widths.get(n, least[n]) for n in range(len(least))]
        free -= short


def _is_story(table: Table, place: int) -> bool:
    """Whether a column holds running text in this table."""
    column = table.columns[place]
    if column.type is not ColumnType.TEXT or column.place is not Place.LEFT:
        return False
    return any(text_width(shown(row[place]), 1) > _LEAST_STORY for row in table.rows)


def _needed(table: Table, place: int, size: float) -> float:
    """The points at which nothing in a column wraps."""
    lines = [line for row in table.rows for line in shown(row[place]).split("\n")]
    lines += table.columns[place].header.split("\n")
    return max(map(_word_ems, lines)) * size + 2 * docx_table.CELL_MARGIN + 1


def _least(table: Table, place: int, size: float) -> float:
    """The points a column needs so that no number is broken and no name stands in it letter by letter."""
    column = table.columns[place]
    texts = [shown(row[place]) for row in table.rows]
    if column.type in (ColumnType.NUMBER, ColumnType.DATE):
        ems = max((_word_ems(text) for text in texts), default=0)
    else:
        least = _LEAST_STORY if column.place is Place.LEFT else _LEAST_TEXT
        longest = max((text_width(line, 1) for text in texts for line in text.split("\n")), default=0)
        words = max((_word_ems(word) for text in texts for word in _UNBREAKABLE.findall(text)), default=0)
        ems = max(min(longest, least), min(words, _LONGEST_WORD))
    return max(ems, _header_ems(column.header)) * size + 2 * docx_table.CELL_MARGIN + 1


def _word_ems(word: str) -> float:
    return sum(_FIGURE_EMS if character.isascii() else 1.0 for character in word)


def _header_ems(header: str) -> float:
    """The least of a header's line: as its author broke it, else on two lines."""
    if "\n" in header:
        return max(text_width(line, 1) for line in header.split("\n"))
    ems = text_width(header, 1)
    return ems if ems <= 2 else max(2.0, ceil(ems / 2))


def _rows(table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
    """The rows' texts, each with its font; one line that says so where there are none."""
    if not table.rows:
        yield (NOTHING,), docx_look.FANG
    for place, row in enumerate(table.rows):
        is_total = table.has_total and place == len(table.rows) - 1
        yield tuple(shown(content) for content in row), docx_look.HEI if is_total else docx_look.FANG


def _height(texts: Sequence[str], plan: TablePlan) -> float:
    """How high the row will be, on the safe side, in points."""
    widths = plan.widths if len(texts) == len(plan.widths) else (sum(plan.widths),)
    lines = (
        sheetlook.lines_needed(text, _room(width) + _SHEET_PADDING, plan.size)
        for text, width in zip(texts, widths, strict=True)
    )
    return max(lines) * plan.size * _LINE_FACTOR + 2 * _CELL_AIR


def _least_height(plan: TablePlan) -> float:
    return plan.size * _LINE_FACTOR + 2 * _CELL_AIR


def _room(width: float) -> float:
    """What a line may be wide in a cell of this width."""
    return width - 2 * docx_table.CELL_MARGIN


def _balanced(header: str, ems: float) -> str:
    """A header that needs several lines, on lines of one length: no single character on the last."""
    width = text_width(header, 1)
    if "\n" in header or width <= ems or width != len(header):
        return header
    length = ceil(len(header) / ceil(width / max(1, int(ems))))
    return "\n".join(header[place : place + length] for place in range(0, len(header), length))


def _header(document: Document, table: Table, plan: TablePlan) -> Any:
    row = docx_table.new_row(_least_height(plan), is_header=True, is_together=True)
    for column, width in zip(table.columns, plan.widths, strict=True):
        cell = docx_table.new_cell(width)
        header = _balanced(column.header, _room(width) / plan.size)
        _write_cell(document, cell, header, docx_look.HEI, plan.size, is_left=False)
        row.append(cell)
    _hold_on(row)
    return row


def _cells(document: Document, plan: TablePlan, texts: Sequence[str], font: str) -> Iterator[Any]:
    if len(texts) < len(plan.widths):
        cell = docx_table.new_cell(sum(plan.widths), columns=len(plan.widths))
        _write_cell(document, cell, texts[0], font, plan.size, is_left=False)
        yield cell
        return
    for place, (text, width) in enumerate(zip(texts, plan.widths, strict=True)):
        heads_total = font == docx_look.HEI and place == 0
        cell = docx_table.new_cell(width)
        is_left = place in plan.left and not heads_total
        _write_cell(document, cell, text, font, plan.size, is_left=is_left)
        yield cell


def _left_columns(table: Table, widths: Sequence[float], size: float) -> frozenset[int]:
    """Columns whose text begins left: those meant for running text, and those where a cell takes four lines."""
    return frozenset(
        n
        for n, (column, width) in enumerate(zip(table.columns, widths, strict=True))
        if column.type is ColumnType.TEXT
        and (
            column.place is Place.LEFT
            or any(
                sheetlook.lines_needed(shown(row[n]), _room(width) + _SHEET_PADDING, size) > _MOST_CENTRED_LINES
                for row in table.rows
            )
        )
    )


def _write_cell(document: Document, cell: Any, text: str, font: str, size: float, *, is_left: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.text.paragraph import Paragraph

    made = docx_look.element("w:p")
    cell.append(made)
    paragraph = Paragraph(made, document._body)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_left else WD_ALIGN_PARAGRAPH.CENTER
    docx_look.set_lines(paragraph, size * _LINE_FACTOR)
    docx_look.write(paragraph, text, font, size, is_marked=isinstance(text, Blank))


def _hold_on(row: Any) -> None:
    """Keep a row on the page of what follows it."""
    for properties in row.iter(docx_look.element("w:pPr").tag):
        properties.get_or_add_keepNext()


def _write_name(document: Document, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    name = document.add_paragraph()
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    docx_look.set_lines(name, _NAME_LINE)
    name.paragraph_format.space_before = Pt(_AROUND)
    name.paragraph_format.keep_with_next = True
    docx_look.write(name, table.name, docx_look.HEI, _NAME_SIZE)
    if table.head and not table.title:
        # Such as 单位：件. Where the table has a title, its head is the sheet's, not the letter's.
        head = document.add_paragraph()
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        docx_look.set_lines(head, _NOTE_SIZE * _LINE_FACTOR)
        head.paragraph_format.keep_with_next = True
        docx_look.write(head, "　".join(table.head), docx_look.FANG, _NOTE_SIZE)


def _write_notes(document: Document, notes: tuple[str, ...]) -> None:
    """注：… under the table, each beginning below the one before; then a little air."""
    from docx.shared import Pt

    last = None
    for place, note in enumerate(notes, start=1):
        is_begun = bool(_NUMBERED_NOTE.match(note))
        number = f"{place}." if len(notes) > 1 and not is_begun else ""
        mark = "" if is_begun or place > 1 else "注："
        hanging = 0.0 if is_begun else text_width(f"注：{number}", _NOTE_SIZE)
        last = document.add_paragraph()
        docx_look.set_lines(last, _NOTE_SIZE * _LINE_FACTOR)
        last.paragraph_format.keep_with_next = place < len(notes) or None
        last.paragraph_format.left_indent = Pt(hanging)
        last.paragraph_format.first_line_indent = Pt(-text_width(mark + number, _NOTE_SIZE) if hanging else 0)
        docx_look.write(last, f"{mark}{number}{note}", docx_look.FANG, _NOTE_SIZE)
    if last is None:
        last = docx_look.write_gap(document, _AROUND)
    last.paragraph_format.space_after = Pt(_AROUND)
