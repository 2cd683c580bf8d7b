"""Splices for single rows: cells written into a row that stands, new row elements, and their styles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.cells import column_letters
from zhuomuniao.store.cellxml import NOTHING, Ink, Plain, cell_bytes, cell_content, plain_of
from zhuomuniao.store.sheetxml import Row, SheetXml, cell_name
from zhuomuniao.store.xmlspans import Splice, number_in

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue

_HIDDEN: Final = re.compile(rb"""\s+hidden\s*=\s*(?:"(?:1|true|on)"|'(?:1|true|on)')""")
_HEIGHT: Final = re.compile(rb"""\sht\s*=\s*("[^"]*"|'[^']*')""")
_SPANS: Final = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")


class Template(Struct, frozen=True):
    """The styles of a new row: of the row itself, and of each column that has one."""

    row_style: int | None
    columns: Mapping[int, int]


class WrittenCell(Struct, frozen=True):
    """What a proof must find at a place: the value as stored, and the style."""

    plain: Plain
    style: int | None


class WrittenRow(Struct, frozen=True):
    """A row that was touched: where its bytes began in the part as it was, and the cells it must hold now."""

    number: int
    anchor: int
    cells: Mapping[int, WrittenCell]


def template_of(sheet: SheetXml, samples: tuple[Row, ...], *, header_row: int) -> Template:
    """Answer each column's commonest style over the sample rows (ties: the lowest row decides).

    Without samples, the styles of the first pre-formatted row below the header.
    """
    if not samples:
        following = (i for i, n in enumerate(sheet.numbers) if n > header_row)
        first = next((sheet.row_at(i) for i in following if sheet.row_at(i).cells), None)
        samples = (first,) if first else ()
    votes: dict[int, Counter[int | None]] = {}
    for row in samples:
        for cell in row.cells:
            votes.setdefault(cell.column, Counter())[cell.style] += 1
    columns: dict[int, int] = {}
    for column, counter in votes.items():
        absent = len(samples) - counter.total()
        style, count = counter.most_common(1)[0]
        if style is not None and count >= absent:
            columns[column] = style
    row_styles = Counter(row.style for row in samples)
    return Template(row_styles.most_common(1)[0][0] if row_styles else None, dict(sorted(columns.items())))


def column_style(sheet: SheetXml, column: int) -> int | None:
    """Answer the style of a whole column (``cols``), or None."""
    for element in sheet.outline:
        if element.tag == "col" and element.is_main and "style" in element.attributes:
            bounds = element.attributes
            first, last, style = (
                number_in(bounds.get(name, "0"), part=sheet.name) for name in ("min", "max", "style")
            )
            if first <= column <= last:
                return style
    return None


def amend_row(
    sheet: SheetXml,
    row: Row,
    values: Mapping[int, CellValue],
    *,
    ink: Ink,
    template: Template | None = None,
    height: float | None = None,
) -> tuple[list[Splice], WrittenRow]:
    """Answer the splices that write values into a row that stands, styles kept, other cells untouched.

    With a template the row is a free one that is being filled: its styles win, missing styled cells are
    added, and a hidden row is shown. ``height`` (points) is what the text needs: a lower row grows to it unless
    somebody set its height by hand. Raises :class:`CannotPatchError` where a formula would be lost.
    """
    standing = {cell.column: cell for cell in row.cells}
    written: dict[int, WrittenCell] = {}
    splices: list[Splice] = []
    added: dict[int, bytes] = {}
    styled = dict(template.columns) if template else {}
    for column in sorted({*values, *(c for c in styled if c not in standing)}):
        value = values.get(column)
        cell = standing.get(column)
        if cell is None and value is None and column not in styled:
            continue
        if cell is not None and cell.formula is not None:
            raise CannotPatchError(
                f"工作表“{sheet.name}”的 {cell_name(column, row.number)} 是公式，写入会冲掉公式",
                "请先在 WPS 里把该格改成数值，或把公式移到别的列",
            )
        style = styled.get(column)
        if style is None and cell is not None:
            style = cell.style
        elif style is None:
            style = row.style if row.style is not None else column_style(sheet, column)
        plain = plain_of(value, column=column, style=style, ink=ink)
        new = cell_bytes(plain, column=column, row=row.number, style=style, ink=ink)
        written[column] = WrittenCell(plain, style)
        if cell is not None:
            splices.append(Splice(cell.start, cell.end, new))
        else:
            added[column] = new
    tag = sheet.part[row.start : row.open_end]
    if template is not None:
        tag = _HIDDEN.sub(b"", tag)
    if height is not None and _is_too_low(row, height):
        tag = _with_height(tag, height)
    splices += _additions(sheet, row, added, tag)
    return splices, WrittenRow(row.number, row.start, written)


