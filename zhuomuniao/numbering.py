"""事项编号: the next number, and whether a number is one.

A number is a promise: printed once, never used again. The caller hands in every number ever seen for the
ledger (rows, log, journal, outbox), so burnt numbers stay burnt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

from zhuomuniao.errors import BadValueError
from zhuomuniao.model import NumberSeries
from zhuomuniao.texts import key_number

if TYPE_CHECKING:
    from zhuomuniao.codes import NumberingRule

_DATE_PARTS = {"{date}": "%Y%m%d", "{year}": "%Y", "{month}": "%m", "{day}": "%d"}


def next_number(rule: NumberingRule, day: date, taken: Iterable[str]) -> str:
    """The number after the highest of that day, month or year (申请之日, not the day of typing).

    The sequence widens beyond ``width`` digits rather than wrap: the hundredth case of a day gets three. Raises
    :class:`BadValueError` where the number comes with the matter and has to be typed.
    """
    if rule.is_given:
        raise BadValueError("本台账的编号随事项而来（如工单编号），要写明", "请加 --no 编号")
    highest = max((seq for no in taken if (seq := sequence_on(rule, day, no)) is not None), default=0)
    return format_number(rule, day, highest + 1)


class NumberDrawer:
    """Draws the numbers of an operation: what was ever taken is looked through once for a series, not for each."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Collection[str], int, int]] = {}

    def draw(self, rule: NumberingRule, day: date, taken: Collection[str]) -> str:
        """What :func:`next_number` answers; the caller puts it into ``taken``."""
        series = _dated(rule.pattern, day)
        known, size, highest = self._last.get(series, ((), 0, 0))
        if known is not taken or len(taken) != size + 1 or rule.is_given:
            # The first of its series, or somebody else has put a number there since.
            number = next_number(rule, day, taken)
            highest = (sequence_on(rule, day, number) or 0) - 1
        self._last[series] = taken, len(taken), highest + 1
        return format_number(rule, day, highest + 1)


def format_number(rule: NumberingRule, day: date, seq: int) -> str:
    """The number of the ``seq``-th case of a day."""
    return _dated(rule.pattern, day).replace("{seq}", f"{seq:0{rule.width}d}")


def sequence_on(rule: NumberingRule, day: date, case_no: str) -> int | None:
    """Which case of that day (month, year) a number is, or ``None`` for a number of another or of no pattern."""
    match = re.fullmatch(_expression(rule, day, rf"(\d{{{rule.width},}})"), case_no)
    return int(match[1]) if match else None


def require_number(rule: NumberingRule, day: date, case_no: str, taken: Collection[str]) -> str:
    """A number given by hand, checked: of the pattern, of the day, not taken. Raises :class:`BadValueError`."""
    if rule.is_given and key_number(case_no) != case_no:
        raise BadValueError(
            f"编号“{case_no}”不像编号", "编号里至少要有一个数字，不能有空格，也不能以“合计”“单位”这样的词开头"
        )
    if not rule.is_given and sequence_on(rule, day, case_no) is None:
        raise BadValueError(
            f"编号“{case_no}”不是 {day.isoformat()} 的事项编号",
            f"应形如 {format_number(rule, day, 1)}：受理日期加序号",
        )
    if case_no in taken:
        raise BadValueError(f"编号 {case_no} 已经用过，不能再用", "请核对编号；可用 zmn show 看已登记的那一件")
    return case_no


def series_of(rule: NumberingRule, day: date, case_no: str) -> NumberSeries:
    """The series a matter's number belongs to, for finding every number of it in rows, log, journal and outbox."""
    if rule.is_given:
        return NumberSeries("", case_no, re.escape(case_no))
    literal = max(re.split(r"\{seq\}", _dated(rule.pattern, day)), key=len)
    return NumberSeries(_dated(rule.pattern, day), literal, _expression(rule, day, rf"\d{{{rule.width},}}"))


def _expression(rule: NumberingRule, day: date, sequence: str) -> str:
    return re.escape(_dated(rule.pattern, day)).replace(r"\{seq\}", sequence)


def _dated(pattern: str, day: date) -> str:
    for part, form in _DATE_PARTS.items():
        pattern = pattern.replace(part, day.strftime(form))
    return pattern
