"""One filled form as a docx: the same grid as the xlsx, on one A4 page where it fits one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.paperlayouts import Span
from zhuomuniao.render import docx_look, docx_table
from zhuomuniao.render.docx_look import element
from zhuomuniao.render.docx_table import CELL_MARGIN, Merge
from zhuomuniao.render.fitting import Fit, fit_form, is_story, size_of

if TYPE_CHECKING:
    from docx.document import Document

    from zhuomuniao.forms.filled import FilledCell, FilledForm

_TITLE_SIZE = 20.0
_TITLE_HEIGHT = 52.0
_ANNEX_HEIGHT = 28.0
_SPARE = 20.0
"""Points kept free: a docx must end with a paragraph, and programs differ by a line's width."""
_STORY_FROM_LINE = 2.0
_LINE_FACTOR = 1.35
_BETWEEN_TABLES = 2.0


class _Part(Struct, frozen=True):
    """Rows that make one table: a list with its header is one of its own, so that the header can be repeated."""

    first: int
    last: int


def render_form_docx(filled: FilledForm) -> bytes:
    """The bytes of a docx with the form, ready to print."""
    paper = sheetlook.Paper(is_landscape=filled.is_landscape, side=20, top=20, bottom=18)
    document = docx_look.new_document(
        top=paper.top, bottom=paper.bottom, left=paper.side, right=paper.side, is_landscape=filled.is_landscape
    )
    share = paper.width_points / sum(filled.column_widths)
    columns = [width * share for width in filled.column_widths]
    room = paper.height_points - _TITLE_HEIGHT - _SPARE - (_ANNEX_HEIGHT if filled.annex else 0)
    fit = fit_form(filled, [width - 2 * CELL_MARGIN + 4 for width in columns], room)
    _write_top(document, filled)
    for place, part in enumerate(_parts(filled)):
        if place:
            docx_look.write_gap(document, _BETWEEN_TABLES)
        document.element.body.insert_element_before(_table(document, filled, part, columns, fit), "w:sectPr")
    docx_look.write_gap(document, 1.0)
    if not fit.is_one_page:
        docx_look.number_pages(document)
    return docx_look.document_bytes(document)


def _write_top(document: Document, filled: FilledForm) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    if filled.annex:
        annex = document.add_paragraph()
        docx_look.set_lines(annex, _ANNEX_HEIGHT)
        docx_look.write(annex, filled.annex, docx_look.HEI, 14)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    docx_look.set_lines(title, _TITLE_HEIGHT - 12)
    title.paragraph_format.space_after = Pt(12)
    docx_look.write(title, filled.title, docx_look.TITLE, _TITLE_SIZE)


def _parts(filled: FilledForm) -> Iterator[_Part]:
    first = 0
    for row in range(1, len(filled.rows) + 1):
        if row < len(filled.rows):
            here, before = filled.rows[row], filled.rows[row - 1]
            begins_list = here.is_header and not before.is_header
            ends_list = before.is_listed and not here.is_listed
            if not (begins_list or ends_list):
                continue
        yield _Part(first, row)
        first = row


def _table(document: Document, filled: FilledForm, part: _Part, columns: Sequence[float], fit: Fit) -> Any:
    table = docx_table.new_table(columns)
    at = {(cell.row + down, cell.column): cell for cell in filled.cells for down in range(cell.row_span)}
    for row in range(part.first, part.last):
        own = filled.rows[row]
        line = docx_table.new_row(
            _height(filled, row, fit), is_header=own.is_header, is_together=own.is_listed or own.is_header
        )
        column = 0
        while column < len(columns):
            cell = at.get((row, column))
            if cell is None:
                line.append(_blank(columns[column]))
                column += 1
                continue
            line.append(_cell(document, cell, filled, row, columns, fit.size))
            column += cell.column_span
        table.append(line)
    return table


def _height(filled: FilledForm, row: int, fit: Fit) -> float:
    """Heights are what is needed on the safe side; in a list that runs on, the program itself finds the least."""
    own = filled.rows[row]
    return own.height if own.is_listed and not fit.is_one_page else fit.heights[row]


def _blank(width: float) -> Any:
    """Nothing stands there: no lines either."""
    cell = element("w:tc")
    properties = element("w:tcPr")
    properties.append(element("w:tcW", w=docx_table.twips(width), type="dxa"))
    cell.append(properties)
    cell.append(element("w:p"))
    return cell


def _cell(
    document: Document, filled: FilledCell, form: FilledForm, row: int, columns: Sequence[float], size: float
) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    reach = slice(filled.column, filled.column + filled.column_span)
    begins = Merge.BEGINS if row == filled.row else Merge.GOES_ON
    cell = docx_table.new_cell(
        sum(columns[reach]),
        columns=filled.column_span,
        merge=begins if filled.row_span > 1 else None,
        is_framed=form.rows[filled.row].is_framed,
        at="top" if is_story(filled) else "center",
    )
    paragraph_element = element("w:p")
    cell.append(paragraph_element)
    if row != filled.row:
        return cell
    own_size = size_of(filled, form, [width - 2 * CELL_MARGIN + 4 for width in columns], size)
    font = docx_look.HEI if filled.kind is Span.LABEL else docx_look.FANG
    texts = filled.text.split("\n")
    for place, text in enumerate(texts):
        if place:
            paragraph_element = element("w:p")
            cell.append(paragraph_element)
        paragraph = Paragraph(paragraph_element, document._body)
        docx_look.set_lines(paragraph, own_size * _LINE_FACTOR)
        if is_story(filled) and not place:
            paragraph.paragraph_format.space_before = Pt(_STORY_FROM_LINE)
        if filled.align != "left":
            is_right = filled.align == "right"
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_right else WD_ALIGN_PARAGRAPH.CENTER
        docx_look.write(paragraph, text, font, own_size)
    return cell
