"""What a clerk wrote about field work, in an option or a cell: a day, a moment, a number, a list, a listed word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from zhuomuniao.dateforms import moment_of_cell, parse_date
from zhuomuniao.errors import BadValueError
from zhuomuniao.store.cells import CellValue
from zhuomuniao.texts import clean_text, squeeze

if TYPE_CHECKING:
    from zhuomuniao.rules import RuleSet

_COUNT = re.compile(r"(\d{1,6})[个人次名件家位]*")
_MOST = 999_999
_BETWEEN = re.compile(r"[\n；;]+")
_NUMBERED = re.compile(r"^(?:\d+[.．、]|[（(]\d+[)）]|[①-⑳])\s*")
_TOTAL = re.compile(r"共\d+[次项个]")

Cells = Mapping[str, CellValue]
"""One row of a file by field."""


def text_of(cells: Cells, field: str) -> str:
    """The text of a cell, ``""`` where it is blank. Raises :class:`BadValueError` for what can be none."""
    value = cells.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int | float | date | None):
        raise BadValueError("有一项不是文字或数字", "每一项都应是文字，如 “unit”: “区教育局”", field=field)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else clean_text(str(value))


def count_of(title: str, text: str) -> int | None:
    """A number as written (3, ３, 3人), ``None`` where there is none. Raises :class:`BadValueError`."""
    cleaned = squeeze(text)
    if not cleaned:
        return None
    match = _COUNT.fullmatch(cleaned)
    if match is None:
        raise BadValueError(f"{title}“{text}”不是数字", "请只写一个数，如 4", found=text)
    return int(match[1])


def moment_in(cells: Cells, field: str, read: Callable[[str], datetime]) -> datetime | None:
    """The moment a cell names, ``None`` where it is blank; a bare day as ``read`` takes one, which may raise."""
    value = cells.get(field)
    moment = moment_of_cell(value)
    if moment is None:
        text = text_of(cells, field)
        return read(text) if text else None
    return read(moment.date().isoformat()) if moment.time() == time() else moment


def day_in(cells: Cells, field: str, today: date) -> date | None:
    """The day a cell names, ``None`` where it is blank. Raises :class:`BadValueError` with the accepted forms."""
    moment = moment_of_cell(cells.get(field))
    if moment is not None:
        return moment.date()
    text = text_of(cells, field)
    return parse_date(text, today=today, allows_month_day=False) if text else None


def lines_of(text: str) -> tuple[str, ...]:
    """The things of one cell: one to a line, or parted by ；. A 、 may belong to a name; ``共2次`` is no thing."""
    told = (_NUMBERED.sub("", part.strip()) for part in _BETWEEN.split(text))
    return tuple(dict.fromkeys(part for part in told if part and not _TOTAL.fullmatch(part)))


def listed_word(rules: RuleSet, ledger: str, field: str, text: str, *, title: str) -> str:
    """The locality's word for what was typed, its usual one where nothing was; ``""`` where it has no such list.

    Quotation marks around a word are left out of account. Raises :class:`BadValueError` naming the whole list, or
    that there is none.
    """
    codes = rules.code_list(ledger, field)
    wanted = text.strip()
    if codes is None:
        if wanted:
            raise BadValueError(f"本区县的通知没有“{title}”这一项（填的是“{wanted}”）", "请去掉这一项", field=field)
        return ""
    if not wanted:
        return codes.default
    bare = wanted.strip("“”\"'")
    known = {squeeze(word): code.name for code in codes.codes for word in (code.name, *code.aliases)}
    return known.get(squeeze(wanted)) or known.get(squeeze(bare)) or codes.resolve(wanted)
