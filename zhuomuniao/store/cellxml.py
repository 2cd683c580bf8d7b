"""Write one cell, or refuse what a cell cannot hold. The bytes depend on the value and style only."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Final

from msgspec import Struct

from zhuomuniao.errors import BadValueError
from zhuomuniao.store.cells import CellValue, column_letters, iso_text, serial_of
from zhuomuniao.store.xmlspans import escape

MAX_TEXT_UNITS: Final = 32_767

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A text that looks like an escape of the format would be decoded by readers (ECMA-376 22.9.2.19).
_ESCAPE_LIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Plain(Struct, frozen=True):
    """What a cell will hold: its type (``inlineStr``, ``n``, ``b``, or "" for empty) and the value's text."""

    kind: str
    text: str


NOTHING: Final = Plain("", "")


class Ink(Struct, frozen=True):
    """How values of one sheet are written: element prefix, date system, styles that show dates."""

    prefix: str
    date1904: bool
    date_styles: frozenset[int]


def plain_of(value: CellValue, *, column: int, style: int | None, ink: Ink) -> Plain:
    """Answer what the cell will hold. A date in a style that shows no day becomes ISO text.

    Raises :class:`BadValueError` naming the column: text over 32,767 UTF-16 units, characters that XML
    forbids, numbers without a finite value or with more than 15 digits, dates with a zone.
    """
    if isinstance(value, str):
        return Plain("inlineStr", _checked_text(value, column)) if value else NOTHING
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return Plain("b", "1" if value else "0")
    if isinstance(value, (int, float)):
        return Plain("n", _number(value, column))
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise _bad(column, "日期时间带有时区", "请给出北京时间，不带时区")
    serial = serial_of(value, date1904=ink.date1904) if (style or 0) in ink.date_styles else None
    return Plain("inlineStr", iso_text(value)) if serial is None else Plain("n", repr(serial))


def cell_bytes(plain: Plain, *, column: int, row: int, style: int | None, ink: Ink) -> bytes:
    """Answer the ``c`` element, style kept, without formula."""
    head = f'<{ink.prefix}c r="{column_letters(column)}{row}"' + (f' s="{style}"' if style is not None else "")
    return (head + cell_content(plain, ink.prefix)).encode()


def cell_content(plain: Plain, prefix: str) -> str:
    """Answer what follows place and style in a ``c`` element: the type, the value, the end."""
    if plain.kind == "inlineStr":
        text = stored_text(plain)
        space = ' xml:space="preserve"' if text != text.strip() or "\n" in text or "  " in text else ""
        return f' t="inlineStr"><{prefix}is><{prefix}t{space}>{escape(text)}</{prefix}t></{prefix}is></{prefix}c>'
    if plain.kind == "":
        return "/>"
    kind = "" if plain.kind == "n" else f' t="{plain.kind}"'
    return f"{kind}><{prefix}v>{plain.text}</{prefix}v></{prefix}c>"


def stored_text(plain: Plain) -> str:
    """Answer the text of the value as the part holds it, escapes included: what a proof must find."""
    if plain.kind != "inlineStr" or "_x" not in plain.text:
        return plain.text
    return _ESCAPE_LIKE.sub("_x005F_", plain.text)


def _number(value: int | float, column: int) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _bad(column, "不是一个有限的数", "请核对数值")
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if abs(value) >= 10**15:
        raise _bad(column, "超过 15 位，作数字会丢位", "请作为文本写入")
    return str(value)


def _checked_text(text: str, column: int) -> str:
    # A character takes two units at most: short texts, as nearly all are, need not be counted.
    if len(text) * 2 > MAX_TEXT_UNITS:
        units = len(text) + sum(1 for ch in text if ord(ch) > 0xFFFF)
        if units > MAX_TEXT_UNITS:
            raise _bad(column, f"有 {units} 个字，超过单元格上限 {MAX_TEXT_UNITS}", "请缩短，或把全文另存附件")
    bad = _FORBIDDEN.search(text)
    if bad:
        raise _bad(column, f"含有表格不能保存的控制字符 U+{ord(bad[0]):04X}", "请去掉该字符后再试")
    return text


def _bad(column: int, what: str, remedy: str) -> BadValueError:
    return BadValueError(f"{column_letters(column)} 列的内容{what}", remedy, column=column)
