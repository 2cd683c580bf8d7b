"""Proof that a patched part is the old part but for what was meant, before anything is replaced."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from html import unescape
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.errors import IntegrityError, ZmnError
from zhuomuniao.store.cells import column_letters
from zhuomuniao.store.cellxml import stored_text
from zhuomuniao.store.rows import WrittenCell, WrittenRow
from zhuomuniao.store.sheetxml import Cell, SheetXml, open_sheet
from zhuomuniao.store.xmlspans import Splice, elements_of, require_xml

if TYPE_CHECKING:
    from zhuomuniao.store.refs import RowShift

_REMEDY = "台账未改动；请保留现场并报告"
# Small pieces stay in the processor's cache; whole slices of a big sheet cost ten times as much.
_STEP = 1 << 17


def prove_part(sheet: SheetXml, new: bytes, splices: Sequence[Splice], written: Sequence[WrittenRow]) -> None:
    """Check the new part: old bytes between the splices, intended cells in the rows, the same outline, whole XML.

    ``written`` are the rows that stood before; :class:`NewRowProof` has held each new one against what was meant
    before it became a splice. Of a sound sheet what is proved here is enough: whole rows stand between whole rows.
    Raises :class:`IntegrityError`, and :class:`UnreadableFileError` where a row that
    nobody asked for was damaged before: to write into such a sheet would hide that no program opens it.
    """
    ordered = sorted(splices, key=lambda s: (s.start, s.end))
    _prove_bytes(sheet.part, new, ordered)
    moves = _Moves(ordered)
    try:
        for row in written:
            _prove_row(sheet, new, moves.place(row.anchor), row)
        body_start = moves.place(sheet.data_start)
        tail = moves.place(sheet.data_end)
        found = elements_of(new[:body_start] + new[tail:], part=sheet.name)
    except IntegrityError:
        raise
    except ZmnError as error:
        raise IntegrityError(f"写后核对不符：工作表“{sheet.name}”读不回来", _REMEDY) from error
    # The outline was parsed with an emptied sheetData, which is missing here.
    before = [e.tag for e in sheet.outline if e.tag]
    if [e.tag for e in found] != before:
        raise IntegrityError(f"写后核对不符：工作表“{sheet.name}”的结构变了", _REMEDY)
    if sheet.is_sound:
        return
    try:
        require_xml(new, part=sheet.name)
    except ZmnError as error:
        require_xml(sheet.part, part=sheet.name)
        raise IntegrityError(f"写后核对不符：工作表“{sheet.name}”读不回来", _REMEDY) from error


class NewRowProof:
    """Reads new row elements back and holds them against what was meant, one after the other.

    A row in the plain form that zmn writes leaves an XML parser no choice: it is read by one search that takes in
    every character of it. Any other row is given to the parser; that takes fifty times as long.
    """

    def __init__(self, sheet: SheetXml) -> None:
        self._sheet = sheet
        tag = re.escape(sheet.prefix)
        text = r"([^<>&\r]*+(?:&(?:amp|lt|gt|#13);[^<>&\r]*+)*+)"
        self._opening = re.compile(rf'<{tag}row r="(\d+)"(?: s="\d+" customFormat="1")?(?: ht="[\d.e+]+")?>')
        self._close = f"</{sheet.prefix}row>"
        # The last alternative is a character that belongs to no cell; a number without digits is one.
        self._cell = re.compile(
            rf'<{tag}c r="([A-Z]{{1,3}})(\d{{1,7}})"(?: s="(\d{{1,10}})")?(?:/>'
            rf'| t="(inlineStr)"><{tag}is><{tag}t(?: xml:space="preserve")?>{text}</{tag}t></{tag}is></{tag}c>'
            rf'|(?: t="(b)")?><{tag}v>([-+.\de]+)</{tag}v></{tag}c>)|([\s\S])'
        )

    def hold(self, element: bytes, number: int, cells: Mapping[int, WrittenCell]) -> None:
        """Raises :class:`IntegrityError` where the element is anything but row ``number`` with these cells."""
        text = element.decode()
        opening = self._opening.match(text)
        if opening is not None and opening[1] == str(number) and text.endswith(self._close):
            found = self._cell.findall(text, opening.end(), len(text) - len(self._close))
            if "&" in text:
                found = [(*cell[:4], unescape(cell[4]), *cell[5:]) for cell in found]
            if found == _as_found(number, cells):
                return
        try:
            _prove_row(self._sheet, element, 0, WrittenRow(number, 0, cells), is_new=True)
        except IntegrityError:
            raise
        except (ZmnError, ValueError) as error:
            raise _wrong(self._sheet, WrittenRow(number, 0, cells)) from error


def _as_found(number: int, cells: Mapping[int, WrittenCell]) -> list[tuple[str, ...]]:
    """What the search of :class:`NewRowProof` must find: place, style, text or number, nothing else."""
    row = str(number)
    expected: list[tuple[str, ...]] = []
    for column in sorted(cells):
        plain, style = cells[column].plain, cells[column].style
        look = "" if style is None else str(style)
        text = stored_text(plain)
        is_text = plain.kind == "inlineStr"
        expected.append((
            column_letters(column), row, look, "inlineStr" if is_text else "", text if is_text else "",
            "b" if plain.kind == "b" else "", "" if is_text else text, "",
        ))  # fmt: skip
    return expected


def prove_moved_rows(sheet: SheetXml, new: bytes, shift: RowShift) -> None:
    """Check that every row from ``shift.at`` on stands ``shift.by`` lower, cell for cell the same.

    Raises :class:`IntegrityError`.
    """
    now = open_sheet(new, name=sheet.name)
    moved = [(i, n) for i, n in enumerate(sheet.numbers) if n >= shift.at]
    for index, number in moved:
        lower = now.row(number + shift.by)
        if lower is None or list(map(_facts, sheet.row_at(index).cells)) != list(map(_facts, lower.cells)):
            raise IntegrityError(f"写后核对不符：第 {number} 行下移后内容变了", _REMEDY)
    if moved and now.numbers[-1] != sheet.numbers[-1] + shift.by:
        raise IntegrityError("写后核对不符：下移后的行数不对", _REMEDY)


def _facts(cell: Cell) -> tuple[object, ...]:
    return (cell.column, cell.kind, cell.style, cell.value, cell.formula is None)


def _prove_bytes(old: bytes, new: bytes, ordered: Sequence[Splice]) -> None:
    position = at = 0
    for splice in [*ordered, Splice(len(old), len(old), b"")]:
        gap = splice.start - position
        good = gap >= 0 and all(
            old[position + i : min(position + i + _STEP, splice.start)] == new[at + i : at + min(i + _STEP, gap)]
            for i in range(0, gap, _STEP)
        )
        at += gap
        good = good and new[at : at + len(splice.new)] == splice.new
        if not good:
            raise IntegrityError("写后核对不符：改动以外的内容变了", _REMEDY)
        at += len(splice.new)
        position = splice.end
    if at != len(new):
        raise IntegrityError("写后核对不符：长度不对", _REMEDY)


class _Moves:
    """Where old offsets stand in the new part; answers in logarithmic time, for bulk writes ask by thousands."""

    def __init__(self, ordered: Sequence[Splice]) -> None:
        self.starts = [s.start for s in ordered]
        self.inserts = [s.start == s.end for s in ordered]
        self.growth = [0, *accumulate(len(s.new) - (s.end - s.start) for s in ordered)]

    def place(self, offset: int) -> int:
        """The new offset, past what was inserted exactly there."""
        index = bisect_left(self.starts, offset)
        while index < len(self.starts) and self.starts[index] == offset and self.inserts[index]:
            index += 1
        return offset + self.growth[index]


def _prove_row(sheet: SheetXml, new: bytes, start: int, written: WrittenRow, *, is_new: bool = False) -> None:
    """Check one row that begins at ``start``."""
    opening = re.compile(f"<{sheet.prefix}row(?=[\\s/>])[^<>]*>".encode()).match(new, max(start, 0))
    if opening is None:
        raise _wrong(sheet, written)
    if opening[0].endswith(b"/>"):
        end = opening.end()
    else:
        end = new.index(b">", new.index(f"</{sheet.prefix}row".encode(), start)) + 1
    view = replace(
        sheet, part=new, numbers=[written.number], starts=[start], body_end=end, _parsed={},
    )  # fmt: skip
    now = view.row_at(0)
    before = None if is_new else sheet.row(written.number)
    if now.attributes.get("r", str(written.number)) != str(written.number):
        raise _wrong(sheet, written)
    standing = {c.column: c for c in before.cells} if before else {}
    if [c.column for c in now.cells] != sorted({*standing, *written.cells}):
        raise _wrong(sheet, written)
    for cell in now.cells:
        if not _as_meant(cell, written, new=new, old=sheet.part, before=standing.get(cell.column)):
            raise _wrong(sheet, written)
    if is_new and end != len(new):
        raise _wrong(sheet, written)


def _as_meant(cell: Cell, written: WrittenRow, *, new: bytes, old: bytes, before: Cell | None) -> bool:
    meant = written.cells.get(cell.column)
    if meant is None:
        if before is None:
            return False
        same = new[cell.start : cell.end] == old[before.start : before.end]
        return same or (before.formula is not None and _facts(cell) == _facts(before))
    text = stored_text(meant.plain)
    kind = meant.plain.kind or "n"
    return cell.kind == kind and (cell.value or "") == text and cell.style == meant.style and cell.formula is None


def _wrong(sheet: SheetXml, written: WrittenRow) -> IntegrityError:
    return IntegrityError(f"写后核对不符：工作表“{sheet.name}”第 {written.number} 行", _REMEDY)
