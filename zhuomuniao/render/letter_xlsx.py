"""A letter (公文) as an xlsx, for offices that have every paper of a matter in one program: a sheet of one column."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.forms.filled import FilledLetter, Level
from zhuomuniao.render.form_xlsx import write_heights

_WIDTH = 74.0
_SIZE = 16.0
_TITLE_SIZE = 22.0
_BLANK_HEIGHT = 22.0
_INDENT = "　　"
_KAI = "楷体"
_FONTS = {Level.FIRST: sheetlook.HEI, Level.SECOND: _KAI, Level.PLAIN: sheetlook.FANG}
_TO_THE_EDGE = 6
"""Steps of indentation that keep the signature about four characters from the right edge."""


class _Line(Struct, frozen=True):
    """One row of the sheet."""

    text: str
    font: str = sheetlook.FANG
    size: float = _SIZE
    horizontal: Literal["left", "center", "right"] = "left"
    indent: int = 0
    bold: bool = False

    @property
    def height(self) -> float:
        if not self.text:
            return _BLANK_HEIGHT
        room = _WIDTH * sheetlook.CHARACTER_POINTS - self.indent * sheetlook.INDENT_POINTS
        return sheetlook.height_needed(self.text, room, self.size)


def render_letter(letter: FilledLetter) -> bytes:
    """The bytes of an xlsx with the letter, ready to print."""
    workbook = sheetlook.new_workbook()
    sheet = workbook.create_sheet(letter.name)
    sheet.column_dimensions["A"].width = _WIDTH
    lines = _lines(letter)
    for line, (top, bottom) in zip(lines, write_heights(sheet, (line.height for line in lines), 0), strict=True):
        if bottom > top:
            sheet.merge_cells(start_row=top, end_row=bottom, start_column=1, end_column=1)
        cell = sheetlook.cell_at(sheet, top, 1)
        sheetlook.put(cell, line.text)
        cell.number_format = "@"
        cell.font = sheetlook.font(line.font, line.size, bold=line.bold)
        cell.alignment = sheetlook.align(line.horizontal, indent=line.indent)
    sheet.sheet_view.showGridLines = False
    paper = sheetlook.Paper(is_landscape=False, side=27, top=37, bottom=35)
    sheetlook.set_page(sheet, paper, printed_columns="$A:$A")
    return sheetlook.workbook_bytes(workbook)


def _lines(letter: FilledLetter) -> list[_Line]:
    lines = [_Line(letter.annex, sheetlook.HEI)] if letter.annex else []
    lines += [_Line(letter.number, horizontal="right")] if letter.number else []
    lines += [_Line(letter.title, sheetlook.SONG, _TITLE_SIZE, "center", bold=True), _Line("")]
    lines += [_Line(f"{letter.to}：")] if letter.to else []
    lines += [_Line(_INDENT + p.text, _FONTS[p.level]) for p in letter.paragraphs]
    if letter.attachments:
        lines.append(_Line(""))
        numbered = len(letter.attachments) > 1
        lines += [
            _Line(f"{_INDENT}{'附件：' if n == 1 else '　　　'}{f'{n}.' if numbered else ''}{name}")
            for n, name in enumerate(letter.attachments, start=1)
        ]
    lines += [_Line(""), _Line("")]
    lines += [_Line(letter.signed_by, horizontal="right", indent=_TO_THE_EDGE)] if letter.signed_by else []
    lines.append(_Line(letter.date, horizontal="right", indent=_TO_THE_EDGE))
    lines += [_Line(f"{_INDENT}（{letter.remark}）")] if letter.remark else []
    return lines
