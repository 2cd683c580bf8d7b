"""事项编号: the next number of a day, and whether a number is one.

A number is a promise: printed once, never used again. The caller hands in every number ever seen for the
ledger (rows, log, journal, outbox), so burnt numbers stay burnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from zhuomuniao.errors import BadValueError
from zhuomuniao.rules import NumberingRule


def next_number(rule: NumberingRule, day: date, taken: Iterable[str]) -> str:
    """The number after the highest of that day (申请之日, not the day of typing).

    The sequence widens beyond ``width`` digits rather than wrap: the hundredth case of a day gets three.
    """
    highest = max((seq for no in taken if (seq := sequence_on(rule, day, no)) is not None), default=0)
    return format_number(rule, day, highest + 1)


def format_number(rule: NumberingRule, day: date, seq: int) -> str:
    """The number of the ``seq``-th case of a day."""
    return rule.pattern.replace("{date}", f"{day:%Y%m%d}").replace("{seq}", f"{seq:0{rule.width}d}")


def sequence_on(rule: NumberingRule, day: date, case_no: str) -> int | None:
    """Which case of that day a number is, or ``None`` for a number of another day or pattern."""
    match = re.fullmatch(_pattern(rule, day, rf"(\d{{{rule.width},}})"), case_no)
    return int(match[1]) if match else None


def require_number(rule: NumberingRule, day: date, case_no: str, taken: Iterable[str]) -> str:
    """A number given by hand, checked: of the pattern, of the day, not taken. Raises :class:`BadValueError`."""
    if sequence_on(rule, day, case_no) is None:
        raise BadValueError(
            f"编号“{case_no}”不是 {day.isoformat()} 的事项编号",
            f"应形如 {format_number(rule, day, 1)}：受理日期加当日序号",
        )
    if case_no in set(taken):
        raise BadValueError(f"编号 {case_no} 已经用过，不能再用", "去掉 --no，由 zmn 编下一个号")
    return case_no


def number_pattern(rule: NumberingRule, day: date) -> str:
    """A regular expression for every number of that day, for searching rows, log and journal."""
    return _pattern(rule, day, rf"\d{{{rule.width},}}")


def _pattern(rule: NumberingRule, day: date, sequence: str) -> str:
    escaped = re.escape(rule.pattern)
    return escaped.replace(r"\{date\}", f"{day:%Y%m%d}").replace(r"\{seq\}", sequence)
