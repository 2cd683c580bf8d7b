"""One row of an export → one work order: its number as text, its texts put together, what patterns find in them.

What cannot be meant is told, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.importing.mapping import (
    DATE_FIELDS,
    ORDER_NO,
    SEARCHED,
    OrderMapping,
)
from zhuomuniao.store.cells import CellValue, iso_text
from zhuomuniao.texts import clean_text, squeeze

if TYPE_CHECKING:
    from zhuomuniao.importing.tables import OrderRow

_SAFE_DIGITS = 10**15
"""A spreadsheet keeps 15 digits of a number; what stands behind them is 0 or worse."""
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_FRACTION = re.compile(r"(\d+)\.0+")
_LONGEST_NO = 60
_CLEANED = "文字里有看不见的控制字符，已去掉"


class WorkOrder(Struct, frozen=True):
    """工单: what one row says. Moments are still cells: which day they mean is settled with the rest.

    ``remarks`` are columns kept beside the matter, ``notes`` what the clerk should know, ``problems`` why the row
    cannot be registered.
    """

    sheet: str
    row: int
    number: str
    texts: Mapping[str, str]
    moments: Mapping[str, CellValue]
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def order_of(row: OrderRow, mapping: OrderMapping) -> WorkOrder:
    """The work order of a row."""
    texts: dict[str, str] = {}
    moments: dict[str, CellValue] = {}
    remarks: tuple[str, ...] = ()
    problems: list[str] = []
    notes: list[str] = []
    for field, cells in row.cells.items():
        if field == ORDER_NO:
            texts[field], problem = order_number(cells[0][1])
            problems += [problem] if problem else []
            continue
        said = [(header, _said(value, mapping, notes)) for header, value in cells]
        if field in DATE_FIELDS:
            moments[field] = _moment(cells[0][1] if said[0][1] else None, mapping)
        elif field == "remark":
            remarks = tuple(f"{header}：{text}" for header, text in said if text)
        else:
            texts[field] = _joined([text for _, text in said])
    notes += _find_inside(texts, moments, mapping, said_wrong=bool(problems))
    for field, usual in mapping.defaults.items():
        if not texts.get(field):
            texts[field] = usual
    number = texts.pop(ORDER_NO, "")
    if not number and not problems:
        problems.append("没有工单编号")
    told = tuple(dict.fromkeys(notes))
    return WorkOrder(row.sheet, row.number, number, texts, moments, remarks, told, tuple(problems))


def _said(value: CellValue, mapping: OrderMapping, notes: list[str]) -> str:
    """A cell as text; ``""`` for a word that says nothing. What had to be taken out of it is told."""
    written = _text(value)
    cleaned = clean_text(written)
    if cleaned != written.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip():
        notes.append(_CLEANED)
    return "" if cleaned in mapping.empty_words else cleaned


def order_number(value: CellValue) -> tuple[str, str]:
    """The number as text, and what is wrong with the cell: a number of up to 18 digits must never be a number."""
    if isinstance(value, bool | date):
        return "", f"工单编号是“{_text(value)}”，不是编号"
    if isinstance(value, int | float) and (abs(value) >= _SAFE_DIGITS or not float(value).is_integer()):
        return "", _lost("是数字格")
    written = squeeze(clean_text(_text(value))).lstrip("'")
    if _SCIENTIFIC.fullmatch(written):
        return "", _lost(f"写成了“{written}”")
    if match := _FRACTION.fullmatch(written):
        written = match[1]
    if len(written) > _LONGEST_NO:
        return "", f"工单编号有{len(written)}个字，不像编号"
    if written and not re.search(r"\d", written):
        return "", "工单编号里没有数字，不像编号"
    return written, ""


def _lost(how: str) -> str:
    return f"工单编号{how}，后几位已经丢了，不能猜：请从 12345 系统重新导出，或把这一列设成文本再导出"


def _moment(value: CellValue, mapping: OrderMapping) -> CellValue:
    """A cell of a date column; a text in one of the mapping's own formats as the moment it means."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10**7:
        # 20261008 and 20261008093000 are digits, not days since 1900.
        value = str(value)
    if isinstance(value, str):
        return mapping.moment(value) or clean_text(value)
    return value


def _find_inside(
    texts: dict[str, str], moments: dict[str, CellValue], mapping: OrderMapping, *, said_wrong: bool
) -> list[str]:
    """Fill what no column has filled by what the patterns find in the texts; answer what is to be told of it."""
    notes = []
    for rule in mapping.patterns:
        where = moments if rule.field in DATE_FIELDS else texts
        if where.get(rule.field) not in (None, "") or (rule.field == ORDER_NO and said_wrong):
            continue
        match = rule.find.search(texts.get(rule.within, "")[:SEARCHED])
        if match is None:
            continue
        found = clean_text((match[1] if match.re.groups else match[0]) or "")
        if rule.field in DATE_FIELDS:
            moments[rule.field] = _moment(found, mapping)
        else:
            texts[rule.field] = squeeze(found) if rule.field == ORDER_NO else found
        notes += [rule.note] if found and rule.note else []
    return notes


def _joined(parts: Sequence[str]) -> str:
    """Several texts as one, in lines of their own; what another one says already is left out."""
    kept = [part for n, part in enumerate(parts) if part and part not in parts[:n]]
    kept = [part for part in kept if not any(part in other for other in kept if other != part)]
    return "\n".join(kept)


def _text(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return iso_text(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