class RowPen:
    """Writes new row elements of one sheet, with a template's styles; outline and formulas are not copied."""

    def __init__(self, sheet: SheetXml, template: Template, ink: Ink) -> None:
        self._sheet, self._template, self._ink = sheet, template, ink
        self._look = "" if template.row_style is None else f' s="{template.row_style}" customFormat="1"'
        self._looks: dict[int, tuple[int | None, WrittenCell, str, str]] = {}

    def write(
        self, number: int, values: Mapping[int, CellValue], height: float | None = None
    ) -> tuple[bytes, Mapping[int, WrittenCell]]:
        """Answer a row element, and what it must hold, by column from the left.

        ``height`` (points) is written as a computed height, not one set by hand: programs may fit it anew.
        """
        prefix, ink = self._ink.prefix, self._ink
        tall = "" if height is None else f' ht="{height:g}"'
        pieces = [f'<{prefix}row r="{number}"{self._look}{tall}>']
        written: dict[int, WrittenCell] = {}
        filled = (column for column, value in values.items() if value is not None)
        for column in sorted({*self._template.columns, *filled}):
            style, empty, place, look = self._looks.get(column) or self._look_of(column)
            plain = plain_of(values.get(column), column=column, style=style, ink=ink)
            written[column] = WrittenCell(plain, style) if plain.kind else empty
            pieces.append(f"{place}{number}{look}{cell_content(plain, prefix)}")
        pieces.append(f"</{prefix}row>")
        return "".join(pieces).encode(), written

    def _look_of(self, column: int) -> tuple[int | None, WrittenCell, str, str]:
        """The style of a column, the row's or the whole column's where the template has none; as it is written."""
        style, of_row = self._template.columns.get(column), self._template.row_style
        if style is None:
            style = of_row if of_row is not None else column_style(self._sheet, column)
        place = f'<{self._ink.prefix}c r="{column_letters(column)}'
        look = '"' if style is None else f'" s="{style}"'
        self._looks[column] = style, WrittenCell(NOTHING, style), place, look
        return self._looks[column]


def _is_too_low(row: Row, height: float) -> bool:
    if row.attributes.get("customHeight") in ("1", "true"):
        return False
    try:
        return float(row.attributes.get("ht", "0")) < height
    except ValueError:
        return True


def _with_height(tag: bytes, height: float) -> bytes:
    tag = _HEIGHT.sub(b"", tag)
    end = -2 if tag.endswith(b"/>") else -1
    return tag[:end].rstrip() + f' ht="{height:g}"'.encode() + tag[end:]


def _additions(sheet: SheetXml, row: Row, added: Mapping[int, bytes], tag: bytes) -> list[Splice]:
    """The splices that put the opening tag as it shall be, and each added cell in its place."""
    opening = sheet.part[row.start : row.open_end]
    spans = re.match(r"(\d+):(\d+)$", row.attributes.get("spans", ""))
    if added and spans and not int(spans[1]) <= min(added) <= max(added) <= int(spans[2]):
        # An optional hint; one that is too narrow would be wrong, none at all is right.
        tag = _SPANS.sub(b"", tag)
    if opening.endswith(b"/>"):
        if not added:
            return [Splice(row.start, row.open_end, tag)] if tag != opening else []
        body = b"".join(added[column] for column in sorted(added))
        close = f"</{sheet.prefix}row>".encode()
        return [Splice(row.start, row.open_end, tag[:-2].rstrip() + b">" + body + close)]
    splices = [Splice(row.start, row.open_end, tag)] if tag != opening else []
    end = sheet.part.rindex(b"</", row.open_end, row.end)
    if row.cells:
        end = row.cells[-1].end
    for column in sorted(added):
        following = next((cell.start for cell in row.cells if cell.column > column), end)
        splices.append(Splice(following, following, added[column]))
    return splices
